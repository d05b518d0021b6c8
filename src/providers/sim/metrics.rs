//! Series of the model. Nothing was recorded: load is a function of time and the counts have a log, so any window can be worked out.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Focus, Kind, Label, Metric, Point, ResourceId, Series, SeriesKey};

use super::calendar::Millis;
use super::databases::StoreKind;
use super::world::{World, mean_over};

/// Window where the focus names none, and the longest that is answered.
const USUAL_WINDOW: Duration = Duration::from_hours(1);
const LONGEST_WINDOW: Duration = Duration::from_hours(24);

/// What is measured at each kind of resource.
const POOL_METRICS: [Metric; 4] = [Metric::Requests, Metric::Errors5xx, Metric::Latency, Metric::HealthyHosts];
const FLEET_METRICS: [Metric; 1] = [Metric::Cpu];

fn store_metrics(kind: StoreKind) -> &'static [Metric] {
    match kind {
        StoreKind::Primary => &[Metric::Cpu, Metric::Connections, Metric::FreeStorage],
        StoreKind::Replica => &[Metric::Cpu, Metric::Connections, Metric::FreeStorage, Metric::ReplicaLag],
        StoreKind::Cache => &[Metric::Cpu, Metric::Connections, Metric::MemoryUsed, Metric::Evictions],
    }
}

/// Distance between points, in seconds: about 60 to 150 points for a window.
fn period_of(window: Duration) -> u64 {
    match window.as_secs() {
        0..=900 => 15,
        901..=3_600 => 30,
        3_601..=21_600 => 180,
        _ => 600,
    }
}

/// One series to work out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Meter {
    Fleet(usize, Metric),
    Pool(usize, Metric),
    Store(usize, Metric),
}

impl World {
    /// Series of all databases, and of what the focus names: a group brings its pool along, a pool its group.
    pub fn convert_series(&self, focus: &Focus) -> Vec<Series> {
        let window = focus.window.unwrap_or(USUAL_WINDOW).min(LONGEST_WINDOW);
        let mut meters: Vec<Meter> = Vec::new();
        for (store, kind) in self.stores.iter().map(|s| s.kind).enumerate() {
            meters.extend(store_metrics(kind).iter().map(|m| Meter::Store(store, *m)));
        }
        for id in focus.visible.iter().chain(&focus.selected).chain(&focus.operating) {
            if let Some(fleet) = self.fleet_behind(id) {
                meters.extend(FLEET_METRICS.iter().map(|m| Meter::Fleet(fleet, *m)));
                if self.fleets[fleet].pool.is_some() {
                    meters.extend(POOL_METRICS.iter().map(|m| Meter::Pool(fleet, *m)));
                }
            }
        }
        meters.sort_unstable();
        meters.dedup();
        meters.into_iter().filter_map(|meter| self.convert_meter(meter, window)).collect()
    }

    fn fleet_behind(&self, id: &ResourceId) -> Option<usize> {
        match id.kind {
            Kind::Group => self.fleet_by_id.get(id).copied(),
            Kind::Pool => self.fleets.iter().position(|f| f.pool.as_ref().is_some_and(|p| p.id == *id)),
            _ => None,
        }
    }

    /// `None` where there is not one point: a group without members has no CPU.
    fn convert_meter(&self, meter: Meter, window: Duration) -> Option<Series> {
        let (resource, metric) = match meter {
            Meter::Fleet(fleet, metric) => (self.fleets[fleet].id.clone(), metric),
            Meter::Pool(fleet, metric) => (self.fleets[fleet].pool.as_ref()?.id.clone(), metric),
            Meter::Store(store, metric) => (self.stores[store].id.clone(), metric),
        };
        let value = |at: Millis| match meter {
            Meter::Fleet(fleet, metric) | Meter::Pool(fleet, metric) => self.fleet_metric(fleet, metric, at),
            Meter::Store(store, metric) => self.store_metric(store, metric, at),
        };
        let period = period_of(window);
        let points: Vec<Point> = grid(self.calendar.stamp(self.now), window, period)
            .filter_map(|at| {
                let (from, to) = (self.calendar.moment(at), self.calendar.moment(at + SignedDuration::from_secs(period as i64)));
                mean_over(from, to.min(self.now), value).map(|value| Point { at, value })
            })
            .collect();
        (!points.is_empty()).then(|| Series {
            key: SeriesKey { resource, metric },
            source: Label::new("simulated"),
            period: Duration::from_secs(period),
            points,
        })
    }
}

/// Starts of the whole periods in a window, oldest first; the period under way is not told yet.
fn grid(now: Timestamp, window: Duration, period: u64) -> impl Iterator<Item = Timestamp> {
    let (period, window) = (period as i64, window.as_secs() as i64);
    let last = now.as_second().div_euclid(period) * period;
    let first = last - window.div_euclid(period) * period;
    (first..last).step_by(period as usize).filter_map(|s| Timestamp::from_second(s).ok())
}
