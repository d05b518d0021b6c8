//! The cloud's own rolling redeploy: start with all its preferences, cancel, roll back.

use std::time::Duration;

use aws_sdk_autoscaling::types::{
    AlarmSpecification, DesiredConfiguration, RefreshPreferences as SdkPreferences, RefreshStrategy, ScaleInProtectedInstances,
    StandbyInstances,
};

use crate::domain::plan::{Leftover, RefreshPreferences};
use crate::domain::{FailureKind, Label, ResourceId};
use crate::providers::ProviderError;
use crate::providers::aws::groups;

use super::caller::{Caller, looked};
use super::copying::{Launches, with_version};

pub(super) const START: &str = "autoscaling:StartInstanceRefresh";
pub(super) const CANCEL: &str = "autoscaling:CancelInstanceRefresh";
pub(super) const ROLL_BACK: &str = "autoscaling:RollbackInstanceRefresh";

/// Alarms a refresh can watch.
const ALARMS_MOST: usize = 10;

pub(super) async fn start(caller: &Caller<'_>, group: &ResourceId, preferences: &RefreshPreferences) -> Result<(), ProviderError> {
    let name = caller.group(group, START)?;
    check(caller, preferences)?;
    let wanted = match &preferences.version {
        Some(version) => Some(configuration(caller, name, version).await?),
        None => None,
    };
    let request = caller.writers.autoscaling.start_instance_refresh().auto_scaling_group_name(name).strategy(RefreshStrategy::Rolling);
    let request = request.set_desired_configuration(wanted).preferences(to_sdk_preferences(caller, preferences)?);
    caller.done(START, request.send().await)
}

/// Members on their way are waited for, as the service does by default; nothing is put back.
pub(super) async fn cancel(caller: &Caller<'_>, group: &ResourceId) -> Result<(), ProviderError> {
    let name = caller.group(group, CANCEL)?;
    caller.done(CANCEL, caller.writers.autoscaling.cancel_instance_refresh().auto_scaling_group_name(name).send().await)
}

pub(super) async fn roll_back(caller: &Caller<'_>, group: &ResourceId) -> Result<(), ProviderError> {
    let name = caller.group(group, ROLL_BACK)?;
    caller.done(ROLL_BACK, caller.writers.autoscaling.rollback_instance_refresh().auto_scaling_group_name(name).send().await)
}

/// What the service would refuse too, in words that say what to change.
fn check(caller: &Caller<'_>, p: &RefreshPreferences) -> Result<(), ProviderError> {
    let refuse = |message: &str| Err(caller.invalid(START, message));
    if p.auto_rollback && p.version.is_none() {
        return refuse("it can only roll back by itself to a version when the new one is named");
    }
    match (p.min_healthy_percent, p.max_healthy_percent) {
        (None, Some(_)) => return refuse("a maximum of healthy members needs the minimum beside it"),
        (Some(min), _) if min > 100 => return refuse("the minimum of healthy members is at most 100 %"),
        (Some(_), Some(max)) if !(100..=200).contains(&max) => return refuse("the maximum of healthy members is 100 to 200 %"),
        (Some(min), Some(max)) if max - min > 100 => {
            return refuse("minimum and maximum of healthy members are at most 100 percent points apart");
        }
        _ => {}
    }
    if p.checkpoints.last().is_some_and(|last| *last != 100) {
        return refuse("the last checkpoint must be 100 %, or the rest would stay old");
    }
    if p.alarms.len() > ALARMS_MOST {
        return refuse("a refresh watches ten alarms at most");
    }
    Ok(())
}

/// An omitted field is left to the group and the service; one that is said is sent, also where it equals a default: an explicit maximum of
/// 100 % launches before it terminates, an omitted one does both at once.
fn to_sdk_preferences(caller: &Caller<'_>, p: &RefreshPreferences) -> Result<SdkPreferences, ProviderError> {
    let seconds = |d: Option<Duration>| -> Result<Option<i32>, ProviderError> {
        d.map(|d| i32::try_from(d.as_secs()).map_err(|_| caller.invalid(START, "a time of decades cannot be waited for"))).transpose()
    };
    let checkpoints: Vec<i32> = p.checkpoints.iter().map(|c| i32::from(*c)).collect();
    let alarms = (!p.alarms.is_empty())
        .then(|| AlarmSpecification::builder().set_alarms(Some(p.alarms.iter().map(ToString::to_string).collect())).build());
    Ok(SdkPreferences::builder()
        .set_min_healthy_percentage(p.min_healthy_percent.map(i32::from))
        .set_max_healthy_percentage(p.max_healthy_percent.map(i32::from))
        .set_instance_warmup(seconds(p.warmup)?)
        .set_checkpoint_delay(seconds(p.checkpoint_delay.filter(|_| !checkpoints.is_empty()))?)
        .set_checkpoint_percentages(Some(checkpoints).filter(|c| !c.is_empty()))
        .skip_matching(p.skip_matching)
        .auto_rollback(p.auto_rollback)
        .set_bake_time(seconds(p.bake)?)
        .set_alarm_specification(alarms)
        // Never left to the service: its default waits for an hour and then fails.
        .scale_in_protected_instances(match p.protected {
            Leftover::Replace => ScaleInProtectedInstances::Refresh,
            Leftover::Ignore => ScaleInProtectedInstances::Ignore,
            Leftover::Wait => ScaleInProtectedInstances::Wait,
        })
        .standby_instances(match p.standby {
            Leftover::Replace => StandbyInstances::Terminate,
            Leftover::Ignore => StandbyInstances::Ignore,
            Leftover::Wait => StandbyInstances::Wait,
        })
        .build())
}

/// The group's own template or policy, at another version.
async fn configuration(caller: &Caller<'_>, name: &str, version: &Label) -> Result<DesiredConfiguration, ProviderError> {
    let found = looked(groups::fetch_raw(&caller.reader, name).await)?;
    let Some(group) = found else {
        return Err(caller.refuse(FailureKind::NotFound, START, format!("there is no Auto Scaling group {name:?}")));
    };
    let wanted = DesiredConfiguration::builder();
    match with_version(&group, Some(version)) {
        Some(Launches::Template(template)) => Ok(wanted.launch_template(template).build()),
        Some(Launches::Mixed(policy)) => Ok(wanted.mixed_instances_policy(policy).build()),
        Some(Launches::Configuration(_)) | None => {
            Err(caller.invalid(START, format!("{name} launches from no template, so no version of one can be named")))
        }
    }
}
