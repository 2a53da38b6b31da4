//! Which keys does a `[[receiver]]` have? As `keys.rs` has it for all others.

use super::keys::{CA_FILE, Key, key, list, restart};
use super::kind::KeyType;
use super::receiver::{Receiver, ReceiverFormat, TYPES};

/// `[[receiver]]`.
pub(super) static RECEIVER: &[Key<Receiver>] = &[
    restart(key(
        "name",
        KeyType::Text(|r| &mut r.name),
        "What the receiver is called here; each has a name of its own.",
    )),
    restart(key(
        "url",
        KeyType::SecretUrl(|r| &mut r.url),
        "Where it is told. Shown nowhere but for its host.",
    )),
    restart(key("ca_file", KeyType::Path(|r| &mut r.ca_file), CA_FILE)),
    restart(key(
        "format",
        KeyType::Choice {
            words: &["event", "template", "raw"],
            word: |r| match r.format {
                ReceiverFormat::Event => "event",
                ReceiverFormat::Template => "template",
                ReceiverFormat::Raw => "raw",
            },
            choose: |r, word| {
                r.format = match word {
                    "template" => ReceiverFormat::Template,
                    "raw" => ReceiverFormat::Raw,
                    _ => ReceiverFormat::Event,
                }
            },
        },
        "In which form: our own event, the body below, or the webhook as the media server has posted \
         it.",
    )),
    restart(key(
        "accounts",
        list(|r| &mut r.accounts),
        "Of which accounts it is told, by their names here; empty: of all.",
    )),
    restart(key(
        "types",
        KeyType::Words { words: &TYPES, field: |r| &mut r.types },
        "Of what it is told, with format = \"event\" or \"template\".",
    )),
    restart(key(
        "secret",
        KeyType::Secret(|r| &mut r.secret),
        "Signs what is sent, as Standard Webhooks say: \"whsec_\" and base64 of 24 to 64 random bytes.",
    )),
    restart(key(
        "secret_file",
        KeyType::Path(|r| &mut r.secret_file),
        "Or a file that holds it: relative to this one, or \"$CREDENTIALS_DIRECTORY/…\".",
    )),
    restart(key(
        "authorization",
        KeyType::Secret(|r| &mut r.authorization),
        "The header Authorization, like \"Bearer …\".",
    )),
    restart(key(
        "authorization_file",
        KeyType::Path(|r| &mut r.authorization_file),
        "Or a file that holds it.",
    )),
    restart(key(
        "body",
        KeyType::SecretLines(|r| &mut r.body),
        "The body with format = \"template\", with fields in braces (docs/receivers.md).",
    )),
    restart(key(
        "content_type",
        KeyType::Text(|r| &mut r.content_type),
        "What that body is; in JSON the fields are written as JSON wants them.",
    )),
];
