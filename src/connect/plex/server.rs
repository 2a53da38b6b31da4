//! What does the server itself say, and is it the one that is meant?

use super::super::call::call;
use super::super::talk::{Ended, Talk};
use super::answers::{Found, text};
use crate::event::Time;
use crate::http::{Answer, Method};
use crate::secret::Secret;
use serde_json::Value;

/// A server that can be asked.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) url: String,
    pub(super) token: Secret,
}

/// What a server says of itself to who shows a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct About {
    pub(super) title: String,
    pub(super) version: String,
    /// Whether its owner has Plex Pass; `None`: it is not said.
    pub(super) pass: Option<bool>,
    /// The time there.
    pub(super) date: Option<Time>,
}

/// Why a server does not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It does not take the token, or not for that.
    Token,
    /// It does not know such a thing.
    Unknown,
    /// Another trouble, in a sentence.
    Other(String),
}

impl Refusal {
    /// The sentence of it, about the server at `url`.
    pub(super) fn sentence(self, url: &str) -> String {
        match self {
            Self::Token => format!(
                "{url} does not accept the token that plex.tv gave for it; connect again, and sign in as \
                 the owner of the server"
            ),
            Self::Unknown => format!("what answers at {url} is no Plex Media Server that we know"),
            Self::Other(why) => why,
        }
    }
}

/// The id of the server at an address. No token is shown: who is there is not known yet.
pub(super) fn identity(url: &str) -> Result<String, String> {
    let answer = call(Method::Get, &format!("{url}/identity"), None, Vec::new(), None)?;
    let id = answer
        .json()
        .as_ref()
        .and_then(|it| it.get("MediaContainer"))
        .map(|it| text(it, "machineIdentifier"));
    id.filter(|id| !id.is_empty()).ok_or_else(|| format!("no Plex server answers at {url}"))
}

/// Whether the server at an address is the one with this id, or why it is not.
pub(super) fn is_it(url: &str, machine: &str) -> Result<(), String> {
    match identity(url)? {
        id if id.eq_ignore_ascii_case(machine) => Ok(()),
        _ => Err(format!("another Plex server answers at {url}")),
    }
}

/// The first address at which the expected server answers.
pub(super) fn reached(talk: &Talk, found: &Found) -> Result<String, Ended> {
    let mut whys = Vec::new();
    for address in &found.addresses {
        talk.check()?;
        match is_it(address, &found.machine) {
            Ok(()) => return Ok(address.clone()),
            Err(why) => whys.push(why),
        }
    }
    let name = &found.name;
    if whys.is_empty() {
        return Err(Ended::Failed(format!(
            "plex.tv knows no address of {name}; start that server and connect again"
        )));
    }
    Err(Ended::Failed(format!(
        "{name} answers at none of the addresses that plex.tv has for it; start it, or open the way from \
         here to it, and connect again: {}",
        whys.join("; ")
    )))
}

impl Server {
    /// What it says of itself.
    pub(super) fn about(&self) -> Result<About, Refusal> {
        let answer = self.ask(Method::Get, "/")?;
        let json = answer.json();
        let said = json.as_ref().and_then(|it| it.get("MediaContainer")).ok_or(Refusal::Unknown)?;
        let features = text(said, "ownerFeatures");
        let subscribed = said.get("myPlexSubscription").and_then(Value::as_bool);
        let has =
            (!features.is_empty()).then(|| features.split(',').any(|one| one.trim() == "webhooks"));
        Ok(About {
            title: text(said, "friendlyName"),
            version: text(said, "version"),
            pass: match (subscribed, has) {
                (None, None) => None,
                (one, other) => Some(one == Some(true) || other == Some(true)),
            },
            date: answer.date,
        })
    }

    /// Everybody who ever watched there. Only the owner is told.
    pub(super) fn accounts(&self) -> Result<Value, Refusal> {
        self.ask(Method::Get, "/accounts")?.json().ok_or(Refusal::Unknown)
    }

    /// Whether its switch for webhooks is on; `None`: it has none.
    pub(super) fn switch(&self) -> Result<Option<bool>, Refusal> {
        match self.ask(Method::Get, "/:/prefs/get?id=webHooksEnabled") {
            Ok(answer) => {
                let json = answer.json().ok_or(Refusal::Unknown)?;
                let value = json.pointer("/MediaContainer/Setting/0/value");
                Ok(value.map(|value| value.as_bool() == Some(true) || value.as_u64() == Some(1)))
            }
            Err(Refusal::Unknown) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// Puts its switch for webhooks on, and tells whether it was off.
    pub(super) fn switch_on(&self) -> Result<bool, Refusal> {
        if self.switch()? != Some(false) {
            return Ok(false);
        }
        self.ask(Method::Put, "/:/prefs?webHooksEnabled=1")?;
        match self.switch()? {
            Some(false) => Err(Refusal::Other("it stays off".to_owned())),
            Some(true) | None => Ok(true),
        }
    }

    fn ask(&self, method: Method, path: &str) -> Result<Answer, Refusal> {
        let headers = vec![("X-Plex-Token", self.token.reveal().to_owned())];
        let url = &self.url;
        let body = (method == Method::Put).then(String::new); // so that it says how long it is
        let answer =
            call(method, &format!("{url}{path}"), None, headers, body).map_err(Refusal::Other)?;
        match answer.status {
            200..=299 => Ok(answer),
            401 | 403 => Err(Refusal::Token),
            400..=499 => Err(Refusal::Unknown),
            status => Err(Refusal::Other(format!("{url} answers with an error ({status})"))),
        }
    }
}
