//! What happened, and to what kind of thing, in the words of Jellyfin, Emby and their plugins?

use super::super::scalar::Scalar;
use crate::verdict::Reason;

/// What an event is called, whatever its spelling.
pub(super) enum Word {
    Start,
    Resume,
    Pause,
    Progress,
    Stop,
    Scrobble,
    Mark,
    Unmark,
    /// Data of an item and a user: a mark if it says that somebody toggled it.
    Saved,
    Rate,
    Test,
    Other,
}

impl Word {
    /// Emby's names today, those of Jellyfin's official plugin, those of its older plugins, shemanaev's, and those that receivers
    /// have met in the wild (cenodude/CrossWatch, arabcoders/watchstate).
    pub(super) fn of(event: &str) -> Self {
        let letters: String = event
            .chars()
            .filter(char::is_ascii_alphabetic)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let word = ["playback", "media", "item"]
            .iter()
            .find_map(|prefix| letters.strip_prefix(prefix))
            .unwrap_or(&letters);
        match word {
            "start" | "started" | "play" | "playing" => Self::Start,
            "unpause" | "unpaused" | "resume" | "resumed" => Self::Resume,
            "pause" | "paused" => Self::Pause,
            "progress" => Self::Progress,
            "stop" | "stopped" => Self::Stop,
            "scrobble" => Self::Scrobble,
            "markplayed" => Self::Mark,
            "markunplayed" => Self::Unmark,
            "userdatasaved" => Self::Saved,
            "rate" | "unrate" | "markfavorite" | "addedtofavorites" | "removedfromfavorites" => {
                Self::Rate
            }
            "systemwebhooktest" | "systemnotificationtest" | "systemtest" => Self::Test,
            _ => Self::Other,
        }
    }
}

/// The two kinds of item that Jellyfin and Emby can scrobble.
pub(super) enum Playable {
    Movie,
    Episode,
}

impl Playable {
    /// What an item type of Jellyfin or Emby is, or why it is nothing to scrobble.
    pub(super) fn of(kind: &Scalar, event: &Scalar) -> Result<Self, Reason> {
        let name = kind.as_str();
        let is = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if is(&["Movie"]) {
            Ok(Self::Movie)
        } else if is(&["Episode"]) {
            Ok(Self::Episode)
        } else if is(&["Trailer"]) {
            Err(Reason::Trailer)
        } else if is(&[
            "TvChannel",
            "LiveTvChannel",
            "TvProgram",
            "LiveTvProgram",
            "Program",
            "Recording",
        ]) {
            Err(Reason::LiveTv)
        } else if name.is_empty() {
            Err(Reason::NoItem { event: event.text() })
        } else {
            Err(Reason::NotVideo { kind: kind.text() })
        }
    }
}
