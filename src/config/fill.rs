//! How do the written values of a section get into their fields?

use super::file::{Given, Section};
use super::keys::Key;
use super::kind::one_of;
use super::nearest::nearest;
use super::{Place, Problem, listing};
use crate::event::Source;

/// Sets in `part` what is `given` for its `keys`, in the order of the keys.
pub(super) fn fill<'k, T: 'static>(
    section: &'static str,
    keys: impl IntoIterator<Item = &'k Key<T>>,
    given: &Section,
    part: &mut T,
    problems: &mut Vec<Problem>,
) {
    let mut known = Vec::new();
    for key in keys {
        known.push(key.name);
        let Some(Given { raw, place }) = given.get(key.name) else { continue };
        if key.kind.set(part, raw).is_none() {
            let name = match place {
                Place::Environment => listing::variable(section, key.name),
                Place::File | Place::Line(_) => listing::dotted(section, key.name),
            };
            let (found, allowed) = (key.kind.found(raw), key.kind.allowed());
            let hint = key.kind.hint(raw).map_or(String::new(), |hint| {
                let in_file = (*place != Place::Environment).then_some(key.name);
                format!("; {}", hint.sentence(in_file))
            });
            let sentence = format!("`{name}` is {found}, but takes {allowed}{hint}");
            problems.push(Problem::new(*place, sentence));
        }
    }
    for (name, Given { place, .. }) in given {
        if !known.contains(&name.as_str()) {
            let sentence = format!(
                "unknown key `{}`; {}",
                listing::dotted(section, name),
                mend_unknown(section, name, &known)
            );
            problems.push(Problem::new(*place, sentence));
        }
    }
}

/// What to do about a key that its section does not have.
fn mend_unknown(section: &str, name: &str, known: &[&'static str]) -> String {
    let meant = match name {
        "listen" | "listening" => "hear",
        "api_key" | "apikey" => "token",
        "token" => "api_key",
        _ => "",
    };
    let is_server = Source::ALL.iter().any(|source| source.word() == section);
    if is_server && known.contains(&meant) {
        return format!("did you mean `{meant}`?");
    }
    if let Some(near) = nearest(name, known.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    let all = listing::all_keys();
    if let Some(key) = all.iter().find(|key| key.environment().as_deref() == Some(name)) {
        let section = listing::bracketed([key.section]).join("");
        let under =
            if key.section.is_empty() { String::new() } else { format!(" under {section}") };
        return format!("that is its name in the environment; here it is `{}`{under}", key.name);
    }
    let elsewhere: Vec<_> = all.iter().filter(|key| key.name == name).map(|k| k.section).collect();
    if elsewhere.contains(&"") {
        "it belongs above the first [section]".to_owned()
    } else if elsewhere.is_empty() || is_server {
        // A key of another media server is seldom what was meant: `token` is `api_key` elsewhere.
        format!("there are {}", known.join(", "))
    } else {
        format!("it belongs under {}", one_of(&listing::bracketed(elsewhere)))
    }
}
