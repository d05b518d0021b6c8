//! The goal of a change of size, and how far a group is from it: pure, judged from one look. Going up, everybody wanted is in service
//! *and* healthy behind every balancer; going down, those who leave are gone and drained. What was in trouble before is no part of it.

use std::collections::BTreeSet;

use crate::domain::plan::Size;
use crate::domain::{Call, Group, Label, Member, Plan, ResourceId, Start, StatusClass, TargetPool};

use super::procedure::Look;

/// The group when the operation began, as far as the goal needs it.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    target: Size,
    /// Members that counted.
    were: BTreeSet<ResourceId>,
    /// Members in service that did not serve already then.
    poorly: BTreeSet<ResourceId>,
    /// Chosen by id.
    victims: BTreeSet<ResourceId>,
    /// How many are to go.
    leave: u32,
    activities: BTreeSet<Label>,
    /// Desired stays: nobody comes or goes by our doing.
    bounds_only: bool,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    /// Bounds and desired as the plan set them.
    pub as_set: bool,
    pub reached: u32,
    pub wanted: u32,
    pub done: bool,
    /// `5 of 8 in service and healthy: 2 launching, 1 initial`.
    pub words: String,
    /// Activities that failed since the operation began, newest first: id and why.
    pub failed: Vec<(Label, Label)>,
}

impl Goal {
    pub fn new(plan: &Plan, seen: &Look, start: Size) -> Self {
        let target = start.after_all(&plan.calls);
        let group = &seen.group;
        let counted = || group.members.iter().filter(|m| m.counts());
        // Where the balancer could not be read, nobody is excused: better to wait for one in trouble than to call him done.
        let poorly = counted().filter(|m| seen.blind.is_none() && m.in_service() && !is_coming(m) && !is_ready(m, seen));
        let victims = plan.calls.iter().filter_map(|c| match c {
            Call::TerminateMembers { members, .. } => Some(members),
            _ => None,
        });
        Self {
            target,
            were: counted().map(|m| m.id.clone()).collect(),
            poorly: poorly.map(|m| m.id.clone()).collect(),
            victims: victims.flatten().cloned().collect(),
            leave: if target.desired < start.desired && !group.weighted { group.counted().saturating_sub(target.desired) } else { 0 },
            activities: seen.activities(),
            bounds_only: target.desired == start.desired,
        }
    }

    /// The goal of an operation that another process began, from what it wrote down then.
    pub fn again(plan: &Plan, start: &Start, now: &Look) -> Self {
        let target = start.size.after_all(&plan.calls);
        let down = target.desired < start.size.desired && !now.group.weighted;
        let before = now.group.activities.iter().flatten().filter(|a| a.started.is_none_or(|at| at < start.at));
        Self {
            target,
            were: start.old.iter().cloned().collect(),
            poorly: start.baseline.unhealthy.clone(),
            victims: plan.calls.iter().flat_map(Call::takes_out).cloned().collect(),
            leave: if down { (start.old.len() as u32).saturating_sub(target.desired) } else { 0 },
            activities: before.map(|a| a.id.clone()).collect(),
            bounds_only: target.desired == start.size.desired,
        }
    }

    pub fn target(&self) -> Size {
        self.target
    }

    /// Judges one look. `settled`: the calls are long enough ago that reads show them.
    pub fn view(&self, seen: &Look, settled: bool) -> View {
        let (reached, wanted, there, words) = if self.leave > 0 { self.going(seen) } else { self.coming(seen, settled) };
        let as_set = seen.size() == Some(self.target);
        View { as_set, reached, wanted, done: (there || self.bounds_only) && as_set, words, failed: self.failed(&seen.group) }
    }

    fn coming(&self, seen: &Look, settled: bool) -> (u32, u32, bool, String) {
        let group = &seen.group;
        let counted: Vec<&Member> = group.members.iter().filter(|m| m.counts()).collect();
        let ready = counted.iter().filter(|m| is_ready(m, seen)).count() as u32;
        let excused = counted.iter().filter(|m| self.poorly.contains(&m.id) && !is_ready(m, seen)).count() as u32;
        let all = counted.len() as u32;
        // Units of weight are not members: all that are there must be ready, and nothing more be on its way.
        let (wanted, complete) = if group.weighted {
            (all, settled && group.open_activities().next().is_none())
        } else {
            (self.target.desired, all == self.target.desired)
        };
        let there = complete && ready + excused == all;
        let mut words = format!("{ready} of {wanted} in service and healthy");
        let waits = self.waiting(seen, &counted, wanted.saturating_sub(all));
        if there && excused > 0 {
            words += &format!("; {excused} in trouble before still {}", if excused == 1 { "is" } else { "are" });
        } else if !waits.is_empty() {
            words += &format!(": {}", waits.join(", "));
        } else if all > wanted {
            words += &format!(": {} too many", all - wanted);
        }
        (ready, wanted, there, words)
    }

    /// What those are about that are not ready, most telling first.
    fn waiting(&self, seen: &Look, counted: &[&Member], missing: u32) -> Vec<String> {
        let mut trouble = Vec::new();
        let mut states: Vec<(String, u32)> = Vec::new();
        for m in counted.iter().filter(|m| !is_ready(m, seen) && !self.poorly.contains(&m.id)) {
            if let Some(why) = m.trouble() {
                trouble.push(format!("{}: {why}", m.label));
                continue;
            }
            let state = if m.in_service() { unready(m, seen) } else { launching(&m.lifecycle.word) };
            match states.iter_mut().find(|(s, _)| *s == state) {
                Some((_, n)) => *n += 1,
                None => states.push((state, 1)),
            }
        }
        let more = trouble.len().saturating_sub(2);
        trouble.truncate(2);
        if more > 0 {
            trouble.push(format!("and {more} more in trouble"));
        }
        trouble.extend(states.into_iter().map(|(state, n)| format!("{n} {state}")));
        if missing > 0 {
            trouble.push(format!("{missing} not launched yet"));
        }
        trouble
    }

    fn going(&self, seen: &Look) -> (u32, u32, bool, String) {
        let group = &seen.group;
        let here = |id: &ResourceId| group.members.iter().find(|m| m.id == *id).filter(|m| !is_gone(m));
        // The chosen, or whoever of those at the start no longer counts.
        let leavers: Vec<&ResourceId> = if self.victims.is_empty() {
            self.were.iter().filter(|id| here(id).is_none_or(|m| !m.counts())).collect()
        } else {
            self.victims.iter().collect()
        };
        let (mut gone, mut draining, mut terminating, mut stay) = (0, 0, 0, 0);
        for id in leavers {
            match here(id) {
                Some(m) if m.counts() => stay += 1,
                _ if drains(seen, id) => draining += 1,
                Some(_) => terminating += 1,
                None => gone += 1,
            }
        }
        let wanted = self.leave.max(self.victims.len() as u32);
        let size = group.counted() == self.target.desired;
        let there = size && gone >= wanted && draining + terminating + stay == 0;
        let mut waits = Vec::new();
        for (n, what) in [(draining, "draining"), (terminating, "terminating"), (stay, "still in service")] {
            if n > 0 {
                waits.push(format!("{n} {what}"));
            }
        }
        let mut words = format!("{} of {wanted} gone", gone.min(wanted));
        if !waits.is_empty() {
            words += &format!(": {}", waits.join(", "));
        } else if !size {
            words += &format!(": {} members are there for {} wanted", group.counted(), self.target.desired);
        }
        (gone.min(wanted), wanted, there, words)
    }

    fn failed(&self, group: &Group) -> Vec<(Label, Label)> {
        let new = group.activities.iter().flatten().filter(|a| a.status.is_bad() && !self.activities.contains(&a.id));
        let why = |a: &crate::domain::Activity| a.message.clone().filter(|m| !m.is_empty()).unwrap_or_else(|| a.cause.clone());
        new.map(|a| (a.id.clone(), Label::new(format!("{}: {}", a.description, why(a))))).collect()
    }
}

/// In service, nothing known against it, and good in every pool of its group.
pub(super) fn is_ready(m: &Member, seen: &Look) -> bool {
    m.in_service() && m.trouble().is_none() && !m.health.is_bad() && seen.group.pools.iter().all(|pool| is_good_in(m, pool, seen))
}

fn is_good_in(m: &Member, id: &ResourceId, seen: &Look) -> bool {
    let Some(pool) = seen.pools.iter().find(|p| p.id == *id && p.targets.is_some()) else { return false };
    let mut targets = m.targets.iter().filter(|t| t.pool == *id).peekable();
    if says_nothing(pool) {
        return true;
    }
    targets.peek().is_some() && targets.all(|t| t.state.is_good())
}

/// A pool that hangs from no balancer checks nobody: its targets stay `unused` for ever.
fn says_nothing(pool: &TargetPool) -> bool {
    let parked = |targets: &Vec<_>| targets.iter().all(|t: &crate::domain::pool::Target| t.state.class == StatusClass::Parked);
    pool.balancers.is_empty() && pool.targets.as_ref().is_some_and(parked)
}

/// On its way in, by its group or by a balancer.
pub(super) fn is_coming(m: &Member) -> bool {
    m.trouble().is_none() && (m.lifecycle.class == StatusClass::Moving || m.targets.iter().any(|t| t.state.class == StatusClass::Moving))
}

fn is_gone(m: &Member) -> bool {
    matches!(&*m.lifecycle.word, "Terminated" | "Detached")
}

fn drains(seen: &Look, id: &ResourceId) -> bool {
    seen.pools.iter().flat_map(|p| p.targets.iter().flatten()).any(|t| t.member == *id && t.is_draining())
}

fn launching(lifecycle: &str) -> String {
    match lifecycle {
        "Pending" | "Pending:Proceed" => "launching".to_owned(),
        "Pending:Wait" => "held by a lifecycle hook".to_owned(),
        other => other.to_owned(),
    }
}

/// Why a member in service does not count as ready, in a word or two.
fn unready(m: &Member, seen: &Look) -> String {
    if seen.blind.is_some() || !seen.unread().is_empty() {
        return "in service, its balancer could not be read".to_owned();
    }
    match m.targets.iter().find(|t| !t.state.is_good()) {
        Some(t) => t.reason.as_ref().map_or_else(|| t.state.word.to_string(), |r| format!("{} ({r})", t.state.word)),
        None => "in service, not registered with its balancer yet".to_owned(),
    }
}

#[cfg(test)]
mod tests;
