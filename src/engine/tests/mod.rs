//! The rules as tables of cases, and as properties.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::wildcard_enum_match_arm,
    reason = "stories name small numbers, and print most verbs alike"
)]

mod asked;
mod cases;
mod floods;
mod history;
mod identity;
mod memory;
mod promises;
mod script;
mod stories;
mod viewings;
