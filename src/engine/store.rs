//! Keeps what every source brought and publishes whole pictures. One task owns it all: nothing is locked, nothing is shared but the
//! finished picture. Assembling is done beside the runtime, bursts are taken in one go, and a picture in which no row changed keeps its
//! generation, so that views need not be made again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::budget::Meter;
use crate::domain::assemble::{self, Inputs};
use crate::domain::{Flips, Now, Snapshot, SourceKey};

use super::clock::Clock;
use super::report::{News, Report};
use super::shelf::Shelf;

/// Between two pictures while pages stream in; at most ten a second.
const BETWEEN_PAGES: Duration = Duration::from_millis(100);
/// Between two pictures where a read ended: soon, but several that end together make one.
const BETWEEN_SWAPS: Duration = Duration::from_millis(15);
/// Between two pictures where nothing but ages changed.
const BETWEEN_AGES: Duration = Duration::from_secs(1);
/// Words such as `for 4m` grow old: how often all verdicts are made again though no row changed. The time it takes is paid back this many
/// times over, which keeps an idle console below 0.3 % of a core at any size.
const REJUDGE: Duration = Duration::from_secs(15);
const REJUDGE_FACTOR: u32 = 400;
/// Reports taken in before the next picture is considered.
const BATCH: usize = 256;

/// How much of the picture is out of date, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Dirt {
    None,
    /// States and rates only.
    Ages,
    /// Pages of a first read.
    Pages,
    /// A read ended or failed.
    Swap,
}

pub(super) struct Store {
    shelves: BTreeMap<SourceKey, Shelf>,
    clock: Clock,
    meter: Meter,
    flips: Flips,
    latest: Arc<Snapshot>,
    published: watch::Sender<Arc<Snapshot>>,
    dirt: Dirt,
    /// When the last picture was published, and the last whole one made.
    published_at: Option<Duration>,
    judged_at: Duration,
    /// What making the last whole picture took.
    cost: Duration,
}

impl Store {
    /// A store with its first picture: every source is there, none was read.
    pub fn new(shelves: BTreeMap<SourceKey, Shelf>, clock: Clock) -> (Self, watch::Receiver<Arc<Snapshot>>) {
        let now = clock.now();
        let sources = shelves.iter().map(|(key, shelf)| (key.clone(), shelf.state().clone())).collect();
        let latest = Arc::new(Snapshot { taken: Some(now), sources, ..Snapshot::default() });
        let (published, seen) = watch::channel(Arc::clone(&latest));
        let store = Self {
            shelves,
            clock,
            meter: Meter::default(),
            flips: Flips::default(),
            latest,
            published,
            dirt: Dirt::None,
            published_at: None,
            judged_at: now.mono,
            cost: Duration::ZERO,
        };
        (store, seen)
    }

    /// Takes reports in and publishes pictures until all pollers are gone.
    pub async fn run(mut self, mut inbox: mpsc::Receiver<Report>) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let pause = self.due().map(|due| due.saturating_sub(self.clock.now().mono));
            tokio::select! {
                biased;
                () = sleep(pause.unwrap_or_default()), if pause.is_some() => {
                    if self.publish().await.is_err() {
                        return;
                    }
                }
                taken = inbox.recv_many(&mut batch, BATCH) => {
                    if taken == 0 {
                        return;
                    }
                    for report in batch.drain(..) {
                        self.apply(report);
                    }
                }
            }
        }
    }

    /// When the next picture is due; `None` where the last one still holds.
    fn due(&self) -> Option<Duration> {
        let between = match self.dirt {
            Dirt::None => return None,
            Dirt::Ages => BETWEEN_AGES,
            // A large estate is shown as it comes without spending all the time on showing it.
            Dirt::Pages => BETWEEN_PAGES.max(self.cost * 3),
            Dirt::Swap => BETWEEN_SWAPS.max(self.cost),
        };
        Some(self.published_at.map_or(Duration::ZERO, |at| at + between))
    }

    fn apply(&mut self, report: Report) {
        let (key, at, news) = match report {
            Report::Woke => {
                self.dirt = Dirt::Swap;
                return;
            }
            Report::Source { key, at, news } => (key, at, news),
        };
        let Some(shelf) = self.shelves.get_mut(&key) else { return };
        let dirt = match news {
            News::Started => {
                shelf.apply_started(at);
                Dirt::None
            }
            News::Cadence(every) => {
                shelf.apply_cadence(every);
                Dirt::Ages
            }
            News::Page(page) => {
                self.meter.add(page.calls, f64::from(page.paid_units) * shelf.unit_cost, at);
                if shelf.apply_page(page, at) { Dirt::Pages } else { Dirt::None }
            }
            // A flip that one read saw is confirmed by a second one that brings the same rows.
            News::Done => {
                if shelf.apply_done(at) || self.flips.is_waiting() {
                    Dirt::Swap
                } else {
                    Dirt::Ages
                }
            }
            News::Failed(failure) => {
                shelf.apply_failed(failure);
                Dirt::Swap
            }
            News::Abandoned => {
                shelf.apply_abandoned();
                Dirt::Ages
            }
        };
        self.dirt = self.dirt.max(dirt);
    }

    /// Makes and publishes the next picture. An error means that assembling panicked: the store ends, and with it the engine.
    async fn publish(&mut self) -> Result<(), tokio::task::JoinError> {
        let now = self.clock.now();
        let stale_words = now.mono.saturating_sub(self.judged_at) >= REJUDGE.max(self.cost * REJUDGE_FACTOR);
        let next = if self.dirt > Dirt::Ages || stale_words { self.whole_picture(now).await? } else { self.same_rows(now) };
        self.dirt = Dirt::None;
        self.published_at = Some(self.clock.now().mono);
        self.latest = Arc::new(next);
        self.published.send_replace(Arc::clone(&self.latest));
        Ok(())
    }

    async fn whole_picture(&mut self, now: Now) -> Result<Snapshot, tokio::task::JoinError> {
        let inputs = Inputs {
            slices: self.shelves.iter().map(|(key, shelf)| (key.clone(), shelf.slice())).collect(),
            calls_per_minute: self.meter.calls_per_minute(now),
            cost_per_hour: self.meter.cost_per_hour(now),
            ..Inputs::default()
        };
        let (latest, flips) = (Arc::clone(&self.latest), std::mem::take(&mut self.flips));
        let (next, flips) = spawn_blocking(move || make_picture(inputs, flips, &latest, now))
            .await
            .inspect_err(|error| tracing::error!(%error, "assembling a picture failed"))?;
        self.flips = flips;
        self.judged_at = now.mono;
        self.cost = self.clock.now().mono.saturating_sub(now.mono);
        Ok(next)
    }

    /// The rows of the last picture with the states of now.
    fn same_rows(&self, now: Now) -> Snapshot {
        Snapshot {
            sources: self.shelves.iter().map(|(key, shelf)| (key.clone(), shelf.state().clone())).collect(),
            calls_per_minute: self.meter.calls_per_minute(now),
            cost_per_hour: self.meter.cost_per_hour(now),
            ..(*self.latest).clone()
        }
    }
}

/// Joins, looks for flips, judges, and keeps what did not change. Takes milliseconds to a tenth of a second: not for an async thread.
fn make_picture(mut inputs: Inputs, mut flips: Flips, latest: &Snapshot, now: Now) -> (Snapshot, Flips) {
    let joined = assemble::join(&inputs, now);
    flips.observe(&joined, now);
    inputs.flips = flips.changes();
    inputs.since = flips.since();
    let mut next = assemble::judge(joined, &inputs, now);
    let changed = assemble::share(&mut next, latest);
    next.generation = latest.generation + u64::from(changed);
    // Counts that every frame shows are made here, not while drawing.
    for group in &next.groups {
        group.item.tally();
    }
    (next, flips)
}
