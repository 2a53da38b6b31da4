//! Whom and what does Plex name?

use crate::event::{Player, User};
use crate::webhook::dto::plain_id;
use crate::webhook::object::object;
use crate::webhook::scalar::Scalar;

object! {
    struct Account<'a> {
        id: Scalar<'a> = "id",
        uuid: Scalar<'a> = "uuid",
        thumb: Scalar<'a> = "thumb",
        title: Scalar<'a> = "title",
    }
}

object! {
    /// A server or a player.
    struct Device<'a> {
        /// Sessions have the second.
        id: Scalar<'a> = "uuid" | "machineIdentifier",
        title: Scalar<'a> = "title",
        /// Only of the player of a session.
        state: Scalar<'a> = "state",
    }
}

impl Device<'_> {
    pub(super) fn player(&self) -> Player {
        Player { id: self.id.text(), name: self.title.text() }
    }
}

impl Account<'_> {
    /// Plex counts its accounts, Jellyfin's have UUIDs.
    pub(super) fn is_jellyfins(&self) -> bool {
        plain_id(&self.id).len() == 32
    }

    pub(super) fn user(&self) -> User {
        let avatars = || {
            let path = self.thumb.as_str().split_once("/users/")?.1;
            let uuid = path.split_once("/avatar")?.0;
            (!uuid.is_empty() && uuid.bytes().all(|b| b.is_ascii_hexdigit())).then_some(uuid)
        };
        let uuid = match self.uuid.text() {
            uuid if uuid.is_empty() => avatars().unwrap_or_default().to_owned(),
            uuid => uuid,
        };
        let (id, name) = (plain_id(&self.id), self.title.text());
        // No account has number 0: it stands for who is not signed in.
        let is_nobodys = id == "0" && name.is_empty();
        User { id: if is_nobodys { String::new() } else { id }, uuid, name }
    }
}
