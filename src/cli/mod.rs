//! What was asked for on the command line? One file a subcommand; `args` tells which.

pub mod args;
pub mod init;
