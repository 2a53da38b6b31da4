//! Which title at Simkl bears the name of this item? Asked only where none of the item's own names was
//! known, and a fact lasts: there Simkl would take whatever bears the title.

use super::answers::ask;
use crate::event::Item;
use crate::http::{Reply, encoded};
use crate::tracker::titled::Titled;
use crate::tracker::{Ask, Call, Lookup};
use serde_json::Value;

/// Where it is asked; `None` where there is no title, or one that too many films bear.
pub(super) fn question(item: &Item) -> Option<String> {
    Titled::of(item).map(|titled| asking(&titled))
}

fn asking(titled: &Titled<'_>) -> String {
    let kind = if titled.is_film { "movie" } else { "tv" };
    format!("/search/{kind}?q={}&limit=50", encoded(&titled.text()))
}

/// Asks, and compares.
///
/// # Errors
/// The reply that was no answer.
pub(super) fn find(carry: &mut Ask<'_>, item: &Item) -> Result<Lookup, Reply> {
    let Some(titled) = Titled::of(item) else { return Ok(Lookup::Unknown) };
    let results = ask(carry, &Call::get(asking(&titled)))?;
    let read = |one| -> Option<(&str, Option<u64>, u64)> {
        let one: &Value = one;
        let ids = one.get("ids")?;
        let number = ids.get("simkl_id").or_else(|| ids.get("simkl"))?.as_u64()?;
        let title = one.get("title").and_then(Value::as_str).unwrap_or_default();
        Some((title, one.get("year").and_then(Value::as_u64), number))
    };
    let results = results.as_array().into_iter().flatten().filter_map(read);
    Ok(titled.choose(super::NAMES.title, item, results))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_title_is_asked_for_and_its_number_read() {
        let film = |year| Item { title: "The Salt Road".into(), year, ..Item::default() };
        for ids in [json!({ "simkl_id": 7 }), json!({ "simkl": 7, "imdb": "tt0000001" })] {
            let results = json!([{ "title": "The Salt Road", "year": 2021, "ids": ids }, {}]);
            let found = find(&mut |_| answer(&results), &film(Some(2021)));
            assert!(matches!(found, Ok(Lookup::Found(found)) if found.number == 7), "{results}");
        }
        assert_eq!(find(&mut |_| answer(&json!(null)), &film(Some(2021))), Ok(Lookup::Unknown));
        assert_eq!(
            question(&film(Some(2021))).as_deref(),
            Some("/search/movie?q=The%20Salt%20Road&limit=50")
        );
    }

    #[expect(clippy::unnecessary_wraps, reason = "a question has a reply")]
    fn answer(body: &Value) -> Reply {
        Ok(crate::http::Answer {
            status: 200,
            body: body.to_string().into_bytes(),
            ..Default::default()
        })
    }
}
