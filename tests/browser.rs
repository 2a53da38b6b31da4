//! The page in a real browser: headless Chromium, driven through chromedriver.
//!
//! `cargo test --test browser -- --ignored` (needs `chromium` and `chromedriver` on the path, and
//! fails without). With `PAGE_PNG=docs/page.png` it leaves a picture of the page there, and others
//! of other lights and widths beside it.

#![cfg(test)]

mod chromium;
mod cinema;

use chromium::Browser;
use cinema::{Cinema, account, wait_for};
use scrobbled::clock::Clock;
use scrobbled::control::Request;
use scrobbled::demo::Fault;
use scrobbled::event::Source;

const PLAY: &str = include_str!("payloads/plex/movie_play.json");
const TRAILER: &str = include_str!("payloads/plex/trailer_clip_play_ignore.json");
const WATCHED: &str = include_str!("payloads/jellyfin/episode_stop_position_zero_completed.json");
const STRANGER: &str = include_str!("payloads/plex/shared_user_special_pause.json");
const TAB: &str = "\u{e004}";

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
    browser.wait_for_text("#accounts", "login needed");
    browser
}

/// The control on which the keyboard is, by its label; nothing where it shows no outline.
const FOCUSED: &str = "const it = document.activeElement; const style = getComputedStyle(it); \
    return style.outlineStyle === 'none' ? '' : it.id || it.ariaLabel || it.textContent";
/// All that can be clicked or typed into.
const CONTROLS: &str = "return [...document.querySelectorAll('a[href], button, input, select, \
    textarea, summary')].filter((it) => it.checkVisibility() && !it.disabled)\
    .map((it) => it.id || it.ariaLabel || it.textContent)";

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_link_signs_in_once_and_leaves_the_address_bar() {
    let cinema = evening();
    let browser = Browser::start("light", 900);
    let home = format!("http://{}/", cinema.address());
    browser.open(&home);
    browser.wait_for_text("body", "Open the sign-in link");
    let link = format!("{home}#{}", cinema.invitation());
    browser.open(&link);
    browser.wait_for_text("#events", "trailers, clips and extras are not scrobbled");
    assert_eq!(browser.run("return location.hash"), "", "the token leaves the address bar");
    let late = Browser::start("light", 900);
    late.open(&link);
    late.wait_for_text("body", "This link does not open");
    browser.click("header", "Sign out");
    browser.wait_for_text("body", "Open the sign-in link");
    browser.open(&link);
    browser.wait_for_text("body", "This link does not open");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_person_connects_and_sees_and_does_everything() {
    let cinema = evening();
    cinema.trakt.order(Fault::status(420).on("POST", "/scrobble/stop"));
    let browser = signed_in(&cinema, "light", 900);
    browser.wait_for_text("#playing", "The Salt Road");
    browser.wait_for_text("#outbox", "(2)");
    browser.wait_for_text("#outbox", "Harbour Nine");
    browser.wait_for_text("#unlisted", "jo.guest@example.net");
    let line = "return document.querySelector('#unlisted input').value";
    assert_eq!(browser.run(line), "plex = [\"jo.guest@example.net\"]");

    browser.click("#accounts", "Connect the account mara");
    browser.wait_for_text("#connect", "Waiting for Trakt");
    assert_eq!(browser.run("return document.querySelectorAll('#qr svg path').length"), 2);
    let code = browser.text("#code");
    let link = browser.run("return document.getElementById('connect-url').href");
    assert_eq!(link, format!("{}/activate/{code}", cinema.trakt.url()));
    browser.picture("-connect");
    cinema.trakt.with(|trakt| trakt.approve(Some(&code), "demo"));
    browser.wait_for_text("#accounts", "connected to Trakt as demo");

    browser.wait_for_text("#parked", "(1)");
    browser.wait_for_text("#parked", "Harbour Nine");
    browser.picture("-parked");
    browser.click("#parked", "Send Harbour Nine 2x07 again");
    browser.wait_for_text("#plays", "(1)");
    browser.wait_for_text("#outbox", "Nothing waits");
    assert_eq!(browser.run("return document.querySelectorAll('#bars i:not(.none)').length"), 1);
    assert_eq!(browser.run("return document.getElementById('parked').hidden"), true);

    for (list, value, gone) in [
        ("by-source", "jellyfin", "The Salt Road"),
        ("by-user", "mara.finch", "Harbour Nine 2x07"),
        ("by-outcome", "ignored", "Harbour Nine 2x07"),
    ] {
        let rows = || browser.text("#events .rows");
        wait_for("all events", rows, |rows| rows.contains(gone));
        browser.choose(list, value);
        let left = wait_for(list, rows, |rows| !rows.contains(gone));
        assert!(left.contains(value), "{left}");
        browser.choose(list, "");
    }

    browser.wait_for_text("#webhooks", "Never had a webhook from Emby");
    browser.wait_for_text("#webhooks", "last heard");
    let url = || browser.run("return document.querySelector('#webhooks input').value");
    let before = url();
    browser.click("#webhooks", "Copy the Plex address");
    browser.wait_for_text("#toast", "Copied.");
    browser.run("window.confirm = () => true");
    browser.click("#webhooks", "New address for Plex");
    let after = wait_for("a new address", url, |now| *now != before);
    assert_eq!(after, cinema.control(Request::Urls)["plex"][0], "the new address is shown");

    let bar = || browser.run("return document.querySelector('#playing progress').value");
    let at = bar().as_f64().unwrap_or_default();
    wait_for("the bar to move", bar, |now| now.as_f64().is_some_and(|now| now > at));
    wait_for("the message to go", || browser.text("#toast"), String::is_empty);
    browser.run("scrollTo(0, 0)");
    browser.picture("");
    assert_eq!(browser.complaints(), Vec::<String>::new(), "the console is clean");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn every_control_is_reached_by_keyboard_in_any_light_and_width() {
    let cinema = evening();
    let mut backgrounds = Vec::new();
    for (scheme, width) in [("light", 390), ("dark", 390), ("dark", 900)] {
        let browser = signed_in(&cinema, scheme, width);
        browser.picture(&format!("-{scheme}-{width}"));
        let wide = browser.run("return document.documentElement.scrollWidth > innerWidth");
        assert_eq!(wide, false, "nothing sticks out at {width} pixels");
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
    let cinema = Cinema::with_config("[scrobble]\nwatched_at = 90 # credits\nmarks = true\n");
    for (scheme, width) in [("light", 900), ("dark", 390)] {
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
        save("scrobble.force_stop_at", "value = '12'");
        browser.wait_for_text("#settings", "scrobble.force_stop_at is 12, but takes 50 to 100 (%)");
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
        browser.wait_for_text("#settings", "systemctl reload scrobbled");
    }
}
