//! What happens to a request by chance?

use super::{Fault, Order};
use serde::{Deserialize, Serialize};

/// How many of a thousand requests meet what, by chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Reset before Trakt has seen the request.
    pub reset: u16,
    /// Reset after Trakt has taken it: the answer is lost.
    pub answer_lost: u16,
    /// The answer breaks off.
    pub cut: u16,
    /// 503.
    pub unavailable: u16,
    /// 520 after Trakt has taken it.
    pub gateway: u16,
    /// 429 with `Retry-After: 1`.
    pub too_fast: u16,
}

impl Rates {
    /// Some of everything.
    #[must_use]
    pub fn rough() -> Self {
        Self { reset: 30, answer_lost: 50, cut: 20, unavailable: 50, gateway: 30, too_fast: 20 }
    }

    fn orders(self) -> [(u16, Order); 6] {
        [
            (self.reset, Fault::Reset.once()),
            (self.answer_lost, Fault::Reset.once().applied()),
            (self.cut, Fault::Cut.once()),
            (self.unavailable, Fault::status(503)),
            (self.gateway, Fault::html(520).applied()),
            (self.too_fast, Fault::too_fast(1)),
        ]
    }
}

/// Dice, with which the same seed and the same requests give the same faults.
#[derive(Clone, Debug)]
pub(super) struct Chance {
    pub(super) seed: u64,
    state: u64,
    rates: Rates,
}

impl Chance {
    pub(super) fn new(seed: u64, rates: Rates) -> Self {
        Self { seed, state: seed, rates }
    }

    pub(super) fn throw(&mut self) -> Option<Order> {
        let mut die = self.next() % 1000;
        for (rate, order) in self.rates.orders() {
            let rate = u64::from(rate);
            if die < rate {
                return Some(order);
            }
            die -= rate;
        }
        None
    }

    /// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
