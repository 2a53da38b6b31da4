//! How are Jellyfin and Emby heard? They are asked again and again.
//!
//! Both have a socket that tells, too. At Jellyfin 10.9 and 10.10 it says nothing to an API key
//! (jellyfin/jellyfin#13479), and it sends no less than is asked for here. So what plays is asked for
//! every ten seconds while something does, and every thirty while nothing does: a start is seen in time.
//!
//! Not here: what follows from the answers (`plays`).

use super::listener::{End, Listener};
use super::plays::Moment;
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
    // Who sees only some may take strangers' plays for the household's (10.8), or miss some.
    media_server::shows_everybody(server)?;
    let id = media_server::id(server)?.unwrap_or_else(|| server.id.clone());
    let mut looked_after = Duration::ZERO;
    loop {
        if listener.clock.steady().saturating_sub(looked_after) >= LOOKS {
            looked_after = listener.clock.steady();
            look_after(listener);
        }
        let (sessions, there) = media_server::sessions(server)?;
        listener.well();
        let moment = Moment { steady: listener.clock.steady(), there };
        let events = listener.plays.borrow_mut().hear(&id, &sessions, moment);
        for event in &events {
            listener.tell(event)?;
        }
        let is_moving = listener.plays.borrow().is_moving();
        listener.wait(if is_moving { PLAYING } else { IDLE })?;
    }
}

/// Asks where each person could go on. What is not answered is not known.
fn look_after(listener: &Listener<'_>) {
    let plays = listener.plays.borrow().to_look_after();
    for (user, item) in plays {
        if let Ok(Some(at)) = media_server::resume_position(listener.server, &user, &item) {
            listener.plays.borrow_mut().kept(&user, &item, at, listener.clock.steady());
        }
    }
}
