//! One operation in a process of its own: driven from wherever it stands to its end, progress left where other processes see it.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::domain::{Label, Operation, OperationId, Phase};
use crate::journal::{Journal, JournalError};
use crate::providers::{Operator, WritePermit};

use super::desk::{Admitted, Desk, Taken};
use super::driver::Driver;
use super::interrupted::retold;
use super::known::Known;
use super::procedure::procedure_of;
use super::{Clock, DEPTH};

/// Drives an operation that the journal knows, new or left by another process, until it ends or `cancel` stops it where it can. Its
/// progress is published with every step. An error means that nothing was done: the journal does not tell of it.
pub async fn run_one(
    journal: Journal,
    id: &OperationId,
    operator: Arc<dyn Operator>,
    permit: WritePermit,
    clock: Clock,
    cancel: CancellationToken,
) -> Result<Operation, JournalError> {
    let stored = journal.load(id).await?;
    let (events, mut reports) = mpsc::channel(DEPTH);
    let desk = Arc::new(Desk::new(journal, clock, cancel, events));
    let Some(stored) = stored else {
        return Err(JournalError::Unknown { id: id.clone() });
    };
    let mut operation = retold(&stored);
    let refused = |mut operation: Operation, why: String| {
        (operation.phase, operation.note) = (Phase::Interrupted, Label::new(why));
        operation
    };
    if stored.entry.phase.is_some_and(|p| p.is_over() && !p.is_open_end()) {
        return Ok(operation);
    }
    let procedure = procedure_of(&stored.plan);
    if *permit.scope() != stored.plan.target.scope {
        return Ok(refused(operation, format!("the permit is for {}, not for {}", permit.scope(), stored.plan.target.scope)));
    }
    operation.ended = None;
    operation.phase = Phase::Checking;
    operation.note = Label::new("reading it again");
    let Taken::Free(lines) = desk.take(&operation, false) else {
        return Ok(refused(operation, "it is driven here already".to_owned()));
    };
    let driver = Driver::new(desk, Admitted { permit, operator }, operation, Known::of(&stored), procedure, lines);
    let drive = driver.drive();
    tokio::pin!(drive);
    loop {
        tokio::select! {
            biased;
            end = &mut drive => return Ok(end),
            // They are published already: nobody here reads them.
            _ = reports.recv() => {}
        }
    }
}
