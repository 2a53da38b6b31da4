use super::*;
use crate::event::{Ids, Item, Percent, Show};
use crate::tracker::trakt::api::Found;
use crate::tracker::trakt::calls::numbered;
use crate::tracker::trakt::{Answer, Timing};

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
    };
    let (id, attempts, maybe_sent, ours, is_paused, show) = (1, 0, false, vec![], false, None);
    let (since, of_this_start) = (ENDED, true);
    Work { id, intent, attempts, maybe_sent, ours, is_paused, show, since, of_this_start }
}

fn call(verb: Verb, timing: Timing) -> Call {
    let intent = work(verb).intent;
    let found = Found::known(&intent.item).expect("it has a number");
    numbered(&intent, timing, &found).expect("there is such a call")
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, html: body.starts_with('<'), body: body.into(), ..Answer::default() }
}

fn refused(why: &str) -> Ruling {
    Ruling::Refused(why.to_owned())
}

fn trouble(trouble: Trouble) -> Ruling {
    Ruling::Hurdle(Hurdle::Trouble(trouble))
}

fn unreachable(why: &str) -> Ruling {
    Ruling::Hurdle(Hurdle::Unreachable { told: None, why: why.to_owned() })
}

fn too_fast(seconds: u64) -> Ruling {
    Ruling::Hurdle(Hurdle::TooFast(Duration::from_secs(seconds)))
}

#[test]
fn each_status_has_its_meaning() {
    let cases = [
        (200, "", Ruling::Taken),
        (201, "{}", Ruling::Taken),
        (201, "<html>", unreachable("a page answered in its place")),
        (204, "", Ruling::Taken),
        (301, "", unreachable("it answered 301")),
        (307, "", unreachable("it answered 307")),
        (400, "", refused("Trakt can't read the call (400); see the log")),
        (401, "", Ruling::Hurdle(Hurdle::Unauthorised)),
        (403, "", trouble(Trouble::AppGone)),
        (403, "{}", trouble(Trouble::AppGone)),
        (403, "<html>", unreachable("it answered 403")),
        (404, "", Ruling::Unknown),
        (405, "", refused("Trakt refuses it (405)")),
        (408, "", unreachable("it answered 408")),
        (409, "", refused("Trakt has a check-in running (409)")),
        (412, "", refused("Trakt refuses it (412)")),
        (420, "", refused(&limit_reached())),
        (422, "", refused("Trakt finds the call invalid (422)")),
        (423, "", trouble(Trouble::Locked)),
        (426, "", trouble(Trouble::VipNeeded)),
        (429, "", too_fast(10)),
        (500, "", unreachable("it answered 500")),
        (502, "<html>", unreachable("it answered 502")),
        (503, "", unreachable("it answered 503")),
        (504, "", unreachable("it answered 504")),
        (520, "", unreachable("it answered 520")),
        (521, "", unreachable("it answered 521")),
        (522, "", unreachable("it answered 522")),
        (524, "", unreachable("it answered 524")),
        (530, "", unreachable("it answered 530")),
    ];
    let (work, call) = (work(Verb::Start), call(Verb::Start, Timing::Live));
    let wrong: Vec<_> = cases
        .into_iter()
        .map(|(status, body, expected)| {
            (status, body, judge(&work, &call, &Ok(answer(status, body))), expected)
        })
        .filter(|(.., seen, expected)| seen != expected)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_answer_is_nobodys_fault() {
    let (work, call) = (work(Verb::Start), call(Verb::Start, Timing::Live));
    let seen = judge(&work, &call, &Err(Failure::NotSent("no route".into())));
    assert_eq!(seen, unreachable("could not connect: no route"));
}

#[test]
fn a_429_waits_as_told_but_not_less_than_a_second_nor_more_than_an_hour() {
    for (told, expected) in [(None, 10), (Some(0), 1), (Some(7), 7), (Some(999_999), 3600)] {
        let retry_after = told.map(Duration::from_secs);
        let reply = Ok(Answer { retry_after, ..answer(429, "") });
        assert_eq!(hurdle(&reply).map(Ruling::Hurdle), Some(too_fast(expected)));
    }
}

#[test]
fn an_answer_that_lists_the_item_as_not_found_is_a_failure() {
    let lists = r#"{"added":{"movies":0},"not_found":{"movies":[{"ids":{"tmdb":603}}]}}"#;
    let none = r#"{"added":{"movies":1},"not_found":{"movies":[],"episodes":[]}}"#;
    let nothing = r#"{"added":{"movies":0,"episodes":0},"not_found":{"movies":[]}}"#;
    let changed = r#"{"added":{"movies":0},"updated":{"movies":1},"not_found":{"movies":[]}}"#;
    let unclear = unreachable("its answer makes no sense");
    for (verb, timing, body, expected) in [
        (Verb::Finish, Timing::Late, none, Ruling::Taken),
        (Verb::Finish, Timing::Late, lists, Ruling::Unknown),
        (Verb::Finish, Timing::Late, "<html>", unreachable("a page answered in its place")),
        (Verb::Mark, Timing::Live, "", unclear),
        (Verb::Finish, Timing::Late, nothing, Ruling::NothingAdded),
        (Verb::Finish, Timing::Late, changed, Ruling::Taken),
        (Verb::Finish, Timing::Late, r#"{"not_found":{}}"#, Ruling::Taken),
        (Verb::Rate(8), Timing::Live, nothing, Ruling::NothingAdded),
        (Verb::Rate(8), Timing::Live, none, Ruling::Taken),
        (Verb::Rate(8), Timing::Live, lists, Ruling::Unknown),
        (Verb::Rate(8), Timing::Live, "", Ruling::Taken),
        (Verb::Unrate, Timing::Live, r#"{"deleted":{"movies":0}}"#, Ruling::Taken),
    ] {
        let seen = judge(&work(verb), &call(verb, timing), &Ok(answer(201, body)));
        assert_eq!(seen, expected, "{verb} {body}");
    }
}

#[test]
fn a_409_is_told_apart_by_the_time_of_the_play_it_names() {
    let minutes = |n: u64| Duration::from_secs(n * 60);
    let body = |at: Time| format!(r#"{{"watched_at":"{at}","expires_at":"{at}"}}"#);
    let own = |watched_at, ended| OurPlay { id: Some(5), watched_at, ended, trakt: None };
    let middle = BEGAN.after(minutes(30));
    let cases = [
        ("a play of this viewing", body(ENDED), vec![], Ruling::Already),
        ("within the grace", body(BEGAN.before(minutes(1))), vec![], Ruling::Already),
        ("before this viewing", body(BEGAN.before(minutes(2))), vec![], Ruling::SecondViewing),
        (
            "ours of an earlier viewing",
            body(middle),
            vec![own(middle, BEGAN.before(minutes(1)))],
            Ruling::SecondViewing,
        ),
        ("ours of this viewing", body(middle), vec![own(middle, ENDED)], Ruling::Already),
        (
            "another's beside ours",
            body(ENDED),
            vec![own(middle, BEGAN.before(minutes(1)))],
            Ruling::Already,
        ),
        ("no time in it", String::new(), vec![], Ruling::SecondViewing),
    ];
    for (name, body, ours, expected) in cases {
        let work = Work { ours, ..work(Verb::Finish) };
        let seen = judge(&work, &call(Verb::Finish, Timing::Live), &Ok(answer(409, &body)));
        assert_eq!(seen, expected, "{name}");
    }
    let in_history = judge(
        &work(Verb::Finish),
        &call(Verb::Finish, Timing::Late),
        &Ok(answer(409, &body(ENDED))),
    );
    assert_eq!(in_history, refused("Trakt refuses it (409)"));
}

#[test]
fn a_play_since_the_viewing_began_stands_for_it_unless_it_stands_for_another_one() {
    let second = |n: u64| BEGAN.after(Duration::from_secs(n));
    let play = |id, watched_at| Play { id, watched_at };
    let own = |id, watched_at, ended| OurPlay { id, watched_at, ended, trakt: None };
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
fn what_may_have_been_taken_is_looked_up_before_it_is_sent_again() {
    let lost = Err(Failure::AnswerLost("it was cut off".into()));
    let unsent = Err(Failure::NotSent("no route".into()));
    let (stop, history) = (call(Verb::Finish, Timing::Live), call(Verb::Finish, Timing::Late));
    for (call, reply, expected) in [
        (&stop, &lost, true),
        (&stop, &unsent, false),
        (&stop, &Ok(answer(520, "")), true),
        (&stop, &Ok(answer(503, "")), true),
        (&stop, &Ok(answer(429, "")), false),
        (&stop, &Ok(answer(201, "<html>")), true),
        (&history, &Ok(answer(200, "<html>")), true),
        (&history, &Ok(answer(200, "{}")), false),
    ] {
        assert_eq!(maybe_taken(call, reply), expected, "{call} {reply:?}");
    }
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
        let seen = outlived(&work(verb).intent, now).is_some();
        assert_eq!(seen, expected, "{verb} {minutes}");
    }
    let mut start = work(Verb::Start).intent;
    (start.item.runtime_ms, start.progress) = (None, Percent::ZERO);
    assert!(outlived(&start, ENDED.after(6 * HOUR)).is_none());
    assert!(outlived(&start, ENDED.after(7 * HOUR)).is_some());
    start.item.runtime_ms = Some(u64::MAX);
    assert!(outlived(&start, ENDED).is_none());
}

#[test]
fn what_trakt_does_not_know_is_tried_after_1_h_then_6_h_then_daily_for_30_days() {
    let mut now = ENDED;
    let mut pauses = Vec::new();
    let mut settled = unknown(&work(Verb::Finish), now);
    while let Settled::Later { at, .. } = settled {
        pauses.push(at.since(now).as_secs() / 3600);
        now = at;
        settled = unknown(&work(Verb::Finish), now);
    }
    assert_eq!(pauses[..4], [1, 6, 24, 24]);
    assert_eq!(now.since(ENDED).as_secs() / 86_400, 30);
    let sentence = "Trakt does not know `The Salt Road (2021)`".to_owned();
    assert_eq!(settled, Settled::Parked { why: sentence.clone() });
    let start = unknown(&work(Verb::Start), ENDED);
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
    let lasting = super::refused(&work(Verb::Finish).intent, why());
    assert_eq!(lasting, Settled::Parked { why: why() });
    let fleeting = super::refused(&work(Verb::Pause).intent, why());
    assert_eq!(fleeting, Settled::Dropped { why: why() });
}

#[test]
fn back_off_grows_from_one_second_to_five_minutes_and_spreads() {
    let seconds = |failures, dice| back_off(failures, dice).as_secs();
    let longest: Vec<_> = (0..11).map(|failures| seconds(failures, 0)).collect();
    assert_eq!(longest, [2, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    assert_eq!((seconds(1, u32::MAX), seconds(u32::MAX, u32::MAX)), (1, 150));
}

proptest::proptest! {
    /// Whatever a proxy, the CDN or Trakt says: no panic, and a call that adds a play is only
    /// called taken by an answer that says so.
    #[test]
    fn no_answer_is_beyond_judgement(
        status in 200_u16..600,
        body in proptest::prop_oneof![
            "\\PC{0,40}",
            r#"\{"(not_found|watched_at|action|id)":(\[\]|\{\}|[0-9]{1,20}|"x"|\{"movies":\[1\]\})\}"#,
        ],
    ) {
        let reply = Ok(answer(status, &body));
        for (verb, timing) in [(Verb::Finish, Timing::Late), (Verb::Finish, Timing::Live)] {
            let ruling = judge(&work(verb), &call(verb, timing), &reply);
            let is_json = serde_json::from_str::<serde_json::Value>(&body).is_ok();
            if ruling == Ruling::Taken {
                proptest::prop_assert!(status < 300 && (is_json || timing == Timing::Live));
            }
        }
        let _ = api::Taken::read(&work(Verb::Finish).intent.item, &answer(status, &body));
    }
}
