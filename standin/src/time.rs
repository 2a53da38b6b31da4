//! A moment, and how Trakt and media servers write it.

use serde::Serialize;
use std::fmt;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Milliseconds since 1970 (UTC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
        let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(span))
    }

    /// The time that an RFC 3339 text names, if it names one after 1970.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let parsed = OffsetDateTime::parse(text.trim(), &Rfc3339).ok()?;
        let ms = parsed.unix_timestamp_nanos() / 1_000_000;
        u64::try_from(ms).ok().map(Self)
    }
}

/// Prints RFC 3339 in UTC with milliseconds, as Trakt does: `2026-11-23T20:15:00.000Z`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.0) * 1_000_000;
        let when =
            OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (hour, minute, second, ms) = when.time().as_hms_milli();
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z", when.date())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_is_written() {
        let time = Time(1_764_000_123_045);
        assert_eq!(time.to_string(), "2025-11-24T16:02:03.045Z");
        assert_eq!(Time::from_rfc3339(&time.to_string()), Some(time));
        assert_eq!(Time::from_rfc3339("2025-11-24T17:02:03.045+01:00"), Some(time));
        assert_eq!(Time::from_rfc3339("yesterday"), None);
        assert_eq!(Time(u64::MAX).to_string(), "1970-01-01T00:00:00.000Z");
    }
}
