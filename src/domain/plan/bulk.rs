//! One kind of request on several groups: a plan for each, in order, under one confirmation. They are carried out one group at a time;
//! what cannot be planned is listed with its reason, never dropped.

use super::super::group::Group;
use super::super::ids::ResourceId;
use super::super::label::Label;
use super::super::snapshot::Snapshot;
use super::super::time::Now;
use super::make::plan;
use super::request::Request;
use super::scale::PlanError;
use super::{Confirmation, GuardRules, Plan};

/// Plans for several groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Bulk {
    /// In the order in which they are carried out.
    pub plans: Vec<Plan>,
    /// Targets without a plan: id, name and why.
    pub left_out: Vec<(ResourceId, Label, PlanError)>,
    /// For all of them at once.
    pub confirmation: Confirmation,
}

/// Plans `make`'s request for each target, in the order given, each once. A target that is gone is left out with that reason.
pub fn bulk(snapshot: &Snapshot, targets: &[ResourceId], make: impl Fn(&Group) -> Request, rules: &GuardRules, now: Now) -> Bulk {
    let mut plans: Vec<Plan> = Vec::new();
    let mut left_out: Vec<(ResourceId, Label, PlanError)> = Vec::new();
    for id in targets {
        if plans.iter().any(|p| p.target == *id) || left_out.iter().any(|(left, ..)| left == id) {
            continue;
        }
        let Some(group) = snapshot.group(id) else {
            left_out.push((id.clone(), Label::new(id.native()), PlanError::Gone));
            continue;
        };
        match plan(snapshot, &make(&group.item), rules, now) {
            Ok(plan) => plans.push(plan),
            Err(why) => left_out.push((id.clone(), group.item.name.clone(), why)),
        }
    }
    let confirmation = together(&plans, rules);
    Bulk { plans, left_out, confirmation }
}

/// `production 5`: the environment and how many, wherever one of them alone would ask for a name.
fn together(plans: &[Plan], rules: &GuardRules) -> Confirmation {
    match plans {
        [] => Confirmation::Enter,
        [one] => one.confirmation.clone(),
        several if several.iter().any(|p| p.confirmation != Confirmation::Enter) => {
            Confirmation::TypeName(Label::new(format!("{} {}", rules.environment.word().to_ascii_lowercase(), several.len())))
        }
        _ => Confirmation::Enter,
    }
}

#[cfg(test)]
mod tests;
