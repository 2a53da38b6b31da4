//! Whose plays does a run look for?
//!
//! A server's list of people may call somebody otherwise than its webhooks and sessions do, by which the
//! config knows them.

use crate::config::Settings;
use crate::event::{Action, Event, Item, Player, Source, User};
use crate::filter::{self, FilterResult};
use crate::media_server::history::Person;
use crate::verdict::Reason;

/// For each of these people of a server, by its kind and id, why no account is told what they play; `None`
/// where one is. Who has another name among those that were `heard` is called by it where only that is
/// listed.
pub(super) fn sort_out(
    people: &mut [Person],
    heard: &[User],
    there: (Source, &str),
    settings: &Settings,
) -> Vec<Option<Reason>> {
    known_by_webhook(people, heard);
    people.iter_mut().map(|person| why_unwanted(person, heard, there, settings)).collect()
}

fn why_unwanted(
    person: &mut Person,
    heard: &[User],
    there: (Source, &str),
    settings: &Settings,
) -> Option<Reason> {
    let why = why_nobodys(&person.user, there, settings)?;
    let same_id = |user: &&User| user.id == person.user.id;
    let mut names = heard.iter().filter(same_id);
    let Some(user) = names.find(|user| why_nobodys(user, there, settings).is_none()) else {
        return Some(why);
    };
    person.user.name.clone_from(&user.name);
    None
}

/// Why an event of somebody's would be nobody's: a list of the server speaks against it, or no account
/// lists them.
fn why_nobodys(user: &User, (source, id): (Source, &str), settings: &Settings) -> Option<Reason> {
    let event = Event {
        source,
        action: Action::Completed,
        server: id.to_owned(),
        user: user.clone(),
        player: Player::default(),
        library: None,
        item: Item::default(),
        position_ms: None,
        is_guess: false,
    };
    if let FilterResult::Drop(reason) = filter::filter(&event, settings) {
        return Some(reason);
    }
    let is_listed = filter::accounts(&event, &settings.accounts).next().is_some();
    (!is_listed).then(|| Reason::nobodys_event(&event))
}

/// The owner of a Plex server is number 1 in its history, and goes by the number at plex.tv in its
/// webhooks, by which the config may know them. What both have in common tells that they are one.
fn known_by_webhook(people: &mut [Person], users: &[User]) {
    let Some(owner) = people.iter_mut().find(|person| person.key == "1") else { return };
    let same_uuid = |user: &&User| !user.uuid.is_empty() && user.uuid == owner.user.uuid;
    let same_name = |user: &&User| user.name.to_lowercase() == owner.user.name.to_lowercase();
    let same = users.iter().find(same_uuid).or_else(|| users.iter().find(same_name));
    if let Some(user) = same.cloned() {
        let uuid = if user.uuid.is_empty() { owner.user.uuid.clone() } else { user.uuid };
        owner.user = User { uuid, ..user };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Account;

    fn user(id: &str, name: &str) -> User {
        User { id: id.to_owned(), uuid: String::new(), name: name.to_owned() }
    }

    /// Whether somebody of whom a Plex has this name is wanted, and as whom.
    fn wanted(theirs: User, heard: &[User], listed: &str) -> Option<User> {
        let account = Account { plex: vec![listed.to_owned()], ..Account::default() };
        let settings = Settings { accounts: vec![account], ..Settings::default() };
        let mut people = [Person { key: theirs.id.clone(), user: theirs }];
        let why = sort_out(&mut people, heard, (Source::Plex, "m1"), &settings);
        let [person] = people;
        (why == [None]).then_some(person.user)
    }

    #[test]
    fn somebody_is_wanted_under_any_of_the_names_that_are_theirs() {
        let (short, mail) = (user("12", "jo.guest"), user("12", "jo.guest@example.net"));
        let others = user("13", "jo.guest@example.net");
        for (name, heard, listed, expected) in [
            ("as the server has them", vec![], "jo.guest", Some(&short)),
            ("as they were heard", vec![mail.clone()], "jo.guest@example.net", Some(&mail)),
            (
                "as heard first, under a name of before",
                vec![mail.clone()],
                "jo.guest",
                Some(&short),
            ),
            ("heard twice", vec![short.clone(), mail.clone()], "jo.guest@example.net", Some(&mail)),
            ("by the id", vec![mail.clone()], "id:12", Some(&short)),
            ("another's name", vec![others], "jo.guest@example.net", None),
            ("nobody's", vec![mail.clone()], "mara", None),
        ] {
            assert_eq!(wanted(short.clone(), &heard, listed).as_ref(), expected, "{name}");
        }
    }

    #[test]
    fn who_is_not_wanted_is_told_with_the_name_and_the_id_to_copy() {
        let account = Account { plex: vec!["mara".to_owned()], ..Account::default() };
        let settings = Settings { accounts: vec![account], ..Settings::default() };
        let mut people = [Person { key: "12".to_owned(), user: user("12", "jo") }];
        let why = sort_out(&mut people, &[], (Source::Plex, "m1"), &settings);
        let why = why.into_iter().flatten().next().map(|why| why.to_string());
        let expected = "no account lists the plex user `jo` (id:12); add it to an [[account]]";
        assert_eq!(why.as_deref(), Some(expected));
    }
}
