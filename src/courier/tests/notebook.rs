//! A tracker of a few lines, in memory: all that a courier needs of one.

use super::*;
use crate::http::{Answer, Failure, Method, Reply};
use crate::pace::Limit;
use crate::tracker::{
    Added, Ask, Call, CallOutcome, DeviceCode, Effect, Found, Hurdle, LoginError, Looks, Lookup,
    Named, Names, Poll, Refresh, Taken, Timing, Tracker, Traits, Type, Wire,
};

/// What stands in it, how many of the next answers are lost, with which statuses it refuses before, and
/// how many calls it takes today.
#[derive(Default)]
struct Page {
    lines: Vec<String>,
    losses: usize,
    refusals: VecDeque<u16>,
    left: Option<u32>,
    /// By how many names it takes an item without a look-up, and how many of them it does not know.
    names: usize,
    unknown_names: usize,
    /// For what it takes all that is told by name, instead of what is meant.
    takes_for: &'static str,
}

/// How long it asks for patience, and when its day begins.
const PATIENCE: &[Duration] = &[Duration::from_secs(2), Duration::from_secs(5)];
const REST_OF_DAY: Duration = Duration::from_secs(12 * 3600);

/// A line for each intent that it was told. It takes the same one twice, and says what it has.
struct Notebook(Arc<Mutex<Page>>, Traits);

fn notebook(looks: Looks) -> (Notebook, Arc<Mutex<Page>>) {
    let page = Arc::new(Mutex::new(Page::default()));
    let limit = Limit { every: Duration::ZERO, at_once: 1 };
    let (changes, questions) = (limit, limit);
    let names = Names { name: "notebook", title: "the notebook" };
    let traits = Traits {
        names,
        looks,
        changes,
        questions,
        one_at_a_time: true,
        makes_plays_of_starts: false,
        tells_runtimes: false,
        kept_in_hand: 2,
    };
    (Notebook(page.clone(), traits), page)
}

impl Tracker for Notebook {
    fn traits(&self) -> &Traits {
        &self.1
    }
    fn line(&self) -> Wire {
        let page = self.0.clone();
        Arc::new(move |call, _| {
            let mut page = page.lock().expect("it does not panic");
            if call.effect == Effect::None {
                let has = page.lines.contains(&call.path);
                return Ok(Answer { status: if has { 200 } else { 404 }, ..Answer::default() });
            }
            let left = page.left;
            if let Some(status) = page.refusals.pop_front() {
                return Ok(Answer { status, left, ..Answer::default() });
            }
            let is_unknown = |nth: usize| call.path.ends_with(&format!("by name {nth}"));
            if (0..page.unknown_names).any(is_unknown) {
                return Ok(Answer { status: 404, left, ..Answer::default() });
            }
            page.left = left.map(|left| left.saturating_sub(1));
            page.lines.push(call.path.clone());
            if page.losses > 0 {
                page.losses -= 1;
                return Err(Failure::AnswerLost("a blot".to_owned()));
            }
            let body = page.takes_for.into();
            Ok(Answer { status: 200, left: page.left, body, ..Answer::default() })
        })
    }
    fn urls(&self) -> Vec<&str> {
        Vec::new()
    }
    fn known(&self, item: &Item) -> Option<Found> {
        let (kind, title, year) = (Type::of(item), item.title.clone(), item.year);
        let is_named = self.0.lock().expect("it does not panic").names > 0;
        (!is_named).then(|| Found { kind, number: 1, ids: Ids::default(), show: None, title, year })
    }
    fn needless(&self, intent: &Intent) -> Option<String> {
        (intent.verb == Verb::Unmark).then(|| "who would want that".to_owned())
    }
    fn call_by_name(&self, intent: &Intent, _: Timing, _: Option<u64>, nth: usize) -> Option<Call> {
        let is_name = nth < self.0.lock().expect("it does not panic").names;
        let path = format!("{} {} by name {nth}", intent.verb, intent.item.title);
        let effect = Effect::PlayNow;
        is_name.then_some(Call { method: Method::Post, path, body: None, effect })
    }
    fn marks_by_name(&self, marks: &[(&Intent, Option<u64>)]) -> Option<Call> {
        let titles: Vec<&str> = marks.iter().map(|(intent, _)| &*intent.item.title).collect();
        let (method, path) = (Method::Post, format!("mark {} by name", titles.join(", ")));
        (!titles.contains(&"")).then_some(Call {
            method,
            path,
            body: None,
            effect: Effect::AddPlays,
        })
    }
    fn unsayable(&self, intent: &Intent, _: Timing) -> Option<String> {
        (intent.verb == Verb::Unrate).then(|| "ink stays".to_owned())
    }
    fn call(&self, intent: &Intent, _: Timing, found: &Found, nth: usize) -> Option<Call> {
        let (method, path) = (Method::Post, format!("{} {}", intent.verb, found.title));
        (nth == 0).then_some(Call { method, path, body: None, effect: Effect::AddPlays })
    }
    fn add_all(&self, plays: &[(Found, Time)]) -> Call {
        let titles: Vec<&str> = plays.iter().map(|(found, _)| &*found.title).collect();
        let (method, path) = (Method::Post, format!("mark {}", titles.join(", ")));
        Call { method, path, body: None, effect: Effect::AddPlays }
    }
    fn plan(&self, intent: &Intent, _: Timing) -> Result<Vec<String>, String> {
        Ok(vec![intent.verb.to_string()])
    }
    fn hurdle(&self, reply: &Reply) -> Option<Hurdle> {
        match reply {
            Ok(Answer { status: 423, .. }) => Some(Hurdle::Locked(PATIENCE)),
            Ok(Answer { status: 429, .. }) => Some(Hurdle::UsedUp(REST_OF_DAY)),
            Ok(_) => None,
            Err(failure) => Some(Hurdle::Unreachable { told: None, why: failure.to_string() }),
        }
    }
    fn judge(&self, _: &Call, reply: &Reply) -> CallOutcome {
        match reply {
            Ok(Answer { status: 404, .. }) => CallOutcome::Unknown,
            _ => self.hurdle(reply).map_or(CallOutcome::Taken, CallOutcome::Hurdle),
        }
    }
    fn may_have_obeyed(&self, _: &Call, reply: &Reply) -> bool {
        reply.is_err()
    }
    fn taken(&self, item: &Item, _: Option<u64>, answer: &Answer) -> Taken {
        let title = String::from_utf8_lossy(&answer.body).into_owned();
        let (kind, ids) = (Type::of(item), Ids::default());
        let other = Found { kind, number: 2, ids, show: None, title, year: Some(1998) };
        let forget = Some(Call { effect: Effect::Change, ..Call::get("forget it") });
        let named = (!answer.body.is_empty()).then_some(Named::Doubtful(other));
        Taken { named, forget, ..Taken::default() }
    }
    fn added(&self, _: &[(Found, Time)], _: &Answer) -> Added {
        Added::default()
    }
    fn find(
        &mut self,
        _: &mut Ask<'_>,
        item: &Item,
        _: Option<u64>,
        _: Duration,
    ) -> Result<Lookup, Reply> {
        Ok(self.known(item).map_or(Lookup::Unknown, Lookup::Found)) // by names nothing else is known
    }
    fn plays(
        &self,
        ask: &mut Ask<'_>,
        _: &Item,
        found: &Found,
        since: Option<Time>,
    ) -> Result<(Vec<crate::tracker::Play>, Option<Time>), Reply> {
        let answer = ask(&Call::get(format!("finish {}", found.title))).map_err(Err)?;
        let watched_at = since.unwrap_or(Time(0));
        let play = (answer.status == 200).then_some(crate::tracker::Play { id: 1, watched_at });
        Ok((play.into_iter().collect(), None))
    }
    fn new_calls(&self, _: Time) -> Option<Time> {
        Some(noon().after(REST_OF_DAY))
    }
    fn user_name(&self, _: &mut Ask<'_>) -> Result<String, Reply> {
        Ok("al".to_owned())
    }
    fn device_code(&self) -> Result<DeviceCode, LoginError> {
        Err(LoginError::UnknownCode)
    }
    fn poll(&self, _: &DeviceCode, _: Time) -> Poll {
        Poll::Failed(LoginError::UnknownCode)
    }
    fn refresh(&self, _: &TokenPair, _: Time) -> Refresh {
        Refresh::InvalidGrant
    }
    fn revoke(&self, _: &TokenPair) -> Result<(), String> {
        Ok(())
    }
}

fn watched(title: &str) -> Intent {
    let mut intent = film(Verb::Finish);
    title.clone_into(&mut intent.item.title);
    intent
}

/// What stands in the notebook after these intents, and what became of each.
fn written(looks: Looks, losses: usize, intents: Vec<Intent>) -> (Vec<String>, Vec<String>) {
    let (tracker, page) = notebook(looks);
    page.lock().expect("it does not panic").losses = losses;
    let count = intents.len();
    let scene = Scene { tracker: Some(Box::new(tracker)), ..scene(vec![], intents) };
    let play = scene.start();
    let settled = || {
        play.advance(minutes(1));
        let settled = play.wait_settled(0);
        settled.into_iter().filter(|one| !matches!(one, Settled::Held { .. })).collect::<Vec<_>>()
    };
    let settled = wait_for("all to be settled", settled, |settled| settled.len() == count);
    let words = settled.iter().map(|one| one.in_words("the notebook").2).collect();
    let lines = page.lock().expect("it does not panic").lines.clone();
    (lines, words)
}

#[test]
fn a_courier_delivers_to_a_tracker_that_it_knows_nothing_of() {
    let unrate = Intent { verb: Verb::Unrate, ..watched("Low Tide") };
    let (lines, settled) =
        written(Looks::Never, 0, vec![watched("The Salt Road"), watched("Low Tide"), unrate]);
    assert_eq!(lines, ["finish The Salt Road", "finish Low Tide"]);
    let told = "added to the notebook's history with the time it was watched";
    assert_eq!(settled, [told, told, "ink stays"]);
}

#[test]
fn how_it_looks_is_what_the_tracker_says() {
    const LINE: &str = "finish The Salt Road";
    let again = vec![watched("The Salt Road"), watched("The Salt Road")];
    for (looks, expected) in [(Looks::ByNumber, 1), (Looks::ByName, 1), (Looks::Never, 2)] {
        let (lines, _) = written(looks, 1, vec![watched("The Salt Road")]);
        assert_eq!(lines, [LINE].repeat(expected), "{looks:?}");
        let (lines, _) = written(looks, 0, again.clone());
        assert_eq!(lines, [LINE].repeat(expected), "{looks:?}");
    }
}

/// A courier that has these to tell, with what is left of the day's calls.
fn at_notebook(left: u32, works: Vec<(Verb, bool)>) -> (Play, Arc<Mutex<Page>>) {
    let (tracker, page) = notebook(Looks::Never);
    page.lock().expect("it does not panic").left = Some(left);
    let play = Scene { tracker: Some(Box::new(tracker)), ..scene(vec![], vec![]) }.start();
    for (verb, is_owed) in works {
        play.queue_owed(Intent { verb, ..watched(verb.word()) }, is_owed);
    }
    (play, page)
}

#[test]
fn the_last_of_a_days_calls_are_kept_for_what_must_not_be_lost() {
    let (play, page) = at_notebook(
        3,
        vec![
            (Verb::Rate(3), false),
            (Verb::Start, false),
            (Verb::Pause, false),
            (Verb::Pause, true),
            (Verb::Finish, false),
        ],
    );
    let settled = play.wait_settled(5);
    let dropped: Vec<usize> =
        (0..5).filter(|n| matches!(settled[*n], Settled::Dropped { .. })).collect();
    assert_eq!(dropped, [1, 2], "{settled:?}");
    let left = |play: &Play| {
        let owner = play.owner.lock().expect("it does not panic");
        owner.quotas.iter().map(|quota| quota.left).collect::<Vec<_>>()
    };
    assert_eq!(left(&play), [2, 1, 0]);
    play.advance(REST_OF_DAY);
    page.lock().expect("it does not panic").left = Some(500);
    let start = Intent { at: play.now(), ..watched("start") };
    play.queue(Intent { verb: Verb::Start, ..start });
    assert!(matches!(play.wait_settled(6)[5], Settled::Done { .. }), "a new day");
    assert_eq!(left(&play), [2, 1, 0, 499]);
}

#[test]
fn a_day_that_is_used_up_is_waited_for_and_no_retry_shortens_it() {
    let (play, page) = at_notebook(500, vec![]);
    page.lock().expect("it does not panic").refusals.push_back(429);
    play.queue(watched("The Salt Road"));
    let settled = play.wait_settled(1);
    let why = "the day's calls to the notebook are used up (429)".to_owned();
    let held = Settled::Held { until: noon().after(REST_OF_DAY), why, maybe_sent: false };
    assert_eq!(settled, [held]);
    play.wakes.send(CourierCommand::Retry).expect("the courier lives");
    play.advance(REST_OF_DAY / 2);
    play.wait_at_rest();
    assert_eq!(play.wait_settled(1).len(), 1);
    play.advance(REST_OF_DAY / 2);
    assert!(matches!(play.wait_settled(2)[1], Settled::Done { .. }));
}

#[test]
fn a_lock_of_the_user_is_no_fault_of_what_is_told() {
    let (play, page) = at_notebook(500, vec![]);
    page.lock().expect("it does not panic").refusals.extend([423, 423]);
    play.queue(watched("The Salt Road"));
    let why = "the notebook is still busy with another call of this account".to_owned();
    let mut until = noon();
    for (tries, wait) in (1..).zip(PATIENCE) {
        until = until.after(*wait);
        let held = Settled::Held { until, why: why.clone(), maybe_sent: false };
        assert_eq!(play.wait_settled(tries).last(), Some(&held));
        play.advance(*wait);
    }
    assert!(matches!(play.wait_settled(3)[2], Settled::Done { .. }));
    assert_eq!(page.lock().expect("it does not panic").lines, ["finish The Salt Road"]);
}

/// One that takes items by so many names, of which it does not know some.
fn by_names(
    names: usize,
    unknown_names: usize,
    takes_for: &'static str,
) -> (Play, Arc<Mutex<Page>>) {
    let (tracker, page) = notebook(Looks::Never);
    let known = Page { names, unknown_names, takes_for, ..Page::default() };
    *page.lock().expect("it does not panic") = known;
    (Scene { tracker: Some(Box::new(tracker)), ..scene(vec![], vec![]) }.start(), page)
}

fn lines(page: &Arc<Mutex<Page>>) -> Vec<String> {
    page.lock().expect("it does not panic").lines.clone()
}

#[test]
fn names_of_the_item_itself_are_tried_one_after_the_other_and_nothing_is_looked_up() {
    for (unknown, expected) in
        [(0, "start Low Tide by name 0"), (1, "start Low Tide by name 1"), (2, "")]
    {
        let (play, page) = by_names(2, unknown, "");
        play.queue(Intent { verb: Verb::Start, ..watched("Low Tide") });
        let settled = play.wait_settled(1);
        assert_eq!(lines(&page).concat(), expected);
        let is_done = matches!(settled[0], Settled::Done { .. });
        assert_eq!(is_done, !expected.is_empty(), "{settled:?}");
    }
}

#[test]
fn a_play_that_was_taken_for_another_items_is_parked_and_a_start_taken_back() {
    let (play, page) = by_names(1, 0, "High Tide");
    play.queue(watched("Low Tide"));
    let Settled::Parked { why } = &play.wait_settled(1)[0] else { panic!("it is not parked") };
    let begin = "the notebook took `Low Tide` for `High Tide (1998)`, and has that as watched now";
    assert!(why.starts_with(begin), "{why}");
    play.queue(Intent { verb: Verb::Start, ..watched("Low Tide") });
    assert!(matches!(play.wait_settled(2)[1], Settled::Dropped { .. }));
    assert_eq!(lines(&page), ["finish Low Tide by name 0", "start Low Tide by name 0"]);
}

#[test]
fn a_position_whose_call_the_answer_tells_is_not_looked_for() {
    let (play, page) = by_names(1, 0, "");
    play.queue(Intent { verb: Verb::Abandoned, ..watched("Low Tide") });
    assert!(matches!(play.wait_settled(1)[0], Settled::Done { .. }));
    assert_eq!(lines(&page), ["abandoned Low Tide by name 0", "forget it"]);
}

#[test]
fn what_a_tracker_has_no_use_for_is_not_told_and_not_parked() {
    let (play, page) = by_names(1, 0, "");
    play.queue(Intent { verb: Verb::Unmark, ..watched("Low Tide") });
    let why = "who would want that".to_owned();
    assert_eq!(play.wait_settled(1), [Settled::Dropped { why }]);
    assert!(lines(&page).is_empty());
}

#[test]
fn marks_that_need_no_look_leave_in_one_call_or_one_by_one() {
    let mark = |title: &str| Intent { verb: Verb::Mark, ..watched(title) };
    for (titles, expected) in [
        (["Low Tide", "High Tide"], vec!["mark Low Tide, High Tide by name"]),
        (["Low Tide", ""], vec!["mark Low Tide by name 0", "mark  by name 0"]),
    ] {
        let (tracker, page) = notebook(Looks::Never);
        page.lock().expect("it does not panic").names = 1;
        let marks = titles.map(mark).to_vec();
        let scene = Scene { tracker: Some(Box::new(tracker)), ..scene(vec![], marks) };
        let play = scene.start();
        let settled = play.wait_settled(2);
        assert!(settled.iter().all(|one| matches!(one, Settled::Done { .. })), "{settled:?}");
        assert_eq!(lines(&page), expected);
    }
}
