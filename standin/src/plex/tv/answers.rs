//! What does plex.tv answer to each request?

use super::{Code, Connection, Device, PlexTv};
use crate::Time;
use crate::http::{Request, Response, http_date};
use serde_json::{Value, json};

/// A refusal in plex.tv's words.
fn refused(status: u16, code: u16, message: &str) -> Response {
    Response::json(
        status,
        &json!({ "errors": [{ "code": code, "message": message, "status": status }] }),
    )
}

impl PlexTv {
    /// What it answers to `request` at `now`, having changed its state accordingly.
    pub fn answer(&mut self, request: &Request, now: Time) -> Response {
        self.routed(request, now).unwrap_or_else(|refusal| refusal).with("Date", &http_date(now))
    }

    fn routed(&mut self, request: &Request, now: Time) -> Result<Response, Response> {
        let before = self.last_call.replace(now);
        let gap = before.map_or(u128::MAX, |before| now.since(before).as_millis());
        if gap < u128::from(self.options.least_gap_ms) {
            return Err(Response::empty(429)); // it does not say how long to wait
        }
        if request.method == "POST" && request.header("Content-Length").is_none() {
            return Err(Response::html(411)); // the proxy in front of it
        }
        let client = request.header("X-Plex-Client-Identifier").unwrap_or_default();
        if client.is_empty() {
            return Err(refused(400, 1000, "X-Plex-Client-Identifier is missing"));
        }
        if !request.header("accept").is_some_and(|kind| kind.contains("application/json")) {
            let xml = Response { body: b"<MediaContainer/>".to_vec(), ..Response::empty(200) };
            return Ok(xml.with("Content-Type", "application/xml; charset=utf-8"));
        }
        let segments = request.segments();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let ["api", "v2", rest @ ..] = path.as_slice() else {
            return Err(Response::html(404));
        };
        match (request.method.as_str(), rest) {
            ("POST", ["pins"]) => return Ok(self.new_code(request, client, now)),
            ("GET", ["pins", id]) => return self.code(id, client, now),
            _ => {}
        }
        let token = request.header("X-Plex-Token").unwrap_or_default();
        let Some(&is_older) = self.tokens.get(token) else {
            return Err(refused(401, 1001, "User could not be authenticated"));
        };
        match (request.method.as_str(), rest) {
            ("GET", ["user"]) => Ok(self.user(token)),
            ("GET", ["ping"]) => Ok(Response::json(200, &json!({ "pong": true }))),
            ("GET", ["resources"]) => {
                let all: Vec<Value> = self.devices.iter().map(device).collect();
                Ok(Response::json(200, &Value::Array(all)))
            }
            ("GET", ["home", "users"]) => Ok(self.home_users()),
            ("GET" | "POST", ["user", "webhooks"]) => self.list_of_webhooks(request, is_older),
            ("DELETE", ["users", "signout"]) => {
                self.tokens.remove(token);
                Ok(Response::empty(204))
            }
            _ => Err(refused(404, 1002, "Not Found")),
        }
    }

    /// Four characters for the link page, or a long code for who sends people elsewhere.
    fn new_code(&mut self, request: &Request, client: &str, now: Time) -> Response {
        self.made += 1;
        let strong = request.parameter("strong").is_some_and(|value| value == "true");
        let text = if strong {
            format!("{:0>25}", format!("k{}", self.made))
        } else {
            format!("Q{:03}", self.made)
        };
        let id = 564_964_750 + self.made;
        let code = Code { text, client: client.to_owned(), created: now, token: None };
        let answer = Response::json(201, &self.told(id, &code, None, now));
        self.codes.insert(id, code);
        answer
    }

    /// How a code stands, to who asked for it.
    fn code(&self, id: &str, client: &str, now: Time) -> Result<Response, Response> {
        let gone = || refused(404, 1020, "Code not found or expired");
        let id: u64 = id.parse().map_err(|_| gone())?;
        let code = self.codes.get(&id).filter(|code| code.client == client).ok_or_else(gone)?;
        let is_over = now.since(code.created).as_secs() >= self.options.code_seconds;
        if is_over && self.options.expired_is_404 {
            return Err(gone());
        }
        let token = code.token.as_deref().filter(|_| !is_over);
        Ok(Response::json(200, &self.told(id, code, token, now)))
    }

    fn told(&self, id: u64, code: &Code, token: Option<&str>, now: Time) -> Value {
        let lives = self.options.code_seconds;
        let over = code.created.after(std::time::Duration::from_secs(lives));
        let text = &code.text;
        let seconds = |time: Time| format!("{}Z", &time.to_string()[..19]);
        json!({
            "id": id,
            "code": text,
            "product": "scrobbled",
            "trusted": false,
            "qr": format!("https://plex.tv/api/v2/pins/qr/{text}"),
            "clientIdentifier": code.client,
            "location": { "code": "NL", "country": "The Netherlands", "city": "Breda" },
            "expiresIn": over.since(now).as_secs(),
            "createdAt": seconds(code.created),
            "expiresAt": seconds(over),
            "authToken": token,
            "newRegistration": token.map(|_| false),
        })
    }

    fn user(&self, token: &str) -> Response {
        let ((name, id), is_home) = (&self.account, !self.home.is_empty());
        let pass = self.options.pass;
        let features = if pass {
            json!(["home", "pass", "sync", "webhooks"])
        } else {
            json!(["federated-auth"])
        };
        Response::json(
            200,
            &json!({
                "id": id, "uuid": uuid(*id), "username": name, "title": name,
                "friendlyName": name, "email": "mara@example.net",
                "thumb": format!("https://plex.tv/users/{}/avatar?c=1765012345", uuid(*id)),
                "home": is_home, "homeAdmin": is_home, "homeSize": self.home.len(),
                "restricted": false, "guest": false, "protected": false,
                "authToken": token,
                "roles": if pass { json!(["plexpass"]) } else { json!([]) },
                "subscription": {
                    "active": pass,
                    "subscribedAt": pass.then_some("2021-04-12T18:21:12Z"),
                    "status": if pass { "Active" } else { "Inactive" },
                    "plan": pass.then_some("lifetime"),
                    "features": features,
                },
            }),
        )
    }

    fn home_users(&self) -> Response {
        let users = self.home.iter().map(|member| {
            let own = (!member.managed).then(|| member.name.clone());
            json!({
                "id": member.id, "uuid": uuid(member.id), "title": member.name,
                "username": own, "email": own.as_ref().map(|name| format!("{name}@example.net")),
                "friendlyName": member.name,
                "thumb": format!("https://plex.tv/users/{}/avatar", uuid(member.id)),
                "hasPassword": !member.managed, "restricted": member.managed,
                "admin": member.id == self.account.1, "guest": false, "protected": false,
                "updatedAt": "2026-11-01T10:00:00Z",
            })
        });
        let users: Vec<Value> = users.collect();
        Response::json(200, &json!({ "users": users }))
    }

    /// The list is the account's. What is posted replaces all of it: a body that is no form has no
    /// address in it, so that none is left.
    fn list_of_webhooks(
        &mut self,
        request: &Request,
        is_older: bool,
    ) -> Result<Response, Response> {
        if !self.options.pass {
            let status = self.options.without_pass;
            return Err(refused(status, 1003, "Plex Pass subscription required"));
        }
        let pin = self.options.admin_pin.as_ref().filter(|_| is_older);
        if pin.is_some_and(|pin| request.parameter("pin").as_ref() != Some(pin)) {
            return Err(refused(401, 1041, "PIN is missing or wrong"));
        }
        if request.method == "POST" {
            let urls = request.form().filter(|(name, _)| name == "urls[]" || name == "urls");
            self.webhooks = urls.map(|(_, url)| url).filter(|url| !url.is_empty()).collect();
        }
        let list: Vec<Value> = self.webhooks.iter().map(|url| json!({ "url": url })).collect();
        self.let_intrude();
        let status = if request.method == "POST" { 201 } else { 200 };
        Ok(Response::json(status, &Value::Array(list)))
    }
}

fn uuid(id: u64) -> String {
    format!("{:016x}", id.wrapping_mul(7_919))
}

fn device(device: &Device) -> Value {
    let connections: Vec<Value> = device.connections.iter().map(connection).collect();
    let is_server = device.provides.contains("server");
    json!({
        "name": device.name,
        "product": if is_server { "Plex Media Server" } else { "Plex for LG" },
        "productVersion": "1.43.2.10687-563d026ea",
        "platform": "Linux",
        "device": "Docker Container",
        "clientIdentifier": device.machine,
        "createdAt": "2019-03-02T10:11:12Z",
        "lastSeenAt": "2026-11-27T00:12:00Z",
        "provides": device.provides,
        "ownerId": (!device.owned).then_some(90_518_264),
        "sourceTitle": (!device.owned).then_some("jo.guest"),
        "publicAddress": "203.0.113.24",
        "accessToken": device.token,
        "owned": device.owned,
        "home": device.owned,
        "synced": false,
        "relay": device.connections.iter().any(|one| one.relay),
        "presence": is_server,
        "httpsRequired": device.https_required,
        "publicAddressMatches": true,
        "dnsRebindingProtection": false,
        "natLoopbackSupported": false,
        "connections": connections,
    })
}

fn connection(connection: &Connection) -> Value {
    json!({
        "protocol": "https", "address": connection.address, "port": connection.port,
        "uri": connection.uri, "local": connection.local, "relay": connection.relay, "IPv6": false,
    })
}
