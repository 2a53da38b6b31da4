//! Can a host be reached?

use crate::cli::say;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long an address may take to be reached.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// Tries every address of a URL's host; a dead one of several (often IPv6) is told, since clients
/// may spend all their time on it.
pub(super) fn reach(whose: &str, url: &str) -> usize {
    let tls = url.starts_with("https://");
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', '?']).next().unwrap_or_default();
    let with_port = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        host.to_owned()
    } else {
        format!("{host}:{}", if tls { 443 } else { 80 })
    };
    let addresses: Vec<_> = match with_port.to_socket_addrs() {
        Ok(addresses) => addresses.collect(),
        Err(error) => {
            say(format_args!("{whose}: {host} can't be found: {error}"));
            return 1;
        }
    };
    let mut dead = Vec::new();
    for address in &addresses {
        if let Err(error) = TcpStream::connect_timeout(address, PATIENCE) {
            // A host that is written as its address need not be named twice.
            let at = if address.to_string() == with_port { "" } else { &format!("at {address} ") };
            dead.push(format!("{at}({error})"));
        }
    }
    if dead.is_empty() {
        say(format_args!("{whose}: {host} can be reached"));
        return 0;
    }
    say(format_args!("{whose}: {host} does not answer {}", dead.join(", ")));
    usize::from(dead.len() == addresses.len())
}
