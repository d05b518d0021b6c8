//! The end of a strategy that replaced members: survivors by id, and what they run.

use crate::domain::{Call, Label, Member, Phase, SlotState, StatusClass};

use super::super::procedure::Next;
use super::limits::{PATIENCE, words};
use super::scene::{Scene, names, size};

impl Scene<'_> {
    /// Gives back what was set for the time being, checks who is left, ends.
    pub fn finish(&self) -> Next {
        if let Some(next) = self.restore() {
            return next;
        }
        let group = &self.look.group;
        let old = group.members.iter().filter(|m| self.is_old(&m.id) && !self.is_gone(&m.id));
        let (parked, lingering): (Vec<&Member>, Vec<&Member>) = old.partition(|m| m.lifecycle.class == StatusClass::Parked);
        let here = self.newer();
        let slow: Vec<&Label> = here.iter().filter(|m| !self.ready(m)).map(|m| &m.label).collect();
        let words_for = if !lingering.is_empty() {
            format!("old ones still leave: {}", names(lingering.iter().map(|m| &m.label)))
        } else if !self.sees_pools() {
            "cannot tell who serves: its balancer could not be read".to_owned()
        } else if here.len() as u32 != self.ledger.home.desired {
            format!("{} members are there, {} are wanted", here.len(), self.ledger.home.desired)
        } else if !slow.is_empty() {
            format!("not serving yet: {}", names(slow))
        } else {
            return self.survivors(&here, &parked);
        };
        let limits = self.limits(None);
        let limit = PATIENCE + limits.state(SlotState::Terminating);
        let waited = self.known.waited(self.last_over(), self.now.wall);
        if waited > limit {
            return Next::pause(format!("all slots are through, but after {}: {words_for}", words(waited)));
        }
        self.wait(format!("makes sure of the end: {words_for}"), None)
    }

    /// Bounds and protection as they were. The bounds at once; what was protected stays so until then.
    pub fn restore(&self) -> Option<Next> {
        let (home, expected) = (self.ledger.home, self.ledger.expected);
        if (home.min, home.max) != (expected.min, expected.max) && home.max >= expected.desired {
            if let Some(next) = self.size_moved() {
                return Some(next);
            }
            let call = Call::SetBounds { group: self.group(), min: home.min, max: home.max, desired: expected.desired };
            return Some(Next::call(self.nth("bounds-back"), call));
        }
        self.unprotect()
    }

    fn survivors(&self, here: &[&Member], parked: &[&Member]) -> Next {
        let group = &self.look.group;
        let mut all = format!("all {} are new: {}", here.len(), names(here.iter().map(|m| &m.label)));
        if !parked.is_empty() {
            all += &format!("; old and parked by somebody meanwhile: {}", names(parked.iter().map(|m| &m.label)));
        }
        // `$Latest` and its like name no version that a member could be compared with.
        let Some(wanted) = group.version_wanted.as_ref().filter(|v| !v.starts_with('$')) else { return Next::end(Phase::Done, all) };
        let other: Vec<&&Member> = here.iter().filter(|m| m.version.as_ref().is_some_and(|v| v != wanted)).collect();
        if !other.is_empty() {
            let who = names(other.iter().map(|m| &m.label));
            let words = format!("{all}; but {who} run {}, and {wanted} is wanted now: somebody changed it meanwhile", version(other[0]));
            return Next::end(Phase::Held, words);
        }
        let runs = here.iter().any(|m| m.version.is_some());
        Next::end(Phase::Done, if runs { format!("{all}, running {wanted}") } else { all })
    }

    /// The words of an end on the way back.
    pub fn rolled_back(&self) -> Next {
        let is = crate::domain::plan::Size::of(&self.look.group).map_or_else(String::new, |s| format!(": {}", size(s)));
        let gone = self.start.old.iter().filter(|id| self.present(id).is_none()).count();
        let words = match gone {
            0 => format!("{} is as it was{is}, with all {} old members", self.name(), self.start.old.len()),
            n => format!("{} is back at its size{is}; {n} of the old members are gone, which was not by rolling back", self.name()),
        };
        Next::end(Phase::RolledBack, words)
    }
}

fn version(m: &Member) -> String {
    m.version.as_ref().map_or_else(|| "another version".to_owned(), ToString::to_string)
}
