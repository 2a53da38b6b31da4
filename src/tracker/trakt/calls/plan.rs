//! What would be done to tell an intent? For people, in the order in which it is done.

use super::super::lookup;
use super::super::names::TraktName;
use super::{direct, telling, unsayable};
use crate::intent::{Intent, Verb};
use crate::tracker::{Timing, Type};

/// What is asked and sent to tell `intent`, a line each. What is not known yet stands there as
/// `NUMBER`. Where there is no way to tell it, why.
///
/// # Errors
/// Why there is none, in a sentence.
pub(in super::super) fn plan(intent: &Intent, timing: Timing) -> Result<Vec<String>, String> {
    let item = &intent.item;
    let Some(telling) = telling(intent, timing) else {
        return Err(unsayable(intent, timing).unwrap_or_default());
    };
    if let Some(why) = unsayable(intent, timing) {
        return Err(why);
    }
    let known = item.ids.trakt;
    let mut lines = Vec::new();
    if known.is_none() {
        let first = direct(intent).map(|call| call.to_string());
        let is_told = first.is_some();
        lines.extend(first);
        for (number, question) in lookup::steps(item).into_iter().enumerate() {
            lines.push(match (number, is_told) {
                (0, false) => format!("GET {question} to find its number"),
                (0, true) => format!(
                    "if Trakt does not know that, or takes it for something else: GET {question} to \
                     find its number"
                ),
                _ => format!("else GET {question}"),
            });
        }
    }
    let number = known.map_or("NUMBER".to_owned(), |number| number.to_string());
    if matches!(intent.verb, Verb::Finish | Verb::Mark) {
        let list = Type::of(item).plural();
        lines.push(format!("GET /sync/history/{list}/{number} to see whether Trakt has it"));
    }
    let call = telling.of(&TraktName::sketch(item)).to_string();
    lines.push(call.replace("\"NUMBER\"", &number));
    Ok(lines)
}
