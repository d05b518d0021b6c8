//! Operations of this console as the screen lists them: newest first, those that are over stay a while.

use std::time::Duration;

use crate::command::Command;

use super::effect::Effect;
use super::list::Motion;
use super::state::State;
use super::state::{Pane, Screen};
use super::update::notify;
use crate::domain::plan::Given;
use crate::domain::{Label, Now, Operation, OperationId, Order, Phase, Plan, ResourceId};

/// How long an operation that is over stays on the deck.
pub const STAYS: Duration = Duration::from_mins(5);
/// How many operations are kept at most; those that are over go first.
const KEPT: usize = 50;
/// Slots scrolled at once.
const PAGE: usize = 4;

/// Takes over what an operation says about itself; the newest word wins.
pub(super) fn apply(state: &mut State, mut operation: Operation) {
    if operation.phase.is_over() && operation.ended.is_none() {
        operation.ended = Some(state.now.wall);
    }
    // Announced ones have no id yet. Those of an earlier console may carry the number of a request of ours.
    let same = |o: &&mut Operation| o.id == operation.id || (o.id.0.is_empty() && o.request == operation.request);
    match state.operations.iter_mut().find(same) {
        Some(known) => {
            if state.chosen.as_ref() == Some(&known.id) {
                state.chosen = Some(operation.id.clone());
            }
            *known = operation;
        }
        None => state.operations.insert(0, operation),
    }
}

/// Ends an announced operation that never began.
pub(super) fn refuse(state: &mut State, request: u64, why: Label) {
    let ended = state.now.wall;
    if let Some(o) = state.operations.iter_mut().find(|o| o.id.0.is_empty() && o.request == request) {
        (o.phase, o.note, o.ended) = (Phase::Refused, why, Some(ended));
    }
}

/// The number of a new request.
pub(super) fn next_number(state: &mut State) -> u64 {
    let number = state.next_request;
    state.next_request += 1;
    number
}

/// Lists an operation before its first word comes back, so that the key is seen to work and a second one is refused.
fn announce(state: &mut State, request: u64, plan: &Plan) {
    let id = OperationId(String::new());
    let operation = Operation::new(id, request, plan.target.clone(), plan.request.word(), plan.title.clone(), state.now.wall);
    state.operations.insert(0, operation);
}

/// Hands a confirmed plan over, with what was given along. Returns the number of the request.
pub(super) fn begin(state: &mut State, plan: Plan, given: Given, out: &mut Vec<Effect>) -> u64 {
    let request = next_number(state);
    begin_as(state, request, plan, given, None, out);
    request
}

/// The same under a number that it has already. `lined_up`: since when it may be on record.
pub(super) fn begin_as(state: &mut State, request: u64, plan: Plan, given: Given, lined_up: Option<Now>, out: &mut Vec<Effect>) {
    let is_it = |o: &&mut Operation| o.request == request && lined_up.is_some_and(|since| o.started >= since.wall);
    match state.operations.iter_mut().find(is_it) {
        // It is listed as waiting for its turn, which it is no longer.
        Some(listed) => (listed.phase, listed.note) = (Phase::Checking, Label::default()),
        None => announce(state, request, &plan),
    }
    out.push(Effect::Operate { request, plan: Box::new(plan), given });
}

/// Drops the oldest of those that are over, where there are too many.
pub(super) fn expire(state: &mut State) {
    while state.operations.len() > KEPT {
        let oldest = state.operations.iter().rposition(|o| o.phase.is_over());
        match oldest {
            Some(at) => state.operations.remove(at),
            None => break,
        };
    }
    if state.deck.focus == Pane::Operations && on_deck(state).next().is_none() {
        super::deck::focus(state, Pane::Groups);
    }
}

/// What the deck shows: all that is under way or waits for a decision, and what ended lately.
pub fn on_deck(state: &State) -> impl Iterator<Item = &Operation> {
    let now = state.now;
    state.operations.iter().filter(move |o| is_open(o) || o.ended.is_none_or(|at| now.age_of(at) < STAYS))
}

/// Whether somebody or something still has to do with it.
pub fn is_open(operation: &Operation) -> bool {
    !operation.phase.is_over() || operation.phase.is_open_end()
}

/// The operations that are listed where the keys are: newest first, on the deck only some.
pub fn listed(state: &State) -> Vec<&Operation> {
    match state.screen {
        Screen::Operations => state.operations.iter().collect(),
        _ => on_deck(state).collect(),
    }
}

/// Whether the keys act on operations.
pub fn is_in_front(state: &State) -> bool {
    match state.screen {
        Screen::Operations => true,
        Screen::Deck => state.deck.focus == Pane::Operations,
        _ => false,
    }
}

/// The operation that is drawn as chosen: the one that was, else the first that is still open, else the first.
pub fn chosen(state: &State) -> Option<&Operation> {
    let listed = listed(state);
    let by_id = state.chosen.as_ref().and_then(|id| listed.iter().find(|o| o.id == *id));
    by_id.or_else(|| listed.iter().find(|o| is_open(o))).or(listed.first()).copied()
}

/// The operation that keys act on.
pub fn under_keys(state: &State) -> Option<&Operation> {
    is_in_front(state).then(|| chosen(state)).flatten()
}

/// What an order would be for the operation under the keys: pausing and going on share a key.
pub fn order_of(state: &State, command: Command) -> Option<Order> {
    let operation = under_keys(state)?;
    let takes = |order: Order| operation.orders.contains(&order).then_some(order);
    match command {
        Command::PauseOperation => takes(Order::Pause).or_else(|| takes(Order::Resume)),
        Command::HoldOperation => takes(Order::Hold),
        Command::RollBackOperation => takes(Order::RollBack),
        Command::AbandonOperation => takes(Order::Abandon),
        _ => None,
    }
}

/// Tells the operation under the keys, or asks first where there is no way back.
pub(super) fn order(state: &mut State, command: Command, out: &mut Vec<Effect>) {
    let Some(order) = order_of(state, command) else { return };
    let Some(operation) = under_keys(state) else { return };
    let id = operation.id.clone();
    if matches!(order, Order::RollBack | Order::Abandon) || (order == Order::Resume && operation.phase.is_open_end()) {
        return state.overlays.push(super::state::Overlay::Order { id, order });
    }
    tell(state, id, order, out);
}

pub(super) fn tell(state: &mut State, id: OperationId, order: Order, out: &mut Vec<Effect>) {
    notify(state, format!("told: {}", order.word()));
    out.push(Effect::Order { id, order });
}

/// Moves the choice, or scrolls the slots of the chosen one by pages.
pub(super) fn go(state: &mut State, motion: Motion) {
    let ids: Vec<OperationId> = listed(state).iter().map(|o| o.id.clone()).collect();
    let Some(last) = ids.len().checked_sub(1) else { return };
    let at = chosen(state).and_then(|c| ids.iter().position(|id| *id == c.id)).unwrap_or(0);
    let slots = chosen(state).map_or(0, |o| o.slots.len());
    let to = match motion {
        Motion::Down => (at + 1).min(last),
        Motion::Up => at.saturating_sub(1),
        Motion::Top => 0,
        Motion::Bottom => last,
        Motion::PageDown => return state.slot = Some((state.slot.unwrap_or(0) + PAGE).min(slots.saturating_sub(1))),
        Motion::PageUp => return state.slot = state.slot.and_then(|s| s.checked_sub(PAGE)),
    };
    if to != at {
        state.slot = None;
    }
    state.chosen = Some(ids[to].clone());
}

/// `enter`: the screen of the operations, and from there the thing that the chosen one changes.
pub(super) fn open(state: &mut State) {
    if matches!(state.screen, Screen::Operations) {
        match chosen(state).map(|o| o.target.clone()) {
            Some(target) => super::open::open(state, &target),
            None => notify(state, "no operation yet"),
        }
    } else {
        state.chosen = chosen(state).map(|o| o.id.clone());
        super::open::enter(state, Screen::Operations);
    }
}

/// `o`: the pane on the deck where it stands, else the screen.
pub(super) fn show(state: &mut State) {
    match state.screen {
        Screen::Deck if state.deck.focus != Pane::Operations && on_deck(state).next().is_some() => {
            super::deck::focus(state, Pane::Operations);
        }
        Screen::Operations => {}
        _ => open(state),
    }
}

/// Whether this console still drives or follows an operation: being stuck is an end that only people can change.
pub fn is_under_way(operation: &Operation) -> bool {
    matches!(operation.phase, Phase::Checking | Phase::Calling | Phase::Following | Phase::Paused | Phase::RollingBack)
}

/// The operation of ours on a group that is on its way to the cloud. Once it is accepted another one may take over: who scaled too far
/// must not have to wait until every member is healthy.
pub(super) fn being_sent<'a>(state: &'a State, group: &ResourceId) -> Option<&'a Operation> {
    state.operations.iter().find(|o| o.target == *group && matches!(o.phase, Phase::Checking | Phase::Calling))
}

/// The operation of ours on a group that a new one would take over from.
pub(super) fn followed<'a>(state: &'a State, group: &ResourceId) -> Option<&'a Operation> {
    state.operations.iter().find(|o| o.target == *group && matches!(o.phase, Phase::Following | Phase::Stuck))
}
