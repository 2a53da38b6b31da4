//! How are Jellyfin and Emby heard? They are asked again and again.
//!
//! Both have a socket that tells, too. At Jellyfin 10.9 and 10.10 it says nothing to an API key
//! (jellyfin/jellyfin#13479), and it sends no less than is asked for here. So what plays is asked for
//! every ten seconds while something does, and every thirty while nothing does: a start is seen in time.
//!
//! Not here: what follows from the answers (`plays`).

use super::listener::{End, Listener};
use super::plays::Moment;
use crate::event::{Action, Event};
use crate::media_server;
use std::convert::Infallible;
use std::time::Duration;

/// How often it is asked while something plays: as often as players report.
const PLAYING: Duration = Duration::from_secs(10);
/// And while nothing does. In the meantime nothing wakes an idle machine.
const IDLE: Duration = Duration::from_secs(30);

/// How often Emby is asked where it would let somebody go on.
const LOOKS: Duration = Duration::from_secs(30);

/// Hears a Jellyfin or an Emby.
pub(super) fn listen(listener: &Listener<'_>) -> End {
    match ask(listener) {
        Err(end) => end,
        Ok(never) => match never {},
    }
}

fn ask(listener: &Listener<'_>) -> Result<Infallible, End> {
    let server = listener.server;
    // Who is no administrator may see strangers' plays all the same (10.8), or part of them.
    let shown = media_server::shows(server)?;
    listener.plays.borrow_mut().keep(|user| shown.includes(user));
    let id = media_server::id(server)?.unwrap_or_else(|| server.id.clone());
    let mut looked_after = None;
    loop {
        let began = listener.clock.steady();
        if looked_after.is_none_or(|at| began.saturating_sub(at) >= LOOKS) {
            looked_after = Some(began);
            look_after(listener);
        }
        let (mut sessions, there) = media_server::sessions(server)?;
        sessions.keep(|user| shown.includes(user));
        listener.well();
        let moment = Moment { steady: listener.clock.steady(), there };
        let events = listener.plays.borrow_mut().hear(&id, &sessions, moment);
        for event in events {
            listener.tell(&ended(listener, event, moment.steady))?;
        }
        let every = if listener.plays.borrow().is_moving() { PLAYING } else { IDLE };
        let taken = listener.clock.steady().saturating_sub(began);
        listener.wait(every.saturating_sub(taken))?; // a slow answer makes nothing rarer
    }
}

/// Asks where each person could go on. What is not answered is not known.
fn look_after(listener: &Listener<'_>) {
    let plays = listener.plays.borrow().to_look_after();
    for (user, item) in plays {
        if let Ok(Some(kept)) = media_server::kept(listener.server, &user, &item) {
            let now = listener.clock.steady();
            listener.plays.borrow_mut().kept(&user, &item, kept.position_ms, now);
        }
    }
}

/// A stop, completed where the server says that the player came to the end after it was asked last.
fn ended(listener: &Listener<'_>, event: Event, steady: Duration) -> Event {
    if !listener.plays.borrow().may_be_played(&event, steady) {
        return event;
    }
    match media_server::kept(listener.server, &event.user.id, &event.item.key) {
        Ok(Some(kept)) if kept.is_played && kept.position_ms == 0 => {
            Event { action: Action::Stop { completed: true }, ..event }
        }
        Ok(_) | Err(_) => event, // it was left before, or nobody knows
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::{Clock, HandClock};
    use crate::config::{MediaServer, Settings};
    use crate::event::{Source, Time};
    use crate::hear::{Ears, Sink, Taken};
    use crate::patience::wait_for;
    use crate::secret::Secret;
    use crate::threads::Vital;
    use standin::jellyfin::{Dialect, Jellyfin, KEY, Server};
    use standin::trakt::Catalogue;
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn it_is_asked_every_ten_seconds_while_something_plays_and_every_thirty_while_nothing_does() {
        let hand = HandClock::at(Time(1_795_550_400_000));
        let clock = Clock::ByHand(hand.clone());
        let now = clock.clone();
        let jellyfin = Jellyfin::new(Dialect::Jellyfin12).with(&Catalogue::samples());
        let server = Server::start(jellyfin, "127.0.0.1:0", move || standin::Time(now.now().0));
        let server = server.expect("a port");
        let settings = Settings {
            media_servers: vec![MediaServer {
                url: server.url(),
                token: Secret::new(KEY),
                hear: true,
                ..MediaServer::new(Source::Jellyfin)
            }],
            ..Settings::default()
        };
        let (told, heard) = channel();
        let sink: Arc<Sink> = Arc::new(move |event| {
            told.send(event.action.word()).expect("the test listens");
            Taken::Safe
        });
        let vital = Vital::new(|why| panic!("{why}"));
        let ears = Ears::new(&clock, &vital, sink);
        ears.listen_to(&settings, &[]).expect("a thread");
        let polls = || {
            let log = server.log();
            let polls = log.iter().filter(|one| one.target == "/Sessions");
            polls.map(|one| one.at).collect::<Vec<_>>()
        };
        // A moment before the time nobody asks, and then at once.
        let next = |count: usize, seconds: u64| {
            let moment = Duration::from_millis(1);
            hand.advance(Duration::from_secs(seconds).saturating_sub(moment));
            let (_still, nothing) = channel::<()>();
            assert!(nothing.recv_timeout(Duration::from_millis(30)).is_err());
            hand.advance(moment);
            let polls = wait_for("a question", polls, |polls| polls.len() >= count);
            let [.., before, last] = polls.as_slice() else { panic!("{polls:?}") };
            assert_eq!(last.since(*before), Duration::from_secs(seconds), "{polls:?}");
            wait_for("its answer", || server.is_idle(), |idle| *idle);
        };
        wait_for("a question", polls, |polls| polls.len() == 1);
        next(2, 30);
        server
            .at(|jellyfin, now| jellyfin.play("den", "mara", "The Salt Road", Duration::ZERO, now));
        next(3, 30);
        let patience = Duration::from_secs(30);
        assert_eq!(heard.recv_timeout(patience), Ok("start"));
        next(4, 10);
        server.at(|jellyfin, now| jellyfin.pause("den", now));
        next(5, 10);
        assert_eq!(heard.recv_timeout(patience), Ok("progress"));
        assert_eq!(heard.recv_timeout(patience), Ok("pause"));
        next(6, 30);
        ears.stop();
    }
}
