//! The red button and its way back. A freeze switches the group's automation off first and pins its bounds to what it then reads; a thaw
//! gives back exactly what was saved, and does not overwrite what others changed meanwhile without saying so.

use jiff::Timestamp;

use super::super::group::{Group, MARK_TAG};
use super::super::label::Label;
use super::super::verdict::Verdict;
use super::impact::still;
use super::missed::missed;
use super::notes::note;
use super::precondition::PreconditionField;
use super::processes::{chosen, resuming, suspending, suspension};
use super::request::{FreezeRequest, Saved, ThawRequest};
use super::scale::{PlanError, ScaleRequest};
use super::setting::{Setting, listed, presume};
use super::{Call, Impact, ImpactNote, Inverse, Plan, Request, Size};

/// Processes that a freeze switches off where nobody says otherwise: nobody comes, nobody goes. Checks go on, so that what is sick shows.
pub const FREEZES: [&str; 7] =
    ["AZRebalance", "AlarmNotification", "InstanceRefresh", "Launch", "ReplaceUnhealthy", "ScheduledActions", "Terminate"];

/// The size a group is pinned to: never a maximum below those who are there, which would make the cloud take some out.
pub fn pinned(group: &Group) -> Option<Size> {
    let desired = group.desired?;
    let there = if group.weighted { desired } else { desired.max(group.counted()) };
    Some(Size { min: there, max: there, desired: there })
}

/// Always admitted: nothing that moves meanwhile speaks against it, so it presumes nothing.
pub(super) fn freeze(s: Setting<'_>, request: &FreezeRequest) -> Result<Plan, PlanError> {
    let (group, before) = s.sized(&request.group)?;
    let wanted = if request.processes.is_empty() { Vec::new() } else { chosen(&request.processes, true)? };
    let moves: Vec<Label> = wanted.iter().filter(|p| !group.is_suspended(p)).cloned().collect();
    let after = pinned(group).ok_or_else(|| PlanError::NotKnown(group.name.to_string()))?;
    if moves.is_empty() && after == before {
        return Err(PlanError::NotPossible(format!("nothing would change: {} is frozen at {} already", group.name, before.desired)));
    }
    let mut impact = still(group, before, after);
    let mut notes = suspending(group, &moves);
    if !moves.is_empty() {
        impact.changes.push(suspension(group, &moves, true));
    }
    notes.push(note(Verdict::Notice, "suspends first, reads again, then pins to what it read: the numbers here may still move"));
    if group.rollout.as_ref().is_some_and(|r| r.status.is_moving()) && !moves.iter().any(|p| &**p == "InstanceRefresh") {
        notes.push(note(Verdict::Warning, "the instance refresh under way goes on: InstanceRefresh is not among the processes"));
    }
    let calls = if moves.is_empty() { Vec::new() } else { vec![Call::Suspend { group: group.id.clone(), processes: moves }] };
    Ok(Plan {
        target: group.id.clone(),
        name: group.name.clone(),
        title: Label::new(format!("Freeze {} at {}", group.name, after.desired)),
        calls,
        preconditions: Vec::new(),
        impact: s.finish(impact, group, "its next run may set suspended processes back", notes),
        confirmation: s.confirmation(&group.name, false),
        inverse: Inverse::Recorded(Label::new("thaw: gives back exactly the bounds and processes that the freeze finds")),
        request: Request::Freeze(FreezeRequest { processes: wanted, ..request.clone() }),
    })
}

pub(super) fn thaw(s: Setting<'_>, request: &ThawRequest) -> Result<Plan, PlanError> {
    let (group, before) = s.sized(&request.group)?;
    let saved = &request.saved;
    let differences = since(group, before, saved);
    if !differences.is_empty() && !request.overwrite {
        return Err(PlanError::Changed { name: group.name.to_string(), what: differences });
    }
    let after = saved.size;
    let ours: Vec<Label> = saved.suspended.iter().filter(|p| group.is_suspended(p)).cloned().collect();
    let mut calls = Vec::new();
    if after != before {
        calls.push(Call::SetBounds { group: group.id.clone(), min: after.min, max: after.max, desired: after.desired });
    }
    if !ours.is_empty() {
        calls.push(Call::ResumeProcesses { group: group.id.clone(), processes: ours.clone() });
    }
    if calls.is_empty() {
        return Err(PlanError::NotPossible(format!("nothing would change: {} is as it was before the freeze", group.name)));
    }
    let mut notes: Vec<ImpactNote> =
        differences.iter().map(|d| note(Verdict::Warning, format!("changed by others since the freeze: {d}"))).collect();
    let bare = without_freeze(group, request);
    notes.extend(resuming(&bare, &ours));
    if let Some(skipped) = missed(&saved.due, Timestamp::MIN, s.now.wall) {
        notes.push(note(Verdict::Warning, format!("skipped while frozen, and not made up for: {skipped}")));
    }
    let others: Vec<Label> = group.suspended.iter().map(|p| p.name.clone()).filter(|p| !saved.suspended.contains(p)).collect();
    if !others.is_empty() {
        notes.push(note(Verdict::Notice, format!("suspended not by this freeze, so left off: {}", listed(&others))));
    }
    let mut impact = sized(group, before, after);
    if !ours.is_empty() {
        impact.changes.push(suspension(group, &ours, false));
    }
    use PreconditionField::{Desired, Max, Min, Suspended};
    let back = FreezeRequest { group: group.id.clone(), processes: saved.suspended.clone() };
    Ok(Plan {
        target: group.id.clone(),
        name: group.name.clone(),
        title: Label::new(format!("Thaw {} to desired {} within {}–{}", group.name, after.desired, after.min, after.max)),
        calls,
        preconditions: presume(&[Desired, Min, Max, Suspended], group, &[]),
        impact: s.finish(impact, &bare, "its next run may set suspended processes back", notes),
        confirmation: s.confirmation(&group.name, after.desired == 0 && before.desired > 0),
        inverse: Inverse::Request(Box::new(Request::Freeze(back))),
        request: Request::Thaw(request.clone()),
    })
}

/// Without what the freeze itself did: its mark is no other operation at work, and what it suspended was suspended by nobody else.
fn without_freeze(group: &Group, request: &ThawRequest) -> Group {
    let mut group = group.clone();
    if group.mark().is_some_and(|m| m.operation == request.freeze) {
        group.tags.retain(|(key, _)| **key != *MARK_TAG);
    }
    group.suspended.retain(|p| !request.saved.suspended.contains(&p.name));
    group
}

/// A frozen group rarely grows or shrinks by being thawed; where it does, the card says who comes or goes.
fn sized(group: &Group, before: Size, after: Size) -> Impact {
    if before.desired == after.desired {
        return still(group, before, after);
    }
    super::impact::impact(group, &ScaleRequest::to(&group.id, after.desired), before, after)
}

/// What others changed of a frozen group, in words.
fn since(group: &Group, now: Size, saved: &Saved) -> Vec<Label> {
    let mut out = Vec::new();
    let mut tell = |what: &str, pinned: u32, is: u32| {
        if pinned != is {
            out.push(Label::new(format!("{what} was pinned at {pinned}, is {is}")));
        }
    };
    tell("min", saved.pinned.min, now.min);
    tell("max", saved.pinned.max, now.max);
    tell("desired", saved.pinned.desired, now.desired);
    for process in saved.suspended.iter().filter(|p| !group.is_suspended(p)) {
        out.push(Label::new(format!("{process} was suspended, runs again")));
    }
    out
}

#[cfg(test)]
mod tests;
