//! Which of the titles that a tracker has bears the name of an item? Asked only where nothing but the
//! title names it.
//!
//! Pure. One title is it; of several nobody knows which is meant.

use super::{Found, Lookup, Type};
use crate::event::title::{composed, same, title_and_year};
use crate::event::{Ids, Item, Kind};

/// By what a title is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Titled<'a> {
    /// Whether it is a film's; else it is a show's.
    pub(super) is_film: bool,
    title: &'a str,
    /// Its year.
    pub(super) year: Option<u16>,
}

impl<'a> Titled<'a> {
    /// What `item` is looked for by, of an episode or a season its show; `None` where there is no title,
    /// or one that too many films bear.
    pub(super) fn of(item: &'a Item) -> Option<Self> {
        let (is_film, title, year) = match &item.kind {
            Kind::Movie => (true, &item.title, item.year),
            Kind::Show => (false, &item.title, item.year),
            Kind::Season { show, .. } => (false, &show.title, show.year),
            Kind::Episode(episode) => (false, &episode.show.title, episode.show.year),
        };
        let (title, year) = title_and_year(title, year);
        let says_enough = !title.is_empty() && (!is_film || year.is_some());
        says_enough.then_some(Self { is_film, title, year })
    }

    /// The title, as trackers write it.
    pub(super) fn text(&self) -> String {
        composed(self.title)
    }

    /// Which of `results` at `tracker` it is: title, year and number of each.
    pub(super) fn choose<'b>(
        &self,
        tracker: &str,
        item: &Item,
        results: impl Iterator<Item = (&'b str, Option<u64>, u64)>,
    ) -> Lookup {
        let of_year = |theirs: Option<u64>| {
            let years = self.year.zip(theirs);
            years.is_none_or(|(ours, theirs)| u64::from(ours).abs_diff(theirs) <= 1)
        };
        let mut bearers =
            results.filter(|(title, year, _)| same(title, self.title) && of_year(*year));
        match (bearers.next(), bearers.next()) {
            (None, _) => Lookup::Unknown,
            (Some((_, year, number)), None) => {
                let show = matches!(item.kind, Kind::Episode(_)).then_some(number);
                let year = year.and_then(|year| u16::try_from(year).ok());
                let (kind, title, ids) = (Type::of(item), self.title.to_owned(), Ids::default());
                Lookup::Found(Found { kind, number, ids, show, title, year })
            }
            (Some(_), Some(_)) => Lookup::Several(format!(
                "several titles at {tracker} are called `{}`, and nothing says which is meant: match it \
                 in the media server, so that it has an id",
                self.title
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_where_one_bears_it() {
        let film = |year| Item { title: "The Salt Road".into(), year, ..Item::default() };
        let item = film(Some(2021));
        for (results, expected) in [
            (&[][..], "none"),
            (&[("Salt Road, the", Some(2021), 1), ("THE SALT ROAD", Some(2021), 2)], "2"),
            (&[("The Salt Road", Some(2020), 3), ("The Salt Road", Some(1990), 4)], "3"),
            (&[("The Salt Road", Some(2020), 3), ("The Salt Road", Some(2021), 4)], "several"),
            (&[("The Salt Road", Some(1990), 4)], "none"),
            (&[("The Salt Road", None, 5)], "5"),
        ] {
            let titled = Titled::of(&item).expect("it says enough");
            let seen = match titled.choose("Simkl", &item, results.iter().copied()) {
                Lookup::Found(found) => found.number.to_string(),
                Lookup::Unknown => "none".to_owned(),
                Lookup::Several(_) => "several".to_owned(),
            };
            assert_eq!(seen, expected, "{results:?}");
        }
        assert_eq!(Titled::of(&film(None)), None, "too many films bear a title");
    }
}
