//! The calls in the cloud's words, and what one must be allowed to do for each.

use crate::domain::Call;

/// The call that is made.
pub(super) fn operation(call: &Call) -> &'static str {
    permissions(call)[0]
}

/// The call itself first, then what it needs beside.
pub(super) fn permissions(call: &Call) -> &'static [&'static str] {
    match call {
        Call::SetDesired { .. } => &["autoscaling:SetDesiredCapacity"],
        Call::SetBounds { .. } => &["autoscaling:UpdateAutoScalingGroup"],
        Call::TerminateMembers { .. } | Call::ReplaceMember { .. } => &["autoscaling:TerminateInstanceInAutoScalingGroup"],
        Call::Suspend { .. } => &["autoscaling:SuspendProcesses"],
        Call::ResumeProcesses { .. } => &["autoscaling:ResumeProcesses"],
        Call::EnterStandby { .. } => &["autoscaling:EnterStandby"],
        Call::ExitStandby { .. } => &["autoscaling:ExitStandby"],
        Call::Protect { .. } => &["autoscaling:SetInstanceProtection"],
        Call::Register { .. } => &["elasticloadbalancing:RegisterTargets"],
        Call::Deregister { .. } => &["elasticloadbalancing:DeregisterTargets"],
        Call::Reboot { .. } => &["ec2:RebootInstances"],
        Call::StartRefresh { .. } => &["autoscaling:StartInstanceRefresh", "ec2:RunInstances", "iam:PassRole"],
        Call::CancelRefresh { .. } => &["autoscaling:CancelInstanceRefresh"],
        Call::RollBackRefresh { .. } => &["autoscaling:RollbackInstanceRefresh", "ec2:RunInstances", "iam:PassRole"],
        Call::Mark { .. } => &["autoscaling:CreateOrUpdateTags"],
        Call::Unmark { .. } => &["autoscaling:DeleteTags"],
        Call::CloneGroup { .. } => &["autoscaling:CreateAutoScalingGroup", "ec2:RunInstances", "iam:PassRole"],
        Call::DeleteGroup { .. } => &["autoscaling:DeleteAutoScalingGroup"],
        Call::SetWeights { .. } => &["elasticloadbalancing:ModifyRule"],
        Call::RebootDatabase { .. } | Call::FailOverDatabase { .. } => &["rds:RebootDBInstance"],
        Call::SnapshotDatabase { .. } => &["rds:CreateDBSnapshot"],
        Call::MuteAlarm { .. } => &["cloudwatch:PutAlarmMuteRule"],
        Call::UnmuteAlarm { .. } => &["cloudwatch:DeleteAlarmMuteRule"],
    }
}
