//! What happens to a request: the work of the internal server's workers.
//!
//! A webhook is read and filtered here; what passes is handed to the desk together with the duty
//! to answer. A worker never waits for the disk.

use super::capture::Capture;
use super::intake::Intake;
use crate::config::Settings;
use crate::desk::{ActivityEntry, Health, Message, Recipient, answer};
use crate::event::{Ear, Event, Source};
use crate::filter::{self, FilterResult};
use crate::page::Page;
use crate::receiver::Post;
use crate::receiver::raw::{Forwards, is_ours};
use crate::server::{
    PostRefusal, Received, RefusedPost, RefusedPosts, Responder, Route, body, signature,
};
use crate::verdict::Verdict;
use crate::webhook::Said;

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// What the workers work with.
pub(super) struct Reception {
    /// Takes events in.
    pub intake: Intake,
    /// Where webhooks are kept, if they are.
    pub capture: Option<Capture>,
    /// Webhooks that were turned away.
    pub refused: RefusedPosts,
    /// How things are.
    pub health: Health,
    /// Where whole webhooks are passed on.
    pub forwards: Forwards,
    /// What people see.
    pub page: Page,
}

impl Reception {
    /// Answers a request, or sees to it that it is answered.
    pub(super) fn receive(&self, received: &Received<'_>, reply: Responder) {
        match received.route {
            Route::Webhook(source) => self.webhook(source, received, reply),
            Route::Paste(source) => reply.send(200, TEXT, paste(source).as_bytes(), None),
            Route::Health => {
                let (status, text) = self.health.answer(received.page_token);
                reply.send(status, TEXT, text.as_bytes(), None);
            }
            Route::Page
            | Route::SignIn
            | Route::SignOut
            | Route::Status
            | Route::Settings
            | Route::Api
            | Route::Metrics => self.page.receive(received, reply),
        }
    }

    fn webhook(&self, source: Source, received: &Received<'_>, reply: Responder) {
        if let Some(capture) = &self.capture {
            capture.keep(source, received, &self.intake.clock);
        }
        let settings = self.intake.live.settings();
        // All of a kind have the same: they share an address.
        let secret = settings.servers(source).map(|server| &server.webhook_secret).next();
        if let Some(secret) = secret.filter(|secret| !secret.is_empty()) {
            let Received { plex_signature, hub_signature, .. } = received;
            let verified =
                signature::verify(secret, received.body, *plex_signature, *hub_signature);
            if let Err(why) = verified {
                log::warn!("a {source} webhook from {} is refused: {why}", received.peer);
                self.refuse(source, received, PostRefusal::WrongSignature, String::new());
                return reply.send(401, TEXT, format!("{why}\n").as_bytes(), None);
            }
        }
        match body::said(source, received.body) {
            Err(unreadable) => {
                let reason = unreadable.to_string();
                log::warn!("a request at the {source} address is not a webhook: {reason}");
                self.refuse(source, received, PostRefusal::NotAWebhook, reason.clone());
                let line = ActivityEntry {
                    reason: reason.clone(),
                    ..ActivityEntry::malformed(source, self.intake.clock.now())
                };
                self.intake.activity.note(line);
                reply.send(400, TEXT, format!("{reason}\n").as_bytes(), None);
            }
            Ok(Said::Nothing { reason, title, server }) => {
                self.refused.accepted(source, received.peer);
                let (verdict, now) = (Verdict::ignored(reason), self.intake.clock.now());
                if self.intake.activity.hear(source, &server, Ear::Webhook, now) {
                    self.intake.queue.send(Message::Nudge); // the desk writes it
                }
                let line = ActivityEntry::by_itself(&verdict, title, now);
                let line = ActivityEntry { source: Some(source), event: "webhook".into(), ..line };
                line.log();
                self.intake.activity.note(line);
                reply.send(200, JSON, answer(&[verdict]).as_bytes(), None);
            }
            Ok(Said::Event(event)) => {
                self.refused.accepted(source, received.peer);
                self.event(*event, &settings, received, reply);
            }
        }
    }

    /// Notes why a post is turned away.
    fn refuse(&self, source: Source, received: &Received<'_>, why: PostRefusal, detail: String) {
        let (from, at) = (received.peer, self.intake.clock.now());
        self.refused.note(RefusedPost { source, why, from, at, detail });
    }

    fn event(&self, event: Event, settings: &Settings, received: &Received<'_>, reply: Responder) {
        let queue = &self.intake.queue;
        match self.intake.unwanted(&event, Ear::Webhook, settings) {
            Some(verdict) => reply.send(200, JSON, answer(&[verdict]).as_bytes(), None),
            None => match queue.place() {
                Some(place) => {
                    let waiting = self.pass_on(&event, settings, received);
                    let recipient = Recipient::Request(reply, waiting.map(Box::new));
                    queue.send(Message::Event(Box::new(event), Ear::Webhook, recipient, place));
                }
                None => reply.send(503, TEXT, b"too busy; try again\n", Some(5)),
            },
        }
    }
}

impl Reception {
    /// Passes a webhook on as it came, to the receivers of the accounts whose event it is. Where a filter needs
    /// the answer of a media server, it is given back: the desk passes it on if that is so.
    fn pass_on(&self, event: &Event, settings: &Settings, received: &Received<'_>) -> Option<Post> {
        if self.forwards.is_empty() || is_ours(received.via) {
            return None;
        }
        let since = self.intake.clock.steady();
        let post = || Post::new(received.content_type, received.body, since);
        match filter::filter(event, settings) {
            FilterResult::Keep => {
                let accounts = filter::accounts(event, &settings.accounts);
                let names =
                    accounts.filter(|account| !account.dry_run).map(|one| one.name.as_str());
                self.forwards.pass_on(names, post);
                None
            }
            FilterResult::Drop(_) => None,
            FilterResult::Ask(_) => Some(post()),
        }
    }
}

/// What a person sees who opens a webhook's address in a browser.
fn paste(source: Source) -> String {
    let place = match source {
        Source::Plex => {
            "in Plex Web under Account, Webhooks (Settings of the account, not of the server; \
             needs Plex Pass), Add Webhook"
        }
        Source::Jellyfin => {
            "in Jellyfin under Dashboard, Plugins, Webhook: Add Generic Destination; tick Playback \
             Start, Playback Progress, Playback Stop and User Data Saved, Movies and Episodes, and \
             Send All Properties"
        }
        Source::Emby => {
            "in Emby under Settings, Notifications, Add Notification, Webhooks; content type \
             application/json, and tick Playback (start, pause, unpause, stop) and Users (mark \
             played, unplayed)"
        }
    };
    format!(
        "This is the right address for {source}'s webhooks.\nPaste it, as it stands in the \
         browser's address bar, {place}.\n"
    )
}
