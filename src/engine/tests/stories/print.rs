//! A story as a person reads it.

use super::world::name_of;
use super::{Outcome, Story};
use crate::event::Time;
use std::fmt::Write as _;

impl Story {
    /// What happened, what was said of it and what was told, in the order of time; then what was
    /// to be told, and what is wrong.
    pub(super) fn print(&self, outcome: &Outcome) -> String {
        let mut lines: Vec<(u64, String)> = Vec::new();
        for sitting in &self.sittings {
            let (person, player) =
                (&self.house.people[sitting.person], &self.house.players[sitting.player]);
            let title = &self.house.shelf[sitting.title];
            let walk = sitting.walk(title.runtime);
            let percent = |position: u64| position * 100 / title.runtime;
            let stretches: Vec<String> = (walk.stretches.iter())
                .map(|s| format!("{} to {}", percent(s.position), percent(s.end_position())))
                .collect();
            lines.push((
                sitting.begins,
                format!(
                    "TRUTH {} watches {} ({} min, viewing {}) on {} ({}): {}, until {} ({:?})",
                    person.name,
                    name_of(&title.item, 0),
                    title.runtime / 60_000,
                    sitting.viewing,
                    player.name,
                    player.source,
                    stretches.join(", "),
                    Time(walk.ends),
                    sitting.end
                ),
            ));
        }
        for arrival in &outcome.arrivals {
            let event = &arrival.said.event;
            let percent = event
                .position_ms
                .zip(event.item.runtime_ms)
                .map_or("?".to_owned(), |(position, runtime)| {
                    format!("{:.1}", position as f64 * 100.0 / runtime as f64)
                });
            let mut text = format!(
                "  {} {} {percent}{} of {} on {} by {}",
                event.source,
                event.action.word(),
                if event.is_guess { " (a guess)" } else { "" },
                name_of(&event.item, 0),
                event.player.name,
                event.user.name
            );
            for at in &arrival.arrives {
                if *at != arrival.said.at {
                    write!(text, ", after {} ms", at - arrival.said.at).expect("text");
                }
            }
            if arrival.arrives.is_empty() {
                text.push_str(", LOST");
            }
            lines.push((arrival.said.at, text));
        }
        for told in &outcome.told {
            let intent = &told.intent;
            let mut text = format!(
                "    -> {} {} {} {}",
                intent.account,
                intent.verb,
                intent.progress,
                name_of(&intent.item, 0)
            );
            if intent.at.0 != told.now {
                write!(text, " at {}", intent.at).expect("text");
            }
            lines.push((told.now, text));
        }
        for restart in &self.weather.restarts {
            lines.push((
                restart.down,
                format!(
                    "{} until {}",
                    if restart.orderly { "STOPPED" } else { "POWER CUT" },
                    Time(restart.up)
                ),
            ));
        }
        lines.sort_by_key(|(at, _)| *at);
        let mut text = format!("seed {}\n", self.seed);
        for (at, line) in lines {
            writeln!(text, "{} {line}", Time(at)).expect("text");
        }
        for claim in &outcome.claims {
            let sure = if claim.is_sure { "a play" } else { "perhaps a play" };
            writeln!(
                text,
                "CLAIM {}: {sure} of {} within {} and {}",
                claim.account,
                claim.name,
                Time(claim.from),
                Time(claim.to)
            )
            .expect("text");
        }
        for wrong in &outcome.wrong {
            writeln!(text, "WRONG {wrong:?}").expect("text");
        }
        text
    }
}
