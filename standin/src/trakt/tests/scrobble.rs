use super::*;

fn scrobble(client: &mut Client, action: &str, progress: f64) -> (u16, Value) {
    let body = json!({ "movie": salt_road(), "progress": progress });
    client.post(&format!("/scrobble/{action}"), &body)
}

#[test]
fn progress_decides_what_a_call_is() {
    let cases = [
        ("start", 0.0, 201, "start"),
        ("start", 100.0, 201, "start"),
        ("start", 100.1, 422, ""),
        ("start", -0.1, 422, ""),
        ("pause", 0.9, 422, ""),
        ("pause", 1.0, 201, "pause"),
        ("pause", 79.9, 201, "pause"),
        ("pause", 80.0, 422, ""),
        ("stop", 0.9, 422, ""),
        ("stop", 1.0, 201, "pause"),
        ("stop", 79.9, 201, "pause"),
        ("stop", 80.0, 201, "scrobble"),
    ];
    compare(cases.map(|(action, progress, status, taken_as)| {
        let (seen, body) = scrobble(&mut Client::new(Trakt::default()), action, progress);
        let taken = body["action"].as_str().unwrap_or_default().to_owned();
        (format!("{action} {progress}"), (seen, taken), (status, taken_as.to_owned()))
    }));
}

#[test]
fn an_answer_names_what_was_taken() {
    let mut client = Client::new(Trakt::default());
    let (_, body) = scrobble(&mut client, "start", 12.5);
    let trakt = body["movie"]["ids"]["trakt"].as_u64().expect("a Trakt id");
    let ids = json!({
        "trakt": trakt, "slug": "the-salt-road-2021", "imdb": "tt91000101",
        "tmdb": 9_100_101, "tvdb": 9_110_101,
    });
    let movie = json!({ "title": "The Salt Road", "year": 2021, "ids": ids });
    assert_eq!(body, json!({ "id": 0, "action": "start", "progress": 12.5, "movie": movie }));
    let by_trakt = json!({ "movie": { "ids": { "trakt": trakt } }, "progress": 91 });
    let (_, body) = client.post("/scrobble/stop", &by_trakt);
    assert!(body["id"].as_u64().is_some_and(|id| id > 1 << 53), "{body}");
    assert_eq!(client.trakt.calls(), ["start The Salt Road 12.5", "stop The Salt Road 91"]);
}

#[test]
fn an_episode_is_one_item_however_it_is_named() {
    let place = json!({ "season": 2, "number": 7 });
    let namings = [
        json!({ "episode": { "ids": { "tvdb": 9_210_207 } } }),
        json!({ "episode": { "ids": { "imdb": "tt92000207", "tmdb": null } } }),
        json!({ "show": { "ids": { "tvdb": 9_110_777 } }, "episode": place }),
        json!({ "show": { "title": "harbour nine", "year": 2019 }, "episode": place }),
        json!({ "show": { "title": "Harbour Nine" }, "episode": place }),
    ];
    let mut client = Client::new(Trakt::default());
    for mut body in namings.clone() {
        body["progress"] = json!(10);
        let (status, answer) = client.post("/scrobble/start", &body);
        assert_eq!((status, &answer["episode"]["number"]), (201, &json!(7)), "{body}");
        assert_eq!(answer["show"]["title"], "Harbour Nine", "{body}");
    }
    assert_eq!(client.trakt.calls(), vec!["start Harbour Nine 2x07 10"; namings.len()]);
}

#[test]
fn what_is_not_known_or_not_readable_is_refused() {
    let film = |ids: Value| json!({ "movie": { "title": "Nope", "ids": ids }, "progress": 10 });
    let cases = [
        (film(json!({ "imdb": "tt7" })), 404),
        (film(json!({})), 404),
        (film(json!({ "tmdb": "603" })), 400),
        (film(json!({ "imdb": 603 })), 400),
        (film(json!({ "imdb": "tt7", "trakt": 1 })), 201),
        (json!({ "movie": { "title": "known" }, "progress": 10 }), 201),
        (json!({ "movie": { "title": "known", "year": 1 }, "progress": 10 }), 404),
        (json!({ "movie": { "title": "known" }, "progress": "10" }), 400),
        (json!({ "movie": { "title": "known" } }), 400),
        (json!({ "progress": 10 }), 404),
        (json!({ "show": { "title": "known" }, "progress": 10 }), 404),
        (json!({ "episode": { "season": 1, "number": 1 }, "progress": 10 }), 404),
        (json!([]), 400),
    ];
    compare(cases.map(|(body, expected)| {
        let mut client = Client::new(Trakt::strict());
        let mut film = Entry::new("Known", None);
        film.ids.trakt = Some(1);
        client.trakt.catalogue.add_movie(film);
        client.trakt.catalogue.add_show(Entry::new("Known", None));
        (body.to_string(), client.post("/scrobble/start", &body).0, expected)
    }));
}

#[test]
fn the_generous_catalogue_knows_whatever_is_named_and_remembers_its_names() {
    let mut client = Client::new(Trakt::default());
    let all = json!({ "title": "Unheard Of", "year": 2024, "ids": { "imdb": "tt1", "tmdb": 2 } });
    let namings = [
        json!({ "ids": { "tmdb": 2 } }),
        all,
        json!({ "ids": { "imdb": "tt1" } }),
        json!({ "title": "Unheard Of", "ids": { "tvdb": 3 } }),
        json!({ "ids": { "tvdb": 3 } }),
    ];
    let trakt_ids = namings.map(|movie| {
        let (_, body) = client.post("/scrobble/start", &json!({ "movie": movie, "progress": 1 }));
        body["movie"]["ids"]["trakt"].as_u64().expect("a Trakt id")
    });
    assert_eq!(trakt_ids, [trakt_ids[0]; 5]);
    assert_eq!(client.trakt.calls().first().map(String::as_str), Some("start tmdb:2 1"));
    assert_eq!(client.trakt.calls().last().map(String::as_str), Some("start Unheard Of 1"));
    let again = client
        .post("/scrobble/start", &json!({ "movie": { "ids": { "tmdb": 4 } }, "progress": 1 }));
    let other = Client::new(Trakt::default())
        .post("/scrobble/start", &json!({ "movie": { "ids": { "tmdb": 4 } }, "progress": 1 }));
    assert_eq!(again, other, "a Trakt id depends on nothing but the name");
}

#[test]
fn an_episode_known_by_its_ids_alone_finds_its_show_later() {
    let mut client = Client::new(Trakt::default());
    let ids = json!({ "tvdb": 77 });
    client.post("/scrobble/start", &json!({ "episode": { "ids": ids }, "progress": 2 }));
    let episode = json!({ "season": 3, "number": 4, "ids": ids });
    let both = json!({ "show": { "title": "Ferry" }, "episode": episode, "progress": 2 });
    client.post("/scrobble/start", &both);
    client.post("/scrobble/start", &json!({ "episode": { "ids": ids }, "progress": 2 }));
    assert_eq!(
        client.trakt.calls(),
        ["start tvdb:77 2", "start Ferry 3x04 2", "start Ferry 3x04 2"]
    );
}

#[test]
fn an_imdb_id_of_an_episode_names_no_film() {
    let mut client = Client::new(Trakt::default());
    let film = json!({ "movie": { "ids": { "imdb": "tt92000207" } }, "progress": 2 });
    assert_eq!(client.post("/scrobble/start", &film).0, 404);
    assert_eq!(client.get("/search/imdb/tt92000207?type=movie"), json!([]));
}

#[test]
fn a_hidden_item_is_unknown_until_its_moment() {
    let mut client = Client::new(Trakt::default());
    let soon = NOW.after(Duration::from_secs(60));
    assert!(client.trakt.catalogue.hide("The Salt Road", Some(soon)));
    assert!(!client.trakt.catalogue.hide("The Sugar Road", None));
    assert_eq!(scrobble(&mut client, "start", 1.0).0, 404);
    assert_eq!(client.get("/search/imdb/tt91000101?type=movie"), json!([]));
    client.wait(60);
    assert_eq!(scrobble(&mut client, "start", 1.0).0, 201);
    client.trakt.catalogue.hide("The Salt Road", None);
    assert_eq!(scrobble(&mut client, "stop", 90.0).0, 404);
    let calls = ["start tt91000101 1 (404)", "start The Salt Road 1", "stop tt91000101 90 (404)"];
    assert_eq!(client.trakt.calls(), calls);
}

#[test]
fn watching_is_one_thing_and_ends_with_its_runtime() {
    let mut client = Client::new(Trakt::default());
    let watching = |client: &mut Client| client.ask("GET", "/users/me/watching", &Value::Null);
    assert_eq!(watching(&mut client).status, 204);
    scrobble(&mut client, "start", 50.0);
    assert_eq!(watching(&mut client).value()["movie"]["title"], "The Salt Road");
    let episode = json!({ "episode": { "ids": { "tvdb": 9_210_207 } }, "progress": 50 });
    client.post("/scrobble/start", &episode);
    assert_eq!(watching(&mut client).value()["type"], "episode");
    scrobble(&mut client, "pause", 60.0);
    assert_eq!(watching(&mut client).status, 200, "a pause of something else leaves it");
    client.wait(22 * 60 - 1);
    assert_eq!(watching(&mut client).status, 200);
    client.wait(1);
    assert_eq!(watching(&mut client).status, 204);
}

#[test]
fn a_position_is_stored_by_pause_and_stop_and_wiped_by_start_and_play() {
    type Case = (&'static str, &'static [(&'static str, f64)], &'static [f64]);
    let cases: [Case; 5] = [
        ("pause stores", &[("start", 1.0), ("pause", 30.0)], &[30.0]),
        ("one an item", &[("pause", 30.0), ("stop", 40.0)], &[40.0]),
        ("start wipes", &[("pause", 30.0), ("start", 30.0)], &[]),
        ("a play wipes", &[("pause", 30.0), ("stop", 95.0)], &[]),
        ("a refused pause does not", &[("pause", 30.0), ("pause", 0.5)], &[30.0]),
    ];
    compare(cases.map(|(name, calls, expected)| {
        let mut client = Client::new(Trakt::default());
        for (action, progress) in calls {
            scrobble(&mut client, action, *progress);
        }
        let list = client.get("/sync/playback/movies");
        let seen = list.as_array().into_iter().flatten();
        (name.to_owned(), seen.filter_map(|p| p["progress"].as_f64()).collect(), expected.to_vec())
    }));
}

#[test]
fn a_position_is_removed_by_its_id_and_not_by_the_pauses() {
    let mut client = Client::new(Trakt::default());
    let (_, paused) = scrobble(&mut client, "pause", 1.0);
    assert_eq!(client.get("/sync/playback/episodes"), json!([]));
    let stored = client.get("/sync/playback/movies")[0].clone();
    assert_eq!(stored["paused_at"], NOW.to_string());
    let delete = |client: &mut Client, id: &Value| {
        client.ask("DELETE", &format!("/sync/playback/{id}"), &Value::Null).status
    };
    assert_eq!(delete(&mut client, &paused["id"]), 404);
    assert_eq!(delete(&mut client, &stored["id"]), 204);
    assert_eq!(delete(&mut client, &stored["id"]), 404);
    assert_eq!(client.trakt.calls(), ["pause The Salt Road 1", "forget The Salt Road 1"]);
}

#[test]
fn a_second_scrobble_is_refused_while_the_item_could_still_be_running() {
    let mut client = Client::new(Trakt::default());
    assert_eq!(scrobble(&mut client, "stop", 90.0).0, 201);
    client.wait(114 * 60 - 1);
    let (status, body) = scrobble(&mut client, "stop", 90.0);
    let expires = NOW.after(Duration::from_secs(114 * 60));
    let times = json!({ "watched_at": NOW.to_string(), "expires_at": expires.to_string() });
    assert_eq!((status, body), (409, times));
    client.wait(1);
    assert_eq!(scrobble(&mut client, "stop", 90.0).0, 201);
    client.trakt.options.repeat_seconds = Some(5);
    client.wait(5);
    assert_eq!(scrobble(&mut client, "stop", 90.0).0, 201);
    assert_eq!(client.trakt.plays("The Salt Road").len(), 3);
    assert_eq!(client.trakt.calls()[1], "stop The Salt Road 90 (409)");
}

#[test]
fn a_check_in_stands_in_the_way_of_a_start_until_it_is_ended() {
    let mut client = Client::new(Trakt::default());
    client.trakt.check_in("mara", NOW.after(Duration::from_secs(3600)));
    assert_eq!(scrobble(&mut client, "start", 1.0).0, 409);
    assert_eq!(client.ask("DELETE", "/checkin", &Value::Null).status, 204);
    assert_eq!(scrobble(&mut client, "start", 1.0).0, 201);
}
