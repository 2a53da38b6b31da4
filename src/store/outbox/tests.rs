use super::*;
use crate::delivery::{How, ItemFacts, OurPlay, TokenPair};
use crate::engine::Changes;
use crate::event::{Ids, Item, Percent};
use crate::verdict::Reason;
use std::time::Duration;
use tempfile::TempDir;

/// A store in a folder of its own.
struct Scratch {
    store: Store,
    folder: TempDir,
}

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(folder.path()).expect("a database");
        let pair = TokenPair::new("a".into(), "r".into(), NOW, Duration::from_secs(86_400));
        store.log_in(&al(), &pair.expect("a pair")).expect("it is kept");
        Self { store, folder }
    }

    fn queue(&mut self, verbs: &[Verb], at: Time) {
        let intents: Vec<Intent> = verbs.iter().map(|verb| intent(*verb, at)).collect();
        let nothing = Changes::default();
        self.store.commit(&nothing, &intents, &[], &[], at).expect("it is kept");
    }

    fn next(&mut self) -> Vec<u64> {
        match self.store.next(&al(), NOW).expect("it can be read") {
            Next::Work(work) => vec![work.id],
            Next::Marks(works) => works.iter().map(|work| work.id).collect(),
            Next::Idle { .. } => Vec::new(),
        }
    }

    fn settle(&mut self, number: u64, settled: &Settled) {
        self.store.settle(&al(), number, settled, NOW).expect("it is kept");
    }

    /// The numbers of those that are sent again.
    fn retry(&mut self, number: Option<u64>) -> Vec<u64> {
        let retried = self.store.retry(number, NOW).expect("it is kept");
        retried.into_iter().map(|(number, to)| if to == al() { number } else { 0 }).collect()
    }

    fn restart(&mut self) {
        self.store = Store::open(self.folder.path()).expect("a database");
    }
}

fn al() -> Destination {
    Destination::new("al", "trakt")
}

const NOW: Time = Time(1_764_000_000_000);

fn intent(verb: Verb, at: Time) -> Intent {
    let ids = Ids { tmdb: Some(603), ..Ids::default() };
    Intent {
        account: "al".into(),
        verb,
        item: Item { ids, ..Item::default() },
        session: String::new(),
        progress: Percent::ZERO,
        at,
        began: at,
        viewing: None,
    }
}

fn why() -> String {
    "no".to_owned()
}

#[test]
fn marks_in_a_row_are_handed_out_together() {
    use Verb::{Finish, Mark};
    let mut scratch = Scratch::new();
    scratch.queue(&[Mark, Mark, Mark, Finish, Mark], NOW);
    assert_eq!(scratch.next(), [1, 2, 3]);
    scratch.settle(2, &Settled::Later { at: NOW.after(Duration::from_secs(1)), why: why() });
    assert_eq!(scratch.next(), [1, 3], "what waits for its time is passed by");
    scratch.settle(1, &Settled::Dropped { why: why() });
    scratch.settle(3, &Settled::Parked { why: why() });
    assert_eq!(scratch.next(), [4], "another intent keeps its place");
    scratch.settle(4, &Settled::Dropped { why: why() });
    assert_eq!(scratch.next(), [5]);
    scratch.queue(&[Mark; 200], NOW);
    assert_eq!(scratch.next().len(), MOST_MARKS);
}

#[test]
fn a_retry_takes_what_is_parked_and_what_waits_for_trakt_to_know_it() {
    let mut scratch = Scratch::new();
    scratch.queue(&[Verb::Finish, Verb::Finish, Verb::Finish], NOW);
    scratch.settle(1, &Settled::Parked { why: why() });
    scratch.settle(2, &Settled::Later { at: NOW.after(Duration::from_secs(1)), why: why() });
    assert_eq!(scratch.next(), [3]);
    scratch.settle(3, &Settled::Dropped { why: why() });
    assert_eq!(scratch.retry(Some(2)), [2]);
    assert_eq!(scratch.next(), [2]);
    assert_eq!(scratch.retry(None), [1]);
    assert_eq!(scratch.next(), [1]);
    scratch.queue(&[Verb::Finish, Verb::Finish], NOW);
    assert_eq!(scratch.retry(Some(5)), [5], "it could go at once");
    assert_eq!(scratch.next(), [4], "and keeps its place");
    assert_eq!(scratch.retry(Some(9)), [0; 0]);
}

#[test]
fn what_is_parked_ends_oldest_first_and_so_many_at_a_time() {
    let mut scratch = Scratch::new();
    scratch.queue(&[Verb::Finish; 5], NOW);
    let day = Duration::from_secs(24 * 3600);
    // The first was parked by a clock that knew nothing, the last one waits.
    for (number, at) in [(1, Time(5)), (2, NOW.after(2 * day)), (3, NOW), (4, NOW.after(day))] {
        let parked = Settled::Parked { why: why() };
        scratch.store.settle(&al(), number, &parked, at).expect("it is kept");
    }
    let now = NOW.after(9 * day);
    assert_eq!(scratch.store.oldest_parked().expect("it can be read"), Some(Time(5)));
    let mut end = |until, most| {
        let ended = scratch.store.end_parked(until, most, (NOW, now)).expect("it is kept");
        let left = scratch.store.entries(true, 9).expect("it can be read");
        (ended.len(), left.iter().map(|entry| entry.id).collect::<Vec<_>>())
    };
    assert_eq!(end(NOW.before(day), 9), (0, vec![1, 2, 3, 4]));
    assert_eq!(end(NOW.after(2 * day), 2), (2, vec![1, 2]));
    assert_eq!(end(NOW.after(2 * day), 2), (1, vec![1]));
    assert_eq!(end(NOW.after(2 * day), 2), (0, vec![1]));
    assert_eq!(scratch.store.oldest_parked().expect("it can be read"), Some(now));
    assert_eq!(scratch.next(), [5]);
}

#[test]
fn what_was_parked_by_a_clock_that_was_set_is_dated_by_the_new_one() {
    let mut scratch = Scratch::new();
    scratch.queue(&[Verb::Finish, Verb::Finish], NOW);
    for (number, at) in [(1, NOW), (2, Time(7_000))] {
        let parked = Settled::Parked { why: why() };
        scratch.store.settle(&al(), number, &parked, at).expect("it is kept");
    }
    scratch.store.clock_moved(1_000, Time(6_000), Time(8_000)).expect("it is kept");
    let entries = scratch.store.entries(true, 9).expect("it can be read");
    let states: Vec<_> = entries.iter().map(|entry| entry.state).collect();
    assert_eq!(states, [NOW, Time(8_000)].map(crate::store::EntryState::Parked));
}

#[test]
fn what_is_tried_again_goes_after_what_is_new() {
    let mut scratch = Scratch::new();
    scratch.queue(&[Verb::Finish, Verb::Finish, Verb::Finish], NOW);
    scratch.settle(1, &Settled::Parked { why: why() });
    scratch.settle(2, &Settled::Later { at: NOW.before(Duration::from_secs(1)), why: why() });
    assert_eq!(scratch.next(), [3], "the second has waited long enough");
    scratch.store.retry(Some(1), NOW).expect("it is kept");
    assert_eq!(scratch.next(), [3]);
    scratch.restart();
    assert_eq!(scratch.next(), [3], "also after a restart");
    scratch.settle(3, &Settled::Held { until: NOW, why: why(), maybe_sent: false });
    assert_eq!(scratch.next(), [3], "what is at its turn keeps its place");
    scratch.settle(3, &Settled::Dropped { why: why() });
    assert_eq!(scratch.next(), [1]);
    scratch.queue(&[Verb::Start], NOW);
    assert_eq!(scratch.next(), [4]);
}

#[test]
fn what_waits_for_its_time_is_tried_again_after_a_restart() {
    let mut scratch = Scratch::new();
    scratch.queue(&[Verb::Finish], NOW);
    let ahead = NOW.after(Duration::from_secs(500 * 86_400)); // by a clock that was wrong
    scratch.settle(1, &Settled::Later { at: ahead, why: why() });
    assert_eq!(scratch.next(), [0; 0]);
    scratch.restart();
    assert_eq!(scratch.next(), [1]);
}

#[test]
fn what_was_handed_back_waits_and_is_replaced_as_anything_else_that_waits() {
    let of_session = |verb| Intent { session: "s".into(), ..intent(verb, NOW) };
    let mut scratch = Scratch::new();
    let nothing = Changes::default();
    let commit = |scratch: &mut Scratch, verb| {
        let intents = [of_session(verb)];
        scratch.store.commit(&nothing, &intents, &[], &[], NOW).expect("it is kept");
    };
    commit(&mut scratch, Verb::Start);
    assert_eq!(scratch.next(), [1]);
    commit(&mut scratch, Verb::Pause);
    assert_eq!(scratch.store.counts().expect("readable"), [("al".to_owned(), 2, 0)], "in hand");
    scratch.settle(1, &Settled::Dropped { why: why() });
    assert_eq!(scratch.next(), [2]);
    scratch.settle(2, &Settled::Held { until: NOW, why: why(), maybe_sent: false });
    commit(&mut scratch, Verb::Start);
    assert_eq!(scratch.next(), [3], "the pause has nobody told of");
}

#[test]
fn a_doubt_whether_it_was_sent_stays_until_it_is_settled() {
    let mut scratch = Scratch::new();
    scratch.queue(&[Verb::Finish], NOW);
    for maybe_sent in [true, false] {
        scratch.settle(1, &Settled::Held { until: NOW, why: why(), maybe_sent });
    }
    let Next::Work(work) = scratch.store.next(&al(), NOW).expect("it can be read") else {
        panic!("it is due")
    };
    assert_eq!((work.maybe_sent, work.attempts), (true, 2));
}

/// A film of its own that Trakt has taken at this time, while ours showed `now`.
fn tell(scratch: &mut Scratch, session: &str, watched_at: Time, ended: Time, now: Time) {
    let mut film = Intent { session: session.into(), ..intent(Verb::Finish, NOW) };
    film.item.title = format!("Film {session}");
    let nothing = Changes::default();
    scratch.store.commit(&nothing, &[film], &[], &[], now).expect("it is kept");
    let [number] = scratch.next()[..] else { panic!("it waits") };
    let play = Some(OurPlay { id: None, watched_at, ended, item: None });
    let settled = Settled::Done { how: How::Told, learned: ItemFacts::default(), play };
    scratch.store.settle(&al(), number, &settled, now).expect("it is kept");
}

/// When the viewing of that film ended, where it is remembered.
fn ended(scratch: &mut Scratch, film: u64) -> Option<Time> {
    let item = Item { title: format!("Film {film}"), ..Item::default() };
    let plays = scratch.store.plays(&al(), &item).expect("it can be read");
    plays.iter().map(|play| play.ended).next()
}

#[test]
fn plays_are_remembered_for_400_days_of_trakts_whatever_ours_says() {
    const DAY: Duration = Duration::from_secs(86_400);
    let mut scratch = Scratch::new();
    for (film, days) in [("1", 401), ("2", 399)] {
        let then = NOW.before(days * DAY);
        tell(&mut scratch, film, then, then, then);
    }
    tell(&mut scratch, "3", NOW, NOW, NOW.after(500 * DAY));
    assert_eq!([1, 2, 3].map(|film| ended(&mut scratch, film).is_some()), [false, true, true]);
}

#[test]
fn the_clock_moves_the_end_of_a_play_that_it_has_dated() {
    const HOUR: Duration = Duration::from_secs(3600);
    let mut scratch = Scratch::new();
    tell(&mut scratch, "1", NOW, NOW, NOW); // by an earlier start
    scratch.restart();
    let (right, behind) = (NOW.after(HOUR), NOW);
    tell(&mut scratch, "2", right, behind, behind);
    tell(&mut scratch, "3", behind, behind, behind); // by Trakt's clock
    scratch.store.clock_moved(3_600_000, Time(0), behind).expect("it is kept");
    let ends = [1, 2, 3].map(|film| ended(&mut scratch, film));
    assert_eq!(ends, [Some(NOW), Some(right), Some(behind)]);
}

#[test]
fn the_clock_moves_only_what_this_start_has_queued() {
    let mut scratch = Scratch::new();
    scratch.queue(&[Verb::Finish], NOW);
    scratch.restart();
    scratch.queue(&[Verb::Rate(3)], NOW);
    scratch.store.clock_moved(60_000, Time(0), NOW).expect("it is kept");
    let entries = scratch.store.entries(false, 9).expect("they can be read");
    let times: Vec<Time> = entries.iter().map(|entry| entry.intent.at).collect();
    assert_eq!(times, [NOW, NOW.moved(60_000)]);
    let Next::Work(first) = scratch.store.next(&al(), NOW).expect("it can be read") else {
        panic!("the first is due")
    };
    assert!(!first.of_this_start && first.maybe_sent, "{first:?}");
}

#[test]
fn what_cannot_be_read_is_parked_and_holds_up_nothing() {
    for damage in ["{}", "", "null", "x'00ff'"] {
        let mut scratch = Scratch::new();
        scratch.queue(&[Verb::Finish, Verb::Mark, Verb::Mark, Verb::Finish], NOW);
        let value = if damage.starts_with('x') { damage.to_owned() } else { format!("'{damage}'") };
        let sql = format!("UPDATE intent SET data = {value} WHERE id IN (1, 3)");
        scratch.store.run(|db| db.execute(&sql, [])).expect("it is damaged");
        scratch.store.clock_moved(1_000, Time(0), NOW).expect("the others move");
        assert_eq!(scratch.next(), [2], "{damage}");
        scratch.settle(2, &Settled::Dropped { why: why() });
        assert_eq!(scratch.next(), [4], "{damage}");
        let numbers = |entries: Vec<crate::store::OutboxEntry>| -> Vec<u64> {
            entries.iter().map(|entry| entry.id).collect()
        };
        let waiting = scratch.store.entries(false, 9).expect("they can be read");
        let parked = scratch.store.entries(true, 9).expect("they can be read");
        assert_eq!((numbers(waiting), numbers(parked)), (vec![4], vec![]), "{damage}");
        let counts = scratch.store.counts().expect("they can be read");
        assert_eq!(counts, [("al".to_owned(), 1, 2)], "still there, for who repairs it: {damage}");
        scratch.restart();
        assert_eq!(scratch.retry(None).len(), 2);
        assert_eq!(scratch.next(), [4], "{damage}");
    }
}

#[test]
fn trakt_keeps_a_position_until_a_start_or_a_stop_has_arrived() {
    use Verb::{Abandoned, Finish, Left, Pause, Rate, Start};
    let done = || Settled::Done { how: How::Told, learned: ItemFacts::default(), play: None };
    let held = |maybe_sent| Settled::Held { until: NOW, why: why(), maybe_sent };
    let dropped = || Settled::Dropped { why: why() };
    let cases: [(Vec<(Verb, Settled)>, bool); 10] = [
        (vec![(Start, done())], false),
        (vec![(Pause, done())], true),
        (vec![(Left, done())], true),
        (vec![(Left, held(true))], true),
        (vec![(Left, held(false))], false),
        (vec![(Pause, dropped())], false),
        (vec![(Pause, done()), (Start, done())], false),
        (vec![(Pause, done()), (Start, dropped()), (Rate(8), done())], true),
        (vec![(Left, done()), (Finish, done())], false),
        (vec![(Left, done()), (Abandoned, done())], false),
    ];
    for (told, expected) in cases {
        let mut scratch = Scratch::new();
        for (number, (verb, settled)) in (1..).zip(&told) {
            scratch.queue(&[*verb], NOW);
            scratch.settle(number, settled);
        }
        scratch.restart();
        let item = intent(Finish, NOW).item;
        let mut keeps = |account: &str, number| {
            let to = Destination::new(account, "trakt");
            scratch.store.keeps_position(&to, &item, number).expect("it can be read")
        };
        assert_eq!(keeps("al", 9), expected, "{told:?}");
        assert!(!keeps("al", 1), "what is told later is of another viewing: {told:?}");
        assert!(!keeps("bo", 9), "not bo's: {told:?}");
    }
}

/// Numbers, verbs and whether they are owed, as they wait.
fn waiting(scratch: &mut Scratch) -> Vec<String> {
    let entries = scratch.store.entries(false, 1_000).expect("it can be read");
    let word = |entry: &crate::store::OutboxEntry| {
        let is_owed = scratch.store.is_owed(&al(), &entry.intent, entry.id).expect("readable");
        format!("{} {}{}", entry.id, entry.intent.verb, if is_owed { ", owed" } else { "" })
    };
    entries.iter().map(word).collect()
}

/// The same session, watched at al's.
fn of_session(scratch: &mut Scratch, verb: Verb) {
    let intent = Intent { session: "s".into(), ..intent(verb, NOW) };
    scratch.store.commit(&Changes::default(), &[intent], &[], &[], NOW).expect("it is kept");
}

fn told() -> Settled {
    Settled::Done { how: How::Told, learned: ItemFacts::default(), play: None }
}

#[test]
fn what_ends_a_start_that_stands_open_is_owed_and_no_start_takes_its_place() {
    use Verb::{Abandoned, Finish, Left, Pause, Start};
    let lost = || Settled::Held { until: NOW, why: why(), maybe_sent: true };
    let dropped = || Settled::Dropped { why: why() };
    // What became of a start, and what then waits once it was paused and resumed.
    for (settled, expected) in [
        (told(), vec!["2 pause, owed", "3 start"]),
        (lost(), vec!["2 pause, owed", "3 start"]),
        (Settled::Held { until: NOW, why: why(), maybe_sent: false }, vec!["3 start"]),
        (dropped(), vec!["3 start"]),
    ] {
        let mut scratch = Scratch::new();
        of_session(&mut scratch, Start);
        scratch.settle(1, &settled);
        of_session(&mut scratch, Pause);
        of_session(&mut scratch, Start);
        assert_eq!(waiting(&mut scratch), expected, "{settled:?}");
        if expected.len() == 1 {
            continue;
        }
        scratch.next();
        scratch.settle(2, &lost());
        assert_eq!(waiting(&mut scratch), expected, "handed back");
        scratch.restart();
        assert_eq!(waiting(&mut scratch), expected, "after a restart");
        for (end, its_name) in [(Pause, "pause, owed"), (Left, "left, owed"), (Finish, "finish")] {
            of_session(&mut scratch, end);
            let last = waiting(&mut scratch).last().cloned().unwrap_or_default();
            assert!(last.ends_with(its_name), "{last}");
        }
        scratch.queue(&[Left; 200], NOW);
        of_session(&mut scratch, Abandoned);
        assert!(waiting(&mut scratch).iter().any(|one| one.ends_with("left, owed")));
    }
}

fn stands_open(scratch: &mut Scratch) -> bool {
    scratch.store.stands_open_before(&al(), "s", u64::MAX).expect("it can be read")
}

#[test]
fn a_start_is_ended_by_what_has_arrived_and_by_a_logout() {
    use Verb::{Abandoned, Finish, Left, Pause, Start};
    for (end, settled, expected) in [
        (Pause, told(), "left"),
        (Left, told(), "left"),
        (Abandoned, told(), "left"),
        (Finish, told(), "left"),
        (Pause, Settled::Dropped { why: why() }, "left, owed"),
        (Finish, Settled::Parked { why: why() }, "left, owed"),
    ] {
        let mut scratch = Scratch::new();
        of_session(&mut scratch, Start);
        scratch.settle(1, &told());
        of_session(&mut scratch, end);
        assert!(stands_open(&mut scratch), "{end}");
        scratch.settle(2, &settled);
        assert_eq!(stands_open(&mut scratch), expected == "left, owed", "{end}");
        of_session(&mut scratch, Left);
        assert_eq!(waiting(&mut scratch), [format!("3 {expected}")], "{end}");
        scratch.store.log_out("al", Some("trakt")).expect("it is kept");
        assert_eq!(waiting(&mut scratch), ["3 left"], "{end}");
    }
}

#[test]
fn what_is_parked_takes_the_place_of_nothing() {
    use Verb::{Abandoned, Finish, Pause, Start};
    let mut scratch = Scratch::new();
    of_session(&mut scratch, Start);
    scratch.settle(1, &told());
    of_session(&mut scratch, Pause);
    let held = Intent { session: "s".into(), ..intent(Finish, NOW) };
    let held = [(held, Reason::Flood { what: "plays" })];
    scratch.store.commit(&Changes::default(), &[], &held, &[], NOW).expect("it is kept");
    assert_eq!(waiting(&mut scratch), ["2 pause, owed"]);
    assert_eq!(scratch.retry(None), [3]);
    assert_eq!(waiting(&mut scratch), ["2 pause, owed", "3 finish"]);
    // A start that nobody has heard of is not told because of it.
    let mut scratch = Scratch::new();
    of_session(&mut scratch, Start);
    let ends = [Intent { session: "s".into(), ..intent(Abandoned, NOW) }];
    scratch.store.commit(&Changes::default(), &ends, &held, &[], NOW).expect("it is kept");
    assert_eq!(waiting(&mut scratch), [""; 0]);
}

#[test]
fn a_start_that_waited_at_a_crash_may_have_arrived() {
    let mut scratch = Scratch::new();
    of_session(&mut scratch, Verb::Start);
    scratch.restart();
    of_session(&mut scratch, Verb::Left);
    assert_eq!(waiting(&mut scratch), ["2 left, owed"]);
}
