//! Nobody whom they keep out is let in.
//!
//! [`Theirs`] says whose plays reach which Trakt login there, as `ways` tells it, read in the
//! plainest way: sections are merged whole. Where a reading of theirs depends on a mistake (a text
//! for a list is taken letter by letter, at some places), it is what the text says.

#![expect(clippy::wildcard_enum_match_arm, reason = "what they do not ask for is all the same")]

use super::*;
use crate::event::{Event, User};
use crate::filter::{self, FilterResult};
use crate::webhook::{self, Said};
use proptest::sample::select;
use serde_json::{Map, json};

fn merge(base: &Json, over: &Json) -> Json {
    let (Json::Object(base), Json::Object(over)) = (base, over) else { return over.clone() };
    let mut merged = base.clone();
    for (key, value) in over {
        let value = merged.get(key).map_or_else(|| value.clone(), |base| merge(base, value));
        merged.insert(key.clone(), value);
    }
    Json::Object(merged)
}

fn section(json: &Json) -> Json {
    if json.is_object() { json.clone() } else { json!({}) }
}

fn truth(json: &Json) -> bool {
    !matches!(json, Json::Null | Json::Bool(false))
        && *json != 0
        && *json != ""
        && *json != json!([])
        && *json != json!({})
}

fn word(json: &Json) -> String {
    match json {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn instance(json: &Json) -> String {
    let name = word(json);
    let name = name.split(':').next().unwrap_or_default().trim();
    if name.is_empty() || name.eq_ignore_ascii_case("default") { "default" } else { name }
        .to_owned()
}

/// A way to Trakt there.
#[derive(Debug)]
struct Road {
    kind: &'static str,
    instance: String,
    account: String,
    filters: Json,
    is_watched: bool,
    is_somebodys: bool,
    usual_server: String,
}

/// How a way takes somebody.
#[derive(PartialEq)]
enum Taken {
    Not,
    AsEverybody,
    ByName,
}

impl Road {
    fn takes_server(&self, server: &str) -> bool {
        let parts = |json: &Json| -> Vec<String> {
            let entries = match json {
                Json::Null => Vec::new(),
                Json::Array(list) => list.iter().filter(|it| !it.is_null()).cloned().collect(),
                json => vec![json.clone()],
            };
            let texts = entries.iter().map(|it| it.as_str().map_or(it.to_string(), str::to_owned));
            let text = texts.collect::<Vec<_>>().join(" ");
            text.split([',', ' ']).filter(|it| !it.is_empty()).map(str::to_owned).collect()
        };
        let mut allowed = parts(&self.filters["server_uuid_whitelist"]);
        allowed.extend(Some(word(&self.filters["server_uuid"])).filter(|it| !it.is_empty()));
        if word(&self.filters["server_uuid"]).is_empty() && !self.usual_server.is_empty() {
            allowed.push(self.usual_server.clone());
        }
        let blocked = parts(&self.filters["server_uuid_blacklist"]);
        let server = server.to_owned();
        !blocked.contains(&server) && (allowed.is_empty() || allowed.contains(&server))
    }

    fn takes(&self, user: &User, server: &str) -> Taken {
        if !self.takes_server(server) {
            return Taken::Not;
        }
        let id = word(&self.filters["user_id"]).to_lowercase();
        let is_by_id = self.is_watched && !id.is_empty();
        if is_by_id && (self.kind == "plex" || id != user.id) {
            return Taken::Not;
        }
        let list = &self.filters["username_whitelist"];
        if !truth(list) {
            return match (is_by_id, self.is_somebodys) {
                (true, _) => Taken::ByName,
                (false, true) => Taken::Not,
                (false, false) => Taken::AsEverybody,
            };
        }
        let entries = list.as_array().cloned().unwrap_or_else(|| vec![list.clone()]);
        let is_blank = |entry: &Json| entry.as_str().is_some_and(|text| text.trim().is_empty());
        if self.kind == "plex" && !self.is_watched && entries.iter().all(is_blank) {
            return Taken::AsEverybody;
        }
        let letters = |name: &str| {
            let name = name.to_lowercase();
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>()
        };
        let is_user = |entry: &Json| {
            let entry = word(entry).to_lowercase();
            match (entry.split_once(':'), self.kind) {
                (Some(("id", id)), "plex") => id.trim() == user.id,
                (Some(("uuid", uuid)), "plex") => uuid.trim() == user.uuid,
                (Some(("id" | "uuid", _)), _) => false,
                _ if entry.is_empty() => false,
                _ if self.kind == "plex" || self.is_watched => {
                    letters(&entry) == letters(&user.name)
                }
                _ => entry == user.name.to_lowercase(),
            }
        };
        if entries.iter().any(is_user) { Taken::ByName } else { Taken::Not }
    }
}

fn roads(theirs: &Json) -> Vec<Road> {
    let scrobble = &theirs["scrobble"];
    let (webhook, watcher) = match &scrobble["sources"] {
        Json::Object(sources) => {
            let is_on = |name: &str| sources.get(name).is_some_and(truth);
            let watcher = if sources.contains_key("watcher") { "watcher" } else { "watch" };
            (is_on("webhook"), is_on(watcher))
        }
        _ => match word(&scrobble["mode"]).as_str() {
            "webhook" => (true, false),
            "watch" | "" => (false, true),
            _ => (false, false),
        },
    };
    let is_all_off = !webhook && !watcher;
    let mut roads = Vec::new();
    if webhook || is_all_off {
        roads.extend(webhook_roads(theirs));
    }
    if watcher || is_all_off {
        roads.extend(watch_roads(theirs));
    }
    roads
}

/// Which of the versions in [`config`] wrote it: with sinks, with routes only, or before.
fn age(theirs: &Json) -> Option<u8> {
    match theirs["version"].as_str()? {
        "0.8.0" | "0.9.10" => Some(0),
        "0.9.26" | "v0.10.0" => Some(1),
        "0.10.1" | "0.11.3" => Some(2),
        _ => None,
    }
}

const KINDS: [&str; 3] = ["plex", "jellyfin", "emby"];

fn webhook_roads(theirs: &Json) -> Vec<Road> {
    let webhook = &theirs["scrobble"]["webhook"];
    let Some(keys) = webhook.as_object() else { return Vec::new() };
    let has_sinks = ["sinks", "providers", "profiles"].iter().any(|key| keys.contains_key(*key));
    let by_sinks = age(theirs).map_or(has_sinks, |age| age == 2);
    let mut roads = Vec::new();
    for kind in KINDS {
        let road = |instance: &str, settings: &Json| Road {
            kind,
            instance: instance.to_owned(),
            account: "default".to_owned(),
            filters: section(&settings[format!("filters_{kind}")]),
            is_watched: false,
            is_somebodys: false,
            usual_server: String::new(),
        };
        if !by_sinks {
            let usual_server =
                if kind == "plex" { word(&theirs[kind]["server_uuid"]) } else { String::new() };
            roads.push(Road { usual_server, ..road("default", webhook) });
            continue;
        }
        let mut instances = vec!["default".to_owned()];
        let own = theirs[kind]["instances"].as_object().into_iter().flatten();
        instances.extend(own.filter(|(_, it)| it.is_object()).map(|(name, _)| name.clone()));
        for name in instances {
            let provider = section(&webhook["providers"][kind]);
            let profile = section(&webhook["profiles"][kind][&name]);
            let settings = merge(&merge(webhook, &provider), &profile);
            let on = |layer: &Json| layer.as_object().and_then(|it| it.get("enabled").cloned());
            let on = on(&profile).or_else(|| on(&provider).filter(|_| name == "default"));
            let is_off = on.is_some_and(|on| match on {
                Json::String(text) => !["1", "true", "yes", "on"].contains(&&*text.to_lowercase()),
                Json::Array(_) | Json::Object(_) => true,
                on => !truth(&on),
            });
            let mut block = section(&theirs[kind]);
            if name != "default" {
                block = merge(&block, &theirs[kind]["instances"][&name]);
            }
            let is_connected = ["account_token", "pms_token", "access_token"].iter().any(|token| {
                (*token == "access_token") != (kind == "plex") && !word(&block[token]).is_empty()
            });
            let sinks: Vec<String> = match &settings["sinks"] {
                Json::Array(list) => list.iter().map(word).collect(),
                Json::Object(sinks) => {
                    sinks.iter().filter(|(_, on)| truth(on)).map(|(name, _)| name.clone()).collect()
                }
                sinks => word(sinks).split(',').map(|sink| sink.trim().to_owned()).collect(),
            };
            if is_off || !is_connected || !sinks.iter().any(|sink| sink == "trakt") {
                continue;
            }
            let login = |sink: &str| instance(&section(&settings["sink_instances"])[sink]);
            let is_somebodys = sinks.iter().any(|sink| {
                let id = format!("{kind}:{name}:{sink}:{}", login(sink));
                webhook["user_profile_assignments"][id] == "p1"
                    && theirs["user_profiles"]["p1"].is_object()
            });
            roads.push(Road { account: login("trakt"), is_somebodys, ..road(&name, &settings) });
        }
    }
    roads
}

fn watch_roads(theirs: &Json) -> Vec<Road> {
    let watch = &theirs["scrobble"]["watch"];
    let usual_server = |kind: &str| {
        let is_old = kind == "plex" && age(theirs) != Some(2);
        if is_old { word(&theirs["plex"]["server_uuid"]) } else { String::new() }
    };
    let kind = |json: &Json| KINDS.into_iter().find(|kind| *kind == word(json)).unwrap_or("plex");
    let routes: Vec<&Json> =
        watch["routes"].as_array().into_iter().flatten().filter(|it| it.is_object()).collect();
    if routes.is_empty() && matches!(age(theirs), None | Some(0)) {
        let sink = word(&watch["sink"]);
        let kind = kind(&watch["provider"]);
        let only = Road {
            kind,
            instance: "default".to_owned(),
            account: "default".to_owned(),
            filters: section(&watch["filters"]),
            is_watched: true,
            is_somebodys: false,
            usual_server: usual_server(kind),
        };
        return if sink.is_empty() || sink == "simkl" { Vec::new() } else { vec![only] };
    }
    let leads = |route: &&Json| {
        let is_on = route.get("enabled").is_none_or(truth);
        is_on && word(&route["sink"]) == "trakt" && word(&route["provider"]) != "kodi"
    };
    let road = |route: &Json| {
        let kind = kind(&route["provider"]);
        Road {
            kind,
            instance: instance(&route["provider_instance"]),
            account: instance(&route["sink_instance"]),
            filters: section(&route["filters"]),
            is_watched: true,
            is_somebodys: route["profile_id"] == "p1" && theirs["user_profiles"]["p1"].is_object(),
            usual_server: usual_server(kind),
        }
    };
    routes.into_iter().filter(leads).map(road).collect()
}

fn odd() -> impl Strategy<Value = Json> {
    let empty = [json!(null), json!(false), json!(0), json!(""), json!([]), json!({})];
    let full = [
        json!(true),
        json!(7),
        json!("x"),
        json!([null]),
        json!([[]]),
        json!({"a": 1}),
        json!([""]),
    ];
    select([empty.to_vec(), full.to_vec()].concat())
}

fn object(keys: Vec<(&'static str, BoxedStrategy<Json>)>) -> BoxedStrategy<Json> {
    let maybe = |(key, value): (&'static str, BoxedStrategy<Json>)| prop_oneof![1 => Just(None), 4 => value.prop_map(move |value| Some((key.to_owned(), value)))];
    let all: Vec<_> = keys.into_iter().map(maybe).collect();
    all.prop_map(|keys| Json::Object(keys.into_iter().flatten().collect::<Map<_, _>>())).boxed()
}

fn rarely_odd(value: BoxedStrategy<Json>) -> BoxedStrategy<Json> {
    prop_oneof![24 => value, 1 => odd()].boxed()
}

fn one_of(values: &[&str]) -> BoxedStrategy<Json> {
    select(values.iter().map(|value| json!(value)).collect::<Vec<_>>()).boxed()
}

fn some_of(values: &'static [&'static str]) -> BoxedStrategy<Json> {
    prop::collection::vec(select(values), 0..3).prop_map(|list| json!(list)).boxed()
}

const PLAIN: &[&str] = &["mara", "jo", "Jo", "sam", "kim.f", "kimf"];
/// Of `sam`, but at Plex.
const JELLY_ID: &str = "77777777777777777777777777777777";
const NAMES: &[&str] = &[
    "mara", "jo", "Jo", "sam", "kim.f", "kimf", "*", "", " ", "id:7", "ID: 7", "uuid:ab", "id:",
    "日本", "7",
];
const SERVERS: &[&str] = &["aa", "bb", "aa,bb", "", "cc"];
const LOGINS: &[&str] = &["default", "Default", "TRAKT-P01", "TRAKT-P01:2", "TRAKT-P02", ""];
const INSTANCES: &[&str] = &["default", "P01", "P.2", ""];

fn filters() -> BoxedStrategy<Json> {
    let users =
        prop_oneof![12 => some_of(PLAIN), 3 => some_of(NAMES), 1 => one_of(NAMES), 1 => odd()]
            .boxed();
    let servers =
        || prop_oneof![12 => Just(json!([])), 2 => some_of(SERVERS), 1 => one_of(SERVERS)];
    let rare = |value: BoxedStrategy<Json>| prop_oneof![20 => Just(Json::Null), 1 => value].boxed();
    rarely_odd(object(vec![
        ("username_whitelist", users),
        ("server_uuid_whitelist", rarely_odd(servers().boxed())),
        ("server_uuid_blacklist", rarely_odd(servers().boxed())),
        ("server_uuid", rare(one_of(SERVERS))),
        ("user_id", rare(one_of(&["7", JELLY_ID, ""]))),
    ]))
}

fn layer() -> BoxedStrategy<Json> {
    let sinks = prop_oneof![
        20 => Just(json!(["trakt"])),
        1 => Just(json!(["simkl", "trakt"])),
        1 => Just(json!({"trakt": true, "simkl": false})),
        1 => Just(json!("simkl, trakt")),
        1 => Just(json!(["simkl"])),
        1 => odd(),
    ];
    rarely_odd(object(vec![
        ("sinks", sinks.boxed()),
        ("sink_instances", rarely_odd(object(vec![("trakt", one_of(LOGINS))]))),
        (
            "enabled",
            prop_oneof![24 => Just(json!(true)), 1 => Just(json!("off")), 1 => odd()].boxed(),
        ),
        ("filters_plex", filters()),
        ("filters_jellyfin", filters()),
        ("filters_emby", filters()),
    ]))
}

fn webhook() -> BoxedStrategy<Json> {
    let by_kind = |value: fn() -> BoxedStrategy<Json>| {
        rarely_odd(object(KINDS.into_iter().map(|kind| (kind, value())).collect()))
    };
    let profiles =
        || rarely_odd(object(vec![("default", layer()), ("P01", layer()), ("P.2", layer())]));
    let assigned = object(vec![
        ("plex:default:trakt:default", Just(json!("p1")).boxed()),
        ("jellyfin:P01:trakt:TRAKT-P01", Just(json!("p1")).boxed()),
        ("emby:default:trakt:default", Just(json!("p2")).boxed()),
    ]);
    let more = object(vec![
        ("providers", by_kind(layer)),
        ("profiles", by_kind(profiles)),
        ("user_profile_assignments", assigned),
    ]);
    let whole = (layer(), more).prop_map(|(layer, more)| merge(&section(&layer), &more));
    rarely_odd(whole.boxed())
}

fn watch() -> BoxedStrategy<Json> {
    let route = object(vec![
        ("provider", one_of(&["plex", "plex", "jellyfin", "emby", "kodi", "other"])),
        ("provider_instance", one_of(INSTANCES)),
        ("sink", one_of(&["trakt", "trakt", "trakt", "simkl", "other"])),
        ("sink_instance", one_of(LOGINS)),
        ("enabled", prop_oneof![5 => Just(json!(true)), 1 => odd()].boxed()),
        ("filters", filters()),
        ("profile_id", one_of(&["", "", "p1", "p2"])),
    ]);
    let routes = prop::collection::vec(rarely_odd(route), 0..4).prop_map(Json::Array).boxed();
    rarely_odd(object(vec![
        ("routes", rarely_odd(routes)),
        ("provider", one_of(&KINDS)),
        ("sink", one_of(&["trakt", "simkl", "trakt, simkl", ""])),
        ("filters", filters()),
    ]))
}

/// A config of theirs, however odd.
fn config() -> BoxedStrategy<Json> {
    let token = || prop_oneof![9 => Just(json!("t")), 1 => Just(json!(""))].boxed();
    let server = || {
        let instance =
            || rarely_odd(object(vec![("access_token", token()), ("pms_token", token())]));
        let instances = object(vec![("P01", instance()), ("P.2", instance())]);
        rarely_odd(object(vec![
            ("access_token", token()),
            ("account_token", token()),
            ("server_uuid", one_of(&["", "", "aa"])),
            ("instances", rarely_odd(instances)),
        ]))
    };
    let sources = object(vec![
        ("webhook", any::<bool>().prop_map(Json::from).boxed()),
        ("watcher", odd().boxed()),
    ]);
    let scrobble = object(vec![
        ("enabled", any::<bool>().prop_map(Json::from).boxed()),
        ("mode", one_of(&["webhook", "webhook", "watch", "watch", "", "other"])),
        ("sources", prop_oneof![sources, Just(Json::Null)].boxed()),
        ("webhook", webhook()),
        ("watch", watch()),
    ]);
    let versions = ["0.8.0", "0.9.10", "0.9.26", "v0.10.0", "0.10.1", "0.11.3", "0.11.3", "new"];
    let rest = object(vec![
        ("version", one_of(&versions)),
        ("plex", server()),
        ("jellyfin", server()),
        ("emby", server()),
        ("user_profiles", Just(json!({"p1": {"label": "Jo"}})).boxed()),
    ]);
    (scrobble, rest)
        .prop_map(|(scrobble, rest)| merge(&json!({"scrobble": scrobble}), &rest))
        .boxed()
}

/// Somebody plays a film.
fn play(source: Source, user: &User, server: &str) -> Event {
    let json = include_bytes!("../../../../../tests/payloads/plex/movie_play.json");
    let Ok(Said::Event(event)) = webhook::parse(Source::Plex, json) else { panic!("an event") };
    Event { source, user: user.clone(), server: server.to_owned(), ..*event }
}

fn people(source: Source) -> Vec<User> {
    let person = |name: &str, id: &str, uuid: &str| match source {
        Source::Plex => User { id: id.to_owned(), uuid: uuid.to_owned(), name: name.to_owned() },
        Source::Jellyfin | Source::Emby => {
            User { id: id.repeat(32), uuid: String::new(), name: name.to_owned() }
        }
    };
    vec![
        person("mara", "1", "m1"),
        person("jo", "2", "j1"),
        person("sam", "7", "ab"),
        person("kim.f", "3", "k1"),
        person("日本", "4", "n1"),
        person("stranger", "9", "s1"),
    ]
}

/// Who is let in here and kept out there, if the config of theirs is converted at all.
fn let_in(theirs: &Json) -> Option<String> {
    let Converted { ours, lost } = convert(&theirs.to_string()).expect("a config");
    if !lost.is_empty() {
        return None;
    }
    let missing = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    let nothing =
        Surroundings { variables: BTreeMap::new(), read: &missing, now: crate::event::Time(0) };
    let settings = config::read(&ours, None, &nothing).expect("a config of ours").settings;
    let roads = roads(theirs);
    for (source, kind) in Source::ALL.into_iter().zip(KINDS) {
        let own = || roads.iter().filter(move |road| road.kind == kind);
        let mut instances: Vec<&str> = own().map(|road| road.instance.as_str()).collect();
        if instances.is_empty() {
            instances.push("none");
        }
        let people = people(source);
        for (user, server) in people.iter().flat_map(|user| ["aa", "bb", "zz"].map(|it| (user, it)))
        {
            let event = play(source, user, server);
            if filter::filter(&event, &settings) != FilterResult::Keep {
                continue;
            }
            for account in filter::accounts(&event, &settings.accounts) {
                for instance in &instances {
                    let is_right = own().any(|road| match road.takes(user, server) {
                        Taken::Not => false,
                        Taken::AsEverybody => road.instance == *instance,
                        Taken::ByName => true,
                    } && road.account.to_lowercase() == account.name);
                    if !is_right {
                        let who = format!("{} at {kind} {instance}, server {server}", user.name);
                        return Some(format!("{who}, to {}: {roads:#?}\n{ours}", account.name));
                    }
                }
            }
        }
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(number("SCROBBLED_CONFIGS", 100)))]

    /// What is converted lets nobody in whom theirs keeps out: of a server's plays to an account.
    /// (Somebody whom a list names for an account is that account's at all servers of the kind.)
    #[test]
    fn nobody_is_let_in_whom_theirs_keeps_out(theirs in config()) {
        let wrong = let_in(&theirs);
        prop_assert!(wrong.is_none(), "{}\n{theirs:#}", wrong.unwrap_or_default());
    }
}

fn number(variable: &str, usual: u32) -> u32 {
    std::env::var(variable).ok().and_then(|it| it.parse().ok()).unwrap_or(usual)
}

/// The configs above are no empty set: enough of them are converted, and let somebody in.
#[test]
fn enough_of_the_configs_are_converted() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut converted, mut with_lists) = (0, 0);
    for _ in 0..100 {
        let theirs = config().new_tree(&mut runner).expect("a config").current();
        let Converted { ours, lost } = convert(&theirs.to_string()).expect("a config");
        converted += u32::from(lost.is_empty());
        let is_list = |line: &str| {
            KINDS.iter().any(|kind| line.starts_with(&format!("{kind} = [\"")))
                && !line.contains("[\"*\"]")
        };
        with_lists += u32::from(lost.is_empty() && ours.lines().any(is_list));
    }
    assert!(converted > 8 && with_lists > 6, "{converted} converted, {with_lists} with lists");
}
