//! What was probably meant by a value that its key does not take?

use super::broken::{is_quote, straightened};
use super::edit::written;
use super::kind::{KeyType, Raw, Unit, is_for_a_shell, is_url as is_address};
use super::nearest::nearest;
use super::settings::Network;
use std::net::{IpAddr, SocketAddr};
use toml_edit::Value;

/// The mend for a wrong value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Hint {
    /// What to write in its place.
    Write(Raw),
    /// The same in words.
    Words(String),
}

impl<T> KeyType<T> {
    /// The mend for `raw`, which this does not take, where one can be told. It never shows a secret.
    pub(super) fn hint(&self, raw: &Raw) -> Option<Hint> {
        let typed = typed(raw);
        if self.is_secret() {
            return self.hint_of_secret(raw, typed.as_deref()?);
        }
        let meant = match self {
            Self::Switch(_) => switch(&typed?).map(Raw::Switch),
            Self::Percent { least, .. } => percent(&typed?, *least).map(as_number),
            Self::Span { most, unit, .. } => span(&typed?, *unit, *most).map(as_number),
            Self::Address(_) => address(&typed?).map(Raw::Text),
            Self::Url(_) => url(&typed?).map(Raw::Text),
            Self::Choice { words, .. } => {
                let typed = typed?.to_lowercase();
                let longer = words.iter().find(|word| typed.starts_with(**word)).copied();
                let near = longer.or_else(|| nearest(&typed, words.iter().copied()));
                near.map(|word| Raw::Text(word.to_owned()))
            }
            Self::Networks(_) => {
                let list = list(raw)?;
                list.iter().all(|text| Network::parse(text).is_some()).then(|| as_list(list))
            }
            Self::List { .. } if matches!(raw, Raw::Unquoted(_)) => Some(as_list(list(raw)?)),
            Self::Path(_) if is_for_a_shell(typed.as_deref()?) => {
                let what = if typed?.starts_with('~') { "~" } else { "$HOME" };
                return Some(Hint::Words(format!(
                    "{what} is not expanded here: write the whole path, like \
                     \"/home/mara/scrobbled\""
                )));
            }
            Self::Text(_) | Self::Path(_) if matches!(raw, Raw::Unquoted(_)) => {
                typed.filter(|text| !text.is_empty()).map(Raw::Text)
            }
            Self::List { .. }
            | Self::Words { .. }
            | Self::Text(_)
            | Self::Path(_)
            | Self::Secret(_)
            | Self::SecretLines(_)
            | Self::SecretUrl(_) => None,
        };
        // What it does not take either would be no mend.
        meant.filter(|meant| meant != raw).map(Hint::Write)
    }

    fn hint_of_secret(&self, raw: &Raw, typed: &str) -> Option<Hint> {
        let is_unquoted = matches!(raw, Raw::Unquoted(text) if straightened(text) != *text);
        let is_url = matches!(self, Self::SecretUrl(_));
        let words = if is_unquoted {
            "its quotes are typographic: write straight ones (\")"
        } else if is_url && !typed.contains("://") && is_address(&with_scheme(typed)) {
            "write https:// (or http://) before it"
        } else {
            return None;
        };
        Some(Hint::Words(words.to_owned()))
    }
}

impl Hint {
    /// Behind a sentence on `key`; `None` for one of the environment, where there are no quotes.
    pub(super) fn sentence(&self, key: Option<&str>) -> String {
        match (self, key) {
            (Self::Words(words), _) => words.clone(),
            (Self::Write(value), Some(key)) => {
                format!("write {key} = {}", written(value))
            }
            (Self::Write(Raw::Text(text)), None) => format!("write {text}"),
            (Self::Write(value), None) => {
                format!("write {}", written(value))
            }
        }
    }
}

/// A number as people write it: a whole one has no point.
fn as_number(number: f64) -> Raw {
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and no key takes so much")]
    let whole = number as i64;
    if number.fract() == 0.0 { Raw::Whole(whole) } else { Raw::Number(number) }
}

/// What somebody has typed, without quotes of any kind around it.
fn typed(raw: &Raw) -> Option<String> {
    let text = match raw {
        Raw::Text(text) | Raw::Bare(text) | Raw::Unquoted(text) => text.clone(),
        Raw::Whole(number) => number.to_string(),
        Raw::Number(number) => number.to_string(),
        Raw::Switch(_) | Raw::List(_) | Raw::Other(_) => return None,
    };
    Some(text.trim().trim_matches(is_quote).trim().to_owned())
}

/// The entries of a list that is none yet.
fn list(raw: &Raw) -> Option<Vec<String>> {
    if let Raw::Unquoted(text) = raw
        && let Ok(Value::Array(array)) = straightened(text).parse::<Value>()
    {
        return Raw::of(&Value::Array(array)).list(true);
    }
    let typed = typed(raw)?;
    let inside = typed.trim_start_matches('[').trim_end_matches(']');
    let bare = |entry: &str| entry.trim().trim_matches(is_quote).to_owned();
    let entries = inside.split(',').map(bare);
    let entries: Vec<String> = entries.filter(|entry| !entry.is_empty()).collect();
    (!entries.is_empty()).then_some(entries)
}

fn as_list(entries: Vec<String>) -> Raw {
    match entries.as_slice() {
        [only] => Raw::Text(only.clone()),
        _ => Raw::List(entries.into_iter().map(Raw::Text).collect()),
    }
}

fn switch(typed: &str) -> Option<bool> {
    match typed.to_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "1" | "enabled" => Some(true),
        "false" | "no" | "off" | "n" | "0" | "disabled" => Some(false),
        _ => None,
    }
}

/// `85%`, `"85"`, `85,5`; a share like 0.9 is 90.
fn percent(typed: &str, least: f64) -> Option<f64> {
    let number = number(typed.trim_end_matches('%').trim_end_matches("percent"))?;
    let allowed = |number: &f64| (least..=100.0).contains(number);
    let of_share = || Some((number * 10_000.0).round() / 100.0).filter(|_| number > 0.0);
    Some(number).filter(allowed).or_else(|| of_share().filter(allowed))
}

/// `"5"`, `5s`, `5 min`, `500 ms`.
fn span(typed: &str, unit: Unit, most: f64) -> Option<f64> {
    let typed = typed.to_lowercase();
    let at = typed.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(typed.len());
    let (amount, written) = typed.split_at_checked(at)?;
    let in_seconds = match written {
        "" => 1.0 / unit.in_a_second(),
        "ms" | "millis" | "millisecond" | "milliseconds" => 0.001,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hour" | "hours" => 3600.0,
        _ => return None,
    };
    let number = number(amount)? * in_seconds * unit.in_a_second();
    let rounded = (number * 1000.0).round() / 1000.0;
    Some(rounded).filter(|number| (0.0..=most).contains(number))
}

/// A number, also with a comma for its point.
fn number(text: &str) -> Option<f64> {
    text.trim().replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite())
}

/// Where to listen, of a port alone, a port with a name, or an address without a port.
fn address(typed: &str) -> Option<String> {
    let rest = typed.split_once("://").map_or(typed, |(_, rest)| rest).trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, port),
        None if rest.contains('.') => (rest, "8787"),
        None => ("", rest),
    };
    let host = match host {
        "" | "*" => "0.0.0.0",
        "localhost" => "127.0.0.1",
        host => host,
    };
    // Ports below belong to root; whoever writes one may mean something else.
    let port: u16 = port.parse().ok().filter(|port| *port >= 1024)?;
    let address: SocketAddr = format!("{host}:{port}").parse().ok()?;
    Some(address.to_string())
}

/// An address with the scheme that it lacks, or without what a browser has behind it.
fn url(typed: &str) -> Option<String> {
    let Some((scheme, rest)) = typed.split_once("://") else {
        return Some(with_scheme(typed)).filter(|url| is_address(url) && !url.contains('?'));
    };
    let (scheme, rest) = (scheme.to_lowercase(), rest.split(['?', '#']).next()?);
    let rest = rest.trim_end_matches('/').trim_end_matches("/index.html");
    let rest = rest.trim_end_matches("/web");
    Some(format!("{scheme}://{rest}")).filter(|url| is_address(url))
}

/// A name of the internet is reached by https, a machine at home seldom.
fn with_scheme(typed: &str) -> String {
    let host = typed.split('/').next().unwrap_or_default();
    let is_at_home = host.contains(':')
        || !host.contains('.')
        || matches!(host.rsplit('.').next(), Some("local" | "lan"))
        || host.parse::<IpAddr>().is_ok();
    format!("{}://{typed}", if is_at_home { "http" } else { "https" })
}
