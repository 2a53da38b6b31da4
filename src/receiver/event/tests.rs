use super::*;
use crate::config::{FIELDS, ReceiverFormat};
use crate::delivery::{Destination, TokenPair};
use crate::event::Percent;

const ENDED: Time = Time(1_795_464_899_000); // 2026-11-23T20:14:59Z
const TOLD: Time = Time(1_795_464_902_000);

fn episode(verb: Verb) -> Intent {
    let show = Show {
        title: "Harbour Nine".into(),
        year: Some(2008),
        ids: Ids { tvdb: Some(2001), tmdb: Some(202), ..Ids::default() },
        ..Show::default()
    };
    Intent {
        account: "anna".into(),
        verb,
        item: Item {
            kind: Kind::Episode(Episode { show, season: Some(1), number: Some(3), last: None }),
            title: "Third".into(),
            ids: Ids { tvdb: Some(30003), imdb: Some("tt0000003".into()), ..Ids::default() },
            runtime_ms: Some(2_600_400),
            ..Item::default()
        },
        session: "7".into(),
        progress: Percent::clamped(96.24),
        at: ENDED,
        began: Time(ENDED.0 - 2_500_000),
        viewing: None,
    }
}

#[test]
fn an_episode_that_was_watched_is_an_event() {
    let expected = json!({
        "type": "play.finish",
        "timestamp": "2026-11-23T20:15:02.000Z",
        "data": {
            "v": 1,
            "account": "anna",
            "session": "7",
            "text": "Harbour Nine 1x03: watched at 96.2 %",
            "item": {
                "kind": "episode",
                "title": "Third",
                "year": null,
                "season": 1,
                "number": 3,
                "last_number": null,
                "ids": { "imdb": "tt0000003", "tmdb": null, "tvdb": 30003 },
                "show": {
                    "title": "Harbour Nine",
                    "year": 2008,
                    "ids": { "imdb": null, "tmdb": 202, "tvdb": 2001 },
                },
            },
            "progress": 96.2,
            "position_seconds": 2502,
            "duration_seconds": 2600,
            "began": "2026-11-23T19:33:19.000Z",
            "at": "2026-11-23T20:14:59.000Z",
            "late": false,
            "paused": false,
            "watched": true,
            "kept": null,
            "rating": null,
        },
    });
    assert_eq!(Told::Intent(&episode(Verb::Finish)).event(TOLD, TOLD), expected);
}

#[test]
fn each_intent_says_what_it_is_and_what_is_late_keeps_its_time() {
    let told = |verb, now| {
        let event = Told::Intent(&episode(verb)).event(TOLD, now);
        let data = &event["data"];
        let of = |key: &str| data[key].to_string();
        let words = ["late", "paused", "watched", "kept", "rating", "progress"].map(of).join(" ");
        format!("{} {words} {}", event["type"].as_str().unwrap_or_default(), of("at"))
    };
    let at = "\"2026-11-23T20:14:59.000Z\"";
    let day_later = TOLD.after(Duration::from_secs(86_400));
    let minute_later = ENDED.after(Duration::from_secs(60));
    let cases = [
        (Verb::Start, TOLD, "play.start false false false null null 96.2"),
        (Verb::Pause, TOLD, "play.pause false true false null null 96.2"),
        (Verb::Left, TOLD, "play.stop false false false true null 96.2"),
        (Verb::Abandoned, TOLD, "play.stop false false false false null 96.2"),
        (Verb::Finish, minute_later, "play.finish false false true null null 96.2"),
        (Verb::Finish, day_later, "play.finish true false true null null 96.2"),
        (Verb::Rate(8), TOLD, "rating.set false false false null 8 null"),
        (Verb::Unrate, TOLD, "rating.removed false false false null null null"),
        (Verb::Mark, day_later, "watched.marked true false true null null null"),
        (Verb::Unmark, TOLD, "watched.unmarked false false false null null null"),
    ];
    for (verb, now, expected) in cases {
        assert_eq!(told(verb, now), format!("{expected} {at}"));
    }
}

#[test]
fn every_field_of_a_template_is_there() {
    let fields = Told::Intent(&episode(Verb::Finish)).fields("msg_1", TOLD, TOLD);
    let trouble = Told::Notice(&parked()).fields("msg_2", TOLD, TOLD);
    for name in FIELDS {
        let in_one = |fields| name.split('.').try_fold(fields, |value: &Value, key| value.get(key));
        let value = in_one(&fields).or_else(|| in_one(&trouble));
        assert!(value.is_some_and(|value| !value.is_object()), "{name}");
    }
    let top = &fields["top"];
    assert_eq!((&top["kind"], &top["ids"]["tmdb"]), (&json!("show"), &json!(202)));
}

fn parked() -> Notice {
    let of = Destination::new("anna", "trakt");
    Notice::parked(of, 7, episode(Verb::Finish), "Trakt answered 422".into(), TOLD)
}

#[test]
fn trouble_says_whose_it_is_where_and_why() {
    let event = Told::Notice(&parked()).event(TOLD, TOLD);
    let data = &event["data"];
    let of = |key: &str| data[key].clone();
    assert_eq!(event["type"], "intent.parked");
    assert_eq!(of("text"), "Harbour Nine 1x03 is parked: Trakt answered 422");
    assert_eq!((of("tracker"), of("parked")), (json!("trakt"), json!("play.finish")));
    assert_eq!((of("reason"), of("account")), (json!("Trakt answered 422"), json!("anna")));
    assert_eq!(data["item"]["show"]["title"], "Harbour Nine");

    let of = Destination::new("anna", "simkl");
    let pair = |created| {
        let life = Duration::from_secs(86_400);
        TokenPair::new("a".into(), "r".into(), created, life).expect("a pair")
    };
    let ended = |pair: &TokenPair, at| Notice::login_needed(of.clone(), pair, "log in".into(), at);
    let first = ended(&pair(ENDED), TOLD);
    let expected = json!({
        "type": "account.login_needed",
        "timestamp": "2026-11-23T20:15:02.000Z",
        "data": {
            "v": 1,
            "account": "anna",
            "tracker": "simkl",
            "text": "anna: log in",
            "reason": "log in",
            "parked": null,
            "at": "2026-11-23T20:15:02.000Z",
        },
    });
    assert_eq!(Told::Notice(&first).event(TOLD, TOLD), expected);
    assert_eq!(first.id, ended(&pair(ENDED), ENDED).id, "of one login it is the same");
    assert_ne!(first.id, ended(&pair(TOLD), TOLD).id);
    assert_eq!((first.id.len(), &first.id[..4]), (36, "msg_"));
    assert_eq!(Told::Test.event(TOLD, TOLD)["type"], "test");
}

#[test]
fn a_receiver_hears_of_its_accounts_and_types() {
    let receiver = Receiver::default();
    let of = |accounts: &[&str], types: &[&str]| Receiver {
        accounts: accounts.iter().map(|one| (*one).to_owned()).collect(),
        types: types.iter().map(|one| (*one).to_owned()).collect(),
        ..Receiver::default()
    };
    let raw = Receiver { format: ReceiverFormat::Raw, ..Receiver::default() };
    let cases = [
        (receiver, Verb::Finish, true),
        (Receiver::default(), Verb::Start, false),
        (of(&["anna"], &["play.stop"]), Verb::Left, true),
        (of(&["anna"], &["play.stop"]), Verb::Abandoned, true),
        (of(&["ben"], &["play.stop"]), Verb::Left, false),
        (of(&[], &[]), Verb::Finish, false),
        (raw, Verb::Finish, false),
    ];
    for (receiver, verb, expected) in cases {
        assert_eq!(wants(&receiver, &episode(verb)), expected, "{receiver:?} {verb}");
    }
}
