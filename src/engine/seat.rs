//! Who sits at which player: a [`PlayerKey`].

use crate::event::{Event, Source};
use serde::{Deserialize, Serialize};

/// Who sits at which player: what makes a session together with its item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayerKey {
    source: Source,
    server: String,
    user: String,
    player: String,
}

impl PlayerKey {
    /// The seat that an event speaks of. Without a player's id its name stands in; the same for
    /// users.
    pub fn of(event: &Event) -> Self {
        let (user, player) = sitter(event);
        Self {
            source: event.source,
            server: event.server.clone(),
            user: lower(user).collect(),
            player: lower(player).collect(),
        }
    }

    /// Whether it is the one that an event speaks of.
    pub fn is_of(&self, event: &Event) -> bool {
        let same = |kept: &str, said: &str| {
            kept.eq_ignore_ascii_case(said) || lower(said).eq(kept.chars())
        };
        let (user, player) = sitter(event);
        (self.source, &self.server) == (event.source, &event.server)
            && same(&self.player, player)
            && same(&self.user, user)
    }

    /// Whether it is `other` but for the user, whom `other` may not know.
    pub fn is_but_for_the_user(&self, other: &Self) -> bool {
        (self.source, &self.server, &self.player) == (other.source, &other.server, &other.player)
    }

    /// Whether it is at this media server.
    pub fn is_at(&self, server: &str) -> bool {
        self.server == server
    }

    /// The media server's kind.
    pub fn source(&self) -> Source {
        self.source
    }
}

/// By what an event names user and player.
fn sitter(event: &Event) -> (&str, &str) {
    fn either<'e>(id: &'e str, name: &'e str) -> &'e str {
        if id.is_empty() { name } else { id }
    }
    (either(&event.user.id, &event.user.name), either(&event.player.id, &event.player.name))
}

fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}
