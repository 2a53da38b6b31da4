//! What was watched that nobody told of?
//!
//! A webhook is sent once: what comes while the daemon is down, or nobody listens, is lost. But the
//! server has it in its history. So each history is read at the start, once a day and after
//! nobody has listened for a while ([`window`]); what it shows as played goes through the same filters and the
//! same engine as what was heard, with its own time, and is told unless it was told already (rule 22 of
//! docs/rules.md).
//!
//! One thread a server, so that one that is slow delays no other; between runs it sleeps.
//!
//! Not here: what a history proves (`media_server::history`), what was told already (`engine`,
//! `desk`).

mod bulk;
mod followed;
mod report;
mod run;
mod whose;
mod window;
mod worker;

pub use followed::Standing;
pub use report::{Count, PlayShown, Report, ServerReport};
pub use worker::{CatchUp, start};
