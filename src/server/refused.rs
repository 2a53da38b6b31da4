//! Which webhooks were turned away, and why? For who wonders why nothing of a server is heard.
//!
//! One row for each kind of media server and each reason, so that no flood lets it grow. Nothing is kept
//! of an address or a token but whose it was. Who gets through has mended what was wrong: its rows go.

use crate::clock::LocalTime;
use crate::event::{Source, Time};
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Why a post is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PostRefusal {
    /// Its token is wrong, or there is none.
    WrongToken,
    /// Its signature is wrong, or there is none.
    WrongSignature,
    /// Nothing is at its path.
    WrongPath,
    /// It is no POST.
    WrongMethod,
    /// Its body is no webhook of the server at whose address it came.
    NotAWebhook,
    /// Its body is larger than any webhook's.
    TooLarge,
    /// It is no HTTP that we take, or has not come whole.
    Broken,
}

/// A post that was turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedPost {
    /// At whose address it came, or was to come.
    pub source: Source,
    /// Why.
    pub why: PostRefusal,
    /// Who sent it, as far as the door knows it.
    pub from: IpAddr,
    /// When.
    pub at: Time,
    /// What is wrong with its body, in a sentence, where that is the reason.
    pub detail: String,
}

/// Posts that were turned away; cheap to clone, all clones are one.
#[derive(Clone, Debug, Default)]
pub struct RefusedPosts(Arc<Mutex<Rows>>);

/// How often, and the last of them.
type Rows = BTreeMap<(Source, PostRefusal), (u64, RefusedPost)>;

impl RefusedPosts {
    /// Notes one.
    pub fn note(&self, post: RefusedPost) {
        let mut rows = self.rows();
        let times = rows.get(&(post.source, post.why)).map_or(0, |(times, _)| *times);
        rows.insert((post.source, post.why), (times.saturating_add(1), post));
    }

    /// A webhook of this kind of server has come from there.
    pub fn accepted(&self, source: Source, from: IpAddr) {
        self.rows().retain(|_, (_, last)| last.source != source || last.from != from);
    }

    /// Those of this kind of server since then, each reason in a sentence.
    #[must_use]
    pub fn sentences(&self, source: Source, since: Time) -> Vec<String> {
        let rows = self.rows();
        let wanted = rows.values().filter(|(_, last)| last.source == source && last.at >= since);
        wanted.map(|(times, last)| Counted(*times, last).to_string()).collect()
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Counted<'a>(u64, &'a RefusedPost);

impl fmt::Display for Counted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(times, RefusedPost { source, why, from, at, detail }) = self;
        let (s, last) = if *times == 1 { ("", "") } else { ("s", "the last ") };
        let (what, mend) = match why {
            PostRefusal::WrongToken => (
                format!("post{s} to the {source} address with a wrong token"),
                "paste the address that `scrobbled urls` prints",
            ),
            PostRefusal::WrongSignature => (
                format!("post{s} to the {source} address with a wrong signature"),
                "whoever signs them needs the secret in `webhook_secret`",
            ),
            PostRefusal::WrongPath => (
                format!("post{s} for {source} to a path that is not its address"),
                "paste the address that `scrobbled urls` prints",
            ),
            PostRefusal::WrongMethod => (
                format!("request{s} to the {source} address with another method than POST"),
                "choose POST where they are sent",
            ),
            PostRefusal::NotAWebhook => {
                (format!("post{s} to the {source} address that can't be used"), detail.as_str())
            }
            PostRefusal::TooLarge => (
                format!("post{s} to the {source} address with a body above 2 MiB"),
                "no webhook is that large; look what is sent there",
            ),
            PostRefusal::Broken => (
                format!("post{s} to the {source} address that did not come whole, or as HTTP"),
                "look at the proxy between, if there is one",
            ),
        };
        write!(f, "{times} {what}, {last}at {} from {from}: {mend}", LocalTime(*at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Source::{Emby, Plex};

    const AT: &str = "2026-11-27T12:31:44Z";

    fn post(source: Source, why: PostRefusal, from: &str) -> RefusedPost {
        let at = Time::from_rfc3339(AT).expect("a time");
        let from = from.parse().expect("an address");
        RefusedPost { source, why, from, at, detail: "the body is empty".to_owned() }
    }

    #[test]
    fn each_reason_is_a_sentence_with_how_often_when_from_where_and_the_mend() {
        let cases = [
            (
                PostRefusal::WrongToken,
                1,
                "1 post to the Plex address with a wrong token, at NOW from 192.0.2.10: \
                 paste the address that `scrobbled urls` prints",
            ),
            (
                PostRefusal::WrongToken,
                3,
                "3 posts to the Plex address with a wrong token, the last at NOW from \
                 192.0.2.10: paste the address that `scrobbled urls` prints",
            ),
            (
                PostRefusal::WrongSignature,
                2,
                "2 posts to the Plex address with a wrong signature, the last at NOW from \
                 192.0.2.10: whoever signs them needs the secret in `webhook_secret`",
            ),
            (
                PostRefusal::WrongPath,
                2,
                "2 posts for Plex to a path that is not its address, the last at NOW from \
                 192.0.2.10: paste the address that `scrobbled urls` prints",
            ),
            (
                PostRefusal::WrongMethod,
                2,
                "2 requests to the Plex address with another method than POST, the last at \
                 NOW from 192.0.2.10: choose POST where they are sent",
            ),
            (
                PostRefusal::NotAWebhook,
                2,
                "2 posts to the Plex address that can't be used, the last at NOW from \
                 192.0.2.10: the body is empty",
            ),
            (
                PostRefusal::TooLarge,
                2,
                "2 posts to the Plex address with a body above 2 MiB, the last at NOW from \
                 192.0.2.10: no webhook is that large; look what is sent there",
            ),
            (
                PostRefusal::Broken,
                2,
                "2 posts to the Plex address that did not come whole, or as HTTP, the last \
                 at NOW from 192.0.2.10: look at the proxy between, if there is one",
            ),
        ];
        for (why, times, expected) in cases {
            let posts = RefusedPosts::default();
            (0..times).for_each(|_| posts.note(post(Plex, why, "192.0.2.10")));
            let at = LocalTime(Time::from_rfc3339(AT).expect("a time")).to_string();
            assert_eq!(posts.sentences(Plex, Time(0)), [expected.replace("NOW", &at)]);
            assert_eq!(posts.sentences(Emby, Time(0)), [""; 0]);
            let later = Time::from_rfc3339("2026-11-27T12:32:00Z").expect("a time");
            assert_eq!(posts.sentences(Plex, later), [""; 0], "it is long ago");
        }
    }

    #[test]
    fn who_gets_through_is_not_told_of_any_more_and_others_are() {
        let posts = RefusedPosts::default();
        posts.note(post(Plex, PostRefusal::WrongToken, "192.0.2.10"));
        posts.note(post(Plex, PostRefusal::WrongPath, "192.0.2.11"));
        posts.note(post(Emby, PostRefusal::WrongToken, "192.0.2.10"));
        posts.accepted(Plex, "192.0.2.10".parse().expect("an address"));
        let left = [Plex, Emby].map(|kind| posts.sentences(kind, Time(0)).concat());
        assert!(left[0].starts_with("1 post for Plex to a path"), "{left:?}");
        assert!(left[1].starts_with("1 post to the Emby address"), "{left:?}");
    }

    #[test]
    fn a_flood_adds_to_a_number_and_to_nothing_else() {
        let posts = RefusedPosts::default();
        for n in 0..10_000_u32 {
            for source in Source::ALL {
                let from = IpAddr::V4(n.into());
                posts.note(RefusedPost { from, ..post(source, PostRefusal::WrongToken, "::") });
            }
        }
        assert_eq!(posts.rows().len(), 3);
        let told = posts.sentences(Plex, Time(0));
        assert!(told[0].starts_with("10000 posts to the Plex address"), "{told:?}");
        assert!(told[0].contains("from 0.0.39.15:"), "the last one: {told:?}");
    }
}
