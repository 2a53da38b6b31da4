use super::*;
use crate::delivery::{How, ItemFacts, Next, Settled, TokenPair, Work};
use crate::engine::Changes;
use crate::event::{Item, Percent};
use crate::intent::Verb;
use crate::store::EntryState;
use std::time::Duration;
use tempfile::TempDir;

const NOW: Time = Time(1_795_464_000_000);
const DAY: Duration = Duration::from_secs(86_400);

/// A store whose only account is connected to Trakt and told to two receivers.
struct Scratch {
    store: Store,
    folder: TempDir,
}

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut scratch = Self { store: Store::open(folder.path()).expect("a database"), folder };
        let pair = TokenPair::new("a".into(), "r".into(), NOW, DAY).expect("a pair");
        scratch.store.log_in(&trakt(), &pair).expect("it is kept");
        scratch.open();
        scratch
    }

    fn open(&mut self) {
        self.store = Store::open(self.folder.path()).expect("a database");
        self.store.set_recipients(|intent| {
            let is_rating = matches!(intent.verb, Verb::Rate(_));
            let all = ["a", "b"].map(str::to_owned).into_iter();
            all.skip(usize::from(is_rating)).collect()
        });
    }

    fn queue(&mut self, verbs: &[Verb], at: Time) -> Vec<Fallen> {
        let intents: Vec<Intent> = verbs.iter().map(|verb| intent(*verb)).collect();
        self.store.commit(&Changes::default(), &intents, &[], &[], at).expect("it is kept")
    }

    fn next(&mut self, to: &Destination) -> Option<Work> {
        match self.store.next(to, NOW).expect("readable") {
            Next::Work(work) => Some(*work),
            Next::Marks(_) => panic!("a receiver is told one thing at a time"),
            Next::Idle { .. } => None,
        }
    }

    fn settle(&mut self, to: &Destination, id: u64, settled: &Settled) {
        self.store.settle(to, id, settled, NOW).expect("it is kept");
    }

    /// How many wait for Trakt, for `a` and for `b`.
    fn waiting(&mut self) -> [u64; 3] {
        let counts = self.store.counts().expect("readable");
        let queues = self.store.receiver_queues().expect("readable");
        let of = |name| queues.get(name).map_or(0, |queue: &ReceiverQueue| queue.waiting);
        [counts.iter().map(|(_, waiting, _)| *waiting).sum(), of("a"), of("b")]
    }
}

fn trakt() -> Destination {
    Destination::new("al", "trakt")
}

fn a() -> Destination {
    Destination::receiver("a")
}

fn intent(verb: Verb) -> Intent {
    Intent {
        account: "al".into(),
        verb,
        item: Item { title: "The Salt Road".into(), ..Item::default() },
        session: "s".into(),
        progress: Percent::whole(90),
        at: NOW,
        began: NOW,
        viewing: None,
    }
}

fn told() -> Settled {
    Settled::Done { how: How::Told, learned: ItemFacts::default(), play: None }
}

#[test]
fn each_receiver_has_a_queue_of_its_own_beside_those_of_the_account() {
    let mut scratch = Scratch::new();
    scratch.queue(&[Verb::Finish, Verb::Rate(7)], NOW);
    assert_eq!(scratch.waiting(), [2, 1, 2]);
    let at_trakt = scratch.next(&trakt()).expect("it waits");
    assert_eq!((at_trakt.message.as_str(), at_trakt.intent.verb), ("", Verb::Finish));
    let work = scratch.next(&a()).expect("it waits");
    assert_eq!((work.intent.account.as_str(), work.since), ("al", NOW));
    assert!(work.message.starts_with("msg_") && work.message.len() == 36, "{}", work.message);
    scratch.settle(&a(), work.id, &told());
    assert_eq!(scratch.next(&a()), None);
    assert_eq!(scratch.waiting(), [2, 0, 2]);
    scratch.store.log_out("al", Some("trakt")).expect("it is kept");
    scratch.store.log_out("al", None).expect("it is kept");
    scratch.store.forget("al").expect("it is kept");
    assert_eq!(scratch.waiting(), [0, 0, 2], "a receiver is of no login");
}

#[test]
fn what_is_told_again_has_the_same_id_also_after_a_restart() {
    let mut scratch = Scratch::new();
    scratch.queue(&[Verb::Mark, Verb::Mark], NOW);
    let first = scratch.next(&a()).expect("it waits");
    let held = Settled::Held { until: NOW, why: "away".into(), maybe_sent: false };
    scratch.settle(&a(), first.id, &held);
    let again = scratch.next(&a()).expect("it waits");
    assert_eq!((&again.message, again.attempts), (&first.message, 1));
    scratch.open();
    let later = scratch.next(&a()).expect("it waits");
    assert_eq!((later.id, &later.message), (first.id, &first.message));
    scratch.settle(&a(), first.id, &told());
    let second = scratch.next(&a()).expect("it waits");
    assert_ne!(second.message, first.message);
    let at_b = scratch.next(&Destination::receiver("b")).expect("it waits");
    assert_ne!(at_b.message, first.message, "each receiver has its own");
}

#[test]
fn no_start_stands_open_at_a_receiver() {
    let mut scratch = Scratch::new();
    scratch.queue(&[Verb::Start], NOW);
    let start = scratch.next(&a()).expect("it waits");
    scratch.settle(&a(), start.id, &told());
    scratch.open();
    scratch.queue(&[Verb::Pause], NOW);
    scratch.queue(&[Verb::Start], NOW);
    let next = scratch.next(&a()).expect("it waits");
    assert_eq!(next.intent.verb, Verb::Start, "the pause is over");
    let receiver = Destination::new("al", a().tracker);
    let is_owed = scratch.store.is_owed(&receiver, &intent(Verb::Pause), 99).expect("readable");
    assert!(!is_owed);
}

#[test]
fn a_queue_holds_a_thousand_and_the_oldest_falls_out() {
    let mut scratch = Scratch::new();
    for _ in 0..10 {
        assert_eq!(scratch.queue(&[Verb::Mark; 100], NOW), []);
    }
    let parked = Settled::Parked { why: "no".into() };
    let first = scratch.next(&a()).expect("it waits");
    scratch.settle(&a(), first.id, &parked);
    let in_hand = scratch.next(&a()).expect("it waits");
    let fallen = scratch.queue(&[Verb::Finish], NOW);
    let names: Vec<&str> = fallen.iter().map(|(tracker, _)| tracker.as_str()).collect();
    assert_eq!(names, ["receiver:a", "receiver:b"]);
    let parked = scratch.store.entries(true, 9).expect("readable");
    assert_eq!(parked, [], "what is parked counts, and was the oldest");
    assert_eq!(scratch.waiting(), [1_001, 1_000, 1_000]);
    scratch.queue(&[Verb::Finish], NOW);
    let still = scratch.next(&a()).expect("it waits");
    assert_eq!(still.id, in_hand.id, "what is in hand stays");
}

#[test]
fn what_waits_too_long_ends_and_no_clock_that_was_wrong_ends_it() {
    let mut scratch = Scratch::new();
    scratch.queue(&[Verb::Mark], NOW.before(4 * DAY));
    scratch.queue(&[Verb::Rate(6)], Time(5));
    scratch.queue(&[Verb::Finish], NOW.before(2 * DAY));
    let possible = NOW.before(30 * DAY);
    let ended = scratch.store.end_waiting(NOW.before(3 * DAY), (possible, NOW)).expect("kept");
    let verbs = ended.iter().map(|(to, one)| (to.as_str(), one.as_ref().map(|one| one.verb)));
    let verbs: Vec<_> = verbs.collect();
    assert_eq!(verbs, [("receiver:a", Some(Verb::Mark)), ("receiver:b", Some(Verb::Mark))]);
    assert_eq!(scratch.waiting(), [3, 1, 2]);
    let none = scratch.store.end_waiting(NOW.before(3 * DAY), (possible, NOW)).expect("kept");
    assert_eq!(none, []);
}

#[test]
fn what_is_parked_and_sent_again_has_three_days_anew() {
    let mut scratch = Scratch::new();
    let old = NOW.before(9 * DAY);
    scratch.queue(&[Verb::Finish], old);
    let work = scratch.next(&a()).expect("it waits");
    scratch.settle(&a(), work.id, &Settled::Parked { why: "no".into() });
    let at_trakt = scratch.next(&trakt()).expect("it waits");
    scratch.settle(&trakt(), at_trakt.id, &Settled::Parked { why: "no".into() });
    let sent: Vec<_> = scratch.store.retry(None, NOW).expect("kept");
    assert!(sent.contains(&(work.id, Destination::new("al", "receiver:a"))), "{sent:?}");
    let again = scratch.next(&a()).expect("it waits");
    assert_eq!((again.since, &again.message), (NOW, &work.message));
    assert_eq!(scratch.next(&trakt()).map(|work| work.since), Some(old));
    let waiting = scratch.store.entries(false, 9).expect("readable");
    assert!(waiting.iter().all(|entry| matches!(entry.state, EntryState::Waiting(_))));
}

#[test]
fn one_that_is_gone_is_told_nothing_until_it_is_back() {
    let mut scratch = Scratch::new();
    scratch.queue(&[Verb::Finish, Verb::Mark], NOW);
    let dropped = scratch.store.turn_off("a", "settings").expect("kept");
    assert_eq!(dropped.len(), 2);
    scratch.open();
    let off = scratch.store.receivers_off().expect("readable");
    assert_eq!(off, BTreeMap::from([("a".to_owned(), "settings".to_owned())]));
    scratch.queue(&[Verb::Mark], NOW);
    assert_eq!(scratch.waiting(), [3, 0, 3]);
    scratch.store.turn_on("a").expect("kept");
    scratch.queue(&[Verb::Mark], NOW);
    assert_eq!(scratch.waiting(), [4, 1, 4]);
}
