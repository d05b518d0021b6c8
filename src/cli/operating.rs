//! How this process has operations carried out: as tasks of its own on the simulated estate, by a runner process each on a real one.
//! Consoles and scripts see the same: they begin, they order, they follow.

pub mod desk;
mod detached;
pub mod past;
pub mod standing;

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::domain::{GuardRules, Label, Operation, OperationId, Order, Plan};
use crate::journal::Journal;
use crate::operate::Operations;
use crate::providers::{Operator, WritePermit};

pub use desk::Desk;
pub use detached::Detached;

/// The handle to all operations that this console sees.
#[derive(Debug)]
pub enum Operating {
    /// Tasks of this process: they end with it.
    Here { operations: Operations, journal: Journal },
    /// Runner processes: they go on without us.
    Detached(Detached),
}

impl Operating {
    /// A scope may be changed from now on.
    pub fn admit(&self, permit: WritePermit, operator: Arc<dyn Operator>) {
        match self {
            Self::Here { operations, .. } => operations.admit(permit, operator),
            // The operator is the runner's own; ours would only tempt.
            Self::Detached(detached) => detached.admit(&permit),
        }
    }

    /// Begins a confirmed plan and returns at once; everything that follows, refusals too, comes as events with this request's number.
    pub fn begin(&self, request: u64, plan: Plan, rules: GuardRules) {
        match self {
            Self::Here { operations, .. } => operations.begin(request, plan, rules, serde_json::Value::Null),
            Self::Detached(detached) => detached.begin(request, plan, rules),
        }
    }

    /// Puts confirmed plans on record that wait for their turn: each is begun under the same number, or dismissed. Whatever becomes of this
    /// process, another one finds them. Tasks of this process end with it, and so would what waits for them.
    pub fn line_up(&self, waiting: Vec<(u64, Plan, GuardRules)>) {
        if let Self::Detached(detached) = self {
            detached.line_up(waiting);
        }
    }

    /// Those of these numbers that were lined up are not begun any more.
    pub fn dismiss(&self, requests: &[u64], why: &Label) {
        if let Self::Detached(detached) = self {
            detached.dismiss(requests, why);
        }
    }

    /// Tells an operation something. The error is a sentence for the screen.
    pub async fn order(&self, id: OperationId, order: Order) -> Result<(), Label> {
        match self {
            Self::Here { operations, .. } => {
                operations.order(&id, order);
                Ok(())
            }
            Self::Detached(detached) => detached.order(id, order).await,
        }
    }

    /// What the operations say. Taken once.
    pub fn events(&mut self) -> Option<mpsc::Receiver<Operation>> {
        match self {
            Self::Here { operations, .. } => operations.events(),
            Self::Detached(detached) => detached.events(),
        }
    }

    pub fn journal(&self) -> &Journal {
        match self {
            Self::Here { journal, .. } => journal,
            Self::Detached(detached) => detached.journal(),
        }
    }

    /// Waits for what must not be cut off: tasks of this process, runners that are just being started.
    pub async fn finished(&self) {
        match self {
            Self::Here { operations, .. } => operations.finished().await,
            Self::Detached(detached) => detached.finished().await,
        }
    }
}
