//! What do the household's media servers make of what is watched? Stand-ins for a Plex, a Jellyfin and
//! an Emby really play it; what they post is dressed as theirs.

use crate::daemon::by_hand::BEGIN;
use crate::daemon::items::{Item, Kind, declare};
use crate::daemon::wait_for;
use crate::daemon::webhook::Webhook;
use crate::household::PEOPLE;
use scrobbled::clock::Clock;
use scrobbled::event::{Source, Time};
use serde_json::{Value, json};
use standin::jellyfin::{self, Dialect, Jellyfin};
use standin::plex::{self, Library, Plex, Watch};
use standin::trakt::Catalogue;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// Who listens by asking asks as often as this while something plays, and as often while nothing does.
const ASKS: Duration = Duration::from_secs(10);
const ASKS_IDLE: Duration = Duration::from_secs(30);
/// What has just ended is still asked for.
const JUST_ENDED: Duration = Duration::from_secs(60);
/// How many looks are waited for somebody who ought to ask now, and may be about to.
const LOOKS: u32 = 40;

/// All three of them, on one clock.
pub(crate) struct Servers {
    plex: plex::Server,
    jellyfin: Asked,
    emby: Asked,
    clock: Clock,
    hears: bool,
    /// How often Plex had been asked for something when that was last looked at.
    read: Cell<usize>,
}

/// One that says what plays when it is asked.
struct Asked {
    server: jellyfin::Server,
    /// How often it was asked, and when last.
    last: Cell<(usize, Time)>,
    /// When something was last seen to play on each player, and whether it still does.
    players: RefCell<BTreeMap<String, (Time, bool)>>,
}

impl Asked {
    fn open(dialect: Dialect, catalogue: &Catalogue, clock: &Clock) -> Self {
        let mut jellyfin = Jellyfin::new(dialect).with(catalogue);
        let name = if dialect.is_emby() { "barn" } else { "loft" };
        name.clone_into(&mut jellyfin.options.name);
        for person in PEOPLE {
            jellyfin.user(person);
        }
        let its = clock.clone();
        let now = move || standin::Time(its.now().0);
        let server = jellyfin::Server::start(jellyfin, "127.0.0.1:0", now).expect("a port");
        Self { server, last: Cell::new((0, BEGIN)), players: RefCell::default() }
    }

    fn config(&self, kind: &str, ways: &str) -> String {
        let url = self.server.url();
        format!("[{kind}]\nurl = \"{url}\"\napi_key = \"{}\"\n{ways}", jellyfin::KEY)
    }

    fn does(&self, webhook: &Webhook, now: Time) {
        let (player, who) = (webhook.player.as_str(), webhook.user.as_str());
        let (label, at) = (webhook.item.label(), Duration::from_millis(position_ms(webhook)));
        let verb = webhook.verb.as_str();
        self.server.at(|server, now| match verb {
            "play" => server.play(player, who, &label, at, now),
            "pause" => server.pause(player, now),
            "resume" => server.resume(player, now),
            "stop" | "completed" => server.stop(player, now),
            "vanish" => server.die(player, now),
            "progress" => {}
            verb => panic!("nobody can `{verb}`"),
        });
        let plays = matches!(verb, "play" | "resume" | "progress");
        self.players.borrow_mut().insert(player.to_owned(), (now, plays));
    }

    /// Waits until who listens has asked, if that is due. What a moment later comes is no harm. Before each
    /// look `until_free` waits for the desk, for which who listens waits, too.
    fn is_asked(&self, now: Time, until_free: &dyn Fn()) {
        let (before, last) = self.last.get();
        let is_seen = |(at, plays): &(Time, bool)| *plays || now.since(*at) < JUST_ENDED;
        let plays = self.players.borrow().values().any(is_seen);
        if now.since(last) < if plays { ASKS } else { ASKS_IDLE } {
            return;
        }
        let mut looks = 0;
        let requests = wait_for(
            "a question",
            || {
                looks += 1;
                until_free();
                (self.server.requests(), looks)
            },
            |(requests, looks)| *requests > before || *looks >= LOOKS,
        );
        if requests.0 > before {
            self.last.set((requests.0, now));
        }
    }

    fn dressed(&self, webhook: Webhook) -> Webhook {
        let (user, label) = (webhook.user.clone(), webhook.item.label());
        let (id, user, item) = self.server.with(|server| {
            (server.id(), server.user(&user), server.item(&label).expect("it is there"))
        });
        let device = Jellyfin::device(&webhook.player);
        let places = match webhook.source {
            Source::Emby => ["/Server/Id", "/User/Id", "/Item/Id", "/Session/DeviceId"],
            Source::Jellyfin | Source::Plex => ["/ServerId", "/UserId", "/ItemId", "/DeviceId"],
        };
        let values = [id, user, item, device];
        let pairs = places.into_iter().zip(values);
        pairs.fold(webhook, |webhook, (place, value)| webhook.edit(place, value.into()))
    }
}

impl Servers {
    /// Nobody plays anything yet; everything is there to be watched.
    pub(crate) fn open(clock: &Clock, items: &[Item], dialect: Dialect, hears: bool) -> Self {
        let mut catalogue = Catalogue::samples();
        declare(&mut catalogue, items);
        let mut plex = Plex::new(Library::of(&catalogue));
        plex.options.pass = false; // what is posted is decided beforehand
        plex.call_owner(PEOPLE[0]);
        for person in &PEOPLE[1..] {
            plex.invite(person);
        }
        let its = clock.clone();
        let now = move || standin::Time(its.now().0);
        Self {
            plex: plex::Server::start(plex, "127.0.0.1:0", now).expect("a port"),
            jellyfin: Asked::open(dialect, &catalogue, clock),
            emby: Asked::open(Dialect::Emby, &catalogue, clock),
            clock: clock.clone(),
            hears,
            read: Cell::new(0),
        }
    }

    /// What the daemon has to know of them.
    pub(crate) fn config(&self, catches_up: bool) -> String {
        let ways = format!("hear = {}\ncatch_up = {catches_up}\n", self.hears);
        let mut config =
            format!("[plex]\nurl = \"{}\"\ntoken = \"{}\"\n{ways}", self.plex.url(), plex::TOKEN);
        let _ = write!(
            config,
            "{}{}",
            self.jellyfin.config("jellyfin", &ways),
            self.emby.config("emby", &ways)
        );
        config
    }

    /// Whether anybody listens to them.
    pub(crate) fn hears(&self) -> bool {
        self.hears
    }

    fn now(&self) -> Time {
        self.clock.now()
    }

    /// A person does with a player what a webhook would tell.
    pub(crate) fn does(&self, webhook: &Webhook) {
        match webhook.source {
            Source::Plex => self.at_plex(webhook),
            Source::Jellyfin => self.jellyfin.does(webhook, self.now()),
            Source::Emby => self.emby.does(webhook, self.now()),
        }
    }

    fn at_plex(&self, webhook: &Webhook) {
        let (now, player) = (standin::Time(self.now().0), webhook.player.as_str());
        let label = webhook.item.label();
        let watch =
            Watch { who: Some(&webhook.user), player, what: &label, from_ms: position_ms(webhook) };
        self.plex.with(|plex| match webhook.verb.as_str() {
            "play" => assert!(plex.play(&watch, now), "{webhook:?}"),
            "pause" => plex.pause(player, now),
            "resume" => plex.resume(player, now),
            "stop" => plex.stop(player, now),
            "vanish" => plex.vanish(player, now),
            // What passes the mark is a player's report.
            "completed" => plex.seek(player, watch.from_ms, now),
            verb => panic!("nobody can `{verb}`"),
        });
    }

    /// It is switched off and on. At Plex that ends what plays.
    pub(crate) fn restart(&self, source: Source) {
        match source {
            Source::Plex => self.plex.with(Plex::restart),
            Source::Jellyfin => self.jellyfin.server.at(Jellyfin::restart),
            Source::Emby => self.emby.server.at(Jellyfin::restart),
        }
    }

    /// A webhook as these servers name everything.
    pub(crate) fn dressed(&self, webhook: &Webhook) -> Webhook {
        match webhook.source {
            Source::Plex => self.of_plex(webhook.clone()),
            Source::Jellyfin => self.jellyfin.dressed(webhook.clone()),
            Source::Emby => self.emby.dressed(webhook.clone()),
        }
    }

    fn of_plex(&self, webhook: Webhook) -> Webhook {
        let (person, key, show) = self.plex.with(|plex| {
            let key = |label: &str| plex.library.key(label).expect("it is there").to_owned();
            let show = match webhook.item.kind {
                Kind::Film => None,
                Kind::Episode(show, _) => Some(key(show)),
            };
            let person = plex.person(&webhook.user).expect("a member").clone();
            (person, key(&webhook.item.label()), show)
        });
        let word = if show.is_some() { "episode" } else { "movie" };
        let mut edits: Vec<(&str, Value)> = vec![
            ("/Server/uuid", plex::MACHINE.into()),
            ("/Account/id", person.at_plex_tv.into()),
            ("/Account/thumb", person.thumb().into()),
            ("/Player/uuid", plex::player_id(&webhook.player).into()),
            ("/Metadata/ratingKey", key.clone().into()),
            ("/Metadata/key", format!("/library/metadata/{key}").into()),
            ("/Metadata/guid", format!("plex://{word}/{key:0>24}").into()),
        ];
        if let Some(show) = show {
            edits.push(("/Metadata/grandparentRatingKey", json!(show)));
            edits.push(("/Metadata/grandparentKey", format!("/library/metadata/{show}").into()));
            edits.push(("/Metadata/grandparentGuid", format!("plex://show/{show:0>24}").into()));
        }
        edits.into_iter().fold(webhook, |webhook, (place, value)| webhook.edit(place, value))
    }

    /// Lets time pass while nobody is answered, so that all see it pass at once.
    pub(crate) fn hold<T>(&self, pass: impl FnOnce() -> T) -> T {
        let at_emby = || self.emby.server.with(|_| pass());
        self.plex.with(|_| self.jellyfin.server.with(|_| at_emby()))
    }

    /// Waits until who listens has heard how it is now, and told the desk, which `until_free` waits for.
    pub(crate) fn are_heard(&self, until_free: &dyn Fn()) {
        if !self.hears {
            return;
        }
        let now = self.now();
        // What players report when they are looked at.
        self.plex.with(|plex| plex.tick(standin::Time(now.0)));
        let mut looks = 0;
        wait_for(
            "the stream",
            || {
                looks += 1;
                until_free();
                (self.plex.with(|plex| plex.unsaid()), looks)
            },
            |(unsaid, looks)| *unsaid == 0 || *looks >= LOOKS,
        );
        self.jellyfin.is_asked(now, until_free);
        self.emby.is_asked(now, until_free);
        until_free();
    }

    /// Whether anybody asks for more than what plays: since Plex streams that, whether it was asked for
    /// anything since this was looked at last.
    pub(crate) fn are_read(&self) -> bool {
        let requests = self.plex.requests();
        self.read.replace(requests) != requests
    }

    /// How many requests they have seen.
    pub(crate) fn requests(&self) -> usize {
        let asked = self.jellyfin.server.requests() + self.emby.server.requests();
        asked + self.plex.requests()
    }

    /// Whether nobody waits for an answer; a stream waits always.
    pub(crate) fn is_idle(&self) -> bool {
        self.jellyfin.server.is_idle() && self.emby.server.is_idle()
    }
}

/// Where a player is, by what it would post.
fn position_ms(webhook: &Webhook) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "percents of hours, not negative"
    )]
    let ms = (webhook.number.unwrap_or(0.0) / 100.0 * webhook.item.ms() as f64).round() as u64;
    ms
}
