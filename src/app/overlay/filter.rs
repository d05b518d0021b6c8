//! The filter of the focused list: every typed letter narrows it at once. Enter keeps it, Esc restores the one before.

use super::super::layout;
use super::super::list::Motion;
use super::super::state::{Overlay, State};
use super::super::update::set_filter;
use super::super::view::ListId;
use super::edit;
use crate::config::keymap::{Key, KeyCode};

pub(in crate::app) fn open(state: &mut State) {
    let before = ListId::focused(state).and_then(|id| id.of(state)).map(|l| l.filter.clone());
    if let Some(before) = before {
        state.overlays.push(Overlay::Filter { before });
    }
}

pub(super) fn press(state: &mut State, key: Key) {
    match key.code {
        KeyCode::Enter => drop(state.overlays.pop()),
        KeyCode::Esc => {
            if let Some(Overlay::Filter { before }) = state.overlays.pop()
                && let Some(id) = ListId::focused(state)
            {
                set_filter(state, id, &before);
            }
        }
        KeyCode::Down | KeyCode::Up => {
            let Some(id) = ListId::focused(state) else { return };
            let height = layout::list_height(state, id);
            if let Some(list) = id.of_mut(state) {
                list.apply_motion(if key.code == KeyCode::Down { Motion::Down } else { Motion::Up }, height);
            }
        }
        _ => change(state, |text| edit(text, key)),
    }
}

/// Pasted text.
pub(super) fn append(state: &mut State, more: &str) {
    change(state, |text| {
        super::append(text, more);
        true
    });
}

fn change(state: &mut State, change: impl FnOnce(&mut String) -> bool) {
    let Some(id) = ListId::focused(state) else { return };
    let Some(mut text) = id.of(state).map(|l| l.filter.clone()) else { return };
    if change(&mut text) {
        set_filter(state, id, &text);
    }
}
