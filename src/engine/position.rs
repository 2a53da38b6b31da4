//! Where does playback stand? Rules 3, 4, 8 and 9 of docs/rules.md.
//!
//! Servers report positions that are missing, reset to 0, behind or at the very end for no
//! reason. The functions here see through that; each is pure and looks at one event and its
//! session.

use super::session::{Phase, Session, ms, remaining};
use crate::event::{Action, Event, Percent, Source, Time};
use std::time::Duration;

/// Jellyfin stops what has not checked in for so long (jellyfin/jellyfin#17631).
const PLAYER_IS_GONE: Duration = Duration::from_secs(5 * 60);
/// Rule 9: what a player plays within this time of another item's stop follows upon it.
const IN_A_ROW: Duration = Duration::from_secs(60);
/// Rule 9: what was heard within this time can't be far from the end by now.
const JUST_NOW: Duration = Duration::from_secs(30);
/// Rule 10: what is said again within this time is a repetition.
const REPEATED: Duration = Duration::from_secs(15);
/// How far two tellings of one position may lie apart.
const MOMENT: Duration = Duration::from_secs(2);

/// How sure we are of a position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Position {
    /// The event gave it.
    Reported(Percent),
    /// The event's own made no sense, or it had none; this one follows from what came before.
    Projected(Percent),
    /// Nothing to go by.
    Unknown,
}

impl Position {
    /// The number, whatever its origin.
    pub(super) fn known(self) -> Option<Percent> {
        match self {
            Self::Reported(position) | Self::Projected(position) => Some(position),
            Self::Unknown => None,
        }
    }
}

/// Rule 7: a reported position this many points from the projected one is a seek.
const SEEK: f64 = 5.0;

/// Whether a position is so far from the expected one that somebody moved it.
pub(super) fn is_seek(expected: Percent, at: Percent) -> bool {
    (at.value() - expected.value()).abs() >= SEEK
}

/// The event's own position in percent, if it has one that can be believed (rule 3).
pub(super) fn reported(
    event: &Event,
    session: Option<&Session>,
    runtime_ms: Option<u64>,
    now: Time,
) -> Option<Percent> {
    let position_ms = event.position_ms?;
    // Where a player never says where it is, its server counts from the beginning.
    if is_guess(event) && session.is_some_and(Session::has_no_word) {
        return None;
    }
    if position_ms > 0 {
        return Percent::of(position_ms, runtime_ms?);
    }
    let may_be_a_reset = match event.action {
        Action::Start | Action::Resume => false,
        Action::Pause | Action::Progress { .. } | Action::Stop { .. } | Action::Completed => true,
        Action::Rate(_) | Action::Mark { .. } | Action::Unmark | Action::Played { .. } => {
            return None;
        }
    };
    // Players reset before they report: jellyfin/jellyfin-mpv-shim#170.
    let long_since_its_start = session.is_some_and(|session| {
        let is_over = session.projected(runtime_ms, now).is_some_and(is_the_end);
        is_over || now.since(session.opened) > Duration::from_secs(60)
    });
    (!(may_be_a_reset && long_since_its_start)).then_some(Percent::ZERO)
}

/// What the event's own position is worth: only the player's word is a measure for what comes
/// later, and not what the server counts on by itself.
pub(super) fn worth(event: &Event, position: Percent) -> Position {
    if is_guess(event) { Position::Projected(position) } else { Position::Reported(position) }
}

fn is_guess(event: &Event) -> bool {
    event.is_guess && matches!(event.action, Action::Progress { .. })
}

/// Rules 3 and 21: whether a stop is nobody's: its player was gone before.
pub(super) fn is_of_no_player(event: &Event, session: &Session, now: Time) -> bool {
    event.is_guess || is_the_servers(event, session, now)
}

/// Rule 3: whether a stop is the server's, which has heard nothing of its player for minutes and
/// counted on by itself. Where the player was then nobody knows but by its last word.
fn is_the_servers(event: &Event, session: &Session, now: Time) -> bool {
    if session.died && event.source != Source::Plex {
        return true; // that was heard, and the server ends it some minutes later
    }
    let Some((_, word)) = session.pulse.reported else { return false };
    let Some((Action::Progress { .. }, Some(guess), at)) = session.pulse.last else { return false };
    let counted_on = guess.saturating_add(ms(now.since(at).saturating_add(MOMENT)));
    event.source == Source::Jellyfin
        && session.phase == Phase::Playing
        && is_word_on_the_way(session, word)
        && now.since(word) >= PLAYER_IS_GONE
        // What only repeats the player's last word is no guess.
        && at > word.after(REPEATED)
        && event.position_ms.is_some_and(|at| at > 0 && (guess..=counted_on).contains(&at))
}

/// Rule 9: whether a stop bears the end of what its player had before, as some do that have gone
/// on to the next item or begun the same anew. `another` is where and when another one stopped, in
/// milliseconds. Nothing contradicts a stop whose start was missed.
pub(super) fn is_the_end_before(
    event: &Event,
    session: &Session,
    runtime_ms: Option<u64>,
    watched_at: Percent,
    another: Option<(u64, Time)>,
    now: Time,
) -> bool {
    let (Some(position_ms), Some(runtime)) = (event.position_ms, runtime_ms) else { return false };
    let Some(position) = Percent::of(position_ms, runtime) else { return false };
    let Some((last, since)) = session.last_known() else { return false };
    let way = remaining(runtime, last).saturating_sub(remaining(runtime, position));
    // The resume from a pause may have been lost.
    let played = now.since(since);
    let unexplained = way.saturating_sub(played.saturating_mul(2));
    let is_jump = ms(unexplained).saturating_mul(100) >= runtime.saturating_mul(5);
    // Near its end who has watched for a while may skip the rest.
    let is_doubtful = is_far_from_the_end(last) || now.since(session.opened) < JUST_NOW;
    let in_a_row = |end: &(u64, Time)| end.1.after(IN_A_ROW) >= session.opened;
    let another = another.filter(in_a_row);
    let same = session
        .start
        .and_then(|start| start.after)
        .map(|(stood, at)| (runtime.saturating_sub(ms(remaining(runtime, stood))), at));
    let same = same.filter(in_a_row);
    if !(is_jump && is_doubtful) || another.or(same).is_none() {
        return false;
    }
    let just_heard = is_word_on_the_way(session, since) && now.since(since) < JUST_NOW;
    let is_contradicted = event.source == Source::Jellyfin
        && (position >= watched_at && is_far_from_the_end(last))
        && (just_heard || event.action == Action::Stop { completed: false });
    let bears = |(stood, _): (u64, Time), beside: Duration| {
        // Of an item that is longer, the end of this one is told.
        position_ms.abs_diff(stood.min(runtime)) <= ms(beside)
    };
    // The stop of the same may come late, and then lies before where that one was projected, or
    // beyond it, where a resume of that one came late.
    let is_late = |stood| bears(stood, IN_A_ROW) && position >= watched_at;
    another.into_iter().chain(same).any(|end| bears(end, MOMENT))
        || same.is_some_and(is_late)
        || is_contradicted
}

/// Where a pause or a plain stop leaves playback.
pub(super) fn of_pause_or_stop(
    event: &Event,
    session: Option<&Session>,
    runtime_ms: Option<u64>,
    regress_tolerance: Percent,
    now: Time,
) -> Position {
    let projected = session.and_then(|session| session.projected(runtime_ms, now));
    let Some(position) = reported(event, session, runtime_ms, now) else {
        return projected.map_or(Position::Unknown, Position::Projected);
    };
    let worth = worth(event, position);
    if worth != Position::Reported(position) {
        return worth;
    }
    let Some((session, (last, at))) = session.and_then(|s| Some((s, s.pulse.reported?))) else {
        return worth;
    };
    let stops = matches!(event.action, Action::Stop { .. });
    if stops && is_the_servers(event, session, now) {
        return Position::Projected(last);
    }
    if position.value() < last.value() - regress_tolerance.value() {
        return Position::Projected(last); // rule 8: a glitch
    }
    if stops && jumped_to_the_end(position, last) {
        let played = session.played_since(at, now).saturating_sub(session.paused_for);
        let played = played.saturating_mul(2);
        let explained = runtime_ms.is_some_and(|runtime| remaining(runtime, last) <= played);
        if !explained {
            return projected.map_or(Position::Unknown, Position::Projected); // rule 9
        }
    }
    Position::Reported(position)
}

/// Whether what a session last reported `at` came after its start. A start says where a player
/// wants to begin, which it may leave at once.
fn is_word_on_the_way(session: &Session, at: Time) -> bool {
    session.start.is_none_or(|start| at > start.at)
}

/// Rule 9: the end, reported by a player that was nowhere near it.
fn jumped_to_the_end(position: Percent, last: Percent) -> bool {
    is_the_end(position) && is_far_from_the_end(last)
}

/// Whether a player that stood there can't have meant the end when it quit.
fn is_far_from_the_end(last: Percent) -> bool {
    last < Percent::whole(80)
}

fn is_the_end(position: Percent) -> bool {
    position >= Percent::whole(98)
}

/// Rule 4: below this runtime Jellyfin calls every stop past 5 % completed.
const ALWAYS_COMPLETED_MS: u64 = 300_000;

/// What a completed event is to be taken for (rule 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Completion {
    /// A play.
    Believed,
    /// A stop like any other: the server calls it complete for want of a position.
    MereStop,
    /// Nothing: without a runtime the server calls everything complete, and nobody knows it.
    Groundless,
}

/// Whether a completed event is one.
pub(super) fn completion(
    event: &Event,
    session: Option<&Session>,
    runtime_ms: Option<u64>,
    now: Time,
) -> Completion {
    let stops = matches!(event.action, Action::Stop { .. });
    if event.source == Source::Plex || !stops {
        return Completion::Believed;
    }
    if event.item.runtime_ms.is_none() {
        return match runtime_ms {
            Some(_) => Completion::MereStop,
            None => Completion::Groundless,
        };
    }
    let reported = reported(event, session, runtime_ms, now);
    let is_short = runtime_ms.is_some_and(|runtime| runtime < ALWAYS_COMPLETED_MS);
    if event.source == Source::Jellyfin && is_short && reported.is_some_and(|at| at.value() > 0.0) {
        return Completion::MereStop;
    }
    let Some(session) = session else { return Completion::Believed };
    if is_the_servers(event, session, now) {
        return Completion::MereStop;
    }
    if let Some(position) = reported
        && let Some((last, at)) = session.pulse.reported
        && is_word_on_the_way(session, at)
        && now.since(at) < JUST_NOW
        && jumped_to_the_end(position, last)
    {
        return Completion::MereStop; // rule 9
    }
    // A player that gives no position makes the server say "completed":
    // edde746/plezy#965, jellyfin/jellyfin-kodi#1173, jellyfin/Swiftfin#1885.
    let without_position = event.position_ms.unwrap_or(0) == 0;
    if without_position && let Some(runtime) = runtime_ms {
        let unheard = (Percent::ZERO, session.opened); // only a guess was
        let (position, at) = session.last_known().unwrap_or(unheard);
        let played = session.played_since(at, now).saturating_sub(session.paused_for);
        if played < remaining(runtime, position) / 2 {
            return Completion::MereStop;
        }
    }
    Completion::Believed
}

impl Session {
    /// Rule 21: whether its player is gone, as far as anybody knows: what its server takes for watched
    /// since then proves nothing.
    pub(super) fn is_dead(&self) -> bool {
        let counts_on = match (self.pulse.last, self.pulse.reported) {
            (Some((Action::Progress { .. }, Some(_), guess)), Some((_, word))) => {
                guess.since(word) >= PLAYER_IS_GONE
            }
            _ => false,
        };
        let is_guessed = self.phase == Phase::Playing && self.seat.source() == Source::Jellyfin;
        self.died || (is_guessed && counts_on)
    }

    /// Whether its player has said of no place but the beginning that it is there.
    fn has_no_word(&self) -> bool {
        let said = self.pulse.reported.map(|(at, _)| at);
        let started = self.start.and_then(|start| start.position);
        said.into_iter().chain(started).all(|at| at == Percent::ZERO)
    }

    /// The last reported position and when that was; else its start, at an unknown position at
    /// the beginning.
    fn last_known(&self) -> Option<(Percent, Time)> {
        let start = || self.start.map(|start| (start.position.unwrap_or_default(), start.at));
        self.pulse.reported.or_else(start)
    }
}
