//! How do a media server and we come to know each other?
//!
//! A conversation ([`Talk`]) runs on one thread: it says what happens, shows codes, asks, and leaves
//! behind a [`Connection`], which is kept as soon as losing it would leave something of ours at the
//! server. Who listens is the command line or the page, through `control`. What differs between the kinds
//! of media servers is in a folder for each, with four functions ([`Kind`]).
//!
//! A kind's code uses the files beside this one (`talk`, `around` …), never this one: it stands above
//! them.
//!
//! Not here: where a connection is kept (`store`, by way of `desk`), what makes it count (`config`).

mod address;
mod around;
mod call;
mod clocks;
mod connection;
mod emby;
mod jellyfin;
mod order;
mod people;
mod plex;
mod talk;
mod typed;

pub use address::{Base, Place, base, host_name, is_contained, own_address, same_address};
pub use around::{Around, Effects, Keep, LastWebhook, TokenOf};
pub use connection::{Connection, Hook, Person};
pub use order::{Order, SignIn};
pub use people::{account_lines, entry, lines_in, shown};
pub use talk::{Code, End, Ended, Listener, Question, Talk, View, begin};

use crate::event::Source;

/// What is done at the media servers of one kind.
struct Kind {
    /// Signs in, registers the webhook or has the server listened to, and reads who is there.
    connect: fn(&Talk, &Around, &Order) -> Result<Connection, Ended>,
    /// Takes away at the server what is ours there; says what was done, a sentence each.
    take_back: fn(&Around, &Connection) -> Result<Vec<String>, String>,
    /// Puts our webhook as it is now in the place of the one that we registered before.
    renew: fn(&Around, &Connection) -> Result<Connection, String>,
    /// What is wrong, each in a sentence with the command that mends it.
    look: fn(&Around, &Connection) -> Vec<String>,
}

/// What is done at a kind.
fn kind(of: Source) -> Kind {
    match of {
        Source::Plex => Kind {
            connect: plex::connect,
            take_back: plex::take_back,
            renew: plex::renew,
            look: plex::look,
        },
        Source::Emby => Kind {
            connect: emby::connect,
            take_back: emby::take_back,
            renew: emby::renew,
            look: emby::look,
        },
        Source::Jellyfin => Kind {
            connect: jellyfin::connect,
            take_back: jellyfin::take_back,
            renew: jellyfin::renew,
            look: jellyfin::look,
        },
    }
}

/// Whether a media server can be meant by what somebody typed as its address.
///
/// # Errors
/// When it can be none, with what one looks like.
pub fn check_address(typed: &str) -> Result<(), String> {
    typed::may_be_meant(typed).map(drop)
}

/// Looks for the server that is ordered, and does nothing more. Plex' are looked for at plex.tv.
///
/// # Errors
/// When there is no such server at that address, in a sentence with the mend.
pub fn find(around: &Around, order: &Order) -> Result<(), Ended> {
    match order.kind {
        Source::Plex => Ok(()),
        Source::Jellyfin => jellyfin::find(around, order).map(drop).map_err(Ended::from),
        Source::Emby => emby::find(None, around, order).map(drop),
    }
}

/// Leads through a connection, from the first word to the kept end.
///
/// # Errors
/// When the person leaves or does not answer, or it can't be done.
pub fn connect(talk: &Talk, around: &Around, order: &Order) -> Result<Connection, Ended> {
    (kind(order.kind).connect)(talk, around, order)
}

/// Takes away at the server what is ours there, and only that; says what was done, a sentence each.
///
/// # Errors
/// When the server can't be reached or refuses; the sentence says what is left there.
pub fn take_back(around: &Around, connection: &Connection) -> Result<Vec<String>, String> {
    (kind(connection.kind).take_back)(around, connection)
}

/// Puts our webhook as it is now in the place of the one that was registered. The answer is what to keep.
///
/// # Errors
/// When the server can't be reached or refuses.
pub fn renew(around: &Around, connection: &Connection) -> Result<Connection, String> {
    (kind(connection.kind).renew)(around, connection)
}

/// What is wrong with a connection, each in a sentence with the command that mends it.
#[must_use]
pub fn look(around: &Around, connection: &Connection) -> Vec<String> {
    (kind(connection.kind).look)(around, connection)
}
