//! May this request come in, and as what?
//!
//! [`Gate::admit`] judges a head. The token comes first: before it fits, a caller learns 401 on
//! the webhooks' paths and 404 elsewhere, whatever else is wrong with its request. An admitted
//! request gets a new head of our own making, so that nothing a client wrote is parsed twice.
//!
//! Not here: sockets, time, the count of wrong tokens (`strikes`).

use super::forwarded;
use super::head::{Expect, Framing, Head};
use super::public_url::PublicUrl;
use super::refusal::Refusal;
use super::sessions::BrowserSessions;
use super::sign_in::{self, SignIn};
use super::tokens::{Tokens, Who};
use super::visit::{AccessContext, Visitor};
use super::wish::Rejection;
use crate::config::Network;
use crate::event::Source;
use crate::server::{PostRefusal, RefusedPosts, Route};
use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Headers that are passed on as they came (once each, in plain ASCII).
const PASSED_ON: [&str; 5] =
    ["Content-Type", "X-Plex-Signature", "X-Hub-Signature-256", "User-Agent", "Via"];
/// The longest body for the page, in bytes.
const PAGE_BODY_MOST: u64 = 16 * 1024;
/// Most words of a query that are tried as a token.
const TOKENS_TRIED: usize = 4;

/// What the door knows of who may come in.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) tokens: Arc<Tokens>,
    pub(super) sessions: Arc<BrowserSessions>,
    pub(super) trusted: Vec<Network>,
    /// Everything stands below its path too.
    pub(super) public_url: PublicUrl,
    /// For who may not come in yet.
    pub(super) sign_in: SignIn,
    /// Webhooks that were turned away.
    pub(super) refused: RefusedPosts,
}

/// What the door must know of an admitted request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Admitted {
    pub(super) framing: Framing,
    pub(super) keep_alive: bool,
    /// Whether the client waits for `100 Continue`.
    pub(super) waits: bool,
    /// Whether it showed a token; without one there is only [`Endpoint::Health`].
    pub(super) known: bool,
    /// Of which kind of media server it is, and who sent it, if it is a webhook.
    pub(super) post: Option<(Source, IpAddr)>,
}

/// What is at a public path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    Webhook(Source),
    Health,
    /// Something of the page.
    Page(Route),
}

/// What is told to the internal server of who asks.
#[derive(Debug)]
enum Caller {
    /// Nothing that matters there.
    Anybody,
    /// It has shown the page's token.
    PageToken,
    /// It looks at the page.
    Visitor(Visitor),
}

impl Gate {
    /// Whether `address` is a proxy that speaks for many.
    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        forwarded::is_trusted(address, &self.trusted)
    }

    /// Judges `head`, sent by `peer`, and writes the internal server's head to `forward`, up to
    /// its `Content-Length`.
    ///
    /// # Errors
    /// Why it may not come in.
    pub(super) fn admit(
        &self,
        head: &Head<'_, '_>,
        peer: IpAddr,
        now: Duration,
        forward: &mut Vec<u8>,
    ) -> Result<Admitted, Rejection> {
        let client = forwarded::client(head, peer, &self.trusted);
        self.judge(head, client, now, forward).map_err(|refusal| {
            let is_guess = refusal == Refusal::WrongToken || self.is_shown_a_wrong_one(head, now);
            let post = self.refused_post(head, refusal);
            Rejection {
                refusal,
                blame: is_guess.then_some(client),
                post: post.map(|(source, why)| (source, why, client)),
            }
        })
    }

    /// Whose webhook this was to be, as its path says it, or its token, and why it is none.
    fn refused_post(&self, head: &Head<'_, '_>, why: Refusal) -> Option<(Source, PostRefusal)> {
        let (path, query) = split(head.target);
        let is_post = head.method == "POST";
        if let Some(Endpoint::Webhook(source)) = self.place(path) {
            let why = why.of_post().filter(|why| is_post || *why == PostRefusal::WrongMethod);
            return why.map(|why| (source, why));
        }
        let owner = |token| match self.tokens.check(token)? {
            Who::Sender(source) => Some(source),
            Who::Page => None,
        };
        let source = presented(head, query).find_map(owner).or_else(|| named(path));
        source.filter(|_| is_post).map(|source| (source, PostRefusal::WrongPath))
    }

    /// Whether a secret is shown, and none that fits anything.
    fn is_shown_a_wrong_one(&self, head: &Head<'_, '_>, now: Duration) -> bool {
        let (_, query) = split(head.target);
        let mut shown = presented(head, query).peekable();
        let is_shown_a_token = shown.peek().is_some();
        is_shown_a_token && shown.all(|token| self.tokens.check(token).is_none())
            || self.house(now).is_shown_a_wrong_one(head)
    }

    fn house(&self, now: Duration) -> AccessContext<'_> {
        AccessContext { sessions: &self.sessions, now }
    }

    fn judge(
        &self,
        head: &Head<'_, '_>,
        client: IpAddr,
        now: Duration,
        forward: &mut Vec<u8>,
    ) -> Result<Admitted, Refusal> {
        let (path, query) = split(head.target);
        let place = self.place(path).ok_or(Refusal::NotFound)?;
        let mut shown = presented(head, query).filter_map(|token| self.tokens.check(token));
        let caller = match place {
            Endpoint::Webhook(source) => {
                if !shown.any(|who| who == Who::Sender(source)) {
                    return Err(Refusal::WrongToken);
                }
                Caller::Anybody
            }
            Endpoint::Health => {
                let page_token = shown.any(|who| who == Who::Page);
                if !page_token && (head.method != "GET" || head.framing != Ok(Framing::Absent)) {
                    return Err(Refusal::NotFound);
                }
                if page_token { Caller::PageToken } else { Caller::Anybody }
            }
            Endpoint::Page(Route::Page) if !path.ends_with('/') && head.method == "GET" => {
                return Err(sign_in::refusal(head)); // its script adds the slash
            }
            Endpoint::Page(route) => Caller::Visitor(self.visitor(route, head, query, now)?),
        };
        let known = place != Endpoint::Health || matches!(caller, Caller::PageToken);
        let route = place.route(head.method)?;
        let framing = head.framing?;
        if route.method() == "POST" && framing == Framing::Absent {
            return Err(Refusal::LengthRequired);
        }
        if matches!(place, Endpoint::Page(_)) {
            if !head.names_its_host {
                return Err(Refusal::Malformed("HTTP/1.1 needs a Host"));
            }
            match framing {
                Framing::Absent => {}
                Framing::Length(length) if length <= PAGE_BODY_MOST => {}
                Framing::Length(_) => return Err(Refusal::TooLarge),
                Framing::Chunked => return Err(Refusal::LengthRequired),
            }
        }
        if head.expect == Expect::Unknown {
            return Err(Refusal::ExpectationFailed);
        }
        write_head(head, route, client, &caller, forward);
        let waits = head.expect == Expect::Continue;
        let post = if let Route::Webhook(source) = route { Some((source, client)) } else { None };
        Ok(Admitted { framing, keep_alive: head.keep_alive, waits, known, post })
    }

    /// What is at `path`, or at what follows the path of the public URL.
    fn place(&self, path: &str) -> Option<Endpoint> {
        let below = path.strip_prefix(self.public_url.path.as_str()).and_then(Endpoint::at);
        below.or_else(|| Endpoint::at(path))
    }

    fn visitor(
        &self,
        route: Route,
        head: &Head<'_, '_>,
        query: &str,
        now: Duration,
    ) -> Result<Visitor, Refusal> {
        let is_page = |token| self.tokens.check(token) == Some(Who::Page);
        let shown = (head.bearer().is_some_and(is_page), in_query(query).any(is_page));
        Visitor::admit(route, head, shown, &self.house(now))
    }
}

impl Endpoint {
    fn at(path: &str) -> Option<Self> {
        if path.is_empty() {
            return Some(Self::Page(Route::Page)); // the public path without its slash
        }
        if path == "/healthz" {
            return Some(Self::Health);
        }
        let is_asked = |route: &Route| route.is_of_page() && route.path() == path;
        if let Some(route) = Route::ALL.into_iter().find(is_asked) {
            return Some(Self::Page(route));
        }
        let name = path.strip_prefix("/webhook/")?;
        let name = name.strip_suffix('/').unwrap_or(name);
        let name = name.strip_suffix("trakt").unwrap_or(name);
        Source::ALL.into_iter().find(|source| source.word() == name).map(Self::Webhook)
    }

    fn route(self, method: &str) -> Result<Route, Refusal> {
        match (self, method) {
            (Self::Webhook(source), "POST") => Ok(Route::Webhook(source)),
            (Self::Webhook(source), "GET") => Ok(Route::Paste(source)),
            (Self::Webhook(_), _) => Err(Refusal::MethodNotAllowed { allowed: "GET, HEAD, POST" }),
            (Self::Health, "GET") => Ok(Route::Health),
            (Self::Page(route), method) if method == route.method() => Ok(route),
            (Self::Page(route), _) if route.method() == "POST" => {
                Err(Refusal::MethodNotAllowed { allowed: "POST" })
            }
            (Self::Health | Self::Page(_), _) => {
                Err(Refusal::MethodNotAllowed { allowed: "GET, HEAD" })
            }
        }
    }
}

/// The media server that the end of a path names.
fn named(path: &str) -> Option<Source> {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    Source::ALL.into_iter().find(|source| {
        let rest = name.get(..source.word().len()).zip(name.get(source.word().len()..));
        rest.is_some_and(|(word, rest)| {
            word.eq_ignore_ascii_case(source.word())
                && (rest.is_empty() || rest.eq_ignore_ascii_case("trakt"))
        })
    })
}

/// Path and query of a request's target, which may be a whole URL (RFC 9112, 3.2.2).
fn split(target: &str) -> (&str, &str) {
    let path = ["http://", "https://"]
        .into_iter()
        .find_map(|scheme| target.strip_prefix(scheme))
        .map_or(target, |rest| rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"));
    path.split_once('?').unwrap_or((path, ""))
}

/// The tokens that a request shows: `?TOKEN`, `?token=TOKEN`, `Authorization: Bearer TOKEN`.
fn presented<'b>(head: &Head<'_, 'b>, query: &'b str) -> impl Iterator<Item = &'b [u8]> {
    head.bearer().into_iter().chain(in_query(query))
}

fn in_query(query: &str) -> impl Iterator<Item = &[u8]> {
    query
        .split('&')
        .map(|word| word.strip_prefix("token=").unwrap_or(word).as_bytes())
        .filter(|token| !token.is_empty())
        .take(TOKENS_TRIED)
}

/// The head for the internal server. `Content-Length` and the empty line follow once it is known.
fn write_head(
    head: &Head<'_, '_>,
    route: Route,
    client: IpAddr,
    caller: &Caller,
    forward: &mut Vec<u8>,
) {
    let mut line = |parts: &[&[u8]]| {
        for part in parts {
            forward.extend_from_slice(part);
        }
        forward.extend_from_slice(b"\r\n");
    };
    line(&[route.method().as_bytes(), b" ", route.path().as_bytes(), b" HTTP/1.1"]);
    for name in PASSED_ON {
        let plain = |value: &&[u8]| value.iter().all(|byte| matches!(byte, b' '..=b'~'));
        if let Some(value) = head.values(name).next().filter(plain) {
            line(&[name.as_bytes(), b": ", value]);
        }
    }
    match caller {
        Caller::Anybody | Caller::Visitor(Visitor::Program) => {}
        Caller::PageToken => line(&[b"X-Scrobbled-Page-Token: yes"]),
        Caller::Visitor(Visitor::Guest(id)) => {
            line(&[b"X-Scrobbled-Session: ", id.as_bytes()]);
        }
        Caller::Visitor(Visitor::Invited(token)) => {
            line(&[b"X-Scrobbled-Invitation: ", token.as_bytes()]);
        }
    }
    // Writing to memory can't fail.
    let _ = write!(forward, "X-Scrobbled-Peer: {client}\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::{PageParts, head};

    /// What the gate says to a request from 10.0.0.1, a trusted proxy.
    fn admitted(request: &str) -> Result<String, (Refusal, Option<String>)> {
        let folder = tempfile::tempdir().expect("a folder");
        let tokens = Arc::new(Tokens::open(folder.path()).expect("tokens"));
        let request = request
            .replace("PLEX", tokens.secret(Who::Sender(Source::Plex)).reveal())
            .replace("PAGE", tokens.secret(Who::Page).reveal());
        let trusted = vec![Network::parse("10.0.0.1").expect("a network")];
        let public_url = PublicUrl::parse("https://nas/base/");
        let sessions = Arc::new(BrowserSessions::default());
        let sign_in = SignIn::new(PageParts::default(), &public_url);
        let refused = RefusedPosts::default();
        let gate = Gate { tokens, sessions, trusted, public_url, sign_in, refused };
        let mut room = head::room();
        let head = head::parse(request.as_bytes(), &mut room).expect("a head");
        let mut forward = Vec::new();
        let peer = "10.0.0.1".parse().expect("an address");
        match gate.admit(&head, peer, Duration::ZERO, &mut forward) {
            Ok(_) => Ok(String::from_utf8(forward).expect("text")),
            Err(Rejection { refusal, blame, .. }) => {
                Err((refusal, blame.map(|address| address.to_string())))
            }
        }
    }

    #[test]
    fn the_server_room_gets_a_head_of_our_own_making() {
        let request = "POST http://nas/base/webhook/plextrakt?PLEX&x=%0d%0a HTTP/1.1\r\n\
                       Host: nas\r\ncontent-type:  text/plain \r\nContent-Type: again\r\n\
                       User-Agent: Pl\u{e9}x\r\nX-Plex-Signature: s=\r\nConnection: upgrade\r\n\
                       TE: trailers\r\nX-Scrobbled-Page-Token: yes\r\nX-Scrobbled-Peer: ::1\r\n\
                       X-Scrobbled-Session: x\r\nX-Scrobbled-Invitation: x\r\n\
                       X-Forwarded-For: 192.0.2.7\r\n\
                       Content-Length: 5\r\n\r\n";
        assert_eq!(
            admitted(request),
            Ok("POST /webhook/plex HTTP/1.1\r\nContent-Type: text/plain\r\n\
                X-Plex-Signature: s=\r\nX-Scrobbled-Peer: 192.0.2.7\r\n"
                .to_owned())
        );
        assert_eq!(
            admitted("GET /healthz?PAGE HTTP/1.1\r\n\r\n"),
            Ok("GET /healthz HTTP/1.1\r\nX-Scrobbled-Page-Token: yes\r\n\
                X-Scrobbled-Peer: 10.0.0.1\r\n"
                .to_owned())
        );
    }

    #[test]
    fn the_token_comes_before_everything_else_and_the_client_is_blamed_not_the_proxy() {
        let broken = "Expect: magic\r\nContent-Length: 1\r\nContent-Length: 2\r\n";
        let refused = |target: &str| {
            admitted(&format!(
                "PUT {target} HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7\r\n{broken}\r\n"
            ))
            .map_err(|(refusal, whose)| (refusal.status(), whose))
        };
        let client = Some("192.0.2.7".to_owned());
        assert_eq!(refused("/webhook/plex?nope"), Err((401, client.clone())));
        assert_eq!(refused("/webhook/plex"), Err((401, client.clone())));
        assert_eq!(refused("/healthz"), Err((404, None)));
        assert_eq!(refused("/healthz?nope"), Err((404, client.clone())));
        assert_eq!(refused("/metrics"), Err((404, None)));
        assert_eq!(refused("/metrics?nope"), Err((404, client)));
        assert_eq!(refused("/webhook/plex?x&PLEX"), Err((405, None)));
    }
}
