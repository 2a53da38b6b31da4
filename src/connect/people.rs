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

/// An `[[account]]` for each person, as lines for the config.
#[must_use]
pub fn account_lines(kind: Source, people: &[Person]) -> Vec<String> {
    let quoted = |text: &str| Value::from(text).to_string();
    let mut lines = Vec::new();
    for person in people {
        let name = if person.name.is_empty() { &person.id } else { &person.name };
        lines.push("[[account]]".to_owned());
        lines.push(format!("name = {}", quoted(name)));
        lines.push(format!("{} = [{}]", kind.word(), quoted(&entry(kind, person, people))));
    }
    lines
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
        let lines = account_lines(Source::Jellyfin, &people).join("\n");
        let expected = "[[account]]\nname = 'mara \"m\"'\njellyfin = ['mara \"m\"']\n[[account]]\n\
                        name = \"2\"\njellyfin = [\"2\"]";
        assert_eq!(lines, expected);
        lines.parse::<toml_edit::DocumentMut>().expect("TOML");
    }
}
