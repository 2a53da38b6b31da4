//! The account's list of webhooks, the server's switch, and what is done without them.

use super::house::{House, OURS};
use standin::plex::tv::Intruder;
use standin::trakt::Fault;

const OTHER: &str = "http://192.0.2.5:7478/plex?token=A&b=%2F";
const THIRD: &str = "https://hooks.example.org/tautulli";
const LATE: &str = "http://192.0.2.6/late";
const LIST: &str = "/api/v2/user/webhooks";

#[test]
fn ours_is_added_and_others_stay_as_they_are() {
    let house = House::new();
    house.set_webhooks(&[OTHER, THIRD]);
    let heard = house.connect();
    assert!(heard.says("the 2 of other programs are as they were"), "{:?}", heard.lines);
    let connection = heard.good();
    assert_eq!(house.webhooks(), [OTHER, THIRD, &house.ours()]);
    assert_eq!(house.asked(LIST), ["GET 200", "GET 200", "POST 201", "GET 200"]);
    let hook = connection.hook.clone().expect("a hook");
    assert_eq!((hook.address.as_str(), connection.hear), (OURS, false));
    assert_eq!(house.kept(), [connection]);
}

#[test]
fn twice_is_once() {
    let house = House::new();
    house.set_webhooks(&[OTHER]);
    let first = house.connect().good();
    let again = house.connect().good();
    assert_eq!(house.webhooks(), [OTHER, &house.ours()]);
    assert_eq!(house.asked(LIST).iter().filter(|one| one.starts_with("POST")).count(), 1);
    assert_eq!((house.kept().len(), &again.hook), (1, &first.hook));
    // Each sign-in has a token of its own; the newer one is kept.
    assert_ne!(first.account_token, again.account_token);
}

#[test]
fn a_stale_one_of_ours_is_replaced_in_its_place() {
    let mut house = House::new();
    house.connect().good();
    house.set_webhooks(&[&house.ours(), OTHER, "http://10.0.0.8:8787/webhook/plextrakt?T1"]);
    let neighbour = house.webhooks().remove(2);
    house.token = "T2".to_owned();
    house.connect().good();
    assert_eq!(house.webhooks(), [format!("{OURS}?T2"), OTHER.to_owned(), neighbour.clone()]);
    house.public_url = "https://s.example/x".to_owned();
    let moved = house.connect().good();
    let ours = "https://s.example/x/webhook/plextrakt";
    assert_eq!(house.webhooks(), [format!("{ours}?T2"), OTHER.to_owned(), neighbour]);
    assert_eq!(moved.hook.map(|hook| hook.address).as_deref(), Some(ours));
}

#[test]
fn what_others_write_meanwhile_is_not_lost() {
    let late = || Intruder::Adds(LATE.to_owned());
    let old = || Intruder::Writes(vec![OTHER.to_owned(), LATE.to_owned()]);
    // After which exchange about the list somebody else writes, and how often ours is written then.
    let cases = [
        ("between the first look and the second", 1, late(), 1),
        ("right after our write", 3, late(), 1),
        ("right after our write, without ours", 3, old(), 2),
        ("without one of others, which comes back", 3, Intruder::Writes(vec![LATE.to_owned()]), 2),
    ];
    for (when, after, intruder, writes) in cases {
        let house = House::new();
        house.set_webhooks(&[OTHER]);
        house.tv.with(|tv| tv.intrude(after, intruder));
        house.connect().good();
        let mut list = house.webhooks();
        list.sort();
        let mut expected = [OTHER.to_owned(), LATE.to_owned(), house.ours()];
        expected.sort();
        assert_eq!(list, expected, "{when}");
        let posts = house.asked(LIST).into_iter().filter(|one| one.starts_with("POST")).count();
        assert_eq!(posts, writes, "{when}");
    }
}

#[test]
fn somebody_who_always_writes_wins_and_loses_nothing() {
    let house = House::new();
    house.tv.with(|tv| {
        for after in 1..20 {
            tv.intrude(after, Intruder::Adds(format!("{LATE}?{after}")));
        }
    });
    let heard = house.connect();
    let why = heard.why();
    assert!(why.contains("another program writes to the account's webhooks all the time"), "{why}");
    let list = house.webhooks();
    let count = house.asked(LIST).len();
    assert_eq!(list.len(), count, "one after each look: {list:?}");
    assert!(count <= 4, "three times at most: {count}");
    assert!(house.asked(LIST).iter().all(|one| one.starts_with("GET")));
}

#[test]
fn a_lost_answer_is_looked_after() {
    for (applied, writes) in [(true, 1), (false, 2)] {
        let house = House::new();
        house.set_webhooks(&[OTHER]);
        let mut order = Fault::Reset.once().on("POST", LIST);
        order.applied = applied;
        house.tv.order(order);
        house.connect().good();
        assert_eq!(house.webhooks(), [OTHER, &house.ours()]);
        let posts = house.asked(LIST).into_iter().filter(|one| one.starts_with("POST")).count();
        assert_eq!(posts, writes, "{applied}");
    }
}

#[test]
fn a_write_that_is_taken_and_not_kept_is_told() {
    let house = House::new();
    house.set_webhooks(&[OTHER]);
    house.tv.order(Fault::status(200).on("POST", LIST).times(9));
    let why = house.connect().why();
    assert!(why.contains("does not keep the list of webhooks that it is given"), "{why}");
    assert_eq!(house.webhooks(), [OTHER]);
    let posts = house.asked(LIST).into_iter().filter(|one| one.starts_with("POST")).count();
    assert_eq!(posts, 3);
}

#[test]
fn what_was_written_is_not_forgotten_where_plex_tv_then_refuses_to_show_it() {
    let house = House::new();
    house.tv.order(Fault::status(403).on("GET", LIST).after(2));
    let why = house.connect().why();
    assert!(why.contains("does not show the account's webhooks after they were written"), "{why}");
    assert_eq!(house.webhooks(), [house.ours()]);
    let hook = house.kept().remove(0).hook.expect("it is known");
    assert_eq!(hook.address, OURS);
    house.connect().good();
    assert_eq!(house.webhooks(), [house.ours()]);
}

#[test]
fn a_list_that_is_not_understood_is_not_written() {
    let strange = [
        Fault::json(200, serde_json::json!({ "webhooks": [OTHER] })),
        Fault::json(200, serde_json::json!([{ "url": OTHER }, { "id": 7 }])),
        Fault::html(200),
        Fault::status(200),
    ];
    for order in strange {
        let house = House::new();
        house.set_webhooks(&[OTHER]);
        house.tv.order(order.on("GET", LIST).times(9));
        let why = house.connect().why();
        assert!(why.contains("makes no sense to this version"), "{why}");
        assert_eq!(house.webhooks(), [OTHER]);
    }
}

#[test]
fn without_plex_pass_the_server_is_listened_to() {
    let house = House::new();
    house.tv.with(|tv| tv.options.pass = false);
    let heard = house.connect();
    assert!(heard.says("the account has no Plex Pass"), "{:?}", heard.lines);
    assert!(heard.says("scrobbled listens to Attic NAS itself"), "{:?}", heard.lines);
    let connection = heard.good();
    assert_eq!((connection.hear, &connection.hook), (true, &None));
    assert!(house.asked(LIST).is_empty());
    // With it, later, it is posted instead.
    house.tv.with(|tv| tv.options.pass = true);
    let connection = house.connect().good();
    assert_eq!((connection.hear, connection.hook.is_some()), (false, true));
}

#[test]
fn where_webhooks_are_refused_the_server_is_listened_to_whatever_the_status() {
    for status in [401, 402, 403, 404, 422] {
        for method in ["GET", "POST"] {
            let house = House::new();
            house.set_webhooks(&[OTHER]);
            house.tv.order(Fault::status(status).on(method, LIST).times(9));
            let heard = house.connect();
            assert!(
                heard.says(&format!("refuses to add a webhook ({status})")),
                "{:?}",
                heard.lines
            );
            let connection = heard.good();
            assert_eq!((connection.hear, &connection.hook), (true, &None), "{status} {method}");
            assert_eq!(house.webhooks(), [OTHER]);
            assert_eq!(house.kept(), [connection]);
        }
    }
}

#[test]
fn a_new_sign_in_does_without_the_pin_of_the_administrator() {
    let house = House::new();
    house.tv.with(|tv| tv.set_pin("4711"));
    let connection = house.connect().good();
    assert!(connection.hook.is_some());
    assert_eq!(house.webhooks(), [house.ours()]);
}

#[test]
fn the_servers_switch_is_put_on() {
    let cases = [
        (Some(true), Some(true), ""),
        (Some(false), Some(true), "webhooks were switched off at the server; they are on now"),
        (None, None, ""),
    ];
    for (before, after, said) in cases {
        let house = House::new();
        house.plex.with(|plex| plex.options.webhooks_on = before);
        let heard = house.connect();
        assert!(said.is_empty() || heard.says(said), "{:?}", heard.lines);
        assert_eq!(heard.says("switched off"), !said.is_empty(), "{:?}", heard.lines);
        heard.good();
        assert_eq!(house.plex.with(|plex| plex.options.webhooks_on), after);
    }
}

#[test]
fn a_switch_that_can_not_be_put_on_is_told_and_stops_nothing() {
    for (order, why) in [
        (Fault::html(403).on("PUT", "/:/prefs"), "it does not let us"),
        (Fault::status(200).on("PUT", "/:/prefs"), "it stays off"),
        (Fault::html(500).on("PUT", "/:/prefs"), "answers with an error (500)"),
    ] {
        let house = House::new();
        house.plex.with(|plex| plex.options.webhooks_on = Some(false));
        house.plex.order(order);
        let heard = house.connect();
        assert!(heard.says(why) && heard.says("Settings > Network"), "{:?}", heard.lines);
        assert!(heard.good().hook.is_some());
    }
}

#[test]
fn who_prefers_it_has_the_server_listened_to() {
    let mut house = House::new();
    house.public_url = String::new(); // so the address is doubtful: the server is on this machine
    let heard = house.connect_choosing(1);
    assert!(heard.asked[0][1].contains("listen to Plex itself"), "{:?}", heard.asked);
    let connection = heard.good();
    assert_eq!((connection.hear, &connection.hook), (true, &None));
    assert!(house.asked(LIST).is_empty(), "nothing is written before");
    let stopped = house.connect_choosing(2);
    assert!(stopped.why().contains("no webhook was registered"), "{}", stopped.why());
    assert!(house.asked(LIST).is_empty());
}

#[test]
fn people_are_told_with_the_ids_that_webhooks_have() {
    let house = House::new();
    house.plex.with(|plex| plex.invite("jo"));
    house.tv.with(|tv| {
        let member = |id, name: &str, managed| standin::plex::tv::Member {
            id,
            name: name.to_owned(),
            managed,
        };
        tv.home = vec![member(48_213_377, "mara.finch", false), member(71_200_456, "Kid", true)];
    });
    let people = house.connect().good().people;
    let told: Vec<_> = people.iter().map(|one| format!("{} {}", one.id, one.name)).collect();
    assert_eq!(told, ["48213377 mara.finch", "90518265 jo", "71200456 Kid"]);
}
