//! Pace, outages, and the login.

use super::*;
use standin::trakt::Fault;

#[test]
fn two_changes_are_an_interval_apart_and_the_first_is_one_after_the_start() {
    let mut scene = scene(
        vec![
            ("POST /scrobble/start", answer(201, "{}")),
            ("POST /scrobble/pause", answer(201, "{}")),
        ],
        vec![film(Verb::Start), known_film(Verb::Pause)],
    );
    scene.trakt.post_interval = Duration::from_millis(1000);
    let play = scene.start();
    for count in 1..=2 {
        play.wait_handed_out(count);
        play.advance(Duration::from_millis(999));
        assert_eq!(play.script.seen().len(), count);
        play.advance(Duration::from_millis(1));
        play.wait_settled(count);
    }
}

#[test]
fn a_stop_while_the_pace_is_kept_hands_the_work_back() {
    let mut scene = scene(
        vec![("POST /scrobble/start", answer(201, "{}"))],
        vec![film(Verb::Start), known_film(Verb::Pause)],
    );
    scene.trakt.post_interval = minutes(1);
    let mut play = scene.start();
    play.wait_handed_out(1);
    play.advance(minutes(1));
    play.wait_handed_out(2);
    play.stop();
    let why = "the daemon is stopping".to_owned();
    let back = Settled::Held { until: noon().after(minutes(1)), why, maybe_sent: false };
    assert_eq!(play.wait_settled(2)[1], back);
}

#[test]
fn a_429_waits_as_told() {
    let play = scene(
        vec![
            (PLAYS, answer(200, "[]")),
            ("POST /scrobble/stop", answer_with(429, "Retry-After: 7", "")),
            (PLAYS, answer(200, "[]")),
            ("POST /scrobble/stop", answer(201, TAKEN)),
        ],
        vec![known_film(Verb::Finish)],
    )
    .start();
    let until = noon().after(Duration::from_secs(7));
    let why = "Trakt's rate limit was reached (429)".to_owned();
    let later = Settled::Held { until, why, maybe_sent: false };
    assert_eq!(play.wait_settled(1), [later]);
    play.advance(Duration::from_millis(6999));
    assert_eq!(play.script.seen().len(), 3);
    play.advance(Duration::from_millis(1));
    play.wait_settled(2);
}

#[test]
fn a_retry_does_not_break_the_wait_that_trakt_asks_for() {
    let play = scene(
        vec![
            ("POST /sync/ratings", answer_with(429, "Retry-After: 7", "")),
            ("POST /sync/ratings", answer(201, "{}")),
        ],
        vec![known_film(Verb::Rate(8))],
    )
    .start();
    play.wait_settled(1);
    play.wakes.send(CourierCommand::Retry).expect("the courier lives");
    play.wait_at_rest();
    assert_eq!(play.script.seen().len(), 2);
    play.advance(Duration::from_secs(7));
    play.wait_settled(2);
}

#[test]
fn an_outage_is_told_once_and_ends_by_itself() {
    let mut steps: Steps = vec![("POST /scrobble/start", answer(503, "")); 5];
    steps.push(("POST /scrobble/start", answer(201, "{}")));
    let mut start = film(Verb::Start);
    start.progress = Percent::ZERO;
    let play = scene(steps, vec![start]).start();
    for failures in 1..=5 {
        play.wait_settled(failures);
        play.advance(Duration::from_secs(40));
    }
    let settled = play.wait_settled(6);
    assert!(matches!(settled[5], Settled::Done { .. }), "{settled:?}");
    let connected = AccountState::Connected { user: Some("al".into()) };
    assert_eq!(play.states(), [connected.clone(), AccountState::Unreachable, connected]);
}

#[test]
fn a_locked_account_waits_and_nothing_is_lost() {
    let play = scene(
        vec![
            ("POST /sync/ratings", answer(423, "")),
            ("POST /sync/ratings", answer(201, r#"{"not_found":{}}"#)),
            ("POST /scrobble/pause", answer(201, "{}")),
        ],
        vec![known_film(Verb::Rate(8)), known_film(Verb::Pause)],
    )
    .start();
    play.wait_settled(1);
    play.wakes.send(CourierCommand::Work).expect("the courier lives");
    play.advance(minutes(59));
    assert_eq!(play.script.seen().len(), 2, "one try an hour");
    play.advance(minutes(1));
    play.wait_settled(3);
    let connected = AccountState::Connected { user: Some("al".into()) };
    let locked = AccountState::Refused(refusal::LOCKED);
    assert_eq!(play.states(), [connected.clone(), locked, connected]);
}

#[test]
fn a_new_pair_is_kept_before_its_first_use_and_asked_for_once() {
    let mut scene = scene(
        vec![
            ("POST /oauth/token", answer(200, RENEWED)),
            whose(),
            ("POST /scrobble/start", answer(201, "{}")),
            ("POST /scrobble/pause", answer(201, "{}")),
        ],
        vec![film(Verb::Start), known_film(Verb::Pause)],
    );
    scene.tokens = Some(login(noon().before(minutes(12 * 60)))); // half of a day: due
    scene.refusals = 1;
    let play = scene.start();
    wait_for("the disk to refuse", || play.kept().len(), |kept| *kept == 1);
    let later = || {
        play.advance(Duration::from_secs(2)); // again: the wait may begin only after it
        play.kept().len()
    };
    wait_for("the disk to take it", later, |kept| *kept == 2);
    play.wait_settled(2);
    assert_eq!(play.kept(), [("new".to_owned(), 1), ("new".to_owned(), 1)]);
    assert_eq!(play.script.tokens(), ["", "new", "new", "new"]);
    let connected = AccountState::Connected { user: Some("al".into()) };
    assert_eq!(play.states(), [AccountState::NotKept("disk full".into()), connected]);
}

#[test]
fn a_401_is_followed_by_one_refresh() {
    let play = scene(
        vec![
            ("POST /scrobble/start", answer(401, "")),
            ("POST /oauth/token", answer(200, RENEWED)),
            ("POST /scrobble/start", answer(401, "")),
        ],
        vec![film(Verb::Start)],
    )
    .start();
    let settled = play.wait_settled(1);
    let later =
        matches!(settled[0], Settled::Held { until, .. } if until == noon().after(minutes(60)));
    assert!(later, "{settled:?}");
    assert_eq!(play.states().last(), Some(&AccountState::LoginNeeded));
    play.advance(minutes(59));
    assert_eq!(play.script.seen().len(), 4, "one try an hour");
    play.wakes.send(CourierCommand::Tokens(Some(login(noon())))).expect("the courier lives");
    let settled = play.wait_settled(2);
    assert!(matches!(settled[1], Settled::Dropped { .. }), "a start of an hour ago: {settled:?}");
}

#[test]
fn after_invalid_grant_the_access_token_is_used_to_its_end() {
    let mut scene = scene(
        vec![
            ("POST /oauth/token", answer(400, r#"{"error":"invalid_grant"}"#)),
            whose(),
            ("POST /scrobble/start", answer(201, "{}")),
            ("POST /scrobble/pause", answer(401, "")),
        ],
        vec![film(Verb::Start), known_film(Verb::Pause)],
    );
    scene.tokens = Some(login(noon().before(minutes(13 * 60))));
    let play = scene.start();
    let settled = play.wait_settled(2);
    assert!(matches!(settled[1], Settled::Held { .. }), "{settled:?}");
    assert_eq!(play.states(), [AccountState::LoginNeeded]);
}

#[test]
fn a_lost_refresh_is_tried_once_more_with_the_old_token_while_work_goes_on() {
    let mut scene = scene(
        vec![
            ("POST /oauth/token", vec![]),
            whose(),
            ("POST /scrobble/start", answer(201, "{}")),
            ("POST /oauth/token", answer(200, RENEWED)),
        ],
        vec![film(Verb::Start)],
    );
    scene.tokens = Some(login(noon().before(minutes(13 * 60))));
    let play = scene.start();
    play.wait_settled(1);
    play.advance(Duration::from_secs(2));
    wait_for("the new pair", || play.kept().len(), |kept| *kept == 1);
    let calls = play.calls();
    assert_eq!(calls[0], calls[2], "the same refresh token");
}

#[test]
fn without_a_login_all_waits_and_with_one_it_leaves_at_once() {
    let mut scene =
        scene(vec![whose(), ("POST /scrobble/start", answer(201, "{}"))], vec![film(Verb::Start)]);
    scene.tokens = None;
    let play = scene.start();
    let is_idle = || play.owner.lock().expect("it does not panic").logged_out;
    wait_for("the word of it", is_idle, |times| *times == 1);
    play.wakes.send(CourierCommand::Tokens(Some(login(noon())))).expect("the courier lives");
    play.wait_settled(1);
    assert_eq!(play.script.tokens(), ["old", "old"]);
    let connected = AccountState::Connected { user: Some("al".into()) };
    assert_eq!(play.states(), [connected], "that there is none is for others to tell");
}

/// What is in hand is settled before its courier says that it may go: who takes its place does not
/// find it half done.
#[test]
fn who_is_logged_out_finishes_what_is_in_hand_and_is_needed_no_more() {
    let (server, scene) = at_stand_in(Trakt::default(), vec![film(Verb::Rate(8))]);
    server.order(Fault::late(Duration::from_millis(300)).on("POST", "/sync"));
    let play = scene.start();
    wait_for("the call", || server.in_hand(), |targets| *targets == ["/sync/ratings"]);
    play.wakes.send(CourierCommand::Tokens(None)).expect("the courier lives");
    let is_idle = || play.owner.lock().expect("it does not panic").logged_out;
    wait_for("the word of it", is_idle, |times| *times > 0);
    let settled = play.wait_settled(1);
    assert!(matches!(settled[..], [Settled::Done { .. }]), "{settled:?}");
}

/// How a courier is that has nothing to tell and whose greeting is answered so, one second after
/// the other.
fn greeted(answers: Vec<Vec<u8>>) -> Play {
    let count = answers.len();
    let steps = answers.into_iter().map(|answer| ("", answer)).collect();
    let mut scene = scene(steps, vec![]);
    scene.without_greeting = true;
    let play = scene.start();
    for asked in 1..=count {
        wait_for("a question", || play.script.seen().len(), |seen| *seen >= asked);
        play.wait_at_rest();
        if asked < count {
            play.advance(Duration::from_secs(60));
        }
    }
    play
}

fn name() -> Vec<u8> {
    whose().1
}

#[test]
fn who_we_are_is_asked_until_trakt_tells_it() {
    let connected = AccountState::Connected { user: Some("al".into()) };
    let no = |status| answer(status, "");
    let grant_is_dead = answer(400, r#"{"error":"invalid_grant"}"#);
    let cases = [
        ("at once", vec![name()], vec![connected.clone()]),
        ("one hiccup", vec![no(503), name()], vec![connected.clone()]),
        ("no answer", vec![vec![], name()], vec![connected.clone()]),
        ("an answer without a name", vec![answer(200, "{}"), name()], vec![connected.clone()]),
        (
            "an outage",
            vec![no(503), no(502), no(500), no(503), no(503), name()],
            vec![AccountState::Unreachable, connected.clone()],
        ),
        ("locked", vec![no(423)], vec![AccountState::Refused(refusal::LOCKED)]),
        ("an app that is gone", vec![no(403)], vec![AccountState::Refused(refusal::APP_GONE)]),
        ("revoked", vec![no(401), grant_is_dead], vec![AccountState::LoginNeeded]),
        ("renewed", vec![no(401), answer(200, RENEWED), name()], vec![connected]),
    ];
    for (case, answers, expected) in cases {
        let count = answers.len();
        let play = greeted(answers);
        assert_eq!(play.states(), expected, "{case}");
        assert_eq!(play.script.seen().len(), count, "{case}");
    }
}

#[test]
fn who_we_are_is_asked_again_an_hour_after_a_refusal() {
    let play = greeted(vec![answer(423, "")]);
    play.advance(minutes(59));
    play.wait_at_rest();
    assert_eq!(play.script.seen().len(), 1);
    play.advance(minutes(1));
    wait_for("the next question", || play.script.seen().len(), |seen| *seen == 2);
}

#[test]
fn what_is_to_be_told_does_not_wait_for_our_name() {
    let mut scene = scene(
        vec![
            ("GET /users/settings", answer(503, "")),
            ("POST /scrobble/start", answer(201, "{}")),
            ("GET /users/settings", answer(503, "")),
            ("GET /users/settings", answer(200, r#"{"user":{"username":"al"}}"#)),
        ],
        vec![film(Verb::Start)],
    );
    scene.without_greeting = true;
    let play = scene.start();
    play.wait_settled(1);
    let seen = || {
        play.advance(Duration::from_secs(4));
        play.script.seen().len()
    };
    wait_for("the name", seen, |seen| *seen == 4);
    play.wait_at_rest();
    let connected = |user: Option<&str>| AccountState::Connected { user: user.map(Into::into) };
    assert_eq!(play.states(), [connected(None), connected(Some("al"))]);
}

#[test]
fn without_an_app_nothing_is_tried_with_a_login() {
    let mut scene = scene(vec![], vec![film(Verb::Finish)]);
    scene.trakt.client_id.clear();
    scene.without_greeting = true;
    let play = scene.start();
    play.wait_at_rest();
    assert_eq!(play.states(), [AccountState::AppNeeded(vec![refusal::NO_APP])]);
    assert_eq!(play.calls(), Vec::<String>::new());
}

#[test]
fn a_rehearsal_sends_nothing() {
    let mut scene = scene(vec![], vec![film(Verb::Finish)]);
    (scene.dry_run, scene.tokens) = (true, None);
    let play = scene.start();
    let what =
        "dry run, nothing is sent; it would tell Trakt that it was watched, unless Trakt has \
                it already"
            .to_owned();
    assert_eq!(play.wait_settled(1), [Settled::Rehearsed { what }]);
    assert_eq!(play.calls(), Vec::<String>::new());
}

#[test]
fn a_state_names_its_account_once() {
    let named = [
        AccountState::Connected { user: None },
        AccountState::AppNeeded(vec![refusal::NO_APP]),
        AccountState::LoginNeeded,
        AccountState::Refused(refusal::LOCKED),
        AccountState::Unreachable,
        AccountState::NotKept("full".into()),
    ]
    .map(|state| state.named(&Destination::new("jo", "trakt"), "Trakt"));
    let expected = [
        "account `jo`: connected to Trakt",
        "account `jo`: no Trakt app is configured: create one at \
         https://app.trakt.tv/settings/apps (needs VIP) and set trakt.client_id and \
         trakt.client_secret; then restart the daemon; plays are kept until then",
        "login needed: Trakt has ended the last one; press Connect on the page or run `scrobbled \
         login jo --to trakt`; plays are kept until then",
        "account `jo`: Trakt has locked or deactivated this account: sign in at \
         https://app.trakt.tv, it says what to do",
        "account `jo`: Trakt does not answer; everything is kept and sent when it does",
        "account `jo`: the new login can't be written to disk (full): free some space, or fix the \
         permissions of the data folder",
    ];
    assert_eq!(named, expected);
    let nowhere = AccountState::LoginNeeded.named(&Destination::new("jo", ""), "");
    let expected = "login needed: press Connect on the page or run `scrobbled login jo`; plays are \
                    kept until then";
    assert_eq!(nowhere, expected);
}
