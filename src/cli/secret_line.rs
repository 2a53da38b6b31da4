//! How does a person tell a secret? A line of standard input, which a terminal does not show.

use super::{Failure, say};
use std::io::{self, IsTerminal};
use std::process::{Command, Stdio};

/// Reads a line, having said what it is to be. Empty where nothing came.
pub(super) fn ask(what: &str) -> Result<String, Failure> {
    let is_typed = io::stdin().is_terminal();
    let is_hidden = is_typed && show(false);
    let note = match (is_typed, is_hidden) {
        (false, _) => "is read from standard input",
        (true, true) => "is not shown",
        (true, false) => "is shown as you type it",
    };
    say(format_args!("{what} (it {note}):"));
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line);
    if is_hidden {
        show(true);
    }
    read?;
    Ok(line.trim().to_owned())
}

/// Whether the terminal shows what is typed from now on; whether that could be set. `stty` is nearly
/// everywhere where a person types.
fn show(shown: bool) -> bool {
    let echo = if shown { "echo" } else { "-echo" };
    let mut stty = Command::new("stty");
    stty.arg(echo).stdout(Stdio::null()).stderr(Stdio::null());
    stty.status().is_ok_and(|status| status.success())
}
