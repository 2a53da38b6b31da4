//! What in a payload is nobody's business?
//!
//! Works on the text, not on its values: what is no JSON, has members twice or a comma too much is
//! just what a bug report is about, and has to stay so. Pure.
//!
//! Taken out are addresses (IP, e-mail, the server's own), tokens and secrets, and paths of files.
//! What `explain` needs stays: names and ids of users, players, servers and items. A user whom Plex
//! calls by an e-mail address keeps only the id.

use crate::event::Source;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
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
/// What the name of a member contains that lets somebody in, in lower case and without what stands
/// between its words.
const SECRET: [&str; 9] = [
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "sessionkey",
    "authorization",
    "credential",
];
/// The same as a whole word of a name only: `compass` and `design` are none.
const SECRET_WORD: [&str; 9] =
    ["pass", "pw", "pwd", "pin", "sig", "signature", "cookie", "jwt", "accesskey"];
/// The shortest word behind `Bearer` or `Cookie:` that is a token, in bytes: films have shorter ones.
const BEARER_LEAST: usize = 16;

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
        out.push_str(&between(before, next));
        let is_member = after.trim_start().starts_with(':');
        // A name is looked at too: it may be a text that only seems to be one.
        let fate = if is_member { Fate::Looked } else { next.or_of_bare(before) };
        out.push('"');
        match fate {
            Fate::Stays => out.push_str(inner),
            Fate::Goes if inner.is_empty() => {}
            Fate::Goes => out.push_str(REMOVED),
            Fate::Looked => out.push_str(&value(inner)),
        }
        if closed {
            out.push('"');
        }
        next = match fate {
            _ if is_member => Fate::of(&unescaped(inner).unwrap_or_else(|| inner.to_owned())),
            Fate::Goes if after.trim_start().starts_with(',') => Fate::Goes, // the rest of a list
            Fate::Goes | Fate::Stays | Fate::Looked => Fate::Looked,
        };
        rest = after;
    }
    out.push_str(&between(rest, next));
    out
}

/// What becomes of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    Goes,
    /// What looks private in it goes.
    Looked,
}

impl Fate {
    /// Of the value of the member `name`.
    fn of(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        if PRIVATE.contains(&lower.as_str()) || is_secret(name) {
            Self::Goes
        } else if lower.ends_with("version") {
            Self::Stays
        } else {
            Self::Looked
        }
    }

    /// The same where the name stood `before` without quotes: `{token: "…"}`, `token="…"`.
    fn or_of_bare(self, before: &str) -> Self {
        let name = before.trim_end().strip_suffix([':', '=']).map(str::trim_end);
        let name = name.and_then(|name| name.rsplit(is_between).next()).filter(|it| !it.is_empty());
        match name {
            Some(name) if self == Self::Looked => Self::of(name),
            Some(_) | None => self,
        }
    }
}

/// Whether what has this name lets somebody in.
fn is_secret(name: &str) -> bool {
    let bare: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let bare = bare.to_ascii_lowercase();
    SECRET.iter().any(|part| bare.contains(part))
        || SECRET_WORD.contains(&bare.as_str())
        || words_of(name).iter().any(|word| SECRET_WORD.contains(&word.as_str()))
}

/// The words of a name, in lower case: `userPass`, `X-User-Pass`, `user_pass`.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    words
}

/// What stands between two strings; a number goes where a string would.
fn between(text: &str, fate: Fate) -> String {
    let value = text.trim_start().strip_prefix(':').map(str::trim_start);
    let value = value.map(|value| value.split([',', '}', ']', '[', '{']).next().unwrap_or(value));
    match value.map(str::trim_end) {
        Some(number) if fate == Fate::Goes && number.starts_with(|c: char| !c.is_alphabetic()) => {
            words(&text.replacen(number, &format!("\"{REMOVED}\""), 1))
        }
        Some(_) | None => words(text),
    }
}

/// The inside of a JSON string. What is escaped in it is read as what it says, which may be JSON
/// itself, and stays as it was written where nothing of it goes.
fn value(inner: &str) -> String {
    if !inner.contains('\\') {
        return words(inner);
    }
    let Some(text) = unescaped(inner) else { return words(inner) };
    let clean = if text.contains('"') { cleaned(&text) } else { words(&text) };
    if clean == text {
        return inner.to_owned();
    }
    let escaped = serde_json::Value::from(clean).to_string();
    string(&escaped).0.to_owned()
}

/// What the inside of a JSON string says; `None` where it is none.
fn unescaped(inner: &str) -> Option<String> {
    serde_json::from_str(&format!("\"{inner}\"")).ok()
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
    let text = without_logins(text);
    let mut out = String::with_capacity(text.len());
    let (mut next, mut rest) = (Next::Anything, text.as_str());
    while !rest.is_empty() {
        let marked = rest.char_indices().find_map(|(at, _)| Some((at, mark(rest.get(at..)?)?)));
        let (at, (length, mark)) = marked.unwrap_or((rest.len(), (0, ' ')));
        let (word, from) = rest.split_at(at);
        let (shown, after) = from.split_at(length);
        let goes = !word.is_empty() && (next.is_secret(word) || is_private(word));
        out.push_str(if goes { REMOVED } else { word });
        out.push_str(shown);
        next = next.after(word, mark);
        rest = after;
    }
    out
}

/// What ends a word at the beginning of `text`, and its length; also where it is written as in an
/// address, once or again: `%3D`, `%253D`.
fn mark(text: &str) -> Option<(usize, char)> {
    let c = text.chars().next()?;
    if is_between(c) {
        return Some((c.len_utf8(), c));
    }
    let mut code = text.strip_prefix('%')?;
    while let Some(again) = code.strip_prefix("25") {
        code = again;
    }
    let c = char::from(u8::from_str_radix(code.get(..2)?, 16).ok()?);
    (c.is_ascii() && is_between(c)).then_some((text.len() - code.len() + 2, c))
}

/// What the next word is, by what was said before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Anything,
    /// A secret's name was said: what is it set to?
    Named,
    /// It is one: `token=`.
    Secret,
    /// And all words are one up to the next quote: `token='`.
    Quoted,
    /// It is one if it looks so: `Cookie: id=`. Films have names as well.
    Told,
}

impl Next {
    fn is_secret(self, word: &str) -> bool {
        match self {
            Self::Secret | Self::Quoted => true,
            Self::Told => word.len() >= BEARER_LEAST && word.contains(|c: char| c.is_ascii_digit()),
            Self::Anything | Self::Named => false,
        }
    }

    /// What comes after this word and the mark behind it.
    fn after(self, word: &str, mark: char) -> Self {
        let is_quote = matches!(mark, '"' | '\'' | '`');
        let is_ours = || {
            let source = word.strip_suffix("trakt");
            word == "metrics" || Source::ALL.iter().any(|it| Some(it.word()) == source)
        };
        let before = match self {
            _ if word.is_empty() => self,
            Self::Quoted => self,
            Self::Told if mark == '=' => self,
            _ if word.strip_suffix(':').is_some_and(is_secret) => Self::Told,
            _ if is_secret(word) => Self::Named,
            Self::Anything | Self::Named | Self::Secret | Self::Told => Self::Anything,
        };
        match before {
            _ if mark == '?' && is_ours() => Self::Secret,
            Self::Quoted if is_quote => Self::Anything,
            Self::Quoted => before,
            Self::Named if mark == '=' => Self::Secret,
            Self::Secret if is_quote => Self::Quoted,
            _ if mark.is_whitespace() || mark == '=' || is_quote => before,
            Self::Anything | Self::Named | Self::Secret | Self::Told => Self::Anything,
        }
    }
}

/// `text` without what stands before the host of an address (`https://jo:secret@nas`), and without
/// the logins of HTTP (`Basic am86c2VjcmV0`).
fn without_logins(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, mark)) = rest.match_indices(['/', ' ']).find(|(at, mark)| {
        let before = rest.get(..*at).unwrap_or_default();
        match *mark {
            "/" => before.ends_with(":/"),
            _ => is_scheme(before, "basic") || is_scheme(before, "bearer"),
        }
    }) {
        let (before, after) = rest.split_at(at + mark.len());
        out.push_str(before);
        let login = if mark == "/" {
            let end = |c: char| c.is_whitespace() || "/?#\"<>\\".contains(c);
            after.split(end).next().unwrap_or(after).rsplit_once('@').map_or("", |(login, _)| login)
        } else {
            let end = |c: char| !c.is_ascii_alphanumeric() && !"+/=-_.~".contains(c);
            let word = after.split(end).next().unwrap_or(after);
            let is_login = if is_scheme(before.trim_end(), "basic") {
                is_basic(word)
            } else {
                word.len() >= BEARER_LEAST
            };
            if is_login { word } else { "" }
        };
        if !login.is_empty() {
            out.push_str(REMOVED);
        }
        rest = after.strip_prefix(login).unwrap_or(after);
    }
    out.push_str(rest);
    out
}

/// Whether `text` ends with the name of this scheme of HTTP logins.
fn is_scheme(text: &str, scheme: &str) -> bool {
    let word = text.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    word.eq_ignore_ascii_case(scheme)
}

/// Whether `word` is a name and a password, as `Basic` has them.
fn is_basic(word: &str) -> bool {
    let bytes = STANDARD_NO_PAD.decode(word.trim_end_matches('='));
    bytes.is_ok_and(|bytes| bytes.contains(&b':'))
}

/// Whether a character ends a word: no part of an e-mail or IP address.
fn is_between(c: char) -> bool {
    c.is_whitespace() || "\"'`,;()[]{}<>=&?|/\\".contains(c)
}

/// Whether a word is an e-mail or IP address, the latter with or without a port, or a name and a
/// password at a host.
fn is_private(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ':', '!']);
    let at_a_host = word.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && (host.split_once('.').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
                || name.split_once(':').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty()))
    });
    let host = word.rsplit_once(':').map_or(word, |(host, _)| host);
    let without_zone = word.split('%').next().unwrap_or(word);
    at_a_host || host.parse::<Ipv4Addr>().is_ok() || without_zone.parse::<Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests;
