//! Where things stand for a terminal size: plain arithmetic shared by `update` (paging, mouse) and `ui` (painting), so that neither
//! depends on what was last drawn.

use super::state::{Pane, State};
use crate::domain::Environment;

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub height: u16,
}

impl Area {
    /// Without the ring of cells at the edge. A pane's ring holds its title (top line) and, in focus, its frame; unfocused it is the space
    /// between panes, so that focus moves without moving a single word.
    pub fn inner(&self) -> Self {
        Self {
            x: self.x.saturating_add(1),
            y: self.y.saturating_add(1),
            width: self.width.saturating_sub(2),
            height: self.height.saturating_sub(2),
        }
    }

    pub fn contains(&self, column: u16, row: u16) -> bool {
        column >= self.x && column < self.x + self.width && row >= self.y && row < self.y + self.height
    }
}

/// The deck's parts; a pane without an area is folded into the tabs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeckLayout {
    pub header: Area,
    /// Tab bar, where panes are folded.
    pub tabs: Option<Area>,
    /// By `Pane::ALL` order. Each area includes its ring (see [`Area::inner`]): rows start below the title line, tables spend one more line
    /// on column heads.
    pub panes: [Option<Area>; 5],
    /// Operations under way, above the footer.
    pub operations: Option<Area>,
    pub footer: Area,
}

impl DeckLayout {
    pub fn pane(&self, pane: Pane) -> Option<Area> {
        self.panes[pane as usize]
    }
}

/// Production frames the whole screen in its colour where there is room for a frame.
pub fn is_framed(state: &State) -> bool {
    state.session.environment == Environment::Production && state.width >= 100 && state.height >= 30
}

/// What is left to draw on inside the frame of production.
pub fn screen(state: &State) -> Area {
    let whole = Area { x: 0, y: 0, width: state.width, height: state.height };
    if is_framed(state) { whole.inner() } else { whole }
}

/// Lays the deck out for the state's terminal size, zoom and focus.
pub fn deck(_state: &State) -> DeckLayout {
    DeckLayout::default()
}
