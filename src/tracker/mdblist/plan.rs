//! What would be done to tell an intent? For people, in the order in which it is done.

use super::calls::{by_name, of_found, unsayable};
use super::search::question;
use crate::event::Ids;
use crate::intent::{Intent, Verb};
use crate::tracker::{Call, Found, Timing, Type};

/// Stands for a number that is not known yet.
const UNKNOWN: u64 = u64::MAX;

/// What is asked and sent to tell `intent`, a line each. What is not known yet stands there as `NUMBER`.
///
/// # Errors
/// Why there is no way to tell it, in a sentence.
pub(super) fn plan(intent: &Intent, timing: Timing) -> Result<Vec<String>, String> {
    if let Some(why) = unsayable(intent, timing) {
        return Err(why);
    }
    let mut calls: Vec<Call> = (0..).map_while(|nth| by_name(intent, timing, None, nth)).collect();
    let mut lines = Vec::new();
    if let (true, Some(question)) = (calls.is_empty(), question(&intent.item)) {
        lines.push(format!("GET {question} to find its NUMBER"));
        let found = unknown(intent);
        calls.extend((0..).map_while(|nth| of_found(intent, timing, &found, nth)));
    }
    if matches!(intent.verb, Verb::Finish | Verb::Mark) {
        lines.push("GET its plays, and nothing more if there is one".to_owned());
    }
    lines.extend(calls.into_iter().enumerate().map(|(nth, call)| {
        let otherwise = if nth == 0 { "" } else { "if MDBList does not know that: " };
        format!("{otherwise}{call}").replace(&UNKNOWN.to_string(), "NUMBER")
    }));
    if intent.verb == Verb::Abandoned {
        lines.push("POST /scrobble/clear with the id of the answer".to_owned());
    }
    Ok(lines)
}

fn unknown(intent: &Intent) -> Found {
    let (kind, number, show) = (Type::of(&intent.item), UNKNOWN, Some(UNKNOWN));
    Found { kind, number, ids: Ids::default(), show, title: String::new(), year: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Episode, Item, Kind, Percent, Show, Time};

    fn intent(verb: Verb, item: Item) -> Intent {
        Intent {
            account: "anna".into(),
            verb,
            item,
            session: "s".into(),
            progress: Percent::clamped(90.0),
            at: Time(0),
            began: Time(0),
            viewing: None,
        }
    }

    #[test]
    fn a_show_that_has_only_a_title_is_looked_up_first() {
        let show = Show { title: "Sample".into(), ..Show::default() };
        let kind = Kind::Episode(Episode { show, season: Some(1), number: Some(3), last: None });
        let ids = Ids { tvdb: Some(30003), ..Ids::default() };
        let finish = intent(Verb::Finish, Item { kind, ids, ..Item::default() });
        assert_eq!(
            plan(&finish, Timing::Live).expect("a way"),
            [
                "GET /search/show?query=Sample&limit=50 to find its NUMBER",
                "GET its plays, and nothing more if there is one",
                r#"POST /scrobble/stop {"progress":90.0,"show":{"ids":{"tmdb":NUMBER},"season":{"episode":{"ids":{"tvdb":30003},"number":3},"number":1}}}"#,
                r#"if MDBList does not know that: POST /scrobble/stop {"progress":90.0,"show":{"ids":{"tmdb":NUMBER},"season":{"episode":{"number":3},"number":1}}}"#,
            ]
        );
    }

    #[test]
    fn a_plan_tells_what_is_asked_before_and_done_after() {
        let ids = Ids { imdb: Some("tt0000001".into()), ..Ids::default() };
        let film = || Item { ids: ids.clone(), ..Item::default() };
        assert_eq!(
            plan(&intent(Verb::Abandoned, film()), Timing::Live).expect("a way"),
            [
                r#"POST /scrobble/pause {"movie":{"ids":{"imdb":"tt0000001"}},"progress":79.9}"#,
                "POST /scrobble/clear with the id of the answer",
            ]
        );
        assert_eq!(
            plan(&intent(Verb::Mark, film()), Timing::Late).expect("a way"),
            [
                "GET its plays, and nothing more if there is one",
                r#"POST /sync/watched?report_added=true {"movies":[{"ids":{"imdb":"tt0000001"},"watched_at":"1970-01-01T00:00:00Z"}]}"#,
            ]
        );
        assert!(plan(&intent(Verb::Mark, Item::default()), Timing::Late).is_err());
    }
}
