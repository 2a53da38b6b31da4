//! The words for what became of an event: a [`Verdict`] and its [`Reason`].
//!
//! A reason's `Display` is the sentence that people read, the same in the HTTP answer, the log,
//! `explain` and `status`; its [`label`](Reason::label) is the word under which it is counted.

use crate::event::{Percent, Source};
use crate::intent::Verb;
use serde::Serialize;
use std::fmt;

/// What became of an event, for one account or (where no account is concerned) as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Whose it is; `None` where it was decided before anybody's account was looked at.
    pub account: Option<String>,
    /// In one word.
    pub outcome: Outcome,
    /// What will be told, or would be once a wait is over.
    pub action: Option<Verb>,
    /// In one sentence.
    pub reason: Reason,
}

/// What became of an event, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// A filter or a rule says no.
    Ignored,
    /// It says nothing new.
    Duplicate,
    /// A rule holds it back for now.
    Waiting,
    /// Something will go to Trakt.
    Queued,
}

impl Outcome {
    /// The word of the HTTP answer.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::Duplicate => "duplicate",
            Self::Waiting => "waiting",
            Self::Queued => "queued",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $({ $($field:ident : $type:ty),* $(,)? })? => $label:literal, $sentence:literal;)*) => {
        /// Why something was or was not done. Each has its sentence and its label beside it.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Reason {
            $($(#[$doc])* #[allow(missing_docs, reason = "a field is named by the sentence it stands in")] $name $({ $($field: $type),* })?,)*
        }

        impl fmt::Display for Reason {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name $({ $($field),* })? => write!(f, $sentence),)*
                }
            }
        }

        impl Reason {
            /// The word under which it is counted.
            #[must_use]
            pub fn label(&self) -> &'static str {
                match self { $(Self::$name { .. } => $label,)* }
            }
        }
    };
}

reasons! {
    // What a webhook says (webhook/).
    /// An event that is no playback, rating or mark.
    NotPlayback { event: String } => "not_playback", "`{event}` is nothing to scrobble";
    /// The test button of a media server.
    TestMessage { source: Source } => "test_message", "{source} sent its test message: the address is right";
    /// No item in the webhook.
    NoItem { event: String } => "no_item", "`{event}` names no item";
    /// Music, photos and so on.
    NotVideo { kind: String } => "not_video", "`{kind}` is neither a movie nor an episode";
    /// A trailer, clip or extra.
    Trailer => "trailer", "trailers, clips and extras are not scrobbled";
    /// Live TV.
    LiveTv => "live_tv", "live TV is not scrobbled";
    /// Emby's heart is not a rating.
    Favourite => "favourite", "a favourite is not a rating from 1 to 10";

    // What the user wants (filter.rs).
    /// `users` does not list the user.
    UserNotWanted { source: &'static str, user: String } => "user_not_wanted", "`{user}` is not in {source}.users";
    /// `users` is set, and the webhook names none.
    UserUnknown { source: &'static str } => "user_unknown", "it names no user, and {source}.users is set";
    /// `servers` does not list the server.
    ServerNotWanted { source: &'static str, server: String } => "server_not_wanted", "the server `{server}` is not in {source}.servers";
    /// `block_servers` lists it.
    ServerBlocked { source: &'static str, server: String } => "server_blocked", "the server `{server}` is in {source}.block_servers";
    /// `libraries` does not list it.
    LibraryNotWanted { source: &'static str, library: String } => "library_not_wanted", "the library `{library}` is not in {source}.libraries";
    /// `block_libraries` lists it.
    LibraryBlocked { source: &'static str, library: String } => "library_blocked", "the library `{library}` is in {source}.block_libraries";
    /// `libraries` or `block_libraries` is set, and the webhook names none.
    LibraryUnknown { source: &'static str } => "library_unknown", "it names no library, and {source}.libraries or {source}.block_libraries is set";
    /// `block_players` lists it.
    PlayerBlocked { source: &'static str, player: String } => "player_blocked", "the player `{player}` is in {source}.block_players";
    /// Ratings are switched off.
    RatingsOff { source: &'static str } => "ratings_off", "ratings are sent only with {source}.ratings = true";
    /// Marks are switched off.
    MarksOff => "marks_off", "marks count only with scrobble.marks = true";
    /// Unmarks are switched off.
    UnmarksOff => "unmarks_off", "unmarks remove plays only with scrobble.unmarks = true";

    // Whose it is (engine/, rule 13).
    /// No account lists the user.
    NobodysEvent { source: &'static str, user: String, id: String } => "user_unlisted", "no account lists the {source} user `{user}` (id:{id}); add it to an [[account]]";

    // What it means (engine/).
    /// It is sent.
    Sent { verb: Verb, progress: Percent } => "sent", "{verb} at {progress} %";
    /// A rating is sent.
    Rated { rating: u8 } => "rated", "rated {rating}";
    /// A rating is taken away.
    Unrated => "unrated", "rating removed";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_sentence_and_a_label() {
        let reason = Reason::UserNotWanted { source: "plex", user: "jo".into() };
        assert_eq!(reason.to_string(), "`jo` is not in plex.users");
        assert_eq!(reason.label(), "user_not_wanted");
    }
}
