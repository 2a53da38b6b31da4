//! Which server, and where it is.

use super::house::{House, told};
use standin::media_server::nobody;
use standin::plex::tv::{Connection, Device};
use standin::plex::{MACHINE, TOKEN};

const CELLAR: &str = "c0ffee00000000000000000000000000000000aa";

fn change(house: &House, act: impl FnOnce(&mut Device)) {
    house.tv.with(|tv| act(tv.devices.first_mut().expect("a server")));
}

#[test]
fn the_only_own_server_is_taken_and_others_are_no_choice() {
    let house = House::new();
    let friends = house.another("Friend's box", "f00d");
    house.tv.with(|tv| {
        let shared = tv.devices.pop().expect("it").shared();
        tv.devices.insert(0, shared);
        let player = Device::server("TV", "lg0a", "x", &friends.url());
        tv.devices.insert(0, Device { provides: "client,player".into(), ..player });
    });
    change(&house, |_| ());
    let heard = house.connect();
    assert_eq!(heard.asked, [[""; 0]; 0]);
    let connection = heard.good();
    assert_eq!((connection.id.as_str(), connection.title.as_str()), (MACHINE, "Attic NAS"));
    assert_eq!(connection.version, "1.43.2.10687-563d026ea");
    assert_eq!(connection.name, "plex");
    assert!(friends.log().is_empty(), "a foreign network is left alone");
}

#[test]
fn of_several_one_is_chosen_or_named() {
    let mut house = House::new();
    let _cellar = house.another("Cellar", CELLAR);
    let heard = house.connect_choosing(1);
    assert_eq!(heard.asked, [["Attic NAS (5f0c9be2)", "Cellar (c0ffee00)"]]);
    assert_eq!(heard.good().id, CELLAR);
    for (server, expected) in [("cellar", CELLAR), ("ATTIC nas", MACHINE), (CELLAR, CELLAR)] {
        house.server = server.to_owned();
        let heard = house.connect();
        assert!(heard.asked.is_empty());
        assert_eq!(heard.good().id, expected, "{server}");
    }
    house.server = "loft".to_owned();
    let why = house.connect().why();
    let expected =
        "the Plex account mara.finch has no server `loft` of its own, only `Attic NAS`, `Cellar`";
    assert_eq!(why, expected);
}

#[test]
fn a_second_server_has_a_name_of_its_own_and_shares_the_webhook() {
    let mut house = House::new();
    let _cellar = house.another("Cellar", CELLAR);
    house.server = "attic nas".to_owned();
    house.connect().good();
    house.server = "cellar".to_owned();
    assert_eq!(house.connect().good().name, "Cellar");
    assert_eq!(house.kept().len(), 2);
    assert_eq!(house.webhooks(), [house.ours()]);
}

#[test]
fn who_owns_no_server_is_told_so() {
    let house = House::new();
    change(&house, |device| device.owned = false);
    let why = house.connect().why();
    assert!(why.contains("has no server of its own; sign in as the owner"), "{why}");
    assert!(house.kept().is_empty() && house.webhooks().is_empty());
}

#[test]
fn addresses_are_tried_until_the_right_server_answers_and_only_that_is_shown_the_token() {
    let house = House::new();
    let (other, there) = (house.another("Cellar", CELLAR), house.plex.url());
    let dead = nobody();
    house.tv.with(|tv| tv.devices.truncate(1));
    change(&house, |device| {
        device.connections = [dead.as_str(), &other.url(), &there].map(Connection::local).to_vec();
    });
    let connection = house.connect().good();
    assert_eq!(connection.url, there);
    let to_other = other.log();
    assert!(!to_other.is_empty());
    for asked in to_other {
        assert_eq!((asked.target.as_str(), asked.token.as_str()), ("/identity", ""));
    }
}

#[test]
fn where_nobody_answers_each_address_is_told_with_what_is_wrong() {
    let house = House::new();
    let (other, dead) = (house.another("Cellar", CELLAR), nobody());
    house.tv.with(|tv| tv.devices.truncate(1));
    change(&house, |device| {
        device.connections = [dead.as_str(), &other.url()].map(Connection::local).to_vec();
    });
    let why = house.connect().why();
    assert!(why.starts_with("Attic NAS answers at none of the addresses"), "{why}");
    assert!(why.contains(&format!("nobody answers at {dead}")), "{why}");
    assert!(why.contains(&format!("another Plex server answers at {}", other.url())), "{why}");
    assert!(house.kept().is_empty());
    change(&house, |device| device.connections.clear());
    let why = house.connect().why();
    assert!(why.contains("plex.tv knows no address of Attic NAS"), "{why}");
}

#[test]
fn a_server_that_wants_tls_is_not_asked_without() {
    let house = House::new();
    change(&house, |device| device.https_required = true);
    let why = house.connect().why();
    assert!(why.contains("answers at none of the addresses"), "{why}");
    assert_eq!(told(&house.plex.log(), "/"), [""; 0]);
}

#[test]
fn a_token_that_the_server_does_not_take_is_told() {
    let house = House::new();
    change(&house, |device| device.token = "another".to_owned());
    let why = house.connect().why();
    assert!(why.contains("does not accept the token that plex.tv gave for it"), "{why}");
    assert!(!why.contains("another"), "{why}");
    assert!(house.kept().is_empty());
    change(&house, |device| device.token = TOKEN.to_owned());
    house.connect().good();
}
