//! How is a Jellyfin connected? Somebody signs in; an administrator gets a key that lasts, and our destination
//! into the Webhook plugin. Where there is no plugin, and to anybody else, the server is listened to.
//!
//! Shapes and names are those of Jellyfin 10.8.13 to 12.0-rc5 and of its Webhook plugin (their sources).
//! Whatever was done when it breaks off is found again and not done twice: the key by its name, our
//! destination by its address.
//!
//! Not here: what the plugin posts (`webhook`), how a server is listened to (`hear`).

mod api;
mod destination;
mod found;
mod hook;
mod login;
mod look;
mod plugin;
#[cfg(test)]
mod tests;

pub(super) use found::find;
pub(super) use look::look;

use super::address::bare;
use super::around::Around;
use super::connection::{Connection, Hook, counts_until};
use super::order::Order;
use super::talk::{Ended, Talk};
use crate::event::Source;
use destination::Ours;
use found::Found;
use hook::Told;

/// Where destinations are shown to people.
const IN: &str = " (Dashboard > Plugins > Webhook)";

/// Signs in, registers our webhook or has the server listened to, and reads who is there.
pub(super) fn connect(talk: &Talk, around: &Around, order: &Order) -> Result<Connection, Ended> {
    let found = find(around, order)?;
    let Found { url, id, title, version, trust } = &found;
    talk.say(format!("Jellyfin {version} (`{title}`) answers at {url}"))?;
    let mut connection = around.connection(Source::Jellyfin, id, title);
    (connection.url, connection.title) = (url.clone(), title.clone());
    connection.version.clone_from(version);
    connection.trust.clone_from(trust);
    login::sign_in(talk, around, (&found, &order.sign_in), &mut connection)?;
    connection.people = login::people(&connection)?;
    let reason = match &connection.only {
        Some(only) => Some(alone(&only.name, &found)),
        None => post_to_us(talk, around, (order, &found), &mut connection)?,
    };
    connection.hear = reason.is_some();
    if let Some(reason) = reason {
        talk.say(reason)?;
        talk.say(
            "Jellyfin is listened to instead: that needs no webhook, and tells no marks by hand",
        )?;
    }
    around.keep(&connection)?;
    Ok(connection)
}

/// That only this person is heard, and what is missing.
fn alone(name: &str, found: &Found) -> String {
    // The activity log is for administrators.
    let missed = if found.is_from(12, 0) {
        "; what is missed can't be caught up with, since Jellyfin 12 proves no play without its log"
    } else {
        " and caught up with"
    };
    format!(
        "{name} is no administrator, so only what {name} watches is heard{missed}; connect again as an \
         administrator to have everybody"
    )
}

/// Registers our webhook; why not, where it can't be.
fn post_to_us(
    talk: &Talk,
    around: &Around,
    (order, found): (&Order, &Found),
    connection: &mut Connection,
) -> Result<Option<String>, Ended> {
    let (before, name) = (connection.clone(), around.our_name());
    let api = login::kept(&before);
    // Before anything is installed or restarted for it.
    let Some(address) = around.webhook(talk, Source::Jellyfin, &found.url)? else {
        let is_there = api.get(plugin::CONFIGURATION)?.status != 404;
        if let Some(address) = hook::before(&before).filter(|_| is_there) {
            hook::remove(&api, Ours { name: &name, address, before: None })?;
        }
        connection.hook = None;
        return Ok(Some("no webhook is registered, as you wished".to_owned()));
    };
    if let Err(why) = plugin::ready(talk, &api, order, found)? {
        connection.hook = None;
        return Ok(Some(why));
    }
    let ours = Ours { name: &name, address: &address, before: hook::before(&before) };
    // It is kept first: what is written there and not known here would stay there.
    connection.hook = Some(Hook { address: bare(&address), id: String::new() });
    around.keep(connection)?;
    match hook::register(&api, ours)? {
        Told::All => talk.say(format!("the Webhook plugin posts to {}", bare(&address)))?,
        Told::NoMarks => talk.say(format!(
            "the Webhook plugin posts to {}; it is too old to tell what is marked by hand: update it \
             (Dashboard > Plugins), and connect again",
            bare(&address)
        ))?,
    }
    Ok(None)
}

/// Takes our destination and our key away at the server; says what was done.
pub(super) fn take_back(around: &Around, connection: &Connection) -> Result<Vec<String>, String> {
    let left = |why: String| {
        let hook = hook::before(connection).filter(|_| connection.only.is_none());
        let destination =
            hook.map(|address| format!("the destination that posts to {address}{IN}"));
        let is_key = connection.key_is_ours && connection.only.is_none();
        let key = is_key.then(|| format!("the key `{}` (Dashboard > API Keys)", around.our_name()));
        let all: Vec<String> = [destination, key].into_iter().flatten().collect();
        if all.is_empty() { why } else { format!("{why}; there is still {}", all.join(" and ")) }
    };
    taken_back(around, connection).map_err(left)
}

fn taken_back(around: &Around, connection: &Connection) -> Result<Vec<String>, String> {
    let (api, name) = (login::kept(connection), around.our_name());
    let is_key_gone = api.get("/System/Info")?.status == 401;
    let mut done = Vec::new();
    match hook::before(connection) {
        None => {}
        Some(address) if is_key_gone => done.push(format!(
            "{} does not accept our key any more, so our destination can't be taken out from here; if one \
             that posts to {address} is still there{IN}, remove it: {}",
            api.url,
            counts_until(Source::Jellyfin)
        )),
        Some(_) if connection.only.is_some() => done.push(format!(
            "our destination stays in the Webhook plugin at {}: only an administrator can take it out",
            api.url
        )),
        Some(address) => {
            let ours = Ours { name: &name, address, before: None };
            let is_there = api.get(plugin::CONFIGURATION)?.status != 404;
            if is_there && hook::remove(&api, ours)? {
                let url = api.url;
                done.push(format!("our destination is taken out of the Webhook plugin at {url}"));
            }
        }
    }
    let still_open = || format!("{} does not end the session by which it was connected", api.url);
    if !login::ended(connection, &connection.account_token) {
        return Err(still_open());
    }
    if is_key_gone {
        let what = if connection.only.is_some() { "session" } else { "key" };
        done.push(format!("the {what} by which {} was asked had ended already", api.url));
    } else if connection.key_is_ours && connection.only.is_some() {
        if !login::ended(connection, &connection.token) {
            return Err(still_open());
        }
        done.push(format!("the session at {} is ended", api.url));
    } else if connection.key_is_ours {
        let key = crate::http::encoded(connection.token.reveal());
        let answer = api.delete(&format!("/Auth/Keys/{key}"))?;
        api.good(&answer, "the end of our key")?;
        done.push(format!("the key `{name}` at {} is taken back", api.url));
    }
    Ok(done)
}

/// Puts our webhook as it is now into the place of the one that was registered.
pub(super) fn renew(around: &Around, connection: &Connection) -> Result<Connection, String> {
    let mut connection = connection.clone();
    let Some(address) = around.hook_today(&connection) else { return Ok(connection) };
    let before = connection.clone();
    let name = around.our_name();
    let ours = Ours { name: &name, address: &address, before: hook::before(&before) };
    hook::register(&login::kept(&before), ours)?;
    connection.hook = Some(Hook { address: bare(&address), id: String::new() });
    Ok(connection)
}
