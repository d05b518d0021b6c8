//! The question before an order that cannot be taken back: roll back, abandon, or take up what another process left.

use super::super::effect::Effect;
use super::super::operations;
use super::super::state::{Overlay, State};
use super::super::update::notify;
use crate::config::keymap::{Key, KeyCode};

pub(super) fn press(state: &mut State, key: Key, out: &mut Vec<Effect>) {
    let Some(Overlay::Order { id, order }) = state.overlays.last().cloned() else { return };
    match key.code {
        KeyCode::Enter => {
            state.overlays.pop();
            // It may have gone on, ended, or passed its point of no return while the question stood.
            let takes = state.operations.iter().any(|o| o.id == id && o.orders.contains(&order));
            if takes {
                operations::tell(state, id, order, out);
            } else {
                notify(state, format!("it cannot be told to {} any more", order.word()));
            }
        }
        KeyCode::Esc => drop(state.overlays.pop()),
        _ => {}
    }
}
