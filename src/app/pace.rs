//! When the picture next changes by itself, so that an idle console draws nothing else.

use std::time::Duration;

use super::operations::STAYS;
use super::state::{Screen, State};
use super::update::NOTICE;
use crate::domain::Now;

/// How long until something on the screen changes because time passes: the clock and the ages count in seconds, a notice goes, an
/// operation that is over leaves. `None` = not before the next message.
pub fn next_change(state: &State, now: Now) -> Option<Duration> {
    let second = (!matches!(state.screen, Screen::Start(_))).then(|| {
        let nanos = now.wall.subsec_nanosecond().rem_euclid(1_000_000_000);
        Duration::from_nanos(1_000_000_000 - u64::try_from(nanos).unwrap_or(0))
    });
    let notice = state.notice.as_ref().map(|(_, since)| NOTICE.saturating_sub(now.since(*since)));
    let ended =
        state.operations.iter().filter_map(|o| o.ended).map(|at| STAYS.saturating_sub(now.age_of(at))).filter(|left| !left.is_zero()).min();
    [second, notice, ended].into_iter().flatten().min()
}
