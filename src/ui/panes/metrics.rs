//! Metrics of the selection: as many charts as there is room for, one time axis for all, changes marked on it.

use std::borrow::Cow;
use std::sync::Arc;

use super::super::chart::{self, Chart, LEAST_HEIGHT, Span};
use super::super::pane::{self, Ring};
use super::super::pen::Pen;
use super::super::words;
use crate::app::layout::Area;
use crate::app::state::{Pane, State, WINDOWS};
use crate::app::view;
use crate::config::theme::Role;
use crate::domain::source::Picture;
use crate::domain::{Change, ChangeKind, Label, Metric, PolicyKind, ResourceId, SeriesKey, Snapshot};

/// Lines a chart should have before a second one is put below it.
const GOOD_HEIGHT: u16 = 6;
/// Pane width from which charts stand side by side.
const TWO_COLUMNS: u16 = 96;

pub fn draw_metrics(pen: &mut Pen<'_>, state: &State, area: Area, bare: bool) {
    let focused = super::is_focused(state, Pane::Metrics);
    let subject = view::subject(state);
    let mut ring = super::named(Ring { focused, bare, ..Ring::default() }, Pane::Metrics);
    if let Some(name) = subject.as_ref().and_then(|id| name(state.shown(), id)) {
        ring.remark.push((name.to_string(), Role::Text));
    }
    draw(pen, state, area, ring, subject.as_ref(), state.deck.lists[Pane::Metrics as usize].offset);
}

/// The metrics of a drilled-in thing, beside it.
pub fn draw_metrics_of(pen: &mut Pen<'_>, state: &State, area: Area, subject: &ResourceId) {
    draw(pen, state, area, Ring { title: Pane::Metrics.title(), ..Ring::default() }, Some(subject), 0);
}

fn draw(pen: &mut Pen<'_>, state: &State, area: Area, mut ring: Ring<'_>, subject: Option<&ResourceId>, skip: usize) {
    let snapshot = state.shown();
    let picture = snapshot.picture(pane::sources(Pane::Metrics), state.now);
    ring.right = windows(state);
    ring.foot = pane::foot(state, &picture);
    let inner = area.inner();
    let Some(subject) = subject else {
        pane::draw_ring(pen, area, &ring);
        pane::draw_paragraphs(
            pen,
            inner,
            &[("Select a group, a load balancer or a database to see its metrics.".to_owned(), Role::TextDim)],
        );
        return;
    };
    let keys = worth_showing(snapshot, view::charts(snapshot, subject));
    if let (Picture::CouldNotRead(_), true) = (&picture, keys.iter().all(|k| !snapshot.series.contains_key(k))) {
        pane::draw_ring(pen, area, &ring);
        let nothing = crate::app::state::ListState::default();
        pane::draw_emptiness(pen, state, &nothing, &picture, inner, "metrics");
        return;
    }
    if keys.is_empty() {
        pane::draw_ring(pen, area, &ring);
        let words = "Nothing is measured for this here.".to_owned();
        pane::draw_paragraphs(pen, inner, &[(words, Role::TextDim)]);
        return;
    }
    let keys = &keys[skip.min(keys.len() - 1)..];
    let span = span(state, snapshot, subject);
    let columns = if inner.width >= TWO_COLUMNS && keys.len() > 1 { 2 } else { 1 };
    let below = if span.marks.is_empty() { 1 } else { 2 }.min(inner.height.saturating_sub(LEAST_HEIGHT));
    let room = inner.height - below;
    let rows = (room / GOOD_HEIGHT).clamp(1, (keys.len() as u16).div_ceil(columns));
    let shown = usize::from(rows * columns).min(keys.len());
    ring.more = keys.len() - shown;
    pane::draw_ring(pen, area, &ring);
    let gap = 3 * (columns - 1);
    let wide = (inner.width - gap) / columns;
    for (i, key) in keys.iter().take(shown).enumerate() {
        let (column, row) = (i as u16 / rows, i as u16 % rows);
        let (top, bottom) = (room * row / rows, room * (row + 1) / rows);
        let spare = u16::from(row + 1 < rows && bottom - top > GOOD_HEIGHT);
        let cell = Area { x: inner.x + column * (wide + gap), y: inner.y + top, width: wide, height: bottom - top - spare };
        let series = snapshot.series.get(key).map(|s| &**s);
        let chart = Chart { title: title(snapshot, subject, key), metric: key.metric, series, limit: limit(snapshot, key) };
        chart::draw_chart(pen, cell, &chart, &span);
        if row + 1 == rows || i + 1 == shown {
            let foot = Area { y: inner.y + bottom - spare, height: inner.height.saturating_sub(bottom - spare), ..cell };
            chart::draw_times(pen, foot, &span);
        }
    }
}

/// `15m  1h  6h  1d`, the chosen one between brackets that are the keys for it.
fn windows(state: &State) -> Vec<(String, Role)> {
    let mut out = Vec::new();
    for (i, window) in WINDOWS.iter().enumerate() {
        let word = words::window(*window);
        let chosen = i == state.window;
        out.push((if chosen { format!("▸{word} ") } else { format!(" {word} ") }, if chosen { Role::TextStrong } else { Role::TextDim }));
    }
    out
}

/// What was measured comes first; what never had a point is left out where something else has.
fn worth_showing(snapshot: &Snapshot, keys: Vec<SeriesKey>) -> Vec<SeriesKey> {
    let has_points = |k: &SeriesKey| snapshot.series.get(k).is_some_and(|s| !s.points.is_empty());
    if keys.iter().any(has_points) { keys.into_iter().filter(has_points).collect() } else { keys.into_iter().take(2).collect() }
}

fn title<'a>(snapshot: &'a Snapshot, subject: &ResourceId, key: &SeriesKey) -> Cow<'a, str> {
    let metric = key.metric.title();
    match name(snapshot, &key.resource) {
        Some(name) if key.resource != *subject => Cow::Owned(format!("{metric} {name}")),
        _ => Cow::Borrowed(metric),
    }
}

/// The name of a resource of the deck.
pub fn name<'a>(snapshot: &'a Snapshot, id: &ResourceId) -> Option<&'a Label> {
    use crate::domain::Kind;
    match id.kind {
        Kind::Group => snapshot.group(id).map(|g| &g.item.name),
        Kind::Pool => snapshot.pool(id).map(|p| &p.item.name),
        Kind::Database => snapshot.database(id).map(|d| &d.item.name),
        Kind::Alarm => snapshot.alarm(id).map(|a| &a.item.name),
        Kind::Member | Kind::Balancer | Kind::Rule => None,
    }
}

/// A line the curve should stay below, where one is known.
fn limit(snapshot: &Snapshot, key: &SeriesKey) -> Option<(f64, String)> {
    match key.metric {
        Metric::Cpu => {
            let group = snapshot.group(&key.resource)?;
            group.item.policies.iter().flatten().filter(|p| p.enabled).find_map(|p| match &p.kind {
                PolicyKind::TargetTracking { metric, target, .. } if metric.to_ascii_lowercase().contains("cpu") => {
                    Some((*target, format!("target {target:.0}")))
                }
                _ => None,
            })
        }
        Metric::Connections => {
            let max = snapshot.database(&key.resource)?.item.connections_max?;
            Some((max, format!("limit {max:.0}")))
        }
        _ => None,
    }
}

/// The window, and what was changed in it on purpose.
fn span<'a>(state: &'a State, snapshot: &'a Snapshot, subject: &ResourceId) -> Span<'a> {
    let to = state.now.wall;
    let window = WINDOWS.get(state.window).copied().unwrap_or(WINDOWS[0]);
    let from = to.checked_sub(window).unwrap_or(to);
    let own_name = name(snapshot, subject);
    let related = snapshot.group(subject).map_or_else(|| snapshot.pool(subject).map_or(&[][..], |p| &p.item.groups), |g| &g.item.pools);
    let about = |c: &&Arc<Change>| c.about.as_ref().is_some_and(|a| a == subject || related.contains(a));
    let of = |kinds: &[ChangeKind]| -> Vec<&Arc<Change>> {
        let recent = snapshot.changes.iter().take_while(|c| c.at >= from);
        recent.filter(|c| kinds.contains(&c.kind)).filter(about).take(6).collect()
    };
    // What was done on purpose; the many steps of the group's own automation only where nothing else happened.
    let mut found = of(&[ChangeKind::Deploy, ChangeKind::Operation, ChangeKind::Database]);
    if found.is_empty() {
        found = of(&[ChangeKind::Scale]);
    }
    let marks = found
        .into_iter()
        .map(|c| {
            let title = own_name.and_then(|n| c.title.strip_prefix(&**n)).unwrap_or(&c.title);
            let title = title.trim_start_matches([':', ' ']);
            let who = c.who.as_ref().map_or_else(String::new, |w| format!(" by {w}"));
            let kind = if title.starts_with(c.kind.word()) { String::new() } else { format!("{} ", c.kind.word()) };
            (c.at, Cow::Owned(format!("{kind}{title}{who}")))
        })
        .collect();
    Span { from, to, zone: &state.session.zone, marks }
}
