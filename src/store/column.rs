//! How does a value of ours stand in a column, and what does a column say?
//!
//! Not here: which tables and columns there are (`schema`).

use crate::event::Time;
use crate::intent::Intent;
use rusqlite::Row;
use serde::Serialize;

/// SQLite's integers are signed; our numbers never come near their end.
pub(super) fn key(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

pub(super) fn id(key: i64) -> u64 {
    u64::try_from(key).unwrap_or_default()
}

pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Time> {
    Ok(Time(id(row.get(column)?)))
}

pub(super) fn to_json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// The intent in a row, or why a damaged row tells none.
pub(super) fn parse(row: &Row<'_>, column: usize) -> Result<Intent, String> {
    let data: String = row.get(column).map_err(|error| error.to_string())?;
    serde_json::from_str(&data).map_err(|error| error.to_string())
}
