//! Members by id: standby, protection, replacement, reboot, and their place at the balancer.

use super::support::*;
use crate::domain::{Call, FailureKind, Kind, Registration, ResourceId};
use crate::providers::sim::Sim;

fn standby(sim: &Sim, name: &str, members: &[ResourceId], replace: bool) -> Call {
    Call::EnterStandby { group: group_id(sim, name), members: members.to_vec(), replace }
}

fn protect(sim: &Sim, name: &str, members: &[ResourceId], on: bool) -> Call {
    Call::Protect { group: group_id(sim, name), members: members.to_vec(), on }
}

fn at_balancer(targets: &[ResourceId]) -> Vec<Registration> {
    targets.iter().map(|m| Registration { member: m.clone(), port: None }).collect()
}

#[tokio::test(start_paused = true)]
async fn standby_drains_first_shrinks_desired_and_comes_back() {
    let sim = sim("quiet");
    let one = in_service(&sim, "search")[1].clone();
    call(&sim, standby(&sim, "search", std::slice::from_ref(&one), false)).await.unwrap();
    assert_eq!(
        (lifecycle(&sim, "search", &one).await.as_str(), target(&sim, "search", &one).await.as_str()),
        ("EnteringStandby", "draining")
    );
    let (group, _) = look(&sim, "search").await;
    assert_eq!((group.desired, group.counted()), (Some(3), 3));
    sim.advance(SECONDS(70));
    assert_eq!((lifecycle(&sim, "search", &one).await.as_str(), target(&sim, "search", &one).await.as_str()), ("Standby", "-"));
    sim.advance(minutes(30));
    assert_eq!(lifecycle(&sim, "search", &one).await, "Standby", "parked is unchecked");
    call(&sim, Call::ExitStandby { group: group_id(&sim, "search"), members: vec![one.clone()] }).await.unwrap();
    let (group, _) = look(&sim, "search").await;
    assert_eq!(group.desired, Some(4));
    sim.advance(minutes(2));
    assert_eq!((lifecycle(&sim, "search", &one).await.as_str(), target(&sim, "search", &one).await.as_str()), ("InService", "healthy"));
    assert_eq!(health(&sim, "search").await, (4, 4));
}

#[tokio::test(start_paused = true)]
async fn standby_with_a_replacement_keeps_the_count_and_its_exit_makes_one_more() {
    let sim = sim("quiet");
    let one = in_service(&sim, "search")[0].clone();
    call(&sim, standby(&sim, "search", std::slice::from_ref(&one), true)).await.unwrap();
    sim.advance(minutes(4));
    let (group, _) = look(&sim, "search").await;
    assert_eq!((group.desired, group.in_service(), group.members.len()), (Some(4), 4, 5));
    call(&sim, Call::ExitStandby { group: group_id(&sim, "search"), members: vec![one] }).await.unwrap();
    sim.advance(minutes(2));
    let (group, _) = look(&sim, "search").await;
    assert_eq!((group.desired, group.in_service()), (Some(5), 5), "desired grew: nobody is terminated for it");
}

#[tokio::test(start_paused = true)]
async fn refusals_about_members_come_in_the_words_of_the_service() {
    let sim = sim("quiet");
    let all = in_service(&sim, "search");
    let search = group_id(&sim, "search");
    let stranger = ResourceId::new(crate::providers::Provider::scope(&sim), Kind::Member, "i-00000000000000000");
    let many: Vec<ResourceId> = std::iter::repeat_n(stranger.clone(), 51).collect();
    let exit = |members: &[ResourceId]| Call::ExitStandby { group: search.clone(), members: members.to_vec() };
    assert_refused(
        &sim,
        "search",
        vec![
            (
                standby(&sim, "search", &all[..3], false),
                FailureKind::Invalid,
                "AutoScalingGroup search has min-size=2, max-size=8, and desired-size=4",
            ),
            (standby(&sim, "search", std::slice::from_ref(&stranger), false), FailureKind::Invalid, "No managed instance found"),
            (standby(&sim, "search", &[], false), FailureKind::Invalid, "1 to 20 members, not 0"),
            (standby(&sim, "search", &many[..21], true), FailureKind::Invalid, "1 to 20 members, not 21"),
            (exit(&all[..1]), FailureKind::Invalid, "is not in Standby"),
            (protect(&sim, "search", std::slice::from_ref(&stranger), true), FailureKind::Invalid, "No managed instance found"),
            (protect(&sim, "search", &many, true), FailureKind::Invalid, "1 to 50 members, not 51"),
            (Call::ReplaceMember { group: search.clone(), member: stranger.clone() }, FailureKind::Invalid, "No managed instance found"),
            (Call::Reboot { group: search.clone(), member: stranger.clone() }, FailureKind::NotFound, "InvalidInstanceID.NotFound"),
        ],
    )
    .await;

    call(&sim, standby(&sim, "search", &all[..1], true)).await.unwrap();
    sim.advance(minutes(4));
    let bounds = |min, max, desired| Call::SetBounds { group: search.clone(), min, max, desired };
    call(&sim, bounds(2, 4, 4)).await.unwrap();
    assert_refused(
        &sim,
        "search",
        vec![
            (exit(&all[..1]), FailureKind::Invalid, "max-size=4, and desired-size=4. To exit standby 1"),
            (standby(&sim, "search", &all[..1], true), FailureKind::Invalid, "is not in InService"),
        ],
    )
    .await;
    call(&sim, bounds(2, 8, 4)).await.unwrap();
    call(&sim, Call::Suspend { group: search.clone(), processes: vec!["Launch".into()] }).await.unwrap();
    assert_refused(&sim, "search", vec![(exit(&all[..1]), FailureKind::Invalid, "The Launch process is suspended")]).await;
}

#[tokio::test(start_paused = true)]
async fn scale_in_honours_protection_and_says_so_when_nothing_else_is_left() {
    let sim = sim("quiet");
    let all = in_service(&sim, "search");
    call(&sim, protect(&sim, "search", &all[..3], true)).await.unwrap();
    let (group, _) = look(&sim, "search").await;
    assert_eq!(group.members.iter().filter(|m| m.protected).count(), 3);
    set_desired(&sim, "search", 2).await.unwrap();
    sim.advance(minutes(3));
    let (group, _) = look(&sim, "search").await;
    assert_eq!((group.desired, group.in_service()), (Some(2), 3), "the one that was free went, the others stay");
    let said = |group: &crate::domain::Group| {
        let words = "Could not scale to desired capacity because all remaining instances are protected from scale-in.";
        group.activities.iter().flatten().filter(|a| &*a.description == words && &*a.status.word == "Cancelled").count()
    };
    assert_eq!(said(&group), 1, "once, not every minute");
    sim.advance(minutes(20));
    assert_eq!(said(&look(&sim, "search").await.0), 1);
    // By id it goes all the same.
    call(&sim, Call::ReplaceMember { group: group_id(&sim, "search"), member: all[0].clone() }).await.unwrap();
    assert_eq!(lifecycle(&sim, "search", &all[0]).await, "Terminating");
    call(&sim, protect(&sim, "search", &all[1..3], false)).await.unwrap();
    sim.advance(minutes(3));
    let (group, _) = look(&sim, "search").await;
    assert_eq!((group.counted(), group.desired), (2, Some(2)), "free again, they may go");
}

#[tokio::test(start_paused = true)]
async fn a_replaced_member_is_followed_by_another() {
    let sim = sim("quiet");
    let one = in_service(&sim, "api")[0].clone();
    let before = look(&sim, "api").await.0.desired;
    call(&sim, Call::ReplaceMember { group: group_id(&sim, "api"), member: one.clone() }).await.unwrap();
    let (group, _) = look(&sim, "api").await;
    assert_eq!((group.desired, Some(group.counted())), (before, before), "desired stays and another is on its way");
    sim.advance(minutes(6));
    let (group, pool) = look(&sim, "api").await;
    assert!(group.members.iter().all(|m| m.id != one) && Some(group.in_service()) == before);
    let (good, all) = pool.unwrap().health().unwrap();
    assert_eq!((good, Some(all)), (all, before));
}

#[tokio::test(start_paused = true)]
async fn a_deregistered_member_drains_and_is_gone_from_the_pool_until_it_is_registered_again() {
    // The portal does not watch its balancer: nobody replaces the member.
    let sim = sim("quiet");
    let one = in_service(&sim, "portal")[0].clone();
    let pool = look(&sim, "portal").await.0.pools[0].clone();
    let out = Call::Deregister { group: group_id(&sim, "portal"), pool: pool.clone(), targets: at_balancer(std::slice::from_ref(&one)) };
    call(&sim, out.clone()).await.unwrap();
    assert_eq!(target(&sim, "portal", &one).await, "draining");
    call(&sim, out).await.expect("a target that is none any more is no error");
    sim.advance(SECONDS(59));
    assert_eq!(target(&sim, "portal", &one).await, "draining", "for the whole delay, and no longer for being asked twice");
    sim.advance(SECONDS(2));
    assert_eq!(target(&sim, "portal", &one).await, "-");
    let serving = |sim: &Sim| sim.with(|w| (w.fleets[0].tally.serving, w.fleets[0].tally.in_service));
    let (serves, runs) = serving(&sim);
    assert_eq!(serves + 1, runs, "it runs, and nobody sends it anything");
    sim.advance(minutes(15));
    assert_eq!(lifecycle(&sim, "portal", &one).await, "InService");
    call(&sim, Call::Register { group: group_id(&sim, "portal"), pool: pool.clone(), targets: at_balancer(std::slice::from_ref(&one)) })
        .await
        .unwrap();
    assert_eq!(target(&sim, "portal", &one).await, "initial");
    sim.advance(minutes(1));
    assert_eq!(target(&sim, "portal", &one).await, "healthy");
    // Terminated while it drains, it need not drain from the beginning.
    call(&sim, Call::Deregister { group: group_id(&sim, "portal"), pool, targets: at_balancer(std::slice::from_ref(&one)) }).await.unwrap();
    sim.advance(SECONDS(50));
    call(&sim, Call::TerminateMembers { group: group_id(&sim, "portal"), members: vec![one.clone()] }).await.unwrap();
    sim.advance(SECONDS(52));
    assert_eq!(lifecycle(&sim, "portal", &one).await, "-");
}

#[tokio::test(start_paused = true)]
async fn a_group_that_watches_its_balancer_replaces_what_was_deregistered_unless_told_not_to() {
    for suspended in [false, true] {
        let sim = sim("quiet");
        let api = group_id(&sim, "api");
        if suspended {
            call(&sim, Call::Suspend { group: api.clone(), processes: vec!["ReplaceUnhealthy".into()] }).await.unwrap();
        }
        let one = in_service(&sim, "api")[0].clone();
        let pool = look(&sim, "api").await.0.pools[0].clone();
        call(&sim, Call::Deregister { group: api.clone(), pool, targets: at_balancer(std::slice::from_ref(&one)) }).await.unwrap();
        sim.advance(minutes(6));
        assert_eq!(lifecycle(&sim, "api", &one).await == "InService", suspended);
        if suspended {
            let (group, _) = look(&sim, "api").await;
            assert!(group.members.iter().any(|m| m.id == one && m.health.is_bad()), "marked, and left");
            call(&sim, Call::ResumeProcesses { group: api, processes: vec!["ReplaceUnhealthy".into()] }).await.unwrap();
            assert_eq!(lifecycle(&sim, "api", &one).await, "Terminating", "made up for at once");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn strangers_and_strange_ports_are_no_targets() {
    let sim = sim("quiet");
    let portal = group_id(&sim, "portal");
    let pool = look(&sim, "portal").await.0.pools[0].clone();
    let nowhere = ResourceId::new(crate::providers::Provider::scope(&sim), Kind::Pool, "arn:none");
    let stranger = in_service(&sim, "api")[0].clone();
    let own = in_service(&sim, "portal")[0].clone();
    let register = |pool: &ResourceId, member: &ResourceId, port| Call::Register {
        group: portal.clone(),
        pool: pool.clone(),
        targets: vec![Registration { member: member.clone(), port }],
    };
    assert_refused(
        &sim,
        "portal",
        vec![
            (register(&nowhere, &own, None), FailureKind::NotFound, "TargetGroupNotFound"),
            (register(&pool, &stranger, None), FailureKind::Invalid, "InvalidTarget"),
            (register(&pool, &own, Some(9)), FailureKind::Invalid, "InvalidTarget"),
        ],
    )
    .await;
    let other_port = vec![Registration { member: own.clone(), port: Some(9) }];
    call(&sim, Call::Deregister { group: portal, pool, targets: other_port }).await.unwrap();
    assert_eq!(target(&sim, "portal", &own).await, "healthy", "on that port it was not registered");
}

#[tokio::test(start_paused = true)]
async fn a_reboot_fails_its_checks_for_a_while_and_the_balancer_sees_it() {
    let sim = sim("quiet");
    let one = in_service(&sim, "portal")[0].clone();
    call(&sim, Call::Reboot { group: group_id(&sim, "portal"), member: one.clone() }).await.unwrap();
    let checks = |sim: &Sim| {
        sim.with(|w| {
            let words = crate::providers::sim::convert::Words::new(w);
            let machine = w.fleets[0].machines.values().find(|m| m.id == one).unwrap();
            w.convert_instance(&w.fleets[0], machine, &words).checks.unwrap()
        })
    };
    assert!(checks(&sim).is_bad());
    sim.advance(SECONDS(35));
    assert_eq!(target(&sim, "portal", &one).await, "unhealthy");
    sim.advance(minutes(3));
    assert!(checks(&sim).is_good());
    assert_eq!(target(&sim, "portal", &one).await, "healthy");
    assert_eq!(lifecycle(&sim, "portal", &one).await, "InService", "nobody replaced it");
}

#[tokio::test(start_paused = true)]
async fn a_single_server_can_be_rebooted_too() {
    let sim = sim("quiet");
    let (id, group) = sim.with(|w| {
        let loner = w.loners.iter().find(|l| &*l.name == "hardware").unwrap();
        (loner.id.clone(), ResourceId::new(&w.scope, Kind::Group, loner.id.native()))
    });
    let answers = |sim: &Sim| {
        sim.with(|w| {
            let now = crate::domain::Now::new(w.calendar.stamp(w.now), std::time::Duration::ZERO);
            w.convert_probe(&w.loners[0], "/test/", now).status.is_good()
        })
    };
    assert!(answers(&sim));
    call(&sim, Call::Reboot { group: group.clone(), member: id.clone() }).await.unwrap();
    assert!(!answers(&sim));
    let read = operator(&sim).read_group(&group).await.unwrap();
    assert!(
        read.kind == crate::domain::GroupKind::Instance && read.members[0].id == id && read.members[0].checks.as_ref().unwrap().is_bad()
    );
    sim.advance(minutes(2));
    assert!(answers(&sim));
    let error = call(&sim, Call::SetDesired { group, desired: 2, honor_cooldown: false }).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::NotFound);
}
