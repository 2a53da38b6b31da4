//! `scrobbled login` and `logout`: connect a Trakt account, and disconnect it.

use super::reach::{Reach, text};
use super::{Failure, print, say, say_lines};
use crate::config::Loaded;
use crate::control::Request;
use crate::daemon::Purpose;
use qrcodegen::{QrCode, QrCodeEcc};
use serde_json::Value;

pub(super) fn login(loaded: &Loaded, account: Option<String>) -> Result<(), Failure> {
    let (mut reach, using) = Reach::find(loaded, Purpose::Change)?;
    say(using);
    let code = reach.ask(&Request::Login { account })?;
    let minutes = code.get("expires_in").and_then(Value::as_u64).unwrap_or_default() / 60;
    let url = text(&code, "verification_url");
    if let Some(qr) = qr(text(&code, "url")) {
        print(&qr);
    }
    say_lines(format_args!(
        "Scan this, or open {url} and type the code\n\n    {}\n\nIt is good for {minutes} minutes; waiting …",
        text(&code, "user_code")
    ));
    let account = text(&code, "account").to_owned();
    let done = reach.ask(&Request::LoginResult { account: account.clone() })?;
    let user = text(&done, "user");
    let whom = if user.is_empty() { String::new() } else { format!(" as {user}") };
    match text(&done, "trouble") {
        "" => say(format_args!("connected{whom}: the account `{account}` scrobbles from now on")),
        trouble => say(format_args!(
            "connected, but the account `{account}` can't scrobble yet: {trouble}; what is watched \
             until then is kept"
        )),
    }
    Ok(())
}

pub(super) fn logout(loaded: &Loaded, account: Option<String>) -> Result<(), Failure> {
    let (mut reach, using) = Reach::find(loaded, Purpose::Change)?;
    say(using);
    let done = reach.ask(&Request::Logout { account })?;
    let account = text(&done, "account");
    match done.get("dropped").and_then(Value::as_u64) {
        None => say(format_args!(
            "the account `{account}` is disconnected; what it has yet to send is kept for the next \
             login"
        )),
        Some(dropped) => say(format_args!(
            "the account `{account}`, which the config does not have, is forgotten; {dropped} that \
             waited for it {} dropped",
            if dropped == 1 { "is" } else { "are" }
        )),
    }
    if done.get("revoked").and_then(Value::as_bool) == Some(false) {
        say(format_args!(
            "{}; remove the app at https://app.trakt.tv/settings/apps yourself",
            text(&done, "reason")
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
