//! How does Trakt say it?
//!
//! [`calls`] turns an intent into the call that tells it, and [`judge`] an answer into what it
//! means, both purely; [`auth`] logs in and refreshes; [`lookup`] finds out what an item is at
//! Trakt; [`api`] asks for other facts and reads answers; [`Client`] sends. [`Trakt`] puts them
//! together. Facts about Trakt are from docs.trakt.tv and the contract in trakt/trakt-api; where
//! these are silent, the issue that showed it is named.

mod api;
mod auth;
mod calls;
mod fit;
mod found;
mod judge;
mod lookup;
mod names;
mod own_sync;
pub(crate) mod refusal;
mod thing;

use super::{
    Added, Ask, Call, CallOutcome, DeviceCode, Found, Hurdle, LoginError, Looks, Lookup, Names,
    Plays, Poll, Refresh, Taken, Timing, Tracker, Traits, Wire, ruling,
};
use crate::config;
use crate::delivery::{NoApp, TokenPair};
use crate::event::{Item, Source, Time};
use crate::http::trust::Trust;
use crate::http::{self, Answer, Method, Reply};
use crate::intent::Intent;
use crate::pace::Limit;
use lookup::Lookups;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// What it is called.
pub(super) const NAMES: Names = Names { name: "trakt", title: "Trakt" };

/// Trakt, as the app that the settings name.
#[derive(Debug)]
pub struct Trakt {
    client: Client,
    traits: Traits,
    lookups: Lookups,
}

impl Trakt {
    /// Trakt at the addresses that `settings` name; each call is over within `time_limit`, which is
    /// rounded up to whole seconds.
    #[must_use]
    pub fn new(settings: &config::Trakt, time_limit: Duration) -> Self {
        let traits = Traits {
            names: NAMES,
            looks: Looks::ByNumber,
            changes: Limit { every: settings.post_interval, at_once: 1 },
            questions: questions(settings.post_interval),
            one_at_a_time: true,
            makes_plays_of_starts: false,
            tells_runtimes: true,
            kept_in_hand: 0,
        };
        let client = Client { settings: settings.clone(), time_limit };
        Self { client, traits, lookups: Lookups::default() }
    }
}

/// Trakt allows one change a second, and 1,000 questions in five minutes, the time of 300 changes. Here
/// it is 900 in any five minutes. The rest is for who asks beside a courier (`login`, `check`), for one
/// that starts anew, and for the length of a look-up.
fn questions(post_interval: Duration) -> Limit {
    Limit { every: post_interval * 300 / 850, at_once: 50 }
}

impl Tracker for Trakt {
    fn traits(&self) -> &Traits {
        &self.traits
    }

    fn line(&self) -> Wire {
        let client = self.client.clone();
        Arc::new(move |call, login| client.send(call, login))
    }

    fn urls(&self) -> Vec<&str> {
        vec![&self.client.settings.api_url, &self.client.settings.auth_url]
    }

    fn known(&self, item: &Item) -> Option<Found> {
        found::known(item)
    }

    fn unsayable(&self, intent: &Intent, timing: Timing) -> Option<String> {
        calls::unsayable(intent, timing)
    }

    fn call_by_name(
        &self,
        intent: &Intent,
        _timing: Timing,
        _show: Option<u64>,
        nth: usize,
    ) -> Option<Call> {
        calls::direct(intent).filter(|_| nth == 0)
    }

    fn call(&self, intent: &Intent, timing: Timing, found: &Found, nth: usize) -> Option<Call> {
        calls::numbered(intent, timing, found).filter(|_| nth == 0)
    }

    fn add_all(&self, plays: &[(Found, Time)]) -> Call {
        calls::add_all(plays)
    }

    fn end(&self, found: &Found) -> Option<Call> {
        Some(calls::end(found))
    }

    fn unlist(&self, _item: &Item, found: Option<&Found>) -> Option<Call> {
        found.filter(|_| self.client.settings.remove_from_watchlist).map(calls::unlist)
    }

    fn plan(&self, intent: &Intent, timing: Timing) -> Result<Vec<String>, String> {
        calls::plan(intent, timing)
    }

    fn lacks_app(&self) -> Option<NoApp> {
        auth::lacks_app(&self.client)
    }

    fn hurdle(&self, reply: &Reply) -> Option<Hurdle> {
        judge::hurdle(reply)
    }

    fn judge(&self, call: &Call, reply: &Reply) -> CallOutcome {
        judge::judge(call, reply)
    }

    fn why_refused(&self, answer: &Answer) -> String {
        judge::why_refused(answer)
    }

    fn may_have_obeyed(&self, call: &Call, reply: &Reply) -> bool {
        judge::may_have_obeyed(call, reply)
    }

    fn taken(&self, item: &Item, _show: Option<u64>, answer: &Answer) -> Taken {
        api::taken(item, answer)
    }

    fn added(&self, plays: &[(Found, Time)], answer: &Answer) -> Added {
        api::added(plays, answer).unwrap_or_default()
    }

    fn find(
        &mut self,
        ask: &mut Ask<'_>,
        item: &Item,
        show: Option<u64>,
        now: Duration,
    ) -> Result<Lookup, Reply> {
        self.lookups.find(ask, item, show, now)
    }

    fn recall(&self, item: &Item, now: Duration) -> Option<Lookup> {
        self.lookups.recall(item, now)
    }

    fn forget(&mut self, item: &mut Item) {
        item.ids.trakt = None;
        self.lookups.forget(item);
    }

    fn forget_misses(&mut self) {
        self.lookups.forget_misses();
    }

    fn plays(
        &self,
        ask: &mut Ask<'_>,
        _item: &Item,
        found: &Found,
        since: Option<Time>,
    ) -> Result<Plays, Reply> {
        api::plays(ask, found, since)
    }

    fn forgetting(&self, ask: &mut Ask<'_>, found: &Found) -> Result<Vec<Call>, Reply> {
        let positions = api::positions(ask, found)?;
        Ok(positions.into_iter().map(calls::forget_position).collect())
    }

    fn runtime(&self, ask: &mut Ask<'_>, found: &Found) -> Result<Option<u64>, Reply> {
        api::runtime(ask, found)
    }

    fn user_name(&self, ask: &mut Ask<'_>) -> Result<String, Reply> {
        api::user_name(ask)
    }

    fn own_sync(&self, ask: &mut Ask<'_>, source: Source) -> Option<String> {
        own_sync::own_sync(ask, source)
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
        auth::revoke(&self.client, &pair.access).map_err(|why| {
            format!("{why}; remove the app at https://app.trakt.tv/settings/apps yourself")
        })
    }
}

/// Sends calls to Trakt. It keeps no connection and no token.
#[derive(Clone, Debug)]
struct Client {
    settings: config::Trakt,
    time_limit: Duration,
}

impl Client {
    /// Makes a call in the name of whose login is given, or in nobody's.
    fn send(&self, call: &Call, login: Option<&TokenPair>) -> Reply {
        let mut headers = headers();
        headers.push(("trakt-api-version", "2".to_owned()));
        headers.push(("trakt-api-key", self.settings.client_id.clone()));
        if let Some(TokenPair { access, .. }) = login {
            headers.push(("Authorization", format!("Bearer {}", access.reveal())));
        }
        let reply = http::send(&http::Request {
            method: call.method,
            url: format!("{}{}", self.settings.api_url, call.path),
            headers,
            body: call.body.as_ref().map(Value::to_string),
            time_limit: self.time_limit,
            trust: Trust::default(),
        });
        reply.map(ruling::dated)
    }

    /// Posts to the OAuth host. Kept apart from [`Call`], which shows what is in it.
    fn authorize(&self, path: &str, body: &Value) -> Reply {
        http::send(&http::Request {
            method: Method::Post,
            url: format!("{}{path}", self.settings.auth_url),
            headers: headers(),
            body: Some(body.to_string()),
            time_limit: self.time_limit,
            trust: Trust::default(),
        })
    }
}

/// The CDN turns calls without a User-Agent away.
fn headers() -> Vec<(&'static str, String)> {
    vec![
        ("Content-Type", "application/json".to_owned()),
        ("User-Agent", http::USER_AGENT.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_of_the_questions_that_trakt_allows_are_left_to_others() {
        let Limit { every, at_once } = questions(Duration::from_secs(1));
        let in_five_minutes = Duration::from_secs(300).as_nanos() / every.as_nanos();
        assert_eq!(in_five_minutes + u128::from(at_once), 900);
    }
}
