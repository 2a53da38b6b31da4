//! Files with several episodes: rule 14.
//!
//! The file's progress runs through its episodes in equal shares. What a server says of the file
//! is told to the other rules as what it means for each episode, as if each were a file of its
//! own; so that nothing else in the engine knows of such files.

use super::super::Decision;
use super::super::rules::Ruling;
use super::super::session::{Phase, Seat, Session, ms};
use super::Draft;
use crate::event::{Action, Episode, Event, Ids, Item, Kind, Percent, Source, Time};
use std::time::Duration;

/// A file with several episodes, as an event describes it.
struct File<'a> {
    event: &'a Event,
    episode: &'a Episode,
    first: u32,
    /// How many episodes it holds; at least 2.
    count: u32,
    /// Each one's share of the runtime in milliseconds, where that is known; never 0.
    share: Option<u64>,
}

/// Where a player is in a file.
struct Place<'s> {
    /// In which of its episodes, counted from 0.
    index: u32,
    session: &'s Session,
}

impl Draft<'_> {
    /// Takes an event for one account, also one of a file with several episodes.
    pub(super) fn playback(
        &mut self,
        account: &str,
        event: &Event,
        now: Time,
        decision: &mut Decision,
    ) -> Option<Ruling> {
        let Some(file) = File::of(event) else {
            return self.playback_of_one(account, event, now, decision);
        };
        let events = match event.action {
            Action::Rate(_) => vec![file.event_of(0, event.action, event.position_ms)],
            Action::Mark { .. } | Action::Unmark => {
                (0..file.count).map(|index| file.event_of(index, event.action, None)).collect()
            }
            Action::Start
            | Action::Resume
            | Action::Pause
            | Action::Progress { .. }
            | Action::Stop { .. }
            | Action::Completed => self.split(account, &file, now),
        };
        let rulings = events
            .iter()
            .filter_map(|event| self.playback_of_one(account, event, now, decision))
            .collect::<Vec<_>>();
        // What is told counts for more than what is not, and the last episode for more than the
        // first.
        rulings.into_iter().max_by_key(|ruling| ruling.outcome)
    }

    fn split(&self, account: &str, file: &File<'_>, now: Time) -> Vec<Event> {
        let event = file.event;
        let place = self.place(account, file);
        let Some(share) = file.share else {
            let stops = matches!(event.action, Action::Stop { .. });
            // Jellyfin calls every stop of a file without a runtime completed.
            let is_hearsay = stops && event.source == Source::Jellyfin;
            if event.action.completes() && !is_hearsay {
                return file.completed(0, stops);
            }
            return vec![file.event_of(0, event.action, event.position_ms)];
        };
        let expected = place.as_ref().and_then(|place| place.projected(share, file.count, now));
        let said = file.position(place.as_ref(), share, expected, now);
        let completed = event.action.completes();
        if completed && !file.is_groundless(place.as_ref(), share, said, now) {
            let from = place.map_or(0, |place| place.index);
            return file.completed(from, matches!(event.action, Action::Stop { .. }));
        }
        let action = if completed { Action::Stop { completed: false } } else { event.action };
        let Some(at) = said.or(expected) else {
            return vec![file.event_of(place.map_or(0, |place| place.index), action, None)];
        };
        let target = file.index_of(at, share);
        let mut events = Vec::new();
        if let Some(place) = place.filter(|place| place.session.is_open()) {
            let seeks = matches!(action, Action::Start | Action::Resume | Action::Progress { .. })
                && expected.is_some_and(|expected| {
                    expected.abs_diff(at) >= share * u64::from(file.count) / 20
                });
            if place.index < target && !seeks {
                for index in place.index..target {
                    events.push(file.event_of(index, Action::Completed, Some(share)));
                    let stop = Action::Stop { completed: false };
                    events.push(file.event_of(index, stop, Some(share)));
                }
            } else if place.index != target {
                let start = u64::from(place.index) * share;
                let left = expected.map(|at| at.clamp(start, start + share) - start);
                let stop = Action::Stop { completed: false };
                events.push(file.event_of(place.index, stop, left));
            }
        }
        let own = at.saturating_sub(u64::from(target) * share);
        events.push(file.event_of(target, action, Some(own)));
        events
    }

    /// Where the event's player was last in the file.
    fn place(&self, account: &str, file: &File<'_>) -> Option<Place<'_>> {
        let seat = Seat::of(file.event);
        let places = (0..file.count).filter_map(|index| {
            let one = file.event_of(index, file.event.action, None);
            let id = self.state.find(account, &one.item, Some(&one.server))?;
            let sessions = &self.state.viewings.get(&id)?.sessions;
            let session = sessions.iter().find(|session| session.seat == seat)?;
            Some(Place { index, session })
        });
        places.max_by_key(|place| (place.session.is_open(), place.session.pulse.sign))
    }
}

impl<'a> File<'a> {
    fn of(event: &'a Event) -> Option<Self> {
        let Kind::Episode(episode) = &event.item.kind else { return None };
        let (first, last) = episode.number.zip(episode.last)?;
        let count = last.checked_sub(first)?.checked_add(1).filter(|count| *count > 1)?;
        let share = event.item.runtime_ms.map(|runtime| runtime / u64::from(count));
        Some(Self { event, episode, first, count, share: share.filter(|share| *share > 0) })
    }

    /// The event as one of its episodes would have it. The payload's ids and title are the first
    /// episode's; the others are named by show and number.
    fn event_of(&self, index: u32, action: Action, position_ms: Option<u64>) -> Event {
        let Event { item, .. } = self.event;
        let kind = Kind::Episode(Episode {
            number: Some(self.first + index),
            last: None,
            ..self.episode.clone()
        });
        let item = if index == 0 {
            Item { kind, runtime_ms: self.share, ..item.clone() }
        } else {
            Item {
                kind,
                key: format!("{}#{}", item.key, index + 1),
                ids: Ids::default(),
                title: String::new(),
                aired: None,
                runtime_ms: self.share,
                ..item.clone()
            }
        };
        Event { action, item, position_ms, ..self.event.clone() }
    }

    /// All from one episode on are completed, and have stopped if the file has.
    fn completed(&self, from: u32, stops: bool) -> Vec<Event> {
        (from..self.count)
            .flat_map(|index| {
                let stop = Action::Stop { completed: false };
                let stop = stops.then(|| self.event_of(index, stop, self.share));
                [Some(self.event_of(index, Action::Completed, self.share)), stop]
            })
            .flatten()
            .collect()
    }

    fn index_of(&self, position_ms: u64, share: u64) -> u32 {
        let index = u32::try_from(position_ms / share).unwrap_or(u32::MAX);
        index.min(self.count - 1)
    }

    /// The event's own position in the file, where it can be believed: rules 3 and 9, which can't
    /// be judged an episode at a time.
    fn position(
        &self,
        place: Option<&Place<'_>>,
        share: u64,
        expected: Option<u64>,
        now: Time,
    ) -> Option<u64> {
        let position = self.event.position_ms?;
        let begins = matches!(self.event.action, Action::Start | Action::Resume);
        let Some(place) = place else { return Some(position) };
        if position == 0 && !begins && now.since(place.session.opened) > Duration::from_secs(60) {
            return None;
        }
        if matches!(self.event.action, Action::Stop { completed: false })
            && self.jumps_to_the_end(place, share, position)
            && let Some((at, when)) = place.reported(share)
            && position - at > ms(place.session.played_since(when, now)).saturating_mul(2)
        {
            return expected;
        }
        Some(position)
    }

    fn jumps_to_the_end(&self, place: &Place<'_>, share: u64, position: u64) -> bool {
        let whole = share * u64::from(self.count);
        position >= whole / 100 * 98
            && place.reported(share).is_some_and(|(at, _)| at < whole / 100 * 80)
    }

    /// Rules 4 and 9: whether a completed stop is one for want of a position only, or a jump.
    fn is_groundless(
        &self,
        place: Option<&Place<'_>>,
        share: u64,
        said: Option<u64>,
        now: Time,
    ) -> bool {
        let Some(place) = place else { return false };
        if self.event.source == Source::Plex || self.event.action == Action::Completed {
            return false;
        }
        if self.event.source == Source::Jellyfin
            && let Some(position) = said
            && let Some((_, when)) = place.reported(share)
            && now.since(when) < Duration::from_secs(30)
            && self.jumps_to_the_end(place, share, position)
        {
            return true;
        }
        let without_position = self.event.position_ms.unwrap_or(0) == 0;
        let start = place.session.start.and_then(|start| Some((start.at, start.position?)));
        without_position
            && start.is_some_and(|(at, position)| {
                let began = place.in_file(position, share);
                let remaining = (share * u64::from(self.count)).saturating_sub(began);
                let away = ms(place.session.paused_for);
                ms(place.session.played_since(at, now)).saturating_sub(away) < remaining / 2
            })
    }
}

impl Place<'_> {
    /// A position in its episode as one in the file, in milliseconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a float turned into an integer saturates; a share is far below 2^53 ms"
    )]
    fn in_file(&self, own: Percent, share: u64) -> u64 {
        u64::from(self.index) * share + (share as f64 * own.value() / 100.0).round() as u64
    }

    fn reported(&self, share: u64) -> Option<(u64, Time)> {
        let (position, at) = self.session.pulse.reported?;
        Some((self.in_file(position, share), at))
    }

    /// Where playback of the file should stand now; it goes on into the next episode.
    /// `None` when more than one and a half runtimes have gone by since it was last known.
    fn projected(&self, share: u64, count: u32, now: Time) -> Option<u64> {
        let pulse = &self.session.pulse;
        let anchor = self.in_file(pulse.anchor, share);
        match self.session.phase {
            Phase::Paused(_) | Phase::Stopped(_) => Some(anchor),
            Phase::Playing => {
                let gone = ms(now.since(pulse.anchored));
                let whole = share.saturating_mul(u64::from(count));
                (gone <= whole.saturating_add(whole / 2)).then(|| anchor.saturating_add(gone))
            }
        }
    }
}
