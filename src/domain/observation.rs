//! What providers hand over: single facts, page by page. `assemble` joins them into a snapshot.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::alarm::Alarm;
use super::change::Change;
use super::database::Database;
use super::group::{Activity, Group, ScalingPolicy, ScheduledAction};
use super::ids::{ResourceId, Scope};
use super::label::Label;
use super::member::Probe;
use super::metric::Series;
use super::pool::TargetPool;
use super::status::Status;

/// Who we are in a scope, as the cloud sees us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub scope: Scope,
    /// Account number, project or cluster.
    pub account: Label,
    /// ARN or principal.
    pub principal: Label,
    /// When the credentials end, where known.
    pub expires: Option<Timestamp>,
    /// How far our clock is from the cloud's, in seconds; positive = ours is ahead.
    pub skew_seconds: Option<i64>,
}

/// An instance from the inventory, in a group or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    pub id: ResourceId,
    pub name: Option<Label>,
    pub zone: Label,
    pub instance_type: Option<Label>,
    pub address: Option<Label>,
    pub public_address: Option<Label>,
    pub launched: Option<Timestamp>,
    pub state: Status,
    pub state_reason: Option<Label>,
    /// Worst of the cloud's status checks.
    pub checks: Option<Status>,
    pub image: Option<Label>,
    pub spot: bool,
    pub tags: Vec<(Label, Label)>,
    /// Name of the group that owns it, where a tag says so; such an instance never stands alone.
    pub group: Option<Label>,
}

/// One fact. Variants that belong to a group name it; they may arrive before the group does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "a page of them is taken apart at once")]
pub enum Observation {
    Identity(Identity),
    Group(Group),
    Instance(Instance),
    Pool(TargetPool),
    Database(Database),
    Alarm(Alarm),
    Series(Series),
    Change(Change),
    Policies { group: ResourceId, policies: Vec<ScalingPolicy> },
    Schedules { group: ResourceId, schedules: Vec<ScheduledAction> },
    Activities { group: ResourceId, activities: Vec<Activity> },
    Probe { member: ResourceId, probe: Probe },
}
