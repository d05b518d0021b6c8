//! One file per screen. Each paints header, body, operations and footer into the areas that `app::layout` gives.

pub mod database;
pub mod deck;
pub mod group;
pub mod operations;
pub mod pool;
pub mod start;

use super::pane::{self, Ring};
use super::panes::{changes, metrics};
use super::pen::Pen;
use super::{footer, header, words};
use crate::app::layout::{self, Area, DetailLayout};
use crate::app::state::{ListState, Pane, State};
use crate::app::view;
use crate::config::theme::Role;
use crate::domain::source::Picture;
use crate::domain::{Assessment, Label, ResourceId, SourceKind, Verdict};

/// Header, footer, operations and the panes beside a drilled-in thing. A screen that lists its own changes needs no pane of them: there
/// the metrics get its place.
fn draw_around(pen: &mut Pen<'_>, state: &State, areas: &DetailLayout, subject: &ResourceId, with_changes: bool) {
    header::draw_header(pen, state, areas.header);
    if let Some(area) = areas.operations {
        footer::draw_operations(pen, state, area);
    }
    footer::draw_footer(pen, state, areas.footer);
    if let Some(area) = areas.metrics {
        let below = areas.changes.filter(|_| !with_changes).map_or(0, |c| c.height);
        metrics::draw_metrics_of(pen, state, Area { height: area.height + below, ..area }, subject);
    }
    if let Some(area) = areas.changes.filter(|_| with_changes) {
        draw_changes_of(pen, state, area, subject);
    }
}

/// What changed about one thing: only as many as there are lines.
fn draw_changes_of(pen: &mut Pen<'_>, state: &State, area: Area, subject: &ResourceId) {
    let snapshot = state.shown();
    let picture = snapshot.picture(pane::sources(Pane::Changes), state.now);
    let ring = Ring { title: "CHANGES", foot: pane::foot(state, &picture), ..Ring::default() };
    pane::draw_ring(pen, area, &ring);
    let inner = area.inner();
    let rows = view::history(snapshot, subject);
    for (row, y) in rows.iter().zip(inner.y..inner.y + inner.height) {
        changes::draw_row(pen, state, row, Area { y, height: 1, ..inner });
    }
    if rows.is_empty() {
        pane::draw_emptiness(pen, state, &ListState::default(), &picture, inner, "changes");
    }
}

/// What a drilled-in screen says of itself on its ring.
struct About<'a> {
    name: &'a Label,
    /// Sort and place, in dim words.
    what: String,
    /// `None`: the thing is gone.
    assessment: Option<&'a Assessment>,
    kinds: &'a [SourceKind],
}

/// The ring of a drilled-in thing: its name, its verdict in a word, the age of what is known.
fn draw_main_ring(pen: &mut Pen<'_>, state: &State, areas: &DetailLayout, about: About<'_>, list: &ListState) {
    let About { name, what, assessment: found, kinds } = about;
    let picture = state.shown().picture(kinds, state.now);
    let mut ring = pane::list_ring(state, list, name, &picture, areas.rows, "");
    if list.filter.is_empty() {
        ring.remark.clear();
    }
    match found {
        Some(a) => {
            let role = words::verdict_role(a.verdict);
            if a.verdict > Verdict::Ok {
                ring.remark.insert(0, (format!("{} {}", a.verdict.glyph(), a.verdict.word()), role));
            }
            ring.remark.push((what, Role::TextDim));
        }
        None => ring.remark.insert(0, ("✕ no longer there".to_owned(), Role::Unknown)),
    }
    pane::draw_ring(pen, areas.main, &Ring { focused: true, bare: layout::is_folded(state), ..ring });
}

/// Findings, worst first, each with what to do next. Returns the lines taken.
fn draw_findings(pen: &mut Pen<'_>, area: Area, assessment: &Assessment) -> u16 {
    let findings = assessment.findings.iter().take(3.min(usize::from(area.height)));
    let mut y = 0;
    for finding in findings {
        let role = words::verdict_role(finding.verdict);
        let next = finding.next.as_ref().map_or_else(String::new, |n| format!("  → {n}"));
        let used = pen.text(area.x, area.y + y, area.width, finding.verdict.glyph(), role) + 1;
        let told = pen.soft(area.x + used, area.y + y, area.width.saturating_sub(used), &finding.text, role);
        let room = area.width.saturating_sub(used + told);
        // Half a wish helps nobody.
        if super::text::width(&next) <= room || room >= 24 {
            pen.text(area.x + used + told, area.y + y, room, &next, Role::TextDim);
        }
        y += 1;
    }
    y
}

/// A picture for lists that belong to one thing: rows that were never read for it are "not read yet", whatever else was.
fn picture_of(state: &State, kinds: &[SourceKind], is_read: bool) -> Picture {
    match state.shown().picture(kinds, state.now) {
        Picture::Live { .. } if !is_read => Picture::NotYet,
        other => other,
    }
}

/// Pairs of name and value in one line, names quiet. Empty values are left out.
fn draw_facts(pen: &mut Pen<'_>, line: Area, facts: &[(&str, String, Role)]) {
    let mut words: Vec<(&str, Role)> = Vec::new();
    for (name, value, role) in facts.iter().filter(|(_, v, _)| !v.is_empty()) {
        if !words.is_empty() {
            words.push(("   ", Role::Text));
        }
        if !name.is_empty() {
            words.push((name, Role::TextDim));
            words.push((" ", Role::Text));
        }
        words.push((value, *role));
    }
    pen.words(line.x, line.y, line.width, &words);
}
