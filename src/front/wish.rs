//! What can a connection need of the door?

use super::refusal::Refusal;
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
    /// To be refused; and who is to blame, if a secret was shown that fits nothing.
    Refusal(Refusal, Option<IpAddr>),
    /// To be forgotten.
    End,
}
