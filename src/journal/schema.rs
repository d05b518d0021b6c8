//! The shape of the file and how it is opened: durable writes, a version that is checked, tables that only grow.

use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::error::JournalError;

/// Counted up with every change of the tables below; an older file is brought up to date, a newer one refused.
const VERSION: i64 = 2;

/// `PILT`: tells our files from other SQLite databases.
const APPLICATION: i64 = 0x5049_4c54;

/// How long another process may hold the file before a write gives up.
const BUSY: Duration = Duration::from_secs(5);

/// Times are UTC with milliseconds and fixed width, so that they sort as text.
const TABLES: &str = "
CREATE TABLE operations (
    seq        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    started    TEXT NOT NULL,
    user       TEXT NOT NULL,
    host       TEXT NOT NULL,
    process    INTEGER NOT NULL,
    principal  TEXT NOT NULL,
    scope      TEXT NOT NULL,
    group_id   TEXT NOT NULL,
    group_name TEXT NOT NULL,
    title      TEXT NOT NULL,
    before     TEXT NOT NULL,
    after      TEXT NOT NULL,
    plan       TEXT NOT NULL
) STRICT;
CREATE TABLE intents (
    seq       INTEGER PRIMARY KEY,
    operation TEXT NOT NULL REFERENCES operations (id),
    step      INTEGER NOT NULL,
    attempt   INTEGER NOT NULL,
    at        TEXT NOT NULL,
    call      TEXT NOT NULL,
    UNIQUE (operation, step, attempt)
) STRICT;
-- With an intent: what became of that call. Without: how the operation ended; the last one counts.
CREATE TABLE outcomes (
    seq       INTEGER PRIMARY KEY,
    operation TEXT NOT NULL REFERENCES operations (id),
    intent    INTEGER REFERENCES intents (seq),
    at        TEXT NOT NULL,
    word      TEXT NOT NULL,
    text      TEXT NOT NULL,
    reached   TEXT
) STRICT;
CREATE TABLE notes (
    seq       INTEGER PRIMARY KEY,
    operation TEXT NOT NULL REFERENCES operations (id),
    at        TEXT NOT NULL,
    text      TEXT NOT NULL
) STRICT;
CREATE INDEX outcomes_of ON outcomes (operation);
CREATE INDEX notes_of ON notes (operation);
";

/// What version 2 added: enough to take an operation up where another process left it.
const TAKING_UP: &str = "
ALTER TABLE operations ADD COLUMN rules TEXT;
-- How to reach the scope again: profile, region, endpoint. Never a secret.
ALTER TABLE operations ADD COLUMN way TEXT;
-- The strategy's own name for the step, unique within the operation.
ALTER TABLE intents ADD COLUMN name TEXT;
CREATE TABLE facts (
    seq       INTEGER PRIMARY KEY,
    operation TEXT NOT NULL REFERENCES operations (id),
    at        TEXT NOT NULL,
    fact      TEXT NOT NULL
) STRICT;
CREATE TABLE orders (
    seq       INTEGER PRIMARY KEY,
    operation TEXT NOT NULL REFERENCES operations (id),
    at        TEXT NOT NULL,
    by        TEXT NOT NULL,
    word      TEXT NOT NULL
) STRICT;
CREATE INDEX facts_of ON facts (operation);
CREATE INDEX orders_of ON orders (operation);
CREATE INDEX intents_of ON intents (operation);
CREATE INDEX operations_on ON operations (group_id);
";

/// The changes that lead from each version to the next, and the tables that each adds.
const STEPS: [(&str, &[&str]); VERSION as usize] =
    [(TABLES, &["operations", "intents", "outcomes", "notes"]), (TAKING_UP, &["facts", "orders"])];

/// Opens the file at `path`, which exists, and makes or checks its tables.
pub(super) fn open(path: &Path) -> Result<Connection, JournalError> {
    let read = |e| sort_out(path, e);
    let mut db = Connection::open(path).map_err(read)?;
    db.busy_timeout(BUSY).map_err(read)?;
    let check: String = db.query_row("PRAGMA quick_check(1)", [], |r| r.get(0)).map_err(read)?;
    if check != "ok" {
        return Err(JournalError::Damaged { path: path.to_owned(), detail: check });
    }
    // Before anything is written: a stranger's database stays as it is.
    admit(&db, path)?;
    write_ahead(&db).map_err(read)?;
    db.pragma_update(None, "synchronous", "FULL").map_err(read)?;
    db.pragma_update(None, "foreign_keys", true).map_err(read)?;
    prepare(&mut db, path)?;
    Ok(db)
}

/// An unnamed database: SQLite keeps it in a temporary file that nobody else can open.
pub(super) fn temporary() -> Result<Connection, JournalError> {
    let path = Path::new("(throw-away)");
    let mut db = Connection::open("").map_err(|e| sort_out(path, e))?;
    db.pragma_update(None, "foreign_keys", true).map_err(|e| sort_out(path, e))?;
    prepare(&mut db, path)?;
    Ok(db)
}

/// Whose file it is, and of which age; 0 is new.
fn admit(db: &Connection, path: &Path) -> Result<i64, JournalError> {
    let number = |pragma: &str| db.pragma_query_value(None, pragma, |r| r.get::<_, i64>(0)).map_err(|e| sort_out(path, e));
    let (version, application) = (number("user_version")?, number("application_id")?);
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0)).map_err(|e| sort_out(path, e))?;
    match (application, version) {
        (APPLICATION, v) if v > VERSION => Err(JournalError::Newer { path: path.to_owned(), found: v, known: VERSION }),
        (APPLICATION, v) => Ok(v),
        (0, 0) if tables == 0 => Ok(0),
        _ => Err(JournalError::Foreign { path: path.to_owned() }),
    }
}

/// Two processes may both find the file new: the one that comes second into the transaction finds the tables made.
fn prepare(db: &mut Connection, path: &Path) -> Result<(), JournalError> {
    let fail = |e| sort_out(path, e);
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
    let found = admit(&tx, path)?;
    for (change, tables) in STEPS.iter().skip(usize::try_from(found).unwrap_or_default()) {
        tx.execute_batch(change).map_err(fail)?;
        for table in *tables {
            for deed in ["UPDATE", "DELETE"] {
                let name = format!("{table}_keeps_{}", deed.to_ascii_lowercase());
                let stop =
                    format!("CREATE TRIGGER {name} BEFORE {deed} ON {table} BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END");
                tx.execute_batch(&stop).map_err(fail)?;
            }
        }
    }
    if found < VERSION {
        tx.pragma_update(None, "application_id", APPLICATION).map_err(fail)?;
        tx.pragma_update(None, "user_version", VERSION).map_err(fail)?;
    }
    tx.commit().map_err(fail)
}

/// Switches to write-ahead logging. SQLite does not wait by itself when two processes do this at the same moment.
fn write_ahead(db: &Connection) -> rusqlite::Result<()> {
    const TRIES: u32 = 50;
    for attempt in 1.. {
        match db.pragma_update_and_check(None, "journal_mode", "WAL", |r| r.get::<_, String>(0)) {
            Err(e) if e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && attempt < TRIES => thread::sleep(BUSY / TRIES),
            Err(e) => return Err(e),
            Ok(_) => break,
        }
    }
    Ok(())
}

/// A damaged file wants another remedy than one that cannot be opened.
fn sort_out(path: &Path, e: rusqlite::Error) -> JournalError {
    let path = path.to_owned();
    match e.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => JournalError::Damaged { path, detail: e.to_string() },
        _ => JournalError::Open { path, source: e },
    }
}
