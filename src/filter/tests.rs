use super::*;
use crate::config::MediaServer;
use crate::event::{File, Item, Player};

/// An event of Alice, in her living room, in the library of films.
fn event(source: Source) -> Event {
    Event {
        source,
        action: Action::Start,
        server: "5f0c9be2".into(),
        user: User { id: "48213377".into(), uuid: "7c1e94ab".into(), name: "Alice.B".into() },
        player: Player { id: "tv-1".into(), name: "Living Room".into() },
        library: Some(Library { id: "2".into(), title: "Films".into() }),
        item: Item::default(),
        position_ms: None,
        is_guess: false,
    }
}

/// Settings that `change` made of the defaults.
fn with(change: impl Fn(&mut Settings)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings);
    settings
}

/// The only Plex of `settings`.
fn plex(settings: &mut Settings) -> &mut MediaServer {
    settings.servers_mut(Source::Plex).next().expect("there is one")
}

fn list(entries: &[&str]) -> Vec<String> {
    entries.iter().map(|entry| (*entry).to_owned()).collect()
}

/// `keep`, `ask …`, or the label of the reason.
fn word(kept: &FilterResult) -> String {
    match kept {
        FilterResult::Keep => "keep".to_owned(),
        FilterResult::Ask(question) => format!("ask {question:?}"),
        FilterResult::Drop(reason) => reason.label().to_owned(),
    }
}

#[track_caller]
fn assert_all(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn users_are_known_by_name_and_by_id() {
    const ID: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
    let user =
        |id: &str, name: &str| User { id: id.into(), uuid: "7c1e-94AB".into(), name: name.into() };
    let (plex, jellyfin) = (Source::Plex, Source::Jellyfin);
    let cases = [
        (plex, "alice", user("11", "Alice"), true),
        (plex, "Mara Finch", user("11", "mara.finch"), true),
        (plex, "mara@example.org", user("11", "Mara@Example.org"), true),
        (plex, "ÉLODIE", user("11", "élodie"), true),
        (plex, "alice", user("11", "alicia"), false),
        (plex, "alice", user("11", ""), false),
        (plex, "id:11", user("11", "x"), true),
        (plex, "id: 11", user("11", "x"), true),
        (plex, "id:1", user("11", "x"), false),
        (plex, "11", user("11", "x"), false),
        (plex, "id:", user("", ""), false),
        (plex, "uuid:7C1E94AB", user("11", "x"), true),
        (plex, "★", user("11", "★"), true),
        (plex, "★", user("11", "!!"), false),
        (plex, "*", user("", ""), true),
        (jellyfin, "ALICE", user(ID, "alice"), true),
        (jellyfin, "mara finch", user(ID, "mara.finch"), false),
        (jellyfin, "0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9", user(ID, ""), true),
        (jellyfin, "id:0a1b2c3d4e5f60718293a4b5c6d7e8f9", user(ID, "x"), true),
        (jellyfin, "id:alice", user(ID, "alice"), false),
        (Source::Emby, "ÉLODIE", user(ID, "élodie"), true),
        (Source::Emby, "", user("", ""), false),
    ];
    let wrong = cases
        .iter()
        .filter(|(source, entry, user, expected)| is_user(entry, *source, user) != *expected)
        .map(|(source, entry, user, expected)| {
            format!("{source} {entry} {user:?}: not {expected}")
        });
    assert_all(&wrong.collect::<Vec<_>>());
}

#[test]
fn each_list_says_what_it_means() {
    type Change = fn(&mut MediaServer);
    let cases: [(&str, Change, &str); 24] = [
        ("nothing is set", |_| (), "keep"),
        ("user listed", |s| s.users = list(&["bob", "alice b"]), "keep"),
        ("user not listed", |s| s.users = list(&["bob"]), "user_not_wanted"),
        ("everyone listed", |s| s.users = list(&["*"]), "keep"),
        ("server listed", |s| s.servers = list(&["5F0C9BE2"]), "keep"),
        ("server not listed", |s| s.servers = list(&["x"]), "server_not_wanted"),
        ("server blocked", |s| s.block_servers = list(&["5f0c9be2"]), "server_blocked"),
        ("other server blocked", |s| s.block_servers = list(&["x"]), "keep"),
        ("library listed by id", |s| s.libraries = list(&["2"]), "keep"),
        ("library listed by title", |s| s.libraries = list(&["FILMS"]), "keep"),
        ("library listed with its server", |s| s.libraries = list(&["5F0C9BE2/2"]), "keep"),
        ("title listed with its server", |s| s.libraries = list(&["5f0c9be2/films"]), "keep"),
        ("id of another server", |s| s.libraries = list(&["abc/2"]), "library_not_wanted"),
        ("library not listed", |s| s.libraries = list(&["22"]), "library_not_wanted"),
        ("library blocked by id", |s| s.block_libraries = list(&["2"]), "library_blocked"),
        ("library blocked by title", |s| s.block_libraries = list(&["films"]), "library_blocked"),
        ("other library blocked", |s| s.block_libraries = list(&["Kids"]), "keep"),
        ("player blocked by name", |s| s.block_players = list(&["living room"]), "player_blocked"),
        ("player blocked by id", |s| s.block_players = list(&["TV-1"]), "player_blocked"),
        ("other player blocked", |s| s.block_players = list(&["Kitchen"]), "keep"),
        (
            "block lists win: servers",
            |s| (s.servers, s.block_servers) = (list(&["5f0c9be2"]), list(&["5f0c9be2"])),
            "server_blocked",
        ),
        (
            "block lists win: libraries",
            |s| (s.libraries, s.block_libraries) = (list(&["2"]), list(&["films"])),
            "library_blocked",
        ),
        (
            "a stranger is told before a library",
            |s| (s.users, s.libraries) = (list(&["bob"]), list(&["x"])),
            "user_not_wanted",
        ),
        (
            "a player is told before a library",
            |s| (s.block_players, s.libraries) = (list(&["tv-1"]), list(&["x"])),
            "player_blocked",
        ),
    ];
    let wrong = cases.iter().filter_map(|(name, change, expected)| {
        let found = word(&filter(
            &event(Source::Plex),
            &with(|s| s.servers_mut(Source::Plex).for_each(change)),
        ));
        (found != *expected).then(|| format!("{name}: {found}, expected {expected}"))
    });
    assert_all(&wrong.collect::<Vec<_>>());
}

#[test]
fn what_an_event_lacks_is_asked_for_only_where_a_list_needs_it() {
    type Lacks = fn(&mut Event);
    type Change = fn(&mut MediaServer);
    let no_library: Lacks = |event| event.library = None;
    let blank_library: Lacks = |event| event.library = Some(Library::default());
    let no_user: Lacks = |event| event.user = User::default();
    let neither: Lacks = |event| (event.user, event.library) = (User::default(), None);
    let no_player: Lacks = |event| event.player = Player::default();
    let no_server: Lacks = |event| event.server = String::new();
    let cases: [(Lacks, Change, &str); 15] = [
        (no_library, |_| (), "keep"),
        (no_library, |s| s.libraries = list(&["2"]), "ask Library"),
        (no_library, |s| s.block_libraries = list(&["2"]), "ask Library"),
        (blank_library, |s| s.block_libraries = list(&["2"]), "ask Library"),
        (no_library, |s| (s.libraries, s.users) = (list(&["2"]), list(&["b"])), "user_not_wanted"),
        (no_user, |_| (), "keep"),
        (no_user, |s| s.users = list(&["alice"]), "ask User"),
        (no_user, |s| s.users = list(&["*"]), "keep"),
        (no_user, |s| s.libraries = list(&["2"]), "keep"),
        (neither, |s| (s.users, s.libraries) = (list(&["alice"]), list(&["2"])), "ask User"),
        (
            no_user,
            |s| (s.users, s.block_libraries) = (list(&["alice"]), list(&["2"])),
            "library_blocked",
        ),
        (no_player, |s| s.block_players = list(&["tv-1"]), "keep"),
        (no_server, |s| s.block_servers = list(&["x"]), "keep"),
        (no_server, |s| s.servers = list(&["x"]), "server_not_wanted"),
        (no_library, |s| s.block_players = list(&["tv-1"]), "player_blocked"),
    ];
    let wrong = cases.iter().enumerate().filter_map(|(index, (lacks, change, expected))| {
        let mut event = event(Source::Plex);
        lacks(&mut event);
        let found = word(&filter(&event, &with(|s| s.servers_mut(Source::Plex).for_each(change))));
        (found != *expected).then(|| format!("case {index}: {found}, expected {expected}"))
    });
    assert_all(&wrong.collect::<Vec<_>>());
}

#[test]
fn an_unanswered_question_is_a_reason() {
    let (event, settings) = (event(Source::Emby), Settings::default());
    let sentences = [Question::User, Question::Library, Question::File].map(|question| {
        let why = question.unanswered(&event, &settings);
        why.map_or("it counts".to_owned(), |why| why.to_string())
    });
    assert_eq!(
        sentences,
        [
            "the webhook names no user, and emby.users is set",
            "its library is unknown, and emby.libraries or emby.block_libraries is set",
            "it counts",
        ]
    );
}

#[test]
fn files_that_never_count_are_known_by_their_folder_or_their_edition() {
    type Change = fn(&mut MediaServer);
    let trailers: Change = |s| s.ignore_paths = list(&["/media/trailers/", "/home/videos"]);
    let windows: Change = |s| s.ignore_paths = list(&["D:\\Trailers", "//nas/Home"]);
    let editions: Change = |s| s.ignore_editions = list(&["trailer", "Fan Cut"]);
    let cases: [(Change, &str, &str, &str); 20] = [
        (|_| (), "", "", "keep"),
        (|_| (), "/media/trailers/a.mkv", "Trailer", "keep"),
        (trailers, "", "", "ask File"),
        (trailers, "/media/trailers/a.mkv", "", "path_ignored"),
        (trailers, "/media/trailers/Fog (2001)/a.mkv", "", "path_ignored"),
        (trailers, "/home/videos/x.mp4", "", "path_ignored"),
        (trailers, "/home/videos", "", "path_ignored"),
        (trailers, "/media/trailers2/a.mkv", "", "keep"),
        (trailers, "/Media/Trailers/a.mkv", "", "keep"),
        (trailers, "/mnt/media/trailers/a.mkv", "", "keep"),
        (trailers, "/media/films/a.mkv", "Trailer", "keep"),
        (windows, "d:/trailers/a.mkv", "", "path_ignored"),
        (windows, r"D:\TRAILERS\Fog\a.mkv", "", "path_ignored"),
        (windows, r"\\nas\home\a.mkv", "", "path_ignored"),
        (windows, r"\\nas\homes\a.mkv", "", "keep"),
        (editions, "", "Trailer", "edition_ignored"),
        (editions, "", "fan cut", "edition_ignored"),
        (editions, "", "Final Cut", "keep"),
        (editions, "", "", "keep"),
        (|s| s.ignore_paths = list(&["/"]), "/media/a.mkv", "", "keep"),
    ];
    let wrong = cases.iter().filter_map(|(change, path, edition, expected)| {
        let mut event = event(Source::Plex);
        event.item.file = File::new(path, edition);
        let found = word(&filter(&event, &with(|s| s.servers_mut(Source::Plex).for_each(change))));
        (found != *expected).then(|| format!("{path} {edition}: {found}, expected {expected}"))
    });
    assert_all(&wrong.collect::<Vec<_>>());
    let said = |change: Change, path: &str, edition: &str| {
        let mut event = event(Source::Plex);
        event.item.file = File::new(path, edition);
        match filter(&event, &with(|s| s.servers_mut(Source::Plex).for_each(change))) {
            FilterResult::Drop(reason) => reason.to_string(),
            other @ (FilterResult::Keep | FilterResult::Ask(_)) => format!("{other:?}"),
        }
    };
    assert_eq!(
        said(trailers, "/media/trailers/a.mkv", ""),
        "its file `/media/trailers/a.mkv` lies under `/media/trailers/`, which is in \
         plex.ignore_paths"
    );
    assert_eq!(said(editions, "", "Trailer"), "its edition `Trailer` is in plex.ignore_editions");
}

#[test]
fn switches_decide_about_ratings_and_marks_alone() {
    type Change = fn(&mut Settings);
    let mark = Action::Mark { at: None };
    let cases: [(Action, Change, &str); 11] = [
        (Action::Rate(Some(8)), |_| (), "ratings_off"),
        (Action::Rate(None), |s| plex(s).ratings = true, "keep"),
        (Action::Rate(Some(8)), |s| plex(s).users = list(&["bob"]), "user_not_wanted"),
        (mark, |_| (), "keep"),
        (mark, |s| s.scrobble.marks = false, "marks_off"),
        (Action::Unmark, |_| (), "keep"),
        (Action::Unmark, |s| s.scrobble.marks = false, "unmarks_off"),
        (Action::Unmark, |s| (s.scrobble.marks, s.scrobble.unmarks) = (false, true), "keep"),
        (Action::Pause, |s| s.scrobble.marks = false, "keep"),
        (Action::Completed, |s| s.scrobble.marks = false, "keep"),
        (Action::Stop { completed: true }, |s| s.scrobble.marks = false, "keep"),
    ];
    let wrong = cases.iter().enumerate().filter_map(|(index, (action, change, expected))| {
        let event = Event { action: *action, ..event(Source::Plex) };
        let found = word(&filter(&event, &with(change)));
        (found != *expected).then(|| format!("case {index}: {found}, expected {expected}"))
    });
    assert_all(&wrong.collect::<Vec<_>>());
}

#[test]
fn each_source_has_its_own_lists() {
    let settings =
        with(|s| s.servers_mut(Source::Jellyfin).for_each(|it| it.users = list(&["bob"])));
    let found = Source::ALL.map(|source| word(&filter(&event(source), &settings)));
    assert_eq!(found, ["keep", "user_not_wanted", "keep"]);
}

/// Two Plex servers and, with `rest`, one for all others.
fn several(rest: bool) -> Settings {
    let named = |name: &str, id: &str| MediaServer {
        name: name.into(),
        id: id.into(),
        ..MediaServer::new(Source::Plex)
    };
    let mut servers = vec![named("home", "5F0C-9BE2"), named("attic", "abc")];
    servers.extend(rest.then(|| named("rest", "")));
    for (place, server) in servers.iter_mut().enumerate() {
        server.block_players = list(&[&format!("player {place}")]);
        server.ratings = place == 1;
    }
    with(|settings| settings.media_servers.clone_from(&servers))
}

#[test]
fn of_several_servers_each_filters_its_own_events() {
    let cases = [
        // (whether one takes the rest, server, on which player, what is said)
        (true, "5f0c9be2", "player 0", "the player `player 0` is in plex home.block_players"),
        (true, "5f0c9be2", "player 1", ""),
        (true, "ABC", "player 0", ""),
        (true, "ABC", "player 1", "the player `player 1` is in plex attic.block_players"),
        (true, "abcd", "player 1", ""),
        (true, "abcd", "player 2", "the player `player 2` is in plex rest.block_players"),
        (true, "", "player 2", "the player `player 2` is in plex rest.block_players"),
        (
            false,
            "abcd",
            "player 3",
            "no [[plex]] has id = \"abcd\"; write that into the one that is meant",
        ),
        (
            false,
            "",
            "player 3",
            "the webhook names no server, and each [[plex]] has an id or a url",
        ),
        (false, "abc", "player 3", ""),
    ];
    for (rest, server, name, expected) in cases {
        let player = Player { name: name.into(), ..Player::default() };
        let event = Event { server: server.into(), player, ..event(Source::Plex) };
        let said = match filter(&event, &several(rest)) {
            FilterResult::Keep => String::new(),
            FilterResult::Drop(reason) => reason.to_string(),
            FilterResult::Ask(question) => format!("{question:?}"),
        };
        assert_eq!(said, expected, "{server} {name}");
    }
    let rated = |server: &str| {
        let action = Action::Rate(Some(8));
        let event = Event { action, server: server.into(), ..event(Source::Plex) };
        word(&filter(&event, &several(true)))
    };
    assert_eq!(["5f0c9be2", "abc", "x"].map(rated), ["ratings_off", "keep", "ratings_off"]);
    let strange = Event { server: "x".into(), ..event(Source::Plex) };
    let said = each(&strange, &several(false));
    let said: Vec<_> = said.iter().map(|(name, kept)| format!("{name}: {}", word(kept))).collect();
    assert_eq!(said, ["server: server_unlisted"]);
}

#[test]
fn a_dropped_event_says_what_to_look_for() {
    let settings = with(|s| plex(s).users = list(&["bob"]));
    let mut event = event(Source::Plex);
    let sentence = |event: &Event| match filter(event, &settings) {
        FilterResult::Drop(reason) => reason.to_string(),
        FilterResult::Keep | FilterResult::Ask(_) => "kept".to_owned(),
    };
    assert_eq!(sentence(&event), "`Alice.B` is not in plex.users");
    event.user.name.clear();
    assert_eq!(sentence(&event), "`id:48213377` is not in plex.users");
    event.user.id.clear();
    assert_eq!(sentence(&event), "`uuid:7c1e94ab` is not in plex.users");
}

#[test]
fn an_event_is_everyones_who_lists_its_user() {
    let account = |name: &str, plex: &[&str], emby: &[&str]| Account {
        name: name.into(),
        plex: list(plex),
        emby: list(emby),
        ..Account::default()
    };
    let all = [
        account("a", &["alice b"], &[]),
        account("b", &["bob", "id:48213377"], &["48213377"]),
        account("c", &["bob"], &["alice"]),
        account("d", &[], &["*"]),
    ];
    let whose = |event: &Event| {
        accounts(event, &all).map(|account| account.name.as_str()).collect::<String>()
    };
    assert_eq!(whose(&event(Source::Plex)), "ab");
    assert_eq!(whose(&event(Source::Emby)), "bd");
    assert_eq!(whose(&event(Source::Jellyfin)), "", "absent or empty means nobody");
    let nobody = |source| Event { user: User::default(), ..event(source) };
    assert_eq!(whose(&nobody(Source::Emby)), "d");
    assert_eq!(whose(&nobody(Source::Plex)), "");
    let everyone = [Account::for_everyone()];
    assert_eq!(accounts(&nobody(Source::Plex), &everyone).count(), 1);
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever a server calls its people, a name finds itself in every list.
        #[test]
        fn a_name_means_itself(name in "\\PC{1,20}") {
            prop_assume!(!name.trim().is_empty() && !name.starts_with("id:") && !name.starts_with("uuid:"));
            let user = User { name: name.clone(), ..User::default() };
            for source in Source::ALL {
                prop_assert!(is_user(&name, source, &user), "{source} {name}");
                prop_assert!(is_user(name.trim(), source, &user), "{source} {name}");
            }
        }

        /// Nobody is let through because a list and an event both say nothing.
        #[test]
        fn an_unknown_user_is_nobody(entry in "\\PC{0,12}") {
            prop_assume!(entry != "*");
            for source in Source::ALL {
                prop_assert!(!is_user(&entry, source, &User::default()), "{source} {entry}");
            }
        }
    }
}

#[test]
fn each_filter_says_what_it_has_to_say() {
    let settings = with(|settings| {
        let plex = plex(settings);
        plex.users = list(&["bob"]);
        plex.block_players = list(&["Living Room"]);
        plex.libraries = list(&["Series"]);
    });
    let event = Event { library: None, ..event(Source::Plex) };
    let said: Vec<_> = each(&event, &settings)
        .iter()
        .map(|(name, kept)| format!("{name}: {}", word(kept)))
        .collect();
    let expected = [
        "server: keep",
        "user: user_not_wanted",
        "player: player_blocked",
        "library: ask Library",
        "file: keep",
        "switches: keep",
    ];
    assert_eq!(said, expected);
    assert_eq!(word(&filter(&event, &settings)), "user_not_wanted");
}
