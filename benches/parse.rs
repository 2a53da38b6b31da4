//! How long does it take from a request body to what it says?
//!
//! `cargo bench --bench parse`. The bodies are the recorded payloads; `plex/18 KB with picture` is
//! a Plex JSON of 4 KB in a form of 18 KB.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use scrobbled::event::Source;
use scrobbled::server::body;
use scrobbled::webhook;
use serde_json::Value;
use std::hint::black_box;

const PLEX: &[u8] = include_bytes!("../tests/payloads/plex/movie_play.json");
const PLEX_PICTURE: &[u8] = include_bytes!("../tests/payloads/plex/movie_play.multipart.bin");
const PLEX_BARE: &[u8] =
    include_bytes!("../tests/payloads/plex/episode_scrobble_nothumb.multipart.bin");
const JELLYFIN: &[u8] = include_bytes!("../tests/payloads/jellyfin/movie_playback_start.wire.json");
const JELLYFIN_FORM: &[u8] =
    include_bytes!("../tests/payloads/jellyfin/movie_playback_start.genericform.txt");
const SHEMANAEV: &[u8] =
    include_bytes!("../tests/payloads/jellyfin/thirdparty_shemanaev_stop.json");
const BROKEN: &[u8] = include_bytes!("../tests/payloads/jellyfin/template_broken_body.txt");
const EMBY: &[u8] = include_bytes!("../tests/payloads/emby/movie_start.multipart.bin");
const EMBY_FORM: &[u8] = include_bytes!("../tests/payloads/emby/movie_start.urlencoded.txt");

fn bodies(c: &mut Criterion) {
    let large = form(&compact_of(4 * 1024), 18 * 1024);
    let cases: &[(&str, Source, &[u8])] = &[
        ("plex/18 KB with picture", Source::Plex, &large),
        ("plex/24 KB with picture", Source::Plex, PLEX_PICTURE),
        ("plex/without picture", Source::Plex, PLEX_BARE),
        ("plex/JSON, pretty", Source::Plex, PLEX),
        ("jellyfin/JSON", Source::Jellyfin, JELLYFIN),
        ("jellyfin/form", Source::Jellyfin, JELLYFIN_FORM),
        ("jellyfin/shemanaev", Source::Jellyfin, SHEMANAEV),
        ("jellyfin/broken template", Source::Jellyfin, BROKEN),
        ("emby/multipart", Source::Emby, EMBY),
        ("emby/urlencoded", Source::Emby, EMBY_FORM),
    ];
    let mut group = c.benchmark_group("said");
    for (name, source, bytes) in cases {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), bytes, |b, bytes| {
            b.iter(|| body::said(*source, black_box(bytes)));
        });
    }
    group.finish();

    let mut group = c.benchmark_group("plex, 4 KB in 18 KB");
    let json = compact_of(4 * 1024);
    group.bench_function("body::json", |b| b.iter(|| body::json(black_box(&large))));
    group.bench_function("parse", |b| {
        b.iter(|| webhook::parse(Source::Plex, black_box(json.as_bytes())));
    });
    group.finish();
}

/// The recorded film as Plex sends it, without blanks, brought to `size` by a long tagline.
fn compact_of(size: usize) -> String {
    let mut json: Value = serde_json::from_slice(PLEX).unwrap_or_default();
    let missing = size.saturating_sub(json.to_string().len());
    if let Some(tagline) = json.pointer_mut("/Metadata/tagline") {
        *tagline = "x".repeat(missing).into();
    }
    json.to_string()
}

/// A form like Plex's, of `size` bytes: the JSON, then noise for a picture.
fn form(json: &str, size: usize) -> Vec<u8> {
    let boundary = "--------------------------p7Qk2VnX4rLw9TzB1sYdHc";
    let mut form = format!(
        "{boundary}\r\nContent-Disposition: form-data; name=\"payload\"\r\n\
         Content-Type: application/json\r\n\r\n{json}\r\n{boundary}\r\n\
         Content-Disposition: form-data; name=\"thumb\"; filename=\"thumb.jpg\"\r\n\
         Content-Type: image/jpeg\r\n\r\n"
    )
    .into_bytes();
    let end = format!("\r\n{boundary}--\r\n");
    let mut noise = 0x2545_F491_u32;
    while form.len() + end.len() < size {
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        form.extend(noise.to_le_bytes());
    }
    form.extend(end.into_bytes());
    form
}

criterion_group!(benches, bodies);
criterion_main!(benches);
