//! Sending entries again, and what becomes of them.

use super::Handler;
use crate::clock::Clock;
use crate::desk::shown::Retried;
use crate::desk::{Command, CommandResult, TOLD_MOST};
use serde_json::json;
use std::sync::mpsc::channel;
use std::time::Duration;

/// How long a person waits to hear what has become of it. By the machine's clock: a person waits.
const PATIENCE: Duration = Duration::from_secs(4);

impl Handler {
    /// Sends an entry again, or all that are parked, and waits for a moment to hear what becomes of
    /// it.
    pub(super) fn retry(&self, id: Option<u64>) -> CommandResult {
        let (teller, told) = channel();
        let answer = self.queue.ask(Command::Retry(id, teller))?;
        let mut answer: Retried =
            serde_json::from_value(answer).map_err(|error| error.to_string())?;
        let until = Clock::Machine.steady().saturating_add(PATIENCE);
        while answer.became.len() < answer.retried.min(TOLD_MOST) {
            let left = until.saturating_sub(Clock::Machine.steady());
            let Ok(became) = Clock::Machine.receive(&told, Some(left)) else { break };
            answer.became.push(became);
        }
        Ok(json!(answer))
    }
}
