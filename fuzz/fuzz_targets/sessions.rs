//! Whatever Jellyfin or Emby answers to the question what plays.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scrobbled::webhook::sessions;

/// No text of an event is longer (`webhook/scalar.rs`).
const LONGEST_TEXT: usize = 1_000;
const TWO_DAYS_MS: u64 = 48 * 3_600_000;

fuzz_target!(|json: &[u8]| {
    let read = sessions(json);
    assert_eq!(read, sessions(json), "the same bytes give the same answer");
    let Some(read) = read else { return };
    assert!(read.playing.len() <= 200);
    for playing in read.playing {
        assert!(playing.users.len() <= 21 && playing.users.iter().all(|user| !user.is_unknown()));
        assert!(playing.position_ms.is_none_or(|ms| ms <= TWO_DAYS_MS));
        let texts = [&playing.session, &playing.server, &playing.player.id, &playing.player.name];
        assert!(texts.iter().all(|text| text.len() <= LONGEST_TEXT));
        match playing.item {
            Ok(item) => {
                assert!(item.runtime_ms.is_none_or(|ms| 0 < ms && ms <= TWO_DAYS_MS));
                let _ = item.names();
            }
            Err(reason) => assert!(!reason.to_string().is_empty()),
        }
    }
});
