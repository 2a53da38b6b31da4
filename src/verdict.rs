//! The words for what became of an event: a [`Verdict`] and its [`Reason`].
//!
//! A reason's `Display` is the sentence that people read, the same in the HTTP answer, the log,
//! `explain` and `status`; its [`label`](Reason::label) is the word under which it is counted.

use crate::clock::LocalTime;
use crate::event::{Ago, Event, Evidence, Percent, Source, Time};
use crate::intent::{Verb, ViewingKey};
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
    /// To which viewing its event belongs, where it is remembered for one.
    pub viewing: Option<ViewingKey>,
}

impl Verdict {
    /// That an event is ignored, before anybody's account was looked at.
    #[must_use]
    pub fn ignored(reason: Reason) -> Self {
        Self { account: None, outcome: Outcome::Ignored, action: None, reason, viewing: None }
    }
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
    /// There is no room to remember it.
    Refused,
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
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Why plays that were found in a history look like something that nobody has played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bulk {
    /// So many end within a minute.
    AtOnce,
    /// They are longer than the time in which they were played.
    TooLong,
}

impl fmt::Display for Bulk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AtOnce => "too many plays within a minute",
            Self::TooLong => "more hours of plays than there was time",
        })
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $({ $($field:ident : $type:ty),* $(,)? })? => $label:literal, $sentence:literal $(, $value:expr)?;)*) => {
        /// Why something was or was not done. Each has its sentence and its label beside it.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Reason {
            $($(#[$doc])* #[allow(missing_docs, reason = "a field is named by the sentence it stands in")] $name $({ $($field: $type),* })?,)*
        }

        impl fmt::Display for Reason {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name $({ $($field),* })? => write!(f, $sentence $(, $value)?),)*
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
    NotPlayback { event: String } => "not_playback", "`{event}` is not something to scrobble";
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
    /// Rule 15: an event of a rating without one.
    NoRating => "no_rating", "it says that something was rated, but not how";
    /// Emby's heart is not a rating.
    Favourite => "favourite", "a favourite is not a rating from 1 to 10";

    // What the user wants (filter.rs). A section is that of the media server, as it is called.
    /// None of several of its kind has the server's id.
    ServerUnlisted { source: &'static str, server: String } => "server_unlisted", "no [[{source}]] has id = \"{server}\"; write that into the one that is meant";
    /// The same, and one that could be it has not been reached yet.
    ServerUnidentified { source: &'static str, server: String, section: String } => "server_unidentified", "no [[{source}]] has id = \"{server}\", and {section} has not said its own yet: that is asked for until it answers, and may be set as {section}.id";
    /// The same, and the webhook names none.
    ServerUnknown { source: &'static str } => "server_unknown", "the webhook names no server, and each [[{source}]] has an id or a url";
    /// `users` does not list the user.
    UserNotWanted { section: String, user: String, hint: &'static str } => "user_not_wanted", "`{user}`{hint} is not in {section}.users";
    /// `users` is set, and the webhook names none.
    UserUnknown { section: String } => "user_unknown", "the webhook names no user, and {section}.users is set";
    /// `servers` does not list the server.
    ServerNotWanted { section: String, server: String } => "server_not_wanted", "the server `{server}` is not in {section}.servers";
    /// `block_servers` lists it.
    ServerBlocked { section: String, server: String } => "server_blocked", "the server `{server}` is in {section}.block_servers";
    /// `libraries` does not list it.
    LibraryNotWanted { section: String, library: String } => "library_not_wanted", "the library `{library}` is not in {section}.libraries";
    /// `block_libraries` lists it.
    LibraryBlocked { section: String, library: String } => "library_blocked", "the library `{library}` is in {section}.block_libraries";
    /// `libraries` or `block_libraries` is set, and the webhook names none.
    LibraryUnknown { section: String } => "library_unknown", "its library is unknown, and {section}.libraries or {section}.block_libraries is set";
    /// `ignore_paths` has a folder in which its file lies.
    PathIgnored { section: String, folder: String, file: String } => "path_ignored", "its file `{file}` lies under `{folder}`, which is in {section}.ignore_paths";
    /// `ignore_editions` lists its edition.
    EditionIgnored { section: String, edition: String } => "edition_ignored", "its edition `{edition}` is in {section}.ignore_editions";
    /// `block_players` lists it.
    PlayerBlocked { section: String, player: String } => "player_blocked", "the player `{player}` is in {section}.block_players";
    /// Ratings are switched off.
    RatingsOff { section: String } => "ratings_off", "ratings are sent only with {section}.ratings = true";
    /// Marks are switched off.
    MarksOff => "marks_off", "marks count only with scrobble.marks = true";
    /// Unmarks are switched off.
    UnmarksOff => "unmarks_off", "unmarks remove plays only with scrobble.unmarks = true";

    // Whose it is (engine/, rule 13).
    /// No account lists the user.
    NobodysEvent { source: &'static str, user: String, id: String, hint: &'static str } => "user_unlisted", "no account lists the {source} user `{user}` (id:{id}){hint}; add it to an [[account]]";

    // What it means (engine/).
    /// Rule 10: the same event twice.
    Repeated => "repeated", "it repeats the event before it";
    /// Rule 7: nothing new.
    AlreadyPlaying => "already_playing", "it is already playing";
    /// Rule 11.
    StartWaits => "start_waits", "the start waits 2 s, in case it is stopped at once";
    /// Rules 3 and 16.
    AsksServer { source: String } => "asks_server", "{source} is asked for what the event lacks, which waits up to 4 s for the answer";
    /// Rule 12.
    AutoplayWaits { seconds: u64 } => "autoplay_waits", "it started right after a stop: it waits {seconds} s, in case autoplay started it";
    /// Rule 12.
    Autoplayed => "autoplayed", "autoplay started it and it was stopped again: nothing was watched";
    /// Rule 18.
    HandoverWaits => "handover_waits", "the player has not stopped its previous item yet: it waits up to 10 s for that stop";
    /// Rule 7.
    SeekWaits => "seek_waits", "a seek was sent less than 15 s ago; this one waits";
    /// Rule 6.
    PauseWaits { seconds: u64 } => "pause_waits", "the pause waits {seconds} s for a resume";
    /// Rule 6.
    PauseTakenBack => "pause_taken_back", "playback resumed before the pause was sent, so neither is sent";
    /// Rule 6.
    AlreadyPaused => "already_paused", "it is already paused";
    /// Rule 7.
    NearTheEnd { limit: f64 } => "near_the_end", "a start at or past {limit} % (suppress_start_at) is not sent";
    /// Rule 10.
    AlreadyWatched { ago: Ago } => "already_watched", "already counted as a play {ago} ago; it counts again once it is played from the beginning";
    /// Rule 10: a player that was left behind in an earlier viewing.
    EarlierViewing => "earlier_viewing", "this player belongs to a viewing that was already counted; a new one has begun since";
    /// Rule 10.
    OtherPlayer => "other_player", "it is playing on another player, which started later";
    /// Rule 14.
    EpisodeCounted => "episode_counted", "this episode of the file is already counted; the next one is sent when it begins";
    /// Rule 3.
    NoPosition => "no_position", "its position is unknown, so nothing is sent";
    /// Rule 3.
    NoRuntime => "no_runtime", "its runtime is unknown, so its position cannot be turned into a percentage";
    /// Rules 5 and 6.
    HardlyBegun => "hardly_begun", "below 1 % no position is kept";
    /// Rule 11.
    Skimmed => "skimmed", "started and stopped within 2 s: neither is sent";
    /// Rule 5.
    AlreadyStopped => "already_stopped", "it has already stopped";
    /// Rule 5.
    PauseStands => "pause_stands", "it is already paused at this position; the stop adds nothing";
    /// Rule 5.
    LateProgress => "late", "it arrived within a minute of the stop, so it is taken to be from before it";
    /// Rule 7.
    Progress { position: Percent } => "progress", "still playing, at {position} %";
    /// Rule 4.
    GroundlessCompletion => "groundless_completion", "the server calls every stop of a file without a runtime completed, so this one proves nothing";
    /// Rule 16.
    Expired => "expired", "nothing more was heard from the player: taken as stopped";
    /// Rule 15.
    RatingRepeated => "rating_repeated", "the same rating was given a moment ago";
    /// Rule 17.
    MarkWaits => "mark_waits", "marked as watched: it waits a minute for more marks, to send them together";
    /// Rule 17.
    AlreadyMarked => "already_marked", "it is already marked, and the mark is waiting to be sent";
    /// Rule 17.
    MarkTakenBack => "mark_taken_back", "marked as unwatched before the mark was sent, so neither is sent";
    /// Rule 17.
    MarkOfASession => "mark_of_a_session", "it was playing when it was marked: the playback decides";
    /// Rule 17.
    MarkOfAPlay => "mark_of_a_play", "it was counted as a play just before it was marked";
    /// Rule 20.
    Flood { what: &'static str } => "flood", "more than 100 {what} within ten minutes: parked until `scrobbled retry`";
    /// Rule 20.
    NoRoom => "no_room", "too much is waiting or parked for this account, so this is refused; `scrobbled retry` sends what is parked, `scrobbled drop` gives it up";
    /// Rule 17.
    Marked => "marked", "marked as watched";
    /// Rule 17.
    Unmarked => "unmarked", "marked as unwatched: its plays are removed";
    /// Rule 22.
    FoundInHistory { by: Evidence, at: Time } => "found_in_history", "watched at {}, as the server's history shows ({by}); nothing else told of it", LocalTime(*at);
    /// Rule 22.
    ToldOfPlay { by: Evidence } => "told_of_play", "the server's history shows a play ({by}) that is already counted";
    /// Rules 21 and 22.
    PlayerDied { by: Evidence } => "player_died", "the server counts it as watched ({by}), but its player had fallen silent before: the server played on by itself";
    /// Rule 22.
    NotOver { by: Evidence } => "not_over", "the server counts it as watched ({by}), but it is still playing as far as anybody has heard: its end decides";
    /// Rule 22.
    NotToItsEnd { by: Evidence } => "not_to_its_end", "the server counts it as watched ({by}), but neither its log nor what was heard shows that it was played to its end";
    /// Rule 22.
    HeldAsBulk { by: Evidence, bulk: Bulk } => "held_as_bulk", "found in the server's history ({by}), but held: {bulk} look like an import, not like watching; `scrobbled retry` sends it";
    /// Home videos and pre-rolls: rule 2.
    Nameless { lacks: &'static str } => "nameless", "it has no ids and no {lacks}, so no tracker could know it";
    /// A rating of something is fine, playing it is not.
    NotPlayable => "not_playable", "only movies and episodes can be scrobbled";
    /// It is sent.
    Sent { verb: Verb, progress: Percent } => "sent", "{}", verb.sentence(*progress);
    /// A rating is sent.
    Rated { rating: u8 } => "rated", "rated {rating}";
    /// A rating is taken away.
    Unrated => "unrated", "rating removed";
}

impl Reason {
    /// That no account lists an event's user.
    #[must_use]
    pub fn nobodys_event(event: &Event) -> Self {
        Self::NobodysEvent {
            source: event.source.word(),
            user: event.user.name.clone(),
            id: event.user.id.clone(),
            hint: event.user.hint(event.source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_sentence_and_a_label() {
        let reason = Reason::UserNotWanted { section: "plex".into(), user: "jo".into(), hint: "" };
        assert_eq!(reason.to_string(), "`jo` is not in plex.users");
        assert_eq!(reason.label(), "user_not_wanted");
    }
}
