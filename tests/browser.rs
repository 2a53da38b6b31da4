//! The page in a real browser: headless Chromium, driven through chromedriver.
//!
//! `cargo test --test browser -- --ignored` (needs `chromium` and `chromedriver` on the path). With
//! `PAGE_PNG=FILE` it leaves a picture of the page there; `-dark` and `-phone` ones beside it.

#[cfg(test)]
mod chromium;
#[cfg(test)]
mod cinema;

use chromium::Browser;
use cinema::{Cinema, account, wait_for};
use scrobbled::clock::Clock;
use scrobbled::control::Request;
use scrobbled::event::Source;

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

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_person_changes_settings_by_hand_and_sees_what_is_refused() {
    let cinema = Cinema::with_config("[scrobble]\nwatched_at = 90 # credits\nmarks = true\n");
    for (scheme, width) in [("light", 900), ("dark", 390)] {
        let browser = Browser::start(scheme, width);
        browser.open(&format!("http://{}/#{}", cinema.address(), cinema.invitation()));
        browser.wait_for_text("#accounts", "login needed");
        browser.run("document.querySelector('#settings summary').click()");
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
        save("scrobble.force_stop_at", "value = '12'");
        browser.wait_for_text("#toast", "`scrobble.force_stop_at` is 12, but takes 50 to 100 (%)");
        assert!(!cinema.config().contains("force_stop_at"));
        let wide = browser.run("return document.documentElement.scrollWidth > innerWidth");
        assert_eq!(wide, false, "nothing sticks out at {width} pixels");
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
fn without_a_config_file_a_person_is_shown_what_to_write() {
    let cinema = Cinema::open(&Clock::Machine, |_| {});
    let browser = Browser::start("light", 900);
    browser.open(&format!("http://{}/#{}", cinema.address(), cinema.invitation()));
    browser.wait_for_text("#accounts", "login needed");
    browser.run("document.querySelector('#settings summary').click()");
    browser.wait_for_text("#settings", "There is no config file.");
    browser.wait_for_text("#settings", "A stop at or past it is a play.");
    browser.run(
        "const field = document.getElementById('set-scrobble.marks'); field.checked = false; \
         field.form.querySelector('button').click()",
    );
    browser.wait_for_text("#settings pre", "[scrobble]\nmarks = false");
    browser.wait_for_text("#settings", "systemctl reload scrobbled");
}
