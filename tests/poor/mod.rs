//! A house in a process of its own, which has few descriptors.

use crate::house::{House, Talk};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use scrobbled::event::Source;
use scrobbled::front::Limits;
use std::fs::File;
use std::io::{BufRead, BufReader, Lines, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// So few that the house runs out of them before it runs into its own limits.
pub(crate) const FEW_DESCRIPTORS: u64 = 64;

/// The process, and where it is.
pub(crate) struct PoorHouse {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: SocketAddr,
    path: String,
}

impl PoorHouse {
    pub(crate) fn open() -> Self {
        let test = std::env::current_exe().expect("this test");
        let child = "ulimit -n $1; exec $0 --ignored --nocapture a_house_in_a_process_of_its_own";
        let mut process = Command::new("sh")
            .args(["-c", child])
            .arg(test)
            .arg(FEW_DESCRIPTORS.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let words = hear(&mut lines, "house ");
        let (address, path) = words.split_once(' ').expect("address and path");
        let address = address.parse().expect("an address");
        Self { process, lines, address, path: path.to_owned() }
    }

    /// Lets its process have so many descriptors, of which another thread takes all that are free.
    pub(crate) fn starve(&mut self, descriptors: u64) {
        let orders = self.process.stdin.as_mut().expect("its input");
        writeln!(orders, "{descriptors}").expect("it listens");
        self.hear("starved");
    }

    /// Waits until it has said so.
    pub(crate) fn hear(&mut self, word: &str) {
        hear(&mut self.lines, word);
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn begin(&self) -> Talk {
        let mut talk = Talk::to(self.address);
        talk.send(&format!(
            "POST {} HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
            self.path
        ));
        talk
    }

    pub(crate) fn post_well(&self) -> u16 {
        let mut good = Talk::to(self.address);
        good.send(&format!("POST {} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{{}}", self.path));
        good.status()
    }

    pub(crate) fn close(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().expect("its end").success());
    }
}

/// What follows `word` in the next line that has it.
fn hear(lines: &mut Lines<BufReader<ChildStdout>>, word: &str) -> String {
    let rest = |line: String| line.split_once(word).map(|(_, rest)| rest.to_owned());
    lines.map_while(Result::ok).find_map(rest).expect("a line with it")
}

/// Tells what is logged to who listens at standard output.
struct Aloud;

impl log::Log for Aloud {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        println!("{}", record.args());
    }

    fn flush(&self) {}
}

#[test]
#[ignore = "the child of the tests that need a PoorHouse"]
fn a_house_in_a_process_of_its_own() {
    log::set_logger(&Aloud).expect("the only logger");
    log::set_max_level(log::LevelFilter::Error);
    let house = House::with(Limits { head: Duration::from_secs(60), ..Limits::default() });
    println!("house {} {}", house.address(), house.path(Source::Plex));
    let mut taken = Vec::new();
    for order in std::io::stdin().lines().map_while(Result::ok) {
        let current = Some(order.parse().expect("a number"));
        let limit = Rlimit { current, ..getrlimit(Resource::Nofile) };
        setrlimit(Resource::Nofile, limit).expect("no more than at first");
        taken.extend(std::iter::from_fn(|| File::open("/dev/null").ok()));
        println!("starved");
    }
}
