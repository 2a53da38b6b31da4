//! A config of any text is settings in range, or errors of one line each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scrobbled::config::{self, Surroundings};
use std::collections::BTreeMap;
use std::io;

fuzz_target!(|text: &str| {
    let nothing = |_: &std::path::Path| Err(io::ErrorKind::NotFound.into());
    let around = Surroundings { variables: BTreeMap::new(), read: &nothing, now: scrobbled::event::Time(0) };
    match config::read(text, None, &around) {
        Ok(loaded) => {
            assert!(loaded.findings.iter().all(|finding| !finding.to_string().contains('\n')));
            let _ = config::list(&loaded.settings);
        }
        Err(error) => assert!(error.to_string().lines().all(|line| !line.is_empty())),
    }
});
