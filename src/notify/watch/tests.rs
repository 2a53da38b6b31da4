use super::*;
use crate::tracker::trakt::refusal::LOCKED;

const HOUR: u64 = 3_600_000;
const START: Time = Time(1_000 * HOUR);

/// A name, how things are at which hour, and what is told.
type Case = (&'static str, Vec<(u64, Figures)>, &'static [&'static str]);

fn hours(hours: u64) -> Time {
    Time(START.0 + hours * HOUR)
}

fn connected() -> Figures {
    let state = Some(AccountState::Connected { user: None });
    let destination = Destination::new("alice", "trakt");
    let one = DestinationFigures { destination, state, ..DestinationFigures::default() };
    Figures { destinations: vec![one], ..Figures::default() }
}

fn with(change: impl FnOnce(&mut DestinationFigures)) -> Figures {
    let mut figures = connected();
    change(&mut figures.destinations[0]);
    figures
}

fn state(state: AccountState) -> Figures {
    with(|account| account.state = Some(state))
}

#[test]
fn a_trouble_is_told_when_it_begins_and_when_it_ends_and_once_a_day() {
    let login = || state(AccountState::LoginNeeded);
    let refused = || state(AccountState::Refused(LOCKED));
    let parked = |count| with(|account| account.parked = count);
    let stuck = || with(|account| (account.waiting, account.stuck_since) = (1, Some(START)));
    let delivers = || {
        let mut figures = stuck();
        let to = Destination::new("alice", "trakt");
        figures.counts.delivered.insert(to, hours(1));
        figures
    };
    let unknown = || with(|account| account.state = None);
    let disk = || Figures { storage: Some("full".into()), ..connected() };
    let nowhere = |parked| {
        with(|account| {
            account.destination = Destination::new("alice", "");
            (account.state, account.parked) = (Some(AccountState::LoginNeeded), parked);
        })
    };
    let both = |first: AccountState, second: AccountState| {
        let at = |tracker, state| DestinationFigures {
            destination: Destination::new("alice", tracker),
            state: Some(state),
            ..DestinationFigures::default()
        };
        let destinations = vec![at("trakt", first), at("elsewhere", second)];
        Figures { destinations, ..Figures::default() }
    };
    let well = || AccountState::Connected { user: None };
    let missed = |title: &str, what: &str| {
        let silent = [(title.to_owned(), format!("{what} was not posted"))].into();
        Figures { silent, ..connected() }
    };
    let silent = |title: &str| missed(title, "A");
    let cases: [Case; 22] = [
        ("all is well", vec![(0, connected()), (1, connected())], &[]),
        (
            "it lasts and ends",
            vec![(0, login()), (1, login()), (50, login()), (51, connected())],
            &["0 login", "51 login over"],
        ),
        (
            "it comes and goes",
            vec![(0, login()), (1, connected()), (2, login()), (3, connected())],
            &["0 login", "1 login over"],
        ),
        (
            "it comes again a day later",
            vec![(0, login()), (1, connected()), (24, login()), (25, connected())],
            &["0 login", "1 login over", "24 login", "25 login over"],
        ),
        (
            "it comes again and stays",
            vec![(0, login()), (1, connected()), (23, login()), (24, login())],
            &["0 login", "1 login over", "24 login"],
        ),
        (
            "one thing becomes another",
            vec![(0, login()), (1, refused())],
            &["0 login", "1 login over", "1 refused"],
        ),
        (
            "more is parked",
            vec![(0, parked(1)), (1, parked(3)), (2, connected())],
            &["0 parked", "2 parked over"],
        ),
        (
            "more is parked, and a day has passed",
            vec![(0, parked(1)), (25, parked(1)), (26, parked(2)), (27, parked(3))],
            &["0 parked", "26 parked"],
        ),
        (
            "one is sent again and another is parked",
            vec![(0, parked(2)), (1, parked(1)), (25, parked(2))],
            &["0 parked", "25 parked"],
        ),
        (
            "it comes again with more and stays",
            vec![(0, parked(1)), (1, connected()), (2, parked(2)), (24, parked(2))],
            &["0 parked", "1 parked over", "24 parked"],
        ),
        (
            "the account is not in the config any more, and comes back",
            vec![(0, login()), (1, Figures::default()), (2, login())],
            &["0 login", "2 login"],
        ),
        (
            "a clock that was wrong by years has told it",
            vec![(50_000, login()), (1, connected()), (2, login()), (3, login())],
            &["50000 login", "1 login over", "2 login"],
        ),
        (
            "nothing goes for an hour",
            vec![(0, stuck()), (1, stuck()), (2, stuck()), (3, connected())],
            &["1 undelivered", "3 undelivered over"],
        ),
        ("something goes", vec![(1, delivers())], &[]),
        (
            "after a restart nothing is known yet",
            vec![(0, login()), (1, unknown()), (2, login())],
            &["0 login"],
        ),
        ("the disk is full", vec![(0, disk()), (1, connected())], &["0 disk", "1 disk over"]),
        (
            "a server posts nothing, and that is found out again and again",
            vec![(0, missed("Plex", "A")), (1, missed("Plex", "B")), (30, missed("Plex", "C"))],
            &["0 server"],
        ),
        (
            "a server posts nothing, then another, then none",
            vec![(0, silent("Plex")), (1, silent("Plex")), (2, silent("Emby")), (3, connected())],
            &["0 server", "2 server over", "2 server", "3 server over"],
        ),
        (
            "an account without any login gets one",
            vec![(0, nowhere(1)), (1, unknown()), (2, connected())],
            &["0 login", "0 parked", "2 login over", "2 parked over"],
        ),
        (
            "it logs out where its login was over",
            vec![(0, login()), (1, nowhere(0)), (30, nowhere(0)), (31, connected())],
            &["0 login", "31 login over"],
        ),
        (
            "one of two trackers ends its login, and is left then",
            vec![
                (0, both(AccountState::LoginNeeded, well())),
                (1, both(AccountState::LoginNeeded, well())),
                (2, connected()),
            ],
            &["0 login", "2 login over"],
        ),
        (
            "both end it, and are left",
            vec![
                (0, both(AccountState::LoginNeeded, AccountState::LoginNeeded)),
                (1, nowhere(0)),
                (2, connected()),
            ],
            &["0 login", "0 login", "2 login over"],
        ),
    ];
    let wrong: Vec<_> = cases
        .into_iter()
        .filter_map(|(name, looks, expected)| {
            let mut watch = Alerts::default();
            let mut said = Vec::new();
            for (at, figures) in looks {
                let kept = serde_json::to_string(&watch.told()).expect("JSON"); // a restart
                watch = Alerts::new(serde_json::from_str(&kept).expect("what was kept"));
                for message in watch.look(&figures, hours(at)) {
                    let over = if message.over { " over" } else { "" };
                    said.push(format!("{at} {}{over}", message.kind));
                }
            }
            (said != expected).then(|| format!("{name}: {said:?}, not {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_message_says_whose_it_is_and_what_to_do() {
    let mut figures = state(AccountState::LoginNeeded);
    figures.destinations[0].destination = Destination::new("alice", "");
    let said = Alerts::default().look(&figures, START);
    let expected = Notification {
        kind: "login",
        account: Some("alice".into()),
        over: false,
        text: "alice: login needed: press Connect on the page or run `scrobbled login alice`; \
               plays are kept until then"
            .into(),
    };
    assert_eq!(said, [expected]);
}
