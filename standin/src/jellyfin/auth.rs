//! Who asks? A token is shown in another way at each of the versions, and a wrong way is no token.

use super::{Dialect, Jellyfin};
use crate::http::{Request, Response};

/// Who asks: a person by id, or an API key.
pub(super) struct Holder {
    pub(super) user: Option<String>,
    is_admin: bool,
}

impl Holder {
    /// Whether it may do what only administrators may; else the refusal.
    pub(super) fn is_admin(&self) -> Result<(), Response> {
        if self.is_admin { Ok(()) } else { Err(Response::empty(403)) }
    }

    /// Whether it may see what is this person's.
    pub(super) fn may_see(&self, user: &str) -> bool {
        self.is_admin || self.user.as_deref() == Some(user)
    }
}

impl Jellyfin {
    /// The holder of the token that a request shows; 401 without one.
    pub(super) fn holder(&self, request: &Request) -> Result<Holder, Response> {
        let token = shown(request, self.options.dialect).ok_or_else(|| Response::empty(401))?;
        let user = self.tokens.get(&token).ok_or_else(|| Response::empty(401))?.clone();
        let is_admin = user.as_ref().is_none_or(|id| self.named(id).is_some_and(|u| u.is_admin));
        Ok(Holder { user, is_admin })
    }
}

/// The token in a request, if it is shown in a way that this version takes.
fn shown(request: &Request, dialect: Dialect) -> Option<String> {
    let header = |name: &str| request.header(name).map(str::to_owned);
    let in_scheme = |name: &str, schemes: &[&str]| {
        let (scheme, rest) = request.header(name)?.trim().split_once(' ')?;
        schemes.iter().any(|known| known.eq_ignore_ascii_case(scheme)).then(|| part(rest))?
    };
    let old = || {
        in_scheme("Authorization", &["Emby"])
            .or_else(|| in_scheme("X-Emby-Authorization", &["MediaBrowser", "Emby"]))
            .or_else(|| header("X-Emby-Token"))
            .or_else(|| header("X-MediaBrowser-Token"))
            .or_else(|| request.parameter("api_key"))
    };
    match dialect {
        Dialect::Emby => in_scheme("Authorization", &["Emby"])
            .or_else(|| in_scheme("X-Emby-Authorization", &["Emby"]))
            .or_else(|| header("X-Emby-Token"))
            .or_else(|| request.parameter("api_key")),
        Dialect::Jellyfin12 => {
            in_scheme("Authorization", &["MediaBrowser"]).or_else(|| request.parameter("ApiKey"))
        }
        Dialect::Jellyfin10_8 | Dialect::Jellyfin10_11 => {
            in_scheme("Authorization", &["MediaBrowser"])
                .or_else(|| request.parameter("ApiKey"))
                .or_else(old)
        }
    }
}

/// The token among the parts of a header: `Client="x", Token="…"`.
fn part(rest: &str) -> Option<String> {
    rest.split(',').find_map(|part| {
        let (name, value) = part.trim().split_once('=')?;
        (name == "Token").then(|| value.trim_matches('"').to_owned())
    })
}
