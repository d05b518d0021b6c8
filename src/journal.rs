//! The durable record of operations: who changed what, where, from what to what, and how it ended.
//!
//! An intent is on disk before its call leaves; an intent that cannot be written means no call. Tables only ever grow. No secret comes
//! near them: only ids, numbers and sanitized words. The file is worked by one thread of its own; callers wait without blocking a loop.

mod author;
mod claim;
mod entry;
mod error;
#[cfg(test)]
pub mod fuse;
mod place;
mod progress;
mod schema;
mod store;
mod taking_up;

use std::path::Path;
use std::sync::Arc;
use std::thread;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::domain::plan::Size;
use crate::domain::{Call, Fact, Label, Operation, OperationId, Order, Phase, ResourceId};

pub use author::Author;
pub use claim::Claim;
pub use entry::{Answer, Entry, Filter, Remark, Step};
pub use error::JournalError;
pub use store::{IntentId, NewOperation};
pub use taking_up::{Given, Stored};

use claim::Claims;
use store::Store;

/// Requests that may wait for the writer. Each operation waits for its own before it sends the next, so few are ever needed.
const DEPTH: usize = 64;

type Job = Box<dyn FnOnce(&mut Store) + Send>;

/// A handle to the journal; clones write to the same file through the same thread, which ends with the last of them.
#[derive(Clone, Debug)]
pub struct Journal {
    worker: Worker,
    claims: Claims,
    #[cfg(test)]
    fuse: Option<fuse::Fuse>,
}

/// Who works the file.
#[derive(Clone, Debug)]
enum Worker {
    Thread(mpsc::Sender<Job>),
    /// Whoever asks. Under paused time a wait for another thread would let the clock run on to the next timer.
    #[cfg(test)]
    Here(Arc<std::sync::Mutex<Store>>),
}

impl Journal {
    /// Opens or makes the journal at `path`, its folder included. Reads and writes the disk before it returns.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        place::prepare(path)?;
        let folder = path.with_file_name("operations");
        progress::prune(&folder);
        let claims = Claims::Folder(folder);
        Self::serve(Store::new(schema::open(path)?, path.to_owned()), claims)
    }

    /// A journal that vanishes with its last handle, or with the process: SQLite keeps it in an unlinked temporary file.
    pub fn throwaway() -> Result<Self, JournalError> {
        Self::serve(Store::new(schema::temporary()?, "(throw-away)".into()), Claims::Memory(Arc::default()))
    }

    /// A throw-away journal that is worked at once, without a thread: for tests under paused time.
    #[cfg(test)]
    #[must_use]
    pub fn at_hand() -> Self {
        let store = Store::new(schema::temporary().expect("SQLite makes a temporary file"), "(throw-away)".into());
        Self { worker: Worker::Here(Arc::new(std::sync::Mutex::new(store))), claims: Claims::Memory(Arc::default()), fuse: None }
    }

    fn serve(mut store: Store, claims: Claims) -> Result<Self, JournalError> {
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
        Ok(Self {
            worker: Worker::Thread(jobs),
            claims,
            #[cfg(test)]
            fuse: None,
        })
    }

    /// The same journal for a process that is to die at a write.
    #[cfg(test)]
    #[must_use]
    pub fn fused(&self, fuse: &fuse::Fuse) -> Self {
        Self { fuse: Some(fuse.clone()), ..self.clone() }
    }

    /// As [`Self::ask`], for what leaves a trace in the file.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        #[cfg(test)]
        if let Some(fuse) = &self.fuse {
            fuse.before().await;
        }
        let written = self.ask(work).await;
        #[cfg(test)]
        if let Some(fuse) = &self.fuse {
            fuse.after().await;
        }
        written
    }

    /// Runs `work` on the writer's thread and waits for its result.
    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        #[cfg(test)]
        if let Worker::Here(store) = &self.worker {
            return work(&mut store.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        }
        #[cfg_attr(not(test), expect(irrefutable_let_patterns, reason = "tests have a worker of another kind"))]
        let Worker::Thread(jobs) = &self.worker else { return Err(JournalError::Closed) };
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            // Nobody may be waiting any more: what was asked is written all the same.
            let _ = reply.send(work(store));
        });
        jobs.send(job).await.map_err(|_| JournalError::Closed)?;
        answer.await.map_err(|_| JournalError::Closed)?
    }

    /// Records that an operation begins, and names it.
    pub async fn begin(&self, operation: NewOperation) -> Result<OperationId, JournalError> {
        self.write(move |s| s.begin(&operation)).await
    }

    /// Records, durably, that a call is about to be made. Only after `Ok` may it leave. `name` tells the steps of an operation apart; the
    /// same name again is another try of the same step.
    pub async fn intend(&self, operation: &OperationId, name: &str, call: &Call, at: Timestamp) -> Result<IntentId, JournalError> {
        let (operation, name, call) = (operation.clone(), name.to_owned(), call.clone());
        self.write(move |s| s.intend(&operation, &name, &call, at)).await
    }

    /// Records, durably, what an operation will rely on.
    pub async fn fact(&self, operation: &OperationId, fact: &Fact, at: Timestamp) -> Result<(), JournalError> {
        let (operation, fact) = (operation.clone(), fact.clone());
        self.write(move |s| s.fact(&operation, &fact, at)).await
    }

    /// Gives an order to whoever drives the operation, now or later.
    pub async fn order(&self, operation: &OperationId, order: Order, by: &Label, at: Timestamp) -> Result<(), JournalError> {
        let (operation, by) = (operation.clone(), by.clone());
        self.write(move |s| s.order(&operation, order, &by, at)).await
    }

    /// Orders given after the one numbered `after`, oldest first.
    pub async fn orders(&self, operation: &OperationId, after: i64) -> Result<Vec<Given>, JournalError> {
        let operation = operation.clone();
        self.ask(move |s| s.orders(&operation, after)).await
    }

    /// All that is known of an operation; `None`: there is none of that id.
    pub async fn load(&self, operation: &OperationId) -> Result<Option<Stored>, JournalError> {
        let operation = operation.clone();
        self.ask(move |s| s.load(&operation)).await
    }

    /// Operations without an end on record, and those whose end leaves something to decide, newest first. Some may be driven right now:
    /// see [`Self::claim`].
    pub async fn open_ends(&self) -> Result<Vec<OperationId>, JournalError> {
        self.ask(|s| s.open_ends()).await
    }

    /// The newest operation that changed this thing.
    pub async fn latest_change(&self, target: &ResourceId) -> Result<Option<OperationId>, JournalError> {
        let target = target.clone();
        self.ask(move |s| s.latest_change(&target)).await
    }

    /// Claims the driving of an operation; `None`: another process drives it. Touches the disk for a moment.
    pub fn claim(&self, operation: &OperationId) -> Result<Option<Claim>, JournalError> {
        self.claims.take(&operation.0)
    }

    /// Claims the work on a thing, for one operation at a time on this machine; `None`: another process is at it.
    pub fn claim_target(&self, target: &ResourceId) -> Result<Option<Claim>, JournalError> {
        self.claims.take(&claim::name_of(target))
    }

    /// Whether somebody drives an operation right now. Touches the disk for a moment.
    pub fn is_claimed(&self, operation: &OperationId) -> Result<bool, JournalError> {
        self.claims.is_held(&operation.0)
    }

    /// Lets other processes see how an operation stands. Nothing for a throw-away journal, which no other process can see.
    pub fn publish(&self, operation: &Operation) -> Result<(), JournalError> {
        match &self.claims {
            Claims::Folder(folder) => progress::publish(folder, operation),
            Claims::Memory(_) => Ok(()),
        }
    }

    /// What another process published last of an operation.
    pub fn published(&self, operation: &OperationId) -> Option<Operation> {
        match &self.claims {
            Claims::Folder(folder) => progress::read(folder, operation),
            Claims::Memory(_) => None,
        }
    }

    /// Records what became of a call.
    pub async fn answer(&self, intent: IntentId, answer: Answer, text: impl Into<Label>, at: Timestamp) -> Result<(), JournalError> {
        let text = text.into();
        self.write(move |s| s.answer(intent, answer, &text, at)).await
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
        self.write(move |s| s.end(&operation, phase, &text, reached, at)).await
    }

    /// Records a remark on the way.
    pub async fn note(&self, operation: &OperationId, text: &Label, at: Timestamp) -> Result<(), JournalError> {
        let (operation, text) = (operation.clone(), text.clone());
        self.write(move |s| s.note(&operation, &text, at)).await
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
