//! What was asked for on the command line? One file a subcommand; `args` tells which.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage or config. What was asked for goes to stdout,
//! errors go to stderr, one line each, with the mend.

pub mod args;
mod catch_up;
mod check;
mod completions;
mod connect;
mod demo;
mod explain;
mod exposed;
mod first_start;
mod healthz;
mod help;
mod import;
pub mod init;
mod login;
mod reach;
mod receivers;
mod reload;
mod restore;
mod secret_line;
mod serve;
mod service;
mod status;
mod urls;
mod usage;

use crate::config::{self, ConfigError, Loaded, Surroundings};
use crate::logging;
use crate::plain;
use args::{Command, WhichTokens};
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

/// Why a command came to nothing: one line a problem, and the exit code.
#[derive(Debug)]
struct Failure {
    code: u8,
    text: String,
}

impl Failure {
    /// Wrong usage or config.
    fn wrong(error: &impl fmt::Display) -> Self {
        Self { code: 2, text: error.to_string() }
    }
}

impl<E: fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { code: 1, text: error.to_string() }
    }
}

/// Does what the words of the command line (without the program's name) ask for.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let done = args::parse(words)
        .map_err(|error| Failure::wrong(&error))
        .and_then(|invocation| dispatch(invocation.command, invocation.options.config.as_deref()));
    logging::flush();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            logging::last_words(&failure.text);
            ExitCode::from(failure.code)
        }
    }
}

fn dispatch(command: Command, config: Option<&Path>) -> Result<(), Failure> {
    match command {
        Command::Help => print(args::help().trim_end()),
        Command::HelpOf { command } => {
            let text = usage::of(command).map(help::help_of).unwrap_or_default();
            print(text.trim_end());
        }
        Command::Completions(shell) => print(completions::script(shell).trim_end()),
        Command::Version => say(args::version()),
        Command::Init { file } => {
            let named = file.as_deref().or(config);
            let path = config::path_for_init(named, &Surroundings::of_this_process());
            say_lines(init::init(&path)?);
        }
        Command::Serve { capture } => return serve::serve(load(config)?, capture.as_deref()),
        Command::Login(to) => return login::login(&load(config)?, to),
        Command::Logout(from) => return login::logout(&load(config)?, from),
        Command::Connect(server) => return connect::connect(&load(config)?, server),
        Command::Disconnect { name, yes } => {
            return connect::disconnect(&load(config)?, &name, yes);
        }
        Command::Urls => return urls::urls(read(config)),
        Command::Rotate(tokens) => return urls::rotate(&load(config)?, word(tokens)),
        Command::Check => return check::check(&load(config)?),
        Command::Healthz => return healthz::healthz(read(config)),
        Command::Explain { file, tracker } => {
            return explain::explain(&load(config)?, &file, tracker);
        }
        Command::Status { json } => return status::status(read(config), json),
        Command::Retry(parked) => return status::retry(&load(config)?, parked),
        Command::Drop(parked) => return status::give_up(&load(config)?, parked),
        Command::Reload => return reload::reload(&load(config)?),
        Command::Import { file, output, force } => {
            return import::import(&file, output.as_deref(), force);
        }
        Command::Demo { stay } => return demo::demo(stay),
        Command::Restore { file, force } => return restore::restore(&load(config)?, &file, force),
        Command::CatchUp { since, dry_run } => {
            return catch_up::catch_up(&load(config)?, since, dry_run);
        }
        Command::Backup { file } => return status::backup(&load(config)?, &file),
    }
    Ok(())
}

fn word(tokens: WhichTokens) -> &'static str {
    match tokens {
        WhichTokens::Of(source) => source.word(),
        WhichTokens::Page => "page",
        WhichTokens::All => "all",
    }
}

fn read(config: Option<&Path>) -> Result<Loaded, ConfigError> {
    config::load(config, &Surroundings::of_this_process())
}

fn load(config: Option<&Path>) -> Result<Loaded, Failure> {
    read(config).map_err(|error| Failure::wrong(&error))
}

/// Prints a line to stdout, whatever text from outside is in it.
fn say(line: impl fmt::Display) {
    print(&plain::one_line(&line.to_string()));
}

/// Prints text to stdout whose lines are ours.
fn say_lines(text: impl fmt::Display) {
    print(&plain::lines(&text.to_string()));
}

/// Prints to stdout as it is. Who closed it does not want to read on.
fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}
