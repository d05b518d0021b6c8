//! AWS: one [`AwsProvider`] per region, read through the SDKs, changed by `operator` alone.
//!
//! SDK types never leave this folder; the `convert_*` functions are the exit. Reading clients carry a wall that lets only listed
//! read operations out. Retries of reads are few (the engine backs off); calls that change something are never repeated here.

mod activities;
mod alarms;
#[cfg(test)]
mod canned;
mod cloudwatch;
mod connect;
mod convert;
mod elasticache;
mod error;
mod events;
mod gaps;
mod groups;
mod handover;
mod identity;
mod instances;
mod lifecycle;
mod link;
mod memory;
mod mfa;
mod operator;
mod paging;
mod policies;
mod pools;
mod probe;
mod rds;
mod reader;
mod session;
mod settings;
mod signals;
mod time;
mod transport;
#[cfg(test)]
mod trial;
mod wall;
mod whole;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use crate::domain::{Focus, Scope, SourceKind};
use crate::providers::{Access, Operator, PageSink, Provider, ProviderError, Source, WritePermit};

pub use crate::config::probe::ProbeSettings;
pub use connect::connect;
pub use handover::Handover;
pub use session::ConnectError;
pub use settings::{AwsSettings, Clock, Prompt, Surroundings};

use link::{Connection, Link};
use operator::AwsOperator;

/// One account in one region.
pub struct AwsProvider {
    link: Arc<Link>,
}

impl AwsProvider {
    /// Requests sent to this region so far, repeats by the SDK included.
    pub fn requests(&self) -> u64 {
        self.link.traffic().requests()
    }

    /// The session that an MFA code bought here, for a process that cannot ask for one; `None` where no code was needed.
    pub fn hand_over(&self) -> Option<Handover> {
        self.link.session.mfa().session().as_ref().map(Handover::of)
    }

    async fn read_with(&self, connection: &Connection, source: SourceKind, focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
        let reader = self.link.reader(connection);
        // Boxed: the sources' futures differ much in size, and each is polled for seconds.
        let read: BoxFuture<'_, Result<(), ProviderError>> = match source {
            SourceKind::Identity => Box::pin(identity::read(&self.link, connection, sink)),
            SourceKind::Groups => Box::pin(groups::read(&reader, focus, sink)),
            SourceKind::Instances => Box::pin(instances::read(&reader, focus, sink)),
            SourceKind::Pools => Box::pin(pools::read(&reader, focus, sink)),
            SourceKind::Activities => Box::pin(activities::read(&reader, focus, sink)),
            SourceKind::Policies => Box::pin(policies::read(&reader, focus, sink)),
            SourceKind::Databases => Box::pin(rds::read(&reader, focus, sink)),
            SourceKind::Caches => Box::pin(elasticache::read(&reader, focus, sink)),
            SourceKind::Alarms => Box::pin(alarms::read(&reader, focus, sink)),
            SourceKind::Metrics => Box::pin(cloudwatch::read(&reader, focus, sink)),
            SourceKind::Events => Box::pin(events::read(&reader, focus, sink)),
            SourceKind::Probes => Box::pin(probe::read(&reader, focus, sink)),
        };
        read.await
    }
}

#[async_trait]
impl Provider for AwsProvider {
    fn scope(&self) -> &Scope {
        &self.link.scope
    }

    fn sources(&self) -> Vec<Source> {
        let source = |kind, focused: u64, background: u64| Source {
            kind,
            focused: Duration::from_secs(focused),
            background: Duration::from_secs(background),
            // Dollars per metric requested by GetMetricData; everything else is free.
            unit_cost: if kind == SourceKind::Metrics { 0.000_01 } else { 0.0 },
            needs_focus: kind == SourceKind::Metrics,
        };
        let mut sources = vec![
            source(SourceKind::Identity, 300, 300),
            source(SourceKind::Groups, 10, 60),
            source(SourceKind::Instances, 30, 60),
            source(SourceKind::Pools, 10, 60),
            source(SourceKind::Activities, 15, 60),
            source(SourceKind::Alarms, 30, 60),
            source(SourceKind::Metrics, 60, 60),
            source(SourceKind::Databases, 30, 60),
            source(SourceKind::Caches, 60, 120),
            source(SourceKind::Policies, 120, 300),
            source(SourceKind::Events, 60, 120),
        ];
        let probe = &self.link.session.settings.probe;
        if probe.is_active() {
            sources.push(Source { focused: probe.every, background: probe.every, ..source(SourceKind::Probes, 0, 0) });
        }
        sources
    }

    async fn read(&self, source: SourceKind, focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
        let connection = self.link.connection().await?;
        let result = self.read_with(&connection, source, focus, sink).await;
        if let Err(error) = &result {
            self.link.note(&connection, error).await;
        }
        result
    }

    fn operator(&self, permit: &WritePermit) -> Option<Arc<dyn Operator>> {
        let settings = self.link.settings();
        let right_account = settings.expected_account.as_deref().is_none_or(|expected| expected == permit.account().as_str());
        (settings.access == Access::ReadWrite && permit.scope() == &self.link.scope && right_account)
            .then(|| Arc::new(AwsOperator::new(Arc::clone(&self.link), permit.clone())) as Arc<dyn Operator>)
    }
}
