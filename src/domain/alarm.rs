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

impl Alarm {
    /// Whether something mutes it at this moment, and until when: the last end, or none where a rule comes again and again.
    pub fn muted_until(&self, now: Timestamp) -> Option<Option<Timestamp>> {
        let open = self.muted.iter().map(|(_, end)| *end).filter(|end| end.is_none_or(|end| end > now));
        // Without an end is later than any.
        open.max_by_key(|end| (end.is_none(), *end))
    }
}
