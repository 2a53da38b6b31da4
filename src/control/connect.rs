//! Connecting a media server, and disconnecting it.
//!
//! The conversation runs on a thread of its own; who asked for it polls. There is one at a time: a new one
//! takes the place of one that nobody follows any more.

use super::Handler;
use super::answers::{ConnectionCheck, Disconnected};
use crate::config::{Account, MediaServer, Settings, token_key};
use crate::connect::{self, Around, Connection, Effects, Ended, Listener, Order, Place, Talk};
use crate::desk::{Command, CommandResult};
use crate::event::{Source, Time, same_id};
use crate::front::Who;
use crate::media_server;
use crate::threads;
use serde_json::{Value, json};
use std::sync::mpsc::channel;
use std::time::Duration;

/// Whoever follows a conversation polls more often than this.
const FOLLOWED: Duration = Duration::from_secs(8);
/// How long one that nobody follows may take to end: a call may be in hand.
const ENDS_WITHIN: Duration = Duration::from_secs(40);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(50);

impl Handler {
    /// Begins a conversation; the answer is what was said so far.
    pub(super) fn begin_connecting(&self, order: Order) -> CommandResult {
        let (talk, listener) = connect::begin(&self.clock, order.yes);
        self.take_the_floor(&listener)?;
        let handler = self.clone();
        threads::spawn("connect", move || {
            let ended = handler.converse(&talk, &order);
            if let Err(Ended::Failed(why)) = &ended {
                log::warn!("{} can't be connected: {why}", order.kind);
            }
            talk.end(ended);
        })
        .map_err(|error| error.to_string())?;
        Ok(json!(listener.poll(0)))
    }

    /// Looks whether such a server is there; nothing more is done.
    pub(super) fn find_server(&self, order: &Order) -> CommandResult {
        connect::find(&self.around()?, order).map_err(|ended| ended.to_string())?;
        Ok(json!({}))
    }

    /// Waits until no other conversation is under way, for as long as it may only seem to be.
    fn take_the_floor(&self, listener: &Listener) -> Result<(), String> {
        let (_never, wait) = channel::<()>();
        let began = self.clock.steady();
        loop {
            let waited = self.clock.steady().saturating_sub(began);
            {
                let mut current = self.conversation.lock();
                match current.as_ref().filter(|old| !old.is_over()) {
                    None => {
                        *current = Some(listener.clone());
                        return Ok(());
                    }
                    Some(old) if old.silent() >= FOLLOWED => old.leave(),
                    Some(old) if old.silent() < waited || waited >= ENDS_WITHIN => {
                        return Err("a media server is being connected just now, by the command \
                                    line or the page; end that first"
                            .to_owned());
                    }
                    Some(_) => {}
                }
            }
            if waited >= ENDS_WITHIN {
                return Err("the last connecting has not ended yet; try again".to_owned());
            }
            let _ = self.clock.receive(&wait, Some(LOOK)); // it times out
        }
    }

    /// Connects, from the first word to who is who. The answer is the server's name, and what it does
    /// from now on.
    fn converse(&self, talk: &Talk, order: &Order) -> Result<(String, String), Ended> {
        let around = self.around()?;
        let connection =
            Connection { unfinished: false, ..connect::connect(talk, &around, order)? };
        around.keep(&connection)?;
        let title = connection.settings().title();
        log::info!("{title} is connected");
        if let Some(sentence) = config_wins(&self.live.settings(), &connection) {
            talk.say(sentence)?;
        }
        self.who_is_who(talk, order.yes, &connection)?;
        let ways = match (&connection.hook, connection.hear) {
            (Some(hook), false) => format!("it posts to {}", hook.address),
            (Some(hook), true) => format!("it posts to {} and is listened to", hook.address),
            (None, true) => "it is listened to".to_owned(),
            (None, false) => "its history is read".to_owned(),
        };
        Ok((connection.name, format!("{title} is connected: {ways}")))
    }

    /// What a kind's code is given.
    fn around(&self) -> Result<Around, String> {
        let known = self.queue.connections()?;
        let config = self.live.config();
        let mut kept = known.connections;
        for one in &mut kept {
            let block = its_block(&config, one).filter(|block| block.trust.is_given());
            if let Some(block) = block {
                one.trust = block.trust; // the config wins
            }
        }
        let settings = self.live.settings();
        let plex = settings.servers(Source::Plex).next();
        let (keeper, teller, tokens) = (self.clone(), self.clone(), self.tokens.clone());
        let last_webhook = move |kind: Source, id: &str| -> Option<Time> {
            let last = teller.queue.ask(Command::LastWebhook(kind, id.to_owned())).ok()?;
            serde_json::from_value(last).ok()?
        };
        Ok(Around {
            plex_tv_url: plex.map(|plex| plex.plex_tv_url.clone()).unwrap_or_default(),
            device: known.device,
            host: connect::host_name().unwrap_or_else(|| "this machine".to_owned()),
            place: Place {
                public_url: settings.public_url.clone(),
                listen: self.address,
                contained: connect::is_contained(),
            },
            kept,
            config: config.media_servers,
            clock: self.clock.clone(),
            effects: Effects {
                keep: Box::new(move |connection| keeper.keep(connection)),
                token: Box::new(move |kind| tokens.secret(Who::Sender(kind))),
                // There is a page where there is a daemon.
                last_webhook: self.sessions.is_some().then(|| Box::new(last_webhook) as _),
            },
        })
    }

    /// Keeps a connection, and lets it count.
    fn keep(&self, connection: &Connection) -> Result<(), String> {
        self.queue.ask(Command::KeepConnection(Box::new(connection.clone())))?;
        self.histories.adapt().map_err(|error| error.to_string())
    }

    /// Takes back what is ours at a server, and forgets it here.
    pub(super) fn disconnect(&self, named: &str, regardless: bool) -> CommandResult {
        let around = self.around()?;
        let connection = the_one_named(&around.kept, &self.live.settings(), named)?;
        let done = match connect::take_back(&around, connection) {
            Ok(done) => done,
            Err(why) if regardless => {
                vec![format!("{why}; what is ours there stays there, and is forgotten here")]
            }
            Err(why) => {
                let (name, trouble) = (connection.name.clone(), Some(why));
                return Ok(json!(Disconnected { name, trouble, ..Disconnected::default() }));
            }
        };
        let (kind, name) = (connection.kind, connection.name.clone());
        self.queue.ask(Command::DropConnection(kind, name.clone()))?;
        self.histories.adapt().map_err(|error| error.to_string())?;
        log::info!("{} is disconnected", connection.settings().title());
        Ok(json!(Disconnected { name, done, trouble: None }))
    }

    /// Puts the webhooks of a kind as they are now in the place of those that we registered; says of each
    /// that it is so, or why not.
    pub(super) fn renew_webhooks(
        &self,
        kind: Source,
    ) -> Result<Vec<Result<String, String>>, String> {
        let around = self.around()?;
        let of_kind = |one: &&Connection| one.kind == kind && one.hook.is_some();
        let mut sentences = Vec::new();
        for connection in around.kept.iter().filter(of_kind) {
            let title = connection.settings().title();
            let renewed = connect::renew(&around, connection).and_then(|fresh| self.keep(&fresh));
            sentences.push(match renewed {
                Ok(()) => {
                    Ok(format!("{title}: the webhook that is registered there has the new token"))
                }
                Err(why) => {
                    let again = again(connection);
                    log::warn!("the webhook at {title} still has the old token: {why}");
                    let mend = if why.contains(&again) {
                        String::new() // it is the mend already
                    } else {
                        format!("; mend that, then connect it again (`{again}`)")
                    };
                    Err(format!(
                        "{title}: the webhook that is registered there still has the old token, so nothing \
                         that it posts is taken, because {why}{mend}"
                    ))
                }
            });
        }
        Ok(sentences)
    }

    /// What is wrong with each connected server.
    pub(super) fn check_connections(&self) -> CommandResult {
        let around = self.around()?;
        let settings = self.live.settings();
        let checked = around.kept.iter().map(|connection| {
            let server = shown_as(&settings, connection);
            let again = again(connection);
            let mut findings = if connection.unfinished {
                vec![format!("was not connected to the end: run `{again}` again")]
            } else {
                connect::look(&around, connection)
            };
            if settings.accounts.iter().all(|one| is_open(one, connection.kind)) {
                findings.push(format!(
                    "no account lists anybody there, so none of its plays counts: run `{again}` again, \
                     which asks who is who"
                ));
            }
            // To who is no administrator there no libraries are shown; what else is wrong is found already.
            let may_ask = connection.only.is_none();
            let libraries = may_ask.then(|| media_server::libraries(&server).unwrap_or_default());
            let (title, section) = (server.title(), server.section());
            ConnectionCheck { title, section, findings, libraries: libraries.unwrap_or_default() }
        });
        Ok(json!(checked.collect::<Vec<_>>()))
    }

    /// Asks who of a server is whom here, and has it written into the config; with `yes` it is only
    /// said.
    fn who_is_who(&self, talk: &Talk, yes: bool, connection: &Connection) -> Result<(), Ended> {
        let Connection { kind, people, .. } = connection;
        let settings = self.live.settings();
        let title = connection.settings().title();
        if people.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = people.iter().map(connect::shown).collect();
        if yes || names.len() == 1 && !settings.accounts_configured {
            talk.say(format!("Who watches at {title}:"))?;
            names.iter().try_for_each(|name| talk.say(format!("  {name}")))?;
        }
        if yes {
            return self.say_lines(talk, &settings, connection);
        }
        if settings.accounts_configured {
            for account in settings.accounts.iter().filter(|one| is_open(one, *kind)) {
                let question = format!("Who at {title} is `{}`?", account.name);
                let nobody = [names.as_slice(), &["nobody there".to_owned()]].concat();
                if let Some(person) = people.get(talk.choose(&question, &nobody)?) {
                    let users = vec![connect::entry(*kind, person, people)];
                    say_saved(talk, self.set_users(&account.name, *kind, &users))?;
                }
            }
            return Ok(());
        }
        let Some(server) = its_block(&self.live.config(), connection) else {
            return self.say_lines(talk, &settings, connection);
        };
        if people.len() > 1 && server.users.is_empty() {
            let question = format!("Whose plays at {title} count?");
            let choices = [&["everybody's".to_owned()], names.as_slice()].concat();
            let chosen = talk.choose(&question, &choices)?.checked_sub(1);
            if let Some(person) = chosen.and_then(|place| people.get(place)) {
                let users = json!([connect::entry(*kind, person, people)]);
                let key = format!("{}.users", server.section());
                say_saved(talk, self.set(&key, &users))?;
            }
        }
        Ok(())
    }

    /// Says which lines of the config make each person's plays go to an account of their own; for the
    /// people of all servers that are connected, so that they can be pasted together.
    fn say_lines(
        &self,
        talk: &Talk,
        settings: &Settings,
        connection: &Connection,
    ) -> Result<(), Ended> {
        let Connection { kind, people, .. } = connection;
        let (opening, lines) = if settings.accounts_configured {
            let open = settings.accounts.iter().filter(|one| is_open(one, *kind));
            let lines = open.flat_map(|one| connect::lines_in(&one.name, *kind, people)).collect();
            let opening =
                "These accounts have nobody there yet. Add to the block of each in the config:";
            (opening, lines)
        } else {
            let kept = self.queue.connections()?.connections;
            let servers: Vec<_> = kept.iter().map(|one| (one.kind, &*one.people)).collect();
            let opening = "All plays go to one account. For an account each, with a login of its own, write \
                           this into the config (it takes people of the same name for one):";
            let lines = connect::account_lines(&servers);
            (opening, if people.len() < 2 { Vec::new() } else { lines })
        };
        if !lines.is_empty() {
            talk.say(opening)?;
        }
        lines.into_iter().try_for_each(|line: String| talk.say(format!("  {line}")))
    }
}

/// Says what became of a change of the config.
fn say_saved(talk: &Talk, answer: CommandResult) -> Result<(), Ended> {
    match answer {
        Ok(answer) if answer.get("saved") == Some(&Value::Bool(false)) => {
            let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
            talk.say(format!("The config is as it was: {}:", text("why")))?;
            text("lines").lines().try_for_each(|line| talk.say(format!("  {line}")))
        }
        Ok(_) => talk.say("The config has it now, and it counts at once."),
        Err(why) => talk.say(format!("The config is as it was: {why}")),
    }
}

/// That the config has it asked elsewhere, or by something else, than what was connected; if it does.
fn config_wins(settings: &Settings, connection: &Connection) -> Option<String> {
    let counts = shown_as(settings, connection);
    let (section, token) = (counts.section(), token_key(counts.kind));
    let (url, connected) = (&counts.url, &connection.url);
    if url != connected {
        return Some(format!(
            "the config wins: it has {section}.url = {url:?}, so scrobbled asks there, and not at \
             {connected}; to have what was connected now, take `url` and `{token}` out of the config"
        ));
    }
    (counts.token != connection.token).then(|| {
        format!(
            "the config wins: scrobbled asks {url} by {section}.{token}, and not by what it got now; to \
             have that, take `{token}` out of the config"
        )
    })
}

/// Whether nobody's plays at this kind of server go to an account yet.
fn is_open(account: &Account, kind: Source) -> bool {
    account.users(kind).is_empty()
}

/// The block of the config that counts for a connected server, if the config has one for it alone.
fn its_block(config: &Settings, connection: &Connection) -> Option<MediaServer> {
    let mut blocks = config.servers(connection.kind);
    blocks.find(|it| it.name().eq_ignore_ascii_case(&connection.name)).cloned()
}

/// The command that connects it anew.
fn again(connection: &Connection) -> String {
    let (kind, url) = (connection.kind.word(), &connection.url);
    match connection.kind {
        Source::Plex => format!("scrobbled connect {kind}"),
        Source::Jellyfin => format!("scrobbled connect {kind} {url}"),
        Source::Emby => format!("scrobbled connect {kind} {url} --user NAME"),
    }
}

/// A connected server as the settings have it.
fn shown_as(settings: &Settings, connection: &Connection) -> MediaServer {
    let mut of_kind = settings.servers(connection.kind);
    let its = of_kind.find(|it| same_id(&it.id, &connection.id));
    its.cloned().unwrap_or_else(|| connection.settings())
}

/// The connection that is meant: by kind and name as `status` shows them, or by the name alone where no
/// other has it. The config may call a server otherwise by now.
fn the_one_named<'a>(
    kept: &'a [Connection],
    settings: &Settings,
    named: &str,
) -> Result<&'a Connection, String> {
    let named = named.trim();
    let shown = |one: &Connection| shown_as(settings, one);
    let is_section = |one: &&Connection| shown(one).section().eq_ignore_ascii_case(named);
    let is_name = |one: &&Connection| {
        let name = shown(one).name().to_owned();
        [name, one.name.clone()].iter().any(|it| it.eq_ignore_ascii_case(named))
    };
    let sections: Vec<String> = kept.iter().map(|one| shown(one).section()).collect();
    let by_name: Vec<&Connection> = kept.iter().filter(is_name).collect();
    match (kept.iter().find(is_section), by_name.as_slice()) {
        (Some(one), _) => Ok(one),
        (None, [one]) => Ok(*one),
        (None, []) if kept.is_empty() => Err("no media server is connected".to_owned()),
        (None, []) => {
            Err(format!("no `{named}` is connected, but there is {}", sections.join(", ")))
        }
        (None, _) => {
            Err(format!("several are called `{named}`; name one of {}", sections.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests;
