//! How are we let in, and by what key do we stay?
//!
//! A person's own token serves to make a key and ends at once. A key that somebody gives is taken as it
//! is, and stays theirs.

use super::api::{self, Api, Fault};
use super::key;
use super::notification::text;
use super::people::{self, users};
use crate::connect::around::Around;
use crate::connect::connection::Connection;
use crate::connect::order::SignIn;
use crate::connect::talk::{Ended, Talk};
use crate::secret::Secret;
use serde_json::Value;

/// Where keys are made by hand.
const BY_HAND: &str = "its dashboard (Advanced, API Keys)";

/// Whether Emby can be signed in to so.
///
/// # Errors
/// A sentence that says how else.
pub(super) fn check(sign_in: &SignIn) -> Result<(), Ended> {
    match sign_in {
        SignIn::Password { .. } | SignIn::Key(_) => Ok(()),
        SignIn::Code => {
            Err("Emby has no code to sign in with; give --user NAME, of an administrator, or --key"
                .into())
        }
    }
}

/// Somebody who is in.
pub(super) enum Visitor {
    /// By a key of theirs.
    Key(Secret),
    /// Signed in, with their own token and what was answered.
    Person(Secret, Value),
}

/// Has Emby let us in: until then nothing else need be asked.
///
/// # Errors
/// When it lets nobody in.
pub(super) fn let_in(
    around: &Around,
    sign_in: &SignIn,
    connection: &Connection,
) -> Result<Visitor, Ended> {
    match sign_in {
        SignIn::Code => Err(check(sign_in).err().unwrap_or_else(strange)),
        SignIn::Key(key) => {
            users(&Api::new(connection, key)).map_err(|fault| match fault {
                Fault::Refused => {
                    format!("Emby does not take that key; copy it again from {BY_HAND}").into()
                }
                Fault::Forbidden => format!(
                    "that key is the token of somebody who is no administrator, to whom Emby does not show \
                     what is watched; have an administrator make an API key in {BY_HAND}"
                )
                .into(),
                fault @ (Fault::Silent(_) | Fault::Status(..) | Fault::Strange(_)) => fault.ended(),
            })?;
            Ok(Visitor::Key(key.clone()))
        }
        SignIn::Password { user, password } => {
            let program = (around.host.as_str(), around.device.as_str());
            let answer = api::sign_in(connection, program, (user, password));
            let answer = answer.map_err(|fault| match fault {
                Fault::Refused => format!(
                    "Emby does not let {user} in with that password; look whether name and password are \
                     right, and connect again"
                )
                .into(),
                Fault::Forbidden => format!(
                    "Emby does not let {user} in: the account is disabled, or may not be used from here"
                )
                .into(),
                fault @ (Fault::Silent(_) | Fault::Status(..) | Fault::Strange(_)) => fault.ended(),
            })?;
            let token = Secret::new(text(&answer, "AccessToken"));
            if token.is_empty() { Err(strange()) } else { Ok(Visitor::Person(token, answer)) }
        }
    }
}

impl Visitor {
    /// Gets a key into the connection. The answer is the id of who signed in; empty, where nobody did.
    ///
    /// # Errors
    /// When they are no administrator, Emby refuses, or the person leaves.
    pub(super) fn stay(
        self,
        talk: &Talk,
        around: &Around,
        connection: &mut Connection,
    ) -> Result<String, Ended> {
        let (token, answer) = match self {
            Self::Person(token, answer) => (token, answer),
            Self::Key(key) => {
                connection.key_is_ours &= connection.token == key;
                connection.token = key;
                talk.say("Emby takes the key")?;
                return Ok(String::new());
            }
        };
        let theirs = Api::new(connection, &token);
        let key = key_of(talk, around, &theirs, &answer, connection);
        let ended = theirs.post("/Sessions/Logout", None); // whatever became of the rest
        let (key, id) = key?;
        if let Err(fault) = ended {
            talk.say(format!(
                "signing out again did not work ({fault}); at Emby, remove the device “{}” with the app \
                 “scrobbled”",
                around.host
            ))?;
        }
        (connection.token, connection.key_is_ours) = (key, true);
        Ok(id)
    }

    /// Leaves with nothing made.
    pub(super) fn leave(self, connection: &Connection) {
        if let Self::Person(token, _) = self {
            let _ = Api::new(connection, &token).post("/Sessions/Logout", None); // the next sign-in ends it, too
        }
    }
}

/// That what came of a sign-in makes no sense.
fn strange() -> Ended {
    Fault::Strange("/Users/AuthenticateByName".to_owned()).ended()
}

/// Our key, by the token of a person, with that person's id.
fn key_of(
    talk: &Talk,
    around: &Around,
    theirs: &Api,
    answer: &Value,
    connection: &Connection,
) -> Result<(Secret, String), Ended> {
    let user = answer.get("User").and_then(people::user).ok_or_else(strange)?;
    let who = &user.person.name;
    if !user.is_administrator {
        return Err(format!(
            "{who} is no administrator at Emby, which shows what is watched, and makes webhooks, for \
             administrators only; sign in as one, or with an API key that one has made in {BY_HAND}"
        )
        .into());
    }
    talk.say(format!("signed in as {who}"))?;
    let name = around.our_name();
    let kept = if connection.key_is_ours { connection.token.clone() } else { Secret::default() };
    let key = key::ensure(theirs, &name, &kept).map_err(Fault::ended)?;
    talk.say(format!("the API key “{name}” is there"))?;
    Ok((key, user.person.id))
}
