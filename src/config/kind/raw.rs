//! What was written for a key, whatever the key takes?

use serde_json::{Value as Json, json};
use toml_edit::Value;

/// A value as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::config) enum Raw {
    /// Text in quotes.
    Text(String),
    /// A value of the environment: text whose type only its key knows.
    Bare(String),
    /// What stands in the file as it must not: text without quotes, or in typographic ones. No key
    /// takes it.
    Unquoted(String),
    Whole(i64),
    Number(f64),
    Switch(bool),
    List(Vec<Raw>),
    /// What no key takes: `a table`, `a date`.
    Other(&'static str),
}

impl Raw {
    pub(in crate::config) fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text.value().clone()),
            Value::Integer(number) => Self::Whole(*number.value()),
            Value::Float(number) => Self::Number(*number.value()),
            Value::Boolean(switch) => Self::Switch(*switch.value()),
            Value::Array(list) => Self::List(list.iter().map(Self::of).collect()),
            Value::Datetime(_) => Self::Other("a date"),
            Value::InlineTable(_) => Self::Other("a table"),
        }
    }

    pub(in crate::config) fn as_json(&self) -> Json {
        match self {
            Self::Text(text) | Self::Bare(text) | Self::Unquoted(text) => json!(text),
            Self::Whole(number) => json!(number),
            Self::Number(number) => json!(number),
            Self::Switch(switch) => json!(switch),
            Self::List(list) => list.iter().map(Self::as_json).collect(),
            Self::Other(_) => Json::Null,
        }
    }

    pub(in crate::config) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Bare(text) => Some(text.trim()),
            Self::Unquoted(_)
            | Self::Whole(_)
            | Self::Number(_)
            | Self::Switch(_)
            | Self::List(_)
            | Self::Other(_) => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "what is out of every range stays so")]
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Whole(number) => Some(*number as f64),
            Self::Number(number) => Some(*number),
            Self::Bare(text) => text.trim().parse().ok(),
            Self::Text(_)
            | Self::Unquoted(_)
            | Self::Switch(_)
            | Self::List(_)
            | Self::Other(_) => None,
        }
    }

    pub(super) fn switch(&self) -> Option<bool> {
        match self {
            Self::Switch(switch) => Some(*switch),
            Self::Bare(text) => text.trim().to_lowercase().parse().ok(),
            Self::Text(_)
            | Self::Unquoted(_)
            | Self::Whole(_)
            | Self::Number(_)
            | Self::List(_)
            | Self::Other(_) => None,
        }
    }

    /// The texts of a list; a single one is a list of one; blank ones are left out.
    pub(in crate::config) fn list(&self, numbers: bool) -> Option<Vec<String>> {
        let one = |raw: &Self| {
            if let Self::Whole(number) = raw
                && numbers
            {
                return Some(number.to_string());
            }
            raw.text().map(str::to_owned)
        };
        let entries = if let Self::List(list) = self { list } else { std::slice::from_ref(self) };
        let texts = entries.iter().map(one).collect::<Option<Vec<_>>>()?;
        Some(texts.into_iter().filter(|text| !text.is_empty()).collect())
    }

    /// How an error speaks of it; with `hidden` without showing it.
    pub(in crate::config) fn found(&self, hidden: bool) -> String {
        match self {
            Self::Text(text) | Self::Bare(text) | Self::Unquoted(text)
                if text.trim().is_empty() =>
            {
                "empty".to_owned()
            }
            Self::Text(_) | Self::Bare(_) | Self::Unquoted(_) if hidden => {
                "something else".to_owned()
            }
            Self::Whole(_) | Self::Number(_) if hidden => "a number".to_owned(),
            Self::Text(text) => format!("{text:?}"),
            Self::Bare(text) => text.escape_debug().to_string(),
            Self::Unquoted(text) => text.clone(),
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Switch(switch) => switch.to_string(),
            Self::List(list) if hidden || list.is_empty() => "a list".to_owned(),
            Self::List(list) => {
                let entries: Vec<_> = list.iter().map(|entry| entry.found(false)).collect();
                format!("[{}]", entries.join(", "))
            }
            Self::Other(what) => (*what).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_several_texts_or_one() {
        let text = |text: &str| Raw::Text(text.into());
        let cases = [
            (text("a"), Some(vec!["a"])),
            (text(" "), Some(vec![])),
            (Raw::List(vec![text("a"), text(""), text(" b ")]), Some(vec!["a", "b"])),
            (Raw::List(vec![text("a"), Raw::Whole(2)]), Some(vec!["a", "2"])),
            (Raw::Whole(2), Some(vec!["2"])),
            (Raw::List(vec![Raw::List(vec![text("a")])]), None),
            (Raw::Switch(true), None),
        ];
        for (raw, expected) in cases {
            let expected = expected
                .map(|list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(raw.list(true), expected, "{raw:?}");
        }
        assert_eq!(Raw::Whole(2).list(false), None);
    }
}
