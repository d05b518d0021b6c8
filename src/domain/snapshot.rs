//! One picture of the whole estate. Immutable, shared by `Arc`, swapped whole; made by [`super::assemble`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::alarm::Alarm;
use super::change::Change;
use super::database::Database;
use super::group::Group;
use super::ids::{Kind, ResourceId, Scope};
use super::memo::Memo;
use super::metric::{Metric, Series, SeriesKey};
use super::observation::Identity;
use super::pool::TargetPool;
use super::source::{Picture, SourceKey, SourceKind, SourceState};
use super::time::Now;
use super::verdict::{Assessment, Verdict};

/// A resource with the verdict over it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged<T> {
    pub item: T,
    pub assessment: Assessment,
}

impl<T> Judged<T> {
    pub fn verdict(&self) -> Verdict {
        self.assessment.verdict
    }
}

/// Everything that is known, with its age. Lists are in id order; views sort for themselves.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Counts up with every swap of data; views are cached by it.
    pub generation: u64,
    /// When it was assembled.
    pub taken: Option<Now>,
    pub identities: BTreeMap<Scope, Identity>,
    pub groups: Vec<Arc<Judged<Group>>>,
    pub pools: Vec<Arc<Judged<TargetPool>>>,
    pub databases: Vec<Arc<Judged<Database>>>,
    pub alarms: Vec<Arc<Judged<Alarm>>>,
    /// Newest first, bounded.
    pub changes: Vec<Arc<Change>>,
    pub series: BTreeMap<SeriesKey, Arc<Series>>,
    pub sources: BTreeMap<SourceKey, SourceState>,
    /// API calls in the last minute, by all sources.
    pub calls_per_minute: u32,
    /// Dollars per hour at the present rate of paid metric reads.
    pub cost_per_hour: f64,
    /// Behind [`Snapshot::worst`].
    pub judged: Memo<(Verdict, usize, usize)>,
}

impl Snapshot {
    pub fn group(&self, id: &ResourceId) -> Option<&Arc<Judged<Group>>> {
        self.groups.binary_search_by(|g| g.item.id.cmp(id)).ok().map(|i| &self.groups[i])
    }

    pub fn pool(&self, id: &ResourceId) -> Option<&Arc<Judged<TargetPool>>> {
        self.pools.binary_search_by(|p| p.item.id.cmp(id)).ok().map(|i| &self.pools[i])
    }

    pub fn database(&self, id: &ResourceId) -> Option<&Arc<Judged<Database>>> {
        self.databases.binary_search_by(|d| d.item.id.cmp(id)).ok().map(|i| &self.databases[i])
    }

    pub fn alarm(&self, id: &ResourceId) -> Option<&Arc<Judged<Alarm>>> {
        self.alarms.binary_search_by(|a| a.item.id.cmp(id)).ok().map(|i| &self.alarms[i])
    }

    pub fn contains(&self, id: &ResourceId) -> bool {
        match id.kind {
            Kind::Group => self.group(id).is_some(),
            Kind::Pool => self.pool(id).is_some(),
            Kind::Database => self.database(id).is_some(),
            Kind::Alarm => self.alarm(id).is_some(),
            Kind::Member => self.groups.iter().any(|g| g.item.members.iter().any(|m| m.id == *id)),
            Kind::Balancer => self.pools.iter().any(|p| p.item.balancers.iter().any(|b| b.id == *id)),
            Kind::Rule => self.pools.iter().any(|p| p.item.routes.iter().any(|r| r.rule == *id)),
        }
    }

    pub fn series_of(&self, resource: &ResourceId, metric: Metric) -> Option<&Arc<Series>> {
        self.series.get(&SeriesKey { resource: resource.clone(), metric })
    }

    /// States of all sources of these kinds, every scope.
    pub fn sources_of<'a>(&'a self, kinds: &'a [SourceKind]) -> impl Iterator<Item = &'a SourceState> {
        self.sources.values().filter(move |s| kinds.contains(&s.key.kind))
    }

    /// The picture a pane over these kinds has: the worst of its sources, with the oldest age.
    pub fn picture(&self, kinds: &[SourceKind], now: Now) -> Picture {
        let mut states: Vec<Picture> = self.sources_of(kinds).map(|s| s.picture(now)).collect();
        let rank = |p: &Picture| match p {
            Picture::Live { age } => (0, *age),
            Picture::Partial { .. } => (1, Duration::ZERO),
            Picture::NotYet => (2, Duration::ZERO),
            Picture::Stale { age, .. } => (3, age.unwrap_or(Duration::MAX)),
            Picture::CouldNotRead(_) => (4, Duration::ZERO),
        };
        states.sort_by_key(rank);
        states.pop().unwrap_or(Picture::NotYet)
    }

    /// Age of the oldest source that was read at all; a verdict is as old as its oldest input.
    pub fn oldest(&self, now: Now) -> Option<Duration> {
        self.sources.values().filter_map(|s| s.read_at).map(|t| now.since(t)).max()
    }

    /// Worst verdict over everything, with the counts of critical and warning. Worked out once per snapshot.
    pub fn worst(&self) -> (Verdict, usize, usize) {
        *self.judged.get_or_make(|| self.find_worst())
    }

    fn find_worst(&self) -> (Verdict, usize, usize) {
        let all = self
            .groups
            .iter()
            .map(|g| g.verdict())
            .chain(self.pools.iter().map(|p| p.verdict()))
            .chain(self.databases.iter().map(|d| d.verdict()))
            .chain(self.alarms.iter().map(|a| a.verdict()));
        let (mut worst, mut critical, mut warning) = (Verdict::Ok, 0, 0);
        for v in all {
            worst = worst.max(v);
            critical += usize::from(v == Verdict::Critical);
            warning += usize::from(v == Verdict::Warning);
        }
        (worst, critical, warning)
    }
}
