//! Items whose ids say nothing to Trakt, or something else than they seem to.

use crate::daemon::by_hand::Rig;
use crate::daemon::script::calls;
use crate::daemon::webhook::{Webhook, jellyfin, plex};
use crate::daemon::{Scrobbled, Trakt, all_good, wait_for};
use crate::{HOUR, MINUTE, list, seconds};
use serde_json::{Value, json};
use standin::trakt::{Catalogue, Entry, Fault, Ref};

/// Two shows of one title, a film that is also a special, and nothing else.
fn twins() -> Catalogue {
    let mut catalogue = Catalogue::strict();
    for (year, episode) in [(2001, "Old"), (2015, "New")] {
        let show = catalogue.add_show(Entry::new("Twins", Some(year)));
        catalogue.add_episode(show, 1, 1, Entry::new(episode, None));
    }
    catalogue.add_movie(Entry::new("Twins: The Film", Some(2016)).imdb("tt0007777"));
    catalogue
}

/// What goes wrong in the wild: neighbours with one TMDB number, an episode with the number of
/// another show, a show in another order.
fn wild() -> Catalogue {
    let mut catalogue = Catalogue::strict();
    let film = |title, year, id: u64| {
        Entry::new(title, Some(year)).imdb(&format!("tt7900{id}")).tmdb(5_900_000 + id)
    };
    catalogue.add_movie(film("Salt and Iron", 2017, 310));
    catalogue.add_movie(film("The Orchard Wall", 2020, 311));
    catalogue.add_movie(Entry::new("José at Sea", Some(2011)));
    let mut show = |title, year, id: u64, episodes: &[(u32, u32, &str, &str, u64)]| {
        let imdb = format!("tt{}", 7_900_000 + id);
        let show = Entry::new(title, Some(year)).imdb(&imdb).tmdb(5_900_000 + id);
        let show = catalogue.add_show(show.tvdb(7_900_000 + id));
        for (season, number, title, day, tmdb) in episodes {
            let tvdb = 7_900_000 + id + u64::from(season * 20 + number);
            let entry = Entry::new(title, None).tmdb(*tmdb).tvdb(tvdb).aired(day);
            catalogue.add_episode(show, *season, *number, entry);
        }
    };
    show("Bellwether", 1978, 800, &[(2, 3, "Lambs", "1979-04-01", 5_900_700)]);
    show(
        "Quayside",
        2010,
        700,
        &[(4, 1, "Tar", "2013-09-02", 741), (4, 2, "Hemp", "2013-09-09", 742)],
    );
    show(
        "Rowan Street",
        2013,
        500,
        &[(5, 1, "The Fence", "2017-01-09", 501), (5, 2, "The Gate", "2017-01-16", 501)],
    );
    show(
        "Mill Lane",
        2004,
        600,
        &[
            (1, 1, "Grist", "2004-02-02", 611),
            (1, 15, "Chaff", "2004-05-17", 625),
            (2, 1, "Flour", "2005-02-07", 631),
            (2, 6, "Sieve", "2005-03-14", 636),
        ],
    );
    catalogue
}

/// The Foxes of 1979 and those of 2019, whose Thaw is the latest.
fn foxes() -> Catalogue {
    let mut catalogue = Catalogue::strict();
    let mut show = |year, number, episodes: &[(u32, u32, &str, &str, u64)]| {
        let mut show = Entry::new("The Foxes", Some(year));
        show.ids.trakt = Some(number);
        let show = catalogue.add_show(show);
        for (season, number, title, day, id) in episodes {
            let mut entry = Entry::new(title, None).tmdb(*id).aired(day);
            entry.ids.trakt = Some(*id);
            catalogue.add_episode(show, *season, *number, entry);
        }
    };
    show(1979, 79, &[(6, 4, "Snow", "1984-02-05", 964)]);
    show(2019, 19, &[(1, 1, "Cubs", "2019-03-01", 151), (6, 4, "Thaw", "2025-02-20", 174)]);
    catalogue
}

const SNOW: u64 = 964;
const CUBS: u64 = 151;
const THAW: u64 = 174;

/// An episode of a show of which only the title is known, or an IMDb id of its own.
fn episode(show: &str, season: u32, imdb: Option<&str>) -> Webhook {
    let ids: Vec<Value> = imdb.iter().map(|id| json!({"id": format!("imdb://{id}")})).collect();
    let webhook = plex("completed").of("D1").edit("/Metadata/Guid", json!(ids));
    let webhook = webhook.edit("/Metadata/grandparentTitle", json!(show));
    let webhook = webhook.edit("/Metadata/title", json!("Episode 1"));
    webhook.edit("/Metadata/parentIndex", json!(season))
}

/// The same at Jellyfin, whose `Year` is the series'.
fn episode_of_a_series_of(year: u32) -> Webhook {
    let ids = ["/Provider_imdb", "/Provider_tmdb", "/Provider_tvdb"];
    let webhook = jellyfin("completed").of("D1").at(95.0).edit("/SeriesName", json!("Twins"));
    let webhook = webhook.edit("/Name", json!("Episode 1")).edit("/Year", json!(year));
    ids.into_iter().fold(webhook, |webhook, id| webhook.edit(id, Value::Null))
}

/// The ids `tmdb://7` and so on.
fn ids(webhook: Webhook, ids: &[&str]) -> Webhook {
    let ids: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    webhook.edit("/Metadata/Guid", json!(ids))
}

fn film(verb: &str, title: &str, year: u16, of: &[&str]) -> Webhook {
    let webhook = ids(plex(verb).of("A"), of).edit("/Metadata/ratingKey", json!(title));
    webhook.edit("/Metadata/title", json!(title)).edit("/Metadata/year", json!(year))
}

/// `Rowan Street 5x02 The Gate`, first aired on a day where one is given.
fn part(verb: &str, what: &str, day: &str, of: &[&str]) -> Webhook {
    let (show, rest) = what.split_at(what.find(|c: char| c.is_ascii_digit()).expect("a place"));
    let (place, title) = rest.split_once(' ').expect("a title");
    let (season, index) = place.split_once('x').expect("a place");
    let number = |text: &str| json!(text.parse::<u32>().expect("a number"));
    let webhook = ids(plex(verb).of("D1"), of).edit("/Metadata/ratingKey", json!(place));
    let day = if day.is_empty() { Value::Null } else { json!(day) };
    webhook
        .edit("/Metadata/grandparentTitle", json!(show.trim()))
        .edit("/Metadata/parentIndex", number(season))
        .edit("/Metadata/index", number(index))
        .edit("/Metadata/title", json!(title))
        .edit("/Metadata/originallyAvailableAt", day)
}

/// The Trakt numbers of what was played.
fn played(rig: &Rig) -> Vec<u64> {
    let number = |item| match item {
        Ref::Movie(number) | Ref::Show(number) | Ref::Episode(number) => number,
        Ref::Season(show, _) => show,
    };
    rig.server().with(|trakt| {
        let plays = trakt.people().flat_map(|(_, user)| user.history());
        plays.map(|play| number(play.item)).collect()
    })
}

#[test]
fn a_title_that_several_bear_is_no_name_and_one_with_a_year_is() {
    // The play that comes of it; without one it is parked.
    let cases = [
        ("two shows of one title", episode("Twins", 1, None), None),
        ("a year in brackets", episode("Twins (2015)", 1, None), Some(("Twins 1x01", 2015))),
        ("the series' year", episode_of_a_series_of(2015), Some(("Twins 1x01", 2015))),
        (
            "a special that is a film",
            episode("Twins", 0, Some("tt0007777")),
            Some(("Twins: The Film", 2016)),
        ),
    ];
    let mut wrong = Vec::new();
    for (name, webhook, expected) in cases {
        let trakt = Trakt::knowing(twins());
        let daemon = Scrobbled::with_config("").start(&trakt).login();
        daemon.post(&webhook);
        let held = || daemon.held();
        let (_, parked) = wait_for(name, held, |(outbox, _)| outbox.is_empty());
        let plays: Vec<String> = trakt.server.with(|trakt| {
            let plays = trakt.people().flat_map(|(_, user)| user.history());
            plays.map(|play| trakt.catalogue.label(play.item)).collect()
        });
        let is_right = match expected {
            Some((label, _)) => plays == [label] && parked.is_empty(),
            None => plays.is_empty() && parked.len() == 1,
        };
        // Both shows have the same label: the answer to the search tells them apart.
        let year = expected.map(|(_, year)| format!("years={year}"));
        let searched = trakt
            .server
            .log()
            .iter()
            .any(|logged| year.as_ref().is_none_or(|year| logged.target.contains(year)));
        if !is_right || !(searched || name.starts_with("a special")) {
            wrong.push(format!("{name}: {plays:?}, parked {parked:#?}"));
        }
    }
    all_good(&wrong);
}

#[test]
fn what_an_id_leads_to_is_compared_before_it_is_told() {
    let one = "tmdb://501";
    let shows = ["imdb://tt7900700", "tvdb://7900700", "tmdb://5900700"];
    let cases: Vec<(&str, Webhook, &[&str])> = vec![
        (
            "a neighbour's number",
            part("completed", "Rowan Street 5x02 The Gate", "", &[one, "tvdb://7900602"]),
            &["stop Rowan Street 5x02 90"],
        ),
        (
            "and no other id",
            part("completed", "Rowan Street 5x02 The Gate", "", &[one]),
            &["stop Rowan Street 5x02 90"],
        ),
        (
            "the neighbour itself",
            part("completed", "Rowan Street 5x01 The Fence", "", &[one]),
            &["stop Rowan Street 5x01 90"],
        ),
        (
            "its show's numbers",
            part("completed", "Quayside 4x01 Tar", "", &shows),
            &["stop Quayside 4x01 90"],
        ),
        (
            "those of a new episode",
            part("completed", "Quayside 4x03 Rope", "", &shows),
            &[], // it waits
        ),
        (
            "a wrong id beside a right one",
            film("completed", "Salt and Iron", 2017, &["imdb://tt7900310", "tmdb://5900311"]),
            &["stop Salt and Iron 90"],
        ),
        (
            "the other way round",
            film("completed", "The Orchard Wall", 2020, &["imdb://tt7900310", "tmdb://5900311"]),
            &["stop The Orchard Wall 90"],
        ),
        (
            "another language and a festival's year",
            film("completed", "Salz und Eisen", 2016, &["tmdb://5900310"]),
            &["stop Salt and Iron 90"],
        ),
        (
            "another language, and nothing else finds it",
            film("completed", "Salz und Eisen", 2013, &["tmdb://5900310"]),
            &["stop Salt and Iron 90"],
        ),
        (
            "an accent of its own",
            film("completed", "Jose\u{301} at Sea", 2011, &[]),
            &["stop José at Sea 90"],
        ),
        (
            "another order, told by title and day",
            part("completed", "Mill Lane 1x01 Sieve", "2005-03-14", &[]),
            &["stop Mill Lane 2x06 90"],
        ),
        (
            "the same backwards",
            part("completed", "Mill Lane 2x01 Chaff", "2004-05-17", &[]),
            &["stop Mill Lane 1x15 90"],
        ),
        (
            "one wrong day",
            part("completed", "Mill Lane 1x01 Grist", "2005-03-14", &[]),
            &["stop Mill Lane 1x01 90"],
        ),
        (
            "one title in another language",
            part("completed", "Mill Lane 1x01 Schrot", "2004-02-02", &[]),
            &["stop Mill Lane 1x01 90"],
        ),
        (
            "a rating",
            part("rate", "Rowan Street 5x02 The Gate", "", &[one]).edit("/rating", json!(7.0)),
            &["rate Rowan Street 5x02 7"],
        ),
        (
            "one taken away",
            part("rate", "Quayside 4x01 Tar", "", &shows).edit("/rating", json!(-1.0)),
            &["unrate Quayside 4x01"],
        ),
    ];
    let mut wrong = Vec::new();
    for (name, webhook, expected) in cases {
        let mut rig = Rig::knowing(wild(), "[plex]\nratings = true\n");
        rig.daemon.post(&webhook);
        rig.wait(seconds(5));
        let (seen, status) = (calls(&rig), rig.status());
        let waiting = list(&status, "outbox");
        if seen != expected || waiting != usize::from(expected.is_empty()) {
            wrong.push(format!("{name}: {seen:?}, expected {expected:?}; {:#}", status["outbox"]));
        }
    }
    all_good(&wrong);
}

#[test]
fn a_start_that_trakt_takes_for_something_else_is_told_anew_or_taken_back() {
    let gate = |verb| part(verb, "Rowan Street 5x02 The Gate", "", &["tmdb://501"]).at(30.0);
    let rope = |verb| part(verb, "Quayside 4x03 Rope", "", &["tmdb://5900700"]).at(30.0);
    let cases: [(&str, [Webhook; 2], &[&str]); 2] = [
        (
            "a neighbour's number",
            [gate("play"), gate("stop").at(50.0)],
            &[
                "start Rowan Street 5x01 30",
                "start Rowan Street 5x02 30",
                "pause Rowan Street 5x02 50",
            ],
        ),
        (
            "another show's episode, and its own is not known yet",
            [rope("play"), rope("stop").at(50.0)],
            &["start Bellwether 2x03 30", "pause Bellwether 2x03 1", "forget Bellwether 2x03 1"],
        ),
    ];
    let mut wrong = Vec::new();
    for (name, webhooks, expected) in cases {
        let mut rig = Rig::knowing(wild(), "");
        for webhook in &webhooks {
            rig.daemon.post(webhook);
            rig.wait(MINUTE);
        }
        let seen = calls(&rig);
        if seen != expected {
            wrong.push(format!("{name}: {seen:?}, expected {expected:?}"));
        }
    }
    all_good(&wrong);
}

#[test]
fn another_clients_play_is_noticed_whatever_was_told_before() {
    let salt = |verb| film(verb, "Salt and Iron", 2017, &["tmdb://5900310"]);
    let grist = |verb| part(verb, "Mill Lane 1x01 Grist", "", &[]);
    let cases = [
        ("no start", "Salt and Iron", None, salt("completed")),
        ("no start, by the show's title", "Mill Lane 1x01", None, grist("completed")),
        (
            "a start whose answer names nothing",
            "Salt and Iron",
            Some(salt("play").at(20.0)),
            salt("completed"),
        ),
    ];
    let mut wrong = Vec::new();
    for (name, label, start, end) in cases {
        let mut rig = Rig::knowing(wild(), "");
        rig.server().with(|trakt| trakt.options.repeat_seconds = Some(0));
        let nameless = json!({"id": 0, "action": "start", "progress": 20.0, "movie": null});
        rig.trakt.order(Fault::json(201, nameless).applied().on("POST", "/scrobble/start"));
        if let Some(start) = &start {
            rig.daemon.post(start);
            rig.wait(70 * MINUTE);
        }
        let at = standin::Time(rig.now().0);
        assert!(rig.server().with(|trakt| trakt.play_elsewhere("demo", label, at)));
        rig.wait(seconds(40));
        rig.daemon.post(&end);
        rig.wait(seconds(10));
        let (seen, plays) = (calls(&rig), played(&rig).len());
        if seen.len() != usize::from(start.is_some()) || plays != 1 {
            wrong.push(format!("{name}: {seen:?}, {plays} plays"));
        }
    }
    all_good(&wrong);
}

#[test]
fn a_new_episode_of_a_show_whose_title_two_bear_waits_for_its_id() {
    let mut rig = Rig::knowing(foxes(), "");
    let until = standin::Time(rig.now().after(20 * HOUR).0);
    // The label is that of both; this one has the lower number.
    assert!(rig.server().with(|trakt| trakt.catalogue.hide("The Foxes 6x04", Some(until))));
    rig.daemon.post(&part("completed", "The Foxes 6x04 Thaw", "2025-02-20", &["tmdb://174"]));
    rig.wait(MINUTE);
    let status = rig.status();
    assert_eq!((list(&status, "outbox"), list(&status, "parked")), (1, 0), "{status:#}");
    rig.wait(50 * HOUR);
    assert_eq!(
        (calls(&rig), played(&rig)),
        (vec!["history The Foxes 6x04 +0:00:00".into()], vec![THAW])
    );
}

#[test]
fn one_of_two_shows_of_a_title_is_told_by_its_episodes() {
    let unknown = &["tmdb://999456"];
    let thaw = |day| part("completed", "The Foxes 6x04 Thaw", day, unknown);
    let cases = [
        ("a title", thaw(""), vec![THAW]),
        ("a title and a day", thaw("2025-02-20"), vec![THAW]),
        (
            "title and day at another place",
            part("completed", "The Foxes 9x01 Snow", "1984-02-05", unknown),
            vec![SNOW],
        ),
        (
            "a place that one of them has",
            part("completed", "The Foxes 1x01 Episode 1", "", &[]),
            vec![CUBS],
        ),
        ("a place that both have", part("completed", "The Foxes 6x04 Episode 4", "", &[]), vec![]),
        ("neither's title", part("completed", "The Foxes 6x04 Tauwetter", "", unknown), vec![]),
        ("a day of neither's", part("completed", "The Foxes 1x01 X", "1999-01-01", &[]), vec![]),
    ];
    let mut wrong = Vec::new();
    for (name, webhook, expected) in cases {
        let mut rig = Rig::knowing(foxes(), "");
        rig.daemon.post(&webhook);
        rig.wait(seconds(5));
        if played(&rig) != expected {
            wrong.push(format!("{name}: {:?}, expected {expected:?}", played(&rig)));
        }
    }
    all_good(&wrong);
}

#[test]
fn a_show_is_known_again_by_an_earlier_episode_also_after_a_restart() {
    let mut rig = Rig::knowing(foxes(), "");
    let of =
        |show: &str, webhook: Webhook| webhook.edit("/Metadata/grandparentRatingKey", json!(show));
    let later = |show| of(show, part("completed", "The Foxes 6x04 Tauwetter", "", &["tmdb://99"]));
    rig.daemon.post(&of("4000", part("completed", "The Foxes 1x01 Cubs", "", &["tmdb://151"])));
    rig.wait(seconds(5));
    rig.restart();
    rig.daemon.post(&later("4000"));
    rig.wait(seconds(5));
    assert_eq!(played(&rig), [CUBS, THAW]);
    let other = part("completed", "The Foxes 6x04 Tauwetter", "", &["tmdb://98"]);
    rig.daemon.post(&of("4001", other).edit("/Metadata/ratingKey", json!("other")));
    rig.wait(seconds(5));
    assert_eq!((played(&rig).len(), list(&rig.status(), "outbox")), (2, 1), "another show's key");
}

#[test]
fn an_answer_that_adds_nothing_is_no_delivery() {
    let mut rig = Rig::knowing(wild(), "");
    let long_ago = json!({"watched_at": "2020-01-01T00:00:00.000Z"});
    let nothing = json!({"added": {"movies": 0, "episodes": 0}, "not_found": {"movies": []}});
    rig.trakt.order(Fault::json(409, long_ago).on("POST", "/scrobble/stop"));
    rig.trakt.order(Fault::json(201, nothing).on("POST", "/sync/history"));
    rig.daemon.post(&film("completed", "Salt and Iron", 2017, &["tmdb://5900310"]));
    rig.wait(MINUTE);
    let status = rig.status();
    assert_eq!((played(&rig).len(), list(&status, "outbox")), (0, 1), "{status:#}");
    rig.wait(2 * HOUR);
    assert_eq!(
        (calls(&rig), list(&rig.status(), "outbox")),
        (vec!["history Salt and Iron +0:00:00".into()], 0)
    );
}

#[test]
fn explain_prints_the_calls_that_are_made() {
    let webhooks = [
        film("completed", "Salt and Iron", 2017, &["tmdb://5900310"]),
        part("completed", "Mill Lane 2x01 Flour", "", &[]),
        film("play", "Salt and Iron", 2017, &["tmdb://5900310"]).at(20.0),
        part("rate", "Quayside 4x01 Tar", "", &["tmdb://741"]).edit("/rating", json!(7.0)),
    ];
    let mut wrong = Vec::new();
    for webhook in webhooks {
        let mut rig = Rig::knowing(wild(), "[plex]\nratings = true\n");
        let before = rig.server().log().len();
        rig.daemon.post(&webhook);
        rig.wait(seconds(5));
        std::fs::write(rig.daemon.home.path().join("saved"), webhook.body().1).expect("a file");
        let told = rig.daemon.cli(&["explain", "saved"]).good();
        // Numbers at Trakt stand there as words.
        let plain = |text: &str| -> String {
            let letters = text.chars().filter(|letter| !letter.is_ascii_digit());
            letters.collect::<String>().replace("NUMBER", "").replace("SHOW", "")
        };
        let told_plainly = plain(&told);
        // Whose the login is may be asked as late as now, and belongs to no webhook.
        let log = rig.server().log();
        for logged in log[before..].iter().filter(|one| one.target != "/users/settings") {
            let path = logged.target.split("?limit").next().unwrap_or_default();
            let call = plain(&format!("{} {path}", logged.method));
            if !told_plainly.contains(&call) {
                wrong.push(format!("{call} is not in\n{told}"));
            }
        }
    }
    all_good(&wrong);
}
