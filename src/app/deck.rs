//! The deck: which pane has the keys, zoom and marks.

use super::state::{Pane, RowKey, Screen, State};
use super::update::notify;
use super::view::ListId;
use crate::domain::Kind;

/// Gives a pane the keys.
pub(super) fn focus(state: &mut State, pane: Pane) {
    state.deck.focus = pane;
    if matches!(pane, Pane::Groups | Pane::Pools | Pane::Databases) && state.deck.subject != pane {
        state.deck.subject = pane;
        state.deck.lists[Pane::Metrics as usize].offset = 0;
    }
}

pub(super) fn next(state: &mut State, step: isize) {
    // The pane of the operations is there only while there are some.
    let some = super::operations::on_deck(state).next().is_some();
    let n = Pane::ALL.len() as isize - isize::from(!some);
    let at = (state.deck.focus as isize + step).rem_euclid(n);
    focus(state, Pane::ALL[at as usize]);
}

/// `esc` with nothing left to close: marks go, then the zoom.
pub(super) fn back(state: &mut State) {
    if state.marks.is_empty() {
        state.deck.zoom = false;
    } else {
        state.marks.clear();
    }
}

/// Marks or unmarks the selected group or member, and steps on.
pub(super) fn mark(state: &mut State) {
    let Some(id) = ListId::focused(state) else { return };
    let height = super::layout::list_height(state, id);
    let Some(list) = id.of_mut(state) else { return };
    let ghost = list.ghost.is_some();
    match list.selected.clone() {
        Some(RowKey::Resource(resource)) if !ghost && matches!(resource.kind, Kind::Group | Kind::Member) => {
            list.apply_motion(super::list::Motion::Down, height);
            if !state.marks.remove(&resource) {
                state.marks.insert(resource);
            }
        }
        Some(_) if ghost => notify(state, "that row is gone: move to another one"),
        _ => {}
    }
}

/// Drops the marks of what is no longer there.
pub(super) fn prune_marks(state: &mut State) {
    if state.marks.is_empty() {
        return;
    }
    let shown = std::sync::Arc::clone(state.shown());
    let members: std::collections::BTreeSet<_> = match &state.screen {
        Screen::Group(g) => shown.group(&g.id).into_iter().flat_map(|g| g.item.members.iter().map(|m| &m.id)).collect(),
        _ => std::collections::BTreeSet::default(),
    };
    state.marks.retain(|id| match id.kind {
        Kind::Group => shown.group(id).is_some(),
        Kind::Member => members.contains(id),
        _ => false,
    });
}
