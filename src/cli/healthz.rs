//! `scrobbled check --healthz`: is all well with the running daemon?
//!
//! For the health check of a container, in which there is no shell and no other program. It asks as
//! anybody may, over HTTP, so that it also shows whether webhooks could come in. Where that is the
//! running daemon knows best: a socket unit may have another address than the config, and a config that
//! has a mistake by now does not concern it.

use super::reach::Reach;
use super::{Failure, say};
use crate::config::{ConfigError, Loaded};
use crate::control::Request;
use crate::control::answers::Hello;
use crate::http::trust::Trust;
use crate::http::{self, Method};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

/// How long the daemon may take; shorter than Docker waits by default.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn healthz(loaded: Result<Loaded, ConfigError>) -> Result<(), Failure> {
    let known = match &loaded {
        Ok(loaded) => told_by_daemon(&loaded.settings.data_dir, loaded.path.as_deref()),
        Err(error) => told_by_daemon(&error.data_dir, Some(&error.path)),
    };
    let address = reached_at(match known {
        Some(address) => address,
        None => loaded?.settings.listen,
    });
    let request = http::Request {
        method: Method::Get,
        url: format!("http://{address}/healthz"),
        headers: Vec::new(),
        body: None,
        time_limit: PATIENCE,
        trust: Trust::default(),
    };
    let answer = http::send(&request)
        .map_err(|failure| format!("no daemon answers at {address}: {failure}"))?;
    let body = String::from_utf8_lossy(&answer.body);
    match (answer.status, body.trim_end()) {
        (200, "ok") => {
            say("ok");
            Ok(())
        }
        (503, word) => Err(format!("{word}: `scrobbled status` says what to do").into()),
        (status, _) => Err(format!(
            "what answers at {address} is not scrobbled (status {status}); `listen` has to be the \
             address of the running daemon"
        )
        .into()),
    }
}

/// Where the daemon listens, as it says itself.
fn told_by_daemon(folder: &Path, config: Option<&Path>) -> Option<SocketAddr> {
    let (mut reach, _) = Reach::running(folder, config).ok()??;
    let hello: Hello = reach.ask(&Request::Hello).ok()?;
    hello.address
}

/// Where this machine reaches a daemon that listens there.
fn reached_at(listen: SocketAddr) -> SocketAddr {
    let address = match listen.ip() {
        IpAddr::V4(all) if all.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(all) if all.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        one @ (IpAddr::V4(_) | IpAddr::V6(_)) => one,
    };
    SocketAddr::new(address, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_on_all_addresses_is_reached_on_loopback() {
        let cases = [
            ("0.0.0.0:8787", "127.0.0.1:8787"),
            ("[::]:8787", "[::1]:8787"),
            ("192.168.1.4:80", "192.168.1.4:80"),
            ("127.0.0.1:8787", "127.0.0.1:8787"),
        ];
        for (listen, expected) in cases {
            let listen: SocketAddr = listen.parse().expect("an address");
            assert_eq!(reached_at(listen).to_string(), expected);
        }
    }
}
