//! What does a person want of the daemon?
//!
//! A [`Request`] is one JSON object, its answer another. They come over `control.sock` while the
//! daemon runs ([`socket`]); without one the command line hands them to a [`Handler`] of its own,
//! so that both ways do the same.
//!
//! Not here: how answers look to a person (`cli`).

pub mod answers;
mod histories;
mod login;
mod logins;
mod own_syncs;
mod replace;
mod retry;
mod settings;
pub mod socket;
mod urls;

use crate::catch_up::CatchUp;
use crate::clock::Clock;
use crate::config::Live;
use crate::desk::{Command, CommandResult, Lately, Queue};
use crate::front::sessions::INVITATION_LASTS;
use crate::front::{BrowserSessions, Tokens, Who};
use answers::{Hello, SignInLink, Urls};
use logins::Logins;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long the daemon may take for what it has at hand.
const AT_HAND: Duration = Duration::from_secs(10);
/// How long it may take where Trakt or a file is asked first.
const ASKED_FOR: Duration = Duration::from_secs(90);
/// How long a person may take to type a code, at most, and a disk to copy all.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Who answers: version, process number, data folder and address.
    Hello,
    /// All that there is to see.
    Status,
    /// Some of the last events, newest first: those before the one of this number, and with this text
    /// in their title.
    Events {
        /// A number that an event has; without one the newest.
        before: Option<u64>,
        /// Part of a title; without one all.
        search: Option<String>,
    },
    /// Some of the last viewings, in the order of their newest events: those whose newest event is
    /// before the one of this number, and with this text in their title.
    Viewings {
        /// As above.
        before: Option<u64>,
        /// As above.
        search: Option<String>,
    },
    /// Send an intent again that is parked or waits, or all that are parked without an `id`, and tell
    /// what becomes of it where that is known within a few seconds.
    Retry {
        /// Its number, as `status` shows it.
        id: Option<u64>,
    },
    /// Give a parked intent up: it is never sent.
    Drop {
        /// Its number, as `status` shows it, or `all`.
        id: Which,
    },
    /// The webhooks' addresses.
    Urls,
    /// A new token: `plex`, `jellyfin`, `emby`, `page` or `all`.
    Rotate {
        /// Whose.
        which: String,
    },
    /// Begin to connect an account: the answer is the code that the user types at the tracker.
    Login {
        /// Which; without one the only one there is.
        account: Option<String>,
        /// To which tracker; without one to the one that has an app.
        tracker: Option<String>,
    },
    /// Connect an account by a key that the user has made at the tracker.
    LoginWithKey {
        /// Which; without one the only one there is.
        account: Option<String>,
        /// To which tracker.
        tracker: String,
        /// The key.
        key: Key,
    },
    /// Wait until the user has typed the code.
    LoginResult {
        /// Of which account.
        account: String,
        /// At which tracker; without one at the only one where a login is under way.
        tracker: Option<String>,
    },
    /// The same without waiting: `{"pending": true}` as long as it is not typed.
    LoginState {
        /// Of which account.
        account: String,
        /// At which tracker, as above.
        tracker: Option<String>,
    },
    /// Which trackers take plays from media servers themselves, so that these may come twice.
    OwnSyncs,
    /// A link with which a person signs in to the page, once.
    SignIn,
    /// Every setting: how it stands, what it means, where it was written.
    Settings,
    /// Change one in the config file, and have it count at once.
    Set {
        /// Which, as `section.key`.
        key: String,
        /// To what: a switch, a number, or a list of texts; null takes it out of the file.
        value: Value,
    },
    /// Take the config as it is now: what can change without a restart counts at once.
    Reload {
        /// What stands in it, from who may read it where the daemon may not; else it is read.
        text: Option<String>,
    },
    /// Disconnect an account, or forget one that the config no longer has.
    Logout {
        /// Which; without one the only one there is.
        account: Option<String>,
        /// From which tracker; without one from all that it is connected to.
        tracker: Option<String>,
    },
    /// Look through the histories of the media servers for plays that nobody told of.
    CatchUp {
        /// How far back, in seconds; without it to where it was looked through before.
        back: Option<u64>,
        /// Whether it is only said what would become of them.
        #[serde(default)]
        dry_run: bool,
    },
    /// How that stands where it was begun over HTTP: `{"pending": true}`, its report, or null.
    CatchUpState,
    /// Write a consistent copy of the data.
    Backup {
        /// Where to, an absolute path.
        file: PathBuf,
    },
}

impl Request {
    /// How long its answer may take. Who has not answered by then hangs.
    #[must_use]
    pub fn patience(&self) -> Duration {
        match self {
            Self::Hello
            | Self::Status
            | Self::Events { .. }
            | Self::Viewings { .. }
            | Self::Retry { .. }
            | Self::Drop { .. }
            | Self::Urls
            | Self::Rotate { .. }
            | Self::LoginState { .. }
            | Self::CatchUpState
            | Self::SignIn
            | Self::Settings => AT_HAND,
            Self::Set { .. }
            | Self::Reload { .. }
            | Self::Login { .. }
            | Self::LoginWithKey { .. }
            | Self::Logout { .. }
            | Self::OwnSyncs => ASKED_FOR,
            Self::LoginResult { .. } | Self::Backup { .. } | Self::CatchUp { .. } => {
                HOUR.saturating_add(ASKED_FOR)
            }
        }
    }
}

/// A key on its way from a person. Nothing prints it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(pub String);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// One of several things, or all: whoever forgets to say which means neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Which {
    /// The one with this number.
    One(u64),
    /// All of them.
    All(All),
}

/// The word `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum All {
    /// It.
    All,
}

/// Who answers requests.
#[derive(Clone)]
pub struct Handler {
    /// The way to the desk.
    pub queue: Queue,
    /// The webhooks' tokens.
    pub tokens: Arc<Tokens>,
    /// How everything is set.
    pub live: Arc<Live>,
    /// Where webhooks are accepted.
    pub address: SocketAddr,
    /// The time.
    pub clock: Clock,
    /// Who has signed in to the page, where there is one.
    pub sessions: Option<Arc<BrowserSessions>>,
    logins: Logins,
    /// Who reads the histories of the media servers.
    histories: CatchUp,
    /// Held by who reads or changes the config.
    changing: Arc<Mutex<()>>,
}

impl Handler {
    /// A handler for what these hold.
    #[must_use]
    pub fn new(
        queue: Queue,
        tokens: Arc<Tokens>,
        live: Arc<Live>,
        address: SocketAddr,
        clock: Clock,
    ) -> Self {
        let histories = CatchUp::alone(live.clone(), queue.clone(), clock.clone());
        Self {
            queue,
            tokens,
            live,
            address,
            clock,
            sessions: None,
            logins: Logins::default(),
            histories,
            changing: Arc::default(),
        }
    }

    /// The same with a page to sign in to.
    #[must_use]
    pub fn with_page(self, sessions: Arc<BrowserSessions>) -> Self {
        Self { sessions: Some(sessions), ..self }
    }

    /// The same with threads that read the histories of the media servers.
    #[must_use]
    pub fn with_histories(self, histories: CatchUp) -> Self {
        Self { histories, ..self }
    }

    /// Answers a request.
    ///
    /// # Errors
    /// When it can't be done; the sentence says why.
    pub fn handle(&self, request: Request) -> CommandResult {
        match request {
            Request::Hello => Ok(json!(Hello {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                pid: std::process::id(),
                data_dir: self.live.settings().data_dir.clone(),
                address: Some(self.address),
            })),
            Request::Status => {
                serde_json::from_str(&self.queue.status(Lately::Events(usize::MAX))?)
                    .map_err(|error| error.to_string())
            }
            Request::Events { before, search } => {
                self.queue.ask(Command::Events(before, search.unwrap_or_default()))
            }
            Request::Viewings { before, search } => {
                self.queue.ask(Command::Viewings(before, search.unwrap_or_default()))
            }
            Request::Retry { id } => self.retry(id),
            Request::Drop { id: Which::One(id) } => self.queue.ask(Command::GiveUp(Some(id))),
            Request::Drop { id: Which::All(All::All) } => self.queue.ask(Command::GiveUp(None)),
            Request::Backup { file } if file.is_relative() => Err(format!(
                "`{}` is not an absolute path; the daemon's working directory is not yours",
                file.display()
            )),
            Request::Backup { file } => self.queue.ask(Command::Backup(file, self.tokens.text())),
            Request::CatchUp { back, dry_run } => Ok(self.catch_up(back, dry_run)),
            Request::CatchUpState => Ok(self.catch_up_state()),
            Request::Urls => Ok(json!(self.urls())),
            Request::Rotate { which } => self.rotate(&which),
            Request::Login { account, tracker } => {
                self.begin_login(self.account(account)?, tracker)
            }
            Request::LoginWithKey { account, tracker, key: Key(key) } => {
                self.login_with_key(self.account(account)?, tracker, &key)
            }
            Request::LoginResult { account, tracker } => {
                self.finish_login(&self.logins.of(account, tracker)?)
            }
            Request::LoginState { account, tracker } => {
                self.login_state(&self.logins.of(account, tracker)?)
            }
            Request::OwnSyncs => Ok(json!(self.own_syncs())),
            Request::SignIn => self.sign_in().map(|link| json!(link)),
            Request::Settings => Ok(self.settings()),
            Request::Set { key, value } => self.set(&key, &value),
            Request::Reload { text } => self.reload(text.as_deref()),
            Request::Logout { account, tracker } => self.logout(account, tracker),
        }
    }

    /// The answer as JSON text.
    ///
    /// # Errors
    /// As for [`handle`](Self::handle).
    pub fn tell(&self, request: Request) -> Result<String, String> {
        if request == Request::Status {
            return self.queue.status(Lately::Events(usize::MAX)); // it is long, and text already
        }
        self.handle(request).map(|answer| answer.to_string())
    }

    fn rotate(&self, which: &str) -> CommandResult {
        let chosen: Vec<Who> =
            Who::ALL.into_iter().filter(|who| which == "all" || who.word() == which).collect();
        if chosen.is_empty() {
            return Err(format!(
                "`{which}` has no token; choose plex, jellyfin, emby, page or all"
            ));
        }
        for who in chosen {
            let fresh = self.tokens.rotate(who).map_err(|error| error.to_string())?;
            log::info!("the token `{}` is new; the old one no longer works", who.word());
            if let (Who::Page, Some(sessions)) = (who, &self.sessions) {
                sessions.end_all(&fresh, self.clock.steady());
            }
        }
        Ok(json!(self.urls()))
    }

    /// The webhooks' addresses.
    #[must_use]
    pub fn urls(&self) -> Urls {
        urls::urls(self)
    }

    /// A link with which a person signs in to the page, once.
    ///
    /// # Errors
    /// Where there is no page, or no token to be had.
    pub fn sign_in(&self) -> Result<SignInLink, String> {
        let Some(sessions) = &self.sessions else {
            return Err("the page exists only while the daemon runs; start it first".to_owned());
        };
        let token = sessions.invite(self.clock.steady()).map_err(|error| error.to_string())?;
        let minutes = INVITATION_LASTS.as_secs() / 60;
        Ok(SignInLink { links: urls::sign_in(self, &token), minutes })
    }

    fn account(&self, named: Option<String>) -> Result<String, String> {
        let settings = self.live.settings();
        let names: Vec<&str> =
            settings.accounts.iter().map(|account| account.name.as_str()).collect();
        match (named, names.as_slice()) {
            (Some(name), names) if names.contains(&name.as_str()) => Ok(name),
            (None, [only]) => Ok((*only).to_owned()),
            (Some(name), names) => {
                Err(format!("there is no account `{name}`; the config has {}", names.join(", ")))
            }
            (None, names) => Err(format!("name one of the accounts {}", names.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests;
