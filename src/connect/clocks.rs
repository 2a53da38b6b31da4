//! Does the clock of a media server go as ours does? What it plays is dated by one of the two.

use crate::event::Time;
use std::time::Duration;

/// Clocks that differ by no more than this are the same.
const SAME: Duration = Duration::from_secs(60);

/// That the clock of the server at `url` shows `there` while ours shows `here`, where that is a fault; it
/// may not say what it shows.
pub(super) fn apart(url: &str, here: Time, there: Option<Time>) -> Option<String> {
    let there = there?;
    let apart = here.since(there).max(there.since(here));
    let (minutes, which) =
        (apart.as_secs().div_ceil(60), if there > here { "ahead of" } else { "behind" });
    (apart > SAME).then(|| {
        format!("the clock of {url} is {minutes} minutes {which} this machine's; set the one that is wrong")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_apart_are_told() {
        let here = Time(1_795_550_400_000);
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        let cases = [
            (None, None),
            (Some(here), None),
            (Some(here.after(minutes(1))), None),
            (Some(here.before(minutes(1))), None),
            (Some(here.after(minutes(180))), Some("180 minutes ahead of")),
            (Some(here.before(Duration::from_secs(61))), Some("2 minutes behind")),
        ];
        for (there, expected) in cases {
            let expected = expected.map(|how| {
                format!(
                    "the clock of http://nas is {how} this machine's; set the one that is wrong"
                )
            });
            assert_eq!(apart("http://nas", here, there), expected);
        }
    }
}
