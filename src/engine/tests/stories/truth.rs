//! What truly happened: who sat at which player, from when to when, and how far it went.

use super::dice::Dice;
use super::world::{HOUR, House, MINUTE, SECOND};
use crate::event::Source;

/// One time that somebody sat down to something.
#[derive(Clone, Debug)]
pub(super) struct Sitting {
    pub(super) person: usize,
    pub(super) player: usize,
    pub(super) title: usize,
    /// To which watching of the title it belongs.
    pub(super) viewing: u64,
    pub(super) begins: u64,
    /// At which position, in milliseconds.
    pub(super) from: u64,
    pub(super) strokes: Vec<Stroke>,
    pub(super) end: End,
    /// Its own chance.
    pub(super) seed: u64,
}

/// What is done while it runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stroke {
    /// It plays for so many milliseconds.
    Play(u64),
    /// It stands still for so long.
    Pause(u64),
    /// It goes on at this position.
    Seek(u64),
}

/// How a sitting ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The player stops.
    Stopped,
    /// The player goes on to something else and says no word of the stop.
    GoesOn,
    /// The player is cut off.
    Dies,
}

/// A sitting in time.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    pub(super) steps: Vec<Step>,
    pub(super) stretches: Vec<Stretch>,
    pub(super) ends: u64,
    pub(super) end_position: u64,
}

/// A change at a player.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) at: u64,
    pub(super) position: u64,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Pause,
    Resume,
    Seek { from: u64 },
}

/// A time in which it played on and on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) at: u64,
    pub(super) position: u64,
    pub(super) span: u64,
}

impl Stretch {
    pub(super) fn ends(&self) -> u64 {
        self.at + self.span
    }

    pub(super) fn end_position(&self) -> u64 {
        self.position + self.span
    }

    /// When a position was passed, or the first moment that lay beyond it.
    pub(super) fn at_or_past(&self, position: u64) -> Option<u64> {
        (self.span > 0 && self.end_position() >= position)
            .then(|| self.at + position.saturating_sub(self.position))
    }
}

impl Sitting {
    pub(super) fn walk(&self, runtime: u64) -> Walk {
        let mut walk = Walk::default();
        let (mut at, mut position) = (self.begins, self.from);
        for stroke in &self.strokes {
            match *stroke {
                Stroke::Play(span) => {
                    let span = span.min(runtime.saturating_sub(position));
                    walk.stretches.push(Stretch { at, position, span });
                    (at, position) = (at + span, position + span);
                }
                Stroke::Pause(span) => {
                    walk.steps.push(Step { at, position, what: What::Pause });
                    at += span;
                    walk.steps.push(Step { at, position, what: What::Resume });
                }
                Stroke::Seek(to) => {
                    let from = position;
                    position = to.min(runtime);
                    walk.steps.push(Step { at, position, what: What::Seek { from } });
                }
            }
        }
        (walk.ends, walk.end_position) = (at, position);
        walk
    }
}

/// All that happened in a house.
pub(super) fn life(house: &House, dice: &mut Dice) -> Vec<Sitting> {
    let mut diary = Diary {
        house,
        dice: dice.clone(),
        sittings: Vec::new(),
        last_viewing: 0,
        unfinished: Vec::new(),
        seen: Vec::new(),
    };
    let evenings = diary.dice.between(1, 4);
    for evening in 0..evenings {
        let at_the_television = diary.dice.between(0, 2) as usize;
        for person in 0..house.people.len() {
            if person == 1 && diary.dice.falls(40) {
                continue;
            }
            let player = if person == at_the_television { 0 } else { house.people[person].phone };
            let late = diary.dice.between(0, 120) * MINUTE;
            diary.evening(person, player, FIRST_DAY + evening * 24 * HOUR + late);
        }
    }
    let mut sittings = diary.sittings;
    sittings.sort_by_key(|sitting| sitting.begins);
    sittings
}

/// 2025-11-24, 18:00 UTC.
pub(super) const FIRST_DAY: u64 = 1_764_007_200_000;

struct Diary<'a> {
    house: &'a House,
    dice: Dice,
    sittings: Vec<Sitting>,
    last_viewing: u64,
    /// Person, title, position, viewing.
    unfinished: Vec<(usize, usize, u64, u64)>,
    /// Person and title.
    seen: Vec<(usize, usize)>,
}

/// Where somebody sits, and since when.
#[derive(Clone, Copy)]
struct PlayerKey {
    person: usize,
    player: usize,
    now: u64,
}

impl Diary<'_> {
    fn evening(&mut self, person: usize, player: usize, begins: u64) {
        let busy = (self.sittings.iter())
            .filter(|sitting| sitting.player == player || sitting.person == person)
            .map(|sitting| sitting.walk(self.house.shelf[sitting.title].runtime).ends + MINUTE);
        let begins = busy.max().unwrap_or_default().max(begins);
        let mut seat = PlayerKey { person, player, now: begins };
        for _ in 0..self.dice.between(1, 4) {
            match self.dice.between(0, 100) {
                0..18 => self.whole(&mut seat),
                18..28 => self.half(&mut seat),
                28..44 => self.go_on(&mut seat),
                44..62 => self.binge(&mut seat),
                62..74 => self.again(&mut seat),
                74..79 => self.skim(&mut seat),
                79..84 => self.hand_over(&mut seat),
                84..90 => self.over_night(&mut seat),
                90..94 => self.credits_later(&mut seat),
                94..97 => self.look_back(&mut seat),
                _ => self.cut_off(&mut seat),
            }
            // An evening has an end, for the players have others who want them.
            if seat.now > begins + 8 * HOUR {
                return;
            }
            seat.now += match self.dice.between(0, 3) {
                0 => self.dice.between(2, 20) * SECOND,
                1 => self.dice.between(20, 300) * SECOND,
                _ => self.dice.between(5, 40) * MINUTE,
            };
        }
    }

    fn whole(&mut self, seat: &mut PlayerKey) {
        let title = self.some_title(seat.player);
        let viewing = self.viewing();
        self.watch_to_the_end(seat, title, viewing, 0);
    }

    fn half(&mut self, seat: &mut PlayerKey) {
        let title = self.some_title(seat.player);
        let viewing = self.viewing();
        self.watch_half(seat, title, viewing, 0);
    }

    /// What was left is finished, or left again.
    fn go_on(&mut self, seat: &mut PlayerKey) {
        let mine: Vec<_> = (self.unfinished.iter())
            .filter(|(person, title, ..)| {
                *person == seat.person && self.plays_here(*title, seat.player)
            })
            .copied()
            .collect();
        if mine.is_empty() {
            return self.whole(seat);
        }
        let (_, title, position, viewing) = self.dice.pick(&mine);
        self.unfinished.retain(|(.., other)| *other != viewing);
        let from = position.saturating_sub(self.dice.pick(&[0, 0, 10 * SECOND]));
        if self.dice.falls(75) {
            self.watch_to_the_end(seat, title, viewing, from);
        } else {
            self.watch_half(seat, title, viewing, from);
        }
    }

    fn binge(&mut self, seat: &mut PlayerKey) {
        let shows: Vec<usize> = (0..self.house.shelf.len())
            .filter(|title| self.house.shelf[*title].next.is_some())
            .filter(|title| self.plays_here(*title, seat.player))
            .collect();
        let mut title = Some(self.dice.pick(&shows));
        let silently = self.house.players[seat.player].habits.goes_on_without_a_stop;
        for _ in 0..self.dice.between(2, 5) {
            let Some(this) = title.filter(|title| self.plays_here(*title, seat.player)) else {
                return;
            };
            let viewing = self.viewing();
            let end = self.near_the_end(this);
            let ends = if silently { End::GoesOn } else { End::Stopped };
            self.watch(seat, this, viewing, 0, end, ends);
            self.seen.push((seat.person, this));
            title = self.house.shelf[this].next;
            seat.now += self.dice.between(1, 9) * SECOND;
        }
        // The next one begins by itself; somebody switches it off, or is asleep.
        if let Some(next) = title.filter(|title| self.plays_here(*title, seat.player)) {
            let viewing = self.viewing();
            if self.dice.falls(60) {
                let span = self.dice.between(3, 25) * SECOND;
                self.sit(seat, next, viewing, 0, vec![Stroke::Play(span)], End::Stopped);
            } else {
                self.watch_half(seat, next, viewing, 0);
            }
        }
    }

    fn again(&mut self, seat: &mut PlayerKey) {
        let mine: Vec<usize> = (self.seen.iter())
            .filter(|(person, title)| {
                *person == seat.person && self.plays_here(*title, seat.player)
            })
            .map(|(_, title)| *title)
            .collect();
        let title =
            if mine.is_empty() { self.some_title(seat.player) } else { self.dice.pick(&mine) };
        let viewing = self.viewing();
        if self.dice.falls(80) {
            self.watch_to_the_end(seat, title, viewing, 0);
        } else {
            self.watch_half(seat, title, viewing, 0);
        }
    }

    fn skim(&mut self, seat: &mut PlayerKey) {
        for _ in 0..self.dice.between(1, 4) {
            let title = self.some_title(seat.player);
            let viewing = self.viewing();
            let span = self.dice.between(1, 20) * SECOND;
            self.sit(seat, title, viewing, 0, vec![Stroke::Play(span)], End::Stopped);
            seat.now += self.dice.between(2, 20) * SECOND;
        }
    }

    /// From one player to the other in the middle of it.
    fn hand_over(&mut self, seat: &mut PlayerKey) {
        let phone = self.house.people[seat.person].phone;
        if seat.player == phone {
            return self.half(seat);
        }
        let title = self.some_title(seat.player);
        if !self.plays_here(title, phone) {
            return self.half(seat);
        }
        let viewing = self.viewing();
        let runtime = self.house.shelf[title].runtime;
        let middle = runtime / 100 * self.dice.between(10, 80);
        let end = self.dice.pick(&[End::Stopped, End::Stopped, End::Dies]);
        self.watch(seat, title, viewing, 0, middle, end);
        seat.now += self.dice.between(5, 120) * SECOND;
        let television = seat.player;
        seat.player = phone;
        self.watch_to_the_end(seat, title, viewing, middle);
        seat.player = television;
        self.unfinished.retain(|(.., other)| *other != viewing);
    }

    fn over_night(&mut self, seat: &mut PlayerKey) {
        let title = self.some_title(seat.player);
        let viewing = self.viewing();
        let runtime = self.house.shelf[title].runtime;
        let middle = runtime / 100 * self.dice.between(10, 96);
        let night = self.dice.between(10, 20) * HOUR;
        let mut strokes = self.strokes(0, middle, runtime);
        strokes.push(Stroke::Pause(night));
        if self.dice.falls(70) {
            strokes.push(Stroke::Play(runtime - middle));
        }
        self.sit(seat, title, viewing, 0, strokes, End::Stopped);
        self.seen.push((seat.person, title));
    }

    /// Seen but for the credits, which follow later.
    fn credits_later(&mut self, seat: &mut PlayerKey) {
        let title = self.some_title(seat.player);
        let viewing = self.viewing();
        let runtime = self.house.shelf[title].runtime;
        let end = runtime / 100 * self.dice.between(92, 97);
        self.watch(seat, title, viewing, 0, end, End::Stopped);
        seat.now += self.dice.pick(&[MINUTE, 20 * MINUTE]);
        self.sit(seat, title, viewing, end, vec![Stroke::Play(runtime)], End::Stopped);
        self.seen.push((seat.person, title));
    }

    /// Back to a scene after the end, for a moment.
    fn look_back(&mut self, seat: &mut PlayerKey) {
        let title = self.some_title(seat.player);
        let viewing = self.viewing();
        let runtime = self.house.shelf[title].runtime;
        let end = runtime / 100 * self.dice.between(93, 100);
        let mut strokes = self.strokes(0, end, runtime);
        strokes.push(Stroke::Seek(runtime / 100 * self.dice.between(20, 80)));
        strokes.push(Stroke::Play(self.dice.between(20, 150) * SECOND));
        self.sit(seat, title, viewing, 0, strokes, End::Stopped);
        self.seen.push((seat.person, title));
    }

    fn cut_off(&mut self, seat: &mut PlayerKey) {
        let title = self.some_title(seat.player);
        let viewing = self.viewing();
        let position = self.house.shelf[title].runtime / 100 * self.dice.between(5, 100);
        self.watch(seat, title, viewing, 0, position, End::Dies);
        seat.now += 6 * MINUTE;
        self.unfinished.push((seat.person, title, position, viewing));
    }

    fn watch_to_the_end(&mut self, seat: &mut PlayerKey, title: usize, viewing: u64, from: u64) {
        let end = self.near_the_end(title);
        let ends = if self.house.players[seat.player].habits.goes_on_without_a_stop {
            self.dice.pick(&[End::Stopped, End::GoesOn])
        } else {
            End::Stopped
        };
        self.watch(seat, title, viewing, from, end.max(from), ends);
        self.seen.push((seat.person, title));
    }

    fn watch_half(&mut self, seat: &mut PlayerKey, title: usize, viewing: u64, from: u64) {
        let runtime = self.house.shelf[title].runtime;
        let rest = (runtime / 100 * 84).saturating_sub(from);
        let position = from + rest / 100 * self.dice.between(2, 100);
        self.watch(seat, title, viewing, from, position, End::Stopped);
        self.unfinished.push((seat.person, title, position, viewing));
    }

    fn near_the_end(&mut self, title: usize) -> u64 {
        let runtime = self.house.shelf[title].runtime;
        runtime / 1000 * self.dice.pick(&[930, 960, 985, 1000, 1000])
    }

    fn watch(
        &mut self,
        seat: &mut PlayerKey,
        title: usize,
        viewing: u64,
        from: u64,
        to: u64,
        end: End,
    ) {
        let strokes = self.strokes(from, to, self.house.shelf[title].runtime);
        self.sit(seat, title, viewing, from, strokes, end);
    }

    fn sit(
        &mut self,
        seat: &mut PlayerKey,
        title: usize,
        viewing: u64,
        from: u64,
        strokes: Vec<Stroke>,
        end: End,
    ) {
        let sitting = Sitting {
            person: seat.person,
            player: seat.player,
            title,
            viewing,
            begins: seat.now,
            from,
            strokes,
            end,
            seed: self.dice.next(),
        };
        seat.now = sitting.walk(self.house.shelf[title].runtime).ends;
        self.sittings.push(sitting);
    }

    /// From one position to another, with breaks and jumps on the way.
    fn strokes(&mut self, from: u64, to: u64, runtime: u64) -> Vec<Stroke> {
        let mut strokes = Vec::new();
        let mut position = from;
        let breaks = self.dice.pick(&[0, 0, 1, 2, 3]);
        for _ in 0..breaks {
            if to.saturating_sub(position) < MINUTE {
                break;
            }
            let span = self.dice.between(20 * SECOND, to - position);
            strokes.push(Stroke::Play(span));
            position += span;
            if self.dice.falls(70) {
                let pause = self.dice.pick(&[2 * SECOND, 20 * SECOND, 5 * MINUTE, 50 * MINUTE]);
                strokes.push(Stroke::Pause(pause + self.dice.between(0, 3000)));
                continue;
            }
            let jump = self.dice.pick(&[30 * SECOND, 2 * MINUTE, runtime / 10, runtime / 4]);
            let target = if self.dice.falls(50) {
                (position + jump).min(to.saturating_sub(30 * SECOND)).max(position)
            } else {
                position.saturating_sub(jump)
            };
            strokes.push(Stroke::Seek(target));
            position = target;
        }
        strokes.push(Stroke::Play(to.saturating_sub(position)));
        strokes
    }

    fn some_title(&mut self, player: usize) -> usize {
        let here: Vec<usize> =
            (0..self.house.shelf.len()).filter(|title| self.plays_here(*title, player)).collect();
        self.dice.pick(&here)
    }

    /// Plex keeps an item for each episode of a file, and only ever plays one.
    fn plays_here(&self, title: usize, player: usize) -> bool {
        self.house.players[player].source != Source::Plex || self.house.shelf[title].parts == 1
    }

    fn viewing(&mut self) -> u64 {
        self.last_viewing += 1;
        self.last_viewing
    }
}
