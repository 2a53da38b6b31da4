//! What does the whole stand-in do with a request where nobody orders misbehaviour? What the
//! service does.

use crate::http::Request;
use crate::service::Service;
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
    now: Time,
    stream: &mut TcpStream,
) -> io::Result<()> {
    let answer = {
        let service = &mut stage.lock().unwrap_or_else(PoisonError::into_inner).service;
        service.page(request, now).unwrap_or_else(|| service.answer(request, now))
    };
    wire::send(stream, &answer)
}
