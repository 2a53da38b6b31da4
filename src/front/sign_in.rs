//! What does a person see who has not signed in?
//!
//! One page, said with 401 like every other word to a stranger. Its script takes the token out of
//! the link's fragment, which no server and no log ever sees, and exchanges it for a session. The
//! script stands in the page itself: browsers run no script that was answered 401. The policy lets
//! in this one script, by its hash, and nothing else.

/// The page.
const PAGE: &str = include_str!("sign_in.html");
/// The SHA-256 of the script in it, as Content-Security-Policy wants it.
const SCRIPT: &str = "AkJgbKhSvCdiaRl+89MyRM4ldv2x5p3nDC3DgaqObWQ=";

/// The whole answer, as it goes over the wire.
pub(super) fn answer() -> String {
    format!(
        "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/html; charset=utf-8\r\n\
         Content-Length: {}\r\nWWW-Authenticate: Bearer\r\nCache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'; script-src 'sha256-{SCRIPT}'; \
         connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
         Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         Connection: close\r\n\r\n{PAGE}",
        PAGE.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_policy_lets_in_the_script_as_it_is() {
        let script = PAGE.split_once("<script>").and_then(|(_, rest)| rest.split_once("</script>"));
        let (script, _) = script.expect("a script");
        assert_eq!(STANDARD.encode(Sha256::digest(script)), SCRIPT);
    }

    #[test]
    fn the_page_says_nothing_of_who_we_are_but_how_to_sign_in() {
        assert!(!answer().contains(env!("CARGO_PKG_VERSION")), "{}", answer());
    }
}
