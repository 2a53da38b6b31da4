//! What is a person notified of, and when?
//!
//! Pure: [`Watch::look`] takes the current figures and returns new notifications. A problem is
//! reported when it begins and when it is resolved, at most once a day, so one that comes and goes
//! is reported once. Growth in parked intents is reported too. What was sent survives a restart
//! ([`Watch::told`]), so that a restart is no reason to send it again.

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
    /// One of `login`, `refused`, `parked`, `undelivered`, `disk`, `test`.
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
}

impl Wrong {
    fn kind(&self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Refused(_) => "refused",
            Self::Parked => "parked",
            Self::Undelivered => "undelivered",
            Self::NotKept | Self::Disk => "disk",
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

    /// What is new, now that things are like this.
    pub(super) fn look(&mut self, figures: &Figures, now: Time) -> Vec<Notification> {
        let troubles = troubles(figures, now);
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
        let state = one.state.as_ref().and_then(|state| of_state(state, account, title));
        let stuck = (state.is_none() && is_stuck(one, figures, now)).then(|| {
            let text = format!(
                "nothing could be delivered to {title} for an hour; everything is kept and retried"
            );
            (Wrong::Undelivered, 0, text)
        });
        let parked = (one.parked > 0).then(|| {
            let text = format!(
                "{} parked, and not sent to {title} until you retry; the page and `scrobbled \
                 status` \
                 say why",
                one.parked
            );
            (Wrong::Parked, one.parked, text)
        });
        let state = state.map(|(wrong, text)| (wrong, 0, text));
        [state, stuck, parked].into_iter().flatten().map(of).collect::<Vec<_>>()
    });
    disk.chain(accounts).collect()
}

fn of_state(state: &AccountState, account: &str, tracker: &str) -> Option<(Wrong, String)> {
    let wrong = match state {
        AccountState::Connected { .. } | AccountState::Unreachable => return None,
        AccountState::LoginNeeded => Wrong::Login,
        AccountState::Refused(refusal) => Wrong::Refused(refusal.name.to_owned()),
        AccountState::NotKept(_) => Wrong::NotKept,
    };
    Some((wrong, state.sentence(account, tracker)))
}

/// Whether something could have gone for an hour, and nothing went.
fn is_stuck(one: &DestinationFigures, figures: &Figures, now: Time) -> bool {
    let waits = one.stuck_since.map(|since| now.since(since));
    let delivered = figures.counts.delivered.get(&one.destination).map(|at| now.since(*at));
    waits.is_some_and(|span| span >= STUCK) && delivered.is_none_or(|span| span >= STUCK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracker::trakt::refusal::LOCKED;

    const HOUR: u64 = 3_600_000;
    const START: Time = Time(1_000 * HOUR);

    /// A name, how things are at which hour, and what is told.
    type Case = (&'static str, Vec<(u64, Figures)>, &'static [&'static str]);

    fn hours(hours: u64) -> Time {
        Time(START.0 + hours * HOUR)
    }

    fn connected() -> Figures {
        let state = Some(AccountState::Connected { user: None });
        let destination = Destination::new("alice", "trakt");
        let one = DestinationFigures { destination, state, ..DestinationFigures::default() };
        Figures { destinations: vec![one], ..Figures::default() }
    }

    fn with(change: impl FnOnce(&mut DestinationFigures)) -> Figures {
        let mut figures = connected();
        change(&mut figures.destinations[0]);
        figures
    }

    fn state(state: AccountState) -> Figures {
        with(|account| account.state = Some(state))
    }

    #[test]
    fn a_trouble_is_told_when_it_begins_and_when_it_ends_and_once_a_day() {
        let login = || state(AccountState::LoginNeeded);
        let refused = || state(AccountState::Refused(LOCKED));
        let parked = |count| with(|account| account.parked = count);
        let stuck = || with(|account| (account.waiting, account.stuck_since) = (1, Some(START)));
        let delivers = || {
            let mut figures = stuck();
            let to = Destination::new("alice", "trakt");
            figures.counts.delivered.insert(to, hours(1));
            figures
        };
        let unknown = || with(|account| account.state = None);
        let disk = || Figures { storage: Some("full".into()), ..connected() };
        let cases: [Case; 16] = [
            ("all is well", vec![(0, connected()), (1, connected())], &[]),
            (
                "it lasts and ends",
                vec![(0, login()), (1, login()), (50, login()), (51, connected())],
                &["0 login", "51 login over"],
            ),
            (
                "it comes and goes",
                vec![(0, login()), (1, connected()), (2, login()), (3, connected())],
                &["0 login", "1 login over"],
            ),
            (
                "it comes again a day later",
                vec![(0, login()), (1, connected()), (24, login()), (25, connected())],
                &["0 login", "1 login over", "24 login", "25 login over"],
            ),
            (
                "it comes again and stays",
                vec![(0, login()), (1, connected()), (23, login()), (24, login())],
                &["0 login", "1 login over", "24 login"],
            ),
            (
                "one thing becomes another",
                vec![(0, login()), (1, refused())],
                &["0 login", "1 login over", "1 refused"],
            ),
            (
                "more is parked",
                vec![(0, parked(1)), (1, parked(3)), (2, connected())],
                &["0 parked", "2 parked over"],
            ),
            (
                "more is parked, and a day has passed",
                vec![(0, parked(1)), (25, parked(1)), (26, parked(2)), (27, parked(3))],
                &["0 parked", "26 parked"],
            ),
            (
                "one is sent again and another is parked",
                vec![(0, parked(2)), (1, parked(1)), (25, parked(2))],
                &["0 parked", "25 parked"],
            ),
            (
                "it comes again with more and stays",
                vec![(0, parked(1)), (1, connected()), (2, parked(2)), (24, parked(2))],
                &["0 parked", "1 parked over", "24 parked"],
            ),
            (
                "the account is not in the config any more, and comes back",
                vec![(0, login()), (1, Figures::default()), (2, login())],
                &["0 login", "2 login"],
            ),
            (
                "a clock that was wrong by years has told it",
                vec![(50_000, login()), (1, connected()), (2, login()), (3, login())],
                &["50000 login", "1 login over", "2 login"],
            ),
            (
                "nothing goes for an hour",
                vec![(0, stuck()), (1, stuck()), (2, stuck()), (3, connected())],
                &["1 undelivered", "3 undelivered over"],
            ),
            ("something goes", vec![(1, delivers())], &[]),
            (
                "after a restart nothing is known yet",
                vec![(0, login()), (1, unknown()), (2, login())],
                &["0 login"],
            ),
            ("the disk is full", vec![(0, disk()), (1, connected())], &["0 disk", "1 disk over"]),
        ];
        let wrong: Vec<_> = cases
            .into_iter()
            .filter_map(|(name, looks, expected)| {
                let mut watch = Alerts::default();
                let mut said = Vec::new();
                for (at, figures) in looks {
                    let kept = serde_json::to_string(&watch.told()).expect("JSON"); // a restart
                    watch = Alerts::new(serde_json::from_str(&kept).expect("what was kept"));
                    for message in watch.look(&figures, hours(at)) {
                        let over = if message.over { " over" } else { "" };
                        said.push(format!("{at} {}{over}", message.kind));
                    }
                }
                (said != expected).then(|| format!("{name}: {said:?}, not {expected:?}"))
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_message_says_whose_it_is_and_what_to_do() {
        let said = Alerts::default().look(&state(AccountState::LoginNeeded), START);
        let expected = Notification {
            kind: "login",
            account: Some("alice".into()),
            over: false,
            text: "alice: login needed: press Connect on the page or run `scrobbled login alice`; \
                   plays are kept until then"
                .into(),
        };
        assert_eq!(said, [expected]);
    }
}
