use super::*;
use proptest::prelude::*;

fn parse_line(line: &str) -> Result<Invocation, UsageError> {
    parse(line.split_whitespace().map(OsString::from))
}

fn of_alice(tracker: Option<&str>) -> Connection {
    let (account, tracker) = (Some("alice".to_owned()), tracker.map(str::to_owned));
    Connection { account, tracker }
}

#[test]
fn a_media_server_is_connected_as_its_kind_allows() {
    let command = |words: &str| {
        let parsed = parse_line(words).map_err(|error| error.to_string());
        parsed.map(|invocation| invocation.command)
    };
    let wanted = |words: &str| match command(words) {
        Ok(Command::Connect(wanted)) => Ok(wanted),
        Ok(other) => panic!("{other:?}"),
        Err(why) => Err(why),
    };
    let plain = ServerWanted {
        kind: Source::Plex,
        url: None,
        server: None,
        user: None,
        key: false,
        ca_file: None,
        yes: false,
        restart: false,
    };
    let plex = ServerWanted { server: Some("attic".into()), yes: true, ..plain.clone() };
    assert_eq!(wanted("connect plex --server attic --yes"), Ok(plex));
    let url = Some("http://nas:8096".to_owned());
    let jellyfin =
        ServerWanted { kind: Source::Jellyfin, url: url.clone(), restart: true, ..plain.clone() };
    assert_eq!(wanted("connect jellyfin http://nas:8096 --restart"), Ok(jellyfin));
    let known = ServerWanted {
        kind: Source::Jellyfin,
        url: url.clone(),
        ca_file: Some("nas.pem".into()),
        ..plain.clone()
    };
    assert_eq!(wanted("connect jellyfin http://nas:8096 --ca-file nas.pem"), Ok(known));
    let emby = ServerWanted { kind: Source::Emby, url, user: Some("mara".into()), ..plain.clone() };
    assert_eq!(wanted("connect emby http://nas:8096 --user mara"), Ok(emby));
    for (words, part) in [
        ("connect", "Name one of plex, jellyfin or emby: `scrobbled connect plex`, for example"),
        ("connect kodi", "`kodi` can't be connected; name one of plex, jellyfin or emby: "),
        (
            "connect plex http://nas",
            "found by a code, without `http://nas`; write `scrobbled connect plex`",
        ),
        (
            "connect plex --user mara",
            "`connect plex` does not take `--user`; write `scrobbled connect plex`",
        ),
        (
            "connect jellyfin",
            "is missing; write it like `scrobbled connect jellyfin http://nas:8096`",
        ),
        ("connect plex --ca-file nas.pem", "does not take `--ca-file`"),
        ("connect jellyfin http://nas --server x", "does not take `--server`"),
        (
            "connect emby",
            "missing, and who signs in there; write it like `scrobbled connect emby http",
        ),
        ("connect emby http://nas", "like `scrobbled connect emby http://nas --user mara`"),
        ("connect emby http://nas --user mara --key", "not both"),
        ("connect jellyfin ftp://nas", "is no address of a media server; it looks like http://"),
        ("connect emby http://nas:port --key", "is no address of a media server"),
        ("connect emby http://nas --key --restart", "does not take `--restart`"),
        ("disconnect", "needs the name"),
    ] {
        let why = wanted(words).expect_err(words);
        assert!(why.contains(part), "{words}: {why}");
    }
    let gone = |name: &str, yes| Ok(Command::Disconnect { name: name.into(), yes });
    assert_eq!(command("disconnect plex --yes"), gone("plex", true));
    assert_eq!(command("disconnect plex attic"), gone("plex attic", false));
}

#[test]
fn every_command_is_understood() {
    let cases = [
        ("", Command::Serve { capture: None }),
        ("serve", Command::Serve { capture: None }),
        ("serve --capture d", Command::Serve { capture: Some("d".into()) }),
        ("--capture=d", Command::Serve { capture: Some("d".into()) }),
        ("login", Command::Login(Connection::default())),
        ("login alice", Command::Login(of_alice(None))),
        ("login --to trakt alice", Command::Login(of_alice(Some("trakt")))),
        ("logout alice", Command::Logout(of_alice(None))),
        ("logout alice --to elsewhere", Command::Logout(of_alice(Some("elsewhere")))),
        ("urls", Command::Urls),
        ("rotate emby", Command::Rotate(WhichTokens::Of(Source::Emby))),
        ("rotate page", Command::Rotate(WhichTokens::Page)),
        ("rotate all", Command::Rotate(WhichTokens::All)),
        ("check", Command::Check),
        ("check --healthz", Command::Healthz),
        ("--healthz check", Command::Healthz),
        ("explain a.json", Command::Explain { file: "a.json".into(), tracker: None }),
        ("explain -- -a", Command::Explain { file: "-a".into(), tracker: None }),
        ("explain -", Command::Explain { file: "-".into(), tracker: None }),
        (
            "explain --to simkl a.json",
            Command::Explain { file: "a.json".into(), tracker: Some("simkl".into()) },
        ),
        ("status", Command::Status { json: false }),
        ("status --json", Command::Status { json: true }),
        ("--json status", Command::Status { json: true }),
        ("retry", Command::Retry(Parked::All)),
        ("retry all", Command::Retry(Parked::All)),
        ("retry 12", Command::Retry(Parked::One(12))),
        ("drop all", Command::Drop(Parked::All)),
        ("drop 12", Command::Drop(Parked::One(12))),
        ("reload", Command::Reload),
        ("init", Command::Init { file: None }),
        ("init s.toml", Command::Init { file: Some("s.toml".into()) }),
        (
            "import crosswatch c.json --force",
            Command::Import { file: "c.json".into(), output: None, force: true },
        ),
        (
            "import --output s.toml crosswatch c.json",
            Command::Import { file: "c.json".into(), output: Some("s.toml".into()), force: false },
        ),
        ("demo", Command::Demo { stay: false }),
        ("demo --stay", Command::Demo { stay: true }),
        ("backup f", Command::Backup { file: "f".into() }),
        ("restore f", Command::Restore { file: "f".into(), force: false }),
        ("restore --force f", Command::Restore { file: "f".into(), force: true }),
        ("--help", Command::Help),
        ("-h", Command::Help),
        ("rotate --help", Command::HelpOf { command: "rotate" }),
        ("-h rotate x y", Command::HelpOf { command: "rotate" }),
        ("help", Command::Help),
        ("help login", Command::HelpOf { command: "login" }),
        ("completions zsh", Command::Completions(Shell::Zsh)),
        ("--version", Command::Version),
        ("-V", Command::Version),
    ];
    let wrong: Vec<_> = cases
        .into_iter()
        .map(|(line, command)| {
            (line, parse_line(line), Ok(Invocation { command, options: Options::default() }))
        })
        .filter(|(_, found, expected)| found != expected)
        .map(|(line, found, _)| format!("{line}: {found:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_config_may_stand_anywhere() {
    let expected = Invocation {
        command: Command::Login(of_alice(None)),
        options: Options { config: Some("c.toml".into()) },
    };
    for line in [
        "--config c.toml login alice",
        "login --config c.toml alice",
        "login alice --config=c.toml",
    ] {
        assert_eq!(parse_line(line), Ok(expected.clone()), "{line}");
    }
}

#[test]
fn wrong_usage_is_answered_with_what_is_right() {
    let cases = [
        ("sevre", "there is no command `sevre`; did you mean `serve`?"),
        ("frobnicate", "there is no command `frobnicate`; `scrobbled --help` shows all"),
        ("--jsn", "there is no option `--jsn`; did you mean `--json`?"),
        ("--verbose", "there is no option `--verbose`; `scrobbled --help` shows all"),
        ("-x", "there is no option `-x`; `scrobbled --help` shows all"),
        (
            "status --healthz",
            "`status` does not take `--healthz`; write `scrobbled status [--json]`",
        ),
        (
            "login a b",
            "`login` does not take `b`; write `scrobbled login [ACCOUNT] [--to TRACKER]`",
        ),
        ("urls --to trakt", "`urls` does not take `--to`; write `scrobbled urls`"),
        ("login --to", "the value is missing; write `--to TRACKER`"),
        ("urls --json", "`urls` does not take `--json`; write `scrobbled urls`"),
        ("demo --capture d", "`demo` does not take `--capture`; write `scrobbled demo [--stay]`"),
        (
            "rotate",
            "`rotate` needs to know whose token; write `scrobbled rotate \
             plex|jellyfin|emby|page|all`",
        ),
        (
            "rotate kodi",
            "there is no token `kodi`; write `scrobbled rotate plex|jellyfin|emby|page|all`",
        ),
        (
            "retry x",
            "`x` is not a number from `scrobbled status`; write `scrobbled retry [ID|all]`",
        ),
        ("drop", "`drop` needs to know what to give up; write `scrobbled drop ID|all`"),
        ("drop x", "`x` is not a number from `scrobbled status`; write `scrobbled drop ID|all`"),
        ("explain", "`explain` needs a file; write `scrobbled explain FILE [--to TRACKER]`"),
        (
            "import",
            "`import` needs to know whose config; write `scrobbled import crosswatch FILE [--output \
             FILE] [--force]`",
        ),
        (
            "import kodi c.json",
            "only CrossWatch's config can be imported, not `kodi`'s; write `scrobbled import \
             crosswatch FILE [--output FILE] [--force]`",
        ),
        (
            "import crosswatch",
            "`import` needs a file; write `scrobbled import crosswatch FILE [--output FILE] \
             [--force]`",
        ),
        ("init --force", "`init` does not take `--force`; write `scrobbled init [FILE]`"),
        ("help sevre", "there is no command `sevre`; did you mean `serve`?"),
        ("sevre --help", "there is no command `sevre`; did you mean `serve`?"),
        (
            "completions",
            "`completions` needs to know for which shell; write `scrobbled completions bash|zsh|fish`",
        ),
        (
            "completions tcsh",
            "there are no completions for `tcsh`; write `scrobbled completions bash|zsh|fish`",
        ),
        ("init --output f", "`init` does not take `--output`; write `scrobbled init [FILE]`"),
        ("init a b", "`init` does not take `b`; write `scrobbled init [FILE]`"),
        (
            "init a --config b",
            "`init` takes FILE or `--config FILE`, not both; write `scrobbled init [FILE]`",
        ),
        ("check --config", "the value is missing; write `--config FILE`"),
        ("--config a --config b", "`a` is already given; give one only"),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|(line, expected)| (parse_line(line).map_err(|error| error.to_string()), expected))
        .filter(|(found, expected)| found.as_ref() != Err(&(**expected).to_owned()))
        .map(|(found, expected)| format!("found    {found:?}\nexpected {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_command_and_option_of_the_table_is_understood() {
    for usage in &usage::COMMANDS {
        let operand = match usage.name {
            "drop" => "all",
            "import" => "crosswatch x",
            "completions" => "bash",
            "explain" | "backup" | "restore" => "x",
            "connect" | "disconnect" | "rotate" => "plex",
            _ => "",
        };
        let line = format!("{} {operand}", usage.name);
        assert!(parse_line(&line).is_ok(), "{line}: {:?}", parse_line(&line));
        for option in usage.options {
            let value = option.value.map_or("", |(value, _)| value);
            // Not each kind of media server takes each of them.
            let line = match (usage.name, option.name) {
                ("connect", "user" | "key" | "ca-file" | "restart") => {
                    "connect jellyfin http://nas:8096"
                }
                _ => &line,
            };
            let line = format!("{line} --{} {value}", option.name);
            assert!(parse_line(&line).is_ok(), "{line}: {:?}", parse_line(&line));
        }
        let help = Ok(Command::HelpOf { command: usage.name });
        for line in [format!("help {}", usage.name), format!("{} --help", usage.name)] {
            assert_eq!(parse_line(&line).map(|found| found.command), help, "{line}");
        }
        let example = usage.example.trim_start_matches("scrobbled ").split(" > ").next();
        assert!(parse_line(example.unwrap_or_default()).is_ok(), "{}", usage.example);
    }
    for option in &usage::OPTIONS {
        let value = option.value.map_or("", |(value, _)| value);
        let line = format!("--{} {value}", option.name);
        assert!(parse_line(&line).is_ok(), "{line}");
    }
}

proptest! {
    /// Any words are a command or one line.
    #[test]
    fn any_line_is_a_command_or_one_line(words in prop::collection::vec("\\PC{0,8}|--[a-z]{1,7}|retry|drop|rotate", 0..5)) {
        if let Err(error) = parse(words.into_iter().map(OsString::from)) {
            prop_assert!(!error.to_string().contains('\n'));
        }
    }
}
