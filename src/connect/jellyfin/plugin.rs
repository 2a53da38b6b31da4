//! Is the Webhook plugin there, and does it work? It can be installed; what it then needs is a restart.

use super::api::{Api, list, text};
use super::found::Found;
use crate::connect::order::Order;
use crate::connect::talk::{Ended, Talk};
use serde_json::Value;
use std::time::Duration;

/// Where its configuration is.
pub(super) const CONFIGURATION: &str = "/Plugins/71552a5a5c5c4350a2aeebe451a30173/Configuration";
const ID: &str = "71552a5a5c5c4350a2aeebe451a30173";
const INSTALL: &str =
    "/Packages/Installed/Webhook?assemblyGuid=71552a5a-5c5c-4350-a2ae-ebe451a30173";

/// How often it is looked whether something has come.
const LOOK: Duration = Duration::from_secs(2);
/// How often it is looked for an installation, whose download may take a minute: two minutes in all.
const LOOKS_FOR_INSTALLATION: u32 = 60;
/// And for a server to come back: three minutes.
const LOOKS_FOR_RESTART: u32 = 90;

/// What has become of the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It works.
    Active,
    /// It is installed, and works once the server has been restarted.
    Restart,
    /// It is not there.
    Missing,
    /// It does not work: in words that follow `the Webhook plugin at URL `, with the mend.
    Broken(String),
}

/// What the list of plugins says of it. A plugin that is being updated is there twice.
pub(super) fn state(plugins: &Value, server_version: &str) -> State {
    let is_it = |plugin: &&Value| text(plugin, "/Id").replace('-', "").eq_ignore_ascii_case(ID);
    let ours: Vec<&Value> = list(plugins, "").iter().filter(is_it).collect();
    let with = |status: &str| ours.iter().find(|plugin| text(plugin, "/Status") == status);
    if with("Active").is_some() {
        return State::Active;
    }
    if with("Restart").is_some() {
        return State::Restart;
    }
    if with("Disabled").is_some() {
        return State::Broken(
            "is switched off; switch it on (Dashboard > Plugins > Webhook), restart Jellyfin"
                .to_owned(),
        );
    }
    if let Some(plugin) = with("NotSupported") {
        return State::Broken(format!(
            "has version {}, which is not made for Jellyfin {server_version}; update it (Dashboard > \
             Plugins), restart Jellyfin",
            text(plugin, "/Version")
        ));
    }
    if with("Malfunctioned").is_some() {
        return State::Broken(
            "has failed; remove it (Dashboard > Plugins > Webhook), restart Jellyfin".to_owned(),
        );
    }
    State::Missing // what is superseded or deleted is gone with the next restart
}

/// Whether the plugin works in the end, and if not why, in a sentence. What would have to be done for it is
/// asked first: a restart ends what plays there.
pub(super) fn ready(
    talk: &Talk,
    api: &Api<'_>,
    order: &Order,
    found: &Found,
) -> Result<Result<(), String>, Ended> {
    let (mut now, url) = (look(api, found)?, &found.url);
    if now == State::Missing {
        let question = format!("Jellyfin's Webhook plugin is not installed at {url}. Install it?");
        let choices = ["install it".to_owned(), without("don't")];
        if talk.choose(&question, &choices)? != 0 {
            return Ok(Err(format!("the Webhook plugin is not installed at {url}")));
        }
        if let Err(why) = install(talk, api, found)? {
            return Ok(Err(why));
        }
        talk.say("the Webhook plugin is installed")?;
        now = look(api, found)?;
    }
    if now == State::Restart {
        let again = format!(
            "the Webhook plugin at {url} works once Jellyfin has been restarted; restart it when nobody \
             watches, then connect it again"
        );
        if !may_restart(talk, api, order, url)? {
            return Ok(Err(again));
        }
        talk.say("Jellyfin is restarted; this takes a minute or two")?;
        now = restart(talk, api, found)?;
        if now == State::Restart {
            return Ok(Err(again));
        }
    }
    Ok(match now {
        State::Active => Ok(()),
        State::Broken(how) => Err(format!("the Webhook plugin at {url} {how}, and connect again")),
        State::Missing | State::Restart => Err(format!("the Webhook plugin is missing at {url}")),
    })
}

/// What has become of it by now.
pub(super) fn look(api: &Api<'_>, found: &Found) -> Result<State, String> {
    Ok(state(&api.read("/Plugins", "the list of plugins")?, &found.version))
}

/// Has it installed, and waits until it is.
fn install(talk: &Talk, api: &Api<'_>, found: &Found) -> Result<Result<(), String>, Ended> {
    // It answers when it has loaded it down, which may take longer than a call may.
    if let Ok(answer) = api.post(INSTALL, None) {
        if answer.status == 404 {
            return Ok(Err(format!(
                "no repository of {} offers a Webhook plugin for Jellyfin {}",
                found.url, found.version
            )));
        }
        if let Err(why) = api.good(&answer, "the installation of the Webhook plugin") {
            return Ok(Err(why));
        }
    }
    for _ in 0..LOOKS_FOR_INSTALLATION {
        if look(api, found)? != State::Missing {
            return Ok(Ok(()));
        }
        talk.wait(LOOK)?;
    }
    Ok(Err(format!("the Webhook plugin did not arrive at {} within two minutes", found.url)))
}

/// Whether a restart is wanted: `--restart` says so; `--yes` does not.
fn may_restart(talk: &Talk, api: &Api<'_>, order: &Order, url: &str) -> Result<bool, Ended> {
    if order.restart {
        return Ok(true);
    }
    if order.yes {
        talk.say(format!("{url} is not restarted, since `--restart` was not given"))?;
        return Ok(false);
    }
    let sessions = api.read("/Sessions", "what plays there").unwrap_or_default();
    let plays = |session: &&Value| session.get("NowPlayingItem").is_some();
    let watched = match list(&sessions, "").iter().filter(plays).count() {
        0 => "Nobody watches anything there now".to_owned(),
        1 => "Somebody is watching something there now, which ends".to_owned(),
        count => format!("{count} people are watching something there now, which ends"),
    };
    let question = format!("Jellyfin must be restarted to load the plugin. {watched}. Restart it?");
    Ok(talk.choose(&question, &["restart it now".to_owned(), without("later")])? == 0)
}

fn without(choice: &str) -> String {
    format!("{choice}: listen to Jellyfin itself, without the plugin")
}

/// Restarts the server, and waits until it has come back with the plugin; what has become of that.
fn restart(talk: &Talk, api: &Api<'_>, found: &Found) -> Result<State, Ended> {
    // It may go down before it has answered.
    if let Ok(answer) = api.post("/System/Restart", None) {
        api.good(&answer, "the restart")?;
    }
    let mut last = Err(String::new());
    for _ in 0..LOOKS_FOR_RESTART {
        talk.wait(LOOK)?;
        last = look(api, found);
        if last.as_ref().is_ok_and(|state| *state != State::Restart) {
            break;
        }
    }
    last.map_err(|why| {
        Ended::Failed(format!("Jellyfin did not come back within three minutes: {why}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_has_become_of_the_plugin_is_told_with_the_mend() {
        let plugin = |id: &str, status: &str| json!({ "Name": "Webhook", "Id": id, "Version": "17.0.0.0", "Status": status });
        let ours = |status: &str| plugin("71552a5a-5c5c-4350-a2ae-ebe451a30173", status);
        let other = plugin("5c53438191a343cb907a35aa02eb9d2c", "Active");
        let of = |all: Vec<Value>| state(&Value::from(all), "10.11.11");
        let cases = [
            (vec![ours("Active")], State::Active),
            (vec![ours("Superseded"), ours("Active")], State::Active),
            (vec![ours("Restart"), ours("Active")], State::Active),
            (vec![ours("Superceded"), ours("Restart")], State::Restart),
            (vec![other.clone()], State::Missing),
            (vec![ours("Deleted")], State::Missing),
            (Vec::new(), State::Missing),
        ];
        for (plugins, expected) in cases {
            assert_eq!(of(plugins.clone()), expected, "{plugins:?}");
        }
        for (status, part) in [
            ("Disabled", "is switched off; switch it on"),
            ("NotSupported", "has version 17.0.0.0, which is not made for Jellyfin 10.11.11"),
            ("Malfunctioned", "has failed"),
        ] {
            let State::Broken(how) = of(vec![other.clone(), ours(status)]) else {
                panic!("{status}");
            };
            assert!(how.contains(part), "{how}");
        }
    }
}
