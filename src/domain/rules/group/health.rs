//! Whether what is in service works: by the group, its balancers, the cloud's checks and our probes.

use std::time::Duration;

use crate::domain::{Finding, Group, Label, Member, SourceKind, Status, StatusClass, Verdict};

use super::super::{Context, words};

/// A member that was in service this long should be known to its balancer.
const SHOULD_BE_REGISTERED: Duration = Duration::from_mins(5);

pub fn find(group: &Group, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let in_service: Vec<&Member> = group.members.iter().filter(|m| m.in_service()).collect();
    find_unhealthy(group, &in_service, context, findings);
    find_without_traffic(&in_service, context, findings);
    find_unregistered(group, &in_service, context, findings);
    let retained: Vec<&Member> = group.members.iter().filter(|m| m.lifecycle.is_bad()).collect();
    if let Some(words) = words::most_frequent(retained.iter().map(|m| m.lifecycle.word.clone())) {
        findings.push(Finding::new(Verdict::Warning, format!("{} left for a person to end: {words}", retained.len())));
    }
    let odd: Vec<&Member> = group.members.iter().filter(|m| m.lifecycle.class == StatusClass::Unknown).collect();
    if let Some(words) = words::most_frequent(odd.iter().map(|m| m.lifecycle.word.clone())) {
        let word = if words.is_empty() { "nothing is said of it" } else { &words };
        findings.push(Finding::new(Verdict::Unknown, format!("state of {} not known: {word}", odd.len())));
    }
}

/// `2 of 6 unhealthy for 4m: health check returns 503 (both on v42)`.
fn find_unhealthy(group: &Group, in_service: &[&Member], context: &Context<'_>, findings: &mut Vec<Finding>) {
    let bad: Vec<(&Member, Label)> = in_service.iter().filter_map(|m| m.trouble().map(|why| (*m, why))).collect();
    let Some(why) = words::most_frequent(bad.iter().map(|(_, why)| why.clone())) else { return };
    let (n, all) = (bad.len(), in_service.len());
    let verdict = if n * 3 >= all { Verdict::Critical } else { Verdict::Warning };
    let since = words::duration_of(context, bad.iter().map(|(m, _)| &m.id));
    let version = shared_version(group, bad.iter().map(|(m, _)| *m));
    findings.push(
        Finding::new(verdict, format!("{n} of {all} unhealthy{since}: {why}{version}")).next("Enter lists the members with their reasons"),
    );
}

/// Where the group runs several versions and only one of them is in trouble, that is half the diagnosis.
fn shared_version<'a>(group: &Group, mut bad: impl Iterator<Item = &'a Member>) -> String {
    let first = bad.next().and_then(|m| m.version.as_ref());
    let Some(version) = first.filter(|_| group.versions().len() > 1) else { return String::new() };
    let mut n = 1;
    for member in bad {
        if member.version.as_ref() != Some(version) {
            return String::new();
        }
        n += 1;
    }
    match n {
        1 => format!(" (on {version})"),
        2 => format!(" (both on {version})"),
        _ => format!(" (all on {version})"),
    }
}

/// In service and not bad, but its balancer does not send to it (yet), or cannot tell.
fn find_without_traffic(in_service: &[&Member], context: &Context<'_>, findings: &mut Vec<Finding>) {
    let all = in_service.len();
    let waiting = |class: StatusClass| {
        let chosen: Vec<Label> = in_service
            .iter()
            .filter(|m| m.trouble().is_none())
            .filter_map(|m| {
                let target = m.targets.iter().find(|t| t.state.class == class)?;
                // A pool that hangs from no balancer uses none of its targets: that is no trouble of this member.
                let used = class != StatusClass::Parked || context.pool(&target.pool).is_none_or(|p| !p.balancers.is_empty());
                used.then(|| target.reason.clone().unwrap_or_else(|| target.state.word.clone()))
            })
            .collect();
        (chosen.len(), words::most_frequent(chosen.into_iter()))
    };
    if let (n, Some(why)) = waiting(StatusClass::Moving) {
        findings.push(Finding::new(Verdict::Notice, format!("{n} of {all} not serving: {why}")));
    }
    if let (n, Some(why)) = waiting(StatusClass::Unknown) {
        findings.push(Finding::new(Verdict::Unknown, format!("health of {n} of {all} not known: {why}")));
    }
    if let (n, Some(why)) = waiting(StatusClass::Parked) {
        findings.push(Finding::new(Verdict::Warning, format!("{n} of {all} in service without traffic: {why}")));
    }
}

/// In service for a while, and a pool of its group has never heard of it.
fn find_unregistered(group: &Group, in_service: &[&Member], context: &Context<'_>, findings: &mut Vec<Finding>) {
    for pool in group.pools.iter().filter_map(|id| context.pool(id)).filter(|p| p.targets.is_some()) {
        let missing = in_service
            .iter()
            .filter(|m| m.launched.is_some_and(|at| context.now.age_of(at) > SHOULD_BE_REGISTERED))
            .filter(|m| m.targets.iter().all(|t| t.pool != pool.id))
            .count();
        if missing > 0 {
            let why = if group.is_suspended("AddToLoadBalancer") { ": AddToLoadBalancer is suspended" } else { "" };
            findings
                .push(Finding::new(Verdict::Warning, format!("{missing} of {} not registered with {}{why}", in_service.len(), pool.name)));
        }
    }
}

/// Health behind balancers that cannot be seen: then a group that looks well is not known to be.
pub fn find_blindness(group: &Group, context: &Context<'_>, findings: &mut Vec<Finding>) {
    for id in &group.pools {
        match context.pool(id) {
            Some(pool) if pool.targets.is_none() => {
                findings.push(Finding::new(Verdict::Unknown, format!("health behind {} could not be read", pool.name)));
            }
            Some(_) => {}
            None => {
                findings.push(find_absent_pool(group, context));
                // One sentence is enough for all pools of one unread source.
                return;
            }
        }
    }
}

fn find_absent_pool(group: &Group, context: &Context<'_>) -> Finding {
    let Some(state) = context.source(&group.id.scope, SourceKind::Pools) else {
        return Finding::new(Verdict::Unknown, "health behind its balancer is not read");
    };
    match (&state.failure, state.read_at) {
        (Some(failure), None) => {
            Finding::new(Verdict::Unknown, format!("health behind its balancer could not be read: {}", failure.kind.word()))
                .next(failure.kind.remedy())
        }
        (None, None) => Finding::new(Verdict::Unknown, "health behind its balancer not read yet"),
        (_, Some(_)) => Finding::new(Verdict::Warning, "registers its members with a pool that is not there"),
    }
}

/// Whether a status says that something works, in the way rules for single instances ask.
pub fn is_known(status: Option<&Status>) -> bool {
    status.is_some_and(|s| s.class != StatusClass::Unknown)
}
