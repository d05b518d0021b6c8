//! Leaving. It asks only while something of ours is in flight, and a second ctrl-c always goes.

use super::super::effect::Effect;
use super::super::operations::is_under_way;
use super::super::state::{Overlay, State};
use crate::config::keymap::{Key, KeyCode};

/// Quits, or asks first.
pub(in crate::app) fn ask(state: &mut State, out: &mut Vec<Effect>) {
    let asked = matches!(state.overlays.last(), Some(Overlay::ConfirmQuit));
    if asked || !state.operations.iter().any(is_under_way) {
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
