//! What does the whole stand-in do with a request where nobody orders misbehaviour? What the
//! service does.

use crate::http::Request;
use crate::service::{Mark, Service};
use crate::{Time, wire};
use std::io;
use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};

pub(crate) struct Stage<S> {
    pub(crate) service: S,
}

impl<S> Stage<S> {
    pub(crate) fn new(service: S) -> Self {
        Self { service }
    }
}

pub(crate) fn exchange<S: Service>(
    stage: &Mutex<Stage<S>>,
    _number: u64,
    request: &Request,
    now: &dyn Fn() -> Time,
    stream: &mut TcpStream,
) -> io::Result<()> {
    let answer = {
        let service = &mut stage.lock().unwrap_or_else(PoisonError::into_inner).service;
        service.page(request, now()).unwrap_or_else(|| service.answer(request, now()))
    };
    if !wire::is_endless(&answer) {
        return wire::send(stream, &answer);
    }
    let mut mark = Mark::default();
    wire::stream(stream, &answer, || {
        let service = &mut stage.lock().unwrap_or_else(PoisonError::into_inner).service;
        service.more(request, &mut mark, now())
    })
}
