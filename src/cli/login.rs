//! `scrobbled login` and `logout`: connect an account to a tracker, and disconnect it.

use super::args::Connection;
use super::reach::Reach;
use super::{Failure, print, say, say_lines, secret_line};
use crate::config::Loaded;
use crate::control::answers::{LoggedIn, LoggedOut, LoginCode};
use crate::control::{Key, Request};
use crate::daemon::Purpose;
use crate::delivery::one_of;
use crate::desk::shown::Status;
use crate::tracker::all;
use qrcodegen::{QrCode, QrCodeEcc};
use std::io::{self, IsTerminal};

pub(super) fn login(loaded: &Loaded, to: Connection) -> Result<(), Failure> {
    let Connection { account, tracker } = to;
    if let Some(name) = &tracker {
        is_tracker(name)?;
    }
    let (mut reach, using) = Reach::find(loaded, Purpose::Change)?;
    say(using);
    let tracker = match tracker {
        None => which(&mut reach, account.is_some())?,
        named => named,
    };
    if let Some(name) = &tracker
        && let Some(page) = key_page(&mut reach, name)?
    {
        return login_with_key(&mut reach, account, name, &page);
    }
    let LoginCode { account, tracker, user_code, verification_url, url, expires_in } =
        reach.ask(&Request::Login { account, tracker })?;
    let minutes = expires_in.div_ceil(60);
    if let Some(qr) = qr(&url, takes_colours()) {
        print(&qr);
    }
    say_lines(format_args!(
        "Scan this, or open {verification_url} and enter the code\n\n    {user_code}\n\nIt is \
         valid for {minutes} min; waiting …",
    ));
    let tracker = Some(tracker);
    let logged_in = reach.ask(&Request::LoginResult { account, tracker })?;
    say_connected(logged_in);
    Ok(())
}

/// Where a user makes a key for the tracker with this name, if there is nothing else to log in with.
fn key_page(reach: &mut Reach, name: &str) -> Result<Option<String>, Failure> {
    let status: Status = reach.ask(&Request::Status)?;
    let one = status.trackers.into_iter().find(|one| one.tracker == name && !one.app);
    Ok(one.and_then(|one| one.key_page))
}

fn login_with_key(
    reach: &mut Reach,
    account: Option<String>,
    name: &str,
    page: &str,
) -> Result<(), Failure> {
    let title = all::title(name);
    let key = secret_line::ask(&format!("The API key of {title}, from {page}"))?;
    if key.is_empty() {
        return Err(Failure::wrong(&format!("no key came: pass the API key of {title} ({page})")));
    }
    let (tracker, key) = (name.to_owned(), Key(key));
    say_connected(reach.ask(&Request::LoginWithKey { account, tracker, key })?);
    Ok(())
}

fn say_connected(LoggedIn { account, user, trouble, unended, .. }: LoggedIn) {
    let whom = user.map_or(String::new(), |user| format!(" as {user}"));
    match trouble {
        None => say(format_args!("connected{whom}: the account `{account}` scrobbles from now on")),
        Some(trouble) => say(format_args!(
            "connected, but the account `{account}` can't scrobble yet: {trouble}; plays are kept \
             until then"
        )),
    }
    unended.iter().for_each(say);
}

/// Which tracker is meant, where several have an app and nobody has said it: a person is asked.
fn which(reach: &mut Reach, is_account_named: bool) -> Result<Option<String>, Failure> {
    let status: Status = reach.ask(&Request::Status)?;
    let Status { mut trackers, accounts, .. } = status;
    trackers.retain(|one| one.app);
    if trackers.len() < 2 || !is_account_named && accounts.len() > 1 {
        return Ok(None); // where anything is missing, that is said first
    }
    let names: Vec<String> = trackers.iter().map(|one| format!("`--to {}`", one.tracker)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let unsaid = format!("several trackers have an app: say which with {}", one_of(&names));
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(Failure::wrong(&unsaid));
    }
    for (number, one) in (1..).zip(&trackers) {
        say(format_args!("  {number}  {}", one.title));
    }
    let mut line = String::new();
    loop {
        say(format_args!("Connect to which tracker? Type its number, 1 to {}:", trackers.len()));
        line.clear();
        if io::stdin().read_line(&mut line)? == 0 {
            return Err(Failure::wrong(&unsaid));
        }
        let number = line.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        if let Some(one) = number.and_then(|place| trackers.get(place)) {
            return Ok(Some(one.tracker.clone()));
        }
    }
}

/// Where anything can be sent. (Who logs out may name a tracker that only another version knows.)
pub(super) fn is_tracker(name: &str) -> Result<(), Failure> {
    let names: Vec<&str> = all::names().map(|names| names.name).collect();
    if names.contains(&name) {
        return Ok(());
    }
    let why = format!("there is no tracker `{name}`; choose {}", one_of(&names));
    Err(Failure::wrong(&why))
}

pub(super) fn logout(loaded: &Loaded, from: Connection) -> Result<(), Failure> {
    let Connection { account, tracker } = from;
    let (mut reach, using) = Reach::find(loaded, Purpose::Change)?;
    say(using);
    let LoggedOut { account, trackers, revoked, reason, dropped, unended, forgotten } =
        reach.ask(&Request::Logout { account, tracker })?;
    let entries = |count| match count {
        1 => "1 entry was dropped".to_owned(),
        count => format!("{count} entries were dropped"),
    };
    match dropped {
        None => say(format_args!(
            "the account `{account}` is disconnected; what is waiting is kept for the next login"
        )),
        Some(dropped) if forgotten => say(format_args!(
            "deleted what was stored for `{account}`, which is not in the config; {}",
            entries(dropped)
        )),
        Some(dropped) => {
            let titles: Vec<&str> = trackers.iter().map(|name| all::title(name)).collect();
            say(format_args!(
                "the account `{account}` is disconnected from {}; of what waited for it there, {}",
                titles.join(" and "),
                entries(dropped)
            ));
        }
    }
    if !revoked {
        say(reason.unwrap_or_default());
    }
    unended.iter().for_each(say);
    Ok(())
}

/// Whether stdout is a terminal whose owner wants colours (no-color.org).
pub(super) fn takes_colours() -> bool {
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !is_plain
}

/// A QR code of half blocks. In colours it is dark on light, so that phones read it on any terminal;
/// without it is right where letters are light on dark, as in most.
pub(super) fn qr(url: &str, colours: bool) -> Option<String> {
    let code = QrCode::encode_text(url, QrCodeEcc::Low).ok()?;
    let edge = 2;
    let (from, to) = (-edge, code.size() + edge);
    let mut lines = String::new();
    for y in (from..to).step_by(2) {
        lines.push_str(if colours { "\x1b[30;47m" } else { "" });
        for x in from..to {
            let is_drawn = |y| code.get_module(x, y) == colours;
            lines.push(match (is_drawn(y), is_drawn(y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        lines.push_str(if colours { "\x1b[0m\n" } else { "\n" });
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_says_the_same_with_and_without_colours() {
        let url = "https://app.trakt.tv/activate/4A7F19C2";
        let [coloured, plain] = [true, false].map(|colours| qr(url, colours).expect("it fits"));
        assert!(!plain.contains('\x1b'), "{plain}");
        let inverted = |c: char| match c {
            '█' => ' ',
            ' ' => '█',
            '▀' => '▄',
            '▄' => '▀',
            c => c,
        };
        let blocks = coloured.replace("\x1b[30;47m", "").replace("\x1b[0m", "");
        assert_eq!(plain, blocks.chars().map(inverted).collect::<String>());
        assert!(plain.starts_with('█'), "the quiet zone is light");
    }
}
