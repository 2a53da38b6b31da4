//! Does a media server play what it posts nothing of?
//!
//! One that can be asked, and is not listened to, is looked at now and then. What has begun since the
//! look before, though no webhook of it has come since then, was missed: a start would have been posted. A
//! webhook may be on its way, so it has a minute more. Pure: time is a parameter.

use crate::event::{Action, Event, Time};
use std::time::Duration;

/// How often a server is looked at. Most things play for longer.
const EVERY: Duration = Duration::from_secs(30 * 60);
/// How often one is that never posted anything, so often after the start: whoever sets it up tries it out.
const AT_FIRST: (Duration, usize) = (Duration::from_secs(5 * 60), 12);
/// When it is looked first, to know what plays already: not at once, when there is enough to ask.
pub(super) const FIRST: Duration = Duration::from_secs(30);
/// How long a webhook may take.
pub(super) const GRACE: Duration = Duration::from_secs(60);

/// What the looks at one server have shown.
#[derive(Debug)]
pub(super) struct Looks {
    /// Since when it is looked.
    since: Time,
    /// What the last one showed, and when; `None`: nothing is known of what played since then.
    before: Option<(Time, Vec<Playback>)>,
    /// What has begun since then, and no webhook came since this time.
    doubted: Option<(Event, Time)>,
    /// How many were at a server that never posted anything.
    early: usize,
}

/// Who plays what where.
type Playback = (String, String, String);

fn playback(event: &Event) -> Playback {
    (event.user.id.clone(), event.player.id.clone(), event.item.key.clone())
}

impl Looks {
    /// None yet; whoever looks from now on.
    pub(super) fn since(since: Time) -> Self {
        Self { since, before: None, doubted: None, early: 0 }
    }

    /// After how long to look again, where this was the last webhook.
    pub(super) fn pause(&mut self, webhook: Option<Time>) -> Duration {
        let (pause, most) = AT_FIRST;
        if webhook.is_some() || self.early >= most {
            return EVERY;
        }
        self.early += 1;
        pause
    }

    /// This plays now, of all that is wanted, and this was the last webhook. Whether that is to be
    /// [settled](Self::settle) after a [`GRACE`].
    pub(super) fn look(&mut self, playing: Vec<Event>, webhook: Option<Time>, now: Time) -> bool {
        let all = playing.iter().map(playback).collect();
        let (looked, known) = self.before.replace((now, all)).unwrap_or_else(|| {
            let old = playing.iter().filter(|event| !began_within(event, now.since(self.since)));
            (self.since, old.map(playback).collect())
        });
        let new = playing.into_iter().find(|event| !known.contains(&playback(event)));
        self.doubted = new.filter(|_| is_silent(webhook, looked)).map(|event| (event, looked));
        self.doubted.is_some()
    }

    /// What was missed, if no webhook has come by now.
    pub(super) fn settle(&mut self, webhook: Option<Time>) -> Option<Event> {
        let (event, looked) = self.doubted.take()?;
        is_silent(webhook, looked).then_some(event)
    }

    /// The server could not be looked at.
    pub(super) fn forget(&mut self, now: Time) {
        *self = Self { early: self.early, ..Self::since(now) };
    }
}

/// Whether what plays was begun or resumed within this time: else it would be further by now.
fn began_within(event: &Event, time: Duration) -> bool {
    let plays = event.action == Action::Progress { paused: Some(false) };
    plays && event.position_ms.is_some_and(|ms| Duration::from_millis(ms) < time)
}

fn is_silent(webhook: Option<Time>, since: Time) -> bool {
    webhook.is_none_or(|at| at < since)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Item, Player, Source, User};

    const START: Time = Time(1_764_000_000_000);

    fn at(minutes: u64) -> Time {
        START.after(Duration::from_secs(60 * minutes))
    }

    fn plays(items: &[&str]) -> Vec<Event> {
        let one = |item: &&str| Event {
            source: Source::Jellyfin,
            action: Action::Progress { paused: None },
            server: "attic".into(),
            user: User { id: "mara".into(), ..User::default() },
            player: Player { id: "tv".into(), name: String::new() },
            library: None,
            item: Item { key: (*item).into(), title: (*item).into(), ..Item::default() },
            position_ms: None,
            is_guess: false,
        };
        items.iter().map(one).collect()
    }

    fn missed(event: Option<Event>) -> Option<String> {
        event.map(|event| event.item.title)
    }

    #[test]
    fn what_begins_between_two_looks_without_a_webhook_was_missed() {
        let mut looks = Looks::since(START);
        assert!(!looks.look(plays(&["A"]), None, at(0)), "it may have begun long ago");
        assert!(!looks.look(plays(&["A"]), None, at(30)), "it goes on");
        assert!(looks.look(plays(&["A", "B"]), None, at(60)));
        assert_eq!(missed(looks.settle(None)), Some("B".to_owned()));
        assert_eq!(missed(looks.settle(None)), None, "once");
        assert!(!looks.look(plays(&["A", "B"]), None, at(91)), "that is known");
    }

    #[test]
    fn a_webhook_of_the_time_between_two_looks_is_proof_enough_that_they_come() {
        for (webhook, expected) in [
            (Some(at(0)), false),
            (Some(at(20)), false),
            (Some(at(30)), false),
            (Some(START.before(Duration::from_secs(1))), true),
        ] {
            let mut looks = Looks::since(START);
            looks.look(Vec::new(), webhook, at(0));
            assert_eq!(looks.look(plays(&["A"]), webhook, at(30)), expected, "{webhook:?}");
        }
        let mut late = Looks::since(START);
        late.look(Vec::new(), None, at(0));
        assert!(late.look(plays(&["A"]), None, at(30)));
        assert_eq!(missed(late.settle(Some(at(30)))), None, "it was on its way");
    }

    #[test]
    fn after_a_look_that_failed_nothing_is_known_to_be_new() {
        let mut looks = Looks::since(START);
        looks.look(Vec::new(), None, at(0));
        looks.forget(at(30));
        assert!(!looks.look(plays(&["A"]), None, at(60)));
        assert_eq!(missed(looks.settle(None)), None);
    }

    #[test]
    fn the_first_look_knows_what_was_begun_since_the_start_by_where_it_stands() {
        for (paused, minute, expected) in [
            (Some(false), Some(3), true),
            (Some(false), Some(5), false),
            (Some(true), Some(3), false),
            (None, Some(3), false),
            (Some(false), None, false),
        ] {
            let mut playing = plays(&["A"]);
            playing[0].action = Action::Progress { paused };
            playing[0].position_ms = minute.map(|minute: u64| minute * 60_000);
            let mut looks = Looks::since(START);
            assert_eq!(looks.look(playing, None, at(5)), expected, "{paused:?} at {minute:?}");
        }
    }

    #[test]
    fn who_never_posted_is_looked_at_sooner_in_the_first_hour() {
        let (soon, most) = AT_FIRST;
        let mut looks = Looks::since(START);
        assert_eq!(looks.pause(Some(START)), EVERY);
        for _ in 0..most {
            assert_eq!(looks.pause(None), soon);
            looks.forget(START); // one that is not reached is not asked more often for that
        }
        assert_eq!(looks.pause(None), EVERY);
    }
}
