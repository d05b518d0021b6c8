//! Carries out confirmed plans: check again, journal the intent, call once, follow until the goal, journal the outcome.
//!
//! Each operation is a task of its own that reports whole [`Operation`] values, or a process of its own that runs [`run_one`]. It knows no
//! screen and no poller; the present comes from the clock it is given, the world from the [`Operator`] of its scope, and only where a
//! [`WritePermit`] was admitted.

mod desk;
mod driver;
mod end;
mod floor;
mod goal;
mod interrupted;
mod known;
mod look;
mod procedure;
mod runner;
mod shows;
mod skipped;
mod strategy;
mod vigil;

use std::fmt;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::domain::{GuardRules, Label, Now, Operation, OperationId, Order, Phase, Plan, Request};
use crate::journal::{Journal, Stored};
use crate::providers::{Operator, WritePermit};

use desk::{Admitted, Desk, Taken};
use driver::Driver;
use known::Known;
use procedure::procedure_of;

pub use interrupted::{interrupted, retold};
pub use runner::run_one;

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

impl Operations {
    /// Must be called within a tokio runtime, which will carry the operations. Cancelling `cancel` makes each stop where it can.
    pub fn start(journal: Journal, clock: Clock, cancel: CancellationToken) -> Self {
        let (events, receiver) = mpsc::channel(DEPTH);
        Self { desk: Arc::new(Desk::new(journal, clock, cancel, events)), runtime: Handle::current(), events: Some(receiver) }
    }

    /// Lets operations change the permit's scope through `operator`. A later permit for the same scope replaces the earlier.
    pub fn admit(&self, permit: WritePermit, operator: Arc<dyn Operator>) {
        self.desk.admit(Admitted { permit, operator });
    }

    /// Begins a confirmed plan and returns at once; everything that follows, refusals too, comes as events with this request's number.
    /// `way` is how another process reaches the scope; null where none can.
    ///
    /// A group has one operation at a time. One whose calls are all answered only looks on: a newer one takes over from it, so that
    /// what got stuck can be taken back. A freeze is always let in: the operation under way is told to hold.
    pub fn begin(&self, request: u64, plan: Plan, rules: GuardRules, way: serde_json::Value) {
        let desk = Arc::clone(&self.desk);
        let operation = desk.first(request, &plan);
        let procedure = procedure_of(&plan);
        let Some(admitted) = desk.admitted(&plan.target.scope) else {
            return self.refuse(operation, format!("this console may not change {}: no write permit was given for it", plan.target.scope));
        };
        let lines = match desk.take(&operation, matches!(plan.request, Request::Freeze(_))) {
            Taken::Free(lines) => lines,
            Taken::By(other) => return self.refuse(operation, format!("{other} is being sent to this group; try again once it is")),
        };
        let known = Known::new(operation.id.clone(), plan, rules);
        let driver = Driver::new(desk, admitted, operation, known, procedure, lines);
        self.desk.tasks.spawn_on(driver.begin(way), &self.runtime);
    }

    /// Takes up an operation of the journal that nobody drives, interrupted or held, and drives it on; orders that lie in the journal are
    /// heard first. Events carry this request's number.
    pub fn take_up(&self, request: u64, id: &OperationId) {
        let (desk, id) = (Arc::clone(&self.desk), id.clone());
        let take_up = async move {
            match desk.journal.load(&id).await {
                Ok(Some(stored)) => Box::pin(carry_on(desk, request, stored)).await,
                Ok(None) => tracing::warn!(operation = %id, "asked to take up an operation that the journal does not know"),
                Err(e) => tracing::error!(operation = %id, "cannot take it up: {e}"),
            }
        };
        self.desk.tasks.spawn_on(take_up, &self.runtime);
    }

    /// Gives an order to an operation, whoever drives it. One that nobody drives is taken up for it, if this console may change its scope.
    /// What becomes of it shows in the operation's reports.
    pub fn order(&self, id: &OperationId, order: Order) {
        let (desk, id) = (Arc::clone(&self.desk), id.clone());
        let give = async move {
            let at = (desk.clock)().wall;
            match desk.journal.order(&id, order, &desk.user, at).await {
                Ok(()) if desk.wake(&id) || !matches!(order, Order::Resume | Order::RollBack | Order::Abandon) => {}
                Ok(()) => {
                    if let (Ok(false), Ok(Some(stored))) = (desk.journal.is_claimed(&id), desk.journal.load(&id).await)
                        && stored.entry.phase.is_none_or(|p| p.is_open_end())
                    {
                        let request = desk.own_request();
                        Box::pin(carry_on(desk, request, stored)).await;
                    }
                }
                Err(e) => tracing::error!(operation = %id, "cannot give the order to {}: {e}", order.word()),
            }
        };
        self.desk.tasks.spawn_on(give, &self.runtime);
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
        self.desk.in_flight()
    }

    /// Operations that nobody drives and no end is in sight of, newest first, with what is known done and what is not.
    pub async fn interrupted(&self) -> Vec<Operation> {
        interrupted(&self.desk.journal).await
    }

    /// Waits until no operation runs. After a cancel that is well within two seconds, unless the disk hangs.
    pub async fn finished(&self) {
        self.desk.tasks.close();
        self.desk.tasks.wait().await;
    }
}

/// Drives an operation of the journal in this process.
async fn carry_on(desk: Arc<Desk>, request: u64, stored: Stored) {
    let mut operation = retold(&stored);
    operation.request = request;
    operation.ended = None;
    operation.phase = Phase::Checking;
    let refuse = async |mut operation: Operation, why: String| {
        (operation.phase, operation.note) = (Phase::Interrupted, Label::new(why));
        operation.ended = Some((desk.clock)().wall);
        desk.report(operation).await;
    };
    let procedure = procedure_of(&stored.plan);
    let Some(admitted) = desk.admitted(&stored.plan.target.scope) else {
        return refuse(operation, format!("this console may not change {}", stored.plan.target.scope)).await;
    };
    let lines = match desk.take(&operation, false) {
        Taken::Free(lines) => lines,
        Taken::By(other) => return refuse(operation, format!("{other} is under way on this group; try again once it is over")).await,
    };
    let driver = Driver::new(Arc::clone(&desk), admitted, operation, Known::of(&stored), procedure, lines);
    driver.drive().await;
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operations").field("in_flight", &self.in_flight()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
