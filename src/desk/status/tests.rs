use super::{Seen, Source, several};
use crate::clock::Clock;
use crate::config::{Account, Settings};
use crate::control::Request;
use serde_json::json;

#[test]
fn a_person_with_two_ids_is_no_two_people() {
    let seen = |source, id: &str, name: &str| Seen {
        source,
        id: id.into(),
        name: name.into(),
        listed: true,
    };
    let (posted, heard) = (seen(Source::Plex, "48213377", "mara"), seen(Source::Plex, "1", "Mara"));
    let (jo, other) = (seen(Source::Plex, "7", ""), seen(Source::Emby, "e", "mara"));
    for (all, expected) in [
        (vec![&posted, &heard, &other], None),
        (vec![&posted, &jo, &heard, &other], Some("mara at Plex, 7 at Plex, mara at Emby")),
    ] {
        assert_eq!(several(&all).as_deref(), expected);
    }
}

#[test]
fn an_account_that_only_rehearses_says_so_and_starts_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let jo = Account { name: "jo".into(), dry_run: true, ..Account::default() };
    let settings =
        Settings { data_dir: folder.path().into(), accounts: vec![jo], ..Settings::default() };
    let (handler, _lock) =
        crate::daemon::offline(settings, &Clock::Machine, crate::daemon::Purpose::Look)
            .expect("a folder");
    let status = handler.handle(Request::Status).expect("a status");
    let expected = json!({
        "name": "jo",
        "state": "dry run",
        "user": null, "login_until": null,
        "sentence": "dry run: nothing is sent",
        "no_app": false,
        "waiting": 0,
        "parked": 0,
        "dry_run": true,
        "trackers": [],
    });
    assert_eq!(status["accounts"], json!([expected]));
}
