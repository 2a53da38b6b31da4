//! Do the webhooks of a server still come that is listened to?
//!
//! Who listens needs none. But where they came until lately, something is amiss when one does not
//! come of what is heard to begin. Pure.

use crate::event::{Action, Event, Source, Time};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a webhook may take, and how much sooner than what is heard it may come.
const GRACE: Duration = Duration::from_secs(60);

/// What began at each server, of which a webhook is to come.
#[derive(Debug, Default)]
pub struct Unposted(BTreeMap<(Source, String), (Event, Time)>);

impl Unposted {
    /// Where no webhook came for so long none is expected any more of a server that is listened to.
    pub const EXPECTED: Duration = Duration::from_secs(30 * 24 * 3600);

    /// Something is heard; `webhook` is when one of that server last came. What had begun, and has been
    /// posted by now or never will be: that, in the second case.
    pub fn hear(&mut self, heard: &Event, webhook: Option<Time>, now: Time) -> Option<Event> {
        let key = (heard.source, heard.server.clone());
        let webhook = webhook.filter(|at| now.since(*at) < Self::EXPECTED)?;
        let is_due = self.0.get(&key).is_some_and(|(_, began)| now.since(*began) >= GRACE);
        let due = if is_due { self.0.remove(&key) } else { None };
        if heard.action == Action::Start {
            self.0.entry(key).or_insert_with(|| (heard.clone(), now));
        }
        let (event, began) = due?;
        (webhook < began.before(GRACE)).then_some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Item, Player, User};

    const DAY: u64 = 24 * 3600;

    fn event(action: Action, title: &str) -> Event {
        Event {
            source: Source::Plex,
            action,
            server: "attic".into(),
            user: User::default(),
            player: Player::default(),
            library: None,
            item: Item { title: title.into(), ..Item::default() },
            position_ms: None,
            is_guess: false,
        }
    }

    /// What is found missing at each of the times at which `A` is heard, in seconds.
    fn missed(webhook: Option<u64>, times: &[u64]) -> Vec<Option<String>> {
        let mut unposted = Unposted::default();
        let hear = |(index, at): (usize, &u64)| {
            let action = if index == 0 { Action::Start } else { Action::Progress { paused: None } };
            let found = unposted.hear(
                &event(action, "A"),
                webhook.map(|at| Time(at * 1000)),
                Time(at * 1000),
            );
            found.map(|event| event.item.title)
        };
        times.iter().enumerate().map(hear).collect()
    }

    #[test]
    fn a_start_without_a_webhook_is_missed_where_they_came_until_lately() {
        let start = 40 * DAY;
        let times = [start, start + 10, start + 59, start + 60, start + 120];
        let a = || Some("A".to_owned());
        let never = vec![None; 5];
        let cases = [
            (Some(start - 3600), vec![None, None, None, a(), None]),
            (Some(start - 61), vec![None, None, None, a(), None]),
            (Some(start - 60), never.clone()),
            (Some(start + 2), never.clone()),
            (Some(start - 30 * DAY), never.clone()),
            (None, never),
        ];
        for (webhook, expected) in cases {
            assert_eq!(missed(webhook, &times), expected, "{webhook:?}");
        }
    }
}
