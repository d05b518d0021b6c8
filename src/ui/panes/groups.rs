//! Groups: what is scaled, trouble first, with the reason in words under the row.

use super::super::pane::{self, Ring};
use super::super::pen::Pen;
use super::super::table::{Column, HIDDEN, Places, place};
use super::super::{text, words};
use crate::app::layout::{self, Area};
use crate::app::state::{Pane, State};
use crate::config::theme::Role;
use crate::domain::snapshot::Judged;
use crate::domain::time::format_age;
use crate::domain::{Group, GroupKind, Metric, SourceKey, SourceKind, Unit, Verdict};

const COLUMNS: [Column; 10] = [
    Column::left("GROUP", 16, 36, 0),
    Column::left("REGION", 6, 14, HIDDEN),
    Column::left("KIND", 4, 5, 6),
    Column::left("ZONES", 5, 9, 4),
    Column::right("IN SERVICE", 10, 0),
    Column::right("WANT ", 5, 1),
    Column::right("MIN–MAX", 7, 3),
    Column::left("VERSION", 9, 20, 2),
    Column::right("CPU", 4, 9),
    Column::right("AGE", 4, 8),
];

/// The region is told only where there are several.
fn columns(state: &State) -> [Column; 10] {
    let mut columns = COLUMNS;
    if words::tells_region(state) {
        columns[1].drop = 1;
    }
    columns
}

pub fn draw_groups(pen: &mut Pen<'_>, state: &State, area: Area, bare: bool) {
    let list = &state.deck.lists[Pane::Groups as usize];
    let focused = super::is_focused(state, Pane::Groups);
    let snapshot = state.shown();
    let kinds = pane::sources(Pane::Groups);
    let picture = snapshot.picture(kinds, state.now);
    let (head, rows) = layout::pane_rows(Pane::Groups, area);
    let ring = pane::list_ring(state, list, "", &picture, rows, ", trouble first");
    let foot = ring.foot.clone().or_else(|| pane::gaps(state, kinds));
    pane::draw_ring(pen, area, &super::named(Ring { foot, focused, bare, ..ring }, Pane::Groups));
    let places = place(&columns(state), rows.width);
    if let Some(head) = head.filter(|_| !list.rows.is_empty()) {
        places.draw_heads(pen, head);
    }
    pane::draw_rows(pen, list, rows, super::cursor(state, Pane::Groups), |pen, _, index, lines| {
        if let Some(group) = snapshot.groups.get(index) {
            draw_group(pen, state, &places, group, lines);
        }
    });
    pane::draw_emptiness(pen, state, list, &picture, rows, "groups");
}

fn draw_group(pen: &mut Pen<'_>, state: &State, places: &Places<10>, judged: &Judged<Group>, lines: Area) {
    let group = &judged.item;
    let tally = group.tally();
    let verdict = judged.verdict();
    let quiet = verdict < Verdict::Unknown;
    let line = Area { height: 1, ..lines };
    pane::draw_gutter(pen, line, verdict, state.marks.contains(&group.id));
    if let Some((x, wide)) = places.at[0] {
        let role = match verdict {
            Verdict::Ok | Verdict::Notice => Role::Text,
            _ => Role::TextStrong,
        };
        pen.text(line.x + x, line.y, wide, &text::cut_middle(&group.name, wide), role);
    }
    let calm = if quiet { Role::TextDim } else { Role::Text };
    let mut cell = |i: usize, words: &str, role: Role| places.draw_cell(pen, line, i, words, role);
    if let Some((_, wide)) = places.at[1] {
        cell(1, &words::region(group.id.scope.region(), wide), Role::TextDim);
    }
    cell(2, group.kind.word(), Role::TextDim);
    cell(3, &words::zones(&group.zones), Role::TextDim);
    let short = tally.healthy < tally.counted;
    let serving = match verdict {
        Verdict::Critical | Verdict::Warning if short => words::verdict_role(verdict),
        _ => calm,
    };
    let serves = if group.members.is_empty() && group.desired.is_none() {
        words::NOT_KNOWN.to_owned()
    } else {
        format!("{}/{}", tally.healthy, tally.counted)
    };
    cell(4, &serves, serving);
    cell(6, &words::bounds(group.min, group.max), Role::TextDim);
    cell(8, &cpu(state, group), calm);
    cell(9, &age(state, group), Role::TextDim);
    draw_want(pen, places, group, tally.counted, calm, line);
    draw_version(pen, places, group, line);
    pane::draw_reason(pen, &judged.assessment, lines);
}

/// Desired, with an arrow in its own last cell while the group is on its way there.
fn draw_want(pen: &mut Pen<'_>, places: &Places<10>, group: &Group, counted: u32, role: Role, line: Area) {
    let Some((x, wide)) = places.at[5] else { return };
    let way = match group.desired {
        Some(desired) if desired > counted => "↑",
        Some(desired) if desired < counted => "↓",
        _ => " ",
    };
    pen.right(line.x + x, line.y, wide.saturating_sub(1), &words::number(group.desired), role);
    pen.glyph(line.x + x + wide.saturating_sub(1), line.y, way, Role::Motion);
}

fn draw_version(pen: &mut Pen<'_>, places: &Places<10>, group: &Group, line: Area) {
    let Some((x, wide)) = places.at[7] else { return };
    let (role, wanted, share) = words::version(group);
    let tail = if share.is_empty() { 0 } else { text::width(&share) + 1 };
    let wanted = text::cut_middle(&wanted, wide.saturating_sub(tail));
    let used = pen.text(line.x + x, line.y, wide, &wanted, Role::TextDim);
    if tail > 0 {
        pen.text(line.x + x + used + 1, line.y, wide.saturating_sub(used + 1), &share, role);
    }
}

/// Mean CPU, where it was read lately.
fn cpu(state: &State, group: &Group) -> String {
    let series = state.shown().series_of(&group.id, Metric::Cpu);
    let fresh = series.and_then(|s| s.latest().filter(|p| state.now.age_of(p.at) <= s.period * 5));
    fresh.map_or_else(|| words::NOT_KNOWN.to_owned(), |p| Unit::Percent.format(p.value))
}

/// How old the row is: as old as the read it came with.
fn age(state: &State, group: &Group) -> String {
    let kind = if group.kind == GroupKind::Instance { SourceKind::Instances } else { SourceKind::Groups };
    let key = SourceKey { scope: group.id.scope.clone(), kind };
    let read = state.shown().sources.get(&key).and_then(|s| s.read_at);
    read.map_or_else(|| words::NOT_KNOWN.to_owned(), |t| format_age(state.now.since(t)))
}
