//! How does a media server post a webhook? Once, over plain HTTP, and never again.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// As much of an answer as is looked at.
const MOST: u64 = 64 * 1024;

/// A webhook on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Where to: `http://host:port/path?query`.
    pub url: String,
    /// Headers beside `Host`, `Content-Length` and `Connection`.
    pub headers: Vec<(String, String)>,
    /// What is said.
    pub body: Vec<u8>,
}

impl Post {
    /// Sends it, and waits for the answer.
    ///
    /// # Errors
    /// Why it did not arrive, or was not taken, as a server would put it into its log.
    pub fn send(&self) -> Result<(), String> {
        let status = self.sent().map_err(|error| error.to_string())?;
        if (200..300).contains(&status) {
            return Ok(());
        }
        Err(format!("Response status code does not indicate success: {status}."))
    }

    fn sent(&self) -> std::io::Result<u16> {
        let bad = |why: &str| std::io::Error::other(why.to_owned());
        let rest = self.url.strip_prefix("http://").ok_or_else(|| bad("Invalid URI"))?;
        let (host, target) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let named = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let address = named.to_socket_addrs()?.next().ok_or_else(|| bad("No such host"))?;
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let headers = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        let headers: String = headers.collect();
        let length = self.body.len();
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\
             Content-Length: {length}\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), &self.body].concat())?;
        let mut answer = Vec::new();
        stream.take(MOST).read_to_end(&mut answer)?;
        let text = String::from_utf8_lossy(&answer);
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.ok_or_else(|| bad("The server returned an invalid or unrecognized response."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media_server::{Fake, nobody};

    fn to(url: &str) -> Post {
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        Post { url: url.to_owned(), headers, body: b"{}".to_vec() }
    }

    #[test]
    fn it_arrives_or_says_why_not() {
        let there = Fake::says(200, "text/plain", "well");
        assert_eq!(to(&format!("{}/webhook?token=x", there.url())).send(), Ok(()));
        assert_eq!(there.asked(), ["/webhook?token=x"]);
        let refuses = Fake::says(401, "text/plain", "no");
        for (url, expected) in [
            (refuses.url(), "Response status code does not indicate success: 401."),
            (nobody(), "Connection refused"),
            ("ftp://somewhere/".to_owned(), "Invalid URI"),
        ] {
            let why = to(&url).send().expect_err(&url);
            assert!(why.contains(expected), "{url}: {why}");
        }
    }
}
