//! A second group like the first, for blue/green, and the end of a group.

use aws_sdk_autoscaling::types::{
    AutoScalingGroup, EnabledMetric, LaunchTemplateSpecification, LifecycleHook, LifecycleHookSpecification, MixedInstancesPolicy, Tag,
};

use crate::domain::{FailureKind, Kind, Label, MARK_TAG, ResourceId};
use crate::providers::ProviderError;
use crate::providers::aws::groups;

use super::balancing::is_target_group;
use super::caller::{Caller, looked};

pub(super) const CREATE: &str = "autoscaling:CreateAutoScalingGroup";
pub(super) const METRICS: &str = "autoscaling:EnableMetricsCollection";
pub(super) const DELETE: &str = "autoscaling:DeleteAutoScalingGroup";

/// What is different about the copy.
pub(super) struct Copy<'a> {
    pub name: &'a str,
    pub version: Option<&'a Label>,
    pub pool: &'a ResourceId,
    pub min: u32,
    pub max: u32,
    pub desired: u32,
}

/// What a group launches its members from.
#[derive(Debug)]
pub(super) enum Launches {
    Template(LaunchTemplateSpecification),
    Mixed(MixedInstancesPolicy),
    Configuration(String),
}

/// What a group launches from, at this version; as it is where none is named. `None`: from nothing that could be named.
pub(super) fn with_version(group: &AutoScalingGroup, version: Option<&Label>) -> Option<Launches> {
    if let Some(policy) = group.mixed_instances_policy() {
        let mut policy = policy.clone();
        let template = policy.launch_template.as_mut()?;
        template.launch_template_specification = template.launch_template_specification.as_ref().map(|t| at_version(t, version));
        return Some(Launches::Mixed(policy));
    }
    if let Some(template) = group.launch_template() {
        return Some(Launches::Template(at_version(template, version)));
    }
    let name = group.launch_configuration_name().filter(|n| !n.is_empty())?;
    Some(Launches::Configuration(version.map_or(name, |v| v.as_str()).to_owned()))
}

/// Id and name say the same template; the service takes one of them only.
fn at_version(template: &LaunchTemplateSpecification, version: Option<&Label>) -> LaunchTemplateSpecification {
    let id = template.launch_template_id().filter(|id| !id.is_empty());
    let name = template.launch_template_name().filter(|_| id.is_none());
    let version = version.map(|v| version_word(v)).or(template.version());
    LaunchTemplateSpecification::builder()
        .set_launch_template_id(id.map(str::to_owned))
        .set_launch_template_name(name.map(str::to_owned))
        .set_version(version.map(str::to_owned))
        .build()
}

/// `7` of `v7`, as versions are shown; `$Latest` and `$Default` as they are.
fn version_word(version: &str) -> &str {
    version.strip_prefix('v').filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())).unwrap_or(version)
}

pub(super) async fn copy(caller: &Caller<'_>, group: &ResourceId, copy: &Copy<'_>) -> Result<(), ProviderError> {
    let name = caller.group(group, CREATE)?;
    let pool = caller.native(copy.pool, Kind::Pool, CREATE)?;
    if !is_target_group(copy.pool) {
        return Err(caller.invalid(CREATE, format!("{pool} is no target group")));
    }
    let (min, max) = (caller.number(copy.min, CREATE)?, caller.number(copy.max, CREATE)?);
    let desired = caller.number(copy.desired, CREATE)?;
    let (found, hooks) = tokio::join!(groups::fetch_raw(&caller.reader, name), groups::fetch_raw_hooks(&caller.reader, name));
    let Some(original) = looked(found)? else {
        return Err(caller.refuse(FailureKind::NotFound, CREATE, format!("there is no Auto Scaling group {name:?}")));
    };
    let hooks = looked(hooks)?;
    let Some(launches) = with_version(&original, copy.version) else {
        return Err(caller.invalid(CREATE, format!("{name} launches from nothing that could be copied")));
    };

    let request = caller.writers.autoscaling.create_auto_scaling_group();
    let request = request.auto_scaling_group_name(copy.name).min_size(min).max_size(max).desired_capacity(desired).target_group_arns(pool);
    let request = match launches {
        Launches::Template(template) => request.launch_template(template),
        Launches::Mixed(policy) => request.mixed_instances_policy(policy),
        Launches::Configuration(name) => request.launch_configuration_name(name),
    };
    let subnets = original.vpc_zone_identifier().filter(|s| !s.is_empty());
    // Where subnets are named, the zones are theirs.
    let zones = (subnets.is_none() && !original.availability_zones().is_empty()).then(|| original.availability_zones().to_vec());
    let request = request
        .set_vpc_zone_identifier(subnets.map(str::to_owned))
        .set_availability_zones(zones)
        .set_health_check_type(original.health_check_type().map(str::to_owned))
        .set_health_check_grace_period(original.health_check_grace_period())
        .set_default_cooldown(original.default_cooldown())
        .set_default_instance_warmup(original.default_instance_warmup())
        .set_termination_policies(Some(original.termination_policies().to_vec()).filter(|p| !p.is_empty()))
        .set_new_instances_protected_from_scale_in(original.new_instances_protected_from_scale_in())
        .set_capacity_rebalance(original.capacity_rebalance())
        .set_max_instance_lifetime(original.max_instance_lifetime())
        .set_placement_group(original.placement_group().filter(|p| !p.is_empty()).map(str::to_owned))
        .set_service_linked_role_arn(original.service_linked_role_arn().filter(|r| !r.is_empty()).map(str::to_owned))
        .set_context(original.context().map(str::to_owned))
        .set_desired_capacity_type(original.desired_capacity_type().map(str::to_owned))
        .set_instance_maintenance_policy(original.instance_maintenance_policy().cloned())
        .set_availability_zone_distribution(original.availability_zone_distribution().cloned())
        .set_availability_zone_impairment_policy(original.availability_zone_impairment_policy().cloned())
        .set_instance_lifecycle_policy(original.instance_lifecycle_policy().cloned())
        .set_capacity_reservation_specification(original.capacity_reservation_specification().cloned())
        .set_lifecycle_hook_specification_list(Some(hooks.iter().map(to_hook).collect()).filter(|h: &Vec<_>| !h.is_empty()))
        .set_tags(Some(tags_for(copy.name, &original)).filter(|t| !t.is_empty()));
    caller.done(CREATE, request.send().await)?;
    // The group is there now, whatever becomes of its metrics: found out by reading, this call was carried out.
    enable_metrics(caller, copy.name, original.enabled_metrics()).await.map_err(|e| ProviderError { maybe_done: true, ..e })
}

/// All tags but those of the cloud itself, which it does not take from us, and our own mark.
fn tags_for(name: &str, original: &AutoScalingGroup) -> Vec<Tag> {
    let ours = |key: &str| key == MARK_TAG || key.to_ascii_lowercase().starts_with("aws:");
    let tags = original.tags().iter().filter(|t| t.key().is_some_and(|key| !ours(key)));
    tags.map(|t| {
        Tag::builder()
            .resource_id(name)
            .resource_type("auto-scaling-group")
            .set_key(t.key().map(str::to_owned))
            .set_value(t.value().map(str::to_owned))
            .set_propagate_at_launch(t.propagate_at_launch())
            .build()
    })
    .collect()
}

fn to_hook(hook: &LifecycleHook) -> LifecycleHookSpecification {
    LifecycleHookSpecification::builder()
        .set_lifecycle_hook_name(hook.lifecycle_hook_name().map(str::to_owned))
        .set_lifecycle_transition(hook.lifecycle_transition().map(str::to_owned))
        .set_heartbeat_timeout(hook.heartbeat_timeout())
        .set_default_result(hook.default_result().map(str::to_owned))
        .set_notification_metadata(hook.notification_metadata().map(str::to_owned))
        .set_notification_target_arn(hook.notification_target_arn().map(str::to_owned))
        .set_role_arn(hook.role_arn().map(str::to_owned))
        .build()
}

async fn enable_metrics(caller: &Caller<'_>, name: &str, metrics: &[EnabledMetric]) -> Result<(), ProviderError> {
    let Some(granularity) = metrics.iter().find_map(|m| m.granularity()) else { return Ok(()) };
    let names = metrics.iter().filter_map(|m| m.metric()).map(str::to_owned).collect();
    let request = caller.writers.autoscaling.enable_metrics_collection().auto_scaling_group_name(name).granularity(granularity);
    caller.done(METRICS, request.set_metrics(Some(names)).send().await)
}

/// With its members, all at once: whoever asks for this has made sure that nothing depends on them.
pub(super) async fn delete(caller: &Caller<'_>, group: &ResourceId) -> Result<(), ProviderError> {
    let name = caller.group(group, DELETE)?;
    let request = caller.writers.autoscaling.delete_auto_scaling_group().auto_scaling_group_name(name).force_delete(true);
    caller.done(DELETE, request.send().await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_said_as_the_service_knows_them() {
        for (shown, want) in [("v7", "7"), ("7", "7"), ("$Latest", "$Latest"), ("v", "v"), ("vnext", "vnext")] {
            assert_eq!(version_word(shown), want);
        }
    }
}
