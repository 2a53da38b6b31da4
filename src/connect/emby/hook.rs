//! How is our notification put in, found again and taken out?
//!
//! Each notification belongs to an administrator and is listed with theirs, so each of them is asked.
//! Every call replaces or removes one of ours by its id: nobody else's is ever written.

use super::api::{Api, Fault};
use super::notification::{self, Events, Marks, events, faults, filled, id, text, url};
use crate::connect::address::bare;
use crate::connect::connection::Hook;
use crate::http::encoded;
use serde_json::Value;

/// How many administrators' notifications are looked at.
const MOST_ADMINISTRATORS: usize = 20;

const CONFIGURED: &str = "/Notifications/Services/Configured";

/// A notification of ours, and whose it is there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ours {
    user: String,
    pub(super) entry: Value,
}

/// What a notification of ours is to be.
pub(super) struct Wish<'a> {
    /// How it is called, and by what else it is known.
    pub(super) marks: &'a Marks,
    /// Where it posts, with the token.
    pub(super) address: &'a str,
    /// Of what.
    pub(super) events: &'a [&'static str],
}

/// What can be told; `None` where this Emby has no notifications, or none of playback.
pub(super) fn told(api: &Api, administrator: &str) -> Result<Option<Events>, Fault> {
    match api.get(&format!("/Notifications/Types?UserId={}", encoded(administrator))) {
        Ok(types) => Ok(events(&types)),
        Err(Fault::Status(404, _)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// All of ours, each once.
pub(super) fn ours(
    api: &Api,
    administrators: &[String],
    marks: &Marks,
) -> Result<Vec<Ours>, Fault> {
    let mut found: Vec<Ours> = Vec::new();
    for user in administrators.iter().take(MOST_ADMINISTRATORS) {
        let listed = api.get(&format!("{CONFIGURED}?UserId={}", encoded(user)))?;
        let Some(listed) = listed.as_array() else {
            return Err(Fault::Strange(CONFIGURED.to_owned()));
        };
        for entry in listed.iter().filter(|entry| marks.fit(entry)) {
            if found.iter().all(|one| id(&one.entry) != id(entry)) {
                let of = Some(text(entry, "UserId")).filter(|of| !of.is_empty());
                let user = of.unwrap_or(user).to_owned();
                found.push(Ours { user, entry: entry.clone() });
            }
        }
    }
    Ok(found)
}

/// What is to be written: the first of ours as it is wished, or a new one.
pub(super) fn draft(
    api: &Api,
    administrator: &str,
    ours: &[Ours],
    wish: &Wish<'_>,
) -> Result<Ours, Fault> {
    let Wish { marks, address, events } = wish;
    let of = if let Some(known) = ours.first() {
        known.clone()
    } else {
        let user = encoded(administrator);
        let path = format!(
            "/Notifications/Services/Defaults?UserId={user}&NotifierKey={}",
            notification::MEANS
        );
        Ours { user: administrator.to_owned(), entry: api.get(&path)? }
    };
    Ok(Ours { entry: filled(&of.entry, &marks.name, address, events), ..of })
}

/// Asks Emby to send a test message to where the draft says.
pub(super) fn test(api: &Api, draft: &Ours) -> Result<(), Fault> {
    let user = encoded(&draft.user);
    api.post(&format!("/Notifications/Services/Test?UserId={user}"), Some(&draft.entry))
}

/// Writes the draft unless it stands there so, removes what else is ours, and reads it again.
pub(super) fn put(
    api: &Api,
    administrators: &[String],
    ours: &[Ours],
    draft: &Ours,
    wish: &Wish<'_>,
) -> Result<Hook, Fault> {
    let Wish { marks, address, events } = wish;
    let is_right = |one: &Ours| {
        faults(&one.entry, address, events).is_empty()
            && text(&one.entry, "FriendlyName") == marks.name
    };
    if !ours.first().is_some_and(is_right) {
        let user = encoded(&draft.user);
        api.post(&format!("{CONFIGURED}?UserId={user}"), Some(&draft.entry))?;
    }
    for other in ours.iter().skip(1) {
        remove(api, other)?;
    }
    let written = self::ours(api, administrators, marks)?;
    let written = written.iter().find(|one| is_right(one));
    let hook = |one: &Ours| Hook { address: bare(url(&one.entry)), id: id(&one.entry).to_owned() };
    written.map(hook).ok_or_else(|| Fault::Strange(CONFIGURED.to_owned()))
}

/// Takes one of ours away.
pub(super) fn remove(api: &Api, one: &Ours) -> Result<(), Fault> {
    let (id, user) = (encoded(id(&one.entry)), encoded(&one.user));
    api.delete(&format!("{CONFIGURED}?Id={id}&UserId={user}"))
}
