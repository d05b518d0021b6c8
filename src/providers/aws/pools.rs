//! Target groups and classic balancers with the health of every target.
//!
//! Inventories are read whole each time; listeners and attributes change rarely and are kept for minutes (`topology`). One pool that
//! cannot be read is a gap with targets `None`: never an empty pool, never a failed read.

mod classic;
mod health;
mod topology;

use std::collections::{BTreeSet, HashMap};

use aws_sdk_elasticloadbalancingv2::types::{LoadBalancer, TargetGroup};
use futures_util::stream::{self, StreamExt};

use crate::domain::{Balancer, FailureKind, Focus, Kind, Label, Observation, ResourceId, Scope, Status, StatusClass, Target, TargetPool};
use crate::providers::{Page, PageSink, ProviderError};

use super::convert::{convert_port, convert_text};
use super::gaps::or_gap;
use super::paging::Pages;
use super::reader::Reader;

pub(super) use topology::Topology;

const BALANCERS: &str = "elasticloadbalancing:DescribeLoadBalancers";
const TARGET_GROUPS: &str = "elasticloadbalancing:DescribeTargetGroups";
const PAGE: i32 = 400;
/// Health calls at once: one per target group, there is no batch.
pub(super) const AT_ONCE: usize = 8;
/// Pools shown together.
const ROWS: usize = 50;

/// Reads both kinds of balancers. The classic ones are an older API with its own permission: without it they are a gap.
pub(super) async fn read(reader: &Reader<'_>, _focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
    let (balancers, groups, classic) = tokio::join!(fetch_balancers(reader), fetch_target_groups(reader), classic::fetch(reader));
    let (balancers, balancer_calls) = balancers?;
    let (groups, group_calls) = groups?;
    let mut calls = balancer_calls + group_calls;
    let mut gaps: Vec<Label> = Vec::new();
    let mut pools: Vec<TargetPool> = match or_gap(classic, &mut gaps)? {
        Some(fetched) => {
            calls += fetched.calls;
            gaps.extend(fetched.gaps);
            fetched.pools
        }
        None => Vec::new(),
    };
    let topology = reader.memory.topology();
    // Topology and health are different buckets of the API; neither waits for the other.
    let healths = fetch_healths(reader, &groups);
    let (learned, healths) = tokio::join!(topology.learn(reader, &balancers, &groups), healths);
    calls += learned.calls + healths.len() as u32;
    gaps.extend(learned.gaps);
    let balancers: HashMap<&str, &LoadBalancer> = balancers.iter().filter_map(|b| Some((b.load_balancer_arn()?, b))).collect();
    for (group, health) in groups.iter().zip(healths) {
        let Some(mut pool) = convert_pool(reader.scope, group, &balancers, topology) else { continue };
        match health {
            Ok(targets) => pool.targets = Some(targets),
            // Refused credentials are no gap: the whole read ends, and signs in anew.
            Err(error) if error.kind == FailureKind::Auth => return Err(error),
            Err(error) => gaps.push(Label::new(format!("targets of {}: {} ({})", pool.name, error.kind.word(), error.operation))),
        }
        pools.push(pool);
    }
    for (n, chunk) in pools.chunks(ROWS).enumerate() {
        let rows = chunk.iter().cloned().map(Observation::Pool).collect();
        let (calls, gaps) = if n == 0 { (calls, std::mem::take(&mut gaps)) } else { (0, Vec::new()) };
        reader.hand_over(sink, Page { rows, gaps, calls, paid_units: 0 }).await?;
    }
    if pools.is_empty() {
        reader.hand_over(sink, Page { gaps, calls, ..Page::default() }).await?;
    }
    reader.memory.keep_pools(pools.into());
    Ok(())
}

async fn fetch_balancers(reader: &Reader<'_>) -> Result<(Vec<LoadBalancer>, u32), ProviderError> {
    let mut guard = Pages::new(BALANCERS, reader.scope);
    let (mut token, mut calls, mut out) = (None, 0, Vec::new());
    loop {
        let call = reader.clients.elbv2.describe_load_balancers().page_size(PAGE).set_marker(token);
        let answer = call.send().await.map_err(reader.error(BALANCERS))?;
        calls += 1;
        token = guard.next(answer.next_marker())?;
        out.extend(answer.load_balancers.unwrap_or_default());
        if token.is_none() {
            return Ok((out, calls));
        }
    }
}

async fn fetch_target_groups(reader: &Reader<'_>) -> Result<(Vec<TargetGroup>, u32), ProviderError> {
    let mut guard = Pages::new(TARGET_GROUPS, reader.scope);
    let (mut token, mut calls, mut out) = (None, 0, Vec::new());
    loop {
        let call = reader.clients.elbv2.describe_target_groups().page_size(PAGE).set_marker(token);
        let answer = call.send().await.map_err(reader.error(TARGET_GROUPS))?;
        calls += 1;
        token = guard.next(answer.next_marker())?;
        out.extend(answer.target_groups.unwrap_or_default());
        if token.is_none() {
            return Ok((out, calls));
        }
    }
}

/// Health of each group's targets, in the groups' order.
async fn fetch_healths(reader: &Reader<'_>, groups: &[TargetGroup]) -> Vec<Result<Vec<Target>, ProviderError>> {
    let reads: Vec<_> = groups.iter().map(|g| health::fetch_targets(reader, g.target_group_arn().unwrap_or_default())).collect();
    stream::iter(reads).buffered(AT_ONCE).collect().await
}

/// A fresh read of these pools with their targets, balancers and routes, for an operation. A pool that is gone, or cannot be read, fails the
/// whole: a guard that cannot see its input must not pass. What may not be asked about balancers is left out.
pub(super) async fn fetch_pools(reader: &Reader<'_>, ids: &[ResourceId]) -> Result<Vec<TargetPool>, ProviderError> {
    let (arns, names): (Vec<&ResourceId>, Vec<&ResourceId>) = ids.iter().partition(|id| id.native().starts_with("arn:"));
    let mut out = Vec::with_capacity(ids.len());
    // The call takes 20 ARNs at most.
    for batch in arns.chunks(20) {
        let wanted = batch.iter().map(|id| id.native().to_owned()).collect();
        let call = reader.clients.elbv2.describe_target_groups().set_target_group_arns(Some(wanted));
        let answer = call.send().await.map_err(reader.error(TARGET_GROUPS))?;
        let groups = answer.target_groups.unwrap_or_default();
        let (healths, balancers) = tokio::join!(fetch_healths(reader, &groups), fetch_around(reader, &groups));
        let balancers = balancers?;
        let balancers: HashMap<&str, &LoadBalancer> = balancers.iter().filter_map(|b| Some((b.load_balancer_arn()?, b))).collect();
        for (group, targets) in groups.iter().zip(healths) {
            if let Some(mut pool) = convert_pool(reader.scope, group, &balancers, reader.memory.topology()) {
                pool.targets = Some(targets?);
                out.push(pool);
            }
        }
    }
    if !names.is_empty() {
        let names: Vec<String> = names.iter().map(|id| id.native().to_owned()).collect();
        out.extend(classic::fetch_named(reader, names).await?);
    }
    Ok(out)
}

/// The balancers these groups hang from, their routes read anew into the topology.
async fn fetch_around(reader: &Reader<'_>, groups: &[TargetGroup]) -> Result<Vec<LoadBalancer>, ProviderError> {
    let arns: BTreeSet<&String> = groups.iter().flat_map(TargetGroup::load_balancer_arns).collect();
    let arns: Vec<String> = arns.into_iter().cloned().collect();
    let mut balancers = Vec::new();
    for batch in arns.chunks(20) {
        let call = reader.clients.elbv2.describe_load_balancers().set_load_balancer_arns(Some(batch.to_vec()));
        match call.send().await.map_err(reader.error(BALANCERS)) {
            Ok(answer) => balancers.extend(answer.load_balancers.unwrap_or_default()),
            Err(error) if matches!(error.kind, FailureKind::Forbidden | FailureKind::Unsupported) => {}
            Err(error) => return Err(error),
        }
    }
    reader.memory.topology().relearn(reader, &balancers, groups).await?;
    Ok(balancers)
}

fn convert_pool(scope: &Scope, sdk: &TargetGroup, balancers: &HashMap<&str, &LoadBalancer>, topology: &Topology) -> Option<TargetPool> {
    let arn = sdk.target_group_arn()?;
    let mut attached: Vec<Balancer> = sdk
        .load_balancer_arns()
        .iter()
        .filter_map(|arn| balancers.get(arn.as_str()))
        .filter_map(|b| convert_balancer(scope, b, topology.listeners(b.load_balancer_arn()?, arn)))
        .collect();
    attached.sort_by(|a, b| a.name.cmp(&b.name));
    // Weights are shared by the rules of application balancers; what else forwards is told by the listeners.
    let applications = attached.iter().filter(|b| &*b.kind == "alb");
    let routes = applications.flat_map(|b| topology.routes(scope, b.id.native(), arn)).collect();
    Some(TargetPool {
        id: ResourceId::new(scope, Kind::Pool, arn),
        name: Label::new(sdk.target_group_name().unwrap_or(arn)),
        kind: Label::new("target group"),
        protocol: Label::new(sdk.protocol().map_or("", |p| p.as_str())),
        port: convert_port(sdk.port()),
        health_check: describe_check(sdk),
        health_path: convert_text(sdk.health_check_path()),
        balancers: attached,
        deregistration_delay: topology.deregistration_delay(arn),
        targets: None,
        groups: Vec::new(),
        routes,
    })
}

/// `HTTP /healthz every 10s`; `off` where it is switched off.
fn describe_check(sdk: &TargetGroup) -> Option<Label> {
    if sdk.health_check_enabled() == Some(false) {
        return Some(Label::new("off"));
    }
    let protocol = sdk.health_check_protocol()?.as_str();
    let path = sdk.health_check_path().map(|p| format!(" {p}")).unwrap_or_default();
    let every = sdk.health_check_interval_seconds().map(|s| format!(" every {s}s")).unwrap_or_default();
    Some(Label::new(format!("{protocol}{path}{every}")))
}

fn convert_balancer(scope: &Scope, sdk: &LoadBalancer, listeners: Vec<Label>) -> Option<Balancer> {
    let kind = match sdk.r#type().map_or("", |t| t.as_str()) {
        "application" => "alb",
        "network" => "nlb",
        "gateway" => "gwlb",
        other => other,
    };
    let word = sdk.state().and_then(|s| s.code()).map_or("", |c| c.as_str());
    let class = match word {
        "active" => StatusClass::Good,
        "provisioning" => StatusClass::Moving,
        "active_impaired" | "failed" => StatusClass::Bad,
        _ => StatusClass::Unknown,
    };
    Some(Balancer {
        id: ResourceId::new(scope, Kind::Balancer, sdk.load_balancer_arn()?),
        name: Label::new(sdk.load_balancer_name()?),
        kind: Label::new(kind),
        state: Status::new(word, class),
        listeners,
        dns_name: convert_text(sdk.dns_name()),
    })
}

#[cfg(test)]
mod tests;
