//! What the latest complete reads of this region found, so that one source can use another's answer without a second call:
//! metrics need the balancer of a target group, probes need addresses, activities need the groups that moved.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::{Group, Instance, TargetPool};

/// Each list is the latest *complete* read; empty before the first.
#[derive(Debug)]
pub(super) struct Memory {
    groups: watch::Sender<Option<Arc<[Group]>>>,
    pools: RwLock<Arc<[TargetPool]>>,
    instances: RwLock<Arc<[Instance]>>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { groups: watch::Sender::new(None), pools: RwLock::default(), instances: RwLock::default() }
    }
}

impl Memory {
    pub fn groups(&self) -> Arc<[Group]> {
        self.groups.borrow().clone().unwrap_or_default()
    }

    pub fn pools(&self) -> Arc<[TargetPool]> {
        Arc::clone(&self.pools.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn instances(&self) -> Arc<[Instance]> {
        Arc::clone(&self.instances.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The groups, waiting for their first complete read at most this long.
    pub async fn groups_within(&self, patience: Duration) -> Arc<[Group]> {
        let mut changes = self.groups.subscribe();
        let _ = tokio::time::timeout(patience, changes.wait_for(Option::is_some)).await;
        self.groups()
    }

    pub fn keep_groups(&self, groups: Arc<[Group]>) {
        self.groups.send_replace(Some(groups));
    }

    pub fn keep_pools(&self, pools: Arc<[TargetPool]>) {
        *self.pools.write().unwrap_or_else(PoisonError::into_inner) = pools;
    }

    pub fn keep_instances(&self, instances: Arc<[Instance]>) {
        *self.instances.write().unwrap_or_else(PoisonError::into_inner) = instances;
    }
}
