//! Rules 13 and 15: people and their ratings.

use crate::daemon::all_good;
use crate::daemon::by_hand::Rig;
use crate::daemon::script::{Plex, calls, play};
use crate::daemon::webhook::{Webhook, emby, jellyfin, plex};
use crate::{check_posts, seconds};
use serde_json::{Value, json};

const TWO: &str = "[[account]]\nname = \"mara\"\nplex = [\"Mara\"]\njellyfin = [\"mara\"]\nemby = [\"*\"]\n\
                   [[account]]\nname = \"joe\"\nplex = [\"joe\", \"MARA\"]\n";

#[test]
fn rule_13_an_event_goes_to_each_account_that_lists_its_user() {
    let mut rig = Rig::without_login(TWO);
    let names = ["mara", "joe"];
    for name in names {
        rig.server().with(|trakt| name.clone_into(&mut trakt.options.user));
        rig.login(Some(name));
    }
    let posts = [
        (plex("completed").of("A").by("mara"), "queued"),
        (plex("completed").of("B").by("JOE"), "queued"),
        (jellyfin("completed").of("C").at(95.0).by("mara"), "queued"),
        (jellyfin("completed").of("L").at(95.0).by("joe"), "ignored"),
        (emby("completed").of("K").at(95.0).by("anybody"), "queued"),
        (plex("completed").of("D1").by("eve"), "ignored"),
    ];
    let mut wrong = Vec::new();
    for (webhook, outcome) in posts {
        rig.wait(seconds(3));
        let answer = rig.daemon.post(&webhook);
        let named = answer["reason"].as_str().unwrap_or_default().contains(&webhook.user);
        if answer["outcome"] != outcome || (outcome == "ignored" && !named) {
            wrong.push(format!("{webhook:?}: {answer}"));
        }
    }
    rig.wait(seconds(5));
    let calls = rig.server().with(|trakt| names.map(|name| trakt.calls_of(name)));
    let expected = [vec!["stop A 90", "stop C 95", "stop K 95"], vec!["stop A 90", "stop B 90"]];
    if calls != expected {
        wrong.push(format!("{calls:?}, expected {expected:?}"));
    }
    // Who is in no account stands there ready to copy, by name and id.
    let text = rig.daemon.cli(&["status"]).good();
    for part in [
        "`eve` (id:",
        "add \"eve\" to the `plex` list",
        "`joe` (id:",
        "add \"joe\" to the `jellyfin` list",
    ] {
        if !text.contains(part) {
            wrong.push(format!("`{part}` is missing:\n{text}"));
        }
    }
    all_good(&wrong);
}

#[test]
fn rule_13_one_persons_play_does_not_silence_anothers() {
    let config = "[[account]]\nname = \"a\"\nplex = [\"ann\"]\n[[account]]\nname = \"b\"\nplex = [\"bob\"]\n";
    let mut rig = Rig::without_login(config);
    for name in ["a", "b"] {
        rig.server().with(|trakt| name.clone_into(&mut trakt.options.user));
        rig.login(Some(name));
    }
    play(&mut rig, Plex, "ann@ play 20, bob@ play 30, ann@ completed 95, bob@ stop 40, (10 s)");
    let calls = rig.server().with(|trakt| ["a", "b"].map(|name| trakt.calls_of(name)));
    assert_eq!(calls, [vec!["start A 20", "stop A 95"], vec!["start A 30", "pause A 40"]]);
}

#[test]
fn rule_13_several_people_on_one_account_are_taken_and_told() {
    let mut rig = Rig::with_config("");
    play(
        &mut rig,
        Plex,
        "mara@ completed A 95, joe@ completed B 95, mara@ completed C 95, joe@ completed L 95",
    );
    assert_eq!(calls(&rig), ["stop A 95", "stop B 95", "stop C 95", "stop L 95"]);
    let status = rig.status();
    let warnings = status["warnings"].to_string();
    assert!(
        ["mara", "joe", "[[account]]"].iter().all(|part| warnings.contains(part)),
        "{warnings}"
    );
    let log = rig.daemon.wait_for_log("[[account]]");
    let told: Vec<&str> = log.lines().filter(|line| line.contains("[[account]]")).collect();
    assert_eq!(told.len(), 1, "{log}");
}

#[test]
fn rule_13_another_destinations_bot_is_nobody() {
    let config = "[[account]]\nname = \"m\"\njellyfin = [\"mara\"]\n\
                  [[account]]\nname = \"k\"\njellyfin = [\"Kino\"]\n";
    let beside = |webhook: Webhook| {
        webhook.edit("/Username", json!("Kino")).edit("/BotUsername", json!("Kino"))
    };
    let nameless = |webhook: Webhook| beside(webhook).edit("/NotificationUsername", Value::Null);
    let mut rig = Rig::without_login(config);
    rig.login(Some("m"));
    let answers = [
        rig.daemon.post(&beside(jellyfin("play").at(20.0))),
        rig.daemon.post(&nameless(jellyfin("play").of("B").at(20.0))),
    ];
    assert_eq!(answers[0]["outcome"], "queued", "{answers:?}");
    assert_eq!(answers[1]["outcome"], "ignored", "{answers:?}");
    rig.wait(seconds(5));
    assert_eq!(calls(&rig), ["start A 20"]);
}

#[test]
fn rule_15_ratings_follow_plex() {
    let on = "[plex]\nratings = true\n";
    let rate = || plex("rate").edit("/Metadata/userRating", Value::Null);
    let of_user = |rating: f64| rate().edit("/Metadata/userRating", json!(rating));
    let of_type = |kind: &str| {
        let guids = json!([{"id": "tvdb://9110777"}]);
        let webhook = plex("rate").at(8.0).edit("/Metadata/type", json!(kind));
        let webhook = webhook.edit("/Metadata/title", json!("Harbour Nine"));
        webhook.edit("/Metadata/Guid", guids).edit("/Metadata/year", json!(2019))
    };
    check_posts(
        on,
        &[
            ("as it is", vec![(0, plex("rate").at(7.0))], &["rate A 7"]),
            ("rounded", vec![(0, plex("rate").at(7.6))], &["rate A 8"]),
            ("at least 1", vec![(0, plex("rate").at(0.3))], &["rate A 1"]),
            ("as text", vec![(0, rate().edit("/rating", json!("6.0")))], &["rate A 6"]),
            (
                "removed",
                vec![(0, plex("rate").at(7.0)), (20, plex("rate").at(0.0))],
                &["rate A 7", "unrate A"],
            ),
            (
                "removed by a negative",
                vec![(0, plex("rate").at(7.0)), (20, plex("rate").at(-1.0))],
                &["rate A 7", "unrate A"],
            ),
            ("neither key", vec![(0, plex("rate").at(7.0)), (20, rate())], &["rate A 7"]),
            (
                "an empty one",
                vec![(0, plex("rate").at(7.0)), (20, rate().edit("/rating", json!("")))],
                &["rate A 7"],
            ),
            ("the user's where the top has none", vec![(0, of_user(9.0))], &["rate A 9"]),
            ("the top wins", vec![(0, of_user(9.0).edit("/rating", json!(4.0)))], &["rate A 4"]),
            (
                "twice in 10 s",
                vec![(0, plex("rate").at(7.0)), (5, plex("rate").at(7.0))],
                &["rate A 7"],
            ),
            (
                "twice, differing",
                vec![(0, plex("rate").at(7.0)), (5, plex("rate").at(8.0))],
                &["rate A 7", "rate A 8"],
            ),
            (
                "there and back in 10 s",
                vec![
                    (0, plex("rate").at(7.0)),
                    (2, plex("rate").at(8.0)),
                    (2, plex("rate").at(7.0)),
                ],
                &["rate A 7", "rate A 8", "rate A 7"],
            ),
            ("an episode", vec![(0, plex("rate").of("D1").at(7.0))], &["rate Drama 1x01 7"]),
            ("a show", vec![(0, of_type("show"))], &["rate Harbour Nine 8"]),
            (
                "while it plays",
                vec![
                    (0, plex("play").at(20.0)),
                    (20, plex("rate").at(7.0)),
                    (20, plex("stop").at(50.0)),
                ],
                &["start A 20", "rate A 7", "pause A 50"],
            ),
        ],
    );
    check_posts("", &[("switched off", vec![(0, plex("rate").at(7.0))], &[])]);
}

#[test]
fn rule_15_a_null_at_the_top_removes_whatever_else_is_told() {
    let mut rig = Rig::with_config("[plex]\nratings = true\n");
    rig.daemon.post(&plex("rate").at(7.0));
    rig.wait(seconds(20));
    let (_, body) = plex("rate").edit("/Metadata/userRating", json!(8.0)).body();
    let body = String::from_utf8(body).expect("text");
    let body = body.replacen('{', "{\"rating\":null,", 1);
    let (content_type, _) = plex("rate").body();
    let answer = rig.daemon.send(Plex, &content_type, body.as_bytes()).expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    rig.wait(seconds(5));
    assert_eq!(calls(&rig), ["rate A 7", "unrate A"]);
}
