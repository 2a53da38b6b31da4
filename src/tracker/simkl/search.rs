//! Which title at Simkl bears the name of this item? Asked only where none of the item's own names was
//! known, and a fact lasts: there Simkl would take whatever bears the title.

use super::answers::ask;
use crate::event::title::{composed, same, title_and_year};
use crate::event::{Item, Kind};
use crate::http::{Reply, encoded};
use crate::tracker::{Ask, Call, Found, Lookup, Type};
use serde_json::Value;

/// Where it is asked; `None` where there is no title, or one that too many films bear.
pub(super) fn question(item: &Item) -> Option<String> {
    let (kind, title, _) = titled(item)?;
    Some(format!("/search/{kind}?q={}&limit=50", encoded(&composed(&title))))
}

/// Asks, and compares.
///
/// # Errors
/// The reply that was no answer.
pub(super) fn find(carry: &mut Ask<'_>, item: &Item) -> Result<Lookup, Reply> {
    let (Some((_, title, year)), Some(question)) = (titled(item), question(item)) else {
        return Ok(Lookup::Unknown);
    };
    let results = ask(carry, &Call::get(question))?;
    Ok(choose(item, &title, year, &results))
}

fn choose(item: &Item, title: &str, year: Option<u16>, results: &Value) -> Lookup {
    let of_year = |one: &Value| {
        let theirs = one.get("year").and_then(Value::as_u64);
        year.zip(theirs).is_none_or(|(ours, theirs)| u64::from(ours).abs_diff(theirs) <= 1)
    };
    let bears = |one: &&Value| {
        let theirs = one.get("title").and_then(Value::as_str).unwrap_or_default();
        same(theirs, title) && of_year(one)
    };
    let number = |one: &Value| {
        let ids = one.get("ids")?;
        Some((ids.get("simkl_id").or_else(|| ids.get("simkl"))?.as_u64()?, one.clone()))
    };
    let bearers = results.as_array().into_iter().flatten().filter(bears).filter_map(number);
    let bearers: Vec<(u64, Value)> = bearers.collect();
    match bearers.as_slice() {
        [] => Lookup::Unknown,
        [(number, one)] => {
            let show = matches!(item.kind, Kind::Episode(_)).then_some(*number);
            let year = one.get("year").and_then(Value::as_u64);
            let year = year.and_then(|year| u16::try_from(year).ok());
            let (kind, number, title) = (Type::of(item), *number, title.to_owned());
            let ids = crate::event::Ids::default();
            Lookup::Found(Found { kind, number, ids, show, title, year })
        }
        _ => Lookup::Several(format!(
            "several titles at Simkl are called `{title}`, and nothing says which is meant: match it in \
             the media server, so that it has an id"
        )),
    }
}

fn titled(item: &Item) -> Option<(&'static str, String, Option<u16>)> {
    let (kind, title, year) = match &item.kind {
        Kind::Movie => ("movie", &item.title, item.year),
        Kind::Show => ("tv", &item.title, item.year),
        Kind::Season { .. } => return None,
        Kind::Episode(episode) => ("tv", &episode.show.title, episode.show.year),
    };
    let (title, year) = title_and_year(title, year);
    let says_enough = !title.is_empty() && (kind == "tv" || year.is_some());
    says_enough.then(|| (kind, title.to_owned(), year))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_title_is_one_where_one_bears_it() {
        let film = |year| Item { title: "The Salt Road".into(), year, ..Item::default() };
        let one = |year: u64, id: u64| json!({ "title": "Salt Road, the", "year": year, "ids": { "simkl_id": id } });
        let salt = |year: u64, id: u64| json!({ "title": "THE SALT ROAD", "year": year, "ids": { "simkl_id": id } });
        for (results, expected) in [
            (json!([]), "none"),
            (json!(null), "none"),
            (json!([one(2021, 1), salt(2021, 2)]), "2"),
            (json!([salt(2020, 3), salt(1990, 4)]), "3"),
            (json!([salt(2020, 3), salt(2021, 4)]), "several"),
            (json!([salt(1990, 4)]), "none"),
        ] {
            let item = film(Some(2021));
            let seen = match find(&mut |_| answer(&results), &item).expect("an answer") {
                Lookup::Found(found) => found.number.to_string(),
                Lookup::Unknown => "none".to_owned(),
                Lookup::Several(_) => "several".to_owned(),
            };
            assert_eq!(seen, expected, "{results}");
        }
        assert_eq!(question(&film(None)), None, "too many films bear a title");
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
