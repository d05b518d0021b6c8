//! What changes the cloud, request by request: never twice, never as somebody else, never what is not listed.

mod reading;
mod rewriting;

use std::sync::Arc;
use std::time::Duration;

use super::scaling::SET_DESIRED;
use super::writers::WRITES;
use super::*;
use crate::domain::{GroupKind, Label, OperationId, Registration, SourceKind};
use crate::providers::Provider;
use crate::providers::aws::canned::{Answer, Request};
use crate::providers::aws::error::convert_error;
use crate::providers::aws::trial::{ACCOUNT, Trial, me, who};

/// The answer of a service that did what it was asked.
fn ok(action: &str) -> Answer {
    let result = match action {
        // Calls that answer nothing have no result either.
        "SetDesiredCapacity" | "UpdateAutoScalingGroup" | "RebootInstances" => String::new(),
        _ => format!("<{action}Result></{action}Result>"),
    };
    Answer::xml(format!("<{action}Response>{result}<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"))
}

fn xml(action: &str, result: &str) -> Answer {
    Answer::xml(format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
}

/// A provider whose every call but the question who we are is answered so.
async fn answering(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> (Trial, Arc<dyn Operator>) {
    let trial = Trial::start(move |r| if r.action() == "GetCallerIdentity" { me() } else { answer(&r.action()) }).await;
    let permit = trial.permit().await;
    let operator = trial.provider.operator(&permit).unwrap();
    (trial, operator)
}

const TARGET_GROUP: &str = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/portal/1";

fn group(trial: &Trial) -> ResourceId {
    ResourceId::new(trial.provider.scope(), Kind::Group, "web")
}

fn members(trial: &Trial, ids: &[&str]) -> Vec<ResourceId> {
    ids.iter().map(|id| ResourceId::new(trial.provider.scope(), Kind::Member, id)).collect()
}

/// The requests that would change something.
fn sent(trial: &Trial) -> Vec<Request> {
    let is_write = |r: &Request| WRITES.iter().any(|(_, operations)| operations.contains(&r.action().as_str()));
    trial.canned.requests().into_iter().filter(is_write).collect()
}

/// `Action=SetDesiredCapacity AutoScalingGroupName=web …`, without the version, sorted.
fn form(request: &Request) -> String {
    let mut fields: Vec<String> = request.fields().into_iter().filter(|(k, _)| k != "Version").map(|(k, v)| format!("{k}={v}")).collect();
    fields.sort();
    fields.join(" ")
}

fn labels(words: &[&str]) -> Vec<Label> {
    words.iter().map(Label::new).collect()
}

#[tokio::test]
async fn each_call_is_one_request_that_says_exactly_this() {
    let (trial, operator) = answering(ok).await;
    let group = group(&trial);
    let scope = trial.provider.scope().clone();
    let member = |id: &str| ResourceId::new(&scope, Kind::Member, id);
    let at = |id: &str, port| Registration { member: member(id), port };
    let pool = ResourceId::new(&scope, Kind::Pool, TARGET_GROUP);
    let classic = ResourceId::new(&scope, Kind::Pool, "old-elb");
    let database = |native: &str| ResourceId::new(&scope, Kind::Database, native);
    let operation = OperationId("op-7".to_owned());
    for (call, wanted) in [
        (
            Call::SetDesired { group: group.clone(), desired: 8, honor_cooldown: false },
            "Action=SetDesiredCapacity AutoScalingGroupName=web DesiredCapacity=8 HonorCooldown=false",
        ),
        (
            Call::SetBounds { group: group.clone(), min: 2, max: 12, desired: 9 },
            "Action=UpdateAutoScalingGroup AutoScalingGroupName=web DesiredCapacity=9 MaxSize=12 MinSize=2",
        ),
        (
            Call::TerminateMembers { group: group.clone(), members: vec![member("i-1")] },
            "Action=TerminateInstanceInAutoScalingGroup InstanceId=i-1 ShouldDecrementDesiredCapacity=true",
        ),
        (
            Call::ReplaceMember { group: group.clone(), member: member("i-1") },
            "Action=TerminateInstanceInAutoScalingGroup InstanceId=i-1 ShouldDecrementDesiredCapacity=false",
        ),
        (
            Call::Suspend { group: group.clone(), processes: labels(&["AZRebalance", "AlarmNotification"]) },
            "Action=SuspendProcesses AutoScalingGroupName=web ScalingProcesses.member.1=AZRebalance ScalingProcesses.member.2=AlarmNotification",
        ),
        (
            Call::ResumeProcesses { group: group.clone(), processes: labels(&["AZRebalance"]) },
            "Action=ResumeProcesses AutoScalingGroupName=web ScalingProcesses.member.1=AZRebalance",
        ),
        (
            Call::EnterStandby { group: group.clone(), members: vec![member("i-1"), member("i-2")], replace: false },
            "Action=EnterStandby AutoScalingGroupName=web InstanceIds.member.1=i-1 InstanceIds.member.2=i-2 ShouldDecrementDesiredCapacity=true",
        ),
        (
            Call::EnterStandby { group: group.clone(), members: vec![member("i-1")], replace: true },
            "Action=EnterStandby AutoScalingGroupName=web InstanceIds.member.1=i-1 ShouldDecrementDesiredCapacity=false",
        ),
        (
            Call::ExitStandby { group: group.clone(), members: vec![member("i-1")] },
            "Action=ExitStandby AutoScalingGroupName=web InstanceIds.member.1=i-1",
        ),
        (
            Call::Protect { group: group.clone(), members: vec![member("i-1")], on: true },
            "Action=SetInstanceProtection AutoScalingGroupName=web InstanceIds.member.1=i-1 ProtectedFromScaleIn=true",
        ),
        (
            Call::Protect { group: group.clone(), members: vec![member("i-1")], on: false },
            "Action=SetInstanceProtection AutoScalingGroupName=web InstanceIds.member.1=i-1 ProtectedFromScaleIn=false",
        ),
        (
            Call::Register { group: group.clone(), pool: pool.clone(), targets: vec![at("i-1", Some(8080)), at("i-1", Some(8081))] },
            "Action=RegisterTargets TargetGroupArn=TG Targets.member.1.Id=i-1 Targets.member.1.Port=8080 Targets.member.2.Id=i-1 \
             Targets.member.2.Port=8081",
        ),
        (
            Call::Deregister { group: group.clone(), pool: pool.clone(), targets: vec![at("i-1", None)] },
            "Action=DeregisterTargets TargetGroupArn=TG Targets.member.1.Id=i-1",
        ),
        (
            Call::Register { group: group.clone(), pool: classic.clone(), targets: vec![at("i-1", Some(80)), at("i-1", Some(81))] },
            "Action=RegisterInstancesWithLoadBalancer Instances.member.1.InstanceId=i-1 LoadBalancerName=old-elb",
        ),
        (
            Call::Deregister { group: group.clone(), pool: classic, targets: vec![at("i-1", None), at("i-2", None)] },
            "Action=DeregisterInstancesFromLoadBalancer Instances.member.1.InstanceId=i-1 Instances.member.2.InstanceId=i-2 \
             LoadBalancerName=old-elb",
        ),
        (Call::Reboot { group: group.clone(), member: member("i-1") }, "Action=RebootInstances InstanceId.1=i-1"),
        (Call::CancelRefresh { group: group.clone() }, "Action=CancelInstanceRefresh AutoScalingGroupName=web"),
        (Call::RollBackRefresh { group: group.clone() }, "Action=RollbackInstanceRefresh AutoScalingGroupName=web"),
        (
            Call::Mark { group: group.clone(), operation, text: Label::new("freeze by ana@laptop since 2026-11-20 03:12 UTC") },
            "Action=CreateOrUpdateTags Tags.member.1.Key=pilothouse:operation Tags.member.1.PropagateAtLaunch=false \
             Tags.member.1.ResourceId=web Tags.member.1.ResourceType=auto-scaling-group \
             Tags.member.1.Value=op-7 freeze by ana@laptop since 2026-11-20 03:12 UTC",
        ),
        (Call::DeleteGroup { group }, "Action=DeleteAutoScalingGroup AutoScalingGroupName=web ForceDelete=true"),
        (
            Call::RebootDatabase { database: database("arn:aws:rds:eu-central-1:1:db:orders"), fail_over: false },
            "Action=RebootDBInstance DBInstanceIdentifier=orders",
        ),
        (
            Call::RebootDatabase { database: database("db:orders"), fail_over: true },
            "Action=RebootDBInstance DBInstanceIdentifier=orders ForceFailover=true",
        ),
        (
            Call::FailOverDatabase { database: database("arn:aws:rds:eu-central-1:1:cluster:shop") },
            "Action=FailoverDBCluster DBClusterIdentifier=shop",
        ),
        (
            Call::FailOverDatabase { database: database("arn:aws:rds:eu-central-1:1:db:orders") },
            "Action=RebootDBInstance DBInstanceIdentifier=orders ForceFailover=true",
        ),
        (
            Call::SnapshotDatabase { database: database("arn:aws:rds:eu-central-1:1:db:orders"), name: "before-7".to_owned() },
            "Action=CreateDBSnapshot DBInstanceIdentifier=orders DBSnapshotIdentifier=before-7",
        ),
        (
            Call::SnapshotDatabase { database: database("arn:aws:rds:eu-central-1:1:cluster:shop"), name: "before-7".to_owned() },
            "Action=CreateDBClusterSnapshot DBClusterIdentifier=shop DBClusterSnapshotIdentifier=before-7",
        ),
    ] {
        let before = sent(&trial).len();
        operator.call(&call).await.unwrap_or_else(|e| panic!("{call:?}: {e}"));
        let sent = sent(&trial);
        assert_eq!(sent[before..].iter().map(form).collect::<Vec<_>>(), [wanted.replace("TG", TARGET_GROUP)], "{call:?}");
        // What it needs is what it names.
        let action = sent[before].action();
        assert!(operator.permissions(&call).iter().any(|p| p.ends_with(&format!(":{action}"))), "{call:?}");
    }
}

#[tokio::test]
async fn nothing_is_sent_for_nothing_or_for_too_much() {
    let (trial, operator) = answering(ok).await;
    let (group, scope) = (group(&trial), trial.provider.scope().clone());
    let pool = ResourceId::new(&scope, Kind::Pool, TARGET_GROUP);
    let many = |n: usize| (0..n).map(|n| ResourceId::new(&scope, Kind::Member, format!("i-{n}"))).collect::<Vec<_>>();
    for call in [
        Call::Suspend { group: group.clone(), processes: Vec::new() },
        Call::Suspend { group: group.clone(), processes: labels(&[""]) },
        Call::ResumeProcesses { group: group.clone(), processes: Vec::new() },
        Call::TerminateMembers { group: group.clone(), members: Vec::new() },
        Call::EnterStandby { group: group.clone(), members: Vec::new(), replace: false },
        Call::EnterStandby { group: group.clone(), members: many(21), replace: false },
        Call::ExitStandby { group: group.clone(), members: many(21) },
        Call::Protect { group: group.clone(), members: many(51), on: true },
        Call::Register { group: group.clone(), pool: pool.clone(), targets: Vec::new() },
        Call::Deregister { group: group.clone(), pool: pool.clone(), targets: Vec::new() },
        Call::SetWeights { group: group.clone(), rule: ResourceId::new(&scope, Kind::Rule, "r"), weights: vec![(pool.clone(), 0)] },
        Call::SetWeights { group, rule: ResourceId::new(&scope, Kind::Rule, "r"), weights: vec![(pool, 1_000)] },
    ] {
        let error = operator.call(&call).await.unwrap_err();
        assert_eq!((error.kind, error.maybe_done), (FailureKind::Invalid, false), "{call:?}: {error}");
    }
    for native in ["arn:aws:elasticache:eu-central-1:1:cluster:sessions", "cache:sessions"] {
        let call = Call::FailOverDatabase { database: ResourceId::new(&scope, Kind::Database, native) };
        let error = operator.call(&call).await.unwrap_err();
        assert_eq!((error.kind, error.maybe_done), (FailureKind::Unsupported, false), "{error}");
        assert!(error.message.contains("caches are not"), "{error}");
    }
    assert_eq!(sent(&trial).len(), 0);
}

#[tokio::test]
async fn a_call_is_never_repeated_and_says_whether_it_may_be_done() {
    use FailureKind::{Conflict, Decode, Forbidden, Invalid, Network, NotFound, Quota, Server, Throttled, Timeout};
    for (answer, kind, maybe_done, words) in [
        (Answer::error(500, "InternalFailure", "oops"), Server, true, "oops"),
        (Answer::status(502), Server, true, "502"),
        (Answer::xml("<SetDesiredCapacityResponse><Resp"), Decode, true, "ends too early"),
        (Answer::xml("<html><title>Sign in to the network</title></html>"), Decode, true, "Sign in to the network"),
        (Answer::lost(), Network, true, ""),
        (ok("SetDesiredCapacity").after(Duration::from_secs(5)), Timeout, true, "no answer in time"),
        (Answer::error(500, "ResourceContention", "another update is pending"), Conflict, false, "pending"),
        (
            Answer::error(400, "ScalingActivityInProgress", "Scaling activity 08b9 is in progress and blocks this action"),
            Conflict,
            false,
            "Scaling activity 08b9",
        ),
        (Answer::error(400, "LimitExceeded", "quota"), Quota, false, "quota"),
        (Answer::error(400, "Throttling", "Rate exceeded"), Throttled, false, "Rate"),
        (
            Answer::error(400, "ValidationError", "New SetDesiredCapacity value 99 is above max value 12 for the AutoScalingGroup."),
            Invalid,
            false,
            "above max value 12",
        ),
        (Answer::error(400, "ValidationError", "AutoScalingGroup name not found - null"), NotFound, false, "not found"),
        (
            Answer::error(403, "AccessDenied", "User: u is not authorized to perform: autoscaling:SetDesiredCapacity on resource: r"),
            Forbidden,
            false,
            "autoscaling:SetDesiredCapacity is not allowed",
        ),
    ] {
        let given = answer.clone();
        let (trial, operator) = answering(move |_| given.clone()).await;
        let call = Call::SetDesired { group: group(&trial), desired: 99, honor_cooldown: true };
        let error = operator.call(&call).await.unwrap_err();
        assert_eq!((error.kind, error.maybe_done), (kind, maybe_done), "{answer:?}: {error}");
        assert!(error.message.contains(words), "{error}");
        assert_eq!(error.operation.as_str(), SET_DESIRED);
        assert_eq!(sent(&trial).len(), 1, "{answer:?} was sent again");
    }
}

#[tokio::test]
async fn victims_go_one_by_one_and_a_failure_says_how_far_it_came() {
    let trial = Trial::start(|r| match (r.action().as_str(), r.form("InstanceId").as_deref()) {
        ("GetCallerIdentity", _) => me(),
        (_, Some("i-2")) => Answer::error(400, "ScalingActivityInProgress", "busy"),
        (action, _) => ok(action),
    })
    .await;
    let permit = trial.permit().await;
    let operator = trial.provider.operator(&permit).unwrap();
    let call = Call::TerminateMembers { group: group(&trial), members: members(&trial, &["i-1", "i-2", "i-3"]) };
    let error = operator.call(&call).await.unwrap_err();
    assert_eq!((error.kind, error.maybe_done), (FailureKind::Conflict, true));
    assert!(error.message.contains("i-2: busy") && error.message.contains("1 of 3 were accepted"), "{}", error.message);
    assert_eq!(sent(&trial).len(), 2);
}

#[tokio::test]
async fn somebody_else_may_not_use_the_permit() {
    let trial = Trial::start(|r| match r.headers["authorization"].contains("AKIAFIRST") {
        true if r.action() == "DescribeAutoScalingGroups" => Answer::error(403, "ExpiredToken", "expired"),
        true => me(),
        false => who(ACCOUNT, "arn:aws:iam::111122223333:user/other"),
    })
    .await;
    let permit = trial.permit().await;
    let operator = trial.provider.operator(&permit).unwrap();
    // A refused read signs in anew, and now the files hold somebody else's keys.
    trial.home.rewrite(&crate::providers::aws::trial::KEYS.replace("AKIAFIRST", "AKIAOTHER"));
    assert!(trial.read(SourceKind::Groups).await.0.is_err());
    let error = operator.call(&Call::SetDesired { group: group(&trial), desired: 8, honor_cooldown: false }).await.unwrap_err();
    assert_eq!((error.kind, error.maybe_done), (FailureKind::Auth, false));
    assert!(error.message.contains("user/ops") && error.message.contains("user/other"), "{}", error.message);
    assert!(sent(&trial).is_empty());
}

#[tokio::test]
async fn what_belongs_elsewhere_is_refused_before_anything_is_sent() {
    let (trial, operator) = answering(ok).await;
    let elsewhere = crate::domain::Scope::new("aws", "default", "us-east-1");
    for call in [
        Call::SetDesired { group: ResourceId::new(&elsewhere, Kind::Group, "web"), desired: 1, honor_cooldown: false },
        Call::SetDesired { group: ResourceId::new(trial.provider.scope(), Kind::Pool, "web"), desired: 1, honor_cooldown: false },
        Call::SetBounds { group: group(&trial), min: 0, max: u32::MAX, desired: 1 },
        Call::TerminateMembers { group: group(&trial), members: vec![ResourceId::new(&elsewhere, Kind::Member, "i-1")] },
    ] {
        let error = operator.call(&call).await.unwrap_err();
        assert_eq!((error.kind, error.maybe_done), (FailureKind::Invalid, false), "{call:?}");
    }
    assert!(sent(&trial).is_empty());
}

#[tokio::test]
async fn the_walls_let_nothing_else_out() {
    let trial = Trial::start(|r| ok(&r.action())).await;
    let connection = trial.provider.link.connection().await.unwrap();
    // A reading client asked to change, or to read what was never listed.
    let reading = &connection.clients.autoscaling;
    let error = reading.set_desired_capacity().auto_scaling_group_name("web").desired_capacity(0).send().await.unwrap_err();
    let error = convert_error(SET_DESIRED, trial.provider.scope(), &error);
    assert_eq!((error.kind, error.maybe_done), (FailureKind::Unsupported, false));
    assert!(error.message.contains("Auto Scaling:SetDesiredCapacity") && error.message.contains("nothing was sent"), "{}", error.message);
    assert!(reading.describe_account_limits().send().await.is_err());
    assert!(connection.clients.ec2.terminate_instances().instance_ids("i-1").send().await.is_err());
    // The writing client can neither read nor change what is not its own.
    let writers = Writers::new(&connection, &trial.provider.link);
    assert!(writers.autoscaling.detach_instances().auto_scaling_group_name("web").send().await.is_err());
    assert!(writers.autoscaling.describe_auto_scaling_groups().send().await.is_err());
    assert!(writers.ec2.terminate_instances().instance_ids("i-1").send().await.is_err());
    assert!(writers.rds.delete_db_instance().db_instance_identifier("orders").send().await.is_err());
    assert!(writers.cloudwatch.set_alarm_state().alarm_name("a").send().await.is_err());
    assert!(trial.canned.requests().is_empty());
    assert_eq!(trial.provider.requests(), 0);
}

const GROUP: &str = "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups><member>\
    <AutoScalingGroupName>web</AutoScalingGroupName><MinSize>1</MinSize><MaxSize>4</MaxSize><DesiredCapacity>2</DesiredCapacity>\
    <Instances><member><InstanceId>i-1</InstanceId><AvailabilityZone>eu-central-1a</AvailabilityZone><LifecycleState>InService</LifecycleState>\
    <HealthStatus>Healthy</HealthStatus><ProtectedFromScaleIn>true</ProtectedFromScaleIn></member></Instances>\
    </member></AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>";
const ACTIVITIES: &str = "<DescribeScalingActivitiesResponse><DescribeScalingActivitiesResult><Activities><member><ActivityId>a-1</ActivityId>\
    <AutoScalingGroupName>web</AutoScalingGroupName><Description>Launching a new EC2 instance: i-2</Description><Cause>At 2026-11-20T00:00:00Z a user</Cause>\
    <StartTime>2026-11-20T00:00:00Z</StartTime><StatusCode>PreInService</StatusCode><Progress>30</Progress></member></Activities>\
    </DescribeScalingActivitiesResult></DescribeScalingActivitiesResponse>";

#[tokio::test]
async fn a_fresh_group_comes_with_members_and_open_activities() {
    let trial = Trial::start(|r| match r.action().as_str() {
        "GetCallerIdentity" => me(),
        "DescribeAutoScalingGroups" => Answer::xml(GROUP),
        "DescribeScalingActivities" => Answer::xml(ACTIVITIES),
        _ => Answer::status(501),
    })
    .await;
    let permit = trial.permit().await;
    let operator = trial.provider.operator(&permit).unwrap();
    let fresh = operator.read_group(&group(&trial)).await.unwrap();
    assert_eq!((fresh.kind, fresh.desired, fresh.min, fresh.max), (GroupKind::AutoScalingGroup, Some(2), Some(1), Some(4)));
    assert!(fresh.members[0].protected);
    assert_eq!(fresh.open_activities().count(), 1);
    assert_eq!(operator.identity().await.unwrap().account.as_str(), ACCOUNT);
}

#[tokio::test]
async fn a_group_that_is_gone_or_half_readable_stops_the_operation() {
    let empty = GROUP.replace("<member><AutoScalingGroupName>web</AutoScalingGroupName>", "<member>");
    for (groups, activities, kind) in [
        (Answer::xml(empty), Answer::xml(ACTIVITIES), FailureKind::NotFound),
        (Answer::xml(GROUP), Answer::error(403, "AccessDenied", "no"), FailureKind::Forbidden),
        (Answer::error(400, "Throttling", "Rate exceeded"), Answer::xml(ACTIVITIES), FailureKind::Throttled),
    ] {
        let trial = Trial::start(move |r| match r.action().as_str() {
            "GetCallerIdentity" => me(),
            "DescribeAutoScalingGroups" => groups.clone(),
            "DescribeScalingActivities" => activities.clone(),
            _ => Answer::status(501),
        })
        .await;
        let permit = trial.permit().await;
        let operator = trial.provider.operator(&permit).unwrap();
        assert_eq!(operator.read_group(&group(&trial)).await.unwrap_err().kind, kind);
    }
}
