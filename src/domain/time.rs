//! The present, as a value. Rules and `update` get a [`Now`]; nothing on the pure floors reads a clock.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A wall clock and a monotonic one, read together. `mono` counts from the start of the process and does not run while a laptop sleeps
/// (or does not jump when NTP steps), so a difference between the two tells that the world moved on without us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    pub wall: Timestamp,
    pub mono: Duration,
}

impl Now {
    pub const fn new(wall: Timestamp, mono: Duration) -> Self {
        Self { wall, mono }
    }

    /// A present for tests: `seconds` after 2026-11-20 00:00 UTC, with the monotonic clock at the same count.
    pub const fn at(seconds: u64) -> Self {
        let wall = Timestamp::constant(1_795_132_800 + seconds as i64, 0);
        Self { wall, mono: Duration::from_secs(seconds) }
    }

    /// How long ago `then` was on the monotonic clock; zero if it lies ahead.
    pub fn since(&self, then: Now) -> Duration {
        self.mono.saturating_sub(then.mono)
    }

    /// How long ago a wall-clock stamp of a cloud was; zero if it lies ahead (clock skew).
    pub fn age_of(&self, stamp: Timestamp) -> Duration {
        Duration::try_from(self.wall.duration_since(stamp)).unwrap_or(Duration::ZERO)
    }

    /// How far wall and monotonic clock parted since `then`: a slept laptop or a stepped clock.
    pub fn drift(&self, then: Now) -> Duration {
        let wall = self.wall.duration_since(then.wall).unsigned_abs();
        wall.abs_diff(self.mono.abs_diff(then.mono))
    }
}

/// Age in the house style: `0s 12s 4m 3h 2d`, never wider than four cells up to 999 days.
pub fn format_age(age: Duration) -> String {
    let s = age.as_secs();
    match s {
        0..60 => format!("{s}s"),
        60..3_600 => format!("{}m", s / 60),
        3_600..86_400 => format!("{}h", s / 3_600),
        _ => format!("{}d", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        for (s, want) in
            [(0, "0s"), (59, "59s"), (60, "1m"), (3_599, "59m"), (3_600, "1h"), (86_399, "23h"), (86_400, "1d"), (8_640_000, "100d")]
        {
            assert_eq!(format_age(Duration::from_secs(s)), want);
        }
    }

    #[test]
    fn a_stamp_ahead_of_us_has_no_negative_age() {
        assert_eq!(Now::at(10).age_of(Now::at(20).wall), Duration::ZERO);
        assert_eq!(Now::at(20).age_of(Now::at(10).wall), Duration::from_secs(10));
    }

    #[test]
    fn sleep_shows_as_drift() {
        let before = Now::at(0);
        let after = Now { wall: Now::at(3_600).wall, mono: Duration::from_secs(5) };
        assert_eq!(after.drift(before), Duration::from_secs(3_595));
    }
}
