//! Are these two titles one?

use crate::http::encoded;
use serde_json::Value;

/// The title of a thing at Trakt, or nothing.
pub(super) fn of(thing: &Value) -> &str {
    thing.get("title").and_then(Value::as_str).unwrap_or_default()
}

/// Whether two titles differ in nothing but case, spaces and punctuation, which media servers
/// and Trakt write as they like: `Mission: Impossible`, `Law & Order`.
pub(super) fn same(one: &str, other: &str) -> bool {
    let (one_bare, other_bare) = (bare(one), bare(other));
    if one_bare.is_empty() { one.trim() == other.trim() } else { one_bare == other_bare }
}

/// Whether it only counts (`Episode 7`), or says that there is none yet.
pub(super) fn says_nothing(title: &str) -> bool {
    let bare = bare(title);
    let rest = bare.strip_prefix("episode").unwrap_or(&bare);
    rest.chars().all(char::is_numeric) || bare == "tba" || bare == "tbd"
}

fn bare(title: &str) -> String {
    let letters = title.to_lowercase().replace('&', "and");
    letters.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// A title as a query: the characters that mean something there are escaped.
pub(super) fn query(title: &str) -> String {
    let mut escaped = String::with_capacity(title.len());
    for c in title.chars() {
        if "+-&|!(){}[]^\"~*?:/\\".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    encoded(&escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_escape_what_means_something_in_them() {
        assert_eq!(query("M*A*S*H: Ä"), "M%5C%2AA%5C%2AS%5C%2AH%5C%3A%20%C3%84");
    }

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
