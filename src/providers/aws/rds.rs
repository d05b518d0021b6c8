//! Databases: RDS instances and clusters with their latest snapshots.
//!
//! Clusters are read first, because only they know which of their instances writes. A part that cannot be read (a key without the
//! right, an endpoint without the call) leaves a gap, and what was known of it stays.

mod convert;
mod snapshots;
mod status;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{Database, FailureKind, Focus, Observation};
use crate::providers::{Page, PageSink, ProviderError};

use self::convert::{Cluster, convert_cluster, convert_instance};
use self::snapshots::{Snapshots, fetch_newest, fetch_snapshots};
use super::gaps::or_gap;
use super::paging::Pages;
use super::reader::Reader;

pub(super) use self::convert::Named;

pub(super) const INSTANCES: &str = "rds:DescribeDBInstances";
const CLUSTERS: &str = "rds:DescribeDBClusters";

/// What is kept between reads.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    databases: Arc<[Database]>,
    clusters: Arc<[Cluster]>,
    snapshots: Option<Arc<Snapshots>>,
}

impl Kept {
    /// Instances and clusters of the latest complete read.
    pub fn databases(&self) -> Arc<[Database]> {
        self.with(|k| Arc::clone(&k.databases))
    }

    fn with<T>(&self, f: impl FnOnce(&mut Inner) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Reads clusters, snapshots (when they are due) and instances; instances are sent page by page.
pub(super) async fn read(reader: &Reader<'_>, _focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
    let kept = &reader.memory.databases;
    let now = (reader.clock)();
    let held = kept.with(|k| k.snapshots.clone());
    let ((clusters, cluster_calls), (snapshots, snapshot_calls)) = tokio::join!(fetch_clusters(reader), fetch_snapshots(reader, held, now));

    let mut page = Page { calls: cluster_calls + snapshot_calls, gaps: snapshots.gaps.clone(), ..Page::default() };
    kept.with(|k| k.snapshots = Some(Arc::clone(&snapshots)));
    let clusters = or_gap(clusters, &mut page.gaps)?;
    let clusters = kept.with(|k| {
        if let Some(clusters) = clusters {
            k.clusters = clusters.into();
        }
        Arc::clone(&k.clusters)
    });

    let mut all: Vec<Database> = Vec::new();
    for cluster in &*clusters {
        let latest_snapshot = snapshots.clusters.latest(&cluster.keys);
        all.push(Database { latest_snapshot, ..cluster.database.clone() });
    }
    page.rows.extend(all.iter().cloned().map(Observation::Database));
    reader.hand_over(sink, page).await?;

    let mut pages = Pages::new(INSTANCES, reader.scope);
    let mut marker = None;
    loop {
        let request = reader.clients.rds.describe_db_instances().max_records(100).set_marker(marker);
        let answer = request.send().await.map_err(reader.error(INSTANCES))?;
        let mut page = Page { calls: 1, ..Page::default() };
        for instance in answer.db_instances() {
            let Some((database, keys)) = convert_instance(instance, &clusters, reader.scope, now.wall) else { continue };
            let database = Database { latest_snapshot: snapshots.instances.latest(&keys), ..database };
            page.rows.push(Observation::Database(database.clone()));
            all.push(database);
        }
        reader.hand_over(sink, page).await?;
        marker = pages.next(answer.marker())?;
        if marker.is_none() {
            break;
        }
    }
    kept.with(|k| k.databases = all.into());
    Ok(())
}

async fn fetch_clusters(reader: &Reader<'_>) -> (Result<Vec<Cluster>, ProviderError>, u32) {
    let mut calls = 0;
    let answer = async {
        let mut pages = Pages::new(CLUSTERS, reader.scope);
        let (mut marker, mut all) = (None, Vec::new());
        loop {
            calls += 1;
            let request = reader.clients.rds.describe_db_clusters().max_records(100).set_marker(marker);
            let answer = request.send().await.map_err(reader.error(CLUSTERS))?;
            let now = (reader.clock)().wall;
            all.extend(answer.db_clusters().iter().filter_map(|c| convert_cluster(c, reader.scope, now)));
            marker = pages.next(answer.marker())?;
            if marker.is_none() {
                return Ok(all);
            }
        }
    }
    .await;
    (answer, calls)
}

/// One instance or cluster as it is now, with its newest snapshot whatever became of it. `None`: there is no such database.
pub(super) async fn fetch_one(reader: &Reader<'_>, named: Named<'_>) -> Result<Option<Database>, ProviderError> {
    let now = (reader.clock)().wall;
    let (mut database, keys) = match named {
        Named::Cluster(name) => {
            let Some(cluster) = fetch_cluster(reader, name).await? else { return Ok(None) };
            (cluster.database, cluster.keys)
        }
        Named::Instance(name) => {
            let request = reader.clients.rds.describe_db_instances().db_instance_identifier(name);
            let Some(answer) = or_absent(request.send().await.map_err(reader.error(INSTANCES)))? else { return Ok(None) };
            let Some(instance) = answer.db_instances().first() else { return Ok(None) };
            // Which of its instances writes is the cluster's to say.
            let clusters: Vec<Cluster> = match instance.db_cluster_identifier().filter(|c| !c.is_empty()) {
                Some(cluster) => fetch_cluster(reader, cluster).await?.into_iter().collect(),
                None => Vec::new(),
            };
            let Some(converted) = convert_instance(instance, &clusters, reader.scope, now) else { return Ok(None) };
            converted
        }
    };
    database.latest_snapshot = fetch_newest(reader, named, &keys, now).await?;
    Ok(Some(database))
}

async fn fetch_cluster(reader: &Reader<'_>, name: &str) -> Result<Option<Cluster>, ProviderError> {
    let request = reader.clients.rds.describe_db_clusters().db_cluster_identifier(name);
    let answer = or_absent(request.send().await.map_err(reader.error(CLUSTERS)))?;
    let now = (reader.clock)().wall;
    Ok(answer.and_then(|a| convert_cluster(a.db_clusters().first()?, reader.scope, now)))
}

/// Asked for by name, what is not there is a failure of the call.
fn or_absent<T>(answer: Result<T, ProviderError>) -> Result<Option<T>, ProviderError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == FailureKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
