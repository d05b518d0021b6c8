//! The panes of the deck. Each paints its ring, its heads and its visible rows.

pub mod changes;
pub mod databases;
pub mod groups;
pub mod metrics;
pub mod operations;
pub mod pools;

use super::pane::{Cursor, Ring};
use super::pen::Pen;
use crate::app::layout::Area;
use crate::app::state::{Pane, State};

/// Paints one pane. `bare` panes fill the screen and need no frame.
pub fn draw_pane(pen: &mut Pen<'_>, state: &State, pane: Pane, area: Area, bare: bool) {
    match pane {
        Pane::Groups => groups::draw_groups(pen, state, area, bare),
        Pane::Pools => pools::draw_pools(pen, state, area, bare),
        Pane::Databases => databases::draw_databases(pen, state, area, bare),
        Pane::Metrics => metrics::draw_metrics(pen, state, area, bare),
        Pane::Changes => changes::draw_changes(pen, state, area, bare),
        Pane::Operations => operations::draw_operations(pen, state, area, bare),
    }
}

/// Key and title on the ring of a pane; where panes are folded the tabs say them already.
fn named(ring: Ring<'_>, pane: Pane) -> Ring<'_> {
    if ring.bare { ring } else { Ring { key: char::from_digit(pane as u32 + 1, 10), title: pane.title(), ..ring } }
}

fn is_focused(state: &State, pane: Pane) -> bool {
    state.deck.focus == pane
}

fn cursor(state: &State, pane: Pane) -> Cursor {
    match pane {
        _ if is_focused(state, pane) => Cursor::Here,
        _ if state.deck.subject == pane && state.deck.focus != Pane::Changes => Cursor::Elsewhere,
        _ => Cursor::Hidden,
    }
}
