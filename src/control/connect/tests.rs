use super::*;

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
