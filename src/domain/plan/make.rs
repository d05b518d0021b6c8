//! From a request to its plan: one place that knows which planner makes which.

use super::super::snapshot::Snapshot;
use super::super::time::Now;
use super::request::Request;
use super::scale::{PlanError, plan_scale};
use super::{GuardRules, Plan};

/// Makes the plan of any request. Guards are judged separately by [`super::guard::guard`].
pub fn plan(snapshot: &Snapshot, request: &Request, rules: &GuardRules, now: Now) -> Result<Plan, PlanError> {
    match request {
        Request::Scale(r) => plan_scale(snapshot, r, rules, now),
        other => Err(PlanError::NotPossible(format!("{} is not possible here", other.word()))),
    }
}
