//! How does a tracker say it?
//!
//! A folder each; nothing above them knows more than this page.

pub mod trakt;
