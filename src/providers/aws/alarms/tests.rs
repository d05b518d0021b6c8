//! Alarms of all three sorts, from the SDK's types to conditions in words and flips that are listed once.

use aws_sdk_cloudwatch::types::{
    ActionsSuppressedBy, ComparisonOperator, CompositeAlarm, Dimension, EvaluationState, LogAlarm, Metric, MetricAlarm, MetricDataQuery,
    MetricStat, StateValue,
};
use aws_smithy_types::DateTime;

use super::convert::{convert_composite, convert_flip, convert_log, convert_metric};
use super::*;
use crate::domain::{AlarmState, ChangeKind, Now, Scope, Verdict};

fn scope() -> Scope {
    Scope::new("aws", "test", "eu-central-1")
}

fn base() -> aws_sdk_cloudwatch::types::builders::MetricAlarmBuilder {
    MetricAlarm::builder()
        .alarm_name("portal-5xx")
        .alarm_arn("arn:aws:cloudwatch:eu-central-1:1:alarm:portal-5xx")
        .state_value(StateValue::Alarm)
        .state_reason("Threshold Crossed: 1 datapoint [423.0] was greater than the threshold (50.0).")
        .state_updated_timestamp(DateTime::from_secs(Now::at(500).wall.as_second()))
        .state_transitioned_timestamp(DateTime::from_secs(Now::at(100).wall.as_second()))
        .metric_name("HTTPCode_Target_5XX_Count")
        .dimensions(Dimension::builder().name("TargetGroup").value("targetgroup/portal/1").build())
        .period(60)
        .evaluation_periods(1)
        .threshold(50.0)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold)
}

#[test]
fn a_metric_alarm_says_what_why_and_since_when() {
    let alarm = convert_metric(&base().build(), &scope()).unwrap();
    assert_eq!(alarm.state, AlarmState::Firing);
    assert_eq!(alarm.condition.as_deref(), Some("5xx > 50 for 1 of 1 min"));
    assert_eq!(alarm.since, Some(Now::at(100).wall), "the transition counts, not the latest update of the reason");
    assert_eq!(alarm.dimensions, [(Label::new("TargetGroup"), Label::new("targetgroup/portal/1"))]);
    assert!(alarm.actions_enabled && !alarm.drives_scaling);
    assert_eq!(convert_metric(&base().actions_enabled(false).build(), &scope()).map(|a| a.actions_enabled), Some(false));
}

#[test]
fn conditions_read_as_people_say_them() {
    let anomaly = MetricDataQuery::builder().id("band").expression("ANOMALY_DETECTION_BAND(m1, 2)").build();
    let stat = MetricStat::builder().metric(Metric::builder().metric_name("CPUUtilization").build()).period(300).stat("Average").build();
    let measured = MetricDataQuery::builder().id("m1").metric_stat(stat).return_data(true).build();
    let math = MetricDataQuery::builder().id("e1").expression("m1/m2*100").label("error share").return_data(true).build();
    for (alarm, want) in [
        (base().datapoints_to_alarm(2).evaluation_periods(3), "5xx > 50 for 2 of 3 min"),
        (base().period(300), "5xx > 50 for 1 of 1 × 5 min"),
        (base().period(10).evaluation_periods(6), "5xx > 50 for 6 of 6 × 10 s"),
        (base().period(3600), "5xx > 50 for 1 of 1 × 1 h"),
        (base().metric_name("TargetResponseTime").extended_statistic("p95").threshold(0.25), "p95 latency > 0.25 for 1 of 1 min"),
        (
            base().metric_name("FreeStorageSpace").comparison_operator(ComparisonOperator::LessThanOrEqualToThreshold).threshold(2e10),
            "free storage ≤ 2e10 for 1 of 1 min",
        ),
        (base().metric_name("MyOwn").comparison_operator(ComparisonOperator::from("Sideways")), "MyOwn Sideways 50 for 1 of 1 min"),
        (
            base()
                .set_metric_name(None)
                .set_period(None)
                .metrics(measured)
                .metrics(anomaly)
                .threshold_metric_id("band")
                .comparison_operator(ComparisonOperator::GreaterThanUpperThreshold),
            "cpu above its expected band for 1 of 1 × 5 min",
        ),
        (base().set_metric_name(None).metrics(math), "error share > 50 for 1 of 1 min"),
    ] {
        let alarm = convert_metric(&alarm.build(), &scope()).unwrap();
        assert_eq!(alarm.condition.as_deref(), Some(want));
    }
}

#[test]
fn states_are_open_and_no_data_is_not_ok() {
    for (state, want) in [
        (Some(StateValue::Ok), AlarmState::Ok),
        (Some(StateValue::InsufficientData), AlarmState::NoData),
        (Some(StateValue::from("SNOOZED")), AlarmState::Other(Label::new("SNOOZED"))),
        (None, AlarmState::Other(Label::new("no state"))),
    ] {
        assert_eq!(convert_metric(&base().set_state_value(state).build(), &scope()).unwrap().state, want);
    }
    let partial = convert_metric(&base().evaluation_state(EvaluationState::EvaluationError).build(), &scope()).unwrap();
    assert!(partial.reason.ends_with("(cannot be evaluated: its configuration is in error)"), "{}", partial.reason);
}

#[test]
fn alarms_of_scaling_policies_are_known_by_action_or_name() {
    let policy = "arn:aws:autoscaling:eu-central-1:1:scalingPolicy:x:autoScalingGroupName/portal:policyName/cpu";
    for (alarm, want) in [
        (base(), false),
        (base().alarm_actions("arn:aws:sns:eu-central-1:1:oncall"), false),
        (base().alarm_actions(policy), true),
        (base().ok_actions(policy), true),
        (base().alarm_name("TargetTracking-portal-AlarmLow-1"), true),
    ] {
        assert_eq!(convert_metric(&alarm.build(), &scope()).unwrap().drives_scaling, want);
    }
}

#[test]
fn composite_and_log_alarms_have_their_own_conditions() {
    let composite = CompositeAlarm::builder()
        .alarm_name("portal down")
        .state_value(StateValue::Alarm)
        .state_reason("fires")
        .alarm_rule("ALARM(portal-5xx) AND ALARM(portal-hosts)")
        .actions_suppressed_by(ActionsSuppressedBy::Alarm)
        .actions_suppressed_reason("maintenance")
        .build();
    let composite = convert_composite(&composite, &scope()).unwrap();
    assert_eq!((&*composite.kind, composite.condition.as_deref()), ("composite", Some("ALARM(portal-5xx) AND ALARM(portal-hosts)")));
    assert_eq!(&*composite.reason, "fires (actions suppressed by Alarm: maintenance)");
    assert_eq!(composite.id.native(), "portal down", "without an ARN the name is the id");

    let log = LogAlarm::builder()
        .alarm_name("errors in logs")
        .state_value(StateValue::Ok)
        .threshold(5.0)
        .comparison_operator(ComparisonOperator::GreaterThanOrEqualToThreshold)
        .query_results_to_alarm(2)
        .query_results_to_evaluate(3)
        .build();
    let log = convert_log(&log, &scope()).unwrap();
    assert_eq!((&*log.kind, log.condition.as_deref()), ("log", Some("query result ≥ 5 for 2 of 3 runs")));
}

#[test]
fn a_flip_is_a_change_with_a_stable_id() {
    let flip =
        |alarm: aws_sdk_cloudwatch::types::builders::MetricAlarmBuilder| convert_flip(&convert_metric(&alarm.build(), &scope()).unwrap());
    let fired = flip(base()).unwrap();
    assert_eq!((fired.kind, fired.verdict, fired.at), (ChangeKind::Alarm, Verdict::Warning, Now::at(100).wall));
    assert_eq!(&*fired.title, "portal-5xx: 5xx > 50 for 1 of 1 min");
    assert_eq!(fired.id, flip(base().state_reason("another datapoint")).unwrap().id);

    let ok = flip(base().state_value(StateValue::Ok)).unwrap();
    assert_eq!((&*ok.title, ok.verdict), ("portal-5xx is ok again", Verdict::Ok));
    let blind = flip(base().state_value(StateValue::InsufficientData)).unwrap();
    assert_eq!(blind.verdict, Verdict::Unknown);

    assert!(flip(base().alarm_name("TargetTracking-x")).is_none(), "scaling is told by its activity");
    assert!(flip(base().state_reason("Unchecked: Initial alarm creation")).is_none());
}

#[test]
fn earlier_flips_of_an_alarm_are_remembered_for_a_day() {
    let kept = Kept::default();
    let flip = |seconds: u64| {
        let at = DateTime::from_secs(Now::at(seconds).wall.as_second());
        convert_flip(&convert_metric(&base().state_transitioned_timestamp(at).build(), &scope()).unwrap())
    };
    assert_eq!(kept.keep(flip(100), Now::at(200).wall).len(), 1);
    assert_eq!(kept.keep(flip(100), Now::at(210).wall).len(), 1, "the same flip is one change");
    assert_eq!(kept.keep(flip(300), Now::at(310).wall).len(), 2);
    assert_eq!(kept.keep(None, Now::at(100 + 86_400).wall).len(), 1);
    let many = kept.keep((1_000..2_000).filter_map(flip), Now::at(2_000).wall);
    assert_eq!(many.len(), MAX_FLIPS);
    assert_eq!(many.last().map(|c| c.at), Some(Now::at(1_999).wall), "the newest stay");
}
