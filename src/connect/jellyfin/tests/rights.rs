//! Who gets in how, and what they get.

use super::*;
use standin::jellyfin::KEY;

#[test]
fn an_administrator_gets_a_key_and_the_own_token_ends() {
    for dialect in JELLYFINS {
        let house = House::with_webhooks(dialect);
        let outcome = house.connect_as_mara();
        assert_eq!(outcome.codes.len(), 1, "{outcome:#?}");
        assert_eq!(house.logins(), ["dashboard", OUR_NAME], "{dialect:?}");
        let connection = outcome.good();
        assert!(connection.key_is_ours && connection.only.is_none() && !connection.hear);
        assert_eq!(connection.version, dialect.version());
        assert_eq!(connection.id, house.server.with(|jellyfin| jellyfin.id()));
        let people: Vec<&str> = connection.people.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(people, ["mara", "jo"]);
        let mara = house.server.with(|jellyfin| jellyfin.user("mara"));
        assert_eq!(connection.people[0], Person { id: mara, name: "mara".into() });
        let shown = format!("{connection:?} {outcome:?}");
        assert!(!shown.contains(connection.token.reveal()), "{shown}");
        // It is signed in still: nothing is typed, and there is one key.
        let again = house.connect_as_mara();
        assert_eq!((again.codes.len(), again.good()), (0, connection), "{again:#?}");
        assert_eq!(house.logins(), ["dashboard", OUR_NAME], "{dialect:?}");
    }
}

#[test]
fn a_key_of_ours_that_nobody_knows_any_more_is_found_and_not_made_twice() {
    let house = House::with_webhooks(Dialect::Jellyfin10_11);
    let key = house.connect_as_mara().good().token.clone();
    house.kept.lock().expect("no panic").clear();
    assert_eq!(house.connect_as_mara().good().token, key);
    assert_eq!(house.logins(), ["dashboard", OUR_NAME]);
}

#[test]
fn an_answer_that_is_lost_makes_no_second_key() {
    let house = House::with_webhooks(Dialect::Jellyfin12);
    house.server.order(Fault::Close.once().applied().on("POST", "/Auth/Keys"));
    house.connect_as_mara();
    assert_eq!(house.logins(), ["dashboard", OUR_NAME]);
}

#[test]
fn a_session_that_could_not_be_ended_is_ended_by_the_next_run_or_with_the_connection() {
    for by_the_next_run in [true, false] {
        let house = House::with_webhooks(Dialect::Jellyfin10_11);
        house.server.order(Fault::status(503).on("POST", "/Sessions/Logout"));
        let outcome = house.connect_as_mara();
        outcome.has_said("could not be ended");
        assert_eq!(house.logins(), ["dashboard", OUR_NAME, "scrobbled of mara"]);
        if by_the_next_run {
            house.connect_as_mara();
            assert_eq!(house.logins(), ["dashboard", OUR_NAME]);
        } else {
            take_back(&house.around(), outcome.good()).expect("it goes");
            assert_eq!(house.logins(), ["dashboard"]);
        }
    }
}

#[test]
fn a_password_opens_too_and_a_wrong_one_does_not() {
    let house = House::with_webhooks(Dialect::Jellyfin10_11);
    house.server.with(|jellyfin| {
        jellyfin.set_password("mara", "s3sam \"ö\"");
        jellyfin.set_password("ann", "x");
        jellyfin.disable("ann");
    });
    let order = |sign_in| Order { sign_in, ..house.order() };
    let nothing = |question: &Question| panic!("{question:?}");
    let wrong = house.connect(&order(password("mara", "sesam")), None, nothing);
    wrong.failed("does not take that name and password");
    house.connect(&order(password("ann", "x")), None, nothing).failed("does not let `ann` in");
    assert_eq!(house.logins(), ["dashboard"]);
    let outcome = house.connect(&order(password("mara", "s3sam \"ö\"")), None, nothing);
    assert_eq!(outcome.good().name, "jellyfin");
    assert_eq!(house.logins(), ["dashboard", OUR_NAME]);
    assert!(!format!("{outcome:?}").contains("s3sam"), "{outcome:?}");
    let log = house.server.log();
    let targets: Vec<&String> = log.iter().map(|one| &one.target).collect();
    assert!(!targets.iter().any(|target| target.contains("s3sam")), "{targets:?}");
}

#[test]
fn who_is_no_administrator_is_heard_alone() {
    for dialect in JELLYFINS {
        let house = House::with_webhooks(dialect);
        let outcome = house.connect(&house.order(), Some("jo"), |question| panic!("{question:?}"));
        let connection = outcome.good();
        let jo = house.server.with(|jellyfin| jellyfin.user("jo"));
        let jo = Person { id: jo, name: "jo".into() };
        assert_eq!(connection.only, Some(jo.clone()));
        assert_eq!(connection.people, [jo]);
        assert!(connection.hear && connection.hook.is_none());
        outcome.has_said("jo is no administrator, so only what jo watches is heard");
        let proves = outcome.said.iter().any(|line| line.contains("proves no play"));
        assert_eq!(proves, dialect == Dialect::Jellyfin12, "{outcome:#?}");
        let told = look(&house.around(), connection);
        assert!(told.len() == 1 && told[0].contains("only what jo watches is heard"), "{told:?}");
        assert_eq!(house.logins(), ["dashboard", "scrobbled of jo"], "{dialect:?}");
        assert_eq!(house.configuration()["GenericOptions"], json!([]));
        // Somebody who may more connects it later.
        let later = house.connect_as_mara();
        assert_eq!((later.good().only.as_ref(), later.good().hear), (None, false));
        assert_eq!(later.good().name, "jellyfin");
        assert_eq!(house.logins(), ["dashboard", OUR_NAME], "jo's session has ended: {dialect:?}");
    }
}

#[test]
fn what_another_sign_in_replaces_ends() {
    let house = House::with_webhooks(Dialect::Jellyfin12);
    house.server.with(|jellyfin| drop(jellyfin.user("ann")));
    let nothing = |question: &Question| panic!("{question:?}");
    for name in ["jo", "ann"] {
        house.connect(&house.order(), Some(name), nothing).good();
        assert_eq!(house.logins(), ["dashboard", &format!("scrobbled of {name}")]);
    }
    house.server.order(Fault::status(503).on("POST", "/Sessions/Logout"));
    let outcome = house.connect(&house.order(), Some("jo"), nothing);
    outcome.has_said("the session of ann could not be ended at http://");
    house.connect_as_mara();
    assert_eq!(house.logins(), ["dashboard", OUR_NAME, "scrobbled of ann"]);
    // A key that somebody gives takes the place of ours; ours, given by hand, stays ours.
    let given = |key: &str| {
        let order = Order { sign_in: SignIn::Key(Secret::new(key)), ..house.order() };
        house.connect(&order, None, nothing).good().clone()
    };
    let ours = house.kept.lock().expect("no panic")[0].token.clone();
    assert!(given(ours.reveal()).key_is_ours);
    assert!(!given(KEY).key_is_ours);
    assert_eq!(house.logins(), ["dashboard", "scrobbled of ann"]);
}

#[test]
fn two_installs_on_one_machine_leave_each_other_alone() {
    let house = House::with_webhooks(Dialect::Jellyfin10_11);
    let ours = house.connect_as_mara().good().clone();
    let first = std::mem::take(&mut *house.kept.lock().expect("no panic"));
    *house.install.lock().expect("no panic") = ("0ther1", "http://192.0.2.5:7479");
    let theirs = house.connect_as_mara().good().clone();
    assert_ne!(ours.token, theirs.token);
    assert_eq!(house.logins(), ["dashboard", "scrobbled (attic 0ther1)", OUR_NAME]);
    assert_eq!(look(&house.around(), &theirs), Vec::<String>::new());
    take_back(&house.around(), &theirs).expect("it goes");
    *house.kept.lock().expect("no panic") = first;
    *house.install.lock().expect("no panic") = FIRST;
    assert_eq!(house.logins(), ["dashboard", OUR_NAME]);
    assert_eq!(look(&house.around(), &ours), Vec::<String>::new());
}

#[test]
fn a_key_of_theirs_is_taken_and_stays_theirs() {
    let house = House::with_webhooks(Dialect::Jellyfin12);
    let jo = house.server.with(|jellyfin| jellyfin.sign_in("jo"));
    let order = |key: &str| Order { sign_in: SignIn::Key(Secret::new(key)), ..house.order() };
    let nothing = |question: &Question| panic!("{question:?}");
    house.connect(&order("n0nsense"), None, nothing).failed("does not take that key");
    let plain = house.connect(&order(&jo), None, nothing);
    assert_eq!(plain.good().only.as_ref().map(|only| only.name.as_str()), Some("jo"));
    let outcome = house.connect(&order(KEY), None, nothing);
    assert!(!outcome.good().key_is_ours && outcome.good().only.is_none());
    take_back(&house.around(), outcome.good()).expect("it goes");
    assert_eq!(house.logins(), ["by hand of jo", "dashboard"]);
}

#[test]
fn where_quick_connect_is_switched_off_the_other_way_is_told() {
    for dialect in JELLYFINS {
        let house = House::with_webhooks(dialect);
        house.server.with(|jellyfin| jellyfin.options.quick_connect = false);
        let outcome = house.connect(&house.order(), None, |question| panic!("{question:?}"));
        outcome.failed("--user NAME");
    }
}

#[test]
fn a_code_that_nobody_types_is_followed_by_another_and_then_given_up() {
    let house = House::with_webhooks(Dialect::Jellyfin10_11);
    let outcome = house.connect(&house.order(), None, |question| panic!("{question:?}"));
    outcome.failed("nobody has typed a code in");
    assert_eq!(outcome.codes.len(), 3, "{outcome:#?}");
    assert_eq!(house.logins(), ["dashboard"]);
}

#[test]
fn while_a_code_is_good_an_outage_ends_nothing() {
    let house = House::with_webhooks(Dialect::Jellyfin10_11);
    house.server.order(Fault::status(503).times(20).on("GET", "/QuickConnect/Connect"));
    let outcome = house.connect_as_mara();
    assert_eq!(outcome.codes.len(), 1, "{outcome:#?}");
    outcome.has_said("does not answer just now; it is asked again until the code runs out");
}

/// Others call themselves differently, so one device is not taken for another, and one install is always the
/// same.
#[test]
fn the_device_is_always_the_same_one() {
    let house = House::with_webhooks(Dialect::Jellyfin10_11);
    for _ in 0..2 {
        house.connect(&house.order(), Some("jo"), |question| panic!("{question:?}"));
    }
    assert_eq!(house.logins(), ["dashboard", "scrobbled of jo"], "the older one has ended");
}

#[test]
fn behind_a_path_everything_is_asked_there() {
    let mut jellyfin = Jellyfin::new(Dialect::Jellyfin10_11).with_webhooks();
    jellyfin.options.base = "/jellyfin".into();
    let house = House::open(jellyfin);
    let url = format!("{}/jellyfin", house.server.url());
    let order = Order { url: format!("{url}/web/#/home"), ..house.order() };
    let outcome = house.connect(&order, Some("mara"), |question| panic!("{question:?}"));
    assert_eq!(outcome.good().url, url);
    assert!(outcome.good().hook.is_some());
    let elsewhere = house.connect(&house.order(), None, |question| panic!("{question:?}"));
    elsewhere.failed("is no Jellyfin (404)");
}

#[test]
fn a_server_that_is_not_set_up_and_an_emby_are_told() {
    let house = House::with_webhooks(Dialect::Jellyfin10_11);
    house.server.with(|jellyfin| jellyfin.options.is_set_up = false);
    let outcome = house.connect(&house.order(), None, |question| panic!("{question:?}"));
    outcome.failed("is not set up yet");
    let emby = House::open(Jellyfin::new(Dialect::Emby));
    let outcome = emby.connect(&emby.order(), None, |question| panic!("{question:?}"));
    outcome.failed("`scrobbled connect emby http://");
}

#[test]
fn who_leaves_leaves_nothing_behind() {
    let house = House::with_webhooks(Dialect::Jellyfin10_11);
    let around = house.around();
    let (talk, listener) = talk::begin(&around.clock, false);
    let order = house.order();
    let led = thread::spawn(move || super::connect(&talk, &around, &order));
    wait_for("a code", || listener.poll(0).code.is_some(), |is_shown| *is_shown);
    listener.leave();
    assert_eq!(led.join().expect("it does not panic"), Err(Ended::Left));
    assert_eq!(house.logins(), ["dashboard"]);
    assert!(house.kept.lock().expect("no panic").is_empty());
}
