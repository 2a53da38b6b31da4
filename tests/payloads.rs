//! Every recorded payload, from the bytes that were posted to the whole event that was said.
//!
//! A file under `tests/payloads` without a line in [`expectations`] fails the test; so does a line
//! without a file. `*.headers.txt` only show how a body travelled.

mod expected;

use expected::*;
use scrobbled::event::{Action, Event, Source, Time};
use scrobbled::server::body;
use scrobbled::verdict::Reason;
use scrobbled::webhook::Said;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// At which address a file was posted, and what it must be read as.
fn expectations() -> Vec<(&'static str, Source, Said)> {
    use Source::{Emby, Jellyfin, Plex};
    vec![
        ("plex/movie_play.json", Plex, said(plex_movie(Action::Start, Some(0)))),
        ("plex/movie_play.multipart.bin", Plex, said(plex_movie(Action::Start, Some(0)))),
        ("plex/movie_rate_half_star.json", Plex, said(plex_movie(Action::Rate(Some(7)), None))),
        ("plex/episode_scrobble.json", Plex, said(plex_episode_scrobble())),
        ("plex/episode_scrobble_nothumb.multipart.bin", Plex, said(plex_episode_scrobble())),
        ("plex/shared_user_special_pause.json", Plex, said(plex_special_pause())),
        ("plex/episode_stop_legacy_hama_no_offset.json", Plex, said(plex_hama_stop())),
        ("plex/episode_resume_legacy_thetvdb.json", Plex, said(plex_thetvdb_resume())),
        ("plex/show_rate_removed_string.json", Plex, said(plex_show_unrate())),
        (
            "plex/trailer_clip_play_ignore.json",
            Plex,
            nothing(Plex, Reason::Trailer, "The Salt Road - Trailer 1"),
        ),
        ("plex/livetv_play_ignore.json", Plex, nothing(Plex, Reason::LiveTv, "Evening News")),
        ("plex/device_new_no_metadata.json", Plex, nothing(Plex, not_playback("device.new"), "")),
        ("jellyfin/movie_playback_start.json", Jellyfin, said(jellyfin_movie_start())),
        ("jellyfin/movie_playback_start.wire.json", Jellyfin, said(jellyfin_movie_start())),
        ("jellyfin/movie_playback_start.genericform.txt", Jellyfin, said(jellyfin_movie_start())),
        (
            "jellyfin/episode_progress_paused.json",
            Jellyfin,
            said(jellyfin_episode(Action::Progress { paused: Some(true) }, Some(1_120_873))),
        ),
        (
            "jellyfin/episode_progress_automated.json",
            Jellyfin,
            said(Event {
                is_guess: true,
                ..jellyfin_episode(Action::Progress { paused: Some(false) }, Some(1_121_873))
            }),
        ),
        (
            "jellyfin/episode_stop_position_zero_completed.json",
            Jellyfin,
            said(jellyfin_episode(Action::Stop { completed: true }, Some(0))),
        ),
        (
            "jellyfin/episode_stop_quotes_double_escaped.json",
            Jellyfin,
            said(jellyfin_quotes_stop()),
        ),
        (
            "jellyfin/special_multi_episode_stop_completed.json",
            Jellyfin,
            said(jellyfin_double_stop()),
        ),
        (
            "jellyfin/episode_userdatasaved_toggleplayed.json",
            Jellyfin,
            said(jellyfin_toggle(Action::Mark { at: Some(Time(1_765_230_002_331)) })),
        ),
        (
            "jellyfin/episode_userdatasaved_unplayed.json",
            Jellyfin,
            said(jellyfin_toggle(Action::Unmark)),
        ),
        ("jellyfin/template_reshaped_strings.json", Jellyfin, said(jellyfin_reshaped_stop())),
        (
            "jellyfin/template_nested_position_at_the_top.json",
            Jellyfin,
            said(jellyfin_nested_stop()),
        ),
        (
            "jellyfin/template_nested_reason_at_the_top.json",
            Jellyfin,
            said(jellyfin_nested(Action::Mark { at: Some(Time(1_765_230_002_331)) })),
        ),
        (
            "jellyfin/episode_playback_start_beside_a_bot.json",
            Jellyfin,
            said(jellyfin_start_beside_a_bot()),
        ),
        ("jellyfin/template_broken_body.txt", Jellyfin, said(jellyfin_broken_stop())),
        ("jellyfin/thirdparty_shemanaev_stop.json", Jellyfin, said(shemanaev_stop())),
        (
            "jellyfin/thirdparty_shemanaev_plexformat.multipart.bin",
            Jellyfin,
            said(shemanaev_plex(Jellyfin)),
        ),
        (
            "jellyfin/thirdparty_shemanaev_plexformat.multipart.bin",
            Plex,
            said(shemanaev_plex(Plex)),
        ),
        ("emby/movie_start.json", Emby, said(emby_movie_start())),
        ("emby/movie_start.multipart.bin", Emby, said(emby_movie_start())),
        ("emby/movie_start.urlencoded.txt", Emby, said(emby_movie_start())),
        ("emby/episode_pause.json", Emby, said(emby_episode(Action::Pause, Some(1_120_873)))),
        (
            "emby/episode_stop_autoplay_completed.json",
            Emby,
            said(emby_episode(Action::Stop { completed: true }, Some(2_599_011))),
        ),
        ("emby/multi_episode_stop_partial.json", Emby, said(emby_double_stop())),
        ("emby/episode_item_markplayed.json", Emby, said(emby_mark())),
        (
            "emby/movie_item_rate_favorite.json",
            Emby,
            nothing(Emby, Reason::Favourite, "The Salt Road"),
        ),
        (
            "emby/system_webhooktest.json",
            Emby,
            nothing(Emby, Reason::TestMessage { source: Emby }, ""),
        ),
        ("emby/livetv_start_ignore.json", Emby, nothing(Emby, Reason::LiveTv, "Channel Four")),
    ]
}

fn said(event: Event) -> Said {
    Said::Event(Box::new(event))
}

/// What is nothing to scrobble, from the household's server of that kind.
fn nothing(source: Source, reason: Reason, title: &str) -> Said {
    let server = match source {
        Source::Plex => "5f0c9be27a4d41d8b3c6e1f29a7d0b84c15e6f3a",
        Source::Jellyfin => "3f9d0c7ab1e84f52a6c4d8e7f0912b36",
        Source::Emby => "d2b7c0e84f1a4c6d9e305b8a7f61c294",
    };
    Said::Nothing { reason, title: title.into(), server: server.into() }
}

fn not_playback(event: &str) -> Reason {
    Reason::NotPlayback { event: event.into() }
}

#[test]
fn every_payload_is_read_as_expected() {
    let wrong: Vec<_> = expectations()
        .into_iter()
        .map(|(file, source, expected)| {
            let bytes = fs::read(Path::new("tests/payloads").join(file)).expect(file);
            (file, body::said(source, &bytes), expected)
        })
        .filter(|(_, seen, expected)| seen.as_ref() != Ok(expected))
        .map(|(file, seen, expected)| {
            format!("{file}:\n     seen {seen:?}\n expected {expected:?}")
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_payload_has_an_expectation() {
    let mut files = BTreeSet::new();
    for folder in ["plex", "jellyfin", "emby"] {
        for entry in fs::read_dir(Path::new("tests/payloads").join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !name.ends_with(".headers.txt") {
                files.insert(format!("{folder}/{name}"));
            }
        }
    }
    let expected: BTreeSet<_> =
        expectations().into_iter().map(|(file, ..)| file.to_owned()).collect();
    assert_eq!(files, expected);
}
