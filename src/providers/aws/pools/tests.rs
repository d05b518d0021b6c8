//! Recorded answers of both balancer APIs, through the SDK, to rows.

use std::time::Duration;

use crate::domain::{FailureKind, Kind, Label, Observation, ResourceId, StatusClass, TargetPool};
use crate::providers::Page;
use crate::providers::aws::canned::{Answer, Bench, Canned, Request};

const ARN: &str = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup";

fn xml(action: &str, result: &str) -> Answer {
    Answer::xml(format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
}

/// The classic API speaks an older version of the same protocol, at the same address here.
fn is_classic(request: &Request) -> bool {
    request.form("Version").as_deref() == Some("2012-06-01")
}

fn target_group(name: &str) -> String {
    format!(
        "<member><TargetGroupArn>{ARN}/{name}/1</TargetGroupArn><TargetGroupName>{name}</TargetGroupName><Protocol>HTTP</Protocol><Port>8080</Port>\
         <HealthCheckProtocol>HTTP</HealthCheckProtocol><HealthCheckPath>/test/</HealthCheckPath><HealthCheckIntervalSeconds>10</HealthCheckIntervalSeconds>\
         <HealthCheckEnabled>true</HealthCheckEnabled><LoadBalancerArns><member>lb-arn</member></LoadBalancerArns></member>"
    )
}

fn recorded(request: &Request) -> Answer {
    let action = request.action();
    match action.as_str() {
        "DescribeLoadBalancers" if is_classic(request) => xml(
            &action,
            "<LoadBalancerDescriptions><member><LoadBalancerName>legacy-elb</LoadBalancerName><DNSName>legacy.example</DNSName>\
             <ListenerDescriptions><member><Listener><Protocol>HTTP</Protocol><LoadBalancerPort>80</LoadBalancerPort>\
             <InstanceProtocol>HTTP</InstanceProtocol><InstancePort>8080</InstancePort></Listener></member></ListenerDescriptions>\
             <HealthCheck><Target>HTTP:8080/test/</Target><Interval>30</Interval><Timeout>5</Timeout><UnhealthyThreshold>2</UnhealthyThreshold>\
             <HealthyThreshold>3</HealthyThreshold></HealthCheck></member></LoadBalancerDescriptions>",
        ),
        "DescribeInstanceHealth" => xml(
            &action,
            "<InstanceStates><member><InstanceId>i-9</InstanceId><State>OutOfService</State><ReasonCode>Instance</ReasonCode>\
             <Description>Instance has failed at least the UnhealthyThreshold number of health checks consecutively.</Description></member></InstanceStates>",
        ),
        "DescribeLoadBalancerAttributes" => xml(
            &action,
            "<LoadBalancerAttributes><ConnectionDraining><Enabled>true</Enabled><Timeout>300</Timeout></ConnectionDraining></LoadBalancerAttributes>",
        ),
        "DescribeLoadBalancers" => xml(
            &action,
            "<LoadBalancers><member><LoadBalancerArn>lb-arn</LoadBalancerArn><LoadBalancerName>portal-alb</LoadBalancerName>\
             <DNSName>portal.example</DNSName><Type>application</Type><State><Code>active</Code></State></member></LoadBalancers>",
        ),
        "DescribeTargetGroups" if request.form("Marker").is_some() => {
            xml(&action, &format!("<TargetGroups>{}</TargetGroups>", target_group("api")))
        }
        "DescribeTargetGroups" => {
            xml(&action, &format!("<TargetGroups>{}</TargetGroups><NextMarker>m1</NextMarker>", target_group("portal")))
        }
        "DescribeListeners" => xml(
            &action,
            &format!(
                "<Listeners><member><ListenerArn>li-1</ListenerArn><Port>443</Port><Protocol>HTTPS</Protocol><DefaultActions><member>\
                 <Type>forward</Type><TargetGroupArn>{ARN}/portal/1</TargetGroupArn></member></DefaultActions></member></Listeners>"
            ),
        ),
        "DescribeRules" => xml(
            &action,
            &format!(
                "<Rules><member><RuleArn>rule-10</RuleArn><Priority>10</Priority><IsDefault>false</IsDefault><Actions><member><Type>forward</Type>\
                 <ForwardConfig><TargetGroups><member><TargetGroupArn>{ARN}/api/1</TargetGroupArn><Weight>90</Weight></member>\
                 <member><TargetGroupArn>{ARN}/api-green/1</TargetGroupArn><Weight>10</Weight></member></TargetGroups></ForwardConfig></member></Actions></member><member><Priority>default</Priority><IsDefault>true</IsDefault>\
                 <Actions><member><Type>forward</Type><TargetGroupArn>{ARN}/portal/1</TargetGroupArn></member></Actions></member></Rules>"
            ),
        ),
        "DescribeTargetGroupAttributes" => xml(
            &action,
            "<Attributes><member><Key>deregistration_delay.timeout_seconds</Key><Value>120</Value></member>\
             <member><Key>slow_start.duration_seconds</Key><Value>0</Value></member></Attributes>",
        ),
        "DescribeTargetHealth" => xml(
            &action,
            "<TargetHealthDescriptions><member><Target><Id>i-1</Id><Port>8080</Port></Target><TargetHealth><State>healthy</State></TargetHealth></member>\
             <member><Target><Id>i-2</Id><Port>8080</Port></Target><TargetHealth><State>unhealthy</State><Reason>Target.ResponseCodeMismatch</Reason>\
             <Description>Health checks failed with these codes: [503]</Description></TargetHealth></member>\
             <member><Target><Id>i-3</Id><Port>8080</Port></Target><TargetHealth><State>draining</State><Reason>Target.DeregistrationInProgress</Reason>\
             <Description>Target deregistration is in progress</Description></TargetHealth></member></TargetHealthDescriptions>",
        ),
        _ => Answer::error(501, "NotImplemented", "no"),
    }
}

fn pools(page: &Page) -> Vec<&TargetPool> {
    page.rows.iter().filter_map(|o| if let Observation::Pool(p) = o { Some(p) } else { None }).collect()
}

#[tokio::test]
async fn pools_come_with_targets_listeners_and_delays() {
    let canned = Canned::start(recorded).await;
    let bench = Bench::at(&canned.url);
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    assert!(page.gaps.is_empty(), "{:?}", page.gaps);
    assert_eq!(page.calls as usize, canned.requests().len(), "every call is counted");
    let pools = pools(&page);
    assert_eq!(pools.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["legacy-elb", "portal", "api"]);

    let portal = pools[1];
    assert_eq!(portal.health(), Some((1, 2)), "draining is counted in neither");
    assert_eq!(portal.draining(), 1);
    assert_eq!(portal.targets.as_ref().unwrap()[1].reason.as_deref(), Some("health check returns 503"));
    assert_eq!(portal.health_check.as_deref(), Some("HTTP /test/ every 10s"));
    assert_eq!(portal.deregistration_delay, Some(Duration::from_mins(2)));
    assert_eq!(portal.balancers[0].kind.as_str(), "alb");
    assert_eq!(portal.balancers[0].listeners.iter().map(Label::as_str).collect::<Vec<_>>(), ["HTTPS:443"]);
    assert_eq!(pools[2].balancers[0].listeners.iter().map(Label::as_str).collect::<Vec<_>>(), ["HTTPS:443 rule 10"]);

    let routes: Vec<_> = pools[2].routes.iter().map(|r| (r.rule.native(), r.name.as_str(), r.percent(&pools[2].id))).collect();
    assert_eq!(routes, [("rule-10", "HTTPS:443 rule 10", Some(90))]);
    assert_eq!(portal.routes[0].rule.native(), "li-1", "a default action is its listener's");

    let classic = pools[0];
    assert_eq!(classic.deregistration_delay, Some(Duration::from_mins(5)));
    assert_eq!((classic.kind.as_str(), classic.health_path.as_deref()), ("classic", Some("/test/")));
    assert_eq!(classic.targets.as_ref().unwrap()[0].state.class, StatusClass::Bad);

    // What rarely changes is not asked for again.
    let before = canned.requests().len();
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    let again: Vec<String> = canned.actions().split_off(before);
    assert!(!again.iter().any(|a| a.ends_with("Listeners") || a.ends_with("Rules") || a.ends_with("Attributes")), "{again:?}");
    assert_eq!(self::pools(&page)[1].balancers[0].listeners.len(), 1, "and not forgotten");
}

#[tokio::test]
async fn one_unreadable_pool_is_a_gap_and_never_an_empty_pool() {
    let canned = Canned::start(|r| match r.action().as_str() {
        "DescribeTargetHealth" if r.form("TargetGroupArn").is_some_and(|a| a.contains("/api/")) => {
            Answer::error(403, "AccessDenied", "User: u is not authorized to perform: elasticloadbalancing:DescribeTargetHealth")
        }
        "DescribeTargetGroupAttributes" | "DescribeListeners" => Answer::error(403, "AccessDenied", "no"),
        "DescribeLoadBalancers" if is_classic(r) => Answer::error(501, "NotImplemented", "no"),
        _ => recorded(r),
    })
    .await;
    let bench = Bench::at(&canned.url);
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    let pools = pools(&page);
    assert_eq!(pools.iter().map(|p| p.targets.is_some()).collect::<Vec<_>>(), [true, false]);
    assert_eq!(pools[0].deregistration_delay, None);
    let gaps: Vec<&str> = page.gaps.iter().map(Label::as_str).collect();
    for words in ["targets of api: access denied", "drain delays: access denied", "listeners: access denied", "not supported here"] {
        assert_eq!(gaps.iter().filter(|g| g.contains(words)).count(), 1, "{words}: {gaps:?}");
    }
}

#[tokio::test]
async fn throttling_and_refused_credentials_fail_the_whole_read() {
    for (code, status, kind) in [("ExpiredToken", 403, FailureKind::Auth), ("Throttling", 400, FailureKind::Throttled)] {
        let canned =
            Canned::start(move |r| if r.action() == "DescribeTargetGroups" { Answer::error(status, code, "no") } else { recorded(r) })
                .await;
        let bench = Bench::at(&canned.url);
        let (result, page) = bench.read(super::read).await;
        assert_eq!(result.unwrap_err().kind, kind);
        assert!(page.rows.is_empty());
    }
}

#[tokio::test]
async fn an_operation_reads_only_its_pools_and_wants_them_whole() {
    let canned = Canned::start(recorded).await;
    let bench = Bench::at(&canned.url);
    let id = |native: &str| ResourceId::new(&bench.scope, Kind::Pool, native);
    let ids = [id(&format!("{ARN}/portal/1")), id("legacy-elb")];
    let fresh = super::fetch_pools(&bench.reader(), &ids).await.unwrap();
    assert_eq!(fresh.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["portal", "legacy-elb"]);
    assert!(fresh.iter().all(|p| p.targets.is_some() && p.deregistration_delay.is_some()));
    assert_eq!((fresh[0].routes.len(), fresh[0].balancers[0].listeners.len()), (1, 1));
    // Routes may have been changed by the operation itself: they are read each time, what never changes is not.
    let before = canned.requests().len();
    super::fetch_pools(&bench.reader(), &ids).await.unwrap();
    let again = canned.actions().split_off(before);
    assert!(again.iter().any(|a| a == "DescribeRules") && !again.iter().any(|a| a.ends_with("Attributes")), "{again:?}");

    // Who may not look at balancers still sees the targets.
    let canned = Canned::start(|r| match r.action().as_str() {
        "DescribeTargetGroups" | "DescribeTargetHealth" => recorded(r),
        _ => Answer::error(403, "AccessDenied", "no"),
    })
    .await;
    let bench = Bench::at(&canned.url);
    let blind = super::fetch_pools(&bench.reader(), &ids[..1]).await.unwrap();
    assert!(blind[0].targets.is_some() && blind[0].routes.is_empty() && blind[0].deregistration_delay.is_none());

    let canned =
        Canned::start(|r| if r.action() == "DescribeTargetHealth" { Answer::error(400, "Throttling", "no") } else { recorded(r) }).await;
    let bench = Bench::at(&canned.url);
    assert_eq!(super::fetch_pools(&bench.reader(), &ids).await.unwrap_err().kind, FailureKind::Throttled);
}
