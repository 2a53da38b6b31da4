//! Three people who watch films at home, with the daemon on a clock that is moved by hand.

use scrobbled::clock::{Clock, HandClock};
use scrobbled::config::{Account, Settings};
use scrobbled::control::Request;
use scrobbled::daemon::Daemon;
use scrobbled::delivery::{Destination, TokenPair};
use scrobbled::event::Time;
use scrobbled::secret::Secret;
use scrobbled::store::Store;
use scrobbled::threads::Vital;
use standin::trakt::{CLIENT_ID, CLIENT_SECRET, Server};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

const PEOPLE: [&str; 3] = ["ann", "ben", "cleo"];
const FILMS: u64 = 40;
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// One film of one person's evening.
pub(crate) struct Viewing {
    pub(crate) person: &'static str,
    tmdb: u64,
    pub(crate) starts: Time,
    pub(crate) ends: Time,
}

impl Viewing {
    /// What the film is called at the stand-in, which knows no more of it.
    pub(crate) fn label(&self) -> String {
        format!("tmdb:{}", self.tmdb)
    }
}

/// Forty films of 100 minutes, in turn; each person begins the next one 5 minutes after the last.
pub(crate) fn viewings(from: Time) -> Vec<Viewing> {
    let films = PEOPLE.into_iter().cycle().zip(0..FILMS);
    let viewing = |(person, film): (&'static str, u64)| {
        let turn = u32::try_from(film / 3).expect("a small number");
        let starts = from.after(105 * MINUTE * turn + 7 * MINUTE * u32::from(film % 3 == 1));
        Viewing { person, tmdb: 1_000 + film, starts, ends: starts.after(92 * MINUTE) }
    };
    films.map(viewing).collect()
}

pub(crate) struct House {
    daemon: Daemon,
    plex: String,
    hand: Arc<HandClock>,
    ends: Receiver<String>,
    _folder: TempDir,
}

impl House {
    pub(crate) fn open(trakt: &Server, hand: Arc<HandClock>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Clock::ByHand(hand.clone());
        let mut settings = Settings { data_dir: folder.path().into(), ..Settings::default() };
        settings.listen.set_port(0);
        CLIENT_ID.clone_into(&mut settings.trakt.client_id);
        settings.trakt.client_secret = Secret::new(CLIENT_SECRET);
        (settings.trakt.api_url, settings.trakt.auth_url) = (trakt.url(), trakt.url());
        let mut store = Store::open(folder.path()).expect("a database");
        settings.accounts = PEOPLE
            .map(|person| {
                let tokens = trakt.sign_in(person);
                let pair = TokenPair {
                    access: Secret::new(tokens.access),
                    refresh: Secret::new(tokens.refresh),
                    created: clock.now(),
                    lifetime: 24 * 7 * 60 * MINUTE,
                };
                let destination = Destination::new(person, "trakt");
                store.log_in(&destination, &pair).expect("it is kept");
                let plex = vec![person.to_owned()];
                Account { name: person.into(), plex, ..Account::for_everyone() }
            })
            .into();
        drop(store);
        let (sender, ends) = channel();
        let vital = Vital::new(move |why| sender.send(why).expect("the test listens"));
        let daemon = Daemon::start(settings.into(), &clock, &vital).expect("it starts");
        let urls = daemon.handler().handle(Request::Urls).expect("urls");
        let plex = urls["plex"][0].as_str().expect("a url").to_owned();
        Self { daemon, plex, hand, ends, _folder: folder }
    }

    pub(crate) fn now(&self) -> Time {
        Clock::ByHand(self.hand.clone()).now()
    }

    pub(crate) fn post(&self, viewing: &Viewing, event: &str, position_minutes: u64) {
        let body = serde_json::json!({
            "event": event,
            "Account": {"id": 1, "title": viewing.person},
            "Server": {"uuid": "attic"},
            "Player": {"uuid": viewing.person, "title": "TV"},
            "Metadata": {
                "type": "movie",
                "ratingKey": viewing.tmdb.to_string(),
                "title": format!("Film {}", viewing.tmdb),
                "year": 2020,
                "Guid": [{"id": format!("tmdb://{}", viewing.tmdb)}],
                "duration": 100 * 60_000,
                "viewOffset": position_minutes * 60_000,
            },
        });
        let request = minreq::post(&self.plex).with_header("Content-Type", "application/json");
        let answer = request.with_body(body.to_string()).with_timeout(10).send();
        assert_eq!(answer.expect("an answer").status_code, 200);
    }

    /// Lets time pass in steps, each with a moment in which something can be done.
    #[expect(clippy::disallowed_methods, reason = "time by hand must not outrun the threads")]
    pub(crate) fn pass(&self, until: Time, step: Duration) {
        while self.now() < until {
            self.hand.advance(step.min(until.since(self.now())));
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Time goes on while the daemon stops: it waits for its threads.
    #[expect(clippy::disallowed_methods, reason = "time by hand must not outrun the threads")]
    pub(crate) fn close(self) {
        assert!(self.ends.try_recv().is_err(), "a thread has ended");
        let daemon = self.daemon;
        let stopping = std::thread::spawn(move || daemon.stop());
        while !stopping.is_finished() {
            self.hand.advance(Duration::from_millis(10));
            std::thread::sleep(Duration::from_millis(1));
        }
        stopping.join().expect("it stops");
    }
}
