//! One source read over and over: waits until it is due and affordable, reads with one request in flight, hands the pages on.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use crate::budget::Bucket;
use crate::domain::{FailureKind, Focus, SourceKey};
use crate::providers::{Page, PageSink, Provider, ProviderError, Source};

use super::Settings;
use super::clock::Clock;
use super::report::{News, Report};
use super::schedule::Schedule;

/// Pages that may wait between a read and the store.
const PAGES_AHEAD: usize = 4;

/// The engine is gone: nobody listens any more.
pub(super) struct Closed;

/// What a poller is wired to.
pub(super) struct Surroundings {
    pub key: SourceKey,
    pub settings: Settings,
    pub clock: Clock,
    /// Shared by all sources of the scope; held for a few additions, never across an await.
    pub bucket: Arc<Mutex<Bucket>>,
    pub focus: watch::Receiver<Focus>,
    pub refresh: watch::Receiver<u64>,
    pub wake: watch::Receiver<u64>,
    pub reports: mpsc::Sender<Report>,
    pub dice: fastrand::Rng,
}

pub(super) struct Poller {
    provider: Arc<dyn Provider>,
    source: Source,
    schedule: Schedule,
    around: Surroundings,
    told: Duration,
}

/// How a read ended.
enum Outcome {
    Done,
    Failed(ProviderError),
    /// The machine woke up meanwhile: its connection is as old as the sleep.
    Abandoned,
}

impl Poller {
    pub fn new(provider: Arc<dyn Provider>, source: Source, around: Surroundings) -> Self {
        let schedule = Schedule::new(source.clone(), &around.key.scope, &around.settings);
        let told = schedule.every();
        Self { provider, source, schedule, around, told }
    }

    /// Reads until nobody listens. Cancel by dropping.
    pub async fn run(mut self) {
        let focus = self.around.focus.borrow_and_update().clone();
        self.schedule.refocus(focus, self.around.clock.now());
        while self.wait().await.is_ok() {
            if self.read().await.is_err() {
                return;
            }
        }
    }

    /// Waits until the next read is due and the budget allows it.
    async fn wait(&mut self) -> Result<(), Closed> {
        loop {
            self.tell_cadence().await?;
            let now = self.around.clock.now();
            let pause = self.schedule.due().map(|due| due.saturating_sub(now.mono).max(self.budgeted_pause(due <= now.mono)));
            if pause == Some(Duration::ZERO) {
                return Ok(());
            }
            tokio::select! {
                biased;
                changed = self.around.wake.changed() => {
                    changed.map_err(|_| Closed)?;
                    self.schedule.start_over();
                }
                changed = self.around.focus.changed() => {
                    changed.map_err(|_| Closed)?;
                    let focus = self.around.focus.borrow_and_update().clone();
                    self.schedule.refocus(focus, self.around.clock.now());
                }
                changed = self.around.refresh.changed() => {
                    changed.map_err(|_| Closed)?;
                    self.schedule.refresh();
                }
                () = sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            }
        }
    }

    /// How long the budget holds a read back that is due.
    fn budgeted_pause(&self, is_due: bool) -> Duration {
        if !is_due {
            return Duration::ZERO;
        }
        let now = self.around.clock.now();
        self.around.bucket.lock().unwrap_or_else(PoisonError::into_inner).wait(now)
    }

    /// One read, page by page.
    async fn read(&mut self) -> Result<(), Closed> {
        let focus = self.around.focus.borrow_and_update().clone();
        self.around.refresh.borrow_and_update();
        self.around.wake.borrow_and_update();
        self.schedule.begin(focus.clone(), self.around.clock.now(), self.around.dice.f64());
        self.tell_cadence().await?;
        self.tell(News::Started).await?;
        match self.pages(&focus).await? {
            Outcome::Done => {
                self.schedule.succeed(self.around.clock.now());
                self.tell(News::Done).await
            }
            Outcome::Failed(error) => {
                let now = self.around.clock.now();
                if matches!(error.kind, FailureKind::Throttled) {
                    self.around.bucket.lock().unwrap_or_else(PoisonError::into_inner).slow_down(now);
                }
                let failure = self.schedule.fail(&error, now, self.around.dice.f64());
                tracing::debug!(source = self.source.kind.word(), attempts = failure.attempts, error = %error, "a read failed");
                self.tell(News::Failed(failure)).await
            }
            Outcome::Abandoned => {
                self.schedule.start_over();
                self.tell(News::Abandoned).await
            }
        }
    }

    async fn pages(&mut self, focus: &Focus) -> Result<Outcome, Closed> {
        let provider = Arc::clone(&self.provider);
        let mut wake = self.around.wake.clone();
        let (sink, mut pages) = PageSink::new(PAGES_AHEAD);
        // A reader that trips over an answer must not end its source in silence. What it held is dropped with it, so nothing is left half done.
        let mut read = pin!(AssertUnwindSafe(provider.read(self.source.kind, focus, &sink)).catch_unwind());
        let (timeout, limit) = (self.around.settings.read_timeout, self.around.settings.read_limit);
        let mut hung = pin!(sleep(timeout));
        let mut overdue = pin!(sleep(limit));
        let mut rows = 0;
        let outcome = loop {
            tokio::select! {
                biased;
                Some(page) = pages.recv() => {
                    rows += page.rows.len();
                    let most = self.around.settings.max_rows;
                    if rows > most {
                        return Ok(Outcome::Failed(self.error(FailureKind::Decode, format!("more than {most} rows: it pages in circles"))));
                    }
                    self.deliver(page).await?;
                    hung.as_mut().reset(Instant::now() + timeout);
                }
                ended = &mut read => break match ended {
                    Ok(Ok(())) => Outcome::Done,
                    Ok(Err(error)) => Outcome::Failed(error),
                    Err(_) => Outcome::Failed(self.error(FailureKind::Decode, "the reader stumbled over the answer; the log says where".to_owned())),
                },
                _ = wake.changed() => break Outcome::Abandoned,
                () = &mut hung => break Outcome::Failed(self.error(FailureKind::Timeout, format!("no answer within {} s", timeout.as_secs()))),
                () = &mut overdue => break Outcome::Failed(self.error(FailureKind::Timeout, format!("not at its end after {} s", limit.as_secs()))),
            }
        };
        while let Ok(page) = pages.try_recv() {
            self.deliver(page).await?;
        }
        Ok(outcome)
    }

    async fn deliver(&self, page: Page) -> Result<(), Closed> {
        let now = self.around.clock.now();
        self.around.bucket.lock().unwrap_or_else(PoisonError::into_inner).charge(page.calls, now);
        self.tell(News::Page(page)).await
    }

    fn error(&self, kind: FailureKind, message: String) -> ProviderError {
        ProviderError::new(kind, format!("read {}", self.source.kind.word()), &self.around.key.scope, message)
    }

    async fn tell_cadence(&mut self) -> Result<(), Closed> {
        let every = self.schedule.every();
        if every == self.told {
            return Ok(());
        }
        self.told = every;
        self.tell(News::Cadence(every)).await
    }

    async fn tell(&self, news: News) -> Result<(), Closed> {
        let report = Report::Source { key: self.around.key.clone(), at: self.around.clock.now(), news };
        self.around.reports.send(report).await.map_err(|_| Closed)
    }
}
