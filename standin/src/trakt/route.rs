//! Which of Trakt's paths is meant?

use super::auth::Step;
use super::catalogue::Type;
use super::scrobble::Action;
use crate::http::Response;

/// A path with its method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    Auth(Step),
    Scrobble(Action),
    EndCheckin,
    Watching,
    Positions(Option<Type>),
    ForgetPosition(u64),
    History(Option<Type>, Option<u64>),
    AddHistory,
    RemoveHistory,
    Ratings(Option<Type>),
    AddRatings,
    RemoveRatings,
    Watchlist(Option<Type>),
    AddWatchlist,
    RemoveWatchlist,
    Settings,
    PlexSettings,
    Usage,
    SearchId(&'a str, &'a str),
    Search(&'a str, bool),
    Thing(Type, &'a str),
    Seasons(&'a str),
    Season(&'a str, u32),
    Episode(&'a str, u32, u32),
}

impl Route<'_> {
    /// Whether it speaks of a person; the others are open to any app.
    pub(super) fn needs_user(self) -> bool {
        match self {
            Self::Auth(_)
            | Self::SearchId(..)
            | Self::Search(..)
            | Self::Thing(..)
            | Self::Seasons(_)
            | Self::Season(..)
            | Self::Episode(..) => false,
            Self::Scrobble(_)
            | Self::EndCheckin
            | Self::Watching
            | Self::Positions(_)
            | Self::ForgetPosition(_)
            | Self::History(..)
            | Self::AddHistory
            | Self::RemoveHistory
            | Self::Ratings(_)
            | Self::AddRatings
            | Self::RemoveRatings
            | Self::Watchlist(_)
            | Self::AddWatchlist
            | Self::RemoveWatchlist
            | Self::Settings
            | Self::PlexSettings
            | Self::Usage => true,
        }
    }
}

/// The route, or 404 for a path that nobody has, 405 for one that takes other methods.
pub(super) fn find<'a>(method: &str, path: &[&'a str]) -> Result<Route<'a>, Response> {
    matching(method, path).ok_or_else(|| {
        let elsewhere = ["GET", "POST", "DELETE"].iter().any(|m| matching(m, path).is_some());
        Response::empty(if elsewhere { 405 } else { 404 })
    })
}

fn matching<'a>(method: &str, path: &[&'a str]) -> Option<Route<'a>> {
    let number = |text: &str| text.parse().ok();
    Some(match (method, path) {
        ("POST", ["oauth", "device", "code"]) => Route::Auth(Step::DeviceCode),
        ("POST", ["oauth", "device", "token"]) => Route::Auth(Step::DeviceToken),
        ("POST", ["oauth", "token"]) => Route::Auth(Step::Refresh),
        ("POST", ["oauth", "revoke"]) => Route::Auth(Step::Revoke),
        ("POST", ["scrobble", "start"]) => Route::Scrobble(Action::Start),
        ("POST", ["scrobble", "pause"]) => Route::Scrobble(Action::Pause),
        ("POST", ["scrobble", "stop"]) => Route::Scrobble(Action::Stop),
        ("DELETE", ["checkin"]) => Route::EndCheckin,
        ("GET", ["sync", "playback"]) => Route::Positions(None),
        ("GET", ["sync", "playback", kind]) => Route::Positions(Some(played(kind)?)),
        ("DELETE", ["sync", "playback", id]) => Route::ForgetPosition(id.parse().ok()?),
        ("GET", ["sync", "history"]) => Route::History(None, None),
        ("GET", ["sync", "history", kind]) => Route::History(Some(played(kind)?), None),
        ("GET", ["sync", "history", kind, id]) => {
            Route::History(Some(played(kind)?), Some(id.parse().ok()?))
        }
        ("POST", ["sync", "history"]) => Route::AddHistory,
        ("POST", ["sync", "history", "remove"]) => Route::RemoveHistory,
        ("GET", ["sync", "ratings"]) => Route::Ratings(None),
        ("GET", ["sync", "ratings", kind]) => Route::Ratings(Some(plural(kind)?)),
        ("POST", ["sync", "ratings"]) => Route::AddRatings,
        ("POST", ["sync", "ratings", "remove"]) => Route::RemoveRatings,
        ("GET", ["sync", "watchlist"]) => Route::Watchlist(None),
        ("GET", ["sync", "watchlist", kind]) => Route::Watchlist(Some(plural(kind)?)),
        ("POST", ["sync", "watchlist"]) => Route::AddWatchlist,
        ("POST", ["sync", "watchlist", "remove"]) => Route::RemoveWatchlist,
        ("GET", ["users", "settings"]) => Route::Settings,
        ("GET", ["users", "settings", "plex"]) => Route::PlexSettings,
        ("GET", ["users", "me", "watching"]) => Route::Watching,
        ("GET", ["users", "me", "usage"]) => Route::Usage,
        ("GET", ["search", types]) => Route::Search(types, false),
        ("GET", ["search", types, "exact"]) => Route::Search(types, true),
        ("GET", ["search", kind @ ("trakt" | "imdb" | "tmdb" | "tvdb"), id]) => {
            Route::SearchId(kind, id)
        }
        ("GET", ["movies", id]) => Route::Thing(Type::Movie, id),
        ("GET", ["shows", id]) => Route::Thing(Type::Show, id),
        ("GET", ["shows", id, "seasons"]) => Route::Seasons(id),
        ("GET", ["shows", id, "seasons", season]) => Route::Season(id, number(season)?),
        ("GET", ["shows", id, "seasons", season, "episodes", episode]) => {
            Route::Episode(id, number(season)?, number(episode)?)
        }
        _ => return None,
    })
}

/// `movies` or `episodes`: what can be played.
fn played(word: &str) -> Option<Type> {
    plural(word).filter(|kind| matches!(kind, Type::Movie | Type::Episode))
}

fn plural(word: &str) -> Option<Type> {
    Type::named(word).filter(|kind| kind.plural() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_method_is_405_and_a_wrong_path_404() {
        let cases: [(&str, &[&str], u16); 6] = [
            ("GET", &["scrobble", "start"], 405),
            ("PUT", &["sync", "history"], 405),
            ("POST", &["checkin"], 405),
            ("POST", &["scrobble", "rewind"], 404),
            ("GET", &["sync", "playback", "shows"], 404),
            ("GET", &[], 404),
        ];
        for (method, path, status) in cases {
            let found = find(method, path).map_err(|refusal| refusal.status);
            assert_eq!(found, Err(status), "{method} {path:?}");
        }
    }
}
