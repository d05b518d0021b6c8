//! Sizes, bounds, members, processes and the mark: the calls of Auto Scaling that are one request each.

use aws_sdk_autoscaling::types::{AutoScalingGroup, Tag};

use crate::domain::{Call, Kind, Label, MARK_TAG, OperationId, ResourceId};
use crate::providers::ProviderError;
use crate::providers::aws::groups;

use super::caller::{Caller, looked};

pub(super) const SET_DESIRED: &str = "autoscaling:SetDesiredCapacity";
pub(super) const UPDATE: &str = "autoscaling:UpdateAutoScalingGroup";
pub(super) const TERMINATE: &str = "autoscaling:TerminateInstanceInAutoScalingGroup";
pub(super) const SUSPEND: &str = "autoscaling:SuspendProcesses";
pub(super) const RESUME: &str = "autoscaling:ResumeProcesses";
pub(super) const ENTER_STANDBY: &str = "autoscaling:EnterStandby";
pub(super) const EXIT_STANDBY: &str = "autoscaling:ExitStandby";
pub(super) const PROTECT: &str = "autoscaling:SetInstanceProtection";
pub(super) const TAG: &str = "autoscaling:CreateOrUpdateTags";
pub(super) const UNTAG: &str = "autoscaling:DeleteTags";
pub(super) const REBOOT: &str = "ec2:RebootInstances";

/// Members one call takes, by the API's own limits.
const STANDBY_MOST: usize = 20;
const PROTECT_MOST: usize = 50;
const TERMINATE_MOST: usize = 100;

/// Longest value of a tag, in characters.
const TAG_VALUE: usize = 256;

/// Makes one of these calls; any other is refused.
pub(super) async fn send(caller: &Caller<'_>, call: &Call) -> Result<(), ProviderError> {
    let client = &caller.writers.autoscaling;
    match call {
        Call::SetDesired { group, desired, honor_cooldown } => {
            let name = caller.group(group, SET_DESIRED)?;
            let desired = caller.number(*desired, SET_DESIRED)?;
            let request = client.set_desired_capacity().auto_scaling_group_name(name).desired_capacity(desired);
            caller.done(SET_DESIRED, request.honor_cooldown(*honor_cooldown).send().await)
        }
        Call::SetBounds { group, min, max, desired } => {
            let name = caller.group(group, UPDATE)?;
            let (min, max) = (caller.number(*min, UPDATE)?, caller.number(*max, UPDATE)?);
            let request = client.update_auto_scaling_group().auto_scaling_group_name(name).min_size(min).max_size(max);
            caller.done(UPDATE, request.desired_capacity(caller.number(*desired, UPDATE)?).send().await)
        }
        Call::TerminateMembers { group, members } => {
            caller.group(group, TERMINATE)?;
            let ids = caller.members(members, TERMINATE_MOST, TERMINATE)?;
            for (done, id) in ids.iter().enumerate() {
                terminate(caller, id, true).await.map_err(|e| after(done, ids.len(), id, e))?;
            }
            Ok(())
        }
        Call::ReplaceMember { group, member } => {
            caller.group(group, TERMINATE)?;
            terminate(caller, caller.native(member, Kind::Member, TERMINATE)?, false).await
        }
        Call::Suspend { group, processes } => {
            let name = caller.group(group, SUSPEND)?;
            let processes = caller.processes(processes, SUSPEND)?;
            let request = client.suspend_processes().auto_scaling_group_name(name).set_scaling_processes(Some(processes));
            caller.done(SUSPEND, request.send().await)
        }
        Call::ResumeProcesses { group, processes } => {
            let name = caller.group(group, RESUME)?;
            let processes = caller.processes(processes, RESUME)?;
            let request = client.resume_processes().auto_scaling_group_name(name).set_scaling_processes(Some(processes));
            caller.done(RESUME, request.send().await)
        }
        Call::EnterStandby { group, members, replace } => {
            let name = caller.group(group, ENTER_STANDBY)?;
            let ids = caller.members(members, STANDBY_MOST, ENTER_STANDBY)?;
            let request = client.enter_standby().auto_scaling_group_name(name).set_instance_ids(Some(ids));
            caller.done(ENTER_STANDBY, request.should_decrement_desired_capacity(!replace).send().await)
        }
        Call::ExitStandby { group, members } => {
            let name = caller.group(group, EXIT_STANDBY)?;
            let ids = caller.members(members, STANDBY_MOST, EXIT_STANDBY)?;
            let request = client.exit_standby().auto_scaling_group_name(name).set_instance_ids(Some(ids));
            caller.done(EXIT_STANDBY, request.send().await)
        }
        Call::Protect { group, members, on } => {
            let name = caller.group(group, PROTECT)?;
            let ids = caller.members(members, PROTECT_MOST, PROTECT)?;
            let request = client.set_instance_protection().auto_scaling_group_name(name).set_instance_ids(Some(ids));
            caller.done(PROTECT, request.protected_from_scale_in(*on).send().await)
        }
        Call::Reboot { member, .. } => {
            let id = caller.native(member, Kind::Member, REBOOT)?;
            caller.done(REBOOT, caller.writers.ec2.reboot_instances().instance_ids(id).send().await)
        }
        Call::Mark { group, operation, text } => mark(caller, group, operation, text).await,
        Call::Unmark { group, operation } => unmark(caller, group, operation).await,
        other => Err(caller.invalid("autoscaling", format!("{} is no call of Auto Scaling alone", other.describe()))),
    }
}

async fn terminate(caller: &Caller<'_>, id: &str, shrink: bool) -> Result<(), ProviderError> {
    let request = caller.writers.autoscaling.terminate_instance_in_auto_scaling_group().instance_id(id);
    caller.done(TERMINATE, request.should_decrement_desired_capacity(shrink).send().await)
}

/// An error in the middle of several calls says how far it came; what was done before makes the whole perhaps done.
fn after(done: usize, of: usize, id: &str, error: ProviderError) -> ProviderError {
    if of == 1 {
        return error;
    }
    let message = format!("{id}: {}; {done} of {of} were accepted before", error.message);
    ProviderError { message: Label::new(message), maybe_done: error.maybe_done || done > 0, ..error }
}

fn tag(group: &str) -> aws_sdk_autoscaling::types::builders::TagBuilder {
    Tag::builder().resource_id(group).resource_type("auto-scaling-group").key(MARK_TAG)
}

/// Never handed down to members: it speaks of the group alone.
async fn mark(caller: &Caller<'_>, group: &ResourceId, operation: &OperationId, text: &Label) -> Result<(), ProviderError> {
    let name = caller.group(group, TAG)?;
    let value: String = format!("{operation} {text}").chars().take(TAG_VALUE).collect();
    let tag = tag(name).value(value).propagate_at_launch(false).build();
    caller.done(TAG, caller.writers.autoscaling.create_or_update_tags().tags(tag).send().await)
}

/// Takes our own mark away, never one that another operation left meanwhile. The service deletes by key alone, so it is looked at first.
async fn unmark(caller: &Caller<'_>, group: &ResourceId, operation: &OperationId) -> Result<(), ProviderError> {
    let name = caller.group(group, UNTAG)?;
    let found = looked(groups::fetch_raw(&caller.reader, name).await)?;
    let mark = found.iter().flat_map(AutoScalingGroup::tags).find(|t| t.key() == Some(MARK_TAG)).and_then(|t| t.value());
    if mark.is_some_and(|value| value.split(' ').next() != Some(operation.0.as_str())) {
        return Ok(());
    }
    caller.done(UNTAG, caller.writers.autoscaling.delete_tags().tags(tag(name).build()).send().await)
}
