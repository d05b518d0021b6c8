//! A database drilled into: its state and its limits above, what happened to it below.

use super::super::pane::{self, Cursor};
use super::super::panes::{changes, databases};
use super::super::pen::Pen;
use super::super::words;
use crate::app::layout::{self, Area};
use crate::app::state::{DatabaseScreen, State};
use crate::config::theme::Role;
use crate::domain::snapshot::Judged;
use crate::domain::{Database, DatabaseRole, SourceKind, Unit};

pub fn draw_database(pen: &mut Pen<'_>, state: &State, screen: &DatabaseScreen) {
    let areas = layout::detail(state);
    super::draw_around(pen, state, &areas, &screen.id, false);
    let found = state.shown().database(&screen.id);
    let kinds = &[SourceKind::Databases, SourceKind::Caches];
    let what =
        found.map_or_else(String::new, |d| format!("{} · {} {}", d.item.engine, d.item.id.scope.provider(), d.item.id.scope.region()));
    let about = super::About { name: &screen.name, what, assessment: found.map(|d| &d.assessment), kinds };
    super::draw_main_ring(pen, state, &areas, about, &screen.list);
    let Some(judged) = found else {
        let words = format!("{} was there when this screen was opened; esc leads back.", screen.name);
        pane::draw_paragraphs(pen, areas.facts, &[(words, Role::TextDim)]);
        return;
    };
    draw_summary(pen, state, areas.facts, judged);
    if let Some(head) = areas.head {
        pen.text(head.x, head.y, head.width, "WHAT HAPPENED", Role::TitleColumn);
    }
    changes::draw_list(pen, state, &screen.list, areas.rows, Cursor::Here);
    let picture = super::picture_of(state, &[SourceKind::Events], true);
    pane::draw_emptiness(pen, state, &screen.list, &picture, areas.rows, "events");
}

/// A share with its limit, louder the nearer it comes.
fn share(percent: Option<f64>) -> (String, Role) {
    let role = match percent {
        Some(p) if p >= 90.0 => Role::Critical,
        Some(p) if p >= 80.0 => Role::Warning,
        Some(_) => Role::TextStrong,
        None => Role::TextDim,
    };
    (databases::percent(percent), role)
}

fn draw_summary(pen: &mut Pen<'_>, state: &State, area: Area, judged: &Judged<Database>) {
    let db = &judged.item;
    let mut y = super::draw_findings(pen, area, &judged.assessment);
    let word = |w: Option<&crate::domain::Label>| w.map_or_else(String::new, ToString::to_string);
    let (status, status_role) = super::group::status_fact(&db.status);
    let multi = match db.multi_az {
        Some(true) => "multi-zone",
        Some(false) => "one zone",
        None => "",
    };
    let (cpu, cpu_role) = share(db.cpu);
    let connections = match (db.connections, db.connections_max) {
        (Some(c), Some(max)) if max > 0.0 => format!("{c:.0} of {max:.0}"),
        (Some(c), _) => format!("{c:.0}"),
        _ => words::NOT_KNOWN.to_owned(),
    };
    let (_, connections_role) = share(db.connections.zip(db.connections_max.filter(|m| *m > 0.0)).map(|(c, m)| c / m * 100.0));
    let (full, full_role) = share(databases::fullness(db));
    let cache = db.role == DatabaseRole::Cache;
    let storage = db.storage.map_or_else(String::new, |s| format!("of {}", Unit::Bytes.format(s as f64)));
    let lag = match (db.role, db.replica_lag) {
        (_, Some(lag)) => format!("{:.1}s", lag.as_secs_f64()),
        (DatabaseRole::Replica, None) => "? the stream does not say".to_owned(),
        _ => String::new(),
    };
    let stream = db.replication.as_ref().map_or((String::new(), Role::Text), super::group::status_fact);
    let backup = db.latest_snapshot.as_ref().map_or_else(|| words::NOT_KNOWN.to_owned(), |s| words::moment(s.at, state.now));
    let endpoint = match (&db.endpoint, db.port) {
        (Some(e), Some(p)) => format!("{e}:{p}"),
        (Some(e), None) => e.to_string(),
        _ => String::new(),
    };
    let lines: [Vec<(&str, String, Role)>; 6] = [
        vec![
            ("", status, status_role),
            ("cpu", cpu, cpu_role),
            ("connections", connections, connections_role),
            (if cache { "memory" } else { "storage" }, format!("{full} {storage}").trim().to_owned(), full_role),
        ],
        vec![
            ("lag", lag, Role::Text),
            ("stream", stream.0, stream.1),
            ("evictions", db.evictions.map_or_else(String::new, |e| Unit::PerSecond.format(e)), Role::Text),
            (if cache { "" } else { "backup" }, if cache { String::new() } else { backup }, Role::Text),
        ],
        vec![
            ("", db.engine.to_string(), Role::Text),
            ("", word(db.class.as_ref()), Role::Text),
            ("", db.role.word().to_owned(), Role::Text),
            ("of", word(db.parent.as_ref()), Role::Text),
        ],
        vec![
            ("zone", db.zone.as_ref().map_or_else(String::new, words::zone), Role::Text),
            ("", multi.to_owned(), Role::Text),
            ("made", db.created.map_or_else(String::new, |t| words::moment(t, state.now)), Role::TextDim),
        ],
        vec![("endpoint", endpoint, Role::Text)],
        Vec::new(),
    ];
    for facts in lines.iter().filter(|f| f.iter().any(|(_, v, _)| !v.is_empty())) {
        if y < area.height {
            super::draw_facts(pen, Area { y: area.y + y, height: 1, ..area }, facts);
            y += 1;
        }
    }
    for pending in &db.pending {
        if y < area.height {
            pen.words(area.x, area.y + y, area.width, &[("◌ waits for its window: ", Role::Notice), (&**pending, Role::Text)]);
            y += 1;
        }
    }
}
