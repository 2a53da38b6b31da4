//! Who may speak for whom? Device codes, tokens, refreshes.

use super::{Answer, Options, PACE_GRACE, Trakt};
use crate::Time;
use crate::http::{Request, Response};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// The four calls of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    DeviceCode,
    DeviceToken,
    Refresh,
    Revoke,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Auth {
    codes: Vec<Code>,
    grants: Vec<Grant>,
    made: u64,
}

#[derive(Clone, Debug)]
struct Code {
    device: String,
    user: String,
    expires: Time,
    polls: u32,
    polled: Option<Time>,
    state: CodeState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum CodeState {
    Pending,
    Approved(String),
    Refused,
    Used,
}

/// One pair of tokens.
#[derive(Clone, Debug)]
struct Grant {
    user: String,
    tokens: Tokens,
    expires: Time,
    /// When the refresh token was used.
    spent: Option<Time>,
    revoked: bool,
}

/// A pair of tokens, as a sign-in gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// For `Authorization: Bearer`.
    pub access: String,
    /// Works once.
    pub refresh: String,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    refresh_token: String,
    #[serde(default)]
    grant_type: String,
}

impl Auth {
    /// Whose access token that is, if it is good at `now`.
    pub(super) fn user_of(&self, access: &str, now: Time) -> Option<String> {
        let mut grants = self.grants.iter();
        grants
            .find(|grant| grant.tokens.access == access && !grant.revoked && now < grant.expires)
            .map(|grant| grant.user.clone())
    }

    fn grant(&mut self, user: &str, options: &Options, now: Time) -> Tokens {
        self.made += 1;
        let tokens = Tokens {
            access: format!("access-{}-{}", self.made, now.0),
            refresh: format!("refresh-{}-{}", self.made, now.0),
        };
        self.grants.push(Grant {
            user: user.to_owned(),
            tokens: tokens.clone(),
            expires: now.after(Duration::from_secs(options.token_seconds)),
            spent: None,
            revoked: false,
        });
        tokens
    }
}

impl Trakt {
    /// Signs a person in without a device code.
    pub fn issue_tokens(&mut self, user: &str, now: Time) -> Tokens {
        self.user(user);
        self.auth.grant(user, &self.options, now)
    }

    /// The person approves the code (the newest one where `None`) and is signed in as `user`.
    /// Says whether there was such a pending code.
    pub fn approve(&mut self, user_code: Option<&str>, user: &str) -> bool {
        self.decide(user_code, CodeState::Approved(user.to_owned()))
    }

    /// The person refuses the code (the newest one where `None`).
    pub fn refuse(&mut self, user_code: Option<&str>) -> bool {
        self.decide(user_code, CodeState::Refused)
    }

    /// The person disconnects the app on Trakt's website: no token of theirs is good any more.
    pub fn disconnect(&mut self, user: &str) {
        for grant in self.auth.grants.iter_mut().filter(|grant| grant.user == user) {
            grant.revoked = true;
        }
    }

    fn decide(&mut self, user_code: Option<&str>, state: CodeState) -> bool {
        let mut codes = self.auth.codes.iter_mut().rev();
        let code = codes.find(|code| {
            code.state == CodeState::Pending && user_code.is_none_or(|text| text == code.user)
        });
        let found = code.is_some();
        if let Some(code) = code {
            code.state = state;
        }
        found
    }

    pub(super) fn sign_in(&mut self, step: Step, request: &Request, now: Time) -> Answer {
        let body: Body = request.read()?;
        if body.client_id != self.options.client_id {
            return Err(Response::refusal(401, "invalid_client"));
        }
        if step != Step::DeviceCode && body.client_secret != self.options.client_secret {
            return Err(Response::refusal(401, "invalid_client"));
        }
        match step {
            Step::DeviceCode => Ok(self.device_code(now)),
            Step::DeviceToken => self.device_token(&body.code, now),
            Step::Refresh => self.refresh(&body, now),
            Step::Revoke => {
                let mut grants = self.auth.grants.iter_mut();
                if let Some(grant) = grants.find(|grant| grant.tokens.access == body.token) {
                    grant.revoked = true;
                }
                Ok(Response::json(200, &json!({})))
            }
        }
    }

    fn device_code(&mut self, now: Time) -> Response {
        self.auth.made += 1;
        let code = Code {
            device: format!("device-{}-{}", self.auth.made, now.0),
            user: format!("{:08X}", 0x5C20_BB00_u64 + self.auth.made),
            expires: now.after(Duration::from_secs(self.options.device_code_seconds)),
            polls: 0,
            polled: None,
            state: CodeState::Pending,
        };
        let answer = Response::json(
            200,
            &json!({
                "device_code": code.device,
                "user_code": code.user,
                "verification_url": self.options.verification_url,
                "expires_in": self.options.device_code_seconds,
                "interval": self.options.poll_interval_seconds,
            }),
        );
        self.auth.codes.push(code);
        answer
    }

    fn device_token(&mut self, device: &str, now: Time) -> Answer {
        let interval = Duration::from_secs(self.options.poll_interval_seconds);
        let approve_after = self.options.approve_after_polls;
        let mut codes = self.auth.codes.iter_mut();
        let code = codes.find(|code| code.device == device).ok_or(Response::empty(404))?;
        let too_fast =
            code.polled.is_some_and(|last| interval.saturating_sub(now.since(last)) > PACE_GRACE);
        code.polled = Some(now);
        if too_fast {
            return Err(Response::empty(429));
        }
        match &code.state {
            CodeState::Used => return Err(Response::empty(409)),
            CodeState::Pending | CodeState::Approved(_) | CodeState::Refused
                if now >= code.expires =>
            {
                return Err(Response::empty(410));
            }
            CodeState::Refused => return Err(Response::empty(418)),
            CodeState::Pending if approve_after.is_none_or(|after| code.polls < after) => {
                code.polls += 1;
                return Err(Response::empty(400));
            }
            CodeState::Pending | CodeState::Approved(_) => {}
        }
        let user = match std::mem::replace(&mut code.state, CodeState::Used) {
            CodeState::Approved(user) => user,
            CodeState::Pending | CodeState::Refused | CodeState::Used => self.options.user.clone(),
        };
        let tokens = self.issue_tokens(&user, now);
        Ok(self.pair(&tokens, now))
    }

    fn refresh(&mut self, body: &Body, now: Time) -> Answer {
        let invalid = || {
            Response::json(
                400,
                &json!({
                    "error": "invalid_grant",
                    "error_description": "The authorization grant is invalid, expired or revoked.",
                }),
            )
        };
        if body.grant_type != "refresh_token" {
            return Err(Response::refusal(400, "unsupported_grant_type"));
        }
        let grace = Duration::from_secs(self.options.refresh_grace_seconds);
        let mut grants = self.auth.grants.iter_mut();
        let grant = grants
            .find(|grant| grant.tokens.refresh == body.refresh_token && !grant.revoked)
            .ok_or_else(invalid)?;
        if grant.spent.is_some_and(|spent| now.since(spent) >= grace) {
            return Err(invalid());
        }
        grant.spent.get_or_insert(now);
        let user = grant.user.clone();
        let tokens = self.issue_tokens(&user, now);
        Ok(self.pair(&tokens, now))
    }

    fn pair(&self, tokens: &Tokens, now: Time) -> Response {
        Response::json(
            200,
            &json!({
                "access_token": tokens.access,
                "token_type": "bearer",
                "expires_in": self.options.token_seconds,
                "refresh_token": tokens.refresh,
                "scope": "public",
                "created_at": now.0 / 1000,
            }),
        )
    }
}
