use super::super::Control;
use super::*;
use serde_json::json;
use std::io;

fn tried(
    text: &str,
    variables: &[(&str, &str)],
    key: &str,
    value: &Value,
) -> Result<Changed, String> {
    let read = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    let around =
        Surroundings { variables: variables.collect(), read: &read, now: crate::event::Time(0) };
    change(text, None, &around, key, value)
}

#[test]
fn what_is_allowed_is_the_new_text_and_the_lines_by_hand() {
    let cases = [
        ("", "scrobble.watched_at", json!(80), "[scrobble]\nwatched_at = 80\n"),
        ("", "scrobble.watched_at", json!(80.5), "[scrobble]\nwatched_at = 80.5\n"),
        ("", "plex.ratings", json!(true), "[plex]\nratings = true\n"),
        ("", "emby.users", json!([" a", "", "b\"", "a"]), "[emby]\nusers = [\"a\", 'b\"']\n"),
    ];
    for (text, key, value, lines) in cases {
        let changed = tried(text, &[], key, &value).expect("it is allowed");
        assert_eq!(changed.lines, lines);
        assert_eq!(changed.text.map(|(text, _)| text).as_deref(), Some(lines));
    }
    let text = "[scrobble]\nwatched_at = 80\nwatched_at_movies = 85\n";
    let (text, loaded) = tried(text, &[], "scrobble.watched_at_movies", &Value::Null)
        .expect("allowed")
        .text
        .expect("text");
    assert_eq!(text, "[scrobble]\nwatched_at = 80\n#watched_at_movies = 85\n");
    assert_eq!(loaded.settings.scrobble.watched_at_movies.value(), 80.0);
}

#[test]
fn whatever_can_be_changed_finds_its_place_in_what_init_writes() {
    let template = super::super::template();
    for setting in listing::all_keys() {
        let value = match setting.control {
            Some(Control::Switch) => json!(setting.value != "true"),
            Some(Control::List) => json!(["a", "b"]),
            Some(Control::Number { least, .. }) => json!(least + 0.5),
            None => continue,
        };
        let changed = tried(&template, &[], &setting.key(), &value).expect("it is allowed");
        let text = changed.text.expect("it has a place").0;
        let other: Vec<_> =
            text.lines().zip(template.lines()).filter(|(new, old)| new != old).collect();
        assert_eq!(text.lines().count(), template.lines().count(), "{}", setting.key());
        let [(new, old)] = other.as_slice() else { panic!("{}: {other:?}", setting.key()) };
        assert!(new.starts_with(&format!("{} = ", setting.name)), "{new}");
        assert!(old.starts_with(&format!("#{} = ", setting.name)), "{old}");
    }
}

#[test]
fn the_users_of_an_account_are_changed_and_nothing_else() {
    let nobody = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    let around = Surroundings {
        variables: std::collections::BTreeMap::new(),
        read: &nobody,
        now: crate::event::Time(0),
    };
    let users = |text: &str, account: &str, kind, users: Value| {
        let changed = change_account(text, None, &around, (account, kind), &users)?;
        Ok::<_, String>(changed.text.map(|(text, _)| text))
    };
    let text = "# mine\n[[account]]\nname = 'mara' # me\nplex = ['mara']\n\n[[account]]\nname = 'jo'\nplex = ['jo', # the kid\n]\n";
    let jellyfin = text.replace("plex = ['mara']\n", "plex = ['mara']\njellyfin = [\"Mara\"]\n");
    assert_eq!(users(text, "mara", Source::Jellyfin, json!(["Mara"])), Ok(Some(jellyfin)));
    let more = text.replace("plex = ['jo', # the kid\n]", "plex = ['jo', # the kid\n\"id:7\",\n]");
    let changed =
        users(text, "jo", Source::Plex, json!(["jo", "id:7"])).expect("it may").expect("it can");
    assert!(
        changed == more || changed.contains("# the kid") && changed.contains("id:7"),
        "{changed}"
    );
    let no = |account: &str| format!("the config has no [[account]] `{account}`");
    assert_eq!(users(text, "ben", Source::Emby, json!(["ben"])), Err(no("ben")));
    assert_eq!(users("", "default", Source::Emby, json!(["ben"])), Err(no("default")));
}

#[test]
fn what_the_text_can_not_take_is_still_lines() {
    let changed = tried("scrobble.marks = true", &[], "scrobble.watched_at", &json!(80));
    let lines = "# beside the other keys of `scrobble`:\nscrobble.watched_at = 80\n".to_owned();
    assert_eq!(changed, Ok(Changed { lines, text: None }));
    // The header in the text of another key is none.
    let odd = "[plex]\nusers = [\"\"\"\n[scrobble]\n\"\"\"]\n[scrobble]\n";
    let changed = tried(odd, &[], "scrobble.marks", &json!(false)).expect("it is allowed");
    assert_eq!(changed.text, None);
}

#[test]
fn the_lines_by_hand_say_where_they_belong() {
    let template = super::super::template();
    let cases = [
        ("[plex]\n", json!(false), "[scrobble]\nmarks = false\n"),
        (&template, json!(false), "# under the existing [scrobble]:\nmarks = false\n"),
        ("\n[scrobble]\nmarks = true", json!(false), "# in place of line 3:\nmarks = false\n"),
        ("[scrobble]\nmarks = true", Value::Null, "# in place of line 2:\n#marks = …\n"),
        ("scrobble.marks = true", json!(false), "# in place of line 1:\nscrobble.marks = false\n"),
        (
            "scrobble.unmarks = true",
            json!(false),
            "# beside the other keys of `scrobble`:\nscrobble.marks = false\n",
        ),
        (
            "scrobble = { unmarks = true }",
            json!(false),
            "# between the braces of `scrobble`:\nmarks = false\n",
        ),
    ];
    for (text, value, lines) in cases {
        let changed = tried(text, &[], "scrobble.marks", &value).expect("it is allowed");
        assert_eq!(changed.lines, lines, "{text}");
    }
}

#[test]
fn what_is_not_allowed_is_refused_in_one_sentence() {
    let cases = [
        (
            "",
            "scrobble.watched_at",
            json!(30),
            "`scrobble.watched_at` is 30, but takes 50 to 100 (%)",
        ),
        (
            "",
            "scrobble.watched_at",
            json!("90"),
            "`scrobble.watched_at` is \"90\", but takes 50 to 100 (%); write watched_at = 90",
        ),
        (
            "",
            "scrobble.watched_at",
            json!(""),
            "`scrobble.watched_at` is empty, but takes 50 to 100 (%)",
        ),
        ("", "scrobble.marks", json!({}), "`scrobble.marks` is a table, but takes true or false"),
        (
            "",
            "plex.users",
            json!([1]),
            "`plex.users` is [1], but takes a list of texts, like [\"a\", \"b\"]",
        ),
        (
            "[scrobble]\nmarks = 1\n",
            "scrobble.watched_at",
            json!(80),
            "the config has a mistake, mend that first: scrobbled.toml line 2: \
             `scrobble.marks` is 1, but takes true or false; write marks = true",
        ),
        (
            "",
            "scrobble.marks ",
            json!(1),
            "there is no setting `scrobble.marks `; did you mean `scrobble.marks`?",
        ),
        ("", "a\nb", json!(1), "there is no setting `a\\nb`"),
        (
            "",
            "listen",
            json!("0.0.0.0:1"),
            "`listen` can't be changed here; change it in the config file and restart",
        ),
        ("", "log", json!("debug"), "`log` can't be changed here; change it in the config file"),
        (
            "",
            "plex.token",
            json!("x"),
            "`plex.token` can't be changed here; change it in the config file and restart",
        ),
        (
            "",
            "account.plex",
            json!([]),
            "`account.plex` can't be changed here; change it in the config file",
        ),
        (
            "",
            "scrobble.unmarks",
            json!(true),
            "`scrobble.unmarks` is set by SCROBBLED_SCROBBLE_UNMARKS in the environment, which \
             beats the file; change it there",
        ),
    ];
    for (text, key, value, sentence) in cases {
        let variables = [("SCROBBLED_SCROBBLE_UNMARKS", "false")];
        assert_eq!(tried(text, &variables, key, &value), Err(sentence.to_owned()), "{key}");
    }
}
