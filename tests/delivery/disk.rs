//! The disk is full. (How the daemon dies: tests/crash.)

use crate::daemon::webhook::{Webhook, plex};
use crate::daemon::{Scrobbled, Trakt};
use serde_json::json;
use std::collections::BTreeMap;

#[test]
fn a_full_disk_promises_nothing_that_it_cannot_keep() {
    let trakt = Trakt::start();
    let mut daemon = Scrobbled::with_config("log = \"error\"\n").start(&trakt);
    daemon.kill_9();
    // No file may grow past 64 KiB: the disk is full, and the signal of that is ignored.
    daemon.after_shell(Some("trap '' XFSZ; ulimit -f 128"));
    daemon.restart();
    let mut promised = BTreeMap::new();
    let mut refused = 0;
    for number in 0..400 {
        let webhook = film(number, "completed").at(95.0);
        let answer = daemon.post_any(&webhook);
        match answer.status {
            200 => *promised.entry(format!("Film {number}")).or_insert(0) += 1,
            503 => {
                refused += 1;
                assert!(answer.head.to_lowercase().contains("retry-after"), "{answer:?}");
            }
            _ => panic!("{answer:?}"),
        }
        if refused > 5 {
            break;
        }
    }
    assert!(refused > 0, "the limit bites");
    daemon.kill_9();
    daemon.after_shell(None);
    daemon.restart();
    let kept = daemon.held().0.len();
    assert_eq!(kept, promised.len(), "{refused} were refused");
}

/// One of very many films.
fn film(number: u64, verb: &str) -> Webhook {
    let title = format!("Film {number}");
    let guid = json!([{"id": format!("tmdb://{}", 7_000_000 + number)}]);
    let webhook = plex(verb).edit("/Metadata/title", json!(title));
    let webhook = webhook.edit("/Metadata/guid", json!(format!("plex://movie/{number:024x}")));
    let webhook = webhook.edit("/Metadata/ratingKey", json!((90_000 + number).to_string()));
    webhook.edit("/Metadata/Guid", guid)
}
