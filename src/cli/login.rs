//! `scrobbled login` and `logout`: connect a Trakt account, and disconnect it.

use super::reach::Reach;
use super::{Failure, print, say, say_lines};
use crate::config::Loaded;
use crate::control::Request;
use crate::control::answers::{LoggedIn, LoggedOut, LoginCode};
use crate::daemon::Purpose;
use qrcodegen::{QrCode, QrCodeEcc};

pub(super) fn login(loaded: &Loaded, account: Option<String>) -> Result<(), Failure> {
    let (mut reach, using) = Reach::find(loaded, Purpose::Change)?;
    say(using);
    let LoginCode { account, user_code, verification_url, url, expires_in, .. } =
        reach.ask(&Request::Login { account })?;
    let minutes = expires_in / 60;
    if let Some(qr) = qr(&url) {
        print(&qr);
    }
    say_lines(format_args!(
        "Scan this, or open {verification_url} and enter the code\n\n    {user_code}\n\nIt is \
         valid for {minutes} minutes; waiting …",
    ));
    let LoggedIn { user, trouble, .. } =
        reach.ask(&Request::LoginResult { account: account.clone() })?;
    let whom = user.map_or(String::new(), |user| format!(" as {user}"));
    match trouble {
        None => say(format_args!("connected{whom}: the account `{account}` scrobbles from now on")),
        Some(trouble) => say(format_args!(
            "connected, but the account `{account}` can't scrobble yet: {trouble}; plays are kept \
             until then"
        )),
    }
    Ok(())
}

pub(super) fn logout(loaded: &Loaded, account: Option<String>) -> Result<(), Failure> {
    let (mut reach, using) = Reach::find(loaded, Purpose::Change)?;
    say(using);
    let LoggedOut { account, revoked, reason, dropped } =
        reach.ask(&Request::Logout { account })?;
    match dropped {
        None => say(format_args!(
            "the account `{account}` is disconnected; what is waiting is kept for the next login"
        )),
        Some(dropped) => say(format_args!(
            "deleted what was stored for `{account}`, which is not in the config; {dropped} {} \
             dropped",
            if dropped == 1 { "entry was" } else { "entries were" }
        )),
    }
    if !revoked {
        say(format_args!(
            "{}; remove the app at https://app.trakt.tv/settings/apps yourself",
            reason.unwrap_or_default()
        ));
    }
    Ok(())
}

/// A QR code of half blocks, dark on light, so that phones read it on any terminal.
fn qr(url: &str) -> Option<String> {
    let code = QrCode::encode_text(url, QrCodeEcc::Low).ok()?;
    let edge = 2;
    let (from, to) = (-edge, code.size() + edge);
    let mut lines = String::new();
    for y in (from..to).step_by(2) {
        lines.push_str("\x1b[30;47m");
        for x in from..to {
            lines.push(match (code.get_module(x, y), code.get_module(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        lines.push_str("\x1b[0m\n");
    }
    Some(lines)
}
