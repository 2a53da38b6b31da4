//! `scrobbled import crosswatch FILE`: a config made from another program's.

mod crosswatch;

use super::{Failure, init, print, say, say_lines};
use crate::files;
use crosswatch::{Converted, STEPS};
use std::path::Path;

/// The longest config that is read, in bytes.
const FILE_MOST: u64 = 1024 * 1024;

/// Prints what the config of CrossWatch in `file` comes to, or writes it to the new file `output`,
/// readable by its owner only: it holds secrets. What keeps plays out there and would not here is
/// said instead, unless it is to be left out.
pub(super) fn import(file: &Path, output: Option<&Path>, force: bool) -> Result<(), Failure> {
    let shown = file.display();
    let theirs = files::read(file, FILE_MOST)
        .map_err(|error| format!("`{shown}` can't be read: {error}"))?;
    let converted = crosswatch::convert(&theirs).map_err(|why| format!("`{shown}`: {why}"))?;
    let Converted { ours, lost } = converted;
    if !lost.is_empty() && !force {
        let mut lines: Vec<String> =
            lost.iter().map(|lost| format!("`{shown}`: not converted: {lost}")).collect();
        lines.push(
            "nothing is written, because plays that CrossWatch keeps from Trakt would be sent; \
             change it there, or convert the rest with --force and see to these by hand"
                .to_owned(),
        );
        return Err(lines.join("\n").into());
    }
    match output {
        Some(path) => {
            init::write_new(path, &ours)?;
            say(format_args!("wrote {}; before the first start:", path.display()));
            say_lines(STEPS.trim_end());
        }
        None => print(ours.trim_end()),
    }
    Ok(())
}
