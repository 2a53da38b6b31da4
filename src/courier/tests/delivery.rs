//! One intent and its calls.

use super::*;
use crate::event::{Episode, Show};

#[test]
fn intents_arrive_in_order_once_and_what_was_learned_comes_back() {
    let start = answer(201, r#"{"id":0,"action":"start","movie":{"ids":{"trakt":12,"tmdb":603}}}"#);
    let play = scene(
        vec![
            ("POST /scrobble/start", start),
            ("POST /scrobble/pause", answer(201, "nobody needs this body")),
            (PLAYS, answer(200, "[]")),
            ("POST /scrobble/stop", answer(201, TAKEN)),
        ],
        vec![film(Verb::Start), known_film(Verb::Pause), known_film(Verb::Finish)],
    )
    .start();
    let no_news = |play| Settled::Done { how: How::Told, learned: ItemFacts::default(), play };
    let told = no_news(Some(our_play(Some(77), noon())));
    let expected = [done(How::Told, None), no_news(None), told];
    assert_eq!(play.wait_settled(3), expected);
    assert_eq!(play.states(), [AccountState::Connected { user: Some("al".into()) }]);
    assert_eq!(play.script.tokens()[1..], ["old", "old", "old", "old"]);
    assert_eq!(play.calls().len(), 4);
}

fn titled(verb: Verb) -> Intent {
    let mut intent = film(verb);
    (intent.item.title, intent.item.year) = ("The Salt Road".into(), Some(2021));
    intent
}

#[test]
fn what_trakt_does_not_know_by_its_ids_is_looked_up_by_its_title() {
    let found = r#"[{"movie":{"title":"The Salt Road","year":2021,"ids":{"trakt":12}}}]"#;
    let play = scene(
        vec![
            ("POST /scrobble/start", answer(404, "")),
            (FIND, answer(200, "[]")),
            (NAMED, answer(200, found)),
            ("POST /scrobble/start", answer(201, "{}")),
        ],
        vec![titled(Verb::Start)],
    )
    .start();
    play.wait_settled(1);
    let calls = play.calls();
    let sent = r#"POST /scrobble/start {"movie":{"ids":{"trakt":12},"title":"The Salt Road","year":2021},"progress":95.0}"#;
    assert_eq!(calls[3], sent, "{calls:#?}");
}

#[test]
fn an_unknown_play_waits_without_holding_up_others() {
    let play = scene(vec![(FIND, answer(200, "[]"))], vec![film(Verb::Finish)]).start();
    let why = "Trakt does not know ``".to_owned();
    let at = noon().after(minutes(60));
    let later = Settled::Later { at, why };
    assert_eq!(play.wait_settled(1), [later]);
}

#[test]
fn what_was_unknown_is_not_asked_again_within_an_hour_unless_somebody_wants_it() {
    let unknown = || {
        [
            ("POST /scrobble/start", answer(404, "")),
            (FIND, answer(200, "[]")),
            (NAMED, answer(200, "[]")),
        ]
    };
    let steps = unknown().into_iter().chain(unknown()).collect();
    let play = scene(steps, vec![titled(Verb::Start), titled(Verb::Start)]).start();
    let dropped = Settled::Dropped { why: "Trakt does not know `The Salt Road (2021)`".to_owned() };
    assert_eq!(play.wait_settled(2), [dropped.clone(), dropped.clone()]);
    assert_eq!(play.script.seen().len(), 4, "the second is not asked");
    play.wakes.send(CourierCommand::Retry).expect("the courier lives");
    play.queue(titled(Verb::Start));
    assert_eq!(play.wait_settled(3)[2], dropped);
    assert_eq!(play.calls().len(), 6);
}

#[test]
fn two_that_bear_one_name_are_parked_and_not_guessed() {
    let film = |trakt: u32| {
        format!(r#"{{"movie":{{"title":"The Salt Road","year":2021,"ids":{{"trakt":{trakt}}}}}}}"#)
    };
    let mut intent = titled(Verb::Finish);
    intent.item.ids = Ids::default();
    let two = format!("[{},{}]", film(1), film(2));
    let play = scene(
        vec![(NAMED, answer(200, &two))],
        vec![intent.clone(), Intent { verb: Verb::Start, ..intent }],
    )
    .start();
    let why = "several movies at Trakt are called `The Salt Road`, and nothing says which is \
               meant: match it in the media server, so that it has an id";
    let expected =
        [Settled::Parked { why: why.to_owned() }, Settled::Dropped { why: why.to_owned() }];
    assert_eq!(play.wait_settled(2), expected);
}

#[test]
fn a_lost_answer_is_looked_up_and_nothing_is_sent_twice() {
    let play = scene(
        vec![
            (FIND, answer(200, FOUND)),
            (PLAYS, answer(200, "[]")),
            ("POST /scrobble/stop", vec![]),
            (PLAYS, plays(77, noon())),
        ],
        vec![film(Verb::Finish)],
    )
    .start();
    let first = play.wait_settled(1);
    assert!(matches!(first[0], Settled::Held { maybe_sent: true, .. }), "{first:?}");
    play.advance(Duration::from_secs(2));
    let second = &play.wait_settled(2)[1];
    assert_eq!(*second, done(How::Already, our_play(Some(77), noon())));
    assert_eq!(play.calls(), [FIND, PLAYS, STOP, PLAYS]);
}

#[test]
fn a_lost_call_is_sent_again() {
    let play = scene(
        vec![
            (FIND, answer(200, FOUND)),
            (PLAYS, answer(200, "[]")),
            ("POST /scrobble/stop", vec![]),
            (PLAYS, answer(200, "[]")),
            ("POST /scrobble/stop", answer(201, TAKEN)),
        ],
        vec![film(Verb::Finish)],
    )
    .start();
    play.wait_settled(1);
    play.advance(Duration::from_secs(2));
    let at = noon().after(Duration::from_secs(2));
    assert_eq!(play.wait_settled(2)[1], done(How::Told, our_play(Some(77), at)));
}

#[test]
fn a_play_whose_number_is_known_is_looked_up_before_it_is_told() {
    let elsewhere = noon().before(minutes(3));
    let play = scene(vec![(PLAYS, plays(5, elsewhere))], vec![known_film(Verb::Finish)]).start();
    let expected = Settled::Done {
        how: How::Already,
        learned: ItemFacts::default(),
        play: Some(our_play(Some(5), elsewhere)),
    };
    assert_eq!(play.wait_settled(1), [expected]);
}

#[test]
fn a_play_of_ours_counts_for_what_has_its_number() {
    // Trakt took ours of the viewing before while this one was on; a neighbour's is no matter.
    let taken = noon().before(minutes(10));
    let ended = noon().before(minutes(61));
    let cases = [(Some(12), false), (None, false), (Some(13), true)];
    for (item, is_already) in cases {
        let mut steps = vec![(PLAYS, plays(5, taken))];
        if !is_already {
            steps.push(("POST /scrobble/stop", answer(201, TAKEN)));
        }
        let mut scene = scene(steps, vec![known_film(Verb::Finish)]);
        scene.ours = vec![OurPlay { id: Some(5), watched_at: taken, ended, item }];
        let settled = scene.start().wait_settled(1).remove(0);
        let how = if is_already { How::Already } else { How::Told };
        assert!(matches!(&settled, Settled::Done { how: seen, .. } if *seen == how), "{settled:?}");
    }
}

/// The start of an episode that has its neighbour's TMDB number.
fn gate(verb: Verb) -> Intent {
    let show = Show { title: "Rowan Street".into(), key: "40".into(), ..Show::default() };
    let place = Episode { show, season: Some(5), number: Some(2), last: None };
    let mut intent = film(verb);
    (intent.item.kind, intent.item.title) = (Kind::Episode(place), "The Gate".into());
    intent.progress = Percent::clamped(30.0);
    intent
}

#[test]
fn a_start_that_was_taken_for_something_else_is_told_anew() {
    let street = r#""show":{"title":"Rowan Street","ids":{"trakt":5}}"#;
    let of = |number: u32, title: &str| {
        format!(
            r#""episode":{{"season":5,"number":{number},"title":"{title}","ids":{{"trakt":50{number},"tmdb":603}}}}"#
        )
    };
    let taken = |number, title| format!("{{\"id\":0,{},{street}}}", of(number, title));
    let fence = || ("POST /scrobble/start", answer(201, &taken(1, "The Fence")));
    let by_id = format!("[{{{},{street}}}]", of(1, "The Fence"));
    let of_another_day =
        by_id.replace(r#""season""#, r#""first_aired":"2017-01-09T21:00:00Z","season""#);
    let found = |play: Play| play.wait_settled(1).remove(0);
    let one = ("GET /search/tmdb/603?type=episode", answer(200, &by_id));
    let show = ("GET /search/show", answer(200, &format!("[{{{street}}}]")));
    let anew = scene(
        vec![
            fence(),
            one,
            show.clone(),
            (
                "GET /shows/5/seasons/5/episodes/2",
                answer(200, r#"{"title":"The Gate","ids":{"trakt":502,"tmdb":603}}"#),
            ),
            ("POST /scrobble/start", answer(201, &taken(2, "The Gate"))),
        ],
        vec![gate(Verb::Start)],
    );
    let ids = Ids { trakt: Some(502), tmdb: Some(603), ..Ids::default() };
    let learned = ItemFacts { ids, show: Some(5), runtime_ms: None };
    let told = Settled::Done { how: How::Told, learned, play: None };
    assert_eq!(found(anew.start()), told);

    // Here nothing better is found, and what was taken is nobody's wish.
    let back = scene(
        vec![
            fence(),
            ("GET /search/tmdb/603?type=episode", answer(200, &of_another_day)),
            show,
            ("GET /shows/5/seasons/5/episodes/2", answer(404, "")),
            ("GET /shows/5/seasons?extended=episodes,full", answer(200, "[]")),
            (
                r#"POST /scrobble/pause {"episode":{"ids":{"trakt":501}},"progress":1.0}"#,
                answer(201, "{}"),
            ),
            (
                "GET /sync/playback/episodes",
                answer(200, r#"[{"id":9,"episode":{"ids":{"trakt":501}}}]"#),
            ),
            ("DELETE /sync/playback/9", answer(204, "")),
        ],
        vec![Intent {
            item: Item { aired: Some("2017-01-16".into()), ..gate(Verb::Start).item },
            ..gate(Verb::Start)
        }],
    );
    let why = "Trakt does not know `Rowan Street 5x02`".to_owned();
    assert_eq!(found(back.start()), Settled::Dropped { why });
}

#[test]
fn a_late_play_goes_to_the_history_with_its_time() {
    let play = scene(
        vec![
            (FIND, answer(200, FOUND)),
            (PLAYS, answer(200, "[]")),
            ("POST /sync/history", answer(201, ADDED)),
        ],
        vec![],
    )
    .start();
    play.advance(minutes(2));
    play.queue(film(Verb::Finish));
    assert_eq!(play.wait_settled(1), [done(How::History, our_play(None, noon()))]);
    assert_eq!(
        play.calls()[2],
        r#"POST /sync/history {"movies":[{"ids":{"trakt":12},"watched_at":"2026-11-23T12:00:00.000Z"}]}"#
    );
}

#[test]
fn a_number_that_is_gone_at_trakt_is_looked_up_and_looked_at_anew() {
    let missing = r#"{"added":{"movies":0},"not_found":{"movies":[{"ids":{"trakt":11}}]}}"#;
    let play = scene(
        vec![
            ("GET /sync/history/movies/11", answer(200, "[]")),
            ("POST /sync/history", answer(200, missing)),
            (FIND, answer(200, FOUND)),
            (PLAYS, answer(200, "[]")),
            ("POST /sync/history", answer(200, ADDED)),
        ],
        vec![],
    )
    .start();
    play.advance(minutes(2));
    let mut intent = film(Verb::Finish);
    intent.item.ids.trakt = Some(11);
    play.queue(intent);
    assert_eq!(play.wait_settled(1), [done(How::History, our_play(None, noon()))]);
}

#[test]
fn a_late_play_is_dated_by_trakts_clock_if_this_start_has_taken_its_time() {
    let late = minutes(2);
    // What each look is answered, until there is no more to ask.
    let cases: [(&[&str], bool, &str); 7] = [
        (&["23 Nov 2026 13:00:00"; 3], true, "2026-11-23T12:58:00.000Z"),
        (&["23 Nov 2026 11:00:00"; 3], true, "2026-11-23T10:58:00.000Z"),
        (&["23 Nov 2026 13:00:00"; 3], false, "2026-11-23T11:58:00.000Z"),
        (&["23 Nov 2026 12:00:59"], true, "2026-11-23T11:58:00.000Z"),
        (&["31 Dec 9999 23:59:59"], true, "2026-11-23T11:58:00.000Z"),
        (&["23 Nov 2031 12:00:00", "23 Nov 2026 12:00:00"], true, "2026-11-23T11:58:00.000Z"),
        (
            &["23 Nov 2031 12:00:00", "23 Nov 2027 12:00:00", "23 Nov 2029 12:00:00"],
            true,
            "2026-11-23T11:58:00.000Z",
        ),
    ];
    for (dates, of_this_start, expected) in cases {
        let mut intent = film(Verb::Finish);
        intent.at = noon().before(late);
        let looks = dates.iter().map(|date| {
            let dated = answer_with(200, &format!("Date: Mon, {date} GMT"), "[]");
            ("GET /sync/history/movies/12", dated)
        });
        let mut steps = vec![(FIND, answer(200, FOUND))];
        steps.extend(looks);
        steps.push(("POST /sync/history", answer(201, ADDED)));
        let mut scene = scene(steps, vec![intent]);
        scene.of_this_start = of_this_start;
        let play = scene.start();
        let at = Time::from_rfc3339(expected).expect("a time");
        let ours = OurPlay { id: None, watched_at: at, ended: at, item: Some(12) };
        assert_eq!(play.wait_settled(1), [done(How::History, ours)], "{dates:?} {of_this_start}");
        let sent = play.calls().pop().expect("a call");
        assert!(sent.contains(&format!(r#""watched_at":"{at}""#)), "{sent}");
    }
}

#[test]
fn nothing_that_was_told_has_ended_after_trakt_has_heard_of_it() {
    let dated = answer_with(201, "Date: Mon, 23 Nov 2026 11:00:00 GMT", TAKEN);
    let steps = vec![
        (FIND, answer(200, FOUND)),
        (PLAYS, answer(200, "[]")),
        ("POST /scrobble/stop", dated),
    ];
    let play = scene(steps, vec![film(Verb::Finish)]).start();
    let at = noon().before(minutes(60));
    let ours = OurPlay { ended: at, ..our_play(Some(77), at) };
    assert_eq!(play.wait_settled(1), [done(How::Told, ours)]);
}

#[test]
fn what_an_earlier_start_has_dated_ahead_is_no_later_than_now() {
    let seen = Intent { at: noon().after(minutes(72 * 60)), ..known_film(Verb::Mark) };
    let steps = vec![
        ("GET /sync/history/movies/12", answer(200, "[]")),
        ("POST /sync/history", answer(201, ADDED)),
    ];
    let play = Scene { of_this_start: false, ..scene(steps, vec![seen]) }.start();
    play.wait_settled(1);
    let sent = play.calls().pop().expect("a call");
    assert!(sent.contains(&format!(r#""watched_at":"{}""#, noon())), "{sent}");
}

#[test]
fn a_409_of_this_viewing_is_a_success() {
    let body = format!(r#"{{"watched_at":"{}"}}"#, noon().before(minutes(1)));
    let steps = vec![(PLAYS, answer(200, "[]")), ("POST /scrobble/stop", answer(409, &body))];
    let play = scene(steps, vec![known_film(Verb::Finish)]).start();
    let at = noon().before(minutes(1));
    let expected = Settled::Done {
        how: How::Already,
        learned: ItemFacts::default(),
        play: Some(our_play(None, at)),
    };
    assert_eq!(play.wait_settled(1), [expected]);
}

#[test]
fn a_409_of_an_earlier_viewing_sends_this_one_to_the_history() {
    // Trakt took the first viewing's play, late, while the second was on.
    let taken = noon().before(minutes(10));
    let body = format!(r#"{{"watched_at":"{taken}"}}"#);
    let mut scene = scene(
        vec![
            (FIND, answer(200, FOUND)),
            (PLAYS, plays(5, taken)),
            ("POST /scrobble/stop", answer(409, &body)),
            (PLAYS, plays(5, taken)),
            ("POST /sync/history", answer(201, ADDED)),
        ],
        vec![film(Verb::Finish)],
    );
    scene.ours = vec![OurPlay { ended: noon().before(minutes(61)), ..our_play(Some(5), taken) }];
    let play = scene.start();
    assert_eq!(play.wait_settled(1), [done(How::History, our_play(None, noon()))]);
}

#[test]
fn what_was_hardly_begun_leaves_nothing_behind() {
    let paused = r#"{"id":3,"action":"pause","movie":{"ids":{"trakt":12,"tmdb":603}}}"#;
    let play = scene(
        vec![
            ("POST /scrobble/pause", answer(201, paused)),
            (
                "GET /sync/playback/movies",
                answer(200, r#"[{"id":31,"movie":{"ids":{"trakt":12}}},{"id":32}]"#),
            ),
            ("DELETE /sync/playback/31", answer(204, "")),
        ],
        vec![known_film(Verb::Abandoned)],
    )
    .start();
    let told = Settled::Done { how: How::Told, learned: ItemFacts::default(), play: None };
    assert_eq!(play.wait_settled(1), [told]);
}

#[test]
fn a_late_play_leaves_no_paused_entry() {
    let at = noon().before(minutes(2));
    let mut scene = scene(
        vec![
            (FIND, answer(200, FOUND)),
            (PLAYS, answer(200, "[]")),
            ("POST /sync/history", answer(201, ADDED)),
            (
                "GET /sync/playback/movies",
                answer(200, r#"[{"id":31,"movie":{"ids":{"trakt":12}}}]"#),
            ),
            ("DELETE /sync/playback/31", answer(502, "")),
        ],
        vec![Intent { at, ..film(Verb::Finish) }],
    );
    scene.is_paused = true;
    let play = scene.start();
    // The play is safe, so what fails after it is no reason to try again.
    let ours = OurPlay { ended: at, ..our_play(None, at) };
    assert_eq!(play.wait_settled(1), [done(How::History, ours)]);
    assert_eq!(play.calls()[4], "DELETE /sync/playback/31");
}

#[test]
fn a_film_leaves_the_watchlist_after_its_play() {
    let mut scene = scene(
        vec![
            (FIND, answer(200, FOUND)),
            (PLAYS, answer(200, "[]")),
            ("POST /scrobble/stop", answer(201, TAKEN)),
            ("POST /sync/watchlist/remove", answer(200, r#"{"deleted":{"movies":0}}"#)),
        ],
        vec![film(Verb::Finish)],
    );
    scene.trakt.remove_from_watchlist = true;
    let play = scene.start();
    assert_eq!(play.wait_settled(1), [done(How::Told, our_play(Some(77), noon()))]);
    assert_eq!(play.calls()[3], r#"POST /sync/watchlist/remove {"movies":[{"ids":{"trakt":12}}]}"#);
}

#[test]
fn a_mark_of_what_was_seen_adds_nothing() {
    let play = scene(
        vec![
            (FIND, answer(200, FOUND)),
            ("GET /sync/history/movies/12?limit=100", plays(5, Time(0))),
        ],
        vec![film(Verb::Mark)],
    )
    .start();
    let settled = play.wait_settled(1);
    assert!(matches!(settled[0], Settled::Done { how: How::Already, .. }), "{settled:?}");
}

#[test]
fn a_short_file_of_a_long_film_is_a_trailer() {
    let mut intent = film(Verb::Start);
    intent.item.runtime_ms = Some(120_000);
    intent.item.kind = Kind::Movie;
    let play = scene(
        vec![
            (FIND, answer(200, FOUND)),
            ("GET /movies/12?extended=full", answer(200, r#"{"runtime":100}"#)),
        ],
        vec![intent],
    )
    .start();
    let why = "taken as a trailer: at Trakt the film has 100 minutes".to_owned();
    assert_eq!(play.wait_settled(1), [Settled::Dropped { why }]);
}

#[test]
fn what_nothing_names_is_said() {
    let mut intent = film(Verb::Finish);
    intent.item.ids = Ids::default();
    let play = scene(vec![], vec![intent.clone(), Intent { verb: Verb::Start, ..intent }]).start();
    let why = || {
        "`` can't be found at Trakt: it has no ids and nothing else that names it; match it in \
         the media server"
            .to_owned()
    };
    let expected = [Settled::Parked { why: why() }, Settled::Dropped { why: why() }];
    assert_eq!(play.wait_settled(2), expected);
}
