//! From an SDK group to the domain's.

use aws_sdk_autoscaling::types::{AutoScalingGroup, Instance, LaunchTemplateSpecification};

use crate::domain::{Group, GroupKind, Kind, Label, Member, Owner, ResourceId, Scope, Status, SuspendedProcess, WarmPool};
use crate::providers::aws::convert::{convert_count, convert_seconds, convert_tags, convert_text, find_tag};
use crate::providers::aws::lifecycle::{judge_health, judge_lifecycle};
use crate::providers::aws::time::convert_time;

use super::templates::{Versions, specification};

/// `None` for a group without a name, which no call could address.
pub(super) fn convert_group(scope: &Scope, sdk: &AutoScalingGroup, versions: &Versions) -> Option<Group> {
    let name = sdk.auto_scaling_group_name()?;
    let mut group = Group::new(ResourceId::new(scope, Kind::Group, name), Label::new(name), GroupKind::AutoScalingGroup);
    let template = specification(sdk);
    group.zones = sdk.availability_zones().iter().map(Label::new).collect();
    group.zones.sort();
    group.desired = convert_count(sdk.desired_capacity());
    group.min = convert_count(sdk.min_size());
    group.max = convert_count(sdk.max_size());
    group.version_wanted = match template {
        Some(t) => Some(Label::new(versions.wanted(t))),
        None => convert_text(sdk.launch_configuration_name()),
    };
    group.version_floats = template.is_some_and(|t| t.version().is_none_or(|v| v.starts_with('$')));
    group.members = sdk.instances().iter().filter_map(|i| convert_member(scope, i, template)).collect();
    group.suspended = sdk
        .suspended_processes()
        .iter()
        .filter_map(|s| {
            Some(SuspendedProcess { name: Label::new(s.process_name()?), reason: Label::new(s.suspension_reason().unwrap_or_default()) })
        })
        .collect();
    group.cooldown = convert_seconds(sdk.default_cooldown());
    group.warmup = convert_seconds(sdk.default_instance_warmup());
    group.grace = convert_seconds(sdk.health_check_grace_period());
    group.health_check = Label::new(sdk.health_check_type().unwrap_or_default());
    group.termination_policies = sdk.termination_policies().iter().map(Label::new).collect();
    group.protects_new = sdk.new_instances_protected_from_scale_in().unwrap_or(false);
    group.weighted = is_weighted(sdk);
    group.mixed = sdk.mixed_instances_policy().is_some();
    group.warm_pool = sdk.warm_pool_configuration().map(|pool| WarmPool {
        size: convert_count(sdk.warm_pool_size()),
        reuses: pool.instance_reuse_policy().and_then(aws_sdk_autoscaling::types::InstanceReusePolicy::reuse_on_scale_in).unwrap_or(false),
    });
    group.status = sdk.status().filter(|s| !s.is_empty()).map(Status::moving);
    group.tags = convert_tags(sdk.tags().iter().map(|t| (t.key(), t.value())));
    group.owner = find_owner(sdk.operator().and_then(|o| o.principal()), &group.tags);
    group.created = sdk.created_time().and_then(convert_time);
    group.pools = pools_of(scope, sdk);
    Some(group)
}

fn convert_member(scope: &Scope, sdk: &Instance, wanted: Option<&LaunchTemplateSpecification>) -> Option<Member> {
    let id = ResourceId::new(scope, Kind::Member, sdk.instance_id()?);
    let lifecycle = judge_lifecycle(sdk.lifecycle_state().map_or("", |s| s.as_str()));
    let mut member = Member::new(id, sdk.availability_zone().unwrap_or_default(), lifecycle);
    member.health = judge_health(sdk.health_status().unwrap_or_default());
    member.version = match sdk.launch_template() {
        Some(running) => Some(version_of(running, wanted)),
        None => convert_text(sdk.launch_configuration_name()),
    };
    member.protected = sdk.protected_from_scale_in().unwrap_or(false);
    member.instance_type = convert_text(sdk.instance_type());
    Some(member)
}

/// `v3`; with the template's name where it is not the one the group wants now.
fn version_of(running: &LaunchTemplateSpecification, wanted: Option<&LaunchTemplateSpecification>) -> Label {
    let number = running.version().unwrap_or("?");
    let other = wanted.is_none_or(|w| match (w.launch_template_id(), running.launch_template_id()) {
        (Some(a), Some(b)) => a != b,
        _ => w.launch_template_name() != running.launch_template_name(),
    });
    match running.launch_template_name() {
        Some(name) if other => Label::new(format!("{name} v{number}")),
        _ => Label::new(format!("v{number}")),
    }
}

fn is_weighted(sdk: &AutoScalingGroup) -> bool {
    let overrides = sdk.mixed_instances_policy().and_then(|m| m.launch_template()).map_or(&[][..], |t| t.overrides());
    overrides.iter().any(|o| o.weighted_capacity().is_some()) || sdk.instances().iter().any(|i| i.weighted_capacity().is_some())
}

/// Target groups and classic balancers, from the old fields and the new one.
fn pools_of(scope: &Scope, sdk: &AutoScalingGroup) -> Vec<ResourceId> {
    let sources = sdk.traffic_sources().iter().filter(|s| matches!(s.r#type(), Some("elb" | "elbv2")));
    let mut natives: Vec<&str> = sdk.target_group_arns().iter().chain(sdk.load_balancer_names()).map(String::as_str).collect();
    natives.extend(sources.filter_map(|s| s.identifier()));
    let mut pools: Vec<ResourceId> = natives.into_iter().map(|n| ResourceId::new(scope, Kind::Pool, n)).collect();
    pools.sort();
    pools.dedup();
    pools
}

/// Who will undo what we change. The operator field is a law of AWS; tags are only signs.
fn find_owner(operator: Option<&str>, tags: &[(Label, Label)]) -> Option<Owner> {
    if let Some(principal) = operator.filter(|p| !p.is_empty()) {
        return Some(Owner { tool: Label::new(principal.trim_end_matches(".amazonaws.com")), exclusive: true });
    }
    // Most particular first: an EKS node group or a Beanstalk environment is made through CloudFormation, too.
    const SIGNS: [(&str, &str); 7] = [
        ("eks:nodegroup-name", "eks"),
        ("elasticbeanstalk:environment-name", "elastic beanstalk"),
        ("AmazonECSManaged", "ecs"),
        ("k8s.io/cluster-autoscaler/enabled", "cluster autoscaler"),
        ("spotinst:aws:ec2:group:id", "spot"),
        ("aws:cloudformation:stack-name", "cloudformation"),
        ("pulumi:project", "pulumi"),
    ];
    let tool = |word: &str| Some(Owner { tool: Label::new(word), exclusive: false });
    if let Some((_, word)) = SIGNS.iter().find(|(key, _)| find_tag(tags, key).is_some()) {
        return tool(word);
    }
    let by_hand = tags.iter().find(|(key, value)| {
        let key = key.to_ascii_lowercase().replace(['-', '_', ' '], "");
        let value = value.to_ascii_lowercase();
        (matches!(key.as_str(), "managedby" | "createdby" | "provisionedby" | "tool") && value.contains("terraform"))
            || (key == "terraform" && !matches!(value.as_str(), "false" | "no" | "0"))
    });
    by_hand.and_then(|_| tool("terraform"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Vec<(Label, Label)> {
        pairs.iter().map(|(k, v)| (Label::new(k), Label::new(v))).collect()
    }

    #[test]
    fn owners_are_read_from_operator_and_tags() {
        type Case<'a> = (Option<&'a str>, &'a [(&'a str, &'a str)], Option<(&'a str, bool)>);
        let table: [Case<'_>; 8] = [
            (None, &[("Name", "web")], None),
            (Some("eks.amazonaws.com"), &[], Some(("eks", true))),
            (None, &[("aws:cloudformation:stack-name", "s"), ("eks:nodegroup-name", "n")], Some(("eks", false))),
            (None, &[("aws:cloudformation:stack-name", "s")], Some(("cloudformation", false))),
            (None, &[("ManagedBy", "Terraform")], Some(("terraform", false))),
            (None, &[("managed-by", "terraform cloud")], Some(("terraform", false))),
            (None, &[("terraform", "false")], None),
            (None, &[("ManagedBy", "hand")], None),
        ];
        for (operator, pairs, want) in table {
            let owner = find_owner(operator, &tags(pairs));
            assert_eq!(owner.as_ref().map(|o| (o.tool.as_str(), o.exclusive)), want, "{operator:?} {pairs:?}");
        }
    }

    #[test]
    fn a_version_of_another_template_says_so() {
        let spec = |id: &str, name: &str, version: &str| {
            LaunchTemplateSpecification::builder().launch_template_id(id).launch_template_name(name).version(version).build()
        };
        let wanted = spec("lt-1", "web", "$Latest");
        assert_eq!(version_of(&spec("lt-1", "web", "3"), Some(&wanted)).as_str(), "v3");
        assert_eq!(version_of(&spec("lt-0", "old", "7"), Some(&wanted)).as_str(), "old v7");
        assert_eq!(version_of(&spec("lt-0", "old", "7"), None).as_str(), "old v7");
    }
}
