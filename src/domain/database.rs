//! Databases and caches, managed or probed.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::ResourceId;
use super::label::Label;
use super::status::Status;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DatabaseRole {
    /// Stands alone.
    #[default]
    Single,
    /// The writer of a cluster or the source of replicas.
    Primary,
    Replica,
    /// The cluster itself, above its instances.
    Cluster,
    Cache,
}

impl DatabaseRole {
    pub fn word(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Primary => "primary",
            Self::Replica => "replica",
            Self::Cluster => "cluster",
            Self::Cache => "cache",
        }
    }
}

/// The latest backup that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub name: Label,
    pub at: Timestamp,
    pub status: Status,
}

/// One database instance, cluster or cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Database {
    pub id: ResourceId,
    pub name: Label,
    /// `mysql 8.0.39`.
    pub engine: Label,
    /// Instance class (`db.r6g.large`).
    pub class: Option<Label>,
    pub status: Status,
    pub role: DatabaseRole,
    pub zone: Option<Label>,
    pub multi_az: Option<bool>,
    /// Allocated storage in bytes.
    pub storage: Option<u64>,
    pub endpoint: Option<Label>,
    pub port: Option<u16>,
    /// Changes that wait for a maintenance window or a reboot.
    pub pending: Vec<Label>,
    /// State of the replication stream as the cloud words it.
    pub replication: Option<Status>,
    /// The database this one follows, or the cluster it belongs to.
    pub parent: Option<Label>,
    pub latest_snapshot: Option<Snapshot>,
    pub created: Option<Timestamp>,
    // Joined from metrics by `assemble`; `None` = not known.
    /// Percent, 0–100.
    pub cpu: Option<f64>,
    pub connections: Option<f64>,
    pub connections_max: Option<f64>,
    /// Bytes.
    pub free_storage: Option<f64>,
    /// `None` also where the stream is broken: −1 from the cloud is not zero.
    pub replica_lag: Option<Duration>,
    /// Percent of memory used (caches).
    pub memory_used: Option<f64>,
    pub evictions: Option<f64>,
}

impl Database {
    pub fn new(id: ResourceId, name: Label, engine: Label, status: Status) -> Self {
        Self {
            id,
            name,
            engine,
            class: None,
            status,
            role: DatabaseRole::default(),
            zone: None,
            multi_az: None,
            storage: None,
            endpoint: None,
            port: None,
            pending: Vec::new(),
            replication: None,
            parent: None,
            latest_snapshot: None,
            created: None,
            cpu: None,
            connections: None,
            connections_max: None,
            free_storage: None,
            replica_lag: None,
            memory_used: None,
            evictions: None,
        }
    }

    /// Share of the allocated storage in use, 0–100.
    pub fn storage_used_percent(&self) -> Option<f64> {
        let all = self.storage.filter(|s| *s > 0)? as f64;
        Some(((all - self.free_storage?) / all * 100.0).clamp(0.0, 100.0))
    }
}
