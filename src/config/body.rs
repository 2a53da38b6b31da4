//! What is the body of a template made of? Text and fields in braces.
//!
//! A field is a name in braces and nothing else, so that the braces of JSON need no escaping:
//! `{"message": "{item.title}"}` holds one. Not here: what the fields are filled with (`receiver`).

use crate::http;
use serde_json::Value;

/// The fields that there are, as the event has them (docs/receivers.md).
pub const FIELDS: [&str; 42] = [
    "id",
    "type",
    "timestamp",
    "v",
    "account",
    "session",
    "action",
    "text",
    "progress",
    "position_seconds",
    "duration_seconds",
    "began",
    "at",
    "late",
    "paused",
    "watched",
    "kept",
    "rating",
    "tracker",
    "parked",
    "reason",
    "item.kind",
    "item.title",
    "item.year",
    "item.season",
    "item.number",
    "item.last_number",
    "item.ids.imdb",
    "item.ids.tmdb",
    "item.ids.tvdb",
    "item.show.title",
    "item.show.year",
    "item.show.ids.imdb",
    "item.show.ids.tmdb",
    "item.show.ids.tvdb",
    "top.kind",
    "top.title",
    "top.year",
    "top.ids.imdb",
    "top.ids.tmdb",
    "top.ids.tvdb",
    "label",
];

/// A body that is filled in for each event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pieces: Vec<Piece>,
    kind: BodyKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field {
        name: &'static str,
        /// Whether it stands between the quotes of JSON.
        is_quoted: bool,
    },
}

/// How values are put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyKind {
    Json,
    Form,
    Text,
}

impl Body {
    /// Takes `text` apart, the body of something of this type.
    ///
    /// # Errors
    /// What is wrong, and what to do, in a sentence that goes on after the key's name.
    pub fn parse(text: &str, content_type: &str) -> Result<Self, String> {
        let content_type = content_type.to_ascii_lowercase();
        let kind = match content_type.split(';').next().unwrap_or_default().trim() {
            "application/x-www-form-urlencoded" => BodyKind::Form,
            json if json.contains("json") => BodyKind::Json,
            _ => BodyKind::Text,
        };
        let mut pieces = Vec::new();
        let (mut literal, mut rest) = (String::new(), text);
        let (mut is_quoted, mut is_escaped) = (false, false);
        while let Some(c) = rest.chars().next() {
            if let Some(name) = named(rest) {
                let Some(known) = FIELDS.iter().find(|field| **field == name) else {
                    return Err(unknown(name));
                };
                if !literal.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut literal)));
                }
                pieces.push(Piece::Field { name: known, is_quoted });
                rest = rest.get(name.len() + 2..).unwrap_or_default();
                is_escaped = false;
                continue;
            }
            is_quoted ^= c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            literal.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        let body = Self { pieces, kind };
        if kind == BodyKind::Json
            && let Err(error) = serde_json::from_str::<Value>(&body.fill(&Value::Null))
        {
            return Err(format!(
                "is no JSON once its fields are filled in (line {}, column {}); mend it, or set \
                 `content_type` to what it is",
                error.line(),
                error.column()
            ));
        }
        Ok(body)
    }

    /// The body with its fields filled in from `event`. What that does not have is empty, or null
    /// where JSON wants a value.
    #[must_use]
    pub fn fill(&self, event: &Value) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Field { name, is_quoted } => {
                    let value = name.split('.').try_fold(event, |value, key| value.get(key));
                    self.put(value.unwrap_or(&Value::Null), *is_quoted, &mut out);
                }
            }
        }
        out
    }

    fn put(&self, value: &Value, is_quoted: bool, out: &mut String) {
        let json = value.to_string();
        let escaped = json.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        match (self.kind, value) {
            (BodyKind::Json, Value::Null) if is_quoted => {}
            (BodyKind::Json, _) if is_quoted => out.push_str(escaped.unwrap_or(&json)),
            (BodyKind::Json, _) => out.push_str(&json),
            (_, Value::Null) => {}
            (BodyKind::Form, Value::String(text)) => out.push_str(&http::encoded(text)),
            (BodyKind::Form, _) => out.push_str(&http::encoded(&json)),
            (BodyKind::Text, Value::String(text)) => out.push_str(text),
            (BodyKind::Text, _) => out.push_str(&json),
        }
    }
}

/// The name in the braces with which `text` begins, if it is one.
fn named(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let is_of_names = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    (!name.is_empty() && name.chars().all(is_of_names)).then_some(name)
}

fn unknown(name: &str) -> String {
    let last = |field: &str| field.rsplit('.').next() == name.rsplit('.').next();
    let of_last = FIELDS.into_iter().find(|field| last(field));
    let near = || super::nearest::nearest(name, FIELDS);
    let mend = of_last
        .or_else(near)
        .map_or("docs/receivers.md has all that there are".to_owned(), |field| {
            format!("did you mean `{{{field}}}`?")
        });
    format!("has the unknown field `{{{name}}}`; {mend}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn filled(text: &str, content_type: &str) -> Result<String, String> {
        let event = json!({
            "type": "play.finish",
            "progress": 96.2,
            "late": false,
            "item": { "title": "Say \"A\\\"\n", "season": 1, "ids": { "imdb": null } },
        });
        Body::parse(text, content_type).map(|body| body.fill(&event))
    }

    #[test]
    fn fields_are_put_in_as_the_body_wants_them() {
        let json = "application/json";
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        let cases = [
            (r#"{"a":"{item.title}"}"#, json, r#"{"a":"Say \"A\\\"\n"}"#),
            (r#"{"a":{item.title}}"#, json, r#"{"a":"Say \"A\\\"\n"}"#),
            (r#"{"a":{item.season},"b":{"c":{late}}}"#, json, r#"{"a":1,"b":{"c":false}}"#),
            (r#"{"a":"S{item.season} at {progress} %"}"#, json, r#"{"a":"S1 at 96.2 %"}"#),
            (r#"{"a":{item.ids.imdb},"b":"{rating}"}"#, json, r#"{"a":null,"b":""}"#),
            (r#"{"a\"{type}":{item.show.title}}"#, json, r#"{"a\"play.finish":null}"#),
            ("{item.title}|{item.ids.imdb}|{progress}", "text/plain", "Say \"A\\\"\n||96.2"),
            ("a={item.title}&b={progress}", form, "a=Say%20%22A%5C%22%0A&b=96.2"),
            ("{ a } {} {a b}", "text/plain", "{ a } {} {a b}"),
        ];
        for (text, content_type, expected) in cases {
            assert_eq!(filled(text, content_type), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_field_that_there_is_not_is_named() {
        let cases = [
            ("{item.titel}", "has the unknown field `{item.titel}`; did you mean `{item.title}`?"),
            ("{season}", "has the unknown field `{season}`; did you mean `{item.season}`?"),
            (
                "{poster}",
                "has the unknown field `{poster}`; docs/receivers.md has all that there are",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(filled(text, "text/plain"), Err(expected.to_owned()));
        }
    }

    #[test]
    fn what_becomes_no_json_is_refused_and_not_quoted() {
        let why = "is no JSON once its fields are filled in (line 2, column 9); mend it, or set \
                   `content_type` to what it is";
        let text = "{\"a\": 1,\n\"token\" }";
        assert_eq!(filled(text, "application/json"), Err(why.to_owned()));
        assert!(filled(text, "text/plain").is_ok());
    }
}
