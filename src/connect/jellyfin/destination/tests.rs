use super::*;

const FRESH: &str = include_str!("../../../../tests/servers/jellyfin/webhook_config_fresh.json");
const FOREIGN: &str =
    include_str!("../../../../tests/servers/jellyfin/webhook_config_foreign_only.json");
const AFTER: &str = include_str!("../../../../tests/servers/jellyfin/webhook_config_after.json");

const ADDRESS: &str = "http://192.0.2.5:7478/webhook/jellyfintrakt?TOKEN";
const OURS: Ours<'_> = Ours { name: "scrobbled (attic)", address: ADDRESS, before: None };

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn added(configuration: &Value) -> Value {
    with_ours(configuration, OURS, &EVENTS).expect("a configuration")
}

#[test]
fn ours_is_added_and_all_else_stays_as_it_was() {
    for before in [FRESH, FOREIGN] {
        let before = json(before);
        let after = added(&before);
        assert_eq!(without_ours(&after, OURS), Some(before.clone()));
        let told: Vec<String> = EVENTS.map(str::to_owned).into();
        assert_eq!(is_there(&after, OURS), Some(told));
        assert_eq!(added(&after), after, "twice is once");
        assert_eq!(faults(&after, OURS), Vec::<String>::new());
        assert_eq!(is_there(&before, OURS), None);
    }
}

#[test]
fn ours_is_as_a_person_would_set_it() {
    let expected = json(AFTER)["GenericOptions"][1].clone();
    let mut ours = added(&json(FOREIGN))["GenericOptions"][1].clone();
    ours["WebhookName"] = expected["WebhookName"].clone();
    ours["WebhookUri"] = expected["WebhookUri"].clone();
    assert_eq!(ours, expected);
}

/// Names are written with a capital: the plugin reads no others, and says nothing.
#[test]
fn every_name_begins_with_a_capital() {
    let after = added(&json(FRESH));
    let names = after["GenericOptions"][0].as_object().expect("an object").keys();
    let small: Vec<&String> =
        names.filter(|name| !name.starts_with(|c: char| c.is_ascii_uppercase())).collect();
    assert_eq!(small, Vec::<&String>::new());
}

#[test]
fn a_stale_one_of_ours_is_replaced_where_it_stands_and_doubles_go() {
    let entry = |name: &str, uri: &str| json!({ "WebhookName": name, "WebhookUri": uri, "New": 7 });
    let other = entry("other", "http://192.0.2.5:7478/webhook/plextrakt?x");
    let stale = [
        entry("scrobbled (attic)", "http://192.0.2.77:1/webhook/jellyfintrakt?OLD"),
        entry("by hand", "http://192.0.2.5:7478/webhook/jellyfintrakt?token=OLD"),
        entry("before", "http://192.0.2.6:7478/webhook/jellyfintrakt"),
    ];
    let ours = Ours { before: Some("http://192.0.2.6:7478/webhook/jellyfintrakt"), ..OURS };
    let others = entry("scrobbled (cellar)", "http://192.0.2.9:7478/webhook/jellyfintrakt?x");
    let [one, two, three] = stale;
    let before = json!({ "GenericOptions": [one, other, two, others, three], "Unknown": [1] });
    let after = with_ours(&before, ours, &EVENTS).expect("a configuration");
    let list = after["GenericOptions"].as_array().expect("a list");
    assert_eq!((list.len(), &list[1], &list[2]), (3, &other, &others));
    assert_eq!((&list[0]["WebhookUri"], &list[0]["New"]), (&json!(ADDRESS), &json!(7)));
    assert_eq!(after["Unknown"], json!([1]));
    let expected = json!({ "GenericOptions": [other, others], "Unknown": [1] });
    assert_eq!(without_ours(&after, ours), Some(expected));
}

#[test]
fn what_is_no_configuration_is_not_written_back() {
    for wrong in [json!(null), json!([]), json!({ "genericOptions": [] })] {
        assert_eq!(with_ours(&wrong, OURS, &EVENTS), None, "{wrong}");
        assert_eq!(without_ours(&wrong, OURS), None, "{wrong}");
        assert_eq!(faults(&wrong, OURS), ["has a configuration that makes no sense"]);
    }
}

#[test]
fn each_fault_of_our_destination_is_told() {
    let with = |key: &str, value: Value| {
        let mut configuration = added(&json(FOREIGN));
        configuration["GenericOptions"][1][key] = value;
        faults(&configuration, OURS)
    };
    let cases = [
        ("WebhookUri", json!("http://192.0.2.5:7478/webhook/jellyfintrakt?OLD"), "an old token"),
        ("EnableWebhook", json!(false), "switched off"),
        ("NotificationTypes", json!(["PlaybackStart", "PlaybackStop"]), "of PlaybackProgress"),
        ("EnableEpisodes", json!(false), "both movies and episodes"),
        ("SendAllProperties", json!(false), "all properties"),
        ("UserFilter", json!(["9b1e4f60c2a74d3e8f5a6b7c8d9e0f12"]), "some users only"),
        ("Headers", json!([]), "changed in some way"),
    ];
    for (key, value, part) in cases {
        let told = with(key, value);
        assert!(told.len() == 1 && told[0].contains(part), "{key}: {told:?}");
    }
    assert_eq!(faults(&json(FOREIGN), OURS), ["has no destination of ours any more"]);
    let mut twice = added(&json(FRESH));
    let ours = twice["GenericOptions"][0].clone();
    twice["GenericOptions"].as_array_mut().expect("a list").push(ours);
    let told = faults(&twice, OURS);
    assert!(told[0].contains("several destinations of ours"), "{told:?}");
    // An old plugin is told of what it knows.
    let (_, old) = (0, with("NotificationTypes", json!(EVENTS.split_at(3).0)));
    assert_eq!(old, Vec::<String>::new());
}
