//! Which subcommand, with what?
//!
//! [`parse`] is pure: words in, an [`Invocation`] or one line that says what is right out. Wrong
//! usage ends with exit code 2. Which commands and options there are stands in `usage`.

mod command;
mod span;

pub use command::{Command, Connection, Invocation, Options, Parked, ServerWanted, WhichTokens};

use super::completions::Shell;
use super::help;
use super::usage::{self, Usage};
use crate::config::nearest;
use crate::connect::check_address;
use crate::event::Source;
use lexopt::{Arg, Parser};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// What is wrong with a command line and what is right, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageError(String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// The text of `--help`.
#[must_use]
pub fn help() -> String {
    help::help()
}

/// The text of `--version`.
#[must_use]
pub fn version() -> &'static str {
    concat!("scrobbled ", env!("CARGO_PKG_VERSION"))
}

/// Reads the words of a command line, without the program's own name.
///
/// # Errors
/// Wrong usage, with what is right.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Invocation, UsageError> {
    let line = RawArgs::read(words)?;
    let options = Options { config: line.config.clone() };
    let command = match (line.asked.clone(), line.command.as_deref()) {
        (Some(Command::Help), Some(name)) => help_of(name)?,
        (Some(command), _) => command,
        (None, _) => line.command()?,
    };
    Ok(Invocation { command, options })
}

/// The words, sorted by what they look like; what a command takes is taken out.
#[derive(Default)]
struct RawArgs {
    command: Option<String>,
    operands: std::collections::VecDeque<OsString>,
    config: Option<PathBuf>,
    capture: Option<PathBuf>,
    output: Option<PathBuf>,
    force: bool,
    healthz: bool,
    to: Option<PathBuf>,
    json: bool,
    stay: bool,
    since: Option<PathBuf>,
    dry_run: bool,
    server: Option<PathBuf>,
    user: Option<PathBuf>,
    key: bool,
    ca_file: Option<PathBuf>,
    yes: bool,
    restart: bool,
    /// `--help` or `--version`, wherever it stands.
    asked: Option<Command>,
}

impl RawArgs {
    fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, UsageError> {
        let mut line = Self::default();
        let mut parser = Parser::from_args(words);
        while let Some(arg) = parser.next().map_err(|error| UsageError(error.to_string()))? {
            match arg {
                // So that the help and the completions forget none.
                Arg::Long(name) if usage::options().all(|option| option.name != name) => {
                    return Err(unknown_option(name));
                }
                Arg::Long("config") => once(&mut line.config, path(&mut parser, "--config FILE")?)?,
                Arg::Long("capture") => {
                    once(&mut line.capture, path(&mut parser, "--capture DIR")?)?;
                }
                Arg::Long("output") => once(&mut line.output, path(&mut parser, "--output FILE")?)?,
                Arg::Long("force") => line.force = true,
                Arg::Long("healthz") => line.healthz = true,
                Arg::Long("to") => once(&mut line.to, path(&mut parser, "--to TRACKER")?)?,
                Arg::Long("json") => line.json = true,
                Arg::Long("stay") => line.stay = true,
                Arg::Long("since") => once(&mut line.since, path(&mut parser, "--since 7d")?)?,
                Arg::Long("dry-run") => line.dry_run = true,
                Arg::Long("server") => once(&mut line.server, path(&mut parser, "--server NAME")?)?,
                Arg::Long("user") => once(&mut line.user, path(&mut parser, "--user NAME")?)?,
                Arg::Long("key") => line.key = true,
                Arg::Long("ca-file") => {
                    once(&mut line.ca_file, path(&mut parser, "--ca-file FILE")?)?;
                }
                Arg::Long("yes") => line.yes = true,
                Arg::Long("restart") => line.restart = true,
                Arg::Long("help") | Arg::Short('h') => line.asked = Some(Command::Help),
                Arg::Long("version") | Arg::Short('V') => line.asked = Some(Command::Version),
                Arg::Long(name) => return Err(unknown_option(name)),
                Arg::Short(letter) => {
                    return Err(UsageError(format!(
                        "there is no option `-{letter}`; `scrobbled --help` shows all"
                    )));
                }
                Arg::Value(word) if line.command.is_none() => {
                    line.command = Some(word.to_string_lossy().into_owned());
                }
                Arg::Value(word) => line.operands.push_back(word),
            }
        }
        Ok(line)
    }

    fn command(mut self) -> Result<Command, UsageError> {
        let name = self.command.take().unwrap_or_else(|| "serve".to_owned());
        let command = match name.as_str() {
            "serve" => Command::Serve { capture: self.capture.take() },
            "login" => Command::Login(self.connection(&name)?),
            "logout" => Command::Logout(self.connection(&name)?),
            "connect" => Command::Connect(self.server_wanted(&name)?),
            "disconnect" => self.disconnect(&name)?,
            "urls" => Command::Urls,
            "rotate" => Command::Rotate(self.tokens(&name)?),
            "check" if std::mem::take(&mut self.healthz) => Command::Healthz,
            "check" => Command::Check,
            "explain" => Command::Explain { file: self.file(&name)?, tracker: self.tracker() },
            "status" => Command::Status { json: std::mem::take(&mut self.json) },
            "retry" => Command::Retry(self.parked(&name)?),
            "drop" if self.operands.is_empty() => {
                return Err(wrong(&name, "`drop` needs to know what to give up"));
            }
            "drop" => Command::Drop(self.parked(&name)?),
            "reload" => Command::Reload,
            "init" if self.config.is_some() && !self.operands.is_empty() => {
                return Err(wrong(&name, "`init` takes FILE or `--config FILE`, not both"));
            }
            "init" => Command::Init { file: self.operands.pop_front().map(PathBuf::from) },
            "import" => self.import(&name)?,
            "demo" => Command::Demo { stay: std::mem::take(&mut self.stay) },
            "catch-up" => {
                let since = self.since.take().map(|word| span::of(&word.display().to_string()));
                let since = since.transpose().map_err(|what| wrong(&name, &what))?;
                Command::CatchUp { since, dry_run: std::mem::take(&mut self.dry_run) }
            }
            "backup" => Command::Backup { file: self.file(&name)? },
            "restore" => {
                let file = self.file(&name)?;
                Command::Restore { file, force: std::mem::take(&mut self.force) }
            }
            "completions" => Command::Completions(self.shell(&name)?),
            "help" => match self.text(&name)? {
                Some(command) => help_of(&command)?,
                None => Command::Help,
            },
            unknown => return Err(unknown_command(unknown)),
        };
        match (self.left_over(), &command) {
            (None, _) => Ok(command),
            (Some(word), Command::Connect(ServerWanted { kind, url, .. })) => {
                let like = like(*kind, url.as_deref());
                Err(UsageError(format!("`connect {}` does not take `{word}`; {like}", kind.word())))
            }
            (Some(word), _) => Err(wrong(&name, &format!("`{name}` does not take `{word}`"))),
        }
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, UsageError> {
        let text = self.operands.pop_front().map(OsString::into_string).transpose();
        text.map_err(|word| wrong(name, &format!("{} is not text", word.display())))
    }

    fn connection(&mut self, name: &str) -> Result<Connection, UsageError> {
        Ok(Connection { account: self.text(name)?, tracker: self.tracker() })
    }

    fn server_wanted(&mut self, name: &str) -> Result<ServerWanted, UsageError> {
        let Some(word) = self.text(name)? else {
            return Err(UsageError(format!("which kind of media server? Name one of {KINDS}")));
        };
        let Some(kind) = Source::ALL.into_iter().find(|kind| kind.word() == word) else {
            return Err(UsageError(format!("`{word}` can't be connected; name one of {KINDS}")));
        };
        let url = self.text(name)?;
        let text = |word: PathBuf| word.display().to_string();
        let server = self.server.take_if(|_| kind == Source::Plex).map(text);
        let user = self.user.take_if(|_| kind != Source::Plex).map(text);
        let key = kind != Source::Plex && std::mem::take(&mut self.key);
        let ca_file = self.ca_file.take_if(|_| kind != Source::Plex);
        let restart = kind == Source::Jellyfin && std::mem::take(&mut self.restart);
        let missing = match (kind, &url) {
            (Source::Plex, Some(url)) => {
                Some(format!("Plex servers are found by a code, without `{url}`"))
            }
            (Source::Jellyfin, None) => Some("Jellyfin's address is missing".to_owned()),
            (Source::Emby, None) => {
                Some("Emby's address is missing, and who signs in there".to_owned())
            }
            (Source::Emby, Some(_)) if user.is_none() && !key => Some(
                "it is missing who signs in at Emby: `--user` and an administrator's name, or `--key` for an \
                 API key"
                    .to_owned(),
            ),
            _ if user.is_some() && key => {
                Some("one signs in as a `--user` or with a `--key`, not both".to_owned())
            }
            _ => None,
        };
        if let Some(what) = missing {
            return Err(UsageError(format!("{what}; {}", like(kind, url.as_deref()))));
        }
        url.as_deref().map_or(Ok(()), check_address).map_err(UsageError)?;
        let yes = std::mem::take(&mut self.yes);
        Ok(ServerWanted { kind, url, server, user, key, ca_file, yes, restart })
    }

    /// The name may be given as `plex attic`, too.
    fn disconnect(&mut self, name: &str) -> Result<Command, UsageError> {
        let words = [self.text(name)?, self.text(name)?];
        let server: Vec<String> = words.into_iter().flatten().collect();
        if server.is_empty() {
            return Err(wrong(name, "`disconnect` needs the name of a media server"));
        }
        Ok(Command::Disconnect { name: server.join(" "), yes: std::mem::take(&mut self.yes) })
    }

    fn tracker(&mut self) -> Option<String> {
        self.to.take().map(|word| word.display().to_string())
    }

    fn file(&mut self, name: &str) -> Result<PathBuf, UsageError> {
        let missing = || wrong(name, &format!("`{name}` needs a file"));
        self.operands.pop_front().map(PathBuf::from).ok_or_else(missing)
    }

    fn import(&mut self, name: &str) -> Result<Command, UsageError> {
        match self.text(name)?.as_deref() {
            Some("crosswatch") => {
                let file = self.file(name)?;
                let force = std::mem::take(&mut self.force);
                Ok(Command::Import { file, output: self.output.take(), force })
            }
            Some(other) => Err(wrong(
                name,
                &format!("only CrossWatch's config can be imported, not `{other}`'s"),
            )),
            None => Err(wrong(name, "`import` needs to know whose config")),
        }
    }

    fn tokens(&mut self, name: &str) -> Result<WhichTokens, UsageError> {
        let Some(word) = self.text(name)? else {
            return Err(wrong(name, "`rotate` needs to know whose token"));
        };
        let source = Source::ALL.into_iter().find(|source| source.word() == word);
        match (source, word.as_str()) {
            (Some(source), _) => Ok(WhichTokens::Of(source)),
            (None, "page") => Ok(WhichTokens::Page),
            (None, "all") => Ok(WhichTokens::All),
            (None, _) => Err(wrong(name, &format!("there is no token `{word}`"))),
        }
    }

    fn shell(&mut self, name: &str) -> Result<Shell, UsageError> {
        let Some(word) = self.text(name)? else {
            return Err(wrong(name, "`completions` needs to know for which shell"));
        };
        let unknown = || wrong(name, &format!("there are no completions for `{word}`"));
        Shell::of(&word).ok_or_else(unknown)
    }

    fn parked(&mut self, name: &str) -> Result<Parked, UsageError> {
        match self.text(name)?.as_deref() {
            None | Some("all") => Ok(Parked::All),
            Some(word) => word.parse().map(Parked::One).map_err(|_| {
                wrong(name, &format!("`{word}` is not a number from `scrobbled status`"))
            }),
        }
    }

    /// The first word that no one has taken.
    fn left_over(self) -> Option<String> {
        let options = [
            ("--capture", self.capture.is_some()),
            ("--output", self.output.is_some()),
            ("--force", self.force),
            ("--healthz", self.healthz),
            ("--to", self.to.is_some()),
            ("--json", self.json),
            ("--stay", self.stay),
            ("--since", self.since.is_some()),
            ("--dry-run", self.dry_run),
            ("--server", self.server.is_some()),
            ("--user", self.user.is_some()),
            ("--key", self.key),
            ("--ca-file", self.ca_file.is_some()),
            ("--yes", self.yes),
            ("--restart", self.restart),
        ];
        let option = options.iter().find(|(_, given)| *given).map(|(name, _)| (*name).to_owned());
        option.or_else(|| Some(self.operands.front()?.display().to_string()))
    }
}

/// The kinds of media servers that can be connected, with an example.
const KINDS: &str = "plex, jellyfin or emby: `scrobbled connect plex`, for example";

/// How a media server is connected, with the address that was given.
fn like(kind: Source, url: Option<&str>) -> String {
    let url = url.unwrap_or("http://nas:8096");
    match kind {
        Source::Plex => "write `scrobbled connect plex`".to_owned(),
        Source::Jellyfin => format!("write it like `scrobbled connect jellyfin {url}`"),
        Source::Emby => format!("write it like `scrobbled connect emby {url} --user mara`"),
    }
}

/// What is wrong with the words after the command `name`, and what would be right.
fn wrong(name: &str, what: &str) -> UsageError {
    let right = usage::of(name).map_or(String::new(), Usage::call);
    UsageError(format!("{what}; write `{right}`"))
}

fn help_of(name: &str) -> Result<Command, UsageError> {
    let usage = usage::of(name).ok_or_else(|| unknown_command(name))?;
    Ok(Command::HelpOf { command: usage.name })
}

fn unknown_command(name: &str) -> UsageError {
    let mend = match nearest(name, usage::COMMANDS.iter().map(|usage| usage.name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`scrobbled --help` shows all".to_owned(),
    };
    UsageError(format!("there is no command `{name}`; {mend}"))
}

fn path(parser: &mut Parser, right: &str) -> Result<PathBuf, UsageError> {
    let missing = |_| UsageError(format!("the value is missing; write `{right}`"));
    parser.value().map(PathBuf::from).map_err(missing)
}

fn once(place: &mut Option<PathBuf>, path: PathBuf) -> Result<(), UsageError> {
    match place.replace(path) {
        Some(first) => {
            let first = first.display();
            Err(UsageError(format!("`{first}` is already given; give one only")))
        }
        None => Ok(()),
    }
}

fn unknown_option(name: &str) -> UsageError {
    let options = usage::options().map(|option| option.name);
    let mend = match nearest(name, options) {
        Some(near) => format!("did you mean `--{near}`?"),
        None => "`scrobbled --help` shows all".to_owned(),
    };
    UsageError(format!("there is no option `--{name}`; {mend}"))
}

#[cfg(test)]
mod tests;
