//! What might somebody have meant?

/// The one of `known` that is closest to `word`, if it is close enough for a typing mistake.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = if word.len() < 5 { 1 } else { 2 };
    let scored = known.into_iter().map(|known| {
        let is_of_same_word = singular(word) == singular(known);
        (if is_of_same_word { 0 } else { distance(word, known) }, known)
    });
    scored.filter(|(distance, _)| *distance <= most).min().map(|(_, known)| known)
}

/// `library` of `libraries`, `account` of `accounts`.
fn singular(word: &str) -> String {
    let word = word.to_lowercase();
    match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.trim_end_matches('s').to_owned(),
    }
}

/// How many letters must be put in, left out, exchanged or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let [a, b] = [a, b].map(|word| word.to_lowercase().chars().collect::<Vec<_>>());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, of_a) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, of_b) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX - 1);
            let exchanged = at(&last, j) + usize::from(of_a != of_b);
            let swapped = match j.checked_sub(1) {
                Some(k) if i > 0 && b.get(k) == Some(of_a) && a.get(i - 1) == Some(of_b) => {
                    at(&before_last, k) + 1
                }
                _ => usize::MAX,
            };
            let put_or_left = at(&last, j + 1).min(at(&row, j)) + 1;
            row.push(exchanged.min(put_or_left).min(swapped));
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_mistake_is_seen_and_another_word_is_not() {
        let known = ["serve", "status", "retry", "watched_at", "watched_at_movies", "libraries"];
        let cases = [
            ("sevre", Some("serve")),
            ("STATUS", Some("status")),
            ("stauts", Some("status")),
            ("watchd_at", Some("watched_at")),
            ("retyr", Some("retry")),
            ("", None),
            ("token", None),
            ("watched_ats", Some("watched_at")),
            ("library", Some("libraries")),
            ("éééé", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
    }
}
