//! The combined card: every target with what would be done to it, those that are left out with why, and one question.

use super::super::header::environment_role;
use super::super::pen::Pen;
use super::super::{text, words};
use super::{Line, draw_scrolled, open_dialog, wrapped};
use crate::app::layout;
use crate::app::state::{Bulk, BulkEntry, Card, State};
use crate::config::theme::Role;
use crate::domain::Verdict;

const WIDTH: u16 = 76;
/// Cells of a target's name.
const NAME: u16 = 24;

pub fn draw_bulk(pen: &mut Pen<'_>, state: &State, bulk: &Bulk) {
    let room = WIDTH.min(layout::screen(state).width.saturating_sub(4));
    let mut lines = Vec::new();
    for entry in &bulk.entries {
        lines.extend(target(entry, room));
    }
    let tail = question(state, bulk, room);
    let title = bulk.title();
    let area = open_dialog(pen, state, &title, WIDTH, (lines.len() + tail.len()) as u16);
    draw_scrolled(pen, area, &lines, &tail, bulk.offset);
}

fn target(entry: &BulkEntry, room: u16) -> Vec<Line> {
    let name = text::cut_middle(&entry.name, NAME).into_owned();
    let hidden = if entry.hidden { "  not on the screen" } else { "" };
    let named = |glyph: &str, role: Role, what: String, what_role: Role| {
        let taken = 2 + NAME + 1 + text::width(hidden);
        Line {
            left: vec![
                (format!("{glyph} ").into(), role),
                (format!("{name:<width$} ", width = usize::from(NAME)).into(), Role::TextStrong),
                (text::cut_end(&what, room.saturating_sub(taken)).into_owned().into(), what_role),
            ],
            right: vec![(hidden.into(), Role::Warning)],
        }
    };
    let card = match &entry.card {
        Ok(card) => card,
        Err(why) => {
            let mut lines = vec![named("–", Role::Unknown, "left out".to_owned(), Role::TextDim)];
            lines.extend(wrapped("   ", why, Role::Text, Role::TextDim, room));
            return lines;
        }
    };
    if !card.can_confirm() {
        let mut lines = vec![named("▲", Role::Critical, "left out: refused".to_owned(), Role::Critical)];
        for refusal in &card.refusals {
            lines.extend(wrapped(
                "   ",
                &format!("{} (rule {}, {})", refusal.text, refusal.rule.word(), refusal.source),
                Role::Text,
                Role::Text,
                room,
            ));
        }
        if let Some(why) = &card.blocked {
            lines.extend(wrapped("   ", why, Role::Text, Role::Text, room));
        }
        return lines;
    }
    let mut lines = vec![named("✓", Role::Good, change(card), Role::Text)];
    for moved in &card.moved {
        lines.extend(wrapped("  ↻", moved, Role::Warning, Role::Warning, room));
    }
    for remark in &card.remarks {
        lines.extend(wrapped("   ", remark, Role::Text, Role::TextDim, room));
    }
    for note in card.plan.impact.notes.iter().filter(|n| n.verdict >= Verdict::Warning) {
        lines.extend(wrapped(&format!("  {}", note.verdict.glyph()), &note.text, words::verdict_role(note.verdict), Role::Text, room));
    }
    lines
}

/// In one line what changes: the numbers where they do, else the title of the plan.
fn change(card: &Card) -> String {
    let impact = &card.plan.impact;
    let ((a, b), (good, all), (good2, all2)) = (impact.desired, impact.healthy_now, impact.healthy_after);
    if a == b { card.plan.title.to_string() } else { format!("want {a} → {b}   healthy {good}/{all} → {good2}/{all2}") }
}

fn question(state: &State, bulk: &Bulk, room: u16) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    if let Some(problem) = &bulk.problem {
        lines.extend(wrapped("●", problem, Role::Warning, Role::Warning, room));
    }
    let leave = || vec![("esc".into(), Role::Key), (" leaves it be".into(), Role::KeyLabel)];
    if !bulk.can_confirm() {
        lines.push(Line { left: Vec::new(), right: leave() });
        return lines;
    }
    let (how, key) = match (bulk.is_parallel(), bulk.go_on) {
        (true, _) => ("all at once, each told apart", None),
        (false, false) => ("one by one; a failure halts the rest", Some(" goes on after a failure")),
        (false, true) => ("one by one, also after a failure", Some(" halts at a failure")),
    };
    let right = key.map_or_else(Vec::new, |words| vec![("tab".into(), Role::Key), (words.into(), Role::KeyLabel)]);
    lines.push(Line { left: vec![(how.into(), Role::TextDim)], right });
    match bulk.asks_for(state) {
        Some(wanted) => {
            let matches = wanted == bulk.typed;
            lines.push(Line::of(vec![
                (format!(" {} ", state.session.environment.word()), environment_role(state.session.environment)),
                (format!("  type {wanted} to go on:  "), Role::Text),
                (bulk.typed.clone(), if matches { Role::Good } else { Role::FieldFocused }),
                ("▏".to_owned(), Role::Key),
            ]));
            let left = if matches { vec![("⏎".into(), Role::Key), (" does it".into(), Role::KeyLabel)] } else { Vec::new() };
            lines.push(Line { left, right: leave() });
        }
        None => lines.push(Line { left: vec![("⏎".into(), Role::Key), (" does it".into(), Role::KeyLabel)], right: leave() }),
    }
    lines
}
