//! The table of rooms in ARCHITECTURE.md, held against what each file uses.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module, as the way to it from the crate's root.
type Module = Vec<String>;

/// All modules that are no tests, each with the paths that its code uses, from the root on. What a
/// module only hands on (`pub use`) it does not use.
fn house() -> BTreeMap<Module, BTreeSet<Module>> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    let ways = files.iter().filter_map(|file| {
        let mut way: Module = (file.strip_prefix(&src).ok()?.with_extension(""))
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        if way.last().is_some_and(|last| last == "mod") {
            way.pop();
        }
        (way != ["lib"] && way != ["main"]).then_some((way, file))
    });
    let ways: BTreeMap<Module, &PathBuf> = ways.collect();
    let of = |(way, file): (&Module, &&PathBuf)| {
        let text = fs::read_to_string(file).expect("readable");
        let is_module = |child: &String| {
            ways.contains_key(&[way.as_slice(), std::slice::from_ref(child)].concat())
        };
        (way.clone(), used(&code(&text), way, &is_module))
    };
    ways.iter().map(of).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match (path.is_dir(), name.as_str()) {
            (_, "tests" | "tests.rs" | "scripted.rs") => {}
            (true, _) => collect(&path, files),
            (false, _) if path.extension().is_some_and(|end| end == "rs") => files.push(path),
            (false, _) => {}
        }
    }
}

/// The text without comments and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut lines: Vec<&str> = Vec::new();
    let mut is_for_tests = false;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default();
        if !is_for_tests {
            lines.push(line);
        }
        is_for_tests = line.trim() == "#[cfg(test)]";
    }
    lines.join("\n")
}

/// What `code` of the module at `way` uses, from the root on.
fn used(code: &str, way: &[String], is_module: &dyn Fn(&String) -> bool) -> BTreeSet<Module> {
    let mut paths = BTreeSet::new();
    let statements = code.split(';').filter_map(|statement| {
        let statement = statement.trim_start_matches(|c: char| c.is_whitespace() || c == '}');
        statement.strip_prefix("use ")
    });
    for statement in statements {
        let words: Vec<&str> = statement.split_whitespace().collect();
        let renamed = |at: &usize| *at > 0 && words.get(at - 1) == Some(&"as");
        let plain = (0..words.len()).filter(|at| words[*at] != "as" && !renamed(at));
        // What closes a list may stand at the end of a name that is given anew.
        let plain = plain.map(|at| words[at]).collect::<String>();
        expand(&[], &plain, &mut paths);
    }
    for (at, _) in code.match_indices("crate::") {
        let path = code[at..].split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
        let path = path.into_iter().next().unwrap_or_default().trim_end_matches(':');
        paths.insert(path.split("::").map(str::to_owned).collect());
    }
    let of_child = |path: &Module| path.first().is_some_and(is_module);
    let child = |path: &Module| of_child(path).then(|| [way, path].concat());
    paths.iter().filter_map(|path| absolute(path, way).or_else(|| child(path))).collect()
}

/// Takes a tree of uses apart: `a::{b,c::d}` is `a::b` and `a::c::d`.
fn expand(before: &[String], tree: &str, paths: &mut BTreeSet<Module>) {
    let Some((head, rest)) = tree.split_once('{') else {
        let own = tree.split("::").map(|part| part.split("as").next().unwrap_or(part).to_owned());
        paths.insert(before.iter().cloned().chain(own).collect());
        return;
    };
    let head = head.split("::").filter(|part| !part.is_empty()).map(str::to_owned);
    let before: Module = before.iter().cloned().chain(head).collect();
    let (mut depth, mut part) = (0, String::new());
    for c in rest.strip_suffix('}').unwrap_or(rest).chars() {
        match c {
            ',' if depth == 0 => expand(&before, &std::mem::take(&mut part), paths),
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                part.push(c);
            }
        }
    }
    if !part.is_empty() {
        expand(&before, &part, paths);
    }
}

/// A path from the root on; none where it leads into another crate.
fn absolute(path: &[String], way: &[String]) -> Option<Module> {
    let mut from: Option<Module> = None;
    let mut rest = path;
    while let Some((first, more)) = rest.split_first() {
        match first.as_str() {
            "crate" => from = Some(Vec::new()),
            "self" => from = from.or_else(|| Some(way.to_vec())),
            "super" => {
                let mut here = from.unwrap_or_else(|| way.to_vec());
                here.pop();
                from = Some(here);
            }
            _ => break,
        }
        rest = more;
    }
    Some(from?.into_iter().chain(rest.iter().cloned()).collect())
}

/// The module in which a path ends.
fn module<'h>(
    path: &[String],
    house: &'h BTreeMap<Module, BTreeSet<Module>>,
) -> Option<&'h Module> {
    let known = (0..=path.len()).rev().find_map(|length| house.get_key_value(&path[..length]));
    known.map(|(module, _)| module)
}

/// Which module uses which.
fn arrows(house: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeMap<&Module, BTreeSet<&Module>> {
    let of = |(from, paths): (&'_ Module, &BTreeSet<Module>)| {
        let ends = paths.iter().filter_map(|path| module(path, house));
        ends.filter(|to| *to != from).collect()
    };
    house.iter().map(|(from, paths)| (from, of((from, paths)))).collect()
}

#[test]
fn no_two_files_use_each_other_on_whatever_way() {
    let house = house();
    let arrows = arrows(&house);
    // What a module leads to, until nothing new is found.
    let mut leads: BTreeMap<&Module, BTreeSet<&Module>> = arrows.clone();
    loop {
        let further: BTreeMap<_, BTreeSet<&Module>> = leads
            .iter()
            .map(|(from, to)| (*from, to.iter().flat_map(|one| leads[*one].clone()).collect()))
            .collect();
        let mut is_new = false;
        for (from, to) in further {
            let known = leads.entry(from).or_default();
            is_new |= !to.is_subset(known);
            known.extend(to);
        }
        if !is_new {
            break;
        }
    }
    let is_in_a_circle = |module: &&Module| leads[*module].contains(*module);
    let circles: Vec<String> = arrows
        .iter()
        .flat_map(|(from, to)| to.iter().map(move |to| (*from, *to)))
        .filter(|(from, to)| is_in_a_circle(from) && leads[*to].contains(*from))
        .map(|(from, to)| format!("{} → {}", from.join("/"), to.join("/")))
        .collect();
    assert!(circles.is_empty(), "circles:\n{}", circles.join("\n"));
}

/// Words that all rooms share, and tools that know nothing of the matter.
const SHARED: [&str; 17] = [
    "clock",
    "config",
    "crypto",
    "delivery",
    "event",
    "files",
    "http",
    "intent",
    "logging",
    "pace",
    "plain",
    "probe",
    "pulse",
    "secret",
    "service_manager",
    "threads",
    "verdict",
];

/// The rooms of the table in ARCHITECTURE.md from the top down, each with those that it uses.
fn table() -> Vec<(String, BTreeSet<String>)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let text = fs::read_to_string(file).expect("readable");
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let row = |line: &str| {
        let cells: Vec<&str> = line.strip_prefix("| `")?.split('|').collect();
        let [room, question, uses, ..] = cells[..] else { return None };
        question
            .trim()
            .ends_with('?')
            .then(|| (room.trim().trim_end_matches('`').into(), names(uses)))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn each_room_uses_the_rooms_that_the_table_says_and_all_of_them_stand_below_it() {
    let house = house();
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in arrows(&house) {
        let Some(room) = from.first() else { continue };
        let others = to.iter().filter_map(|to| to.first()).filter(|other| *other != room);
        uses.entry(room).or_default().extend(others.map(String::as_str));
    }
    let table = table();
    let mut wrong = Vec::new();
    for (at, (room, expected)) in table.iter().enumerate() {
        let seen: BTreeSet<String> = (uses.remove(room.as_str()).unwrap_or_default().iter())
            .filter(|other| !SHARED.contains(other))
            .map(|other| (*other).to_owned())
            .collect();
        for other in seen.symmetric_difference(expected) {
            let says = if seen.contains(other) { "not in the table" } else { "not in the code" };
            wrong.push(format!("{room} uses {other}: {says}"));
        }
        let above = table.iter().take(at).filter(|(above, _)| expected.contains(above));
        wrong.extend(above.map(|(above, _)| format!("{above} does not stand below {room}")));
    }
    for (room, others) in uses {
        if !SHARED.contains(&room) {
            wrong.push(format!("{room} is not in the table"));
        }
        let others = others.iter().filter(|other| !SHARED.contains(other));
        wrong.extend(others.map(|other| format!("{room} is a word or a tool, and uses {other}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
