//! What is played here, and known at Trakt: films of 100 minutes and less, episodes of two shows.

use standin::trakt::{Catalogue, Entry};

/// A film or an episode by a short name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// As scripts call it.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) minutes: u64,
    /// What all its ids are made from.
    pub(crate) number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Its title is its name.
    Film,
    /// Of the first season of the show so named.
    Episode(&'static str, u32),
}

const fn film(name: &'static str, minutes: u64, number: u64) -> Item {
    Item { name, kind: Kind::Film, minutes, number }
}

const fn episode(name: &'static str, show: &'static str, index: u32, minutes: u64) -> Item {
    let number = 700 + minutes + index as u64;
    Item { name, kind: Kind::Episode(show, index), minutes, number }
}

/// Everything that is played here.
pub(crate) const ITEMS: [Item; 18] = [
    film("A", 100, 601),
    film("B", 100, 602),
    film("C", 100, 603),
    film("L", 120, 604),
    film("K", 45, 605),
    episode("T1", "Toons", 1, 20),
    episode("T2", "Toons", 2, 20),
    episode("T3", "Toons", 3, 20),
    episode("T4", "Toons", 4, 20),
    episode("T5", "Toons", 5, 20),
    episode("T6", "Toons", 6, 20),
    episode("T7", "Toons", 7, 20),
    episode("T8", "Toons", 8, 20),
    episode("T9", "Toons", 9, 20),
    episode("T10", "Toons", 10, 20),
    episode("D1", "Drama", 1, 45),
    episode("D2", "Drama", 2, 45),
    episode("D3", "Drama", 3, 45),
];

impl Item {
    pub(crate) fn named(name: &str) -> Option<Self> {
        ITEMS.into_iter().find(|item| item.name == name)
    }

    /// How the stand-in calls it.
    pub(crate) fn label(self) -> String {
        match self.kind {
            Kind::Film => self.name.to_owned(),
            Kind::Episode(show, index) => format!("{show} 1x{index:02}"),
        }
    }

    /// Its runtime.
    pub(crate) fn ms(self) -> u64 {
        self.minutes * 60_000
    }

    pub(crate) fn imdb(self) -> String {
        format!("tt9300{:04}", self.number)
    }

    pub(crate) fn tmdb(self) -> u64 {
        9_300_000 + self.number
    }

    pub(crate) fn tvdb(self) -> u64 {
        9_400_000 + self.number
    }

    pub(crate) fn hex(self) -> String {
        format!("{:032x}", 0xabcd_0000_u64 + self.number)
    }
}

/// Makes the stand-in know these items.
pub(crate) fn declare(catalogue: &mut Catalogue, items: &[Item]) {
    let mut shows: Vec<(&str, u64)> = Vec::new();
    for item in items.iter().copied() {
        let (title, year) = match item.kind {
            Kind::Film => (item.name, Some(2001)),
            Kind::Episode(..) => (item.name, None),
        };
        let entry = Entry::new(title, year).imdb(&item.imdb()).tmdb(item.tmdb());
        let entry = entry.tvdb(item.tvdb()).minutes(item.minutes);
        let Kind::Episode(show, index) = item.kind else {
            catalogue.add_movie(entry);
            continue;
        };
        let known = shows.iter().find(|(title, _)| *title == show).map(|(_, id)| *id);
        let id = known.unwrap_or_else(|| {
            let id = catalogue.add_show(Entry::new(show, Some(2011)).minutes(item.minutes));
            shows.push((show, id));
            id
        });
        catalogue.add_episode(id, 1, index, entry);
    }
}
