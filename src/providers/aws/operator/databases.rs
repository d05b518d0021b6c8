//! Databases: reboot, failover, snapshot. Caches are read here and never changed: a reboot of theirs loses data, and their failover call is
//! a test tool that the service may block.

use crate::domain::{FailureKind, Kind, ResourceId};
use crate::providers::ProviderError;
use crate::providers::aws::rds::Named;

use super::caller::Caller;

pub(super) const REBOOT: &str = "rds:RebootDBInstance";
pub(super) const FAIL_OVER: &str = "rds:FailoverDBCluster";
pub(super) const SNAPSHOT: &str = "rds:CreateDBSnapshot";
pub(super) const SNAPSHOT_CLUSTER: &str = "rds:CreateDBClusterSnapshot";

pub(super) async fn reboot(caller: &Caller<'_>, database: &ResourceId, fail_over: bool) -> Result<(), ProviderError> {
    match named(caller, database, REBOOT)? {
        Named::Instance(name) => reboot_instance(caller, name, fail_over).await,
        Named::Cluster(name) => {
            let message = format!("{name} is a cluster: its instances are rebooted one by one, or it fails over");
            Err(caller.refuse(FailureKind::Unsupported, REBOOT, message))
        }
    }
}

/// A cluster promotes one of its replicas; an instance with a standby reboots into it.
pub(super) async fn fail_over(caller: &Caller<'_>, database: &ResourceId) -> Result<(), ProviderError> {
    match named(caller, database, FAIL_OVER)? {
        Named::Instance(name) => reboot_instance(caller, name, true).await,
        Named::Cluster(name) => caller.done(FAIL_OVER, caller.writers.rds.failover_db_cluster().db_cluster_identifier(name).send().await),
    }
}

pub(super) async fn take_snapshot(caller: &Caller<'_>, database: &ResourceId, snapshot: &str) -> Result<(), ProviderError> {
    match named(caller, database, SNAPSHOT)? {
        Named::Instance(name) => {
            let request = caller.writers.rds.create_db_snapshot().db_instance_identifier(name).db_snapshot_identifier(snapshot);
            caller.done(SNAPSHOT, request.send().await)
        }
        Named::Cluster(name) => {
            let request = caller.writers.rds.create_db_cluster_snapshot().db_cluster_identifier(name);
            caller.done(SNAPSHOT_CLUSTER, request.db_cluster_snapshot_identifier(snapshot).send().await)
        }
    }
}

async fn reboot_instance(caller: &Caller<'_>, name: &str, fail_over: bool) -> Result<(), ProviderError> {
    // Left out where it is not wanted: the parameter is refused for instances without a standby.
    let request = caller.writers.rds.reboot_db_instance().db_instance_identifier(name).set_force_failover(fail_over.then_some(true));
    caller.done(REBOOT, request.send().await)
}

fn named<'i>(caller: &Caller<'_>, database: &'i ResourceId, operation: &str) -> Result<Named<'i>, ProviderError> {
    let native = caller.native(database, Kind::Database, operation)?;
    Named::parse(native).ok_or_else(|| {
        let message = "caches are not rebooted, failed over or copied from here: a reboot loses their data, and ElastiCache has a failover only \
                       as a test";
        caller.refuse(FailureKind::Unsupported, operation, message)
    })
}
