//! The pollers and their cadence; the store that swaps snapshots.
//!
//! One task per source reads, one task keeps what was read and publishes whole pictures. Nothing here knows a screen or changes the
//! world. The outside talks to a [`Handle`], and none of its methods waits.

mod clock;
mod coverage;
mod poller;
mod report;
mod schedule;
mod shelf;
mod store;
#[cfg(test)]
mod tests;
mod wake;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::budget::{Backoff, Bucket};
use crate::domain::{Focus, Scope, Snapshot, SourceKey};
use crate::providers::Provider;

pub use clock::Clock;
use poller::Poller;
use shelf::Shelf;
use store::Store;

/// Reports under way to the store. A store that is busy holds the reads back.
const REPORTS: usize = 256;

/// How the engine reads.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A read that brings no page for this long has hung.
    pub read_timeout: Duration,
    /// Longest a read may take in all.
    pub read_limit: Duration,
    /// Rows one read may bring: an answer that pages in circles must not fill the memory.
    pub max_rows: usize,
    /// Cadence of groups and pools while one of our operations runs.
    pub operating: Duration,
    /// Calls per second of one scope on average, and at once.
    pub calls_per_second: f64,
    pub burst: f64,
    pub backoff: Backoff,
    /// How long rows stay that a narrower focus no longer reads.
    pub keep_unread: Duration,
    /// Seed of the jitter; `None` takes one from the system.
    pub seed: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            read_timeout: Duration::from_mins(1),
            read_limit: Duration::from_mins(10),
            max_rows: 1_000_000,
            operating: Duration::from_secs(3),
            calls_per_second: 20.0,
            burst: 200.0,
            backoff: Backoff::default(),
            keep_unread: Duration::from_mins(15),
            seed: None,
        }
    }
}

/// Starts everything.
#[derive(Debug)]
pub struct Engine;

/// The way to a running engine. Cheap to clone; the engine ends when the last handle is dropped or `cancel` is called.
#[derive(Clone, Debug)]
pub struct Handle {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    focus: watch::Sender<Focus>,
    refresh: watch::Sender<u64>,
    tasks: TaskTracker,
}

impl Engine {
    /// Begins to read every source of every provider. Must be called inside a tokio runtime; returns at once.
    #[expect(clippy::needless_pass_by_value, reason = "the engine owns what it was started with")]
    pub fn start(providers: Vec<Arc<dyn Provider>>, settings: Settings, clock: Clock, cancel: CancellationToken) -> Handle {
        let tasks = TaskTracker::new();
        let (focus, focus_seen) = watch::channel(Focus::default());
        let (refresh, refresh_seen) = watch::channel(0);
        let (wake, wake_seen) = watch::channel(0);
        let (reports, inbox) = mpsc::channel(REPORTS);
        let mut dice = settings.seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        let mut buckets: BTreeMap<Scope, Arc<Mutex<Bucket>>> = BTreeMap::new();
        let mut shelves = BTreeMap::new();
        let mut known = BTreeSet::new();

        for provider in &providers {
            let bucket = buckets
                .entry(provider.scope().clone())
                .or_insert_with(|| Arc::new(Mutex::new(Bucket::new(settings.calls_per_second, settings.burst))));
            for source in provider.sources() {
                let key = SourceKey { scope: provider.scope().clone(), kind: source.kind };
                if !known.insert(key.clone()) {
                    tracing::warn!(scope = %key.scope, source = key.kind.word(), "two providers read the same source; the second is left out");
                    continue;
                }
                shelves.insert(key.clone(), Shelf::new(key.clone(), &source, settings.keep_unread));
                let poller = Poller::new(
                    Arc::clone(provider),
                    source,
                    poller::Surroundings {
                        key,
                        settings: settings.clone(),
                        clock: clock.clone(),
                        bucket: Arc::clone(bucket),
                        focus: focus_seen.clone(),
                        refresh: refresh_seen.clone(),
                        wake: wake_seen.clone(),
                        reports: reports.clone(),
                        dice: dice.fork(),
                    },
                );
                tasks.spawn(cancel.clone().run_until_cancelled_owned(poller.run()));
            }
        }
        tasks.spawn(cancel.clone().run_until_cancelled_owned(wake::watch_clock(clock.clone(), wake, reports)));
        let (store, snapshots) = Store::new(shelves, clock);
        tasks.spawn(cancel.run_until_cancelled_owned(store.run(inbox)));
        tasks.close();
        Handle { snapshots, focus, refresh, tasks }
    }
}

impl Handle {
    /// Whole pictures, the newest at any time. The first is there at once and says that nothing was read yet.
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// Asks to read every source again now. Asking many times is asking once.
    pub fn refresh(&self) {
        self.refresh.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// Says what is being looked at.
    pub fn focus(&self, focus: Focus) {
        self.focus.send_if_modified(|held| {
            let differs = *held != focus;
            *held = focus;
            differs
        });
    }

    /// Waits until every task of the engine has ended, after `cancel` was called.
    pub async fn stopped(&self) {
        self.tasks.wait().await;
    }
}
