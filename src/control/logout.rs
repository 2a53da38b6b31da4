//! Disconnecting an account, and what is told at its trackers before.

use super::Handler;
use super::answers::LoggedOut;
use super::request::FAREWELL;
use crate::clock::Clock;
use crate::delivery::{Destination, TokenPair};
use crate::desk::{Command, CommandResult, Logins};
use crate::tracker::all;
use serde_json::{Value, json};
use std::sync::mpsc::{Receiver, Sender, channel};

impl Handler {
    /// Disconnects an account from a tracker; without one from all that it is connected to. What stands
    /// open there is ended first, if that is to be had in [`FAREWELL`]. An account that the config does
    /// not have, but for which something is kept, is forgotten with all of that.
    pub(super) fn logout(&self, named: Option<String>, tracker: Option<String>) -> CommandResult {
        let account = match (self.account(named.clone()), named, &tracker) {
            (Ok(account), ..) => account,
            (Err(why), Some(name), None) => return self.forget(name, why),
            (Err(why), ..) => return Err(why),
        };
        let mut logins = self.queue.logins(&account)?;
        logins.retain(|(to, _)| tracker.as_ref().is_none_or(|tracker| to.tracker == *tracker));
        if logins.is_empty() {
            let of = tracker.map(|name| all::title(&name).to_owned());
            let whence = of.map_or(String::new(), |title| format!(" to {title}"));
            return Err(format!("the account `{account}` is not connected{whence}"));
        }
        self.wait_for_farewell(|teller| {
            let (account, tracker) = (account.clone(), tracker.clone());
            Command::BidFarewell { account, tracker, teller }
        })?;
        let whence = logins.iter().map(|(to, _)| to.tracker.clone()).collect();
        let answer = LoggedOut { account, trackers: whence, ..self.give_back(&logins) };
        let of = Command::LogOut { account: answer.account.clone(), tracker };
        let said = self.queue.ask(of)?;
        let (dropped, unended) = (dropped(&said), unended(&said));
        let titles: Vec<&str> = answer.trackers.iter().map(|name| all::title(name)).collect();
        log::info!(
            "the account `{}` is disconnected from {}; {}",
            answer.account,
            titles.join(" and "),
            match dropped {
                Some(dropped) => format!("entries dropped: {dropped}"),
                None => "what is waiting is kept".to_owned(),
            }
        );
        for sentence in &unended {
            log::warn!("{sentence}");
        }
        Ok(json!(LoggedOut { dropped, unended, ..answer }))
    }

    fn forget(&self, account: String, nobody: String) -> CommandResult {
        let logins = self.queue.logins(&account)?;
        let forgotten = self.queue.ask(Command::Forget(account.clone()))?;
        let Some(dropped) = dropped(&forgotten) else { return Err(nobody) };
        let trackers = logins.iter().map(|(to, _)| to.tracker.clone()).collect();
        let (dropped, unended, forgotten) = (Some(dropped), unended(&forgotten), true);
        let given_back = self.give_back(&logins);
        Ok(json!(LoggedOut { account, trackers, dropped, unended, forgotten, ..given_back }))
    }

    /// Waits until nothing is left to tell where logins are about to go, but not for long.
    pub(super) fn wait_for_farewell(
        &self,
        command: impl FnOnce(Sender<()>) -> Command,
    ) -> Result<(), String> {
        let (teller, told): (_, Receiver<()>) = channel();
        let said = self.queue.ask(command(teller))?;
        let awaited = said.get("awaited").and_then(Value::as_u64).unwrap_or_default();
        // By the machine's clock: a person waits.
        let until = Clock::Machine.steady().saturating_add(FAREWELL);
        for _ in 0..awaited {
            let left = until.saturating_sub(Clock::Machine.steady());
            if Clock::Machine.receive(&told, Some(left)).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Gives logins back, and says whether that was confirmed.
    fn give_back(&self, logins: &Logins) -> LoggedOut {
        let give_back = |(to, pair): &(Destination, Option<TokenPair>)| {
            let Some(pair) = pair else { return Ok(()) };
            let name = &to.tracker;
            let unknown = |_| format!("this version can't tell the tracker `{name}` of the logout");
            self.tracker(to).map_err(unknown)?.revoke(pair)
        };
        let reasons: Vec<String> = logins.iter().filter_map(|one| give_back(one).err()).collect();
        let reason = (!reasons.is_empty()).then(|| reasons.join("; "));
        LoggedOut { revoked: reason.is_none(), reason, ..LoggedOut::default() }
    }
}

/// How much was dropped, as the desk says it.
fn dropped(answer: &Value) -> Option<usize> {
    answer.get("dropped").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok())
}

/// What was not ended, in sentences, as the desk says it.
pub(super) fn unended(answer: &Value) -> Vec<String> {
    let sentences = answer.get("unended").and_then(Value::as_array).into_iter().flatten();
    sentences.filter_map(Value::as_str).map(str::to_owned).collect()
}
