//! A crash between every two journal writes. The driver and all its memory are dropped; the simulated cloud and the journal stay; another
//! driver takes the operation up. Written for any world behind an [`Operator`], so that every strategy is put through it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::domain::{
    Alarm, Call, Database, Group, GuardRules, Identity, Operation, OperationId, Order, Phase, Plan, ResourceId, TargetPool,
};
use crate::journal::fuse::{Burns, Fuse};
use crate::journal::{Journal, NewOperation};
use crate::operate::{Clock, run_one};
use crate::providers::{Operator, ProviderError, Signals, WritePermit};

/// How long an operation may take on the simulated clock, crashes included.
const LIMIT: Duration = Duration::from_hours(48);

/// Everything that outlives a driver.
pub(in crate::operate) struct Stage {
    pub journal: Journal,
    pub operator: Arc<Witness>,
    pub permit: WritePermit,
    pub clock: Clock,
    pub plan: Plan,
    pub rules: GuardRules,
}

impl Stage {
    pub fn new(operator: Arc<dyn Operator>, permit: WritePermit, clock: Clock, plan: Plan, rules: GuardRules) -> Self {
        Self { journal: Journal::at_hand(), operator: Witness::of(operator), permit, clock, plan, rules }
    }

    /// Writes the operation down, as the console does before it hands it to a runner.
    pub async fn begin(&self) -> OperationId {
        let new = NewOperation {
            started: (self.clock)().wall,
            principal: self.permit.principal().clone(),
            plan: self.plan.clone(),
            rules: self.rules.clone(),
            way: serde_json::Value::Null,
            before: None,
            after: None,
        };
        self.journal.begin(new).await.expect("a journal in memory takes it")
    }

    /// Drives it until it ends; `None`: the fuse burnt, and the driver is gone.
    pub async fn drive(&self, id: &OperationId, fuse: &Fuse) -> Option<Operation> {
        let journal = self.journal.fused(fuse);
        *self.operator.fuse.lock().unwrap_or_else(PoisonError::into_inner) = Some(fuse.clone());
        let drive = run_one(
            journal,
            id,
            Arc::clone(&self.operator) as Arc<dyn Operator>,
            self.permit.clone(),
            self.clock(),
            CancellationToken::new(),
        );
        tokio::select! {
            biased;
            () = fuse.burnt() => None,
            end = timeout(LIMIT, drive) => Some(end.expect("it ends").expect("the journal knows it")),
        }
    }

    fn clock(&self) -> Clock {
        Arc::clone(&self.clock)
    }

    /// Calls that reached the cloud.
    pub fn calls(&self) -> Vec<Call> {
        self.operator.calls()
    }

    pub async fn group(&self) -> Group {
        self.operator.read_group(&self.plan.target).await.expect("the simulated cloud answers")
    }
}

/// What became of one crash.
#[derive(Debug)]
pub(in crate::operate) struct Survived {
    pub burns: Burns,
    pub end: Operation,
    /// Calls that reached the cloud.
    pub calls: Vec<Call>,
}

/// Runs an operation as often as it writes to the journal, twice each, with a crash at that write; `check` judges the world and the end.
/// Returns how many crash points there were.
pub(in crate::operate) async fn every_crash(name: &str, make: impl AsyncFn() -> Stage, check: impl AsyncFn(&Stage, &Survived)) -> u32 {
    let stage = make().await;
    let (id, fuse) = (stage.begin().await, Fuse::new(Burns::Never));
    let end = stage.drive(&id, &fuse).await.expect("nothing burns");
    let writes = fuse.writes();
    check(&stage, &Survived { burns: Burns::Never, end, calls: stage.calls() }).await;
    let mut points = 0;
    for number in 1..=writes {
        for burns in [Burns::After(number), Burns::Before(number)] {
            let stage = make().await;
            let id = stage.begin().await;
            if let Some(end) = stage.drive(&id, &Fuse::new(burns)).await {
                // Another morning of the same estate may take fewer writes.
                check(&stage, &Survived { burns, end, calls: stage.calls() }).await;
                continue;
            }
            points += 1;
            let end = carry_on(&stage, &id, number).await;
            check(&stage, &Survived { burns, end, calls: stage.calls() }).await;
        }
    }
    eprintln!("{name}: {points} crash points over {writes} journal writes");
    assert!(points > 0, "{name}: no crash ever struck");
    points
}

/// Takes it up after the crash. Every third time the next driver dies too, soon after.
pub(in crate::operate) async fn carry_on(stage: &Stage, id: &OperationId, number: u32) -> Operation {
    if number.is_multiple_of(3)
        && let Some(end) = stage.drive(id, &Fuse::new(Burns::After(1 + number % 4))).await
    {
        return end;
    }
    stage.drive(id, &Fuse::new(Burns::Never)).await.expect("nothing burns")
}

/// Gives an order as another process would.
pub(in crate::operate) async fn tell(stage: &Stage, id: &OperationId, order: Order) {
    let at = (stage.clock)().wall;
    stage.journal.order(id, order, &"kim@laptop".into(), at).await.expect("a journal in memory takes it");
}

/// No call reached the cloud twice. Give-backs and takings of processes are told apart by their turns, so they may recur as often as said.
pub(in crate::operate) fn assert_once(survived: &Survived) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for call in &survived.calls {
        *seen.entry(format!("{call:?}")).or_default() += 1;
    }
    let twice: Vec<_> = seen.iter().filter(|(_, n)| **n > 1).collect();
    assert!(
        twice.is_empty(),
        "{:?}: made twice: {twice:?}; it ended {} ({})",
        survived.burns,
        survived.end.phase.word(),
        survived.end.note
    );
}

/// It ended as it was to end.
pub(in crate::operate) fn assert_end(survived: &Survived, phase: Phase) {
    assert_eq!(survived.end.phase, phase, "{:?}: {}", survived.burns, survived.end.note);
    assert_eq!(survived.end.borrowed, [], "{:?}: {}", survived.burns, survived.end.note);
}

/// Counts what passes through to the cloud.
pub(in crate::operate) struct Witness {
    inner: Arc<dyn Operator>,
    calls: Mutex<Vec<Call>>,
    /// The fuse of the driver at work, and the writes that came before each call.
    fuse: Mutex<Option<Fuse>>,
    written: Mutex<Vec<u32>>,
}

impl Witness {
    pub fn of(inner: Arc<dyn Operator>) -> Arc<Self> {
        Arc::new(Self { inner, calls: Mutex::default(), fuse: Mutex::default(), written: Mutex::default() })
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The numbers of the writes after which a call left.
    pub fn written(&self) -> Vec<u32> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Operator for Witness {
    async fn identity(&self) -> Result<Identity, ProviderError> {
        self.inner.identity().await
    }

    async fn read_group(&self, group: &ResourceId) -> Result<Group, ProviderError> {
        self.inner.read_group(group).await
    }

    async fn read_pools(&self, pools: &[ResourceId]) -> Result<Vec<TargetPool>, ProviderError> {
        self.inner.read_pools(pools).await
    }

    async fn read_signals(&self, group: &Group, pools: &[TargetPool]) -> Result<Signals, ProviderError> {
        self.inner.read_signals(group, pools).await
    }

    async fn read_database(&self, database: &ResourceId) -> Result<Database, ProviderError> {
        self.inner.read_database(database).await
    }

    async fn read_alarm(&self, alarm: &ResourceId) -> Result<Alarm, ProviderError> {
        self.inner.read_alarm(alarm).await
    }

    async fn call(&self, call: &Call) -> Result<(), ProviderError> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
        let writes = self.fuse.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(Fuse::writes);
        self.written.lock().unwrap_or_else(PoisonError::into_inner).extend(writes);
        self.inner.call(call).await
    }
}
