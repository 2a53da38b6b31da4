//! The events that the recorded payloads speak of, whole.

use scrobbled::event::{
    Action, AnimeIds, Episode, Event, File, Ids, Item, Kind, Library, Player, Show, Source, Time,
    User,
};

#[expect(clippy::similar_names, reason = "the services are called so")]
fn ids(imdb: &str, tmdb: u64, tvdb: u64) -> Ids {
    Ids {
        imdb: (!imdb.is_empty()).then(|| imdb.into()),
        tmdb: (tmdb > 0).then_some(tmdb),
        tvdb: (tvdb > 0).then_some(tvdb),
        ..Ids::default()
    }
}

fn user(id: &str, uuid: &str, name: &str) -> User {
    User { id: id.into(), uuid: uuid.into(), name: name.into() }
}

fn player(id: &str, name: &str) -> Player {
    Player { id: id.into(), name: name.into() }
}

fn library(id: &str, title: &str) -> Library {
    Library { id: id.into(), title: title.into() }
}

fn show(title: &str, year: Option<u16>, ids: Ids) -> Show {
    Show { title: title.into(), year, ids, ..Show::default() }
}

fn with_key(key: &str, show: Show) -> Show {
    Show { key: key.into(), ..show }
}

/// The show of the Jellyfin that is recorded here.
fn jellyfins_show() -> Show {
    let show = show("Harbour Nine", Some(2019), Ids::default());
    let show = Show { aired: Some("2019-09-12".into()), ..show };
    with_key("55aa10907c3d4e5f601728200aabbcce", show)
}

fn episode(show: Show, season: u32, number: u32, last: Option<u32>) -> Kind {
    Kind::Episode(Episode { show, season: Some(season), number: Some(number), last })
}

pub(crate) fn plex_movie(action: Action, position_ms: Option<u64>) -> Event {
    Event {
        source: Source::Plex,
        action,
        server: "5f0c9be27a4d41d8b3c6e1f29a7d0b84c15e6f3a".into(),
        user: user("48213377", "7c1e94ab02d6f835", "mara.finch"),
        player: player("k3v9zq0t7w1m5c8r2x6n4b1d", "Living Room TV"),
        library: Some(library("1", "Movies")),
        item: Item {
            anime: AnimeIds::default(),
            kind: Kind::Movie,
            key: "18842".into(),
            ids: ids("tt91000101", 9_100_101, 9_110_101),
            title: "The Salt Road".into(),
            year: Some(2021),
            aired: Some("2021-10-08".into()),
            runtime_ms: Some(6_842_176),
            file: File::default(),
        },
        position_ms,
        is_guess: false,
    }
}

pub(crate) fn plex_episode_scrobble() -> Event {
    Event {
        library: Some(library("2", "TV Shows")),
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(
                with_key("22160", show("Harbour Nine (2019)", None, Ids::default())),
                2,
                7,
                None,
            ),
            key: "22170".into(),
            ids: ids("tt92000207", 9_200_207, 9_210_207),
            title: r#"E & E: "The Long Tide""#.into(),
            year: Some(2020),
            aired: Some("2020-11-19".into()),
            runtime_ms: Some(2_611_328),
            file: File::default(),
        },
        ..plex_movie(Action::Completed, Some(2_354_000))
    }
}

pub(crate) fn plex_special_pause() -> Event {
    let scrobble = plex_episode_scrobble();
    Event {
        action: Action::Pause,
        user: user("90518264", "f00dcafe11223344", "jo.guest@example.net"),
        player: player("q8w3yl1v0hm6tr2b9z7kd4ce", "Chrome"),
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(
                with_key("22160", show("Harbour Nine (2019)", None, Ids::default())),
                0,
                3,
                None,
            ),
            key: "22174".into(),
            ids: ids("", 0, 9_210_003),
            title: "Lockdown Special".into(),
            ..scrobble.item
        },
        position_ms: Some(911_000),
        ..scrobble
    }
}

pub(crate) fn plex_hama_stop() -> Event {
    let anime = AnimeIds { anidb: Some(98_765), ..AnimeIds::default() };
    let show = Show { anime, ..with_key("7301", show("Umi no Soko", None, Ids::default())) };
    Event {
        user: user("1", "7c1e94ab02d6f835", "mara.finch"),
        player: player("9a4e1f7702b3c5d8-com-plexapp-android", "SHIELD Android TV"),
        library: Some(library("5", "Anime")),
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(show, 1, 5, None),
            key: "7310".into(),
            ids: Ids::default(),
            title: "海の底の色".into(),
            year: None,
            aired: Some("2018-05-06".into()),
            runtime_ms: Some(1_420_480),
            file: File::default(),
        },
        ..plex_movie(Action::Stop { completed: false }, None)
    }
}

pub(crate) fn plex_thetvdb_resume() -> Event {
    let stop = plex_hama_stop();
    Event {
        action: Action::Resume,
        library: Some(library("4", "Serien")),
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(
                with_key("7301", show("Harbour Nine", None, ids("", 0, 9_110_777))),
                2,
                7,
                None,
            ),
            title: "Die lange Flut".into(),
            year: Some(2020),
            runtime_ms: Some(2_611_328),
            ..stop.item
        },
        position_ms: Some(1_203_991),
        ..stop
    }
}

pub(crate) fn plex_show_unrate() -> Event {
    Event {
        player: Player::default(),
        library: Some(library("2", "TV Shows")),
        item: Item {
            anime: AnimeIds::default(),
            kind: Kind::Show,
            key: "22160".into(),
            ids: ids("tt92000001", 9_200_001, 9_110_777),
            title: "Harbour Nine (2019)".into(),
            year: Some(2019),
            aired: Some("2020-11-19".into()),
            runtime_ms: Some(2_611_328),
            file: File::default(),
        },
        ..plex_movie(Action::Rate(None), None)
    }
}

pub(crate) fn jellyfin_movie_start() -> Event {
    Event {
        source: Source::Jellyfin,
        action: Action::Start,
        server: "3f9d0c7ab1e84f52a6c4d8e7f0912b36".into(),
        user: user("a17c4e9d0b3f4d2c8e6f5a1b9c0d7e42", "", "mara"),
        player: player("TW96aWxsYS81LjAgKFgxMTsgTGludXggeDg2XzY0KXwxNzY1MDAwMDAwMDAw", "Firefox"),
        library: None,
        item: Item {
            anime: AnimeIds::default(),
            kind: Kind::Movie,
            key: "c81d5be0f7a34e19b2a6d3049e5f7c18".into(),
            ids: ids("tt91000101", 9_100_101, 0),
            title: "The Salt Road".into(),
            year: Some(2021),
            aired: Some("2021-10-08".into()),
            runtime_ms: Some(6_842_176),
            file: File::default(),
        },
        position_ms: Some(0),
        is_guess: false,
    }
}

pub(crate) fn jellyfin_episode(action: Action, position_ms: Option<u64>) -> Event {
    Event {
        action,
        player: player("4fd1a8b35c7e29d0", "SHIELD"),
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(jellyfins_show(), 2, 7, None),
            key: "0b7e6a1c92d34f58a1c3e5d7f9042b6e".into(),
            ids: ids("tt92000207", 9_200_207, 9_210_207),
            title: "The Long Tide".into(),
            year: Some(2020),
            aired: Some("2020-11-19".into()),
            runtime_ms: Some(2_611_328),
            file: File::default(),
        },
        position_ms,
        ..jellyfin_movie_start()
    }
}

pub(crate) fn jellyfin_quotes_stop() -> Event {
    let stop = jellyfin_episode(Action::Stop { completed: false }, Some(620_113));
    Event {
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(jellyfins_show(), 2, 8, None),
            key: "9d2e4f60a1b843c5b7d8e9f0a1b2c3d4".into(),
            ids: Ids::default(),
            title: r#"E & E: "The Café at Pier 3""#.into(),
            ..stop.item
        },
        ..stop
    }
}

pub(crate) fn jellyfin_double_stop() -> Event {
    let stop = jellyfin_episode(Action::Stop { completed: true }, Some(5_188_000));
    Event {
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(jellyfins_show(), 0, 1, Some(2)),
            key: "71c4d0a9be5f48e2935d6f7a0b1c8e24".into(),
            ids: ids("", 0, 9_210_001),
            title: "Storm Warning (1) & (2)".into(),
            runtime_ms: Some(5_200_448),
            ..stop.item
        },
        ..stop
    }
}

pub(crate) fn jellyfin_toggle(action: Action) -> Event {
    let episode_seven = jellyfin_episode(action, None);
    Event {
        player: Player::default(),
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(jellyfins_show(), 2, 9, None),
            key: "2c3b4a59687f4e0d9c8b7a6f5e4d3c2b".into(),
            ids: ids("tt92000209", 0, 9_210_209),
            title: "Slack Water".into(),
            ..episode_seven.item
        },
        ..episode_seven
    }
}

/// The same in a template that nests the item, with the position at the top.
pub(crate) fn jellyfin_nested_stop() -> Event {
    let stop = jellyfin_nested(Action::Stop { completed: false });
    Event { position_ms: Some(1_566_796), ..stop }
}

pub(crate) fn jellyfin_nested(action: Action) -> Event {
    let toggle = jellyfin_toggle(action);
    Event {
        server: String::new(),
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(show("Harbour Nine", None, Ids::default()), 2, 9, None),
            year: None,
            aired: None,
            ..toggle.item
        },
        ..toggle
    }
}

pub(crate) fn jellyfin_start_beside_a_bot() -> Event {
    let start = jellyfin_episode(Action::Start, Some(0));
    Event {
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(show("Harbour Nine", Some(2019), Ids::default()), 2, 9, None),
            key: "2c3b4a59687f4e0d9c8b7a6f5e4d3c2b".into(),
            ids: ids("", 0, 9_210_209),
            title: "Slack Water".into(),
            aired: Some("2020-12-03".into()),
            runtime_ms: Some(2_611_000),
            ..start.item
        },
        ..start
    }
}

pub(crate) fn jellyfin_reshaped_stop() -> Event {
    let stop = jellyfin_quotes_stop();
    Event {
        player: Player::default(),
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(show("Harbour Nine", Some(2019), Ids::default()), 2, 8, None),
            ids: ids("", 0, 9_210_208),
            title: "E & E: Café 🌊".into(),
            year: None,
            aired: None,
            ..stop.item
        },
        ..stop
    }
}

pub(crate) fn jellyfin_broken_stop() -> Event {
    let stop = jellyfin_reshaped_stop();
    Event {
        action: Action::Stop { completed: true },
        user: user("a17c4e9d0b3f4d2c8e6f5a1b9c0d7e42", "", ""),
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(show("", None, Ids::default()), 2, 8, None),
            ids: Ids::default(),
            title: r#"E & E: "The Café at Pier 3""#.into(),
            year: None,
            ..stop.item
        },
        ..stop
    }
}

pub(crate) fn shemanaev_stop() -> Event {
    let stop = jellyfin_episode(Action::Stop { completed: false }, None);
    let series = ids("tt92000001", 9_200_001, 9_110_777);
    Event {
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(Show { ids: series, ..jellyfins_show() }, 2, 7, None),
            file: File::new("/tv/Harbour Nine (2019)/Season 02/Harbour Nine - S02E07.mkv", ""),
            ..stop.item
        },
        ..stop
    }
}

pub(crate) fn shemanaev_plex(source: Source) -> Event {
    let stop = shemanaev_stop();
    Event {
        source,
        action: Action::Completed,
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(show("Harbour Nine", None, ids("", 0, 9_110_777)), 2, 7, None),
            key: String::new(),
            ids: Ids::default(),
            aired: None,
            file: File::default(),
            ..stop.item
        },
        ..stop
    }
}

pub(crate) fn emby_movie_start() -> Event {
    Event {
        source: Source::Emby,
        action: Action::Start,
        server: "d2b7c0e84f1a4c6d9e305b8a7f61c294".into(),
        user: user("5c0d9a7e1b2f4836a4e7c9d0b8f15263", "", "mara"),
        player: player("e1d0c9b8a7f65432", "SHIELD"),
        library: None,
        item: Item {
            anime: AnimeIds::default(),
            kind: Kind::Movie,
            key: "31877".into(),
            ids: ids("tt91000101", 9_100_101, 0),
            title: "The Salt Road".into(),
            year: Some(2021),
            aired: Some("2021-10-08".into()),
            runtime_ms: Some(6_842_176),
            file: File::new(
                "/mnt/media/Movies/The Salt Road (2021)/The Salt Road (2021) - 1080p.mkv",
                "",
            ),
        },
        position_ms: Some(1_425_666),
        is_guess: false,
    }
}

pub(crate) fn emby_episode(action: Action, position_ms: Option<u64>) -> Event {
    Event {
        action,
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(
                with_key("40200", show("Harbour Nine", None, Ids::default())),
                2,
                7,
                None,
            ),
            key: "40215".into(),
            ids: ids("tt92000207", 9_200_207, 9_210_207),
            title: "The Long Tide".into(),
            year: Some(2020),
            aired: Some("2020-11-19".into()),
            runtime_ms: Some(2_611_328),
            file: File::new(r"\\nas\tv\Harbour Nine (2019)\Season 2\Harbour Nine - S02E07.mkv", ""),
        },
        position_ms,
        ..emby_movie_start()
    }
}

pub(crate) fn emby_double_stop() -> Event {
    let stop = emby_episode(Action::Stop { completed: false }, Some(1_904_337));
    Event {
        player: player("e1d0c9b8a7f65432", "Firefox Linux"),
        item: Item {
            anime: AnimeIds::default(),
            kind: episode(
                with_key("40200", show("Harbour Nine", None, Ids::default())),
                2,
                10,
                Some(11),
            ),
            key: "40218".into(),
            ids: ids("tt92000210", 0, 9_210_210),
            title: "High Water".into(),
            runtime_ms: Some(5_200_448),
            ..stop.item
        },
        ..stop
    }
}

pub(crate) fn emby_mark() -> Event {
    Event {
        player: Player::default(),
        ..emby_episode(Action::Mark { at: Some(Time(1_765_231_329_000)) }, None)
    }
}
