//! A GUID of any text, at every place where Plex has one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scrobbled::event::Source;

include!("said.rs");

fuzz_target!(|guid: &str| {
    let guid = format!("{guid:?}"); // near enough to JSON's way to write a text
    for kind in ["movie", "episode"] {
        let json = format!(
            r#"{{"event":"media.scrobble","Metadata":{{"type":"{kind}","title":"T","parentIndex":1,
            "index":2,"guid":{guid},"grandparentGuid":{guid},"parentGuid":{guid},
            "Guid":[{{"id":{guid}}}]}}}}"#
        );
        check(Source::Plex, json.as_bytes());
    }
});
