//! Operations of this console as the screen lists them: newest first, those that are over stay a while.

use std::time::Duration;

use super::state::State;
use crate::domain::{Label, Operation, OperationId, Phase, Plan, ResourceId};

/// How long an operation that is over stays on the screen.
pub const STAYS: Duration = Duration::from_mins(5);
/// How many operations are kept at most; those that are over go first.
const KEPT: usize = 50;

/// Takes over what an operation says about itself; the newest word wins.
pub(super) fn apply(state: &mut State, mut operation: Operation) {
    if operation.phase.is_over() && operation.ended.is_none() {
        operation.ended = Some(state.now.wall);
    }
    // Announced ones have no id yet. Those of an earlier console may carry the number of a request of ours.
    let same = |o: &&mut Operation| o.id == operation.id || (o.id.0.is_empty() && o.request == operation.request);
    match state.operations.iter_mut().find(same) {
        Some(known) => *known = operation,
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

/// Lists an operation before its first word comes back, so that the key is seen to work and a second one is refused.
pub(super) fn announce(state: &mut State, request: u64, plan: &Plan) {
    let id = OperationId(String::new());
    let operation = Operation::new(id, request, plan.target.clone(), plan.request.word(), plan.title.clone(), state.now.wall);
    state.operations.insert(0, operation);
}

/// Drops what has been over for a while.
pub(super) fn expire(state: &mut State) {
    let now = state.now;
    state.operations.retain(|o| o.ended.is_none_or(|at| now.age_of(at) < STAYS));
    while state.operations.len() > KEPT {
        let oldest = state.operations.iter().rposition(|o| o.phase.is_over());
        match oldest {
            Some(at) => state.operations.remove(at),
            None => break,
        };
    }
}

/// Whether this console still drives or follows an operation: being stuck is an end that only people can change.
pub fn is_under_way(operation: &Operation) -> bool {
    matches!(operation.phase, Phase::Checking | Phase::Calling | Phase::Following)
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
