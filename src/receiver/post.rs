//! What of a webhook is passed on, and where is it while a media server is asked about it?
//!
//! A filter may need the answer of the media server. Until that has come, the webhook waits beside its event,
//! under the number of the question; in memory alone, so that a restart loses it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How many bytes may wait together.
pub(super) const MOST_BYTES: usize = 2 * 1024 * 1024;

/// A webhook on its way, whole.
#[derive(Clone)]
pub struct Post {
    pub(super) body: Arc<[u8]>,
    pub(super) content_type: Option<String>,
    /// When it came, in steady time.
    pub(super) since: Duration,
}

impl Post {
    /// A webhook that has come at this time.
    #[must_use]
    pub fn new(content_type: Option<&str>, body: &[u8], since: Duration) -> Self {
        Self { body: body.into(), content_type: content_type.map(str::to_owned), since }
    }
}

/// Webhooks whose events wait for an answer of a media server, by the numbers of the questions.
#[derive(Default)]
pub struct HeldPosts {
    posts: BTreeMap<u64, Post>,
    bytes: usize,
}

impl HeldPosts {
    /// Keeps one until its question is answered. Where all together are too many bytes, the oldest goes;
    /// how many went.
    pub fn hold(&mut self, question: u64, post: Post) -> usize {
        self.bytes += post.body.len();
        self.posts.insert(question, post);
        let before = self.posts.len();
        while self.bytes > MOST_BYTES
            && let Some((_, oldest)) = self.posts.pop_first()
        {
            self.bytes -= oldest.body.len();
        }
        before - self.posts.len()
    }

    /// Takes the one that waited for the answer to this question, if there is one.
    pub fn take(&mut self, question: u64) -> Option<Post> {
        let post = self.posts.remove(&question)?;
        self.bytes -= post.body.len();
        Some(post)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_answers_has_a_bound() {
        let post = |bytes: usize| Post::new(None, &vec![b'x'; bytes], Duration::ZERO);
        let mut held = HeldPosts::default();
        assert_eq!(held.hold(3, post(MOST_BYTES / 2)), 0);
        assert_eq!(held.hold(5, post(MOST_BYTES / 2)), 0);
        assert_eq!(held.hold(7, post(1)), 1, "the oldest has gone");
        assert!(held.take(3).is_none());
        assert_eq!(held.take(5).map(|post| post.body.len()), Some(MOST_BYTES / 2));
        assert!(held.take(5).is_none(), "once");
        assert_eq!((held.posts.len(), held.bytes), (1, 1));
        assert_eq!(held.hold(9, post(MOST_BYTES + 1)), 2, "one that is too large goes itself");
        assert_eq!((held.posts.len(), held.bytes), (0, 0));
    }
}
