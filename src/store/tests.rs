use super::*;
use crate::delivery::TokenPair;
use crate::delivery::{Destination, How, ItemFacts, Next, OurPlay, Settled};
use crate::event::{Episode, Ids, Item, Kind, Percent, Show};
use crate::intent::Verb;
use crate::secret::Secret;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

const NOW: Time = Time(1_764_000_000_000);

/// A store in a folder of its own, which it makes, and which is gone when the test is over.
struct Shelf {
    store: Option<Store>,
    folder: PathBuf,
    _home: TempDir,
}

fn ann() -> Destination {
    Destination::new("ann", "trakt")
}

fn ben() -> Destination {
    Destination::new("ben", "trakt")
}

impl Shelf {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("data");
        Self { store: Some(Store::open(&folder).expect("a store")), folder, _home: home }
    }

    fn store(&mut self) -> &mut Store {
        self.store.as_mut().expect("it is open")
    }

    fn file(&self) -> PathBuf {
        self.folder.join("scrobbled.db")
    }

    fn reopen(&mut self) {
        self.store = None;
        self.store = Some(Store::open(&self.folder).expect("it opens again"));
    }

    /// Why it does not open any more.
    #[track_caller]
    fn err_reopen(&mut self) -> String {
        self.store = None;
        let error = Store::open(&self.folder).expect_err("not this one").to_string();
        error.replace(&self.folder.display().to_string(), "")
    }

    #[track_caller]
    fn commit(&mut self, intents: &[Intent]) {
        self.store().commit(&changes(&[]), intents, &[], &[], NOW).expect("written");
    }

    #[track_caller]
    fn settle(&mut self, id: u64, settled: &Settled) {
        self.store().settle(&ann(), id, settled, NOW).expect("written");
    }

    /// What waits (or is parked), oldest first: number, verb, session.
    fn queue(&mut self, parked: bool) -> Vec<String> {
        let entries = self.store().entries(parked, 100).expect("readable");
        let line = |entry: &OutboxEntry| {
            format!("{} {} {}", entry.id, entry.intent.verb, entry.intent.session)
        };
        entries.iter().map(line).collect()
    }

    /// What is handed out next to the account `ann`.
    fn next(&mut self, at: Time) -> String {
        match self.store().next(&ann(), at).expect("readable") {
            Next::Work(work) => format!(
                "{} {} after {} attempts{}",
                work.id,
                work.intent.verb,
                work.attempts,
                if work.maybe_sent { ", maybe sent" } else { "" }
            ),
            Next::Marks(works) => format!("{} marks", works.len()),
            Next::Idle { until } => {
                format!("idle {:?}", until.map(|until| until.since(at).as_secs()))
            }
        }
    }
}

fn intent(verb: Verb, session: &str) -> Intent {
    Intent {
        account: "ann".into(),
        verb,
        item: Item { title: "The Salt Road".into(), year: Some(2021), ..Item::default() },
        session: session.into(),
        progress: Percent::clamped(50.0),
        at: NOW,
        began: NOW,
        viewing: None,
    }
}

fn changes<'v>(viewings: &[(u64, Option<&'v Viewing>)]) -> Changes<'v> {
    Changes { viewings: viewings.to_vec(), ..Changes::default() }
}

fn later(seconds: u64) -> Settled {
    Settled::Later { at: NOW.after(Duration::from_secs(seconds)), why: "not known yet".into() }
}

fn parked() -> Settled {
    Settled::Parked { why: "refused".into() }
}

fn pair() -> TokenPair {
    TokenPair {
        access: Secret::new("a"),
        refresh: Secret::new("r"),
        created: NOW,
        lifetime: Duration::from_secs(3600),
    }
}

/// What is told of which sessions, and the queue that is left.
type Case = (&'static str, &'static [(Verb, &'static str)], &'static [&'static str]);

#[test]
fn a_moment_that_passed_is_not_told_and_nothing_else_is_lost() {
    use Verb::{Abandoned, Finish, Left, Mark, Pause, Rate, Start};
    let cases: [Case; 8] = [
        ("a newer start replaces", &[(Start, "1"), (Start, "1")], &["2 start 1"]),
        ("a pause replaces its start", &[(Start, "1"), (Pause, "1")], &["2 pause 1"]),
        ("the end removes what led to it", &[(Start, "1"), (Left, "1")], &["2 left 1"]),
        ("so does a play", &[(Start, "1"), (Pause, "1"), (Finish, "1")], &["3 finish 1"]),
        ("a play stays", &[(Finish, "1"), (Start, "1")], &["1 finish 1", "2 start 1"]),
        ("nobody heard of it", &[(Start, "1"), (Abandoned, "1")], &[]),
        ("others stay", &[(Start, "1"), (Start, "2")], &["1 start 1", "2 start 2"]),
        (
            "ratings and marks replace nothing",
            &[(Start, ""), (Rate(7), ""), (Rate(8), ""), (Mark, "")],
            &["1 start ", "2 rate ", "3 rate ", "4 mark "],
        ),
    ];
    let mut wrong = Vec::new();
    for (name, said, expected) in cases {
        for together in [true, false] {
            let mut shelf = Shelf::new();
            let said: Vec<_> = said.iter().map(|(verb, session)| intent(*verb, session)).collect();
            let size = if together { said.len() } else { 1 };
            said.chunks(size).for_each(|some| shelf.commit(some));
            let got = shelf.queue(false);
            if got != expected {
                wrong.push(format!("{name} (together: {together}): {got:?}, not {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_start_that_may_have_been_heard_is_taken_back() {
    let held = Settled::Held { until: NOW, why: "answer lost".into(), maybe_sent: true };
    for settled in [Some(held), None] {
        let mut shelf = Shelf::new();
        shelf.commit(&[intent(Verb::Start, "1")]);
        match settled {
            Some(settled) => shelf.settle(1, &settled),
            None => shelf.reopen(), // a crash may have come between the call and its mark
        }
        shelf.commit(&[intent(Verb::Abandoned, "1")]);
        assert_eq!(shelf.queue(false), ["2 abandoned 1"]);
    }
}

#[test]
fn work_is_handed_out_in_order_and_what_must_wait_is_passed() {
    let mut shelf = Shelf::new();
    shelf.commit(&[intent(Verb::Finish, "1"), intent(Verb::Finish, "2")]);
    shelf.commit(&[Intent { account: "ben".into(), ..intent(Verb::Finish, "3") }]);
    assert_eq!(shelf.next(NOW), "1 finish after 0 attempts");
    assert_eq!(shelf.next(NOW), "1 finish after 0 attempts", "it is there until it is settled");
    shelf.settle(1, &later(90));
    assert_eq!(shelf.next(NOW), "2 finish after 0 attempts");
    shelf.settle(2, &later(60));
    assert_eq!(shelf.next(NOW), "idle Some(60)");
    assert_eq!(shelf.next(NOW.after(Duration::from_secs(60))), "2 finish after 1 attempts");
    assert_eq!(shelf.next(NOW.after(Duration::from_secs(90))), "1 finish after 1 attempts");
    let done = Settled::Done { how: How::Told, learned: ItemFacts::default(), play: None };
    shelf.settle(1, &done);
    shelf.settle(2, &Settled::Dropped { why: "too late".into() });
    assert_eq!(shelf.next(NOW.after(Duration::from_secs(900))), "idle None");
    assert_eq!(shelf.store().counts().expect("readable"), [("ben".to_owned(), 1, 0)]);
    assert_eq!(shelf.store().settle(&ann(), 1, &done, NOW).expect("written"), None, "it is gone");
}

#[test]
fn what_waited_when_the_process_ended_may_have_been_sent() {
    let mut shelf = Shelf::new();
    shelf.commit(&[intent(Verb::Finish, "1")]);
    shelf.reopen();
    assert_eq!(shelf.next(NOW), "1 finish after 0 attempts, maybe sent");
}

#[test]
fn what_is_parked_stays_until_somebody_asks() {
    let mut shelf = Shelf::new();
    shelf.commit(&[intent(Verb::Finish, "1"), intent(Verb::Rate(9), ""), intent(Verb::Mark, "")]);
    for id in 1..=3 {
        shelf.settle(id, &parked());
    }
    shelf.reopen();
    assert_eq!((shelf.next(NOW), shelf.queue(false)), ("idle None".into(), vec![]));
    assert_eq!(shelf.queue(true), ["1 finish 1", "2 rate ", "3 mark "]);
    assert_eq!(shelf.store().retry(Some(2), NOW).expect("written").len(), 1);
    assert_eq!(shelf.next(NOW), "2 rate after 0 attempts");
    assert_eq!(shelf.store().retry(None, NOW).expect("written").len(), 2);
    assert_eq!(shelf.queue(false), ["1 finish 1", "2 rate ", "3 mark "]);
}

#[test]
fn a_play_is_found_by_every_name_of_its_item() {
    let mut shelf = Shelf::new();
    let mut watched = intent(Verb::Finish, "1");
    watched.item.ids.imdb = Some("tt0000001".into());
    let learned = Ids { tmdb: Some(77), ..Ids::default() };
    let play = OurPlay { id: Some(5), watched_at: NOW, ended: NOW, item: Some(12) };
    let learned = ItemFacts { ids: learned, ..ItemFacts::default() };
    shelf.commit(std::slice::from_ref(&watched));
    shelf.settle(1, &Settled::Done { how: How::Told, learned, play: Some(play) });
    let by = |ids: Ids, title: &str| Item { ids, title: title.into(), ..watched.item.clone() };
    let cases = [
        (by(Ids { imdb: Some("tt0000001".into()), ..Ids::default() }, ""), vec![play]),
        (by(Ids { tmdb: Some(77), ..Ids::default() }, "Another title"), vec![play]),
        (by(Ids::default(), "THE SALT ROAD"), vec![play]),
        (by(Ids { tmdb: Some(78), ..Ids::default() }, "Another title"), vec![]),
    ];
    for (item, expected) in cases {
        assert_eq!(shelf.store().plays(&ann(), &item).expect("readable"), expected, "{item:?}");
        assert_eq!(shelf.store().plays(&ben(), &item).expect("readable"), [], "not ben's");
    }
}

#[test]
fn the_plays_of_a_time_are_told_once_each_oldest_first() {
    let mut shelf = Shelf::new();
    let minutes = |n: u64| NOW.before(Duration::from_secs(60 * n));
    for (number, ago) in (1..).zip([90, 10, 50, 30]) {
        let mut watched = intent(Verb::Finish, "1");
        watched.item.ids.imdb = Some(format!("tt000000{number}")); // a row for each name
        let at = minutes(ago);
        let play = OurPlay { id: Some(number), watched_at: at, ended: at, item: Some(number) };
        let learned = ItemFacts::default();
        shelf.commit(&[watched]);
        shelf.settle(number, &Settled::Done { how: How::Told, learned, play: Some(play) });
    }
    let mut since = |since, most| shelf.store().plays_since(since, most).expect("readable");
    let ann = |ago| ("ann".to_owned(), minutes(ago));
    assert_eq!(since(minutes(60), 9), [ann(50), ann(30), ann(10)]);
    assert_eq!(since(minutes(60), 2), [ann(30), ann(10)], "the last ones");
    assert_eq!(since(NOW, 9), []);
}

#[test]
fn a_clock_that_was_wrong_moves_what_it_dated_and_nothing_else() {
    let mut shelf = Shelf::new();
    let old = Time(NOW.0 - 1_000_000);
    let dated = |at| Intent { at, began: at, ..intent(Verb::Finish, "1") };
    shelf.store().commit(&changes(&[]), &[dated(old)], &[], &[], old).expect("written");
    shelf.commit(&[dated(NOW), dated(old)]);
    shelf.settle(2, &later(60));
    shelf.store().clock_moved(5_000, Time(NOW.0 - 10), Time(NOW.0 + 10)).expect("written");
    let moved = Time(NOW.0 + 5_000);
    let entries = shelf.store().entries(false, 9).expect("readable");
    let times: Vec<_> =
        entries.iter().map(|e| (e.since, e.intent.at, e.intent.began, e.state)).collect();
    let due = EntryState::Waiting(Time(0));
    assert_eq!(times, [(old, old, old, due), (moved, moved, moved, due), (moved, old, old, due)]);
}

#[test]
fn numbers_are_kept_as_given_before_they_are_and_seldom() {
    let mut shelf = Shelf::new();
    let mut given = Vec::new();
    for last_number in [5, 1005, 1006, 7] {
        let changes = Changes { last_number, ..Changes::default() };
        shelf.store().commit(&changes, &[], &[], &[], NOW).expect("written");
        shelf.reopen();
        given.push(shelf.store().given());
    }
    assert_eq!(given, [1005, 1005, 2006, 2006]);
}

#[test]
fn a_commit_is_all_or_nothing() {
    let mut shelf = Shelf::new();
    let viewing = Viewing::new("ann", Item::default(), NOW);
    shelf.store().commit(&changes(&[(1, Some(&viewing))]), &[], &[], &[], NOW).expect("written");
    // The second intent breaks after the viewing and the first one were written.
    let break_it = "CREATE TRIGGER break BEFORE INSERT ON intent WHEN NEW.verb = 'mark'
                    BEGIN SELECT RAISE(ABORT, 'as the test wants it'); END";
    shelf.store().run(|db| db.execute_batch(break_it)).expect("a trigger");
    let both = changes(&[(1, None), (2, Some(&viewing))]);
    let intents = [intent(Verb::Finish, "1"), intent(Verb::Mark, "")];
    let error = shelf.store().commit(&both, &intents, &[], &[], NOW).expect_err("it breaks");
    assert!(error.to_string().ends_with("as the test wants it"), "{error}");
    let ids = |shelf: &mut Shelf| -> Vec<u64> {
        shelf.store().viewings().expect("readable").iter().map(|(id, _)| *id).collect()
    };
    assert_eq!((ids(&mut shelf), shelf.queue(false)), (vec![1], vec![]));
    shelf.store().run(|db| db.execute_batch("DROP TRIGGER break")).expect("gone");
    shelf.store().commit(&both, &intents, &[], &[], NOW).expect("now it works");
    shelf.reopen();
    assert_eq!(ids(&mut shelf), [2]);
    assert_eq!(shelf.queue(false), ["1 finish 1", "2 mark "]);
}

#[test]
fn a_full_disk_is_said_and_nothing_is_lost_by_it() {
    let mut shelf = Shelf::new();
    shelf.commit(&[intent(Verb::Finish, "1")]);
    let pages = |shelf: &mut Shelf, most: u32| {
        shelf.store().run(|db| db.pragma_update(None, "max_page_count", most)).expect("a pragma");
    };
    pages(&mut shelf, 1); // as many as there are, then
    let many: Vec<_> = (0..100).map(|n| intent(Verb::Finish, &n.to_string())).collect();
    let error = shelf.store().commit(&changes(&[]), &many, &[], &[], NOW).expect_err("it is full");
    let expected = format!("no space left for `{}`; free some", shelf.file().display());
    assert_eq!(error.to_string(), expected);
    assert_eq!(shelf.queue(false), ["1 finish 1"]);
    pages(&mut shelf, 1_000_000);
    shelf.commit(&many);
    assert_eq!(shelf.queue(false).len(), 100, "as many as are shown");
}

#[test]
fn a_login_is_kept_and_forgotten() {
    let mut shelf = Shelf::new();
    shelf.store().log_in(&ann(), &pair()).expect("written");
    shelf.reopen();
    assert_eq!(shelf.store().tokens(&ann()).expect("readable"), Some(pair()));
    assert_eq!(shelf.store().tokens(&ben()).expect("readable"), None);
    assert_eq!(shelf.store().tokens(&Destination::new("ann", "simkl")).expect("readable"), None);
    assert_eq!(shelf.store().logins().expect("readable"), [ann()]);
    shelf.store().log_out("ann", Some("trakt")).expect("written");
    assert_eq!(shelf.store().tokens(&ann()).expect("readable"), None);
}

#[test]
fn what_is_decided_goes_to_each_tracker_and_without_one_to_the_first_that_comes() {
    let mut shelf = Shelf::new();
    let simkl = Destination::new("ann", "simkl");
    let queues = |shelf: &mut Shelf| {
        let queues = shelf.store().queues(NOW).expect("readable");
        let words = queues.iter().map(|one| format!("{} {}", one.destination.tracker, one.waiting));
        words.collect::<Vec<_>>()
    };
    shelf.commit(&[intent(Verb::Finish, "1")]);
    assert_eq!(queues(&mut shelf), [" 1"], "it waits for whichever is connected first");
    shelf.store().log_in(&ann(), &pair()).expect("written");
    assert_eq!(queues(&mut shelf), ["trakt 1"]);
    shelf.store().log_in(&simkl, &pair()).expect("written");
    assert_eq!(queues(&mut shelf), ["trakt 1"], "the second gets what comes after its login");
    shelf.commit(&[intent(Verb::Finish, "2")]);
    assert_eq!(queues(&mut shelf), ["simkl 1", "trakt 2"]);
    shelf.reopen();
    let log_out =
        |shelf: &mut Shelf, tracker| shelf.store().log_out("ann", tracker).expect("written");
    assert_eq!(log_out(&mut shelf, Some("simkl")), Some(1), "what waited there goes with it");
    assert_eq!(queues(&mut shelf), ["trakt 2"]);
    assert_eq!(log_out(&mut shelf, Some("trakt")), None);
    assert_eq!(queues(&mut shelf), [" 2"], "the last one's stays");
    shelf.reopen();
    shelf.commit(&[intent(Verb::Finish, "3")]);
    shelf.store().log_in(&simkl, &pair()).expect("written");
    assert_eq!(queues(&mut shelf), ["simkl 3"]);
}

#[test]
fn who_is_logged_out_everywhere_keeps_once_what_any_of_the_trackers_had_to_be_told() {
    let mut shelf = Shelf::new();
    let simkl = Destination::new("ann", "simkl");
    for to in [&ann(), &simkl, &ben()] {
        shelf.store().log_in(to, &pair()).expect("written");
    }
    let of_ben = Intent { account: "ben".into(), ..intent(Verb::Finish, "9") };
    shelf.commit(&[intent(Verb::Finish, "1"), intent(Verb::Mark, ""), intent(Verb::Rate(8), "")]);
    shelf.commit(&[of_ben]);
    let waiting = shelf.queue(false);
    let expected = ["finish 1", "finish 1", "mark ", "mark ", "rate ", "rate ", "finish 9"];
    let expected: Vec<_> = (1..).zip(expected).map(|(id, what)| format!("{id} {what}")).collect();
    assert_eq!(waiting, expected, "first for Simkl, then for Trakt");
    // Simkl has the film; Trakt rejects the mark and does not know what is rated.
    let told = Settled::Done { how: How::Told, learned: ItemFacts::default(), play: None };
    shelf.store().settle(&simkl, 1, &told, NOW).expect("written");
    shelf.settle(4, &parked());
    shelf.settle(6, &later(3600));
    assert_eq!(shelf.store().log_out("ann", None).expect("written"), None);
    assert_eq!(shelf.store().logins().expect("readable"), [ben()]);
    assert_eq!((shelf.queue(false).len(), shelf.queue(true).len()), (4, 0), "none of them twice");

    shelf.store().log_in(&ann(), &pair()).expect("written");
    assert_eq!(shelf.next(NOW), "2 finish after 0 attempts, maybe sent");
    shelf.settle(2, &told);
    assert_eq!(shelf.next(NOW), "3 mark after 0 attempts, maybe sent");
    shelf.settle(3, &told);
    assert_eq!(shelf.next(NOW), "5 rate after 0 attempts, maybe sent", "at once");
}

#[test]
fn what_a_tracker_has_no_use_for_is_neither_queued_nor_parked_there() {
    let mut shelf = Shelf::new();
    let elsewhere = Destination::new("ann", "elsewhere");
    let takes_no_ratings = |tracker: &str, intent: &Intent| {
        tracker == "elsewhere" && matches!(intent.verb, Verb::Rate(_))
    };
    shelf.store().set_needless(takes_no_ratings);
    shelf.commit(&[intent(Verb::Rate(8), "")]);
    assert_eq!(shelf.queue(false), ["1 rate "], "whoever comes first may take it");
    shelf.store().log_in(&elsewhere, &pair()).expect("written");
    shelf.commit(&[intent(Verb::Rate(9), ""), intent(Verb::Finish, "1")]);
    assert_eq!(shelf.queue(false), ["1 rate ", "2 finish 1"], "nobody else is there to take it");
    shelf.store().log_in(&ann(), &pair()).expect("written");
    let flood = [(intent(Verb::Rate(7), ""), Reason::Flood { what: "ratings" })];
    shelf
        .store()
        .commit(&changes(&[]), &[intent(Verb::Rate(6), "")], &flood, &[], NOW)
        .expect("written");
    let trackers = |shelf: &mut Shelf, parked| -> Vec<_> {
        let entries = shelf.store().entries(parked, 9).expect("readable");
        entries.into_iter().map(|entry| format!("{} {}", entry.id, entry.tracker)).collect()
    };
    assert_eq!(trackers(&mut shelf, false), ["1 elsewhere", "2 elsewhere", "3 trakt"]);
    assert_eq!(trackers(&mut shelf, true), ["4 trakt"]);
}

/// The answer of a tracker that the account was disconnected from on the way.
#[test]
fn what_another_tracker_is_to_be_told_is_not_settled_by_the_one_before() {
    let mut shelf = Shelf::new();
    let simkl = Destination::new("ann", "simkl");
    shelf.store().log_in(&ann(), &pair()).expect("written");
    shelf.commit(&[intent(Verb::Finish, "1")]);
    assert_eq!(shelf.next(NOW), "1 finish after 0 attempts");
    shelf.store().log_out("ann", None).expect("written");
    shelf.store().log_in(&simkl, &pair()).expect("written");
    let told = Settled::Done { how: How::Told, learned: ItemFacts::default(), play: None };
    assert_eq!(shelf.store().settle(&ann(), 1, &told, NOW).expect("written"), None);
    assert_eq!(shelf.queue(false), ["1 finish 1"]);
}

#[test]
fn promises_are_kept_through_a_power_cut_and_files_are_the_owner_s_alone() {
    let mut shelf = Shelf::new();
    shelf.commit(&[intent(Verb::Finish, "1")]);
    shelf.settle(1, &parked()); // it relaxes `synchronous` while it writes
    let pragma = |shelf: &mut Shelf, name: &str| -> String {
        let read = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
        let value = shelf.store().run(|db| db.pragma_query_value(None, name, read));
        format!("{:?}", value.expect("a value"))
    };
    assert_eq!(pragma(&mut shelf, "journal_mode"), r#"Text("wal")"#);
    assert_eq!(pragma(&mut shelf, "synchronous"), "Integer(2)", "FULL");
    assert_eq!(pragma(&mut shelf, "page_size"), "Integer(1024)");
    let mode = |path: &Path| fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    assert_eq!(mode(&shelf.folder), 0o700);
    for file in fs::read_dir(&shelf.folder).expect("a folder") {
        let path = file.expect("a file").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    let backup = shelf.folder.join("copy.db");
    shelf.store().backup(&backup, &Secret::default()).expect("written");
    assert_eq!(mode(&backup), 0o600);
    shelf.store().backup(&backup, &Secret::default()).expect_err("a file is never replaced");
}

#[test]
fn err_a_newer_database_is_left_alone() {
    let mut shelf = Shelf::new();
    let next = u32::try_from(MIGRATIONS.len()).expect("few") + 1;
    shelf.store().run(|db| db.pragma_update(None, "user_version", next)).expect("a pragma");
    shelf.store = None;
    let before = fs::read(shelf.file()).expect("readable");
    let expected = "`/scrobbled.db` was written by a newer scrobbled; install that version again";
    assert_eq!(shelf.err_reopen(), expected);
    assert_eq!(fs::read(shelf.file()).expect("readable"), before);
}

/// What is done to a database.
type Damage = (&'static str, fn(Vec<u8>) -> Vec<u8>);

#[test]
fn err_a_damaged_database_is_said_and_left_as_it_is() {
    let damaged = "`/scrobbled.db` is damaged; restore a backup over it (`scrobbled restore FILE --force`), \
                   or move it away and start again";
    let damages: [Damage; 4] = [
        ("another file", |_| b"dear diary, today".repeat(100)),
        ("cut in the middle", |db| db[..db.len() / 2].to_vec()),
        ("cut in the head", |db| db[..50].to_vec()),
        ("torn pages", |mut db| {
            db[1024..].fill(0xA5);
            db
        }),
    ];
    for (name, damage) in damages {
        let mut shelf = Shelf::new();
        shelf.commit(&[intent(Verb::Finish, "1")]);
        shelf.store = None;
        let harmed = damage(fs::read(shelf.file()).expect("readable"));
        fs::write(shelf.file(), &harmed).expect("written");
        assert_eq!(shelf.err_reopen(), damaged, "{name}");
        assert_eq!(fs::read(shelf.file()).expect("readable"), harmed, "{name}");
    }
}

#[test]
fn err_what_is_laid_out_as_none_of_ours_is_damaged_too() {
    let cases = [
        // It would say that it keeps what it does not.
        "CREATE TRIGGER thief AFTER INSERT ON intent BEGIN DELETE FROM intent; END",
        // It never comes to an end.
        "DROP TABLE activity; CREATE VIEW activity AS WITH RECURSIVE up(n) AS
         (SELECT 1 UNION ALL SELECT n + 1 FROM up) SELECT n AS slot, n AS id, '{}' AS data FROM up",
        "PRAGMA user_version = 3",
        "PRAGMA user_version = -1",
        "DROP TABLE given",
        "DELETE FROM given",
    ];
    for sql in cases {
        let mut shelf = Shelf::new();
        shelf.store().run(|db| db.execute_batch(sql)).expect(sql);
        let damaged = "`/scrobbled.db` is damaged; restore a backup over it (`scrobbled restore FILE --force`), \
                   or move it away and start again";
        assert_eq!(shelf.err_reopen(), damaged, "{sql}");
    }
}

#[test]
fn err_a_backup_whose_name_is_no_text_is_not_written() {
    use std::os::unix::ffi::OsStringExt;
    let mut shelf = Shelf::new();
    let folder = shelf.folder.clone();
    let file = folder.join(std::ffi::OsString::from_vec(b"b\xff".to_vec()));
    let names = || fs::read_dir(&folder).expect("the folder").count();
    let before = names();
    let error = shelf.store().backup(&file, &Secret::default()).expect_err("no text");
    assert!(error.to_string().contains("its name is no UTF-8 text"), "{error}");
    assert_eq!(names(), before);
}

#[test]
fn err_a_place_that_cannot_be_used_says_which_and_what_to_do() {
    let mut shelf = Shelf::new();
    shelf.store = None;
    fs::remove_file(shelf.file()).expect("removed");
    fs::create_dir(shelf.file()).expect("a folder in its place");
    assert_eq!(
        shelf.err_reopen(),
        "`/scrobbled.db` can't be used: something else is in its place; move it away"
    );
    let file = shelf.folder.join("file");
    fs::write(&file, "").expect("written");
    assert_eq!(
        Store::open(&file.join("data")).expect_err("below a file").to_string(),
        format!(
            "can't open `{}`: Not a directory (os error 20); check that the folder exists, and that \
             it and all in it belong to this user",
            file.join("data").display()
        )
    );
}

#[test]
fn a_database_that_is_removed_or_replaced_takes_nothing_until_it_is_back() {
    let mut shelf = Shelf::new();
    shelf.commit(&[intent(Verb::Start, "a")]);
    let (file, aside) = (shelf.file(), shelf.folder.join("aside"));
    fs::rename(&file, &aside).expect("moved");
    for replaced in [false, true] {
        if replaced {
            fs::write(&file, "another").expect("written");
        }
        let more = [intent(Verb::Finish, "b")];
        let store = shelf.store();
        let refused = [
            store.commit(&changes(&[]), &more, &[], &[], NOW).map(drop),
            store.settle(&ann(), 1, &later(1), NOW).map(drop),
            store.renew(&ann(), &pair()),
            store.try_writing(),
        ];
        let expected = format!(
            "`{}` was removed or replaced while scrobbled ran; restart it, or put the file back",
            file.display()
        );
        for error in refused {
            assert_eq!(error.expect_err("it is gone").to_string(), expected);
        }
    }
    fs::rename(&aside, &file).expect("moved back");
    shelf.store().try_writing().expect("it is there again");
    shelf.commit(&[intent(Verb::Finish, "c")]);
    assert_eq!(shelf.queue(false), ["1 start a", "2 finish c"]);
}

#[test]
fn a_database_that_leads_elsewhere_is_not_even_looked_at() {
    let shelf = Shelf::new();
    symlink("/dev/zero", shelf.folder.join("scrobbled.db-journal")).expect("a link");
    assert!(matches!(Store::open(&shelf.folder), Err(StoreError::NotOurs { .. })));
    assert!(matches!(Store::copy(&shelf.folder), Err(StoreError::NotOurs { .. })));
}

#[test]
fn a_lock_that_leads_elsewhere_is_not_followed() {
    let shelf = Shelf::new();
    let precious = shelf.folder.join("precious");
    fs::write(&precious, "precious").expect("written");
    symlink(&precious, shelf.folder.join("lock")).expect("a link");
    assert!(matches!(Lock::take(&shelf.folder), Err(LockError::Io(_))));
    assert_eq!(fs::read_to_string(&precious).ok().as_deref(), Some("precious"));
}

#[test]
fn the_show_of_an_episode_is_remembered_by_its_key_and_title() {
    let of = |key: &str, title: &str| {
        let show = Show { key: key.into(), title: title.into(), ..Show::default() };
        let mut intent = intent(Verb::Finish, "1");
        intent.item.kind = Kind::Episode(Episode { show, ..Episode::default() });
        intent
    };
    let mut shelf = Shelf::new();
    let told = |shelf: &mut Shelf, intent: &Intent, trakt| {
        shelf.commit(std::slice::from_ref(intent));
        let Next::Work(work) = shelf.store().next(&ann(), NOW).expect("readable") else { return };
        let learned = ItemFacts { show: Some(trakt), ..ItemFacts::default() };
        shelf.settle(work.id, &Settled::Done { how: How::Told, learned, play: None });
    };
    told(&mut shelf, &of("40", "The Foxes (2019)"), 19);
    told(&mut shelf, &of("41", "The Foxes"), 79);
    told(&mut shelf, &of("", "The Foxes"), 5);
    shelf.reopen();
    let mut show =
        |key, title| shelf.store().show("trakt", &of(key, title).item).expect("readable");
    assert_eq!((show("40", "The foxes"), show("41", "The Foxes")), (Some(19), Some(79)));
    assert_eq!((show("40", "Another"), show("", "The Foxes")), (None, None));
    told(&mut shelf, &of("40", "The Foxes"), 20);
    let item =
        Item { kind: Kind::Show, key: "40".into(), title: "The Foxes".into(), ..Item::default() };
    assert_eq!(
        shelf.store().show("trakt", &item).expect("readable"),
        Some(20),
        "the last one counts"
    );
}
