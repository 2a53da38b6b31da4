use super::*;
use crate::engine::Changes;
use crate::event::{Ids, Item, Percent};
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
        Self { store: Store::open(folder.path()).expect("a database"), folder }
    }

    fn queue(&mut self, verbs: &[Verb], at: Time) {
        let intents: Vec<Intent> = verbs.iter().map(|verb| intent(*verb, at)).collect();
        let nothing = Changes { viewings: Vec::new(), held: Vec::new() };
        self.store.commit(&nothing, &intents, &[], &[], at).expect("it is kept");
    }

    fn next(&mut self) -> Vec<u64> {
        match self.store.next("al", NOW).expect("it can be read") {
            Next::Work(work) => vec![work.id],
            Next::Marks(works) => works.iter().map(|work| work.id).collect(),
            Next::Idle { .. } => Vec::new(),
        }
    }

    fn settle(&mut self, number: u64, settled: &Settled) {
        self.store.settle(number, settled, NOW).expect("it is kept");
    }

    fn restart(&mut self) {
        self.store = Store::open(self.folder.path()).expect("a database");
    }
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
        paused: false,
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
    assert_eq!(scratch.store.retry(Some(2), NOW).expect("it is kept"), 1);
    assert_eq!(scratch.next(), [2]);
    assert_eq!(scratch.store.retry(None, NOW).expect("it is kept"), 1);
    assert_eq!(scratch.next(), [1]);
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
    let Next::Work(first) = scratch.store.next("al", NOW).expect("it can be read") else {
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
        let numbers = |entries: Vec<crate::store::Entry>| -> Vec<u64> {
            entries.iter().map(|entry| entry.id).collect()
        };
        let waiting = scratch.store.entries(false, 9).expect("they can be read");
        let parked = scratch.store.entries(true, 9).expect("they can be read");
        assert_eq!((numbers(waiting), numbers(parked)), (vec![4], vec![]), "{damage}");
        let counts = scratch.store.counts().expect("they can be read");
        assert_eq!(counts, [("al".to_owned(), 1, 2)], "still there, for who repairs it: {damage}");
        scratch.restart();
        assert_eq!(scratch.store.retry(None, NOW).expect("it is kept"), 2);
        assert_eq!(scratch.next(), [4], "{damage}");
    }
}
