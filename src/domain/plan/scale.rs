//! Scaling: from a request to a plan with its impact.

use serde::{Deserialize, Serialize};

use super::super::ids::ResourceId;
use super::super::snapshot::Snapshot;
use super::super::time::Now;
use super::{GuardRules, Plan};

/// What the operator asked for, absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScaleRequest {
    pub group: ResourceId,
    pub desired: u32,
    /// New bounds, where they must move.
    pub min: Option<u32>,
    pub max: Option<u32>,
    pub honor_cooldown: bool,
    /// Members to take out by id, going down; empty = the termination policy chooses.
    pub victims: Vec<ResourceId>,
}

/// Why no plan could be made at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("the group is no longer there")]
    Gone,
    #[error("{0} cannot be scaled: it is a single instance in no group")]
    NotScalable(String),
    #[error("nothing would change: desired is already {0}")]
    NothingToDo(u32),
}

/// Makes the plan from the snapshot. Guards are judged separately by [`super::guard::guard`].
pub fn plan_scale(_snapshot: &Snapshot, _request: &ScaleRequest, _rules: &GuardRules, _now: Now) -> Result<Plan, PlanError> {
    Err(PlanError::Gone)
}
