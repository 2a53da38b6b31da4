//! Viewings, written as the table of cases writes them.
//!
//! `play 0, pause 30, (10 s) resume 30, completed 90` are webhooks with waits between them; where
//! none stands, three seconds pass. A step is
//!
//! ```text
//! [(WAIT)] [USER@] [PLAYER:] VERB [ITEM] [POSITION]
//! ```
//!
//! without a position where the server sends none. `restart` kills the daemon and starts it again.

use super::by_hand::Rig;
use super::items::Item;
use super::webhook::Webhook;
use scrobbled::event::{Source, Time};
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Duration;

/// What lies between two steps that name no wait.
const NATURAL: Duration = Duration::from_secs(3);
/// How many rows run at a time: each mostly waits.
const AT_A_TIME: usize = 3;

/// One row of a table: what is given, and what Trakt sees.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    name: String,
    sources: Vec<Source>,
    config: String,
    script: String,
    /// All calls that change something, in order; times as `+H:MM:SS` since the beginning.
    calls: Vec<String>,
    /// How many plays of everything there are in the end.
    plays: usize,
    /// For how long a scrobble makes another one of its item a 409, in seconds.
    repeat_seconds: Option<u64>,
}

pub(crate) use Source::{Emby, Jellyfin, Plex};

/// Every source can say this.
pub(crate) const ALL: &[Source] = &[Plex, Jellyfin, Emby];

/// A row for each of these sources. Plays are the calls that are plays and were not refused.
pub(crate) fn row(name: &str, sources: &[Source], script: &str, calls: &[&str]) -> Row {
    let is_play = |call: &&&str| {
        let words: Vec<&str> = call.split(' ').collect();
        let refused = call.ends_with(')');
        match words.as_slice() {
            ["stop", .., progress] => progress.parse::<f64>().is_ok_and(|p| p >= 80.0),
            ["history", ..] => !refused,
            _ => false,
        }
    };
    Row {
        name: name.to_owned(),
        sources: sources.to_vec(),
        config: String::new(),
        script: script.to_owned(),
        calls: calls.iter().map(|call| (*call).to_owned()).collect(),
        plays: calls.iter().filter(is_play).count(),
        repeat_seconds: None,
    }
}

impl Row {
    pub(crate) fn with(mut self, config: &str) -> Self {
        config.clone_into(&mut self.config);
        self
    }

    pub(crate) fn repeats_refused_for(mut self, seconds: u64) -> Self {
        self.repeat_seconds = Some(seconds);
        self
    }
}

/// Runs every row for each of its sources, and fails with all that went wrong.
#[track_caller]
pub(crate) fn check(rows: &[Row]) {
    let all = rows.iter().flat_map(|row| row.sources.iter().map(move |source| (row, *source)));
    let todo = Mutex::new(all.collect::<Vec<_>>().into_iter());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let next = todo.lock().expect("no panic").next();
                    let Some((row, source)) = next else { return };
                    let ran = catch_unwind(AssertUnwindSafe(|| differs(row, source)));
                    let ran = ran.unwrap_or_else(|_| Some("the test panicked, see above".into()));
                    if let Some(how) = ran {
                        let name = format!("{source}: {}\n  {}\n{how}", row.name, row.script);
                        wrong.lock().expect("no panic").push(name);
                    }
                }
            });
        }
    });
    super::all_good(&wrong.into_inner().expect("no panic"));
}

/// How what Trakt saw differs from what was expected.
fn differs(row: &Row, source: Source) -> Option<String> {
    let mut rig = Rig::with_config(&row.config);
    if row.repeat_seconds.is_some() {
        rig.server().with(|trakt| trakt.options.repeat_seconds = row.repeat_seconds);
    }
    let said = play(&mut rig, source, &row.script);
    let (calls, plays) = (calls(&rig), plays(&rig));
    if calls == row.calls && plays == row.plays {
        return None;
    }
    let expected = format!("  expected {:?}, {} plays\n", row.calls, row.plays);
    Some(format!("{expected}       saw {calls:?}, {plays} plays\n{said}"))
}

/// What Trakt saw, with the times as they are since the beginning.
pub(crate) fn calls(rig: &Rig) -> Vec<String> {
    rig.trakt.calls().iter().map(|call| since(rig.begin, call)).collect()
}

fn plays(rig: &Rig) -> usize {
    rig.server().with(|trakt| trakt.people().map(|(_, user)| user.history().len()).sum())
}

fn since(begin: Time, call: &str) -> String {
    let words = call.split(' ').map(|word| match Time::from_rfc3339(word) {
        Some(time) if time >= begin => {
            let seconds = time.since(begin).as_secs();
            format!("+{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
        }
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Plays a script; tells what was answered to each step.
#[track_caller]
pub(crate) fn play(rig: &mut Rig, source: Source, script: &str) -> String {
    let mut said = String::new();
    let begin = rig.now();
    for (number, step) in script.split(',').map(str::trim).enumerate() {
        let (wait, rest) = waited(step);
        let wait = wait.or((number > 0).then_some(NATURAL));
        rig.wait(wait.unwrap_or_default());
        match rest {
            "" => {}
            "restart" => rig.restart(),
            rest => {
                let webhook = Webhook { now: rig.now(), ..read(source, rest) };
                let answer = rig.daemon.post(&webhook);
                let at = rig.now().since(begin).as_secs();
                let (outcome, reason) = (&answer["outcome"], &answer["reason"]);
                let _ = writeln!(said, "    {at:>6} s {rest:<20} {outcome} {reason}");
            }
        }
    }
    rig.wait(NATURAL);
    said
}

/// `(10 s) pause 30` as a wait and the rest.
fn waited(step: &str) -> (Option<Duration>, &str) {
    let Some(inside) = step.strip_prefix('(') else { return (None, step) };
    let (span, rest) = inside.split_once(')').unwrap_or_else(|| panic!("`{step}` has no `)`"));
    let (number, unit) = span.split_once(' ').unwrap_or_else(|| panic!("`{span}` is no wait"));
    let number: u64 = number.parse().unwrap_or_else(|_| panic!("`{span}` is no wait"));
    let seconds = match unit {
        "s" => 1,
        "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => panic!("`{unit}` is no unit"),
    };
    (Some(Duration::from_secs(number * seconds)), rest.trim())
}

/// One webhook.
fn read(source: Source, step: &str) -> Webhook {
    let mut webhook = Webhook::new(source, "");
    for word in step.split_whitespace() {
        if let Some(user) = word.strip_suffix('@') {
            webhook = webhook.by(user);
        } else if let Some(player) = word.strip_suffix(':') {
            webhook = webhook.on(player);
        } else if let Some(server) = word.strip_prefix('#') {
            webhook.server = server.parse().expect("a server's number");
        } else if webhook.verb.is_empty() {
            word.clone_into(&mut webhook.verb);
        } else if let Some(item) = Item::named(word) {
            webhook.item = item;
        } else {
            webhook.number = Some(word.parse().unwrap_or_else(|_| panic!("`{word}` in `{step}`")));
        }
    }
    webhook
}
