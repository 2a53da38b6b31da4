//! Our destination in the plugin, and the plugin in the server.

use super::*;
use standin::jellyfin::{Destinations, Plugin, Status, Words};

const FOREIGN: &str =
    include_str!("../../../../tests/servers/jellyfin/webhook_config_foreign_only.json");
const ADDRESS: &str = "http://192.0.2.5:7478/webhook/jellyfintrakt";

fn foreign() -> Value {
    serde_json::from_str(FOREIGN).expect("JSON")
}

/// A house whose plugin already posts to somebody else.
fn shared_house() -> House {
    let house = House::with_webhooks(Dialect::Jellyfin10_11);
    house.server.with(|jellyfin| {
        let plugin = jellyfin.plugin.as_mut().expect("it is there");
        plugin.destinations = Destinations::read(&foreign(), Words::All).expect("it can be read");
    });
    assert_eq!(house.configuration(), foreign());
    house
}

/// The addresses to which the plugin posts.
fn addresses(house: &House) -> Vec<String> {
    let configuration = house.configuration();
    let list = configuration["GenericOptions"].as_array().cloned().unwrap_or_default();
    list.iter().filter_map(|one| one["WebhookUri"].as_str().map(str::to_owned)).collect()
}

fn ours(house: &House) -> Value {
    let configuration = house.configuration();
    let list = configuration["GenericOptions"].as_array().cloned().unwrap_or_default();
    list.into_iter().find(|one| one["WebhookName"] == OUR_NAME).unwrap_or_default()
}

#[test]
fn ours_is_added_beside_others_and_taken_away_alone() {
    let house = shared_house();
    let outcome = house.connect_as_mara();
    assert_eq!(
        outcome.good().hook,
        Some(Hook { address: ADDRESS.into(), id: String::new() }),
        "without the token"
    );
    assert_eq!(addresses(&house), ["https://hooks.example.org/jf", &format!("{ADDRESS}?T")]);
    let events = json!(["PlaybackStart", "PlaybackProgress", "PlaybackStop", "UserDataSaved"]);
    assert_eq!(ours(&house)["NotificationTypes"], events);
    assert_eq!(ours(&house)["UserFilter"], json!([]));
    let written = house.configuration();
    house.connect_as_mara();
    assert_eq!(house.configuration(), written, "twice is once");
    let connection = outcome.good();
    assert_eq!(look(&house.around(), connection), Vec::<String>::new());
    let done = take_back(&house.around(), connection).expect("it goes");
    assert_eq!(done.len(), 2, "{done:?}");
    assert_eq!(house.configuration(), foreign());
    assert_eq!(house.logins(), ["dashboard"]);
    // Once more, after a crash: nobody can look there any more.
    let again = take_back(&house.around(), connection).expect("nothing else can be done");
    let url = house.server.url();
    let expected = format!(
        "{url} does not accept our key any more, so our destination can't be taken out from here; if one \
         that posts to {ADDRESS} is still there (Dashboard > Plugins > Webhook), remove it: what it posts \
         counts until then, or until `scrobbled rotate jellyfin` makes its address useless"
    );
    assert_eq!(again, [expected, format!("the key by which {url} was asked had ended already")]);
}

#[test]
fn what_can_not_be_taken_back_now_is_told_with_the_place_where_it_is() {
    let house = shared_house();
    let connection = house.connect_as_mara().good().clone();
    house.server.order(Fault::status(500).times(9).on("GET", "/Plugins/"));
    let why = take_back(&house.around(), &connection).expect_err("it can't be read");
    let expected = format!(
        "; there is still the destination that posts to {ADDRESS} (Dashboard > Plugins > Webhook) and the \
         key `{OUR_NAME}` (Dashboard > API Keys)"
    );
    assert!(why.ends_with(&expected), "{why}");
}

#[test]
fn a_new_token_or_address_replaces_the_old_one() {
    let house = shared_house();
    let mut connection = house.connect_as_mara().good().clone();
    "NEW".clone_into(&mut house.token.lock().expect("no panic"));
    let told = look(&house.around(), &connection);
    assert!(told.len() == 1 && told[0].contains("an old token"), "{told:?}");
    assert!(told[0].contains("run `scrobbled connect jellyfin http://"), "{told:?}");
    connection = renew(&house.around(), &connection).expect("it is renewed");
    assert_eq!(addresses(&house), ["https://hooks.example.org/jf", &format!("{ADDRESS}?NEW")]);
    let mut around = house.around();
    around.place.public_url = "https://s.example".into();
    connection = renew(&around, &connection).expect("it is renewed");
    let moved = "https://s.example/webhook/jellyfintrakt";
    assert_eq!(addresses(&house)[1], format!("{moved}?NEW"));
    assert_eq!(connection.hook.expect("there is one").address, moved);
}

#[test]
fn what_somebody_else_writes_meanwhile_is_kept() {
    for (times, goes_well) in [(1, true), (2, true), (20, false)] {
        let house = shared_house();
        house.server.with(|jellyfin| {
            for number in 0..times {
                let uri = format!("http://other/{number}");
                jellyfin.meanwhile(json!({ "WebhookUri": uri, "EnableMovies": true }));
            }
        });
        let outcome =
            house.connect(&house.order(), Some("mara"), |question| panic!("{question:?}"));
        let addresses = addresses(&house);
        let others = addresses.iter().filter(|one| one.starts_with("http://other/")).count();
        if goes_well {
            outcome.good();
            assert_eq!((addresses.len(), others), (2 + times, times), "{addresses:?}");
        } else {
            outcome.failed("keeps changing the configuration of the Webhook plugin");
            assert!(others > 3 && !addresses.iter().any(|one| one.starts_with(ADDRESS)));
        }
        assert_eq!(addresses[0], "https://hooks.example.org/jf");
    }
}

#[test]
fn an_answer_that_is_lost_or_late_leaves_ours_there_once() {
    let path = "/Plugins/";
    for order in [
        Fault::Close.once().applied().on("POST", path),
        Fault::Close.once().on("POST", path),
        Fault::Cut.once().on("POST", path),
    ] {
        let house = shared_house();
        house.server.order(order.clone());
        house.connect_as_mara();
        assert_eq!(addresses(&house).len(), 2, "{order:?}");
    }
    let house = shared_house();
    house.server.order(Fault::status(503).times(9).on("POST", path));
    let outcome = house.connect(&house.order(), Some("mara"), |question| panic!("{question:?}"));
    outcome.failed("answers with an error (503)");
    assert_eq!(house.configuration(), foreign());
    // The key that was made is known, and run again it comes to the same end.
    house.server.misbehave(standin::trakt::Faults::default());
    assert_eq!(house.connect_as_mara().codes.len(), 0);
    assert_eq!(addresses(&house).len(), 2);
}

#[test]
fn an_old_plugin_gets_what_it_knows() {
    let house = House::with_webhooks(Dialect::Jellyfin10_8);
    house.server.with(|jellyfin| {
        jellyfin.plugin.as_mut().expect("it is there").words = Words::Old;
    });
    let outcome = house.connect_as_mara();
    outcome.has_said("too old to tell what is marked by hand");
    let events = json!(["PlaybackStart", "PlaybackProgress", "PlaybackStop"]);
    assert_eq!(ours(&house)["NotificationTypes"], events);
    assert_eq!(look(&house.around(), outcome.good()), Vec::<String>::new());
    house.connect_as_mara();
    assert_eq!(addresses(&house).len(), 1);
    // Once it knows more, it is told more.
    house.server.with(|jellyfin| {
        jellyfin.plugin.as_mut().expect("it is there").words = Words::All;
    });
    house.connect_as_mara();
    assert_eq!(ours(&house)["NotificationTypes"].as_array().map(Vec::len), Some(4));
}

#[test]
fn an_error_of_the_servers_own_does_not_make_a_plugin_old() {
    let house = House::with_webhooks(Dialect::Jellyfin10_11);
    house.server.order(Fault::status(500).on("POST", "/Plugins/"));
    let outcome = house.connect_as_mara();
    assert!(!outcome.said.iter().any(|line| line.contains("too old")), "{outcome:#?}");
    assert_eq!(ours(&house)["NotificationTypes"].as_array().map(Vec::len), Some(4));
    // Where it goes on, that is told as what it is.
    let house = House::with_webhooks(Dialect::Jellyfin10_11);
    house.server.order(Fault::status(500).times(9).on("POST", "/Plugins/"));
    let outcome = house.connect(&house.order(), Some("mara"), |question| panic!("{question:?}"));
    outcome.failed("answers with an error (500)");
}

fn bare_house() -> House {
    House::open(Jellyfin::new(Dialect::Jellyfin10_11))
}

#[test]
fn a_plugin_that_is_missing_is_installed_and_loaded_after_a_yes() {
    let house = bare_house();
    let outcome = house.connect(&house.order(), Some("mara"), |_| 0);
    assert_eq!(outcome.asked.len(), 2, "{outcome:#?}");
    assert!(outcome.asked[0].contains("is not installed"), "{outcome:#?}");
    assert!(outcome.asked[1].contains("Nobody watches anything there now"), "{outcome:#?}");
    assert!(!outcome.good().hear && outcome.good().hook.is_some());
    assert_eq!(house.server.with(|jellyfin| jellyfin.restarted()), 1);
    assert_eq!(addresses(&house), [format!("{ADDRESS}?T")]);
}

#[test]
fn nothing_is_installed_for_a_webhook_that_is_not_wanted() {
    let house = bare_house();
    *house.install.lock().expect("no panic") = (FIRST.0, ""); // so that it is doubtful where we are
    let outcome = house.connect(&house.order(), Some("mara"), |_| 1);
    assert_eq!(outcome.asked.len(), 1, "{outcome:#?}");
    assert!(outcome.asked[0].contains("Can it reach scrobbled"), "{outcome:#?}");
    assert!(outcome.good().hear && outcome.good().hook.is_none(), "{outcome:#?}");
    let seen = house.server.with(|jellyfin| (jellyfin.restarted(), jellyfin.plugin.is_some()));
    assert_eq!(seen, (0, false), "{outcome:#?}");
}

#[test]
fn nothing_is_restarted_unless_somebody_says_so() {
    // (yes, --restart, the choices, restarted, installed)
    let later: &[usize] = &[0, 1];
    let cases: [(bool, bool, &[usize], u32, bool); 5] = [
        (true, false, &[], 0, true),
        (true, true, &[], 1, true),
        (false, true, &[0], 1, true),
        (false, false, later, 0, true),
        (false, false, &[1], 0, false),
    ];
    for (yes, restart, choices, restarted, installed) in cases {
        let house = bare_house();
        house.server.at(|jellyfin, now| {
            jellyfin.play("den", "jo", "The Salt Road", Duration::ZERO, now);
        });
        let order = Order { yes, restart, ..house.order() };
        let given = Mutex::new(choices.iter());
        let answer = |question: &Question| {
            let next = given.lock().expect("no panic").next().copied();
            next.unwrap_or_else(|| panic!("{question:?}"))
        };
        let outcome = house.connect(&order, Some("mara"), answer);
        let case = format!("yes {yes}, restart {restart}, {choices:?}: {outcome:#?}");
        assert_eq!(outcome.asked.len(), choices.len(), "{case}");
        let seen = house.server.with(|jellyfin| (jellyfin.restarted(), jellyfin.plugin.is_some()));
        assert_eq!(seen, (restarted, installed), "{case}");
        let connection = outcome.good();
        assert_eq!(connection.hear, restarted == 0, "{case}");
        assert_eq!(connection.hook.is_some(), restarted == 1, "{case}");
        if choices == later {
            assert!(outcome.asked[1].contains("Somebody is watching"), "{case}");
            outcome.has_said("works once Jellyfin has been restarted");
        }
    }
}

#[test]
fn where_no_plugin_works_the_server_is_listened_to_and_why_is_said() {
    let with = |status| {
        let mut plugin = Plugin::default();
        (plugin.version, plugin.status) = ("9.0.0.0".into(), status);
        Some(plugin)
    };
    let cases = [
        (None, None, "offers a Webhook plugin for Jellyfin 10.11.11"),
        (with(Status::Disabled), None, "is switched off; switch it on"),
        (with(Status::NotSupported), None, "has version 9.0.0.0, which is not made for"),
        (with(Status::Malfunctioned), None, "has failed"),
        (None, Some(Status::Malfunctioned), "has failed"),
    ];
    for (plugin, comes_as, part) in cases {
        let house = bare_house();
        house.server.with(|jellyfin| {
            jellyfin.plugin = plugin.clone();
            match comes_as {
                Some(status) => jellyfin.store.comes_as = status,
                None => jellyfin.store.offers = None,
            }
        });
        let outcome = house.connect(&house.order(), Some("mara"), |_| 0);
        outcome.has_said(part);
        outcome.has_said("Jellyfin is listened to instead");
        assert!(outcome.good().hear && outcome.good().hook.is_none(), "{outcome:#?}");
        assert_eq!(look(&house.around(), outcome.good()), Vec::<String>::new());
    }
}

#[test]
fn an_installation_that_takes_long_and_a_restart_without_an_answer_are_waited_for() {
    let house = bare_house();
    house.server.with(|jellyfin| jellyfin.store.restart = Duration::from_secs(60));
    house.server.order(Fault::Close.once().applied().on("POST", "/Packages/"));
    house.server.order(Fault::Close.once().applied().on("POST", "/System/Restart"));
    let outcome = house.connect(&house.order(), Some("mara"), |_| 0);
    assert!(outcome.good().hook.is_some(), "{outcome:#?}");
    let house = bare_house();
    house.server.with(|jellyfin| jellyfin.store.restart = Duration::from_secs(3_600));
    let outcome = house.connect(&house.order(), Some("mara"), |_| 0);
    outcome.failed("did not come back within three minutes");
}

#[test]
fn what_is_wrong_later_is_told_with_what_mends_it() {
    type Happens = fn(&mut Jellyfin, &str);
    let cases: [(Happens, &str); 6] = [
        (|jellyfin, key| jellyfin.revoke(key), "no longer takes the key that we got"),
        (|jellyfin, _| jellyfin.plugin = None, "is gone"),
        (
            |jellyfin, _| jellyfin.plugin.as_mut().expect("it").status = Status::Disabled,
            "is switched off",
        ),
        (
            |jellyfin, _| {
                jellyfin.plugin.as_mut().expect("it").destinations = Destinations::default();
            },
            "has no destination of ours any more",
        ),
        (|jellyfin, _| jellyfin.options.skew_ms = 7 * 60_000, "7 minutes ahead"),
        (|jellyfin, _| jellyfin.options.name = "other".into(), "another server answers"),
    ];
    for (happens, part) in cases {
        let house = shared_house();
        let connection = house.connect_as_mara().good().clone();
        house.server.with(|jellyfin| happens(jellyfin, connection.token.reveal()));
        let told = look(&house.around(), &connection);
        assert!(told.len() == 1 && told[0].contains(part), "{part}: {told:?}");
    }
    let house = shared_house();
    let connection = house.connect_as_mara().good().clone();
    house.server.order(Fault::Close.once().times(1));
    let told = look(&house.around(), &connection);
    assert!(told.len() == 1 && told[0].contains("gives no answer"), "{told:?}");
}
