//! What does a person see who has not signed in?
//!
//! One page, sent with 401 like every answer to an unauthenticated client. Its script takes the
//! token out of the link's fragment, which no server and no log ever sees, and exchanges it for a
//! session, which the browser keeps for our origin (host and port). With it the script fetches the
//! page itself and puts it in this one's place. So this page's policy is the other's too: it lets
//! in the scripts and styles of both, by their hashes, and nothing else.

use super::head::Head;
use super::public_url::PublicUrl;
use super::refusal::Refusal;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The page.
const PAGE: &str = include_str!("sign_in.html");
/// The name of the cookie that earlier versions left in browsers.
const OLD_COOKIE: &str = "scrobbled";

/// What the page for who has signed in consists of, as far as a policy has to let it in.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageParts {
    /// The text of its script.
    pub script: &'static str,
    /// The text of its style.
    pub style: &'static str,
}

/// The page to sign in, ready to be sent.
#[derive(Debug)]
pub(super) struct SignIn {
    policy: String,
    /// The headers that take the old cookie away, wherever it is.
    forget_cookie: String,
}

impl SignIn {
    pub(super) fn new(page: PageParts, public: &PublicUrl) -> Self {
        let policy = format!(
            "default-src 'none'; script-src {} {}; style-src {} {}; img-src data:; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            hash(part(PAGE, "script")),
            hash(page.script),
            hash(part(PAGE, "style")),
            hash(page.style),
        );
        let mut paths = vec!["/".to_owned()];
        paths.extend((!public.path.is_empty()).then(|| format!("{}/", public.path)));
        let forget_cookie = paths.iter().fold(String::new(), |mut lines, path| {
            // Writing to a string can't fail.
            let _ = write!(lines, "Set-Cookie: {OLD_COOKIE}=; Path={path}; Max-Age=0\r\n");
            lines
        });
        Self { policy, forget_cookie }
    }

    /// The whole answer, as it goes over the wire.
    pub(super) fn answer(&self, forget_cookie: bool) -> String {
        format!(
            "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/html; charset=utf-8\r\n\
             Content-Length: {}\r\nWWW-Authenticate: Bearer\r\nCache-Control: no-store\r\n\
             Content-Security-Policy: {}\r\nReferrer-Policy: no-referrer\r\n\
             X-Content-Type-Options: nosniff\r\nCross-Origin-Opener-Policy: same-origin\r\n\
             Cross-Origin-Resource-Policy: same-origin\r\n{}Connection: close\r\n\r\n{PAGE}",
            PAGE.len(),
            self.policy,
            if forget_cookie { self.forget_cookie.as_str() } else { "" },
        )
    }
}

/// The page, for whoever sent `head` and has not signed in.
pub(super) fn refusal(head: &Head<'_, '_>) -> Refusal {
    Refusal::SignIn { forget_cookie: shows_old_cookie(head) }
}

/// Whether a browser still shows the cookie of an earlier version.
fn shows_old_cookie(head: &Head<'_, '_>) -> bool {
    let mut cookies = head.values("cookie").flat_map(|value| value.split(|byte| *byte == b';'));
    cookies.any(|cookie| {
        let name = cookie.trim_ascii().strip_prefix(OLD_COOKIE.as_bytes());
        name.is_some_and(|value| value.starts_with(b"="))
    })
}

/// The text of the script or style in `page`.
fn part<'p>(page: &'p str, tag: &str) -> &'p str {
    let from = page.split_once(&format!("<{tag}>")).map_or("", |(_, from)| from);
    from.split_once(&format!("</{tag}>")).map_or("", |(part, _)| part)
}

/// The source expression that lets in what has this text (Content Security Policy 3, 2.3.1).
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(forget_cookie: bool) -> String {
        let page = PageParts { script: "a", style: "b" };
        SignIn::new(page, &PublicUrl::parse("https://s.example/media")).answer(forget_cookie)
    }

    #[test]
    fn the_policy_lets_in_the_scripts_and_styles_as_they_are() {
        assert!(part(PAGE, "script").contains("fetch("));
        assert!(part(PAGE, "style").contains("max-width"));
        // echo -n a | openssl dgst -sha256 -binary | base64
        let (a, b) = (
            "'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='",
            "'sha256-PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0='",
        );
        let (script, style) = (hash(part(PAGE, "script")), hash(part(PAGE, "style")));
        let expected = format!("script-src {script} {a}; style-src {style} {b};");
        assert!(answer(false).contains(&expected), "{}", answer(false));
    }

    #[test]
    fn the_page_says_nothing_of_who_we_are_but_how_to_sign_in() {
        assert!(!answer(true).contains(env!("CARGO_PKG_VERSION")), "{}", answer(true));
    }

    #[test]
    fn a_cookie_is_only_ever_taken_away() {
        assert!(!answer(false).contains("Cookie"));
        for path in ["/", "/media/"] {
            let line = format!("\r\nSet-Cookie: scrobbled=; Path={path}; Max-Age=0\r\n");
            assert!(answer(true).contains(&line), "{}", answer(true));
        }
    }
}
