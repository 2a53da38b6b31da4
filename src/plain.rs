//! How does text of strangers reach a terminal? As text.
//!
//! Titles, names of users and players, and what Trakt and media servers say may hold anything:
//! line breaks that forge a line, escape codes that command the terminal, marks that turn the order
//! of letters around or can't be seen.

use std::fmt::Write;

/// Whether a character does something else than to be seen.
pub(crate) fn commands(c: char) -> bool {
    matches!(c,
        '\u{200B}'..='\u{200F}' // no width, and marks of direction
        | '\u{2028}' | '\u{2029}' // ends of lines and paragraphs
        | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' // turns of direction
        | '\u{FEFF}')
        || c.is_control()
}

/// `text` as one line in which all can be seen.
pub(crate) fn one_line(text: &str) -> String {
    text.replace(commands, " ")
}

/// The same where the ends of lines are ours.
pub(crate) fn lines(text: &str) -> String {
    text.replace(|c| c != '\n' && commands(c), " ")
}

/// JSON in which all can be seen, and which says the same.
pub(crate) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && commands(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c)); // a String takes everything
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A film's name that would do all of it.
    const EVIL: &str =
        "a\x1b[31mb\x1b]0;c\x07d\r\ne\u{202e}f\u{2028}g\u{9b}31mh\0i\x7fj\u{feff}k\u{200b}";

    #[test]
    fn a_name_can_neither_begin_a_line_nor_command_the_terminal() {
        assert_eq!(one_line(EVIL), "a [31mb ]0;c d  e f g 31mh i j k ");
        assert_eq!(lines(EVIL), "a [31mb ]0;c d \ne f g 31mh i j k ");
        assert_eq!(one_line("Café 🌊 שלום — Ⅷ"), "Café 🌊 שלום — Ⅷ");
    }

    #[test]
    fn json_says_the_same_without_a_command_in_it() {
        let value = serde_json::json!({ "title": EVIL, "list": [1, "ä"] });
        let text = json(&format!("{value:#}"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).ok(), Some(value));
        assert!(!text.chars().any(|c| c != '\n' && commands(c)), "{text:?}");
    }
}
