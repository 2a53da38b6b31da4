//! `scrobbled connect` and `disconnect`: lead through connecting a media server, and take it back.
//!
//! What is said, shown and asked comes from the conversation, which runs in the daemon, or here where none
//! runs. A question is answered by its number; without a terminal it can't be.

use super::args::ServerWanted;
use super::check::servers;
use super::first_start::after_connecting;
use super::login::{qr, takes_colours};
use super::reach::Reach;
use super::status::heard;
use super::{Failure, print, say, say_lines, secret_line, service};
use crate::clock::Clock;
use crate::config::{Loaded, MediaServer, Settings};
use crate::connect::{Code, End, Question, View};
use crate::control::answers::{ConnectionCheck, Disconnected};
use crate::control::{Key, Request};
use crate::daemon::Purpose;
use crate::desk::shown::Status;
use crate::files;
use crate::http::trust::{NO_PEM, Trust};
use crate::threads;
use serde_json::Value;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// How often it is looked what was said.
const LOOK: Duration = Duration::from_millis(200);

/// The longest file with certificates, in bytes.
const CERTIFICATES_MOST: u64 = 64 * 1024;

/// What a person does meanwhile.
enum Event {
    /// A line was typed.
    Typed(String),
    /// Nothing can be typed any more.
    Silent,
    /// Ctrl-C.
    Leave,
}

pub(super) fn connect(loaded: &Loaded, wanted: ServerWanted) -> Result<(), Failure> {
    let ServerWanted { kind, url, server, user, key, ca_file, yes, restart } = wanted;
    let certificates = ca_file.map(|file| certificates(&file)).transpose()?;
    let secret = |what: String| -> Result<Option<Key>, Failure> {
        let line = secret_line::ask(&what)?;
        if line.is_empty() {
            return Err(Failure::wrong(&format!(
                "nothing came: pass it on standard input ({what})"
            )));
        }
        Ok(Some(Key(line)))
    };
    let (mut reach, using) = Reach::find(loaded, Purpose::Change)?;
    say(using);
    if user.is_some() || key {
        // Nobody types a password for an address that is wrong.
        let (url, certificates) = (url.clone(), certificates.clone());
        let _: Value = reach.ask(&Request::ConnectFind { kind, url, certificates })?;
    }
    let password = match &user {
        Some(user) => secret(format!("The password of {user} at {kind}"))?,
        None => None,
    };
    let key = if key { secret(format!("The API key of {kind}"))? } else { None };
    let asks = io::stdin().is_terminal() && io::stdout().is_terminal();
    let events = events(asks)?;
    let first =
        Request::Connect { kind, url, server, user, password, key, certificates, yes, restart };
    follow(&mut reach, &first, &events, asks)?;
    let status: Status = reach.ask(&Request::Status)?;
    let start = match reach {
        Reach::Daemon(_) => None,
        Reach::Ourselves(..) => Some(service::start(loaded.path.as_deref())),
    };
    after_connecting(&status, start.as_deref()).iter().for_each(say);
    Ok(())
}

/// What stands in a file with certificates.
fn certificates(file: &Path) -> Result<String, Failure> {
    let wrong = |trouble: &str| Failure::wrong(&format!("`{}` {trouble}", file.display()));
    match files::read(file, CERTIFICATES_MOST) {
        Ok(text) => match Trust::from_pem(&text) {
            Ok(_) => Ok(text),
            Err(trouble) => Err(wrong(&trouble)),
        },
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(wrong(NO_PEM)),
        Err(error) => Err(wrong(&format!("can't be read: {error}"))),
    }
}

/// Follows the conversation to its end.
fn follow(
    reach: &mut Reach,
    first: &Request,
    events: &Receiver<Event>,
    asks: bool,
) -> Result<(), Failure> {
    let mut view: View = reach.ask(first)?;
    let (mut code, mut asked, mut leaving) = (None, 0, false);
    loop {
        view.lines.iter().for_each(say);
        if view.code != code {
            view.code.iter().for_each(say_code);
            code.clone_from(&view.code);
        }
        if let Some(end) = view.end {
            return ended(end);
        }
        let question = view.question.filter(|_| !leaving);
        if let Some(question) = question.as_ref().filter(|question| question.number > asked) {
            asked = question.number;
            if !asks {
                let _: Value = reach.ask(&Request::ConnectLeave)?;
                return Err(Failure::wrong(&unasked(question)));
            }
            say_question(question);
        }
        match Clock::Machine.receive(events, Some(LOOK)) {
            Ok(Event::Typed(line)) => {
                if let Some(question) = &question {
                    answer(reach, question, &line)?;
                }
            }
            Ok(Event::Leave) if leaving => return ended(End { left: true, ..End::default() }),
            Ok(Event::Silent) if question.is_none() => {}
            Ok(Event::Leave | Event::Silent) => {
                leaving = true;
                let _: Value = reach.ask(&Request::ConnectLeave)?;
            }
            Err(_) => {}
        }
        view = reach.ask(&Request::ConnectState { seen: view.seen })?;
    }
}

/// What a person types, where they can be asked, and that they leave.
fn events(asks: bool) -> io::Result<Receiver<Event>> {
    let (sender, events) = channel();
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let leave = sender.clone();
    threads::spawn("signals", move || {
        for _ in signals.forever() {
            let _ = leave.send(Event::Leave); // it may be over
        }
    })?;
    if asks {
        threads::spawn("typed", move || typed(&sender))?;
    }
    Ok(events)
}

fn typed(sender: &Sender<Event>) {
    for line in io::stdin().lines().map_while(Result::ok) {
        if sender.send(Event::Typed(line)).is_err() {
            return;
        }
    }
    let _ = sender.send(Event::Silent); // as above
}

fn answer(reach: &mut Reach, question: &Question, line: &str) -> Result<(), Failure> {
    let number = line.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let Some(answer) = number.filter(|place| *place < question.choices.len()) else {
        say(format_args!("`{}` is none of these:", line.trim()));
        say_choices(question);
        return Ok(());
    };
    let _: Value = reach.ask(&Request::ConnectAnswer { question: question.number, answer })?;
    Ok(())
}

fn say_question(question: &Question) {
    say(&question.text);
    say_choices(question);
}

fn say_choices(question: &Question) {
    for (number, choice) in (1..).zip(&question.choices) {
        say(format_args!("  {number}  {choice}"));
    }
    say(format_args!("Type a number from 1 to {}:", question.choices.len()));
}

/// What could have been answered, for who can't be asked.
fn unasked(Question { text, choices, .. }: &Question) -> String {
    let choices: Vec<String> = choices.iter().map(|choice| format!("\"{choice}\"")).collect();
    format!(
        "{text} Here nobody can be asked: run it in a terminal, or with `--yes` to take the first of {}",
        choices.join(", ")
    )
}

fn say_code(Code { user_code, place, url, expires_in }: &Code) {
    if let Some(qr) = qr(url, takes_colours()).filter(|_| !url.is_empty()) {
        print(&qr);
    }
    let how = if url.is_empty() {
        format!("Enter this code {place}:")
    } else {
        format!("Scan this, or open {url}, or enter this code at {place}:")
    };
    let minutes = expires_in.div_ceil(60);
    say_lines(format_args!("{how}\n\n    {user_code}\n\nIt is valid for {minutes} min; waiting …"));
}

fn ended(End { name, sentence, left }: End) -> Result<(), Failure> {
    match name {
        Some(_) => {
            say(sentence);
            Ok(())
        }
        None if left && sentence.is_empty() => Err("left before the end".into()),
        None => Err(sentence.into()),
    }
}

pub(super) fn disconnect(loaded: &Loaded, named: &str, yes: bool) -> Result<(), Failure> {
    let (mut reach, using) = Reach::find(loaded, Purpose::Change)?;
    say(using);
    let asked = Request::Disconnect { name: named.to_owned(), yes };
    let Disconnected { name, done, trouble } = reach.ask(&asked)?;
    if let Some(why) = trouble {
        let named = if named.contains(' ') { format!("\"{named}\"") } else { named.to_owned() };
        return Err(format!(
            "{why}; nothing was forgotten here. `scrobbled disconnect {named} --yes` forgets it all the \
             same"
        )
        .into());
    }
    done.iter().for_each(say);
    say(format_args!("`{name}` is disconnected, and forgotten here"));
    Ok(())
}

/// Tells what is wrong with each media server that was connected, when it was heard, and its libraries. Of
/// those that the config has, `check` tells the rest by itself.
pub(super) fn check(reach: &mut Reach, settings: &Settings, status: &Status) -> usize {
    let checked: Vec<ConnectionCheck> = match reach.ask(&Request::CheckConnections) {
        Ok(checked) => checked,
        Err(why) => {
            say(format_args!("the connected media servers could not be looked at: {why}"));
            return 1;
        }
    };
    let mut wrong = 0;
    for ConnectionCheck { title, section, findings, libraries } in checked {
        let configured = settings.media_servers.iter().find(|it| it.section() == section);
        let shown = status.servers.iter().find(|it| it.title == title);
        if let (None, Some(shown)) = (configured, shown) {
            say(heard(shown, &status.now));
        }
        // Where the config says where it is, that was looked at by itself.
        let is_overridden = configured.is_some_and(|it| !it.url.is_empty());
        if findings.is_empty() {
            let but = if is_overridden { ", but scrobbled asks where the config says" } else { "" };
            say(format_args!("{title}: is connected, and all is well there{but}"));
        }
        for finding in findings {
            say(format_args!("{title}: {finding}"));
            wrong += 1;
        }
        if !libraries.is_empty() && !configured.is_some_and(MediaServer::can_be_asked) {
            wrong += servers::list("its libraries", (&title, &section), configured, &libraries);
        }
    }
    wrong
}
