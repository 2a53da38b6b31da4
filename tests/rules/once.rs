//! Rule 10: once.

use crate::daemon::items::Item;
use crate::daemon::script::{ALL, Emby, Jellyfin, Plex, check, row};
use crate::daemon::webhook::{emby, jellyfin, plex};
use crate::seen;
use serde_json::json;

#[test]
fn rule_10_a_new_viewing_begins_only_from_the_front() {
    check(&[
        row(
            "a resume at the front",
            &[Plex],
            "completed 90, (5 min) resume 3",
            &["stop A 90", "start A 3"],
        ),
        row(
            "a start at the front, at once",
            ALL,
            "completed 95, (20 s) play 0",
            &["stop A 95", "start A 0"],
        ),
        row("a resume past the front", &[Plex], "completed 90, (5 min) resume 6", &["stop A 90"]),
        row("soon, from the first half", ALL, "completed 95, (2 min) play 40", &["stop A 95"]),
        row(
            "later, from the first half",
            &[Jellyfin, Emby],
            "completed 95, (4 min) play 40",
            &["stop A 95", "start A 40"],
        ),
        row(
            "later, from the first half, after its stop",
            &[Plex],
            "completed 90, stop 95, (4 min) play 40",
            &["stop A 90", "start A 40"],
        ),
        row(
            "later, from the first half, without a stop",
            &[Plex],
            "completed 90, (4 min) play 40",
            &["stop A 90"],
        ),
        row(
            "later, from the second half",
            &[Jellyfin, Emby],
            "completed 95, (4 min) play 60",
            &["stop A 95"],
        ),
        row(
            "the next day, below watched_at",
            ALL,
            "completed 95, (25 h) play 60",
            &["stop A 95", "start A 60"],
        ),
        row(
            "the next day, completed again",
            ALL,
            "completed 95, (25 h) completed 95",
            &["stop A 95", "stop A 95"],
        ),
        row("nearly a day later", ALL, "completed 95, (23 h) completed 95", &["stop A 95"]),
        row(
            "progress at the front",
            &[Jellyfin],
            "completed 95, (2 min) progress 3",
            &["stop A 95", "start A 3"],
        ),
        row("progress at nothing", &[Jellyfin], "completed 95, (2 min) progress 0", &["stop A 95"]),
        row(
            "progress in the first half",
            &[Jellyfin],
            "completed 95, (4 min) progress 40",
            &["stop A 95", "start A 40"],
        ),
    ]);
}

#[test]
fn rule_10_repeats_are_duplicates() {
    check(&[
        row("a start", ALL, "play 20, (0 s) play 20", &["start A 20"]),
        row(
            "a stop",
            ALL,
            "play 20, (1 min) stop 30, (0 s) stop 30",
            &["start A 20", "pause A 30"],
        ),
        row("a play", ALL, "completed 95, (0 s) completed 95", &["stop A 95"]),
        row(
            "a proxy that repeats all",
            ALL,
            "play 6, (0 s) play 6, (60 min) pause 66, (0 s) pause 66, (10 s) stop 66, (0 s) stop 66",
            &["start A 6", "pause A 66"],
        ),
    ]);
}

#[test]
fn rule_10_once_is_for_the_account_on_whatever_server_and_player() {
    check(&[
        row("another player", ALL, "tv: completed 95, (1 min) phone: completed 95", &["stop A 95"]),
        row("another server", ALL, "#0 completed 95, (1 min) #1 completed 95", &["stop A 95"]),
        row(
            "another film",
            ALL,
            "completed A 95, (1 min) completed B 95",
            &["stop A 95", "stop B 95"],
        ),
        row(
            "a pause on another player",
            ALL,
            "tv: completed 95, (1 min) phone: play 50, phone: pause 60, (10 s)",
            &["stop A 95"],
        ),
        row(
            "an earlier player that finishes counts",
            ALL,
            "tv: play 30, (1 min) phone: play 35, (58 min) tv: stop 92",
            &["start A 30", "start A 35", "stop A 92"],
        ),
    ]);
    let posts = vec![
        (0, plex("completed").at(95.0)),
        (60, jellyfin("completed").at(95.0)),
        (60, emby("completed").at(95.0)),
    ];
    assert_eq!(seen("", &posts), ["stop A 95"], "one film on three servers");
}

/// A number that TMDB gave to both, beside each one's own.
#[test]
fn neighbours_that_share_a_number_are_two() {
    let shared = 9_399_999;
    let plex = |name, verb, position| {
        let own = Item::named(name).expect("an item").tvdb();
        let ids = [format!("tmdb://{shared}"), format!("tvdb://{own}")];
        let ids: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
        plex(verb).of(name).at(position).edit("/Metadata/Guid", json!(ids))
    };
    let posts = vec![
        (0, plex("D1", "completed", 90.0)),
        (5, plex("D1", "stop", 97.0)),
        (60, plex("D2", "completed", 90.0)),
        (5, plex("D2", "stop", 97.0)),
    ];
    assert_eq!(seen("", &posts), ["stop Drama 1x01 90", "stop Drama 1x02 90"], "one server");
    let jellyfin = |name, verb, position| {
        let own = Item::named(name).expect("an item").tvdb().to_string();
        let webhook = jellyfin(verb).of(name).at(position).edit("/Provider_imdb", json!(""));
        let webhook = webhook.edit("/Provider_tmdb", json!(shared.to_string()));
        webhook.edit("/Provider_tvdb", json!(own))
    };
    let posts = vec![
        (0, jellyfin("D1", "play", 20.0)),
        (60, plex("D2", "completed", 90.0)),
        (600, jellyfin("D1", "completed", 95.0)),
    ];
    let two_servers = ["start Drama 1x01 20", "stop Drama 1x02 90", "stop Drama 1x01 95"];
    assert_eq!(seen("", &posts), two_servers, "two servers");
}
