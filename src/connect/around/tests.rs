use super::super::connection::Hook;
use super::super::talk;
use super::*;

/// What a test's conversation is given: nothing is kept and no webhook comes.
pub(in crate::connect) fn around() -> Around {
    Around {
        plex_tv_url: "http://127.0.0.1:1".into(),
        device: "d3v1ce".into(),
        host: "attic".into(),
        place: Place {
            public_url: String::new(),
            listen: "127.0.0.1:8787".parse().expect("an address"),
            contained: false,
        },
        kept: Vec::new(),
        config: Vec::new(),
        clock: Clock::Machine,
        effects: Effects {
            keep: Box::new(|_| Ok(())),
            token: Box::new(|kind| Secret::new(format!("{}-T", kind.word()))),
            last_webhook: None,
        },
    }
}

#[test]
fn each_server_has_a_name_of_its_own() {
    let mut around = around();
    let name =
        |around: &Around, id: &str, title: &str| around.connection(Source::Plex, id, title).name;
    assert_eq!(name(&around, "a", "attic"), "plex");
    around.kept.push(Connection::new(Source::Plex, "plex", "a"));
    assert_eq!(name(&around, "A", "attic"), "plex", "it is the same server");
    assert_eq!(name(&around, "b", " cellar "), "cellar");
    assert_eq!(name(&around, "b", ""), "plex2");
    around.kept.push(Connection::new(Source::Plex, "cellar", "b"));
    assert_eq!(name(&around, "c", "Cellar"), "plex2");
    assert_eq!(around.connection(Source::Emby, "a", "attic").name, "emby");
    let block = |name: &str, id: &str| MediaServer {
        name: name.into(),
        id: id.into(),
        ..MediaServer::new(Source::Jellyfin)
    };
    around.config = vec![block("home", "1-A"), block("jellyfin", "2b"), block("den", "")];
    let name = |id: &str, title: &str| around.connection(Source::Jellyfin, id, title).name;
    assert_eq!(name("1a", "attic"), "home", "as the config calls it");
    assert_eq!(name("3c", "den"), "den", "that one may be it");
    assert_eq!(name("3c", "Home"), "jellyfin2", "those are others");
}

#[test]
fn a_doubtful_address_is_asked_for_before_it_is_used() {
    let mut around = around();
    let at = |around: &Around| {
        let (talk, listener) = talk::begin(&Clock::Machine, true);
        let address = around.webhook(&talk, Source::Emby, "http://127.0.0.1:8096");
        (address, listener.poll(0).lines)
    };
    let (address, said) = at(&around);
    let ours = "http://127.0.0.1:8787/webhook/embytrakt?emby-T".to_owned();
    assert_eq!(address, Ok(Some(ours)));
    assert!(said[0].contains("In a container it can't"), "{said:?}");
    around.place.public_url = "https://s.example/x".into();
    let ours = "https://s.example/x/webhook/embytrakt?emby-T".to_owned();
    assert_eq!(at(&around), (Ok(Some(ours)), Vec::new()));
}

#[test]
fn a_hook_stays_where_it_was_registered_unless_the_config_says_where_else() {
    let mut around = around();
    let address = "http://10.0.0.7:8787/webhook/plextrakt".to_owned();
    let mut connection = Connection::new(Source::Plex, "plex", "a");
    assert_eq!(around.hook_today(&connection), None);
    connection.hook = Some(Hook { address: address.clone(), id: String::new() });
    assert_eq!(around.hook_today(&connection), Some(format!("{address}?plex-T")));
    around.place.public_url = "https://s.example".into();
    let public = "https://s.example/webhook/plextrakt?plex-T".to_owned();
    assert_eq!(around.hook_today(&connection), Some(public));
}

#[test]
fn whether_a_webhook_came_is_not_known_where_no_daemon_runs() {
    let mut around = around();
    assert_eq!(around.came(Source::Emby, "e", Time(5)), None);
    around.effects.last_webhook =
        Some(Box::new(|kind, id| ((kind, id) == (Source::Emby, "e")).then_some(Time(5))));
    let came = [(Source::Emby, 5, true), (Source::Emby, 6, false), (Source::Plex, 5, false)];
    for (kind, since, expected) in came {
        assert_eq!(around.came(kind, "e", Time(since)), Some(expected), "{kind} {since}");
    }
}
