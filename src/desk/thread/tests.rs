mod connections;
mod ears;
mod farewells;
mod logins;
mod stored;

use super::*;
use crate::clock::HandClock;
use crate::courier::CourierMessage;
use crate::daemon::restore;
use crate::delivery::{How, ItemFacts as Facts, Kept, Next, TokenPair, Work};
use crate::desk::HistoryMessage;
use crate::desk::queue::{Command, Queue};
use crate::desk::shown::{BecameShown, Retried};
use crate::event::{Action, Evidence, Item, Percent, Source};
use crate::intent::{Intent, Verb};
use crate::secret::Secret;
use crate::verdict::Reason;
use crate::webhook::{self, Said};
use std::sync::mpsc::channel;
use tempfile::TempDir;

const FIRST: Time = Time(1_764_000_000_000);
const ACCOUNT: &str = "default";

/// A desk whose disk can be made to refuse, and the answers that it gives.
struct Scene {
    desk: Desk,
    clock: Arc<HandClock>,
    queue: Queue,
    messages: Receiver<Message>,
    answers: Receiver<(Responder, WebhookResponse)>,
    folder: TempDir,
}

/// Where the one account is told.
fn destination() -> Destination {
    Destination::new(ACCOUNT, "trakt")
}

/// A film that begins.
fn a_film() -> Event {
    let json = include_bytes!("../../../tests/payloads/plex/movie_play.json");
    let Ok(Said::Event(event)) = webhook::parse(Source::Plex, json) else {
        panic!("the payload is an event");
    };
    *event
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("a store");
        let clock = HandClock::at(FIRST);
        let (replier, answers) = channel();
        let (queue, messages) = Queue::new();
        let desk = Desk {
            live: Arc::default(),
            clock: Clock::ByHand(clock.clone()),
            state: State::default(),
            store,
            activity: Activity::default(),
            asker: Asker::nobody(),
            caught_up: CaughtUp::default(),
            ears: Arc::new(crate::hear::Ears::nobody()),
            connections: super::Connections::default(),
            couriers: Couriers::nobody(),
            replier,
            quotas: BTreeMap::new(),
            refused: RefusedPosts::default(),
            several_told: false,
            decides: true,
            states: BTreeMap::new(),
            remind_at: Duration::ZERO,
            health: Health::default(),
            receivers: super::Receivers::default(),
            unsettled: BTreeMap::new(),
            disk: Disk::default(),
            silent: BTreeMap::new(),
            parked: 0,
            parked_ends: ParkedEnds::from(Duration::ZERO),
            fates: Fates::default(),
            farewells: Farewells::default(),
            pulse: crate::pulse::Heartbeat::default(),
        };
        Self { desk, clock, queue, messages, answers, folder }
    }

    fn work(&mut self, messages: Vec<Message>) {
        let now = self.desk.clock.now();
        self.desk.work(messages, now);
    }

    /// The answer to a film that begins: status, and what stands first in the body.
    fn play(&mut self) -> (u16, String) {
        self.hear(|_| ())
    }

    /// The same of something else that happens to it.
    fn hear(&mut self, change: impl FnOnce(&mut Event)) -> (u16, String) {
        let mut event = Box::new(a_film());
        change(&mut event);
        let place = self.queue.place().expect("a place");
        self.work(vec![Message::Event(
            event,
            Ear::Webhook,
            Recipient::Request(Responder::to_nobody(), None),
            place,
        )]);
        let (_, response) = self.answers.try_recv().expect("an answer");
        let outcome = response.body.split("\",").next().unwrap_or_default();
        (response.status, outcome.to_owned())
    }

    fn wait(&mut self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.work(Vec::new());
    }

    fn next(&mut self) -> Next {
        let (reply, answer) = channel();
        self.work(vec![Message::Courier(CourierMessage::Next {
            destination: destination(),
            reply,
        })]);
        answer.try_recv().expect("an answer")
    }

    /// What waits to be told.
    #[track_caller]
    fn next_work(&mut self) -> Work {
        let Next::Work(work) = self.next() else { panic!("nothing waits to be told") };
        *work
    }

    fn settle(&mut self, id: u64) {
        self.settle_as(id, Settled::Done { how: How::Told, learned: Facts::default(), play: None });
    }

    fn settle_as(&mut self, id: u64, settled: Settled) {
        let request = CourierMessage::Settled { destination: destination(), id, settled };
        self.work(vec![Message::Courier(request)]);
    }

    /// Ends without a word and starts again.
    fn restart(&mut self) {
        self.desk.store = Store::open(self.folder.path()).expect("a store");
        self.desk.state = restore(&mut self.desk.store).expect("readable");
    }

    fn health(&self) -> String {
        self.desk.health.answer(true).1
    }

    /// Two ratings that are parked: their numbers.
    fn two_parked(&mut self) -> (u64, u64) {
        let rating = || Intent {
            account: ACCOUNT.to_owned(),
            verb: Verb::Rate(7),
            item: Item::default(),
            session: String::new(),
            progress: Percent::ZERO,
            at: self.desk.clock.now(),
            began: self.desk.clock.now(),
            viewing: None,
        };
        let parked = [
            (rating(), Reason::Flood { what: "ratings" }),
            (rating(), Reason::Flood { what: "ratings" }),
        ];
        let now = self.desk.clock.now();
        let nothing = Changes::default();
        self.desk.store.commit(&nothing, &[], &parked, &[], now).expect("it is kept");
        self.desk.count();
        let entries = self.desk.store.entries(true, 100).expect("they can be read");
        let [.., one, other] = entries.as_slice() else { panic!("two: {entries:?}") };
        (one.id, other.id)
    }

    /// Sends again: what is known at once, and who is told the rest.
    fn retry(&mut self, number: Option<u64>) -> (Vec<String>, Receiver<BecameShown>) {
        let (teller, told) = channel();
        let now = self.desk.clock.now();
        let answer = self.desk.command(Command::Retry(number, teller), now).expect("sent again");
        let Retried { became, .. } = serde_json::from_value(answer).expect("an answer");
        (shown(became), told)
    }
}

#[test]
fn what_is_refused_and_sent_again_is_no_duplicate() {
    let mut scene = Scene::new();
    scene.desk.store.refuse_writing(true);
    let refused = (503, "the event can't be stored right now; send it again\n".to_owned());
    assert_eq!(scene.play(), refused);
    assert_eq!(scene.play(), refused, "still");
    assert_eq!(scene.desk.state.viewings().count(), 0, "nothing is half remembered");
    scene.desk.store.refuse_writing(false);
    assert_eq!(scene.play(), (200, "{\"outcome\":\"waiting".to_owned()));
    assert_eq!(scene.play(), (200, "{\"outcome\":\"duplicate".to_owned()), "now it is one");
}

#[test]
fn what_is_due_while_the_disk_refuses_happens_once_it_takes_it() {
    let mut scene = Scene::new();
    assert_eq!(scene.play().0, 200);
    scene.desk.store.refuse_writing(true);
    scene.wait(3);
    scene.wait(3);
    assert!(matches!(scene.next(), Next::Idle { .. }));
    scene.desk.store.refuse_writing(false);
    scene.wait(3);
    assert!(matches!(scene.next(), Next::Work(_)));
}

#[test]
fn health_is_good_again_without_anybody_s_help() {
    let mut scene = Scene::new();
    assert_eq!(scene.health(), "ok\n");
    scene.desk.store.refuse_writing(true);
    scene.play();
    let path = scene.folder.path().join("scrobbled.db");
    let sick = format!(
        "disk\n`{}` can't be written; make its folder and disk writable for this user\n",
        path.display()
    );
    assert_eq!(scene.health(), sick);
    assert_eq!(scene.desk.patience(), Some(SICK), "it looks again by itself");
    scene.wait(2);
    assert_eq!(scene.health(), sick, "still");
    scene.desk.store.refuse_writing(false);
    scene.wait(2);
    assert_eq!((scene.health(), scene.desk.patience()), ("ok\n".to_owned(), None));
}

/// A tracker that makes plays of starts would make one of the first.
#[test]
fn a_start_told_anew_ends_the_one_before_it() {
    let mut scene = Scene::new();
    scene.play();
    scene.wait(3);
    let first = scene.next_work();
    assert_eq!((first.intent.verb, first.may_be_over.len()), (Verb::Start, 0));
    scene.settle(first.id);
    let now = scene.desk.clock.now();
    let again = Intent { progress: Percent::clamped(70.0), at: now, ..first.intent.clone() };
    scene.desk.store.commit(&Changes::default(), &[again], &[], &[], now).expect("it is kept");
    let second = scene.next_work();
    let ended: Vec<_> = second.may_be_over.iter().map(|one| (one.verb, one.progress)).collect();
    assert_eq!(ended, [(Verb::Pause, Percent::clamped(70.0))]);
    assert_eq!(second.may_be_over[0].session, first.intent.session);
}

/// And of itself, where it may have been taken.
#[test]
fn a_start_of_which_the_answer_was_lost_is_ended_before_it_is_told_again() {
    let mut scene = Scene::new();
    scene.play();
    scene.wait(3);
    let first = scene.next_work();
    let now = scene.desk.clock.now();
    let held = |maybe_sent| Settled::Held { until: now, why: "no answer".to_owned(), maybe_sent };
    for (maybe_sent, ended) in [(false, 0), (true, 1)] {
        scene.settle_as(first.id, held(maybe_sent));
        let again = scene.next_work();
        assert_eq!((again.id, again.may_be_over.len()), (first.id, ended));
    }
}

/// Nor is the next start told before an end that waits behind it.
#[test]
fn a_start_ends_what_is_over_and_of_which_the_end_waits_behind_it() {
    let mut scene = Scene::new();
    scene.play();
    scene.wait(3);
    let first = scene.next_work();
    scene.settle(first.id);
    let now = scene.desk.clock.now();
    let next = Intent { session: "of something else".to_owned(), ..first.intent.clone() };
    scene.desk.store.commit(&Changes::default(), &[next], &[], &[], now).expect("it is kept");
    let (_, outcome) = scene.hear(|event| {
        event.action = Action::Stop { completed: false };
        event.position_ms = event.item.runtime_ms.map(|ms| ms / 2);
    });
    assert!(outcome.contains("queued"), "{outcome}");
    let second = scene.next_work();
    assert_eq!(second.intent.verb, Verb::Start);
    let ended: Vec<_> = second.may_be_over.iter().map(|one| (one.verb, &one.session)).collect();
    assert_eq!(ended, [(Verb::Pause, &first.intent.session)]);
}

#[test]
fn what_is_parked_is_told_until_it_is_sent_again_and_is_no_trouble() {
    let mut scene = Scene::new();
    scene.play();
    scene.wait(3);
    let work = scene.next_work();
    scene.settle_as(work.id, Settled::Parked { why: "no".to_owned() });
    let advice = "an entry is parked, and not sent until you send it again (`scrobbled retry`) or \
                  give it up (`scrobbled drop`), as happens by itself after 30 days; the page and \
                  `scrobbled status` say why";
    assert_eq!(scene.desk.warnings(), [advice]);
    assert_eq!(scene.desk.health.answer(true), (200, format!("ok\n{advice}\n")));
    scene.retry(None);
    assert_eq!(scene.health(), "ok\n");
    assert_eq!(scene.desk.warnings(), [""; 0]);
}

#[test]
fn who_sends_something_again_is_told_what_becomes_of_it() {
    let mut scene = Scene::new();
    let no = || "no".to_owned();
    let (first, second) = scene.two_parked();
    let (known, _) = scene.retry(Some(first));
    assert_eq!(known, ["1 later None it is sent as soon as the daemon runs with this account"]);
    scene.desk.couriers.pretend(destination());
    scene.desk.states.insert(Destination::new(ACCOUNT, ""), AccountState::LoginNeeded);
    let (known, _) = scene.retry(None);
    let login = "later None login needed: press Connect on the page or run `scrobbled login \
                 default`; plays are kept until then";
    assert_eq!(known, [format!("{second} {login}")], "the first waits already");
    scene.desk.states.clear();
    for (settled, expected) in [
        (Settled::Parked { why: no() }, "parked None no"),
        (Settled::Later { at: FIRST, why: no() }, "later Some(\"2025-11-24T16:00:00.000Z\") no"),
        (Settled::Rehearsed { what: no() }, "rehearsed None no"),
    ] {
        let (known, told) = scene.retry(Some(second));
        assert_eq!(known, [""; 0], "not yet");
        scene.settle_as(second, settled);
        assert_eq!(shown(told.try_iter()), [format!("{second} {expected}")]);
    }
    let (third, fourth) = scene.two_parked();
    let (_, told) = scene.retry(None);
    let held = Settled::Held { until: FIRST, why: no(), maybe_sent: false };
    scene.settle_as(third, held);
    let expected =
        [third, fourth].map(|id| format!("{id} later Some(\"2025-11-24T16:00:00.000Z\") no"));
    assert_eq!(shown(told.try_iter()), expected, "what holds one holds the others");
}

fn shown(became: impl IntoIterator<Item = BecameShown>) -> Vec<String> {
    let one = |it: BecameShown| format!("{} {} {:?} {}", it.id, it.outcome, it.until, it.reason);
    became.into_iter().map(one).collect()
}

#[test]
fn what_is_parked_ends_after_thirty_days_and_is_told() {
    let mut scene = Scene::new();
    let day = 24 * 3600;
    scene.wait(60 * day); // no clock is right before 2026
    scene.two_parked();
    scene.wait(29 * day);
    assert_eq!((scene.desk.parked, scene.desk.patience()), (2, Some(Duration::from_secs(day))));
    scene.wait(day);
    assert_eq!((scene.desk.parked, scene.desk.patience()), (0, None));
    let lines = scene.desk.activity.lines();
    let said = format!("{} {} {}", lines[0].outcome, lines[0].label, lines[0].reason);
    assert_eq!(said, "dropped expired parked for 30 days, and neither sent again nor given up");
    assert_eq!(lines[0].times, 2, "each is counted");
    assert_eq!(scene.desk.warnings(), [""; 0]);
}

#[test]
fn a_renewed_login_does_not_overwrite_one_that_was_made_meanwhile() {
    let pair = |access: &str| TokenPair {
        access: Secret::new(access),
        refresh: Secret::new("r"),
        created: FIRST,
        lifetime: Duration::from_secs(86_400),
    };
    let mut scene = Scene::new();
    let renew = |scene: &mut Scene, from: &str, to: &str| {
        let (reply, kept) = channel();
        let (pair, replaces) = (pair(to), pair(from));
        let destination = destination();
        let renewal = CourierMessage::Tokens { destination, pair, replaces, reply };
        scene.work(vec![Message::Courier(renewal)]);
        let tokens = scene.desk.store.tokens(&self::destination()).expect("readable");
        let in_use = tokens.map(|pair| pair.access.reveal().to_owned());
        (kept.try_recv().expect("an answer"), in_use)
    };
    assert_eq!(renew(&mut scene, "old", "new"), (Kept::Obsolete, None), "logged out");
    scene.desk.store.log_in(&destination(), &pair("other")).expect("written");
    assert_eq!(renew(&mut scene, "old", "new"), (Kept::Obsolete, Some("other".into())));
    assert_eq!(renew(&mut scene, "other", "next"), (Kept::Safe, Some("next".into())));
    scene.desk.store.refuse_writing(true);
    let (kept, in_use) = renew(&mut scene, "next", "last");
    assert!(matches!(kept, Kept::Refused(_)) && in_use.as_deref() == Some("next"), "{kept:?}");
}

#[test]
fn what_was_told_is_not_told_again_because_the_disk_refuses() {
    let mut scene = Scene::new();
    scene.play();
    scene.wait(3);
    let work = scene.next_work();
    scene.desk.store.refuse_writing(true);
    scene.settle(work.id);
    for _ in 0..3 {
        scene.wait(2);
        let now = scene.desk.clock.now();
        assert_eq!(scene.next(), Next::Idle { until: Some(now.after(SICK)) });
    }
    scene.desk.store.refuse_writing(false);
    assert_eq!(scene.next(), Next::Idle { until: None }, "it is settled, and nothing else waits");
    assert_eq!(scene.desk.store.counts().expect("readable"), []);
    assert_eq!(
        scene.desk.activity.lines().first().map(|line| line.outcome.to_string()),
        Some("delivered".into())
    );
}

#[test]
fn a_number_that_was_given_is_not_given_again_whatever_was_forgotten() {
    let mut scene = Scene::new();
    scene.play();
    scene.wait(3);
    for _ in 0..2 {
        // As a viewing that can't be understood, or was the oldest of too many.
        let db = rusqlite::Connection::open(scene.folder.path().join("scrobbled.db"));
        db.and_then(|db| db.execute("DELETE FROM viewing", [])).expect("deleted");
        scene.restart();
        scene.play();
        scene.wait(3);
    }
    let waiting = scene.desk.store.entries(false, 9).expect("readable");
    let mut sessions: Vec<_> = waiting.iter().map(|entry| &entry.intent.session).collect();
    sessions.dedup();
    assert_eq!(sessions.len(), 3, "no start has taken another session's place: {waiting:?}");
}

#[test]
fn what_a_command_without_a_daemon_finds_is_on_the_disk_when_it_hears_of_it() {
    let mut scene = Scene::new();
    scene.desk.decides = false;
    let mut event = a_film();
    event.action =
        Action::Played { at: FIRST.before(Duration::from_secs(3600)), by: Evidence::Row(7) };
    let mut found = |keep| {
        let (reply, answer) = channel();
        let plays = vec![(event.clone(), None)];
        scene.work(vec![Message::History(HistoryMessage::Found(plays, keep, reply))]);
        let decided = answer.try_recv().expect("an answer").expect("decided");
        let lines = scene.desk.store.activity::<ActivityEntry>().expect("readable").len();
        (decided.concat().first().map(|verdict| verdict.outcome), lines)
    };
    assert_eq!(found(false), (Some(Outcome::Queued), 0), "nothing is kept");
    assert_eq!(found(true), (Some(Outcome::Queued), 1));
    assert_eq!(found(true), (Some(Outcome::Duplicate), 1), "as it was");
}
