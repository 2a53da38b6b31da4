//! What stands in the server's history, and which part of it is asked for?

use super::{Kind, Plex, say};
use crate::Time;
use crate::http::{Request, Response};
use serde_json::{Map, Value, json};

/// One play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number in the history.
    pub number: u64,
    /// The item's rating key.
    pub key: String,
    /// Whose account.
    pub user: u64,
    /// When the server took it for watched.
    pub at: Time,
}

impl Plex {
    /// Answers `/status/sessions/history/all`: filters, order and pages.
    pub(super) fn history_page(&self, request: &Request) -> Response {
        let mut rows: Vec<&Row> = self.history.iter().collect();
        for (name, value) in request.pairs() {
            let number = value.parse::<u64>().ok();
            match (name.as_str(), number) {
                // The `>` belongs to the name: `viewedAt>=1765000000`.
                ("viewedAt>", Some(at)) => rows.retain(|row| row.at.0 / 1000 >= at),
                ("viewedAt<", Some(at)) => rows.retain(|row| row.at.0 / 1000 <= at),
                ("accountID", Some(user)) => rows.retain(|row| row.user == user),
                ("metadataItemID", _) => rows.retain(|row| row.key == value),
                ("librarySectionID", _) => rows.retain(|row| {
                    self.library.item(&row.key).is_some_and(|item| item.section().0 == value)
                }),
                ("sort", _) if value == "viewedAt:asc" => rows.sort_by_key(|row| row.at),
                ("sort", _) if value == "viewedAt:desc" => {
                    rows.sort_by_key(|row| std::cmp::Reverse(row.at));
                }
                _ => {}
            }
        }
        let total = rows.len();
        let paged = |name: &str| {
            let given = request.header(name).map(str::to_owned).or_else(|| request.parameter(name));
            given.and_then(|number| number.trim().parse::<usize>().ok())
        };
        let start = paged("X-Plex-Container-Start").unwrap_or(0).min(total);
        let asked = paged("X-Plex-Container-Size").unwrap_or(total);
        let size = asked.min(self.options.most_rows.unwrap_or(asked));
        let page: Vec<Value> =
            rows.into_iter().skip(start).take(size).map(|row| self.row(row)).collect();
        let mut container = Map::new();
        container.insert("size".to_owned(), json!(page.len()));
        container.insert("totalSize".to_owned(), json!(total));
        container.insert("offset".to_owned(), json!(start));
        say::contained(container, page)
    }

    /// What is gone keeps its row, without a key and without a section.
    fn row(&self, row: &Row) -> Value {
        let number = row.number;
        let mut said = json!({
            "historyKey": format!("/status/sessions/history/{number}"),
            "viewedAt": row.at.0 / 1000,
            "accountID": row.user,
            "deviceID": 12,
        });
        let Some(object) = said.as_object_mut() else { return said };
        let Some(item) = self.library.item(&row.key) else {
            object.insert("title".to_owned(), json!("Gone From Disk"));
            object.insert("type".to_owned(), json!("movie"));
            return said;
        };
        let key = &row.key;
        object.insert("key".to_owned(), json!(format!("/library/metadata/{key}")));
        object.insert("ratingKey".to_owned(), json!(key));
        object.insert("librarySectionID".to_owned(), json!(item.section().0));
        object.insert("title".to_owned(), json!(item.title));
        object.insert("type".to_owned(), json!(item.word()));
        object
            .insert("thumb".to_owned(), json!(format!("/library/metadata/{key}/thumb/1764111111")));
        if let Kind::Episode { show, season, number } = &item.kind {
            let title = self.library.item(show).map(|show| show.title.clone());
            object.insert("index".to_owned(), json!(number));
            object.insert("parentIndex".to_owned(), json!(season));
            object.insert("parentKey".to_owned(), json!(say::season_key(show, *season)));
            object.insert("grandparentKey".to_owned(), json!(format!("/library/metadata/{show}")));
            object.insert("grandparentTitle".to_owned(), json!(title));
        }
        said
    }
}
