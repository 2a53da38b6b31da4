//! Who asks? A token is shown in another way at each of the versions, and a wrong way is no token.

use super::{Dialect, Jellyfin};
use crate::http::{Request, Response, decoded};

/// Who asks: a person by id, or an API key.
pub(super) struct Holder {
    pub(super) token: String,
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

/// A program that asks, as it introduces itself in the header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) name: String,
    pub(super) device: String,
    pub(super) device_id: String,
    pub(super) version: String,
}

impl Jellyfin {
    /// The holder of the token that a request shows; 401 without one.
    pub(super) fn holder(&self, request: &Request) -> Result<Holder, Response> {
        let token = shown(request, self.options.dialect).ok_or_else(|| Response::empty(401))?;
        let user = self.tokens.get(&token).ok_or_else(|| Response::empty(401))?.user.clone();
        let is_admin = user.as_ref().is_none_or(|id| self.named(id).is_some_and(|u| u.is_admin));
        Ok(Holder { token, user, is_admin })
    }

    /// The program that asks; 400 where it does not say all four of its parts.
    pub(super) fn program(&self, request: &Request) -> Result<Program, Response> {
        let header = |name, schemes: &[&str]| in_scheme(request, name, schemes);
        let rest = match self.options.dialect {
            Dialect::Jellyfin12 => header("Authorization", &["MediaBrowser"]),
            Dialect::Jellyfin10_8 | Dialect::Jellyfin10_11 | Dialect::Emby => {
                header("Authorization", &["MediaBrowser", "Emby"])
                    .or_else(|| header("X-Emby-Authorization", &["MediaBrowser", "Emby"]))
            }
        };
        let part = |name| {
            let value = part(rest?, name)?;
            (!value.is_empty()).then_some(value)
        };
        let program = || {
            Some(Program {
                name: part("Client")?,
                device: part("Device")?,
                device_id: part("DeviceId")?,
                version: part("Version")?,
            })
        };
        program().ok_or_else(|| Response::empty(400))
    }
}

/// The token in a request, if it is shown in a way that this version takes.
fn shown(request: &Request, dialect: Dialect) -> Option<String> {
    let header = |name: &str| request.header(name).map(str::to_owned);
    let token = |name: &str, schemes: &[&str]| part(in_scheme(request, name, schemes)?, "Token");
    let old = || {
        token("Authorization", &["Emby"])
            .or_else(|| token("X-Emby-Authorization", &["MediaBrowser", "Emby"]))
            .or_else(|| header("X-Emby-Token"))
            .or_else(|| header("X-MediaBrowser-Token"))
            .or_else(|| request.parameter("api_key"))
    };
    match dialect {
        Dialect::Emby => token("Authorization", &["Emby"])
            .or_else(|| token("X-Emby-Authorization", &["Emby"]))
            .or_else(|| header("X-Emby-Token"))
            .or_else(|| request.parameter("api_key")),
        Dialect::Jellyfin12 => {
            token("Authorization", &["MediaBrowser"]).or_else(|| request.parameter("ApiKey"))
        }
        Dialect::Jellyfin10_8 | Dialect::Jellyfin10_11 => token("Authorization", &["MediaBrowser"])
            .or_else(|| request.parameter("ApiKey"))
            .or_else(old),
    }
}

/// What follows the scheme in a header, if it is one of these.
fn in_scheme<'a>(request: &'a Request, name: &str, schemes: &[&str]) -> Option<&'a str> {
    let (scheme, rest) = request.header(name)?.trim().split_once(' ')?;
    schemes.iter().any(|known| known.eq_ignore_ascii_case(scheme)).then_some(rest)
}

/// A part of a header like `Client="x", Token="…"`: commas between quotes divide nothing, and the value is
/// encoded as in an address.
fn part(rest: &str, name: &str) -> Option<String> {
    let mut is_quoted = false;
    let parts = rest.split(|letter: char| {
        is_quoted ^= letter == '"';
        letter == ',' && !is_quoted
    });
    let mut values = parts.filter_map(|part| {
        let (key, value) = part.trim().split_once('=')?;
        (key == name).then(|| decoded(value.trim_matches('"')))
    });
    values.next()
}
