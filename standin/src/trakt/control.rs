//! What do tests want of the stand-in itself? The paths under `/demo`, see `trakt`'s head.

use super::{Options, Trakt};
use crate::Time;
use crate::faults::{Faults, Order, Stage};
use crate::http::{Request, Response};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Decision {
    user_code: Option<String>,
    user: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    item: String,
    until: Option<String>,
    at: Option<String>,
    user: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    user: String,
    status: Option<u16>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Orders {
    One(Box<Order>),
    Many(Vec<Order>),
}

/// The answer to a request for the stand-in itself; `None` for one that is meant for Trakt.
pub(super) fn answer(stage: &mut Stage<Trakt>, request: &Request, now: Time) -> Option<Response> {
    let segments = request.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let ("demo" | "activate", rest) = path.split_first().map(|(first, rest)| (*first, rest))?
    else {
        return None;
    };
    let answer = match (request.method.as_str(), path.first().copied(), rest) {
        ("GET", Some("demo"), []) => Ok(Response::json(200, &everything(stage, now))),
        ("POST", _, ["reset"]) => {
            stage.service.reset();
            stage.faults = Faults::default();
            stage.log.clear();
            Ok(Response::empty(204))
        }
        ("POST", _, ["faults"]) => request.read().map(|orders| {
            match orders {
                Orders::One(order) => stage.faults.add(*order),
                Orders::Many(orders) => orders.into_iter().for_each(|o| stage.faults.add(o)),
            }
            Response::empty(204)
        }),
        ("DELETE", _, ["faults"]) => {
            stage.faults = Faults::default();
            Ok(Response::empty(204))
        }
        ("POST", _, ["approve"]) => decision(request).map(|Decision { user_code, user }| {
            let user = user.unwrap_or_else(|| stage.service.options.user.clone());
            done(stage.service.approve(user_code.as_deref(), &user), "no such code waits")
        }),
        ("POST", _, ["refuse"]) => decision(request).map(|decision| {
            done(stage.service.refuse(decision.user_code.as_deref()), "no such code waits")
        }),
        ("POST", _, ["options"]) => changed(&stage.service.options, request).map(|options| {
            stage.service.options = options;
            Response::empty(204)
        }),
        ("POST", _, ["hide"]) => request.read::<Named>().map(|named| {
            let until = named.until.as_deref().and_then(Time::from_rfc3339);
            done(stage.service.catalogue.hide(&named.item, until), "no item has that label")
        }),
        ("POST", _, ["lock"]) => request.read::<Lock>().map(|lock| {
            stage.service.lock(&lock.user, lock.status);
            Response::empty(204)
        }),
        ("POST", _, ["play"]) => request.read::<Named>().map(|named| {
            let at = named.at.as_deref().and_then(Time::from_rfc3339).unwrap_or(now);
            let user = named.user.unwrap_or_else(|| stage.service.options.user.clone());
            let played = stage.service.play_elsewhere(&user, &named.item, at);
            done(played, "no item has that label")
        }),
        _ => Ok(Response::refusal(404, "see `GET /demo`")),
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn everything(stage: &Stage<Trakt>, now: Time) -> Value {
    let mut all = stage.service.state(now);
    if let Some(all) = all.as_object_mut() {
        all.insert("faults".into(), json!(stage.faults.orders()));
        all.insert("seed".into(), json!(stage.faults.seed()));
        let requests = stage.log.iter().map(|logged| {
            let status = logged.status.map_or("no answer".to_owned(), |status| status.to_string());
            format!("{} {} {} -> {status}", logged.at, logged.method, logged.target)
        });
        all.insert("requests".into(), requests.collect());
    }
    all
}

fn decision(request: &Request) -> Result<Decision, Response> {
    if request.body.is_empty() { Ok(Decision::default()) } else { request.read() }
}

/// The options with the members that the request names.
fn changed(options: &Options, request: &Request) -> Result<Options, Response> {
    let news: serde_json::Map<String, Value> = request.read()?;
    let mut all = json!(options);
    if let Some(all) = all.as_object_mut() {
        all.extend(news);
    }
    serde_json::from_value(all).map_err(|error| Response::refusal(400, &error.to_string()))
}

fn done(done: bool, else_why: &str) -> Response {
    if done { Response::empty(204) } else { Response::refusal(404, else_why) }
}
