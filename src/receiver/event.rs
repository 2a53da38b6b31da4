//! What does an intent say to a program? Our own event, as docs/receivers.md has it.
//!
//! Additions only, ever: who reads it must be able to go on reading it.

use crate::config::Receiver;
use crate::delivery::{Notice, Trouble};
use crate::event::{Episode, Ids, Item, Kind, Show, Time};
use crate::intent::{Intent, Verb};
use serde_json::{Value, json};
use std::time::Duration;

/// The version of the event; another one would not mean the same.
const VERSION: u32 = 1;
/// What is told later than this is late.
const LIVE: Duration = Duration::from_secs(60);

/// What an event of this intent is called.
#[must_use]
pub fn type_of(verb: Verb) -> &'static str {
    match verb {
        Verb::Start => "play.start",
        Verb::Pause => "play.pause",
        Verb::Left | Verb::Abandoned => "play.stop",
        Verb::Finish => "play.finish",
        Verb::Rate(_) => "rating.set",
        Verb::Unrate => "rating.removed",
        Verb::Mark => "watched.marked",
        Verb::Unmark => "watched.unmarked",
    }
}

/// Whether this receiver is told of `intent`: what is raw is passed on elsewhere.
#[must_use]
pub fn wants(receiver: &Receiver, intent: &Intent) -> bool {
    receiver.hears(type_of(intent.verb)) && receiver.takes(&intent.account)
}

/// What is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told<'a> {
    /// What was decided.
    Intent(&'a Intent),
    /// Trouble.
    Notice(&'a Notice),
    /// That a person wants to see whether this arrives.
    Test,
}

/// Whether `intent` is told `now` of what is over: a moment is then of no use to anybody, and a play
/// counts for its own time.
pub(super) fn is_late(intent: &Intent, now: Time) -> bool {
    now.since(intent.at) > LIVE
}

impl Told<'_> {
    /// What an event of it is called.
    fn its_type(self) -> &'static str {
        match self {
            Self::Intent(intent) => type_of(intent.verb),
            Self::Notice(notice) => notice.its_type(),
            Self::Test => "test",
        }
    }

    /// The event of what was decided `since` and leaves `now`.
    pub(super) fn event(self, since: Time, now: Time) -> Value {
        json!({
            "type": self.its_type(),
            "timestamp": since.to_string(),
            "data": self.data(now),
        })
    }

    /// What the fields of a template are filled with: the data of the event and what stands around them.
    pub(super) fn fields(self, id: &str, since: Time, now: Time) -> Value {
        let Value::Object(mut fields) = self.data(now) else { return Value::Null };
        fields.insert("id".to_owned(), json!(id));
        fields.insert("type".to_owned(), json!(self.its_type()));
        fields.insert("timestamp".to_owned(), json!(since.to_string()));
        let intent = match self {
            Self::Intent(intent) => Some(intent),
            Self::Notice(Notice { trouble: Trouble::Parked(intent), .. }) => Some(&**intent),
            Self::Notice(_) | Self::Test => None,
        };
        if let Some(intent) = intent {
            fields.insert("label".to_owned(), json!(intent.item.label()));
            fields.insert("top".to_owned(), top(&intent.item));
        }
        if let Self::Intent(intent) = self {
            fields.insert("action".to_owned(), json!(action(intent.verb)));
        }
        Value::Object(fields)
    }

    fn data(self, now: Time) -> Value {
        match self {
            Self::Intent(intent) => data(intent, now),
            Self::Notice(notice) => trouble(notice, now),
            Self::Test => json!({
                "v": VERSION,
                "text": "this is a test: what scrobbled tells arrives here",
                "at": now.to_string(),
            }),
        }
    }
}

/// What a player does by it, where it speaks of one.
fn action(verb: Verb) -> Option<&'static str> {
    match verb {
        Verb::Start => Some("start"),
        Verb::Pause => Some("pause"),
        Verb::Left | Verb::Abandoned | Verb::Finish | Verb::Mark => Some("stop"),
        Verb::Rate(_) | Verb::Unrate | Verb::Unmark => None,
    }
}

/// The data of what is parked are those of its own event, with what is wrong with it.
fn trouble(notice: &Notice, now: Time) -> Value {
    let Notice { of, trouble, reason, at, .. } = notice;
    let (mut fields, text, parked) = match trouble {
        Trouble::LoginNeeded => {
            let fields = json!({ "v": VERSION, "account": of.account });
            (fields, format!("{}: {reason}", of.account), None)
        }
        Trouble::Parked(intent) => {
            let text = format!("{} is parked: {reason}", intent.item.label());
            (data(intent, now), text, Some(type_of(intent.verb)))
        }
    };
    let more = [
        ("text", json!(text)),
        ("tracker", json!(self::text(&of.tracker))),
        ("parked", json!(parked)),
        ("reason", json!(reason)),
        ("at", json!(at.to_string())),
    ];
    if let Some(fields) = fields.as_object_mut() {
        fields.extend(more.map(|(key, value)| (key.to_owned(), value)));
    }
    fields
}

fn data(intent: &Intent, now: Time) -> Value {
    let Intent { account, verb, item, session, progress, at, began, .. } = intent;
    let is_play = match verb {
        Verb::Start | Verb::Pause | Verb::Left | Verb::Abandoned | Verb::Finish => true,
        Verb::Rate(_) | Verb::Unrate | Verb::Mark | Verb::Unmark => false,
    };
    let rating = if let Verb::Rate(rating) = verb { Some(*rating) } else { None };
    let of_play = |value: Value| if is_play { value } else { Value::Null };
    let duration = item.runtime_ms.map(|ms| (ms + 500) / 1000);
    let position = duration.map(|seconds| share(seconds, progress.value()));
    json!({
        "v": VERSION,
        "account": account,
        "session": (!session.is_empty()).then_some(session),
        "text": format!("{}: {}", item.label(), verb.sentence(*progress)),
        "item": item_data(item),
        "progress": of_play(json!((progress.value() * 10.0).round() / 10.0)),
        "position_seconds": of_play(json!(position)),
        "duration_seconds": duration,
        "began": of_play(json!(began.to_string())),
        "at": at.to_string(),
        "late": is_late(intent, now),
        "paused": matches!(verb, Verb::Pause),
        "watched": matches!(verb, Verb::Finish | Verb::Mark),
        "kept": matches!(verb, Verb::Left | Verb::Abandoned).then_some(*verb == Verb::Left),
        "rating": rating,
    })
}

/// So many percent of `seconds`.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a runtime has few seconds, and a percentage lies between 0 and 100"
)]
fn share(seconds: u64, percent: f64) -> u64 {
    (seconds as f64 * percent / 100.0).round() as u64
}

fn item_data(item: &Item) -> Value {
    let (show, season, number, last) = match &item.kind {
        Kind::Movie | Kind::Show => (None, None, None, None),
        Kind::Season { show, number } => (Some(show), *number, None, None),
        Kind::Episode(Episode { show, season, number, last }) => {
            (Some(show), *season, *number, *last)
        }
    };
    json!({
        "kind": kind(item),
        "title": text(&item.title),
        "year": item.year,
        "season": season,
        "number": number,
        "last_number": last,
        "ids": ids(&item.ids),
        "show": show.map(|Show { title, year, ids: its, .. }| {
            json!({ "title": text(title), "year": year, "ids": ids(its) })
        }),
    })
}

/// What is known under a title of its own: a movie, or the show of an episode or season.
fn top(item: &Item) -> Value {
    let of = |kind: &str, title: &str, year: Option<u16>, its: &Ids| json!({ "kind": kind, "title": text(title), "year": year, "ids": ids(its) });
    match &item.kind {
        Kind::Movie => of("movie", &item.title, item.year, &item.ids),
        Kind::Show => of("show", &item.title, item.year, &item.ids),
        Kind::Season { show, .. } | Kind::Episode(Episode { show, .. }) => {
            of("show", &show.title, show.year, &show.ids)
        }
    }
}

fn kind(item: &Item) -> &'static str {
    match &item.kind {
        Kind::Movie => "movie",
        Kind::Episode(_) => "episode",
        Kind::Season { .. } => "season",
        Kind::Show => "show",
    }
}

fn ids(ids: &Ids) -> Value {
    json!({ "imdb": ids.imdb, "tmdb": ids.tmdb, "tvdb": ids.tvdb })
}

/// An unknown title is null, not empty.
fn text(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
