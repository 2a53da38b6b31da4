//! `scrobbled catch-up`.

use super::reach::Reach;
use super::status::local;
use super::{Failure, say, say_lines};
use crate::catch_up::{Count, PlayShown, Report, ServerReport};
use crate::config::Loaded;
use crate::control::Request;
use crate::daemon::Purpose;
use crate::plain;
use std::time::Duration;

pub(super) fn catch_up(
    loaded: &Loaded,
    since: Option<Duration>,
    dry_run: bool,
) -> Result<(), Failure> {
    let purpose = if dry_run { Purpose::Look } else { Purpose::Change };
    let (mut reach, using) = Reach::find(loaded, purpose)?;
    say(using);
    let back = since.map(|since| since.as_secs());
    let report: Report = reach.ask(&Request::CatchUp { back, dry_run })?;
    let sent = match (dry_run, &reach) {
        (true, _) => "would be sent",
        (false, Reach::Daemon(_)) => "to be sent",
        (false, Reach::Ourselves(..)) => "to be sent once the daemon runs",
    };
    for server in &report.servers {
        show(server, sent);
    }
    for title in &report.not_asked {
        say(format_args!(
            "{}: not asked, since its url or its key (`token` at Plex, else `api_key`) is not set",
            plain::name(title)
        ));
    }
    let found: usize = report.servers.iter().map(|server| server.found).sum();
    let was_read = report.servers.iter().any(|server| server.trouble.is_none());
    if back.is_none() && found == 0 && was_read {
        say("to look further back: `scrobbled catch-up --since 30d --dry-run`");
    }
    let failed = report.servers.iter().filter(|server| server.trouble.is_some()).count();
    match (report.servers.len(), failed) {
        (0, _) => Err("no media server can be asked: set `url` and `token` (`api_key`) for one"
            .to_owned()
            .into()),
        (_, 0) => {
            if dry_run {
                say("nothing was changed");
            }
            Ok(())
        }
        (all, failed) => Err(format!("{failed} of {all} histories could not be read").into()),
    }
}

fn show(server: &ServerReport, sent: &str) {
    let ServerReport { title, since, found, new, already_told, held, .. } = server;
    let since = since.as_deref().map_or(String::new(), |at| format!(" since {}", local(at)));
    say_lines(""); // a line between two servers
    say(format_args!(
        "{}{since}: {found} found, {new} {sent}, {already_told} already told, {held} held",
        plain::name(title)
    ));
    list(&server.new_plays, *new, sent);
    list(&server.held_plays, *held, "held");
    for Count { count, reason } in &server.ignored {
        say(format_args!("  {count} ignored: {}", plain::name(reason)));
    }
    if let Some(trouble) = &server.trouble {
        say(format_args!("  it was not read to its end: {}", plain::name(trouble)));
    }
}

fn list(plays: &[PlayShown], count: usize, word: &str) {
    for PlayShown { account, user, item, at, reason } in plays {
        say(format_args!(
            "  {word}: {} by {} for {} at {}: {}",
            plain::name(item),
            plain::name(user),
            plain::name(account),
            local(at),
            plain::name(reason),
        ));
    }
    if count > plays.len() {
        say(format_args!("  … and {} more", count - plays.len()));
    }
}
