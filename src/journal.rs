//! The durable record of operations: who changed what, where, from what to what, and how it ended.
//!
//! An intent is on disk before its call leaves; an intent that cannot be written means no call. Tables only ever grow. No secret comes
//! near them: only ids, numbers and sanitized words. The file is worked by one thread of its own; callers wait without blocking a loop.

mod author;
mod entry;
mod error;
mod place;
mod schema;
mod store;

use std::path::Path;
use std::thread;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::domain::plan::Size;
use crate::domain::{Call, Label, OperationId, Phase};

pub use author::Author;
pub use entry::{Answer, Entry, Filter, Remark, Step};
pub use error::JournalError;
pub use store::{IntentId, NewOperation};

use store::Store;

/// Requests that may wait for the writer. Each operation waits for its own before it sends the next, so few are ever needed.
const DEPTH: usize = 64;

type Job = Box<dyn FnOnce(&mut Store) + Send>;

/// A handle to the journal; clones write to the same file through the same thread, which ends with the last of them.
#[derive(Clone, Debug)]
pub struct Journal(mpsc::Sender<Job>);

impl Journal {
    /// Opens or makes the journal at `path`, its folder included. Reads and writes the disk before it returns.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        place::prepare(path)?;
        Self::serve(Store::new(schema::open(path)?, path.to_owned()))
    }

    /// A journal that vanishes with its last handle, or with the process: SQLite keeps it in an unlinked temporary file.
    pub fn throwaway() -> Result<Self, JournalError> {
        Self::serve(Store::new(schema::temporary()?, "(throw-away)".into()))
    }

    fn serve(mut store: Store) -> Result<Self, JournalError> {
        let path = store.path().to_owned();
        let (jobs, mut queue) = mpsc::channel::<Job>(DEPTH);
        thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || {
                while let Some(job) = queue.blocking_recv() {
                    job(&mut store);
                }
            })
            .map_err(|source| JournalError::Place { path, source })?;
        Ok(Self(jobs))
    }

    /// Runs `work` on the writer's thread and waits for its result.
    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            // Nobody may be waiting any more: what was asked is written all the same.
            let _ = reply.send(work(store));
        });
        self.0.send(job).await.map_err(|_| JournalError::Closed)?;
        answer.await.map_err(|_| JournalError::Closed)?
    }

    /// Records that an operation begins, and names it.
    pub async fn begin(&self, operation: NewOperation) -> Result<OperationId, JournalError> {
        self.ask(move |s| s.begin(&operation)).await
    }

    /// Records, durably, that a call is about to be made. Only after `Ok` may it leave. `step` counts the plan's calls, `attempt` its tries.
    pub async fn intend(
        &self,
        operation: &OperationId,
        step: u32,
        attempt: u32,
        call: &Call,
        at: Timestamp,
    ) -> Result<IntentId, JournalError> {
        let (operation, call) = (operation.clone(), call.clone());
        self.ask(move |s| s.intend(&operation, step, attempt, &call, at)).await
    }

    /// Records what became of a call.
    pub async fn answer(&self, intent: IntentId, answer: Answer, text: impl Into<Label>, at: Timestamp) -> Result<(), JournalError> {
        let text = text.into();
        self.ask(move |s| s.answer(intent, answer, &text, at)).await
    }

    /// Records how an operation ended, and the size it was last seen at.
    pub async fn end(
        &self,
        operation: &OperationId,
        phase: Phase,
        text: &Label,
        reached: Option<Size>,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let (operation, text) = (operation.clone(), text.clone());
        self.ask(move |s| s.end(&operation, phase, &text, reached, at)).await
    }

    /// Records a remark on the way.
    pub async fn note(&self, operation: &OperationId, text: &Label, at: Timestamp) -> Result<(), JournalError> {
        let (operation, text) = (operation.clone(), text.clone());
        self.ask(move |s| s.note(&operation, &text, at)).await
    }

    /// Entries that pass the filter, newest first.
    pub async fn list(&self, filter: Filter) -> Result<Vec<Entry>, JournalError> {
        self.ask(move |s| s.list(&filter)).await
    }

    /// Returns once everything asked before is on disk.
    pub async fn flush(&self) -> Result<(), JournalError> {
        self.ask(|_| Ok(())).await
    }
}

#[cfg(test)]
mod tests;
