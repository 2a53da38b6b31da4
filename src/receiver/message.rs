//! One thing that is told: what is posted, and with which headers.

use super::event::Told;
use super::sign::signature;
use crate::config::{Body, Receiver, ReceiverFormat, signing_key};
use crate::event::Time;
use crate::http;
use crate::intent::Intent;

/// What is posted for an intent. Pure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    id: String,
    content_type: String,
    body: String,
}

impl Message {
    /// What `receiver` is told of `intent`, which was decided `since` and leaves `now`; `id` is the
    /// same however often it is sent.
    #[must_use]
    pub fn of(receiver: &Receiver, id: &str, intent: &Intent, since: Time, now: Time) -> Self {
        Self::telling(receiver, id, Told::Intent(intent), since, now)
    }

    /// The same of anything that is told.
    pub(super) fn telling(
        receiver: &Receiver,
        id: &str,
        told: Told<'_>,
        since: Time,
        now: Time,
    ) -> Self {
        let (content_type, body) = match receiver.format {
            ReceiverFormat::Template => {
                let fields = told.fields(id, since, now);
                // The config was not accepted without a body that can be taken apart.
                let body = Body::parse(receiver.body.reveal(), &receiver.content_type);
                let body = body.map(|body| body.fill(&fields)).unwrap_or_default();
                (receiver.content_type.clone(), body)
            }
            ReceiverFormat::Event | ReceiverFormat::Raw => {
                ("application/json".to_owned(), told.event(since, now).to_string())
            }
        };
        Self { id: id.to_owned(), content_type, body }
    }

    /// By which id it is known again.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The headers of an attempt `now`. The id is told twice: `Idempotency-Key` is what servers that
    /// know nothing of Standard Webhooks look at.
    #[must_use]
    pub fn headers(&self, receiver: &Receiver, now: Time) -> Vec<(&'static str, String)> {
        let seconds = now.0 / 1000;
        let mut headers = vec![
            ("Content-Type", self.content_type.clone()),
            ("User-Agent", http::USER_AGENT.to_owned()),
            ("webhook-id", self.id.clone()),
            ("webhook-timestamp", seconds.to_string()),
            ("Idempotency-Key", self.id.clone()),
        ];
        let signed = signing_key(&receiver.secret)
            .and_then(|key| signature(&key, &self.id, seconds, self.body.as_bytes()));
        headers.extend(signed.map(|signed| ("webhook-signature", signed)));
        headers.extend(authorization(receiver));
        headers
    }
}

/// The header by which a receiver knows who may post, where one is set.
pub(super) fn authorization(receiver: &Receiver) -> Option<(&'static str, String)> {
    let value = receiver.authorization.reveal();
    (!value.is_empty()).then(|| ("Authorization", value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Item, Percent};
    use crate::intent::Verb;
    use crate::secret::Secret;

    const NOW: Time = Time(1_795_464_902_999);

    fn intent() -> Intent {
        Intent {
            account: "anna".into(),
            verb: Verb::Finish,
            item: Item { title: "The \"Salt\" Road".into(), year: Some(2021), ..Item::default() },
            session: String::new(),
            progress: Percent::whole(96),
            at: NOW,
            began: NOW,
            viewing: None,
        }
    }

    #[test]
    fn each_try_has_the_same_id_and_its_own_time_and_signature() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let authorization = Secret::new("Bearer t");
        let receiver = Receiver { secret, authorization, ..Receiver::default() };
        let message = Message::of(&receiver, "msg_1", &intent(), NOW, NOW);
        let words = |now| {
            let headers = message.headers(&receiver, now);
            headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
        };
        let first = words(NOW);
        let later = words(Time(NOW.0 + 5_000));
        assert_eq!(
            first[..5],
            [
                "Content-Type: application/json",
                &format!("User-Agent: {}", http::USER_AGENT),
                "webhook-id: msg_1",
                "webhook-timestamp: 1795464902",
                "Idempotency-Key: msg_1",
            ]
        );
        assert!(first[5].starts_with("webhook-signature: v1,"), "{first:?}");
        assert_eq!(first[6..], ["Authorization: Bearer t"]);
        let differing: Vec<_> = first.iter().zip(&later).filter(|(a, b)| a != b).collect();
        assert_eq!(differing.len(), 2, "{differing:?}");
        let bare = message.headers(&Receiver::default(), NOW);
        assert_eq!(bare.len(), 5, "without secrets there is neither signature nor authorization");
    }

    #[test]
    fn a_template_is_filled_in_and_has_its_own_type() {
        let receiver = Receiver {
            format: ReceiverFormat::Template,
            body: Secret::new(r#"{"id":"{id}","title":"{item.title}","late":{late}}"#),
            content_type: "application/vnd.example+json".into(),
            ..Receiver::default()
        };
        let message = Message::of(&receiver, "msg_1", &intent(), NOW, NOW);
        assert_eq!(message.body(), r#"{"id":"msg_1","title":"The \"Salt\" Road","late":false}"#);
        let headers = message.headers(&receiver, NOW);
        assert_eq!(headers[0], ("Content-Type", "application/vnd.example+json".to_owned()));
    }
}
