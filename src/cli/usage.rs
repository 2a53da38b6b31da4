//! Which commands are there, and how is each called?
//!
//! One table. The help, the completions of the shells and what is said of wrong usage come from it.

/// A command as people are told of it.
pub(super) struct Usage {
    pub(super) name: &'static str,
    /// What stands behind it.
    pub(super) takes: &'static str,
    /// What it does, in a few words.
    pub(super) meaning: &'static str,
    /// The same in sentences, in lines of a terminal's width.
    pub(super) about: &'static str,
    pub(super) options: &'static [OptionUsage],
    /// What a shell completes behind the name.
    pub(super) words: Words,
    pub(super) example: &'static str,
}

/// An option.
pub(super) struct OptionUsage {
    /// Without its dashes.
    pub(super) name: &'static str,
    /// What it takes.
    pub(super) value: Option<(&'static str, Words)>,
    pub(super) meaning: &'static str,
}

/// What may stand in a place, as far as a shell can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    Nothing,
    Files,
    Folders,
    These(&'static [&'static str]),
}

const fn flag(name: &'static str, meaning: &'static str) -> OptionUsage {
    OptionUsage { name, value: None, meaning }
}

const fn named(name: &'static str, meaning: &'static str) -> OptionUsage {
    OptionUsage { name, value: Some(("NAME", Words::Nothing)), meaning }
}

/// The options that may stand behind every command, and without one.
pub(super) const OPTIONS: [OptionUsage; 3] = [
    OptionUsage {
        name: "config",
        value: Some(("FILE", Words::Files)),
        meaning: "the config; else $SCROBBLED_CONFIG and the usual places",
    },
    flag("help", "what a command does"),
    flag("version", "the version"),
];

const TO: OptionUsage = OptionUsage {
    name: "to",
    value: Some(("TRACKER", Words::Nothing)),
    meaning: "which tracker; where several have an app it has to be said",
};

const YES: OptionUsage = flag("yes", "ask nothing, and take the first choice");

pub(super) const COMMANDS: [Usage; 21] = [
    Usage {
        name: "serve",
        takes: "[--capture DIR]",
        meaning: "run the daemon (the default)",
        about: "Runs the daemon until it is told to stop. The log goes to stderr. On a terminal it\n\
                prints the webhook addresses and a link to the page.",
        options: &[OptionUsage {
            name: "capture",
            value: Some(("DIR", Words::Folders)),
            meaning: "save each webhook in this folder, the newest 1,000",
        }],
        words: Words::Nothing,
        example: "scrobbled serve --capture webhooks",
    },
    Usage {
        name: "connect",
        takes: "KIND [URL] [--server|--user|--ca-file …] [--key] [--yes] [--restart]",
        meaning: "connect a media server",
        about: "KIND is plex, jellyfin or emby. Signs in there, registers the webhook or listens to\n\
                the server, and shows who watches. Plex is found by a code; Jellyfin takes a code\n\
                (Quick Connect), or a user with a password; Emby a user or a key. Password and key\n\
                are read from standard input. What it gets is kept in the data folder.",
        options: &[
            named("server", "which of several Plex servers, by name or id"),
            named("user", "sign in as this user; the password is not kept"),
            flag("key", "sign in with a key that you have made"),
            OptionUsage {
                name: "ca-file",
                value: Some(("FILE", Words::Files)),
                meaning: "a certificate to trust there: the server's, or its authority's",
            },
            YES,
            flag("restart", "Jellyfin may be restarted, if a plugin needs it"),
        ],
        words: Words::These(&["plex", "jellyfin", "emby"]),
        example: "scrobbled connect jellyfin http://nas:8096",
    },
    Usage {
        name: "disconnect",
        takes: "NAME [--yes]",
        meaning: "disconnect a media server",
        about: "Takes away at the server what is ours there, the webhook and the key, and forgets it\n\
                here. NAME is as in `scrobbled status`.",
        options: &[OptionUsage { meaning: "forget it also if the server can't be reached", ..YES }],
        words: Words::Nothing,
        example: "scrobbled disconnect plex",
    },
    Usage {
        name: "login",
        takes: "[ACCOUNT] [--to TRACKER]",
        meaning: "connect an account to a tracker",
        about: "Prints an address, a code and a QR code, and waits until you have entered the code\n\
                at the tracker. ACCOUNT is its name in the config; with a single account leave it\n\
                out. An account may be connected to several trackers. Without an app for MDBList\n\
                it asks for your API key there, or reads that from standard input.",
        options: &[TO],
        words: Words::Nothing,
        example: "scrobbled login mara",
    },
    Usage {
        name: "logout",
        takes: "[ACCOUNT] [--to TRACKER]",
        meaning: "disconnect it",
        about: "Ends the account's logins and deletes them here. What is waiting is kept for the\n\
                next login; with --to, if the account has another tracker, it is dropped. Of an\n\
                account that the config no longer has, everything is deleted.",
        options: &[TO],
        words: Words::Nothing,
        example: "scrobbled logout mara",
    },
    Usage {
        name: "urls",
        takes: "",
        meaning: "webhook URLs, sign-in link of the page",
        about: "Prints the addresses to paste into the media servers, the likeliest first, and a\n\
                link that signs in to the status page once. Each address holds a password.",
        options: &[],
        words: Words::Nothing,
        example: "scrobbled urls",
    },
    Usage {
        name: "rotate",
        takes: "plex|jellyfin|emby|page|all",
        meaning: "replace tokens; old ones stop working",
        about: "Makes a new token and prints the new addresses. The old address stops working at\n\
                once; `page` signs everybody out of the status page.",
        options: &[],
        words: Words::These(&["plex", "jellyfin", "emby", "page", "all"]),
        example: "scrobbled rotate plex",
    },
    Usage {
        name: "check",
        takes: "[--healthz]",
        meaning: "check all, or the daemon's health",
        about: "Reads the config, tries every address and login in it, lists the libraries of media\n\
                servers, and says what is wrong and what to do. Exit code 1 if there is a problem.",
        options: &[flag("healthz", "ask the running daemon only whether all is well")],
        words: Words::Nothing,
        example: "scrobbled check",
    },
    Usage {
        name: "explain",
        takes: "FILE [--to TRACKER]",
        meaning: "what saved requests would do, and why",
        about: "Shows what is understood of saved webhooks (in a file, or in all of a folder), the\n\
                answer of each filter and rule, and the calls that would follow at the trackers\n\
                that the account is connected to; without a login at those that have an app.\n\
                Nothing is sent.",
        options: &[OptionUsage { meaning: "the calls at this tracker, connected or not", ..TO }],
        words: Words::Files,
        example: "scrobbled explain webhook.json",
    },
    Usage {
        name: "status",
        takes: "[--json]",
        meaning: "accounts, now playing, last events",
        about: "Shows the accounts, what is playing, what is waiting or parked, the last events with\n\
                what became of each and why, and what needs a look.",
        options: &[flag("json", "print all of it, for programs")],
        words: Words::Nothing,
        example: "scrobbled status",
    },
    Usage {
        name: "retry",
        takes: "[ID|all]",
        meaning: "send parked plays again",
        about: "Sends again what Trakt refused or what came in a flood: the one with this number in\n\
                `scrobbled status`, or all.",
        options: &[],
        words: Words::These(&["all"]),
        example: "scrobbled retry 17",
    },
    Usage {
        name: "drop",
        takes: "ID|all",
        meaning: "give up parked plays",
        about: "Gives up what is parked: it is never sent. `scrobbled status` shows the numbers.",
        options: &[],
        words: Words::These(&["all"]),
        example: "scrobbled drop 17",
    },
    Usage {
        name: "catch-up",
        takes: "[--since 7d] [--dry-run]",
        meaning: "find plays that nobody told of",
        about: "Looks through the histories of the media servers, as the daemon does at its start and\n\
                once a day, and sends the plays of which nothing was heard, with their own times.\n\
                What looks like an import is held until `scrobbled retry`.",
        options: &[
            OptionUsage {
                name: "since",
                value: Some(("7d", Words::Nothing)),
                meaning: "how far back (m, h, d, w); else to the last time",
            },
            flag("dry-run", "say what would be sent, and change nothing"),
        ],
        words: Words::Nothing,
        example: "scrobbled catch-up --since 7d --dry-run",
    },
    Usage {
        name: "reload",
        takes: "",
        meaning: "apply a changed config to the daemon",
        about: "Hands the config to the running daemon and says what changes at once, and what only\n\
                after a restart. If it has a mistake, the previous settings stay in force.",
        options: &[],
        words: Words::Nothing,
        example: "scrobbled reload",
    },
    Usage {
        name: "init",
        takes: "[FILE]",
        meaning: "write a commented config file",
        about: "Writes a config with every key, its meaning and its default, to FILE or\n\
                ./scrobbled.toml. A file that is there is left alone.",
        options: &[],
        words: Words::Files,
        example: "scrobbled init /etc/scrobbled/scrobbled.toml",
    },
    Usage {
        name: "import",
        takes: "crosswatch FILE [--output FILE] [--force]",
        meaning: "convert a CrossWatch config",
        about: "Prints a config that does what CrossWatch's config.json says. What keeps plays out\n\
                there and would not here is named instead.",
        options: &[
            OptionUsage {
                name: "output",
                value: Some(("FILE", Words::Files)),
                meaning: "write it to this new file",
            },
            flag("force", "leave out what has no counterpart"),
        ],
        words: Words::These(&["crosswatch"]),
        example: "scrobbled import crosswatch config.json --output scrobbled.toml",
    },
    Usage {
        name: "demo",
        takes: "[--stay]",
        meaning: "see it work without an account",
        about: "Starts the daemon and stand-ins for Trakt and Simkl on this machine, plays four\n\
                things the way media servers do, and prints what became of them.",
        options: &[flag("stay", "keep all of it running")],
        words: Words::Nothing,
        example: "scrobbled demo --stay",
    },
    Usage {
        name: "backup",
        takes: "FILE",
        meaning: "copy data, logins and tokens to FILE",
        about: "Writes all that is kept to one new file, also while the daemon runs: what is waiting,\n\
                the logins, the webhook tokens. Keep it as safe as a password.",
        options: &[],
        words: Words::Files,
        example: "scrobbled backup /var/lib/scrobbled/backup.db",
    },
    Usage {
        name: "restore",
        takes: "FILE [--force]",
        meaning: "bring back such a copy",
        about: "Puts what `scrobbled backup` has written into the data folder. Stop the daemon\n\
                before.",
        options: &[flag("force", "also over data that are there; they are kept beside")],
        words: Words::Files,
        example: "scrobbled restore backup.db",
    },
    Usage {
        name: "completions",
        takes: "bash|zsh|fish",
        meaning: "let a shell complete commands",
        about: "Prints a script with which the shell completes commands and options. Packages have\n\
                it installed already.",
        options: &[],
        words: Words::These(&["bash", "zsh", "fish"]),
        example: "scrobbled completions bash > ~/.local/share/bash-completion/completions/scrobbled",
    },
    Usage {
        name: "help",
        takes: "[COMMAND]",
        meaning: "what a command does",
        about: "Says what a command does, with its options and an example; without one, which\n\
                commands there are.",
        options: &[],
        words: Words::Nothing,
        example: "scrobbled help login",
    },
];

/// The command of this name.
pub(super) fn of(name: &str) -> Option<&'static Usage> {
    COMMANDS.iter().find(|usage| usage.name == name)
}

/// Every option there is.
pub(super) fn options() -> impl Iterator<Item = &'static OptionUsage> {
    OPTIONS.iter().chain(COMMANDS.iter().flat_map(|usage| usage.options))
}

impl Usage {
    /// How it is called.
    pub(super) fn call(&self) -> String {
        format!("scrobbled {} {}", self.name, self.takes).trim_end().to_owned()
    }
}
