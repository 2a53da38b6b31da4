//! Which episode of a show is it?

use super::super::api::{ask, ask_much};
use super::super::fit::is_about;
use super::super::thing::Thing;
use super::{Best, Chain, Shows, only, ours, questions, undecided};
use crate::event::title::{same, says_nothing};
use crate::event::{Episode, Item, Time};
use crate::http::Reply;
use crate::tracker::{Lookup, Type};
use serde_json::Value;

/// No place on earth is further ahead of UTC; what would be is behind it.
const MOST_AHEAD: i64 = 13 * 60;
const DAY: i64 = 24 * 60;
/// In how many shows of one title an episode is looked for.
const MOST_SHOWS: usize = 5;

impl Chain<'_, '_> {
    /// Offers the episode of its show that is meant; gives what there is to say where nothing fits.
    pub(super) fn episode(
        &mut self,
        item: &Item,
        episode: &Episode,
        best: &mut Best<'_>,
    ) -> Result<Lookup, Reply> {
        if let Some(trakt) = self.show {
            self.below(&ours(&episode.show, trakt), item, episode, best)?;
            if best.is_sure() {
                return Ok(Lookup::Unknown);
            }
        }
        match self.shows(&episode.show)? {
            Shows::None => Ok(Lookup::Unknown),
            Shows::One(show) if Some(show.trakt) == self.show => Ok(Lookup::Unknown),
            Shows::One(show) => {
                self.below(&show, item, episode, best)?;
                Ok(Lookup::Unknown)
            }
            Shows::Several(shows) => {
                if let Some(one) = self.which(&shows, item, episode)? {
                    best.offer(one);
                }
                Ok(undecided(&shows, &episode.show))
            }
        }
    }

    /// The episode of one of `shows`, if it is clear which of them is meant: the others have none
    /// that could be it.
    fn which(
        &mut self,
        shows: &[Thing],
        item: &Item,
        episode: &Episode,
    ) -> Result<Option<Thing>, Reply> {
        if shows.len() > MOST_SHOWS {
            return Ok(None);
        }
        let mut fitting = Vec::new();
        for show in shows {
            let mut best = Best::of(item);
            self.below(show, item, episode, &mut best)?;
            fitting.extend(best.thing);
        }
        fitting.sort_by_key(|(_, fit)| std::cmp::Reverse(fit.score()));
        let mut fitting = fitting.into_iter();
        let first = fitting.next().filter(|(_, fit)| fit.is_sure());
        let second = fitting.next();
        Ok(first
            .filter(|(_, fit)| second.is_none_or(|(_, other)| fit.is_far_above(other)))
            .map(|(thing, _)| thing))
    }

    /// Offers the episode at its place in the show; where that has another title also the one that
    /// bears it, since servers and Trakt may count in different orders; and where the place is
    /// unknown the one of that day.
    fn below(
        &mut self,
        show: &Thing,
        item: &Item,
        episode: &Episode,
        best: &mut Best<'_>,
    ) -> Result<(), Reply> {
        let place = episode.season.zip(episode.number);
        let placed = match place {
            Some(place) => ask(self.ask, &questions::by_place(show.trakt, place))?,
            None => None,
        };
        let placed = placed.and_then(|thing| {
            let (season, number) = place.unzip();
            Some(Thing { season, number, ..Thing::itself(Type::Episode, &thing)? })
        });
        let is_titled = !says_nothing(&item.title);
        let stands_there = placed.is_some();
        let mut of_day = item.aired.as_deref();
        if let Some(placed) = placed {
            let title = placed.title.clone();
            // Of its day, it is in another language at most, or next to the one that is meant.
            of_day = of_day.filter(|day| !is_about(&placed, day));
            best.offer(placed.of(show));
            if !is_titled || says_nothing(&title) || same(&title, &item.title) {
                return Ok(());
            }
        }
        let all = match of_day {
            Some(_) => self.episodes(&questions::of_show(show.trakt))?,
            None => None,
        };
        if let (Some(day), Some(all)) = (of_day, &all) {
            let is_it = |thing: &&Thing| {
                is_titled && same(&thing.title, &item.title) && is_about(thing, day)
            };
            if let Some(one) = only(all.iter().filter(is_it)) {
                best.offer(one.clone().of(show));
                return Ok(());
            }
        }
        if stands_there {
            let season = episode.season.unwrap_or_default();
            let season = match all {
                Some(all) => Some(all),
                None => self.episodes(&questions::of_season(show.trakt, season))?,
            };
            let bears = |thing: &&Thing| {
                thing.season.or(episode.season) == episode.season && same(&thing.title, &item.title)
            };
            if let Some(one) = only(season.unwrap_or_default().iter().filter(bears)) {
                best.offer(one.clone().of(show));
            }
            return Ok(());
        }
        if let (Some(day), Some(all)) = (of_day, all)
            && let Some(one) = self.of_day(show, &all, day)?
        {
            // An episode that Trakt does not know yet may come out on the day of another.
            if place.is_none() || !is_titled || says_nothing(&one.title) {
                best.offer(one.of(show));
            }
        }
        Ok(())
    }

    /// The episode that was first aired on `day`, if exactly one was.
    fn of_day(&mut self, show: &Thing, all: &[Thing], day: &str) -> Result<Option<Thing>, Reply> {
        if !all.iter().any(|thing| is_about(thing, day)) {
            return Ok(None);
        }
        let path = format!("/shows/{}?extended=full", show.trakt);
        let airs = ask(self.ask, &path)?.unwrap_or_default();
        let airs = airs.pointer("/airs/time").and_then(Value::as_str).and_then(minute_of_day);
        let is_of_day =
            |thing: &&Thing| thing.aired.is_some_and(|first| local_day(first, airs) == day);
        Ok(only(all.iter().filter(is_of_day)).cloned())
    }

    /// The episodes in a list of them, or of seasons; `None` where there are too many to take.
    fn episodes(&mut self, path: &str) -> Result<Option<Vec<Thing>>, Reply> {
        let Some(list) = ask_much(self.ask, path)? else { return Ok(None) };
        let list = list.as_array().into_iter().flatten();
        let episodes = list.flat_map(|one| match (one.get("season"), one.get("episodes")) {
            (Some(_), _) => std::slice::from_ref(one),
            (None, episodes) => episodes.and_then(Value::as_array).map_or(&[][..], Vec::as_slice),
        });
        Ok(Some(episodes.filter_map(|one| Thing::itself(Type::Episode, one)).collect()))
    }
}

/// The day on which something aired where its show is at home. Trakt gives the moment in UTC, at
/// which it may be the next day already; the time of day at which the show airs there tells how
/// far the two are apart.
fn local_day(first_aired: Time, airs: Option<i64>) -> String {
    let minute = i64::try_from(first_aired.0 / 60_000).unwrap_or_default() % DAY;
    let ahead = airs.map_or(0, |airs| (airs - minute).rem_euclid(DAY));
    let ahead = if ahead > MOST_AHEAD { ahead - DAY } else { ahead };
    let local = first_aired.moved(ahead * 60_000).to_string();
    local.split('T').next().unwrap_or_default().to_owned()
}

/// Reads `21:00`.
fn minute_of_day(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_that_of_the_shows_home() {
        for (first_aired, airs, expected) in [
            ("2014-07-15T01:00:00Z", Some("21:00"), "2014-07-14"), // New York
            ("2014-07-14T20:00:00Z", Some("21:00"), "2014-07-14"), // London
            ("2014-07-14T15:30:00Z", Some("00:30"), "2014-07-15"), // Tokyo
            ("2014-07-14T08:30:00Z", Some("20:30"), "2014-07-14"), // Auckland
            ("2014-07-15T01:00:00Z", None, "2014-07-15"),
            ("2014-07-15T01:00:00Z", Some("late"), "2014-07-15"),
            ("2014-07-15T01:00:00Z", Some("99:00"), "2014-07-15"),
        ] {
            let first = Time::from_rfc3339(first_aired).expect("a time");
            let seen = local_day(first, airs.and_then(minute_of_day));
            assert_eq!(seen, expected, "{first_aired} {airs:?}");
        }
    }
}
