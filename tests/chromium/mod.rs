//! Headless Chromium, driven through chromedriver's HTTP API.

use super::cinema::wait_for;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A browser of its own, gone when dropped.
pub(crate) struct Browser {
    driver: Child,
    session: String,
}

impl Browser {
    pub(crate) fn start(scheme: &str, width: u32) -> Self {
        // The port that it was given for IPv4 may be somebody's for IPv6.
        let (driver, port) = (0..5).find_map(|_| driver()).expect("its port");
        let base = format!("http://127.0.0.1:{port}");
        let dark = if scheme == "dark" { "--force-dark-mode" } else { "--force-light" };
        let args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", dark];
        let options = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": args},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let answer = call(&format!("{base}/session"), &options);
        let id = answer["sessionId"].as_str().expect("a session");
        let browser = Self { driver, session: format!("{base}/session/{id}") };
        browser.size(width, 1200);
        browser.devtools(
            "Emulation.setEmulatedMedia",
            &json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
        );
        browser
    }

    /// Makes the window this large.
    pub(crate) fn size(&self, width: u32, height: u32) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}),
        );
    }

    fn devtools(&self, command: &str, params: &Value) -> Value {
        let body = json!({"cmd": command, "params": params});
        call(&format!("{}/goog/cdp/execute", self.session), &body)
    }

    pub(crate) fn open(&self, url: &str) {
        // Only the fragment may differ, which alone loads nothing.
        for url in ["about:blank", url] {
            call(&format!("{}/url", self.session), &json!({"url": url}));
        }
    }

    /// Loads the page anew, and comes back once it was: until then a script would still see the old one.
    pub(crate) fn reload(&self) {
        call(&format!("{}/refresh", self.session), &json!({}));
    }

    /// Runs this in each page that is opened, before its own scripts.
    pub(crate) fn before_each_page(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({"source": script}));
    }

    pub(crate) fn run(&self, script: &str) -> Value {
        let body = json!({"script": script, "args": []});
        call(&format!("{}/execute/sync", self.session), &body)
    }

    /// Clicks with the mouse what a person would name so: by the text or the label of a button in
    /// `place`.
    #[track_caller]
    pub(crate) fn click(&self, place: &str, name: &str) {
        let script = format!(
            "return [...document.querySelectorAll('{place} button, {place} summary')].find((it) => \
             (it.ariaLabel || it.textContent) === '{name}' && it.checkVisibility())"
        );
        // It may be drawn anew just now, or lie under a message.
        let click = || {
            let found = self.run(&script);
            let id = found.as_object()?.values().next()?.as_str()?.to_owned();
            let url = format!("{}/element/{id}/click", self.session);
            try_call(&url, &json!({})).ok()
        };
        wait_for(name, click, Option::is_some);
    }

    /// Chooses in a list.
    pub(crate) fn choose(&self, id: &str, value: &str) {
        self.run(&format!(
            "const list = document.getElementById('{id}'); list.value = '{value}'; \
             list.dispatchEvent(new Event('change'))"
        ));
    }

    /// Presses and lets go of a key.
    pub(crate) fn press(&self, key: &str) {
        let steps =
            [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})];
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": steps});
        call(&format!("{}/actions", self.session), &json!({"actions": [keyboard]}));
    }

    /// Types into what has the focus.
    pub(crate) fn type_text(&self, text: &str) {
        self.devtools("Input.insertText", &json!({"text": text}));
    }

    /// Lets pages write the clipboard and read it.
    pub(crate) fn allow_the_clipboard(&self) {
        let both = ["clipboardReadWrite", "clipboardSanitizedWrite"];
        self.devtools("Browser.grantPermissions", &json!({"permissions": both}));
    }

    /// The label of what has the focus.
    pub(crate) fn focus(&self) -> String {
        let script =
            "const it = document.activeElement; return it.ariaLabel || it.id || it.tagName";
        self.run(script).as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn text(&self, place: &str) -> String {
        let script = format!("return document.querySelector('{place}')?.innerText ?? ''");
        self.run(&script).as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(crate) fn wait_for_text(&self, place: &str, text: &str) {
        wait_for(text, || self.text(place), |seen| seen.contains(text));
    }

    /// What the console has against the page; that strangers get 401 is meant.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = call(&format!("{}/se/log", self.session), &json!({"type": "browser"}));
        let lines = log.as_array().cloned().unwrap_or_default();
        let lines = lines.iter().filter_map(|line| line["message"].as_str());
        lines.filter(|line| !line.contains("status of 401")).map(str::to_owned).collect()
    }

    /// Leaves a picture of what is seen, where one is wanted.
    pub(crate) fn picture(&self, kind: &str) {
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

/// A chromedriver and its port; `None` where it finds none.
fn driver() -> Option<(Child, u16)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .spawn()
        .expect("chromedriver is missing: apt-get install chromium chromium-driver");
    let said = BufReader::new(driver.stdout.take().expect("its words"));
    let port = said.lines().map_while(Result::ok).find_map(|line| {
        let (_, rest) = line.split_once("successfully on port ")?;
        rest.trim_end_matches('.').parse().ok()
    });
    if port.is_none() {
        let _ = driver.kill(); // it may have ended already
        let _ = driver.wait();
    }
    port.map(|port| (driver, port))
}

/// One call of the WebDriver protocol (w3.org/TR/webdriver2).
fn call(url: &str, body: &Value) -> Value {
    try_call(url, body).unwrap_or_else(|said| panic!("{url} {body}: {said}"))
}

/// The same where it may be refused; then with why.
fn try_call(url: &str, body: &Value) -> Result<Value, Value> {
    let answer = minreq::post(url)
        .with_header("Content-Type", "application/json")
        .with_body(body.to_string())
        .with_timeout(60)
        .send()
        .expect("chromedriver answers");
    let mut said: Value = serde_json::from_slice(answer.as_bytes()).expect("JSON");
    let value = said["value"].take();
    if answer.status_code == 200 { Ok(value) } else { Err(value) }
}
