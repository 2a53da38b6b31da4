//! How much of what is in the stories, so that they can't grow poor unnoticed.

use super::claims::Claim;
use super::faults::Arrival;
use super::truth::{End, Stroke};
use super::world::HOUR;
use super::{Outcome, Story};
use crate::event::{Action, Source};
use std::collections::BTreeMap;

/// Counts of what stories have in them, and how many a thousand stories must have at least.
#[derive(Default)]
pub(super) struct Census {
    counts: BTreeMap<&'static str, u64>,
}

const AT_LEAST: [(&str, u64); 27] = [
    ("plays for certain at Plex", 1200),
    ("plays for certain at Jellyfin", 1000),
    ("plays for certain at Emby", 900),
    ("plays for certain of a file's episodes", 600),
    ("plays for certain of items that share an id", 800),
    ("plays for certain of what was seen before", 1000),
    ("plays for certain in foul weather", 1400),
    ("plays that nobody can be sure of", 500),
    ("viewings that are no play", 1000),
    ("viewings on two players", 120),
    ("viewings over two sittings", 400),
    ("pauses over night", 200),
    ("seeks", 2000),
    ("ends without a stop", 600),
    ("players that are cut off", 150),
    ("pauses without a position", 350),
    ("stops that the server calls completed without a position", 300),
    ("guesses of Jellyfin", 1200),
    ("the same begun again within a quarter of an hour", 250),
    ("two on one account", 350),
    ("two on two accounts", 350),
    ("lost", 1500),
    ("doubled", 2000),
    ("late", 1300),
    ("power cuts", 250),
    ("orderly stops", 250),
    ("fair weather", 350),
];

impl Census {
    pub(super) fn count(&mut self, story: &Story, outcome: &Outcome) {
        let house = &story.house;
        for claim in &outcome.claims {
            self.claim(story, claim);
        }
        let mut viewings: Vec<u64> = story.sittings.iter().map(|sitting| sitting.viewing).collect();
        viewings.sort_unstable();
        viewings.dedup();
        for viewing in viewings {
            let of_it: Vec<_> = story.sittings.iter().filter(|s| s.viewing == viewing).collect();
            let claimed = outcome.claims.iter().any(|claim| claim.viewing == viewing);
            self.add("viewings that are no play", !claimed);
            self.add("viewings over two sittings", of_it.len() > 1);
            self.add("viewings on two players", of_it.iter().any(|s| s.player != of_it[0].player));
        }
        for sitting in &story.sittings {
            for stroke in &sitting.strokes {
                self.add(
                    "pauses over night",
                    matches!(stroke, Stroke::Pause(span) if *span > 9 * HOUR),
                );
                self.add("seeks", matches!(stroke, Stroke::Seek(_)));
            }
            self.add("ends without a stop", sitting.end == End::GoesOn);
            self.add("players that are cut off", sitting.end == End::Dies);
            let ends = sitting.walk(house.shelf[sitting.title].runtime).ends;
            let again = story.sittings.iter().any(|again| {
                again.title == sitting.title
                    && again.viewing > sitting.viewing
                    && (ends..ends + HOUR / 4).contains(&again.begins)
            });
            self.add("the same begun again within a quarter of an hour", again);
        }
        self.arrivals(&outcome.arrivals);
        let is_shared = house.people[0].account == house.people[1].account;
        self.add("two on one account", is_shared);
        self.add("two on two accounts", !is_shared);
        for restart in &story.weather.restarts {
            self.add(if restart.orderly { "orderly stops" } else { "power cuts" }, true);
        }
        self.add("fair weather", story.weather.is_fair());
    }

    fn claim(&mut self, story: &Story, claim: &Claim) {
        let sitting = story.sittings.iter().find(|sitting| sitting.viewing == claim.viewing);
        let sitting = sitting.expect("a claim is of a viewing");
        let title = &story.house.shelf[sitting.title];
        self.add("plays that nobody can be sure of", !claim.is_sure);
        if !claim.is_sure {
            return;
        }
        let place = match story.house.players[sitting.player].source {
            Source::Plex => "plays for certain at Plex",
            Source::Jellyfin => "plays for certain at Jellyfin",
            Source::Emby => "plays for certain at Emby",
        };
        self.add(place, true);
        self.add("plays for certain of a file's episodes", title.parts > 1);
        self.add("plays for certain of items that share an id", title.is_neighbour);
        let before = story
            .sittings
            .iter()
            .any(|before| before.title == sitting.title && before.viewing < sitting.viewing);
        self.add("plays for certain of what was seen before", before);
        self.add("plays for certain in foul weather", !story.weather.is_fair());
    }

    fn arrivals(&mut self, arrivals: &[Arrival]) {
        for Arrival { said, arrives, .. } in arrivals {
            let (action, position) = (said.event.action, said.event.position_ms);
            self.add("pauses without a position", action == Action::Pause && position.is_none());
            let completed = matches!(action, Action::Stop { completed: true });
            self.add(
                "stops that the server calls completed without a position",
                completed && position.unwrap_or_default() == 0,
            );
            self.add("guesses of Jellyfin", said.event.is_guess);
            self.add("lost", arrives.is_empty());
            self.add("doubled", arrives.len() > 1);
            self.add("late", arrives.first().is_some_and(|at| *at > said.at));
        }
    }

    fn add(&mut self, what: &'static str, is_so: bool) {
        *self.counts.entry(what).or_default() += u64::from(is_so);
    }

    /// What there is too little of in so many stories.
    pub(super) fn lacks(&self, stories: u64) -> Vec<String> {
        let too_few = AT_LEAST.iter().filter_map(|(what, least)| {
            let counted = self.counts.get(what).copied().unwrap_or_default();
            (counted < least * stories / 1000).then(|| format!("{counted} {what}"))
        });
        too_few.collect()
    }
}
