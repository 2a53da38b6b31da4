//! Whole conversations with the stand-in, over a socket, on a clock that the test moves.

mod rights;
mod webhooks;

use super::*;
use crate::clock::{Clock, HandClock};
use crate::connect::around::tests::around;
use crate::connect::connection::Person;
use crate::connect::order::SignIn;
use crate::connect::talk::{self, Listener, Question};
use crate::event::Time;
use crate::patience::wait_for;
use crate::secret::Secret;
use serde_json::{Value, json};
use standin::jellyfin::{Dialect, Jellyfin, Server};
use standin::trakt::{Catalogue, Fault};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const JELLYFINS: [Dialect; 3] =
    [Dialect::Jellyfin10_8, Dialect::Jellyfin10_11, Dialect::Jellyfin12];
const OUR_NAME: &str = "scrobbled (attic d3v1ce)";
/// What tells us from another install, and where we are.
const FIRST: (&str, &str) = ("d3v1ce", "http://192.0.2.5:7478");

/// A Jellyfin of mara's, with jo in it, and one of us beside it.
struct House {
    server: Server,
    hand: Arc<HandClock>,
    kept: Arc<Mutex<Vec<Connection>>>,
    token: Arc<Mutex<String>>,
    install: Mutex<(&'static str, &'static str)>,
}

/// What came of a conversation.
#[derive(Debug)]
struct Outcome {
    result: Result<Connection, Ended>,
    said: Vec<String>,
    asked: Vec<String>,
    codes: Vec<String>,
}

impl Outcome {
    #[track_caller]
    fn good(&self) -> &Connection {
        self.result.as_ref().unwrap_or_else(|_| panic!("{self:#?}"))
    }

    #[track_caller]
    fn failed(&self, part: &str) {
        let Err(Ended::Failed(why)) = &self.result else { panic!("{self:#?}") };
        assert!(why.contains(part), "{why}");
    }

    #[track_caller]
    fn has_said(&self, part: &str) {
        assert!(self.said.iter().any(|line| line.contains(part)), "{part}: {self:#?}");
    }
}

impl House {
    fn open(jellyfin: Jellyfin) -> Self {
        let mut jellyfin = jellyfin.with(&Catalogue::samples());
        jellyfin.user("mara");
        jellyfin.user("jo");
        let hand = HandClock::at(Time(1_795_550_400_000));
        let clock = Clock::ByHand(hand.clone());
        let now = move || standin::Time(clock.now().0);
        let server = Server::start(jellyfin, "127.0.0.1:0", now).expect("a port");
        let token = Arc::new(Mutex::new("T".into()));
        Self { server, hand, kept: Arc::default(), token, install: Mutex::new(FIRST) }
    }

    fn with_webhooks(dialect: Dialect) -> Self {
        Self::open(Jellyfin::new(dialect).with_webhooks())
    }

    fn around(&self) -> Around {
        let (kept, token) = (self.kept.clone(), self.token.clone());
        let mut around = around();
        around.clock = Clock::ByHand(self.hand.clone());
        around.kept = kept.lock().expect("no panic").clone();
        let (device, address) = *self.install.lock().expect("no panic");
        (around.device, around.place.public_url) = (device.into(), address.into());
        around.effects.keep = Box::new(move |connection| {
            let mut kept = kept.lock().expect("no panic");
            kept.retain(|one| one.name != connection.name);
            kept.push(connection.clone());
            Ok(())
        });
        around.effects.token =
            Box::new(move |_| Secret::new(token.lock().expect("no panic").clone()));
        around
    }

    fn order(&self) -> Order {
        Order {
            kind: Source::Jellyfin,
            url: self.server.url(),
            server: String::new(),
            sign_in: SignIn::Code,
            trust: crate::http::trust::Trust::default(),
            yes: false,
            restart: false,
        }
    }

    /// Connects; `types` types each code in, `answer` answers each question with a choice.
    fn connect(
        &self,
        order: &Order,
        types: Option<&str>,
        answer: impl Fn(&Question) -> usize,
    ) -> Outcome {
        let around = self.around();
        let (talk, listener) = talk::begin(&around.clock, order.yes);
        let order = order.clone();
        let led = thread::spawn(move || super::connect(&talk, &around, &order));
        let mut outcome =
            Outcome { result: Err(Ended::Left), said: vec![], asked: vec![], codes: vec![] };
        wait_for(
            "the end",
            || {
                self.react(&listener, &mut outcome, types, &answer);
                self.hand.advance(Duration::from_millis(500));
                led.is_finished()
            },
            |is_over| *is_over,
        );
        outcome.result = led.join().expect("it does not panic");
        outcome.said = listener.poll(0).lines;
        outcome
    }

    fn react(
        &self,
        listener: &Listener,
        outcome: &mut Outcome,
        types: Option<&str>,
        answer: &impl Fn(&Question) -> usize,
    ) {
        let view = listener.poll(0);
        if let Some(code) = view.code
            && outcome.codes.last() != Some(&code.user_code)
        {
            outcome.codes.push(code.user_code);
            if let Some(name) = types {
                assert!(self.server.at(|jellyfin, now| jellyfin.approve(name, now)));
            }
        }
        if let Some(question) = view.question {
            let choice = answer(&question);
            if listener.answer(question.number, choice).is_ok() {
                outcome.asked.push(question.text);
            }
        }
    }

    /// Connects as mara, who is asked nothing.
    #[track_caller]
    fn connect_as_mara(&self) -> Outcome {
        let outcome = self.connect(&self.order(), Some("mara"), |question| panic!("{question:?}"));
        assert!(outcome.result.is_ok(), "{outcome:#?}");
        outcome
    }

    /// The configuration of the plugin.
    fn configuration(&self) -> Value {
        self.server
            .with(|jellyfin| jellyfin.plugin.as_ref().expect("it is there").destinations.shown())
    }

    /// The names of the keys and whose tokens there are.
    fn logins(&self) -> Vec<String> {
        let logins = self.server.with(|jellyfin| jellyfin.logins());
        let shown = |(name, user): (String, Option<String>)| {
            user.map_or(name.clone(), |user| format!("{name} of {user}"))
        };
        let mut logins: Vec<String> = logins.into_iter().map(shown).collect();
        logins.sort();
        logins
    }
}

fn password(user: &str, password: &str) -> SignIn {
    SignIn::Password { user: user.into(), password: Secret::new(password) }
}
