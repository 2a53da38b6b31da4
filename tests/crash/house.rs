//! Media servers that send again what was not answered with 200.
//!
//! A seat is a player in front of which somebody sits: it plays one thing after the other and
//! sends the events of each in their order, the next one when the last was answered.

use crate::daemon::items::{Item, Kind};
use crate::daemon::webhook::Webhook;
use crate::daemon::{pass, send};
use crate::dice::Dice;
use crate::programs::Programs;
use crate::truth::Watched;
use scrobbled::clock::Clock;
use scrobbled::event::Source;
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// What sits where: a media server, its user, and whose plays those are.
pub(crate) const SEATS: [(Source, &str, &[&str]); 6] = [
    (Source::Plex, "alice", &["alice"]),
    (Source::Jellyfin, "bob", &["bob"]),
    (Source::Emby, "carol", &["carol"]),
    (Source::Plex, "couple", &["alice", "bob"]),
    (Source::Jellyfin, "carol", &["carol"]),
    (Source::Emby, "alice", &["alice"]),
];

/// The accounts of all who sit there.
pub(crate) const ACCOUNTS: &str = r#"
[[account]]
name = "alice"
plex = ["alice", "couple"]
emby = "alice"
[[account]]
name = "bob"
plex = "couple"
jellyfin = "bob"
[[account]]
name = "carol"
jellyfin = "carol"
emby = "carol"
"#;

/// The names of [`ACCOUNTS`], and of their users at Trakt.
pub(crate) const PEOPLE: [&str; 3] = ["alice", "bob", "carol"];

/// All that the seats share.
pub(crate) struct House {
    /// Where the daemon listens; `None` while it is down.
    pub(crate) door: Mutex<Option<SocketAddr>>,
    /// Path and token of each source.
    pub(crate) targets: Vec<(Source, String)>,
    /// The receivers, which are passed on what is posted.
    pub(crate) programs: Programs,
    /// Posts that were sent and not answered yet.
    pub(crate) in_flight: AtomicUsize,
    /// What plays speak of whose posts got no answer; until it is looked at.
    pub(crate) unanswered: Mutex<Vec<String>>,
    /// How often something was sent again.
    pub(crate) again: AtomicUsize,
    /// What was seen to its end, and answered.
    pub(crate) watched: Mutex<Vec<Watched>>,
    /// How many of the rest were left, and answered.
    pub(crate) left: AtomicUsize,
}

impl House {
    /// Plays what it is told to, until nobody tells any more.
    pub(crate) fn sit(&self, seat: usize, seed: u64, items: &Receiver<Item>) {
        let (source, user, people) = SEATS[seat];
        let mut dice = Dice::of(seed ^ seat as u64);
        for item in items {
            let course = course(source, item, &mut dice);
            let is_left = course.iter().all(|(_, at)| *at < 90.0);
            for (verb, at) in course {
                if is_left && verb == "stop" {
                    pass(ON_THE_WAY);
                }
                let webhook = Webhook::new(source, verb).at(at).by(user).on(&format!("tv {seat}"));
                let webhook = Webhook { item, ..webhook };
                let from = webhook.now;
                self.insist(&webhook);
                if at >= 90.0 && !self.has_seen(people[0], item) {
                    let to = Clock::Machine.now();
                    let one = |person: &&str| Watched {
                        person: (*person).to_owned(),
                        label: item.label(),
                        from,
                        to,
                    };
                    self.watched.lock().expect("no panic").extend(people.iter().map(one));
                }
            }
            self.left.fetch_add(usize::from(is_left), Ordering::SeqCst);
        }
    }

    fn has_seen(&self, person: &str, item: Item) -> bool {
        let watched = self.watched.lock().expect("no panic");
        watched.iter().any(|seen| seen.person == person && seen.label == item.label())
    }

    /// Sends a webhook until it is answered with 200.
    fn insist(&self, webhook: &Webhook) {
        let (content_type, body) = webhook.body();
        let (_, target) =
            self.targets.iter().find(|(whose, _)| *whose == webhook.source).expect("a URL");
        loop {
            let door = *self.door.lock().expect("no panic");
            if let Some(stream) = door.and_then(|address| TcpStream::connect(address).ok()) {
                self.in_flight.fetch_add(1, Ordering::SeqCst);
                self.programs.are_to_hear(&body);
                let answer = send(stream, target, &content_type, &body);
                let status = answer.map(|answer| answer.status).unwrap_or_default();
                if status != 200 && webhook.number.is_some_and(|at| at >= 90.0) {
                    self.unanswered.lock().expect("no panic").push(webhook.item.label());
                }
                self.in_flight.fetch_sub(1, Ordering::SeqCst);
                if status == 200 {
                    return;
                }
                self.again.fetch_add(1, Ordering::SeqCst);
            }
            pass(Duration::from_millis(3));
        }
    }
}

/// So long something plays that is left: its start is on its way by then, or has been told.
const ON_THE_WAY: Duration = Duration::from_millis(300);

/// The events of a viewing, as that source sends them, with their positions. Some are left. No two in a row end at
/// one on a player: what is stopped at once at the end of the one before is not believed.
fn course(source: Source, item: Item, dice: &mut Dice) -> Vec<(&'static str, f64)> {
    let end = match source {
        Source::Plex => "completed",
        Source::Jellyfin | Source::Emby => *dice.pick(&["completed", "stop"]),
    };
    let in_a_row = item.number / SEATS.len() as u64;
    let at = if in_a_row.is_multiple_of(2) { 95.0 } else { 96.0 };
    match (source, dice.below(5)) {
        (_, 4) => vec![("play", 30.0), ("stop", 50.0)],
        (_, 0) => vec![("play", 85.0), (end, at)],
        (Source::Plex, 1) => vec![(end, 92.0), ("stop", 98.0)],
        (Source::Plex, 2) => vec![("play", 85.0), (end, 91.0), ("pause", 94.0), ("stop", 94.0)],
        _ => vec![(end, at)],
    }
}

/// Films and episodes as many as are wanted; each fourth is an episode.
pub(crate) fn items(count: u32) -> Vec<Item> {
    (0..count)
        .map(|index| {
            let kind = if index % 4 == 0 { Kind::Episode("Saga", index) } else { Kind::Film };
            let name = Box::leak(format!("Film {index:04}").into_boxed_str());
            Item { name, kind, minutes: 100, number: 1000 + u64::from(index) }
        })
        .collect()
}
