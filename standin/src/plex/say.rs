//! How does a Plex Media Server put things?

use super::house::{Person, Session};
use super::{Item, Kind, Library, Options};
use crate::http::Response;
use serde_json::{Map, Value, json};

/// A list in its container; an empty one is left out.
pub(super) fn contained(mut container: Map<String, Value>, list: Vec<Value>) -> Response {
    if !list.is_empty() {
        container.insert("Metadata".to_owned(), Value::Array(list));
    }
    Response::json(200, &json!({ "MediaContainer": container }))
}

/// What a player is called in machines' language.
#[must_use]
pub fn player_id(player: &str) -> String {
    let hash = player.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}k3v9zq0t")
}

/// The path of a show's season.
pub(super) fn season_key(show: &str, season: u32) -> String {
    format!("/library/metadata/{show}{season:02}")
}

/// One line of the event stream: what a player has reported.
pub(super) fn notification(
    options: &Options,
    player: &str,
    session: &Session,
    state: &str,
    library: &Library,
) -> String {
    let key = &session.item;
    let path = match library.item(key).map(|item| &item.kind) {
        Some(Kind::Live) => "/livetv/sessions/3d0f6b2e-5a7c-4f19-8e3b-6c1d9a4b7e20".to_owned(),
        _ => format!("/library/metadata/{key}"),
    };
    let mut said = json!({
        "sessionKey": session.number.to_string(),
        "guid": "",
        "ratingKey": key,
        "url": "",
        "key": path,
        "viewOffset": session.reported_ms,
        "playQueueItemID": 91_231,
        "playQueueID": 4711,
        "state": state,
    });
    if let Some(object) = said.as_object_mut().filter(|_| options.names_players) {
        object.insert("clientIdentifier".to_owned(), json!(player_id(player)));
    }
    let data = json!({ "PlaySessionStateNotification": said });
    format!("event: playing\ndata: {data}\n\n")
}

/// An item as it stands in the library, in sessions and in webhooks. Which of them writes numbers as
/// text differs.
pub(super) fn item(key: &str, item: &Item, library: &Library, guids: bool) -> Map<String, Value> {
    let (section, section_title, section_type) = item.section();
    let mut said = Map::new();
    let mut say = |name: &str, value: Value| {
        if !value.is_null() {
            said.insert(name.to_owned(), value);
        }
    };
    say("librarySectionID", json!(section));
    say("librarySectionTitle", json!(section_title));
    say("librarySectionKey", json!(format!("/library/sections/{section}")));
    say("librarySectionType", json!(section_type));
    say("ratingKey", json!(key));
    say("key", json!(format!("/library/metadata/{key}")));
    say("guid", json!(format!("plex://{}/{key:0>24}", item.word())));
    say("type", json!(item.word()));
    say("title", json!(item.title));
    say("year", json!(item.year));
    say("editionTitle", json!(item.edition));
    say("duration", if item.kind == Kind::Show { Value::Null } else { json!(item.runtime_ms) });
    match &item.kind {
        Kind::Episode { show, season, number } => {
            let title = library.item(show).map(|show| show.title.clone());
            say("grandparentRatingKey", json!(show));
            say("grandparentKey", json!(format!("/library/metadata/{show}")));
            say("grandparentGuid", json!(format!("plex://show/{show:0>24}")));
            say("grandparentTitle", json!(title));
            say("parentKey", json!(season_key(show, *season)));
            say("parentTitle", json!(format!("Season {season}")));
            say("parentIndex", json!(season));
            say("index", json!(number));
        }
        Kind::Trailer => {
            say("subtype", json!("trailer"));
            say("extraType", json!(1));
        }
        Kind::Live => {
            say("live", json!("1"));
            say("ratingKey", json!(""));
            say("grandparentTitle", json!(item.title));
        }
        Kind::Movie | Kind::Show | Kind::Track => {}
    }
    if guids && !item.guids.is_empty() {
        let list: Vec<Value> = item.guids.iter().map(|id| json!({ "id": id })).collect();
        say("Guid", Value::Array(list));
    }
    if item.kind != Kind::Show {
        let part = json!({ "id": "60222", "container": "mkv", "file": item.file });
        say("Media", json!([{ "id": "50111", "container": "mkv", "Part": [part] }]));
    }
    said
}

/// A session as `/status/sessions` lists it.
pub(super) fn session(
    player: &str,
    session: &Session,
    person: Option<&Person>,
    library: &Library,
    options: &Options,
) -> Option<Value> {
    let found = library.item(&session.item)?;
    let mut said = item(&session.item, found, library, options.guids_in_sessions);
    said.insert("sessionKey".to_owned(), json!(session.number.to_string()));
    if session.reported_ms > 0 {
        said.insert("viewOffset".to_owned(), json!(session.reported_ms));
    }
    if let Some(person) = person {
        let user =
            json!({ "id": person.id.to_string(), "thumb": person.thumb(), "title": person.name });
        said.insert("User".to_owned(), user);
    }
    let described = json!({
        "address": "192.0.2.41", "device": "Chrome", "machineIdentifier": player_id(player),
        "model": "hosted", "platform": "Chrome", "product": "Plex Web", "state": session.state.word(),
        "title": player, "local": true, "relayed": false, "secure": true,
        "userID": person.map_or(0, |person| person.id),
    });
    said.insert("Player".to_owned(), described);
    if person.is_some() {
        let number = session.number;
        let own = json!({ "id": format!("s3ss10n{number}"), "bandwidth": 7311, "location": "lan" });
        said.insert("Session".to_owned(), own);
    }
    Some(Value::Object(said))
}

/// A webhook on its way to an address: a form in which the part `payload` is the JSON.
#[cfg(feature = "faults")]
pub(super) fn post(url: &str, said: &Value) -> crate::post::Post {
    let boundary = "------------------------c0Jm8FhU6aEiR3oGxN5vKt";
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"payload\"\r\n\
         Content-Type: application/json\r\n\r\n{said}\r\n--{boundary}--\r\n"
    );
    let kind = format!("multipart/form-data; boundary={boundary}");
    let headers = vec![("Content-Type".to_owned(), kind)];
    crate::post::Post { url: url.to_owned(), headers, body: body.into_bytes() }
}

/// A webhook; live television and music have one too. Nobody signed in: the owner is named.
pub(super) fn webhook(
    event: &str,
    player: &str,
    session: &Session,
    person: Option<&Person>,
    library: &Library,
    (name, machine): (&str, &str),
) -> Option<Value> {
    let person = person?;
    let found = library.item(&session.item)?;
    let mut metadata = item(&session.item, found, library, true);
    metadata.remove("Media");
    metadata.insert("viewOffset".to_owned(), json!(session.reported_ms));
    Some(json!({
        "event": event,
        "user": person.id == 1,
        "owner": true,
        "Account": { "id": person.at_plex_tv, "thumb": person.thumb(), "title": person.name },
        "Server": { "title": name, "uuid": machine },
        "Player": { "local": true, "publicAddress": "203.0.113.24", "title": player,
                    "uuid": player_id(player) },
        "Metadata": metadata,
    }))
}
