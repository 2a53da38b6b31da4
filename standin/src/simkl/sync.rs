//! What was watched, and how was it? `/sync/history`, `/sync/ratings`, `/search`.

use super::catalogue::{Item, Kind, Naming};
use super::{Answer, Simkl, refusal};
use crate::Time;
use crate::http::{Request, Response};
use crate::title::same;
use serde_json::{Map, Value, json};

/// An item that was named, with what was said of it; or what was not found: in which list, how a
/// person would call it, and what is echoed.
type Line = Result<(Item, Map<String, Value>), (&'static str, String, Value)>;

impl Simkl {
    fn lines(&self, request: &Request) -> Result<Vec<Line>, Response> {
        let wrong = || refusal(400, "wrong_parameter");
        let body: Map<String, Value> =
            serde_json::from_slice(&request.body).map_err(|_| refusal(400, "empty_field"))?;
        let list = |key: &str| body.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let mut lines = Vec::new();
        for one in list("movies") {
            let one = one.as_object().ok_or_else(wrong)?;
            let naming = Naming(one);
            let found = self.catalogue.named(&[Kind::Movie], &naming);
            lines.push(match found.first() {
                Some(number) => Ok(((*number, None), one.clone())),
                None => Err(("movies", naming.words(), json!(one))),
            });
        }
        for one in list("shows") {
            self.show(one.as_object().ok_or_else(wrong)?, &mut lines)?;
        }
        for one in list("episodes") {
            let one = one.as_object().ok_or_else(wrong)?;
            let tvdb = one.get("ids").and_then(|ids| ids.get("tvdb")).and_then(Value::as_u64);
            lines.push(match tvdb.and_then(|tvdb| self.catalogue.by_tvdb(None, tvdb)) {
                Some(item) => Ok((item, one.clone())),
                None => Err(("episodes", Naming(one).words(), json!(one))),
            });
        }
        Ok(lines)
    }

    fn show(&self, one: &Map<String, Value>, lines: &mut Vec<Line>) -> Result<(), Response> {
        let naming = Naming(one);
        let titles = self.catalogue.named(&[Kind::Tv, Kind::Anime], &naming);
        if titles.is_empty() || naming.strange_id().is_some() {
            lines.push(Err(("shows", naming.words(), json!(one))));
            return Ok(());
        }
        let Some(seasons) = one.get("seasons").and_then(Value::as_array) else {
            lines.extend(titles.first().map(|number| Ok(((*number, None), one.clone()))));
            return Ok(());
        };
        let across = one.get("use_tvdb_anime_seasons") == Some(&json!(true));
        for season in seasons {
            let number = season.get("number").cloned().unwrap_or_default();
            for episode in season.get("episodes").and_then(Value::as_array).into_iter().flatten() {
                let mut placed = episode.as_object().cloned().unwrap_or_default();
                placed.insert("season".into(), number.clone());
                let label = format!("{} {number}x{}", naming.words(), episode["number"]);
                lines.push(match self.episode(&titles, &placed, true, across)? {
                    Some(item) => Ok((item, placed)),
                    // Anime stands among the shows, whatever was named.
                    None => Err(("episodes", label, json!(episode))),
                });
            }
        }
        Ok(())
    }

    pub(super) fn add(&mut self, user: &str, request: &Request, now: Time) -> Answer {
        let lines = self.lines(request)?;
        for ((number, place), said) in lines.iter().flatten() {
            let at = said.get("watched_at").and_then(Value::as_str);
            let at = at.map_or(Some(now), Time::from_rfc3339);
            let at = at.ok_or_else(|| refusal(400, "wrong_parameter"))?;
            let label = self.catalogue.label((*number, *place));
            self.noted.push(format!("history {label} {at}"));
            let title = self.catalogue.titles.get(number).cloned().unwrap_or_default();
            let is_whole = place.is_none() && title.kind != Kind::Movie;
            let items: Vec<Item> = if is_whole {
                title.episodes.iter().map(|one| (*number, Some(one.place))).collect()
            } else {
                vec![(*number, *place)]
            };
            for item in items {
                self.watch(user, item, at);
            }
        }
        Ok(self.synced("added", "history", &lines))
    }

    pub(super) fn remove(&mut self, user: &str, request: &Request) -> Answer {
        let lines = self.lines(request)?;
        for ((number, place), _) in lines.iter().flatten() {
            self.noted.push(format!("remove {}", self.catalogue.label((*number, *place))));
            let user = self.user(user);
            user.watched
                .retain(|(item, _)| item.0 != *number || (place.is_some() && item.1 != *place));
            if place.is_none() {
                user.ratings.remove(number); // it leaves the library wholly
            }
        }
        Ok(self.synced("deleted", "remove", &lines))
    }

    pub(super) fn rate(&mut self, user: &str, request: &Request, now: Time) -> Answer {
        let lines = self.lines(request)?.into_iter().map(|line| {
            let (item, said) = line?;
            match said.get("rating").and_then(Value::as_u64) {
                Some(1..=10) if item.1.is_none() => Ok((item, said)),
                _ => Err(("movies", "out of range".to_owned(), json!(said))),
            }
        });
        let lines: Vec<Line> = lines.collect();
        for (item, said) in lines.iter().flatten() {
            let rating = said.get("rating").and_then(Value::as_u64).unwrap_or_default();
            self.noted.push(format!("rate {} {rating}", self.catalogue.label(*item)));
            let is_movie =
                self.catalogue.titles.get(&item.0).is_some_and(|title| title.kind == Kind::Movie);
            self.user(user).ratings.insert(item.0, rating);
            if is_movie {
                self.watch(user, *item, now); // filed as completed
            }
        }
        Ok(self.synced("added", "rate", &lines))
    }

    pub(super) fn unrate(&mut self, user: &str, request: &Request) -> Answer {
        let lines = self.lines(request)?;
        for (item, _) in lines.iter().flatten() {
            self.noted.push(format!("unrate {}", self.catalogue.label(*item)));
            self.user(user).ratings.remove(&item.0);
        }
        Ok(self.synced("deleted", "unrate", &lines))
    }

    fn synced(&mut self, done: &str, word: &str, lines: &[Line]) -> Response {
        for (_, words, _) in lines.iter().filter_map(|line| line.as_ref().err()) {
            self.noted.push(format!("{word} {words} (not found)"));
        }
        let count = |is_it: &dyn Fn(&Item) -> bool| {
            lines.iter().flatten().filter(|(item, _)| is_it(item)).count()
        };
        let missing = |list: &str| -> Vec<&Value> {
            let missing = lines.iter().filter_map(|line| line.as_ref().err());
            missing.filter(|(of, _, _)| *of == list).map(|(_, _, echo)| echo).collect()
        };
        let is_movie = |item: &Item| {
            self.catalogue.titles.get(&item.0).is_some_and(|title| title.kind == Kind::Movie)
        };
        let mut not_found = json!({ "movies": missing("movies"), "shows": missing("shows") });
        if done == "added"
            && let Some(not_found) = not_found.as_object_mut()
        {
            not_found.insert("episodes".into(), json!(missing("episodes"))); // never of a removal
        }
        Response::json(
            201,
            &json!({
                done: { "movies": count(&is_movie), "shows": 0,
                        "episodes": count(&|item| item.1.is_some()) },
                "not_found": not_found,
            }),
        )
    }

    pub(super) fn search(&self, kind: &str, request: &Request) -> Response {
        let kind = match kind {
            "movie" => Kind::Movie,
            "tv" => Kind::Tv,
            _ => Kind::Anime,
        };
        let wanted = request.parameter("q").unwrap_or_default();
        let found = self.catalogue.titles.iter().filter(|(_, title)| {
            title.kind == kind && !title.hidden && same(&title.title, &wanted)
        });
        let list = found.map(|(number, title)| {
            let mut ids: Map<String, Value> =
                title.ids.iter().map(|(key, id)| ((*key).to_owned(), json!(id))).collect();
            ids.insert("simkl_id".into(), json!(number));
            json!({ "title": title.title, "year": title.year, "ids": ids })
        });
        Response::json(200, &list.collect())
    }
}
