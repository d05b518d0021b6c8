//! Model time and the stamps it is shown as.
//!
//! The model counts milliseconds from the start of the console; what happened before is negative. History is shown at its own pace,
//! the present at `speed`: ages on the screen always agree with the wall clock, however fast the estate lives.

use jiff::{SignedDuration, Timestamp};

/// Milliseconds of model time since the start; negative before it.
pub(super) type Millis = i64;

pub(super) const SECOND: Millis = 1_000;
pub(super) const MINUTE: Millis = 60 * SECOND;
pub(super) const HOUR: Millis = 60 * MINUTE;
pub(super) const DAY: Millis = 24 * HOUR;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Calendar {
    /// Wall clock at model time zero.
    pub start: Timestamp,
    /// Model seconds per second; at least a thousandth.
    pub speed: f64,
    /// Hour of the day in the model at time zero. Independent of `start`, so that a scenario tells its story at any time of day.
    pub hour: f64,
}

impl Calendar {
    /// When a model moment happens on the wall clock.
    pub fn stamp(&self, at: Millis) -> Timestamp {
        let wall = if at > 0 { (at as f64 / self.speed).round() as i64 } else { at };
        self.start.checked_add(SignedDuration::from_millis(wall)).unwrap_or(self.start)
    }

    /// The model moment shown as `stamp`.
    pub fn moment(&self, stamp: Timestamp) -> Millis {
        let wall = i64::try_from(stamp.duration_since(self.start).as_millis()).unwrap_or(0);
        if wall > 0 { (wall as f64 * self.speed).round() as i64 } else { wall }
    }

    /// Hour of the model's day, 0–24.
    pub fn hour_at(&self, at: Millis) -> f64 {
        (self.hour + at as f64 / HOUR as f64).rem_euclid(24.0)
    }

    /// The stamp as scaling causes word it: `2026-11-20T03:11:20Z`.
    pub fn words(&self, at: Millis) -> String {
        self.stamp(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_not_sped_up_and_stamps_convert_back() {
        let calendar = Calendar { start: Timestamp::constant(1_795_132_800, 0), speed: 10.0, hour: 23.0 };
        for (at, wall) in [(-HOUR, -3_600), (0, 0), (10 * MINUTE, 60)] {
            let stamp = calendar.stamp(at);
            assert_eq!(stamp.as_second() - calendar.start.as_second(), wall);
            assert_eq!(calendar.moment(stamp), at);
        }
        assert!((calendar.hour_at(2 * HOUR) - 1.0).abs() < 1e-9);
        assert_eq!(calendar.words(10 * MINUTE), "2026-11-20T00:01:00Z");
    }
}
