use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn headers_are_checked() {
    let without = |name: &str| {
        let mut request =
            with_headers(Request::new("POST", "/scrobble/start"), "").json(&json!({}));
        request.headers.retain(|(given, _)| !given.eq_ignore_ascii_case(name));
        request
    };
    let with = |name: &str, value: &str| without(name).with(name, value);
    let cases = [
        ("no User-Agent", without("user-agent"), 403, "text/html; charset=utf-8"),
        ("no content type", without("content-type"), 412, "application/json; charset=utf-8"),
        (
            "a form",
            with("content-type", "application/x-www-form-urlencoded"),
            412,
            "application/json; charset=utf-8",
        ),
        ("no key", without("trakt-api-key"), 403, "application/json; charset=utf-8"),
        ("another key", with("trakt-api-key", "x"), 403, "application/json; charset=utf-8"),
        ("no version", without("trakt-api-version"), 400, "application/json; charset=utf-8"),
        ("version 1", with("trakt-api-version", "1"), 400, "application/json; charset=utf-8"),
        ("no token", without("authorization"), 401, "application/json; charset=utf-8"),
        (
            "a wrong token",
            with("authorization", "Bearer x"),
            401,
            "application/json; charset=utf-8",
        ),
    ];
    compare(cases.map(|(name, request, status, kind)| {
        let answer = Trakt::default().answer(&request, NOW);
        let seen = (answer.status, answer.header("content-type").unwrap_or_default().to_owned());
        (name.to_owned(), seen, (status, kind.to_owned()))
    }));
}

#[test]
fn every_answer_has_a_date() {
    let answer = Trakt::default().answer(&Request::new("GET", "/nowhere"), NOW);
    assert_eq!(answer.header("Date"), Some("Tue, 24 Nov 2026 20:00:00 GMT"));
}

fn post_at(client: &mut Client, ms: u64) -> Response {
    client.now = NOW.after(Duration::from_millis(ms));
    client.ask("POST", "/scrobble/start", &json!({ "movie": salt_road(), "progress": 1 }))
}

#[test]
fn the_pace_of_posts_is_watched_and_refused_on_demand() {
    let times = [0, 999, 1500, 2600];
    let mut client = Client::new(Trakt::default());
    let statuses = times.map(|ms| post_at(&mut client, ms).status);
    assert_eq!(statuses, [201; 4]);
    assert_eq!(client.trakt.violations(), 1);
    assert_eq!(client.trakt.tightest_gap(), Some(Duration::from_millis(501)));

    let mut client = Client::new(Trakt::default());
    client.trakt.options.enforce_pace = true;
    let statuses = times.map(|ms| post_at(&mut client, ms).status);
    assert_eq!(statuses, [201, 201, 429, 201]);
    let refused = post_at(&mut client, 2600);
    assert_eq!((refused.status, refused.header("Retry-After")), (429, Some("1")));
    assert!(refused.header("X-Ratelimit").is_some_and(|h| h.contains("AUTHED_API_POST_LIMIT")));
    client.tokens = client.trakt.issue_tokens("jo", NOW);
    assert_eq!(post_at(&mut client, 2600).status, 201, "another person has their own limit");
}

#[test]
fn a_locked_account_gets_its_status_for_every_call_and_nobody_else_does() {
    let mut client = Client::new(Trakt::default());
    client.trakt.lock("mara", Some(423));
    assert_eq!(post_at(&mut client, 0).status, 423);
    assert_eq!(client.ask("GET", "/users/settings", &Value::Null).status, 423);
    let mara = std::mem::replace(&mut client.tokens, client.trakt.issue_tokens("jo", NOW));
    assert_eq!(post_at(&mut client, 0).status, 201);
    client.tokens = mara;
    client.trakt.lock("mara", None);
    assert_eq!(post_at(&mut client, 0).status, 201);
}

#[test]
fn a_thousand_gets_in_five_minutes_are_enough() {
    let mut client = Client::new(Trakt::default());
    client.trakt.options.enforce_pace = true;
    let get = |client: &mut Client| client.ask("GET", "/users/settings", &Value::Null).status;
    assert!((0..1000).all(|_| get(&mut client) == 200));
    assert_eq!(get(&mut client), 429);
    client.wait(300);
    assert_eq!(get(&mut client), 200);
}

fn word() -> impl Strategy<Value = String> {
    let words = "sync|history|playback|ratings|watchlist|remove|scrobble|start|pause|stop|search|\
                 movie|movies|show|shows|episode|episodes|seasons|tmdb|tvdb|imdb|exact|users|me|\
                 settings|watching|oauth|device|code|token|revoke|demo|faults|options|hide|approve|\
                 reset|play|checkin|[0-9]{1,20}|\\PC{0,6}|%[0-9a-f]{0,2}";
    proptest::string::string_regex(words).expect("a regular expression")
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let ids = r#"\{("tmdb":[0-9]{1,20}|"imdb":"tt[0-9]*"|"trakt":-?[0-9]{1,3})\}"#;
    let said = r#""watched_at":"[0-9TZ:.-]{0,24}","rating":[0-9]{1,3}"#;
    let item = format!(r#"\{{"ids":{ids},{said}\}}"#);
    let batch =
        format!(r#"\{{"(movies|shows|episodes|seasons)":\[{item}\],"ids":\[[0-9]{{1,20}}\]\}}"#);
    let scrobble = format!(
        r#"\{{"(movie|episode|show)":{item},"progress":-?[0-9]{{1,3}}(\.[0-9]|e[0-9]{{3}})?\}}"#
    );
    let text = |regex: &str| proptest::string::string_regex(regex).expect("a regular expression");
    prop_oneof![
        vec(any::<u8>(), 0..80),
        text(&batch).prop_map(String::into_bytes),
        text(&scrobble).prop_map(String::into_bytes),
    ]
}

proptest! {
    /// Whatever is asked is answered with a status.
    #[test]
    fn no_request_can_make_it_panic(
        requests in vec((
            prop_oneof!["GET", "POST", "DELETE", "[A-Z]{0,4}"],
            vec(word(), 0..6), "\\PC{0,30}", body(), any::<u64>(),
        ), 1..12),
        is_strict in any::<bool>(),
    ) {
        let mut client = Client::new(if is_strict { Trakt::strict() } else { Trakt::default() });
        client.trakt.options.token_seconds = u64::MAX;
        let mut stage = Stage::new(client.trakt);
        for (method, path, query, body, now) in requests {
            let target = format!("/{}?{query}", path.join("/"));
            let request = with_headers(Request::new(&method, &target), &client.tokens.access);
            let request = Request { body, ..request.with("Content-Type", "application/json") };
            let now = Time(now.max(NOW.0));
            // The request may have been an order for misbehaviour; any other is answered.
            let was_well = stage.faults.orders().iter().all(|order| order.times == 0);
            let ending = stage.receive(&request, now).ending;
            if let Ending::Answer(answer) = &ending {
                prop_assert!((100..600).contains(&answer.status), "{ending:?}");
            } else {
                prop_assert!(!was_well, "{ending:?}");
            }
        }
        prop_assert!(!stage.service.summary(NOW).is_empty());
        prop_assert!(stage.service.state(NOW).is_object());
    }
}
