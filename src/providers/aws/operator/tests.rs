//! What changes the cloud, request by request: never twice, never as somebody else, never what is not listed.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::domain::{GroupKind, SourceKind};
use crate::providers::Provider;
use crate::providers::aws::canned::{Answer, Request};
use crate::providers::aws::trial::{ACCOUNT, Trial, me, who};

/// The answer of a service that did what it was asked.
fn ok(action: &str) -> Answer {
    let result = if action == "TerminateInstanceInAutoScalingGroup" {
        "<TerminateInstanceInAutoScalingGroupResult></TerminateInstanceInAutoScalingGroupResult>"
    } else {
        ""
    };
    Answer::xml(format!("<{action}Response>{result}<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"))
}

/// A provider whose every call but the question who we are is answered so.
async fn answering(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> (Trial, Arc<dyn Operator>) {
    let trial = Trial::start(move |r| if r.action() == "GetCallerIdentity" { me() } else { answer(&r.action()) }).await;
    let permit = trial.permit().await;
    let operator = trial.provider.operator(&permit).unwrap();
    (trial, operator)
}

fn group(trial: &Trial) -> ResourceId {
    ResourceId::new(trial.provider.scope(), Kind::Group, "web")
}

fn members(trial: &Trial, ids: &[&str]) -> Vec<ResourceId> {
    ids.iter().map(|id| ResourceId::new(trial.provider.scope(), Kind::Member, id)).collect()
}

/// The requests that would change something.
fn sent(trial: &Trial) -> Vec<Request> {
    let is_write = |r: &Request| WRITES[0].1.contains(&r.action().as_str());
    trial.canned.requests().into_iter().filter(is_write).collect()
}

#[tokio::test]
async fn each_call_is_one_request_with_absolute_values() {
    let (trial, operator) = answering(ok).await;
    let group = group(&trial);
    operator.call(&Call::SetDesired { group: group.clone(), desired: 8, honor_cooldown: false }).await.unwrap();
    operator.call(&Call::SetBounds { group: group.clone(), min: 2, max: 12, desired: 9 }).await.unwrap();
    operator.call(&Call::TerminateMembers { group, members: members(&trial, &["i-1", "i-2"]) }).await.unwrap();
    let fields = |r: &Request, keys: &[&str]| keys.iter().map(|k| r.form(k).unwrap_or_default()).collect::<Vec<_>>().join(" ");
    let sent = sent(&trial);
    assert_eq!(sent.len(), 4);
    assert_eq!(fields(&sent[0], &["Action", "AutoScalingGroupName", "DesiredCapacity", "HonorCooldown"]), "SetDesiredCapacity web 8 false");
    assert_eq!(
        fields(&sent[1], &["Action", "AutoScalingGroupName", "MinSize", "MaxSize", "DesiredCapacity"]),
        "UpdateAutoScalingGroup web 2 12 9"
    );
    for (request, id) in sent[2..].iter().zip(["i-1", "i-2"]) {
        assert_eq!(
            fields(request, &["Action", "InstanceId", "ShouldDecrementDesiredCapacity"]),
            format!("TerminateInstanceInAutoScalingGroup {id} true")
        );
    }
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
    let writer = AwsOperator::new(Arc::clone(&trial.provider.link), Trial::start(|_| me()).await.permit().await).client(&connection);
    assert!(writer.delete_auto_scaling_group().auto_scaling_group_name("web").send().await.is_err());
    assert!(writer.describe_auto_scaling_groups().send().await.is_err());
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
