//! Slots of the strategies that replace members one by one: which are open, how a new member comes up in one, and when it takes too long.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Call, Fact, Label, Member, ResourceId, SlotState};

use super::super::procedure::{Next, Waiting};
use super::limits::words;
use super::readiness::unready;
use super::scene::Scene;

impl<'a> Scene<'a> {
    /// Slots that were ever begun: from 1 to the highest one that something is written of.
    fn highest(&self) -> u32 {
        let number = |f: &Fact| match f {
            Fact::Slot { slot, .. } | Fact::Victim { slot, .. } | Fact::Newcomer { slot, .. } => Some(*slot),
            _ => None,
        };
        self.known.facts.iter().filter_map(|(_, f)| number(f)).max().unwrap_or(0)
    }

    /// One per old member, or more where others came in between.
    pub fn total(&self) -> u32 {
        self.highest().max(self.start.old.len() as u32)
    }

    pub fn state(&self, slot: u32) -> SlotState {
        self.known.slot(slot).0
    }

    /// Begun and not over.
    pub fn open(&self) -> Vec<u32> {
        (1..=self.highest()).filter(|n| !matches!(self.state(*n), SlotState::Waiting) && !self.state(*n).is_over()).collect()
    }

    pub fn over(&self) -> u32 {
        (1..=self.highest()).filter(|n| self.state(*n) == SlotState::Gone).count() as u32
    }

    /// The next slot to begin.
    pub fn free(&self) -> u32 {
        (1..=u32::MAX).find(|n| self.state(*n) == SlotState::Waiting).expect("there are more numbers than slots")
    }

    /// When a slot last came to its end; else the start.
    pub fn last_over(&self) -> Timestamp {
        let gone = |f: &Fact| matches!(f, Fact::Slot { state: SlotState::Gone, .. });
        self.known.facts.iter().rev().find(|(_, f)| gone(f)).map_or(self.start.at, |(at, _)| *at)
    }

    /// The new member of a slot, while it is there.
    pub fn newcomer(&self, slot: u32) -> Option<&'a Member> {
        self.known.newcomer(slot).and_then(|id| self.present(id))
    }

    /// Old members that have a slot: they leave, or have left.
    pub fn victims(&self) -> BTreeSet<&'a ResourceId> {
        (1..=self.highest()).filter(|n| self.state(*n) != SlotState::Waiting).filter_map(|n| self.known.victim(n)).collect()
    }

    fn newcomers(&self) -> BTreeSet<&'a ResourceId> {
        (1..=self.highest()).filter_map(|n| self.known.newcomer(n)).collect()
    }

    /// Newer members without a slot, the furthest first.
    pub fn unassigned(&self) -> Vec<&'a Member> {
        let (taken, leaving) = (self.newcomers(), self.victims());
        let mut free: Vec<&Member> = self.newer();
        free.retain(|m| !taken.contains(&m.id) && !leaving.contains(&m.id));
        free.sort_by_key(|m| (!self.ready(m), !m.in_service(), m.launched));
        free
    }

    /// An old member that left without a slot: it gets one, which is over at once.
    pub fn left_by_itself(&self) -> Option<Next> {
        let slot = self.free();
        let victims = self.victims();
        let left = self.start.old.iter().find(|id| self.present(id).is_none() && !victims.contains(id))?;
        if self.known.victim(slot) != Some(left) {
            return Some(Next::Note(Fact::Victim { slot, member: left.clone() }));
        }
        Some(Scene::note_slot(slot, SlotState::Gone, Some("left by itself".to_owned())))
    }

    /// Brings the new member of a slot one step further; `None`: nothing to be done about it now.
    pub fn bring_up(&self, slot: u32) -> Option<Next> {
        let (state, since) = self.known.slot(slot);
        let Some(new) = self.newcomer(slot) else {
            if self.nobody_comes() {
                let note = || Some("no new member: the group is smaller now".to_owned());
                return (state != SlotState::InService).then(|| Scene::note_slot(slot, SlotState::InService, note()));
            }
            if state != SlotState::Launching {
                let lost = self.known.newcomer(slot).map(|id| format!("{} is gone again, another is awaited", Label::new(id.native())));
                return Some(Scene::note_slot(slot, SlotState::Launching, lost));
            }
            let member = self.unassigned().first()?.id.clone();
            return Some(self.in_vain(slot).unwrap_or(Next::Note(Fact::Newcomer { slot, member })));
        };
        if let Some(call) = self.protect(new) {
            return Some(call);
        }
        let warm = since.is_some_and(|at| self.now.age_of(at) >= self.look.group.warmup.unwrap_or_default());
        let next = match state {
            _ if !new.in_service() => SlotState::Launching,
            _ if !self.ready(new) => SlotState::Registering,
            SlotState::InService => SlotState::InService,
            SlotState::Warming if warm => SlotState::InService,
            _ => SlotState::Warming,
        };
        if next == state {
            return None;
        }
        let note = matches!(next, SlotState::Registering).then(|| unready(new, &self.look.pools));
        Some(Scene::note_slot(slot, next, note))
    }

    /// The group has all the members it is to have, so that none will be launched: somebody else made it smaller meanwhile.
    pub fn nobody_comes(&self) -> bool {
        !self.reads_lag() && self.unassigned().is_empty() && self.look.group.counted() >= self.ledger.expected.desired
    }

    /// Keeps a scale-in from taking a new member. The group may have protected it already: then that is not ours to take back.
    fn protect(&self, new: &Member) -> Option<Next> {
        let step = protection(&new.id);
        if !new.in_service() || new.protected || self.known.is_done(&step) {
            return None;
        }
        Some(Next::call(step, Call::Protect { group: self.group(), members: vec![new.id.clone()], on: true }))
    }

    /// Takes our protection off again, so many ids a call as the cloud takes.
    pub fn unprotect(&self) -> Option<Next> {
        const MOST: usize = 50;
        let ours = self.known.made.iter().filter(|(step, _)| self.known.is_done(step)).filter_map(|(_, made)| match &made.call {
            Call::Protect { members, on: true, .. } => Some(members),
            _ => None,
        });
        let ours: Vec<&ResourceId> = ours.flatten().collect();
        ours.chunks(MOST).enumerate().find_map(|(n, chunk)| {
            let step = format!("unprotect-{}", n + 1);
            let members: Vec<ResourceId> = chunk.iter().filter(|id| self.present(id).is_some()).map(|id| (*id).clone()).collect();
            let due = !members.is_empty() && !self.known.is_done(&step);
            due.then(|| Next::call(step, Call::Protect { group: self.group(), members, on: false }))
        })
    }

    /// The pause for a slot that stays too long in its state.
    pub fn overdue(&self, slots: &[u32]) -> Option<Next> {
        slots.iter().find_map(|slot| {
            let state = self.state(*slot);
            // Until its companions have caught up, a slot in service waits for them, whose time-outs are theirs.
            if state == SlotState::InService {
                return None;
            }
            let limit = self.limits(self.subject(*slot)).state(state);
            let waited = self.known.waited(self.entered(*slot), self.now.wall);
            (waited > limit).then(|| {
                let (head, detail) = (self.head(*slot), self.detail(*slot));
                Next::pause(format!("{head} for {}, longer than the {} it may take: {detail}", words(waited), words(limit)))
            })
        })
    }

    /// The pause for a slot whose new members die one after the other: none of them takes too long, all of them together do.
    pub fn in_vain(&self, slot: u32) -> Option<Next> {
        const MOST: usize = 3;
        let since = self.known.going_since();
        let came =
            |(at, f): &&(Timestamp, Fact)| matches!(f, Fact::Newcomer { slot: s, .. } if *s == slot) && since.is_none_or(|t| *at >= t);
        let lost = self.known.facts.iter().filter(came).count();
        let last = self.known.newcomer(slot).map(|id| Label::new(id.native()));
        (lost >= MOST).then(|| {
            Next::pause(format!(
                "{}: {lost} new members in a row did not come up, the last of them {}",
                self.head(slot),
                last.unwrap_or_default()
            ))
        })
    }

    /// Since when the clock of its state runs. One that turns ill while it warms up does not begin anew.
    pub fn entered(&self, slot: u32) -> Timestamp {
        let (state, since) = self.known.slot(slot);
        let since = since.unwrap_or(self.start.at);
        if !matches!(state, SlotState::Registering | SlotState::Warming) {
            return since;
        }
        let own = self.known.facts.iter().rev().take_while(|(_, f)| !matches!(f, Fact::Newcomer { slot: s, .. } if *s == slot));
        let came =
            own.filter(|(_, f)| matches!(f, Fact::Slot { slot: s, state: SlotState::Registering | SlotState::Warming, .. } if *s == slot));
        came.last().map_or(since, |(at, _)| *at)
    }

    /// Whom a slot waits for.
    fn subject(&self, slot: u32) -> Option<&'a Member> {
        match self.state(slot) {
            SlotState::Draining | SlotState::Terminating => {
                self.known.victim(slot).and_then(|id| self.look.group.members.iter().find(|m| m.id == *id))
            }
            _ => self.newcomer(slot),
        }
    }

    /// `slot 2 of 6 is launching`.
    pub fn head(&self, slot: u32) -> String {
        format!("slot {slot} of {} is {}", self.total(), self.state(slot).word())
    }

    /// Who it is about, and what is the matter with it.
    fn detail(&self, slot: u32) -> String {
        let state = self.state(slot);
        let Some(m) = self.subject(slot) else {
            return match state {
                SlotState::Launching => self.launch_trouble(slot).unwrap_or_else(|| "no new member yet".to_owned()),
                _ => "its old member is gone".to_owned(),
            };
        };
        let what = match state {
            SlotState::Launching => {
                let word = unready(m, &self.look.pools);
                self.launch_trouble(slot).map_or(word.clone(), |why| format!("{word}; {why}"))
            }
            SlotState::Warming => {
                let age = self.known.slot_age(slot, self.now.wall);
                format!("warm in {}", words(self.look.group.warmup.unwrap_or_default().saturating_sub(age)))
            }
            SlotState::Draining if !self.sees_pools() => "its balancer could not be read".to_owned(),
            SlotState::Draining => self.drain_words(&m.id),
            SlotState::Terminating => m.lifecycle.word.to_string(),
            SlotState::InService => "waits for the others of its batch".to_owned(),
            _ => unready(m, &self.look.pools),
        };
        format!("{}: {what}", m.label)
    }

    /// Why the newest launch since the slot was opened failed.
    fn launch_trouble(&self, slot: u32) -> Option<String> {
        let since = self.known.slot(slot).1?;
        let failed = self.look.group.activities.iter().flatten().find(|a| a.status.is_bad() && a.started.is_some_and(|at| at >= since))?;
        let why = failed.message.as_ref().filter(|m| !m.is_empty()).unwrap_or(&failed.cause);
        Some(format!("{}: {why}", failed.description))
    }

    /// Waits for the slot that is furthest behind.
    pub fn wait_for(&self, slots: &[u32]) -> Next {
        let behind = slots.iter().copied().filter(|n| self.state(*n) != SlotState::InService).min_by_key(|n| self.state(*n));
        let Some(slot) = behind.or_else(|| slots.first().copied()) else { return self.wait("looks again", None) };
        let head = self.head(slot);
        match self.wait_counting(&head, &format!(": {}", self.detail(slot)), None) {
            Next::Wait(waiting) => Next::Wait(Waiting { left: Some(self.left(slots)), ..waiting }),
            other => other,
        }
    }

    /// What is still to come: as long as slots took so far, for every batch that is left.
    fn left(&self, open: &[u32]) -> Duration {
        let limits = self.limits(None);
        let usual = || limits.slot(self.known.plan.impact.ready_in);
        let one = self.known.mean_slot(self.total()).unwrap_or_else(usual);
        let batch = (open.len() as u32).max(1);
        let to_come = self.total().saturating_sub(self.over()).saturating_sub(open.len() as u32).div_ceil(batch);
        let opened = |slot: &u32| {
            let slots = self.known.slots(*slot);
            slots.last().and_then(|s| s.spans.first()).map(|s| s.from)
        };
        let gone_by = open.first().and_then(opened).map_or(Duration::ZERO, |at| self.now.age_of(at));
        one.saturating_sub(gone_by) + one * to_come
    }
}

pub(super) fn protection(member: &ResourceId) -> String {
    format!("protect/{}", member.native())
}
