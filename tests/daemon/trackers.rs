//! Trackers' stand-ins that differ in nothing but what is asked here: for tests that run with
//! several of them.

use super::items::{Item, declare};
use super::{Setup, Trakt};
use scrobbled::clock::Clock;
use scrobbled::event::Time;
use serde_json::json;
use standin::Service;
use standin::mdblist::{self, MdbList};
use standin::server::Server;
use standin::simkl::{self, Simkl};
use standin::trakt::{Catalogue, Fault, Faults, Logged, Order};

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

    /// Tokens last so long from now on. Where a spent refresh token is spent, it is good for another
    /// hour if that is forgiven.
    fn hurry(&self, token_seconds: u64, forgiving: bool);

    /// From now on two calls may follow each other as closely as they like, and as many as they like.
    fn is_patient(&self);

    /// From now on it is naive: what is told twice is there twice, whoever looks.
    fn is_naive(&self);

    /// From now on it says yes to the end of what plays, and does not obey.
    fn is_deaf_to_ends(&self);

    /// Whether it refuses what it takes for a play that it has.
    fn takes_for_repetitions(&self) -> bool {
        true
    }

    /// Where tokens are made of others.
    fn token_path(&self) -> &'static str;

    /// The calls that change something, with their times and whose they were.
    fn heard(&self) -> Vec<(Time, String, String)>;

    /// How often it was called too soon.
    fn violations(&self) -> usize;

    /// What else must not be in the end, each in a line.
    fn debts(&self) -> Vec<String>;

    /// What it made a play because its start stood open when the next one came, by label.
    fn invented(&self) -> Vec<String> {
        Vec::new()
    }

    /// Where a day has only so many calls: so many from now on.
    fn has_calls_a_day(&self, _calls: u32) {}

    /// The calls of the busiest day of anybody, where they are counted.
    fn busiest_day(&self) -> Option<u32> {
        None
    }

    /// All that is wrong beside its history.
    fn wrong(&self) -> Vec<String> {
        let (name, violations) = (self.name(), self.violations());
        let hasty =
            (violations > 0).then(|| format!("{name} was called {violations} times too soon"));
        hasty.into_iter().chain(self.debts()).collect()
    }

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

    /// Nobody is answered while `pass` runs.
    fn hold(&self, pass: &mut dyn FnMut());
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

    fn hold(&self, pass: &mut dyn FnMut()) {
        self.with(|_| pass());
    }
}

/// None of these answers anybody while `pass` runs.
pub(crate) fn hold(servers: &[&dyn Wire], pass: &mut dyn FnMut()) {
    match servers {
        [] => pass(),
        [first, rest @ ..] => first.hold(&mut || hold(rest, pass)),
    }
}

/// What they are called, in the order of [`all`].
pub(crate) const NAMES: [&str; 3] = ["trakt", "simkl", "mdblist"];

/// One of each, on this clock.
pub(crate) fn all(clock: &Clock) -> Vec<Box<dyn Stand>> {
    let mut all = beside_trakt(clock);
    all.insert(0, Box::new(Trakt::on(clock.clone())));
    all
}

/// One of each but Trakt.
pub(crate) fn beside_trakt(clock: &Clock) -> Vec<Box<dyn Stand>> {
    vec![Box::new(AtSimkl::on(clock.clone())), Box::new(AtMdbList::on(clock.clone()))]
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

    fn hurry(&self, token_seconds: u64, forgiving: bool) {
        self.server.with(|trakt| {
            trakt.options.token_seconds = token_seconds;
            trakt.options.refresh_grace_seconds = if forgiving { 3600 } else { 0 };
        });
    }

    fn is_patient(&self) {
        self.server.with(|trakt| trakt.options.repeat_seconds = Some(0));
    }

    fn is_naive(&self) {
        let nothing = Fault::json(200, json!([]));
        self.server.order(nothing.times(u32::MAX).on("GET", "/sync/history"));
    }

    fn is_deaf_to_ends(&self) {
        // What plays there ends by itself.
    }

    fn token_path(&self) -> &'static str {
        "/oauth/token"
    }

    fn violations(&self) -> usize {
        self.server.with(|trakt| trakt.violations())
    }

    fn debts(&self) -> Vec<String> {
        Vec::new()
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

    fn hurry(&self, token_seconds: u64, _forgiving: bool) {
        self.server.with(|simkl| simkl.options.token_seconds = token_seconds);
    }

    fn is_patient(&self) {
        self.server.with(|simkl| simkl.options.calls_a_day = 1_000_000);
    }

    fn is_naive(&self) {
        self.server.with(|simkl| simkl.options.counts_again = true);
    }

    fn is_deaf_to_ends(&self) {
        let yes = Fault::json(201, json!({ "id": 0, "action": "pause" }));
        self.server.order(yes.times(u32::MAX).on("POST", "/scrobble/pause"));
    }

    fn token_path(&self) -> &'static str {
        "/oauth2/token"
    }

    fn violations(&self) -> usize {
        self.server.with(|simkl| simkl.violations())
    }

    fn debts(&self) -> Vec<String> {
        self.server.with(|simkl| {
            let open = simkl.people().flat_map(|person| {
                let open = simkl.open(person).into_iter();
                open.map(move |label| format!("{person}'s `{label}` still plays at Simkl"))
            });
            let refused = simkl.refused_for_the_day();
            let refused = (refused > 0)
                .then(|| format!("Simkl was called {refused} times more than a day has calls"));
            open.chain(refused).collect()
        })
    }

    fn invented(&self) -> Vec<String> {
        self.server.with(|simkl| simkl.invented())
    }

    fn has_calls_a_day(&self, calls: u32) {
        self.server.with(|simkl| simkl.options.calls_a_day = calls);
    }

    fn busiest_day(&self) -> Option<u32> {
        Some(self.server.with(|simkl| simkl.busiest_day()))
    }
}

/// The stand-in for MDBList.
pub(crate) struct AtMdbList {
    pub(crate) server: mdblist::Server,
}

impl AtMdbList {
    pub(crate) fn on(clock: Clock) -> Self {
        let mdblist = MdbList::new(mdblist::Catalogue::of(&catalogue(&super::items::ITEMS)));
        let now = move || standin::Time(clock.now().0);
        Self { server: Server::start(mdblist, "127.0.0.1:0", now).expect("a port for MDBList") }
    }
}

impl Stand for AtMdbList {
    fn name(&self) -> &'static str {
        "mdblist"
    }

    fn server(&self) -> &dyn Wire {
        &self.server
    }

    fn known_to(&self, setup: Setup) -> Setup {
        setup
            .set("MDBLIST_CLIENT_ID", mdblist::CLIENT_ID)
            .set("MDBLIST_API_URL", &self.server.url())
    }

    fn learn(&self, items: &[Item]) {
        let catalogue = mdblist::Catalogue::of(&catalogue(items));
        self.server.with(|mdblist| mdblist.catalogue = catalogue);
    }

    fn expect(&self, user: &str) {
        self.server.with(|mdblist| {
            user.clone_into(&mut mdblist.options.user);
            mdblist.options.approve_after_polls = Some(0);
        });
    }

    fn disconnect(&self, user: &str) {
        self.server.with(|mdblist| mdblist.disconnect(user));
    }

    fn play_elsewhere(&self, user: &str, label: &str, at: Time) {
        let at = standin::Time(at.0);
        assert!(self.server.with(|mdblist| mdblist.play_elsewhere(user, label, at)), "{label}");
    }

    fn history(&self) -> Vec<Play> {
        self.server.with(|mdblist| {
            let people = mdblist.people().flat_map(|person| {
                mdblist.plays(person).into_iter().map(|(label, at)| Play {
                    person: person.to_owned(),
                    label,
                    at: Time(at.0),
                })
            });
            people.collect()
        })
    }

    fn counts_again(&self) -> bool {
        true
    }

    /// It keeps neither times nor whose they were.
    fn heard(&self) -> Vec<(Time, String, String)> {
        let calls = self.server.with(|mdblist| mdblist.calls());
        calls.into_iter().map(|line| (Time::default(), String::new(), line)).collect()
    }

    fn hurry(&self, token_seconds: u64, forgiving: bool) {
        self.server.with(|mdblist| {
            mdblist.options.token_seconds = token_seconds;
            mdblist.options.refresh_grace_seconds = if forgiving { u64::from(u32::MAX) } else { 0 };
        });
    }

    fn takes_for_repetitions(&self) -> bool {
        false
    }

    fn is_patient(&self) {
        self.server.with(|mdblist| {
            mdblist.options.calls_a_day = 1_000_000;
            mdblist.options.calls_a_window = (usize::MAX, usize::MAX);
        });
    }

    fn is_naive(&self) {
        let nothing = Fault::json(200, json!({ "plays": [], "truncated": false }));
        self.server.order(nothing.times(u32::MAX).on("GET", "/sync/history"));
        let nothing = json!({ "movies": [], "episodes": [], "pagination": { "has_more": false } });
        let nothing = Fault::json(200, nothing).times(u32::MAX);
        self.server.order(nothing.on("GET", "/sync/watched"));
        self.server.with(|mdblist| mdblist.options.counts_all = true);
    }

    fn is_deaf_to_ends(&self) {
        // What plays there ends by itself.
    }

    fn token_path(&self) -> &'static str {
        "/oauth/token/"
    }

    /// Its windows refuse what is too much.
    fn violations(&self) -> usize {
        let log = self.server.log();
        log.iter().filter(|logged| logged.status == Some(429) && logged.taken).count()
    }

    fn debts(&self) -> Vec<String> {
        let wholes = self.server.with(|mdblist| mdblist.cascades());
        let words = wholes.into_iter().map(|label| format!("all of `{label}` was marked"));
        words.collect()
    }
}
