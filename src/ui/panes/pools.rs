//! Load balancers: what stands behind each, how it answers.

use super::super::pane::{self, Ring};
use super::super::pen::Pen;
use super::super::table::{Column, HIDDEN, Places, place};
use super::super::{text, words};
use crate::app::layout::{self, Area};
use crate::app::state::{Pane, State};
use crate::config::theme::Role;
use crate::domain::rules::pool::{ErrorRate, error_rate};
use crate::domain::snapshot::Judged;
use crate::domain::{Metric, Snapshot, TargetPool, Unit, Verdict};

const COLUMNS: [Column; 7] = [
    Column::left("POOL", 10, 30, 0),
    Column::right("HEALTHY", 7, 0),
    Column::right("DRAIN", 5, 4),
    Column::right("5XX", 4, 1),
    Column::right("P95", 6, 2),
    Column::right("REQ/S", 6, 3),
    Column::left("REGION", 6, 14, HIDDEN),
];

/// The region is told only where there are several.
fn columns(state: &State) -> [Column; 7] {
    let mut columns = COLUMNS;
    if words::tells_region(state) {
        columns[6].drop = 1;
    }
    columns
}

pub fn draw_pools(pen: &mut Pen<'_>, state: &State, area: Area, bare: bool) {
    let list = &state.deck.lists[Pane::Pools as usize];
    let focused = super::is_focused(state, Pane::Pools);
    let snapshot = state.shown();
    let kinds = pane::sources(Pane::Pools);
    let picture = snapshot.picture(kinds, state.now);
    let (head, rows) = layout::pane_rows(Pane::Pools, area);
    let ring = pane::list_ring(state, list, "", &picture, rows, "");
    let foot = ring.foot.clone().or_else(|| pane::gaps(state, kinds));
    pane::draw_ring(pen, area, &super::named(Ring { foot, focused, bare, ..ring }, Pane::Pools));
    let places = place(&columns(state), rows.width);
    if let Some(head) = head.filter(|_| !list.rows.is_empty()) {
        places.draw_heads(pen, head);
    }
    pane::draw_rows(pen, list, rows, super::cursor(state, Pane::Pools), |pen, _, index, lines| {
        if let Some(pool) = snapshot.pools.get(index) {
            draw_pool(pen, state, &places, pool, lines);
        }
    });
    pane::draw_emptiness(pen, state, list, &picture, rows, "load balancers");
}

fn draw_pool(pen: &mut Pen<'_>, state: &State, places: &Places<7>, judged: &Judged<TargetPool>, lines: Area) {
    let pool = &judged.item;
    let snapshot = state.shown();
    let verdict = judged.verdict();
    let calm = if verdict < Verdict::Unknown { Role::TextDim } else { Role::Text };
    let line = Area { height: 1, ..lines };
    pane::draw_gutter(pen, line, verdict, state.marks.contains(&pool.id));
    if let Some((x, wide)) = places.at[0] {
        let role = if verdict < Verdict::Unknown { Role::Text } else { Role::TextStrong };
        pen.text(line.x + x, line.y, wide, &text::cut_middle(&pool.name, wide), role);
    }
    let mut cell = |i: usize, words: &str, role: Role| places.draw_cell(pen, line, i, words, role);
    match pool.health() {
        Some((good, all)) => {
            let role = if good < all { words::verdict_role(verdict.max(Verdict::Notice)) } else { calm };
            cell(1, &format!("{good}/{all}"), role);
        }
        None => cell(1, "?", Role::Unknown),
    }
    let draining = pool.draining();
    if draining > 0 {
        cell(2, &draining.to_string(), Role::Motion);
    } else {
        cell(2, "0", Role::TextFaint);
    }
    cell(3, &error_share(snapshot, state, pool), calm);
    cell(4, &latest(snapshot, state, pool, Metric::Latency, |v| Unit::Seconds.format(v)), calm);
    cell(5, &latest(snapshot, state, pool, Metric::Requests, per_second), calm);
    if let Some((_, wide)) = places.at[6] {
        cell(6, &words::region(pool.id.scope.region(), wide), Role::TextDim);
    }
    pane::draw_reason(pen, &judged.assessment, lines);
}

/// Rates without their unit, which stands in the head.
pub fn per_second(v: f64) -> String {
    Unit::PerSecond.format(v).trim_end_matches("/s").to_owned()
}

/// The latest value where it is fresh, else a dash: an old number is no answer to "now".
pub fn latest(snapshot: &Snapshot, state: &State, pool: &TargetPool, metric: Metric, format: impl Fn(f64) -> String) -> String {
    fresh(snapshot, state, pool, metric).map_or_else(|| words::NOT_KNOWN.to_owned(), format)
}

fn fresh(snapshot: &Snapshot, state: &State, pool: &TargetPool, metric: Metric) -> Option<f64> {
    let series = snapshot.series_of(&pool.id, metric)?;
    let point = series.latest()?;
    (state.now.age_of(point.at) <= series.period * 5).then_some(point.value)
}

/// Share of answers that are 5xx: the number that the verdict is made from.
fn error_share(snapshot: &Snapshot, state: &State, pool: &TargetPool) -> String {
    match error_rate(pool, |id, metric| snapshot.series_of(id, metric).map(|s| &**s), state.now) {
        Some(ErrorRate { percent, .. }) if percent > 0.0 && percent < 10.0 => format!("{percent:.1}%"),
        Some(ErrorRate { percent, .. }) => format!("{percent:.0}%"),
        None => words::NOT_KNOWN.to_owned(),
    }
}
