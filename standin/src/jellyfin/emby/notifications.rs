//! Who is notified of what, and by what means?

use super::super::{Answer, made_up, set};
use super::{Emby, at};
use crate::Time;
use crate::http::{Request, Response};
use serde_json::{Map, Value, json};

/// The means that posts webhooks.
const WEBHOOKS: &str = "webhooknotifications";
/// Its plugin.
pub(super) const PLUGIN: &str = "85a7b1d4-fbda-4e85-a0a2-ac303c9946a4";

/// Of what Emby 4.9 can notify, as far as it matters here.
pub const EVENTS: [&str; 10] = [
    "library.new",
    "library.deleted",
    "playback.start",
    "playback.pause",
    "playback.unpause",
    "playback.stop",
    "item.rate",
    "item.markplayed",
    "item.markunplayed",
    "user.authenticated",
];

/// What makes an object whole.
const MEMBERS: [&str; 9] = [
    "NotifierKey",
    "ServiceName",
    "FriendlyName",
    "Enabled",
    "UserIds",
    "DeviceIds",
    "LibraryIds",
    "EventIds",
    "Options",
];

impl Emby {
    /// The notifications that there are.
    #[must_use]
    pub fn notified(&self) -> &[Value] {
        &self.notifications
    }

    /// Somebody makes a notification at the server, with this address and of these events, for the
    /// first person.
    pub fn notify(&mut self, name: &str, url: &str, events: &[&str]) {
        let mut new = defaults();
        set(&mut new, "FriendlyName", json!(name));
        set(&mut new, "EventIds", json!(events));
        set(&mut new, "Options", json!({ "Url": url, "EnableMultipartFormData": "true" }));
        set(&mut new, "TheirOwn", json!({ "kept": true }));
        let user = self.house.users.first().map(|user| user.id.clone());
        set(&mut new, "UserId", json!(user));
        self.add(new);
    }

    /// Somebody changes what there is by hand.
    pub fn edit(&mut self, change: impl FnOnce(&mut Vec<Value>)) {
        change(&mut self.notifications);
    }

    fn add(&mut self, mut new: Value) {
        self.made += 1;
        set(&mut new, "Id", json!(made_up(&format!("notification {}", self.made))));
        self.notifications.push(new);
    }

    pub(super) fn notifications(
        &mut self,
        method: &str,
        path: &[&str],
        request: &Request,
        now: Time,
    ) -> Answer {
        if !self.options.notifies {
            return Err(Response::empty(404));
        }
        let who = self.house.holder(request)?;
        who.is_admin()?;
        let user = request.parameter("UserId");
        match (method, path) {
            ("GET", ["Types"]) => Ok(Response::json(200, &self.types())),
            ("GET", ["Services"]) => {
                let services = json!([
                    { "Name": "Emby Server", "Id": "embyservernotifications" },
                    { "Name": "Webhooks", "Id": WEBHOOKS },
                ]);
                Ok(Response::json(200, &services))
            }
            ("GET", ["Services", "Defaults"]) => match request.parameter("NotifierKey") {
                Some(key) if key == WEBHOOKS => Ok(Response::json(200, &defaults())),
                _ => Err(failed("Value cannot be null. (Parameter 'notifier')")),
            },
            ("GET", ["Services", "Configured"]) => {
                let user = user.ok_or_else(|| failed("Value cannot be null. (Parameter 'id')"))?;
                let theirs = self.notifications.iter().filter(|one| *at(one, "/UserId") == *user);
                Ok(Response::json(200, &theirs.cloned().collect()))
            }
            ("POST", ["Services", "Configured"]) => self.store(request, user),
            ("DELETE", ["Services", "Configured"]) => {
                let id = request.parameter("Id").ok_or_else(|| Response::empty(400))?;
                let user = user.ok_or_else(|| Response::empty(400))?;
                let is_it = |one: &Value| *at(one, "/Id") == *id && *at(one, "/UserId") == *user;
                self.notifications.retain(|one| !is_it(one));
                Ok(Response::empty(204))
            }
            ("POST", ["Services", "Test"]) => self.test(&whole(request)?, user, now),
            _ => Err(Response::empty(404)),
        }
    }

    /// By category, as the page shows them.
    fn types(&self) -> Value {
        let mut categories: Vec<Value> = Vec::new();
        for event in &self.options.events {
            let category = event.split('.').next().unwrap_or_default();
            let one = json!({ "Name": event, "Id": event,
                "CategoryName": category, "CategoryId": category });
            let known = categories.iter_mut().find(|known| at(known, "/Id") == category);
            if let Some(events) = known.and_then(|known| known.get_mut("Events")?.as_array_mut()) {
                events.push(one);
            } else {
                categories.push(json!({ "Name": category, "Id": category, "Events": [one] }));
            }
        }
        Value::from(categories)
    }

    /// Without an id it is a new one. What it does not say is gone.
    fn store(&mut self, request: &Request, user: Option<String>) -> Answer {
        let mut given = whole(request)?;
        let events = at(&given, "/EventIds").as_array().into_iter().flatten();
        let is_known = |event: &Value| self.options.events.iter().any(|known| event == known);
        if let Some(strange) = events.clone().find(|event| !is_known(event)) {
            return Err(failed(&format!("Sequence contains no matching element: {strange}")));
        }
        let texts = at(&given, "/Options").as_object().into_iter().flatten();
        let texts: Map<String, Value> =
            texts.map(|(name, value)| (name.clone(), as_text(value))).collect();
        set(&mut given, "Options", Value::from(texts));
        if let Some(user) = user {
            set(&mut given, "UserId", json!(user));
        }
        match at(&given, "/Id").as_str().filter(|id| !id.is_empty()).map(str::to_owned) {
            None => self.add(given),
            Some(id) => {
                let known = self.notifications.iter_mut().find(|one| *at(one, "/Id") == *id);
                *known.ok_or_else(|| Response::empty(404))? = given;
            }
        }
        Ok(Response::empty(204))
    }
}

/// An entry in which every member is set, and nothing said.
fn defaults() -> Value {
    json!({
        "NotifierKey": WEBHOOKS,
        "SetupModuleUrl": "configurationpage?name=webhookeditorjs",
        "ServiceName": "Webhooks",
        "PluginId": PLUGIN,
        "FriendlyName": "",
        "Enabled": true,
        "UserIds": [],
        "DeviceIds": [],
        "LibraryIds": [],
        "EventIds": [],
        "IsSelfNotification": false,
        "GroupItems": false,
        "Options": {},
    })
}

/// The object in a request, if it is whole and JSON.
fn whole(request: &Request) -> Result<Value, Response> {
    let is_json = request.header("content-type").is_some_and(|t| t.starts_with("application/json"));
    if !is_json {
        return Err(Response::empty(415));
    }
    let given: Value = request.read()?;
    let lacks = MEMBERS.iter().find(|member| given.get(member).is_none());
    match lacks {
        None if at(&given, "/NotifierKey") == WEBHOOKS => Ok(given),
        None => Err(failed("Sequence contains no matching element")),
        Some(member) => Err(failed(&format!("Value cannot be null. (Parameter '{member}')"))),
    }
}

/// Options are kept as texts, whatever they were.
fn as_text(value: &Value) -> Value {
    if value.is_string() || value.is_null() {
        return value.clone();
    }
    json!(value.to_string())
}

/// A fault there, with its reason in the body.
pub(super) fn failed(why: &str) -> Response {
    Response { status: 500, ..Response::text(why) }
}
