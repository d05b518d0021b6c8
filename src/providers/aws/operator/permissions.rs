//! What IAM must allow for a call.

use crate::domain::Call;
use crate::providers::aws::rds::Named;

use super::{balancing, copying, databases, muting, refreshing, scaling, weights};

/// The actions a call needs, those of looking first included.
pub(super) fn of(call: &Call) -> &'static [&'static str] {
    match call {
        Call::SetDesired { .. } => &[scaling::SET_DESIRED],
        Call::SetBounds { .. } => &[scaling::UPDATE],
        Call::TerminateMembers { .. } | Call::ReplaceMember { .. } => &[scaling::TERMINATE],
        Call::Suspend { .. } => &[scaling::SUSPEND],
        Call::ResumeProcesses { .. } => &[scaling::RESUME],
        Call::EnterStandby { .. } => &[scaling::ENTER_STANDBY],
        Call::ExitStandby { .. } => &[scaling::EXIT_STANDBY],
        Call::Protect { .. } => &[scaling::PROTECT],
        Call::Register { pool, .. } if balancing::is_target_group(pool) => &[balancing::REGISTER],
        Call::Register { .. } => &[balancing::REGISTER_CLASSIC],
        Call::Deregister { pool, .. } if balancing::is_target_group(pool) => &[balancing::DEREGISTER],
        Call::Deregister { .. } => &[balancing::DEREGISTER_CLASSIC],
        Call::Reboot { .. } => &[scaling::REBOOT],
        // A new version is launched by the service on our behalf.
        Call::StartRefresh { preferences, .. } if preferences.version.is_some() => &[refreshing::START, "ec2:RunInstances", "iam:PassRole"],
        Call::StartRefresh { .. } => &[refreshing::START],
        Call::CancelRefresh { .. } => &[refreshing::CANCEL],
        Call::RollBackRefresh { .. } => &[refreshing::ROLL_BACK],
        Call::Mark { .. } => &[scaling::TAG],
        Call::Unmark { .. } => &[scaling::UNTAG],
        Call::CloneGroup { .. } => &[copying::CREATE, copying::METRICS, scaling::TAG, "ec2:RunInstances", "iam:PassRole"],
        Call::DeleteGroup { .. } => &[copying::DELETE],
        Call::SetWeights { rule, .. } if weights::is_listener(rule.native()) => &[weights::MODIFY_LISTENER],
        Call::SetWeights { .. } => &[weights::MODIFY_RULE],
        Call::RebootDatabase { .. } => &[databases::REBOOT],
        Call::FailOverDatabase { database } if matches!(Named::parse(database.native()), Some(Named::Cluster(_))) => {
            &[databases::FAIL_OVER]
        }
        Call::FailOverDatabase { .. } => &[databases::REBOOT],
        Call::SnapshotDatabase { database, .. } if matches!(Named::parse(database.native()), Some(Named::Cluster(_))) => {
            &[databases::SNAPSHOT_CLUSTER]
        }
        Call::SnapshotDatabase { .. } => &[databases::SNAPSHOT],
        Call::MuteAlarm { .. } => &[muting::MUTE],
        Call::UnmuteAlarm { .. } => &[muting::UNMUTE],
    }
}
