use super::*;
use std::time::Duration;

#[test]
fn without_an_app_nobody_is_asked_for_a_code() {
    let settings = crate::config::Simkl { client_id: String::new(), ..Default::default() };
    let client = Client { settings, time_limit: Duration::from_secs(1) };
    assert_eq!(device_code(&client), Err(LoginError::NoApp(NO_APP)));
}
