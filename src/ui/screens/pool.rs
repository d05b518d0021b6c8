//! A pool drilled into: where it hangs, how it checks, and every target with its reason.

use super::super::pane::{self, Cursor};
use super::super::panes::pools::{latest, per_second};
use super::super::pen::Pen;
use super::super::table::{Column, Places, place};
use super::super::{text, words};
use crate::app::layout::{self, Area};
use crate::app::state::{PoolScreen, State};
use crate::config::theme::Role;
use crate::domain::snapshot::Judged;
use crate::domain::{Metric, SourceKind, Target, TargetPool, Unit};

const COLUMNS: [Column; 5] = [
    Column::left("TARGET", 11, 24, 0),
    Column::right("PORT", 5, 2),
    Column::left("ZONE", 4, 10, 1),
    Column::left("STATE", 10, 14, 0),
    Column::left("REASON", 16, 80, 0),
];

pub fn draw_pool(pen: &mut Pen<'_>, state: &State, screen: &PoolScreen) {
    let areas = layout::detail(state);
    super::draw_around(pen, state, &areas, &screen.id, true);
    let found = state.shown().pool(&screen.id);
    let kinds = &[SourceKind::Pools];
    let what = found.map_or_else(String::new, |p| format!("{} · {} {}", p.item.kind, p.item.id.scope.provider(), p.item.id.scope.region()));
    let about = super::About { name: &screen.name, what, assessment: found.map(|p| &p.assessment), kinds };
    super::draw_main_ring(pen, state, &areas, about, &screen.list);
    let Some(judged) = found else {
        let words = format!("{} was there when this screen was opened; esc leads back.", screen.name);
        pane::draw_paragraphs(pen, areas.facts, &[(words, Role::TextDim)]);
        return;
    };
    draw_summary(pen, state, areas.facts, judged);
    let places = place(&COLUMNS, areas.rows.width);
    if let Some(head) = areas.head.filter(|_| !screen.list.rows.is_empty()) {
        places.draw_heads(pen, head);
    }
    let targets = judged.item.targets.as_deref().unwrap_or_default();
    pane::draw_rows(pen, &screen.list, areas.rows, Cursor::Here, |pen, _, index, line| {
        if let Some(target) = targets.get(index) {
            draw_target(pen, &places, target, line);
        }
    });
    if judged.item.targets.is_none() {
        let words = "? the targets of this pool could not be read; that is not the same as none".to_owned();
        pane::draw_paragraphs(pen, areas.rows, &[(words, Role::Unknown)]);
    } else {
        let picture = super::picture_of(state, kinds, true);
        pane::draw_emptiness(pen, state, &screen.list, &picture, areas.rows, "targets");
    }
}

fn draw_summary(pen: &mut Pen<'_>, state: &State, area: Area, judged: &Judged<TargetPool>) {
    let pool = &judged.item;
    let snapshot = state.shown();
    let mut y = super::draw_findings(pen, area, &judged.assessment);
    let health = pool.health();
    let (healthy, role) = match health {
        Some((good, all)) => (format!("{good}/{all}"), if good < all { Role::Warning } else { Role::TextStrong }),
        None => ("?".to_owned(), Role::Unknown),
    };
    let numbers = [
        ("healthy", healthy, role),
        ("draining", if pool.draining() > 0 { pool.draining().to_string() } else { String::new() }, Role::Motion),
        ("5xx", latest(snapshot, state, pool, Metric::Errors5xx, |v| Unit::PerSecond.format(v)), Role::Text),
        ("p95", latest(snapshot, state, pool, Metric::Latency, |v| Unit::Seconds.format(v)), Role::Text),
        ("requests", format!("{}/s", latest(snapshot, state, pool, Metric::Requests, per_second)), Role::Text),
    ];
    let filled: Vec<String> = pool.groups.iter().filter_map(|id| snapshot.group(id)).map(|g| g.item.name.to_string()).collect();
    let port = pool.port.map_or_else(String::new, |p| format!(":{p}"));
    let about = [("listens on", format!("{}{port}", pool.protocol), Role::Text), ("filled by", filled.join(", "), Role::Text)];
    let checks = [
        ("health check", pool.health_check.as_ref().map_or_else(String::new, ToString::to_string), Role::Text),
        ("drains for", super::group::age_fact(pool.deregistration_delay), Role::Text),
    ];
    for facts in [&numbers[..], &about[..], &checks[..]] {
        if y < area.height {
            super::draw_facts(pen, Area { y: area.y + y, height: 1, ..area }, facts);
            y += 1;
        }
    }
    for balancer in &pool.balancers {
        if y >= area.height {
            break;
        }
        let (state_word, role) = super::group::status_fact(&balancer.state);
        let listeners = balancer.listeners.iter().map(|l| &**l).collect::<Vec<_>>().join(", ");
        let facts = [
            ("behind", format!("{} ({})", balancer.name, balancer.kind), Role::Text),
            ("", listeners, Role::Text),
            ("", state_word, role),
            ("", balancer.dns_name.as_ref().map_or_else(String::new, ToString::to_string), Role::TextDim),
        ];
        super::draw_facts(pen, Area { y: area.y + y, height: 1, ..area }, &facts);
        y += 1;
    }
}

fn draw_target(pen: &mut Pen<'_>, places: &Places<5>, target: &Target, line: Area) {
    let role = words::class_role(target.state.class);
    pen.glyph(line.x, line.y, words::class_glyph(target.state.class), role);
    let name = places.at[0].map_or_else(String::new, |(_, wide)| text::cut_middle(&target.label, wide).into_owned());
    let mut cell = |i: usize, words: &str, role: Role| places.draw_cell(pen, line, i, words, role);
    cell(0, &name, if target.state.is_bad() { Role::TextStrong } else { Role::Text });
    cell(1, &target.port.map_or_else(|| words::NOT_KNOWN.to_owned(), |p| p.to_string()), Role::TextDim);
    cell(2, &target.zone.as_ref().map_or_else(|| words::NOT_KNOWN.to_owned(), words::zone), Role::TextDim);
    cell(3, &target.state.word, role);
    cell(4, target.reason.as_deref().unwrap_or_default(), if target.state.is_bad() { Role::Text } else { Role::TextDim });
}
