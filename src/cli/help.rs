//! What does the help say?

use super::usage::{COMMANDS, OptionUsage, Usage};

const HEAD: &str = "\
scrobbled tells your trackers what is watched at Plex, Jellyfin and Emby.
Usage: scrobbled [COMMAND] [--config FILE] | --help | --version

Commands:
";
const TAIL: &str = "
Options:
  --config FILE    the config; else $SCROBBLED_CONFIG, else
                   /etc/scrobbled/scrobbled.toml, ./scrobbled.toml or defaults
Exit codes: 0 done, 1 failed, 2 wrong usage or config.
";

/// More than this of what a command takes does not fit into a line of the help.
const TAKES_MOST: usize = 50;
/// Behind more than this there is no place for `--config`.
const CALL_MOST: usize = 64;

/// The text of `--help`.
pub(super) fn help() -> String {
    let mut text = HEAD.to_owned();
    for Usage { name, takes, meaning, .. } in &COMMANDS {
        // What takes more stands in the command's own help.
        let takes = if takes.len() > TAKES_MOST { "KIND [URL] …" } else { takes };
        let call = format!("{name} {takes}");
        text.extend(["  ", &format!("{call:38}"), "  ", meaning, "\n"]);
    }
    text + TAIL
}

/// The text of `scrobbled help COMMAND`.
pub(super) fn help_of(usage: &Usage) -> String {
    let call = usage.call();
    let config = if call.len() > CALL_MOST { "" } else { " [--config FILE]" };
    let mut text = format!("Usage: {call}{config}\n\n{}\n", usage.about);
    if !usage.options.is_empty() {
        text.push_str("\nOptions:\n");
    }
    for OptionUsage { name, value, meaning } in usage.options {
        let value = value.map_or(String::new(), |(value, _)| format!(" {value}"));
        text.extend(["  --", name, &value, "    ", meaning, "\n"]);
    }
    text.extend(["\nExample:\n  ", usage.example, "\n"]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_fits_a_terminal_and_shows_every_command() {
        let help = help();
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
        for usage in &COMMANDS {
            assert!(help.contains(&format!("\n  {} ", usage.name)), "{}", usage.name);
        }
    }

    #[test]
    fn each_commands_help_fits_a_terminal_and_has_an_example_of_it() {
        for usage in &COMMANDS {
            let help = help_of(usage);
            let is_short = |line: &str| line.chars().count() <= 93;
            assert!(help.lines().all(is_short) && help.lines().count() <= 24, "{help}");
            assert!(usage.example.starts_with(&format!("scrobbled {}", usage.name)));
            for option in usage.options {
                assert!(usage.takes.contains(option.name), "{}", usage.call());
            }
        }
    }
}
