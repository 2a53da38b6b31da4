//! Why is TLS not spoken with a server, and what is to be done?

use crate::plain::one_line;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};
use std::fmt;
use std::io::{self, ErrorKind};

/// How many names of a certificate are told.
const NAMES_MOST: usize = 4;

/// How rustls names that nobody who is trusted has signed a certificate. The second one is said of most that
/// sign themselves.
const UNTRUSTED: [&str; 3] = ["UnknownIssuer", "CaUsedAsEndEntity", "BadSignature"];

/// Why TLS is not spoken with a server. Its `Display` is half a sentence about the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFault {
    /// The server's host and port.
    at: String,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// Its certificate is signed by no public authority; the name that rustls has for that.
    Unknown(&'static str),
    /// Its certificate is not what was given for it.
    NotTheGiven,
    /// Its certificate has these names, and not that of the address.
    OtherName(String),
    Expired,
    NotValidYet,
    /// It can't be trusted for another reason, which rustls calls so.
    Unfit(String),
    /// What answers is not TLS.
    NotTls,
    /// It closes the connection instead of an answer.
    HangsUp,
    /// TLS 1.1 or older.
    TooOld,
    /// It has no certificate for the name of the address; the alert by which it says so.
    NoSuchName(&'static str),
    /// It knows no way of TLS that is known here.
    NothingInCommon(String),
}

impl TlsFault {
    /// What an error in the handshake with a server means, if it is about TLS.
    /// `is_given` says whether certificates were given for it.
    pub(super) fn of(error: &io::Error, (host, port): (&str, u16), is_given: bool) -> Option<Self> {
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<Error>());
        let what = match cause {
            Some(Error::InvalidCertificate(fault)) => of_certificate(fault, is_given),
            Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => What::NotTls,
            Some(
                Error::AlertReceived(AlertDescription::ProtocolVersion)
                | Error::PeerIncompatible(
                    PeerIncompatible::ServerDoesNotSupportTls12Or13
                    | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
                ),
            ) => What::TooOld,
            Some(Error::AlertReceived(AlertDescription::UnrecognisedName)) => {
                What::NoSuchName("UnrecognisedName")
            }
            // So says Caddy.
            Some(Error::AlertReceived(AlertDescription::InternalError)) => {
                What::NoSuchName("InternalError")
            }
            Some(Error::AlertReceived(alert)) => What::NothingInCommon(format!("{alert:?}")),
            Some(Error::PeerIncompatible(why)) => What::NothingInCommon(format!("{why:?}")),
            Some(other) => What::NothingInCommon(one_line(&other.to_string())),
            None if error.kind() == ErrorKind::UnexpectedEof => What::HangsUp,
            None => return None,
        };
        let host = if host.contains(':') { &format!("[{host}]") } else { host };
        Some(Self { at: format!("{host}:{port}"), what })
    }

    /// The same with what to do about it. `give` says how the server's certificate is given once it is in
    /// a file, like `set jellyfin.ca_file to that file`.
    #[must_use]
    pub fn with_mend(&self, give: &str) -> String {
        let Self { at, what } = self;
        let save = || {
            format!(
                "save it by `openssl s_client -connect {at} </dev/null | openssl x509 > server.pem`, \
                 compare it with the server's own, and {give}"
            )
        };
        let mend = match what {
            What::Unknown(_) => save(),
            What::NotTheGiven => format!("if it was renewed, {}", save()),
            What::OtherName(names) if names.is_empty() => save(),
            What::OtherName(_) => format!("use such a name in the address, or {}", save()),
            What::Expired => {
                "renew it, or set the clock of this machine if that is wrong".to_owned()
            }
            What::NotValidYet => "set the clock of this machine, or the server's".to_owned(),
            What::Unfit(_) => "make a new one for the server".to_owned(),
            What::NotTls | What::HangsUp => {
                "use http:// there, or the port of its https".to_owned()
            }
            What::TooOld => "let it speak TLS 1.2 or 1.3".to_owned(),
            What::NoSuchName(_) => {
                "use a name in the address that it, or the proxy before it, has".to_owned()
            }
            What::NothingInCommon(_) => "update it".to_owned(),
        };
        format!("{self}; {mend}")
    }
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Unknown(name) => {
                write!(f, "its certificate is signed by nobody known, perhaps by itself ({name})")
            }
            What::NotTheGiven => f.write_str(
                "its certificate is neither one that was given for it nor signed by one",
            ),
            What::OtherName(names) if names.is_empty() => {
                f.write_str("its certificate is for no name (NotValidForName)")
            }
            What::OtherName(names) => {
                write!(f, "its certificate is for another name, {names} (NotValidForName)")
            }
            What::Expired => f.write_str("its certificate is out of date (Expired)"),
            What::NotValidYet => f.write_str("its certificate is not valid yet (NotValidYet)"),
            What::Unfit(name) => write!(f, "its certificate can't be trusted ({name})"),
            What::NotTls => f.write_str("it does not speak TLS at that port"),
            What::HangsUp => f.write_str("it hangs up when it is to speak TLS"),
            What::TooOld => {
                f.write_str("it speaks no TLS that is newer than 1.1 (ProtocolVersion)")
            }
            What::NoSuchName(alert) => {
                write!(f, "it has no certificate for the name in the address ({alert})")
            }
            What::NothingInCommon(name) => {
                write!(f, "its way of TLS is not known here, nor ours there ({name})")
            }
        }
    }
}

fn of_certificate(fault: &CertificateError, is_given: bool) -> What {
    use CertificateError as Fault;
    if matches!(fault, Fault::Expired | Fault::ExpiredContext { .. }) {
        return What::Expired;
    }
    if matches!(fault, Fault::NotValidYet | Fault::NotValidYetContext { .. }) {
        return What::NotValidYet;
    }
    if let Fault::NotValidForNameContext { presented, .. } = fault {
        return What::OtherName(names(presented));
    }
    let name = format!("{fault:?}");
    match UNTRUSTED.into_iter().find(|known| name.contains(known)) {
        Some(_) if is_given => What::NotTheGiven,
        Some(known) => What::Unknown(known),
        None => What::Unfit(one_line(&fault.to_string())),
    }
}

/// The first of the names of a certificate.
fn names(presented: &[String]) -> String {
    let bare = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, inner)| inner);
        one_line(inner.trim_end_matches(')').trim_matches('"'))
    };
    presented.iter().take(NAMES_MOST).map(bare).collect::<Vec<_>>().join(", ")
}
