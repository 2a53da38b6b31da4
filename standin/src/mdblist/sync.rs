//! What was watched, and how was it? `/sync`, `/watchlist`, `/search`.

use super::catalogue::{Item, Part, wrong};
use super::scrobble::seconds;
use super::{Answer, MdbList, Play, refusal};
use crate::Time;
use crate::http::{Request, Response};
use crate::title::bare;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Plays of one thing that are closer than this are one.
const ONE: Duration = Duration::from_secs(60);
/// The most entries of one array, and the most things whose plays are reported.
const MOST: usize = 200;
const MOST_REPORTED: usize = 100;

/// Something that is named, with what is said of it; or what was not found: in which list, and what is
/// echoed.
type Line = Result<(Item, Value), (&'static str, Value)>;

impl MdbList {
    /// Adds a play, unless one of the same minute is there; its number, and whether it is new.
    pub(super) fn play(&mut self, user: &str, item: Item, at: Time, now: Time) -> (u64, bool) {
        let id = 7001 + self.last_id;
        let at = Time(at.0 / 1000 * 1000);
        let counts_all = self.options.counts_all;
        let plays = &mut self.user(user).plays;
        let same =
            |play: &&mut Play| play.item == item && at.since(play.at).max(play.at.since(at)) < ONE;
        if let Some(play) = plays.iter_mut().find(same).filter(|_| !counts_all) {
            play.updated = now;
            return (play.id, false);
        }
        plays.push(Play { id, item, at, updated: now });
        self.last_id += 1;
        (id, true)
    }

    fn lines(&self, request: &Request) -> Result<Vec<Line>, Response> {
        let body: Map<String, Value> = request.read()?;
        let mut lines = Vec::new();
        for key in ["movies", "shows", "episodes"] {
            let list = body.get(key).map_or(Some(vec![]), |list| list.as_array().cloned());
            let list = list.ok_or_else(|| wrong(key, "Expected a list of items."))?;
            if list.len() > MOST {
                return Err(refusal(400, &format!("Too many {key} in one request (max 200)")));
            }
            for one in list {
                let ids = one.get("ids").cloned().unwrap_or_default();
                match key {
                    "movies" => lines.push(match self.catalogue.title(true, &ids)? {
                        Some(number) => Ok(((number, Part::Whole), one)),
                        None => Err((key, one)),
                    }),
                    "shows" => match self.catalogue.title(false, &ids)? {
                        Some(number) => self.below(number, &one, &mut lines)?,
                        None => lines.push(Err((key, one))),
                    },
                    _ => lines.push(
                        match ids
                            .get("tmdb")
                            .and_then(Value::as_u64)
                            .and_then(|id| self.catalogue.by_tmdb(id))
                        {
                            Some(item) => Ok((item, one)),
                            None => Err(("episodes", one)),
                        },
                    ),
                }
            }
        }
        if lines.is_empty() {
            return Err(wrong("non_field_errors", "Nothing was provided"));
        }
        Ok(lines)
    }

    fn below(&self, number: u64, show: &Value, lines: &mut Vec<Line>) -> Result<(), Response> {
        let list = |of: &Value, key: &str| {
            of.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
        };
        let seasons = list(show, "seasons");
        if seasons.is_empty() {
            lines.push(Ok(((number, Part::Whole), show.clone())));
        }
        for season in seasons {
            let of = season.get("number").cloned().unwrap_or_default();
            let episodes = list(&season, "episodes");
            if episodes.is_empty() {
                let of = of.as_u64().and_then(|number| u32::try_from(number).ok());
                let of = of.ok_or_else(|| wrong("season", "This field is required."))?;
                lines.push(Ok(((number, Part::Season(of)), season.clone())));
            }
            for episode in episodes {
                lines.push(match self.catalogue.episode(number, &of, &episode)? {
                    Ok(item) => Ok((item, episode)),
                    Err(_) => Err(("episodes", episode)),
                });
            }
        }
        Ok(())
    }

    pub(super) fn add(&mut self, user: &str, request: &Request, now: Time) -> Answer {
        let lines = self.lines(request)?;
        let is_reported = request.parameter("report_added").as_deref() == Some("true");
        if is_reported && lines.len() > MOST_REPORTED {
            return Err(refusal(400, "report_added takes at most 100 items"));
        }
        let mut plays = Vec::new();
        for (item, said) in lines.iter().flatten() {
            let at =
                said.get("watched_at").map_or(Some(now), |at| Time::from_rfc3339(at.as_str()?));
            let at = at.ok_or_else(|| wrong("watched_at", "Not a valid time."))?;
            let label = self.catalogue.label(*item);
            self.noted.push(format!("add {label} {}", seconds(at)));
            let is_film = self.catalogue.titles.get(&item.0).is_some_and(|title| title.is_film);
            let items = match item.1 {
                Part::Whole | Part::Season(_) if !is_film => {
                    self.cascades.push(label);
                    self.catalogue.below(*item)
                }
                Part::Whole | Part::Season(_) | Part::Episode(..) => vec![*item],
            };
            for item in items {
                let (id, added) = self.play(user, item, at, now);
                let mut row = self.catalogue.row(item);
                row.insert("watched_at".into(), json!(seconds(at)));
                row.insert("play_id".into(), json!(id));
                row.insert("added".into(), json!(added));
                plays.push(Value::Object(row));
            }
        }
        let mut body = self.synced("updated", "add", &lines);
        if is_reported {
            body.insert("plays".into(), json!(plays));
        }
        Ok(Response::json(200, &Value::Object(body)))
    }

    pub(super) fn remove(&mut self, user: &str, request: &Request) -> Answer {
        let lines = self.lines(request)?;
        for (item, _) in lines.iter().flatten() {
            self.noted.push(format!("remove {}", self.catalogue.label(*item)));
            let gone = [
                vec![*item],
                if matches!(item.1, Part::Episode(..)) {
                    vec![]
                } else {
                    self.catalogue.below(*item)
                },
            ];
            if gone.concat().len() > 1 {
                self.cascades.push(self.catalogue.label(*item));
            }
            self.user(user).plays.retain(|play| !gone.concat().contains(&play.item));
        }
        Ok(Response::json(200, &Value::Object(self.synced("removed", "remove", &lines))))
    }

    pub(super) fn rate(&mut self, user: &str, request: &Request, is_kept: bool) -> Answer {
        let lines = self.lines(request)?;
        for (item, said) in lines.iter().flatten() {
            let label = self.catalogue.label(*item);
            if !is_kept {
                self.noted.push(format!("unrate {label}"));
                self.user(user).ratings.remove(item);
                continue;
            }
            let rating = said.get("rating").and_then(Value::as_u64);
            let rating = rating.filter(|rating| (1..=10).contains(rating));
            let rating = rating.ok_or_else(|| wrong("rating", "Not a valid rating."))?;
            self.noted.push(format!("rate {label} {rating}"));
            self.user(user).ratings.insert(*item, rating);
        }
        let (done, word) = if is_kept { ("updated", "rate") } else { ("removed", "unrate") };
        Ok(Response::json(200, &Value::Object(self.synced(done, word, &lines))))
    }

    fn synced(&mut self, done: &str, word: &str, lines: &[Line]) -> Map<String, Value> {
        for (_, echo) in lines.iter().filter_map(|line| line.as_ref().err()) {
            self.noted.push(format!("{word} {echo} (not found)"));
        }
        let is_film =
            |item: &Item| self.catalogue.titles.get(&item.0).is_some_and(|one| one.is_film);
        let kind = |item: &Item| match item.1 {
            Part::Whole if is_film(item) => "movies",
            Part::Whole => "shows",
            Part::Season(_) => "seasons",
            Part::Episode(..) => "episodes",
        };
        let count = |of: &str| lines.iter().flatten().filter(|(item, _)| kind(item) == of).count();
        let missing = |of: &str| -> Vec<&Value> {
            let missing = lines.iter().filter_map(|line| line.as_ref().err());
            missing.filter(|(list, _)| *list == of).map(|(_, echo)| echo).collect()
        };
        let kinds = ["movies", "shows", "seasons", "episodes"];
        let counts: Map<_, _> =
            kinds.iter().map(|of| ((*of).to_owned(), json!(count(of)))).collect();
        let not_found: Map<_, _> =
            kinds.iter().map(|of| ((*of).to_owned(), json!(missing(of)))).collect();
        [(done.to_owned(), json!(counts)), ("not_found".to_owned(), json!(not_found))]
            .into_iter()
            .collect()
    }

    /// The history: each play where `plays=all` is asked for, else each thing with its last.
    pub(super) fn watched(&mut self, user: &str, request: &Request) -> Answer {
        let number = |name: &str, or: usize| {
            let text = request.parameter(name);
            text.map_or(Ok(or), |text| {
                text.parse().map_err(|_| wrong(name, "A valid integer is required."))
            })
        };
        let (offset, limit) = (number("offset", 0)?, number("limit", 1000)?);
        let since = request.parameter("since").map(|at| Time::from_rfc3339(&at));
        if limit > 5000 || since == Some(None) {
            return Err(wrong("limit", "Not valid."));
        }
        let mut plays = self.user(user).plays.clone();
        plays.retain(|play| since.flatten().is_none_or(|since| play.updated > since));
        plays.sort_by_key(|play| std::cmp::Reverse(play.at));
        let is_all = request.parameter("plays").as_deref() == Some("all");
        if !is_all {
            let mut seen = Vec::new();
            plays.retain(|play| {
                !seen.contains(&play.item) && {
                    seen.push(play.item);
                    true
                }
            });
        }
        let all = plays.len();
        let rows = plays.into_iter().skip(offset).take(limit).map(|play| {
            let mut row = self.catalogue.row(play.item);
            row.insert(
                if is_all { "watched_at" } else { "last_watched_at" }.into(),
                json!(seconds(play.at)),
            );
            if is_all {
                row.insert("play_id".into(), json!(play.id));
            }
            row
        });
        let (movies, episodes): (Vec<_>, Vec<_>) = rows.partition(|row| row.contains_key("movie"));
        let body = json!({ "movies": movies, "shows": [], "seasons": [], "episodes": episodes,
            "pagination": { "offset": offset, "limit": limit, "has_more": offset + limit < all } });
        Ok(Response::json(200, &body))
    }

    /// The plays of one thing. Nobody has written down what this looks like; clients read numbers and
    /// times out of it.
    pub(super) fn history(&mut self, user: &str, path: [&str; 3]) -> Answer {
        let id: Value = path[2].parse::<u64>().map_or_else(|_| json!(path[2]), |id| json!(id));
        let item = match path {
            ["movie", provider @ ("imdb" | "tmdb"), _] => {
                let ids = json!({ provider: id });
                self.catalogue.title(true, &ids)?.map(|number| (number, Part::Whole))
            }
            ["episode", "tmdb", _] => id.as_u64().and_then(|id| self.catalogue.by_tmdb(id)),
            _ => None,
        };
        let item = item.ok_or_else(|| refusal(404, "Item not found in database"))?;
        let plays = self.user(user).plays.iter().filter(|play| play.item == item);
        let plays: Vec<Value> = plays
            .map(|play| json!({ "play_id": play.id, "watched_at": seconds(play.at) }))
            .collect();
        Ok(Response::json(200, &json!({ "plays": plays, "truncated": false })))
    }

    /// The watchlist names films by ids that have no object of their own.
    pub(super) fn watchlist(&mut self, user: &str, is_added: bool, request: &Request) -> Answer {
        let body: Value = request.read()?;
        let movies = body.get("movies").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut count = 0;
        for ids in movies {
            let Some(number) = self.catalogue.title(true, &ids)? else { continue };
            let label = self.catalogue.label((number, Part::Whole));
            let word = if is_added { "list" } else { "unlist" };
            self.noted.push(format!("{word} {label}"));
            let wanted = &mut self.user(user).wanted;
            count +=
                usize::from(if is_added { wanted.insert(number) } else { wanted.remove(&number) });
        }
        let done = if is_added { "added" } else { "removed" };
        Ok(Response::json(200, &json!({ done: { "movies": count, "shows": 0 } })))
    }

    pub(super) fn search(&self, is_film: bool, request: &Request) -> Answer {
        let wanted = request.parameter("query").filter(|query| !query.is_empty());
        let wanted = bare(&wanted.ok_or_else(|| wrong("query", "This field is required."))?);
        let year = request.parameter("year").and_then(|year| year.parse::<u16>().ok());
        let of_year = |theirs: Option<u16>| {
            year.zip(theirs).is_none_or(|(ours, theirs)| ours.abs_diff(theirs) <= 1)
        };
        let found = self.catalogue.titles.values().filter(|one| {
            one.is_film == is_film
                && !one.hidden
                && bare(&one.title).contains(&wanted)
                && of_year(one.year)
        });
        let list: Vec<Value> = found
            .map(|one| {
                let id = |key: &str| one.ids.get(key);
                json!({ "title": one.title, "year": one.year, "score": 86,
                        "type": if is_film { "movie" } else { "show" },
                        "ids": { "imdbid": id("imdb"), "tmdbid": id("tmdb"), "traktid": null,
                                 "malid": null, "tvdbid": id("tvdb") } })
            })
            .collect();
        Ok(Response::json(200, &json!({ "total": list.len(), "search": list })))
    }
}
