//! How does Simkl say it?
//!
//! Simkl finds out itself what is meant: each name of an item ([`names`]) is tried in the call that
//! tells it ([`calls`]), and its answer is compared with what was meant ([`thing`]). [`judge`] says what
//! an answer means, [`auth`] logs in and refreshes, [`search`] looks up what none of its names leads to;
//! [`plan`] shows all of it, to people.
//! All but [`Client`], which sends, is pure. Facts about Simkl are from api.simkl.org; where that is
//! silent, from what its clients have seen.
//!
//! A start that nobody ends may become a play there, the same play twice is one, and a user has only so
//! many calls a day: nothing is asked that an answer tells.

mod answers;
mod auth;
mod calls;
mod day;
mod judge;
mod names;
mod plan;
pub(crate) mod refusal;
mod search;
mod thing;

use super::memory::Memory;
use super::{
    Added, Ask, Call, CallOutcome, DeviceCode, Found, Hurdle, LoginError, Looks, Lookup, Names,
    Plays, Poll, Refresh, Taken, Timing, Tracker, Traits, Type, Wire, wire,
};
use crate::config;
use crate::delivery::{NoApp, TokenPair};
use crate::event::{Item, Kind, Time};
use crate::http::{Answer, Reply, encoded};
use crate::intent::Intent;
use crate::pace::Limit;
use std::sync::Arc;
use std::time::Duration;

/// What it is called.
pub const NAMES: Names = Names { name: "simkl", title: "Simkl" };

/// So many of a day's calls are kept for plays and for what ends a start.
const KEPT_IN_HAND: u32 = 20;

/// Simkl, as the app that the settings name.
#[derive(Debug)]
pub struct Simkl {
    client: Client,
    traits: Traits,
    /// What was looked for of late, by what it is called.
    looked_up: Memory<Lookup>,
}

impl Simkl {
    /// Simkl at the address that `settings` names; each call is over within `time_limit`, which is
    /// rounded up to whole seconds.
    #[must_use]
    pub fn new(settings: &config::Simkl, time_limit: Duration) -> Self {
        let traits = Traits {
            names: NAMES,
            looks: Looks::Never,
            changes: Limit { every: settings.post_interval, at_once: 1 },
            // Ten a second are allowed.
            questions: Limit { every: settings.post_interval / 5, at_once: 5 },
            one_at_a_time: false,
            makes_plays_of_starts: true,
            tells_runtimes: false,
            kept_in_hand: KEPT_IN_HAND,
        };
        let client = Client { settings: settings.clone(), time_limit };
        Self { client, traits, looked_up: Memory::default() }
    }
}

impl Tracker for Simkl {
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

    fn takes_no(&self) -> Vec<&'static str> {
        let ratings = if self.client.settings.ratings {
            "ratings of seasons and episodes"
        } else {
            "ratings"
        };
        vec![ratings, "removal of plays of films"]
    }

    fn needless(&self, intent: &Intent) -> Option<String> {
        calls::needless(intent, self.client.settings.ratings)
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
        calls::numbered_call(intent, timing, found).filter(|_| nth == 0)
    }

    fn add_all(&self, plays: &[(Found, Time)]) -> Call {
        calls::add_all(plays)
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
        _show: Option<u64>,
        now: Duration,
    ) -> Result<Lookup, Reply> {
        if let Some(known) = self.recall(item, now) {
            return Ok(known);
        }
        let lookup = search::find(ask, item)?;
        let is_hit = matches!(lookup, Lookup::Found(_));
        self.looked_up.keep(key(item), lookup.clone(), is_hit, now);
        Ok(lookup)
    }

    fn recall(&self, item: &Item, now: Duration) -> Option<Lookup> {
        self.looked_up.recall(&key(item), now)
    }

    fn forget(&mut self, item: &mut Item) {
        self.looked_up.forget(&key(item));
    }

    fn forget_misses(&mut self) {
        self.looked_up.forget_misses();
    }

    fn plays(
        &self,
        _ask: &mut Ask<'_>,
        _item: &Item,
        _found: &Found,
        _since: Option<Time>,
    ) -> Result<Plays, Reply> {
        Ok((Vec::new(), None)) // it is never asked: the same play again changes nothing
    }

    fn forgetting_by_name(
        &self,
        ask: &mut Ask<'_>,
        item: &Item,
        show: Option<u64>,
    ) -> Result<Option<Vec<Call>>, Reply> {
        let is_film = item.kind == Kind::Movie;
        answers::forgetting(ask, is_film, |thing| thing.is(item, show)).map(Some)
    }

    fn forgetting(&self, ask: &mut Ask<'_>, found: &Found) -> Result<Vec<Call>, Reply> {
        answers::forgetting(ask, found.kind == Type::Movie, answers::is_numbered(found))
    }

    fn new_calls(&self, now: Time) -> Option<Time> {
        Some(day::next(now))
    }

    fn user_name(&self, ask: &mut Ask<'_>) -> Result<String, Reply> {
        answers::user_name(ask)
    }

    fn asks_for_user_as_a_change(&self) -> bool {
        true // it is a POST, of which one a second is allowed, whatever it does
    }

    fn lacks_app(&self) -> Option<NoApp> {
        auth::lacks_app(&self.client)
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
    format!("{:?} {} {:?}", Type::of(item), item.label(), item.ids)
}

/// Sends calls to Simkl. It keeps no connection and no token.
#[derive(Clone, Debug)]
struct Client {
    settings: config::Simkl,
    time_limit: Duration,
}

impl Client {
    /// Makes a call in the name of whose login is given, or in nobody's.
    fn send(&self, call: &Call, login: Option<&TokenPair>) -> Reply {
        let before = if call.path.contains('?') { '&' } else { '?' };
        let Self { settings, time_limit } = self;
        // Without its name and version Simkl's gateway knows no address.
        let app = format!(
            "client_id={}&app-name=scrobbled&app-version={}",
            encoded(&settings.client_id),
            env!("CARGO_PKG_VERSION")
        );
        let url = format!("{}{}{before}{app}", settings.api_url, call.path);
        wire::send(call, url, login.map(|login| &login.access), *time_limit)
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
