//! One intent on its way to Trakt.

use super::judge::{self, Hurdle, Ruling};
use super::login::Renewal;
use super::thread::{Courier, Stop};
use super::{How, Learned, OurPlay, Request, Settled, Work};
use crate::event::{Kind, Time};
use crate::intent::Verb;
use crate::secret::Secret;
use crate::trakt::api::{self, Found, Play, Taken};
use crate::trakt::calls::{forget_position, unlist};
use crate::trakt::{Call, Reply, Timing, calls};
use std::time::Duration;

/// A movie file shorter than this may be a trailer.
const TRAILER_MOST: Duration = Duration::from_secs(10 * 60);
/// And is one if the film is so many times as long.
const TRAILER_FACTOR: u64 = 3;

/// Why an attempt came to no end.
enum Halt {
    /// Something stands in the way of the whole account.
    Hurdle(Hurdle),
    /// A look-up was refused in a way that would repeat itself.
    Refused(String),
    Stop,
}

impl From<Stop> for Halt {
    fn from(_: Stop) -> Self {
        Self::Stop
    }
}

/// An attempt: the work, with what has become known of it.
struct Attempt {
    work: Work,
    learned: Learned,
    found: Option<Found>,
    maybe_sent: bool,
}

impl Attempt {
    fn learn(&mut self, found: Found) {
        self.learned.ids.learn(&found.ids);
        self.work.intent.item.ids.learn(&found.ids);
        self.found = Some(found);
    }

    fn done(&mut self, how: How, play: Option<OurPlay>) -> Settled {
        Settled::Done { how, learned: std::mem::take(&mut self.learned), play }
    }

    /// Trakt has this play; it stands for this viewing from now on.
    fn already(&mut self, id: Option<u64>, watched_at: Time) -> Settled {
        let play = OurPlay { id, watched_at, ended: self.work.intent.at };
        self.done(How::Already, Some(play))
    }
}

impl<R: Fn(Request)> Courier<'_, R> {
    /// Tries to deliver `work` and says what became of it.
    pub(super) fn deliver(&mut self, work: &Work) -> Result<(), Stop> {
        if self.setup.dry_run {
            self.settle(work, rehearse(work, self.now()));
            return Ok(());
        }
        let mut attempt = Attempt {
            work: work.clone(),
            learned: Learned::default(),
            found: Found::known(&work.intent.item),
            maybe_sent: work.maybe_sent,
        };
        let mut refreshed = false;
        let (settled, stop) = loop {
            match self.try_once(&mut attempt) {
                Ok(settled) => break (settled, Ok(())),
                Err(Halt::Refused(why)) => break (judge::refused(&work.intent, why), Ok(())),
                Err(Halt::Hurdle(Hurdle::Unauthorised)) if !refreshed && !self.grant_is_dead => {
                    refreshed = true;
                    let (until, why) = match self.refresh() {
                        Ok(Renewal::Renewed) => continue,
                        Ok(Renewal::LoginNeeded) => self.hold(Hurdle::Unauthorised),
                        Ok(Renewal::Trouble(trouble)) => self.hold(Hurdle::Trouble(trouble)),
                        Ok(Renewal::Later(why)) => self.hold_for_refresh(&why),
                        Err(Stop) => break (stopped(&attempt, self.now()), Err(Stop)),
                    };
                    break (held(&attempt, until, why), Ok(()));
                }
                Err(Halt::Hurdle(hurdle)) => {
                    let (until, why) = self.hold(hurdle);
                    break (held(&attempt, until, why), Ok(()));
                }
                Err(Halt::Stop) => break (stopped(&attempt, self.now()), Err(Stop)),
            }
        };
        self.settle(work, settled);
        stop
    }

    fn try_once(&mut self, attempt: &mut Attempt) -> Result<Settled, Halt> {
        let now = self.now();
        if let Some(why) = judge::outlived(&attempt.work.intent, now) {
            return Ok(Settled::Dropped { why });
        }
        let timing = Timing::of(&attempt.work.intent, now);
        if calls(&attempt.work.intent, timing).is_empty() {
            return Ok(unspeakable(&attempt.work));
        }
        if let Some(why) = self.trailer(attempt)? {
            return Ok(Settled::Dropped { why });
        }
        let adds = match attempt.work.intent.verb {
            Verb::Mark => true,
            Verb::Finish => timing == Timing::Late,
            Verb::Start
            | Verb::Pause
            | Verb::Left
            | Verb::Abandoned
            | Verb::Rate(_)
            | Verb::Unrate
            | Verb::Unmark => false,
        };
        let settled = if adds {
            self.add_to_history(attempt)?
        } else {
            let is_play = attempt.work.intent.verb == Verb::Finish;
            let looks = is_play && (attempt.maybe_sent || attempt.found.is_some());
            match looks.then(|| self.look(attempt)).transpose()?.flatten() {
                Some(play) => attempt.already(Some(play.id), play.watched_at),
                None => self.tell_trakt(attempt, timing)?,
            }
        };
        let watched = attempt.work.intent.verb == Verb::Finish
            && attempt.work.intent.item.kind == Kind::Movie
            && matches!(settled, Settled::Done { .. });
        if watched && self.setup.trakt.remove_from_watchlist {
            self.take_off_watchlist(attempt);
        }
        Ok(settled)
    }

    /// Trakt's history does not mind the same play twice, so it is looked at first.
    fn add_to_history(&mut self, attempt: &mut Attempt) -> Result<Settled, Halt> {
        if let Some(play) = self.look(attempt)? {
            return Ok(attempt.already(Some(play.id), play.watched_at));
        }
        if attempt.found.is_none() {
            return Ok(judge::unknown(&attempt.work, self.now()));
        }
        self.tell_trakt(attempt, Timing::Late)
    }

    /// The play at Trakt that stands for this viewing. `None` also where the item is unknown.
    fn look(&mut self, attempt: &mut Attempt) -> Result<Option<Play>, Halt> {
        let Some(found) = self.find(attempt)? else { return Ok(None) };
        let intent = &attempt.work.intent;
        let since = (intent.verb != Verb::Mark).then_some(intent.began);
        let plays =
            self.ask(|courier, access| api::plays(&courier.client, access, &found, since))?;
        Ok(judge::play_of_this_viewing(&attempt.work, &plays))
    }

    fn find(&mut self, attempt: &mut Attempt) -> Result<Option<Found>, Halt> {
        if attempt.found.is_none() {
            let item = attempt.work.intent.item.clone();
            let found = self.ask(|courier, access| api::find(&courier.client, access, &item))?;
            if let Some(found) = found {
                attempt.learn(found);
            }
        }
        Ok(attempt.found.clone())
    }

    /// Sends the intent by one name after the other until Trakt knows one.
    fn tell_trakt(&mut self, attempt: &mut Attempt, timing: Timing) -> Result<Settled, Halt> {
        for call in calls(&attempt.work.intent, timing) {
            self.keep_pace()?;
            let is_late = Timing::of(&attempt.work.intent, self.now()) == Timing::Late;
            if call.path == "/scrobble/stop" && is_late {
                return self.add_to_history(attempt); // it has become late on the way
            }
            let reply = self.send(attempt, &call)?;
            match judge::judge(&attempt.work, &call, &reply) {
                Ruling::Taken => return self.taken(attempt, &call, &reply),
                Ruling::Unknown => {}
                Ruling::Already => {
                    let at = reply.ok().and_then(|answer| api::taken_before(&answer));
                    return Ok(attempt.already(None, at.unwrap_or(attempt.work.intent.at)));
                }
                Ruling::SecondViewing => return self.add_to_history(attempt),
                Ruling::Refused(why) => {
                    log::warn!("{}: Trakt refuses {call}: {why}", self.setup.account);
                    return Ok(judge::refused(&attempt.work.intent, why));
                }
                Ruling::Hurdle(hurdle) => return Err(Halt::Hurdle(hurdle)),
            }
        }
        Ok(judge::unknown(&attempt.work, self.now()))
    }

    fn taken(
        &mut self,
        attempt: &mut Attempt,
        call: &Call,
        reply: &Reply,
    ) -> Result<Settled, Halt> {
        let answer = reply.as_ref().ok();
        let item = &attempt.work.intent.item;
        let taken = answer.map(|answer| Taken::read(item, answer)).unwrap_or_default();
        if let Some(found) = taken.found {
            attempt.learn(found);
        }
        let ended = attempt.work.intent.at;
        if call.adds_history() {
            let play = OurPlay { id: None, watched_at: ended, ended };
            return Ok(attempt.done(How::History, Some(play)));
        }
        match attempt.work.intent.verb {
            Verb::Finish => {
                let watched_at = answer.and_then(|answer| answer.date).unwrap_or(self.now());
                let play = OurPlay { id: taken.play, watched_at, ended };
                Ok(attempt.done(How::Told, Some(play)))
            }
            Verb::Abandoned => {
                self.forget(attempt)?;
                Ok(attempt.done(How::Told, None))
            }
            Verb::Start
            | Verb::Pause
            | Verb::Left
            | Verb::Rate(_)
            | Verb::Unrate
            | Verb::Mark
            | Verb::Unmark => Ok(attempt.done(How::Told, None)),
        }
    }

    /// Removes the stored position that a pause leaves, so that skimming leaves no litter.
    fn forget(&mut self, attempt: &mut Attempt) -> Result<(), Halt> {
        let Some(found) = self.find(attempt)? else { return Ok(()) };
        let positions =
            self.ask(|courier, access| api::positions(&courier.client, access, &found))?;
        for id in positions {
            let reply = self.send(attempt, &forget_position(id))?;
            if let Some(hurdle) = judge::hurdle(&reply) {
                return Err(Halt::Hurdle(hurdle));
            }
        }
        Ok(())
    }

    /// Why the movie at hand is a trailer (cenodude/CrossWatch#543), if it is one.
    fn trailer(&mut self, attempt: &mut Attempt) -> Result<Option<String>, Halt> {
        let item = &attempt.work.intent.item;
        let plays = match attempt.work.intent.verb {
            Verb::Start | Verb::Pause | Verb::Left | Verb::Abandoned | Verb::Finish => true,
            Verb::Rate(_) | Verb::Unrate | Verb::Mark | Verb::Unmark => false,
        };
        let Some(runtime_ms) = item.runtime_ms.filter(|_| plays && item.kind == Kind::Movie) else {
            return Ok(None);
        };
        if Duration::from_millis(runtime_ms) >= TRAILER_MOST {
            return Ok(None);
        }
        let Some(found) = self.find(attempt)? else { return Ok(None) };
        let theirs =
            self.ask(|courier, access| api::movie_runtime(&courier.client, access, &found))?;
        attempt.learned.runtime_ms = theirs;
        let is_trailer = theirs.is_some_and(|ms| ms > runtime_ms.saturating_mul(TRAILER_FACTOR));
        Ok(is_trailer.then(|| {
            let minutes = theirs.unwrap_or_default() / 60_000;
            format!("a trailer: at Trakt the film has {minutes} minutes")
        }))
    }

    /// Tried once: the play is what counts, and it is safe.
    fn take_off_watchlist(&mut self, attempt: &mut Attempt) {
        let Some(call) = unlist(&attempt.work.intent.item) else { return };
        let why = match self.send(attempt, &call) {
            Ok(Ok(answer)) if answer.status < 300 => return,
            Ok(Ok(answer)) => format!("Trakt answered {}", answer.status),
            Ok(Err(failure)) => failure.to_string(),
            Err(Halt::Stop | Halt::Hurdle(_) | Halt::Refused(_)) => "we are stopping".to_owned(),
        };
        let label = attempt.work.intent.item.label();
        log::warn!("{}: `{label}` stays on the watchlist: {why}", self.setup.account);
    }

    /// Makes a call that changes something, at Trakt's pace.
    fn send(&mut self, attempt: &mut Attempt, call: &Call) -> Result<Reply, Halt> {
        self.keep_pace()?;
        let access = self.access()?;
        let reply = self.client.send(call, Some(&access));
        self.changed();
        attempt.maybe_sent |= judge::maybe_taken(call, &reply);
        self.compare_clocks(&reply);
        match &reply {
            Ok(answer) => log::debug!("{}: {call} → {}", self.setup.account, answer.status),
            Err(failure) => log::debug!("{}: {call} → {failure}", self.setup.account),
        }
        if judge::hurdle(&reply).is_none() {
            self.well();
        }
        Ok(reply)
    }

    /// Looks something up.
    fn ask<T>(
        &mut self,
        look_up: impl FnOnce(&Self, &Secret) -> Result<T, Reply>,
    ) -> Result<T, Halt> {
        self.take_wakes()?;
        let access = self.access()?;
        match look_up(self, &access) {
            Ok(found) => {
                self.well();
                Ok(found)
            }
            Err(reply) => Err(match (judge::hurdle(&reply), reply) {
                (Some(hurdle), _) => Halt::Hurdle(hurdle),
                (None, Ok(answer)) => {
                    Halt::Refused(format!("Trakt refuses a look-up ({})", answer.status))
                }
                (None, Err(failure)) => Halt::Refused(failure.to_string()),
            }),
        }
    }

    /// The user may log out at any moment.
    fn access(&self) -> Result<Secret, Halt> {
        let pair = self.tokens.as_ref().ok_or(Halt::Hurdle(Hurdle::Unauthorised))?;
        Ok(pair.access.clone())
    }
}

/// What a rehearsal says.
fn rehearse(work: &Work, now: Time) -> Settled {
    if let Some(why) = judge::outlived(&work.intent, now) {
        return Settled::Dropped { why };
    }
    match calls(&work.intent, Timing::of(&work.intent, now)).first() {
        Some(call) => Settled::Done {
            how: How::DryRun(call.to_string()),
            learned: Learned::default(),
            play: None,
        },
        None => unspeakable(work),
    }
}

/// What becomes of an intent for which there is no call.
fn unspeakable(work: &Work) -> Settled {
    match work.intent.verb {
        Verb::Pause | Verb::Left if work.intent.progress.value() < 1.0 => {
            Settled::Dropped { why: "Trakt takes no pause below 1 %".to_owned() }
        }
        Verb::Start
        | Verb::Pause
        | Verb::Left
        | Verb::Abandoned
        | Verb::Finish
        | Verb::Rate(_)
        | Verb::Unrate
        | Verb::Mark
        | Verb::Unmark => {
            let label = work.intent.item.label();
            judge::refused(&work.intent, format!("nothing names `{label}` to Trakt: it has no ids"))
        }
    }
}

fn held(attempt: &Attempt, until: Time, why: String) -> Settled {
    Settled::Held { until, why, maybe_sent: attempt.maybe_sent }
}

fn stopped(attempt: &Attempt, now: Time) -> Settled {
    held(attempt, now, "the daemon stops".to_owned())
}
