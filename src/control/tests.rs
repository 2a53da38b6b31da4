use super::*;
use crate::config::Settings;

#[test]
fn who_says_hello_is_told_whose_folder_it_reaches() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = Settings { data_dir: folder.path().into(), ..Settings::default() };
    let (handler, _lock) =
        crate::daemon::offline(settings, &Clock::Machine, crate::daemon::Purpose::Look)
            .expect("a folder");
    let hello = handler.handle(Request::Hello).expect("an answer");
    assert_eq!(
        hello,
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "pid": std::process::id(),
            "data_dir": folder.path(),
            "address": "127.0.0.1:8787",
        })
    );
}
