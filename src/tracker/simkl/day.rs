//! When does Simkl count a user's calls anew? At midnight in New York.

use crate::event::Time;
use std::time::Duration;
use time::{Date, Month, OffsetDateTime};

const HOUR: u64 = 60 * 60 * 1000;
const DAY: u64 = 24 * HOUR;

/// The first midnight in New York after `now`.
pub(super) fn next(now: Time) -> Time {
    let local = now.0.saturating_sub(behind(now));
    let midnight = (local / DAY + 1).saturating_mul(DAY);
    // The clocks there are set at night, after midnight.
    let about = Time(midnight.saturating_add(behind(now)));
    Time(midnight.saturating_add(behind(about.before(Duration::from_secs(1)))))
}

/// How far New York's clocks are behind UTC.
fn behind(now: Time) -> u64 {
    let seconds = i64::try_from(now.0 / 1000).unwrap_or(i64::MAX);
    let Ok(date) = OffsetDateTime::from_unix_timestamp(seconds) else { return 5 * HOUR };
    let summer = sunday(date.year(), Month::March, 2, 7)
        .zip(sunday(date.year(), Month::November, 1, 6))
        .is_some_and(|(begin, end)| (begin..end).contains(&date));
    if summer { 4 * HOUR } else { 5 * HOUR }
}

/// The moment at `hour` UTC on the `nth` Sunday of a month.
fn sunday(year: i32, month: Month, nth: u8, hour: u8) -> Option<OffsetDateTime> {
    let first = Date::from_calendar_date(year, month, 1).ok()?;
    let to_sunday = (7 - first.weekday().number_days_from_sunday()) % 7;
    let days = i64::from(to_sunday) + 7 * i64::from(nth.saturating_sub(1));
    let day = first.checked_add(time::Duration::days(days))?;
    Some(day.with_hms(hour, 0, 0).ok()?.assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_new_york() {
        for (now, expected) in [
            ("2026-11-27T12:00:00Z", "2026-11-28T05:00:00.000Z"),
            ("2026-11-28T04:59:59Z", "2026-11-28T05:00:00.000Z"),
            ("2026-11-28T05:00:00Z", "2026-11-29T05:00:00.000Z"),
            ("2026-07-01T12:00:00Z", "2026-07-02T04:00:00.000Z"),
            ("2027-03-14T12:00:00Z", "2027-03-15T04:00:00.000Z"), // the second Sunday of March
            ("2027-03-14T05:30:00Z", "2027-03-15T04:00:00.000Z"),
            ("2026-11-01T12:00:00Z", "2026-11-02T05:00:00.000Z"), // the first Sunday of November
        ] {
            let now = Time::from_rfc3339(now).expect("a time");
            assert_eq!(next(now).to_string(), expected, "{now}");
        }
        assert!(next(Time(u64::MAX)) >= Time(u64::MAX - DAY));
    }
}
