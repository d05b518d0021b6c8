//! The deck: what is broken, and what changed. Panes side by side, or folded into tabs where the terminal is small.

use super::super::panes;
use super::super::pen::Pen;
use super::super::text;
use super::super::{footer, header};
use crate::app::layout::{self, Area};
use crate::app::state::{Pane, State};
use crate::config::theme::Role;

pub fn draw_deck(pen: &mut Pen<'_>, state: &State) {
    let areas = layout::deck(state);
    header::draw_header(pen, state, areas.header);
    if let Some(bar) = areas.tabs {
        draw_tabs(pen, state, bar);
    }
    let bare = layout::is_folded(state);
    for pane in Pane::ALL {
        if let Some(area) = areas.pane(pane) {
            panes::draw_pane(pen, state, pane, area, bare);
        }
    }
    if let Some(area) = areas.operations {
        footer::draw_operations(pen, state, area);
    }
    footer::draw_footer(pen, state, areas.footer);
}

fn draw_tabs(pen: &mut Pen<'_>, state: &State, bar: Area) {
    for (pane, title, cell) in layout::pane_tabs(state, bar) {
        let chosen = state.deck.focus == pane;
        let number = pane as usize + 1;
        let fits = text::width(title) + 4 <= cell.width;
        let words = if fits { format!(" {number} {title} ") } else { format!(" {number} ") };
        if chosen {
            pen.tint(Area { width: cell.width.min(text::width(&words)), ..cell }, Role::Selection);
        }
        pen.text(cell.x, cell.y, cell.width, &words, if chosen { Role::TitleFocused } else { Role::Title });
    }
}
