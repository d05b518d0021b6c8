//! The contract every provider keeps, as one suite: call [`check`] from the tests of a provider.
//!
//! What differs between systems (which faults can be provoked, what a call changes) is tested beside each provider.

use std::sync::Arc;
use std::time::Duration;

use super::{Access, Page, PageSink, Provider, ProviderError, WritePermit};
use crate::domain::{FailureKind, Focus, Identity, Observation, Scope, SourceKind};

/// How long one read of a whole source may take in a test.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the whole suite on fresh providers.
pub async fn check<P: Provider + 'static>(fresh: impl Fn() -> Arc<P>) {
    sources_are_well_formed(&*fresh());
    every_source_reads_to_its_end_again_and_again(&*fresh()).await;
    rows_carry_the_scope_of_their_provider(&*fresh()).await;
    a_read_can_be_dropped_at_any_page(&*fresh()).await;
    a_reader_that_goes_away_ends_the_read(&*fresh()).await;
    a_slow_reader_holds_the_read_back(&*fresh()).await;
    nobody_writes_without_a_permit_for_this_scope(&*fresh()).await;
}

/// Everything one source says: its pages and how the read ended.
pub async fn read_all(provider: &dyn Provider, source: SourceKind, focus: &Focus) -> (Vec<Page>, Result<(), ProviderError>) {
    let (sink, mut pages) = PageSink::new(4);
    let collect = async {
        let mut all = Vec::new();
        while let Some(page) = pages.recv().await {
            all.push(page);
        }
        all
    };
    let reading = async move { provider.read(source, focus, &sink).await };
    let both = async { tokio::join!(reading, collect) };
    let (end, all) =
        tokio::time::timeout(PATIENCE, both).await.unwrap_or_else(|_| panic!("{source:?} is not at its end after {PATIENCE:?}"));
    (all, end)
}

/// An error must name the call and the scope, say what to do, and hold none of the secrets the test knows.
pub fn assert_error_speaks(error: &ProviderError, secrets: &[&str]) {
    let text = error.to_string();
    assert!(text.contains(&*error.operation) && !error.operation.is_empty(), "names no operation: {text}");
    assert!(text.contains(&error.scope.to_string()), "names no scope: {text}");
    assert!(text.contains(error.kind.remedy()), "shows no way out: {text}");
    for secret in secrets {
        assert!(!text.contains(secret) && !format!("{error:?}").contains(secret), "tells a secret");
    }
}

fn sources_are_well_formed(provider: &dyn Provider) {
    let sources = provider.sources();
    let mut kinds: Vec<SourceKind> = sources.iter().map(|s| s.kind).collect();
    let count = kinds.len();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), count, "a source is listed twice");
    assert!(kinds.contains(&SourceKind::Identity), "nobody could say who we are");
    for source in sources {
        assert!(source.focused >= Duration::from_millis(500), "{:?} would be read too often", source.kind);
        assert!(source.focused <= source.background, "{:?} is read faster when nobody looks", source.kind);
        assert!(source.unit_cost >= 0.0);
    }
}

async fn every_source_reads_to_its_end_again_and_again(provider: &dyn Provider) {
    for _ in 0..2 {
        for source in provider.sources() {
            let (pages, end) = read_all(provider, source.kind, &Focus::default()).await;
            match end {
                Ok(()) => assert!(pages.iter().all(|p| p.calls > 0 || p.rows.is_empty()), "{:?}: rows that cost no call", source.kind),
                // Not offered here is an answer too; it must be a good sentence.
                Err(error) if error.kind == FailureKind::Unsupported => assert_error_speaks(&error, &[]),
                Err(error) => panic!("{:?}: {error}", source.kind),
            }
        }
    }
}

/// The scope a row belongs to; `None` for rows that name none.
fn scope_of(row: &Observation) -> Option<&Scope> {
    match row {
        Observation::Identity(i) => Some(&i.scope),
        Observation::Group(g) => Some(&g.id.scope),
        Observation::Instance(i) => Some(&i.id.scope),
        Observation::Pool(p) => Some(&p.id.scope),
        Observation::Database(d) => Some(&d.id.scope),
        Observation::Alarm(a) => Some(&a.id.scope),
        Observation::Series(s) => Some(&s.key.resource.scope),
        Observation::Change(c) => c.about.as_ref().map(|id| &id.scope),
        Observation::Policies { group, .. } | Observation::Schedules { group, .. } | Observation::Activities { group, .. } => {
            Some(&group.scope)
        }
        Observation::Probe { member, .. } => Some(&member.scope),
    }
}

async fn rows_carry_the_scope_of_their_provider(provider: &dyn Provider) {
    for source in provider.sources() {
        for row in read_all(provider, source.kind, &Focus::default()).await.0.iter().flat_map(|p| &p.rows) {
            if let Some(scope) = scope_of(row) {
                assert_eq!(scope, provider.scope(), "{:?}: {row:?}", source.kind);
            }
        }
    }
}

/// Dropping the future is how a read is cancelled: after any number of pages, the next read works as if nothing had been.
async fn a_read_can_be_dropped_at_any_page(provider: &dyn Provider) {
    for source in provider.sources() {
        for wanted in 0..3 {
            let (sink, mut pages) = PageSink::new(1);
            let focus = Focus::default();
            let mut seen = 0;
            let read = provider.read(source.kind, &focus, &sink);
            tokio::pin!(read);
            while seen < wanted {
                tokio::select! {
                    biased;
                    Some(_) = pages.recv() => seen += 1,
                    _ = &mut read => break,
                }
            }
        }
        let (_, end) = read_all(provider, source.kind, &Focus::default()).await;
        assert!(
            end.is_ok() || end.is_err_and(|e| e.kind == FailureKind::Unsupported),
            "{:?} does not read after being cancelled",
            source.kind
        );
    }
}

async fn a_reader_that_goes_away_ends_the_read(provider: &dyn Provider) {
    for source in provider.sources() {
        let (sink, pages) = PageSink::new(1);
        drop(pages);
        let ended = tokio::time::timeout(PATIENCE, provider.read(source.kind, &Focus::default(), &sink)).await;
        assert!(ended.is_ok(), "{:?} goes on for nobody", source.kind);
    }
}

/// A full sink makes the read wait; nothing is lost and nothing piles up elsewhere.
async fn a_slow_reader_holds_the_read_back(provider: &dyn Provider) {
    let whole: usize = read_all(provider, SourceKind::Groups, &Focus::default()).await.0.iter().map(|p| p.rows.len()).sum();
    let (sink, mut pages) = PageSink::new(1);
    let slow = async {
        let mut rows = 0;
        while let Some(page) = pages.recv().await {
            rows += page.rows.len();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        rows
    };
    let reading = async move { provider.read(SourceKind::Groups, &Focus::default(), &sink).await };
    let (end, rows) = tokio::join!(reading, slow);
    if end.is_ok() {
        assert_eq!(rows, whole);
    }
}

async fn nobody_writes_without_a_permit_for_this_scope(provider: &dyn Provider) {
    let (pages, _) = read_all(provider, SourceKind::Identity, &Focus::default()).await;
    let identity = pages.iter().flat_map(|p| &p.rows).find_map(|row| match row {
        Observation::Identity(identity) => Some(identity.clone()),
        _ => None,
    });
    let identity = identity.expect("the identity source says who we are");
    assert!(WritePermit::grant(Access::ReadOnly, &identity).is_none(), "a read-only process got a permit");
    let elsewhere = Identity { scope: Scope::new("nowhere", "nobody", "no-region"), ..identity.clone() };
    if let Some(permit) = WritePermit::grant(Access::ReadWrite, &elsewhere) {
        assert!(provider.operator(&permit).is_none(), "a permit for another scope opened this one");
    }
    if let Some(permit) = WritePermit::grant(Access::ReadWrite, &identity)
        && let Some(operator) = provider.operator(&permit)
    {
        let who = operator.identity().await.unwrap_or_else(|e| panic!("the operator cannot say who it is: {e}"));
        assert!(permit.covers(&who), "the operator is somebody else than the permit was granted to");
    }
}
