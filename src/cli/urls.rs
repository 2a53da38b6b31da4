//! `scrobbled urls` and `rotate`: the webhooks' addresses, ready to paste.

use super::reach::{Found, Reach};
use super::{Failure, say_lines};
use crate::config::{ConfigError, Loaded};
use crate::control::Request;
use crate::control::answers::{SignInLink, Urls};
use crate::daemon::Purpose;
use crate::event::Source;
use crate::plain;
use std::fmt::Write as _;
use std::io::{self, Write as _};

pub(super) fn urls(loaded: Result<Loaded, ConfigError>) -> Result<(), Failure> {
    let mut found = Found::by(loaded, Purpose::Address)?;
    beside(&found.using);
    let urls: Urls = found.reach.ask(&Request::Urls)?;
    say_lines(in_words(&urls));
    match found.reach.ask(&Request::SignIn) {
        Ok(answer) => say_lines(format_args!("\n{}", sign_in(&answer))),
        Err(why) => beside(&why),
    }
    found.end()
}

pub(super) fn rotate(loaded: &Loaded, which: &str) -> Result<(), Failure> {
    let (mut reach, using) = Reach::find(loaded, Purpose::Change)?;
    beside(&using);
    let urls: Urls = reach.ask(&Request::Rotate { which: which.to_owned() })?;
    say_lines(in_words(&urls));
    urls.renewed.iter().chain(&urls.stale).for_each(|sentence| beside(sentence));
    match urls.stale.len() {
        0 => Ok(()),
        1 => {
            Err("the token is new, but a registered webhook still has the old one, see above"
                .into())
        }
        count => Err(format!(
            "the token is new, but {count} registered webhooks still have the old one, see above"
        )
        .into()),
    }
}

/// Says what stands beside what was asked for.
fn beside(line: &str) {
    let _ = writeln!(io::stderr(), "{}", plain::one_line(line));
}

/// The sign-in link, under each address.
pub(super) fn sign_in(SignInLink { links, minutes }: &SignInLink) -> String {
    let mut text = format!("The page (this link signs in once, within {minutes} minutes)\n");
    for link in links {
        let _ = writeln!(text, "  {link}"); // writing to a string can't fail
    }
    text.truncate(text.trim_end().len());
    text
}

/// The addresses, each media server's in a block of its own.
pub(super) fn in_words(urls: &Urls) -> String {
    let mut text = String::new();
    let blocks = [
        (Source::Plex, &urls.plex),
        (Source::Jellyfin, &urls.jellyfin),
        (Source::Emby, &urls.emby),
    ];
    for (source, urls) in blocks {
        let _ = writeln!(text, "{source}"); // writing to a string can't fail
        for url in urls {
            let _ = writeln!(text, "  {url}");
        }
    }
    text.push_str("Prometheus\n");
    let _ = writeln!(text, "  {}", urls.metrics.first().map_or("", String::as_str));
    if urls.loopback_only {
        let _ = writeln!(
            text,
            "These work on this machine only. For media servers elsewhere set `listen` to \
             \"0.0.0.0:{}\", or `public_url` behind a proxy.",
            urls.port
        );
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_here_only_is_told_how_to_be_reached_at_the_same_port() {
        let base = "http://127.0.0.1:9191";
        let urls = Urls {
            plex: vec![format!("{base}/webhook/plextrakt?P")],
            jellyfin: vec![format!("{base}/webhook/jellyfintrakt?J")],
            emby: vec![format!("{base}/webhook/embytrakt?E")],
            metrics: vec![format!("{base}/metrics?M")],
            port: 9191,
            loopback_only: true,
            renewed: Vec::new(),
            stale: Vec::new(),
        };
        let expected = "Plex\n  http://127.0.0.1:9191/webhook/plextrakt?P\n\
            Jellyfin\n  http://127.0.0.1:9191/webhook/jellyfintrakt?J\n\
            Emby\n  http://127.0.0.1:9191/webhook/embytrakt?E\n\
            Prometheus\n  http://127.0.0.1:9191/metrics?M\n\
            These work on this machine only. For media servers elsewhere set `listen` to \
            \"0.0.0.0:9191\", or `public_url` behind a proxy.";
        assert_eq!(in_words(&urls), expected);
    }
}
