//! How do answers show a thing?

use super::{Catalogue, Ref, Type, season_id};
use serde_json::{Map, Value, json};

impl Catalogue {
    /// The members `type`, and `movie`, `show` or `episode` and `show`, as answers have them.
    pub(in crate::trakt) fn json(&self, of: Ref, full: bool) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("type".into(), of.kind().word().into());
        out.insert(of.kind().word().into(), self.thing(of, full));
        let show = match of {
            Ref::Season(show, _) => Some(show),
            Ref::Episode(_) => self.entries.get(&of).and_then(|e| e.place).map(|p| p.show),
            Ref::Movie(_) | Ref::Show(_) => None,
        };
        if let Some(show) = show {
            out.insert("show".into(), self.thing(Ref::Show(show), full));
        }
        out
    }

    /// The thing alone.
    pub(in crate::trakt) fn thing(&self, of: Ref, full: bool) -> Value {
        if let Ref::Season(show, number) = of {
            return json!({ "number": number, "ids": { "trakt": season_id(show, number) } });
        }
        let Some(entry) = self.entries.get(&of) else { return Value::Null };
        let mut ids = json!(entry.ids);
        let show = entry.place.and_then(|place| self.entries.get(&Ref::Show(place.show)));
        let mut out = if let Some(place) = entry.place {
            // Where its show is not known yet, neither is its place in it.
            let place = show.filter(|show| !show.title.is_empty()).map(|_| place);
            let (season, number) = place.map(|place| (place.season, place.number)).unzip();
            json!({ "season": season, "number": number, "title": entry.title })
        } else {
            if let Some(ids) = ids.as_object_mut() {
                ids.insert("slug".into(), entry.slug().into());
            }
            json!({ "title": entry.title, "year": entry.year })
        };
        if let Some(out) = out.as_object_mut() {
            out.insert("ids".into(), ids);
            if full {
                out.insert("runtime".into(), self.minutes(of).into());
                let aired = entry.aired.map(|at| at.to_string());
                match of.kind() {
                    Type::Movie => {
                        let day = aired.as_deref().and_then(|at| at.split('T').next());
                        out.insert("released".into(), day.into());
                    }
                    Type::Show | Type::Season | Type::Episode => {
                        out.insert("first_aired".into(), aired.into());
                    }
                }
            }
        }
        out
    }
}
