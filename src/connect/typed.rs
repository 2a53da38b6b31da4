//! Which addresses may somebody mean who types one, or pastes it from a browser?

/// Where Jellyfin and Emby listen unless told otherwise, without and with TLS.
const PORTS: (u16, u16) = (8096, 8920);

/// The addresses of a Jellyfin or an Emby that may be meant, at least one, the likeliest first; without a
/// slash at their end, and with the path that was given.
///
/// # Errors
/// When it can be no address, with one as it should be.
pub(super) fn may_be_meant(typed: &str) -> Result<Vec<String>, String> {
    let plain = typed.trim().split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = match plain.split_once("://") {
        Some((scheme, rest)) => (scheme.to_lowercase(), rest),
        None => (String::new(), plain),
    };
    // People copy what stands in the browser.
    let rest = rest.trim_end_matches('/');
    let rest = rest.strip_suffix("/index.html").unwrap_or(rest);
    let rest = rest.strip_suffix("/web").unwrap_or(rest).trim_end_matches('/');
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_plain = |letter: char| !letter.is_whitespace() && !letter.is_control();
    let is_address = !host.is_empty() && !host.contains('@') && rest.chars().all(is_plain);
    let port = host.rsplit(']').next().and_then(|after| after.rsplit_once(':'));
    let is_port = |(name, port): (&str, &str)| {
        !name.contains(':') && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    let (has_port, is_address) = (port.is_some(), is_address && port.is_none_or(is_port));
    match (scheme.as_str(), has_port) {
        ("http" | "https", _) if is_address => Ok(vec![format!("{scheme}://{rest}")]),
        ("", true) if is_address => Ok(vec![format!("http://{rest}"), format!("https://{rest}")]),
        ("", false) if is_address => Ok(vec![
            format!("http://{host}:{}{path}", PORTS.0),
            format!("https://{rest}"),
            format!("https://{host}:{}{path}", PORTS.1),
            format!("http://{rest}"),
        ]),
        _ => Err(format!(
            "`{typed}` is no address of a media server; it looks like http://192.168.1.5:8096, or \
             https://films.example.net/jellyfin"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_people_give_it() {
        let cases: [(&str, &[&str]); 12] = [
            ("http://nas:8096", &["http://nas:8096"]),
            ("HTTPS://films.example.net/jellyfin/", &["https://films.example.net/jellyfin"]),
            ("http://nas:8096/emby/", &["http://nas:8096/emby"]),
            ("http://nas:8096/web/index.html#!/home.html", &["http://nas:8096"]),
            ("http://nas/jellyfin/web/#/dashboard?x=1", &["http://nas/jellyfin"]),
            (" nas:8096 ", &["http://nas:8096", "https://nas:8096"]),
            ("nas:8096/web/", &["http://nas:8096", "https://nas:8096"]),
            ("nas", &["http://nas:8096", "https://nas", "https://nas:8920", "http://nas"]),
            (
                "nas/media",
                &[
                    "http://nas:8096/media",
                    "https://nas/media",
                    "https://nas:8920/media",
                    "http://nas/media",
                ],
            ),
            (
                "[fd00::5]",
                &[
                    "http://[fd00::5]:8096",
                    "https://[fd00::5]",
                    "https://[fd00::5]:8920",
                    "http://[fd00::5]",
                ],
            ),
            ("[fd00::5]:80", &["http://[fd00::5]:80", "https://[fd00::5]:80"]),
            ("http://nas/x/web", &["http://nas/x"]),
        ];
        for (typed, expected) in cases {
            assert_eq!(may_be_meant(typed).expect(typed), expected, "{typed}");
        }
        for typed in [
            "",
            "http://",
            "ftp://nas",
            "http://mara:pw@nas",
            "http://n as",
            "nas:x",
            "http://nas:0",
            "nas:80961",
            "http://nas:",
            "fd00::5",
            "[fd00::5]:x",
        ] {
            let told = may_be_meant(typed).expect_err(typed);
            assert!(told.contains("is no address of a media server"), "{told}");
        }
    }
}
