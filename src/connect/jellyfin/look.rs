//! What is wrong with a Jellyfin that was connected?

use super::api::{Api, text};
use super::destination::{Ours, faults};
use super::found::Found;
use super::plugin::{self, State};
use super::{hook, login};
use crate::connect::around::Around;
use crate::connect::clocks;
use crate::connect::connection::Connection;
use crate::event::Time;

/// What is wrong, each in a sentence with the command that mends it.
pub(in crate::connect) fn look(around: &Around, connection: &Connection) -> Vec<String> {
    let api = login::kept(connection);
    let mut wrong = Vec::new();
    let again = format!("run `scrobbled connect jellyfin {}` again", api.url);
    match identity(&api, connection, around.clock.now()) {
        Ok(found) => wrong.extend(found),
        Err(why) => return vec![why],
    }
    let answer = match api.get("/System/Info") {
        Ok(answer) => answer,
        Err(why) => return vec![why],
    };
    match answer.status {
        200 => {}
        401 => {
            wrong.push(format!("{} no longer takes the key that we got; {again}", api.url));
            return wrong;
        }
        status => {
            wrong.push(format!("{} answers with an error ({status}); look there", api.url));
            return wrong;
        }
    }
    match &connection.only {
        Some(only) => wrong.push(format!(
            "only what {0} watches is heard, since {0} is no administrator there; to have everybody, {again} \
             and sign in as an administrator",
            only.name
        )),
        None => wrong.extend(webhook(around, connection, &api, &again)), // the plugin is for administrators
    }
    wrong
}

/// Whether it is still the same server, and how its clock goes.
fn identity(api: &Api<'_>, connection: &Connection, now: Time) -> Result<Option<String>, String> {
    let answer = api.get("/System/Info/Public")?;
    api.good(&answer, "what it is")?;
    let id = text(&answer.json().unwrap_or_default(), "/Id");
    if !id.eq_ignore_ascii_case(&connection.id) {
        return Err(format!(
            "at {} another server answers than the one that was connected; `scrobbled connect jellyfin \
             {}` connects it",
            api.url, api.url
        ));
    }
    Ok(clocks::apart(api.url, now, answer.date))
}

/// What is wrong with our destination, where we have one.
fn webhook(around: &Around, connection: &Connection, api: &Api<'_>, again: &str) -> Vec<String> {
    let Some(address) = around.hook_today(connection) else { return Vec::new() };
    let found = Found {
        url: connection.url.clone(),
        id: connection.id.clone(),
        title: connection.title.clone(),
        version: connection.version.clone(),
        trust: connection.trust.clone(),
    };
    let url = api.url;
    let state = match plugin::look(api, &found) {
        Ok(state) => state,
        Err(why) => return vec![why],
    };
    let broken = match state {
        State::Active => None,
        State::Restart => Some("works once Jellyfin has been restarted; restart it".to_owned()),
        State::Missing => Some(format!("is gone; {again}")),
        State::Broken(how) => Some(how),
    };
    if let Some(how) = broken {
        return vec![format!("the Webhook plugin at {url} {how}")];
    }
    let configuration = match hook::read(api) {
        Ok(configuration) => configuration,
        Err(why) => return vec![why],
    };
    let name = around.our_name();
    let ours = Ours { name: &name, address: &address, before: hook::before(connection) };
    let faults = faults(&configuration, ours);
    faults.iter().map(|fault| format!("the Webhook plugin at {url} {fault}; {again}")).collect()
}
