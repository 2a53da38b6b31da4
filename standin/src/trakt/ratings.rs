//! What does a person think, and want? `/sync/ratings`, `/sync/watchlist`.

use super::batch::{Batch, counts};
use super::catalogue::{Ref, Type};
use super::{Answer, Trakt};
use crate::Time;
use crate::http::{Request, Response};
use serde_json::{Value, json};

const RATEABLE: [Type; 4] = [Type::Movie, Type::Show, Type::Season, Type::Episode];

impl Trakt {
    pub(super) fn ratings(&mut self, user: &str, kind: Option<Type>) -> Response {
        let ratings = self.user(user).ratings.clone();
        let list: Vec<Value> = ratings
            .iter()
            .filter(|(item, _)| kind.is_none_or(|kind| kind == item.kind()))
            .map(|(item, (rating, at))| {
                let mut body = self.catalogue.json(*item, false);
                body.insert("rating".into(), (*rating).into());
                body.insert("rated_at".into(), at.to_string().into());
                Value::Object(body)
            })
            .collect();
        Response::json(200, &list.into())
    }

    pub(super) fn add_ratings(&mut self, user: &str, request: &Request, now: Time) -> Answer {
        let batch: Batch = request.read()?;
        let found = self.resolve(&batch, false, now);
        if !found.items.iter().all(|(_, said)| said.rating.is_some_and(|r| (1..=10).contains(&r))) {
            return Err(Response::refusal(422, "a rating is a number from 1 to 10"));
        }
        for (item, said) in &found.items {
            let rating = said.rating.unwrap_or_default();
            let at = said.rated_at.as_deref().and_then(Time::from_rfc3339).unwrap_or(now);
            self.note(format!("rate {} {rating}", self.catalogue.label(*item)));
            self.user(user).ratings.insert(*item, (rating, at));
        }
        for (_, words, _) in &found.missing {
            self.note(format!("rate {words} (not found)"));
        }
        let added = counts(found.items.iter().map(|(item, _)| *item), &RATEABLE);
        Ok(Response::json(201, &json!({ "added": added, "not_found": found.not_found() })))
    }

    pub(super) fn remove_ratings(&mut self, user: &str, request: &Request, now: Time) -> Answer {
        self.remove(user, request, now, "unrate", |user, item| user.ratings.remove(&item).is_some())
    }

    pub(super) fn watchlist(&mut self, user: &str, kind: Option<Type>) -> Response {
        let watchlist = self.user(user).watchlist.clone();
        let list: Vec<Value> = watchlist
            .iter()
            .filter(|(item, _)| kind.is_none_or(|kind| kind == item.kind()))
            .map(|(item, at)| {
                let mut body = self.catalogue.json(*item, false);
                body.insert("listed_at".into(), at.to_string().into());
                Value::Object(body)
            })
            .collect();
        Response::json(200, &list.into())
    }

    pub(super) fn add_watchlist(&mut self, user: &str, request: &Request, now: Time) -> Answer {
        let batch: Batch = request.read()?;
        let found = self.resolve(&batch, false, now);
        let mut new = Vec::new();
        for (item, _) in &found.items {
            self.note(format!("want {}", self.catalogue.label(*item)));
            if self.user(user).watchlist.insert(*item, now).is_none() {
                new.push(*item);
            }
        }
        let old = found.items.iter().map(|(item, _)| *item).filter(|item| !new.contains(item));
        Ok(Response::json(
            201,
            &json!({
                "added": counts(new.iter().copied(), &RATEABLE),
                "existing": counts(old, &RATEABLE),
                "not_found": found.not_found(),
                "list": { "item_count": self.user(user).watchlist.len() },
            }),
        ))
    }

    pub(super) fn remove_watchlist(&mut self, user: &str, request: &Request, now: Time) -> Answer {
        let item_is_gone = |user: &mut super::User, item| user.watchlist.remove(&item).is_some();
        self.remove(user, request, now, "unwant", item_is_gone)
    }

    fn remove(
        &mut self,
        user: &str,
        request: &Request,
        now: Time,
        verb: &str,
        take: impl Fn(&mut super::User, Ref) -> bool,
    ) -> Answer {
        let batch: Batch = request.read()?;
        let found = self.resolve(&batch, false, now);
        let mut gone = Vec::new();
        for (item, _) in &found.items {
            self.note(format!("{verb} {}", self.catalogue.label(*item)));
            if take(self.user(user), *item) {
                gone.push(*item);
            }
        }
        let mut body = json!({
            "deleted": counts(gone.into_iter(), &RATEABLE),
            "not_found": found.not_found(),
        });
        if verb == "unwant"
            && let Some(body) = body.as_object_mut()
        {
            let left = self.user(user).watchlist.len();
            body.insert("list".into(), json!({ "item_count": left }));
        }
        Ok(Response::json(200, &body))
    }
}
