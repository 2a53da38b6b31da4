//! What clients have met, in tables.

use super::*;
use serde_json::Value;

/// A Tuesday evening.
const NOW: Time = Time(1_795_550_400_000);

const APP: &str = "client_id=demo-simkl-client-id&app-name=scrobbled&app-version=0.1.0";

/// A person with an app, asking Simkl.
struct Client {
    simkl: Simkl,
    access: String,
    now: Time,
}

impl Client {
    fn new() -> Self {
        let mut catalogue = Catalogue::of(&crate::trakt::Catalogue::samples());
        for (mal, at_tvdb) in [("303", 1), ("404", 2)] {
            let episodes = (1..=2).map(|number| Episode {
                place: (1, number),
                at_tvdb: (at_tvdb, number),
                ..Episode::default()
            });
            catalogue.add(Title {
                kind: Kind::Anime,
                title: format!("Foxes of the Delta, part {at_tvdb}"),
                year: Some(2020),
                ids: [("tvdb", "777".to_owned()), ("mal", mal.to_owned())].into(),
                minutes: 24,
                episodes: episodes.collect(),
                hidden: false,
            });
        }
        let mut simkl = Simkl::new(catalogue);
        let access = simkl.issue_tokens("mara", NOW).access;
        Self { simkl, access, now: NOW }
    }

    fn send(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let request = Request::new(method, target)
            .with("User-Agent", "scrobbled/0.1.0")
            .with("Authorization", &format!("Bearer {}", self.access));
        let request = if body.is_null() { request } else { request.json(body) };
        self.simkl.answer(&request, self.now)
    }

    fn ask(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.send(method, &format!("{path}?{APP}"), body);
        (answer.status, answer.value())
    }

    fn post(&mut self, path: &str, body: &Value) -> (u16, Value) {
        self.ask("POST", path, body)
    }

    fn error(&mut self, path: &str, body: &Value) -> (u16, String) {
        let (status, body) = self.post(path, body);
        (status, body["error"].as_str().unwrap_or_default().to_owned())
    }

    fn form(&mut self, path: &str, body: &str) -> Value {
        let mut request = Request::new("POST", path)
            .with("User-Agent", "x")
            .with("Content-Type", "application/x-www-form-urlencoded");
        request.body = body.as_bytes().to_vec();
        self.simkl.answer(&request, self.now).value()
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
    }
}

fn film(progress: f64) -> Value {
    json!({ "progress": progress, "movie": { "ids": { "imdb": "tt91000101" } } })
}

#[test]
fn scrobbles_do_what_their_progress_says() {
    for (action, progress, said, watched, left) in [
        ("start", 90.0, "start", 0, 0),
        ("pause", 99.0, "pause", 0, 1),
        ("stop", 79.9, "pause", 0, 1),
        ("stop", 80.0, "scrobble", 1, 0),
    ] {
        let mut client = Client::new();
        let (status, body) = client.post(&format!("/scrobble/{action}"), &film(progress));
        assert_eq!((status, &body["action"]), (201, &json!(said)), "{action} {progress}");
        let seen = (client.simkl.plays("mara").len(), client.simkl.left("mara").len());
        assert_eq!(seen, (watched, left), "{action} {progress}");
    }
}

#[test]
fn a_play_again_within_the_hour_is_a_409_and_later_changes_nothing() {
    let mut client = Client::new();
    client.post("/scrobble/stop", &film(90.0));
    client.wait(3599);
    for (action, progress, expected) in
        [("stop", 90.0, 409), ("pause", 90.0, 409), ("pause", 50.0, 201), ("start", 90.0, 201)]
    {
        let (status, _) = client.post(&format!("/scrobble/{action}"), &film(progress));
        assert_eq!(status, expected, "{action} {progress}");
    }
    client.wait(1);
    assert_eq!(client.post("/scrobble/stop", &film(90.0)).0, 201);
    assert_eq!(client.simkl.plays("mara"), [("The Salt Road".to_owned(), NOW)]);
}

#[test]
fn a_start_that_is_left_open_becomes_a_play_at_the_next_one() {
    for (minutes, is_ended, expected) in [(100, false, 1), (50, false, 0), (100, true, 0)] {
        let mut client = Client::new();
        client.post("/scrobble/start", &film(10.0));
        client.wait(minutes * 60);
        if is_ended {
            client.post("/scrobble/pause", &film(50.0));
        }
        let other = json!({ "progress": 1, "show": { "ids": { "tvdb": 9_110_777 } },
                            "episode": { "season": 2, "number": 7 } });
        assert_eq!(client.post("/scrobble/start", &other).0, 201);
        assert_eq!(client.simkl.invented().len(), expected, "{minutes} {is_ended}");
    }
}

#[test]
fn what_names_an_item_and_what_does_not() {
    let show = |ids: Value, episode: Value| json!({ "progress": 5, "show": { "ids": ids }, "episode": episode });
    let place = |season: u64, number: u64| json!({ "season": season, "number": number });
    let cases = [
        (show(json!({ "tvdb": 9_110_777 }), place(2, 7)), 201, "Harbour Nine 2x07"),
        (
            show(
                json!({ "tvdb": "9110777" }),
                json!({ "ids": { "tvdb": 9_210_209 }, "season": 1, "number": 1 }),
            ),
            201,
            "Harbour Nine 2x09",
        ),
        (show(json!({ "tvdb": 777 }), place(2, 1)), 201, "Foxes of the Delta, part 2 1x01"),
        (
            json!({ "progress": 5, "anime": { "ids": { "mal": 404 } }, "episode": { "number": 2 } }),
            201,
            "Foxes of the Delta, part 2 1x02",
        ),
        (show(json!({ "tvdb": 9_110_777 }), place(9, 9)), 404, ""),
        (show(json!({ "tvdb": 9_210_207 }), place(2, 7)), 404, ""), // an episode's id
        (show(json!({ "trakt": 1 }), place(2, 7)), 400, ""),
        (
            show(
                json!({ "tvdb": 9_110_777 }),
                json!({ "ids": { "imdb": "tt1" }, "season": 2, "number": 7 }),
            ),
            400,
            "",
        ),
        (json!({ "progress": 5 }), 400, ""),
        (json!({ "progress": 5.123, "movie": { "ids": { "imdb": "tt91000101" } } }), 400, ""),
        (json!({ "progress": 101, "movie": { "ids": { "imdb": "tt91000101" } } }), 400, ""),
        // Another film of the name, without a word.
        (
            json!({ "progress": 5, "movie": { "title": "The Salt Road", "year": 1950, "ids": { "imdb": "tt1" } } }),
            201,
            "The Salt Road",
        ),
    ];
    for (body, status, label) in cases {
        let mut client = Client::new();
        let seen = client.post("/scrobble/start", &body);
        let open = client.simkl.open("mara").concat();
        assert_eq!((seen.0, open.as_str()), (status, label), "{body}: {seen:?}");
    }
}

#[test]
fn the_gateway_the_token_the_lock_and_the_day_refuse_in_their_words() {
    let start = film(5.0);
    let mut client = Client::new();
    for (target, status, error) in [
        ("/scrobble/start", 404, "url_failed"),
        ("/scrobble/start?client_id=demo-simkl-client-id&app-version=1", 404, "url_failed"),
        ("/scrobble/start?client_id=x&app-name=scrobbled&app-version=1", 412, "client_id_failed"),
        (
            "/scrobble/rewind?client_id=demo-simkl-client-id&app-name=a&app-version=1",
            404,
            "url_failed",
        ),
        ("/oauth/pin?client_id=demo-simkl-client-id", 400, "unauthorized_client"),
    ] {
        let answer = client.send("POST", target, &start);
        assert_eq!((answer.status, &answer.value()["error"]), (status, &json!(error)), "{target}");
    }
    client.simkl.lock("mara", 1);
    assert_eq!(client.error("/scrobble/start", &start), (400, "RATE_LIMIT".to_owned()));
    client.simkl.spend_day("mara", 1, NOW);
    let last = client.send("POST", &format!("/scrobble/start?{APP}"), &start);
    assert_eq!((last.status, last.header("X-RateLimit-Remaining")), (201, Some("0")));
    let none = client.send("POST", &format!("/scrobble/start?{APP}"), &start);
    // Eight in the evening in London is three in the afternoon in New York.
    assert_eq!((none.status, none.header("Retry-After")), (429, Some("32401")));
    client.wait(32_401);
    assert_eq!(client.post("/scrobble/start", &start).0, 201);
    client.access = "0".repeat(64);
    assert_eq!(client.error("/scrobble/start", &start), (401, "user_token_failed".to_owned()));
}

#[test]
fn a_login_has_scopes_and_its_old_access_token_dies_at_once() {
    let mut client = Client::new();
    client.simkl.options.approve_after_polls = None;
    for (scope, status) in [("media:read%20media:write", 201), ("media:reed", 403)] {
        let code = client.form("/oauth2/device", &format!("client_id={CLIENT_ID}&scope={scope}"));
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let poll = format!(
            "grant_type={grant}&client_id={CLIENT_ID}&device_code={}",
            code["device_code"].as_str().expect("a code")
        );
        assert_eq!(client.form("/oauth2/token", &poll)["error"], "authorization_pending");
        assert_eq!(client.form("/oauth2/token", &poll)["error"], "slow_down");
        assert!(client.simkl.approve("jo"));
        client.wait(6);
        let tokens = client.form("/oauth2/token", &poll);
        client.access = tokens["access_token"].as_str().expect("a token").to_owned();
        assert_eq!(client.post("/scrobble/start", &film(5.0)).0, status, "{scope}");
        let refresh = tokens["refresh_token"].as_str().expect("a token");
        let refresh =
            format!("grant_type=refresh_token&client_id={CLIENT_ID}&refresh_token={refresh}");
        let (first, second) =
            (client.form("/oauth2/token", &refresh), client.form("/oauth2/token", &refresh));
        assert!(first["access_token"] != second["access_token"] && second["error"].is_null());
        assert_eq!(client.post("/scrobble/start", &film(5.0)).0, 401, "the old one");
        let revoke = format!(
            "client_id={CLIENT_ID}&token={}",
            tokens["refresh_token"].as_str().expect("one")
        );
        client.form("/oauth2/revoke", &revoke);
        assert_eq!(client.form("/oauth2/token", &refresh)["error"], "invalid_grant");
    }
    let wrong = client.form("/oauth2/device", "client_id=of-the-first-version&scope=media:read");
    assert_eq!(wrong["error"], "invalid_client");
}

#[test]
fn the_history_takes_the_same_play_once_and_lists_what_it_does_not_know() {
    let mut client = Client::new();
    let at = "2026-11-23T20:15:00.000Z";
    let place = |number: u64| json!([{ "number": 1, "episodes": [{ "number": number, "watched_at": at }] }]);
    let cases = [
        (
            json!({ "movies": [{ "ids": { "imdb": "tt91000101" }, "watched_at": at }] }),
            "The Salt Road",
        ),
        (
            json!({ "episodes": [{ "ids": { "tvdb": 9_210_209 }, "watched_at": at }] }),
            "Harbour Nine 2x09",
        ),
        (
            json!({ "shows": [{ "ids": { "tvdb": 777 }, "use_tvdb_anime_seasons": true,
                     "seasons": [{ "number": 2, "episodes": [{ "number": 2, "watched_at": at }] }] }] }),
            "Foxes of the Delta, part 2 1x02",
        ),
        (
            json!({ "shows": [{ "ids": { "tvdb": 777 }, "seasons": place(2) }] }),
            "Foxes of the Delta, part 1 1x02",
        ),
        (json!({ "movies": [{ "ids": { "imdb": "tt1" } }] }), ""),
        (json!({ "shows": [{ "ids": { "tvdb": 777 }, "seasons": place(9) }] }), ""),
    ];
    for (body, label) in cases {
        let mut client = Client::new();
        for _ in 0..2 {
            let (status, said) = client.post("/sync/history", &body);
            assert_eq!(status, 201);
            let lists = said["not_found"].as_object().expect("lists");
            let missing =
                lists.values().any(|list| list.as_array().is_some_and(|list| !list.is_empty()));
            assert_eq!(missing, label.is_empty(), "{body}: {said}");
        }
        let plays: Vec<String> =
            client.simkl.plays("mara").into_iter().map(|(one, _)| one).collect();
        assert_eq!(plays.concat(), label, "{body}");
    }
    // Taking a film away takes its rating along.
    let film = json!({ "movies": [{ "ids": { "imdb": "tt91000101" }, "rating": 8 }] });
    client.post("/sync/ratings", &film);
    assert_eq!(client.simkl.rating("mara", "The Salt Road"), Some(8));
    client.post("/sync/history/remove", &film);
    assert_eq!(client.simkl.rating("mara", "The Salt Road"), None);
}
