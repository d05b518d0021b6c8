//! The estate as a script sees it: the sources that its verb needs, read once to the end, then once more with the targets in focus.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::stop::Stop;
use crate::cli::estate::AwsEstate;
use crate::cli::open;
use crate::domain::{Focus, Now, ResourceId, Snapshot, SourceKind};
use crate::engine::{self, Clock, Engine};
use crate::providers::aws::{AwsProvider, Prompt};
use crate::providers::{Operator, PageSink, Provider, ProviderError, Source, WritePermit};

/// How long all reads may take together.
const PATIENCE: Duration = Duration::from_mins(2);

/// A provider of which only some sources are read: nobody looks at the others.
struct Only {
    inner: Arc<AwsProvider>,
    kinds: Vec<SourceKind>,
}

#[async_trait::async_trait]
impl Provider for Only {
    fn scope(&self) -> &crate::domain::Scope {
        self.inner.scope()
    }

    fn sources(&self) -> Vec<Source> {
        self.inner.sources().into_iter().filter(|s| self.kinds.contains(&s.kind)).collect()
    }

    async fn read(&self, source: SourceKind, focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
        self.inner.read(source, focus, sink).await
    }

    fn operator(&self, permit: &WritePermit) -> Option<Arc<dyn Operator>> {
        self.inner.operator(permit)
    }
}

/// The running reads of one script.
pub struct Picture {
    engine: engine::Handle,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    clock: Clock,
    pub providers: Vec<Arc<AwsProvider>>,
    _end: tokio_util::sync::DropGuard,
}

/// Without these nothing can be told apart or signed.
const NEEDED: [SourceKind; 2] = [SourceKind::Identity, SourceKind::Groups];

impl Picture {
    /// Begins to read these kinds of sources in every region of the estate.
    pub async fn open(estate: &AwsEstate, clock: Clock, prompt: Option<Arc<dyn Prompt>>, kinds: &[SourceKind]) -> Result<Self, Stop> {
        let providers = open::connect(estate, &clock, prompt).await.map_err(|why| Stop::bad(&*why))?;
        let mut kinds: Vec<SourceKind> = kinds.to_vec();
        kinds.extend(NEEDED);
        let read = |p: &Arc<AwsProvider>| Arc::new(Only { inner: Arc::clone(p), kinds: kinds.clone() }) as Arc<dyn Provider>;
        let cancel = CancellationToken::new();
        let engine = Engine::start(providers.iter().map(read).collect(), engine::Settings::default(), clock.clone(), cancel.clone());
        let snapshots = engine.snapshots();
        Ok(Self { engine, snapshots, clock, providers, _end: cancel.drop_guard() })
    }

    /// The picture once every source was read, or could not be.
    pub async fn whole(&mut self, required: &[SourceKind]) -> Result<Arc<Snapshot>, Stop> {
        self.read_since(None, required).await
    }

    /// Reads again with these things in focus, so that details are there too.
    pub async fn of(&mut self, targets: &[ResourceId], required: &[SourceKind]) -> Result<Arc<Snapshot>, Stop> {
        let since = self.clock.now();
        let focus =
            Focus { visible: targets.to_vec(), selected: targets.first().cloned(), operating: targets.to_vec(), ..Focus::default() };
        self.engine.focus(focus);
        self.engine.refresh();
        self.read_since(Some(since), required).await
    }

    async fn read_since(&mut self, since: Option<Now>, required: &[SourceKind]) -> Result<Arc<Snapshot>, Stop> {
        let read = |s: &crate::domain::SourceState| {
            s.read_at.is_some_and(|at| since.is_none_or(|since| at.mono >= since.mono)) || s.failure.is_some()
        };
        let wait = self.snapshots.wait_for(|s| !s.sources.is_empty() && s.sources.values().all(read));
        // Owned before the match: the borrow would last as long as it.
        let waited = timeout(PATIENCE, wait).await.map(|seen| seen.map(|s| Arc::clone(&s)));
        let snapshot = match waited {
            Ok(Ok(snapshot)) => snapshot,
            Ok(Err(_)) => return Err(Stop::failed("reading broke off, which is a fault of this program; the log says where")),
            Err(_) => {
                let unread: Vec<String> = {
                    let seen = self.snapshots.borrow();
                    seen.sources
                        .values()
                        .filter(|s| !read(s))
                        .map(|s| format!("{} of {}", s.key.kind.word(), s.key.scope.region()))
                        .collect()
                };
                return Err(Stop::failed(format!("not read within {} s: {}", PATIENCE.as_secs(), unread.join(", "))));
            }
        };
        for state in snapshot.sources.values().filter(|s| required.contains(&s.key.kind) || NEEDED.contains(&s.key.kind)) {
            if let Some(failure) = state.failure.as_ref() {
                let narrow = if self.providers.len() > 1 { "; leave this region out with --region" } else { "" };
                return Err(Stop::failed(format!(
                    "the {} of {} cannot be read: {}{narrow}",
                    state.key.kind.word(),
                    state.key.scope.region(),
                    failure.message
                )));
            }
        }
        Ok(snapshot)
    }
}
