//! What the console itself uses: calls in the last minute, dollars per hour at the present rate.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::Now;

const MINUTE: Duration = Duration::from_mins(1);
/// Window that the hourly rate is taken from: long enough for reads once a minute, short enough to be the present.
const WINDOW: Duration = Duration::from_mins(10);

/// Counts per second, for ten minutes.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    bins: VecDeque<Bin>,
    started: Option<Now>,
}

#[derive(Clone, Copy, Debug)]
struct Bin {
    second: u64,
    calls: u32,
    dollars: f64,
}

impl Meter {
    pub fn add(&mut self, calls: u32, dollars: f64, now: Now) {
        self.started.get_or_insert(now);
        self.forget(now);
        let second = now.mono.as_secs();
        match self.bins.back_mut().filter(|b| b.second == second) {
            Some(bin) => {
                bin.calls = bin.calls.saturating_add(calls);
                bin.dollars += dollars;
            }
            None => self.bins.push_back(Bin { second, calls, dollars }),
        }
    }

    /// Calls in the last sixty seconds.
    pub fn calls_per_minute(&self, now: Now) -> u32 {
        self.within(now, MINUTE).map(|b| b.calls).fold(0, u32::saturating_add)
    }

    /// Dollars per hour, from the last ten minutes or what there was of them. One minute at least: the first read alone is no rate.
    pub fn cost_per_hour(&self, now: Now) -> f64 {
        let Some(started) = self.started else { return 0.0 };
        let spent: f64 = self.within(now, WINDOW).map(|b| b.dollars).sum();
        let window = now.since(started).clamp(MINUTE, WINDOW);
        spent / window.as_secs_f64() * 3_600.0
    }

    fn within(&self, now: Now, window: Duration) -> impl Iterator<Item = &Bin> {
        let now = now.mono.as_secs();
        self.bins.iter().filter(move |b| now.saturating_sub(b.second) < window.as_secs())
    }

    fn forget(&mut self, now: Now) {
        while self.bins.front().is_some_and(|b| now.mono.as_secs().saturating_sub(b.second) >= WINDOW.as_secs()) {
            self.bins.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_slides() {
        let mut meter = Meter::default();
        for second in 0..120 {
            meter.add(2, 0.0, Now::at(second));
        }
        assert_eq!(meter.calls_per_minute(Now::at(119)), 120);
        assert_eq!(meter.calls_per_minute(Now::at(149)), 60);
        assert_eq!(meter.calls_per_minute(Now::at(300)), 0);
    }

    #[test]
    fn nothing_bought_costs_nothing() {
        let mut meter = Meter::default();
        assert_eq!(meter.cost_per_hour(Now::at(0)), 0.0);
        meter.add(50, 0.0, Now::at(0));
        assert_eq!(meter.cost_per_hour(Now::at(10)), 0.0);
    }

    #[test]
    fn the_rate_is_that_of_the_last_ten_minutes() {
        let mut meter = Meter::default();
        meter.add(1, 0.01, Now::at(0));
        assert!((meter.cost_per_hour(Now::at(1)) - 0.6).abs() < 1e-9, "one read a minute, not one a second");
        for minute in 1..60 {
            meter.add(1, 0.01, Now::at(minute * 60));
        }
        assert!((meter.cost_per_hour(Now::at(59 * 60)) - 0.6).abs() < 1e-9);
        assert!(meter.cost_per_hour(Now::at(90 * 60)) == 0.0, "half an hour after the last read");
    }

    #[test]
    fn memory_is_bounded() {
        let mut meter = Meter::default();
        for second in 0..10_000 {
            meter.add(1, 0.1, Now::at(second));
        }
        assert!(meter.bins.len() <= 600);
    }
}
