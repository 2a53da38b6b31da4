use super::super::calls::numbered;
use super::super::{api, found, refusal};
use super::*;
use crate::delivery::Refusal;
use crate::event::{Ids, Item, Percent, Time};
use crate::http::Failure;
use crate::intent::{Intent, Verb};
use crate::tracker::Timing;

const ENDED: Time = Time(12 * 60 * 60 * 1000);

fn intent(verb: Verb) -> Intent {
    let ids = Ids { trakt: Some(12), tmdb: Some(603), ..Ids::default() };
    let item = Item { ids, title: "The Salt Road".into(), year: Some(2021), ..Item::default() };
    Intent {
        account: "alice".into(),
        verb,
        item: Item { runtime_ms: Some(7_200_000), ..item },
        session: "s".into(),
        progress: Percent::clamped(90.0),
        at: ENDED,
        began: Time(0),
        viewing: None,
    }
}

fn call(verb: Verb, timing: Timing) -> Call {
    let intent = intent(verb);
    let found = found::known(&intent.item).expect("it has a number");
    numbered(&intent, timing, &found).expect("there is such a call")
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, html: body.starts_with('<'), body: body.into(), ..Answer::default() }
}

fn refused(why: &str) -> CallOutcome {
    CallOutcome::Refused(why.to_owned())
}

fn refuses(refusal: Refusal) -> CallOutcome {
    CallOutcome::Hurdle(Hurdle::Refused(refusal))
}

fn unreachable(why: &str) -> CallOutcome {
    CallOutcome::Hurdle(Hurdle::Unreachable { told: None, why: why.to_owned() })
}

fn too_fast(seconds: u64) -> CallOutcome {
    CallOutcome::Hurdle(Hurdle::TooFast(Duration::from_secs(seconds)))
}

#[test]
fn each_status_has_its_meaning() {
    let cases = [
        (200, "", CallOutcome::Taken),
        (201, "{}", CallOutcome::Taken),
        (
            201,
            "<html>",
            unreachable("a web page came instead of an answer (captive portal, proxy or CDN)"),
        ),
        (204, "", CallOutcome::Taken),
        (301, "", unreachable("it answered 301")),
        (307, "", unreachable("it answered 307")),
        (400, "", refused("Trakt could not read the request (400); the log shows it")),
        (401, "", CallOutcome::Hurdle(Hurdle::Unauthorised)),
        (403, "", refuses(refusal::APP_GONE)),
        (403, "{}", refuses(refusal::APP_GONE)),
        (403, "<html>", unreachable("it answered 403")),
        (404, "", CallOutcome::Unknown),
        (405, "", refused("Trakt refuses it (405)")),
        (408, "", unreachable("it answered 408")),
        (409, "", refused("a check-in is running at Trakt (409), so it takes no scrobble")),
        (412, "", refused("Trakt refuses it (412)")),
        (420, "", refused(&limit_reached())),
        (422, "", refused("Trakt says that the request is invalid (422)")),
        (423, "", refuses(refusal::LOCKED)),
        (426, "", refuses(refusal::VIP_NEEDED)),
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
    let call = call(Verb::Start, Timing::Live);
    let wrong: Vec<_> = cases
        .into_iter()
        .map(|(status, body, expected)| {
            (status, body, judge(&call, &Ok(answer(status, body))), expected)
        })
        .filter(|(.., seen, expected)| seen != expected)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_answer_is_nobodys_fault() {
    let call = call(Verb::Start, Timing::Live);
    let seen = judge(&call, &Err(Failure::NotSent("no route".into())));
    assert_eq!(seen, unreachable("could not connect: no route"));
}

#[test]
fn a_429_waits_as_told_but_not_less_than_a_second_nor_more_than_an_hour() {
    for (told, expected) in [(None, 10), (Some(0), 1), (Some(7), 7), (Some(999_999), 3600)] {
        let retry_after = told.map(Duration::from_secs);
        let reply = Ok(Answer { retry_after, ..answer(429, "") });
        assert_eq!(hurdle(&reply).map(CallOutcome::Hurdle), Some(too_fast(expected)));
    }
}

#[test]
fn an_answer_that_lists_the_item_as_not_found_is_a_failure() {
    let lists = r#"{"added":{"movies":0},"not_found":{"movies":[{"ids":{"tmdb":603}}]}}"#;
    let none = r#"{"added":{"movies":1},"not_found":{"movies":[],"episodes":[]}}"#;
    let nothing = r#"{"added":{"movies":0,"episodes":0},"not_found":{"movies":[]}}"#;
    let changed = r#"{"added":{"movies":0},"updated":{"movies":1},"not_found":{"movies":[]}}"#;
    let unclear = unreachable("its answer could not be understood");
    for (verb, timing, body, expected) in [
        (Verb::Finish, Timing::Late, none, CallOutcome::Taken),
        (Verb::Finish, Timing::Late, lists, CallOutcome::Unknown),
        (
            Verb::Finish,
            Timing::Late,
            "<html>",
            unreachable("a web page came instead of an answer (captive portal, proxy or CDN)"),
        ),
        (Verb::Mark, Timing::Live, "", unclear),
        (Verb::Finish, Timing::Late, nothing, CallOutcome::NothingAdded),
        (Verb::Finish, Timing::Late, changed, CallOutcome::Taken),
        (Verb::Finish, Timing::Late, r#"{"not_found":{}}"#, CallOutcome::Taken),
        (Verb::Rate(8), Timing::Live, nothing, CallOutcome::NothingAdded),
        (Verb::Rate(8), Timing::Live, none, CallOutcome::Taken),
        (Verb::Rate(8), Timing::Live, lists, CallOutcome::Unknown),
        (Verb::Rate(8), Timing::Live, "", CallOutcome::Taken),
        (Verb::Unrate, Timing::Live, r#"{"deleted":{"movies":0}}"#, CallOutcome::Taken),
    ] {
        let seen = judge(&call(verb, timing), &Ok(answer(201, body)));
        assert_eq!(seen, expected, "{verb} {body}");
    }
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
        assert_eq!(may_have_obeyed(call, reply), expected, "{call} {reply:?}");
    }
}

#[test]
fn a_409_says_of_which_play_it_takes_a_stop_to_be_a_repetition() {
    let body = format!(r#"{{"watched_at":"{ENDED}","expires_at":"{ENDED}"}}"#);
    let of = |timing, body: &str| judge(&call(Verb::Finish, timing), &Ok(answer(409, body)));
    assert_eq!(of(Timing::Live, &body), CallOutcome::Repeats(Some(ENDED)));
    assert_eq!(of(Timing::Live, ""), CallOutcome::Repeats(None));
    assert_eq!(of(Timing::Late, &body), refused("Trakt refuses it (409)"));
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
            let ruling = judge(&call(verb, timing), &reply);
            let is_json = serde_json::from_str::<serde_json::Value>(&body).is_ok();
            if ruling == CallOutcome::Taken {
                proptest::prop_assert!(status < 300 && (is_json || timing == Timing::Live));
            }
        }
        let _ = api::taken(&intent(Verb::Finish).item, &answer(status, &body));
    }
}
