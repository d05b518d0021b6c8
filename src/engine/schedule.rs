//! When a source is read next. Pure: the poller brings the time and the dice, and sleeps.

use std::time::Duration;

use crate::budget::{Backoff, next_try};
use crate::domain::{Failure, FailureKind, Focus, Now, Scope, SourceKind};
use crate::providers::{ProviderError, Source};

use super::Settings;
use super::coverage::Coverage;

/// After a change of focus, how long it must stay put before details are read, and how long a restless one is waited for.
const SETTLE: Duration = Duration::from_millis(200);
const RESTLESS: Duration = Duration::from_secs(1);
/// Reads that were asked for start at least this far apart: a held key must not hammer.
const REFRESH_GAP: Duration = Duration::from_secs(1);

/// All times are on the monotonic clock.
#[derive(Debug)]
pub(super) struct Schedule {
    source: Source,
    operating: Duration,
    backoff: Backoff,
    scope: Scope,
    focus: Focus,
    coverage: Coverage,
    /// 0.9–1.1, drawn anew for each wait.
    jitter: f64,
    started: Option<Duration>,
    ended: Option<Duration>,
    failure: Option<Failure>,
    refresh_asked: bool,
    /// First and latest change of focus that no read has answered.
    restless: Option<(Duration, Duration)>,
}

impl Schedule {
    pub fn new(source: Source, scope: &Scope, settings: &Settings) -> Self {
        Self {
            source,
            operating: settings.operating,
            backoff: settings.backoff,
            scope: scope.clone(),
            focus: Focus::default(),
            coverage: Coverage::new(scope.clone()),
            jitter: 1.0,
            started: None,
            ended: None,
            failure: None,
            refresh_asked: false,
            restless: None,
        }
    }

    /// How often the source is read at present.
    pub fn every(&self) -> Duration {
        let follows_operations =
            matches!(self.source.kind, SourceKind::Groups | SourceKind::Instances | SourceKind::Pools | SourceKind::Activities);
        if follows_operations && self.focus.operating.iter().any(|id| id.scope == self.scope) {
            return self.operating.min(self.source.focused);
        }
        if self.focus.kinds.contains(&self.source.kind) || (self.source.needs_focus && self.is_asked()) {
            self.source.focused
        } else {
            self.source.background
        }
    }

    /// When to read next; `None` while nobody asks.
    pub fn due(&self) -> Option<Duration> {
        if !self.is_asked() {
            return None;
        }
        let Some(started) = self.started else { return Some(Duration::ZERO) };
        let ended = self.ended.unwrap_or(started);
        let asked = self.refresh_asked.then_some((started + REFRESH_GAP).max(ended));
        if let Some(failure) = &self.failure {
            let next = failure.next_try.map_or(ended, |t| t.mono);
            // Asking a throttled service at once is what throttled it.
            let may_ask = !matches!(failure.kind, FailureKind::Throttled | FailureKind::Quota);
            return Some(asked.filter(|_| may_ask).map_or(next, |a| a.min(next)));
        }
        // Counted from the start of the last read, so that a slow read does not stretch the cadence; but a source that is slower than its
        // cadence gets to breathe.
        let regular = (started + self.every().mul_f64(self.jitter)).max(ended + self.every() / 10);
        let settled = self.restless.map(|(first, latest)| (latest + SETTLE).min(first + RESTLESS));
        [Some(regular), asked, settled].into_iter().flatten().min()
    }

    /// The focus changed.
    pub fn refocus(&mut self, focus: Focus, now: Now) {
        self.focus = focus;
        if !self.source.needs_focus || self.coverage.covers(&self.focus, now, self.every()) {
            return;
        }
        let first = self.restless.map_or(now.mono, |(first, _)| first);
        self.restless = Some((first, now.mono));
    }

    /// Somebody asked to read now.
    pub fn refresh(&mut self) {
        self.refresh_asked = true;
    }

    /// The world moved on: whatever was waited for is over.
    pub fn start_over(&mut self) {
        self.started = None;
        self.ended = None;
    }

    /// A read begins, for this focus.
    pub fn begin(&mut self, focus: Focus, now: Now, dice: f64) {
        self.focus = focus;
        self.started = Some(now.mono);
        self.ended = None;
        self.jitter = 0.9 + 0.2 * dice.clamp(0.0, 1.0);
        self.refresh_asked = false;
        self.restless = None;
    }

    /// The read ended well.
    pub fn succeed(&mut self, now: Now) {
        self.ended = Some(now.mono);
        self.failure = None;
        let fresh = self.every();
        self.coverage.note(&self.focus, now, fresh);
    }

    /// The read failed; returns the failure with its next try.
    pub fn fail(&mut self, error: &ProviderError, now: Now, dice: f64) -> Failure {
        self.ended = Some(now.mono);
        let (since, attempts) = self.failure.as_ref().map_or((now, 1), |f| (f.since, f.attempts.saturating_add(1)));
        let wait = next_try(&self.backoff, error.kind, attempts, error.retry_after, dice);
        let next = Now::new(now.wall.checked_add(wait).unwrap_or(now.wall), now.mono + wait);
        let failure = Failure {
            kind: error.kind,
            operation: error.operation.clone(),
            message: error.message.clone(),
            since,
            attempts,
            next_try: Some(next),
        };
        self.failure = Some(failure.clone());
        failure
    }

    fn is_asked(&self) -> bool {
        !self.source.needs_focus || self.coverage.asks(&self.focus)
    }
}
