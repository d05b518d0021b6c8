//! The size a group must have if nobody but this operation changed it, worked out from the calls that were made. Clouds know no
//! compare-and-swap: before a size is set it is compared with this.

use jiff::Timestamp;

use crate::domain::plan::Size;
use crate::domain::{Call, Fact, Order, Start};

use super::super::known::Known;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ledger {
    /// What it is to be in the end.
    pub home: Size,
    /// What it must be now.
    pub expected: Size,
    /// When a call last changed it.
    pub changed: Option<Timestamp>,
}

enum Entry<'a> {
    Call(&'a Call),
    /// On the way back or not.
    Resized(Size, bool),
}

impl Ledger {
    pub fn of(known: &Known, start: &Start) -> Self {
        let mut entries: Vec<(Timestamp, Entry)> = Vec::new();
        let mut back = false;
        for (at, fact) in &known.facts {
            match fact {
                Fact::Resized { size } => entries.push((*at, Entry::Resized(*size, back))),
                Fact::Ordered { order: Order::RollBack, .. } => back = true,
                _ => {}
            }
        }
        for (step, made) in &known.made {
            if known.is_done(step) && moves(&made.call) {
                entries.push((made.at, Entry::Call(&made.call)));
            }
        }
        // What was taken over at the moment of a call was taken over before it: after a call, time passes.
        entries.sort_by_key(|(at, _)| *at);
        let mut ledger = Self { home: start.size, expected: start.size, changed: None };
        for (at, entry) in entries {
            match entry {
                Entry::Call(call) => {
                    ledger.expected = ledger.expected.after(call);
                    ledger.changed = Some(at);
                }
                Entry::Resized(seen, back) => ledger.take_over(seen, back),
            }
        }
        ledger
    }

    /// Members wanted beyond the final size, for the time being.
    pub fn surplus(&self) -> u32 {
        self.expected.desired.saturating_sub(self.home.desired)
    }

    /// Somebody's new size becomes ours as they set it, never less than they asked for: what we need on top is asked for anew. Who lowers
    /// it asks for no more than was wanted before. On the way back what we have on top is still to come off.
    fn take_over(&mut self, seen: Size, back: bool) {
        let surplus = self.surplus();
        if back {
            self.home.desired = seen.desired.saturating_sub(surplus);
        } else if seen.desired > self.expected.desired {
            self.home.desired = seen.desired;
        } else if seen.desired < self.expected.desired {
            self.home.desired = self.home.desired.min(seen.desired);
        }
        self.home.min = seen.min;
        // A maximum that we raised is not theirs.
        if seen.max != self.expected.max {
            self.home.max = seen.max;
        }
        self.expected = seen;
    }
}

fn moves(call: &Call) -> bool {
    let any = Size { min: 0, max: u32::MAX, desired: 1_000_000 };
    any.after(call) != any
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::fixture;

    #[test]
    fn what_others_choose_is_the_goal_and_on_the_way_back_ours_still_comes_off() {
        let at = |min, max, desired| Size { min, max, desired };
        let surging = Ledger { home: at(2, 6, 6), expected: at(2, 8, 8), changed: None };
        let mut ledger = surging;
        ledger.take_over(at(1, 8, 7), false);
        assert_eq!(
            (ledger.home, ledger.expected, ledger.surplus()),
            (at(1, 6, 6), at(1, 8, 7), 1),
            "lowered, and still more than is wanted"
        );
        ledger.take_over(at(1, 8, 4), false);
        assert_eq!((ledger.home.desired, ledger.surplus()), (4, 0));
        ledger.take_over(at(1, 20, 9), false);
        assert_eq!((ledger.home, ledger.surplus()), (at(1, 20, 9), 0));
        let mut bounds = surging;
        bounds.take_over(at(1, 20, 8), false);
        assert_eq!((bounds.home, bounds.surplus()), (at(1, 20, 6), 2), "who moves bounds alone chooses no size");
        let mut back = surging;
        back.take_over(at(1, 8, 7), true);
        assert_eq!((back.home, back.surplus()), (at(1, 6, 5), 2));
    }

    #[test]
    fn only_calls_that_change_a_size_count() {
        let group = fixture::group(4).id;
        let member = fixture::member_id(1);
        assert!(moves(&Call::SetDesired { group: group.clone(), desired: 4, honor_cooldown: false }));
        assert!(moves(&Call::TerminateMembers { group: group.clone(), members: vec![member.clone()] }));
        assert!(!moves(&Call::ReplaceMember { group: group.clone(), member: member.clone() }));
        assert!(!moves(&Call::Protect { group, members: vec![member], on: true }));
    }
}
