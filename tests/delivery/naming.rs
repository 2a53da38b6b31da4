//! Items whose ids say nothing to Trakt, or something else than they seem to.

use crate::daemon::webhook::{Webhook, jellyfin, plex};
use crate::daemon::{Scrobbled, Trakt, all_good, wait_for};
use scrobbled::demo::{Catalogue, Entry};
use serde_json::{Value, json};

/// Two shows of one title, a film that is also a special, and nothing else.
fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::strict();
    for (year, episode) in [(2001, "Old"), (2015, "New")] {
        let show = catalogue.add_show(Entry::new("Twins", Some(year)));
        catalogue.add_episode(show, 1, 1, Entry::new(episode, None));
    }
    catalogue.add_movie(Entry::new("Twins: The Film", Some(2016)).imdb("tt0007777"));
    catalogue
}

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
        let trakt = Trakt::knowing(catalogue());
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
