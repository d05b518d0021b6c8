//! Caches: replication groups and the clusters that belong to none.
//!
//! A replication group is one row, as its users see one cache; how its nodes stand is told in its replication status. Memcached
//! clusters and single nodes are rows of their own.

mod convert;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{Database, FailureKind, Focus, Label, Observation, ResourceId};
use crate::providers::{Page, PageSink, ProviderError};

pub(super) use self::convert::Cache;
use self::convert::{Node, convert_cluster, convert_group, convert_node};
use super::gaps::or_gap;
use super::paging::Pages;
use super::reader::Reader;

const CLUSTERS: &str = "elasticache:DescribeCacheClusters";
const GROUPS: &str = "elasticache:DescribeReplicationGroups";

/// The caches of the latest complete read: metrics need their nodes, events their ids.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Arc<[Cache]>>);

impl Kept {
    pub fn caches(&self) -> Arc<[Cache]> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn keep(&self, caches: Arc<[Cache]>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = caches;
    }
}

/// Reads clusters with their nodes, then the groups they form. Clusters that stand alone are sent as they come.
pub(super) async fn read(reader: &Reader<'_>, _focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
    let mut all: Vec<Cache> = Vec::new();
    let mut nodes: Vec<Node> = Vec::new();
    let mut pages = Pages::new(CLUSTERS, reader.scope);
    let mut marker = None;
    loop {
        let request = reader.clients.elasticache.describe_cache_clusters().show_cache_node_info(true).max_records(100);
        let answer = request.set_marker(marker).send().await.map_err(reader.error(CLUSTERS))?;
        let mut page = Page { calls: 1, ..Page::default() };
        for cluster in answer.cache_clusters() {
            if cluster.replication_group_id().is_some_and(|g| !g.is_empty()) {
                nodes.extend(convert_node(cluster));
            } else if let Some(cache) = convert_cluster(cluster, reader.scope) {
                page.rows.push(Observation::Database(cache.database.clone()));
                all.push(cache);
            }
        }
        reader.hand_over(sink, page).await?;
        marker = pages.next(answer.marker())?;
        if marker.is_none() {
            break;
        }
    }

    let (groups, calls) = fetch_groups(reader, &nodes).await;
    let mut page = Page { calls, ..Page::default() };
    let groups = match or_gap(groups, &mut page.gaps)? {
        Some(groups) => groups,
        // The groups as they were; better a known row with a gap beside it than none.
        None => reader.memory.caches.caches().iter().filter(|c| c.is_group).cloned().collect(),
    };
    let orphans = nodes.iter().filter(|n| !groups.iter().any(|g| g.nodes.contains(&n.name))).count();
    if orphans > 0 && page.gaps.is_empty() {
        page.gaps.push(Label::new(format!("{GROUPS}: {orphans} nodes belong to replication groups that are not listed")));
    }
    page.rows.extend(groups.iter().map(|g| Observation::Database(g.database.clone())));
    all.extend(groups);
    reader.hand_over(sink, page).await?;
    reader.memory.caches.keep(all.into());
    Ok(())
}

async fn fetch_groups(reader: &Reader<'_>, nodes: &[Node]) -> (Result<Vec<Cache>, ProviderError>, u32) {
    let mut calls = 0;
    let answer = async {
        let mut pages = Pages::new(GROUPS, reader.scope);
        let (mut marker, mut all) = (None, Vec::new());
        loop {
            calls += 1;
            let request = reader.clients.elasticache.describe_replication_groups().max_records(100).set_marker(marker);
            let answer = request.send().await.map_err(reader.error(GROUPS))?;
            all.extend(answer.replication_groups().iter().filter_map(|g| convert_group(g, nodes, reader.scope)));
            marker = pages.next(answer.marker())?;
            if marker.is_none() {
                return Ok(all);
            }
        }
    }
    .await;
    (answer, calls)
}

/// One cluster or replication group as it is now. `None`: there is no such cache.
pub(super) async fn fetch_one(reader: &Reader<'_>, id: &ResourceId) -> Result<Option<Database>, ProviderError> {
    let native = id.native();
    let name = native.rsplit(':').next().unwrap_or(native);
    let found = if native.contains("replicationgroup:") {
        let request = reader.clients.elasticache.describe_replication_groups().replication_group_id(name);
        let answer = request.send().await.map_err(reader.error(GROUPS));
        answer.map(|a| a.replication_groups().first().and_then(|g| convert_group(g, &[], reader.scope)))
    } else {
        let request = reader.clients.elasticache.describe_cache_clusters().cache_cluster_id(name).show_cache_node_info(true);
        let answer = request.send().await.map_err(reader.error(CLUSTERS));
        answer.map(|a| a.cache_clusters().first().and_then(|c| convert_cluster(c, reader.scope)))
    };
    match found {
        Ok(cache) => Ok(cache.map(|c| c.database)),
        Err(error) if error.kind == FailureKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
