//! What an operation reads: never from a cache, and with all that its decisions need.

use serde_json::{Value, json};

use super::*;
use crate::domain::{AlarmState, Balancer, Member, Now, Status, TargetPool};

const GROUP: &str = "<AutoScalingGroups><member><AutoScalingGroupName>web</AutoScalingGroupName><DesiredCapacity>1</DesiredCapacity>\
    <Tags><member><Key>pilothouse:operation</Key><Value>op-7 redeploy by ana@laptop</Value></member></Tags></member></AutoScalingGroups>";
const REFRESH: &str = "<InstanceRefreshes><member><InstanceRefreshId>r-1</InstanceRefreshId><Status>Successful</Status>\
    <PercentageComplete>100</PercentageComplete><InstancesToUpdate>0</InstancesToUpdate><StartTime>2026-11-18T00:00:00Z</StartTime>\
    <EndTime>2026-11-18T01:00:00Z</EndTime><DesiredConfiguration><LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId><Version>42</Version>\
    </LaunchTemplate></DesiredConfiguration></member></InstanceRefreshes>";
const HOOKS: &str = "<LifecycleHooks><member><LifecycleHookName>drain</LifecycleHookName><LifecycleTransition>autoscaling:EC2_INSTANCE_TERMINATING\
    </LifecycleTransition><HeartbeatTimeout>600</HeartbeatTimeout></member></LifecycleHooks>";

fn group_answer(action: &str) -> Answer {
    match action {
        "DescribeAutoScalingGroups" => xml(action, GROUP),
        "DescribeScalingActivities" => xml(action, "<Activities/>"),
        "DescribeInstanceRefreshes" => xml(action, REFRESH),
        "DescribeLifecycleHooks" => xml(action, HOOKS),
        _ => Answer::status(501),
    }
}

#[tokio::test]
async fn a_fresh_group_brings_its_newest_refresh_its_hooks_and_who_works_on_it() {
    let (trial, operator) = answering(group_answer).await;
    let fresh = operator.read_group(&group(&trial)).await.unwrap();
    let refresh = fresh.rollout.as_ref().expect("one that went well counts too: it may be ours");
    assert_eq!((refresh.id.as_str(), refresh.status.word.as_str(), refresh.percent), ("r-1", "Successful", Some(100)));
    assert_eq!((refresh.left, refresh.version.as_deref()), (Some(0), Some("v42")));
    assert!(refresh.started < refresh.ended);
    let hooks = fresh.hooks.as_ref().unwrap();
    assert_eq!((hooks[0].name.as_str(), hooks[0].launching, hooks[0].timeout), ("drain", false, Duration::from_mins(10)));
    let mark = fresh.mark().unwrap();
    assert_eq!((mark.operation.0.as_str(), mark.text.as_str()), ("op-7", "redeploy by ana@laptop"));
}

#[tokio::test]
async fn what_is_not_offered_is_not_there_and_what_fails_is_a_failure() {
    for (failing, answer, outcome) in [
        ("DescribeInstanceRefreshes", Answer::status(501), None),
        ("DescribeInstanceRefreshes", Answer::error(403, "AccessDenied", "no"), None),
        ("DescribeLifecycleHooks", Answer::error(403, "AccessDenied", "no"), None),
        ("DescribeInstanceRefreshes", Answer::error(500, "InternalFailure", "oops"), Some(FailureKind::Server)),
        ("DescribeLifecycleHooks", Answer::error(400, "Throttling", "Rate exceeded"), Some(FailureKind::Throttled)),
    ] {
        let given = answer.clone();
        let (trial, operator) = answering(move |action| if action == failing { given.clone() } else { group_answer(action) }).await;
        let read = operator.read_group(&group(&trial)).await;
        assert_eq!(read.as_ref().err().map(|e| e.kind), outcome, "{failing} {answer:?}");
        if let Ok(group) = read {
            assert_eq!((group.rollout.is_none(), group.hooks.is_none()), (failing.ends_with("Refreshes"), failing.ends_with("Hooks")));
        }
    }
}

fn alarm(name: &str, dimensions: &[(&str, &str)]) -> Value {
    let dimensions: Vec<Value> = dimensions.iter().map(|(n, v)| json!({ "Name": n, "Value": v })).collect();
    json!({
        "AlarmName": name,
        "AlarmArn": format!("arn:aws:cloudwatch:eu-central-1:1:alarm:{name}"),
        "StateValue": "ALARM",
        "MetricName": "x",
        "Dimensions": dimensions,
    })
}

/// A group of one member behind one pool of one balancer.
fn around(trial: &Trial) -> (Group, Vec<TargetPool>) {
    let scope = trial.provider.scope();
    let mut web = Group::new(group(trial), Label::new("web"), GroupKind::AutoScalingGroup);
    web.members = vec![Member::new(members(trial, &["i-1"]).remove(0), "a", Status::good("InService"))];
    let mut pool = TargetPool::new(ResourceId::new(scope, Kind::Pool, TARGET_GROUP), "portal");
    web.pools = vec![pool.id.clone()];
    pool.balancers = vec![Balancer {
        id: ResourceId::new(scope, Kind::Balancer, "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/alb/50dc"),
        name: Label::new("alb"),
        kind: Label::new("alb"),
        state: Status::good("active"),
        listeners: Vec::new(),
        dns_name: None,
    }];
    (web, vec![pool])
}

#[tokio::test]
async fn signals_are_the_alarms_about_this_group_and_its_share_of_errors() {
    let listed = json!({ "MetricAlarms": [
        alarm("group", &[("AutoScalingGroupName", "web")]),
        alarm("member", &[("InstanceId", "i-1")]),
        alarm("pool", &[("TargetGroup", "targetgroup/portal/1"), ("LoadBalancer", "app/alb/50dc")]),
        alarm("balancer", &[("LoadBalancer", "app/alb/50dc")]),
        alarm("own", &[("Service", "web")]),
        alarm("other group", &[("AutoScalingGroupName", "api")]),
        alarm("other pool of our balancer", &[("TargetGroup", "targetgroup/api/1"), ("LoadBalancer", "app/alb/50dc")]),
        alarm("other member", &[("InstanceId", "i-2")]),
        alarm("nothing", &[]),
    ] });
    let trial = Trial::start(move |r| match r.action().as_str() {
        "GetCallerIdentity" => me(),
        "DescribeAlarms" if r.cbor()["AlarmNames"].is_array() => {
            Answer::cbor(&json!({ "MetricAlarms": [alarm("pool", &[("TargetGroup", "targetgroup/portal/1")])] }))
        }
        "DescribeAlarms" => Answer::cbor(&listed),
        "GetMetricData" => {
            let queries = r.cbor()["MetricDataQueries"].as_array().unwrap().clone();
            let value = |q: &Value| match q["MetricStat"]["Metric"]["MetricName"].as_str().unwrap() {
                "RequestCount" => 600.0,
                "HTTPCode_Target_5XX_Count" => 12.0,
                _ => 0.0,
            };
            let minute = Now::at(0).wall.as_second().div_euclid(60) * 60 - 300;
            let result =
                |q: &Value| json!({ "Id": q["Id"], "StatusCode": "Complete", "Timestamps": [{ "$time": minute }], "Values": [value(q) + 0.0] });
            Answer::cbor(&json!({ "MetricDataResults": queries.iter().map(result).collect::<Vec<_>>() }))
        }
        _ => Answer::status(501),
    })
    .await;
    let permit = trial.permit().await;
    let operator = trial.provider.operator(&permit).unwrap();
    let (group, pools) = around(&trial);
    let signals = operator.read_signals(&group, &pools).await.unwrap();
    let names: Vec<&str> = signals.alarms.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["group", "member", "pool", "balancer", "own"]);
    assert!(signals.alarms.iter().all(|a| a.state == AlarmState::Firing));
    assert_eq!(signals.errors_percent, Some(2.0));

    // The second look asks for these by name alone, and for no metric so soon.
    let before = trial.canned.requests().len();
    let signals = operator.read_signals(&group, &pools).await.unwrap();
    assert_eq!((signals.alarms.len(), signals.errors_percent), (1, Some(2.0)), "one that is gone is left out");
    let again = trial.canned.requests().split_off(before);
    assert_eq!(again.iter().map(Request::action).collect::<Vec<_>>(), ["DescribeAlarms"]);
    assert_eq!(again[0].cbor()["AlarmNames"], json!(["group", "member", "pool", "balancer", "own"]));
}

#[tokio::test]
async fn alarms_that_cannot_be_read_are_a_failure_and_errors_that_cannot_are_unknown() {
    let trial = Trial::start(|r| match r.action().as_str() {
        "GetCallerIdentity" => me(),
        "DescribeAlarms" => Answer::cbor(&json!({ "MetricAlarms": [] })),
        _ => Answer { status: 403, ..Answer::cbor(&json!({ "__type": "AccessDeniedException", "message": "no" })) },
    })
    .await;
    let permit = trial.permit().await;
    let operator = trial.provider.operator(&permit).unwrap();
    let (group, pools) = around(&trial);
    let signals = operator.read_signals(&group, &pools).await.unwrap();
    assert_eq!((signals.alarms.len(), signals.errors_percent), (0, None));

    let (trial, operator) =
        answering(|_| Answer { status: 403, ..Answer::cbor(&json!({ "__type": "AccessDeniedException", "message": "no" })) }).await;
    let (group, pools) = around(&trial);
    assert_eq!(operator.read_signals(&group, &pools).await.unwrap_err().kind, FailureKind::Forbidden);
}

fn alarm_id(trial: &Trial) -> ResourceId {
    ResourceId::new(trial.provider.scope(), Kind::Alarm, "arn:aws:cloudwatch:eu-central-1:1:alarm:portal: 5xx")
}

#[tokio::test]
async fn a_mute_is_a_rule_of_one_alarm_that_ends_by_itself() {
    let (trial, operator) = answering(|_| Answer::cbor(&json!({}))).await;
    let now = Now::at(0).wall;
    let minute = now.as_second().div_euclid(60) * 60;
    let mute = |until: i64| Call::MuteAlarm {
        alarm: alarm_id(&trial),
        rule: "pilothouse portal: 5xx".to_owned(),
        until: jiff::Timestamp::from_second(until).unwrap(),
    };
    for until in [now.as_second(), minute + 15 * 86_400 + 1] {
        let error = operator.call(&mute(until)).await.unwrap_err();
        assert_eq!((error.kind, error.maybe_done), (FailureKind::Invalid, false));
    }
    operator.call(&mute(minute + 2 * 3_600 + 1)).await.unwrap();
    operator.call(&Call::UnmuteAlarm { alarm: alarm_id(&trial), rule: "pilothouse portal: 5xx".to_owned() }).await.unwrap();
    let sent = sent(&trial);
    assert_eq!(sent.iter().map(Request::action).collect::<Vec<_>>(), ["PutAlarmMuteRule", "DeleteAlarmMuteRule"]);
    let begin = jiff::Timestamp::from_second(minute).unwrap().strftime("at(%Y-%m-%dT%H:%M)").to_string();
    assert_eq!(
        sent[0].cbor(),
        json!({
            "Name": "pilothouse portal: 5xx",
            "Rule": { "Schedule": { "Expression": begin, "Duration": "PT121M", "Timezone": "UTC" } },
            "MuteTargets": { "AlarmNames": ["portal: 5xx"] },
            "ExpireDate": { "$time": (minute + 2 * 3_600 + 1) as f64 },
        })
    );
    assert_eq!(sent[1].cbor(), json!({ "AlarmMuteRuleName": "pilothouse portal: 5xx" }));
}

#[tokio::test]
async fn a_fresh_alarm_says_what_mutes_it() {
    let until = Now::at(3_600).wall.as_second();
    let (trial, operator) = answering(move |action| match action {
        "DescribeAlarms" => Answer::cbor(&json!({ "MetricAlarms": [alarm("portal: 5xx", &[])] })),
        "ListAlarmMuteRules" => Answer::cbor(&json!({ "AlarmMuteRuleSummaries": [
            { "AlarmMuteRuleArn": "arn:aws:cloudwatch:eu-central-1:1:alarm-mute-rule:ours", "Status": "ACTIVE", "LastUpdatedTimestamp": { "$time": 1 } },
        ] })),
        "GetAlarmMuteRule" => Answer::cbor(&json!({
            "Name": "ours",
            "Rule": { "Schedule": { "Expression": "at(2020-01-01T00:00)", "Duration": "P36500D" } },
            "MuteTargets": { "AlarmNames": ["portal: 5xx"] },
            "ExpireDate": { "$time": until },
        })),
        _ => Answer::status(501),
    })
    .await;
    for _ in 0..2 {
        let alarm = operator.read_alarm(&alarm_id(&trial)).await.unwrap();
        assert_eq!(alarm.muted, [(Label::new("ours"), jiff::Timestamp::from_second(until).ok())]);
    }
    let asked = |action: &str| trial.canned.actions().iter().filter(|a| *a == action).count();
    assert_eq!((asked("ListAlarmMuteRules"), asked("GetAlarmMuteRule")), (2, 1), "a rule is asked for again when it was updated");
}

#[tokio::test]
async fn alarms_are_listed_with_their_mutes_and_an_endpoint_without_them_is_a_gap_once() {
    let trial = Trial::start(|r| match r.action().as_str() {
        "GetCallerIdentity" => me(),
        "DescribeAlarms" => Answer::cbor(&json!({ "MetricAlarms": [alarm("a", &[])] })),
        _ => Answer { status: 404, ..Answer::cbor(&json!({ "__type": "UnknownOperationException" })) },
    })
    .await;
    for _ in 0..2 {
        let (result, page) = trial.read(SourceKind::Alarms).await;
        result.unwrap();
        assert_eq!(page.gaps.len(), 1);
        assert!(page.gaps[0].contains("cloudwatch:ListAlarmMuteRules"), "{:?}", page.gaps);
    }
    assert_eq!(trial.canned.actions().iter().filter(|a| *a == "ListAlarmMuteRules").count(), 1);
}

#[tokio::test]
async fn a_fresh_database_knows_its_writer_and_the_snapshot_that_is_being_made() {
    let (trial, operator) = answering(|action| match action {
        "DescribeDBInstances" => xml(
            action,
            "<DBInstances><DBInstance><DBInstanceIdentifier>shop-1</DBInstanceIdentifier><DBInstanceStatus>available</DBInstanceStatus>\
             <DBClusterIdentifier>shop</DBClusterIdentifier><Engine>aurora-mysql</Engine></DBInstance></DBInstances>",
        ),
        "DescribeDBClusters" => xml(
            action,
            "<DBClusters><DBCluster><DBClusterIdentifier>shop</DBClusterIdentifier><Status>failing-over</Status><DBClusterMembers><DBClusterMember>\
             <DBInstanceIdentifier>shop-1</DBInstanceIdentifier><IsClusterWriter>true</IsClusterWriter></DBClusterMember></DBClusterMembers>\
             </DBCluster></DBClusters>",
        ),
        "DescribeDBClusterSnapshots" => xml(
            action,
            "<DBClusterSnapshots><DBClusterSnapshot><DBClusterSnapshotIdentifier>ours</DBClusterSnapshotIdentifier><Status>creating</Status>\
             <DBClusterIdentifier>shop</DBClusterIdentifier></DBClusterSnapshot></DBClusterSnapshots>",
        ),
        "DescribeDBSnapshots" => xml(action, "<DBSnapshots/>"),
        _ => Answer::status(501),
    })
    .await;
    let id = |native: &str| ResourceId::new(trial.provider.scope(), Kind::Database, native);
    let cluster = operator.read_database(&id("arn:aws:rds:eu-central-1:1:cluster:shop")).await.unwrap();
    assert_eq!((cluster.status.word.as_str(), cluster.latest_snapshot.unwrap().name.as_str()), ("failing-over", "ours"));
    let instance = operator.read_database(&id("arn:aws:rds:eu-central-1:1:db:shop-1")).await.unwrap();
    assert_eq!(instance.role, crate::domain::DatabaseRole::Primary);

    let (trial, operator) = answering(|_| Answer::error(404, "DBInstanceNotFound", "DBInstance gone not found.")).await;
    let gone = ResourceId::new(trial.provider.scope(), Kind::Database, "arn:aws:rds:eu-central-1:1:db:gone");
    assert_eq!(operator.read_database(&gone).await.unwrap_err().kind, FailureKind::NotFound);
}
