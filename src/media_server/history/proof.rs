//! Does what Jellyfin or Emby keep of an item prove that it was played to its end?
//!
//! Pure. Both keep one date for an item and a user, that of the last *start*. Until Jellyfin 12 a
//! start takes `Played` back, so that `Played` with a date is a play that ended; from 12 on, and at
//! Emby, `Played` stays during a second viewing, and one that was given up after a minute looks the
//! same. There the activity log has to have a stop late enough after the start. Where that is not late enough
//! for the whole, it may be the rest of what was begun before: of that the log may tell, or who listened
//! ([`Evidence::Rest`]).
//! (Jellyfin's sources, `SessionManager.OnPlaybackStart`, `BaseItem.MarkPlayed`, tags v10.8.13 to
//! v12.0-rc5.)

#[cfg(test)]
mod tests;

use crate::event::{Evidence, Time};
use crate::probe::far;
use std::fmt;
use std::time::Duration;

/// A server's clock and its own log agree to this.
const GRACE: Duration = Duration::from_secs(2 * 60);
/// What lies no further ahead than this may be now: clocks that count as the same differ by up to a minute, and
/// while a run reads one page after the other somebody may see something to its end.
const AHEAD: Duration = Duration::from_secs(5 * 60);
/// What ends within this is over.
const NEARLY_OVER: Duration = Duration::from_secs(5 * 60);
/// Of what is watched to its end in several parts the last one is at least one in so many.
const LEAST_PART: u64 = 10;

/// What a server keeps of an item for a user, by its clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Kept {
    /// Whether it counts as played.
    pub played: bool,
    /// Whether a position is kept: it was begun and not finished.
    pub position: bool,
    /// When its last playback began, or when it was marked.
    pub began: Option<Time>,
    /// How long it is.
    pub runtime_ms: Option<u64>,
}

/// What the activity log says of the user's playback of the item, by the server's clock.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Witness {
    /// The last stop after the start, with its number.
    pub stop: Option<(u64, Time)>,
    /// Whether a playback of the item began with the start.
    pub start: bool,
    /// Whether the log has other playbacks of this user, and goes back to the start: it would have
    /// this one.
    pub is_whole: bool,
    /// The playbacks of before, each from its start to its stop, in their order.
    pub before: Vec<(Time, Time)>,
}

/// Why something that looks like a play is not taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unproven {
    /// No date: it may have been years ago.
    Undated,
    /// It lies in the future: nobody has watched it yet.
    Future,
    /// No runtime: nobody knows when it ended, or whether.
    Endless,
    /// It was begun again and is not finished.
    Unfinished,
    /// It may still be playing.
    Playing,
    /// Nothing shows that the last playback came to its end.
    Unwitnessed,
    /// It was ticked off, and never played.
    Marked,
}

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Undated => "the server does not say when",
            Self::Future => "its time is yet to come",
            Self::Endless => "the server does not say how long it is",
            Self::Unfinished => "begun again and not finished",
            Self::Playing => "it may still be playing",
            Self::Unwitnessed => "the activity log does not show that it was played to its end",
            Self::Marked => "marked as watched, not played",
        })
    }
}

/// When the item was played to its end and what shows it, or why it was not. `outlives_starts` says
/// that `Played` stays when something is begun again.
pub(super) fn proof(
    kept: Kept,
    witness: &Witness,
    outlives_starts: bool,
    now: Time,
) -> Result<(Time, Evidence), Unproven> {
    let Some(began) = kept.began.filter(|began| began.0 > 0) else {
        return Err(Unproven::Undated);
    };
    if is_to_come(began, now) {
        return Err(Unproven::Future);
    }
    if !kept.played || kept.position {
        return Err(Unproven::Unfinished);
    }
    let runtime = kept.runtime_ms.filter(|ms| *ms > 0).ok_or(Unproven::Endless)?;
    let stop = witness.stop.filter(|(_, at)| *at >= began && *at <= now.after(GRACE));
    if outlives_starts {
        let (number, at) = stop.ok_or(Unproven::Unwitnessed)?;
        let (played, far) = (at.since(began), far(runtime));
        let by = if played >= far {
            Evidence::Stop(number)
        } else if played >= Duration::from_millis(runtime / LEAST_PART) {
            let (since, before) =
                unfinished(&witness.before, far).unwrap_or((began, Duration::ZERO));
            let lacks = far.saturating_sub(played).saturating_sub(before);
            let lacks_ms = u64::try_from(lacks.as_millis()).unwrap_or(u64::MAX);
            Evidence::Rest { stop: number, since, lacks_ms }
        } else {
            return Err(Unproven::Unwitnessed);
        };
        return Ok((at.min(now), by));
    }
    if let Some((number, at)) = stop {
        return Ok((at.min(now), Evidence::Stop(number)));
    }
    if witness.is_whole && !witness.start {
        return Err(Unproven::Marked);
    }
    let end = began.after(Duration::from_millis(runtime));
    if end > now.after(NEARLY_OVER) {
        return Err(Unproven::Playing);
    }
    Ok((end.min(now), Evidence::Date))
}

/// Since when something was played that had not come to its end after these playbacks, and for how long in all;
/// `None` where it had. What was played `far` is a viewing of its own.
fn unfinished(playbacks: &[(Time, Time)], far: Duration) -> Option<(Time, Duration)> {
    playbacks.iter().fold(None, |unfinished, (began, ended)| {
        let (since, before) = unfinished.unwrap_or((*began, Duration::ZERO));
        let played = before.saturating_add(ended.since(*began));
        (played < far).then_some((since, played))
    })
}

/// Whether a time lies in the future. What has it was not watched: a clock was wrong, or a time is no time.
pub(super) fn is_to_come(at: Time, now: Time) -> bool {
    at > now.after(AHEAD)
}

/// Whether a line of the log is of the moment in which a playback began.
pub(super) fn is_start(line: Time, began: Time) -> bool {
    line.since(began).max(began.since(line)) <= GRACE
}
