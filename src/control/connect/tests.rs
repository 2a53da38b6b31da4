use super::*;

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
