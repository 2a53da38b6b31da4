//! Whatever comes to Emby's address.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scrobbled::event::Source;

include!("said.rs");

fuzz_target!(|json: &[u8]| check(Source::Emby, json));
