//! Notices that the world moved on without us: a laptop slept, or somebody set the clock.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::clock::Clock;
use super::report::Report;

/// How often the two clocks are compared.
const TICK: Duration = Duration::from_secs(5);
/// How far they may part within one tick.
const TOLERANCE: Duration = Duration::from_secs(5);

/// Compares the clocks until nobody listens; where they parted, all pollers start over and the store judges again.
pub(super) async fn watch_clock(clock: Clock, wake: watch::Sender<u64>, reports: mpsc::Sender<Report>) {
    let mut before = clock.now();
    loop {
        tokio::select! {
            () = sleep(TICK) => {}
            () = wake.closed() => return,
        }
        let now = clock.now();
        if now.drift(before) > TOLERANCE {
            tracing::info!(drift_seconds = now.drift(before).as_secs(), "the clocks parted: reading everything again");
            if reports.send(Report::Woke).await.is_err() {
                return;
            }
            wake.send_modify(|n| *n = n.wrapping_add(1));
        }
        before = now;
    }
}
