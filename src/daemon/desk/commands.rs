//! What a person asks of the desk.

use super::super::queue::{Answer, Command};
use super::Desk;
use crate::courier::Wake;
use crate::event::Time;
use std::path::Path;

impl Desk {
    pub(super) fn command(&mut self, command: Command, now: Time) -> Answer {
        match command {
            Command::Retry(number) => {
                let retried = self.store.retry(number, now).map_err(|error| error.to_string())?;
                self.count_parked();
                for courier in self.couriers.values() {
                    let _ = courier.send(Wake::Retry); // a courier that died ends the process
                }
                Ok(serde_json::json!({ "retried": retried }))
            }
            Command::Tokens(account, pair) => {
                self.store
                    .keep_tokens(&account, pair.as_ref())
                    .map_err(|error| error.to_string())?;
                if let Some(courier) = self.couriers.get(&account) {
                    let _ = courier.send(Wake::Tokens(pair)); // it ends only with the process
                }
                Ok(serde_json::json!({}))
            }
            Command::Backup(file) => self.backup(&file),
            Command::Unclaimed(configured) => self.unclaimed_by(&configured),
            Command::Forget(account) => {
                let answer = self.forget(&account);
                self.count_parked();
                answer
            }
            Command::Told(told) => {
                self.store.keep_told(&told).map_err(|error| error.to_string())?;
                Ok(serde_json::json!({}))
            }
        }
    }

    fn backup(&mut self, file: &Path) -> Answer {
        self.store.backup(file).map_err(|error| error.to_string())?;
        Ok(serde_json::json!({ "file": file }))
    }
}
