//! What does a new config file look like?

use super::listing::{self, Setting};
use crate::event::Source;

const HEAD: &str = "\
# The settings of scrobbled.
#
# Every key is optional. A line like #listen = … shows a key at its default: to change it, take
# away the # and write your value. `scrobbled check` reads this file and says what is wrong.
# The environment beats this file: SCROBBLED_LISTEN, SCROBBLED_SCROBBLE_WATCHED_AT and so on.
# Where a list is asked, a single text will do; several are [\"a\", \"b\"], never \"a, b\". A change counts
# with `systemctl reload scrobbled` or a SIGHUP; where it says (Restart.), with the next start.
";

/// The config file that `init` writes: every key with its meaning, commented out at its default.
#[must_use]
pub fn template() -> String {
    let mut text = HEAD.to_owned();
    let mut section = "";
    for setting in listing::all_keys() {
        if setting.section != section {
            section = setting.section;
            text.push_str(&header(section));
        }
        text.push_str(&entry(&setting));
    }
    text
}

fn header(section: &str) -> String {
    match section {
        "account" => {
            "\n# Whose events go to which account at your trackers. Without any [[account]] one \
                      called\n# \"default\" takes everyone's; with several, write one \
                      [[account]] for each.\n#[[account]]\n"
                .to_owned()
        }
        "receiver" => {
            "\n# Programs of yours that are told of plays (docs/receivers.md). Write one \
                       [[receiver]] for\n# each.\n#[[receiver]]\n"
                .to_owned()
        }
        section if Source::ALL.iter().any(|kind| kind.word() == section) => format!(
            "\n# With several of them write a [[{section}]] for each, with its name and id.\n\
             [{section}]\n"
        ),
        section => format!("\n[{section}]\n"),
    }
}

fn entry(setting: &Setting) -> String {
    let Setting { name, meaning, allowed, value, restart, .. } = setting;
    // Only ranges and choices tell more than the default does.
    let takes = if allowed.ends_with(')') || allowed.starts_with('"') {
        format!("  # {allowed}")
    } else {
        String::new()
    };
    let restart = if *restart { " (Restart.)" } else { "" };
    format!("\n# {meaning}{restart}\n#{name} = {value}{takes}\n")
}
