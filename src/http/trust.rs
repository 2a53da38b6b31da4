//! Whom does TLS trust?
//!
//! The public authorities, or instead of them the certificates that a person has given for a server. Each
//! of these is trusted in two ways: as an authority, for what it has signed and under the names that this
//! is for; and as itself, if it is the server's own, byte for byte. Then neither its names nor who signed it
//! say more. (rustls takes no server's certificate that may sign others, as most have that sign themselves.)
//! In both ways the server must prove that it has the key, and what is out of date is not trusted.

use crate::crypto;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{PemObject, SectionKind};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crate::event::Time;

/// Most certificates that are given for one server: a chain has three or four.
const MOST: usize = 20;

/// What is said of a file without a certificate as text, behind its name.
pub const NO_PEM: &str = "holds no certificate as text (-----BEGIN CERTIFICATE-----); `openssl x509 -in FILE` \
                          makes that of another form";

/// The public authorities, unless certificates were given.
#[derive(Clone, Default)]
pub struct Trust(Option<Arc<Given>>);

/// What was given.
struct Given {
    certificates: Vec<CertificateDer<'static>>,
    tls: Arc<ClientConfig>,
}

static PUBLIC: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
});

impl Trust {
    /// The certificates in a text, in the form that is called PEM.
    ///
    /// # Errors
    /// What is wrong with the text, as a sentence that begins with its name goes on.
    pub fn from_pem(text: &str) -> Result<Self, String> {
        let mut certificates = Vec::new();
        for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes()) {
            match section {
                Ok((SectionKind::Certificate, der)) => certificates.push(der.into()),
                Ok((
                    SectionKind::PrivateKey
                    | SectionKind::RsaPrivateKey
                    | SectionKind::EcPrivateKey,
                    _,
                )) => {
                    return Err(
                        "holds a private key, which nobody but the server may have; give a \
                                file with the certificate alone"
                            .to_owned(),
                    );
                }
                Ok(_) => {}
                Err(_) => return Err("is damaged: a certificate in it does not end".to_owned()),
            }
        }
        if certificates.is_empty() {
            return Err(NO_PEM.to_owned());
        }
        Self::of(certificates)
    }

    fn of(certificates: Vec<CertificateDer<'static>>) -> Result<Self, String> {
        let count = certificates.len();
        if count > MOST {
            return Err(format!(
                "holds {count} certificates; give only the server's, or that of the authority that \
                 signed it"
            ));
        }
        let mut roots = RootCertStore::empty();
        for (number, certificate) in (1..).zip(&certificates) {
            if roots.add(certificate.clone()).is_err() {
                return Err(format!("is damaged: certificate {number} in it can't be read"));
            }
        }
        let algorithms = crypto::signatures();
        let given = certificates.clone();
        let verifier = Arc::new(Verifier { given, roots, algorithms });
        let tls = ClientConfig::builder()
            .dangerous() // it checks as much: see above
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(Self(Some(Arc::new(Given { certificates, tls: Arc::new(tls) }))))
    }

    /// Whether certificates were given.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Whether one of those that were given is not valid at this time.
    #[must_use]
    pub fn is_out_of_date(&self, now: Time) -> bool {
        let now = UnixTime::since_unix_epoch(Duration::from_millis(now.0));
        self.certificates().iter().any(|one| {
            let roots = RootCertStore::empty();
            verify(one, &[], &roots, crypto::signatures(), now).is_err_and(|e| is_about_time(&e))
        })
    }

    /// As what TLS is spoken.
    pub(super) fn tls(&self) -> Arc<ClientConfig> {
        match &self.0 {
            Some(given) => given.tls.clone(),
            None => PUBLIC.clone(),
        }
    }

    fn certificates(&self) -> &[CertificateDer<'static>] {
        self.0.as_ref().map_or(&[], |given| &given.certificates)
    }
}

impl PartialEq for Trust {
    fn eq(&self, other: &Self) -> bool {
        self.certificates() == other.certificates()
    }
}

impl Eq for Trust {}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trust({} certificates)", self.certificates().len())
    }
}

/// As a list of certificates in base64; empty: the public authorities.
impl Serialize for Trust {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.certificates().iter().map(|one| STANDARD.encode(one)))
    }
}

impl<'de> Deserialize<'de> for Trust {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        if texts.is_empty() {
            return Ok(Self::default());
        }
        let certificates: Result<Vec<_>, _> = texts.iter().map(|it| STANDARD.decode(it)).collect();
        let certificates = certificates.map_err(serde::de::Error::custom)?;
        let certificates = certificates.into_iter().map(CertificateDer::from).collect();
        Self::of(certificates).map_err(serde::de::Error::custom)
    }
}

/// Trusts what was given.
#[derive(Debug)]
struct Verifier {
    given: Vec<CertificateDer<'static>>,
    roots: RootCertStore,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let checked = verify(certificate, others, &self.roots, self.algorithms, now)
            .and_then(|()| verify_server_name(&ParsedCertificate::try_from(certificate)?, name));
        match checked {
            // The time is looked at first, so that another fault says that it is right.
            Err(fault) if is_about_time(&fault) => Err(fault),
            Err(_) if self.given.contains(certificate) => Ok(ServerCertVerified::assertion()),
            checked => checked.map(|()| ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Whether `certificate` is valid now and signed by one of these authorities.
fn verify(
    certificate: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    roots: &RootCertStore,
    algorithms: WebPkiSupportedAlgorithms,
    now: UnixTime,
) -> Result<(), Error> {
    let parsed = ParsedCertificate::try_from(certificate)?;
    verify_server_cert_signed_by_trust_anchor(&parsed, roots, others, now, algorithms.all)
}

fn is_about_time(fault: &Error) -> bool {
    matches!(
        fault,
        Error::InvalidCertificate(
            CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. }
        )
    )
}

#[cfg(test)]
mod tests;
