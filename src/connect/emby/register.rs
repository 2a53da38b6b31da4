//! Does Emby post to us, and if not, why not?

use super::api::{Api, Fault};
use super::hook::{self, Ours, Wish};
use super::notification::Marks;
use crate::connect::around::Around;
use crate::connect::connection::Hook;
use crate::connect::talk::{Ended, Talk};
use crate::event::Source;
use std::time::Duration;

/// How long a test message may take.
const TEST_WITHIN: Duration = Duration::from_secs(10);
/// How often it is looked whether it came.
const GLANCE: Duration = Duration::from_millis(100);

/// What became of the notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// It is there, and its test came.
    Posts(Hook),
    /// It is there, and no daemon runs that could have heard its test.
    Untested(Hook),
    /// It is not there, because …
    Not(String),
}

/// What registering needs.
pub(super) struct Registering<'a> {
    pub(super) talk: &'a Talk,
    pub(super) around: &'a Around,
    pub(super) api: &'a Api,
    pub(super) administrators: &'a [String],
    pub(super) marks: &'a Marks,
    /// The server's own id.
    pub(super) id: &'a str,
}

/// Why it goes no further.
enum Stop {
    /// The person left, or the disk is full.
    Ended(Ended),
    Fault(Fault),
}

impl From<Ended> for Stop {
    fn from(ended: Ended) -> Self {
        Self::Ended(ended)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What became of a test message.
enum Test {
    Came,
    /// Nobody is there who could hear it.
    Unheard,
    Lost(String),
}

impl Registering<'_> {
    /// Makes the notification post to `address`, or takes it away.
    ///
    /// # Errors
    /// When Emby can't be reached, does not take the key any more, or the person leaves.
    pub(super) fn register(&self, address: Option<&str>) -> Result<Became, Ended> {
        match self.tried(address) {
            Ok(became) => Ok(became),
            // Emby's own fault: what can be done without a notification is done.
            Err(Stop::Fault(Fault::Status(status, why))) => {
                Ok(Became::Not(format!("Emby can't make the notification ({status}: {why})")))
            }
            Err(Stop::Fault(fault)) => Err(fault.ended()),
            Err(Stop::Ended(ended)) => Err(ended),
        }
    }

    fn tried(&self, address: Option<&str>) -> Result<Became, Stop> {
        let Self { talk, api, administrators, marks, .. } = *self;
        let not = |why: &str| Ok(Became::Not(why.to_owned()));
        let Some(first) = administrators.first() else {
            return not("nobody is there who may make a notification");
        };
        let Some(told) = hook::told(api, first)? else {
            return not("this Emby has no notifications of playback (they came with 4.8)");
        };
        let ours = hook::ours(api, administrators, marks)?;
        let Some(address) = address else {
            self.remove(&ours)?;
            return not("as you wish, nothing is registered");
        };
        let wish = Wish { marks, address, events: &told.known };
        let draft = hook::draft(api, first, &ours, &wish)?;
        let test = self.tested(&draft)?;
        if let Test::Lost(why) = &test {
            self.remove(&ours)?;
            return not(why);
        }
        if matches!(test, Test::Came) {
            talk.say("the test message has come")?;
        }
        let hook = hook::put(api, administrators, &ours, &draft, &wish)?;
        talk.say(format!("the notification “{}” posts to {}", marks.name, hook.address))?;
        if !told.missing.is_empty() {
            talk.say(format!("this Emby can't tell of {}", told.missing.join(", ")))?;
        }
        if matches!(test, Test::Came) {
            return Ok(Became::Posts(hook));
        }
        talk.say("it is untested, because no daemon runs: start scrobbled and connect again")?;
        Ok(Became::Untested(hook))
    }

    /// Has the test message sent, and waits for it.
    fn tested(&self, draft: &Ours) -> Result<Test, Stop> {
        let Self { talk, around, id, .. } = self;
        let since = around.clock.now();
        let came = || around.came(Source::Emby, id, since);
        if came().is_none() {
            return Ok(Test::Unheard);
        }
        talk.say("waiting for Emby's test message")?;
        let sent = hook::test(self.api, draft);
        let until = around.clock.steady().saturating_add(TEST_WITHIN);
        loop {
            if came() == Some(true) {
                return Ok(Test::Came);
            }
            match &sent {
                Ok(()) | Err(Fault::Silent(_)) => {}
                Err(Fault::Status(_, why)) => {
                    return Ok(Test::Lost(format!("Emby's test message did not arrive ({why})")));
                }
                Err(fault @ (Fault::Refused | Fault::Forbidden | Fault::Strange(_))) => {
                    return Err(Stop::Fault(fault.clone()));
                }
            }
            if around.clock.steady() >= until {
                let seconds = TEST_WITHIN.as_secs();
                return Ok(Test::Lost(format!(
                    "no test message came within {seconds} seconds: this Emby has no Premiere, or it \
                     can't reach scrobbled at that address"
                )));
            }
            talk.wait(GLANCE)?;
        }
    }

    fn remove(&self, ours: &[Ours]) -> Result<(), Fault> {
        ours.iter().try_for_each(|one| hook::remove(self.api, one))
    }
}
