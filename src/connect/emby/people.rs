//! Who is there at an Emby, and who of them may change it?

use super::api::{Api, Fault};
use super::notification::text;
use crate::connect::connection::Person;
use serde_json::Value;

/// A user of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct User {
    pub(super) person: Person,
    pub(super) is_administrator: bool,
    /// Nobody can sign in as them.
    pub(super) is_disabled: bool,
}

/// All users. Only an administrator may ask for them, and a key.
pub(super) fn users(api: &Api) -> Result<Vec<User>, Fault> {
    Ok(api.list("/Users/Query")?.iter().filter_map(user).collect())
}

/// A user as lists and a sign-in show them; `None` where no id is said.
pub(super) fn user(of: &Value) -> Option<User> {
    let policy = of.get("Policy");
    let is = |key: &str| {
        policy.and_then(|policy| policy.get(key)).and_then(Value::as_bool).unwrap_or(false)
    };
    let person = Person { id: text(of, "Id").to_owned(), name: text(of, "Name").to_owned() };
    let user =
        User { person, is_administrator: is("IsAdministrator"), is_disabled: is("IsDisabled") };
    (!user.person.id.is_empty()).then_some(user)
}

/// Those who can watch.
pub(super) fn people(users: &[User]) -> Vec<Person> {
    users.iter().filter(|user| !user.is_disabled).map(|user| user.person.clone()).collect()
}

/// The ids of those who can make notifications; `first`, where they are among them, comes first.
pub(super) fn administrators(users: &[User], first: &str) -> Vec<String> {
    let all = users.iter().filter(|user| user.is_administrator && !user.is_disabled);
    let (mut ids, others): (Vec<String>, Vec<String>) =
        all.map(|user| user.person.id.clone()).partition(|id| id == first);
    ids.extend(others);
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn users_are_read_and_the_disabled_left_out() {
        let listed = json!([
            { "Name": "jo", "Id": "1", "Policy": { "IsAdministrator": false } },
            { "Name": "old", "Id": "2", "Policy": { "IsAdministrator": true, "IsDisabled": true } },
            { "Name": "kim", "Id": "3", "Policy": { "IsAdministrator": true } },
            { "Name": "mara", "Id": "4", "Policy": { "IsAdministrator": true, "IsDisabled": false } },
            { "Name": "nobody" },
        ]);
        let users: Vec<User> = listed.as_array().into_iter().flatten().filter_map(user).collect();
        let names: Vec<String> = people(&users).into_iter().map(|person| person.name).collect();
        assert_eq!(names, ["jo", "kim", "mara"]);
        assert_eq!(administrators(&users, "4"), ["4", "3"]);
        assert_eq!(administrators(&users, "1"), ["3", "4"]);
    }
}
