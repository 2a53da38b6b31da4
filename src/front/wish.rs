//! What can a connection need of the door?

use super::refusal::Refusal;
use crate::event::Source;
use crate::server::PostRefusal;
use std::net::IpAddr;

/// What a connection needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Nothing until its socket or its deadline speaks.
    Nothing,
    /// Room for a large body of at most so many bytes.
    LargeRoom(usize),
    /// The internal server.
    ServerRoom,
    /// To be refused.
    Refusal(Rejection),
    /// To be forgotten.
    End,
}

/// Why a request is turned away, and what is remembered of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rejection {
    /// What the client is told.
    pub(super) refusal: Refusal,
    /// Who is to blame, if a secret was shown that fits nothing.
    pub(super) blame: Option<IpAddr>,
    /// Of which kind of media server it was, why it is none of its webhooks, and who sent it; if it
    /// was to be one.
    pub(super) post: Option<(Source, PostRefusal, IpAddr)>,
}

impl Wish {
    /// To be refused, by who was let in, perhaps with a webhook of that kind of server from there.
    pub(super) fn refuse(refusal: Refusal, post: Option<(Source, IpAddr)>) -> Self {
        Self::Refusal(Rejection::of(refusal, post))
    }
}

impl Rejection {
    fn of(refusal: Refusal, post: Option<(Source, IpAddr)>) -> Self {
        let post = post.zip(refusal.of_post()).map(|((source, from), why)| (source, why, from));
        Self { refusal, blame: None, post }
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::of(refusal, None)
    }
}
