//! What is where in the database?

/// Each step brings the schema from its place in this list to the next. Steps are only added.
pub(super) const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE viewing (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
    CREATE TABLE held (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
    CREATE TABLE intent (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL,
        session TEXT NOT NULL,
        verb TEXT NOT NULL,
        data TEXT NOT NULL,
        since INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        due INTEGER NOT NULL DEFAULT 0,
        maybe_sent INTEGER NOT NULL DEFAULT 0,
        parked INTEGER,
        why TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX intent_by_account ON intent (account, parked, id);
    CREATE INDEX intent_by_session ON intent (account, session);
    CREATE TABLE play (
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        history_id INTEGER,
        watched_at INTEGER NOT NULL,
        ended INTEGER NOT NULL
    );
    CREATE INDEX play_by_name ON play (account, name);
    CREATE TABLE token (account TEXT PRIMARY KEY, data TEXT NOT NULL);
",
    "
    CREATE TABLE activity (slot INTEGER PRIMARY KEY, id INTEGER NOT NULL, data TEXT NOT NULL);
",
    "
    CREATE TABLE told (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
",
    "
    CREATE TABLE position (account TEXT NOT NULL, name TEXT NOT NULL, intent INTEGER NOT NULL);
    CREATE INDEX position_by_name ON position (account, name);
",
    "
    ALTER TABLE play ADD COLUMN trakt INTEGER;
    CREATE TABLE show (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, trakt INTEGER NOT NULL);
",
    "
    CREATE TABLE given (id INTEGER PRIMARY KEY, last INTEGER NOT NULL);
    INSERT INTO given (id, last) SELECT 0, max(
        (SELECT coalesce(max(id), 0) FROM viewing),
        (SELECT coalesce(max(id), 0) FROM held),
        (SELECT coalesce(max(CAST(session AS INTEGER)), 0) FROM intent)
    );
",
    "
    CREATE TABLE login (
        account TEXT NOT NULL,
        tracker TEXT NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (account, tracker)
    );
    INSERT INTO login (account, tracker, data) SELECT account, 'trakt', data FROM token;
    DROP TABLE token;
    ALTER TABLE intent ADD COLUMN tracker TEXT NOT NULL DEFAULT '';
    UPDATE intent SET tracker = 'trakt' WHERE account IN (SELECT account FROM login);
    DROP INDEX intent_by_account;
    CREATE INDEX intent_by_destination ON intent (account, tracker, parked, id);
    ALTER TABLE play ADD COLUMN tracker TEXT NOT NULL DEFAULT 'trakt';
    ALTER TABLE play RENAME COLUMN trakt TO item;
    DROP INDEX play_by_name;
    CREATE INDEX play_by_name ON play (account, tracker, name);
    ALTER TABLE position ADD COLUMN tracker TEXT NOT NULL DEFAULT 'trakt';
    DROP INDEX position_by_name;
    CREATE INDEX position_by_name ON position (account, tracker, name);
    CREATE TABLE show_at (
        id INTEGER PRIMARY KEY,
        tracker TEXT NOT NULL,
        name TEXT NOT NULL,
        number INTEGER NOT NULL,
        UNIQUE (tracker, name)
    );
    INSERT INTO show_at (id, tracker, name, number) SELECT id, 'trakt', name, trakt FROM show;
    DROP TABLE show;
    ALTER TABLE show_at RENAME TO show;
",
    "
    CREATE TABLE flood (account TEXT PRIMARY KEY, data TEXT NOT NULL);
",
    "
    CREATE TABLE open_start (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        tracker TEXT NOT NULL,
        session TEXT NOT NULL,
        intent INTEGER NOT NULL,
        UNIQUE (account, tracker, session, intent)
    );
",
    "
    CREATE TABLE heard (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
",
    "
    ALTER TABLE intent ADD COLUMN message TEXT;
    CREATE INDEX intent_of_receivers ON intent (tracker, id) WHERE message IS NOT NULL;
    CREATE TABLE receiver_off (name TEXT PRIMARY KEY, config TEXT NOT NULL);
",
    "
    CREATE TABLE caught_up (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
",
    "
    CREATE TABLE connection (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
    CREATE TABLE device (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
",
];
