//! Each scenario shows what its name promises, at the start and where it ends.

use crate::domain::{AlarmState, ChangeKind, FailureKind, Observation, SourceKind};

use super::support::*;
use crate::domain::Focus;
use crate::providers::sim::{Sim, SimSettings};

async fn firing(sim: &Sim) -> Vec<String> {
    read(sim, SourceKind::Alarms)
        .await
        .into_iter()
        .filter_map(|row| match row {
            Observation::Alarm(a) if a.state == AlarmState::Firing && !a.drives_scaling => Some(a.name.to_string()),
            _ => None,
        })
        .collect()
}

async fn changes(sim: &Sim, kind: ChangeKind) -> Vec<String> {
    let source = if kind == ChangeKind::Alarm { SourceKind::Alarms } else { SourceKind::Events };
    read(sim, source)
        .await
        .into_iter()
        .filter_map(|row| match row {
            Observation::Change(c) if c.kind == kind => Some(c.title.to_string()),
            _ => None,
        })
        .collect()
}

const BALANCED: [&str; 4] = ["portal", "web", "api", "search"];

#[tokio::test(start_paused = true)]
async fn quiet_is_quiet_at_the_start_and_an_hour_on() {
    let sim = sim("quiet");
    for _ in 0..4 {
        for name in BALANCED {
            let (group, pool) = look(&sim, name).await;
            assert!(group.desired.unwrap() > 0);
            let bad: Vec<_> = pool.unwrap().targets.unwrap().into_iter().filter(|t| t.state.is_bad()).collect();
            assert!(bad.is_empty(), "{name}: {bad:?}");
        }
        assert_eq!(firing(&sim).await, Vec::<String>::new());
        sim.advance(minutes(20));
    }
}

#[tokio::test(start_paused = true)]
async fn quiet_has_releases_that_wait_to_be_rolled_out() {
    let sim = sim("quiet");
    for (name, runs, waits) in [("portal", "v41", "v42"), ("search", "4.1.7", "4.1.8")] {
        let (group, _) = look(&sim, name).await;
        let versions: Vec<String> = group.versions().into_iter().map(|(v, _)| v.to_string()).collect();
        assert_eq!((versions, group.version_wanted.as_deref()), (vec![runs.to_owned()], Some(waits)), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn bad_deploy_opens_with_two_of_six_answering_503_for_some_minutes() {
    let sim = sim("bad-deploy");
    let (group, pool) = look(&sim, "portal").await;
    assert_eq!((group.desired, group.min, group.max), (Some(6), Some(2), Some(12)));
    assert_eq!(health(&sim, "portal").await, (4, 6));
    let reasons: Vec<_> =
        pool.unwrap().targets.unwrap().into_iter().filter(|t| t.state.is_bad()).map(|t| t.reason.unwrap().to_string()).collect();
    assert_eq!(reasons, ["health check returns 503", "health check returns 503"]);
    let mut versions: Vec<_> = group.versions().into_iter().map(|(v, n)| (v.to_string(), n)).collect();
    versions.sort();
    assert_eq!(versions, [("v41".to_owned(), 3), ("v42".to_owned(), 3)]);
    assert_eq!(group.version_wanted.as_deref(), Some("v41"));
    assert!(group.is_suspended("AlarmNotification"));
    let alarms = firing(&sim).await;
    for name in ["portal-5xx", "portal-unhealthy-hosts", "hardware-mysql-connections"] {
        assert!(alarms.iter().any(|a| a == name), "{name} does not fire: {alarms:?}");
    }
    let deploys = changes(&sim, ChangeKind::Deploy).await;
    assert!(deploys.iter().any(|t| t == "portal v41 → v42"), "{deploys:?}");
    assert_eq!(changes(&sim, ChangeKind::Target).await.len(), 2);
    // The rest of the estate is well.
    for name in ["web", "api", "search"] {
        let (good, all) = health(&sim, name).await;
        assert_eq!(good, all, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_story_opens_as_told_whatever_the_dice_say() {
    for seed in 0..40 {
        let open = |name: &str| Sim::new(SimSettings { seed, ..settings(name) });
        let sim = open("bad-deploy");
        assert_eq!(health(&sim, "portal").await, (4, 6), "bad-deploy, seed {seed}");
        let alarms = firing(&sim).await;
        assert!(alarms.iter().any(|a| a == "portal-5xx"), "bad-deploy, seed {seed}: {alarms:?}");
        let (good, all) = health(&open("zone-outage"), "portal").await;
        assert_eq!((good * 2, all), (6, 6), "zone-outage, seed {seed}");
        for name in ["quiet", "db-failover", "traffic-spike"] {
            let (good, all) = health(&open(name), "portal").await;
            assert!(good == all && good >= 5, "{name}, seed {seed}: {good} of {all}");
        }
        assert_eq!(firing(&open("quiet")).await, Vec::<String>::new(), "quiet, seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn bad_deploy_can_be_rescued_by_adding_members_and_taking_the_bad_ones_out() {
    let sim = sim("bad-deploy");
    set_desired(&sim, "portal", 8).await.unwrap();
    sim.advance(minutes(6));
    assert_eq!(health(&sim, "portal").await, (6, 8), "the two new ones run the good version");
    let (group, pool) = look(&sim, "portal").await;
    let bad = pool.unwrap().targets.unwrap().into_iter().filter(|t| t.state.is_bad()).map(|t| t.member).collect();
    operator(&sim).call(&crate::domain::Call::TerminateMembers { group: group.id, members: bad }).await.unwrap();
    sim.advance(minutes(10));
    assert_eq!(health(&sim, "portal").await, (6, 6));
    let alarms = firing(&sim).await;
    assert!(!alarms.iter().any(|a| a == "portal-unhealthy-hosts"), "{alarms:?}");
    assert!(!alarms.iter().any(|a| a == "hardware-mysql-connections"), "{alarms:?}");
}

#[tokio::test(start_paused = true)]
async fn zone_outage_cuts_one_zone_off_replaces_elsewhere_and_ends() {
    let sim = sim("zone-outage");
    let (_, pool) = look(&sim, "portal").await;
    let targets = pool.unwrap().targets.unwrap();
    for target in &targets {
        assert_eq!(target.state.is_bad(), target.zone.as_deref() == Some("eu-central-1b"), "{target:?}");
    }
    assert!(targets.iter().any(|t| t.reason.as_deref() == Some("health check times out")));
    sim.advance(minutes(12));
    let (group, _) = look(&sim, "portal").await;
    let elsewhere = group.members.iter().filter(|m| m.in_service() && &*m.zone == "eu-central-1a").count();
    assert!(elsewhere >= 6, "lost members were replaced in the zone that works, there are {elsewhere}");
    assert!(changes(&sim, ChangeKind::Member).await.iter().any(|t| t.contains("launch failed in eu-central-1b")));
    let mut failures = Vec::new();
    for name in BALANCED {
        let activities = look(&sim, name).await.0.activities.unwrap();
        failures.extend(activities.into_iter().filter(|a| &*a.status.word == "Failed").filter_map(|a| a.message));
    }
    assert!(failures.iter().any(|m| m.contains("do not have sufficient")), "{failures:?}");
    sim.advance(minutes(30));
    for name in BALANCED {
        let (group, pool) = look(&sim, name).await;
        assert_eq!(group.counted(), group.desired.unwrap(), "{name}");
        assert!(pool.unwrap().targets.unwrap().iter().all(|t| !t.state.is_bad()), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn db_failover_takes_the_database_away_and_brings_its_standby() {
    let sim = sim("db-failover");
    let mysql = |rows: Vec<Observation>| {
        rows.into_iter()
            .find_map(|r| match r {
                Observation::Database(d) if &*d.name == "hardware-mysql" => Some(d),
                _ => None,
            })
            .unwrap()
    };
    let probe = |rows: Vec<Observation>| match &rows[..] {
        [Observation::Probe { probe, .. }] => probe.status.clone(),
        other => panic!("one probe, not {other:?}"),
    };
    let before = mysql(read(&sim, SourceKind::Databases).await);
    assert!(before.status.is_moving(), "{:?}", before.status);
    assert!(probe(read(&sim, SourceKind::Probes).await).is_bad());
    sim.advance(minutes(2));
    let after = mysql(read(&sim, SourceKind::Databases).await);
    assert!(after.status.is_good());
    assert_ne!(before.zone, after.zone, "the standby is in the other zone");
    assert!(probe(read(&sim, SourceKind::Probes).await).is_good());
    let told = changes(&sim, ChangeKind::Database).await;
    for words in ["unreachable", "failover started", "DB instance restarted", "failover completed"] {
        assert!(told.iter().any(|t| t.contains(words)), "{words}: {told:?}");
    }
    assert!(changes(&sim, ChangeKind::Alarm).await.iter().any(|t| t.starts_with("portal-5xx: ")), "the portal felt it");
    sim.advance(minutes(20));
    assert_eq!(firing(&sim).await, Vec::<String>::new(), "and it is over");
}

#[tokio::test(start_paused = true)]
async fn traffic_spike_scales_out_by_policy_throttles_and_comes_back() {
    let sim = sim("traffic-spike");
    assert_eq!(look(&sim, "portal").await.0.desired, Some(6));
    sim.advance(SECONDS(100));
    let (_, end) = read_pages(&sim, SourceKind::Pools, &Focus::default()).await;
    let error = end.unwrap_err();
    assert_eq!(error.kind, FailureKind::Throttled);
    assert!(error.retry_after.is_some());
    sim.advance(minutes(5));
    let (group, _) = look(&sim, "portal").await;
    assert!(group.desired.unwrap() > 8, "the policy reacted: {:?}", group.desired);
    assert!(group.desired <= group.max);
    let caused = group.activities.unwrap();
    assert!(caused.iter().any(|a| a.cause.contains("TargetTracking-portal-AlarmHigh in state ALARM triggered policy portal-requests")));
    assert!(changes(&sim, ChangeKind::Alarm).await.iter().any(|t| t.starts_with("portal-p95: ")));
    sim.advance(minutes(6));
    assert!(read_pages(&sim, SourceKind::Pools, &Focus::default()).await.1.is_ok(), "the throttling is over");
    let (good, all) = health(&sim, "portal").await;
    assert_eq!(good, all);
    sim.advance(minutes(120));
    assert!(look(&sim, "portal").await.0.desired.unwrap() <= 8, "it came back in");
}
