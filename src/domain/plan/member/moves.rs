//! Acts that move members out of service and back into it. One call per member: what became of every single one is on record.

use super::super::super::ids::ResourceId;
use super::super::super::label::Label;
use super::super::super::verdict::Verdict;
use super::super::impact::{impact, still};
use super::super::notes::{Sight, note, notes, worst_first};
use super::super::precondition::PreconditionField::{Desired, Lifecycle, Max, Min, Suspended, Victims};
use super::super::request::MemberAct;
use super::super::scale::{PlanError, ScaleRequest};
use super::super::setting::{few, presume};
use super::super::{Call, Impact, ImpactNote, Inverse, Size, outlook, pace};
use super::{Chosen, Made};

/// Terminated, with or without another in their stead.
pub(super) fn out(c: &Chosen<'_>) -> Result<Made, PlanError> {
    let (group, before) = c.s.sized(&c.group.id)?;
    c.refuse_unfit(crate::domain::Member::counts, "only members that count against desired are taken out")?;
    let replace = c.request.act == MemberAct::Replace;
    if replace && group.is_suspended("Launch") {
        return Err(PlanError::NotPossible(
            "Launch is suspended: nobody would come in their stead; resume it first, or terminate".to_owned(),
        ));
    }
    let out = |id: &ResourceId| match c.request.act {
        MemberAct::Replace => Call::ReplaceMember { group: group.id.clone(), member: id.clone() },
        _ => Call::TerminateMembers { group: group.id.clone(), members: vec![id.clone()] },
    };
    let protected: Vec<_> = c.members.iter().copied().filter(|m| m.protected).collect();
    let mut own = Vec::new();
    if replace {
        if !protected.is_empty() {
            own.push(note(Verdict::Warning, format!("{} protected from scale-in: going by id, they go all the same", few(protected))));
        }
        own.extend(in_turn(c));
        if let Some(wanted) =
            group.version_wanted.as_ref().filter(|w| c.members.iter().any(|m| m.version.as_ref().is_some_and(|v| v != *w)))
        {
            own.push(note(Verdict::Warning, format!("the new ones launch with {wanted}, not with the version of those that go")));
        }
    }
    let impact = if replace { replaced(c, before, own) } else { shrunk(c, before, c.ids().len() as u32, true, own)? };
    Ok(Made {
        verb: if replace { "Replace" } else { "Terminate" },
        calls: c.ids().iter().map(out).collect(),
        preconditions: presume(&[Desired, Min, Max, Suspended, Victims], group, c.ids()),
        grave: before.desired > 0 && impact.desired.1 == 0,
        impact,
        inverse: Inverse::None(Label::new(if replace {
            "a terminated member does not come back; those in its stead stay"
        } else {
            "a terminated member does not come back; scaling up launches new ones"
        })),
    })
}

/// Parked: billed, without traffic and checks.
pub(super) fn park(c: &Chosen<'_>) -> Result<Made, PlanError> {
    let (group, before) = c.s.sized(&c.group.id)?;
    c.refuse_unfit(crate::domain::Member::in_service, "only members in service can be put into standby")?;
    let replace = c.request.act == MemberAct::StandbyReplaced;
    if replace && group.is_suspended("Launch") {
        return Err(PlanError::NotPossible("Launch is suspended: nobody would come in their stead; resume it first".to_owned()));
    }
    let park = |id: &ResourceId| Call::EnterStandby { group: group.id.clone(), members: vec![id.clone()], replace };
    let mut own = vec![note(Verdict::Notice, "in standby they are billed and keep what they hold, without traffic and health checks")];
    if !group.is_suspended("AZRebalance") && !replace && group.zones.len() > 1 {
        own.push(note(Verdict::Warning, "zones out of balance may make the group take out others: AZRebalance is on"));
    }
    if replace {
        own.push(note(
            Verdict::Warning,
            "on the way back the group has one too many for each: its termination policy then chooses who goes",
        ));
    }
    let impact = if replace { replaced(c, before, own) } else { shrunk(c, before, c.ids().len() as u32, false, own)? };
    Ok(Made {
        verb: if replace { "Replace and put into standby" } else { "Put into standby" },
        calls: c.ids().iter().map(park).collect(),
        preconditions: presume(&[Desired, Min, Max, Suspended, Lifecycle], group, c.ids()),
        grave: before.desired > 0 && impact.desired.1 == 0,
        impact,
        inverse: c.opposite(MemberAct::InService),
    })
}

/// Out of standby: desired grows with them.
pub(super) fn back(c: &Chosen<'_>) -> Result<Made, PlanError> {
    let (group, before) = c.s.sized(&c.group.id)?;
    c.refuse_unfit(|m| &*m.lifecycle.word == "Standby", "only members in standby can be put back into service")?;
    if group.is_suspended("Launch") {
        return Err(PlanError::NotPossible("Launch is suspended: the cloud takes nobody out of standby then; resume it first".to_owned()));
    }
    let after = Size { desired: before.desired + c.ids().len() as u32, ..before };
    let mut impact = still(group, before, after);
    for m in &c.members {
        if let Some(row) = impact.zones.iter_mut().find(|(zone, ..)| *zone == m.zone) {
            row.2 += 1;
        }
    }
    let back = c.members.len() as u32;
    impact.healthy_after = (impact.healthy_now.0 + back, impact.healthy_now.1 + back);
    let old: Vec<_> = c.members.iter().copied().filter(|m| group.version_wanted.is_some() && m.version != group.version_wanted).collect();
    let mut own = Vec::new();
    if let (false, Some(wanted)) = (old.is_empty(), &group.version_wanted) {
        own.push(note(Verdict::Warning, format!("{} not on the wanted version {wanted}", few(old))));
    }
    Ok(Made {
        verb: "Put back into service",
        calls: c.ids().iter().map(|id| Call::ExitStandby { group: group.id.clone(), members: vec![id.clone()] }).collect(),
        preconditions: presume(&[Desired, Min, Max, Suspended, Lifecycle], group, c.ids()),
        impact: changed(c, impact, before, after, own),
        inverse: c.opposite(MemberAct::Standby),
        grave: false,
    })
}

/// Several that keep the group's size wait for each other.
pub(super) fn in_turn(c: &Chosen<'_>) -> Option<ImpactNote> {
    (c.members.len() > 1).then(|| note(Verdict::Notice, "one after the other: as many are healthy again before the next goes"))
}

/// The group shrinks by those chosen.
fn shrunk(c: &Chosen<'_>, before: Size, by: u32, for_good: bool, own: Vec<ImpactNote>) -> Result<Impact, PlanError> {
    let too_many = || PlanError::NotPossible(format!("{by} are chosen, but {} has only {}", c.group.name, before.desired));
    let after = Size { desired: before.desired.checked_sub(by).ok_or_else(too_many)?, ..before };
    let request = ScaleRequest { victims: c.ids().to_vec(), ..ScaleRequest::to(&c.group.id, after.desired) };
    let mut impact = impact(c.group, &request, before, after);
    if !for_good {
        for (_, why) in &mut impact.victims {
            *why = Label::new("parked, not terminated");
        }
    }
    Ok(changed(c, impact, before, after, own))
}

/// Completes a change of size.
fn changed(c: &Chosen<'_>, mut impact: Impact, before: Size, after: Size, own: Vec<ImpactNote>) -> Impact {
    outlook::complete(&mut impact, c.s.snapshot, c.group, c.s.now);
    let chosen = if after.desired < before.desired { c.ids() } else { &[] };
    let sight = Sight {
        snapshot: c.s.snapshot,
        group: c.group,
        before,
        after,
        impact: &impact,
        honor_cooldown: false,
        chosen,
        drift: "",
        now: c.s.now,
    };
    let mut all = own;
    all.extend(notes(&sight));
    impact.notes = worst_first(all);
    impact
}

/// The group keeps its size: those chosen go one after the other, and others come.
fn replaced(c: &Chosen<'_>, before: Size, own: Vec<ImpactNote>) -> Impact {
    let mut impact = still(c.group, before, before);
    let (healthy, all) = impact.healthy_now;
    let lost = c.members.len() as u32;
    impact.healthy_least = Some((healthy.saturating_sub(c.serving().min(1)), all));
    impact.healthy_after = (healthy - c.serving() + lost, all);
    impact.victims = c.members.iter().map(|m| (m.id.clone(), Label::new("chosen, another comes in its stead"))).collect();
    impact.victims_chosen = true;
    impact.ready_in = pace::launch(c.group);
    impact.takes = pace::rounds(lost, impact.ready_in, pace::drain(c.s.snapshot, c.group));
    impact.slots = lost;
    c.finish(impact, own)
}
