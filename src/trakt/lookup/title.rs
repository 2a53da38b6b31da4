//! How does Trakt hear and say a title?

use crate::http::encoded;
use serde_json::Value;

/// The title of a thing at Trakt, or nothing.
pub(super) fn of(thing: &Value) -> &str {
    thing.get("title").and_then(Value::as_str).unwrap_or_default()
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
}
