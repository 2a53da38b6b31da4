//! Where does somebody begin for whom nothing is set up yet?

use crate::control::answers::SignInLink;
use crate::desk::shown::Status;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::shown::{AccountShown, ReceiverShown, ServerShown, TrackerShown};

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
}
