//! What a strategy decides from, gathered: the past, one look, and who is who in it.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::plan::Size;
use crate::domain::{Fact, Label, Member, Now, Phase, ResourceId, SlotState, Start, TargetPool};

use super::super::known::{Known, Mode};
use super::super::procedure::{Look, Next, Waiting};
use super::ledger::Ledger;
use super::limits::Limits;
use super::readiness::{is_gone, is_ready};

pub(super) struct Scene<'a> {
    pub known: &'a Known,
    pub look: &'a Look,
    pub now: Now,
    pub start: &'a Start,
    pub ledger: Ledger,
    /// Following, or on the way back.
    phase: Phase,
}

impl<'a> Scene<'a> {
    /// `None`: the start was not written down, so that nothing tells old from new.
    pub fn of(known: &'a Known, look: &'a Look, now: Now) -> Option<Self> {
        let start = known.start()?;
        let phase = if matches!(known.mode(), Mode::RollingBack { .. }) { Phase::RollingBack } else { Phase::Following };
        Some(Self { known, look, now, start, ledger: Ledger::of(known, start), phase })
    }

    /// The end where [`Self::of`] has nothing to go by.
    pub fn blank() -> Next {
        Next::end(Phase::Refused, "stopped: the members at the start were not written down, so nothing tells old from new")
    }

    pub fn name(&self) -> &'a Label {
        &self.look.group.name
    }

    pub fn group(&self) -> ResourceId {
        self.look.group.id.clone()
    }

    pub fn is_old(&self, id: &ResourceId) -> bool {
        self.start.old.contains(id)
    }

    /// A member that counts against desired.
    pub fn present(&self, id: &ResourceId) -> Option<&'a Member> {
        self.look.group.members.iter().find(|m| m.id == *id && m.counts())
    }

    pub fn is_gone(&self, id: &ResourceId) -> bool {
        is_gone(&self.look.group, id)
    }

    /// Old ones that still count.
    pub fn old_left(&self) -> Vec<&'a Member> {
        self.look.group.members.iter().filter(|m| m.counts() && self.is_old(&m.id)).collect()
    }

    /// Members that came since the start, whoever asked for them.
    pub fn newer(&self) -> Vec<&'a Member> {
        self.look.group.members.iter().filter(|m| m.counts() && !self.is_old(&m.id)).collect()
    }

    pub fn ready(&self, m: &Member) -> bool {
        is_ready(m, &self.look.group, &self.look.pools)
    }

    /// Members that serve if none of `out` does. Newer ones must be good in every pool; of the old ones nothing must speak against them, as
    /// at the start.
    pub fn serving_without(&self, out: &BTreeSet<&ResourceId>) -> u32 {
        let serves = |m: &&Member| !out.contains(&m.id) && if self.is_old(&m.id) { m.serves() } else { self.ready(m) };
        self.look.group.members.iter().filter(serves).count() as u32
    }

    /// What must go on serving: as many as at the start, as far as that many are still wanted.
    pub fn floor(&self) -> u32 {
        self.start.healthy.min(self.ledger.home.desired)
    }

    /// All pools of the group are known.
    pub fn sees_pools(&self) -> bool {
        self.look.blind.is_none() && self.look.unread().is_empty()
    }

    /// The longest time a pool lets connections end.
    pub fn drain_delay(&self) -> Duration {
        // A pool that does not say it drains as the cloud's default has it.
        let delay = |p: &TargetPool| p.deregistration_delay.unwrap_or(Duration::from_mins(5));
        self.look.pools.iter().filter(|p| self.look.group.pools.contains(&p.id)).map(delay).max().unwrap_or_default()
    }

    pub fn limits(&self, member: Option<&Member>) -> Limits {
        Limits::of(&self.look.group, self.drain_delay(), member)
    }

    /// Name of the next try of a step that may come more than once: `surge`, `surge-2` …
    pub fn nth(&self, step: &str) -> String {
        let name = |n: u32| if n == 1 { step.to_owned() } else { format!("{step}-{n}") };
        (1..=u32::MAX).map(name).find(|name| !self.known.is_done(name)).expect("there are more numbers than steps")
    }

    /// What to do where the size is not what this operation left; `None`: it is.
    pub fn size_moved(&self) -> Option<Next> {
        let expected = self.ledger.expected;
        let Some(seen) = Size::of(&self.look.group) else {
            return Some(self.wait("the size of the group is not known", None));
        };
        if seen == expected {
            return None;
        }
        if self.reads_lag() {
            return Some(self.wait(format!("waits until reads show {}", size(expected)), None));
        }
        let (is, left) = (size(seen), size(expected));
        let why = format!("somebody else changed {}: it is at {is}, where this left {left}; going on takes theirs over", self.name());
        if self.known.is_waved_through(&why) {
            return Some(Next::Note(Fact::Resized { size: seen }));
        }
        Some(Next::pause(why))
    }

    /// The last change of size is so fresh that a look may not show it.
    pub fn reads_lag(&self) -> bool {
        self.ledger.changed.is_some_and(|at| self.now.age_of(at) < crate::domain::Call::SETTLE)
    }

    pub fn wait(&self, words: impl Into<String>, progress: Option<(u32, u32)>) -> Next {
        let slots = self.total();
        let progress = progress.or_else(|| (slots > 0).then(|| (self.over(), slots)));
        Next::Wait(Waiting { progress, slots, ..Waiting::new(self.phase, words) })
    }

    /// Waits with words that count down, `what` being those that do not.
    pub fn wait_counting(&self, what: &str, words: &str, progress: Option<(u32, u32)>) -> Next {
        match self.wait(format!("{what}{words}"), progress) {
            Next::Wait(waiting) => Next::Wait(Waiting { remark: Some(what.to_owned()), ..waiting }),
            other => other,
        }
    }

    pub fn note_slot(slot: u32, state: SlotState, note: Option<String>) -> Next {
        Next::Note(Fact::Slot { slot, state, note: note.map(Label::new) })
    }
}

/// `2–8, desired 6`.
pub(super) fn size(size: Size) -> String {
    format!("{}–{}, desired {}", size.min, size.max, size.desired)
}

/// A few names, and how many more.
pub(super) fn names<'m>(members: impl IntoIterator<Item = &'m Label>) -> String {
    let all: Vec<&Label> = members.into_iter().collect();
    let mut words: Vec<String> = all.iter().take(4).map(ToString::to_string).collect();
    if all.len() > 4 {
        words.push(format!("{} more", all.len() - 4));
    }
    words.join(", ")
}
