//! A chunked body is the same in whatever pieces it comes, and never longer than it may be.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scrobbled::http::chunked::{Decoder, Fault};

const MOST: usize = 300;

fn decoded<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<(Vec<u8>, usize, bool), Fault> {
    let (mut decoder, mut body, mut taken) = (Decoder::new(MOST), Vec::new(), 0);
    for piece in pieces {
        taken += decoder.decode(piece, &mut body)?;
    }
    Ok((body, taken, decoder.is_done()))
}

fuzz_target!(|bytes: &[u8]| {
    let whole = decoded(std::iter::once(bytes));
    assert_eq!(decoded(bytes.chunks(1)), whole);
    if let Ok((body, taken, _)) = whole {
        assert!(body.len() <= MOST && taken <= bytes.len());
    }
});
