//! Are these two titles one?

use std::ops::RangeInclusive;
use unicode_normalization::char::{compose, decompose_canonical};

/// Accents: marks that stand on a Latin, Greek or Cyrillic letter.
const ACCENTS: RangeInclusive<char> = '\u{300}'..='\u{36f}';
/// Marks that make another letter: か and が.
const VOICED: RangeInclusive<char> = '\u{3099}'..='\u{309a}';

/// Whether two titles differ in nothing but what media servers and trackers write as they like:
/// case, accents, spaces, punctuation, and the Unicode form. `Mission: Impossible`, `Law & Order`,
/// `Amélie`.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    let (one_bare, other_bare) = (bare(one), bare(other));
    if one_bare.is_empty() { one.trim() == other.trim() } else { one_bare == other_bare }
}

/// Whether it only counts (`Episode 7`), or says that there is none yet.
#[must_use]
pub fn says_nothing(title: &str) -> bool {
    let bare = bare(title);
    let rest = bare.strip_prefix("episode").unwrap_or(&bare);
    rest.chars().all(char::is_numeric) || bare == "tba" || bare == "tbd"
}

/// `Hawkeye (2021)` is the title Hawkeye of 2021. A year that is given apart wins.
#[must_use]
pub fn title_and_year(title: &str, year: Option<u16>) -> (&str, Option<u16>) {
    let title = title.trim();
    let bracketed = title.strip_suffix(')').and_then(|rest| {
        let (name, digits) = rest.rsplit_once(" (")?;
        let is_year = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
        (is_year && !name.trim().is_empty()).then(|| Some((name.trim(), digits.parse().ok()?)))?
    });
    match bracketed {
        Some((name, bracketed)) => (name, year.or(Some(bracketed))),
        None => (title, year),
    }
}

/// A title as the rest of the world writes it: a letter and its accent are one character. Names of
/// files on a Mac have two.
#[must_use]
pub fn composed(title: &str) -> String {
    let mut composed = String::with_capacity(title.len());
    for letter in title.chars() {
        let last = composed.chars().next_back();
        match last.and_then(|last| compose(last, letter)) {
            Some(one) => {
                composed.pop();
                composed.push(one);
            }
            None => composed.push(letter),
        }
    }
    composed
}

/// What of a title can be heard, in small letters.
pub(crate) fn bare(title: &str) -> String {
    let mut bare = String::with_capacity(title.len());
    for letter in title.chars().flat_map(|letter| narrow(letter).to_lowercase()) {
        match in_ascii(letter) {
            Some(letters) => bare.push_str(letters),
            None => decompose_canonical(letter, |part| {
                if (part.is_alphanumeric() && !ACCENTS.contains(&part)) || VOICED.contains(&part) {
                    bare.push(part);
                }
            }),
        }
    }
    bare
}

/// The usual form of a letter as wide as a Chinese one.
fn narrow(letter: char) -> char {
    match u32::from(letter) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(letter),
        _ => letter,
    }
}

/// What is written for a lower-case letter where it is not on the keyboard, but for accents.
fn in_ascii(letter: char) -> Option<&'static str> {
    Some(match letter {
        '&' => "and",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ł' => "l",
        'ħ' => "h",
        'ı' => "i",
        'ĳ' => "ij",
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' | 'ﬆ' => "st",
        '¹' => "1",
        '²' => "2",
        '³' => "3",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_compared_by_what_can_be_heard() {
        for (one, other, expected) in [
            ("Mission: Impossible", "mission impossible", true),
            ("Law & Order", "Law and Order", true),
            ("Größe", "GRÖSSE", true),
            ("Größe", "Groesse", false),
            ("Jose\u{301} at Sea", "José at Sea", true),
            ("Jose\u{301} at Sea", "JOSE AT SEA", true),
            ("Øvre Ænes", "ovre aenes", true),
            ("İstanbul", "istanbul", true),
            ("ﬁne ﬅuﬀ", "Fine Stuff", true),
            ("Ｔｉｄｅ＆Ｒｏｐｅ²", "Tide and Rope 2", true),
            ("Ёлки", "елки", true),
            ("か", "か\u{3099}", false),
            ("が", "か\u{3099}", true),
            ("한", "\u{1112}\u{1161}\u{11ab}", true),
            ("का", "कि", false),
            ("The Office", "The Office (US)", false),
            ("???", "!!!", false),
            ("???", "??? ", true),
        ] {
            assert_eq!(same(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn a_letter_and_its_accent_are_one() {
        assert_eq!(composed("Jose\u{301} か\u{3099}"), "José が");
    }

    #[test]
    fn a_number_is_no_title() {
        for (title, expected) in [
            ("", true),
            ("Episode 7", true),
            ("12", true),
            ("TBA", true),
            ("Episode", true),
            ("Pilot", false),
            ("The Episode", false),
        ] {
            assert_eq!(says_nothing(title), expected, "{title}");
        }
    }

    #[test]
    fn a_year_in_brackets_is_no_part_of_the_title() {
        for (title, year, expected) in [
            ("Hawkeye (2021)", None, ("Hawkeye", Some(2021))),
            ("Hawkeye (2021)", Some(2022), ("Hawkeye", Some(2022))),
            (" Hawkeye ", None, ("Hawkeye", None)),
            ("(500) Days", None, ("(500) Days", None)),
            ("(2021)", None, ("(2021)", None)),
            ("The Office (US)", Some(2005), ("The Office (US)", Some(2005))),
            ("Größe (２０２１)", None, ("Größe (２０２１)", None)),
        ] {
            assert_eq!(title_and_year(title, year), expected, "{title}");
        }
    }
}
