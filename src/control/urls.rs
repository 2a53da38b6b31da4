//! Under which addresses can a media server reach us?

use super::Handler;
use super::answers::Urls;
use crate::connect::{host_name, own_address};
use crate::event::Source;
use crate::front::Who;
use crate::secret::Secret;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Each source's webhook URLs, the likeliest first.
pub(super) fn urls(handler: &Handler) -> Urls {
    let public_url = &handler.live.settings().public_url;
    let bases = bases(public_url, handler.address);
    let of = |source: Source| -> Vec<String> {
        let token = handler.tokens.secret(Who::Sender(source));
        let word = source.word();
        let url = |base: &String| format!("{base}/webhook/{word}trakt?{}", token.reveal());
        bases.iter().map(url).collect()
    };
    let page = handler.tokens.secret(Who::Page);
    Urls {
        plex: of(Source::Plex),
        jellyfin: of(Source::Jellyfin),
        emby: of(Source::Emby),
        metrics: bases.iter().map(|base| format!("{base}/metrics?{}", page.reveal())).collect(),
        port: handler.address.port(),
        loopback_only: public_url.is_empty() && handler.address.ip().is_loopback(),
        renewed: Vec::new(),
        stale: Vec::new(),
    }
}

/// The addresses of a sign-in link. Its token stands in the fragment, which no server sees.
pub(super) fn sign_in(handler: &Handler, token: &Secret) -> Vec<String> {
    let bases = bases(&handler.live.settings().public_url, handler.address).into_iter();
    bases.map(|base| format!("{base}/#{}", token.reveal())).collect()
}

fn bases(public_url: &str, address: SocketAddr) -> Vec<String> {
    let mut bases = Vec::new();
    if !public_url.is_empty() {
        bases.push(public_url.to_owned());
    }
    let here = |ip: IpAddr| format!("http://{}", SocketAddr::new(ip, address.port()));
    if !address.ip().is_unspecified() {
        bases.push(here(address.ip()));
        return bases;
    }
    let v4 =
        own_address((Ipv4Addr::UNSPECIFIED, 0).into(), (Ipv4Addr::new(192, 0, 2, 1), 9).into());
    let documentation = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    let v6 = own_address((Ipv6Addr::UNSPECIFIED, 0).into(), (documentation, 9).into());
    bases.extend(v4.map(here));
    if let Some(name) = host_name() {
        bases.push(format!("http://{name}:{}", address.port()));
    }
    bases.push(here(Ipv4Addr::LOCALHOST.into()));
    if address.is_ipv6() {
        bases.extend(v6.map(here));
    }
    bases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_url_comes_first_and_a_fixed_address_is_the_only_other() {
        let address = SocketAddr::from(([192, 168, 1, 5], 8787));
        assert_eq!(bases("", address), ["http://192.168.1.5:8787"]);
        assert_eq!(
            bases("https://s.example/scrobbled", address),
            ["https://s.example/scrobbled", "http://192.168.1.5:8787"]
        );
        let any = SocketAddr::from(([0, 0, 0, 0], 8787));
        assert!(bases("", any).contains(&"http://127.0.0.1:8787".to_owned()));
    }
}
