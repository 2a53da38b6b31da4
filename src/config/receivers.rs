//! Which receivers are there? Reads each `[[receiver]]`, and sees whether it can be one.

use super::body::Body;
use super::file::{Given, Section};
use super::fill::fill;
use super::paths::{beside, in_credentials, read_certificates, secret_in};
use super::receiver::{Receiver, ReceiverFormat};
use super::receiver_keys::RECEIVER;
use super::settings::Account;
use super::{Place, Problem, Surroundings};
use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use std::path::{Path, PathBuf};

/// With what the secret of a signature begins; Standard Webhooks, *Secrets*.
const SECRET_PREFIX: &str = "whsec_";
/// How many bytes such a secret has.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Reads the receivers of a config with these accounts. One of which nothing is set is none.
pub(super) fn read_receivers(
    written: &[(Place, Section)],
    accounts: &[Account],
    (path, around): (&Path, &Surroundings),
    problems: &mut Vec<Problem>,
) -> Vec<Receiver> {
    let mut receivers: Vec<Receiver> = Vec::new();
    for (place, given) in written {
        let mut receiver = Receiver::default();
        let before = problems.len();
        fill("receiver", RECEIVER, given, &mut receiver, problems);
        if receiver == Receiver::default() {
            continue;
        }
        let mut found = Vec::new();
        read_files(&mut receiver, (path, around), &mut found);
        match read_certificates(&mut receiver.ca_file, given.get("ca_file"), (path, around)) {
            Ok(trust) => receiver.trust = trust,
            Err(why) => found.push(("ca_file", format!("receiver `{}`: {why}", receiver.name))),
        }
        if problems.len() == before {
            clashes(&receiver, &receivers, accounts, &mut found);
            mistakes(&receiver, &mut found);
        }
        let at = |key: &str| given.get(key).map_or(*place, |Given { place, .. }| *place);
        problems.extend(found.into_iter().map(|(key, why)| Problem::new(at(key), why)));
        receivers.push(receiver);
    }
    receivers
}

/// What is wrong: at which key, and a sentence.
type Found = Vec<(&'static str, String)>;

/// Reads the secrets that stand in files.
fn read_files(receiver: &mut Receiver, (path, around): (&Path, &Surroundings), found: &mut Found) {
    let name = receiver.name.clone();
    let mut read = |key: &'static str, of: &str, file: &mut PathBuf, secret: &mut Secret| {
        if file.as_os_str().is_empty() {
            return;
        }
        if !secret.is_empty() {
            let why = format!("receiver `{name}`: `{of}` and `{key}` are both set; keep one");
            found.push((key, why));
            return;
        }
        *file = beside(path, &in_credentials(file, around));
        match secret_in(file, around) {
            Ok(text) => *secret = text,
            Err(trouble) => found.push((key, format!("receiver `{name}`: `{key}`: {trouble}"))),
        }
    };
    let Receiver { secret, secret_file, authorization, authorization_file, .. } = receiver;
    read("secret_file", "secret", secret_file, secret);
    read("authorization_file", "authorization", authorization_file, authorization);
}

/// What can't be beside the `others`, or with these accounts.
fn clashes(receiver: &Receiver, others: &[Receiver], accounts: &[Account], found: &mut Found) {
    let name = &receiver.name;
    let is_called_so = |other: &Receiver| other.name.to_lowercase() == name.to_lowercase();
    if name.is_empty() {
        found
            .push(("name", "a [[receiver]] without a `name`; give each one of its own".to_owned()));
    } else if others.iter().any(is_called_so) {
        let why = format!("a second [[receiver]] `{name}`; give each a `name` of its own");
        found.push(("name", why));
    }
    let is_there = |one: &String| accounts.iter().any(|account| account.name == *one);
    for unknown in receiver.accounts.iter().filter(|one| !is_there(one)) {
        let names: Vec<_> = accounts.iter().map(|account| account.name.as_str()).collect();
        let why = format!(
            "receiver `{name}` lists the account `{unknown}`, but there is none; there are {}",
            names.join(", ")
        );
        found.push(("accounts", why));
    }
}

/// What can't be of any receiver.
fn mistakes(receiver: &Receiver, found: &mut Found) {
    let Receiver { name, format, .. } = receiver;
    let mut wrong = |key, why: &str| found.push((key, format!("receiver `{name}`: {why}")));
    if receiver.url.is_empty() {
        wrong("url", "`url` is not set; say where it is told");
    }
    if !receiver.secret.is_empty() && signing_key(&receiver.secret).is_none() {
        wrong("secret", "`secret` is none: write whsec_ and base64 of 24 to 64 random bytes");
    }
    let visible = |text: &str| text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if !visible(receiver.authorization.reveal()) {
        wrong("authorization", "`authorization` has letters that no header can have");
    }
    if !visible(&receiver.content_type) {
        wrong("content_type", "`content_type` has letters that no header can have");
    }
    match (format, receiver.body.is_empty()) {
        (ReceiverFormat::Template, true) => {
            wrong("format", "format = \"template\" needs a `body`; docs/receivers.md has some");
        }
        (ReceiverFormat::Template, false) => {
            if let Err(why) = Body::parse(receiver.body.reveal(), &receiver.content_type) {
                wrong("body", &format!("`body` {why}"));
            }
        }
        (ReceiverFormat::Event | ReceiverFormat::Raw, false) => {
            wrong("body", "`body` needs format = \"template\"");
        }
        (ReceiverFormat::Event | ReceiverFormat::Raw, true) => {}
    }
    if *format == ReceiverFormat::Raw && !receiver.secret.is_empty() {
        wrong("secret", "a webhook is passed on as it came, unsigned; take `secret` out");
    }
}

/// The key in a secret of Standard Webhooks: what stands behind `whsec_`, decoded; `None` where it is
/// no such secret.
#[must_use]
pub fn signing_key(secret: &Secret) -> Option<Vec<u8>> {
    let text = secret.reveal().strip_prefix(SECRET_PREFIX)?;
    let key = STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).ok()?;
    SECRET_BYTES.contains(&key.len()).then_some(key)
}
