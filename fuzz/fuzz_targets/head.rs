//! A head of any bytes is understood or refused, and what was cut off is not taken for whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scrobbled::front::head;

fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(b"\r") || bytes.starts_with(b"\n") {
        return; // empty lines before a head are the intake's to skip
    }
    let mut room = head::room();
    if let Ok(head) = head::parse(bytes, &mut room) {
        assert_eq!(head::end(bytes, 0), Some(bytes.len()), "it ends where it says");
        assert!(head.headers.len() <= head::HEADERS_MOST);
    }
});
