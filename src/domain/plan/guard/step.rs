//! The largest share of a group that one step or batch may take. At least one member is always allowed.

use super::super::super::group::Group;
use super::super::Size;
use super::super::request::{Request, Strategy};
use super::refusal::Refusal;
use super::rule::Rule;
use super::rules::GuardRules;
use super::taken::Taken;

pub(super) fn max_step(request: &Request, taken: &Taken<'_>, group: &Group, before: Option<Size>, rules: &GuardRules) -> Option<Refusal> {
    let whole = before.map_or_else(|| group.counted(), |b| b.desired);
    let step = taken.step(group);
    let limit = largest_step(whole, rules.max_step_percent).max(1);
    if step <= limit {
        return None;
    }
    let share = u64::from(step) * 100 / u64::from(whole.max(1));
    let text = format!("a step of {step} takes away {share} % of the group, more than {} %", rules.max_step_percent);
    let allowed = match request {
        Request::Redeploy(r) if matches!(r.strategy, Strategy::Native(_)) => {
            format!("at least {} % healthy", 100 - u64::from(limit) * 100 / u64::from(whole.max(1)))
        }
        Request::Redeploy(_) => format!("a batch of up to {limit}"),
        _ if taken.shrink > 0 => format!("up to {limit} at a time, that is {}", whole.saturating_sub(limit)),
        _ => format!("up to {limit} at a time"),
    };
    Some(Refusal::by(Rule::MaxStep, text, Some(allowed), &rules.max_step_source))
}

/// How many members one step down may take.
pub fn largest_step(desired: u32, percent: u8) -> u32 {
    let share = u64::from(desired) * u64::from(percent.min(100)) / 100;
    (share as u32).max(1).min(desired)
}
