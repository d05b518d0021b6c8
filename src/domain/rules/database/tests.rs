//! Each rule with the smallest case that fires and the nearest that must not.

use std::time::Duration;

use crate::domain::Verdict::{Critical, Notice, Unknown, Warning};
use crate::domain::rules::bench::{Bench, NOW, expect, failure, id};
use crate::domain::{Database, DatabaseRole, DatabaseSnapshot, FailureKind, Kind, Label, Now, SourceKind, Status};

use super::assess;

fn judge(change: impl FnOnce(&mut Database)) -> crate::domain::Assessment {
    let mut database = Database::new(id(Kind::Database, "db"), Label::new("db"), Label::new("mysql"), Status::good("available"));
    change(&mut database);
    assess(&database, &Bench::new().context())
}

#[test]
fn status_words() {
    for (case, status, want) in [
        ("well", Status::good("available"), None),
        ("full", Status::bad("storage-full"), Some((Critical, "status storage-full"))),
        ("moving", Status::moving("modifying"), Some((Notice, "modifying"))),
        ("rebooting", Status::moving("rebooting"), Some((Warning, "rebooting: it does not answer meanwhile"))),
        ("stopped", Status::parked("stopped"), Some((Notice, "stopped"))),
        ("failing over", Status::moving("failing-over"), Some((Warning, "failover under way: failing-over"))),
        ("promoting", Status::moving("promoting"), Some((Warning, "failover under way: promoting"))),
        ("odd", Status::unknown("humming"), Some((Unknown, "status humming"))),
        ("silent", Status::default(), Some((Unknown, "status not said"))),
    ] {
        expect(case, &judge(|d| d.status = status), want);
    }
}

#[test]
fn levels() {
    let storage = |percent: f64| judge(|d| (d.storage, d.free_storage) = (Some(1_000), Some(1_000.0 - percent * 10.0)));
    expect("room", &storage(84.9), None);
    expect("filling", &storage(85.0), Some((Warning, "storage 85 % full")));
    expect("full", &storage(95.0), Some((Critical, "storage 95 % full")));
    expect("not known", &judge(|d| d.storage = Some(1_000)), None);
    let connections = |n: f64| judge(|d| (d.connections, d.connections_max) = (Some(n), Some(150.0)));
    expect("few", &connections(119.0), None);
    expect("many", &connections(120.0), Some((Warning, "connections 80 % of 150")));
    expect("nearly all", &connections(142.5), Some((Critical, "connections 95 % of 150")));
    expect("of how many is not known", &judge(|d| d.connections = Some(10_000.0)), None);
    expect("cpu", &judge(|d| d.cpu = Some(90.0)), Some((Warning, "cpu 90 %")));
    expect("cpu at work", &judge(|d| d.cpu = Some(89.9)), None);
    expect("memory", &judge(|d| d.memory_used = Some(90.0)), Some((Warning, "memory 90 % used")));
    expect("evicting", &judge(|d| d.evictions = Some(0.1)), Some((Notice, "evicts keys")));
    expect("not evicting", &judge(|d| d.evictions = Some(0.0)), None);
}

#[test]
fn replication() {
    let stream = |status: Status| judge(|d| (d.role, d.replication) = (DatabaseRole::Replica, Some(status)));
    expect("runs", &stream(Status::good("replicating")), None);
    expect("broken", &stream(Status::bad("error")), Some((Critical, "replication broken: error")));
    expect("stopped", &stream(Status::parked("stopped")), Some((Warning, "replication stopped")));
    expect("odd", &stream(Status::unknown("humming")), Some((Unknown, "replication humming")));
    let lag = |seconds| judge(|d| d.replica_lag = Some(Duration::from_secs(seconds)));
    expect("a minute", &lag(60), None);
    expect("more", &lag(61), Some((Warning, "replica 1m behind")));
}

#[test]
fn backups_and_windows() {
    let backup = |seconds: u64, status: Status| {
        judge(|d| d.latest_snapshot = Some(DatabaseSnapshot { name: Label::new("s"), at: Now::at(NOW - seconds).wall, status }))
    };
    expect("last night's", &backup(26 * 3_600, Status::good("available")), None);
    expect("too old", &backup(26 * 3_600 + 1, Status::good("available")), Some((Warning, "last snapshot 1d ago")));
    expect("failed", &backup(60, Status::bad("failed")), Some((Warning, "last snapshot failed")));
    let pending = judge(|d| d.pending = vec![Label::new("class db.r6g.xlarge"), Label::new("engine 8.0.40")]);
    expect("waiting", &pending, Some((Notice, "waits for its window: class db.r6g.xlarge and engine 8.0.40")));
}

#[test]
fn a_cache_is_vouched_for_by_its_own_source() {
    let mut bench = Bench::new();
    bench.set_source(SourceKind::Caches, |s| s.failure = Some(failure(FailureKind::Throttled, 3)));
    let mut cache = Database::new(id(Kind::Database, "redis"), Label::new("redis"), Label::new("redis"), Status::good("available"));
    expect("a database", &assess(&cache, &bench.context()), None);
    cache.role = DatabaseRole::Cache;
    expect("a cache", &assess(&cache, &bench.context()), Some((Unknown, "not seen for 2s: caches throttled")));
}
