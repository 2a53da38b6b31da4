//! What is a kind's code given?

use super::address::{self, Base, Place};
use super::call::origin;
use super::connection::Connection;
use super::order::Order;
use super::talk::{Ended, Talk};
use crate::clock::Clock;
use crate::config::MediaServer;
use crate::event::{Source, Time, same_id};
use crate::http::trust::Trust;
use crate::secret::Secret;

/// How many digits of a device's id are enough to tell installs apart.
const DEVICE_SHOWN: usize = 6;

/// All that a conversation with a media server needs from us.
pub struct Around {
    /// Where plex.tv and clients.plex.tv are, without a slash at its end; another only for tests.
    pub plex_tv_url: String,
    /// What tells this install from others, at plex.tv and in Jellyfin's and Emby's lists of devices:
    /// made once, and kept.
    pub device: String,
    /// This machine's name.
    pub host: String,
    /// Where we are.
    pub place: Place,
    /// All connections that are kept.
    pub kept: Vec<Connection>,
    /// The media servers as the config has them.
    pub config: Vec<MediaServer>,
    /// The time.
    pub clock: Clock,
    /// What reaches beyond the conversation.
    pub effects: Effects,
}

/// Keeps a connection.
pub type Keep = Box<dyn Fn(&Connection) -> Result<(), String> + Send + Sync>;
/// Tells a kind's token.
pub type TokenOf = Box<dyn Fn(Source) -> Secret + Send + Sync>;
/// Tells when the last webhook of a kind came that may be of the server with this id, if one ever did.
pub type LastWebhook = Box<dyn Fn(Source, &str) -> Option<Time> + Send + Sync>;

/// What reaches beyond a conversation.
pub struct Effects {
    /// Keeps a connection, in the place of the one of this kind and name.
    pub keep: Keep,
    /// The token of a kind's webhooks, as it is now.
    pub token: TokenOf,
    /// When the last webhook of a kind came that is not known to be another server's, whatever was in it;
    /// `None` where no daemon runs that could take one.
    pub last_webhook: Option<LastWebhook>,
}

impl Around {
    /// How keys and webhooks of ours are called at a server. People know it by the machine's name; that two
    /// installs don't take each other's, also on one machine, the beginning of the device's id sees to.
    #[must_use]
    pub fn our_name(&self) -> String {
        let device: String = self.device.chars().take(DEVICE_SHOWN).collect();
        format!("scrobbled ({} {device})", self.host)
    }

    /// What is kept of the server with this id, or the beginning of it, with a name of its own.
    #[must_use]
    pub fn connection(&self, kind: Source, id: &str, title: &str) -> Connection {
        let mut of_kind = self.kept.iter().filter(|one| one.kind == kind);
        if let Some(known) = of_kind.find(|one| same_id(&one.id, id)) {
            return known.clone();
        }
        Connection { unfinished: true, ..Connection::new(kind, &self.name(kind, id, title), id) }
    }

    /// What a server shall be called here that is new: as in the config where it is there, as its kind where
    /// no other server is, else what it calls itself.
    fn name(&self, kind: Source, id: &str, title: &str) -> String {
        // One of the config without an id may be this one.
        let with_ids = || self.config.iter().filter(|it| it.kind == kind && !it.id.is_empty());
        if let Some(its) = with_ids().find(|it| same_id(&it.id, id)) {
            return its.name().to_owned();
        }
        let is_taken = |name: &str| {
            let of_kind = self.kept.iter().filter(|one| one.kind == kind);
            let names = of_kind.map(|one| one.name.as_str());
            names.chain(with_ids().map(MediaServer::name)).any(|it| it.eq_ignore_ascii_case(name))
        };
        let title = title.trim();
        let words = [kind.word(), title].into_iter().map(str::to_owned);
        let numbered = (2..).map(|number| format!("{}{number}", kind.word()));
        let mut names = words.chain(numbered).filter(|name| !name.is_empty() && !is_taken(name));
        names.next().unwrap_or_default()
    }

    /// Whom TLS may trust at `url`, the likeliest first: the certificates that were given with the order;
    /// else those that are known of what is there, and the public authorities.
    #[must_use]
    pub fn trusts(&self, order: &Order, url: &str) -> Vec<Trust> {
        if order.trust.is_given() {
            return vec![order.trust.clone()];
        }
        let config = self.config.iter().map(|it| (it.kind, &it.url, &it.trust));
        let kept = self.kept.iter().map(|one| (one.kind, &one.url, &one.trust));
        let is_there = |(kind, at, trust): &(Source, &String, &Trust)| {
            *kind == order.kind && trust.is_given() && origin(at) == origin(url)
        };
        let known = config.chain(kept).find(is_there).map(|(_, _, trust)| trust.clone());
        known.into_iter().chain([Trust::default()]).collect()
    }

    /// Keeps a connection, durable when this returns. To be called after each step whose loss would
    /// leave something of ours at the server: a key that was made, a webhook that was written.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn keep(&self, connection: &Connection) -> Result<(), Ended> {
        (self.effects.keep)(connection).map_err(Ended::Failed)
    }

    /// The address to register at the server of this kind at `server_url`, with its token; `None`: the
    /// person wants the server listened to instead. What is doubtful about it is asked before anything is
    /// written.
    ///
    /// # Errors
    /// When the person leaves, or wants to set something first.
    pub fn webhook(
        &self,
        talk: &Talk,
        kind: Source,
        server_url: &str,
    ) -> Result<Option<String>, Ended> {
        let (base, question) = match address::base(&self.place, address::local_end(server_url)) {
            Base::Sure(base) => return Ok(Some(self.with_token(kind, &webhook_at(&base, kind)))),
            Base::Loopback(base) => {
                let question = format!(
                    "{kind} seems to run on this machine. Can it reach scrobbled at {base}? (In a \
                     container it can't: that address is the container itself there.)"
                );
                (Some(base), question)
            }
            Base::Container(base) => {
                let question = format!(
                    "scrobbled runs in a container, and {base} is that container's own address, which \
                     may change. Can {kind} reach it there?"
                );
                (Some(base), question)
            }
            Base::Unreachable => {
                let listen = self.place.listen;
                let question = format!(
                    "{kind} can't reach scrobbled, which accepts connections at {listen}, for this \
                     machine only. What now?"
                );
                (None, question)
            }
        };
        let mut choices = Vec::new();
        choices.extend(base.as_ref().map(|base| format!("use {base}")));
        choices.push(format!("listen to {kind} itself, without a webhook"));
        choices.push(format!(
            "stop here; set `public_url` in the config (or `listen` to \"0.0.0.0:{}\"), restart \
             scrobbled and connect again",
            self.place.listen.port()
        ));
        let chosen = talk.choose(&question, &choices)?;
        match (base, choices.len() - chosen) {
            (_, 1) => Err(Ended::Failed(
                "stopped, and no webhook was registered; connect again to go on".to_owned(),
            )),
            (Some(base), 3) => Ok(Some(self.with_token(kind, &webhook_at(&base, kind)))),
            _ => Ok(None),
        }
    }

    /// A webhook's address with the token of its kind, as it is now.
    #[must_use]
    pub fn with_token(&self, kind: Source, address: &str) -> String {
        format!("{}?{}", address::bare(address), (self.effects.token)(kind).reveal())
    }

    /// Where the webhook of this connection should post today, with its token: to `public_url`, else to
    /// where it was registered. For what asks nobody (`renew`, `look`).
    #[must_use]
    pub fn hook_today(&self, connection: &Connection) -> Option<String> {
        let registered = &connection.hook.as_ref()?.address;
        let kind = connection.kind;
        let address = match self.place.public_url.as_str() {
            "" => registered.clone(),
            public => webhook_at(public, kind),
        };
        Some(self.with_token(kind, &address))
    }

    /// Whether a webhook of the server with this id has come at `since` or later; `None` where no daemon
    /// runs that could take one.
    #[must_use]
    pub fn came(&self, kind: Source, id: &str, since: Time) -> Option<bool> {
        let last = self.effects.last_webhook.as_ref()?;
        Some(last(kind, id).is_some_and(|at| at >= since))
    }
}

/// Where a kind posts, behind the address at which it reaches us.
pub(super) fn webhook_at(base: &str, kind: Source) -> String {
    format!("{base}/webhook/{}trakt", kind.word())
}

#[cfg(test)]
pub(super) mod tests;
