//! Whole operations against a scripted cloud under paused time. Each test counts the calls that were made: that count is the promise.

mod cloud;
pub(super) mod crash;
mod crashes;
mod driving;
mod estate;
mod following;
mod redeploys;
mod sending;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::domain::plan::fixture;
use crate::domain::{Call, Group, Identity, ScaleRequest};
use crate::journal::{Entry, Filter};
use crate::providers::Access;

use cloud::Cloud;

const PRINCIPAL: &str = "arn:aws:sts::471100000000:assumed-role/ops/kim";

fn identity(principal: &str) -> Identity {
    Identity {
        scope: fixture::scope(),
        account: Label::new("471100000000"),
        principal: Label::new(principal),
        expires: None,
        skew_seconds: None,
    }
}

/// A console with its journal, allowed to change the cloud's scope.
struct Console {
    operations: Operations,
    events: mpsc::Receiver<Operation>,
    journal: Journal,
    cancel: CancellationToken,
    /// Everything reported so far.
    seen: Vec<Operation>,
}

impl Console {
    fn of(cloud: &Arc<Cloud>) -> Self {
        Self::with(Journal::throwaway().unwrap()).admit(cloud)
    }

    fn admit(self, cloud: &Arc<Cloud>) -> Self {
        let permit = WritePermit::grant(Access::ReadWrite, &identity(PRINCIPAL)).unwrap();
        self.operations.admit(permit, Arc::clone(cloud) as Arc<dyn Operator>);
        self
    }

    fn with(journal: Journal) -> Self {
        let origin = Instant::now();
        let clock: Clock = Arc::new(move || {
            let mono = origin.elapsed();
            Now::new(Now::at(0).wall.checked_add(mono).unwrap(), mono)
        });
        let cancel = CancellationToken::new();
        let mut operations = Operations::start(journal.clone(), clock, cancel.clone());
        let events = operations.events().unwrap();
        Self { operations, events, journal, cancel, seen: Vec::new() }
    }

    fn begin(&self, request: u64, plan: Plan) {
        self.operations.begin(request, plan, GuardRules::default(), serde_json::Value::Null);
    }

    /// Reads reports of `request` until one satisfies `want`.
    async fn until(&mut self, request: u64, want: impl Fn(&Operation) -> bool) -> Operation {
        loop {
            let operation = self.events.recv().await.expect("operations report until they end");
            // Virtual time is free: without a limit, a goal that is never reached would spin for ever.
            assert!(self.seen.len() < 2_000, "no end in sight: {} {}", operation.phase.word(), operation.note);
            self.seen.push(operation.clone());
            if operation.request == request && want(&operation) {
                return operation;
            }
            assert!(
                operation.request != request || !operation.phase.is_over(),
                "it ended early: {} {}",
                operation.phase.word(),
                operation.note
            );
        }
    }

    async fn phase(&mut self, request: u64, phase: Phase) -> Operation {
        self.until(request, |o| o.phase == phase).await
    }

    async fn end(&mut self, request: u64) -> Operation {
        self.until(request, |o| o.phase.is_over()).await
    }

    /// The journal's entry, complete once the operation ended.
    async fn entry(&self, operation: &Operation) -> Entry {
        let filter = Filter { id: Some(operation.id.clone()), ..Filter::default() };
        self.journal.list(filter).await.unwrap().pop().expect("every operation is in the journal")
    }
}

/// Begins `plan` and waits for its end.
async fn carry_out(cloud: &Arc<Cloud>, plan: Plan) -> (Console, Operation, Entry) {
    let mut console = Console::of(cloud);
    console.begin(1, plan);
    let end = console.end(1).await;
    let entry = console.entry(&end).await;
    assert_eq!(entry.phase, Some(end.phase), "the journal says the same as the screen");
    assert_eq!(entry.outcome.as_ref(), Some(&end.note));
    assert_eq!(entry.ended.is_some(), end.ended.is_some());
    assert!(console.operations.in_flight().is_empty());
    (console, end, entry)
}

fn set_desired(desired: u32) -> Call {
    Call::SetDesired { group: fixture::group(6).id, desired, honor_cooldown: false }
}

fn request(desired: u32) -> ScaleRequest {
    ScaleRequest::to(&fixture::group(6).id, desired)
}

fn behind_a_balancer(desired: u32) -> Group {
    let mut group = fixture::group(desired);
    group.pools = vec![fixture::pool_id()];
    group
}
