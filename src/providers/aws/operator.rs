//! The writing half of AWS: the one file that names calls which change something.
//!
//! Made only with a permit. Its client never repeats a call: a lost answer is found out by reading. Every call checks first that the
//! connection is still who the permit was granted to.

use std::sync::Arc;

use async_trait::async_trait;
use aws_smithy_types::retry::RetryConfig;

use crate::domain::{Call, FailureKind, Group, Identity, Kind, ResourceId, TargetPool};
use crate::providers::{Operator, ProviderError, WritePermit};

use super::error::convert_error;
use super::link::{Connection, Link};
use super::wall::{Allowed, Wall};
use super::whole::WholeAnswers;
use super::{activities, groups, pools};

const SET_DESIRED: &str = "autoscaling:SetDesiredCapacity";
const UPDATE: &str = "autoscaling:UpdateAutoScalingGroup";
const TERMINATE: &str = "autoscaling:TerminateInstanceInAutoScalingGroup";

/// All that is ever changed.
const WRITES: Allowed = &[("Auto Scaling", &["SetDesiredCapacity", "UpdateAutoScalingGroup", "TerminateInstanceInAutoScalingGroup"])];

pub(super) struct AwsOperator {
    link: Arc<Link>,
    permit: WritePermit,
}

impl AwsOperator {
    pub fn new(link: Arc<Link>, permit: WritePermit) -> Self {
        Self { link, permit }
    }

    /// The writing client of this connection: nothing but [`WRITES`] gets out, and each at most once.
    fn client(&self, connection: &Connection) -> aws_sdk_autoscaling::Client {
        let wall = Wall::new(WRITES, Arc::clone(self.link.traffic()), Arc::clone(&self.link.settings().clock));
        let config = aws_sdk_autoscaling::config::Builder::from(&connection.config)
            .retry_config(RetryConfig::disabled())
            .interceptor(wall)
            .interceptor(WholeAnswers)
            .build();
        aws_sdk_autoscaling::Client::from_conf(config)
    }

    fn refuse(&self, kind: FailureKind, operation: &str, message: impl AsRef<str>) -> ProviderError {
        let mut error = ProviderError::new(kind, operation, &self.link.scope, message);
        error.maybe_done = false;
        error
    }

    fn group_name<'a>(&self, id: &'a ResourceId, operation: &str) -> Result<&'a str, ProviderError> {
        if id.kind == Kind::Group && id.scope == self.link.scope {
            Ok(id.native())
        } else {
            Err(self.refuse(FailureKind::Invalid, operation, format!("{id:?} is no Auto Scaling group of {}", self.link.scope)))
        }
    }

    fn number(&self, n: u32, operation: &str) -> Result<i32, ProviderError> {
        i32::try_from(n).map_err(|_| self.refuse(FailureKind::Invalid, operation, format!("{n} is beyond what a group can hold")))
    }

    /// Reads, and lets the connection go when it was refused.
    async fn with<T, F>(&self, work: F) -> Result<T, ProviderError>
    where
        F: AsyncFnOnce(&Connection) -> Result<T, ProviderError>,
    {
        let connection = self.link.connection().await?;
        let result = work(&connection).await;
        if let Err(error) = &result {
            self.link.note(&connection, error).await;
        }
        result
    }

    async fn send(&self, connection: &Connection, call: &Call) -> Result<(), ProviderError> {
        let who = self.link.who(connection).await.map_err(|e| ProviderError { maybe_done: false, ..e })?;
        if !self.permit.covers(&who) {
            let message = format!(
                "these calls were permitted to {}, but the credentials are now those of {}",
                self.permit.principal(),
                who.principal
            );
            return Err(self.refuse(FailureKind::Auth, "sts:GetCallerIdentity", message));
        }
        let client = self.client(connection);
        let scope = &self.link.scope;
        match call {
            Call::SetDesired { group, desired, honor_cooldown } => {
                let name = self.group_name(group, SET_DESIRED)?;
                let desired = self.number(*desired, SET_DESIRED)?;
                let request = client.set_desired_capacity().auto_scaling_group_name(name).desired_capacity(desired);
                request.honor_cooldown(*honor_cooldown).send().await.map(drop).map_err(|e| convert_error(SET_DESIRED, scope, &e))
            }
            Call::SetBounds { group, min, max, desired } => {
                let name = self.group_name(group, UPDATE)?;
                let (min, max) = (self.number(*min, UPDATE)?, self.number(*max, UPDATE)?);
                let request = client.update_auto_scaling_group().auto_scaling_group_name(name).min_size(min).max_size(max);
                let request = request.desired_capacity(self.number(*desired, UPDATE)?);
                request.send().await.map(drop).map_err(|e| convert_error(UPDATE, scope, &e))
            }
            Call::TerminateMembers { group, members } => {
                self.group_name(group, TERMINATE)?;
                if let Some(other) = members.iter().find(|m| m.kind != Kind::Member || m.scope != *scope) {
                    return Err(self.refuse(FailureKind::Invalid, TERMINATE, format!("{other:?} is no member in {scope}")));
                }
                for (done, member) in members.iter().enumerate() {
                    let request = client.terminate_instance_in_auto_scaling_group().instance_id(member.native());
                    let answer = request.should_decrement_desired_capacity(true).send().await;
                    answer.map_err(|e| after(done, members.len(), member, convert_error(TERMINATE, scope, &e)))?;
                }
                Ok(())
            }
            other => Err(self.refuse(FailureKind::Unsupported, "autoscaling", format!("cannot {} here", other.describe()))),
        }
    }
}

/// An error in the middle of several calls says how far it came; what was done before makes the whole perhaps done.
fn after(done: usize, of: usize, member: &ResourceId, error: ProviderError) -> ProviderError {
    if of == 1 {
        return error;
    }
    let message = format!("{}: {}; {done} of {of} were accepted before", member.native(), error.message);
    ProviderError { message: message.into(), maybe_done: error.maybe_done || done > 0, ..error }
}

#[async_trait]
impl Operator for AwsOperator {
    async fn identity(&self) -> Result<Identity, ProviderError> {
        self.with(async |connection| self.link.fetch_identity(connection).await).await
    }

    async fn read_group(&self, group: &ResourceId) -> Result<Group, ProviderError> {
        let name = self.group_name(group, groups::DESCRIBE)?;
        self.with(async |connection| {
            let reader = self.link.reader(connection);
            let (found, history) = tokio::join!(groups::fetch_group(&reader, name), activities::fetch_now(&reader, name));
            let Some(mut found) = found? else {
                return Err(self.refuse(FailureKind::NotFound, groups::DESCRIBE, format!("there is no Auto Scaling group {name:?}")));
            };
            // A guard's input that cannot be read is no input: the operation stops here.
            found.activities = Some(history?);
            Ok(found)
        })
        .await
    }

    async fn read_pools(&self, pools: &[ResourceId]) -> Result<Vec<TargetPool>, ProviderError> {
        if pools.is_empty() {
            return Ok(Vec::new());
        }
        self.with(async |connection| pools::fetch_pools(&self.link.reader(connection), pools).await).await
    }

    async fn call(&self, call: &Call) -> Result<(), ProviderError> {
        self.with(async |connection| self.send(connection, call).await).await
    }
}

#[cfg(test)]
mod tests;
