//! Which question is it, and may who asks it? Names and methods as the servers have them.

use super::auth::Holder;
use super::{Answer, Dialect, Jellyfin, set};
use crate::Time;
use crate::http::{Request, Response};
use serde_json::json;

impl Jellyfin {
    pub(super) fn routed(&mut self, request: &Request, there: Time) -> Answer {
        if self.is_away(there) {
            return Err(Response::html(503));
        }
        let Some(below) = request.path.strip_prefix(self.options.base.as_str()) else {
            return Err(Response::html(404));
        };
        let request = &Request { path: below.to_owned(), ..request.clone() };
        let segments = request.segments();
        let mut path: Vec<&str> = segments.iter().map(String::as_str).collect();
        if self.options.dialect.is_emby() && path.first() == Some(&"emby") {
            path.remove(0);
        }
        if let Some(answer) = self.for_anybody(&path, request, there) {
            return answer;
        }
        let who = self.holder(request)?;
        self.for_holder(&path, request, &who, there)
    }

    /// What it answers to who shows no token; `None` of what needs one.
    fn for_anybody(&mut self, path: &[&str], request: &Request, there: Time) -> Option<Answer> {
        let is_emby = self.options.dialect.is_emby();
        Some(match (request.method.as_str(), path) {
            ("GET", ["System", "Info", "Public"]) => Ok(Response::json(200, &self.info())),
            ("GET", ["QuickConnect", "Enabled"]) if !is_emby => Ok(self.may_be_quick()),
            ("GET" | "POST", ["QuickConnect", "Initiate"]) => self.initiate(request, there),
            ("GET", ["QuickConnect", "Connect"]) => self.is_approved(request, there),
            ("POST", ["Users", "AuthenticateWithQuickConnect"]) if !is_emby => {
                self.sign_in_quickly(request, there)
            }
            ("POST", ["Users", "AuthenticateByName"]) => self.sign_in_by_name(request, there),
            _ => return None,
        })
    }

    fn for_holder(
        &mut self,
        path: &[&str],
        request: &Request,
        who: &Holder,
        there: Time,
    ) -> Answer {
        let is_emby = self.options.dialect.is_emby();
        match (request.method.as_str(), path) {
            ("GET", ["System", "Info"]) => {
                let mut info = self.info();
                set(&mut info, "HasPendingRestart", json!(self.waits_for_a_restart()));
                Ok(Response::json(200, &info))
            }
            ("GET", ["Sessions"]) => Ok(self.sessions(who, request, there)),
            ("GET", ["Items"]) => self.items(who, None, request),
            ("GET", ["Users", id, "Items"]) => self.items(who, Some(id), request),
            ("GET", ["Items", id, "Ancestors"]) => self.ancestors(id, request),
            ("GET", ["Library", "MediaFolders"]) => {
                if matches!(self.options.dialect, Dialect::Jellyfin10_11 | Dialect::Jellyfin12) {
                    who.is_admin()?;
                }
                Ok(self.folders())
            }
            ("GET", ["System", "ActivityLog", "Entries"]) => {
                who.is_admin()?;
                Ok(self.entries(request))
            }
            ("GET", ["Users"]) if !is_emby => Ok(self.people()),
            ("GET", ["Users", "Query"]) if is_emby => {
                who.is_admin()?;
                Ok(self.people())
            }
            ("GET", ["Users", "Me"]) => match &who.user {
                Some(id) => Ok(Response::json(200, &self.person(id))),
                None => Err(Response::refusal(400, "an API key is nobody")),
            },
            ("POST", ["Sessions", "Logout"]) => Ok(self.sign_out(who)),
            ("GET", ["Auth", "Keys"]) => who.is_admin().map(|()| self.keys()),
            ("POST", ["Auth", "Keys"]) => {
                who.is_admin()?;
                self.make_key(request, there)
            }
            ("DELETE", ["Auth", "Keys", key]) => who.is_admin().map(|()| self.end_key(key)),
            _ if !is_emby => self.for_manager(path, request, who, there),
            _ => Err(Response::empty(404)),
        }
    }

    /// What Jellyfin alone answers, most of it to who manages it.
    fn for_manager(
        &mut self,
        path: &[&str],
        request: &Request,
        who: &Holder,
        there: Time,
    ) -> Answer {
        match (request.method.as_str(), path) {
            ("GET", ["Plugins"]) => self.plugins(who),
            ("GET", ["Plugins", id, "Configuration"]) => self.configuration(who, id),
            ("POST", ["Plugins", id, "Configuration"]) => self.configure(who, id, request),
            ("GET", ["Packages", name]) => self.package(name),
            ("POST", ["Packages", "Installed", name]) => self.install(who, name, request),
            ("GET", ["Repositories"]) => who.is_admin().map(|()| Self::repositories()),
            ("POST", ["System", "Restart"]) => self.restarts(who, there),
            _ => Err(Response::empty(404)),
        }
    }
}
