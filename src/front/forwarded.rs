//! Who is it really, when a proxy stands between?
//!
//! `X-Forwarded-For` is believed only from a trusted proxy, and only as far as the chain of trusted
//! proxies reaches: the rightmost address that is none of them is the
//! client's. Whatever stands left of it, the client may have written itself.

use super::head::Head;
use crate::config::Network;
use std::net::{IpAddr, SocketAddr};

/// Whether `address` is a trusted proxy's.
pub(super) fn is_trusted(address: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(address))
}

/// The address of who made the request with this head, as far as it can be known, when `peer` sent
/// it to us.
pub(super) fn client(head: &Head<'_, '_>, peer: IpAddr, trusted: &[Network]) -> IpAddr {
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let mut address = peer;
    let hops = head.values("x-forwarded-for").rev().flat_map(|value| value.rsplit(|b| *b == b','));
    for hop in hops {
        let Some(hop) = address_of(hop) else { break };
        address = hop;
        if !is_trusted(hop, trusted) {
            break;
        }
    }
    address
}

/// Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`.
fn address_of(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok();
    Some(address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))?.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::head;

    #[test]
    fn the_rightmost_stranger_is_the_client() {
        let trusted = ["10.0.0.0/8", "::1"].map(|text| Network::parse(text).expect("a network"));
        let cases = [
            ("192.0.2.9", "X-Forwarded-For: 1.2.3.4\r\n", "192.0.2.9"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "X-Forwarded-For: 1.2.3.4\r\n", "1.2.3.4"),
            ("10.0.0.1", "X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.0.0.2\r\n", "1.2.3.4"),
            ("10.0.0.1", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 1.2.3.4\r\n", "1.2.3.4"),
            ("10.0.0.1", "X-Forwarded-For: 1.2.3.4, unknown\r\n", "10.0.0.1"),
            ("10.0.0.1", "X-Forwarded-For: 10.0.0.3\r\n", "10.0.0.3"),
            ("::1", "X-Forwarded-For: 1.2.3.4:5678\r\n", "1.2.3.4"),
            ("::1", "X-Forwarded-For: [2001:db8::1]:80\r\n", "2001:db8::1"),
            ("::1", "X-Forwarded-For: [2001:db8::1]\r\n", "2001:db8::1"),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .filter_map(|(peer, headers, expected)| {
                let text = format!("GET / HTTP/1.1\r\n{headers}\r\n");
                let mut room = head::room();
                let head = head::parse(text.as_bytes(), &mut room).expect("a head");
                let got = client(&head, peer.parse().expect("a peer"), &trusted);
                (got.to_string() != *expected).then(|| format!("{peer} {headers:?}: {got}"))
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
