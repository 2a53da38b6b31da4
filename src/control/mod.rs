//! What does a person want of the daemon?
//!
//! A [`Request`] is one JSON object, its answer another. They come over `control.sock` while the
//! daemon runs ([`socket`]); without one the command line hands them to a [`Handler`] of its own,
//! so that both ways do the same.
//!
//! Not here: how answers look to a person (`cli`).

pub mod answers;
mod connect;
mod conversation;
mod histories;
mod login;
mod logins;
mod logout;
mod own_syncs;
mod replace;
mod request;
mod retry;
mod settings;
pub mod socket;
mod urls;

pub use request::{All, Key, Request, Which};

use crate::catch_up::CatchUp;
use crate::clock::Clock;
use crate::config::Live;
use crate::connect::{Order, SignIn};
use crate::desk::{Command, CommandResult, Lately, Queue};
use crate::front::sessions::INVITATION_LASTS;
use crate::front::{BrowserSessions, Tokens, Who};
use crate::secret::Secret;
use answers::{Hello, SignInLink, Urls};
use conversation::Conversation;
use logins::Logins;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

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
    /// Where a media server is being connected.
    conversation: Conversation,
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
            conversation: Conversation::default(),
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
                let status: String = self.queue.status(Lately::AllEvents)?.collect();
                serde_json::from_str(&status).map_err(|error| error.to_string())
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
            Request::ConnectFind { kind, url, certificates } => {
                let order = conversation::order(kind, url, None, SignIn::Key(Secret::default()))?;
                let trust = conversation::trust(kind, certificates.as_deref())?;
                self.find_server(&Order { trust, ..order })
            }
            Request::Connect {
                kind,
                url,
                server,
                user,
                password,
                key,
                certificates,
                yes,
                restart,
            } => {
                let sign_in = conversation::sign_in(user, password, key)?;
                let order = conversation::order(kind, url, server, sign_in)?;
                let trust = conversation::trust(kind, certificates.as_deref())?;
                self.begin_connecting(Order { trust, yes, restart, ..order })
            }
            Request::ConnectState { seen } => Ok(json!(self.conversation.listener()?.poll(seen))),
            Request::ConnectAnswer { question, answer } => {
                self.conversation.listener()?.answer(question, answer).map(|()| json!({}))
            }
            Request::ConnectLeave => {
                self.conversation.listener()?.leave();
                Ok(json!({}))
            }
            Request::Disconnect { name, yes } => self.disconnect(&name, yes),
            Request::CheckConnections => self.check_connections(),
            Request::SetUsers { account, kind, users } => self.set_users(&account, kind, &users),
            Request::OwnSyncs => Ok(json!(self.own_syncs())),
            Request::SignIn => self.sign_in().map(|link| json!(link)),
            Request::Settings => Ok(self.settings()),
            Request::Set { key, value } => self.set(&key, &value),
            Request::Reload { text } => self.reload(text.as_deref()),
            Request::Compare { text } => self.compare(&text),
            Request::Logout { account, tracker } => self.logout(account, tracker),
        }
    }

    /// The answer as JSON text.
    ///
    /// # Errors
    /// As for [`handle`](Self::handle).
    pub fn tell(&self, request: Request) -> Result<String, String> {
        self.handle(request).map(|answer| answer.to_string())
    }

    /// The same in parts: the answer to [`Request::Status`] is long, and never held as a whole.
    ///
    /// # Errors
    /// As for [`handle`](Self::handle).
    pub fn parts(&self, request: Request) -> Result<Box<dyn Iterator<Item = String>>, String> {
        if request == Request::Status {
            return Ok(Box::new(self.queue.status(Lately::AllEvents)?));
        }
        Ok(Box::new(std::iter::once(self.tell(request)?)))
    }

    fn rotate(&self, which: &str) -> CommandResult {
        let chosen: Vec<Who> =
            Who::ALL.into_iter().filter(|who| which == "all" || who.word() == which).collect();
        if chosen.is_empty() {
            return Err(format!(
                "`{which}` has no token; choose plex, jellyfin, emby, page or all"
            ));
        }
        for who in &chosen {
            let who = *who;
            let fresh = self.tokens.rotate(who).map_err(|error| error.to_string())?;
            log::info!("the token `{}` is new; the old one no longer works", who.word());
            if let (Who::Page, Some(sessions)) = (who, &self.sessions) {
                sessions.end_all(&fresh, self.clock.steady());
            }
        }
        let mut urls = self.urls();
        for who in chosen {
            if let Who::Sender(kind) = who {
                for renewed in self.renew_webhooks(kind)? {
                    match renewed {
                        Ok(sentence) => urls.renewed.push(sentence),
                        Err(sentence) => urls.stale.push(sentence),
                    }
                }
            }
        }
        Ok(json!(urls))
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
