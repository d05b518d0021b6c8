//! The judgement: pure rules over joined facts, one file per kind of resource. A rule says what it found in the words of the row,
//! with what to do next. What is not known is `Unknown`, never `Ok`.

pub mod alarm;
pub mod database;
pub mod group;
pub mod pool;
mod words;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::assemble::FRESH;
use super::flips::Since;
use super::ids::{ResourceId, Scope};
use super::metric::{Metric, Series, SeriesKey};
use super::pool::TargetPool;
use super::source::{SourceKey, SourceKind, SourceState};
use super::time::{Now, format_age};
use super::verdict::{Finding, Verdict};

/// What a rule may look at beside the resource itself.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub now: Now,
    pub sources: &'a BTreeMap<SourceKey, SourceState>,
    pub series: &'a BTreeMap<SeriesKey, Arc<Series>>,
    /// In id order.
    pub pools: &'a [TargetPool],
    pub since: &'a HashMap<ResourceId, Since>,
}

impl<'a> Context<'a> {
    pub fn source(&self, scope: &Scope, kind: SourceKind) -> Option<&'a SourceState> {
        self.sources.get(&SourceKey { scope: scope.clone(), kind })
    }

    pub fn pool(&self, id: &ResourceId) -> Option<&'a TargetPool> {
        self.pools.binary_search_by(|p| p.id.cmp(id)).ok().map(|n| &self.pools[n])
    }

    pub fn series_of(&self, resource: &ResourceId, metric: Metric) -> Option<&'a Series> {
        self.series.get(&SeriesKey { resource: resource.clone(), metric }).map(|s| &**s)
    }

    /// Latest value of a metric, if it is fresh.
    pub fn latest(&self, resource: &ResourceId, metric: Metric) -> Option<f64> {
        self.series_of(resource, metric)?.latest().filter(|p| self.now.age_of(p.at) <= FRESH).map(|p| p.value)
    }

    /// Why rows of a source can no longer be vouched for, if so. One failed read of a source that is read every few seconds is no doubt
    /// yet; the second is, and so is age.
    pub fn doubt(&self, scope: &Scope, kind: SourceKind) -> Option<Finding> {
        let state = self.source(scope, kind)?;
        let slept = state.read_at.is_some_and(|t| self.now.drift(t) > Duration::from_secs(30));
        let age = state.read_at.map(|t| self.now.since(t).max(if slept { self.now.age_of(t.wall) } else { Duration::ZERO }));
        let old = slept || age.is_none_or(|a| a > state.every * 3 + Duration::from_secs(5));
        match &state.failure {
            Some(failure) if failure.attempts > 1 || old => {
                let since = age.map(|a| format!(" for {}", format_age(a))).unwrap_or_default();
                Some(
                    Finding::new(Verdict::Unknown, format!("not seen{since}: {} {}", kind.word(), failure.kind.word()))
                        .next(failure.kind.remedy()),
                )
            }
            None if slept => Some(Finding::new(Verdict::Unknown, format!("not seen for {}", format_age(age.unwrap_or_default())))),
            _ => None,
        }
    }
}

#[cfg(test)]
pub(crate) mod bench;
