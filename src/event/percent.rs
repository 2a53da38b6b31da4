//! How far something has been played.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How far an item has been played, from 0 to 100. Never NaN, never outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Percent(f64);

impl Percent {
    /// The beginning.
    pub const ZERO: Self = Self(0.0);
    /// The end.
    pub const END: Self = Self(100.0);

    /// `value` brought into 0 to 100; NaN becomes 0.
    #[must_use]
    pub fn clamped(value: f64) -> Self {
        Self(if value.is_nan() { 0.0 } else { value.clamp(0.0, 100.0) })
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
    fn percent_is_never_outside() {
        for (value, expected) in [(-1.0, 0.0), (0.5, 0.5), (101.0, 100.0), (f64::NAN, 0.0)] {
            assert_eq!(Percent::clamped(value).value(), expected, "{value}");
        }
        assert_eq!(Percent::of(1, 0), None, "an unknown runtime is not 0 %");
        assert_eq!(Percent::of(3, 2), Some(Percent::END));
    }
}
