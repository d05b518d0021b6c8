//! What a screen is told of an operation: all of it follows from what is known, so that it is the same whoever tells it.

use crate::domain::plan::{Inverse, Request, Size};
use crate::domain::{Fact, Label, Operation, Order, Phase, Slot, SlotState};

use super::super::known::{Known, Mode};
use super::Driver;

impl Driver {
    /// Brings the operation's own picture up to what is known.
    pub(super) fn account(&mut self) {
        let slots = self.slots.max(self.known.slot_count());
        account(&mut self.operation, &self.known, slots);
        if self.operation.ended.is_none() {
            self.operation.orders = orders(&self.known, self.procedure.only_looks_on(&self.known));
            self.operation.driver = Some(self.desk.author.clone());
        }
    }
}

impl Driver {
    /// `held by kim@laptop at 10:14 UTC: slot 2 of 6 is draining: …; waits to be resumed, rolled back or abandoned`.
    pub(super) fn held(&self, why: &Label) -> String {
        let ways: Vec<&str> = [(Order::Resume, "resumed"), (Order::RollBack, "rolled back"), (Order::Abandon, "abandoned")]
            .into_iter()
            .filter(|(order, _)| objection(&self.known, *order).is_none())
            .map(|(_, word)| word)
            .collect();
        let ways = match ways.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
            None => "looked at".to_owned(),
        };
        let at = self.now().wall.strftime("%H:%M UTC");
        format!("{why} at {at}: {}; waits to be {ways}", self.standing())
    }

    pub(super) fn abandoned(&self) -> String {
        let by = self.known.last_order(Order::Abandon).map_or_else(|| "left".to_owned(), |why| format!("{why}: left"));
        format!("{by} as it is: {}", self.standing())
    }

    /// Where it stands: what it waited for last, or what the facts tell where this driver waited for nothing yet.
    fn standing(&self) -> String {
        self.waited_for.clone().unwrap_or_else(|| standing(&self.known))
    }
}

/// `2 of 6 slots are through, slot 3 is draining since 10:12 UTC`, by the facts alone.
fn standing(known: &Known) -> String {
    let slots = known.slots(known.slot_count());
    let through = slots.iter().filter(|s| s.state == SlotState::Gone).count();
    let open = slots.iter().find(|s| !s.state.is_over() && s.state != SlotState::Waiting);
    let traffic = known.facts.iter().rev().find_map(|(_, f)| match f {
        Fact::Traffic { percent } => Some(format!("{percent} % of the traffic is over")),
        _ => None,
    });
    let since = |s: &Slot| s.since().map_or_else(String::new, |at| format!(" since {}", at.strftime("%H:%M UTC")));
    match (open, traffic, known.done().last()) {
        (_, Some(traffic), _) => traffic,
        (Some(slot), None, _) => {
            format!("{through} of {} slots are through, slot {} is {}{}", slots.len(), slot.number, slot.state.word(), since(slot))
        }
        (None, None, _) if through > 0 => format!("{through} slots are through"),
        (None, None, Some((_, made))) => format!("the last it did was to {}", made.call.describe()),
        (None, None, None) => "nothing was done yet".to_owned(),
    }
}

/// Fills in what follows from the past.
pub(in crate::operate) fn account(operation: &mut Operation, known: &Known, slots: u32) {
    operation.slots = known.slots(slots);
    if let Some(ended) = operation.ended {
        operation.slots.iter_mut().for_each(|s| s.rest(ended));
    }
    operation.borrowed = known.borrowed();
    operation.past_return = known.is_past_return();
    let done = known.done();
    // What was done stays done: only more of it is news.
    if operation.done.len() != done.len() {
        operation.done = done.iter().map(|(_, m)| Label::new(m.call.describe())).collect();
    }
    operation.unknown = known.unanswered().iter().map(|(_, m)| Label::new(m.call.describe())).collect();
    operation.undo_to = undo_to(known);
    operation.orders = match operation.phase {
        p if p.is_open_end() => orders(known, false).into_iter().filter(|o| !matches!(o, Order::Pause | Order::Hold)).collect(),
        _ => Vec::new(),
    };
    if operation.phase.is_open_end() && !operation.orders.contains(&Order::Resume) {
        operation.orders.insert(0, Order::Resume);
    }
}

/// The capacity before, once a call that moves it was carried out.
fn undo_to(known: &Known) -> Option<u32> {
    let Request::Scale(_) = known.plan.request else { return None };
    let start = known.start()?.size;
    let size = known.done().iter().fold(start, |size: Size, (_, m)| size.after(&m.call));
    (size.desired != start.desired).then_some(start.desired)
}

/// Orders that would be obeyed now and make sense.
pub(super) fn orders(known: &Known, looks_on: bool) -> Vec<Order> {
    if known.closing().is_some_and(|(phase, _)| phase != Phase::Held) {
        return Vec::new();
    }
    if looks_on {
        return vec![Order::Abandon];
    }
    Order::ALL.into_iter().filter(|o| objection(known, *o).is_none() && !is_idle(known, *o)).collect()
}

/// Would be obeyed, but changes nothing.
fn is_idle(known: &Known, order: Order) -> bool {
    order == Order::Resume && matches!(known.mode(), Mode::Forward | Mode::RollingBack { .. })
}

/// Why an order cannot be obeyed.
pub(super) fn objection(known: &Known, order: Order) -> Option<&'static str> {
    let mode = known.mode();
    match order {
        _ if mode == Mode::Abandoned => Some("it was abandoned"),
        _ if known.closing().is_some_and(|(phase, _)| phase != Phase::Held) => Some("it is about to end"),
        Order::Pause if !matches!(mode, Mode::Forward | Mode::RollingBack { .. }) => Some("it does nothing as it is"),
        Order::Hold if matches!(mode, Mode::Held { .. }) => Some("it is held already"),
        Order::RollBack if known.is_past_return() => Some("there is no way back any more: hold it, or let it go on"),
        Order::RollBack if matches!(mode, Mode::RollingBack { .. }) => Some("it is on its way back already"),
        Order::RollBack if !matches!(known.plan.inverse, Inverse::RollBack { .. }) => {
            Some("it cannot go back by itself: undo it once it has ended")
        }
        _ => None,
    }
}
