//! What is done with a connection that stands.

use super::super::{look, renew, take_back};
use super::house::{House, OURS, while_it_passes};
use crate::clock::{Clock, HandClock};
use crate::connect::connection::Connection;
use standin::plex::TOKEN;
use standin::plex::tv::PlexTv;
use standin::trakt::Fault;

const OTHER: &str = "http://192.0.2.5:7478/plex?token=A";
const LIST: &str = "/api/v2/user/webhooks";
const RUN: &str = "run `scrobbled connect plex`";

fn connected() -> (House, Connection) {
    let house = House::new();
    house.set_webhooks(&[OTHER]);
    let connection = house.connect().good();
    (house, connection)
}

fn taken_back(house: &House, connection: &Connection) -> Result<Vec<String>, String> {
    let connection = connection.clone();
    house.while_time_passes(move |around| take_back(around, &connection))
}

fn found(house: &House, connection: &Connection) -> Vec<String> {
    let connection = connection.clone();
    house.while_time_passes(move |around| look(around, &connection))
}

#[test]
fn ours_and_only_ours_is_taken_back_and_the_sign_in_with_it() {
    let (house, connection) = connected();
    let done = taken_back(&house, &connection).expect("it is done");
    let gone = format!("the webhook {OURS} is taken away at plex.tv");
    assert_eq!(done, [gone.as_str(), "signed out at plex.tv"]);
    assert_eq!(house.webhooks(), [OTHER]);
    assert!(house.tv.with(|tv| tv.tokens()).is_empty());
}

#[test]
fn where_the_sign_in_has_ended_what_stays_there_is_told_with_the_way_to_take_it_away() {
    let (house, connection) = connected();
    house.tv.with(PlexTv::sign_out_everywhere);
    let told = taken_back(&house, &connection).expect("nothing else can be done");
    assert_eq!(house.webhooks(), [OTHER.to_owned(), house.ours()]);
    let expected = format!(
        "plex.tv does not accept the sign-in any more, so the webhook {OURS} can't be taken away from \
         here; if it is still at https://app.plex.tv/desktop/#!/settings/webhooks, remove it there: what \
         it posts counts until then, or until `scrobbled rotate plex` makes its address useless"
    );
    assert_eq!(told, [expected.as_str(), "the sign-in at plex.tv had ended already"]);
    let heard = Connection { hook: None, ..connection };
    let told = taken_back(&house, &heard).expect("nothing is there");
    assert_eq!(told, ["the sign-in at plex.tv had ended already"]);
}

#[test]
fn what_another_connection_uses_stays() {
    let (mut house, attic) = connected();
    let _cellar = house.another("Cellar", "c0ffee");
    house.server = "cellar".to_owned();
    let cellar = house.connect().good();
    let done = taken_back(&house, &attic).expect("it is done");
    assert_eq!(done, [format!("the webhook {OURS} stays: Cellar uses it, too")]);
    assert_eq!(house.webhooks(), [OTHER.to_owned(), house.ours()]);
    assert!(found(&house, &cellar).is_empty(), "{:?}", found(&house, &cellar));
}

#[test]
fn what_can_not_be_taken_back_is_told_with_the_place_where_it_is() {
    let (house, connection) = connected();
    house.tv.with(|tv| tv.set_pin("4711"));
    let why = taken_back(&house, &connection).expect_err("it wants a new sign-in");
    assert!(why.contains("https://app.plex.tv/desktop/#!/settings/webhooks"), "{why}");
    assert!(why.contains(RUN) && !why.contains("token-"), "{why}");
    assert_eq!(house.webhooks(), [OTHER.to_owned(), house.ours()]);
    let connection = house.connect().good();
    taken_back(&house, &connection).expect("with a new sign-in");
    assert_eq!(house.webhooks(), [OTHER]);
}

#[test]
fn a_sign_in_that_can_not_be_given_back_is_told_and_no_more() {
    let (house, connection) = connected();
    house.tv.order(Fault::status(500).on("DELETE", ""));
    let done = taken_back(&house, &connection).expect("the webhook is gone");
    assert!(
        done[1].contains("not signed out") && done[1].contains("authorized devices"),
        "{done:?}"
    );
    assert_eq!(house.webhooks(), [OTHER]);
}

#[test]
fn a_new_token_and_a_new_address_take_the_place_of_the_old() {
    let (mut house, connection) = connected();
    let renewed = |house: &House, of: &Connection| {
        let of = of.clone();
        house.while_time_passes(move |around| renew(around, &of))
    };
    house.token = "T2".to_owned();
    let same = renewed(&house, &connection).expect("it is done");
    assert_eq!(same, connection);
    assert_eq!(house.webhooks(), [OTHER.to_owned(), format!("{OURS}?T2")]);
    house.public_url = "https://s.example".to_owned();
    let moved = renewed(&house, &connection).expect("it is done");
    let ours = "https://s.example/webhook/plextrakt";
    assert_eq!(moved.hook.as_ref().map(|hook| hook.address.as_str()), Some(ours));
    assert_eq!(house.webhooks(), [OTHER.to_owned(), format!("{ours}?T2")]);
    house.tv.with(PlexTv::sign_out_everywhere);
    let why = renewed(&house, &moved).expect_err("nobody is signed in");
    assert!(why.contains(RUN), "{why}");
    let unhooked = Connection { hook: None, ..moved };
    let before = house.asked(LIST).len();
    assert_eq!(renewed(&house, &unhooked), Ok(unhooked.clone()));
    assert_eq!(house.asked(LIST).len(), before, "there is nothing to renew");
}

#[test]
fn a_command_does_not_wait_as_long_as_plex_tv_may_want() {
    let (house, connection) = connected();
    house.tv.order(Fault::too_fast(60).on("GET", LIST));
    let begin = house.now();
    house.while_time_passes(move |around| renew(around, &connection)).expect("it is done");
    let took = house.now().since(begin).as_secs();
    assert!(took < 30, "{took} s");
}

#[test]
fn what_is_in_order_is_not_told() {
    let (house, connection) = connected();
    assert_eq!(found(&house, &connection), [""; 0]);
    let heard = House::new();
    heard.tv.with(|tv| tv.options.pass = false);
    heard.plex.with(|plex| plex.options.pass = false);
    let connection = heard.connect().good();
    assert_eq!(found(&heard, &connection), [""; 0], "it is listened to");
}

/// What is done to a house, and what is found then.
type Case = (fn(&mut House, &mut Connection), &'static [&'static str]);

#[test]
fn each_fault_is_told_with_its_mend() {
    let cases: [Case; 12] = [
        (
            |house, _| house.set_webhooks(&[OTHER]),
            &["http://10.0.0.7:8787/webhook/plextrakt is not among the webhooks at plex.tv"],
        ),
        (
            |house, _| house.token = "T2".into(),
            &["the webhook at plex.tv has another token than ours"],
        ),
        (
            |house, _| house.public_url = "https://s.example".into(),
            &["https://s.example/webhook/plextrakt is not among the webhooks"],
        ),
        (
            |house, _| house.plex.with(|plex| plex.options.webhooks_on = Some(false)),
            &["webhooks are switched off at Attic NAS"],
        ),
        (
            |house, _| house.plex.with(|plex| plex.options.pass = false),
            &["the owner of Attic NAS has no Plex Pass any more"],
        ),
        (
            |house, _| house.tv.with(|tv| tv.options.pass = false),
            &["plex.tv shows no webhooks, as it does without Plex Pass"],
        ),
        (|house, _| house.tv.with(PlexTv::sign_out_everywhere), &["does not accept the sign-in"]),
        (|house, _| house.tv.with(|tv| tv.set_pin("4711")), &["plex.tv wants a new sign-in"]),
        (
            |_, connection| connection.token = crate::secret::Secret::new("old"),
            &["Attic NAS does not accept the token that is kept"],
        ),
        (
            |house, connection| {
                let token = house.plex.with(|plex| plex.invite("jo"));
                connection.token = crate::secret::Secret::new(token);
            },
            &["the token that is kept for Attic NAS is not its owner's"],
        ),
        (
            |_, connection| connection.id = "c0ffee".into(),
            &["another Plex server answers at http://"],
        ),
        (
            |_, connection| (connection.hook, connection.hear) = (None, false),
            &["Attic NAS was not connected to the end"],
        ),
    ];
    for (at, (change, expected)) in cases.into_iter().enumerate() {
        let (mut house, mut connection) = connected();
        change(&mut house, &mut connection);
        let findings = found(&house, &connection);
        assert_eq!(findings.len(), expected.len(), "{at}: {findings:?}");
        for (finding, part) in findings.iter().zip(expected) {
            assert!(finding.contains(part) && finding.contains(RUN), "{at}: {findings:?}");
            assert!(!finding.contains("T1") && !finding.contains(TOKEN), "{finding}");
        }
    }
}

#[test]
fn clocks_that_are_apart_are_told() {
    let (house, connection) = connected();
    house.tv.with(|tv| tv.options.least_gap_ms = 0); // it counts by its own clock
    for (by_ms, side) in [(900_000, "minutes behind"), (-900_000, "minutes ahead of")] {
        let (mut around, connection) = (house.around(), connection.clone());
        let hand = HandClock::at(house.now().moved(by_ms));
        around.clock = Clock::ByHand(hand.clone());
        let findings = while_it_passes(&hand, around, move |around| look(around, &connection));
        assert_eq!(findings.len(), 1, "{findings:?}");
        let clock = format!("the clock of {} is 1", house.plex.url());
        assert!(findings[0].starts_with(&clock) && findings[0].contains(side), "{findings:?}");
    }
}

#[test]
fn a_server_that_does_not_answer_is_all_that_is_told() {
    let (house, mut connection) = connected();
    connection.url = standin::media_server::nobody();
    let findings = found(&house, &connection);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].contains("nobody answers at") && findings[0].contains(RUN), "{findings:?}");
}
