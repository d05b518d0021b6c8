//! When to try again after a failure: jittered, growing, and as slow as the kind of failure deserves.

use std::time::Duration;

use crate::domain::FailureKind;

/// How failures are waited out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Ceiling of the first wait; doubles with each failure.
    pub first: Duration,
    /// Highest ceiling.
    pub cap: Duration,
    /// Between tries of what waiting will not cure: missing rights, calls that do not exist.
    pub hopeless: Duration,
    /// Between tries with credentials that were refused.
    pub auth: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), cap: Duration::from_mins(1), hopeless: Duration::from_mins(5), auth: Duration::from_secs(30) }
    }
}

/// Wait before try number `attempts + 1`, `attempts` ≥ 1 failures in a row lying behind. `dice` is uniform in 0..1.
///
/// Full jitter (a uniform draw below a doubling ceiling) spreads many consoles best; a throttled source waits at least half its
/// ceiling, four times as high, and nothing comes before the service's own `retry_after`.
pub fn next_try(backoff: &Backoff, kind: FailureKind, attempts: u32, retry_after: Option<Duration>, dice: f64) -> Duration {
    let dice = dice.clamp(0.0, 1.0);
    let around = |d: Duration| d.mul_f64(0.9 + 0.2 * dice);
    let ceiling =
        |factor: u32| backoff.first.saturating_mul(factor).saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(backoff.cap);
    let wait = match kind {
        FailureKind::Forbidden | FailureKind::Unsupported | FailureKind::Invalid => around(backoff.hopeless),
        FailureKind::Auth => around(backoff.auth),
        FailureKind::Throttled | FailureKind::Quota => ceiling(4).mul_f64(0.5 + 0.5 * dice),
        // A draw near zero would hammer a service that just failed.
        _ => ceiling(1).mul_f64(dice).max(backoff.first / 4),
    };
    retry_after.map_or(wait, |floor| wait.max(floor))
}

#[cfg(test)]
mod tests {
    use super::*;

    const B: Backoff = Backoff {
        first: Duration::from_secs(1),
        cap: Duration::from_mins(1),
        hopeless: Duration::from_mins(5),
        auth: Duration::from_secs(30),
    };

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        for (attempts, want) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (u32::MAX, 60)] {
            assert_eq!(next_try(&B, FailureKind::Network, attempts, None, 1.0), Duration::from_secs(want), "after {attempts}");
        }
    }

    #[test]
    fn a_draw_spreads_below_the_ceiling_but_not_to_zero() {
        assert_eq!(next_try(&B, FailureKind::Server, 5, None, 0.5), Duration::from_secs(8));
        assert_eq!(next_try(&B, FailureKind::Server, 5, None, 0.0), Duration::from_millis(250));
    }

    #[test]
    fn kinds_wait_differently() {
        for (kind, low, high) in [
            (FailureKind::Forbidden, 270.0, 330.0),
            (FailureKind::Unsupported, 270.0, 330.0),
            (FailureKind::Auth, 27.0, 33.0),
            (FailureKind::Throttled, 2.0, 4.0),
            (FailureKind::Timeout, 0.25, 1.0),
        ] {
            let wait = |dice| next_try(&B, kind, 1, None, dice).as_secs_f64();
            assert!((wait(0.0) - low).abs() < 1e-6, "{kind:?} at least {low}, was {}", wait(0.0));
            assert!((wait(1.0) - high).abs() < 1e-6, "{kind:?} at most {high}, was {}", wait(1.0));
        }
    }

    #[test]
    fn the_service_has_the_last_word() {
        let asked = Some(Duration::from_mins(2));
        assert_eq!(next_try(&B, FailureKind::Throttled, 1, asked, 0.0), Duration::from_mins(2));
        assert_eq!(next_try(&B, FailureKind::Forbidden, 1, Some(Duration::from_secs(1)), 0.0), Duration::from_secs(270));
    }
}
