//! Who plays what, and what becomes of it: the players, the server's guess, and each person's data.

use super::notify::News;
use super::{Dialect, Jellyfin};
use crate::Time;
use std::time::Duration;

/// How often a player reports.
const REPORTS: u64 = 10_000;
/// A player that has not reported for so long is ended; the server looks as seldom as that.
const IDLE: u64 = 5 * 60_000;

/// What the server keeps of an item and a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserData {
    /// Whether it counts as watched.
    pub played: bool,
    /// How often it was begun.
    pub count: u32,
    /// When it was begun last, or marked.
    pub last: Option<Time>,
    /// Where it is to go on, in milliseconds.
    pub position_ms: u64,
}

/// A program on a device, and who sits there.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub(super) device: String,
    pub(super) user: String,
    pub(super) others: Vec<String>,
    pub(super) playing: Option<Playing>,
    /// Its last report, also of something that has ended; the time is the server's.
    pub(super) checked_in: Option<Time>,
}

/// What is played. The times are the server's.
#[derive(Clone, Debug)]
pub(super) struct Playing {
    pub(super) item: String,
    /// Where the player stood, and when.
    place: (u64, Time),
    pub(super) is_paused: bool,
    is_alive: bool,
    /// Where it last said that it stood, and when.
    reported: (u64, Time),
    /// Whether the server knows of it: after it was restarted not before the next report.
    pub(super) is_listed: bool,
    runtime: u64,
}

impl Playing {
    /// Where the player stands.
    fn stands(&self, at: Time) -> u64 {
        self.on_from(self.place, at)
    }

    /// Where the server says that it stands: it counts on by itself.
    pub(super) fn guess(&self, at: Time) -> u64 {
        self.on_from(self.reported, at)
    }

    fn on_from(&self, (place, since): (u64, Time), at: Time) -> u64 {
        let gone = if self.is_paused { 0 } else { at.0.saturating_sub(since.0) };
        let most = if self.runtime == 0 { u64::MAX } else { self.runtime };
        place.saturating_add(gone).min(most)
    }

    /// The moment at which it has played to its end.
    fn ends(&self) -> Option<Time> {
        let is_moving = self.is_alive && !self.is_paused && self.runtime > 0;
        let left = self.runtime.saturating_sub(self.place.0);
        is_moving.then(|| Time(self.place.1.0.saturating_add(left)))
    }

    /// The moment at which the server ends it.
    fn is_ended(&self) -> Time {
        Time((self.reported.1.0 + IDLE).div_ceil(IDLE) * IDLE + 1)
    }
}

impl Jellyfin {
    /// `user` begins `label` on `device`, `at` from its beginning. What was played there ends.
    ///
    /// Nothing happens where there is no such item.
    pub fn play(&mut self, device: &str, user: &str, label: &str, at: Duration, now: Time) {
        self.stop(device, now);
        let there = self.there(now);
        let user = self.user(user);
        let Some(item) = self.item(label) else { return };
        let runtime = self.titles.get(&item).map_or(0, super::Title::runtime_ms);
        let place = (u64::try_from(at.as_millis()).unwrap_or(u64::MAX), there);
        let playing = Playing {
            item: item.clone(),
            place,
            is_paused: false,
            is_alive: true,
            reported: place,
            is_listed: true,
            runtime,
        };
        let seat = self.seat(device, &user);
        seat.user.clone_from(&user);
        (seat.playing, seat.checked_in) = (Some(playing), Some(there));
        let forgets = self.options.dialect.forgets_played();
        for user in self.sitters(device) {
            let data = self.data.entry((user, item.clone())).or_default();
            data.count += 1;
            data.last = Some(there);
            data.played &= !forgets;
        }
        self.write(&user, &item, true, there);
        let at_ms = place.0;
        self.tell("PlaybackStart", device, &item, (at_ms, false), there);
    }

    /// Somebody joins at `device`: what plays there counts for them too.
    pub fn join(&mut self, device: &str, user: &str) {
        let user = self.user(user);
        if let Some(seat) = self.seats.iter_mut().find(|seat| seat.device == device) {
            seat.others.push(user);
        }
    }

    /// What plays on `device` is paused.
    pub fn pause(&mut self, device: &str, now: Time) {
        self.turn(device, now, |playing, _| playing.is_paused = true);
    }

    /// It goes on.
    pub fn resume(&mut self, device: &str, now: Time) {
        self.turn(device, now, |playing, _| playing.is_paused = false);
    }

    /// It goes on from another place.
    pub fn seek(&mut self, device: &str, to: Duration, now: Time) {
        let to = u64::try_from(to.as_millis()).unwrap_or(u64::MAX);
        self.turn(device, now, |playing, _| playing.place.0 = to);
    }

    /// The player is gone without a word; the server does not know it yet.
    pub fn die(&mut self, device: &str, now: Time) {
        self.pass(now);
        self.playing(device, |playing| playing.is_alive = false);
    }

    /// It stops where it is.
    pub fn stop(&mut self, device: &str, now: Time) {
        self.pass(now);
        let there = self.there(now);
        let mut at = None;
        self.playing(device, |playing| at = playing.is_alive.then(|| playing.stands(there)));
        let is_gone = at.is_none(); // a new program on the same device reports what it finds
        self.end(device, at, is_gone, there);
    }

    /// It stops and does not say where.
    pub fn stop_without_position(&mut self, device: &str, now: Time) {
        self.pass(now);
        let there = self.there(now);
        self.end(device, None, false, there);
    }

    /// The server is switched off and on: it knows of no player before that reports again.
    pub fn restart(&mut self, now: Time) {
        self.pass(now);
        self.forget_players();
    }

    pub(super) fn forget_players(&mut self) {
        let lives = |seat: &Seat| seat.playing.as_ref().is_some_and(|playing| playing.is_alive);
        self.seats.retain(lives);
        for seat in &mut self.seats {
            seat.checked_in = None;
            if let Some(playing) = &mut seat.playing {
                playing.is_listed = false;
            }
        }
    }

    /// A person ticks an item; a date is only given by some programs.
    pub fn mark(&mut self, user: &str, label: &str, dated: Option<Time>, now: Time) {
        self.pass(now);
        let there = self.there(now);
        let (user, Some(item)) = (self.user(user), self.item(label)) else { return };
        let is_old = self.options.dialect == Dialect::Jellyfin10_8;
        let data = self.data.entry((user.clone(), item.clone())).or_default();
        data.count = if dated.is_some() { data.count + 1 } else { data.count.max(1) };
        let kept = if is_old { None } else { data.last };
        data.last = Some(dated.or(kept).unwrap_or(there));
        (data.played, data.position_ms) = (true, 0);
        self.notify(&user, &item, News::Saved { reason: "TogglePlayed" }, there);
    }

    /// A person takes the tick away.
    pub fn unmark(&mut self, user: &str, label: &str) {
        let (user, Some(item)) = (self.user(user), self.item(label)) else { return };
        self.data.insert((user, item), UserData::default());
    }

    /// A person has watched an item from its beginning to its end, which came at `ended`; what the server
    /// keeps of that, and its log, are as after any play.
    pub fn watched(&mut self, user: &str, label: &str, ended: Time) {
        let (user, Some(item)) = (self.user(user), self.item(label)) else { return };
        let runtime = self.titles.get(&item).map_or(0, super::Title::runtime_ms);
        let (began, ended) = (Time(ended.0.saturating_sub(runtime)), self.there(ended));
        let began = self.there(began);
        let data = self.data.entry((user.clone(), item.clone())).or_default();
        data.count += 1;
        (data.played, data.position_ms, data.last) = (true, 0, Some(began));
        self.write(&user, &item, true, began);
        self.write(&user, &item, false, ended);
    }

    /// Writes a person's data as an import or a plugin does.
    pub fn import(&mut self, user: &str, label: &str, data: UserData) {
        let (user, Some(item)) = (self.user(user), self.item(label)) else { return };
        self.data.insert((user, item), data);
    }

    /// What is kept of an item and a person.
    #[must_use]
    pub fn user_data(&self, user: &str, label: &str) -> Option<UserData> {
        let user = self.users.iter().find(|known| known.name == user)?;
        self.data.get(&(user.id.clone(), self.item(label)?)).copied()
    }

    /// Lets happen what was due by `now`: reports, ends, and what the server does by itself.
    pub fn pass(&mut self, now: Time) {
        let there = self.there(now);
        let devices: Vec<String> = self.seats.iter().map(|seat| seat.device.clone()).collect();
        for device in devices {
            let Some(playing) = self.at(&device) else { continue };
            let end = playing.ends().filter(|end| *end <= there);
            if playing.is_alive {
                self.report_until(&device, end.unwrap_or(there));
            }
            let Some(playing) = self.at(&device) else { continue };
            let ended = playing.is_ended();
            if let Some(end) = end {
                let runtime = playing.runtime;
                self.end(&device, Some(runtime), false, end);
            } else if there >= ended {
                let guess = playing.guess(ended);
                self.end(&device, Some(guess), false, ended);
            }
        }
    }

    fn at(&self, device: &str) -> Option<&Playing> {
        self.seats.iter().find(|seat| seat.device == device)?.playing.as_ref()
    }

    fn playing(&mut self, device: &str, act: impl FnOnce(&mut Playing)) {
        let seat = self.seats.iter_mut().find(|seat| seat.device == device);
        if let Some(playing) = seat.and_then(|seat| seat.playing.as_mut()) {
            act(playing);
        }
    }

    /// Changes what a player does, which it reports at once.
    fn turn(&mut self, device: &str, now: Time, act: impl FnOnce(&mut Playing, Time)) {
        self.pass(now);
        let there = self.there(now);
        self.playing(device, |playing| {
            playing.place = (playing.stands(there), there);
            act(playing, there);
        });
        self.report(device, there);
    }

    /// All reports of a player up to this moment.
    fn report_until(&mut self, device: &str, there: Time) {
        let Some(playing) = self.at(device) else { return };
        if playing.is_paused && !self.options.reports_in_pause {
            return;
        }
        let gone = there.0.saturating_sub(playing.reported.1.0);
        let since = gone / REPORTS * REPORTS;
        if since > 0 {
            let at = Time(playing.reported.1.0 + since);
            self.report(device, at);
        }
    }

    fn report(&mut self, device: &str, there: Time) {
        let mut news = None;
        self.playing(device, |playing| {
            playing.reported = (playing.stands(there), there);
            playing.is_listed = true;
            news = Some((playing.item.clone(), playing.reported.0));
        });
        let Some((item, at)) = news else { return };
        if let Some(seat) = self.seats.iter_mut().find(|seat| seat.device == device) {
            seat.checked_in = Some(there);
        }
        for user in self.sitters(device) {
            self.save(&user, &item, at);
        }
        let is_paused = self.at(device).is_some_and(|playing| playing.is_paused);
        self.tell("PlaybackProgress", device, &item, (at, is_paused), there);
    }

    /// The plugin tells of what plays: once for each person there, and of what is kept of it.
    fn tell(
        &mut self,
        event: &'static str,
        device: &str,
        item: &str,
        (at_ms, is_paused): (u64, bool),
        there: Time,
    ) {
        for user in self.sitters(device) {
            self.notify(&user, item, News::Plays { event, device, at_ms, is_paused }, there);
            self.notify(&user, item, News::Saved { reason: event }, there);
        }
    }

    /// Playback ends at the server; `lost` where nobody told.
    fn end(&mut self, device: &str, at: Option<u64>, is_lost: bool, there: Time) {
        let sitters = self.sitters(device);
        let seat = self.seats.iter_mut().find(|seat| seat.device == device);
        let Some(playing) = seat.and_then(|seat| seat.playing.take()) else { return };
        for user in &sitters {
            match at {
                Some(at) => self.save(user, &playing.item, at),
                None if is_lost => {}
                None => {
                    let key = (user.clone(), playing.item.clone());
                    let data = self.data.entry(key).or_default();
                    data.count += 1;
                    (data.played, data.position_ms) = (true, 0);
                }
            }
        }
        for user in &sitters {
            let is_completed = at.is_none_or(|at| is_completed(at, playing.runtime));
            let news = News::Stops { device, at_ms: at, is_completed };
            self.notify(user, &playing.item, news, there);
            self.notify(user, &playing.item, News::Saved { reason: "PlaybackFinished" }, there);
        }
        if let Some(user) = sitters.first() {
            self.write(user, &playing.item, false, there);
        }
    }

    /// A position as it is kept: what is hardly begun has none, what is nearly over is played.
    fn save(&mut self, user: &str, item: &str, at: u64) {
        let runtime = self.titles.get(item).map_or(0, super::Title::runtime_ms);
        let data = self.data.entry((user.to_owned(), item.to_owned())).or_default();
        data.position_ms = if at * 100 < runtime * 5 { 0 } else { at };
        if is_completed(at, runtime) {
            (data.played, data.position_ms) = (true, 0);
        }
    }

    fn sitters(&self, device: &str) -> Vec<String> {
        let seat = self.seats.iter().find(|seat| seat.device == device);
        seat.into_iter()
            .flat_map(|seat| [&seat.user].into_iter().chain(&seat.others))
            .cloned()
            .collect()
    }

    fn seat(&mut self, device: &str, user: &str) -> &mut Seat {
        let at = self.seats.iter().position(|seat| seat.device == device);
        let at = at.unwrap_or_else(|| {
            self.seats.push(Seat {
                device: device.to_owned(),
                user: user.to_owned(),
                others: Vec::new(),
                playing: None,
                checked_in: None,
            });
            self.seats.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "it was found, or pushed just now")]
        &mut self.seats[at]
    }
}

/// Whether a position is so near the end that it counts as played.
fn is_completed(at: u64, runtime: u64) -> bool {
    let is_begun = at > 0 && at * 100 >= runtime * 5;
    runtime == 0
        || at + 1_000 >= runtime
        || at * 100 > runtime * 90
        || (runtime < 300_000 && is_begun)
}
