//! Acts on members: one call each, absolute, and refused where they would not do what they say.

use std::time::Duration;

use super::super::fixture::{group, id, member_id, picture, pool, snapshot};
use super::super::{Confirmation, Environment, GuardRules, make, moved};
use super::*;
use crate::domain::{Kind, Now, Snapshot, Status, SuspendedProcess, TargetPool};

fn request(members: &[u32], act: MemberAct) -> MemberRequest {
    MemberRequest { group: group(0).id, members: members.iter().map(|n| member_id(*n)).collect(), act }
}

fn on(picture: &Snapshot, members: &[u32], act: MemberAct) -> Result<Plan, PlanError> {
    let rules = GuardRules { environment: Environment::Staging, ..GuardRules::default() };
    make::plan(picture, &Request::Member(request(members, act)), &rules, Now::at(0))
}

fn ask(group: &Group, members: &[u32], act: MemberAct) -> Result<Plan, PlanError> {
    on(&snapshot(group), members, act)
}

fn described(plan: &Plan) -> Vec<String> {
    plan.calls.iter().map(Call::describe).collect()
}

fn says(plan: &Plan, words: &str) -> bool {
    plan.impact.notes.iter().any(|n| n.text.contains(words))
}

/// Members 5 and 6 in standby.
fn parked() -> Group {
    let mut g = group(6);
    g.desired = Some(4);
    for m in &mut g.members[4..] {
        m.lifecycle = Status::parked("Standby");
    }
    g
}

#[test]
fn every_act_is_made_of_absolute_calls_and_knows_its_way_back() {
    use MemberAct as A;
    for (group, members, act, calls, desired, back) in [
        (
            group(6),
            &[2, 1, 2][..],
            A::Terminate,
            &["terminate i-01 and shrink desired by 1", "terminate i-02 and shrink desired by 1"][..],
            4,
            None,
        ),
        (group(6), &[1], A::Replace, &["terminate i-01, to be replaced"], 6, None),
        (group(6), &[1], A::Standby, &["put i-01 into standby and shrink desired by 1"], 5, Some(A::InService)),
        (group(6), &[1], A::StandbyReplaced, &["put i-01 into standby, with a replacement"], 6, Some(A::InService)),
        (parked(), &[5, 6], A::InService, &["take i-05 out of standby", "take i-06 out of standby"], 6, Some(A::Standby)),
        (group(6), &[1, 2], A::Protect, &["protect i-01, i-02 from scale-in"], 6, Some(A::Unprotect)),
        (group(6), &[1, 2], A::Reboot, &["reboot i-01", "reboot i-02"], 6, None),
    ] {
        let plan = ask(&group, members, act).unwrap();
        assert_eq!(described(&plan), calls);
        assert_eq!(plan.impact.desired, (group.desired.unwrap(), desired), "{act:?}");
        assert_eq!(moved(&plan, &group), [], "{act:?}");
        match (&plan.inverse, back) {
            (Inverse::None(_), None) => {}
            (Inverse::Request(inverse), Some(act)) => {
                let Request::Member(inverse) = &**inverse else { panic!("{inverse:?}") };
                let mut ids: Vec<u32> = members.to_vec();
                ids.sort_unstable();
                assert_eq!(*inverse, request(&ids, act));
            }
            other => panic!("{act:?}: {other:?}"),
        }
    }
}

#[test]
fn what_would_not_do_what_it_says_is_refused() {
    use MemberAct as A;
    let mut no_launch = group(6);
    no_launch.suspended = vec![SuspendedProcess { name: "Launch".into(), reason: Label::default() }];
    let mut parked_no_launch = parked();
    parked_no_launch.suspended.clone_from(&no_launch.suspended);
    let mut leaving = group(6);
    leaving.members[0].lifecycle = Status::moving("Terminating");
    for (group, members, act, want) in [
        (group(6), &[][..], A::Terminate, "choose at least one member"),
        (group(6), &[9], A::Terminate, "i-09 is no longer in portal"),
        (leaving.clone(), &[1], A::Replace, "i-01 is Terminating"),
        (leaving, &[1], A::Standby, "i-01 is Terminating"),
        (no_launch.clone(), &[1], A::Replace, "nobody would come in their stead"),
        (no_launch, &[1], A::StandbyReplaced, "nobody would come in their stead"),
        (parked_no_launch, &[5], A::InService, "the cloud takes nobody out of standby"),
        (group(6), &[1], A::InService, "i-01 is InService"),
        (group(6), &[1], A::Unprotect, "nothing would change"),
        (group(6), &[1], A::Deregister, "stands behind no balancer"),
        (parked(), &[5], A::Protect, "i-05 is Standby"),
    ] {
        let why = ask(&group, members, act).unwrap_err().to_string();
        assert!(why.contains(want), "{act:?}: {why}");
    }
    let mut single = group(1);
    single.kind = GroupKind::Instance;
    (single.desired, single.min, single.max) = (None, None, None);
    assert!(matches!(ask(&single, &[1], A::Terminate), Err(PlanError::NotScalable(_))));
    assert_eq!(described(&ask(&single, &[1], A::Reboot).unwrap()), ["reboot i-01"]);
}

#[test]
fn the_card_counts_who_is_left_and_says_what_follows() {
    let plan = ask(&group(6), &[1, 2], MemberAct::Replace).unwrap();
    assert_eq!((plan.impact.healthy_least, plan.impact.healthy_after), (Some((5, 6)), (6, 6)));
    assert_eq!(plan.impact.ready_in, Some(Duration::from_mins(1)));
    assert_eq!(plan.impact.takes, Some(Duration::from_mins(3)), "one after the other");
    assert!(says(&plan, "before the next goes") && !says(&ask(&group(6), &[1], MemberAct::Replace).unwrap(), "before the next goes"));

    let mut newer = group(6);
    newer.version_wanted = Some("v42".into());
    assert!(says(&ask(&newer, &[1], MemberAct::Replace).unwrap(), "the new ones launch with v42"));
    assert!(says(&ask(&group(6), &[1], MemberAct::Standby).unwrap(), "AZRebalance is on"));
    assert!(says(&ask(&group(2), &[1, 2], MemberAct::Protect).unwrap(), "all members are protected then"));
    let mut checked = group(6);
    checked.health_check = "ELB".into();
    assert!(says(&ask(&checked, &[1], MemberAct::Reboot).unwrap(), "put it into standby first"));
    assert!(!says(&ask(&group(6), &[1], MemberAct::Reboot).unwrap(), "put it into standby first"));

    let mut two = group(2);
    two.min = Some(0);
    assert_eq!(ask(&two, &[1], MemberAct::Terminate).unwrap().confirmation, Confirmation::Enter);
    let emptied = ask(&two, &[1, 2], MemberAct::Terminate).unwrap();
    assert_eq!(emptied.confirmation, Confirmation::TypeName("portal".into()), "an empty group is asked by name everywhere");
}

fn behind(pool: TargetPool) -> (Group, Snapshot) {
    let mut g = group(6);
    g.pools = vec![pool.id.clone()];
    let picture = picture(&[&g], &[pool]);
    (g, picture)
}

#[test]
fn registrations_are_named_by_port_and_set_again_only_where_that_is_exact() {
    let full = pool("portal-tg", &group(6), true);
    let (_, picture) = behind(full.clone());
    let plan = on(&picture, &[1], MemberAct::Deregister).unwrap();
    assert_eq!(described(&plan), ["deregister i-01:80 from portal-tg"]);
    assert!(matches!(&plan.inverse, Inverse::Request(back) if matches!(&**back, Request::Member(m) if m.act == MemberAct::Register)));
    assert_eq!((plan.impact.healthy_after, plan.impact.takes), ((5, 6), Some(Duration::from_mins(5))));
    assert!(on(&picture, &[1], MemberAct::Register).unwrap_err().to_string().contains("stand in every pool already"));

    let mut odd = full.clone();
    odd.targets.as_mut().unwrap()[0].port = Some(8081);
    assert!(matches!(on(&behind(odd).1, &[1], MemberAct::Deregister).unwrap().inverse, Inverse::None(_)));

    let mut partly = full.clone();
    partly.targets.as_mut().unwrap().remove(0);
    let (_, picture) = behind(partly);
    assert_eq!(described(&on(&picture, &[1, 2], MemberAct::Register).unwrap()), ["register i-01 at portal-tg"]);
    assert!(on(&picture, &[1], MemberAct::Deregister).unwrap_err().to_string().contains("in no pool of portal"));

    let unread = TargetPool { targets: None, ..full.clone() };
    assert!(on(&behind(unread).1, &[1], MemberAct::Deregister).unwrap_err().to_string().contains("are not known"));
    let last = on(&behind(full).1, &[1, 2, 3, 4, 5, 6], MemberAct::Deregister).unwrap();
    assert!(says(&last, "nobody healthy is left in portal-tg"), "draining the last one fails open");
}

#[test]
fn protection_goes_in_calls_of_fifty() {
    let g = group(60);
    let all: Vec<u32> = (1..=60).collect();
    let sizes: Vec<usize> = ask(&g, &all, MemberAct::Protect)
        .unwrap()
        .calls
        .iter()
        .map(|c| match c {
            Call::Protect { members, .. } => members.len(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sizes, [50, 10]);
    assert_eq!(id(Kind::Member, "i-60"), member_id(60));
}
