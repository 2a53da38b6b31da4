//! The page in a real browser: headless Chromium, driven through chromedriver.
//!
//! `cargo test --test browser -- --ignored` (needs `chromium` and `chromedriver` on the path, and
//! fails without). With `PAGE_PNG=docs/page.png` it leaves a picture of the page there, and others
//! of other lights and widths beside it (`docs/page-setup.png` is in the README, too).

#![cfg(test)]

mod chromium;
mod cinema;

use chromium::Browser;
use cinema::{Cinema, account, wait_for};
use scrobbled::clock::{Clock, HandClock};
use scrobbled::config::{MediaServer, Receiver};
use scrobbled::control::Request;
use scrobbled::event::Source;
use scrobbled::secret::Secret;
use serde_json::json;
use standin::jellyfin::{self, Dialect, Jellyfin};
use standin::trakt::{Fault, Faults};
use standin::{emby, mdblist, plex, receiver, simkl};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{self, channel};
use std::thread;
use std::time::Duration;

const PLAY: &str = include_str!("payloads/plex/movie_play.json");
const TRAILER: &str = include_str!("payloads/plex/trailer_clip_play_ignore.json");
const WATCHED: &str = include_str!("payloads/jellyfin/episode_stop_position_zero_completed.json");
const STRANGER: &str = include_str!("payloads/plex/shared_user_special_pause.json");
const TAB: &str = "\u{e004}";
const ARROW_DOWN: &str = "\u{e015}";
const ENTER: &str = "\u{e007}";

/// Mara, whose Trakt account has to be connected yet, and Jo; a trailer, a guest whom nobody lists,
/// an episode watched to its end, and a film that plays.
fn evening() -> Cinema {
    let cinema = Cinema::open(&Clock::Machine, |settings| {
        let mut mara = account("mara", &["mara.finch"]);
        mara.jellyfin = vec!["*".into()];
        settings.accounts = vec![mara, account("jo", &["jo"])];
        settings.accounts_configured = true;
    });
    cinema.trakt.with(|trakt| trakt.options.approve_after_polls = None);
    for payload in [TRAILER, STRANGER] {
        assert_eq!(cinema.post(Source::Plex, payload), 200);
    }
    assert_eq!(cinema.post(Source::Jellyfin, WATCHED), 200);
    let half = PLAY.replace("\"viewOffset\": 0", "\"viewOffset\": 2400000");
    assert_eq!(cinema.post(Source::Plex, &half), 200);
    cinema
}

/// A browser in which somebody has opened a fresh sign-in link.
fn signed_in(cinema: &Cinema, scheme: &str, width: u32) -> Browser {
    let browser = Browser::start(scheme, width);
    browser.open(&format!("http://{}/#{}", cinema.address(), cinema.invitation()));
    browser.wait_for_text("#webhooks", "Jellyfin");
    browser.wait_for_text("#accounts", "waiting");
    show_status(&browser);
    browser
}

/// Goes on from what is to be set up, with which the page opens where nothing is.
fn show_status(browser: &Browser) {
    browser.wait_for_text("#foot", "scrobbled ");
    browser.run("document.getElementById('leave-setup').click(); document.activeElement.blur()");
}

/// Has the page ask anew, which it does every five seconds too.
const REFRESH: &str = "document.dispatchEvent(new Event('visibilitychange'))";
/// Notes how far the bar is, as often as a person could see it.
const WATCH_THE_BAR: &str = "window.seen = []; setInterval(() => { \
    const bar = document.querySelector('#playing progress'); if (bar) seen.push(bar.value); }, 50)";
/// How often it went back.
const STEPS_BACK: &str = "return seen.filter((at, place) => place && at < seen[place - 1])";
/// Whether the page is wider than the screen.
const TOO_WIDE: &str = "return document.documentElement.scrollWidth > innerWidth";

/// The control on which the keyboard is, by its label; nothing where it shows no outline.
const FOCUSED: &str = "const it = document.activeElement; const style = getComputedStyle(it); \
    return style.outlineStyle === 'none' ? '' : it.id || it.ariaLabel || it.textContent";
/// All that can be clicked or typed into.
const CONTROLS: &str = "return [...document.querySelectorAll('a[href], button, input, select, \
    textarea, summary')].filter((it) => it.checkVisibility() && !it.disabled)\
    .map((it) => it.id || it.ariaLabel || it.textContent)";

/// What a browser shows that has not signed in.
const STRANGER_SEES: &str = "This browser has not signed in";

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_link_signs_in_once_and_leaves_the_address_bar() {
    let cinema = evening();
    let browser = Browser::start("light", 900);
    let home = format!("http://{}/", cinema.address());
    browser.open(&home);
    browser.wait_for_text("body", STRANGER_SEES);
    let link = format!("{home}#{}", cinema.invitation());
    browser.open(&link);
    browser.wait_for_text("#events", "trailers, clips and extras are not scrobbled");
    assert_eq!(browser.run("return location.hash"), "", "the token leaves the address bar");
    let late = Browser::start("light", 900);
    late.open(&link);
    late.wait_for_text(
        "body",
        "This link no longer works: it was used or is older than ten minutes. Make a new one.",
    );
    browser.click("header", "Sign out");
    browser.wait_for_text("body", STRANGER_SEES);
    browser.open(&link);
    browser.wait_for_text("body", "This link no longer works");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn who_has_not_signed_in_is_told_how_and_may_paste_a_link() {
    let cinema = evening();
    let home = format!("http://{}/", cinema.address());
    for (scheme, width) in [("light", 360), ("dark", 900)] {
        let browser = Browser::start(scheme, width);
        browser.open(&home);
        browser.wait_for_text("body", "It shows what becomes of the webhooks of Plex, Jellyfin");
        for (way, command) in [
            ("as a service", "sudo scrobbled urls"),
            ("in a container", "docker exec scrobbled /scrobbled urls"),
            ("with Docker Compose", "docker compose exec scrobbled /scrobbled urls"),
            ("started by hand", "scrobbled urls"),
        ] {
            browser.wait_for_text("dl", &format!("{way}\n{command}"));
        }
        assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out at {width} pixels");
        browser.picture(&format!("-sign-in-{scheme}"));
        // By keyboard alone: to the field, a text that is no link, and then one that is.
        browser.press(TAB);
        assert_eq!(browser.focus(), "pasted");
        browser.type_text("http://nas:8787/#short");
        browser.press(ENTER);
        browser.wait_for_text("#said", "That is no sign-in link: paste all of it");
        browser.run("document.getElementById('pasted').value = ''");
        // The link may name another of our addresses.
        browser.type_text(&format!(" http://nas:8787/#{} ", cinema.invitation()));
        browser.press(ENTER);
        browser.wait_for_text("#accounts", "login needed");
        assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
    }
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_fresh_link_is_taken_by_the_tab_that_asks_for_it() {
    let cinema = evening();
    let browser = Browser::start("light", 900);
    browser.open(&format!("http://{}/", cinema.address()));
    browser.wait_for_text("body", STRANGER_SEES);
    // As when it is pasted into the address bar: only the fragment changes.
    let follow = |token: &str| browser.run(&format!("location.hash = '{token}'"));
    follow(&cinema.invitation());
    browser.wait_for_text("#accounts", "login needed");
    assert_eq!(browser.run("return location.hash"), "", "the token leaves the address bar");
    // The page has taken the place of that one, and ends there too.
    follow(&cinema.invitation());
    wait_for("the address bar", || browser.run("return location.hash"), |hash| *hash == "");
    browser.wait_for_text("#accounts", "login needed");
    follow("main");
    assert_eq!(browser.run("return location.hash"), "#main", "what is no link does nothing");
    browser.wait_for_text("#accounts", "login needed");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_session_is_kept_for_this_port_alone_and_shown_by_the_page_alone() {
    let cinema = evening();
    let browser = signed_in(&cinema, "light", 900);
    let home = format!("http://{}/", cinema.address());
    browser.reload();
    browser.wait_for_text("#accounts", "login needed");

    let (other, heard) = another_port();
    browser.open(&other);
    browser.wait_for_text("body", "another");
    assert_eq!(browser.run("return document.cookie + localStorage.length"), "0");
    let heard = heard.recv().expect("a head").to_ascii_lowercase();
    assert!(!heard.contains("cookie:") && !heard.contains("session"), "{heard}");

    // Another tab signs out and in again; this one's session has ended, and that one is left.
    browser.open(&home);
    browser.wait_for_text("#accounts", "login needed");
    let end = || {
        let ours = browser.run("return session");
        let headers = format!("X-Scrobbled-Session: {}\r\n", ours.as_str().unwrap_or_default());
        assert_eq!(cinema.ask("POST", "/sign-out", &headers, "").status, 200);
    };
    let other = cinema.sign_in().session;
    browser.run(&format!("localStorage.setItem(place, '{other}')"));
    end();
    browser.run(REFRESH);
    let now = || browser.run("return typeof status === 'object' && status ? session : ''");
    wait_for("the other tab's session", now, |id| *id == other);
    end();
    browser.run(REFRESH);
    browser.wait_for_text("body", STRANGER_SEES);
    assert_eq!(browser.run("return localStorage.length"), 0);
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_browser_that_keeps_nothing_is_signed_in_as_long_as_the_page_is_open() {
    let cinema = evening();
    let browser = Browser::start("light", 900);
    browser.before_each_page(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })",
    );
    browser.open(&format!("http://{}/#{}", cinema.address(), cinema.invitation()));
    browser.wait_for_text("#accounts", "login needed");
    browser.click("header", "Sign out");
    browser.wait_for_text("body", STRANGER_SEES);
}

/// Another program at this host, and what a browser says to it.
fn another_port() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("its address"));
    let (told, heard) = channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
            let _ = told.send(head.join("\n")); // who listened may have gone
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\
                           Content-Type: text/html\r\n\r\nanother";
            let _ = stream.write_all(answer); // browsers open connections for later
        }
    });
    (url, heard)
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_person_connects_and_sees_and_does_everything() {
    let cinema = evening();
    cinema.trakt.order(Fault::status(420).on("POST", "/scrobble/stop"));
    let browser = signed_in(&cinema, "light", 900);
    browser.wait_for_text("#playing", "The Salt Road");
    browser.run(WATCH_THE_BAR);
    browser.wait_for_text("#health", "3 problems");
    browser.wait_for_text("#warnings", "login needed: press Connect on the page or run");
    browser.wait_for_text("#accounts", "Press Connect. Plays are kept until then.");
    browser.wait_for_text("#outbox", "(2)");
    browser.wait_for_text("#outbox", "Harbour Nine");
    browser.wait_for_text("#unlisted", "jo.guest@example.net");
    let entry = "return document.querySelector('#unlisted input').value";
    assert_eq!(browser.run(entry), "\"jo.guest@example.net\"");

    browser.click("#accounts", "Connect the account mara");
    browser.click("#connect", "Trakt");
    browser.wait_for_text("#connect", "Connect mara to Trakt");
    browser.wait_for_text("#connect", "Waiting for Trakt");
    assert_eq!(browser.run("return document.querySelectorAll('#qr svg path').length"), 2);
    let code = browser.text("#code");
    let link = browser.run("return document.getElementById('connect-url').href");
    assert_eq!(link, format!("{}/activate/{code}", cinema.trakt.url()));
    browser.picture("-connect");
    cinema.trakt.with(|trakt| trakt.approve(Some(&code), "demo"));
    browser.wait_for_text("#accounts", "connected to Trakt as demo");
    browser.wait_for_text("#accounts", "login valid until ");
    let focus = || browser.focus();
    let another = "Connect the account mara to another tracker";
    wait_for("the focus", focus, |label| label == another);

    browser.wait_for_text("#parked", "(1)");
    browser.wait_for_text("#warnings", "an entry is parked");
    browser.wait_for_text("#parked", "a limit of the Trakt account is reached (420): make room");
    browser.wait_for_text("#parked", "Harbour Nine");
    browser.picture("-parked");
    browser.click("#parked", "Send all again");
    browser.wait_for_text("#toast", "1 sent");
    browser.wait_for_text("#plays", "(1)");
    browser.wait_for_text("#outbox", "Nothing is waiting");
    assert_eq!(browser.run("return document.querySelectorAll('#bars i:not(.none)').length"), 1);
    assert_eq!(browser.run("return document.getElementById('parked').hidden"), true);

    for (list, value, gone) in [
        ("by-source", "jellyfin", "The Salt Road"),
        ("by-user", "mara.finch", "Harbour Nine 2x07"),
        ("by-state", "ignored", "Harbour Nine 2x07"),
    ] {
        let rows = || browser.text("#events .rows");
        wait_for("all events", rows, |rows| rows.contains(gone));
        browser.choose(list, value);
        let left = wait_for(list, rows, |rows| !rows.contains(gone));
        assert!(left.to_lowercase().contains(value), "{left}");
        browser.choose(list, "");
    }

    browser.wait_for_text("#webhooks", "No webhook from Emby yet");
    browser.wait_for_text("#webhooks", "last webhook");
    let url = || browser.run("return document.querySelector('#webhooks input').value");
    let before = url();
    browser.allow_the_clipboard();
    browser.click("#webhooks", "Copy the Plex address");
    browser.wait_for_text("#toast", "Copied.");
    assert_eq!(browser.run("return navigator.clipboard.readText()"), before);
    assert_eq!(browser.focus(), "Copy the Plex address");
    browser.run(
        "window.clipboard = navigator.clipboard; \
         Object.defineProperty(navigator, 'clipboard', { value: undefined })",
    );
    browser.click("#webhooks", "Copy the Emby address");
    let urls = cinema.control(Request::Urls);
    let copied = || browser.run("return clipboard.readText()");
    wait_for("the address without https", copied, |text| *text == urls["emby"][0]);
    assert_eq!(browser.focus(), "Copy the Emby address");
    browser.run("window.confirm = () => true");
    browser.click("#webhooks", "New address for Plex");
    let after = wait_for("a new address", url, |now| *now != before);
    assert_eq!(after, cinema.control(Request::Urls)["plex"][0], "the new address is shown");

    let bar = || browser.run("return document.querySelector('#playing progress').value");
    let at = bar().as_f64().unwrap_or_default();
    wait_for("the bar to move", bar, |now| now.as_f64().is_some_and(|now| now > at));
    assert_eq!(browser.run(STEPS_BACK), json!([]), "the bar never goes back");
    wait_for("the message to go", || browser.text("#toast"), String::is_empty);
    browser.run("document.querySelector('#events details').open = true; scrollTo(0, 0)");
    browser.size(900, 1720);
    browser.picture("");
    assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn focus_and_selection_outlive_a_refresh() {
    let cinema = evening();
    let browser = signed_in(&cinema, "light", 900);
    let focus = |label: &str| {
        browser.run(&format!("document.querySelector('[aria-label=\"{label}\"]').focus()"));
        assert_eq!(browser.focus(), label);
    };
    for (times, label) in
        [(2, "Copy the Plex address"), (3, "the Plex address"), (4, "Connect the account mara")]
    {
        focus(label);
        assert_eq!(cinema.post(Source::Plex, PLAY), 200);
        assert_eq!(cinema.post(Source::Plex, TRAILER), 200);
        browser.run(REFRESH);
        browser.wait_for_text("#events .rows", &format!("{times} times"));
        assert_eq!(browser.focus(), label);
    }
    let first = browser.text("#events .rows > li");
    assert!(first.contains("4 times"), "what was repeated stands first: {first}");
    focus("the Plex address");
    let chosen = "const it = document.activeElement; return it.selectionEnd - it.selectionStart";
    let length = browser.run("return document.activeElement.value.length");
    assert_eq!(browser.run(chosen), length);
    assert_eq!(cinema.post(Source::Plex, TRAILER), 200);
    browser.run(REFRESH);
    browser.wait_for_text("#events .rows", "5 times");
    assert_eq!(browser.run(chosen), length, "what is selected stays so");

    browser.click("#accounts", "Connect the account jo");
    browser.click("#connect", "Trakt");
    browser.wait_for_text("#connect", "Connect jo to Trakt");
    let code = browser.text("#code");
    cinema.trakt.with(|trakt| trakt.refuse(Some(&code)));
    browser.wait_for_text("#connect", "the login was refused");
    browser.click("#connect", "Close");
    assert_eq!(browser.focus(), "Connect the account jo");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn after_a_code_that_is_over_there_is_a_new_one() {
    let cinema = evening();
    let browser = signed_in(&cinema, "light", 360);
    browser.click("#accounts", "Connect the account jo");
    browser.click("#connect", "Trakt");
    browser.wait_for_text("#connect", "Connect jo to Trakt");
    let first = browser.text("#code");
    cinema.trakt.with(|trakt| trakt.refuse(Some(&first)));
    browser.wait_for_text("#connect-said", "the login was refused, either by you or because");
    assert!(!browser.text("#connect").contains(&first), "a code that is over is of no use");
    let link = browser.run("return document.querySelector('#connect-said a').href");
    assert_eq!(link, "https://app.trakt.tv/settings/apps");
    assert_eq!(browser.focus(), "connect-again");
    browser.picture("-new-code");
    browser.press(ENTER);
    let code = || browser.text("#code");
    let second = wait_for("a new code", code, |code| !code.is_empty() && *code != first);
    cinema.trakt.with(|trakt| trakt.approve(Some(&second), "demo"));
    browser.wait_for_text("#toast", "Connected to Trakt as demo.");
    browser.wait_for_text("#accounts", "connected to Trakt as demo");
}

/// An evening of which Trakt refuses two plays for the time being.
fn with_parked() -> Cinema {
    let cinema = evening();
    cinema.trakt.with(|trakt| trakt.options.approve_after_polls = Some(0));
    cinema.trakt.order(Fault::status(420).on("POST", "/scrobble/stop").times(4));
    cinema.connect("mara");
    let watched = PLAY.replace("media.play", "media.scrobble");
    assert_ne!(watched, PLAY);
    assert_eq!(cinema.post(Source::Plex, &watched), 200);
    let parked = || cinema.control(Request::Status)["parked"].as_array().map_or(0, Vec::len);
    wait_for("two that are parked", parked, |parked| *parked == 2);
    cinema
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn what_is_parked_is_sent_again_or_discarded_and_it_is_said_what_became_of_it() {
    for (scheme, width) in [("light", 360), ("dark", 900)] {
        let cinema = with_parked();
        let browser = Browser::start(scheme, width);
        browser.open(&format!("http://{}/#{}", cinema.address(), cinema.invitation()));
        browser.wait_for_text("#parked", "(2)");
        browser.wait_for_text("#parked", "is discarded by itself after 30 days");
        browser.wait_for_text("#parked .rows", "discarded by itself ");
        browser.click("#parked", "Send again: Harbour Nine 2x07");
        let parked =
            "Harbour Nine 2x07: parked again: a limit of the Trakt account is reached (420)";
        browser.wait_for_text("#notices", parked);
        assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out at {width} pixels");
        browser.picture(&format!("-notices-{scheme}"));
        // It stays whatever is shown anew, until it is closed by keyboard.
        browser.run(REFRESH);
        browser.run("document.querySelector('#notices button').focus()");
        assert!(browser.focus().starts_with("Close: Harbour Nine 2x07: parked again"));
        browser.press(ENTER);
        assert_eq!((browser.text("#notices"), browser.focus()), (String::new(), "main".into()));

        let question =
            "window.asked = ''; window.confirm = (text) => { asked = text; return yes; }";
        browser.run(&format!("window.yes = false; {question}"));
        browser.click("#parked", "Discard: The Salt Road (2021)");
        let asked = || browser.run("return asked");
        wait_for("the question", asked, |asked| {
            *asked == "Discard The Salt Road (2021)? It will never be sent."
        });
        browser.wait_for_text("#parked", "(2)");
        browser.run("window.yes = true");
        browser.run(
            "document.querySelector('[aria-label=\"Discard: The Salt Road (2021)\"]').focus()",
        );
        browser.press(ENTER);
        browser.wait_for_text("#toast", "1 discarded.");
        browser.wait_for_text("#parked", "(1)");
        wait_for("the focus", || browser.focus(), |label| label == "h-parked");

        cinema.trakt.misbehave(Faults::default());
        browser.click("#parked", "Send again: Harbour Nine 2x07");
        browser.wait_for_text("#toast", "Harbour Nine 2x07: sent to Trakt");
        wait_for(
            "an end",
            || browser.run("return document.getElementById('parked').hidden"),
            |hidden| *hidden == true,
        );
        browser.wait_for_text("#events", "dropped by hand");
        let complaints = browser.complaints();
        assert_eq!(complaints, Vec::<String>::new(), "the console is clean");
    }
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn all_that_is_parked_can_be_discarded() {
    let cinema = with_parked();
    let browser = Browser::start("light", 900);
    browser.open(&format!("http://{}/#{}", cinema.address(), cinema.invitation()));
    browser.wait_for_text("#parked", "(2)");
    browser.click("#parked", "Send all again");
    browser.wait_for_text("#notices", "2 parked again");
    browser.run("window.confirm = (text) => { window.asked = text; return true; }");
    browser.click("#parked", "Discard all");
    browser.wait_for_text("#toast", "2 discarded.");
    assert_eq!(browser.run("return asked"), "Discard all that is parked? It will never be sent.");
    let hidden = || browser.run("return document.getElementById('parked').hidden");
    wait_for("the end of the list", hidden, |hidden| *hidden == true);
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn what_waits_is_tried_now_and_it_is_said_why_it_waits_still() {
    let cinema = evening();
    let browser = signed_in(&cinema, "light", 360);
    browser.click("#outbox", "Try now: Harbour Nine 2x07");
    browser.wait_for_text(
        "#notices",
        "Harbour Nine 2x07: waits: login needed: press Connect on the page or run scrobbled login mara",
    );
    cinema.trakt.order(Fault::status(503).on("POST", "/scrobble/").times(1_000));
    cinema.trakt.with(|trakt| trakt.options.approve_after_polls = Some(0));
    cinema.connect("mara");
    browser.run("document.querySelector('#notices button').click()");
    browser.click("#outbox", "Try now: Harbour Nine 2x07");
    browser.wait_for_text("#notices", "Harbour Nine 2x07: waits until ");
    browser.wait_for_text("#notices", ": Trakt is unavailable: it answered 503");
    cinema.trakt.misbehave(Faults::default());
    browser.wait_for_text("#outbox", "Nothing is waiting.");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_request_that_fails_is_told_until_that_is_closed() {
    let mut cinema = evening();
    let browser = signed_in(&cinema, "light", 900);
    cinema.stop();
    browser.run("window.confirm = () => true");
    browser.click("#webhooks", "New address for Plex");
    browser.wait_for_text("#notices", "No answer from scrobbled: ");
    browser.wait_for_text("#health", "No answer from scrobbled: ");
    browser.run("document.querySelector('#notices li').id = 'first'");
    browser.click("#webhooks", "New address for Emby");
    // One line for one and the same, and it is the second that stands there.
    let is_second =
        || browser.run("return document.querySelector('#notices li:not(#first)') !== null");
    wait_for("the second", is_second, |second| *second == true);
    assert_eq!(browser.run("return document.querySelectorAll('#notices li').length"), 1);
    browser.run(REFRESH);
    browser.click("#notices", "Close: No answer from scrobbled: Failed to fetch; try again.");
    assert_eq!(browser.text("#notices"), "");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn who_listens_on_this_machine_only_is_told_that_others_cannot_post() {
    for (address, expected) in [([127, 0, 0, 1], true), ([0, 0, 0, 0], false)] {
        let cinema = Cinema::open(&Clock::Machine, |settings| {
            settings.listen = std::net::SocketAddr::from((address, 0));
        });
        let browser = Browser::start("light", 360);
        let port = cinema.address().port();
        browser.open(&format!("http://127.0.0.1:{port}/#{}", cinema.invitation()));
        browser.wait_for_text("#webhooks", "Copy");
        show_status(&browser);
        let said = format!(
            "Other machines can't post to these addresses: scrobbled listens on its own machine only. \
             Set listen to \"0.0.0.0:{port}\", or public_url behind a proxy, and restart it."
        );
        assert_eq!(browser.text("#webhooks").contains(&said), expected, "{address:?}");
        assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out");
        let order = "return [...document.querySelectorAll('main > section')].map((it) => it.id)\
                     .join(' ')";
        let order = browser.run(order);
        let order = order.as_str().unwrap_or_default();
        assert!(order.ends_with("events catch-up webhooks settings"), "{order}");
    }
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_list_that_changes_leaves_what_stays_and_who_has_the_focus() {
    let cinema = evening();
    let browser = signed_in(&cinema, "light", 900);
    let lists = "abc bca xbya cxb bb b ab a ba";
    let seen = browser.run(&format!(
        "const place = document.body.appendChild(make('ul')); \
         const item = (name) => make('li', {{}}, make('button', {{ textContent: name }})); \
         const show = (names) => {{ \
             list(place, [...names], (name) => name, item); \
             if (names === 'abc') place.querySelectorAll('button')[1].focus(); \
             const focus = document.activeElement.textContent; \
             return place.textContent + (focus === 'b' ? '*' : ''); \
         }}; \
         return '{lists}'.split(' ').map(show).join(' ')"
    ));
    assert_eq!(seen, "abc* bca* xbya* cxb* bb* b* ab* a ba");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn trouble_of_an_account_is_named_and_ends_with_its_connection() {
    let cinema = evening();
    cinema.trakt.order(Fault::status(423).on("POST", "/scrobble/").times(1_000));
    let browser = signed_in(&cinema, "light", 900);
    browser.click("#accounts", "Connect the account mara");
    browser.click("#connect", "Trakt");
    browser.wait_for_text("#connect", "Waiting for Trakt");
    let code = browser.text("#code");
    cinema.trakt.with(|trakt| trakt.approve(Some(&code), "demo"));
    browser.wait_for_text("#accounts", "Trakt has locked or deactivated this account");
    browser
        .wait_for_text("#warnings", "account mara: Trakt has locked or deactivated this account");

    cinema.trakt.misbehave(Faults::default());
    cinema.control(Request::Retry { id: None });
    browser.wait_for_text("#accounts", "connected to Trakt as demo");
    let still = browser.text("#warnings");
    assert!(!still.contains("locked"), "{still}");
    browser.click("#accounts", "Disconnect the account mara from Trakt");
    browser.wait_for_text("#disconnect", "Disconnect mara from Trakt?");
    browser.click("#disconnect", "Disconnect");
    browser.wait_for_text("#warnings", "scrobbled login mara");
    let focus = || browser.focus();
    wait_for("the focus", focus, |label| label == "h-accounts");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn where_no_app_is_set_a_link_leads_to_one_and_a_key_connects_without_any() {
    let now = || standin::Time(Clock::Machine.now().0);
    let mdblist = mdblist::MdbList::new(mdblist::Catalogue::default());
    let mdblist = mdblist::Server::start(mdblist, "127.0.0.1:0", now).expect("a port for MDBList");
    let cinema = Cinema::open(&Clock::Machine, |settings| {
        settings.trakt.client_id.clear();
        settings.mdblist.api_url = mdblist.url();
    });
    let browser = Browser::start("light", 360);
    browser.open(&format!("http://{}/#{}", cinema.address(), cinema.invitation()));
    browser.wait_for_text("#accounts .tag", "no app");
    show_status(&browser);
    browser
        .wait_for_text("#accounts", "Press Connect to use an API key, or see the problems above.");
    browser.wait_for_text(
        "#warnings",
        "account default: no Trakt, Simkl or MDBList app is configured",
    );
    let link = browser.run("return document.querySelector('#warnings a').href");
    assert_eq!(link, "https://app.trakt.tv/settings/apps");
    let around = browser.text("#warnings li");
    assert!(around.contains("/settings/apps (needs VIP) and set trakt.client_id"), "{around}");
    assert_eq!(browser.text("main").matches("app is configured").count(), 1, "it is said once");
    let linked = browser.run(
        "return sentence('p', 'at https://a.example, (https://b.example/c) `https://d` \
         javascript:x').innerHTML",
    );
    let link = |url| format!("<a href=\"{url}\" target=\"_blank\" rel=\"noreferrer\">{url}</a>");
    let expected = format!(
        "at {}, ({}) <code>https://d</code> javascript:x",
        link("https://a.example"),
        link("https://b.example/c")
    );
    assert_eq!(linked, expected);
    assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out");

    // Nothing else can be connected, so that it is not asked which.
    browser.click("#accounts", "Connect the account default");
    browser.wait_for_text("#connect", "Your API key, from https://mdblist.com/preferences/#api");
    assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out");
    browser.picture("-key");
    let into_the_field = "document.getElementById('key').value = '';
        document.getElementById('key').focus()";
    browser.run(into_the_field);
    browser.type_text("another");
    browser.press(ENTER);
    browser.wait_for_text("#connect-said", "MDBList does not accept that key: copy it again from");
    let key = mdblist.with(|mdblist| mdblist.issue_key("anna"));
    browser.run(into_the_field);
    browser.type_text(&key);
    browser.press(ENTER);
    browser.wait_for_text("#toast", "Connected to MDBList as anna.");
    browser.wait_for_text("#accounts", "connected to MDBList as anna");
    assert!(!browser.text("#accounts").contains("login valid until"), "a key has no end");
    let shown = browser.run("return document.documentElement.outerHTML").to_string();
    assert!(!shown.contains(&key), "the page forgets the key");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn of_several_addresses_each_is_named_by_its_host() {
    let cinema = Cinema::open(&Clock::Machine, |settings| {
        settings.listen = std::net::SocketAddr::from(([0, 0, 0, 0], 0));
    });
    let browser = Browser::start("light", 900);
    let at = format!("127.0.0.1:{}", cinema.address().port());
    browser.open(&format!("http://{at}/#{}", cinema.invitation()));
    browser.wait_for_text("#webhooks", "Take the one that Plex can reach.");
    show_status(&browser);
    let labels =
        "return [...document.querySelectorAll('#webhooks button')].map((it) => it.ariaLabel)";
    let labels = browser.run(labels);
    let labels = labels.as_array().cloned().unwrap_or_default();
    assert!(labels.contains(&json!(format!("Copy the Plex address at {at}"))), "{labels:?}");
    let names: std::collections::BTreeSet<_> = labels.iter().map(ToString::to_string).collect();
    assert_eq!(names.len(), labels.len(), "no two have one name: {labels:?}");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn each_of_several_servers_is_heard_for_itself_and_none_that_is_none_of_them() {
    let id =
        serde_json::from_str::<serde_json::Value>(PLAY).expect("JSON")["Server"]["uuid"].take();
    let cinema = Cinema::with_config(
        "[[plex]]\nname = 'home'\nid = 'x'\n[[plex]]\nname = 'attic'\nid = 'y'\n",
    );
    let browser = signed_in(&cinema, "light", 900);
    browser.wait_for_text("#webhooks", "No webhook from Plex yet");
    browser.wait_for_text("#events", "Nothing was heard yet.");
    assert_eq!(cinema.post(Source::Plex, PLAY), 200);
    browser.run(REFRESH);
    let mend = format!("no [[plex]] has id = {id}; write that into the one that is meant");
    browser.wait_for_text("#webhooks .said", &mend);
    browser.wait_for_text("#warnings", &mend);
    let config = cinema.config().replace("id = 'x'", &format!("id = {id}"));
    std::fs::write(cinema.folder().join("scrobbled.toml"), config).expect("written");
    cinema.control(Request::Reload { text: None });
    browser.run(REFRESH);
    browser.wait_for_text("#webhooks", "Plex home: last webhook");
    browser.wait_for_text("#webhooks", "Plex attic: no webhook yet");
    assert!(!browser.text("#webhooks").contains("write that into"));
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_server_that_posts_nothing_of_what_it_plays_is_told_with_the_mends_until_it_posts() {
    let hand = HandClock::at(Clock::Machine.now());
    let clock = Clock::ByHand(hand.clone());
    let there = clock.clone();
    let library = plex::Library::of(&standin::trakt::Catalogue::samples());
    let now = move || standin::Time(there.now().0);
    let plex = plex::Server::start(plex::Plex::new(library), "127.0.0.1:0", now).expect("a port");
    let cinema = Cinema::open(&clock, |settings| {
        settings.media_servers = vec![MediaServer {
            url: plex.url(),
            token: Secret::new(plex::TOKEN),
            ..MediaServer::new(Source::Plex)
        }];
    });
    let browser = signed_in(&cinema, "light", 360);
    // Who had just started may have missed it.
    hand.advance(Duration::from_secs(600));
    let at = standin::Time(clock.now().before(Duration::from_secs(30)).0);
    assert!(plex.with(|plex| plex.watched("mara.finch", "The Salt Road", at)));
    browser.click("#catch-up", "Catch up");
    browser.wait_for_text("#caught", "1 to be sent, ");
    browser.run(REFRESH);
    for part in [
        "Plex played The Salt Road (2021) at ",
        "and posted nothing (no webhook of it ever came)",
        "(needs Plex Pass) and can reach it",
        "restart Plex Media Server, which may need that after one was added",
        "or set plex.hear to true, which needs no webhooks",
    ] {
        browser.wait_for_text("#servers .said", part);
        browser.wait_for_text("#warnings", part);
    }
    assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out");
    assert_eq!(cinema.post(Source::Plex, PLAY), 200);
    browser.run(REFRESH);
    let told = "posted nothing";
    wait_for("it to go", || browser.text("#warnings"), |text| !text.contains(told));
    assert!(!browser.text("#servers").contains(told));
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_webhook_with_a_wrong_token_is_told_beside_the_address_until_one_comes_from_there() {
    let cinema = Cinema::open(&Clock::Machine, |_| {});
    let browser = signed_in(&cinema, "light", 900);
    assert_eq!(cinema.ask("POST", "/webhook/plextrakt?nope", "", "{}").status, 401);
    browser.run(REFRESH);
    let told = "1 post to the Plex address with a wrong token, at ";
    browser.wait_for_text("#webhooks .said", told);
    browser.wait_for_text(
        "#webhooks .said",
        "127.0.0.1: paste the address that scrobbled urls prints",
    );
    browser.wait_for_text("#warnings", told);
    assert_eq!(cinema.post(Source::Plex, PLAY), 200);
    browser.run(REFRESH);
    wait_for("it to go", || browser.text("#warnings"), |text| !text.contains(told));
    assert!(!browser.text("#webhooks").contains(told));
}

/// The row of what has this in its title: how it is, and what of it is seen.
fn row(title: &str, what: &str) -> String {
    format!(
        "const row = [...document.querySelectorAll('#events .rows > li')]\
         .find((it) => it.querySelector('summary').innerText.includes('{title}')); \
         return row ? {what} : null"
    )
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_viewing_is_a_row_that_unfolds_into_what_was_heard_and_what_became_of_it() {
    for (scheme, width) in [("light", 360), ("dark", 900)] {
        let cinema = evening();
        cinema.trakt.with(|trakt| trakt.options.approve_after_polls = Some(0));
        cinema.connect("mara");
        let browser = Browser::start(scheme, width);
        browser.open(&format!("http://{}/#{}", cinema.address(), cinema.invitation()));
        let head = |title: &str| {
            let text = browser.run(&row(title, "row.querySelector('summary').innerText"));
            text.as_str().unwrap_or_default().to_owned()
        };
        let said = |title: &'static str, expected: &'static str| {
            wait_for(expected, || head(title), |text| text.contains(expected));
        };
        said("Harbour Nine 2x07", "counted at Trakt");
        said("The Salt Road (2021)", "playing");
        said("Trailer 1", "ignored");
        said("Trailer 1", "trailers, clips and extras are not scrobbled");
        assert_eq!(browser.text("#events .steps"), "", "all are folded");

        // By keyboard.
        browser.run(&row("The Salt Road (2021)", "row.querySelector('summary').focus()"));
        browser.press(ENTER);
        let steps =
            || browser.run(&row("The Salt Road (2021)", "row.querySelector('.steps').innerText"));
        wait_for("what was heard", steps, |text| {
            let text = text.as_str().unwrap_or_default();
            text.contains("Plex: start") && text.contains("Trakt: start delivered sent to Trakt")
        });
        assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out at {width} pixels");
        browser.run("document.getElementById('events').scrollIntoView()");
        browser.picture(&format!("-viewings-{scheme}"));

        // What comes leaves it open, also where it comes to other rows, and the keyboard on it.
        for number in 0..3 {
            let trailer = TRAILER.replace("Trailer 1", &format!("Trailer {}", 7 + number));
            assert_eq!(cinema.post(Source::Plex, &trailer), 200);
        }
        let watched = PLAY.replace("media.play", "media.scrobble");
        assert_eq!(cinema.post(Source::Plex, &watched), 200);
        browser.run(REFRESH);
        said("Trailer 9", "ignored");
        said("The Salt Road (2021)", "counted at Trakt");
        browser.run(REFRESH);
        wait_for("the play", steps, |text| {
            let text = text.as_str().unwrap_or_default();
            text.contains("Plex: completed queued watched at")
                && text.contains("Trakt: finish delivered")
        });
        let is_on_it =
            row("The Salt Road (2021)", "document.activeElement === row.querySelector('summary')");
        assert_eq!(browser.run(&is_on_it), true);
        assert_eq!(browser.run("return document.querySelectorAll('#events [open]').length"), 1);
        // With a finger it is closed again, wherever it stands now.
        browser.run(&row("The Salt Road (2021)", "row.querySelector('summary').click()"));
        assert_eq!(browser.run("return document.querySelectorAll('#events [open]').length"), 0);
        browser.choose("by-state", "counted");
        let rows = || browser.run("return document.querySelectorAll('#events .rows > li').length");
        wait_for("what is counted", rows, |rows| *rows == 2);
        assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
    }
}

/// An evening with a stand-in for Simkl as well, and with a program that is told of plays.
fn with_simkl_and_floppy() -> (simkl::Server, receiver::Server, Cinema) {
    let now = || standin::Time(Clock::Machine.now().0);
    let catalogue = simkl::Catalogue::of(&standin::trakt::Catalogue::samples());
    let server = simkl::Server::start(simkl::Simkl::new(catalogue), "127.0.0.1:0", now);
    let server = server.expect("a stand-in");
    let floppy = receiver::Server::start(receiver::Receiver::default(), "127.0.0.1:0", now);
    let floppy = floppy.expect("a receiver");
    let cinema = Cinema::open(&Clock::Machine, |settings| {
        let told = Receiver { name: "floppy".into(), url: floppy.url(), ..Receiver::default() };
        settings.receivers = vec![told];
        let mut mara = account("mara", &["mara.finch"]);
        mara.jellyfin = vec!["*".into()];
        settings.accounts = vec![mara];
        settings.accounts_configured = true;
        simkl::CLIENT_ID.clone_into(&mut settings.simkl.client_id);
        settings.simkl.api_url = server.url();
    });
    cinema.trakt.with(|trakt| trakt.options.approve_after_polls = None);
    (server, floppy, cinema)
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn an_account_is_connected_to_two_trackers_and_disconnected_from_each() {
    let (simkl, _floppy, cinema) = with_simkl_and_floppy();
    let browser = signed_in(&cinema, "light", 360);
    browser.click("#accounts", "Connect the account mara");
    browser.wait_for_text("#connect", "Connect mara to which tracker?");
    assert!(!browser.text("#connect").contains("with the code"), "there is none yet");
    browser.picture("-which");
    browser.press("\u{e00c}"); // escape
    wait_for("the focus", || browser.focus(), |label| label == "Connect the account mara");
    browser.press(ENTER);
    browser.click("#connect", "Simkl");
    browser.wait_for_text("#connect", "Connect mara to Simkl");
    browser.wait_for_text("#connect-said", "Waiting for Simkl");
    wait_for("the code to be known", || simkl.with(|simkl| simkl.approve("anna")), |done| *done);
    browser.wait_for_text("#accounts", "connected to Simkl as anna");
    browser.wait_for_text("#accounts", "; calls left today: ");

    browser.click("#accounts", "Connect the account mara to another tracker");
    browser.click("#connect", "Trakt");
    browser.wait_for_text("#connect", "Connect mara to Trakt");
    let code = browser.text("#code");
    cinema.trakt.with(|trakt| trakt.approve(Some(&code), "demo"));
    browser.wait_for_text("#accounts", "connected to Trakt as demo");
    let labels =
        "return [...document.querySelectorAll('#accounts button')].map((it) => it.ariaLabel)";
    let another = "Connect the account mara to another tracker";
    let both = ["Disconnect the account mara from Trakt", "Disconnect the account mara from Simkl"];
    assert_eq!(browser.run(labels), json!([another, both[0], both[1]]));
    assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out");
    browser.picture("-two-trackers");

    // What is played reaches both, in one row.
    let watched = PLAY.replace("media.play", "media.scrobble");
    assert_eq!(cinema.post(Source::Plex, &watched), 200);
    browser.wait_for_text("#events .rows", "counted at Trakt and Simkl");
    browser.wait_for_text("#events .rows", "told floppy");
    assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out");
    browser.run("document.querySelector('#events summary').click()");
    for made_of_it in [
        "Trakt: finish delivered sent to Trakt",
        "Simkl: finish delivered sent to Simkl",
        "floppy: finish delivered sent to floppy",
    ] {
        browser.wait_for_text("#events .steps", made_of_it);
    }

    // What waits at one goes with it.
    simkl.order(Fault::status(503).times(u32::MAX));
    assert_eq!(cinema.post(Source::Jellyfin, WATCHED), 200);
    browser.wait_for_text("#accounts", "1 waiting");
    browser.click("#accounts", "Disconnect the account mara from Simkl");
    browser.wait_for_text("#disconnect", "Disconnect mara from Simkl?");
    browser.wait_for_text(
        "#disconnect",
        "What waits for it or is parked (1 entry) is deleted, and never sent there. Plays still go \
         to Trakt.",
    );
    browser.picture("-disconnect");
    assert_eq!(browser.focus(), "disconnect-no");
    browser.press(ENTER);
    wait_for("the focus", || browser.focus(), |label| label == both[1]);
    browser.wait_for_text("#accounts", "Simkl does not answer");
    browser.press(ENTER);
    browser.click("#disconnect", "Disconnect");
    browser.wait_for_text("#toast", "Disconnected from Simkl. 1 deleted.");
    let accounts = || browser.text("#accounts");
    wait_for("only Trakt", accounts, |text| !text.contains("Simkl") && text.contains("Trakt"));

    browser.click("#accounts", "Disconnect the account mara from Trakt");
    browser.wait_for_text("#disconnect", "Nothing is lost: ");
    browser.wait_for_text(
        "#disconnect",
        "what is played meanwhile is kept for the tracker that you connect next.",
    );
    browser.click("#disconnect", "Disconnect");
    browser.wait_for_text("#accounts", "connected to no tracker; plays go to the receiver floppy");
    assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn more_events_are_shown_when_wanted() {
    let cinema = evening();
    for number in 0..40 {
        let trailer = TRAILER.replace("Trailer 1", &format!("Trailer {number}"));
        assert_eq!(cinema.post(Source::Plex, &trailer), 200);
    }
    let browser = signed_in(&cinema, "light", 900);
    let rows = || browser.run("return document.querySelectorAll('#events .rows > li').length");
    wait_for("the first events", rows, |rows| *rows == 25);
    // What is unfolded stays so, where new ones push it down.
    let last = row("Trailer 15", "row.querySelector('details').open");
    browser.run(&row("Trailer 15", "row.querySelector('summary').click()"));
    assert_eq!(browser.run(&last), true);
    for number in 40..50 {
        let trailer = TRAILER.replace("Trailer 1", &format!("Trailer {number}"));
        assert_eq!(cinema.post(Source::Plex, &trailer), 200);
    }
    browser.run(REFRESH);
    browser.wait_for_text("#events .rows > li", "Trailer 49");
    assert_eq!((browser.run(&last), rows()), (json!(true), json!(26)));
    browser.run(&row("Trailer 15", "row.querySelector('summary').click()"));
    browser.click("#events", "Show more");
    wait_for("more of them", rows, |rows| rows.as_u64().is_some_and(|rows| rows > 40));
    assert_eq!(browser.focus(), "h-events", "the button is gone");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn all_events_are_reached_and_found_by_their_title() {
    let cinema = evening();
    for number in 0..420 {
        let trailer = TRAILER.replace("Trailer 1", &format!("Trailer {number}"));
        assert_eq!(cinema.post(Source::Plex, &trailer), 200);
    }
    let browser = signed_in(&cinema, "light", 360);
    let rows = || browser.run("return document.querySelectorAll('#events .rows > li').length");
    wait_for("the first events", rows, |rows| *rows == 25);
    assert!(!browser.text("#events .rows").contains("Harbour Nine"));
    for expected in [125, 225, 325, 423] {
        browser.click("#events", "Show more");
        wait_for("more of them", rows, |rows| *rows == expected);
    }
    browser.wait_for_text("#events .rows", "Harbour Nine 2x07");
    assert_eq!(browser.run("return document.getElementById('more').hidden"), true);
    // A new one pushes one out of what the status has room for; none is lost, none shown twice.
    let trailer = TRAILER.replace("Trailer 1", "Trailer 420");
    assert_eq!(cinema.post(Source::Plex, &trailer), 200);
    browser.run(REFRESH);
    browser.wait_for_text("#events .rows > li", "Trailer 420");
    browser.run("shown = 999; showViewings()");
    assert_eq!(rows(), 424);
    browser.choose("by-source", "jellyfin");
    wait_for("the only one", rows, |rows| *rows == 1);
    browser.choose("by-source", "");

    let search = |text: &str| {
        browser.run("const it = document.getElementById('search'); it.value = ''; it.focus()");
        browser.type_text(text);
    };
    search("HARBOUR nine 2x07");
    wait_for("what is found", rows, |rows| *rows == 1);
    browser.wait_for_text("#events .rows", "Harbour Nine 2x07");
    assert_eq!(browser.focus(), "search");
    search("trailer 41");
    wait_for("what is found", rows, |rows| *rows == 11);
    browser.run(REFRESH);
    search("nothing of the kind");
    browser.wait_for_text("#events .rows", "Nothing matches.");
    assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out");
    browser.run(
        "const it = document.getElementById('search'); it.value = ''; \
                 it.dispatchEvent(new Event('input'))",
    );
    wait_for("all of them", rows, |rows| *rows == 25);
    assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn every_control_is_reached_by_keyboard_in_any_light_and_width() {
    let cinema = evening();
    let mut backgrounds = Vec::new();
    for (scheme, width) in [("light", 360), ("dark", 360), ("dark", 900)] {
        let browser = signed_in(&cinema, scheme, width);
        browser.picture(&format!("-{scheme}-{width}"));
        assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out at {width} pixels");
        let colour = "return getComputedStyle(document.documentElement).backgroundColor";
        backgrounds.push(browser.run(colour));
        let controls = browser.run(CONTROLS);
        let mut left = controls.as_array().cloned().unwrap_or_default();
        assert!(left.len() > 15, "{left:?}");
        for _ in 0..left.len() + 2 {
            browser.press(TAB);
            let focused = browser.run(FOCUSED);
            left.retain(|control| *control != focused);
        }
        assert!(left.is_empty(), "not reached, or without an outline: {left:?}");
        assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
    }
    assert!(backgrounds[0] != backgrounds[1] && backgrounds[1] == backgrounds[2]);
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_person_changes_settings_by_hand_and_sees_what_is_refused() {
    let config = "[scrobble]\nwatched_at = 90 # credits\nmarks = true\n\
                  [[emby]]\nname = 'home'\nid = 'e1'\n[[emby]]\nname = 'my attic'\n";
    let cinema = Cinema::with_config(config);
    for (scheme, width) in [("light", 900), ("dark", 360)] {
        let browser = signed_in(&cinema, scheme, width);
        browser.click("#settings", "Show and change them");
        browser.wait_for_text("#settings", "A stop at or past it is a play.");
        browser.wait_for_text("#settings .sections", "(hidden)");
        let save = |key: &str, change: &str| {
            browser.run(&format!(
                "const field = document.getElementById('set-{key}'); field.focus(); field.{change}; \
                 field.form.querySelector('button').click()"
            ));
        };
        let file = |what: &str, text: &str| {
            wait_for(what, || cinema.config(), |config| config.contains(text));
        };
        let percent = if width > 500 { "85" } else { "75" };
        save("scrobble.watched_at", &format!("value = '{percent}'"));
        file("the number", &format!("\nwatched_at = {percent} # credits\n"));
        browser.wait_for_text("#toast", "scrobble.watched_at is saved");
        let focus = || browser.run("return document.activeElement.id");
        wait_for("the focus to stay", focus, |id| *id == "set-scrobble.watched_at");
        save("scrobble.marks", &format!("checked = {}", width < 500));
        file("the switch", &format!("\nmarks = {}\n", width < 500));
        save("plex.users", &format!("value = 'mara\\njo {percent}\\n'"));
        file("the list", &format!("users = [\"mara\", \"jo {percent}\"]\n"));
        save("emby%20my%20attic.block_players", &format!("value = 'tv {percent}'"));
        file("the right server", &format!("'my attic'\nblock_players = [\"tv {percent}\"]\n"));
        browser.wait_for_text("#settings", "[[emby]] home");
        save("scrobble.force_stop_at", "value = '12'");
        browser.wait_for_text("#settings", "scrobble.force_stop_at is 12, but takes 50 to 100 (%)");
        save("scrobble.force_stop_at", "value = ''");
        browser.wait_for_text("#settings", "scrobble.force_stop_at is empty, but takes");
        assert!(!cinema.config().contains("force_stop_at"));
        browser.wait_for_text("#file", &cinema.folder().join("scrobbled.toml").to_string_lossy());
        browser.click("#settings", "Use the default: plex.users");
        wait_for("no list", || cinema.config(), |config| !config.contains("\nusers"));
        wait_for("the focus", || browser.focus(), |label| label == "set-plex.users");
        let list = || browser.run("return document.getElementById('set-plex.users').value");
        wait_for("an empty list", list, |list| list == "");
        assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out at {width} pixels");
        let nameless = "return [...document.querySelectorAll('#settings input, #settings textarea')]\
                        .filter((field) => !field.labels.length).length";
        assert_eq!(browser.run(nameless), 0, "each field has a label");
        browser.run("document.getElementById('settings').scrollIntoView()");
        browser.picture(&format!("-settings-{scheme}"));
        let complaints: Vec<_> = browser.complaints();
        assert!(complaints.iter().all(|said| said.contains("400")), "{complaints:?}");
    }
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_setting_that_silences_a_server_says_so_beside_it_and_above_all_settings() {
    let cinema = Cinema::with_config("");
    let browser = signed_in(&cinema, "light", 900);
    browser.click("#settings", "Show and change them");
    browser.wait_for_text("#settings", "A stop at or past it is a play.");
    browser.run("document.getElementById('set-jellyfin.libraries').value = 'Films'");
    browser.click("#settings", "Save: jellyfin.libraries");
    let sentence = "libraries are set for Jellyfin, but its webhooks name none, so all of them are \
                    dropped; set jellyfin.url and jellyfin.api_key, so that it can be asked";
    browser.wait_for_text("#findings", sentence);
    browser.wait_for_text("#settings .said:not(:empty)", sentence);
    browser.wait_for_text("#toast", "jellyfin.libraries is saved and in effect.");
    browser.click("#settings", "Use the default: jellyfin.libraries");
    let notes = || browser.text("#findings");
    wait_for("the note to go", notes, |notes| !notes.contains("libraries"));
    let said = "return [...document.querySelectorAll('#settings .said')].map((it) => it.innerText).join('')";
    assert_eq!(browser.run(said), "");
    assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn where_no_file_can_be_written_a_person_is_shown_the_lines() {
    let with_file = Cinema::with_config("");
    // Whoever runs this, root too, can't put a file where a folder is.
    std::fs::create_dir(with_file.folder().join(".scrobbled.toml.new")).expect("a folder");
    let without = Cinema::open(&Clock::Machine, |_| {});
    for (cinema, said) in [(with_file, "scrobbled.toml"), (without, "There is no config file.")] {
        let browser = signed_in(&cinema, "light", 900);
        browser.click("#settings", "Show and change them");
        browser.wait_for_text("#file", said);
        browser.wait_for_text("#settings", "A stop at or past it is a play.");
        browser.run("document.getElementById('set-scrobble.marks').checked = false");
        browser.click("#settings", "Save: scrobble.marks");
        browser.wait_for_text("#settings pre", "[scrobble]\nmarks = false");
        browser.wait_for_text("#settings", "run scrobbled reload");
        if said == "scrobbled.toml" {
            let config = cinema.config() + &browser.text("#settings pre");
            std::fs::write(cinema.folder().join("scrobbled.toml"), config).expect("written");
            let taken = cinema.control(Request::Reload { text: None });
            assert_eq!(taken["changed"], json!(["scrobble.marks"]), "what is shown can be pasted");
        }
    }
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_line_of_a_list_with_a_comma_is_told_to_be_one_entry() {
    let cinema = Cinema::with_config("[plex]\nusers = ['mara', 'jo, kid']\n");
    let browser = signed_in(&cinema, "light", 900);
    browser.click("#settings", "Show and change them");
    let note = |line: &str| {
        format!("{line} is one entry. If they are several, write each on a line of its own.")
    };
    browser.wait_for_text("#settings", &note("jo, kid"));
    let write = |text: &str| {
        let text = json!(text);
        browser.run(&format!(
            "const it = document.getElementById('set-plex.users'); it.value = {text}; \
             it.dispatchEvent(new Event('input', {{ bubbles: true }}))"
        ));
    };
    write("mara\njo\nkid");
    let said = || browser.text("#settings");
    wait_for("no note", said, |said| !said.contains("is one entry"));
    write("a,b");
    browser.wait_for_text("#settings", &note("a,b"));
    assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn settings_show_what_comes_from_the_environment_and_what_waits_for_a_restart() {
    let variables = [("SCROBBLED_SCROBBLE_MARKS", "false")];
    let cinema = Cinema::with_config_and_environment("", &variables);
    let browser = signed_in(&cinema, "light", 900);
    let row = |key: &str| {
        let rows = browser.run(
            "return [...document.querySelectorAll('#settings .rows > li')].map((it) => it.innerText)",
        );
        let rows = rows.as_array().cloned().unwrap_or_default();
        let row = rows.iter().filter_map(|row| row.as_str()).find(|row| row.starts_with(key));
        row.unwrap_or_default().to_owned()
    };
    browser.click("#settings", "Show and change them");
    let marks = wait_for("the row", || row("scrobble.marks"), |row| !row.is_empty());
    for word in ["environment", "Set by SCROBBLED_SCROBBLE_MARKS, which overrides the file."] {
        assert!(marks.contains(word), "{marks}");
    }
    let config = cinema.config().replace("127.0.0.1:0", "127.0.0.1:1");
    std::fs::write(cinema.folder().join("scrobbled.toml"), config).expect("written");
    cinema.control(Request::Reload { text: None });
    browser.run("const it = document.querySelector('#settings details'); it.open = false");
    browser.click("#settings", "Show and change them");
    wait_for(
        "the mark",
        || row("listen"),
        |row| row.contains("changed, in effect after a restart"),
    );
}

/// A Plex on which Mara has seen a film two hours ago, of which nobody was told.
fn a_plex_with_a_past() -> plex::Server {
    let now = || standin::Time(Clock::Machine.now().0);
    let library = plex::Library::of(&standin::trakt::Catalogue::samples());
    let plex = plex::Server::start(plex::Plex::new(library), "127.0.0.1:0", now).expect("a port");
    let at = standin::Time(Clock::Machine.now().before(Duration::from_secs(7_200)).0);
    assert!(plex.with(|plex| plex.watched("mara.finch", "The Salt Road", at)));
    plex
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn plays_that_nobody_told_of_are_shown_first_and_then_sent() {
    for (scheme, width) in [("light", 360), ("dark", 900)] {
        let plex = a_plex_with_a_past();
        let asked = format!("[plex]\nurl = '{}'\ntoken = '{}'\n", plex.url(), plex::TOKEN);
        let cinema = Cinema::with_config(&asked);
        cinema.connect("default");
        let browser = Browser::start(scheme, width);
        browser.open(&format!("http://{}/#{}", cinema.address(), cinema.invitation()));
        browser.wait_for_text("#catch-up", "Catching up");
        assert_eq!(browser.text("#caught"), "", "nobody has asked for a run");

        // To the last time, which is the first start, there is nothing.
        browser.click("#catch-up", "Only show");
        browser.wait_for_text(
            "#caught",
            "0 would be sent, 0 already told, 0 held. Nothing was changed.",
        );
        browser.choose("back", "604800");
        browser.run("document.getElementById('look-back').focus()");
        browser.press(ENTER);
        browser.wait_for_text("#caught", "1 would be sent, 0 already told");
        browser.wait_for_text(
            "#catch-up .cards",
            "Not asked, since its url or its key (token at Plex, else api_key) is not set.",
        );
        assert_eq!(browser.focus(), "look-back");
        browser.click("#catch-up", "1 would be sent");
        browser.wait_for_text("#catch-up .steps", "The Salt Road (2021)");
        assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out at {width} pixels");
        browser.run("document.getElementById('catch-up').scrollIntoView()");
        browser.picture(&format!("-catch-up-{scheme}"));
        assert_eq!(cinema.trakt.plays("The Salt Road"), [], "it is only looked");

        browser.click("#catch-up", "Catch up");
        browser.wait_for_text("#caught", "1 to be sent, 0 already told, 0 held.");
        wait_for("the play", || cinema.trakt.plays("The Salt Road").len(), |plays| *plays == 1);
        // What was found is there for whoever comes later, too.
        browser.reload();
        browser.wait_for_text("#caught", "1 to be sent, 0 already told, 0 held.");
        browser.choose("back", "604800");
        browser.click("#catch-up", "Catch up");
        browser.wait_for_text("#caught", "0 to be sent, 1 already told, 0 held.");
        assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
    }
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_catch_up_says_which_server_could_not_be_read_and_where_none_can_be_asked() {
    let plex = a_plex_with_a_past();
    let asked = format!("[plex]\nurl = '{}'\ntoken = '{}'\n", plex.url(), plex::TOKEN);
    let cinema = Cinema::with_config(&asked);
    let browser = signed_in(&cinema, "light", 360);
    drop(plex.stop());
    browser.click("#catch-up", "Catch up");
    browser.wait_for_text("#catch-up .said", "It was not read to its end: ");
    let none = Cinema::with_config("");
    let browser = signed_in(&none, "light", 360);
    browser.click("#catch-up", "Catch up");
    browser.wait_for_text(
        "#caught",
        "No media server can be asked yet: set url and token (api_key) for one.",
    );
    assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
}

/// Whether the status is seen, and whether what is to be set up is.
const SEEN: &str = "const seen = (id) => document.getElementById(id).checkVisibility(); \
    return [seen('accounts'), seen('setup')]";

/// Shows of what was heard in the last step what became of it.
const UNFOLD: &str = "document.querySelector('#step-play .rows details').open = true";

/// Presses the tab key until the control of this name has the focus, as somebody without a mouse does.
#[track_caller]
fn tab_to(browser: &Browser, name: &str) {
    for _ in 0..40 {
        browser.press(TAB);
        if browser.run(FOCUSED) == name {
            return;
        }
    }
    panic!("the tab key never reaches {name}");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_first_start_opens_on_what_is_missing_and_leads_to_the_first_play() {
    for (scheme, width) in [("light", 360), ("dark", 900)] {
        let cinema = Cinema::open(&Clock::Machine, |_| {});
        cinema.trakt.with(|trakt| trakt.options.approve_after_polls = None);
        let browser = Browser::start(scheme, width);
        browser.open(&format!("http://{}/#{}", cinema.address(), cinema.invitation()));
        browser.wait_for_text("#next", "Next: connect a media server.");
        assert_eq!(browser.run(SEEN), json!([false, true]));
        assert_eq!(browser.focus(), "h-setup");
        assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out at {width} pixels");
        browser.picture(&format!("-setup-{scheme}"));

        // A server that posts already needs no connection.
        assert_eq!(cinema.post(Source::Plex, TRAILER), 200);
        browser.run(REFRESH);
        browser.wait_for_text("#next", "Next: connect the account default to a tracker.");
        browser.wait_for_text("#step-server summary", "done");
        tab_to(&browser, "Connect the account default");
        browser.press(ENTER);
        tab_to(&browser, "Trakt");
        browser.press(ENTER);
        browser.wait_for_text("#connect", "Connect default to Trakt");
        let code = browser.text("#code");
        cinema.trakt.with(|trakt| trakt.approve(Some(&code), "demo"));
        browser.wait_for_text("#next", "Next: play something at Plex.");
        browser.wait_for_text("#step-tracker summary", "done");
        browser.wait_for_text("#step-play", "nothing yet");

        assert_eq!(cinema.post(Source::Plex, PLAY), 200);
        browser.run(REFRESH);
        browser.wait_for_text("#next", "Heard: The Salt Road (2021). Everything is set up.");
        browser.wait_for_text("#step-play .rows", "playing");
        browser.run(UNFOLD);
        browser.wait_for_text("#step-play .steps", "sent to Trakt");
        assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out at {width} pixels");
        browser.picture(&format!("-setup-heard-{scheme}"));

        // It is left and opened by its buttons, and stays where the page is loaded anew.
        browser.reload();
        browser.wait_for_text("#next", "Heard: The Salt Road (2021).");
        browser.click("#setup", "Show the status");
        assert_eq!((browser.run(SEEN), browser.focus()), (json!([true, false]), "main".into()));
        browser.reload();
        browser.wait_for_text("#accounts", "connected to Trakt as demo");
        assert_eq!(browser.run(SEEN), json!([true, false]));
        browser.click("header", "Set up");
        assert_eq!((browser.run(SEEN), browser.focus()), (json!([false, true]), "h-setup".into()));
        assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
    }
}

/// Signs in where nothing is set up, and chooses a kind of media server by keyboard alone.
fn begin_with(cinema: &Cinema, kind: &str) -> Browser {
    let browser = Browser::start("light", 360);
    browser.open(&format!("http://{}/#{}", cinema.address(), cinema.invitation()));
    browser.wait_for_text("#next", "Next: connect a media server.");
    browser.wait_for_text("#health", "Nothing is set up yet");
    let is_there = || browser.run("return document.activeElement.name") == "kind";
    while !is_there() {
        browser.press(TAB);
    }
    let chosen = "return document.querySelector('[name=kind]:checked').value";
    for _ in 0..3 {
        if browser.run(chosen) == kind {
            return browser;
        }
        browser.press(ARROW_DOWN);
    }
    panic!("{kind} can't be chosen");
}

/// Takes the first choice wherever something is asked, until it ends so.
#[track_caller]
fn answer_until(browser: &Browser, end: &str) {
    let look = "document.querySelector('#asked:not([hidden]) button')?.click(); \
                return document.getElementById('talk').innerText";
    let said = || browser.run(look).as_str().unwrap_or_default().to_owned();
    wait_for(end, said, |said| said.starts_with(end));
    assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out");
}

/// The same until the server is connected, and goes on.
#[track_caller]
fn go_through(browser: &Browser) {
    answer_until(browser, "Connected");
    wait_for("the focus", || browser.focus(), |it| it == "go-on");
    browser.wait_for_text("#next", "Next: finish connecting the media server.");
    browser.press(ENTER);
}

/// Connects the only account to a tracker; the stand-in's person approves the code.
fn connect_to(browser: &Browser, title: &str, approve: impl Fn(&str) -> bool) {
    browser.wait_for_text("#next", "Next: connect the account default to a tracker.");
    tab_to(browser, "Connect the account default");
    browser.press(ENTER);
    tab_to(browser, title);
    browser.press(ENTER);
    browser.wait_for_text("#connect", &format!("Connect default to {title}"));
    wait_for("the code to be known", || approve(&browser.text("#code")), |done| *done);
    browser.wait_for_text("#next", "Next: play something at ");
}

/// Expects the film that somebody watches now to be heard, and told to the tracker.
fn to_the_first_play(browser: &Browser, tracker: &str) {
    browser.run(REFRESH);
    browser.wait_for_text("#next", "Heard: The Salt Road (2021). Everything is set up.");
    browser.wait_for_text("#step-play .rows", "playing");
    browser.run(UNFOLD);
    browser.wait_for_text("#step-play .steps", &format!("sent to {tracker}"));
    assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out");
    assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
}

/// A cinema whose stand-in for Trakt approves nothing by itself.
fn that_knows(config: &str) -> Cinema {
    let cinema = Cinema::with_config(config);
    cinema.trakt.with(|trakt| trakt.options.approve_after_polls = None);
    cinema
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_plex_is_connected_by_keyboard_and_heard() {
    let now = || standin::Time(Clock::Machine.now().0);
    let library = plex::Library::of(&standin::trakt::Catalogue::samples());
    let server = plex::Server::start(plex::Plex::new(library), "127.0.0.1:0", now).expect("a port");
    let mut tv = plex::tv::PlexTv::new();
    tv.devices = vec![plex::tv::Device::server("attic", plex::MACHINE, plex::TOKEN, &server.url())];
    let tv = plex::tv::Server::start(tv, "127.0.0.1:0", now).expect("a port");
    let cinema = that_knows(&format!("[plex]\nplex_tv_url = '{}'\n", tv.url()));
    let browser = begin_with(&cinema, "plex");
    tab_to(&browser, "Connect");
    browser.press(ENTER);
    let code = || browser.text("#talk-code .code");
    let code = wait_for("a code", code, |code| !code.is_empty());
    wait_for("the focus", || browser.run("return document.activeElement.tagName"), |it| *it == "A");
    browser.size(360, 820);
    browser.picture("-setup");
    // Whoever loads the page anew meanwhile finds it again.
    browser.reload();
    browser.wait_for_text("#talk-code", &code);
    assert!(tv.with(|tv| tv.approve(&code, now())));
    go_through(&browser);
    connect_to(&browser, "Trakt", |code| cinema.trakt.with(|it| it.approve(Some(code), "demo")));
    let urls = tv.with(|tv| tv.webhooks().to_vec());
    let posts = server.with(|plex| {
        plex.learn_webhooks(&urls);
        let (who, player, what) = (Some("mara.finch"), "den", "The Salt Road");
        assert!(plex.play(&plex::Watch { who, player, what, from_ms: 0 }, now()));
        plex.take_posts()
    });
    for post in &posts {
        post.send().expect("it arrives");
    }
    to_the_first_play(&browser, "Trakt");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_jellyfin_is_connected_by_keyboard_and_heard_and_one_may_stop() {
    let now = || standin::Time(Clock::Machine.now().0);
    let house = Jellyfin::new(Dialect::Jellyfin10_11).with(&standin::trakt::Catalogue::samples());
    let mut house = house.with_webhooks();
    house.user("mara");
    let server = jellyfin::Server::start(house, "127.0.0.1:0", now).expect("a port");
    let catalogue = simkl::Catalogue::of(&standin::trakt::Catalogue::samples());
    let simkl = simkl::Server::start(simkl::Simkl::new(catalogue), "127.0.0.1:0", now);
    let simkl = simkl.expect("a stand-in");
    let (id, url) = (simkl::CLIENT_ID, simkl.url());
    let cinema = that_knows(&format!("[simkl]\nclient_id = '{id}'\napi_url = '{url}'\n"));
    let browser = begin_with(&cinema, "jellyfin");
    browser.press(TAB);
    browser.type_text(&server.url());
    // A certificate that is none is told at once.
    browser.run(
        "const given = new DataTransfer(); given.items.add(new File(['none'], 'nas.pem')); \
         serverForm.certificate.files = given.files",
    );
    tab_to(&browser, "Connect");
    browser.press(ENTER);
    browser.wait_for_text("#notices", "what was given");
    browser.run("serverForm.certificate.value = ''");
    assert_eq!(browser.complaints().len(), 1, "the browser tells of the refusal, once");
    tab_to(&browser, "Connect");
    browser.press(ENTER);
    let code = || browser.text("#talk-code .code");
    let first = wait_for("a code", code, |code| !code.is_empty());
    browser.wait_for_text("#step-people summary", "to do");
    tab_to(&browser, "stop");
    browser.press(ENTER);
    browser.wait_for_text("#talk", "Not connected");
    browser.wait_for_text("#next", "Next: connect a media server.");
    tab_to(&browser, "Connect");
    browser.press(ENTER);
    wait_for("another code", code, |code| *code != first);
    assert!(server.at(|jellyfin, now| jellyfin.approve("mara", now)));
    go_through(&browser);
    connect_to(&browser, "Simkl", |_| simkl.with(|simkl| simkl.approve("anna")));
    server.at(|it, now| it.play("den", "mara", "The Salt Road", Duration::ZERO, now));
    to_the_first_play(&browser, "Simkl");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_connection_that_broke_off_and_people_in_no_account_are_still_to_do() {
    let now = || standin::Time(Clock::Machine.now().0);
    let house = Jellyfin::new(Dialect::Jellyfin12).with(&standin::trakt::Catalogue::samples());
    let server = jellyfin::Server::start(house, "127.0.0.1:0", now).expect("a port");
    server.with(|jellyfin| drop(jellyfin.user("mara")));
    let cinema = that_knows("[[account]]\nname = 'den'\nplex = ['den']\n");
    let connect = |yes: bool, until: &str| {
        let order = json!({ "command": "connect", "kind": "jellyfin", "url": server.url(),
                            "key": jellyfin::KEY, "yes": yes });
        cinema.control(serde_json::from_value(order).expect("a request"));
        let state = || cinema.control(Request::ConnectState { seen: 0 })[until].clone();
        wait_for(until, state, |state| !state.is_null());
    };
    connect(false, "question"); // the plugin is missing
    cinema.control(Request::ConnectLeave);
    let browser = Browser::start("light", 360);
    browser.open(&format!("http://{}/#{}", cinema.address(), cinema.invitation()));
    browser.wait_for_text("#next", "Next: connect Jellyfin again: that broke off.");
    browser.wait_for_text("#step-server", "not finished");
    connect(true, "end");
    browser.run(REFRESH);
    browser.wait_for_text("#step-server summary", "done");
    browser.wait_for_text("#next", "Next: say who is who.");
    browser.wait_for_text("#step-people", "No account lists anybody there.");
    assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out");
    browser.picture("-unlisted");
    assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn an_emby_is_connected_by_keyboard_and_heard_and_the_page_forgets_the_password() {
    let now = || standin::Time(Clock::Machine.now().0);
    let house = Jellyfin::new(Dialect::Emby).with(&standin::trakt::Catalogue::samples());
    let mut house = emby::Emby::of(house);
    house.house.set_password("mara", "s3sam");
    let server = emby::Server::start(house, "127.0.0.1:0", now).expect("a port");
    let cinema = that_knows("");
    let browser = begin_with(&cinema, "emby");
    let fill = |password: &str| {
        browser.run("serverForm.url.focus(); serverForm.url.value = serverForm.user.value = ''");
        browser.type_text(&server.url());
        for text in ["", "mara", password] {
            browser.press(TAB);
            browser.type_text(text);
        }
        browser.press(ENTER);
    };
    fill("wrong");
    answer_until(&browser, "Not connected");
    assert_eq!(browser.run("return serverForm.secret.value"), "");
    fill("s3sam");
    go_through(&browser);
    let kept =
        browser.run("return document.documentElement.outerHTML + JSON.stringify(localStorage)");
    assert!(!kept.to_string().contains("s3sam") && !cinema.config().contains("s3sam"));
    connect_to(&browser, "Trakt", |code| cinema.trakt.with(|it| it.approve(Some(code), "demo")));
    server.at(|it, now| it.play("den", "mara", "The Salt Road", Duration::ZERO, now));
    to_the_first_play(&browser, "Trakt");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_connected_server_is_told_from_one_of_the_config_and_disconnected_after_a_question() {
    let now = || standin::Time(Clock::Machine.now().0);
    let house = Jellyfin::new(Dialect::Emby).with(&standin::trakt::Catalogue::samples());
    let mut house = emby::Emby::of(house);
    house.house.set_password("mara", "s3sam");
    let server = emby::Server::start(house, "127.0.0.1:0", now).expect("a port");
    let cinema = Cinema::with_config("[jellyfin]\nurl = 'http://127.0.0.1:1'\napi_key = 'k'\n");
    let order = json!({ "command": "connect", "kind": "emby", "url": server.url(),
                        "key": jellyfin::KEY, "yes": true });
    cinema.control(serde_json::from_value(order).expect("a request"));
    let state = || cinema.control(Request::ConnectState { seen: 0 })["end"]["name"].clone();
    wait_for("Emby to be connected", state, |name| *name == "emby");
    for (scheme, width) in [("light", 360), ("dark", 900)] {
        let browser = signed_in(&cinema, scheme, width);
        browser.wait_for_text("#servers", "Its address comes from the config.");
        let cards = "return [...document.querySelectorAll('#servers li')].map((it) => \
                     [it.querySelector('h3').textContent, it.querySelectorAll('button').length])";
        assert_eq!(browser.run(cards), json!([["Jellyfin", 0], ["Emby", 1]]));
        assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out at {width} pixels");
        browser.click("#servers", "Disconnect Emby");
        browser.wait_for_text("#disconnect", "Disconnect Emby?");
        browser.wait_for_text("#disconnect", "Plays that were sent stay.");
        assert_eq!(browser.focus(), "disconnect-no");
        browser.press(ENTER);
        wait_for("the focus", || browser.focus(), |it| it == "Disconnect Emby");
        // What can't be taken back there now is not forgotten here, unless that is wanted.
        server.order(Fault::status(500).times(u32::MAX));
        browser.press(ENTER);
        browser.click("#disconnect", "Disconnect");
        browser.wait_for_text("#disconnect", "Emby is not disconnected");
        browser.wait_for_text("#disconnect", "Nothing was forgotten here.");
        browser.wait_for_text("#disconnect-yes", "Forget it all the same");
        assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out at {width} pixels");
        browser.picture(&format!("-server-{scheme}"));
        browser.click("#disconnect", "Cancel");
        server.misbehave(Faults::default());
        if width == 900 {
            browser.click("#servers", "Disconnect Emby");
            browser.click("#disconnect", "Disconnect");
            browser.wait_for_text("#notices", "the notification “");
            let servers = || browser.text("#servers");
            wait_for("no connection", servers, |text| !text.contains("connected"));
            wait_for("the focus", || browser.focus(), |it| it == "h-servers");
        }
        assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
    }
}

/// Opens the first step anew, and fills in what it asks for.
fn connect_another(browser: &Browser, kind: &str, texts: &[&str]) {
    browser.run(&format!(
        "document.querySelector('#step-server summary').click(); \
         document.querySelector('[name=kind][value={kind}]').click(); serverForm.url.value = ''; \
         serverForm.url.focus()"
    ));
    for (place, text) in texts.iter().enumerate() {
        if place > 0 {
            browser.press(TAB);
        }
        browser.type_text(text);
    }
    browser.press(ENTER);
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn from_nothing_three_servers_and_two_trackers_lead_to_three_plays_on_the_page_alone() {
    let (now, films) =
        (|| standin::Time(Clock::Machine.now().0), standin::trakt::Catalogue::samples());
    let mut server = plex::Plex::new(plex::Library::of(&films));
    server.call_owner("mara");
    let server = plex::Server::start(server, "127.0.0.1:0", now).expect("a port");
    let mut tv = plex::tv::PlexTv::new();
    tv.devices = vec![plex::tv::Device::server("attic", plex::MACHINE, plex::TOKEN, &server.url())];
    let tv = plex::tv::Server::start(tv, "127.0.0.1:0", now).expect("a port");
    let mut house = Jellyfin::new(Dialect::Jellyfin12).with(&films).with_webhooks();
    house.user("mara");
    let jellyfin = jellyfin::Server::start(house, "127.0.0.1:0", now).expect("a port");
    let mut house = emby::Emby::of(Jellyfin::new(Dialect::Emby).with(&films));
    house.house.set_password("mara", "s3sam");
    let emby = emby::Server::start(house, "127.0.0.1:0", now).expect("a port");
    let catalogue = simkl::Catalogue::of(&films);
    let simkl = simkl::Server::start(simkl::Simkl::new(catalogue), "127.0.0.1:0", now);
    let simkl = simkl.expect("a stand-in");
    let cinema = that_knows(&format!(
        "[plex]\nplex_tv_url = '{}'\n[simkl]\nclient_id = '{}'\napi_url = '{}'\n",
        tv.url(),
        simkl::CLIENT_ID,
        simkl.url()
    ));

    let browser = begin_with(&cinema, "plex");
    tab_to(&browser, "Connect");
    browser.press(ENTER);
    let shown = || browser.text("#talk-code .code");
    let code = wait_for("a code", shown, |code| !code.is_empty());
    assert!(tv.with(|tv| tv.approve(&code, now())));
    go_through(&browser);
    connect_another(&browser, "jellyfin", &[&jellyfin.url()]);
    wait_for("a code", shown, |code| !code.is_empty());
    wait_for("the code to be typed", || jellyfin.at(|it, now| it.approve("mara", now)), |it| *it);
    go_through(&browser);
    connect_another(&browser, "emby", &[&emby.url(), "", "mara", "s3sam"]);
    go_through(&browser);

    connect_to(&browser, "Trakt", |code| cinema.trakt.with(|it| it.approve(Some(code), "demo")));
    browser.run("document.querySelector('#step-tracker summary').click()");
    browser.click("#step-tracker", "Connect the account default to another tracker");
    browser.wait_for_text("#connect", "Connect default");
    browser.run(
        "[...document.querySelectorAll('#connect-which button')]\
                 .find((it) => it.textContent === 'Simkl' && it.checkVisibility())?.click()",
    );
    browser.wait_for_text("#connect", "Connect default to Simkl");
    wait_for("the code to be known", || simkl.with(|simkl| simkl.approve("anna")), |done| *done);
    browser.wait_for_text("#step-tracker", "connected to Simkl");

    // One film at all three is one viewing, and each is heard for itself.
    let (film, late) = ("The Salt Road", Duration::from_secs(110 * 60));
    let urls = tv.with(|tv| tv.webhooks().to_vec());
    let at_plex = |act: &dyn Fn(&mut plex::Plex)| {
        let posts = server.with(|plex| {
            plex.learn_webhooks(&urls);
            act(plex);
            plex.take_posts()
        });
        for post in posts {
            post.send().expect("it arrives");
        }
    };
    let heard = |title: &str, next: &str| {
        browser.run(REFRESH);
        browser.wait_for_text("#next", next);
        browser.wait_for_text("#step-play .cards", title);
    };
    let (who, player) = (Some("mara"), "den");
    at_plex(&|plex| {
        assert!(plex.play(&plex::Watch { who, player, what: film, from_ms: 0 }, now()));
    });
    heard("Plex", "Next: play something at Jellyfin and Emby.");
    jellyfin.at(|it, now| it.play("den", "mara", film, late, now));
    heard("Jellyfin", "Next: play something at Emby.");
    emby.at(|it, now| it.play("den", "mara", film, late, now));
    heard("Emby", "Everything is set up.");
    for kind in ["plex", "jellyfin", "emby"] {
        let status = cinema.control(Request::Status);
        let playing = status["playing"].as_array().cloned().unwrap_or_default();
        assert!(playing.iter().any(|one| one["source"] == kind), "{kind}: {playing:?}");
    }
    // To their ends they are watched from near there.
    let late = Duration::from_secs(42 * 60);
    at_plex(&|plex| plex.stop(player, now()));
    jellyfin.at(|it, now| it.play("den", "mara", "Harbour Nine 2x09", late, now));
    jellyfin.at(|it, now| it.stop("den", now));
    emby.at(|it, now| it.stop("den", now));
    emby.at(|it, now| it.play("den", "mara", "Harbour Nine 2x10", late, now));
    emby.at(|it, now| it.stop("den", now));
    for played in [film, "Harbour Nine 2x09", "Harbour Nine 2x10"] {
        wait_for(played, || cinema.trakt.plays(played).len(), |plays| *plays == 1);
    }
    browser.run(REFRESH);
    let shown = || browser.text("#step-play .rows").matches("counted at Trakt and Simkl").count();
    wait_for("three plays", shown, |plays| *plays == 3);
    assert_eq!(browser.run(TOO_WIDE), false, "nothing sticks out");
    assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
}
