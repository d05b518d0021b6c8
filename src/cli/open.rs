//! Opening an estate: providers, engine, journal and operations, put together in the background while the first frame is on screen.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::estate::{AwsEstate, Demo, Estate};
use super::operating::{Desk, Detached, Operating};
use super::questions::Asker;
use super::runner::Runners;
use crate::config::settings::Polling;
use crate::domain::{FailureKind, Focus, Identity, Label, Observation, Operation, Scope, Snapshot, SourceKind};
use crate::engine::{self, Clock, Engine};
use crate::journal::{Journal, JournalError};
use crate::operate::Operations;
use crate::providers::aws::{self, AwsProvider, AwsSettings, Prompt};
use crate::providers::sim::{Sim, SimSettings};
use crate::providers::{Access, Operator, PageSink, Provider, ProviderError, Source, WritePermit};

/// What opening needs besides the estate.
#[derive(Clone)]
pub struct Means {
    pub clock: Clock,
    pub polling: Polling,
    pub journal: PathBuf,
    pub asker: Asker,
    pub cancel: CancellationToken,
}

/// An open estate: reads flow, and changes can be made where [`Opened::admit`] was satisfied.
pub struct Opened {
    pub scopes: Vec<Scope>,
    pub engine: engine::Handle,
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    pub operating: Option<Arc<Operating>>,
    pub progress: Option<mpsc::Receiver<Operation>>,
    /// Something the user must know, such as a journal that cannot be written.
    pub remark: Option<Label>,
    providers: Vec<Arc<dyn Provider>>,
    access: Access,
    admitted: Vec<Scope>,
}

impl Opened {
    /// Grants write access to the scopes whose identity is known (and so was shown) by now.
    pub fn admit<'i>(&mut self, identities: impl Iterator<Item = &'i Identity>) {
        let Some(operating) = &self.operating else { return };
        for identity in identities {
            if self.admitted.contains(&identity.scope) {
                continue;
            }
            let Some(provider) = self.providers.iter().find(|p| *p.scope() == identity.scope) else { continue };
            let Some(permit) = grant(self.access, identity) else { continue };
            if let Some(operator) = provider.operator(&permit) {
                tracing::info!(scope = %identity.scope, principal = %identity.principal, "changes are possible here");
                operating.admit(permit, operator);
            }
            self.admitted.push(identity.scope.clone());
        }
    }
}

impl Opened {
    /// Waits until engine and operations have ended, after the token was cancelled.
    pub async fn close(self) {
        self.engine.stopped().await;
        if let Some(operating) = self.operating {
            operating.finished().await;
        }
    }
}

/// The one place where a permit is made, for consoles, scripts and runners alike.
pub fn grant(access: Access, identity: &Identity) -> Option<WritePermit> {
    WritePermit::grant(access, identity)
}

/// Asks a scope who we are.
pub async fn fetch_identity(provider: &dyn Provider) -> Result<Identity, ProviderError> {
    let (sink, mut pages) = PageSink::new(4);
    let focus = Focus::default();
    let read = async {
        // The sink goes with the read, which ends the pages.
        let sink = sink;
        provider.read(SourceKind::Identity, &focus, &sink).await
    };
    let collect = async {
        let mut found = None;
        while let Some(page) = pages.recv().await {
            found = page.rows.into_iter().fold(found, |before, row| match row {
                Observation::Identity(identity) => Some(identity),
                _ => before,
            });
        }
        found
    };
    let (read, found) = tokio::join!(read, collect);
    read?;
    found.ok_or_else(|| ProviderError::new(FailureKind::Decode, "asking who we are", provider.scope(), "the answer names nobody"))
}

/// Opens the estate. An error is a sentence for the screen; the console stays up.
pub async fn open(estate: Estate, means: Means) -> Result<Opened, Label> {
    match estate {
        Estate::Demo(demo) => open_demo(demo, means).await,
        Estate::Aws(aws) => open_aws(*aws, means).await,
        Estate::Choose { reason } => Err(reason),
    }
}

async fn open_demo(demo: Demo, means: Means) -> Result<Opened, Label> {
    let start = means.clock.now().wall;
    let settings = SimSettings {
        seed: demo.args.seed,
        scenario: demo.scenario,
        speed: demo.args.speed,
        groups: demo.args.groups,
        members: demo.args.members,
        start,
    };
    // A large estate takes a moment to build; the loop must not feel it.
    let sim = tokio::task::spawn_blocking(move || Sim::new(settings))
        .await
        .map_err(|e| Label::new(format!("the simulated estate could not be built: {e}")))?;
    let journal = match demo.access {
        Access::ReadOnly => None,
        Access::ReadWrite => Some(open_journal(Journal::throwaway).await),
    };
    let (journal, remark) = usable(journal);
    let operating = journal.map(|journal| {
        let clock = means.clock.to_fn();
        Operating::Here { operations: Operations::start(journal.clone(), clock, means.cancel.child_token()), journal }
    });
    Ok(assemble(vec![Arc::new(sim)], demo.access, operating, remark, &means))
}

/// Opening reads and writes the disk: not on the runtime's threads.
async fn open_journal(open: impl FnOnce() -> Result<Journal, JournalError> + Send + 'static) -> Result<Journal, Label> {
    match tokio::task::spawn_blocking(open).await {
        Ok(Ok(journal)) => Ok(journal),
        Ok(Err(e)) => Err(Label::new(e.to_string())),
        Err(e) => Err(Label::new(e.to_string())),
    }
}

/// A provider read at the pace the config asks for. A source's own cadence says how fast it can change; the config stretches or
/// shortens it in proportion to the defaults, so that slow things stay slower than fast ones.
struct Paced {
    inner: Arc<dyn Provider>,
    polling: Polling,
}

#[async_trait]
impl Provider for Paced {
    fn scope(&self) -> &Scope {
        self.inner.scope()
    }

    fn sources(&self) -> Vec<Source> {
        let usual = Polling::default();
        let stretch = |d: Duration, want: Duration, usual: Duration| d.mul_f64(want.as_secs_f64() / usual.as_secs_f64());
        let mut sources = self.inner.sources();
        for source in &mut sources {
            if source.kind == SourceKind::Metrics {
                source.focused = stretch(source.focused, self.polling.metrics, usual.metrics);
                source.background = stretch(source.background, self.polling.metrics, usual.metrics);
            } else {
                source.focused = stretch(source.focused, self.polling.focus, usual.focus);
                source.background = stretch(source.background, self.polling.background, usual.background);
            }
        }
        sources
    }

    async fn read(&self, source: SourceKind, focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
        self.inner.read(source, focus, sink).await
    }

    fn operator(&self, permit: &WritePermit) -> Option<Arc<dyn Operator>> {
        self.inner.operator(permit)
    }
}

struct Ask(Asker);

#[async_trait]
impl Prompt for Ask {
    async fn ask(&self, title: Label, prompt: Label) -> Option<String> {
        self.0.ask(title, prompt, true).await
    }
}

/// Providers for every region of an estate.
pub async fn connect(estate: &AwsEstate, clock: &Clock, prompt: Option<Arc<dyn Prompt>>) -> Result<Vec<Arc<AwsProvider>>, Label> {
    let settings = AwsSettings {
        profile: estate.profile.clone(),
        regions: estate.regions.clone(),
        endpoint_url: estate.endpoint_url.clone(),
        access: estate.access,
        expected_account: estate.account.clone(),
        ca_bundle: estate.ca_bundle.clone(),
        prompt,
        handed: None,
        probe: estate.probe.clone(),
        clock: clock.to_fn(),
        surroundings: estate.surroundings.clone(),
    };
    aws::connect(settings).await.map_err(|e| Label::new(e.to_string()))
}

/// What a console or a script works with on a real estate: the journal, runners, and the session that a code bought.
pub fn desk(journal: Journal, path: &Path, estate: AwsEstate, providers: &[Arc<AwsProvider>], clock: Clock) -> Desk {
    // One sign-in for all regions of an estate.
    let first = providers.first().cloned();
    let session = Arc::new(move || first.as_ref().and_then(|p| p.hand_over()));
    Desk::new(journal, Runners::beside(path), Some(estate), session, clock)
}

async fn open_aws(estate: AwsEstate, means: Means) -> Result<Opened, Label> {
    let providers = connect(&estate, &means.clock, Some(Arc::new(Ask(means.asker.clone())))).await?;
    let journal = match estate.access {
        Access::ReadOnly => None,
        Access::ReadWrite => {
            let path = means.journal.clone();
            Some(open_journal(move || Journal::open(&path)).await)
        }
    };
    let access = estate.access;
    let (journal, remark) = usable(journal);
    let operating = journal.map(|journal| {
        let desk = desk(journal, &means.journal, estate, &providers, means.clock.clone());
        Operating::Detached(Detached::start(desk, means.cancel.child_token()))
    });
    let providers = providers.into_iter().map(|p| p as Arc<dyn Provider>).collect();
    Ok(assemble(providers, access, operating, remark, &means))
}

/// The journal, or the remark that there is none.
fn usable(journal: Option<Result<Journal, Label>>) -> (Option<Journal>, Option<Label>) {
    match journal {
        Some(Ok(journal)) => (Some(journal), None),
        Some(Err(why)) => (None, Some(Label::new(format!("nothing can be changed: {why}")))),
        None => (None, None),
    }
}

fn assemble(
    providers: Vec<Arc<dyn Provider>>,
    access: Access,
    mut operating: Option<Operating>,
    remark: Option<Label>,
    means: &Means,
) -> Opened {
    let polling = means.polling;
    let settings = engine::Settings { operating: polling.operation, ..engine::Settings::default() };
    let providers: Vec<Arc<dyn Provider>> =
        providers.into_iter().map(|inner| Arc::new(Paced { inner, polling }) as Arc<dyn Provider>).collect();
    let engine = Engine::start(providers.clone(), settings, means.clock.clone(), means.cancel.child_token());
    let snapshots = engine.snapshots();
    let progress = operating.as_mut().and_then(Operating::events);
    let scopes = providers.iter().map(|p| p.scope().clone()).collect();
    Opened { scopes, engine, snapshots, operating: operating.map(Arc::new), progress, remark, providers, access, admitted: Vec::new() }
}
