//! To whom does the Webhook plugin post? Its configuration, read and written as its own does it.
//!
//! Names are PascalCase and no other case is read; what it does not know it drops, what is left out gets
//! its default, so that a list that was left out is empty. A value of a wrong type, or the name of an event
//! that the version does not know, makes the whole unreadable. (Jellyfin's Webhook plugin,
//! `Configuration/PluginConfiguration.cs` and `Destinations`.)

use serde_json::{Map, Value, json};

/// The events, in the order of their numbers.
const EVENTS: [&str; 25] = [
    "None",
    "ItemAdded",
    "Generic",
    "PlaybackStart",
    "PlaybackProgress",
    "PlaybackStop",
    "SubtitleDownloadFailure",
    "AuthenticationFailure",
    "AuthenticationSuccess",
    "SessionStart",
    "PendingRestart",
    "TaskCompleted",
    "PluginInstallationCancelled",
    "PluginInstallationFailed",
    "PluginInstalled",
    "PluginInstalling",
    "PluginUninstalled",
    "PluginUpdated",
    "UserCreated",
    "UserDeleted",
    "UserLockedOut",
    "UserPasswordChanged",
    "UserUpdated",
    "UserDataSaved",
    "ItemDeleted",
];

/// The lists of destinations, the newest last.
const LISTS: [&str; 9] = [
    "DiscordOptions",
    "GenericOptions",
    "GenericFormOptions",
    "GotifyOptions",
    "PushbulletOptions",
    "PushoverOptions",
    "SlackOptions",
    "SmtpOptions",
    "MqttOptions",
];

/// What a destination is asked to be told of, and whether unless said otherwise.
const SWITCHES: [(&str, bool); 11] = [
    ("EnableMovies", false),
    ("EnableEpisodes", false),
    ("EnableSeries", false),
    ("EnableSeasons", false),
    ("EnableAlbums", false),
    ("EnableSongs", false),
    ("EnableVideos", false),
    ("SendAllProperties", false),
    ("TrimWhitespace", false),
    ("SkipEmptyMessageBody", false),
    ("EnableWebhook", true),
];

/// Which events and lists a version knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Words {
    /// All of them.
    #[default]
    All,
    /// Neither that something was saved for a user or removed, nor MQTT.
    Old,
}

impl Words {
    fn events(self) -> &'static [&'static str] {
        match self {
            Self::All => &EVENTS,
            Self::Old => EVENTS.split_at(23).0,
        }
    }

    fn lists(self) -> &'static [&'static str] {
        match self {
            Self::All => &LISTS,
            Self::Old => LISTS.split_at(8).0,
        }
    }
}

/// The configuration, in the words of the version that wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct Destinations {
    server_url: Value,
    lists: Map<String, Value>,
}

impl Default for Destinations {
    fn default() -> Self {
        Self::read(&json!({}), Words::All)
            .unwrap_or(Self { server_url: Value::Null, lists: Map::new() })
    }
}

impl Destinations {
    /// What a posted configuration says; `None` where it can't be read.
    #[must_use]
    pub fn read(posted: &Value, words: Words) -> Option<Self> {
        let posted = posted.as_object()?;
        let mut lists = Map::new();
        for name in words.lists() {
            let list = match posted.get(*name) {
                None | Some(Value::Null) => Vec::new(),
                Some(Value::Array(list)) => {
                    let entries = list.iter().map(|one| entry(name, one, words));
                    entries.collect::<Option<Vec<Value>>>()?
                }
                Some(_) => return None,
            };
            lists.insert((*name).to_owned(), list.into());
        }
        Some(Self { server_url: text(posted.get("ServerUrl"))?, lists })
    }

    /// The configuration as it is answered: nulls are left out.
    #[must_use]
    pub fn shown(&self) -> Value {
        let mut shown = self.lists.clone();
        if !self.server_url.is_null() {
            shown.insert("ServerUrl".to_owned(), self.server_url.clone());
        }
        Value::Object(shown)
    }

    /// Those that get JSON of an event of an item of this type: `Movie`, `Episode`.
    pub(super) fn of(&self, event: &str, item: &str, user: &str) -> Vec<&Value> {
        let all = self.lists.get("GenericOptions").and_then(Value::as_array);
        let is_on = |one: &Value, switch: &str| one.get(switch) == Some(&Value::Bool(true));
        let has = |one: &Value, list: &str, what: &str| {
            let list = one.get(list).and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|one| one == what))
        };
        let wants = |one: &&Value| {
            let users = one.get("UserFilter").and_then(Value::as_array);
            is_on(one, "EnableWebhook")
                && is_on(one, &format!("Enable{item}s"))
                && has(one, "NotificationTypes", event)
                && (users.is_none_or(Vec::is_empty) || has(one, "UserFilter", user))
        };
        all.into_iter().flatten().filter(wants).collect()
    }
}

/// A destination as it is kept. What only some kinds have is kept as it came.
fn entry(list: &str, posted: &Value, words: Words) -> Option<Value> {
    let posted = posted.as_object()?;
    let mut kept = Map::new();
    for (name, usual) in SWITCHES {
        let on = match posted.get(name) {
            None => usual,
            Some(value) => value.as_bool()?,
        };
        kept.insert(name.to_owned(), on.into());
    }
    for name in ["WebhookName", "WebhookUri", "Template"] {
        let value = text(posted.get(name))?;
        if !value.is_null() {
            kept.insert(name.to_owned(), value);
        }
    }
    let events = each(posted, "NotificationTypes", |value| event(value, words))?;
    let users = each(posted, "UserFilter", user)?;
    kept.insert("NotificationTypes".to_owned(), events);
    kept.insert("UserFilter".to_owned(), users);
    if ["GenericOptions", "GenericFormOptions"].contains(&list) {
        kept.insert("Headers".to_owned(), each(posted, "Headers", pair)?);
        kept.insert("Fields".to_owned(), each(posted, "Fields", pair)?);
    } else {
        for (name, value) in posted.iter().filter(|(_, value)| !value.is_null()) {
            kept.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    Some(Value::Object(kept))
}

fn text(posted: Option<&Value>) -> Option<Value> {
    match posted {
        None | Some(Value::Null) => Some(Value::Null),
        Some(Value::String(text)) => Some(Value::from(text.as_str())),
        Some(_) => None,
    }
}

fn each(
    posted: &Map<String, Value>,
    name: &str,
    read: impl Fn(&Value) -> Option<Value>,
) -> Option<Value> {
    match posted.get(name) {
        None | Some(Value::Null) => Some(json!([])),
        Some(Value::Array(list)) => {
            list.iter().map(read).collect::<Option<Vec<_>>>().map(Value::from)
        }
        Some(_) => None,
    }
}

/// An event by its name in any case, or by its number.
fn event(value: &Value, words: Words) -> Option<Value> {
    let known = words.events();
    let found = match value {
        Value::String(name) => known.iter().find(|one| one.eq_ignore_ascii_case(name)),
        Value::Number(number) => known.get(usize::try_from(number.as_u64()?).ok()?),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    found.map(|name| Value::from(*name))
}

fn user(value: &Value) -> Option<Value> {
    let id = value.as_str()?.replace('-', "").to_lowercase();
    let is_one = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then(|| id.into())
}

fn pair(value: &Value) -> Option<Value> {
    let of = value.as_object()?;
    let mut pair = Map::new();
    for name in ["Key", "Value"] {
        let value = text(of.get(name))?;
        if !value.is_null() {
            pair.insert(name.to_owned(), value);
        }
    }
    Some(pair.into())
}
