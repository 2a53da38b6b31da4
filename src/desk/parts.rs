//! All that there is to see, as text: how is it handed on without being held?
//!
//! Thousands of lines are a megabyte of text, which no allocator gives back. So where all of them are wanted,
//! each part of them is made when its turn has come, by who hands it on.

use super::activity::Activity;

/// How many lines a part has.
const PART: usize = 50;

/// All that there is to see, as JSON text in parts: [`Iterator`] of them in their order.
#[derive(Debug)]
pub struct StatusText {
    text: Option<String>,
    /// Where the lines are that come after the text, and before which of them the next part begins.
    lines: Option<(Activity, Option<u64>)>,
}

impl StatusText {
    /// Of this text, which is whole.
    pub(super) fn whole(text: String) -> Self {
        Self { text: Some(text), lines: None }
    }

    /// Of a text that ends with an empty list and an object, in which all lines of `activity` belong. One that
    /// does not is whole.
    pub(super) fn with_lines(mut text: String, activity: Activity) -> Self {
        if !text.ends_with(END) {
            return Self::whole(text);
        }
        text.truncate(text.len() - END.len());
        text.push('[');
        Self { text: Some(text), lines: Some((activity, None)) }
    }
}

/// How a text ends whose last list is empty.
const END: &str = "[]}";

impl Iterator for StatusText {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        if let Some(text) = self.text.take() {
            return Some(text);
        }
        let (activity, before) = self.lines.take()?;
        let Some((lines, last)) = activity.part(before, PART) else { return Some("]}".to_owned()) };
        self.lines = Some((activity, Some(last)));
        Some(if before.is_some() { format!(",{lines}") } else { lines })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::line::ActivityEntry;
    use crate::event::{Source, Time};
    use serde_json::{Value, json};

    #[test]
    fn the_parts_are_one_text_with_all_lines_newest_first() {
        for count in [0, 1, PART, PART + 1, 3 * PART] {
            let activity = Activity::default();
            for number in 0..count {
                activity.note(ActivityEntry {
                    item: format!("film {number}"),
                    ..ActivityEntry::malformed(Source::Plex, Time(1))
                });
            }
            let text = json!({ "a": "\"events\":[]}", "events": [] }).to_string();
            let parts: Vec<String> = StatusText::with_lines(text, activity.clone()).collect();
            let all: Value = serde_json::from_str(&parts.concat()).expect("JSON");
            let items: Vec<&str> = all["events"]
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(|one| one["item"].as_str())
                .collect();
            let expected: Vec<String> =
                (0..count).rev().map(|number| format!("film {number}")).collect();
            assert_eq!(items, expected);
            let longest = parts.iter().map(String::len).max();
            assert!(longest < Some(400 * PART), "{longest:?}");
        }
    }

    #[test]
    fn what_is_noted_while_it_is_read_is_no_line_twice() {
        let activity = Activity::default();
        let note = |number: usize| {
            activity.note(ActivityEntry {
                item: format!("film {number}"),
                ..ActivityEntry::malformed(Source::Plex, Time(1))
            });
        };
        (0..2 * PART).for_each(note);
        let mut parts = StatusText::with_lines(r#"{"events":[]}"#.to_owned(), activity.clone());
        let mut text: String = parts.by_ref().take(2).collect();
        note(2 * PART - 1); // once more
        note(2 * PART);
        text.extend(parts);
        let all: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(all["events"].as_array().map(Vec::len), Some(2 * PART));
    }
}
