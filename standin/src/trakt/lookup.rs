//! What is there by that id or name? `/search`, `/movies`, `/shows`.

use super::catalogue::{Naming, Ref, Type};
use super::{Answer, Trakt};
use crate::Time;
use crate::http::{Request, Response};
use serde_json::{Value, json};

/// Characters that have a meaning in a query unless a backslash stands before them.
const SPECIAL: &str = "+-&|!(){}[]^\"~*?:/";

impl Trakt {
    pub(super) fn search_id(
        &mut self,
        kind: &str,
        id: &str,
        request: &Request,
        now: Time,
    ) -> Response {
        let types = request.parameter("type").unwrap_or_else(|| "movie,show,episode".to_owned());
        let types = types_of(&types);
        let Some(naming) = Naming::by_id(kind, id) else {
            return Response::json(200, &json!([]));
        };
        let found: Vec<Ref> = match types.as_slice() {
            [one] => self.catalogue.find(*one, &naming, now).into_iter().collect(),
            // Numbers mean different things in each type, so nothing is made up for all of them.
            several => {
                let known = |kind: &Type| self.catalogue.known(*kind, &naming, now);
                several.iter().filter_map(known).collect()
            }
        };
        self.results(found.into_iter().map(|found| (found, 1000)), request)
    }

    pub(super) fn search(
        &mut self,
        types: &str,
        exact: bool,
        request: &Request,
        now: Time,
    ) -> Answer {
        let types = types_of(types);
        let query = request.parameter("query").map(|query| plain(&query)).unwrap_or_default();
        if types.is_empty() || query.is_empty() {
            return Err(Response::refusal(400, "a search needs a type and a query"));
        }
        let years = request.parameter("years").map(|years| {
            let (from, to) = years.split_once('-').unwrap_or((&years, &years));
            (from.parse().unwrap_or(0), to.parse().unwrap_or(u16::MAX))
        });
        let mut found = Vec::new();
        for kind in types {
            for item in self.catalogue.search(kind, &query, years, exact, now) {
                let is_equal = self.catalogue.label(item).to_lowercase() == query.to_lowercase();
                found.push((item, if is_equal { 1000 } else { 500 }));
            }
        }
        found.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
        Ok(self.results(found.into_iter(), request))
    }

    pub(super) fn thing(&mut self, kind: Type, id: &str, request: &Request, now: Time) -> Answer {
        let found = self.catalogue.find(kind, &Naming::by_path(id), now);
        let found = found.ok_or_else(|| Response::empty(404))?;
        Ok(Response::json(200, &self.catalogue.thing(found, is_full(request))))
    }

    pub(super) fn seasons(&mut self, show: &str, request: &Request, now: Time) -> Answer {
        let show = self.show(show, now)?;
        let with_episodes = extended(request).iter().any(|word| word == "episodes");
        let mut seasons: Vec<Value> = Vec::new();
        let mut latest = None;
        for episode in self.catalogue.episodes(show, None, now) {
            let season = self.catalogue.season(episode);
            if season != latest {
                let number = season.unwrap_or_default();
                seasons.push(self.catalogue.thing(Ref::Season(show, number), false));
                latest = season;
            }
            if with_episodes && let Some(season) = seasons.last_mut().and_then(Value::as_object_mut)
            {
                let episodes = season.entry("episodes").or_insert_with(|| json!([]));
                if let Some(episodes) = episodes.as_array_mut() {
                    episodes.push(self.catalogue.thing(episode, is_full(request)));
                }
            }
        }
        Ok(Response::json(200, &seasons.into()))
    }

    pub(super) fn season(
        &mut self,
        show: &str,
        number: u32,
        request: &Request,
        now: Time,
    ) -> Answer {
        let show = self.show(show, now)?;
        let episodes = self.catalogue.episodes(show, Some(number), now);
        if episodes.is_empty() {
            return Err(Response::empty(404));
        }
        let full = is_full(request);
        let list: Vec<Value> = episodes.iter().map(|of| self.catalogue.thing(*of, full)).collect();
        Ok(Response::json(200, &list.into()))
    }

    pub(super) fn episode(
        &mut self,
        show: &str,
        place: (u32, u32),
        request: &Request,
        now: Time,
    ) -> Answer {
        let show = self.show(show, now)?;
        let found = self.catalogue.find_episode(show, place, &Naming::default(), now);
        let found = found.ok_or_else(|| Response::empty(404))?;
        Ok(Response::json(200, &self.catalogue.thing(found, is_full(request))))
    }

    fn show(&mut self, id: &str, now: Time) -> Result<u64, Response> {
        match self.catalogue.find(Type::Show, &Naming::by_path(id), now) {
            Some(Ref::Show(show)) => Ok(show),
            _ => Err(Response::empty(404)),
        }
    }

    fn results(&self, found: impl Iterator<Item = (Ref, u32)>, request: &Request) -> Response {
        let limit = request.parameter("limit").and_then(|text| text.parse().ok()).unwrap_or(10);
        let list: Vec<Value> = found
            .take(limit)
            .map(|(found, score)| {
                let mut body = self.catalogue.json(found, is_full(request));
                body.insert("score".into(), score.into());
                Value::Object(body)
            })
            .collect();
        Response::json(200, &list.into())
    }
}

fn types_of(text: &str) -> Vec<Type> {
    let types = text.split(',').filter_map(Type::named);
    types.filter(|kind| *kind != Type::Season).collect()
}

fn extended(request: &Request) -> Vec<String> {
    let words = request.parameter("extended").unwrap_or_default();
    words.split(',').map(str::to_owned).collect()
}

fn is_full(request: &Request) -> bool {
    extended(request).iter().any(|word| word == "full")
}

/// A query as text: escaped characters stand for themselves, others with a meaning are lost.
fn plain(query: &str) -> String {
    let mut letters = query.chars();
    let mut out = String::with_capacity(query.len());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.extend(letters.next()),
            special if SPECIAL.contains(special) => out.push(' '),
            letter => out.push(letter),
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_escaped_characters_of_a_query_count_as_text() {
        assert_eq!(plain(r"Face\/Off \(1997\)"), "Face/Off (1997)");
        assert_eq!(plain("Face/Off?"), "Face Off");
        assert_eq!(plain("end\\"), "end");
    }
}
