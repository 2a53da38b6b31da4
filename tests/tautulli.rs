//! The body that README gives to people who have Tautulli instead of Plex Pass, filled in as
//! Tautulli fills it.
//!
//! Tautulli (`plexpy/notification_handler.py`) first takes out what stands between the tags of
//! other media types (`<movie>…</movie>`), reads the rest as JSON, and then fills every text:
//! `{name}` with the value as text, empty where there is none, whatever stands behind a colon
//! being a date's format. The external ids that it knows of an episode are its show's.

#![cfg(test)]

mod daemon;

use daemon::{Scrobbled, Trakt, wait_for};
use scrobbled::event::{
    Action, AnimeIds, Episode, Event, File, Ids, Item, Kind, Library, Player, Show,
};
use scrobbled::event::{Source, User};
use scrobbled::server::body;
use scrobbled::verdict::Reason;
use scrobbled::webhook::Said;
use serde_json::Value;
use standin::trakt::{Catalogue, Entry};

const README: &str = include_str!("../README.md");

/// What Tautulli knows of a stream.
type Values<'a> = &'a [(&'a str, &'a str)];

const STREAM: Values = &[
    ("user_id", "48213377"),
    ("username", "mara.finch"),
    ("user_thumb", "https://plex.tv/users/7c1e94ab02d6f835/avatar?c=1765012345"),
    ("server_name", "Attic NAS"),
    ("server_machine_id", "5f0c9be27a4d41d8b3c6e1f29a7d0b84c15e6f3a"),
    ("player", "SHIELD \"Den\""),
    ("machine_id", "9a4e"),
];

const EPISODE: Values = &[
    ("media_type", "episode"),
    ("live", "0"),
    ("rating_key", "22170"),
    ("grandparent_rating_key", "22160"),
    ("guid", "plex://episode/65aa10b2c3d4e5f601728394"),
    ("section_id", "2"),
    ("library_name", "TV Shows"),
    ("episode_name", "The Long Tide"),
    ("show_name", "Harbour Nine"),
    ("show_year", "2019"),
    ("season_num", "2"),
    ("episode_num", "7"),
    ("year", "2020"),
    ("air_date", "2020-11-19"),
    ("duration_ms", "2611000"),
    ("view_offset", "2354000"),
    // Its show's, all three.
    ("imdb_id", "tt92000200"),
    ("themoviedb_id", "9200200"),
    ("thetvdb_id", "9110777"),
];

const MOVIE: Values = &[
    ("media_type", "movie"),
    ("live", "0"),
    ("rating_key", "18842"),
    ("guid", "plex://movie/64b1c2d3e4f5a60718293a4b"),
    ("section_id", "1"),
    ("library_name", "Movies"),
    ("episode_name", "The Salt Road"),
    ("season_num", "0"),
    ("episode_num", "0"),
    ("year", "2021"),
    ("air_date", "2021-10-08"),
    ("duration_ms", "6842176"),
    ("view_offset", "0"),
    ("imdb_id", "tt91000101"),
    ("themoviedb_id", "9100101"),
];

#[test]
fn an_episode_is_its_shows_and_never_has_its_shows_ids() {
    let expected = Event {
        source: Source::Plex,
        action: Action::Completed,
        server: "5f0c9be27a4d41d8b3c6e1f29a7d0b84c15e6f3a".into(),
        user: mara(),
        player: den(),
        library: Some(Library { id: "2".into(), title: "TV Shows".into() }),
        item: Item {
            anime: AnimeIds::default(),
            file: File::default(),
            kind: Kind::Episode(Episode {
                show: Show {
                    title: "Harbour Nine".into(),
                    year: Some(2019),
                    ids: shows_ids(),
                    key: "22160".into(),
                    ..Show::default()
                },
                season: Some(2),
                number: Some(7),
                last: None,
            }),
            key: "22170".into(),
            ids: Ids::default(),
            title: "The Long Tide".into(),
            year: Some(2020),
            aired: Some("2020-11-19".into()),
            runtime_ms: Some(2_611_000),
        },
        position_ms: Some(2_354_000),
        is_guess: false,
    };
    assert_eq!(said("watched", EPISODE), Said::Event(Box::new(expected)));
}

#[test]
fn a_movie_has_its_own_ids() {
    let expected = Event {
        source: Source::Plex,
        action: Action::Start,
        server: "5f0c9be27a4d41d8b3c6e1f29a7d0b84c15e6f3a".into(),
        user: mara(),
        player: den(),
        library: Some(Library { id: "1".into(), title: "Movies".into() }),
        item: Item {
            anime: AnimeIds::default(),
            file: File::default(),
            kind: Kind::Movie,
            key: "18842".into(),
            ids: movies_ids(),
            title: "The Salt Road".into(),
            year: Some(2021),
            aired: Some("2021-10-08".into()),
            runtime_ms: Some(6_842_176),
        },
        position_ms: Some(0),
        is_guess: false,
    };
    assert_eq!(said("play", MOVIE), Said::Event(Box::new(expected)));
}

#[test]
fn every_trigger_that_readme_names_is_understood() {
    let triggers = [
        ("play", Action::Start),
        ("pause", Action::Pause),
        ("resume", Action::Resume),
        ("stop", Action::Stop { completed: false }),
        ("watched", Action::Completed),
    ];
    for (action, expected) in triggers {
        match said(action, EPISODE) {
            Said::Event(event) => assert_eq!(event.action, expected, "{action}"),
            Said::Nothing { reason, .. } => panic!("{action}: {reason}"),
        }
    }
}

#[test]
fn what_is_no_movie_or_episode_is_told_apart() {
    let cases = [
        ("track", "0", Reason::NotVideo { kind: "track".into() }),
        ("clip", "0", Reason::Trailer),
        ("episode", "1", Reason::LiveTv),
    ];
    for (kind, live, expected) in cases {
        let values = [("media_type", kind), ("live", live), ("episode_name", "Anything")];
        let title = "Anything".to_owned();
        let server = "5f0c9be27a4d41d8b3c6e1f29a7d0b84c15e6f3a".to_owned();
        let nothing = Said::Nothing { reason: expected, title, server };
        assert_eq!(said("play", &values), nothing, "{kind}");
    }
}

/// What README gave before it said whose JSON it is.
const README_BEFORE: &str = r#"{
  "event": "media.{action}",
  "Account": {"id": "{user_id}", "title": "{username}", "thumb": "{user_thumb}"},
  "Server": {"uuid": "{server_machine_id}", "title": "{server_name}"},
  "Player": {"uuid": "{machine_id}", "title": "{player}"},
  "Metadata": {
    "type": "{media_type}",
    "live": "{live}",
    "ratingKey": "{rating_key}",
    "guid": "{guid}",
    "title": "{episode_name}",
    "grandparentTitle": "{show_name}",
    "grandparentGuid": "tvdb://<episode>{thetvdb_id}</episode>",
    "parentIndex": "{season_num}",
    "index": "{episode_num}",
    "Guid": [
      {"id": "<movie>imdb://{imdb_id}</movie>"},
      {"id": "<movie>tmdb://{themoviedb_id}</movie>"},
      {"id": "<movie>tvdb://{thetvdb_id}</movie>"}
    ]
  }
}"#;

/// What scrobblex has people paste (ryck/scrobblex, README).
const SCROBBLEX: &str = r#"{
  "event": "media.scrobble",
  "server": "tautulli",
  "Account": {"title": "{username}"},
  "Metadata": {
    <episode>"grandparentTitle": "{show_name}", "parentIndex": "{season_num}", "index": "{episode_num}",</episode>
    "title": "<episode>{episode_name}</episode><movie>{title}</movie>",
    "type": "{media_type}",
    "year": "{year}",
    "Guid": [{"id": "imdb://{imdb_id}"}, {"id": "tvdb://{thetvdb_id}"}, {"id": "tmdb://{themoviedb_id}"}]
  }
}"#;

/// What watchstate has people paste, as far as it is read (arabcoders/watchstate, guides/webhooks.md).
const WATCHSTATE: &str = r#"{
  "event": "tautulli.{action}",
  "Account": {"id": "{user_id}", "thumb": "{user_thumb}", "title": "{username}"},
  "Metadata": {
    "librarySectionType": null,
    "ratingKey": "{rating_key}",
    "guid": "{guid}",
    "grandparentGuid": null,
    "type": "{media_type}",
    "title": "{episode_name}",
    "grandparentTitle": "{show_name}",
    "index": "{episode_num}",
    "parentIndex": "{season_num}",
    "viewOffset": "{view_offset}",
    "duration": "{duration_ms}",
    "Guids": {"imdb": "{imdb_id}", "tvdb": "{thetvdb_id}", "tmdb": "{themoviedb_id}", "tvmaze": "{tvmaze_id}"}
  }
}"#;

#[test]
fn other_jsons_of_tautullis_are_understood_as_what_they_are() {
    let tvdb = || Ids { tvdb: Some(9_110_777), ..Ids::default() };
    let cases = [
        ("README's", template(), shows_ids()),
        ("README's before", README_BEFORE, tvdb()),
        ("scrobblex's", SCROBBLEX, shows_ids()),
        ("watchstate's", WATCHSTATE, shows_ids()),
    ];
    for (whose, template, shows) in cases {
        let Said::Event(event) = read(&filled_in(template, "watched", EPISODE)) else {
            panic!("{whose} is nothing to scrobble")
        };
        assert_eq!(
            (event.action, &event.item.ids),
            (Action::Completed, &Ids::default()),
            "{whose}"
        );
        let Kind::Episode(episode) = event.item.kind else { panic!("{whose} is no episode") };
        assert_eq!((episode.season, episode.number), (Some(2), Some(7)), "{whose}");
        assert_eq!(episode.show.ids, shows, "{whose}");
        let Said::Event(event) = read(&filled_in(template, "watched", MOVIE)) else {
            panic!("{whose} movie is nothing to scrobble")
        };
        assert_eq!(event.item.ids, movies_ids(), "{whose}");
    }
}

#[test]
fn ids_that_tautulli_does_not_have_are_none() {
    let without: Vec<_> =
        EPISODE.iter().copied().filter(|(name, _)| !name.ends_with("b_id")).collect();
    for template in [template(), README_BEFORE, SCROBBLEX, WATCHSTATE] {
        let Said::Event(event) = read(&filled_in(template, "watched", &without)) else {
            panic!("nothing to scrobble: {template}")
        };
        assert_eq!(event.item.names(), [], "{template}");
    }
}

/// A show that its library has under another title, so that only its ids name it. Its TMDB number
/// is an episode's of another show.
fn quayside() -> Catalogue {
    let mut catalogue = Catalogue::strict();
    let other = catalogue.add_show(Entry::new("Bellwether", Some(1968)).tmdb(5_900_800));
    catalogue.add_episode(other, 2, 3, Entry::new("Lambs", None).tmdb(9_200_200));
    let show = Entry::new("Quayside", Some(2019)).tmdb(9_200_200);
    let show = catalogue.add_show(show);
    catalogue.add_episode(show, 2, 7, Entry::new("Tar", None).tmdb(5_900_741).minutes(44));
    catalogue
}

#[test]
fn an_episode_is_found_by_its_shows_ids_whoever_wrote_the_json() {
    for template in [template(), SCROBBLEX, WATCHSTATE] {
        let trakt = Trakt::knowing(quayside());
        let daemon = Scrobbled::with_config("").start(&trakt).login();
        let body = filled_in(template, "watched", EPISODE);
        let answer = daemon.send(Source::Plex, "application/json", body.as_bytes());
        assert_eq!(answer.expect("an answer").status, 200, "{template}");
        wait_for("the play", || daemon.held(), |(outbox, _)| outbox.is_empty());
        let plays = trakt.server.with(|trakt| {
            let plays = trakt.people().flat_map(|(_, user)| user.history());
            plays.map(|play| trakt.catalogue.label(play.item)).collect::<Vec<_>>()
        });
        assert_eq!(plays, ["Quayside 2x07"], "{template}");
    }
}

#[test]
fn whom_tautulli_calls_local_can_be_put_into_the_config() {
    let mut local = EPISODE.to_vec();
    local.extend([("user_id", "0"), ("username", "Local"), ("user_thumb", "images/gravatar.png")]);
    let body = filled_in(template(), "watched", &local);
    let post = |accounts: &str| {
        let daemon = Scrobbled::with_config(accounts).start_alone();
        let answer = daemon.send(Source::Plex, "application/json", body.as_bytes());
        (answer.expect("an answer").body, daemon.cli(&["status"]).good())
    };
    let (answer, status) = post("[[account]]\nname = \"mara\"\nplex = [\"mara.finch\"]\n");
    let hint = "Tautulli's name for whoever plays without being signed in";
    let told = format!("add \"Local\" ({hint}) to the `plex` list of an account");
    assert!(answer.contains(&format!("`Local` (id:0) ({hint})")), "{answer}");
    assert!(status.contains(&told), "{status}");
    let (answer, _) = post("[[account]]\nname = \"mara\"\nplex = [\"mara.finch\", \"Local\"]\n");
    assert!(answer.contains("queued"), "{answer}");
}

fn shows_ids() -> Ids {
    let imdb = Some("tt92000200".into());
    Ids { imdb, tmdb: Some(9_200_200), tvdb: Some(9_110_777), ..Ids::default() }
}

fn movies_ids() -> Ids {
    Ids { imdb: Some("tt91000101".into()), tmdb: Some(9_100_101), ..Ids::default() }
}

fn mara() -> User {
    User { id: "48213377".into(), uuid: "7c1e94ab02d6f835".into(), name: "mara.finch".into() }
}

fn den() -> Player {
    Player { id: "9a4e".into(), name: "SHIELD \"Den\"".into() }
}

/// What the webhook says that Tautulli sends on the trigger `action` for an item with `values`.
fn said(action: &str, values: Values) -> Said {
    read(&filled_in(template(), action, values))
}

fn read(body: &str) -> Said {
    body::said(Source::Plex, body.as_bytes()).unwrap()
}

/// The body that Tautulli makes of a template.
fn filled_in(template: &str, action: &str, values: Values) -> String {
    let kind = values.iter().find(|(name, _)| *name == "media_type").unwrap().1;
    let mut body: Value = serde_json::from_str(&tagged(template, kind)).unwrap();
    let value = |name: &str| {
        let known = [("action", action)];
        let mut all = known.iter().chain(values.iter().rev()).chain(STREAM);
        all.find(|(known, _)| *known == name).map_or("", |(_, value)| *value).to_owned()
    };
    fill(&mut body, &value);
    body.to_string()
}

/// The one `json` block of README that is Tautulli's.
fn template() -> &'static str {
    let blocks = README.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.filter(|block| block.contains("{action}")).last().unwrap()
}

/// The template without what is for other media types, and without the tags themselves.
fn tagged(template: &str, kind: &str) -> String {
    let mut text = template.to_owned();
    for tag in ["movie", "show", "season", "episode", "artist", "album", "track"] {
        let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
        while let Some(from) = text.find(&open) {
            let to = from + text[from..].find(&close).unwrap() + close.len();
            let inner = &text[from + open.len()..to - close.len()];
            let kept = if tag == kind { inner.to_owned() } else { String::new() };
            text.replace_range(from..to, &kept);
        }
    }
    text
}

fn fill(json: &mut Value, value: &impl Fn(&str) -> String) {
    match json {
        Value::String(text) => *text = filled(text, value),
        Value::Array(list) => list.iter_mut().for_each(|json| fill(json, value)),
        Value::Object(members) => members.values_mut().for_each(|json| fill(json, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn filled(text: &str, value: &impl Fn(&str) -> String) -> String {
    let Some((before, rest)) = text.split_once('{') else { return text.to_owned() };
    let (field, after) = rest.split_once('}').unwrap();
    let name = field.split(':').next().unwrap();
    format!("{before}{}{}", value(name), filled(after, value))
}
