//! What is being watched, and where was it left? `/scrobble`.

use super::catalogue::{Item, Named, Part, wrong};
use super::{Answer, MdbList, Session, refusal};
use crate::Time;
use crate::http::{Request, Response};
use serde_json::{Value, json};
use std::time::Duration;

/// At this much a stop is a play; a pause, too, as clients have seen it.
const PLAYED: f64 = 80.0;

impl MdbList {
    /// What the body of a scrobble names, and how it calls it.
    fn played(&self, body: &Value) -> Result<(Named, String), Response> {
        let nothing = || wrong("non_field_errors", "Either 'movie' or 'show' must be provided");
        match (body.get("movie"), body.get("show")) {
            (Some(movie), None) => {
                let ids = movie.get("ids").unwrap_or(&Value::Null);
                let found = self.catalogue.title(true, ids)?;
                let named = found.map(|number| (number, Part::Whole));
                Ok((named.ok_or("Movie not found in database"), ids.to_string()))
            }
            (None, Some(show)) => {
                let ids = show.get("ids").unwrap_or(&Value::Null);
                let season = show.get("season").filter(|season| season.is_object());
                let season = season.ok_or_else(|| wrong("season", "This field is required."))?;
                let episode = season.get("episode").filter(|episode| episode.is_object());
                let episode = episode.ok_or_else(|| wrong("episode", "This field is required."))?;
                let words = format!("{ids} {season}");
                let Some(title) = self.catalogue.title(false, ids)? else {
                    return Ok((Err("Show not found in database"), words));
                };
                let number = season.get("number").unwrap_or(&Value::Null);
                Ok((self.catalogue.episode(title, number, episode)?, words))
            }
            (Some(_), Some(_)) | (None, None) => Err(nothing()),
        }
    }

    pub(super) fn scrobble(
        &mut self,
        user: &str,
        action: &str,
        request: &Request,
        now: Time,
    ) -> Answer {
        let body: Value = request.read()?;
        self.forget_what_expired(user, now);
        if action == "clear" {
            return self.clear(user, &body);
        }
        let progress = body.get("progress").and_then(Value::as_f64);
        let progress = progress.filter(|progress| (0.0..=100.0).contains(progress));
        let progress = progress.ok_or_else(|| wrong("progress", "This field is required."))?;
        let (named, words) = self.played(&body)?;
        let label = named.map_or(words, |item| self.catalogue.label(item));
        self.noted.push(format!("{action} {label} {}", (progress * 10.0).round() / 10.0));
        let item = named.map_err(|error| refusal(404, error))?;
        if action != "start" && progress >= PLAYED {
            self.user(user).sessions.remove(&item);
            self.play(user, item, now, now);
            let progress = format!("{progress:.2}");
            let body =
                json!({ "action": "scrobble", "progress": progress, "watched_at": seconds(now) });
            return Ok(Response::json(200, &body));
        }
        self.last_id += 1;
        let (id, paused) = (self.last_id, (action != "start").then_some(now));
        let sessions = &mut self.user(user).sessions;
        let old = sessions.get(&item).filter(|_| paused.is_some());
        let (id, started) = old.map_or((id, now), |old| (old.id, old.started));
        sessions.insert(item, Session { id, progress, started, paused });
        let (word, status) = if paused.is_some() { ("pause", 200) } else { ("start", 201) };
        let is_film = item.1 == Part::Whole;
        let title = self.catalogue.json(item.0);
        let (movie, show) = if is_film { (title, Value::Null) } else { (Value::Null, title) };
        let episode = self.catalogue.row(item).get("episode").cloned();
        let body = json!({ "id": id, "action": word, "progress": format!("{progress:.2}"),
            "started_at": seconds(started), "paused_at": paused.map(seconds),
            "movie": movie, "show": show, "episode": episode });
        Ok(Response::json(status, &body))
    }

    /// A session that nobody ends is over ten minutes after the film, and leaves nothing.
    fn forget_what_expired(&mut self, user: &str, now: Time) {
        let catalogue = self.catalogue.clone();
        self.user(user).sessions.retain(|item, session| {
            let rest = (100.0 - session.progress) / 100.0;
            let rest = Duration::from_secs(60 * catalogue.minutes(*item)).mul_f64(rest);
            session.paused.is_some() || now < session.started.after(rest + Duration::from_secs(600))
        });
    }

    fn clear(&mut self, user: &str, body: &Value) -> Answer {
        let none = || refusal(404, "Scrobble session not found");
        let item: Item = match body.get("id") {
            Some(id) => {
                let mut sessions = self.user(user).sessions.iter();
                let found = sessions.find(|(_, session)| Some(session.id) == id.as_u64());
                *found.ok_or_else(none)?.0
            }
            None => self.played(body)?.0.map_err(|error| refusal(404, error))?,
        };
        let label = self.catalogue.label(item);
        let sessions = &mut self.user(user).sessions;
        // What still plays is no position.
        if sessions.get(&item).is_none_or(|session| session.paused.is_none()) {
            return Err(none());
        }
        sessions.remove(&item);
        self.noted.push(format!("clear {label}"));
        Ok(Response::json(200, &json!({ "action": "clear", "deleted": true })))
    }
}

/// As MDBList writes times.
pub(super) fn seconds(time: Time) -> String {
    Time(time.0 / 1000 * 1000).to_string().replace(".000Z", "Z")
}
