//! Do real shells complete what we tell them?
//!
//! bash is everywhere; `cargo test --test completions -- --ignored` tries zsh and fish as well.

#![cfg(test)]

use std::fs;
use std::process::{Command, Stdio};
use tempfile::{TempDir, tempdir};

/// A folder with our script for `shell`, a file and a folder whose names begin alike.
fn folder(shell: &str) -> TempDir {
    let folder = tempdir().expect("a folder");
    let script = said(Command::new(env!("CARGO_BIN_EXE_scrobbled")).args(["completions", shell]));
    fs::write(folder.path().join("script"), script).expect("written");
    fs::write(folder.path().join("saved one"), "").expect("written");
    fs::create_dir(folder.path().join("saved-too")).expect("made");
    folder
}

fn said(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("it runs");
    String::from_utf8(output.stdout).expect("text")
}

/// What `shell`, run with `words` in the folder, has written, line by line.
fn lines(shell: &str, folder: &TempDir, words: &[&str]) -> Vec<String> {
    let mut command = Command::new(shell);
    command.current_dir(folder.path()).args(words).env("HOME", folder.path());
    said(&mut command).lines().map(str::to_owned).collect()
}

/// A line with what is offered at its end. The last word is what stands before the cursor.
const CASES: [(&[&str], &[&str]); 9] = [
    (&["ro"], &["rotate"]),
    (&["rotate", "p"], &["page", "plex"]),
    (&["status", "--j"], &["--json"]),
    (&["--config", "x.toml", "sta"], &["status"]),
    (&["help", "lo"], &["login", "logout"]),
    (&["completions", "f"], &["fish"]),
    (&["explain", "sav"], &["saved one", "saved-too"]),
    (&["--config", "saved-"], &["saved-too"]),
    (&["serve", "--capture", "sav"], &["saved-too"]),
];

#[test]
fn bash_completes_commands_options_words_and_files() {
    let folder = folder("bash");
    let ask = "source ./script; COMP_WORDS=(scrobbled \"$@\"); COMP_CWORD=$#; _scrobbled; \
               printf '%s\\n' \"${COMPREPLY[@]}\"";
    let asked = |words: &[&str]| {
        let all: Vec<&str> = ["--norc", "-c", ask, "bash"].iter().chain(words).copied().collect();
        let mut lines = lines("bash", &folder, &all);
        lines.sort();
        lines
    };
    for (words, expected) in CASES {
        assert_eq!(asked(words), expected, "{words:?}");
    }
    let all = asked(&[""]);
    for command in ["serve", "login", "restore", "completions", "help", "--config", "--version"] {
        assert!(all.contains(&command.to_owned()), "{command}: {all:?}");
    }
    let registered =
        lines("bash", &folder, &["--norc", "-c", "source ./script; complete -p scrobbled"]);
    assert_eq!(registered, ["complete -F _scrobbled scrobbled"]);
}

#[test]
#[ignore = "needs fish"]
fn fish_completes_commands_options_words_and_files() {
    let folder = folder("fish");
    for (words, expected) in CASES {
        let ask = format!("source ./script; complete -C 'scrobbled {}'", words.join(" "));
        let mut offered: Vec<String> = lines("fish", &folder, &["--no-config", "-c", &ask])
            .into_iter()
            .map(|line| {
                line.split('\t').next().unwrap_or_default().trim_end_matches('/').to_owned()
            })
            .collect();
        offered.sort();
        if words.contains(&"--capture") {
            offered.retain(|name| name != "saved one"); // fish knows no folders alone
        }
        assert_eq!(offered, expected, "{words:?}");
    }
}

/// Types a line and a tab into a zsh on a terminal of its own; then the line is in the file `out`.
const ZSH: &str = r"
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'autoload -U compinit; compinit -u -D; source ./script; unsetopt beep'
zpty -w z 'show() { print -r -- $BUFFER > out; }; zle -N show; bindkey ^X show'
zpty -w -n z $1$'\t\CX'
for ((i = 0; i < 400; i++)); do
    zpty -r -t z line
    [[ -s out ]] && break
    sleep 0.05
done
cat out
zpty -d z
";

#[test]
#[ignore = "needs zsh"]
fn zsh_completes_commands_options_words_and_files() {
    for (words, expected) in CASES.into_iter().filter(|(_, expected)| expected.len() == 1) {
        let folder = folder("zsh");
        let line = format!("scrobbled {}", words.join(" "));
        let typed = lines("zsh", &folder, &["-f", "-c", ZSH, "zsh", &line]);
        let before = words.split_last().map_or("", |(last, _)| last);
        let completed = format!("{}{}", line.trim_end_matches(before), expected[0]);
        let [typed] = typed.as_slice() else { panic!("{words:?}: {typed:?}") };
        assert_eq!(typed.trim_end_matches([' ', '/']), completed, "{words:?}");
    }
}
