//! Calls that must look first: a refresh to a named version, a copy of a group, new weights for a rule, a mark that may not be ours.

use super::*;
use crate::domain::plan::{Leftover, RefreshPreferences};

const GROUP: &str = "<AutoScalingGroupName>web</AutoScalingGroupName><MinSize>1</MinSize><MaxSize>4</MaxSize><DesiredCapacity>2</DesiredCapacity>\
    <DefaultCooldown>300</DefaultCooldown><AvailabilityZones><member>eu-central-1a</member></AvailabilityZones>\
    <VPCZoneIdentifier>subnet-1,subnet-2</VPCZoneIdentifier><HealthCheckType>ELB</HealthCheckType><HealthCheckGracePeriod>90</HealthCheckGracePeriod>\
    <DefaultInstanceWarmup>120</DefaultInstanceWarmup><TerminationPolicies><member>OldestInstance</member><member>Default</member></TerminationPolicies>\
    <NewInstancesProtectedFromScaleIn>false</NewInstancesProtectedFromScaleIn><TargetGroupARNs><member>arn:old</member></TargetGroupARNs>\
    <EnabledMetrics><member><Metric>GroupDesiredCapacity</Metric><Granularity>1Minute</Granularity></member></EnabledMetrics>\
    <Tags><member><Key>team</Key><Value>shop</Value><PropagateAtLaunch>true</PropagateAtLaunch></member>\
    <member><Key>pilothouse:operation</Key><Value>op-7 redeploy by ana</Value><PropagateAtLaunch>false</PropagateAtLaunch></member>\
    <member><Key>aws:cloudformation:stack-name</Key><Value>s</Value><PropagateAtLaunch>true</PropagateAtLaunch></member></Tags>";
const TEMPLATE: &str = "<LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId><LaunchTemplateName>web</LaunchTemplateName>\
    <Version>$Latest</Version></LaunchTemplate>";
const MIXED: &str = "<MixedInstancesPolicy><LaunchTemplate><LaunchTemplateSpecification><LaunchTemplateId>lt-1</LaunchTemplateId>\
    <Version>3</Version></LaunchTemplateSpecification><Overrides><member><InstanceType>m7g.large</InstanceType></member></Overrides></LaunchTemplate>\
    <InstancesDistribution><OnDemandBaseCapacity>1</OnDemandBaseCapacity></InstancesDistribution></MixedInstancesPolicy>";
const CONFIGURATION: &str = "<LaunchConfigurationName>web-lc-7</LaunchConfigurationName>";
const HOOK: &str = "<member><LifecycleHookName>warm</LifecycleHookName><AutoScalingGroupName>web</AutoScalingGroupName>\
    <LifecycleTransition>autoscaling:EC2_INSTANCE_LAUNCHING</LifecycleTransition><HeartbeatTimeout>300</HeartbeatTimeout>\
    <GlobalTimeout>30000</GlobalTimeout><DefaultResult>ABANDON</DefaultResult></member>";

fn groups(launches: &str) -> Answer {
    xml("DescribeAutoScalingGroups", &format!("<AutoScalingGroups><member>{GROUP}{launches}</member></AutoScalingGroups>"))
}

/// An operator on an estate of one group that launches from this.
async fn launching_from(launches: &'static str) -> (Trial, Arc<dyn Operator>) {
    answering(move |action| match action {
        "DescribeAutoScalingGroups" => groups(launches),
        "DescribeLifecycleHooks" => xml(action, &format!("<LifecycleHooks>{HOOK}</LifecycleHooks>")),
        _ => ok(action),
    })
    .await
}

fn start(trial: &Trial, preferences: RefreshPreferences) -> Call {
    Call::StartRefresh { group: group(trial), preferences }
}

#[tokio::test]
async fn a_refresh_says_what_was_chosen_and_nothing_else() {
    let (trial, operator) = launching_from(TEMPLATE).await;
    operator.call(&start(&trial, RefreshPreferences::default())).await.unwrap();
    let full = RefreshPreferences {
        min_healthy_percent: Some(90),
        max_healthy_percent: Some(100),
        warmup: Some(Duration::from_mins(2)),
        checkpoints: vec![20, 100],
        checkpoint_delay: Some(Duration::from_mins(10)),
        skip_matching: true,
        auto_rollback: true,
        bake: Some(Duration::ZERO),
        alarms: vec![Label::new("portal-5xx")],
        protected: Leftover::Wait,
        standby: Leftover::Replace,
        version: Some(Label::new("v42")),
    };
    operator.call(&start(&trial, full)).await.unwrap();
    let sent: Vec<String> = sent(&trial).iter().map(form).collect();
    assert_eq!(
        sent,
        [
            "Action=StartInstanceRefresh AutoScalingGroupName=web Preferences.AutoRollback=false \
             Preferences.ScaleInProtectedInstances=Ignore Preferences.SkipMatching=false Preferences.StandbyInstances=Ignore Strategy=Rolling",
            "Action=StartInstanceRefresh AutoScalingGroupName=web DesiredConfiguration.LaunchTemplate.LaunchTemplateId=lt-1 \
             DesiredConfiguration.LaunchTemplate.Version=42 Preferences.AlarmSpecification.Alarms.member.1=portal-5xx \
             Preferences.AutoRollback=true Preferences.BakeTime=0 Preferences.CheckpointDelay=600 \
             Preferences.CheckpointPercentages.member.1=20 Preferences.CheckpointPercentages.member.2=100 Preferences.InstanceWarmup=120 \
             Preferences.MaxHealthyPercentage=100 Preferences.MinHealthyPercentage=90 Preferences.ScaleInProtectedInstances=Wait \
             Preferences.SkipMatching=true Preferences.StandbyInstances=Terminate Strategy=Rolling",
        ]
    );
}

#[tokio::test]
async fn a_mixed_policy_stays_as_it_is_but_for_the_version() {
    let (trial, operator) = launching_from(MIXED).await;
    let preferences = RefreshPreferences { version: Some(Label::new("4")), ..RefreshPreferences::default() };
    operator.call(&start(&trial, preferences)).await.unwrap();
    let sent = form(&sent(&trial)[0]);
    for field in [
        "LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId=lt-1",
        "LaunchTemplate.LaunchTemplateSpecification.Version=4",
        "LaunchTemplate.Overrides.member.1.InstanceType=m7g.large",
        "InstancesDistribution.OnDemandBaseCapacity=1",
    ] {
        assert!(sent.contains(&format!("DesiredConfiguration.MixedInstancesPolicy.{field}")), "{field} in {sent}");
    }
}

#[tokio::test]
async fn preferences_that_cannot_work_are_refused_here() {
    let (trial, operator) = launching_from(CONFIGURATION).await;
    let usual = RefreshPreferences::default();
    for (preferences, words) in [
        (RefreshPreferences { auto_rollback: true, ..usual.clone() }, "when the new one is named"),
        (RefreshPreferences { max_healthy_percent: Some(110), ..usual.clone() }, "needs the minimum"),
        (RefreshPreferences { min_healthy_percent: Some(101), ..usual.clone() }, "at most 100 %"),
        (RefreshPreferences { min_healthy_percent: Some(90), max_healthy_percent: Some(99), ..usual.clone() }, "100 to 200 %"),
        (RefreshPreferences { min_healthy_percent: Some(50), max_healthy_percent: Some(151), ..usual.clone() }, "100 percent points"),
        (RefreshPreferences { checkpoints: vec![20, 50], ..usual.clone() }, "last checkpoint must be 100 %"),
        (RefreshPreferences { alarms: vec![Label::new("a"); 11], ..usual.clone() }, "ten alarms"),
        (RefreshPreferences { version: Some(Label::new("4")), ..usual }, "launches from no template"),
    ] {
        let error = operator.call(&start(&trial, preferences)).await.unwrap_err();
        assert_eq!((error.kind, error.maybe_done), (FailureKind::Invalid, false), "{error}");
        assert!(error.message.contains(words), "{}", error.message);
    }
    assert_eq!(sent(&trial).len(), 0);
}

fn copy(trial: &Trial, version: Option<&str>) -> Call {
    let pool = ResourceId::new(trial.provider.scope(), Kind::Pool, TARGET_GROUP);
    let version = version.map(Label::new);
    Call::CloneGroup { group: group(trial), name: "web-green".to_owned(), version, pool, min: 2, max: 8, desired: 4 }
}

#[tokio::test]
async fn a_copy_is_like_the_first_but_for_name_size_version_pool_and_marks() {
    let (trial, operator) = launching_from(TEMPLATE).await;
    operator.call(&copy(&trial, Some("v42"))).await.unwrap();
    let sent: Vec<String> = sent(&trial).iter().map(form).collect();
    assert_eq!(
        sent,
        [
            format!(
                "Action=CreateAutoScalingGroup AutoScalingGroupName=web-green DefaultCooldown=300 DefaultInstanceWarmup=120 DesiredCapacity=4 \
                 HealthCheckGracePeriod=90 HealthCheckType=ELB LaunchTemplate.LaunchTemplateId=lt-1 LaunchTemplate.Version=42 \
                 LifecycleHookSpecificationList.member.1.DefaultResult=ABANDON LifecycleHookSpecificationList.member.1.HeartbeatTimeout=300 \
                 LifecycleHookSpecificationList.member.1.LifecycleHookName=warm \
                 LifecycleHookSpecificationList.member.1.LifecycleTransition=autoscaling:EC2_INSTANCE_LAUNCHING MaxSize=8 MinSize=2 \
                 NewInstancesProtectedFromScaleIn=false Tags.member.1.Key=team Tags.member.1.PropagateAtLaunch=true \
                 Tags.member.1.ResourceId=web-green Tags.member.1.ResourceType=auto-scaling-group Tags.member.1.Value=shop \
                 TargetGroupARNs.member.1={TARGET_GROUP} TerminationPolicies.member.1=OldestInstance TerminationPolicies.member.2=Default \
                 VPCZoneIdentifier=subnet-1,subnet-2"
            ),
            "Action=EnableMetricsCollection AutoScalingGroupName=web-green Granularity=1Minute Metrics.member.1=GroupDesiredCapacity"
                .to_owned(),
        ]
    );
}

#[tokio::test]
async fn what_a_copy_launches_from_follows_the_first() {
    for (launches, version, field) in [
        (TEMPLATE, None, "LaunchTemplate.Version=$Latest"),
        (MIXED, Some("$Default"), "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.Version=$Default"),
        (CONFIGURATION, None, "LaunchConfigurationName=web-lc-7"),
        (CONFIGURATION, Some("web-lc-8"), "LaunchConfigurationName=web-lc-8"),
    ] {
        let (trial, operator) = launching_from(launches).await;
        operator.call(&copy(&trial, version)).await.unwrap();
        let sent = form(&sent(&trial)[0]);
        assert!(sent.contains(field), "{field} in {sent}");
    }
}

#[tokio::test]
async fn a_copy_that_failed_half_way_is_perhaps_done_and_one_that_never_began_is_not() {
    for (failing, maybe_done, requests) in
        [("EnableMetricsCollection", true, 2), ("DescribeLifecycleHooks", false, 0), ("DescribeAutoScalingGroups", false, 0)]
    {
        let (trial, operator) = answering(move |action| match action {
            _ if action == failing => Answer::status(500),
            "DescribeAutoScalingGroups" => groups(TEMPLATE),
            "DescribeLifecycleHooks" => xml(action, "<LifecycleHooks/>"),
            _ => ok(action),
        })
        .await;
        let error = operator.call(&copy(&trial, None)).await.unwrap_err();
        assert_eq!((error.maybe_done, sent(&trial).len()), (maybe_done, requests), "{failing}: {error}");
    }
}

const OTHER: &str = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/green/2";
const RULE: &str = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener-rule/app/alb/1/2/3";
const LISTENER: &str = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/app/alb/1/2";

fn shares(trial: &Trial, rule: &str, weights: &[(&str, u32)]) -> Call {
    let scope = trial.provider.scope();
    let weights = weights.iter().map(|(pool, weight)| (ResourceId::new(scope, Kind::Pool, pool), *weight)).collect();
    Call::SetWeights { group: group(trial), rule: ResourceId::new(scope, Kind::Rule, rule), weights }
}

async fn forwarding(actions: &'static str) -> (Trial, Arc<dyn Operator>) {
    answering(move |action| match action {
        "DescribeRules" => xml(
            action,
            &format!(
                "<Rules><member><RuleArn>{RULE}</RuleArn><Actions>{}</Actions></member></Rules>",
                actions.replace("POOL", TARGET_GROUP)
            ),
        ),
        "DescribeListeners" => xml(
            action,
            &format!(
                "<Listeners><member><ListenerArn>{LISTENER}</ListenerArn><DefaultActions>{}</DefaultActions></member></Listeners>",
                actions.replace("POOL", TARGET_GROUP)
            ),
        ),
        _ => ok(action),
    })
    .await
}

const SIGN_IN: &str = "<member><Type>authenticate-oidc</Type><Order>1</Order><AuthenticateOidcConfig><Issuer>https://id</Issuer>\
    <AuthorizationEndpoint>https://id/a</AuthorizationEndpoint><TokenEndpoint>https://id/t</TokenEndpoint><UserInfoEndpoint>https://id/u</UserInfoEndpoint>\
    <ClientId>c</ClientId></AuthenticateOidcConfig></member><member><Type>forward</Type><Order>2</Order><TargetGroupArn>POOL</TargetGroupArn>\
    <ForwardConfig><TargetGroups><member><TargetGroupArn>POOL</TargetGroupArn><Weight>1</Weight></member></TargetGroups>\
    <TargetGroupStickinessConfig><Enabled>true</Enabled><DurationSeconds>600</DurationSeconds></TargetGroupStickinessConfig></ForwardConfig></member>";
const PLAIN: &str = "<member><Type>forward</Type><TargetGroupArn>POOL</TargetGroupArn></member>";

#[tokio::test]
async fn new_weights_leave_everything_else_of_a_rule_as_it_is() {
    let (trial, operator) = forwarding(SIGN_IN).await;
    operator.call(&shares(&trial, RULE, &[(TARGET_GROUP, 90), (OTHER, 10)])).await.unwrap();
    let oidc = "Actions.member.1.AuthenticateOidcConfig";
    let forward = "Actions.member.2.ForwardConfig";
    assert_eq!(
        sent(&trial).iter().map(form).collect::<Vec<_>>(),
        [format!(
            "Action=ModifyRule {oidc}.AuthorizationEndpoint=https://id/a {oidc}.ClientId=c {oidc}.Issuer=https://id \
             {oidc}.TokenEndpoint=https://id/t {oidc}.UseExistingClientSecret=true {oidc}.UserInfoEndpoint=https://id/u Actions.member.1.Order=1 \
             Actions.member.1.Type=authenticate-oidc {forward}.TargetGroupStickinessConfig.DurationSeconds=600 \
             {forward}.TargetGroupStickinessConfig.Enabled=true {forward}.TargetGroups.member.1.TargetGroupArn={TARGET_GROUP} \
             {forward}.TargetGroups.member.1.Weight=90 {forward}.TargetGroups.member.2.TargetGroupArn={OTHER} \
             {forward}.TargetGroups.member.2.Weight=10 Actions.member.2.Order=2 Actions.member.2.Type=forward RuleArn={RULE}"
        )]
    );
}

#[tokio::test]
async fn a_default_action_is_changed_at_its_listener() {
    let (trial, operator) = forwarding(PLAIN).await;
    let call = shares(&trial, LISTENER, &[(TARGET_GROUP, 0), (OTHER, 1)]);
    operator.call(&call).await.unwrap();
    let forward = "DefaultActions.member.1.ForwardConfig.TargetGroups";
    assert_eq!(
        sent(&trial).iter().map(form).collect::<Vec<_>>(),
        [format!(
            "Action=ModifyListener {forward}.member.1.TargetGroupArn={TARGET_GROUP} {forward}.member.1.Weight=0 \
             {forward}.member.2.TargetGroupArn={OTHER} {forward}.member.2.Weight=1 DefaultActions.member.1.Type=forward ListenerArn={LISTENER}"
        )]
    );
    assert_eq!(operator.permissions(&call), ["elasticloadbalancing:ModifyListener"]);
}

#[tokio::test]
async fn a_rule_that_somebody_changed_meanwhile_is_left_alone() {
    let third = "<member><Type>forward</Type><TargetGroupArn>arn:third</TargetGroupArn></member>";
    let redirect = "<member><Type>redirect</Type><RedirectConfig><StatusCode>HTTP_301</StatusCode></RedirectConfig></member>";
    for (actions, words) in [(third, "forwards to arn:third too"), (redirect, "forwards to no pool any more")] {
        let (trial, operator) = forwarding(actions).await;
        let error = operator.call(&shares(&trial, RULE, &[(TARGET_GROUP, 90), (OTHER, 10)])).await.unwrap_err();
        assert_eq!((error.kind, error.maybe_done), (FailureKind::Conflict, false));
        assert!(error.message.contains(words), "{}", error.message);
        assert_eq!(sent(&trial).len(), 0);
    }
}

#[tokio::test]
async fn only_our_own_mark_is_taken_off() {
    let (trial, operator) = launching_from(TEMPLATE).await;
    let unmark = |id: &str| Call::Unmark { group: group(&trial), operation: OperationId(id.to_owned()) };
    operator.call(&unmark("op-70")).await.unwrap();
    assert_eq!(sent(&trial).len(), 0, "another operation has marked it meanwhile");
    operator.call(&unmark("op-7")).await.unwrap();
    assert_eq!(
        sent(&trial).iter().map(form).collect::<Vec<_>>(),
        [
            "Action=DeleteTags Tags.member.1.Key=pilothouse:operation Tags.member.1.ResourceId=web Tags.member.1.ResourceType=auto-scaling-group"
        ]
    );
}
