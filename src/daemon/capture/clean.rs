//! What in a payload is nobody's business?
//!
//! Works on the text, not on its values: what is no JSON, has members twice or a comma too much is
//! just what a bug report is about, and has to stay so. Pure.
//!
//! Taken out are addresses (IP, e-mail, the server's own), tokens and secrets, and paths of files.
//! What `explain` needs stays: names and ids of users, players, servers and items. A user whom Plex
//! calls by an e-mail address keeps only the id.

use std::net::{Ipv4Addr, Ipv6Addr};

const REMOVED: &str = "removed";

/// Members whose text is taken out whole, in lower case: addresses (Plex `publicAddress`, Emby
/// `RemoteEndPoint`, Jellyfin `ServerUrl`, Tautulli `ip_address`) and files.
const PRIVATE: [&str; 11] = [
    "publicaddress",
    "address",
    "remoteaddress",
    "remoteendpoint",
    "serverurl",
    "ip_address",
    "ipaddress",
    "email",
    "path",
    "file",
    "filename",
];
/// Parts of names of members that hold what lets somebody in, in lower case.
const SECRET: [&str; 6] = ["token", "secret", "password", "apikey", "api_key", "authorization"];

/// `text` (JSON or what was meant to be) without what is nobody's business.
#[must_use]
pub fn cleaned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // Whether the text that comes is the value of a member to take out, or of a version: these
    // look like addresses, and tell Emby from Jellyfin.
    let mut next = Fate::Looked;
    while let Some(quote) = rest.find('"') {
        let (before, from) = rest.split_at(quote);
        let (inner, closed, after) = string(from);
        out.push_str(&words(before));
        let is_member = after.trim_start().starts_with(':');
        let fate = if is_member { Fate::Stays } else { next };
        out.push('"');
        match fate {
            Fate::Stays => out.push_str(inner),
            Fate::Goes if inner.is_empty() => {}
            Fate::Goes => out.push_str(REMOVED),
            Fate::Looked => out.push_str(&words(inner)),
        }
        if closed {
            out.push('"');
        }
        next = if is_member { Fate::of(inner) } else { Fate::Looked };
        rest = after;
    }
    out.push_str(&words(rest));
    out
}

/// What becomes of a text.
#[derive(Clone, Copy)]
enum Fate {
    Stays,
    Goes,
    /// What looks private in it goes.
    Looked,
}

impl Fate {
    /// Of the value of the member `name`.
    fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        if PRIVATE.contains(&name.as_str()) || SECRET.iter().any(|part| name.contains(part)) {
            Self::Goes
        } else if name.ends_with("version") {
            Self::Stays
        } else {
            Self::Looked
        }
    }
}

/// Takes a JSON string apart that begins with its quote: what is in it, whether it ends, what
/// comes behind it.
fn string(text: &str) -> (&str, bool, &str) {
    let from = text.strip_prefix('"').unwrap_or(text);
    let mut escaped = false;
    for (at, byte) in from.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => {
                let (inner, after) = from.split_at_checked(at).unwrap_or((from, ""));
                return (inner, true, after.strip_prefix('"').unwrap_or(after));
            }
            _ => {}
        }
    }
    (from, false, "")
}

/// Free text without what looks like an address or a token in it.
fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut secret = false; // the word behind `token=` is one
    for piece in text.split_inclusive(is_between) {
        let end = piece.char_indices().next_back().filter(|(_, c)| is_between(*c));
        let (word, mark) = piece.split_at(end.map_or(piece.len(), |(at, _)| at));
        out.push_str(if !word.is_empty() && (secret || is_private(word)) { REMOVED } else { word });
        out.push_str(mark);
        let lower = word.to_ascii_lowercase();
        secret = mark == "=" && SECRET.iter().any(|part| lower.ends_with(part));
    }
    out
}

/// Whether a character ends a word: no part of an e-mail or IP address.
fn is_between(c: char) -> bool {
    c.is_whitespace() || "\"'`,;()[]{}<>=&?|/\\".contains(c)
}

/// Whether a word is an e-mail or IP address, the latter with or without a port.
fn is_private(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ':', '!']);
    let is_mail = word.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && host.split_once('.').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
    });
    let host = word.rsplit_once(':').map_or(word, |(host, _)| host);
    let without_zone = word.split('%').next().unwrap_or(word);
    is_mail || host.parse::<Ipv4Addr>().is_ok() || without_zone.parse::<Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Source;
    use crate::server::body;
    use crate::webhook::{self, Said};
    use proptest::prelude::*;
    use std::fs;

    #[test]
    fn addresses_and_secrets_go_and_the_rest_stays() {
        let cases = [
            (r#"{"publicAddress":"203.0.113.7"}"#, r#"{"publicAddress":"removed"}"#),
            (r#"{"RemoteEndPoint" : "nas.lan"}"#, r#"{"RemoteEndPoint" : "removed"}"#),
            (r#"{"X-Plex-Token":"a\"b","n":1}"#, r#"{"X-Plex-Token":"removed","n":1}"#),
            (r#"{"AccessToken":"","Title":"a"}"#, r#"{"AccessToken":"","Title":"a"}"#),
            (r#"{"Path":"\\\\nas\\tv\\x.mkv"}"#, r#"{"Path":"removed"}"#),
            (r#"{"Version":"4.8.11.0"}"#, r#"{"Version":"4.8.11.0"}"#),
            (r#"{"Account":{"title":"jo@example.org"}}"#, r#"{"Account":{"title":"removed"}}"#),
            (r#"{"a":"at 10.0.0.9:32400, ok"}"#, r#"{"a":"at removed, ok"}"#),
            (
                r#"{"a":"fe80::1%eth0","b":"[2001:db8::2]:80"}"#,
                r#"{"a":"removed","b":"[removed]:80"}"#,
            ),
            (
                r#"{"u":"https://203.0.113.7:32400/x?X-Plex-Token=abc&y=1"}"#,
                r#"{"u":"https://removed/x?X-Plex-Token=removed&y=1"}"#,
            ),
            (r#"{"u":"/x?api_key=abc"}"#, r#"{"u":"/x?api_key=removed"}"#),
            (r#"{"guid":"tvdb://1/2?lang=en"}"#, r#"{"guid":"tvdb://1/2?lang=en"}"#),
            (r#"{"Date":"2025-12-08T21:31:07.88Z"}"#, r#"{"Date":"2025-12-08T21:31:07.88Z"}"#),
            (r#"{"t":"8:45, S.W.A.T. @ 3.10"}"#, r#"{"t":"8:45, S.W.A.T. @ 3.10"}"#),
            // No JSON any more, or never.
            (r#"{"Title":"a "quoted" one",}"#, r#"{"Title":"a "quoted" one",}"#),
            (r#"{"token":"abc"#, r#"{"token":"removed"#),
            ("token=abc&ip=10.0.0.9", "token=removed&ip=removed"),
            ("", ""),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .map(|(text, expected)| (cleaned(text), *expected))
            .filter(|(seen, expected)| seen != expected)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn what_is_said_stays_the_same_but_for_a_name_that_is_an_address() {
        let folders =
            [(Source::Plex, "plex"), (Source::Jellyfin, "jellyfin"), (Source::Emby, "emby")];
        for (source, folder) in folders {
            for entry in fs::read_dir(format!("tests/payloads/{folder}")).expect("payloads") {
                let path = entry.expect("an entry").path();
                let bytes = fs::read(&path).expect("a payload");
                let Ok(json) = body::json(&bytes) else { continue };
                let clean = cleaned(&String::from_utf8_lossy(&json));
                let mut expected = webhook::parse(source, &json);
                if let Ok(Said::Event(event)) = &mut expected
                    && event.user.name.contains('@')
                {
                    REMOVED.clone_into(&mut event.user.name);
                }
                let seen = webhook::parse(source, clean.as_bytes());
                assert_eq!(seen, expected, "{}", path.display());
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_no_address_is_left(
            before in "[^0-9a-zA-Z]{0,20}", name in "[a-z]{1,8}", behind in "[^0-9a-zA-Z]{0,20}",
        ) {
            let _ = cleaned(&format!("{before}{behind}"));
            let json = serde_json::json!({ name: format!("{before} 192.0.2.77 {behind}") });
            prop_assert!(!cleaned(&json.to_string()).contains("192.0.2.77"), "{json}");
        }
    }
}
