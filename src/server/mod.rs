//! What was posted, and what shall be answered?

pub mod body;
