//! What a screen is told of an operation: all of it follows from what is known, so that it is the same whoever tells it.

use crate::domain::plan::{Inverse, Request, Size};
use crate::domain::{Label, Operation, Order, Phase};

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

/// Fills in what follows from the past.
pub(in crate::operate) fn account(operation: &mut Operation, known: &Known, slots: u32) {
    operation.slots = known.slots(slots);
    operation.borrowed = known.borrowed();
    operation.past_return = known.is_past_return();
    operation.done = known.done().iter().map(|(_, m)| Label::new(m.call.describe())).collect();
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
