use super::*;

fn key(text: &str) -> Option<Key> {
    Some(Key(text.to_owned()))
}

#[test]
fn by_what_one_is_let_in_is_one_thing() {
    let user = || Some("mara".to_owned());
    let secret = |text: &str| Secret::new(text);
    let password = SignIn::Password { user: "mara".into(), password: secret(" p ") };
    assert_eq!(sign_in(None, None, None), Ok(SignIn::Code));
    assert_eq!(sign_in(user(), key(" p "), None), Ok(password));
    assert_eq!(sign_in(None, None, key(" k ")), Ok(SignIn::Key(secret("k"))));
    let wrong = [
        (None, None, key(" ")),
        (user(), None, None),
        (None, key("p"), None),
        (user(), key("p"), key("k")),
    ];
    for (user, password, key) in wrong {
        assert!(sign_in(user, password, key).is_err());
    }
}

#[test]
fn each_kind_takes_what_it_can_be_connected_with() {
    let by_key = || SignIn::Key(Secret::new("k"));
    let cases = [
        (Source::Plex, "", SignIn::Code, Ok("")),
        (Source::Plex, "http://nas:32400", SignIn::Code, Err("needs no address")),
        (Source::Plex, "", by_key(), Err("signs in with a code")),
        (Source::Jellyfin, " http://nas:8096/ ", SignIn::Code, Ok("http://nas:8096")),
        (Source::Jellyfin, "https://nas/jellyfin", by_key(), Ok("https://nas/jellyfin")),
        (Source::Jellyfin, "", SignIn::Code, Err("address is missing")),
        (Source::Jellyfin, "nas:8096", SignIn::Code, Err("is no address")),
        (Source::Jellyfin, "http://nas:8096?x", by_key(), Err("is no address")),
        (Source::Emby, "nas:8096", by_key(), Ok("nas:8096")),
        (Source::Emby, "http://nas:8096", SignIn::Code, Err("no codes")),
        (Source::Emby, "http://nas:8096", by_key(), Ok("http://nas:8096")),
    ];
    for (kind, url, sign_in, expected) in cases {
        let made = order(kind, Some(url.to_owned()), None, sign_in);
        match (made, expected) {
            (Ok(order), Ok(url)) => assert_eq!((order.kind, order.url.as_str()), (kind, url)),
            (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
            (made, expected) => panic!("{made:?} is not {expected:?}"),
        }
    }
}

#[test]
fn a_server_is_named_as_status_shows_it() {
    let kept = [
        Connection::new(Source::Plex, "plex", "1"),
        Connection::new(Source::Plex, "attic", "2"),
        Connection::new(Source::Emby, "attic", "3"),
    ];
    let found = |named: &str| the_one_named(&kept, named).map(|one| one.id.as_str());
    assert_eq!(found("Plex"), Ok("1"));
    assert_eq!(found("emby attic"), Ok("3"));
    let all = "plex, plex attic, emby attic";
    assert_eq!(found("attic"), Err(format!("several are called `attic`; name one of {all}")));
    assert_eq!(found("nas"), Err(format!("no `nas` is connected, but there is {all}")));
    assert!(the_one_named(&[], "plex").is_err());
}
