//! Where things stand for a terminal size: plain arithmetic shared by `update` (paging, mouse) and `ui` (painting), so that neither
//! depends on what was last drawn.

use super::state::{Pane, State};

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub height: u16,
}

impl Area {
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
    /// By `Pane::ALL` order. Each area includes its title line.
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

/// Lays the deck out for the state's terminal size, zoom and focus.
pub fn deck(_state: &State) -> DeckLayout {
    DeckLayout::default()
}
