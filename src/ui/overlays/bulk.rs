//! The combined card: every target with what would be done to it, those that are left out with why, and one question.

use super::super::pen::Pen;
use super::super::{text, words};
use super::{Line, assent, draw_scrolled, open_dialog, wrapped};
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
    if card.waits_for_ticket() {
        return vec![named("◌", Role::Notice, format!("needs a ticket   {}", change(card)), Role::Text)];
    }
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
    for set in &card.overridden {
        let words = format!("set aside: {} (rule {}, {})", set.refusal.text, set.refusal.rule.word(), set.refusal.source);
        lines.extend(wrapped("  ●", &words, Role::Warning, Role::Warning, room));
    }
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
    let key = |key: &'static str, does: &'static str| vec![(key.into(), Role::Key), (does.into(), Role::KeyLabel)];
    let leave = || key("esc", " leaves it be");
    let blanks = bulk.blanks(state);
    let wanted = bulk.asks_for(state);
    let aside = if bulk.could_set_aside().is_empty() { Vec::new() } else { key("ctrl-o", " sets the rules aside") };
    if bulk.can_confirm() {
        let switch = if blanks.len() > 1 { "ctrl-g" } else { "tab" };
        let (how, right) = match (bulk.is_parallel(), bulk.go_on) {
            (true, _) => ("all at once, each told apart", Vec::new()),
            (false, false) => ("one by one; a failure halts the rest", key(switch, " goes on after a failure")),
            (false, true) => ("one by one, also after a failure", key(switch, " halts at a failure")),
        };
        lines.push(Line { left: vec![(how.into(), Role::TextDim)], right });
    }
    lines.extend(assent::fields(state, &bulk.assent, &blanks, wanted.as_deref().unwrap_or_default()));
    lines.extend(bulk.wanted_ticket().map_or_else(Vec::new, |refusal| assent::hint(refusal, room)));
    let ready = bulk.can_confirm() && wanted.is_none_or(|wanted| wanted == bulk.assent.name);
    let left = if ready { key("⏎", " does it") } else { Vec::new() };
    let gap = if ready && !aside.is_empty() { vec![("   ".into(), Role::Text)] } else { Vec::new() };
    lines.push(Line { left: left.into_iter().chain(gap).chain(aside).collect(), right: leave() });
    lines
}
