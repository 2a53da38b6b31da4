//! Who may speak for whom? The login of September 2026: device codes, tokens with scopes, refreshes
//! that do not rotate.

use super::{Answer, Simkl, refusal};
use crate::Time;
use crate::http::{Request, Response};
use serde_json::json;
use std::time::Duration;

#[derive(Clone, Debug, Default)]
pub(super) struct Auth {
    codes: Vec<Code>,
    grants: Vec<Grant>,
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

/// What a user has given: it ends with its refresh token.
#[derive(Clone, Debug)]
struct Grant {
    user: String,
    scope: String,
    tokens: Tokens,
    expires: Time,
    ended: bool,
}

/// A pair of tokens, as a login gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// For `Authorization: Bearer`.
    pub access: String,
    /// Works until the grant ends.
    pub refresh: String,
}

/// The scopes that are needed to write.
pub(super) const SCOPE: &str = "media:read media:write";

impl Auth {
    /// Whose access token that is, and what it may do, if it is good at `now`.
    pub(super) fn holder(&self, access: &str, now: Time) -> Option<(String, String)> {
        let mut grants = self.grants.iter();
        grants
            .find(|one| one.tokens.access == access && !one.ended && now < one.expires)
            .map(|one| (one.user.clone(), one.scope.clone()))
    }
}

impl Simkl {
    /// Signs a person in without a device code.
    pub fn issue_tokens(&mut self, user: &str, now: Time) -> Tokens {
        self.user(user);
        self.grant(user, SCOPE, now)
    }

    fn grant(&mut self, user: &str, scope: &str, now: Time) -> Tokens {
        self.auth.made += 1;
        let made = self.auth.made;
        let tokens = Tokens {
            access: format!("simkl_at_{made:08}_{}", now.0),
            refresh: format!("simkl_rt_{made:08}_{}", now.0),
        };
        self.auth.grants.push(Grant {
            user: user.to_owned(),
            scope: scope.to_owned(),
            tokens: tokens.clone(),
            expires: now.after(Duration::from_secs(self.options.token_seconds)),
            ended: false,
        });
        tokens
    }

    /// The person approves the newest code, as `user`. Says whether one was waiting.
    pub fn approve(&mut self, user: &str) -> bool {
        self.decide(Decision::Approved(user.to_owned()))
    }

    /// The person refuses the newest code.
    pub fn refuse(&mut self) -> bool {
        self.decide(Decision::Refused)
    }

    /// The person ends the connection on Simkl's website.
    pub fn disconnect(&mut self, user: &str) {
        for grant in self.auth.grants.iter_mut().filter(|grant| grant.user == user) {
            grant.ended = true;
        }
    }

    fn decide(&mut self, decision: Decision) -> bool {
        let code = self.auth.codes.iter_mut().rev().find(|code| code.decided.is_none());
        code.map(|code| code.decided = Some(decision)).is_some()
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
        // One of the first version has no place here.
        if field("client_id") != self.options.client_id {
            return Err(error(401, "invalid_client"));
        }
        match (step, field("grant_type").as_str()) {
            ("device", _) => Ok(self.device_code(&field("scope"), now)),
            ("token", "urn:ietf:params:oauth:grant-type:device_code") => {
                self.poll(&field("device_code"), now)
            }
            ("token", "refresh_token") => self.refresh(&field("refresh_token"), now),
            ("revoke", _) => {
                let token = field("token");
                for grant in &mut self.auth.grants {
                    let is_access = grant.tokens.access == token;
                    grant.ended |= grant.tokens.refresh == token;
                    if is_access {
                        grant.expires = now;
                    }
                }
                Ok(Response::json(200, &json!({})))
            }
            ("token", _) => Err(error(400, "unsupported_grant_type")),
            _ => Err(refusal(404, "url_failed")),
        }
    }

    fn device_code(&mut self, scope: &str, now: Time) -> Response {
        self.auth.made += 1;
        let made = self.auth.made;
        let user = format!("ABCD-{made:04}");
        let device = format!("dc_{made}_{}", now.0);
        let (seconds, interval) = (900, self.options.poll_interval_seconds);
        let page = &self.options.verification_url;
        let answer = json!({
            "device_code": device,
            "user_code": user,
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code={user}"),
            "expires_in": seconds,
            "interval": interval,
        });
        let (expires, interval) =
            (now.after(Duration::from_secs(seconds)), Duration::from_secs(interval));
        let (scope, polled, polls, decided) = (scope.to_owned(), None, 0, None);
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
            None => Err(error(400, "authorization_pending")),
            Some(Decision::Refused) => Err(error(400, "access_denied")),
            Some(Decision::Used) => Err(error(400, "invalid_grant")),
            Some(Decision::Approved(user)) => {
                code.decided = Some(Decision::Used);
                // What was misspelt or left out is not granted, without a word.
                let asked: Vec<&str> = code.scope.split(' ').collect();
                let granted = SCOPE.split(' ').filter(|one| asked.contains(one));
                let scope = match granted.collect::<Vec<_>>().join(" ") {
                    none if none.is_empty() => "media:read".to_owned(),
                    some => some,
                };
                self.user(&user);
                let tokens = self.grant(&user, &scope, now);
                Ok(self.tokens(&tokens, &scope, true))
            }
        }
    }

    /// The former access token dies at once; the refresh token stays.
    fn refresh(&mut self, refresh: &str, now: Time) -> Answer {
        let lifetime = Duration::from_secs(self.options.token_seconds);
        self.auth.made += 1;
        let access = format!("simkl_at_{:08}_{}", self.auth.made, now.0);
        let mut grants = self.auth.grants.iter_mut();
        let grant = grants.find(|grant| grant.tokens.refresh == refresh && !grant.ended);
        let grant = grant.ok_or_else(|| error(400, "invalid_grant"))?;
        grant.tokens.access = access;
        grant.expires = now.after(lifetime);
        let (tokens, scope) = (grant.tokens.clone(), grant.scope.clone());
        // The refresh token is repeated, or left out.
        let is_repeated = self.auth.made.is_multiple_of(2);
        Ok(self.tokens(&tokens, &scope, is_repeated))
    }

    fn tokens(&self, tokens: &Tokens, scope: &str, with_refresh: bool) -> Response {
        let mut body = json!({
            "access_token": tokens.access,
            "token_type": "Bearer",
            "expires_in": self.options.token_seconds,
            "scope": scope,
        });
        if let (true, Some(body)) = (with_refresh, body.as_object_mut()) {
            body.insert("refresh_token".into(), json!(tokens.refresh));
        }
        Response::json(200, &body)
    }
}

/// As RFC 6749 has them: without a code and a message.
fn error(status: u16, name: &str) -> Response {
    Response::json(status, &json!({ "error": name, "error_description": "see the guide" }))
}
