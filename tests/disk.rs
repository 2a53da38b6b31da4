//! Disks that fill up, fail, or are not ours: the real binary on file systems of its own.
//!
//! Those need root to be mounted, and loop devices; where there are none a test says on stderr
//! that it was left out.

#![cfg(test)]

mod daemon;

use daemon::webhook::{Webhook, plex};
use daemon::{Scrobbled, Setup, Trakt, command, wait_for};
use rusqlite::Connection;
use scrobbled::store::Store;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A file system at a folder; it goes with this.
struct Mount(PathBuf);

impl Mount {
    /// `None`, and a line about it, where it can't be mounted.
    fn at(folder: &Path, words: &[&str], test: &str) -> Option<Self> {
        fs::create_dir_all(folder).expect("a folder");
        if run(Command::new("mount").args(words).arg(folder)) {
            return Some(Self(folder.to_owned()));
        }
        left_out(test, "nothing can be mounted here");
        None
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        run(Command::new("umount").arg("--lazy").arg(&self.0));
    }
}

fn run(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Not by a macro: those are heard only where a test fails.
fn left_out(test: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "{test} is left out: {why}");
}

fn film(name: &str) -> Webhook {
    plex("completed").of(name).at(95.0)
}

fn data(setup: &Setup) -> PathBuf {
    setup.home().path().join("scrobbled-data")
}

#[test]
fn a_full_disk_is_said_and_works_again_when_there_is_space() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("[trakt]\npost_interval_ms = 1\n");
    let folder = data(&setup);
    let words = ["-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs"];
    let Some(_mount) = Mount::at(&folder, &words, "a full disk") else { return };
    let daemon = setup.start(&trakt).login();
    daemon.post(&film("A"));
    wait_for("the first play", || trakt.plays("A"), |plays| *plays == 1);
    // Else what the disk refuses first is that: of trouble with it one line a minute is told.
    daemon.wait_for_log("→ delivered"); // its answer is stored

    let filler = folder.join("filler");
    let filled = fs::write(&filler, vec![0; 1 << 20]);
    assert!(filled.is_err(), "there is no space left");
    let full = |daemon: &Scrobbled| {
        let answer = daemon.post_any(&film("B"));
        (answer.status, answer.head.to_lowercase().contains("\r\nretry-after: "))
    };
    // What was left of the last page may still take something.
    wait_for("a refusal", || full(&daemon), |seen| *seen == (503, true));
    assert_eq!(daemon.health(), (503, "disk\n".to_owned()));
    daemon.wait_for_log("nothing can be stored, so webhooks are answered with 503: ");

    fs::remove_file(&filler).expect("removed");
    wait_for("health by itself", || daemon.health().0, |status| *status == 200);
    daemon.post(&film("B"));
    daemon.post(&film("B"));
    wait_for("the second play", || trakt.plays("B"), |plays| *plays == 1);
    daemon.wait_for_log("storing works again");
    wait_for("an empty outbox", || daemon.held(), |held| held.0.is_empty() && held.1.is_empty());
    assert_eq!((trakt.plays("A"), trakt.plays("B")), (1, 1));
}

#[test]
fn a_database_that_is_removed_while_it_runs_is_said_and_promises_nothing() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("");
    let file = data(&setup).join("scrobbled.db");
    let mut daemon = setup.start(&trakt).login();
    daemon.post(&film("A"));
    wait_for("the first play", || trakt.plays("A"), |plays| *plays == 1);
    fs::remove_file(&file).expect("removed");
    assert_eq!(daemon.post_any(&film("B")).status, 503);
    assert_eq!(daemon.health(), (503, "disk\n".to_owned()));
    daemon.wait_for_log("scrobbled.db` was removed or replaced while scrobbled ran; restart it");

    daemon.restart();
    daemon.cli(&["login"]).good();
    daemon.post(&film("B"));
    wait_for("the second play", || trakt.plays("B"), |plays| *plays == 1);
}

#[test]
fn a_disk_that_turns_read_only_promises_nothing_and_keeps_what_was_promised() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("");
    let folder = data(&setup);
    let image = setup.home().path().join("image");
    fs::write(&image, vec![0; 8 << 20]).expect("an image");
    let image = image.display().to_string();
    let test = "a disk that turns read-only";
    if !run(Command::new("mkfs.ext4").args(["-q", &image])) {
        return left_out(test, "there is no mkfs.ext4");
    }
    let words = ["-o", "loop,sync", &image];
    let Some(mount) = Mount::at(&folder, &words, test) else { return };
    let mut daemon = setup.start(&trakt); // not connected, so that all waits
    daemon.post(&film("A"));
    // As the kernel does when it meets an error.
    let aborted = run(Command::new("mount").args(["-o", "remount,abort"]).arg(&folder));
    assert!(aborted, "it is made to fail");
    for _ in 0..3 {
        assert_eq!(daemon.post_any(&film("B")).status, 503);
    }
    assert_eq!(daemon.health(), (503, "disk\n".to_owned()));
    daemon.wait_for_log("webhooks are answered with 503: ");
    let (code, _) = daemon.terminate();
    assert_eq!(code, Some(0), "{}", daemon.home.log());

    drop(mount);
    let Some(_mount) = Mount::at(&folder, &words, test) else { return };
    daemon.begin(&[]);
    assert_eq!(daemon.held().0.len(), 1, "what was promised, and nothing else");
    daemon.post(&film("B"));
    assert_eq!(daemon.held().0.len(), 2, "it counts when it is sent again");
}

#[test]
fn a_database_that_refuses_one_thing_is_told_once_and_is_well_when_it_takes_it() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("[trakt]\npost_interval_ms = 1\n");
    let file = data(&setup).join("scrobbled.db");
    let daemon = setup.start(&trakt).login();
    let sqlite = Connection::open(&file).expect("the database");
    let refuse = "CREATE TRIGGER damage BEFORE DELETE ON intent
                  BEGIN SELECT RAISE(ABORT, 'as a damaged page'); END";
    sqlite.execute_batch(refuse).expect("it refuses");
    daemon.post(&film("A"));
    let log = |part: &str| daemon.home.log().matches(part).count();
    wait_for("the word of it", || log("as a damaged page"), |times| *times > 0);
    daemon.post(&film("B")); // decisions are taken
    daemon::pass(std::time::Duration::from_secs(7));
    assert_eq!((log("as a damaged page"), log("storing works again")), (1, 0));
    assert_eq!(daemon.health(), (503, "disk\n".to_owned()));
    sqlite.execute_batch("DROP TRIGGER damage").expect("it takes it again");
    wait_for("the other play", || trakt.plays("B"), |plays| *plays == 1);
    wait_for("the word of that", || log("storing works again"), |times| *times == 1);
    assert_eq!((daemon.health().0, trakt.plays("A")), (200, 1));
}

/// What is done to the data folder.
type Damage = fn(&Path);

#[test]
fn a_folder_that_cannot_be_used_stops_the_start_with_one_line() {
    let cases: [(&str, Damage, &str); 9] = [
        (
            "a pipe in the place of the database",
            |data| assert!(run(Command::new("mkfifo").arg(data.join("scrobbled.db")))),
            "scrobbled.db` can't be used: something else is in its place; move it away",
        ),
        (
            "a pipe beside it",
            |data| {
                drop(Store::open(data).expect("a database"));
                let wal = data.join("scrobbled.db-wal");
                let _ = fs::remove_file(&wal); // it may have gone with the last connection
                assert!(run(Command::new("mkfifo").arg(wal)));
            },
            "scrobbled.db-wal` can't be used: something else is in its place; move it away",
        ),
        (
            "a link in its place",
            |data| {
                let other = data.with_file_name("diary");
                fs::write(&other, "").expect("written");
                symlink(other, data.join("scrobbled.db")).expect("a link");
            },
            "scrobbled.db` can't be used: something else is in its place; move it away",
        ),
        (
            "tokens elsewhere",
            |data| symlink("/etc/hostname", data.join("tokens")).expect("a link"),
            "tokens` can't be read: something else is in its place; move it away",
        ),
        (
            "no database",
            |data| {
                fs::write(data.join("scrobbled.db"), "dear diary, ".repeat(99)).expect("written");
            },
            "scrobbled.db` is damaged; restore a backup over it (`scrobbled restore FILE --force`), or move it away and start again",
        ),
        (
            "a truncated one",
            |data| {
                drop(Store::open(data).expect("a database"));
                let file = fs::File::options().write(true).open(data.join("scrobbled.db"));
                file.and_then(|file| file.set_len(5_000)).expect("cut");
            },
            "scrobbled.db` is damaged; restore a backup over it (`scrobbled restore FILE --force`), or move it away and start again",
        ),
        (
            "another folder in its place",
            |data| fs::create_dir(data.join("scrobbled.db")).expect("a folder"),
            "scrobbled.db` can't be used: something else is in its place; move it away",
        ),
        (
            "tokens that are none",
            |data| fs::write(data.join("tokens"), "plex 1\n").expect("written"),
            "tokens` ",
        ),
        (
            "a secret that is not there",
            |data| {
                let text = "[trakt]\nclient_secret_file = \"nowhere\"\n";
                fs::write(data.with_file_name("scrobbled.toml"), text).expect("written");
            },
            "nowhere",
        ),
    ];
    let mut wrong = Vec::new();
    for (name, damage, expected) in cases {
        let setup = Scrobbled::without_config();
        let folder = data(&setup);
        fs::create_dir(&folder).expect("a folder");
        damage(&folder);
        let said = command(daemon::binary(), setup.home()).output().expect("it runs");
        let err = String::from_utf8_lossy(&said.stderr).into_owned();
        let last = err.lines().last().unwrap_or_default();
        let right = said.status.code().is_some_and(|code| code != 0)
            && said.stdout.is_empty()
            && last.contains(expected)
            && !err.contains("panicked");
        if !right {
            wrong.push(format!("{name}: {said:?}"));
        }
    }
    daemon::all_good(&wrong);
}

#[test]
fn a_folder_without_rights_is_named_with_the_mend() {
    let setup = Scrobbled::without_config();
    let folder = data(&setup);
    fs::create_dir(&folder).expect("a folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).expect("its rights");
    // Root may do everything, and another user may not be able to look into the build's folder.
    let copy = setup.home().path().join("copy");
    fs::copy(daemon::binary(), &copy).expect("a copy");
    let as_other = run(Command::new("setpriv").args(["--reuid=65534", "--clear-groups", "true"]));
    let mut words = vec!["setpriv", "--reuid=65534", "--clear-groups"];
    if !as_other {
        words.clear();
    }
    let copy = copy.display().to_string();
    words.push(&copy);
    let mut start = command(Path::new(words[0]), setup.home());
    let said = start.args(&words[1..]).output().expect("it runs");
    let err = String::from_utf8_lossy(&said.stderr).into_owned();
    assert_eq!((said.status.code(), said.stdout.as_slice()), (Some(1), &[][..]), "{err}");
    let last = err.lines().last().unwrap_or_default();
    assert!(
        last.contains("scrobbled-data`: Permission denied (os error 13); check that the folder"),
        "{err}"
    );
}

#[test]
fn what_belongs_to_somebody_else_is_not_used() {
    const NOBODY: u32 = 65534;
    const OTHER: u32 = 54321;
    let test = "what belongs to somebody else";
    for (name, owner) in [("", NOBODY), ("tokens", OTHER), ("scrobbled.db", OTHER), ("", OTHER)] {
        let setup = Scrobbled::without_config();
        let folder = data(&setup);
        fs::create_dir(&folder).expect("a folder");
        if chown(&folder, Some(NOBODY), Some(NOBODY)).is_err() {
            return left_out(test, "files can't be given away here");
        }
        let path = if name.is_empty() { folder.clone() } else { folder.join(name) };
        if !name.is_empty() {
            fs::write(&path, "").expect("written");
        }
        chown(&path, Some(owner), None).expect("given away");
        let mode = fs::Permissions::from_mode(if name.is_empty() { 0o777 } else { 0o666 });
        fs::set_permissions(&path, mode).expect("its rights");
        // Another user may not be able to look into the build's folder.
        let copy = setup.home().path().join("copy");
        fs::copy(daemon::binary(), &copy).expect("a copy");
        let mut look = command(Path::new("setpriv"), setup.home());
        look.args(["--reuid=65534", "--clear-groups"]).arg(&copy).args(["drop", "all"]);
        let said = look.output().expect("it runs");
        let err = String::from_utf8_lossy(&said.stderr).into_owned();
        if owner == NOBODY {
            assert_eq!(said.status.code(), Some(0), "{err}");
            continue;
        }
        assert_eq!((said.status.code(), said.stdout.as_slice()), (Some(1), &[][..]), "{err}");
        let last = err.lines().last().unwrap_or_default();
        let place = Path::new("./scrobbled-data").join(name);
        let mend = format!(
            "it belongs to another user (54321, this one is 65534); run scrobbled as that user, or \
             `sudo chown -R 65534 {}`",
            place.display().to_string().trim_end_matches('/')
        );
        assert!(last.ends_with(&mend), "{name}: {err}");
    }
}

#[test]
fn what_root_makes_belongs_to_the_owner_of_the_folder() {
    const NOBODY: u32 = 65534;
    let test = "what root makes";
    let setup = Scrobbled::without_config();
    let folder = data(&setup);
    fs::create_dir(&folder).expect("a folder");
    if chown(&folder, Some(NOBODY), Some(NOBODY)).is_err() {
        return left_out(test, "files can't be given away here");
    }
    let owners = |made: &[&str]| {
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            let found = entry.metadata().expect("it is there");
            assert_eq!((found.uid(), found.gid()), (NOBODY, NOBODY), "{name}");
            names.push(name);
        }
        for name in made {
            assert!(names.iter().any(|found| found == name), "`{name}` of {names:?}");
        }
    };
    setup.cli(&["urls"]).good();
    owners(&["tokens"]);
    setup.cli(&["rotate", "plex"]).good();
    owners(&["lock", "scrobbled.db", "tokens"]);
    let mut daemon = setup.start_alone(); // as root, by hand
    daemon.post(&film("A"));
    owners(&["control.sock", "front.sock", "lock", "scrobbled.db", "scrobbled.db-wal", "tokens"]);
    daemon.kill_9();
    let backup = folder.join("scrobbled-backup.db");
    let backup = backup.to_str().expect("text");
    daemon.cli(&["backup", backup]).good();
    daemon.cli(&["restore", backup, "--force"]).good();
    owners(&["scrobbled-backup.db", "scrobbled-before-restore-1", "scrobbled.db", "tokens"]);
    for entry in fs::read_dir(folder.join("scrobbled-before-restore-1")).expect("a folder") {
        let entry = entry.expect("an entry");
        let found = entry.metadata().expect("it is there");
        assert_eq!((found.uid(), found.mode() & 0o777), (NOBODY, 0o600), "{entry:?}");
    }

    // Another user may not be able to look into the build's folder.
    let copy = daemon.home.path().join("copy");
    fs::copy(daemon::binary(), &copy).expect("a copy");
    let id = format!("--reuid={NOBODY}");
    let group = format!("--regid={NOBODY}");
    let mut start = command(Path::new("setpriv"), &daemon.home);
    start.args([&id, &group, "--clear-groups"]).arg(&copy).env("SCROBBLED_LISTEN", "127.0.0.1:0");
    let mut serving = start.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut line = String::new();
    let out = serving.stdout.take().expect("its stdout");
    BufReader::new(out).read_line(&mut line).expect("a line");
    let is_well = line.starts_with("listening on ");
    serving.kill().expect("it ends");
    let said = serving.wait_with_output().expect("what it said");
    assert!(is_well, "{}", String::from_utf8_lossy(&said.stderr));
}
