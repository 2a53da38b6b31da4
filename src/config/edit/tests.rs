//! Only what a change means changes in the text.

use super::*;

fn list(texts: &[&str]) -> Raw {
    Raw::List(texts.iter().map(|text| Raw::Text((*text).to_owned())).collect())
}

/// The text, section, key and value, and the text afterwards.
type Case = (&'static str, &'static str, &'static str, Option<Raw>, Option<&'static str>);

#[test]
fn only_the_value_changes() {
    let n = |number| Some(Raw::Whole(number));
    let cases: [Case; 24] = [
        // A value that stands there.
        (
            "# a\n[scrobble] # rules\n marks = true\n watched_at=90 # credits\n\n[plex]\n",
            "scrobble",
            "watched_at",
            n(85),
            Some("# a\n[scrobble] # rules\n marks = true\n watched_at=85 # credits\n\n[plex]\n"),
        ),
        (
            "scrobble.marks = true # x",
            "scrobble",
            "marks",
            Some(Raw::Switch(false)),
            Some("scrobble.marks = false # x"),
        ),
        (
            "scrobble = { marks = true, unmarks = true }",
            "scrobble",
            "marks",
            Some(Raw::Switch(false)),
            Some("scrobble = { marks = false, unmarks = true }"),
        ),
        (
            "[scrobble]\r\nwatched_at = 90\r\nmarks = true\r\n",
            "scrobble",
            "watched_at",
            Some(Raw::Number(85.5)),
            Some("[scrobble]\r\nwatched_at = 85.5\r\nmarks = true\r\n"),
        ),
        // One that does not.
        ("", "scrobble", "watched_at", n(85), Some("[scrobble]\nwatched_at = 85\n")),
        (
            "log = 'info'",
            "scrobble",
            "watched_at",
            n(85),
            Some("log = 'info'\n\n[scrobble]\nwatched_at = 85\n"),
        ),
        ("[scrobble]", "scrobble", "watched_at", n(85), Some("[scrobble]\nwatched_at = 85\n")),
        (
            "[scrobble]\n# why\nmarks = true\n\n# of plex\n[plex]\n",
            "scrobble",
            "watched_at",
            n(85),
            Some("[scrobble]\n# why\nmarks = true\nwatched_at = 85\n\n# of plex\n[plex]\n"),
        ),
        (
            "[plex]\nusers = [\n  'a',\n]\n\n# end\n",
            "plex",
            "libraries",
            Some(list(&["b"])),
            Some("[plex]\nusers = [\n  'a',\n]\nlibraries = [\"b\"]\n\n# end\n"),
        ),
        (
            "[a]\r\nx = 1\r\n[scrobble]\r\n",
            "scrobble",
            "watched_at",
            n(85),
            Some("[a]\r\nx = 1\r\n[scrobble]\r\nwatched_at = 85\r\n"),
        ),
        // One that stands commented out.
        (
            "[scrobble]\n\n# A stop.\n#watched_at = 90  # 50 to 100 (%)\n\n[plex]\n",
            "scrobble",
            "watched_at",
            n(85),
            Some("[scrobble]\n\n# A stop.\nwatched_at = 85  # 50 to 100 (%)\n\n[plex]\n"),
        ),
        (
            "[emby]\n#users = []\n[plex]\n#users = []\n",
            "plex",
            "users",
            Some(list(&["a#b"])),
            Some("[emby]\n#users = []\n[plex]\nusers = [\"a#b\"]\n"),
        ),
        (
            "[scrobble]\n#watched_at_movies = 90\n",
            "scrobble",
            "watched_at",
            n(85),
            Some("[scrobble]\nwatched_at = 85\n#watched_at_movies = 90\n"),
        ),
        // Out it goes.
        (
            "[scrobble]\n  watched_at = 90 # x\nmarks = true\n",
            "scrobble",
            "watched_at",
            None,
            Some("[scrobble]\n  #watched_at = 90 # x\nmarks = true\n"),
        ),
        (
            "[plex]\nusers = [\n  'a', # x\n]\n",
            "plex",
            "users",
            None,
            Some("[plex]\n#users = [\n#  'a', # x\n#]\n"),
        ),
        ("[plex]\n", "plex", "users", None, Some("[plex]\n")),
        // Lists.
        (
            "[plex]\nusers = \"a\" # x\n",
            "plex",
            "users",
            Some(list(&["a", "b"])),
            Some("[plex]\nusers = [\"a\", \"b\"] # x\n"),
        ),
        (
            "[plex]\nusers = [ 'a', \"b\" ] # x\n",
            "plex",
            "users",
            Some(list(&["b", "c"])),
            Some("[plex]\nusers = [\"b\", \"c\" ] # x\n"),
        ),
        (
            "[plex]\nlibraries = [2, 'Kids']\n",
            "plex",
            "libraries",
            Some(list(&["2"])),
            Some("[plex]\nlibraries = [2]\n"),
        ),
        (
            "[plex]\nusers = [ # ours\n  'a', # Ann\n  # the boys\n  'b', # Bob\n  'c' # Cy\n] # x\n",
            "plex",
            "users",
            Some(list(&["d", "c", "a"])),
            Some("[plex]\nusers = [ # ours\n  'a', # Ann\n  'c', # Cy\n  \"d\",\n] # x\n"),
        ),
        (
            "[plex]\nusers = ['a', # Ann\n 'b', 'c']\n",
            "plex",
            "users",
            Some(list(&["a", "c"])),
            Some("[plex]\nusers = ['a', # Ann\n 'c']\n"),
        ),
        (
            "[plex]\nusers = [\n  'a',\n]\n",
            "plex",
            "users",
            Some(list(&[])),
            Some("[plex]\nusers = [\n]\n"),
        ),
        // What can't be done.
        ("scrobble.marks = true", "scrobble", "watched_at", n(85), None),
        ("scrobble = { marks = true }", "scrobble", "marks", None, None),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|(text, section, key, value, expected)| {
            let got = edit(text, section, 0, key, value.as_ref());
            (got.as_deref() != *expected).then(|| format!("{text:?}\n  {got:?}\n  {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
