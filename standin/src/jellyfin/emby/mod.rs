//! What has Emby that Jellyfin has not? Its notifications, by which it posts webhooks.
//!
//! [`Emby`] is a [`Jellyfin`] of the dialect [`Dialect::Emby`] with what else a program meets that wants
//! to be told of plays there: paged lists, what can be notified of and by what means, and the webhooks
//! themselves, which are posted only where there is Premiere. Paths and shapes are those of Emby's own web
//! client and of Emby.SDK 4.8.11 (`UserNotificationInfo`); a new notification is for nobody unless it is
//! said whose it is, and an object that is not whole loses what it lacks.
//!
//! Not here: what both are alike in (the rest of this room).

mod notifications;
mod webhooks;

pub use notifications::EVENTS;

use super::{Answer, Dialect, Jellyfin};
use crate::Time;
use crate::http::{Request, Response};
use crate::post::Post;
use crate::service::Service;
use serde_json::{Value, json};
use std::sync::Arc;

/// Emby on a socket.
pub type Server = crate::server::Server<Emby>;

/// What carries webhooks away.
pub type Carrier = Arc<dyn Fn(&Post) -> Result<(), String> + Send + Sync>;

/// What can be set.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether there is Premiere: without it notifications can be made, and none is sent.
    pub premiere: bool,
    /// Of what can be notified.
    pub events: Vec<&'static str>,
    /// What the test message is called: `system.notificationtest`, or, from 4.9, `system.webhooktest`.
    pub test: &'static str,
    /// How much of a list is in an answer at most, whatever was asked for.
    pub most: usize,
    /// Whether it has notifications of this kind at all, as from 4.8.
    pub notifies: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            premiere: true,
            events: EVENTS.to_vec(),
            test: "system.webhooktest",
            most: 1000,
            notifies: true,
        }
    }
}

/// The stand-in's whole state.
#[derive(Clone)]
pub struct Emby {
    /// Who watches what there.
    pub house: Jellyfin,
    /// What can be set.
    pub options: Options,
    notifications: Vec<Value>,
    /// How many notifications were ever made.
    made: u64,
    carrier: Carrier,
}

impl Emby {
    /// Nobody watches, and nobody is notified.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Jellyfin::new(Dialect::Emby))
    }

    /// The same with what there is to watch.
    ///
    /// Its dialect becomes Emby's.
    #[must_use]
    pub fn of(mut house: Jellyfin) -> Self {
        house.options.dialect = Dialect::Emby;
        Self {
            house,
            options: Options::default(),
            notifications: Vec::new(),
            made: 0,
            carrier: Arc::new(Post::send),
        }
    }

    /// Lets webhooks be carried away by other means than sockets.
    pub fn carried_by(
        &mut self,
        carrier: impl Fn(&Post) -> Result<(), String> + Send + Sync + 'static,
    ) {
        self.carrier = Arc::new(carrier);
    }

    /// Makes a person an administrator.
    pub fn promote(&mut self, name: &str) {
        let id = self.house.user(name);
        for user in self.house.users.iter_mut().filter(|user| user.id == id) {
            user.is_admin = true;
        }
    }

    /// What it answers to `request` at `now`, having done what was due by then.
    pub fn answer(&mut self, request: &Request, now: Time) -> Response {
        self.pass(now);
        match self.routed(request, now) {
            Some(answer) => {
                let there = self.house.there(now);
                let answer = answer.unwrap_or_else(|refusal| refusal);
                answer.with("Date", &crate::http::http_date(there))
            }
            None => self.house.answer(request, now),
        }
    }

    /// `None` for what both are alike in.
    fn routed(&mut self, request: &Request, now: Time) -> Option<Answer> {
        let segments = request.segments();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let path = path.strip_prefix(&["emby"]).unwrap_or(&path);
        match (request.method.as_str(), path) {
            ("GET", ["Users", "Query"] | ["Auth", "Keys"]) => Some(self.page(request, now)),
            ("GET", ["Plugins"]) => Some(self.administered(request, |_| Ok(plugins()))),
            ("POST", ["Auth", "Keys", key, "Delete"]) => {
                let gone = format!("/Auth/Keys/{key}");
                let request = Request { method: "DELETE".into(), path: gone, ..request.clone() };
                Some(Ok(self.house.answer(&request, now)))
            }
            (method, ["Notifications", rest @ ..]) => {
                Some(self.notifications(method, rest, request, now))
            }
            _ => None,
        }
    }

    /// What only an administrator may ask for.
    fn administered(&self, request: &Request, answer: impl FnOnce(&Self) -> Answer) -> Answer {
        self.house.holder(request)?.is_admin()?;
        answer(self)
    }

    /// A page of a list that the house would give whole.
    fn page(&mut self, request: &Request, now: Time) -> Answer {
        let whole = self.house.answer(request, now);
        if whole.status != 200 {
            return Err(whole);
        }
        let number = |name: &str| request.parameter(name).and_then(|text| text.parse().ok());
        let all = at(&whole.value(), "/Items").as_array().cloned().unwrap_or_default();
        let most = number("Limit").unwrap_or(usize::MAX).min(self.options.most);
        let count = all.len();
        let page = all.into_iter().skip(number("StartIndex").unwrap_or(0)).take(most);
        let page: Vec<Value> = page.collect();
        Ok(Response::json(200, &json!({ "Items": page, "TotalRecordCount": count })))
    }
}

impl Default for Emby {
    fn default() -> Self {
        Self::new()
    }
}

/// What stands there, or null.
fn at<'a>(of: &'a Value, pointer: &str) -> &'a Value {
    of.pointer(pointer).unwrap_or(&Value::Null)
}

/// Webhooks are built in, and listed among the plugins; there is no word on whether one is active.
fn plugins() -> Response {
    Response::json(
        200,
        &json!([{
            "Name": "Webhooks",
            "Version": "1.0.39.0",
            "ConfigurationFileName": "Emby.Webhooks.xml",
            "Description": "Webhooks for Emby Server",
            "Id": notifications::PLUGIN,
        }]),
    )
}

impl Service for Emby {
    fn answer(&mut self, request: &Request, now: Time) -> Response {
        Self::answer(self, request, now)
    }

    fn page(&self, _request: &Request, _now: Time) -> Option<Response> {
        None
    }

    fn listens(&mut self, _url: &str) {}
}

impl Server {
    /// Does something there now: `server.at(|emby, now| emby.stop("den", now))`.
    pub fn at<T>(&self, act: impl FnOnce(&mut Emby, Time) -> T) -> T {
        let now = self.now();
        self.with(|emby| act(emby, now))
    }
}

#[cfg(test)]
mod tests;
