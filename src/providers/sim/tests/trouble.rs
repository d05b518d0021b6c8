//! What tests can put in: faults of calls, and what befalls the estate without a call.

use std::time::Duration;

use super::support::*;
use crate::domain::{AlarmState, Call, FailureKind};
use crate::providers::sim::{Fault, Moment, Sim, Spot, Trouble};

fn portal(sim: &Sim, desired: u32) -> Call {
    Call::SetDesired { group: group_id(sim, "portal"), desired, honor_cooldown: false }
}

#[tokio::test(start_paused = true)]
async fn a_call_can_arrive_twice_and_the_first_answer_is_seen() {
    let sim = sim("quiet");
    let one = in_service(&sim, "search")[0].clone();
    sim.inject(Fault::new(Spot::Call, FailureKind::Network).at(Moment::Twice));
    call(&sim, Call::TerminateMembers { group: group_id(&sim, "search"), members: vec![one] }).await.unwrap();
    assert_eq!(look(&sim, "search").await.0.desired, Some(3), "by id, the second one finds nothing to do");
    let marked = Call::Suspend { group: group_id(&sim, "search"), processes: vec!["Launch".into()] };
    sim.inject(Fault::new(Spot::CallNamed("autoscaling:SuspendProcesses"), FailureKind::Network).at(Moment::Twice));
    call(&sim, portal(&sim, 7)).await.unwrap();
    call(&sim, marked.clone()).await.unwrap();
    assert_eq!(sim.carried_out().iter().filter(|c| **c == marked).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_can_be_done_and_never_answered() {
    let sim = sim("quiet");
    sim.inject(Fault::new(Spot::Call, FailureKind::Network).at(Moment::DoneAndNever));
    let waited = tokio::time::timeout(minutes(10), call(&sim, portal(&sim, 8))).await;
    assert!(waited.is_err(), "it should still be waiting");
    assert_eq!(sim.carried_out(), [portal(&sim, 8)]);
}

#[tokio::test(start_paused = true)]
async fn launches_fail_as_often_as_told_and_then_work() {
    let sim = sim("quiet");
    sim.befall(Duration::ZERO, Trouble::FailedLaunches { group: "search".into(), count: 3 });
    set_desired(&sim, "search", 6).await.unwrap();
    sim.advance(SECONDS(8 * 15));
    let (group, _) = look(&sim, "search").await;
    let failed: Vec<_> = group.activities.iter().flatten().filter(|a| &*a.status.word == "Failed").collect();
    assert_eq!(failed.len(), 3);
    assert!(failed[0].message.as_ref().unwrap().contains("vCPU limit"), "{failed:?}");
    sim.advance(minutes(5));
    assert_eq!(health(&sim, "search").await, (6, 6));
}

#[tokio::test(start_paused = true)]
async fn members_can_come_up_and_never_turn_healthy() {
    let sim = sim("quiet");
    sim.befall(Duration::ZERO, Trouble::NeverHealthy { group: "portal".into(), count: 1 });
    let before = look(&sim, "portal").await.0.desired.unwrap();
    set_desired(&sim, "portal", before + 2).await.unwrap();
    sim.advance(minutes(4));
    assert_eq!(health(&sim, "portal").await, (before + 1, before + 2));
    assert_eq!(look(&sim, "portal").await.0.in_service(), before + 2, "the group itself believes in it");
}

#[tokio::test(start_paused = true)]
async fn a_zone_can_be_lost_and_others_interfere_at_their_time() {
    let sim = sim("quiet");
    sim.befall(minutes(1), Trouble::ZoneLost { zone: 'b', lasts: minutes(3) });
    sim.befall(minutes(2), Trouble::Resized { group: "api".into(), desired: 5 });
    sim.befall(minutes(2), Trouble::Suspended { group: "web".into(), process: "Launch".into() });
    sim.befall(minutes(2), Trouble::Alarm { name: "web-5xx".into(), lasts: minutes(5) });
    sim.advance(SECONDS(119));
    let (_, pool) = look(&sim, "portal").await;
    assert!(pool.unwrap().targets.unwrap().iter().any(|t| t.state.is_bad() && t.zone.as_deref() == Some("eu-central-1b")));
    assert_ne!(look(&sim, "api").await.0.desired, Some(5));
    sim.advance(SECONDS(2));
    let signals = async |name: &str| {
        let (group, pool) = look(&sim, name).await;
        operator(&sim).read_signals(&group, &pool.into_iter().collect::<Vec<_>>()).await.unwrap()
    };
    assert_eq!(look(&sim, "api").await.0.desired, Some(5));
    assert!(look(&sim, "web").await.0.is_suspended("Launch"));
    assert!(signals("web").await.alarms.iter().any(|a| &*a.name == "web-5xx" && a.state == AlarmState::Firing));
    assert!(signals("api").await.alarms.iter().all(|a| &*a.name != "web-5xx"), "another group's alarm");
    sim.advance(minutes(30));
    assert_eq!(Some(look(&sim, "portal").await.0.counted()), look(&sim, "portal").await.0.desired);
}

#[tokio::test(start_paused = true)]
async fn errors_show_in_the_signals_and_pass() {
    let sim = sim("quiet");
    let percent = async || {
        let (group, pool) = look(&sim, "portal").await;
        operator(&sim).read_signals(&group, &pool.into_iter().collect::<Vec<_>>()).await.unwrap().errors_percent.unwrap()
    };
    assert!(percent().await < 1.0);
    sim.befall(Duration::ZERO, Trouble::Errors { group: "portal".into(), percent: 20.0, lasts: minutes(4) });
    sim.advance(minutes(3));
    assert!((19.0..22.0).contains(&percent().await));
    sim.advance(minutes(10));
    assert!(percent().await < 1.0);
    let (group, _) = look(&sim, "worker").await;
    assert_eq!(operator(&sim).read_signals(&group, &[]).await.unwrap().errors_percent, None, "no balancer, nothing known");
}

#[tokio::test(start_paused = true)]
async fn lost_members_are_replaced_by_their_group() {
    let sim = sim("quiet");
    let before = in_service(&sim, "search");
    sim.befall(Duration::ZERO, Trouble::Loss { group: "search".into(), count: 1 });
    assert_eq!(lifecycle(&sim, "search", &before[0]).await, "Terminating");
    sim.advance(minutes(4));
    assert_eq!(health(&sim, "search").await, (4, 4));
    assert!(!in_service(&sim, "search").contains(&before[0]));
}

#[tokio::test(start_paused = true)]
async fn reads_can_lag_behind_calls() {
    let sim = sim("quiet");
    sim.lag_reads(SECONDS(20));
    let before = look(&sim, "search").await.0.desired;
    set_desired(&sim, "search", 6).await.unwrap();
    sim.advance(SECONDS(10));
    assert_eq!(look(&sim, "search").await.0.desired, before);
    assert_eq!(sim.truth(&group_id(&sim, "search")).unwrap().0.desired, Some(6));
    sim.advance(SECONDS(11));
    assert_eq!(look(&sim, "search").await.0.desired, Some(6));
}

#[tokio::test(start_paused = true)]
async fn a_fork_has_the_same_past_and_a_future_of_its_own() {
    let first = sim("quiet");
    first.advance(minutes(3));
    let (same, other) = (first.fork(1), first.fork(2));
    assert_eq!(first.wall(), other.wall());
    let ids = |sim: &Sim| in_service(sim, "web");
    assert_eq!(ids(&first), ids(&other));
    for sim in [&first, &same, &other] {
        set_desired(sim, "web", 20).await.unwrap();
    }
    for sim in [&first, &same, &other] {
        sim.advance(minutes(5));
    }
    assert_eq!(ids(&first), ids(&same), "the same seed goes the same way");
    assert_eq!(ids(&first).len(), ids(&other).len());
    assert_ne!(ids(&first), ids(&other));
    set_desired(&other, "web", 6).await.unwrap();
    assert_eq!(look(&first, "web").await.0.desired, Some(20));
}

#[tokio::test(start_paused = true)]
async fn a_hook_holds_members_that_leave() {
    let sim = sim("quiet");
    let one = in_service(&sim, "worker")[0].clone();
    let (group, _) = look(&sim, "worker").await;
    assert!(group.hooks.is_some_and(|h| h.len() == 1 && !h[0].launching));
    assert_eq!(look(&sim, "portal").await.0.hooks, Some(Vec::new()), "read, and there are none");
    call(&sim, Call::TerminateMembers { group: group_id(&sim, "worker"), members: vec![one.clone()] }).await.unwrap();
    sim.advance(SECONDS(30));
    assert_eq!(lifecycle(&sim, "worker", &one).await, "Terminating:Wait");
    assert!(look(&sim, "worker").await.0.open_activities().any(|a| &*a.status.word == "MidLifecycleAction"));
    sim.advance(SECONDS(105));
    assert_eq!(lifecycle(&sim, "worker", &one).await, "-");
}

#[tokio::test(start_paused = true)]
async fn every_read_of_the_operator_can_fail() {
    let sim = sim("quiet");
    let operator = operator(&sim);
    let (group, _) = look(&sim, "portal").await;
    let ids = sim.with(|w| (w.stores[0].id.clone(), w.bells[0].id.clone()));
    for spot in [Spot::ReadSignals, Spot::ReadDatabase, Spot::ReadAlarm] {
        sim.inject(Fault::new(spot, FailureKind::Throttled));
        let errors = [
            operator.read_signals(&group, &[]).await.err(),
            operator.read_database(&ids.0).await.err(),
            operator.read_alarm(&ids.1).await.err(),
        ];
        let struck: Vec<_> = errors.iter().flatten().map(|e| e.kind).collect();
        assert_eq!(struck, [FailureKind::Throttled], "{spot:?}");
    }
}

/// A week in a second or two: whatever is done and whatever befalls, nothing breaks and the counts stay true.
#[tokio::test(start_paused = true)]
async fn counts_stay_true_under_every_call_and_trouble() {
    use crate::domain::Registration;
    use crate::domain::plan::RefreshPreferences;
    let dice = crate::providers::sim::dice::Dice::new(7);
    for seed in 0..6 {
        let sim = Sim::new(crate::providers::sim::SimSettings { seed, ..settings("quiet") });
        let operator = operator(&sim);
        for n in 0..150 {
            let pick = |stream: u64, below: i64| dice.between((seed << 8) + stream, n, 0, below) as usize;
            let name = ["portal", "api", "worker", "search"][pick(1, 4)];
            let group = group_id(&sim, name);
            let members = in_service(&sim, name);
            let some: Vec<_> = members.iter().skip(pick(2, 3)).take(1 + pick(3, 2)).cloned().collect();
            let pool = sim.with(|w| w.fleets[w.fleet_called(name).unwrap()].pool.as_ref().map(|p| p.id.clone()));
            let targets = || some.iter().map(|m| Registration { member: m.clone(), port: None }).collect();
            let process: Vec<crate::domain::Label> =
                vec![["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AZRebalance"][pick(4, 5)].into()];
            let parked = sim.with(|w| {
                let fleet = &w.fleets[w.fleet_called(name).unwrap()];
                fleet.machines.values().filter(|m| m.phase == crate::providers::sim::fleet::Phase::Parked).map(|m| m.id.clone()).collect()
            });
            let call = match (pick(5, 15), pool) {
                (0, _) => Call::SetDesired { group, desired: pick(6, 14) as u32, honor_cooldown: false },
                (1, _) => Call::TerminateMembers { group, members: some },
                (2, _) => Call::EnterStandby { group, members: some, replace: pick(7, 2) == 0 },
                (3, _) => Call::ExitStandby { group, members: parked },
                (4, _) => Call::Protect { group, members: some, on: pick(8, 2) == 0 },
                (5, Some(pool)) => Call::Deregister { group, pool, targets: targets() },
                (6, Some(pool)) => Call::Register { group, pool, targets: targets() },
                (7, _) => Call::Suspend { group, processes: process },
                (8 | 9, _) => Call::ResumeProcesses { group, processes: Vec::new() },
                (10, _) => Call::StartRefresh {
                    group,
                    preferences: RefreshPreferences { max_healthy_percent: Some(120), min_healthy_percent: Some(90), ..Default::default() },
                },
                (11, _) => Call::CancelRefresh { group },
                (12, _) => match some.first() {
                    Some(member) => Call::Reboot { group, member: member.clone() },
                    None => continue,
                },
                (13, _) => {
                    sim.befall(Duration::ZERO, Trouble::Sickness { group: name.into(), count: 1 });
                    continue;
                }
                _ => {
                    sim.befall(SECONDS(5), Trouble::ZoneLost { zone: ['a', 'b'][pick(9, 2)], lasts: minutes(2) });
                    continue;
                }
            };
            let _ = operator.call(&call).await;
            sim.advance(Duration::from_secs(dice.between((seed << 8) + 10, n, 1, 120) as u64));
            sim.with(|w| {
                for fleet in &mut w.fleets {
                    let kept = fleet.tally;
                    fleet.recount(w.now);
                    assert_eq!(kept, fleet.tally, "{}: the running counts drifted after {call:?}", fleet.name);
                    assert!(fleet.desired >= fleet.min && fleet.desired <= fleet.max, "{}: {call:?}", fleet.name);
                }
            });
        }
        for name in ["portal", "api", "worker", "search"] {
            operator.call(&Call::ResumeProcesses { group: group_id(&sim, name), processes: Vec::new() }).await.unwrap();
            let protected: Vec<_> =
                look(&sim, name).await.0.members.iter().filter(|m| m.protected && m.in_service()).map(|m| m.id.clone()).collect();
            if !protected.is_empty() {
                operator.call(&Call::Protect { group: group_id(&sim, name), members: protected, on: false }).await.unwrap();
            }
        }
        sim.advance(minutes(240));
        for name in ["portal", "api", "worker", "search"] {
            let (group, _) = look(&sim, name).await;
            assert_eq!(Some(group.counted()), group.desired, "{name}, seed {seed}: left alone, it gets where it was sent");
        }
    }
}
