//! How does an Emby come to tell us of plays?
//!
//! An administrator signs in once, or gives a key. A key of our own is made, and with it a notification
//! (Emby's word for what posts webhooks) that posts to us: Types → Configured → Defaults → Test → POST →
//! read again. Only Premiere sends notifications, and nothing says whether it is there but the test. So it
//! comes before anything is written: what would never post is not left there, and one of ours from before
//! that does not arrive any more is removed. Without it the server is listened to.
//!
//! ```text
//!  mod ─┬ server     which Emby it is
//!       ├ sign_in ─── key ──────┐
//!       ├ register ┬─ hook ─────┼ notification   JSON ↔ what a notification of ours is; pure
//!       └ look ────┘  people    └ api            a call with a token, and why it failed
//! ```
//!
//! Not here: Emby Connect, which only helps those who linked an account to it.

mod api;
mod hook;
mod key;
mod look;
mod notification;
mod people;
mod register;
mod server;
mod sign_in;

use super::around::Around;
use super::connection::{Connection, counts_until};
use super::order::Order;
use super::talk::{Ended, Talk};
use crate::event::Source;
use api::{Api, Fault};
use hook::Wish;
use notification::Marks;
use people::{administrators, users};
use register::{Became, Registering};

pub(super) use look::look;
pub(super) use server::find;

/// Signs in, registers the webhook or has the server listened to, and reads who is there.
pub(super) fn connect(talk: &Talk, around: &Around, order: &Order) -> Result<Connection, Ended> {
    sign_in::check(&order.sign_in)?;
    let server = find(Some(talk), around, order)?;
    talk.say(format!("Emby {} ({}) answers at {}", server.title, server.version, server.url))?;
    let before = around.connection(Source::Emby, &server.id, &server.title);
    let mut connection = Connection {
        title: server.title,
        version: server.version,
        url: server.url,
        trust: server.trust,
        ..before.clone()
    };
    let visitor = sign_in::let_in(around, &order.sign_in, &connection)?;
    // Before anything is made there.
    let address = match around.webhook(talk, Source::Emby, &connection.url) {
        Ok(address) => address,
        Err(ended) => {
            visitor.leave(&connection);
            return Err(ended);
        }
    };
    let first = visitor.stay(talk, around, &mut connection)?;
    around.keep(&connection)?;
    let api = Api::new(&connection, &connection.token);
    if before.key_is_ours && before.token != connection.token {
        let _ = key::remove(&api, &before.token); // it may be gone already
    }
    let users = users(&api).map_err(Fault::ended)?;
    connection.people = people::people(&users);
    let registering = Registering {
        talk,
        around,
        api: &api,
        administrators: &administrators(&users, &first),
        marks: &Marks::of(around, &connection, address.as_deref()),
        id: &server.id,
    };
    (connection.hear, connection.hook) = match registering.register(address.as_deref())? {
        Became::Posts(hook) => (false, Some(hook)),
        Became::Untested(hook) => (connection.hear, Some(hook)),
        Became::Not(why) => {
            talk.say(format!("{why}; so scrobbled listens to Emby itself, without a webhook"))?;
            (true, None)
        }
    };
    around.keep(&connection)?;
    Ok(connection)
}

/// Takes away at the server what is ours there; says what was done, a sentence each.
pub(super) fn take_back(around: &Around, connection: &Connection) -> Result<Vec<String>, String> {
    let api = Api::new(connection, &connection.token);
    let name = around.our_name();
    let left = |fault: Fault| {
        let key = if connection.key_is_ours { " and the API key" } else { "" };
        format!(
            "{fault}; so what is there of scrobbled stays: remove the notification{key} “{name}” in \
             Emby's settings"
        )
    };
    let users = match users(&api) {
        Err(Fault::Refused) => return Ok(key_gone(connection)),
        users => users.map_err(left)?,
    };
    let administrators = administrators(&users, "");
    let marks = Marks::of(around, connection, None);
    let ours = match hook::ours(&api, &administrators, &marks) {
        Err(Fault::Status(404, _)) if connection.hook.is_none() => Vec::new(), // an old Emby
        found => found.map_err(left)?,
    };
    let mut done = Vec::new();
    for one in &ours {
        hook::remove(&api, one).map_err(left)?;
        let name = notification::text(&one.entry, "FriendlyName");
        done.push(format!("the notification “{name}” is removed from Emby"));
    }
    if connection.key_is_ours {
        key::remove(&api, &connection.token).map_err(left)?;
        done.push(format!("the API key “{name}” is removed from Emby"));
    }
    Ok(done)
}

/// That nothing can be taken back, since the key that is kept has ended.
fn key_gone(connection: &Connection) -> Vec<String> {
    let notification = connection.hook.as_ref().map(|hook| {
        format!(
            "Emby does not accept our key any more, so our notification can't be removed from here; if one \
             that posts to {} is still there (your user's menu > Notifications), remove it: {}",
            hook.address,
            counts_until(Source::Emby)
        )
    });
    let key = "the API key by which Emby was asked had ended already".to_owned();
    notification.into_iter().chain([key]).collect()
}

/// Puts our notification as it is now in the place of the one that was registered.
pub(super) fn renew(around: &Around, connection: &Connection) -> Result<Connection, String> {
    let Some(address) = around.hook_today(connection) else { return Ok(connection.clone()) };
    let api = Api::new(connection, &connection.token);
    let administrators = administrators(&users(&api)?, "");
    let gone = || {
        let name = around.our_name();
        let url = &connection.url;
        format!(
            "the notification “{name}” is gone from Emby; run `scrobbled connect emby {url} --user NAME`, \
             or connect it again on the page"
        )
    };
    let first = administrators.first().ok_or_else(gone)?;
    let told = hook::told(&api, first)?.ok_or_else(gone)?;
    let marks = Marks::of(around, connection, Some(&address));
    let ours = hook::ours(&api, &administrators, &marks)?;
    if ours.is_empty() {
        return Err(gone());
    }
    let wish = Wish { marks: &marks, address: &address, events: &told.known };
    let draft = hook::draft(&api, first, &ours, &wish)?;
    let hook = hook::put(&api, &administrators, &ours, &draft, &wish)?;
    Ok(Connection { hook: Some(hook), ..connection.clone() })
}

#[cfg(test)]
mod tests;
