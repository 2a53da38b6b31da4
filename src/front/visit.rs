//! May this person see the page?
//!
//! Where the media servers show a token, a person shows a session, once the token of a sign-in link
//! to begin one, or (a program) the page's token. [`Visitor::admit`] is the whole rule, pure but for
//! the table of sessions.
//!
//! **No browser shows any of it by itself:** each stands in a header that only our own page's script
//! can fill. A cookie would go along with what other sites make a browser ask, and to every other
//! port of our host. So whose site asked, and under which name we were reached, need not matter.
//!
//! Not here: what is answered (`page`), what a person sees without a session (`sign_in`).

use super::head::Head;
use super::refusal::Refusal;
use super::sessions::BrowserSessions;
use super::sign_in;
use crate::server::Route;
use std::time::Duration;

/// The header that shows a session.
const SESSION: &str = "x-scrobbled-session";

/// As what somebody is let in to the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Visitor {
    /// A program that shows the page's token.
    Program,
    /// Who has signed in: the session's id.
    Guest(String),
    /// Who opens a sign-in link: its token.
    Invited(String),
}

/// What the rule needs to know beside the request.
pub(super) struct AccessContext<'a> {
    pub(super) sessions: &'a BrowserSessions,
    pub(super) now: Duration,
}

impl Visitor {
    /// Who asks for `route`. `token_in_header` and `token_in_query` say whether the page's token
    /// was shown there: an address is easily passed on, so that one only shows numbers.
    ///
    /// # Errors
    /// Why it may not.
    pub(super) fn admit(
        route: Route,
        head: &Head<'_, '_>,
        (token_in_header, token_in_query): (bool, bool),
        house: &AccessContext<'_>,
    ) -> Result<Self, Refusal> {
        let is_program = match route {
            Route::Metrics => token_in_header || token_in_query,
            Route::Status | Route::Settings | Route::Api => token_in_header,
            Route::Page
            | Route::SignIn
            | Route::SignOut
            | Route::Webhook(_)
            | Route::Paste(_)
            | Route::Health => false,
        };
        if is_program {
            return Ok(Self::Program);
        }
        if route == Route::SignIn {
            let token = head.bearer().unwrap_or_default();
            let is_invited = house.sessions.is_invited(token, house.now);
            let invited = is_invited.then(|| String::from_utf8_lossy(token).into_owned());
            return invited.map(Self::Invited).ok_or(Refusal::WrongToken);
        }
        match house.session(head) {
            Some(id) => Ok(Self::Guest(String::from_utf8_lossy(id).into_owned())),
            None => Err(match route {
                Route::Page if head.method == "GET" => sign_in::refusal(head),
                Route::Status | Route::Settings | Route::Api | Route::SignOut => Refusal::SignedOut,
                Route::Page
                | Route::SignIn
                | Route::Metrics
                | Route::Webhook(_)
                | Route::Paste(_)
                | Route::Health => Refusal::NotFound,
            }),
        }
    }
}

impl AccessContext<'_> {
    /// The id of a session, where one is shown.
    fn session<'b>(&self, head: &Head<'_, 'b>) -> Option<&'b [u8]> {
        head.values(SESSION).find(|id| self.sessions.knows(id, self.now))
    }

    /// Whether a session is shown that is none: somebody guesses, or it has ended.
    pub(super) fn is_shown_a_wrong_one(&self, head: &Head<'_, '_>) -> bool {
        head.values(SESSION).next().is_some() && self.session(head).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Time;
    use crate::front::head;

    const NOW: Duration = Duration::from_secs(9);

    /// A session, and a link that opens.
    fn house() -> (BrowserSessions, String, String) {
        let sessions = BrowserSessions::default();
        let link = |sessions: &BrowserSessions| sessions.invite(NOW).expect("random bytes");
        let session = sessions.begin(link(&sessions).reveal().as_bytes(), (Time(0), NOW));
        let session = session.expect("random bytes").expect("a session");
        let invitation = link(&sessions).reveal().to_owned();
        (sessions, session.reveal().to_owned(), invitation)
    }

    /// What the rule says; `ID` and `LINK` in the headers stand for the real ones.
    fn admitted(route: Route, headers: &str, tokens: (bool, bool)) -> Result<String, Refusal> {
        let (sessions, id, link) = house();
        let headers = headers.replace("ID", &id).replace("LINK", &link);
        let request = format!("{} / HTTP/1.1\r\n{headers}\r\n", route.method());
        let mut room = head::room();
        let head = head::parse(request.as_bytes(), &mut room).expect("a head");
        let house = AccessContext { sessions: &sessions, now: NOW };
        Visitor::admit(route, &head, tokens, &house).map(|visitor| match visitor {
            Visitor::Program => "program".to_owned(),
            Visitor::Guest(shown) if shown == id => "guest".to_owned(),
            Visitor::Invited(shown) if shown == link => "invited".to_owned(),
            Visitor::Guest(shown) | Visitor::Invited(shown) => panic!("{shown}"),
        })
    }

    /// What is asked, with which headers, where the page's token is shown, and what is said to it.
    type Case = (Route, &'static str, (bool, bool), Result<&'static str, Refusal>);

    fn assert_admitted(cases: &[Case]) {
        let wrong: Vec<_> = cases
            .iter()
            .map(|(route, headers, tokens, expected)| {
                (route, headers, admitted(*route, headers, *tokens), expected)
            })
            .filter(|(_, _, got, expected)| got.as_deref().map_err(|error| *error) != **expected)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn a_session_is_shown_in_a_header_and_nowhere_else() {
        let no = (false, false);
        let stranger = Err(Refusal::SignIn { forget_cookie: false });
        assert_admitted(&[
            (Route::Page, "X-Scrobbled-Session: ID\r\n", no, Ok("guest")),
            (Route::Api, "x-scrobbled-session: ID\r\n", no, Ok("guest")),
            (Route::Api, "X-Scrobbled-Session: ID\r\nOrigin: null\r\n", no, Ok("guest")),
            (Route::Metrics, "X-Scrobbled-Session: ID\r\n", no, Ok("guest")),
            (
                Route::Page,
                "Cookie: scrobbled=ID\r\n",
                no,
                Err(Refusal::SignIn { forget_cookie: true }),
            ),
            (Route::Api, "Cookie: scrobbled=ID\r\n", no, Err(Refusal::SignedOut)),
            (Route::Page, "Cookie: a=b; scrobbled2=ID\r\n", no, stranger),
            (Route::Page, "Authorization: Bearer ID\r\n", no, stranger),
            (Route::Page, "X-Scrobbled-Session: LINK\r\n", no, stranger),
            (Route::Page, "X-Scrobbled-Session: \r\n", no, stranger),
            (Route::Page, "", no, stranger),
        ]);
    }

    #[test]
    fn what_fits_nothing_is_told_from_what_is_not_shown() {
        let (sessions, id, _) = house();
        for (headers, expected) in [
            ("", false),
            ("Cookie: scrobbled=nope\r\n", false),
            ("X-Scrobbled-Session: nope\r\n", true),
            ("X-Scrobbled-Session: ID\r\n", false),
        ] {
            let request = format!("GET / HTTP/1.1\r\n{}\r\n", headers.replace("ID", &id));
            let mut room = head::room();
            let head = head::parse(request.as_bytes(), &mut room).expect("a head");
            let house = AccessContext { sessions: &sessions, now: NOW };
            assert_eq!(house.is_shown_a_wrong_one(&head), expected, "{headers}");
        }
    }

    #[test]
    fn a_link_opens_for_who_shows_its_token() {
        let wrong = Err(Refusal::WrongToken);
        assert_admitted(&[
            (Route::SignIn, "Authorization: Bearer LINK\r\n", (true, true), Ok("invited")),
            (Route::SignIn, "Authorization: Bearer ID\r\n", (true, true), wrong),
            (Route::SignIn, "X-Scrobbled-Session: LINK\r\n", (false, false), wrong),
            (Route::SignIn, "", (false, false), wrong),
        ]);
    }

    #[test]
    fn a_program_shows_the_token_and_a_stranger_learns_nothing() {
        let out = Err(Refusal::SignedOut);
        assert_admitted(&[
            (Route::Metrics, "", (false, true), Ok("program")),
            (Route::Metrics, "", (false, false), Err(Refusal::NotFound)),
            (Route::Status, "", (true, false), Ok("program")),
            (Route::Status, "", (false, true), out),
            (Route::Settings, "", (true, false), Ok("program")),
            (Route::Settings, "", (false, true), out),
            (Route::Api, "", (true, false), Ok("program")),
            (Route::Api, "", (false, true), out),
            (Route::Page, "", (true, true), Err(Refusal::SignIn { forget_cookie: false })),
            (Route::SignOut, "", (true, true), out),
        ]);
    }
}
