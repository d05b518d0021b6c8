//! What is known of an operation: its plan, its calls with their answers, its facts. All of it is in the journal, and all a driver knows
//! of the past is in here; so a driver that takes over decides as the one before it would have.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{
    Baseline, Call, Fact, GuardRules, Kind, Label, OperationId, Order, Phase, Plan, Request, ResourceId, Slot, SlotState, Start,
};
use crate::journal::{Answer, IntentId, Stored};

/// One call, as far as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    /// Of the last try.
    pub intent: IntentId,
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
    pub id: OperationId,
    pub plan: Plan,
    /// The guards it was confirmed under.
    pub rules: GuardRules,
    /// By the name of the step; the last try of each.
    pub made: BTreeMap<String, Made>,
    pub facts: Vec<(Timestamp, Fact)>,
}

impl Known {
    /// Of an operation that has done nothing yet.
    pub fn new(id: OperationId, plan: Plan, rules: GuardRules) -> Self {
        Self { id, plan, rules, made: BTreeMap::new(), facts: Vec::new() }
    }

    /// As the journal tells it.
    pub fn of(stored: &Stored) -> Self {
        let mut known = Self::new(stored.entry.id.clone(), stored.plan.clone(), stored.rules.clone());
        for s in &stored.entry.steps {
            let made = Made { intent: s.id, call: s.call.clone(), at: s.at, answer: s.answer, tries: s.attempt };
            known.made.insert(s.name.clone(), made);
        }
        known.facts.clone_from(&stored.facts);
        known
    }

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

    /// Whether a step that can be done without was tried often enough.
    pub fn gave_up(&self, step: &str) -> bool {
        self.made.get(step).is_some_and(|m| m.answer == Some(Answer::Refused) && m.tries >= 3)
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

    /// What the orders so far, human or its own, make of it. Orders that could not be obeyed are no such facts. What was paused or held on
    /// its way back goes on going back.
    pub fn mode(&self) -> Mode {
        let (mut mode, mut way) = (Mode::Forward, Mode::Forward);
        for (at, fact) in &self.facts {
            let Fact::Ordered { order, why, .. } = fact else { continue };
            let why = why.clone();
            mode = match (order, &mode) {
                (Order::Pause, Mode::Forward | Mode::RollingBack { .. }) => Mode::Paused { why, since: *at },
                (Order::Resume, Mode::Paused { .. } | Mode::Held { .. }) => way.clone(),
                (Order::Hold, _) => Mode::Held { why },
                (Order::RollBack, _) => {
                    way = Mode::RollingBack { why };
                    way.clone()
                }
                (Order::Abandon, _) => Mode::Abandoned,
                _ => continue,
            };
        }
        mode
    }

    /// In whose words an order was taken last.
    pub fn last_order(&self, wanted: Order) -> Option<&Label> {
        self.facts.iter().rev().find_map(|(_, f)| match f {
            Fact::Ordered { order, why, .. } if *order == wanted => Some(why),
            _ => None,
        })
    }

    /// The end it was on its way to when last heard of: all that is left is to give back and to write it down.
    pub fn closing(&self) -> Option<(Phase, &Label)> {
        self.facts.iter().rev().find_map(|(_, f)| match f {
            Fact::Phase { phase, why } if phase.is_over() => Some(Some((*phase, why))),
            Fact::Ordered { order: Order::Resume | Order::RollBack | Order::Abandon, .. } => Some(None),
            _ => None,
        })?
    }

    /// Trouble that newer trouble is compared with: that of the start, or what a human accepted since.
    pub fn baseline(&self) -> Option<&Baseline> {
        let accepted = self.facts.iter().rev().find_map(|(_, f)| match f {
            Fact::Accepted(baseline) => Some(&**baseline),
            _ => None,
        });
        accepted.or_else(|| self.start().map(|s| &s.baseline))
    }

    /// When it was last told to go on, or taken up: what waited meanwhile gets its full time again.
    pub fn going_since(&self) -> Option<Timestamp> {
        self.facts.iter().rev().find_map(|(at, f)| match f {
            Fact::Ordered { order: Order::Resume | Order::RollBack, .. } | Fact::Driver { .. } => Some(*at),
            _ => None,
        })
    }

    /// The number of the last order that was obeyed or not.
    pub fn heard(&self) -> i64 {
        let number = |f: &Fact| match f {
            Fact::Ordered { number, .. } => *number,
            Fact::Unheeded { number, .. } => Some(*number),
            _ => None,
        };
        self.facts.iter().filter_map(|(_, f)| number(f)).max().unwrap_or(0)
    }

    /// It was written down which rollout of the cloud's own, if any, came before the one of this operation.
    pub fn knows_what_preceded(&self) -> bool {
        self.facts.iter().any(|(_, f)| matches!(f, Fact::Preceded { .. }))
    }

    /// The cloud's own rollout that the group showed before this operation started one.
    pub fn preceded(&self) -> Option<&Label> {
        self.facts.iter().find_map(|(_, f)| match f {
            Fact::Preceded { rollout } => rollout.as_ref(),
            _ => None,
        })
    }

    /// The group that it made, or was about to make.
    pub fn twin(&self) -> Option<ResourceId> {
        self.made.values().find_map(|m| match &m.call {
            Call::CloneGroup { group, name, .. } => Some(ResourceId::new(&group.scope, Kind::Group, name)),
            _ => None,
        })
    }

    /// There is no way back any more: the cloud was asked to end a member of the start, and as far as is known did not refuse.
    pub fn is_past_return(&self) -> bool {
        let Some(start) = self.start() else { return false };
        let ends = |call: &Call| match call {
            Call::TerminateMembers { members, .. } => members.iter().any(|m| start.old.contains(m)),
            Call::ReplaceMember { member, .. } => start.old.contains(member),
            _ => false,
        };
        matches!(self.plan.request, Request::Redeploy(_)) && self.made.values().any(|m| m.answer != Some(Answer::Refused) && ends(&m.call))
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

    /// Everybody whom a slot was given as its old member.
    pub fn victims(&self) -> impl Iterator<Item = &ResourceId> {
        self.facts.iter().filter_map(|(_, f)| match f {
            Fact::Victim { member, .. } => Some(member),
            _ => None,
        })
    }

    /// The slot that a member came up for.
    pub fn slot_of_newcomer(&self, id: &ResourceId) -> Option<u32> {
        self.facts.iter().rev().find_map(|(_, f)| match f {
            Fact::Newcomer { slot, member } if member == id => Some(*slot),
            _ => None,
        })
    }

    /// All calls are known beforehand, and over before anybody could step in.
    pub fn is_plain(&self) -> bool {
        !matches!(self.plan.request, Request::Redeploy(_))
    }

    /// Nothing that was asked of the cloud may have been carried out.
    pub fn is_untouched(&self) -> bool {
        self.made.values().all(|m| m.answer == Some(Answer::Refused))
    }

    /// Steps that are done, in the order they were made.
    pub fn done(&self) -> Vec<(&str, &Made)> {
        let mut done: Vec<(&str, &Made)> = self.made.iter().filter(|(s, _)| self.is_done(s)).map(|(s, m)| (&**s, m)).collect();
        done.sort_by_key(|(_, m)| m.intent);
        done
    }

    /// Steps of which it is not known whether they were carried out, in the order they were made.
    pub fn unanswered(&self) -> Vec<(&str, &Made)> {
        let open = |m: &Made| matches!(m.answer, None | Some(Answer::Unclear));
        let mut open: Vec<(&str, &Made)> = self.made.iter().filter(|(_, m)| open(m)).map(|(s, m)| (&**s, m)).collect();
        open.sort_by_key(|(_, m)| m.intent);
        open
    }

    /// Slots that anything was said of.
    pub fn slot_count(&self) -> u32 {
        let number = |f: &Fact| match f {
            Fact::Victim { slot, .. } | Fact::Newcomer { slot, .. } | Fact::Slot { slot, .. } => Some(*slot),
            _ => None,
        };
        self.facts.iter().filter_map(|(_, f)| number(f)).max().unwrap_or(0)
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

    /// How long a slot has been in its state, not counting what lies before it was last told to go on.
    pub fn slot_age(&self, slot: u32, now: Timestamp) -> Duration {
        let since = self.slot(slot).1.unwrap_or(now);
        let since = self.going_since().map_or(since, |going| going.max(since));
        Duration::try_from(now.duration_since(since)).unwrap_or_default()
    }

    /// All slots as the screens show them, `count` of them.
    pub fn slots(&self, count: u32) -> Vec<Slot> {
        let mut slots: Vec<Slot> = (1..=count).map(Slot::new).collect();
        let at = |slots: &mut [Slot], n: u32, change: &mut dyn FnMut(&mut Slot)| {
            if let Some(slot) = n.checked_sub(1).and_then(|i| slots.get_mut(i as usize)) {
                change(slot);
            }
        };
        for (when, fact) in &self.facts {
            match fact {
                // While nobody looks, no stretch of time grows.
                Fact::Phase { phase, .. } if phase.is_over() => slots.iter_mut().for_each(|s| s.rest(*when)),
                Fact::Ordered { order: Order::Hold | Order::Abandon, .. } => slots.iter_mut().for_each(|s| s.rest(*when)),
                Fact::Ordered { order: Order::Resume | Order::RollBack, .. } => slots.iter_mut().for_each(|s| s.go_on(*when)),
                Fact::Victim { slot, member } => at(&mut slots, *slot, &mut |s| s.old = Some(Label::new(member.native()))),
                Fact::Newcomer { slot, member } => at(&mut slots, *slot, &mut |s| s.new = Some(Label::new(member.native()))),
                Fact::Slot { slot, state, note } => at(&mut slots, *slot, &mut |s| {
                    s.enter(*state, *when);
                    s.note.clone_from(note);
                }),
                _ => {}
            }
        }
        slots
    }
}
