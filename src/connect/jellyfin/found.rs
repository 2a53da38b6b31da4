//! Which server is it, and at which address? Pure, but for the asking.

use super::api::{Api, is_true, text};
use crate::connect::around::Around;
use crate::connect::order::Order;
use crate::connect::typed::may_be_meant;
use crate::http::Answer;
use crate::http::trust::Trust;
use crate::secret::Secret;

/// A Jellyfin that has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect) struct Found {
    /// Where it is, without a slash at its end.
    pub(super) url: String,
    /// Its own id.
    pub(super) id: String,
    /// What it calls itself.
    pub(super) title: String,
    /// Its version, as it writes it.
    pub(super) version: String,
    /// Whom TLS trusts there.
    pub(super) trust: Trust,
}

impl Found {
    /// Whether its version is this one or a later one.
    pub(super) fn is_from(&self, major: u32, minor: u32) -> bool {
        let mut numbers = self.version.split('.').map(|part| part.parse().unwrap_or_default());
        let mut next = || numbers.next().unwrap_or_default();
        (next(), next()) >= (major, minor)
    }
}

/// The Jellyfin at an address as a person gives it: with or without `http://`, with its path if it has one.
/// Its own `LocalAddress` is the server's view, and not read.
///
/// # Errors
/// When none answers there, in a sentence with the mend.
pub(in crate::connect) fn find(around: &Around, order: &Order) -> Result<Found, String> {
    let mut why = None;
    for url in may_be_meant(&order.url)? {
        for trust in around.trusts(order, &url) {
            let api = Api { url: &url, trust: &trust, token: Secret::default() };
            match api.get("/System/Info/Public").and_then(|answer| judge(&url, &answer)) {
                Ok(found) => return Ok(Found { trust, ..found }),
                Err(error) => drop(why.get_or_insert(error)),
            }
        }
    }
    Err(why.unwrap_or_default()) // at least one was asked
}

/// What answers there. Emby has no `ProductName`.
fn judge(url: &str, answer: &Answer) -> Result<Found, String> {
    if answer.status == 503 {
        return Err(format!(
            "what answers at {url} is still starting (503); try again in a minute"
        ));
    }
    let info = answer.json().filter(|_| answer.status == 200).unwrap_or_default();
    let (id, product) = (text(&info, "/Id"), text(&info, "/ProductName"));
    match (id.is_empty(), product.is_empty()) {
        (false, true) => Err(format!(
            "what answers at {url} is an Emby; connect it as one (`scrobbled connect emby {url} --user NAME`)"
        )),
        (false, false) if product.to_lowercase().contains("jellyfin") => {
            if info.get("StartupWizardCompleted").is_some()
                && !is_true(&info, "/StartupWizardCompleted")
            {
                return Err(format!(
                    "the Jellyfin at {url} is not set up yet: open it in a browser, go through its \
                     first start, and connect again"
                ));
            }
            let (title, version) = (text(&info, "/ServerName"), text(&info, "/Version"));
            Ok(Found { url: url.to_owned(), id, title, version, trust: Trust::default() })
        }
        _ => Err(format!(
            "what answers at {url} is no Jellyfin ({}); look whether the address is right, with its port \
             and its path",
            answer.status
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn answered(status: u16, body: &Value) -> Answer {
        Answer { status, body: body.to_string().into_bytes(), ..Answer::default() }
    }

    #[test]
    fn a_jellyfin_is_told_from_what_else_answers() {
        let jellyfin = |done| {
            json!({
                "LocalAddress": "http://192.0.2.20:8096", "ServerName": "loft",
                "Version": "10.11.11", "ProductName": "Jellyfin Server", "Id": "3f9d",
                "StartupWizardCompleted": done,
            })
        };
        let found = judge("http://nas/jellyfin", &answered(200, &jellyfin(true)));
        let found = found.expect("a Jellyfin");
        assert_eq!(found.url, "http://nas/jellyfin", "and not what it takes for its address");
        assert_eq!((found.title.as_str(), found.id.as_str()), ("loft", "3f9d"));
        let emby = json!({ "ServerName": "loft", "Version": "4.9.1.90", "Id": "3f9d" });
        let cases = [
            (answered(200, &jellyfin(false)), "is not set up yet"),
            (answered(200, &emby), "connect it as one (`scrobbled connect emby http://nas"),
            (answered(503, &json!("loading")), "still starting"),
            (answered(200, &json!({ "version": "1" })), "is no Jellyfin (200)"),
            (answered(404, &jellyfin(true)), "is no Jellyfin (404)"),
        ];
        for (answer, part) in cases {
            let told = judge("http://nas", &answer).expect_err(part);
            assert!(told.contains(part), "{told}");
        }
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let found = |version: &str| Found {
            url: String::new(),
            id: String::new(),
            title: String::new(),
            version: version.into(),
            trust: Trust::default(),
        };
        let cases = [("10.8.13", false), ("10.9.0", true), ("10.11.11", true), ("12.0.0", true)];
        for (version, expected) in cases {
            assert_eq!(found(version).is_from(10, 9), expected, "{version}");
        }
        assert!(!found("10.11.11").is_from(12, 0) && found("12.0.0-rc5").is_from(12, 0));
    }
}
