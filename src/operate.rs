//! Carries out confirmed plans: check again, journal the intent, call once, follow until the goal, journal the outcome.
//!
//! Each operation is a task of its own that reports whole [`Operation`] values. It knows no screen and no poller; the present comes
//! from the clock it is given, the world from the [`Operator`] of its scope, and only where a [`WritePermit`] was admitted.

mod check;
mod end;
mod goal;
mod known;
mod look;
mod procedure;
mod run;
mod send;
mod strategy;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::domain::{GuardRules, Label, Now, Operation, OperationId, Phase, Plan, ResourceId, Scope};
use crate::journal::Journal;
use crate::providers::{Operator, WritePermit};

use run::Run;

/// Gives the present; the monotonic half must be in step with tokio's clock.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// Reports that may wait for a slow reader before operations are held back.
const DEPTH: usize = 256;

/// The handle to all operations of this process.
pub struct Operations {
    desk: Arc<Desk>,
    runtime: Handle,
    events: Option<mpsc::Receiver<Operation>>,
}

/// What every running operation shares.
struct Desk {
    journal: Journal,
    clock: Clock,
    cancel: CancellationToken,
    events: mpsc::Sender<Operation>,
    admitted: Mutex<BTreeMap<Scope, Admitted>>,
    running: Mutex<BTreeMap<ResourceId, Running>>,
    tasks: TaskTracker,
}

/// A scope that may be changed, and by whom.
#[derive(Clone)]
struct Admitted {
    permit: WritePermit,
    operator: Arc<dyn Operator>,
}

/// The one operation of a group.
struct Running {
    request: u64,
    latest: Operation,
    /// All of its calls are answered: it only looks on, and a newer operation may take over.
    sent: bool,
    /// Told the title of the operation that takes over.
    relieve: watch::Sender<Option<Label>>,
}

impl Operations {
    /// Must be called within a tokio runtime, which will carry the operations. Cancelling `cancel` makes each stop where it can.
    pub fn start(journal: Journal, clock: Clock, cancel: CancellationToken) -> Self {
        let (events, receiver) = mpsc::channel(DEPTH);
        let desk =
            Desk { journal, clock, cancel, events, admitted: Mutex::default(), running: Mutex::default(), tasks: TaskTracker::new() };
        Self { desk: Arc::new(desk), runtime: Handle::current(), events: Some(receiver) }
    }

    /// Lets operations change the permit's scope through `operator`. A later permit for the same scope replaces the earlier.
    pub fn admit(&self, permit: WritePermit, operator: Arc<dyn Operator>) {
        locked(&self.desk.admitted).insert(permit.scope().clone(), Admitted { permit, operator });
    }

    /// Begins a confirmed plan and returns at once; everything that follows, refusals too, comes as events with this request's number.
    ///
    /// A group has one operation at a time. One whose calls are all answered only looks on: a newer one takes over from it, so that
    /// what got stuck can be taken back.
    pub fn begin(&self, request: u64, plan: Plan, rules: GuardRules) {
        let desk = Arc::clone(&self.desk);
        let operation = desk.first(request, &plan);
        let admitted = locked(&desk.admitted).get(&plan.target.scope).cloned();
        let Some(admitted) = admitted else {
            return self.refuse(operation, format!("this console may not change {}: no write permit was given for it", plan.target.scope));
        };
        let relieved = match desk.take_group(request, &operation) {
            Ok(relieved) => relieved,
            Err(other) => return self.refuse(operation, format!("{other} is being sent to this group; try again once it is")),
        };
        let run = Run::new(desk, operation, plan, rules, admitted, relieved);
        self.desk.tasks.spawn_on(run.drive(), &self.runtime);
    }

    fn refuse(&self, mut operation: Operation, why: String) {
        operation.phase = Phase::Refused;
        operation.note = Label::new(why);
        operation.ended = Some((self.desk.clock)().wall);
        let desk = Arc::clone(&self.desk);
        self.desk.tasks.spawn_on(async move { desk.report(operation).await }, &self.runtime);
    }

    /// The stream of reports, newest state of an operation last. Taken once; `None` afterwards.
    pub fn events(&mut self) -> Option<mpsc::Receiver<Operation>> {
        self.events.take()
    }

    /// Operations that are not over, as last reported.
    pub fn in_flight(&self) -> Vec<Operation> {
        locked(&self.desk.running).values().map(|r| r.latest.clone()).collect()
    }

    /// Waits until no operation runs. After a cancel that is well within two seconds, unless the disk hangs.
    pub async fn finished(&self) {
        self.desk.tasks.close();
        self.desk.tasks.wait().await;
    }
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operations").field("in_flight", &self.in_flight()).finish_non_exhaustive()
    }
}

impl Desk {
    /// The operation before anything happened; the journal gives it its lasting name.
    fn first(&self, request: u64, plan: &Plan) -> Operation {
        let started = (self.clock)().wall;
        let id = OperationId::new(started, (request & 0xffff) as u16);
        Operation::new(id, request, plan.target.clone(), plan.request.word(), plan.title.clone(), started)
    }

    /// Reserves the group, relieving an operation that only looks on; or the title of the one that still sends.
    fn take_group(&self, request: u64, operation: &Operation) -> Result<watch::Receiver<Option<Label>>, Label> {
        let mut running = locked(&self.running);
        if let Some(earlier) = running.get(&operation.target) {
            if !earlier.sent {
                return Err(earlier.latest.title.clone());
            }
            earlier.relieve.send_replace(Some(operation.title.clone()));
        }
        let (relieve, relieved) = watch::channel(None);
        running.insert(operation.target.clone(), Running { request, latest: operation.clone(), sent: false, relieve });
        Ok(relieved)
    }

    /// Gives the group free, unless a newer operation has it by now.
    fn leave_group(&self, operation: &Operation) {
        let mut running = locked(&self.running);
        if running.get(&operation.target).is_some_and(|r| r.request == operation.request) {
            running.remove(&operation.target);
        }
    }

    fn note_sent(&self, operation: &Operation) {
        if let Some(r) = locked(&self.running).get_mut(&operation.target).filter(|r| r.request == operation.request) {
            r.sent = true;
        }
    }

    /// Sends a report. Held back while the reader is behind; never dropped before the console is left.
    async fn report(&self, operation: Operation) {
        if let Some(r) = locked(&self.running).get_mut(&operation.target).filter(|r| r.request == operation.request) {
            r.latest = operation.clone();
        }
        if let Err(mpsc::error::TrySendError::Full(operation)) = self.events.try_send(operation) {
            tokio::select! {
                () = self.cancel.cancelled() => {}
                _ = self.events.send(operation) => {}
            }
        }
    }
}

/// The maps stay whole whoever panicked while holding them: each change is a single insert, remove or assignment.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
