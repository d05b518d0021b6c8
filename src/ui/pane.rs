//! What all panes share: the ring with title and age, the window of a list, and a picture of its own for "not read yet", "nothing there",
//! "nothing matches", "could not read" and "not allowed to read".

use super::pen::{Corners, Pen};
use super::{text, words};
use crate::app::layout::Area;
use crate::app::state::{ListState, Pane, Row, State};
use crate::config::theme::Role;
use crate::domain::source::Picture;
use crate::domain::{FailureKind, SourceKind, Verdict};

/// What stands on a ring.
#[derive(Default)]
pub struct Ring<'a> {
    /// The key that leads here.
    pub key: Option<char>,
    pub title: &'a str,
    /// After the title, in plain words.
    pub remark: Vec<(String, Role)>,
    /// At the right end of the title line.
    pub right: Vec<(String, Role)>,
    /// On the lower edge, left.
    pub foot: Option<(String, Role)>,
    /// On the lower edge, right.
    pub more: usize,
    pub focused: bool,
    /// No frame even in focus: the pane fills the screen.
    pub bare: bool,
}

/// Paints the ring. Out of focus it is a title, a rule and space.
pub fn draw_ring(pen: &mut Pen<'_>, area: Area, ring: &Ring<'_>) {
    if area.width < 4 || area.height == 0 {
        return;
    }
    let framed = ring.focused && !ring.bare && area.height > 1;
    if framed {
        pen.frame(area, Role::FrameFocused, Corners::Round);
    } else {
        pen.run(area.x + 1, area.y, area.width - 2, "─", Role::Frame);
    }
    let mut left: Vec<(String, Role)> = vec![(" ".to_owned(), Role::Text)];
    if let Some(key) = ring.key {
        left.push((format!("{key} "), if ring.focused { Role::Key } else { Role::TextDim }));
    }
    let mut gap = "";
    if !ring.title.is_empty() {
        left.push((ring.title.to_owned(), if ring.focused { Role::TitleFocused } else { Role::Title }));
        gap = "  ";
    }
    for (word, role) in &ring.remark {
        left.push((format!("{gap}{word}"), *role));
        gap = "  ";
    }
    let room = area.width - 2;
    let mut right: Vec<(String, Role)> = ring.right.clone();
    right.insert(0, (" ".to_owned(), Role::Text));
    right.push((" ".to_owned(), Role::Text));
    let right_width: u16 = right.iter().map(|(w, _)| text::width(w)).sum();
    let right_fits = !ring.right.is_empty() && right_width + text::width(ring.title) + 4 <= room;
    let right_width = if right_fits { right_width } else { 0 };
    // A blank and one cell of the rule stay between what is left and what is right.
    let used = pen.words(area.x + 1, area.y, room.saturating_sub(right_width + if right_fits { 2 } else { 1 }), &left);
    pen.text(area.x + 1 + used, area.y, 1, " ", Role::Text);
    pen.words(area.x + 1 + room - right_width, area.y, right_width, &right);
    if area.height < 3 {
        return;
    }
    let bottom = area.y + area.height - 1;
    let more = if ring.more > 0 { format!(" …{} more ", ring.more) } else { String::new() };
    if let Some((foot, role)) = &ring.foot {
        pen.text(area.x + 1, bottom, room.saturating_sub(text::width(&more)), &format!(" {foot} "), *role);
    }
    pen.right(area.x + 1, bottom, room, &more, Role::TextDim);
}

/// Sources whose rows a pane shows.
pub const fn sources(pane: Pane) -> &'static [SourceKind] {
    match pane {
        Pane::Groups => &[SourceKind::Groups, SourceKind::Instances],
        Pane::Pools => &[SourceKind::Pools],
        Pane::Databases => &[SourceKind::Databases, SourceKind::Caches],
        Pane::Metrics => &[SourceKind::Metrics],
        Pane::Operations => &[],
        Pane::Changes => &[SourceKind::Alarms, SourceKind::Activities, SourceKind::Events],
    }
}

/// The ring of a list over these sources: counts, filter, age at the right, what failed at the foot.
pub fn list_ring<'a>(state: &State, list: &ListState, title: &'a str, picture: &Picture, rows: Area, order: &str) -> Ring<'a> {
    let mut ring = Ring { title, ..Ring::default() };
    let shown = list.rows.len();
    if !list.filter.is_empty() {
        ring.remark.push((format!("{shown} of {}", list.total), Role::TextDim));
        ring.remark.push((format!("/{}", list.filter), Role::Key));
    } else if list.total > 0 {
        ring.remark.push((format!("{}{order}", list.total), Role::TextDim));
    }
    let (role, short) = match picture {
        // One of the sources has come, the other has not.
        Picture::NotYet if list.total > 0 => words::picture_in_short(&Picture::Partial { rows: list.total }),
        _ => words::picture_in_short(picture),
    };
    ring.right.push((short, role));
    ring.foot = foot(state, picture);
    ring.more = list.rows.len().saturating_sub(list.window(rows.height).end);
    ring
}

/// What failed, where rows stay on the screen.
pub fn foot(state: &State, picture: &Picture) -> Option<(String, Role)> {
    match picture {
        Picture::Stale { failure: Some(f), .. } => {
            Some((format!("{} ({})", words::failure_in_short(f, state.now), f.operation), Role::Stale))
        }
        Picture::Stale { failure: None, .. } => Some(("no answer for a while; ctrl-r reads again".to_owned(), Role::Stale)),
        _ => None,
    }
}

/// What could not be read within good answers, in one line.
pub fn gaps(state: &State, kinds: &[SourceKind]) -> Option<(String, Role)> {
    let mut gaps = state.shown().sources_of(kinds).flat_map(|s| s.gaps.iter());
    let first = gaps.next()?;
    let rest = gaps.count();
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    Some((format!("could not read {first}{more}"), Role::Unknown))
}

/// How the selected row of a list is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// Keys act on it.
    Here,
    /// Keys act elsewhere, but the metrics are of this row.
    Elsewhere,
    Hidden,
}

/// Paints the visible rows of a list over the ground of the selection. `draw` gets the row and its lines.
pub fn draw_rows(pen: &mut Pen<'_>, list: &ListState, area: Area, cursor: Cursor, mut draw: impl FnMut(&mut Pen<'_>, &Row, usize, Area)) {
    let mut y = area.y;
    let bottom = area.y + area.height;
    for (n, row) in list.rows.iter().enumerate().skip(list.offset) {
        if y >= bottom {
            break;
        }
        let lines = Area { y, height: u16::from(row.height.max(1)).min(bottom - y), ..area };
        let selected = list.position == n && list.selected.as_ref() == Some(&row.key);
        match cursor {
            Cursor::Here if selected => pen.tint(lines, Role::Selection),
            Cursor::Elsewhere if selected => pen.tint(lines, Role::SelectionElsewhere),
            _ => {}
        }
        match row.index {
            Some(index) => draw(pen, row, index, lines),
            None => draw_ghost(pen, list, lines),
        }
        y += lines.height;
    }
}

/// The selected thing is gone: its place stays until the user moves.
fn draw_ghost(pen: &mut Pen<'_>, list: &ListState, line: Area) {
    let name = list.ghost.as_deref().unwrap_or_default();
    pen.words(
        line.x,
        line.y,
        line.width,
        &[("✕ ", Role::Unknown), (name, Role::TextDim), ("  is no longer there; move on with ", Role::Unknown), ("↑↓", Role::Key)],
    );
}

/// Says why there are no rows. Nothing is painted where there are some.
pub fn draw_emptiness(pen: &mut Pen<'_>, state: &State, list: &ListState, picture: &Picture, area: Area, what: &str) {
    if !list.rows.is_empty() {
        return;
    }
    let mut lines: Vec<(String, Role)> = Vec::new();
    match picture {
        _ if !list.filter.is_empty() && list.total > 0 => {
            lines.push((format!("No {what} match “{}”.", list.filter), Role::Text));
            lines.push(("esc clears the filter".to_owned(), Role::TextDim));
        }
        Picture::NotYet | Picture::Partial { .. } => lines.push(("◌ not read yet; the first page is on its way".to_owned(), Role::Motion)),
        Picture::Live { .. } => lines.push((format!("No {what} here."), Role::TextDim)),
        Picture::Stale { .. } => lines.push((format!("No {what} when last read."), Role::TextDim)),
        Picture::CouldNotRead(f) => {
            if f.kind == FailureKind::Forbidden {
                lines.push(("? not read: access denied".to_owned(), Role::Unknown));
            } else {
                lines.push((format!("● could not read: {}", f.kind.word()), Role::Warning));
            }
            lines.push((f.operation.to_string(), Role::TextDim));
            if !f.message.is_empty() {
                lines.push((f.message.to_string(), Role::TextDim));
            }
            lines.push((format!("→ {}", f.kind.remedy()), Role::Text));
            if let Some(wait) = f.next_in(state.now) {
                let times = if f.attempts == 1 { "once".to_owned() } else { format!("{} times", f.attempts) };
                lines.push((format!("tried {times}, next try in {}", crate::domain::time::format_age(wait)), Role::TextDim));
            }
        }
    }
    let indented = Area { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    draw_paragraphs(pen, indented, &lines);
}

/// Wrapped lines, each paragraph in its role. Returns the lines taken.
pub fn draw_paragraphs(pen: &mut Pen<'_>, area: Area, paragraphs: &[(String, Role)]) -> u16 {
    let mut y = 0;
    for (paragraph, role) in paragraphs {
        for line in text::wrap(paragraph, area.width) {
            if y >= area.height {
                return y;
            }
            pen.soft(area.x, area.y + y, area.width, &line, *role);
            y += 1;
        }
    }
    y
}

/// The reason under a row in trouble.
pub fn draw_reason(pen: &mut Pen<'_>, assessment: &crate::domain::Assessment, lines: Area) {
    if lines.height < 2 {
        return;
    }
    let Some(headline) = assessment.headline() else { return };
    let more = assessment.findings.iter().skip(1).filter(|f| f.verdict >= Verdict::Warning).count();
    let more = if more > 0 { format!("  +{more} more") } else { String::new() };
    let room = lines.width.saturating_sub(4);
    let used =
        pen.soft(lines.x + 4, lines.y + 1, room.saturating_sub(text::width(&more)), headline, words::verdict_role(assessment.verdict));
    pen.text(lines.x + 4 + used, lines.y + 1, room.saturating_sub(used), &more, Role::TextDim);
}

/// Glyph and mark in the gutter of a row.
pub fn draw_gutter(pen: &mut Pen<'_>, lines: Area, verdict: Verdict, marked: bool) {
    pen.glyph(lines.x, lines.y, verdict.glyph(), words::verdict_role(verdict));
    if marked {
        pen.glyph(lines.x + 1, lines.y, "✓", Role::SelectionMark);
    }
}
