//! A door through which TLS is spoken with a stand-in, as through a proxy before it.

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

/// Longest request; what is asked of stand-ins is short.
const MOST: usize = 1024 * 1024;

type Stream = StreamOwned<ServerConnection, TcpStream>;

/// A certificate of tests/certificates by its name: `server`, `itself`, … and where it is.
#[must_use]
pub fn certificate(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/certificates");
    folder.join(name).with_extension("pem")
}

/// A door. It stays open for as long as the process runs.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    address: SocketAddr,
}

impl Door {
    /// Shows the certificate of this name to who comes, and leads to what is at `url`, one exchange a
    /// connection.
    ///
    /// # Errors
    /// When there is no such certificate, no port or no thread.
    pub fn start(name: &str, url: &str) -> io::Result<Self> {
        let shown = certificate(name);
        let key = shown.with_extension("key");
        let unread = |error: rustls::pki_types::pem::Error| io::Error::other(error.to_string());
        let shown = CertificateDer::from_pem_file(&shown).map_err(unread)?;
        let key = PrivateKeyDer::from_pem_file(&key).map_err(unread)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|it| it.with_no_client_auth().with_single_cert(vec![shown], key))
            .map_err(io::Error::other)?;
        let config = Arc::new(config);
        let behind = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        thread::Builder::new().name("door".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, behind) = (config.clone(), behind.clone());
                thread::spawn(move || lead(stream, config, &behind));
            }
        })?;
        Ok(Self { address })
    }

    /// Where it is, by this name or address.
    #[must_use]
    pub fn url(&self, host: &str) -> String {
        format!("https://{host}:{}", self.address.port())
    }
}

/// One exchange. Who does not trust us hangs up, which is no trouble of ours.
fn lead(stream: TcpStream, config: Arc<ServerConfig>, behind: &str) -> io::Result<()> {
    let session = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut inside = StreamOwned::new(session, stream);
    let request = request(&mut inside)?;
    let mut outside = TcpStream::connect(behind)?;
    outside.write_all(&request)?;
    let mut room = [0; 4096];
    loop {
        let count = outside.read(&mut room)?;
        if count == 0 {
            break;
        }
        inside.write_all(room.get(..count).unwrap_or_default())?;
        inside.flush()?;
    }
    inside.conn.send_close_notify();
    inside.flush()?;
    inside.get_ref().shutdown(Shutdown::Write)
}

/// A request, with as much of a body as its head says.
fn request(from: &mut Stream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut room = [0; 4096];
    while !is_whole(&bytes) {
        let count = from.read(&mut room)?;
        if count == 0 || bytes.len() > MOST {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(room.get(..count).unwrap_or_default());
    }
    Ok(bytes)
}

fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
    bytes.len() >= end + 4 + length
}
