//! What is a person notified of, and when?
//!
//! Pure: [`Alerts::look`] takes the current figures and returns new notifications. A problem is
//! reported when it begins and when it is resolved, at most once a day, so one that comes and goes
//! is reported once. Growth in parked intents is reported too. What was sent survives a restart
//! ([`Alerts::told`]), so that a restart is no reason to send it again.

use crate::delivery::{AccountState, Destination, FIRST_TRACKER};
use crate::desk::{DestinationFigures, Figures};
use crate::event::Time;
use crate::tracker::all;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The same thing is told at most once in so long.
const QUIET: Duration = Duration::from_secs(24 * 3600);
/// What could be delivered and is not for so long is a trouble.
const STUCK: Duration = Duration::from_secs(3600);

/// A message for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notification {
    /// One of `login`, `refused`, `parked`, `undelivered`, `disk`, `server`, `test`.
    pub(super) kind: &'static str,
    /// Whose, where an account is concerned.
    pub(super) account: Option<String>,
    /// Whether it is over.
    pub(super) over: bool,
    /// What it is and what to do, in a sentence.
    pub(super) text: String,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Wrong {
    Login,
    /// By the name of the refusal.
    Refused(String),
    NotKept,
    Parked,
    Undelivered,
    Disk,
    /// A media server posts nothing of what it plays: what people call it.
    Silent(String),
}

impl Wrong {
    fn kind(&self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Refused(_) => "refused",
            Self::Parked => "parked",
            Self::Undelivered => "undelivered",
            Self::NotKept | Self::Disk => "disk",
            Self::Silent(_) => "server",
        }
    }

    /// What there is to say when it is over, at a tracker with this title.
    fn over(&self, tracker: &str) -> String {
        match self {
            Self::Login => "the account is connected again".to_owned(),
            Self::Refused(_) => format!("{tracker} accepts the account again"),
            Self::NotKept | Self::Disk => "storing works again".to_owned(),
            Self::Parked => "nothing is parked any more".to_owned(),
            Self::Undelivered => "what was waiting is delivered".to_owned(),
            Self::Silent(title) => format!("webhooks of {title} come, or are not missed any more"),
        }
    }
}

/// What was told, each thing once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Alerts(Vec<SentAlert>);

/// A thing that was told, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentAlert {
    account: Option<String>,
    /// Where.
    #[serde(default = "first_tracker")]
    tracker: String,
    wrong: Wrong,
    at: Time,
    /// Whether its end is to be told.
    open: bool,
    /// How many were parked then, or are now if that is fewer; 0 for anything else.
    parked: u64,
}

impl Alerts {
    /// Goes on from what was told before.
    pub(super) fn new(told: Vec<SentAlert>) -> Self {
        Self(told)
    }

    /// What was told, to go on from.
    pub(super) fn told(&self) -> Vec<SentAlert> {
        self.0.clone()
    }

    /// Login and queue of an account move with it: from the tracker that it is logged out of last to
    /// whichever is connected next. What was told of them goes along, and is not told again.
    fn follow(&mut self, figures: &Figures) {
        for told in &mut self.0 {
            let moves = matches!(told.wrong, Wrong::Login | Wrong::Parked);
            let its = |to: &&Destination| Some(&to.account) == told.account.as_ref();
            let mut its = figures.destinations.iter().map(|one| &one.destination).filter(its);
            if let Some(to) = its.next()
                && moves
                && told.of(figures).is_none()
                && (told.tracker.is_empty() || to.tracker.is_empty())
            {
                told.tracker.clone_from(&to.tracker);
            }
        }
        let mut known: Vec<SentAlert> = Vec::new();
        for told in self.0.drain(..) {
            if !known.iter().any(|other| other.is_of(&told)) {
                known.push(told);
            }
        }
        self.0 = known;
    }

    /// What is new, now that things are like this.
    pub(super) fn look(&mut self, figures: &Figures, now: Time) -> Vec<Notification> {
        let troubles = troubles(figures, now);
        self.follow(figures);
        // An account that the config does not have any more is nobody's trouble.
        self.0.retain(|told| told.account.is_none() || told.of(figures).is_some());
        let mut messages = Vec::new();
        for told in self.0.iter_mut().filter(|told| told.open) {
            let is_known =
                told.account.is_none() || told.of(figures).is_some_and(|one| one.state.is_some());
            if is_known && !troubles.iter().any(|trouble| told.is(trouble)) {
                told.open = false;
                let text = told.wrong.over(all::title(&told.tracker));
                messages.push(message(&told.wrong, told.account.as_ref(), true, &text));
            }
        }
        for trouble in troubles {
            let Alert { account, tracker, wrong, parked, text } = &trouble;
            let told = SentAlert {
                account: account.clone(),
                tracker: tracker.clone(),
                wrong: wrong.clone(),
                at: now,
                open: true,
                parked: *parked,
            };
            match self.0.iter_mut().find(|told| told.is(&trouble)) {
                Some(before) if before.covers(&trouble, now) => {
                    before.parked = before.parked.min(*parked);
                    continue;
                }
                Some(before) => *before = told,
                None => self.0.push(told),
            }
            messages.push(message(wrong, account.as_ref(), false, text));
        }
        messages
    }
}

impl SentAlert {
    fn is(&self, trouble: &Alert) -> bool {
        (&self.account, &self.tracker, &self.wrong)
            == (&trouble.account, &trouble.tracker, &trouble.wrong)
    }

    /// Whether both are about the same.
    fn is_of(&self, other: &Self) -> bool {
        (&self.account, &self.tracker, &self.wrong)
            == (&other.account, &other.tracker, &other.wrong)
    }

    /// How the account of which it was told is now at its tracker.
    fn of<'f>(&self, figures: &'f Figures) -> Option<&'f DestinationFigures> {
        figures.destinations.iter().find(|one| {
            Some(&one.destination.account) == self.account.as_ref()
                && one.destination.tracker == self.tracker
        })
    }

    /// Whether this trouble needs no more words. A time that is far off was taken by a clock that
    /// was wrong, and is none.
    fn covers(&self, trouble: &Alert, now: Time) -> bool {
        let is_fresh = now.since(self.at).max(self.at.since(now)) < QUIET;
        is_fresh || self.open && trouble.parked <= self.parked
    }
}

fn first_tracker() -> String {
    FIRST_TRACKER.to_owned()
}

fn message(wrong: &Wrong, account: Option<&String>, over: bool, text: &str) -> Notification {
    let text = account.map_or(text.to_owned(), |account| format!("{account}: {text}"));
    Notification { kind: wrong.kind(), account: account.cloned(), over, text }
}

/// Something that is wrong now.
struct Alert {
    account: Option<String>,
    tracker: String,
    wrong: Wrong,
    parked: u64,
    text: String,
}

fn troubles(figures: &Figures, now: Time) -> Vec<Alert> {
    let disk = figures.storage.iter().map(|why| Alert {
        account: None,
        tracker: String::new(),
        wrong: Wrong::Disk,
        parked: 0,
        text: format!("nothing can be stored, so webhooks are answered with 503: {why}"),
    });
    let accounts = figures.destinations.iter().flat_map(|one| {
        let Destination { account, tracker } = &one.destination;
        let title = all::title(tracker);
        let of = |(wrong, parked, text)| Alert {
            account: Some(account.clone()),
            tracker: tracker.clone(),
            wrong,
            parked,
            text,
        };
        let state = one.state.as_ref().and_then(|state| of_state(state, &one.destination, title));
        let is_connected = state.is_none() && !tracker.is_empty();
        let stuck = (is_connected && is_stuck(one, figures, now)).then(|| {
            let text = format!(
                "nothing could be delivered to {title} for an hour; everything is kept and retried"
            );
            (Wrong::Undelivered, 0, text)
        });
        let parked = (one.parked > 0).then(|| {
            let text = format!(
                "{} parked, not sent to {title} until you retry, and given up after 30 days; the \
                 page and `scrobbled status` say why",
                one.parked
            );
            (Wrong::Parked, one.parked, text)
        });
        let state = state.map(|(wrong, text)| (wrong, 0, text));
        [state, stuck, parked].into_iter().flatten().map(of).collect::<Vec<_>>()
    });
    let silent = figures.silent.iter().map(|(title, sentence)| Alert {
        account: None,
        tracker: String::new(),
        wrong: Wrong::Silent(title.clone()),
        parked: 0,
        text: sentence.clone(),
    });
    disk.chain(silent).chain(accounts).collect()
}

fn of_state(state: &AccountState, to: &Destination, title: &str) -> Option<(Wrong, String)> {
    let wrong = match state {
        AccountState::Connected { .. }
        | AccountState::ReceiversOnly(_)
        | AccountState::Unreachable => return None,
        AccountState::AppNeeded(_) | AccountState::LoginNeeded => Wrong::Login,
        AccountState::Refused(refusal) => Wrong::Refused(refusal.name.to_owned()),
        AccountState::NotKept(_) => Wrong::NotKept,
    };
    Some((wrong, state.sentence(to, title)))
}

/// Whether something could have gone for an hour, and nothing went.
fn is_stuck(one: &DestinationFigures, figures: &Figures, now: Time) -> bool {
    let waits = one.stuck_since.map(|since| now.since(since));
    let delivered = figures.counts.delivered.get(&one.destination).map(|at| now.since(*at));
    waits.is_some_and(|span| span >= STUCK) && delivered.is_none_or(|span| span >= STUCK)
}

#[cfg(test)]
mod tests;
