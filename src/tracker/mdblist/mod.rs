//! How does MDBList say it?
//!
//! MDBList is told by ids ([`names`], [`calls`]) and looks for nothing itself: a show of which only the
//! title is known is looked up once ([`search`]). [`judge`] says what an answer means, [`answers`] reads
//! what is in it, [`thing`] compares ids, [`auth`] logs in and refreshes; [`plan`] shows all of it, to
//! people. All but [`Client`], which sends, is pure. Facts about MDBList are from its own documents of
//! February 2026; where those are silent, from what its clients have seen.
//!
//! It takes the same play twice, unless both have the same time: so it is asked before each, and one whose
//! answer was lost is told again with the time that it had. A start that nobody ends just ends.

mod answers;
mod auth;
mod calls;
mod judge;
mod names;
mod plan;
pub(crate) mod refusal;
mod search;
mod thing;

use super::memory::Memory;
use super::{
    Added, Ask, Call, CallOutcome, DeviceCode, Found, Hurdle, LoginError, Looks, Lookup, Names,
    Plays, Poll, Refresh, Taken, Timing, Tracker, Traits, Type, Wire, ruling, wire,
};
use crate::config;
use crate::delivery::{NoApp, TokenPair};
use crate::event::{Item, Time};
use crate::http::{Answer, Reply, encoded};
use crate::intent::Intent;
use crate::pace::Limit;
use std::sync::Arc;
use std::time::Duration;

/// What it is called.
pub const NAMES: Names = Names { name: "mdblist", title: "MDBList" };

/// So many of a day's calls are kept for plays: the user's other apps take from the same.
const KEPT_IN_HAND: u32 = 50;

/// MDBList, as the app that the settings name, or with a key of the user's.
#[derive(Debug)]
pub struct MdbList {
    client: Client,
    traits: Traits,
    /// What was looked for of late, by what it is called.
    looked_up: Memory<Lookup>,
}

impl MdbList {
    /// MDBList at the address that `settings` names; each call is over within `time_limit`, which is
    /// rounded up to whole seconds.
    #[must_use]
    pub fn new(settings: &config::MdbList, time_limit: Duration) -> Self {
        let traits = Traits {
            names: NAMES,
            looks: Looks::ByName,
            // Three hundred in five minutes are allowed, and a thousand questions.
            changes: Limit { every: settings.post_interval, at_once: 1 },
            questions: Limit { every: settings.post_interval * 3 / 10, at_once: 10 },
            one_at_a_time: false,
            makes_plays_of_starts: false,
            tells_runtimes: false,
            kept_in_hand: KEPT_IN_HAND,
        };
        let client = Client { settings: settings.clone(), time_limit };
        Self { client, traits, looked_up: Memory::default() }
    }
}

impl Tracker for MdbList {
    fn traits(&self) -> &Traits {
        &self.traits
    }

    fn line(&self) -> Wire {
        let client = self.client.clone();
        Arc::new(move |call, login| client.send(call, login))
    }

    fn urls(&self) -> Vec<&str> {
        vec![&self.client.settings.api_url]
    }

    fn known(&self, _item: &Item) -> Option<Found> {
        None
    }

    fn unsayable(&self, intent: &Intent, timing: Timing) -> Option<String> {
        calls::unsayable(intent, timing)
    }

    fn call_by_name(
        &self,
        intent: &Intent,
        timing: Timing,
        show: Option<u64>,
        nth: usize,
    ) -> Option<Call> {
        calls::by_name(intent, timing, show, nth)
    }

    fn marks_by_name(&self, marks: &[(&Intent, Option<u64>)]) -> Option<Call> {
        calls::marks(marks)
    }

    fn call(&self, intent: &Intent, timing: Timing, found: &Found, nth: usize) -> Option<Call> {
        calls::of_found(intent, timing, found, nth)
    }

    fn add_all(&self, plays: &[(Found, Time)]) -> Call {
        calls::add_all(plays)
    }

    fn unlist(&self, item: &Item, found: Option<&Found>) -> Option<Call> {
        let is_wanted = self.client.settings.remove_from_watchlist;
        calls::unlist(item, found).filter(|_| is_wanted)
    }

    fn plan(&self, intent: &Intent, timing: Timing) -> Result<Vec<String>, String> {
        plan::plan(intent, timing)
    }

    fn hurdle(&self, reply: &Reply) -> Option<Hurdle> {
        judge::hurdle(reply)
    }

    fn judge(&self, call: &Call, reply: &Reply) -> CallOutcome {
        judge::judge(call, reply)
    }

    fn may_have_obeyed(&self, call: &Call, reply: &Reply) -> bool {
        judge::may_have_obeyed(call, reply)
    }

    fn taken(&self, item: &Item, show: Option<u64>, answer: &Answer) -> Taken {
        answers::taken(item, show, answer)
    }

    fn added(&self, _plays: &[(Found, Time)], _answer: &Answer) -> Added {
        Added::default()
    }

    fn find(
        &mut self,
        ask: &mut Ask<'_>,
        item: &Item,
        show: Option<u64>,
        now: Duration,
    ) -> Result<Lookup, Reply> {
        // What has ids and is not known by them is not asked for by a title, which others bear too.
        if names::is_named(item, show) {
            return Ok(Lookup::Unknown);
        }
        if let Some(known) = self.recall(item, now) {
            return Ok(known);
        }
        let lookup = search::find(ask, item)?;
        let is_hit = matches!(lookup, Lookup::Found(_));
        self.looked_up.keep(key(item), lookup.clone(), is_hit, now);
        Ok(lookup)
    }

    fn recall(&self, item: &Item, now: Duration) -> Option<Lookup> {
        let known = self.looked_up.recall(&key(item), now);
        known.filter(|_| !names::is_named(item, None))
    }

    fn forget(&mut self, item: &mut Item) {
        self.looked_up.forget(&key(item));
    }

    fn forget_misses(&mut self) {
        self.looked_up.forget_misses();
    }

    fn plays_by_name(
        &self,
        ask: &mut Ask<'_>,
        item: &Item,
        show: Option<u64>,
        since: Option<Time>,
    ) -> Result<Option<Plays>, Reply> {
        if names::names(item, show).is_empty() {
            return Ok(None);
        }
        answers::plays(ask, item, None, show, since).map(Some)
    }

    fn plays(
        &self,
        ask: &mut Ask<'_>,
        item: &Item,
        found: &Found,
        since: Option<Time>,
    ) -> Result<Plays, Reply> {
        answers::plays(ask, item, Some(found), None, since)
    }

    fn forgetting_by_name(
        &self,
        _ask: &mut Ask<'_>,
        item: &Item,
        show: Option<u64>,
    ) -> Result<Option<Vec<Call>>, Reply> {
        Ok(calls::clear_item(item, show).map(|call| vec![call]))
    }

    fn forgetting(&self, _ask: &mut Ask<'_>, found: &Found) -> Result<Vec<Call>, Reply> {
        Ok(calls::clear_found(found).into_iter().collect())
    }

    fn new_calls(&self, now: Time) -> Option<Time> {
        Some(judge::next_day(now))
    }

    fn user_name(&self, ask: &mut Ask<'_>) -> Result<String, Reply> {
        answers::user_name(ask)
    }

    fn lacks_app(&self) -> Option<NoApp> {
        auth::lacks_app(&self.client)
    }

    fn key_page(&self) -> Option<&'static str> {
        Some("https://mdblist.com/preferences/#api")
    }

    fn device_code(&self) -> Result<DeviceCode, LoginError> {
        auth::device_code(&self.client)
    }

    fn poll(&self, code: &DeviceCode, now: Time) -> Poll {
        auth::poll(&self.client, code, now)
    }

    fn refresh(&self, pair: &TokenPair, now: Time) -> Refresh {
        auth::refresh(&self.client, pair, now)
    }

    fn revoke(&self, pair: &TokenPair) -> Result<(), String> {
        auth::revoke(&self.client, pair)
    }
}

/// Under what it is remembered what came of looking an item up.
fn key(item: &Item) -> String {
    format!("{:?} {}", Type::of(item), search::question(item).unwrap_or_default())
}

/// Sends calls to MDBList. It keeps no connection and no token.
#[derive(Clone, Debug)]
struct Client {
    settings: config::MdbList,
    time_limit: Duration,
}

impl Client {
    /// Makes a call in the name of whose login is given, or in nobody's.
    fn send(&self, call: &Call, login: Option<&TokenPair>) -> Reply {
        let Self { settings, time_limit } = self;
        let url = format!("{}{}", settings.api_url, call.path);
        let reply = match login {
            Some(key) if key.is_key() => wire::send(call, with_key(&url, key), None, *time_limit),
            login => wire::send(call, url, login.map(|login| &login.access), *time_limit),
        };
        reply.map(ruling::dated)
    }

    /// Posts a form of a login.
    fn authorize(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let Self { settings, time_limit } = self;
        wire::post_form(
            format!("{}{path}", settings.api_url),
            &settings.client_id,
            fields,
            *time_limit,
        )
    }
}

/// A key is taken in the query alone, so with it the whole address is a secret: it is put there on the
/// way out, and no call shows it.
fn with_key(url: &str, login: &TokenPair) -> String {
    let before = if url.contains('?') { '&' } else { '?' };
    format!("{url}{before}apikey={}", encoded(login.access.reveal()))
}
