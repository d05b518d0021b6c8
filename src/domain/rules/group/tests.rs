//! Each rule with the smallest case that fires and the nearest that must not.

use crate::domain::Verdict::{Critical, Notice, Unknown, Warning};
use crate::domain::rules::bench::{Bench, NOW, activity, expect, expect_among, expect_none, failure, group, id, members, pool, stand};
use crate::domain::{
    FailureKind, Group, GroupKind, Kind, Label, Member, Metric, Now, PolicyKind, Probe, Rollout, ScalingPolicy, SourceKind, Status,
    SuspendedProcess, Target,
};

use super::assess;

/// A well group of six, changed by the case.
fn changed(change: impl FnOnce(&mut Group)) -> Group {
    let mut group = group(members(6));
    change(&mut group);
    group
}

fn suspended(name: &str) -> SuspendedProcess {
    SuspendedProcess { name: Label::new(name), reason: Label::new("by hand") }
}

fn unhealthy(group: &mut Group, n: usize, why: &str) {
    for member in group.members.iter_mut().take(n) {
        stand(member, Status::bad("unhealthy"), why);
    }
}

/// Members that are on their way in, launched this long ago.
fn launching(group: &mut Group, n: usize, minutes: u64) {
    for member in group.members.iter_mut().take(n) {
        member.lifecycle = Status::moving("Pending:Wait");
        member.launched = Some(Now::at(NOW - minutes * 60).wall);
    }
}

#[test]
fn a_well_group_is_quiet() {
    expect("well", &assess(&changed(|_| {}), &Bench::new().context()), None);
    expect("scaled to zero on purpose", &assess(&group(vec![]), &Bench::new().context()), None);
}

#[test]
fn unhealthy_members_count_by_share_with_their_reason() {
    let bench = Bench::new();
    let of = |n: usize, all: usize| {
        let mut group = group(members(all));
        unhealthy(&mut group, n, "health check returns 503");
        assess(&group, &bench.context())
    };
    expect("a third", &of(2, 6), Some((Critical, "2 of 6 unhealthy: health check returns 503")));
    expect("less", &of(1, 4), Some((Warning, "1 of 4 unhealthy: health check returns 503")));
    expect("one of one", &of(1, 1), Some((Critical, "1 of 1 unhealthy: health check returns 503")));
    expect("none", &of(0, 6), None);
}

#[test]
fn unhealthy_says_for_how_long_and_on_which_version() {
    let mut bench = Bench::new();
    bench.troubled_for(id(Kind::Member, "i-0"), 250, false);
    bench.troubled_for(id(Kind::Member, "i-1"), 100, false);
    let mut mixed = changed(|g| unhealthy(g, 2, "health check returns 503"));
    for member in mixed.members.iter_mut().take(3) {
        member.version = Some(Label::new("v42"));
    }
    let want = "2 of 6 unhealthy for 4m: health check returns 503 (both on v42)";
    expect("both on the new one", &assess(&mixed, &bench.context()), Some((Critical, want)));
    mixed.members[1].version = Some(Label::new("v1"));
    let want = "2 of 6 unhealthy for 4m: health check returns 503";
    expect("on either", &assess(&mixed, &bench.context()), Some((Critical, want)));

    bench.troubled_for(id(Kind::Member, "i-0"), 250, true);
    let plain = changed(|g| unhealthy(g, 1, "timeout"));
    expect("since before we looked", &assess(&plain, &bench.context()), Some((Warning, "1 of 6 unhealthy for over 4m: timeout")));
    bench.troubled_for(id(Kind::Member, "i-0"), 59, false);
    expect("just now", &assess(&plain, &bench.context()), Some((Warning, "1 of 6 unhealthy: timeout")));
}

#[test]
fn several_reasons_name_the_most_frequent() {
    let group = changed(|g| {
        unhealthy(g, 2, "timeout");
        stand(&mut g.members[2], Status::bad("unhealthy"), "health check returns 503");
    });
    expect("two and one", &assess(&group, &Bench::new().context()), Some((Critical, "3 of 6 unhealthy: timeout, and 1 otherwise")));
}

#[test]
fn fewer_than_wanted_is_trouble_only_when_nothing_comes() {
    let bench = Bench::new();
    let short = |change: &dyn Fn(&mut Group)| {
        let mut group = group(members(4));
        group.desired = Some(6);
        change(&mut group);
        assess(&group, &bench.context())
    };
    expect("nothing comes", &short(&|_| {}), Some((Warning, "2 short of 6, and none is launching")));
    let open = activity("PreInService", Status::moving, 1, "");
    expect("an activity is open", &short(&|g| g.activities = Some(vec![open.clone()])), Some((Notice, "2 of 6 still to launch")));
    let said = "Insufficient capacity in zone b. Try another zone.";
    let failed = activity("Failed", Status::bad, 5, said);
    let want = "2 short of 6: launch failed: Insufficient capacity in zone b";
    expect("the last one failed", &short(&|g| g.activities = Some(vec![failed.clone()])), Some((Warning, want)));
    let later = activity("Successful", Status::good, 1, "");
    let cured = short(&|g| g.activities = Some(vec![later.clone(), failed.clone()]));
    expect("a later one succeeded", &cured, Some((Warning, "2 short of 6, and none is launching")));
    let want = "2 short of 6: Launch is suspended";
    expect_among("launch is off", &short(&|g| g.suspended = vec![suspended("Launch")]), (Warning, want));
    expect_none("weights are not members", &short(&|g| g.weighted = true), "short");
    let mut half = group(members(3));
    half.desired = Some(6);
    half.activities = Some(vec![failed]);
    let want = "3 short of 6: launch failed: Insufficient capacity in zone b";
    expect("half is gone and will not come", &assess(&half, &bench.context()), Some((Critical, want)));
}

#[test]
fn a_group_that_was_just_scaled_gets_a_moment() {
    let mut short = group(members(4));
    short.desired = Some(6);
    let mut bench = Bench::new();
    bench.troubled_for(short.id.clone(), 89, false);
    expect("young", &assess(&short, &bench.context()), Some((Notice, "2 of 6 still to launch")));
    bench.troubled_for(short.id.clone(), 90, false);
    expect("no longer", &assess(&short, &bench.context()), Some((Warning, "2 short of 6 for 1m, and none is launching")));
}

#[test]
fn launching_is_motion_until_it_takes_too_long() {
    let bench = Bench::new();
    let of = |minutes: u64, grace: u64| {
        assess(&changed(|g| (launching(g, 1, minutes), g.grace = Some(std::time::Duration::from_secs(grace))).1), &bench.context())
    };
    expect("on its way", &of(2, 0), Some((Notice, "5 of 6 in service, 1 launching")));
    expect("at the limit", &of(10, 0), Some((Notice, "5 of 6 in service, 1 launching")));
    expect("stuck", &of(11, 0), Some((Warning, "1 launching for 11m: stuck in Pending:Wait")));
    expect("within its grace", &of(11, 300), Some((Notice, "5 of 6 in service, 1 launching")));
}

#[test]
fn nothing_in_service_is_critical() {
    let bench = Bench::new();
    let empty = |change: &dyn Fn(&mut Group)| {
        let mut group = group(vec![]);
        group.desired = Some(2);
        change(&mut group);
        assess(&group, &bench.context())
    };
    expect("nobody", &empty(&|_| {}), Some((Critical, "nothing in service, 2 wanted")));
    expect(
        "all launching",
        &assess(&changed(|g| launching(g, 6, 1)), &bench.context()),
        Some((Critical, "nothing in service, 6 wanted: 6 launching")),
    );
    expect("one stands", &assess(&changed(|g| launching(g, 5, 1)), &bench.context()), Some((Notice, "1 of 6 in service, 5 launching")));
    expect("none wanted", &empty(&|g| g.desired = Some(0)), None);
    expect("not known how many", &empty(&|g| g.desired = None), None);
}

#[test]
fn a_failed_activity_is_news_for_an_hour_unless_it_was_overtaken() {
    let bench = Bench::new();
    let with = |activities: Vec<crate::domain::Activity>| assess(&changed(|g| g.activities = Some(activities)), &bench.context());
    let failed = |ago| activity("Failed", Status::bad, ago, "all remaining instances are protected from scale-in");
    let want = "latest activity failed: all remaining instances are protected from scale-in";
    expect("lately", &with(vec![failed(59)]), Some((Warning, want)));
    expect("long ago", &with(vec![failed(61)]), None);
    expect("cancelled", &with(vec![activity("Cancelled", Status::bad, 1, "overtaken")]), None);
    expect("a newer one still runs", &with(vec![activity("InProgress", Status::moving, 1, ""), failed(5)]), Some((Warning, want)));
}

#[test]
fn members_on_their_way_out_are_motion() {
    let group = changed(|g| {
        g.desired = Some(5);
        g.members[0].lifecycle = Status::moving("Terminating:Wait");
    });
    expect("one leaves", &assess(&group, &Bench::new().context()), Some((Notice, "1 leaving")));
}

#[test]
fn suspended_processes_weigh_what_they_do() {
    let with = |names: &[&str]| assess(&changed(|g| g.suspended = names.iter().map(|n| suspended(n)).collect()), &Bench::new().context());
    expect("vital", &with(&["ReplaceUnhealthy"]), Some((Warning, "suspended: ReplaceUnhealthy")));
    expect("not vital", &with(&["AZRebalance", "ScheduledActions"]), Some((Notice, "suspended: AZRebalance and ScheduledActions")));
    // What an operation of ours switched off is a warning once that lasts.
    let marked = |minutes: u64| {
        let bench = Bench::new();
        let since = bench.context().now.wall - std::time::Duration::from_secs(minutes * 60);
        let text =
            format!("20261120-031244-7f3a Redeploy web v1 → v2, 1 at a time by ana@laptop, since {}", since.strftime("%Y-%m-%d %H:%M UTC"));
        let group = changed(|g| {
            g.suspended = vec![suspended("AZRebalance")];
            g.tags = vec![(crate::domain::MARK_TAG.into(), text.as_str().into())];
        });
        assess(&group, &bench.context())
    };
    expect("for a moment", &marked(5), Some((Notice, "suspended: AZRebalance (redeploy by ana@laptop)")));
    expect("for long", &marked(25), Some((Warning, "suspended for 25m: AZRebalance (redeploy by ana@laptop)")));
    expect("none", &with(&[]), None);
}

#[test]
fn at_maximum_counts_only_under_load() {
    let at_max = |cpu: Option<f64>, change: &dyn Fn(&mut Group)| {
        let mut bench = Bench::new();
        if let Some(cpu) = cpu {
            bench.measure(&id(Kind::Group, "web"), Metric::Cpu, &[cpu]);
        }
        let group = changed(|g| {
            g.max = Some(6);
            change(g);
        });
        assess(&group, &bench.context())
    };
    expect("loaded", &at_max(Some(81.0), &|_| {}), Some((Notice, "at its maximum of 6 with cpu 81 %")));
    expect("not loaded", &at_max(Some(80.0), &|_| {}), None);
    expect("not known", &at_max(None, &|_| {}), None);
    expect("room to grow", &at_max(Some(99.0), &|g| g.max = Some(7)), None);
    expect("pinned on purpose", &at_max(Some(99.0), &|g| g.min = Some(6)), None);
    let policy = ScalingPolicy {
        name: Label::new("cpu"),
        enabled: true,
        kind: PolicyKind::TargetTracking { metric: Label::new("ASGAverageCPUUtilization"), target: 50.0, scale_in: true },
        alarms: vec![],
    };
    let want = "at its maximum of 6 with cpu 55 %";
    expect("above what its policy holds", &at_max(Some(55.0), &|g| g.policies = Some(vec![policy.clone()])), Some((Notice, want)));
}

#[test]
fn versions_zones_status_and_rollouts_are_remarked() {
    let bench = Bench::new();
    let with = |change: &dyn Fn(&mut Group)| assess(&changed(|g| change(g)), &bench.context());
    let v2 = |m: &mut Member| m.version = Some(Label::new("v2"));
    expect("mixed", &with(&|g| v2(&mut g.members[0])), Some((Notice, "mixed versions: v1 ×5 and v2 ×1")));
    expect("behind", &with(&|g| g.version_wanted = Some(Label::new("v2"))), Some((Notice, "v2 is wanted, v1 runs")));
    expect("as wanted", &with(&|g| g.version_wanted = Some(Label::new("v1"))), None);
    expect("two more", &with(&|g| g.members[1].zone = Label::new("a")), Some((Notice, "zones out of balance: 4 in a and 2 in b")));
    expect("one more is arithmetic", &assess(&group(members(5)), &bench.context()), None);
    expect("deleting", &with(&|g| g.status = Some(Status::moving("Delete in progress"))), Some((Notice, "Delete in progress")));
    let rollout =
        |status: Status| Rollout { status, percent: Some(50), reason: Some(Label::new("alarm fired. More.")), ..Rollout::default() };
    let failed = with(&|g| g.rollout = Some(rollout(Status::bad("Failed"))));
    expect("failed", &failed, Some((Warning, "rollout ended badly: Failed at 50 %: alarm fired")));
    let runs = with(&|g| g.rollout = Some(rollout(Status::moving("InProgress"))));
    expect("runs", &runs, Some((Notice, "rollout InProgress at 50 %: alarm fired")));
    expect("done", &with(&|g| g.rollout = Some(rollout(Status::good("Successful")))), None);
}

#[test]
fn what_is_not_known_is_not_well() {
    let bench = Bench::new();
    let with = |change: &dyn Fn(&mut Group)| assess(&changed(|g| change(g)), &bench.context());
    let odd = with(&|g| g.members[0].lifecycle = Status::unknown("Dreaming"));
    expect("an unknown word", &odd, Some((Unknown, "state of 1 not known: Dreaming")));
    let blind = with(&|g| stand(&mut g.members[0], Status::unknown("unavailable"), "health checks are disabled"));
    expect("a blind balancer", &blind, Some((Unknown, "health of 1 of 6 not known: health checks are disabled")));
    let retained = with(&|g| g.members[0].lifecycle = Status::bad("Terminating:Retained"));
    expect_among("left behind", &retained, (Warning, "1 left for a person to end: Terminating:Retained"));
}

#[test]
fn health_behind_a_balancer_that_cannot_be_seen_is_unknown() {
    let behind = changed(|g| g.pools = vec![id(Kind::Pool, "web-tg")]);
    let mut bench = Bench::new();
    expect("gone", &assess(&behind, &bench.context()), Some((Warning, "registers its members with a pool that is not there")));
    bench.set_source(SourceKind::Pools, |s| s.read_at = None);
    expect("not yet", &assess(&behind, &bench.context()), Some((Unknown, "health behind its balancer not read yet")));
    bench.set_source(SourceKind::Pools, |s| s.failure = Some(failure(FailureKind::Forbidden, 1)));
    expect_among("forbidden", &assess(&behind, &bench.context()), (Unknown, "health behind its balancer could not be read: access denied"));

    let mut bench = Bench::new();
    bench.pools = vec![pool(None)];
    expect("one pool unread", &assess(&behind, &bench.context()), Some((Unknown, "health behind web-tg could not be read")));
    bench.pools = vec![pool(Some(vec![]))];
    let all_missing = assess(&behind, &bench.context());
    expect("nobody is registered", &all_missing, Some((Warning, "6 of 6 not registered with web-tg")));
    let mut known = behind.clone();
    for member in &mut known.members {
        stand(member, Status::good("healthy"), "");
    }
    expect("all stand there", &assess(&known, &bench.context()), None);
    known.members[0].targets.clear();
    known.members[0].launched = Some(Now::at(NOW - 300).wall);
    expect("too young to be missed", &assess(&known, &bench.context()), None);
    known.members[0].launched = Some(Now::at(NOW - 301).wall);
    known.suspended = vec![suspended("AddToLoadBalancer")];
    let want = "1 of 6 not registered with web-tg: AddToLoadBalancer is suspended";
    expect_among("missed", &assess(&known, &bench.context()), (Warning, want));
}

#[test]
fn targets_on_their_way_or_unused() {
    let mut bench = Bench::new();
    let warming = changed(|g| stand(&mut g.members[0], Status::moving("initial"), "initial health checking"));
    expect("warming", &assess(&warming, &bench.context()), Some((Notice, "1 of 6 not serving: initial health checking")));
    let unused = changed(|g| stand(&mut g.members[0], Status::parked("unused"), "zone not enabled"));
    expect("unused", &assess(&unused, &bench.context()), Some((Warning, "1 of 6 in service without traffic: zone not enabled")));
    bench.pools = vec![pool(Some(vec![]))];
    expect("unused, for there is no balancer", &assess(&unused, &bench.context()), None);
}

#[test]
fn rows_of_a_source_that_fails_or_slept_are_not_vouched_for() {
    let well = changed(|_| {});
    let doubt = |change: &dyn Fn(&mut crate::domain::SourceState)| {
        let mut bench = Bench::new();
        bench.set_source(SourceKind::Groups, |s| change(s));
        assess(&well, &bench.context())
    };
    expect("one failure, young rows", &doubt(&|s| s.failure = Some(failure(FailureKind::Server, 1))), None);
    let want = "not seen for 2s: groups service error";
    expect("the second failure", &doubt(&|s| s.failure = Some(failure(FailureKind::Server, 2))), Some((Unknown, want)));
    let old = doubt(&|s| (s.failure, s.read_at) = (Some(failure(FailureKind::Forbidden, 1)), Some(Now::at(NOW - 36))));
    expect("one failure, old rows", &old, Some((Unknown, "not seen for 36s: groups access denied")));
    let slept = doubt(&|s| s.read_at = Some(Now { wall: Now::at(NOW - 7_200).wall, mono: Now::at(NOW - 1).mono }));
    expect("the machine slept", &slept, Some((Unknown, "not seen for 2h")));
}

/// A single instance that runs and whose checks pass, changed by the case.
fn single(change: impl FnOnce(&mut Member)) -> Group {
    let mut group = Group::new(id(Kind::Group, "i-0"), Label::new("hardware"), GroupKind::Instance);
    let mut member = members(1).remove(0);
    member.lifecycle = Status::good("running");
    member.health = Status::default();
    member.checks = Some(Status::good("ok"));
    change(&mut member);
    group.members = vec![member];
    group
}

#[test]
fn a_single_instance_is_all_there_is() {
    let bench = Bench::new();
    let probe = |status: Status| Probe { url: Label::new("http://h/test/"), status, latency: None, at: Now::at(NOW) };
    let with = |change: &dyn Fn(&mut Member)| assess(&single(|m| change(m)), &bench.context());
    expect("well", &with(&|_| {}), None);
    let impaired = with(&|m| m.checks = Some(Status::bad("impaired")));
    expect("impaired", &impaired, Some((Critical, "unhealthy: status checks impaired")));
    expect("young", &with(&|m| m.checks = Some(Status::moving("initializing"))), Some((Notice, "status checks initializing")));
    expect("stopped", &with(&|m| m.lifecycle = Status::parked("stopped")), Some((Notice, "stopped")));
    expect("an odd word", &with(&|m| m.lifecycle = Status::unknown("dreaming")), Some((Unknown, "state dreaming")));
    let failing = with(&|m| m.probe = Some(probe(Status::bad("503"))));
    expect("probe fails", &failing, Some((Critical, "unhealthy: probe of http://h/test/: 503")));
    expect("nothing vouches", &with(&|m| m.checks = None), Some((Unknown, "runs, but no check of it could be read")));
    let vouched = with(&|m| (m.checks, m.probe) = (None, Some(probe(Status::good("200")))));
    expect("the probe vouches", &vouched, None);
    let draining = with(&|m| stand(m, Status::moving("draining"), "draining"));
    expect("draining", &draining, Some((Notice, "not serving behind web-tg: draining")));
}

#[test]
fn targets_of_a_single_instance_count_too() {
    let mut group = single(|m| stand(m, Status::bad("unhealthy"), "timeout"));
    group.pools = vec![id(Kind::Pool, "web-tg")];
    let mut bench = Bench::new();
    let target = Target {
        member: id(Kind::Member, "i-0"),
        label: Label::new("i-0"),
        port: None,
        zone: None,
        state: Status::bad("unhealthy"),
        reason: None,
    };
    bench.pools = vec![pool(Some(vec![target]))];
    bench.troubled_for(id(Kind::Member, "i-0"), 600, false);
    expect("unhealthy", &assess(&group, &bench.context()), Some((Critical, "unhealthy for 10m: timeout")));
}
