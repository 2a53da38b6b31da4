//! What was posted?
//!
//! [`json`] finds the JSON in a request body by looking at it: media servers label JSON as
//! `text/plain`, forms as files, and hide it in form fields, so Content-Type is not asked.
//! Nothing is copied that need not be decoded: of a multipart body only the field that carries
//! the JSON is looked at, and the picture behind it is never touched. [`said`] goes on to read
//! what the JSON says.
//!
//! Not here: how large a body may be (`front`), whether the JSON is any, and what it means
//! (`webhook`).

use crate::event::Source;
use crate::http;
use crate::webhook::{self, Malformed, Said};
use std::borrow::Cow;
use std::fmt;
use std::io::BufRead;

/// No media server has been seen to send more than a tenth of this.
pub const MOST_JSON: usize = 256 * 1024;

/// Longest urlencoded form: each of its characters may be written as three. A form is decoded,
/// so its length is judged before.
const MOST_FORM: usize = 3 * MOST_JSON;

/// Longer than any boundary that RFC 2046 allows (70 characters and two dashes).
const LONGEST_BOUNDARY: usize = 100;

/// The form fields that carry JSON: Plex's and Emby's.
const FIELDS: [&[u8]; 2] = [b"payload", b"data"];

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Why a body is no webhook. Its `Display` is one plain sentence with the mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Nothing was posted.
    Empty,
    /// More JSON than [`MOST_JSON`].
    TooLarge,
    /// A multipart form without a field that carries JSON.
    NoField,
    /// Neither JSON nor a form; what it looks like instead.
    Foreign(&'static str),
    /// The JSON that was found is no webhook of this server.
    Malformed(Malformed),
}

impl std::error::Error for Unreadable {}

impl From<Malformed> for Unreadable {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the body is empty; a webhook carries JSON"),
            Self::TooLarge => write!(f, "the JSON is larger than {} KiB", MOST_JSON / 1024),
            Self::NoField => {
                f.write_str("the form has no field `payload` (Plex) or `data` (Emby) with the JSON")
            }
            Self::Foreign(what) => {
                write!(f, "the body looks like {what}; choose JSON in the sender's settings")
            }
            Self::Malformed(malformed) => malformed.fmt(f),
        }
    }
}

/// Reads the request body that arrived at `source`'s address: what was posted, and what was said.
///
/// # Errors
/// [`Unreadable`], when it is no webhook of that server.
pub fn said(source: Source, body: &[u8]) -> Result<Said, Unreadable> {
    Ok(webhook::parse(source, &json(body)?)?)
}

/// Finds the JSON in a request body. It is not checked to be any.
///
/// # Errors
/// [`Unreadable`], when there is none to be found, or too much.
pub fn json(body: &[u8]) -> Result<Cow<'_, [u8]>, Unreadable> {
    let body = plain(body);
    let json = match body {
        [] => return Err(Unreadable::Empty),
        [b'{' | b'[', ..] => Cow::Borrowed(body),
        [b'-', b'-', ..] => Cow::Borrowed(plain(multipart(body).ok_or(Unreadable::NoField)?)),
        [b'<', ..] => return Err(Unreadable::Foreign("XML or HTML")),
        [0x1F, 0x8B, ..] => return Err(Unreadable::Foreign("compressed data")),
        _ if is_form(body) && body.len() > MOST_FORM => return Err(Unreadable::TooLarge),
        _ if is_form(body) => Cow::Owned(form(body)),
        _ => return Err(Unreadable::Foreign("plain text")),
    };
    match json.len() {
        0 => Err(Unreadable::Empty),
        1..=MOST_JSON => Ok(json),
        _ => Err(Unreadable::TooLarge),
    }
}

/// Without a byte order mark and blanks around it.
fn plain(body: &[u8]) -> &[u8] {
    body.strip_prefix(BOM).unwrap_or(body).trim_ascii()
}

/// The field of a multipart form that carries the JSON.
fn multipart(body: &[u8]) -> Option<&[u8]> {
    let (first, mut rest) = line(body);
    let boundary = first.trim_ascii_end();
    if boundary.len() > LONGEST_BOUNDARY {
        return None;
    }
    loop {
        let mut is_ours = false;
        loop {
            let (header, after) = line(rest);
            rest = after;
            match header.trim_ascii() {
                [] => break,
                header => is_ours |= names_a_field(header),
            }
        }
        let (content, after) = part(rest, boundary);
        if is_ours {
            return Some(content);
        }
        rest = after?;
    }
}

/// The first line of `text`, and what comes after it. `skip_until` is the standard library's only
/// way to its fast byte search.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let mut rest = text;
    let length = rest.skip_until(b'\n').unwrap_or_default();
    text.split_at_checked(length).unwrap_or((text, rest))
}

/// The content of the part that `text` begins with, and what comes after its boundary; `None`
/// where the form ends there. A form that was cut off ends with what there is.
fn part<'b>(text: &'b [u8], boundary: &[u8]) -> (&'b [u8], Option<&'b [u8]>) {
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(boundary).filter(|after| ends_a_boundary(after)) {
            let content = text.get(..text.len() - rest.len()).unwrap_or_default();
            let is_last = after.starts_with(b"--");
            return (content, (!is_last).then(|| line(after).1));
        }
        rest = line(rest).1;
    }
    (text, None)
}

/// Whether what comes after a boundary shows that it was one, not the beginning of a longer word.
fn ends_a_boundary(after: &[u8]) -> bool {
    after.starts_with(b"--") || after.first().is_none_or(u8::is_ascii_whitespace)
}

/// Whether a part's header says that it is one of [`FIELDS`].
fn names_a_field(header: &[u8]) -> bool {
    const DISPOSITION: &[u8] = b"content-disposition:";
    let Some((name, value)) = header.split_at_checked(DISPOSITION.len()) else { return false };
    name.eq_ignore_ascii_case(DISPOSITION)
        && parameter(value, b"name").is_some_and(|name| FIELDS.contains(&name))
}

/// The value of a header's parameter, quoted or not. A quoted value may hold semicolons, so that
/// `filename="x; name=data"` names no field.
fn parameter<'h>(header: &'h [u8], wanted: &[u8]) -> Option<&'h [u8]> {
    let mut is_quoted = false;
    let mut parameters = header.split(|b| {
        is_quoted ^= *b == b'"';
        *b == b';' && !is_quoted
    });
    parameters.find_map(|parameter| {
        let equals = parameter.iter().position(|b| *b == b'=')?;
        let (name, value) = parameter.split_at_checked(equals)?;
        let value = value.strip_prefix(b"=")?.trim_ascii();
        let value = value.strip_prefix(b"\"").and_then(|v| v.strip_suffix(b"\"")).unwrap_or(value);
        name.trim_ascii().eq_ignore_ascii_case(wanted).then_some(value)
    })
}

/// Whether it begins like `key=value`.
fn is_form(body: &[u8]) -> bool {
    let key = body.iter().take_while(|b| b.is_ascii_alphanumeric() || b"_-.%+".contains(b)).count();
    key > 0 && body.get(key) == Some(&b'=')
}

/// The JSON of a urlencoded form: that of the field that carries it, else the form itself as an
/// object of texts (Jellyfin's "Generic Form").
fn form(body: &[u8]) -> Vec<u8> {
    let pairs = || body.split(|b| *b == b'&').filter(|pair| !pair.is_empty()).map(halves);
    if let Some((_, value)) = pairs().find(|(key, _)| FIELDS.contains(key)) {
        return plain(&decoded(value)).to_vec();
    }
    let mut object = Vec::with_capacity(body.len() + body.len() / 2);
    for (key, value) in pairs() {
        if object.len() > MOST_JSON {
            break; // it is refused anyway
        }
        object.push(if object.is_empty() { b'{' } else { b',' });
        push_text(&mut object, key);
        object.push(b':');
        push_text(&mut object, value);
    }
    object.push(b'}');
    object
}

/// What stands before and behind the `=` of a pair.
fn halves(pair: &[u8]) -> (&[u8], &[u8]) {
    let equals = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
    let (key, value) = pair.split_at_checked(equals).unwrap_or((pair, b""));
    (key, value.strip_prefix(b"=").unwrap_or(value))
}

/// Appends a part of a form as a JSON string.
fn push_text(out: &mut Vec<u8>, encoded: &[u8]) {
    let text = decoded(encoded);
    let before = out.len();
    if serde_json::to_writer(&mut *out, &String::from_utf8_lossy(&text)).is_err() {
        out.truncate(before); // a Vec takes everything, so this is never reached
        out.extend(b"\"\"");
    }
}

/// Undoes `%XX` and `+`.
fn decoded(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> =
        text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    http::decoded(&spaced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(body: &[u8]) -> Result<String, Unreadable> {
        json(body).map(|json| String::from_utf8(json.into_owned()).expect("a test in UTF-8"))
    }

    fn multipart(parts: &[&str]) -> String {
        let parts: Vec<_> = parts.iter().map(|part| format!("--X\r\n{part}\r\n")).collect();
        parts.concat() + "--X--\r\n"
    }

    #[test]
    fn the_json_is_found_wherever_it_is() {
        let thumb = "Content-Disposition: form-data; name=\"thumb\"; filename=\"a; name=data\"\r\nContent-Type: image/jpeg\r\n\r\n\u{1}\r\n--Y\r\n--\r\n";
        let cases: Vec<(&str, Vec<u8>)> = vec![
            ("bare", r#"{"a":1}"#.into()),
            ("with a byte order mark", "\u{feff}{\"a\":1}\r\n".into()),
            ("with blanks", "\r\n {\"a\":1} \n".into()),
            ("a value", multipart(&["Content-Disposition: form-data; name=\"payload\"\r\n\r\n{\"a\":1}"]).into()),
            ("no quotes", multipart(&["Content-Type: text/plain\r\ncontent-disposition:form-data;name=payload\r\n\r\n{\"a\":1}"]).into()),
            (
                "a file",
                multipart(&["Content-Type: application/json\r\nContent-Disposition: form-data; filename=\"p.json\"; name=\"data\"\r\n\r\n{\"a\":1}"]).into(),
            ),
            ("behind the picture", multipart(&[thumb, "Content-Disposition: form-data; name=data\r\n\r\n{\"a\":1}"]).into()),
            ("before the picture", multipart(&["Content-Disposition: form-data; name=data\r\n\r\n{\"a\":1}", thumb]).into()),
            ("with bare line feeds", multipart(&["Content-Disposition: form-data; name=data\r\n\r\n{\"a\":1}"]).replace('\r', "").into()),
            ("cut off behind it", "--X\r\nContent-Disposition: form-data; name=data\r\n\r\n{\"a\":1}".into()),
            ("urlencoded", "data=%7B%22a%22%3a1%7D".into()),
            ("urlencoded, second", "x=1&payload=+%7B%22a%22:1}".into()),
        ];
        for (name, body) in cases {
            assert_eq!(found(&body), Ok(r#"{"a":1}"#.into()), "{name}");
        }
    }

    #[test]
    fn a_flat_form_becomes_an_object_of_texts() {
        let cases = [
            (
                "Name=A+%26+%C3%89%22&Year=2021&Empty=&&Bare",
                r#"{"Name":"A & É\"","Year":"2021","Empty":"","Bare":""}"#,
            ),
            ("a=%zz%4&b=%ff", "{\"a\":\"%zz%4\",\"b\":\"\u{fffd}\"}"),
        ];
        for (body, expected) in cases {
            assert_eq!(found(body.as_bytes()), Ok(expected.into()), "{body}");
        }
    }

    #[test]
    fn a_form_is_too_large_before_it_is_decoded() {
        let longest = |letter: &str| format!("a={}", letter.repeat((MOST_FORM - 2) / letter.len()));
        let cases = [
            (longest("x") + "y", Err(Unreadable::TooLarge)),
            (longest("x"), Err(Unreadable::TooLarge)),
            (longest("a=b&"), Err(Unreadable::TooLarge)),
            (format!("payload={}", "%7b".repeat(MOST_JSON - 3)), Ok(MOST_JSON - 3)),
        ];
        for (body, expected) in cases {
            let found = json(body.as_bytes()).map(|json| json.len());
            assert_eq!(found, expected, "{}…", &body[..20]);
        }
    }

    #[test]
    fn a_line_that_only_begins_like_the_boundary_ends_nothing() {
        let pretty = "{\n--Xx\n--\n}";
        let body = format!("--X\nContent-Disposition: form-data; name=data\n\n{pretty}\n--X--");
        assert_eq!(found(body.as_bytes()), Ok(pretty.into()));
    }

    #[test]
    fn err_says_what_it_looks_like_and_what_to_do() {
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(MOST_JSON));
        let cases: &[(&[u8], &str)] = &[
            (b"", "the body is empty; a webhook carries JSON"),
            (b" \r\n", "the body is empty; a webhook carries JSON"),
            (b"data=", "the body is empty; a webhook carries JSON"),
            (large.as_bytes(), "the JSON is larger than 256 KiB"),
            (
                b"--X\r\nContent-Disposition: form-data; name=thumb\r\n\r\n{}\r\n--X--",
                "the form has no field `payload` (Plex) or `data` (Emby) with the JSON",
            ),
            (b"--", "the form has no field `payload` (Plex) or `data` (Emby) with the JSON"),
            (b"<html>", "the body looks like XML or HTML; choose JSON in the sender's settings"),
            (
                b"\x1F\x8B\x08",
                "the body looks like compressed data; choose JSON in the sender's settings",
            ),
            (
                b"mara is playing Harbour Nine",
                "the body looks like plain text; choose JSON in the sender's settings",
            ),
        ];
        for (body, expected) in cases {
            let error = json(body).expect_err(expected);
            assert_eq!(error.to_string(), *expected);
        }
    }

    #[test]
    fn nothing_is_copied_of_a_multipart_body() {
        let body = multipart(&["Content-Disposition: form-data; name=data\r\n\r\n{}"]);
        assert!(matches!(json(body.as_bytes()), Ok(Cow::Borrowed(b"{}"))));
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = json(&bytes);
            let _ = json(&[b"--", bytes.as_slice()].concat());
            let _ = json(&[b"--X\n", bytes.as_slice(), b"\n--X\n", bytes.as_slice()].concat());
            let _ = json(&[b"a=", bytes.as_slice()].concat());
        }
    }
}
