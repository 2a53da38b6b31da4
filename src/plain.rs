//! How does text from outside reach a terminal? As text.
//!
//! Titles, names of users and players, and what Trakt and media servers say may hold anything:
//! line breaks that forge a line, escape codes that command the terminal, marks that turn the order
//! of letters around or can't be seen.

use std::borrow::Cow;
use std::fmt::Write;

/// The longest line that is shown, in characters; a person reads no longer one.
const LINE_MOST: usize = 2_000;
/// The longest name in it: of a film, a person, a player.
const NAME_MOST: usize = 200;

/// Whether a character does something else than to be seen. Of those that Unicode calls ignorable
/// only the variation selectors are left: they choose how the one before them looks.
pub(crate) fn commands(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' // a soft hyphen, a joiner, marks of direction
        | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{3164}' | '\u{FFA0}' // empty letters
        | '\u{200B}'..='\u{200F}' // no width, and marks of direction
        | '\u{2028}' | '\u{2029}' // ends of lines and paragraphs
        | '\u{202A}'..='\u{202E}' // turns of direction
        | '\u{2060}'..='\u{206F}' // the same, and others that have no shape
        | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}' // and notes between the lines
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' // of shorthand and of music
        | '\u{E0000}'..='\u{E007F}') // a second, unseen ASCII
        || c.is_control()
}

/// `text` as one line in which all can be seen, cut where nobody reads on.
pub(crate) fn one_line(text: &str) -> String {
    cut(text, LINE_MOST).replace(commands, " ")
}

/// A name for a place in a line: its beginning, if it is long.
pub(crate) fn name(text: &str) -> Cow<'_, str> {
    cut(text, NAME_MOST)
}

fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most).and_then(|(at, _)| text.get(..at)) {
        Some(beginning) => format!("{beginning}…").into(),
        None => text.into(),
    }
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
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}"); // a String takes everything
            }
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
    const UNSEEN: &str = "a\u{ad}\u{61c}\u{2060}\u{fff9}\u{e0041}";

    #[test]
    fn a_name_can_neither_begin_a_line_nor_command_the_terminal() {
        assert_eq!(one_line(EVIL), "a [31mb ]0;c d  e f g 31mh i j k ");
        assert_eq!(lines(EVIL), "a [31mb ]0;c d \ne f g 31mh i j k ");
        assert_eq!(one_line("Café 🌊 שלום — Ⅷ"), "Café 🌊 שלום — Ⅷ");
    }

    #[test]
    fn what_can_not_be_seen_is_shown_as_a_blank() {
        let unseen = [0xAD, 0x61C, 0x180E, 0x2060, 0x206A, 0x206F, 0x3164, 0xFFF9, 0xFFFB];
        let unseen = unseen.into_iter().chain(0xE0000..=0xE007F).filter_map(char::from_u32);
        for c in unseen {
            assert_eq!(one_line(&format!("a{c}b")), "a b", "{}", c.escape_unicode());
        }
        assert_eq!(one_line("❤\u{fe0f}"), "❤\u{fe0f}", "how it looks is not hidden");
    }

    #[test]
    fn what_is_long_is_cut() {
        let long = "é".repeat(200_000);
        assert_eq!(one_line(&long).chars().count(), LINE_MOST + 1);
        assert_eq!(name(&long), format!("{}…", "é".repeat(NAME_MOST)));
        assert_eq!(name("é"), "é");
    }

    #[test]
    fn json_says_the_same_without_a_command_in_it() {
        let value = serde_json::json!({ "title": EVIL, "list": [UNSEEN, "ä"] });
        let text = json(&format!("{value:#}"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).ok(), Some(value));
        assert!(!text.chars().any(|c| c != '\n' && commands(c)), "{text:?}");
    }
}
