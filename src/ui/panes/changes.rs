//! Changes and alarms: what fires above, what changed below, newest first.

use std::borrow::Cow;

use super::super::pane::{self, Cursor, Ring};
use super::super::pen::Pen;
use super::super::{text, words};
use crate::app::layout::{self, Area};
use crate::app::state::{ListState, Pane, Row, RowKey, State};
use crate::config::theme::Role;
use crate::domain::{Alarm, AlarmState, Change, ChangeKind, Verdict};

pub fn draw_changes(pen: &mut Pen<'_>, state: &State, area: Area, bare: bool) {
    let list = &state.deck.lists[Pane::Changes as usize];
    let focused = super::is_focused(state, Pane::Changes);
    let kinds = pane::sources(Pane::Changes);
    let picture = state.shown().picture(kinds, state.now);
    let (_, rows) = layout::pane_rows(Pane::Changes, area);
    let ring = pane::list_ring(state, list, "", &picture, rows, ", newest first");
    let foot = ring.foot.clone().or_else(|| pane::gaps(state, kinds));
    pane::draw_ring(pen, area, &super::named(Ring { foot, focused, bare, ..ring }, Pane::Changes));
    draw_list(pen, state, list, rows, super::cursor(state, Pane::Changes));
    pane::draw_emptiness(pen, state, list, &picture, rows, "changes or alarms");
}

/// Rows of a list over alarms (by resource) and changes (by name).
pub fn draw_list(pen: &mut Pen<'_>, state: &State, list: &ListState, rows: Area, cursor: Cursor) {
    pane::draw_rows(pen, list, rows, cursor, |pen, row, _, line| draw_row(pen, state, row, line));
}

/// One row of such a list; a ghost has nothing to say here.
pub fn draw_row(pen: &mut Pen<'_>, state: &State, row: &Row, line: Area) {
    let (snapshot, Some(index)) = (state.shown(), row.index) else { return };
    match row.key {
        RowKey::Resource(_) => {
            if let Some(alarm) = snapshot.alarms.get(index) {
                draw_alarm(pen, state, &alarm.item, alarm.verdict(), line);
            }
        }
        RowKey::Named(_) => {
            if let Some(change) = snapshot.changes.get(index) {
                draw_change(pen, state, change, line);
            }
        }
    }
}

/// Width from which the seconds of a time are worth their cells.
const WIDE: u16 = 60;
/// Cells of glyph and kind, with their gaps.
const KIND: u16 = 9;

fn draw_alarm(pen: &mut Pen<'_>, state: &State, alarm: &Alarm, verdict: Verdict, line: Area) {
    let time = alarm.since.map_or_else(|| words::NOT_KNOWN.to_owned(), |t| words::stamp(t, &state.session.zone, state.now));
    let role = words::verdict_role(verdict);
    let what = alarm.condition.as_ref().unwrap_or(&alarm.reason);
    let mut parts: Vec<(Cow<'_, str>, Role)> = vec![(Cow::Borrowed(&*alarm.name), Role::TextStrong)];
    match &alarm.state {
        AlarmState::Firing | AlarmState::Ok => {}
        AlarmState::NoData => parts.push((Cow::Borrowed("  no data"), Role::Unknown)),
        AlarmState::Other(word) => parts.push((Cow::Owned(format!("  {word}")), Role::Unknown)),
    }
    if !alarm.actions_enabled {
        parts.push((Cow::Borrowed("  tells nobody"), Role::Unknown));
    }
    match alarm.muted_until(state.now.wall) {
        Some(Some(until)) => parts.push((Cow::Owned(format!("  muted, ends {}", words::moment(until, state.now))), Role::Notice)),
        Some(None) => parts.push((Cow::Borrowed("  muted again and again, no end"), Role::Notice)),
        None => {}
    }
    if !what.is_empty() {
        parts.push((Cow::Owned(format!("  {what}")), Role::Text));
    }
    draw_line(pen, line, &time, (verdict.glyph(), role), ("alarm", role), &parts);
}

fn draw_change(pen: &mut Pen<'_>, state: &State, change: &Change, line: Area) {
    let time = words::stamp(change.at, &state.session.zone, state.now);
    let role = words::verdict_role(change.verdict);
    let kind = if change.kind == ChangeKind::Operation { Role::Key } else { Role::TextDim };
    let kind = if change.verdict >= Verdict::Unknown { role } else { kind };
    let mut parts: Vec<(Cow<'_, str>, Role)> = vec![(Cow::Borrowed(&*change.title), Role::Text)];
    if let Some(who) = &change.who {
        parts.push((Cow::Owned(format!(" by {who}")), Role::TextDim));
    }
    if let Some(detail) = &change.detail {
        parts.push((Cow::Owned(format!("  {detail}")), Role::TextDim));
    }
    draw_line(pen, line, &time, (change.verdict.glyph(), role), (change.kind.word(), kind), &parts);
}

fn draw_line(pen: &mut Pen<'_>, line: Area, time: &str, glyph: (&str, Role), kind: (&str, Role), words: &[(Cow<'_, str>, Role)]) {
    // `03:11:20`, `03:11` where room is short, `19 Nov` in both.
    let (cells, time) = if line.width >= WIDE { (8, time) } else { (6, time.rsplit_once(':').map_or(time, |(minutes, _)| minutes)) };
    pen.right(line.x, line.y, cells, time, Role::TextDim);
    let mut x = line.x + cells + 1;
    pen.glyph(x, line.y, glyph.0, glyph.1);
    // Where the line is short the kind goes: the glyph and the words tell it too.
    let room = line.width.saturating_sub(cells + 1);
    if room > KIND + 24 {
        pen.soft(x + 2, line.y, KIND - 3, &text::cut_end(kind.0, KIND - 3), kind.1);
        x += KIND;
    } else {
        x += 2;
    }
    pen.words(x, line.y, (line.x + line.width).saturating_sub(x), words);
}
