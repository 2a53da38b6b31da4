use super::*;

const EARLIER: &str = "2026-11-23T20:15:00.000Z";

#[test]
fn history_takes_every_shape_at_its_own_time() {
    let show =
        |seasons: Value| json!({ "shows": [{ "ids": { "tvdb": 9_110_777 }, "seasons": seasons }] });
    let cases = [
        (
            json!({ "movies": [{ "ids": { "tmdb": 9_100_101 }, "watched_at": EARLIER }] }),
            vec!["history The Salt Road 2026-11-23T20:15:00.000Z".to_owned()],
        ),
        (
            json!({ "episodes": [{ "ids": { "tvdb": 9_210_207 } }] }),
            vec![format!("history Harbour Nine 2x07 {NOW}")],
        ),
        (
            show(json!([{ "number": 2, "episodes": [{ "number": 7, "watched_at": EARLIER }] }])),
            vec!["history Harbour Nine 2x07 2026-11-23T20:15:00.000Z".to_owned()],
        ),
        (
            show(json!([{ "number": 0, "watched_at": "unknown" }])),
            [1, 2, 3]
                .map(|n| format!("history Harbour Nine 0x0{n} 1970-01-01T00:00:00.000Z"))
                .to_vec(),
        ),
        (
            json!({ "episodes": [{ "ids": { "tvdb": 9_210_207 }, "watched_at": "released" }] }),
            vec!["history Harbour Nine 2x07 2020-11-19T00:00:00.000Z".to_owned()],
        ),
    ];
    compare(cases.map(|(body, expected)| {
        let mut client = Client::new(Trakt::default());
        let (status, answer) = client.post("/sync/history", &body);
        let added = &answer["added"];
        let count = added["movies"].as_u64().zip(added["episodes"].as_u64()).map(|(m, e)| m + e);
        let seen = (status, count, client.trakt.calls());
        (body.to_string(), seen, (201, Some(expected.len() as u64), expected))
    }));
}

#[test]
fn a_show_without_seasons_adds_every_episode_and_nothing_is_deduplicated() {
    let mut client = Client::new(Trakt::default());
    let body = json!({ "shows": [{ "title": "Harbour Nine" }] });
    for times in 1..=2 {
        assert_eq!(client.post("/sync/history", &body).1["added"]["episodes"], 8);
        assert_eq!(client.trakt.plays("Harbour Nine 2x07").len(), times);
    }
}

#[test]
fn what_is_not_known_stands_under_not_found() {
    let mut client = Client::new(Trakt::strict());
    let body = json!({
        "movies": [{ "ids": { "tmdb": 1 } }],
        "episodes": [{ "ids": { "tvdb": 2 } }],
        "shows": [{ "title": "Nope", "ids": {} }],
        "seasons": [{ "ids": { "trakt": 3 } }],
    });
    let expected = json!({
        "movies": [{ "ids": { "tmdb": 1 } }],
        "episodes": [{ "ids": { "tvdb": 2 } }],
        "shows": [{ "ids": {}, "title": "Nope" }],
        "seasons": [{ "ids": { "trakt": 3 } }],
    });
    for path in ["/sync/history", "/sync/ratings", "/sync/watchlist", "/sync/ratings/remove"] {
        let (status, answer) = client.post(path, &body);
        assert!([200, 201].contains(&status), "{path}: {status}");
        assert_eq!(answer["not_found"], expected, "{path}");
    }
    assert_eq!(client.trakt.calls()[0], "history tmdb:1 (not found)");
}

#[test]
fn history_is_listed_newest_first_within_the_times_asked_for() {
    let mut client = Client::new(Trakt::default());
    let days = ["2026-11-20T10:00:00.000Z", "2026-11-22T10:00:00.000Z", "2026-11-21T10:00:00.000Z"];
    for day in days {
        client.post(
            "/sync/history",
            &json!({ "movies": [{ "ids": { "tmdb": 9_100_101 }, "watched_at": day }] }),
        );
    }
    client.post("/sync/history", &json!({ "episodes": [{ "ids": { "tvdb": 9_210_207 } }] }));
    let id = client.get("/search/tmdb/9100101?type=movie")[0]["movie"]["ids"]["trakt"].clone();
    let cases: [(&str, &[&str]); 8] = [
        ("", &["22", "21", "20"]),
        ("?limit=1", &["22"]),
        ("?limit=2&page=2", &["20"]),
        ("?start_at=2026-11-21", &["22", "21"]),
        ("?end_at=2026-11-21", &["21", "20"]),
        ("?start_at=2026-11-21T10:00:00.000Z&end_at=2026-11-22T10:00:00Z", &["22", "21"]),
        ("?start_at=2026-11-21T10%3A00%3A00.001Z", &["22"]),
        ("?start_at=2026-11-23", &[]),
    ];
    compare(cases.map(|(query, expected)| {
        let list = client.get(&format!("/sync/history/movies/{id}{query}"));
        let seen: Vec<String> = list
            .as_array()
            .into_iter()
            .flatten()
            .map(|play| play["watched_at"].as_str().unwrap_or_default()[8..10].to_owned())
            .collect();
        (query.to_owned(), seen, expected.iter().map(|day| (*day).to_owned()).collect())
    }));
    assert_eq!(client.get(&format!("/sync/history/episodes/{id}")), json!([]));
    assert_eq!(client.get("/sync/history").as_array().map(Vec::len), Some(4));
    let play = &client.get("/sync/history/episodes")[0];
    assert_eq!((&play["type"], &play["action"]), (&json!("episode"), &json!("watch")));
}

#[test]
fn a_history_id_removes_one_play_and_an_item_all_of_them() {
    let mut client = Client::new(Trakt::default());
    let film = json!({ "movies": [salt_road()] });
    for _ in 0..3 {
        client.post("/sync/history", &film);
    }
    let id = client.get("/sync/history/movies")[0]["id"].clone();
    let (_, answer) = client.post("/sync/history/remove", &json!({ "ids": [id, 5] }));
    assert_eq!(
        (&answer["deleted"]["movies"], &answer["not_found"]["ids"]),
        (&json!(1), &json!([5]))
    );
    assert_eq!(client.trakt.plays("The Salt Road").len(), 2);
    let (_, answer) = client.post("/sync/history/remove", &film);
    assert_eq!(answer["deleted"]["movies"], 2);
    assert_eq!(client.trakt.plays("The Salt Road"), []);
}

#[test]
fn ratings_are_taken_at_every_level_and_removed() {
    let nested = |rating: Value| {
        let mut show = json!({ "ids": { "tvdb": 9_110_777 } });
        show["seasons"] = json!([rating]);
        json!({ "shows": [show] })
    };
    let cases = [
        (json!({ "movies": [{ "ids": { "tmdb": 9_100_101 }, "rating": 7 }] }), "The Salt Road"),
        (json!({ "shows": [{ "ids": { "tvdb": 9_110_777 }, "rating": 7 }] }), "Harbour Nine"),
        (nested(json!({ "number": 2, "rating": 7 })), "Harbour Nine season 2"),
        (
            nested(json!({ "number": 2, "episodes": [{ "number": 9, "rating": 7 }] })),
            "Harbour Nine 2x09",
        ),
        (
            json!({ "episodes": [{ "ids": { "tvdb": 9_210_207 }, "rating": 7 }] }),
            "Harbour Nine 2x07",
        ),
    ];
    compare(cases.map(|(body, label)| {
        let mut client = Client::new(Trakt::default());
        let added = client.post("/sync/ratings", &body).0;
        let rated = client.get("/sync/ratings")[0]["rating"].as_u64();
        let removed = client.post("/sync/ratings/remove", &body).0;
        let left = client.get("/sync/ratings").as_array().map(Vec::len);
        let calls = vec![format!("rate {label} 7"), format!("unrate {label}")];
        let seen = (added, rated, removed, left, client.trakt.calls());
        (label.to_owned(), seen, (201, Some(7), 200, Some(0), calls))
    }));
}

#[test]
fn a_rating_is_1_to_10_and_keeps_its_time() {
    let mut client = Client::new(Trakt::default());
    for (rating, status) in
        [(json!(0), 422), (json!(11), 422), (json!(null), 422), (json!("7"), 400)]
    {
        let body = json!({ "movies": [{ "ids": { "tmdb": 9_100_101 }, "rating": rating }] });
        assert_eq!(client.post("/sync/ratings", &body).0, status, "{rating}");
    }
    let body =
        json!({ "movies": [{ "ids": { "tmdb": 9_100_101 }, "rating": 8, "rated_at": EARLIER }] });
    client.post("/sync/ratings", &body);
    assert_eq!(client.get("/sync/ratings/movies")[0]["rated_at"], EARLIER);
    assert_eq!(client.get("/sync/ratings/shows"), json!([]));
}

#[test]
fn a_watchlist_is_added_to_and_removed_from() {
    let mut client = Client::new(Trakt::default());
    let film = json!({ "movies": [salt_road()] });
    let mut counts = Vec::new();
    for (path, count) in [
        ("/sync/watchlist", "added"),
        ("/sync/watchlist", "existing"),
        ("/sync/watchlist/remove", "deleted"),
        ("/sync/watchlist/remove", "deleted"),
    ] {
        counts.push(client.post(path, &film).1[count]["movies"].as_u64());
    }
    assert_eq!(counts, [Some(1), Some(1), Some(1), Some(0)]);
    assert_eq!(client.get("/sync/watchlist/movies"), json!([]));
}

#[test]
fn people_are_kept_apart() {
    let mut client = Client::new(Trakt::default());
    let jo = client.trakt.issue_tokens("jo", NOW);
    client.post("/sync/history", &json!({ "movies": [salt_road()] }));
    client.tokens = jo;
    assert_eq!(client.get("/sync/history"), json!([]));
    assert!(client.trakt.play_elsewhere("jo", "The Salt Road", NOW));
    assert_eq!(client.trakt.plays_of("jo", "The Salt Road"), [NOW]);
    assert_eq!(client.trakt.plays("The Salt Road").len(), 2);
    assert_eq!(client.trakt.calls_of("jo"), [""; 0]);
    assert_eq!(
        client.trakt.summary(NOW),
        [
            "jo has 1 play in the history".to_owned(),
            format!("  watched   {NOW}  The Salt Road"),
            "mara has 1 play in the history".to_owned(),
            format!("  watched   {NOW}  The Salt Road"),
        ]
    );
    client.trakt.reset();
    assert_eq!(client.get("/sync/history"), json!([]), "a reset keeps sign-ins");
}
