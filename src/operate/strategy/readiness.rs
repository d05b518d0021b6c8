//! When a member may take its share: in service, nothing known against it, and good in every pool of its group.

use crate::domain::pool::Target;
use crate::domain::{Group, Member, ResourceId, StatusClass, TargetPool};

/// Ready for traffic. Where a pool could not be read nobody is.
pub(super) fn is_ready(m: &Member, group: &Group, pools: &[TargetPool]) -> bool {
    m.in_service() && m.trouble().is_none() && !m.health.is_bad() && group.pools.iter().all(|id| is_good_in(m, id, pools))
}

fn is_good_in(m: &Member, id: &ResourceId, pools: &[TargetPool]) -> bool {
    let Some(pool) = pools.iter().find(|p| p.id == *id) else { return false };
    let Some(targets) = &pool.targets else { return false };
    if says_nothing(pool, targets) {
        return true;
    }
    let mut own = targets.iter().filter(|t| t.member == m.id).peekable();
    own.peek().is_some() && own.all(|t| t.state.is_good())
}

/// A pool that hangs from no balancer checks nobody: its targets stay `unused` for ever.
fn says_nothing(pool: &TargetPool, targets: &[Target]) -> bool {
    pool.balancers.is_empty() && targets.iter().all(|t| t.state.class == StatusClass::Parked)
}

/// Why it is not ready, in a few words.
pub(super) fn unready(m: &Member, pools: &[TargetPool]) -> String {
    if let Some(why) = m.trouble() {
        return why.to_string();
    }
    if !m.in_service() {
        return match &*m.lifecycle.word {
            "Pending:Wait" => "held by a lifecycle hook (Pending:Wait)".to_owned(),
            other => other.to_owned(),
        };
    }
    let own = pools.iter().flat_map(|p| p.targets.iter().flatten().map(move |t| (p, t))).filter(|(_, t)| t.member == m.id);
    let mut waits = own.filter(|(_, t)| !t.state.is_good()).peekable();
    match waits.peek() {
        Some((pool, t)) => {
            let why = t.reason.as_ref().map_or_else(String::new, |r| format!(" ({r})"));
            format!("{} in {}{why}", t.state.word, pool.name)
        }
        None => "not registered with its balancer yet".to_owned(),
    }
}

/// Gone for good, as far as its group tells.
pub(super) fn is_gone(group: &Group, id: &ResourceId) -> bool {
    group.members.iter().find(|m| m.id == *id).is_none_or(|m| matches!(&*m.lifecycle.word, "Terminated" | "Detached"))
}

/// Registrations of a member in a pool that still stand: neither draining nor unused.
pub(super) fn standing<'a>(pool: &'a TargetPool, id: &'a ResourceId) -> impl Iterator<Item = &'a Target> {
    let targets = pool.targets.iter().flatten().filter(move |t| t.member == *id);
    targets.filter(|t| !t.is_draining() && t.state.class != StatusClass::Parked)
}
