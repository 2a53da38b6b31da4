//! Who tells a person that something needs a look?
//!
//! With `[notify] url` set a thread takes the current figures once a minute ([`watch`] judges them,
//! purely) and posts new notifications to ntfy, Gotify or a receiver of JSON. One that can't be
//! posted is kept and retried a minute later; the failure is logged once. Once all are posted, the
//! desk stores what was sent, for the next start.
//!
//! Not here: what is wrong and what to do about it, in words (`courier`, `trakt`).

mod watch;

use crate::clock::Clock;
use crate::config::{Notify, NotifyFormat};
use crate::desk::{Command, Queue};
use crate::http::trust::Trust;
use crate::http::{self, Method};
use crate::threads::Vital;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
pub use watch::SentAlert;
use watch::{Alerts, Notification};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(60);
/// The first look, when the couriers have had time to find out how their accounts are.
const FIRST: Duration = Duration::from_secs(10);
/// The limit of a post.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// How many messages are kept while they can't be posted; the oldest go first.
const KEPT_MOST: usize = 16;

/// Looks and tells on a thread of its own, going on from what was `told` before, until the other end of `ends` is dropped.
///
/// # Errors
/// When there is no thread to be had.
pub fn start(
    settings: Notify,
    clock: Clock,
    told: Vec<SentAlert>,
    desk: Queue,
    ends: Receiver<()>,
    vital: &Vital,
) -> io::Result<()> {
    vital.spawn("notify", move || {
        let mut watch = Alerts::new(told);
        let mut kept = watch.clone();
        let mut teller = Teller { settings, unsent: VecDeque::new(), failing: false };
        let mut span = FIRST;
        while clock.receive(&ends, Some(span)) == Err(RecvTimeoutError::Timeout) {
            if let Ok(figures) = desk.figures() {
                teller.unsent.extend(watch.look(&figures, clock.now()));
            }
            teller.tell();
            let is_told = teller.unsent.is_empty() && watch != kept;
            if is_told && desk.ask(Command::Told(as_json(&watch.told()))).is_ok() {
                kept = watch.clone();
            }
            span = EVERY;
        }
        Ok(())
    })?;
    Ok(())
}

/// Posts a message that says that posting works.
///
/// # Errors
/// Why it did not arrive.
pub fn test(settings: &Notify) -> Result<(), String> {
    let text = "this is a test: notifications of scrobbled arrive here".to_owned();
    post(settings, &Notification { kind: "test", account: None, over: false, text })
}

struct Teller {
    settings: Notify,
    unsent: VecDeque<Notification>,
    failing: bool,
}

impl Teller {
    fn tell(&mut self) {
        while let Some(message) = self.unsent.front() {
            match post(&self.settings, message) {
                Ok(()) => {
                    self.unsent.pop_front();
                    self.failing = false;
                }
                Err(why) => {
                    if !std::mem::replace(&mut self.failing, true) {
                        log::warn!(
                            "the notification was not accepted by notify.url: {why}; it is retried"
                        );
                    }
                    while self.unsent.len() > KEPT_MOST {
                        self.unsent.pop_front();
                    }
                    return;
                }
            }
        }
    }
}

/// Posts one message. Errors don't name the URL: it may hold a password.
fn post(settings: &Notify, message: &Notification) -> Result<(), String> {
    let (headers, body) = said(settings.format, message);
    let request = http::Request {
        method: Method::Post,
        url: settings.url.clone(),
        headers,
        body: Some(body),
        time_limit: TIME_LIMIT,
        trust: Trust::default(),
    };
    match http::send(&request.signed_in()) {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) => Err(format!("it answers with status {}", answer.status)),
        Err(failure) => Err(failure.to_string()),
    }
}

/// Headers and body. ntfy: docs.ntfy.sh/publish; Gotify: gotify.net/docs/pushmsg.
fn said(format: NotifyFormat, message: &Notification) -> (Vec<(&'static str, String)>, String) {
    let title = if message.over { "scrobbled: resolved" } else { "scrobbled" };
    let kind = |kind: &str| ("Content-Type", kind.to_owned());
    match format {
        NotifyFormat::Ntfy => {
            let tag = if message.over { "white_check_mark" } else { "warning" };
            let headers = vec![
                kind("text/plain; charset=utf-8"),
                ("Title", title.to_owned()),
                ("Tags", tag.to_owned()),
            ];
            (headers, message.text.clone())
        }
        NotifyFormat::Gotify => {
            let priority = if message.over { 2 } else { 5 };
            let body = json!({"title": title, "message": message.text, "priority": priority});
            (vec![kind("application/json")], body.to_string())
        }
        NotifyFormat::Json => {
            let body = json!({
                "kind": message.kind,
                "account": message.account,
                "over": message.over,
                "text": message.text,
            });
            (vec![kind("application/json")], body.to_string())
        }
    }
}

fn as_json(told: &[SentAlert]) -> Vec<Value> {
    told.iter().filter_map(|one| serde_json::to_value(one).ok()).collect() // plain data has a JSON
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::scripted::{Script, answer};

    fn message(over: bool) -> Notification {
        Notification {
            kind: "login", account: Some("alice".into()), over, text: "alice: é".into()
        }
    }

    #[test]
    fn each_receiver_is_told_in_its_own_form() {
        let (headers, body) = said(NotifyFormat::Ntfy, &message(true));
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(
            headers,
            [
                "Content-Type: text/plain; charset=utf-8",
                "Title: scrobbled: resolved",
                "Tags: white_check_mark"
            ]
        );
        assert_eq!(body, "alice: é");
        let (_, body) = said(NotifyFormat::Gotify, &message(false));
        let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(body, json!({"title": "scrobbled", "message": "alice: é", "priority": 5}));
        let (_, body) = said(NotifyFormat::Json, &message(false));
        let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        let expected =
            json!({"kind": "login", "account": "alice", "over": false, "text": "alice: é"});
        assert_eq!(body, expected);
    }

    #[test]
    fn what_cannot_be_posted_is_kept_up_to_a_bound_and_posted_later() {
        let settings = Notify { url: Script::dead_url(), format: NotifyFormat::Json };
        let unsent = (0..20).map(|_| message(false)).collect();
        let mut teller = Teller { settings, unsent, failing: false };
        teller.tell();
        assert_eq!((teller.unsent.len(), teller.failing), (KEPT_MOST, true));
        let script = Script::start(vec![("POST /", answer(200, "{}"))]);
        teller.settings.url = script.url("/");
        teller.unsent.truncate(1);
        teller.tell();
        assert_eq!((teller.unsent.len(), teller.failing), (0, false));
    }

    #[test]
    fn a_refusal_is_told_without_the_address() {
        let script = Script::start(vec![("POST /", answer(403, "{}"))]);
        let settings = Notify { url: script.url("/?auth=secret"), format: NotifyFormat::Ntfy };
        assert_eq!(test(&settings), Err("it answers with status 403".to_owned()));
    }

    #[test]
    fn a_login_in_the_address_is_sent_as_a_header() {
        let basic = "Basic bWFyYTp3b3Jk"; // mara:word
        let script = Script::start(vec![("POST /topic", answer(200, "{}"))]);
        let url = script.url("/topic").replace("http://", "http://mara:word@");
        assert_eq!(test(&Notify { url, format: NotifyFormat::Ntfy }), Ok(()));
        assert_eq!(script.tokens(), [basic]);
    }
}
