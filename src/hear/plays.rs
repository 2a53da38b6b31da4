//! What follows from one list of sessions after another?
//!
//! Jellyfin and Emby are asked again and again what plays ([`Sessions`]); what has changed since the
//! last answer is told as the [`Event`]s that a webhook would have brought. Pure: time is a parameter.
//!
//! What counts is what the player says. Between two of its reports the server counts on by itself,
//! also when the player is gone, and ends it after five to ten minutes at a position that it has made
//! up. So at Jellyfin a position is that of the player's last report: what the server has counted on
//! since is taken off. Who has not reported for five minutes has stopped there. Emby does not say when
//! a player reported; but it keeps, for each person, where to go on, and writes that only when a player
//! reports ([`Plays::kept`]). If that has moved in this play and then stands still for five minutes, the
//! player is gone.
//!
//! A play is gone when it is missing in two answers, or its session has something else. Of one that is
//! begun anew between two answers nobody can tell that from a jump to the beginning.
//!
//! Not here: who asks, and when (`polls`); what an event means (`engine`).

mod ended;
mod kept;
mod sight;

use crate::event::{Action, Event, Item, Player, Source, Time, User};
use crate::webhook::{Playing, Sessions};
use kept::{Kept, NEARLY_SILENT, SILENT};
use sight::{Sight, is_one, sights};
use std::time::Duration;

/// In how many answers a play is missing that is over.
const MISSING: u8 = 2;
/// A position so far from where it should be was moved by somebody.
const MOVED_MS: u64 = 30_000;
/// How often a paused player is told of that has nothing to say but that it is there.
const PAUSED_SIGN: Duration = Duration::from_secs(5 * 60);
/// Where Emby has not moved a position for so long that it moved before, its player may be gone.
const DOUBT: Duration = Duration::from_secs(90);
/// What comes back within this time, and not before where it was, goes on: its server was restarted,
/// or its player was out of reach.
const COMES_BACK: Duration = Duration::from_secs(15 * 60);

/// What plays at one media server, as far as is known.
#[derive(Debug)]
pub(super) struct Plays {
    source: Source,
    known: Vec<Play>,
    /// When the last answer came, in steady time; `None` before the first, in which everything may
    /// have begun long ago.
    answered: Option<Duration>,
}

/// When an answer came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// In steady time.
    pub(super) steady: Duration,
    /// By the server's clock (its `Date`), where it says so.
    pub(super) there: Option<Time>,
}

/// What one person watches at one player.
#[derive(Debug)]
struct Play {
    /// The server's id of the session; empty where the play was taken over from an earlier start.
    session: String,
    who: User,
    player: Player,
    item: Item,
    server: String,
    phase: Phase,
    /// Where the player last said that it is, in milliseconds.
    at: Option<u64>,
    /// When that came, in steady time.
    came: Duration,
    /// When the player reported it, by the server's clock.
    checked_in: Option<Time>,
    /// An answer at which that report was not there yet: it is younger than that.
    before: Option<Duration>,
    /// In how many answers in a row it was missing.
    missing: u8,
    /// For how long its player had said nothing when it was listed last.
    quiet: Duration,
    kept: Option<Kept>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Playing,
    Paused,
    /// It is still listed, and its player is gone.
    Silent,
    /// It is not listed any more, since then in steady time.
    Gone(Duration),
}

impl Plays {
    /// Nothing is known yet.
    pub(super) fn new(source: Source) -> Self {
        Self { source, known: Vec::new(), answered: None }
    }

    /// Forgets what others than these people watch.
    pub(super) fn keep(&mut self, is_meant: impl Fn(&User) -> bool) {
        self.known.retain(|play| is_meant(&play.who));
    }

    /// Takes over what has been open since before this start; each event has the position that was
    /// reported last. What is not listed any more ends there. What is a guess has ended, and its player is
    /// gone, though it may still be listed.
    pub(super) fn take_over(&mut self, open: &[Event], steady: Duration) {
        let plays = open.iter().cloned().map(|event| Play {
            session: String::new(),
            who: event.user,
            player: event.player,
            item: event.item,
            server: event.server,
            phase: if event.is_guess { Phase::Silent } else { Phase::Playing },
            at: event.position_ms,
            came: steady,
            checked_in: None,
            before: None,
            missing: 0,
            quiet: Duration::ZERO,
            kept: None,
        });
        self.known.extend(plays);
    }

    /// Whether anything plays that is not paused: the server is to be asked again soon.
    pub(super) fn is_moving(&self) -> bool {
        self.known.iter().any(|play| play.phase == Phase::Playing || play.is_missing())
    }

    /// Who plays what at Emby, to look after where they would go on: a person's id and an item's key.
    pub(super) fn to_look_after(&self) -> Vec<(String, String)> {
        if self.source != Source::Emby {
            return Vec::new(); // its answers say when a player reported
        }
        let is_one = |play: &&Play| {
            matches!(play.phase, Phase::Playing | Phase::Silent) && !play.who.id.is_empty()
        };
        let plays = self.known.iter().filter(is_one);
        plays.map(|play| (play.who.id.clone(), play.item.key.clone())).collect()
    }

    /// Where Emby would let a person go on with an item, in milliseconds.
    pub(super) fn kept(&mut self, user: &str, item: &str, at: u64, steady: Duration) {
        let is_it = |play: &&mut Play| play.who.id == user && play.item.key == item;
        for play in self.known.iter_mut().filter(is_it) {
            play.kept = Some(Kept::after(play.kept, at, steady));
        }
    }

    /// What has happened since the answer before. `server` is the server's own id, for sessions that
    /// do not say it.
    pub(super) fn hear(&mut self, server: &str, sessions: &Sessions, moment: Moment) -> Vec<Event> {
        // What the answer itself has seen is no later than it.
        let moment = Moment { there: moment.there.max(sessions.latest), ..moment };
        let sights: Vec<Sight> = sessions.playing.iter().flat_map(sights).collect();
        let mut events = self.miss(&sights, moment);
        for sight in &sights {
            if let Some(play) = self.known.iter_mut().find(|play| play.is(sight)) {
                events.extend(play.go_on(self.source, sight, moment, self.answered));
            } else {
                events.extend(self.begin(server, sight, moment));
            }
        }
        let is_over = |play: &Play| match play.phase {
            Phase::Gone(since) => moment.steady.saturating_sub(since) > COMES_BACK,
            Phase::Playing | Phase::Paused | Phase::Silent => false,
        };
        self.known.retain(|play| !is_over(play));
        self.answered = Some(moment.steady);
        events
    }

    /// What is not there any more.
    fn miss(&mut self, sights: &[Sight], moment: Moment) -> Vec<Event> {
        let mut events = Vec::new();
        for play in self.known.iter_mut().filter(|play| !matches!(play.phase, Phase::Gone(_))) {
            if sights.iter().any(|sight| play.is(sight)) {
                play.missing = 0;
                continue;
            }
            if play.session.is_empty() && sights.iter().any(|sight| play.may_be(sight)) {
                play.phase = Phase::Gone(moment.steady); // it is known by another name there
                continue;
            }
            play.missing += 1;
            let went_on = sights.iter().any(|sight| play.sits_at(sight));
            if play.missing >= MISSING || went_on {
                if play.phase != Phase::Silent {
                    let is_dead = play.phase == Phase::Playing && play.quiet >= NEARLY_SILENT;
                    events.push(play.stop(self.source, is_dead));
                }
                play.phase = Phase::Gone(moment.steady);
            }
        }
        events
    }

    /// What was not there before.
    fn begin(&mut self, server: &str, sight: &Sight, moment: Moment) -> Vec<Event> {
        let entry = sight.entry;
        let mut play = Play {
            session: entry.session.clone(),
            who: sight.who.clone(),
            player: entry.player.clone(),
            item: sight.item.clone(),
            server: if entry.server.is_empty() { server.to_owned() } else { entry.server.clone() },
            phase: if entry.paused { Phase::Paused } else { Phase::Playing },
            at: None,
            came: moment.steady,
            checked_in: entry.checked_in,
            before: self.answered,
            missing: 0,
            quiet: Duration::ZERO,
            kept: None,
        };
        play.at = play.said(entry, moment);
        let told = if !entry.paused && play.age(moment).is_some_and(|age| age >= SILENT) {
            play.phase = Phase::Silent; // nobody sits there, whatever the server says
            Vec::new()
        } else if self.answered.is_none() {
            vec![play.event(self.source, Action::Progress { paused: Some(entry.paused) })]
        } else {
            let pause = entry.paused.then(|| play.event(self.source, Action::Pause));
            [play.event(self.source, Action::Start)].into_iter().chain(pause).collect()
        };
        self.known.push(play);
        told
    }
}

impl Play {
    fn is(&self, sight: &Sight) -> bool {
        self.sits_at(sight) && self.item.key == sight.item.key
    }

    /// Whether it is this person at this player, whatever is watched there.
    fn sits_at(&self, sight: &Sight) -> bool {
        let Sight { who, entry, .. } = sight;
        is_one((&self.who.id, &self.who.name), (&who.id, &who.name))
            && is_one((&self.player.id, &self.player.name), (&entry.player.id, &entry.player.name))
            && (self.session.is_empty() || self.session == entry.session)
    }

    /// Whether this person watches this there, whatever the player is called.
    fn may_be(&self, sight: &Sight) -> bool {
        self.item.key == sight.item.key
            && is_one((&self.who.id, &self.who.name), (&sight.who.id, &sight.who.name))
    }

    fn is_missing(&self) -> bool {
        self.missing > 0 && !matches!(self.phase, Phase::Gone(_))
    }

    /// How old the player's last report is, at most. Both clocks may be wrong: the one in the answer
    /// may be a proxy's, and of our own we only know when we asked.
    fn age(&self, moment: Moment) -> Option<Duration> {
        let said = moment.there.zip(self.checked_in).map(|(there, at)| there.since(at));
        let seen = self.before.map(|before| moment.steady.saturating_sub(before));
        match (said, seen) {
            (Some(said), Some(seen)) => Some(said.min(seen)),
            (Some(said), None) => Some(said),
            (None, _) => None, // Emby does not say when
        }
    }

    /// Where the player said that it is: what the server has counted on since is taken off.
    fn said(&self, entry: &Playing, moment: Moment) -> Option<u64> {
        let counted = if entry.paused { None } else { self.age(moment) };
        let counted = u64::try_from(counted.unwrap_or_default().as_millis()).unwrap_or(u64::MAX);
        entry.position_ms.map(|at| at.saturating_sub(counted))
    }

    /// It is still there.
    fn go_on(
        &mut self,
        source: Source,
        sight: &Sight,
        moment: Moment,
        answered: Option<Duration>,
    ) -> Option<Event> {
        let entry = sight.entry;
        let was = self.phase;
        let is_first = self.session.is_empty(); // it is an earlier start's
        self.session.clone_from(&entry.session);
        self.missing = 0;
        let before = std::mem::replace(&mut self.checked_in, entry.checked_in);
        let is_news = entry.checked_in.is_none() || entry.checked_in != before || is_first;
        if is_news {
            self.before = answered;
        }
        if let (Phase::Gone(_), Some(kept)) = (was, &mut self.kept) {
            kept.is_new_since(moment.steady); // nobody has looked meanwhile
        }
        if is_first && !entry.paused {
            self.kept = self.kept.map(|kept| kept.taken_over(self.at, entry.position_ms));
        }
        let still = self.stands_still().max(self.age(moment));
        self.quiet = still.filter(|_| !entry.paused).unwrap_or_default();
        if self.quiet >= SILENT {
            let is_new = matches!(was, Phase::Playing | Phase::Paused);
            self.phase = Phase::Silent;
            return is_new.then(|| self.stop(source, true));
        }
        if entry.paused && was == Phase::Paused && !is_first {
            return self.sits_paused(source, entry, moment);
        }
        if !is_news && entry.paused == (was == Phase::Paused) || self.is_doubtful() {
            return None;
        }
        let at = self.said(entry, moment);
        let between = entry.checked_in.zip(before).map(|(now, then)| now.since(then));
        let elapsed = between.unwrap_or_else(|| moment.steady.saturating_sub(self.came));
        let expected = self.at.map(|at| at.saturating_add(ms(elapsed)));
        let has_jumped =
            expected.zip(at).is_some_and(|(expected, at)| expected.abs_diff(at) > MOVED_MS);
        let goes_back = self.at.zip(at).is_some_and(|(was, at)| at + MOVED_MS < was);
        (self.at, self.came) = (at.or(self.at), moment.steady);
        self.phase = if entry.paused { Phase::Paused } else { Phase::Playing };
        let action = match (was, entry.paused) {
            _ if is_first => Action::Progress { paused: Some(entry.paused) },
            (Phase::Gone(_), _) if goes_back => Action::Start,
            (Phase::Playing, true) => Action::Pause,
            (Phase::Playing, false) if !has_jumped => Action::Progress { paused: Some(false) },
            (Phase::Gone(_) | Phase::Silent | Phase::Paused, true) => {
                Action::Progress { paused: Some(true) }
            }
            (Phase::Gone(_) | Phase::Silent | Phase::Paused | Phase::Playing, false) => {
                if let Some(kept) = &mut self.kept {
                    kept.is_new_since(moment.steady); // it stood still while it was paused
                }
                Action::Resume
            }
        };
        Some(self.event(source, action))
    }

    /// Whether the player may be gone: its position is not told any further.
    fn is_doubtful(&self) -> bool {
        self.stands_still().is_some_and(|still| still >= DOUBT)
    }

    /// For how long Emby has kept the same position, where it is known to move it.
    fn stands_still(&self) -> Option<Duration> {
        self.kept.filter(|_| self.phase != Phase::Paused)?.still()
    }

    /// It is paused still. Now and then that is a sign of life; a place that was changed always is.
    fn sits_paused(&mut self, source: Source, entry: &Playing, moment: Moment) -> Option<Event> {
        let at = entry.position_ms;
        let is_moved = at.zip(self.at).is_some_and(|(at, was)| at.abs_diff(was) > MOVED_MS);
        let is_due = moment.steady.saturating_sub(self.came) >= PAUSED_SIGN;
        self.at = at.or(self.at);
        if !is_moved && !is_due {
            return None;
        }
        self.came = moment.steady;
        Some(self.event(source, Action::Progress { paused: Some(true) }))
    }

    /// It has ended, where its player last said that it was, or is dead since then.
    fn stop(&mut self, source: Source, is_dead: bool) -> Event {
        if self.is_doubtful() {
            self.at = self.kept.map(|kept| kept.at);
        }
        let stop = self.event(source, Action::Stop { completed: false });
        Event { is_guess: is_dead, ..stop }
    }

    fn event(&self, source: Source, action: Action) -> Event {
        Event {
            source,
            action,
            server: self.server.clone(),
            user: self.who.clone(),
            player: self.player.clone(),
            library: None,
            item: self.item.clone(),
            position_ms: self.at,
            is_guess: false,
        }
    }
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
