//! What would be done to tell an intent? For people, in the order in which it is done.

use super::calls::{by_name, unsayable};
use super::search::question;
use crate::intent::{Intent, Verb};
use crate::tracker::Timing;

/// What is asked and sent to tell `intent`, a line each. What is not known yet stands there as `NUMBER`.
///
/// # Errors
/// Why there is no way to tell it, in a sentence.
pub(super) fn plan(intent: &Intent, timing: Timing) -> Result<Vec<String>, String> {
    if let Some(why) = unsayable(intent, timing) {
        return Err(why);
    }
    let calls = (0..).map_while(|nth| by_name(intent, timing, None, nth));
    let mut lines: Vec<String> = calls
        .enumerate()
        .map(|(nth, call)| {
            let otherwise = if nth == 0 { "" } else { "if Simkl does not know that: " };
            format!("{otherwise}{call}")
        })
        .collect();
    if let Some(question) = question(&intent.item) {
        let otherwise = if lines.is_empty() { "" } else { "if Simkl knows none of these: " };
        lines.push(format!("{otherwise}GET {question} to find its number"));
    }
    if intent.verb == Verb::Abandoned {
        lines.push("DELETE /sync/playback/NUMBER of the answer".to_owned());
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Episode, Ids, Item, Kind, Percent, Show, Time};

    #[test]
    fn what_has_no_name_of_its_own_is_asked_for_first() {
        let show = Show { title: "Sample".into(), ..Show::default() };
        let kind = Kind::Episode(Episode { show, season: Some(1), number: Some(3), last: None });
        let item = Item { kind, ..Item::default() };
        let intent = Intent {
            account: "anna".into(),
            verb: Verb::Finish,
            item,
            session: "s".into(),
            progress: Percent::clamped(90.0),
            at: Time(0),
            began: Time(0),
            viewing: None,
        };
        let lines = plan(&intent, Timing::Live).expect("a way");
        assert_eq!(lines, ["GET /search/tv?q=Sample&limit=50 to find its number"]);
    }

    #[test]
    fn a_plan_has_each_name_and_what_is_asked_where_none_is_known() {
        let ids = Ids { imdb: Some("tt0000001".into()), ..Ids::default() };
        let item = Item { ids, title: "Sample".into(), year: Some(1999), ..Item::default() };
        let intent = Intent {
            account: "anna".into(),
            verb: Verb::Abandoned,
            item,
            session: "s".into(),
            progress: Percent::clamped(3.0),
            at: Time(0),
            began: Time(0),
            viewing: None,
        };
        let lines = plan(&intent, Timing::Live).expect("a way");
        assert_eq!(
            lines,
            [
                r#"POST /scrobble/pause {"movie":{"ids":{"imdb":"tt0000001"}},"progress":3.0}"#,
                r#"if Simkl does not know that: POST /scrobble/pause {"movie":{"title":"Sample","year":1999},"progress":3.0}"#,
                "if Simkl knows none of these: GET /search/movie?q=Sample&limit=50 to find its number",
                "DELETE /sync/playback/NUMBER of the answer",
            ]
        );
    }
}
