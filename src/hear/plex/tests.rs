//! A stand-in for Plex is listened to, on a clock that the test moves.

use super::super::hearing::Hearings;
use super::super::listener::Taken;
use super::super::stop;
use super::*;
use crate::clock::{Clock, HandClock};
use crate::config::MediaServer;
use crate::event::{Event, Source, Time};
use crate::patience::wait_for;
use crate::secret::Secret;
use standin::plex::{Library, Plex, Server, TOKEN, Watch};
use standin::trakt::{Catalogue, Fault};
use std::sync::{Arc, Mutex};
use std::thread;

const FILM: Watch =
    Watch { who: Some("mara.finch"), player: "TV", what: "The Salt Road", from_ms: 0 };
const NOW: standin::Time = standin::Time(1_795_550_400_000);

/// Who ends it.
#[derive(PartialEq)]
enum Ends {
    ByItself,
    Stopped,
}

/// Listens while `act` does something at the server: how it ended, and what was told.
fn heard(ends: &Ends, act: impl FnOnce(&Server, &HandClock) + Send) -> (End, Vec<String>) {
    let plex = Plex::new(Library::of(&Catalogue::samples()));
    let plex = Server::start(plex, "127.0.0.1:0", || NOW).expect("a port");
    let server = MediaServer {
        url: plex.url(),
        token: Secret::new(TOKEN),
        hear: true,
        ..MediaServer::new(Source::Plex)
    };
    let hand = HandClock::at(Time(NOW.0));
    let (clock, (bell, stop), hearings) =
        (Clock::ByHand(hand.clone()), stop::pair(), Hearings::default());
    let told = Arc::new(Mutex::new(Vec::new()));
    let into = told.clone();
    let sink = move |event: Event| {
        let line = format!("{} {} {}", event.action.word(), event.user.name, event.item.title);
        into.lock().expect("no panic").push(line);
        Taken::Safe
    };
    let end = thread::scope(|scope| {
        let (server, clock, sink, hearings) = (&server, &clock, &sink, &hearings);
        let listening =
            scope.spawn(move || listen(&Listener::new(server, clock, &stop, sink, hearings, &[])));
        let well = || hearings.of(server).is_some_and(|hearing| hearing.since.is_some());
        wait_for("that it is heard", well, |well| *well);
        act(&plex, &hand);
        if *ends == Ends::ByItself {
            wait_for("its own end", || listening.is_finished(), |finished| *finished);
        }
        bell.ring();
        listening.join().expect("no panic")
    });
    let told = told.lock().expect("no panic").clone();
    (end, told)
}

/// How often its sessions were asked for.
fn looks(plex: &Server) -> usize {
    plex.log().iter().filter(|asked| asked.target == "/status/sessions").count()
}

#[test]
fn who_is_stopped_ends_at_once_though_the_stream_is_silent() {
    let (end, told) = heard(&Ends::Stopped, |plex, _| {
        plex.with(|plex| plex.play(&FILM, NOW));
        wait_for("a look", || looks(plex), |count| *count == 2);
    });
    assert_eq!((end, told.len()), (End::Stopped, 1));
    assert_eq!(told, ["start mara.finch The Salt Road"]);
}

#[test]
fn a_server_that_streams_and_never_shows_its_sessions_is_not_heard() {
    let (end, told) = heard(&Ends::ByItself, |plex, hand| {
        plex.order(Fault::html(502).times(100).on("GET", "/status/sessions"));
        plex.with(|plex| plex.play(&FILM, NOW));
        for look in 2..=6 {
            let again = || {
                plex.with(|plex| plex.seek("TV", 0, NOW));
                looks(plex)
            };
            wait_for("a look", again, |count| *count >= look);
            hand.advance(Duration::from_secs(6));
        }
    });
    let End::Trouble(trouble) = end else { panic!("{end:?}") };
    assert!(trouble.sentence.ends_with("answers with an error (502); look there"), "{trouble:?}");
    assert_eq!((trouble.lasts, told), (false, Vec::new()));
}
