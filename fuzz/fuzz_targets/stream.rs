//! What a Plex server streams and lists says the same in whatever pieces it comes, and breaks nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scrobbled::http::events::{Events, MOST, Message, TooLong};
use scrobbled::webhook::plex::{described, notifications, sessions};

fn told<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Vec<Message>, TooLong> {
    let (mut events, mut told) = (Events::default(), Vec::new());
    for piece in pieces {
        events.take(piece, &mut told)?;
    }
    Ok(told)
}

fuzz_target!(|bytes: &[u8]| {
    let whole = told(std::iter::once(bytes));
    assert_eq!(told(bytes.chunks(1)), whole);
    for message in whole.into_iter().flatten() {
        assert!(message.data.len() <= MOST);
        assert!(notifications(&message.data).iter().all(|said| !said.key.is_empty()));
    }
    let text = String::from_utf8_lossy(bytes);
    let _ = (notifications(&text), described(&text)); // neither may panic
    assert!(sessions("", &text).is_none_or(|all| all.len() <= 200));
});
