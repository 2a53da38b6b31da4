//! What time is it, and waiting for it.
//!
//! The only place that asks the machine for the time, and for its time zone (the variable `TZ`, else
//! `/etc/localtime`). Everything else is given a [`Clock`] or a [`Time`], so that tests can move time by
//! hand.

use crate::event::Time;
use ::time::{OffsetDateTime, UtcOffset};
use rustix::time::{ClockId, clock_gettime};
use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time: the machine's, or one that is moved by hand.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    Machine,
    /// A clock that stands still until somebody moves it.
    ByHand(Arc<HandClock>),
}

/// A clock for tests: wall and monotonic time, each moved separately.
#[derive(Debug)]
pub struct HandClock {
    /// Wall and steady time; together, so that nobody sees one moved without the other.
    hands: Mutex<(Time, Duration)>,
}

impl HandClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn at(start: Time) -> Arc<Self> {
        Arc::new(Self { hands: Mutex::new((start, Duration::ZERO)) })
    }

    /// Lets time pass.
    pub fn advance(&self, span: Duration) {
        let mut hands = self.hands();
        *hands = (hands.0.after(span), hands.1.saturating_add(span));
    }

    /// Sets the wall clock, as NTP does, while no time passes.
    pub fn set(&self, wall: Time) {
        self.hands().0 = wall;
    }

    fn hands(&self) -> MutexGuard<'_, (Time, Duration)> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

static PROCESS_START: LazyLock<Duration> = LazyLock::new(since_boot);

impl Clock {
    /// The wall clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask the machine")]
    pub fn now(&self) -> Time {
        match self {
            Self::Machine => {
                let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Time(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
            }
            Self::ByHand(hand) => hand.hands().0,
        }
    }

    /// Time that never jumps, since some moment before. While the machine sleeps it goes on, so
    /// that a sleep does not look like a wall clock that was set.
    #[must_use]
    pub fn steady(&self) -> Duration {
        match self {
            Self::Machine => since_boot().saturating_sub(*PROCESS_START),
            Self::ByHand(hand) => hand.hands().1,
        }
    }

    /// Both at one moment, for who compares them.
    #[must_use]
    pub fn reading(&self) -> (Time, Duration) {
        match self {
            Self::Machine => (self.now(), self.steady()),
            Self::ByHand(hand) => *hand.hands(),
        }
    }

    /// Waits for a message, at most `span` (without end where `None`).
    ///
    /// # Errors
    /// `Timeout` when the time is over, `Disconnected` when nobody can send any more.
    pub fn receive<T>(
        &self,
        from: &Receiver<T>,
        span: Option<Duration>,
    ) -> Result<T, RecvTimeoutError> {
        let Some(span) = span else {
            return from.recv().map_err(|_| RecvTimeoutError::Disconnected);
        };
        match self {
            Self::Machine => from.recv_timeout(span),
            Self::ByHand(_) => {
                let deadline = self.steady().saturating_add(span);
                loop {
                    match from.recv_timeout(Duration::from_millis(1)) {
                        Err(RecvTimeoutError::Timeout) if self.steady() < deadline => {}
                        other => return other,
                    }
                }
            }
        }
    }
}

/// `std::time::Instant` stands still while a Linux machine sleeps; this one does not
/// (clock_gettime(2), `CLOCK_BOOTTIME`).
fn since_boot() -> Duration {
    #[cfg(target_os = "linux")]
    let clock = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = ClockId::Monotonic;
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// A moment as somebody at this machine reads it: `2026-11-23 21:15:00 +01:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime(pub Time);

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_at(f, self.0, offset_at(self.0), [" ", "", " "])
    }
}

/// The same for a line of the log, to the millisecond: `2026-11-23T21:15:00.042+01:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp(pub(crate) Time);

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_at(f, self.0, offset_at(self.0), ["T", &format!(".{:03}", self.0.0 % 1000), ""])
    }
}

/// How far the time of this machine's zone is from UTC at a moment; none where nobody knows its zone.
fn offset_at(at: Time) -> UtcOffset {
    UtcOffset::local_offset_at(in_utc(at)).unwrap_or(UtcOffset::UTC)
}

fn in_utc(at: Time) -> OffsetDateTime {
    let seconds = i64::try_from(at.0 / 1000).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Writes date, time of day and zone, with what stands between them.
fn write_at(
    f: &mut impl fmt::Write,
    at: Time,
    offset: UtcOffset,
    [after_date, fraction, before_zone]: [&str; 3],
) -> fmt::Result {
    let Some(when) = in_utc(at).checked_to_offset(offset) else { return write!(f, "{at}") };
    let (date, sign) = (when.date(), if offset.is_negative() { '-' } else { '+' });
    let (hours, minutes, _) = offset.as_hms();
    write!(
        f,
        "{:04}-{:02}-{:02}{after_date}{:02}:{:02}:{:02}{fraction}{before_zone}{sign}{:02}:{:02}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        when.hour(),
        when.minute(),
        when.second(),
        hours.unsigned_abs(),
        minutes.unsigned_abs(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_moment_is_written_by_the_clock_on_the_wall_with_its_zone() {
        let cases = [
            ((0, 0), "2026-11-23 20:15:59 +00:00"),
            ((1, 0), "2026-11-23 21:15:59 +01:00"),
            ((5, 45), "2026-11-24 02:00:59 +05:45"),
            ((-3, -30), "2026-11-23 16:45:59 -03:30"),
            ((0, -44), "2026-11-23 19:31:59 -00:44"),
        ];
        let at = Time::from_rfc3339("2026-11-23T20:15:59.999Z").expect("a time");
        for ((hours, minutes), expected) in cases {
            let offset = UtcOffset::from_hms(hours, minutes, 0).expect("an offset");
            let mut text = String::new();
            write_at(&mut text, at, offset, [" ", "", " "]).expect("written");
            assert_eq!(text, expected);
        }
        let stamp = Stamp(at).to_string();
        let form = stamp.replace(|c: char| c.is_ascii_digit(), "0").replace('-', "+");
        assert_eq!(form, "0000+00+00T00:00:00.000+00:00");
        assert!(stamp.contains(":59.999"), "{stamp}");
        assert!(LocalTime(Time(u64::MAX)).to_string().starts_with("1970-01-01 "), "no such year");
    }

    #[test]
    fn a_hand_clock_moves_only_by_hand() {
        let hand = HandClock::at(Time(1_000));
        let clock = Clock::ByHand(hand.clone());
        assert_eq!(clock.now(), Time(1_000));
        hand.advance(Duration::from_secs(2));
        assert_eq!((clock.now(), clock.steady()), (Time(3_000), Duration::from_secs(2)));
        hand.set(Time(50));
        assert_eq!((clock.now(), clock.steady()), (Time(50), Duration::from_secs(2)));
    }

    #[test]
    fn the_machines_steady_clock_goes_on_at_the_pace_of_the_wall() {
        let clock = Clock::Machine;
        let (_nobody, nothing) = mpsc::channel::<()>();
        let (wall, steady) = clock.reading();
        let waited = clock.receive(&nothing, Some(Duration::from_millis(20)));
        assert_eq!(waited, Err(RecvTimeoutError::Timeout));
        let passed = clock.steady().saturating_sub(steady);
        assert!(passed >= Duration::from_millis(20), "{passed:?}");
        assert!(clock.now().since(wall) >= Duration::from_millis(15), "{wall} and {}", clock.now());
    }

    #[test]
    fn waiting_ends_with_a_message_or_with_the_time() {
        let (sender, receiver) = mpsc::channel();
        let hand = HandClock::at(Time(0));
        let clock = Clock::ByHand(hand.clone());
        sender.send(1).expect("the receiver lives");
        assert_eq!(clock.receive(&receiver, None), Ok(1));
        let (done, is_done) = mpsc::channel::<()>();
        let mover = std::thread::spawn(move || {
            // Again and again: what passes before the wait begins does not count.
            while is_done.try_recv() == Err(mpsc::TryRecvError::Empty) {
                hand.advance(Duration::from_secs(60));
                std::thread::yield_now();
            }
        });
        let waited = clock.receive(&receiver, Some(Duration::from_secs(60)));
        assert_eq!(waited, Err(RecvTimeoutError::Timeout));
        drop(done);
        mover.join().expect("the mover does not panic");
    }
}
