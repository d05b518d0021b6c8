//! From CloudWatch alarms to [`Alarm`], their conditions in words, and their flips as [`Change`]s.

use std::borrow::Cow;

use aws_sdk_cloudwatch::types::{
    ComparisonOperator, CompositeAlarm, Dimension, EvaluationState, LogAlarm, MetricAlarm, MetricStat, StateValue,
};
use aws_smithy_types::DateTime;
use jiff::Timestamp;

use crate::domain::{Alarm, AlarmState, Change, ChangeKind, Kind, Label, ResourceId, Scope, Verdict};
use crate::providers::aws::time::convert_time;

/// What the three sorts of alarm have in common, each in its own type in the SDK.
struct Common<'a> {
    name: Option<&'a str>,
    arn: Option<&'a str>,
    state: Option<&'a StateValue>,
    reason: Option<&'a str>,
    evaluation: Option<&'a EvaluationState>,
    transitioned: Option<&'a DateTime>,
    updated: Option<&'a DateTime>,
    actions_enabled: Option<bool>,
    actions: [&'a [String]; 3],
    kind: &'static str,
}

/// The SDK has no trait for what its three types of alarm say alike.
macro_rules! common {
    ($alarm:ident, $kind:literal, $evaluation:expr) => {
        Common {
            name: $alarm.alarm_name(),
            arn: $alarm.alarm_arn(),
            state: $alarm.state_value(),
            reason: $alarm.state_reason(),
            evaluation: $evaluation,
            transitioned: $alarm.state_transitioned_timestamp(),
            updated: $alarm.state_updated_timestamp(),
            actions_enabled: $alarm.actions_enabled(),
            actions: [$alarm.alarm_actions(), $alarm.ok_actions(), $alarm.insufficient_data_actions()],
            kind: $kind,
        }
    };
}

pub(super) fn convert_metric(alarm: &MetricAlarm, scope: &Scope) -> Option<Alarm> {
    let mut out = convert_common(&common!(alarm, "metric", alarm.evaluation_state()), scope)?;
    out.dimensions = convert_dimensions(alarm.dimensions());
    for stat in alarm.metrics().iter().filter_map(|m| m.metric_stat()) {
        let dimensions = stat.metric().map_or(&[][..], |m| m.dimensions());
        for dimension in convert_dimensions(dimensions) {
            if !out.dimensions.contains(&dimension) {
                out.dimensions.push(dimension);
            }
        }
    }
    out.condition = convert_condition(alarm).map(Label::new);
    Some(out)
}

pub(super) fn convert_composite(alarm: &CompositeAlarm, scope: &Scope) -> Option<Alarm> {
    let mut out = convert_common(&common!(alarm, "composite", None), scope)?;
    if let Some(by) = alarm.actions_suppressed_by() {
        let why = alarm.actions_suppressed_reason().filter(|r| !r.is_empty()).map_or_else(String::new, |r| format!(": {r}"));
        out.reason = Label::new(joined(&out.reason, &format!("actions suppressed by {}{why}", by.as_str())));
    }
    out.condition = alarm.alarm_rule().map(Label::new);
    Some(out)
}

pub(super) fn convert_log(alarm: &LogAlarm, scope: &Scope) -> Option<Alarm> {
    let mut out = convert_common(&common!(alarm, "log", alarm.evaluation_state()), scope)?;
    let query = alarm.scheduled_query_configuration();
    let measured = query.and_then(|q| q.aggregation_expression()).unwrap_or("query result");
    if let (Some(operator), Some(threshold)) = (alarm.comparison_operator(), alarm.threshold()) {
        let runs = match (alarm.query_results_to_alarm(), alarm.query_results_to_evaluate()) {
            (Some(m), Some(n)) => format!(" for {m} of {n} runs"),
            _ => String::new(),
        };
        out.condition = Some(Label::new(format!("{measured} {} {}{runs}", sign_of(operator), format_number(threshold))));
    }
    Some(out)
}

fn convert_common(common: &Common<'_>, scope: &Scope) -> Option<Alarm> {
    let name = common.name?;
    let reason = common.reason.unwrap_or_default();
    let reason: Cow<'_, str> = match common.evaluation {
        Some(EvaluationState::PartialData) => joined(reason, "judged on part of the data").into(),
        Some(EvaluationState::EvaluationError) => joined(reason, "cannot be evaluated: its configuration is in error").into(),
        Some(EvaluationState::EvaluationFailure) => joined(reason, "CloudWatch failed to evaluate it").into(),
        _ => reason.into(),
    };
    Some(Alarm {
        id: ResourceId::new(scope, Kind::Alarm, common.arn.unwrap_or(name)),
        name: Label::new(name),
        kind: Label::new(common.kind),
        state: match common.state {
            Some(StateValue::Ok) => AlarmState::Ok,
            Some(StateValue::Alarm) => AlarmState::Firing,
            Some(StateValue::InsufficientData) => AlarmState::NoData,
            Some(other) => AlarmState::Other(Label::new(other.as_str())),
            None => AlarmState::Other(Label::new("no state")),
        },
        reason: Label::new(reason),
        since: common.transitioned.or(common.updated).and_then(convert_time),
        // Left out means on, as when an alarm is made without saying.
        actions_enabled: common.actions_enabled.unwrap_or(true),
        drives_scaling: drives_scaling(name, common.actions),
        dimensions: Vec::new(),
        condition: None,
        muted: Vec::new(),
        about: None,
    })
}

/// An alarm of a scaling policy: by whom it wakes, or by the name that target tracking gives.
fn drives_scaling(name: &str, actions: [&[String]; 3]) -> bool {
    name.starts_with("TargetTracking-")
        || actions.iter().any(|list| list.iter().any(|arn| arn.contains(":autoscaling:") || arn.contains("application-autoscaling")))
}

fn convert_dimensions(dimensions: &[Dimension]) -> Vec<(Label, Label)> {
    dimensions.iter().filter_map(|d| Some((Label::new(d.name()?), Label::new(d.value()?)))).collect()
}

/// `5xx > 50 for 1 of 1 min`.
fn convert_condition(alarm: &MetricAlarm) -> Option<String> {
    if alarm.evaluation_criteria().is_some() {
        return Some("a PromQL query has results".to_owned());
    }
    let measured: Cow<'_, str> = match alarm.metric_name() {
        Some(name) => match alarm.extended_statistic() {
            Some(percentile) => format!("{percentile} {}", short_name(name)).into(),
            None => short_name(name),
        },
        None => measured_by_math(alarm)?.into(),
    };
    let span = format_span(alarm.datapoints_to_alarm(), alarm.evaluation_periods(), period_of(alarm));
    let operator = alarm.comparison_operator()?;
    Some(match operator {
        ComparisonOperator::GreaterThanUpperThreshold => format!("{measured} above its expected band{span}"),
        ComparisonOperator::LessThanLowerThreshold => format!("{measured} below its expected band{span}"),
        ComparisonOperator::LessThanLowerOrGreaterThanUpperThreshold => format!("{measured} outside its expected band{span}"),
        operator => format!("{measured} {} {}{span}", sign_of(operator), format_number(alarm.threshold()?)),
    })
}

/// What a metric-math alarm watches: the label or expression of the query that returns data.
fn measured_by_math(alarm: &MetricAlarm) -> Option<String> {
    let threshold = alarm.threshold_metric_id();
    let query = alarm.metrics().iter().find(|m| m.return_data().unwrap_or(true) && m.id() != threshold)?;
    let name = query.metric_stat().and_then(|s| s.metric()).and_then(|m| m.metric_name()).map(short_name);
    query
        .label()
        .filter(|l| !l.is_empty())
        .map(str::to_owned)
        .or_else(|| query.expression().map(str::to_owned))
        .or_else(|| name.map(Cow::into_owned))
}

fn period_of(alarm: &MetricAlarm) -> Option<i32> {
    alarm.period().or_else(|| alarm.metrics().iter().find_map(|m| m.period().or_else(|| m.metric_stat().and_then(MetricStat::period))))
}

/// ` for 2 of 3 min`, ` for 1 of 1 × 5 min`, ` for 3 of 3 × 10 s`.
fn format_span(wanted: Option<i32>, of: Option<i32>, period: Option<i32>) -> String {
    let Some(of) = of else { return String::new() };
    let wanted = wanted.unwrap_or(of);
    let unit = match period {
        Some(60) => " min".to_owned(),
        Some(p) if p % 3_600 == 0 => format!(" × {} h", p / 3_600),
        Some(p) if p % 60 == 0 => format!(" × {} min", p / 60),
        Some(p) => format!(" × {p} s"),
        None => " periods".to_owned(),
    };
    format!(" for {wanted} of {of}{unit}")
}

fn sign_of(operator: &ComparisonOperator) -> &str {
    match operator {
        ComparisonOperator::GreaterThanOrEqualToThreshold => "≥",
        ComparisonOperator::GreaterThanThreshold => ">",
        ComparisonOperator::LessThanOrEqualToThreshold => "≤",
        ComparisonOperator::LessThanThreshold => "<",
        other => other.as_str(),
    }
}

/// The words of the screen for the metrics people put alarms on most; any other keeps its own name.
fn short_name(metric: &str) -> Cow<'_, str> {
    match metric {
        "CPUUtilization" | "EngineCPUUtilization" => "cpu".into(),
        "HTTPCode_Target_5XX_Count" | "HTTPCode_Backend_5XX" => "5xx".into(),
        "HTTPCode_ELB_5XX_Count" | "HTTPCode_ELB_5XX" => "balancer 5xx".into(),
        "TargetResponseTime" | "Latency" => "latency".into(),
        "HealthyHostCount" => "healthy hosts".into(),
        "UnHealthyHostCount" => "unhealthy hosts".into(),
        "RequestCount" => "requests".into(),
        "RequestCountPerTarget" => "requests per target".into(),
        "DatabaseConnections" | "CurrConnections" => "connections".into(),
        "FreeStorageSpace" => "free storage".into(),
        "FreeableMemory" => "free memory".into(),
        "ReplicaLag" | "AuroraReplicaLag" => "replica lag".into(),
        "StatusCheckFailed" => "failed status checks".into(),
        other => other.into(),
    }
}

/// `50`, `0.25`, `1.5e10`: as short as it stays true.
fn format_number(v: f64) -> String {
    if v != 0.0 && (v.abs() >= 1e9 || v.abs() < 1e-4) { format!("{v:e}") } else { format!("{v}") }
}

fn joined(reason: &str, more: &str) -> String {
    if reason.is_empty() { more.to_owned() } else { format!("{reason} ({more})") }
}

/// The latest flip of an alarm. Those of scaling policies are left out: what they cause is listed as scaling.
pub(super) fn convert_flip(alarm: &Alarm) -> Option<Change> {
    let at = alarm.since?;
    // A new alarm has no data until its first evaluation; that is no event.
    if alarm.drives_scaling || alarm.reason.starts_with("Unchecked: Initial alarm creation") {
        return None;
    }
    let (verdict, title) = match &alarm.state {
        AlarmState::Ok => (Verdict::Ok, format!("{} is ok again", alarm.name)),
        AlarmState::Firing => (
            Verdict::Warning,
            match &alarm.condition {
                // A composite's rule is a formula over names; the reason says which of them fired.
                Some(condition) if &*alarm.kind != "composite" => format!("{}: {condition}", alarm.name),
                _ => format!("{} fires", alarm.name),
            },
        ),
        AlarmState::NoData => (Verdict::Unknown, format!("{} has no data", alarm.name)),
        AlarmState::Other(word) => (Verdict::Unknown, format!("{} is {word}", alarm.name)),
    };
    Some(Change {
        id: flip_id(&alarm.id, at),
        at,
        kind: ChangeKind::Alarm,
        verdict,
        about: Some(alarm.id.clone()),
        title: Label::new(title),
        detail: Some(alarm.reason.clone()).filter(|r| !r.is_empty()),
        who: None,
    })
}

fn flip_id(alarm: &ResourceId, at: Timestamp) -> Label {
    Label::new(format!("alarm {} {at}", alarm.native()))
}
