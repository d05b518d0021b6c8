//! What the card says of the surroundings: what the balancer has to spare, who deployed last, and how few may serve on the way.

use std::time::Duration;

use jiff::Timestamp;

use super::super::change::ChangeKind;
use super::super::group::Group;
use super::super::label::Label;
use super::super::metric::{Metric, Unit};
use super::super::pool::TargetPool;
use super::super::snapshot::Snapshot;
use super::super::time::{Now, format_age};
use super::Impact;
use super::pace;

/// Pools named on a card.
const POOLS: usize = 3;

/// Fills in what can be told from the picture. Without a word of its own, the least health is the worse of before and after.
pub(super) fn complete(impact: &mut Impact, snapshot: &Snapshot, group: &Group, now: Now) {
    let least = *impact.healthy_least.get_or_insert_with(|| impact.healthy_now.min(impact.healthy_after));
    if impact.takes.is_none() {
        impact.takes = duration(impact, snapshot, group);
    }
    impact.spare = spare(snapshot, group, least.0);
    impact.last_deploy = last_deploy(snapshot, group, now);
}

/// Of a change of size: until the new ones serve, or those who leave are drained.
fn duration(impact: &Impact, snapshot: &Snapshot, group: &Group) -> Option<Duration> {
    match impact.desired.1.cmp(&impact.desired.0) {
        std::cmp::Ordering::Greater => impact.ready_in,
        std::cmp::Ordering::Less => pace::drain(snapshot, group),
        std::cmp::Ordering::Equal => None,
    }
}

/// `portal-tg: 6 of 6 healthy, 14/s each now, 17/s with 5`. `least` is how many healthy members of the group there may be.
fn spare(snapshot: &Snapshot, group: &Group, least: u32) -> Option<Label> {
    let lost = group.healthy().saturating_sub(least);
    let pools = group.pools.iter().filter_map(|id| snapshot.pool(id)).take(POOLS);
    let words: Vec<String> = pools.map(|pool| of_pool(snapshot, &pool.item, lost)).collect();
    (!words.is_empty()).then(|| Label::new(words.join("; ")))
}

fn of_pool(snapshot: &Snapshot, pool: &TargetPool, lost: u32) -> String {
    let name = &pool.name;
    let Some((good, all)) = pool.health() else { return format!("{name}: its targets are not known") };
    let left = good.saturating_sub(lost);
    let mut words = format!("{name}: {good} of {all} healthy");
    let load = snapshot.series_of(&pool.id, Metric::Requests).and_then(|s| s.latest()).map(|p| p.value);
    match load.filter(|_| good > 0) {
        None => {}
        Some(load) if left == good => words += &format!(", {} each", per(load, good)),
        Some(load) if left == 0 => words += &format!(", {} each now, nobody left to take it", per(load, good)),
        Some(load) => words += &format!(", {} each now, {} with {left}", per(load, good), per(load, left)),
    }
    words
}

fn per(load: f64, targets: u32) -> String {
    Unit::PerSecond.format(load / f64::from(targets))
}

/// `portal v41 → v42, 2h ago by ana`: the newest deployment that shows in changes, operations or the group's own rollout.
fn last_deploy(snapshot: &Snapshot, group: &Group, now: Now) -> Option<Label> {
    let mut newest: Option<(Timestamp, String, Option<Label>)> = None;
    let mut offer = |at: Timestamp, what: String, who: Option<Label>| {
        if newest.as_ref().is_none_or(|(then, ..)| *then < at) {
            newest = Some((at, what, who));
        }
    };
    for change in snapshot.changes.iter().filter(|c| c.about.as_ref() == Some(&group.id)) {
        let redeploys = || change.title.to_ascii_lowercase().contains("redeploy");
        if change.kind == ChangeKind::Deploy || (change.kind == ChangeKind::Operation && redeploys()) {
            offer(change.at, change.title.to_string(), change.who.clone());
        }
    }
    if let Some((at, rollout)) = group.rollout.as_ref().and_then(|r| Some((r.started?, r))) {
        let to = rollout.version.as_ref().map_or_else(String::new, |v| format!(" to {v}"));
        offer(at, format!("instance refresh{to} ({})", rollout.status.word), None);
    }
    let (at, what, who) = newest?;
    let by = who.map_or_else(String::new, |w| format!(" by {w}"));
    Some(Label::new(format!("{what}, {} ago{by}", format_age(now.age_of(at)))))
}

#[cfg(test)]
mod tests;
