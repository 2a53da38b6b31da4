//! What is being watched, and where was it left? `/scrobble`, `/sync/playback`.

use super::catalogue::{Item, Kind, Naming};
use super::{Answer, Position, Session, Simkl, refusal};
use crate::Time;
use crate::http::{Request, Response};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// At this much a stop is a play.
const PLAYED: f64 = 80.0;
/// For so long the same play again is a 409.
const REPEATS: Duration = Duration::from_secs(3600);

/// What a body of `/scrobble` names, and what is wrong with it.
struct Body {
    words: String,
    item: Option<Item>,
    progress: f64,
}

impl Simkl {
    fn body(&self, request: &Request) -> Result<Body, Response> {
        let wrong = || refusal(400, "wrong_parameter");
        let body: Map<String, Value> =
            serde_json::from_slice(&request.body).map_err(|_| refusal(400, "empty_field"))?;
        let progress = body.get("progress").and_then(Value::as_f64).ok_or_else(wrong)?;
        let hundredths = progress * 100.0;
        if !(0.0..=100.0).contains(&progress) || (hundredths - hundredths.round()).abs() > 1e-6 {
            return Err(wrong());
        }
        let named: Vec<&str> =
            ["movie", "show", "anime"].into_iter().filter(|key| body.contains_key(*key)).collect();
        let [key] = named.as_slice() else { return Err(wrong()) };
        let naming = Naming(body.get(*key).and_then(Value::as_object).ok_or_else(wrong)?);
        if naming.strange_id().is_some() {
            return Err(wrong());
        }
        if *key == "movie" {
            let item =
                self.catalogue.named(&[Kind::Movie], &naming).first().map(|one| (*one, None));
            return Ok(Body { words: naming.words(), item, progress });
        }
        let episode = body.get("episode").and_then(Value::as_object).ok_or_else(wrong)?;
        let kinds: &[Kind] =
            if *key == "anime" { &[Kind::Anime] } else { &[Kind::Tv, Kind::Anime] };
        let titles = self.catalogue.named(kinds, &naming);
        let item = self.episode(&titles, episode, *key == "show", true)?;
        let number = |key: &str| episode.get(key).and_then(Value::as_u64).unwrap_or_default();
        let words = format!("{} {}x{:02}", naming.words(), number("season"), number("number"));
        Ok(Body { words, item, progress })
    }

    /// The episode of one of the titles: its own id wins over the numbers.
    pub(super) fn episode(
        &self,
        titles: &[u64],
        episode: &Map<String, Value>,
        with_season: bool,
        across: bool,
    ) -> Result<Option<Item>, Response> {
        let wrong = || refusal(400, "wrong_parameter");
        let ids = episode.get("ids").and_then(Value::as_object);
        let is_strange =
            |ids: &Map<String, Value>| ids.keys().any(|key| key != "tvdb" && key != "anidb");
        if ids.is_some_and(is_strange) {
            return Err(wrong());
        }
        let number = |key: &str| match episode.get(key) {
            None => Ok(None),
            Some(value) => {
                let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
                number.map(Some).ok_or_else(wrong)
            }
        };
        let (season, number) = (number("season")?, number("number")?);
        let tvdb = ids.and_then(|ids| ids.get("tvdb")).and_then(Value::as_u64);
        if let Some(found) = tvdb.and_then(|tvdb| self.catalogue.by_tvdb(Some(titles), tvdb)) {
            return Ok(Some(found));
        }
        let season = if with_season { season } else { Some(1) };
        let Some(place) = season.zip(number) else {
            return if tvdb.is_some() { Ok(None) } else { Err(wrong()) };
        };
        Ok(self.catalogue.placed(titles, place, across && with_season))
    }

    pub(super) fn scrobble(
        &mut self,
        user: &str,
        action: &str,
        request: &Request,
        now: Time,
    ) -> Answer {
        let Body { words, item, progress } = self.body(request)?;
        let label = item.map_or(words, |item| self.catalogue.label(item));
        self.noted.push(format!("{action} {label} {}", (progress * 10.0).round() / 10.0));
        let locked = &mut self.user(user).locked;
        if *locked > 0 {
            *locked -= 1;
            return Err(refusal(400, "RATE_LIMIT"));
        }
        let item = item.ok_or_else(|| refusal(404, "id_err"))?;
        let last = self.user(user).scrobbled.get(&item).copied();
        if let Some(last) = last.filter(|last| now.since(*last) < REPEATS)
            && action != "start"
            && progress >= PLAYED
            && !self.options.counts_again
        {
            let body = json!({ "watched_at": last.to_string(),
                               "expires_at": last.after(REPEATS).to_string() });
            return Err(Response::json(409, &body));
        }
        match action {
            "start" => {
                self.end_what_is_stale(user, now);
                let user = self.user(user);
                user.positions.retain(|position| position.item.0 != item.0);
                user.sessions.insert(item.0, Session { item, progress, started: now });
                Ok(self.taken(0, "start", item, progress))
            }
            "stop" if progress >= PLAYED => {
                self.watch(user, item, now);
                let user = self.user(user);
                user.sessions.remove(&item.0);
                user.positions.retain(|position| position.item.0 != item.0);
                user.scrobbled.insert(item, now);
                self.last_id += 2;
                Ok(self.taken(self.last_id, "scrobble", item, progress))
            }
            _ => {
                self.last_id += 2;
                let id = self.last_id;
                let user = self.user(user);
                user.sessions.remove(&item.0);
                user.positions.retain(|position| position.item.0 != item.0);
                user.positions.push(Position { id, item, progress, paused: now });
                Ok(self.taken(id, "pause", item, progress))
            }
        }
    }

    /// What was left open until four fifths of it had passed is taken for watched.
    fn end_what_is_stale(&mut self, user: &str, now: Time) {
        let sessions = self.user(user).sessions.clone();
        for (title, session) in sessions {
            let runtime = Duration::from_secs(60 * self.catalogue.minutes(session.item));
            let passed = now.since(session.started).div_duration_f64(runtime) * 100.0;
            if session.progress + passed >= PLAYED {
                self.user(user).sessions.remove(&title);
                self.watch(user, session.item, now);
                let label = self.catalogue.label(session.item);
                self.invented.push(label);
            }
        }
    }

    fn taken(&self, id: u64, action: &str, item: Item, progress: f64) -> Response {
        let mut body = self.catalogue.json(item);
        body.insert("id".into(), json!(id));
        body.insert("action".into(), json!(action));
        body.insert("progress".into(), json!(progress));
        Response::json(201, &Value::Object(body))
    }

    pub(super) fn positions(&mut self, user: &str, kind: &str) -> Response {
        let positions = self.user(user).positions.clone();
        let wanted = positions.iter().filter(|position| match kind {
            "movies" => position.item.1.is_none(),
            "episodes" => position.item.1.is_some(),
            _ => true,
        });
        let list = wanted.map(|position| {
            let mut body = self.catalogue.json(position.item);
            body.insert("id".into(), json!(position.id));
            body.insert("progress".into(), json!(position.progress));
            body.insert("paused_at".into(), json!(position.paused.to_string()));
            let kind = if position.item.1.is_some() { "episode" } else { "movie" };
            body.insert("type".into(), json!(kind));
            Value::Object(body)
        });
        Response::json(200, &list.collect())
    }

    pub(super) fn forget(&mut self, user: &str, id: &str) -> Answer {
        let positions = &mut self.user(user).positions;
        let found = positions.iter().position(|position| position.id.to_string() == id);
        let found = found.ok_or_else(|| refusal(404, "not_found"))?;
        let gone = positions.remove(found);
        self.noted.push(format!("forget {}", self.catalogue.label(gone.item)));
        Ok(Response::empty(204))
    }
}
