//! What lies on a disk is a promise to it: whatever a version has stored, this one understands.
//!
//! For each version of the schema `tests/stored` holds a database as its last program has left it
//! (`5.sql`), and what is read of it today (`5.txt`). A field or a word that is stored and renamed
//! without an alias shows there. When the schema moves on,
//!
//! ```sh
//! cargo test --lib write_what_this_version_stores -- --ignored
//! ```
//!
//! adds the new version's database and writes anew what is read of each; the databases that are
//! there are never changed. In the difference of the texts nothing may be gone.

use super::*;
use crate::config::{Account, Settings};
use crate::connect::{self, Hook, Person};
use crate::delivery::OurPlay;
use crate::desk::HistoryMessage;
use crate::desk::caught_up::HistoryRead;
use crate::desk::heard::ServerHeard;
use crate::desk::line::ActivityEntry;
use crate::event::{Ids, Library, User};
use crate::notify::SentAlert;
use crate::probe::{About, Probe, ProbeAnswer};
use crate::store::{EntryState, OutboxEntry};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const MINUTE: u64 = 60;
/// What a second is in the ticks of Jellyfin and Emby.
const TICKS: u64 = 10_000_000;
/// How long the film lasts that all films here are made of, in seconds.
const FILM: u64 = 6842;

/// A change to a payload: where, and what is there instead.
type Change<'c> = (&'c str, Value);

impl Scene {
    /// Takes a media server's webhook, with these changes to the payload.
    fn say(&mut self, source: Source, payload: &str, changes: &[Change<'_>]) {
        let (root, source_word) = (env!("CARGO_MANIFEST_DIR"), source.word());
        let file = format!("{root}/tests/payloads/{source_word}/{payload}.json");
        let json = fs::read(file).expect("a payload");
        let mut json: Value = serde_json::from_slice(&json).expect("JSON");
        for (way, value) in changes {
            let (parent, key) = way.rsplit_once('/').expect("a way");
            json.pointer_mut(parent).expect("it leads somewhere")[key] = value.clone();
        }
        let Ok(Said::Event(event)) = webhook::parse(source, json.to_string().as_bytes()) else {
            panic!("the payload is an event");
        };
        let place = self.queue.place().expect("a place");
        self.work(vec![Message::Event(
            event,
            Ear::Webhook,
            Recipient::Request(Responder::to_nobody(), None),
            place,
        )]);
    }

    /// What Jellyfin says of film `n` on the player of that number, `at` so many minutes.
    fn film(&mut self, n: u64, what: &str, at: u64, more: &[Change<'_>]) {
        let paused = what == "Paused";
        let what = if paused { "PlaybackProgress" } else { what };
        let mut changes = vec![
            ("/NotificationType", json!(what)),
            ("/ItemId", json!(format!("{n:032x}"))),
            ("/Name", json!(format!("Film {n}"))),
            ("/Provider_imdb", json!(format!("tt810000{n:02}"))),
            ("/Provider_tmdb", json!(format!("81000{n:02}"))),
            ("/DeviceId", json!(format!("player {n}"))),
            ("/PlaybackPositionTicks", json!(at * MINUTE * TICKS)),
            ("/IsPaused", json!(paused)),
        ];
        changes.extend_from_slice(more);
        self.say(Source::Jellyfin, "movie_playback_start", &changes);
    }

    /// Film `n` is watched to its end.
    fn watch(&mut self, n: u64) {
        self.film(n, "PlaybackStart", 0, &[]);
        self.wait(FILM);
        self.film(n, "PlaybackStop", FILM / MINUTE, &[("/PlayedToCompletion", json!(true))]);
    }

    /// The media server's answer to the last question.
    fn answer(&mut self, found: ProbeAnswer) {
        let held = self.desk.store.held().expect("readable");
        let (number, _) = held.last().expect("an event waits");
        let probe = Probe {
            number: *number,
            source: Source::Emby,
            server: "emby".to_owned(),
            key: String::new(),
            user: User::default(),
            about: About::Libraries,
        };
        self.work(vec![Message::Found(Box::new(probe), found)]);
    }

    /// Settles the oldest intent that waits with this verb.
    fn tell(&mut self, verb: &str, settled: Settled) {
        let waiting = self.desk.store.entries(false, 1000).expect("readable");
        let entry = waiting.iter().find(|entry| entry.intent.verb.word() == verb);
        let (id, account) =
            entry.map(|entry| (entry.id, entry.intent.account.clone())).expect(verb);
        let destination = Destination::new(account, "trakt");
        self.work(vec![Message::Courier(CourierMessage::Settled { destination, id, settled })]);
    }
}

fn done(trakt: u64, show: Option<u64>, play: Option<OurPlay>) -> Settled {
    let ids = Ids { trakt: Some(trakt), ..Ids::default() };
    let learned = Facts { ids, show, runtime_ms: Some(FILM * 1000) };
    Settled::Done { how: How::Told, learned, play }
}

fn settings() -> Settings {
    let all = || vec!["*".to_owned()];
    let account = |name: &str| Account { name: name.into(), ..Account::default() };
    let mut settings = Settings {
        accounts: vec![
            Account { plex: all(), jellyfin: all(), ..account("alice") },
            Account { emby: all(), ..account("ben") },
        ],
        ..Settings::default()
    };
    for server in &mut settings.media_servers {
        (server.url, server.token) = ("http://server".to_owned(), Secret::new("token"));
    }
    settings.servers_mut(Source::Plex).for_each(|plex| plex.ratings = true);
    let blocked = vec!["Home videos".to_owned()];
    settings.servers_mut(Source::Emby).for_each(|emby| emby.block_libraries.clone_from(&blocked));
    settings.scrobble.unmarks = true;
    settings.scrobble.autoplay_guard = Duration::from_secs(30);
    settings
}

/// A database with all that can lie in one, from what media servers and Trakt have said.
fn filled() -> Scene {
    let mut scene = Scene::new();
    scene.desk.live = Arc::new(Live::from(settings()));
    logins(&mut scene);
    plays(&mut scene);
    by_hand(&mut scene);
    sessions(&mut scene);
    held(&mut scene);
    receivers(&mut scene);
    let now = scene.desk.clock.now();
    for (source, server) in [(Source::Plex, "5f0c9be27a4d41d8"), (Source::Emby, "")] {
        scene.desk.activity.hear(source, server, Ear::Webhook, now);
    }
    scene.desk.note_first_start(now);
    let (reply, answer) = channel();
    let read = HistoryMessage::Read(Source::Plex, "5f0c9be27a4d41d8".into(), now, reply);
    scene.desk.history(read, now);
    assert_eq!(answer.recv(), Ok(Ok(())));
    connections(&mut scene);
    scene.desk.write_the_rest(now);
    scene
}

/// What waits for a receiver beside what its account's tracker is told, and one that is off.
fn receivers(scene: &mut Scene) {
    scene.desk.store.set_recipients(|_| vec!["films".to_owned(), "gone".to_owned()]);
    scene.desk.store.turn_off("gone", "what stands for its settings").expect("kept");
    scene.film(14, "PlaybackStart", 0, &[]);
    scene.wait(5);
    scene.say(
        Source::Jellyfin,
        "episode_userdatasaved_toggleplayed",
        &[("/EpisodeNumber", json!(9))],
    );
}

/// Media servers that are connected: one with all that there can be, one with nothing.
fn connections(scene: &mut Scene) {
    scene.desk.store.keep_device("5c4bb1e80f6a4d7c9e21d3a7b8f60412").expect("kept");
    let person = |id: &str, name: &str| Person { id: id.into(), name: name.into() };
    let all = connect::Connection {
        title: "attic".into(),
        version: "1.43.2".into(),
        url: "http://192.0.2.10:32400".into(),
        token: Secret::new("token-of-the-server"),
        key_is_ours: true,
        hear: true,
        hook: Some(Hook {
            address: "http://192.0.2.9:8787/webhook/plextrakt".into(),
            id: "7".into(),
        }),
        account_token: Secret::new("token-of-the-account"),
        only: Some(person("1", "mara")),
        people: vec![person("1", "mara"), person("2", "jo")],
        ..connect::Connection::new(Source::Plex, "plex", "5f0c9be27a4d41d8")
    };
    let nothing = connect::Connection::new(Source::Jellyfin, "jellyfin", "");
    let now = scene.desk.clock.now();
    for connection in [all, nothing] {
        let keep = Command::KeepConnection(Box::new(connection));
        scene.desk.command(keep, now).expect("kept");
    }
}

fn logins(scene: &mut Scene) {
    for (account, created) in [("alice", FIRST), ("ben", FIRST.after(Duration::from_secs(9)))] {
        let pair = TokenPair {
            access: Secret::new(format!("access-of-{account}")),
            refresh: Secret::new(format!("refresh-of-{account}")),
            created,
            lifetime: Duration::from_secs(604_800),
        };
        let now = scene.desk.clock.now();
        let login = Command::LogIn(Destination::new(account, "trakt"), pair);
        scene.desk.command(login, now).expect("kept");
    }
    let told =
        [json!("Login"), json!("Parked"), json!("Undelivered"), json!("NotKept"), json!("Disk")]
            .into_iter()
            .chain(
                ["NoApp", "AppGone", "WrongSecret", "VipNeeded", "LoginRefused", "Locked"]
                    .map(|trouble| json!({ "Refused": trouble })),
            )
            .enumerate()
            .map(|(n, wrong)| {
                let account = (wrong != "Disk").then_some("alice");
                let told = json!({"account": account, "wrong": wrong, "at": FIRST.0 + n as u64,
                              "open": n % 2 == 0, "parked": n});
                serde_json::from_value::<SentAlert>(told).expect("something that was told")
            });
    let (now, told) = (scene.desk.clock.now(), told.map(|one| json!(one)).collect());
    scene.desk.command(Command::Told(told), now).expect("kept");
}

/// What is at Trakt, what waits there for whatever reason, and what is parked.
fn plays(scene: &mut Scene) {
    scene.film(1, "PlaybackStart", 0, &[]);
    scene.wait(3);
    scene.tell("start", done(12, None, None));
    scene.watch(1);
    let now = scene.desk.clock.now();
    let play = OurPlay { id: Some(501), watched_at: now, ended: now, item: Some(12) };
    scene.tell("finish", done(12, None, Some(play)));
    scene.say(Source::Plex, "episode_scrobble", &[]);
    let now = scene.desk.clock.now();
    let play = OurPlay { id: None, watched_at: now, ended: now, item: None };
    scene.tell("finish", done(13, Some(77), Some(play)));

    scene.film(2, "PlaybackStart", 0, &[]);
    scene.wait(3);
    scene.tell("start", done(14, None, None));
    scene.wait(10 * MINUTE);
    scene.film(2, "Paused", 10, &[]);
    scene.wait(6);
    scene.tell("pause", done(14, None, None));
    scene.film(3, "PlaybackStart", 20, &[]);
    scene.wait(20 * MINUTE);
    scene.film(3, "PlaybackStop", 40, &[]);
    let (at, why) = (scene.desk.clock.now().after(Duration::from_secs(3600)), "unknown".to_owned());
    scene.tell("left", Settled::Later { at, why });
    scene.film(4, "PlaybackStart", 0, &[]);
    scene.wait(3);
    scene.tell("start", done(15, None, None));
    scene.film(4, "PlaybackStop", 0, &[("/PlaybackPositionTicks", json!(3 * TICKS))]);

    scene.watch(5);
    scene.tell("finish", Settled::Parked { why: "Trakt refuses it".to_owned() });
    scene.watch(6);
    let (until, why) = (scene.desk.clock.now(), "no answer".to_owned());
    scene.tell("finish", Settled::Held { until, why, maybe_sent: true });
    scene.watch(7);
    scene.wait(MINUTE);
}

/// Ratings and marks.
fn by_hand(scene: &mut Scene) {
    scene.say(Source::Plex, "movie_rate_half_star", &[]);
    scene.say(Source::Plex, "show_rate_removed_string", &[]);
    scene.say(
        Source::Plex,
        "show_rate_removed_string",
        &[
            ("/rating", json!("8")),
            ("/Metadata/type", json!("season")),
            ("/Metadata/index", json!(2)),
            ("/Metadata/parentIndex", json!(2)),
            ("/Metadata/ratingKey", json!("22161")),
            ("/Metadata/title", json!("Season 2")),
            ("/Metadata/parentTitle", json!("Harbour Nine (2019)")),
            ("/Metadata/guid", json!("plex://season/65aa10a1c3d4e5f601728301")),
            ("/Metadata/Guid", json!([{ "id": "tvdb://9110778" }])),
        ],
    );
    let mark = |scene: &mut Scene, n: u64, payload: &str| {
        let changes = [
            ("/ItemId", json!(format!("{n:032x}"))),
            ("/EpisodeNumber", json!(n)),
            ("/Provider_tvdb", json!(format!("9210{n}"))),
            ("/Provider_imdb", json!("")),
        ];
        scene.say(Source::Jellyfin, payload, &changes);
    };
    mark(scene, 21, "episode_userdatasaved_toggleplayed");
    scene.wait(2 * MINUTE);
    mark(scene, 22, "episode_userdatasaved_unplayed");
    scene.wait(2 * MINUTE);
}

/// What players are in the middle of, each with something that waits for the next seconds.
fn sessions(scene: &mut Scene) {
    let began = scene.desk.clock.now();
    let until = |scene: &mut Scene, minutes: u64, seconds: u64| {
        let gone = scene.desk.clock.now().since(began).as_secs();
        scene.wait(minutes * MINUTE + seconds - gone);
    };
    let file = |scene: &mut Scene, what: &str, at: u64| {
        scene.say(
            Source::Jellyfin,
            "special_multi_episode_stop_completed",
            &[
                ("/NotificationType", json!(what)),
                ("/PlaybackPositionTicks", json!(at * MINUTE * TICKS)),
                ("/PlayedToCompletion", json!(false)),
                ("/DeviceId", json!("bedroom")),
            ],
        );
    };
    let plex = |scene: &mut Scene, player: &str, event: &str, at: u64| {
        let changes = [
            ("/event", json!(event)),
            ("/Player/uuid", json!(player)),
            ("/Metadata/viewOffset", json!(at * MINUTE * 1000)),
        ];
        scene.say(Source::Plex, "movie_play", &changes);
    };
    let on = |player: &str| [("/DeviceId", json!(player))];
    // A player of which nothing more is heard: its server is asked.
    until(scene, 20, 0);
    scene.say(
        Source::Emby,
        "movie_start",
        &[("/PlaybackInfo/PositionTicks", json!(MINUTE * TICKS))],
    );
    let library = Library { id: "5".into(), title: "Movies".into() };
    scene.answer(ProbeAnswer::Libraries(vec![library]));
    // The next round of a film that was watched, and a file of which one episode has been seen.
    until(scene, 110, 0);
    scene.film(1, "PlaybackStart", 0, &[]);
    file(scene, "PlaybackStart", 0);
    until(scene, 110, 5);
    until(scene, 140, 0);
    scene.film(8, "PlaybackStart", 20, &on("kitchen"));
    scene.film(9, "PlaybackStart", 20, &on("hall"));
    scene.film(1, "PlaybackProgress", 30, &[]);
    file(scene, "PlaybackProgress", 30);
    until(scene, 158, 0);
    plex(scene, "cellar", "media.play", 10);
    file(scene, "PlaybackProgress", 48);
    plex(scene, "garden", "media.play", 10);
    until(scene, 160, 0);
    plex(scene, "garden", "media.pause", 12);
    until(scene, 162, 55);
    scene.film(1, "PlaybackProgress", 53, &[]);
    scene.film(12, "PlaybackStart", 20, &[]);
    plex(scene, "cellar", "media.resume", 40);
    plex(scene, "cellar", "media.resume", 60); // the next one waits
    scene.film(8, "PlaybackStop", 42, &on("kitchen"));
    scene.film(10, "PlaybackStart", 0, &on("kitchen")); // it may have started by itself
    scene.film(11, "PlaybackStart", 0, &on("hall")); // before the stop of the one before
    until(scene, 163, 3); // Emby's film should have ended a second ago
    scene.film(12, "Paused", 20, &[]);
    scene.film(13, "PlaybackStart", 0, &[]);
    scene.say(Source::Jellyfin, "episode_userdatasaved_toggleplayed", &[]);
}

/// Events that wait for what only their servers know.
fn held(scene: &mut Scene) {
    let without_ids = |player: &str, n: u64| {
        let (player, key) = (json!(player), json!(format!("2217{n}")));
        let (player, key) = (("/Player/uuid", player), ("/Metadata/ratingKey", key));
        [player, key, ("/Metadata/index", json!(n)), ("/Metadata/Guid", json!([]))]
    };
    scene.say(Source::Plex, "episode_scrobble", &without_ids("attic", 8));
    scene.answer(ProbeAnswer::Show(Ids { tvdb: Some(9_110_777), ..Ids::default() }));
    scene.say(Source::Plex, "episode_scrobble", &without_ids("attic", 9));
    scene.say(Source::Emby, "episode_item_markplayed", &[]);
    scene.say(Source::Emby, "multi_episode_stop_partial", &[]);
    scene.say(
        Source::Plex,
        "movie_play",
        &[("/Player/uuid", json!("balcony")), ("/Metadata/viewOffset", Value::Null)],
    );
    scene.say(Source::Plex, "episode_stop_legacy_hama_no_offset", &[]);
    let endless =
        [("/RunTimeTicks", Value::Null), ("/RunTime", Value::Null), ("/IsAutomated", json!(true))];
    scene.film(14, "PlaybackProgress", 30, &endless);
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stored")
}

/// A database as SQL, whole.
fn dump(db: &Connection) -> String {
    let texts = |sql: &str| -> Vec<String> {
        let mut select = db.prepare(sql).expect("SQL");
        let rows = select.query_map([], |row| row.get(0)).expect("rows");
        rows.collect::<rusqlite::Result<_>>().expect("texts")
    };
    let mut sql = String::new();
    let version: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0)).expect("one");
    writeln!(sql, "PRAGMA user_version = {version};").expect("a string");
    let made = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'";
    for made in texts(made) {
        writeln!(sql, "{made};").expect("a string");
    }
    sql += "DELETE FROM sqlite_sequence;\n";
    for table in texts("SELECT name FROM sqlite_master WHERE type = 'table'") {
        let columns = texts(&format!("SELECT name FROM pragma_table_info('{table}')"));
        let quoted: Vec<_> = columns.iter().map(|column| format!("quote({column})")).collect();
        let rows = format!("SELECT {} FROM {table} ORDER BY rowid", quoted.join(" || ', ' || "));
        for row in texts(&rows) {
            let columns = columns.join(", ");
            writeln!(sql, "INSERT INTO {table} ({columns}) VALUES ({row});").expect("a string");
        }
    }
    sql
}

/// What this version understands of the database in `folder`: every row, whole. None is left out.
fn understood(folder: &Path) -> String {
    let mut text = String::new();
    let mut say = |line: String| writeln!(text, "{line}").expect("a string");
    let rows = |table: &str| {
        let db = Connection::open(folder.join("scrobbled.db")).expect("a database");
        let count = format!("SELECT count(*) FROM {table}");
        let count: u32 = db.query_row(&count, [], |row| row.get(0)).expect("a number");
        count as usize
    };
    let mut store = Store::open(folder).expect("any version's is opened");
    say(format!("numbers up to {} were given", store.given()));
    let viewings = store.viewings().expect("readable");
    assert_eq!(viewings.len(), rows("viewing"), "viewing");
    for (id, viewing) in &viewings {
        say(format!("viewing {id}: {}", json(viewing)));
    }
    let held = store.held().expect("readable");
    assert_eq!(held.len(), rows("held"), "held");
    for (id, held) in held {
        say(format!("held {id}: {}", json(&held)));
    }
    let floods = store.floods().expect("readable");
    assert_eq!(floods.len(), rows("flood"), "flood");
    for (account, floods) in floods {
        say(format!("lately for {account}: {}", json(&floods)));
    }
    for account in ["alice", "ben"] {
        let next = match store.next(&Destination::new(account, "trakt"), FIRST).expect("readable") {
            Next::Work(work) => vec![*work],
            Next::Marks(works) => works,
            Next::Idle { .. } => Vec::new(),
        };
        for work in next {
            let (id, attempts, maybe) = (work.id, work.attempts, work.maybe_sent);
            say(format!("next of {account}: {id}, tried {attempts} times, maybe sent: {maybe}"));
        }
    }
    if let Next::Work(work) = store.next(&Destination::receiver("films"), FIRST).expect("readable")
    {
        say(format!("next of films: {}, known by {}", work.id, work.message));
    }
    for (name, config) in store.receivers_off().expect("readable") {
        say(format!("off: {name}, {config}"));
    }
    let entries = [false, true].map(|parked| store.entries(parked, 10_000).expect("readable"));
    assert_eq!(entries.iter().map(Vec::len).sum::<usize>(), rows("intent"), "intent");
    for OutboxEntry { id, tracker, intent, since, attempts, state, why } in entries.iter().flatten()
    {
        let state = match state {
            EntryState::Waiting(due) => format!("not before {}", due.0),
            EntryState::Parked(at) => format!("parked at {}", at.0),
        };
        let since = since.0;
        say(format!(
            "intent {id} at {tracker:?} since {since}, tried {attempts} times, {state}, {why:?}: {}",
            json(intent)
        ));
        if store
            .is_owed(&Destination::new(&intent.account, tracker), intent, *id)
            .expect("readable")
        {
            say(format!("intent {id} ends a start that may stand open"));
        }
    }
    let mut plays = Vec::new();
    for (_, viewing) in &viewings {
        let (account, item) = (&viewing.account, &viewing.item);
        let to = Destination::new(account, "trakt");
        let label = item.label();
        for play in store.plays(&to, item).expect("readable") {
            say(format!("played by {account}, {label}: {play:?}"));
            plays.push((account.clone(), play.ended.0));
        }
        if store.keeps_position(&to, item, u64::MAX).expect("readable") {
            say(format!("position of {account}, {label}"));
        }
        if let Some(show) = store.show("trakt", item).expect("readable") {
            say(format!("show of {label}: {show}"));
        }
    }
    plays.sort();
    plays.dedup();
    assert_eq!(plays.len(), rows("(SELECT DISTINCT account, ended FROM play)"));
    let logins = store.logins().expect("readable");
    assert_eq!(logins.len(), rows("login"), "login");
    for login in logins {
        let pair = store.tokens(&login).expect("readable").expect("a pair");
        let Destination { account, tracker } = login;
        say(format!("login of {account} at {tracker}: {}", pair.to_json()));
    }
    let lines = store.activity::<ActivityEntry>().expect("readable");
    assert_eq!(lines.len(), rows("activity"), "activity");
    for (id, line) in lines {
        say(format!("activity {id}: {}", json(&line)));
    }
    let heard = store.heard::<ServerHeard>().expect("readable");
    assert_eq!(heard.len(), rows("heard"), "heard");
    for heard in heard {
        say(format!("last heard: {}", json(&heard)));
    }
    let read = store.caught_up::<HistoryRead>().expect("readable");
    assert_eq!(read.len(), rows("caught_up"), "caught_up");
    for read in read {
        say(format!("history read: {}", json(&read)));
    }
    let device = store.device().expect("readable");
    assert_eq!(device.iter().count(), rows("device"), "device");
    if let Some(device) = device {
        say(format!("known to media servers as {device}"));
    }
    let connected = store.connections::<connect::Connection>().expect("readable");
    assert_eq!(connected.len(), rows("connection"), "connection");
    for one in connected {
        say(format!("connected: {}", json(&one)));
    }
    let told = store.told::<SentAlert>().expect("readable");
    assert_eq!(told.len(), rows("told"), "told");
    for told in told {
        say(format!("told: {}", json(&told)));
    }
    text
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain data serializes")
}

/// The versions whose databases are kept, oldest first, each with what is understood of it.
fn versions() -> Vec<(u32, String)> {
    let mut versions: Vec<u32> = fs::read_dir(folder())
        .expect("a folder")
        .filter_map(|file| file.ok()?.file_name().to_str()?.strip_suffix(".sql")?.parse().ok())
        .collect();
    versions.sort_unstable();
    let read = |version| {
        let sql = fs::read_to_string(folder().join(format!("{version}.sql"))).expect("readable");
        let home = tempfile::tempdir().expect("a folder");
        let db = Connection::open(home.path().join("scrobbled.db")).expect("a database");
        db.execute_batch(&sql).expect("SQL");
        drop(db);
        (version, understood(home.path()))
    };
    versions.into_iter().map(read).collect()
}

#[test]
fn what_any_version_has_stored_is_understood() {
    let versions = versions();
    let newest = versions.last().map(|(version, _)| *version);
    let scene = Scene::new();
    let db = Connection::open(scene.folder.path().join("scrobbled.db")).expect("a database");
    let today: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0)).expect("one");
    assert_eq!(newest, Some(today), "the schema has moved on: see how to add its database above");
    for (version, understood) in versions {
        let file = folder().join(format!("{version}.txt"));
        let expected = fs::read_to_string(&file).expect("what is understood");
        for (line, expected) in understood.lines().zip(expected.lines()) {
            assert_eq!(line, expected, "of version {version}");
        }
        assert_eq!(understood.lines().count(), expected.lines().count(), "of version {version}");
    }
}

#[test]
#[ignore = "it writes files of the repository: see above"]
fn write_what_this_version_stores() {
    let scene = filled();
    let db = Connection::open(scene.folder.path().join("scrobbled.db")).expect("a database");
    let version: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0)).expect("one");
    let file = folder().join(format!("{version}.sql"));
    if !file.exists() {
        fs::write(file, dump(&db)).expect("written");
    }
    for (version, understood) in versions() {
        fs::write(folder().join(format!("{version}.txt")), understood).expect("written");
    }
}
