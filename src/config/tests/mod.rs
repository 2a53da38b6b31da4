//! The config as a whole: text and environment in, settings, errors and findings out.

mod certificates;
mod errors;
mod findings;
mod receivers;
mod servers;

use super::*;
use crate::event::{Percent, Source};
use std::time::Duration;

/// Loads `text` as `scrobbled.toml`, with these variables and other files.
fn load_with(
    text: &str,
    variables: &[(&str, &str)],
    files: &[(&str, &str)],
) -> Result<Loaded, String> {
    let read = |path: &Path| {
        let files = files.iter().copied().chain([("scrobbled.toml", text)]);
        let mut found = files.filter(|(name, _)| Path::new(name) == path);
        match found.next() {
            Some((_, "DENIED")) => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
            Some((_, text)) => Ok(text.to_owned()),
            None => Err(io::Error::from(io::ErrorKind::NotFound)),
        }
    };
    let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    load(None, &Surroundings { variables: variables.collect(), read: &read, now: Time(0) })
        .map_err(|error| error.to_string())
}

fn settings(text: &str) -> Settings {
    load_with(text, &[], &[]).expect("a good config").settings
}

fn errors(text: &str) -> String {
    load_with(text, &[], &[]).map(|loaded| loaded.settings).expect_err("a bad config")
}

/// `template()` with every key at its default spelled out.
fn uncommented() -> String {
    let is_key = |line: &str| {
        let rest = line.strip_prefix('#')?;
        (rest.starts_with('[') || rest.starts_with(|c: char| c.is_ascii_lowercase()))
            .then(|| rest.to_owned())
    };
    let template = template();
    let lines = template.lines().map(|line| is_key(line).unwrap_or(line.into()));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_template_stands_for_the_defaults() {
    assert_eq!(settings(&template()), Settings::default());
    assert_eq!(settings(""), Settings::default());
}

#[test]
fn the_template_spelled_out_stands_for_the_defaults_too() {
    let spelled_out = Settings { accounts_configured: true, ..Settings::default() };
    assert_eq!(settings(&uncommented()), spelled_out);
    for setting in list(&Settings::default()) {
        let line = format!("\n{} = ", setting.name);
        assert!(uncommented().contains(&line), "{}.{}", setting.section, setting.name);
    }
}

#[test]
fn every_key_arrives_in_its_field() {
    let text = r#"
        listen = "[::]:80"
        data_dir = "/data"
        public_url = "https://example.org/scrobbled/"
        trusted_proxies = ["10.0.0.0/8", "::1"]
        log = "Debug"
        notify = { url = "https://ntfy.sh/topic", format = "json" }
        plex.users = "alice"
        plex.libraries = [2, "Kids"]
        plex.ratings = true
        plex.probe_session_progress = false
        plex.servers = ["a"]
        plex.block_servers = ["b"]
        plex.block_libraries = 7
        plex.block_players = ["tv"]
        plex.webhook_secret = "sign"
        plex.url = "http://nas:32400/"
        plex.token = "tok"
        plex.hear = true
        plex.catch_up = false
        plex.ignore_paths = "/media/trailers"
        plex.ignore_editions = ["Trailer"]
        [trakt]
        client_id = "id"
        client_secret = "secret"
        api_url = "http://127.0.0.1:1"
        auth_url = "http://127.0.0.1:2"
        post_interval_ms = 1
        remove_from_watchlist = true
        [simkl]
        client_id = "tv"
        api_url = "http://127.0.0.1:3"
        post_interval_ms = 2
        ratings = true
        [mdblist]
        client_id = "code"
        api_url = "http://127.0.0.1:4"
        post_interval_ms = 3
        remove_from_watchlist = true
        [scrobble]
        watched_at = 80
        watched_at_movies = 85.5
        force_stop_at = 96
        suppress_start_at = 97
        regress_tolerance_percent = 3
        pause_debounce_seconds = 2.5
        autoplay_guard_seconds = 20
        autoplay_guard_min_progress = 4
        marks = false
        unmarks = true
        [jellyfin]
        users = ["bob"]
        api_key = "jelly"
        [emby]
        api_key = "emby"
        [[account]]
        name = "bob"
        plex = ["id:11"]
        jellyfin = "*"
        emby = []
        dry_run = true
        [[account]]
        emby = "carol"
    "#;
    let text_list = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
    let expected = Settings {
        listen: "[::]:80".parse().expect("an address"),
        data_dir: "/data".into(),
        public_url: "https://example.org/scrobbled".into(),
        trusted_proxies: ["10.0.0.0/8", "::1"].iter().filter_map(|n| Network::parse(n)).collect(),
        log: log::LevelFilter::Debug,
        trakt: Trakt {
            client_id: "id".into(),
            client_secret: crate::secret::Secret::new("secret"),
            client_secret_file: PathBuf::new(),
            api_url: "http://127.0.0.1:1".into(),
            auth_url: "http://127.0.0.1:2".into(),
            post_interval: Duration::from_millis(1),
            remove_from_watchlist: true,
        },
        simkl: Simkl {
            client_id: "tv".into(),
            api_url: "http://127.0.0.1:3".into(),
            post_interval: Duration::from_millis(2),
            ratings: true,
        },
        mdblist: MdbList {
            client_id: "code".into(),
            api_url: "http://127.0.0.1:4".into(),
            post_interval: Duration::from_millis(3),
            remove_from_watchlist: true,
        },
        scrobble: Scrobble {
            watched_at: Percent::clamped(80.0),
            watched_at_movies: Percent::clamped(85.5),
            watched_at_episodes: Percent::clamped(80.0),
            force_stop_at: Percent::clamped(96.0),
            suppress_start_at: Percent::clamped(97.0),
            regress_tolerance_percent: Percent::clamped(3.0),
            pause_debounce: Duration::from_millis(2500),
            autoplay_guard: Duration::from_secs(20),
            autoplay_guard_min_progress: Percent::clamped(4.0),
            marks: false,
            unmarks: true,
        },
        media_servers: vec![
            MediaServer {
                users: text_list(&["alice"]),
                servers: text_list(&["a"]),
                block_servers: text_list(&["b"]),
                libraries: text_list(&["2", "Kids"]),
                block_libraries: text_list(&["7"]),
                block_players: text_list(&["tv"]),
                ratings: true,
                webhook_secret: crate::secret::Secret::new("sign"),
                probe_session_progress: false,
                url: "http://nas:32400".into(),
                token: crate::secret::Secret::new("tok"),
                hear: true,
                catch_up: false,
                ignore_paths: text_list(&["/media/trailers"]),
                ignore_editions: text_list(&["Trailer"]),
                ..MediaServer::new(Source::Plex)
            },
            MediaServer {
                users: text_list(&["bob"]),
                token: crate::secret::Secret::new("jelly"),
                ..MediaServer::new(Source::Jellyfin)
            },
            MediaServer {
                token: crate::secret::Secret::new("emby"),
                ..MediaServer::new(Source::Emby)
            },
        ],
        accounts: vec![
            Account {
                name: "bob".into(),
                plex: text_list(&["id:11"]),
                jellyfin: text_list(&["*"]),
                emby: Vec::new(),
                dry_run: true,
            },
            Account { name: "default".into(), emby: text_list(&["carol"]), ..Account::default() },
        ],
        accounts_configured: true,
        receivers: Vec::new(),
        notify: Notify { url: "https://ntfy.sh/topic".into(), format: NotifyFormat::Json },
    };
    assert_eq!(settings(text), expected);
}

#[test]
fn what_is_printed_is_read_back() {
    let text = "listen = '[::]:80'\ntrusted_proxies = ['10.0.0.0/8']\nplex.users = ['a\"b', 'é']";
    let before = settings(text);
    let lines = list(&before).into_iter().filter(|setting| !setting.secret).map(|setting| {
        let Setting { section, name, value, .. } = setting;
        match section {
            "" => format!("{name} = {value}"),
            "account" | "receiver" => String::new(),
            _ => format!("{section}.{name} = {value}"),
        }
    });
    assert_eq!(settings(&lines.collect::<Vec<_>>().join("\n")), before);
}

#[test]
fn a_listing_hides_secrets() {
    let text = "[plex]\ntoken = 'abc123'\n[notify]\nurl = 'https://g/message?token=abc123'";
    let listed = format!("{:?}", list(&settings(text)));
    assert!(!listed.contains("abc123") && listed.contains("(hidden)"), "{listed}");
}

#[test]
fn the_environment_beats_the_file() {
    let variables = [
        ("SCROBBLED_LISTEN", "0.0.0.0:1"),
        ("SCROBBLED_SCROBBLE_WATCHED_AT", "80"),
        ("SCROBBLED_SCROBBLE_MARKS", "FALSE"),
        ("SCROBBLED_TRAKT_CLIENT_SECRET", "s"),
        ("SCROBBLED_TRAKT_CLIENT_ID", ""),
        ("SCROBBLED_DATA_DIR", "here"),
    ];
    let text = "listen = '0.0.0.0:2'\n[trakt]\nclient_id = 'i'\nclient_secret_file = 'gone'\n\
                [scrobble]\nwatched_at = 70\nwatched_at_movies = 75";
    let settings = load_with(text, &variables, &[]).expect("a good config").settings;
    let expected = Settings {
        listen: "0.0.0.0:1".parse().expect("an address"),
        data_dir: "here".into(),
        trakt: Trakt {
            client_id: "i".into(),
            client_secret: crate::secret::Secret::new("s"),
            ..Trakt::default()
        },
        scrobble: Scrobble {
            watched_at: Percent::clamped(80.0),
            watched_at_movies: Percent::clamped(75.0),
            watched_at_episodes: Percent::clamped(80.0),
            marks: false,
            ..Scrobble::default()
        },
        ..Settings::default()
    };
    assert_eq!(settings, expected);
}

#[test]
fn paths_are_relative_to_the_file_that_names_them() {
    const ETC: &str = "/etc/scrobbled/scrobbled.toml";
    let data_dir = |variables: &[(&str, &str)], text: &str| {
        load_with("", variables, &[(ETC, text)]).map(|loaded| loaded.settings.data_dir)
    };
    let state = ("STATE_DIRECTORY", "/var/lib/scrobbled:/var/lib/other");
    let cases: [(&[_], _, _); 6] = [
        (&[], "", "/etc/scrobbled/scrobbled-data"),
        (&[], "data_dir = './d'", "/etc/scrobbled/d"),
        (&[], "data_dir = '/d'", "/d"),
        (&[state], "", "/var/lib/scrobbled"),
        (&[state], "data_dir = ''", "/var/lib/scrobbled"),
        (&[state], "data_dir = '/d'", "/d"),
    ];
    for (variables, text, expected) in cases {
        assert_eq!(data_dir(variables, text), Ok(expected.into()), "{text}");
    }
}

#[test]
fn a_secret_file_is_read_and_trimmed() {
    let credentials = ("CREDENTIALS_DIRECTORY", "/run/credentials/x");
    let cases = [
        ("/run/secret", "/run/secret"),
        ("secret", "/etc/scrobbled/secret"),
        ("$CREDENTIALS_DIRECTORY/trakt", "/run/credentials/x/trakt"),
        ("${CREDENTIALS_DIRECTORY}/trakt", "/run/credentials/x/trakt"),
    ];
    for (written, path) in cases {
        let text = format!("trakt.client_secret_file = '{written}'");
        let files = [("/etc/scrobbled/scrobbled.toml", text.as_str()), (path, " s3cret\n")];
        let trakt = load_with("", &[credentials], &files).expect("a good config").settings.trakt;
        assert_eq!(trakt.client_secret.reveal(), "s3cret", "{written}");
        assert_eq!(trakt.client_secret_file, Path::new(path));
    }
    let files = [("/s", "DENIED"), ("/e", " \n")];
    for (file, trouble) in
        [("/s", "can't be read: permission denied to the user that runs this"), ("/e", "is empty")]
    {
        let text = format!("trakt.client_secret_file = '{file}'");
        let error = load_with(&text, &[], &files).expect_err("no secret");
        let expected =
            format!("scrobbled.toml line 1: `trakt.client_secret_file`: `{file}` {trouble}");
        assert_eq!(error, expected);
    }
}

#[test]
fn of_systemds_copy_the_original_is_known() {
    let read = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    let original = |path: &str, variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let around = Surroundings { variables: variables.collect(), read: &read, now: Time(0) };
        original(Path::new(path), &around).map(|path| path.display().to_string())
    };
    let service = [("CREDENTIALS_DIRECTORY", "/run/credentials/scrobbled.service")];
    let copy = "/run/credentials/scrobbled.service/scrobbled.toml";
    assert_eq!(original(copy, &service).as_deref(), Some("/etc/scrobbled/scrobbled.toml"));
    assert_eq!(original(copy, &[]), None);
    assert_eq!(original("/run/credentials/scrobbled.service/my.toml", &service), None);
    assert_eq!(original("/etc/scrobbled/scrobbled.toml", &service), None);
}

#[test]
fn the_file_is_the_named_one_else_the_first_there_is() {
    let read = |path: &Path| match path.to_str() {
        Some("/etc/scrobbled/scrobbled.toml" | "/named.toml") => Ok(String::new()),
        Some("/locked.toml") => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    let path = |named: Option<&str>, variable: Option<&str>| {
        let variables = variable.map(|value| ("SCROBBLED_CONFIG".to_owned(), value.to_owned()));
        let around =
            Surroundings { variables: variables.into_iter().collect(), read: &read, now: Time(0) };
        match load(named.map(Path::new), &around) {
            Ok(loaded) => loaded.path.map_or("none".into(), |path| path.display().to_string()),
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(path(Some("/named.toml"), Some("/x")), "/named.toml");
    assert_eq!(path(None, Some("/named.toml")), "/named.toml");
    assert_eq!(path(None, None), "/etc/scrobbled/scrobbled.toml");
    assert_eq!(
        path(Some("/x.toml"), None),
        "/x.toml: can't be read: there is no such file; `scrobbled init` writes one"
    );
    assert_eq!(
        path(None, Some("/locked.toml")),
        "/locked.toml: can't be read: permission denied to the user that runs this; run it with \
         sudo, or let that user read the file"
    );
    assert_eq!(
        path(None, Some("~/x.toml")),
        "~/x.toml: can't be read: there is no such file; ~ is not expanded here: write the whole \
         path"
    );

    let nothing = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    let loaded =
        load(None, &Surroundings { variables: BTreeMap::new(), read: &nothing, now: Time(0) });
    assert_eq!(
        loaded.map(|loaded| (loaded.path, loaded.settings)),
        Ok((None, Settings::default()))
    );
}

#[test]
fn every_scalar_key_has_a_variable_and_no_list_has() {
    let names: Vec<_> = list(&Settings::default())
        .iter()
        .map(|setting| (setting.section, setting.name, setting.environment()))
        .filter(|(section, ..)| ["", "emby"].contains(section))
        .map(|(_, name, variable)| format!("{name} {}", variable.unwrap_or_default()))
        .collect();
    assert_eq!(
        names,
        [
            "listen SCROBBLED_LISTEN",
            "data_dir SCROBBLED_DATA_DIR",
            "public_url SCROBBLED_PUBLIC_URL",
            "trusted_proxies ",
            "log SCROBBLED_LOG",
            "name SCROBBLED_EMBY_NAME",
            "id SCROBBLED_EMBY_ID",
            "users ",
            "libraries ",
            "block_libraries ",
            "block_players ",
            "webhook_secret SCROBBLED_EMBY_WEBHOOK_SECRET",
            "url SCROBBLED_EMBY_URL",
            "api_key SCROBBLED_EMBY_API_KEY",
            "ca_file SCROBBLED_EMBY_CA_FILE",
            "hear SCROBBLED_EMBY_HEAR",
            "catch_up SCROBBLED_EMBY_CATCH_UP",
            "ignore_paths ",
            "ignore_editions ",
        ]
    );
    let sections: Vec<_> = Source::ALL.map(Source::word).to_vec();
    assert!(sections.iter().all(|section| listing::SECTIONS.contains(section)));
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever stands in a file, it is read or refused with lines, never a panic.
        #[test]
        fn any_text_is_settings_or_errors(text in "[ -~\n\\[\\]=\"'#é]{0,200}") {
            if let Err(error) = load_with(&text, &[], &[]) {
                prop_assert!(error.starts_with("scrobbled.toml line "), "{error}");
            }
        }

        /// Whatever value any key is given, it is read or refused, never a panic.
        #[test]
        fn any_value_of_any_key_is_settings_or_errors(
            index in 0_usize..80,
            value in prop_oneof![
                Just("true".to_owned()), Just("inf".to_owned()), Just("[[1], {a = 1}]".to_owned()),
                Just("1979-05-27".to_owned()), Just("\"http://[::1]:99999/\"".to_owned()),
                any::<i64>().prop_map(|n| n.to_string()),
                any::<f64>().prop_map(|n| format!("{n:?}").replace("NaN", "nan")),
                "\"[ !#-\\[\\]-~é]{0,20}\"",
            ],
        ) {
            let settings = list(&Settings::default());
            let Setting { section, name, .. } = &settings[index % settings.len()];
            let text = match *section {
                "" => format!("{name} = {value}"),
                "account" | "receiver" => format!("[[{section}]]\n{name} = {value}"),
                section => format!("[{section}]\n{name} = {value}"),
            };
            if let Err(error) = load_with(&text, &[], &[]) {
                prop_assert!(error.starts_with("scrobbled.toml line "), "{error}");
            }
        }
    }
}
