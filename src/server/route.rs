//! What can be asked of the internal server?
//!
//! The front door knows public paths; it asks for one of these. Both sides use this table, so a
//! path is spelled once.

use crate::event::Source;

/// One thing that can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// A webhook is posted.
    Webhook(Source),
    /// Somebody looks at a webhook's address with a browser: where is it to be pasted?
    Paste(Source),
    /// Is all well?
    Health,
    /// The status page, style and script in it.
    Page,
    /// A sign-in link is opened.
    SignIn,
    /// A session ends.
    SignOut,
    /// All that there is to see, as JSON.
    Status,
    /// Every setting, as JSON.
    Settings,
    /// A request as over the control socket, as JSON.
    Api,
    /// The same in numbers, for Prometheus.
    Metrics,
}

impl Route {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Webhook(Source::Plex),
        Self::Webhook(Source::Jellyfin),
        Self::Webhook(Source::Emby),
        Self::Paste(Source::Plex),
        Self::Paste(Source::Jellyfin),
        Self::Paste(Source::Emby),
        Self::Health,
        Self::Page,
        Self::SignIn,
        Self::SignOut,
        Self::Status,
        Self::Settings,
        Self::Api,
        Self::Metrics,
    ];

    /// Whether it is of the page: for who has signed in. Each of these has a path of its own.
    #[must_use]
    pub fn is_of_page(self) -> bool {
        !matches!(self, Self::Webhook(_) | Self::Paste(_) | Self::Health)
    }

    /// The method with which it is asked.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Webhook(_) | Self::SignIn | Self::SignOut | Self::Api => "POST",
            Self::Paste(_)
            | Self::Health
            | Self::Page
            | Self::Status
            | Self::Settings
            | Self::Metrics => "GET",
        }
    }

    /// The path at which the internal server has it.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Webhook(Source::Plex) | Self::Paste(Source::Plex) => "/webhook/plex",
            Self::Webhook(Source::Jellyfin) | Self::Paste(Source::Jellyfin) => "/webhook/jellyfin",
            Self::Webhook(Source::Emby) | Self::Paste(Source::Emby) => "/webhook/emby",
            Self::Health => "/healthz",
            Self::Page => "/",
            Self::SignIn => "/sign-in",
            Self::SignOut => "/sign-out",
            Self::Status => "/api/status",
            Self::Settings => "/api/settings",
            Self::Api => "/api",
            Self::Metrics => "/metrics",
        }
    }

    /// What is asked with this method at this path.
    #[must_use]
    pub fn find(method: &str, path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.method() == method && route.path() == path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_found_by_its_method_and_path() {
        for route in Route::ALL {
            assert_eq!(Route::find(route.method(), route.path()), Some(route));
        }
        assert_eq!(Route::find("PUT", "/webhook/plex"), None);
        assert_eq!(Route::find("GET", "/nowhere"), None);
    }
}
