//! What can be set for one program that is told of plays?

use crate::http::trust::Trust;
use crate::secret::Secret;
use std::path::PathBuf;

/// What can be told, in the order in which it is documented.
pub(super) const TYPES: [&str; 11] = [
    "play.start",
    "play.pause",
    "play.stop",
    "play.finish",
    "rating.set",
    "rating.removed",
    "watched.marked",
    "watched.unmarked",
    "account.login_needed",
    "intent.parked",
    "test",
];

/// `[[receiver]]`: a program of the user's that is told of plays.
#[derive(Clone, Debug, PartialEq)]
pub struct Receiver {
    /// What it is called here; no two are called the same.
    pub name: String,
    /// Where it is told; nearly always a secret.
    pub url: String,
    /// The file with the certificate by which it is known; empty: none.
    pub ca_file: PathBuf,
    /// Whom TLS trusts there: what was read from it.
    pub trust: Trust,
    /// In which form.
    pub format: ReceiverFormat,
    /// Of which accounts, by their names here; empty: of all.
    pub accounts: Vec<String>,
    /// Of what; for a raw one it is of no account.
    pub types: Vec<String>,
    /// The key of the signature, `whsec_…`; empty: nothing is signed.
    pub secret: Secret,
    /// The file that it was read from; empty: none.
    pub secret_file: PathBuf,
    /// The value of the header `Authorization`; empty: there is none.
    pub authorization: Secret,
    /// The file that it was read from; empty: none.
    pub authorization_file: PathBuf,
    /// The body of a template, with fields in braces.
    pub body: Secret,
    /// What that is.
    pub content_type: String,
}

/// In which form a receiver is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReceiverFormat {
    /// As our own event.
    #[default]
    Event,
    /// As the user has written it.
    Template,
    /// As the media server has posted it.
    Raw,
}

impl Default for Receiver {
    fn default() -> Self {
        Self {
            name: String::new(),
            url: String::new(),
            ca_file: PathBuf::new(),
            trust: Trust::default(),
            format: ReceiverFormat::Event,
            accounts: Vec::new(),
            types: vec!["play.finish".to_owned(), "watched.marked".to_owned()],
            secret: Secret::default(),
            secret_file: PathBuf::new(),
            authorization: Secret::default(),
            authorization_file: PathBuf::new(),
            body: Secret::default(),
            content_type: "application/json".to_owned(),
        }
    }
}

impl Receiver {
    /// Its section of the config in words, before which its keys are named: `receiver floppy`.
    #[must_use]
    pub fn section(&self) -> String {
        if self.name.is_empty() { "receiver".to_owned() } else { format!("receiver {}", self.name) }
    }

    /// Host and port of its address: all of it that may be seen.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit('@').next().unwrap_or_default()
    }

    /// Whether it is told events of this type.
    #[must_use]
    pub fn hears(&self, its_type: &str) -> bool {
        self.format != ReceiverFormat::Raw && self.types.iter().any(|one| one == its_type)
    }

    /// Whether it is told of what is decided for this account.
    #[must_use]
    pub fn takes(&self, account: &str) -> bool {
        self.accounts.is_empty() || self.accounts.iter().any(|one| one == account)
    }

    /// Whether it is told by which ids other programs know the show of an episode.
    #[must_use]
    pub fn wants_ids_of_shows(&self) -> bool {
        match self.format {
            ReceiverFormat::Event => true,
            ReceiverFormat::Template => {
                let body = self.body.reveal();
                ["{item.show.ids.", "{top.ids."].iter().any(|field| body.contains(field))
            }
            ReceiverFormat::Raw => false,
        }
    }

    /// Whether the body is JSON, into which values are put as JSON has them.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.content_type.to_ascii_lowercase().contains("json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_the_host_may_be_seen() {
        let cases = [
            ("http://192.0.2.10:8000/webhook/plex/token", "192.0.2.10:8000"),
            ("https://user:word@ntfy.example/films?auth=x", "ntfy.example"),
            ("http://[fd00::1]:80/?key=a@b", "[fd00::1]:80"),
            ("https://ntfy.example?auth=x@y", "ntfy.example"),
        ];
        for (url, host) in cases {
            let receiver = Receiver { url: url.to_owned(), ..Receiver::default() };
            assert_eq!(receiver.host(), host, "{url}");
        }
    }
}
