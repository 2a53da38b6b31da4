//! Where do the files of items lie, as media servers told it when they were asked?
//!
//! Of most items nothing is known here: only a filter asks, and only where a webhook does not say it.

use super::Draft;
use crate::event::{Event, File, Time};
use std::time::Duration;

/// How many items' files are remembered.
const MOST: usize = 2_000;
/// For how long.
pub(super) const FILES_ARE_KEPT: Duration = Duration::from_secs(3600);

impl Draft<'_> {
    pub(super) fn remember_file(&mut self, event: &Event, file: File, until: Time) {
        let files = &mut self.state.files;
        while files.len() >= MOST {
            let oldest =
                files.iter().min_by_key(|(_, (_, when))| *when).map(|(key, _)| key.clone());
            let Some(key) = oldest else { break };
            files.remove(&key);
        }
        let key = (event.server.clone(), event.item.key.clone());
        files.insert(key, (file, until));
    }

    /// What was answered about an item's file lately; an empty one where nobody knew.
    pub(super) fn file(&self, event: &Event, now: Time) -> Option<&File> {
        if self.state.files.is_empty() {
            return None;
        }
        let key = (event.server.clone(), event.item.key.clone());
        let (file, until) = self.state.files.get(&key)?;
        (now < *until).then_some(file)
    }

    /// An event that does not name its file, with what is known of it.
    pub(super) fn with_its_file(&self, event: &Event, now: Time) -> Option<Event> {
        if !event.item.file.path.is_empty() {
            return None;
        }
        let mut file = self.file(event, now)?.clone();
        if file.edition.is_empty() {
            file.edition.clone_from(&event.item.file.edition);
        }
        let mut event = event.clone();
        event.item.file = file;
        Some(event)
    }
}
