//! One run: a server's history is read, and what it shows is handed to the desk.
//!
//! First all rows are read, of which a few words each are kept; then what they are of is asked for,
//! a few at a time, and handed in. A run that does not come to its end leaves the mark of the last
//! one where it was: the next finds the same again.

use super::bulk::{Length, bulks};
use super::report::{PlayShown, ServerReport, Tally};
use super::whose;
use super::window::{self, since};
use crate::clock::{Clock, LocalTime};
use crate::config::{Live, MediaServer, ServerId, Settings};
use crate::desk::{HistoryMessage, Queue};
use crate::engine::Listing;
use crate::event::{Action, Ear, Event, Kind, Library, Time};
use crate::filter::{self, FilterResult, Question};
use crate::media_server::history::{self, Facts, ITEMS, LONGEST, Line, Person, Row};
use crate::media_server::{self, Trouble};
use crate::probe::{About, PATIENCE, Probe, ProbeAnswer};
use crate::verdict::{Bulk, Outcome, Reason, Verdict};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

/// How a run is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wish {
    /// How far to look back; `None`: to the last run.
    pub(super) back: Option<Duration>,
    /// Whether nothing is changed.
    pub(super) dry_run: bool,
}

/// With what a run works.
pub(super) struct Run<'a> {
    server: &'a MediaServer,
    live: &'a Live,
    settings: Arc<Settings>,
    queue: &'a Queue,
    clock: &'a Clock,
    strangers: &'a mut BTreeSet<String>,
}

/// Why a run ends before its time.
struct Broken(String);

impl From<Trouble> for Broken {
    fn from(trouble: Trouble) -> Self {
        Self(trouble.to_string())
    }
}

impl From<String> for Broken {
    fn from(sentence: String) -> Self {
        Self(sentence)
    }
}

impl<'a> Run<'a> {
    /// With the settings that hold now. `strangers` are accounts of the server that nobody knows, of which it
    /// was said already.
    pub(super) fn new(
        server: &'a MediaServer,
        live: &'a Live,
        queue: &'a Queue,
        clock: &'a Clock,
        strangers: &'a mut BTreeSet<String>,
    ) -> Self {
        Self { server, live, settings: live.settings(), queue, clock, strangers }
    }

    /// Makes the run, and tells what it has found; with what was in its way, if anything was.
    pub(super) fn make(&mut self, wish: Wish) -> ServerReport {
        let mut tally = Tally::default();
        self.server.name().clone_into(&mut tally.report.name);
        tally.report.title = self.server.title();
        let made = self.read(wish, &mut tally);
        let trouble = made.err().map(|Broken(sentence)| sentence);
        if !wish.dry_run {
            let (source, name) = (self.server.kind, self.server.name().to_owned());
            let note = HistoryMessage::Trouble(source, name, trouble.clone());
            self.queue.history(note);
        }
        tally.end(trouble)
    }

    /// Takes up what plays there, and has ended here what does not.
    ///
    /// # Errors
    /// Why it is not known.
    pub(super) fn look_what_plays(&mut self) -> Result<(), String> {
        let (server, clock) = (self.server, self.clock);
        let facts = history::facts(server, || clock.now()).map_err(|error| error.to_string())?;
        let before = clock.now();
        let now = history::playing(server, &facts).map_err(|error| error.to_string())?;
        let (source, playing) = (server.kind, now.keys);
        let listing = Listing { source, server: facts.id, playing, before };
        if self.queue.listed(listing) {
            // What has ended is told before what plays now: trackers show one thing at a time.
            let (_nobody, nothing) = channel::<()>();
            let _ = clock.receive(&nothing, Some(PATIENCE)); // always the end of the time
        }
        for event in now.events {
            if let Some(decided) = self.queue.decide(event, Ear::History) {
                decided?;
            }
        }
        Ok(())
    }

    fn read(&mut self, wish: Wish, tally: &mut Tally) -> Result<(), Broken> {
        let (server, clock) = (self.server, self.clock);
        let now = clock.now();
        if !window::is_set(now) {
            return Err(Broken("the clock of this machine is not set yet".to_owned()));
        }
        let facts = history::facts(server, || clock.now())?;
        if learn_its_id(self.live, self.queue, server, &facts.id) {
            self.settings = self.live.settings();
        }
        let known = self.queue.known(server.kind, &facts.id).ok_or_else(stopping)?;
        let since = match wish.back {
            Some(back) => now.before(back),
            None => since(known.earlier, now),
        };
        tally.report.since = Some(since.to_string());
        let mut people = history::people(server)?;
        let there = (server.kind, facts.id.as_str());
        let unwanted = whose::sort_out(&mut people, &known.users, there, &self.settings);
        let is_wanted = |place: &usize| unwanted.get(*place).is_some_and(Option::is_none);
        let wanted: Vec<usize> = (0..people.len()).filter(is_wanted).collect();
        let mut rows: Vec<Row> = Vec::new();
        let mut strangers = BTreeSet::new();
        history::rows(server, &facts, &people, &wanted, (since, now), &mut |line| match line {
            Line::Play(row) => rows.push(row),
            Line::Unproven(why) => tally.ignore(why.to_string()),
            Line::Unwanted(place) => {
                if let Some(why) = unwanted.get(place).and_then(Option::as_ref) {
                    tally.ignore(why.to_string());
                }
            }
            Line::Stranger(account) => drop(strangers.insert(account)),
        })?;
        self.tell_of_strangers(&strangers, tally);
        rows.sort_by(|one, other| (one.at, &one.key).cmp(&(other.at, &other.key)));
        rows.dedup_by(|one, other| (one.by, one.at, &one.key) == (other.by, other.at, &other.key));
        tally.report.found = rows.len();
        self.learn_runtimes(&facts, &people, &mut rows, now.since(since))?;
        let lengths: Vec<Length> = rows.iter().map(length).collect();
        let held = bulks(&lengths, (since, now), facts.has_rows_of_marks(server.kind));
        self.hand_in(&facts, &people, &rows, &held, (wish.dry_run, tally))?;
        if !wish.dry_run
            && wish.back.is_none_or(|back| now.before(back) <= self::since(known.earlier, now))
        {
            self.queue.history_read(server.kind, &facts.id, now)?;
        }
        Ok(())
    }

    fn tell_of_strangers(&mut self, strangers: &BTreeSet<String>, tally: &mut Tally) {
        for account in strangers {
            tally.ignore(format!("of account {account}, which the server no longer lists"));
            if self.strangers.insert(account.clone()) {
                log::info!(
                    "the history of {} has plays of account {account}, which it no longer lists; \
                     they are ignored",
                    self.server.title()
                );
            }
        }
    }

    /// Asks how long things are, where the history does not say it and somebody may have more hours of
    /// them than there was time.
    fn learn_runtimes(
        &self,
        facts: &Facts,
        people: &[Person],
        rows: &mut [Row],
        window: Duration,
    ) -> Result<(), Broken> {
        let unknown = rows.iter().filter(|row| row.runtime_ms.is_none()).count();
        let most = u32::try_from(unknown).unwrap_or(u32::MAX);
        if LONGEST.saturating_mul(most) <= window.max(Duration::from_secs(24 * 3600)) {
            return Ok(());
        }
        for batch in batches(rows) {
            let of_batch: Vec<&Row> = rows.get(batch.clone()).unwrap_or_default().iter().collect();
            let found = self.items(facts, people, &of_batch)?;
            for (place, event) in found {
                if let Some(row) = rows.get_mut(batch.start + place) {
                    row.runtime_ms = row.runtime_ms.or(event.item.runtime_ms);
                }
            }
        }
        Ok(())
    }

    fn items(
        &self,
        facts: &Facts,
        people: &[Person],
        rows: &[&Row],
    ) -> Result<Vec<(usize, Event)>, Broken> {
        let person = rows.first().and_then(|row| people.get(row.person));
        let Some(person) = person else { return Ok(Vec::new()) };
        Ok(history::items(self.server, facts, person, rows)?)
    }

    /// Hands in what the rows are of, in the order of their times.
    fn hand_in(
        &self,
        facts: &Facts,
        people: &[Person],
        rows: &[Row],
        held: &[Option<Bulk>],
        (dry_run, tally): (bool, &mut Tally),
    ) -> Result<(), Broken> {
        for batch in batches(rows) {
            let of_batch: Vec<&Row> = rows.get(batch.clone()).unwrap_or_default().iter().collect();
            let found = self.items(facts, people, &of_batch)?;
            let missing = of_batch.len() - found.len();
            for _ in 0..missing {
                tally.ignore("nothing to scrobble, or no longer there".to_owned());
            }
            let mut plays = Vec::with_capacity(found.len());
            for (place, event) in found {
                let bulk = held.get(batch.start + place).copied().flatten();
                plays.push((self.complete(event)?, bulk));
            }
            let shown: Vec<_> = plays.iter().map(|(event, _)| shown(event)).collect();
            let decided = self.queue.found(plays, !dry_run)?;
            for ((play, at), verdicts) in shown.iter().zip(decided) {
                for verdict in verdicts {
                    count(tally, (play, *at), &verdict)?;
                }
            }
        }
        Ok(())
    }

    /// Asks for what an event lacks: its library and its file where lists ask for them, its show's ids
    /// where it has none of its own.
    fn complete(&self, event: Event) -> Result<Event, Broken> {
        let mut event = event;
        if let Kind::Episode(episode) = &event.item.kind
            && event.item.ids.is_empty()
            && episode.show.ids.is_empty()
            && !episode.show.key.is_empty()
        {
            let key = episode.show.key.clone();
            if let ProbeAnswer::Show(ids) = self.probe(&event, key, About::Show)?
                && let Kind::Episode(episode) = &mut event.item.kind
            {
                episode.show.ids = ids;
            }
        }
        if filter::filter(&event, &self.settings) == FilterResult::Ask(Question::Library) {
            let key = event.item.key.clone();
            if let ProbeAnswer::Libraries(libraries) = self.probe(&event, key, About::Libraries)? {
                event.library = self.chosen(&event, &libraries);
            }
        }
        if filter::filter(&event, &self.settings) == FilterResult::Ask(Question::File) {
            let key = event.item.key.clone();
            if let ProbeAnswer::File(file) = self.probe(&event, key, About::File)? {
                event.item.file = file;
            }
        }
        Ok(event)
    }

    fn probe(&self, event: &Event, key: String, about: About) -> Result<ProbeAnswer, Broken> {
        if key.is_empty() {
            return Ok(ProbeAnswer::Nothing);
        }
        let (source, server) = (event.source, self.server.name().to_owned());
        let probe = Probe { number: 0, source, server, key, user: event.user.clone(), about };
        Ok(media_server::ask(self.server, &probe)?)
    }

    /// Of an item's libraries one that is blocked, else one that is wanted, else the first.
    fn chosen(&self, event: &Event, libraries: &[Library]) -> Option<Library> {
        let within = |library: &&Library| {
            let event = Event { library: Some((*library).clone()), ..event.clone() };
            filter::filter(&event, &self.settings)
        };
        let blocked = libraries.iter().find(|library| {
            matches!(within(library), FilterResult::Drop(Reason::LibraryBlocked { .. }))
        });
        let is_kept = |library: &&Library| !matches!(within(library), FilterResult::Drop(_));
        let kept = || libraries.iter().find(is_kept);
        blocked.or_else(kept).or(libraries.first()).cloned()
    }
}

/// Whether events of a server are told apart by an id that it has to say itself: the config has it among
/// several of its kind, without one.
pub(super) fn has_to_say_its_id(live: &Live, server: &MediaServer) -> bool {
    let config = live.config();
    let is_alone = config.servers(server.kind).count() == 1;
    let mut its = config.servers(server.kind).filter(|it| it.name() == server.name());
    !is_alone && its.any(MediaServer::waits_for_its_id)
}

/// Hands on what such a server has said; whether it is one.
pub(super) fn learn_its_id(live: &Live, queue: &Queue, server: &MediaServer, id: &str) -> bool {
    let is_one = has_to_say_its_id(live, server);
    if is_one {
        let (source, url) = (server.kind, server.url.clone());
        queue.learn_id(ServerId { source, url, id: id.to_owned() });
    }
    is_one
}

fn stopping() -> Broken {
    Broken("the daemon is stopping".to_owned())
}

fn length(row: &Row) -> Length {
    let runtime = Duration::from_millis(row.runtime_ms.unwrap_or_default());
    Length { person: row.person, at: row.at, runtime }
}

/// The places of rows that are asked for together: of one person, a few at a time, in their order.
fn batches(rows: &[Row]) -> Vec<std::ops::Range<usize>> {
    let mut batches: Vec<std::ops::Range<usize>> = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let fits = |batch: &std::ops::Range<usize>| {
            let is_theirs = rows.get(batch.start).is_some_and(|first| first.person == row.person);
            is_theirs && batch.len() < ITEMS
        };
        match batches.last_mut().filter(|batch| fits(batch)) {
            Some(batch) => batch.end = place + 1,
            None => batches.push(place..place + 1),
        }
    }
    batches
}

/// A play, without what became of it, and its time.
fn shown(event: &Event) -> (PlayShown, Time) {
    let at = if let Action::Played { at, .. } = event.action { at } else { Time::default() };
    let (user, item) = (event.user.name.clone(), event.item.label());
    (PlayShown { user, item, at: at.to_string(), ..PlayShown::default() }, at)
}

fn count(
    tally: &mut Tally,
    (play, at): (&PlayShown, Time),
    verdict: &Verdict,
) -> Result<(), Broken> {
    let account = verdict.account.clone().unwrap_or_default();
    let play = || PlayShown { account, reason: verdict.reason.to_string(), ..play.clone() };
    match verdict.outcome {
        Outcome::Queued => tally.new_play(play()),
        Outcome::Waiting => tally.hold(play()),
        Outcome::Duplicate => tally.report.already_told += 1,
        Outcome::Ignored => tally.ignore(verdict.reason.to_string()),
        // It is found again once there is room.
        Outcome::Refused => {
            let PlayShown { item, reason, .. } = play();
            return Err(Broken(format!("`{item}`, watched at {}: {reason}", LocalTime(at))));
        }
    }
    Ok(())
}
