use super::*;

fn ask(trakt: &mut Trakt, path: &str, body: &Value, now: Time) -> (u16, Value) {
    let request = Request::new("POST", path).with("User-Agent", "x").json(body);
    let answer = trakt.answer(&request, now);
    (answer.status, answer.value())
}

fn new_code(trakt: &mut Trakt) -> Value {
    let (status, code) = ask(trakt, "/oauth/device/code", &json!({ "client_id": CLIENT_ID }), NOW);
    assert_eq!(status, 200);
    code
}

fn poll(trakt: &mut Trakt, device: &Value, seconds: u64) -> u16 {
    let body = json!({
        "code": device, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
    });
    ask(trakt, "/oauth/device/token", &body, NOW.after(Duration::from_secs(seconds))).0
}

#[test]
fn a_device_code_goes_through_every_status() {
    type Prepare = fn(&mut Trakt);
    type Case = (&'static str, Prepare, Prepare, &'static [u64], &'static [u16]);
    let by_hand: Prepare = |trakt| trakt.options.approve_after_polls = None;
    let cases: [Case; 7] = [
        ("approves itself", |_| (), |_| (), &[1, 2, 3], &[400, 200, 409]),
        ("waits for a hand", by_hand, |_| (), &[1, 2, 3], &[400, 400, 400]),
        ("approved by hand", by_hand, |t| assert!(t.approve(None, "jo")), &[1, 2], &[200, 409]),
        ("refused", |_| (), |t| assert!(t.refuse(None)), &[1, 2], &[418, 418]),
        ("expired", by_hand, |_| (), &[599, 600, 602], &[400, 410, 410]),
        (
            "too fast",
            |t| t.options.poll_interval_seconds = 5,
            |_| (),
            &[5, 7, 12],
            &[400, 429, 200],
        ),
        ("at once", |t| t.options.approve_after_polls = Some(0), |_| (), &[1], &[200]),
    ];
    compare(cases.map(|(name, before, after, polls, expected)| {
        let mut trakt = Trakt::default();
        before(&mut trakt);
        let code = new_code(&mut trakt);
        after(&mut trakt);
        let seen: Vec<u16> =
            polls.iter().map(|at| poll(&mut trakt, &code["device_code"], *at)).collect();
        (name.to_owned(), seen, expected.to_vec())
    }));
}

#[test]
fn a_code_says_where_to_approve_it_and_for_how_long() {
    let mut trakt = Trakt::default();
    trakt.options.verification_url = "http://127.0.0.1:1/activate".into();
    let code = new_code(&mut trakt);
    assert_eq!(code["verification_url"], "http://127.0.0.1:1/activate");
    assert_eq!((&code["expires_in"], &code["interval"]), (&json!(600), &json!(1)));
    assert!(!trakt.approve(Some("WRONG"), "jo"));
    assert!(trakt.approve(code["user_code"].as_str(), "jo"));
    assert_eq!(poll(&mut trakt, &json!("unknown"), 1), 404);
}

#[test]
fn a_wrong_app_gets_no_tokens() {
    let cases = [
        ("/oauth/device/code", json!({ "client_id": "x" }), 401),
        ("/oauth/device/token", json!({ "client_id": CLIENT_ID, "client_secret": "x" }), 401),
        ("/oauth/token", json!({ "client_id": "x", "client_secret": CLIENT_SECRET }), 401),
        ("/oauth/token", json!({ "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET }), 400),
        ("/oauth/revoke", json!({ "client_id": CLIENT_ID, "client_secret": "x" }), 401),
        ("/oauth/revoke", json!(7), 400),
    ];
    compare(cases.map(|(path, body, expected)| {
        (format!("{path} {body}"), ask(&mut Trakt::default(), path, &body, NOW).0, expected)
    }));
}

fn refresh(trakt: &mut Trakt, token: &str, now: Time) -> (u16, Value) {
    let body = json!({
        "refresh_token": token, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
        "redirect_uri": "urn:ietf:wg:oauth:2.0:oob", "grant_type": "refresh_token",
    });
    ask(trakt, "/oauth/token", &body, now)
}

#[test]
fn a_refresh_token_works_once() {
    let mut trakt = Trakt::default();
    trakt.options.token_seconds = 100;
    let first = trakt.issue_tokens("mara", NOW);
    let (status, pair) = refresh(&mut trakt, &first.refresh, NOW);
    assert_eq!((status, &pair["expires_in"]), (200, &json!(100)), "{pair}");
    assert_eq!(pair["created_at"], NOW.0 / 1000);
    let (status, error) = refresh(&mut trakt, &first.refresh, NOW);
    assert_eq!((status, &error["error"]), (400, &json!("invalid_grant")));
    assert_eq!(refresh(&mut trakt, pair["refresh_token"].as_str().unwrap(), NOW).0, 200);
}

#[test]
fn a_spent_refresh_token_works_within_the_grace() {
    let mut trakt = Trakt::default();
    trakt.options.refresh_grace_seconds = 60;
    let first = trakt.issue_tokens("mara", NOW);
    let after = |seconds| NOW.after(Duration::from_secs(seconds));
    let statuses = [0, 59, 60].map(|at| refresh(&mut trakt, &first.refresh, after(at)).0);
    assert_eq!(statuses, [200, 200, 400]);
}

#[test]
fn an_access_token_ends_by_time_revocation_and_disconnection() {
    let settings = |client: &mut Client| client.ask("GET", "/users/settings", &Value::Null).status;
    let mut client = Client::new(Trakt::default());
    assert_eq!(client.get("/users/settings")["user"]["username"], "mara");
    client.wait(7 * 24 * 3600 - 1);
    assert_eq!(settings(&mut client), 200);
    client.wait(1);
    assert_eq!(settings(&mut client), 401);

    let mut client = Client::new(Trakt::default());
    let revoke = json!({
        "token": client.tokens.access, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
    });
    assert_eq!(client.post("/oauth/revoke", &revoke).0, 200);
    assert_eq!(settings(&mut client), 401);
    assert_eq!(refresh(&mut client.trakt, &client.tokens.refresh.clone(), NOW).0, 400);

    let mut client = Client::new(Trakt::default());
    client.trakt.disconnect("mara");
    assert_eq!(settings(&mut client), 401);
}
