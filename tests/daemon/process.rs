//! The daemon as a process: started, asked, posted to, killed.

use super::webhook::Webhook;
use super::{Answer, Home, PATIENCE, Said, Trakt, answer, binary, command, send, timed, wait_for};
use scrobbled::control::Request;
use scrobbled::control::socket::ControlClient;
use scrobbled::event::Source;
use serde_json::Value;
use standin::trakt;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// A daemon that is not started yet.
pub(crate) struct Setup {
    /// `None`: there is no file.
    config: Option<String>,
    home: Home,
    environment: Vec<(String, String)>,
}

/// The running daemon. It is killed when it is dropped.
pub(crate) struct Scrobbled {
    program: PathBuf,
    arguments: Vec<String>,
    /// What a shell does before.
    shell: Option<&'static str>,
    environment: Vec<(String, String)>,
    running: Option<Running>,
    /// The lines of the last one that was asked to end.
    ended: Option<Mutex<Receiver<String>>>,
    pub(crate) home: Home,
    address: SocketAddr,
    urls: Vec<(Source, String)>,
}

struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    /// What it prints; locked so that threads can post to one daemon.
    lines: Mutex<Receiver<String>>,
}

impl Running {
    fn next_line(&self) -> Result<String, RecvTimeoutError> {
        self.lines.lock().expect("no panic").recv_timeout(PATIENCE)
    }
}

impl Setup {
    /// A scalar key, through the environment.
    pub(crate) fn set(mut self, key: &str, value: &str) -> Self {
        self.environment.push((format!("SCROBBLED_{key}"), value.to_owned()));
        self
    }

    /// In a time zone, as `TZ` names it.
    pub(crate) fn zone(mut self, zone: &str) -> Self {
        self.environment.push(("TZ".to_owned(), zone.to_owned()));
        self
    }

    /// With the app that the stand-in knows, at its address.
    pub(crate) fn knowing(self, trakt: &Trakt) -> Self {
        let url = trakt.server.url();
        self.set("TRAKT_CLIENT_ID", trakt::CLIENT_ID)
            .set("TRAKT_CLIENT_SECRET", trakt::CLIENT_SECRET)
            .set("TRAKT_API_URL", &url)
            .set("TRAKT_AUTH_URL", &url)
    }

    /// The binary, at a free port.
    pub(crate) fn start(self, trakt: &Trakt) -> Scrobbled {
        self.knowing(trakt).run(binary().to_owned(), vec!["serve".to_owned()])
    }

    /// The binary without a Trakt.
    pub(crate) fn start_alone(self) -> Scrobbled {
        self.run(binary().to_owned(), vec!["serve".to_owned()])
    }

    /// The binary without a Trakt, keeping what is posted in `folder`.
    pub(crate) fn start_capturing(self, folder: &str) -> Scrobbled {
        let words = ["serve", "--capture", folder].map(str::to_owned);
        self.run(binary().to_owned(), words.to_vec())
    }

    /// Starts `program` at a free port.
    pub(crate) fn run(self, program: PathBuf, arguments: Vec<String>) -> Scrobbled {
        let setup = self.set("LISTEN", "127.0.0.1:0");
        setup.write();
        let mut daemon = Scrobbled {
            program,
            arguments,
            shell: None,
            environment: setup.environment,
            running: None,
            ended: None,
            home: setup.home,
            address: SocketAddr::from(([0, 0, 0, 0], 0)),
            urls: Vec::new(),
        };
        daemon.begin(&[]);
        daemon
    }

    /// A command without a daemon.
    pub(crate) fn cli(&self, words: &[&str]) -> Said {
        self.write();
        cli(&self.home, &self.environment, words)
    }

    /// The same for who types this.
    pub(crate) fn cli_told(&self, words: &[&str], typed: &str) -> Said {
        self.write();
        cli_told(&self.home, &self.environment, words, typed)
    }

    fn write(&self) {
        if let Some(config) = &self.config {
            fs::write(self.home.config(), config).expect("a config");
        }
    }

    pub(crate) fn home(&self) -> &Home {
        &self.home
    }
}

fn cli(home: &Home, environment: &[(String, String)], words: &[&str]) -> Said {
    let mut command = command(binary(), home);
    command.envs(environment.iter().cloned()).args(words);
    Said::of(&command.output().expect("the binary runs"))
}

fn cli_told(home: &Home, environment: &[(String, String)], words: &[&str], typed: &str) -> Said {
    let file = home.path().join("typed");
    fs::write(&file, typed).expect("a file");
    let mut command = command(binary(), home);
    command.envs(environment.iter().cloned()).args(words);
    command.stdin(fs::File::open(&file).expect("the file"));
    Said::of(&command.output().expect("the binary runs"))
}

impl Scrobbled {
    /// A daemon with this config file.
    #[must_use]
    pub(crate) fn with_config(config: &str) -> Setup {
        Setup { config: Some(config.to_owned()), home: Home::new(), environment: Vec::new() }
    }

    /// A daemon without a config file.
    #[must_use]
    pub(crate) fn without_config() -> Setup {
        Setup { config: None, home: Home::new(), environment: Vec::new() }
    }

    /// Starts it, with more arguments.
    pub(crate) fn begin(&mut self, more: &[String]) {
        let log =
            fs::OpenOptions::new().create(true).append(true).open(self.home.path().join("log"));
        let mut run = match self.shell {
            None => command(&self.program, &self.home),
            Some(first) => {
                let mut shell = command(Path::new("/bin/sh"), &self.home);
                shell.args(["-c", &format!("{first}; exec \"$0\" \"$@\"")]).arg(&self.program);
                shell
            }
        };
        let mut child = run
            .envs(self.environment.iter().cloned())
            .args(&self.arguments)
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.expect("a log"))
            .spawn()
            .expect("the daemon starts");
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().expect("its stdout"));
        let (line, lines) = channel();
        thread::spawn(move || {
            for read in BufReader::new(stdout).lines().map_while(Result::ok) {
                if line.send(read).is_err() {
                    return;
                }
            }
        });
        self.running = Some(Running { child, stdin, lines: Mutex::new(lines) });
        let first = self.next_line();
        let address = first.strip_prefix("listening on http://").and_then(|a| a.parse().ok());
        self.address = address.unwrap_or_else(|| panic!("`{first}`\n{}", self.home.log()));
        self.urls = self.asked_for_urls();
    }

    /// The next line that it prints.
    #[track_caller]
    fn next_line(&self) -> String {
        let running = self.running.as_ref().expect("it runs");
        let line = running.next_line();
        line.unwrap_or_else(|error| panic!("no line on stdout ({error}):\n{}", self.home.log()))
    }

    /// What it answers to a line on stdin.
    #[track_caller]
    pub(crate) fn tell(&mut self, line: &str) -> String {
        let stdin = self.running.as_mut().and_then(|running| running.stdin.as_mut());
        writeln!(stdin.expect("its stdin"), "{line}").expect("it reads");
        self.next_line()
    }

    /// The first URL of each source that `scrobbled urls` prints.
    fn asked_for_urls(&self) -> Vec<(Source, String)> {
        let told = self.cli(&["urls"]).good();
        let urls = Source::ALL.map(|source| {
            let part = format!("/webhook/{}trakt?", source.word());
            let url = told.split_whitespace().find(|word| word.contains(&part));
            (source, url.unwrap_or_else(|| panic!("no URL for {source} in:\n{told}")).to_owned())
        });
        urls.to_vec()
    }

    /// Asks for the URLs anew.
    pub(crate) fn learn_urls(&mut self) {
        self.urls = self.asked_for_urls();
    }

    /// What else it has printed, once it has ended.
    pub(crate) fn rest_of_lines(&self) -> Vec<String> {
        let lines = self.ended.as_ref().expect("it has ended").lock().expect("no panic");
        lines.try_iter().collect()
    }

    /// Connects the only account through the real `login`.
    pub(crate) fn login(self) -> Self {
        self.cli(&["login"]).good();
        self
    }

    /// What a command says, with the daemon's config.
    pub(crate) fn cli(&self, words: &[&str]) -> Said {
        cli(&self.home, &self.environment, words)
    }

    /// The same for who types this.
    pub(crate) fn cli_told(&self, words: &[&str], typed: &str) -> Said {
        cli_told(&self.home, &self.environment, words, typed)
    }

    /// The same, not waited for.
    pub(crate) fn cli_beside(&self, words: &[&str]) -> Child {
        let mut command = command(binary(), &self.home);
        command.envs(self.environment.iter().cloned()).args(words);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs")
    }

    /// The same for who types this.
    pub(crate) fn cli_beside_told(&self, words: &[&str], typed: &str) -> Child {
        let file = self.home.path().join("typed");
        fs::write(&file, typed).expect("a file");
        let mut command = command(binary(), &self.home);
        command.envs(self.environment.iter().cloned()).args(words);
        command.stdin(fs::File::open(&file).expect("the file"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs")
    }

    /// `status --json`.
    pub(crate) fn status(&self) -> Value {
        serde_json::from_str(&self.cli(&["status", "--json"]).good()).expect("JSON")
    }

    /// The same without a process of its own.
    pub(crate) fn quick_status(&self) -> Value {
        let socket = self.data().join("control.sock");
        // On a busy machine it may take longer than a client's patience.
        let status = (0..5).find_map(|_| {
            let mut client = ControlClient::connect(&socket).ok()?;
            client.ask(&Request::Status).ok()
        });
        status.expect("a status")
    }

    /// What `/healthz` says.
    pub(crate) fn health(&self) -> (u16, String) {
        self.ask_health("")
    }

    /// What it says to who shows the page's token.
    pub(crate) fn health_in_words(&self) -> String {
        let urls = self.cli(&["urls"]).good();
        let (_, token) = urls.split_once("/metrics?").expect("the page's token");
        self.ask_health(&format!("?{}", &token[..32])).1
    }

    fn ask_health(&self, query: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        let ask =
            format!("GET /healthz{query} HTTP/1.1\r\nHost: scrobbled\r\nConnection: close\r\n\r\n");
        stream.write_all(ask.as_bytes()).expect("sent");
        let answer = answer(stream).expect("an answer");
        (answer.status, answer.body)
    }

    /// Its data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.home.path().join("scrobbled-data")
    }

    /// What waits for Trakt, and what is parked, as `status` tells it.
    pub(crate) fn held(&self) -> (Vec<Value>, Vec<Value>) {
        let status = self.status();
        let list = |key: &str| status[key].as_array().expect("a list").clone();
        (list("outbox"), list("parked"))
    }

    /// Posts a webhook, which has to be answered 200.
    #[track_caller]
    pub(crate) fn post(&self, webhook: &Webhook) -> Value {
        let answer = self.post_any(webhook);
        assert_eq!(answer.status, 200, "{webhook:?}: {answer:?}");
        serde_json::from_str(&answer.body).expect("JSON")
    }

    pub(crate) fn post_any(&self, webhook: &Webhook) -> Answer {
        let (content_type, body) = webhook.body();
        self.send(webhook.source, &content_type, &body).expect("an answer")
    }

    /// Posts whatever it is.
    pub(crate) fn send(
        &self,
        source: Source,
        content_type: &str,
        body: &[u8],
    ) -> std::io::Result<Answer> {
        let stream = TcpStream::connect(self.address)?;
        send(stream, self.target(source), content_type, body)
    }

    /// Path and token of a source.
    pub(crate) fn target(&self, source: Source) -> &str {
        let (_, url) = self.urls.iter().find(|(whose, _)| *whose == source).expect("a URL");
        let path = url.splitn(4, '/').nth(3).expect("a path");
        &url[url.len() - path.len() - 1..]
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.running.as_ref().expect("it runs").child.id()
    }

    /// Writes its config file anew.
    pub(crate) fn write_config(&self, config: &str) {
        fs::write(self.home.config(), config).expect("a config");
    }

    /// Sends it SIGHUP, and waits until the log has `said` once more.
    #[track_caller]
    pub(crate) fn hang_up(&self, said: &str) {
        let count = || self.home.log().matches(said).count();
        let before = count();
        Command::new("kill").args(["-HUP", &self.pid().to_string()]).output().expect("`kill` runs");
        wait_for(said, count, |now| *now > before);
    }

    /// Waits until the log says this, and gives it whole: a thread of its own writes it.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, said: &str) -> String {
        wait_for(said, || self.home.log(), |log| log.contains(said))
    }

    /// Ends it without a word.
    pub(crate) fn kill_9(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }

    /// Ends it without a word, or in order: for who has been started by hand, by the end of stdin.
    pub(crate) fn end(&mut self, orderly: bool) {
        if orderly && let Some(running) = &mut self.running {
            running.stdin = None;
            let ended = || running.child.try_wait().expect("a child");
            wait_for("the end", ended, Option::is_some);
        }
        self.kill_9();
    }

    /// From the next start on a shell does this first.
    pub(crate) fn after_shell(&mut self, first: Option<&'static str>) {
        self.shell = first;
    }

    /// Asks it to end, and tells its exit code and how long it took.
    #[track_caller]
    pub(crate) fn terminate(&mut self) -> (Option<i32>, Duration) {
        let mut running = self.running.take().expect("it runs");
        let pid = running.child.id().to_string();
        let (took, code) = timed(|| {
            Command::new("kill").args(["-TERM", &pid]).output().expect("`kill` runs");
            let ended = || running.child.try_wait().expect("a child");
            wait_for("the end", ended, Option::is_some).and_then(|status| status.code())
        });
        self.ended = Some(running.lines);
        (code, took)
    }

    /// Starts it again on the same data.
    pub(crate) fn restart(&mut self) {
        self.kill_9();
        self.begin(&[]);
    }
}

impl Drop for Scrobbled {
    fn drop(&mut self) {
        self.kill_9();
    }
}
