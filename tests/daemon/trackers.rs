//! Trackers' stand-ins that differ in nothing but what is asked here: for tests that run with
//! several of them.

use super::items::{Item, declare};
use super::{Setup, Trakt};
use scrobbled::clock::Clock;
use scrobbled::event::Time;
use standin::Service;
use standin::server::Server;
use standin::simkl::{self, Simkl};
use standin::trakt::{Catalogue, Faults, Logged, Order};

/// A play that a tracker has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Play {
    pub(crate) person: String,
    pub(crate) label: String,
    pub(crate) at: Time,
}

/// A tracker's stand-in.
pub(crate) trait Stand: Send + Sync {
    /// As `--to` names it.
    fn name(&self) -> &'static str;

    /// Its socket and its misbehaviour.
    fn server(&self) -> &dyn Wire;

    /// The daemon's settings, with those by which it finds this tracker.
    fn known_to(&self, setup: Setup) -> Setup;

    /// It knows these items and the stand-ins' samples.
    fn learn(&self, items: &[Item]);

    /// Whoever logs in next is this user, who says yes at once.
    fn expect(&self, user: &str);

    /// A user disconnects the app on the tracker's website.
    fn disconnect(&self, user: &str);

    /// Another program tells it of a play.
    fn play_elsewhere(&self, user: &str, label: &str, at: Time);

    /// Every play of everybody.
    fn history(&self) -> Vec<Play>;

    /// Whether somebody's second play of an item is one more.
    fn counts_again(&self) -> bool;

    /// The calls that change something, with their times and whose they were.
    fn heard(&self) -> Vec<(Time, String, String)>;

    /// What else must not be, each in a line.
    fn wrong(&self) -> Vec<String>;

    /// The calls that change something.
    fn calls(&self) -> Vec<String> {
        self.heard().into_iter().map(|(.., line)| line).collect()
    }

    /// When everybody's plays of an item were, in order.
    fn plays(&self, label: &str) -> Vec<Time> {
        let plays = self.history().into_iter().filter(|play| play.label == label);
        let mut times: Vec<Time> = plays.map(|play| play.at).collect();
        times.sort_unstable();
        times
    }
}

/// What can be asked of any stand-in on a socket, and ordered.
pub(crate) trait Wire {
    fn misbehave(&self, faults: Faults);
    fn order(&self, order: Order);
    fn log(&self) -> Vec<Logged>;
    fn requests(&self) -> usize;
    fn in_hand(&self) -> Vec<String>;
    fn deserted(&self) -> Vec<String>;
    fn is_idle(&self) -> bool;
}

impl<S: Service> Wire for Server<S> {
    fn misbehave(&self, faults: Faults) {
        Server::misbehave(self, faults);
    }

    fn order(&self, order: Order) {
        Server::order(self, order);
    }

    fn log(&self) -> Vec<Logged> {
        Server::log(self)
    }

    fn requests(&self) -> usize {
        Server::requests(self)
    }

    fn in_hand(&self) -> Vec<String> {
        Server::in_hand(self)
    }

    fn deserted(&self) -> Vec<String> {
        Server::deserted(self)
    }

    fn is_idle(&self) -> bool {
        Server::is_idle(self)
    }
}

/// One of each, on this clock: Trakt first.
pub(crate) fn all(clock: &Clock) -> Vec<Box<dyn Stand>> {
    vec![Box::new(Trakt::on(clock.clone())), Box::new(AtSimkl::on(clock.clone()))]
}

/// All that the samples and these items need.
fn catalogue(items: &[Item]) -> Catalogue {
    let mut catalogue = Catalogue::samples();
    declare(&mut catalogue, items);
    catalogue
}

impl Stand for Trakt {
    fn name(&self) -> &'static str {
        "trakt"
    }

    fn server(&self) -> &dyn Wire {
        &self.server
    }

    fn known_to(&self, setup: Setup) -> Setup {
        setup.knowing(self)
    }

    fn learn(&self, items: &[Item]) {
        self.server.with(|trakt| trakt.catalogue = catalogue(items));
    }

    fn expect(&self, user: &str) {
        self.server.with(|trakt| {
            user.clone_into(&mut trakt.options.user);
            trakt.options.approve_after_polls = Some(0);
        });
    }

    fn disconnect(&self, user: &str) {
        self.server.with(|trakt| trakt.disconnect(user));
    }

    fn play_elsewhere(&self, user: &str, label: &str, at: Time) {
        let at = standin::Time(at.0);
        assert!(self.server.with(|trakt| trakt.play_elsewhere(user, label, at)), "{label}");
    }

    fn history(&self) -> Vec<Play> {
        self.server.with(|trakt| {
            let people = trakt.people().flat_map(|(name, user)| {
                user.history().iter().map(|play| Play {
                    person: name.to_owned(),
                    label: trakt.catalogue.label(play.item),
                    at: Time(play.watched.0),
                })
            });
            people.collect()
        })
    }

    fn counts_again(&self) -> bool {
        true
    }

    fn heard(&self) -> Vec<(Time, String, String)> {
        let calls = self.server.with(|trakt| trakt.heard().to_vec());
        calls.into_iter().map(|call| (Time(call.at.0), call.user, call.line)).collect()
    }

    fn wrong(&self) -> Vec<String> {
        let violations = self.server.with(|trakt| trakt.violations());
        (violations > 0)
            .then(|| format!("Trakt was called {violations} times too soon"))
            .into_iter()
            .collect()
    }
}

/// The stand-in for Simkl.
pub(crate) struct AtSimkl {
    pub(crate) server: simkl::Server,
}

impl AtSimkl {
    pub(crate) fn on(clock: Clock) -> Self {
        let simkl = Simkl::new(simkl::Catalogue::of(&catalogue(&super::items::ITEMS)));
        let now = move || standin::Time(clock.now().0);
        Self { server: Server::start(simkl, "127.0.0.1:0", now).expect("a port for Simkl") }
    }
}

impl Stand for AtSimkl {
    fn name(&self) -> &'static str {
        "simkl"
    }

    fn server(&self) -> &dyn Wire {
        &self.server
    }

    fn known_to(&self, setup: Setup) -> Setup {
        setup.set("SIMKL_CLIENT_ID", simkl::CLIENT_ID).set("SIMKL_API_URL", &self.server.url())
    }

    fn learn(&self, items: &[Item]) {
        self.server.with(|simkl| simkl.catalogue = simkl::Catalogue::of(&catalogue(items)));
    }

    fn expect(&self, user: &str) {
        self.server.with(|simkl| {
            user.clone_into(&mut simkl.options.user);
            simkl.options.approve_after_polls = Some(0);
        });
    }

    fn disconnect(&self, user: &str) {
        self.server.with(|simkl| simkl.disconnect(user));
    }

    fn play_elsewhere(&self, user: &str, label: &str, at: Time) {
        let at = standin::Time(at.0);
        assert!(self.server.with(|simkl| simkl.play_elsewhere(user, label, at)), "{label}");
    }

    fn history(&self) -> Vec<Play> {
        self.server.with(|simkl| {
            let people = simkl.people().flat_map(|person| {
                simkl.plays(person).into_iter().map(|(label, at)| Play {
                    person: person.to_owned(),
                    label,
                    at: Time(at.0),
                })
            });
            people.collect()
        })
    }

    fn counts_again(&self) -> bool {
        false
    }

    fn heard(&self) -> Vec<(Time, String, String)> {
        let calls = self.server.with(|simkl| simkl.heard().to_vec());
        calls.into_iter().map(|call| (Time(call.at.0), call.user, call.line)).collect()
    }

    fn wrong(&self) -> Vec<String> {
        self.server.with(|simkl| {
            let open = simkl.people().flat_map(|person| {
                let open = simkl.open(person).into_iter();
                open.map(move |label| format!("{person}'s `{label}` still plays at Simkl"))
            });
            let invented = simkl.invented().into_iter();
            let invented =
                invented.map(|label| format!("Simkl made a play of the start of `{label}`"));
            let counts = [
                (simkl.violations(), "times too soon"),
                (simkl.refused_for_the_day(), "times more than a day has calls"),
            ];
            let counts = counts.into_iter().filter(|(count, _)| *count > 0);
            let counts = counts.map(|(count, what)| format!("Simkl was called {count} {what}"));
            open.chain(invented).chain(counts).collect()
        })
    }
}
