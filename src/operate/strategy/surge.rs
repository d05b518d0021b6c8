//! Surge and drain: so many new ones, then as many old ones out by id, until all are new. At no moment fewer serve than at the start.

use std::collections::BTreeSet;

use crate::domain::plan::Size;
use crate::domain::{Call, Fact, Label, Member, Now, Phase, ResourceId, SlotState};

use super::super::known::Known;
use super::super::procedure::{Look, Next, Procedure};
use super::limits::{PATIENCE, words};
use super::scene::Scene;

pub(super) struct Surge {
    /// At least 1.
    pub batch: u32,
}

impl Procedure for Surge {
    fn borrows(&self, _: &Known, look: &Look) -> Vec<Label> {
        automation(look)
    }

    fn forward(&self, known: &Known, look: &Look, now: Now) -> Next {
        let Some(scene) = Scene::of(known, look, now) else { return Scene::blank() };
        let open = scene.open();
        if open.is_empty() { scene.begin_batch(self.batch) } else { scene.work_on(&open, self.batch) }
    }

    fn backward(&self, known: &Known, look: &Look, now: Now) -> Next {
        let Some(scene) = Scene::of(known, look, now) else { return Scene::blank() };
        scene.take_back()
    }

    fn marks(&self) -> bool {
        true
    }
}

/// What would fight a redeploy that replaces members itself. Where the group asks its balancer for health, a member taken out of its pool
/// counts as unhealthy, and would be replaced behind our back. Its checks are off too: a mark they leave stays, and who is back in its pool
/// would be replaced as soon as replacing is on again.
pub(super) fn automation(look: &Look) -> Vec<Label> {
    let mut processes = vec!["AlarmNotification", "ScheduledActions", "AZRebalance"];
    if look.group.health_check.to_ascii_uppercase().contains("ELB") && !look.group.pools.is_empty() {
        processes.extend(["HealthCheck", "ReplaceUnhealthy"]);
    }
    processes.into_iter().map(Label::new).collect()
}

impl<'a> Scene<'a> {
    fn begin_batch(&self, _: u32) -> Next {
        if let Some(next) = self.size_moved() {
            return next;
        }
        // One read may be of a stale copy: nobody is taken for gone while a change of ours has not settled.
        if !self.reads_lag()
            && let Some(next) = self.left_by_itself()
        {
            return next;
        }
        if self.old_left().is_empty() {
            return self.finish();
        }
        Scene::note_slot(self.free(), SlotState::Launching, None)
    }

    fn work_on(&self, open: &[u32], batch: u32) -> Next {
        // Without its pools nobody can be judged: states stay as they are, only the clocks run.
        if !self.sees_pools() {
            return self.overdue(open).unwrap_or_else(|| self.wait("waits until its balancer can be read again", None));
        }
        if let Some(next) = self.size_moved() {
            return next;
        }
        if let Some(next) = self.fill_batch(open, batch).or_else(|| self.surge(open)) {
            return next;
        }
        let early = |n: &&u32| self.state(**n) <= SlotState::InService;
        if let Some(next) = open.iter().filter(early).find_map(|n| self.bring_up(*n)) {
            return next;
        }
        let up = open.iter().all(|n| self.state(*n) >= SlotState::InService);
        let step = open.iter().find_map(|n| match self.state(*n) {
            SlotState::InService if up => self.pick(*n),
            SlotState::Draining => self.drain(*n),
            SlotState::Terminating => self.terminate(*n),
            _ => None,
        });
        step.or_else(|| self.overdue(open)).or_else(|| self.start_draining(open, up)).unwrap_or_else(|| self.wait_for(open))
    }

    /// More slots for a batch that has not begun to launch.
    fn fill_batch(&self, open: &[u32], batch: u32) -> Option<Next> {
        let untouched =
            self.ledger.surplus() == 0 && open.iter().all(|n| self.state(*n) == SlotState::Launching && self.newcomer(*n).is_none());
        let most = batch.min(self.old_left().len() as u32);
        (untouched && (open.len() as u32) < most).then(|| Scene::note_slot(self.free(), SlotState::Launching, None))
    }

    /// One more member for each slot that has not given its old one back.
    fn surge(&self, open: &[u32]) -> Option<Next> {
        let want = open.iter().filter(|n| !self.known.is_done(&termination(**n))).count() as u32;
        if self.ledger.surplus() >= want {
            return None;
        }
        let Size { min, max, .. } = self.ledger.expected;
        let desired = self.ledger.home.desired + want;
        let step = self.nth(&format!("slot-{}/surge", open[0]));
        let group = self.group();
        // Bounds and desired in one call: no moment in which the maximum invites others up.
        let call = if desired > max {
            Call::SetBounds { group, min, max: desired, desired }
        } else {
            Call::SetDesired { group, desired, honor_cooldown: false }
        };
        Some(Next::call(step, call))
    }

    /// Chooses who leaves for a slot whose new member serves.
    fn pick(&self, slot: u32) -> Option<Next> {
        if self.known.victim(slot).is_some_and(|id| self.present(id).is_some()) {
            return None;
        }
        let member = self.choose(slot)?.id.clone();
        Some(Next::Note(Fact::Victim { slot, member }))
    }

    /// The old member in the zone of the new one, the longest there; first of all those who do not serve. Where no old one is left (the last
    /// went by itself, and its group made up for it) the newest that has no slot.
    fn choose(&self, slot: u32) -> Option<&'a Member> {
        let others: BTreeSet<&ResourceId> = self.open().into_iter().filter(|n| *n != slot).filter_map(|n| self.known.victim(n)).collect();
        let zone = self.newcomer(slot).map(|m| &m.zone);
        let old = self.old_left().into_iter().filter(|m| !others.contains(&m.id));
        let first = old.min_by_key(|m| (m.serves(), Some(&m.zone) != zone, m.launched));
        first.or_else(|| self.unassigned().pop()).or_else(|| self.newcomer(slot))
    }

    /// Whether enough others serve for the open slots' old members to leave.
    fn may_leave(&self) -> bool {
        self.serving_without(&self.victims()) >= self.floor()
    }

    /// Sends the old members of a batch that is up to drain.
    fn start_draining(&self, open: &[u32], up: bool) -> Option<Next> {
        let slot = *open.iter().find(|n| up && self.state(**n) == SlotState::InService)?;
        if self.may_leave() {
            return Some(Scene::note_slot(slot, SlotState::Draining, None));
        }
        Some(self.short_of(slot))
    }

    /// Waits for others to serve, not for ever.
    fn short_of(&self, slot: u32) -> Next {
        let (serving, floor) = (self.serving_without(&self.victims()), self.floor());
        let what = format!("{}, but without its old member only {serving} would serve, and {floor} must", self.head(slot));
        let since = self.known.slot(slot).1.unwrap_or(self.start.at);
        let waited = self.known.waited(since, self.now.wall);
        if waited > PATIENCE {
            return Next::pause(format!("{what}, for {}", words(waited)));
        }
        self.wait(what, None)
    }

    fn drain(&self, slot: u32) -> Option<Next> {
        let Some(victim) = self.known.victim(slot).filter(|id| self.present(id).is_some()) else {
            return Some(Self::left_too_early(slot));
        };
        if let Some(next) = self.deregister(victim) {
            return Some(if self.may_leave() { next } else { self.short_of(slot) });
        }
        if !self.is_drained(victim) {
            return None;
        }
        if !self.may_leave() {
            return Some(self.short_of(slot));
        }
        Some(Scene::note_slot(slot, SlotState::Terminating, None))
    }

    /// The chosen one went by itself, and its group makes up for it: the slot takes another.
    fn left_too_early(slot: u32) -> Next {
        Scene::note_slot(slot, SlotState::InService, Some("its old member left by itself, another leaves instead".to_owned()))
    }

    fn terminate(&self, slot: u32) -> Option<Next> {
        let Some(victim) = self.known.victim(slot) else { return Some(Self::left_too_early(slot)) };
        let step = termination(slot);
        if self.known.is_done(&step) {
            return self.is_gone(victim).then(|| Scene::note_slot(slot, SlotState::Gone, None));
        }
        if self.present(victim).is_none() {
            return Some(Self::left_too_early(slot));
        }
        if !self.may_leave() {
            return Some(self.short_of(slot));
        }
        Some(Next::call(step, Call::TerminateMembers { group: self.group(), members: vec![victim.clone()] }))
    }

    /// Back to what was, before the first old member was terminated: the old ones into their pools, then the new ones out by id.
    fn take_back(&self) -> Next {
        if let Some(next) = self.back_in_pools() {
            return next;
        }
        if let Some(next) = self.size_moved() {
            // There is nobody to wait for: what others chose is kept, and ours comes off it.
            return match (next, Size::of(&self.look.group)) {
                (Next::Pause { .. }, Some(size)) => Next::Note(Fact::Resized { size }),
                (next, _) => next,
            };
        }
        if let Some(next) = self.shrink_back() {
            return next;
        }
        let leaving: Vec<&ResourceId> = self.sent_back().into_iter().filter(|id| !self.is_gone(id)).collect();
        if let Some(last) = leaving.first() {
            return self.wait_or_hold("back/terminate/", &format!("new members still leave: {}", Label::new(last.native())));
        }
        if let Some(next) = self.restore() {
            return next;
        }
        self.close_slots().unwrap_or_else(|| self.rolled_back())
    }

    /// The old members back in their pools, and good there.
    pub fn back_in_pools(&self) -> Option<Next> {
        if let Some(next) = self.register_again() {
            return Some(next);
        }
        let out = self.not_yet_back();
        (!out.is_empty()).then(|| {
            let what = format!("registered again, not healthy yet: {}", super::scene::names(out));
            self.wait_or_hold("register/", &what)
        })
    }

    /// The next call that takes one of ours off again.
    fn shrink_back(&self) -> Option<Next> {
        if self.ledger.surplus() == 0 {
            return None;
        }
        let gone = self.sent_back();
        let mut newer: Vec<&Member> = self.newer();
        newer.retain(|m| !gone.contains(&&m.id));
        newer.sort_by_key(|m| (self.ready(m), m.in_service()));
        let group = self.group();
        if let Some(m) = newer.first() {
            let step = format!("back/terminate/{}", m.id.native());
            return Some(Next::call(step, Call::TerminateMembers { group, members: vec![m.id.clone()] }));
        }
        // Nothing was launched for it: nobody has to leave, and nobody of the old ones may.
        let Size { desired, .. } = self.ledger.expected;
        let enough = self.ledger.home.desired.max(self.look.group.counted());
        (enough < desired).then(|| Next::call(self.nth("back/desired"), Call::SetDesired { group, desired: enough, honor_cooldown: false }))
    }

    /// Members that went on the way back.
    fn sent_back(&self) -> Vec<&'a ResourceId> {
        let back = self.known.made.iter().filter(|(step, _)| step.starts_with("back/terminate/") && self.known.is_done(step));
        back.flat_map(|(_, made)| made.call.takes_out()).collect()
    }

    /// Slots that were open are as if they had not begun.
    pub fn close_slots(&self) -> Option<Next> {
        self.open().first().map(|n| Scene::note_slot(*n, SlotState::Waiting, Some("taken back".to_owned())))
    }

    /// On the way back nobody is asked twice: what does not come in time is said, and left as it is.
    pub fn wait_or_hold(&self, steps: &str, what: &str) -> Next {
        let last = self.known.made.iter().filter(|(step, _)| step.starts_with(steps)).map(|(_, made)| made.at).max();
        let waited = self.known.waited(last.unwrap_or(self.start.at), self.now.wall);
        if waited > PATIENCE + self.limits(None).state(SlotState::Terminating) {
            return Next::end(Phase::Held, format!("half-way back: after {} {what}", words(waited)));
        }
        self.wait(what, None)
    }
}

fn termination(slot: u32) -> String {
    format!("slot-{slot}/terminate")
}
