//! What does the server answer to each request?

use super::library::SECTIONS;
use super::{Plex, say};
use crate::Time;
use crate::http::{Request, Response, http_date};
use serde_json::{Map, Value, json};

/// A refusal: what a browser would show.
fn refused(status: u16, words: &str) -> Response {
    let page = format!(
        "<html><head><title>{words}</title></head><body><h1>{status} {words}</h1></body></html>"
    );
    Response { body: page.into_bytes(), ..Response::html(status) }
}

impl Plex {
    /// What it answers to `request` at `now`, having changed its state accordingly.
    pub fn answer(&mut self, request: &Request, now: Time) -> Response {
        self.tick(now);
        self.routed(request).unwrap_or_else(|refusal| refusal).with("Date", &http_date(now))
    }

    /// Whose token a request carries: their account's number.
    pub(super) fn holder(&self, request: &Request) -> Option<u64> {
        let in_query = || request.parameter("X-Plex-Token");
        let token = request.header("X-Plex-Token").map(str::to_owned).or_else(in_query)?;
        self.people.iter().find(|person| person.token == token).map(|person| person.id)
    }

    fn routed(&mut self, request: &Request) -> Result<Response, Response> {
        let segments = request.segments();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        if path == ["identity"] {
            return Ok(Response::json(
                200,
                &json!({ "MediaContainer": { "size": 0, "claimed": true,
                         "machineIdentifier": self.machine, "version": "1.43.2.10687-563d026ea" } }),
            ));
        }
        let Some(holder) = self.holder(request) else { return Err(refused(401, "Unauthorized")) };
        if path.first() == Some(&":") && path.get(1) == Some(&"prefs") && holder != 1 {
            return Err(refused(403, "Forbidden"));
        }
        if request.method == "PUT" && path == [":", "prefs"] {
            return self.set_preference(request);
        }
        if request.method != "GET" {
            return Err(refused(404, "Not Found"));
        }
        if path == [":", "eventsource", "notifications"] {
            self.streams += 1;
            return Ok(Response::empty(200).with("Content-Type", "text/event-stream").with(
                "Transfer-Encoding",
                "chunked", // what comes then is `more`'s
            ));
        }
        if !request.header("accept").is_some_and(|kind| kind.contains("application/json")) {
            let xml = Response { body: b"<MediaContainer/>".to_vec(), ..Response::empty(200) };
            return Ok(xml.with("Content-Type", "text/xml;charset=utf-8"));
        }
        match path.as_slice() {
            [] => Ok(self.root()),
            ["status", "sessions"] if holder != 1 => Err(refused(403, "Forbidden")),
            ["status", "sessions"] => Ok(self.listed()),
            ["status", "sessions", "history", "all"] | ["accounts"] if holder != 1 => {
                Err(refused(401, "Unauthorized"))
            }
            ["status", "sessions", "history", "all"] => Ok(self.history_page(request)),
            ["accounts"] => Ok(self.accounts()),
            ["library", "metadata", keys] => self.metadata(keys, request),
            ["library", "sections"] => Ok(sections()),
            [":", "prefs"] => Ok(self.preferences()),
            [":", "prefs", "get"] => self.preference(request),
            _ => Err(refused(404, "Not Found")),
        }
    }

    fn root(&self) -> Response {
        let with_pass = "adaptive_bitrate,hardware_transcoding,home,pass,sync,trailers,webhooks";
        let features = if self.options.pass { with_pass } else { "home" };
        Response::json(
            200,
            &json!({ "MediaContainer": {
                "size": 25, "claimed": true, "eventStream": true, "friendlyName": self.name,
                "machineIdentifier": self.machine, "multiuser": true, "myPlex": true,
                "myPlexSubscription": self.options.pass, "ownerFeatures": features,
                "platform": "Linux", "version": "1.43.2.10687-563d026ea",
            } }),
        )
    }

    fn listed(&self) -> Response {
        let listed =
            self.sessions.iter().filter(|(_, one)| one.reports > self.options.listed_after);
        let said: Vec<Value> = listed
            .filter_map(|(player, session)| {
                let person = self.people.iter().find(|person| Some(person.id) == session.user);
                say::session(player, session, person, &self.library, &self.options)
            })
            .collect();
        let size = [("size".to_owned(), json!(said.len()))];
        say::contained(size.into_iter().collect(), said)
    }

    /// Several keys at once are allowed; those that are not there are left out.
    fn metadata(&self, keys: &str, request: &Request) -> Result<Response, Response> {
        let with_markers = request.parameter("includeMarkers").is_some_and(|value| value == "1");
        let found: Vec<Value> = keys
            .split(',')
            .filter_map(|key| {
                let item = self.library.item(key)?;
                let mut said = say::item(key, item, &self.library, true);
                said.insert(
                    "librarySectionID".to_owned(),
                    json!(item.section().0.parse::<i64>().ok()),
                );
                if let Some(start) = item.credits_ms.filter(|_| with_markers) {
                    let credits = json!({ "id": 811, "type": "credits", "final": true,
                                          "startTimeOffset": start,
                                          "endTimeOffset": item.runtime_ms });
                    said.insert("Marker".to_owned(), json!([credits]));
                }
                Some(Value::Object(said))
            })
            .collect();
        if found.is_empty() {
            return Err(refused(404, "Not Found"));
        }
        let mut container = Map::new();
        container.insert("size".to_owned(), json!(found.len()));
        container.insert("identifier".to_owned(), json!("com.plexapp.plugins.library"));
        Ok(say::contained(container, found))
    }

    /// Number 0 stands for nobody.
    fn accounts(&self) -> Response {
        let nobody = json!({ "id": 0, "key": "/accounts/0", "name": "", "thumb": "" });
        let people = self.people.iter().map(|person| {
            json!({ "id": person.id, "key": format!("/accounts/{}", person.id),
                    "name": person.name, "thumb": person.thumb() })
        });
        let all: Vec<Value> = std::iter::once(nobody).chain(people).collect();
        let container = json!({ "size": all.len(), "identifier": "com.plexapp.system.accounts",
                                "Account": all });
        Response::json(200, &json!({ "MediaContainer": container }))
    }

    /// One setting; one that this version does not have is a wrong request.
    fn preference(&self, request: &Request) -> Result<Response, Response> {
        let is_meant = request.parameter("id").is_some_and(|id| id == "webHooksEnabled");
        let on = self.options.webhooks_on.filter(|_| is_meant);
        let on = on.ok_or_else(|| refused(400, "Bad Request"))?;
        let setting = json!({ "id": "webHooksEnabled", "label": "Webhooks", "type": "bool",
                              "default": true, "value": on, "hidden": false, "advanced": true,
                              "group": "network" });
        Ok(Response::json(200, &json!({ "MediaContainer": { "size": 1, "Setting": [setting] } })))
    }

    fn set_preference(&mut self, request: &Request) -> Result<Response, Response> {
        if request.header("Content-Length").is_none() {
            return Err(refused(411, "Length Required"));
        }
        let wanted = request.parameter("webHooksEnabled");
        match (wanted.as_deref(), &mut self.options.webhooks_on) {
            (Some(word), Some(on)) => *on = matches!(word, "1" | "true"),
            _ => return Err(refused(400, "Bad Request")),
        }
        Ok(Response::empty(200))
    }

    fn preferences(&self) -> Response {
        let percent = self.options.played_percent;
        let settings = json!([
            { "id": "webHooksEnabled", "type": "bool", "default": true,
              "value": self.options.webhooks_on },
            { "id": "LibraryVideoPlayedThreshold", "type": "int", "default": 90, "value": percent },
            { "id": "LibraryVideoPlayedAtBehaviour", "type": "text", "default": "3",
              "value": self.options.played_at.to_string() },
        ]);
        Response::json(200, &json!({ "MediaContainer": { "size": 3, "Setting": settings } }))
    }
}

fn sections() -> Response {
    let all: Vec<Value> = SECTIONS
        .iter()
        .map(|(key, title, kind)| json!({ "key": key, "title": title, "type": kind }))
        .collect();
    Response::json(200, &json!({ "MediaContainer": { "size": all.len(), "Directory": all } }))
}
