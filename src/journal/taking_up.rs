//! Taking an operation up where another process left it: everything the file knows of it, the facts it remembered, the orders it was
//! given.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::entry::Entry;
use super::error::JournalError;
use super::store::{Store, json, label, parsed, stamp, time};
use crate::domain::{Fact, GuardRules, Label, OperationId, Order, Phase, Plan, ResourceId};

/// An order as it was given; numbers count up over the whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub number: i64,
    pub at: Timestamp,
    pub by: Label,
    pub order: Order,
}

/// An operation as the file knows it.
#[derive(Clone, Debug)]
pub struct Stored {
    pub entry: Entry,
    pub plan: Plan,
    pub rules: GuardRules,
    pub way: serde_json::Value,
    pub facts: Vec<(Timestamp, Fact)>,
    pub orders: Vec<Given>,
}

impl Store {
    pub fn fact(&self, op: &OperationId, fact: &Fact, at: Timestamp) -> Result<(), JournalError> {
        self.write("a fact", || {
            let mut statement = self.db.prepare("INSERT INTO facts (operation, at, fact) VALUES (?1, ?2, ?3)")?;
            statement.execute(params![op.0, stamp(at), json(fact)?])
        })
        .map(drop)
    }

    pub fn order(&self, op: &OperationId, order: Order, by: &Label, at: Timestamp) -> Result<(), JournalError> {
        self.write("the order", || {
            let mut statement = self.db.prepare("INSERT INTO orders (operation, at, by, word) VALUES (?1, ?2, ?3, ?4)")?;
            statement.execute(params![op.0, stamp(at), &**by, json(&order)?])
        })
        .map(drop)
    }

    /// Orders given after the one numbered `after`, oldest first.
    pub fn orders(&self, op: &OperationId, after: i64) -> Result<Vec<Given>, JournalError> {
        self.read(|| {
            self.db
                .prepare("SELECT seq, at, by, word FROM orders WHERE operation = ?1 AND seq > ?2 ORDER BY seq")?
                .query_map(params![op.0, after], |r| {
                    Ok(Given { number: r.get("seq")?, at: time(r, "at")?, by: label(r, "by")?, order: parsed(r, "word")? })
                })?
                .collect()
        })
    }

    /// All there is of one operation; `None`: no such id. One written by the first version of the journal cannot be taken up, and says so.
    pub fn load(&self, op: &OperationId) -> Result<Option<Stored>, JournalError> {
        let found = self.read(|| {
            self.db
                .prepare("SELECT * FROM operations WHERE id = ?1")?
                .query_row([&op.0], |row| {
                    let entry = self.entry(row)?;
                    let texts: [Option<String>; 3] = [row.get("plan")?, row.get("rules")?, row.get("way")?];
                    Ok((entry, texts))
                })
                .optional()
        })?;
        let Some((entry, [Some(plan), Some(rules), Some(way)])) = found else {
            return match found {
                None => Ok(None),
                Some(_) => Err(JournalError::Older { id: op.clone() }),
            };
        };
        let facts = self.read(|| {
            let mut statement = self.db.prepare("SELECT at, fact FROM facts WHERE operation = ?1 ORDER BY seq")?;
            statement.query_map([&op.0], |r| Ok((time(r, "at")?, parsed(r, "fact")?)))?.collect()
        })?;
        let read = |e: serde_json::Error| JournalError::Damaged { path: self.path().to_owned(), detail: format!("operation {op}: {e}") };
        Ok(Some(Stored {
            entry,
            plan: serde_json::from_str(&plan).map_err(read)?,
            rules: serde_json::from_str(&rules).map_err(read)?,
            way: serde_json::from_str(&way).map_err(read)?,
            facts,
            orders: self.orders(op, 0)?,
        }))
    }

    /// Operations without an end, and those whose end leaves something to decide, newest first.
    pub fn open_ends(&self) -> Result<Vec<OperationId>, JournalError> {
        let ends = self.read(|| {
            self.db
                .prepare(
                    "SELECT o.id, e.word FROM operations o
                     LEFT JOIN outcomes e ON e.seq = (SELECT max(seq) FROM outcomes WHERE operation = o.id AND intent IS NULL)
                     ORDER BY o.seq DESC",
                )?
                .query_map([], |r| {
                    let ended = r.get::<_, Option<String>>("word")?.is_some();
                    Ok((r.get::<_, String>("id")?, ended.then(|| parsed::<Phase>(r, "word")).transpose()?))
                })?
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok(ends.into_iter().filter(|(_, phase)| phase.is_none_or(|p| p.is_open_end())).map(|(id, _)| OperationId(id)).collect())
    }

    /// The newest operation on a thing that reached its end and changed it, with its plan.
    pub fn latest_change(&self, target: &ResourceId) -> Result<Option<OperationId>, JournalError> {
        self.read(|| {
            self.db
                .prepare(
                    "SELECT o.id FROM operations o WHERE o.group_id = ?1 AND o.scope = ?2 AND EXISTS (
                        SELECT 1 FROM intents i WHERE i.operation = o.id AND NOT EXISTS (
                            SELECT 1 FROM outcomes a WHERE a.operation = o.id AND a.intent = i.seq AND a.word = ?3))
                     ORDER BY o.seq DESC LIMIT 1",
                )?
                .query_row(params![target.native(), json(&target.scope)?, json(&super::Answer::Refused)?], |r| r.get::<_, String>("id"))
                .optional()
        })
        .map(|id| id.map(OperationId))
    }
}
