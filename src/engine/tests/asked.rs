//! What the server is asked, when, and what its answers do.
//!
//! docs/rules.md names these tests beside the rules.

use super::script::Story;
use crate::engine::Input;
use crate::event::Source::{self, Emby, Jellyfin, Plex};
use crate::event::{Library, Time};
use std::time::Duration;

/// A story at a server that can be asked.
fn askable(source: Source) -> Story {
    Story::of(source).with(|settings| {
        for server in &mut settings.media_servers {
            server.url = "http://server".to_owned();
            server.token = crate::secret::Secret::new("token");
        }
    })
}

#[test]
fn rule_3_a_missing_position_is_asked_for() {
    use crate::probe::About::{self, Position};
    use crate::probe::ProbeAnswer::{self, Nothing};
    use crate::probe::Watched;
    let at = |minute: u64| Time(1_764_000_000_000 + minute * 60_000);
    let counted = |at| ProbeAnswer::Watched(Watched::Counted(at));
    let begun = ProbeAnswer::Watched(Watched::Began { at: at(0), first: true, stopped: None });
    let cases = [
        ("a start", "play", Position, ProbeAnswer::Position(2_400_000), "start 40"),
        ("a start that nobody knows of", "play", Position, Nothing, "start 0"),
        (
            "a pause",
            "play 10, 20 min, pause",
            Position,
            ProbeAnswer::Position(1_500_000),
            "start 10, pause 25",
        ),
        (
            "a stop that was a play",
            "play 10, 20 min, stop",
            About::Watched,
            counted(at(21)),
            "start 10, finish 90",
        ),
        (
            "a stop, played long ago",
            "play 10, 20 min, stop",
            About::Watched,
            counted(Time(1)),
            "start 10, left 30",
        ),
        ("a stop, only begun", "play 10, 20 min, stop", About::Watched, begun, "start 10, left 30"),
        (
            "a stop, nobody knows",
            "play 10, 20 min, stop",
            About::Watched,
            Nothing,
            "start 10, left 30",
        ),
    ];
    for (name, steps, about, found, expected) in cases {
        let mut story = askable(Plex);
        story.go(steps);
        let asked = story.last.ask.clone();
        assert_eq!(asked.len(), 1, "{name}: {asked:?}");
        assert_eq!(asked[0].about, about, "{name}");
        story.hand_in(&Input::Answer { number: asked[0].number, found });
        story.go("8 s");
        assert_eq!(story.told.join(", "), expected, "{name}: {steps}");
    }
}

#[test]
fn rule_3_an_answer_that_never_comes_changes_nothing() {
    let told = askable(Plex).tell("play, 3 s, restart, 5 s, pause 20, 9 s");
    assert_eq!(told, "start 0, pause 20", "across a restart too");
    let told = askable(Plex).tell("play, 1 s, pause 20, 9 s");
    assert_eq!(told, "start 0, pause 20", "the player's next word comes first");
    let silent = askable(Plex).with(|settings| {
        settings.servers_mut(Plex).for_each(|plex| plex.probe_session_progress = false);
    });
    assert_eq!(silent.tell("play, 2 s"), "start 0", "switched off");
}

#[test]
fn rule_16_the_server_is_asked_how_a_session_ended() {
    use crate::probe::{About, ProbeAnswer, Watched};
    let end = |script: &str, found| {
        let mut story = askable(Jellyfin);
        story.go(script);
        let asked = story.last.ask.clone();
        assert_eq!(asked.len(), 1, "{script}: {asked:?}");
        assert_eq!(asked[0].about, About::Watched, "{script}");
        story.hand_in(&Input::Answer { number: asked[0].number, found });
        story.go("1 min");
        let plays = story.told.iter().filter(|told| told.starts_with("finish"));
        plays.cloned().collect::<Vec<_>>().join(", ")
    };
    let at = |seconds: i64| Time(1_764_000_000_000).moved(seconds * 1000);
    let counted = |seconds| ProbeAnswer::Watched(Watched::Counted(at(seconds)));
    let stopped = |seconds, first, stopped: Option<i64>| {
        let stopped = stopped.map(at);
        ProbeAnswer::Watched(Watched::Began { at: at(seconds), first, stopped })
    };
    let began = |seconds, first| stopped(seconds, first, None);
    let left = |minutes: u64, stopped: Option<i64>| {
        let (at, stopped) = (at(0), stopped.map(at));
        ProbeAnswer::Watched(Watched::Left { at, position_ms: minutes * 60_000, stopped })
    };
    let cases = [
        // (what is heard, what the server says, the play that comes of it)
        ("play 10, 120 min", counted(80 * 60), "finish 90 (40 min ago)"),
        ("play 10, 120 min", counted(-59), "finish 90 (120 min ago)"),
        ("play 10, 120 min", counted(-61), ""),
        ("play 10, 120 min", counted(122 * 60), ""),
        ("play 10, 120 min", ProbeAnswer::Nothing, ""),
        // It began as the session did, and played what was left: 90 of 100 minutes.
        ("play 10, 120 min", began(-1, false), "finish 90 (30 min ago)"),
        ("play 10, 120 min", began(-61, false), ""),
        (
            "play 10, 20 min, pause 30, 10 min, resume 30, 100 min",
            began(-1, false),
            "finish 90 (30 min ago)",
        ),
        // Begun again and left at once it would look like that, too.
        ("play 0, 130 min", began(0, true), "finish 90 (30 min ago)"),
        ("play 0, 130 min", began(0, false), ""),
        ("play 0, 5 min, going 4.9, 125 min, 6 s", began(0, false), ""),
        ("play 0, 5 min, going 5, 125 min", began(0, false), "finish 90 (30 min ago)"),
        // Its start was missed.
        ("going 40, 90 min", began(-3600, true), "finish 90 (30 min ago)"),
        ("going 40, 90 min", began(-8461, true), ""),
        // Its own word has a time.
        ("play 0, 92 min, going 92, 38 min", began(0, true), "finish 92 (38 min ago)"),
        (
            "play 0, 92 min, going 92, 38 min",
            stopped(0, true, Some(98 * 60)),
            "finish 90 (32 min ago)",
        ),
        // The server knows when it was stopped: before its end, or long after it, for it was paused.
        ("play 10, 120 min", stopped(-1, false, Some(85 * 60)), "finish 90 (35 min ago)"),
        ("play 10, 120 min", stopped(-1, false, Some(118 * 60)), "finish 90 (2 min ago)"),
        ("play 10, 120 min", stopped(-1, false, Some(-120)), "finish 90 (30 min ago)"),
        (
            "play 10, 20 min, pause 30, 10 min, resume 30, 100 min",
            stopped(-1, false, Some(20 * 60)),
            "finish 90 (30 min ago)",
        ),
        // By itself it proves something where it came late enough after the start.
        ("play 0, 130 min", stopped(0, false, Some(79 * 60)), ""),
        ("play 0, 130 min", stopped(0, false, Some(80 * 60)), "finish 90 (50 min ago)"),
        // It was left beyond the mark, which is a play here though it is none there.
        ("play 0, 130 min", left(91, None), "finish 91 (39 min ago)"),
        ("play 0, 130 min", left(91, Some(95 * 60)), "finish 91 (35 min ago)"),
        ("play 0, 130 min", left(89, Some(95 * 60)), ""),
    ];
    let mut wrong = Vec::new();
    for (script, found, expected) in cases {
        let seen = end(script, found.clone());
        if seen != expected {
            wrong.push(format!("{script}, {found:?}: {seen}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rule_16_what_nobody_heard_the_end_of_is_left_where_its_server_keeps_it() {
    use crate::probe::{ProbeAnswer, Watched};
    let told = |script: &str, (began, minutes): (i64, u64)| {
        let mut story = askable(Jellyfin);
        story.go(script);
        let [asked] = story.last.ask.as_slice() else { panic!("{script}: {:?}", story.last.ask) };
        let (number, start) = (asked.number, Time(1_764_000_000_000));
        let at = start.moved(began * 60_000);
        let left = Watched::Left { at, position_ms: minutes * 60_000, stopped: None };
        story.hand_in(&Input::Answer { number, found: ProbeAnswer::Watched(left) });
        story.go("10 s");
        story.told.join(", ")
    };
    for (script, kept, expected) in [
        ("play 0, 130 min", (0, 32), "start 0, left 32 (98 min ago)"),
        // It was moved back, or left at once.
        ("play 0, 50 min, going 50, 80 min", (0, 32), "start 0, left 32 (80 min ago)"),
        ("play 0, 50 min, pause 50, 5 s, 79.95 min", (0, 50), "start 0, pause 50"),
        // Another playback of it, before.
        ("play 10, 120 min", (-5, 32), "start 10, left 10 (120 min ago)"),
        // What has made room for something else did so where it stood.
        ("play 0, 80 min, play 0 of B, 6.1 s", (0, 32), "start 0, left 32, start 0 of B"),
        (
            "play 0, 100 min, play 0 of B, 6.1 s",
            (0, 91),
            "start 0, finish 91 (9 min ago), start 0 of B",
        ),
    ] {
        assert_eq!(told(script, kept), expected, "{script}, {kept:?}");
    }
}

#[test]
fn rule_18_its_server_is_asked_how_what_came_before_ended() {
    use crate::probe::{About, ProbeAnswer, Watched};
    let at = |minutes: u64| Time(1_764_000_000_000).after(Duration::from_secs(minutes * 60));
    let began = |minutes, stopped: Option<u64>| {
        let stopped = stopped.map(at);
        ProbeAnswer::Watched(Watched::Began { at: at(minutes), first: true, stopped })
    };
    let no = || ProbeAnswer::Nothing;
    let cases = [
        // (what is heard, what the server says after that, what is heard then, what is told)
        (
            "play 0, 110 min, play 0 of B, 6.1 s",
            began(0, Some(93)),
            "10 s",
            "start 0, finish 90 (17 min ago), start 0 of B",
        ),
        // Where it does not know when, then when it came to its end, or had to make room.
        (
            "play 0, 110 min, play 0 of B, 6.1 s",
            began(0, None),
            "10 s",
            "start 0, finish 90 (10 min ago), start 0 of B",
        ),
        (
            "play 0, 93 min, play 0 of B, 6.1 s",
            began(0, None),
            "10 s",
            "start 0, finish 90, start 0 of B",
        ),
        // It does not know, or does not answer: as without a server.
        ("play 0, 60 min, play 0 of B, 6.1 s", no(), "10 s", "start 0, left 60, start 0 of B"),
        ("play 0, 95 min, play 0 of B, 6.1 s", no(), "10 s", "start 0, finish 95, start 0 of B"),
        // The own stop may come until ten seconds are over, whatever was answered.
        (
            "play 10, 50 min, play 0 of B, 6.1 s",
            no(),
            "3 s, stop 60, 1 s, 3 s",
            "start 10, left 60, start 0 of B",
        ),
        // So may the first item go on.
        ("play 0, 60 min, play 0 of B, 6.1 s", no(), "1 s, play 60, 20 s", "start 0"),
    ];
    for (before, found, after, expected) in cases {
        let mut story = askable(Jellyfin);
        story.go(before);
        let [asked] = story.last.ask.as_slice() else { panic!("{before}: {:?}", story.last.ask) };
        assert_eq!((asked.about.clone(), asked.key.as_str()), (About::Watched, "key of A"));
        let number = asked.number;
        story.hand_in(&Input::Answer { number, found: found.clone() });
        story.go(after);
        assert_eq!(story.told.join(", "), expected, "{before}, {found:?}, {after}");
    }
    let heard = |steps: &str| askable(Jellyfin).tell(steps);
    assert_eq!(
        heard("play 0, 60 min, play 0 of B, 10 s, 1 s"),
        "start 0, left 60, start 0 of B",
        "it does not answer"
    );
    assert_eq!(
        heard("play 0, 60 min, play 0 of B, 2 s, stop 60, 3 s"),
        "start 0, left 60, start 0 of B",
        "nobody is asked whose stop comes at once"
    );
}

#[test]
fn libraries_of_jellyfin_are_asked_for_and_remembered() {
    use crate::probe::{About, ProbeAnswer};
    let libraries = |names: &[&str]| {
        names.iter().map(|name| Library { id: String::new(), title: (*name).to_owned() }).collect()
    };
    let mut story = askable(Jellyfin).with(|settings| {
        for jellyfin in settings.servers_mut(Jellyfin) {
            jellyfin.libraries = vec!["Films".to_owned()];
            jellyfin.block_libraries = vec!["Kids".to_owned()];
        }
    });
    story.no_library = true;
    let mut ask = |item: &str, found: Vec<Library>| {
        story.go(&format!("play 10 of {item}"));
        let asked = story.last.ask.clone();
        assert_eq!(asked.len(), 1, "{item}: {asked:?}");
        assert_eq!(asked[0].about, About::Libraries);
        story.hand_in(&Input::Answer {
            number: asked[0].number,
            found: ProbeAnswer::Libraries(found),
        });
        story.go(&format!("1 min, going 11 of {item}, 1 min, stop 50 of {item}"));
        assert_eq!(story.last.ask, [], "{item}: asked twice");
        std::mem::take(&mut story.told).join(", ")
    };
    assert_eq!(ask("B", libraries(&["Season 1", "Films"])), "start 10 of B, left 50 of B");
    assert_eq!(ask("C", libraries(&["Shows"])), "");
    assert_eq!(ask("D", libraries(&["Kids", "Films"])), "", "a block list wins");
    assert_eq!(ask("F", Vec::new()), "", "unknown is dropped");
}

#[test]
fn whether_the_filters_let_an_event_through_is_said_once_that_is_known() {
    use crate::engine::Admission::{Admitted, Asked, Refused};
    use crate::probe::ProbeAnswer;
    let mut story = askable(Jellyfin).with(|settings| {
        settings.servers_mut(Jellyfin).for_each(|it| it.libraries = vec!["Films".to_owned()]);
    });
    story.no_library = true;
    let in_library = |title: &str| {
        ProbeAnswer::Libraries(vec![Library { id: String::new(), title: title.to_owned() }])
    };
    let accounts: Vec<String> =
        story.settings.accounts.iter().map(|account| account.name.clone()).collect();
    let mut say = |script: &str, found: Option<ProbeAnswer>| {
        story.go(script);
        let asked = story.last.ask.last().map(|probe| probe.number);
        if let Some((number, found)) = asked.zip(found) {
            assert_eq!(story.last.admissions, [(None, Asked(number))], "{script}");
            story.hand_in(&Input::Answer { number, found });
            let [(of, admission)] = story.last.admissions.as_slice() else {
                panic!("{script}: {:?}", story.last.admissions)
            };
            assert_eq!(*of, Some(number), "{script}");
            return vec![admission.clone()];
        }
        story.last.admissions.iter().map(|(_, admission)| admission.clone()).collect()
    };
    let admitted = || vec![Admitted(accounts.clone())];
    assert_eq!(say("play 10 of B", Some(in_library("Films"))), admitted());
    assert_eq!(say("1 min, going 11 of B", None), admitted(), "it is known");
    assert_eq!(say("play 10 of C", Some(in_library("Shows"))), [Refused]);
    assert_eq!(say("play 10 of D", Some(ProbeAnswer::Nothing)), [Refused]);
    let [Asked(number)] = say("play 10 of E", None)[..] else { panic!("it waits") };
    let [Asked(behind)] = say("going 11 of E", None)[..] else { panic!("it waits as well") };
    story.hand_in(&Input::Answer { number, found: ProbeAnswer::Nothing });
    assert_eq!(story.last.admissions, [(Some(number), Refused), (Some(behind), Refused)]);
}

#[test]
fn of_several_servers_the_events_own_is_asked() {
    use crate::config::MediaServer;
    use crate::probe::About;
    /// A Jellyfin of which nothing can be learned, and the one that tells the story.
    fn story(change: impl Fn(&mut MediaServer)) -> Story {
        askable(Jellyfin).with(|settings| {
            let mut home = settings.servers(Jellyfin).next().expect("there is one").clone();
            let mut attic = home.clone();
            (home.name, home.id) = ("home".to_owned(), "another".to_owned());
            (attic.name, attic.id) = ("attic".to_owned(), "server".to_owned());
            change(&mut attic);
            settings.media_servers = vec![home, attic];
        })
    }
    let asked = |mut story: Story, steps: &str| {
        story.go(steps);
        let asked = story.last.ask.iter().map(|probe| (probe.server.clone(), probe.about.clone()));
        asked.collect::<Vec<_>>()
    };
    let attic = |about| vec![("attic".to_owned(), about)];
    assert_eq!(asked(story(|_| {}), "play 10, 120 min"), attic(About::Watched));
    let mut lost = story(|attic| attic.libraries = vec!["Films".to_owned()]);
    lost.no_library = true;
    assert_eq!(asked(lost, "play 10"), attic(About::Libraries));
    let silent = || story(|attic| attic.url = String::new());
    assert_eq!(asked(silent(), "play 10, 120 min"), [], "nobody else is asked in its place");
}

#[test]
fn a_server_that_is_away_for_a_moment_is_asked_for_libraries_again() {
    use crate::probe::ProbeAnswer;
    let mut story = askable(Jellyfin).with(|settings| {
        settings.servers_mut(Jellyfin).for_each(|it| it.libraries = vec!["Films".to_owned()]);
    });
    story.no_library = true;
    let answer = |story: &mut Story, after: &str, found| {
        story.go(after);
        let asked = story.last.ask.clone();
        for probe in &asked {
            story.hand_in(&Input::Answer {
                number: probe.number,
                found: ProbeAnswer::clone(&found),
            });
        }
        asked.len()
    };
    let films = Library { id: String::new(), title: "Films".to_owned() };
    assert_eq!(answer(&mut story, "play 10", ProbeAnswer::Nothing), 1);
    assert_eq!(answer(&mut story, "10 s, going 11", ProbeAnswer::Nothing), 0, "not at once");
    assert_eq!(answer(&mut story, "1 min, going 12", ProbeAnswer::Libraries(vec![films])), 1);
    assert_eq!(answer(&mut story, "1 min, stop 50", ProbeAnswer::Nothing), 0, "known now");
    assert_eq!(story.told.join(", "), "start 12, left 50");
}

/// A Jellyfin of which a folder never counts.
fn with_trailers() -> Story {
    askable(Jellyfin).with(|settings| {
        let servers = settings.servers_mut(Jellyfin);
        servers.for_each(|it| it.ignore_paths = vec!["/media/trailers".to_owned()]);
    })
}

#[test]
fn where_a_file_lies_is_asked_once_and_what_nobody_knows_counts() {
    use crate::event::File;
    use crate::probe::About;
    use crate::probe::ProbeAnswer::{self, Nothing};
    let file = |path: &str| ProbeAnswer::File(File::new(path, ""));
    let cases = [
        ("elsewhere", file("/media/films/a.mkv"), "start 10, left 40"),
        ("in a folder that never counts", file("/media/trailers/a.mkv"), ""),
        ("nobody knows", Nothing, "start 10, left 40"),
        ("an answer without a path", file(""), "start 10, left 40"),
    ];
    for (name, answer, expected) in cases {
        let mut story = with_trailers();
        story.go("play 10");
        let [asked] = story.last.ask.as_slice() else { panic!("{name}: one question") };
        assert_eq!((&asked.about, &*asked.key), (&About::File, "key of A"), "{name}");
        let number = asked.number;
        story.hand_in(&Input::Answer { number, found: answer });
        assert_eq!(story.last.ask, [], "{name}");
        story.go("20 s, pause 10.3");
        assert_eq!(story.last.ask, [], "{name}: it is known");
        story.go("stop 40");
        assert_eq!(story.told.join(", "), expected, "{name}");
    }
}

#[test]
fn what_a_player_says_next_waits_while_it_is_asked_whether_it_counts() {
    use crate::engine::Admission::{self, Asked};
    use crate::event::File;
    use crate::probe::{About, ProbeAnswer};
    const WATCHES_ON: &str = "18 min, going 78, 17 min, stop 95, 5 s";
    let answer = |story: &mut Story, number: u64, found: ProbeAnswer| {
        story.hand_in(&Input::Answer { number, found });
        story.last.admissions.iter().map(|(of, _)| *of).collect::<Vec<_>>()
    };
    let file = |path: &str| ProbeAnswer::File(File::new(path, ""));
    let cases = [
        (file("/media/films/a.mkv"), "start 60, finish 95"),
        (file("/media/trailers/a.mkv"), ""),
        (ProbeAnswer::Nothing, "start 60, finish 95"),
    ];
    for (found, expected) in cases {
        let mut story = with_trailers();
        story.go("play 60");
        let first = story.last.ask[0].number;
        let mut waiting = vec![Some(first)];
        for step in ["1 s, going 60", "1 s, going 60.1"] {
            story.go(step);
            assert_eq!(story.last.ask, [], "asked once");
            let [(None, Admission::Asked(number))] = story.last.admissions[..] else {
                panic!("{:?}", story.last.admissions)
            };
            waiting.push(Some(number));
        }
        assert_eq!(story.told, [""; 0], "nobody knows yet");
        assert_eq!(answer(&mut story, first, found), waiting, "in the order in which it came");
        story.go(WATCHES_ON);
        assert_eq!(story.told.join(", "), expected);
    }

    // The end of one item, and the next one that begins right after it.
    let mut story = with_trailers();
    story.go("stop 95 of B");
    let first = story.last.ask[0].number;
    story.go("play 0 of C");
    assert_eq!(answer(&mut story, first, file("/media/films/b.mkv")).len(), 2);
    assert_eq!(story.told, ["finish 95 of B"]);
    let [(Some(_), _), (Some(_), Asked(second))] = story.last.admissions[..] else {
        panic!("{:?}", story.last.admissions)
    };
    let asked: Vec<_> = story.last.ask.iter().map(|it| (it.number, &it.about, &*it.key)).collect();
    assert_eq!(asked, [(second, &About::File, "key of C")]);

    // Who waits is kept over a restart.
    let mut story = with_trailers();
    story.go("play 60, 1 s, going 60, restart, 5 s");
    story.go(WATCHES_ON);
    assert_eq!(story.told, ["start 60", "finish 95"]);
}

#[test]
fn a_file_that_the_webhook_names_is_not_asked_for_nor_kept() {
    let mut story = askable(Emby).with(|settings| {
        for server in &mut settings.media_servers {
            server.ignore_paths = vec!["/media/trailers".to_owned()];
        }
    });
    let mut play = story.event(&["play", "10"]);
    play.item.file = crate::event::File::new("/media/films/a.mkv", "");
    story.hand_in(&Input::Event(Box::new(play)));
    assert_eq!(story.last.ask, []);
    assert_eq!(story.told, ["start 10"]);
    let kept = story.state.viewings().map(|(_, viewing)| viewing.item.file.path.clone());
    assert_eq!(kept.collect::<String>(), "");
    assert!(!story.disk.values().any(|row| row.contains("/media")), "{:?}", story.disk);
}
