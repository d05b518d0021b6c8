//! The engine under paused time, reading from scripted providers. Seconds pass in no time, and every wait is exact.

mod cadence;
mod failing;
mod fake;
mod focus;
mod pages;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Clock, Engine, Handle, Settings};
use crate::domain::{Now, Snapshot, SourceKey, SourceKind, SourceState};
use crate::providers::Provider;
use fake::Fake;

/// A running engine with its providers.
struct Rig {
    handle: Handle,
    clock: Clock,
    cancel: CancellationToken,
}

impl Rig {
    fn start<const N: usize>(fakes: [&Arc<Fake>; N]) -> Self {
        Self::with(fakes, Settings { seed: Some(7), ..Settings::default() })
    }

    fn with<const N: usize>(fakes: [&Arc<Fake>; N], settings: Settings) -> Self {
        Self::on(fakes, settings, Clock::fixed_start(Now::at(0).wall))
    }

    fn on<const N: usize>(fakes: [&Arc<Fake>; N], settings: Settings, clock: Clock) -> Self {
        let cancel = CancellationToken::new();
        let providers = fakes.into_iter().map(|f| Arc::clone(f) as Arc<dyn Provider>).collect();
        let handle = Engine::start(providers, settings, clock.clone(), cancel.clone());
        Self { handle, clock, cancel }
    }

    fn now(&self) -> Now {
        self.clock.now()
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.handle.snapshots().borrow().clone()
    }

    fn state(&self, fake: &Fake, kind: SourceKind) -> SourceState {
        self.snapshot().sources[&SourceKey { scope: fake.scope.clone(), kind }].clone()
    }

    /// Names of the groups shown.
    fn groups(&self) -> Vec<String> {
        self.snapshot().groups.iter().map(|g| g.item.name.to_string()).collect()
    }
}

async fn pass(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}
