//! Which metrics are asked for, by their names in CloudWatch. Pure: from the focus and what earlier reads found.

use crate::domain::{Database, DatabaseRole, Focus, Group, GroupKind, Kind, Metric, ResourceId, SeriesKey, TargetPool};
use crate::providers::aws::elasticache::Cache;

/// How an answered value becomes ours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reading {
    /// As it is.
    Gauge,
    /// A sum over the step, made a rate per second.
    Rate,
    /// A lag times this. Negative means that replication is not active, which is not zero.
    Lag(f64),
}

/// One metric to ask for. Several with the same key are folded into one series: nodes of one cache.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    pub key: SeriesKey,
    pub namespace: &'static str,
    pub name: &'static str,
    pub dimensions: Vec<(&'static str, String)>,
    pub statistic: &'static str,
    pub reading: Reading,
}

/// What earlier reads found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    pub groups: &'a [Group],
    pub pools: &'a [TargetPool],
    pub databases: &'a [Database],
    pub caches: &'a [Cache],
}

/// What is asked for, and over which window: the chart's or the rows'.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub selected: Vec<Query>,
    pub rows: Vec<Query>,
}

/// From the focus to queries: the selected thing with the pools behind it first, then what is visible or operated on, each once.
pub(super) fn plan_queries(focus: &Focus, known: &Known<'_>) -> Asked {
    let mut seen: Vec<&ResourceId> = Vec::new();
    let mut add = |id, out: &mut Vec<Query>| {
        if !seen.contains(&id) {
            seen.push(id);
            push_queries(out, id, known);
        }
    };
    let mut asked = Asked::default();
    if let Some(id) = &focus.selected {
        add(id, &mut asked.selected);
        let pools = known.groups.iter().find(|g| g.id == *id).map_or(&[][..], |g| &g.pools);
        for pool in pools {
            add(pool, &mut asked.selected);
        }
    }
    for id in focus.visible.iter().chain(&focus.operating) {
        add(id, &mut asked.rows);
    }
    asked
}

/// Requests and 5xx of these pools, and of the balancers they hang from: each balancer once.
pub(super) fn plan_errors(pools: &[TargetPool]) -> Vec<Query> {
    let known = Known { groups: &[], pools, databases: &[], caches: &[] };
    let mut out: Vec<Query> = Vec::new();
    for pool in pools {
        let mut asked = Vec::new();
        push_pool(&mut asked, &pool.id, &known);
        let counts = |q: &Query| matches!(q.key.metric, Metric::Requests | Metric::Errors5xx);
        let Some(requests) = asked.iter().find(|q| q.key.metric == Metric::Requests).cloned() else { continue };
        out.extend(asked.into_iter().filter(counts));
        // The balancer's own dimension stands beside the pool's, or is the pool's.
        let of_balancer = |(name, _): &&(&str, String)| name.starts_with("LoadBalancer");
        let Some(dimension) = requests.dimensions.iter().find(of_balancer).cloned() else { continue };
        let id = ResourceId::new(&pool.id.scope, Kind::Balancer, &dimension.1);
        if out.iter().any(|q| q.key.resource == id) {
            continue;
        }
        let is_classic = requests.namespace == "AWS/ELB";
        let mut to = Asking { out: &mut out, id: &id, namespace: requests.namespace, dimensions: vec![dimension] };
        to.ask(Metric::Requests, "RequestCount", "Sum", Reading::Rate);
        to.ask(Metric::Errors5xx, if is_classic { "HTTPCode_ELB_5XX" } else { "HTTPCode_ELB_5XX_Count" }, "Sum", Reading::Rate);
    }
    out
}

/// Batches of at most `size`, never with the queries of one thing torn apart: a pool's 5xx are read beside its requests.
pub(super) fn batches(queries: &[Query], size: usize) -> impl Iterator<Item = &[Query]> {
    let mut rest = queries;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = size.min(rest.len());
        if end < rest.len() {
            let same = |n: usize| rest[n - 1].key.resource == rest[n].key.resource;
            while end > 1 && same(end) {
                end -= 1;
            }
            // One thing alone fills a batch: then it is torn, as nothing else can be done.
            if same(end) {
                end = size;
            }
        }
        let (batch, more) = rest.split_at(end);
        rest = more;
        Some(batch)
    })
}

fn push_queries(out: &mut Vec<Query>, id: &ResourceId, known: &Known<'_>) {
    match id.kind {
        Kind::Group => {
            let is_instance = match known.groups.iter().find(|g| g.id == *id) {
                Some(group) => group.kind == GroupKind::Instance,
                // Single instances are groups only on the screen; here they are known by the form of their id.
                None => id.native().starts_with("i-"),
            };
            let dimension = if is_instance { "InstanceId" } else { "AutoScalingGroupName" };
            push_cpu(out, id, dimension);
        }
        Kind::Member => push_cpu(out, id, "InstanceId"),
        Kind::Pool => push_pool(out, id, known),
        Kind::Database => match known.caches.iter().find(|c| c.database.id == *id) {
            Some(cache) => push_cache(out, id, cache),
            None => push_database(out, id, known),
        },
        Kind::Balancer | Kind::Alarm | Kind::Rule => {}
    }
}

fn push_cpu(out: &mut Vec<Query>, id: &ResourceId, dimension: &'static str) {
    let mut to = Asking { out, id, namespace: "AWS/EC2", dimensions: vec![(dimension, id.native().to_owned())] };
    to.ask(Metric::Cpu, "CPUUtilization", "Average", Reading::Gauge);
}

/// A pool's metrics need its balancer, which only the read of pools knows: before it, nothing is asked.
fn push_pool(out: &mut Vec<Query>, id: &ResourceId, known: &Known<'_>) {
    let Some((_, target_group)) = id.native().split_once(":targetgroup/") else {
        let mut to = Asking { out, id, namespace: "AWS/ELB", dimensions: vec![("LoadBalancerName", id.native().to_owned())] };
        to.ask(Metric::Requests, "RequestCount", "Sum", Reading::Rate);
        to.ask(Metric::Errors5xx, "HTTPCode_Backend_5XX", "Sum", Reading::Rate);
        to.ask(Metric::Latency, "Latency", "p95", Reading::Gauge);
        to.ask(Metric::HealthyHosts, "HealthyHostCount", "Maximum", Reading::Gauge);
        return;
    };
    let balancers = known.pools.iter().find(|p| p.id == *id).map_or(&[][..], |p| &p.balancers);
    // A target group hangs from one balancer, unless it is a network one; the first that has request metrics tells most.
    let suffixes = || balancers.iter().filter_map(|b| b.id.native().split_once(":loadbalancer/").map(|(_, suffix)| suffix));
    let Some(balancer) = suffixes().find(|s| s.starts_with("app/")).or_else(|| suffixes().next()) else { return };
    let dimensions = vec![("TargetGroup", format!("targetgroup/{target_group}")), ("LoadBalancer", balancer.to_owned())];
    let (namespace, hosts) = match balancer.split('/').next() {
        Some("app") => ("AWS/ApplicationELB", "Minimum"),
        // Each zone's node of a network balancer counts its own targets only.
        Some("net") => ("AWS/NetworkELB", "Maximum"),
        Some("gwy") => ("AWS/GatewayELB", "Maximum"),
        _ => return,
    };
    let is_http = namespace == "AWS/ApplicationELB";
    let mut to = Asking { out, id, namespace, dimensions };
    if is_http {
        to.ask(Metric::Requests, "RequestCount", "Sum", Reading::Rate);
        to.ask(Metric::Errors5xx, "HTTPCode_Target_5XX_Count", "Sum", Reading::Rate);
        to.ask(Metric::Latency, "TargetResponseTime", "p95", Reading::Gauge);
    }
    to.ask(Metric::HealthyHosts, "HealthyHostCount", hosts, Reading::Gauge);
}

fn push_database(out: &mut Vec<Query>, id: &ResourceId, known: &Known<'_>) {
    let database = known.databases.iter().find(|d| d.id == *id);
    let native = id.native();
    let name_after = |mark: &str| native.rsplit_once(mark).map(|(_, name)| name.to_owned());
    let is_ours = native.contains(":rds:") || native.starts_with("db:") || native.starts_with("cluster:");
    let (dimension, name) = match (name_after("db:"), name_after("cluster:")) {
        _ if !is_ours => return,
        (Some(name), _) => ("DBInstanceIdentifier", name),
        (None, Some(name)) => ("DBClusterIdentifier", name),
        (None, None) => return,
    };
    let is_cluster = dimension == "DBClusterIdentifier";
    let is_aurora = database.is_some_and(|d| d.engine.starts_with("aurora"));
    let is_replica = database.is_some_and(|d| d.role == DatabaseRole::Replica);
    let mut to = Asking { out, id, namespace: "AWS/RDS", dimensions: vec![(dimension, name)] };
    to.ask(Metric::Cpu, "CPUUtilization", "Average", Reading::Gauge);
    to.ask(Metric::Connections, "DatabaseConnections", "Maximum", Reading::Gauge);
    if !is_cluster && !is_aurora {
        to.ask(Metric::FreeStorage, "FreeStorageSpace", "Minimum", Reading::Gauge);
    }
    match (is_cluster, is_aurora, is_replica) {
        (true, true, _) => to.ask(Metric::ReplicaLag, "AuroraReplicaLagMaximum", "Maximum", Reading::Lag(0.001)),
        (false, true, true) => to.ask(Metric::ReplicaLag, "AuroraReplicaLag", "Maximum", Reading::Lag(0.001)),
        (false, false, true) => to.ask(Metric::ReplicaLag, "ReplicaLag", "Maximum", Reading::Lag(1.0)),
        _ => {}
    }
}

/// Every node is asked: the worst of them is the cache's number.
fn push_cache(out: &mut Vec<Query>, id: &ResourceId, cache: &Cache) {
    for node in &cache.nodes {
        let mut to = Asking { out, id, namespace: "AWS/ElastiCache", dimensions: vec![("CacheClusterId", node.clone())] };
        // The machine's CPU says little of an engine that works on one core.
        let cpu = if cache.is_memcached { "CPUUtilization" } else { "EngineCPUUtilization" };
        to.ask(Metric::Cpu, cpu, "Average", Reading::Gauge);
        if !cache.is_memcached {
            to.ask(Metric::MemoryUsed, "DatabaseMemoryUsagePercentage", "Maximum", Reading::Gauge);
        }
        to.ask(Metric::Connections, "CurrConnections", "Maximum", Reading::Gauge);
        to.ask(Metric::Evictions, "Evictions", "Sum", Reading::Rate);
    }
}

/// Queries for one thing, which share their dimensions.
struct Asking<'a> {
    out: &'a mut Vec<Query>,
    id: &'a ResourceId,
    namespace: &'static str,
    dimensions: Vec<(&'static str, String)>,
}

impl Asking<'_> {
    fn ask(&mut self, metric: Metric, name: &'static str, statistic: &'static str, reading: Reading) {
        self.out.push(Query {
            key: SeriesKey { resource: self.id.clone(), metric },
            namespace: self.namespace,
            name,
            dimensions: self.dimensions.clone(),
            statistic,
            reading,
        });
    }
}
