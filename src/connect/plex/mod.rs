//! How do we get to know a Plex Media Server?
//!
//! By its owner's account at plex.tv: that knows the servers, where they are and by which token each is
//! asked, and has the list of webhooks. So somebody signs in there by a code. Of their own servers one is
//! taken, at the first address at which it answers. With Plex Pass our webhook is added to the account's
//! list; without it Plex posts none, and the server is listened to.

mod answers;
mod hooks;
mod server;
mod tv;

use super::address::{bare, same_address};
use super::around::Around;
use super::clocks;
use super::connection::{Connection, Hook, Person, counts_until};
use super::order::Order;
use super::talk::{Code, Ended, Talk};
use crate::event::Source;
use crate::secret::Secret;
use answers::{Found, User};
use hooks::Ours;
use server::{About, Refusal, Server};
use tv::{PlexTv, Trouble};

/// Where a code is typed.
const LINK: &str = "https://plex.tv/link";
/// Where an account's webhooks are shown to people.
const LIST: &str = "https://app.plex.tv/desktop/#!/settings/webhooks";

/// Signs in, finds the server, registers the webhook or has it listened to, and reads who is there.
pub(super) fn connect(talk: &Talk, around: &Around, order: &Order) -> Result<Connection, Ended> {
    let tv = PlexTv::new(around, Some(talk), &Secret::default());
    let account_token = sign_in(talk, &tv)?;
    let tv = tv.signed_in(&account_token);
    let user = tv.user().map_err(Trouble::ended)?;
    talk.say(format!("signed in at plex.tv as {}", user.name))?;
    let own = tv.servers().map_err(Trouble::ended)?;
    let found = chosen(talk, order, &user, own)?;
    talk.say(format!("looking for {}", found.name))?;
    let url = server::reached(talk, &found)?;
    let server = Server { url, token: found.token };
    let about = server.about().map_err(|refusal| refusal.sentence(&server.url))?;
    talk.say(format!("found {} at {}", found.name, server.url))?;

    let mut connection = around.connection(Source::Plex, &found.machine, &found.name);
    connection.title = if about.title.is_empty() { found.name } else { about.title.clone() };
    connection.version.clone_from(&about.version);
    connection.url.clone_from(&server.url);
    connection.token = server.token.clone();
    connection.account_token = account_token;
    around.keep(&connection)?;

    match webhook(talk, around, &tv, &mut connection, user.pass.or(about.pass))? {
        None => switch_on(talk, &server)?,
        Some(why) => {
            let title = &connection.title;
            talk.say(format!(
                "{why}: scrobbled listens to {title} itself, which needs no webhook"
            ))?;
            connection.hear = true;
        }
    }
    connection.people = people(&tv, &server, &user)?;
    around.keep(&connection)?;
    Ok(connection)
}

/// Has somebody type a code, and gives their account's token.
fn sign_in(talk: &Talk, tv: &PlexTv<'_>) -> Result<Secret, Ended> {
    let pin = tv.new_pin().map_err(Trouble::ended)?;
    talk.show(Some(Code {
        user_code: pin.code.clone(),
        place: LINK.to_owned(),
        url: format!("{LINK}/?pin={}", crate::http::encoded(&pin.code)),
        expires_in: pin.lives.as_secs(),
    }))?;
    let typed = tv.typed(&pin).map_err(Trouble::ended);
    talk.show(None)?;
    typed?.ok_or_else(|| {
        let minutes = pin.lives.as_secs().div_ceil(60);
        Ended::Failed(format!(
            "nobody typed the code at {LINK} within {minutes} min; connect again for a new one"
        ))
    })
}

/// The server that is meant, of those that are the account's own.
fn chosen(talk: &Talk, order: &Order, user: &User, own: Vec<Found>) -> Result<Found, Ended> {
    let all: Vec<String> = own.iter().map(|one| format!("`{}`", one.name)).collect();
    if all.is_empty() {
        return Err(Ended::Failed(format!(
            "the Plex account {} has no server of its own; sign in as the owner of the server",
            user.name
        )));
    }
    let is_meant = |one: &Found| {
        let names = [&one.name, &one.machine];
        order.server.is_empty()
            || names.iter().any(|name| name.to_lowercase() == order.server.to_lowercase())
    };
    let mut meant: Vec<Found> = own.into_iter().filter(is_meant).collect();
    let at = match meant.len() {
        0 => {
            return Err(Ended::Failed(format!(
                "the Plex account {} has no server `{}` of its own, only {}",
                user.name,
                order.server,
                all.join(", ")
            )));
        }
        1 => 0,
        _ => {
            let choices: Vec<String> = meant.iter().map(in_words).collect();
            talk.choose("Which server?", &choices)?
        }
    };
    if at >= meant.len() {
        return Err(Ended::Failed("no server was chosen".to_owned()));
    }
    Ok(meant.swap_remove(at))
}

/// Two servers may be called the same.
fn in_words(found: &Found) -> String {
    let id: String = found.machine.chars().take(8).collect();
    format!("{} ({id})", found.name)
}

/// Registers our webhook; where there can be none, the answer is why.
fn webhook(
    talk: &Talk,
    around: &Around,
    tv: &PlexTv<'_>,
    connection: &mut Connection,
    pass: Option<bool>,
) -> Result<Option<String>, Ended> {
    if pass == Some(false) {
        let why =
            "the account has no Plex Pass, and Plex posts webhooks for those who have it only";
        return Ok(Some(why.to_owned()));
    }
    let Some(wanted) = around.webhook(talk, Source::Plex, &connection.url)? else {
        return Ok(Some("as you wish".to_owned()));
    };
    let before = connection.hook.take().map(|hook| hook.address);
    let hook = Hook { address: bare(&wanted), id: String::new() };
    if before.is_none() {
        // Kept first: what is at plex.tv must not be forgotten here.
        connection.hook = Some(hook.clone());
        around.keep(connection)?;
    }
    let ours = Ours { wanted: Some(&wanted), before: before.as_deref() };
    match tv.register(&ours) {
        Ok(others) => {
            talk.say(format!(
                "the webhook {} is in the account's list{}",
                hook.address,
                match others {
                    0 => String::new(),
                    1 => ", where another program's is as it was".to_owned(),
                    _ => format!(", where the {others} of other programs are as they were"),
                }
            ))?;
            (connection.hook, connection.hear) = (Some(hook), false);
            around.keep(connection)?;
            Ok(None)
        }
        Err(Trouble::Refused(status @ (401 | 402 | 403 | 404 | 422))) => {
            connection.hook = before.map(|address| Hook { address, id: String::new() });
            Ok(Some(unwilling(status, pass)))
        }
        Err(trouble) => Err(trouble.ended()),
    }
}

/// That plex.tv does not add a webhook, and what may help.
fn unwilling(status: u16, pass: Option<bool>) -> String {
    let why = if pass == Some(true) {
        "although the account has Plex Pass. If a PIN protects the account in Plex Home, take the PIN away \
         (Plex Web > Settings > Users & Sharing), connect again, and set it anew afterwards"
    } else {
        "as it does without Plex Pass"
    };
    format!("plex.tv refuses to add a webhook ({status}), {why}")
}

/// Puts the server's switch for webhooks on. What comes of it is said: the webhook is registered anyhow.
fn switch_on(talk: &Talk, server: &Server) -> Result<(), Ended> {
    match server.switch_on() {
        Ok(false) => {}
        Ok(true) => talk.say("webhooks were switched off at the server; they are on now")?,
        Err(refusal) => {
            let why = match refusal {
                Refusal::Token => "it does not let us".to_owned(),
                Refusal::Unknown => "it does not know it".to_owned(),
                Refusal::Other(why) => why,
            };
            talk.say(format!(
                "the server's switch for webhooks could not be put on ({why}): see there in Settings > \
                 Network > Webhooks"
            ))?;
        }
    }
    talk.say(
        "plex.tv tells the server of it within some minutes; if nothing comes by then, restart the server",
    )
}

/// Who may watch there. Who is not told of can be added by hand, so nothing fails here but the person.
fn people(tv: &PlexTv<'_>, server: &Server, user: &User) -> Result<Vec<Person>, Ended> {
    let home = match user.has_home.then(|| tv.home()).transpose() {
        Ok(home) => home,
        Err(Trouble::Ended(ended)) => return Err(ended),
        Err(_) => None,
    };
    let accounts = server.accounts().unwrap_or_default();
    Ok(answers::people(user, &accounts, home.as_ref()))
}

/// Takes our webhook out of the account's list, and gives the sign-in back.
pub(super) fn take_back(around: &Around, connection: &Connection) -> Result<Vec<String>, String> {
    let mut done = Vec::new();
    let tv = PlexTv::new(around, None, &connection.account_token);
    let others: Vec<&Connection> = around
        .kept
        .iter()
        .filter(|one| one.kind == Source::Plex && one.name != connection.name)
        .collect();
    if let Some(hook) = &connection.hook {
        let address = &hook.address;
        let user = others.iter().find(|one| {
            one.hook.as_ref().is_some_and(|theirs| same_address(&theirs.address, address))
        });
        if let Some(user) = user {
            done.push(format!("the webhook {address} stays: {} uses it, too", user.name));
        } else {
            let ours = Ours { wanted: None, before: Some(address) };
            done.push(match tv.register(&ours) {
                Ok(_) => format!("the webhook {address} is taken away at plex.tv"),
                // Where the sign-in is over for the list only, another one helps.
                Err(Trouble::Refused(401)) if tv.user() == Err(Trouble::Refused(401)) => format!(
                    "plex.tv does not accept the sign-in any more, so the webhook {address} can't be \
                     taken away from here; if it is still at {LIST}, remove it there: {}",
                    counts_until(Source::Plex)
                ),
                Err(trouble) => {
                    let why = trouble.sentence();
                    return Err(format!(
                        "the webhook {address} is still among the account's ({LIST}): {why}"
                    ));
                }
            });
        }
    }
    if !connection.account_token.is_empty() && others.is_empty() {
        done.push(match tv.sign_out() {
            Ok(()) => "signed out at plex.tv".to_owned(),
            Err(Trouble::Refused(401)) => "the sign-in at plex.tv had ended already".to_owned(),
            Err(trouble) => format!(
                "not signed out at plex.tv ({}); scrobbled stands there among the authorized devices",
                trouble.sentence()
            ),
        });
    }
    Ok(done)
}

/// Puts our webhook as it is now in the place of the one that was registered before.
pub(super) fn renew(around: &Around, connection: &Connection) -> Result<Connection, String> {
    let mut renewed = connection.clone();
    let (Some(hook), Some(wanted)) = (&connection.hook, around.hook_today(connection)) else {
        return Ok(renewed);
    };
    let tv = PlexTv::new(around, None, &connection.account_token);
    let ours = Ours { wanted: Some(&wanted), before: Some(&hook.address) };
    tv.register(&ours).map_err(Trouble::sentence)?;
    renewed.hook = Some(Hook { address: bare(&wanted), ..hook.clone() });
    Ok(renewed)
}

/// What is wrong with it: at the server, then at plex.tv.
pub(super) fn look(around: &Around, connection: &Connection) -> Vec<String> {
    let again = again(around, connection);
    let (title, url) = (&connection.title, &connection.url);
    if let Err(why) = server::is_it(url, &connection.id) {
        return vec![format!(
            "{title} does not answer where it was; start it, or {again} if it is elsewhere now: {why}"
        )];
    }
    let mut findings = Vec::new();
    let server = Server { url: url.clone(), token: connection.token.clone() };
    match server.about() {
        Ok(about) => findings.extend(of_server(around, connection, &server, &about)),
        // With a new sign-in the rest is looked at, too.
        Err(Refusal::Token) => {
            return vec![format!("{title} does not accept the token that is kept; {again}")];
        }
        Err(refusal) => findings.push(refusal.sentence(url)),
    }
    match (&connection.hook, around.hook_today(connection)) {
        (Some(_), Some(wanted)) => findings.extend(of_list(around, connection, &wanted)),
        _ if connection.hear => {}
        _ => findings.push(format!("{title} was not connected to the end; {again}")),
    }
    findings
}

fn of_server(
    around: &Around,
    connection: &Connection,
    server: &Server,
    about: &About,
) -> Vec<String> {
    let again = again(around, connection);
    let title = &connection.title;
    let clock = clocks::apart(&server.url, around.clock.now(), about.date);
    let mut findings: Vec<String> = clock.into_iter().collect();
    if server.accounts() == Err(Refusal::Token) {
        findings.push(format!("the token that is kept for {title} is not its owner's; {again}"));
    }
    if connection.hook.is_some() && !connection.hear {
        if about.pass == Some(false) {
            findings.push(format!(
                "the owner of {title} has no Plex Pass any more, so it posts no webhooks; to listen to \
                 it instead, {again}"
            ));
        }
        if server.switch() == Ok(Some(false)) {
            findings.push(format!("webhooks are switched off at {title}; {again}"));
        }
    }
    findings
}

/// What is wrong with our webhook at plex.tv.
fn of_list(around: &Around, connection: &Connection, wanted: &str) -> Option<String> {
    let again = again(around, connection);
    let tv = PlexTv::new(around, None, &connection.account_token);
    match tv.webhooks() {
        Ok(list) => match hooks::found(&list, wanted) {
            hooks::Standing::Good => None,
            hooks::Standing::OtherToken => {
                Some(format!("the webhook at plex.tv has another token than ours; {again}"))
            }
            hooks::Standing::None => {
                Some(format!("{} is not among the webhooks at plex.tv; {again}", bare(wanted)))
            }
        },
        Err(Trouble::Refused(401)) => match tv.user() {
            Ok(_) => Some(format!("plex.tv wants a new sign-in to show the webhooks; {again}")),
            Err(trouble) => Some(trouble.sentence()),
        },
        Err(Trouble::Refused(402 | 403 | 404 | 422)) => {
            Some(format!("plex.tv shows no webhooks, as it does without Plex Pass; {again}"))
        }
        Err(trouble) => Some(trouble.sentence()),
    }
}

/// The command that mends it.
fn again(around: &Around, connection: &Connection) -> String {
    let of_plex = around.kept.iter().filter(|one| one.kind == Source::Plex).count();
    if of_plex > 1 {
        format!("run `scrobbled connect plex --server \"{}\"`", connection.title)
    } else {
        "run `scrobbled connect plex`".to_owned()
    }
}

#[cfg(test)]
mod tests;
