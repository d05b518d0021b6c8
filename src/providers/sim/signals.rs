//! What tells that a change does harm: alarms about a group, and how much of its traffic fails.

use crate::domain::{ResourceId, TargetPool};
use crate::providers::Signals;

use super::alarms::Watch;
use super::calendar::MINUTE;
use super::world::World;

/// Errors are looked at over this many minutes.
const MINUTES: i64 = 2;

impl World {
    pub fn convert_signals(&self, group: &ResourceId, pools: &[TargetPool]) -> Signals {
        let about_fleet = |fleet: usize| {
            let fleet = &self.fleets[fleet];
            fleet.id == *group || fleet.pool.as_ref().is_some_and(|p| pools.iter().any(|q| q.id == p.id))
        };
        let concerns = |watch: &Watch| match watch {
            Watch::Fleet(fleet, _) | Watch::Unhealthy(fleet) | Watch::Policy { fleet, .. } => about_fleet(*fleet),
            Watch::Store(..) | Watch::AnyOf(_) => false,
        };
        let direct = |n: usize| self.bells.get(n).is_some_and(|b| concerns(&b.watch));
        let alarms = self.bells.iter().filter(|b| match &b.watch {
            Watch::AnyOf(others) => others.iter().any(|o| direct(*o)),
            watch => concerns(watch),
        });
        Signals { alarms: alarms.map(|b| b.convert_alarm(self)).collect(), errors_percent: self.errors_percent(pools) }
    }

    /// `None` where no requests come: no answers, no errors, and nothing known.
    fn errors_percent(&self, pools: &[TargetPool]) -> Option<f64> {
        let moments = (0..MINUTES * 4).map(|n| self.now - n * MINUTE / 4);
        let (asked, failed) = moments
            .flat_map(|at| pools.iter().map(move |p| self.pool_traffic(&p.id, at)))
            .fold((0.0, 0.0), |(d, e), (demand, errors)| (d + demand, e + errors));
        (asked > 0.0).then(|| failed / asked * 100.0)
    }
}
