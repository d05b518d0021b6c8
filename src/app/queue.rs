//! Several targets one after the other: each is planned and judged again when its turn comes, and the first failure halts the rest unless
//! it was told otherwise. Those that wait are put on record at once, so that none is lost with this console.

use std::collections::VecDeque;

use super::effect::{Effect, LinedUp};
use super::operations;
use super::overlay::card;
use super::state::{Queue, State, Waiting};
use super::subject::ready_for;
use super::update::notify;
use crate::domain::plan::Given;
use crate::domain::{Label, Phase, Plan};

pub(super) fn begin(state: &mut State, confirmed: Vec<(Plan, Given)>, go_on: bool, out: &mut Vec<Effect>) {
    let mut line = Vec::new();
    let mut waiting = VecDeque::new();
    for (plan, given) in confirmed {
        let number = operations::next_number(state);
        waiting.push_back(Waiting { number, name: plan.name.clone(), request: plan.request.clone(), given: given.clone() });
        line.push(LinedUp { request: number, plan: Box::new(plan), given });
    }
    // The first begins now; the others are to be found again whatever becomes of this console.
    line.remove(0);
    if !line.is_empty() {
        out.push(Effect::LineUp { waiting: line });
    }
    state.queue = Some(Queue { waiting, running: None, since: state.now, go_on, done: 0, failed: 0 });
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
                if halts(state, &queue, &name, phase.word(), out) {
                    return;
                }
            }
            // Gone from the list is not done.
            None => {
                queue.failed += 1;
                if halts(state, &queue, &name, "no longer followed", out) {
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
    while let Some(Waiting { number, name, request, given }) = queue.waiting.pop_front() {
        match ready_for(state, &request).and_then(|()| card::make_with(state, &request, &given)) {
            Ok(card) if card.can_confirm() => {
                operations::begin_as(state, number, card.plan, given, Some(queue.since), out);
                queue.running = Some((number, name, queue.since));
                state.queue = Some(queue);
                return;
            }
            made => {
                queue.failed += 1;
                let why = match made {
                    Ok(card) => card.refusals.first().map_or_else(String::new, |r| r.text.to_string()),
                    Err(why) => why.to_string(),
                };
                out.push(Effect::Dismiss { requests: vec![number], why: Label::new(format!("not begun: {why}")) });
                if halts(state, &queue, &name, &why, out) {
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
fn halts(state: &mut State, queue: &Queue, name: &Label, why: &str, out: &mut Vec<Effect>) -> bool {
    if queue.go_on || queue.waiting.is_empty() {
        notify(state, format!("{name}: {why}"));
        return false;
    }
    let requests = queue.waiting.iter().map(|w| w.number).collect();
    out.push(Effect::Dismiss { requests, why: Label::new(format!("not begun: halted at {name} ({why})")) });
    notify(state, format!("halted at {name} ({why}): {} done, {} not begun", queue.done, queue.waiting.len()));
    true
}
