//! At which address does a media server reach us?
//!
//! `public_url` says it; else it is the end of a connection to that server which is ours. Of some addresses
//! it can't be known from here whether they lead to us from there: that is said before anything is
//! registered.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::path::Path;

/// What is known of where we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// How media servers reach us behind a proxy, without a slash at its end; empty: it is not set.
    pub public_url: String,
    /// Where connections are accepted.
    pub listen: SocketAddr,
    /// Whether we run in a container that has a network of its own.
    pub contained: bool,
}

/// What a webhook's address begins with, as far as it is known from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// It leads to us.
    Sure(String),
    /// It leads to us only from this machine itself, not from a container on it.
    Loopback(String),
    /// It is that of our container, which may change, and which others may not reach.
    Container(String),
    /// None leads to us: we listen for this machine only, the server is elsewhere.
    Unreachable,
}

/// Where a media server reaches us to which we connect from `local`; `None`: that is not known.
#[must_use]
pub fn base(place: &Place, local: Option<IpAddr>) -> Base {
    if !place.public_url.is_empty() {
        return Base::Sure(place.public_url.clone());
    }
    let listen = place.listen.ip();
    let at = |ip: IpAddr| format!("http://{}", SocketAddr::new(ip, place.listen.port()));
    let local = local.map(|ip| ip.to_canonical());
    match local {
        Some(ip) if ip.is_loopback() && listen.is_unspecified() => Base::Loopback(at(ip)),
        Some(ip) if ip.is_loopback() && listen.is_loopback() => Base::Loopback(at(listen)),
        None | Some(_) if listen.is_loopback() => Base::Unreachable,
        None if listen.is_unspecified() => Base::Unreachable,
        None | Some(_) if !listen.is_unspecified() => of_machine(place, at(listen)),
        Some(ip) => of_machine(place, at(ip)),
        None => Base::Unreachable,
    }
}

fn of_machine(place: &Place, base: String) -> Base {
    if place.contained { Base::Container(base) } else { Base::Sure(base) }
}

/// Whether two addresses lead to the same place, whatever token stands behind their `?`.
#[must_use]
pub fn same_address(one: &str, other: &str) -> bool {
    bare(one) == bare(other)
}

/// The address without what stands behind its path, with scheme and host in small letters and the port
/// only where it is not the scheme's own.
pub(super) fn bare(address: &str) -> String {
    let address = address.trim().split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (scheme, authority) = (scheme.to_lowercase(), authority.to_lowercase());
    let own_port = if scheme == "https" { ":443" } else { ":80" };
    let authority = authority.strip_suffix(own_port).unwrap_or(&authority);
    format!("{scheme}://{authority}{}", path.trim_end_matches('/'))
}

/// The address from which this machine reaches the server at `url`; `None` where it can't be found out.
pub(super) fn local_end(url: &str) -> Option<IpAddr> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let port = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    let named = if has_port { authority.to_owned() } else { format!("{authority}:{port}") };
    named.to_socket_addrs().ok()?.find_map(|there| {
        let from: IpAddr = match there {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        own_address((from, 0).into(), there)
    })
}

/// The address from which this machine would reach `there`. A UDP socket that is connected sends
/// nothing.
#[must_use]
pub fn own_address(from: SocketAddr, there: SocketAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind(from).ok()?;
    socket.connect(there).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// This machine's name: the kernel's, or where a sandbox hides that (`ProcSubset=pid` of systemd) the
/// one in the file that it came from.
#[must_use]
pub fn host_name() -> Option<String> {
    let read = |path| std::fs::read_to_string(path).ok();
    let name = ["/proc/sys/kernel/hostname", "/etc/hostname"].into_iter().find_map(read)?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Whether we run in a container with a network of its own. Docker and Podman leave a file; one that
/// shares its machine's network sees that machine's hardware.
#[must_use]
pub fn is_contained() -> bool {
    let is_container =
        ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists());
    let interfaces = std::fs::read_dir("/sys/class/net").into_iter().flatten().flatten();
    is_container && !interfaces.into_iter().any(|it| it.path().join("device").exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(public_url: &str, listen: &str, contained: bool) -> Place {
        let listen = listen.parse().expect("an address");
        Place { public_url: public_url.into(), listen, contained }
    }

    #[test]
    fn the_address_is_the_public_one_or_our_end_of_a_connection_to_the_server() {
        let sure = |base: &str| Base::Sure(base.into());
        let loopback = |base: &str| Base::Loopback(base.into());
        let any = "0.0.0.0:8787";
        let cases = [
            (place("https://s.example/x", any, false), "10.0.0.2", sure("https://s.example/x")),
            (place("https://s.example", "127.0.0.1:8787", true), "", sure("https://s.example")),
            (place("", any, false), "192.168.1.5", sure("http://192.168.1.5:8787")),
            (place("", "[::]:8787", false), "fd00::5", sure("http://[fd00::5]:8787")),
            (place("", "[::]:8787", false), "::ffff:10.0.0.5", sure("http://10.0.0.5:8787")),
            (place("", "10.0.0.7:80", false), "192.168.1.5", sure("http://10.0.0.7:80")),
            (place("", "10.0.0.7:80", false), "", sure("http://10.0.0.7:80")),
            (place("", any, false), "127.0.0.1", loopback("http://127.0.0.1:8787")),
            (place("", "127.0.0.1:9000", false), "127.0.0.1", loopback("http://127.0.0.1:9000")),
            (place("", "127.0.0.1:9000", false), "::1", loopback("http://127.0.0.1:9000")),
            // One fixed address is reached from this machine, too.
            (place("", "10.0.0.7:80", false), "127.0.0.1", sure("http://10.0.0.7:80")),
            (place("", "127.0.0.1:9000", false), "192.168.1.5", Base::Unreachable),
            (place("", "127.0.0.1:9000", false), "", Base::Unreachable),
            (place("", any, false), "", Base::Unreachable),
            (place("", any, true), "172.18.0.3", Base::Container("http://172.18.0.3:8787".into())),
        ];
        for (place, local, expected) in cases {
            assert_eq!(base(&place, local.parse().ok()), expected, "{place:?} {local}");
        }
    }

    #[test]
    fn addresses_are_compared_by_host_port_and_path() {
        let ours = "http://192.168.1.5:8787/webhook/plextrakt?TOKEN";
        let cases = [
            ("http://192.168.1.5:8787/webhook/plextrakt?other", true),
            ("HTTP://192.168.1.5:8787/webhook/plextrakt/", true),
            ("http://192.168.1.5:8787/webhook/plextrakt?token=TOKEN#x", true),
            ("http://192.168.1.5:8788/webhook/plextrakt?TOKEN", false),
            ("https://192.168.1.5:8787/webhook/plextrakt?TOKEN", false),
            ("http://192.168.1.5:8787/webhook/Plextrakt?TOKEN", false),
            ("http://192.168.1.50:8787/webhook/plextrakt?TOKEN", false),
            ("", false),
        ];
        for (other, is_same) in cases {
            assert_eq!(same_address(ours, other), is_same, "{other}");
        }
        assert!(same_address("https://S.example:443/a", "https://s.example/a?x"));
    }

    #[test]
    fn our_end_of_a_connection_to_this_machine_is_its_loopback() {
        let loopback: Option<IpAddr> = "127.0.0.1".parse().ok();
        for url in ["http://127.0.0.1:1", "https://127.0.0.1/emby", "http://127.0.0.1:8096/x"] {
            assert_eq!(local_end(url), loopback, "{url}");
        }
        assert_eq!(local_end("nowhere"), None);
    }
}
