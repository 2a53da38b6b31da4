//! What is remembered, and who may ask what?
//!
//! The desk is the thread that owns engine and store ([`Desk`]), with the words in which the rest
//! of the program speaks to it: what it is handed ([`Message`]) and asked ([`Command`]), what it
//! answers, and how things are ([`Figures`], [`Health`]).
//!
//! Not here: what an event means (`engine`), how it is kept (`store`), who speaks to the desk.

mod activity;
mod asker;
mod caught_up;
mod commands;
mod connections;
mod counts;
mod couriers;
mod disk;
mod facts;
mod farewells;
mod fates;
mod figures;
mod findings;
mod health;
mod heard;
mod history;
mod known_receivers;
mod known_servers;
mod known_shows;
mod leaving;
mod line;
mod logins;
mod lookout;
mod looks;
mod outbox;
mod parked;
mod parts;
mod queue;
mod receivers;
mod report;
mod servers;
pub mod shown;
mod shows;
mod status;
mod thread;
mod unclaimed;
mod viewings;

pub(crate) use activity::{Activity, answer};
pub(crate) use asker::Asker;
pub(crate) use caught_up::CaughtUp;
pub use caught_up::EarlierRuns;
pub use counts::Counts;
pub(crate) use couriers::Couriers;
pub(crate) use disk::Disk;
pub(crate) use farewells::Farewells;
pub(crate) use fates::{Fates, TOLD_MOST};
pub use figures::{DestinationFigures, Figures};
pub use findings::{Decided, HistoryMessage, Known};
pub(crate) use health::Health;
pub(crate) use known_receivers::open_receivers;
pub(crate) use known_servers::Connections;
pub use known_servers::KnownToServers;
pub(crate) use line::ActivityEntry;
pub(crate) use logins::{open, without_login};
pub(crate) use lookout::Lookout;
pub(crate) use parked::{POSSIBLE, ParkedEnds};
pub use parts::StatusText;
pub use queue::{Command, CommandResult, Lately, Logins, Message, Queue, Recipient};
pub(crate) use thread::{Desk, WebhookResponse};
pub(crate) use unclaimed::unclaimed;
