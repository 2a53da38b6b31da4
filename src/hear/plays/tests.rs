//! What follows from answers in a row, in tables, and from a stand-in that plays.

use super::*;
use crate::webhook;
use standin::jellyfin::{Dialect, Jellyfin, KEY, Kind, Title};
use standin::trakt::Request;

/// A Tuesday evening, at a full five minutes.
const BEGIN: u64 = 1_795_550_400_000;

/// A server with people at players, and who listens to it.
struct Rig {
    server: Jellyfin,
    plays: Plays,
    now: u64,
    /// What was told, each with its second: `120 mara start 0:10`.
    told: Vec<String>,
    /// What was told last of what is open, or listed though its player is gone.
    last: Option<Event>,
}

fn at(now: u64) -> standin::Time {
    standin::Time(BEGIN + now)
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

impl Rig {
    fn new(dialect: Dialect) -> Self {
        let mut server = Jellyfin::new(dialect);
        for (name, kind, runtime) in [
            ("Film", Kind::Movie, minutes(100)),
            ("Other", Kind::Movie, minutes(100)),
            ("Ad", Kind::Other("Trailer"), minutes(2)),
            ("Song", Kind::Other("Audio"), minutes(3)),
            ("News", Kind::Other("TvChannel"), Duration::ZERO),
            ("Theme", Kind::Other("Video"), minutes(1)),
        ] {
            server.add(Title { kind, name: name.into(), runtime, ..Title::default() });
        }
        let source = if dialect.is_emby() { Source::Emby } else { Source::Jellyfin };
        let plays = Plays::new(source);
        let mut rig = Self { server, plays, now: 0, told: Vec::new(), last: None };
        rig.poll(); // nobody plays yet
        rig
    }

    /// Somebody does something in this moment.
    fn then(&mut self, act: impl FnOnce(&mut Jellyfin, standin::Time)) -> &mut Self {
        act(&mut self.server, at(self.now));
        self
    }

    fn play(&mut self, label: &str, place: Duration) -> &mut Self {
        self.then(|server, now| server.play("den", "mara", label, place, now))
    }

    /// So many seconds pass, in which the server is asked every ten.
    fn pass(&mut self, seconds: u64) -> &mut Self {
        for _ in 0..seconds / 10 {
            self.now += 10_000;
            self.poll();
        }
        self
    }

    fn ask(&mut self, target: &str) -> (Vec<u8>, Option<Time>) {
        let request = Request::new("GET", target);
        let request = if self.server.options.dialect.is_emby() {
            request.with("X-Emby-Token", KEY)
        } else {
            request.with("Authorization", &format!("MediaBrowser Token=\"{KEY}\""))
        };
        let answer = self.server.answer(&request, at(self.now));
        assert_eq!(answer.status, 200, "{target}");
        let there = self.now.saturating_add_signed(self.server.options.skew_ms);
        (answer.body, Some(Time((BEGIN + there) / 1000 * 1000)))
    }

    fn poll(&mut self) {
        let looked_after = self.plays.to_look_after();
        for (user, item) in looked_after {
            let (body, _) = self.ask(&format!("/Items?Ids={item}&UserId={user}"));
            let answer: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
            let ticks = answer["Items"][0]["UserData"]["PlaybackPositionTicks"].as_u64();
            self.plays.kept(&user, &item, ticks.expect("it is there") / 10_000, self.steady());
        }
        let (body, there) = self.ask("/Sessions");
        self.hear(&webhook::sessions(&body).expect("a list"), there);
    }

    fn hear(&mut self, sessions: &Sessions, there: Option<Time>) {
        let moment = Moment { steady: self.steady(), there };
        let events = self.plays.hear("its-id", sessions, moment);
        let seconds = self.now / 1000;
        for event in &events {
            let is_over = matches!(event.action, Action::Stop { .. }) && !event.is_guess;
            self.last = (!is_over).then(|| event.clone());
        }
        self.told.extend(events.iter().map(|event| {
            let at = event
                .position_ms
                .map_or("?".to_owned(), |ms| format!("{}:{:02}", ms / 60_000, ms / 1000 % 60));
            let word = if event.is_guess { "died" } else { event.action.word() };
            format!("{seconds} {} {word} {at}", event.user.name)
        }));
    }

    fn steady(&self) -> Duration {
        Duration::from_millis(self.now)
    }

    /// The process ends and begins anew: of what plays it knows what it told last.
    fn restart(&mut self) -> &mut Self {
        self.plays = Plays::new(self.plays.source);
        self.plays.take_over(self.last.as_slice(), self.steady());
        self
    }

    /// What was told since the last look, progress left out.
    fn told(&mut self) -> Vec<String> {
        let mut told = std::mem::take(&mut self.told);
        told.retain(|line| !line.contains(" progress "));
        told
    }
}

#[test]
fn a_film_is_heard_from_start_to_stop() {
    for dialect in Dialect::ALL {
        let mut rig = Rig::new(dialect);
        rig.now += 4_000;
        rig.play("Film", Duration::ZERO).pass(20);
        rig.then(|server, now| server.pause("den", now)).pass(3_600);
        rig.then(|server, now| server.resume("den", now)).pass(30);
        rig.then(|server, now| server.seek("den", minutes(80), now)).pass(10);
        rig.then(|server, now| server.stop("den", now)).pass(30);
        // Where it was when the player last said so: at the start, the pause, the seek and the stop.
        let expected = [
            "14 mara start 0:10",
            "34 mara pause 0:20",
            "3634 mara resume 0:30",
            "3664 mara resume 80:10",
            "3684 mara stop 80:10",
        ];
        assert_eq!(rig.told(), expected, "{dialect:?}");
    }
}

#[test]
fn a_position_is_the_players_word_and_not_the_servers_guess() {
    let mut rig = Rig::new(Dialect::Jellyfin10_11);
    rig.play("Film", Duration::ZERO);
    rig.now += 8_000; // two seconds before the player reports again
    rig.poll();
    rig.now += 10_000;
    rig.poll();
    assert_eq!(rig.told, ["8 mara start 0:00", "18 mara progress 0:10"]);
    rig.told.clear();
    rig.then(|server, now| server.die("den", now));
    rig.pass(200);
    assert_eq!(rig.told, [""; 0], "it has said nothing more");
}

#[test]
fn a_player_that_died_has_stopped_where_it_last_was() {
    for dialect in Dialect::ALL {
        let mut rig = Rig::new(dialect);
        rig.play("Film", minutes(80)).pass(240);
        rig.then(|server, now| server.die("den", now)).pass(900);
        let furthest = rig.told.iter().filter_map(|line| line.split(" progress ").nth(1)).max();
        let most = if dialect.is_emby() { "85:40" } else { "84:00" };
        assert!(furthest.is_some_and(|furthest| furthest <= most), "{dialect:?}: {furthest:?}");
        let told = rig.told();
        assert_eq!(told.len(), 2, "{dialect:?}: {told:?}");
        assert_eq!(told[0], "10 mara start 80:10", "{dialect:?}");
        assert!(told[1].ends_with(" mara died 84:00"), "{dialect:?}: {told:?}");
        let played = rig.server.user_data("mara", "Film").map(|data| data.played);
        assert_eq!(played, Some(true), "the server believes otherwise");
    }
}

#[test]
fn a_player_that_died_before_a_restart_has_stopped_where_it_last_was() {
    for dialect in Dialect::ALL {
        // Soon after its death, when nobody doubts yet that it plays, and when somebody would.
        for (lived, dead) in [(240, 10), (240, 60), (240, 150), (20, 60)] {
            let mut rig = Rig::new(dialect);
            rig.play("Film", minutes(70)).pass(lived);
            rig.then(|server, now| server.die("den", now)).pass(dead);
            rig.now += 40_000; // nobody listens
            let told = rig.told();
            assert_eq!(told.len(), 1, "{dialect:?}, {lived}, {dead}: {told:?}");
            rig.restart().pass(900);
            let told = rig.told();
            let end = format!(" died {}:{:02}", 70 + lived / 60, lived % 60);
            assert!(told.len() == 1 && told[0].ends_with(&end), "{dialect:?}, {dead}: {told:?}");
        }
    }
}

#[test]
fn a_player_whose_death_was_told_stays_dead_over_a_restart_until_it_reports() {
    for dialect in Dialect::ALL {
        for comes_back in [false, true] {
            let mut rig = Rig::new(dialect);
            rig.play("Film", minutes(70)).pass(250);
            rig.then(|server, now| server.die("den", now)).pass(310);
            let told = rig.told();
            assert!(told[1].ends_with(" mara died 74:10"), "{dialect:?}: {told:?}");
            rig.told.clear();
            rig.restart().pass(10);
            assert_eq!(rig.told, [""; 0], "{dialect:?}");
            if comes_back {
                rig.then(|server, now| server.seek("den", minutes(76), now)).pass(10);
                assert!(rig.told[0].contains(" mara resume 76:"), "{dialect:?}: {:?}", rig.told);
            } else {
                rig.pass(900);
                assert_eq!(rig.told, [""; 0], "{dialect:?}");
            }
        }
    }
}

#[test]
fn a_player_that_lives_plays_on_over_a_restart() {
    for dialect in Dialect::ALL {
        for place in [0, 30, 89] {
            let mut rig = Rig::new(dialect);
            rig.play("Film", minutes(place)).pass(60);
            rig.now += 40_000;
            rig.restart();
            rig.told.clear();
            rig.pass(10);
            let progress = format!("110 mara progress {}:50", place + 1);
            assert_eq!(rig.told, [progress], "{dialect:?}");
            rig.pass(400);
            rig.then(|server, now| server.seek("den", minutes(95), now)).pass(20);
            rig.then(|server, now| server.stop("den", now)).pass(20);
            let told = rig.told();
            let expected = ["520 mara resume 95:10", "550 mara stop 95:20"];
            assert_eq!(told, expected, "{dialect:?}, {place}");
        }
    }
}

#[test]
fn a_player_whose_server_ends_it_first_has_died_too() {
    for dialect in Dialect::ALL {
        let mut rig = Rig::new(dialect);
        // The server looks every five minutes, and ends it after ten seconds more of silence.
        rig.play("Film", minutes(80)).pass(290);
        rig.then(|server, now| server.die("den", now)).pass(600);
        let told = rig.told();
        assert_eq!(told.len(), 2, "{dialect:?}: {told:?}");
        assert!(told[1].contains(" mara died 84:"), "{dialect:?}: {told:?}");
    }
}

#[test]
fn an_emby_that_moves_no_position_is_believed() {
    let mut rig = Rig::new(Dialect::Emby);
    rig.play("Film", minutes(80));
    rig.pass(20);
    for play in &mut rig.plays.known {
        play.kept = Some(Kept::after(None, 5, Duration::ZERO));
    }
    rig.now += 1_000_000;
    let (body, there) = rig.ask("/Sessions");
    rig.hear(&webhook::sessions(&body).unwrap(), there);
    assert_eq!(rig.told(), ["10 mara start 80:10"]);
}

#[test]
fn an_emby_that_was_not_asked_for_a_while_moves_its_position_all_the_same() {
    let mut rig = Rig::new(Dialect::Emby);
    rig.play("Film", minutes(88)).pass(60);
    rig.now += 150_000; // so long nobody asks where it would go on
    let (body, there) = rig.ask("/Sessions");
    rig.hear(&webhook::sessions(&body).unwrap(), there);
    rig.then(|server, now| server.stop("den", now)).pass(20);
    assert_eq!(rig.told(), ["10 mara start 88:10", "230 mara stop 91:30"]);
}

#[test]
fn who_was_heard_until_lately_may_have_come_to_the_end() {
    for dialect in Dialect::ALL {
        let mut rig = Rig::new(dialect);
        let stop = |rig: &Rig, at: u64| {
            let play = &rig.plays.known[0];
            let stop = play.event(rig.plays.source, Action::Stop { completed: false });
            Event { position_ms: Some(at * 60_000), ..stop }
        };
        rig.play("Film", minutes(84)).pass(60);
        let later = |rig: &Rig, seconds| rig.steady() + Duration::from_secs(seconds);
        let may =
            |rig: &Rig, stop: &Event, seconds| rig.plays.may_be_played(stop, later(rig, seconds));
        let late = stop(&rig, 85);
        assert!(may(&rig, &late, 60), "{dialect:?}");
        assert!(!may(&rig, &late, 240), "{dialect:?}: the server may have ended it");
        assert!(!may(&rig, &stop(&rig, 79), 60), "{dialect:?}: a fifth is skipped by nobody");
        assert!(!may(&rig, &Event { is_guess: true, ..late.clone() }, 60), "{dialect:?}: it died");
        let completed = Action::Stop { completed: true };
        assert!(!may(&rig, &Event { action: completed, ..late.clone() }, 60), "{dialect:?}");
        let mut begins = Rig::new(dialect);
        begins.plays.take_over(std::slice::from_ref(&late), begins.steady());
        assert!(!may(&begins, &late, 20), "{dialect:?}: it may have been over before");
    }
}

#[test]
fn a_player_that_comes_back_goes_on() {
    for dialect in [Dialect::Jellyfin12, Dialect::Emby] {
        let mut rig = Rig::new(dialect);
        rig.play("Film", minutes(20)).pass(60);
        rig.then(|server, now| server.die("den", now)).pass(330);
        let told = rig.told();
        assert!(told[1].ends_with(" mara died 21:00"), "{dialect:?}: {told:?}");
        // It was only out of reach, and its viewer has gone on.
        rig.then(|server, now| server.seek("den", minutes(26), now)).pass(10);
        rig.then(|server, now| server.stop("den", now)).pass(20);
        let told: Vec<String> = rig.told();
        assert!(told[0].contains(" mara resume 26:"), "{dialect:?}: {told:?}");
    }
}

#[test]
fn who_begins_it_again_at_a_player_that_was_in_doubt_is_heard_at_once() {
    for dialect in Dialect::ALL {
        for place in [0, 30, 24] {
            let mut rig = Rig::new(dialect);
            rig.play("Film", minutes(20)).pass(240);
            rig.then(|server, now| server.die("den", now)).pass(150);
            rig.then(|server, now| server.stop("den", now)).pass(30);
            rig.told.clear();
            rig.play("Film", minutes(place)).pass(10);
            let begins = if place < 24 { "start" } else { "resume" };
            assert_eq!(rig.told, [format!("430 mara {begins} {place}:10")], "{dialect:?}");
            rig.pass(200);
            assert_eq!(rig.told.len(), 21, "{dialect:?}, {place}: {:?}", rig.told);
        }
    }
}

#[test]
fn each_person_at_a_player_has_a_play() {
    let mut rig = Rig::new(Dialect::Jellyfin10_11);
    rig.play("Film", minutes(1));
    rig.then(|server, _| server.join("den", "jo")).pass(20);
    rig.then(|server, now| server.stop("den", now)).pass(20);
    let expected =
        ["10 mara start 1:10", "10 jo start 1:10", "40 mara stop 1:20", "40 jo stop 1:20"];
    assert_eq!(rig.told(), expected);
}

#[test]
fn what_a_session_goes_on_to_ends_what_it_had_at_once() {
    let mut rig = Rig::new(Dialect::Jellyfin10_11);
    rig.play("Film", minutes(90)).pass(10);
    rig.play("Other", Duration::ZERO).pass(10);
    let expected = ["10 mara start 90:10", "20 mara stop 90:10", "20 mara start 0:10"];
    assert_eq!(rig.told(), expected);
}

#[test]
fn what_is_begun_anew_unseen_jumps_to_its_beginning() {
    let mut rig = Rig::new(Dialect::Jellyfin10_11);
    rig.play("Film", minutes(95)).pass(20);
    rig.then(|server, now| server.stop("den", now));
    rig.play("Film", Duration::ZERO).pass(10);
    assert_eq!(rig.told(), ["10 mara start 95:10", "30 mara resume 0:10"]);
}

#[test]
fn what_plays_in_the_first_answer_is_taken_up_where_it_is() {
    let mut rig = Rig::new(Dialect::Jellyfin10_11);
    rig.plays = Plays::new(Source::Jellyfin);
    rig.play("Film", minutes(30));
    rig.then(|server, now| server.play("attic", "jo", "Other", minutes(50), now));
    rig.then(|server, now| server.pause("attic", now));
    rig.then(|server, now| server.play("shed", "ann", "Other", minutes(50), now));
    rig.then(|server, now| server.die("shed", now));
    rig.server.options.reports_in_pause = true;
    rig.now += 301_000;
    let expected = ["301 mara progress 35:00", "301 jo progress (paused) 50:00"].map(str::to_owned);
    rig.poll();
    assert_eq!(rig.told, expected, "and nobody sits at the one that is silent");
    rig.told.clear();
    rig.pass(600);
    assert!(!rig.told.iter().any(|line| line.contains(" ann ")), "{:?}", rig.told);
}

#[test]
fn what_was_open_and_is_gone_ends_where_it_was_last_reported() {
    let mut rig = Rig::new(Dialect::Jellyfin10_11);
    rig.play("Film", minutes(30)).pass(60);
    let mut open = Vec::new();
    let (body, _) = rig.ask("/Sessions");
    let here = webhook::sessions(&body).unwrap().playing.remove(0);
    for (device, name, place) in [("", "DEN", 31), ("gone", "gone", 84)] {
        open.push(Event {
            source: Source::Jellyfin,
            action: Action::Start,
            server: here.server.clone(),
            user: here.users[0].clone(),
            player: Player { id: device.into(), name: name.into() },
            library: None,
            item: here.item.clone().unwrap(),
            position_ms: Some(place * 60_000),
            is_guess: false,
        });
    }
    open[1].item.key = rig.server.item("Other").unwrap();
    let mut renamed = open[0].clone();
    renamed.player = Player { id: "7".into(), name: "7".into() };
    open.push(renamed);
    rig.plays = Plays::new(Source::Jellyfin);
    rig.plays.take_over(&open, rig.steady());
    rig.told.clear();
    rig.pass(20);
    let expected = ["70 mara progress 31:10", "80 mara stop 84:00", "80 mara progress 31:20"];
    assert_eq!(rig.told, expected, "what goes by another name there has not ended");
}

#[test]
fn what_is_no_film_and_no_episode_is_not_told() {
    for label in ["Ad", "Song", "News", "Theme"] {
        let mut rig = Rig::new(Dialect::Emby);
        rig.play(label, Duration::ZERO).pass(30);
        rig.then(|server, now| server.stop("den", now)).pass(30);
        assert_eq!(rig.told, [""; 0], "{label}");
    }
}

#[test]
fn what_nobody_plays_is_nobodys() {
    let mut plays = Plays::new(Source::Jellyfin);
    let json = br#"[{"Id":"s","DeviceId":"d","NowPlayingItem":{"Id":"i","Type":"Movie"}},
        {"Id":"t","UserId":"u","DeviceId":"d","NowPlayingItem":{"Type":"Movie"}}]"#;
    let moment = Moment { steady: Duration::ZERO, there: None };
    assert_eq!(plays.hear("s1", &webhook::sessions(json).unwrap(), moment), []);
    let json =
        br#"[{"Id":"t","UserId":"u","DeviceId":"d","NowPlayingItem":{"Id":"i","Type":"Movie"}}]"#;
    let told = plays.hear("s1", &webhook::sessions(json).unwrap(), moment);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].server, "s1", "the server's own id stands in");
}

#[test]
fn one_answer_without_it_is_no_end() {
    let mut rig = Rig::new(Dialect::Jellyfin10_11);
    rig.play("Film", minutes(30)).pass(10);
    rig.told();
    rig.now += 10_000;
    rig.hear(&Sessions::default(), None);
    rig.pass(30);
    assert_eq!(rig.told(), [""; 0]);
    rig.hear(&Sessions::default(), None);
    rig.now += 10_000;
    rig.hear(&Sessions::default(), None);
    assert_eq!(rig.told(), ["60 mara stop 30:50"]);
    // A server that was restarted lists a player when it reports again.
    rig.pass(20);
    assert_eq!(rig.told(), ["70 mara resume 31:10"]);
    rig.hear(&Sessions::default(), None);
    rig.hear(&Sessions::default(), None);
    rig.then(|server, now| server.seek("den", Duration::ZERO, now)).pass(10);
    assert_eq!(rig.told(), ["80 mara stop 31:20", "90 mara start 0:10"], "that is begun anew");
    rig.hear(&Sessions::default(), None);
    rig.hear(&Sessions::default(), None);
    rig.now += 910_000;
    rig.hear(&Sessions::default(), None);
    rig.pass(10);
    assert_eq!(rig.told(), ["90 mara stop 0:10", "1010 mara start 15:30"], "it is long ago");
}

#[test]
fn a_wrong_clock_ends_nothing() {
    type Clock = fn(Time) -> Option<Time>;
    let clocks: [(&str, Clock); 3] = [
        ("a proxy's that is ahead", |there| Some(there.after(minutes(30)))),
        ("a proxy's that is behind", |there| Some(there.before(minutes(30)))),
        ("none", |_| None),
    ];
    for (name, clock) in clocks {
        let mut rig = Rig::new(Dialect::Jellyfin10_11);
        rig.server.options.skew_ms = 3 * 3_600_000;
        rig.play("Film", minutes(30));
        for _ in 0..60 {
            rig.now += 10_000;
            let (body, there) = rig.ask("/Sessions");
            rig.hear(&webhook::sessions(&body).unwrap(), there.and_then(clock));
        }
        rig.then(|server, now| server.stop("den", now)).pass(20);
        let told = rig.told();
        assert_eq!(told.len(), 2, "{name}: {told:?}");
        let ends = ["stop 39:50", "stop 40:00", "stop 39:40"];
        assert!(ends.iter().any(|end| told[1].ends_with(end)), "{name}: {told:?}");
    }
}

#[test]
fn who_is_paused_does_not_vanish_and_ends_when_it_does() {
    let mut rig = Rig::new(Dialect::Jellyfin10_11);
    rig.server.options.reports_in_pause = false;
    rig.play("Film", minutes(30)).pass(10);
    assert!(rig.plays.is_moving());
    rig.then(|server, now| server.pause("den", now)).pass(10);
    assert!(!rig.plays.is_moving());
    rig.pass(280);
    assert_eq!(rig.told(), ["10 mara start 30:10", "20 mara pause 30:10"]);
    rig.pass(400); // the server ends who is silent for five minutes, paused or not
    let told = rig.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].ends_with(" mara stop 30:10"), "{told:?}");

    let mut rig = Rig::new(Dialect::Jellyfin10_11);
    rig.play("Film", minutes(30)).pass(10);
    rig.then(|server, now| server.pause("den", now)).pass(3_600);
    let signs = rig.told.iter().filter(|line| line.contains("(paused)")).count();
    assert_eq!(signs, 11, "every five minutes");
    assert_eq!(rig.told(), ["10 mara start 30:10", "20 mara pause 30:10"]);
}

/// SplitMix64.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Whatever players do, however often they are asked after and whenever this process is restarted: no
/// position is one where the player has not been. At Emby that is not known before its player is in doubt, nor in
/// the first minute or the first twentieth.
#[test]
fn no_position_is_beyond_where_the_player_was() {
    for mut seed in 0..300 {
        let dialect = Dialect::ALL[usize::try_from(next(&mut seed) % 4).unwrap()];
        let mut rig = Rig::new(dialect);
        let longest = 30_000;
        let guessed = if dialect.is_emby() { ms(DOUBT) + 2 * longest } else { 2_000 };
        let (mut truth, mut is_alive, mut is_paused, mut is_on) = (0_u64, false, false, false);
        let (mut furthest, mut begun) = (0, 0);
        for _ in 0..200 {
            match next(&mut seed) % 12 {
                0 if !is_on => {
                    truth = (6 + next(&mut seed) % 74) * 60_000;
                    (is_on, is_alive, is_paused, furthest) = (true, true, false, truth);
                    begun = rig.now;
                    rig.play("Film", Duration::from_millis(truth));
                }
                1 if is_on && is_alive => {
                    is_paused = !is_paused;
                    rig.then(|server, now| {
                        if is_paused { server.pause("den", now) } else { server.resume("den", now) }
                    });
                }
                2 if is_on && is_alive => {
                    truth = (6 + next(&mut seed) % 74) * 60_000;
                    furthest = truth;
                    rig.then(|server, now| server.seek("den", Duration::from_millis(truth), now));
                }
                3 if is_on && (!dialect.is_emby() || rig.now > begun + 60_000) => {
                    is_alive = false;
                    rig.then(|server, now| server.die("den", now));
                }
                4 if is_on => {
                    is_on = false;
                    rig.then(|server, now| server.stop("den", now));
                }
                _ => {}
            }
            if next(&mut seed).is_multiple_of(20) {
                rig.restart();
            }
            let step = 1_000 + next(&mut seed) % (longest - 1_000);
            if is_on && is_alive && !is_paused {
                truth += step;
                furthest = furthest.max(truth);
            }
            rig.now += step;
            let before = rig.told.len();
            rig.poll();
            for line in &rig.told[before..] {
                let (_, place) = line.rsplit_once(' ').unwrap();
                let (minute, second) = place.split_once(':').unwrap();
                let place: u64 =
                    minute.parse::<u64>().unwrap() * 60 + second.parse::<u64>().unwrap();
                assert!(
                    place * 1000 <= furthest + guessed,
                    "{line} at {furthest}: {:#?}",
                    rig.told
                );
            }
        }
    }
}
