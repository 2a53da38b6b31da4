//! What keeps plays out there and is not kept here: each with the words in which it is told.

#![expect(clippy::needless_pass_by_value, reason = "so that the cases need no `&`")]

use super::*;

/// A config of today's with a webhook of these settings, and a second instance of each server.
fn webhook(settings: Json) -> Json {
    let server =
        json!({"account_token": "t", "access_token": "t", "instances": {"P01": {"label": "Jo"}}});
    let mut webhook = settings;
    webhook["sinks"] = json!(["trakt"]);
    json!({
        "version": "0.11.3", "plex": server, "jellyfin": {"access_token": "t"}, "user_profiles": {"p1": {}},
        "scrobble": {"enabled": true, "sources": {"webhook": true, "watcher": false}, "webhook": webhook},
    })
}

fn route(server: &str, account: &str, filters: Json) -> Json {
    json!({"provider": server, "sink": "trakt", "sink_instance": account, "filters": filters})
}

fn watcher(routes: Json) -> Json {
    json!({"scrobble": {"enabled": true, "sources": {"watcher": true}, "watch": {"routes": routes}}})
}

fn lost(theirs: &Json) -> Vec<String> {
    convert(&theirs.to_string()).expect("a config").lost
}

#[test]
fn each_list_that_is_lost_is_named_with_who_is_in_it() {
    let plex = "scrobble.watch.routes.0.filters";
    let profiles = "scrobble.webhook.profiles";
    let cases = [
        // Everybody's plays at one server are everybody's at all.
        (
            webhook(json!({"profiles": {"plex": {"P01": {
                "sink_instances": {"trakt": "TRAKT-P01"},
                "filters_plex": {"username_whitelist": ["jo", "id:11"]}}}}})),
            format!(
                "{profiles}.plex.P01.filters_plex.username_whitelist (jo, id:11): holds for `P01` \
                 there; here everybody's plays at Plex go to account `default`, because `default` \
                 has no list"
            ),
        ),
        // A person's way without a list lets nobody through.
        (
            webhook(json!({"user_profile_assignments": {"plex:P01:trakt:default": "p1"}})),
            format!(
                "{profiles}.plex.P01: holds for `P01` there; here everybody's plays at Plex go to \
                 account `default`, because `default` has no list"
            ),
        ),
        // A list of what is off, and nothing in its place.
        (
            webhook(json!({"profiles": {"plex": {"P01": {
                "enabled": false, "filters_plex": {"username_whitelist": ["jo"]}}}}})),
            format!(
                "{profiles}.plex.P01.filters_plex.username_whitelist (jo): is off there, and \
                 everybody's plays at Plex go to account `default`"
            ),
        ),
        (
            json!({"scrobble": {"mode": "webhook", "watch": {"filters": {"username_whitelist": ["mara"]}},
                                "webhook": {}}}),
            "scrobble.watch.filters.username_whitelist (mara): is off there, and everybody's plays \
             at Plex go to account `default`"
                .to_owned(),
        ),
        // Words of theirs that this program does not know.
        (
            webhook(json!({"circles": {"family_whitelist": ["mara"]}})),
            "scrobble.webhook.circles.family_whitelist (mara): is off there, and everybody's plays \
             at Plex go to account `default`"
                .to_owned(),
        ),
        (
            watcher(json!([route("plex", "", json!({"username_whitelist": ["mara", "*"]}))])),
            format!("{plex}.username_whitelist (mara, *): not all of it is a name at Plex"),
        ),
        (
            watcher(json!([route("emby", "", json!({"username_whitelist": ["id:7", "jo"]}))])),
            format!("{plex}.username_whitelist (id:7, jo): not all of it is a name at Emby"),
        ),
        (
            watcher(json!([route("plex", "", json!({"username_whitelist": ["jo"], "user_id": "7"}))])),
            format!("{plex}.user_id (7): must match beside the list of names there"),
        ),
        (
            watcher(json!([
                route("plex", "", json!({"username_whitelist": ["mara"], "server_uuid": "aa"})),
                route("plex", "P1", json!({"username_whitelist": ["jo"]})),
            ])),
            format!(
                "{plex}.server_uuid (aa): not all of Plex has the same list of servers there, and \
                 here it has one"
            ),
        ),
        (
            watcher(json!([route("emby", "", json!({"server_uuid_whitelist": ["aa", "bb"]}))])),
            format!("{plex}.server_uuid_whitelist (aa, bb): a list of servers is only for Plex here"),
        ),
        (
            watcher(json!([
                route("plex", "", json!({"username_whitelist": ["mara"]})),
                route("plex", "P1", json!({"username_whitelist": ["jo"], "ignored_editions": ["Cut"]})),
            ])),
            "scrobble.watch.routes.1.filters.ignored_editions (Cut): not all of Plex has the same list \
             there, and here it has one"
                .to_owned(),
        ),
        (
            watcher(json!([route("plex", "", json!({"ignored_path_prefixes": {"/kids": true}}))])),
            format!(
                "{plex}.ignored_path_prefixes ({{\"/kids\":true}}): is no list of folders or editions"
            ),
        ),
        (
            watcher(json!([route("plex", "", json!({"ignore_agregarr_trailers": true}))])),
            format!(
                "{plex}.ignore_agregarr_trailers (true): files are told apart by folder and edition \
                 only here"
            ),
        ),
    ];
    for (theirs, expected) in cases {
        let lost = lost(&theirs).into_iter().filter(|lost| !lost.starts_with("scrobble: "));
        assert_eq!(lost.collect::<Vec<_>>(), [expected], "{theirs}");
    }
}

#[test]
fn a_list_that_is_none_lets_nobody_through() {
    let cases = [
        ("username_whitelist", json!({"mara": true}), "({\"mara\":true}): is no list of names"),
        ("username_whitelist", json!([null]), "(): is no list of names"),
        ("username_whitelist", json!([" "]), "(): not all of it is a name at Plex"),
        ("server_uuid_whitelist", json!([false]), "(false): is no list of servers"),
        ("user_id", json!("7"), "(7): Plex has no such ids"),
    ];
    for (key, value, why) in cases {
        let theirs = watcher(json!([
            route("plex", "", json!({key: value})),
            route("emby", "", json!({"username_whitelist": ["mara"]})),
        ]));
        let Converted { ours, lost } = convert(&theirs.to_string()).expect("a config");
        let why = why.strip_prefix("()").map_or(format!(" {why}"), str::to_owned);
        assert_eq!(lost, [format!("scrobble.watch.routes.0.filters.{key}{why}")]);
        assert!(!ours.contains("plex = ["), "{ours}");
    }
}

#[test]
fn libraries_are_one_list_for_a_kind_of_server() {
    let mut theirs = watcher(json!([
        {"provider": "plex", "sink": "trakt", "filters": {"username_whitelist": ["mara"]}},
        {"provider": "plex", "provider_instance": "P01", "sink": "trakt",
         "filters": {"username_whitelist": ["jo"]}},
    ]));
    theirs["plex"] = json!({"scrobble": {"libraries": [2, "1"]}, "instances": {"P01": {}}});
    assert_eq!(lost(&theirs), [""; 0], "an instance has those of its server");
    assert!(
        lines(&theirs)
            .contains(&"libraries = [\"1\", \"2\"]  # plex.scrobble.libraries".to_owned())
    );
    theirs["plex"]["instances"]["P01"] = json!({"scrobble": {"libraries": ["3"]}});
    let why = "not all of Plex has the same list of libraries there, and here it has one";
    assert_eq!(
        lost(&theirs),
        [
            format!("plex.instances.P01.scrobble.libraries (3): {why}"),
            format!("plex.scrobble.libraries (2, 1): {why}"),
        ]
    );
    theirs["plex"] = json!({"scrobble": {"libraries": {"1": true}}});
    assert_eq!(
        lost(&theirs)[..1],
        ["plex.scrobble.libraries ({\"1\":true}): is no list of libraries"]
    );
}

/// Another tracker's list, one that is off beside one that counts, one beneath another.
#[test]
fn a_list_that_keeps_nobody_out_is_told_and_does_no_harm() {
    let simkl =
        json!({"provider": "plex", "sink": "simkl", "filters": {"username_whitelist": ["sam"]}});
    let off = json!({"provider": "emby", "enabled": false, "sink": "trakt",
                     "filters": {"username_whitelist": ["kim"]}});
    let open = route("plex", "", json!({}));
    let theirs = watcher(json!([open, simkl, off]));
    assert_eq!(
        lines(&theirs),
        [
            "[[account]]",
            "name = \"default\"  # trakt",
            "plex = [\"*\"]  # scrobble.watch.routes.0",
            "# Set in CrossWatch, but not converted:",
            "# - scrobble.watch.routes.1.filters.username_whitelist (sam): leads to another tracker",
            "# - scrobble.watch.routes.1: off, or not a route from Plex, Jellyfin or Emby to Trakt",
            "# - scrobble.watch.routes.2.filters.username_whitelist (kim): is off there",
            "# - scrobble.watch.routes.2: off, or not a route from Plex, Jellyfin or Emby to Trakt",
            "# Syncing, schedules and other trackers stay in CrossWatch.",
        ]
    );
    let theirs = webhook(json!({
        "filters_plex": {"username_whitelist": ["mara", "friend"]},
        "filters_jellyfin": {"username_whitelist": ["mara"]},
        "providers": {"plex": {"filters_plex": {"username_whitelist": ["mara"]}}},
    }));
    assert_eq!(lost(&theirs), [""; 0]);
}

#[test]
fn where_nothing_leads_to_trakt_nothing_is_sent() {
    let theirs = watcher(json!([{"provider": "plex", "sink": "simkl"}]));
    let expected = "scrobble: no way leads from Plex, Jellyfin or Emby to Trakt, so it is not known \
                    whose plays to send";
    assert_eq!(lost(&theirs), [expected]);
    assert_eq!(
        lines(&theirs)[..8],
        [
            "[[account]]",
            "name = \"default\"",
            "plex = [\"*\"]",
            "jellyfin = [\"*\"]",
            "emby = [\"*\"]",
            "dry_run = true  # whose plays to send is not known: write it above, then take this line out",
            "# Keeps plays from Trakt in CrossWatch, and is not converted:",
            &format!("# - {expected}"),
        ]
    );
}

/// Step 1 asks for it, so a config may come with all of it off.
#[test]
fn what_is_off_altogether_is_converted_as_if_it_were_on() {
    let mut theirs = webhook(json!({"filters_plex": {"username_whitelist": ["mara"]},
                                    "filters_jellyfin": {"username_whitelist": ["mara"]}}));
    let on = lines(&theirs);
    theirs["scrobble"]["enabled"] = json!(false);
    assert_eq!(lines(&theirs), on);
    theirs["scrobble"]["sources"] = json!({"webhook": false, "watcher": false});
    assert_eq!(lines(&theirs), on);
}

/// The only way of a watcher before there were routes.
#[test]
fn an_old_watcher_has_one_list_for_its_one_server() {
    let watch = |sink: &str| {
        json!({"version": "0.8.0", "scrobble": {"mode": "watch", "watch": {"provider": "jellyfin",
               "sink": sink, "filters": {"username_whitelist": ["mara"]}}}})
    };
    assert_eq!(
        lines(&watch("simkl,trakt"))[..3],
        [
            "[[account]]",
            "name = \"default\"  # trakt",
            "jellyfin = [\"mara\"]  # scrobble.watch.filters.username_whitelist",
        ]
    );
    assert_eq!(lost(&watch("simkl")).len(), 1);
    let mut old = watch("trakt");
    old["scrobble"]["watch"]["provider"] = json!("plex");
    old["plex"] = json!({"server_uuid": "aa"});
    assert_eq!(lines(&old)[..2], ["[plex]", "servers = [\"aa\"]  # plex.server_uuid"]);
}

/// One list in two places is one; and where all of a kind is for one account, two are one.
#[test]
fn lists_of_servers_for_the_same_people_are_put_together() {
    let mara = |key: &str, value: Json| {
        route("plex", "", json!({"username_whitelist": ["mara"], key: value}))
    };
    let theirs = watcher(json!([
        mara("server_uuid_whitelist", json!("aa, bb")),
        mara("server_uuid", json!("cc")),
    ]));
    assert_eq!(lost(&theirs), [""; 0]);
    assert_eq!(
        lines(&theirs)[1],
        "servers = [\"aa\", \"bb\", \"cc\"]  # scrobble.watch.routes.0.filters.server_uuid_whitelist, \
         scrobble.watch.routes.1.filters.server_uuid"
    );
    let theirs = watcher(json!([
        mara("server_uuid_blacklist", json!(["aa", "bb"])),
        mara("server_uuid_whitelist", json!(["bb"])),
    ]));
    assert!(lines(&theirs)[1].starts_with("block_servers = [\"aa\"]  # "));
}

/// Two logins there are two accounts here, whatever they are called.
#[test]
fn no_two_logins_become_one_account() {
    let theirs = watcher(json!([
        route("plex", "jo", json!({"username_whitelist": ["a"]})),
        route("plex", "Jo", json!({"username_whitelist": ["b"]})),
        route("plex", "\u{1}", json!({"username_whitelist": ["c"]})),
        route("plex", "default:3", json!({"username_whitelist": ["d"]})),
    ]));
    let names = lines(&theirs).into_iter().filter(|line| line.starts_with("name"));
    assert_eq!(
        names.collect::<Vec<_>>(),
        [
            "name = \"default\"  # trakt",
            "name = \"account\"  # trakt.instances.\\u{1}",
            "name = \"jo\"  # trakt.instances.Jo",
            "name = \"jo-2\"  # trakt.instances.jo",
        ]
    );
}

#[test]
fn what_is_kept_out_by_folder_or_edition_is_so_here() {
    let filters =
        json!({"ignored_path_prefixes": ["/kids", r"Z:\gym"], "ignored_editions": "Trailer"});
    let theirs = watcher(json!([route("plex", "", filters)]));
    let Converted { ours, lost } = convert(&theirs.to_string()).expect("a config");
    assert_eq!(lost, [""; 0]);
    let at = "scrobble.watch.routes.0.filters";
    for line in [
        format!(
            r#"ignore_paths = ["/kids", 'Z:\gym']  # {at}.ignored_path_prefixes; case counts here"#
        ),
        format!(r#"ignore_editions = ["Trailer"]  # {at}.ignored_editions"#),
    ] {
        assert!(ours.lines().any(|it| it == line), "{line}\n{ours}");
    }
}
