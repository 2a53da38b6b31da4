//! Is all well? What `/healthz` and the service manager are told.

use std::iter;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How things are; cheap to clone, all clones are one.
#[derive(Clone, Default)]
pub(crate) struct Health(Arc<Mutex<Known>>);

type Watcher = Box<dyn Fn(&str) + Send>;

#[derive(Default)]
struct Known {
    trouble: Option<HealthProblem>,
    /// What a person may mend, though all is well.
    advice: Vec<String>,
    watcher: Option<Watcher>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HealthProblem {
    /// In one word: `disk`, `login` or the name of a tracker.
    pub word: String,
    /// In sentences, with what to do.
    pub sentences: Vec<String>,
}

impl Health {
    /// Says how things are from now on. With nothing but `advice` for a person all is well: to
    /// start the daemon anew would not help.
    pub(super) fn set(&self, trouble: Option<HealthProblem>, advice: Vec<String>) {
        let mut known = self.known();
        if (&known.trouble, &known.advice) != (&trouble, &advice) {
            (known.trouble, known.advice) = (trouble, advice);
            known.tell();
        }
    }

    /// Tells `watcher` in a line how things are, now and whenever it changes.
    pub(crate) fn watch(&self, watcher: impl Fn(&str) + Send + 'static) {
        let mut known = self.known();
        known.watcher = Some(Box::new(watcher));
        known.tell();
    }

    /// HTTP status and text; the sentences are only for those who may see them.
    pub(crate) fn answer(&self, in_words: bool) -> (u16, String) {
        let known = self.known();
        let (status, word) =
            known.trouble.as_ref().map_or((200, "ok"), |trouble| (503, &trouble.word));
        let sentences = known.sentences().filter(|_| in_words);
        let lines = iter::once(word).chain(sentences).map(|line| format!("{line}\n"));
        (status, lines.collect())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn sentences(&self) -> impl Iterator<Item = &str> {
        let trouble = self.trouble.iter().flat_map(|trouble| &trouble.sentences);
        trouble.chain(&self.advice).map(String::as_str)
    }

    fn tell(&self) {
        let Some(watcher) = &self.watcher else { return };
        let sentences: Vec<_> = self.sentences().collect();
        if sentences.is_empty() {
            watcher("all is well");
        } else {
            watcher(&sentences.join("; "));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_watcher_hears_how_things_are_and_each_change_once() {
        let health = Health::default();
        let (teller, told) = channel();
        health.watch(move |line| teller.send(line.to_owned()).expect("the test listens"));
        let sentences = vec!["the disk is full".to_owned(), "log in".to_owned()];
        let advice = || vec!["an intent is parked".to_owned()];
        for (trouble, advice) in [
            (None, Vec::new()),
            (Some(HealthProblem { word: "disk".to_owned(), sentences }), advice()),
            (None, advice()),
            (None, Vec::new()),
        ] {
            health.set(trouble.clone(), advice.clone());
            health.set(trouble, advice);
        }
        let told: Vec<String> = told.try_iter().collect();
        let sick = "the disk is full; log in; an intent is parked";
        assert_eq!(told, ["all is well", sick, "an intent is parked", "all is well"]);
    }

    #[test]
    fn what_a_person_may_mend_is_told_and_no_trouble() {
        let health = Health::default();
        health.set(None, vec!["an intent is parked".to_owned()]);
        assert_eq!(health.answer(false), (200, "ok\n".to_owned()));
        assert_eq!(health.answer(true), (200, "ok\nan intent is parked\n".to_owned()));
        let sentences = vec!["log in".to_owned()];
        let trouble = HealthProblem { word: "login".to_owned(), sentences };
        health.set(Some(trouble), vec!["an intent is parked".to_owned()]);
        assert_eq!(health.answer(false), (503, "login\n".to_owned()));
        let words = "login\nlog in\nan intent is parked\n";
        assert_eq!(health.answer(true), (503, words.to_owned()));
    }
}
