//! Who is asked for the ids of a show, and who waits for the answer?
//!
//! Most media servers name an episode by its own ids only. Where a receiver is to be told of one, its server
//! is asked for those of the show, and the receiver waits for the answer; nobody else does. What is told to
//! trackers stays as it was heard: they find a show in ways of their own.

use super::known_shows::{KnownShow, ShowKey};
use super::thread::Desk;
use crate::config::Settings;
use crate::courier::CourierCommand;
use crate::delivery::Destination;
use crate::event::{Ids, Time, User};
use crate::intent::Intent;
use crate::probe::{About, PATIENCE, Probe, ProbeAnswer};

impl Desk {
    /// The show of an intent where its ids are lacking and a media server can be asked for them.
    fn lacking(&self, intent: &Intent, settings: &Settings) -> Option<ShowKey> {
        let show = intent.item.show()?;
        if show.key.is_empty() || !show.ids.is_empty() {
            return None;
        }
        let (kind, id) = self.state.told_by(intent)?;
        let server = match kind {
            Some(kind) => settings.server(kind, id),
            // What was only marked or rated has no player that would say the kind.
            None => settings.media_servers.iter().find(|server| server.has_id(id)),
        };
        let server = server.filter(|server| server.can_be_asked())?;
        let (source, server, key) = (server.kind, server.name().to_owned(), show.key.clone());
        Some(ShowKey { source, server, key })
    }

    /// Adds the ids of its show to what a receiver is told next, and asks for them where nobody has; until when
    /// it has to wait for them.
    pub(super) fn add_show(&mut self, to: &Destination, intent: &mut Intent) -> Option<Time> {
        let settings = self.live.settings();
        let name = to.receiver_name()?;
        let is_told =
            settings.receivers.iter().any(|it| it.name == name && it.wants_ids_of_shows());
        let rehearses = settings.accounts.iter().any(|it| it.name == intent.account && it.dry_run);
        if !is_told || rehearses {
            return None;
        }
        let show = self.lacking(intent, &settings)?;
        let (now, steady) = self.clock.reading();
        let shows = &mut self.receivers.shows;
        match shows.of(&show, steady) {
            KnownShow::Ids(ids) => {
                fill(intent, ids);
                None
            }
            KnownShow::OnItsWay(left) => Some(now.after(left)),
            KnownShow::Unasked => {
                shows.asked(show.clone(), steady);
                let ShowKey { source, server, key } = show;
                let user = User::default(); // it is the same for everybody
                self.asker.put(Probe { number: 0, source, server, key, user, about: About::Show });
                Some(now.after(PATIENCE))
            }
        }
    }

    /// Adds the ids of its show where they are known already.
    pub(super) fn add_known_show(&self, intent: &mut Intent) {
        let Some(show) = self.lacking(intent, &self.live.settings()) else { return };
        if let KnownShow::Ids(ids) = self.receivers.shows.of(&show, self.clock.steady()) {
            fill(intent, ids);
        }
    }

    /// Takes what a media server has said of a show, and has the receivers that wait for it go on.
    pub(super) fn learn_show(&mut self, probe: &Probe, found: &ProbeAnswer) {
        let Probe { source, server, key, .. } = probe.clone();
        let show = ShowKey { source, server, key };
        self.receivers.shows.learn(show, found, self.clock.steady());
        for receiver in &self.live.settings().receivers {
            self.couriers.tell(&Destination::receiver(&receiver.name), CourierCommand::Work);
        }
    }
}

fn fill(intent: &mut Intent, ids: &Ids) {
    if let Some(show) = intent.item.show_mut() {
        show.ids.clone_from(ids);
    }
}
