//! Every status of Trakt's, and what is worse: what becomes of an intent and of its account.

use super::*;
use standin::trakt::{Fault, Order};

/// In two words: what became of the intent, and how the account is called then.
fn outcome(order: &Order, verb: Verb, time_limit: Duration) -> String {
    let mut intent = film(verb);
    intent.progress = Percent::ZERO; // a start is worth telling for as long as the film lasts
    let (server, mut scene) = at_stand_in(Trakt::default(), vec![intent]);
    scene.time_limit = time_limit;
    server.order(order.clone().on("POST", "/s").times(u32::MAX));
    let mut play = scene.start();
    let settled = play.wait_settled(1).remove(0);
    play.stop();
    let settled = match settled {
        Settled::Done { .. } => "done".to_owned(),
        Settled::Held { until, maybe_sent, .. } => {
            let wait = match until.since(noon()).as_secs() {
                0..=2 => "soon",
                3600 => "in an hour",
                _ => "as told",
            };
            format!("again {wait}{}", if maybe_sent { ", after a look" } else { "" })
        }
        Settled::Later { .. } => "later".to_owned(),
        Settled::Parked { .. } => "parked".to_owned(),
        Settled::Dropped { .. } => "dropped".to_owned(),
        Settled::Rehearsed { .. } => "rehearsed".to_owned(),
    };
    let state = match play.states().last() {
        Some(AccountState::Connected { .. }) => "well",
        Some(AccountState::LoginNeeded) => "login",
        Some(AccountState::Refused(refusal::APP_GONE)) => "app gone",
        Some(AccountState::Refused(refusal::LOCKED)) => "locked",
        Some(AccountState::Refused(refusal::VIP_NEEDED)) => "VIP",
        state => panic!("{state:?}"),
    };
    format!("{settled}; {state}")
}

#[test]
fn each_status_does_what_it_should_to_a_play_a_start_and_a_rating() {
    let elsewhere = Script::start(vec![]);
    let status = Fault::status;
    let json = |status| Fault::json(status, serde_json::json!({"error": "no"}));
    let twice = Fault::json(409, serde_json::json!({"watched_at": noon().to_string()}));
    let once = |fault: Fault| fault.once();
    let all = |outcome| [outcome; 3];
    let lost = all("again soon, after a look; well");
    let kept = |lasting, passing| [lasting, passing, lasting];
    let cases: [(&str, Order, [&str; 3]); 36] = [
        ("400", status(400), kept("parked; well", "dropped; well")),
        ("401", status(401), all("again in an hour; login")),
        ("403, empty", status(403), all("again in an hour; app gone")),
        ("403, JSON", json(403), all("again in an hour; app gone")),
        ("403, HTML", Fault::html(403), all("again soon; well")),
        ("404", status(404), ["later; well", "dropped; well", "later; well"]),
        ("405", status(405), kept("parked; well", "dropped; well")),
        ("409, of this viewing", twice, ["done; well", "dropped; well", "parked; well"]),
        ("412", status(412), kept("parked; well", "dropped; well")),
        ("420", status(420), kept("parked; well", "dropped; well")),
        ("422", status(422), kept("parked; well", "dropped; well")),
        ("423", status(423), all("again in an hour; locked")),
        ("426", status(426), all("again in an hour; VIP")),
        ("429, told", Fault::too_fast(7), all("again as told; well")),
        ("429, not told", status(429), all("again as told; well")),
        ("500", status(500), lost),
        ("502", Fault::html(502), lost),
        ("503", status(503), lost),
        ("503, taken", status(503).applied(), lost),
        ("504", status(504), lost),
        ("520", Fault::html(520), lost),
        ("521", status(521), lost),
        ("522", status(522), lost),
        ("524", status(524), lost),
        ("530", status(530), lost),
        ("cut", once(Fault::Cut), lost),
        ("closed", once(Fault::Close), lost),
        ("reset", once(Fault::Reset), lost),
        ("no HTTP", once(Fault::Garbage), lost),
        ("silence", once(Fault::Silence), lost),
        ("late, but in time", Fault::late(Duration::from_millis(300)), all("done; well")),
        ("late", Fault::late(Duration::from_secs(5)), lost),
        ("200, HTML", Fault::html(200), all("again soon, after a look; well")),
        ("a redirect", once(Fault::Redirect { to: elsewhere.url("/") }), all("again soon; well")),
        ("200 MB", once(Fault::Flood { bytes: 200_000_000 }), all("done; well")),
        ("204", status(204), all("done; well")),
    ];
    let second = Duration::from_secs(1);
    let verbs = [Verb::Finish, Verb::Start, Verb::Rate(8)];
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let checks: Vec<_> = cases
            .iter()
            .map(|(name, order, expected)| {
                scope.spawn(move || {
                    let seen = verbs.map(|verb| outcome(order, verb, second));
                    (seen != *expected).then(|| format!("{name}: {seen:?}, expected {expected:?}"))
                })
            })
            .collect();
        checks.into_iter().filter_map(|check| check.join().expect("no panic")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(elsewhere.seen(), Vec::<String>::new(), "a token went elsewhere");
}
