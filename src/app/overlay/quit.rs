//! Leaving. On a real estate operations have processes of their own, so nothing is asked unless some wait for their turn, which nobody
//! gives them then; the simulated one ends with us, and its operations with it. A second ctrl-c always goes.

use super::super::effect::Effect;
use super::super::operations::is_under_way;
use super::super::state::{Overlay, State};
use crate::config::keymap::{Key, KeyCode};
use crate::domain::Environment;

/// Quits, or asks first.
pub(in crate::app) fn ask(state: &mut State, out: &mut Vec<Effect>) {
    let asked = matches!(state.overlays.last(), Some(Overlay::ConfirmQuit));
    let ends = state.session.environment == Environment::Simulated && state.operations.iter().any(is_under_way);
    let leaves = state.queue.as_ref().is_some_and(|q| !q.waiting.is_empty());
    if asked || !(ends || leaves) {
        out.push(Effect::Quit);
    } else {
        state.overlays.push(Overlay::ConfirmQuit);
    }
}

pub(super) fn press(state: &mut State, key: Key, out: &mut Vec<Effect>) {
    match key.code {
        KeyCode::Enter | KeyCode::Char('y' | 'Y') if !key.ctrl && !key.alt => out.push(Effect::Quit),
        KeyCode::Esc | KeyCode::Char('n' | 'N') => drop(state.overlays.pop()),
        _ => {}
    }
}
