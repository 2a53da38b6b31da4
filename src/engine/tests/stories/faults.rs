//! What becomes of what is said on its way: lost, doubled, late; and the daemon that is not always
//! there.

use super::dice::Dice;
use super::habits::Said;
use super::truth::FIRST_DAY;
use super::world::{HOUR, MINUTE, SECOND};

/// What the way is like.
#[derive(Clone, Debug, Default)]
pub(super) struct Weather {
    /// How many of a hundred are lost.
    pub(super) lost: u64,
    /// How many of a hundred come twice.
    pub(super) doubled: u64,
    /// How many of a hundred come late.
    pub(super) late: u64,
    /// When the daemon ends and starts again.
    pub(super) restarts: Vec<Restart>,
}

/// An end of the daemon, and its next start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Restart {
    pub(super) down: u64,
    pub(super) up: u64,
    /// Whether it was stopped in order; else the power went.
    pub(super) orderly: bool,
}

/// Something said, with all the times at which it arrives.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) said: Said,
    pub(super) arrives: Vec<u64>,
    /// Whether something was wrong with it on its way.
    pub(super) is_troubled: bool,
}

impl Weather {
    pub(super) fn of(dice: &mut Dice) -> Self {
        let mut weather = Self::default();
        if dice.falls(45) {
            return weather;
        }
        if dice.falls(50) {
            weather.lost = dice.pick(&[1, 3, 10, 30]);
        }
        if dice.falls(50) {
            weather.doubled = dice.pick(&[5, 30]);
        }
        if dice.falls(40) {
            weather.late = dice.pick(&[5, 20]);
        }
        if dice.falls(60) {
            for _ in 0..dice.between(1, 5) {
                let down = FIRST_DAY + dice.between(0, 75 * HOUR / SECOND) * SECOND + 137;
                let span = dice.pick(&[2 * SECOND, 20 * SECOND, 20 * SECOND, 8 * MINUTE]);
                weather.restarts.push(Restart { down, up: down + span, orderly: dice.falls(50) });
            }
        }
        weather
    }

    /// A restart in the middle of what is said tells more than one in an empty night.
    pub(super) fn aim(&mut self, said: &[Said], dice: &mut Dice) {
        for restart in &mut self.restarts {
            if said.is_empty() || dice.falls(20) {
                continue;
            }
            let near = said[dice.between(0, said.len() as u64) as usize].at;
            let span = restart.up - restart.down;
            restart.down = near + dice.between(0, 20_000);
            restart.up = restart.down + span;
        }
        self.restarts.sort_by_key(|restart| restart.down);
    }

    pub(super) fn is_fair(&self) -> bool {
        self.lost + self.doubled + self.late == 0 && self.restarts.is_empty()
    }

    /// What arrives of what is said. Each thing has its own chance, so that it stays what it is
    /// where another is taken away.
    pub(super) fn carry(&self, said: Vec<Said>, seeds: &[u64]) -> Vec<Arrival> {
        let mut count = vec![0_u64; seeds.len()];
        let carried = said.into_iter().map(|said| {
            count[said.sitting] += 1;
            let mut dice = Dice::of(seeds[said.sitting]).aside(count[said.sitting]);
            let (lost, doubled, late) =
                (dice.falls(self.lost), dice.falls(self.doubled), dice.falls(self.late));
            let delay = if late { dice.between(500, 20 * SECOND) } else { 0 };
            let again = dice.pick(&[0, 40, 3 * SECOND, 13 * SECOND]);
            let mut arrives = vec![said.at + delay];
            if doubled {
                arrives.push(said.at + delay + again);
            }
            let down = |at: &u64| self.restarts.iter().any(|r| r.down <= *at && *at < r.up);
            arrives.retain(|at| !lost && !down(at));
            Arrival {
                is_troubled: late || arrives.is_empty() || (doubled && again > SECOND),
                said,
                arrives,
            }
        });
        carried.collect()
    }
}
