//! What becomes of an account's list of webhooks?
//!
//! Pure. The list belongs to the account, and a write replaces all of it: what others have written there
//! stays as it is, byte for byte and in its order.

use super::super::address::same_address;

/// Who we are in a list of webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ours<'a> {
    /// The address that we register, with its token; `None`: there shall be none of ours.
    pub(super) wanted: Option<&'a str>,
    /// The address that we have registered before, without its token.
    pub(super) before: Option<&'a str>,
}

impl Ours<'_> {
    /// Whether an entry is ours, of today or before, whatever its token.
    fn is(&self, entry: &str) -> bool {
        let known = [self.wanted, self.before].into_iter().flatten();
        known.into_iter().any(|address| same_address(entry, address))
    }

    /// Whether an entry is what we register, however the token stands in it.
    fn is_wanted(&self, entry: &str) -> bool {
        self.wanted.is_some_and(|wanted| {
            same_address(entry, wanted) && token_of(entry) == token_of(wanted)
        })
    }

    /// The entries that are others'.
    pub(super) fn others(&self, list: &[String]) -> Vec<String> {
        list.iter().filter(|entry| !self.is(entry)).cloned().collect()
    }

    /// What the list shall be: what is ours once, in the place where it was; the rest as it is.
    pub(super) fn applied(&self, list: &[String]) -> Vec<String> {
        let good = list.iter().find(|entry| self.is_wanted(entry)).map(String::as_str);
        let mut ours = good.or(self.wanted);
        let mut all: Vec<String> = Vec::with_capacity(list.len() + 1);
        for entry in list {
            if !self.is(entry) {
                all.push(entry.clone());
            } else if let Some(ours) = ours.take() {
                all.push(ours.to_owned());
            }
        }
        all.extend(ours.map(str::to_owned));
        all
    }
}

/// How our webhook stands in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is there as it is now.
    Good,
    /// It is there with a token that does not count.
    OtherToken,
    /// It is not there.
    None,
}

/// How our webhook stands in a list.
pub(super) fn found(list: &[String], wanted: &str) -> Standing {
    let ours = Ours { wanted: Some(wanted), before: None };
    if list.iter().any(|entry| ours.is_wanted(entry)) {
        Standing::Good
    } else if list.iter().any(|entry| ours.is(entry)) {
        Standing::OtherToken
    } else {
        Standing::None
    }
}

/// The token in a webhook's address: `?TOKEN` or `?token=TOKEN`.
fn token_of(entry: &str) -> Option<&str> {
    let (_, query) = entry.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    Some(query.strip_prefix("token=").unwrap_or(query).trim_end_matches('='))
}

/// Whether two lists hold the same, in whatever order.
pub(super) fn same(one: &[String], other: &[String]) -> bool {
    let sorted = |list: &[String]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list
    };
    sorted(one) == sorted(other)
}

/// What of `list` is not in `other`, where something is as often as it is written.
pub(super) fn missing(list: &[String], other: &[String]) -> Vec<String> {
    let mut other = other.to_vec();
    let mut left = Vec::new();
    for entry in list {
        match other.iter().position(|there| there == entry) {
            Some(at) => drop(other.swap_remove(at)),
            None => left.push(entry.clone()),
        }
    }
    left
}

/// The list as the form that plex.tv takes; JSON would empty it.
pub(super) fn form(list: &[String]) -> String {
    let field = |url: &String| format!("urls%5B%5D={}", crate::http::encoded(url));
    let fields: Vec<String> = list.iter().map(field).collect();
    if fields.is_empty() { "urls=".to_owned() } else { fields.join("&") }
}

#[cfg(test)]
mod tests;
