//! Alarms: from the cloud, or from our own checks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::ResourceId;
use super::label::Label;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlarmState {
    Ok,
    Firing,
    /// No data: grey, never green.
    NoData,
    Other(Label),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    pub id: ResourceId,
    pub name: Label,
    /// `metric`, `composite`, `log`.
    pub kind: Label,
    pub state: AlarmState,
    pub reason: Label,
    pub since: Option<Timestamp>,
    /// Switched off: it may fire without telling anybody.
    pub actions_enabled: bool,
    /// Part of a scaling policy.
    pub drives_scaling: bool,
    /// Values of the alarm's dimensions, for the join with what it is about.
    pub dimensions: Vec<(Label, Label)>,
    /// `5xx > 5 for 2 of 2 minutes`.
    pub condition: Option<Label>,
    /// Its actions do not run until then, by these rules: name and end.
    pub muted: Vec<(Label, Option<Timestamp>)>,
    /// What it is about, joined by `assemble` where a dimension names it.
    pub about: Option<ResourceId>,
}
