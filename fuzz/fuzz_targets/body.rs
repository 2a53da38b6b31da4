//! Whatever is posted, what is taken for its JSON has an end, and an error is one line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scrobbled::event::Source;
use scrobbled::server::body;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(json) = body::json(bytes) {
        assert!((1..=body::MOST_JSON).contains(&json.len()));
    }
    for source in Source::ALL {
        if let Err(error) = body::said(source, bytes) {
            assert!(!error.to_string().contains('\n'));
        }
    }
});
