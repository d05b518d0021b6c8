//! Operations: what runs, where it stands, why it waits, and when it should be through. On the deck while there is something to see.

use std::time::Duration;

use super::super::pane::{self, Ring};
use super::super::pen::{Pen, Words};
use super::super::{gantt, text, words};
use crate::app::layout::{self, Area};
use crate::app::operations;
use crate::app::state::{Pane, State};
use crate::config::theme::Role;
use crate::domain::time::format_age;
use crate::domain::{Operation, Phase};

pub fn draw_operations(pen: &mut Pen<'_>, state: &State, area: Area, bare: bool) {
    let focused = super::is_focused(state, Pane::Operations);
    let shown = operations::listed(state);
    let open = shown.iter().filter(|o| operations::is_open(o)).count();
    let mut remark = vec![(format!("{open} open"), Role::TextDim)];
    if let Some(queue) = &state.queue {
        remark.push((format!("{} more wait for their turn", queue.waiting.len()), Role::Motion));
    }
    let title = if bare { "" } else { Pane::Operations.title() };
    let key = (!bare).then_some('6');
    pane::draw_ring(pen, area, &Ring { key, title, remark, focused, bare, ..Ring::default() });
    let inner = area.inner();
    let chosen = operations::chosen(state);
    let mut y = inner.y;
    let bottom = inner.y + inner.height;
    // One with slots gets the room, whatever stands above it; without, each has its line.
    let slotted = chosen.is_some_and(layout::has_slots);
    let room = if slotted { inner.height / 3 } else { inner.height.saturating_sub(1) };
    let others = shown.len().saturating_sub(1).min(usize::from(room)) as u16;
    let mut left = others;
    for operation in shown {
        if y >= bottom {
            break;
        }
        let is_chosen = chosen.is_some_and(|c| std::ptr::eq(c, operation));
        if !is_chosen {
            if left == 0 {
                continue;
            }
            left -= 1;
        }
        let line = Area { y, height: 1, ..inner };
        if is_chosen && focused {
            pen.tint(line, Role::Selection);
        }
        draw_line(pen, state, operation, line);
        y += 1;
        if is_chosen && layout::has_slots(operation) {
            let room = bottom.saturating_sub(y + left);
            y += draw_progress(pen, state, operation, Area { y, height: room, x: inner.x + 2, width: inner.width.saturating_sub(2) });
        }
    }
}

/// What the chosen one waits for, then its slots.
fn draw_progress(pen: &mut Pen<'_>, state: &State, operation: &Operation, area: Area) -> u16 {
    // A second line for the reason where the slots leave one.
    let slots = operation.slots.len() as u16 + 1;
    let room: usize = if area.height > slots + 1 { 2 } else { 1 };
    let mut lines = text::wrap(&operation.note, area.width);
    if lines.len() > room {
        lines.truncate(room - 1);
        lines.push(operation.note.chars().skip(lines.iter().map(|l| l.chars().count() + 1).sum()).collect());
    }
    let notes = (lines.len() as u16).min(area.height);
    for (line, y) in lines.iter().zip(area.y..area.y + notes) {
        pen.text(area.x, y, area.width, line, Role::Text);
    }
    let scrolled = state.slot;
    notes + gantt::draw_gantt(pen, state, operation, Area { y: area.y + notes, height: area.height - notes, ..area }, scrolled)
}

/// How a phase looks: colour and a glyph that says it without.
pub fn phase_face(phase: Phase) -> (Role, &'static str) {
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

/// How far it is: a bar and the numbers; nothing where nothing can be counted.
pub fn progress(operation: &Operation, wide: bool) -> Words<'static> {
    let Some((reached, wanted)) = operation.progress.filter(|(_, wanted)| *wanted > 0) else { return Vec::new() };
    let (role, _) = phase_face(operation.phase);
    let bar = BAR[usize::from(!wide)];
    let cells = (reached.min(wanted) * bar / wanted) as usize;
    vec![
        ("▮".repeat(cells).into(), role),
        ("▯".repeat(bar as usize - cells).into(), Role::TextFaint),
        (format!(" {reached}/{wanted}  ").into(), Role::Text),
    ]
}

/// When it ended, or for how long it runs and when it should be through.
pub fn when(operation: &Operation, state: &State) -> String {
    if let Some(at) = operation.ended {
        return words::moment(at, state.now);
    }
    let running = format!("for {}", format_age(state.now.age_of(operation.started)));
    match operation.eta.and_then(|at| Duration::try_from(at.duration_since(state.now.wall)).ok()) {
        Some(left) => format!("{running}, about {} to go", format_age(left)),
        None => running,
    }
}

/// Cells that a note must get to be worth its place.
const LEAST_NOTE: u16 = 16;

/// One operation in one line: what, how far, in which phase, why, since when.
pub fn draw_line(pen: &mut Pen<'_>, state: &State, operation: &Operation, line: Area) {
    let (role, glyph) = phase_face(operation.phase);
    let mut when = when(operation, state);
    if line.width < 100 {
        // The rest of a short line is worth more than when it should be through.
        when = when.split(',').next().unwrap_or_default().to_owned();
    }
    let phase = format!("{}: ", operation.phase.word());
    let note =
        if layout::has_slots(operation) && line.width >= 60 && is_told_below(state, operation) { "" } else { operation.note.as_str() };
    let phase = if note.is_empty() { operation.phase.word() } else { &phase };
    let room = line.width.saturating_sub(3 + text::width(&when));
    // A long title leaves room for how far it is.
    let title = if line.width < 100 { text::cut_end(&operation.title, room / 2 + 4) } else { (&*operation.title).into() };
    let mut words: Words<'_> = vec![(glyph.into(), role), (" ".into(), Role::Text), (title, Role::TextStrong), ("  ".into(), Role::Text)];
    words.extend(progress(operation, line.width >= 100));
    let left = room.saturating_sub(words.iter().map(|(w, _)| text::width(w)).sum::<u16>() + text::width(phase));
    if left < text::width(note).min(LEAST_NOTE) {
        // A few letters of a sentence say nothing.
        words.push((operation.phase.word().into(), role));
    } else {
        words.push((phase.into(), role));
        words.push((note.into(), Role::Text));
    }
    pen.words(line.x, line.y, room, &words);
    pen.right(line.x, line.y, line.width, &when, Role::TextDim);
}

/// The chosen one of the pane tells its note on a line of its own.
fn is_told_below(state: &State, operation: &Operation) -> bool {
    let pane = layout::deck(state).pane(Pane::Operations).is_some() || !matches!(state.screen, crate::app::state::Screen::Deck);
    pane && operations::chosen(state).is_some_and(|c| c.id == operation.id)
}
