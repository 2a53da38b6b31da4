//! Files with certificates to trust.

use crate::config::{Live, Loaded, Surroundings, read};
use crate::event::{Source, Time};
use crate::http::trust::Trust;
use standin::tls::certificate;
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// Reads a config beside which the certificates of the tests lie, in November 2026.
fn loaded(text: &str, variables: &[(&str, &str)]) -> Result<Loaded, String> {
    let folder = certificate("server").parent().expect("a folder").to_owned();
    let read_file = |path: &Path| {
        let name = path.file_name().expect("a file");
        match name.to_str() {
            Some("binary.pem") => Err(io::Error::new(io::ErrorKind::InvalidData, "no text")),
            _ => fs::read_to_string(folder.join(name)),
        }
    };
    let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    let variables: BTreeMap<String, String> = variables.collect();
    let now = Time::from_rfc3339("2026-11-24T00:00:00Z").expect("a time");
    let around = Surroundings { variables, read: &read_file, now };
    read(text, Some(Path::new("/etc/scrobbled.toml")), &around).map_err(|error| error.to_string())
}

#[test]
fn a_certificate_is_read_from_beside_the_config_or_from_the_credentials() {
    let credentials = ("CREDENTIALS_DIRECTORY", "/run/credentials");
    for (text, file) in [
        ("[emby]\nurl = 'https://nas'\nca_file = 'server.pem'", "/etc/server.pem"),
        ("[emby]\nurl = 'https://nas'\nca_file = './server.pem'", "/etc/server.pem"),
        (
            "[emby]\nurl = 'https://nas'\nca_file = '$CREDENTIALS_DIRECTORY/server.pem'",
            "/run/credentials/server.pem",
        ),
    ] {
        let settings = loaded(text, &[credentials]).expect(text).settings;
        let emby = settings.servers(Source::Emby).next().expect("one");
        assert!(emby.trust.is_given(), "{text}");
        assert_eq!(emby.ca_file, Path::new(file), "{text}");
    }
    let by_variable = loaded("", &[("SCROBBLED_EMBY_CA_FILE", "server.pem")]).expect("a file");
    let emby = by_variable.settings.servers(Source::Emby).next().expect("one").clone();
    assert_eq!((emby.trust.is_given(), emby.ca_file.as_path()), (true, Path::new("server.pem")));
    let receiver = "[[receiver]]\nname = 'a'\nurl = 'https://h'\nca_file = 'itself.pem'";
    assert!(loaded(receiver, &[]).expect("a file").settings.receivers[0].trust.is_given());
}

#[test]
fn a_file_that_holds_nothing_to_trust_is_an_error_with_its_line() {
    let cases = [
        ("gone.pem", "can't be read: there is no such file"),
        ("server.key", "holds a private key, which nobody but the server may have"),
        ("make.sh", "holds no certificate as text (-----BEGIN CERTIFICATE-----); `openssl x509"),
        ("binary.pem", "holds no certificate as text"),
    ];
    for (file, part) in cases {
        let told = loaded(&format!("[jellyfin]\nca_file = '{file}'"), &[]).expect_err(file);
        let start = format!("/etc/scrobbled.toml line 2: jellyfin: `ca_file`: `/etc/{file}` ");
        assert!(told.starts_with(&start) && told.contains(part), "{told}");
        let receiver = format!("[[receiver]]\nname = 'a'\nurl = 'https://h'\nca_file = '{file}'");
        let told = loaded(&receiver, &[]).expect_err(file);
        let start = format!("/etc/scrobbled.toml line 4: receiver `a`: `ca_file`: `/etc/{file}` ");
        assert!(told.starts_with(&start) && told.contains(part), "{told}");
    }
    let two =
        "[[plex]]\nname = 'a'\nid = '1'\n[[plex]]\nname = 'b'\nid = '2'\nca_file = 'gone.pem'";
    let told = loaded(two, &[]).expect_err("no file");
    assert!(told.contains("line 7: plex b: `ca_file`"), "{told}");
}

#[test]
fn what_is_out_of_date_or_does_nothing_is_odd() {
    let cases = [
        ("url = 'https://nas'\nca_file = 'server.pem'", ""),
        (
            "url = 'http://nas'\nca_file = 'server.pem'",
            "`emby.ca_file` does nothing, since `emby.url` is not https",
        ),
        (
            "url = 'https://nas'\nca_file = 'expired.pem'",
            "`emby.ca_file`: a certificate in `/etc/expired.pem` is out of date, or not valid yet",
        ),
    ];
    for (keys, part) in cases {
        let notes = loaded(&format!("[emby]\n{keys}"), &[]).expect("a good config").notes();
        let told: Vec<_> = notes.iter().filter(|note| note.contains("ca_file")).collect();
        assert_eq!(told.len(), usize::from(!part.is_empty()), "{told:?}");
        assert!(told.iter().all(|note| note.starts_with(part)), "{told:?}");
    }
}

#[test]
fn another_certificate_in_the_same_file_needs_a_restart() {
    let text = "[emby]\nurl = 'https://nas'\nca_file = 'server.pem'";
    let mut changed = loaded(text, &[]).expect("a file");
    let live = Live::from(changed.clone());
    assert_eq!(live.take(&changed).restart, [""; 0]);
    let itself = fs::read_to_string(certificate("itself")).expect("it is there");
    for server in changed.settings.servers_mut(Source::Emby) {
        server.trust = Trust::from_pem(&itself).expect("a certificate");
    }
    assert_eq!(live.take(&changed).restart, ["emby.ca_file"]);
}
