//! What the documents claim, held against the code.

#![cfg(test)]

use scrobbled::cli::args;
use scrobbled::config::{self, Setting, Settings, Surroundings};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a document's commands may begin with, beside `scrobbled` itself and scripts of ours.
const PROGRAMS: [&str; 14] = [
    "apt",
    "cargo",
    "cd",
    "curl",
    "docker",
    "gpg",
    "install",
    "journalctl",
    "openssl",
    "pip",
    "podman",
    "sudoedit",
    "systemctl",
    "tar",
];
/// Where scripts of ours are: in the sources, and those of an archive in `packaging`.
const SCRIPTS: [&str; 2] = ["", "packaging"];

#[test]
fn the_first_two_commands_build_and_test() {
    let commands = commands(&read("README.md"));
    assert_eq!(commands[..2], ["cargo run --release", "cargo test"]);
}

#[test]
fn every_command_is_one() {
    let wrong: Vec<String> = documents()
        .iter()
        .flat_map(|(_, text)| commands(text))
        .filter_map(|command| wrong_with(&command).map(|why| format!("`{command}`: {why}")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_help_is_quoted_as_it_is() {
    let readme = read("README.md");
    let help = args::help();
    let is_help = |block: &String| block.starts_with(help.lines().next().unwrap());
    let quoted = blocks(&readme, "text").into_iter().find(is_help).unwrap();
    assert_eq!(quoted.trim_end(), help.trim_end());
}

#[test]
fn the_table_of_settings_is_the_codes() {
    let table = settings_table();
    let told = read("docs/settings.md");
    assert!(told.ends_with(&table), "docs/settings.md must end with\n\n{table}");
}

#[test]
fn every_config_that_is_shown_can_be_read() {
    let around = Surroundings {
        variables: BTreeMap::new(),
        read: &|_| Err(io::Error::from(io::ErrorKind::NotFound)),
        now: scrobbled::event::Time(0),
    };
    let wrong: Vec<String> = documents()
        .iter()
        .flat_map(|(path, text)| blocks(text, "toml").into_iter().map(move |block| (path, block)))
        .filter_map(|(path, block)| {
            let error = config::read(&block, None, &around).err()?;
            Some(format!("{}:\n{block}{error}", path.display()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_test_that_a_document_names_is_there() {
    let tests = tests();
    let keys: BTreeSet<&str> =
        config::list(&Settings::default()).iter().map(|setting| setting.name).collect();
    let mut wrong = Vec::new();
    for (path, text) in documents() {
        let named = names(&text).into_iter();
        let gone = named.filter(|name| !tests.contains(name) && !keys.contains(name.as_str()));
        wrong.extend(gone.map(|name| format!("{}: {name}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_test_of_a_rule_is_named_beside_it() {
    let rules = read("docs/rules.md");
    let sections = rules.split("\n### ").skip(1).map(|section| {
        let number = section.split('.').next().unwrap();
        (number.to_owned(), names(section))
    });
    let named: BTreeMap<String, BTreeSet<String>> = sections.collect();
    let counted = (1..=named.len()).all(|number| named.contains_key(&number.to_string()));
    assert!(counted && named.len() > 20, "{:?}", named.keys());
    let untold: Vec<String> = tests()
        .into_iter()
        .filter(|test| {
            let number = test.strip_prefix("rule_").and_then(|rest| rest.split('_').next());
            number
                .is_some_and(|number| named.get(number).is_some_and(|names| !names.contains(test)))
        })
        .collect();
    assert!(untold.is_empty(), "docs/rules.md does not name these beside their rules: {untold:#?}");
}

#[test]
fn the_service_leaves_no_memory_in_files() {
    let unit = read("systemd/scrobbled.service");
    assert!(unit.lines().any(|line| line == "LimitCORE=0"), "{unit}");
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for (path, text) in documents() {
        let folder = path.parent().unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap();
            let elsewhere = target.starts_with("https://") || target.starts_with("http://");
            let anchor = target.split_once('#').map(|(_, anchor)| anchor);
            let lost = match (file, anchor) {
                _ if elsewhere => false,
                ("", Some(anchor)) => !anchors(&text).contains(anchor),
                (file, _) => !folder.join(file).exists(),
            };
            if lost {
                wrong.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with a command that a document shows, if anything.
fn wrong_with(command: &str) -> Option<String> {
    let command = command.strip_prefix("sudo ").unwrap_or(command);
    let mut words = command.split_whitespace();
    let program = words.next().unwrap_or_default();
    let arguments: Vec<OsString> = match (program, command.split_once(" -- ")) {
        ("scrobbled", _) => words.map(OsString::from).collect(),
        ("cargo", Some((run, rest))) if run.starts_with("cargo run") => {
            rest.split_whitespace().map(OsString::from).collect()
        }
        _ if PROGRAMS.contains(&program) || is_script(program) => return None,
        _ => return Some(format!("`{program}` is no program that a document may use")),
    };
    args::parse(arguments).err().map(|error| error.to_string())
}

fn is_script(program: &str) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    program.contains('/') && SCRIPTS.iter().any(|folder| root.join(folder).join(program).is_file())
}

/// The table of docs/settings.md. Sections with the same keys (Jellyfin and Emby) share their rows.
fn settings_table() -> String {
    let mut sections: Vec<(String, Vec<String>)> = Vec::new();
    for setting in config::list(&Settings::default()) {
        let heading = match setting.section {
            "" => String::new(),
            section @ ("account" | "receiver") => format!("[[{section}]]"),
            section => format!("[{section}]"),
        };
        let row = row(&setting);
        match sections.last_mut() {
            Some((last, rows)) if *last == heading => rows.push(row),
            Some(_) | None => sections.push((heading, vec![row])),
        }
    }
    sections.dedup_by(|(next, rows), (heading, earlier)| {
        let same = rows == earlier;
        if same {
            heading.push_str(", ");
            heading.push_str(next);
        }
        same
    });
    let mut table =
        "| key | default | meaning | takes | restart |\n|---|---|---|---|---|\n".to_owned();
    for (heading, rows) in sections {
        if !heading.is_empty() {
            table.extend(["| **", &heading, "** | | | | |\n"]);
        }
        table.extend(rows);
    }
    table
}

fn row(setting: &Setting) -> String {
    let Setting { name, default, allowed, meaning, restart, .. } = setting;
    // Only ranges and choices tell more than the default does.
    let tells_more = allowed.ends_with(')') || allowed.starts_with('"');
    let takes = if tells_more { allowed.as_str() } else { "" };
    let restart = if *restart { "yes" } else { "" };
    format!("| `{name}` | `{default}` | {meaning} | {takes} | {restart} |\n")
}

/// The commands in a document's `sh` blocks, one a line; a line that ends with a backslash goes
/// on in the next one, and comments are none.
fn commands(text: &str) -> Vec<String> {
    let lines = blocks(text, "sh").join("").replace("\\\n", " ");
    let lines = lines.lines().map(|line| line.split(" # ").next().unwrap().trim());
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// The fenced blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        match &mut open {
            None if line.trim_end() == format!("```{language}") => open = Some(String::new()),
            None => {}
            Some(_) if line.starts_with("```") => blocks.extend(open.take()),
            Some(block) => block.extend([line, "\n"]),
        }
    }
    blocks
}

/// The headings of a document as links name them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let words = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        words.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
    };
    headings.map(anchor).collect()
}

/// What stands in backticks and looks like the name of a test: at least three words.
fn names(text: &str) -> BTreeSet<String> {
    let is_name = |span: &&str| {
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        span.matches('_').count() >= 2 && span.chars().all(is_word)
    };
    let prose = text.split("```").step_by(2).collect::<String>();
    prose.split('`').skip(1).step_by(2).filter(is_name).map(str::to_owned).collect()
}

/// The name of every test in the sources.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for path in ["src", "standin", "tests"].iter().flat_map(|of| files(&root().join(of), "rs")) {
        let text = fs::read_to_string(path).unwrap();
        let mut is_test = false;
        for line in text.lines().map(str::trim) {
            match line.strip_prefix("fn ").and_then(|rest| rest.split('(').next()) {
                Some(name) if is_test => {
                    tests.insert(name.to_owned());
                    is_test = false;
                }
                Some(_) | None => is_test |= line == "#[test]",
            }
        }
    }
    tests
}

/// Every document, with its path.
fn documents() -> Vec<(PathBuf, String)> {
    let here = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let here = here.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut paths: Vec<PathBuf> = here.chain(files(&root().join("docs"), "md")).collect();
    paths.sort();
    assert!(paths.len() >= 5, "documents are missing: {paths:?}");
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
    found
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
