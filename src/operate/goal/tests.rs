//! When a goal is reached, missed or overtaken.

use super::*;
use crate::domain::plan::fixture::{self, group, member, member_id, pool_id, scale_to, scope};
use crate::domain::pool::{Balancer, Target};
use crate::domain::{Activity, Kind, Now, Status};

fn pool(balanced: bool, states: &[(u32, &str, Status)]) -> TargetPool {
    let balancer = Balancer {
        id: fixture::id(Kind::Balancer, "portal-alb"),
        name: Label::new("portal-alb"),
        kind: Label::new("alb"),
        state: Status::good("active"),
        listeners: vec![],
        dns_name: None,
    };
    let target = |(n, reason, state): &(u32, &str, Status)| Target {
        member: member_id(*n),
        label: Label::default(),
        port: None,
        zone: None,
        state: state.clone(),
        reason: (!reason.is_empty()).then(|| Label::new(reason)),
    };
    TargetPool {
        id: pool_id(),
        name: Label::new("portal-tg"),
        kind: Label::new("target group"),
        protocol: Label::default(),
        port: None,
        health_check: None,
        health_path: None,
        balancers: if balanced { vec![balancer] } else { vec![] },
        deregistration_delay: None,
        targets: Some(states.iter().map(target).collect()),
        groups: vec![],
        routes: Vec::new(),
    }
}

fn seen(group: Group, pools: Vec<TargetPool>) -> Look {
    let (mut groups, mut pools) = ([group], pools);
    crate::domain::assemble::stand_in_pools(&mut groups, &mut pools);
    let [group] = groups;
    assert_eq!(group.id.scope, scope());
    Look::new(Now::at(0), group, pools)
}

fn goal(group: &Group, desired: u32) -> Goal {
    let seen = seen(group.clone(), vec![]);
    Goal::new(&scale_to(group, desired), &seen, seen.size().unwrap())
}

fn at(mut group: Group, desired: u32) -> Group {
    group.desired = Some(desired);
    group
}

#[test]
fn going_up_names_what_each_waits_for() {
    let goal = goal(&group(2), 3);
    let with = |change: fn(&mut Member)| {
        let mut g = at(group(2), 3);
        let mut new = member(9, "a");
        change(&mut new);
        g.members.push(new);
        let view = goal.view(&seen(g, vec![]), true);
        (view.done, view.words)
    };
    for (change, want) in [
        ((|_| {}) as fn(&mut Member), (true, "3 of 3 in service and healthy")),
        (|m| m.lifecycle = Status::moving("Pending"), (false, "2 of 3 in service and healthy: 1 launching")),
        (|m| m.lifecycle = Status::moving("Pending:Wait"), (false, "2 of 3 in service and healthy: 1 held by a lifecycle hook")),
        (|m| m.lifecycle = Status::unknown("Reticulating"), (false, "2 of 3 in service and healthy: 1 Reticulating")),
        (|m| m.health = Status::bad("Unhealthy"), (false, "2 of 3 in service and healthy: i-09: group calls it Unhealthy")),
        (|m| m.checks = Some(Status::bad("impaired")), (false, "2 of 3 in service and healthy: i-09: status checks impaired")),
        (|m| m.lifecycle = Status::moving("Terminating"), (false, "2 of 3 in service and healthy: 1 not launched yet")),
    ] {
        assert_eq!(with(change), (want.0, want.1.to_owned()));
    }
}

#[test]
fn a_member_counts_only_when_every_pool_of_its_group_calls_it_good() {
    let mut before = group(1);
    before.pools = vec![pool_id()];
    let good = || (1, "", Status::good("healthy"));
    let first = seen(before.clone(), vec![pool(true, &[good()])]);
    let goal = Goal::new(&scale_to(&before, 2), &first, first.size().unwrap());
    let view = |pools: Vec<TargetPool>| {
        let mut g = at(group(2), 2);
        g.pools = vec![pool_id()];
        let view = goal.view(&seen(g, pools), true);
        (view.done, view.words)
    };
    let half = "1 of 2 in service and healthy: 1 ";
    for (pools, want) in [
        (vec![pool(true, &[good(), (2, "", Status::good("healthy"))])], (true, "2 of 2 in service and healthy".to_owned())),
        (vec![pool(true, &[good()])], (false, format!("{half}in service, not registered with its balancer yet"))),
        (vec![pool(true, &[good(), (2, "", Status::moving("initial"))])], (false, format!("{half}initial"))),
        (
            vec![pool(true, &[good(), (2, "zone not enabled", Status::parked("unused"))])],
            (false, format!("{half}unused (zone not enabled)")),
        ),
        (vec![pool(true, &[good(), (2, "503", Status::bad("unhealthy"))])], (false, "1 of 2 in service and healthy: i-02: 503".to_owned())),
        // Twice in the pool, once per port: both must be good.
        (
            vec![pool(true, &[good(), (2, "", Status::good("healthy")), (2, "", Status::moving("initial"))])],
            (false, format!("{half}initial")),
        ),
        (vec![], (false, "0 of 2 in service and healthy: 2 in service, its balancer could not be read".to_owned())),
    ] {
        assert_eq!(view(pools), want);
    }
    // Without a balancer nobody is ever checked: such a pool has no say. With one good target it has.
    let unused = |n| (n, "", Status::parked("unused"));
    assert!(view(vec![pool(false, &[unused(1), unused(2)])]).0);
    assert!(!view(vec![pool(true, &[unused(1), unused(2)])]).0);
    assert!(!view(vec![pool(false, &[good(), unused(2)])]).0);
}

#[test]
fn trouble_is_named_up_to_two_and_counted_beyond() {
    let goal = goal(&group(0), 4);
    let mut g = at(group(4), 4);
    for m in &mut g.members {
        m.health = Status::bad("Unhealthy");
    }
    let words = goal.view(&seen(g, vec![]), true).words;
    let want = "0 of 4 in service and healthy: i-01: group calls it Unhealthy, i-02: group calls it Unhealthy, and 2 more in trouble";
    assert_eq!(words, want);
}

#[test]
fn bounds_and_desired_must_read_as_set() {
    let goal = goal(&group(2), 3);
    let mut g = at(group(3), 3);
    assert!(goal.view(&seen(g.clone(), vec![]), true).done);
    g.max = Some(3);
    let view = goal.view(&seen(g, vec![]), true);
    assert!(!view.as_set && !view.done);
}

#[test]
fn a_weighted_group_is_done_when_nothing_is_on_its_way() {
    let mut g = group(3);
    (g.weighted, g.desired) = (true, Some(10));
    for desired in [12, 8] {
        let goal = goal(&g, desired);
        let mut after = at(g.clone(), desired);
        assert!(!goal.view(&seen(after.clone(), vec![]), false).done, "too early to tell");
        assert!(goal.view(&seen(after.clone(), vec![]), true).done);
        let open = Activity { ended: None, ..activity("a", Status::moving("InProgress")) };
        after.activities = Some(vec![open]);
        assert!(!goal.view(&seen(after, vec![]), true).done);
    }
}

fn activity(id: &str, status: Status) -> Activity {
    Activity {
        id: Label::new(id),
        status,
        description: Label::new("Launching"),
        cause: Label::new("desired was raised"),
        message: None,
        started: None,
        ended: Some(Now::at(0).wall),
        progress: None,
    }
}

#[test]
fn only_failures_since_the_start_are_ours() {
    let failed = |id| activity(id, Status::bad("Failed"));
    let mut before = group(2);
    before.activities = Some(vec![failed("old")]);
    let goal = goal(&before, 3);
    let mut now = at(group(2), 3);
    now.activities = Some(vec![failed("new"), activity("fine", Status::good("Successful")), failed("old")]);
    let view = goal.view(&seen(now, vec![]), true);
    assert_eq!(view.failed, [(Label::new("new"), Label::new("Launching: desired was raised"))]);
}

#[test]
fn going_down_counts_those_that_are_gone_and_drained() {
    let goal = goal(&group(4), 2);
    let with = |change: fn(&mut Group)| {
        let mut g = at(group(4), 2);
        change(&mut g);
        let view = goal.view(&seen(g, vec![pool(true, &[(1, "", Status::moving("draining"))])]), true);
        (view.done, view.words)
    };
    assert_eq!(with(|_| {}), (false, "0 of 2 gone: 4 members are there for 2 wanted".to_owned()));
    for (change, want) in [
        ((|g| g.members.retain(|m| m.id != member_id(1) && m.id != member_id(2))) as fn(&mut Group), (false, "1 of 2 gone: 1 draining")),
        (|g| g.members.retain(|m| m.id != member_id(3) && m.id != member_id(4)), (true, "2 of 2 gone")),
        (
            |g| {
                g.members.remove(3);
                g.members[2].lifecycle = Status::moving("Terminating");
            },
            (false, "1 of 2 gone: 1 terminating"),
        ),
        (
            |g| {
                g.members.remove(3);
                g.members[2].lifecycle = Status::bad("Terminated");
            },
            (true, "2 of 2 gone"),
        ),
    ] {
        assert_eq!(with(change), (want.0, want.1.to_owned()));
    }
}
