use super::*;

fn strict() -> Client {
    let mut client = Client::new(Trakt::strict());
    let catalogue = &mut client.trakt.catalogue;
    catalogue.add_movie(Entry::new("Hawkeye", Some(1988)).imdb("tt1").tmdb(10).minutes(90));
    catalogue.add_movie(Entry::new("Face/Off", Some(1997)).tmdb(11).aired("1997-06-27"));
    let old = catalogue.add_show(Entry::new("Hawkeye", Some(1994)).tmdb(10));
    let new = catalogue.add_show(Entry::new("Hawkeye", Some(2021)).tvdb(20));
    catalogue.add_episode(old, 1, 1, Entry::new("The Warrior", None));
    let pilot = Entry::new("Never Meet Your Heroes", None).tvdb(201).minutes(49);
    catalogue.add_episode(new, 1, 1, pilot.aired("2021-11-24"));
    catalogue.add_episode(new, 1, 2, Entry::new("Hide and Seek", None).tvdb(202));
    catalogue.add_episode(new, 0, 1, Entry::new("Assembled", None));
    client
}

#[test]
fn searches_find_what_is_asked_for_and_no_more() {
    let cases: [(&str, &[&str]); 18] = [
        ("/search/imdb/tt1?type=movie", &["movie Hawkeye 1988"]),
        ("/search/imdb/tt1?type=episode", &[]),
        ("/search/tmdb/10?type=movie", &["movie Hawkeye 1988"]),
        ("/search/tmdb/10?type=show", &["show Hawkeye 1994"]),
        ("/search/tmdb/10", &["movie Hawkeye 1988", "show Hawkeye 1994"]),
        ("/search/tvdb/202?type=episode", &["episode Hide and Seek"]),
        ("/search/tvdb/abc?type=episode", &[]),
        ("/search/movie?query=hawkeye&fields=title", &["movie Hawkeye 1988"]),
        ("/search/show?query=hawkeye", &["show Hawkeye 1994", "show Hawkeye 2021"]),
        ("/search/show?query=hawkeye&years=2021", &["show Hawkeye 2021"]),
        ("/search/show?query=hawkeye&years=2020-2022", &["show Hawkeye 2021"]),
        ("/search/show?query=hawkeye&limit=0", &[]),
        ("/search/show?query=hawk", &["show Hawkeye 1994", "show Hawkeye 2021"]),
        ("/search/show?query=h%C3%A4wkey%C3%A9", &["show Hawkeye 1994", "show Hawkeye 2021"]),
        ("/search/movie?query=face%20off", &["movie Face/Off 1997"]),
        ("/search/show/exact?query=hawk", &[]),
        (r"/search/movie/exact?query=Face%5C%2FOff", &["movie Face/Off 1997"]),
        ("/search/movie/exact?query=Face/Off", &[]),
    ];
    let mut client = strict();
    compare(cases.map(|(target, expected)| {
        let found = client.get(target);
        let mut seen: Vec<String> = Vec::new();
        for result in found.as_array().into_iter().flatten() {
            let kind = result["type"].as_str().unwrap_or_default();
            let thing = &result[kind];
            let year = thing["year"].as_u64().map_or(String::new(), |year| format!(" {year}"));
            seen.push(format!("{kind} {}{year}", thing["title"].as_str().unwrap_or_default()));
        }
        seen.sort();
        (target.to_owned(), seen, expected.iter().map(|text| (*text).to_owned()).collect())
    }));
}

#[test]
fn things_have_statuses_and_members() {
    let shown = |value: &Value, pointers: &[&str]| -> Vec<Value> {
        pointers.iter().filter_map(|pointer| value.pointer(pointer).cloned()).collect()
    };
    let full = "?extended=full";
    let cases: [(&str, u16, &[&str], Value); 14] = [
        ("/movies/tt1", 200, &["/title", "/runtime"], json!(["Hawkeye"])),
        (
            &format!("/movies/hawkeye-1988{full}"),
            200,
            &["/runtime", "/released"],
            json!([90, null]),
        ),
        (&format!("/movies/face-off-1997{full}"), 200, &["/released"], json!(["1997-06-27"])),
        ("/movies/1", 404, &[], json!([])),
        ("/shows/hawkeye-2021", 200, &["/ids/tvdb"], json!([20])),
        (
            "/shows/hawkeye-2021/seasons",
            200,
            &["/0/number", "/1/number", "/0/episodes"],
            json!([0, 1]),
        ),
        (
            "/shows/hawkeye-2021/seasons?extended=episodes,full",
            200,
            &["/0/episodes/0/title", "/1/episodes/1/number", "/1/episodes/0/runtime"],
            json!(["Assembled", 2, 49]),
        ),
        (
            "/shows/hawkeye-2021/seasons/1",
            200,
            &["/0/title", "/1/title"],
            json!(["Never Meet Your Heroes", "Hide and Seek"]),
        ),
        (
            "/shows/hawkeye-2021/seasons/1?extended=full",
            200,
            &["/0/first_aired"],
            json!(["2021-11-24T00:00:00.000Z"]),
        ),
        ("/shows/hawkeye-2021/seasons/9", 404, &[], json!([])),
        (
            "/shows/hawkeye-2021/seasons/1/episodes/2",
            200,
            &["/ids/tvdb", "/season"],
            json!([202, 1]),
        ),
        ("/shows/hawkeye-2021/seasons/1/episodes/9", 404, &[], json!([])),
        ("/shows/nobody/seasons", 404, &[], json!([])),
        ("/search/person?query=x", 400, &[], json!([])),
    ];
    let mut client = strict();
    compare(cases.map(|(target, status, pointers, expected)| {
        let answer = client.ask("GET", target, &Value::Null);
        let seen = Value::from(shown(&answer.value(), pointers));
        (target.to_owned(), (answer.status, seen), (status, expected))
    }));
}

#[test]
fn look_ups_need_an_app_but_no_user() {
    let mut trakt = Trakt::default();
    let request = Request::new("GET", "/search/movie?query=anything")
        .with("User-Agent", "x")
        .with("trakt-api-version", "2")
        .with("trakt-api-key", CLIENT_ID);
    let found = trakt.answer(&request, NOW).value();
    assert_eq!(found[0]["movie"]["title"], "anything", "the generous catalogue has everything");
    let settings = Request { path: "/users/settings".into(), ..request.clone() };
    assert_eq!(trakt.answer(&settings, NOW).status, 401);
    assert_eq!(trakt.answer(&request.with("Authorization", "Bearer x"), NOW).status, 401);
}

#[test]
fn an_account_knows_how_many_apps_it_may_have() {
    let usage = Client::new(Trakt::default()).get("/users/me/usage");
    assert_eq!(usage["connected_apps"]["limit"], 1);
}

#[test]
fn plex_settings_are_shown_to_trakts_own_apps_alone() {
    let mut client = Client::new(Trakt::default());
    let path = "/users/settings/plex";
    assert_eq!(client.ask("GET", path, &Value::Null).status, 401);
    assert_eq!(client.ask("GET", "/users/settings", &Value::Null).status, 200, "the login is good");
    client.trakt.options.official_app = true;
    for reads in [false, true] {
        client.trakt.options.plex_sync = reads;
        let settings = client.get(path);
        assert_eq!(settings["connection"]["connected"], reads, "{settings}");
        assert_eq!(settings["sync"]["toggles"]["movie"]["watched"], reads, "{settings}");
        let servers = settings["sync"]["selection"]["server_ids"].as_array().map(Vec::len);
        assert_eq!(servers, Some(usize::from(reads)), "{settings}");
    }
}
