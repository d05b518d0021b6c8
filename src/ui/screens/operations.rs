//! All operations of this console and of those before it: the list above, and below all that is known of the chosen one.

use super::super::pane::{self, Ring};
use super::super::panes::operations as pane_of;
use super::super::pen::Pen;
use super::super::{footer, gantt, header, text, words};
use crate::app::layout::{self, Area};
use crate::app::operations;
use crate::app::state::State;
use crate::config::theme::Role;
use crate::domain::{Operation, Order, Phase};

pub fn draw_operations(pen: &mut Pen<'_>, state: &State) {
    let areas = layout::operations(state);
    header::draw_header(pen, state, areas.header);
    draw_list(pen, state, areas.list);
    draw_detail(pen, state, areas.detail);
    footer::draw_footer(pen, state, areas.footer);
}

fn draw_list(pen: &mut Pen<'_>, state: &State, area: Area) {
    let listed = operations::listed(state);
    let chosen = operations::chosen(state);
    let at = chosen.and_then(|c| listed.iter().position(|o| std::ptr::eq(*o, c))).unwrap_or(0);
    let inner = area.inner();
    let height = usize::from(inner.height).max(1);
    let first = (at + 1).saturating_sub(height);
    let open = listed.iter().filter(|o| operations::is_open(o)).count();
    let counts = if listed.is_empty() { String::new() } else { format!("{}, newest first, {open} open", listed.len()) };
    let mut remark = vec![(counts, Role::TextDim)];
    if let Some(queue) = &state.queue {
        remark.push((format!("{} more wait for their turn", queue.waiting.len()), Role::Motion));
    }
    let more = listed.len().saturating_sub(first + height);
    pane::draw_ring(
        pen,
        area,
        &Ring { title: "OPERATIONS", remark, focused: true, bare: layout::is_folded(state), more, ..Ring::default() },
    );
    if listed.is_empty() {
        let words = "No operation yet. What is begun here or by a script is listed here, also after a restart.";
        pane::draw_paragraphs(pen, inner, &[(words.to_owned(), Role::TextDim)]);
    }
    for (n, operation) in listed.iter().enumerate().skip(first).take(height) {
        let line = Area { y: inner.y + (n - first) as u16, height: 1, ..inner };
        if n == at {
            pen.tint(line, Role::Selection);
        }
        pane_of::draw_line(pen, state, operation, line);
    }
}

/// A line of the detail: a quiet name, then words.
struct Fact {
    name: &'static str,
    words: String,
    role: Role,
}

fn draw_detail(pen: &mut Pen<'_>, state: &State, area: Area) {
    let Some(operation) = operations::chosen(state) else { return };
    let (role, glyph) = pane_of::phase_face(operation.phase);
    let id = if operation.id.0.is_empty() { String::new() } else { operation.id.to_string() };
    let ring = Ring {
        title: &operation.title,
        remark: vec![(format!("{glyph} {}", operation.phase.word()), role)],
        right: vec![(id, Role::TextDim)],
        bare: true,
        ..Ring::default()
    };
    pane::draw_ring(pen, area, &ring);
    let inner = Area { x: area.x + 1, width: area.width.saturating_sub(2), y: area.y + 1, height: area.height.saturating_sub(1) };
    let room = inner.height;
    let mut y = inner.y;
    let progress = pane_of::progress(operation, true);
    let used = pen.words(inner.x, y, inner.width, &progress);
    pen.text(inner.x + used, y, inner.width.saturating_sub(used), &pane_of::when(operation, state), Role::TextDim);
    y += 1;
    let slots = operation.slots.len() as u16;
    // Slots and facts share what is left: facts first, they say what to do; but half of it is for the slots.
    let facts = facts(state, operation);
    let lines: Vec<(String, Role, bool)> = facts.iter().flat_map(|f| wrapped(f, inner.width)).collect();
    let left = room.saturating_sub(y - inner.y);
    let gantt_lines = if slots == 0 { 0 } else { (slots + 2).min((left / 2).max(left.saturating_sub(lines.len() as u16))) };
    let fact_room = left.saturating_sub(gantt_lines);
    for (i, (line, role, named)) in lines.iter().take(usize::from(fact_room)).enumerate() {
        let cut = i + 1 == usize::from(fact_room) && lines.len() > usize::from(fact_room);
        if cut {
            pen.text(inner.x, y, inner.width, &format!("…{} lines more on a taller screen", lines.len() - i), Role::Warning);
        } else if *named {
            let (name, rest) = line.split_at(line.char_indices().nth(NAME).map_or(line.len(), |(at, _)| at));
            let used = pen.text(inner.x, y, inner.width, name, Role::TextDim);
            pen.text(inner.x + used, y, inner.width.saturating_sub(used), rest, *role);
        } else {
            pen.text(inner.x, y, inner.width, line, *role);
        }
        y += 1;
    }
    if gantt_lines > 0 {
        let legend = u16::from(gantt_lines > 3);
        let area = Area { y, height: gantt_lines - legend, ..inner };
        y += gantt::draw_gantt(pen, state, operation, area, state.slot);
        if legend > 0 {
            gantt::draw_legend(pen, Area { y, height: 1, ..inner });
        }
    }
}

/// Characters of the names of facts.
const NAME: usize = 9;

/// A fact in lines of this width, indented under its words.
fn wrapped(fact: &Fact, width: u16) -> Vec<(String, Role, bool)> {
    text::wrap(&fact.words, width.saturating_sub(NAME as u16))
        .into_iter()
        .enumerate()
        .map(|(i, line)| (format!("{:<NAME$}{line}", if i == 0 { fact.name } else { "" }), fact.role, true))
        .collect()
}

/// What is known of it, the most pressing first.
fn facts(state: &State, operation: &Operation) -> Vec<Fact> {
    let mut out = Vec::new();
    let mut tell = |name: &'static str, words: String, role: Role| {
        if !words.is_empty() {
            out.push(Fact { name, words, role });
        }
    };
    let waits = match operation.phase {
        Phase::Following | Phase::Calling | Phase::Checking | Phase::RollingBack => "now",
        Phase::Done | Phase::RolledBack => "end",
        _ => "why",
    };
    tell(waits, operation.note.to_string(), Role::TextStrong);
    if operation.phase.is_open_end() || operation.phase == Phase::Unclear {
        let done = if operation.done.is_empty() { "nothing that is on record".to_owned() } else { join(&operation.done) };
        tell("done", done, Role::Text);
        let unknown = if operation.unknown.is_empty() { "nothing: every call got its answer".to_owned() } else { join(&operation.unknown) };
        let role = if operation.unknown.is_empty() { Role::TextDim } else { Role::Unknown };
        tell("unknown", unknown, role);
        tell("next", next_words(operation), Role::Text);
    } else {
        tell("unknown", join(&operation.unknown), Role::Unknown);
    }
    if !operation.borrowed.is_empty() {
        tell("borrowed", format!("{} suspended by this operation, given back at its end", join(&operation.borrowed)), Role::Warning);
    }
    if operation.past_return {
        tell("way back", "past its point of no return: hold is what is left".to_owned(), Role::Notice);
    }
    let begun = words::stamp(operation.started, &state.session.zone, state.now);
    let driver = operation.driver.as_ref().map_or_else(
        || if operation.phase.is_over() { String::new() } else { ", nobody drives it".to_owned() },
        |d| format!(", driven by {d}"),
    );
    tell("begun", format!("{begun}{driver}"), Role::TextDim);
    out
}

/// What each order would mean where an operation was left.
fn next_words(operation: &Operation) -> String {
    let means = |order: &Order| match order {
        Order::Resume => Some("resume goes on where it stopped, after reading the world again"),
        Order::RollBack => Some("roll back returns to what was before"),
        Order::Abandon => Some("abandon gives back what was borrowed and leaves the rest as it is"),
        Order::Pause | Order::Hold => None,
    };
    operation.orders.iter().filter_map(means).collect::<Vec<_>>().join("; ")
}

fn join(words: &[crate::domain::Label]) -> String {
    words.iter().map(crate::domain::label::Label::as_str).collect::<Vec<_>>().join(", ")
}
