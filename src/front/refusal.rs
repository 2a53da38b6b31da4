//! Why is a request turned away, and how is that said?
//!
//! A refusal is one line of plain text, and the connection ends with it. It says nothing of who
//! we are; what is told before a token was shown is 400, 401, 404, 408, 429, 431 or 503.

use crate::http::chunked::Fault;
use crate::server::PostRefusal;

/// Why a request is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not HTTP, or it contradicts itself.
    Malformed(&'static str),
    /// No token, or a wrong one.
    WrongToken,
    /// The page, for who has not signed in; [`SignIn`](super::sign_in::SignIn) has the answer.
    SignIn {
        /// Whether the browser shows a cookie that it shall forget.
        forget_cookie: bool,
    },
    /// What the page asks for, for who is not signed in any more.
    SignedOut,
    /// Nothing is there.
    NotFound,
    /// The caller is known, its method is not for this path.
    MethodNotAllowed {
        /// What would be taken.
        allowed: &'static str,
    },
    /// Head or body did not come in time.
    TooSlow,
    /// A post without a word about its length.
    LengthRequired,
    /// The body is larger than a webhook is.
    TooLarge,
    /// `Expect` asks for something unknown.
    ExpectationFailed,
    /// Too many wrong tokens from there.
    TooManyWrongTokens,
    /// The head is longer than a head is.
    HeadTooLarge,
    /// Too many connections, of all or of one address.
    FullHouse,
    /// No room for a large body, or no free connection to the internal server in time.
    Busy,
    /// The connection to the internal server broke.
    NoAnswer,
}

impl Refusal {
    /// The status, its phrase, the sentence, and one more header.
    fn words(self) -> (u16, &'static str, &'static str, Option<(&'static str, &'static str)>) {
        let retry = |seconds| Some(("Retry-After", seconds));
        match self {
            Self::Malformed(why) => (400, "Bad Request", why, None),
            Self::WrongToken => {
                (401, "Unauthorized", "wrong token", Some(("WWW-Authenticate", "Bearer")))
            }
            Self::SignIn { .. } | Self::SignedOut => {
                (401, "Unauthorized", "not signed in", Some(("WWW-Authenticate", "Bearer")))
            }
            Self::NotFound => (404, "Not Found", "not found", None),
            Self::MethodNotAllowed { allowed } => {
                (405, "Method Not Allowed", "wrong method", Some(("Allow", allowed)))
            }
            Self::TooSlow => (408, "Request Timeout", "the request did not come in time", None),
            Self::LengthRequired => {
                (411, "Length Required", "a post needs Content-Length or chunks", None)
            }
            Self::TooLarge => (413, "Content Too Large", "the body is too large", None),
            Self::ExpectationFailed => {
                (417, "Expectation Failed", "only `100-continue` can be expected", None)
            }
            Self::TooManyWrongTokens => {
                (429, "Too Many Requests", "too many wrong tokens", retry("60"))
            }
            Self::HeadTooLarge => {
                (431, "Request Header Fields Too Large", "the request headers are too large", None)
            }
            Self::FullHouse => (503, "Service Unavailable", "too many connections", retry("5")),
            Self::Busy => (503, "Service Unavailable", "too busy, try again", retry("5")),
            Self::NoAnswer => (503, "Service Unavailable", "no answer, try again", retry("5")),
        }
    }

    /// Whether whoever is turned away so may be anybody who does nothing wrong: who opens the page
    /// and has not signed in yet, or has left it open until the session was over.
    #[must_use]
    pub fn is_ordinary(self) -> bool {
        matches!(self, Self::SignIn { .. } | Self::SignedOut)
    }

    /// What was wrong with a post at a webhook's address that is turned away so; `None` where it is
    /// nothing that its sender can mend.
    pub(super) fn of_post(self) -> Option<PostRefusal> {
        match self {
            Self::WrongToken | Self::TooManyWrongTokens => Some(PostRefusal::WrongToken),
            Self::MethodNotAllowed { .. } => Some(PostRefusal::WrongMethod),
            Self::TooLarge => Some(PostRefusal::TooLarge),
            Self::Malformed(_)
            | Self::TooSlow
            | Self::LengthRequired
            | Self::ExpectationFailed
            | Self::HeadTooLarge => Some(PostRefusal::Broken),
            Self::SignIn { .. }
            | Self::SignedOut
            | Self::NotFound
            | Self::FullHouse
            | Self::Busy
            | Self::NoAnswer => None,
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> u16 {
        self.words().0
    }

    /// The whole answer, as it goes over the wire.
    #[must_use]
    pub fn answer(self) -> String {
        let (status, phrase, sentence, header) = self.words();
        let header = header.map_or(String::new(), |(name, value)| format!("{name}: {value}\r\n"));
        let length = sentence.len() + 1;
        format!(
            "HTTP/1.1 {status} {phrase}\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: {length}\r\n{header}Connection: close\r\n\r\n{sentence}\n"
        )
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Malformed(why) => Self::Malformed(why),
            Fault::TooLarge => Self::TooLarge,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_one_line_and_closes() {
        assert_eq!(
            Refusal::WrongToken.answer(),
            "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: 12\r\nWWW-Authenticate: Bearer\r\nConnection: close\r\n\r\n\
             wrong token\n"
        );
        assert_eq!(
            Refusal::MethodNotAllowed { allowed: "GET, HEAD, POST" }.answer(),
            "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: 13\r\nAllow: GET, HEAD, POST\r\nConnection: close\r\n\r\nwrong method\n"
        );
    }
}
