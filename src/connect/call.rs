//! How is a call made while a server is connected?
//!
//! Within [`TIME_LIMIT`]; no redirect is followed, since it would carry the token elsewhere. What went
//! wrong is told in a sentence with the mend, and what is wrong with a certificate by its name.
//!
//! Not here: what an answer means (a folder for each kind).

use crate::http::{self, Answer, Failure, Method, USER_AGENT};
use std::time::Duration;

/// How long a call may take.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(10);

/// What is said where nobody answers: somebody has given the address.
pub(super) const IS_IT_RIGHT: &str = "is the address right, with its port?";

/// Calls `url` (encoded, with its query) with these headers and this body. An answer of whatever status
/// but a redirect is one.
///
/// # Errors
/// When nobody answers, in a sentence; none of what was sent is in it.
pub(super) fn call(
    method: Method,
    url: &str,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
) -> Result<Answer, String> {
    let mut all =
        vec![("Accept", "application/json".to_owned()), ("User-Agent", USER_AGENT.to_owned())];
    all.extend(headers);
    let request =
        http::Request { method, url: url.to_owned(), headers: all, body, time_limit: TIME_LIMIT };
    let origin = origin(url);
    match http::send(&request) {
        Ok(answer) if (300..400).contains(&answer.status) => Err(format!(
            "{origin} sends elsewhere ({}), where no token is carried: give the address to which it leads",
            answer.status
        )),
        Ok(answer) => Ok(answer),
        Err(failure) => Err(sentence(origin, &failure)),
    }
}

/// Scheme, host and port: what stands behind them may hold a token.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(host..).and_then(|rest| rest.find(['/', '?', '#']));
    end.and_then(|end| url.get(..host + end)).unwrap_or(url)
}

/// Why there is no answer, with the mend.
fn sentence(origin: &str, failure: &Failure) -> String {
    let (Failure::NotSent(why) | Failure::AnswerLost(why)) = failure;
    match tls_fault(why) {
        Some(fault) => format!("{origin} can't be trusted: {fault}"),
        None => match failure {
            Failure::NotSent(why) => {
                format!("nobody answers at {origin} ({why}); {IS_IT_RIGHT}")
            }
            Failure::AnswerLost(why) => format!("{origin} gives no answer ({why}); try again"),
        },
    }
}

/// What is wrong with a server's certificate, by the name that rustls has for it.
fn tls_fault(why: &str) -> Option<&'static str> {
    let faults = [
        (
            "UnknownIssuer",
            "its certificate is signed by nobody known, perhaps by itself (UnknownIssuer); use its \
             http:// address inside your own network, or give it a certificate of a public authority, by \
             a proxy such as Caddy for example",
        ),
        (
            "CaUsedAsEndEntity",
            "its certificate is one that signs others (CaUsedAsEndEntity), as self-signed ones often \
             are; use its http:// address inside your own network, or give it a certificate of a public \
             authority",
        ),
        (
            "NotValidForName",
            "its certificate is for another name (NotValidForName); give the address with the name that \
             the certificate has",
        ),
        (
            "Expired",
            "its certificate is out of date, or the clock of this machine is wrong (Expired); renew it, \
             or set the clock",
        ),
        (
            "NotValidYet",
            "its certificate is not valid yet, or the clock of this machine is wrong (NotValidYet); set \
             the clock",
        ),
        ("invalid peer certificate", "its certificate can't be checked; renew it"),
        (
            "corrupt message",
            "it does not speak TLS at that port (corrupt message); use http:// there, or another port",
        ),
    ];
    faults.into_iter().find(|(name, _)| why.contains(name)).map(|(_, fault)| fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::scripted::{Script, answer};

    #[test]
    fn what_stands_behind_the_host_is_not_told() {
        for (url, expected) in [
            ("http://nas:32400/x?X-Plex-Token=T", "http://nas:32400"),
            ("https://plex.tv?T", "https://plex.tv"),
            ("http://nas", "http://nas"),
        ] {
            assert_eq!(origin(url), expected, "{url}");
        }
    }

    #[test]
    fn a_redirect_is_no_answer_and_carries_no_token() {
        let script = Script::start(vec![("GET", answer(302, ""))]);
        let headers = vec![("X-Plex-Token", "s3cret".to_owned())];
        let told = call(Method::Get, &script.url("/x"), headers, None).expect_err("no answer");
        assert!(told.contains("sends elsewhere (302)") && !told.contains("s3cret"), "{told}");
    }

    #[test]
    fn a_fault_of_a_certificate_is_told_by_its_name_with_the_mend() {
        let cases = [
            ("invalid peer certificate: UnknownIssuer", "(UnknownIssuer); use its http:// address"),
            (
                "invalid peer certificate: certificate not valid for name \"nas\"; NotValidForName",
                "(NotValidForName)",
            ),
            ("invalid peer certificate: Expired", "set the clock"),
            ("received corrupt message of type InvalidContentType", "does not speak TLS"),
            ("connection refused", "nobody answers at http://nas"),
        ];
        for (why, part) in cases {
            let told = sentence("http://nas", &Failure::NotSent(why.to_owned()));
            assert!(told.contains(part), "{told}");
        }
    }
}
