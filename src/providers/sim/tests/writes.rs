//! Calls: what is accepted, what is refused and in whose words, and that a lost answer is really lost.

use super::support::*;
use crate::domain::{Call, FailureKind, GroupKind, Kind, ResourceId, SourceKind};
use crate::providers::sim::{Fault, Moment, Spot};
use crate::providers::{Access, Provider, WritePermit};

#[tokio::test(start_paused = true)]
async fn scaling_up_and_down_is_carried_out_and_explained() {
    let sim = sim("quiet");
    let before = look(&sim, "search").await.0.desired.unwrap();
    set_desired(&sim, "search", before + 2).await.unwrap();
    let (group, _) = look(&sim, "search").await;
    assert_eq!((group.desired, group.counted(), group.in_service()), (Some(before + 2), before + 2, before));
    assert_eq!(group.open_activities().count(), 2);
    let cause = group.activities.unwrap()[0].cause.clone();
    assert!(cause.contains("a user request explicitly set group desired capacity changing the desired capacity from 4 to 6"), "{cause}");
    assert!(cause.contains("an instance was started in response to a difference between desired and actual capacity"), "{cause}");
    sim.advance(minutes(5));
    assert_eq!(health(&sim, "search").await, (before + 2, before + 2));

    set_desired(&sim, "search", before).await.unwrap();
    let (group, pool) = look(&sim, "search").await;
    assert_eq!(group.counted(), before);
    assert_eq!(pool.unwrap().draining(), 2, "they drain first");
    assert!(group.open_activities().all(|a| &*a.status.word == "WaitingForELBConnectionDraining"));
    sim.advance(SECONDS(59));
    assert_eq!(look(&sim, "search").await.1.unwrap().draining(), 2);
    sim.advance(SECONDS(60));
    let (group, pool) = look(&sim, "search").await;
    assert_eq!((group.members.len() as u32, pool.unwrap().draining()), (before, 0));
    assert_eq!(group.open_activities().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn scale_in_keeps_zones_balanced() {
    let sim = sim("quiet");
    set_desired(&sim, "web", 18).await.unwrap();
    sim.advance(minutes(4));
    set_desired(&sim, "web", 9).await.unwrap();
    let (group, _) = look(&sim, "web").await;
    let zones: Vec<u32> = group.by_zone().into_iter().map(|(_, n)| n).collect();
    assert_eq!(zones, [3, 3, 3]);
}

#[tokio::test(start_paused = true)]
async fn bounds_are_checked_and_refusals_change_nothing() {
    let sim = sim("quiet");
    let portal = group_id(&sim, "portal");
    let (before, _) = look(&sim, "portal").await;
    let bounds = |min, max, desired| Call::SetBounds { group: portal.clone(), min, max, desired };
    let desired = |group: &ResourceId, desired| Call::SetDesired { group: group.clone(), desired, honor_cooldown: false };
    let nobody = ResourceId::new(sim.scope(), Kind::Group, "nobody");
    let stranger = ResourceId::new(sim.scope(), Kind::Member, "i-00000000000000000");
    for (call, kind, says) in [
        (desired(&portal, 13), FailureKind::Invalid, "value 13 is above max value 12"),
        (desired(&portal, 1), FailureKind::Invalid, "value 1 is below min value 2"),
        (bounds(5, 3, 4), FailureKind::Invalid, "Max bound, 3, must be greater than or equal to min bound, 5"),
        (bounds(2, 12, 14), FailureKind::Invalid, "Desired capacity:14 must be between the specified min size:2 and max size:12"),
        (desired(&nobody, 3), FailureKind::NotFound, "AutoScalingGroup name not found - nobody"),
        (Call::TerminateMembers { group: portal.clone(), members: vec![stranger] }, FailureKind::Invalid, "No managed instance found"),
        (Call::TerminateMembers { group: portal.clone(), members: Vec::new() }, FailureKind::Invalid, "1 to 100 members, not 0"),
    ] {
        let error = operator(&sim).call(&call).await.unwrap_err();
        assert_eq!(error.kind, kind, "{call:?}: {error}");
        assert!(error.message.contains(says), "{call:?}: {error}");
        assert!(!error.maybe_done, "a refusal is certain");
    }
    let (after, _) = look(&sim, "portal").await;
    assert_eq!((before.desired, before.min, before.max, before.members.len()), (after.desired, after.min, after.max, after.members.len()));
}

#[tokio::test(start_paused = true)]
async fn bounds_and_desired_move_in_one_call() {
    let sim = sim("quiet");
    let portal = group_id(&sim, "portal");
    operator(&sim).call(&Call::SetBounds { group: portal, min: 4, max: 20, desired: 14 }).await.unwrap();
    let (group, _) = look(&sim, "portal").await;
    assert_eq!((group.min, group.max, group.desired, group.counted()), (Some(4), Some(20), Some(14), 14));
}

#[tokio::test(start_paused = true)]
async fn honouring_the_cooldown_is_refused_with_the_activity_that_blocks() {
    let sim = sim("quiet");
    let search = group_id(&sim, "search");
    let call = |desired, honor_cooldown| Call::SetDesired { group: search.clone(), desired, honor_cooldown };
    operator(&sim).call(&call(5, true)).await.expect("nothing is under way yet");
    let error = operator(&sim).call(&call(6, true)).await.unwrap_err();
    let (group, _) = look(&sim, "search").await;
    let open = group.open_activities().next().unwrap().id.clone();
    assert_eq!(error.kind, FailureKind::Conflict);
    assert!(error.message.contains("ScalingActivityInProgress") && error.message.contains(&*open), "{error}");
    assert_eq!(group.desired, Some(5));
    // The activity ends, its cooldown still holds.
    sim.advance(minutes(2));
    assert!(operator(&sim).call(&call(6, true)).await.is_err());
    operator(&sim).call(&call(6, false)).await.expect("without it a person is not held back");
    sim.advance(minutes(8));
    operator(&sim).call(&call(5, true)).await.expect("the cooldown is over");
}

#[tokio::test(start_paused = true)]
async fn victims_by_id_are_exactly_those_and_desired_shrinks_with_them() {
    let sim = sim("quiet");
    set_desired(&sim, "api", 8).await.unwrap();
    sim.advance(minutes(5));
    let (group, _) = look(&sim, "api").await;
    let chosen: Vec<_> = group.members.iter().filter(|m| m.in_service()).skip(2).take(3).map(|m| m.id.clone()).collect();
    let call = Call::TerminateMembers { group: group.id.clone(), members: chosen.clone() };
    operator(&sim).call(&call).await.unwrap();
    let (after, _) = look(&sim, "api").await;
    assert_eq!(after.desired, Some(5));
    let leaving: Vec<_> = after.members.iter().filter(|m| m.leaving()).map(|m| m.id.clone()).collect();
    assert_eq!(leaving.len(), 3);
    assert!(chosen.iter().all(|c| leaving.contains(c)));
    // Sent once more after a lost answer, it must not take anybody else.
    let again = operator(&sim).call(&call).await.unwrap_err();
    assert_eq!(again.kind, FailureKind::Invalid);
    sim.advance(minutes(10));
    let (end, _) = look(&sim, "api").await;
    assert!(end.members.iter().all(|m| !chosen.contains(&m.id)));
    assert_eq!(end.counted(), end.desired.unwrap(), "nobody was replaced");
}

#[tokio::test(start_paused = true)]
async fn victims_may_not_break_the_minimum() {
    let sim = sim("quiet");
    let (group, _) = look(&sim, "search").await;
    let members: Vec<_> = group.members.iter().map(|m| m.id.clone()).collect();
    let error = operator(&sim).call(&Call::TerminateMembers { group: group.id, members }).await.unwrap_err();
    assert!(error.message.contains("will violate group's min size constraint"), "{error}");
    assert_eq!(look(&sim, "search").await.0.counted(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_suspended_launch_leaves_the_group_short() {
    let sim = sim_of("[[event]]\nat = \"-1m\"\nsuspend = { group = \"search\", processes = [\"Launch\"] }\n");
    set_desired(&sim, "search", 6).await.unwrap();
    sim.advance(minutes(10));
    let (group, _) = look(&sim, "search").await;
    assert_eq!((group.desired, group.counted()), (Some(6), 4));
}

#[tokio::test(start_paused = true)]
async fn a_fault_before_the_call_does_nothing_and_one_after_it_loses_the_answer() {
    let sim = sim("quiet");
    sim.inject(Fault::new(Spot::Call, FailureKind::Throttled));
    let error = set_desired(&sim, "search", 6).await.unwrap_err();
    assert!(!error.maybe_done, "{error}");
    assert_eq!(look(&sim, "search").await.0.desired, Some(4));

    sim.inject(Fault::new(Spot::Call, FailureKind::Timeout).at(Moment::After));
    let error = set_desired(&sim, "search", 6).await.unwrap_err();
    assert!(error.maybe_done, "{error}");
    assert_eq!(look(&sim, "search").await.0.desired, Some(6), "it was done all the same");
    set_desired(&sim, "search", 5).await.expect("each fault struck once");
}

#[tokio::test(start_paused = true)]
async fn there_is_no_operator_for_a_permit_of_elsewhere() {
    let sim = sim("quiet");
    let mut identity = sim.with(|w| w.convert_identity());
    assert!(WritePermit::grant(Access::ReadOnly, &identity).is_none());
    identity.scope = crate::domain::Scope::new("aws", "other", "eu-central-1");
    let permit = WritePermit::grant(Access::ReadWrite, &identity).unwrap();
    assert!(sim.operator(&permit).is_none());
}

#[tokio::test(start_paused = true)]
async fn single_servers_are_in_no_group() {
    let sim = sim("quiet");
    let alone: Vec<String> = read(&sim, SourceKind::Instances)
        .await
        .into_iter()
        .filter_map(|r| match r {
            crate::domain::Observation::Instance(i) if i.group.is_none() => i.name.map(|n| n.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(alone, ["hardware", "jumpbox"]);
    assert_eq!(look(&sim, "portal").await.0.kind, GroupKind::AutoScalingGroup);
}
