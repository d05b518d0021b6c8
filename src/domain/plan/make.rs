//! From a request to its plan: one place that knows which planner makes which.

use super::super::snapshot::Snapshot;
use super::super::time::Now;
use super::request::Request;
use super::scale::{PlanError, plan_scale};
use super::setting::Setting;
use super::{GuardRules, Plan, database, freeze, member, missed, mute, processes, redeploy, reroute, retire, rollout};

/// Makes the plan of any request. Guards are judged separately by [`super::guard::guard`].
pub fn plan(snapshot: &Snapshot, request: &Request, rules: &GuardRules, now: Now) -> Result<Plan, PlanError> {
    let setting = Setting { snapshot, rules, now };
    let mut plan = match request {
        Request::Scale(r) => plan_scale(snapshot, r, rules, now),
        Request::Redeploy(r) => redeploy::plan(setting, r),
        Request::Freeze(r) => freeze::freeze(setting, r),
        Request::Thaw(r) => freeze::thaw(setting, r),
        Request::Processes(r) => processes::plan(setting, r),
        Request::Member(r) => member::plan(setting, r),
        Request::Refresh(r) => rollout::plan(setting, r),
        Request::Database(r) => database::plan(setting, r),
        Request::Mute(r) => mute::plan(setting, r),
        Request::Retire(r) => retire::plan(setting, r),
        Request::Reroute(r) => reroute::plan(setting, r),
    }?;
    if let Some(group) = snapshot.group(&plan.target) {
        plan.impact.due = missed::due(&group.item);
    }
    Ok(plan)
}

#[cfg(test)]
mod tests;
