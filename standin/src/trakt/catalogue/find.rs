//! Which thing is named? And if there is none: may it come into being?

use super::naming::{NamedIds, Naming, name_of};
use super::{Catalogue, Entry, Ids, Place, Ref, Type, stable};
use crate::Time;
use crate::title::{bare, same};

impl Catalogue {
    /// The movie, show or episode so named, if Trakt knows it at `now`.
    pub(in crate::trakt) fn find(&mut self, kind: Type, naming: &Naming, now: Time) -> Option<Ref> {
        let found = self.by_ids(kind, &naming.ids).or_else(|| {
            // What has an id that is not known is not known by its title either, at Trakt.
            let by_title = naming.ids.is_empty() || !self.strict;
            if by_title { self.by_title(kind, naming) } else { None }
        });
        let found = found.or_else(|| self.made(kind, naming, None));
        self.settled(found, naming, now)
    }

    /// The episode so placed in a show, if Trakt knows it at `now`.
    pub(in crate::trakt) fn find_episode(
        &mut self,
        show: u64,
        (season, number): (u32, u32),
        naming: &Naming,
        now: Time,
    ) -> Option<Ref> {
        let place = Place { show, season, number };
        let by_ids = self.by_ids(Type::Episode, &naming.ids);
        let found = by_ids.or_else(|| {
            let mut entries = self.entries.iter();
            entries.find(|(_, entry)| entry.place == Some(place)).map(|(found, _)| *found)
        });
        if let Some(found) = by_ids {
            self.replace(found, place);
        }
        let found = found.or_else(|| self.made(Type::Episode, naming, Some(place)));
        self.settled(found, naming, now)
    }

    /// The movie, show or episode so named, without making it up.
    pub(in crate::trakt) fn known(&self, kind: Type, naming: &Naming, now: Time) -> Option<Ref> {
        let found = self.by_ids(kind, &naming.ids)?;
        self.entries.get(&found)?.is_there(now).then_some(found)
    }

    /// All of a type that have such a title, exactly or with all of its words, within the years.
    pub(in crate::trakt) fn search(
        &mut self,
        kind: Type,
        title: &str,
        years: Option<(u16, u16)>,
        exact: bool,
        now: Time,
    ) -> Vec<Ref> {
        let fits = |entry: &Entry| {
            let given = bare(&entry.title);
            let has = |word: &str| given.contains(&bare(word));
            let title = if exact {
                entry.title.to_lowercase() == title.to_lowercase()
            } else {
                same(&entry.title, title) || title.split_whitespace().all(has)
            };
            let year = years.is_none_or(|(from, to)| {
                entry.year.is_some_and(|year| (from..=to).contains(&year))
            });
            title && year
        };
        let known: Vec<Ref> = self
            .entries
            .iter()
            .filter(|(found, entry)| found.kind() == kind && fits(entry))
            .map(|(found, _)| *found)
            .collect();
        if known.is_empty() {
            let year = years.map(|(from, _)| from);
            let naming = Naming { title: Some(title.to_owned()), year, ..Naming::default() };
            return self.made(kind, &naming, None).into_iter().collect();
        }
        let there = |found: &Ref| self.entries.get(found).is_some_and(|entry| entry.is_there(now));
        known.into_iter().filter(there).collect()
    }

    fn by_ids(&self, kind: Type, ids: &NamedIds) -> Option<Ref> {
        let find = |fits: &dyn Fn(&Entry) -> bool| {
            let mut entries = self.entries.iter();
            entries.find(|(found, entry)| found.kind() == kind && fits(entry)).map(|(f, _)| *f)
        };
        let NamedIds { trakt, slug, imdb, tmdb, tvdb } = ids;
        None.or_else(|| trakt.and_then(|id| find(&|entry| entry.ids.trakt == Some(id))))
            .or_else(|| slug.as_ref().and_then(|slug| find(&|entry| entry.slug() == *slug)))
            .or_else(|| imdb.as_ref().and_then(|id| find(&|e| e.ids.imdb.as_ref() == Some(id))))
            .or_else(|| tmdb.and_then(|id| find(&|entry| entry.ids.tmdb == Some(id))))
            .or_else(|| tvdb.and_then(|id| find(&|entry| entry.ids.tvdb == Some(id))))
    }

    fn by_title(&self, kind: Type, naming: &Naming) -> Option<Ref> {
        let title = naming.title.as_ref().filter(|title| !title.is_empty())?;
        let ids = naming.ids.ids();
        let fits = |entry: &Entry| {
            same(&entry.title, title)
                && (naming.year.is_none() || naming.year == entry.year)
                && !differ(entry.ids.imdb.as_ref(), ids.imdb.as_ref())
                && !differ(entry.ids.tmdb.as_ref(), ids.tmdb.as_ref())
                && !differ(entry.ids.tvdb.as_ref(), ids.tvdb.as_ref())
        };
        // An episode's title alone names nothing: "Pilot".
        let mut entries = self.entries.iter().filter(|(_, entry)| entry.place.is_none());
        entries.find(|(found, entry)| found.kind() == kind && fits(entry)).map(|(f, _)| *f)
    }

    /// A new thing, where things may come into being and something names it.
    fn made(&mut self, kind: Type, naming: &Naming, place: Option<Place>) -> Option<Ref> {
        let ids = naming.ids.ids();
        let title = naming.title.clone().unwrap_or_default();
        if self.strict || (ids.is_empty() && title.is_empty() && place.is_none()) {
            return None;
        }
        // IMDb numbers films and episodes alike: one that is an episode's is no film's.
        let same_imdb = |entry: &Entry| ids.imdb.is_some() && entry.ids.imdb == ids.imdb;
        if self.entries.values().any(same_imdb) {
            return None;
        }
        let place = match (kind, place) {
            (Type::Episode, None) if ids.is_empty() => return None,
            (Type::Episode, None) => {
                // Its show is unknown until a request names both.
                let trakt = Some(stable(&format!("show of {}", name_of(&ids))));
                let show = Entry { ids: Ids { trakt, ..Ids::default() }, ..Entry::default() };
                Some(Place { show: self.add(Type::Show, show), season: 1, number: 1 })
            }
            (Type::Movie | Type::Show | Type::Season | Type::Episode, place) => place,
        };
        let year = naming.year.filter(|_| place.is_none());
        let entry = Entry { title, year, ids, place, ..Entry::default() };
        Some(Ref::new(kind, self.add(kind, entry)))
    }

    /// `found`, unless it is hidden; having learned what the request says about it.
    fn settled(&mut self, found: Option<Ref>, naming: &Naming, now: Time) -> Option<Ref> {
        let found = found?;
        if !self.strict {
            let kind = found.kind();
            let mut news = naming.ids.clone();
            // An id that is another item's is not learned.
            let free = |ids: NamedIds| self.by_ids(kind, &ids).is_none();
            let none = NamedIds::default;
            news.imdb = news.imdb.filter(|id| free(NamedIds { imdb: Some(id.clone()), ..none() }));
            news.tmdb = news.tmdb.filter(|id| free(NamedIds { tmdb: Some(*id), ..none() }));
            news.tvdb = news.tvdb.filter(|id| free(NamedIds { tvdb: Some(*id), ..none() }));
            let entry = self.entries.get_mut(&found)?;
            entry.ids.learn(news.ids());
            if let (true, Some(title)) = (entry.title.is_empty(), &naming.title) {
                entry.title.clone_from(title);
            }
        }
        self.entries.get(&found)?.is_there(now).then_some(found)
    }

    /// Moves an episode whose show was unknown to where a request says it stands.
    fn replace(&mut self, episode: Ref, place: Place) {
        let Some(old) = self.entries.get(&episode).and_then(|entry| entry.place) else { return };
        let known = self.entries.get(&Ref::Show(old.show)).is_some_and(|s| !s.title.is_empty());
        if !known && let Some(entry) = self.entries.get_mut(&episode) {
            entry.place = Some(place);
        }
    }
}

fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
    one.is_some() && other.is_some() && one != other
}
