//! A second client that looks at the same account: what it reports is what happened, whatever the console shows.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_autoscaling::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_autoscaling::types::{AutoScalingGroup, Instance, InstanceRefresh, LaunchTemplateSpecification, RefreshPreferences, Tag};

use crate::backend::{Backend, REGION};

/// The access key that the witness signs with: faults can leave it alone.
const KEY: &str = "witness";

pub struct Witness {
    groups: aws_sdk_autoscaling::Client,
    balancers: aws_sdk_elasticloadbalancingv2::Client,
    alarms: aws_sdk_cloudwatch::Client,
    runtime: tokio::runtime::Runtime,
}

/// A group as the account has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenGroup {
    /// Minimum, desired, maximum.
    pub size: (i32, i32, i32),
    pub suspended: BTreeSet<String>,
    pub tags: BTreeMap<String, String>,
    pub members: Vec<SeenMember>,
    /// ARNs of its target groups.
    pub pools: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenMember {
    pub id: String,
    pub lifecycle: String,
    pub version: String,
    pub protected: bool,
}

impl SeenGroup {
    pub fn ids(&self) -> BTreeSet<String> {
        self.members.iter().map(|m| m.id.clone()).collect()
    }
}

impl Witness {
    pub fn of(backend: &Backend) -> Self {
        macro_rules! client {
            ($sdk:ident) => {
                $sdk::Client::from_conf(
                    $sdk::Config::builder()
                        .behavior_version(BehaviorVersion::latest())
                        .region(Region::new(REGION))
                        .endpoint_url(backend.url())
                        .http_client(aws_smithy_http_client::Builder::new().build_http())
                        .credentials_provider(Credentials::new(KEY, KEY, None, None, "tests"))
                        .build(),
                )
            };
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self {
            groups: client!(aws_sdk_autoscaling),
            balancers: client!(aws_sdk_elasticloadbalancingv2),
            alarms: client!(aws_sdk_cloudwatch),
            runtime,
        }
    }

    /// Desired capacity of a group.
    pub fn desired(&self, group: &str) -> i32 {
        self.raw(group).desired_capacity().expect("a group has a desired capacity")
    }

    /// Somebody else changes the group.
    pub fn set_desired(&self, group: &str, desired: i32) {
        let call = self.groups.set_desired_capacity().auto_scaling_group_name(group).desired_capacity(desired).send();
        self.runtime.block_on(call).expect("the witness may change the group");
    }

    /// Ids and lifecycle states of a group's members.
    pub fn members(&self, group: &str) -> Vec<(String, String)> {
        self.see(group).members.into_iter().map(|m| (m.id, m.lifecycle)).collect()
    }

    /// All that a redeploy may change of a group.
    pub fn see(&self, group: &str) -> SeenGroup {
        seen(self.raw(group))
    }

    /// Names of all groups.
    pub fn group_names(&self) -> BTreeSet<String> {
        let answer = self.runtime.block_on(self.groups.describe_auto_scaling_groups().send());
        let groups = answer.expect("the witness reads").auto_scaling_groups.unwrap_or_default();
        groups.into_iter().filter_map(|g| g.auto_scaling_group_name).collect()
    }

    /// Ids and states of a pool's targets.
    pub fn targets(&self, pool: &str) -> BTreeMap<String, String> {
        let answer = self.runtime.block_on(self.balancers.describe_target_health().target_group_arn(pool).send());
        let all = answer.expect("the witness reads").target_health_descriptions.unwrap_or_default();
        all.into_iter()
            .map(|t| {
                let state = t.target_health.and_then(|h| h.state).map(|s| s.as_str().to_owned());
                (t.target.and_then(|t| t.id).unwrap_or_default(), state.unwrap_or_default())
            })
            .collect()
    }

    /// Shares of a rule: pool and weight.
    pub fn weights(&self, rule: &str) -> BTreeMap<String, i32> {
        let answer = self.runtime.block_on(self.balancers.describe_rules().rule_arns(rule).send());
        let rules = answer.expect("the witness reads").rules.unwrap_or_default();
        let forwards = rules.iter().flat_map(aws_sdk_elasticloadbalancingv2::types::Rule::actions).filter_map(|a| a.forward_config());
        let shares = forwards.flat_map(aws_sdk_elasticloadbalancingv2::types::ForwardActionConfig::target_groups);
        shares.map(|t| (t.target_group_arn().unwrap_or_default().to_owned(), t.weight().unwrap_or_default())).collect()
    }

    /// Refreshes of a group, newest first.
    pub fn refreshes(&self, group: &str) -> Vec<InstanceRefresh> {
        let call = self.groups.describe_instance_refreshes().auto_scaling_group_name(group).send();
        self.runtime.block_on(call).expect("the witness reads").instance_refreshes.unwrap_or_default()
    }

    /// Somebody else starts a refresh.
    pub fn start_refresh(&self, group: &str) {
        let preferences = RefreshPreferences::builder().min_healthy_percentage(100).max_healthy_percentage(150).build();
        let call = self.groups.start_instance_refresh().auto_scaling_group_name(group).preferences(preferences).send();
        self.runtime.block_on(call).expect("the witness may refresh the group");
    }

    /// Somebody else calls the refresh off.
    pub fn cancel_refresh(&self, group: &str) {
        let call = self.groups.cancel_instance_refresh().auto_scaling_group_name(group).send();
        self.runtime.block_on(call).expect("the witness may cancel a refresh");
    }

    /// An alarm changes its state.
    pub fn set_alarm(&self, alarm: &str, state: &str, reason: &str) {
        let call = self.alarms.set_alarm_state().alarm_name(alarm).state_value(state.into()).state_reason(reason).send();
        self.runtime.block_on(call).expect("the witness may set alarms");
    }

    /// Somebody rolls a new version out: members to come are of it.
    pub fn want_version(&self, group: &str, template: &str, version: &str) {
        let template = LaunchTemplateSpecification::builder().launch_template_id(template).version(version).build();
        let call = self.groups.update_auto_scaling_group().auto_scaling_group_name(group).launch_template(template).send();
        self.runtime.block_on(call).expect("the witness may change the group");
    }

    /// Somebody else suspends processes.
    pub fn suspend(&self, group: &str, processes: &[&str]) {
        let processes = processes.iter().map(|p| (*p).to_owned()).collect();
        let call = self.groups.suspend_processes().auto_scaling_group_name(group).set_scaling_processes(Some(processes)).send();
        self.runtime.block_on(call).expect("the witness may suspend");
    }

    /// Somebody else leaves a tag on the group.
    pub fn tag(&self, group: &str, key: &str, value: &str) {
        let tag = Tag::builder().resource_id(group).resource_type("auto-scaling-group").key(key).value(value).propagate_at_launch(false);
        let call = self.groups.create_or_update_tags().tags(tag.build()).send();
        self.runtime.block_on(call).expect("the witness may tag");
    }

    fn raw(&self, name: &str) -> AutoScalingGroup {
        let answer = self.runtime.block_on(self.groups.describe_auto_scaling_groups().auto_scaling_group_names(name).send());
        let groups = answer.expect("the witness reads").auto_scaling_groups.unwrap_or_default();
        groups.into_iter().next().unwrap_or_else(|| panic!("no group {name}"))
    }
}

fn seen(group: AutoScalingGroup) -> SeenGroup {
    let size = |n: Option<i32>| n.expect("a group has bounds");
    let member = |m: Instance| SeenMember {
        id: m.instance_id.unwrap_or_default(),
        lifecycle: m.lifecycle_state.map(|l| l.as_str().to_owned()).unwrap_or_default(),
        version: m.launch_template.and_then(|t| t.version).unwrap_or_default(),
        protected: m.protected_from_scale_in.unwrap_or_default(),
    };
    SeenGroup {
        size: (size(group.min_size), size(group.desired_capacity), size(group.max_size)),
        suspended: group.suspended_processes.into_iter().flatten().filter_map(|p| p.process_name).collect(),
        tags: group.tags.into_iter().flatten().map(|t| (t.key.unwrap_or_default(), t.value.unwrap_or_default())).collect(),
        members: group.instances.into_iter().flatten().map(member).collect(),
        pools: group.target_group_arns.unwrap_or_default(),
    }
}
