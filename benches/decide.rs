//! How long from a request's bytes to a decision? For each source: deciding alone, and the whole
//! way (recognise the body, parse, filter, decide).
//!
//! Each round decides on a draft that is dropped, so that all rounds see the same state: an item
//! that is playing, among a thousand others that were watched before.

#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a recording that is no event is a mistake in this file"
)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use scrobbled::config::Settings;
use scrobbled::engine::{Input, State};
use scrobbled::event::{Action, Event, Source, Time};
use scrobbled::filter::{self, FilterResult};
use scrobbled::server::body;
use scrobbled::webhook::Said;
use std::hint::black_box;

const NOW: Time = Time(1_764_000_000_000);

/// Recorded requests, as they come over the wire.
const RECORDED: [(&str, Source, &[u8]); 5] = [
    (
        "plex with picture",
        Source::Plex,
        include_bytes!("../tests/payloads/plex/movie_play.multipart.bin"),
    ),
    (
        "plex without picture",
        Source::Plex,
        include_bytes!("../tests/payloads/plex/episode_scrobble_nothumb.multipart.bin"),
    ),
    (
        "jellyfin",
        Source::Jellyfin,
        include_bytes!("../tests/payloads/jellyfin/movie_playback_start.wire.json"),
    ),
    ("emby", Source::Emby, include_bytes!("../tests/payloads/emby/movie_start.multipart.bin")),
    (
        "plex 4 KB JSON in 18 KB multipart",
        Source::Plex,
        include_bytes!("../tests/payloads/plex/movie_play.multipart.bin"),
    ),
];

fn recorded() -> impl Iterator<Item = (&'static str, Source, Vec<u8>)> {
    RECORDED.into_iter().map(|(name, source, bytes)| {
        let bytes = if name.contains("18 KB") { in_18_kb(bytes) } else { bytes.to_vec() };
        (name, source, bytes)
    })
}

/// The same with a larger cast, until its JSON has 4 KB, and a smaller picture.
fn in_18_kb(recorded: &[u8]) -> Vec<u8> {
    const CAST: &str = r#""Role":["#;
    const ACTOR: &str = r#"{"id":5532,"filter":"actor=5532","tag":"Ada Brook","role":"Nurse"},"#;
    let end = recorded.windows(4).position(|four| four == b"}}\r\n").expect("JSON") + 2;
    let (head, rest) = recorded.split_at(end);
    let mut body = String::from_utf8(head.to_vec()).expect("a form and JSON");
    while body.len() - body.find('{').expect("JSON") < 4 * 1024 {
        body = body.replacen(CAST, &format!("{CAST}{ACTOR}"), 1);
    }
    let mut body = body.into_bytes();
    body.extend(rest);
    body.truncate(18 * 1024); // a form that was cut off ends with what there is
    body
}

fn event(source: Source, body: &[u8]) -> Event {
    match body::said(source, body) {
        Ok(Said::Event(event)) => *event,
        other => panic!("a recorded playback event, not {other:?}"),
    }
}

/// A household that has watched a thousand items, and plays this one.
fn state(event: &Event, settings: &Settings) -> State {
    let mut state = State::default();
    let mut hear = |event: Event, now| {
        let mut draft = state.draft(settings);
        let _ = draft.handle(&Input::Event(Box::new(event)), now);
        draft.keep(now);
    };
    for n in 0..1_000 {
        let mut watched = event.clone();
        watched.item.key = format!("watched {n}");
        watched.item.ids.tmdb = Some(n + 1);
        watched.item.ids.tvdb = None;
        watched.item.ids.imdb = None;
        hear(watched.clone(), Time(NOW.0 + n * 60_000));
        watched.action = Action::Stop { completed: true };
        hear(watched, Time(NOW.0 + n * 60_000 + 50_000));
    }
    hear(event.clone(), Time(NOW.0 + 1_100 * 60_000));
    state
}

fn decide(c: &mut Criterion) {
    let settings = Settings::default();
    let mut group = c.benchmark_group("decide");
    for (name, source, bytes) in recorded() {
        let event = event(source, &bytes);
        let mut state = state(&event, &settings);
        let now = Time(NOW.0 + 1_101 * 60_000);
        group.bench_function(name, |b| {
            b.iter_batched(
                || Input::Event(Box::new(event.clone())),
                |input| black_box(state.draft(&settings).handle(&input, now)),
                BatchSize::SmallInput,
            );
        });
    }
}

fn from_bytes_to_decision(c: &mut Criterion) {
    let settings = Settings::default();
    let mut group = c.benchmark_group("bytes to decision");
    for (name, source, bytes) in recorded() {
        let mut state = state(&event(source, &bytes), &settings);
        let now = Time(NOW.0 + 1_101 * 60_000);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| {
                let event = event(source, black_box(&bytes));
                let kept = filter::filter(&event, &settings);
                assert_eq!(kept, FilterResult::Keep);
                black_box(state.draft(&settings).handle(&Input::Event(Box::new(event)), now))
            });
        });
    }
}

criterion_group!(benches, decide, from_bytes_to_decision);
criterion_main!(benches);
