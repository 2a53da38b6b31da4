//! What happens to an event, however it was heard, before the desk decides?
//!
//! Here the ways meet: the same filters, the same activity, the same queue.

use crate::catch_up::CatchUp;
use crate::clock::Clock;
use crate::config::{Live, Settings};
use crate::desk::{Activity, ActivityEntry, Message, Queue};
use crate::event::{Ear, Event};
use crate::filter::{self, FilterResult};
use crate::hear::{Taken, Unposted, WebhookUsers};
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
    /// Who reads histories.
    pub histories: CatchUp,
    /// The time.
    pub clock: Clock,
    /// Who watches, as webhooks said.
    pub users: Arc<Mutex<WebhookUsers>>,
    /// What was heard to begin, and no webhook came of it yet.
    pub unposted: Arc<Mutex<Unposted>>,
}

impl Intake {
    /// What is said of an event that nobody wants, which is noted here; `None`: it is wanted.
    pub(super) fn unwanted(&self, event: &Event, ear: Ear, settings: &Settings) -> Option<Verdict> {
        let now = self.clock.now();
        if ear == Ear::Webhook {
            self.end_silence(event, settings);
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

    /// A server that posted nothing of what it played posts again: its history has what was lost.
    fn end_silence(&self, event: &Event, settings: &Settings) {
        let server = settings.server(event.source, &event.server);
        if let Some(server) = server.filter(|it| self.activity.is_silent(it, settings)) {
            self.histories.soon(server.kind, server.name());
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
        self.see_whether_it_is_posted(&event);
        match self.hear(event, Ear::Stream) {
            Some(Ok(_)) => Taken::Safe,
            Some(Err(_)) => Taken::NotNow, // the desk has said why
            None => Taken::Stopping,
        }
    }

    /// Notes what is heard and not posted, where it should be.
    fn see_whether_it_is_posted(&self, heard: &Event) {
        let settings = self.live.settings();
        let is_wanted = !matches!(filter::filter(heard, &settings), FilterResult::Drop(_));
        let Some(server) = settings.server(heard.source, &heard.server).filter(|_| is_wanted)
        else {
            return;
        };
        let (webhook, now) = (self.activity.last_webhook(server, &settings), self.clock.now());
        let mut unposted = self.unposted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(event) = unposted.hear(heard, webhook, now) {
            self.activity.miss(&event, Ear::Stream, now); // what is heard now lets the desk tell it
        }
    }
}
