//! What the operations of one process share: the journal, the clock, who may change what, and who is at work where.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::domain::{Label, Operation, OperationId, Order, Plan, Scope};
use crate::journal::{Author, Journal};
use crate::providers::{Operator, WritePermit};

use super::Clock;
use super::driver::Lines;

pub(super) struct Desk {
    pub journal: Journal,
    pub clock: Clock,
    pub cancel: CancellationToken,
    pub tasks: TaskTracker,
    /// Who gives orders here: `kim@laptop`.
    pub user: Label,
    /// Where operations of this process are driven: `laptop:4711`.
    pub author: Label,
    events: mpsc::Sender<Operation>,
    admitted: Mutex<BTreeMap<Scope, Admitted>>,
    /// By the number of the request.
    running: Mutex<BTreeMap<u64, Running>>,
}

/// A scope that may be changed, and by whom.
#[derive(Clone)]
pub(super) struct Admitted {
    pub permit: WritePermit,
    pub operator: Arc<dyn Operator>,
}

struct Running {
    latest: Operation,
    /// All of its calls are answered: it only looks on, and a newer operation may take over.
    sent: bool,
    /// Told the title of the operation that takes over.
    relieve: watch::Sender<Option<Label>>,
    wake: Arc<Notify>,
}

/// Whether a new operation may go to its target.
pub(super) enum Taken {
    Free(Lines),
    /// Title of the one that is at work there.
    By(Label),
}

impl Desk {
    pub fn new(journal: Journal, clock: Clock, cancel: CancellationToken, events: mpsc::Sender<Operation>) -> Self {
        let here = Author::here();
        Self {
            journal,
            clock,
            cancel,
            tasks: TaskTracker::new(),
            user: Label::new(format!("{}@{}", here.user, here.host)),
            author: Label::new(format!("{}:{}", here.host, here.process)),
            events,
            admitted: Mutex::default(),
            running: Mutex::default(),
        }
    }

    pub fn admit(&self, admitted: Admitted) {
        locked(&self.admitted).insert(admitted.permit.scope().clone(), admitted);
    }

    pub fn admitted(&self, scope: &Scope) -> Option<Admitted> {
        locked(&self.admitted).get(scope).cloned()
    }

    /// The operation before anything happened; the journal gives it its lasting name.
    pub fn first(&self, request: u64, plan: &Plan) -> Operation {
        let started = (self.clock)().wall;
        let id = OperationId::new(started, (request & 0xffff) as u16);
        Operation::new(id, request, plan.target.clone(), plan.request.word(), plan.title.clone(), started)
    }

    /// Lets an operation in beside others of this process: one that only looks on is relieved, a freeze makes any other hold.
    pub fn take(&self, operation: &Operation, freezes: bool) -> Taken {
        let mut running = locked(&self.running);
        for earlier in running.values().filter(|r| r.latest.target == operation.target) {
            if earlier.sent {
                earlier.relieve.send_replace(Some(operation.title.clone()));
            } else if !freezes {
                return Taken::By(earlier.latest.title.clone());
            }
        }
        let (relieve, relieved) = watch::channel(None);
        let wake = Arc::new(Notify::new());
        let lines = Lines { relieved, wake: Arc::clone(&wake) };
        running.insert(operation.request, Running { latest: operation.clone(), sent: false, relieve, wake });
        Taken::Free(lines)
    }

    /// It is over.
    pub fn leave_group(&self, operation: &Operation) {
        locked(&self.running).remove(&operation.request);
    }

    pub fn note_sent(&self, operation: &Operation) {
        if let Some(r) = locked(&self.running).get_mut(&operation.request) {
            r.sent = true;
        }
    }

    /// Lets an operation of this process see at once that an order lies in the journal. `false`: it is not driven here.
    pub fn wake(&self, id: &OperationId) -> bool {
        let running = locked(&self.running);
        let mut driven = running.values().filter(|r| r.latest.id == *id).peekable();
        let here = driven.peek().is_some();
        driven.for_each(|r| r.wake.notify_one());
        here
    }

    /// A number for what is taken up here without a request: screens count from 1.
    pub fn own_request(&self) -> u64 {
        let running = locked(&self.running);
        (1..=u64::MAX).map(|n| u64::MAX - n).find(|n| !running.contains_key(n)).unwrap_or(u64::MAX)
    }

    pub fn in_flight(&self) -> Vec<Operation> {
        locked(&self.running).values().map(|r| r.latest.clone()).collect()
    }

    /// Sends a report. Held back while the reader is behind; never dropped before the console is left.
    pub async fn report(&self, operation: Operation) {
        if let Some(r) = locked(&self.running).get_mut(&operation.request) {
            r.latest = operation.clone();
        }
        if let Err(mpsc::error::TrySendError::Full(operation)) = self.events.try_send(operation) {
            tokio::select! {
                () = self.cancel.cancelled() => {}
                _ = self.events.send(operation) => {}
            }
        }
    }

    /// Puts an order of this process into the journal.
    pub async fn tell(&self, id: &OperationId, order: Order, by: &Label) -> bool {
        let told = self.journal.order(id, order, by, (self.clock)().wall).await.is_ok();
        self.wake(id);
        told
    }
}

/// The maps stay whole whoever panicked while holding them: each change is a single insert, remove or assignment.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
