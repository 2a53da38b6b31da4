//! How is a call made while a server is connected?
//!
//! Within [`TIME_LIMIT`]; no redirect is followed, since it would carry the token elsewhere. What went
//! wrong is told in a sentence with the mend, and what is wrong with a certificate by its name.
//!
//! Not here: what an answer means (a folder for each kind).

use crate::event::Source;
use crate::http::trust::Trust;
use crate::http::{self, Answer, Failure, Method, USER_AGENT};
use std::time::Duration;

/// How long a call may take.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(10);

/// What is said where nobody answers: somebody has given the address.
pub(super) const IS_IT_RIGHT: &str = "look whether the address is right, with its port";

/// Calls `url` (encoded, with its query) with these headers and this body. An answer of whatever status
/// but a redirect is one. `trust` is whom TLS trusts there and for which kind of server that may be given;
/// without it, it is the public authorities.
///
/// # Errors
/// When nobody answers, in a sentence; none of what was sent is in it.
pub(super) fn call(
    method: Method,
    url: &str,
    trust: Option<(Source, &Trust)>,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
) -> Result<Answer, String> {
    let mut all =
        vec![("Accept", "application/json".to_owned()), ("User-Agent", USER_AGENT.to_owned())];
    all.extend(headers);
    let request = http::Request {
        method,
        url: url.to_owned(),
        headers: all,
        body,
        time_limit: TIME_LIMIT,
        trust: trust.map(|(_, trust)| trust.clone()).unwrap_or_default(),
    };
    let origin = origin(url);
    match http::send(&request) {
        Ok(answer) if (300..400).contains(&answer.status) => Err(format!(
            "{origin} sends elsewhere ({}), where no token is carried: give the address to which it leads",
            answer.status
        )),
        Ok(answer) => Ok(answer),
        Err(failure) => Err(sentence(origin, &failure, trust.map(|(kind, _)| kind))),
    }
}

/// Scheme, host and port: what stands behind them may hold a token.
pub(super) fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(host..).and_then(|rest| rest.find(['/', '?', '#']));
    end.and_then(|end| url.get(..host + end)).unwrap_or(url)
}

/// Why there is no answer, with the mend. A certificate may be given for this kind of server.
fn sentence(origin: &str, failure: &Failure, kind: Option<Source>) -> String {
    match failure {
        Failure::NotSent(why) => {
            format!("nobody answers at {origin} ({why}); {IS_IT_RIGHT}")
        }
        Failure::AnswerLost(why) => format!("{origin} gives no answer ({why}); try again"),
        Failure::Tls(fault) => {
            let fault = kind.map_or_else(
                || fault.to_string(),
                |kind| {
                    let who = if kind == Source::Emby { ", `--user NAME`" } else { "" };
                    fault.with_mend(&format!(
                        "run `scrobbled connect {}` with that address{who} and `--ca-file server.pem`",
                        kind.word()
                    ))
                },
            );
            format!("{origin} can't be trusted: {fault}")
        }
    }
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
        let told =
            call(Method::Get, &script.url("/x"), None, headers, None).expect_err("no answer");
        assert!(told.contains("sends elsewhere (302)") && !told.contains("s3cret"), "{told}");
    }
}
