//! Switching processes of a group's automation off and on.

use super::super::group::Group;
use super::super::label::Label;
use super::super::verdict::Verdict;
use super::impact::still;
use super::notes::note;
use super::precondition::PreconditionField;
use super::request::ProcessRequest;
use super::scale::PlanError;
use super::setting::{Setting, count, listed, presume};
use super::{Call, ImpactNote, Inverse, Plan, Request};

/// All processes of an Auto Scaling group that can be suspended.
pub const PROCESSES: [&str; 9] = [
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
];

pub(super) fn plan(s: Setting<'_>, request: &ProcessRequest) -> Result<Plan, PlanError> {
    let (group, size) = s.sized(&request.group)?;
    let wanted = chosen(&request.processes, request.suspend)?;
    let moves: Vec<Label> = wanted.into_iter().filter(|p| group.is_suspended(p) != request.suspend).collect();
    if moves.is_empty() {
        let state = if request.suspend { "suspended" } else { "running" };
        return Err(PlanError::NotPossible(format!(
            "nothing would change: {} of {} already {state}",
            listed(&request.processes),
            group.name
        )));
    }
    let call = if request.suspend {
        Call::Suspend { group: group.id.clone(), processes: moves.clone() }
    } else {
        Call::ResumeProcesses { group: group.id.clone(), processes: moves.clone() }
    };
    let mut impact = still(group, size, size);
    impact.changes = vec![suspension(group, &moves, request.suspend)];
    let notes = if request.suspend { suspending(group, &moves) } else { resuming(group, &moves) };
    let back = ProcessRequest { processes: moves.clone(), suspend: !request.suspend, ..request.clone() };
    Ok(Plan {
        target: group.id.clone(),
        name: group.name.clone(),
        title: Label::new(format!("{} {} of {}", if request.suspend { "Suspend" } else { "Resume" }, listed(&moves), group.name)),
        calls: vec![call],
        preconditions: presume(&[PreconditionField::Suspended], group, &[]),
        impact: s.finish(impact, group, "its next run may set suspended processes back", notes),
        confirmation: s.confirmation(&group.name, false),
        inverse: Inverse::Request(Box::new(Request::Processes(back))),
        request: Request::Processes(ProcessRequest { processes: moves, ..request.clone() }),
    })
}

/// Known processes, sorted, each once. An empty list means all of them to the cloud: it never becomes a call.
pub(super) fn chosen(processes: &[Label], suspend: bool) -> Result<Vec<Label>, PlanError> {
    let mut chosen = processes.to_vec();
    chosen.sort();
    chosen.dedup();
    if let Some(unknown) = chosen.iter().find(|p| !PROCESSES.contains(&&***p)) {
        return Err(PlanError::NotPossible(format!("there is no process {unknown}; there are {}", PROCESSES.join(", "))));
    }
    if suspend && chosen.iter().any(|p| &**p == "AddToLoadBalancer") {
        let why = "AddToLoadBalancer is never suspended from here: members launched meanwhile are not registered, not even later";
        return Err(PlanError::NotPossible(why.to_owned()));
    }
    if chosen.is_empty() {
        return Err(PlanError::NotPossible("choose at least one process".to_owned()));
    }
    Ok(chosen)
}

/// The row `suspended`, before and after.
pub(super) fn suspension(group: &Group, moves: &[Label], off: bool) -> (Label, Label, Label) {
    let now: Vec<Label> = group.suspended.iter().map(|p| p.name.clone()).collect();
    let mut after: Vec<Label> = now.iter().filter(|p| off || !moves.contains(p)).cloned().collect();
    if off {
        after.extend(moves.iter().cloned());
    }
    (Label::new("suspended"), Label::new(listed(&now)), Label::new(listed(&after)))
}

/// What breaks while they are off.
pub(super) fn suspending(group: &Group, moves: &[Label]) -> Vec<ImpactNote> {
    let off = |name: &str| group.is_suspended(name) || moves.iter().any(|p| &**p == name);
    let mut out = Vec::new();
    for process in moves {
        let (verdict, effect) = match &**process {
            "Launch" if !off("ReplaceUnhealthy") => {
                (Verdict::Warning, "unhealthy members are still taken out, but nobody comes in their stead: the group drains")
            }
            "Launch" => (Verdict::Warning, "nobody is launched, whatever happens"),
            "Terminate" if !off("AZRebalance") => {
                (Verdict::Warning, "nobody is taken out by the group; balancing zones may exceed the maximum by 10 %")
            }
            "Terminate" => (Verdict::Notice, "nobody is taken out by the group"),
            "AlarmNotification" => (Verdict::Notice, "policies no longer answer load"),
            "ScheduledActions" => (Verdict::Notice, "schedules are skipped, not made up for later"),
            "AZRebalance" => (Verdict::Notice, "zones are not balanced"),
            "HealthCheck" => (Verdict::Warning, "unhealthy members are not noticed"),
            "ReplaceUnhealthy" => (Verdict::Warning, "unhealthy members are not replaced"),
            "InstanceRefresh" => (Verdict::Notice, "an instance refresh stands still"),
            _ => continue,
        };
        out.push(note(verdict, format!("without {process}: {effect}")));
    }
    out
}

/// What happens at once when they run again.
pub(super) fn resuming(group: &Group, moves: &[Label]) -> Vec<ImpactNote> {
    let mut out = Vec::new();
    let sick = group.members.iter().filter(|m| m.counts() && m.trouble().is_some()).count();
    for process in moves {
        let why = group.suspended.iter().find(|p| p.name == *process).map(|p| &p.reason).filter(|r| !r.is_empty());
        if let Some(reason) = why {
            out.push(note(Verdict::Notice, format!("{process} was suspended by somebody: {reason}")));
        }
        let heals = matches!(&**process, "HealthCheck" | "ReplaceUnhealthy");
        if heals && sick > 0 {
            out.push(note(
                Verdict::Warning,
                format!("{process}: what is marked unhealthy is replaced at once, {} in trouble now", count(sick, "member")),
            ));
        }
        let counted = group.counted();
        match (&**process, group.desired) {
            ("Launch", Some(desired)) if desired > counted && !group.weighted => {
                out.push(note(Verdict::Warning, format!("Launch: {} launched at once", count((desired - counted) as usize, "member"))));
            }
            ("Terminate", Some(desired)) if desired < counted && !group.weighted => {
                out.push(note(Verdict::Warning, format!("Terminate: {} taken out at once", count((counted - desired) as usize, "member"))));
            }
            ("ScheduledActions", _) => out.push(note(Verdict::Notice, "schedules that were due meanwhile were skipped and stay skipped")),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests;
