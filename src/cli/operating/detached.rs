//! Operations of a real estate as a console sees them: begun here or by another console, each driven by a runner process of its own.
//! The files are looked at a few times a second, off the loop; whatever changed comes out as events.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::desk::Desk;
use super::standing::STARTS;
use crate::domain::{GuardRules, Label, Now, Operation, OperationId, Order, Phase, Plan, Scope};
use crate::journal::{Claim, Filter, Journal};
use crate::providers::WritePermit;

/// Reports that may wait for the loop.
const DEPTH: usize = 256;
/// Between two looks at the files.
const PACE: Duration = Duration::from_millis(300);
/// Looks between two searches of the journal for operations of others, and between two looks at one that rests.
const SEARCH: u32 = 4;
/// How far back the first search goes for operations that are over.
const RECENT: Duration = Duration::from_hours(1);
/// Searches overlap by this much: a record is written a moment after its time stamp.
const OVERLAP: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub struct Detached {
    shared: Arc<Shared>,
    events: Option<mpsc::Receiver<Operation>>,
    tasks: TaskTracker,
    runtime: Handle,
}

#[derive(Debug)]
struct Shared {
    desk: Desk,
    events: mpsc::Sender<Operation>,
    principals: Mutex<BTreeMap<Scope, Label>>,
    /// Operations begun here, by the number of their request.
    ours: Mutex<BTreeMap<OperationId, u64>>,
    /// On record and claimed by us, until their turn comes.
    lined_up: Mutex<BTreeMap<u64, oneshot::Receiver<Place>>>,
    /// Let go of for a runner that has not claimed them yet: whatever the files say, they are not interrupted.
    starting: Mutex<BTreeMap<OperationId, Now>>,
    /// Something was begun or told: look now.
    wake: Notify,
}

/// An operation that waits for its turn. Letting go of the claim leaves it to whoever takes it up.
type Place = (OperationId, Claim);

impl Detached {
    /// Must be called within a tokio runtime. Cancelling `cancel` ends the following, not the operations.
    pub fn start(desk: Desk, cancel: CancellationToken) -> Self {
        let (events, receiver) = mpsc::channel(DEPTH);
        let shared = Arc::new(Shared {
            desk,
            events,
            principals: Mutex::default(),
            ours: Mutex::default(),
            lined_up: Mutex::default(),
            starting: Mutex::default(),
            wake: Notify::new(),
        });
        let follower = Follower { shared: Arc::clone(&shared), known: BTreeMap::new(), round: 0, searched: None };
        tokio::spawn(cancel.run_until_cancelled_owned(follower.run()));
        Self { shared, events: Some(receiver), tasks: TaskTracker::new(), runtime: Handle::current() }
    }

    pub fn admit(&self, permit: &WritePermit) {
        locked(&self.shared.principals).insert(permit.scope().clone(), permit.principal().clone());
    }

    pub fn begin(&self, request: u64, plan: Plan, rules: GuardRules) {
        let shared = Arc::clone(&self.shared);
        self.tasks.spawn_on(async move { shared.begin(request, plan, rules).await }, &self.runtime);
    }

    pub fn line_up(&self, waiting: Vec<(u64, Plan, GuardRules)>) {
        for (request, plan, rules) in waiting {
            let (tx, rx) = oneshot::channel();
            // Before anything is written: its turn may come first.
            locked(&self.shared.lined_up).insert(request, rx);
            let shared = Arc::clone(&self.shared);
            self.tasks.spawn_on(async move { shared.line_up(request, plan, rules, tx).await }, &self.runtime);
        }
    }

    pub fn dismiss(&self, requests: &[u64], why: &Label) {
        for request in requests {
            let Some(place) = locked(&self.shared.lined_up).remove(request) else { continue };
            let (shared, why) = (Arc::clone(&self.shared), why.clone());
            self.tasks.spawn_on(async move { shared.dismiss(place, &why).await }, &self.runtime);
        }
    }

    pub async fn order(&self, id: OperationId, order: Order) -> Result<(), Label> {
        let shared = Arc::clone(&self.shared);
        let told = self.tasks.spawn_on(
            async move {
                let told = shared.desk.order(&id, order).await;
                shared.wake.notify_one();
                told.map_err(Label::from)
            },
            &self.runtime,
        );
        told.await.unwrap_or_else(|e| Err(Label::new(e.to_string())))
    }

    pub fn events(&mut self) -> Option<mpsc::Receiver<Operation>> {
        self.events.take()
    }

    pub fn journal(&self) -> &Journal {
        &self.shared.desk.journal
    }

    /// Runners that are being started get their record and their process before we go.
    pub async fn finished(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Shared {
    /// Records a plan without beginning it, and keeps others from taking it for one that nobody drives any more.
    async fn line_up(&self, request: u64, plan: Plan, rules: GuardRules, place: oneshot::Sender<Place>) {
        let principal = locked(&self.principals).get(&plan.target.scope).cloned();
        let Some(principal) = principal else { return };
        let id = match self.desk.record(&plan, &rules, &principal).await {
            Ok(id) => id,
            // Its turn tries again, and says what is wrong.
            Err(why) => return tracing::warn!(%why, "cannot be lined up"),
        };
        let (journal, now) = (self.desk.journal.clone(), self.desk.clock.now().wall);
        let mut operation = Operation::new(id.clone(), request, plan.target.clone(), plan.request.word(), plan.title.clone(), now);
        (operation.phase, operation.note) = (Phase::Paused, Label::new("waits for its turn: it was confirmed together with others"));
        let claimed = tokio::task::spawn_blocking(move || {
            let claim = journal.claim(&operation.id)?;
            journal.publish(&operation).map(|()| claim)
        });
        match claimed.await {
            Ok(Ok(Some(claim))) => {
                locked(&self.ours).insert(id.clone(), request);
                // Dismissed meanwhile: the claim goes, and what was recorded is ended by who dismissed it.
                let _ = place.send((id, claim));
                self.wake.notify_one();
            }
            other => tracing::warn!(%id, ?other, "cannot be lined up"),
        }
    }

    async fn dismiss(&self, place: oneshot::Receiver<Place>, why: &Label) {
        let Ok((id, claim)) = place.await else { return };
        if let Err(e) = self.desk.journal.end(&id, Phase::Refused, why, None, self.desk.clock.now().wall).await {
            tracing::error!(%id, %e, "not on record");
        }
        drop(claim);
        self.wake.notify_one();
    }

    /// Begins what was lined up; false where it never came on record.
    async fn begin_in_turn(&self, place: oneshot::Receiver<Place>) -> bool {
        let Ok((id, claim)) = place.await else { return false };
        locked(&self.starting).insert(id.clone(), self.desk.clock.now());
        drop(claim);
        if let Err(why) = self.desk.start(&id).await {
            tracing::warn!(%id, %why, "no runner");
            locked(&self.starting).remove(&id);
        }
        self.wake.notify_one();
        true
    }

    async fn begin(&self, request: u64, plan: Plan, rules: GuardRules) {
        let place = locked(&self.lined_up).remove(&request);
        if let Some(place) = place
            && self.begin_in_turn(place).await
        {
            return;
        }
        let principal = locked(&self.principals).get(&plan.target.scope).cloned();
        let recorded = match principal {
            Some(principal) => self.desk.record(&plan, &rules, &principal).await,
            None => Err(Label::new(format!("this console may not change {}: no write permit was given for it", plan.target.scope))),
        };
        let id = match recorded {
            Ok(id) => id,
            Err(why) => return self.refuse(request, &plan, why).await,
        };
        locked(&self.ours).insert(id.clone(), request);
        self.wake.notify_one();
        if let Err(why) = self.desk.start(&id).await {
            tracing::warn!(%id, %why, "no runner");
        }
        self.wake.notify_one();
    }

    /// Not on record: nobody else will ever hear of it.
    async fn refuse(&self, request: u64, plan: &Plan, why: Label) {
        let now = self.desk.clock.now().wall;
        let id = OperationId::new(now, (request & 0xffff) as u16);
        let mut operation = Operation::new(id, request, plan.target.clone(), plan.request.word(), plan.title.clone(), now);
        operation.phase = Phase::Refused;
        operation.note = Label::new(format!("stopped before anything was sent: {why}"));
        operation.ended = Some(now);
        // The loop has ended: nobody is left to tell.
        let _ = self.events.send(operation).await;
    }
}

impl Shared {
    /// Whether what the files say of an operation counts: not while its runner is only starting.
    fn is_up(&self, id: &OperationId, claimed: bool) -> bool {
        let mut starting = locked(&self.starting);
        let now = self.desk.clock.now();
        let waits = starting.get(id).is_some_and(|since| !claimed && now.since(*since) < STARTS);
        if !waits {
            starting.remove(id);
        }
        !waits
    }
}

/// The one task that looks.
struct Follower {
    shared: Arc<Shared>,
    known: BTreeMap<OperationId, Known>,
    round: u32,
    /// Newest moment up to which the journal was searched.
    searched: Option<Timestamp>,
}

/// One operation, as last reported.
struct Known {
    last: Option<Operation>,
    claimed: bool,
    /// Over for good: not looked at any more.
    over: bool,
}

impl Follower {
    async fn run(mut self) {
        loop {
            if let Err(e) = self.look().await {
                tracing::warn!(%e, "operations cannot be followed");
            }
            // Woken or not: the next look is due.
            let _ = timeout(PACE, self.shared.wake.notified()).await;
            self.round = self.round.wrapping_add(1);
        }
    }

    async fn look(&mut self) -> Result<(), Label> {
        let said = |e: crate::journal::JournalError| Label::new(e.to_string());
        let desk = &self.shared.desk;
        let now = desk.clock.now().wall;
        let ours: Vec<OperationId> = locked(&self.shared.ours).keys().cloned().collect();
        let mut found = ours;
        if self.round.is_multiple_of(SEARCH) {
            match self.searched {
                None => {
                    found.extend(desk.journal.open_ends().await.map_err(said)?);
                    found.extend(self.since(now - RECENT).await?);
                }
                Some(then) => found.extend(self.since(then - OVERLAP).await?),
            }
            self.searched = Some(now);
        }
        for id in found {
            self.known.entry(id).or_insert(Known { last: None, claimed: false, over: false });
        }
        let due: Vec<OperationId> = self.known.iter().filter(|(_, k)| !k.over).map(|(id, _)| id.clone()).collect();
        for id in due {
            self.look_at(&id).await;
        }
        Ok(())
    }

    async fn since(&self, since: Timestamp) -> Result<Vec<OperationId>, Label> {
        let filter = Filter { since: Some(since), ..Filter::default() };
        let entries = self.shared.desk.journal.list(filter).await.map_err(|e| Label::new(e.to_string()))?;
        Ok(entries.into_iter().map(|e| e.id).collect())
    }

    async fn look_at(&mut self, id: &OperationId) {
        let desk = &self.shared.desk;
        let claimed = desk.is_claimed(id).await;
        if !self.shared.is_up(id, claimed) {
            return;
        }
        let Some(known) = self.known.get_mut(id) else { return };
        let rests = !claimed && !known.claimed && known.last.as_ref().is_some_and(|o| o.phase.is_open_end());
        if rests && !self.round.is_multiple_of(SEARCH) {
            return;
        }
        known.claimed = claimed;
        let operation = match (claimed, desk.published(id).await) {
            // The record need not be read while its driver speaks.
            (true, Some(published)) => published,
            _ => match desk.find(id).await {
                Ok(Some(found)) => found.standing(desk.clock.now().wall),
                Ok(None) => return,
                Err(e) => {
                    // Such as a record of the first version.
                    tracing::debug!(%id, %e, "cannot be followed");
                    known.over = true;
                    return;
                }
            },
        };
        known.over = !claimed && operation.phase.is_over() && !operation.phase.is_open_end();
        let request = locked(&self.shared.ours).get(id).copied().unwrap_or_default();
        let operation = Operation { request, ..operation };
        if known.last.as_ref() != Some(&operation) {
            known.last = Some(operation.clone());
            // The loop has ended: the task ends with it.
            let _ = self.shared.events.send(operation).await;
        }
    }
}

/// The maps stay whole whoever panicked while holding them: each change is a single insert.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::estate::AwsEstate;
    use crate::cli::open;
    use crate::cli::runner::Runners;
    use crate::config::OperationSettings;
    use crate::config::probe::ProbeSettings;
    use crate::domain::plan::fixture;
    use crate::domain::{Fact, Identity};
    use crate::engine::Clock;
    use crate::journal::Entry;
    use crate::providers::{Access, aws};

    /// A console's operations over a throw-away journal; nothing is ever begun in here.
    fn detached(journal: &Journal) -> Detached {
        let estate = AwsEstate {
            name: Label::new("test"),
            profile: None,
            regions: vec!["eu-central-1".to_owned()],
            endpoint_url: None,
            ca_bundle: None,
            account: None,
            access: Access::ReadWrite,
            guard: GuardRules::default(),
            operations: OperationSettings::default(),
            probe: ProbeSettings::default(),
            surroundings: aws::Surroundings::default(),
        };
        let runners = Runners::beside(std::path::Path::new("/nowhere/journal.db"));
        let desk = Desk::new(journal.clone(), runners, Some(estate), Arc::new(|| None), Clock::system());
        let detached = Detached::start(desk, CancellationToken::new());
        let scope = fixture::group(4).id.scope;
        let identity = Identity { scope, account: "1".into(), principal: "kim".into(), expires: None, skew_seconds: None };
        detached.admit(&open::grant(Access::ReadWrite, &identity).unwrap());
        detached
    }

    async fn entries(journal: &Journal) -> Vec<Entry> {
        journal.list(Filter::default()).await.unwrap()
    }

    /// One that waits, once it is on record and claimed.
    async fn waiting(detached: &Detached, journal: &Journal) -> OperationId {
        detached.line_up(vec![(7, fixture::scale_to(&fixture::group(4), 5), GuardRules::default())]);
        detached.finished().await;
        let [entry] = &entries(journal).await[..] else { panic!("one is on record") };
        entry.id.clone()
    }

    #[tokio::test]
    async fn what_waits_for_its_turn_is_on_record_and_ours_until_this_console_ends() {
        let journal = Journal::throwaway().unwrap();
        let detached = detached(&journal);
        let id = waiting(&detached, &journal).await;
        assert!(journal.is_claimed(&id).unwrap(), "nobody takes it for one that was left");
        // The console ends, however it ends: the next one finds it.
        drop(locked(&detached.shared.lined_up).remove(&7));
        assert!(!journal.is_claimed(&id).unwrap());
        assert_eq!(journal.open_ends().await.unwrap(), [id]);
    }

    /// A runner claims and begins between two reads of whoever looks: it is driven, and at no moment interrupted.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_taken_up_while_it_is_looked_at_is_not_interrupted() {
        let journal = Journal::throwaway().unwrap();
        let detached = detached(&journal);
        let desk = &detached.shared.desk;
        for round in 0..60_u64 {
            let plan = fixture::scale_to(&fixture::group(4), 5);
            let id = desk.record(&plan, &GuardRules::default(), &Label::new("kim")).await.unwrap();
            let (runner, own) = (journal.clone(), id.clone());
            let driven = tokio::spawn(async move {
                tokio::time::sleep(Duration::from_micros(round * 37 % 900)).await;
                let claim = runner.claim(&own).unwrap().expect("nobody else claims it");
                let fact = Fact::Driver { by: Label::new("runner") };
                runner.fact(&own, &fact, Now::at(0).wall).await.unwrap();
                tokio::time::sleep(Duration::from_millis(20)).await;
                claim
            });
            while !driven.is_finished() {
                let found = desk.find(&id).await.unwrap().expect("it is on record");
                let phase = found.standing(desk.clock.now().wall).phase;
                assert_ne!(phase, Phase::Interrupted, "round {round}, claimed {}", found.claimed);
            }
            drop(driven.await.unwrap());
        }
    }

    #[tokio::test]
    async fn what_is_dismissed_ends_and_says_why() {
        let journal = Journal::throwaway().unwrap();
        let detached = detached(&journal);
        let id = waiting(&detached, &journal).await;
        detached.dismiss(&[7, 8], &Label::new("not begun: halted at portal (failed)"));
        detached.finished().await;
        let [entry] = &entries(&journal).await[..] else { panic!() };
        assert_eq!((&entry.id, entry.phase), (&id, Some(Phase::Refused)));
        assert_eq!(entry.outcome.as_deref(), Some("not begun: halted at portal (failed)"));
        assert!(!journal.is_claimed(&id).unwrap() && journal.open_ends().await.unwrap().is_empty());
    }
}
