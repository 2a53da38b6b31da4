//! Which title at MDBList bears the name of this item? Asked only where nothing else names it: of an
//! episode most servers tell the ids of the episode, and of its show the title.

use super::answers::ask;
use super::thing::ids_of;
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
    let kind = if titled.is_film { "movie" } else { "show" };
    let year = titled.year.map_or(String::new(), |year| format!("&year={year}"));
    format!("/search/{kind}?query={}{year}&limit=50", encoded(&titled.text()))
}

/// Asks, and compares. What is found has its id at TheMovieDb as its number, since MDBList counts
/// episodes as that does.
///
/// # Errors
/// The reply that was no answer.
pub(super) fn find(carry: &mut Ask<'_>, item: &Item) -> Result<Lookup, Reply> {
    let Some(titled) = Titled::of(item) else { return Ok(Lookup::Unknown) };
    let answer = ask(carry, &Call::get(asking(&titled)))?.json().unwrap_or_default();
    let read = |one| -> Option<(&str, Option<u64>, u64)> {
        let one: &Value = one;
        let title = one.get("title").and_then(Value::as_str).unwrap_or_default();
        Some((title, one.get("year").and_then(Value::as_u64), ids_of(one).tmdb?))
    };
    let results = answer.get("search").unwrap_or(&answer).as_array();
    Ok(titled.choose(super::NAMES.title, item, results.into_iter().flatten().filter_map(read)))
}
