//! Does Trakt take plays from a media server by itself?
//!
//! It can read a Plex server's history (one server once a day for everybody, each hour with VIP) and
//! be told by Plex's webhooks (VIP). What is told by us too may then be there twice. Trakt shows these
//! settings to its own apps alone, and answers others with 401 (trakt/trakt-api#805, #940): who is not
//! shown them has nothing to say, and that 401 says nothing about the login.

use crate::event::Source;
use crate::tracker::{Ask, Call};
use serde_json::Value;

/// Where Trakt shows them.
const PATH: &str = "/users/settings/plex";

/// That plays of `source` may be at Trakt twice since it takes them itself, in a sentence; `None`
/// where it does not, or does not say.
pub(super) fn own_sync(ask: &mut Ask<'_>, source: Source) -> Option<String> {
    if source != Source::Plex {
        return None; // it knows no other
    }
    let answer = ask(&Call::get(PATH)).ok().filter(|answer| answer.status == 200)?;
    sentence(&answer.json()?)
}

fn sentence(settings: &Value) -> Option<String> {
    let is = |place: &str| settings.pointer(place).and_then(Value::as_bool) == Some(true);
    let takes_plays = |way: &str| {
        ["movie", "episode"].iter().any(|kind| is(&format!("/{way}/toggles/{kind}/watched")))
    };
    let servers = settings.pointer("/sync/selection/server_ids").and_then(Value::as_array);
    let has_servers = servers.is_some_and(|servers| !servers.is_empty());
    let reads = is("/connection/connected") && has_servers && takes_plays("sync");
    let is_told = settings.pointer("/webhook/last_event_at").is_some_and(Value::is_string);
    let hears = is_told && takes_plays("scrobbler");
    let way = match (reads, hears) {
        (true, true) => "Plex Sync and its own webhook",
        (true, false) => "Plex Sync",
        (false, true) => "its own webhook",
        (false, false) => return None,
    };
    Some(format!(
        "Trakt takes plays from Plex itself too, by {way}, so they may be there twice: switch that \
         off at Trakt (Settings, Plex), or list no Plex users in this account"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Answer, Failure, Reply};
    use serde_json::json;

    const SYNC: &str = "Trakt takes plays from Plex itself too, by Plex Sync, so they may be there \
                        twice: switch that off at Trakt (Settings, Plex), or list no Plex users in \
                        this account";

    /// Settings of somebody who has both.
    fn both() -> Value {
        json!({
            "connection": {"connected": true, "username": null},
            "webhook": {"url": "https://trakt.example/w", "last_event_at": "2026-11-24T20:00:00.000Z",
                "event_count": 3, "home_users": null},
            "sync": {"configured": true, "error": false,
                "selection": {"server_ids": ["s"], "library_ids": [], "user_ids": []},
                "toggles": {"movie": {"watched": true}, "episode": {"watched": true}}},
            "scrobbler": {"toggles": {"movie": {"watched": true}, "episode": {"watched": true}}},
        })
    }

    fn asked(source: Source, reply: &Reply) -> Option<String> {
        own_sync(
            &mut |call| {
                assert_eq!(call.path, "/users/settings/plex");
                reply.clone()
            },
            source,
        )
    }

    fn with(changes: &[(&str, Value)]) -> Answer {
        let mut settings = both();
        for (place, value) in changes {
            *settings.pointer_mut(place).expect(place) = value.clone();
        }
        let body = settings.to_string().into_bytes();
        Answer { status: 200, body, ..Answer::default() }
    }

    #[test]
    fn what_trakt_takes_itself_is_told_by_its_ways() {
        let no = json!(false);
        let unheard = ("/webhook/last_event_at", Value::Null);
        let sync_films = ("/sync/toggles/movie/watched", no.clone());
        let sync_episodes = ("/sync/toggles/episode/watched", no.clone());
        let films = ("/scrobbler/toggles/movie/watched", no.clone());
        let episodes = ("/scrobbler/toggles/episode/watched", no.clone());
        let cases = [
            (vec![], Some("Plex Sync and its own webhook")),
            (vec![unheard.clone()], Some("Plex Sync")),
            (vec![films.clone()], Some("Plex Sync and its own webhook")),
            (vec![films, episodes], Some("Plex Sync")),
            (vec![("/connection/connected", no.clone())], Some("its own webhook")),
            (vec![("/sync/selection/server_ids", json!([]))], Some("its own webhook")),
            (vec![unheard.clone(), sync_films.clone()], Some("Plex Sync")),
            (vec![unheard, sync_films, sync_episodes], None),
        ];
        for (changes, way) in cases {
            let expected = way.map(|way| SYNC.replace("Plex Sync", way));
            assert_eq!(asked(Source::Plex, &Ok(with(&changes))), expected, "{changes:?}");
        }
        for source in [Source::Jellyfin, Source::Emby] {
            assert_eq!(asked(source, &Ok(with(&[]))), None);
        }
    }

    #[test]
    fn where_trakt_does_not_say_it_nothing_is_said() {
        let answer =
            |status, body: &str| Ok(Answer { status, body: body.into(), ..Answer::default() });
        let all = both().to_string();
        let lost = Err(Failure::AnswerLost("the connection broke".to_owned()));
        let mut replies: Vec<Reply> = [401, 403, 404, 423, 426, 429, 500, 503]
            .into_iter()
            .map(|status| answer(status, &all))
            .collect();
        replies.extend(
            ["", "{}", "[]", "<html>", "null", r#"{"sync":7}"#].map(|body| answer(200, body)),
        );
        replies.push(lost);
        for reply in replies {
            assert_eq!(asked(Source::Plex, &reply), None, "{reply:?}");
        }
    }
}
