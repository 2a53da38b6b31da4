//! Whose cryptography do we use?
//!
//! ring's, for TLS and for random bytes. rustls would take aws-lc (minreq brings it along), which
//! carries far more kinds of keys and signatures than a client of one server meets, and a megabyte
//! with them. With the feature `custom-provider` nobody refers to aws-lc, so its C code is not even
//! compiled (.cargo/config.toml); in return [`use_ours`] must be called before the first TLS connection.

use rustls::crypto::{CryptoProvider, ring};

/// Makes rustls use ring in this process. All calls but the first do nothing.
pub(crate) fn use_ours() {
    if CryptoProvider::get_default().is_none() {
        // Whoever was faster has installed the same one.
        let _ = ring::default_provider().install_default();
    }
}

/// Fills `room` with random bytes that nobody can guess; `None` where the system gives none.
pub(crate) fn random(room: &mut [u8]) -> Option<()> {
    ring::default_provider().secure_random.fill(room).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tls_client_can_be_made_once_ours_is_in_use() {
        use_ours();
        use_ours();
        let made = rustls::ClientConfig::builder()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        assert!(!made.crypto_provider().cipher_suites.is_empty());
    }

    #[test]
    fn random_bytes_differ() {
        let mut rooms = [[0; 16]; 2];
        for room in &mut rooms {
            random(room).expect("the system has some");
        }
        assert_ne!(rooms[0], rooms[1]);
    }
}
