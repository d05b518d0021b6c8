//! The words of Auto Scaling and what they mean: lifecycle states, activity states, refresh states. A word that is not in a table is
//! unknown, and grey.

use crate::domain::{Status, StatusClass};

/// All 30 states of a member (Auto Scaling API, `LifecycleState`).
pub(super) fn judge_lifecycle(word: &str) -> Status {
    let class = match word {
        "InService" => StatusClass::Good,
        // Billed, not checked, no traffic. What has left the group is on nobody's count either, and a warm pool waits on purpose.
        "Standby"
        | "Terminated"
        | "Detached"
        | "Warmed:Pending"
        | "Warmed:Pending:Wait"
        | "Warmed:Pending:Proceed"
        | "Warmed:Terminating"
        | "Warmed:Terminating:Wait"
        | "Warmed:Terminating:Proceed"
        | "Warmed:Terminated"
        | "Warmed:Stopped"
        | "Warmed:Running"
        | "Warmed:Hibernated" => StatusClass::Parked,
        "Pending"
        | "Pending:Wait"
        | "Pending:Proceed"
        | "EnteringStandby"
        | "Detaching"
        | "Terminating"
        | "Terminating:Wait"
        | "Terminating:Proceed"
        | "ReplacingRootVolume"
        | "ReplacingRootVolume:Wait"
        | "ReplacingRootVolume:Proceed"
        | "RootVolumeReplaced" => StatusClass::Moving,
        // A hook was abandoned under a retain policy: billed, not counted, and nobody but a person will end it.
        "Terminating:Retained" | "Warmed:Pending:Retained" | "Warmed:Terminating:Retained" => StatusClass::Bad,
        // `Quarantined` is in the API and never used; the rest is news to us.
        _ => StatusClass::Unknown,
    };
    Status::new(word, class)
}

/// All states of an activity (`ScalingActivityStatusCode`).
pub(super) fn judge_activity(word: &str) -> Status {
    let class = match word {
        "Successful" => StatusClass::Good,
        "Failed" | "Cancelled" => StatusClass::Bad,
        "PendingSpotBidPlacement"
        | "WaitingForSpotInstanceRequestId"
        | "WaitingForSpotInstanceId"
        | "WaitingForInstanceId"
        | "PreInService"
        | "InProgress"
        | "WaitingForELBConnectionDraining"
        | "WaitingForConnectionDraining"
        | "MidLifecycleAction"
        | "WaitingForInstanceWarmup"
        | "WaitingForInPlaceUpdateToStart"
        | "InPlaceUpdateInProgress"
        | "WaitingForInPlaceUpdateToFinalize" => StatusClass::Moving,
        _ => StatusClass::Unknown,
    };
    Status::new(word, class)
}

/// All states of an instance refresh (`InstanceRefreshStatus`). After a failure the fleet is mixed, and stays so.
pub(super) fn judge_refresh(word: &str) -> Status {
    let class = match word {
        "Pending" | "InProgress" | "Baking" | "Cancelling" | "RollbackInProgress" => StatusClass::Moving,
        "Successful" | "RollbackSuccessful" => StatusClass::Good,
        "Failed" | "Cancelled" | "RollbackFailed" => StatusClass::Bad,
        _ => StatusClass::Unknown,
    };
    Status::new(word, class)
}

/// What the group itself believes of a member.
pub(super) fn judge_health(word: &str) -> Status {
    match word {
        "Healthy" => Status::good(word),
        "Unhealthy" => Status::bad(word),
        _ => Status::unknown(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Kind, Member, ResourceId, Scope};

    /// Counts against desired, leaves, serves: what the rest of the program asks of a lifecycle word.
    #[test]
    fn every_lifecycle_word_has_its_class() {
        use StatusClass::{Bad, Good, Moving, Parked, Unknown};
        let table = [
            ("InService", Good, true),
            ("Standby", Parked, false),
            ("Pending", Moving, true),
            ("Pending:Wait", Moving, true),
            ("Pending:Proceed", Moving, true),
            ("EnteringStandby", Moving, false),
            ("Detaching", Moving, false),
            ("Terminating", Moving, false),
            ("Terminating:Wait", Moving, false),
            ("Terminating:Proceed", Moving, false),
            ("ReplacingRootVolume", Moving, true),
            ("ReplacingRootVolume:Wait", Moving, true),
            ("ReplacingRootVolume:Proceed", Moving, true),
            ("RootVolumeReplaced", Moving, true),
            ("Terminated", Parked, false),
            ("Detached", Parked, false),
            ("Quarantined", Unknown, true),
            ("Terminating:Retained", Bad, false),
            ("Warmed:Pending", Parked, false),
            ("Warmed:Pending:Wait", Parked, false),
            ("Warmed:Pending:Proceed", Parked, false),
            ("Warmed:Pending:Retained", Bad, false),
            ("Warmed:Terminating", Parked, false),
            ("Warmed:Terminating:Wait", Parked, false),
            ("Warmed:Terminating:Proceed", Parked, false),
            ("Warmed:Terminating:Retained", Bad, false),
            ("Warmed:Terminated", Parked, false),
            ("Warmed:Stopped", Parked, false),
            ("Warmed:Running", Parked, false),
            ("Warmed:Hibernated", Parked, false),
            ("SomethingNew", Unknown, true),
        ];
        let scope = Scope::new("aws", "test", "eu-central-1");
        for (word, class, counts) in table {
            let member = Member::new(ResourceId::new(&scope, Kind::Member, "i-1"), "a", judge_lifecycle(word));
            assert_eq!(member.lifecycle.class, class, "{word}");
            assert_eq!(member.lifecycle.word.as_str(), word);
            assert_eq!(member.counts(), counts, "{word}");
        }
    }

    #[test]
    fn activity_and_refresh_words_are_told_apart() {
        for (word, class) in [
            ("Successful", StatusClass::Good),
            ("Failed", StatusClass::Bad),
            ("Cancelled", StatusClass::Bad),
            ("MidLifecycleAction", StatusClass::Moving),
            ("WaitingForELBConnectionDraining", StatusClass::Moving),
            ("Sideways", StatusClass::Unknown),
        ] {
            assert_eq!(judge_activity(word).class, class, "{word}");
        }
        for (word, class) in [
            ("Baking", StatusClass::Moving),
            ("RollbackSuccessful", StatusClass::Good),
            ("RollbackFailed", StatusClass::Bad),
            ("Paused", StatusClass::Unknown),
        ] {
            assert_eq!(judge_refresh(word).class, class, "{word}");
        }
        assert!(!judge_health("").is_good());
    }
}
