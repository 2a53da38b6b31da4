//! What do plex.tv's answers mean?
//!
//! Pure. Members are those of <https://developer.plex.tv/pms> and of python-plexapi; what is not there, or
//! is something else, is as if it were not known. Only the list of webhooks is read strictly, since it is
//! written back whole.

use super::super::connection::Person;
use crate::event::Time;
use crate::secret::Secret;
use serde_json::Value;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How long a code lives of which it is not said.
const LIFE: Duration = Duration::from_secs(15 * 60);
/// How long a code may live; those of links live for half an hour.
const LIFE_MOST: Duration = Duration::from_secs(30 * 60);
/// Most addresses of a server that are tried.
const ADDRESSES_MOST: usize = 24;

/// A code that the person types at plex.tv.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pin {
    /// By what it is asked for.
    pub(super) id: u64,
    /// What is typed.
    pub(super) code: String,
    /// How long it lives.
    pub(super) lives: Duration,
}

/// The code that was made.
pub(super) fn pin(answer: &Value) -> Option<Pin> {
    let code = text(answer, "code");
    let id = answer.get("id")?.as_u64()?;
    let span = answer.get("expiresIn").and_then(Value::as_u64).map(Duration::from_secs);
    let time = |key: &str| Time::from_rfc3339(&text(answer, key));
    // By its own clock: ours may be wrong.
    let by_date = || Some(time("expiresAt")?.since(time("createdAt")?));
    let lives = span.or_else(by_date).unwrap_or(LIFE).min(LIFE_MOST);
    (!code.is_empty()).then_some(Pin { id, code, lives })
}

/// The account's token, once somebody has typed the code.
pub(super) fn token(answer: &Value) -> Option<Secret> {
    let token = text(answer, "authToken");
    (!token.is_empty()).then(|| Secret::new(token))
}

/// Whose account it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User {
    /// The number at plex.tv, which webhooks have.
    pub(super) id: String,
    /// The name that the owner has at the server.
    pub(super) name: String,
    /// Whether there is Plex Pass; `None`: it is not said.
    pub(super) pass: Option<bool>,
    /// Whether there may be other members of a home.
    pub(super) has_home: bool,
}

/// Whose account it is.
pub(super) fn user(answer: &Value) -> User {
    let name = ["username", "title", "friendlyName"].map(|key| text(answer, key));
    let subscription = answer.get("subscription");
    let active = subscription.and_then(|it| it.get("active")?.as_bool());
    let features = subscription.and_then(|it| it.get("features")?.as_array());
    let has_webhooks = features.is_some_and(|all| all.iter().any(|one| one == "webhooks"));
    User {
        id: text(answer, "id"),
        name: name.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
        pass: active.map(|active| active || has_webhooks),
        has_home: answer.get("home").and_then(Value::as_bool) != Some(false),
    }
}

/// A server of the account's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// What its owner calls it.
    pub(super) name: String,
    /// Its own id, which webhooks have and [`/identity`](super::server::identity) gives.
    pub(super) machine: String,
    /// The token for it. The account's own may not count there.
    pub(super) token: Secret,
    /// Where it may be, the best first.
    pub(super) addresses: Vec<String>,
}

/// The account's own servers: others' are no matter of ours, and their local addresses are those of a
/// foreign network.
pub(super) fn servers(answer: &Value) -> Vec<Found> {
    let own = |device: &&Value| {
        let provides = text(device, "provides");
        let is_server = provides.split(',').any(|what| what.trim() == "server");
        is_server && is(device, "owned")
    };
    let found = |device: &Value| Found {
        name: text(device, "name"),
        machine: text(device, "clientIdentifier"),
        token: Secret::new(text(device, "accessToken")),
        addresses: addresses(device),
    };
    let all = list(answer).iter().filter(own).map(found);
    all.filter(|one| !one.machine.is_empty() && !one.token.is_empty()).collect()
}

/// Where a server may be: in its own network first, by relay last. An `uri` has a name with a certificate,
/// which some routers and containers do not resolve; so its plain address follows where nobody foreign is
/// in between, and the server takes it.
fn addresses(device: &Value) -> Vec<String> {
    let takes_plain = !is(device, "httpsRequired");
    let mut ranked = Vec::new();
    for connection in device.get("connections").map_or(&[] as &[Value], list) {
        let (is_local, is_relay) = (is(connection, "local"), is(connection, "relay"));
        let far = if is_relay {
            4
        } else if is_local {
            0
        } else {
            2
        };
        let uri = text(connection, "uri").trim_end_matches('/').to_owned();
        let number = text(connection, "address").parse::<IpAddr>().ok();
        let is_near = is_local || number.is_some_and(is_private);
        let plain_is_good = takes_plain && is_near && !is_relay;
        if uri.starts_with("https://") || (uri.starts_with("http://") && plain_is_good) {
            ranked.push((far, uri));
        }
        let port = connection.get("port").and_then(Value::as_u64);
        let port = port.and_then(|port| u16::try_from(port).ok());
        if let (Some(number), Some(port), true) = (number, port, plain_is_good) {
            ranked.push((far + 1, format!("http://{}", SocketAddr::new(number, port))));
        }
    }
    ranked.sort_by_key(|(far, _)| *far); // stable: otherwise in Plex' own order
    let mut addresses: Vec<String> = Vec::new();
    for (_, address) in ranked {
        if !addresses.contains(&address) && addresses.len() < ADDRESSES_MOST {
            addresses.push(address);
        }
    }
    addresses
}

/// Whether an address leads nowhere beyond the own network.
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// The addresses in the account's list of webhooks; `None` where it is not wholly understood, so that it
/// can't be written back.
pub(super) fn webhooks(answer: &Value) -> Option<Vec<String>> {
    let url = |one: &Value| one.get("url")?.as_str().map(str::to_owned);
    answer.as_array()?.iter().map(url).collect()
}

/// The people who may watch at a server: those of its `/accounts`, then members of the owner's home who
/// have not watched there yet. Number 1 at the server is the owner, whom webhooks call by the number at
/// plex.tv; number 0 is nobody.
pub(super) fn people(owner: &User, accounts: &Value, home: Option<&Value>) -> Vec<Person> {
    let mut people = Vec::new();
    let mut add = |id: String, name: String| {
        let is_new = !people.iter().any(|one: &Person| one.id == id);
        if is_new && !id.is_empty() && id != "0" && !name.is_empty() {
            people.push(Person { id, name });
        }
    };
    add(owner.id.clone(), owner.name.clone());
    for account in accounts.pointer("/MediaContainer/Account").map_or(&[] as &[Value], list) {
        let id = text(account, "id");
        add(if id == "1" { owner.id.clone() } else { id }, text(account, "name"));
    }
    for member in home.and_then(|home| home.get("users")).map_or(&[] as &[Value], list) {
        add(text(member, "id"), text(member, "title"));
    }
    people
}

/// The elements of a list, or none.
fn list(of: &Value) -> &[Value] {
    of.as_array().map_or(&[], Vec::as_slice)
}

/// A yes, also one that is written as a number.
fn is(of: &Value, key: &str) -> bool {
    of.get(key).is_some_and(|value| value.as_bool() == Some(true) || value.as_u64() == Some(1))
}

/// A text, also one that is written as a number; empty where there is none.
pub(super) fn text(of: &Value, key: &str) -> String {
    match of.get(key) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
            String::new()
        }
    }
}

#[cfg(test)]
mod tests;
