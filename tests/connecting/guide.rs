//! Follows a conversation as the page does, and answers as a script says.

#![allow(dead_code, reason = "each kind's tests use their own part of this")]

use crate::daemon::{Scrobbled, wait_for};
use scrobbled::connect::{Code, End, View};
use scrobbled::control::Request;
use scrobbled::control::socket::ControlClient;
use serde_json::{Value, json};

/// Somebody who connects a media server.
pub(crate) struct Guide<'d> {
    daemon: &'d Scrobbled,
    seen: usize,
    /// What was said so far.
    pub(crate) lines: Vec<String>,
}

/// What somebody heard.
#[derive(Debug)]
pub(crate) struct Heard {
    /// What was said.
    pub(crate) lines: Vec<String>,
    /// What was asked.
    pub(crate) questions: Vec<String>,
    /// How it ended.
    pub(crate) end: End,
}

impl Heard {
    /// All of it as one text.
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}", self.lines.join("\n"), self.end.sentence)
    }

    /// The connected server's name.
    #[track_caller]
    pub(crate) fn name(&self) -> &str {
        self.end.name.as_deref().unwrap_or_else(|| panic!("it is not connected: {self:?}"))
    }
}

/// Asks a running daemon over its control socket.
pub(crate) fn ask(daemon: &Scrobbled, request: Value) -> Result<Value, String> {
    let request: Request = serde_json::from_value(request).expect("a request");
    let socket = daemon.data().join("control.sock");
    ControlClient::connect(&socket).expect("a daemon").ask(&request)
}

impl<'d> Guide<'d> {
    /// Begins to connect; the request's other keys are in `more`.
    #[track_caller]
    pub(crate) fn begin(daemon: &'d Scrobbled, kind: &str, more: Value) -> Self {
        let mut request = json!({ "command": "connect", "kind": kind });
        if let (Some(request), Value::Object(more)) = (request.as_object_mut(), more) {
            request.extend(more);
        }
        ask(daemon, request).expect("it begins");
        Self { daemon, seen: 0, lines: Vec::new() }
    }

    /// How it stands.
    pub(crate) fn look(&mut self) -> View {
        let state = ask(self.daemon, json!({ "command": "connect_state", "seen": self.seen }));
        let view: View = serde_json::from_value(state.expect("a state")).expect("a view");
        self.seen = view.seen;
        self.lines.extend(view.lines.iter().cloned());
        view
    }

    /// Waits for a code.
    #[track_caller]
    pub(crate) fn code(&mut self) -> Code {
        let code = || self.look().code;
        wait_for("a code", code, Option::is_some).expect("a code")
    }

    /// Leaves.
    pub(crate) fn leave(&self) {
        ask(self.daemon, json!({ "command": "connect_leave" })).expect("it is told");
    }

    /// Follows it to its end. A question in which the first word of a pair stands is answered by the
    /// choice in which the second stands; any other by its first choice.
    #[track_caller]
    pub(crate) fn lead(mut self, answers: &[(&str, &str)]) -> Heard {
        let mut questions = Vec::new();
        let end = wait_for(
            "the end",
            || {
                let view = self.look();
                if let Some(question) = view.question {
                    let said = answers.iter().find(|(asked, _)| question.text.contains(asked));
                    let choice = said.map_or(Some(0), |(_, choice)| {
                        question.choices.iter().position(|one| one.contains(choice))
                    });
                    let choice = choice.unwrap_or_else(|| panic!("no such choice in {question:?}"));
                    let answer = json!({
                        "command": "connect_answer", "question": question.number, "answer": choice,
                    });
                    // It may be answered already where the same state was seen twice.
                    if ask(self.daemon, answer).is_ok() {
                        questions.push(question.text);
                    }
                }
                view.end
            },
            Option::is_some,
        );
        Heard { lines: self.lines, questions, end: end.expect("an end") }
    }
}
