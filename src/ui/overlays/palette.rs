//! The palette: what is typed, and the commands it finds.

use super::super::footer::key_face;
use super::super::pen::Pen;
use super::super::text;
use super::draw_dialog;
use crate::app::layout::{self, Area};
use crate::app::overlay::palette;
use crate::app::state::State;
use crate::command::Risk;
use crate::config::theme::Role;

/// Cells of a command's name.
const NAME: u16 = 16;

pub fn draw_palette(pen: &mut Pen<'_>, state: &State, input: &str, selected: usize) {
    let area = layout::palette(state);
    let inner = draw_dialog(pen, area, "Find a command");
    pen.words(inner.x, inner.y, inner.width, &[(": ", Role::Key), (input, Role::TextStrong), ("▏", Role::Key)]);
    let found = palette::matches(state, input);
    let rows = layout::palette_rows(state);
    if found.is_empty() {
        pen.text(inner.x, rows.y, inner.width, "no command here is called that", Role::TextDim);
        return;
    }
    let height = usize::from(rows.height);
    let first = (selected + 1).saturating_sub(height);
    for (i, command) in found.iter().enumerate().skip(first).take(height) {
        let line = Area { x: inner.x, y: rows.y + (i - first) as u16, width: inner.width, height: 1 };
        if i == selected {
            pen.tint(Area { x: rows.x, width: rows.width, ..line }, Role::Selection);
        }
        let keys = state.session.keymap.keys_of(*command);
        let keys = keys.iter().take(2).map(|k| key_face(&k.to_string())).collect::<Vec<_>>().join("  ");
        let room = line.width.saturating_sub(text::width(&keys) + 1);
        let name = if command.risk() == Risk::Changes { Role::Warning } else { Role::TextStrong };
        pen.soft(line.x, line.y, NAME, command.name(), name);
        pen.text(line.x + NAME, line.y, room.saturating_sub(NAME), command.title(), Role::TextDim);
        pen.right(line.x, line.y, line.width, &keys, Role::Key);
    }
}
