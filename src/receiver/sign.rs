//! Who has sent it? The signature of Standard Webhooks.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>:
//! HMAC-SHA256 over id, Unix time and body with dots between, in base64 behind the version of the scheme.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header `webhook-signature` of a body that is sent with this id in this second since 1970.
pub(super) fn signature(key: &[u8], id: &str, seconds: u64, body: &[u8]) -> Option<String> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).ok()?;
    let signed = mac.chain_update(format!("{id}.{seconds}.")).chain_update(body).finalize();
    Some(format!("v1,{}", STANDARD.encode(signed.into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::signing_key;
    use crate::secret::Secret;

    #[test]
    fn the_example_of_the_specification_is_signed_as_it_is_there() {
        // standard-webhooks/standard-webhooks, libraries' test vector.
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let key = signing_key(&secret).expect("a secret");
        let (id, seconds) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330);
        let signed = signature(&key, id, seconds, br#"{"test": 2432232314}"#);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed.as_deref(), Some(expected));
    }
}
