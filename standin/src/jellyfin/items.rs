//! What is there, and what is it to somebody? `/Items`, in the two ways in which it is asked.

use super::auth::Holder;
use super::log::parameter;
use super::play::UserData;
use super::{Answer, Jellyfin, Title, set};
use crate::http::{Request, Response};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::Duration;

impl Jellyfin {
    /// Items by their ids, or those that a person has played, the latest first.
    pub(super) fn items(&self, who: &Holder, of: Option<&str>, request: &Request) -> Answer {
        let asked = of.map(str::to_owned).or_else(|| parameter(request, "userId"));
        let asked = asked.map(|id| id.replace('-', "").to_lowercase());
        if asked.as_ref().is_some_and(|id| self.named(id).is_none()) {
            return Err(Response::empty(404));
        }
        if asked.as_ref().is_some_and(|id| !who.may_see(id)) {
            return Err(Response::empty(403));
        }
        let user = asked.or_else(|| who.user.clone());
        let list = |name: &str| {
            let text = parameter(request, name).unwrap_or_default();
            text.split(',').filter(|one| !one.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let (ids, kinds, fields) = (list("ids"), list("includeItemTypes"), list("fields"));
        let is_true = |name: &str| {
            parameter(request, name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
        };
        let only_played = is_true("isPlayed") || list("filters").iter().any(|f| f == "IsPlayed");
        if only_played && user.is_none() {
            return Err(Response::empty(500)); // a null is followed
        }
        let data = |item: &str| {
            let key = (user.clone().unwrap_or_default(), item.to_owned());
            self.data.get(&key).copied().unwrap_or_default()
        };
        let plain = |id: &String| id.replace('-', "").to_lowercase();
        let is_of = |title: &Title| {
            kinds.is_empty() || kinds.iter().any(|kind| kind.eq_ignore_ascii_case(title.word()))
        };
        let titles: Vec<(&String, &Title)> = if ids.is_empty() {
            self.titles.iter().collect()
        } else {
            let ids: BTreeSet<String> = ids.iter().map(plain).collect();
            let of = |id| self.titles.get_key_value(id).or_else(|| self.series.get_key_value(id));
            ids.iter().filter_map(of).collect()
        };
        let titles = titles.into_iter().filter(|(_, title)| is_of(title));
        let mut found: Vec<(&String, &Title, UserData)> =
            titles.map(|(id, title)| (id, title, data(id))).collect();
        found.retain(|(_, _, data)| !only_played || data.played);
        if list("sortBy").first().is_some_and(|by| by == "DatePlayed") {
            found.sort_by_key(|(_, _, data)| data.last);
            let order = parameter(request, "sortOrder").unwrap_or_default();
            if order.eq_ignore_ascii_case("Descending") {
                found.sort_by_key(|(_, _, data)| Reverse(data.last));
            }
        }
        let number = |name: &str| parameter(request, name).and_then(|text| text.parse().ok());
        let (start, total) = (number("startIndex").unwrap_or(0), found.len());
        let page = found.into_iter().skip(start).take(number("limit").unwrap_or(usize::MAX));
        let page: Vec<Value> = page
            .map(|(id, title, data)| {
                let mut dto = self.dto(id, title);
                if fields.iter().any(|field| field == "ProviderIds") {
                    set(&mut dto, "ProviderIds", json!(title.ids));
                }
                if fields.iter().any(|field| field == "Path") {
                    set(&mut dto, "Path", json!(title.path));
                }
                if user.is_some() {
                    set(&mut dto, "UserData", self.shown(id, title, data, &fields));
                }
                dto
            })
            .collect();
        let counts =
            parameter(request, "enableTotalRecordCount").is_none_or(|text| text != "false");
        let total = if counts { total } else { 0 };
        let mut answer = json!({ "Items": page, "TotalRecordCount": total });
        if !self.options.dialect.is_emby() {
            set(&mut answer, "StartIndex", json!(start));
        }
        Ok(Response::json(200, &answer))
    }

    /// What an item is to a person. Emby says when and how often only where it is asked.
    fn shown(&self, id: &str, title: &Title, data: UserData, fields: &[String]) -> Value {
        let is_emby = self.options.dialect.is_emby();
        let is_asked = |name: &str| !is_emby || fields.iter().any(|field| field == name);
        let position = super::ticks(Duration::from_millis(data.position_ms));
        let mut shown = json!({
            "PlaybackPositionTicks": position,
            "PlayCount": if is_asked("UserDataPlayCount") { data.count } else { 0 },
            "IsFavorite": false,
            "Played": data.played,
        });
        if !is_emby {
            set(&mut shown, "Key", json!(id));
            set(&mut shown, "ItemId", json!(id));
        }
        if data.position_ms > 0 && title.runtime_ms() > 0 {
            let percent = data.position_ms * 100 / title.runtime_ms();
            set(&mut shown, "PlayedPercentage", json!(percent));
        }
        if let Some(last) = data.last.filter(|_| is_asked("UserDataLastPlayedDate")) {
            set(&mut shown, "LastPlayedDate", json!(self.date(last)));
        }
        shown
    }

    /// The folders in which an item is; its library is among them only for a person.
    pub(super) fn ancestors(&self, id: &str, request: &Request) -> Answer {
        let title = self.titles.get(id).ok_or_else(|| Response::empty(404))?;
        let root = json!({ "Name": "Media Folders", "Id": "1", "Type": "AggregateFolder" });
        let disk = json!({ "Name": "media", "Id": "2", "Type": "Folder" });
        let folder = parameter(request, "userId").map(|_| self.folder(&title.library));
        let all: Vec<Value> = folder.into_iter().chain([disk, root]).collect();
        Ok(Response::json(200, &Value::from(all)))
    }
}
