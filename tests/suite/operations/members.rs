//! Members out, parked, protected, in and out of the balancer: each by id, each with one call.

use super::stage::Stage;

/// A portal whose members are not replaced for standing outside their pool.
fn stage() -> Stage {
    let stage = Stage::portal();
    stage.backend.pace(&[("unregistered", 600.0)]);
    stage
}

#[test]
fn who_is_terminated_is_gone_and_who_is_replaced_has_an_heir() {
    let stage = stage();
    let before = stage.eye.members_in("portal", "InService");
    let (first, second) = (&before[0], &before[1]);

    let deed = stage.done(&format!("member terminate portal {first} --confirm portal"));
    assert_eq!(stage.eye.size("portal"), (2, 3, 8), "it shrinks with the member");
    assert!(!stage.eye.members("portal").contains_key(first) && !stage.eye.targets("portal-tg").contains_key(first));
    stage.assert_sent(&[("TerminateInstanceInAutoScalingGroup", 1)]);
    stage.story(&deed.id()).assert_is("done", &[("TerminateMembers", "accepted")]);

    let deed = stage.done(&format!("member replace portal {second} --confirm portal"));
    let after = stage.eye.members_in("portal", "InService");
    assert!(after.len() == 3 && !after.contains(second) && after.iter().any(|id| !before.contains(id)), "{before:?} → {after:?}");
    assert_eq!(stage.eye.size("portal"), (2, 3, 8), "it keeps its size");
    stage.assert_sent(&[("TerminateInstanceInAutoScalingGroup", 1)]);
    stage.story(&deed.id()).assert_is("done", &[("ReplaceMember", "accepted")]);
    // Neither comes back, and the program says so instead of trying.
    let (_, said) = stage.run("undo portal --confirm portal", 3);
    assert!(said.contains("cannot be taken back"), "{said}");
    stage.assert_sent(&[]);
}

#[test]
fn a_member_is_parked_and_comes_back() {
    let stage = stage();
    let before = stage.eye.members_in("portal", "InService");
    let (first, second) = (&before[0], &before[1]);

    let deed = stage.done(&format!("member standby portal {first} --confirm portal"));
    assert_eq!(stage.eye.members_in("portal", "Standby"), std::slice::from_ref(first));
    assert!(stage.eye.size("portal").1 == 3 && !stage.eye.targets("portal-tg").contains_key(first), "without traffic");
    stage.assert_sent(&[("EnterStandby", 1)]);
    stage.story(&deed.id()).assert_is("done", &[("EnterStandby", "accepted")]);
    // It is there already.
    let (_, said) = stage.run(&format!("member standby portal {first} --confirm portal"), 3);
    assert!(said.contains("Standby"), "{said}");

    let deed = stage.done("undo portal --confirm portal");
    assert_eq!((stage.eye.members_in("portal", "InService").len(), stage.eye.size("portal").1), (4, 4));
    assert_eq!(stage.eye.targets("portal-tg").get(first).map(String::as_str), Some("healthy"));
    stage.assert_sent(&[("ExitStandby", 1)]);
    stage.story(&deed.id()).assert_is("done", &[("ExitStandby", "accepted")]);

    stage.done(&format!("member standby-replaced portal {second} --confirm portal"));
    assert_eq!((stage.eye.members_in("portal", "InService").len(), stage.eye.size("portal").1), (4, 4), "another came in its stead");
    stage.assert_sent(&[("EnterStandby", 1)]);
    stage.done(&format!("member in-service portal {second} --confirm portal"));
    assert_eq!((stage.eye.members_in("portal", "InService").len(), stage.eye.size("portal").1), (5, 5));
    stage.assert_sent(&[("ExitStandby", 1)]);
}

#[test]
fn members_are_protected_and_taken_out_of_the_balancer_and_back() {
    let stage = stage();
    let ids = stage.eye.members_in("portal", "InService");
    let (first, second) = (&ids[0], &ids[1]);

    let deed = stage.done(&format!("member protect portal {first} {second} --confirm portal"));
    assert_eq!(stage.eye.protected("portal"), [first.clone(), second.clone()]);
    stage.assert_sent(&[("SetInstanceProtection", 1)]);
    stage.story(&deed.id()).assert_is("done", &[("Protect", "accepted")]);
    stage.done(&format!("member unprotect portal {first} --confirm portal"));
    assert_eq!(stage.eye.protected("portal"), std::slice::from_ref(second));
    stage.assert_sent(&[("SetInstanceProtection", 1)]);
    // What is so already is no error, and nothing is sent.
    assert_eq!(stage.one(&format!("member unprotect portal {first} --confirm portal"), 0).state(), "nothing-to-do");

    let deed = stage.done(&format!("member deregister portal {first} --confirm portal"));
    assert!(!stage.eye.targets("portal-tg").contains_key(first), "no traffic");
    assert_eq!(stage.eye.members_in("portal", "InService").len(), 4, "and a member all the same");
    stage.assert_sent(&[("DeregisterTargets", 1)]);
    stage.story(&deed.id()).assert_is("done", &[("Deregister", "accepted")]);
    let deed = stage.done(&format!("member register portal {first} --confirm portal"));
    assert_eq!(stage.eye.targets("portal-tg").get(first).map(String::as_str), Some("healthy"));
    stage.assert_sent(&[("RegisterTargets", 1)]);
    stage.story(&deed.id()).assert_is("done", &[("Register", "accepted")]);
}

#[test]
fn a_member_leaves_a_classic_balancer_and_comes_back_and_who_may_not_go_stays() {
    let stage = stage();
    // The back end lets only those out again that were registered by hand.
    let first = stage.eye.classic("legacy-elb").remove(0);
    stage.eye.attach_classic("worker", "legacy-elb");
    let all = stage.eye.members_in("worker", "InService");
    assert_eq!(stage.eye.classic("legacy-elb"), all);
    stage.sent();
    let deed = stage.done(&format!("member deregister worker {first} --confirm worker"));
    assert!(!stage.eye.classic("legacy-elb").contains(&first) && stage.eye.classic("legacy-elb").len() == 2);
    stage.assert_sent(&[("DeregisterInstancesFromLoadBalancer", 1)]);
    stage.story(&deed.id()).assert_is("done", &[("Deregister", "accepted")]);
    stage.done("undo worker --confirm worker");
    assert_eq!(stage.eye.classic("legacy-elb"), all);
    stage.assert_sent(&[("RegisterInstancesWithLoadBalancer", 1)]);
    refused(&stage);
}

/// Who is no member and who may not go, with the reason.
#[track_caller]
fn refused(stage: &Stage) {
    let ids = stage.eye.members_in("portal", "InService");
    let stop = stage.json("member terminate portal i-0 --confirm portal", 2);
    assert_eq!(stop["candidates"].as_array().map(Vec::len), Some(4), "{stop}");
    // Two of four are more than a quarter.
    let two = format!("member terminate portal {} {} --confirm portal", ids[0], ids[1]);
    for line in [two.clone(), format!("{two} --dry-run")] {
        assert_eq!(stage.one(&line, 3).refusals(), ["max-step"], "{line}");
    }
    stage.run(&format!("member in-service portal {} --confirm portal", ids[0]), 3);
    // Below the group's own minimum nobody goes without a replacement.
    stage.eye.set_bounds("portal", (4, 4, 8));
    stage.sent();
    assert_eq!(stage.one(&format!("member terminate portal {} --confirm portal", ids[0]), 3).refusals(), ["bounds"]);
    stage.assert_sent(&[]);
    assert_eq!(stage.eye.members_in("portal", "InService"), ids);
}
