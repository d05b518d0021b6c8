//! Classic balancers: pool and balancer in one, with instances as targets.

use std::time::Duration;

use aws_sdk_elasticloadbalancing::types::{ConnectionDraining, InstanceState, Listener, LoadBalancerDescription};
use futures_util::stream::{self, StreamExt};

use crate::domain::{Balancer, FailureKind, Kind, Label, ResourceId, Scope, Status, StatusClass, Target, TargetPool};
use crate::providers::ProviderError;
use crate::providers::aws::convert::{convert_port, convert_seconds, convert_text};
use crate::providers::aws::paging::Pages;
use crate::providers::aws::reader::Reader;

use super::AT_ONCE;

const BALANCERS: &str = "elasticloadbalancing:DescribeLoadBalancers";
const HEALTH: &str = "elasticloadbalancing:DescribeInstanceHealth";
const ATTRIBUTES: &str = "elasticloadbalancing:DescribeLoadBalancerAttributes";
const PAGE: i32 = 400;

#[derive(Default)]
pub(super) struct Fetched {
    pub pools: Vec<TargetPool>,
    pub calls: u32,
    pub gaps: Vec<Label>,
}

/// All classic balancers with the health of their instances.
pub(super) async fn fetch(reader: &Reader<'_>) -> Result<Fetched, ProviderError> {
    let mut guard = Pages::new(BALANCERS, reader.scope);
    let (mut token, mut out, mut descriptions) = (None, Fetched::default(), Vec::new());
    loop {
        let call = reader.clients.elb.describe_load_balancers().page_size(PAGE).set_marker(token);
        let answer = call.send().await.map_err(reader.error(BALANCERS))?;
        out.calls += 1;
        token = guard.next(answer.next_marker())?;
        descriptions.extend(answer.load_balancer_descriptions.unwrap_or_default());
        if token.is_none() {
            break;
        }
    }
    for (mut pool, health, calls) in with_health(reader, &descriptions).await {
        out.calls += calls;
        match health {
            Ok(targets) => pool.targets = Some(targets),
            Err(error) => out.gaps.push(Label::new(format!("instances of {}: {} ({HEALTH})", pool.name, error.kind.word()))),
        }
        out.pools.push(pool);
    }
    Ok(out)
}

/// These balancers, for an operation: one that cannot be read fails the whole.
pub(super) async fn fetch_named(reader: &Reader<'_>, names: Vec<String>) -> Result<Vec<TargetPool>, ProviderError> {
    let call = reader.clients.elb.describe_load_balancers().set_load_balancer_names(Some(names));
    let answer = call.send().await.map_err(reader.error(BALANCERS))?;
    let mut out = Vec::new();
    for (mut pool, health, _) in with_health(reader, answer.load_balancer_descriptions()).await {
        pool.targets = Some(health?);
        out.push(pool);
    }
    Ok(out)
}

/// The balancers as pools, with the health of their instances and the calls it took.
async fn with_health(
    reader: &Reader<'_>,
    descriptions: &[LoadBalancerDescription],
) -> Vec<(TargetPool, Result<Vec<Target>, ProviderError>, u32)> {
    let reads: Vec<_> = descriptions
        .iter()
        .filter_map(|sdk| Some((sdk, convert_pool(reader.scope, sdk)?)))
        .map(|(sdk, mut pool)| async move {
            let name = pool.id.native().to_owned();
            let port = sdk.listener_descriptions().first().and_then(|l| l.listener()).map(Listener::instance_port);
            let health = reader.clients.elb.describe_instance_health().load_balancer_name(&name);
            let (health, asked) = tokio::join!(health.send(), learn_delay(reader, &name));
            pool.deregistration_delay = reader.memory.topology().deregistration_delay(&name);
            let targets = health.map_err(reader.error(HEALTH)).map(|answer| {
                answer.instance_states().iter().filter_map(|s| convert_target(reader.scope, s, convert_port(port))).collect()
            });
            (pool, targets, 1 + asked)
        })
        .collect();
    stream::iter(reads).buffered(AT_ONCE).collect().await
}

/// Asks how long a balancer drains, unless that is known. Answers the calls it took; what cannot be told stays unknown.
async fn learn_delay(reader: &Reader<'_>, name: &str) -> u32 {
    let topology = reader.memory.topology();
    if topology.knows_delay(name) || reader.memory.lacks(ATTRIBUTES) {
        return 0;
    }
    let answer = reader.clients.elb.describe_load_balancer_attributes().load_balancer_name(name).send().await;
    let answer = answer.map_err(reader.error(ATTRIBUTES));
    if answer.as_ref().is_err_and(|e| matches!(e.kind, FailureKind::Forbidden | FailureKind::Unsupported)) {
        reader.memory.note_lack(ATTRIBUTES);
    }
    let delay = answer.map(|a| a.load_balancer_attributes().and_then(|a| a.connection_draining()).and_then(convert_draining));
    topology.keep_delay(name, &delay);
    1
}

/// Without draining, connections are cut at once.
fn convert_draining(draining: &ConnectionDraining) -> Option<Duration> {
    if draining.enabled() { convert_seconds(draining.timeout()) } else { Some(Duration::ZERO) }
}

fn convert_pool(scope: &Scope, sdk: &LoadBalancerDescription) -> Option<TargetPool> {
    let name = sdk.load_balancer_name()?;
    let listeners: Vec<_> = sdk.listener_descriptions().iter().filter_map(|l| l.listener()).collect();
    let check = sdk.health_check();
    Some(TargetPool {
        id: ResourceId::new(scope, Kind::Pool, name),
        name: Label::new(name),
        kind: Label::new("classic"),
        protocol: Label::new(listeners.first().and_then(|l| l.instance_protocol()).unwrap_or_default()),
        port: convert_port(listeners.first().map(|l| l.instance_port())),
        health_check: check.map(|c| Label::new(format!("{} every {}s", c.target(), c.interval()))),
        health_path: check.and_then(|c| path_of(c.target())).map(Label::new),
        balancers: vec![Balancer {
            id: ResourceId::new(scope, Kind::Balancer, name),
            name: Label::new(name),
            kind: Label::new("classic"),
            // The old API has no state: what it lists is there.
            state: Status::good("active"),
            listeners: listeners.iter().map(|l| Label::new(format!("{}:{}", l.protocol(), l.load_balancer_port()))).collect(),
            dns_name: convert_text(sdk.dns_name()),
        }],
        deregistration_delay: None,
        targets: None,
        groups: Vec::new(),
        routes: Vec::new(),
    })
}

/// `/test/` of `HTTP:8080/test/`; a TCP check has no path.
fn path_of(target: &str) -> Option<&str> {
    target.find('/').map(|at| &target[at..])
}

fn convert_target(scope: &Scope, sdk: &InstanceState, port: Option<u16>) -> Option<Target> {
    let id = sdk.instance_id()?;
    let description = sdk.description().filter(|d| !d.is_empty() && *d != "N/A");
    let draining = description.is_some_and(|d| d.to_ascii_lowercase().contains("deregistration currently in progress"));
    let word = sdk.state().unwrap_or_default();
    let (word, class) = match word {
        // Draining is told in prose only; the rest of the program knows it by its word.
        _ if draining => ("draining", StatusClass::Moving),
        "InService" => (word, StatusClass::Good),
        "OutOfService" if description.is_some_and(is_starting) => (word, StatusClass::Moving),
        "OutOfService" => (word, StatusClass::Bad),
        _ => (word, StatusClass::Unknown),
    };
    Some(Target {
        member: ResourceId::new(scope, Kind::Member, id),
        label: Label::new(id),
        port,
        zone: None,
        state: Status::new(word, class),
        reason: description.map(explain).map(Label::new),
    })
}

fn is_starting(description: &str) -> bool {
    description.contains("registration is still in progress")
}

/// The few sentences the old API speaks, shorter.
fn explain(description: &str) -> &str {
    if description.contains("failed at least the UnhealthyThreshold") {
        "health check fails"
    } else if description.contains("stopped state") {
        "the instance is stopped"
    } else if is_starting(description) {
        "being registered"
    } else {
        description
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instance_states_become_targets() {
        let scope = Scope::new("aws", "test", "eu-central-1");
        for (state, description, word, class, reason) in [
            ("InService", "N/A", "InService", StatusClass::Good, None),
            (
                "OutOfService",
                "Instance has failed at least the UnhealthyThreshold number of health checks consecutively.",
                "OutOfService",
                StatusClass::Bad,
                Some("health check fails"),
            ),
            ("OutOfService", "Instance is in stopped state.", "OutOfService", StatusClass::Bad, Some("the instance is stopped")),
            ("OutOfService", "Instance registration is still in progress.", "OutOfService", StatusClass::Moving, Some("being registered")),
            (
                "InService",
                "Instance deregistration currently in progress.",
                "draining",
                StatusClass::Moving,
                Some("Instance deregistration currently in progress."),
            ),
            ("Unknown", "A transient error occurred.", "Unknown", StatusClass::Unknown, Some("A transient error occurred.")),
        ] {
            let sdk = InstanceState::builder().instance_id("i-1").state(state).description(description).build();
            let target = convert_target(&scope, &sdk, Some(8080)).unwrap();
            assert_eq!((target.state.word.as_str(), target.state.class, target.reason.as_deref()), (word, class, reason), "{description}");
        }
    }

    #[test]
    fn the_path_of_a_check_is_found() {
        for (target, want) in [("HTTP:8080/test/", Some("/test/")), ("TCP:22", None), ("HTTPS:443/", Some("/"))] {
            assert_eq!(path_of(target), want, "{target}");
        }
    }
}
