//! Which episode of a show is it?

use super::super::api::Found;
use super::super::http::Reply;
use super::super::names::Type;
use super::{Chain, Lookup, found, number_of, title};
use crate::event::title::{same, says_nothing};
use crate::event::{Episode, Item, Time};
use serde_json::Value;

/// No place on earth is further ahead of UTC; what would be is behind it.
const MOST_AHEAD: i64 = 13 * 60;
const DAY: i64 = 24 * 60;

impl Chain<'_> {
    /// The episode by its place in the show, else by the day on which it was first aired.
    pub(super) fn below(
        &self,
        show: &Found,
        item: &Item,
        episode: &Episode,
    ) -> Result<Lookup, Reply> {
        let show = show.trakt;
        if let Some((season, number)) = episode.season.zip(episode.number) {
            let path = format!("/shows/{show}/seasons/{season}/episodes/{number}");
            if let Some(thing) = self.ask(&path)? {
                let namesake = self.namesake(show, season, &item.title, &thing)?;
                return Ok(found(Type::Episode, item, namesake.as_ref().unwrap_or(&thing)));
            }
        }
        match &item.aired {
            Some(day) => self.aired(show, item, day),
            None => Ok(Lookup::Unknown),
        }
    }

    /// The one other episode of the season that bears `given`, where the one at this place does
    /// not: servers and Trakt may count in different orders.
    fn namesake(
        &self,
        show: u64,
        season: u32,
        given: &str,
        placed: &Value,
    ) -> Result<Option<Value>, Reply> {
        let theirs = title::of(placed);
        if says_nothing(given) || theirs.is_empty() || same(theirs, given) {
            return Ok(None);
        }
        let episodes = self.ask(&format!("/shows/{show}/seasons/{season}"))?.unwrap_or_default();
        let bears = |episode: &&Value| same(title::of(episode), given);
        Ok(only(episodes.as_array().into_iter().flatten().filter(bears)).cloned())
    }

    /// The episode that was first aired on `day`, if exactly one was.
    fn aired(&self, show: u64, item: &Item, day: &str) -> Result<Lookup, Reply> {
        let path = format!("/shows/{show}/seasons?extended=episodes,full");
        let seasons = self.ask(&path)?.unwrap_or_default();
        let airs = self.ask(&format!("/shows/{show}?extended=full"))?.unwrap_or_default();
        let airs = airs.pointer("/airs/time").and_then(Value::as_str).and_then(minute_of_day);
        let episodes = seasons.as_array().into_iter().flatten();
        let episodes = episodes.filter_map(|season| season.get("episodes")?.as_array()).flatten();
        let that_day = episodes.filter(|episode| {
            let first = episode.get("first_aired").and_then(Value::as_str);
            let first = first.and_then(Time::from_rfc3339);
            number_of(episode).is_some() && first.is_some_and(|first| local_day(first, airs) == day)
        });
        Ok(only(that_day).map_or(Lookup::Unknown, |thing| found(Type::Episode, item, thing)))
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

/// The only one, if it is that.
fn only<T>(mut things: impl Iterator<Item = T>) -> Option<T> {
    let first = things.next()?;
    things.next().is_none().then_some(first)
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
