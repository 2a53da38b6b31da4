//! The socket at which connections are accepted, and why it can't be had.

use super::start_error::{StartError, because};
use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};

/// How many connections may wait to be accepted. std asks for 128; in a flood that is full within
/// the blink of an eye, and who is not let in line comes again only a second later.
const BACKLOG: i32 = 512;

/// Listens at `address`.
///
/// # Errors
/// When that can't be done; with who has the port, where that can be seen.
pub(super) fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let bound = TcpListener::bind(address);
    bound
        .and_then(|listener| Ok(rustix::net::listen(&listener, BACKLOG).map(|()| listener)?))
        .map_err(|error| {
            let in_use = error.kind() == io::ErrorKind::AddrInUse;
            let holder = in_use.then(|| holder(address.port())).flatten();
            because(sentence(address, &error, holder.as_ref()))
        })
}

/// A process that listens at a port.
#[derive(Debug, PartialEq, Eq)]
struct Holder {
    pid: u32,
    name: String,
}

fn sentence(address: SocketAddr, error: &io::Error, holder: Option<&Holder>) -> String {
    let port = address.port();
    let why = match (error.kind(), holder) {
        (io::ErrorKind::AddrInUse, Some(Holder { pid, name })) if name == "scrobbled" => format!(
            "another scrobbled (pid {pid}) has the port; stop that one (`sudo systemctl stop \
             scrobbled` or `kill {pid}`), or set another `listen`"
        ),
        (io::ErrorKind::AddrInUse, Some(Holder { pid, name })) => {
            format!("`{name}` (pid {pid}) has the port; stop it, or set another `listen`")
        }
        (io::ErrorKind::AddrInUse, None) => format!(
            "another program has the port, perhaps another scrobbled; `sudo ss -ltnp 'sport = \
             :{port}'` names it: stop it, or set another `listen`"
        ),
        (io::ErrorKind::AddrNotAvailable, _) => format!(
            "this machine has no such address; set `listen` to one that it has, or to \
             \"0.0.0.0:{port}\" for all of them"
        ),
        (io::ErrorKind::PermissionDenied, _) if port < 1024 => {
            "only root may use a port below 1024; set `listen` to a higher one".to_owned()
        }
        _ => format!("{error}; set another `listen`"),
    };
    format!("can't listen on {address}: {why}")
}

/// Who listens at `port`, as far as this user may see that.
fn holder(port: u16) -> Option<Holder> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let tables = tables.iter().filter_map(|table| fs::read_to_string(table).ok());
    let sockets: Vec<String> = tables.flat_map(|table| listening(&table, port)).collect();
    let processes = fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    processes.into_iter().find_map(|process| {
        let pid = process.file_name().to_str()?.parse().ok()?;
        let open = fs::read_dir(process.path().join("fd")).ok()?;
        let is_it = |link: &str| sockets.iter().any(|socket| socket == link);
        let mut links = open.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
        links.find(|link| link.to_str().is_some_and(is_it))?;
        let name = fs::read_to_string(process.path().join("comm")).ok()?.trim().to_owned();
        Some(Holder { pid, name })
    })
}

/// The sockets of a table of the kernel's (proc(5), `/proc/net/tcp`) that listen at `port`, as the
/// links in `/proc/PID/fd` name them.
fn listening(table: &str, port: u16) -> Vec<String> {
    let of_row = |row: &str| {
        let cells: Vec<&str> = row.split_whitespace().collect();
        let (_, its_port) = cells.get(1)?.rsplit_once(':')?;
        let is_it = u16::from_str_radix(its_port, 16) == Ok(port) && cells.get(3) == Some(&"0A");
        is_it.then(|| cells.get(9).map(|inode| format!("socket:[{inode}]")))?
    };
    table.lines().skip(1).filter_map(of_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_table_tells_which_socket_listens() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:2253 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 x 100 0 0 10 0\n\
            1: 0100007F:2253 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 x 20 4 30 10 -1\n\
            2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 x 100 0 0 10 0\n";
        assert_eq!(listening(table, 8787), ["socket:[4711]"]);
        assert_eq!(listening(table, 80), ["socket:[4713]"]);
        assert_eq!(listening(table, 443), Vec::<String>::new());
        assert_eq!(listening("", 80), Vec::<String>::new());
    }

    #[test]
    fn who_has_the_port_is_seen() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        assert_eq!(holder(port).map(|holder| holder.pid), Some(std::process::id()));
    }

    #[test]
    fn each_reason_has_its_mend() {
        let holder = |name: &str| Some(Holder { pid: 812, name: name.to_owned() });
        let cases = [
            (
                "0.0.0.0:8787",
                io::ErrorKind::AddrInUse,
                holder("scrobbled"),
                "another scrobbled (pid 812) has the port; stop that one (`sudo systemctl stop \
                 scrobbled` or `kill 812`), or set another `listen`",
            ),
            (
                "0.0.0.0:8787",
                io::ErrorKind::AddrInUse,
                holder("nginx"),
                "`nginx` (pid 812) has the port; stop it, or set another `listen`",
            ),
            (
                "[::]:8787",
                io::ErrorKind::AddrInUse,
                None,
                "another program has the port, perhaps another scrobbled; `sudo ss -ltnp 'sport = \
                 :8787'` names it: stop it, or set another `listen`",
            ),
            (
                "192.0.2.7:8787",
                io::ErrorKind::AddrNotAvailable,
                None,
                "this machine has no such address; set `listen` to one that it has, or to \
                 \"0.0.0.0:8787\" for all of them",
            ),
            (
                "0.0.0.0:80",
                io::ErrorKind::PermissionDenied,
                None,
                "only root may use a port below 1024; set `listen` to a higher one",
            ),
            (
                "0.0.0.0:8787",
                io::ErrorKind::PermissionDenied,
                None,
                "permission denied; set another `listen`",
            ),
        ];
        for (address, kind, holder, expected) in cases {
            let address: SocketAddr = address.parse().expect("an address");
            let told = sentence(address, &kind.into(), holder.as_ref());
            assert_eq!(told, format!("can't listen on {address}: {expected}"));
        }
    }
}
