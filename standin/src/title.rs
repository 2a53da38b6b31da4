//! Which titles does a search take for one?

use unicode_normalization::char::decompose_canonical;

/// Whether two titles differ in nothing but case, accents, spaces and punctuation.
pub(crate) fn same(one: &str, other: &str) -> bool {
    let (one_bare, other_bare) = (bare(one), bare(other));
    if one_bare.is_empty() { one.trim() == other.trim() } else { one_bare == other_bare }
}

/// What of a title counts in a search.
pub(crate) fn bare(title: &str) -> String {
    let mut bare = String::with_capacity(title.len());
    for letter in title.chars().flat_map(char::to_lowercase) {
        match letter {
            '&' => bare.push_str("and"),
            'ß' => bare.push_str("ss"),
            letter => decompose_canonical(letter, |part| {
                if part.is_alphanumeric() {
                    bare.push(part);
                }
            }),
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_one_whatever_their_case_accents_and_punctuation() {
        for (one, other, expected) in [
            ("Mission: Impossible", "mission impossible", true),
            ("Law & Order", "Law and Order", true),
            ("Größe", "GRÖSSE", true),
            ("Jose\u{301} at Sea", "JOSÉ AT SEA", true),
            ("The Office", "The Office (US)", false),
            ("???", "!!!", false),
        ] {
            assert_eq!(same(one, other), expected, "{one} {other}");
        }
    }
}
