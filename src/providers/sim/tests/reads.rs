//! Reads: pages, faults, and the contract every provider keeps.

use std::collections::HashSet;
use std::sync::Arc;

use super::support::*;
use crate::domain::{FailureKind, Focus, Observation, SourceKind};
use crate::providers::contract;
use crate::providers::sim::{Fault, Moment, Sim, SimSettings, Spot};
use crate::providers::{PageSink, Provider};

fn grown() -> Sim {
    Sim::new(SimSettings { groups: Some(60), members: Some(3_000), ..settings("bad-deploy") })
}

#[tokio::test(start_paused = true)]
async fn the_contract_holds() {
    contract::check(|| Arc::new(sim("bad-deploy"))).await;
    contract::check(|| Arc::new(grown())).await;
}

#[tokio::test(start_paused = true)]
async fn pages_are_bounded_and_tell_every_row_once() {
    let sim = grown();
    let (pages, end) = read_pages(&sim, SourceKind::Instances, &Focus::default()).await;
    end.unwrap();
    assert!(pages.len() >= 6 && pages.iter().all(|p| p.len() <= 500), "{:?}", pages.iter().map(Vec::len).collect::<Vec<_>>());
    let ids: Vec<_> = pages
        .iter()
        .flatten()
        .map(|r| match r {
            Observation::Instance(i) => i.id.clone(),
            other => panic!("not an instance: {other:?}"),
        })
        .collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "a row twice");

    let (pages, end) = read_pages(&sim, SourceKind::Groups, &Focus::default()).await;
    end.unwrap();
    assert!(pages.len() > 3);
    let groups: Vec<_> = pages
        .iter()
        .flatten()
        .map(|r| match r {
            Observation::Group(g) => g,
            other => panic!("not a group: {other:?}"),
        })
        .collect();
    assert_eq!(groups.len(), 60);
    let members: HashSet<_> = groups.iter().flat_map(|g| &g.members).map(|m| &m.id).collect();
    assert!(members.is_subset(&ids.iter().collect()), "every member is an instance");
}

#[tokio::test(start_paused = true)]
async fn growth_is_mostly_well_with_a_little_trouble() {
    let sim = Sim::new(SimSettings { groups: Some(300), members: Some(3_000), ..settings("quiet") });
    let rows = read(&sim, SourceKind::Pools).await;
    let troubled =
        rows.iter().filter(|r| matches!(r, Observation::Pool(p) if p.targets.iter().flatten().any(|t| t.state.is_bad()))).count();
    assert!((1..=10).contains(&troubled), "{troubled} of {} pools", rows.len());
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_failure_can_strike_a_read() {
    let sim = sim("quiet");
    for kind in [
        FailureKind::Auth,
        FailureKind::Forbidden,
        FailureKind::NotFound,
        FailureKind::Throttled,
        FailureKind::Network,
        FailureKind::Timeout,
        FailureKind::Quota,
        FailureKind::Conflict,
        FailureKind::Decode,
        FailureKind::Unsupported,
        FailureKind::Server,
        FailureKind::Invalid,
    ] {
        sim.inject(Fault::new(Spot::Read(SourceKind::Groups), kind));
        let (pages, end) = read_pages(&sim, SourceKind::Groups, &Focus::default()).await;
        let error = end.unwrap_err();
        assert_eq!((error.kind, pages.len()), (kind, 0));
        assert_eq!(&*error.operation, "autoscaling:DescribeAutoScalingGroups");
        assert!(read_pages(&sim, SourceKind::Groups, &Focus::default()).await.1.is_ok(), "struck once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_can_break_off_after_its_first_page_or_never_answer() {
    let sim = grown();
    sim.inject(Fault::new(Spot::Read(SourceKind::Groups), FailureKind::Network).at(Moment::After));
    let (pages, end) = read_pages(&sim, SourceKind::Groups, &Focus::default()).await;
    assert_eq!((pages.len(), end.unwrap_err().kind), (1, FailureKind::Network));

    sim.inject(Fault::new(Spot::Read(SourceKind::Groups), FailureKind::Timeout).at(Moment::Never));
    let (sink, _pages) = PageSink::new(100);
    let waited = tokio::time::timeout(minutes(10), sim.read(SourceKind::Groups, &Focus::default(), &sink)).await;
    assert!(waited.is_err(), "it should still be waiting");

    sim.inject(Fault::new(Spot::Read(SourceKind::Groups), FailureKind::Server).always());
    for _ in 0..3 {
        assert!(read_pages(&sim, SourceKind::Groups, &Focus::default()).await.1.is_err());
    }
    sim.heal();
    assert!(read_pages(&sim, SourceKind::Groups, &Focus::default()).await.1.is_ok());
}
