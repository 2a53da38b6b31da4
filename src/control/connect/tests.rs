use super::*;
use crate::secret::Secret;

#[test]
fn a_server_is_named_as_status_shows_it() {
    let kept = [
        Connection::new(Source::Plex, "plex", "1"),
        Connection::new(Source::Plex, "attic", "2"),
        Connection::new(Source::Emby, "attic", "3"),
    ];
    let config = Settings::default();
    let found = |named: &str| the_one_named(&kept, &config, named).map(|one| one.id.as_str());
    assert_eq!(found("Plex"), Ok("1"));
    assert_eq!(found("emby attic"), Ok("3"));
    let all = "plex, plex attic, emby attic";
    assert_eq!(found("attic"), Err(format!("several are called `attic`; name one of {all}")));
    assert_eq!(found("nas"), Err(format!("no `nas` is connected, but there is {all}")));
    assert!(the_one_named(&[], &config, "plex").is_err());
}

#[test]
fn that_the_config_has_a_server_asked_elsewhere_is_told() {
    let connection = Connection {
        url: "http://nas:8096".into(),
        token: Secret::new("k"),
        ..Connection::new(Source::Emby, "emby", "e1")
    };
    let told = |url: &str, token: &str| {
        let (url, token) = (url.to_owned(), Secret::new(token));
        let server = MediaServer { id: "e1".into(), url, token, ..MediaServer::new(Source::Emby) };
        config_wins(&Settings { media_servers: vec![server], ..Settings::default() }, &connection)
    };
    assert_eq!(config_wins(&Settings::default(), &connection), None);
    assert_eq!(told("http://nas:8096", "k"), None);
    let elsewhere = "the config wins: it has emby.url = \"http://old\", so scrobbled asks there, and not at \
                     http://nas:8096; to have what was connected now, take `url` and `api_key` out of the \
                     config";
    assert_eq!(told("http://old", "x").as_deref(), Some(elsewhere));
    let otherwise = told("http://nas:8096", "x").expect("another key");
    assert!(otherwise.contains("asks http://nas:8096 by emby.api_key"), "{otherwise}");
    assert!(!otherwise.contains("\"x\""), "{otherwise}");
}

#[test]
fn a_server_that_the_config_calls_otherwise_is_named_by_either() {
    let kept = [
        Connection::new(Source::Plex, "plex", "a1"),
        Connection::new(Source::Jellyfin, "plex", "b2"),
    ];
    let home =
        MediaServer { name: "home".into(), id: "A1".into(), ..MediaServer::new(Source::Plex) };
    let config = Settings { media_servers: vec![home], ..Settings::default() };
    let found = |config: &Settings, named: &str| {
        the_one_named(&kept, config, named).map(|one| one.id.clone()).unwrap_or_default()
    };
    for (named, expected) in
        [("home", "a1"), ("plex home", "a1"), ("jellyfin plex", "b2"), ("plex", "")]
    {
        assert_eq!(found(&config, named), expected, "{named}");
    }
    assert_eq!(found(&Settings::default(), "plex"), "a1", "its kind goes before another's name");
}
