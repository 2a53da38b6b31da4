//! What does the stand-in have? For tests, for people, and for `/users`.

use super::{Call, Trakt, User, tenths};
use crate::Time;
use crate::http::Response;
use serde_json::{Value, json};
use std::time::Duration;

/// `/users/settings`.
pub(super) fn settings(user: &str) -> Response {
    Response::json(
        200,
        &json!({
            "user": {
                "username": user, "name": user, "private": false, "vip": false, "vip_ep": false,
                "ids": { "slug": user },
            },
            "account": { "timezone": "Etc/UTC", "date_format": "dmy", "time_24hr": true },
            "limits": { "watchlist": { "item_count": 100 } },
        }),
    )
}

/// `/users/settings/plex` of somebody without VIP: with a server whose history is read, or none.
pub(super) fn plex_settings(reads: bool) -> Response {
    let played = |plays: bool| json!({ "watching": false, "watched": plays, "rated": false, "collected": false });
    let rated = json!({ "rated": false });
    let films = json!({
        "watching": false, "watched": reads, "rated": false, "collected": false, "watchlist": false,
    });
    let servers =
        if reads { json!(["5f0c9be27a4d41d8b3c6e1f29a7d0b84c15e6f3a"]) } else { json!([]) };
    Response::json(
        200,
        &json!({
            "connection": { "connected": reads, "username": null },
            "webhook": {
                "url": null, "last_event_at": null, "event_count": 0, "home_users": null,
            },
            "sync": {
                "configured": reads, "error": false,
                "selection": { "server_ids": servers, "library_ids": [], "user_ids": [] },
                "toggles": {
                    "movie": films,
                    "show": { "rated": false, "watchlist": false },
                    "season": rated,
                    "episode": played(reads),
                },
            },
            "scrobbler": {
                "toggles": {
                    "movie": played(false), "show": rated, "season": rated,
                    "episode": played(false),
                },
            },
        }),
    )
}

/// `/users/me/usage`: one connected app is what a free account may have.
pub(super) fn usage() -> Response {
    Response::json(200, &json!({ "connected_apps": { "used": 1, "limit": 1 } }))
}

impl Trakt {
    /// The calls of everyone that change something, in the order in which they came:
    /// `start The Salt Road 12.5`, `pause … 79.9`, `stop … 90`, `forget … 1` (a stored position),
    /// `history … 2026-11-23T20:15:00.000Z`, `remove …` (a play), `rate … 7`, `unrate …`,
    /// `want …`, `unwant …` (watchlist). A refused one ends in its status, `(409)`.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.calls.iter().map(|call| call.line.clone()).collect()
    }

    /// The same with their times and whose they were.
    #[must_use]
    pub fn heard(&self) -> &[Call] {
        &self.calls
    }

    /// The calls of one person.
    #[must_use]
    pub fn calls_of(&self, user: &str) -> Vec<String> {
        let calls = self.calls.iter().filter(|call| call.user == user);
        calls.map(|call| call.line.clone()).collect()
    }

    /// When everyone's plays of what is so labelled were, in order.
    #[must_use]
    pub fn plays(&self, label: &str) -> Vec<Time> {
        self.times(self.users.values(), label)
    }

    /// When one person's plays of what is so labelled were, in order.
    #[must_use]
    pub fn plays_of(&self, user: &str, label: &str) -> Vec<Time> {
        self.times(self.users.get(user).into_iter(), label)
    }

    fn times<'a>(&self, users: impl Iterator<Item = &'a User>, label: &str) -> Vec<Time> {
        let plays = users.flat_map(User::history);
        let mut times: Vec<Time> = plays
            .filter(|play| self.catalogue.label(play.item) == label)
            .map(|play| play.watched)
            .collect();
        times.sort_unstable();
        times
    }

    /// Everyone whom it knows, by name.
    pub fn people(&self) -> impl Iterator<Item = (&str, &User)> {
        self.users.iter().map(|(name, user)| (name.as_str(), user))
    }

    /// One person, if they have signed in or done anything.
    #[must_use]
    pub fn person(&self, name: &str) -> Option<&User> {
        self.users.get(name)
    }

    /// How often a request came sooner than allowed, whether it was refused or not.
    #[must_use]
    pub fn violations(&self) -> usize {
        self.violations
    }

    /// The least time between two POSTs of one person; `None` before there are two.
    #[must_use]
    pub fn tightest_gap(&self) -> Option<Duration> {
        let pairs = self.users.values().flat_map(|user| user.posts().windows(2));
        pairs.filter_map(|pair| Some(pair.last()?.since(*pair.first()?))).min()
    }

    /// What it has in the end, for a person to read.
    #[must_use]
    pub fn summary(&self, now: Time) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, user) in self.people() {
            let label = |item| self.catalogue.label(item);
            lines
                .push(format!("{name} has {} in the history", count(user.history().len(), "play")));
            let mut history = user.history().to_vec();
            history.sort_by_key(|play| play.watched);
            for play in history {
                lines.push(format!("  watched   {}  {}", play.watched, label(play.item)));
            }
            for at in user.positions() {
                lines.push(format!("  left at   {} %  {}", tenths(at.progress), label(at.item)));
            }
            for (item, (rating, _)) in &user.ratings {
                lines.push(format!("  rated     {rating}  {}", label(*item)));
            }
            for item in user.watchlist.keys() {
                lines.push(format!("  wants     {}", label(*item)));
            }
            if let Some(watching) = user.watching_at(now) {
                lines.push(format!("  watching  {}", label(watching.item)));
            }
        }
        if lines.is_empty() {
            lines.push("nobody has signed in, and nothing has come".to_owned());
        }
        lines
    }

    /// Everything it has, as `GET /demo` gives it.
    #[must_use]
    pub fn state(&self, now: Time) -> Value {
        let users =
            self.people().map(|(name, user)| (name.to_owned(), self.person_json(user, now)));
        json!({
            "now": now.to_string(),
            "users": users.collect::<serde_json::Map<_, _>>(),
            "calls": self.calls.iter().map(|call| json!({
                "at": call.at.to_string(), "user": call.user, "call": call.line,
            })).collect::<Vec<_>>(),
            "violations": self.violations,
            "tightest_gap_ms": self.tightest_gap().map(|gap| gap.as_millis()),
            "options": self.options,
        })
    }

    fn person_json(&self, user: &User, now: Time) -> Value {
        let label = |item| self.catalogue.label(item);
        json!({
            "watching": user.watching_at(now).map(|watching| json!({
                "item": label(watching.item),
                "progress": watching.progress,
                "started_at": watching.started.to_string(),
                "expires_at": watching.expires.to_string(),
            })),
            "playback": user.positions().iter().map(|at| json!({
                "id": at.id, "item": label(at.item), "progress": at.progress,
                "paused_at": at.paused.to_string(),
            })).collect::<Vec<_>>(),
            "history": user.history().iter().map(|play| json!({
                "id": play.id, "item": label(play.item), "action": play.action,
                "watched_at": play.watched.to_string(),
            })).collect::<Vec<_>>(),
            "ratings": user.ratings.iter().map(|(item, (rating, at))| json!({
                "item": label(*item), "rating": rating, "rated_at": at.to_string(),
            })).collect::<Vec<_>>(),
            "watchlist": user.watchlist.keys().map(|item| label(*item)).collect::<Vec<_>>(),
        })
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
