//! Who may speak for whom? Device codes of an app without a secret, refresh tokens that work once, and
//! keys.

use super::{Answer, MdbList, refusal};
use crate::Time;
use crate::http::{Request, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Clone, Debug, Default)]
pub(super) struct Auth {
    codes: Vec<Code>,
    grants: Vec<Grant>,
    keys: BTreeMap<String, String>,
    made: u64,
}

#[derive(Clone, Debug)]
struct Code {
    device: String,
    scope: String,
    expires: Time,
    interval: Duration,
    polled: Option<Time>,
    polls: u32,
    decided: Option<Decision>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Decision {
    Approved(String),
    Refused,
    Used,
}

#[derive(Clone, Debug)]
struct Grant {
    user: String,
    scope: String,
    tokens: Tokens,
    expires: Time,
    /// When its refresh token was used.
    spent: Option<Time>,
    ended: bool,
}

/// A pair of tokens, as a login gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// For `Authorization: Bearer`.
    pub access: String,
    /// Works once.
    pub refresh: String,
}

impl Auth {
    /// Who asks, and whether they may change anything: by a token in the header or a key in the query,
    /// and in no other way.
    pub(super) fn holder(&self, request: &Request, now: Time) -> Option<(String, bool)> {
        let bearer = request.header("authorization").and_then(|h| h.strip_prefix("Bearer "));
        if let Some(access) = bearer {
            let good =
                |one: &&Grant| one.tokens.access == access && !one.ended && now < one.expires;
            let grant = self.grants.iter().find(good)?;
            return Some((grant.user.clone(), grant.scope.split(' ').any(|one| one == "write")));
        }
        let key = request.parameter("apikey")?;
        self.keys.get(&key).map(|user| (user.clone(), true))
    }
}

impl MdbList {
    /// Signs a person in without a device code.
    pub fn issue_tokens(&mut self, user: &str, now: Time) -> Tokens {
        self.user(user);
        self.grant(user, "write", now)
    }

    /// A key of a person's; the one before it is worth nothing.
    pub fn issue_key(&mut self, user: &str) -> String {
        self.user(user);
        self.auth.made += 1;
        let key = format!("key{:06}of{user}", self.auth.made);
        self.auth.keys.retain(|_, whose| whose != user);
        self.auth.keys.insert(key.clone(), user.to_owned());
        key
    }

    /// The person ends all connections on MDBList's website.
    pub fn disconnect(&mut self, user: &str) {
        for grant in self.auth.grants.iter_mut().filter(|grant| grant.user == user) {
            grant.ended = true;
        }
        self.auth.keys.retain(|_, whose| whose != user);
    }

    /// The access tokens of a person come to their ends; the refresh tokens stay good.
    pub fn let_run_out(&mut self, user: &str) {
        for grant in self.auth.grants.iter_mut().filter(|grant| grant.user == user) {
            grant.expires = Time(0);
        }
    }

    /// The person approves the newest code, as `user`. Says whether one was waiting.
    pub fn approve(&mut self, user: &str) -> bool {
        self.decide(Decision::Approved(user.to_owned()))
    }

    /// The person refuses the newest code.
    pub fn refuse(&mut self) -> bool {
        self.decide(Decision::Refused)
    }

    fn decide(&mut self, decision: Decision) -> bool {
        let code = self.auth.codes.iter_mut().rev().find(|code| code.decided.is_none());
        code.map(|code| code.decided = Some(decision)).is_some()
    }

    fn grant(&mut self, user: &str, scope: &str, now: Time) -> Tokens {
        self.auth.made += 1;
        let made = self.auth.made;
        let (user, scope) = (user.to_owned(), scope.to_owned());
        let access = format!("mdb_at_{made:08}_{}", now.0);
        let tokens = Tokens { access, refresh: format!("mdb_rt_{made:08}_{}", now.0) };
        let expires = now.after(Duration::from_secs(self.options.token_seconds));
        let (spent, ended) = (None, false);
        self.auth.grants.push(Grant { user, scope, tokens: tokens.clone(), expires, spent, ended });
        tokens
    }

    pub(super) fn sign_in(&mut self, step: &str, request: &Request, now: Time) -> Answer {
        let form = Request::new("POST", &format!("/?{}", String::from_utf8_lossy(&request.body)));
        let field = |name: &str| form.parameter(name).unwrap_or_default();
        let is_form = request
            .header("content-type")
            .is_some_and(|kind| kind.trim_start().starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return Err(error(400, "invalid_request"));
        }
        if field("client_id") != self.options.client_id {
            return Err(error(401, "invalid_client"));
        }
        match (step, field("grant_type").as_str()) {
            ("device-authorization", _) => Ok(self.device_code(&field("scope"), now)),
            ("token", "urn:ietf:params:oauth:grant-type:device_code") => {
                self.poll(&field("device_code"), now)
            }
            ("token", "refresh_token") => self.refresh(&field("refresh_token"), now),
            ("token", _) => Err(error(400, "unsupported_grant_type")),
            ("revoke_token", _) => {
                let token = field("token");
                for grant in &mut self.auth.grants {
                    grant.ended |= [&grant.tokens.refresh, &grant.tokens.access].contains(&&token);
                }
                Ok(Response::empty(200))
            }
            _ => Err(refusal(404, "Not found")),
        }
    }

    fn device_code(&mut self, scope: &str, now: Time) -> Response {
        self.auth.made += 1;
        let made = self.auth.made;
        let (user, device) = (format!("ABCD{made:04}"), format!("dc_{made}_{}", now.0));
        let (seconds, interval) = (300, self.options.poll_interval_seconds);
        let page = &self.options.verification_url;
        let mut answer = json!({ "device_code": device, "user_code": user, "verification_uri": page,
                                 "expires_in": seconds, "interval": interval });
        // It is there by turns.
        if let (true, Some(answer)) = (made.is_multiple_of(2), answer.as_object_mut()) {
            let complete = json!(format!("{page}?user_code={user}"));
            answer.insert("verification_uri_complete".into(), complete);
        }
        let expires = now.after(Duration::from_secs(seconds));
        let (scope, interval) = (scope.to_owned(), Duration::from_secs(interval));
        let (polled, polls, decided) = (None, 0, None);
        self.auth.codes.push(Code { device, scope, expires, interval, polled, polls, decided });
        Response::json(200, &answer)
    }

    fn poll(&mut self, device: &str, now: Time) -> Answer {
        let (options, codes) = (&self.options, &mut self.auth.codes);
        let code = codes.iter_mut().find(|code| code.device == device);
        let code = code.ok_or_else(|| error(400, "invalid_grant"))?;
        let is_too_fast = code.polled.is_some_and(|last| now.since(last) < code.interval);
        (code.polled, code.polls) = (Some(now), code.polls + 1);
        if now >= code.expires {
            return Err(error(400, "expired_token"));
        }
        if is_too_fast {
            code.interval += Duration::from_secs(5);
            return Err(error(400, "slow_down"));
        }
        if code.decided.is_none() && options.approve_after_polls.is_some_and(|n| code.polls > n) {
            code.decided = Some(Decision::Approved(options.user.clone()));
        }
        match code.decided.clone() {
            // Its status is one by turns.
            None => {
                let status = match code.polls % 3 {
                    0 => 400,
                    1 => 401,
                    _ => 403,
                };
                Err(error(status, "authorization_pending"))
            }
            Some(Decision::Refused) => Err(error(403, "access_denied")),
            Some(Decision::Used) => Err(error(400, "invalid_grant")),
            Some(Decision::Approved(user)) => {
                code.decided = Some(Decision::Used);
                let scope = code.scope.clone();
                self.user(&user);
                let tokens = self.grant(&user, &scope, now);
                Ok(self.tokens(&tokens, &scope))
            }
        }
    }

    /// Both tokens are new; the refresh token before works no more.
    fn refresh(&mut self, refresh: &str, now: Time) -> Answer {
        let grace = Duration::from_secs(self.options.refresh_grace_seconds);
        let mut grants = self.auth.grants.iter_mut();
        let is_good = |one: &Grant| one.spent.is_none_or(|spent| now.since(spent) < grace);
        let grant = grants.find(|one| one.tokens.refresh == refresh && !one.ended);
        let grant = grant.filter(|one| is_good(one)).ok_or_else(|| error(400, "invalid_grant"))?;
        grant.spent.get_or_insert(now);
        grant.expires = now;
        let (user, scope) = (grant.user.clone(), grant.scope.clone());
        let tokens = self.grant(&user, &scope, now);
        Ok(self.tokens(&tokens, &scope))
    }

    fn tokens(&self, tokens: &Tokens, scope: &str) -> Response {
        let body = json!({
            "access_token": tokens.access, "refresh_token": tokens.refresh, "token_type": "Bearer",
            "expires_in": self.options.token_seconds, "scope": scope,
        });
        Response::json(200, &body)
    }

    pub(super) fn who(&self, user: &str, used: u32, reset: Time) -> Value {
        let most = self.options.calls_a_day;
        json!({ "user_id": 1001, "username": user, "plan": "free", "is_supporter": false,
                "api_requests": most, "api_requests_count": used, "rate_limit": most,
                "rate_limit_remaining": most.saturating_sub(used), "rate_limit_reset": reset.0 / 1000 })
    }
}

/// As RFC 6749 has them.
fn error(status: u16, name: &str) -> Response {
    Response::json(status, &json!({ "error": name }))
}
