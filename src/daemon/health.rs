//! Is all well? What `/healthz` says.

use std::sync::{Arc, Mutex, PoisonError};

/// How things are; cheap to clone, all clones are one.
#[derive(Clone, Debug, Default)]
pub(super) struct Health(Arc<Mutex<Option<Trouble>>>);

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// In one word: `disk`, `login` or `trakt`.
    pub word: &'static str,
    /// In sentences, with what to do.
    pub sentences: Vec<String>,
}

impl Health {
    /// Says how things are from now on.
    pub(super) fn set(&self, trouble: Option<Trouble>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// HTTP status and text; the sentences are only for those who may see them.
    pub(super) fn answer(&self, in_words: bool) -> (u16, String) {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            None => (200, "ok\n".to_owned()),
            Some(trouble) if in_words => {
                (503, format!("{}\n{}\n", trouble.word, trouble.sentences.join("\n")))
            }
            Some(trouble) => (503, format!("{}\n", trouble.word)),
        }
    }
}
