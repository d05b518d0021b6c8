//! The simulated estate: a model that behaves, behind the same contract as a cloud.
//!
//! [`Sim`] owns the model and its clock, and hands out copies of what it shows; no reader sees the model itself. Everything follows from
//! seed, scenario and model time. All waiting goes through `tokio::time`, so that paused tests drive it.

mod alarms;
mod balance;
mod calendar;
mod convert;
mod databases;
mod dice;
mod estate;
mod fault;
mod fleet;
mod growth;
mod health;
mod life;
mod load;
mod metrics;
mod operator;
mod read;
mod refresh;
mod routing;
mod scaling;
mod scenario;
mod signals;
mod story;
mod trouble;
mod world;

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::domain::{Call, FailureKind, Focus, Group, Now, ResourceId, Scope, SourceKind, TargetPool};

use super::{Operator, PageSink, Provider, ProviderError, Source, WritePermit};
use calendar::{Calendar, Millis};
pub use fault::{Fault, Moment, Spot};
use fault::{Strike, message};
use read::{Cursor, operation};
pub use scenario::{Scenario, ScenarioError};
pub use trouble::Trouble;
use world::{Event, World};

/// What a simulated estate is made of.
#[derive(Clone, Debug)]
pub struct SimSettings {
    /// Same seed, same estate.
    pub seed: u64,
    pub scenario: Scenario,
    /// Model seconds per second, from the start on.
    pub speed: f64,
    /// Groups and members in all; `None` = the estate of the portal app alone.
    pub groups: Option<u32>,
    pub members: Option<u32>,
    /// Wall clock at the start of the model.
    pub start: Timestamp,
}

impl SimSettings {
    /// The default story at the pace of life.
    pub fn new(start: Timestamp) -> Self {
        Self { seed: 1, scenario: Scenario::default(), speed: 1.0, groups: None, members: None, start }
    }
}

/// Estates above this many members are read less often, and their pages take longer.
const LARGE: u32 = 5_000;

/// A simulated estate. Clones show the same one.
#[derive(Clone)]
pub struct Sim {
    inner: Arc<Inner>,
}

struct Inner {
    settings: SimSettings,
    scope: Scope,
    /// When model time zero was.
    origin: Instant,
    /// Model time added by hand.
    shift: AtomicI64,
    world: Mutex<World>,
}

impl Sim {
    /// Builds the estate and lets it live through the hours before the start: milliseconds for the portal app, a good part of a second
    /// for 100,000 members.
    pub fn new(mut settings: SimSettings) -> Self {
        // A clock that stands still or runs backwards would make every wait endless.
        settings.speed = if settings.speed.is_finite() { settings.speed.clamp(0.001, 10_000.0) } else { 1.0 };
        let origin = Instant::now();
        let scope = Scope::new("sim", "demo", "eu-central-1");
        let world = Mutex::new(make_world(&settings, &scope));
        Self { inner: Arc::new(Inner { settings, scope, origin, shift: AtomicI64::new(0), world }) }
    }

    /// A copy of the estate as it stands, that lives on by itself; what is left to chance from here on follows another seed. Much cheaper
    /// than an estate of its own: nothing has to live through the hours before.
    #[must_use]
    pub fn fork(&self, seed: u64) -> Self {
        self.with(|_| ());
        self.fork_as_last_seen(seed)
    }

    /// The same of the estate as it stood when it was last looked at: it does not grow older between two copies.
    #[must_use]
    pub fn fork_as_last_seen(&self, seed: u64) -> Self {
        let mut world = self.inner.world.lock().unwrap_or_else(PoisonError::into_inner).clone();
        world.dice = dice::Dice::new(seed);
        let inner = Inner {
            settings: SimSettings { seed, ..self.inner.settings.clone() },
            scope: self.inner.scope.clone(),
            origin: Instant::now(),
            shift: AtomicI64::new(world.now),
            world: Mutex::new(world),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Lets model time pass at once, on top of the time that passes by itself.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.inner.shift.fetch_add(millis, Ordering::Relaxed);
        self.with(|_| ());
    }

    /// The present of the model as stamped on its answers.
    pub fn wall(&self) -> Timestamp {
        self.with(|world| world.calendar.stamp(world.now))
    }

    /// Makes requests fail; faults strike in the order they were put in.
    pub fn inject(&self, fault: Fault) {
        self.with(|world| world.faults.add(fault));
    }

    /// Takes all faults away.
    pub fn heal(&self) {
        self.with(|world| world.faults.clear());
    }

    /// Makes the operator's reads lag behind its calls by this long, as clouds answer reads from copies. Zero = no lag.
    pub fn lag_reads(&self, by: Duration) {
        self.with(|world| world.read_lag = Millis::try_from(by.as_millis()).unwrap_or(Millis::MAX / 4));
    }

    /// Calls that the estate carried out, oldest first, the doubled ones twice; the last thousand.
    pub fn carried_out(&self) -> Vec<Call> {
        self.with(|world| world.done.iter().map(|(_, call)| call.clone()).collect())
    }

    /// A group and the pools it fills as they are now: no fault strikes and nothing lags.
    pub fn truth(&self, group: &ResourceId) -> Option<(Group, Vec<TargetPool>)> {
        self.with(|world| {
            let group = world.convert_whole_group(group)?;
            let pools = world.convert_pools(&group.pools).unwrap_or_default();
            Some((group, pools))
        })
    }

    /// Pools as they are now; those that are nowhere are left out.
    pub fn truth_of_pools(&self, pools: &[ResourceId]) -> Vec<TargetPool> {
        self.with(|world| pools.iter().filter_map(|id| world.convert_pools(std::slice::from_ref(id)).ok()).flatten().collect())
    }

    /// The model as the operator's reads see it: behind its latest calls, where reads lag.
    fn seen<T>(&self, work: impl FnOnce(&World) -> T) -> T {
        self.with(|world| {
            let now = world.now;
            match world.copy_for_late_readers() {
                Some(copy) => {
                    copy.run_to(now);
                    work(copy)
                }
                None => work(world),
            }
        })
    }

    fn scope_ref(&self) -> &Scope {
        &self.inner.scope
    }

    /// Brings the model up to the present and does something with it. Never held across an await.
    fn with<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        let inner = &self.inner;
        // A panic in another reader leaves whole events done or not done; the model stays usable.
        let mut world = inner.world.lock().unwrap_or_else(PoisonError::into_inner);
        let lived = inner.origin.elapsed().as_secs_f64() * inner.settings.speed * 1_000.0;
        world.run_to((lived as Millis).saturating_add(inner.shift.load(Ordering::Relaxed)));
        work(&mut world)
    }

    fn strike(&self, spot: Spot) -> Option<Strike> {
        self.with(|world| {
            let now = world.now;
            world.faults.take(spot, now)
        })
    }

    fn failure(&self, source: SourceKind, kind: FailureKind) -> ProviderError {
        let retry_after = (kind == FailureKind::Throttled).then_some(Duration::from_secs(5));
        ProviderError { retry_after, ..ProviderError::new(kind, operation(source), self.scope_ref(), message(kind)) }
    }

    /// The present for readings that carry the console's own time.
    fn now(&self) -> Now {
        Now::new(self.wall(), self.inner.origin.elapsed())
    }
}

/// Builds the estate as it stood three hours ago and lets it live up to the start.
fn make_world(settings: &SimSettings, scope: &Scope) -> World {
    let script = settings.scenario.0.clone();
    let calendar = Calendar { start: settings.start, speed: settings.speed, hour: script.hour };
    let mut world = World::new(scope.clone(), dice::Dice::new(settings.seed), calendar, script);
    estate::build(&mut world);
    growth::grow(&mut world, settings.groups, settings.members);
    world.open_book();
    world.schedule(world.now + calendar::MINUTE, Event::Minute);
    world.run_to(0);
    world
}

#[async_trait]
impl Provider for Sim {
    fn scope(&self) -> &Scope {
        self.scope_ref()
    }

    fn sources(&self) -> Vec<Source> {
        let large = self.inner.settings.members.unwrap_or(0).max(self.inner.settings.groups.unwrap_or(0)) > LARGE;
        let pace = if large { 10 } else { 1 };
        let source = |kind, focused: u64, background: u64| Source {
            kind,
            focused: Duration::from_secs(focused),
            background: Duration::from_secs(background),
            unit_cost: 0.0,
            needs_focus: kind == SourceKind::Metrics,
        };
        vec![
            source(SourceKind::Identity, 300, 300),
            source(SourceKind::Groups, 2 * pace, 2 * pace),
            source(SourceKind::Instances, 5 * pace, 10 * pace),
            source(SourceKind::Pools, 2 * pace, 2 * pace),
            source(SourceKind::Databases, 5, 10),
            source(SourceKind::Caches, 5, 10),
            source(SourceKind::Alarms, 5, 5),
            source(SourceKind::Activities, 3 * pace, 5 * pace),
            source(SourceKind::Policies, 30 * pace, 30 * pace),
            source(SourceKind::Metrics, 10, 10),
            source(SourceKind::Events, 5, 5),
            source(SourceKind::Probes, 5, 10),
        ]
    }

    async fn read(&self, source: SourceKind, focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
        let strike = self.strike(Spot::Read(source));
        match strike {
            Some(s) if s.moment == Moment::Never => std::future::pending().await,
            Some(s) if s.moment == Moment::Before => return Err(self.failure(source, s.kind)),
            _ => {}
        }
        let now = self.now();
        let mut cursor = Some(Cursor::default());
        while let Some(at) = cursor {
            let (page, next) = self.with(|world| world.page(source, focus, at, now));
            sink.send(page).await.map_err(|closed| ProviderError {
                maybe_done: false,
                ..ProviderError::new(FailureKind::Network, operation(source), self.scope_ref(), closed.to_string())
            })?;
            if let Some(s) = strike {
                return Err(self.failure(source, s.kind));
            }
            cursor = next;
        }
        Ok(())
    }

    fn operator(&self, permit: &WritePermit) -> Option<Arc<dyn Operator>> {
        (permit.scope() == self.scope_ref()).then(|| operator::SimOperator::new(self.clone()) as Arc<dyn Operator>)
    }
}
