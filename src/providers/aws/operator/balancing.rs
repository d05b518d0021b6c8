//! Members in and out of their pools: target groups by ARN and port, classic balancers by name.

use aws_sdk_elasticloadbalancing::types::Instance;
use aws_sdk_elasticloadbalancingv2::types::TargetDescription;

use crate::domain::{Kind, Registration, ResourceId};
use crate::providers::ProviderError;

use super::caller::Caller;

pub(super) const REGISTER: &str = "elasticloadbalancing:RegisterTargets";
pub(super) const DEREGISTER: &str = "elasticloadbalancing:DeregisterTargets";
pub(super) const REGISTER_CLASSIC: &str = "elasticloadbalancing:RegisterInstancesWithLoadBalancer";
pub(super) const DEREGISTER_CLASSIC: &str = "elasticloadbalancing:DeregisterInstancesFromLoadBalancer";

/// Whether a pool is a target group; a classic balancer goes by its name.
pub(super) fn is_target_group(pool: &ResourceId) -> bool {
    pool.native().starts_with("arn:")
}

pub(super) async fn register(caller: &Caller<'_>, pool: &ResourceId, targets: &[Registration]) -> Result<(), ProviderError> {
    if is_target_group(pool) {
        let (arn, targets) = (caller.native(pool, Kind::Pool, REGISTER)?, descriptions(caller, targets, REGISTER)?);
        let request = caller.writers.elbv2.register_targets().target_group_arn(arn).set_targets(Some(targets));
        caller.done(REGISTER, request.send().await)
    } else {
        let (name, instances) = (caller.native(pool, Kind::Pool, REGISTER_CLASSIC)?, instances(caller, targets, REGISTER_CLASSIC)?);
        let request = caller.writers.elb.register_instances_with_load_balancer().load_balancer_name(name);
        caller.done(REGISTER_CLASSIC, request.set_instances(Some(instances)).send().await)
    }
}

pub(super) async fn deregister(caller: &Caller<'_>, pool: &ResourceId, targets: &[Registration]) -> Result<(), ProviderError> {
    if is_target_group(pool) {
        let (arn, targets) = (caller.native(pool, Kind::Pool, DEREGISTER)?, descriptions(caller, targets, DEREGISTER)?);
        let request = caller.writers.elbv2.deregister_targets().target_group_arn(arn).set_targets(Some(targets));
        caller.done(DEREGISTER, request.send().await)
    } else {
        let (name, instances) = (caller.native(pool, Kind::Pool, DEREGISTER_CLASSIC)?, instances(caller, targets, DEREGISTER_CLASSIC)?);
        let request = caller.writers.elb.deregister_instances_from_load_balancer().load_balancer_name(name);
        caller.done(DEREGISTER_CLASSIC, request.set_instances(Some(instances)).send().await)
    }
}

/// Without a port the target group's own is meant; a target registered at several ports is named once per port.
fn descriptions(caller: &Caller<'_>, targets: &[Registration], operation: &str) -> Result<Vec<TargetDescription>, ProviderError> {
    some(caller, targets, operation)?;
    let one = |t: &Registration| {
        let id = caller.native(&t.member, Kind::Member, operation)?;
        Ok(TargetDescription::builder().id(id).set_port(t.port.map(i32::from)).build())
    };
    targets.iter().map(one).collect()
}

/// A classic balancer knows instances only; its listeners hold the ports.
fn instances(caller: &Caller<'_>, targets: &[Registration], operation: &str) -> Result<Vec<Instance>, ProviderError> {
    some(caller, targets, operation)?;
    let mut ids = Vec::new();
    for target in targets {
        let id = caller.native(&target.member, Kind::Member, operation)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids.into_iter().map(|id| Instance::builder().instance_id(id).build()).collect())
}

fn some(caller: &Caller<'_>, targets: &[Registration], operation: &str) -> Result<(), ProviderError> {
    if targets.is_empty() { Err(caller.invalid(operation, "no member is named")) } else { Ok(()) }
}
