//! The ids of a show, which most webhooks don't name.

use super::daemon::by_hand::Rig;
use super::daemon::webhook::{Webhook, emby, plex};
use super::daemon::{Scrobbled, Trakt, all_good, wait_for};
use super::{at, listening};
use scrobbled::event::Source;
use serde_json::{Value, json};
use standin::media_server::{Fake, Manner, TOKEN};
use standin::receiver::{Receiver, Server};
use std::time::Duration;

const TYPES: &str = "types = ['play.start', 'play.finish', 'rating.set']";
const OF_PLEX: &str = r#"{"MediaContainer":{"Metadata":[{"ratingKey":"22160",
    "guid":"plex://show/65aa","Guid":[{"id":"tmdb://777"},{"id":"tvdb://9110"}]}]}}"#;
const OF_EMBY: &str = r#"{"Items":[{"Id":"40200","ProviderIds":{"Tmdb":"777","Tvdb":"9110"}}]}"#;

/// Makes a webhook.
type Post = fn(&str) -> Webhook;

/// The section of a server that can be asked at `url`.
fn section(source: Source, url: &str) -> String {
    let key = if source == Source::Plex { "token" } else { "api_key" };
    format!("[{}]\nurl = '{url}'\n{key} = '{TOKEN}'\ncatch_up = false\n", source.word())
}

/// What each event that came says of an episode and its show.
fn told(server: &Server) -> Vec<(String, String, Value)> {
    let one = |event: &Value| {
        let item = &event["data"]["item"];
        let word = |word: &Value| word.as_str().unwrap_or_default().to_owned();
        (word(&event["type"]), word(&item["title"]), item["show"]["ids"].clone())
    };
    server.with(|receiver| receiver.events().iter().map(one).collect())
}

fn expected(said: &[(&str, &str)], ids: &Value) -> Vec<(String, String, Value)> {
    let one = |(kind, title): &(&str, &str)| ((*kind).to_owned(), (*title).to_owned(), ids.clone());
    said.iter().map(one).collect()
}

/// How often a server was asked for the show.
fn asked(fake: &Fake) -> usize {
    let is_it = |path: &String| path.contains("/metadata/22160") || path.contains("Ids=40200&");
    fake.asked().into_iter().filter(is_it).count()
}

#[test]
fn a_receiver_is_told_the_ids_of_a_show_which_its_server_is_asked_for_once() {
    let cases: [(Post, &str); 2] = [(plex, OF_PLEX), (emby, OF_EMBY)];
    let mut wrong = Vec::new();
    for (webhook, answer) in cases {
        let (fake, server) =
            (Fake::says(200, "application/json", answer), listening(Receiver::default()));
        let source = webhook("play").source;
        // A rating has no player that would say at which kind of server it was.
        let keys = format!("ratings = true\nid = '{:040x}'\n", 0x5f0c_9be2_u64);
        let keys = if source == Source::Plex { keys.as_str() } else { "" };
        let section = section(source, &fake.url());
        let config = format!("{section}{keys}{}", at(&server, "films", TYPES));
        let daemon = Scrobbled::with_config(&config).start_alone();
        daemon.post(&webhook("play").of("T1").at(5.0));
        wait_for("the start", || told(&server).len(), |told| *told == 1);
        daemon.post(&webhook("completed").of("T1").at(95.0));
        daemon.post(&webhook("completed").of("T2").at(95.0));
        let mut said = vec![("play.start", "T1"), ("play.finish", "T1"), ("play.finish", "T2")];
        if source == Source::Plex {
            daemon.post(&webhook("rate").of("T3").at(8.0));
            said.push(("rating.set", "T3"));
        }
        let told = wait_for("all of it", || told(&server), |told| told.len() == said.len());
        let ids = json!({ "imdb": null, "tmdb": 777, "tvdb": 9110 });
        if (&told, asked(&fake)) != (&expected(&said, &ids), 1) {
            wrong.push(format!("{source}: {told:#?}, asked {:?}", fake.asked()));
        }
    }
    all_good(&wrong);
}

#[test]
fn a_server_that_does_not_answer_holds_up_no_tracker_and_a_receiver_for_a_moment() {
    let (fake, server) = (Fake::start(Manner::Hangs), listening(Receiver::default()));
    let config = format!("{}{}", section(Source::Plex, &fake.url()), at(&server, "films", TYPES));
    let mut rig = Rig::with_config(&config);
    rig.daemon.post(&plex("completed").of("T1").at(95.0));
    rig.wait(Duration::from_secs(1));
    wait_for("the play at Trakt", || rig.trakt.plays("Toons 1x01"), |plays| *plays == 1);
    wait_for("the question", || asked(&fake), |asked| *asked == 1);
    assert_eq!(told(&server), []);
    let begin = rig.now();
    let told = wait_for(
        "the play",
        || {
            rig.step(Duration::from_millis(500));
            told(&server)
        },
        |told| !told.is_empty(),
    );
    let nothing = json!({ "imdb": null, "tmdb": null, "tvdb": null });
    assert_eq!(told, expected(&[("play.finish", "T1")], &nothing));
    assert!(rig.now().since(begin) <= Duration::from_secs(6), "{:?}", rig.now().since(begin));
}

#[test]
fn nobody_is_asked_for_what_no_receiver_says() {
    let (fake, server) =
        (Fake::says(200, "application/json", OF_PLEX), listening(Receiver::default()));
    let raw = listening(Receiver::default());
    let trakt = Trakt::start();
    let body = "format = 'template'\nbody = '{\"text\": {text}, \"show\": {item.show.title}}'";
    let config = format!(
        "{}{}{}",
        section(Source::Plex, &fake.url()),
        at(&server, "chat", body),
        at(&raw, "raw", "format = 'raw'")
    );
    let daemon = Scrobbled::with_config(&config).start(&trakt).login();
    daemon.post(&plex("completed").of("T1").at(95.0));
    let posts = |server: &Server| server.with(|receiver| receiver.posts().len());
    wait_for("the play", || posts(&server), |posts| *posts == 1);
    wait_for("the webhook", || posts(&raw), |posts| *posts == 1);
    wait_for("the play at Trakt", || trakt.plays("Toons 1x01"), |plays| *plays == 1);
    assert_eq!(asked(&fake), 0);
}
