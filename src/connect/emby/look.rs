//! What is wrong with a connection to Emby, and what mends it?

use super::api::{Api, Fault};
use super::hook::{ours, told};
use super::notification::{Marks, faults};
use super::people::{administrators, users};
use super::server::{Found, now_at};
use crate::connect::around::Around;
use crate::connect::connection::Connection;
use crate::event::{Time, same_id};
use std::time::Duration;

/// From here on clocks are said to be apart.
const APART: Duration = Duration::from_secs(60);

/// What is wrong, each in a sentence with the command that mends it.
pub(in crate::connect) fn look(around: &Around, connection: &Connection) -> Vec<String> {
    let url = &connection.url;
    let again = format!("run `scrobbled connect emby {url} --user NAME`");
    let there = match now_at(url) {
        Ok((Found::Emby { id, .. }, date)) if same_id(&id, &connection.id) => date,
        Ok(_) => {
            return vec![format!(
                "what answers at {url} is not the Emby that was connected there; {again} with its \
                 address"
            )];
        }
        Err(silent) => {
            return vec![format!("{silent}; if Emby has moved, {again} with its address")];
        }
    };
    let mut findings: Vec<String> = clocks(around.clock.now(), there).into_iter().collect();
    match registered(around, connection) {
        Ok(faults) => findings.extend(faults.into_iter().map(|fault| format!("{fault}; {again}"))),
        Err(fault) => findings.push(format!("{fault}; {again}")),
    }
    findings
}

/// What is wrong with the key and with the notification.
fn registered(around: &Around, connection: &Connection) -> Result<Vec<String>, Fault> {
    let api = Api::new(&connection.url, &connection.token);
    let administrators = administrators(&users(&api)?, "");
    let name = around.our_name();
    let Some(address) = around.hook_today(connection) else {
        let is_heard = connection.hear;
        let nothing = "Emby neither posts to scrobbled nor is listened to".to_owned();
        return Ok(if is_heard { Vec::new() } else { vec![nothing] });
    };
    let known = match administrators.first() {
        Some(first) => told(&api, first)?.map(|events| events.known).unwrap_or_default(),
        None => Vec::new(),
    };
    let marks = Marks::of(around, connection, Some(&address));
    Ok(match ours(&api, &administrators, &marks)?.first() {
        None => vec![format!("the notification “{name}” is gone from Emby")],
        Some(ours) => {
            let faults = faults(&ours.entry, &address, &known).into_iter();
            faults.map(|fault| format!("the notification “{name}” {fault}")).collect()
        }
    })
}

/// Whether the clocks of both machines are apart.
fn clocks(here: Time, there: Option<Time>) -> Option<String> {
    let there = there?;
    let apart = here.since(there).max(there.since(here));
    let which = if there > here { "ahead of" } else { "behind" };
    (apart >= APART).then(|| {
        format!(
            "Emby's clock is {} minutes {which} this machine's, so plays may be dated wrongly; set the \
             one that is wrong",
            apart.as_secs().div_ceil(60)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_apart_are_told() {
        let here = Time(1_795_550_400_000);
        let told = |there: Time| clocks(here, Some(there));
        assert_eq!(clocks(here, None), None);
        assert_eq!(told(here.after(Duration::from_secs(59))), None);
        let ahead = told(here.after(Duration::from_secs(3 * 3600))).expect("apart");
        assert!(ahead.starts_with("Emby's clock is 180 minutes ahead of"), "{ahead}");
        let behind = told(here.before(Duration::from_secs(61))).expect("apart");
        assert!(behind.starts_with("Emby's clock is 2 minutes behind"), "{behind}");
    }
}
