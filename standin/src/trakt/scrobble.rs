//! What is being watched, and where was it left? `/scrobble`, `/checkin`, `/sync/playback`.

use super::account::{Play, Position, Watching};
use super::catalogue::{Naming, Ref, Type};
use super::{Answer, Trakt, tenths};
use crate::Time;
use crate::http::{Request, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// At this much a stop is a play, and a pause refused ("completion range", haaihond/Nuvio-Wiki#4).
const PLAYED: f64 = 80.0;
/// Below this a pause or stop is refused (Taxel/PlexTraktSync#2346).
const BEGUN: f64 = 1.0;

/// The three calls of a scrobble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Start,
    Pause,
    Stop,
}

impl Action {
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Stop => "stop",
        }
    }
}

#[derive(Deserialize)]
struct Body {
    movie: Option<Naming>,
    show: Option<Naming>,
    episode: Option<Placed>,
    progress: f64,
}

#[derive(Deserialize)]
struct Placed {
    season: Option<u32>,
    number: Option<u32>,
    #[serde(flatten)]
    naming: Naming,
}

impl Body {
    /// How a person would call what it names.
    fn words(&self) -> String {
        match (&self.movie, &self.show, &self.episode) {
            (Some(movie), _, _) => movie.words(),
            (None, Some(show), Some(Placed { season: Some(season), number: Some(number), .. })) => {
                format!("{} {season}x{number:02}", show.words())
            }
            (None, _, Some(episode)) => episode.naming.words(),
            (None, _, None) => "nothing".to_owned(),
        }
    }
}

impl Trakt {
    pub(super) fn scrobble(
        &mut self,
        user: &str,
        action: Action,
        request: &Request,
        now: Time,
    ) -> Answer {
        let body: Body = request.read()?;
        let progress = body.progress;
        let item = self.named(&body, now);
        let label = item.map_or_else(|| body.words(), |item| self.catalogue.label(item));
        self.note(format!("{} {label} {}", action.word(), tenths(progress)));
        let item = item.ok_or_else(|| Response::empty(404))?;
        if !(0.0..=100.0).contains(&progress) {
            return Err(Response::refusal(422, "progress must be between 0 and 100"));
        }
        match action {
            Action::Start => self.start(user, item, progress, now),
            Action::Pause if progress >= PLAYED => {
                Err(Response::refusal(422, "progress is in the completion range"))
            }
            Action::Pause | Action::Stop if progress < BEGUN => {
                Err(Response::refusal(422, "progress should be at least 1.0% to pause"))
            }
            Action::Stop if progress >= PLAYED => self.play(user, item, progress, now),
            Action::Pause | Action::Stop => Ok(self.pause(user, item, progress, now)),
        }
    }

    fn named(&mut self, body: &Body, now: Time) -> Option<Ref> {
        if let Some(movie) = &body.movie {
            return self.catalogue.find(Type::Movie, movie, now);
        }
        let episode = body.episode.as_ref()?;
        match (&body.show, episode.season, episode.number) {
            (Some(show), Some(season), Some(number)) => {
                let Ref::Show(show) = self.catalogue.find(Type::Show, show, now)? else {
                    return None;
                };
                self.catalogue.find_episode(show, (season, number), &episode.naming, now)
            }
            _ => self.catalogue.find(Type::Episode, &episode.naming, now),
        }
    }

    fn start(&mut self, user: &str, item: Ref, progress: f64, now: Time) -> Answer {
        let runtime = Duration::from_secs(60 * self.catalogue.minutes(item));
        let left = runtime.mul_f64((100.0 - progress) / 100.0);
        let user = self.user(user);
        if let Some(until) = user.checkin.filter(|until| now < *until) {
            return Err(Response::json(409, &json!({ "expires_at": until.to_string() })));
        }
        user.positions.retain(|position| position.item != item);
        user.watching = Some(Watching { item, progress, started: now, expires: now.after(left) });
        Ok(self.taken(0, "start", item, progress))
    }

    fn pause(&mut self, user: &str, item: Ref, progress: f64, now: Time) -> Response {
        self.last_position += 1;
        let id = self.last_position;
        let user = self.user(user);
        user.watching = user.watching.filter(|watching| watching.item != item);
        match user.positions.iter_mut().find(|position| position.item == item) {
            Some(position) => *position = Position { progress, paused: now, ..*position },
            None => user.positions.push(Position { id, item, progress, paused: now }),
        }
        // Trakt does not say what this number is; it is not the position's id.
        self.taken(id + 500_000, "pause", item, progress)
    }

    fn play(&mut self, user: &str, item: Ref, progress: f64, now: Time) -> Answer {
        let minutes = self.catalogue.minutes(item);
        let window = Duration::from_secs(self.options.repeat_seconds.unwrap_or(60 * minutes));
        let scrobbled = self.user(user).history.iter().rev();
        let mut scrobbled = scrobbled.filter(|p| p.item == item && p.action == "scrobble");
        if let Some(last) = scrobbled.find(|last| now < last.watched.after(window)) {
            return Err(Response::json(
                409,
                &json!({
                    "watched_at": last.watched.to_string(),
                    "expires_at": last.watched.after(window).to_string(),
                }),
            ));
        }
        let id = self.add_play(user, item, now, "scrobble");
        let user = self.user(user);
        user.watching = user.watching.filter(|watching| watching.item != item);
        user.positions.retain(|position| position.item != item);
        Ok(self.taken(id, "scrobble", item, progress))
    }

    pub(super) fn add_play(
        &mut self,
        user: &str,
        item: Ref,
        watched: Time,
        action: &'static str,
    ) -> u64 {
        self.last_play += 2;
        let id = self.last_play;
        self.user(user).history.push(Play { id, item, watched, action });
        id
    }

    fn taken(&self, id: u64, action: &str, item: Ref, progress: f64) -> Response {
        let mut body = self.catalogue.json(item, false);
        body.remove("type");
        body.insert("id".into(), id.into());
        body.insert("action".into(), action.into());
        body.insert("progress".into(), progress.into());
        Response::json(201, &Value::Object(body))
    }

    /// A check-in by another app; while it runs no start is taken.
    pub fn check_in(&mut self, user: &str, until: Time) {
        self.user(user).checkin = Some(until);
    }

    pub(super) fn end_checkin(&mut self, user: &str) -> Response {
        self.note("end check-in".to_owned());
        self.user(user).checkin = None;
        Response::empty(204)
    }

    pub(super) fn watching(&mut self, user: &str, now: Time) -> Response {
        let Some(watching) = self.user(user).watching_at(now) else {
            return Response::empty(204);
        };
        let mut body = self.catalogue.json(watching.item, false);
        body.insert("started_at".into(), watching.started.to_string().into());
        body.insert("expires_at".into(), watching.expires.to_string().into());
        body.insert("action".into(), "scrobble".into());
        Response::json(200, &Value::Object(body))
    }

    pub(super) fn positions(&mut self, user: &str, kind: Option<Type>) -> Response {
        let positions = self.user(user).positions.clone();
        let wanted = positions.iter().filter(|p| kind.is_none_or(|kind| kind == p.item.kind()));
        let list: Vec<Value> = wanted
            .map(|position| {
                let mut body = self.catalogue.json(position.item, false);
                body.insert("id".into(), position.id.into());
                body.insert("progress".into(), position.progress.into());
                body.insert("paused_at".into(), position.paused.to_string().into());
                Value::Object(body)
            })
            .collect();
        Response::json(200, &list.into())
    }

    pub(super) fn forget_position(&mut self, user: &str, id: u64) -> Answer {
        let positions = &mut self.user(user).positions;
        let found = positions.iter().position(|position| position.id == id);
        let Some(found) = found else { return Err(Response::empty(404)) };
        let gone = positions.remove(found);
        let label = self.catalogue.label(gone.item);
        self.note(format!("forget {label} {}", tenths(gone.progress)));
        Ok(Response::empty(204))
    }
}
