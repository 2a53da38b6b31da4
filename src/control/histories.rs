//! Looking through the histories of the media servers, for who waits for it and who does not.

use super::Handler;
use crate::desk::CommandResult;
use serde_json::{Value, json};
use std::time::Duration;

impl Handler {
    /// Looks through them, `back` so many seconds or to where it was done before, and waits.
    pub(super) fn catch_up(&self, back: Option<u64>, dry_run: bool) -> Value {
        json!(self.histories.run(back.map(Duration::from_secs), dry_run))
    }

    /// Begins the same and does not wait: `CatchUpState` tells how it stands.
    ///
    /// # Errors
    /// When one that was begun so is not over, or there is no thread for it.
    pub fn begin_catch_up(&self, back: Option<u64>, dry_run: bool) -> CommandResult {
        self.histories.begin(back.map(Duration::from_secs), dry_run)?;
        Ok(self.catch_up_state())
    }

    pub(super) fn catch_up_state(&self) -> Value {
        json!(self.histories.standing())
    }
}
