//! How does somebody get in? A password or Quick Connect gives a person's token; an administrator makes
//! keys, which are nobody's.

use super::auth::{Holder, Program};
use super::{Answer, Dialect, Jellyfin, Login, made_up, set};
use crate::Time;
use crate::http::{Request, Response};
use serde_json::{Value, json};
use std::time::Duration;

/// For how long a code can be typed in, and then for how long its secret can be used.
const LIFE: Duration = Duration::from_secs(10 * 60);

/// A person who wants to get in with a code.
#[derive(Clone, Debug)]
pub(super) struct Quick {
    code: String,
    secret: String,
    program: Program,
    since: Time,
    /// Who has typed the code in, and when.
    by: Option<(String, Time)>,
}

impl Quick {
    fn lives(&self, there: Time) -> bool {
        let since = self.by.as_ref().map_or(self.since, |(_, at)| *at);
        there.since(since) < LIFE
    }
}

impl Jellyfin {
    /// A person types the newest code in at a client of theirs; `false` where there is none that lives.
    pub fn approve(&mut self, name: &str, now: Time) -> bool {
        let (user, there) = (self.user(name), self.there(now));
        let mut quick = self.quick.iter_mut().rev();
        let Some(quick) = quick.find(|one| one.by.is_none() && one.lives(there)) else {
            return false;
        };
        quick.by = Some((user, there));
        true
    }

    /// A person's password, from now on.
    pub fn set_password(&mut self, name: &str, password: &str) {
        let id = self.user(name);
        if let Some(user) = self.users.iter_mut().find(|user| user.id == id) {
            password.clone_into(&mut user.password);
        }
    }

    /// Nobody gets in any more as this person.
    pub fn disable(&mut self, name: &str) {
        let id = self.user(name);
        if let Some(user) = self.users.iter_mut().find(|user| user.id == id) {
            user.is_disabled = true;
        }
    }

    /// The tokens and keys that there are: what each is called and whose it is. An API key is nobody's.
    #[must_use]
    pub fn logins(&self) -> Vec<(String, Option<String>)> {
        let name = |id: &String| self.named(id).map(|user| user.name.clone());
        let logins = self.tokens.values();
        logins
            .map(|login| (login.program.name.clone(), login.user.as_ref().and_then(name)))
            .collect()
    }

    pub(super) fn may_be_quick(&self) -> Response {
        Response::json(200, &json!(self.options.quick_connect))
    }

    pub(super) fn initiate(&mut self, request: &Request, there: Time) -> Answer {
        let is_get = request.method == "GET";
        let is_taken = match self.options.dialect {
            Dialect::Jellyfin10_8 => is_get,
            Dialect::Jellyfin10_11 => true,
            Dialect::Jellyfin12 => !is_get,
            Dialect::Emby => return Err(Response::empty(404)),
        };
        if !is_taken {
            return Err(Response::empty(405));
        }
        if !self.options.quick_connect {
            return Err(Response { status: 401, ..Response::text("Quick connect is disabled") });
        }
        let program = self.program(request)?;
        self.made += 1;
        let (code, secret) = (format!("{:06}", 482_914 + self.made), self.secret("quick"));
        let secret = secret.repeat(2).to_uppercase();
        let quick = Quick { code, secret, program, since: there, by: None };
        let answer = self.quick_shown(&quick);
        self.quick.retain(|one| one.lives(there));
        self.quick.push(quick);
        Ok(Response::json(200, &answer))
    }

    fn quick_shown(&self, quick: &Quick) -> Value {
        json!({
            "Authenticated": quick.by.is_some(),
            "Secret": quick.secret,
            "Code": quick.code,
            "DeviceId": quick.program.device_id,
            "DeviceName": quick.program.device,
            "AppName": quick.program.name,
            "AppVersion": quick.program.version,
            "DateAdded": self.date(quick.since),
        })
    }

    fn quick(&self, secret: &str, there: Time) -> Result<&Quick, Response> {
        let found = self.quick.iter().find(|one| one.secret == secret && one.lives(there));
        found.ok_or_else(|| Response::empty(404))
    }

    pub(super) fn is_approved(&self, request: &Request, there: Time) -> Answer {
        let secret = request.parameter("secret").unwrap_or_default();
        let quick = self.quick(&secret, there)?;
        Ok(Response::json(200, &self.quick_shown(quick)))
    }

    pub(super) fn sign_in_quickly(&mut self, request: &Request, there: Time) -> Answer {
        let secret = member(&request.read::<Value>()?, "Secret");
        let quick = self.quick(&secret, there)?;
        let (user, _) = quick.by.clone().ok_or_else(|| Response::empty(404))?;
        let program = quick.program.clone();
        Ok(self.signed_in(&user, program, there))
    }

    pub(super) fn sign_in_by_name(&mut self, request: &Request, there: Time) -> Answer {
        let program = self.program(request)?;
        let body: Value = request.read()?;
        let (name, password) = (member(&body, "Username"), member(&body, "Pw"));
        let is_it = |user: &&super::User| user.name.eq_ignore_ascii_case(&name);
        let user = self.users.iter().find(is_it).ok_or_else(|| Response::empty(401))?;
        if user.password != password {
            return Err(Response::empty(401));
        }
        if user.is_disabled {
            return Err(Response::empty(403));
        }
        let user = user.id.clone();
        Ok(self.signed_in(&user, program, there))
    }

    /// The same person on the same device has one token: the older one ends.
    fn signed_in(&mut self, user: &str, program: Program, there: Time) -> Response {
        self.tokens.retain(|_, login| {
            login.user.as_deref() != Some(user) || login.program.device_id != program.device_id
        });
        self.made += 1;
        let token = self.secret("token");
        let answer = json!({
            "User": self.person(user),
            "SessionInfo": { "UserId": user, "DeviceId": program.device_id, "Client": program.name },
            "AccessToken": token,
            "ServerId": self.id(),
        });
        let login = Login { user: Some(user.to_owned()), program, since: there };
        self.tokens.insert(token, login);
        Response::json(200, &answer)
    }

    pub(super) fn sign_out(&mut self, who: &Holder) -> Response {
        if who.user.is_some() {
            self.tokens.remove(&who.token);
        }
        Response::empty(204)
    }

    /// All keys, in no order of their age.
    pub(super) fn keys(&self) -> Response {
        let keys = self.tokens.iter().filter(|(_, login)| login.user.is_none());
        let keys: Vec<Value> = keys
            .map(|(token, login)| {
                json!({
                    "Id": 0,
                    "AccessToken": token,
                    "AppName": login.program.name,
                    "UserId": "00000000000000000000000000000000",
                    "IsActive": true,
                    "DateCreated": self.date(login.since),
                    "DateLastActivity": "0001-01-01T00:00:00.0000000Z",
                })
            })
            .collect();
        let mut answer = json!({ "Items": keys, "TotalRecordCount": keys.len() });
        set(&mut answer, "StartIndex", json!(0));
        Response::json(200, &answer)
    }

    /// It does not say which key it has made.
    pub(super) fn make_key(&mut self, request: &Request, there: Time) -> Answer {
        let app = request.parameter("app").or_else(|| request.parameter("App"));
        let name = app.filter(|app| !app.is_empty()).ok_or_else(|| Response::empty(400))?;
        self.made += 1;
        let key = self.secret("key");
        let program = Program { name, ..Program::default() };
        self.tokens.insert(key, Login { user: None, program, since: there });
        Ok(Response::empty(204))
    }

    pub(super) fn end_key(&mut self, key: &str) -> Response {
        if self.tokens.get(key).is_some_and(|login| login.user.is_none()) {
            self.tokens.remove(key);
        }
        Response::empty(204)
    }

    /// Thirty-two hex digits that nobody has had before.
    fn secret(&self, what: &str) -> String {
        made_up(&format!("{what} {} {}", self.made, self.options.name))
    }
}

/// A member of a body whose names may have any case.
fn member(body: &Value, name: &str) -> String {
    let members = body.as_object().into_iter().flatten();
    let mut found = members.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    let found = found.next().and_then(|(_, value)| value.as_str());
    found.unwrap_or_default().to_owned()
}
