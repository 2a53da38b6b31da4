//! What does the service manager hear of us?
//!
//! systemd's protocol, [sd_notify(3)](https://man7.org/linux/man-pages/man3/sd_notify.3.html): one
//! datagram of `KEY=value` to the socket in `$NOTIFY_SOCKET`. Without that variable nobody is told,
//! and nothing here does anything. What can't be told is lost: it must not stop who serves.
//!
//! Not here: whether there is anything good to tell (`daemon`).

use std::env;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// How long the service manager may let us wait when it does not read.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many chances there are to feed the watchdog in its time: one may come late.
const FEEDINGS: u32 = 3;

/// The service manager, if one listens.
#[derive(Debug)]
pub struct ServiceManager {
    socket: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// Who started this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self::told_by(&|name| env::var(name).ok(), std::process::id())
    }

    /// The one that the variables tell of, for the process `pid`.
    fn told_by(variable: &dyn Fn(&str) -> Option<String>, pid: u32) -> Self {
        let number = |name| variable(name)?.parse::<u64>().ok();
        let is_ours = number("WATCHDOG_PID").is_none_or(|watched| watched == u64::from(pid));
        let span = number("WATCHDOG_USEC").filter(|span| is_ours && *span > 0);
        let socket = variable("NOTIFY_SOCKET").filter(|name| !name.is_empty()).and_then(|name| {
            let opened = open(&name);
            opened.inspect_err(|e| log::warn!("can't speak to `{name}` ($NOTIFY_SOCKET): {e}")).ok()
        });
        Self { watchdog: span.map(Duration::from_micros).filter(|_| socket.is_some()), socket }
    }

    /// How often [`alive`](Self::alive) is to be said; `None`: nobody waits for it.
    #[must_use]
    pub fn feeding(&self) -> Option<Duration> {
        self.watchdog.map(|span| span / FEEDINGS)
    }

    /// All is started.
    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// The end has begun.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// Everything moves; to be said only then.
    pub fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// How things are, in a line for a person.
    pub fn status(&self, line: &str) {
        // A second line would be a second word to the service manager.
        self.tell(&format!("STATUS={}", line.replace(char::is_control, " ")));
    }

    fn tell(&self, word: &str) {
        let Some((socket, address)) = &self.socket else { return };
        if let Err(error) = socket.send_to_addr(word.as_bytes(), address) {
            log::warn!("the service manager can't be notified of `{word}`: {error}");
        }
    }
}

/// A path, or behind an `@` the name of an abstract socket.
fn open(name: &str) -> io::Result<(UnixDatagram, SocketAddr)> {
    let address = match name.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(name)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok((socket, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manager(variables: &[(&str, &str)]) -> ServiceManager {
        let find = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        ServiceManager::told_by(&find, 812)
    }

    fn heard(socket: &UnixDatagram) -> String {
        socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket");
        let mut room = [0; 256];
        let length = socket.recv(&mut room).expect("a datagram");
        String::from_utf8_lossy(&room[..length]).into_owned()
    }

    fn tells_all_to(listener: &UnixDatagram, name: &str) {
        let manager = manager(&[("NOTIFY_SOCKET", name)]);
        manager.status("one\nREADY=0 line");
        manager.ready();
        manager.alive();
        manager.stopping();
        let heard: Vec<String> = (0..4).map(|_| heard(listener)).collect();
        assert_eq!(heard, ["STATUS=one READY=0 line", "READY=1", "WATCHDOG=1", "STOPPING=1"]);
    }

    #[test]
    fn it_is_told_over_a_socket_in_the_file_system() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let listener = UnixDatagram::bind(&path).expect("a socket");
        tells_all_to(&listener, path.to_str().expect("text"));
    }

    #[test]
    fn it_is_told_over_an_abstract_socket() {
        let name = format!("scrobbled-notify-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let listener = UnixDatagram::bind_addr(&address).expect("a socket");
        tells_all_to(&listener, &format!("@{name}"));
    }

    #[test]
    fn the_watchdog_is_fed_thrice_in_its_time_where_it_watches_us() {
        let cases: [(&[_], _); 6] = [
            (&[], None),
            (&[("WATCHDOG_USEC", "300000000")], Some(100)),
            (&[("WATCHDOG_USEC", "300000000"), ("WATCHDOG_PID", "812")], Some(100)),
            (&[("WATCHDOG_USEC", "300000000"), ("WATCHDOG_PID", "813")], None),
            (&[("WATCHDOG_USEC", "0")], None),
            (&[("WATCHDOG_USEC", "soon")], None),
        ];
        for (variables, expected) in cases {
            let listening = [variables, &[("NOTIFY_SOCKET", "@nobody")]].concat();
            assert_eq!(
                manager(&listening).feeding(),
                expected.map(Duration::from_secs),
                "{variables:?}"
            );
            assert_eq!(manager(variables).feeding(), None, "{variables:?}, and nobody listens");
        }
    }

    #[test]
    fn a_service_manager_that_is_gone_does_no_harm() {
        manager(&[("NOTIFY_SOCKET", "/nowhere/at/all")]).ready();
        manager(&[("NOTIFY_SOCKET", "@nobody-listens-here")]).ready();
        manager(&[("NOTIFY_SOCKET", "vsock:2:1234")]).ready();
        manager(&[("NOTIFY_SOCKET", "")]).ready();
    }
}
