//! Scaling: from a request to a plan with its impact.

use serde::{Deserialize, Serialize};

use super::super::group::Group;
use super::super::ids::ResourceId;
use super::super::label::Label;
use super::super::snapshot::Snapshot;
use super::super::time::Now;
use super::impact::impact;
use super::notes::{Sight, notes};
use super::outlook;
use super::precondition::{Precondition, PreconditionField};
use super::{Call, Confirmation, GuardRules, Inverse, Plan, Request, Size};

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

impl ScaleRequest {
    /// To this capacity, bounds as they are, the cooldown not asked, the termination policy choosing.
    pub fn to(group: &ResourceId, desired: u32) -> Self {
        Self { group: group.clone(), desired, min: None, max: None, honor_cooldown: false, victims: Vec::new() }
    }
}

/// Why no plan could be made at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("the group is no longer there")]
    Gone,
    #[error("{0} cannot be scaled: it is a single instance in no group")]
    NotScalable(String),
    #[error("bounds and desired capacity of {0} are not known; press ctrl-r to read them again")]
    NotKnown(String),
    #[error("nothing would change: desired is already {0}")]
    NothingToDo(u32),
    /// Others changed what this would overwrite: each difference in words. Asking to overwrite goes on.
    #[error("{name} was changed by others meanwhile: {}; ask to overwrite that, or leave it be", listed(.what))]
    Changed { name: String, what: Vec<Label> },
    /// A sentence of its own.
    #[error("{0}")]
    NotPossible(String),
}

fn listed(words: &[Label]) -> String {
    words.iter().map(|w| &**w).collect::<Vec<_>>().join(", ")
}

/// Makes the plan from the snapshot. Guards are judged separately by [`super::guard::guard`].
pub fn plan_scale(snapshot: &Snapshot, request: &ScaleRequest, rules: &GuardRules, now: Now) -> Result<Plan, PlanError> {
    let group = &snapshot.group(&request.group).ok_or(PlanError::Gone)?.item;
    if !group.kind.can_scale() {
        return Err(PlanError::NotScalable(group.name.to_string()));
    }
    let before = Size::of(group).ok_or_else(|| PlanError::NotKnown(group.name.to_string()))?;
    let after = Size { min: request.min.unwrap_or(before.min), max: request.max.unwrap_or(before.max), desired: request.desired };
    if after == before {
        return Err(PlanError::NothingToDo(before.desired));
    }
    let request = ScaleRequest { victims: victims(request, before), ..request.clone() };
    let mut impact = impact(group, &request, before, after);
    outlook::complete(&mut impact, snapshot, group, now);
    impact.notes = notes(&Sight {
        snapshot,
        group,
        before,
        after,
        impact: &impact,
        honor_cooldown: request.honor_cooldown,
        chosen: &request.victims,
        drift: "",
        now,
    });
    Ok(Plan {
        target: group.id.clone(),
        name: group.name.clone(),
        title: title(group, before, after),
        calls: calls(&request, before, after),
        preconditions: preconditions(group, &request),
        impact,
        confirmation: confirmation(group, rules, before, after),
        inverse: inverse(group, before, after),
        request: Request::Scale(request),
    })
}

/// Back to the size it has now.
fn inverse(group: &Group, before: Size, after: Size) -> Inverse {
    let moves = (before.min, before.max) != (after.min, after.max);
    let back =
        ScaleRequest { min: moves.then_some(before.min), max: moves.then_some(before.max), ..ScaleRequest::to(&group.id, before.desired) };
    Inverse::Request(Box::new(Request::Scale(back)))
}

/// The chosen members, each once; none unless the group shrinks.
fn victims(request: &ScaleRequest, before: Size) -> Vec<ResourceId> {
    if request.desired >= before.desired {
        return Vec::new();
    }
    let mut victims = request.victims.clone();
    victims.sort();
    victims.dedup();
    victims
}

fn title(group: &Group, before: Size, after: Size) -> Label {
    let name = &group.name;
    let bounds = format!("{}–{} → {}–{}", before.min, before.max, after.min, after.max);
    let bounds_move = (before.min, before.max) != (after.min, after.max);
    Label::new(match (before.desired != after.desired, bounds_move) {
        (true, false) => format!("Scale {name} {} → {}", before.desired, after.desired),
        (true, true) => format!("Scale {name} {} → {}, bounds {bounds}", before.desired, after.desired),
        (false, _) => format!("Set bounds of {name} {bounds}"),
    })
}

/// The calls in order: absolute values and explicit ids only. Every step between them lies within the bounds of its moment.
fn calls(request: &ScaleRequest, before: Size, after: Size) -> Vec<Call> {
    let group = &request.group;
    let bounds_move = (before.min, before.max) != (after.min, after.max);
    let set = |min, max, desired| Call::SetBounds { group: group.clone(), min, max, desired };
    let set_desired = Call::SetDesired { group: group.clone(), desired: after.desired, honor_cooldown: request.honor_cooldown };

    if !request.victims.is_empty() {
        // One call each: what became of every single one is on record, and a list that breaks off in the middle cannot happen.
        let terminate = request.victims.iter().map(|v| Call::TerminateMembers { group: group.clone(), members: vec![v.clone()] });
        let mut calls = Vec::new();
        if after.max >= before.desired {
            if bounds_move {
                calls.push(set(after.min, after.max, before.desired));
            }
            calls.extend(terminate);
        } else {
            // A maximum below the present size makes the cloud shrink at once and choose by itself: it comes after the chosen ones left.
            if before.min > after.desired {
                calls.push(set(after.min, before.max, before.desired));
            }
            calls.extend(terminate);
            calls.push(set(after.min, after.max, after.desired));
        }
        return calls;
    }
    if !bounds_move {
        return vec![set_desired];
    }
    // Setting bounds knows no cooldown. Where it is to be honoured, desired waits for a call of its own, if the new bounds let it.
    let waits = request.honor_cooldown && after.desired != before.desired && (after.min..=after.max).contains(&before.desired);
    if waits { vec![set(after.min, after.max, before.desired), set_desired] } else { vec![set(after.min, after.max, after.desired)] }
}

fn preconditions(group: &Group, request: &ScaleRequest) -> Vec<Precondition> {
    let mut fields = vec![PreconditionField::Desired, PreconditionField::Min, PreconditionField::Max, PreconditionField::Suspended];
    if !request.victims.is_empty() {
        fields.push(PreconditionField::Victims);
    }
    fields.into_iter().map(|f| Precondition::of(f, group, &request.victims)).collect()
}

/// An empty group serves nobody: going there is asked by name everywhere, the simulated estate included.
fn confirmation(group: &Group, rules: &GuardRules, before: Size, after: Size) -> Confirmation {
    let empties = after.desired == 0 && before.desired > 0;
    if empties || rules.environment.asks_for_name() { Confirmation::TypeName(group.name.clone()) } else { Confirmation::Enter }
}

#[cfg(test)]
mod tests;
