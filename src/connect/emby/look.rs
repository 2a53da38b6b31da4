//! What is wrong with a connection to Emby, and what mends it?

use super::api::{Api, Fault};
use super::hook::{ours, told};
use super::notification::{Marks, faults};
use super::people::{administrators, users};
use super::server::{Found, now_at};
use crate::connect::around::Around;
use crate::connect::clocks;
use crate::connect::connection::Connection;
use crate::event::same_id;

/// What is wrong, each in a sentence with the command that mends it.
pub(in crate::connect) fn look(around: &Around, connection: &Connection) -> Vec<String> {
    let url = &connection.url;
    let again = format!("run `scrobbled connect emby {url} --user NAME`");
    let there = match now_at(url, &connection.trust) {
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
    let clock = clocks::apart(url, around.clock.now(), there);
    let mut findings: Vec<String> = clock.into_iter().collect();
    match registered(around, connection) {
        Ok(faults) => findings.extend(faults.into_iter().map(|fault| format!("{fault}; {again}"))),
        Err(fault) => findings.push(format!("{fault}; {again}")),
    }
    findings
}

/// What is wrong with the key and with the notification.
fn registered(around: &Around, connection: &Connection) -> Result<Vec<String>, Fault> {
    let api = Api::new(connection, &connection.token);
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
