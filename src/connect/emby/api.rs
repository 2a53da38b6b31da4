//! How is Emby asked for what only an administrator may see and do?
//!
//! <https://dev.emby.media>. A refusal is told apart from a fault of the server's, whose body says why.

use crate::connect::call::call;
use crate::connect::connection::Connection;
use crate::connect::talk::Ended;
use crate::event::Source;
use crate::http::trust::Trust;
use crate::http::{Answer, Method, encoded};
use crate::secret::Secret;
use serde_json::{Value, json};
use std::fmt;

/// How many of a list are asked for at once.
const PAGE: usize = 100;
/// How many pages a list has at most; a household's has one.
const MOST_PAGES: usize = 50;
/// How much of a reason is told.
const MOST_WHY: usize = 200;

/// Emby, and as whom it is asked.
pub(super) struct Api {
    url: String,
    trust: Trust,
    token: Secret,
}

/// Why there is no answer that could be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nobody answered, in a sentence.
    Silent(String),
    /// The token is not taken.
    Refused,
    /// Whose token it is may not do that.
    Forbidden,
    /// Another status, with the reason that Emby gives, or what was asked for it.
    Status(u16, String),
    /// Something that this is not an answer to.
    Strange(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent(why) => f.write_str(why),
            Self::Refused => f.write_str("Emby does not take the key any more"),
            Self::Forbidden => f.write_str(
                "Emby takes the key, but it is the token of somebody who is no administrator",
            ),
            Self::Status(status, why) => {
                write!(f, "Emby answers with an error ({status}: {why}); look into its log")
            }
            Self::Strange(what) => {
                write!(f, "Emby answers to {what} with something that is not understood here")
            }
        }
    }
}

impl Fault {
    /// As the end of a conversation.
    pub(super) fn ended(self) -> Ended {
        Ended::Failed(self.into())
    }
}

impl From<Fault> for String {
    fn from(fault: Fault) -> Self {
        fault.to_string()
    }
}

impl Api {
    /// Asks what is connected with a key or a person's token.
    pub(super) fn new(of: &Connection, token: &Secret) -> Self {
        Self { url: of.url.clone(), trust: of.trust.clone(), token: token.clone() }
    }

    /// What stands at `path` (encoded, with its query).
    pub(super) fn get(&self, path: &str) -> Result<Value, Fault> {
        let answer = self.call(Method::Get, path, None)?;
        answer.json().ok_or_else(|| Fault::Strange(bare(path)))
    }

    /// Sends an object, or nothing.
    pub(super) fn post(&self, path: &str, body: Option<&Value>) -> Result<(), Fault> {
        self.call(Method::Post, path, body).map(drop)
    }

    /// Removes what stands at `path`; also gone is what was gone before.
    pub(super) fn delete(&self, path: &str) -> Result<(), Fault> {
        match self.call(Method::Delete, path, None) {
            Ok(_) | Err(Fault::Status(404, _)) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// The whole of a list that comes in pages, whose size is the server's choice.
    pub(super) fn list(&self, path: &str) -> Result<Vec<Value>, Fault> {
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let start = all.len();
            let page = self.get(&format!("{path}?StartIndex={start}&Limit={PAGE}"))?;
            let strange = || Fault::Strange(bare(path));
            let items = page.get("Items").and_then(Value::as_array).ok_or_else(strange)?;
            all.extend(items.iter().cloned());
            let total =
                page.get("TotalRecordCount").and_then(Value::as_u64).filter(|count| *count > 0);
            let is_all = total.is_some_and(|total| all.len() as u64 >= total);
            if is_all || items.is_empty() || (start > 0 && all.first() == items.first()) {
                break;
            }
        }
        Ok(all)
    }

    fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, Fault> {
        let mut headers = vec![("X-Emby-Token", self.token.reveal().to_owned())];
        let is_json = body.map(|_| ("Content-Type", "application/json".to_owned()));
        headers.extend(is_json);
        let body =
            body.map(Value::to_string).or_else(|| (method == Method::Post).then(String::new));
        let trust = Some((Source::Emby, &self.trust));
        let answer = call(method, &format!("{}{path}", self.url), trust, headers, body);
        judged(answer.map_err(Fault::Silent)?, path)
    }
}

/// Signs a person in, as a program with a name and an id of its own: the same each time, so that no list
/// of devices grows. Both are encoded, so that nothing in them ends the header.
pub(super) fn sign_in(
    at: &Connection,
    (host, device): (&str, &str),
    (user, password): (&str, &Secret),
) -> Result<Value, Fault> {
    let version = env!("CARGO_PKG_VERSION");
    let program = format!(
        "Emby UserId=\"\", Client=\"scrobbled\", Device=\"{}\", DeviceId=\"{}\", Version=\"{version}\"",
        encoded(host),
        encoded(device)
    );
    let headers =
        vec![("X-Emby-Authorization", program), ("Content-Type", "application/json".to_owned())];
    let body = json!({ "Username": user, "Pw": password.reveal() }).to_string();
    let path = "/Users/AuthenticateByName";
    let (url, trust) = (format!("{}{path}", at.url), Some((Source::Emby, &at.trust)));
    let answer = call(Method::Post, &url, trust, headers, Some(body));
    let answer = judged(answer.map_err(Fault::Silent)?, path)?;
    answer.json().ok_or_else(|| Fault::Strange(bare(path)))
}

fn judged(answer: Answer, path: &str) -> Result<Answer, Fault> {
    match answer.status {
        200..=299 => Ok(answer),
        401 => Err(Fault::Refused),
        403 => Err(Fault::Forbidden),
        status => {
            let why = if answer.html { String::new() } else { reason(answer.text()) };
            Err(Fault::Status(status, if why.is_empty() { bare(path) } else { why }))
        }
    }
}

/// A reason in one line.
fn reason(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.trim_end_matches('.').chars().filter(|c| !c.is_control()).take(MOST_WHY).collect()
}

/// A path without its query and its ids.
fn bare(path: &str) -> String {
    path.split('?').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_apart_from_a_fault_with_its_reason() {
        let cases = [
            (401, "", "Emby does not take the key any more"),
            (
                403,
                "",
                "Emby takes the key, but it is the token of somebody who is no administrator",
            ),
            (
                500,
                "\r\nConnection refused (192.0.2.5:8787).\r\n   at System.Net",
                "Emby answers with an error (500: Connection refused (192.0.2.5:8787)); look into its log",
            ),
            (404, "", "Emby answers with an error (404: /Auth/Keys); look into its log"),
        ];
        for (status, body, expected) in cases {
            let answer = Answer { status, body: body.into(), ..Answer::default() };
            let fault = judged(answer, "/Auth/Keys?App=x").expect_err(expected);
            assert_eq!(fault.to_string(), expected);
        }
        assert_eq!(
            judged(Answer { status: 204, ..Answer::default() }, "/").map(|a| a.status),
            Ok(204)
        );
    }
}
