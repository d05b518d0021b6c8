//! What changes a group by itself: scaling policies and scheduled actions, all groups of the region in a few pages.

use std::collections::BTreeMap;

use aws_sdk_autoscaling::types::{ScalingPolicy as SdkPolicy, ScheduledUpdateGroupAction, TargetTrackingConfiguration};

use crate::domain::{Focus, Kind, Label, Observation, PolicyKind, ResourceId, ScalingPolicy, ScheduledAction};
use crate::providers::{Page, PageSink, ProviderError};

use super::convert::{convert_count, convert_text};
use super::groups;
use super::paging::Pages;
use super::reader::Reader;
use super::time::convert_time;

const POLICIES: &str = "autoscaling:DescribePolicies";
const SCHEDULES: &str = "autoscaling:DescribeScheduledActions";
const PAGE: i32 = 100;

/// Reads both lists. Groups that have none are told so: an empty list is not "not read".
pub(super) async fn read(reader: &Reader<'_>, _focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
    let (policies, schedules, groups) = tokio::join!(fetch_policies(reader), fetch_schedules(reader), groups::known(reader));
    let (mut policies, policy_calls) = policies?;
    let (mut schedules, schedule_calls) = schedules?;
    let id = |name: &str| ResourceId::new(reader.scope, Kind::Group, name);
    for group in groups.iter() {
        policies.entry(group.id.native().to_owned()).or_default();
        schedules.entry(group.id.native().to_owned()).or_default();
    }
    let rows = policies
        .into_iter()
        .map(|(name, policies)| Observation::Policies { group: id(&name), policies })
        .chain(schedules.into_iter().map(|(name, schedules)| Observation::Schedules { group: id(&name), schedules }))
        .collect();
    reader.hand_over(sink, Page { rows, calls: policy_calls + schedule_calls, ..Page::default() }).await
}

type ByGroup<T> = BTreeMap<String, Vec<T>>;

async fn fetch_policies(reader: &Reader<'_>) -> Result<(ByGroup<ScalingPolicy>, u32), ProviderError> {
    let mut guard = Pages::new(POLICIES, reader.scope);
    let (mut token, mut calls, mut out) = (None, 0, BTreeMap::new());
    loop {
        let call = reader.clients.autoscaling.describe_policies().max_records(PAGE).set_next_token(token);
        let answer = call.send().await.map_err(reader.error(POLICIES))?;
        calls += 1;
        for sdk in answer.scaling_policies() {
            if let Some(group) = sdk.auto_scaling_group_name() {
                out.entry(group.to_owned()).or_insert_with(Vec::new).push(convert_policy(sdk));
            }
        }
        token = guard.next(answer.next_token())?;
        if token.is_none() {
            return Ok((out, calls));
        }
    }
}

async fn fetch_schedules(reader: &Reader<'_>) -> Result<(ByGroup<ScheduledAction>, u32), ProviderError> {
    let mut guard = Pages::new(SCHEDULES, reader.scope);
    let (mut token, mut calls, mut out) = (None, 0, BTreeMap::new());
    loop {
        let call = reader.clients.autoscaling.describe_scheduled_actions().max_records(PAGE).set_next_token(token);
        let answer = call.send().await.map_err(reader.error(SCHEDULES))?;
        calls += 1;
        for sdk in answer.scheduled_update_group_actions() {
            if let Some(group) = sdk.auto_scaling_group_name() {
                out.entry(group.to_owned()).or_insert_with(Vec::new).push(convert_schedule(sdk));
            }
        }
        token = guard.next(answer.next_token())?;
        if token.is_none() {
            return Ok((out, calls));
        }
    }
}

fn convert_policy(sdk: &SdkPolicy) -> ScalingPolicy {
    let kind = match (sdk.policy_type().unwrap_or_default(), sdk.target_tracking_configuration()) {
        ("TargetTrackingScaling", Some(tracking)) => convert_tracking(tracking),
        ("StepScaling", _) => {
            let steps: Vec<String> =
                sdk.step_adjustments().iter().filter_map(|s| adjustment(sdk.adjustment_type(), s.scaling_adjustment()?)).collect();
            PolicyKind::Step { adjustment: Label::new(steps.join(", ")) }
        }
        // The oldest policies carry no type.
        ("SimpleScaling" | "", _) if sdk.scaling_adjustment().is_some() => PolicyKind::Simple {
            adjustment: Label::new(sdk.scaling_adjustment().and_then(|n| adjustment(sdk.adjustment_type(), n)).unwrap_or_default()),
        },
        ("PredictiveScaling", _) => PolicyKind::Predictive,
        (word, _) => PolicyKind::Other(Label::new(word)),
    };
    ScalingPolicy {
        name: Label::new(sdk.policy_name().unwrap_or_default()),
        // A policy without the field is from before policies could be switched off.
        enabled: sdk.enabled().unwrap_or(true),
        kind,
        alarms: sdk.alarms().iter().filter_map(|a| convert_text(a.alarm_name())).collect(),
    }
}

fn convert_tracking(sdk: &TargetTrackingConfiguration) -> PolicyKind {
    let predefined = sdk.predefined_metric_specification().and_then(|p| p.predefined_metric_type()).map(|m| m.as_str().to_owned());
    let customized = sdk.customized_metric_specification().map(|c| match (c.namespace(), c.metric_name()) {
        (Some(namespace), Some(name)) => format!("{namespace} {name}"),
        _ => "a metric expression".to_owned(),
    });
    match (predefined.or(customized), sdk.target_value()) {
        (Some(metric), Some(target)) => {
            PolicyKind::TargetTracking { metric: Label::new(metric), target, scale_in: !sdk.disable_scale_in().unwrap_or(false) }
        }
        (metric, _) => PolicyKind::Other(Label::new(format!("target tracking of {}", metric.as_deref().unwrap_or("an unknown metric")))),
    }
}

/// `+2`, `-10 %`, `to 5`.
fn adjustment(kind: Option<&str>, n: i32) -> Option<String> {
    Some(match kind? {
        "ChangeInCapacity" => format!("{n:+}"),
        "PercentChangeInCapacity" => format!("{n:+} %"),
        "ExactCapacity" => format!("to {n}"),
        other => format!("{other} {n}"),
    })
}

fn convert_schedule(sdk: &ScheduledUpdateGroupAction) -> ScheduledAction {
    ScheduledAction {
        name: Label::new(sdk.scheduled_action_name().unwrap_or_default()),
        next: sdk.start_time().or(sdk.time()).and_then(convert_time),
        recurrence: convert_text(sdk.recurrence()),
        // Without a zone the cloud counts in UTC.
        zone: convert_text(sdk.time_zone()).or_else(|| sdk.recurrence().map(|_| Label::new("UTC"))),
        min: convert_count(sdk.min_size()),
        max: convert_count(sdk.max_size()),
        desired: convert_count(sdk.desired_capacity()),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_autoscaling::types::{CustomizedMetricSpecification, MetricType, PredefinedMetricSpecification, StepAdjustment};

    use super::*;

    #[test]
    fn policies_are_described_in_words() {
        let tracking = |c: TargetTrackingConfiguration| {
            SdkPolicy::builder().policy_type("TargetTrackingScaling").target_tracking_configuration(c).build()
        };
        let requests = TargetTrackingConfiguration::builder()
            .predefined_metric_specification(
                PredefinedMetricSpecification::builder()
                    .predefined_metric_type(MetricType::AlbRequestCountPerTarget)
                    .resource_label("app/a/1/targetgroup/b/2")
                    .build(),
            )
            .target_value(100.0)
            .disable_scale_in(true)
            .build();
        let custom = TargetTrackingConfiguration::builder()
            .customized_metric_specification(CustomizedMetricSpecification::builder().namespace("App").metric_name("Queue").build())
            .target_value(5.0)
            .build();
        let step = |n| StepAdjustment::builder().scaling_adjustment(n).build();
        for (sdk, want) in [
            (tracking(requests), "holds ALBRequestCountPerTarget at 100, out only"),
            (tracking(custom), "holds App Queue at 5"),
            (tracking(TargetTrackingConfiguration::builder().build()), "target tracking of an unknown metric"),
            (
                SdkPolicy::builder().policy_type("SimpleScaling").adjustment_type("ChangeInCapacity").scaling_adjustment(2).build(),
                "adds +2 on alarm",
            ),
            (SdkPolicy::builder().adjustment_type("ExactCapacity").scaling_adjustment(5).build(), "adds to 5 on alarm"),
            (
                SdkPolicy::builder()
                    .policy_type("StepScaling")
                    .adjustment_type("PercentChangeInCapacity")
                    .step_adjustments(step(10))
                    .step_adjustments(step(-30))
                    .build(),
                "steps +10 %, -30 % on alarm",
            ),
            (SdkPolicy::builder().policy_type("PredictiveScaling").build(), "scales ahead of a forecast"),
            (SdkPolicy::builder().policy_type("SomethingNew").build(), "SomethingNew"),
        ] {
            assert_eq!(convert_policy(&sdk).describe(), want);
        }
    }

    #[test]
    fn a_schedule_counts_in_utc_unless_it_says_otherwise() {
        let plain = ScheduledUpdateGroupAction::builder().scheduled_action_name("up").recurrence("0 1 * * *").desired_capacity(20).build();
        let zoned = ScheduledUpdateGroupAction::builder().recurrence("0 1 * * *").time_zone("Europe/Berlin").build();
        assert_eq!(convert_schedule(&plain).zone.as_deref(), Some("UTC"));
        assert_eq!(convert_schedule(&plain).min, None, "a bound that is not set is not zero");
        assert_eq!(convert_schedule(&zoned).zone.as_deref(), Some("Europe/Berlin"));
    }
}
