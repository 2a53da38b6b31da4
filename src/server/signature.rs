//! Did whoever shares the webhook secret sign this body?
//!
//! Plex itself signs nothing (its API has no place for a secret; the header is only seen in
//! receivers, e.g. cenodude/CrossWatch `providers/webhooks/plex.py`). A proxy in front can, in
//! either of two forms over the raw body: `X-Plex-Signature`, base64 of HMAC-SHA1, or
//! `X-Hub-Signature-256`, `sha256=` and hex of HMAC-SHA256.

use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

/// Checks the signatures of `raw_body`; one good one is enough.
///
/// # Errors
/// A sentence for the sender, when none is there or none is right.
pub fn verify(
    secret: &Secret,
    raw_body: &[u8],
    plex: Option<&str>,
    hub: Option<&str>,
) -> Result<(), &'static str> {
    if plex.is_none() && hub.is_none() {
        return Err("the signature is missing: X-Plex-Signature or X-Hub-Signature-256");
    }
    let key = secret.reveal().as_bytes();
    let by_plex = plex
        .and_then(|text| STANDARD.decode(text.trim()).ok())
        .is_some_and(|signature| is_right::<Hmac<Sha1>>(key, raw_body, &signature));
    let by_hub = hub
        .and_then(|text| unhex(text.trim().strip_prefix("sha256=")?))
        .is_some_and(|signature| is_right::<Hmac<Sha256>>(key, raw_body, &signature));
    if by_plex || by_hub { Ok(()) } else { Err("the signature does not match the body") }
}

/// In constant time for one length of `signature`.
fn is_right<M: Mac + KeyInit>(key: &[u8], body: &[u8], signature: &[u8]) -> bool {
    <M as KeyInit>::new_from_slice(key)
        .is_ok_and(|mac| mac.chain_update(body).verify_slice(signature).is_ok())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16)?).ok();
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_good_signature_is_enough() {
        // echo -n hello | openssl dgst -sha1 -hmac key -binary | base64, and -sha256 as hex
        let sha1 = "s0zqxFFv8joUPmHXnQ+npPvl8mY=";
        let sha256 = "sha256=9307b3b915efb5171ff14d8cb55fbcc798c6c0ef1456d66ded1a6aa723a58b7b";
        let missing = Err("the signature is missing: X-Plex-Signature or X-Hub-Signature-256");
        let wrong = Err("the signature does not match the body");
        let cases = [
            ("hello", None, None, missing),
            ("hello", Some(sha1), None, Ok(())),
            ("hello", None, Some(sha256), Ok(())),
            ("hello", Some("bm9wZQ=="), Some(sha256), Ok(())),
            ("hello", Some(sha1), Some("sha256=00"), Ok(())),
            ("hellO", Some(sha1), Some(sha256), wrong),
            ("hello", Some("ß"), Some("sha256=0ß"), wrong),
            ("hello", None, Some(&sha256[7..]), wrong),
            ("hello", Some(""), Some(""), wrong),
        ];
        let failed: Vec<_> = cases
            .iter()
            .filter_map(|(body, plex, hub, expected)| {
                let got = verify(&Secret::new("key"), body.as_bytes(), *plex, *hub);
                (got != *expected).then(|| format!("{body} {plex:?} {hub:?}: {got:?}"))
            })
            .collect();
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }
}
