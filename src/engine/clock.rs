//! Where the present comes from. The monotonic half is tokio's, so that tests under paused time own it.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::domain::Now;

/// Tells the present. Cheap to clone; all clones count from the same start.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Now + Send + Sync>);

impl Clock {
    /// The machine's clocks.
    pub fn system() -> Self {
        let origin = Instant::now();
        Self::custom(move || {
            #[expect(clippy::disallowed_methods, reason = "this is where the wall clock is read")]
            let wall = Timestamp::now();
            Now::new(wall, origin.elapsed())
        })
    }

    /// A wall clock that starts here and runs with the monotonic one: for simulated estates and tests.
    pub fn fixed_start(start: Timestamp) -> Self {
        let origin = Instant::now();
        Self::custom(move || {
            let mono = origin.elapsed();
            Now::new(start.checked_add(mono).unwrap_or(Timestamp::MAX), mono)
        })
    }

    /// Any clock whose monotonic half is in step with tokio's.
    pub fn custom(now: impl Fn() -> Now + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub fn now(&self) -> Now {
        (self.0)()
    }

    /// The same clock as a function, for rooms that do not know the engine.
    pub fn to_fn(&self) -> Arc<dyn Fn() -> Now + Send + Sync> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
