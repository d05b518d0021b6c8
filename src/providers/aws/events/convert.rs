//! From service events to [`Change`]s. The message is the service's; the verdict is ours, by category and wording.

use aws_sdk_elasticache::types::Event as CacheEvent;
use aws_sdk_rds::types::{Event as RdsEvent, SourceType};
use jiff::Timestamp;

use crate::domain::{Change, ChangeKind, Kind, Label, ResourceId, Scope, Verdict};
use crate::providers::aws::elasticache::Cache;
use crate::providers::aws::time::convert_time;

/// Converts an event of a database, a cluster or one of their snapshots; others (parameter groups, proxies) are none of this screen.
pub(super) fn convert_rds(event: &RdsEvent, scope: &Scope) -> Option<Change> {
    let source = event.source_identifier()?;
    let is_database = matches!(event.source_type(), Some(SourceType::DbInstance | SourceType::DbCluster));
    let is_snapshot = matches!(event.source_type(), Some(SourceType::DbSnapshot | SourceType::DbClusterSnapshot));
    if !is_database && !is_snapshot {
        return None;
    }
    let at = event.date().and_then(convert_time)?;
    let message = event.message().unwrap_or_default();
    let verdict = judge_rds(event.event_categories(), message);
    // A backup that went well is no change, and each makes four events; the newest stands on the database's row.
    let is_backup = is_snapshot || event.event_categories().iter().any(|c| c == "backup");
    if is_backup && verdict == Verdict::Ok {
        return None;
    }
    let about = event.source_arn().filter(|a| is_database && !a.is_empty()).map(|arn| ResourceId::new(scope, Kind::Database, arn));
    Some(change("rds", source, at, message, verdict, about))
}

/// Converts an event of a cache; a node of a replication group is told by the group's row.
pub(super) fn convert_elasticache(event: &CacheEvent, caches: &[Cache]) -> Option<Change> {
    let source = event.source_identifier()?;
    let at = event.date().and_then(convert_time)?;
    let message = event.message().unwrap_or_default();
    let about = caches.iter().find(|c| &*c.database.name == source || c.nodes.iter().any(|n| n == source)).map(|c| c.database.id.clone());
    Some(change("elasticache", source, at, message, judge_elasticache(message), about))
}

fn change(service: &str, source: &str, at: Timestamp, message: &str, verdict: Verdict, about: Option<ResourceId>) -> Change {
    Change {
        id: Label::new(format!("{service} {source} {at} {message}")),
        at,
        kind: ChangeKind::Database,
        verdict,
        about,
        title: Label::new(format!("{source}: {}", message.trim().trim_end_matches('.'))),
        detail: None,
        who: None,
    }
}

/// Categories of the RDS user guide ("RDS event categories and messages"). An end of trouble is no trouble.
fn judge_rds(categories: &[String], message: &str) -> Verdict {
    let has = |c: &str| categories.iter().any(|x| x.eq_ignore_ascii_case(c));
    let message = message.to_ascii_lowercase();
    let over = ["completed", "finished", "restarted", "recovered", "succeeded"].iter().any(|w| message.contains(w));
    if has("failure") && !over {
        Verdict::Critical
    } else if has("failover") || has("low storage") || has("recovery") {
        if over { Verdict::Notice } else { Verdict::Warning }
    } else if has("availability") || has("maintenance") || has("configuration change") || has("deletion") || has("restoration") {
        if message.contains("shutdown") || message.contains("stopped") { Verdict::Warning } else { Verdict::Notice }
    } else if has("failure") {
        Verdict::Notice
    } else {
        Verdict::Ok
    }
}

/// ElastiCache gives no categories; its messages are few and fixed (user guide, "Event notifications").
fn judge_elasticache(message: &str) -> Verdict {
    let message = message.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| message.contains(w));
    if has(&["fail to", "failed", "failure", "unable"]) {
        Verdict::Critical
    } else if has(&["failover", "recover", "replac"]) {
        if has(&["complete", "finished", "recovered", "restored"]) { Verdict::Notice } else { Verdict::Warning }
    } else if has(&["reboot", "restart", "remov", "delet", "maintenance", "modif", "scal"]) {
        Verdict::Notice
    } else {
        Verdict::Ok
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rds_events_are_judged_by_category_and_wording() {
        for (category, message, want) in [
            ("failover", "Multi-AZ instance failover started.", Verdict::Warning),
            ("failover", "Multi-AZ instance failover completed", Verdict::Notice),
            ("failure", "The DB instance has failed due to an incompatible configuration", Verdict::Critical),
            ("low storage", "Allocated storage has been exhausted", Verdict::Warning),
            ("availability", "DB instance shutdown", Verdict::Warning),
            ("availability", "DB instance restarted", Verdict::Notice),
            ("backup", "Finished DB instance backup", Verdict::Ok),
            ("weather", "it rains", Verdict::Ok),
        ] {
            assert_eq!(judge_rds(&[category.to_owned()], message), want, "{category}: {message}");
        }
    }

    #[test]
    fn cache_events_are_judged_by_wording() {
        for (message, want) in [
            ("Failover to replica node sessions-002 completed", Verdict::Notice),
            ("Failover from primary node sessions-001 started", Verdict::Warning),
            ("Failed to create snapshot", Verdict::Critical),
            ("Cache node 0001 rebooted", Verdict::Notice),
            ("Snapshot succeeded for snapshot with ID x", Verdict::Ok),
        ] {
            assert_eq!(judge_elasticache(message), want, "{message}");
        }
    }
}
