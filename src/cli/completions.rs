//! `scrobbled completions`: what a shell has to know to complete our commands.

use super::usage::{self, COMMANDS, OPTIONS, OptionUsage, Usage, Words};
use std::fmt::Write;

/// A shell that we can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// bash, from 4 on.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
}

impl Shell {
    /// The shell of this name.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "bash" => Some(Self::Bash),
            "zsh" => Some(Self::Zsh),
            "fish" => Some(Self::Fish),
            _ => None,
        }
    }
}

/// The script for a shell.
pub(super) fn script(shell: Shell) -> String {
    match shell {
        Shell::Bash => bash(),
        Shell::Zsh => zsh(),
        Shell::Fish => fish(),
    }
}

/// What stands behind a command.
fn words(usage: &Usage) -> Vec<&'static str> {
    match (usage.name, usage.words) {
        ("help", _) => COMMANDS.iter().map(|usage| usage.name).collect(),
        (_, Words::These(words)) => words.to_vec(),
        (_, Words::Nothing | Words::Files | Words::Folders) => Vec::new(),
    }
}

/// Whether files stand behind a command, in the end.
fn takes_files(usage: &Usage) -> bool {
    usage.words == Words::Files || usage.takes.contains(" FILE")
}

/// Options whose values are of this kind, as a pattern of `case`.
fn with_value(wanted: Option<Words>) -> String {
    let is_one = |option: &&OptionUsage| {
        option.value.is_some_and(|(_, words)| wanted.is_none_or(|wanted| words == wanted))
    };
    let names = usage::options().filter(is_one).map(|option| format!("--{}", option.name));
    names.collect::<Vec<_>>().join(" | ")
}

fn bash() -> String {
    let names: Vec<_> = COMMANDS.iter().map(|usage| usage.name).collect();
    let general: Vec<_> = OPTIONS.iter().map(|option| format!("--{}", option.name)).collect();
    let general = general.join(" ");
    let mut text = format!(
        "# Completes the commands of scrobbled in bash.
_scrobbled() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}}
    local command= words= files= i
    COMPREPLY=()
    case $prev in
        {files})
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")
            return
            ;;
        {folders})
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")
            return
            ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${{COMP_WORDS[i]}} in
            {valued}) ((i++)) ;;
            -*) ;;
            *)
                command=${{COMP_WORDS[i]}}
                break
                ;;
        esac
    done
    case $command in
        \"\") words=\"{names} {general}\" ;;
",
        files = with_value(Some(Words::Files)),
        folders = with_value(Some(Words::Folders)),
        valued = with_value(None),
        names = names.join(" "),
    );
    for usage in &COMMANDS {
        let mut all: Vec<String> = words(usage).into_iter().map(str::to_owned).collect();
        all.extend(usage.options.iter().map(|option| format!("--{}", option.name)));
        all.push("--config --help".to_owned());
        let files = if takes_files(usage) { " files=1" } else { "" };
        let _ = writeln!(text, "        {}) words=\"{}\"{files} ;;", usage.name, all.join(" "));
    }
    text.push_str(
        "    esac
    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")
    if [[ -n $files && $cur != -* ]]; then
        compopt -o filenames
        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$cur\")
    fi
}
complete -F _scrobbled scrobbled
",
    );
    text
}

/// An option in the words of zsh's `_arguments`.
fn zsh_option(OptionUsage { name, value, meaning }: &OptionUsage) -> String {
    let value = value.map_or(String::new(), |(value, words)| {
        let files = if words == Words::Folders { "_files -/" } else { "_files" };
        format!(":{value}:{files}")
    });
    format!("'--{name}[{meaning}]{value}'")
}

fn zsh() -> String {
    let general: Vec<_> = OPTIONS.iter().map(zsh_option).collect();
    let mut text =
        String::from("#compdef scrobbled\n# Completes the commands of scrobbled in zsh.\n");
    text.push_str("_scrobbled() {\n    local curcontext=$curcontext state line\n");
    text.push_str("    local -a commands=(\n");
    for usage in &COMMANDS {
        let meaning = usage.meaning.replace('\'', "'\\''");
        let _ = writeln!(text, "        '{}:{meaning}'", usage.name);
    }
    let _ = write!(
        text,
        "    )\n    _arguments -C {} '1: :->command' '*:: :->behind'\n    case $state in\n        \
         command) _describe -t commands command commands ;;\n        behind)\n            case \
         $words[1] in\n",
        general.join(" ")
    );
    for usage in &COMMANDS {
        let mut all: Vec<String> = usage.options.iter().map(zsh_option).collect();
        all.extend(general.iter().take(2).cloned());
        let words = words(usage);
        let place = if words.is_empty() { "*" } else { "2" };
        if !words.is_empty() {
            all.push(format!("'1: :({})'", words.join(" ")));
        }
        if takes_files(usage) {
            all.push(format!("'{place}: :_files'"));
        }
        let _ = writeln!(text, "                {}) _arguments {} ;;", usage.name, all.join(" "));
    }
    text.push_str(
        "            esac
            ;;
    esac
}
if [[ $funcstack[1] == _scrobbled ]]; then
    _scrobbled \"$@\"
else
    compdef _scrobbled scrobbled
fi
",
    );
    text
}

fn fish() -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "\\'"));
    let option = |when: &str, OptionUsage { name, value, meaning }: &OptionUsage| {
        let value = if value.is_some() { " -r -F" } else { "" };
        format!("complete -c scrobbled{when} -l {name}{value} -d {}\n", quoted(meaning))
    };
    let mut text = format!(
        "# Completes the commands of scrobbled in fish.
function __scrobbled_command
    set -l is_value no
    for word in (commandline -opc)[2..]
        if test $is_value = yes
            set is_value no
            continue
        end
        switch $word
            case {valued}
                set is_value yes
            case '-*'
            case '*'
                echo $word
                return
        end
    end
    return 1
end
complete -c scrobbled -f
",
        valued = with_value(None).replace(" |", ""),
    );
    text.extend(OPTIONS.iter().map(|of| option("", of)));
    for usage in &COMMANDS {
        let (name, meaning) = (usage.name, quoted(usage.meaning));
        let first = "'not __scrobbled_command >/dev/null'";
        let _ = writeln!(text, "complete -c scrobbled -n {first} -a {name} -d {meaning}");
        let when = format!(" -n 'string match -q {name} (__scrobbled_command)'");
        text.extend(usage.options.iter().map(|of| option(&when, of)));
        let words = words(usage);
        if !words.is_empty() {
            let _ = writeln!(text, "complete -c scrobbled{when} -a '{}'", words.join(" "));
        }
        if takes_files(usage) {
            let _ = writeln!(text, "complete -c scrobbled{when} -F");
        }
    }
    text
}
