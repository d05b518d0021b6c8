//! The lines below everything: operations of ours under way, then the keys that matter here and now, or a sentence.

use super::pen::Pen;
use super::{text, words};
use crate::app::hints;
use crate::app::layout::Area;
use crate::app::state::{Overlay, State};
use crate::app::view::ListId;
use crate::config::theme::Role;
use crate::domain::time::format_age;
use crate::domain::{Operation, Phase};

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
    for (i, operation) in state.operations.iter().take(usize::from(area.height)).enumerate() {
        draw_operation(pen, state, operation, Area { y: area.y + i as u16, height: 1, ..area });
    }
}

fn phase_face(phase: Phase) -> (Role, &'static str) {
    match phase {
        Phase::Checking => (Role::Motion, "◌"),
        Phase::Calling => (Role::Motion, "◔"),
        Phase::Following => (Role::Motion, "◑"),
        Phase::Done => (Role::Good, "✓"),
        Phase::Refused => (Role::Notice, "✕"),
        Phase::Failed => (Role::Critical, "▲"),
        Phase::Stuck => (Role::Warning, "●"),
        Phase::Unclear => (Role::Warning, "?"),
        Phase::Interrupted | Phase::Held => (Role::Warning, "‖"),
        Phase::Paused => (Role::Notice, "‖"),
        Phase::RollingBack => (Role::Motion, "◐"),
        Phase::RolledBack => (Role::Notice, "↺"),
        Phase::Abandoned => (Role::Unknown, "✕"),
    }
}

/// Cells of a progress bar: on a wide line, and on one that has more to say than room.
const BAR: [u32; 2] = [12, 6];

fn draw_operation(pen: &mut Pen<'_>, state: &State, operation: &Operation, line: Area) {
    let (role, glyph) = phase_face(operation.phase);
    let (mut full, mut empty, mut share) = (String::new(), String::new(), String::new());
    if let Some((reached, wanted)) = operation.progress.filter(|(_, wanted)| *wanted > 0) {
        let bar = BAR[usize::from(line.width < 100)];
        let cells = (reached.min(wanted) * bar / wanted) as usize;
        full = "▮".repeat(cells);
        empty = "▯".repeat(bar as usize - cells);
        share = format!(" {reached}/{wanted}  ");
    }
    let phase = format!("{}: ", operation.phase.word());
    let age = match operation.ended {
        Some(at) => words::moment(at, state.now),
        None => format!("for {}", format_age(state.now.age_of(operation.started))),
    };
    let room = line.width.saturating_sub(4 + text::width(&age));
    pen.words(
        line.x + 1,
        line.y,
        room,
        &[
            (glyph, role),
            (" ", Role::Text),
            (&*operation.title, Role::TextStrong),
            ("  ", Role::Text),
            (&*full, role),
            (&*empty, Role::TextFaint),
            (&*share, Role::Text),
            (&*phase, role),
            (&*operation.note, Role::Text),
        ],
    );
    pen.right(line.x + 1, line.y, line.width.saturating_sub(2), &age, Role::TextDim);
}
