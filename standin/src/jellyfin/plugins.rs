//! Which plugins are there, and how does another one come? The Webhook plugin alone has a configuration.

use super::auth::Holder;
use super::destinations::{Destinations, Words};
use super::{Answer, Dialect, Jellyfin};
use crate::Time;
use crate::http::{Request, Response};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;

/// The plugin's id, as its address has it.
const ID: &str = "71552a5a5c5c4350a2aeebe451a30173";
/// Where plugins come from, at a server that nobody has changed.
const REPOSITORY: &str = "https://repo.jellyfin.org/files/plugin/manifest.json";

/// What has become of a plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// It works.
    #[default]
    Active,
    /// It works once the server has been restarted.
    Restart,
    /// Somebody has switched it off.
    Disabled,
    /// It is made for another version of the server.
    NotSupported,
    /// It has failed.
    Malfunctioned,
}

/// The Webhook plugin, where it is installed.
#[derive(Clone, Debug, Default)]
pub struct Plugin {
    /// Its version: `21.0.0.0`.
    pub version: String,
    /// What has become of it.
    pub status: Status,
    /// Which events it knows.
    pub words: Words,
    /// To whom it posts.
    pub destinations: Destinations,
    /// What somebody else adds, one after each time that it is read.
    meanwhile: VecDeque<Value>,
}

/// How plugins come, and restarts go.
#[derive(Clone, Debug)]
pub struct Store {
    /// The version of the Webhook plugin that the repositories offer to this server; `None`: they have
    /// none that fits.
    pub offers: Option<String>,
    /// How long the server is away when it is restarted.
    pub restart: Duration,
    /// What plugins come back as from a restart that was to bring them.
    pub comes_as: Status,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            offers: Some("21.0.0.0".to_owned()),
            restart: Duration::from_millis(300),
            comes_as: Status::Active,
        }
    }
}

impl Jellyfin {
    /// The same with the Webhook plugin, active.
    #[must_use]
    pub fn with_webhooks(mut self) -> Self {
        self.plugin = Some(Plugin { version: "21.0.0.0".to_owned(), ..Plugin::default() });
        self
    }

    /// Has somebody else add this destination right after the configuration was read the next time; what is
    /// added like this before comes first.
    pub fn meanwhile(&mut self, destination: Value) {
        if let Some(plugin) = &mut self.plugin {
            plugin.meanwhile.push_back(destination);
        }
    }

    pub(super) fn plugins(&self, who: &Holder) -> Answer {
        if self.options.dialect != Dialect::Jellyfin10_8 {
            who.is_admin()?;
        }
        let listed = |name: &str, id: &str, version: &str, status: Status| {
            json!({
                "Name": name,
                "Version": version,
                "ConfigurationFileName": format!("Jellyfin.Plugin.{name}.xml"),
                "Description": "",
                "Id": id,
                "CanUninstall": true,
                "HasImage": true,
                "Status": format!("{status:?}"),
            })
        };
        let version = self.options.dialect.version();
        let other = listed("TMDb", "b8715ed16c4745289ad3f72deb539cd4", version, Status::Active);
        let ours = self.plugin.iter();
        let ours = ours.map(|it| listed("Webhook", ID, &it.version, it.status));
        Ok(Response::json(200, &Value::from([other].into_iter().chain(ours).collect::<Vec<_>>())))
    }

    /// The configuration of a plugin, where it runs.
    pub(super) fn configuration(&mut self, who: &Holder, id: &str) -> Answer {
        who.is_admin()?;
        let plugin = self.plugin.as_mut().filter(|it| is_it(id) && it.runs());
        let plugin = plugin.ok_or_else(|| Response::empty(404))?;
        let shown = plugin.destinations.shown();
        if let Some(other) = plugin.meanwhile.pop_front() {
            let mut whole = shown.clone();
            if let Some(list) = whole.get_mut("GenericOptions").and_then(Value::as_array_mut) {
                list.push(other);
            }
            let read = Destinations::read(&whole, plugin.words);
            plugin.destinations = read.unwrap_or_default();
        }
        Ok(Response::json(200, &shown))
    }

    /// The whole of it is replaced; what can't be read changes nothing.
    pub(super) fn configure(&mut self, who: &Holder, id: &str, request: &Request) -> Answer {
        who.is_admin()?;
        let plugin = self.plugin.as_mut().filter(|it| is_it(id) && it.runs());
        let plugin = plugin.ok_or_else(|| Response::empty(404))?;
        let body: Value = request.read().map_err(|_| Response::empty(500))?;
        let read = Destinations::read(&body, plugin.words);
        plugin.destinations = read.ok_or_else(|| Response::empty(500))?;
        Ok(Response::empty(204))
    }

    pub(super) fn package(&self, name: &str) -> Answer {
        let offered = self.store.offers.as_ref().filter(|_| name == "Webhook");
        let version = offered.ok_or_else(|| Response::empty(404))?;
        let versions = json!([{ "version": version, "targetAbi": "10.11.8.0" }]);
        let package = json!({ "name": "Webhook", "guid": ID, "versions": versions });
        Ok(Response::json(200, &package))
    }

    pub(super) fn install(&mut self, who: &Holder, name: &str, request: &Request) -> Answer {
        who.is_admin()?;
        let id = request.parameter("assemblyGuid").unwrap_or_default();
        let offered = self.store.offers.clone().filter(|_| name == "Webhook" && is_it(&id));
        let version = offered.ok_or_else(|| Response::empty(404))?;
        let new = Plugin { version, status: Status::Restart, ..Plugin::default() };
        self.plugin = Some(new);
        Ok(Response::empty(204))
    }

    pub(super) fn repositories() -> Response {
        let one = json!({ "Name": "Jellyfin Stable", "Url": REPOSITORY, "Enabled": true });
        Response::json(200, &json!([one]))
    }

    pub(super) fn waits_for_a_restart(&self) -> bool {
        self.plugin.as_ref().is_some_and(|plugin| plugin.status == Status::Restart)
    }

    /// It is away for a while, and comes back with what waited for that; codes that nobody has used are
    /// forgotten.
    pub(super) fn restarts(&mut self, who: &Holder, there: Time) -> Answer {
        who.is_admin()?;
        self.away_until = Some(there.after(self.store.restart));
        self.restarted += 1;
        Ok(Response::empty(204))
    }

    /// How often it was restarted on order.
    #[must_use]
    pub fn restarted(&self) -> u32 {
        self.restarted
    }

    /// Whether it is away; it does what is due when it comes back.
    pub(super) fn is_away(&mut self, there: Time) -> bool {
        let Some(until) = self.away_until else { return false };
        if there < until {
            return true;
        }
        self.away_until = None;
        self.quick.clear();
        self.forget_players();
        if let Some(plugin) = self.plugin.as_mut().filter(|it| it.status == Status::Restart) {
            plugin.status = self.store.comes_as;
        }
        false
    }
}

impl Plugin {
    fn runs(&self) -> bool {
        self.status == Status::Active
    }

    /// To whom it posts; to nobody where it does not run.
    pub(super) fn running(&self) -> Option<&Destinations> {
        self.runs().then_some(&self.destinations)
    }
}

/// Whether a plugin's id, with dashes or without, is the Webhook plugin's.
fn is_it(id: &str) -> bool {
    id.replace('-', "").eq_ignore_ascii_case(ID)
}
