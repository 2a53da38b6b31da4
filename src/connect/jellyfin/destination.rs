//! What is the Webhook plugin's configuration to be? Its own, with our destination in it and everything
//! else as it was. Pure.
//!
//! The plugin reads a configuration by its exact names and takes what is left out for empty, so the whole
//! goes back, whatever is in it (Jellyfin's Webhook plugin, `PluginConfiguration`).

use crate::connect::address::same_address;
use serde_json::{Map, Value, json};

/// What is posted: all that `webhook` reads of Jellyfin's events. The last one an old plugin does not know;
/// it refuses the whole for it.
pub(super) const EVENTS: [&str; 4] =
    ["PlaybackStart", "PlaybackProgress", "PlaybackStop", "UserDataSaved"];

/// Where the destinations stand that can post to us.
const LIST: &str = "GenericOptions";

/// A destination of ours: by what it is known again, and what it is to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ours<'a> {
    /// What it is called.
    pub(super) name: &'a str,
    /// Where it posts, with the token.
    pub(super) address: &'a str,
    /// Where it was registered before, if it was.
    pub(super) before: Option<&'a str>,
}

impl Ours<'_> {
    /// Whether a destination is ours: by host, port and path, now or before; or by its name.
    fn is(&self, entry: &Value) -> bool {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let uri = text("WebhookUri");
        let leads_here = |address: &str| same_address(uri, address);
        leads_here(self.address)
            || self.before.is_some_and(leads_here)
            || text("WebhookName") == self.name
    }
}

/// The destinations of a configuration; `None` where it is none.
fn destinations(configuration: &Value) -> Option<&Vec<Value>> {
    configuration.get(LIST)?.as_array()
}

/// The configuration with our destination as it is to be, once, told of these events; `None` where it is
/// no configuration.
pub(super) fn with_ours(configuration: &Value, ours: Ours<'_>, events: &[&str]) -> Option<Value> {
    let all = destinations(configuration)?;
    let first = all.iter().position(|entry| ours.is(entry));
    let known = first.and_then(|at| all.get(at)).and_then(Value::as_object);
    let new = set(known.cloned().unwrap_or_default(), ours, events);
    let mut kept = Vec::new();
    for (at, entry) in all.iter().enumerate() {
        if Some(at) == first {
            kept.push(new.clone());
        } else if !ours.is(entry) {
            kept.push(entry.clone());
        }
    }
    if first.is_none() {
        kept.push(new);
    }
    replaced(configuration, kept)
}

/// The configuration without destinations of ours.
pub(super) fn without_ours(configuration: &Value, ours: Ours<'_>) -> Option<Value> {
    let others = destinations(configuration)?.iter().filter(|entry| !ours.is(entry));
    replaced(configuration, others.cloned().collect())
}

/// The events of which our destination is told, where it is there once and all else of it is right.
pub(super) fn is_there(configuration: &Value, ours: Ours<'_>) -> Option<Vec<String>> {
    let mut found = destinations(configuration)?.iter().filter(|entry| ours.is(entry));
    let (entry, None) = (found.next()?, found.next()) else { return None };
    let told: Vec<String> = entry
        .get("NotificationTypes")?
        .as_array()?
        .iter()
        .filter_map(|event| event.as_str().map(str::to_owned))
        .collect();
    let names: Vec<&str> = told.iter().map(String::as_str).collect();
    let as_it_is_to_be = set(entry.as_object()?.clone(), ours, &names);
    (as_it_is_to_be == *entry).then_some(told)
}

/// What is wrong with our destination, each in words that follow `the Webhook plugin at URL `.
pub(super) fn faults(configuration: &Value, ours: Ours<'_>) -> Vec<String> {
    let Some(all) = destinations(configuration) else {
        return vec!["has a configuration that makes no sense".to_owned()];
    };
    let mut found = all.iter().filter(|entry| ours.is(entry));
    let Some(entry) = found.next() else {
        return vec!["has no destination of ours any more".to_owned()];
    };
    let mut faults = Vec::new();
    if found.next().is_some() {
        faults.push("has several destinations of ours, so that everything comes twice".to_owned());
    }
    if entry.get("WebhookUri").and_then(Value::as_str) != Some(ours.address) {
        faults.push("posts to an old address of ours, or with an old token".to_owned());
    }
    let is = |key: &str, on: bool| entry.get(key).and_then(Value::as_bool).unwrap_or(false) == on;
    let has = |event: &&str| {
        let told = entry.get("NotificationTypes").and_then(Value::as_array);
        told.is_some_and(|told| told.iter().any(|one| one == event))
    };
    if !is("EnableWebhook", true) {
        faults.push("has our destination switched off".to_owned());
    }
    let told_of = EVENTS.split_at(EVENTS.len() - 1).0; // an old one may not know the last
    let lacks: Vec<&str> = told_of.iter().copied().filter(|event| !has(event)).collect();
    if !lacks.is_empty() {
        faults.push(format!("does not tell us of {}", lacks.join(", ")));
    }
    if !is("EnableMovies", true) || !is("EnableEpisodes", true) {
        faults.push("does not tell us of both movies and episodes".to_owned());
    }
    if !is("SendAllProperties", true) {
        faults.push("does not send us all properties".to_owned());
    }
    if entry.get("UserFilter").and_then(Value::as_array).is_some_and(|users| !users.is_empty()) {
        faults.push("tells us of some users only".to_owned());
    }
    if faults.is_empty() && is_there(configuration, ours).is_none() {
        faults.push("has our destination changed in some way".to_owned());
    }
    faults
}

/// A destination with all that is ours to say; what else stands in it is kept.
fn set(mut entry: Map<String, Value>, ours: Ours<'_>, events: &[&str]) -> Value {
    let mut put = |key: &str, value: Value| drop(entry.insert(key.to_owned(), value));
    put("WebhookName", json!(ours.name));
    put("WebhookUri", json!(ours.address));
    put("NotificationTypes", json!(events));
    for on in ["EnableWebhook", "EnableMovies", "EnableEpisodes", "SendAllProperties"] {
        put(on, json!(true));
    }
    for off in [
        "EnableSeries",
        "EnableSeasons",
        "EnableAlbums",
        "EnableSongs",
        "EnableVideos",
        "TrimWhitespace",
        "SkipEmptyMessageBody",
    ] {
        put(off, json!(false));
    }
    // Exactly this: with more behind it the plugin sends nothing at all.
    put("Headers", json!([{ "Key": "Content-Type", "Value": "application/json" }]));
    put("Fields", json!([]));
    put("UserFilter", json!([])); // a list would leave out who comes later
    put("Template", json!("")); // without one some versions send nothing
    entry.into()
}

fn replaced(configuration: &Value, destinations: Vec<Value>) -> Option<Value> {
    let mut whole = configuration.as_object()?.clone();
    whole.insert(LIST.to_owned(), destinations.into());
    Some(whole.into())
}

#[cfg(test)]
mod tests;
