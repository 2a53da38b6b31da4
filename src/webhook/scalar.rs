//! What does one value of a payload say?
//!
//! A [`Scalar`] is any JSON value: senders write numbers and booleans as strings (`"08"`,
//! `"True"`), absent values as `""`, and now and then a list where a text belongs. What a value
//! means is asked afterwards, by the method that its field needs; a value that does not fit is
//! absent.
//!
//! Not here: how it is read (`object`), which fields there are (the shapes), what an external id
//! looks like (`guid`).

use std::borrow::Cow;

/// No position or runtime is longer than two days; what claims to be is noise.
const LONGEST_MS: f64 = 48.0 * 3_600_000.0;
/// Jellyfin and Emby count in units of 100 ns.
const TICKS_PER_MS: f64 = 10_000.0;
/// Texts are kept and shown, so a sender may not choose how much that is.
const LONGEST_TEXT: usize = 1_000;

/// Any JSON value, as far as it is a scalar; borrowed from the document where possible.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Scalar<'a> {
    /// Not there, null, a list or an object.
    #[default]
    Absent,
    Text(Cow<'a, str>),
    Number(f64),
    Truth(bool),
}

impl Scalar<'_> {
    /// The text, without blanks around it; empty where it is none.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Text(text) => text.trim(),
            Self::Absent | Self::Number(_) | Self::Truth(_) => "",
        }
    }

    /// The value as text, numbers and booleans included, cut to a sensible length.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Text(text) => bounded(text.trim()).to_owned(),
            Self::Number(number) => spelled(*number),
            Self::Truth(truth) => truth.to_string(),
        }
    }

    /// Whether there is nothing: absent, or a text of blanks.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Text(text) => text.trim().is_empty(),
            Self::Number(_) | Self::Truth(_) => false,
        }
    }

    /// This value, or `other` where this is empty.
    pub(super) fn or<'s>(&'s self, other: &'s Self) -> &'s Self {
        if self.is_empty() { other } else { self }
    }

    /// A finite number.
    pub(super) fn number(&self) -> Option<f64> {
        let number = match self {
            Self::Number(number) => *number,
            Self::Text(text) => text.trim().parse().ok()?,
            Self::Absent | Self::Truth(_) => return None,
        };
        number.is_finite().then_some(number)
    }

    /// A boolean: `true`, `"True"`, `1`, `"1"` and their opposites.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Truth(truth) => Some(*truth),
            Self::Number(1.0) => Some(true),
            Self::Number(0.0) => Some(false),
            Self::Text(text) => match text.trim() {
                "1" => Some(true),
                "0" => Some(false),
                word if word.eq_ignore_ascii_case("true") => Some(true),
                word if word.eq_ignore_ascii_case("false") => Some(false),
                _ => None,
            },
            Self::Absent | Self::Number(_) => None,
        }
    }

    /// A season's or episode's number: a whole number, 0 included.
    pub(super) fn count(&self) -> Option<u32> {
        self.whole(f64::from(u32::MAX)).and_then(|n| u32::try_from(n).ok())
    }

    /// A year of films and shows, also out of a date that begins with one.
    pub(super) fn year(&self) -> Option<u16> {
        let whole = match self {
            Self::Text(text) => match text.trim().split_once('-') {
                Some((year, _)) => year.parse().ok(),
                None => self.whole(9_999.0),
            },
            Self::Absent | Self::Number(_) | Self::Truth(_) => self.whole(9_999.0),
        };
        whole
            .filter(|year| (1_800..=2_999).contains(year))
            .and_then(|year| u16::try_from(year).ok())
    }

    /// The day of a date or a time: `YYYY-MM-DD`.
    pub(super) fn day(&self) -> Option<String> {
        let day = self.as_str().get(..10)?;
        let mut parts = day.split('-');
        let mut part = |length: usize, range: std::ops::RangeInclusive<u16>| {
            let digits = parts.next()?;
            let fits = digits.len() == length && digits.bytes().all(|b| b.is_ascii_digit());
            (fits && range.contains(&digits.parse::<u16>().ok()?)).then_some(())
        };
        part(4, 1_800..=2_999)?;
        part(2, 1..=12)?;
        part(2, 1..=31)?;
        Some(day.to_owned())
    }

    /// A span of milliseconds; below zero or beyond two days it is none.
    pub(super) fn millis(&self) -> Option<u64> {
        self.span(1.0)
    }

    /// A span of ticks of 100 ns, in milliseconds.
    pub(super) fn ticks(&self) -> Option<u64> {
        self.span(TICKS_PER_MS)
    }

    /// A span as a clock shows it, `01:23:45`, in milliseconds.
    pub(super) fn clock(&self) -> Option<u64> {
        let mut seconds = 0;
        let mut parts = self.as_str().split(':');
        for most in [48, 59, 59] {
            let part = parts.next().filter(|part| part.bytes().all(|b| b.is_ascii_digit()))?;
            seconds = seconds * 60 + part.parse::<u64>().ok().filter(|part| *part <= most)?;
        }
        parts.next().is_none().then_some(seconds * 1000)
    }

    /// A span of other units, in milliseconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to lie within 0 and two days; a fraction of a millisecond may go"
    )]
    pub(super) fn span(&self, units_per_ms: f64) -> Option<u64> {
        let ms = self.number()? / units_per_ms;
        (0.0..=LONGEST_MS).contains(&ms).then_some(ms as u64)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be a whole number within 0 and `max`"
    )]
    fn whole(&self, max: f64) -> Option<u64> {
        let number = self.number()?;
        (number.fract() == 0.0 && (0.0..=max).contains(&number)).then_some(number as u64)
    }
}

/// The beginning of `text` that is kept.
fn bounded(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST_TEXT)).unwrap_or(text)
}

/// A number as text. Nearly all of them are ids, and a whole number is spelled five times faster
/// as one.
fn spelled(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "compared with what it came from")]
    let whole = number as i64;
    #[expect(clippy::cast_precision_loss, reason = "as above")]
    if whole as f64 == number && whole.unsigned_abs() < 1 << 53 {
        return whole.to_string();
    }
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(json: &str) -> Scalar<'_> {
        serde_json::from_str(json).unwrap_or_else(|e| panic!("{json}: {e}"))
    }

    #[test]
    fn a_value_is_read_as_its_field_needs_it() {
        type Seen = (Option<u32>, Option<u16>, Option<bool>, Option<u64>, &'static str);
        let cases: [(&str, Seen); 17] = [
            ("null", (None, None, None, None, "")),
            (r#""""#, (None, None, None, None, "")),
            (r#"" ""#, (None, None, None, None, "")),
            ("1", (Some(1), None, Some(true), Some(0), "1")),
            ("0", (Some(0), None, Some(false), Some(0), "0")),
            (r#""0""#, (Some(0), None, Some(false), Some(0), "0")),
            (r#""08""#, (Some(8), None, None, Some(0), "08")),
            ("2021", (Some(2021), Some(2021), None, Some(0), "2021")),
            (r#""2021""#, (Some(2021), Some(2021), None, Some(0), "2021")),
            (r#""2019-09-12""#, (None, Some(2019), None, None, "2019-09-12")),
            ("7.5", (None, None, None, Some(0), "7.5")),
            ("25000", (Some(25_000), None, None, Some(2), "25000")),
            ("-1", (None, None, None, None, "-1")),
            (r#""nan""#, (None, None, None, None, "nan")),
            (r#""infinity""#, (None, None, None, None, "infinity")),
            (r#""True""#, (None, None, Some(true), None, "True")),
            ("false", (None, None, Some(false), None, "false")),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .map(|(json, expected)| (json, scalar(json), expected))
            .map(|(json, s, expected)| {
                (json, (s.count(), s.year(), s.truth(), s.ticks(), s.text()), expected)
            })
            .filter(|(_, s, e)| (s.0, s.1, s.2, s.3, s.4.as_str()) != **e)
            .map(|(json, seen, expected)| format!("{json}: {seen:?}, expected {expected:?}"))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn spans_are_milliseconds_and_never_beyond_two_days() {
        let cases = [
            ("68421760000", Some(6_842_176)),
            (r#""6201130000""#, Some(620_113)),
            ("1728000000000", Some(172_800_000)),
            ("1728000000001", None),
            ("-10000", None),
            ("18446744073709551615", None),
            ("1e300", None),
            (r#""-1e300""#, None),
        ];
        for (json, expected) in cases {
            assert_eq!(scalar(json).ticks(), expected, "{json}");
        }
        assert_eq!(scalar("2354000.0").millis(), Some(2_354_000));
    }

    #[test]
    fn clocks_are_read_to_the_second() {
        let cases = [
            (r#""00:00:00""#, Some(0)),
            (r#""01:23:45""#, Some(5_025_000)),
            (r#"" 1:02:03 ""#, Some(3_723_000)),
            (r#""47:59:59""#, Some(172_799_000)),
            (r#""49:00:00""#, None),
            (r#""00:60:00""#, None),
            (r#""23:45""#, None),
            (r#""1.01:23:45""#, None),
            (r#""01:23:45:00""#, None),
            (r#""+1:02:03""#, None),
            (r#""::""#, None),
            (r#""""#, None),
            ("5025", None),
        ];
        for (json, expected) in cases {
            assert_eq!(scalar(json).clock(), expected, "{json}");
        }
    }

    #[test]
    fn days_are_days() {
        let cases = [
            (r#""2020-11-19""#, Some("2020-11-19")),
            (r#""2020-11-19T00:00:00.0000000Z""#, Some("2020-11-19")),
            (r#""0001-01-01T00:00:00Z""#, None),
            (r#""2020-13-01""#, None),
            (r#""19.11.2020""#, None),
            (r#""2020-1-019""#, None),
            (r#""202\u00e9-11-19""#, None),
            ("20201119", None),
        ];
        for (json, expected) in cases {
            assert_eq!(scalar(json).day().as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = format!("\"{}\"", "é".repeat(5_000));
        let text = scalar(&long).text();
        assert_eq!(text.len(), LONGEST_TEXT);
        assert!(text.chars().all(|c| c == 'é'));
    }
}
