//! What does plex.tv do for us?
//!
//! It has the account: the sign-in by code, the servers that are its own, its home, its webhooks. It takes
//! a call a second from us and no more: what it allows it does not say, and who asks faster is refused.
//!
//! Not here: what its answers mean (`answers`), what becomes of the list of webhooks (`hooks`).

use super::super::around::Around;
use super::super::call::{IS_IT_RIGHT, call};
use super::super::talk::{Ended, Talk};
use super::answers::{self, Found, Pin, User};
use super::hooks::{self, Ours};
use crate::http::{Answer, Method};
use crate::pace::{Limit, Pace};
use crate::secret::Secret;
use serde_json::Value;
use std::cell::Cell;
use std::sync::mpsc::channel;
use std::time::Duration;

/// How often it is called.
const LIMIT: Limit = Limit { every: Duration::from_secs(1), at_once: 1 };
/// How often it is asked whether a code was typed.
const POLL: Duration = Duration::from_secs(2);
/// How often something is asked for that changes nothing.
const TRIES: u32 = 3;
/// How long we wait after an answer that asks for patience without saying how long.
const REST: Duration = Duration::from_secs(5);
/// How long we wait at most, whatever it says, where somebody sees why.
const REST_MOST: Duration = Duration::from_secs(60);
/// What is said where nobody answers: nobody has given this address.
const IS_IT_ONLINE: &str =
    "look whether this machine has an internet connection, and a DNS that knows it";
/// How often the list of webhooks is read anew because somebody else wrote in between.
const ROUNDS: u32 = 3;

/// Why plex.tv did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The person left meanwhile.
    Ended(Ended),
    /// It refuses, with this status.
    Refused(u16),
    /// It does not answer, or not in a way that makes sense; a sentence says it.
    Silent(String),
    /// Others have written to the list of webhooks each time.
    Crowded,
}

impl Trouble {
    /// The sentence of it, as the end of a conversation.
    pub(super) fn ended(self) -> Ended {
        match self {
            Self::Ended(ended) => ended,
            Self::Refused(_) | Self::Silent(_) | Self::Crowded => Ended::Failed(self.sentence()),
        }
    }

    /// The sentence of it, with the mend.
    pub(super) fn sentence(self) -> String {
        match self {
            Self::Ended(ended) => ended.to_string(),
            Self::Refused(401) => {
                "plex.tv does not accept the sign-in any more; run `scrobbled connect plex`, or connect \
                 Plex again on the page"
                    .into()
            }
            Self::Refused(429) => {
                "plex.tv wants fewer calls; wait some minutes and try again".into()
            }
            Self::Refused(status) => {
                format!(
                    "plex.tv refuses this ({status}); try again in some minutes, and if it goes on, sign in \
                     again by `scrobbled connect plex` or on the page"
                )
            }
            Self::Silent(why) => why,
            Self::Crowded => {
                "another program writes to the account's webhooks all the time, so the list \
                              was left to it; stop that program and try again"
                    .into()
            }
        }
    }
}

/// A way to plex.tv.
pub(super) struct PlexTv<'a> {
    around: &'a Around,
    /// With whom we talk; nobody where it is for `check` and the like.
    talk: Option<&'a Talk>,
    /// The account's token, once somebody has signed in.
    token: Secret,
    pace: Cell<Pace>,
}

impl<'a> PlexTv<'a> {
    /// A way on which the account's token is shown.
    pub(super) fn new(around: &'a Around, talk: Option<&'a Talk>, token: &Secret) -> Self {
        let mut pace = Pace::new(LIMIT);
        if talk.is_none() {
            // What is done for several servers, or after another command, has a way of its own each.
            pace.spend(1, around.clock.steady());
        }
        Self { around, talk, token: token.clone(), pace: Cell::new(pace) }
    }

    /// The same for who has signed in.
    pub(super) fn signed_in(mut self, token: &Secret) -> Self {
        self.token = token.clone();
        self
    }

    /// Makes a code of four characters.
    pub(super) fn new_pin(&self) -> Result<Pin, Trouble> {
        let answer = self.ask(Method::Post, "/api/v2/pins", None, TRIES)?;
        read(&answer, answers::pin)
    }

    /// Waits until somebody has typed the code. `None`: nobody did while it lived.
    pub(super) fn typed(&self, pin: &Pin) -> Result<Option<Secret>, Trouble> {
        let until = self.around.clock.steady().saturating_add(pin.lives);
        let path = format!("/api/v2/pins/{}", pin.id);
        while self.around.clock.steady() < until {
            self.wait(POLL)?;
            match self.ask(Method::Get, &path, None, 1) {
                Ok(answer) => {
                    if let Some(token) = answer.json().as_ref().and_then(answers::token) {
                        return Ok(Some(token));
                    }
                }
                Err(Trouble::Refused(404)) => return Ok(None),
                Err(Trouble::Refused(429)) => self.wait(REST)?,
                Err(Trouble::Ended(ended)) => return Err(Trouble::Ended(ended)),
                Err(_) => {} // it may have got over it by the next time
            }
        }
        Ok(None)
    }

    /// Whose account it is.
    pub(super) fn user(&self) -> Result<User, Trouble> {
        read(&self.get("/api/v2/user")?, |answer| answer.is_object().then(|| answers::user(answer)))
    }

    /// The servers that are the account's own.
    pub(super) fn servers(&self) -> Result<Vec<Found>, Trouble> {
        let path = "/api/v2/resources?includeHttps=1&includeRelay=1&includeIPv6=1";
        let own = |answer: &Value| answer.is_array().then(|| answers::servers(answer));
        read(&self.get(path)?, own)
    }

    /// The members of the account's home.
    pub(super) fn home(&self) -> Result<Value, Trouble> {
        read(&self.get("/api/v2/home/users")?, |answer| Some(answer.clone()))
    }

    /// The addresses in the account's list of webhooks.
    pub(super) fn webhooks(&self) -> Result<Vec<String>, Trouble> {
        read(&self.get("/api/v2/user/webhooks")?, answers::webhooks)
    }

    /// Brings the account's list of webhooks to hold of ours what it shall. It is read once more right
    /// before it is written, since a write replaces what others have written meanwhile, and once more
    /// after it, since they may have replaced ours. Tells how many there are that are not ours.
    pub(super) fn register(&self, ours: &Ours<'_>) -> Result<usize, Trouble> {
        let mut list = self.webhooks()?;
        let (mut lost, mut trouble) = (Vec::new(), Trouble::Crowded);
        for round in 0..=ROUNDS {
            let there = [list.as_slice(), &lost].concat();
            let wanted = ours.applied(&there);
            if wanted == list {
                let own = usize::from(ours.wanted.is_some());
                return Ok(wanted.len().saturating_sub(own));
            }
            if round == ROUNDS {
                break;
            }
            let now = self.webhooks()?;
            if !hooks::same(&now, &list) {
                lost = hooks::missing(&lost, &now);
                (list, trouble) = (now, Trouble::Crowded);
                continue;
            }
            let form = hooks::form(&wanted);
            match self.ask(Method::Post, "/api/v2/user/webhooks", Some(&form), 1) {
                // Where its answer is lost, the list tells whether it was taken.
                Ok(_) | Err(Trouble::Silent(_)) => {}
                Err(trouble) => return Err(trouble),
            }
            // It may be written: a refusal to show it does not mean that it was refused.
            list = self.webhooks().map_err(|trouble| match trouble {
                Trouble::Refused(status) => Trouble::Silent(format!(
                    "plex.tv does not show the account's webhooks after they were written ({status}); \
                     connect Plex again to have them looked at"
                )),
                Trouble::Ended(_) | Trouble::Silent(_) | Trouble::Crowded => trouble,
            })?;
            // What others have there is not to go because of us, whoever wrote last.
            lost = hooks::missing(&ours.others(&wanted), &list);
            trouble = if hooks::same(&now, &list) {
                let why =
                    "plex.tv does not keep the list of webhooks that it is given; try again later";
                Trouble::Silent(why.to_owned())
            } else {
                Trouble::Crowded
            };
        }
        Err(trouble)
    }

    /// Gives the account's token back.
    pub(super) fn sign_out(&self) -> Result<(), Trouble> {
        self.ask(Method::Delete, "/api/v2/users/signout", None, 1).map(|_| ())
    }

    fn get(&self, path: &str) -> Result<Answer, Trouble> {
        self.ask(Method::Get, path, None, TRIES)
    }

    /// Calls it, so often at most while it does not answer or wants patience.
    fn ask(
        &self,
        method: Method,
        path: &str,
        form: Option<&str>,
        tries: u32,
    ) -> Result<Answer, Trouble> {
        let url = format!("{}{path}", self.around.plex_tv_url);
        // Some in between refuse a POST that does not say how long it is.
        let body = form.or((method == Method::Post).then_some("")).map(str::to_owned);
        for left in (0..tries.max(1)).rev() {
            let turn = self.pace.get().wait(self.around.clock.steady());
            self.wait(turn)?;
            let reply = call(method, &url, None, self.headers(form.is_some()), body.clone());
            // From its end on: so it is a second at plex.tv, too, however long the way.
            let mut pace = self.pace.get();
            pace.spend(1, self.around.clock.steady());
            self.pace.set(pace);
            let (trouble, rest) = match reply {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer),
                Ok(answer) if answer.status == 429 => {
                    let most = if self.talk.is_some() { REST_MOST } else { REST };
                    let rest = answer.retry_after.unwrap_or(REST).min(most);
                    (Trouble::Refused(429), rest)
                }
                Ok(answer) if answer.status >= 500 => {
                    let why = format!(
                        "plex.tv has trouble of its own ({}); try again later",
                        answer.status
                    );
                    (Trouble::Silent(why), REST)
                }
                Ok(answer) => return Err(Trouble::Refused(answer.status)),
                Err(why) => (Trouble::Silent(why.replace(IS_IT_RIGHT, IS_IT_ONLINE)), LIMIT.every),
            };
            if left == 0 {
                return Err(trouble);
            }
            self.wait(rest)?;
        }
        Err(Trouble::Silent("plex.tv was not asked".to_owned())) // tries are never none
    }

    fn headers(&self, with_form: bool) -> Vec<(&'static str, String)> {
        let plain =
            |text: &str| text.chars().filter(|c| (' '..='~').contains(c)).collect::<String>();
        let mut headers = vec![
            ("X-Plex-Client-Identifier", plain(&self.around.device)),
            ("X-Plex-Product", "scrobbled".to_owned()),
            ("X-Plex-Version", env!("CARGO_PKG_VERSION").to_owned()),
            ("X-Plex-Platform", std::env::consts::OS.to_owned()),
            // Shown among the account's authorized devices.
            ("X-Plex-Device-Name", plain(&self.around.our_name())),
        ];
        if !self.token.is_empty() {
            headers.push(("X-Plex-Token", self.token.reveal().to_owned()));
        }
        if with_form {
            headers.push(("Content-Type", "application/x-www-form-urlencoded".to_owned()));
        }
        headers
    }

    fn wait(&self, span: Duration) -> Result<(), Trouble> {
        if let Some(talk) = self.talk {
            return talk.wait(span).map_err(Trouble::Ended);
        }
        let (_never, nothing) = channel::<()>();
        let _ = self.around.clock.receive(&nothing, Some(span)); // always the end of the time
        Ok(())
    }
}

/// What an answer says; what makes no sense is as if there were none.
fn read<T>(answer: &Answer, sense: impl FnOnce(&Value) -> Option<T>) -> Result<T, Trouble> {
    let strange = || {
        Trouble::Silent("what plex.tv answers makes no sense to this version; try again".to_owned())
    };
    sense(&answer.json().ok_or_else(strange)?).ok_or_else(strange)
}
