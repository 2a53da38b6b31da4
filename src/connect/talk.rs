//! How is somebody led through it?
//!
//! The one side says lines, shows a code and asks, and waits for what is answered; the other side polls
//! what was said since, answers and may leave. Whoever has not polled for [`GONE_AFTER`] has left, unless
//! there is a code to type: on a phone that is done in another window, and meanwhile ours is asleep. All
//! that waits ends at once when the person leaves.
//!
//! Not here: how it looks (`cli`, `page`), what is said (a folder for each kind).

use crate::clock::Clock;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Who has not polled for so long has left.
pub(super) const GONE_AFTER: Duration = Duration::from_secs(30);
/// How long a person may think about a question.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(15 * 60);
/// How often it is looked whether somebody is still there.
const LOOK: Duration = Duration::from_secs(1);
/// Most lines that are kept; a conversation has a few dozen.
const LINES_MOST: usize = 1_000;

/// Why a conversation ended before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The person left.
    Left,
    /// Nobody answered the question in time.
    Unanswered(String),
    /// It can't be done; a sentence says why, with the mend.
    Failed(String),
}

impl From<String> for Ended {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

impl From<&str> for Ended {
    fn from(why: &str) -> Self {
        Self::Failed(why.to_owned())
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Left => f.write_str("left before the end; connect again to go on"),
            Self::Unanswered(question) => {
                let minutes = ANSWER_WITHIN.as_secs() / 60;
                write!(
                    f,
                    "nobody answered within {minutes} minutes: {question} Connect again to go on"
                )
            }
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Ended {}

/// A code that the person types elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Code {
    /// What is typed.
    pub user_code: String,
    /// Where, in words or as an address.
    pub place: String,
    /// An address at which it is typed already, for links and QR codes; empty: there is none.
    pub url: String,
    /// How long it is good, in seconds.
    pub expires_in: u64,
}

/// A question that waits for an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Question {
    /// Which of this conversation's it is, from 1.
    pub number: u64,
    /// The question.
    pub text: String,
    /// What can be answered, the likeliest first.
    pub choices: Vec<String>,
}

/// What came of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct End {
    /// The connected server's name here; `None`: none is connected.
    pub name: Option<String>,
    /// How it ended, in a sentence.
    pub sentence: String,
    /// Whether the person left.
    pub left: bool,
}

/// What somebody sees who polls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    /// What was said since.
    pub lines: Vec<String>,
    /// How much was said in all: with this it is polled next.
    pub seen: usize,
    /// The code that is to be typed.
    pub code: Option<Code>,
    /// The question that waits.
    pub question: Option<Question>,
    /// What came of it.
    pub end: Option<End>,
}

#[derive(Default)]
struct State {
    lines: Vec<String>,
    code: Option<Code>,
    question: Option<Question>,
    asked: u64,
    answer: Option<usize>,
    left: bool,
    /// When somebody last polled, in steady time.
    polled: Duration,
    end: Option<End>,
}

/// The side that leads.
pub struct Talk {
    state: Arc<Mutex<State>>,
    /// Rings when something is answered or the person leaves.
    bell: Receiver<()>,
    clock: Clock,
    yes: bool,
}

/// The side that listens and answers. Cheap to clone.
#[derive(Clone)]
pub struct Listener {
    state: Arc<Mutex<State>>,
    bell: Sender<()>,
    clock: Clock,
}

/// Begins a conversation; with `yes` nothing is asked, and the first choice is taken.
#[must_use]
pub fn begin(clock: &Clock, yes: bool) -> (Talk, Listener) {
    let state = State { polled: clock.steady(), ..State::default() };
    let state = Arc::new(Mutex::new(state));
    let (ring, bell) = channel();
    let listener = Listener { state: state.clone(), bell: ring, clock: clock.clone() };
    (Talk { state, bell, clock: clock.clone(), yes }, listener)
}

impl Talk {
    /// Says a line.
    ///
    /// # Errors
    /// When the person has left.
    pub fn say(&self, line: impl Into<String>) -> Result<(), Ended> {
        self.check()?;
        lock(&self.state).say(line.into());
        Ok(())
    }

    /// Shows a code, in the place of the one before; `None`: it is typed, or of no use any more.
    ///
    /// # Errors
    /// When the person has left.
    pub fn show(&self, code: Option<Code>) -> Result<(), Ended> {
        self.check()?;
        let mut state = lock(&self.state);
        if code.is_none() && state.code.is_some() {
            state.polled = self.clock.steady(); // who has typed it has yet to come back
        }
        state.code = code;
        Ok(())
    }

    /// Asks, and waits for the place of what is chosen. With `yes` that is the first, which is said in a
    /// line of its own.
    ///
    /// # Errors
    /// When the person leaves or does not answer in time, or there is nothing to choose.
    pub fn choose(&self, question: &str, choices: &[String]) -> Result<usize, Ended> {
        self.check()?;
        let Some(first) = choices.first() else {
            return Err(Ended::Failed(format!("{question} There is nothing to choose from")));
        };
        if self.yes {
            self.say(question)?;
            self.say(format!("  → {first}"))?;
            return Ok(0);
        }
        let number = {
            let mut state = lock(&self.state);
            state.asked += 1;
            let (number, text) = (state.asked, question.to_owned());
            state.question = Some(Question { number, text, choices: choices.to_vec() });
            state.answer = None;
            number
        };
        let until = self.clock.steady().saturating_add(ANSWER_WITHIN);
        loop {
            {
                let mut state = lock(&self.state);
                if let Some(answer) = state.answer.take() {
                    state.question = None;
                    return Ok(answer);
                }
            }
            let left = until.saturating_sub(self.clock.steady());
            if left.is_zero() {
                lock(&self.state).question = None;
                return Err(Ended::Unanswered(question.to_owned()));
            }
            if let Err(ended) = self.wait_at_most(left.min(LOOK)) {
                lock(&self.state).question.take_if(|asked| asked.number == number);
                return Err(ended);
            }
        }
    }

    /// Asks for a yes or a no. With `yes` it is a yes.
    ///
    /// # Errors
    /// When the person leaves or does not answer in time.
    pub fn confirm(&self, question: &str) -> Result<bool, Ended> {
        Ok(self.choose(question, &["yes".to_owned(), "no".to_owned()])? == 0)
    }

    /// Waits so long.
    ///
    /// # Errors
    /// When the person leaves, at once.
    pub fn wait(&self, span: Duration) -> Result<(), Ended> {
        let until = self.clock.steady().saturating_add(span);
        loop {
            let left = until.saturating_sub(self.clock.steady());
            if left.is_zero() {
                return self.check();
            }
            self.wait_at_most(left.min(LOOK))?;
        }
    }

    /// Whether the person is still there.
    ///
    /// # Errors
    /// When they have left.
    pub fn check(&self) -> Result<(), Ended> {
        let state = lock(&self.state);
        let silent = self.clock.steady().saturating_sub(state.polled);
        let patience = if state.code.is_some() { ANSWER_WITHIN } else { GONE_AFTER };
        if state.left || silent >= patience { Err(Ended::Left) } else { Ok(()) }
    }

    /// Tells what came of it: the connected server's name here, or why there is none.
    pub fn end(self, result: Result<(String, String), Ended>) {
        lock(&self.state).end = Some(match result {
            Ok((name, sentence)) => End { name: Some(name), sentence, left: false },
            Err(ended) => {
                End { name: None, sentence: ended.to_string(), left: ended == Ended::Left }
            }
        });
    }

    /// Until the bell rings, which may be a late ring of before.
    fn wait_at_most(&self, span: Duration) -> Result<(), Ended> {
        let _ = self.clock.receive(&self.bell, Some(span)); // all that counts is in the state
        self.check()
    }
}

impl Drop for Talk {
    /// Whoever listens is told the end, whatever it was.
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        (state.code, state.question) = (None, None);
        state.end.get_or_insert_with(|| End {
            sentence: "it broke off, which is a mistake of scrobbled's; the log says more"
                .to_owned(),
            ..End::default()
        });
    }
}

impl Listener {
    /// What was said after the first `seen` lines, and what waits for an answer.
    #[must_use]
    pub fn poll(&self, seen: usize) -> View {
        let mut state = lock(&self.state);
        state.polled = self.clock.steady();
        View {
            lines: state.lines.get(seen..).unwrap_or_default().to_vec(),
            seen: state.lines.len(),
            code: state.code.clone(),
            question: state.question.clone(),
            end: state.end.clone(),
        }
    }

    /// Answers the question of this number with the choice at `answer`, from 0.
    ///
    /// # Errors
    /// When that question does not wait, or has no such choice.
    pub fn answer(&self, number: u64, answer: usize) -> Result<(), String> {
        let mut state = lock(&self.state);
        state.polled = self.clock.steady();
        let Some(question) = state.question.as_ref().filter(|asked| asked.number == number) else {
            return Err("that question is not asked any more".to_owned());
        };
        if answer >= question.choices.len() {
            return Err(format!("choose a number from 1 to {}", question.choices.len()));
        }
        (state.answer, state.question) = (Some(answer), None);
        drop(state);
        self.ring();
        Ok(())
    }

    /// The person leaves.
    pub fn leave(&self) {
        lock(&self.state).left = true;
        self.ring();
    }

    /// For how long nobody has polled.
    #[must_use]
    pub fn silent(&self) -> Duration {
        self.clock.steady().saturating_sub(lock(&self.state).polled)
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        lock(&self.state).end.is_some()
    }

    fn ring(&self) {
        let _ = self.bell.send(()); // it may be over
    }
}

impl State {
    fn say(&mut self, line: String) {
        if self.lines.len() < LINES_MOST {
            self.lines.push(line);
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
