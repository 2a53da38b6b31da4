//! A moment, and how times are written.

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Milliseconds since 1970 (UTC), as the [`Clock`](crate::clock::Clock) says. May go backwards:
/// a Raspberry Pi boots without knowing the time. Differences therefore never underflow.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub u64);

impl Time {
    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// This time plus `span`, at most the end of time.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }

    /// This time minus `span`, at least 1970.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis(span)))
    }

    /// Moved by `by_ms` in either direction (the wall clock was set).
    #[must_use]
    pub fn moved(self, by_ms: i64) -> Self {
        Self(self.0.saturating_add_signed(by_ms))
    }

    /// The time that an RFC 3339 text names, if it names one after 1970.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let parsed = OffsetDateTime::parse(text.trim(), &Rfc3339).ok()?;
        let ms = parsed.unix_timestamp_nanos() / 1_000_000;
        u64::try_from(ms).ok().map(Self)
    }
}

/// How long ago something was, in words: minutes, above two hours hours, above two days days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ago(pub Duration);

impl fmt::Display for Ago {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() / 60 {
            minutes @ 0..120 => write!(f, "{minutes} min"),
            minutes @ 120..2880 => write!(f, "{} h", minutes / 60),
            minutes => write!(f, "{} days", minutes / 1440),
        }
    }
}

/// Prints RFC 3339 in UTC with milliseconds, as Trakt takes it: `2026-11-23T20:15:00.000Z`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.0) * 1_000_000;
        let when =
            OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            when.year(),
            u8::from(when.month()),
            when.day(),
            when.hour(),
            when.minute(),
            when.second(),
            when.millisecond()
        )
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_ago_is_told_in_larger_units() {
        let told = |minutes: u64| Ago(Duration::from_secs(minutes * 60)).to_string();
        let told = [0, 119, 120, 2879, 2880].map(told);
        assert_eq!(told, ["0 min", "119 min", "2 h", "47 h", "2 days"]);
    }

    #[test]
    fn time_prints_and_reads_rfc3339() {
        let time = Time(1_764_000_123_456);
        assert_eq!(time.to_string(), "2025-11-24T16:02:03.456Z");
        assert_eq!(Time::from_rfc3339(&time.to_string()), Some(time));
        let seven_decimals = "2025-11-24T17:02:03.4560000+01:00";
        assert_eq!(Time::from_rfc3339(seven_decimals), Some(time));
        assert_eq!(Time::from_rfc3339("yesterday"), None);
        assert_eq!(Time::from_rfc3339("0001-01-01T00:00:00Z"), None);
    }

    #[test]
    fn time_never_underflows() {
        assert_eq!(Time(5).since(Time(9)), Duration::ZERO);
        assert_eq!(Time(5).before(Duration::from_secs(9)), Time(0));
        assert_eq!(Time(5).moved(-9), Time(0));
        assert_eq!(Time(u64::MAX).after(Duration::MAX), Time(u64::MAX));
    }
}
