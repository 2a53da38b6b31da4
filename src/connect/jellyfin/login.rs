//! How does somebody get in? With a code, a password or a key of theirs; an administrator gets a key that
//! lasts.

use super::api::{Api, is_true, list, text};
use super::found::Found;
use crate::connect::around::Around;
use crate::connect::connection::{Connection, Person};
use crate::connect::order::SignIn;
use crate::connect::talk::{Code, Ended, Talk};
use crate::http::{Answer, Method, encoded};
use crate::secret::Secret;
use serde_json::{Value, json};
use std::time::Duration;

/// How long a code is good (Jellyfin's source, `QuickConnectManager`).
const CODE_LIVES: Duration = Duration::from_secs(10 * 60);
/// How often it is looked whether the code was typed in.
const LOOK: Duration = Duration::from_secs(2);
/// After so many looks in a row without an answer that is said.
const FAILED_OFTEN: u32 = 3;
/// How many codes are shown, one after the other, until it is given up.
const CODES: usize = 3;

/// Signs in, and leaves in `connection` by what the server is asked from now on. An administrator's own
/// token is ended again; what lasts is a key. Of anybody else it is their token.
pub(super) fn sign_in(
    talk: &Talk,
    around: &Around,
    (found, sign_in): (&Found, &SignIn),
    connection: &mut Connection,
) -> Result<(), Ended> {
    if is_administrators(&kept(connection))? && !matches!(sign_in, SignIn::Key(_)) {
        end_own(talk, connection)?;
        return talk.say("there is a key from before, and it still works");
    }
    let before = connection.clone();
    let session = match sign_in {
        SignIn::Code => quick(talk, around, found)?,
        SignIn::Password { user, password } => by_name(around, found, user, password)?,
        SignIn::Key(key) => {
            by_key(found, key, connection)?;
            end_former(talk, &before, connection)?;
            return around.keep(connection);
        }
    };
    let Session { token, person, is_administrator } = session;
    let api = Api { url: &found.url, trust: &found.trust, token: token.clone() };
    if !is_administrator {
        talk.say(format!("{} is signed in", person.name))?;
        (connection.token, connection.key_is_ours) = (token, true);
        connection.only = Some(person);
        connection.account_token = Secret::default();
        end_former(talk, &before, connection)?;
        return around.keep(connection);
    }
    let key = lasting_key(&api, &around.our_name())?;
    (connection.token, connection.key_is_ours, connection.only) = (key, true, None);
    connection.account_token = token;
    end_former(talk, &before, connection)?;
    around.keep(connection)?;
    talk.say(format!("{} is signed in; the key `{}` is kept", person.name, around.our_name()))?;
    end_own(talk, connection)
}

/// Ends the own token of who signed in for a key. It is kept until that is done, so that the next run does it where
/// this one can't.
fn end_own(talk: &Talk, connection: &mut Connection) -> Result<(), Ended> {
    if ended(connection, &connection.account_token) {
        connection.account_token = Secret::default();
        return Ok(());
    }
    talk.say("the session by which the key was got could not be ended; connect again to end it")
}

/// Ends by what the server was asked before, as far as it is ours and something else has taken its place.
/// That is not kept yet: who is killed in between signs in once more.
fn end_former(talk: &Talk, before: &Connection, now: &Connection) -> Result<(), Ended> {
    let is_new = before.token != now.token && before.key_is_ours && !before.token.is_empty();
    let (what, place, is_left) = if let Some(only) = &before.only {
        let is_left = is_new && !ended(before, &before.token);
        (format!("the session of {}", only.name), "Devices", is_left)
    } else {
        let is_left = is_new && !is_removed(before);
        ("the key of before".to_owned(), "API Keys", is_left)
    };
    if is_left {
        let url = &before.url;
        talk.say(format!(
            "{what} could not be ended at {url}: end it there (Dashboard > {place})"
        ))?;
    }
    if before.account_token != now.account_token && !ended(before, &before.account_token) {
        let url = &before.url;
        talk.say(format!(
            "a session of scrobbled could not be ended at {url}: end it there (Dashboard > Devices)"
        ))?;
    }
    Ok(())
}

/// Whether the key is gone by which the server was asked.
fn is_removed(connection: &Connection) -> bool {
    let path = format!("/Auth/Keys/{}", encoded(connection.token.reveal()));
    let answer = kept(connection).delete(&path);
    answer.is_ok_and(|answer| matches!(answer.status, 200..=299 | 401 | 404))
}

/// Whether a person's token is of no use any more.
pub(super) fn ended(connection: &Connection, token: &Secret) -> bool {
    let end = || with(connection, token).post("/Sessions/Logout", None);
    token.is_empty() || end().is_ok_and(|answer| matches!(answer.status, 200..=299 | 401))
}

/// Speaks with what is kept of a server.
pub(super) fn kept(connection: &Connection) -> Api<'_> {
    with(connection, &connection.token)
}

fn with<'a>(connection: &'a Connection, token: &Secret) -> Api<'a> {
    Api { url: &connection.url, trust: &connection.trust, token: token.clone() }
}

/// Whether it still takes this key, and as an administrator's. The list of keys is for them alone.
fn is_administrators(api: &Api<'_>) -> Result<bool, String> {
    Ok(!api.token.is_empty() && api.get("/Auth/Keys")?.status == 200)
}

struct Session {
    token: Secret,
    person: Person,
    is_administrator: bool,
}

/// Shows a code, and waits until somebody has typed it in at an app in which they are signed in.
fn quick(talk: &Talk, around: &Around, found: &Found) -> Result<Session, Ended> {
    let api = Api { url: &found.url, trust: &found.trust, token: Secret::default() };
    for number in 0..CODES {
        if number > 0 {
            talk.say("the code is no longer good; here is another one")?;
        }
        let (code, secret) = code(&api, around, found)?;
        talk.show(Some(Code {
            user_code: code,
            place: format!(
                "in a Jellyfin app in which you are signed in at {}: your picture, then Quick Connect",
                found.url
            ),
            url: String::new(),
            expires_in: CODE_LIVES.as_secs(),
        }))?;
        let typed = until_typed(talk, around, &api, &secret);
        talk.show(None)?;
        if typed? {
            let body = json!({ "Secret": secret.reveal() });
            let path = "/Users/AuthenticateWithQuickConnect";
            let answer = api.introduced(around, Method::Post, path, Some(&body))?;
            api.good(&answer, "the sign-in with that code")?;
            return Ok(session(&api, &answer)?);
        }
    }
    Err(Ended::Failed("nobody has typed a code in; connect again for a new one".to_owned()))
}

/// A new code, and the secret by which it is asked for.
fn code(api: &Api<'_>, around: &Around, found: &Found) -> Result<(String, Secret), String> {
    let path = "/QuickConnect/Initiate";
    let (usual, other) = if found.is_from(10, 9) {
        (Method::Post, Method::Get)
    } else {
        (Method::Get, Method::Post)
    };
    let mut answer = api.introduced(around, usual, path, None)?;
    if answer.status == 405 {
        answer = api.introduced(around, other, path, None)?;
    }
    if answer.status == 401 {
        return Err(format!(
            "Quick Connect is switched off at {}; switch it on there (Dashboard > General), or sign in \
             with name and password (`--user NAME` behind `scrobbled connect jellyfin {}`)",
            found.url, found.url
        ));
    }
    let what = "a code for Quick Connect";
    api.good(&answer, what)?;
    let begun = answer.json().unwrap_or_default();
    let (code, secret) = (text(&begun, "/Code"), text(&begun, "/Secret"));
    if code.is_empty() || secret.is_empty() {
        return Err(api.strange(what));
    }
    Ok((code, Secret::new(secret)))
}

/// Whether the code was typed in before its end. Also where the server does not answer meanwhile, it is
/// asked until then.
fn until_typed(
    talk: &Talk,
    around: &Around,
    api: &Api<'_>,
    secret: &Secret,
) -> Result<bool, Ended> {
    let until = around.clock.steady().saturating_add(CODE_LIVES);
    let path = format!("/QuickConnect/Connect?secret={}", encoded(secret.reveal()));
    let mut failed = 0;
    while around.clock.steady() < until {
        talk.wait(LOOK)?;
        match api.get(&path) {
            Ok(answer) if answer.status == 404 => return Ok(false),
            Ok(answer) if answer.status == 200 => {
                if is_true(&answer.json().unwrap_or_default(), "/Authenticated") {
                    return Ok(true);
                }
                if failed >= FAILED_OFTEN {
                    talk.say(format!("{} answers again", api.url))?;
                }
                failed = 0;
            }
            Ok(_) | Err(_) => failed += 1,
        }
        if failed == FAILED_OFTEN {
            talk.say(format!(
                "{} does not answer just now; it is asked again until the code runs out",
                api.url
            ))?;
        }
    }
    Ok(false)
}

fn by_name(
    around: &Around,
    found: &Found,
    user: &str,
    password: &Secret,
) -> Result<Session, String> {
    let api = Api { url: &found.url, trust: &found.trust, token: Secret::default() };
    let body = json!({ "Username": user, "Pw": password.reveal() });
    let path = "/Users/AuthenticateByName";
    let answer = api.introduced(around, Method::Post, path, Some(&body))?;
    match answer.status {
        401 => Err(format!(
            "{} does not take that name and password; look whether both are right, and connect again",
            found.url
        )),
        403 => Err(format!(
            "{} does not let `{user}` in from here: the user is disabled, may not use this device, or \
             has too many sessions",
            found.url
        )),
        _ => {
            api.good(&answer, "the sign-in")?;
            session(&api, &answer)
        }
    }
}

/// What a sign-in gave.
fn session(api: &Api<'_>, answer: &Answer) -> Result<Session, String> {
    let said = answer.json().unwrap_or_default();
    let token = Secret::new(text(&said, "/AccessToken"));
    let user = said.get("User").cloned().unwrap_or_default();
    let person = person(&user).filter(|_| !token.is_empty());
    let person = person.ok_or_else(|| api.strange("the sign-in"))?;
    Ok(Session { token, person, is_administrator: is_true(&user, "/Policy/IsAdministrator") })
}

/// Keeps a key that the person has made, and whose it is where it is no administrator's.
fn by_key(found: &Found, key: &Secret, connection: &mut Connection) -> Result<(), String> {
    let api = Api { url: &found.url, trust: &found.trust, token: key.clone() };
    let answer = api.get("/Auth/Keys")?;
    connection.only = match answer.status {
        401 => return Err(format!("{} does not take that key; copy it again", found.url)),
        403 => {
            let me = api.read("/Users/Me", "whose token that is")?;
            Some(person(&me).ok_or_else(|| api.strange("whose token that is"))?)
        }
        _ => {
            api.good(&answer, "the list of keys")?;
            None
        }
    };
    // Somebody may give the key that we have made.
    connection.key_is_ours &= connection.token == *key;
    connection.token = key.clone();
    Ok(())
}

/// The key of this name: the one that is there, so that two runs make one, else a new one. Making one
/// answers nothing, so it is looked for afterwards.
fn lasting_key(api: &Api<'_>, name: &str) -> Result<Secret, String> {
    let what = "the list of keys";
    if let Some(key) = newest_key(&api.read("/Auth/Keys", what)?, name) {
        return Ok(key);
    }
    let made = api.post(&format!("/Auth/Keys?app={}", encoded(name)), None);
    // Whether an answer that was lost has made one, the list tells.
    if let Ok(answer) = &made {
        api.good(answer, "a new key")?;
    }
    newest_key(&api.read("/Auth/Keys", what)?, name)
        .ok_or_else(|| made.err().unwrap_or_else(|| api.strange("a new key")))
}

/// Of the keys of this name the newest.
fn newest_key(keys: &Value, name: &str) -> Option<Secret> {
    let is_it = |key: &&Value| text(key, "/AppName") == name;
    let named = list(keys, "/Items").iter().filter(is_it);
    let newest = named.max_by_key(|key| text(key, "/DateCreated"))?;
    Some(Secret::new(text(newest, "/AccessToken"))).filter(|key| !key.is_empty())
}

/// Those who may watch there, or the one whose token it is.
pub(super) fn people(connection: &Connection) -> Result<Vec<Person>, String> {
    if let Some(only) = &connection.only {
        return Ok(vec![only.clone()]);
    }
    let users = kept(connection).read("/Users", "the list of users")?;
    let may_watch = |user: &&Value| !is_true(user, "/Policy/IsDisabled");
    Ok(list(&users, "").iter().filter(may_watch).filter_map(person).collect())
}

/// Somebody by the id that webhooks have: without dashes.
fn person(user: &Value) -> Option<Person> {
    let id = text(user, "/Id").replace('-', "").to_lowercase();
    (!id.is_empty()).then(|| Person { id, name: text(user, "/Name") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_keys_of_our_name_the_newest_is_taken() {
        let key = |name: &str, token: &str, made: &str| json!({ "AppName": name, "AccessToken": token, "DateCreated": made });
        let keys = json!({ "Items": [
            key("scrobbled (attic)", "old", "2026-11-27T20:25:00.0000000Z"),
            key("scrobbled (attic)", "new", "2026-11-27T20:25:01.0000000Z"),
            key("scrobbled (cellar)", "others", "2026-11-28T20:25:00.0000000Z"),
            key("scrobbled", "more", "2026-11-28T20:25:00.0000000Z"),
        ] });
        let found = newest_key(&keys, "scrobbled (attic)").map(|key| key.reveal().to_owned());
        assert_eq!(found.as_deref(), Some("new"));
        assert_eq!(newest_key(&keys, "scrobbled (den)"), None);
        assert_eq!(newest_key(&json!(null), "scrobbled"), None);
    }
}
