//! The lines below everything: operations of ours under way, then the keys that matter here and now, or a sentence.

use super::panes::operations::draw_line;
use super::pen::Pen;
use super::text;
use crate::app::hints;
use crate::app::layout::Area;
use crate::app::operations;
use crate::app::state::{Overlay, State};
use crate::app::view::ListId;
use crate::config::theme::Role;

pub fn draw_footer(pen: &mut Pen<'_>, state: &State, line: Area) {
    let room = line.width.saturating_sub(2);
    if let Some(Overlay::Filter { .. }) = state.overlay() {
        return draw_filter(pen, state, line);
    }
    if let Some((notice, _)) = &state.notice {
        pen.words(line.x + 1, line.y, room, &[("› ", Role::Notice), (&**notice, Role::TextStrong)]);
        return;
    }
    draw_hints(pen, state, line.x + 1, line.y, room);
}

/// As many hints as fit whole.
fn draw_hints(pen: &mut Pen<'_>, state: &State, x: u16, y: u16, room: u16) {
    let mut used = 0;
    for (key, label) in hints::hints(state) {
        let key = key_face(&key.to_string());
        let wide = text::width(&key) + 1 + text::width(label);
        if used + wide > room {
            break;
        }
        pen.words(x + used, y, wide, &[(&*key, Role::Key), (" ", Role::Text), (label, Role::KeyLabel)]);
        used += wide + 3;
    }
}

/// How a key is written for the eye: arrows and the minus as signs.
pub fn key_face(key: &str) -> String {
    match key {
        "down" => "↓".to_owned(),
        "up" => "↑".to_owned(),
        "left" => "←".to_owned(),
        "right" => "→".to_owned(),
        "-" => "−".to_owned(),
        "enter" => "⏎".to_owned(),
        other => other.to_owned(),
    }
}

fn draw_filter(pen: &mut Pen<'_>, state: &State, line: Area) {
    let Some(list) = ListId::focused(state).and_then(|id| id.of(state)) else { return };
    let found = format!("{} of {}", list.rows.len(), list.total);
    let x = line.x + 1;
    let used = pen.words(
        x,
        line.y,
        line.width.saturating_sub(2),
        &[("/ ", Role::Key), (&*list.filter, Role::TextStrong), ("▏", Role::Key), ("   ", Role::Text), (&*found, Role::TextDim)],
    );
    draw_hints(pen, state, x + used + 4, line.y, line.width.saturating_sub(used + 6));
}

/// One line per operation, newest first.
pub fn draw_operations(pen: &mut Pen<'_>, state: &State, area: Area) {
    for (i, operation) in operations::on_deck(state).take(usize::from(area.height)).enumerate() {
        let line = Area { x: area.x + 1, width: area.width.saturating_sub(2), y: area.y + i as u16, height: 1 };
        draw_line(pen, state, operation, line);
    }
}
