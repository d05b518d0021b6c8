//! Members named by id: they must be there, in the state that the act is for, each once, and as many as the step says.

use super::super::super::group::Group;
use super::super::super::ids::ResourceId;
use super::super::super::label::Label;
use super::super::super::member::Member;
use super::super::super::status::StatusClass;
use super::super::request::{MemberAct, Request};
use super::super::{Call, Plan, Size};
use super::refusal::Refusal;
use super::rule::Rule;
use super::taken::known_as;

pub(super) fn victims(plan: &Plan, group: &Group, before: Option<Size>) -> Vec<Refusal> {
    match &plan.request {
        Request::Member(r) => members(plan, group, r.act, &r.members),
        _ => terminated(plan, group, before),
    }
}

fn refuse(text: impl AsRef<str>, allowed: impl Into<String>) -> Refusal {
    Refusal::built_in(Rule::Victims, text, Some(allowed.into()))
}

/// The chosen members of a step down.
fn terminated(plan: &Plan, group: &Group, before: Option<Size>) -> Vec<Refusal> {
    let mut ids: Vec<&ResourceId> = Vec::new();
    for call in &plan.calls {
        if let Call::TerminateMembers { members, .. } = call {
            ids.extend(members);
        }
    }
    let Some(before) = before.filter(|_| !ids.is_empty()) else { return Vec::new() };
    let after = before.after_all(&plan.calls);
    let mut out = Vec::new();
    let mut distinct = ids.clone();
    distinct.sort();
    distinct.dedup();
    let wanted = plan.request.as_scale().map_or(after.desired, |r| r.desired);
    let step = before.desired.saturating_sub(wanted) as usize;
    if distinct.len() != ids.len() || ids.len() != step || after.desired != wanted {
        let text = format!("{} members are chosen, but the step down is {step}", distinct.len());
        out.push(refuse(text, format!("choose {step}, or none")));
    }
    out.extend(distinct.into_iter().filter_map(|id| problem(id, group, MemberAct::Terminate)));
    out
}

/// The members of an act upon members.
fn members(plan: &Plan, group: &Group, act: MemberAct, asked: &[ResourceId]) -> Vec<Refusal> {
    if asked.is_empty() {
        return vec![refuse("no member is named", "one member or more")];
    }
    let mut out = Vec::new();
    let mut distinct: Vec<&ResourceId> = asked.iter().collect();
    distinct.sort();
    distinct.dedup();
    if distinct.len() != asked.len() {
        out.push(refuse("a member is named twice", "each once"));
    }
    let sent: Vec<&ResourceId> = plan.calls.iter().flat_map(named).map(|id| known_as(id, group)).collect();
    if let Some(other) = sent.iter().find(|id| distinct.binary_search(id).is_err()) {
        out.push(refuse(format!("{} was not asked for", Label::new(other.native())), "the members that were asked for"));
    }
    // A call that goes out twice for one member would take another capacity twice.
    let mut dropped: Vec<&ResourceId> = plan.calls.iter().flat_map(Call::takes_out).collect();
    let before = dropped.len();
    dropped.sort();
    dropped.dedup();
    if dropped.len() != before {
        out.push(refuse("a member would be taken out twice", "each once"));
    }
    // Of several that were asked for, only those whom a call touches need be fit for it.
    let mut touched = if sent.is_empty() { distinct } else { sent };
    touched.sort();
    touched.dedup();
    out.extend(touched.into_iter().filter_map(|id| problem(id, group, act)));
    out
}

/// Members that a call names.
fn named(call: &Call) -> Vec<&ResourceId> {
    match call {
        Call::ExitStandby { members, .. } | Call::Protect { members, .. } => members.iter().collect(),
        Call::Register { targets, .. } | Call::Deregister { targets, .. } => targets.iter().map(|t| &t.member).collect(),
        other => other.takes_out().iter().collect(),
    }
}

fn problem(id: &ResourceId, group: &Group, act: MemberAct) -> Option<Refusal> {
    let shown = Label::new(id.native());
    let Some(member) = group.members.iter().find(|m| m.id == *id) else {
        return Some(refuse(format!("{shown} is no longer in the group"), "choose members in service"));
    };
    let word = &member.lifecycle.word;
    let parked = |m: &Member| m.lifecycle.class == StatusClass::Parked;
    match act {
        MemberAct::Terminate | MemberAct::Replace | MemberAct::Standby | MemberAct::StandbyReplaced => {
            (!member.counts()).then(|| refuse(format!("{shown} is {word} and does not count against desired"), "choose members in service"))
        }
        MemberAct::InService => {
            (!parked(member)).then(|| refuse(format!("{shown} is {word}, not in standby"), "choose members in standby"))
        }
        MemberAct::Deregister => None,
        MemberAct::Protect | MemberAct::Unprotect | MemberAct::Register | MemberAct::Reboot => {
            member.leaving().then(|| refuse(format!("{shown} is {word}: it is on its way out"), "choose members that stay"))
        }
    }
}
