//! Lists of webhooks, before and after.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

const WANTED: &str = "http://10.0.0.7:8787/webhook/plextrakt?NEW";
const BEFORE: &str = "http://10.0.0.3:8787/webhook/plextrakt";
const OTHER: &str = "http://192.0.2.5:7478/plex?token=A&b=%2F c";
const THIRD: &str = "https://hooks.example.org/tautulli";

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|one| (*one).to_owned()).collect()
}

#[test]
fn ours_is_there_once_and_all_else_stays() {
    let stale = "http://10.0.0.7:8787/webhook/plextrakt?OLD";
    let named = "http://10.0.0.7:8787/webhook/plextrakt?token=NEW";
    let moved = "http://10.0.0.3:8787/webhook/plextrakt?OLD";
    let neighbour = "http://10.0.0.8:8787/webhook/plextrakt?NEW";
    let cases: [(&str, &[&str], &[&str]); 9] = [
        ("none yet", &[], &[WANTED]),
        ("others' come first", &[OTHER, THIRD], &[OTHER, THIRD, WANTED]),
        ("it is there", &[WANTED, OTHER], &[WANTED, OTHER]),
        ("it is there as somebody pasted it", &[OTHER, named], &[OTHER, named]),
        ("an old token", &[OTHER, stale, THIRD], &[OTHER, WANTED, THIRD]),
        ("an old address", &[moved, OTHER], &[WANTED, OTHER]),
        ("several of ours", &[stale, OTHER, moved, WANTED], &[WANTED, OTHER]),
        ("another install", &[neighbour], &[neighbour, WANTED]),
        ("others' may be there twice", &[OTHER, OTHER], &[OTHER, OTHER, WANTED]),
    ];
    let ours = Ours { wanted: Some(WANTED), before: Some(BEFORE) };
    for (what, list, expected) in cases {
        let applied = ours.applied(&texts(list));
        assert_eq!(applied, texts(expected), "{what}");
        assert_eq!(ours.applied(&applied), applied, "{what}, once more");
    }
    let gone = Ours { wanted: None, before: Some(BEFORE) };
    assert_eq!(gone.applied(&texts(&[OTHER, moved, neighbour])), texts(&[OTHER, neighbour]));
}

#[test]
fn how_ours_stands_in_a_list() {
    for (list, expected) in [
        (vec![OTHER, WANTED], Standing::Good),
        (vec!["HTTP://10.0.0.7:8787/webhook/plextrakt/?token=NEW"], Standing::Good),
        (vec!["http://10.0.0.7:8787/webhook/plextrakt?OLD"], Standing::OtherToken),
        (vec!["http://10.0.0.7:8787/webhook/plextrakt"], Standing::OtherToken),
        (vec![OTHER, "http://10.0.0.8:8787/webhook/plextrakt?NEW"], Standing::None),
        (vec![], Standing::None),
    ] {
        assert_eq!(found(&texts(&list), WANTED), expected, "{list:?}");
    }
}

#[test]
fn a_list_is_written_as_a_form_in_which_nothing_is_lost() {
    let list = texts(&[OTHER, "https://x/ä"]);
    assert_eq!(
        form(&list),
        "urls%5B%5D=http%3A%2F%2F192.0.2.5%3A7478%2Fplex%3Ftoken%3DA%26b%3D%252F%20c\
         &urls%5B%5D=https%3A%2F%2Fx%2F%C3%A4"
    );
    assert_eq!(form(&[]), "urls=");
}

#[test]
fn what_is_missing_is_what_is_there_less_often() {
    assert_eq!(missing(&texts(&["a", "b", "a"]), &texts(&["a", "c"])), texts(&["b", "a"]));
    assert!(same(&texts(&["a", "b"]), &texts(&["b", "a"])));
    assert!(!same(&texts(&["a", "a"]), &texts(&["a"])));
}

proptest! {
    /// Whatever stands in the list.
    #[test]
    fn nothing_of_others_is_lost_and_ours_is_there_once(
        list in vec(prop_oneof![
            "[ -~äß]{0,12}",
            Just(WANTED.to_owned()),
            Just(format!("{BEFORE}?OLD")),
            Just("http://10.0.0.7:8787/webhook/plextrakt?OLD".to_owned()),
        ], 0..9),
    ) {
        let ours = Ours { wanted: Some(WANTED), before: Some(BEFORE) };
        let applied = ours.applied(&list);
        prop_assert_eq!(ours.others(&applied), ours.others(&list));
        prop_assert_eq!(applied.len(), ours.others(&list).len() + 1);
        prop_assert_eq!(found(&applied, WANTED), Standing::Good);
    }
}
