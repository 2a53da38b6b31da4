//! Connecting and disconnecting an account.

use super::Handler;
use crate::clock::Clock;
use crate::daemon::{Answer, Command};
use crate::threads;
use crate::trakt::auth::{self, DeviceCode, LoginError, Poll, TokenPair};
use crate::trakt::{Client, api};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// Logins under way, by account: where their results will arrive.
#[derive(Clone, Default)]
pub(super) struct Logins(Arc<Mutex<BTreeMap<String, Receiver<Answer>>>>);

impl Handler {
    pub(super) fn begin_login(&self, account: &str) -> Answer {
        let client = Client::new(self.live.settings().trakt.clone());
        let code = auth::device_code(&client).map_err(|error| error.to_string())?;
        let answer = json!({
            "account": account,
            "user_code": code.user_code,
            "verification_url": code.verification_url,
            "url": code.link(),
            "expires_in": code.lifetime.as_secs(),
        });
        let (sender, receiver) = channel();
        let mut logins = self.logins.0.lock().unwrap_or_else(PoisonError::into_inner);
        logins.insert(account.to_owned(), receiver);
        let (handler, account) = (self.clone(), account.to_owned());
        let wait = move || handler.wait_for_login(&client, &account, &code, &sender);
        threads::spawn("login", wait).map_err(|error| error.to_string())?;
        Ok(answer)
    }

    pub(super) fn finish_login(&self, account: &str) -> Answer {
        let login = self.logins.0.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
        let Some(login) = login else {
            return Err(format!("no login of the account `{account}` is under way"));
        };
        login.recv().unwrap_or_else(|_| Err("the login was given up".to_owned()))
    }

    /// How the login stands; one that is over is forgotten with the answer.
    pub(super) fn login_state(&self, account: &str) -> Answer {
        let mut logins = self.logins.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(login) = logins.get(account) else {
            return Err(format!("no login of the account `{account}` is under way"));
        };
        let answer = match login.try_recv() {
            Ok(answer) => answer,
            Err(TryRecvError::Empty) => return Ok(json!({"account": account, "pending": true})),
            Err(TryRecvError::Disconnected) => Err("the login was given up".to_owned()),
        };
        logins.remove(account);
        answer
    }

    fn wait_for_login(
        &self,
        client: &Client,
        account: &str,
        code: &DeviceCode,
        result: &Sender<Answer>,
    ) {
        let answer = poll_until_over(client, code, &self.clock)
            .map_err(|error| error.to_string())
            .and_then(|pair| {
                let user = api::user_name(client, &pair.access).ok();
                self.queue.ask(Command::Tokens(account.to_owned(), Some(pair)))?;
                log::info!(
                    "the account `{account}` is connected{}",
                    user.as_ref().map_or(String::new(), |user| format!(" as `{user}`"))
                );
                Ok(json!({"account": account, "user": user}))
            });
        let _ = result.send(answer); // nobody may be waiting for it
    }

    /// Disconnects an account. One that the config does not have, but for which something is kept,
    /// is forgotten with all of that.
    pub(super) fn logout(&self, named: Option<String>) -> Answer {
        let account = match (self.account(named.clone()), named) {
            (Ok(account), _) => account,
            (Err(why), Some(name)) => return self.forget(&name, why),
            (Err(why), None) => return Err(why),
        };
        let Some(pair) = self.queue.login(&account)? else {
            return Err(format!("the account `{account}` is not connected"));
        };
        let revoked = self.revoke(&pair);
        self.queue.ask(Command::Tokens(account.clone(), None))?;
        log::info!("the account `{account}` is disconnected; what it waits to send is kept");
        Ok(json!({"account": account, "revoked": revoked.is_ok(), "reason": revoked.err()}))
    }

    fn forget(&self, account: &str, nobody: String) -> Answer {
        let pair = self.queue.login(account)?;
        let forgotten = self.queue.ask(Command::Forget(account.to_owned()))?;
        let Some(dropped) = forgotten.get("dropped").and_then(Value::as_u64) else {
            return Err(nobody);
        };
        let revoked = pair.map_or(Ok(()), |pair| self.revoke(&pair));
        let (is_revoked, reason) = (revoked.is_ok(), revoked.err());
        Ok(json!({
            "account": account, "revoked": is_revoked, "reason": reason, "dropped": dropped
        }))
    }

    fn revoke(&self, pair: &TokenPair) -> Result<(), String> {
        let client = Client::new(self.live.settings().trakt.clone());
        auth::revoke(&client, &pair.access)
    }
}

fn poll_until_over(
    client: &Client,
    code: &DeviceCode,
    clock: &Clock,
) -> Result<TokenPair, LoginError> {
    let until = clock.steady().saturating_add(code.lifetime);
    let mut interval = code.interval;
    let (_never, wait) = channel::<()>();
    while clock.steady() < until {
        let _ = clock.receive(&wait, Some(interval));
        match auth::poll(client, code, clock.now()) {
            Poll::Approved(pair) => return Ok(pair),
            Poll::Pending | Poll::Unreachable(_) => {}
            Poll::SlowDown(more) => interval = interval.saturating_add(more),
            Poll::Failed(error) => return Err(error),
        }
    }
    Err(LoginError::Expired)
}
