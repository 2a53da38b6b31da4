//! Where does somebody begin for whom nothing is set up yet, and how do they go on?

use crate::control::answers::SignInLink;
use crate::desk::shown::{AccountShown, Status};
use std::fmt::Write as _;

/// What to say at a start; `None` where a media server or a tracker is known already.
pub(super) fn where_to_begin(status: &Status, link: &SignInLink) -> Option<String> {
    let is_known = status.accounts.iter().any(|account| !account.trackers.is_empty())
        || !status.receivers.is_empty()
        || (status.servers.iter()).any(|it| {
            it.connected || it.last_heard.is_some() || it.hears.iter().any(|ear| ear != "webhook")
        });
    if is_known {
        return None;
    }
    let mut text = format!(
        "Nothing is set up yet. The page leads you through it (the link signs in once, within {} \
         minutes):\n",
        link.minutes
    );
    for link in &link.links {
        let _ = writeln!(text, "  {link}"); // writing to a string can't fail
    }
    text.push_str(
        "Or begin in another terminal: scrobbled connect plex (or jellyfin URL, or emby URL)",
    );
    Some(text)
}

/// What to do next once a media server is connected, in lines; nothing where plays go somewhere already.
/// `start` is the command that starts the daemon, where none runs.
pub(super) fn after_connecting(status: &Status, start: Option<&str>) -> Vec<String> {
    let goes_nowhere = |one: &&AccountShown| {
        one.trackers.is_empty() && !["receivers only", "dry run"].contains(&one.all.state.as_str())
    };
    let open: Vec<&AccountShown> = status.accounts.iter().filter(goes_nowhere).collect();
    let mut lines = Vec::new();
    let lacks_app = open.iter().find(|one| one.all.no_app).and_then(|one| one.all.sentence.clone());
    let is_only = status.accounts.len() == 1;
    match (open.as_slice(), lacks_app) {
        ([], _) => {}
        (_, Some(why)) => lines.push(format!("Next, a tracker: {why}")),
        ([_], None) if is_only => {
            lines.push("Next, connect a tracker: `scrobbled login`".to_owned());
        }
        (open, None) => {
            let commands = open.iter().map(|one| format!("`scrobbled login {}`", one.name));
            let commands: Vec<String> = commands.collect();
            lines.push(format!("Next, connect a tracker: {}", commands.join(", ")));
        }
    }
    lines.extend(start.map(|start| format!("Then start the daemon: `{start}`")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::shown::{ReceiverShown, ServerShown, StateShown, TrackerShown};

    fn link() -> SignInLink {
        SignInLink { links: vec!["http://192.0.2.9:8787/#T".to_owned()], minutes: 10 }
    }

    #[test]
    fn a_first_start_says_where_to_begin() {
        let plex = ServerShown { hears: vec!["webhook".into()], ..ServerShown::default() };
        let accounts = vec![AccountShown::default()];
        let status = Status { servers: vec![plex], accounts, ..Status::default() };
        let expected = "Nothing is set up yet. The page leads you through it (the link signs in once, \
                        within 10 minutes):\n  http://192.0.2.9:8787/#T\nOr begin in another terminal: \
                        scrobbled connect plex (or jellyfin URL, or emby URL)";
        assert_eq!(where_to_begin(&status, &link()).as_deref(), Some(expected));
    }

    #[test]
    fn who_has_begun_is_not_told_again() {
        let heard = ServerShown { last_heard: Some("then".into()), ..ServerShown::default() };
        let asked = ServerShown { hears: vec!["history".into()], ..ServerShown::default() };
        let server = ServerShown { connected: true, ..ServerShown::default() };
        let connected =
            AccountShown { trackers: vec![TrackerShown::default()], ..AccountShown::default() };
        for status in [
            Status { servers: vec![heard], ..Status::default() },
            Status { servers: vec![asked], ..Status::default() },
            Status { servers: vec![server], ..Status::default() },
            Status { accounts: vec![connected], ..Status::default() },
            Status { receivers: vec![ReceiverShown::default()], ..Status::default() },
        ] {
            assert_eq!(where_to_begin(&status, &link()), None, "{status:?}");
        }
    }

    #[test]
    fn after_the_first_connection_the_next_step_is_told() {
        let account = |name: &str, state: &str, no_app: bool, trackers: usize| AccountShown {
            name: name.into(),
            all: StateShown {
                state: state.into(),
                sentence: Some("no tracker has an app".into()),
                no_app,
                ..StateShown::default()
            },
            trackers: vec![TrackerShown::default(); trackers],
            ..AccountShown::default()
        };
        let needed = |name: &str| account(name, "login needed", false, 0);
        let told = |accounts: Vec<AccountShown>, start: Option<&str>| {
            after_connecting(&Status { accounts, ..Status::default() }, start).join("\n")
        };
        let login = "Next, connect a tracker: `scrobbled login`";
        let start = "Then start the daemon: `scrobbled`";
        assert_eq!(told(vec![needed("default")], None), login);
        assert_eq!(told(vec![needed("default")], Some("scrobbled")), format!("{login}\n{start}"));
        assert_eq!(
            told(vec![needed("mara"), account("jo", "connected", false, 1), needed("kim")], None),
            "Next, connect a tracker: `scrobbled login mara`, `scrobbled login kim`"
        );
        assert_eq!(
            told(vec![account("default", "refused", true, 0)], None),
            "Next, a tracker: no tracker has an app"
        );
        for state in ["receivers only", "dry run"] {
            assert_eq!(told(vec![account("default", state, false, 0)], None), "");
        }
        assert_eq!(told(vec![account("default", "connected", false, 1)], None), "");
    }
}
