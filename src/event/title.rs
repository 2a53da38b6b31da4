//! Are these two titles one?

/// Whether two titles differ in nothing but case, spaces and punctuation, which media servers
/// and trackers write as they like: `Mission: Impossible`, `Law & Order`.
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

fn bare(title: &str) -> String {
    let letters = title.to_lowercase().replace('&', "and");
    letters.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_compared_by_what_can_be_heard() {
        for (one, other, expected) in [
            ("Mission: Impossible", "mission impossible", true),
            ("Law & Order", "Law and Order", true),
            ("Größe", "GRÖSSE", false),
            ("Grösse", "GRÖSSE", true),
            ("The Office", "The Office (US)", false),
            ("???", "!!!", false),
            ("???", "??? ", true),
        ] {
            assert_eq!(same(one, other), expected, "{one} {other}");
        }
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
}
