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
