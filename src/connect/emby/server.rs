//! Which Emby is at the address that somebody gave, and what exactly is its address?
//!
//! People type `attic`, `attic:8096`, or paste what stands in their browser. Emby answers with and without
//! `/emby` before its paths; a proxy may only know one of the two.

use super::notification::text;
use crate::connect::around::Around;
use crate::connect::call::{IS_IT_RIGHT, call};
use crate::connect::order::Order;
use crate::connect::talk::{Ended, Talk};
use crate::connect::typed::may_be_meant;
use crate::event::{Source, Time};
use crate::http::trust::Trust;
use crate::http::{Answer, Method};
use serde_json::Value;

/// What it says of itself to anybody.
const PUBLIC: &str = "/System/Info/Public";

/// An Emby that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect) struct Server {
    /// Where its API is, without a slash at its end.
    pub(super) url: String,
    /// Its own id, as its webhooks have it.
    pub(super) id: String,
    /// What it calls itself.
    pub(super) title: String,
    pub(super) version: String,
    /// Whom TLS trusts there.
    pub(super) trust: Trust,
}

/// What answers at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Emby {
        id: String,
        title: String,
        version: String,
    },
    /// An Emby on which nobody has set anything up yet.
    Unfinished,
    Jellyfin,
    /// Something else, or nothing that says what it is.
    Foreign,
}

/// Looks for an Emby at what somebody typed.
///
/// # Errors
/// A sentence where there is none, with the mend; or when the person leaves with whom we talk.
pub(in crate::connect) fn find(
    talk: Option<&Talk>,
    around: &Around,
    order: &Order,
) -> Result<Server, Ended> {
    let mut why = None;
    let urls = may_be_meant(&order.url)?;
    let ways = urls
        .iter()
        .flat_map(|url| around.trusts(order, url).into_iter().map(move |trust| (url, trust)));
    for (url, trust) in ways {
        talk.map_or(Ok(()), Talk::check)?;
        match ask(url, &trust) {
            Ok((url, Found::Emby { id, title, version })) => {
                return Ok(Server { url, id, title, version, trust });
            }
            Ok((_, Found::Jellyfin)) => {
                return Err(format!(
                    "what answers at {url} is a Jellyfin; connect it as one (`scrobbled connect jellyfin \
                     {url}`)"
                )
                .into());
            }
            Ok((_, Found::Unfinished)) => {
                return Err(format!(
                    "the Emby at {url} is not set up yet; finish its first start in a browser, and connect \
                     again"
                )
                .into());
            }
            Ok((_, Found::Foreign)) => {
                why.get_or_insert(format!("what answers at {url} is not Emby; {IS_IT_RIGHT}"));
            }
            Err(silent) => {
                why.get_or_insert(silent);
            }
        }
    }
    Err(why.unwrap_or_default().into()) // at least one was asked
}

/// What answers at `url`, and when that is by its clock.
pub(super) fn now_at(url: &str, trust: &Trust) -> Result<(Found, Option<Time>), String> {
    let answer = call(
        Method::Get,
        &format!("{url}{PUBLIC}"),
        Some((Source::Emby, trust)),
        Vec::new(),
        None,
    )?;
    Ok((found(&answer), answer.date))
}

/// Asks at an address, and where that knows nothing of Emby's, behind `/emby`.
fn ask(url: &str, trust: &Trust) -> Result<(String, Found), String> {
    let (found, _) = now_at(url, trust)?;
    if found != Found::Foreign || url.ends_with("/emby") {
        return Ok((url.to_owned(), found));
    }
    let below = format!("{url}/emby");
    let (found, _) = now_at(&below, trust)?;
    Ok((below, found))
}

/// What says this of itself. Jellyfin names its product, which Emby does not.
fn found(answer: &Answer) -> Found {
    let info = answer.json().filter(|_| answer.status == 200).unwrap_or_default();
    let [id, title, version] = ["Id", "ServerName", "Version"].map(|key| text(&info, key));
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if text(&info, "ProductName").contains("Jellyfin") || major.is_some_and(|major| major >= 10) {
        return Found::Jellyfin;
    }
    if id.is_empty() || major.is_none() {
        return Found::Foreign;
    }
    if info.get("StartupWizardCompleted").and_then(Value::as_bool) == Some(false) {
        return Found::Unfinished;
    }
    Found::Emby { id: id.to_owned(), title: title.to_owned(), version: version.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emby_is_told_from_jellyfin_and_from_anything_else() {
        let emby = r#"{"ServerName":"basement","Version":"4.9.1.90","Id":"d2b7","WanAddress":"x"}"#;
        let is_emby =
            Found::Emby { id: "d2b7".into(), title: "basement".into(), version: "4.9.1.90".into() };
        let jellyfin = r#"{"ServerName":"loft","Version":"10.11.11","ProductName":"Jellyfin Server","Id":"1"}"#;
        let cases = [
            (200, emby, is_emby),
            (200, jellyfin, Found::Jellyfin),
            (200, r#"{"Version":"12.0.0","Id":"1"}"#, Found::Jellyfin),
            (
                200,
                r#"{"ServerName":"","Version":"4.9.1.90","Id":"1","StartupWizardCompleted":false}"#,
                Found::Unfinished,
            ),
            (200, r#"{"Version":"4.9.1.90"}"#, Found::Foreign),
            (200, "<html>", Found::Foreign),
            (404, emby, Found::Foreign),
        ];
        for (status, body, expected) in cases {
            let answer = Answer { status, body: body.into(), ..Answer::default() };
            assert_eq!(found(&answer), expected, "{status} {body}");
        }
    }
}
