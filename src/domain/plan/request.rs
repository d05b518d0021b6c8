//! What an operator asks for, in absolute words. A plan is made from it, and made again from the same request whenever the world moved.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::ids::{Kind, ResourceId};
use super::super::label::Label;
use super::super::operation::OperationId;
use super::missed::Due;
use super::refresh::RefreshPreferences;
use super::scale::ScaleRequest;
use super::size::Size;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    Scale(ScaleRequest),
    Redeploy(RedeployRequest),
    Freeze(FreezeRequest),
    Thaw(ThawRequest),
    Processes(ProcessRequest),
    Member(MemberRequest),
    Refresh(RefreshRequest),
    Database(DatabaseRequest),
    Mute(MuteRequest),
    Retire(RetireRequest),
    Reroute(RerouteRequest),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedeployRequest {
    pub group: ResourceId,
    pub strategy: Strategy,
}

/// How a group is redeployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The cloud's own.
    Native(RefreshPreferences),
    /// `batch` new ones, then as many old ones out, by id, until all are new.
    SurgeAndDrain { batch: u32 },
    /// `batch` at a time out, replaced, back.
    InPlace { batch: u32 },
    /// A second group beside the first; traffic goes over by weight.
    BlueGreen(BlueGreen),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlueGreen {
    /// Version of the template for the new group; `None`: what the old one says.
    pub version: Option<Label>,
    /// Percent of the traffic on the new group after each step, ascending, the last 100.
    pub steps: Vec<u8>,
    /// Between two steps.
    pub pause: Duration,
    /// How long the old group stays warm after the last step.
    pub bake: Duration,
}

impl Default for BlueGreen {
    /// What it is set to where nobody says otherwise.
    fn default() -> Self {
        Self { version: None, steps: vec![10, 50, 100], pause: Duration::from_mins(5), bake: Duration::from_mins(30) }
    }
}

impl Strategy {
    /// Every word of [`Self::word`], in the order in which they are offered.
    pub const WORDS: [&str; 4] = ["native", "surge-and-drain", "in-place", "blue-green"];

    /// The strategy of this word as it is set where nobody says otherwise and nothing is known of the group.
    pub fn usual(word: &str) -> Option<Self> {
        Some(match word {
            "native" => Self::Native(RefreshPreferences::default()),
            "surge-and-drain" => Self::SurgeAndDrain { batch: 1 },
            "in-place" => Self::InPlace { batch: 1 },
            "blue-green" => Self::BlueGreen(BlueGreen::default()),
            _ => return None,
        })
    }

    /// The word for `--strategy`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Native(_) => "native",
            Self::SurgeAndDrain { .. } => "surge-and-drain",
            Self::InPlace { .. } => "in-place",
            Self::BlueGreen(_) => "blue-green",
        }
    }
}

/// Holds a group still: its automation off, its bounds pinned to its size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreezeRequest {
    pub group: ResourceId,
    /// Switched off before the size is read and pinned.
    pub processes: Vec<Label>,
}

/// Gives a frozen group back what its freeze saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThawRequest {
    pub group: ResourceId,
    pub freeze: OperationId,
    pub saved: Saved,
    /// Goes on though somebody changed the group while it was frozen.
    pub overwrite: bool,
}

/// What a freeze found, and what it made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    pub size: Size,
    /// Bounds and desired as pinned.
    pub pinned: Size,
    /// Processes that the freeze itself suspended: what was off before stays off.
    pub suspended: Vec<Label>,
    /// What the group's schedules were about to do, where the freeze switched them off.
    #[serde(default)]
    pub due: Vec<Due>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessRequest {
    pub group: ResourceId,
    pub processes: Vec<Label>,
    /// `true` suspends, `false` resumes.
    pub suspend: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRequest {
    pub group: ResourceId,
    pub members: Vec<ResourceId>,
    pub act: MemberAct,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemberAct {
    /// Out for good; desired shrinks with it.
    Terminate,
    /// Out, and another in its stead.
    Replace,
    /// Parked, desired shrinks.
    Standby,
    /// Parked, another launches.
    StandbyReplaced,
    /// Back from standby.
    InService,
    Protect,
    Unprotect,
    Deregister,
    Register,
    Reboot,
}

/// A native refresh that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshRequest {
    pub group: ResourceId,
    pub act: RefreshAct,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefreshAct {
    Cancel,
    RollBack,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseRequest {
    pub database: ResourceId,
    pub act: DatabaseAct,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DatabaseAct {
    Reboot,
    /// Reboots into the standby.
    RebootWithFailover,
    FailOver,
    Snapshot {
        name: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MuteRequest {
    pub alarm: ResourceId,
    /// `None` ends the mute.
    pub until: Option<Timestamp>,
}

/// Removes the group that a blue/green redeploy left warm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetireRequest {
    pub group: ResourceId,
    /// The group that took its traffic.
    pub heir: ResourceId,
    pub redeploy: OperationId,
}

/// Sends all traffic to a group that shares the rules of its balancer with another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RerouteRequest {
    /// Gets all of it.
    pub group: ResourceId,
    /// Had it until now.
    pub from: ResourceId,
}

impl Request {
    /// What is changed.
    pub fn target(&self) -> &ResourceId {
        match self {
            Self::Scale(r) => &r.group,
            Self::Redeploy(r) => &r.group,
            Self::Freeze(r) => &r.group,
            Self::Thaw(r) => &r.group,
            Self::Processes(r) => &r.group,
            Self::Member(r) => &r.group,
            Self::Refresh(r) => &r.group,
            Self::Database(r) => &r.database,
            Self::Mute(r) => &r.alarm,
            Self::Retire(r) => &r.group,
            Self::Reroute(r) => &r.group,
        }
    }

    /// Members named by id that are to go.
    pub fn victims(&self) -> &[ResourceId] {
        match self {
            Self::Scale(r) => &r.victims,
            Self::Member(r) if matches!(r.act, MemberAct::Terminate | MemberAct::Replace) => &r.members,
            _ => &[],
        }
    }

    /// All members named by id, whatever is to become of them.
    pub fn named(&self) -> &[ResourceId] {
        match self {
            Self::Scale(r) => &r.victims,
            Self::Member(r) => &r.members,
            _ => &[],
        }
    }

    pub fn as_scale(&self) -> Option<&ScaleRequest> {
        match self {
            Self::Scale(r) => Some(r),
            _ => None,
        }
    }

    /// Every word of [`Self::word`], with what such a request changes.
    pub const WORDS: [(&str, Kind); 26] = [
        ("scale", Kind::Group),
        ("redeploy", Kind::Group),
        ("freeze", Kind::Group),
        ("thaw", Kind::Group),
        ("suspend-processes", Kind::Group),
        ("resume-processes", Kind::Group),
        ("terminate", Kind::Group),
        ("replace", Kind::Group),
        ("standby", Kind::Group),
        ("standby-replaced", Kind::Group),
        ("in-service", Kind::Group),
        ("protect", Kind::Group),
        ("unprotect", Kind::Group),
        ("deregister", Kind::Group),
        ("register", Kind::Group),
        ("reboot", Kind::Group),
        ("cancel-refresh", Kind::Group),
        ("roll-back-refresh", Kind::Group),
        ("retire", Kind::Group),
        ("reroute", Kind::Group),
        ("reboot-database", Kind::Database),
        ("reboot-database-with-failover", Kind::Database),
        ("fail-over", Kind::Database),
        ("snapshot", Kind::Database),
        ("mute", Kind::Alarm),
        ("unmute", Kind::Alarm),
    ];

    /// Only holds something still or stops it: never kept waiting by a window, a ticket or the like.
    pub fn holds_still(&self) -> bool {
        match self {
            Self::Freeze(_) | Self::Refresh(_) => true,
            Self::Mute(r) => r.until.is_none(),
            _ => false,
        }
    }

    /// The word for journals and scripts: `scale`, `redeploy`, `freeze` …
    pub fn word(&self) -> &'static str {
        match self {
            Self::Scale(_) => "scale",
            Self::Redeploy(_) => "redeploy",
            Self::Freeze(_) => "freeze",
            Self::Thaw(_) => "thaw",
            Self::Processes(r) if r.suspend => "suspend-processes",
            Self::Processes(_) => "resume-processes",
            Self::Member(r) => r.act.word(),
            Self::Refresh(r) => match r.act {
                RefreshAct::Cancel => "cancel-refresh",
                RefreshAct::RollBack => "roll-back-refresh",
            },
            Self::Database(r) => r.act.word(),
            Self::Mute(r) if r.until.is_some() => "mute",
            Self::Mute(_) => "unmute",
            Self::Retire(_) => "retire",
            Self::Reroute(_) => "reroute",
        }
    }
}

impl MemberAct {
    pub const ALL: [Self; 10] = [
        Self::Terminate,
        Self::Replace,
        Self::Standby,
        Self::StandbyReplaced,
        Self::InService,
        Self::Protect,
        Self::Unprotect,
        Self::Deregister,
        Self::Register,
        Self::Reboot,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Terminate => "terminate",
            Self::Replace => "replace",
            Self::Standby => "standby",
            Self::StandbyReplaced => "standby-replaced",
            Self::InService => "in-service",
            Self::Protect => "protect",
            Self::Unprotect => "unprotect",
            Self::Deregister => "deregister",
            Self::Register => "register",
            Self::Reboot => "reboot",
        }
    }
}

impl DatabaseAct {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Reboot => "reboot-database",
            Self::RebootWithFailover => "reboot-database-with-failover",
            Self::FailOver => "fail-over",
            Self::Snapshot { .. } => "snapshot",
        }
    }
}
