//! How much memory JSON from outside may take.
//!
//! As values a mebibyte of JSON takes forty (`[0,0,…]`), or eighty (`[{"a":0},…]`), and what an
//! allocator was once given it seldom gives back. So it is weighed before anything is built.

use serde_json::Value;

/// Most bytes that an answer may weigh. A season of 2,000 episodes weighs two thirds of it.
const MOST: usize = 8 * 1024 * 1024;

/// The value of `text`; `None` where it is no JSON, or weighs more than [`MOST`].
pub(super) fn read(text: &str) -> Option<Value> {
    (weight(text) <= MOST).then(|| serde_json::from_str(text).ok())?
}

/// How many bytes the values of `text` take at most: a map has a node of eleven places, and a new one
/// for each six members more; a list has four places, and twice as many whenever it is full.
fn weight(text: &str) -> usize {
    let each = text.bytes().map(|byte| match byte {
        b'{' => 640,
        b'[' | b',' => 160,
        _ => 1,
    });
    each.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As much of `part` as an answer may have.
    fn full_of(part: &str, open: &str, close: &str) -> String {
        let times = (1024 * 1024 - open.len() - close.len()) / part.len();
        let all = part.repeat(times);
        format!("{open}{}{close}", all.trim_end_matches(','))
    }

    #[test]
    fn what_would_take_more_than_its_bound_is_no_answer() {
        let episode = r#"{"season":1,"number":12,"title":"An Episode","ids":{"trakt":73482,
            "tvdb":349232,"imdb":"tt0959621","tmdb":62085,"tvrage":null}},"#;
        let cases = [
            ("numbers", full_of("0,", "[", "]"), false),
            ("lists", full_of("[],", "[", "]"), false),
            ("maps", full_of("{\"a\":0},", "[", "]"), false),
            ("keys", full_of("\"a\":0,", "{", "}"), false), // one key, again and again
            ("below an element", full_of("0,", r#"[{"movie":{"ids":["#, "]}}]"), false),
            ("one text", full_of("x", "\"", "\""), true),
            ("2,000 episodes", format!("[{}0]", episode.repeat(2_000)), true),
            ("too deep", full_of("[", "", ""), false),
            ("no end", "[1".to_owned(), false),
            ("two", "1 2".to_owned(), false),
            ("nothing", String::new(), false),
        ];
        for (name, text, is_read) in cases {
            assert_eq!(read(&text).is_some(), is_read, "{name}");
        }
    }
}
