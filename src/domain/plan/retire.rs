//! Removing the group that a blue/green redeploy left warm: only when nothing reaches it any more and its heir carries everything.

use super::super::group::Group;
use super::super::label::Label;
use super::super::pool::TargetPool;
use super::super::verdict::Verdict;
use super::impact::still;
use super::notes::note;
use super::precondition::PreconditionField;
use super::request::RetireRequest;
use super::scale::PlanError;
use super::setting::{Setting, count, presume};
use super::{Call, Inverse, Plan, Request, Size};

pub(super) fn plan(s: Setting<'_>, request: &RetireRequest) -> Result<Plan, PlanError> {
    let (group, before) = s.sized(&request.group)?;
    let refuse = |why: String| Err(PlanError::NotPossible(why));
    let name = &group.name;
    if request.heir == request.group {
        return refuse(format!("{name} cannot be its own heir"));
    }
    let Some(heir) = s.snapshot.group(&request.heir).map(|g| &g.item) else {
        return refuse(format!("the group that took the traffic of {name} is no longer there: {name} is all there is"));
    };
    if let Some(owner) = &group.owner {
        return refuse(format!("{name} is owned by {}: remove it there, or its next run makes it again", owner.tool));
    }
    if heir.healthy() == 0 {
        return refuse(format!("nobody of {} is healthy: {name} is the way back", heir.name));
    }
    let mut notes = Vec::new();
    for id in &group.pools {
        let Some(pool) = s.snapshot.pool(id) else {
            return refuse(format!("where the traffic of {name} goes is not known; press ctrl-r to read it again"));
        };
        if let Some(why) = reached(&pool.item) {
            return refuse(format!("{name} still serves: {why}"));
        }
    }
    if heir.healthy() < group.healthy() {
        let text = format!("{} has {} healthy, {name} has {}", heir.name, heir.healthy(), group.healthy());
        notes.push(note(Verdict::Warning, text));
    }
    notes.push(note(
        Verdict::Warning,
        format!("{} go with it, and the way back to their version with them", count(group.members.len(), "member")),
    ));
    let standby = group.members.iter().filter(|m| !m.counts()).count();
    if standby > 0 {
        notes.push(note(Verdict::Notice, format!("{standby} of them do not count against desired (standby, or on their way out)")));
    }
    use PreconditionField::{Desired, Max, Min, Pools};
    Ok(Plan {
        target: group.id.clone(),
        name: name.clone(),
        title: Label::new(format!("Retire {name}, whose traffic {} took", heir.name)),
        calls: vec![Call::DeleteGroup { group: group.id.clone() }],
        preconditions: presume(&[Desired, Min, Max, Pools], group, &[]),
        impact: s.finish(gone(group, before), group, "", notes),
        confirmation: s.confirmation(name, true),
        inverse: Inverse::None(Label::new("a deleted group does not come back; its members neither")),
        request: Request::Retire(request.clone()),
    })
}

/// Everything to nothing.
fn gone(group: &Group, before: Size) -> super::Impact {
    let mut impact = still(group, before, Size { min: 0, max: 0, desired: 0 });
    for (_, _, after) in &mut impact.zones {
        *after = 0;
    }
    impact.healthy_after = (0, 0);
    impact.healthy_least = Some((0, 0));
    impact.victims = group.members.iter().map(|m| (m.id.clone(), Label::new("goes with its group"))).collect();
    impact.victims_chosen = true;
    impact
}

/// Why traffic still comes to a pool, if it does.
fn reached(pool: &TargetPool) -> Option<String> {
    if pool.routes.is_empty() && !pool.balancers.is_empty() {
        return Some(format!("{} hangs from {}, and what share comes to it is not known", pool.name, pool.balancers[0].name));
    }
    let route = pool.routes.iter().find(|r| r.percent(&pool.id) != Some(0))?;
    Some(match route.percent(&pool.id) {
        Some(percent) => format!("{} sends {percent} % to {}", route.name, pool.name),
        None => format!("what {} sends to {} is not known", route.name, pool.name),
    })
}

#[cfg(test)]
mod tests;
