//! Each rule with the smallest case that fires and the nearest that must not.

use crate::domain::Verdict::{Critical, Notice, Unknown, Warning};
use crate::domain::rules::bench::{Bench, expect, expect_among, expect_none, id, pool};
use crate::domain::{Balancer, Kind, Label, Metric, ResourceId, Route, Status, Target, TargetPool, Verdict};

use super::assess;

fn targets(states: &[Status]) -> Vec<Target> {
    states
        .iter()
        .enumerate()
        .map(|(n, state)| Target {
            member: id(Kind::Member, &format!("i-{n}")),
            label: Label::new(format!("i-{n}")),
            port: Some(80),
            zone: None,
            state: state.clone(),
            reason: state.is_bad().then(|| Label::new("health check returns 503")),
        })
        .collect()
}

fn balancer(state: Status) -> Balancer {
    let id = id(Kind::Balancer, "web-alb");
    Balancer { id, name: Label::new("web-alb"), kind: Label::new("alb"), state, listeners: vec![], dns_name: None }
}

fn of(states: &[Status]) -> TargetPool {
    let mut pool = pool(Some(targets(states)));
    pool.balancers = vec![balancer(Status::good("active"))];
    pool
}

fn good() -> Status {
    Status::good("healthy")
}

fn bad() -> Status {
    Status::bad("unhealthy")
}

#[test]
fn targets_by_share() {
    let bench = Bench::new();
    for (case, states, want) in [
        ("well", vec![good(), good()], None),
        ("less than a third", vec![bad(), good(), good(), good()], Some((Warning, "1 of 4 unhealthy: health check returns 503"))),
        ("a third", vec![bad(), good(), good()], Some((Critical, "1 of 3 unhealthy: health check returns 503"))),
        ("all", vec![bad(), bad()], Some((Critical, "all 2 unhealthy: health check returns 503; fails open"))),
        ("none well", vec![bad(), Status::moving("initial")], Some((Critical, "none of 2 healthy: health check returns 503; fails open"))),
        ("on the way", vec![good(), Status::moving("initial")], Some((Notice, "1 of 2 on the way: initial"))),
        ("all on the way", vec![Status::moving("initial")], Some((Warning, "none healthy yet: 1 of 1 on the way: initial"))),
        ("not known", vec![good(), Status::unknown("unavailable")], Some((Unknown, "health of 1 of 2 not known: unavailable"))),
        ("not used", vec![good(), Status::parked("unused")], Some((Notice, "1 of 2 not used: unused"))),
        ("draining", vec![good(), Status::moving("draining")], Some((Notice, "1 draining"))),
        ("the last one drains", vec![Status::moving("draining")], Some((Warning, "1 draining, and nobody else is there"))),
        (
            "draining is not counted",
            vec![bad(), good(), good(), good(), Status::moving("draining")],
            Some((Warning, "1 of 4 unhealthy: health check returns 503")),
        ),
    ] {
        expect(case, &assess(&of(&states), &bench.context()), want);
    }
}

#[test]
fn nobody_registered_not_readable_and_a_sick_balancer() {
    let bench = Bench::new();
    expect(
        "empty behind a listener",
        &assess(&of(&[]), &bench.context()),
        Some((Warning, "no targets registered: its listeners answer with errors")),
    );
    expect("empty and unused", &assess(&pool(Some(vec![])), &bench.context()), Some((Notice, "no targets, no balancer")));
    let mut waits = of(&[]);
    let rule = ResourceId::new(&waits.id.scope, Kind::Rule, "rule");
    let route = |weight| vec![Route { rule: rule.clone(), name: "HTTPS:443 rule 10".into(), weights: weight }];
    let other = ResourceId::new(&waits.id.scope, Kind::Pool, "other");
    waits.routes = route(vec![(other.clone(), 100), (waits.id.clone(), 0)]);
    assert_eq!(assess(&waits, &bench.context()).verdict, Verdict::Ok, "its turn comes later");
    waits.routes = route(vec![(other, 50), (waits.id.clone(), 50)]);
    let lost = "no targets registered: its listeners answer with errors";
    expect("half of the traffic is lost", &assess(&waits, &bench.context()), Some((Warning, lost)));
    expect("not read", &assess(&pool(None), &bench.context()), Some((Unknown, "targets could not be read")));
    let mut sick = of(&[good()]);
    sick.balancers = vec![balancer(Status::bad("failed"))];
    expect("failed", &assess(&sick, &bench.context()), Some((Critical, "balancer web-alb: failed")));
    sick.balancers = vec![balancer(Status::moving("provisioning"))];
    expect("provisioning", &assess(&sick, &bench.context()), Some((Notice, "balancer web-alb: provisioning")));
}

#[test]
fn unhealthy_says_for_how_long() {
    let mut bench = Bench::new();
    bench.troubled_for(id(Kind::Member, "i-0"), 240, false);
    let want = "1 of 4 unhealthy for 4m: health check returns 503";
    expect("for long", &assess(&of(&[bad(), good(), good(), good()]), &bench.context()), Some((Warning, want)));
}

#[test]
fn errors_count_by_share_of_requests() {
    let judge = |requests: &[f64], errors: &[f64]| {
        let mut bench = Bench::new();
        bench.measure(&id(Kind::Pool, "web-tg"), Metric::Requests, requests);
        bench.measure(&id(Kind::Pool, "web-tg"), Metric::Errors5xx, errors);
        assess(&of(&[good()]), &bench.context())
    };
    expect("five percent", &judge(&[100.0], &[5.0]), Some((Critical, "5xx 5.0 % of 100/s")));
    expect("less", &judge(&[100.0], &[4.9]), Some((Warning, "5xx 4.9 % of 100/s")));
    expect("one percent", &judge(&[100.0], &[1.0]), Some((Warning, "5xx 1.0 % of 100/s")));
    expect("below", &judge(&[100.0], &[0.9]), None);
    expect("an anecdote", &judge(&[0.05], &[0.05]), None);
    expect("over now, though the last reported point is bad", &judge(&[100.0, 100.0, 100.0, 100.0], &[50.0, 0.0, 0.0, 0.0]), None);
    expect("nobody asks", &judge(&[0.0], &[0.0]), None);
}

#[test]
fn missing_error_points_beside_requests_are_none_and_missing_requests_are_unknown() {
    let mut bench = Bench::new();
    bench.measure(&id(Kind::Pool, "web-tg"), Metric::Errors5xx, &[50.0]);
    expect("no request count", &assess(&of(&[good()]), &bench.context()), None);
    let mut bench = Bench::new();
    bench.measure(&id(Kind::Balancer, "web-alb"), Metric::Requests, &[100.0]);
    bench.measure(&id(Kind::Balancer, "web-alb"), Metric::Errors5xx, &[12.0]);
    expect("of the balancer", &assess(&of(&[good()]), &bench.context()), Some((Critical, "5xx 12 % of 100/s")));
}

#[test]
fn slow_is_slower_than_usual() {
    let judge = |usual: f64, points: usize, now: f64| {
        let mut bench = Bench::new();
        let mut values = vec![usual; points];
        values.extend([now; 3]);
        bench.measure(&id(Kind::Pool, "web-tg"), Metric::Latency, &values);
        assess(&of(&[good()]), &bench.context())
    };
    expect_among("much slower", &judge(0.041, 10, 0.910), (Warning, "p95 910ms, usually 41ms"));
    let mut bench = Bench::new();
    let long: Vec<f64> = std::iter::repeat_n(0.1, 20).chain(std::iter::repeat_n(2.0, 40)).collect();
    bench.measure(&id(Kind::Pool, "web-tg"), Metric::Latency, &long);
    expect_among("for two thirds of the window", &assess(&of(&[good()]), &bench.context()), (Warning, "p95 2.0s, usually 100ms"));
    expect_none("always slow", &judge(5.0, 30, 6.0), "p95");
    expect_none("slower, yet quick", &judge(0.010, 30, 0.499), "p95");
    expect_none("no habit yet", &judge(0.041, 9, 0.910), "p95");
}
