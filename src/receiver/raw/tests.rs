use super::*;

fn post(bytes: usize, since: u64) -> Post {
    Post::new(None, &vec![b'x'; bytes], Duration::from_secs(since))
}

#[test]
fn what_is_kept_has_a_bound_in_number_bytes_and_time() {
    let mut kept = Kept::default();
    (0..1_003).for_each(|_| kept.put(post(1, 0)));
    assert_eq!((kept.posts.len(), kept.dropped), (1_000, 3));
    kept.put(post(2 * 1024 * 1024, 5));
    assert_eq!((kept.posts.len(), kept.bytes, kept.dropped), (1, 2 * 1024 * 1024, 1_003));
    kept.put(post(1, 7));
    assert_eq!((kept.posts.len(), kept.bytes), (1, 1));
    kept.expire(Duration::from_secs(126));
    assert_eq!(kept.posts.len(), 1);
    kept.expire(Duration::from_secs(127));
    assert_eq!((kept.posts.len(), kept.bytes, kept.dropped), (0, 0, 1_005));
    kept.put(post(1, 7));
    kept.turn_off();
    kept.put(post(1, 7));
    assert_eq!((kept.posts.len(), kept.dropped), (0, 1_007));
}

#[test]
fn what_one_of_us_has_passed_on_is_told_by_its_via() {
    let cases = [
        (None, false),
        (Some("1.1 scrobbled"), true),
        (Some("1.1 proxy.example (Apache), HTTP/1.1 Scrobbled"), true),
        (Some("1.1 scrobbled.example"), false),
        (Some("scrobbled"), false),
        (Some(""), false),
    ];
    for (via, expected) in cases {
        assert_eq!(is_ours(via), expected, "{via:?}");
    }
}
