//! What is a notification of Emby's that posts to us?
//!
//! The shape is `UserNotificationInfo` of Emby.SDK 4.8.11. It is written whole and replaced whole, so
//! what is there and not ours to know stays as it is. The values of `Options` may come back as texts
//! (`"false"`). Pure.

use crate::connect::address::same_address;
use crate::connect::around::Around;
use crate::connect::connection::Connection;
use serde_json::{Value, json};

/// The means by which Emby posts webhooks.
pub(super) const MEANS: &str = "webhooknotifications";

/// The events that are read here. `item.rate` is none of them: at Emby it is a heart.
const READ: [&str; 6] = [
    "playback.start",
    "playback.pause",
    "playback.unpause",
    "playback.stop",
    "item.markplayed",
    "item.markunplayed",
];

/// Without these two nothing can be counted.
const NEEDED: [&str; 2] = ["playback.start", "playback.stop"];

/// The lists that restrict a notification; an empty one is everybody, and everybody who comes later.
const RESTRICTIONS: [(&str, &str); 3] =
    [("UserIds", "users"), ("DeviceIds", "devices"), ("LibraryIds", "libraries")];

/// What there is to be notified of, as far as it is read here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Events {
    /// What is asked for.
    pub(super) known: Vec<&'static str>,
    /// What this server can't tell.
    pub(super) missing: Vec<&'static str>,
}

/// What we want of a server's `Types`; `None` where it can't tell of playback.
pub(super) fn events(types: &Value) -> Option<Events> {
    let mut listed = Vec::new();
    gather(types, &mut listed, 0);
    let (known, missing): (Vec<_>, Vec<_>) =
        READ.into_iter().partition(|event| listed.iter().any(|one| one == event));
    let is_enough = NEEDED.iter().all(|event| known.contains(event));
    is_enough.then_some(Events { known, missing })
}

/// Every `Id`, in lists or in the `Events` of categories.
fn gather<'a>(of: &'a Value, into: &mut Vec<&'a str>, depth: usize) {
    if depth > 3 {
        return;
    }
    for one in of.as_array().into_iter().flatten() {
        into.extend(one.get("Id").and_then(Value::as_str));
        if let Some(events) = one.get("Events") {
            gather(events, into, depth + 1);
        }
    }
}

/// By what ours are known among others'.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// How ours are called.
    pub(super) name: String,
    /// Where ours post, today and as far as it is kept before; with or without a token.
    pub(super) addresses: Vec<String>,
    /// What the server called the one that is kept; or empty.
    pub(super) id: String,
}

impl Marks {
    /// Those of a connection: where it posts today, where it posted when it was registered, and what else
    /// is known of it.
    pub(super) fn of(around: &Around, connection: &Connection, address: Option<&str>) -> Self {
        let today = around.hook_today(connection);
        let hook = connection.hook.as_ref();
        let addresses = address.map(str::to_owned).into_iter().chain(today);
        Self {
            name: around.our_name(),
            addresses: addresses.chain(hook.map(|hook| hook.address.clone())).collect(),
            id: hook.map(|hook| hook.id.clone()).unwrap_or_default(),
        }
    }

    /// Whether a notification is ours: by its address (host, port and path), by the id that is kept, or,
    /// where our address has changed, by our name at an address such as ours.
    pub(super) fn fit(&self, one: &Value) -> bool {
        let url = url(one);
        let is_webhook = one.get("NotifierKey").and_then(Value::as_str) == Some(MEANS);
        let is_named = || text(one, "FriendlyName") == self.name && is_such(url);
        let is_kept = || !self.id.is_empty() && id(one) == self.id && is_such(url);
        let is_there = || self.addresses.iter().any(|ours| same_address(plain(ours), plain(url)));
        is_webhook && (is_there() || is_named() || is_kept())
    }
}

/// The address without its query and the `trakt` at the end of its path, without which ours lead to the
/// same place.
fn plain(url: &str) -> &str {
    let bare = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    bare.strip_suffix("trakt").unwrap_or(bare)
}

/// Whether it is an address such as ours, at whatever host.
fn is_such(url: &str) -> bool {
    plain(url).ends_with("/webhook/emby")
}

/// A notification as we want it: `of` is an empty one (`Defaults`) or one of ours.
pub(super) fn filled(of: &Value, name: &str, address: &str, events: &[&str]) -> Value {
    let mut whole = of.as_object().cloned().unwrap_or_default();
    let mut set = |key: &str, value: Value| {
        whole.insert(key.to_owned(), value);
    };
    set("NotifierKey", json!(MEANS));
    set("FriendlyName", json!(name));
    set("Enabled", json!(true));
    set("EventIds", json!(events));
    for (key, _) in RESTRICTIONS {
        set(key, json!([]));
    }
    let mut options = of.get("Options").and_then(Value::as_object).cloned().unwrap_or_default();
    options.insert("Url".to_owned(), json!(address));
    options.insert("EnableMultipartFormData".to_owned(), json!(false));
    set("Options", Value::from(options));
    Value::from(whole)
}

/// What keeps a notification of ours from telling us everything, each after "it …"; nothing where it is
/// right.
pub(super) fn faults(one: &Value, address: &str, events: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    if one.get("Enabled").is_some_and(|enabled| !is_true(enabled)) {
        faults.push("is switched off".to_owned());
    }
    let there = url(one);
    if !same_address(there, address) {
        faults.push("posts to another address than this program has now".to_owned());
    } else if there != address {
        faults.push("posts with a token that is no longer taken".to_owned());
    }
    let ticked = one.get("EventIds").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let lacks: Vec<&str> =
        events.iter().copied().filter(|event| !ticked.contains(&json!(event))).collect();
    if !lacks.is_empty() {
        faults.push(format!("does not tell of {}", lacks.join(", ")));
    }
    for (key, what) in RESTRICTIONS {
        if one.get(key).and_then(Value::as_array).is_some_and(|list| !list.is_empty()) {
            faults.push(format!("is for some {what} only, so that new ones are left out"));
        }
    }
    faults
}

/// Where it posts; empty where it says nothing.
pub(super) fn url(one: &Value) -> &str {
    one.pointer("/Options/Url").and_then(Value::as_str).unwrap_or_default()
}

/// What the server calls it; empty for one that it does not have yet.
pub(super) fn id(one: &Value) -> &str {
    text(one, "Id")
}

/// A text; empty where there is none.
pub(super) fn text<'a>(of: &'a Value, key: &str) -> &'a str {
    of.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A truth, also one that is written as text.
pub(super) fn is_true(value: &Value) -> bool {
    value
        .as_bool()
        .unwrap_or_else(|| value.as_str().is_some_and(|t| t.eq_ignore_ascii_case("true")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "http://192.0.2.5:8787/webhook/embytrakt?TOKEN";

    fn marks() -> Marks {
        Marks { name: "scrobbled (attic)".into(), addresses: vec![OURS.into()], id: "7".into() }
    }

    fn one(name: &str, id: &str, url: &str) -> Value {
        json!({ "NotifierKey": MEANS, "FriendlyName": name, "Id": id, "Enabled": true,
                "UserIds": [], "DeviceIds": [], "LibraryIds": [], "EventIds": READ,
                "Options": { "Url": url, "EnableMultipartFormData": "false" } })
    }

    #[test]
    fn only_such_events_are_asked_for_as_the_server_lists() {
        let types = |events: &[&str]| {
            let events: Vec<Value> = events.iter().map(|id| json!({ "Id": id })).collect();
            json!([{ "Name": "Playback", "Id": "playback", "Events": events }])
        };
        let all = events(&types(&READ)).expect("all");
        assert_eq!((all.known.as_slice(), all.missing.len()), (&READ[..], 0));
        let old = events(&types(&READ[..4])).expect("enough");
        assert_eq!(old.known, READ[..4]);
        assert_eq!(old.missing, READ[4..]);
        let flat = json!([{ "Id": "playback.start" }, { "Id": "playback.stop" }]);
        assert_eq!(events(&flat).expect("enough").known, NEEDED);
        for too_little in
            [types(&["playback.start", "item.rate"]), json!([]), json!({}), Value::Null]
        {
            assert_eq!(events(&too_little), None, "{too_little}");
        }
    }

    #[test]
    fn ours_are_known_by_address_id_or_name_and_nobody_elses() {
        let cases = [
            ("ours", one("scrobbled (attic)", "7", OURS), true),
            ("made by hand", one("Trakt", "1", "http://192.0.2.5:8787/webhook/emby?old"), true),
            (
                "from before our address changed",
                one("x", "7", "http://10.0.0.1/webhook/embytrakt"),
                true,
            ),
            ("by its name", one("scrobbled (attic)", "9", "http://10.0.0.1/webhook/emby?t"), true),
            (
                "another host's",
                one("scrobbled (nas)", "2", "http://10.0.0.1/webhook/embytrakt"),
                false,
            ),
            (
                "another port",
                one("Trakt", "3", "http://192.0.2.5:8788/webhook/embytrakt?TOKEN"),
                false,
            ),
            ("another program", one("scrobbled (attic)", "4", "http://192.0.2.5:8787/hook"), false),
            ("taken for something else", one("Home", "7", "http://192.0.2.5:7777/hook"), false),
            (
                "another means",
                {
                    let mut mail = one("scrobbled (attic)", "7", OURS);
                    mail["NotifierKey"] = json!("embyservernotifications");
                    mail
                },
                false,
            ),
            ("nothing", json!({}), false),
        ];
        for (name, entry, expected) in cases {
            assert_eq!(marks().fit(&entry), expected, "{name}");
        }
    }

    #[test]
    fn what_is_not_ours_to_know_stays_and_nobody_is_left_out() {
        let of = json!({ "NotifierKey": MEANS, "Id": "7", "UserId": "u", "Enabled": "false",
            "New": { "kept": [1, 2] }, "UserIds": ["u"], "LibraryIds": ["5"], "EventIds": ["library.new"],
            "Options": { "Url": "http://old/", "Header": "kept", "EnableMultipartFormData": "true" } });
        let whole = filled(&of, "scrobbled (attic)", OURS, &READ[..4]);
        let expected = json!({ "NotifierKey": MEANS, "Id": "7", "UserId": "u", "Enabled": true,
            "FriendlyName": "scrobbled (attic)", "New": { "kept": [1, 2] }, "UserIds": [],
            "DeviceIds": [], "LibraryIds": [], "EventIds": READ[..4],
            "Options": { "Url": OURS, "Header": "kept", "EnableMultipartFormData": false } });
        assert_eq!(whole, expected);
        assert_eq!(faults(&whole, OURS, &READ[..4]), [""; 0]);
    }

    #[test]
    fn what_is_wrong_with_ours_is_told() {
        let change = |key: &str, value: Value| {
            let mut entry = one("scrobbled (attic)", "7", OURS);
            entry[key] = value;
            entry
        };
        let to = |url: &str| one("scrobbled (attic)", "7", url);
        let cases = [
            (to(OURS), ""),
            (change("Enabled", json!("true")), ""),
            (change("Enabled", json!("False")), "is switched off"),
            (
                to("http://192.0.2.5:8787/webhook/embytrakt?old"),
                "posts with a token that is no longer taken",
            ),
            (
                to("http://10.0.0.1/webhook/embytrakt?TOKEN"),
                "posts to another address than this program has now",
            ),
            (change("EventIds", json!(READ[..5])), "does not tell of item.markunplayed"),
            (
                change("EventIds", Value::Null),
                "does not tell of playback.start, playback.pause, playback.unpause, playback.stop, item.markplayed, item.markunplayed",
            ),
            (
                change("UserIds", json!(["u"])),
                "is for some users only, so that new ones are left out",
            ),
        ];
        for (entry, expected) in cases {
            assert_eq!(faults(&entry, OURS, &READ).join("; "), expected, "{entry}");
        }
    }
}
