//! The journal as it is read back: one [`Entry`] per operation, with its calls and remarks. Serializes for export.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::store::IntentId;
use crate::domain::plan::Size;
use crate::domain::{Call, Label, OperationId, Phase, Scope};

/// What became of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The cloud accepted it.
    Accepted,
    /// The cloud refused it; it was not carried out.
    Refused,
    /// The answer was lost; reading showed that it was carried out.
    FoundDone,
    /// The answer was lost and nothing that was read tells.
    Unclear,
}

/// One call of an operation, as intended and answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub id: IntentId,
    /// The strategy's own name for it, such as `slot-3/terminate`; empty in records of the first version.
    pub name: String,
    /// Position in the plan, from 0.
    pub step: u32,
    /// Tries of the same step, from 1.
    pub attempt: u32,
    pub at: Timestamp,
    pub call: Call,
    /// `None`: no answer was recorded. The call may have been made.
    pub answer: Option<Answer>,
    pub answered: Option<Timestamp>,
    pub text: Option<Label>,
}

/// Something that happened on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    pub at: Timestamp,
    pub text: Label,
}

/// One operation: who, where, what, before, after, outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: OperationId,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    pub user: Label,
    pub host: Label,
    pub principal: Label,
    pub scope: Scope,
    /// The group's name as shown, and its own id.
    pub group: Label,
    pub group_id: String,
    pub title: Label,
    /// Size when it began, and the size it was to reach.
    pub before: Option<Size>,
    pub after: Option<Size>,
    /// Size last seen.
    pub reached: Option<Size>,
    /// How it ended. `None`: no end was recorded; it runs, or its process died.
    pub phase: Option<Phase>,
    /// The closing sentence.
    pub outcome: Option<Label>,
    pub steps: Vec<Step>,
    pub remarks: Vec<Remark>,
}

impl Entry {
    /// `done`, `stuck`, …; `unfinished` where no end is on record.
    pub fn state(&self) -> &'static str {
        self.phase.map_or("unfinished", |p| p.word())
    }
}

/// Which entries to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub id: Option<OperationId>,
    /// Name or id of the group, exact.
    pub group: Option<String>,
    pub since: Option<Timestamp>,
    /// As [`Entry::state`] words it.
    pub state: Option<String>,
    pub limit: Option<usize>,
}

impl Filter {
    pub(super) fn passes(&self, e: &Entry) -> bool {
        self.id.as_ref().is_none_or(|id| *id == e.id)
            && self.group.as_ref().is_none_or(|g| *g == *e.group || *g == e.group_id)
            && self.since.is_none_or(|since| e.started >= since)
            && self.state.as_deref().is_none_or(|s| s == e.state())
    }
}
