//! `scrobbled import crosswatch FILE`: a config made from another program's.

mod crosswatch;

use super::{Failure, init, print, say};
use crate::files;
use std::path::Path;

/// The longest config that is read, in bytes.
const FILE_MOST: u64 = 1024 * 1024;

/// Prints what the config of CrossWatch in `file` comes to, or writes it to the new file `output`,
/// readable by its owner only: it holds secrets.
pub(super) fn import(file: &Path, output: Option<&Path>) -> Result<(), Failure> {
    let shown = file.display();
    let theirs = files::read(file, FILE_MOST)
        .map_err(|error| format!("`{shown}` can't be read: {error}"))?;
    let ours = crosswatch::convert(&theirs).map_err(|why| format!("`{shown}`: {why}"))?;
    match output {
        Some(path) => {
            init::write_new(path, &ours)?;
            say(format_args!(
                "wrote {}; its first lines say what to do before the first start",
                path.display()
            ));
        }
        None => print(ours.trim_end()),
    }
    Ok(())
}
