//! What may a key be? Checks a written value, sets its field, prints it back.
//!
//! A [`KeyType`] holds the accessor of its field, so that a key can't be read as one type and stored
//! as another. An empty text means "not set" and leaves the default.
//!
//! Not here: which keys there are (`keys.rs`), where the values come from (`parse.rs`).

mod raw;

pub(super) use raw::Raw;

use super::settings::Network;
use crate::event::Percent;
use crate::secret::Secret;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use toml_edit::Value;

/// What a key takes, and which field of a `T` it sets.
pub(super) enum KeyType<T: 'static> {
    /// `true` or `false`.
    Switch(fn(&mut T) -> &mut bool),
    /// Any text.
    Text(fn(&mut T) -> &mut String),
    /// Text that is never shown.
    Secret(fn(&mut T) -> &mut Secret),
    /// The same in several lines.
    SecretLines(fn(&mut T) -> &mut Secret),
    /// A file or folder.
    Path(fn(&mut T) -> &mut PathBuf),
    /// Where to listen.
    Address(fn(&mut T) -> &mut SocketAddr),
    /// IP addresses and networks.
    Networks(fn(&mut T) -> &mut Vec<Network>),
    /// An address that paths are added to.
    Url(fn(&mut T) -> &mut String),
    /// A complete address; it may hold a token and is never shown.
    SecretUrl(fn(&mut T) -> &mut String),
    /// One of some words.
    Choice {
        words: &'static [&'static str],
        word: fn(&T) -> &'static str,
        choose: fn(&mut T, &str),
    },
    /// Texts; with `numbers` also bare whole numbers.
    List { numbers: bool, field: fn(&mut T) -> &mut Vec<String> },
    /// Some of these words.
    Words { words: &'static [&'static str], field: fn(&mut T) -> &mut Vec<String> },
    /// Percent, or points of it, from `least` to 100; may set several fields at once.
    Percent { least: f64, fields: &'static [fn(&mut T) -> &mut Percent] },
    /// A span of time from 0 to `most`, both in `unit`.
    Span { most: f64, unit: Unit, field: fn(&mut T) -> &mut Duration },
}

/// The unit in which a span is written.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Milliseconds,
    Seconds,
}

impl Unit {
    fn word(self) -> &'static str {
        match self {
            Self::Milliseconds => "milliseconds",
            Self::Seconds => "seconds",
        }
    }

    pub(super) fn in_a_second(self) -> f64 {
        match self {
            Self::Milliseconds => 1000.0,
            Self::Seconds => 1.0,
        }
    }
}

/// How a person changes a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Control {
    /// On or off.
    Switch,
    /// Texts, one a line.
    List,
    /// A number in a range.
    Number {
        /// The least.
        least: f64,
        /// The most.
        most: f64,
        /// What it counts.
        unit: &'static str,
    },
}

impl<T> KeyType<T> {
    /// Sets the field to `raw`; `None`, and nothing set, where the key does not take that.
    pub(super) fn set(&self, part: &mut T, raw: &Raw) -> Option<()> {
        if self.is_text() && raw.text() == Some("") {
            return Some(());
        }
        match self {
            Self::Switch(field) => *field(part) = raw.switch()?,
            Self::Text(field) => {
                raw.text().filter(|text| is_one_line(text))?.clone_into(field(part));
            }
            Self::Secret(field) => {
                *field(part) = Secret::new(raw.text().filter(|text| is_one_line(text))?);
            }
            Self::SecretLines(field) => *field(part) = Secret::new(raw.text()?),
            Self::Path(field) => {
                *field(part) = PathBuf::from(raw.text().filter(|path| !is_for_a_shell(path))?);
            }
            Self::Address(field) => *field(part) = raw.text()?.parse().ok()?,
            Self::Networks(field) => {
                let list = raw.list(false)?;
                *field(part) = list.iter().map(|t| Network::parse(t)).collect::<Option<_>>()?;
            }
            Self::Url(field) => {
                let url = raw.text().filter(|url| is_url(url) && !url.contains('?'))?;
                url.trim_end_matches('/').clone_into(field(part));
            }
            Self::SecretUrl(field) => {
                raw.text().filter(|url| is_url(url))?.clone_into(field(part));
            }
            Self::Choice { words, choose, .. } => {
                let text = raw.text()?;
                choose(part, words.iter().find(|word| word.eq_ignore_ascii_case(text))?);
            }
            Self::List { numbers, field } => *field(part) = raw.list(*numbers)?,
            Self::Words { words, field } => {
                let list = raw.list(false)?;
                let known = |text: &String| words.contains(&text.as_str());
                *field(part) = Some(list).filter(|list| list.iter().all(known))?;
            }
            Self::Percent { least, fields } => {
                let number = raw.number().filter(|number| (*least..=100.0).contains(number))?;
                for field in *fields {
                    *field(part) = Percent::clamped(number);
                }
            }
            Self::Span { most, unit, field } => {
                let number = raw.number().filter(|number| (0.0..=*most).contains(number))?;
                *field(part) = Duration::try_from_secs_f64(number / unit.in_a_second()).ok()?;
            }
        }
        Some(())
    }

    /// Gives the field of `into` the value that it has in `from`. Of several fields only the
    /// first: the others are those of keys of their own.
    pub(super) fn copy(&self, from: &mut T, into: &mut T) {
        match self {
            Self::Switch(field) => *field(into) = *field(from),
            Self::Text(field) | Self::Url(field) | Self::SecretUrl(field) => {
                field(into).clone_from(field(from));
            }
            Self::Secret(field) | Self::SecretLines(field) => {
                field(into).clone_from(field(from));
            }
            Self::Path(field) => field(into).clone_from(field(from)),
            Self::Address(field) => *field(into) = *field(from),
            Self::Networks(field) => field(into).clone_from(field(from)),
            Self::Choice { word, choose, .. } => choose(into, word(from)),
            Self::List { field, .. } | Self::Words { field, .. } => {
                field(into).clone_from(field(from));
            }
            Self::Percent { fields, .. } => {
                if let Some(field) = fields.first() {
                    *field(into) = *field(from);
                }
            }
            Self::Span { field, .. } => *field(into) = *field(from),
        }
    }

    /// The field's value as TOML; of a secret only whether there is one.
    pub(super) fn show(&self, part: &mut T) -> String {
        let quoted = |text: &str| Value::from(text).to_string();
        let list = |texts: Vec<String>| texts.into_iter().collect::<Value>().to_string();
        match self {
            Self::Switch(field) => field(part).to_string(),
            Self::Text(field) | Self::Url(field) => quoted(field(part)),
            Self::Secret(field) | Self::SecretLines(field) => hidden(field(part).is_empty()),
            Self::SecretUrl(field) => hidden(field(part).is_empty()),
            Self::Path(field) => quoted(&field(part).to_string_lossy()),
            Self::Address(field) => quoted(&field(part).to_string()),
            Self::Networks(field) => list(field(part).iter().map(Network::to_string).collect()),
            Self::Choice { word, .. } => quoted(&word(part).to_lowercase()),
            Self::List { field, .. } | Self::Words { field, .. } => list(field(part).clone()),
            Self::Percent { fields, .. } => {
                fields.first().map_or(String::new(), |field| field(part).value().to_string())
            }
            Self::Span { unit, field, .. } => {
                (field(part).as_secs_f64() * unit.in_a_second()).to_string()
            }
        }
    }

    /// What the key takes, in words.
    pub(super) fn allowed(&self) -> String {
        match self {
            Self::Switch(_) => "true or false".to_owned(),
            Self::Text(_) | Self::Secret(_) => "text in quotes, in one line".to_owned(),
            Self::SecretLines(_) => "text in quotes".to_owned(),
            Self::Path(_) => "a path in quotes".to_owned(),
            Self::Address(_) => "an IP address and a port, like \"0.0.0.0:8787\"".to_owned(),
            Self::Networks(_) => {
                "IP addresses or networks, like [\"192.168.1.5\", \"10.0.0.0/8\"]".to_owned()
            }
            Self::Url(_) => {
                "an address that starts with http:// or https://, without ? and #".to_owned()
            }
            Self::SecretUrl(_) => "an address that starts with http:// or https://".to_owned(),
            Self::Choice { words, .. } => one_of(&quoted(words)),
            Self::Words { words, .. } => format!("a list of {}", one_of(&quoted(words))),
            Self::List { numbers: false, .. } => "a list of texts, like [\"a\", \"b\"]".to_owned(),
            Self::List { numbers: true, .. } => {
                "a list of names or ids, like [\"a\", 2]".to_owned()
            }
            Self::Percent { least, .. } => format!("{least} to 100 (%)"),
            Self::Span { most, unit, .. } => format!("0 to {most} ({})", unit.word()),
        }
    }

    /// How it is changed where that takes no more than a switch, a list or a number.
    pub(super) fn control(&self) -> Option<Control> {
        match self {
            Self::Switch(_) => Some(Control::Switch),
            Self::List { .. } | Self::Words { .. } => Some(Control::List),
            Self::Percent { least, .. } => {
                Some(Control::Number { least: *least, most: 100.0, unit: "%" })
            }
            Self::Span { most, unit, .. } => {
                Some(Control::Number { least: 0.0, most: *most, unit: unit.word() })
            }
            Self::Text(_)
            | Self::Secret(_)
            | Self::SecretLines(_)
            | Self::Path(_)
            | Self::Address(_)
            | Self::Networks(_)
            | Self::Url(_)
            | Self::SecretUrl(_)
            | Self::Choice { .. } => None,
        }
    }

    /// How an error speaks of `raw`. What stands behind the ? of an address may be a token.
    pub(super) fn found(&self, raw: &Raw) -> String {
        match (self, raw) {
            (Self::Url(_), Raw::Text(text)) if text.contains('?') => {
                format!("\"{}?…\"", text.split('?').next().unwrap_or_default())
            }
            _ => raw.found(self.is_secret()),
        }
    }

    /// Whether its values are never shown.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self, Self::Secret(_) | Self::SecretLines(_) | Self::SecretUrl(_))
    }

    /// Whether it takes a list, and can therefore not be set in the environment.
    pub(super) fn is_list(&self) -> bool {
        matches!(self, Self::List { .. } | Self::Words { .. } | Self::Networks(_))
    }

    /// Whether an empty text means "not set".
    fn is_text(&self) -> bool {
        match self {
            Self::Text(_)
            | Self::Secret(_)
            | Self::SecretLines(_)
            | Self::Path(_)
            | Self::Address(_)
            | Self::Url(_)
            | Self::SecretUrl(_)
            | Self::Choice { .. } => true,
            Self::Switch(_)
            | Self::Networks(_)
            | Self::List { .. }
            | Self::Words { .. }
            | Self::Percent { .. }
            | Self::Span { .. } => false,
        }
    }
}

fn quoted(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| format!("\"{word}\"")).collect()
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn one_of(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn hidden(empty: bool) -> String {
    if empty { "\"\"" } else { "\"(hidden)\"" }.to_owned()
}

/// Whether `text` can stand in a header or a list of names as it is.
pub(super) fn is_one_line(text: &str) -> bool {
    !text.contains(char::is_control)
}

/// Whether a path begins with what only a shell makes a folder of. (Systemd's folder of credentials
/// is known here, too.)
pub(super) fn is_for_a_shell(path: &str) -> bool {
    path.starts_with('~') || ["$HOME", "${HOME}"].iter().any(|home| path.starts_with(home))
}

/// Whether `text` is an HTTP address with a host and, if any, a port that can be one.
pub(super) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host_and_port = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match host_and_port.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (host_and_port, None),
    };
    ["http", "https"].contains(&scheme)
        && !host.is_empty()
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_a_host_and_a_port_that_can_be_one() {
        let good = [
            "http://nas",
            "https://example.org/scrobbled",
            "http://[::1]:8787/",
            "http://[fd00::1]",
            "https://user:word@ntfy.example.org:443/topic?x=1",
        ];
        let bad = [
            "",
            "nas:32400",
            "http://",
            "http:///path",
            "http://:80",
            "http://nas:",
            "http://nas:99999",
            "HTTP://nas",
            "ftp://nas",
            "http://n as",
            "http://nas/#top",
            "http://nas\u{1b}[0m",
        ];
        let wrong: Vec<_> = good
            .iter()
            .filter(|text| !is_url(text))
            .chain(bad.iter().filter(|text| is_url(text)))
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}
