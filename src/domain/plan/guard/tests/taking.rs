//! What plans of every kind take away, and what cannot be taken at all.

use super::super::super::MemberAct;
use super::super::super::fixture::group;
use super::by_hand::*;
use super::*;
use crate::domain::plan::{DatabaseAct, RefreshAct, Strategy};

fn refused(request: &Request, g: &Group, rules: &GuardRules) -> Vec<Rule> {
    guard(&by_hand(request.clone(), usual_calls(request, g)), g, rules, NOW).iter().map(|r| r.rule).collect()
}

#[test]
fn the_step_and_the_floor_weigh_whatever_is_taken_out_at_once() {
    let (step, floor) = (rules(25, None), rules(100, Some(60)));
    // Of 8 at 25 %: two at once. Of 8 at a floor of 60 %: five must remain.
    for (request, at_most, floor_at_most) in [
        (MemberAct::Terminate, 2, 3),
        (MemberAct::Replace, 2, 3),
        (MemberAct::Standby, 2, 3),
        (MemberAct::StandbyReplaced, 2, 3),
        (MemberAct::Deregister, 2, 3),
        (MemberAct::Reboot, 2, 3),
        (MemberAct::Protect, 8, 8),
        (MemberAct::Unprotect, 8, 8),
        (MemberAct::Register, 8, 8),
    ] {
        for count in 1..=6_u32 {
            let g = group(8);
            let members: Vec<u32> = (1..=count).collect();
            assert_eq!(refused(&act(request, &members), &g, &step).is_empty(), count <= at_most, "{request:?} of {count}");
            assert_eq!(refused(&act(request, &members), &g, &floor).is_empty(), count <= floor_at_most, "{request:?} of {count}, floor");
        }
    }
    for batch in 1..=6 {
        let g = group(8);
        let (in_place, surge) = (redeploy(Strategy::InPlace { batch }), redeploy(Strategy::SurgeAndDrain { batch }));
        assert_eq!(refused(&in_place, &g, &step).is_empty(), batch <= 2, "in place, {batch}");
        assert_eq!(refused(&surge, &g, &step).is_empty(), batch <= 2, "surge, {batch}");
        assert_eq!(refused(&in_place, &g, &floor).is_empty(), batch <= 3, "in place, {batch}, floor");
        assert_eq!(refused(&surge, &g, &floor), [] as [Rule; 0], "a surge adds before it takes away");
    }
}

#[test]
fn the_clouds_own_redeploy_is_weighed_by_the_share_it_keeps_healthy() {
    for (min, max, of, step, floor) in [
        // Nothing said: 90 %, and one at least.
        (None, None, 8, true, true),
        (Some(75), None, 8, true, true),
        (Some(74), None, 8, true, true),
        (Some(62), None, 8, false, true),
        (Some(50), None, 8, false, false),
        (Some(0), Some(100), 8, false, false),
        // Launching first takes nobody, though there is but one.
        (Some(100), Some(110), 1, true, true),
        (Some(100), None, 1, true, false),
        (Some(90), None, 1, true, false),
        (Some(90), Some(100), 1, true, true),
    ] {
        let mut g = group(of);
        g.min = Some(1);
        assert_eq!(refused(&native(min, max), &g, &rules(25, None)).is_empty(), step, "{min:?} {max:?} of {of}, step");
        assert_eq!(refused(&native(min, max), &g, &rules(100, Some(60))).is_empty(), floor, "{min:?} {max:?} of {of}, floor");
    }
    let said: Vec<String> =
        guard(&by_hand(native(Some(50), None), Vec::new()), &group(8), &rules(25, None), NOW).iter().map(Refusal::sentence).collect();
    assert_eq!(
        said,
        ["a step of 4 takes away 50 % of the group, more than 25 % (max-step, config.toml:12); allowed: at least 75 % healthy"]
    );
}

#[test]
fn the_sick_are_taken_out_however_few_are_left() {
    let mut g = group(6);
    for m in &mut g.members[..4] {
        m.targets = vec![target(Status::bad("unhealthy"), None)];
    }
    let strict = rules(25, Some(100));
    for a in [MemberAct::Replace, MemberAct::Reboot, MemberAct::Deregister, MemberAct::StandbyReplaced] {
        assert_eq!(refused(&act(a, &[1, 2, 3, 4]), &g, &strict), [] as [Rule; 0], "{a:?}");
        assert_eq!(refused(&act(a, &[1, 5]), &g, &strict), [Rule::CapacityFloor], "{a:?}");
    }
}

#[test]
fn a_dip_on_the_way_is_weighed_though_it_ends_well() {
    let g = group(8);
    let set = |desired| Call::SetDesired { group: g.id.clone(), desired, honor_cooldown: false };
    let plan = by_hand(scale(9), vec![set(2), set(9)]);
    let all: Vec<_> = guard(&plan, &g, &rules(25, Some(80)), NOW).iter().map(|r| r.rule).collect();
    assert_eq!(all, [Rule::MaxStep, Rule::CapacityFloor]);
}

#[test]
fn a_thaw_that_shrinks_is_a_step_down() {
    let g = group(8);
    assert_eq!(refused(&thaw("x", 8), &g, &rules(25, None)), [] as [Rule; 0]);
    assert_eq!(refused(&thaw("x", 4), &g, &rules(25, None)), [Rule::MaxStep]);
    assert_eq!(
        guard(&by_hand(thaw("x", 4), Vec::new()), &g, &rules(25, None), NOW)[0].rule,
        Rule::MaxStep,
        "also before its calls are known"
    );
    assert_eq!(refused(&thaw("x", 13), &g, &rules(25, None)), [Rule::Bounds, Rule::Bounds], "what was saved must be possible");
}

#[test]
fn members_must_be_in_the_state_that_the_act_is_for() {
    let mut g = group(8);
    g.members[0].lifecycle = Status::parked("Standby");
    g.members[1].lifecycle = Status::moving("Terminating:Wait");
    for (a, members, want) in [
        (MemberAct::Terminate, &[1][..], vec![Rule::Victims]),
        (MemberAct::Replace, &[2], vec![Rule::Victims]),
        (MemberAct::InService, &[1], vec![]),
        (MemberAct::InService, &[3], vec![Rule::Victims]),
        (MemberAct::Reboot, &[1], vec![]),
        (MemberAct::Reboot, &[2], vec![Rule::Victims]),
        (MemberAct::Protect, &[99], vec![Rule::Victims]),
        (MemberAct::Protect, &[], vec![Rule::Victims]),
        (MemberAct::Reboot, &[3, 3], vec![Rule::Victims, Rule::Victims]),
    ] {
        assert_eq!(refused(&act(a, members), &g, &rules(25, None)), want, "{a:?} {members:?}");
    }
    let other = by_hand(act(MemberAct::Terminate, &[3]), usual_calls(&act(MemberAct::Terminate, &[4]), &g));
    assert_eq!(
        guard(&other, &g, &rules(25, None), NOW)[0].sentence(),
        "i-04 was not asked for (victims, built-in rule); allowed: the members that were asked for"
    );
}

#[test]
fn a_call_that_the_request_does_not_make_is_refused() {
    let g = group(8);
    let of = || g.id.clone();
    for (request, call) in [
        (freeze(&["Launch"]), Call::DeleteGroup { group: of() }),
        (act(MemberAct::Protect, &[1]), Call::TerminateMembers { group: of(), members: vec![member_id(1)] }),
        (act(MemberAct::Replace, &[1]), Call::TerminateMembers { group: of(), members: vec![member_id(1)] }),
        (
            redeploy(Strategy::SurgeAndDrain { batch: 1 }),
            Call::StartRefresh { group: of(), preferences: crate::domain::plan::RefreshPreferences::default() },
        ),
        (refresh(RefreshAct::Cancel), Call::RollBackRefresh { group: of() }),
        (processes(true, &["Launch"]), Call::ResumeProcesses { group: of(), processes: vec![Label::new("Launch")] }),
        (scale(8), Call::Reboot { group: of(), member: member_id(1) }),
        (
            scale(9),
            Call::SetDesired {
                group: super::super::super::fixture::id(crate::domain::Kind::Group, "hardware"),
                desired: 9,
                honor_cooldown: false,
            },
        ),
    ] {
        let rules: Vec<_> =
            guard(&by_hand(request.clone(), vec![call.clone()]), &g, &rules(100, None), NOW).iter().map(|r| r.rule).collect();
        assert_eq!(rules.first(), Some(&Rule::Kind), "{} by {}", request.word(), call.describe());
    }
    assert_eq!(guard(&by_hand(on_database(DatabaseAct::Reboot), Vec::new()), &g, &rules(100, None), NOW)[0].rule, Rule::Kind);
    let of_database = Call::RebootDatabase { database: database().id, fail_over: false };
    assert_eq!(guard(&by_hand(on_database(DatabaseAct::Reboot), vec![of_database]), &database(), &rules(100, None), NOW), []);
}

#[test]
fn processes_that_do_harm_are_refused() {
    let g = group(8);
    let none = Call::Suspend { group: g.id.clone(), processes: Vec::new() };
    for (request, calls) in [
        (processes(true, &[]), vec![]),
        (processes(false, &[]), vec![]),
        (processes(true, &["AddToLoadBalancer"]), vec![]),
        (freeze(&["Launch", "AddToLoadBalancer"]), vec![]),
        (freeze(&["Launch"]), vec![none]),
    ] {
        assert_eq!(guard(&by_hand(request.clone(), calls), &g, &rules(25, None), NOW)[0].rule, Rule::Processes, "{request:?}");
    }
    assert_eq!(
        refused(&processes(false, &["AddToLoadBalancer"]), &g, &rules(25, None)),
        [] as [Rule; 0],
        "switching it on again does good"
    );
    assert_eq!(refused(&freeze(&[]), &g, &rules(25, None)), [] as [Rule; 0], "a freeze may pin and nothing more");
}

#[test]
fn an_alarm_that_drives_scaling_is_never_muted() {
    let judge = |request: &Request, drives| guard(&by_hand(request.clone(), Vec::new()), &alarm(drives), &rules(25, None), NOW);
    assert_eq!(judge(&mute(Some(Now::at(60))), false), []);
    assert_eq!(judge(&mute(Some(Now::at(60))), true)[0].rule, Rule::Alarm);
    assert_eq!(judge(&mute(Some(NOW)), false)[0].rule, Rule::Alarm, "it must end");
    assert_eq!(judge(&mute(None), true), [], "a mute that is there may always end");
}

#[test]
fn numbers_that_no_strategy_can_work_with_are_refused() {
    let g = group(8);
    for request in [
        redeploy(Strategy::InPlace { batch: 0 }),
        redeploy(Strategy::SurgeAndDrain { batch: 0 }),
        native(Some(101), None),
        native(Some(90), Some(99)),
        native(Some(50), Some(200)),
        native(None, Some(110)),
        blue_green(&[]),
        blue_green(&[50, 20, 100]),
        blue_green(&[0, 100]),
        blue_green(&[50]),
    ] {
        assert_eq!(refused(&request, &g, &rules(100, None)), [Rule::Bounds], "{request:?}");
    }
    assert_eq!(refused(&blue_green(&[10, 100]), &g, &rules(100, None)), [] as [Rule; 0]);
    let mut weighted = group(8);
    weighted.weighted = true;
    for request in [redeploy(Strategy::InPlace { batch: 1 }), redeploy(Strategy::SurgeAndDrain { batch: 1 }), blue_green(&[100])] {
        assert_eq!(refused(&request, &weighted, &rules(100, None)), [Rule::Weighted]);
    }
    assert_eq!(refused(&native(Some(90), None), &weighted, &rules(100, None)), [] as [Rule; 0]);
    assert_eq!(refused(&native(Some(90), None), &weighted, &rules(100, Some(50))), [Rule::Weighted]);
}

#[test]
fn a_call_of_an_operation_under_way_is_held_against_the_floor_of_its_start() {
    let request = redeploy(Strategy::InPlace { batch: 2 });
    let (free, floor) = (rules(25, None), rules(25, Some(90)));
    assert_eq!(floor_during(&request, 8, 8, &free), 6);
    assert_eq!(floor_during(&request, 8, 8, &floor), 8);
    assert_eq!(floor_during(&redeploy(Strategy::SurgeAndDrain { batch: 2 }), 8, 8, &free), 8);
    let mut waived = GuardRules { allow_override: vec![Rule::CapacityFloor], ..floor.clone() };
    waived.given.overrides.push(Override { rule: Rule::CapacityFloor, reason: Label::new("maintenance") });
    assert_eq!(floor_during(&request, 8, 8, &waived), 6, "the human agreed to what the plan takes, and to no more");

    let mut g = group(8);
    let replace = |n| Call::ReplaceMember { group: group_id(), member: member_id(n) };
    assert_eq!(guard_call(&replace(1), &g, 6, &free), None);
    for m in &mut g.members[2..4] {
        m.targets = vec![target(Status::bad("unhealthy"), None)];
    }
    let said = guard_call(&replace(1), &g, 6, &free).expect("two are sick already");
    assert_eq!(
        said.sentence(),
        "to terminate i-01, to be replaced would leave 5 of 6 healthy members, less than the floor of 6 (capacity-floor, built-in default); allowed: wait until more are healthy".replace("built-in default", "config.toml:13")
    );
    assert_eq!(guard_call(&replace(3), &g, 6, &free), None, "the sick one may go");
}
