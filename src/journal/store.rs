//! The statements. Every write is a transaction of its own, on disk when it returns (`synchronous=FULL`).

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::author::Author;
use super::entry::{Answer, Entry, Filter, Remark, Step};
use super::error::JournalError;
use crate::domain::plan::Size;
use crate::domain::{Call, GuardRules, Label, OperationId, Phase, Plan};

/// Which intent an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
pub struct IntentId(pub(super) i64);

/// What is known of an operation when it begins.
#[derive(Clone, Debug)]
pub struct NewOperation {
    pub started: Timestamp,
    /// Who the cloud takes us for.
    pub principal: Label,
    pub plan: Plan,
    /// The guards it was confirmed under; they are judged again on every fresh read.
    pub rules: GuardRules,
    /// How another process reaches the same scope: what the composition root wrote, and reads again. Never a secret.
    pub way: serde_json::Value,
    /// Size when it begins and size it is to reach; `None` where it does not change a size.
    pub before: Option<Size>,
    pub after: Option<Size>,
}

/// The open file, owned by the writer's thread.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) db: Connection,
    path: PathBuf,
    author: Author,
}

impl Store {
    pub fn new(db: Connection, path: PathBuf) -> Self {
        Self { db, path, author: Author::here() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn begin(&self, op: &NewOperation) -> Result<OperationId, JournalError> {
        // Ids are short to be typed; two of one second that draw the same salt draw again.
        for salt in std::iter::repeat_with(|| fastrand::u16(..)).take(64) {
            let id = OperationId::new(op.started, salt);
            let written = self.insert(&id, op);
            match written {
                Ok(_) => return Ok(id),
                Err(e) if is_taken(&e) => {}
                Err(e) => return Err(self.unwritten("the operation", e)),
            }
        }
        Err(self.unwritten("the operation (no id is free)", rusqlite::Error::QueryReturnedNoRows))
    }

    fn insert(&self, id: &OperationId, op: &NewOperation) -> rusqlite::Result<usize> {
        let plan = &op.plan;
        self.db.execute(
            "INSERT INTO operations (id, started, user, host, process, principal, scope, group_id, group_name, title, before, after, plan, rules, way)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            params![
                id.0,
                stamp(op.started),
                &*self.author.user,
                &*self.author.host,
                self.author.process,
                &*op.principal,
                json(&plan.target.scope)?,
                plan.target.native(),
                &*plan.name,
                &*plan.title,
                json(&op.before)?,
                json(&op.after)?,
                json(plan)?,
                json(&op.rules)?,
                json(&op.way)?,
            ],
        )
    }

    /// The first try of a name gets the next free number; further tries keep it.
    pub fn intend(&self, op: &OperationId, name: &str, call: &Call, at: Timestamp) -> Result<IntentId, JournalError> {
        self.write("the intent", || {
            self.db
                .prepare(
                    "INSERT INTO intents (operation, name, step, attempt, at, call)
                     SELECT ?1, ?2,
                       coalesce((SELECT max(step) FROM intents WHERE operation = ?1 AND name = ?2),
                                (SELECT max(step) + 1 FROM intents WHERE operation = ?1), 0),
                       (SELECT count(*) + 1 FROM intents WHERE operation = ?1 AND name = ?2), ?3, ?4",
                )?
                .insert(params![op.0, name, stamp(at), json(call)?])
        })
        .map(IntentId)
    }

    pub fn answer(&self, intent: IntentId, answer: Answer, text: &Label, at: Timestamp) -> Result<(), JournalError> {
        self.write("the answer", || {
            self.db
                .prepare(
                    "INSERT INTO outcomes (operation, intent, at, word, text)
                     VALUES ((SELECT operation FROM intents WHERE seq = ?1), ?1, ?2, ?3, ?4)",
                )?
                .execute(params![intent.0, stamp(at), json(&answer)?, &**text])
        })
        .map(drop)
    }

    pub fn end(&self, op: &OperationId, phase: Phase, text: &Label, reached: Option<Size>, at: Timestamp) -> Result<(), JournalError> {
        self.write("the outcome", || {
            self.db.prepare("INSERT INTO outcomes (operation, at, word, text, reached) VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
                op.0,
                stamp(at),
                json(&phase)?,
                &**text,
                reached.map(|r| json(&r)).transpose()?
            ])
        })
        .map(drop)
    }

    pub fn note(&self, op: &OperationId, text: &Label, at: Timestamp) -> Result<(), JournalError> {
        self.write("a remark", || {
            self.db.prepare("INSERT INTO notes (operation, at, text) VALUES (?1, ?2, ?3)")?.execute(params![op.0, stamp(at), &**text])
        })
        .map(drop)
    }

    pub fn list(&self, filter: &Filter) -> Result<Vec<Entry>, JournalError> {
        self.read(|| self.entries(filter))
    }

    pub(super) fn read<T>(&self, work: impl FnOnce() -> rusqlite::Result<T>) -> Result<T, JournalError> {
        work().map_err(|source| match source {
            rusqlite::Error::FromSqlConversionFailure(..) => JournalError::Damaged { path: self.path.clone(), detail: source.to_string() },
            _ => JournalError::Read { path: self.path.clone(), source },
        })
    }

    fn entries(&self, filter: &Filter) -> rusqlite::Result<Vec<Entry>> {
        let limit = filter.limit.unwrap_or(usize::MAX);
        let since = filter.since.map(stamp).unwrap_or_default();
        let mut out = Vec::new();
        let mut query = self.db.prepare("SELECT * FROM operations WHERE started >= ?1 ORDER BY seq DESC")?;
        let mut rows = query.query([since])?;
        while out.len() < limit {
            let Some(row) = rows.next()? else { break };
            let entry = self.entry(row)?;
            if filter.passes(&entry) {
                out.push(entry);
            }
        }
        Ok(out)
    }

    pub(super) fn entry(&self, row: &Row<'_>) -> rusqlite::Result<Entry> {
        let id: String = row.get("id")?;
        let end = self
            .db
            .prepare("SELECT word, text, at, reached FROM outcomes WHERE operation = ?1 AND intent IS NULL ORDER BY seq DESC LIMIT 1")?
            .query_row([&id], |r| Ok((parsed::<Phase>(r, "word")?, label(r, "text")?, time(r, "at")?, reached(r)?)))
            .optional()?;
        let steps = self
            .db
            .prepare(
                "SELECT i.seq, i.name, i.step, i.attempt, i.at, i.call, o.word, o.text, o.at AS answered
                 FROM intents i LEFT JOIN outcomes o ON o.intent = i.seq WHERE i.operation = ?1 ORDER BY i.seq, o.seq",
            )?
            .query_map([&id], step)?
            .collect::<rusqlite::Result<_>>()?;
        let remarks = self
            .db
            .prepare("SELECT at, text FROM notes WHERE operation = ?1 ORDER BY seq")?
            .query_map([&id], |r| Ok(Remark { at: time(r, "at")?, text: label(r, "text")? }))?
            .collect::<rusqlite::Result<_>>()?;
        let (phase, outcome, ended, reached) = end.map_or((None, None, None, None), |(p, t, at, r)| (Some(p), Some(t), Some(at), r));
        Ok(Entry {
            started: time(row, "started")?,
            ended,
            user: label(row, "user")?,
            host: label(row, "host")?,
            principal: label(row, "principal")?,
            scope: parsed(row, "scope")?,
            group: label(row, "group_name")?,
            group_id: row.get("group_id")?,
            title: label(row, "title")?,
            before: parsed(row, "before")?,
            after: parsed(row, "after")?,
            reached,
            phase,
            outcome,
            steps,
            remarks,
            id: OperationId(id),
        })
    }

    pub(super) fn write<T>(&self, what: &'static str, work: impl FnOnce() -> rusqlite::Result<T>) -> Result<T, JournalError> {
        work().map_err(|e| self.unwritten(what, e))
    }

    fn unwritten(&self, what: &'static str, source: rusqlite::Error) -> JournalError {
        JournalError::Write { path: self.path.clone(), what, source }
    }
}

/// The id is another operation's.
fn is_taken(e: &rusqlite::Error) -> bool {
    matches!(e, rusqlite::Error::SqliteFailure(e, _) if e.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}

fn step(row: &Row<'_>) -> rusqlite::Result<Step> {
    let answered = row.get::<_, Option<String>>("word")?.is_some();
    Ok(Step {
        id: IntentId(row.get("seq")?),
        name: row.get::<_, Option<String>>("name")?.unwrap_or_default(),
        step: row.get("step")?,
        attempt: row.get("attempt")?,
        at: time(row, "at")?,
        call: parsed(row, "call")?,
        answer: answered.then(|| parsed(row, "word")).transpose()?,
        answered: answered.then(|| time(row, "answered")).transpose()?,
        text: answered.then(|| label(row, "text")).transpose()?,
    })
}

fn reached(row: &Row<'_>) -> rusqlite::Result<Option<Size>> {
    row.get::<_, Option<String>>("reached")?.map(|_| parsed(row, "reached")).transpose()
}

/// Fixed width, so that text order is time order.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

pub(super) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    let text: String = row.get(column)?;
    text.parse().map_err(|e: jiff::Error| unreadable(e.into()))
}

pub(super) fn label(row: &Row<'_>, column: &str) -> rusqlite::Result<Label> {
    row.get::<_, String>(column).map(Label::from)
}

pub(super) fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))
}

pub(super) fn parsed<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|e| unreadable(e.into()))
}

pub(super) fn unreadable(e: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, e)
}
