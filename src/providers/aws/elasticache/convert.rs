//! From ElastiCache types to [`Database`]. The only place that knows both.

use aws_sdk_elasticache::types::{
    AutomaticFailoverStatus, CacheCluster, Endpoint, MultiAzStatus, PendingModifiedValues, ReplicationGroup,
    ReplicationGroupPendingModifiedValues, SlotMigration,
};

use crate::domain::{Database, DatabaseRole, Kind, Label, ResourceId, Scope, Status, StatusClass};
use crate::providers::aws::time::convert_time;

/// A row with what metrics and events need to know about it.
#[derive(Clone, Debug)]
pub(in crate::providers::aws) struct Cache {
    pub database: Database,
    /// Ids of the cache clusters behind it: the dimension of their metrics.
    pub nodes: Vec<String>,
    pub is_group: bool,
    /// Memcached has no engine CPU of its own, Redis and Valkey have.
    pub is_memcached: bool,
}

/// A cluster that is a node of a replication group.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub name: String,
    group: String,
    status: Status,
    engine: Label,
    pending: Vec<Label>,
}

/// Status of a cluster or replication group (ElastiCache user guide). Free text; a word that is not listed is unknown.
pub(super) fn convert_status(word: Option<&str>) -> Status {
    let Some(word) = word.filter(|w| !w.is_empty()) else { return Status::unknown("no status") };
    let class = match word {
        "available" => StatusClass::Good,
        "creating" | "modifying" | "snapshotting" | "rebooting cluster nodes" | "deleting" | "deleted" => StatusClass::Moving,
        "incompatible-network" | "restore-failed" | "create-failed" => StatusClass::Bad,
        _ => StatusClass::Unknown,
    };
    Status::new(word, class)
}

pub(super) fn convert_node(cluster: &CacheCluster) -> Option<Node> {
    let mut pending = Vec::new();
    if let Some(p) = cluster.pending_modified_values() {
        push_pending(&mut pending, p);
    }
    Some(Node {
        name: cluster.cache_cluster_id()?.to_owned(),
        group: cluster.replication_group_id()?.to_owned(),
        status: convert_status(cluster.cache_cluster_status()),
        engine: engine_of(cluster.engine(), cluster.engine_version()),
        pending,
    })
}

/// A cluster of its own.
pub(super) fn convert_cluster(cluster: &CacheCluster, scope: &Scope) -> Option<Cache> {
    let name = cluster.cache_cluster_id()?;
    let native = cluster.arn().map_or_else(|| format!("cache:{name}"), str::to_owned);
    let mut out = Database::new(
        ResourceId::new(scope, Kind::Database, native),
        Label::new(name),
        engine_of(cluster.engine(), cluster.engine_version()),
        convert_status(cluster.cache_cluster_status()),
    );
    out.role = DatabaseRole::Cache;
    out.class = class_of(cluster.cache_node_type(), cluster.num_cache_nodes().and_then(|n| usize::try_from(n).ok()));
    out.zone = cluster.preferred_availability_zone().map(Label::new);
    out.multi_az = out.zone.as_deref().map(|z| z == "Multiple");
    let endpoint = cluster.configuration_endpoint().or_else(|| cluster.cache_nodes().first().and_then(|n| n.endpoint()));
    out.endpoint = endpoint.and_then(|e| e.address()).map(Label::new);
    out.port = endpoint.and_then(Endpoint::port).and_then(|p| p.try_into().ok());
    out.created = cluster.cache_cluster_create_time().and_then(convert_time);
    if let Some(p) = cluster.pending_modified_values() {
        push_pending(&mut out.pending, p);
    }
    let nodes: Vec<(&str, Status)> =
        cluster.cache_nodes().iter().map(|n| (n.cache_node_id().unwrap_or("?"), convert_status(n.cache_node_status()))).collect();
    out.replication = (nodes.len() > 1).then(|| sum_up(&nodes));
    let is_memcached = cluster.engine() == Some("memcached");
    Some(Cache { database: out, nodes: vec![name.to_owned()], is_group: false, is_memcached })
}

pub(super) fn convert_group(group: &ReplicationGroup, nodes: &[Node], scope: &Scope) -> Option<Cache> {
    let name = group.replication_group_id()?;
    let native = group.arn().map_or_else(|| format!("replicationgroup:{name}"), str::to_owned);
    let ours: Vec<&Node> = nodes.iter().filter(|n| n.group == name).collect();
    // Only the nodes know the version; while it is being upgraded they differ, and the first stands for all.
    let engine = ours.first().map_or_else(|| engine_of(group.engine(), None), |n| n.engine.clone());
    let mut out = Database::new(ResourceId::new(scope, Kind::Database, native), Label::new(name), engine, convert_status(group.status()));
    out.role = DatabaseRole::Cache;
    out.class = class_of(group.cache_node_type(), Some(group.member_clusters().len().max(ours.len())));
    out.multi_az = match group.multi_az() {
        Some(MultiAzStatus::Enabled) => Some(true),
        Some(MultiAzStatus::Disabled) => Some(false),
        _ => None,
    };
    let endpoint = group.configuration_endpoint().or_else(|| group.node_groups().first().and_then(|g| g.primary_endpoint()));
    out.endpoint = endpoint.and_then(|e| e.address()).map(Label::new);
    out.port = endpoint.and_then(Endpoint::port).and_then(|p| p.try_into().ok());
    out.created = group.replication_group_create_time().and_then(convert_time);
    if let Some(p) = group.pending_modified_values() {
        push_group_pending(&mut out.pending, p);
    }
    for node in &ours {
        for what in &node.pending {
            if !out.pending.contains(what) {
                out.pending.push(what.clone());
            }
        }
    }
    if let Some(s @ (AutomaticFailoverStatus::Enabling | AutomaticFailoverStatus::Disabling)) = group.automatic_failover() {
        out.pending.push(Label::new(format!("automatic failover {s}")));
    }
    let mut parts: Vec<(&str, Status)> = ours.iter().map(|n| (n.name.as_str(), n.status.clone())).collect();
    // A shard has its own word beside those of its nodes.
    parts.extend(
        group
            .node_groups()
            .iter()
            .filter(|_| group.node_groups().len() > 1)
            .map(|g| (g.node_group_id().unwrap_or("?"), convert_status(g.status())))
            .filter(|(_, status)| !status.is_good()),
    );
    out.replication = (!parts.is_empty()).then(|| sum_up(&parts));
    let mut names: Vec<String> = group.member_clusters().to_vec();
    names.extend(ours.iter().map(|n| n.name.clone()).filter(|n| !group.member_clusters().contains(n)));
    Some(Cache { database: out, nodes: names, is_group: true, is_memcached: false })
}

/// `3 nodes available`, or the first that is not: `sessions-002 snapshotting (2 of 3 nodes available)`.
fn sum_up(nodes: &[(&str, Status)]) -> Status {
    let good = nodes.iter().filter(|(_, s)| s.is_good()).count();
    match nodes.iter().max_by_key(|(_, s)| s.class) {
        Some((name, worst)) if !worst.is_good() => {
            Status::new(format!("{name} {} ({good} of {} nodes available)", worst.word, nodes.len()), worst.class)
        }
        _ => Status::good(format!("{good} {} available", if good == 1 { "node" } else { "nodes" })),
    }
}

fn class_of(class: Option<&str>, nodes: Option<usize>) -> Option<Label> {
    let class = class?;
    Some(match nodes {
        Some(n) if n > 1 => Label::new(format!("{n} × {class}")),
        _ => Label::new(class),
    })
}

fn engine_of(engine: Option<&str>, version: Option<&str>) -> Label {
    match (engine, version.filter(|v| !v.is_empty())) {
        (Some(engine), Some(version)) => Label::new(format!("{engine} {version}")),
        (Some(engine), None) => Label::new(engine),
        (None, _) => Label::default(),
    }
}

fn push_pending(out: &mut Vec<Label>, p: &PendingModifiedValues) {
    if let Some(v) = p.num_cache_nodes() {
        out.push(Label::new(format!("nodes → {v}")));
    }
    if !p.cache_node_ids_to_remove().is_empty() {
        out.push(Label::new(format!("removes nodes {}", p.cache_node_ids_to_remove().join(", "))));
    }
    if let Some(v) = p.engine_version() {
        out.push(Label::new(format!("engine → {v}")));
    }
    if let Some(v) = p.cache_node_type() {
        out.push(Label::new(format!("class → {v}")));
    }
    if p.auth_token_status().is_some() {
        out.push(Label::new("auth token"));
    }
    if let Some(v) = p.transit_encryption_enabled() {
        out.push(Label::new(format!("encryption in transit {}", if v { "on" } else { "off" })));
    }
}

fn push_group_pending(out: &mut Vec<Label>, p: &ReplicationGroupPendingModifiedValues) {
    if let Some(v) = p.primary_cluster_id() {
        out.push(Label::new(format!("primary → {v}")));
    }
    if let Some(v) = p.automatic_failover_status() {
        out.push(Label::new(format!("automatic failover → {v}")));
    }
    if let Some(v) = p.resharding().and_then(|r| r.slot_migration()).and_then(SlotMigration::progress_percentage) {
        out.push(Label::new(format!("resharding {v:.0} %")));
    }
    if p.auth_token_status().is_some() {
        out.push(Label::new("auth token"));
    }
    if p.user_groups().is_some() {
        out.push(Label::new("user groups"));
    }
    if let Some(v) = p.transit_encryption_enabled() {
        out.push(Label::new(format!("encryption in transit {}", if v { "on" } else { "off" })));
    }
    if let Some(v) = p.cluster_mode() {
        out.push(Label::new(format!("cluster mode → {v}")));
    }
}
