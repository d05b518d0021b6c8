//! Requests that do harm by what they name: processes that must not be switched off, alarms that must not be silenced.

use super::super::super::alarm::Alarm;
use super::super::super::time::Now;
use super::super::request::Request;
use super::super::{Call, Plan};
use super::refusal::Refusal;
use super::rule::Rule;

/// Members launched while it is off are never registered at their balancer, not even later.
pub const NEVER_SUSPENDED: &str = "AddToLoadBalancer";

/// To the cloud an empty list of processes means all of them.
pub(super) fn processes(plan: &Plan) -> Option<Refusal> {
    let refuse = |text: String, allowed: &str| Some(Refusal::built_in(Rule::Processes, text, Some(allowed.to_owned())));
    let asked = match &plan.request {
        Request::Freeze(r) => Some((&r.processes, true)),
        Request::Processes(r) if r.processes.is_empty() => return refuse("no process is named".to_owned(), "one process or more"),
        Request::Processes(r) => Some((&r.processes, r.suspend)),
        _ => None,
    };
    let sent = plan.calls.iter().filter_map(|c| match c {
        Call::Suspend { processes, .. } => Some((processes, true)),
        Call::ResumeProcesses { processes, .. } => Some((processes, false)),
        _ => None,
    });
    for (list, _) in sent.clone() {
        if list.is_empty() {
            return refuse("an empty list of processes means all of them".to_owned(), "no call at all");
        }
    }
    let off = |list: &[crate::domain::Label]| list.iter().any(|p| p.eq_ignore_ascii_case(NEVER_SUSPENDED));
    if asked.into_iter().chain(sent).any(|(list, suspends)| suspends && off(list)) {
        return refuse(
            format!("{NEVER_SUSPENDED} is never suspended: members launched meanwhile would never be registered"),
            "the other processes",
        );
    }
    None
}

pub(super) fn alarm(plan: &Plan, alarm: &Alarm, now: Now) -> Option<Refusal> {
    let refuse = |text: String, allowed: &str| Some(Refusal::built_in(Rule::Alarm, text, Some(allowed.to_owned())));
    let sent = plan.calls.iter().filter_map(|c| match c {
        Call::MuteAlarm { until, .. } => Some(*until),
        _ => None,
    });
    let asked = match &plan.request {
        Request::Mute(r) => r.until,
        _ => None,
    };
    let ends: Vec<_> = asked.into_iter().chain(sent).collect();
    if ends.is_empty() {
        return None;
    }
    if alarm.drives_scaling {
        return refuse(format!("{} drives scaling: muted, its group would no longer follow its load", alarm.name), "other alarms");
    }
    if ends.iter().any(|end| *end <= now.wall) {
        return refuse("the mute would end before it begins".to_owned(), "an end that lies ahead");
    }
    None
}
