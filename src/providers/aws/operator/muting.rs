//! Alarms that keep quiet for a while: a mute rule of our own per alarm, which ends by itself.

use jiff::Timestamp;

use aws_sdk_cloudwatch::types::{MuteTargets, Rule, Schedule};

use crate::domain::{FailureKind, Kind, ResourceId};
use crate::providers::ProviderError;
use crate::providers::aws::alarms::name_of;
use crate::providers::aws::time::to_sdk_time;

use super::caller::Caller;

pub(super) const MUTE: &str = "cloudwatch:PutAlarmMuteRule";
pub(super) const UNMUTE: &str = "cloudwatch:DeleteAlarmMuteRule";

/// The longest one window can be, in minutes: 15 days.
const MINUTES_MOST: i64 = 15 * 24 * 60;

/// From this minute until `until`. The window is of whole minutes and may reach a little beyond; the rule's own end cuts it off.
pub(super) async fn mute(caller: &Caller<'_>, alarm: &ResourceId, rule: &str, until: Timestamp) -> Result<(), ProviderError> {
    let alarm = name_of(caller.native(alarm, Kind::Alarm, MUTE)?);
    let now = (caller.reader.clock)().wall;
    let (begin, minutes) = window(now, until);
    if minutes < 1 || until <= now {
        return Err(caller.invalid(MUTE, format!("{until} is over: a mute ends in the future")));
    }
    if minutes > MINUTES_MOST {
        return Err(caller.invalid(MUTE, "an alarm is muted for 15 days at most"));
    }
    let schedule = Schedule::builder()
        .expression(format!("at({})", begin.strftime("%Y-%m-%dT%H:%M")))
        .duration(format!("PT{minutes}M"))
        .timezone("UTC")
        .build();
    let request = caller.writers.cloudwatch.put_alarm_mute_rule().name(rule).rule(Rule::builder().schedule(schedule).build());
    let request = request.mute_targets(MuteTargets::builder().alarm_names(alarm).build()).expire_date(to_sdk_time(until));
    caller.done(MUTE, request.send().await)
}

pub(super) async fn unmute(caller: &Caller<'_>, alarm: &ResourceId, rule: &str) -> Result<(), ProviderError> {
    caller.native(alarm, Kind::Alarm, UNMUTE)?;
    if rule.is_empty() {
        return Err(caller.invalid(UNMUTE, "no rule is named"));
    }
    match caller.done(UNMUTE, caller.writers.cloudwatch.delete_alarm_mute_rule().alarm_mute_rule_name(rule).send().await) {
        // It ended by itself, or somebody was quicker: it mutes nothing, which is all that was asked for.
        Err(error) if error.kind == FailureKind::NotFound => Ok(()),
        answer => answer,
    }
}

/// The minute it is, and how many minutes from there reach the end.
fn window(now: Timestamp, until: Timestamp) -> (Timestamp, i64) {
    let begin = now.as_second().div_euclid(60) * 60;
    let minutes = (until.as_second() - begin + 59).div_euclid(60);
    (Timestamp::from_second(begin).unwrap_or(now), minutes)
}
