//! How far something has been played.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How far an item has been played, from 0 to 100 in steps of a ten-thousandth (7 ms of a film of
/// two hours). Never NaN, never outside. As the steps are decimal it is the same after it was
/// stored as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(from = "f64", into = "f64")]
pub struct Percent(f64);

/// In how many steps a percent is told.
const STEPS: f64 = 10_000.0;

impl Percent {
    /// The beginning.
    pub const ZERO: Self = Self(0.0);
    /// The end.
    pub const END: Self = Self(100.0);

    /// So many percent, 100 at most.
    #[must_use]
    pub const fn whole(percent: u8) -> Self {
        Self(if percent < 100 { percent as f64 } else { 100.0 })
    }

    /// `value` brought into 0 to 100; NaN becomes 0.
    #[must_use]
    pub fn clamped(value: f64) -> Self {
        let value = if value.is_nan() { 0.0 } else { value.clamp(0.0, 100.0) };
        Self((value * STEPS).round() / STEPS)
    }

    /// A position within a runtime, both in milliseconds; `None` where the runtime is 0 (unknown).
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 ms are 285,000 years")]
    pub fn of(position_ms: u64, runtime_ms: u64) -> Option<Self> {
        (runtime_ms > 0).then(|| Self::clamped(position_ms as f64 / runtime_ms as f64 * 100.0))
    }

    /// The bare number.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }

    /// The larger of two.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }
}

impl From<f64> for Percent {
    fn from(value: f64) -> Self {
        Self::clamped(value)
    }
}

impl From<Percent> for f64 {
    fn from(percent: Percent) -> Self {
        percent.value()
    }
}

/// Prints one decimal at most, without a percent sign: `34.9`, `90`.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round() / 10.0;
        write!(f, "{tenths}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_is_the_same_after_it_was_stored() {
        let all = (0..=7_200_000).step_by(977).filter_map(|ms| Percent::of(ms, 7_199_999));
        let changed: Vec<_> = all
            .filter(|percent| {
                let json = serde_json::to_string(percent).expect("a number");
                serde_json::from_str::<Percent>(&json).ok() != Some(*percent)
            })
            .collect();
        assert_eq!(changed, []);
        let outside: Percent = serde_json::from_str("140").expect("a number");
        assert_eq!(outside, Percent::END);
    }

    #[test]
    fn percent_is_never_outside() {
        for (value, expected) in [(-1.0, 0.0), (0.5, 0.5), (101.0, 100.0), (f64::NAN, 0.0)] {
            assert_eq!(Percent::clamped(value).value(), expected, "{value}");
        }
        assert_eq!(Percent::of(1, 0), None, "an unknown runtime is not 0 %");
        assert_eq!(Percent::of(3, 2), Some(Percent::END));
    }
}
