//! The capacity floor, judged again before every call that takes members out: never below it by our doing.

use crate::domain::plan::Rule;
use crate::domain::plan::guard::{floor_during, guard_call};
use crate::domain::{Call, Refusal};

use super::known::Known;
use super::procedure::Look;
use super::strategy;

/// Why the call has to wait; `None`: it may go.
pub(super) fn breaks_floor(known: &Known, call: &Call, look: &Look) -> Option<String> {
    let (start, rules) = (known.start()?, &known.rules);
    let takes = !call.takes_out().is_empty() || matches!(call, Call::Deregister { .. });
    // Units of weight are not members; the guards refused what cannot be judged.
    if !takes || look.group.weighted || rules.overridden(Rule::CapacityFloor).is_some() {
        return None;
    }
    if let Some(blind) = look.blind.as_ref().filter(|_| !known.is_plain() || rules.floor_percent.is_some()) {
        return Some(format!("the capacity floor cannot be judged: {blind}"));
    }
    // A size that somebody else chose meanwhile, and a human took over, is what is wanted from then on.
    let wanted = strategy::wanted(known, start);
    let healthy = if wanted == start.size.desired { start.healthy } else { start.healthy.min(wanted) };
    let floor = floor_during(&known.plan.request, healthy, wanted, rules);
    guard_call(call, &look.group, floor, rules).as_ref().map(Refusal::sentence)
}
