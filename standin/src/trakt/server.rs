//! What the stand-in for Trakt can be asked once it runs.

#[cfg(feature = "faults")]
use super::control;
use super::{Server, Tokens, Trakt, pages};
use crate::Time;
#[cfg(feature = "faults")]
use crate::faults::Stage;
use crate::http::{Request, Response};
use crate::service::Service;

impl Service for Trakt {
    fn answer(&mut self, request: &Request, now: Time) -> Response {
        Self::answer(self, request, now)
    }

    fn page(&self, request: &Request, now: Time) -> Option<Response> {
        pages::answer(self, request, now)
    }

    fn listens(&mut self, url: &str) {
        self.options.verification_url = format!("{url}/activate");
    }

    #[cfg(feature = "faults")]
    fn control(stage: &mut Stage<Self>, request: &Request, now: Time) -> Option<Response> {
        control::answer(stage, request, now)
    }
}

impl Server {
    /// Signs a person in without a device code.
    #[must_use]
    pub fn sign_in(&self, user: &str) -> Tokens {
        let now = self.now();
        self.with(|trakt| trakt.issue_tokens(user, now))
    }

    /// See [`Trakt::calls`].
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.with(|trakt| trakt.calls())
    }

    /// See [`Trakt::plays`].
    #[must_use]
    pub fn plays(&self, label: &str) -> Vec<Time> {
        self.with(|trakt| trakt.plays(label))
    }

    /// See [`Trakt::summary`].
    #[must_use]
    pub fn summary(&self) -> Vec<String> {
        let now = self.now();
        self.with(|trakt| trakt.summary(now))
    }
}
