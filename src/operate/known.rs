//! What is known of an operation: its plan, its calls with their answers, its facts. All of it is in the journal, and all a driver knows
//! of the past is in here; so a driver that takes over decides as the one before it would have.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Call, Fact, Label, Order, Plan, ResourceId, Slot, SlotState, Start};
use crate::journal::Answer;

/// One call, as far as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    pub call: Call,
    pub at: Timestamp,
    /// `None`: the intent is on disk and nothing else is known.
    pub answer: Option<Answer>,
    pub tries: u32,
}

/// How the operation is to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Forward,
    /// No call until it is told to go on; why, and since when.
    Paused {
        why: Label,
        since: Timestamp,
    },
    /// Ends here for now.
    Held {
        why: Label,
    },
    RollingBack {
        why: Label,
    },
    Abandoned,
}

#[derive(Clone, Debug)]
pub(super) struct Known {
    pub plan: Plan,
    /// By the name of the step; the last try of each.
    pub made: BTreeMap<String, Made>,
    pub facts: Vec<(Timestamp, Fact)>,
}

impl Known {
    /// The world at the start, once it was written down.
    pub fn start(&self) -> Option<&Start> {
        self.facts.iter().find_map(|(_, f)| match f {
            Fact::Started(start) => Some(&**start),
            _ => None,
        })
    }

    /// Whether a step was carried out, as far as is known.
    pub fn is_done(&self, step: &str) -> bool {
        self.made.get(step).is_some_and(|m| matches!(m.answer, Some(Answer::Accepted | Answer::FoundDone)))
    }

    pub fn done_at(&self, step: &str) -> Option<Timestamp> {
        self.made.get(step).filter(|_| self.is_done(step)).map(|m| m.at)
    }

    /// Processes that this operation suspended and has not switched on again.
    pub fn borrowed(&self) -> Vec<Label> {
        let mut ours: Vec<Label> = Vec::new();
        for (_, fact) in &self.facts {
            match fact {
                Fact::Borrowed { processes } => ours.extend(processes.iter().filter(|p| !ours.contains(p)).cloned().collect::<Vec<_>>()),
                Fact::GivenBack { processes } => ours.retain(|p| !processes.contains(p)),
                _ => {}
            }
        }
        ours
    }

    /// What the orders so far, human or its own, make of it. Orders that cannot be obeyed any more are not written down as facts.
    pub fn mode(&self) -> Mode {
        let mut mode = Mode::Forward;
        for (at, fact) in &self.facts {
            let Fact::Ordered { order, why, .. } = fact else { continue };
            let why = why.clone();
            mode = match (order, &mode) {
                (Order::Pause, Mode::Forward) => Mode::Paused { why, since: *at },
                (Order::Resume, Mode::Paused { .. } | Mode::Held { .. }) => Mode::Forward,
                (Order::Hold, _) => Mode::Held { why },
                (Order::RollBack, _) => Mode::RollingBack { why },
                (Order::Abandon, _) => Mode::Abandoned,
                _ => continue,
            };
        }
        mode
    }

    /// There is no way back any more.
    pub fn is_past_return(&self) -> bool {
        self.facts.iter().any(|(_, f)| matches!(f, Fact::PastReturn))
    }

    pub fn victim(&self, slot: u32) -> Option<&ResourceId> {
        self.facts.iter().rev().find_map(|(_, f)| match f {
            Fact::Victim { slot: s, member } if *s == slot => Some(member),
            _ => None,
        })
    }

    pub fn newcomer(&self, slot: u32) -> Option<&ResourceId> {
        self.facts.iter().rev().find_map(|(_, f)| match f {
            Fact::Newcomer { slot: s, member } if *s == slot => Some(member),
            _ => None,
        })
    }

    /// Everybody who ever got a slot as its new member.
    pub fn newcomers(&self) -> impl Iterator<Item = &ResourceId> {
        self.facts.iter().filter_map(|(_, f)| match f {
            Fact::Newcomer { member, .. } => Some(member),
            _ => None,
        })
    }

    /// State of a slot and since when; waiting until something was said of it.
    pub fn slot(&self, slot: u32) -> (SlotState, Option<Timestamp>) {
        self.facts
            .iter()
            .rev()
            .find_map(|(at, f)| match f {
                Fact::Slot { slot: s, state, .. } if *s == slot => Some((*state, Some(*at))),
                _ => None,
            })
            .unwrap_or((SlotState::Waiting, None))
    }

    /// How long a slot has been in its state.
    pub fn slot_age(&self, slot: u32, now: Timestamp) -> Duration {
        let since = self.slot(slot).1.unwrap_or(now);
        Duration::try_from(now.duration_since(since)).unwrap_or_default()
    }

    /// All slots as the screens show them, `count` of them.
    pub fn slots(&self, count: u32) -> Vec<Slot> {
        let mut slots: Vec<Slot> = (1..=count).map(Slot::new).collect();
        let mut at = |n: u32, change: &mut dyn FnMut(&mut Slot)| {
            if let Some(slot) = n.checked_sub(1).and_then(|i| slots.get_mut(i as usize)) {
                change(slot);
            }
        };
        for (when, fact) in &self.facts {
            match fact {
                Fact::Victim { slot, member } => at(*slot, &mut |s| s.old = Some(Label::new(member.native()))),
                Fact::Newcomer { slot, member } => at(*slot, &mut |s| s.new = Some(Label::new(member.native()))),
                Fact::Slot { slot, state, note } => at(*slot, &mut |s| {
                    s.enter(*state, *when);
                    s.note.clone_from(note);
                }),
                _ => {}
            }
        }
        slots
    }
}
