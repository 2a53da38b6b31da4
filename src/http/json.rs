//! How much memory JSON from outside may take.
//!
//! As values a mebibyte of JSON takes forty (`[0,0,…]`), or eighty (`[{"a":0},…]`), and what an
//! allocator was once given it seldom gives back. So what is built is counted.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Most bytes that the values of one answer take. A season of 2,000 episodes takes three quarters.
const MOST: usize = 4 * 1024 * 1024;
/// What a value takes in a list that has just grown.
const OF_VALUE: usize = 2 * size_of::<Value>();
/// How many entries a node of a map has places for, and how many it keeps when it is parted.
const NODE: (usize, usize) = (11, 6);
/// What a node takes, however many entries it has.
const OF_NODE: usize = NODE.0 * (size_of::<Value>() + size_of::<String>());
/// What a text takes beside its letters.
const OF_TEXT: usize = 24;

/// The value of `text`; `None` where it is no JSON, or would take more than [`MOST`].
pub(super) fn read(text: &[u8]) -> Option<Value> {
    let mut left = MOST;
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Counted(&mut left).deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(value)
}

/// Builds a value out of what is left of the bytes.
struct Counted<'a>(&'a mut usize);

impl Counted<'_> {
    fn take<E: Error>(&mut self, bytes: usize) -> Result<(), E> {
        let left = self.0.checked_sub(bytes).ok_or_else(|| E::custom("too much to hold"))?;
        *self.0 = left;
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Counted<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counted<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<Value, E> {
        self.take(OF_TEXT + text.len())?;
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = items.next_element_seed(Counted(self.0))? {
            self.take(OF_VALUE)?;
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let (places, kept) = NODE;
            let beyond = map.len().checked_sub(places);
            let is_full = map.is_empty() || beyond.is_some_and(|beyond| beyond % kept == 0);
            self.take(OF_TEXT + key.len() + if is_full { OF_NODE } else { 0 })?;
            map.insert(key, entries.next_value_seed(Counted(self.0))?);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As much of `part` as an answer may have.
    fn full_of(part: &str, open: &str, close: &str) -> Vec<u8> {
        let times = (1024 * 1024 - open.len() - close.len()) / part.len();
        let all = part.repeat(times);
        format!("{open}{}{close}", all.trim_end_matches(',')).into_bytes()
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
            ("2,000 episodes", format!("[{}0]", episode.repeat(2_000)).into_bytes(), true),
            ("too deep", full_of("[", "", ""), false),
            ("no end", b"[1".to_vec(), false),
            ("two", b"1 2".to_vec(), false),
            ("nothing", Vec::new(), false),
        ];
        for (name, text, is_read) in cases {
            assert_eq!(read(&text).is_some(), is_read, "{name}");
        }
    }

    proptest! {
        /// Apart from its bound it reads what serde_json reads.
        #[test]
        fn small_values_are_what_they_are(text in r#"[\[\]{}:,"0-9eE.a\\ntrufls -]{0,24}"#) {
            prop_assert_eq!(read(text.as_bytes()), serde_json::from_slice(text.as_bytes()).ok());
        }

        #[test]
        fn numbers_are_what_they_are(whole in any::<i64>(), large in any::<u64>(), real in any::<f64>()) {
            let text = serde_json::json!([whole, large, real, {"a": [null, true, "ä\n"]}]).to_string();
            prop_assert_eq!(read(text.as_bytes()), serde_json::from_slice(text.as_bytes()).ok());
        }
    }
}
