//! What exactly was posted? Requests as files, for `explain` and for a bug report.
//!
//! Each file is one request with the few headers that matter and the JSON that was found in its
//! body, [`cleaned`] of what is nobody's business. At most [`MOST_FILES`] are kept, the oldest go,
//! and only files with a name of ours are ever removed. A request waits for its file: this is for
//! the hunt for a fault, not for every day. A file that can't be written changes nothing else.
//!
//! Not here: what is taken out of a text (`clean`), who reads the files (`cli::explain`).

mod clean;

pub use clean::cleaned;

use crate::clock::Clock;
use crate::event::{Source, Time};
use crate::server::{Received, Route, body};
use std::collections::VecDeque;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How many files are kept.
pub const MOST_FILES: usize = 1_000;
/// Most bytes of a body in a file.
pub const MOST_BODY: usize = 256 * 1024;

const ENDING: &str = ".http";

/// Keeps requests in a folder.
pub struct Capture {
    folder: PathBuf,
    files: Mutex<Files>,
}

/// The files' names, the oldest first.
#[derive(Default)]
struct Files {
    names: VecDeque<String>,
    /// Told apart by it are files of the same millisecond.
    number: usize,
    /// Whether the last one could not be written.
    in_trouble: bool,
}

impl Capture {
    /// Keeps requests in `folder`, which is made (0700) where it is missing.
    ///
    /// # Errors
    /// When the folder can't be made or read.
    pub fn open(folder: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if taken_at(&name).is_some() {
                names.push(name);
            }
        }
        names.sort_unstable();
        let files = Files { names: names.into(), ..Files::default() };
        Ok(Self { folder: folder.to_owned(), files: Mutex::new(files) })
    }

    /// Keeps a request.
    pub fn keep(&self, source: Source, received: &Received<'_>, clock: &Clock) {
        let text = file(source, received);
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.number += 1;
        let name = name(clock.now(), files.number, source);
        let written = self.write(&name, &text);
        if let Err(error) = &written
            && !files.in_trouble
        {
            log::warn!("nothing can be captured in `{}`: {error}", self.folder.display());
        }
        files.in_trouble = written.is_err();
        if written.is_ok() {
            files.names.push_back(name);
        }
        while files.names.len() > MOST_FILES {
            if let Some(oldest) = files.names.pop_front() {
                let _ = fs::remove_file(self.folder.join(oldest)); // somebody else may have
            }
        }
    }

    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let path = self.folder.join(name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())
    }
}

/// When the request in a file of this name was taken; `None` where the name is none of ours.
#[must_use]
pub fn taken_at(name: &str) -> Option<Time> {
    let (time, rest) = name.split_at_checked("2026-11-24T06-50-00.123Z".len())?;
    let (number, source) = rest.strip_prefix('-')?.strip_suffix(ENDING)?.split_once('-')?;
    let ours = number.bytes().all(|byte| byte.is_ascii_digit())
        && Source::ALL.iter().any(|known| known.word() == source);
    let (day, time) = time.split_once('T')?;
    ours.then(|| Time::from_rfc3339(&format!("{day}T{}", time.replace('-', ":"))))?
}

/// `2026-11-24T06-50-00.123Z-00007-plex.http`: sorted by name they are sorted by time.
fn name(at: Time, number: usize, source: Source) -> String {
    let at = at.to_string().replace(':', "-");
    format!("{at}-{number:05}-{}{ENDING}", source.word())
}

/// The request as a file. What is no JSON is kept as it came, as far as it is text.
fn file(source: Source, received: &Received<'_>) -> String {
    let found = body::json(received.body);
    let found = found.as_deref().unwrap_or(received.body);
    // Cleaning takes its time, and as much memory again: only what is kept is cleaned.
    let text = String::from_utf8_lossy(found.get(..MOST_BODY).unwrap_or(found));
    let mut body = cleaned(&text);
    body.truncate(body.floor_char_boundary(MOST_BODY));
    let header = |name: &str, value: Option<&str>| {
        value.map_or(String::new(), |value| format!("{name}: {}\r\n", cleaned(value)))
    };
    format!(
        "POST {}trakt HTTP/1.1\r\n{}{}Content-Length: {}\r\n\r\n{body}",
        Route::Webhook(source).path(),
        header("Content-Type", received.content_type),
        header("User-Agent", received.user_agent),
        body.len(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::HandClock;
    use std::net::{IpAddr, Ipv4Addr};
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;
    use std::time::Duration;
    use tempfile::tempdir;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder");
        let name = |entry: io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<_> =
            entries.map(|entry| name(entry).into_string().expect("a name")).collect();
        names.sort_unstable();
        names
    }

    fn received(body: &[u8]) -> Received<'_> {
        Received {
            route: Route::Webhook(Source::Plex),
            body,
            content_type: Some("multipart/form-data; boundary=X"),
            user_agent: Some("PlexMediaServer/1.43 (10.0.0.9)"),
            plex_signature: Some("c2VjcmV0"),
            hub_signature: None,
            via: None,
            peer: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)),
            page_token: false,
            session: None,
            invitation: None,
        }
    }

    fn clock() -> (Arc<HandClock>, Clock) {
        let start = Time::from_rfc3339("2026-11-24T06:50:00.123Z").expect("a time");
        let hand = HandClock::at(start);
        (hand.clone(), Clock::ByHand(hand))
    }

    #[test]
    fn a_request_becomes_a_file_for_its_owner_only() {
        let home = tempdir().expect("a folder");
        let folder = home.path().join("captured");
        let capture = Capture::open(&folder).expect("a folder");
        let body = b"--X\r\nContent-Disposition: form-data; name=payload\r\n\r\n\
            {\"event\":\"media.play\",\"Player\":{\"publicAddress\":\"203.0.113.7\"}}\r\n--X--\r\n";
        capture.keep(Source::Plex, &received(body), &clock().1);
        let names = names(&folder);
        assert_eq!(names, ["2026-11-24T06-50-00.123Z-00001-plex.http"]);
        let path = folder.join(&names[0]);
        assert_eq!(
            fs::read_to_string(&path).expect("a file"),
            "POST /webhook/plextrakt HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=X\r\n\
             User-Agent: PlexMediaServer/1.43 (removed)\r\nContent-Length: 59\r\n\r\n\
             {\"event\":\"media.play\",\"Player\":{\"publicAddress\":\"removed\"}}"
        );
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&folder)), (0o600, 0o700));
    }

    #[test]
    fn the_oldest_go_and_what_is_not_ours_stays() {
        let folder = tempdir().expect("a folder");
        let others = ["diary.txt", "2026-11-24T06-50-00.123Z-1-trakt.http"];
        for other in others {
            fs::write(folder.path().join(other), "dear diary").expect("written");
        }
        let (hand, clock) = clock();
        let most = MOST_FILES - 1;
        for round in 0..2 {
            // Opened again, it knows what it finds.
            let capture = Capture::open(folder.path()).expect("a folder");
            for _ in 0..most {
                hand.advance(Duration::from_millis(1));
                capture.keep(Source::Emby, &received(b"{}"), &clock);
            }
            let ours = names(folder.path()).len() - others.len();
            assert_eq!(ours, if round == 0 { most } else { MOST_FILES });
        }
        let times: Vec<_> = names(folder.path()).iter().filter_map(|name| taken_at(name)).collect();
        assert_eq!(times.last(), Some(&clock.now()));
        assert_eq!(clock.now().since(times[0]), Duration::from_millis(999));
    }

    #[test]
    fn a_long_body_is_cut() {
        let body = "é".repeat(MOST_BODY);
        let text = file(Source::Plex, &received(body.as_bytes()));
        assert!(text.len() < MOST_BODY + 1024, "{}", text.len());
    }

    #[test]
    fn a_full_disk_is_no_reason_to_fail() {
        let folder = tempdir().expect("a folder");
        let capture = Capture::open(folder.path()).expect("a folder");
        folder.close().expect("removed");
        capture.keep(Source::Plex, &received(b"{}"), &clock().1);
        assert!(Capture::open(Path::new("/dev/null/x")).is_err());
    }

    #[test]
    fn only_names_of_ours_have_a_time() {
        let at = Time::from_rfc3339("2026-11-24T06:50:00.123Z");
        assert_eq!(taken_at(&name(at.expect("a time"), 7, Source::Jellyfin)), at);
        for other in ["", "x.http", "2026-11-24T06-50-00.123Z-7-plex.json", "é-7-plex.http"] {
            assert_eq!(taken_at(other), None, "{other}");
        }
    }
}
