//! Suspended processes: each with its effect, and with what happens when it is resumed. Marks.

use super::support::*;
use crate::domain::{Call, FailureKind, Label, OperationId};
use crate::providers::sim::{Sim, Trouble};

async fn suspend(sim: &Sim, name: &str, processes: &[&str]) {
    let processes = processes.iter().map(Label::new).collect();
    call(sim, Call::Suspend { group: group_id(sim, name), processes }).await.unwrap();
}

async fn resume(sim: &Sim, name: &str, processes: &[&str]) {
    let processes = processes.iter().map(Label::new).collect();
    call(sim, Call::ResumeProcesses { group: group_id(sim, name), processes }).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_means_all_of_them() {
    let sim = sim("quiet");
    suspend(&sim, "web", &[]).await;
    let (group, _) = look(&sim, "web").await;
    assert_eq!(group.suspended.len(), 9);
    resume(&sim, "web", &["AZRebalance"]).await;
    assert_eq!(look(&sim, "web").await.0.suspended.len(), 8);
    resume(&sim, "web", &[]).await;
    assert!(look(&sim, "web").await.0.suspended.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_suspension_keeps_its_first_reason_and_unknown_words_are_refused() {
    let sim = sim("quiet");
    suspend(&sim, "web", &["Launch"]).await;
    let first = look(&sim, "web").await.0.suspended[0].clone();
    assert!(first.reason.starts_with("User suspended at 2026-11-20T09:"), "{first:?}");
    sim.advance(minutes(5));
    suspend(&sim, "web", &["Launch", "Terminate"]).await;
    let (group, _) = look(&sim, "web").await;
    assert_eq!((group.suspended.len(), group.suspended[0].clone()), (2, first));
    let unknown = |processes: Vec<Label>| Call::Suspend { group: group_id(&sim, "web"), processes };
    assert_refused(&sim, "web", vec![(unknown(vec!["AddToLoadBalancer".into(), "Lunch".into()]), FailureKind::Invalid, "Lunch")]).await;
}

#[tokio::test(start_paused = true)]
async fn alarms_no_longer_scale() {
    let sim =
        sim_of("[[event]]\nat = \"1m\"\nspike = { group = \"portal\", factor = 3.0, ramp = \"1m\", hold = \"60m\", fall = \"1m\" }\n");
    suspend(&sim, "portal", &["AlarmNotification"]).await;
    let before = look(&sim, "portal").await.0.desired;
    sim.advance(minutes(20));
    assert_eq!(look(&sim, "portal").await.0.desired, before);
    resume(&sim, "portal", &["AlarmNotification"]).await;
    sim.advance(minutes(5));
    assert!(look(&sim, "portal").await.0.desired > before, "the next look of the policy acts");
}

#[tokio::test(start_paused = true)]
async fn schedules_that_were_missed_are_skipped() {
    let sim = sim("quiet");
    suspend(&sim, "reports", &["ScheduledActions"]).await;
    sim.advance(minutes(16 * 60 + 5));
    assert_eq!(look(&sim, "reports").await.0.desired, Some(0));
    resume(&sim, "reports", &["ScheduledActions"]).await;
    sim.advance(minutes(30));
    assert_eq!(look(&sim, "reports").await.0.desired, Some(0), "not made up for");
    sim.advance(minutes(24 * 60));
    assert_eq!(look(&sim, "reports").await.0.desired, Some(4), "but done the next time");
}

#[tokio::test(start_paused = true)]
async fn without_launch_the_sick_still_go_and_the_group_runs_dry() {
    let sim = sim("quiet");
    suspend(&sim, "api", &["Launch"]).await;
    let desired = look(&sim, "api").await.0.desired.unwrap();
    sim.befall(SECONDS(0), Trouble::Sickness { group: "api".into(), count: 2 });
    sim.advance(minutes(8));
    let (group, _) = look(&sim, "api").await;
    assert!(group.desired.unwrap() >= desired && group.counted() + 2 <= group.desired.unwrap(), "{} of {desired}", group.counted());
    resume(&sim, "api", &["Launch"]).await;
    sim.advance(minutes(4));
    let (group, _) = look(&sim, "api").await;
    assert_eq!(Some(group.counted()), group.desired);
}

#[tokio::test(start_paused = true)]
async fn without_terminate_nobody_goes_until_it_is_resumed() {
    let sim = sim("quiet");
    suspend(&sim, "search", &["Terminate"]).await;
    set_desired(&sim, "search", 2).await.unwrap();
    sim.advance(minutes(5));
    let (group, _) = look(&sim, "search").await;
    assert_eq!((group.desired, group.in_service()), (Some(2), 4));
    resume(&sim, "search", &["Terminate"]).await;
    assert_eq!(look(&sim, "search").await.0.counted(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_health_checks_nobody_is_marked_and_afterwards_all_at_once() {
    let sim = sim("quiet");
    suspend(&sim, "api", &["HealthCheck"]).await;
    sim.befall(SECONDS(0), Trouble::Sickness { group: "api".into(), count: 2 });
    sim.advance(minutes(15));
    let (group, _) = look(&sim, "api").await;
    assert!(group.members.iter().all(|m| !m.health.is_bad()), "nobody is marked");
    assert_eq!(look(&sim, "api").await.1.unwrap().targets.unwrap().iter().filter(|t| t.state.is_bad()).count(), 2);
    resume(&sim, "api", &["HealthCheck"]).await;
    let (group, _) = look(&sim, "api").await;
    assert_eq!(group.members.iter().filter(|m| m.leaving()).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_launched_without_add_to_load_balancer_is_never_registered() {
    let sim = sim("quiet");
    suspend(&sim, "search", &["AddToLoadBalancer"]).await;
    set_desired(&sim, "search", 6).await.unwrap();
    sim.advance(minutes(4));
    assert_eq!(health(&sim, "search").await, (4, 4));
    resume(&sim, "search", &["AddToLoadBalancer"]).await;
    sim.advance(minutes(10));
    assert_eq!(health(&sim, "search").await, (4, 4), "not afterwards either");
    assert_eq!(look(&sim, "search").await.0.in_service(), 6);
    let serving = sim.with(|w| w.fleets[w.fleet_called("search").unwrap()].tally.serving);
    assert_eq!(serving, 4);
}

#[tokio::test(start_paused = true)]
async fn zones_are_balanced_again_unless_that_is_suspended() {
    for suspended in [false, true] {
        let sim = sim("quiet");
        if suspended {
            suspend(&sim, "search", &["AZRebalance"]).await;
        }
        set_desired(&sim, "search", 6).await.unwrap();
        sim.advance(minutes(4));
        let (group, _) = look(&sim, "search").await;
        let of_a: Vec<_> = group.members.iter().filter(|m| m.zone.ends_with('a')).map(|m| m.id.clone()).take(2).collect();
        call(&sim, Call::TerminateMembers { group: group.id.clone(), members: of_a }).await.unwrap();
        let mut most = 0;
        for _ in 0..60 {
            sim.advance(SECONDS(10));
            most = most.max(look(&sim, "search").await.0.counted());
        }
        let (group, _) = look(&sim, "search").await;
        let zones: Vec<u32> = group.by_zone().into_iter().map(|(_, n)| n).collect();
        assert_eq!(zones, if suspended { [1, 3] } else { [2, 2] });
        assert_eq!((group.counted(), most), (4, if suspended { 4 } else { 5 }), "one is launched before one goes");
    }
}

#[tokio::test(start_paused = true)]
async fn balancing_without_terminate_goes_beyond_the_maximum() {
    let sim = sim("quiet");
    let search = group_id(&sim, "search");
    suspend(&sim, "search", &["AZRebalance"]).await;
    set_desired(&sim, "search", 6).await.unwrap();
    sim.advance(minutes(4));
    let (group, _) = look(&sim, "search").await;
    let of_a: Vec<_> = group.members.iter().filter(|m| m.zone.ends_with('a')).map(|m| m.id.clone()).take(2).collect();
    call(&sim, Call::TerminateMembers { group: search.clone(), members: of_a }).await.unwrap();
    call(&sim, Call::SetBounds { group: search.clone(), min: 2, max: 4, desired: 4 }).await.unwrap();
    suspend(&sim, "search", &["Terminate"]).await;
    resume(&sim, "search", &["AZRebalance"]).await;
    sim.advance(minutes(10));
    let (group, _) = look(&sim, "search").await;
    assert_eq!((group.max, group.counted()), (Some(4), 5));
}

#[tokio::test(start_paused = true)]
async fn a_mark_is_a_tag_and_only_its_own_operation_takes_it_away() {
    let sim = sim("quiet");
    let (ours, theirs) = (OperationId("20261120-0900-0001".into()), OperationId("20261120-0800-0002".into()));
    let group = group_id(&sim, "portal");
    let mark = |operation: &OperationId, text: &str| Call::Mark { group: group.clone(), operation: operation.clone(), text: text.into() };
    let unmark = |operation: &OperationId| Call::Unmark { group: group.clone(), operation: operation.clone() };
    assert_eq!(look(&sim, "portal").await.0.mark(), None);
    call(&sim, mark(&ours, "freeze by ana@laptop since 2026-11-20 09:00 UTC")).await.unwrap();
    let read = look(&sim, "portal").await.0.mark().unwrap();
    assert_eq!((read.operation, &*read.text), (ours.clone(), "freeze by ana@laptop since 2026-11-20 09:00 UTC"));
    call(&sim, unmark(&theirs)).await.unwrap();
    assert!(look(&sim, "portal").await.0.mark().is_some());
    call(&sim, unmark(&ours)).await.unwrap();
    assert_eq!(look(&sim, "portal").await.0.mark(), None);
    let long = "x".repeat(250);
    assert_refused(&sim, "portal", vec![(mark(&ours, &long), FailureKind::Invalid, "less than or equal to 256")]).await;
}
