//! Rules 1 and 2: what an event means, and of what.

use crate::daemon::all_good;
use crate::daemon::by_hand::Rig;
use crate::daemon::script::{ALL, Emby, Jellyfin, Plex, calls, check, row};
use crate::daemon::webhook::{Webhook, emby, jellyfin, plex};
use crate::{check_posts, minutes, seconds, seen};
use serde_json::{Value, json};

#[test]
fn rule_1_each_event_means_what_it_says() {
    check(&[
        row(
            "Plex's second name for play",
            &[Plex],
            "started 20, stop 50",
            &["start A 20", "pause A 50"],
        ),
        row("both names at once", &[Plex], "play 20, (0 s) started 20", &["start A 20"]),
        row("resume of what never began", &[Plex, Emby], "resume 30", &["start A 30"]),
        row("progress of what never began", &[Jellyfin], "progress 30", &["start A 30"]),
        row("a pause of what never began", ALL, "pause 30, (10 s)", &["pause A 30"]),
        row("a stop of what never began", ALL, "stop 30", &["pause A 30"]),
    ]);
}

#[test]
fn rule_1_what_is_no_playback_is_ignored_with_a_reason() {
    let rig = Rig::with_config("");
    let mut wrong = Vec::new();
    let events = [
        (plex("play"), "/event", "library.new"),
        (plex("play"), "/event", "admin.database.backup"),
        (plex("play"), "/event", "media.dance"),
        (plex("play"), "/event", "media.rate"),
        (jellyfin("play"), "/NotificationType", "ItemAdded"),
        (jellyfin("play"), "/NotificationType", "Playback"),
        (emby("play"), "/Event", "library.new"),
        (emby("play"), "/Event", "user.authenticated"),
        (emby("play"), "/Event", "item.rate"),
    ];
    for (webhook, pointer, event) in events {
        let answer = rig.daemon.post(&webhook.edit(pointer, json!(event)));
        let reason = answer["reason"].as_str().unwrap_or_default();
        if answer["outcome"] != "ignored" || reason.is_empty() {
            wrong.push(format!("{event}: {answer}"));
        }
    }
    all_good(&wrong);
    rig.settle();
    assert_eq!(calls(&rig), Vec::<String>::new());
}

#[test]
fn rule_1_data_saved_after_a_stop_adds_nothing() {
    let saved = jellyfin("mark").edit("/SaveReason", json!("PlaybackFinished"));
    let posts =
        vec![(0, jellyfin("play").at(0.0)), (5400, jellyfin("completed").at(95.0)), (1, saved)];
    assert_eq!(seen("", &posts), ["start A 0", "stop A 95"]);
}

#[test]
fn rule_1_the_third_party_plugin_of_jellyfin_is_understood() {
    let recorded = include_str!("../payloads/jellyfin/thirdparty_shemanaev_stop.json");
    let mut rig = Rig::with_config("");
    let post = |rig: &mut Rig, event: &str, ticks: Option<u64>| {
        let mut payload: Value = serde_json::from_str(recorded).expect("JSON");
        payload["Event"] = json!(event);
        if let Some(ticks) = ticks {
            payload["Session"]["PlayState"]["PositionTicks"] = json!(ticks);
        }
        let answer = rig.daemon.send(Jellyfin, "application/json", payload.to_string().as_bytes());
        assert_eq!(answer.expect("an answer").status, 200, "{event}");
        rig.wait(seconds(10));
    };
    let runtime = 26_113_280_000;
    post(&mut rig, "Play", Some(0));
    post(&mut rig, "Pause", Some(runtime / 2));
    post(&mut rig, "Resume", Some(runtime / 2));
    rig.wait(minutes(20));
    post(&mut rig, "Scrobble", Some(runtime / 100 * 91));
    post(&mut rig, "Stop", None);
    let label = "Harbour Nine 2x07";
    let expected = ["start", "pause", "start", "stop"].into_iter().zip(["0", "50", "50", "91"]);
    let expected: Vec<_> = expected.map(|(call, at)| format!("{call} {label} {at}")).collect();
    assert_eq!(calls(&rig), expected);
}

#[test]
fn rule_1_jellyfins_templates_and_marks_are_read_whole() {
    const STOP: &str =
        include_str!("../payloads/jellyfin/template_nested_position_at_the_top.json");
    const MARK: &str = include_str!("../payloads/jellyfin/template_nested_reason_at_the_top.json");
    const PLEX_MARK: &str = r#"{"event":"media.scrobble",
        "Account":{"id":"a17c4e9d0b3f4d2c8e6f5a1b9c0d7e42","title":"mara"},
        "Metadata":{"type":"movie","title":"A","year":2001,"duration":60000000,
            "guid":"com.plexapp.agents.imdb://tt93000601?lang=en"}}"#;
    let cases = [
        ("the position at the top", STOP, vec!["pause Harbour Nine 2x09 60"]),
        ("the reason at the top", MARK, vec!["history Harbour Nine 2x09"]),
        ("a mark in the third party's Plex format", PLEX_MARK, vec!["history A"]),
    ];
    let mut wrong = Vec::new();
    for (name, body, expected) in cases {
        let mut rig = Rig::with_config("[[account]]\nname = \"m\"\njellyfin = [\"mara\"]\n");
        let answer = rig.daemon.send(Jellyfin, "text/plain", body.as_bytes());
        rig.wait(minutes(3));
        let seen = calls(&rig);
        let is_as_expected = seen.len() == expected.len()
            && seen.iter().zip(&expected).all(|(a, b)| a.starts_with(b));
        if !is_as_expected {
            wrong.push(format!("{name}: {seen:?}, expected {expected:?}; {answer:?}"));
        }
    }
    all_good(&wrong);
}

#[test]
fn rule_2_what_is_no_film_and_no_episode_never_plays() {
    let rig = Rig::with_config("[[account]]\nname = \"a\"\nplex = [\"nobody\"]\n");
    let mut wrong = Vec::new();
    let kinds = |webhook: Webhook, pointer: &'static str, kinds: &[&'static str]| {
        let of = |kind: &&'static str| (*kind, webhook.clone().edit(pointer, json!(kind)));
        kinds.iter().map(of).collect::<Vec<_>>()
    };
    let cases = [
        kinds(
            plex("completed").at(95.0),
            "/Metadata/type",
            &["clip", "track", "photo", "album", "show", "season", "trailer"],
        ),
        kinds(
            jellyfin("completed").at(95.0),
            "/ItemType",
            &["Audio", "Video", "MusicVideo", "Trailer", "Series", "Season", "LiveTvProgram"],
        ),
        kinds(
            emby("completed").at(95.0),
            "/Item/Type",
            &["Audio", "Video", "MusicVideo", "Trailer", "Series", "TvChannel", "Photo"],
        ),
    ];
    let live = plex("completed").at(95.0).edit("/Metadata/live", json!("1"));
    let extra = plex("completed")
        .at(95.0)
        .edit("/Metadata/extraType", json!(1))
        .edit("/Metadata/type", json!("clip"));
    let more = [("live", live), ("extra", extra)];
    for (kind, webhook) in cases.into_iter().flatten().chain(more) {
        let answer = rig.daemon.post(&webhook);
        let reason = answer["reason"].as_str().unwrap_or_default();
        // It is looked at before the user is, whom nobody lists here.
        if answer["outcome"] != "ignored" || reason.contains("mara") {
            wrong.push(format!("{} {kind}: {answer}", webhook.source));
        }
    }
    all_good(&wrong);
}

#[test]
fn rule_2_a_trailer_in_a_films_clothes_is_no_play() {
    let short = |verb: &str| plex(verb).edit("/Metadata/duration", json!(120_000));
    let named = |verb: &str| short(verb).edit("/Metadata/editionTitle", json!("Trailer"));
    check_posts(
        "",
        &[("by its edition", vec![(0, named("play")), (110, named("completed"))], &[])],
    );
    let seen = seen("", &[(0, short("play")), (110, short("completed"))]);
    let plays = seen.iter().filter(|call| call.starts_with("stop") || call.starts_with("history"));
    assert_eq!(plays.count(), 0, "Trakt says 100 minutes, the file has 2: {seen:?}");
}

#[test]
fn rule_2_what_no_tracker_could_know_is_ignored_at_once() {
    let rig = Rig::with_config("");
    let nothing = Value::Null;
    let home_videos = |verb: &str| {
        let plex = plex(verb).edit("/Metadata/Guid", json!([]));
        let plex = plex.edit("/Metadata/guid", json!("local://18842"));
        let plex = plex.edit("/Metadata/year", nothing.clone());
        let jellyfin = jellyfin(verb).edit("/Year", nothing.clone());
        let providers = ["/Provider_imdb", "/Provider_tmdb", "/Provider_tvdb"];
        let jellyfin = providers.iter().fold(jellyfin, |webhook, id| webhook.edit(id, json!("")));
        let emby = emby(verb).edit("/Item/ProviderIds", json!({}));
        [plex, jellyfin, emby.edit("/Item/ProductionYear", nothing.clone())]
    };
    let mut wrong = Vec::new();
    for webhook in ["play", "completed"].into_iter().flat_map(home_videos) {
        let answer = rig.daemon.post(&webhook.at(95.0));
        let reason = "it has no ids and no year, so no tracker could know it";
        if answer["outcome"] != "ignored" || answer["reason"] != reason {
            wrong.push(answer.to_string());
        }
    }
    all_good(&wrong);
    rig.settle();
    assert_eq!(rig.daemon.held(), (Vec::new(), Vec::new()), "nothing waits or is parked");
}
