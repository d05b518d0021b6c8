//! A token bucket that may go into debt: what a read costs is known only afterwards, so the next one waits until it is paid off.

use std::time::Duration;

use crate::domain::Now;

/// Slowest a throttled bucket gets, as a share of its full rate.
const FLOOR: f64 = 0.1;
/// Share of the full rate that comes back per second without throttling.
const RECOVERY: f64 = 0.01;

/// Calls per second of one scope. Throttling halves the rate; it creeps back to full within two minutes.
#[derive(Clone, Debug)]
pub struct Bucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    /// 1 = full speed.
    speed: f64,
    at: Option<Now>,
}

impl Bucket {
    /// `rate` calls per second on average, `burst` at once.
    pub fn new(rate: f64, burst: f64) -> Self {
        let (rate, burst) = (rate.max(0.01), burst.max(1.0));
        Self { rate, burst, tokens: burst, speed: 1.0, at: None }
    }

    /// How long to wait before the next read may start; zero when there is credit.
    pub fn wait(&mut self, now: Now) -> Duration {
        self.refill(now);
        if self.tokens > 0.0 {
            return Duration::ZERO;
        }
        Duration::from_secs_f64((1.0 - self.tokens) / (self.rate * self.speed))
    }

    /// Takes what was called. May leave a debt, at most one minute's worth: a huge estate is read slowly, not never.
    pub fn charge(&mut self, calls: u32, now: Now) {
        self.refill(now);
        self.tokens = (self.tokens - f64::from(calls)).max(-60.0 * self.rate);
    }

    /// The service said that we are too fast.
    pub fn slow_down(&mut self, now: Now) {
        self.refill(now);
        self.speed = (self.speed / 2.0).max(FLOOR);
        self.tokens = self.tokens.min(0.0);
    }

    fn refill(&mut self, now: Now) {
        let passed = self.at.map_or(Duration::ZERO, |t| now.since(t)).as_secs_f64();
        self.at = Some(now);
        self.tokens = (self.tokens + passed * self.rate * self.speed).min(self.burst);
        self.speed = (self.speed + passed * RECOVERY).min(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_a_debt_is_waited_for() {
        let mut bucket = Bucket::new(10.0, 100.0);
        assert_eq!(bucket.wait(Now::at(0)), Duration::ZERO);
        bucket.charge(99, Now::at(0));
        assert_eq!(bucket.wait(Now::at(0)), Duration::ZERO);
        bucket.charge(21, Now::at(0));
        assert_eq!(bucket.wait(Now::at(0)), Duration::from_millis(2_100));
        assert_eq!(bucket.wait(Now::at(3)), Duration::ZERO);
    }

    #[test]
    fn credit_never_exceeds_the_burst() {
        let mut bucket = Bucket::new(10.0, 20.0);
        bucket.charge(0, Now::at(0));
        bucket.charge(21, Now::at(1_000));
        assert!(bucket.wait(Now::at(1_000)) > Duration::ZERO);
    }

    #[test]
    fn throttling_halves_the_rate_and_it_comes_back() {
        let mut bucket = Bucket::new(10.0, 10.0);
        bucket.slow_down(Now::at(0));
        assert_eq!(bucket.wait(Now::at(0)), Duration::from_millis(200), "one call at half of 10 per second");
        for _ in 0..10 {
            bucket.slow_down(Now::at(0));
        }
        assert_eq!(bucket.wait(Now::at(0)), Duration::from_secs(1), "never below a tenth");
        bucket.charge(10, Now::at(200));
        bucket.charge(1, Now::at(200));
        assert_eq!(bucket.wait(Now::at(200)), Duration::from_millis(200), "full speed again");
    }

    #[test]
    fn a_debt_is_bounded() {
        let mut bucket = Bucket::new(10.0, 10.0);
        bucket.charge(u32::MAX, Now::at(0));
        assert!(bucket.wait(Now::at(0)) <= Duration::from_secs(61));
    }
}
