//! What does the whole stand-in do with a request where nobody orders misbehaviour? What Trakt does.

use super::http::Request;
use super::{Trakt, pages, wire};
use crate::Time;
use std::io;
use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};

pub(super) struct Stage {
    pub(super) trakt: Trakt,
}

impl Stage {
    pub(super) fn new(trakt: Trakt) -> Self {
        Self { trakt }
    }
}

pub(super) fn exchange(
    stage: &Mutex<Stage>,
    _number: u64,
    request: &Request,
    now: Time,
    stream: &mut TcpStream,
) -> io::Result<()> {
    let answer = {
        let trakt = &mut stage.lock().unwrap_or_else(PoisonError::into_inner).trakt;
        pages::answer(trakt, request, now).unwrap_or_else(|| trakt.answer(request, now))
    };
    wire::send(stream, &answer)
}
