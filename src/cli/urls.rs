//! `scrobbled urls` and `rotate`: the webhooks' addresses, ready to paste.

use super::reach::Reach;
use super::{Failure, say_lines};
use crate::config::Loaded;
use crate::control::Request;
use crate::daemon::Purpose;
use crate::event::Source;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{self, Write as _};

pub(super) fn urls(loaded: &Loaded) -> Result<(), Failure> {
    ask(loaded, &Request::Urls, Purpose::Address, |reach| match reach.ask(&Request::SignIn) {
        Ok(answer) => say_lines(format_args!("\n{}", sign_in(&answer))),
        Err(why) => {
            let _ = writeln!(io::stderr(), "{why}"); // beside what was asked for
        }
    })
}

pub(super) fn rotate(loaded: &Loaded, which: &str) -> Result<(), Failure> {
    ask(loaded, &Request::Rotate { which: which.to_owned() }, Purpose::Change, |_| {})
}

fn ask(
    loaded: &Loaded,
    request: &Request,
    purpose: Purpose,
    then: impl FnOnce(&mut Reach),
) -> Result<(), Failure> {
    let (mut reach, using) = Reach::find(loaded, purpose)?;
    let _ = writeln!(io::stderr(), "{using}"); // beside what was asked for
    let answer = reach.ask(request)?;
    say_lines(in_words(&answer));
    then(&mut reach);
    Ok(())
}

/// The sign-in link, under each address.
pub(super) fn sign_in(answer: &Value) -> String {
    let minutes = answer.get("minutes").and_then(Value::as_u64).unwrap_or_default();
    let mut text = format!("The page (this link signs in once, within {minutes} minutes)\n");
    let links = answer.get("links").and_then(Value::as_array).into_iter().flatten();
    for link in links.filter_map(Value::as_str) {
        let _ = writeln!(text, "  {link}"); // writing to a string can't fail
    }
    text.truncate(text.trim_end().len());
    text
}

/// The addresses, each source's in a block of its own.
pub(super) fn in_words(answer: &Value) -> String {
    let mut text = String::new();
    for source in Source::ALL {
        let urls = answer.get(source.word()).and_then(Value::as_array);
        let _ = writeln!(text, "{source}"); // writing to a string can't fail
        for url in urls.into_iter().flatten().filter_map(Value::as_str) {
            let _ = writeln!(text, "  {url}");
        }
    }
    text.push_str("Prometheus\n");
    let metrics = answer.get("metrics").and_then(|urls| urls.get(0)).and_then(Value::as_str);
    let _ = writeln!(text, "  {}", metrics.unwrap_or_default());
    if answer.get("loopback_only").and_then(Value::as_bool) == Some(true) {
        let port = answer.get("port").and_then(Value::as_u64).unwrap_or_default();
        let _ = writeln!(
            text,
            "These work on this machine only. For media servers elsewhere set `listen` to \
             \"0.0.0.0:{port}\", or `public_url` behind a proxy."
        );
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn who_listens_here_only_is_told_how_to_be_reached_at_the_same_port() {
        let base = "http://127.0.0.1:9191";
        let answer = json!({
            "plex": [format!("{base}/webhook/plextrakt?P")],
            "jellyfin": [format!("{base}/webhook/jellyfintrakt?J")],
            "emby": [format!("{base}/webhook/embytrakt?E")],
            "metrics": [format!("{base}/metrics?M")],
            "port": 9191,
            "loopback_only": true,
        });
        let expected = "Plex\n  http://127.0.0.1:9191/webhook/plextrakt?P\n\
            Jellyfin\n  http://127.0.0.1:9191/webhook/jellyfintrakt?J\n\
            Emby\n  http://127.0.0.1:9191/webhook/embytrakt?E\n\
            Prometheus\n  http://127.0.0.1:9191/metrics?M\n\
            These work on this machine only. For media servers elsewhere set `listen` to \
            \"0.0.0.0:9191\", or `public_url` behind a proxy.";
        assert_eq!(in_words(&answer), expected);
    }
}
