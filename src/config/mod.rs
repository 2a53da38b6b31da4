//! What did the user set?
//!
//! [`load`] finds the config file, lays the environment over it and returns [`Settings`] that are
//! in range, with [`Finding`]s about what is allowed but odd; or every problem, each with its
//! line. Precedence: command line over environment over file over default. Nothing is logged
//! here, and nothing outside of [`Surroundings`] is touched.
//!
//! Each key stands once, in a table (`keys.rs`); its default stands once, in `settings.rs`.
//! [`list`] and [`template`] are printed from both.

mod body;
mod broken;
mod change;
mod commas;
mod connected;
mod edit;
mod file;
mod fill;
mod findings;
mod hint;
mod keys;
mod kind;
mod listing;
mod live;
mod media_server;
mod nearest;
mod parse;
mod paths;
mod receiver;
mod receiver_keys;
mod receivers;
mod server_keys;
mod settings;
mod takeover;
mod template;

pub use body::{Body, FIELDS};
pub use change::{Changed, change, change_account};
pub use connected::ServerId;
pub use findings::Finding;
pub use kind::Control;
pub use listing::{Block, Setting, list};
pub(crate) use live::waits_for_restart;
pub use live::{ConfigStatus, Live, Whence};
pub use media_server::{MediaServer, token_key};
pub(crate) use nearest::nearest;
pub use parse::Origins;
pub use receiver::{Receiver, ReceiverFormat};
pub use receivers::signing_key;
pub use settings::{
    Account, MdbList, Network, Notify, NotifyFormat, Scrobble, Settings, Simkl, Trakt,
};
pub use takeover::AppliedChanges;
pub use template::template;

use crate::clock::Clock;
use crate::event::Time;
use crate::files;
use crate::plain::commands;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Where the config is looked for when nobody names it.
const PLACES: [&str; 2] = [SYSTEM_FILE, LOCAL_FILE];

/// The config file of a service.
const SYSTEM_FILE: &str = "/etc/scrobbled/scrobbled.toml";

/// The longest file that is read, in bytes.
const FILE_MOST: u64 = 1024 * 1024;

/// The config file in the working directory; what `init` writes unless told otherwise.
pub(crate) const LOCAL_FILE: &str = "scrobbled.toml";

/// What [`load`] asks of the world: the environment and files.
pub struct Surroundings<'a> {
    /// The environment's variables.
    pub variables: BTreeMap<String, String>,
    /// Reads a whole file.
    pub read: &'a dyn Fn(&Path) -> io::Result<String>,
    /// The time, for what may be out of date.
    pub now: Time,
}

impl Surroundings<'_> {
    /// The process's own.
    #[must_use]
    pub fn of_this_process() -> Self {
        let lossy = |text: OsString| text.to_string_lossy().into_owned();
        let variables =
            std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect();
        Self { variables, read: &|path| files::read(path, FILE_MOST), now: Clock::Machine.now() }
    }

    /// A variable that is set to something.
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

/// A config that can be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// What is allowed but odd.
    pub findings: Vec<Finding>,
    /// The file that was read; `None`: there is none, everything stands at its default.
    pub path: Option<PathBuf>,
    /// Where each value was written that is not the default.
    pub origins: Origins,
}

impl Loaded {
    /// What is allowed but odd, each in a sentence.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.findings.iter().map(Finding::to_string).collect()
    }
}

/// Loads the config: from `named` (`--config`), else from `$SCROBBLED_CONFIG`, else from
/// `/etc/scrobbled/scrobbled.toml` or `./scrobbled.toml`, else from the defaults.
///
/// # Errors
/// When a named file is missing, a file can't be read, or anything in it is wrong.
pub fn load(named: Option<&Path>, around: &Surroundings) -> Result<Loaded, ConfigError> {
    let (path, text) = find(named, around)?;
    read(&text, path.as_deref(), around)
}

/// Reads `text` as if it stood in the file at `path`: with the environment over it and all of
/// [`load`]'s checks. So a change can be tried before it is written.
///
/// # Errors
/// When anything in it is wrong.
pub fn read(text: &str, path: Option<&Path>, around: &Surroundings) -> Result<Loaded, ConfigError> {
    let shown = path.unwrap_or(Path::new(LOCAL_FILE));
    let parse::Parsed { settings, origins, mut findings } =
        parse::parse(text, shown, around).map_err(|parse::Wrong { problems, data_dir }| {
            ConfigError { path: shown.to_owned(), problems, data_dir }
        })?;
    findings.extend(findings::findings(&settings, around));
    Ok(Loaded { settings, findings, path: path.map(Path::to_owned), origins })
}

/// Where `init` writes a new config.
#[must_use]
pub fn path_for_init(named: Option<&Path>, around: &Surroundings) -> PathBuf {
    named_file(named, around).unwrap_or_else(|| PathBuf::from(LOCAL_FILE))
}

/// The file that a person edits, where the one at `path` is a copy that systemd has made of it
/// (`LoadCredential=`). It says nowhere of which; that of our unit is the only one we know.
#[must_use]
pub fn original(path: &Path, around: &Surroundings) -> Option<PathBuf> {
    let name = path.strip_prefix(around.variable("CREDENTIALS_DIRECTORY")?).ok()?;
    let system = Path::new(SYSTEM_FILE);
    (system.file_name() == Some(name.as_os_str())).then(|| system.to_owned())
}

fn named_file(named: Option<&Path>, around: &Surroundings) -> Option<PathBuf> {
    let variable = || around.variable("SCROBBLED_CONFIG").map(PathBuf::from);
    named.map(Path::to_owned).or_else(variable)
}

fn find(
    named: Option<&Path>,
    around: &Surroundings,
) -> Result<(Option<PathBuf>, String), ConfigError> {
    let named = named_file(named, around);
    let is_named = named.is_some();
    let places = named.map_or_else(|| PLACES.map(PathBuf::from).to_vec(), |path| vec![path]);
    for path in places {
        match (around.read)(&path) {
            Ok(text) => return Ok((Some(path), text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_named => {}
            Err(error) => {
                let mends = [
                    (io::ErrorKind::NotFound, "; `scrobbled init` writes one"),
                    (
                        io::ErrorKind::PermissionDenied,
                        "; run it with sudo, or let that user read the file",
                    ),
                ];
                let mend = match mends.iter().find(|(kind, _)| *kind == error.kind()) {
                    Some(_) if kind::is_for_a_shell(&path.to_string_lossy()) => {
                        "; ~ is not expanded here: write the whole path"
                    }
                    known => known.map_or("", |(_, mend)| *mend),
                };
                let sentence = format!("can't be read: {}{mend}", plain(&error));
                let problems = vec![Problem::new(Place::File, sentence)];
                let data_dir = match parse::parse("", &path, around) {
                    Ok(parse::Parsed { settings, .. }) => settings.data_dir,
                    Err(parse::Wrong { data_dir, .. }) => data_dir,
                };
                return Err(ConfigError { path, problems, data_dir });
            }
        }
    }
    Ok((None, String::new()))
}

/// An error of reading a file in words that say what to do.
fn plain(error: &io::Error) -> String {
    let words = [
        (io::ErrorKind::NotFound, "there is no such file"),
        (io::ErrorKind::PermissionDenied, "permission denied to the user that runs this"),
        (io::ErrorKind::IsADirectory, "it is a folder"),
    ];
    let known = words.iter().find(|(kind, _)| *kind == error.kind());
    known.map_or_else(|| error.to_string(), |(_, words)| (*words).to_owned())
}

/// Everything that is wrong with a config. Prints one line for each problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file that was read.
    pub path: PathBuf,
    /// What is wrong; never empty.
    pub problems: Vec<Problem>,
    /// Where the data would be, as far as that can be told.
    pub data_dir: PathBuf,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What, and what to do.
    pub sentence: String,
}

impl Problem {
    fn new(place: Place, sentence: impl Into<String>) -> Self {
        Self { place, sentence: one_line(&sentence.into()) }
    }
}

/// Names and values come from the file: what they hold must not break a line or reach a terminal
/// as a command.
fn one_line(sentence: &str) -> String {
    let escaped = |c: char| if commands(c) { c.escape_debug().to_string() } else { c.into() };
    sentence.chars().map(escaped).collect()
}

/// Where something was set. (No key can be set on the command line: it only names the file.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A line of it, counted from 1.
    Line(usize),
    /// The environment.
    Environment,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        for (index, Problem { place, sentence }) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            match place {
                Place::File => write!(f, "{path}: {sentence}")?,
                Place::Line(line) => write!(f, "{path} line {line}: {sentence}")?,
                Place::Environment => write!(f, "environment: {sentence}")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests;
