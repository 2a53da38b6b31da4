//! Connecting an account.

use super::Handler;
use super::answers::LoggedIn;
use super::logins::{LoginProgress, in_words};
use super::logout::unended;
use crate::clock::Clock;
use crate::delivery::{AccountState, Destination, NoApp, TokenPair};
use crate::desk::{Command, CommandResult};
use crate::threads;
use crate::tracker::{DeviceCode, LoginError, Names, Poll, Tracker, all, user_of};
use serde_json::json;
use std::sync::mpsc::channel;
use std::time::Duration;

/// The limit of one call.
const CALL_LIMIT: Duration = Duration::from_secs(30);

impl Handler {
    /// Begins a login at a tracker; without one at the one that has an app. Who asks for one that is
    /// under way is given its code.
    pub(super) fn begin_login(&self, account: String, tracker: Option<String>) -> CommandResult {
        let settings = self.live.settings();
        let tracker = match tracker {
            Some(tracker) => tracker,
            None => the_one_with_an_app(&all::with_apps(&settings))?,
        };
        let to = Destination { account, tracker };
        if let Some(code) = self.logins.code(&to, self.clock.steady()) {
            return Ok(json!(code));
        }
        let tracker = self.tracker(&to)?;
        let title = tracker.traits().names.title;
        let code = tracker.device_code().map_err(|error| error.sentence(title))?;
        let now = self.clock.steady();
        if let Some(code) = self.logins.code(&to, now) {
            return Ok(json!(code)); // somebody was faster
        }
        let until = now.saturating_add(code.lifetime);
        let login = LoginProgress::UnderWay { code: code.clone(), until, waiting: Vec::new() };
        self.logins.lock().insert(to.clone(), login);
        let answer = in_words(&to, &code, code.lifetime);
        let handler = self.clone();
        threads::spawn("login", move || {
            let result = handler.wait_for_login(&*tracker, &to, &code, until);
            handler.logins.end(&to, &code, result);
        })
        .map_err(|error| error.to_string())?;
        Ok(json!(answer))
    }

    /// Connects by a key of the user's, which is tried first.
    pub(super) fn login_with_key(
        &self,
        account: String,
        tracker: String,
        key: &str,
    ) -> CommandResult {
        let to = Destination { account, tracker };
        let tracker = self.tracker(&to)?;
        let title = tracker.traits().names.title;
        let Some(page) = tracker.key_page() else {
            return Err(format!("{title} has no keys to log in with"));
        };
        let Some(pair) = TokenPair::key(key.trim().to_owned(), self.clock.now()) else {
            return Err(format!("that is no key of {title}'s: copy it from {page}"));
        };
        match user_of(&*tracker, &pair) {
            user @ (Ok(_) | Err(AccountState::Connected { .. })) => {
                self.keep_login(&*tracker, &to, pair, user)
            }
            Err(AccountState::LoginNeeded) => {
                Err(format!("{title} does not accept that key: copy it again from {page}"))
            }
            Err(AccountState::Refused(refusal)) => Err(refusal.to_string()),
            Err(_) => {
                Err(format!("{title} can't be asked about the key just now: try again later"))
            }
        }
    }

    /// Waits for what comes of a login.
    pub(super) fn finish_login(&self, to: &Destination) -> CommandResult {
        let (waiter, result) = channel();
        match self.logins.lock().get_mut(to) {
            Some(LoginProgress::UnderWay { waiting, .. }) => waiting.push(waiter),
            Some(LoginProgress::Over(answer)) => return answer.clone(),
            None => return Err(nothing_under_way(to)),
        }
        result.recv().unwrap_or_else(|_| Err("the login was cancelled".to_owned()))
    }

    /// How the login stands; one that is over is forgotten with the answer.
    pub(super) fn login_state(&self, to: &Destination) -> CommandResult {
        let mut logins = self.logins.lock();
        match logins.remove(to) {
            Some(LoginProgress::Over(answer)) => answer,
            Some(login @ LoginProgress::UnderWay { .. }) => {
                logins.insert(to.clone(), login);
                Ok(json!({"account": to.account, "pending": true}))
            }
            None => Err(nothing_under_way(to)),
        }
    }

    fn wait_for_login(
        &self,
        tracker: &dyn Tracker,
        to: &Destination,
        code: &DeviceCode,
        until: Duration,
    ) -> CommandResult {
        let pair = poll_until_over(tracker, code, until, &self.clock)
            .map_err(|error| error.sentence(tracker.traits().names.title))?;
        let user = user_of(tracker, &pair);
        self.keep_login(tracker, to, pair, user)
    }

    /// Keeps a login of who has answered so to the question who it is. Where somebody else is logged in,
    /// what stands open there is ended before, as at a logout.
    fn keep_login(
        &self,
        tracker: &dyn Tracker,
        to: &Destination,
        pair: TokenPair,
        user: Result<String, AccountState>,
    ) -> CommandResult {
        if let Ok(user) = &user {
            let (destination, user) = (to.clone(), user.clone());
            self.wait_for_farewell(|teller| Command::MakeWay { destination, user, teller })?;
        }
        let unended = unended(&self.queue.ask(Command::LogIn(to.clone(), pair))?);
        let trouble = match &user {
            Err(AccountState::Refused(refusal)) => Some(refusal.to_string()),
            Ok(_) | Err(_) => None, // what ends by itself is told by who tries again
        };
        let Destination { account, tracker: name } = to.clone();
        let user = user.ok();
        log::info!(
            "the account `{account}` is connected to {}{}",
            tracker.traits().names.title,
            user.as_ref().map_or(String::new(), |user| format!(" as `{user}`"))
        );
        for sentence in &unended {
            log::warn!("{sentence}");
        }
        Ok(json!(LoggedIn { account, tracker: name, user, trouble, unended }))
    }

    pub(super) fn tracker(&self, to: &Destination) -> Result<Box<dyn Tracker>, String> {
        all::make_one(&to.tracker, &self.live.settings(), CALL_LIMIT)
    }
}

/// The tracker to log in at where nobody says which, with what each has to log in with: its app, or
/// why there is none.
fn the_one_with_an_app(all: &[(Names, Result<(), NoApp>)]) -> Result<String, String> {
    let with: Vec<&str> =
        all.iter().filter(|(_, app)| app.is_ok()).map(|(names, _)| names.name).collect();
    match with.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => {
            let lacking: Vec<NoApp> = all.iter().filter_map(|(_, app)| app.err()).collect();
            Err(NoApp::all_in_words(&lacking))
        }
        several => Err(format!("name one of the trackers {}", several.join(", "))),
    }
}

fn nothing_under_way(to: &Destination) -> String {
    format!("no login of the account `{}` is in progress", to.account)
}

fn poll_until_over(
    tracker: &dyn Tracker,
    code: &DeviceCode,
    until: Duration,
    clock: &Clock,
) -> Result<TokenPair, LoginError> {
    let mut interval = code.interval;
    let (_never, wait) = channel::<()>();
    loop {
        let left = until.saturating_sub(clock.steady());
        let _ = clock.receive(&wait, Some(interval.min(left)));
        let is_last = clock.steady() >= until;
        match tracker.poll(code, clock.now()) {
            Poll::Approved(pair) => return Ok(pair),
            Poll::Failed(error) => return Err(error),
            Poll::Pending | Poll::SlowDown(_) | Poll::Unreachable(_) if is_last => {
                return Err(LoginError::Expired);
            }
            Poll::Pending | Poll::Unreachable(_) => {}
            Poll::SlowDown(more) => interval = interval.saturating_add(more),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::HandClock;
    use crate::config::{self, Settings};
    use crate::control::Request;
    use crate::event::Time;
    use crate::http::scripted::{Script, answer};
    use crate::store::Lock;
    use std::sync::Arc;

    /// A handler of the account `default` without a daemon.
    struct House {
        handler: Handler,
        hand: Arc<HandClock>,
        script: Script,
        _lock: Option<Lock>,
        _folder: tempfile::TempDir,
    }

    impl House {
        /// With a Trakt whose codes, one after the other, are to be polled for so often.
        fn new(interval: u64, polls: &[&[u8]]) -> Self {
            let code = |number: usize| {
                let body = json!({"device_code": format!("d{number}"), "interval": interval,
                    "user_code": format!("CODE{number}"), "expires_in": 600,
                    "verification_url": "https://trakt.tv/activate"});
                ("POST /oauth/device/code", answer(200, &body.to_string()))
            };
            let steps = polls.iter().enumerate().flat_map(|(number, poll)| {
                [code(number + 1), ("POST /oauth/device/token", poll.to_vec())]
            });
            let script = Script::start(steps.collect());
            let folder = tempfile::tempdir().expect("a folder");
            let trakt = config::Trakt {
                client_id: "id".to_owned(),
                auth_url: script.url(""),
                ..config::Trakt::default()
            };
            let settings =
                Settings { data_dir: folder.path().into(), trakt, ..Settings::default() };
            let hand = HandClock::at(Time(1_800_000_000_000));
            let clock = Clock::ByHand(hand.clone());
            let (handler, lock) =
                crate::daemon::offline(settings, &clock, crate::daemon::Purpose::Change)
                    .expect("a folder");
            Self { handler, hand, script, _lock: lock, _folder: folder }
        }

        fn code(&self) -> String {
            let code = self
                .handler
                .handle(Request::Login { account: None, tracker: None })
                .expect("a code");
            format!("{} {}", code["user_code"].as_str().unwrap_or_default(), code["expires_in"])
        }

        fn result(&self) -> CommandResult {
            self.handler
                .handle(Request::LoginResult { account: "default".to_owned(), tracker: None })
        }

        fn state(&self) -> CommandResult {
            self.handler
                .handle(Request::LoginState { account: "default".to_owned(), tracker: None })
        }
    }

    #[test]
    fn an_account_has_one_login_at_a_time_and_all_who_ask_for_it_have_its_code() {
        let house = House::new(700, &[&answer(410, ""), &answer(410, "")]);
        assert_eq!(house.state(), Err("no login of the account `default` is in progress".into()));
        assert_eq!(house.code(), "CODE1 600");
        house.hand.advance(Duration::from_secs(60));
        assert_eq!(house.code(), "CODE1 540");
        assert_eq!(house.state(), Ok(json!({"account": "default", "pending": true})));
        let late = Err(LoginError::Expired.sentence("Trakt"));
        std::thread::scope(|scope| {
            let waiting = [scope.spawn(|| house.result()), scope.spawn(|| house.result())];
            // It waits until the code ends, though it was told to wait longer.
            house.hand.advance(Duration::from_secs(540));
            for waiter in waiting {
                assert_eq!(waiter.join().expect("it does not panic"), late);
            }
        });
        assert_eq!(house.script.seen().len(), 2, "{:?}", house.script.seen());
        assert_eq!(house.state(), late);
        assert_eq!(house.code(), "CODE2 600");
        house.hand.advance(Duration::from_secs(600));
        assert_eq!(house.result(), late);
    }

    #[test]
    fn who_names_no_tracker_means_the_one_that_has_an_app() {
        const NONE: NoApp = NoApp { title: "Left", mend: "one and set left.id" };
        const CLOSED: NoApp = NoApp { title: "Right", mend: "one there and set right.id" };
        let names = |name| Names { name, title: "" };
        let [left, right] = ["left", "right"].map(names);
        let choose =
            |left_app, right_app| the_one_with_an_app(&[(left, left_app), (right, right_app)]);
        assert_eq!(choose(Ok(()), Err(CLOSED)), Ok("left".to_owned()));
        assert_eq!(choose(Err(NONE), Ok(())), Ok("right".to_owned()));
        let which = "name one of the trackers left, right".to_owned();
        assert_eq!(choose(Ok(()), Ok(())), Err(which));
        let neither = "no Left or Right app is configured: create one and set left.id, or one there \
                       and set right.id; then restart the daemon";
        assert_eq!(choose(Err(NONE), Err(CLOSED)), Err(neither.to_owned()));
    }

    #[test]
    fn an_interval_without_end_ends_with_the_code() {
        let house = House::new(u64::MAX, &[&answer(400, "")]);
        house.code();
        house.hand.advance(Duration::from_secs(600));
        assert_eq!(house.result(), Err(LoginError::Expired.sentence("Trakt")));
        assert_eq!(house.script.seen().len(), 2);
    }
}
