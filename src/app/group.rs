//! A group drilled into: its tabs.

use std::sync::Arc;

use super::state::{GroupTab, Screen, State};
use super::update::refresh_screen;

/// Shows another tab of the group.
pub(super) fn show(state: &mut State, tab: GroupTab) {
    if let Screen::Group(g) = &mut state.screen {
        g.tab = tab;
    }
    // Only the tab in front is kept up to date; this one may be old.
    let shown = Arc::clone(state.shown());
    refresh_screen(state, &shown);
}

pub(super) fn next(state: &mut State, step: isize) {
    if let Screen::Group(g) = &state.screen {
        let n = GroupTab::ALL.len() as isize;
        let at = (g.tab as isize + step).rem_euclid(n);
        show(state, GroupTab::ALL[at as usize]);
    }
}
