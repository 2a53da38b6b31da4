//! What is kept of a media server that was connected?

use crate::config::MediaServer;
use crate::event::Source;
use crate::http::trust::Trust;
use crate::secret::Secret;
use serde::{Deserialize, Serialize};

/// A connected media server. It is kept in the data folder whole, as JSON; a key that an older version
/// did not write is as if nothing were known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Which kind of media server it is.
    pub kind: Source,
    /// What it is called here, as in the config: by default as its kind. Of a kind no two are called the
    /// same.
    pub name: String,
    /// The server's own id, as its webhooks have it.
    pub id: String,
    /// What the server calls itself.
    #[serde(default)]
    pub title: String,
    /// The server's version, as it says it.
    #[serde(default)]
    pub version: String,
    /// Where its own API is, without a slash at its end.
    #[serde(default)]
    pub url: String,
    /// By what it can be asked: a token of Plex', a key of the others'.
    #[serde(default, with = "hidden")]
    pub token: Secret,
    /// Whom TLS trusts there: the certificates that were given for it, if any were.
    #[serde(default, skip_serializing_if = "is_public")]
    pub trust: Trust,
    /// Whether we made that key, and so take it away again.
    #[serde(default)]
    pub key_is_ours: bool,
    /// Whether the server is listened to.
    #[serde(default)]
    pub hear: bool,
    /// The webhook that we registered there; `None`: there is none.
    #[serde(default)]
    pub hook: Option<Hook>,
    /// Plex: the token of the owner's account at plex.tv, by which webhooks are registered. Jellyfin: the token of who
    /// signed in for a key, until it is ended.
    #[serde(default, with = "hidden")]
    pub account_token: Secret,
    /// Whose token it is where it is no administrator's: only this person is heard then.
    #[serde(default)]
    pub only: Option<Person>,
    /// Who watches there.
    #[serde(default)]
    pub people: Vec<Person>,
    /// Whether connecting it broke off before its end, and was never done again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unfinished: bool,
}

/// A webhook that we registered at a media server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Where it posts, without the token.
    pub address: String,
    /// What the server calls it; empty where it has no ids.
    #[serde(default)]
    pub id: String,
}

/// Somebody who watches at a media server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their id there, as webhooks have it.
    pub id: String,
    /// Their name there.
    pub name: String,
}

/// What is so of a webhook of ours that is still at a server of this kind once it is forgotten here.
pub(super) fn counts_until(kind: Source) -> String {
    format!(
        "what it posts counts until then, or until `scrobbled rotate {}` makes its address useless",
        kind.word()
    )
}

impl Connection {
    /// A server of which nothing is known but its kind, its name here and its id.
    #[must_use]
    pub fn new(kind: Source, name: &str, id: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            id: id.to_owned(),
            title: String::new(),
            version: String::new(),
            url: String::new(),
            token: Secret::default(),
            trust: Trust::default(),
            key_is_ours: false,
            hear: false,
            hook: None,
            account_token: Secret::default(),
            only: None,
            people: Vec::new(),
            unfinished: false,
        }
    }

    /// What of it belongs to the settings.
    #[must_use]
    pub fn settings(&self) -> MediaServer {
        MediaServer {
            name: self.name.clone(),
            id: self.id.clone(),
            url: self.url.clone(),
            token: self.token.clone(),
            trust: self.trust.clone(),
            hear: self.hear,
            ..MediaServer::new(self.kind)
        }
    }
}

/// What every earlier version wrote: nothing, where it came to its end.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(it: &bool) -> bool {
    !it
}

/// What every earlier version wrote: nothing, where no certificate was given.
fn is_public(trust: &Trust) -> bool {
    !trust.is_given()
}

/// Secrets go to the disk of this machine, which only their owner can read, and nowhere else.
mod hidden {
    use crate::secret::Secret;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.reveal())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
        String::deserialize(from).map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_from_the_disk_as_it_went_there_and_nobody_sees_its_secrets() {
        let connection = Connection {
            title: "attic".into(),
            url: "http://192.0.2.5:8096".into(),
            token: Secret::new("k3y"),
            account_token: Secret::new("acc0unt"),
            key_is_ours: true,
            hook: Some(Hook {
                address: "http://192.0.2.9:8787/webhook/emby".into(),
                id: "7".into(),
            }),
            people: vec![Person { id: "1".into(), name: "mara".into() }],
            ..Connection::new(Source::Emby, "emby", "e1")
        };
        let text = serde_json::to_string(&connection).expect("JSON");
        assert_eq!(serde_json::from_str::<Connection>(&text).expect("the same"), connection);
        let shown = format!("{connection:?}");
        assert!(!shown.contains("k3y") && !shown.contains("acc0unt"), "{shown}");
    }

    #[test]
    fn what_an_older_version_did_not_write_is_not_known() {
        let text = r#"{"kind":"Jellyfin","name":"jellyfin","id":"j1"}"#;
        let kind: Source = serde_json::from_value(serde_json::json!(Source::Jellyfin)).expect("it");
        let text = text.replace("\"Jellyfin\"", &serde_json::json!(kind).to_string());
        let expected = Connection::new(Source::Jellyfin, "jellyfin", "j1");
        assert_eq!(serde_json::from_str::<Connection>(&text).expect("one"), expected);
    }
}
