use super::*;
use crate::event::{Ids, Item, Percent, Show};
use crate::intent::Intent;
use crate::pace::Limit;
use crate::tracker::{Looks, Names};

const BEGAN: Time = Time(10 * 60 * 60 * 1000);
const ENDED: Time = Time(12 * 60 * 60 * 1000);

type LookCase = (&'static str, Vec<Play>, Vec<OurPlay>, Option<u64>);

fn work(verb: Verb) -> Work {
    let ids = Ids { trakt: Some(12), tmdb: Some(603), ..Ids::default() };
    let item = Item { ids, title: "The Salt Road".into(), year: Some(2021), ..Item::default() };
    let intent = Intent {
        account: "alice".into(),
        verb,
        item: Item { runtime_ms: Some(7_200_000), ..item },
        session: "s".into(),
        progress: Percent::clamped(90.0),
        at: ENDED,
        began: BEGAN,
        viewing: None,
    };
    Work::new(1, intent, ENDED)
}

fn tracker(makes_plays_of_starts: bool) -> Traits {
    let limit = Limit { every: Duration::ZERO, at_once: 1 };
    Traits {
        names: Names { name: "notebook", title: "the notebook" },
        looks: Looks::Never,
        changes: limit,
        questions: limit,
        one_at_a_time: true,
        makes_plays_of_starts,
        tells_runtimes: false,
        kept_in_hand: 0,
    }
}

#[test]
fn a_play_that_is_repeated_is_told_apart_by_its_time() {
    let minutes = |n: u64| Duration::from_secs(n * 60);
    let own = |watched_at, ended| OurPlay { id: Some(5), watched_at, ended, item: None };
    let middle = BEGAN.after(minutes(30));
    let earlier = BEGAN.before(minutes(1));
    let cases = [
        ("a play of this viewing", ENDED, vec![], true),
        ("within the grace", BEGAN.before(minutes(1)), vec![], true),
        ("before this viewing", BEGAN.before(minutes(2)), vec![], false),
        ("ours of an earlier viewing", middle, vec![own(middle, earlier)], false),
        ("ours of this viewing", middle, vec![own(middle, ENDED)], true),
        ("another's beside ours", ENDED, vec![own(middle, earlier)], true),
    ];
    for (name, at, ours, expected) in cases {
        let work = Work { ours, ..work(Verb::Finish) };
        assert_eq!(is_of_this_viewing(&work, None, at), expected, "{name}");
    }
}

#[test]
fn a_play_since_the_viewing_began_stands_for_it_unless_it_stands_for_another_one() {
    let second = |n: u64| BEGAN.after(Duration::from_secs(n));
    let play = |id, watched_at| Play { id, watched_at };
    let own = |id, watched_at, ended| OurPlay { id, watched_at, ended, item: None };
    let earlier = BEGAN.before(Duration::from_secs(5));
    let later = ENDED.after(4 * HOUR);
    let cases: [LookCase; 8] = [
        ("none", vec![], vec![], None),
        ("another client's", vec![play(1, second(60))], vec![], Some(1)),
        ("an old one", vec![play(1, BEGAN.before(2 * MINUTE))], vec![], None),
        (
            "ours of the viewing before, taken by Trakt late",
            vec![play(1, second(600))],
            vec![own(Some(1), second(600), earlier)],
            None,
        ),
        (
            "the same, known by its time only",
            vec![play(1, second(600))],
            vec![own(None, second(601), earlier)],
            None,
        ),
        (
            "ours of a viewing after it",
            vec![play(1, later)],
            vec![own(Some(1), later, later)],
            None,
        ),
        (
            "ours of this viewing, told a minute after its end",
            vec![play(1, ENDED.after(MINUTE))],
            vec![own(Some(1), ENDED.after(MINUTE), ENDED.after(MINUTE))],
            Some(1),
        ),
        (
            "ours of this viewing",
            vec![play(2, earlier), play(1, earlier)],
            vec![own(Some(2), earlier, earlier), own(Some(1), earlier, ENDED)],
            Some(1),
        ),
    ];
    for (name, plays, ours, expected) in cases {
        let work = Work { ours, ..work(Verb::Finish) };
        assert_eq!(play_of_this_viewing(&work, &plays).map(|p| p.id), expected, "{name}");
    }
    let old = [play(1, Time(0))];
    assert_eq!(play_of_this_viewing(&work(Verb::Mark), &old), Some(old[0]), "seen is seen");
}

#[test]
fn a_moment_that_has_passed_is_not_told_any_more() {
    // The item of `work` runs for 2 h and is at 90 %: 12 minutes are left.
    for (verb, minutes, expected) in [
        (Verb::Start, 12, false),
        (Verb::Start, 13, true),
        (Verb::Pause, 24 * 60, false),
        (Verb::Pause, 24 * 60 + 1, true),
        (Verb::Left, 24 * 60 + 1, true),
        (Verb::Abandoned, 24 * 60 + 1, true),
        (Verb::Finish, 90 * 24 * 60, false),
        (Verb::Rate(3), 90 * 24 * 60, false),
    ] {
        let now = ENDED.after(minutes * MINUTE);
        for tracker in [tracker(false), tracker(true)] {
            let seen = outlived(&work(verb), &tracker, now).is_some();
            assert_eq!(seen, expected, "{verb} {minutes}");
        }
    }
    let mut start = work(Verb::Start);
    (start.intent.item.runtime_ms, start.intent.progress) = (None, Percent::ZERO);
    let outlived = |start: &Work, now| outlived(start, &tracker(true), now);
    assert!(outlived(&start, ENDED.after(6 * HOUR)).is_none());
    assert!(outlived(&start, ENDED.after(7 * HOUR)).is_some());
    start.intent.item.runtime_ms = Some(u64::MAX);
    assert!(outlived(&start, ENDED).is_none());
}

#[test]
fn what_a_tracker_does_not_know_is_tried_after_1_h_then_6_h_then_daily_for_30_days() {
    let mut now = ENDED;
    let mut pauses = Vec::new();
    let mut settled = unknown(&work(Verb::Finish), "Trakt", now);
    while let Settled::Later { at, .. } = settled {
        pauses.push(at.since(now).as_secs() / 3600);
        now = at;
        settled = unknown(&work(Verb::Finish), "Trakt", now);
    }
    assert_eq!(pauses[..4], [1, 6, 24, 24]);
    assert_eq!(now.since(ENDED).as_secs() / 86_400, 30);
    let sentence = "Trakt does not know `The Salt Road (2021)`".to_owned();
    assert_eq!(settled, Settled::Parked { why: sentence.clone() });
    let start = unknown(&work(Verb::Start), "Trakt", ENDED);
    assert_eq!(start, Settled::Dropped { why: sentence });
}

#[test]
fn what_may_be_known_tomorrow_is_not_parked_because_two_bear_its_name() {
    let of = |ids: Ids, of_show: Ids| {
        let mut work = work(Verb::Finish);
        let show = Show { ids: of_show, ..Show::default() };
        work.intent.item.kind = Kind::Episode(Episode { show, ..Episode::default() });
        work.intent.item.ids = ids;
        undecided(&work, "two".to_owned(), ENDED)
    };
    let ids = || Ids { tmdb: Some(1), ..Ids::default() };
    let later = Settled::Later { at: ENDED.after(HOUR), why: "two".to_owned() };
    assert_eq!(of(ids(), Ids::default()), later);
    assert_eq!(of(Ids::default(), ids()), later);
    let parked = Settled::Parked { why: "two".to_owned() };
    assert_eq!(of(Ids::default(), Ids::default()), parked);
}

#[test]
fn what_is_refused_is_parked_only_if_it_is_for_good() {
    let why = || "no".to_owned();
    let lasting = super::refused(&work(Verb::Finish), why());
    assert_eq!(lasting, Settled::Parked { why: why() });
    let fleeting = super::refused(&work(Verb::Pause), why());
    assert_eq!(fleeting, Settled::Dropped { why: why() });
}

#[test]
fn an_end_that_is_owed_is_no_moment() {
    let owed = |verb| Work { is_owed: true, ..work(verb) };
    let month_later = ENDED.after(31 * DAY);
    for verb in [Verb::Pause, Verb::Left, Verb::Abandoned] {
        for tracker in [tracker(false), tracker(true)] {
            assert_eq!(outlived(&owed(verb), &tracker, month_later), None, "{verb}");
        }
        let why = "no".to_owned();
        assert_eq!(super::refused(&owed(verb), why.clone()), Settled::Parked { why }, "{verb}");
        let unknown = unknown(&owed(verb), "Trakt", ENDED);
        assert!(matches!(unknown, Settled::Later { .. }), "{verb}: {unknown:?}");
    }
}

#[test]
fn an_end_that_was_found_days_later_is_told_only_where_its_start_may_become_a_play() {
    for verb in [Verb::Pause, Verb::Left, Verb::Abandoned] {
        for (found, expected) in [(DAY, false), (DAY + MINUTE, true)] {
            let work = Work { is_owed: true, since: ENDED.after(found), ..work(verb) };
            let now = work.since.after(MINUTE);
            let seen = outlived(&work, &tracker(false), now).is_some();
            assert_eq!(seen, expected, "{verb} {found:?}");
            assert_eq!(outlived(&work, &tracker(true), now), None, "{verb} {found:?}");
        }
    }
}
