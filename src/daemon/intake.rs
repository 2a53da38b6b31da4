//! What happens to an event, however it was heard, before the desk decides?
//!
//! Here the ways meet: the same filters, the same activity, the same queue.

use crate::clock::Clock;
use crate::config::{Live, Settings};
use crate::desk::{Activity, ActivityEntry, Message, Queue};
use crate::event::{Ear, Event};
use crate::filter::{self, FilterResult};
use crate::hear::{Taken, WebhookUsers};
use crate::verdict::Verdict;
use std::sync::{Arc, Mutex, PoisonError};

/// With what events are taken in. Cheap to clone.
#[derive(Clone)]
pub(super) struct Intake {
    /// How everything is set.
    pub live: Arc<Live>,
    /// The way to the desk.
    pub queue: Queue,
    /// What happened lately.
    pub activity: Activity,
    /// The time.
    pub clock: Clock,
    /// Who watches, as webhooks said.
    pub users: Arc<Mutex<WebhookUsers>>,
}

impl Intake {
    /// What is said of an event that nobody wants, which is noted here; `None`: it is wanted.
    pub(super) fn unwanted(&self, event: &Event, ear: Ear, settings: &Settings) -> Option<Verdict> {
        let now = self.clock.now();
        if ear == Ear::Webhook {
            self.users.lock().unwrap_or_else(PoisonError::into_inner).learn(event, now);
        }
        let is_behind = self.activity.hear(event.source, &event.server, ear, now);
        match filter::filter(event, settings) {
            FilterResult::Keep | FilterResult::Ask(_) => None,
            FilterResult::Drop(reason) => {
                if is_behind {
                    self.queue.send(Message::Nudge); // the desk writes it
                }
                let verdict = Verdict::ignored(reason);
                let line = ActivityEntry::of(event, ear, &verdict, now);
                line.log();
                self.activity.note(line);
                Some(verdict)
            }
        }
    }

    /// Takes an event in that no request waits for, and waits for what is decided, for each account,
    /// or for why nothing can be stored now. `None` where the daemon stops meanwhile.
    pub(super) fn hear(&self, event: Event, ear: Ear) -> Option<Result<Vec<Verdict>, String>> {
        match self.unwanted(&event, ear, &self.live.settings()) {
            None => self.queue.decide(event, ear),
            Some(verdict) => Some(Ok(vec![verdict])),
        }
    }

    /// Takes in what was heard by listening.
    pub(super) fn listened(&self, mut event: Event) -> Taken {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(user) = users.user_of(&event, self.clock.now()) {
            event.user = user;
        }
        drop(users);
        match self.hear(event, Ear::Stream) {
            Some(Ok(_)) => Taken::Safe,
            Some(Err(_)) => Taken::NotNow, // the desk has said why
            None => Taken::Stopping,
        }
    }
}
