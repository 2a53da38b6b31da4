//! How is it all, in the words of [`shown`](super::shown)?

use super::figures::DestinationFigures;
use super::parked;
use super::parts::StatusText;
use super::queue::Lately;
use super::servers;
use super::shown::{
    AccountShown, EntryShown, KnownTrackerShown, PlayShown, PlayingShown, StateShown, Status,
    TrackerShown, UnlistedShown, ViewingsShown,
};
use super::thread::Desk;
use super::unclaimed::{Unclaimed, unclaimed};
use crate::config::{Account, Settings};
use crate::delivery::AccountState;
use crate::engine::{Phase, Seen, Session};
use crate::event::{Percent, Source, Time, User};
use crate::filter;
use crate::logging;
use crate::store::{EntryState, OutboxEntry, StoreError};
use crate::tracker::{Tracker, all};
use serde::{Serialize, Serializer};
use serde_json::json;
use std::time::Duration;

/// How many waiting intents are shown; all are counted.
const MOST_WAITING: usize = 100;
/// How many parked ones are shown.
const MOST_PARKED: usize = 1_000;

/// How far the plays go back that are shown, and how many at most.
const PLAYS: (Duration, usize) = (Duration::from_secs(31 * 24 * 3600), 2_000);

/// Rows of which each is made when its turn has come: the trees of all together would take many
/// times what their text does.
struct Each<'a, T, R>(&'a [T], fn(&T) -> R);

impl<T, R: Serialize> Serialize for Each<'_, T, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

impl Desk {
    /// All that there is to see, with so much of what happened lately, as JSON.
    pub(super) fn status(&mut self, lately: Lately, now: Time) -> Result<StatusText, String> {
        status(self, lately, now)
    }

    /// Some of the viewings.
    pub(super) fn viewings(&self, before: Option<u64>, search: &str) -> ViewingsShown {
        let playing = self.state.viewings().filter_map(|(number, viewing)| {
            let plays = |it: &&Session| it.is_open() && viewing.is_uncounted(it);
            let mut sessions = viewing.sessions.iter().filter(plays);
            let is_paused = |session: &Session| matches!(session.phase, Phase::Paused(_));
            let first = is_paused(sessions.next()?);
            Some((viewing.key(number), first && sessions.all(is_paused)))
        });
        self.activity.viewings(before, search, &playing.collect())
    }

    /// What is wrong and what to do, each in a sentence.
    #[cfg(test)]
    pub(super) fn warnings(&self) -> Vec<String> {
        warnings(self, self.clock.now())
    }

    /// Logs once that several people share an account.
    pub(super) fn tell_of_several(&mut self) {
        if !self.several_told
            && let Some(warning) = self.one_account_for_several()
        {
            log::warn!("{warning}");
            self.several_told = true;
        }
    }

    /// That the plays of several people go to one account, where nobody has said that they should.
    pub(super) fn one_account_for_several(&self) -> Option<String> {
        one_account_for_several(self)
    }
}

fn status(desk: &mut Desk, lately: Lately, now: Time) -> Result<StatusText, String> {
    let text = |error: StoreError| error.to_string();
    let figures = desk.figures(now)?;
    let outbox = desk.store.entries(false, MOST_WAITING).map_err(text)?;
    let parked = desk.store.entries(true, MOST_PARKED).map_err(text)?;
    let plays = desk.store.plays_since(now.before(PLAYS.0), PLAYS.1).map_err(text)?;
    let accounts = accounts(desk, &figures.destinations, now).map_err(text)?;
    let settings = desk.live.settings();
    let unclaimed = unclaimed(&mut desk.store, &settings.accounts).map_err(text)?;
    let mut warnings = warnings(desk, now);
    warnings.extend(unclaimed.iter().map(Unclaimed::to_string));
    let (most_events, viewings) = match lately {
        Lately::AllEvents => (0, None),
        Lately::Events(most) => (most, None),
        Lately::Viewings => (0, Some(desk.viewings(None, ""))),
    };
    let status = Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        now: now.to_string(),
        accounts,
        receivers: desk.receivers_shown()?,
        trackers: known_trackers(&settings),
        sources: servers::sources(desk),
        servers: servers::servers(desk, now),
        unlisted: unlisted(desk),
        unclaimed: unclaimed.iter().map(Unclaimed::shown).collect(),
        playing: playing(desk, now),
        plays: Each(&plays, play),
        outbox: Each(&outbox, entry),
        parked: Each(&parked, entry),
        viewings,
        warnings,
        findings: desk.live.told().findings,
        events: desk.activity.shown(most_events),
    };
    let text = serde_json::to_string(&status).map_err(|error| error.to_string())?;
    Ok(match lately {
        Lately::AllEvents => StatusText::with_lines(text, desk.activity.clone()),
        Lately::Events(_) | Lately::Viewings => StatusText::whole(text),
    })
}

fn known_trackers(settings: &Settings) -> Vec<KnownTrackerShown> {
    let one = |tracker: Box<dyn Tracker>| KnownTrackerShown {
        tracker: tracker.traits().names.name.to_owned(),
        title: tracker.traits().names.title.to_owned(),
        app: tracker.lacks_app().is_none(),
        key_page: tracker.key_page().map(str::to_owned),
    };
    all::make(settings, Duration::ZERO).map(one).collect()
}

fn play((account, ended): &(String, Time)) -> PlayShown {
    PlayShown { account: account.clone(), at: ended.to_string() }
}

fn accounts(
    desk: &mut Desk,
    all: &[DestinationFigures],
    now: Time,
) -> Result<Vec<AccountShown>, StoreError> {
    let settings = desk.live.settings();
    let one = |account: &Account| {
        let of_account = all.iter().filter(|one| one.destination.account == account.name);
        let trackers = of_account.map(|one| tracker(desk, account, one, now));
        let trackers: Vec<TrackerShown> = trackers.collect::<Result<_, _>>()?;
        let needs_a_look = |one: &&TrackerShown| one.state.state != "connected";
        let worst = trackers.iter().find(needs_a_look).or(trackers.first());
        let all = StateShown {
            waiting: trackers.iter().map(|one| one.state.waiting).sum(),
            parked: trackers.iter().map(|one| one.state.parked).sum(),
            ..worst.map(|one| one.state.clone()).unwrap_or_default()
        };
        let trackers = trackers.into_iter().filter(|one| !one.tracker.is_empty()).collect();
        Ok(AccountShown { name: account.name.clone(), all, dry_run: account.dry_run, trackers })
    };
    settings.accounts.iter().map(one).collect()
}

/// How an account is at a tracker.
fn tracker(
    desk: &mut Desk,
    account: &Account,
    one: &DestinationFigures,
    now: Time,
) -> Result<TrackerShown, StoreError> {
    let DestinationFigures { destination, state, waiting, parked, .. } = one;
    let login = desk.store.tokens(destination)?;
    let user = match state {
        Some(AccountState::Connected { user }) => user.clone(),
        Some(_) | None => None,
    };
    let title = all::title(&destination.tracker);
    let (word, sentence) = match state {
        // Its courier never speaks to the tracker, so it has nothing to tell.
        None if account.dry_run => ("dry run", Some("dry run: nothing is sent".to_owned())),
        None => ("starting", None),
        Some(state) => (state_word(state), Some(state.sentence(destination, title))),
    };
    let quota = desk.quotas.get(destination).filter(|quota| now < quota.until);
    let calls_left = quota.map(|quota| quota.left);
    let is_connected = matches!(state, Some(AccountState::Connected { .. }));
    let sentence = match (sentence, calls_left) {
        (Some(sentence), Some(left)) if is_connected => {
            Some(format!("{sentence}; calls left today: {left}"))
        }
        (sentence, _) => sentence,
    };
    let state = StateShown {
        state: word.to_owned(),
        user,
        login_until: login.and_then(|pair| pair.ends()).map(|end| end.to_string()),
        sentence,
        calls_left,
        no_app: matches!(one.state, Some(AccountState::AppNeeded(_))),
        waiting: *waiting,
        parked: *parked,
    };
    Ok(TrackerShown { tracker: destination.tracker.clone(), state })
}

/// Who was seen and is in no account, with what adds them to one.
fn unlisted(desk: &Desk) -> Vec<UnlistedShown> {
    listed_nowhere(desk)
        .into_iter()
        .map(|user| UnlistedShown {
            source: user.source.word().to_owned(),
            name: user.name.clone(),
            id: user.id.clone(),
            entry: entry_for(user),
            mend: how_to_add(user),
        })
        .collect()
}

/// Who was in no account when last heard, and is in none now.
fn listed_nowhere(desk: &Desk) -> Vec<&Seen> {
    let settings = desk.live.settings();
    let is_listed = |seen: &Seen| {
        let user = User { id: seen.id.clone(), name: seen.name.clone(), ..User::default() };
        settings.accounts.iter().any(|account| filter::takes(account, seen.source, &user))
    };
    desk.state.users().filter(|seen| !seen.listed && !is_listed(seen)).collect()
}

/// A user as the list of an account takes them, quoted.
fn entry_for(user: &Seen) -> String {
    let entry = if user.name.is_empty() { format!("id:{}", user.id) } else { user.name.clone() };
    json!(entry).to_string() // TOML quotes as JSON does
}

/// How a user gets into an account: no line to paste, since the account may have the list already.
fn how_to_add(user: &Seen) -> String {
    let Seen { source, id, name, .. } = user;
    let hint = User { id: id.clone(), name: name.clone(), ..User::default() }.hint(*source);
    format!("add {}{hint} to the `{}` list of an account", entry_for(user), source.word())
}

/// How an account is, in one word.
fn state_word(state: &AccountState) -> &'static str {
    match state {
        AccountState::Connected { .. } => "connected",
        AccountState::LoginNeeded => "login needed",
        AccountState::ReceiversOnly(_) => "receivers only",
        // Not `login needed`: no login mends it.
        AccountState::AppNeeded(_) | AccountState::Refused(_) => "refused",
        AccountState::NotKept(_) => "login not stored",
        AccountState::Unreachable => "unreachable",
    }
}

fn playing(desk: &Desk, now: Time) -> Vec<PlayingShown> {
    let open = desk.state.playing().filter(|(viewing, session)| viewing.is_uncounted(session));
    open.map(|(viewing, session)| PlayingShown {
        account: viewing.account.clone(),
        source: session.seat.source().word().to_owned(),
        user: session.user.name.clone(),
        player: session.player.name.clone(),
        item: viewing.item.label(),
        paused: matches!(session.phase, Phase::Paused(_)),
        runtime_ms: viewing.item.runtime_ms,
        progress: session.projected(viewing.item.runtime_ms, now).map(Percent::value),
    })
    .collect()
}

fn entry(entry: &OutboxEntry) -> EntryShown {
    let (state, at) = match entry.state {
        EntryState::Waiting(due) => ("waiting", due),
        EntryState::Parked(at) => ("parked", at),
    };
    EntryShown {
        id: entry.id,
        account: entry.intent.account.clone(),
        tracker: entry.tracker.clone(),
        action: entry.intent.verb.word().to_owned(),
        item: entry.intent.item.label(),
        progress: (entry.intent.progress.value() * 10.0).round() / 10.0,
        at: entry.intent.at.to_string(),
        since: entry.since.to_string(),
        attempts: entry.attempts,
        state: state.to_owned(),
        next: (at > Time::default()).then(|| at.to_string()),
        ends: matches!(entry.state, EntryState::Parked(_))
            .then(|| at.after(parked::LASTS).to_string()),
        reason: entry.why.clone(),
    }
}

/// What is wrong and what to do, each in a sentence.
fn warnings(desk: &Desk, now: Time) -> Vec<String> {
    let mut warnings: Vec<String> = desk.disk.trouble().into_iter().cloned().collect();
    for (to, state) in &desk.states {
        if !state.is_well() {
            warnings.push(state.named(to, all::title(&to.tracker)));
        }
    }
    warnings.extend(desk.receiver_troubles());
    warnings.extend(servers::troubles(desk, now));
    warnings.extend(parked_sentence(desk.parked));
    warnings.extend(desk.live.warnings());
    for user in listed_nowhere(desk) {
        warnings.push(format!(
            "the {} user `{}` (id:{}) is listed in no account: {}",
            user.source,
            user.name,
            user.id,
            how_to_add(user),
        ));
    }
    warnings.extend(one_account_for_several(desk));
    warnings.extend(unwritten(logging::lost()));
    warnings
}

/// That this many intents are not sent until a person says so.
pub(super) fn parked_sentence(intents: u64) -> Option<String> {
    let (entries, them) = match intents {
        0 => return None,
        1 => ("an entry is".to_owned(), "it"),
        entries => (format!("{entries} entries are"), "them"),
    };
    Some(format!(
        "{entries} parked, and not sent until you send {them} again (`scrobbled retry`) or give \
         {them} up (`scrobbled drop`), as happens by itself after 30 days; the page and `scrobbled \
         status` say why"
    ))
}

/// That lines of the log are missing.
fn unwritten(lines: u64) -> Option<String> {
    let lines = match lines {
        0 => return None,
        1 => "1 log line was".to_owned(),
        lines => format!("{lines} log lines were"),
    };
    Some(format!(
        "{lines} lost since the start: check whether the disk is full, or the reader of stderr has \
         stopped"
    ))
}

/// That the plays of several people go to one account, where nobody has said that they should.
fn one_account_for_several(desk: &Desk) -> Option<String> {
    if desk.live.settings().accounts_configured {
        return None;
    }
    let names = several(&desk.state.users().collect::<Vec<_>>())?;
    Some(format!(
        "the plays of several people ({names}) go to one account: add an [[account]] for \
         each, with its users, or list the users you want in `users`"
    ))
}

/// Whether there are several of one server, and who. One name is one person: Plex' owner has a number in
/// its webhooks, and is number 1 where it is listened to.
fn several(seen: &[&Seen]) -> Option<String> {
    let mut people: Vec<(Source, &str)> = Vec::new();
    for user in seen {
        let name = if user.name.is_empty() { &user.id } else { &user.name };
        let is_it = |(source, known): &(Source, &str)| {
            *source == user.source && known.to_lowercase() == name.to_lowercase()
        };
        if !people.iter().any(is_it) {
            people.push((user.source, name));
        }
    }
    let count = |kind| people.iter().filter(|(source, _)| *source == kind).count();
    let names = || people.iter().map(|(source, name)| format!("{name} at {source}"));
    Source::ALL
        .into_iter()
        .any(|kind| count(kind) > 1)
        .then(|| names().collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests;
