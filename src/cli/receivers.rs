//! What would receivers be told? For `check` and `explain`.

use super::{say, say_lines};
use crate::clock::Clock;
use crate::config::{MediaServer, Receiver, ReceiverFormat, Settings};
use crate::desk::shown::Status;
use crate::event::{Event, Time};
use crate::filter;
use crate::intent::Intent;
use crate::receiver::{self, Message, wants};

/// Says what a receiver gets.
pub(super) fn gets(receiver: &Receiver) -> String {
    let Receiver { name, accounts, types, .. } = receiver;
    let of = match accounts.as_slice() {
        [] => "all accounts".to_owned(),
        [one] => format!("account `{one}`"),
        several => format!("the accounts {}", several.join(", ")),
    };
    let what = match receiver.format {
        ReceiverFormat::Raw => "each webhook as it came".to_owned(),
        ReceiverFormat::Event | ReceiverFormat::Template if types.is_empty() => {
            "nothing".to_owned()
        }
        ReceiverFormat::Event => format!("{} as events", types.join(", ")),
        ReceiverFormat::Template => format!("{} in its own words", types.join(", ")),
    };
    let signed = if receiver.secret.is_empty() { "" } else { ", signed" };
    format!("receiver `{name}`: gets {what} of {of}{signed}, at {}", receiver.host())
}

/// Sends a receiver that wants it a test, and says what came of it; whether nothing is wrong.
pub(super) fn takes_a_test(receiver: &Receiver) -> bool {
    if !receiver.hears("test") {
        return true;
    }
    let name = &receiver.name;
    match receiver::test(receiver, Clock::Machine.now()) {
        Ok(()) => say(format_args!("receiver `{name}`: took a test")),
        Err(why) => {
            say(format_args!("receiver `{name}`: did not take a test: {why}"));
            return false;
        }
    }
    true
}

/// Says how each receiver is, where the daemon knows of trouble; returns of how many it does.
pub(super) fn troubles(status: &Status) -> usize {
    let troubled = status
        .receivers
        .iter()
        .filter(|one| ["refused", "unreachable", "off"].contains(&one.state.as_str()));
    let sentences = troubled.filter_map(|one| Some((&one.name, one.sentence.as_ref()?)));
    sentences.inspect(|(name, said)| say(format_args!("receiver `{name}`: {said}"))).count()
}

/// Says who would be passed the webhook of `event` as it came, and on which condition.
pub(super) fn passed_on(event: &Event, condition: &str, settings: &Settings) {
    for receiver in settings.receivers.iter().filter(|one| one.format == ReceiverFormat::Raw) {
        let mut accounts = filter::accounts(event, &settings.accounts);
        if accounts.any(|account| !account.dry_run && receiver.takes(&account.name)) {
            let (name, host) = (&receiver.name, receiver.host());
            say(format_args!(
                "   passed on as it came to the receiver {name}, at {host}{condition}"
            ));
        }
    }
}

/// Says what each receiver would be told of `intent`.
pub(super) fn told(intent: &Intent, now: Time, settings: &Settings) {
    for receiver in settings.receivers.iter().filter(|one| wants(one, intent)) {
        say(format_args!("   to the receiver {}, at {}:", receiver.name, receiver.host()));
        let message = Message::of(receiver, "msg_ID", intent, now, now);
        let lines: Vec<_> =
            message.body().trim().lines().map(|line| format!("   → {line}")).collect();
        say_lines(lines.join("\n"));
        let lacks_ids =
            intent.item.show().is_some_and(|it| it.ids.is_empty() && !it.key.is_empty());
        let can_be_asked = settings.media_servers.iter().any(MediaServer::can_be_asked);
        if lacks_ids && receiver.wants_ids_of_shows() && can_be_asked {
            say(format_args!("   with the ids of its show, where the media server tells them"));
        }
    }
}
