//! `scrobbled demo`: everything on loopback, with stand-ins for two trackers and for a Plex that is listened
//! to.

mod stream;

use super::reach::understood;
use super::serve::{End, vital};
use super::{Failure, say_lines, urls};
use crate::clock::Clock;
use crate::config::Settings;
use crate::control::Request;
use crate::control::answers::{LoginCode, Urls};
use crate::daemon::{self, Daemon, Purpose};
use crate::event::Source;
use crate::http::trust::Trust;
use crate::http::{self, Method};
use crate::logging;
use crate::secret::Secret;
use crate::threads;
use serde_json::Value;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use standin::{Post, Time, simkl, trakt};
use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::time::Duration;

/// A pause waits this long in the demo, so that nobody has to.
const PAUSE_DEBOUNCE: Duration = Duration::from_secs(1);
/// No sample needs longer waits then.
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// Where the demo listens with `--stay`, if it can: the addresses that the README names.
const STAYS_AT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8787);

pub(super) fn demo(stay: bool) -> Result<(), Failure> {
    logging::start(log::LevelFilter::Warn);
    let clock = Clock::Machine;
    let now = {
        let clock = clock.clone();
        move || Time(clock.now().0)
    };
    let trackers = Trackers::start(&now)?;
    let plex = stream::server(now.clone())?;
    let folder = Folder::new()?;
    let settings = settings(&trackers, &plex.url(), folder.0.clone(), stay);
    let (ends, ended) = channel();
    let codes = [connect(&settings, &clock, "trakt")?, connect(&settings, &clock, "simkl")?];
    let daemon = Daemon::start(settings.into(), &clock, &vital(&ends))?;
    let handler = daemon.handler();
    say_lines(format_args!(
        "Stand-ins for Trakt and Simkl answer at {} and {}, scrobbled listens on http://{}.",
        trackers.trakt.url(),
        trackers.simkl.url(),
        daemon.address()
    ));
    say_lines(format_args!(
        "Connected to both, with the codes {} (the stand-ins approve by themselves).\n",
        codes.join(" and ")
    ));
    let urls = handler.urls();
    let (_never, wait) = channel::<()>();
    for viewing in standin::samples(now()) {
        say_lines(format_args!("{} plays {}:", viewing.server, viewing.label));
        for sample in &viewing.posts {
            let _ = clock.receive(&wait, Some(sample.wait.min(LONGEST_WAIT)));
            let answer = post(&urls, viewing.server, sample)?;
            say_lines(format_args!("  {:<38} {answer}", sample.says));
        }
        trackers.wait_for_play(viewing.label, &clock);
    }
    stream::show(&plex, handler, &clock)?;
    trackers.wait_for_play(stream::LABEL, &clock);
    say_lines("\nWhat \"Trakt\" has in the end:");
    for line in trackers.trakt.summary() {
        say_lines(format_args!("  {line}"));
    }
    say_lines("\nWhat \"Simkl\" has:");
    for line in trackers.simkl.with(|simkl| simkl.summary()) {
        say_lines(format_args!("  {line}"));
    }
    if stay {
        say_lines(format_args!(
            "\nStill running. Post your own webhooks to\n\n{}\n{}\n",
            urls::in_words(&urls),
            urls::sign_in(&handler.sign_in()?)
        ));
        say_lines(format_args!(
            "What the stand-ins have:\n\n  curl {}/demo/summary\n  curl {}/demo/summary\n\nEnd it with \
             Ctrl-C.",
            trackers.trakt.url(),
            trackers.simkl.url()
        ));
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        threads::spawn("signals", move || {
            if signals.forever().next().is_some() {
                let _ = ends.send(End::Asked); // nobody listens when all is ending
            }
        })?;
        if let Ok(End::Broken(why)) = ended.recv() {
            return Err(why.into());
        }
    }
    daemon.stop();
    Ok(())
}

/// Connects the account as `login` does where no daemon runs: one that starts without a login warns
/// of it. Returns the code.
fn connect(settings: &Settings, clock: &Clock, tracker: &str) -> Result<String, Failure> {
    let (handler, _lock) = daemon::offline(settings.clone(), clock, Purpose::Change)?;
    let tracker = Some(tracker.to_owned());
    let ask = Request::Login { account: None, tracker: tracker.clone() };
    let code: LoginCode = understood(handler.handle(ask)?)?;
    handler.handle(Request::LoginResult { account: "default".to_owned(), tracker })?;
    Ok(code.user_code)
}

fn settings(trackers: &Trackers, plex: &str, data_dir: PathBuf, stay: bool) -> Settings {
    let mut settings = Settings { data_dir, ..Settings::default() };
    let is_free = || std::net::TcpListener::bind(STAYS_AT).is_ok();
    settings.listen = if stay && is_free() { STAYS_AT } else { SocketAddr::new(STAYS_AT.ip(), 0) };
    trakt::CLIENT_ID.clone_into(&mut settings.trakt.client_id);
    settings.trakt.client_secret = Secret::new(trakt::CLIENT_SECRET);
    settings.trakt.api_url = trackers.trakt.url();
    settings.trakt.auth_url = trackers.trakt.url();
    simkl::CLIENT_ID.clone_into(&mut settings.simkl.client_id);
    settings.simkl.api_url = trackers.simkl.url();
    settings.scrobble.pause_debounce = PAUSE_DEBOUNCE;
    for server in settings.servers_mut(Source::Plex) {
        (server.ratings, server.hear) = (true, true);
        plex.clone_into(&mut server.url);
        server.token = Secret::new(standin::plex::TOKEN);
    }
    settings
}

fn post(urls: &Urls, server: &str, sample: &Post) -> Result<String, String> {
    let url = match server {
        "Plex" => urls.plex.first(),
        "Jellyfin" => urls.jellyfin.first(),
        _ => urls.emby.first(),
    };
    let request = http::Request {
        method: Method::Post,
        url: url.cloned().unwrap_or_default(),
        headers: vec![("Content-Type", sample.content_type.clone())],
        body: None,
        time_limit: Duration::from_secs(10),
        trust: Trust::default(),
    };
    let answer = http::send_bytes(&request, &sample.body).map_err(|error| error.to_string())?;
    let answer = answer.json().ok_or_else(|| answer.text().trim().to_owned())?;
    let field = |name| answer.get(name).and_then(Value::as_str).unwrap_or_default();
    Ok(format!("{}: {}", field("outcome"), field("reason")))
}

/// The stand-ins.
struct Trackers {
    trakt: trakt::Server,
    simkl: simkl::Server,
}

impl Trackers {
    fn start(now: &(impl Fn() -> Time + Clone + Send + Sync + 'static)) -> std::io::Result<Self> {
        let simkl = simkl::Simkl::new(simkl::Catalogue::of(&trakt::Catalogue::samples()));
        Ok(Self {
            trakt: trakt::Server::start(trakt::Trakt::default(), "127.0.0.1:0", now.clone())?,
            simkl: simkl::Server::start(simkl, "127.0.0.1:0", now.clone())?,
        })
    }

    /// The last call of a viewing may be a second away.
    fn wait_for_play(&self, label: &str, clock: &Clock) {
        let (_never, wait) = channel::<()>();
        let until = clock.steady().saturating_add(Duration::from_secs(10));
        while !self.have(label) && clock.steady() < until {
            let _ = clock.receive(&wait, Some(Duration::from_millis(50)));
        }
    }

    /// Whether both have a play of what is so called.
    fn have(&self, label: &str) -> bool {
        let at_simkl = self.simkl.with(|simkl| {
            simkl.people().any(|who| simkl.plays(who).iter().any(|(one, _)| one == label))
        });
        at_simkl && !self.trakt.plays(label).is_empty()
    }
}

/// A folder that is gone when the demo is over.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("scrobbled-demo-{}", std::process::id()));
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0); // a left-over in the temporary folder
    }
}
