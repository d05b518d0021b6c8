//! What an operator scales: Auto Scaling group, managed instance group, service, deployment, or a single instance.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::ids::ResourceId;
use super::label::Label;
use super::member::Member;
use super::memo::Memo;
use super::operation::OperationId;
use super::status::Status;

/// The sort of group; the short word stands in the KIND column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum GroupKind {
    AutoScalingGroup,
    /// A single instance that no group owns; it cannot be scaled.
    Instance,
}

impl GroupKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::AutoScalingGroup => "asg",
            Self::Instance => "ec2",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::AutoScalingGroup => "Auto Scaling group",
            Self::Instance => "single instance",
        }
    }

    pub fn can_scale(self) -> bool {
        matches!(self, Self::AutoScalingGroup)
    }
}

/// Who else believes to own this group and will undo what we change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// `terraform`, `cloudformation`, `eks`, … from tags or the cloud's operator field.
    pub tool: Label,
    /// The cloud forbids changes by anybody but this owner.
    pub exclusive: bool,
}

/// A process of the group's automation that somebody switched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuspendedProcess {
    pub name: Label,
    pub reason: Label,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PolicyKind {
    /// Holds `metric` at `target`; `scale_in` false means it only ever adds.
    TargetTracking {
        metric: Label,
        target: f64,
        scale_in: bool,
    },
    Step {
        adjustment: Label,
    },
    Simple {
        adjustment: Label,
    },
    Predictive,
    Other(Label),
}

/// A policy that changes desired by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalingPolicy {
    pub name: Label,
    pub enabled: bool,
    pub kind: PolicyKind,
    /// Alarms that drive this policy: never to be muted.
    pub alarms: Vec<Label>,
}

impl ScalingPolicy {
    /// `holds ALBRequestCountPerTarget at 100`, for cards and tables.
    pub fn describe(&self) -> String {
        match &self.kind {
            PolicyKind::TargetTracking { metric, target, scale_in } => {
                format!("holds {metric} at {target}{}", if *scale_in { "" } else { ", out only" })
            }
            PolicyKind::Step { adjustment } => format!("steps {adjustment} on alarm"),
            PolicyKind::Simple { adjustment } => format!("adds {adjustment} on alarm"),
            PolicyKind::Predictive => "scales ahead of a forecast".to_owned(),
            PolicyKind::Other(word) => word.to_string(),
        }
    }
}

/// A change of size at a set time. Times are the cloud's; `zone` is the IANA zone of `recurrence`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledAction {
    pub name: Label,
    pub next: Option<Timestamp>,
    pub recurrence: Option<Label>,
    pub zone: Option<Label>,
    pub min: Option<u32>,
    pub max: Option<u32>,
    pub desired: Option<u32>,
}

/// One scaling activity with its cause, newest first in [`Group::activities`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    pub id: Label,
    pub status: Status,
    pub description: Label,
    pub cause: Label,
    /// Why it failed, where the cloud says.
    pub message: Option<Label>,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    /// 0–100.
    pub progress: Option<u8>,
}

impl Activity {
    pub fn is_open(&self) -> bool {
        self.ended.is_none() && self.status.is_moving()
    }
}

/// A rollout under way (instance refresh, rolling update).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// The cloud's own id of it, where it has one.
    pub id: Label,
    pub status: Status,
    /// 0–100. Runs backwards in a rollback.
    pub percent: Option<u8>,
    /// Members not replaced yet.
    pub left: Option<u32>,
    pub reason: Option<Label>,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    /// Version it goes to, where it was named.
    pub version: Option<Label>,
}

/// A pause that the group makes with members on their way in or out, until somebody completes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    pub name: Label,
    /// On the way in; else on the way out.
    pub launching: bool,
    pub timeout: Duration,
}

/// Instances kept ready outside the group, to launch from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmPool {
    /// How many are in it; `None`: not said.
    pub size: Option<u32>,
    /// Members that go by scale-in return to it, software and all.
    pub reuses: bool,
}

/// What a console leaves on a group it is at work on, for consoles on other machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub operation: OperationId,
    /// `freeze at 4 by ana@laptop, since 2026-11-20 03:12 UTC`.
    pub text: Label,
}

impl Mark {
    /// What is at work, in the room of a row: `redeploy by ana@laptop`.
    pub fn in_short(&self) -> String {
        let words = self.text.rsplit_once(", since").map_or(&*self.text, |(words, _)| words);
        let kind = words.split_whitespace().next().unwrap_or("operation").to_lowercase();
        words.rsplit_once(" by ").map_or_else(|| kind.clone(), |(_, who)| format!("{kind} by {who}"))
    }

    /// When the operation began, as its text says; `None` where it does not.
    pub fn since(&self) -> Option<Timestamp> {
        let (_, since) = self.text.rsplit_once("since ")?;
        DateTime::strptime("%Y-%m-%d %H:%M UTC", since).ok()?.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp())
    }

    /// The group is held still until it is thawed.
    pub fn is_freeze(&self) -> bool {
        self.text.split_whitespace().next().is_some_and(|word| word == "freeze")
    }
}

/// The tag a [`Mark`] is written to: operation id, a space, the text.
pub const MARK_TAG: &str = "pilothouse:operation";

/// A fleet with bounds. Counts are instances, or units for a weighted group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub id: ResourceId,
    pub name: Label,
    pub kind: GroupKind,
    /// Zones the group may use, sorted.
    pub zones: Vec<Label>,
    /// `None` where the kind has no such number: missing is never zero.
    pub desired: Option<u32>,
    pub min: Option<u32>,
    pub max: Option<u32>,
    pub members: Vec<Member>,
    pub version_wanted: Option<Label>,
    /// The version is chosen anew at each launch (`$Latest`, `$Default`): `version_wanted` is what it means now.
    pub version_floats: bool,
    pub suspended: Vec<SuspendedProcess>,
    pub cooldown: Option<Duration>,
    pub warmup: Option<Duration>,
    /// Health check grace period.
    pub grace: Option<Duration>,
    pub health_check: Label,
    pub termination_policies: Vec<Label>,
    /// New members start protected from scale-in.
    pub protects_new: bool,
    /// Capacity counts units of weight, not instances.
    pub weighted: bool,
    /// A policy mixes instance types and spot with on-demand.
    pub mixed: bool,
    pub warm_pool: Option<WarmPool>,
    pub owner: Option<Owner>,
    /// Only set in odd states (`Delete in progress`).
    pub status: Option<Status>,
    pub tags: Vec<(Label, Label)>,
    pub created: Option<Timestamp>,
    /// Pools the group registers its members in.
    pub pools: Vec<ResourceId>,
    pub rollout: Option<Rollout>,
    /// `None` = not read.
    pub hooks: Option<Vec<Hook>>,
    // Filled by `assemble` from their own sources; `None` = not read (yet).
    pub policies: Option<Vec<ScalingPolicy>>,
    pub schedules: Option<Vec<ScheduledAction>>,
    pub activities: Option<Vec<Activity>>,
    /// Behind [`Group::tally`].
    #[serde(skip)]
    pub tallied: Memo<Tally>,
}

/// Counts over the members that every frame shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub in_service: u32,
    pub healthy: u32,
    pub counted: u32,
    /// Members on their way in or out.
    pub moving: u32,
    /// See [`Group::versions`].
    pub versions: Vec<(Label, u32)>,
}

impl Group {
    /// An empty group of a kind, for providers and tests to fill.
    pub fn new(id: ResourceId, name: Label, kind: GroupKind) -> Self {
        Self {
            id,
            name,
            kind,
            zones: Vec::new(),
            desired: None,
            min: None,
            max: None,
            members: Vec::new(),
            version_wanted: None,
            version_floats: false,
            suspended: Vec::new(),
            cooldown: None,
            warmup: None,
            grace: None,
            health_check: Label::default(),
            termination_policies: Vec::new(),
            protects_new: false,
            weighted: false,
            mixed: false,
            warm_pool: None,
            owner: None,
            status: None,
            tags: Vec::new(),
            created: None,
            pools: Vec::new(),
            rollout: None,
            hooks: None,
            policies: None,
            schedules: None,
            activities: None,
            tallied: Memo::default(),
        }
    }

    /// All counts, made once per group value: drawing must not cost a walk over the members. For finished groups only, since members
    /// added later are not seen.
    pub fn tally(&self) -> &Tally {
        self.tallied.get_or_make(|| Tally {
            in_service: self.in_service(),
            healthy: self.healthy(),
            counted: self.counted(),
            moving: self.members.iter().filter(|m| m.lifecycle.is_moving()).count() as u32,
            versions: self.versions(),
        })
    }

    /// Members in service, whatever their health.
    pub fn in_service(&self) -> u32 {
        self.members.iter().filter(|m| m.in_service()).count() as u32
    }

    /// Members in service *and* healthy by every check that is known, balancer included.
    pub fn healthy(&self) -> u32 {
        self.members.iter().filter(|m| m.serves()).count() as u32
    }

    /// Members that count against desired: neither parked nor on their way out.
    pub fn counted(&self) -> u32 {
        self.members.iter().filter(|m| m.counts()).count() as u32
    }

    /// Version words running with their counts, most first.
    pub fn versions(&self) -> Vec<(Label, u32)> {
        let mut out: Vec<(Label, u32)> = Vec::new();
        for v in self.members.iter().filter(|m| m.counts()).filter_map(|m| m.version.as_ref()) {
            match out.iter_mut().find(|(w, _)| w == v) {
                Some((_, n)) => *n += 1,
                None => out.push((v.clone(), 1)),
            }
        }
        out.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        out
    }

    /// Counted members per zone, every zone of the group included.
    pub fn by_zone(&self) -> Vec<(Label, u32)> {
        let mut out: Vec<(Label, u32)> = self.zones.iter().map(|z| (z.clone(), 0)).collect();
        for m in self.members.iter().filter(|m| m.counts()) {
            match out.iter_mut().find(|(z, _)| *z == m.zone) {
                Some((_, n)) => *n += 1,
                None => out.push((m.zone.clone(), 1)),
            }
        }
        out.sort();
        out
    }

    /// Who says to be at work on it.
    pub fn mark(&self) -> Option<Mark> {
        let (_, value) = self.tags.iter().find(|(key, _)| &**key == MARK_TAG)?;
        let (id, text) = value.split_once(' ').unwrap_or((value, ""));
        Some(Mark { operation: OperationId(id.to_owned()), text: Label::new(text) })
    }

    pub fn is_suspended(&self, process: &str) -> bool {
        self.suspended.iter().any(|s| &*s.name == process)
    }

    pub fn open_activities(&self) -> impl Iterator<Item = &Activity> {
        self.activities.iter().flatten().filter(|a| a.is_open())
    }
}
