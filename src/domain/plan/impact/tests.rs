//! Before and after, by zone and by health.

use std::time::Duration;

use super::super::fixture::{group, member, member_id, plan, scale_to, target};
use super::*;
use crate::domain::{Activity, Now, Status};

fn zones(impact: &Impact) -> Vec<(&str, u32, u32)> {
    impact.zones.iter().map(|(z, now, after)| (&**z, *now, *after)).collect()
}

#[test]
fn zones_fill_and_empty_as_the_cloud_keeps_them() {
    let mut lopsided = group(0);
    lopsided.members = vec![member(1, "a"), member(2, "a"), member(3, "a"), member(4, "b")];
    lopsided.desired = Some(4);
    for (group, desired, want) in [
        (&group(6), 8, vec![("a", 3, 4), ("b", 3, 4)]),
        (&group(6), 7, vec![("a", 3, 4), ("b", 3, 3)]),
        (&lopsided, 6, vec![("a", 3, 3), ("b", 1, 3)]),
        (&lopsided, 3, vec![("a", 3, 2), ("b", 1, 1)]),
        (&lopsided, 2, vec![("a", 3, 1), ("b", 1, 1)]),
    ] {
        assert_eq!(zones(&scale_to(group, desired).impact), want, "to {desired}");
    }
}

#[test]
fn a_zone_the_group_left_is_not_filled_again() {
    let mut g = group(0);
    (g.desired, g.members) = (Some(2), vec![member(1, "a"), member(2, "c")]);
    assert_eq!(zones(&scale_to(&g, 5).impact), [("a", 1, 2), ("b", 0, 2), ("c", 1, 1)]);
}

#[test]
fn chosen_members_leave_their_own_zones() {
    let request = ScaleRequest { victims: vec![member_id(1), member_id(3)], ..ScaleRequest::to(&group(6).id, 4) };
    let impact = plan(&group(6), &request).impact;
    assert_eq!(zones(&impact), [("a", 3, 1), ("b", 3, 3)]);
    assert!(impact.victims_chosen);
    assert_eq!(impact.victims.iter().map(|(id, why)| (id.native(), &**why)).collect::<Vec<_>>(), [("i-01", "chosen"), ("i-03", "chosen")]);
}

#[test]
fn health_after_counts_on_those_that_warm_up_but_not_on_those_in_trouble() {
    let mut g = group(6);
    for n in [0, 1] {
        g.members[n].targets = vec![target(Status::bad("unhealthy"), Some("health check returns 503"))];
    }
    let impact = scale_to(&g, 8).impact;
    assert_eq!((impact.healthy_now, impact.healthy_after), ((4, 6), (6, 8)));

    let mut g = group(6);
    g.members[0].lifecycle = Status::moving("Pending");
    g.members[1].targets = vec![target(Status::moving("initial"), None)];
    let impact = scale_to(&g, 7).impact;
    assert_eq!((impact.healthy_now, impact.healthy_after), ((4, 6), (7, 7)));
}

#[test]
fn health_after_a_step_down_is_the_worst_that_can_be() {
    // OldestInstance takes member 1, who is in trouble: nothing healthy is lost.
    let mut g = group(6);
    g.members[0].targets = vec![target(Status::bad("unhealthy"), None)];
    assert_eq!(scale_to(&g, 5).impact.healthy_after, (5, 5));
    // Nobody knows whom Default takes: count on a healthy one.
    g.termination_policies = vec![Label::new("Default")];
    assert_eq!(scale_to(&g, 5).impact.healthy_after, (4, 5));
}

#[test]
fn a_weighted_group_has_no_zones_to_promise() {
    let mut g = group(6);
    g.weighted = true;
    let impact = scale_to(&g, 8).impact;
    assert_eq!((impact.zones, impact.healthy_after, impact.victims), (vec![], (6, 6), vec![]));
}

#[test]
fn readiness_is_judged_by_history_then_by_what_is_declared() {
    let launch = |from: u64, to: u64, what: &str, good: bool| Activity {
        id: Label::default(),
        status: if good { Status::good("Successful") } else { Status::bad("Failed") },
        description: Label::new(what),
        cause: Label::default(),
        message: None,
        started: Some(Now::at(from).wall),
        ended: Some(Now::at(to).wall),
        progress: None,
    };
    let history = vec![
        launch(0, 100, "Launching a new EC2 instance: i-1", true),
        launch(0, 200, "Launching a new EC2 instance: i-2", true),
        launch(0, 180, "Launching a new EC2 instance: i-3", true),
        launch(0, 3_000, "Launching a new EC2 instance: i-4", false),
        launch(0, 9_000, "Terminating EC2 instance: i-5", true),
    ];
    let (min, none) = (Some(Duration::from_mins(1)), None);
    for (activities, warmup, grace, want) in [
        (history.clone(), min, none, Some(180)),
        (history, Some(Duration::from_mins(5)), none, Some(300)),
        (vec![], min, Some(Duration::from_mins(9)), Some(60)),
        (vec![], none, Some(Duration::from_mins(2)), Some(120)),
        (vec![], none, Some(Duration::ZERO), None),
        (vec![], none, none, None),
    ] {
        let mut g = group(6);
        (g.activities, g.warmup, g.grace) = (Some(activities), warmup, grace);
        assert_eq!(scale_to(&g, 7).impact.ready_in.map(|d| d.as_secs()), want);
        assert_eq!(scale_to(&g, 5).impact.ready_in, None, "nobody comes on the way down");
    }
}
