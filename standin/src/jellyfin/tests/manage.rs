//! How somebody gets in, and what an administrator sets: in tables, by version.

use super::*;

const JELLYFINS: [Dialect; 3] =
    [Dialect::Jellyfin10_8, Dialect::Jellyfin10_11, Dialect::Jellyfin12];
const PROGRAM: &str =
    "MediaBrowser Client=\"scrobbled\", Device=\"the%20attic\", DeviceId=\"d1\", Version=\"0.9\"";
const WEBHOOK: &str = "71552a5a5c5c4350a2aeebe451a30173";

fn with(token: &str) -> String {
    format!("MediaBrowser Token=\"{token}\"")
}

/// What is answered to a call with this header and body.
fn call(
    jellyfin: &mut Jellyfin,
    method: &str,
    target: &str,
    header: &str,
    body: &Value,
    now: Time,
) -> Response {
    let request = Request::new(method, target).with("Authorization", header);
    let request = if body.is_null() { request } else { request.json(body) };
    jellyfin.answer(&request, now)
}

fn initiate(jellyfin: &mut Jellyfin, now: Time) -> Value {
    let method = if jellyfin.options.dialect == Dialect::Jellyfin10_8 { "GET" } else { "POST" };
    call(jellyfin, method, "/QuickConnect/Initiate", PROGRAM, &Value::Null, now).value()
}

#[test]
fn a_code_is_asked_for_in_the_way_of_the_version() {
    let ask = |dialect, method, header: &str, on| {
        let mut jellyfin = server(dialect);
        jellyfin.options.quick_connect = on;
        call(&mut jellyfin, method, "/QuickConnect/Initiate", header, &Value::Null, NOW).status
    };
    let anonymous = "MediaBrowser Client=\"a\", Device=\"b\", DeviceId=\"c\"";
    let cases: [(&str, &str, bool, [u16; 3]); 5] = [
        ("GET", PROGRAM, true, [200, 200, 405]),
        ("POST", PROGRAM, true, [405, 200, 200]),
        ("POST", anonymous, true, [405, 400, 400]),
        ("POST", PROGRAM, false, [405, 401, 401]),
        ("GET", PROGRAM, false, [401, 401, 405]),
    ];
    for (method, header, on, expected) in cases {
        let seen = JELLYFINS.map(|dialect| ask(dialect, method, header, on));
        assert_eq!(seen, expected, "{method} {header} {on}");
    }
}

#[test]
fn a_code_that_was_typed_in_gives_a_token_and_lives_ten_minutes() {
    let mut jellyfin = server(Dialect::Jellyfin10_11);
    let begun = initiate(&mut jellyfin, NOW);
    assert_eq!(begun["DeviceName"], "the attic");
    let secret = begun["Secret"].as_str().unwrap().to_owned();
    let connect = format!("/QuickConnect/Connect?secret={secret}");
    let is_in = |jellyfin: &mut Jellyfin, now: Time| {
        let answer = call(jellyfin, "GET", &connect, "", &Value::Null, now);
        (answer.status, answer.value()["Authenticated"].as_bool())
    };
    let sign_in = |jellyfin: &mut Jellyfin, now: Time| {
        let body = json!({ "secret": secret });
        call(jellyfin, "POST", "/Users/AuthenticateWithQuickConnect", "", &body, now)
    };
    assert_eq!(is_in(&mut jellyfin, NOW), (200, Some(false)));
    assert_eq!(sign_in(&mut jellyfin, NOW).status, 404);
    assert_eq!(is_in(&mut jellyfin, at(10)), (404, None));
    assert!(!jellyfin.approve("mara", at(10)));
    assert!(jellyfin.approve("mara", at(9)));
    assert_eq!(is_in(&mut jellyfin, at(15)), (200, Some(true)));
    let got = sign_in(&mut jellyfin, at(15)).value();
    assert_eq!(got["User"]["Name"], "mara");
    assert_eq!(got["User"]["Policy"]["IsAdministrator"], true);
    let token = got["AccessToken"].as_str().unwrap().to_owned();
    let me = |jellyfin: &mut Jellyfin, token: &str| {
        call(jellyfin, "GET", "/Users/Me", &with(token), &Value::Null, NOW).status
    };
    assert_eq!(me(&mut jellyfin, &token), 200);
    // The same person on the same device: the older token ends.
    let second = sign_in(&mut jellyfin, at(16)).value();
    let second = second["AccessToken"].as_str().unwrap().to_owned();
    assert_eq!((me(&mut jellyfin, &token), me(&mut jellyfin, &second)), (401, 200));
    let logout = call(&mut jellyfin, "POST", "/Sessions/Logout", &with(&second), &Value::Null, NOW);
    assert_eq!((logout.status, me(&mut jellyfin, &second)), (204, 401));
}

#[test]
fn a_password_is_taken_or_refused() {
    let mut jellyfin = server(Dialect::Jellyfin12);
    jellyfin.set_password("jo", "Pw, with = and \"");
    jellyfin.set_password("ann", "x");
    jellyfin.disable("ann");
    let mut sign_in = |name: &str, password: &str, header: &str| {
        let body = json!({ "Username": name, "Pw": password });
        call(&mut jellyfin, "POST", "/Users/AuthenticateByName", header, &body, NOW).status
    };
    assert_eq!(sign_in("JO", "Pw, with = and \"", PROGRAM), 200);
    assert_eq!(sign_in("jo", "pw", PROGRAM), 401);
    assert_eq!(sign_in("nobody", "", PROGRAM), 401);
    assert_eq!(sign_in("ann", "x", PROGRAM), 403);
    assert_eq!(sign_in("jo", "Pw, with = and \"", "MediaBrowser Client=\"a\""), 400);
}

#[test]
fn a_key_is_made_without_a_word_and_lasts_until_it_is_taken_back() {
    let mut jellyfin = server(Dialect::Jellyfin10_11);
    let plain = jellyfin.sign_in("jo");
    let mut ask = |method: &str, target: &str, token: &str| {
        call(&mut jellyfin, method, target, &with(token), &Value::Null, at(1))
    };
    assert_eq!(ask("POST", "/Auth/Keys?app=mine", &plain).status, 403);
    let made = ask("POST", "/Auth/Keys?app=scrobbled%20%28attic%29", KEY);
    assert_eq!((made.status, made.body.len()), (204, 0));
    let keys = ask("GET", "/Auth/Keys", KEY).value();
    let of = |name: &str| {
        let all = keys["Items"].as_array().unwrap();
        let key = all.iter().find(|key| key["AppName"] == name).unwrap();
        key["AccessToken"].as_str().unwrap().to_owned()
    };
    let key = of("scrobbled (attic)");
    assert_eq!(ask("GET", "/System/ActivityLog/Entries", &key).status, 200);
    assert_eq!(ask("POST", "/Sessions/Logout", &key).status, 204);
    assert_eq!(ask("GET", "/Users", &key).status, 200, "a key is no session");
    assert_eq!(ask("DELETE", &format!("/Auth/Keys/{key}"), KEY).status, 204);
    assert_eq!(ask("GET", "/Users", &key).status, 401);
}

fn post(jellyfin: &mut Jellyfin, configuration: &Value) -> u16 {
    let target = format!("/Plugins/{WEBHOOK}/Configuration");
    call(jellyfin, "POST", &target, &with(KEY), configuration, NOW).status
}

fn get(jellyfin: &mut Jellyfin) -> Value {
    let target = format!("/Plugins/{WEBHOOK}/Configuration");
    call(jellyfin, "GET", &target, &with(KEY), &Value::Null, NOW).value()
}

#[test]
fn a_configuration_is_read_by_its_exact_names_and_replaced_whole() {
    let mut jellyfin = server(Dialect::Jellyfin10_11).with_webhooks();
    let lists: Vec<String> = get(&mut jellyfin).as_object().unwrap().keys().cloned().collect();
    assert_eq!(lists.len(), 9, "{lists:?}");
    let entry = |entry: Value| json!({ "GenericOptions": [entry], "SlackOptions": [{}] });
    // A wrong case is no error, and nothing.
    assert_eq!(post(&mut jellyfin, &entry(json!({ "webhookUri": "http://a" }))), 204);
    let kept = get(&mut jellyfin)["GenericOptions"][0].clone();
    assert_eq!(kept["WebhookUri"], Value::Null);
    assert_eq!((&kept["EnableWebhook"], &kept["EnableMovies"]), (&json!(true), &json!(false)));
    let whole = json!({
        "WebhookUri": "http://a", "NotificationTypes": [3, "playbackstop"], "EnableMovies": true,
        "UserFilter": ["9B1E4F60-C2A7-4D3E-8F5A-6B7C8D9E0F12"], "Unknown": 1,
        "Headers": [{ "Key": "a", "Value": "b", "c": 1 }],
    });
    assert_eq!(post(&mut jellyfin, &entry(whole)), 204);
    let kept = get(&mut jellyfin)["GenericOptions"][0].clone();
    assert_eq!(kept["NotificationTypes"], json!(["PlaybackStart", "PlaybackStop"]));
    assert_eq!(kept["UserFilter"], json!(["9b1e4f60c2a74d3e8f5a6b7c8d9e0f12"]));
    assert_eq!(kept["Headers"], json!([{ "Key": "a", "Value": "b" }]));
    assert_eq!(kept["Unknown"], Value::Null);
    for wrong in [
        json!({ "NotificationTypes": ["Nonsense"] }),
        json!({ "EnableMovies": "true" }),
        json!({ "WebhookUri": 1 }),
        json!({ "UserFilter": ["mara"] }),
    ] {
        let before = get(&mut jellyfin);
        assert_eq!(post(&mut jellyfin, &entry(wrong.clone())), 500, "{wrong}");
        assert_eq!(get(&mut jellyfin), before, "{wrong}");
    }
    // A list that is left out is emptied.
    assert_eq!(post(&mut jellyfin, &json!({ "GenericOptions": [] })), 204);
    assert_eq!(get(&mut jellyfin)["SlackOptions"], json!([]));
}

#[test]
fn an_old_plugin_refuses_what_it_does_not_know() {
    let mut jellyfin = server(Dialect::Jellyfin10_8).with_webhooks();
    if let Some(plugin) = &mut jellyfin.plugin {
        plugin.words = Words::Old;
    }
    let asks = |name: &str| json!({ "GenericOptions": [{ "NotificationTypes": [name] }] });
    assert_eq!(post(&mut jellyfin, &asks("UserDataSaved")), 500);
    assert_eq!(post(&mut jellyfin, &asks("PlaybackProgress")), 204);
    assert_eq!(get(&mut jellyfin)["MqttOptions"], Value::Null);
}

#[test]
fn a_plugin_comes_with_a_restart() {
    let mut jellyfin = server(Dialect::Jellyfin10_11);
    let id = "71552a5a-5c5c-4350-a2ae-ebe451a30173";
    let install = format!("/Packages/Installed/Webhook?assemblyGuid={id}");
    let mut ask = |method: &str, target: &str, now: Time| {
        call(&mut jellyfin, method, target, &with(KEY), &Value::Null, now)
    };
    let configuration = format!("/Plugins/{id}/Configuration");
    let status = |plugins: Value| {
        let all = plugins.as_array().cloned().unwrap_or_default();
        all.iter().find(|one| one["Id"] == WEBHOOK).map(|one| one["Status"].clone())
    };
    assert_eq!(status(ask("GET", "/Plugins", NOW).value()), None);
    assert_eq!(ask("POST", "/Packages/Installed/Other?assemblyGuid=1", NOW).status, 404);
    assert_eq!(ask("POST", &install, NOW).status, 204);
    assert_eq!(status(ask("GET", "/Plugins", NOW).value()), Some(json!("Restart")));
    assert_eq!(ask("GET", &configuration, NOW).status, 404);
    assert_eq!(ask("GET", "/System/Info", NOW).value()["HasPendingRestart"], true);
    assert_eq!(ask("POST", "/System/Restart", NOW).status, 204);
    assert_eq!(ask("GET", "/System/Info/Public", NOW).status, 503);
    assert_eq!(ask("GET", &configuration, at(1)).status, 200);
    assert_eq!(ask("GET", "/System/Info", at(1)).value()["HasPendingRestart"], false);
    jellyfin.store.offers = None;
    assert_eq!(call(&mut jellyfin, "POST", &install, &with(KEY), &Value::Null, at(2)).status, 404);
}

#[test]
fn what_only_an_administrator_may_is_refused_to_others() {
    let targets = [
        ("GET", "/Auth/Keys"),
        ("DELETE", "/Auth/Keys/1"),
        ("GET", "/Plugins/71552a5a5c5c4350a2aeebe451a30173/Configuration"),
        ("POST", "/Plugins/71552a5a5c5c4350a2aeebe451a30173/Configuration"),
        ("POST", "/Packages/Installed/Webhook"),
        ("POST", "/System/Restart"),
        ("GET", "/Plugins"),
        ("GET", "/Library/MediaFolders"),
    ];
    for dialect in JELLYFINS {
        let mut jellyfin = server(dialect).with_webhooks();
        let token = jellyfin.sign_in("jo");
        for (method, target) in targets {
            let open = dialect == Dialect::Jellyfin10_8
                && ["/Plugins", "/Library/MediaFolders"].contains(&target);
            let status = call(&mut jellyfin, method, target, &with(&token), &json!({}), NOW).status;
            assert_eq!(status, if open { 200 } else { 403 }, "{dialect:?} {target}");
        }
    }
}

#[test]
fn behind_a_path_nothing_is_elsewhere() {
    let mut jellyfin = server(Dialect::Jellyfin10_11);
    jellyfin.options.base = "/jellyfin".into();
    let mut ask =
        |target: &str| call(&mut jellyfin, "GET", target, &with(KEY), &Value::Null, NOW).status;
    assert_eq!(ask("/System/Info/Public"), 404);
    assert_eq!(ask("/jellyfin/System/Info/Public"), 200);
    assert_eq!(ask("/jellyfin/Users"), 200);
}

#[test]
fn the_plugin_posts_what_its_destinations_ask_for() {
    let mut jellyfin = server(Dialect::Jellyfin10_11).with_webhooks();
    let header = |value: &str| json!([{ "Key": "Content-Type", "Value": value }]);
    let destination = |uri: &str, events: Value, headers: Value| {
        json!({
            "WebhookUri": uri, "NotificationTypes": events, "EnableMovies": true,
            "SendAllProperties": true, "Headers": headers,
        })
    };
    let playback = json!(["PlaybackStart", "PlaybackProgress", "PlaybackStop"]);
    let configuration = json!({ "GenericOptions": [
        destination("http://a", playback.clone(), header("application/json")),
        destination("http://b", json!(["PlaybackStart"]), json!([])),
        destination("http://never", playback, header("application/json; charset=utf-8")),
        destination("http://saved", json!(["UserDataSaved"]), json!([])),
    ] });
    assert_eq!(post(&mut jellyfin, &configuration), 204);
    jellyfin.play("den", "mara", "The Salt Road", Duration::ZERO, NOW);
    jellyfin.pause("den", at(30));
    jellyfin.resume("den", at(31));
    jellyfin.stop("den", at(96));
    jellyfin.mark("jo", "The Salt Road", None, at(97));
    let said: Vec<String> = jellyfin
        .take_posts()
        .iter()
        .map(|post| {
            let body: Value = serde_json::from_slice(&post.body).unwrap();
            let ticks = body["PlaybackPositionTicks"].as_u64().unwrap() / 600_000_000;
            let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
            let (event, reason) = (text("NotificationType"), text("SaveReason"));
            let more = format!("{} {}", body["IsPaused"], body["PlayedToCompletion"]);
            assert_eq!(text("Name"), "The Salt Road");
            format!("{} {event}{reason} {} {ticks} {more}", post.url, text("NotificationUsername"))
        })
        .filter(|said| !said.contains("UserDataSavedPlayback"))
        .collect();
    let expected = [
        "http://a PlaybackStart mara 0 false null",
        "http://b PlaybackStart mara 0 false null",
        "http://a PlaybackProgress mara 30 false null",
        "http://a PlaybackProgress mara 30 true null",
        "http://a PlaybackProgress mara 30 true null",
        "http://a PlaybackProgress mara 30 false null",
        "http://a PlaybackProgress mara 95 false null",
        "http://a PlaybackStop mara 95 false true",
        "http://saved UserDataSavedTogglePlayed jo 0 null null",
    ];
    assert_eq!(said, expected);
    jellyfin.play("den", "mara", "Harbour Nine 2x08", Duration::ZERO, at(98));
    assert_eq!(jellyfin.take_posts(), [], "no episodes were asked for");
}
