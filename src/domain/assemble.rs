//! The join: from the observations of all sources to one [`Snapshot`] with verdicts.
//!
//! Pure and O(rows): hash maps from ids to seats, no search inside a loop. Three steps, so that the engine can look for flips between
//! them: [`join`] puts the facts together, [`judge`] lays the verdicts over them, [`share`] keeps what did not change.

mod about;
mod facts;
mod fleet;
mod history;
mod load;
mod share;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::alarm::Alarm;
use super::change::Change;
use super::database::Database;
use super::flips::Since;
use super::group::Group;
use super::ids::{ResourceId, Scope};
use super::metric::{Series, SeriesKey};
use super::observation::{Identity, Observation};
use super::pool::TargetPool;
use super::rules::{self, Context};
use super::snapshot::{Judged, Snapshot};
use super::source::{SourceKey, SourceState};
use super::time::Now;

pub use fleet::stand_in_pools;
pub use load::FRESH;
pub use share::share;

/// Changes kept in a snapshot.
pub const MAX_CHANGES: usize = 500;

/// What one source holds at present, in the pages it came in.
#[derive(Clone, Debug)]
pub struct Slice {
    pub state: SourceState,
    pub pages: Vec<Arc<[Observation]>>,
}

impl Slice {
    /// A slice that was read in one piece.
    pub fn new(state: SourceState, rows: impl Into<Arc<[Observation]>>) -> Self {
        Self { state, pages: vec![rows.into()] }
    }

    pub fn rows(&self) -> impl Iterator<Item = &Observation> {
        self.pages.iter().flat_map(|page| page.iter())
    }
}

/// Everything that goes into a snapshot.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    pub slices: BTreeMap<SourceKey, Slice>,
    /// Flips we saw ourselves between reads, newest first.
    pub flips: Vec<Arc<Change>>,
    /// Since when troubled members, targets and groups are in trouble, as far as we watched.
    pub since: Arc<HashMap<ResourceId, Since>>,
    pub generation: u64,
    pub calls_per_minute: u32,
    pub cost_per_hour: f64,
}

/// The facts put together, before anybody judged them. Lists are in id order.
#[derive(Clone, Debug, Default)]
pub struct Joined {
    pub identities: BTreeMap<Scope, Identity>,
    pub groups: Vec<Group>,
    pub pools: Vec<TargetPool>,
    pub databases: Vec<Database>,
    pub alarms: Vec<Alarm>,
    pub changes: Vec<Arc<Change>>,
    pub series: BTreeMap<SeriesKey, Arc<Series>>,
    pub sources: BTreeMap<SourceKey, SourceState>,
}

/// Joins and judges.
pub fn assemble(inputs: &Inputs, now: Now) -> Snapshot {
    judge(join(inputs, now), inputs, now)
}

/// Puts the facts of all sources together.
pub fn join(inputs: &Inputs, now: Now) -> Joined {
    let facts = facts::gather(inputs);
    let (groups, pools) = fleet::join(&facts);
    let databases = load::join(&facts, now);
    let alarms = about::join(&facts, &groups, &pools, &databases);
    let changes = history::merge(&facts, &alarms);
    Joined {
        groups,
        pools,
        databases,
        alarms,
        changes,
        identities: facts.identities.into_iter().map(|(scope, i)| (scope.clone(), i.clone())).collect(),
        series: facts.series.into_iter().map(|(key, s)| (key.clone(), Arc::new(s.clone()))).collect(),
        sources: inputs.slices.iter().map(|(key, slice)| (key.clone(), slice.state.clone())).collect(),
    }
}

/// Lays verdicts over the joined facts and adds what only time tells: flips and how long trouble lasts.
pub fn judge(joined: Joined, inputs: &Inputs, now: Now) -> Snapshot {
    let Joined { identities, groups, pools, databases, alarms, changes, series, sources } = joined;
    let context = Context { now, sources: &sources, series: &series, pools: &pools, since: &inputs.since };
    let of_groups: Vec<_> = groups.iter().map(|g| rules::group::assess(g, &context)).collect();
    let of_pools: Vec<_> = pools.iter().map(|p| rules::pool::assess(p, &context)).collect();
    let of_databases: Vec<_> = databases.iter().map(|d| rules::database::assess(d, &context)).collect();
    let of_alarms: Vec<_> = alarms.iter().map(|a| rules::alarm::assess(a, &context)).collect();
    fn judged<T>(items: Vec<T>, assessments: Vec<super::verdict::Assessment>) -> Vec<Arc<Judged<T>>> {
        items.into_iter().zip(assessments).map(|(item, assessment)| Arc::new(Judged { item, assessment })).collect()
    }
    Snapshot {
        generation: inputs.generation,
        taken: Some(now),
        identities,
        groups: judged(groups, of_groups),
        pools: judged(pools, of_pools),
        databases: judged(databases, of_databases),
        alarms: judged(alarms, of_alarms),
        changes: history::with_flips(changes, &inputs.flips),
        series,
        sources,
        calls_per_minute: inputs.calls_per_minute,
        cost_per_hour: inputs.cost_per_hour,
        ..Snapshot::default()
    }
}
