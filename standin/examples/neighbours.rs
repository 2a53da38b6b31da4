//! Who is beside a daemon that is measured? Three trackers, and a media server of each kind on which a
//! film plays.
//!
//! ```text
//! cargo run -p standin --example neighbours -- 400
//! ```
//!
//! The trackers know the films `Film 1` to `Film 400` by their ids, let anybody log in and take calls as fast
//! as they come. Printed is what stands in a scrobbled.toml beside them. It ends when stdin ends.

use standin::jellyfin::{self, Dialect, Jellyfin};
use standin::mdblist::{self, MdbList};
use standin::plex::{self, Library, Plex, Watch};
use standin::simkl::{self, Simkl};
use standin::trakt::{self, Catalogue, Entry, Trakt};
use standin::{Service, Time, server::Server};
use std::error::Error;
use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What plays at each media server, and for how long.
const FEATURE: &str = "Feature";
const MINUTES: u64 = 600;

#[expect(clippy::disallowed_methods, reason = "nobody has given it a clock")]
fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since.as_millis()).unwrap_or_default())
}

fn start<S: Service>(service: S) -> io::Result<Server<S>> {
    Server::start(service, "127.0.0.1:0", now)
}

fn main() -> Result<(), Box<dyn Error>> {
    let films: u64 = std::env::args().nth(1).map_or(Ok(400), |films| films.parse())?;
    let mut catalogue = Catalogue::samples();
    for film in 1..=films {
        let entry = Entry::new(&format!("Film {film}"), Some(2021)).tmdb(film);
        catalogue.add_movie(entry.imdb(&format!("tt{film:08}")).minutes(114));
    }
    let mut house = Catalogue::samples();
    house.add_movie(Entry::new(FEATURE, Some(2021)).tmdb(9_500_001).minutes(MINUTES));

    let simkl = Simkl::new(simkl::Catalogue::of(&catalogue));
    let mdblist = MdbList::new(mdblist::Catalogue::of(&catalogue));
    let (trakt, simkl, mdblist) = (start(Trakt::new(catalogue))?, start(simkl)?, start(mdblist)?);
    simkl.with(|simkl| simkl.options.calls_a_day = u32::MAX);
    mdblist.with(|mdblist| {
        mdblist.options.calls_a_day = u32::MAX;
        mdblist.options.calls_a_window = (usize::MAX, usize::MAX);
    });

    let mut plex = Plex::new(Library::of(&house));
    let watch = Watch { who: None, player: "den", what: FEATURE, from_ms: 0 };
    plex.play(&watch, now());
    let plex = start(plex)?;
    let polled = |dialect| {
        let mut server = Jellyfin::new(dialect).with(&house);
        server.play("den", "mara", FEATURE, Duration::ZERO, now());
        start(server)
    };
    let (jellyfin, emby) = (polled(Dialect::default())?, polled(Dialect::Emby)?);

    let quick = "post_interval_ms = 5";
    let (trakt, simkl, mdblist) = (trakt.url(), simkl.url(), mdblist.url());
    let (id, secret) = (trakt::CLIENT_ID, trakt::CLIENT_SECRET);
    let asked = |kind: &str, url: String, key: &str| {
        format!("[{kind}]\nurl = \"{url}\"\n{key}\nhear = true\n")
    };
    let api_key = format!("api_key = \"{}\"", jellyfin::KEY);
    let parts = [
        format!(
            "[trakt]\nclient_id = \"{id}\"\nclient_secret = \"{secret}\"\napi_url = \"{trakt}\"\n"
        ),
        format!("auth_url = \"{trakt}\"\n{quick}\n"),
        format!("[simkl]\nclient_id = \"{}\"\napi_url = \"{simkl}\"\n{quick}\n", simkl::CLIENT_ID),
        format!(
            "[mdblist]\nclient_id = \"{}\"\napi_url = \"{mdblist}\"\n{quick}\n",
            mdblist::CLIENT_ID
        ),
        asked("plex", plex.url(), &format!("token = \"{}\"", plex::TOKEN)),
        asked("jellyfin", jellyfin.url(), &api_key),
        asked("emby", emby.url(), &api_key),
        "# that is all\n".to_owned(),
    ];
    let mut out = io::stdout().lock();
    out.write_all(parts.concat().as_bytes())?;
    out.flush()?;
    io::copy(&mut io::stdin().lock(), &mut io::sink())?;
    Ok(())
}
