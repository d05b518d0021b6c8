//! The capacity floor: how many healthy members must remain. It judges what is taken away, never what is added: a rescue is not refused
//! because the group is already down.

use super::super::super::group::Group;
use super::super::request::{Request, Strategy};
use super::super::{Call, Size};
use super::refusal::Refusal;
use super::rule::Rule;
use super::rules::GuardRules;
use super::step::largest_step;
use super::taken::{Taken, known_as};

pub(super) fn capacity_floor(
    request: &Request,
    taken: &Taken<'_>,
    group: &Group,
    before: Option<Size>,
    rules: &GuardRules,
) -> Option<Refusal> {
    let percent = rules.floor_percent?;
    if group.weighted {
        return None; // refused as weighted
    }
    let healthy = group.healthy();
    let floor = share_of(healthy, percent);
    let lost = taken.healthy_lost(group, before);
    let left = healthy.saturating_sub(lost);
    if lost == 0 || left >= floor {
        return None;
    }
    let text = format!("at worst {left} of {healthy} healthy members remain, less than the floor of {floor} ({percent} %)");
    let spare = healthy.saturating_sub(floor);
    let allowed = match request {
        Request::Redeploy(r) if matches!(r.strategy, Strategy::Native(_)) => {
            "launching before terminating: at least 100 % healthy and a maximum above".to_owned()
        }
        Request::Redeploy(_) if spare == 0 => "a strategy that adds before it takes away".to_owned(),
        Request::Redeploy(_) => format!("a batch of up to {spare}"),
        _ => format!("take {spare} healthy at most"),
    };
    Some(Refusal::by(Rule::CapacityFloor, text, Some(allowed), &rules.floor_source))
}

fn share_of(healthy: u32, percent: u8) -> u32 {
    (u64::from(healthy) * u64::from(percent)).div_ceil(100) as u32
}

/// Healthy members that must remain at every moment of an operation that began with `healthy` of `desired`. Without a floor in the config
/// it is what was healthy at the start, less what the operation says to have out at once.
pub fn floor_during(request: &Request, healthy: u32, desired: u32, rules: &GuardRules) -> u32 {
    let out = match request {
        Request::Redeploy(r) => match &r.strategy {
            Strategy::InPlace { batch } => *batch,
            Strategy::SurgeAndDrain { .. } | Strategy::BlueGreen(_) => 0,
            Strategy::Native(_) => largest_step(desired, rules.max_step_percent),
        },
        Request::Scale(r) => desired.saturating_sub(r.desired),
        Request::Member(r) => r.members.len() as u32,
        _ => 0,
    };
    let asked = healthy.saturating_sub(out);
    match rules.floor_percent {
        // The human who set the floor aside agreed to what the plan takes.
        Some(percent) if rules.overridden(Rule::CapacityFloor).is_none() => share_of(healthy, percent).min(healthy),
        _ => asked,
    }
}

/// Judges one call of an operation under way against the group as it is now. `floor` is that of [`floor_during`].
///
/// A call that takes nobody who serves is let through, however few are left.
pub fn guard_call(call: &Call, group: &Group, floor: u32, rules: &GuardRules) -> Option<Refusal> {
    let mut out: Vec<_> = call.takes_out().iter().collect();
    if let Call::Deregister { targets, .. } = call {
        out.extend(targets.iter().map(|t| known_as(&t.member, group)));
    }
    out.sort();
    out.dedup();
    let lost = out.into_iter().filter(|id| group.members.iter().any(|m| m.id == **id && m.serves())).count() as u32;
    let healthy = group.healthy();
    let left = healthy.saturating_sub(lost);
    if lost == 0 || left >= floor {
        return None;
    }
    let text = format!("to {} would leave {left} of {healthy} healthy members, less than the floor of {floor}", call.describe());
    Some(Refusal::by(Rule::CapacityFloor, text, Some("wait until more are healthy".to_owned()), &rules.floor_source))
}
