//! Numbers that cannot be: outside the group's bounds, or outside what a strategy can work with. A call that the cloud would refuse
//! half-way is not begun.

use super::super::refresh::RefreshPreferences;
use super::super::request::{Request, Strategy};
use super::super::{Call, Plan, Size};
use super::refusal::Refusal;
use super::rule::Rule;

/// Every call must lie within the bounds of its moment.
pub(super) fn bounds(plan: &Plan, before: Size) -> Option<Refusal> {
    let mut size = before;
    for call in plan.calls.iter().filter(|c| resizes(c)) {
        let next = size.after(call);
        let too_many_gone = shrinks_by(call) > size.desired;
        if next.min > next.max {
            let text = format!("minimum {} lies above maximum {}", next.min, next.max);
            return Some(Refusal::built_in(Rule::Bounds, text, Some(format!("a minimum up to {}", next.max))));
        }
        if !next.holds() || too_many_gone {
            let text = if next.desired > next.max {
                format!("{} is above the maximum {}", next.desired, next.max)
            } else {
                format!("{} is below the minimum {}", next.desired, next.min)
            };
            return Some(Refusal::built_in(Rule::Bounds, text, Some(format!("{}–{}, or move the bounds (s)", next.min, next.max))));
        }
        size = next;
    }
    None
}

/// Whether the call moves desired or a bound.
pub(super) fn resizes(call: &Call) -> bool {
    let by_number = matches!(call, Call::SetDesired { .. } | Call::SetBounds { .. } | Call::ExitStandby { .. });
    by_number || shrinks_by(call) > 0
}

fn shrinks_by(call: &Call) -> u32 {
    match call {
        Call::TerminateMembers { members, .. } | Call::EnterStandby { members, replace: false, .. } => members.len() as u32,
        _ => 0,
    }
}

/// What a request names in numbers must be something that can be carried out.
pub(super) fn numbers(request: &Request) -> Option<Refusal> {
    let refuse = |text: &str, allowed: &str| Some(Refusal::built_in(Rule::Bounds, text, Some(allowed.to_owned())));
    match request {
        Request::Thaw(r) if !r.saved.size.holds() => {
            let Size { min, max, desired } = r.saved.size;
            let text = format!("what was saved cannot be given back: {desired} within {min}–{max}");
            Some(Refusal::built_in(Rule::Bounds, text, None))
        }
        Request::Redeploy(r) => match &r.strategy {
            Strategy::SurgeAndDrain { batch: 0 } | Strategy::InPlace { batch: 0 } => {
                refuse("a batch of 0 replaces nobody", "a batch of 1 or more")
            }
            Strategy::SurgeAndDrain { .. } | Strategy::InPlace { .. } => None,
            Strategy::Native(preferences) => refresh(preferences),
            Strategy::BlueGreen(b) => {
                let ascend = b.steps.windows(2).all(|w| w[0] < w[1]) && b.steps.first().is_some_and(|s| *s > 0);
                if ascend && b.steps.last() == Some(&100) {
                    None
                } else {
                    refuse("the steps of the traffic do not rise to 100 %", "rising steps, the last 100")
                }
            }
        },
        _ => None,
    }
}

fn refresh(p: &RefreshPreferences) -> Option<Refusal> {
    let refuse = |text: String, allowed: &str| Some(Refusal::built_in(Rule::Bounds, text, Some(allowed.to_owned())));
    match (p.min_healthy_percent, p.max_healthy_percent) {
        (Some(min), _) if min > 100 => return refuse(format!("a minimum of {min} % healthy cannot be"), "0 to 100"),
        (_, Some(max)) if !(100..=200).contains(&max) => return refuse(format!("a maximum of {max} % cannot be"), "100 to 200"),
        (None, Some(_)) => return refuse("a maximum needs a minimum beside it".to_owned(), "both, or neither"),
        (Some(min), Some(max)) if max - min > 100 => {
            return refuse(format!("{min} to {max} % lie more than 100 apart"), "at most 100 apart");
        }
        _ => {}
    }
    let rise = p.checkpoints.windows(2).all(|w| w[0] < w[1]) && p.checkpoints.last().is_none_or(|last| *last == 100);
    if rise {
        return None;
    }
    refuse("the checkpoints do not rise to 100 %: the rest would stay old".to_owned(), "rising percentages, the last 100")
}
