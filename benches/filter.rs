//! How long does it take to know that an event is wanted, and whose it is?

use criterion::{Criterion, criterion_group, criterion_main};
use scrobbled::config::{Account, Live, Settings};
use scrobbled::event::{Action, Event, Item, Library, Player, Source, User};
use scrobbled::filter::{FilterResult, accounts, filter};
use std::hint::black_box;

/// An event of a household: the last of its people, in the last of its libraries.
fn event() -> Event {
    Event {
        source: Source::Plex,
        action: Action::Start,
        server: "5f0c9be27a4d41d8b3c6e1f29a7d0b84c15e6f3a".into(),
        user: User {
            id: "48213377".into(),
            uuid: "7c1e94ab02d6f835".into(),
            name: "mara.finch".into(),
        },
        player: Player { id: "k3v9x0q2-com-plexapp-android".into(), name: "Living Room".into() },
        library: Some(Library { id: "4".into(), title: "Films".into() }),
        item: Item::default(),
        position_ms: None,
        is_guess: false,
    }
}

fn every_list_set() -> Settings {
    let list = |entries: &[&str]| entries.iter().map(|entry| (*entry).to_owned()).collect();
    let mut settings = Settings::default();
    for plex in settings.servers_mut(Source::Plex) {
        plex.users = list(&["alice", "bob", "id:11", "uuid:a3ac", "Mara Finch"]);
        plex.servers = list(&["x", "5f0c9be27a4d41d8b3c6e1f29a7d0b84c15e6f3a"]);
        plex.block_servers = list(&["0d1e2f", "5f0c9be27a4d41d8b3c6e1f29a7d0b84c15e6f3b"]);
        plex.libraries = list(&["Series", "Kids", "2", "5f0c9be2/3", "films"]);
        plex.block_libraries = list(&["Home Videos", "9"]);
        plex.block_players = list(&["Kitchen", "Bedroom"]);
    }
    settings.accounts = ["alice", "bob", "mara finch"]
        .map(|user| Account { name: user.into(), plex: list(&[user]), ..Account::default() })
        .to_vec();
    settings
}

fn bench(criterion: &mut Criterion) {
    let (event, settings) = (event(), every_list_set());
    assert_eq!(filter(&event, &settings), FilterResult::Keep);
    assert_eq!(accounts(&event, &settings.accounts).count(), 1);
    criterion.bench_function("filter/keep, every list set", |bencher| {
        bencher.iter(|| filter(black_box(&event), black_box(&settings)));
    });
    criterion.bench_function("filter/accounts, the last of three", |bencher| {
        bencher.iter(|| accounts(black_box(&event), black_box(&settings.accounts)).count());
    });
    let live = Live::from(settings.clone());
    criterion.bench_function("filter/the settings as they are now", |bencher| {
        bencher.iter(|| black_box(&live).settings());
    });
    let stranger = Event { user: User { name: "carol".into(), ..User::default() }, ..event };
    assert!(matches!(filter(&stranger, &settings), FilterResult::Drop(_)));
    criterion.bench_function("filter/drop, a stranger", |bencher| {
        bencher.iter(|| filter(black_box(&stranger), black_box(&settings)));
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
