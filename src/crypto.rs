//! Whose cryptography do we use?
//!
//! ring's, for TLS and for random bytes. rustls would take aws-lc by default, which carries far more
//! kinds of keys and signatures than a client of one server meets, and a megabyte with them. Of the two
//! only ring is built in (Cargo.toml), so that rustls finds no other.

use rustls::crypto::{WebPkiSupportedAlgorithms, ring};

/// The signatures that are understood.
pub(crate) fn signatures() -> WebPkiSupportedAlgorithms {
    ring::default_provider().signature_verification_algorithms
}

/// Fills `room` with random bytes that nobody can guess; `None` where the system gives none.
pub(crate) fn random(room: &mut [u8]) -> Option<()> {
    ring::default_provider().secure_random.fill(room).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tls_client_can_be_made() {
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
