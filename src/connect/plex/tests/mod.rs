//! Conversations about a stand-in for plex.tv and stand-ins for servers, on one clock that runs by itself.

mod finding;
mod house;
mod later;
mod registering;
mod signing_in;
