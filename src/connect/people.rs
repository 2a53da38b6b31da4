//! Who is who: how do the people of a server stand in the config?

use super::connection::Person;
use crate::event::Source;
use toml_edit::Value;

/// How a list of users takes a person: by name; by id where the name is nobody's alone, or means something
/// else there.
#[must_use]
pub fn entry(kind: Source, person: &Person, people: &[Person]) -> String {
    let name = person.name.trim();
    let same = |other: &&Person| other.name.trim().eq_ignore_ascii_case(name);
    let is_special =
        name.is_empty() || name == "*" || name.starts_with("id:") || name.starts_with("uuid:");
    let is_sole = people.iter().filter(same).count() <= 1;
    match (is_sole && !is_special || person.id.is_empty(), kind) {
        (true, _) => name.to_owned(),
        (false, Source::Plex) => format!("id:{}", person.id),
        (false, Source::Jellyfin | Source::Emby) => person.id.clone(),
    }
}

/// A person in words, for who chooses one.
#[must_use]
pub fn shown(person: &Person) -> String {
    match (person.name.as_str(), person.id.as_str()) {
        ("", id) => format!("(id {id})"),
        (name, "") => name.to_owned(),
        (name, id) => format!("{name} (id {id})"),
    }
}

/// Who is to have an account: the name, and how each kind's list of users takes them.
struct Wanted {
    name: String,
    lists: Vec<(Source, Vec<String>)>,
}

/// An `[[account]]` for each person of these servers, as lines for the config. Those of the same name at
/// several servers are one person.
#[must_use]
pub fn account_lines(servers: &[(Source, &[Person])]) -> Vec<String> {
    let mut accounts: Vec<Wanted> = Vec::new();
    for &(kind, people) in servers {
        let others = accounts.len();
        let mut here = Vec::new();
        for person in people {
            let mut name = if person.name.is_empty() { &person.id } else { &person.name }.clone();
            let is_called = |one: &Wanted, name: &str| one.name.eq_ignore_ascii_case(name);
            let mut at = accounts.iter().position(|one| is_called(one, &name));
            if at.is_some_and(|at| at >= others || here.contains(&at)) {
                (name, at) = (format!("{name} {}", person.id), None); // two at one server
            }
            let at = at.unwrap_or_else(|| {
                accounts.push(Wanted { name, lists: Vec::new() });
                accounts.len() - 1
            });
            here.push(at);
            let Some(account) = accounts.get_mut(at) else { continue };
            let entry = entry(kind, person, people);
            match account.lists.iter_mut().find(|(of, _)| *of == kind) {
                Some((_, list)) if list.contains(&entry) => {}
                Some((_, list)) => list.push(entry),
                None => account.lists.push((kind, vec![entry])),
            }
        }
    }
    let mut lines = Vec::new();
    for Wanted { name, lists } in accounts {
        lines.push("[[account]]".to_owned());
        lines.push(format!("name = {}", quoted(&name)));
        lines.extend(lists.iter().map(|(kind, list)| list_line(*kind, list)));
    }
    lines
}

/// The lines that say who of a server's people the account `name` is: who is called so, else a place to
/// fill in.
#[must_use]
pub fn lines_in(name: &str, kind: Source, people: &[Person]) -> Vec<String> {
    let is_called_so = |one: &&Person| one.name.trim().eq_ignore_ascii_case(name.trim());
    let line = match people.iter().find(is_called_so) {
        Some(person) => list_line(kind, &[entry(kind, person, people)]),
        None => format!("{} = []  # one of those above, in quotes", kind.word()),
    };
    vec![format!("name = {}", quoted(name)), line]
}

fn list_line(kind: Source, list: &[String]) -> String {
    let list: Vec<String> = list.iter().map(|entry| quoted(entry)).collect();
    format!("{} = [{}]", kind.word(), list.join(", "))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str, name: &str) -> Person {
        Person { id: id.into(), name: name.into() }
    }

    #[test]
    fn a_person_is_listed_by_a_name_that_is_only_theirs() {
        let people = [
            person("1", "mara"),
            person("2", "jo"),
            person("3", "Jo"),
            person("4", "*"),
            person("", "kid"),
        ];
        let listed = |kind| people.iter().map(|one| entry(kind, one, &people)).collect::<Vec<_>>();
        assert_eq!(listed(Source::Plex), ["mara", "id:2", "id:3", "id:4", "kid"]);
        assert_eq!(listed(Source::Emby), ["mara", "2", "3", "4", "kid"]);
    }

    #[test]
    fn the_lines_are_a_config() {
        let people = [person("1", "mara \"m\""), person("2", "")];
        let lines = account_lines(&[(Source::Jellyfin, &people)]).join("\n");
        let expected = "[[account]]\nname = 'mara \"m\"'\njellyfin = ['mara \"m\"']\n[[account]]\n\
                        name = \"2\"\njellyfin = [\"2\"]";
        assert_eq!(lines, expected);
        lines.parse::<toml_edit::DocumentMut>().expect("TOML");
    }

    #[test]
    fn the_people_of_several_servers_are_one_config() {
        let plex = [person("1", "mara"), person("2", "jo")];
        let emby = [person("a", "Mara"), person("b", "kid"), person("c", "Kid")];
        let servers: [(Source, &[Person]); 2] = [(Source::Plex, &plex), (Source::Emby, &emby)];
        let lines = account_lines(&servers).join("\n");
        let expected = "[[account]]\nname = \"mara\"\nplex = [\"mara\"]\nemby = [\"Mara\"]\n\
                        [[account]]\nname = \"jo\"\nplex = [\"jo\"]\n\
                        [[account]]\nname = \"kid\"\nemby = [\"b\"]\n\
                        [[account]]\nname = \"Kid c\"\nemby = [\"c\"]";
        assert_eq!(lines, expected);
    }

    #[test]
    fn an_account_that_is_there_is_given_who_is_called_so() {
        let people = [person("1", "Mara"), person("2", "jo")];
        let lines = |name: &str| lines_in(name, Source::Emby, &people).join("\n");
        assert_eq!(lines("mara"), "name = \"mara\"\nemby = [\"Mara\"]");
        assert_eq!(lines("den"), "name = \"den\"\nemby = []  # one of those above, in quotes");
    }
}
