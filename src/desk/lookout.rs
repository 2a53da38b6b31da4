//! Who looks whether a media server posts what it plays?
//!
//! The thread that carries questions to a server looks at it now and then; what follows is decided in
//! [`looks`](super::looks). One that is listened to needs no look.

use super::activity::Activity;
use super::looks::{FIRST, GRACE, Looks};
use super::queue::{Message, Queue};
use crate::clock::Clock;
use crate::config::{Live, MediaServer, Settings};
use crate::event::{Ear, Event};
use crate::filter::{self, FilterResult};
use crate::media_server;
use std::sync::Arc;
use std::time::Duration;

/// With what servers are looked at.
#[derive(Clone)]
pub(crate) struct Lookout {
    /// How everything is set.
    pub live: Arc<Live>,
    /// The time.
    pub clock: Clock,
    /// When which webhook came, and what was missed.
    pub activity: Activity,
    /// The way to the desk.
    pub desk: Queue,
}

/// One server that is looked at.
pub(super) struct Watch {
    lookout: Lookout,
    looks: Looks,
    /// When there is something to do, in steady time.
    due: Duration,
    /// Whether that is to see whether a webhook has come.
    settles: bool,
}

impl Watch {
    pub(super) fn new(lookout: Lookout) -> Self {
        let looks = Looks::since(lookout.clock.now());
        let due = lookout.clock.steady().saturating_add(FIRST);
        Self { lookout, looks, due, settles: false }
    }

    /// The time, and how long there is nothing to do.
    pub(super) fn idle(&self) -> (&Clock, Duration) {
        let clock = &self.lookout.clock;
        (clock, self.due.saturating_sub(clock.steady()))
    }

    /// Does what is due.
    pub(super) fn turn(&mut self, server: &MediaServer) {
        let Lookout { live, clock, activity, desk } = &self.lookout;
        let settings = live.settings();
        let webhook = activity.last_webhook(server, &settings);
        let began = clock.steady();
        let mut doubts = false;
        if self.settles {
            if let Some(event) = self.looks.settle(webhook) {
                activity.miss(&event, Ear::History, clock.now());
                desk.send(Message::Nudge); // it tells
            }
        } else {
            match media_server::what_plays(server) {
                Ok(playing) => {
                    let wanted = playing.into_iter().filter(|event| is_wanted(event, &settings));
                    doubts = self.looks.look(wanted.collect(), webhook, clock.now());
                }
                Err(trouble) => {
                    log::debug!("{} can't be looked at: {trouble}", server.title());
                    self.looks.forget(clock.now());
                }
            }
        }
        self.settles = doubts;
        let pause = if doubts { GRACE } else { self.looks.pause(webhook) };
        self.due = began.saturating_add(pause);
    }
}

/// Whether a webhook of it would have counted.
fn is_wanted(event: &Event, settings: &Settings) -> bool {
    !event.user.is_unknown()
        && !matches!(filter::filter(event, settings), FilterResult::Drop(_))
        && filter::accounts(event, &settings.accounts).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::HandClock;
    use crate::config::Account;
    use crate::event::{Source, Time};
    use crate::http::scripted::{Script, answer};
    use crate::secret::Secret;

    const ID: &str = r#"{"Id":"aa11","ServerName":"attic"}"#;

    /// What each of these people plays.
    fn sessions(people: &[(&str, &str)]) -> Vec<u8> {
        let one = |(user, film): &(&str, &str)| {
            format!(
                r#"{{"Id":"s{user}","UserId":"{user}","UserName":"{user}","DeviceId":"tv of {user}",
                "PlayState":{{"PositionTicks":600000000,"IsPaused":false}},"NowPlayingItem":{{
                "Id":"k{film}","Name":"{film}","Type":"Movie","ProductionYear":2001,
                "RunTimeTicks":36000000000,"ProviderIds":{{"Tmdb":"9100101"}}}}}}"#
            )
        };
        let all: Vec<String> = people.iter().map(one).collect();
        answer(200, &format!("[{}]", all.join(",")))
    }

    fn look(people: &[(&str, &str)]) -> [(&'static str, Vec<u8>); 2] {
        [("GET /System/Info/Public", answer(200, ID)), ("GET /Sessions", sessions(people))]
    }

    /// What was missed once nothing played at first, and then all of that was looked at every half hour, with
    /// webhooks at these minutes and one before.
    fn missed(looks: &[&[(&str, &str)]], webhooks: &[u64]) -> Option<String> {
        missed_every(30, looks, &[&[0], webhooks].concat())
    }

    /// The same with a look every so many minutes.
    fn missed_every(minutes: u64, looks: &[&[(&str, &str)]], webhooks: &[u64]) -> Option<String> {
        let looks = [&[&[][..]], looks].concat();
        let script = Script::start(looks.iter().flat_map(|people| look(people)).collect());
        let server = MediaServer {
            url: script.url(""),
            token: Secret::new("key"),
            users: vec!["mara".into(), "jo".into()],
            ..MediaServer::new(Source::Jellyfin)
        };
        let mara = Account {
            name: "mara".into(),
            jellyfin: vec!["mara".into()],
            ..Account::for_everyone()
        };
        let settings = Settings {
            media_servers: vec![server.clone()],
            accounts: vec![mara],
            ..Settings::default()
        };
        let hand = HandClock::at(Time(0));
        let activity = Activity::default();
        let (desk, nudges) = Queue::new();
        let lookout = Lookout {
            live: Arc::new(Live::from(settings.clone())),
            clock: Clock::ByHand(hand.clone()),
            activity: activity.clone(),
            desk,
        };
        let post = |minute| {
            if webhooks.contains(&minute) {
                let now = Clock::ByHand(hand.clone()).now();
                activity.hear(Source::Jellyfin, "AA-11", Ear::Webhook, now);
            }
        };
        post(0);
        let mut watch = Watch::new(lookout);
        for minute in 0..=minutes * (looks.len() as u64 - 1) + 2 {
            post(minute);
            if watch.idle().1.is_zero() {
                watch.turn(&server);
            }
            hand.advance(Duration::from_secs(60));
        }
        assert_eq!(script.seen().len(), 2 * looks.len(), "{:?}", script.seen());
        let found = activity.heard().missed(&server, &settings).map(|it| it.item.clone());
        assert_eq!(found.is_some(), nudges.try_recv().is_ok(), "the desk is told");
        found
    }

    #[test]
    fn what_counts_and_is_not_posted_is_missed() {
        let a: &[(&str, &str)] = &[("mara", "A")];
        let film = Some("A (2001)".to_owned());
        assert_eq!(missed(&[&[], a], &[]), film);
        assert_eq!(missed(&[&[], a], &[20]), film, "of before the look");
        assert_eq!(missed(&[&[], a], &[40]), None);
        assert_eq!(missed(&[&[], a], &[61]), None, "it was late");
        assert_eq!(missed(&[a, a], &[1]), None, "a webhook came with the first look");
        assert_eq!(missed(&[&[], &[("jo", "A")]], &[]), None, "in no account");
        assert_eq!(missed(&[&[], &[("ben", "A")]], &[]), None, "filtered out");
        assert_eq!(missed(&[&[], &[("jo", "A"), ("mara", "A")]], &[]), film);
        assert_eq!(missed_every(5, &[&[], a], &[]), film, "nothing was ever posted");
    }
}
