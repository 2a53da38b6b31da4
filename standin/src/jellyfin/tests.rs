//! What the two are known to do, in tables.

use super::*;

/// A Thursday evening, at a full five minutes.
const NOW: Time = Time(1_795_550_400_000);
const MINUTE: u64 = 60_000;

/// The Salt Road has 100 minutes, Slack Water 40.
fn server(dialect: Dialect) -> Jellyfin {
    let mut jellyfin = Jellyfin::new(dialect);
    jellyfin.user("mara");
    jellyfin.user("jo");
    for (name, kind, minutes) in [
        ("The Salt Road", Kind::Movie, 100),
        (
            "Slack Water",
            Kind::Episode { show: "Harbour Nine".into(), season: 2, number: 8, last: None },
            40,
        ),
    ] {
        jellyfin.add(Title {
            kind,
            name: name.into(),
            year: Some(2021),
            ids: [("Imdb", "tt91000101".to_owned())].into(),
            runtime: Duration::from_secs(minutes * 60),
            library: "Films".into(),
            path: format!("/media/{name}.mkv"),
        });
    }
    jellyfin
}

fn at(minutes: u64) -> Time {
    Time(NOW.0 + minutes * MINUTE)
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

fn ask(jellyfin: &mut Jellyfin, target: &str, now: Time) -> Value {
    let emby = Request::new("GET", target).with("X-Emby-Token", KEY);
    let request =
        Request::new("GET", target).with("Authorization", &format!("MediaBrowser Token=\"{KEY}\""));
    let is_emby = jellyfin.options.dialect.is_emby();
    let answer = jellyfin.answer(if is_emby { &emby } else { &request }, now);
    assert_eq!(answer.status, 200, "{target}: {answer:?}");
    answer.value()
}

#[test]
fn each_takes_its_own_ways_to_show_a_token() {
    type Way = fn(Request) -> Request;
    let ways: [(&str, Way, [u16; 4]); 8] = [
        ("nothing", |r| r, [401; 4]),
        ("wrong", |r| r.with("Authorization", "MediaBrowser Token=\"x\""), [401; 4]),
        (
            "MediaBrowser",
            |r| r.with("authorization", "mediabrowser Client=\"a\", Token=\"t0p-secret\""),
            [200, 200, 200, 401],
        ),
        ("Emby", |r| r.with("Authorization", "Emby Token=\"t0p-secret\""), [200, 200, 401, 200]),
        ("X-Emby-Token", |r| r.with("X-Emby-Token", KEY), [200, 200, 401, 200]),
        ("X-MediaBrowser-Token", |r| r.with("X-MediaBrowser-Token", KEY), [200, 200, 401, 401]),
        ("ApiKey", |r| Request { query: format!("ApiKey={KEY}"), ..r }, [200, 200, 200, 401]),
        ("api_key", |r| Request { query: format!("api_key={KEY}"), ..r }, [200, 200, 401, 200]),
    ];
    for (name, way, expected) in ways {
        let seen = Dialect::ALL.map(|dialect| {
            server(dialect).answer(&way(Request::new("GET", "/Sessions")), NOW).status
        });
        assert_eq!(seen, expected, "{name}");
    }
    let public = Request::new("GET", "/System/Info/Public");
    let under_a_path = Request::new("GET", "/emby/System/Info/Public");
    let seen = Dialect::ALL.map(|dialect| {
        [&public, &under_a_path].map(|request| server(dialect).answer(request, NOW).status)
    });
    assert_eq!(seen, [[200, 401], [200, 401], [200, 401], [200, 200]]);
}

#[test]
fn who_is_no_administrator_sees_others_only_where_they_leak() {
    for dialect in Dialect::ALL {
        let mut jellyfin = server(dialect);
        jellyfin.play("den", "mara", "The Salt Road", Duration::ZERO, NOW);
        let token = jellyfin.sign_in("jo");
        let scheme = if dialect.is_emby() { "Emby" } else { "MediaBrowser" };
        let mut ask = |target: &str| {
            let request = Request::new("GET", target)
                .with("Authorization", &format!("{scheme} Token=\"{token}\""));
            jellyfin.answer(&request, NOW)
        };
        let sessions = ask("/Sessions").value().as_array().map(Vec::len);
        let leaks = dialect == Dialect::Jellyfin10_8;
        assert_eq!(sessions, Some(usize::from(leaks)), "{dialect:?}");
        assert_eq!(ask("/System/ActivityLog/Entries").status, 403, "{dialect:?}");
        let maras = format!("/Items?userId={}", made_up("user mara"));
        assert_eq!(ask(&maras).status, 403, "{dialect:?}");
    }
}

#[test]
fn what_is_begun_again_is_played_no_more_or_still() {
    for (dialect, still) in Dialect::ALL.into_iter().zip([false, false, true, true]) {
        let mut jellyfin = server(dialect);
        jellyfin.play("den", "mara", "The Salt Road", Duration::ZERO, NOW);
        jellyfin.pass(at(101)); // to its end
        let seen = jellyfin.user_data("mara", "The Salt Road").expect("it was played");
        let data = UserData { played: true, count: 1, last: Some(NOW), position_ms: 0 };
        assert_eq!(seen, data, "{dialect:?}");

        jellyfin.play("den", "mara", "The Salt Road", Duration::ZERO, at(200));
        jellyfin.stop("den", at(220));
        let seen = jellyfin.user_data("mara", "The Salt Road").expect("it was played");
        let data =
            UserData { played: still, count: 2, last: Some(at(200)), position_ms: 20 * MINUTE };
        assert_eq!(seen, data, "{dialect:?}");
    }
}

#[test]
fn a_player_that_died_is_played_on_by_the_server() {
    for dialect in Dialect::ALL {
        let mut jellyfin = server(dialect);
        jellyfin.play("den", "mara", "The Salt Road", minutes(80), NOW);
        jellyfin.die("den", at(4));
        let position = |jellyfin: &mut Jellyfin, now: Time| {
            let session = ask(jellyfin, "/Sessions", now)[0].clone();
            let ticks = session["PlayState"]["PositionTicks"].as_u64();
            (ticks.map(|ticks| ticks / 600_000_000), session["LastPlaybackCheckIn"].clone())
        };
        let (alive, said) = position(&mut jellyfin, at(4));
        assert_eq!(alive, Some(84));
        let (dead, still) = position(&mut jellyfin, at(9));
        assert_eq!((dead, still), (Some(89), said.clone()), "{dialect:?}");
        assert_eq!(said.is_null(), dialect.is_emby(), "{dialect:?}: {said}");
        // Only what the player said is kept.
        let kept = |jellyfin: &Jellyfin| jellyfin.user_data("mara", "The Salt Road").unwrap();
        assert_eq!(kept(&jellyfin).position_ms, 84 * MINUTE);
        assert!(!kept(&jellyfin).played);

        let (gone, _) = position(&mut jellyfin, at(11));
        assert_eq!(gone, None, "{dialect:?}");
        assert!(kept(&jellyfin).played, "{dialect:?}: at 90 of 100 minutes, by the server alone");
    }
}

#[test]
fn a_player_that_lives_reports_every_ten_seconds_and_at_each_change() {
    let mut jellyfin = server(Dialect::Jellyfin10_11);
    let said = |jellyfin: &mut Jellyfin, seconds: u64| {
        let session = ask(jellyfin, "/Sessions", Time(NOW.0 + seconds * 1000))[0].clone();
        let at = Time::from_rfc3339(session["LastPlaybackCheckIn"].as_str().unwrap()).unwrap();
        let state = &session["PlayState"];
        let position = state["PositionTicks"].as_u64().unwrap_or(0) / 10_000_000;
        (position, at.since(NOW).as_secs(), state["IsPaused"] == true)
    };
    jellyfin.play("den", "mara", "The Salt Road", Duration::ZERO, NOW);
    assert_eq!(said(&mut jellyfin, 9), (9, 0, false));
    assert_eq!(said(&mut jellyfin, 25), (25, 20, false));
    jellyfin.pause("den", Time(NOW.0 + 27_000));
    assert_eq!(said(&mut jellyfin, 40), (27, 37, true));
    jellyfin.options.reports_in_pause = false;
    assert_eq!(said(&mut jellyfin, 60), (27, 37, true));
    jellyfin.resume("den", Time(NOW.0 + 61_000));
    jellyfin.seek("den", minutes(50), Time(NOW.0 + 62_000));
    assert_eq!(said(&mut jellyfin, 63), (3001, 62, false));
    jellyfin.stop("den", Time(NOW.0 + 70_000));
    assert_eq!(said(&mut jellyfin, 71), (0, 62, false)); // a stop is no check-in
    let kept = jellyfin.user_data("mara", "The Salt Road").unwrap();
    assert_eq!(kept.position_ms, 50 * MINUTE + 8_000);
}

#[test]
fn what_a_person_has_played_comes_in_pages_and_with_dates_where_they_are_asked_for() {
    for dialect in Dialect::ALL {
        let mut jellyfin = server(dialect);
        let mara = jellyfin.user("mara");
        for (number, minute) in (1..=5).zip([50, 10, 40, 20, 30]) {
            let kind = Kind::Movie;
            let name = format!("Film {number}");
            jellyfin.add(Title { kind, name: name.clone(), ..Title::default() });
            let last = Some(at(minute));
            let data = UserData { played: true, count: 3, last, position_ms: 0 };
            jellyfin.import("mara", &name, data);
        }
        let query = format!(
            "/Items?userId={mara}&recursive=true&isPlayed=true&includeItemTypes=Movie,Episode\
             &sortBy=DatePlayed&sortOrder=Descending&limit=2&startIndex="
        );
        let mut page = |start: usize, fields: &str| {
            let answer = ask(&mut jellyfin, &format!("{query}{start}&fields={fields}"), at(60));
            let items = answer["Items"].as_array().cloned().unwrap_or_default();
            let of = |item: &Value| {
                let data = &item["UserData"];
                let name = item["Name"].as_str().unwrap_or_default().to_owned();
                (name, data["PlayCount"].as_u64(), data["LastPlayedDate"].is_string())
            };
            items.iter().map(of).collect::<Vec<_>>()
        };
        let all = "ProviderIds,UserDataLastPlayedDate,UserDataPlayCount";
        let film = |number: u32| (format!("Film {number}"), Some(3), true);
        assert_eq!(page(0, all), [film(1), film(3)], "{dialect:?}");
        assert_eq!(page(2, all), [film(5), film(4)], "{dialect:?}");
        assert_eq!(page(4, all), [film(2)], "{dialect:?}");
        let bare = if dialect.is_emby() { (Some(0), false) } else { (Some(3), true) };
        let (_, count, dated) = page(4, "ProviderIds").remove(0);
        assert_eq!((count, dated), bare, "{dialect:?}");
    }
    let mut jellyfin = server(Dialect::Jellyfin12);
    let nobodys = Request::new("GET", "/Items?isPlayed=true&ApiKey=t0p-secret");
    assert_eq!(jellyfin.answer(&nobodys, NOW).status, 500);
}

#[test]
fn the_series_of_an_episode_is_shown_to_who_asks_for_it() {
    for dialect in Dialect::ALL {
        let mut jellyfin = Jellyfin::new(dialect).with(&crate::trakt::Catalogue::samples());
        let episode = jellyfin.item("Harbour Nine 2x07").expect("a sample");
        let mut of = |id: &str| {
            let items = ask(&mut jellyfin, &format!("/Items?Ids={id}&Fields=ProviderIds"), NOW);
            items["Items"][0].clone()
        };
        let episode = of(&episode);
        let series = of(episode["SeriesId"].as_str().expect("its series"));
        assert_eq!((&series["Type"], &series["Name"]), (&json!("Series"), &json!("Harbour Nine")));
        assert_eq!(series["ProviderIds"]["Tvdb"], "9110777", "{dialect:?}: {series}");
        let all = ask(&mut jellyfin, "/Items?recursive=true", NOW);
        let all = all["Items"].as_array().expect("items");
        assert!(all.iter().all(|item| item["Type"] != "Series"), "{dialect:?}");
    }
}

#[test]
fn the_log_has_starts_and_stops_newest_first() {
    for dialect in Dialect::ALL {
        let mut jellyfin = server(dialect);
        jellyfin.user("mara");
        jellyfin.join("den", "jo"); // nobody sits there yet
        jellyfin.play("den", "jo", "Harbour Nine 2x08", Duration::ZERO, NOW);
        jellyfin.stop("den", at(1));
        let path = "/System/ActivityLog/Entries?startIndex=0&limit=10&minDate=";
        let log = ask(&mut jellyfin, &format!("{path}{NOW}"), at(2));
        let rows = log["Items"].as_array().unwrap();
        let words: Vec<&str> = rows.iter().filter_map(|row| row["Type"].as_str()).collect();
        let (is_emby, jo) = (dialect.is_emby(), jellyfin.user("jo"));
        let expected = if is_emby {
            ["playback.stop", "playback.start"]
        } else {
            ["VideoPlaybackStopped", "VideoPlayback"]
        };
        assert_eq!(words, expected, "{dialect:?}");
        assert_eq!(rows[0]["UserId"], if is_emby { "2".to_owned() } else { jo });
        assert_eq!(rows[0]["ItemId"].is_null(), dialect == Dialect::Jellyfin10_8);
        let later = ask(&mut jellyfin, &format!("{path}{}", at(1)), at(2));
        assert_eq!(later["Items"].as_array().map(Vec::len), Some(1), "{dialect:?}");
    }
}

#[test]
fn its_clock_may_be_wrong() {
    let mut jellyfin = server(Dialect::Jellyfin10_11);
    jellyfin.options.skew_ms = 3 * 3_600_000;
    jellyfin.play("den", "mara", "The Salt Road", Duration::ZERO, NOW);
    let request = Request::new("GET", "/Sessions?ApiKey=t0p-secret");
    let answer = jellyfin.answer(&request, NOW);
    let ahead = Time(NOW.0 + 3 * 3_600_000);
    assert_eq!(answer.header("date"), Some(http::http_date(ahead).as_str()));
    let said = answer.value()[0]["LastPlaybackCheckIn"].as_str().and_then(Time::from_rfc3339);
    assert_eq!(said, Some(ahead));
    assert_eq!(jellyfin.user_data("mara", "The Salt Road").unwrap().last, Some(ahead));
}

#[test]
fn several_may_watch_at_one_player() {
    let mut jellyfin = server(Dialect::Jellyfin10_11);
    jellyfin.play("den", "mara", "The Salt Road", Duration::ZERO, NOW);
    jellyfin.join("den", "jo");
    let session = ask(&mut jellyfin, "/Sessions", at(1))[0].clone();
    assert_eq!(session["UserName"], "mara");
    assert_eq!(session["AdditionalUsers"][0]["UserName"], "jo");
    jellyfin.stop("den", at(95));
    let played = |name| jellyfin.user_data(name, "The Salt Road").unwrap().played;
    assert!(played("mara") && played("jo"));
}

#[test]
fn an_item_is_in_a_library_where_a_person_is_named() {
    let mut jellyfin = server(Dialect::Jellyfin10_11);
    let (mara, item) = (jellyfin.user("mara"), jellyfin.item("The Salt Road").unwrap());
    let path = format!("/Items/{item}/Ancestors");
    let types = |answer: Value| {
        let all = answer.as_array().cloned().unwrap_or_default();
        all.iter().filter_map(|one| one["Type"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let of_nobody = types(ask(&mut jellyfin, &path, NOW));
    assert_eq!(of_nobody, ["Folder", "AggregateFolder"]);
    let of_mara = types(ask(&mut jellyfin, &format!("{path}?UserId={mara}"), NOW));
    assert_eq!(of_mara, ["CollectionFolder", "Folder", "AggregateFolder"]);
    let folders = ask(&mut jellyfin, "/Library/MediaFolders", NOW);
    assert_eq!(folders["Items"][0]["Name"], "Films");
}

#[test]
fn a_server_that_was_restarted_lists_a_player_when_it_reports_again() {
    let mut jellyfin = server(Dialect::Jellyfin10_11);
    jellyfin.play("den", "mara", "The Salt Road", Duration::ZERO, NOW);
    jellyfin.play("attic", "jo", "The Salt Road", Duration::ZERO, NOW);
    jellyfin.die("attic", NOW);
    jellyfin.restart(Time(NOW.0 + 15_000));
    let mut listed = |seconds: u64| {
        let sessions = ask(&mut jellyfin, "/Sessions", Time(NOW.0 + seconds * 1000));
        let all = sessions.as_array().cloned().unwrap_or_default();
        all.iter().filter(|one| !one["NowPlayingItem"].is_null()).count()
    };
    assert_eq!((listed(16), listed(21)), (0, 1), "and of the one that is gone it knows nothing");
}

mod manage;
