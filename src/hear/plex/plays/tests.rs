//! What servers say, and what is told of it, in tables.

use super::*;
use crate::event::{Action, Item, Kind, Player, Source, User};
use crate::verdict::Reason;

const MINUTE: u64 = 60_000;

/// A server, and what is told of it.
#[derive(Default)]
struct Scene {
    plays: Plays,
    now: Duration,
    looks: usize,
    told: Vec<String>,
}

/// A session as it is listed: number, player, item, user, minute, whether it is paused.
type Listed<'a> = (&'a str, &'a str, &'a str, &'a str, u64, bool);

fn session((number, player, key, user, minute, is_paused): Listed) -> Session {
    let event = Event {
        source: Source::Plex,
        action: Action::Start,
        server: "5f0c".into(),
        user: User { name: user.into(), ..User::default() },
        player: Player { id: player.into(), name: String::new() },
        library: None,
        item: Item { kind: Kind::Movie, key: key.into(), ..Item::default() },
        position_ms: Some(minute * MINUTE),
        is_guess: false,
    };
    let (number, key, player) = (number.into(), key.into(), player.into());
    Session { number, key, player, is_paused, said: Ok(event) }
}

fn ms(minutes: f64) -> u64 {
    let span = Duration::try_from_secs_f64(minutes * 60.0).expect("a position");
    u64::try_from(span.as_millis()).expect("a position")
}

impl Scene {
    /// A player reports: `playing tv/film 5` in its session 1, or in another (`playing 2 tv/film 5`).
    fn report(&mut self, words: &str) -> &mut Self {
        let words: Vec<&str> = words.split(' ').collect();
        let (state, number, place, minute) = match words[..] {
            [state, place, minute] => (state, "1", place, minute),
            [state, number, place, minute] => (state, number, place, minute),
            _ => panic!("{words:?}"),
        };
        let (player, key) = place.split_once('/').expect("a place");
        let said = Notification {
            session: number.into(),
            player: player.into(),
            key: key.into(),
            position_ms: Some(ms(minute.parse().expect("a minute"))),
            state: match state {
                "playing" => Playback::Playing,
                "paused" => Playback::Paused,
                "stopped" => Playback::Stopped,
                _ => Playback::Waiting,
            },
        };
        let steps = self.plays.report(&said, self.now);
        self.take(steps);
        self
    }

    fn take(&mut self, steps: Steps) {
        self.looks += usize::from(steps.look);
        self.tell(steps.tell);
    }

    fn tell(&mut self, events: Vec<Event>) {
        self.told.extend(events.into_iter().map(|event| {
            let at = Duration::from_millis(event.position_ms.expect("a position"));
            let minute = at.as_secs_f64() / 60.0;
            let (who, what) = (event.user.name, event.item.key);
            format!("{} {who} {what} {minute}", event.action.word())
        }));
    }

    /// The sessions are looked at.
    fn look(&mut self, listed: &[Listed]) -> &mut Self {
        let found: Vec<Found> = listed.iter().map(|one| session(*one).into()).collect();
        self.look_at(&found)
    }

    fn look_at(&mut self, found: &[Found]) -> &mut Self {
        let told = self.plays.look(found, self.now);
        self.tell(told);
        self
    }

    fn connect(&mut self) {
        self.plays.connect(self.now);
    }

    fn pass(&mut self, seconds: u64) -> &mut Self {
        self.now += Duration::from_secs(seconds);
        let steps = self.plays.wait(self.now);
        self.take(steps);
        self
    }

    /// What was told, and how often the sessions were to be looked at, since the last time.
    #[track_caller]
    fn expect(&mut self, told: &[&str], looks: usize) -> &mut Self {
        assert_eq!(
            (self.told.as_slice(), self.looks),
            (&told.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>()[..], looks)
        );
        (self.told, self.looks) = (Vec::new(), 0);
        self
    }
}

/// Mara plays the film on the television, in session 1.
fn mara(minute: u64) -> Listed<'static> {
    ("1", "tv", "film", "mara", minute, false)
}

/// She has begun it.
fn begun() -> Scene {
    let mut scene = Scene::default();
    scene.connect();
    scene.report("buffering tv/film 0").expect(&[], 0);
    scene.report("playing tv/film 0").expect(&[], 1);
    scene.look(&[mara(0)]).expect(&["start mara film 0"], 0);
    scene
}

#[test]
fn a_film_is_heard_from_its_start_to_its_stop() {
    let mut scene = begun();
    scene.pass(10).report("playing tv/film 0.1666").expect(&["progress mara film 0.1666"], 0);
    scene.pass(5).report("paused tv/film 0.25").expect(&["pause mara film 0.25"], 0);
    scene.pass(10).report("paused tv/film 0.25").expect(&[], 0);
    scene.pass(10).report("playing tv/film 0.25").expect(&["resume mara film 0.25"], 0);
    scene.pass(2).report("buffering tv/film 0.3").expect(&[], 0);
    scene.pass(2).report("playing tv/film 0.25").expect(&[], 0);
    scene.pass(2).report("playing tv/film 30").expect(&["resume mara film 30"], 0);
    scene.pass(60).report("playing tv/film 31").expect(&["progress mara film 31"], 1);
    scene.pass(60).report("stopped tv/film 32").expect(&["stop mara film 32"], 1);
    scene.report("stopped tv/film 32").expect(&[], 0);
}

#[test]
fn what_is_not_listed_yet_is_looked_for_at_the_next_report_and_no_user_is_nobody() {
    let mut scene = Scene::default();
    scene.report("playing tv/film 0").look(&[]).expect(&[], 1);
    scene.report("playing tv/film 0").expect(&[], 0); // at once is too soon
    scene.pass(10).report("playing tv/film 0.5").expect(&[], 1);
    // What the player has reported is newer than what is listed.
    scene.look(&[mara(0)]).expect(&["start mara film 0.5"], 0);

    let mut scene = Scene::default();
    let nobody = ("1", "tv", "film", "", 0, false);
    scene.report("playing tv/film 0").look(&[nobody]);
    scene.pass(10).report("playing tv/film 1").look(&[nobody]);
    scene.pass(10).report("playing tv/film 2").look(&[nobody]).expect(&[], 3);
    scene.pass(10).report("playing tv/film 3").expect(&[], 0);
    scene.report("stopped tv/film 4").expect(&[], 0);
    // Who stops before anybody knows who it is has not watched.
    scene.report("playing tv/film 0").report("stopped tv/film 5").look(&[]).expect(&[], 1);
}

#[test]
fn what_is_no_video_is_looked_at_once() {
    let mut scene = Scene::default();
    let track = Reason::NotVideo { kind: "track".into() };
    let song = Session { said: Err(track), ..session(("1", "phone", "song", "mara", 0, false)) };
    scene.report("playing phone/song 0").look_at(&[song.clone().into()]).expect(&[], 1);
    for _ in 0..30 {
        scene.pass(10).report("playing phone/song 1").report("playing 2 radio/song 1");
    }
    scene.report("stopped phone/song 3").expect(&[], 0);
    // Another connection may lead to another server.
    scene.connect();
    scene.report("playing phone/song 0").expect(&[], 1);
}

#[test]
fn the_number_of_a_session_is_a_hint_only() {
    let mut scene = begun();
    scene.pass(10).report("stopped 18 tv/film 1").expect(&["stop mara film 1"], 0);
    // The next episode in the same session, without a stop of the one before.
    let mut scene = begun();
    let stop = ["resume mara film 1", "stop mara film 1"];
    scene.pass(10).report("playing tv/film 1").report("playing tv/next 0").expect(&stop, 1);
    let next = ("1", "tv", "next", "mara", 0, false);
    scene.look(&[next]).expect(&["start mara next 0"], 0);
    // Two players, one item.
    let mut scene = begun();
    scene.report("playing 2 phone/film 0").look(&[mara(0), ("2", "phone", "film", "jo", 0, false)]);
    scene.report("stopped 2 phone/film 1").report("stopped tv/film 2");
    scene.expect(&["start jo film 0", "stop jo film 1", "stop mara film 2"], 1);
}

#[test]
fn what_plays_on_under_another_number_is_asked_for_before_it_is_believed() {
    let left = || {
        let mut scene = begun();
        scene.pass(10).report("playing tv/film 56").expect(&["resume mara film 56"], 0);
        scene.pass(50).report("buffering 2 tv/film 0").report("playing 2 tv/film 0").expect(&[], 1);
        scene
    };
    let kids = |minute| ("2", "tv", "film", "kid", minute, false);
    let hers = ("1", "tv", "film", "mara", 56, false);
    // It is another's. Who is gone is listed for a while.
    for listed in [vec![kids(0)], vec![kids(0), hers], vec![hers, kids(0)]] {
        let mut scene = left();
        scene.look(&listed).expect(&["stop mara film 56", "start kid film 0"], 0);
        scene.pass(10).look(&listed).expect(&[], 0);
        scene.report("playing 2 tv/film 9").report("stopped 2 tv/film 95");
        scene.expect(&["resume kid film 9", "stop kid film 95"], 0);
    }
    // It is hers still: asked once.
    let mut scene = left();
    scene.look(&[("2", "tv", "film", "mara", 0, false)]).expect(&["resume mara film 0"], 0);
    scene.pass(10).report("playing 2 tv/film 0.1666").expect(&["progress mara film 0.1666"], 0);
    // It is not listed at once, or only as it was.
    for listed in [vec![], vec![hers]] {
        let mut scene = left();
        scene.look(&listed).report("playing 2 tv/film 0").expect(&[], 0);
        scene.pass(10).report("playing 2 tv/film 0.1666").expect(&[], 1);
        let told = ["stop mara film 56", "start kid film 0.1666"];
        scene.look(&[kids(0)]).expect(&told, 0);
    }
    // A server that lists it under the same number for good is believed.
    let mut scene = left();
    for _ in 0..3 {
        scene.look(&[hers]).pass(10).report("playing 2 tv/film 57");
    }
    scene.expect(&["resume mara film 57"], 2);
    scene.pass(10).report("playing 2 tv/film 57.3333").expect(&["progress mara film 57.3333"], 0);
    // It is nobody's who is signed in.
    let mut scene = left();
    for _ in 0..3 {
        scene.look(&[("2", "tv", "film", "", 0, false)]).pass(10).report("playing 2 tv/film 1");
    }
    scene.report("stopped 2 tv/film 95").expect(&["stop mara film 56"], 2);
    // Nobody ever learns whose it is.
    left().report("stopped 2 tv/film 95").expect(&["stop mara film 56"], 0);
    left().pass(60).expect(&["stop mara film 56"], 0);
    // Who signs in after nobody did is asked for, too.
    let mut scene = Scene::default();
    for minute in 0..4 {
        scene.report(&format!("playing tv/film {minute}"));
        scene.look(&[("1", "tv", "film", "", minute, false)]).pass(10);
    }
    scene.expect(&[], 3).report("playing 2 tv/film 0").look(&[kids(0)]);
    scene.expect(&["start kid film 0"], 1);
}

#[test]
fn an_old_server_names_no_player() {
    let mut scene = Scene::default();
    scene.report("playing /film 0").look(&[mara(0)]).expect(&["start mara film 0"], 1);
    scene.pass(10).report("paused /film 1").expect(&["pause mara film 1"], 0);
    scene.connect();
    scene.look(&[("1", "tv", "film", "mara", 1, true)]).expect(&[], 0);
    scene.report("playing /film 1").report("stopped /film 2");
    scene.expect(&["resume mara film 1", "stop mara film 2"], 0);
}

#[test]
fn a_player_that_is_gone_ends_where_it_reported_last() {
    let mut scene = begun();
    scene.pass(10).report("playing tv/film 5").expect(&["resume mara film 5"], 0);
    scene.pass(59).expect(&[], 0);
    scene.pass(1).expect(&[], 1);
    // The server keeps it for three minutes.
    scene.look(&[mara(5)]).pass(30).expect(&[], 0);
    scene.pass(30).look(&[mara(5)]).expect(&[], 1);
    scene.pass(60).look(&[]).expect(&["stop mara film 5"], 1);
    scene.pass(600).expect(&[], 0);
    // One that is listed for ever and does not move has ended, until it moves.
    let mut scene = begun();
    for _ in 0..4 {
        scene.pass(60).look(&[mara(0)]);
    }
    scene.expect(&[], 4);
    scene.pass(60).look(&[mara(0)]).expect(&["stop mara film 0"], 1);
    scene.pass(60).look(&[mara(0)]).expect(&[], 0);
    scene.pass(240).look(&[mara(0)]).expect(&[], 1);
    scene.report("playing tv/film 1").expect(&["resume mara film 1"], 0);
    // The same for one that reports the same place again and again.
    let mut scene = begun();
    for _ in 0..29 {
        scene.pass(10).report("playing tv/film 0");
    }
    scene.expect(&[], 0);
    scene.pass(10).report("playing tv/film 0").expect(&["stop mara film 0"], 0);
    scene.pass(10).report("playing tv/film 0").expect(&[], 0);
}

#[test]
fn a_new_playback_is_not_gone_because_it_is_not_listed_yet() {
    let mut scene = begun();
    scene.pass(10).report("playing 2 phone/other 0").look(&[]).expect(&[], 1);
    scene.pass(10).report("stopped tv/film 1").expect(&["stop mara film 1"], 0);
}

#[test]
fn a_paused_player_may_sleep_and_is_looked_for_seldom() {
    let mut scene = begun();
    scene.pass(10).report("paused tv/film 5").expect(&["pause mara film 5"], 0);
    let paused = ("1", "tv", "film", "mara", 5, true);
    for _ in 0..60 {
        scene.pass(60).look(&[paused]);
    }
    scene.expect(&[], 12);
    scene.report("playing tv/film 5").expect(&["resume mara film 5"], 0);
    scene.report("paused tv/film 6").pass(300).look(&[]);
    scene.expect(&["pause mara film 6", "stop mara film 6"], 1);
}

#[test]
fn after_a_new_connection_what_goes_on_goes_on_and_what_is_gone_ends() {
    let listed = |user| ("1", "tv", "film", user, 7, false);
    for (name, sessions, expected) in [
        ("it goes on", vec![listed("mara")], vec!["progress mara film 7"]),
        (
            "under another number",
            vec![("9", "tv", "film", "mara", 7, false)],
            vec!["progress mara film 7"],
        ),
        ("paused by now", vec![("1", "tv", "film", "mara", 7, true)], vec!["pause mara film 7"]),
        ("not listed yet", vec![], vec![]),
        ("another's now", vec![listed("jo")], vec!["stop mara film 5", "start jo film 7"]),
        ("nobody's now", vec![listed("")], vec!["progress mara film 7"]),
        (
            "its number is another's",
            vec![("1", "phone", "other", "jo", 3, false)],
            vec!["resume jo other 3"],
        ),
    ] {
        let mut scene = begun();
        scene.pass(10).report("playing tv/film 5").expect(&["resume mara film 5"], 0);
        scene.now += Duration::from_secs(120);
        scene.connect();
        scene.look(&sessions);
        assert_eq!(scene.told, expected, "{name}");
    }
    // The server was away for two minutes, and players are listed once they report.
    let mut scene = begun();
    scene.pass(10).report("playing tv/film 5").expect(&["resume mara film 5"], 0);
    scene.now += Duration::from_secs(120);
    scene.connect();
    scene.look(&[]).pass(59).look(&[]).expect(&[], 0);
    scene.pass(1).look(&[]).expect(&["stop mara film 5"], 1);
    scene.report("playing 2 tv/film 8").look(&[("2", "tv", "film", "mara", 8, false)]);
    scene.expect(&["start mara film 8"], 1);
}

#[test]
fn what_its_player_has_left_while_nobody_listened_ends_before_the_next_begins() {
    let other = ("2", "tv", "other", "mara", 0, false);
    // Its own stop may still come, or tells already where it ended.
    for (silent, ends) in [(10, false), (20, true), (150, true)] {
        let mut scene = begun();
        scene.pass(10).report("playing tv/film 5").expect(&["resume mara film 5"], 0);
        scene.now += Duration::from_secs(silent);
        if ends {
            scene.connect();
            scene.look(&[]).expect(&[], 0);
        }
        scene.report("playing 2 tv/other 0").look(&[other]);
        let told = [&["stop mara film 5"][..], &["start mara other 0"]];
        scene.expect(&told[usize::from(!ends)..].concat(), 1);
        if !ends {
            scene.report("stopped tv/film 5.1").expect(&["stop mara film 5.1"], 0);
        }
    }
    // Two tabs of a browser are one player.
    let mut scene = begun();
    let tabs = [mara(5), ("2", "tv", "other", "mara", 0, false)];
    scene.report("playing tv/film 5").expect(&["resume mara film 5"], 0);
    scene.pass(30).report("playing 2 tv/other 0").look(&tabs);
    scene.expect(&["start mara other 0"], 1);
}

#[test]
fn who_comes_back_to_the_second_half_goes_on() {
    let film = |minute| {
        let session = session(("1", "tv", "film", "mara", minute, false));
        let event = session.said.map(|event| Event {
            item: Item { runtime_ms: Some(100 * MINUTE), ..event.item },
            ..event
        });
        Found::from(Session { said: event, ..session })
    };
    for (minute, expected) in [(49, "start mara film 49"), (50, "resume mara film 50")] {
        let mut scene = Scene::default();
        scene.report(&format!("playing tv/film {minute}")).look_at(&[film(minute)]);
        scene.expect(&[expected], 1);
    }
}

#[test]
fn what_plays_when_the_first_connection_is_made_goes_on() {
    let mut scene = Scene::default();
    let paused = ("2", "phone", "other", "jo", 3, true);
    scene.look(&[mara(40), paused]).expect(&["resume mara film 40"], 0);
    scene.report("playing 2 phone/other 3.5").expect(&["resume jo other 3.5"], 0);
    scene.report("stopped tv/film 50").expect(&["stop mara film 50"], 0);
    // One that was never seen to play has not been told of.
    let mut scene = Scene::default();
    scene.look(&[paused]).report("stopped 2 phone/other 3").expect(&[], 0);
}

#[test]
fn what_was_open_before_the_process_began_goes_on_or_ends() {
    let open = |user: &str, id: &str| {
        let Ok(event) = session(("", "tv", "film", user, 40, false)).said else { panic!("it is") };
        let user = User { id: id.into(), ..event.user };
        Event { action: Action::Progress { paused: None }, user, ..event }
    };
    let listed = Found { session: session(mara(41)), played_ms: Some(90 * MINUTE) };
    for (name, open, found, expected) in [
        ("it goes on", open("mara", "48213377"), vec![listed.clone()], "resume mara film 41"),
        ("it is over", open("mara", ""), vec![], ""),
    ] {
        let mut scene = Scene { plays: Plays::of(&[open], Duration::ZERO), ..Scene::default() };
        assert!(scene.plays.is_new(&listed.session), "{name}: where are its credits?");
        scene.connect();
        scene.look_at(&found);
        assert_eq!(scene.told.join(""), expected, "{name}");
        assert!(!scene.plays.is_new(&listed.session) || found.is_empty(), "{name}");
    }
    // What is not listed may be just stopping: the stream may still say where.
    let unlisted = || {
        let mut scene =
            Scene { plays: Plays::of(&[open("mara", "")], Duration::ZERO), ..Scene::default() };
        scene.connect();
        scene.look(&[]).expect(&[], 0);
        scene
    };
    unlisted().report("stopped tv/film 95").expect(&["stop mara film 95"], 0);
    unlisted().pass(4).look(&[]).expect(&[], 0);
    unlisted().pass(5).look(&[]).expect(&["stop mara film 40"], 1);
    let mut scene =
        Scene { plays: Plays::of(&[open("mara", "")], Duration::ZERO), ..Scene::default() };
    scene.look_at(&[listed]).report("playing tv/film 95");
    scene.expect(&["resume mara film 41", "resume mara film 95", "completed mara film 95"], 0);
    // A player that has only a name is none of Plex'.
    let nameless = Event { player: Player::default(), ..open("mara", "") };
    assert_eq!(Plays::of(&[nameless], Duration::ZERO).all.len(), 0);
}

#[test]
fn what_the_server_takes_for_played_is_told_once() {
    let found = |minute| Found { session: session(mara(minute)), played_ms: Some(90 * MINUTE) };
    let mut scene = Scene::default();
    scene.report("playing tv/film 0").look_at(&[found(0)]).expect(&["start mara film 0"], 1);
    let expected = ["resume mara film 90", "completed mara film 90", "progress mara film 90.1"];
    scene
        .pass(6)
        .report("playing tv/film 90")
        .pass(6)
        .report("playing tv/film 90.1")
        .expect(&expected, 0);
    scene.report("stopped tv/film 95").expect(&["stop mara film 95"], 0);
    // The last report may be the stop; a pause is none.
    let mut scene = Scene::default();
    scene.report("playing tv/film 0").look_at(&[found(0)]);
    scene.report("paused tv/film 91").report("stopped tv/film 91");
    let expected =
        ["start mara film 0", "pause mara film 91", "completed mara film 91", "stop mara film 91"];
    scene.expect(&expected, 1);
    // What began behind it is played, unless its history tells that, and when.
    let mut scene = Scene::default();
    scene.look_at(&[found(95)]).expect(&["resume mara film 95", "completed mara film 95"], 0);
    let plays = Plays { has_history: true, ..Plays::default() };
    let mut scene = Scene { plays, ..Scene::default() };
    scene.look_at(&[found(95)]).expect(&["resume mara film 95"], 0);
    scene.report("stopped tv/film 96").expect(&["stop mara film 96"], 0);
    let plays = Plays { has_history: true, ..Plays::default() };
    let mut scene = Scene { plays, ..Scene::default() };
    scene.look_at(&[found(85)]).expect(&["resume mara film 85"], 0);
    let expected = ["resume mara film 91", "completed mara film 91"];
    scene.pass(6).report("playing tv/film 91").expect(&expected, 0);
    // So it is with what was open before this process began.
    let Ok(open) = session(mara(20)).said else { panic!("it is hers") };
    let plays = Plays { has_history: true, ..Plays::of(&[open], Duration::ZERO) };
    let mut scene = Scene { plays, ..Scene::default() };
    scene.connect();
    scene.look_at(&[found(95)]).expect(&["resume mara film 95"], 0);
}

#[test]
fn what_is_kept_has_bounds() {
    let mut scene = Scene::default();
    for number in 0..1_000 {
        scene.report(&format!("playing {number} p{number}/film 0"));
        let song = session(("1", "phone", &format!("song{number}"), "mara", 0, false));
        let said = Err(Reason::Trailer);
        scene.look_at(&[Session { said, ..song }.into()]);
    }
    assert_eq!((scene.plays.all.len(), scene.plays.others.len()), (MOST, MOST_OTHERS));
    let listed: Vec<String> = (0..1_000).map(|number| format!("p{number}")).collect();
    let listed: Vec<Listed> =
        listed.iter().map(|player| ("1", player.as_str(), "film", "mara", 0, false)).collect();
    scene.look(&listed);
    assert_eq!(scene.plays.all.len(), MOST);
}
