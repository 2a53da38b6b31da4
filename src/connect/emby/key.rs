//! How do we come by a key that lasts?
//!
//! Emby does not say which key it has made: it is found by its name afterwards. So it is looked for before
//! one is made, or each run would make another.

use super::api::{Api, Fault};
use super::notification::text;
use crate::http::{encoded, segment};
use crate::secret::Secret;
use serde_json::Value;

/// The key of ours that is `kept`, else the one that is called `name`, made where there is none.
///
/// # Errors
/// When Emby refuses, or does not show the key that it has made.
pub(super) fn ensure(api: &Api, name: &str, kept: &Secret) -> Result<Secret, Fault> {
    if let Some(key) = chosen(&api.list("/Auth/Keys")?, name, kept) {
        return Ok(key);
    }
    let made = api.post(&format!("/Auth/Keys?App={}", encoded(name)), None);
    // Also where its answer was lost it may be there.
    match chosen(&api.list("/Auth/Keys")?, name, kept) {
        Some(key) => Ok(key),
        None => Err(made.err().unwrap_or_else(|| Fault::Strange("/Auth/Keys".to_owned()))),
    }
}

/// Takes a key away. Asked with that key itself, it is the last call.
pub(super) fn remove(api: &Api, key: &Secret) -> Result<(), Fault> {
    let Some(key) = segment(key.reveal()) else { return Ok(()) };
    match api.delete(&format!("/Auth/Keys/{key}")) {
        Err(Fault::Status(405, _)) => api.post(&format!("/Auth/Keys/{key}/Delete"), None),
        done => done,
    }
}

/// The key that is kept, else one of this name. What belongs to a person is none.
fn chosen(listed: &[Value], name: &str, kept: &Secret) -> Option<Secret> {
    let is_ours = |one: &&Value| {
        (text(one, "AppName") == name || text(one, "AccessToken") == kept.reveal())
            && text(one, "UserId").trim_matches(['0', '-']).is_empty()
            && one.get("IsActive").and_then(Value::as_bool) != Some(false)
    };
    let mut keys = listed.iter().filter(is_ours).map(|one| text(one, "AccessToken"));
    let keys: Vec<&str> = keys.by_ref().filter(|key| !key.is_empty()).collect();
    let known = keys.iter().find(|key| **key == kept.reveal());
    known.or(keys.first()).map(|key| Secret::new(*key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::connection::Connection;
    use crate::event::Source;
    use crate::http::scripted::{Script, answer};
    use serde_json::json;

    const NAME: &str = "scrobbled (attic)";

    fn one(name: &str, key: &str) -> Value {
        json!({ "AppName": name, "AccessToken": key, "UserId": "00000000000000000000000000000000" })
    }

    fn page(keys: &[Value]) -> Vec<u8> {
        let count = keys.len();
        answer(200, &json!({ "Items": keys, "TotalRecordCount": count }).to_string())
    }

    #[test]
    fn only_a_key_of_our_name_is_ours_and_the_kept_one_first() {
        let theirs = json!({ "AppName": NAME, "AccessToken": "t", "UserId": "5c0d" });
        let ended = json!({ "AppName": NAME, "AccessToken": "e", "IsActive": false });
        let others = [one("scrobbled (nas)", "n"), theirs, ended, one(NAME, "")];
        let chosen = |listed: &[Value], kept: &str| {
            chosen(listed, NAME, &Secret::new(kept)).map(|key| key.reveal().to_owned())
        };
        assert_eq!(chosen(&others, ""), None);
        assert_eq!(chosen(&others, "n").as_deref(), Some("n"), "it had another name before");
        let mut all = others.to_vec();
        all.extend([one(NAME, "a"), json!({ "AppName": NAME, "AccessToken": "b" })]);
        assert_eq!(chosen(&all, "").as_deref(), Some("a"));
        assert_eq!(chosen(&all, "b").as_deref(), Some("b"));
        assert_eq!(chosen(&all, "gone").as_deref(), Some("a"));
    }

    #[test]
    fn a_key_is_made_once_and_read_back_also_where_the_answer_is_lost() {
        let cases = [
            ("there", vec![("GET", page(&[one(NAME, "a")]))], "a"),
            (
                "made",
                vec![
                    ("GET", page(&[])),
                    ("POST /Auth/Keys?App=scrobbled%20%28attic%29", answer(204, "")),
                    ("GET", page(&[one(NAME, "a")])),
                ],
                "a",
            ),
            (
                "its answer lost",
                vec![("GET", page(&[])), ("POST", Vec::new()), ("GET", page(&[one(NAME, "a")]))],
                "a",
            ),
            (
                "refused",
                vec![("GET", page(&[])), ("POST", answer(403, "")), ("GET", page(&[]))],
                "Forbidden",
            ),
            (
                "not shown",
                vec![("GET", page(&[])), ("POST", answer(204, "")), ("GET", page(&[]))],
                "Strange(\"/Auth/Keys\")",
            ),
            ("no list", vec![("GET", answer(200, "{}"))], "Strange(\"/Auth/Keys\")"),
        ];
        for (name, steps, expected) in cases {
            let script = Script::start(steps);
            let api = api(&script);
            let became = match ensure(&api, NAME, &Secret::default()) {
                Ok(key) => key.reveal().to_owned(),
                Err(fault) => format!("{fault:?}"),
            };
            assert_eq!(became, expected, "{name}: {:?}", script.seen());
        }
    }

    fn api(script: &Script) -> Api {
        let at = Connection { url: script.url(""), ..Connection::new(Source::Emby, "emby", "e1") };
        Api::new(&at, &Secret::new("t"))
    }

    #[test]
    fn a_key_is_removed_by_either_way() {
        let script = Script::start(vec![
            ("DELETE /Auth/Keys/k", answer(405, "")),
            ("POST /Auth/Keys/k/Delete", answer(204, "")),
        ]);
        let api = api(&script);
        assert_eq!(remove(&api, &Secret::new("k")), Ok(()));
    }
}
