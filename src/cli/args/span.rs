//! How long is `7d`?

use std::time::Duration;

/// What may stand behind a number, and how many seconds it is.
const UNITS: [(char, u64); 4] = [('m', 60), ('h', 3600), ('d', 24 * 3600), ('w', 7 * 24 * 3600)];
/// Nothing is looked through for longer than ten years.
const MOST: Duration = Duration::from_secs(3_660 * 24 * 3600);

/// The span that a word names.
///
/// # Errors
/// What is wrong with it.
pub(super) fn of(word: &str) -> Result<Duration, String> {
    let read = || {
        let unit = word.chars().last()?;
        let (_, seconds) = UNITS.iter().find(|(letter, _)| *letter == unit)?;
        let number: u64 = word.strip_suffix(unit)?.parse().ok()?;
        Some(Duration::from_secs(number.checked_mul(*seconds)?))
    };
    match read() {
        Some(span) if !span.is_zero() && span <= MOST => Ok(span),
        Some(_) => Err(format!("`{word}` is not between 1m and ten years")),
        None => Err(format!("`{word}` is not a time like 90m, 12h, 7d or 2w")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_a_unit() {
        let seconds = |word| of(word).map(|span| span.as_secs());
        for (word, expected) in
            [("90m", 5_400), ("12h", 43_200), ("7d", 604_800), ("2w", 1_209_600)]
        {
            assert_eq!(seconds(word), Ok(expected), "{word}");
        }
        for word in ["", "7", "d", "7 d", "-7d", "7y", "1.5d", "d7", "99999999999999999999d"] {
            let expected = format!("`{word}` is not a time like 90m, 12h, 7d or 2w");
            assert_eq!(seconds(word), Err(expected));
        }
        for word in ["0d", "3661d", "18446744073709551615m"] {
            assert!(seconds(word).is_err(), "{word}");
        }
    }
}
