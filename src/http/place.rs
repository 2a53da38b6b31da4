//! Where does a URL lead?

use super::{Failure, decoded};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Host, port and what is asked for there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// Whether TLS is spoken there.
    pub(super) is_secure: bool,
    /// Host and port as they stand in the URL.
    pub(super) authority: &'a str,
    pub(super) host: &'a str,
    pub(super) port: u16,
    /// Path and query; what a request line can't hold is encoded.
    pub(super) path: String,
}

impl<'a> Place<'a> {
    /// # Errors
    /// Where it leads to no web server, or through a login in the URL.
    pub(super) fn of(url: &'a str) -> Result<Self, Failure> {
        Self::read(url).ok_or_else(|| {
            let why = match without_login(url) {
                Some(_) => "a name and a password in a URL are not sent there",
                None => "the URL leads nowhere",
            };
            Failure::NotSent(why.to_owned())
        })
    }

    fn read(url: &'a str) -> Option<Self> {
        let (scheme, authority, path) = parts(url)?;
        let is_secure = scheme.eq_ignore_ascii_case("https");
        if !is_secure && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                (host, port.strip_prefix(':'))
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let default = if is_secure { 443 } else { 80 };
        let port = port.map_or(Some(default), |port| port.parse().ok())?;
        let is_plain = authority.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@');
        (is_plain && !host.is_empty()).then(|| Self {
            is_secure,
            authority,
            host,
            port,
            path: line(path),
        })
    }
}

/// `url` without the name and the password in it, and these as HTTP Basic has them (RFC 7617).
pub(super) fn without_login(url: &str) -> Option<(String, String)> {
    let (scheme, authority, path) = parts(url)?;
    let (login, host) = authority.rsplit_once('@')?;
    let (name, password) = login.split_once(':').unwrap_or((login, ""));
    let both = [&decoded(name.as_bytes())[..], b":", &decoded(password.as_bytes())].concat();
    Some((format!("{scheme}://{host}{path}"), format!("Basic {}", STANDARD.encode(both))))
}

/// Scheme, authority, and path with query of a URL.
fn parts(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    Some((scheme, authority, path))
}

/// `path` as it stands in a request line.
fn line(path: &str) -> String {
    let start = if path.starts_with('/') { "" } else { "/" };
    path.chars().fold(start.to_owned(), |mut line, c| {
        if c.is_ascii_graphic() {
            line.push(c);
        } else {
            line += &super::encoded(c.encode_utf8(&mut [0; 4]));
        }
        line
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lead_where_they_say() {
        let place = |is_secure, authority, host, port, path: &str| {
            Some(Place { is_secure, authority, host, port, path: path.to_owned() })
        };
        for (url, expected) in [
            ("http://nas:32400/:/x", place(false, "nas:32400", "nas", 32400, "/:/x")),
            ("HTTPS://nas/base/x?a", place(true, "nas", "nas", 443, "/base/x?a")),
            ("http://[::1]:81/", place(false, "[::1]:81", "::1", 81, "/")),
            ("http://[::1]/", place(false, "[::1]", "::1", 80, "/")),
            ("http://nas", place(false, "nas", "nas", 80, "/")),
            ("http://nas:81?a", place(false, "nas:81", "nas", 81, "/?a")),
            ("http://nas/a b\r\nX: ü", place(false, "nas", "nas", 80, "/a%20b%0D%0AX:%20%C3%BC")),
            ("http://nas:x/", None),
            ("http:///x", None),
            ("ftp://nas/", None),
            ("http://n as/", None),
            ("http://münchen/", None),
            ("http://mara:word@nas/", None),
        ] {
            assert_eq!(Place::of(url).ok(), expected, "{url}");
        }
    }

    #[test]
    fn a_login_in_a_url_is_taken_out_of_it() {
        for (url, expected) in [
            ("https://mara:word@ntfy:443/x@y", Some(("https://ntfy:443/x@y", "mara:word"))),
            ("http://mara@nas?a", Some(("http://nas?a", "mara:"))),
            ("http://m%40ra:a:b%2Fc+d@nas", Some(("http://nas", "m@ra:a:b/c+d"))),
            ("http://:word@nas/", Some(("http://nas/", ":word"))),
            ("http://nas/?who=mara:word@x", None),
            ("nowhere", None),
        ] {
            let expected = expected
                .map(|(url, login)| (url.to_owned(), format!("Basic {}", STANDARD.encode(login))));
            assert_eq!(without_login(url), expected, "{url}");
        }
    }

    #[test]
    fn a_login_that_nobody_took_out_is_told_from_a_url_that_leads_nowhere() {
        let why = |url| Place::of(url).expect_err("no place").to_string();
        assert!(why("http://mara:word@nas/").ends_with("are not sent there"));
        assert!(why("nowhere").ends_with("leads nowhere"));
    }
}
