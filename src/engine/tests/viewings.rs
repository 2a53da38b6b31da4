//! What belongs to which viewing, for those who look at it.

use super::script::Story;
use crate::config::Settings;
use crate::engine::Decision;
use crate::event::Source::Plex;
use crate::intent::ViewingKey;
use crate::verdict::Verdict;
use std::collections::BTreeMap;

/// What is said of each step, each with the letter of its viewing (that of a rating is small, `-`
/// where there is none) and, behind a slash, that of what is told.
fn letters(settings: impl FnOnce(&mut Settings), steps: &str) -> String {
    let mut story = Story::of(Plex).with(settings);
    let mut known: BTreeMap<Option<ViewingKey>, char> = BTreeMap::new();
    let mut seen = Vec::new();
    for step in steps.split(", ") {
        story.last = Decision::default();
        story.go(step);
        let last = std::mem::take(&mut story.last);
        let due = last.due.into_iter().map(|(_, verdict)| verdict);
        let mut letter = |key: Option<ViewingKey>| {
            let next = (b'A'..).nth(known.len()).map_or('?', char::from);
            match key {
                None => '-',
                Some(ViewingKey { round: Some(_), .. }) => *known.entry(key).or_insert(next),
                Some(_) => known.entry(key).or_insert(next).to_ascii_lowercase(),
            }
        };
        let said: String =
            due.chain(last.verdicts).map(|Verdict { viewing, .. }| letter(viewing)).collect();
        let told = last.intents.iter().chain(last.parked.iter().map(|(intent, _)| intent));
        let told: String = told.map(|intent| letter(intent.viewing)).collect();
        if !(said.is_empty() && told.is_empty()) {
            seen.push(if told.is_empty() { said } else { format!("{said}/{told}") });
        }
    }
    seen.join(" ")
}

#[test]
fn all_of_one_viewing_up_to_its_play_and_behind_it_belongs_together() {
    let mut wrong = Vec::new();
    for (steps, expected) in [
        ("play 0, 3 s, pause 30, 10 s, resume 30, scrobble 90, stop 96", "A A/A A A/A A/A A/A A"),
        ("play 6, stop 50, 25 h, restart, play 50, scrobble 90", "A/A A/A A/A A/A"),
        ("scrobble 90, stop 99, 3 h, play 0, 3 s, scrobble 90", "A/A A B B/B B/B"),
        ("play 6, play 6 of B on phone, stop 50, stop 99 of B on phone", "A/A B/B A/A B/B"),
        ("play 10 of S1-2, 40 min, progress 60 of S1-2, stop 99 of S1-2", "A/A A/AA A/A"),
        ("scrobble 90, rate 7, rate 7, 20 s, rate 8, unrate", "A/A b/b b b/b b/b"),
        ("mark, 61 s, mark of B, 61 s", "A A/A B B/B"),
        // Nothing is remembered of what is left alone.
        ("unmark, unmark", "- -"),
        ("play 30 by jo", "-"),
    ] {
        let of_mara = |settings: &mut Settings| {
            settings.servers_mut(Plex).for_each(|plex| plex.ratings = true);
            settings.accounts.iter_mut().for_each(|account| account.plex = vec!["mara".into()]);
        };
        let seen = letters(of_mara, steps);
        if seen != expected {
            wrong.push(format!("{steps}: {seen}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
