//! The AWS provider and the engine against a back end, without a screen.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use pilothouse::config::aws_profiles::{Hints, Places};
use pilothouse::domain::{Failure, Focus, Label, Snapshot, SourceKind};
use pilothouse::engine::{self, Clock, Engine};
use pilothouse::providers::aws::{AwsProvider, AwsSettings, Surroundings, connect};
use pilothouse::providers::{Access, Page, PageSink, Provider, ProviderError};
use tokio_util::sync::CancellationToken;

use crate::backend::{Backend, REGION};

/// Keys come from a profile file: the environment belongs to all tests of a process.
pub fn settings(endpoint: &str, home: &tempfile::TempDir) -> AwsSettings {
    let credentials = home.path().join("credentials");
    std::fs::write(&credentials, "[default]\naws_access_key_id = operator\naws_secret_access_key = only-for-tests\n").expect("a file");
    let config = home.path().join("config");
    std::fs::write(&config, "[default]\nregion = eu-central-1\n").expect("a file");
    AwsSettings {
        // Asked for by name: it beats whatever keys the environment of the test holds.
        profile: Some("default".to_owned()),
        regions: vec![REGION.to_owned()],
        endpoint_url: Some(endpoint.to_owned()),
        access: Access::ReadOnly,
        expected_account: None,
        ca_bundle: None,
        prompt: None,
        handed: None,
        probe: pilothouse::config::probe::ProbeSettings::default(),
        clock: Clock::system().to_fn(),
        surroundings: Surroundings {
            profile: None,
            region: None,
            places: Places { home: Some(home.path().to_owned()), config_file: Some(config), credentials_file: Some(credentials) },
            hints: Hints::default(),
        },
    }
}

/// One provider for the default region.
pub async fn provider(backend: &Backend) -> Arc<AwsProvider> {
    let home = tempfile::tempdir().expect("a temporary directory");
    let settings = settings(&backend.url(), &home);
    let provider = connect(settings).await.expect("the settings are sound").remove(0);
    // Credentials are read at the first call; the files must outlive it.
    std::mem::forget(home);
    provider
}

/// Reads one source to its end, with every page.
pub async fn read(provider: &AwsProvider, kind: SourceKind) -> (Result<(), ProviderError>, Vec<Page>) {
    let (sink, mut pages) = PageSink::new(64);
    let collect = async {
        let mut all = Vec::new();
        while let Some(page) = pages.recv().await {
            all.push(page);
        }
        all
    };
    let focus = Focus::default();
    let read = async move {
        let result = provider.read(kind, &focus, &sink).await;
        drop(sink);
        result
    };
    tokio::join!(read, collect)
}

/// A running engine over one provider, with waiting.
pub struct Reading {
    pub engine: engine::Handle,
    cancel: CancellationToken,
}

impl Reading {
    pub async fn start(backend: &Backend) -> Self {
        Self::start_within(backend, engine::Settings::default().read_timeout).await
    }

    /// With another patience for a read that brings nothing.
    pub async fn start_within(backend: &Backend, read_timeout: Duration) -> Self {
        let cancel = CancellationToken::new();
        let providers = vec![provider(backend).await as Arc<dyn Provider>];
        let settings = engine::Settings { seed: Some(7), read_timeout, ..engine::Settings::default() };
        Self { engine: Engine::start(providers, settings, Clock::system(), cancel.clone()), cancel }
    }

    /// Waits until the picture is as described; fails with the state of every source when it never is.
    pub async fn until(&self, what: &str, is_so: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        let mut snapshots = self.engine.snapshots();
        let wait = async {
            loop {
                let snapshot = Arc::clone(&snapshots.borrow_and_update());
                if is_so(&snapshot) {
                    return snapshot;
                }
                snapshots.changed().await.expect("the engine runs");
            }
        };
        let Ok(snapshot) = tokio::time::timeout(Duration::from_secs(40), wait).await else {
            panic!("waited for {what}; sources: {:#?}", states(&self.engine.snapshots().borrow()));
        };
        snapshot
    }

    /// Waits for the failure of one source.
    pub async fn failure_of(&self, kind: SourceKind) -> Failure {
        let snapshot = self.until(&format!("a failure of {}", kind.word()), |s| failure(s, kind).is_some()).await;
        failure(&snapshot, kind).expect("waited for it")
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

pub fn failure(snapshot: &Snapshot, kind: SourceKind) -> Option<Failure> {
    snapshot.sources_of(&[kind]).find_map(|s| s.failure.clone())
}

fn states(snapshot: &Snapshot) -> BTreeMap<String, (usize, Option<Label>)> {
    snapshot.sources.values().map(|s| (s.key.kind.word().to_owned(), (s.rows, s.failure.as_ref().map(|f| f.message.clone())))).collect()
}
