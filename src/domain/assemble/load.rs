//! Databases with the latest values of their metrics. A value that is old says nothing about now and is left out.

use std::time::Duration;

use crate::domain::{Database, Metric, Now, Series, SeriesKey, Status};

use super::facts::Facts;

/// Oldest point that still counts as the present. Cloud metrics come one to three minutes late, some in steps of five.
pub const FRESH: Duration = Duration::from_mins(15);

/// Latest value of a series, if it is fresh.
pub fn fresh_value(series: &Series, now: Now) -> Option<f64> {
    series.latest().filter(|p| now.age_of(p.at) <= FRESH).map(|p| p.value)
}

pub(super) fn join(facts: &Facts<'_>, now: Now) -> Vec<Database> {
    facts
        .databases
        .iter()
        .map(|database| {
            let mut database = (*database).clone();
            let latest = |metric| {
                let key = SeriesKey { resource: database.id.clone(), metric };
                facts.series.get(&key).and_then(|s| fresh_value(s, now))
            };
            let lag = latest(Metric::ReplicaLag);
            let (cpu, connections, free) = (latest(Metric::Cpu), latest(Metric::Connections), latest(Metric::FreeStorage));
            let (memory, evictions) = (latest(Metric::MemoryUsed), latest(Metric::Evictions));
            database.cpu = cpu.or(database.cpu);
            database.connections = connections.or(database.connections);
            database.free_storage = free.or(database.free_storage);
            database.memory_used = memory.or(database.memory_used);
            database.evictions = evictions.or(database.evictions);
            match lag {
                // The cloud reports −1 where the stream does not run: that is no lag at all, and certainly not zero.
                Some(lag) if lag < 0.0 => {
                    database.replica_lag = None;
                    database.replication.get_or_insert_with(|| Status::bad("replication is not running"));
                }
                Some(lag) => database.replica_lag = Duration::try_from_secs_f64(lag).ok(),
                None => {}
            }
            database
        })
        .collect()
}
