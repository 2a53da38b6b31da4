//! What can be asked for on a command line: a [`Command`] and what belongs to it.

use crate::cli::completions::Shell;
use crate::event::Source;
use std::path::PathBuf;
use std::time::Duration;

/// A whole command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// What to do.
    pub command: Command,
    /// What goes for every command.
    pub options: Options,
}

/// The options that may stand anywhere on the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--config FILE`.
    pub config: Option<PathBuf>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Run the daemon.
    Serve {
        /// Where to keep a copy of each request.
        capture: Option<PathBuf>,
    },
    /// Connect an account to a tracker.
    Login(Connection),
    /// Disconnect an account.
    Logout(Connection),
    /// Connect a media server.
    Connect(ServerWanted),
    /// Disconnect a media server.
    Disconnect {
        /// Its name, as `status` shows it.
        name: String,
        /// Forget it here also where nothing can be taken back there.
        yes: bool,
    },
    /// Print the webhooks' addresses.
    Urls,
    /// Make new tokens.
    Rotate(WhichTokens),
    /// Look over the config and all that it names.
    Check,
    /// Ask the running daemon only whether all is well.
    Healthz,
    /// Say what saved requests would do.
    Explain {
        /// The saved requests.
        file: PathBuf,
        /// Of which tracker the calls are shown; `None`: of those that an account has.
        tracker: Option<String>,
    },
    /// Say how it stands.
    Status {
        /// For programs.
        json: bool,
    },
    /// Send parked intents again.
    Retry(Parked),
    /// Give parked intents up.
    Drop(Parked),
    /// Have the daemon take the config as it is now.
    Reload,
    /// Write a config file.
    Init {
        /// Where to; must not exist. `None`: as `--config` says.
        file: Option<PathBuf>,
    },
    /// Make a config from another program's.
    Import {
        /// Its config.
        file: PathBuf,
        /// Where to; must not exist. `None`: to stdout.
        output: Option<PathBuf>,
        /// Also where plays would be sent that it keeps out.
        force: bool,
    },
    /// Show it all on loopback, with a stand-in for Trakt.
    Demo {
        /// Keep it running.
        stay: bool,
    },
    /// Look through the histories of the media servers.
    CatchUp {
        /// How far back; `None`: to where they were looked through before.
        since: Option<Duration>,
        /// Only say what would become of it.
        dry_run: bool,
    },
    /// Copy the data.
    Backup {
        /// Where to; must not exist.
        file: PathBuf,
    },
    /// Bring back what was copied.
    Restore {
        /// The copy.
        file: PathBuf,
        /// Also over what is there, which is kept.
        force: bool,
    },
    /// Print a shell's completions.
    Completions(Shell),
    /// Print [`help`].
    Help,
    /// Print what a command does.
    HelpOf {
        /// Its name.
        command: &'static str,
    },
    /// Print [`version`].
    Version,
}

/// A media server that is to be connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerWanted {
    /// Its kind.
    pub kind: Source,
    /// Where it is; `None`: it is found.
    pub url: Option<String>,
    /// Which of several servers, by its name or id.
    pub server: Option<String>,
    /// As who one signs in, with a password from standard input.
    pub user: Option<String>,
    /// Whether a key comes from standard input.
    pub key: bool,
    /// The file with the certificate by which it is known.
    pub ca_file: Option<PathBuf>,
    /// Whether nothing is asked.
    pub yes: bool,
    /// Whether the server may be restarted.
    pub restart: bool,
}

/// An account at a tracker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// The account's name in the config; `None`: the only one.
    pub account: Option<String>,
    /// The tracker's name; `None`: the one that has an app, or all that are connected.
    pub tracker: Option<String>,
}

/// Whose tokens are made new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichTokens {
    /// A media server's.
    Of(Source),
    /// The status page's.
    Page,
    /// All of them.
    All,
}

/// Which parked intents are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parked {
    /// The one that `status` shows with this number.
    One(u64),
    /// All of them.
    All,
}
