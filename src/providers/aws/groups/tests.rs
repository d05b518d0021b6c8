//! Recorded answers of Auto Scaling, through the SDK, to rows.

use crate::domain::{Focus, Group, Kind, Label, Observation, ResourceId, StatusClass};
use crate::providers::Page;
use crate::providers::aws::canned::{Answer, Bench, Canned, Request};

/// Two pages; the first one is short, which is not the end.
const FIRST: &str = include_str!("recorded/page-1.xml");
const SECOND: &str = include_str!("recorded/page-2.xml");

const TEMPLATES: &str = "<DescribeLaunchTemplatesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><launchTemplates><item>\
    <launchTemplateId>lt-0a1</launchTemplateId><launchTemplateName>portal</launchTemplateName><defaultVersionNumber>3</defaultVersionNumber>\
    <latestVersionNumber>42</latestVersionNumber></item></launchTemplates></DescribeLaunchTemplatesResponse>";

fn recorded(request: &Request) -> Answer {
    match request.action().as_str() {
        "DescribeAutoScalingGroups" if request.form("NextToken").is_some() => Answer::xml(SECOND),
        "DescribeAutoScalingGroups" => Answer::xml(FIRST),
        "DescribeLaunchTemplates" => Answer::xml(TEMPLATES),
        _ => Answer::error(501, "NotImplemented", "no"),
    }
}

fn groups(page: &Page) -> Vec<&Group> {
    page.rows.iter().filter_map(|o| if let Observation::Group(g) = o { Some(g) } else { None }).collect()
}

#[tokio::test]
async fn pages_are_read_to_the_end_and_rows_say_all() {
    let canned = Canned::start(recorded).await;
    let bench = Bench::at(&canned.url);
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    let groups = groups(&page);
    assert_eq!(groups.iter().map(|g| g.name.as_str()).collect::<Vec<_>>(), ["portal", "legacy", "nodes"]);
    assert_eq!(page.calls, 3, "two pages and one call for template numbers");
    assert_eq!(canned.requests().iter().filter_map(|r| r.form("MaxRecords")).collect::<Vec<_>>(), ["100", "100"]);
    assert!(page.gaps.is_empty(), "{:?}", page.gaps);

    let portal = groups[0];
    assert_eq!((portal.desired, portal.min, portal.max), (Some(3), Some(2), Some(12)));
    assert_eq!(portal.zones.iter().map(Label::as_str).collect::<Vec<_>>(), ["eu-central-1a", "eu-central-1b"]);
    assert_eq!(portal.version_wanted.as_deref(), Some("v42"));
    assert_eq!(portal.versions().iter().map(|(v, n)| (v.as_str(), *n)).collect::<Vec<_>>(), [("v41", 2), ("v42", 1)]);
    assert_eq!(portal.members[1].lifecycle.class, StatusClass::Moving);
    assert!(portal.members[1].health.is_good());
    assert!(portal.members[2].health.is_bad() && portal.members[2].protected);
    assert_eq!(portal.cooldown.map(|d| d.as_secs()), Some(300));
    assert_eq!(portal.warmup.map(|d| d.as_secs()), Some(120));
    assert_eq!(portal.grace.map(|d| d.as_secs()), Some(90));
    assert!(portal.is_suspended("AZRebalance"));
    assert_eq!(portal.termination_policies.iter().map(Label::as_str).collect::<Vec<_>>(), ["OldestInstance", "Default"]);
    assert_eq!(portal.owner.as_ref().map(|o| (o.tool.as_str(), o.exclusive)), Some(("terraform", false)));
    assert_eq!(
        portal.pools.iter().map(ResourceId::native).collect::<Vec<_>>(),
        ["arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/portal/1", "old-elb"]
    );
    assert_eq!(portal.created.unwrap().to_string(), "2026-01-02T03:04:05Z");
    assert_eq!(portal.policies, None, "not read here is not none");

    let legacy = groups[1];
    assert_eq!(legacy.version_wanted.as_deref(), Some("legacy-lc-7"));
    assert_eq!(legacy.status.as_ref().map(|s| s.word.as_str()), Some("Delete in progress"));
    assert!(legacy.weighted);
    assert_eq!((legacy.warmup, legacy.grace), (None, None), "a field that is not there is not zero");
    assert_eq!(groups[2].owner.as_ref().map(|o| (o.tool.as_str(), o.exclusive)), Some(("eks", true)));
    assert_eq!(bench.memory.groups().len(), 3);
}

#[tokio::test]
async fn numbers_of_templates_are_asked_for_once_a_minute_and_are_a_gap_when_refused() {
    let canned = Canned::start(|r| match r.action().as_str() {
        "DescribeLaunchTemplates" => Answer::error(403, "UnauthorizedOperation", "no"),
        _ => recorded(r),
    })
    .await;
    let bench = Bench::at(&canned.url);
    let (_, first) = bench.read(super::read).await;
    assert_eq!(groups(&first)[0].version_wanted.as_deref(), Some("$Latest"));
    assert!(first.gaps[0].contains("ec2:DescribeLaunchTemplates"), "{:?}", first.gaps);
    bench.read(super::read).await.0.unwrap();
    assert_eq!(canned.actions().iter().filter(|a| *a == "DescribeLaunchTemplates").count(), 1);
}

#[tokio::test]
async fn the_group_looked_at_brings_its_refresh_and_an_endpoint_without_that_call_is_a_gap() {
    let refresh = "<DescribeInstanceRefreshesResponse><DescribeInstanceRefreshesResult><InstanceRefreshes><member>\
        <InstanceRefreshId>r-1</InstanceRefreshId><Status>InProgress</Status><PercentageComplete>50</PercentageComplete>\
        <StatusReason>Waiting for instances to warm up before continuing.</StatusReason></member></InstanceRefreshes>\
        </DescribeInstanceRefreshesResult></DescribeInstanceRefreshesResponse>";
    let canned = Canned::start(move |r| if r.action() == "DescribeInstanceRefreshes" { Answer::xml(refresh) } else { recorded(r) }).await;
    let bench = Bench::at(&canned.url);
    let focus = Focus { selected: Some(ResourceId::new(&bench.scope, Kind::Group, "portal")), ..Focus::default() };
    let (_, page) = bench.read_with(&focus, super::read).await;
    let rollout = groups(&page)[0].rollout.as_ref().unwrap();
    assert_eq!((rollout.percent, rollout.status.is_moving()), (Some(50), true));
    assert_eq!(canned.actions().iter().filter(|a| *a == "DescribeInstanceRefreshes").count(), 1, "only for the selected group");

    let canned = Canned::start(recorded).await;
    let bench = Bench::at(&canned.url);
    for _ in 0..2 {
        let (result, page) = bench.read_with(&focus, super::read).await;
        result.unwrap();
        assert!(page.gaps.iter().any(|g| g.contains("instance refreshes")), "{:?}", page.gaps);
    }
    assert_eq!(canned.actions().iter().filter(|a| *a == "DescribeInstanceRefreshes").count(), 1);
}
