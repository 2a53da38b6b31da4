//! Recorded answers, and strange ones.

use super::*;
use serde_json::json;

fn pin_of(change: impl FnOnce(&mut Value)) -> Option<Pin> {
    let mut answer = json!({
        "id": 564_964_752, "code": "7RQZ", "product": "scrobbled", "expiresIn": 899,
        "createdAt": "2026-11-27T00:30:00Z", "expiresAt": "2026-11-27T00:45:00Z", "authToken": null,
    });
    change(&mut answer);
    pin(&answer)
}

#[test]
fn a_code_lives_as_long_as_plex_says_and_half_an_hour_at_most() {
    let lives = |change: fn(&mut Value)| pin_of(change).map(|pin| pin.lives.as_secs());
    assert_eq!(lives(|_| ()), Some(899));
    assert_eq!(lives(|it| it["expiresIn"] = json!(99_999)), Some(1800));
    assert_eq!(lives(|it| it["expiresIn"] = Value::Null), Some(900), "by its own dates");
    assert_eq!(lives(|it| *it = json!({ "id": 1, "code": "A" })), Some(900));
    assert_eq!(lives(|it| it["code"] = json!("")), None);
    assert_eq!(lives(|it| it["id"] = json!("x")), None);
}

#[test]
fn there_is_a_token_once_the_code_was_typed() {
    for (answer, expected) in [
        (json!({ "authToken": null }), None),
        (json!({ "authToken": "" }), None),
        (json!({}), None),
        (json!({ "authToken": "xxINVENTEDxTOKENxx00" }), Some("xxINVENTEDxTOKENxx00")),
    ] {
        let found = token(&answer);
        assert_eq!(found.as_ref().map(Secret::reveal), expected, "{answer}");
    }
}

#[test]
fn plex_pass_is_what_the_subscription_says() {
    let with = |subscription: Value| {
        user(&json!({ "id": 48_213_377, "username": "mara.finch", "subscription": subscription }))
            .pass
    };
    assert_eq!(with(json!({ "active": true, "features": ["home"] })), Some(true));
    assert_eq!(with(json!({ "active": false, "features": ["federated-auth"] })), Some(false));
    assert_eq!(with(json!({ "active": false, "features": ["webhooks"] })), Some(true));
    assert_eq!(with(Value::Null), None, "then the server is asked");
    let named = user(&json!({ "id": 7, "username": "", "title": "Kid", "home": false }));
    assert_eq!((named.name.as_str(), named.id.as_str(), named.has_home), ("Kid", "7", false));
}

/// A device with these differences from a server of the account's own.
fn device(change: Value) -> Value {
    let mut device = json!({
        "name": "Attic NAS", "clientIdentifier": "5f0c", "provides": "server", "owned": true,
        "accessToken": "xxSERVERxTOKENxx0001", "httpsRequired": false,
        "connections": [
            { "address": "198.51.100.200", "port": 8443, "local": false, "relay": true,
              "uri": "https://198-51-100-200.x.plex.direct:8443" },
            { "address": "203.0.113.24", "port": 32400, "local": false, "relay": false,
              "uri": "https://203-0-113-24.x.plex.direct:32400" },
            { "address": "192.0.2.10", "port": 32400, "local": true, "relay": false,
              "uri": "https://192-0-2-10.x.plex.direct:32400" },
        ],
    });
    if let (Some(device), Value::Object(change)) = (device.as_object_mut(), change) {
        device.extend(change);
    }
    device
}

#[test]
fn only_own_servers_count_whatever_else_they_provide() {
    let cases = [
        (json!({}), true),
        (json!({ "provides": "client,player,server" }), true),
        (json!({ "provides": "client, server" }), true),
        (json!({ "provides": "client,player,pubsub-player" }), false),
        (json!({ "provides": "not-a-server" }), false),
        (json!({ "owned": false }), false),
        (json!({ "owned": null }), false),
        (json!({ "owned": 1 }), true),
        (json!({ "accessToken": "" }), false),
        (json!({ "clientIdentifier": null }), false),
    ];
    for (change, counts) in cases {
        let found = servers(&json!([device(change.clone())]));
        assert_eq!(found.len() == 1, counts, "{change}");
    }
    let found = servers(&json!([device(json!({}))])).remove(0);
    assert_eq!(found.token.reveal(), "xxSERVERxTOKENxx0001", "its own, not the account's");
    assert_eq!(servers(&json!({ "errors": [] })), []);
}

#[test]
fn addresses_are_tried_from_near_to_far_and_no_token_goes_in_the_clear_beyond_the_own_network() {
    let of = |change: Value| servers(&json!([device(change)])).remove(0).addresses;
    let tls = [
        "https://192-0-2-10.x.plex.direct:32400",
        "https://203-0-113-24.x.plex.direct:32400",
        "https://198-51-100-200.x.plex.direct:8443",
    ];
    assert_eq!(of(json!({})), [tls[0], "http://192.0.2.10:32400", tls[1], tls[2]]);
    assert_eq!(of(json!({ "httpsRequired": true })), tls);
    let one = |connection: Value| of(json!({ "connections": [connection] }));
    let far = |address: &str, uri: &str| {
        one(json!({ "address": address, "port": 32400, "local": false, "relay": false,
                    "uri": uri }))
    };
    assert_eq!(far("203.0.113.9", "http://203.0.113.9:32400"), [""; 0], "through the internet");
    assert_eq!(far("172.18.0.3", ""), ["http://172.18.0.3:32400"], "of a container");
    assert_eq!(far("fd00::5", ""), ["http://[fd00::5]:32400"]);
    assert_eq!(far("127.0.0.1", "http://127.0.0.1:32400/"), ["http://127.0.0.1:32400"], "once");
    assert_eq!(far("nas.example", ""), [""; 0], "a name is no address");
    assert_eq!(one(json!({ "uri": 7, "address": null, "port": 99_999 })), [""; 0]);
    assert_eq!(of(json!({ "connections": null })), [""; 0]);
    let many: Vec<Value> = (0..99).map(|it| json!({ "uri": format!("https://{it}") })).collect();
    assert_eq!(of(json!({ "connections": many })).len(), 24);
}

#[test]
fn a_list_that_is_not_wholly_understood_is_none() {
    let urls = |answer: Value| webhooks(&answer);
    assert_eq!(urls(json!([])), Some(vec![]));
    let two = json!([{ "url": "http://192.0.2.5:7478/plex?token=A" }, { "url": "https://b/ x" }]);
    let expected = ["http://192.0.2.5:7478/plex?token=A", "https://b/ x"].map(str::to_owned);
    assert_eq!(urls(two), Some(expected.to_vec()));
    for strange in [
        json!({}),
        json!(null),
        json!([{ "url": "http://a" }, { "uri": "http://b" }]),
        json!([{ "url": null }]),
        json!(["http://a"]),
    ] {
        assert_eq!(urls(strange.clone()), None, "{strange}");
    }
}

#[test]
fn people_are_those_of_the_server_and_of_the_home_each_once() {
    let owner =
        User { id: "48213377".into(), name: "mara.finch".into(), pass: Some(true), has_home: true };
    let accounts = json!({ "MediaContainer": { "Account": [
        { "id": 0, "name": "" }, { "id": 1, "name": "Mara" },
        { "id": 90_518_264, "name": "jo.guest" }, { "id": 71_200_456, "name": "Kid" },
    ] } });
    let home = json!({ "users": [
        { "id": 48_213_377, "title": "mara.finch" }, { "id": 71_200_456, "title": "Kid" },
        { "id": 71_200_457, "title": "Ada", "username": null },
    ] });
    let told = |accounts: &Value, home: Option<&Value>| {
        let people = people(&owner, accounts, home);
        people.iter().map(|one| format!("{} {}", one.id, one.name)).collect::<Vec<_>>()
    };
    let of_server = ["48213377 mara.finch", "90518264 jo.guest", "71200456 Kid"];
    assert_eq!(told(&accounts, None), of_server);
    assert_eq!(told(&accounts, Some(&home)), [&of_server[..], &["71200457 Ada"]].concat());
    assert_eq!(told(&Value::Null, Some(&json!({ "users": 7 }))), ["48213377 mara.finch"]);
}
