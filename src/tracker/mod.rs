//! How is it said?
//!
//! A tracker is where plays go. Each has a folder that knows its words and nothing of the rest, and
//! is one [`Tracker`]. A courier reads here how a tracker differs from the others: it names none
//! and compares no path. Turning an intent into a [`Call`] and an answer into a [`CallOutcome`] is pure;
//! a call goes out by the tracker's [`Wire`].
//!
//! Not here: when a call is made, whether it is made again, and what becomes of the intent
//! (`courier`).

pub mod all;
mod call;
mod found;
mod login;
pub mod mdblist;
mod memory;
mod oauth;
mod ruling;
pub mod simkl;
mod titled;
pub mod trakt;
mod wire;

pub use call::{Call, Effect, Timing};
pub use found::{Added, Found, Lookup, Named, Play, Plays, Taken, Type};
pub use login::{DeviceCode, LoginError, Poll, Refresh};
pub use ruling::{CallOutcome, Hurdle};

use crate::delivery::{AccountState, NoApp, TokenPair};
use crate::event::{Item, Source, Time};
use crate::http::{Answer, Reply};
use crate::intent::Intent;
use crate::pace::Limit;
use std::sync::Arc;
use std::time::Duration;

/// Makes a call in the name of whose login is given, or in nobody's.
pub type Wire = Arc<dyn Fn(&Call, Option<&TokenPair>) -> Reply + Send + Sync>;

/// Asks a question in somebody's name.
pub type Ask<'a> = dyn FnMut(&Call) -> Reply + 'a;

/// What a tracker is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// Where it is kept and typed: `trakt`.
    pub name: &'static str,
    /// In sentences: `Trakt`.
    pub title: &'static str,
}

/// How a tracker differs from the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traits {
    /// What it is called.
    pub names: Names,
    /// How it is asked whether it has a play, before one is added.
    pub looks: Looks,
    /// How often something may be changed in one user's name.
    pub changes: Limit,
    /// How often something may be asked in one user's name, all questions together.
    pub questions: Limit,
    /// Whether a user plays one thing at a time there, so that a start ends the one before it.
    pub one_at_a_time: bool,
    /// Whether it may make a play of a start that nobody ends; else that ends by itself.
    pub makes_plays_of_starts: bool,
    /// Whether it tells how long an item is.
    pub tells_runtimes: bool,
    /// So many of a day's calls, where there are only so many, are kept for what must not be lost.
    pub kept_in_hand: u32,
}

/// How a tracker is asked whether it has a play, before one is added. The first two take the same play
/// twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// By what the item was found to be there.
    ByNumber,
    /// By the item's own names, before it is told by any. Two plays of the same time are one there: what
    /// may have been taken is told again with its time, and what is not answered holds back no play.
    ByName,
    /// Not at all: the same play again changes nothing.
    Never,
}

/// A tracker in the use of one account. What it was asked it may remember.
pub trait Tracker: Send {
    /// How it differs from the others.
    fn traits(&self) -> &Traits;

    /// The way to it.
    fn line(&self) -> Wire;

    /// Where its API and its logins are.
    fn urls(&self) -> Vec<&str>;

    // How is it said? Pure.

    /// What `item` is there, as far as the item says it itself.
    fn known(&self, item: &Item) -> Option<Found>;

    /// Why there is no way to tell `intent`, in a sentence; `None` where there is one, if its item
    /// is known there.
    fn unsayable(&self, intent: &Intent, timing: Timing) -> Option<String>;

    /// Why this tracker has no use for `intent`, in a sentence: nothing is lost if it is not told.
    fn needless(&self, _intent: &Intent) -> Option<String> {
        None
    }

    /// What it has no use for at all, or no words, each in a few words for people: `ratings`.
    fn takes_no(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// The call that tells `intent` before its item was looked for, by the `nth` of the names that it
    /// has itself: the tracker finds out what that is, and its answer says what it was taken for. By
    /// the next one where it knows nothing of the last name. `show` as in [`find`](Self::find).
    fn call_by_name(
        &self,
        _intent: &Intent,
        _timing: Timing,
        _show: Option<u64>,
        _nth: usize,
    ) -> Option<Call> {
        None
    }

    /// One call that tells all these marks by names that their items have themselves, each beside the
    /// number of its show there; `None` where one has none.
    fn marks_by_name(&self, _marks: &[(&Intent, Option<u64>)]) -> Option<Call> {
        None
    }

    /// The call that tells `intent` of what its item was found to be, by the `nth` of the names that it
    /// then has. `None` where there is no such name, or no word for that.
    fn call(&self, intent: &Intent, timing: Timing, found: &Found, nth: usize) -> Option<Call>;

    /// One call that adds all of these to the history, each at its own time.
    fn add_all(&self, plays: &[(Found, Time)]) -> Call;

    /// Ends the playing of what a first call was taken for and is not meant.
    fn end(&self, _found: &Found) -> Option<Call> {
        None
    }

    /// Takes a movie off the watchlist, by what it was found to be where it was looked up; `None` where
    /// that is not wanted.
    fn unlist(&self, _item: &Item, _found: Option<&Found>) -> Option<Call> {
        None
    }

    /// What is asked and sent to tell `intent`, a line each, for people.
    ///
    /// # Errors
    /// Why there is no way to tell it, in a sentence.
    fn plan(&self, intent: &Intent, timing: Timing) -> Result<Vec<String>, String>;

    // What does an answer mean? Pure.

    /// What in a reply concerns the account rather than the call.
    fn hurdle(&self, reply: &Reply) -> Option<Hurdle>;

    /// What a reply to a call that changes something means.
    fn judge(&self, call: &Call, reply: &Reply) -> CallOutcome;

    /// Why a question is refused, in a sentence, where no hurdle is the reason.
    fn why_refused(&self, answer: &Answer) -> String {
        format!("{} refuses a look-up ({})", self.traits().names.title, answer.status)
    }

    /// Whether a call that got this reply may have been obeyed all the same.
    fn may_have_obeyed(&self, call: &Call, reply: &Reply) -> bool;

    /// What the answer to a scrobble of `item` tells of what was taken; `show` as in
    /// [`find`](Self::find).
    fn taken(&self, item: &Item, show: Option<u64>, answer: &Answer) -> Taken;

    /// What became of `plays` that were added together.
    fn added(&self, plays: &[(Found, Time)], answer: &Answer) -> Added;

    // What does it have? The error of a question is the reply that was no answer to it.

    /// Finds out what `item` is there. `show` is the number of its show there, as far as another of
    /// its episodes has told it. `now` is steady time.
    ///
    /// # Errors
    /// The reply that was no answer.
    fn find(
        &mut self,
        ask: &mut Ask<'_>,
        item: &Item,
        show: Option<u64>,
        now: Duration,
    ) -> Result<Lookup, Reply>;

    /// What came of looking `item` up before, if that still holds.
    fn recall(&self, _item: &Item, _now: Duration) -> Option<Lookup> {
        None
    }

    /// It does not know the number any more by which it knew `item`: that goes, and the item is
    /// looked up anew.
    fn forget(&mut self, _item: &mut Item) {}

    /// Everything that was not found is looked up anew.
    fn forget_misses(&mut self) {}

    /// The user's plays of `item`, where it need not be looked for to ask that; `show` as in
    /// [`find`](Self::find), the rest as in [`plays`](Self::plays).
    ///
    /// # Errors
    /// The reply that was no answer.
    fn plays_by_name(
        &self,
        _ask: &mut Ask<'_>,
        _item: &Item,
        _show: Option<u64>,
        _since: Option<Time>,
    ) -> Result<Option<Plays>, Reply> {
        Ok(None)
    }

    /// The user's plays of `item`, which was found to be `found`, newest first: those since `since` and
    /// perhaps some before; the latest of all where that is `None`.
    ///
    /// # Errors
    /// The reply that was no answer.
    fn plays(
        &self,
        ask: &mut Ask<'_>,
        item: &Item,
        found: &Found,
        since: Option<Time>,
    ) -> Result<Plays, Reply>;

    /// The calls that take the stored position of `item` away, where it need not be looked for to tell
    /// that; `show` as in [`find`](Self::find).
    ///
    /// # Errors
    /// The reply that was no answer.
    fn forgetting_by_name(
        &self,
        _ask: &mut Ask<'_>,
        _item: &Item,
        _show: Option<u64>,
    ) -> Result<Option<Vec<Call>>, Reply> {
        Ok(None)
    }

    /// The calls that take the stored position of `found` away; none where there is no position.
    ///
    /// # Errors
    /// The reply that was no answer.
    fn forgetting(&self, _ask: &mut Ask<'_>, _found: &Found) -> Result<Vec<Call>, Reply> {
        Ok(Vec::new())
    }

    /// How long an item is there, in milliseconds; `None` where that is not known.
    ///
    /// # Errors
    /// The reply that was no answer.
    fn runtime(&self, _ask: &mut Ask<'_>, _found: &Found) -> Result<Option<u64>, Reply> {
        Ok(None)
    }

    /// When the user gets new calls, where each answer tells how many of a day's are left
    /// ([`Answer::left`]); `None` where there is no such limit.
    fn new_calls(&self, _now: Time) -> Option<Time> {
        None
    }

    /// The name of the user in whose name is asked.
    ///
    /// # Errors
    /// The reply that held no name.
    fn user_name(&self, ask: &mut Ask<'_>) -> Result<String, Reply>;

    /// Whether that question counts there as if it changed something.
    fn asks_for_user_as_a_change(&self) -> bool {
        false
    }

    /// That plays of a kind of media server may be there twice, since the tracker takes them from
    /// the media server itself, in a sentence; `None` where it does not, or does not say.
    fn own_sync(&self, _ask: &mut Ask<'_>, _source: Source) -> Option<String> {
        None
    }

    // In whose name?

    /// That there is no app in whose name anybody could log in, with the mend.
    fn lacks_app(&self) -> Option<NoApp> {
        None
    }

    /// Where a user makes a key that is a login of its own, which needs no app; `None` where there are no
    /// such keys.
    fn key_page(&self) -> Option<&'static str> {
        None
    }

    /// Asks for a code to log in with.
    ///
    /// # Errors
    /// When there is none to be had, with the mend.
    fn device_code(&self) -> Result<DeviceCode, LoginError>;

    /// Asks whether the code was typed.
    fn poll(&self, code: &DeviceCode, now: Time) -> Poll;

    /// Trades a refresh token for a new pair. Never two at a time.
    fn refresh(&self, pair: &TokenPair, now: Time) -> Refresh;

    /// Gives a login back.
    ///
    /// # Errors
    /// In one line, when that was not confirmed, with what the user can do there. It then ends by
    /// itself.
    fn revoke(&self, pair: &TokenPair) -> Result<(), String>;
}

/// As whom the tracker knows the user whose login this is, or how the account is else.
///
/// # Errors
/// How the account is, of which the tracker does not tell a name.
pub fn user_of(tracker: &dyn Tracker, login: &TokenPair) -> Result<String, AccountState> {
    let line = tracker.line();
    tracker.user_name(&mut |call| line(call, Some(login))).map_err(|reply| {
        match tracker.hurdle(&reply) {
            Some(Hurdle::Unauthorised) => AccountState::LoginNeeded,
            Some(Hurdle::Refused(refusal)) => AccountState::Refused(refusal),
            // Whose calls are counted, they know.
            Some(Hurdle::UsedUp(_)) => AccountState::Connected { user: None },
            Some(Hurdle::TooFast(_) | Hurdle::Locked(_) | Hurdle::Unreachable { .. }) | None => {
                AccountState::Unreachable
            }
        }
    })
}
