//! A client of its own that looks at the account, and sometimes meddles: somebody else.

use std::collections::BTreeMap;
use std::future::Future;

use aws_sdk_autoscaling::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_autoscaling::types::{AutoScalingGroup, DesiredConfiguration, LaunchTemplateSpecification, RefreshPreferences};

use crate::backend::{Backend, REGION};

pub struct Onlooker {
    autoscaling: aws_sdk_autoscaling::Client,
    elb: aws_sdk_elasticloadbalancing::Client,
    elbv2: aws_sdk_elasticloadbalancingv2::Client,
    rds: aws_sdk_rds::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    runtime: tokio::runtime::Runtime,
}

macro_rules! client {
    ($sdk:ident, $backend:expr, $region:expr) => {
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new($region))
                .endpoint_url($backend.url())
                .http_client(aws_smithy_http_client::Builder::new().build_http())
                .credentials_provider(Credentials::new("onlooker", "onlooker", None, None, "tests"))
                .build(),
        )
    };
}

impl Onlooker {
    pub fn of(backend: &Backend) -> Self {
        Self::within(backend, REGION)
    }

    pub fn within(backend: &Backend, region: &'static str) -> Self {
        Self {
            autoscaling: client!(aws_sdk_autoscaling, backend, region),
            elb: client!(aws_sdk_elasticloadbalancing, backend, region),
            elbv2: client!(aws_sdk_elasticloadbalancingv2, backend, region),
            rds: client!(aws_sdk_rds, backend, region),
            cloudwatch: client!(aws_sdk_cloudwatch, backend, region),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"),
        }
    }

    fn ask<T, E: std::fmt::Debug>(&self, call: impl Future<Output = Result<T, E>>) -> T {
        self.runtime.block_on(call).expect("the onlooker is answered")
    }

    fn group(&self, name: &str) -> AutoScalingGroup {
        let answer = self.ask(self.autoscaling.describe_auto_scaling_groups().auto_scaling_group_names(name).send());
        answer.auto_scaling_groups.unwrap_or_default().into_iter().next().unwrap_or_else(|| panic!("no group {name}"))
    }

    /// Names of all groups.
    pub fn groups(&self) -> Vec<String> {
        let answer = self.ask(self.autoscaling.describe_auto_scaling_groups().send());
        answer.auto_scaling_groups().iter().filter_map(|g| g.auto_scaling_group_name.clone()).collect()
    }

    /// Minimum, desired, maximum.
    pub fn size(&self, group: &str) -> (i32, i32, i32) {
        let g = self.group(group);
        (g.min_size.unwrap_or(-1), g.desired_capacity.unwrap_or(-1), g.max_size.unwrap_or(-1))
    }

    /// Members by id, with their lifecycle.
    pub fn members(&self, group: &str) -> BTreeMap<String, String> {
        let word = |m: &aws_sdk_autoscaling::types::Instance| m.lifecycle_state().map(|l| l.as_str().to_owned()).unwrap_or_default();
        self.group(group).instances().iter().map(|m| (m.instance_id().unwrap_or_default().to_owned(), word(m))).collect()
    }

    /// Those of them in this state.
    pub fn members_in(&self, group: &str, lifecycle: &str) -> Vec<String> {
        self.members(group).into_iter().filter(|(_, l)| l == lifecycle).map(|(id, _)| id).collect()
    }

    /// Members kept from scale-in.
    pub fn protected(&self, group: &str) -> Vec<String> {
        let group = self.group(group);
        let of = group.instances().iter().filter(|m| m.protected_from_scale_in() == Some(true));
        let mut ids: Vec<String> = of.filter_map(|m| m.instance_id.clone()).collect();
        ids.sort();
        ids
    }

    /// Suspended processes, sorted.
    pub fn suspended(&self, group: &str) -> Vec<String> {
        let mut names: Vec<String> = self.group(group).suspended_processes().iter().filter_map(|p| p.process_name.clone()).collect();
        names.sort();
        names
    }

    /// The mark that operations leave on a group.
    pub fn mark(&self, group: &str) -> Option<String> {
        self.group(group).tags().iter().find(|t| t.key().is_some_and(|k| k.contains("pilothouse"))).and_then(|t| t.value.clone())
    }

    /// Instance refreshes, newest first.
    pub fn refreshes(&self, group: &str) -> Vec<String> {
        let answer = self.ask(self.autoscaling.describe_instance_refreshes().auto_scaling_group_name(group).send());
        answer.instance_refreshes().iter().filter_map(|r| r.status().map(|s| s.as_str().to_owned())).collect()
    }

    /// Targets that stand in a pool of this name, with their state.
    pub fn targets(&self, pool: &str) -> BTreeMap<String, String> {
        let found = self.ask(self.elbv2.describe_target_groups().names(pool).send());
        let arn = found.target_groups().first().and_then(|g| g.target_group_arn.clone()).expect("the pool is there");
        let answer = self.ask(self.elbv2.describe_target_health().target_group_arn(arn).send());
        let of = |d: &aws_sdk_elasticloadbalancingv2::types::TargetHealthDescription| {
            let id = d.target().and_then(|t| t.id.clone()).unwrap_or_default();
            (id, d.target_health().and_then(|h| h.state()).map(|s| s.as_str().to_owned()).unwrap_or_default())
        };
        answer.target_health_descriptions().iter().map(of).collect()
    }

    /// Status of a database.
    pub fn database(&self, name: &str) -> String {
        let answer = self.ask(self.rds.describe_db_instances().db_instance_identifier(name).send());
        answer.db_instances().first().and_then(|d| d.db_instance_status.clone()).unwrap_or_default()
    }

    /// The writer of a cluster.
    pub fn writer(&self, cluster: &str) -> Option<String> {
        let answer = self.ask(self.rds.describe_db_clusters().db_cluster_identifier(cluster).send());
        let members = answer.db_clusters().first()?.db_cluster_members();
        members.iter().find(|m| m.is_cluster_writer() == Some(true)).and_then(|m| m.db_instance_identifier.clone())
    }

    /// Names of a database's snapshots.
    pub fn snapshots(&self, database: &str) -> Vec<String> {
        let answer = self.ask(self.rds.describe_db_snapshots().db_instance_identifier(database).send());
        answer.db_snapshots().iter().filter_map(|s| s.db_snapshot_identifier.clone()).collect()
    }

    /// Mute rules with their status and the second at which they end.
    pub fn mutes(&self) -> Vec<(String, String, i64)> {
        let answer = self.ask(self.cloudwatch.list_alarm_mute_rules().send());
        let rules = answer.alarm_mute_rule_summaries().iter();
        rules
            .map(|r| {
                let name = r.alarm_mute_rule_arn().unwrap_or_default().rsplit(':').next().unwrap_or_default().to_owned();
                (
                    name,
                    r.status().map(|s| s.as_str().to_owned()).unwrap_or_default(),
                    r.expire_date().map_or(0, aws_sdk_cloudwatch::primitives::DateTime::secs),
                )
            })
            .collect()
    }

    // -- meddling

    pub fn set_bounds(&self, group: &str, (min, desired, max): (i32, i32, i32)) {
        let call = self.autoscaling.update_auto_scaling_group().auto_scaling_group_name(group);
        self.ask(call.min_size(min).desired_capacity(desired).max_size(max).send());
    }

    /// Puts a group behind a classic balancer.
    pub fn attach_classic(&self, group: &str, balancer: &str) {
        self.ask(self.autoscaling.attach_load_balancers().auto_scaling_group_name(group).load_balancer_names(balancer).send());
    }

    /// Members that stand in a classic balancer.
    pub fn classic(&self, balancer: &str) -> Vec<String> {
        let answer = self.ask(self.elb.describe_load_balancers().load_balancer_names(balancer).send());
        let found = answer.load_balancer_descriptions().first().map(|b| b.instances().to_vec()).unwrap_or_default();
        let mut ids: Vec<String> = found.into_iter().filter_map(|i| i.instance_id).collect();
        ids.sort();
        ids
    }

    pub fn resume(&self, group: &str, process: &str) {
        self.ask(self.autoscaling.resume_processes().auto_scaling_group_name(group).scaling_processes(process).send());
    }

    /// Starts an instance refresh to this version of the template.
    pub fn start_refresh(&self, group: &str, version: &str) {
        let template = self.group(group).launch_template.and_then(|t| t.launch_template_id).expect("it launches from a template");
        let template = LaunchTemplateSpecification::builder().launch_template_id(template).version(version).build();
        let preferences = RefreshPreferences::builder().min_healthy_percentage(50).build();
        let call = self.autoscaling.start_instance_refresh().auto_scaling_group_name(group).preferences(preferences);
        self.ask(call.desired_configuration(DesiredConfiguration::builder().launch_template(template).build()).send());
    }

    /// An alarm that wakes a scaling policy.
    pub fn put_scaling_alarm(&self, name: &str) {
        let call = self.cloudwatch.put_metric_alarm().alarm_name(name).namespace("AWS/EC2").metric_name("CPUUtilization");
        let action = format!("arn:aws:autoscaling:{REGION}:123456789012:scalingPolicy:1:autoScalingGroupName/portal:policyName/more");
        let call = call.statistic(aws_sdk_cloudwatch::types::Statistic::Average).period(60).evaluation_periods(1).threshold(80.0);
        let call = call.comparison_operator(aws_sdk_cloudwatch::types::ComparisonOperator::GreaterThanThreshold).alarm_actions(action);
        self.ask(call.send());
    }
}
