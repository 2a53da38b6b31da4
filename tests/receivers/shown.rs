//! What the command line says of receivers, and what it never says.

use super::daemon::webhook::{jellyfin, plex};
use super::daemon::{Scrobbled, wait_for};
use super::{HUSH, at, listening, state};
use standin::receiver::{Receiver, Server};
use std::fs;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn host(server: &Server) -> String {
    server.url().trim_start_matches("http://").to_owned()
}

#[test]
fn check_says_what_each_receiver_gets_and_sends_nothing() {
    let server = listening(Receiver::default());
    let config = format!(
        "{}{}{}",
        at(&server, "films", &format!("secret = '{SECRET}'")),
        at(&server, "scrob", "format = 'raw'\naccounts = ['default']"),
        at(&server, "chat", &format!("format = 'template'\nbody = '\"{HUSH}\"'")),
    );
    let daemon = Scrobbled::with_config(&config).start_alone();
    let said = daemon.cli(&["check"]);
    let host = host(&server);
    for line in [
        format!(
            "receiver `films`: gets play.finish, watched.marked as events of all accounts, signed, at \
             {host}\n"
        ),
        format!("receiver `films`: {host} can be reached\n"),
        format!("receiver `scrob`: gets each webhook as it came of account `default`, at {host}\n"),
        format!(
            "receiver `chat`: gets play.finish, watched.marked in its own words of all accounts, at \
             {host}\n"
        ),
    ] {
        assert!(said.out.contains(&line), "{line}{}", said.out);
    }
    assert!(!said.out.contains(HUSH) && !said.err.contains(HUSH), "{said:?}");
    assert_eq!(server.requests(), 0);
}

#[test]
fn explain_shows_what_a_receiver_would_be_told() {
    let server = listening(Receiver::default());
    let template = "format = 'template'\ncontent_type = 'text/plain'\nbody = '{label} {type}'";
    let config = format!(
        "{}{}{}",
        at(&server, "films", ""),
        at(&server, "chat", template),
        at(&server, "scrob", "format = 'raw'"),
    );
    let setup = Scrobbled::with_config(&config);
    let file = setup.home().path().join("watched");
    fs::write(&file, plex("completed").at(91.0).body().1).expect("a file");
    let said = setup.cli(&["explain", file.to_str().expect("text")]).good();
    let host = host(&server);
    for line in [
        format!("   passed on as it came to the receiver scrob, at {host}\n"),
        format!("   to the receiver films, at {host}:\n   → {{\"data\":{{\"account\":\"default\","),
        format!("   to the receiver chat, at {host}:\n   → A (2001) play.finish\n"),
    ] {
        assert!(said.contains(&line), "{line}{said}");
    }
    let asked = "   with the ids of its show, where the media server tells them\n";
    assert!(!said.contains(asked), "{said}");
    let named = setup.cli(&["explain", "--to", "trakt", file.to_str().expect("text")]).good();
    assert!(!named.contains("receiver"), "{named}");
    assert_eq!(server.requests(), 0);
}

#[test]
fn explain_says_of_a_webhook_that_a_server_is_asked_about_that_it_may_be_passed_on() {
    let server = listening(Receiver::default());
    let lists = "[jellyfin]\nurl = 'http://127.0.0.1:1'\napi_key = 't'\nlibraries = 'Films'\n";
    let config = format!("{lists}{}", at(&server, "scrob", "format = 'raw'"));
    let setup = Scrobbled::with_config(&config);
    let file = setup.home().path().join("watched");
    fs::write(&file, jellyfin("play").at(5.0).body().1).expect("a file");
    let said = setup.cli(&["explain", file.to_str().expect("text")]).good();
    let host = host(&server);
    let line = format!(
        "   passed on as it came to the receiver scrob, at {host}, if the server's answer lets it \
         through\n"
    );
    assert!(said.contains(&line), "{said}");
}

#[test]
fn explain_says_where_a_server_would_be_asked_for_the_ids_of_a_show() {
    let server = listening(Receiver::default());
    let plex_can_be_asked = "[plex]\nurl = 'http://127.0.0.1:1'\ntoken = 't'\n";
    let setup = Scrobbled::with_config(&format!("{plex_can_be_asked}{}", at(&server, "films", "")));
    let file = setup.home().path().join("watched");
    fs::write(&file, plex("completed").of("T1").at(91.0).body().1).expect("a file");
    let said = setup.cli(&["explain", file.to_str().expect("text")]).good();
    let asked = "   with the ids of its show, where the media server tells them\n";
    assert!(said.contains(asked), "{said}");
    assert_eq!(server.requests(), 0);
}

#[test]
fn the_address_of_one_that_is_not_there_is_said_nowhere() {
    let server = listening(Receiver::default());
    let config = format!(
        "log = 'trace'\n{}{}",
        at(&server, "films", ""),
        at(&server, "scrob", "format = 'raw'")
    );
    drop(server);
    let daemon = Scrobbled::with_config(&config).start_alone();
    daemon.post(&plex("completed").at(91.0));
    wait_for("that it is away", || state(&daemon), |state| state == "unreachable");
    let troubles = || daemon.home.log().matches("can't be reached").count();
    wait_for("that both are away", troubles, |count| *count == 2);
    let said = [daemon.home.log(), daemon.cli(&["status"]).good(), daemon.status().to_string()];
    assert!(said[1].contains("films: unreachable; 1 waiting, 0 parked"), "{}", said[1]);
    for said in said {
        assert!(!said.contains(HUSH), "{said}");
    }
}

#[test]
fn an_account_that_only_receivers_are_told_of_needs_no_login() {
    let server = listening(Receiver::default());
    let daemon = Scrobbled::with_config(&at(&server, "films", "")).start_alone();
    daemon.post(&plex("completed").at(91.0));
    wait_for("the play", || server.with(|receiver| receiver.posts().len()), |posts| *posts == 1);
    let status = daemon.status();
    let account = &status["accounts"][0];
    assert_eq!(account["state"], "receivers only", "{account}");
    let sentence = "connected to no tracker; plays go to the receiver `films`";
    assert_eq!(account["sentence"], sentence);
    assert_eq!(status["warnings"], serde_json::json!([]));
    assert_eq!(daemon.health(), (200, "ok\n".to_owned()));
    let said = daemon.cli(&["status"]).good();
    assert!(said.contains(&format!("default: {sentence}; 1 waiting, 0 parked\n")), "{said}");
    let said = daemon.cli(&["check"]).good();
    assert!(said.contains(&format!("account `default`: {sentence}\n")), "{said}");
    assert!(!said.contains("trackers: ") && !daemon.home.log().contains("login needed"), "{said}");
    let config = at(&server, "films", "accounts = ['mara']");
    let other =
        "[[account]]\nname = 'mara'\nplex = ['mara']\n[[account]]\nname = 'jo'\nplex = ['jo']\n";
    let daemon = Scrobbled::with_config(&format!("{config}{other}")).start_alone();
    let states: Vec<String> = (daemon.status()["accounts"].as_array().expect("a list").iter())
        .map(|account| account["state"].to_string())
        .collect();
    assert_eq!(states, [r#""receivers only""#, r#""refused""#], "no tracker has an app");
}
