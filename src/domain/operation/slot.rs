//! A slot: one old member giving way to one new one. Its states and how long each lasted are what the Gantt shows.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::label::Label;

/// In the order in which a slot goes through them; a strategy may leave some out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SlotState {
    /// Not begun.
    Waiting,
    /// The new member is asked for, or on its way up.
    Launching,
    /// In service for its group, not yet healthy behind its balancer.
    Registering,
    /// Healthy, not yet warm.
    Warming,
    /// Serves and is warm.
    InService,
    /// The old member finishes its requests.
    Draining,
    Terminating,
    /// The old one is gone.
    Gone,
    /// Took longer than it may, or went wrong.
    Failed,
}

impl SlotState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Launching => "launching",
            Self::Registering => "registering",
            Self::Warming => "warming",
            Self::InService => "in service",
            Self::Draining => "draining",
            Self::Terminating => "terminating",
            Self::Gone => "gone",
            Self::Failed => "failed",
        }
    }

    pub fn is_over(self) -> bool {
        matches!(self, Self::Gone | Self::Failed)
    }
}

/// A stretch of time in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub state: SlotState,
    pub from: Timestamp,
    /// `None`: still in it.
    pub to: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// From 1.
    pub number: u32,
    pub zone: Option<Label>,
    /// The old member, once chosen.
    pub old: Option<Label>,
    /// The new member, once it is there.
    pub new: Option<Label>,
    pub state: SlotState,
    pub spans: Vec<Span>,
    /// Why it waits or failed.
    pub note: Option<Label>,
}

impl Slot {
    pub fn new(number: u32) -> Self {
        Self { number, zone: None, old: None, new: None, state: SlotState::Waiting, spans: Vec::new(), note: None }
    }

    /// Goes into a state at a moment; the same state again changes nothing.
    pub fn enter(&mut self, state: SlotState, at: Timestamp) {
        if self.state == state && self.spans.last().is_some_and(|s| s.to.is_none()) {
            return;
        }
        if let Some(last) = self.spans.last_mut().filter(|s| s.to.is_none()) {
            last.to = Some(at);
        }
        self.state = state;
        self.spans.push(Span { state, from: at, to: state.is_over().then_some(at) });
    }

    /// From now on nobody looks: what it was in is not measured any longer.
    pub fn rest(&mut self, at: Timestamp) {
        if let Some(last) = self.spans.last_mut().filter(|s| s.to.is_none()) {
            last.to = Some(at);
        }
    }

    /// Somebody looks again.
    pub fn go_on(&mut self, at: Timestamp) {
        let rested = !self.state.is_over() && self.state != SlotState::Waiting && self.spans.last().is_some_and(|s| s.to.is_some());
        if rested {
            self.spans.push(Span { state: self.state, from: at, to: None });
        }
    }

    /// How long it has been in its state, as long as somebody looked.
    pub fn watched(&self, now: Timestamp) -> Duration {
        let own = self.spans.iter().rev().take_while(|s| s.state == self.state);
        own.map(|s| Duration::try_from(s.to.unwrap_or(now).duration_since(s.from)).unwrap_or_default()).sum()
    }

    /// Since when it is in its state.
    pub fn since(&self) -> Option<Timestamp> {
        let own = self.spans.iter().rev().take_while(|s| s.state == self.state);
        own.last().map(|s| s.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Now;

    #[test]
    fn time_in_which_nobody_looks_does_not_count() {
        let at = |minute: u64| Now::at(minute * 60).wall;
        let mut slot = Slot::new(1);
        slot.enter(SlotState::Launching, at(0));
        slot.enter(SlotState::Warming, at(1));
        slot.rest(at(3));
        assert_eq!(slot.watched(at(60)), Duration::from_mins(2));
        slot.go_on(at(60));
        slot.go_on(at(60));
        assert_eq!((slot.since(), slot.watched(at(61))), (Some(at(1)), Duration::from_mins(3)));
        slot.enter(SlotState::InService, at(62));
        assert_eq!(slot.watched(at(64)), Duration::from_mins(2));
        assert_eq!(slot.spans.len(), 4);
        slot.enter(SlotState::Gone, at(65));
        slot.go_on(at(66));
        assert_eq!(slot.spans.len(), 5, "what is over stays so");
    }
}
