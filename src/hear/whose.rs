//! Who watches, where the server's webhooks and what it is heard to play name another?
//!
//! A webhook names the user as a person has it in the config; what the server says of what it plays may
//! name another (Plex' owner is number 1 there), or nobody. So what webhooks say is kept here, and
//! counts for what is heard. Pure.

use crate::event::{Action, Event, Source, Time, User};
use std::collections::VecDeque;
use std::time::Duration;

/// How many are kept of what plays, and of people; the oldest goes first.
const MOST: usize = 200;
/// For how long a playback is kept of which no stop comes.
const LASTS: Duration = Duration::from_secs(6 * 3600);

/// What webhooks said.
#[derive(Debug, Default)]
pub struct WebhookUsers {
    playing: VecDeque<Playback>,
    people: VecDeque<Person>,
}

/// Something that plays, and who watches it.
#[derive(Debug)]
struct Playback {
    source: Source,
    server: String,
    player: String,
    item: String,
    user: User,
    at: Time,
}

/// Somebody whom a server names in two ways.
#[derive(Debug)]
struct Person {
    source: Source,
    server: String,
    heard_as: User,
    user: User,
}

impl WebhookUsers {
    /// A webhook came.
    pub fn learn(&mut self, event: &Event, now: Time) {
        let Event { source, server, user, player, item, .. } = event;
        self.playing.retain(|one| !one.is_of(event) && now.since(one.at) < LASTS);
        let ends = matches!(event.action, Action::Stop { .. });
        if ends || event.action.is_by_hand() || user.is_unknown() || player.id.is_empty() {
            return;
        }
        self.playing.truncate(MOST - 1);
        self.playing.push_front(Playback {
            source: *source,
            server: server.clone(),
            player: player.id.clone(),
            item: item.key.clone(),
            user: user.clone(),
            at: now,
        });
    }

    /// Something was heard: who watches it by what webhooks said, where that is somebody else.
    pub fn user_of(&mut self, heard: &Event, now: Time) -> Option<User> {
        let lasts = |one: &&Playback| one.is_of(heard) && now.since(one.at) < LASTS;
        if let Some(playback) = self.playing.iter().find(lasts) {
            let user = playback.user.clone();
            if heard.user.is_person(&user) {
                self.meet(heard, &user);
            }
            return Some(user);
        }
        self.people.iter().find(|one| one.is_of(heard)).map(|one| one.user.clone())
    }

    /// Keeps that who is heard so is called so by webhooks.
    fn meet(&mut self, heard: &Event, user: &User) {
        if heard.user == *user {
            return;
        }
        self.people.retain(|one| !one.is_of(heard));
        self.people.truncate(MOST - 1);
        self.people.push_front(Person {
            source: heard.source,
            server: heard.server.clone(),
            heard_as: heard.user.clone(),
            user: user.clone(),
        });
    }
}

impl Playback {
    fn is_of(&self, event: &Event) -> bool {
        (self.source, &self.server) == (event.source, &event.server)
            && (&self.player, &self.item) == (&event.player.id, &event.item.key)
    }
}

impl Person {
    fn is_of(&self, heard: &Event) -> bool {
        (self.source, &self.server, &self.heard_as) == (heard.source, &heard.server, &heard.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Item, Player};

    const NOW: Time = Time(1_764_000_000_000);

    fn user(id: &str, name: &str) -> User {
        User { id: id.into(), uuid: String::new(), name: name.into() }
    }

    fn event(action: Action, player: &str, item: &str, user: User) -> Event {
        Event {
            source: Source::Plex,
            action,
            server: "attic".into(),
            user,
            player: Player { id: player.into(), name: String::new() },
            library: None,
            item: Item { key: item.into(), ..Item::default() },
            position_ms: None,
            is_guess: false,
        }
    }

    #[test]
    fn what_a_webhook_says_counts_until_its_stop_for_that_player_and_item() {
        let mut users = WebhookUsers::default();
        let start = Action::Start;
        let stop = Action::Stop { completed: false };
        let owner = || user("1", "owner");
        users.learn(&event(start, "tv", "51", user("77", "mara")), NOW);
        let found = |users: &mut WebhookUsers, player, item, after: u64| {
            let heard = event(Action::Progress { paused: None }, player, item, owner());
            users.user_of(&heard, NOW.after(Duration::from_secs(after)))
        };
        assert_eq!(found(&mut users, "tv", "51", 1), Some(user("77", "mara")));
        assert_eq!(found(&mut users, "phone", "51", 1), None, "another player");
        assert_eq!(found(&mut users, "tv", "52", 1), None, "another item");
        assert_eq!(found(&mut users, "tv", "51", 6 * 3600), None, "of long ago");
        let unknown = event(start, "tv", "51", User::default());
        assert_eq!(users.user_of(&unknown, NOW), Some(user("77", "mara")));
        users.learn(&event(Action::Rate(Some(7)), "", "51", user("78", "jo")), NOW);
        assert_eq!(found(&mut users, "tv", "51", 1), Some(user("77", "mara")));
        users.learn(&event(stop, "tv", "51", user("77", "mara")), NOW);
        assert_eq!(found(&mut users, "tv", "51", 1), None, "it has stopped");
    }

    #[test]
    fn a_webhook_that_names_nobody_says_nothing_of_who_it_is() {
        let mut users = WebhookUsers::default();
        users.learn(&event(Action::Start, "tv", "51", User::default()), NOW);
        let heard = event(Action::Start, "tv", "51", user("77", "mara"));
        assert_eq!(users.user_of(&heard, NOW), None);
    }

    #[test]
    fn who_was_met_under_both_ids_is_known_when_only_the_server_has_spoken() {
        let mut users = WebhookUsers::default();
        users.learn(&event(Action::Start, "tv", "51", user("4711", "Mara")), NOW);
        let heard = |item: &str, id: &str| event(Action::Start, "tv", item, user(id, "mara"));
        assert_eq!(users.user_of(&heard("51", "1"), NOW), Some(user("4711", "Mara")));
        assert_eq!(users.user_of(&heard("52", "1"), NOW), Some(user("4711", "Mara")));
        assert_eq!(users.user_of(&heard("52", "2"), NOW), None, "a namesake");
        // Of a stranger on the same player nothing is learned.
        users.learn(&event(Action::Start, "tv", "53", user("12", "jo")), NOW);
        assert_eq!(users.user_of(&heard("53", "3"), NOW), Some(user("12", "jo")));
        assert_eq!(users.user_of(&heard("54", "3"), NOW), None);
    }

    #[test]
    fn webhooks_without_end_are_forgotten_again() {
        let mut users = WebhookUsers::default();
        for item in 0..1_000 {
            let (key, id) = (item.to_string(), format!("id{item}"));
            users.learn(&event(Action::Start, "tv", &key, user(&id, "mara")), NOW);
            users.user_of(&event(Action::Start, "tv", &key, user(&key, "mara")), NOW);
        }
        assert_eq!((users.playing.len(), users.people.len()), (MOST, MOST));
    }
}
