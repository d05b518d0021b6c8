//! Replace in place: so many out at a time, each replaced by its group, back before the next. Desired never moves, so capacity falls by one
//! batch for a while, and by no more.

use std::collections::BTreeSet;

use crate::domain::{Call, Fact, Label, Member, Now, ResourceId, SlotState};

use super::super::known::Known;
use super::super::procedure::{Look, Next, Procedure};
use super::limits::{PATIENCE, words};
use super::scene::Scene;
use super::surge::automation;

pub(super) struct InPlace {
    /// At least 1.
    pub batch: u32,
}

impl Procedure for InPlace {
    fn borrows(&self, _: &Known, look: &Look) -> Vec<Label> {
        automation(look)
    }

    fn forward(&self, known: &Known, look: &Look, now: Now) -> Next {
        let Some(scene) = Scene::of(known, look, now) else { return Scene::blank() };
        let open = scene.open();
        if !scene.sees_pools() {
            let wait = || scene.wait("waits until its balancer can be read again", None);
            return scene.overdue(&open).unwrap_or_else(wait);
        }
        if let Some(next) = scene.size_moved() {
            return next;
        }
        scene.fill_places(&open, self.batch).unwrap_or_else(|| scene.replace(&open, self.batch))
    }

    fn backward(&self, known: &Known, look: &Look, now: Now) -> Next {
        let Some(scene) = Scene::of(known, look, now) else { return Scene::blank() };
        let back = scene.back_in_pools().or_else(|| scene.restore()).or_else(|| scene.close_slots());
        back.unwrap_or_else(|| scene.rolled_back())
    }

    fn marks(&self) -> bool {
        true
    }
}

impl<'a> Scene<'a> {
    /// Opens slots for a batch until it is full or no more may leave.
    fn fill_places(&self, open: &[u32], batch: u32) -> Option<Next> {
        if open.iter().any(|n| self.state(*n) != SlotState::Draining || self.is_touched(*n)) {
            return None;
        }
        if open.is_empty() {
            if let Some(next) = self.left_by_itself() {
                return Some(next);
            }
            if self.old_left().is_empty() {
                return Some(self.finish());
            }
        }
        if open.len() as u32 >= batch {
            return None;
        }
        let Some(victim) = self.next_out() else {
            return if self.old_left().len() > open.len() && open.is_empty() { Some(self.too_few(batch)) } else { None };
        };
        if !self.may_be_out(&victim.id, batch) {
            return open.is_empty().then(|| self.too_few(batch));
        }
        let slot = self.free();
        if self.known.victim(slot) != Some(&victim.id) {
            return Some(Next::Note(Fact::Victim { slot, member: victim.id.clone() }));
        }
        Some(Scene::note_slot(slot, SlotState::Draining, None))
    }

    /// Something was already done about the old member of a slot.
    fn is_touched(&self, slot: u32) -> bool {
        let Some(victim) = self.known.victim(slot) else { return false };
        self.is_out(victim) || self.present(victim).is_none()
    }

    /// Who leaves next: those who do not serve first, then from the zone with most old ones, the longest there.
    fn next_out(&self) -> Option<&'a Member> {
        let leaving = self.victims();
        let old = self.old_left();
        let crowd = |m: &Member| old.iter().filter(|o| o.zone == m.zone && !leaving.contains(&o.id)).count();
        let stays = old.iter().copied().filter(|m| !leaving.contains(&m.id));
        stays.min_by_key(|m| (m.serves(), usize::MAX - crowd(m), m.launched))
    }

    /// One that does not serve takes nothing away; of those who do, one batch at most is missing.
    fn may_be_out(&self, victim: &ResourceId, batch: u32) -> bool {
        if self.present(victim).is_some_and(|m| !m.serves()) && !self.is_out(victim) {
            return true;
        }
        let mut out: BTreeSet<&ResourceId> = self.open().into_iter().filter_map(|n| self.known.victim(n)).collect();
        out.insert(victim);
        self.serving_without(&out) >= self.floor().saturating_sub(batch)
    }

    fn too_few(&self, batch: u32) -> Next {
        let serving = self.serving_without(&self.victims());
        let what = format!("waits for others to serve: {serving} do, and {} must while a batch is out", self.floor().saturating_sub(batch));
        let waited = self.known.waited(self.last_over(), self.now.wall);
        if waited > PATIENCE {
            return Next::pause(format!("{what}, for {}", words(waited)));
        }
        self.wait(what, None)
    }

    fn replace(&self, open: &[u32], batch: u32) -> Next {
        let step = open.iter().find_map(|n| match self.state(*n) {
            SlotState::Draining => self.drain_place(*n, batch),
            SlotState::Terminating => self.replace_one(*n, batch),
            SlotState::InService if self.is_settled(*n) => Some(Scene::note_slot(*n, SlotState::Gone, None)),
            _ => self.bring_up(*n),
        });
        step.or_else(|| self.overdue(open)).unwrap_or_else(|| self.wait_for(open))
    }

    fn drain_place(&self, slot: u32, batch: u32) -> Option<Next> {
        let Some(victim) = self.known.victim(slot).filter(|id| self.present(id).is_some()) else {
            return Some(Scene::note_slot(slot, SlotState::Launching, Some("its old member left by itself".to_owned())));
        };
        let may = self.may_be_out(victim, batch);
        if let Some(next) = self.deregister(victim) {
            return may.then_some(next);
        }
        if !self.is_drained(victim) || !may {
            return None;
        }
        Some(Scene::note_slot(slot, SlotState::Terminating, None))
    }

    fn replace_one(&self, slot: u32, batch: u32) -> Option<Next> {
        let victim = self.known.victim(slot)?;
        let step = format!("slot-{slot}/replace");
        let here = self.present(victim).is_some();
        if !here {
            let note = (!self.known.is_done(&step)).then(|| "its old member left by itself".to_owned());
            return Some(Scene::note_slot(slot, SlotState::Launching, note));
        }
        if self.known.is_done(&step) {
            return None;
        }
        let call = Call::ReplaceMember { group: self.group(), member: victim.clone() };
        self.may_be_out(victim, batch).then(|| Next::call(step, call))
    }

    /// Its new member serves and its old one is gone.
    fn is_settled(&self, slot: u32) -> bool {
        self.newcomer(slot).map_or_else(|| self.nobody_comes(), |m| self.ready(m))
            && self.known.victim(slot).is_none_or(|id| self.is_gone(id))
    }
}
