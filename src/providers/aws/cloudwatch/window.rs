//! Which time is asked for, in which steps.

use std::time::Duration;

use jiff::Timestamp;

/// Points one call may answer with.
const POINTS_PER_CALL: usize = 100_800;

/// Metrics one call may ask for.
const QUERIES_PER_CALL: usize = 500;

/// Measurements still arrive for a bucket this long after it ended.
const SETTLE: i64 = 30;

/// A span of whole steps. `to` is exclusive and lies on a full minute that has settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub from: Timestamp,
    pub to: Timestamp,
    period: i64,
}

impl Window {
    /// The last `length` before `now`. Minutes up to three hours, which is what the service answers fastest; then five minutes, then
    /// hours, which is also all it keeps of the far past.
    pub fn new(now: Timestamp, length: Duration) -> Self {
        let length = length.as_secs().clamp(300, 455 * 86_400) as i64;
        let period = match length {
            ..=10_800 => 60,
            10_801..=129_600 => 300,
            _ => 3_600,
        };
        let to = floor(now.as_second() - SETTLE, 60);
        let from = floor(to - length, period);
        let at = |s: i64| Timestamp::from_second(s).unwrap_or(now);
        Self { from: at(from), to: at(to), period }
    }

    pub fn period(&self) -> Duration {
        Duration::from_secs(self.period.unsigned_abs())
    }

    pub fn period_seconds(&self) -> i32 {
        self.period as i32
    }

    /// Whether the step that begins then lies in the window to its end.
    pub fn is_whole(&self, begin: Timestamp) -> bool {
        begin.as_second() + self.period <= self.to.as_second()
    }

    /// How many metrics fit into one call.
    pub fn batch(&self) -> usize {
        let points = (self.to.as_second() - self.from.as_second()).div_euclid(self.period).max(0) as usize + 1;
        (POINTS_PER_CALL / points).clamp(1, QUERIES_PER_CALL)
    }
}

fn floor(second: i64, step: i64) -> i64 {
    second.div_euclid(step) * step
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Now;

    #[test]
    fn the_step_follows_the_length_and_a_call_keeps_its_limits() {
        let now = Now::at(7 * 3_600 + 95).wall;
        for (hours, period, batch) in [(1, 60, 500), (3, 60, 500), (6, 300, 500), (24, 300, 348), (24 * 15, 3_600, 279)] {
            let w = Window::new(now, Duration::from_secs(hours * 3_600));
            assert_eq!((w.period, w.batch()), (period, batch), "{hours} h");
            let points = (w.to.as_second() - w.from.as_second()) / w.period + 1;
            assert!(points as usize * w.batch() <= POINTS_PER_CALL);
            assert_eq!(w.from.as_second() % w.period, 0);
        }
    }

    #[test]
    fn the_newest_minute_that_may_still_change_is_left_out() {
        let minute = |s: u64| Window::new(Now::at(s).wall, Duration::from_mins(15)).to;
        assert_eq!(minute(3_600), Now::at(3_540).wall);
        assert_eq!(minute(3_629), Now::at(3_540).wall);
        assert_eq!(minute(3_630), Now::at(3_600).wall);
    }

    #[test]
    fn a_step_that_is_under_way_is_not_whole() {
        let w = Window::new(Now::at(6 * 3_600 + 400).wall, Duration::from_hours(6));
        assert!(w.is_whole(Now::at(6 * 3_600).wall));
        assert!(!w.is_whole(Now::at(6 * 3_600 + 300).wall));
    }
}
