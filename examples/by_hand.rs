//! The daemon on a clock that is moved by hand, so that the hours of a viewing pass in
//! milliseconds while the shipped binary has no back door.
//!
//! ```text
//! cargo run --example by_hand -- --config scrobbled.toml --now 2026-11-23T20:00:00Z
//! ```
//!
//! It prints `listening on http://ADDR:PORT` as the binary does. Each line on stdin is answered
//! with a line `now TIME`:
//!
//! * `advance MILLISECONDS` lets time pass;
//! * `set TIME` sets the wall clock, as NTP does, while no time passes.
//!
//! It ends in order when stdin ends.

use scrobbled::clock::{Clock, HandClock};
use scrobbled::config::{self, Surroundings};
use scrobbled::daemon::Daemon;
use scrobbled::event::Time;
use scrobbled::logging;
use scrobbled::threads::Vital;
use std::error::Error;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().collect();
    let after = |name: &str| {
        let at = words.iter().position(|word| word == name)?;
        words.get(at + 1).map(String::as_str)
    };
    let now = after("--now").unwrap_or("2026-11-23T20:00:00Z");
    let hand = HandClock::at(Time::from_rfc3339(now).ok_or("--now takes a time as RFC 3339")?);
    let clock = Clock::ByHand(hand.clone());
    let loaded = config::load(after("--config").map(Path::new), &Surroundings::of_this_process())?;
    logging::start(loaded.settings.log);

    let (still, (stopped, waits)) = (hand.clone(), channel::<()>());
    let (ends, ended) = channel();
    let broken = ends.clone();
    let vital = Vital::new(move |why| {
        let _ = broken.send(Err(why)); // nobody listens when all is ending
    });
    let daemon = Daemon::start(loaded.settings.into(), &clock, &vital)?;
    thread::spawn(move || {
        let moved = hold(&hand, &clock).map_err(|error| error.to_string());
        let _ = ends.send(moved); // nobody listens when all is ending
    });
    say(&format!("listening on http://{}", daemon.address()))?;
    ended.recv()??;
    // Ending waits too, and nobody else is left who lets time pass.
    let passes = thread::spawn(move || {
        while waits.recv_timeout(Duration::from_millis(10)) == Err(RecvTimeoutError::Timeout) {
            still.advance(Duration::from_millis(10));
        }
    });
    daemon.stop();
    drop(stopped);
    let _ = passes.join();
    logging::flush();
    Ok(())
}

/// Moves the clock as stdin says, until that ends.
fn hold(hand: &HandClock, clock: &Clock) -> Result<(), Failure> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        match line.split_once(' ') {
            Some(("advance", span)) => hand.advance(Duration::from_millis(span.parse()?)),
            Some(("set", time)) => {
                hand.set(Time::from_rfc3339(time).ok_or("`set` takes a time as RFC 3339")?);
            }
            _ => return Err(format!("`{line}` is neither `advance …` nor `set …`").into()),
        }
        say(&format!("now {}", clock.now()))?;
    }
    Ok(())
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}
