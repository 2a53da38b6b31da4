//! What is asked to find out what an item is? For people.

use super::super::fit::as_item;
use super::questions;
use crate::event::title::title_and_year;
use crate::event::{Item, Kind, Show};
use crate::tracker::Type;

/// Where it is asked, one after the other, until something is beyond doubt. `SHOW` is a number that
/// is not known yet.
pub(in super::super) fn steps(item: &Item) -> Vec<String> {
    let own = |kind| questions::by_ids(kind, &item.ids).map(|(_, question)| question);
    match &item.kind {
        Kind::Movie => {
            let (title, year) = title_and_year(&item.title, item.year);
            let titled = year.filter(|_| !title.is_empty());
            let titled = titled.map(|year| questions::by_title(Type::Movie, title, Some(year)));
            own(Type::Movie).chain(titled).collect()
        }
        Kind::Show => of_show(item),
        Kind::Season { show, .. } => {
            let then = format!("{}, among which it is", questions::seasons("SHOW"));
            below(show, &then)
        }
        Kind::Episode(episode) => {
            let then = match episode.season.zip(episode.number) {
                Some(place) => questions::by_place("SHOW", place),
                None => format!("{}, of which one is of its day", questions::of_show("SHOW")),
            };
            own(Type::Episode).chain(below(&episode.show, &then)).collect()
        }
    }
}

/// What leads to a show, and then to what stands below it.
fn below(show: &Show, then: &str) -> Vec<String> {
    let shows = of_show(&as_item(show)).into_iter();
    shows.map(|question| format!("{question} to find its show, then GET {then}")).collect()
}

fn of_show(show: &Item) -> Vec<String> {
    let ids = questions::by_ids(Type::Show, &show.ids).map(|(_, question)| question);
    let (title, year) = title_and_year(&show.title, show.year);
    let titled = (!title.is_empty()).then(|| questions::by_title(Type::Show, title, year));
    ids.chain(titled).collect()
}
