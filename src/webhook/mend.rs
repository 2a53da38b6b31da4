//! Can this be made JSON again?
//!
//! Jellyfin's webhook templates fill text into a hand-written frame, so what arrives is often
//! almost JSON: `True`, an empty slot (`"Year": ,`), a comma too many, `\&quot;`, a raw line
//! break within a text, a number with leading zeros (jellyfin/jellyfin-plugin-webhook#98, #217,
//! #289). [`mended`] repairs what can mean only one thing. It is called after strict reading
//! has failed, and its result is read strictly again.

/// `text` with the usual faults of templates repaired; not necessarily JSON.
pub(super) fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' => string(rest, &mut out),
            ',' | '}' | ']' => {
                close_slot(c, &mut out);
                1
            }
            c if is_bare(c) => bare_word(rest, &mut out),
            c => {
                out.push(c);
                c.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

/// Copies the string that `text` begins with, making its escapes and line breaks legal; gives
/// its length.
fn string(text: &str, out: &mut String) -> usize {
    out.push('"');
    let mut at = 1;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        at += c.len_utf8();
        match c {
            '"' => {
                out.push('"');
                return at;
            }
            '\\' => {
                let (meant, length) = escape(text.get(at..).unwrap_or_default());
                out.push('\\');
                out.push_str(meant);
                at += length;
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {}
            c => out.push(c),
        }
    }
    at
}

/// What the backslash before `text` was meant to escape, and how much of `text` that is.
fn escape(text: &str) -> (&str, usize) {
    let unit = |text: &str| u16::from_str_radix(text.strip_prefix('u')?.get(..4)?, 16).ok();
    let first = |length| (text.get(..length).unwrap_or_default(), length);
    let is_low = |unit: u16| (0xDC00..=0xDFFF).contains(&unit);
    if text.starts_with("&quot;") {
        return ("\"", "&quot;".len());
    }
    if text.starts_with(['"', '\\', '/', 'b', 'f', 'n', 'r', 't']) {
        return first(1);
    }
    match unit(text) {
        Some(0xD800..=0xDBFF) => {
            let second = text.get(5..).and_then(|rest| unit(rest.strip_prefix('\\')?));
            if second.is_some_and(is_low) { first(11) } else { ("ufffd", 5) }
        }
        Some(half) if is_low(half) => ("ufffd", 5),
        Some(_) => first(5),
        None => ("\\", 0),
    }
}

/// Before the end of a slot: fills an empty one with null, takes back a comma too many.
fn close_slot(end: char, out: &mut String) {
    let kept = out.trim_end();
    match kept.chars().next_back() {
        Some(':') => out.push_str("null"),
        Some(',' | '{' | '[') if end == ',' => {
            out.truncate(kept.len()); // else the blanks between a million commas are trimmed each time
            return;
        }
        Some(',') => out.truncate(kept.len() - 1),
        _ => {}
    }
    out.push(end);
}

fn is_bare(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '+' | '.' | '_')
}

/// Copies the unquoted word that `text` begins with as the value it means; gives its length.
fn bare_word(text: &str, out: &mut String) -> usize {
    let length = text.find(|c| !is_bare(c)).unwrap_or(text.len());
    let word = text.get(..length).unwrap_or_default();
    let number = word.trim_start_matches('0');
    match word.to_ascii_lowercase().as_str() {
        known @ ("true" | "false" | "null") => out.push_str(known),
        "none" | "undefined" => out.push_str("null"),
        _ if is_number(word) => out.push_str(word),
        _ if is_number(number) => out.push_str(number),
        _ if number.is_empty() => out.push('0'),
        _ => {
            out.push('"');
            out.push_str(word);
            out.push('"');
        }
    }
    length
}

fn is_number(word: &str) -> bool {
    serde_json::from_str::<serde_json::Number>(word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_usual_faults_of_templates_are_repaired() {
        let cases = [
            (r#"{"a": True, "b":False,"c":None}"#, r#"{"a": true, "b":false,"c":null}"#),
            (r#"{"a": , "b":}"#, r#"{"a": null, "b":null}"#),
            (r#"{"a":1,}"#, r#"{"a":1}"#),
            ("{\"a\":[1,\n],\n}", "{\"a\":[1]}"),
            (r#"{,"a":1,,"b":2}"#, r#"{"a":1,"b":2}"#),
            (r#"{"a":"\&quot;x\&quot;"}"#, r#"{"a":"\"x\""}"#),
            (r#"{"a":"C:\media\x"}"#, r#"{"a":"C:\\media\\x"}"#),
            (r#"{"a":"\u00e9\u00"}"#, r#"{"a":"\u00e9\\u00"}"#),
            (r#"{"a":"\ud83cx\ud83c\udf0a\udf0a"}"#, r#"{"a":"\ufffdx\ud83c\udf0a\ufffd"}"#),
            ("{\"a\":\"x\r\n\ty\u{1}\"}", r#"{"a":"x\r\n\ty"}"#),
            (r#"{"a":08,"b":-1.5e3,"c":000}"#, r#"{"a":8,"b":-1.5e3,"c":0}"#),
            (r#"{"a":9d2e-01,"b":2020-11-19}"#, r#"{"a":"9d2e-01","b":"2020-11-19"}"#),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .map(|(text, expected)| (text, mended(text), expected))
            .filter(|(_, seen, expected)| seen != *expected)
            .map(|(text, seen, expected)| format!("{text}: {seen:?}, expected {expected}"))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    proptest! {
        #[test]
        fn what_is_json_stays_what_it_is(text in r#"[ {}\[\]:,"a-zA-Z0-9\\.&;]{0,60}"#) {
            if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
                let again = serde_json::from_str::<serde_json::Value>(&mended(&text));
                prop_assert_eq!(again.ok(), Some(value));
            }
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            mended(&text);
        }
    }
}
