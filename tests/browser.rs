//! The page in a real browser: headless Chromium, driven through chromedriver.
//!
//! `cargo test --test browser -- --ignored` (needs `chromium` and `chromedriver` on the path). With
//! `PAGE_PNG=FILE` it leaves a picture of the page there; `-dark` and `-phone` ones beside it.

mod cinema;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cinema::{Cinema, account, wait_for};
use scrobbled::clock::Clock;
use scrobbled::control::Request;
use scrobbled::event::Source;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const PLAY: &str = include_str!("payloads/plex/movie_play.json");
const TRAILER: &str = include_str!("payloads/plex/trailer_clip_play_ignore.json");
const WATCHED: &str = include_str!("payloads/jellyfin/episode_stop_position_zero_completed.json");
const STRANGER: &str = include_str!("payloads/plex/shared_user_special_pause.json");

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_person_signs_in_and_sees_and_does_everything() {
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

    let browser = Browser::start("light", 900);
    let home = format!("http://{}/", cinema.address());
    browser.open(&home);
    browser.wait_for_text("body", "Open the sign-in link");
    browser.open(&format!("{home}#{}", cinema.invitation()));
    browser.wait_for_text("#events", "trailers, clips and extras are not scrobbled");
    assert_eq!(browser.run("return location.hash"), "", "the token leaves the address bar");
    browser.wait_for_text("#accounts", "login needed");
    browser.wait_for_text("#playing", "The Salt Road");
    browser.wait_for_text("#webhooks", "Never had a webhook from Emby");
    browser.wait_for_text("#unlisted", "In no account");

    browser.run("document.querySelector('#accounts button').click()");
    browser.wait_for_text("#connect", "Waiting for Trakt");
    assert_eq!(browser.run("return document.querySelectorAll('#qr svg path').length"), 2);
    browser.picture("-connect");
    let code = browser.text("#code");
    cinema.trakt.with(|trakt| trakt.approve(Some(&code), "demo"));
    browser.wait_for_text("#accounts", "connected to Trakt as demo");
    browser.wait_for_text("#plays", "(1)");
    wait_for("the message to go", || browser.text("#toast"), String::is_empty);
    browser.picture("");

    browser.run(
        "const by = document.getElementById('by-outcome'); by.value = 'ignored'; \
         by.dispatchEvent(new Event('change'))",
    );
    let rows = || browser.text("#events .rows");
    let filtered = wait_for("the filter", rows, |rows| !rows.contains("waiting"));
    assert!(filtered.contains("ignored"), "{filtered}");
    browser.run(
        "const by = document.getElementById('by-outcome'); by.value = ''; \
         by.dispatchEvent(new Event('change'))",
    );

    let url = || browser.run("return document.querySelector('#webhooks input').value");
    let before = url();
    browser.run("window.confirm = () => true; document.querySelector('#webhooks button').click()");
    let after = wait_for("a new address", url, |now| *now != before);
    assert_eq!(after, cinema.control(Request::Urls)["plex"][0], "the new address is shown");
    let bar = || browser.run("return document.querySelector('#playing progress').value");
    let at = bar().as_f64().unwrap_or_default();
    wait_for("the bar to move", bar, |now| now.as_f64().is_some_and(|now| now > at));
    let complaints = browser.complaints();
    assert_eq!(complaints, Vec::<String>::new(), "the console is clean");
    browser.run("document.getElementById('sign-out').click()");
    browser.wait_for_text("body", "Open the sign-in link");

    for (scheme, width) in [("dark", 900), ("light", 390)] {
        let browser = Browser::start(scheme, width);
        browser.open(&format!("{home}#{}", cinema.invitation()));
        browser.wait_for_text("#webhooks", "Jellyfin");
        let wide = browser.run("return document.documentElement.scrollWidth > innerWidth");
        assert_eq!(wide, false, "nothing sticks out at {width} pixels");
        browser.picture(if width < 500 { "-phone" } else { "-dark" });
    }
}

/// A browser of its own, gone when dropped.
struct Browser {
    driver: Child,
    session: String,
}

impl Browser {
    fn start(scheme: &str, width: u32) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver on the path");
        let said = BufReader::new(driver.stdout.take().expect("its words"));
        let port = said.lines().map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("successfully on port ")?;
            rest.trim_end_matches('.').parse::<u16>().ok()
        });
        let base = format!("http://127.0.0.1:{}", port.expect("its port"));
        let dark = if scheme == "dark" { "--force-dark-mode" } else { "--force-light" };
        let args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", dark];
        let options = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": args},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let answer = call(&format!("{base}/session"), &options);
        let id = answer["sessionId"].as_str().expect("a session");
        let browser = Self { driver, session: format!("{base}/session/{id}") };
        browser.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({"width": width, "height": 1200, "deviceScaleFactor": 1, "mobile": width < 500}),
        );
        browser.devtools(
            "Emulation.setEmulatedMedia",
            &json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
        );
        browser
    }

    fn devtools(&self, command: &str, params: &Value) -> Value {
        let body = json!({"cmd": command, "params": params});
        call(&format!("{}/goog/cdp/execute", self.session), &body)
    }

    fn open(&self, url: &str) {
        // Only the fragment may differ, which alone loads nothing.
        for url in ["about:blank", url] {
            call(&format!("{}/url", self.session), &json!({"url": url}));
        }
    }

    fn run(&self, script: &str) -> Value {
        let body = json!({"script": script, "args": []});
        call(&format!("{}/execute/sync", self.session), &body)
    }

    fn text(&self, place: &str) -> String {
        let script = format!("return document.querySelector('{place}')?.innerText ?? ''");
        self.run(&script).as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    fn wait_for_text(&self, place: &str, text: &str) {
        wait_for(text, || self.text(place), |seen| seen.contains(text));
    }

    /// What the console has against the page; that strangers get 401 is meant.
    fn complaints(&self) -> Vec<String> {
        let log = call(&format!("{}/se/log", self.session), &json!({"type": "browser"}));
        let lines = log.as_array().cloned().unwrap_or_default();
        let lines = lines.iter().filter_map(|line| line["message"].as_str());
        lines.filter(|line| !line.contains("status of 401")).map(str::to_owned).collect()
    }

    /// Leaves a picture of what is seen, where one is wanted.
    fn picture(&self, kind: &str) {
        let Ok(file) = std::env::var("PAGE_PNG") else { return };
        let answer = self.devtools("Page.captureScreenshot", &json!({"format": "png"}));
        let picture = STANDARD.decode(answer["data"].as_str().expect("a picture")).expect("base64");
        let file = file.replace(".png", &format!("{kind}.png"));
        std::fs::write(file, picture).expect("written");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = minreq::delete(&self.session).with_timeout(10).send(); // it may be gone already
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// One call of the WebDriver protocol (w3.org/TR/webdriver2).
fn call(url: &str, body: &Value) -> Value {
    let answer = minreq::post(url)
        .with_header("Content-Type", "application/json")
        .with_body(body.to_string())
        .with_timeout(60)
        .send()
        .expect("chromedriver answers");
    let mut said: Value = serde_json::from_slice(answer.as_bytes()).expect("JSON");
    assert_eq!(answer.status_code, 200, "{url} {body}: {said}");
    said["value"].take()
}
