use super::*;

fn key(text: &str) -> Key {
    Key(text.to_owned())
}

#[test]
fn by_what_one_is_let_in_is_one_thing() {
    let user = || Some("mara".to_owned());
    let secret = |text: &str| Secret::new(text);
    let password = SignIn::Password { user: "mara".into(), password: secret(" p ") };
    assert_eq!(sign_in(None, None, None), Ok(SignIn::Code));
    assert_eq!(sign_in(user(), Some(key(" p ")), None), Ok(password));
    assert_eq!(sign_in(None, None, Some(key(" k "))), Ok(SignIn::Key(secret("k"))));
    let wrong = [
        (None, None, Some(key(" "))),
        (user(), None, None),
        (None, Some(key("p")), None),
        (user(), Some(key("p")), Some(key("k"))),
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
        (Source::Jellyfin, "nas:8096", SignIn::Code, Ok("nas:8096")),
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
