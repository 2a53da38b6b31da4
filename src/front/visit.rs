//! May this person see the page?
//!
//! Where the media servers show a token, a person shows the cookie of a session, once the token of
//! a sign-in link to begin one, or (a program) the page's token. [`Visitor::admit`] is the whole
//! rule, pure but for the table of sessions:
//!
//! - A cookie counts only under a `Host` that nobody else can own: an IP address, `localhost`, or
//!   `public_url`'s. Else a stranger's web page could be brought to us under the stranger's own
//!   name (DNS rebinding).
//! - Who changes something shows the session's CSRF token, and an `Origin` that is ours.
//!
//! Not here: what is answered (`page`).

use super::head::Head;
use super::refusal::Refusal;
use super::sessions::{Session, Sessions};
use crate::server::Route;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// The name of the session's cookie.
pub const COOKIE: &str = "scrobbled";

/// `public_url`, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicUrl {
    /// `https://host:port`, in lower case; empty where there is no public URL.
    origin: String,
    /// Its path, without a slash at its end; or empty.
    pub(super) path: String,
}

impl PublicUrl {
    /// Takes `url` apart; an empty one is none.
    #[must_use]
    pub fn parse(url: &str) -> Self {
        let Some((scheme, rest)) = url.split_once("://") else { return Self::default() };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.trim_matches('/');
        Self {
            origin: without_default_port(&format!("{scheme}://{host}").to_ascii_lowercase()),
            path: if path.is_empty() { String::new() } else { format!("/{path}") },
        }
    }

    fn host(&self) -> &str {
        self.origin.split_once("://").map_or("", |(_, host)| host)
    }
}

/// As what somebody is let in to the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Visitor {
    /// A program that shows the page's token.
    Program,
    /// Who has signed in: the session's cookie.
    Guest(String),
    /// Who opens a sign-in link.
    Invited {
        /// Its token.
        invitation: String,
        /// Below which path the browser sees us, for the cookie.
        path: String,
        /// Whether the browser speaks TLS, to whomever.
        https: bool,
    },
}

/// What the rule needs to know beside the request.
pub(super) struct House<'a> {
    pub(super) sessions: &'a Sessions,
    pub(super) public: &'a PublicUrl,
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
        house: &House<'_>,
    ) -> Result<Self, Refusal> {
        let is_program = match route {
            Route::Metrics => token_in_header || token_in_query,
            Route::Status | Route::Settings | Route::Api => token_in_header,
            Route::Page
            | Route::Style
            | Route::Script
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
            return house.invited(head);
        }
        let Some(session) = house.session(head) else {
            return Err(match route {
                Route::Page if head.method == "GET" => Refusal::SignIn,
                Route::Status | Route::Settings | Route::Api | Route::SignOut => Refusal::SignedOut,
                Route::Page
                | Route::Style
                | Route::Script
                | Route::SignIn
                | Route::Metrics
                | Route::Webhook(_)
                | Route::Paste(_)
                | Route::Health => Refusal::NotFound,
            });
        };
        if route.method() == "POST" {
            let shown = head.values("x-csrf-token").next().unwrap_or_default();
            if !is_csrf_of(&session, shown) || house.origin(head).is_none() {
                return Err(Refusal::CrossSite);
            }
        }
        Ok(Self::Guest(session.id.reveal().to_owned()))
    }
}

impl House<'_> {
    fn invited(&self, head: &Head<'_, '_>) -> Result<Visitor, Refusal> {
        let token = super::gate::bearer(head).unwrap_or_default();
        if !self.sessions.is_invited(token, self.now) {
            return Err(Refusal::WrongToken);
        }
        let origin = self.origin(head).filter(|_| self.owns(head)).ok_or(Refusal::CrossSite)?;
        let is_public = origin == self.public.origin;
        Ok(Visitor::Invited {
            invitation: String::from_utf8_lossy(token).into_owned(),
            path: format!("{}/", if is_public { self.public.path.as_str() } else { "" }),
            https: origin.starts_with("https://"),
        })
    }

    fn session(&self, head: &Head<'_, '_>) -> Option<Session> {
        self.owns(head).then(|| ids(head).find_map(|id| self.sessions.find(id, self.now)))?
    }

    /// Whether a cookie or a CSRF token is shown that fits nothing: somebody guesses, or a session
    /// has ended.
    pub(super) fn is_shown_a_wrong_one(&self, head: &Head<'_, '_>) -> bool {
        match ids(head).find_map(|id| self.sessions.find(id, self.now)) {
            None => ids(head).next().is_some(),
            Some(session) => head.values("x-csrf-token").any(|shown| !is_csrf_of(&session, shown)),
        }
    }

    /// Whether the request was made under a name that is surely ours.
    fn owns(&self, head: &Head<'_, '_>) -> bool {
        let host = text(head, "host").map(str::to_ascii_lowercase).unwrap_or_default();
        let name = without_port(&host);
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        name == "localhost"
            || name.parse::<Ipv4Addr>().is_ok()
            || bare.is_some_and(|bare| bare.parse::<Ipv6Addr>().is_ok())
            || (!name.is_empty() && name == without_port(self.public.host()))
    }

    /// The `Origin` of a request, if it is ours: the address to which the request was made, or
    /// (a proxy may change that) `public_url`.
    fn origin(&self, head: &Head<'_, '_>) -> Option<String> {
        let origin = without_default_port(&text(head, "origin")?.to_ascii_lowercase());
        let host = text(head, "host")?.to_ascii_lowercase();
        let mut ours = ["http", "https"].map(|scheme| format!("{scheme}://{host}")).into_iter();
        let is_ours =
            origin == self.public.origin || ours.any(|ours| without_default_port(&ours) == origin);
        is_ours.then_some(origin)
    }
}

/// The sessions that the cookies name.
fn ids<'b>(head: &Head<'_, 'b>) -> impl Iterator<Item = &'b [u8]> {
    let cookies = head.values("cookie").flat_map(|value| value.split(|byte| *byte == b';'));
    cookies.filter_map(|cookie| {
        cookie.trim_ascii().strip_prefix(COOKIE.as_bytes())?.strip_prefix(b"=")
    })
}

fn is_csrf_of(session: &Session, shown: &[u8]) -> bool {
    super::tokens::same(session.csrf.reveal().as_bytes(), shown)
}

fn text<'b>(head: &Head<'_, 'b>, name: &str) -> Option<&'b str> {
    std::str::from_utf8(head.values(name).next()?).ok()
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}

/// Browsers leave the scheme's own port out of `Origin`; people may write it into `public_url`.
fn without_default_port(origin: &str) -> String {
    let port = if origin.starts_with("https:") { ":443" } else { ":80" };
    origin.strip_suffix(port).unwrap_or(origin).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::head;

    const NOW: Duration = Duration::from_secs(9);
    const PUBLIC: &str = "https://S.example/media/";

    /// What the rule says; `ID`, `SECRET` and `LINK` in the headers stand for the real ones.
    fn admitted(route: Route, headers: &str, tokens: (bool, bool)) -> Result<String, Refusal> {
        let sessions = Sessions::default();
        let link = |sessions: &Sessions| sessions.invite(NOW).expect("random bytes");
        let session = sessions.begin(link(&sessions).reveal().as_bytes(), NOW);
        let session = session.expect("random bytes").expect("a session");
        let invitation = link(&sessions);
        let headers = headers
            .replace("ID", session.id.reveal())
            .replace("SECRET", session.csrf.reveal())
            .replace("LINK", invitation.reveal());
        let request = format!("{} / HTTP/1.1\r\n{headers}\r\n", route.method());
        let mut room = head::room();
        let head = head::parse(request.as_bytes(), &mut room).expect("a head");
        let public = PublicUrl::parse(PUBLIC);
        let house = House { sessions: &sessions, public: &public, now: NOW };
        Visitor::admit(route, &head, tokens, &house).map(|visitor| match visitor {
            Visitor::Program => "program".to_owned(),
            Visitor::Guest(id) => {
                assert_eq!(id, session.id.reveal());
                "guest".to_owned()
            }
            Visitor::Invited { invitation: shown, path, https } => {
                assert_eq!(shown, invitation.reveal());
                format!("invited below {path}, https {https}")
            }
        })
    }

    #[test]
    fn the_page_is_for_who_has_signed_in_under_a_name_that_is_ours() {
        let guest = Ok("guest".to_owned());
        let cookie = "Cookie: a=b; scrobbled=ID\r\n";
        let cases = [
            ("Host: 192.168.1.5:8787\r\n", guest.clone()),
            ("Host: [2001:db8::1]:8787\r\n", guest.clone()),
            ("Host: localhost\r\n", guest.clone()),
            ("Host: s.Example\r\n", guest.clone()),
            ("Host: s.example:8443\r\n", guest),
            ("Host: evil.example\r\n", Err(Refusal::SignIn)),
            ("Host: localhost.evil.example\r\n", Err(Refusal::SignIn)),
            ("Host: 1.2.3.4.evil.example\r\n", Err(Refusal::SignIn)),
            ("Host: [evil]\r\n", Err(Refusal::SignIn)),
            ("", Err(Refusal::SignIn)),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .map(|(host, expected)| {
                (host, admitted(Route::Page, &format!("{host}{cookie}"), (false, false)), expected)
            })
            .filter(|(_, got, expected)| got != *expected)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn who_changes_something_shows_that_the_page_sent_it() {
        let guest = Ok("guest".to_owned());
        let cross = Err(Refusal::CrossSite);
        let base = "Host: 10.0.0.2:8787\r\nCookie: scrobbled=ID\r\n";
        let cases = [
            ("X-CSRF-Token: SECRET\r\nOrigin: http://10.0.0.2:8787\r\n", guest.clone()),
            ("X-CSRF-Token: SECRET\r\nOrigin: https://s.example\r\n", guest.clone()),
            ("X-CSRF-Token: SECRET\r\nOrigin: https://s.example:443\r\n", guest),
            ("X-CSRF-Token: SECRET\r\n", cross.clone()),
            ("X-CSRF-Token: SECRET\r\nOrigin: null\r\n", cross.clone()),
            ("X-CSRF-Token: SECRET\r\nOrigin: http://10.0.0.2:9999\r\n", cross.clone()),
            ("X-CSRF-Token: SECRET\r\nOrigin: http://s.example\r\n", cross.clone()),
            ("X-CSRF-Token: nope\r\nOrigin: http://10.0.0.2:8787\r\n", cross.clone()),
            ("Origin: http://10.0.0.2:8787\r\n", cross),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .map(|(more, expected)| {
                (more, admitted(Route::Api, &format!("{base}{more}"), (false, false)), expected)
            })
            .filter(|(_, got, expected)| got != *expected)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn what_fits_nothing_is_told_from_what_is_not_shown() {
        let sessions = Sessions::default();
        let link = sessions.invite(NOW).expect("random bytes");
        let session = sessions.begin(link.reveal().as_bytes(), NOW).expect("random bytes");
        let session = session.expect("a session");
        let cases = [
            ("", false),
            ("Cookie: other=nope\r\n", false),
            ("Cookie: scrobbled=nope\r\n", true),
            ("Cookie: scrobbled=nope; scrobbled=ID\r\n", false),
            ("Cookie: scrobbled=ID\r\n", false),
            ("Cookie: scrobbled=ID\r\nX-CSRF-Token: SECRET\r\n", false),
            ("Cookie: scrobbled=ID\r\nX-CSRF-Token: nope\r\n", true),
        ];
        for (headers, expected) in cases {
            let shown = headers.replace("ID", session.id.reveal());
            let shown = shown.replace("SECRET", session.csrf.reveal());
            let request = format!("GET / HTTP/1.1\r\n{shown}\r\n");
            let mut room = head::room();
            let head = head::parse(request.as_bytes(), &mut room).expect("a head");
            let public = PublicUrl::default();
            let house = House { sessions: &sessions, public: &public, now: NOW };
            assert_eq!(house.is_shown_a_wrong_one(&head), expected, "{headers}");
        }
    }

    #[test]
    fn a_link_opens_for_a_browser_at_our_address() {
        let bearer = "Authorization: Bearer LINK\r\n";
        let cases = [
            (
                "Host: 10.0.0.2\r\nOrigin: http://10.0.0.2\r\n",
                Ok("invited below /, https false".to_owned()),
            ),
            (
                "Host: 127.0.0.1:8787\r\nOrigin: https://s.example\r\n",
                Ok("invited below /media/, https true".to_owned()),
            ),
            ("Host: evil.example\r\nOrigin: http://evil.example\r\n", Err(Refusal::CrossSite)),
            ("Host: 10.0.0.2\r\nOrigin: http://evil.example\r\n", Err(Refusal::CrossSite)),
            ("Host: 10.0.0.2\r\n", Err(Refusal::CrossSite)),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .map(|(more, expected)| {
                (more, admitted(Route::SignIn, &format!("{bearer}{more}"), (true, true)), expected)
            })
            .filter(|(_, got, expected)| got != *expected)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        let own = "Host: 10.0.0.2\r\nOrigin: http://10.0.0.2\r\n";
        for other in ["", "Authorization: Bearer nope\r\n", "Authorization: Bearer ID\r\n"] {
            let got = admitted(Route::SignIn, &format!("{own}{other}"), (false, false));
            assert_eq!(got, Err(Refusal::WrongToken), "{other}");
        }
    }

    #[test]
    fn a_program_shows_the_token_and_a_stranger_learns_nothing() {
        let program = Ok("program".to_owned());
        let cases = [
            (Route::Metrics, (false, true), program.clone()),
            (Route::Metrics, (false, false), Err(Refusal::NotFound)),
            (Route::Status, (true, false), program.clone()),
            (Route::Status, (false, true), Err(Refusal::SignedOut)),
            (Route::Settings, (true, false), program.clone()),
            (Route::Settings, (false, true), Err(Refusal::SignedOut)),
            (Route::Api, (true, false), program),
            (Route::Api, (false, true), Err(Refusal::SignedOut)),
            (Route::Page, (true, true), Err(Refusal::SignIn)),
            (Route::Script, (true, true), Err(Refusal::NotFound)),
            (Route::SignOut, (true, true), Err(Refusal::SignedOut)),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .map(|(route, tokens, expected)| (route, admitted(*route, "", *tokens), expected))
            .filter(|(_, got, expected)| got != *expected)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
