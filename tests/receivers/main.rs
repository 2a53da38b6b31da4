//! The real daemon and programs that are told of plays.

#![cfg(test)]

#[path = "../daemon/mod.rs"]
mod daemon;
mod docs;
mod events;
mod raw;
mod shown;
mod shows;

use daemon::Scrobbled;
use scrobbled::clock::Clock;
use serde_json::Value;
use standin::receiver::{Receiver, Server};

/// What stands in an address and must be seen nowhere.
const HUSH: &str = "hush-5b1d";

fn listening(receiver: Receiver) -> Server {
    let now = || standin::Time(Clock::Machine.now().0);
    Server::start(receiver, "127.0.0.1:0", now).expect("a port for a receiver")
}

/// A `[[receiver]]` at this server with more keys.
fn at(server: &Server, name: &str, keys: &str) -> String {
    format!("[[receiver]]\nname = '{name}'\nurl = '{}/{HUSH}?key={HUSH}'\n{keys}\n", server.url())
}

/// How the first receiver is, as `status --json` tells it.
fn first(daemon: &Scrobbled) -> Value {
    daemon.quick_status()["receivers"][0].clone()
}

fn state(daemon: &Scrobbled) -> String {
    first(daemon)["state"].as_str().expect("a word").to_owned()
}
