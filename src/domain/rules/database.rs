//! Databases and caches: status, room, connections, replication, backups.

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::domain::time::format_age;
use crate::domain::{Assessment, Database, DatabaseRole, Finding, SourceKind, Status, StatusClass, Verdict};

use super::{Context, words};

/// Percent of storage in use.
const STORAGE: (f64, f64) = (85.0, 95.0);
/// Percent of the connections that are allowed.
const CONNECTIONS: (f64, f64) = (80.0, 95.0);
/// Percent of a cache's memory.
const MEMORY: (f64, f64) = (90.0, 98.0);
/// Percent of CPU.
const CPU: (f64, f64) = (90.0, 101.0);
const LAG: Duration = Duration::from_mins(1);
/// A daily backup with two hours of leeway.
const BACKUP: Duration = Duration::from_hours(26);

/// All findings about one database.
pub fn assess(database: &Database, context: &Context<'_>) -> Assessment {
    let source = if database.role == DatabaseRole::Cache { SourceKind::Caches } else { SourceKind::Databases };
    let mut findings: Vec<Finding> = context.doubt(&database.id.scope, source).into_iter().collect();
    find_status(&database.status, &mut findings);
    find_load(database, &mut findings);
    find_replication(database, &mut findings);
    find_backup(database, context, &mut findings);
    if !database.pending.is_empty() {
        let pending: Vec<&str> = database.pending.iter().map(|p| &**p).collect();
        findings.push(Finding::new(Verdict::Notice, format!("waits for its window: {}", words::list(&pending))));
    }
    Assessment::of(findings)
}

fn find_status(status: &Status, findings: &mut Vec<Finding>) {
    let word = if status.word.is_empty() { "not said" } else { &*status.word };
    let lower = word.to_ascii_lowercase();
    let fails_over = ["failing-over", "failing over", "failover", "promoting"].iter().any(|w| lower.contains(w));
    let finding = match status.class {
        StatusClass::Good => return,
        _ if fails_over => Finding::new(Verdict::Warning, format!("failover under way: {word}"))
            .next("connections drop; clients that cache DNS keep the old host"),
        // Most changes are made beside the traffic; these are not.
        StatusClass::Moving if lower.contains("reboot") => Finding::new(Verdict::Warning, format!("{word}: it does not answer meanwhile")),
        StatusClass::Parked | StatusClass::Moving => Finding::new(Verdict::Notice, word),
        StatusClass::Unknown => Finding::new(Verdict::Unknown, format!("status {word}")),
        StatusClass::Bad => Finding::new(Verdict::Critical, format!("status {word}")),
    };
    findings.push(finding);
}

fn find_load(database: &Database, findings: &mut Vec<Finding>) {
    let mut level = |value: Option<f64>, (warning, critical): (f64, f64), words: &dyn Fn(f64) -> String| {
        let Some(value) = value else { return };
        let verdict = match value {
            v if v >= critical => Verdict::Critical,
            v if v >= warning => Verdict::Warning,
            _ => return,
        };
        findings.push(Finding::new(verdict, words(value)));
    };
    level(database.storage_used_percent(), STORAGE, &|v| format!("storage {v:.0} % full"));
    let connections = database.connections.zip(database.connections_max.filter(|m| *m > 0.0));
    level(connections.map(|(now, max)| words::percent(now, max)), CONNECTIONS, &|v| {
        format!("connections {v:.0} % of {:.0}", connections.map_or(0.0, |(_, max)| max))
    });
    level(database.cpu, CPU, &|v| format!("cpu {v:.0} %"));
    level(database.memory_used, MEMORY, &|v| format!("memory {v:.0} % used"));
    if database.evictions.is_some_and(|e| e > 0.0) {
        findings.push(Finding::new(Verdict::Notice, "evicts keys"));
    }
}

fn find_replication(database: &Database, findings: &mut Vec<Finding>) {
    if let Some(stream) = &database.replication {
        let word = &stream.word;
        let (verdict, text) = match stream.class {
            StatusClass::Good => (Verdict::Ok, String::new()),
            StatusClass::Moving => (Verdict::Notice, format!("replication {word}")),
            StatusClass::Unknown => (Verdict::Unknown, format!("replication {word}")),
            // A stream that somebody stopped still grows older by the second.
            StatusClass::Parked => (Verdict::Warning, format!("replication {word}")),
            StatusClass::Bad => (Verdict::Critical, format!("replication broken: {word}")),
        };
        if verdict > Verdict::Ok {
            findings.push(Finding::new(verdict, text));
        }
    }
    if let Some(lag) = database.replica_lag.filter(|lag| *lag > LAG) {
        findings.push(Finding::new(Verdict::Warning, format!("replica {} behind", format_age(lag))));
    }
}

/// Only where a backup was seen: whether there is none or none could be read is not known here.
fn find_backup(database: &Database, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(latest) = &database.latest_snapshot else { return };
    let age = context.now.age_of(latest.at);
    if latest.status.is_bad() {
        findings.push(Finding::new(Verdict::Warning, format!("last snapshot {}", latest.status.word)));
    } else if age > BACKUP {
        findings.push(Finding::new(Verdict::Warning, format!("last snapshot {} ago", format_age(age))));
    }
}
