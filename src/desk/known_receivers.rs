//! Which receivers are there at a start, and which of them are off?
//!
//! Each has a thread from the start to the end: it needs no login. One that has said that it is gone for
//! good is off until its settings change.

use super::couriers::Couriers;
use super::known_shows::Shows;
use crate::config::{Receiver, ReceiverFormat, Settings};
use crate::delivery::ReceiverState;
use crate::receiver::{HeldPosts, raw::Forwards, wants};
use crate::secret::Secret;
use crate::store::Store;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

/// The receivers, as the desk knows them.
#[derive(Default)]
pub(crate) struct Receivers {
    /// How each is, by its name.
    pub(super) states: BTreeMap<String, ReceiverState>,
    /// How much has fallen out of each queue since the start.
    pub(super) dropped: BTreeMap<String, u64>,
    /// Where raw webhooks are passed on.
    pub(super) forwards: Forwards,
    /// Those of which it is not known yet whether a filter refuses them.
    pub(super) held: HeldPosts,
    /// When they were told of trouble in the last hour, by accounts; in steady time.
    pub(super) troubles: BTreeMap<String, Vec<Duration>>,
    /// The ids of shows, which only receivers are told.
    pub(super) shows: Shows,
}

/// Starts a thread for each receiver, and has what they are told queued for them.
///
/// # Errors
/// When the store can't be read or written, or there is no thread to be had.
pub(crate) fn open_receivers(
    settings: &Settings,
    store: &mut Store,
    couriers: &Couriers,
    forwards: Forwards,
) -> Result<Receivers, String> {
    let all = settings.receivers.clone();
    store.set_recipients(move |intent| {
        let its = all.iter().filter(|receiver| wants(receiver, intent));
        its.map(|receiver| receiver.name.clone()).collect()
    });
    let mut states = BTreeMap::new();
    let off = store.receivers_off().map_err(|error| error.to_string())?;
    for receiver in &settings.receivers {
        let is_off = off.get(&receiver.name) == Some(&fingerprint(receiver));
        if !is_off && off.contains_key(&receiver.name) && couriers.deliver() {
            store.turn_on(&receiver.name).map_err(|error| error.to_string())?;
        }
        let state = if is_off { ReceiverState::Off } else { ReceiverState::Starting };
        states.insert(receiver.name.clone(), state);
        couriers.start_receiver(receiver, is_off, &forwards)?;
    }
    Ok(Receivers { states, forwards, ..Receivers::default() })
}

/// What stands for the settings of a receiver: another one has others. No setting can be read from it.
pub(super) fn fingerprint(receiver: &Receiver) -> String {
    let Receiver { url, format, secret, authorization, body, content_type, .. } = receiver;
    let [secret, authorization, body] = [secret, authorization, body].map(Secret::reveal);
    let format = match format {
        ReceiverFormat::Event => "event",
        ReceiverFormat::Template => "template",
        ReceiverFormat::Raw => "raw",
    };
    let mut hash = Sha256::new();
    for part in [url.as_str(), format, secret, authorization, body, content_type.as_str()] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    STANDARD_NO_PAD.encode(hash.finalize())
}
