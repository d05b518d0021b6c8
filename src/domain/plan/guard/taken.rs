//! What a plan takes away at worst at one time. Adding is never weighed. Where the calls are not known beforehand, because a strategy
//! decides them as it goes, the request says it.

use std::collections::BTreeSet;

use super::super::super::group::Group;
use super::super::super::ids::ResourceId;
use super::super::super::member::Member;
use super::super::refresh::RefreshPreferences;
use super::super::request::{MemberAct, Request, Strategy};
use super::super::{Call, Plan, Size};

#[derive(Debug, Default)]
pub(super) struct Taken<'a> {
    /// Desired falls by so many, at its lowest moment.
    pub shrink: u32,
    /// Members named by id that stop serving.
    pub named: BTreeSet<&'a ResourceId>,
    /// Those of them with whom desired falls.
    pub dropped: BTreeSet<&'a ResourceId>,
    /// Members out at the same time, whoever they are.
    pub any: u32,
    /// Members that go at the same time after as many came.
    pub exchanged: u32,
}

impl<'a> Taken<'a> {
    pub fn of(plan: &'a Plan, group: &'a Group, before: Option<Size>) -> Self {
        let mut taken = Self::default();
        for call in &plan.calls {
            taken.apply_call(call, group);
        }
        if let Some(before) = before {
            let mut size = before;
            for call in &plan.calls {
                size = size.after(call);
                taken.shrink = taken.shrink.max(before.desired.saturating_sub(size.desired));
            }
        }
        taken.apply_request(&plan.request, group, before, plan.calls.is_empty());
        taken
    }

    fn apply_call(&mut self, call: &'a Call, group: &'a Group) {
        self.named.extend(call.takes_out());
        match call {
            Call::Deregister { targets, .. } => self.named.extend(targets.iter().map(|t| known_as(&t.member, group))),
            Call::TerminateMembers { members, .. } | Call::EnterStandby { members, replace: false, .. } => self.dropped.extend(members),
            Call::StartRefresh { preferences, .. } => self.any = self.any.max(taken_by_refresh(preferences, group)),
            _ => {}
        }
    }

    fn apply_request(&mut self, request: &'a Request, group: &Group, before: Option<Size>, unknown_calls: bool) {
        let desired = before.map_or(0, |b| b.desired);
        match request {
            // A strategy decides its calls as it goes, whatever stands in the plan.
            Request::Redeploy(r) => match &r.strategy {
                Strategy::Native(preferences) => self.any = self.any.max(taken_by_refresh(preferences, group)),
                Strategy::SurgeAndDrain { batch } => self.exchanged = (*batch).min(desired),
                Strategy::InPlace { batch } => self.any = (*batch).min(desired.max(group.counted())),
                Strategy::BlueGreen(_) => {}
            },
            Request::Scale(r) if unknown_calls => {
                self.shrink = desired.saturating_sub(r.desired);
                self.named.extend(&r.victims);
                self.dropped.extend(&r.victims);
            }
            Request::Thaw(r) if unknown_calls => self.shrink = desired.saturating_sub(r.saved.size.desired),
            Request::Member(r) if unknown_calls => match r.act {
                MemberAct::Terminate | MemberAct::Standby => {
                    self.named.extend(&r.members);
                    self.dropped.extend(&r.members);
                    self.shrink = self.dropped.len() as u32;
                }
                MemberAct::Replace | MemberAct::StandbyReplaced | MemberAct::Deregister | MemberAct::Reboot => {
                    self.named.extend(&r.members);
                }
                MemberAct::InService | MemberAct::Protect | MemberAct::Unprotect | MemberAct::Register => {}
            },
            _ => {}
        }
    }

    pub fn is_nothing(&self) -> bool {
        self.shrink == 0 && self.named.is_empty() && self.any == 0 && self.exchanged == 0
    }

    /// Members of one step: those by which the group shrinks, and those that leave it for a while though they serve.
    pub fn step(&self, group: &Group) -> u32 {
        self.shrink + serving(group, self.named.difference(&self.dropped).copied()) + self.any.max(self.exchanged)
    }

    /// Healthy members that go at worst. A policy takes members its group calls unhealthy first; beyond that, nobody knows whom.
    pub fn healthy_lost(&self, group: &Group, before: Option<Size>) -> u32 {
        let named = serving(group, self.named.iter().copied());
        let by_policy = self.shrink.saturating_sub(self.dropped.len() as u32);
        let by_policy = if by_policy == 0 {
            0
        } else {
            let stays = |m: &&Member| m.counts() && !self.dropped.contains(&m.id);
            let lowest = before.map_or(0, |b| b.desired).saturating_sub(self.shrink);
            let surplus = (group.members.iter().filter(stays).count() as u32).saturating_sub(lowest);
            let first = group.members.iter().filter(stays).filter(|m| m.health.is_bad()).count() as u32;
            surplus.saturating_sub(first)
        };
        (named + by_policy + self.any).min(group.healthy())
    }
}

fn serving<'i>(group: &Group, ids: impl Iterator<Item = &'i ResourceId>) -> u32 {
    let serves = |id: &&ResourceId| group.members.iter().any(|m| m.id == **id && m.serves());
    ids.filter(serves).count() as u32
}

/// The member that is registered at a balancer under `id`, which may be its address; the id itself where it is nobody's.
pub(super) fn known_as<'a>(id: &'a ResourceId, group: &'a Group) -> &'a ResourceId {
    let at = |m: &&Member| [&m.address, &m.public_address].into_iter().flatten().any(|a| **a == *id.native());
    let direct = group.members.iter().find(|m| m.id == *id);
    direct.or_else(|| group.members.iter().find(at)).map_or(id, |m| &m.id)
}

/// Whether a plan takes anything away: only then does the health behind a balancer matter to the guards.
pub fn takes_away(plan: &Plan, group: &Group) -> bool {
    !Taken::of(plan, group, Size::of(group)).is_nothing()
}

/// The cloud's default where neither the request nor the group says anything.
const DEFAULT_MIN_HEALTHY: u8 = 90;

/// Members that a rolling replacement by the cloud has out at once. With a maximum named it launches before it terminates wherever both
/// limits cannot be met; without one it does both at once, and takes one at least.
fn taken_by_refresh(preferences: &RefreshPreferences, group: &Group) -> u32 {
    let desired = group.desired.unwrap_or_else(|| group.counted());
    let percent = preferences.min_healthy_percent.unwrap_or(DEFAULT_MIN_HEALTHY).min(100);
    let kept = (u64::from(desired) * u64::from(percent)).div_ceil(100) as u32;
    let out = desired.saturating_sub(kept);
    if preferences.max_healthy_percent.is_some() { out } else { out.max(1).min(desired) }
}
