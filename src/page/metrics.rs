//! The figures as Prometheus reads them.
//!
//! Names and units follow its conventions (prometheus.io/docs/practices/naming): base units in the
//! name, `_total` for what only grows. Pure.

use crate::delivery::{AccountState, Destination};
use crate::desk::Figures;
use crate::event::{Source, Time};
use std::fmt::Write;

/// The text format's content type.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The text. `queued` is the number of events that wait to be decided.
pub(super) fn render(figures: &Figures, queued: usize, started: Time) -> String {
    let mut text = Text::default();
    let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
    text.family("scrobbled_build_info", "gauge", "The version that runs.", [(version, 1.0)]);
    text.family(
        "process_start_time_seconds",
        "gauge",
        "When the process started, since 1970.",
        [(vec![], seconds(started))],
    );
    let counts = &figures.counts;
    text.family(
        "scrobbled_verdicts_total",
        "counter",
        "Decisions about events, one for each account concerned.",
        counts.verdicts.iter().map(|((source, outcome, reason), count)| {
            let source = source.map_or("timer", Source::word);
            let labels = [("source", source), ("outcome", outcome), ("reason", reason)];
            (labels.map(|(name, value)| (name, value.to_owned())).to_vec(), number(*count))
        }),
    );
    text.family(
        "scrobbled_deliveries_total",
        "counter",
        "Deliveries, by outcome.",
        counts.deliveries.iter().map(|((to, outcome), count)| {
            let mut labels = destination(to);
            labels.push(("outcome", outcome.to_string()));
            (labels, number(*count))
        }),
    );
    text.family(
        "scrobbled_last_webhook_timestamp_seconds",
        "gauge",
        "When a media server last sent a webhook, since 1970.",
        (counts.heard.iter())
            .map(|(source, at)| (vec![("source", source.word().to_owned())], seconds(*at))),
    );
    text.family(
        "scrobbled_last_delivery_timestamp_seconds",
        "gauge",
        "When something was last delivered to a tracker, since 1970.",
        counts.delivered.iter().map(|(to, at)| (destination(to), seconds(*at))),
    );
    let all = || figures.destinations.iter();
    text.family(
        "scrobbled_account_connected",
        "gauge",
        "Whether an account is connected and its tracker accepts it.",
        all().filter(|one| !matches!(one.state, Some(AccountState::ReceiversOnly(_)))).map(|one| {
            let connected = matches!(one.state, Some(AccountState::Connected { .. }));
            (destination(&one.destination), f64::from(u8::from(connected)))
        }),
    );
    text.family(
        "scrobbled_outbox_intents",
        "gauge",
        "Entries waiting for a tracker.",
        all().map(|one| (destination(&one.destination), number(one.waiting))),
    );
    text.family(
        "scrobbled_parked_intents",
        "gauge",
        "Entries parked until a person retries or drops them.",
        all().map(|one| (destination(&one.destination), number(one.parked))),
    );
    let queued = number(u64::try_from(queued).unwrap_or(u64::MAX));
    text.family(
        "scrobbled_event_queue_length",
        "gauge",
        "Events waiting for the engine.",
        [(vec![], queued)],
    );
    let playing = number(u64::try_from(figures.playing).unwrap_or(u64::MAX));
    text.family("scrobbled_playing", "gauge", "Players in use.", [(vec![], playing)]);
    let stores = f64::from(u8::from(figures.storage.is_none()));
    text.family(
        "scrobbled_storage_ok",
        "gauge",
        "Whether everything can be stored.",
        [(vec![], stores)],
    );
    text.family(
        "scrobbled_log_lines_lost_total",
        "counter",
        "Log lines that could not be written.",
        [(vec![], number(figures.lost_lines))],
    );
    text.0
}

type Labels = Vec<(&'static str, String)>;

fn destination(Destination { account, tracker }: &Destination) -> Labels {
    vec![("account", account.clone()), ("tracker", tracker.clone())]
}

#[expect(clippy::cast_precision_loss, reason = "no count comes near 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

fn seconds(at: Time) -> f64 {
    number(at.0) / 1000.0
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn family(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Labels, f64)>,
    ) {
        // Writing to a string can't fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let labels: Vec<_> = labels
                .iter()
                .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
                .collect();
            let labels =
                if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(self.0, "{name}{labels} {value}");
        }
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Counts, DestinationFigures};

    fn alice() -> Destination {
        Destination::new("al\"ice\\", "trakt")
    }

    #[test]
    fn the_text_has_a_head_for_each_family_and_a_line_for_each_sample() {
        let figures = Figures {
            silent: std::collections::BTreeMap::new(),
            destinations: vec![DestinationFigures {
                destination: alice(),
                state: Some(AccountState::Connected { user: None }),
                waiting: 2,
                parked: 1,
                stuck_since: None,
            }],
            counts: Counts {
                verdicts: [
                    ((None, "queued".into(), "sent".into()), 1),
                    ((Some(Source::Plex), "ignored".into(), "trailer".into()), 7),
                ]
                .into(),
                deliveries: [((alice(), "delivered".into()), 3)].into(),
                heard: [(Source::Plex, Time(1_700_000_000_500))].into(),
                delivered: [].into(),
            },
            playing: 1,
            storage: Some("full".into()),
            lost_lines: 3,
        };
        let text = render(&figures, 4, Time(1_600_000_000_000));
        let samples: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            samples,
            [
                &format!("scrobbled_build_info{{version=\"{version}\"}} 1"),
                "process_start_time_seconds 1600000000",
                r#"scrobbled_verdicts_total{source="timer",outcome="queued",reason="sent"} 1"#,
                r#"scrobbled_verdicts_total{source="plex",outcome="ignored",reason="trailer"} 7"#,
                r#"scrobbled_deliveries_total{account="al\"ice\\",tracker="trakt",outcome="delivered"} 3"#,
                r#"scrobbled_last_webhook_timestamp_seconds{source="plex"} 1700000000.5"#,
                r#"scrobbled_account_connected{account="al\"ice\\",tracker="trakt"} 1"#,
                r#"scrobbled_outbox_intents{account="al\"ice\\",tracker="trakt"} 2"#,
                r#"scrobbled_parked_intents{account="al\"ice\\",tracker="trakt"} 1"#,
                "scrobbled_event_queue_length 4",
                "scrobbled_playing 1",
                "scrobbled_storage_ok 0",
                "scrobbled_log_lines_lost_total 3",
            ]
        );
        for sample in samples {
            let name = sample.split(['{', ' ']).next().unwrap_or_default();
            assert_eq!(text.matches(&format!("# TYPE {name} ")).count(), 1, "{name}");
            let counts = text.contains(&format!("# TYPE {name} counter"));
            assert_eq!(name.ends_with("_total"), counts, "{name}");
        }
    }
}
