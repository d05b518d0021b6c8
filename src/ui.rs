//! Drawing: `&State` in, cells out. Reads nothing but the state and the theme, remembers nothing, and builds only what is visible.
//!
//! `pen` puts words on cells by role; `chart`, `table` and `pane` are what screens are built from; `panes`, `screens` and `overlays` each
//! hold one picture per file.

mod chart;
mod footer;
mod gantt;
mod header;
mod overlays;
mod pane;
mod panes;
mod pen;
mod screens;
mod table;
mod text;
mod words;

#[cfg(test)]
mod tests;

use ratatui::Frame;

use crate::app::layout;
use crate::app::state::{Screen, State};
use crate::config::theme::{Role, Theme};
use crate::domain::Environment;
use pen::Pen;

/// Smallest terminal that is drawn on; below it stands one sentence.
const SMALLEST: (u16, u16) = (40, 8);

/// Paints the whole screen for the state.
pub fn draw(frame: &mut Frame<'_>, state: &State, theme: &Theme) {
    let whole = frame.area();
    let mut pen = Pen::new(frame.buffer_mut(), theme);
    let all = layout::Area { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
    pen.ground(all, Role::Screen);
    if whole.width < SMALLEST.0 || whole.height < SMALLEST.1 {
        draw_too_small(&mut pen, all, state);
        return;
    }
    if layout::is_framed(state) {
        pen.frame(all, Role::FrameProduction, pen::Corners::Square);
    }
    match &state.screen {
        Screen::Deck => screens::deck::draw_deck(&mut pen, state),
        Screen::Group(screen) => screens::group::draw_group(&mut pen, state, screen),
        Screen::Pool(screen) => screens::pool::draw_pool(&mut pen, state, screen),
        Screen::Database(screen) => screens::database::draw_database(&mut pen, state, screen),
        Screen::Operations => screens::operations::draw_operations(&mut pen, state),
        Screen::Start(start) => screens::start::draw_start(&mut pen, state, start),
    }
    if state.session.environment == Environment::Production && !layout::is_framed(state) {
        draw_sides(&mut pen, all);
    }
    for (i, overlay) in state.overlays.iter().enumerate() {
        // A card stands in the place of the form it came from.
        let is_covered = overlay.is_form() && state.overlays.get(i + 1).is_some_and(|above| !above.is_form());
        if !is_covered {
            overlays::draw_overlay(&mut pen, state, overlay);
        }
    }
}

/// Where there is no room for the frame of production, its sides stand in the blank columns at both edges.
fn draw_sides(pen: &mut Pen<'_>, all: layout::Area) {
    for y in all.y..all.y + all.height {
        for x in [all.x, all.x + all.width - 1] {
            if pen.is_blank(x, y) {
                pen.glyph(x, y, "┃", Role::FrameProduction);
            }
        }
    }
}

/// The worst verdict and a wish, for a terminal of a few cells.
fn draw_too_small(pen: &mut Pen<'_>, all: layout::Area, state: &State) {
    let (role, text) = words::verdict_in_short(state.shown());
    pen.text(all.x, all.y, all.width, &text, role);
    for (i, line) in text::wrap(&format!("too small: {}×{} at least", SMALLEST.0, SMALLEST.1), all.width).iter().enumerate() {
        pen.text(all.x, all.y.saturating_add(1 + i as u16), all.width, line, Role::TextDim);
    }
}
