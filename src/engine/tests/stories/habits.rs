//! What media servers say of what happens, each with its habits and those of its players.

use super::dice::Dice;
use super::truth::{End, Sitting, Stretch, Walk, What};
use super::world::{House, MINUTE, Player, SECOND, Title};
use crate::event::{Action, Event, Library, Source, User};

/// One thing that a server says.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) at: u64,
    pub(super) event: Event,
    /// Of which sitting.
    pub(super) sitting: usize,
}

/// From here on a server calls an item seen, in percent.
const SEEN: u64 = 90;

/// All that is said of all sittings, in the order of time.
pub(super) fn say(house: &House, sittings: &[Sitting]) -> Vec<Said> {
    let mut said: Vec<Said> = Vec::new();
    for (index, sitting) in sittings.iter().enumerate() {
        let title = &house.shelf[sitting.title];
        let before = (sittings.iter().enumerate())
            .filter(|(other, before)| *other != index && before.player == sitting.player)
            .filter(|(_, before)| before.begins < sitting.begins)
            .max_by_key(|(_, before)| before.begins)
            .map(|(_, before)| before.walk(house.shelf[before.title].runtime));
        let mut speaker = Speaker {
            house,
            sitting,
            index,
            title,
            player: &house.players[sitting.player],
            walk: sitting.walk(title.runtime),
            before,
            next: next_on(sittings, sitting).map(|next| next.begins),
            dice: Dice::of(sitting.seed),
            said: Vec::new(),
        };
        match speaker.player.source {
            Source::Plex => speaker.plex(),
            Source::Jellyfin => speaker.jellyfin(),
            Source::Emby => speaker.emby(),
        }
        speaker.said.sort_by_key(|said| said.at);
        said.append(&mut speaker.said);
    }
    said.sort_by_key(|said| said.at);
    said
}

/// What happens on the same player next.
pub(super) fn next_on<'s>(sittings: &'s [Sitting], this: &Sitting) -> Option<&'s Sitting> {
    (sittings.iter())
        .filter(|next| next.player == this.player && next.begins > this.begins)
        .min_by_key(|next| next.begins)
}

struct Speaker<'a> {
    house: &'a House,
    sitting: &'a Sitting,
    index: usize,
    title: &'a Title,
    player: &'a Player,
    walk: Walk,
    /// What this player did before.
    before: Option<Walk>,
    /// When it begins something else.
    next: Option<u64>,
    dice: Dice,
    said: Vec<Said>,
}

impl Speaker<'_> {
    fn say(&mut self, at: u64, action: Action, position_ms: Option<u64>) {
        self.guess(at, action, position_ms, false);
    }

    fn guess(&mut self, at: u64, action: Action, position_ms: Option<u64>, is_guess: bool) {
        let source = self.player.source;
        let mut item = self.title.item.clone();
        item.key = format!("{}{}", source.word(), self.sitting.title);
        let event = Event {
            source,
            action,
            server: format!("{}-server", source.word()),
            user: User {
                name: self.house.people[self.sitting.person].name.to_owned(),
                ..User::default()
            },
            player: crate::event::Player {
                id: self.player.name.to_owned(),
                name: self.player.name.to_owned(),
            },
            library: (source == Source::Plex)
                .then(|| Library { id: "1".to_owned(), title: "All".to_owned() }),
            item,
            position_ms,
            is_guess,
        };
        self.said.push(Said { at, event, sitting: self.index });
    }

    fn seen_at(&self) -> u64 {
        self.title.runtime / 100 * SEEN
    }

    /// Plex: seeks show as a resume; a scrobble where 90 % are passed, while it plays; from then on
    /// positions are missing.
    fn plex(&mut self) {
        let begins = self.sitting.begins;
        let is_silent = self.player.habits.starts_without_position && self.sitting.from == 0;
        let position = (!is_silent).then_some(self.sitting.from);
        self.say(begins, Action::Start, position);
        if self.dice.falls(20) {
            self.say(begins, Action::Start, position); // playback.started
        }
        let seen_at = self.seen_at();
        let began_seen = self.sitting.from >= seen_at;
        let scrobbles = self.walk.stretches.iter().find_map(|stretch| {
            let delay = self.sitting.seed % 8 * SECOND;
            let at = stretch.at_or_past(seen_at)? + delay;
            (at <= stretch.ends()).then_some(at)
        });
        let scrobbles = scrobbles.filter(|_| !began_seen);
        if let Some(at) = scrobbles {
            let stale = self.dice.pick(&[None, None, Some(self.sitting.from), Some(seen_at)]);
            self.say(at, Action::Completed, stale);
        }
        let where_known = |at: u64, position: u64| {
            (!began_seen && scrobbles.is_none_or(|scrobbled| at < scrobbled)).then_some(position)
        };
        for step in self.walk.steps.clone() {
            let position = where_known(step.at, step.position);
            match step.what {
                What::Pause => self.say(step.at, Action::Pause, position),
                What::Resume => self.say(step.at, Action::Resume, position),
                What::Seek { from } => {
                    if self.player.habits.pauses_to_seek {
                        self.say(step.at, Action::Pause, where_known(step.at, from));
                    }
                    // A seek is told with its position, also in the credits.
                    self.say(step.at + SECOND, Action::Resume, Some(step.position));
                }
            }
        }
        if self.sitting.end == End::Stopped {
            let (at, position) = (self.walk.ends, self.walk.end_position);
            self.say(at, Action::Stop { completed: false }, where_known(at, position));
        }
    }

    /// Jellyfin: pauses, resumes and seeks are progress; players check in now and then, and the
    /// server counts on in between.
    fn jellyfin(&mut self) {
        let habits = self.player.habits;
        let known = |position: u64| Some(if habits.has_no_position { 0 } else { position });
        self.say(self.sitting.begins, Action::Start, known(self.sitting.from));
        let goes = Action::Progress { paused: Some(false) };
        let stands = Action::Progress { paused: Some(true) };
        let mut checked_in = (self.sitting.begins, self.sitting.from);
        for Stretch { at, position, span } in self.walk.stretches.clone() {
            let mut after = habits.checks_in_every;
            while after < span {
                self.say(at + after, goes, known(position + after));
                checked_in = (at + after, position + after);
                after += habits.checks_in_every;
            }
            let last = span.saturating_sub(self.dice.between(1, 10) * SECOND);
            if last > 0 {
                self.say(at + last, goes, known(position + last));
                checked_in = (at + last, position + last);
            }
            if habits.has_guesses && span > 2 * MINUTE {
                let middle = span / 2;
                let since = middle % habits.checks_in_every;
                let guessed = self.counted_on(position + middle - since, since);
                self.guess(at + middle, goes, Some(guessed), true);
            }
        }
        for step in self.walk.steps.clone() {
            match step.what {
                What::Pause => {
                    self.say(step.at, stands, known(step.position));
                    self.say(step.at + 1_500, stands, known(step.position));
                }
                What::Resume => self.say(step.at, goes, known(step.position)),
                What::Seek { .. } => self.say(step.at + 500, goes, known(step.position)),
            }
            if step.at >= checked_in.0 {
                checked_in = (step.at, step.position);
            }
        }
        match self.sitting.end {
            End::Stopped => {
                let position = self.last_position(self.walk.end_position);
                self.stop(self.walk.ends, position);
            }
            End::GoesOn => {}
            End::Dies => self.count_on(checked_in),
        }
    }

    /// The player is gone, and Jellyfin counts on for five minutes.
    fn count_on(&mut self, checked_in: (u64, u64)) {
        let (at, position) = checked_in;
        let gives_up = at + 5 * MINUTE;
        let next = self.next.unwrap_or(u64::MAX);
        for minute in 1..=4 {
            let then = at + minute * MINUTE;
            if self.player.habits.has_guesses && then > self.walk.ends && then < next {
                let guessed = self.counted_on(position, minute * MINUTE);
                self.guess(then, Action::Progress { paused: Some(false) }, Some(guessed), true);
            }
        }
        if gives_up > self.walk.ends && gives_up < next {
            // It is the server's word, and carries nothing over.
            self.stop(gives_up, (!self.player.habits.has_no_position).then_some(position));
        }
    }

    /// Where Jellyfin takes a player to be so long after it checked in: where it was then, or at the
    /// beginning if it did not say.
    fn counted_on(&self, position: u64, since: u64) -> u64 {
        let known = if self.player.habits.has_no_position { 0 } else { position };
        (known + since).min(self.title.runtime)
    }

    fn emby(&mut self) {
        let habits = self.player.habits;
        let known = |position: u64| (!habits.has_no_position).then_some(position);
        let silent = habits.starts_without_position && self.sitting.from == 0;
        self.say(self.sitting.begins, Action::Start, known(self.sitting.from).filter(|_| !silent));
        for step in self.walk.steps.clone() {
            match step.what {
                What::Pause => self.say(step.at, Action::Pause, known(step.position)),
                What::Resume => self.say(step.at, Action::Resume, known(step.position)),
                What::Seek { from } if habits.pauses_to_seek => {
                    self.say(step.at, Action::Pause, known(from));
                    self.say(step.at + 500, Action::Resume, known(step.position));
                }
                What::Seek { .. } => {}
            }
        }
        if self.sitting.end == End::Stopped {
            let position = self.last_position(self.walk.end_position);
            self.stop(self.walk.ends, position);
        }
    }

    /// What a player reports as its last position.
    fn last_position(&self, position: u64) -> Option<u64> {
        let habits = self.player.habits;
        if habits.has_no_position {
            return None;
        }
        if habits.resets_at_the_end && position >= self.title.runtime / 1000 * 995 {
            return Some(0);
        }
        let carried = self.before.as_ref().filter(|before| {
            habits.carries_the_end_over
                && self.walk.ends - self.sitting.begins < 30 * SECOND
                && self.sitting.begins.saturating_sub(before.ends) < 15 * SECOND
        });
        Some(carried.map_or(position, |before| before.end_position.min(self.title.runtime)))
    }

    /// A stop of Jellyfin or Emby, which judge by themselves whether it is completed.
    fn stop(&mut self, at: u64, position: Option<u64>) {
        let runtime = self.title.runtime;
        let completed = match position {
            None => true,
            Some(position) => {
                let is_short = self.player.source == Source::Jellyfin && runtime < 300 * SECOND;
                let least = if is_short { 5 } else { SEEN };
                position >= runtime / 100 * least
            }
        };
        let position = position.or((self.player.source == Source::Jellyfin).then_some(0));
        self.say(at, Action::Stop { completed }, position);
    }
}
