//! What its documents say and clients have met, in tables.

use super::*;

/// A Tuesday evening: four hours before midnight UTC.
const NOW: Time = Time(1_795_550_400_000);

/// A person with an app, asking MDBList.
struct Client {
    mdblist: MdbList,
    access: String,
    now: Time,
}

impl Client {
    fn new() -> Self {
        let mut mdblist = MdbList::new(Catalogue::of(&crate::trakt::Catalogue::samples()));
        let access = mdblist.issue_tokens("mara", NOW).access;
        Self { mdblist, access, now: NOW }
    }

    fn send(&mut self, request: &Request) -> Response {
        self.mdblist.answer(request, self.now)
    }

    fn ask(&mut self, method: &str, target: &str, body: &Value) -> (u16, Value) {
        let request =
            Request::new(method, target).with("Authorization", &format!("Bearer {}", self.access));
        let request = if body.is_null() { request } else { request.json(body) };
        let answer = self.send(&request);
        (answer.status, answer.value())
    }

    fn post(&mut self, path: &str, body: &Value) -> (u16, Value) {
        self.ask("POST", path, body)
    }

    fn get(&mut self, target: &str) -> (u16, Value) {
        self.ask("GET", target, &Value::Null)
    }

    fn form(&mut self, path: &str, body: &str) -> (u16, Value) {
        let mut request =
            Request::new("POST", path).with("Content-Type", "application/x-www-form-urlencoded");
        request.body = body.as_bytes().to_vec();
        let answer = self.send(&request);
        (answer.status, answer.value())
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
    }

    fn plays(&self) -> Vec<String> {
        self.mdblist.plays("mara").into_iter().map(|(label, _)| label).collect()
    }
}

fn film(progress: f64) -> Value {
    json!({ "progress": progress, "movie": { "ids": { "imdb": "tt91000101" } } })
}

fn episode(ids: &Value, season: u32, episode: &Value) -> Value {
    json!({ "progress": 5, "show": { "ids": ids, "season": { "number": season, "episode": episode } } })
}

#[test]
fn scrobbles_do_what_their_progress_says() {
    for (action, progress, status, said, watched, left, open) in [
        ("start", 90.0, 201, "start", 0, 0, 1),
        ("pause", 79.9, 200, "pause", 0, 1, 0),
        ("pause", 80.0, 200, "scrobble", 1, 0, 0),
        ("stop", 79.9, 200, "pause", 0, 1, 0),
        ("stop", 80.0, 200, "scrobble", 1, 0, 0),
    ] {
        let mut client = Client::new();
        client.post("/scrobble/start", &film(5.0));
        let seen = client.post(&format!("/scrobble/{action}"), &film(progress));
        assert_eq!((seen.0, &seen.1["action"]), (status, &json!(said)), "{action} {progress}");
        let mdblist = &client.mdblist;
        let kept = (mdblist.left("mara").len(), mdblist.open("mara").len());
        assert_eq!((client.plays().len(), kept), (watched, (left, open)), "{action} {progress}");
    }
}

#[test]
fn what_plays_is_no_position_and_what_is_paused_is_cleared_by_its_number_or_its_name() {
    let mut client = Client::new();
    let name = json!({ "movie": { "ids": { "imdb": "tt91000101" } } });
    let id = client.post("/scrobble/start", &film(5.0)).1["id"].clone();
    for body in [json!({ "id": id }), name.clone()] {
        assert_eq!(client.post("/scrobble/clear", &body).0, 404, "it plays: {body}");
    }
    for body in [json!({ "id": client.post("/scrobble/pause", &film(5.0)).1["id"] }), name] {
        client.post("/scrobble/pause", &film(5.0));
        let cleared = client.post("/scrobble/clear", &body);
        assert_eq!(cleared, (200, json!({ "action": "clear", "deleted": true })));
        assert_eq!(client.post("/scrobble/clear", &body).0, 404, "{body}");
    }
    // What nobody ends is over ten minutes after the film, and leaves nothing.
    client.post("/scrobble/start", &film(50.0));
    let minutes = client.mdblist.catalogue.minutes((1, Part::Whole));
    client.wait(minutes * 30 + 599);
    client.post("/scrobble/clear", &json!({ "id": 0 }));
    assert_eq!(client.mdblist.open("mara").len(), 1);
    client.wait(1);
    client.post("/scrobble/clear", &json!({ "id": 0 }));
    assert_eq!((client.mdblist.open("mara").len(), client.plays().len()), (0, 0));
}

#[test]
fn what_names_an_item_and_what_does_not() {
    let tvdb = || json!({ "tvdb": 9_110_777 });
    let cases = [
        (episode(&tvdb(), 2, &json!({ "number": 7 })), 201, "Harbour Nine 2x07"),
        // Its own ids come first; an id that is unknown leaves it to the place.
        (
            episode(&tvdb(), 1, &json!({ "number": 1, "ids": { "tvdb": 9_210_209 } })),
            201,
            "Harbour Nine 2x09",
        ),
        (
            episode(&tvdb(), 2, &json!({ "number": 7, "ids": { "tvdb": 1 } })),
            201,
            "Harbour Nine 2x07",
        ),
        (episode(&tvdb(), 9, &json!({ "number": 7 })), 404, "Season not found in database"),
        (episode(&tvdb(), 2, &json!({ "number": 99 })), 404, "Episode not found in database"),
        (
            episode(&json!({ "tvdb": 9_210_207 }), 2, &json!({ "number": 7 })),
            404,
            "Show not found in database",
        ),
        (episode(&tvdb(), 2, &json!({ "number": 7, "ids": { "imdb": "tt1" } })), 400, ""),
        (episode(&tvdb(), 2, &json!({})), 400, ""),
        (
            json!({ "progress": 5, "movie": { "ids": { "imdb": "tt1" } } }),
            404,
            "Movie not found in database",
        ),
        (json!({ "progress": 5, "movie": { "ids": { "tvdb": 1 } } }), 400, ""),
        (json!({ "progress": 5, "movie": { "ids": { "tmdb": "1" } } }), 400, ""),
        (json!({ "progress": 5, "movie": { "title": "The Salt Road" } }), 400, ""),
        (json!({ "progress": 5 }), 400, ""),
        (json!({ "progress": 101, "movie": { "ids": { "imdb": "tt91000101" } } }), 400, ""),
        (json!({ "movie": { "ids": { "imdb": "tt91000101" } } }), 400, ""),
    ];
    for (body, status, expected) in cases {
        let mut client = Client::new();
        let (seen, answer) = client.post("/scrobble/start", &body);
        let open = client.mdblist.open("mara").into_iter().map(|(label, _)| label).next();
        let said = answer["error"].as_str().map(str::to_owned);
        assert_eq!(
            (seen, open.or(said).unwrap_or_default().as_str()),
            (status, expected),
            "{body}"
        );
        assert_eq!(answer["error"].is_object(), status == 400, "{answer}");
    }
}

#[test]
fn plays_of_one_minute_are_one_and_the_answer_says_so() {
    let mut client = Client::new();
    client.post("/scrobble/stop", &film(90.0));
    let add = |seconds: u64| {
        let at = NOW.after(Duration::from_secs(seconds)).to_string();
        json!({ "movies": [{ "ids": { "imdb": "tt91000101" }, "watched_at": at }] })
    };
    for (seconds, is_new, count) in [(59, false, 1), (60, true, 2), (60, false, 2), (7200, true, 3)]
    {
        let (status, body) = client.post("/sync/watched?report_added=true", &add(seconds));
        assert_eq!((status, &body["updated"]["movies"]), (200, &json!(1)), "{seconds}");
        assert_eq!(body["plays"][0]["added"], json!(is_new), "{seconds}: {body}");
        assert_eq!(client.plays().len(), count, "{seconds}");
    }
    client.wait(60);
    client.post("/scrobble/stop", &film(90.0));
    assert_eq!(client.plays().len(), 3, "of the minute of another");
    client.wait(3600);
    client.post("/scrobble/stop", &film(90.0));
    assert_eq!(client.plays().len(), 4, "a second stop is a second play");
}

#[test]
fn the_history_lists_plays_and_what_it_does_not_know() {
    let mut client = Client::new();
    let at = "2026-11-23T20:15:00Z";
    let place = |number: u64| json!([{ "number": 2, "episodes": [{ "number": number, "watched_at": at }] }]);
    let shows =
        |number| json!({ "shows": [{ "ids": { "tvdb": 9_110_777 }, "seasons": place(number) }] });
    for (body, known) in [
        (shows(7), true),
        (shows(99), false),
        (json!({ "movies": [{ "ids": { "imdb": "tt91000101" }, "watched_at": at }] }), true),
        (json!({ "movies": [{ "ids": { "imdb": "tt1" } }] }), false),
        (json!({ "episodes": [{ "ids": { "tmdb": 1 } }] }), false),
    ] {
        let (status, said) = client.post("/sync/watched", &body);
        let missing = said["not_found"].as_object().expect("lists").values();
        let is_missing = missing.into_iter().any(|list| list != &json!([]));
        assert_eq!((status, is_missing, said["plays"].is_null()), (200, !known, true), "{body}");
    }
    let (_, page) = client.get("/sync/watched?plays=all");
    let rows = |page: &Value| {
        (page["movies"].as_array().map(Vec::len), page["episodes"].as_array().map(Vec::len))
    };
    assert_eq!(rows(&page), (Some(1), Some(1)), "{page}");
    let tmdb = page["episodes"][0]["episode"]["ids"]["tmdb"].clone();
    assert_eq!(page["episodes"][0]["watched_at"], json!(at));
    let (_, page) = client.get("/sync/watched?limit=1");
    assert_eq!((rows(&page), &page["pagination"]["has_more"]), ((Some(0), Some(1)), &json!(true)));
    let since = |at: Time| format!("/sync/watched?plays=all&since={at}");
    assert_eq!(rows(&client.get(&since(NOW)).1), (Some(0), Some(0)));
    assert_eq!(rows(&client.get(&since(Time(NOW.0 - 1))).1), (Some(1), Some(1)));
    for (path, status, count) in [
        ("movie/imdb/tt91000101".to_owned(), 200, 1),
        ("movie/imdb/tt1".to_owned(), 404, 0),
        (format!("episode/tmdb/{tmdb}"), 200, 1),
        ("episode/tvdb/9210207".to_owned(), 404, 0),
    ] {
        let (seen, body) = client.get(&format!("/sync/history/{path}"));
        assert_eq!((seen, body["plays"].as_array().map_or(0, Vec::len)), (status, count), "{path}");
    }
    client.post("/sync/watched/remove", &shows(7));
    assert_eq!(
        (client.plays(), client.mdblist.cascades().len()),
        (vec!["The Salt Road".to_owned()], 0)
    );
    client.post("/sync/watched", &json!({ "shows": [{ "ids": { "tvdb": 9_110_777 } }] }));
    assert!(client.plays().len() > 2, "all of it: {:?}", client.plays());
    assert_eq!(client.mdblist.cascades(), ["Harbour Nine"]);
    let many = json!({ "movies": vec![json!({ "ids": { "imdb": "tt91000101" } }); 201] });
    assert_eq!(
        client.post("/sync/watched", &many).1["error"],
        "Too many movies in one request (max 200)"
    );
    let reported = json!({ "movies": vec![json!({ "ids": { "imdb": "tt91000101" } }); 101] });
    assert_eq!(client.post("/sync/watched?report_added=true", &reported).0, 400);
}

#[test]
fn ratings_are_of_four_kinds_and_the_watchlist_has_flat_ids() {
    let mut client = Client::new();
    let ids = json!({ "tvdb": 9_110_777 });
    let below = |seasons: Value| json!({ "shows": [{ "ids": ids, "seasons": seasons }] });
    for (body, kind) in [
        (json!({ "movies": [{ "ids": { "imdb": "tt91000101" }, "rating": 8 }] }), "movies"),
        (json!({ "shows": [{ "ids": ids, "rating": 7 }] }), "shows"),
        (below(json!([{ "number": 2, "rating": 6 }])), "seasons"),
        (below(json!([{ "number": 2, "episodes": [{ "number": 7, "rating": 5 }] }])), "episodes"),
    ] {
        assert_eq!(client.post("/sync/ratings", &body).1["updated"][kind], json!(1), "{body}");
    }
    let all = client.mdblist.ratings("mara");
    let labels = [
        ("The Salt Road", 8),
        ("Harbour Nine", 7),
        ("Harbour Nine season 2", 6),
        ("Harbour Nine 2x07", 5),
    ];
    let expected: Vec<_> =
        labels.into_iter().map(|(label, rating)| (label.to_owned(), rating)).collect();
    assert!(expected.iter().all(|one| all.contains(one)) && all.len() == 4, "{all:?}");
    client.post("/sync/ratings/remove", &json!({ "shows": [{ "ids": ids }] }));
    assert_eq!(client.mdblist.ratings("mara").len(), 3);
    let wrong = json!({ "movies": [{ "ids": { "imdb": "tt91000101" }, "rating": 11 }] });
    assert_eq!(client.post("/sync/ratings", &wrong).0, 400);

    let flat = json!({ "movies": [{ "imdb": "tt91000101" }] });
    let nested = json!({ "movies": [{ "ids": { "imdb": "tt91000101" } }] });
    assert_eq!(client.post("/watchlist/items/add", &nested).0, 400);
    client.post("/watchlist/items/add", &flat);
    assert_eq!(client.mdblist.wanted("mara"), ["The Salt Road"]);
    for count in [1, 0] {
        let (status, body) = client.post("/watchlist/items/remove", &flat);
        assert_eq!((status, &body["removed"]["movies"]), (200, &json!(count)));
    }
}

#[test]
fn slashes_keys_scopes_the_window_and_the_day_are_seen_to() {
    let start = film(5.0);
    let mut client = Client::new();
    assert_eq!(client.post("/scrobble/start/", &start), (404, json!({ "detail": "Not found." })));
    assert_eq!(client.post("/scrobble/rewind", &start).0, 404);
    assert_eq!(client.form("/oauth/token", "client_id=demo-mdblist-client-id").0, 404);
    let key = client.mdblist.issue_key("mara");
    for (target, header, status) in [
        (format!("/user?apikey={key}"), None, 200),
        ("/user?apikey=another".to_owned(), None, 401),
        ("/user".to_owned(), Some(("X-Api-Key", key.clone())), 401),
        ("/user".to_owned(), Some(("Authorization", format!("Bearer {key}"))), 401),
        ("/user".to_owned(), None, 401),
    ] {
        let request = Request::new("GET", &target);
        let request =
            header.iter().fold(request, |request, (name, value)| request.with(name, value));
        assert_eq!(client.send(&request).status, status, "{target} {header:?}");
    }
    let user = client.get("/user").1;
    assert_eq!((&user["username"], &user["rate_limit"]), (&json!("mara"), &json!(1000)));
    client.mdblist.spend_window("mara", Duration::from_secs(100), NOW);
    let request = |client: &Client| {
        let bearer = format!("Bearer {}", client.access);
        Request::new("POST", "/scrobble/start").with("Authorization", &bearer).json(&film(5.0))
    };
    let full = {
        let request = request(&client);
        client.send(&request)
    };
    assert_eq!((full.status, full.header("Retry-After")), (429, Some("201")));
    assert_eq!(client.get("/user").0, 200, "questions have their own");
    client.wait(201);
    client.mdblist.spend_day("mara", 1, client.now);
    let last = {
        let request = request(&client);
        client.send(&request)
    };
    assert_eq!((last.status, last.header("X-RateLimit-Remaining")), (201, Some("0")));
    let none = {
        let request = request(&client);
        client.send(&request)
    };
    assert_eq!(none.value()["error"], "Daily API limit exceeded!");
    let seconds = 4 * 3600 - 201 + 1;
    assert_eq!(
        (none.status, none.header("Retry-After")),
        (429, Some(seconds.to_string().as_str()))
    );
    assert_eq!(none.header("X-RateLimit-Reset"), Some("1795564800"));
    client.wait(seconds);
    assert_eq!(client.post("/scrobble/start", &start).0, 201);
    client.mdblist.disconnect("mara");
    assert_eq!(
        client.post("/scrobble/start", &start),
        (401, json!({ "error": "Invalid API key" }))
    );
}

#[test]
fn a_login_has_its_scope_and_a_refresh_token_works_once() {
    let mut client = Client::new();
    client.mdblist.options.approve_after_polls = None;
    for (scope, status) in [("write", 201), ("read", 403)] {
        let asked = format!("client_id={CLIENT_ID}&scope={scope}");
        let (_, code) = client.form("/oauth/device-authorization/", &asked);
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let poll = format!(
            "grant_type={grant}&client_id={CLIENT_ID}&device_code={}",
            code["device_code"].as_str().expect("a code")
        );
        assert_eq!(client.form("/oauth/token/", &poll).1["error"], "authorization_pending");
        assert_eq!(client.form("/oauth/token/", &poll).1["error"], "slow_down");
        assert!(client.mdblist.approve("jo"));
        client.wait(6);
        let (_, tokens) = client.form("/oauth/token/", &poll);
        client.access = tokens["access_token"].as_str().expect("a token").to_owned();
        assert_eq!(client.post("/scrobble/start", &film(5.0)).0, status, "{scope}");
        let refresh = format!(
            "grant_type=refresh_token&client_id={CLIENT_ID}&refresh_token={}",
            tokens["refresh_token"].as_str().expect("a token")
        );
        let (_, renewed) = client.form("/oauth/token/", &refresh);
        assert_ne!(renewed["refresh_token"], tokens["refresh_token"]);
        assert_eq!(
            client.form("/oauth/token/", &refresh),
            (400, json!({ "error": "invalid_grant" }))
        );
        assert_eq!(client.post("/scrobble/start", &film(5.0)).0, 401, "the old one");
        client.access = renewed["access_token"].as_str().expect("a token").to_owned();
        let revoke = format!(
            "client_id={CLIENT_ID}&token={}",
            renewed["refresh_token"].as_str().expect("one")
        );
        assert_eq!(client.form("/oauth/revoke_token/", &revoke).0, 200);
        assert_eq!(client.post("/scrobble/start", &film(5.0)).0, 401, "it is given back");
    }
    let wrong = client.form("/oauth/device-authorization/", "client_id=x&scope=write");
    assert_eq!(wrong, (401, json!({ "error": "invalid_client" })));
}

#[test]
fn a_search_has_what_bears_the_words_in_a_year_or_beside_it() {
    let mut client = Client::new();
    let year = client.get("/search/movie?query=the%20salt%20road").1["search"][0]["year"]
        .as_u64()
        .expect("one");
    for (query, count) in [
        (format!("/search/movie?query=salt&year={}", year + 1), 1),
        (format!("/search/movie?query=salt&year={}", year + 2), 0),
        ("/search/show?query=Harbour%20Nine".to_owned(), 1),
        ("/search/show?query=salt".to_owned(), 0),
    ] {
        assert_eq!(client.get(&query).1["total"], json!(count), "{query}");
    }
    let found = client.get("/search/show?query=harbour").1["search"][0].clone();
    assert!(found["ids"]["tmdbid"].is_u64() && found["ids"]["tvdbid"] == 9_110_777, "{found}");
}
