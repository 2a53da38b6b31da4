//! Chance with a seed, so that it can be met again.

/// SplitMix64.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of their own for something that shall not change when other things do.
    pub(super) fn aside(&self, what: u64) -> Self {
        let mut dice = Self(self.0 ^ what.wrapping_mul(0xd605_1f7b_3a5d_2c4b));
        dice.next();
        dice
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `from` to below `end`.
    pub(super) fn between(&mut self, from: u64, end: u64) -> u64 {
        from + self.next() % (end - from).max(1)
    }

    /// Whether something happens that does so in `percent` of all cases.
    pub(super) fn falls(&mut self, percent: u64) -> bool {
        self.between(0, 100) < percent
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.between(0, from.len() as u64) as usize]
    }
}
