//! A second client that looks at the same account: what it reports is what happened, whatever the console shows.

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::config::{BehaviorVersion, Credentials, Region};

use crate::backend::{Backend, REGION};

pub struct Witness {
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl Witness {
    pub fn of(backend: &Backend) -> Self {
        let config = aws_sdk_autoscaling::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(backend.url())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .credentials_provider(Credentials::new("witness", "witness", None, None, "tests"))
            .build();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { client: Client::from_conf(config), runtime }
    }

    /// Desired capacity of a group.
    pub fn desired(&self, group: &str) -> i32 {
        self.group(group).desired_capacity().expect("a group has a desired capacity")
    }

    /// Somebody else changes the group.
    pub fn set_desired(&self, group: &str, desired: i32) {
        let call = self.client.set_desired_capacity().auto_scaling_group_name(group).desired_capacity(desired).send();
        self.runtime.block_on(call).expect("the witness may change the group");
    }

    /// Ids and lifecycle states of a group's members.
    pub fn members(&self, group: &str) -> Vec<(String, String)> {
        let members = self.group(group).instances.unwrap_or_default();
        members
            .into_iter()
            .map(|m| (m.instance_id.unwrap_or_default(), m.lifecycle_state.map(|l| l.as_str().to_owned()).unwrap_or_default()))
            .collect()
    }

    fn group(&self, name: &str) -> aws_sdk_autoscaling::types::AutoScalingGroup {
        let answer = self.runtime.block_on(self.client.describe_auto_scaling_groups().auto_scaling_group_names(name).send());
        let groups = answer.expect("the witness reads").auto_scaling_groups.unwrap_or_default();
        groups.into_iter().next().unwrap_or_else(|| panic!("no group {name}"))
    }
}
