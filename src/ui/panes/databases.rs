//! Databases and caches: do they answer, and how near are they to a limit.

use super::super::pane::{self, Ring};
use super::super::pen::Pen;
use super::super::table::{Column, HIDDEN, Places, place};
use super::super::{text, words};
use crate::app::layout::{self, Area};
use crate::app::state::{Pane, State};
use crate::config::theme::Role;
use crate::domain::snapshot::Judged;
use crate::domain::time::format_age;
use crate::domain::{Database, DatabaseRole, Verdict};

const COLUMNS: [Column; 10] = [
    Column::left("DATABASE", 14, 30, 0),
    Column::left("STATUS", 9, 14, 1),
    Column::left("ENGINE", 8, 16, 8),
    Column::left("ROLE", 7, 7, 7),
    Column::right("CPU", 4, 3),
    Column::right("CONN", 5, 2),
    Column::right("FULL", 4, 4),
    Column::right("LAG", 4, 5),
    Column::right("BACKUP", 6, 6),
    Column::left("REGION", 6, 14, HIDDEN),
];

/// The region is told only where there are several.
fn columns(state: &State) -> [Column; 10] {
    let mut columns = COLUMNS;
    if words::tells_region(state) {
        columns[9].drop = 1;
    }
    columns
}

pub fn draw_databases(pen: &mut Pen<'_>, state: &State, area: Area, bare: bool) {
    let list = &state.deck.lists[Pane::Databases as usize];
    let focused = super::is_focused(state, Pane::Databases);
    let snapshot = state.shown();
    let kinds = pane::sources(Pane::Databases);
    let picture = snapshot.picture(kinds, state.now);
    let (head, rows) = layout::pane_rows(Pane::Databases, area);
    let ring = pane::list_ring(state, list, "", &picture, rows, "");
    let foot = ring.foot.clone().or_else(|| pane::gaps(state, kinds));
    pane::draw_ring(pen, area, &super::named(Ring { foot, focused, bare, ..ring }, Pane::Databases));
    let places = place(&columns(state), rows.width);
    if let Some(head) = head.filter(|_| !list.rows.is_empty()) {
        places.draw_heads(pen, head);
    }
    pane::draw_rows(pen, list, rows, super::cursor(state, Pane::Databases), |pen, _, index, lines| {
        if let Some(database) = snapshot.databases.get(index) {
            draw_database(pen, state, &places, database, lines);
        }
    });
    pane::draw_emptiness(pen, state, list, &picture, rows, "databases");
}

fn draw_database(pen: &mut Pen<'_>, state: &State, places: &Places<10>, judged: &Judged<Database>, lines: Area) {
    let db = &judged.item;
    let verdict = judged.verdict();
    let calm = if verdict < Verdict::Unknown { Role::TextDim } else { Role::Text };
    let line = Area { height: 1, ..lines };
    pane::draw_gutter(pen, line, verdict, state.marks.contains(&db.id));
    if let Some((x, wide)) = places.at[0] {
        let role = if verdict < Verdict::Unknown { Role::Text } else { Role::TextStrong };
        pen.text(line.x + x, line.y, wide, &text::cut_middle(&db.name, wide), role);
    }
    let mut cell = |i: usize, words: &str, role: Role| places.draw_cell(pen, line, i, words, role);
    cell(1, &db.status.word, words::class_role(db.status.class));
    cell(2, &db.engine, Role::TextDim);
    cell(3, db.role.word(), Role::TextDim);
    cell(4, &percent(db.cpu), calm);
    cell(5, &connections(db), calm);
    cell(6, &percent(fullness(db)), calm);
    cell(7, &lag(db), calm);
    cell(8, &backup(db, state), Role::TextDim);
    if let Some((_, wide)) = places.at[9] {
        cell(9, &words::region(db.id.scope.region(), wide), Role::TextDim);
    }
    pane::draw_reason(pen, &judged.assessment, lines);
}

pub fn percent(v: Option<f64>) -> String {
    v.map_or_else(|| words::NOT_KNOWN.to_owned(), |v| format!("{v:.0}%"))
}

/// Storage of a database, memory of a cache.
pub fn fullness(db: &Database) -> Option<f64> {
    if db.role == DatabaseRole::Cache { db.memory_used } else { db.storage_used_percent() }
}

/// Share of the limit where it is known, else the number.
fn connections(db: &Database) -> String {
    match (db.connections, db.connections_max.filter(|m| *m > 0.0)) {
        (Some(used), Some(max)) => format!("{:.0}%", used / max * 100.0),
        (Some(used), None) => format!("{used:.0}"),
        _ => words::NOT_KNOWN.to_owned(),
    }
}

/// Lag of a replica; a broken stream has no number.
fn lag(db: &Database) -> String {
    match (db.role, db.replica_lag) {
        (_, Some(lag)) => format_age(lag),
        (DatabaseRole::Replica, None) => "?".to_owned(),
        _ => words::NOT_KNOWN.to_owned(),
    }
}

fn backup(db: &Database, state: &State) -> String {
    db.latest_snapshot.as_ref().map_or_else(|| words::NOT_KNOWN.to_owned(), |s| format_age(state.now.age_of(s.at)))
}
