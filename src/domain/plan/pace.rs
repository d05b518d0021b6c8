//! How long things take here, by the group's own history and settings; never a guess where there is neither.

use std::time::Duration;

use super::super::group::{Activity, Group};
use super::super::snapshot::Snapshot;

/// Reads lag, calls have their way: what each round costs beside launching and draining.
const ROUND: Duration = Duration::from_secs(30);

/// What a launch takes here: the median of those that succeeded lately, or else the warm-up or grace period the group declares.
pub(super) fn launch(group: &Group) -> Option<Duration> {
    let took = |a: &Activity| -> Option<Duration> {
        let launch = a.status.is_good() && a.description.to_ascii_lowercase().starts_with("launch");
        Duration::try_from(a.ended?.duration_since(a.started?)).ok().filter(|_| launch)
    };
    let mut times: Vec<Duration> = group.activities.iter().flatten().filter_map(took).take(9).collect();
    times.sort_unstable();
    let declared = group.warmup.or(group.grace).filter(|d| !d.is_zero());
    match (times.get(times.len() / 2).copied(), declared) {
        // A launch activity ends after the warm-up where the group has a default one.
        (Some(median), _) => Some(median.max(group.warmup.unwrap_or_default())),
        (None, declared) => declared,
    }
}

/// The longest that connections to a member that leaves may take to end; `None`: no pool says, which is not the same as at once.
pub(super) fn drain(snapshot: &Snapshot, group: &Group) -> Option<Duration> {
    group.pools.iter().filter_map(|p| snapshot.pool(p)).filter_map(|p| p.item.deregistration_delay).max()
}

/// Rounds of launching and draining, one after the other.
pub(super) fn rounds(count: u32, launch: Option<Duration>, drain: Option<Duration>) -> Option<Duration> {
    let one = launch? + drain.unwrap_or_default() + ROUND;
    one.checked_mul(count)
}
