//! Several targets one after the other: each is planned and judged again when its turn comes, and the first failure halts the rest unless
//! it was told otherwise.

use super::effect::Effect;
use super::operations;
use super::overlay::card;
use super::state::{Queue, State};
use super::subject::ready_for;
use super::update::notify;
use crate::domain::{Label, Phase, Request};

pub(super) fn begin(state: &mut State, requests: Vec<Request>, go_on: bool, out: &mut Vec<Effect>) {
    state.queue = Some(Queue { waiting: requests.into(), running: None, go_on, done: 0, failed: 0 });
    step(state, out);
}

/// After word from an operation: whether the next one may begin.
pub(super) fn step(state: &mut State, out: &mut Vec<Effect>) {
    let Some(mut queue) = state.queue.take() else { return };
    if let Some((request, name, since)) = queue.running.take() {
        // Operations of an earlier console may carry the number of a request of ours.
        let ours = state.operations.iter().find(|o| o.request == request && o.started >= since.wall);
        match ours.map(|o| o.phase) {
            Some(Phase::Done) => queue.done += 1,
            Some(phase) if phase.is_over() || phase == Phase::Stuck => {
                queue.failed += 1;
                if halts(state, &queue, &name, phase.word()) {
                    return;
                }
            }
            // Gone from the list is not done.
            None => {
                queue.failed += 1;
                if halts(state, &queue, &name, "no longer followed") {
                    return;
                }
            }
            Some(_) => {
                queue.running = Some((request, name, since));
                state.queue = Some(queue);
                return;
            }
        }
    }
    while let Some(request) = queue.waiting.pop_front() {
        match ready_for(state, &request).and_then(|()| card::make(state, &request)) {
            Ok(card) if card.can_confirm() => {
                let name = card.plan.name.clone();
                let number = operations::begin(state, card.plan, out);
                queue.running = Some((number, name, state.now));
                state.queue = Some(queue);
                return;
            }
            made => {
                queue.failed += 1;
                let (name, why) = match made {
                    Ok(card) => (card.plan.name.clone(), card.refusals.first().map_or_else(String::new, |r| r.text.to_string())),
                    Err(why) => (Label::new(request.target().native()), why.to_string()),
                };
                if halts(state, &queue, &name, &why) {
                    return;
                }
            }
        }
    }
    if queue.failed > 0 {
        notify(state, format!("all had their turn: {} done, {} not", queue.done, queue.failed));
    }
}

/// Whether a failure ends it here; says so, and what was never begun.
fn halts(state: &mut State, queue: &Queue, name: &Label, why: &str) -> bool {
    if queue.go_on || queue.waiting.is_empty() {
        notify(state, format!("{name}: {why}"));
        return false;
    }
    notify(state, format!("halted at {name} ({why}): {} done, {} not begun", queue.done, queue.waiting.len()));
    true
}
