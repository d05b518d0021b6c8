//! Reads over the wire: everything arrives, lists go on to their last page, and no call is made that a page does not need.

use pilothouse::domain::{Observation, SourceKind};

use crate::backend::Backend;
use crate::cloud::{Reading, provider, read};

#[tokio::test]
async fn the_portal_estate_arrives_whole() {
    let backend = Backend::start("portal");
    let reading = Reading::start(&backend).await;
    let snapshot = reading
        .until("groups, pools, databases and alarms", |s| {
            s.groups.len() >= 5 && !s.pools.is_empty() && s.databases.len() >= 4 && s.alarms.len() >= 2 && !s.changes.is_empty()
        })
        .await;
    let group = |name: &str| {
        snapshot
            .groups
            .iter()
            .find(|g| &*g.item.name == name)
            .unwrap_or_else(|| panic!("no group {name}: {:?}", snapshot.groups.iter().map(|g| g.item.name.clone()).collect::<Vec<_>>()))
    };
    let portal = &group("portal").item;
    assert_eq!(portal.members.len(), 4);
    assert!(portal.members.iter().all(|m| m.address.is_some()), "members are joined with their instances");
    // Instances in no group stand as groups of one.
    assert_eq!(group("hardware").item.members.len(), 1);
    assert_eq!(group("jumpbox").item.members.len(), 1);
    let pool = snapshot.pools.iter().find(|p| &*p.item.name == "portal-tg").expect("the pool behind the balancer");
    assert_eq!(pool.item.targets.as_ref().map_or(0, Vec::len), 4);
    assert!(snapshot.pools.iter().any(|p| p.item.name.contains("legacy-elb")), "classic balancers too");
    assert!(snapshot.identities.values().any(|i| &*i.account == "123456789012"));
}

#[tokio::test]
async fn a_name_that_attacks_the_terminal_arrives_as_visible_marks() {
    let backend = Backend::start("portal");
    let reading = Reading::start(&backend).await;
    let snapshot = reading.until("the instances", |s| s.groups.iter().any(|g| g.item.name.contains("evil"))).await;
    let evil = snapshot.groups.iter().find(|g| g.item.name.contains("evil")).expect("waited for it");
    let name = &*evil.item.name;
    assert!(name.contains("‹009b›") && name.contains("‹202e›"), "{name:?}");
    assert!(!name.chars().any(|c| c.is_control() || c == '\u{202e}'), "{name:?}");
}

#[tokio::test]
async fn lists_go_on_to_their_last_page_and_no_further() {
    let backend = Backend::start("pages");
    let provider = provider(&backend).await;
    // (source, rows it must bring, calls it may take)
    let rows =
        |pages: &[pilothouse::providers::Page], is: fn(&Observation) -> bool| pages.iter().flat_map(|p| &p.rows).filter(|o| is(o)).count();

    backend.forget_calls();
    let (result, pages) = read(&provider, SourceKind::Groups).await;
    result.expect("groups can be read");
    assert_eq!(rows(&pages, |o| matches!(o, Observation::Group(_))), 230);
    assert_eq!(backend.calls_of("autoscaling.DescribeAutoScalingGroups"), 3, "230 groups are three pages of 100: {:?}", backend.calls());

    backend.forget_calls();
    let (result, pages) = read(&provider, SourceKind::Databases).await;
    result.expect("databases can be read");
    assert_eq!(rows(&pages, |o| matches!(o, Observation::Database(_))), 105);
    assert_eq!(backend.calls_of("rds.DescribeDBInstances"), 2, "105 databases are two pages of 100: {:?}", backend.calls());

    backend.forget_calls();
    let (result, pages) = read(&provider, SourceKind::Instances).await;
    result.expect("instances can be read");
    assert_eq!(rows(&pages, |o| matches!(o, Observation::Instance(_))), 230);
    assert!(backend.calls_of("ec2.DescribeInstances") <= 3, "{:?}", backend.calls());

    backend.forget_calls();
    let (result, pages) = read(&provider, SourceKind::Pools).await;
    result.expect("pools can be read");
    assert_eq!(rows(&pages, |o| matches!(o, Observation::Pool(_))), 23);
    assert_eq!(backend.calls_of("elasticloadbalancing.DescribeTargetHealth"), 23, "one call for each pool: {:?}", backend.calls());
    assert_eq!(backend.calls_of("elasticloadbalancing.DescribeTargetGroups"), 1, "{:?}", backend.calls());

    backend.forget_calls();
    let (result, pages) = read(&provider, SourceKind::Alarms).await;
    result.expect("alarms can be read");
    assert_eq!(rows(&pages, |o| matches!(o, Observation::Alarm(_))), 120);
    assert!(backend.calls_of("monitoring.DescribeAlarms") <= 2, "{:?}", backend.calls());
}

#[tokio::test]
async fn a_second_refresh_costs_no_more_than_the_first() {
    let backend = Backend::start("portal");
    let provider = provider(&backend).await;
    let mut costs = Vec::new();
    for _ in 0..3 {
        backend.forget_calls();
        for kind in [SourceKind::Groups, SourceKind::Instances, SourceKind::Pools, SourceKind::Databases, SourceKind::Alarms] {
            read(&provider, kind).await.0.expect("the estate can be read");
        }
        costs.push(backend.calls().iter().map(|(_, n)| n).sum::<u64>());
    }
    assert!(costs[1] <= costs[0] && costs[2] <= costs[1], "{costs:?}");
    assert!(backend.changes().is_empty());
}

#[tokio::test]
async fn reading_says_what_it_cost() {
    let backend = Backend::start("portal");
    let provider = provider(&backend).await;
    read(&provider, SourceKind::Identity).await.0.expect("who we are can be read");
    for kind in [SourceKind::Groups, SourceKind::Pools, SourceKind::Databases] {
        backend.forget_calls();
        let (result, pages) = read(&provider, kind).await;
        result.expect("the estate can be read");
        let told: u32 = pages.iter().map(|p| p.calls).sum();
        let made: u64 = backend.calls().iter().map(|(_, n)| n).sum();
        assert_eq!(u64::from(told), made, "{}: {:?}", kind.word(), backend.calls());
    }
}
