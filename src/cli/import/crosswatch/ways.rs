//! Which ways lead from a media server to Trakt there, and what goes along each?
//!
//! How CrossWatch reads these keys is known from its source, v0.11.3 and the commit `8c64973c` after
//! it (August 2026), and for older files v0.7.0, v0.8.0, v0.9.0, v0.9.26, v0.10.0 and v0.10.10:
//!
//! - `providers/scrobble/sources.py`: `scrobble.sources`, else `scrobble.mode` says what is on.
//! - `providers/webhooks/config.py` (since v0.10.1): `scrobble.webhook`, over it
//!   `….providers.SERVER`, over it `….profiles.SERVER.INSTANCE`, section by section; a list
//!   replaces a list. Its `sinks` say where to, its `sink_instances` to which login. Before v0.10.1
//!   (`providers/webhooks/plextrakt.py` and its neighbours) all go to the one Trakt login, and
//!   `scrobble.webhook` is all there is.
//! - `api/scrobbleAPI.py`, `cw_platform/provider_usage.py`: an instance without a token, switched
//!   off or without `sinks` hears nothing.
//! - `providers/webhooks/plex.py`, `jellyfin.py`, `emby.py`: `filters_plex` and so on: a list of
//!   users that is empty lets everyone through, unless the webhook is assigned to a person
//!   (`cw_platform/user_profile_resources.py`): then nobody.
//! - `providers/scrobble/routes.py`, `scrobble.py`, `cw_platform/account_match.py`: the watcher's
//!   routes have `filters` of their own; `user_id` must match as well. Before v0.9.18 a watcher
//!   without routes has one way, from `watch.provider` to `watch.sink`, with `watch.filters`.
//! - `cw_platform/provider_instances.py`: an instance is laid over its server's own section.
//! - `plex.server_uuid` is a filter of servers where there is none (until v0.9.19).

use super::json::{Place, at, below, is_true, keys, layered, layered_sections, word};
use crate::event::Source;
use serde_json::Value as Json;

/// Where CrossWatch has the settings of its webhook, its watcher, and the watcher's routes.
pub(super) const WEBHOOK: &str = "scrobble.webhook";
pub(super) const WATCH: &str = "scrobble.watch";
pub(super) const ROUTES: &str = "scrobble.watch.routes";

/// All that may be named as a place to send to; anything else is none.
const OTHER_SINKS: [&str; 7] =
    ["simkl", "mdblist", "crosswatch", "floppy", "punchplay", "bingebase", "scrob"];

/// One way of a media server's plays to a Trakt login.
pub(super) struct Way<'a> {
    /// Where it stands.
    pub(super) path: String,
    pub(super) server: Source,
    /// Which of their servers or logins of this kind it begins at.
    pub(super) instance: String,
    /// At which of their Trakt logins it ends.
    pub(super) account: String,
    /// Its settings, each over those before.
    pub(super) settings: Vec<Place<'a>>,
    /// Its filters, likewise.
    pub(super) filters: Vec<Place<'a>>,
    /// The sections with its server's libraries, likewise.
    pub(super) libraries: Vec<Place<'a>>,
    /// Whether it belongs to a person there: then an empty list of users lets nobody through.
    pub(super) is_somebodys: bool,
    /// The server that it is limited to where its filters name none.
    pub(super) usual_server: Option<Place<'a>>,
    /// Whether it is the watcher's.
    pub(super) is_watched: bool,
    /// Its options, of a route.
    pub(super) options: Option<Place<'a>>,
}

/// What is on, and where it leads.
pub(super) struct Ways<'a> {
    pub(super) webhook: bool,
    pub(super) watcher: bool,
    pub(super) to_trakt: Vec<Way<'a>>,
}

impl<'a> Ways<'a> {
    pub(super) fn of(theirs: &'a Json) -> Self {
        let (webhook, watcher) = sources(theirs);
        let version = version(theirs);
        let mut to_trakt = Vec::new();
        if webhook {
            to_trakt.extend(webhooks(theirs, version));
        }
        if watcher {
            to_trakt.extend(routes(theirs, version));
        }
        Self { webhook, watcher, to_trakt }
    }
}

/// Whether its webhook and its watcher are on. Where all is off (as step 1 asks for), both count as
/// they would be.
fn sources(theirs: &Json) -> (bool, bool) {
    let scrobble = theirs.get("scrobble");
    let sources = scrobble.and_then(|it| it.get("sources")).and_then(Json::as_object);
    let (webhook, watcher) = if let Some(sources) = sources {
        let is_on = |name: &str| sources.get(name).map(is_true);
        let watcher = is_on("watcher").or_else(|| is_on("watch"));
        (is_on("webhook") == Some(true), watcher == Some(true))
    } else {
        let mode = word(scrobble.and_then(|it| it.get("mode"))).to_lowercase();
        (mode == "webhook", mode == "watch" || mode.is_empty())
    };
    if webhook || watcher { (webhook, watcher) } else { (true, true) }
}

type Version = Option<(u32, u32, u32)>;

/// Which version wrote the file.
fn version(theirs: &Json) -> Version {
    let version = word(theirs.get("version")).to_lowercase();
    let mut parts = version.trim_start_matches('v').split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next().flatten().unwrap_or(0)))
}

fn webhooks(theirs: &Json, version: Version) -> Vec<Way<'_>> {
    let Some(webhook) = at(theirs, WEBHOOK).filter(|it| it.is_object()) else { return Vec::new() };
    let has = |key| webhook.get(key).is_some();
    let by_sinks = match version {
        Some(version) => version >= (0, 10, 1),
        None => has("sinks") || has("providers") || has("profiles"),
    };
    let global = (WEBHOOK.to_owned(), webhook);
    let mut ways = Vec::new();
    for server in Source::ALL {
        let filters = format!("filters_{}", server.word());
        if !by_sinks {
            let settings = vec![global.clone()];
            let path = format!("{WEBHOOK}.{filters}");
            let filters = layered_sections(&settings, &filters);
            ways.push(Way {
                usual_server: usual_server(theirs, server),
                libraries: libraries(theirs, server, "default"),
                ..Way::new(path, server, settings, filters)
            });
            continue;
        }
        for instance in instances(theirs, server) {
            let path = format!("{WEBHOOK}.profiles.{}.{instance}", server.word());
            let is_section = |(_, layer): &Place| layer.is_object();
            let of_server = |key| below(&global, key).and_then(|it| below(&it, server.word()));
            let provider = of_server("providers").filter(is_section);
            let profile = of_server("profiles").and_then(|it| below(&it, &instance));
            let profile = profile.filter(is_section);
            let mut own = profile.iter().chain(provider.iter().filter(|_| instance == "default"));
            let enabled = own.find_map(|layer| below(layer, "enabled"));
            let is_off = enabled.is_some_and(|(_, value)| !is_on(value));
            if is_off || !has_token(theirs, server, &instance) {
                continue;
            }
            let settings: Vec<Place> =
                std::iter::once(global.clone()).chain(provider).chain(profile).collect();
            let sinks = layered(&settings, "sinks").map(|(_, sinks)| sinks_of(sinks));
            let sinks = sinks.unwrap_or_default();
            let login = |sink: &str| {
                let logins = layered_sections(&settings, "sink_instances");
                instance_of(layered(&logins, sink).map(|(_, it)| it))
            };
            let is_somebodys = sinks.iter().any(|sink| {
                let id = format!("{}:{instance}:{sink}:{}", server.word(), login(sink));
                let assigned = webhook.get("user_profile_assignments");
                is_person(theirs, assigned.and_then(|assigned| assigned.get(&id)))
            });
            if sinks.iter().any(|sink| sink == "trakt") {
                let account = login("trakt");
                let filters = layered_sections(&settings, &filters);
                let libraries = libraries(theirs, server, &instance);
                let way = Way::new(path, server, settings, filters);
                ways.push(Way { instance, account, libraries, is_somebodys, ..way });
            }
        }
    }
    ways
}

impl<'a> Way<'a> {
    fn new(
        path: String,
        server: Source,
        settings: Vec<Place<'a>>,
        filters: Vec<Place<'a>>,
    ) -> Self {
        let default = || "default".to_owned();
        Self {
            path,
            server,
            instance: default(),
            account: default(),
            settings,
            filters,
            libraries: Vec::new(),
            is_somebodys: false,
            usual_server: None,
            is_watched: false,
            options: None,
        }
    }
}

/// Whether their switch of an instance is on.
fn is_on(json: &Json) -> bool {
    match json {
        Json::Bool(_) | Json::Number(_) => is_true(json),
        Json::String(text) => {
            matches!(text.trim().to_lowercase().as_str(), "1" | "true" | "yes" | "on")
        }
        Json::Null | Json::Array(_) | Json::Object(_) => false,
    }
}

/// Whether an instance is connected; else its webhook is not heard.
fn has_token(theirs: &Json, server: Source, instance: &str) -> bool {
    let tokens: &[&str] = match server {
        Source::Plex => &["account_token", "pms_token"],
        Source::Jellyfin | Source::Emby => &["access_token"],
    };
    let sections = sections(theirs, server, instance);
    tokens.iter().any(|token| !word(layered(&sections, token).map(|(_, it)| it)).is_empty())
}

/// A server's section, and over it the one of an instance.
fn sections<'a>(theirs: &'a Json, server: Source, instance: &str) -> Vec<Place<'a>> {
    let whole = theirs.get(server.word()).map(|it| (server.word().to_owned(), it));
    let mut sections: Vec<Place> = whole.into_iter().collect();
    if instance != "default" {
        let own = sections.first().and_then(|whole| below(whole, "instances"));
        sections.extend(own.and_then(|all| below(&all, instance)));
    }
    sections
}

fn libraries<'a>(theirs: &'a Json, server: Source, instance: &str) -> Vec<Place<'a>> {
    layered_sections(&sections(theirs, server, instance), "scrobble")
}

/// The instances of a kind of server, as they are referred to.
fn instances(theirs: &Json, server: Source) -> Vec<String> {
    let own = theirs.get(server.word()).and_then(|section| section.get("instances"));
    let own = keys(own).filter(|(_, section)| section.is_object()).map(|(name, _)| name.clone());
    let others = own.filter(|name| instance_name(name) == *name && name != "default");
    std::iter::once("default".to_owned()).chain(others).collect()
}

fn instance_of(json: Option<&Json>) -> String {
    instance_name(&word(json))
}

/// A reference to an instance without the number behind it.
fn instance_name(name: &str) -> String {
    let name = match name.trim().rsplit_once(':') {
        Some((name, number)) if !name.is_empty() && is_number(number) => name.trim(),
        _ => name.trim(),
    };
    let is_default = name.is_empty() || name.eq_ignore_ascii_case("default");
    if is_default { "default".to_owned() } else { name.to_owned() }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn sinks_of(json: &Json) -> Vec<String> {
    let names: Vec<String> = match json {
        Json::Array(list) => list.iter().map(|it| word(Some(it))).collect(),
        Json::Object(section) => {
            let is_on =
                |value: &Json| !matches!(value, Json::Null | Json::Bool(false)) && value != "";
            section.iter().filter(|(_, it)| is_on(it)).map(|(name, _)| name.clone()).collect()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            word(Some(json)).split(',').map(str::to_owned).collect()
        }
    };
    names.iter().map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect()
}

/// Whether this is the id of one of their people.
fn is_person(theirs: &Json, id: Option<&Json>) -> bool {
    let id = word(id).to_lowercase();
    !id.is_empty()
        && keys(theirs.get("user_profiles")).any(|(it, _)| it.trim().to_lowercase() == id)
}

fn usual_server(theirs: &Json, server: Source) -> Option<Place<'_>> {
    let plex = theirs.get("plex").filter(|_| server == Source::Plex)?;
    below(&("plex".to_owned(), plex), "server_uuid").filter(|(_, id)| !word(Some(id)).is_empty())
}

fn routes(theirs: &Json, version: Version) -> Vec<Way<'_>> {
    let Some(watch) = at(theirs, WATCH) else { return Vec::new() };
    let watch = (WATCH.to_owned(), watch);
    let routes = at(theirs, ROUTES).and_then(Json::as_array);
    let routes = routes.into_iter().flatten().enumerate().filter(|(_, route)| route.is_object());
    let routes: Vec<(usize, &Json)> = routes.collect();
    let is_old = version.is_none_or(|version| version < (0, 10, 1));
    if routes.is_empty() && version.is_none_or(|version| version < (0, 9, 18)) {
        return only_way(theirs, &watch).into_iter().collect();
    }
    let mut ways = Vec::new();
    for (index, route) in routes {
        let Some(read) = Route::read(index, route) else { continue };
        let Some(server) = read.server.filter(|_| !read.is_off && read.sink == "trakt") else {
            continue;
        };
        let place = (read.path.clone(), route);
        let options = below(&place, "options");
        let policy = options.as_ref().and_then(|options| below(options, "watch"));
        let settings = std::iter::once(watch.clone()).chain(policy).collect();
        let filters = below(&place, "filters").filter(|(_, filters)| filters.is_object());
        let person = route.get("profile_id").filter(|id| is_true(id));
        let way = Way::new(read.path, server, settings, filters.into_iter().collect());
        ways.push(Way {
            libraries: libraries(theirs, server, &read.instance),
            instance: read.instance,
            account: read.account,
            is_somebodys: is_person(theirs, person.or_else(|| route.get("profileId"))),
            usual_server: usual_server(theirs, server).filter(|_| is_old),
            is_watched: true,
            options,
            ..way
        });
    }
    ways
}

/// The watcher's way in a file without routes.
fn only_way<'a>(theirs: &'a Json, watch: &Place<'a>) -> Option<Way<'a>> {
    let sinks = word(watch.1.get("sink")).to_lowercase();
    let sinks: Vec<&str> = sinks.split([',', '&', '+']).map(str::trim).collect();
    let leads = sinks.contains(&"trakt") || !sinks.iter().any(|sink| OTHER_SINKS.contains(sink));
    if !leads || sinks == [""] {
        return None;
    }
    let server = server_of(watch.1.get("provider")).unwrap_or(Source::Plex);
    let filters = below(watch, "filters").filter(|(_, filters)| filters.is_object());
    let path = format!("{WATCH}.filters");
    Some(Way {
        libraries: libraries(theirs, server, "default"),
        usual_server: usual_server(theirs, server),
        is_watched: true,
        ..Way::new(path, server, vec![watch.clone()], filters.into_iter().collect())
    })
}

/// A route's ends.
pub(super) struct Route {
    pub(super) path: String,
    /// `None`: a server that cannot be heard here.
    pub(super) server: Option<Source>,
    pub(super) sink: String,
    is_off: bool,
    instance: String,
    account: String,
}

impl Route {
    pub(super) fn read(index: usize, route: &Json) -> Option<Self> {
        let route = route.as_object()?;
        let of = |keys: [&str; 2]| {
            let given = keys.into_iter().filter_map(|key| route.get(key)).find(|it| is_true(it));
            instance_of(given)
        };
        let provider = word(route.get("provider")).to_lowercase();
        let is_foreign = matches!(provider.as_str(), "kodi" | "scrob");
        let server = server_of(route.get("provider")).unwrap_or(Source::Plex);
        Some(Self {
            path: format!("{ROUTES}.{index}"),
            server: (!is_foreign).then_some(server),
            sink: word(route.get("sink")).to_lowercase(),
            is_off: route.get("enabled").is_some_and(|it| !is_true(it)),
            instance: of(["provider_instance", "providerInstance"]),
            account: of(["sink_instance", "sinkInstance"]),
        })
    }

    /// Whether it leads to another tracker.
    pub(super) fn leads_elsewhere(&self) -> bool {
        OTHER_SINKS.contains(&self.sink.as_str())
    }
}

fn server_of(json: Option<&Json>) -> Option<Source> {
    let name = word(json).to_lowercase();
    Source::ALL.into_iter().find(|source| source.word() == name)
}
