//! The mutating calls: absolute values and explicit ids only, never `+k`, so that repeating one cannot add up.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::ids::ResourceId;
use super::super::label::Label;
use super::super::operation::OperationId;
use super::refresh::RefreshPreferences;

/// One registration of a member at a balancer: a member may stand in a pool once per port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Registration {
    pub member: ResourceId,
    /// `None`: the pool's own port.
    pub port: Option<u16>,
}

/// One mutating call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    SetDesired {
        group: ResourceId,
        desired: u32,
        honor_cooldown: bool,
    },
    /// Bounds and desired in one call, so that no moment lies between them.
    SetBounds {
        group: ResourceId,
        min: u32,
        max: u32,
        desired: u32,
    },
    /// Terminates exactly these and shrinks desired with them; never leaves the choice to a termination policy. Plans name one member a
    /// call, so that each has an intent and an answer of its own.
    TerminateMembers {
        group: ResourceId,
        members: Vec<ResourceId>,
    },
    /// Terminates one; its group launches another in its stead.
    ReplaceMember {
        group: ResourceId,
        member: ResourceId,
    },
    /// Switches processes of the group's automation off. Never empty: to the cloud an empty list means all of them.
    Suspend {
        group: ResourceId,
        processes: Vec<Label>,
    },
    /// Switches them on again. Never empty.
    ResumeProcesses {
        group: ResourceId,
        processes: Vec<Label>,
    },
    /// Parks members: billed, but without traffic and checks. `replace` launches others meanwhile; else desired shrinks with them.
    EnterStandby {
        group: ResourceId,
        members: Vec<ResourceId>,
        replace: bool,
    },
    /// Puts parked members back; desired grows with them.
    ExitStandby {
        group: ResourceId,
        members: Vec<ResourceId>,
    },
    /// Protects members from scale-in, or no longer.
    Protect {
        group: ResourceId,
        members: Vec<ResourceId>,
        on: bool,
    },
    Register {
        group: ResourceId,
        pool: ResourceId,
        targets: Vec<Registration>,
    },
    Deregister {
        group: ResourceId,
        pool: ResourceId,
        targets: Vec<Registration>,
    },
    Reboot {
        group: ResourceId,
        member: ResourceId,
    },
    StartRefresh {
        group: ResourceId,
        preferences: RefreshPreferences,
    },
    CancelRefresh {
        group: ResourceId,
    },
    RollBackRefresh {
        group: ResourceId,
    },
    /// Leaves a tag on the group that says who is at work on it, for consoles on other machines.
    Mark {
        group: ResourceId,
        operation: OperationId,
        text: Label,
    },
    Unmark {
        group: ResourceId,
        operation: OperationId,
    },
    /// A second group like the first one, named `name`, running `version` and filling `pool` instead of its own.
    CloneGroup {
        group: ResourceId,
        name: String,
        version: Option<Label>,
        pool: ResourceId,
        min: u32,
        max: u32,
        desired: u32,
    },
    /// Deletes a group with all its members.
    DeleteGroup {
        group: ResourceId,
    },
    /// Shares of a rule's traffic: pool and weight. All pools of the rule are named.
    SetWeights {
        group: ResourceId,
        rule: ResourceId,
        weights: Vec<(ResourceId, u32)>,
    },
    RebootDatabase {
        database: ResourceId,
        fail_over: bool,
    },
    FailOverDatabase {
        database: ResourceId,
    },
    SnapshotDatabase {
        database: ResourceId,
        name: String,
    },
    /// Keeps an alarm's actions from running until then, under a rule of this name.
    MuteAlarm {
        alarm: ResourceId,
        rule: String,
        until: Timestamp,
    },
    UnmuteAlarm {
        alarm: ResourceId,
        rule: String,
    },
}

/// What may be done about a call whose answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Repeat {
    /// Says how things shall be: sending it twice changes nothing more. Still looked at first.
    Absolute,
    /// Whether it was carried out shows by reading, once reads have settled; it is sent again only when it shows that it was not.
    ByReading,
    /// Leaves no trace that tells, and doing it twice does harm: a human decides.
    AskHuman,
}

impl Call {
    /// The thing that changes: a group, a database, an alarm.
    pub fn target(&self) -> &ResourceId {
        match self {
            Self::SetDesired { group, .. }
            | Self::SetBounds { group, .. }
            | Self::TerminateMembers { group, .. }
            | Self::ReplaceMember { group, .. }
            | Self::Suspend { group, .. }
            | Self::ResumeProcesses { group, .. }
            | Self::EnterStandby { group, .. }
            | Self::ExitStandby { group, .. }
            | Self::Protect { group, .. }
            | Self::Register { group, .. }
            | Self::Deregister { group, .. }
            | Self::Reboot { group, .. }
            | Self::StartRefresh { group, .. }
            | Self::CancelRefresh { group }
            | Self::RollBackRefresh { group }
            | Self::Mark { group, .. }
            | Self::Unmark { group, .. }
            | Self::CloneGroup { group, .. }
            | Self::DeleteGroup { group }
            | Self::SetWeights { group, .. } => group,
            Self::RebootDatabase { database, .. } | Self::FailOverDatabase { database } | Self::SnapshotDatabase { database, .. } => {
                database
            }
            Self::MuteAlarm { alarm, .. } | Self::UnmuteAlarm { alarm, .. } => alarm,
        }
    }

    /// The one table of what a repetition means.
    pub fn repeat(&self) -> Repeat {
        match self {
            Self::SetDesired { .. }
            | Self::SetBounds { .. }
            | Self::Suspend { .. }
            | Self::ResumeProcesses { .. }
            | Self::Protect { .. }
            | Self::Register { .. }
            | Self::Deregister { .. }
            | Self::Mark { .. }
            | Self::Unmark { .. }
            | Self::SetWeights { .. }
            | Self::MuteAlarm { .. }
            | Self::UnmuteAlarm { .. } => Repeat::Absolute,
            // A name or an id of its own tells whether it happened.
            Self::TerminateMembers { .. }
            | Self::ReplaceMember { .. }
            | Self::EnterStandby { .. }
            | Self::ExitStandby { .. }
            | Self::StartRefresh { .. }
            | Self::CancelRefresh { .. }
            | Self::RollBackRefresh { .. }
            | Self::CloneGroup { .. }
            | Self::DeleteGroup { .. }
            | Self::SnapshotDatabase { .. } => Repeat::ByReading,
            Self::Reboot { .. } | Self::RebootDatabase { .. } | Self::FailOverDatabase { .. } => Repeat::AskHuman,
        }
    }

    /// Members that stop serving by this call.
    pub fn takes_out(&self) -> &[ResourceId] {
        match self {
            Self::TerminateMembers { members, .. } | Self::EnterStandby { members, .. } => members,
            Self::ReplaceMember { member, .. } | Self::Reboot { member, .. } => std::slice::from_ref(member),
            _ => &[],
        }
    }

    /// For journals and logs: `set desired capacity 8`.
    pub fn describe(&self) -> String {
        match self {
            Self::SetDesired { desired, honor_cooldown, .. } => {
                format!("set desired capacity {desired}{}", if *honor_cooldown { ", honouring the cooldown" } else { "" })
            }
            Self::SetBounds { min, max, desired, .. } => format!("set bounds {min}–{max} and desired capacity {desired}"),
            Self::TerminateMembers { members, .. } => format!("terminate {} and shrink desired by {}", ids(members), members.len()),
            Self::ReplaceMember { member, .. } => format!("terminate {}, to be replaced", member.native()),
            Self::Suspend { processes, .. } => format!("suspend {}", listed(processes)),
            Self::ResumeProcesses { processes, .. } => format!("resume {}", listed(processes)),
            Self::EnterStandby { members, replace: true, .. } => format!("put {} into standby, with a replacement", ids(members)),
            Self::EnterStandby { members, .. } => format!("put {} into standby and shrink desired by {}", ids(members), members.len()),
            Self::ExitStandby { members, .. } => format!("take {} out of standby", ids(members)),
            Self::Protect { members, on: true, .. } => format!("protect {} from scale-in", ids(members)),
            Self::Protect { members, .. } => format!("no longer protect {} from scale-in", ids(members)),
            Self::Register { pool, targets, .. } => format!("register {} at {}", registered(targets), pool.native()),
            Self::Deregister { pool, targets, .. } => format!("deregister {} from {}", registered(targets), pool.native()),
            Self::Reboot { member, .. } => format!("reboot {}", member.native()),
            Self::StartRefresh { preferences, .. } => format!("start an instance refresh ({})", preferences.describe()),
            Self::CancelRefresh { .. } => "cancel the instance refresh".to_owned(),
            Self::RollBackRefresh { .. } => "roll the instance refresh back".to_owned(),
            Self::Mark { .. } => "mark the group as being worked on".to_owned(),
            Self::Unmark { .. } => "take our mark off the group".to_owned(),
            Self::CloneGroup { name, desired, .. } => format!("create the group {name} with {desired}"),
            Self::DeleteGroup { group } => format!("delete the group {} and its members", group.native()),
            Self::SetWeights { weights, .. } => {
                let shares: Vec<String> = weights.iter().map(|(pool, weight)| format!("{} {weight}", pool.native())).collect();
                format!("share the traffic: {}", shares.join(", "))
            }
            Self::RebootDatabase { fail_over: true, .. } => "reboot the database with a failover".to_owned(),
            Self::RebootDatabase { .. } => "reboot the database".to_owned(),
            Self::FailOverDatabase { .. } => "fail the database over".to_owned(),
            Self::SnapshotDatabase { name, .. } => format!("take the snapshot {name}"),
            Self::MuteAlarm { until, .. } => format!("mute the alarm until {}", until.strftime("%Y-%m-%d %H:%M UTC")),
            Self::UnmuteAlarm { .. } => "unmute the alarm".to_owned(),
        }
    }

    /// How long a read may take to show it, at least: clouds answer reads from copies.
    pub const SETTLE: Duration = Duration::from_secs(30);
}

fn ids(members: &[ResourceId]) -> String {
    members.iter().map(ResourceId::native).collect::<Vec<_>>().join(", ")
}

fn listed(words: &[Label]) -> String {
    words.iter().map(|w| &**w).collect::<Vec<_>>().join(", ")
}

fn registered(targets: &[Registration]) -> String {
    let one = |t: &Registration| t.port.map_or_else(|| t.member.native().to_owned(), |p| format!("{}:{p}", t.member.native()));
    targets.iter().map(one).collect::<Vec<_>>().join(", ")
}
