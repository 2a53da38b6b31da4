//! The watchlist of the stand-in.

use super::*;
use standin::trakt::{Entry, Fault, Ref};

/// Its name, what happens before, whether the user wishes it, and what becomes of the film.
type Case = (&'static str, fn(&Server), bool, (bool, bool));

/// What becomes of a wanted film: whether it was played, and is still wanted.
fn after(verb: Verb, prepare: impl FnOnce(&Server), remove: bool) -> (bool, bool) {
    let mut trakt = Trakt::strict();
    let number = trakt.catalogue.add_movie(Entry::new("The Salt Road", Some(2021)).tmdb(603));
    let (server, mut scene) = at_stand_in(trakt, vec![known(number, verb)]);
    scene.trakt.remove_from_watchlist = remove;
    let tokens = scene.tokens.clone().expect("it has a login");
    let settings = config::Trakt {
        api_url: server.url(),
        client_id: standin::trakt::CLIENT_ID.into(),
        remove_from_watchlist: true,
        ..config::Trakt::default()
    };
    let tracker = crate::tracker::trakt::Trakt::new(&settings, Duration::from_secs(5));
    let item = known(number, Verb::Finish).item;
    let found = tracker.known(&item).expect("it has a number");
    let mut want = tracker.unlist(&item, Some(&found)).expect("it is wanted");
    want.path = "/sync/watchlist".to_owned();
    let wanted = (tracker.line())(&want, Some(&tokens)).map(|answer| answer.status);
    assert_eq!(wanted, Ok(201));
    prepare(&server);
    let mut play = scene.start();
    play.wait_settled(1);
    play.stop();
    let wants =
        |trakt: &mut Trakt| trakt.person("al").is_some_and(|user| user.wants(Ref::Movie(number)));
    (!server.plays("The Salt Road").is_empty(), server.with(wants))
}

fn known(number: u64, verb: Verb) -> Intent {
    let mut intent = film(verb);
    intent.item.ids.trakt = Some(number);
    intent
}

#[test]
fn a_film_leaves_it_once_trakt_has_its_play_and_never_before() {
    let cases: [Case; 4] = [
        ("a play", |_| {}, true, (true, false)),
        ("not wished", |_| {}, false, (true, true)),
        (
            "a play by another client",
            |server| {
                assert!(server.with(|t| t.play_elsewhere("al", "The Salt Road", at_trakt(noon()))));
            },
            true,
            (true, false),
        ),
        (
            "a refusal",
            |server| server.order(Fault::status(503).on("POST", "/scrobble")),
            true,
            (false, true),
        ),
    ];
    for (name, prepare, remove, expected) in cases {
        assert_eq!(after(Verb::Finish, prepare, remove), expected, "{name}");
    }
    assert_eq!(after(Verb::Rate(8), |_| {}, true), (false, true), "a rating is no play");
}
