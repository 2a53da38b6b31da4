//! How far is our clock from the tracker's?
//!
//! A machine without a clock of its own may be wrong for as long as it has no network, and nobody
//! notices; a tracker's answers tell. What they tell dates late plays, so a difference is believed when
//! two answers in a row agree on it, and so is its end. Pure.

use crate::event::Time;
use std::time::Duration;

/// A difference that is told, and taken out of the times of late plays. Two that differ by less
/// are one.
const TROUBLE: Duration = Duration::from_secs(60);

/// What is known of the tracker's clock, and what was only heard.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    /// How far it is ahead of ours, in milliseconds; 0 where that is no matter.
    ahead_ms: i64,
    /// The same as one answer alone has it.
    heard_ms: Option<i64>,
}

/// What an answer has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It says what was known.
    Nothing,
    /// It says something else, which another answer has to confirm.
    Rumour,
    /// It confirms what the last one said. `first`: until now both clocks agreed.
    News {
        /// Whether it is worth telling.
        first: bool,
    },
}

impl Clocks {
    /// Hears what time it is at the tracker, while ours shows `ours`.
    pub(super) fn hear(&mut self, ours: Time, theirs: Time) -> Heard {
        let ms = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let ahead = ms(theirs.since(ours)).saturating_sub(ms(ours.since(theirs)));
        let ahead = if is_about(ahead, 0) { 0 } else { ahead };
        if is_about(ahead, self.ahead_ms) {
            (self.ahead_ms, self.heard_ms) = (ahead, None);
            return Heard::Nothing;
        }
        if !self.heard_ms.is_some_and(|heard| is_about(ahead, heard)) {
            self.heard_ms = Some(ahead);
            return Heard::Rumour;
        }
        let first = self.ahead_ms == 0;
        (self.ahead_ms, self.heard_ms) = (ahead, None);
        Heard::News { first }
    }

    /// How far the tracker's clock is ahead of ours, in milliseconds; 0 where that is no matter.
    pub(super) fn ahead_ms(&self) -> i64 {
        self.ahead_ms
    }
}

/// How far our clock is from that of `tracker`, and what to do, in a sentence.
pub(super) fn in_words(ours: Time, theirs: Time, tracker: &str) -> String {
    let (ahead, behind) = (theirs.since(ours), ours.since(theirs));
    format!(
        "this machine's clock is {} s {} {tracker}'s: set the clock; until then late plays are \
         dated by {tracker}'s clock",
        ahead.max(behind).as_secs(),
        if ahead.is_zero() { "ahead of" } else { "behind" },
    )
}

fn is_about(one: i64, other: i64) -> bool {
    u128::from(one.abs_diff(other)) <= TROUBLE.as_millis()
}

#[cfg(test)]
mod tests {
    use super::Heard::{News, Nothing, Rumour};
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_difference_is_believed_when_two_answers_in_a_row_agree() {
        let first = News { first: true };
        let again = News { first: false };
        let cases: [(&str, &[i64], &[Heard], i64); 8] = [
            ("clocks agree", &[0, 59_000, -59_000], &[Nothing; 3], 0),
            ("one lie", &[HOUR, 0, 0], &[Rumour, Nothing, Nothing], 0),
            ("two lies apart", &[HOUR, 0, HOUR], &[Rumour, Nothing, Rumour], 0),
            ("two that differ", &[HOUR, 5 * HOUR], &[Rumour, Rumour], 0),
            ("two that agree", &[HOUR, HOUR + 1_000], &[Rumour, first], HOUR + 1_000),
            ("behind", &[-HOUR, -HOUR, -HOUR], &[Rumour, first, Nothing], -HOUR),
            ("set right", &[HOUR, HOUR, 0, 0], &[Rumour, first, Rumour, again], 0),
            (
                "set wrong anew",
                &[HOUR, HOUR, 9 * HOUR, 9 * HOUR],
                &[Rumour, first, Rumour, again],
                9 * HOUR,
            ),
        ];
        let now = Time(1_800_000_000_000);
        for (name, said, expected, ahead) in cases {
            let mut clocks = Clocks::default();
            let heard: Vec<_> = said.iter().map(|by| clocks.hear(now, now.moved(*by))).collect();
            assert_eq!((heard.as_slice(), clocks.ahead_ms()), (expected, ahead), "{name}");
        }
        let mut clocks = Clocks::default();
        assert_eq!(clocks.hear(Time(0), Time(u64::MAX)), Rumour);
        assert_eq!(clocks.hear(Time(u64::MAX), Time(0)), Rumour);
    }
}
