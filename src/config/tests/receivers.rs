//! `[[receiver]]`.

use super::{errors, load_with, settings};
use crate::config::{Receiver, ReceiverFormat, Settings, list};
use crate::secret::Secret;

/// The secret of Standard Webhooks' own example.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[test]
fn every_key_of_a_receiver_arrives_in_its_field() {
    let text = format!(
        "[[account]]\nname = 'anna'\nplex = '*'\n\
         [[receiver]]\nname = 'films'\nurl = 'https://ntfy.example/?auth=x'\nformat = 'template'\n\
         accounts = 'anna'\ntypes = ['play.finish', 'rating.set']\nsecret = '{SECRET}'\n\
         authorization = 'Bearer t'\nbody = \"\"\"\n{{item.title}}\nseen\"\"\"\n\
         content_type = 'text/plain'\n\
         [[receiver]]\nname = 'raw'\nurl = 'http://192.0.2.10'\nformat = 'raw'\n"
    );
    let films = Receiver {
        name: "films".into(),
        url: "https://ntfy.example/?auth=x".into(),
        format: ReceiverFormat::Template,
        accounts: vec!["anna".into()],
        types: vec!["play.finish".into(), "rating.set".into()],
        secret: Secret::new(SECRET),
        authorization: Secret::new("Bearer t"),
        body: Secret::new("{item.title}\nseen"),
        content_type: "text/plain".into(),
        ..Receiver::default()
    };
    let raw = Receiver {
        name: "raw".into(),
        url: "http://192.0.2.10".into(),
        format: ReceiverFormat::Raw,
        ..Receiver::default()
    };
    let settings = settings(&text);
    assert_eq!(settings.receivers, [films, raw]);
    let shown = format!("{:?}", list(&settings));
    for secret in ["ntfy.example", "MfKQ9r8G", "Bearer t", "seen\""] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[test]
fn secrets_may_stand_in_files() {
    let text = "[[receiver]]\nname = 'a'\nurl = 'http://a'\nsecret_file = 'key'\n\
                authorization_file = '/run/auth'\n";
    let files = [("key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), ("/run/auth", "Bearer t\n")];
    let loaded = load_with(text, &[], &files).expect("a good config");
    let [receiver] = loaded.settings.receivers.as_slice() else { panic!("one receiver") };
    assert_eq!((receiver.secret.reveal(), receiver.authorization.reveal()), (SECRET, "Bearer t"));
    let error = load_with(text, &[], &files[..1]).expect_err("one is missing");
    let expected = "scrobbled.toml line 5: receiver `a`: `authorization_file`: `/run/auth` can't be \
                    read: there is no such file";
    assert_eq!(error, expected);
}

#[test]
fn a_receiver_of_which_nothing_is_set_is_none() {
    let nothing = "[[receiver]]\nname = ''\nformat = 'event'\nurl = ''\n";
    assert_eq!(settings(nothing), Settings::default());
}

#[test]
fn what_a_receiver_can_not_be_is_named_with_its_line() {
    let with = |keys: &str| format!("[[receiver]]\nname = 'a'\nurl = 'http://h/secret'\n{keys}\n");
    let cases = [
        (
            "[[receiver]]\nurl = 'http://h'".to_owned(),
            "line 1: a [[receiver]] without a `name`; give each one of its own",
        ),
        (
            "[[receiver]]\nname = 'a'".to_owned(),
            "line 1: receiver `a`: `url` is not set; say where it is told",
        ),
        (
            with("[[receiver]]\nname = 'A'\nurl = 'http://h'"),
            "line 5: a second [[receiver]] `A`; give each a `name` of its own",
        ),
        (
            with("format = 'json'"),
            "line 4: `receiver.format` is \"json\", but takes \"event\", \
                                   \"template\" or \"raw\"",
        ),
        (
            with("types = ['play.finish', 'play.end']"),
            "line 4: `receiver.types` is [\"play.finish\", \"play.end\"], but takes a list of \
             \"play.start\", \"play.pause\", \"play.stop\", \"play.finish\", \"rating.set\", \
             \"rating.removed\", \"watched.marked\", \"watched.unmarked\", \
             \"account.login_needed\", \"intent.parked\" or \"test\"",
        ),
        (
            with("accounts = ['anna']"),
            "line 4: receiver `a` lists the account `anna`, but there is none; there are default",
        ),
        (
            with("secret = 'tellnobody'"),
            "line 4: receiver `a`: `secret` is none: write whsec_ and base64 of 24 to 64 random \
             bytes",
        ),
        (
            with("authorization = 'Bearer é'"),
            "line 4: receiver `a`: `authorization` has letters that no header can have",
        ),
        (
            with("format = 'template'"),
            "line 4: receiver `a`: format = \"template\" needs a `body`; docs/receivers.md has some",
        ),
        (with("body = 'x'"), "line 4: receiver `a`: `body` needs format = \"template\""),
        (
            with("format = 'template'\nbody = '{\"hush\": {item.titel}}'"),
            "line 5: receiver `a`: `body` has the unknown field `{item.titel}`; did you mean \
             `{item.title}`?",
        ),
        (
            with("format = 'template'\nbody = '{\"hush\": }'"),
            "line 5: receiver `a`: `body` is no JSON once its fields are filled in (line 1, column \
             10); mend it, or set `content_type` to what it is",
        ),
        (
            with("format = 'raw'\nsecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'"),
            "line 5: receiver `a`: a webhook is passed on as it came, unsigned; take `secret` out",
        ),
        (
            with("adress = 'x'"),
            "line 4: unknown key `receiver.adress`; there are name, url, ca_file, format, accounts, types, \
             secret, secret_file, authorization, authorization_file, body, content_type",
        ),
        (
            "[receiver]\nname = 'a'".to_owned(),
            "line 1: `receiver` may stand several times; write [[receiver]]",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(errors(&text), format!("scrobbled.toml {expected}"), "{text}");
    }
}

#[test]
fn a_receiver_that_is_told_less_than_was_meant_is_odd() {
    let notes = |keys: &str| {
        let text = format!("[[receiver]]\nname = 'a'\nurl = 'http://h'\n{keys}\n");
        let notes = load_with(&text, &[], &[]).expect("a good config").notes();
        notes.into_iter().filter(|note| note.contains("receiver")).collect::<Vec<_>>()
    };
    assert_eq!(notes(""), [""; 0]);
    assert_eq!(
        notes("types = []"),
        ["receiver `a` has no `types`, so it is told nothing; list some"]
    );
    let raw = "receiver `a` has `types`, but with format = \"raw\" each webhook is passed on, \
               whatever it says";
    assert_eq!(notes("format = 'raw'\ntypes = ['play.start']"), [raw]);
}
