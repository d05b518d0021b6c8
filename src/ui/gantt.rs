//! Slots of an operation as stretches of time: one line per member under replacement. Every state has its own glyph and, where there is
//! room, its word, so that the picture reads without colour.

use std::time::Duration;

use jiff::Timestamp;

use super::pen::Pen;
use super::{text, words};
use crate::app::layout::Area;
use crate::app::state::State;
use crate::config::theme::Role;
use crate::domain::time::format_age;
use crate::domain::{Operation, Slot, SlotState};

/// Cells of `slot 12`, and of both members with the arrow between.
const NUMBER: u16 = 8;
const MEMBER: u16 = 11;
/// Below this width the members stand in fewer cells.
const WIDE: u16 = 110;
/// Most cells of the words behind the bar: the state, since when, and why.
const WORDS: u16 = 46;

/// Time one cell stands for: steps that people count in, so that bars grow by cells and the scale rarely changes.
const STEPS: [u64; 16] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400];

/// The time axis of an operation in so many cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    from: i64,
    step: i64,
    cells: u16,
}

impl Scale {
    /// From its start to now, or to its end.
    pub fn of(operation: &Operation, now: Timestamp, cells: u16) -> Self {
        let begun = operation.slots.iter().filter_map(|s| s.spans.first()).map(|s| s.from).min();
        let from = begun.unwrap_or(operation.started).min(operation.started).as_second();
        let to = operation.ended.unwrap_or(now).as_second().max(from + 1);
        let room = u64::from(cells.max(1));
        let length = (to - from).unsigned_abs() + 1;
        let step = STEPS.iter().copied().find(|step| length.div_ceil(*step) <= room).unwrap_or_else(|| length.div_ceil(room));
        Self { from, step: i64::try_from(step).unwrap_or(i64::MAX).max(1), cells }
    }

    /// The cell of a moment.
    fn cell(self, at: Timestamp) -> u16 {
        let cell = (at.as_second() - self.from).max(0) / self.step;
        u16::try_from(cell).unwrap_or(u16::MAX).min(self.cells)
    }

    fn time(self, cell: u16) -> Option<Timestamp> {
        Timestamp::from_second(self.from + i64::from(cell) * self.step).ok()
    }
}

/// Glyph and colour of a state.
pub fn face(state: SlotState) -> (&'static str, Role) {
    match state {
        SlotState::Waiting => (" ", Role::TextFaint),
        SlotState::Launching => ("░", Role::Motion),
        SlotState::Registering => ("▒", Role::Motion),
        SlotState::Warming => ("▓", Role::Motion),
        SlotState::InService => ("█", Role::Good),
        SlotState::Draining => ("·", Role::Notice),
        SlotState::Terminating => ("×", Role::TextDim),
        SlotState::Gone => ("✓", Role::TextDim),
        SlotState::Failed => ("!", Role::Critical),
    }
}

/// The first slot drawn where `lines` are not enough for all: where it was scrolled to, else so that the first unfinished one is in sight
/// with a finished one above it.
pub fn first(operation: &Operation, lines: usize, scrolled: Option<usize>) -> usize {
    let most = operation.slots.len().saturating_sub(lines);
    let busy = operation.slots.iter().position(|s| !s.state.is_over()).unwrap_or(operation.slots.len());
    scrolled.unwrap_or_else(|| busy.saturating_sub(1)).min(most)
}

struct Columns {
    member: u16,
    zone: bool,
    bar: Area,
    words: Area,
}

fn columns(area: Area) -> Columns {
    let member = if area.width >= WIDE { MEMBER } else { 9 };
    let zone = area.width >= WIDE;
    let left = NUMBER + 2 * member + 3 + if zone { 4 } else { 1 };
    let rest = area.width.saturating_sub(left);
    let words = (rest / 2).clamp(rest.min(16), WORDS);
    let bar = rest.saturating_sub(words + 1);
    Columns {
        member,
        zone,
        bar: Area { x: area.x + left, width: bar, ..area },
        words: Area { x: area.x + left + bar + 1, width: words.min(rest), ..area },
    }
}

/// Paints slots from the top of the area, the time axis on its last line where there are at least three. Returns the lines used.
pub fn draw_gantt(pen: &mut Pen<'_>, state: &State, operation: &Operation, area: Area, scrolled: Option<usize>) -> u16 {
    if area.height == 0 || operation.slots.is_empty() {
        return 0;
    }
    let axis = u16::from(area.height >= 3);
    let lines = usize::from(area.height - axis);
    let first = first(operation, lines, scrolled);
    let columns = columns(area);
    let scale = Scale::of(operation, state.now.wall, columns.bar.width);
    let mut y = area.y;
    for slot in operation.slots.iter().skip(first).take(lines) {
        draw_slot(pen, state, slot, &columns, scale, Area { y, height: 1, ..area });
        y += 1;
    }
    if axis > 0 {
        draw_axis(pen, state, operation, (first, lines), &columns, scale, Area { y, height: 1, ..area });
        y += 1;
    }
    y - area.y
}

fn draw_slot(pen: &mut Pen<'_>, state: &State, slot: &Slot, columns: &Columns, scale: Scale, line: Area) {
    let (_, role) = face(slot.state);
    let busy = !slot.state.is_over() && slot.state != SlotState::Waiting;
    let name = if busy { Role::Text } else { Role::TextDim };
    pen.text(line.x, line.y, NUMBER, &format!("slot {}", slot.number), name);
    let label = |l: Option<&crate::domain::Label>| text::cut_middle(l.map_or("", |l| l.as_str()), columns.member).into_owned();
    let x = line.x + NUMBER;
    pen.text(x, line.y, columns.member, &label(slot.old.as_ref()), Role::TextDim);
    if slot.old.is_some() || slot.new.is_some() {
        pen.text(x + columns.member + 1, line.y, 1, "→", Role::TextFaint);
    }
    pen.text(x + columns.member + 3, line.y, columns.member, &label(slot.new.as_ref()), name);
    if columns.zone
        && let Some(zone) = &slot.zone
    {
        pen.text(x + 2 * columns.member + 4, line.y, 2, &words::zone(zone), Role::TextDim);
    }
    draw_bar(pen, state, slot, scale, Area { y: line.y, height: 1, ..columns.bar });
    let since = if busy && !slot.spans.is_empty() { format!(" {}", format_age(slot.watched(state.now.wall))) } else { String::new() };
    let note = slot.note.as_ref().map_or_else(String::new, |n| format!("  {n}"));
    let words = [
        (slot.state.word().to_owned(), if busy || slot.state == SlotState::Failed { role } else { Role::TextDim }),
        (since, Role::TextDim),
        (note, Role::Text),
    ];
    pen.words(columns.words.x, line.y, columns.words.width, &words);
}

/// Each stretch from its first cell to its last; a state that was shorter than a cell gives way to the one after it.
fn draw_bar(pen: &mut Pen<'_>, state: &State, slot: &Slot, scale: Scale, area: Area) {
    for span in &slot.spans {
        let (glyph, role) = face(span.state);
        let from = scale.cell(span.from);
        if span.state.is_over() {
            pen.text(area.x + from.min(area.width.saturating_sub(1)), area.y, 1, glyph, role);
            continue;
        }
        let to = scale.cell(span.to.unwrap_or(state.now.wall));
        // What is going on now has at least a cell.
        let to = if span.to.is_none() { to.max(from + 1) } else { to }.min(area.width);
        let length = to.saturating_sub(from);
        pen.run(area.x + from, area.y, length, glyph, role);
        let word = short(span.state);
        if length >= text::width(word) + 2 {
            pen.text(area.x + from + 1, area.y, length - 1, word, role);
        }
    }
}

/// The word inside a bar.
fn short(state: SlotState) -> &'static str {
    match state {
        SlotState::Launching => "launch",
        SlotState::Registering => "register",
        SlotState::Warming => "warm",
        SlotState::Draining => "drain",
        SlotState::Terminating => "end",
        SlotState::Waiting | SlotState::InService | SlotState::Gone | SlotState::Failed => "",
    }
}

/// Times below the bars, and how many slots are not drawn.
#[expect(clippy::too_many_arguments, reason = "where, when and how much: each is a number of its own")]
fn draw_axis(
    pen: &mut Pen<'_>,
    state: &State,
    operation: &Operation,
    (first, lines): (usize, usize),
    columns: &Columns,
    scale: Scale,
    line: Area,
) {
    const APART: u16 = 12;
    let below = operation.slots.len().saturating_sub(first + lines);
    let hidden = match (first, below) {
        (0, 0) => String::new(),
        (above, 0) => format!("…{above} above"),
        (0, below) => format!("…{below} below"),
        (above, below) => format!("…{above} above, {below} below"),
    };
    pen.text(line.x, line.y, columns.bar.x.saturating_sub(line.x + 1), &hidden, Role::TextDim);
    let mut cell = 0;
    while cell + 5 <= columns.bar.width {
        if let Some(at) = scale.time(cell) {
            let tick = at.to_zoned(state.session.zone.clone());
            let tick = tick.strftime(if scale.step * i64::from(APART) < 60 { "%H:%M:%S" } else { "%H:%M" }).to_string();
            if cell + text::width(&tick) <= columns.bar.width {
                pen.text(columns.bar.x + cell, line.y, text::width(&tick), &tick, Role::ChartLabel);
            }
        }
        cell += APART;
    }
    let each = format!("one cell {}", format_age(Duration::from_secs(scale.step.unsigned_abs())));
    pen.text(columns.words.x, line.y, columns.words.width, &each, Role::TextFaint);
}

/// Every glyph with its word, in the order in which a slot goes through them; only those that fit whole.
pub fn draw_legend(pen: &mut Pen<'_>, line: Area) {
    const SHOWN: [SlotState; 8] = [
        SlotState::Launching,
        SlotState::Registering,
        SlotState::Warming,
        SlotState::InService,
        SlotState::Draining,
        SlotState::Terminating,
        SlotState::Gone,
        SlotState::Failed,
    ];
    let gap = if line.width < 100 { 1 } else { 2 };
    let mut x = 0;
    for state in SHOWN {
        let (glyph, role) = face(state);
        let wide = 2 + text::width(state.word());
        if x + wide > line.width {
            break;
        }
        pen.words(line.x + x, line.y, wide, &[(glyph, role), (" ", Role::Text), (state.word(), Role::TextDim)]);
        x += wide + gap;
    }
}
