//! `scrobbled status`, `retry`, `drop` and `backup`.

use super::args::Parked;
use super::reach::{self, Reach};
use super::{Failure, print, say, say_lines};
use crate::config::Loaded;
use crate::control::{All, Request, Which};
use crate::daemon::Purpose;
use crate::plain;
use serde_json::Value;
use std::borrow::Cow;
use std::path::{Path, absolute};

/// How many of the last events a person is shown.
const EVENTS: usize = 20;

pub(super) fn status(loaded: &Loaded, json: bool) -> Result<(), Failure> {
    let (mut reach, using) = Reach::find(loaded, Purpose::Look)?;
    let status = reach.ask(&Request::Status)?;
    if json {
        print(&plain::json(&format!("{status:#}")));
        return Ok(());
    }
    say(using);
    section("Accounts", &status, "accounts", |account| {
        let said = reach::text(account, "sentence");
        let state = reach::text(account, "state");
        let count = |field| account.get(field).and_then(Value::as_u64).unwrap_or_default();
        format!(
            "{}: {}; {} waiting, {} parked",
            text(account, "name"),
            if said.is_empty() { state } else { said },
            count("waiting"),
            count("parked")
        )
    });
    section("Now playing", &status, "playing", |playing| {
        let progress = playing.get("progress").and_then(Value::as_f64);
        format!(
            "{} for {} ({}, {}, {}{})",
            text(playing, "item"),
            text(playing, "account"),
            text(playing, "user"),
            text(playing, "player"),
            progress.map_or("position unknown".to_owned(), |progress| format!("{progress:.0} %")),
            if playing.get("paused").and_then(Value::as_bool) == Some(true) {
                ", paused"
            } else {
                ""
            },
        )
    });
    section("Waiting for Trakt", &status, "outbox", entry);
    section("Parked (`scrobbled retry ID` or `drop ID` for one)", &status, "parked", entry);
    section("Last events", &status, "events", |event| {
        let times = event.get("times").and_then(Value::as_u64).unwrap_or(1);
        let words =
            ["at", "source", "account", "user", "item", "event"].map(|field| text(event, field));
        let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
        format!(
            "{}{} → {}: {}",
            words.join(" "),
            if times > 1 { format!(" ({times} times)") } else { String::new() },
            text(event, "outcome"),
            reach::text(event, "reason")
        )
    });
    section("Warnings", &status, "warnings", |warning| {
        warning.as_str().unwrap_or_default().to_owned()
    });
    Ok(())
}

/// What stands in a field, as much of it as belongs into a line.
fn text<'a>(of: &'a Value, field: &str) -> Cow<'a, str> {
    plain::name(reach::text(of, field))
}

fn section(title: &str, status: &Value, field: &str, line: impl Fn(&Value) -> String) {
    let rows: Vec<&Value> =
        status.get(field).and_then(Value::as_array).into_iter().flatten().collect();
    if rows.is_empty() {
        return;
    }
    say_lines(format_args!("\n{title}"));
    for row in rows.iter().take(EVENTS) {
        say(format_args!("  {}", line(row)));
    }
    if rows.len() > EVENTS {
        say(format_args!("  … and {} more (`scrobbled status --json`)", rows.len() - EVENTS));
    }
}

fn entry(entry: &Value) -> String {
    let why = reach::text(entry, "reason");
    format!(
        "{}: {} {} for {} of {}{}",
        entry.get("id").and_then(Value::as_u64).unwrap_or_default(),
        text(entry, "action"),
        text(entry, "item"),
        text(entry, "account"),
        text(entry, "at"),
        if why.is_empty() { String::new() } else { format!(": {why}") },
    )
}

pub(super) fn retry(loaded: &Loaded, parked: Parked) -> Result<(), Failure> {
    let id = match parked {
        Parked::One(id) => Some(id),
        Parked::All => None,
    };
    of_parked(loaded, &Request::Retry { id }, parked, ("retried", "will be sent again"))
}

pub(super) fn give_up(loaded: &Loaded, parked: Parked) -> Result<(), Failure> {
    let id = match parked {
        Parked::One(id) => Which::One(id),
        Parked::All => Which::All(All::All),
    };
    of_parked(loaded, &Request::Drop { id }, parked, ("dropped", "given up"))
}

fn of_parked(
    loaded: &Loaded,
    request: &Request,
    parked: Parked,
    (field, done): (&str, &str),
) -> Result<(), Failure> {
    let (mut reach, using) = Reach::find(loaded, Purpose::Change)?;
    say(using);
    let answer = reach.ask(request)?;
    let count = answer.get(field).and_then(Value::as_u64).unwrap_or_default();
    match (count, parked) {
        (0, Parked::One(id)) => {
            return Err(format!("nothing parked has the number {id}; see `status`").into());
        }
        (0, Parked::All) => say("nothing is parked"),
        (count, _) => say(format_args!("{count} {done}")),
    }
    Ok(())
}

pub(super) fn backup(loaded: &Loaded, file: &Path) -> Result<(), Failure> {
    let (mut reach, using) = Reach::find(loaded, Purpose::Look)?;
    say(using);
    // The daemon has another working directory.
    let file = absolute(file)?;
    reach.ask(&Request::Backup { file: file.clone() })?;
    say(format_args!(
        "wrote {}; it holds the Trakt login, so keep it as safe as a password",
        file.display()
    ));
    Ok(())
}
