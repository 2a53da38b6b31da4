//! What has been watched, and when? `/sync/history`.

use super::account::Play;
use super::batch::{Batch, counts};
use super::catalogue::{Ref, Type};
use super::{Answer, Trakt};
use crate::Time;
use crate::http::{Request, Response};
use serde_json::{Value, json};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);
const PLAYABLE: [Type; 2] = [Type::Movie, Type::Episode];

impl Trakt {
    pub(super) fn history(
        &mut self,
        user: &str,
        kind: Option<Type>,
        id: Option<u64>,
        request: &Request,
    ) -> Response {
        let from = request.parameter("start_at").and_then(|text| moment(&text, Duration::ZERO));
        let to = request.parameter("end_at").and_then(|text| moment(&text, DAY));
        let number = |name: &str, default: usize| {
            request.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(default)
        };
        let (page, limit) = (number("page", 1).max(1), number("limit", 10));
        let mut plays: Vec<Play> = self
            .user(user)
            .history
            .iter()
            .filter(|play| kind.is_none_or(|kind| kind == play.item.kind()))
            .filter(|play| {
                id.is_none_or(|id| [Ref::Movie(id), Ref::Episode(id)].contains(&play.item))
            })
            .filter(|play| from.is_none_or(|from| play.watched >= from))
            .filter(|play| to.is_none_or(|to| play.watched <= to))
            .copied()
            .collect();
        plays.sort_by_key(|play| std::cmp::Reverse((play.watched, play.id)));
        let list: Vec<Value> = plays
            .iter()
            .skip((page - 1).saturating_mul(limit))
            .take(limit)
            .map(|play| {
                let mut body = self.catalogue.json(play.item, false);
                body.insert("id".into(), play.id.into());
                body.insert("watched_at".into(), play.watched.to_string().into());
                body.insert("action".into(), play.action.into());
                Value::Object(body)
            })
            .collect();
        Response::json(200, &list.into())
            .with("X-Pagination-Page", &page.to_string())
            .with("X-Pagination-Limit", &limit.to_string())
            .with("X-Pagination-Item-Count", &plays.len().to_string())
    }

    pub(super) fn add_history(&mut self, user: &str, request: &Request, now: Time) -> Answer {
        let batch: Batch = request.read()?;
        let found = self.resolve(&batch, true, now);
        let mut plays = Vec::new();
        for (item, said) in &found.items {
            let watched = match said.watched_at.as_deref() {
                None => now,
                Some("released") => self.catalogue.aired(*item).unwrap_or(now),
                Some("unknown") => Time(0),
                Some(text) => moment(text, Duration::ZERO)
                    .ok_or_else(|| Response::refusal(400, "watched_at is no time"))?,
            };
            plays.push((*item, watched));
        }
        for (item, watched) in plays {
            self.note(format!("history {} {watched}", self.catalogue.label(item)));
            self.add_play(user, item, watched, "watch");
        }
        for (_, words, _) in &found.missing {
            self.note(format!("history {words} (not found)"));
        }
        Ok(Response::json(
            201,
            &json!({
                "added": counts(found.items.iter().map(|(item, _)| *item), &PLAYABLE),
                "updated": counts(std::iter::empty(), &PLAYABLE),
                "not_found": found.not_found(),
            }),
        ))
    }

    pub(super) fn remove_history(&mut self, user: &str, request: &Request, now: Time) -> Answer {
        let batch: Batch = request.read()?;
        let found = self.resolve(&batch, true, now);
        let items: Vec<Ref> = found.items.iter().map(|(item, _)| *item).collect();
        let history = &mut self.user(user).history;
        let unknown: Vec<u64> =
            batch.ids.iter().copied().filter(|id| history.iter().all(|p| p.id != *id)).collect();
        let gone: Vec<Play> = history
            .extract_if(.., |play| batch.ids.contains(&play.id) || items.contains(&play.item))
            .collect();
        for play in &gone {
            self.note(format!("remove {} {}", self.catalogue.label(play.item), play.watched));
        }
        let mut not_found = found.not_found();
        if let Some(not_found) = not_found.as_object_mut() {
            not_found.insert("ids".into(), unknown.into());
        }
        let deleted = counts(gone.iter().map(|play| play.item), &PLAYABLE);
        Ok(Response::json(200, &json!({ "deleted": deleted, "not_found": not_found })))
    }

    /// A play by somebody else's app, of what is so labelled; says whether there is such a thing.
    pub fn play_elsewhere(&mut self, user: &str, label: &str, at: Time) -> bool {
        let found = self.catalogue.labelled(label);
        if let Some(item) = found {
            self.add_play(user, item, at, "scrobble");
        }
        found.is_some()
    }
}

/// A full time, or a day plus `into_day`.
fn moment(text: &str, into_day: Duration) -> Option<Time> {
    Time::from_rfc3339(text)
        .or_else(|| Time::from_rfc3339(&format!("{text}T00:00:00Z")).map(|day| day.after(into_day)))
}
