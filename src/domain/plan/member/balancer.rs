//! Off the balancer and on it again, the member itself left running.

use super::super::super::ids::ResourceId;
use super::super::super::label::Label;
use super::super::super::member::Member;
use super::super::super::pool::{Target, TargetPool};
use super::super::super::verdict::Verdict;
use super::super::call::Registration;
use super::super::impact::still;
use super::super::notes::{note, roughly};
use super::super::precondition::PreconditionField::{Lifecycle, Pools, Targets};
use super::super::request::MemberAct;
use super::super::scale::PlanError;
use super::super::setting::{few, presume};
use super::super::{Call, ImpactNote, Inverse, pace};
use super::{Chosen, Made};

/// The targets a member is in a pool: by its id, or by an address of its.
fn is(target: &Target, m: &Member) -> bool {
    let at = |address: &Option<Label>| address.as_ref().is_some_and(|a| **a == *target.member.native());
    target.member == m.id || at(&m.address) || at(&m.public_address)
}

/// Pools of the group that were read, or why not.
fn pools<'a>(c: &Chosen<'a>) -> Result<Vec<&'a TargetPool>, PlanError> {
    if c.group.pools.is_empty() {
        return Err(PlanError::NotPossible(format!("{} stands behind no balancer", c.group.name)));
    }
    let read = |id: &ResourceId| c.s.snapshot.pool(id).map(|p| &p.item).filter(|p| p.targets.is_some());
    let unread: Vec<String> = c.group.pools.iter().filter(|id| read(id).is_none()).map(|id| Label::new(id.native()).to_string()).collect();
    if !unread.is_empty() {
        return Err(PlanError::NotPossible(format!("the targets of {} are not known; press ctrl-r to read them again", unread.join(", "))));
    }
    Ok(c.group.pools.iter().filter_map(read).collect())
}

pub(super) fn deregister(c: &Chosen<'_>) -> Result<Made, PlanError> {
    let (group, size) = (c.group, c.size()?);
    let mut calls = Vec::new();
    let mut own = Vec::new();
    let mut gone: Vec<ResourceId> = Vec::new();
    let mut exact = true;
    for pool in pools(c)? {
        let targets = pool.targets.iter().flatten();
        let ours: Vec<(&Target, &Member)> =
            targets.filter(|t| !t.is_draining()).filter_map(|t| c.members.iter().find(|m| is(t, m)).map(|m| (t, *m))).collect();
        if ours.is_empty() {
            continue;
        }
        // Registering again goes by id and to the pool's own port.
        exact &= ours.iter().all(|(t, m)| t.member == m.id && (t.port.is_none() || t.port == pool.port));
        gone.extend(ours.iter().map(|(_, m)| m.id.clone()));
        let left = pool.health().map_or(0, |(good, _)| good).saturating_sub(ours.iter().filter(|(t, _)| t.state.is_good()).count() as u32);
        if left == 0 {
            let text = format!(
                "nobody healthy is left in {}: its balancer then sends to whoever is there, sick ones included, or to nobody",
                pool.name
            );
            own.push(note(Verdict::Warning, text));
        }
        let targets = ours.iter().map(|(t, _)| Registration { member: t.member.clone(), port: t.port }).collect();
        calls.push(Call::Deregister { group: group.id.clone(), pool: pool.id.clone(), targets });
    }
    if calls.is_empty() {
        return Err(PlanError::NotPossible(format!(
            "nothing would change: {} in no pool of {}",
            few(c.members.iter().copied()),
            group.name
        )));
    }
    gone.sort();
    gone.dedup();
    replaced_meanwhile(c, &mut own);
    let drain = pace::drain(c.s.snapshot, group);
    if let Some(drain) = drain.filter(|d| !d.is_zero()) {
        own.push(note(Verdict::Ok, format!("connections drain for up to {}", roughly(drain))));
    }
    let mut impact = still(group, size, size);
    let lost = c.members.iter().filter(|m| gone.contains(&m.id) && m.serves()).count() as u32;
    impact.healthy_after = (impact.healthy_now.0.saturating_sub(lost), impact.healthy_now.1);
    impact.healthy_least = Some(impact.healthy_after);
    impact.takes = drain;
    Ok(Made {
        verb: "Deregister",
        calls,
        preconditions: presume(&[Lifecycle, Pools, Targets], group, c.ids()),
        impact: c.finish(impact, own),
        inverse: if exact {
            c.opposite(MemberAct::Register)
        } else {
            Inverse::None(Label::new("they stand there by address or on a port of their own, which is not set again from here"))
        },
        grave: false,
    })
}

/// A group that trusts its balancer's checks may take a member for sick that is only deregistered.
fn replaced_meanwhile(c: &Chosen<'_>, own: &mut Vec<ImpactNote>) {
    let off = ["ReplaceUnhealthy", "HealthCheck", "Terminate"].iter().any(|p| c.group.is_suspended(p));
    if c.group.health_check.contains("ELB") && !off {
        let text =
            "the group trusts the balancer's checks and may replace a deregistered member: suspend ReplaceUnhealthy first, or use standby";
        own.push(note(Verdict::Warning, text));
    }
}

pub(super) fn register(c: &Chosen<'_>) -> Result<Made, PlanError> {
    let (group, size) = (c.group, c.size()?);
    c.refuse_unfit(crate::domain::Member::in_service, "only members in service are registered")?;
    let mut calls = Vec::new();
    for pool in pools(c)? {
        let there = |m: &Member| pool.targets.iter().flatten().any(|t| is(t, m) && !t.is_draining());
        let missing: Vec<Registration> =
            c.members.iter().filter(|m| !there(m)).map(|m| Registration { member: m.id.clone(), port: None }).collect();
        if !missing.is_empty() {
            calls.push(Call::Register { group: group.id.clone(), pool: pool.id.clone(), targets: missing });
        }
    }
    if calls.is_empty() {
        return Err(PlanError::NotPossible("nothing would change: they stand in every pool already".to_owned()));
    }
    let mut own = vec![note(Verdict::Notice, "they get traffic once the balancer finds them healthy")];
    if c.members.iter().any(|m| m.trouble().is_some()) {
        own.push(note(Verdict::Warning, "some of them are in trouble: they may not turn healthy"));
    }
    Ok(Made {
        verb: "Register",
        calls,
        preconditions: presume(&[Lifecycle, Pools, Targets], group, c.ids()),
        impact: c.finish(still(group, size, size), own),
        inverse: c.opposite(MemberAct::Deregister),
        grave: false,
    })
}
