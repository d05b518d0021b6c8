//! The words of RDS and what they mean. Status is free text, lower case; a word that is not listed is unknown.

use crate::domain::{Status, StatusClass};

/// Status of an instance or a cluster (RDS user guide, "Viewing DB instance status"; Aurora guide, "Viewing DB cluster status").
pub(super) fn convert_status(word: Option<&str>) -> Status {
    let Some(word) = word.filter(|w| !w.is_empty()) else { return Status::unknown("no status") };
    let class = match word {
        "available" => StatusClass::Good,
        "stopped" => StatusClass::Parked,
        // Works, with less room or a change under way.
        "backing-up"
        | "backtracking"
        | "configuring-activity-stream"
        | "configuring-associated-roles"
        | "configuring-enhanced-monitoring"
        | "configuring-iam-database-auth"
        | "configuring-log-exports"
        | "maintenance"
        | "modifying"
        | "resetting-master-credentials"
        | "storage-config-upgrade"
        | "storage-initialization"
        | "storage-optimization"
        | "update-iam-db-auth"
        | "upgrading"
        // Down for now, on its way.
        | "cloning"
        | "converting-to-vpc"
        | "creating"
        | "delete-precheck"
        | "deleting"
        | "failing-over"
        | "migrating"
        | "moving-to-vpc"
        | "preparing-data-migration"
        | "promoting"
        | "rebooting"
        | "renaming"
        | "starting"
        | "stopping" => StatusClass::Moving,
        "cloning-failed"
        | "failed"
        | "inaccessible-encryption-credentials"
        | "inaccessible-encryption-credentials-recoverable"
        | "incompatible-create"
        | "incompatible-network"
        | "incompatible-option-group"
        | "incompatible-parameters"
        | "incompatible-restore"
        | "insufficient-capacity"
        | "migration-failed"
        | "restore-error"
        | "storage-full" => StatusClass::Bad,
        _ => StatusClass::Unknown,
    };
    Status::new(word, class)
}

/// The replication stream of a read replica (`StatusInfos` of type `read replication`). `normal` is the service's own judgement; a
/// word that says trouble beats it.
pub(super) fn convert_replication(word: Option<&str>, normal: Option<bool>, message: Option<&str>) -> Status {
    let word = word.unwrap_or_default();
    let class = match (word, normal) {
        ("error" | "terminated" | "stopped", _) | (_, Some(false)) => StatusClass::Bad,
        ("replicating", _) => StatusClass::Good,
        ("replication stop point set", _) => StatusClass::Moving,
        ("replication stop point reached", _) => StatusClass::Parked,
        _ => StatusClass::Unknown,
    };
    match message.filter(|m| !m.is_empty()) {
        Some(message) if class != StatusClass::Good => Status::new(format!("{word}: {message}"), class),
        _ => Status::new(word, class),
    }
}

/// Status of a snapshot.
pub(super) fn convert_snapshot_status(word: Option<&str>) -> Status {
    match word.unwrap_or_default() {
        w @ "available" => Status::good(w),
        w @ ("creating" | "copying" | "pending") => Status::moving(w),
        w @ ("failed" | "incompatible-restore" | "incompatible-parameters" | "error") => Status::bad(w),
        w => Status::unknown(w),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StatusClass::{Bad, Good, Moving, Parked, Unknown};

    #[test]
    fn status_words_have_their_class_and_strange_ones_are_unknown() {
        for (word, class) in [
            (Some("available"), Good),
            (Some("stopped"), Parked),
            (Some("backing-up"), Moving),
            (Some("storage-optimization"), Moving),
            (Some("failing-over"), Moving),
            (Some("rebooting"), Moving),
            (Some("storage-full"), Bad),
            (Some("inaccessible-encryption-credentials-recoverable"), Bad),
            (Some("incompatible-parameters"), Bad),
            (Some("migration-failed"), Bad),
            (Some("Available"), Unknown),
            (Some("quantum-leaping"), Unknown),
            (Some(""), Unknown),
            (None, Unknown),
        ] {
            assert_eq!(convert_status(word).class, class, "{word:?}");
        }
        assert_eq!(&*convert_status(Some("quantum-leaping")).word, "quantum-leaping");
    }

    #[test]
    fn replication_is_good_only_while_it_replicates() {
        for (word, normal, class) in [
            (Some("replicating"), Some(true), Good),
            (Some("replicating"), Some(false), Bad),
            (Some("error"), Some(true), Bad),
            (Some("stopped"), None, Bad),
            (Some("terminated"), None, Bad),
            (Some("replication stop point set"), Some(true), Moving),
            (Some("replication stop point reached"), Some(true), Parked),
            (Some("dreaming"), Some(true), Unknown),
            (None, None, Unknown),
        ] {
            assert_eq!(convert_replication(word, normal, None).class, class, "{word:?} {normal:?}");
        }
        assert_eq!(&*convert_replication(Some("error"), Some(false), Some("fatal error 1236")).word, "error: fatal error 1236");
    }
}
