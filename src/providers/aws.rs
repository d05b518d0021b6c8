//! AWS: one [`AwsProvider`] per region, read through the SDKs, changed by [`operator`] alone.
//!
//! SDK types never leave this folder; the `convert_*` functions are the exit. Reading clients carry a wall that lets only listed
//! read operations out. Retries of reads are few (the engine backs off); calls that change something are never repeated here.

mod activities;
mod alarms;
#[cfg(test)]
mod canned;
mod cloudwatch;
mod elasticache;
mod error;
mod events;
mod gaps;
mod groups;
mod identity;
mod instances;
mod memory;
mod paging;
mod policies;
mod pools;
mod probe;
mod rds;
mod reader;
mod settings;
mod time;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::{FailureKind, Focus, Scope, SourceKind};
use crate::providers::{Operator, PageSink, Provider, ProviderError, Source, WritePermit};

pub use crate::config::probe::ProbeSettings;
pub use settings::{AwsSettings, Clock, Prompt};

use memory::Memory;
use reader::{Clients, Reader};

/// One account in one region.
pub struct AwsProvider {
    scope: Scope,
    settings: Arc<AwsSettings>,
    clients: Clients,
    memory: Memory,
}

#[async_trait]
impl Provider for AwsProvider {
    fn scope(&self) -> &Scope {
        &self.scope
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
        vec![
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
            source(SourceKind::Probes, 10, 30),
        ]
    }

    async fn read(&self, source: SourceKind, focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
        let reader = Reader {
            scope: &self.scope,
            clients: &self.clients,
            memory: &self.memory,
            probe: &self.settings.probe,
            clock: &self.settings.clock,
        };
        match source {
            SourceKind::Identity => identity::read(&reader, focus, sink).await,
            SourceKind::Groups => groups::read(&reader, focus, sink).await,
            SourceKind::Instances => instances::read(&reader, focus, sink).await,
            SourceKind::Pools => pools::read(&reader, focus, sink).await,
            SourceKind::Activities => activities::read(&reader, focus, sink).await,
            SourceKind::Policies => policies::read(&reader, focus, sink).await,
            SourceKind::Databases => rds::read(&reader, focus, sink).await,
            SourceKind::Caches => elasticache::read(&reader, focus, sink).await,
            SourceKind::Alarms => alarms::read(&reader, focus, sink).await,
            SourceKind::Metrics => cloudwatch::read(&reader, focus, sink).await,
            SourceKind::Events => events::read(&reader, focus, sink).await,
            SourceKind::Probes => probe::read(&reader, focus, sink).await,
        }
    }

    fn operator(&self, _permit: &WritePermit) -> Option<Arc<dyn Operator>> {
        None
    }
}

/// A source this build cannot read yet.
fn unsupported(reader: &Reader<'_>, operation: &str) -> ProviderError {
    ProviderError::new(FailureKind::Unsupported, operation, reader.scope, "not offered here")
}
