//! The code, and the account behind it.

use super::super::tv::{PlexTv, Trouble};
use super::house::{House, while_it_passes};
use crate::connect::talk::Ended;
use crate::secret::Secret;
use standin::trakt::Fault;

#[test]
fn a_code_is_shown_with_its_link_and_asked_for_until_it_is_typed() {
    let house = House::new();
    let heard = house.connect();
    let code = heard.code.clone().expect("a code");
    assert_eq!((code.user_code.as_str(), code.expires_in), ("Q001", 900));
    assert_eq!(code.place, "https://plex.tv/link");
    assert_eq!(code.url, "https://plex.tv/link/?pin=Q001");
    assert!(heard.says("signed in at plex.tv as mara.finch"), "{:?}", heard.lines);
    let secret = heard.lines.iter().any(|line| line.contains("token-"));
    assert!(!secret, "{:?}", heard.lines);
    let connection = heard.good();
    let tokens = house.tv.with(|tv| tv.tokens());
    assert_eq!(tokens, [connection.account_token.reveal()], "the account's, for the webhooks");
    assert_eq!(connection.token.reveal(), standin::plex::TOKEN, "the server's own, for the server");
    let all = house.tv.log();
    assert!(all.iter().all(|one| !one.target.contains(&tokens[0])), "{all:#?}");
    // A second between two calls: the stand-in refuses who is faster.
    assert!(all.iter().all(|one| one.status != Some(429)), "{all:#?}");
}

#[test]
fn a_code_that_nobody_types_ends_by_itself_however_plex_says_so() {
    for expired_is_404 in [true, false] {
        let mut house = House::new();
        house.types = false;
        house.tv.with(|tv| {
            (tv.options.expired_is_404, tv.options.code_seconds) = (expired_is_404, 120);
        });
        let begin = house.now();
        let heard = house.connect();
        let why = heard.why();
        assert!(why.contains("within 2 min; connect again for a new one"), "{why}");
        let took = house.now().since(begin).as_secs();
        assert!((118..150).contains(&took), "{took} s");
        assert!(house.kept().is_empty());
        // One in two seconds.
        let asked = house.asked("/api/v2/pins/").len();
        assert!((30..=61).contains(&asked), "{asked}");
    }
}

#[test]
fn who_leaves_is_not_waited_for() {
    let mut house = House::new();
    house.types = false;
    let heard = house.talk(|view| view.code.is_none().then_some(0));
    assert_eq!(heard.result, Err(Ended::Left));
    assert!(house.kept().is_empty());
}

#[test]
fn troubles_of_plex_tv_are_got_over() {
    let house = House::new();
    house.tv.order(Fault::status(429).on("GET", "/api/v2/pins/"));
    house.tv.order(Fault::html(503).on("GET", "/api/v2/pins/"));
    house.tv.order(Fault::Reset.once().on("GET", "/api/v2/pins/"));
    house.tv.order(Fault::too_fast(7).on("GET", "/api/v2/user").times(1));
    house.tv.order(Fault::status(500).on("GET", "/api/v2/resources").times(2));
    house.tv.order(Fault::Cut.once().on("GET", "/api/v2/home"));
    let connection = house.connect().good();
    assert!(connection.hook.is_some());
    assert_eq!(house.asked("/api/v2/resources"), ["GET 500", "GET 500", "GET 200"]);
}

#[test]
fn a_trouble_that_lasts_is_told() {
    for (order, expected) in [
        (Fault::status(500).times(9), "plex.tv has trouble of its own (500)"),
        (Fault::status(429).times(9), "plex.tv wants fewer calls"),
        (Fault::Reset.once().times(9), "gives no answer"),
        (Fault::html(200).times(9), "makes no sense to this version"),
        (
            Fault::Redirect { to: "http://127.0.0.1:1/".into() }.once().times(9),
            "sends elsewhere (307)",
        ),
    ] {
        let house = House::new();
        house.tv.order(order.on("GET", "/api/v2/user"));
        let why = house.connect().why();
        assert!(why.contains(expected), "{why}");
        assert!(!why.contains("plex-account-token"), "{why}");
    }
}

#[test]
fn without_our_id_nothing_is_made() {
    let house = House::new();
    let mut around = house.around();
    around.device = String::new();
    let made = while_it_passes(&house.hand, around, |around| {
        PlexTv::new(around, None, &Secret::default()).new_pin()
    });
    assert_eq!(made, Err(Trouble::Refused(400)));
}
