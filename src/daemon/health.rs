//! Is all well? What `/healthz` and the service manager are told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How things are; cheap to clone, all clones are one.
#[derive(Clone, Default)]
pub(super) struct Health(Arc<Mutex<Known>>);

type Watcher = Box<dyn Fn(&str) + Send>;

#[derive(Default)]
struct Known {
    trouble: Option<Trouble>,
    watcher: Option<Watcher>,
}

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
        let mut known = self.known();
        if known.trouble != trouble {
            known.trouble = trouble;
            known.tell();
        }
    }

    /// Tells `watcher` in a line how things are, now and whenever it changes.
    pub(super) fn watch(&self, watcher: impl Fn(&str) + Send + 'static) {
        let mut known = self.known();
        known.watcher = Some(Box::new(watcher));
        known.tell();
    }

    /// HTTP status and text; the sentences are only for those who may see them.
    pub(super) fn answer(&self, in_words: bool) -> (u16, String) {
        match &self.known().trouble {
            None => (200, "ok\n".to_owned()),
            Some(trouble) if in_words => {
                (503, format!("{}\n{}\n", trouble.word, trouble.sentences.join("\n")))
            }
            Some(trouble) => (503, format!("{}\n", trouble.word)),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn tell(&self) {
        let Some(watcher) = &self.watcher else { return };
        match &self.trouble {
            None => watcher("all is well"),
            Some(trouble) => watcher(&trouble.sentences.join("; ")),
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
        for trouble in [None, Some(Trouble { word: "disk", sentences })] {
            health.set(trouble.clone());
            health.set(trouble);
        }
        health.set(None);
        let told: Vec<String> = told.try_iter().collect();
        assert_eq!(told, ["all is well", "the disk is full; log in", "all is well"]);
    }
}
