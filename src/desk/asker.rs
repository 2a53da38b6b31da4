//! Who carries a question to a media server, and waits for the answer?
//!
//! One thread a server that is set up, so that one that hangs holds up nobody else's questions; of
//! one server users take turns.
//! Each question is answered, with [`ProbeAnswer::Nothing`] where it must be: at once where the server
//! is not set up or too many questions wait for it already. What a person has to know is logged
//! once, when the server can't be asked and when it can again.
//!
//! Not here: how a server is asked (`media_server`), what waits for the answer and what is
//! remembered of it (`engine`).

use super::lookout::{Lookout, Watch};
use crate::config::{MediaServer, Settings};
use crate::event::{Source, User};
use crate::media_server::{self, Trouble};
use crate::probe::{Probe, ProbeAnswer};
use crate::threads::Vital;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// How many questions may wait for one server; of one user as many as there is still room for, so
/// that a flood of one leaves room for others.
const MOST_WAITING: usize = 32;

/// Takes an answer, with its question.
pub(super) type OnAnswer = dyn Fn(Probe, ProbeAnswer) + Send + Sync;

/// Takes questions.
pub(crate) struct Asker {
    servers: BTreeMap<(Source, String), (MediaServer, Waiting)>,
    answer: Arc<OnAnswer>,
    /// Who starts the threads; `None`: there are none.
    vital: Option<Vital>,
    /// With it they also look whether a server posts what it plays.
    lookout: Option<Lookout>,
}

impl Asker {
    /// An asker that asks no server yet. Its threads end when it is dropped.
    pub(crate) fn new(vital: &Vital, answer: Arc<OnAnswer>, lookout: Option<Lookout>) -> Self {
        Self { servers: BTreeMap::new(), answer, vital: Some(vital.clone()), lookout }
    }

    /// An asker that never asks a server, where nobody waits for answers.
    pub(crate) fn nobody() -> Self {
        let answer: Arc<OnAnswer> = Arc::new(|_, _| {});
        Self { servers: BTreeMap::new(), answer, vital: None, lookout: None }
    }

    /// Has a thread for each server that is set up now, and for no other. What waits for one that is so no
    /// more is asked yet.
    ///
    /// # Errors
    /// When a thread can't be started.
    pub(crate) fn adapt(&mut self, settings: &Settings) -> io::Result<()> {
        let Some(vital) = &self.vital else { return Ok(()) };
        let asked = || settings.media_servers.iter().filter(|server| server.can_be_asked());
        self.servers.retain(|_, (server, _)| asked().any(|it| it.is_reached_as(server)));
        for server in asked() {
            let key = (server.kind, server.name().to_owned());
            if self.servers.contains_key(&key) {
                continue;
            }
            let (bell, rings) = channel();
            let waiting = Waiting { probes: Arc::default(), bell };
            let probes = waiting.probes.clone();
            let lookout = self.lookout.clone().filter(|_| !server.hear);
            let watch = lookout.map(Watch::new);
            let mut line = ProbeWorker { server: server.clone(), in_trouble: false, watch };
            let answer = self.answer.clone();
            let name = format!("asker {}", server.section());
            drop(vital.spawn_while_needed(&name, move || line.run(&probes, &rings, &*answer))?);
            self.servers.insert(key, (server.clone(), waiting));
        }
        Ok(())
    }

    /// Puts a question; never waits.
    pub(super) fn put(&self, probe: Probe) {
        let server = self.servers.get(&(probe.source, probe.server.clone()));
        let refused = match server {
            Some((_, waiting)) => waiting.take(probe),
            None => Some(probe),
        };
        if let Some(probe) = refused {
            (self.answer)(probe, ProbeAnswer::Nothing);
        }
    }
}

/// What waits for a server.
struct Waiting {
    probes: Arc<Mutex<VecDeque<Probe>>>,
    /// Rings once for each.
    bell: Sender<()>,
}

impl Waiting {
    /// Takes a question, or gives it back where there is no room for it.
    fn take(&self, probe: Probe) -> Option<Probe> {
        let mut probes = self.probes.lock().unwrap_or_else(PoisonError::into_inner);
        let of_user = probes.iter().filter(|other| other.user == probe.user).count();
        let is_full = of_user >= MOST_WAITING.saturating_sub(probes.len());
        if is_full || self.bell.send(()).is_err() {
            return Some(probe);
        }
        probes.push_back(probe);
        None
    }
}

/// The next question: the first of another user than the one before, if there is one.
fn next(probes: &Mutex<VecDeque<Probe>>, last: &User) -> Option<Probe> {
    let mut probes = probes.lock().unwrap_or_else(PoisonError::into_inner);
    let of_another = probes.iter().position(|probe| probe.user != *last);
    probes.remove(of_another.unwrap_or_default())
}

/// The way to one server.
struct ProbeWorker {
    server: MediaServer,
    /// Whether the last question could not be put.
    in_trouble: bool,
    /// Whether it posts what it plays, where that is looked at.
    watch: Option<Watch>,
}

impl ProbeWorker {
    fn run(&mut self, probes: &Mutex<VecDeque<Probe>>, rings: &Receiver<()>, answer: &OnAnswer) {
        let mut last = User::default();
        loop {
            match (self.wait(rings), &mut self.watch) {
                (Ok(()), _) => {
                    if let Some(probe) = next(probes, &last) {
                        last.clone_from(&probe.user);
                        let found = self.found(&probe);
                        answer(probe, found);
                    }
                }
                (Err(RecvTimeoutError::Timeout), Some(watch)) => watch.turn(&self.server),
                (Err(_), _) => return,
            }
        }
    }

    fn wait(&self, rings: &Receiver<()>) -> Result<(), RecvTimeoutError> {
        match self.watch.as_ref().map(Watch::idle) {
            Some((clock, idle)) => clock.receive(rings, Some(idle)),
            None => rings.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn found(&mut self, probe: &Probe) -> ProbeAnswer {
        let asked = media_server::ask(&self.server, probe);
        self.note(asked.as_ref().err());
        asked.unwrap_or(ProbeAnswer::Nothing)
    }

    fn note(&mut self, trouble: Option<&Trouble>) {
        match trouble {
            Some(trouble) if !self.in_trouble => {
                log::warn!("{} can't be asked: {trouble}", self.server.title());
            }
            None if self.in_trouble => log::info!("{} can be asked again", self.server.title()),
            Some(_) | None => {}
        }
        self.in_trouble = trouble.is_some();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Library;
    use crate::http::scripted::{Script, answer};
    use crate::patience::wait_for;
    use crate::probe::About;
    use crate::secret::Secret;
    use std::time::Duration;

    const LIMIT: Duration = Duration::from_secs(10);
    const ANCESTORS: &str = r#"[{"Id":"f1","Name":"Films","Type":"CollectionFolder"}]"#;

    fn probe(number: u64, source: Source, about: About) -> Probe {
        let user = User { id: "11".into(), ..User::default() };
        Probe { number, source, server: source.word().into(), key: "51".into(), user, about }
    }

    fn films() -> ProbeAnswer {
        ProbeAnswer::Libraries(vec![Library { id: "f1".into(), title: "Films".into() }])
    }

    /// An asker of a Jellyfin at `url`, and where its answers arrive.
    fn asker(url: &str) -> (Asker, Receiver<(u64, ProbeAnswer)>) {
        let mut settings = Settings::default();
        for jellyfin in settings.servers_mut(Source::Jellyfin) {
            jellyfin.url = url.to_owned();
            jellyfin.token = Secret::new("key");
        }
        asker_of(&settings)
    }

    fn asker_of(settings: &Settings) -> (Asker, Receiver<(u64, ProbeAnswer)>) {
        let (sender, answers) = channel();
        let answer: Arc<OnAnswer> = Arc::new(move |probe, found| {
            let _ = sender.send((probe.number, found));
        });
        let mut asker = Asker::new(&Vital::new(|_| {}), answer, None);
        asker.adapt(settings).expect("a thread");
        (asker, answers)
    }

    #[test]
    fn a_server_that_is_not_set_up_is_answered_for_at_once() {
        let (asker, answers) = asker("http://127.0.0.1:1");
        asker.put(probe(7, Source::Plex, About::Position));
        assert_eq!(answers.try_recv(), Ok((7, ProbeAnswer::Nothing)));
    }

    #[test]
    fn of_several_servers_the_one_that_is_meant_is_asked() {
        let scripts = ["f1", "f2"].map(|id| {
            let found = ANCESTORS.replace("f1", id);
            Script::start(vec![("GET", answer(200, &found))])
        });
        let named = |name: &str, script: &Script| MediaServer {
            name: name.to_owned(),
            url: script.url(""),
            token: Secret::new("key"),
            ..MediaServer::new(Source::Jellyfin)
        };
        let media_servers = vec![named("home", &scripts[0]), named("attic", &scripts[1])];
        let (asker, answers) = asker_of(&Settings { media_servers, ..Settings::default() });
        for (number, server, id) in [(1, "attic", "f2"), (2, "cellar", ""), (3, "home", "f1")] {
            let probe = probe(number, Source::Jellyfin, About::Libraries);
            asker.put(Probe { server: server.into(), ..probe });
            let films = Library { id: id.into(), title: "Films".into() };
            let found = if id.is_empty() {
                ProbeAnswer::Nothing
            } else {
                ProbeAnswer::Libraries(vec![films])
            };
            assert_eq!(answers.recv_timeout(LIMIT), Ok((number, found)), "{server}");
        }
    }

    #[test]
    fn an_unreachable_server_finds_nothing_until_it_is_back() {
        let script = Script::start(vec![("GET", answer(500, "")), ("GET", answer(200, ANCESTORS))]);
        let (asker, answers) = asker(&script.url(""));
        for (number, expected) in [(1, ProbeAnswer::Nothing), (2, films())] {
            asker.put(probe(number, Source::Jellyfin, About::Libraries));
            assert_eq!(answers.recv_timeout(LIMIT), Ok((number, expected)));
        }
    }

    #[test]
    fn behind_a_server_that_hangs_no_more_than_a_few_questions_wait() {
        let script = Script::start_silent();
        let (asker, answers) = asker(&script.url(""));
        let most = MOST_WAITING as u64 / 2 + 2;
        asker.put(probe(0, Source::Jellyfin, About::Runtime));
        wait_for("it to be in the server's hands", || script.seen().len(), |seen| *seen == 1);
        for number in 1..most {
            asker.put(probe(number, Source::Jellyfin, About::Runtime));
        }
        let at_once: Vec<_> = answers.try_iter().map(|(number, _)| number).collect();
        assert_eq!(at_once, [most - 1]);
    }

    /// The same where one user asks without end: another's question gets in.
    #[test]
    fn a_flood_of_one_user_leaves_room_for_others() {
        let script = Script::start_silent();
        let (asker, answers) = asker(&script.url(""));
        for number in 0..100 {
            asker.put(probe(number, Source::Jellyfin, About::Runtime));
        }
        let refused: Vec<_> = answers.try_iter().map(|(number, _)| number).collect();
        assert!((80..90).contains(&refused.len()), "{refused:?}");
        for number in 100..104 {
            let user = User { id: number.to_string(), ..User::default() };
            asker.put(Probe { user, ..probe(number, Source::Jellyfin, About::Runtime) });
        }
        assert_eq!(answers.try_recv().ok(), None);
    }
}
