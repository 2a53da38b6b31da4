//! What records prove, as a table, and as a property.

use super::*;
use proptest::prelude::*;

const HOUR: u64 = 3_600_000;
const NOW: Time = Time(1_795_000_000_000);

#[test]
fn a_play_is_what_is_proven() {
    let hours = |ago: u64| NOW.before(Duration::from_millis(ago * HOUR));
    let film =
        Kept { played: true, position: false, began: Some(hours(10)), runtime_ms: Some(2 * HOUR) };
    let stop = |ago| Witness { stop: Some((9, hours(ago))), ..Witness::default() };
    let (none, whole) = (Witness::default(), Witness { is_whole: true, ..Witness::default() });
    let date = |ago| Ok((hours(ago), Evidence::Date));
    let stopped = |ago| Ok((hours(ago), Evidence::Stop(9)));
    let rest = |at, since, lacks: u64| {
        let by = Evidence::Rest { stop: 9, since: hours(since), lacks_ms: lacks * 60_000 };
        Ok((hours(at), by))
    };
    let part_before = |parts: Vec<(u64, u64)>| {
        let before = parts.into_iter().map(|(from, to)| (hours(from), hours(to))).collect();
        Witness { before, ..stop(9) }
    };
    for (name, kept, witness, before_12, from_12) in [
        ("the date alone", film, &none, date(8), Err(Unproven::Unwitnessed)),
        ("a stop at its end", film, &stop(8), stopped(8), stopped(8)),
        ("a stop half-way", film, &stop(9), stopped(9), rest(9, 10, 36)),
        (
            "one more part in the log",
            film,
            &part_before(vec![(15, 14)]),
            stopped(9),
            rest(9, 15, 0),
        ),
        (
            "one that was watched to its end",
            film,
            &part_before(vec![(20, 18)]),
            stopped(9),
            rest(9, 10, 36),
        ),
        (
            "in parts to its end, and begun again",
            film,
            &part_before(vec![(30, 29), (28, 27), (20, 19)]),
            stopped(9),
            rest(9, 20, 0),
        ),
        (
            "given up after eleven minutes",
            film,
            &Witness {
                stop: Some((9, hours(10).after(Duration::from_secs(11 * 60)))),
                ..none.clone()
            },
            Ok((hours(10).after(Duration::from_secs(11 * 60)), Evidence::Stop(9))),
            Err(Unproven::Unwitnessed),
        ),
        ("a stop long after it", film, &stop(1), stopped(1), stopped(1)),
        ("a tick", film, &whole, Err(Unproven::Marked), Err(Unproven::Unwitnessed)),
        (
            "begun in the log",
            film,
            &Witness { start: true, ..whole.clone() },
            date(8),
            Err(Unproven::Unwitnessed),
        ),
        (
            "not played",
            Kept { played: false, ..film },
            &stop(8),
            Err(Unproven::Unfinished),
            Err(Unproven::Unfinished),
        ),
        (
            "a position",
            Kept { position: true, ..film },
            &stop(8),
            Err(Unproven::Unfinished),
            Err(Unproven::Unfinished),
        ),
        (
            "no date",
            Kept { began: None, ..film },
            &stop(8),
            Err(Unproven::Undated),
            Err(Unproven::Undated),
        ),
        (
            "no runtime",
            Kept { runtime_ms: None, ..film },
            &stop(8),
            Err(Unproven::Endless),
            Err(Unproven::Endless),
        ),
        (
            "a runtime of 0",
            Kept { runtime_ms: Some(0), ..film },
            &stop(8),
            Err(Unproven::Endless),
            Err(Unproven::Endless),
        ),
        (
            "begun an hour ago",
            Kept { began: Some(hours(1)), ..film },
            &none,
            Err(Unproven::Playing),
            Err(Unproven::Unwitnessed),
        ),
        (
            "begun an hour ago and stopped",
            Kept { began: Some(hours(1)), ..film },
            &stop(0),
            stopped(0),
            rest(0, 1, 36),
        ),
        ("a stop before it", film, &stop(11), date(8), Err(Unproven::Unwitnessed)),
    ] {
        assert_eq!(proof(kept, witness, false, NOW), before_12, "{name}, before 12");
        assert_eq!(proof(kept, witness, true, NOW), from_12, "{name}, from 12 on");
    }
}

proptest! {
    /// Nothing is a play without a date, a runtime and `Played`, nor in the time to come; and where
    /// `Played` outlives a start, without a stop that is late enough.
    #[test]
    fn no_play_is_invented(
        played: bool,
        position: bool,
        began in prop::option::of(0_u64..40 * HOUR),
        runtime_ms in prop::option::of(0_u64..5 * HOUR),
        stop in prop::option::of(0_u64..40 * HOUR),
        parts in prop::collection::vec((40 * HOUR..80 * HOUR, 0_u64..3 * HOUR), 0..4),
        start: bool,
        is_whole: bool,
        from_12: bool,
    ) {
        let ago = |ms| NOW.before(Duration::from_millis(ms));
        let kept = Kept { played, position, began: began.map(ago), runtime_ms };
        let before = parts.iter().map(|(from, length)| (ago(*from), ago(from - length))).collect();
        let witness = Witness { stop: stop.map(|ms| (1, ago(ms))), start, is_whole, before };
        if let Ok((at, by)) = proof(kept, &witness, from_12, NOW) {
            let (began, runtime) = (kept.began.expect("a date"), runtime_ms.expect("a runtime"));
            prop_assert!(played && !position && runtime > 0);
            prop_assert!(at <= NOW && at >= began.min(NOW));
            match by {
                Evidence::Stop(_) => prop_assert_eq!(Some(at), stop.map(ago)),
                Evidence::Date => prop_assert!(!from_12 && (start || !is_whole)),
                Evidence::Rest { since, lacks_ms, .. } => {
                    prop_assert!(from_12 && since <= began && Some(at) == stop.map(ago));
                    let shown = parts.iter().fold(at.since(began), |all, (_, length)| {
                        all + Duration::from_millis(*length)
                    });
                    let all = shown.as_millis() + u128::from(lacks_ms);
                    prop_assert!(all >= u128::from(runtime / 5 * 4), "{shown:?} and {lacks_ms} ms");
                }
                Evidence::Row(_) => prop_assert!(false),
            }
            if from_12 && matches!(by, Evidence::Stop(_)) {
                prop_assert!(at.since(began).as_millis() >= u128::from(runtime / 5 * 4));
            }
        }
    }
}
