//! What does a signed-in person see, or a program with the page's token?
//!
//! One HTML file with its style and its script, all inside the binary; the script asks for
//! `api/status` and posts the same requests as `control.sock` takes to `api`. The server's workers
//! wait for neither the desk nor Trakt: what is polled is answered by a thread that is kept, since
//! each that comes and goes leaves memory behind, and what may wait for Trakt by one of its own.
//!
//! **Nothing from elsewhere:** the policy lets in our own script and style and nothing else, and no
//! address of ours ever leaves in a `Referer`. What is answered here is for our script to read, and
//! for no browser to show: it runs nothing.
//!
//! Not here: who may see it (`front::visit`), where the script finds its session and what puts the
//! page into a browser (`front::sign_in`), what a request does (`control`).

mod metrics;
mod qr;

use crate::control::{Handler, Request};
use crate::desk::Lately;
use crate::event::Time;
use crate::front::{BrowserSessions, PageParts};
use crate::server::{Received, Responder, Route};
use crate::threads::{self, Seats, Vital};
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};

const HTML: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(
    include_str!("build.js"),
    include_str!("webhooks.js"),
    include_str!("servers.js"),
    include_str!("connect.js"),
    include_str!("settings.js"),
    include_str!("viewings.js"),
    include_str!("catch_up.js"),
    include_str!("setup.js"),
    include_str!("page.js"),
);
/// What the policy of the page to sign in has to let in.
pub const PARTS: PageParts = PageParts { script: SCRIPT, style: STYLE };

/// Go with everything that a browser is sent.
const HEADERS: [(&str, &str); 6] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
];
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// How many requests may wait for the desk, and how many for Trakt, at a time.
const ASKING_MOST: usize = 8;
/// How many of the last events a program is shown.
const EVENTS_SHOWN: usize = 300;

/// A request that is still to be answered, and how.
type Asked = (Responder, Box<dyn FnOnce(Responder) + Send>);

/// What answers the page's requests.
pub struct Page {
    handler: Handler,
    sessions: Arc<BrowserSessions>,
    started: Time,
    polled: SyncSender<Asked>,
    asking: Seats,
}

impl Page {
    /// A page on which `handler` does what is asked. `started` is when the process did.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn new(
        handler: Handler,
        sessions: Arc<BrowserSessions>,
        started: Time,
        vital: &Vital,
    ) -> io::Result<Self> {
        let (polled, asked) = sync_channel::<Asked>(ASKING_MOST);
        vital.spawn("page", move || {
            while let Ok((reply, work)) = asked.recv() {
                work(reply);
            }
            Ok(())
        })?;
        Ok(Self { handler, sessions, started, polled, asking: Seats::new(ASKING_MOST) })
    }

    /// Answers a request that the door has let in.
    pub fn receive(&self, received: &Received<'_>, reply: Responder) {
        let handler = self.handler.clone();
        match received.route {
            Route::Page => answer(reply, 200, "text/html; charset=utf-8", &html()),
            Route::SignIn => self.sign_in(received, reply),
            Route::SignOut => self.sign_out(received, reply),
            Route::Status => {
                let is_our_script = received.session.is_some();
                let lately =
                    if is_our_script { Lately::Viewings } else { Lately::Events(EVENTS_SHOWN) };
                self.in_turn(reply, move |reply| match handler.queue.status(lately) {
                    Ok(status) => answer(reply, 200, JSON, &status.collect::<String>()),
                    Err(error) => answer(reply, 503, TEXT, &format!("{error}\n")),
                });
            }
            Route::Settings => self.in_turn(reply, move |reply| {
                let settings = handler.handle(Request::Settings).unwrap_or_default(); // it can't fail
                answer(reply, 200, JSON, &settings.to_string());
            }),
            Route::Api => match request(received) {
                Ok(request) => self.aside(reply, move |reply| match ask(&handler, request) {
                    Ok(said) => answer(reply, 200, JSON, &format!("{{\"ok\":{said}}}")),
                    Err(error) => refuse(reply, &error),
                }),
                Err(error) => refuse(reply, &error),
            },
            Route::Metrics => {
                let started = self.started;
                self.in_turn(reply, move |reply| match handler.queue.figures() {
                    Ok(figures) => {
                        let text = metrics::render(&figures, handler.queue.length(), started);
                        answer(reply, 200, metrics::CONTENT_TYPE, &text);
                    }
                    Err(error) => answer(reply, 503, TEXT, &format!("{error}\n")),
                });
            }
            Route::Webhook(_) | Route::Paste(_) | Route::Health => {
                answer(reply, 404, TEXT, "not found\n");
            }
        }
    }

    fn sign_in(&self, received: &Received<'_>, reply: Responder) {
        let token = received.invitation.unwrap_or_default();
        match self.sessions.begin(token.as_bytes(), self.handler.clock.reading()) {
            Ok(Some(id)) => {
                log::info!("somebody at {} has signed in to the page", received.peer);
                let said = json!({ "session": id.reveal() });
                answer(reply, 200, JSON, &said.to_string());
            }
            Ok(None) => answer(reply, 401, TEXT, "this link was already used\n"),
            Err(error) => answer(reply, 503, TEXT, &format!("{error}\n")),
        }
    }

    fn sign_out(&self, received: &Received<'_>, reply: Responder) {
        let id = received.session.unwrap_or_default();
        self.sessions.end(id.as_bytes(), self.handler.clock.steady());
        answer(reply, 200, JSON, "{}");
    }

    /// Answers when what was polled before is answered, if that is not too much already.
    fn in_turn(&self, reply: Responder, work: impl FnOnce(Responder) + Send + 'static) {
        let full = self.polled.try_send((reply, Box::new(work))).err();
        if let Some(TrySendError::Full((reply, _)) | TrySendError::Disconnected((reply, _))) = full
        {
            too_busy(reply);
        }
    }

    /// Answers from a thread of its own, if there are not too many already.
    fn aside(&self, reply: Responder, work: impl FnOnce(Responder) + Send + 'static) {
        let Some(seat) = self.asking.take() else { return too_busy(reply) };
        let spawned = threads::spawn("page", move || {
            work(reply);
            drop(seat);
        });
        if let Err(error) = spawned {
            log::warn!("the page can't be answered: {error}"); // the reply says so by its end
        }
    }
}

fn too_busy(reply: Responder) {
    reply.send(503, TEXT, b"too busy; try again\n", Some(5));
}

fn request(received: &Received<'_>) -> Result<Request, String> {
    let kind = received.content_type.unwrap_or_default();
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(JSON)) {
        return Err(format!("`Content-Type` is `{kind}`, but must be `{JSON}`"));
    }
    let body = str::from_utf8(received.body).map_err(|error| format!("not a request: {error}"))?;
    serde_json::from_str(body).map_err(|error| format!("not a request: {error}"))
}

/// Does what is asked, as far as a browser may ask it, and never waits for a person.
fn ask(handler: &Handler, request: Request) -> Result<String, String> {
    match request {
        Request::Backup { .. } => {
            Err("a backup is a file on the daemon's machine: run `scrobbled \
                                       backup FILE` there"
                .to_owned())
        }
        Request::CatchUp { back, dry_run } => {
            handler.begin_catch_up(back, dry_run).map(|state| state.to_string())
        }
        Request::LoginResult { account, tracker } => {
            handler.tell(Request::LoginState { account, tracker })
        }
        Request::Reload { text: Some(_) } | Request::Compare { .. } => {
            Err("over HTTP a config can only be read from its file".to_owned())
        }
        Request::Login { .. } => Ok(with_qr(handler.handle(request)?).to_string()),
        Request::Connect { .. } => handler.handle(request).map(with_code),
        // The page asks without knowing of any.
        Request::ConnectState { .. } => {
            Ok(handler.handle(request).map_or_else(|_| "null".to_owned(), with_code))
        }
        Request::Hello
        | Request::Status
        | Request::Retry { .. }
        | Request::Drop { .. }
        | Request::Urls
        | Request::Rotate { .. }
        | Request::LoginState { .. }
        | Request::CatchUpState
        | Request::LoginWithKey { .. }
        | Request::SignIn
        | Request::ConnectFind { .. }
        | Request::ConnectAnswer { .. }
        | Request::ConnectLeave
        | Request::Disconnect { .. }
        | Request::CheckConnections
        | Request::SetUsers { .. }
        | Request::OwnSyncs
        | Request::Events { .. }
        | Request::Viewings { .. }
        | Request::Settings
        | Request::Set { .. }
        | Request::Reload { text: None }
        | Request::Logout { .. } => handler.tell(request),
    }
}

/// What was said while a media server is connected, with a QR code of the link.
fn with_code(mut view: Value) -> String {
    if let Some(code) = view.get_mut("code").filter(|code| code.is_object()) {
        *code = with_qr(code.take());
    }
    view.to_string()
}

/// Adds a QR code of the link, where there is one.
fn with_qr(mut login: Value) -> Value {
    let svg = login.get("url").and_then(Value::as_str);
    let svg = svg.filter(|url| !url.is_empty()).and_then(qr::svg);
    if let (Some(svg), Some(fields)) = (svg, login.as_object_mut()) {
        fields.insert("qr".to_owned(), json!(svg));
    }
    login
}

/// The page with style and script in their places. The policy knows them by their hashes.
fn html() -> String {
    let whole = |tag: &str, text: &str| format!("<{tag}>{text}</{tag}>");
    HTML.replacen("<style></style>", &whole("style", STYLE), 1).replacen(
        "<script></script>",
        &whole("script", SCRIPT),
        1,
    )
}

fn refuse(reply: Responder, error: &str) {
    answer(reply, 400, JSON, &json!({ "error": error }).to_string());
}

fn answer(reply: Responder, status: u16, content_type: &str, body: &str) {
    reply.send_with(status, content_type, body.as_bytes(), &HEADERS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small_and_asks_for_nothing_elsewhere() {
        let all = [HTML, STYLE, SCRIPT];
        let size: usize = all.iter().map(|file| file.len()).sum();
        assert!(size < 80_000, "{size} bytes");
        for file in all {
            for word in ["src=\"http", "href=\"http", "url(", "import(", "innerHTML", "eval("] {
                assert!(!file.contains(word), "`{word}` in {}", &file[..60]);
            }
        }
        for word in [" style=", " onclick", " src=", "<link rel=\"stylesheet"] {
            assert!(!HTML.contains(word), "the policy forbids `{word}`");
        }
        for (tag, text) in [("style", STYLE), ("script", SCRIPT)] {
            assert_eq!(html().matches(&format!("<{tag}>{text}</{tag}>")).count(), 1);
            assert_eq!(html().matches(&format!("<{tag}")).count(), 1, "{tag}");
            assert_eq!(html().matches(&format!("</{tag}")).count(), 1, "{tag}");
        }
        assert!(!SCRIPT.contains("<!--"), "HTML reads a script otherwise then");
    }

    /// The relative luminance of a colour of the style, as WCAG 2 defines it.
    fn luminance(scheme: &str, name: &str) -> f64 {
        let hex = scheme.split_once(&format!("--{name}: #")).expect("a colour").1;
        let hex: String = hex.chars().take_while(char::is_ascii_hexdigit).collect();
        let hex = if hex.len() == 3 { hex.chars().flat_map(|it| [it, it]).collect() } else { hex };
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
    }

    #[test]
    fn texts_and_the_edges_of_controls_stand_out_in_any_light() {
        let (light, dark) = STYLE.split_once("prefers-color-scheme: dark").expect("two schemes");
        let texts = ["ink", "dim", "accent", "good", "warn", "bad"].map(|name| (name, 4.5));
        for (lights, scheme) in [("light", light), ("dark", dark)] {
            for (name, least) in texts.into_iter().chain([("edge", 3.0)]) {
                for ground in ["back", "card"] {
                    let (a, b) = (luminance(scheme, name), luminance(scheme, ground));
                    let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                    assert!(contrast >= least, "{lights}: {name} on {ground} is {contrast:.2}");
                }
            }
        }
    }

    #[test]
    fn a_login_comes_with_its_link_as_a_qr_code() {
        let login = with_qr(json!({"url": "https://trakt.tv/activate/AB12"}));
        assert!(login["qr"].as_str().is_some_and(|svg| svg.starts_with("<svg")), "{login}");
        assert_eq!(with_qr(json!({"url": ""})), json!({"url": ""}), "a code without a link");
    }
}
