//! One folder per system, each turning an API into `domain` values and `domain` calls into API calls.
//!
//! A provider sees no other provider, no screen and no engine. SDK types never leave its folder: `convert` files are the exit.
//! Mutating calls are named in `providers/*/operator.rs` alone, and an operator exists only where a [`WritePermit`] does.

pub mod aws;
#[cfg(test)]
pub mod contract;
mod error;
mod permit;
pub mod sim;
mod sink;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use error::ProviderError;
pub use permit::{Access, WritePermit};
pub use sink::{Page, PageSink, SinkClosed};

use crate::domain::{Alarm, Call, Database, FailureKind, Focus, Group, Identity, ResourceId, Scope, SourceKind, TargetPool};

/// What can be read, how often it can change, and what one read costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub kind: SourceKind,
    /// Cadence while something on screen depends on it.
    pub focused: Duration,
    /// Cadence elsewhere.
    pub background: Duration,
    /// Dollars per paid unit; CloudWatch bills metrics requested. Zero for free reads.
    pub unit_cost: f64,
    /// Read only on a change of focus or cadence while someone looks (metrics, details): skipped when the focus asks for nothing.
    pub needs_focus: bool,
}

/// A system that can be read, and with a permit changed.
#[async_trait]
pub trait Provider: Send + Sync {
    fn scope(&self) -> &Scope;

    fn sources(&self) -> Vec<Source>;

    /// Reads one source, sending pages into the sink as they arrive. `Ok` means: read to the end.
    ///
    /// Cancel by dropping the future. A page token that repeats is a [`FailureKind::Decode`](crate::domain::FailureKind) error.
    async fn read(&self, source: SourceKind, focus: &Focus, sink: &PageSink) -> Result<(), ProviderError>;

    /// The writing half; `None` where this provider cannot change anything.
    fn operator(&self, permit: &WritePermit) -> Option<Arc<dyn Operator>>;
}

/// The writing half of a provider. Never retries by itself: a lost answer must be found out by reading, and that is `operate/`'s work.
#[async_trait]
pub trait Operator: Send + Sync {
    /// Who the calls will be made as; compared with the permit before each operation.
    async fn identity(&self) -> Result<Identity, ProviderError>;

    /// A fresh read of one group with its members, bounds, suspensions and recent activities (open and failed ones are what an operation
    /// looks for); never from a cache. Members carry no targets yet: those come from [`Self::read_pools`].
    async fn read_group(&self, group: &ResourceId) -> Result<Group, ProviderError>;

    /// A fresh read of these pools with their targets.
    async fn read_pools(&self, pools: &[ResourceId]) -> Result<Vec<TargetPool>, ProviderError>;

    /// Alarms about a group and its pools, and how much of their traffic fails, freshly read.
    async fn read_signals(&self, group: &Group, pools: &[TargetPool]) -> Result<Signals, ProviderError> {
        let _ = pools;
        Err(ProviderError::new(FailureKind::Unsupported, "read alarms", &group.id.scope, "there are no alarms here"))
    }

    /// A fresh read of one database or cache.
    async fn read_database(&self, database: &ResourceId) -> Result<Database, ProviderError> {
        Err(ProviderError::new(FailureKind::Unsupported, "read the database", &database.scope, "there are no databases here"))
    }

    /// A fresh read of one alarm, with the rules that mute it.
    async fn read_alarm(&self, alarm: &ResourceId) -> Result<Alarm, ProviderError> {
        Err(ProviderError::new(FailureKind::Unsupported, "read the alarm", &alarm.scope, "there are no alarms here"))
    }

    /// Makes one mutating call. `Ok` means accepted, not done.
    async fn call(&self, call: &Call) -> Result<(), ProviderError>;

    /// What the caller must be allowed to do for a call, in the cloud's own words.
    fn permissions(&self, call: &Call) -> &'static [&'static str] {
        let _ = call;
        &[]
    }
}

/// What tells that a change does harm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signals {
    pub alarms: Vec<Alarm>,
    /// Percent of requests answered 5xx over the last minutes; `None`: not known.
    pub errors_percent: Option<f64>,
}
