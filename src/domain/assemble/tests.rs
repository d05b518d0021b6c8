//! The join, fact by fact.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use super::*;
use crate::domain::source::SourceKind;
use crate::domain::{
    Activity, AlarmState, Balancer, ChangeKind, GroupKind, Instance, Kind, Label, Member, Metric, Point, Probe, Status, Target, Unit,
    Verdict,
};

/// One value, as a provider has one: its clones share their parts.
fn scope() -> Scope {
    static SCOPE: LazyLock<Scope> = LazyLock::new(|| Scope::new("fake", "1", "a"));
    SCOPE.clone()
}

fn id(kind: Kind, native: &str) -> ResourceId {
    ResourceId::new(&scope(), kind, native)
}

fn member(native: &str) -> Member {
    let mut member = Member::new(id(Kind::Member, native), "a", Status::good("InService"));
    member.health = Status::good("Healthy");
    member
}

fn group(name: &str, members: &[&str]) -> Group {
    let mut group = Group::new(id(Kind::Group, name), Label::new(name), GroupKind::AutoScalingGroup);
    group.members = members.iter().map(|m| member(m)).collect();
    group
}

fn instance(native: &str) -> Instance {
    Instance {
        id: id(Kind::Member, native),
        name: Some(Label::new(format!("name of {native}"))),
        zone: Label::new("a"),
        instance_type: Some(Label::new("m7.large")),
        address: Some(Label::new(format!("10.0.0.{}", native.len()))),
        public_address: None,
        launched: Some(Now::at(0).wall),
        state: Status::good("running"),
        state_reason: None,
        checks: Some(Status::good("ok")),
        image: None,
        spot: true,
        tags: vec![(Label::new("role"), Label::new("web"))],
        group: None,
    }
}

fn target(native: &str, state: Status) -> Target {
    Target {
        member: id(Kind::Member, native),
        label: Label::new(native),
        port: Some(80),
        zone: None,
        state,
        reason: Some(Label::new("503")),
    }
}

fn pool(native: &str, targets: Vec<Target>) -> TargetPool {
    let name = Label::new(native.rsplit('/').nth(1).unwrap_or(native));
    TargetPool { port: Some(80), targets: Some(targets), ..TargetPool::new(id(Kind::Pool, native), name) }
}

fn series(resource: ResourceId, metric: Metric, at: Now, value: f64) -> Observation {
    Observation::Series(Series {
        key: SeriesKey { resource, metric },
        source: Label::new("fake"),
        period: Duration::from_mins(1),
        points: vec![Point { at: at.wall, value }],
    })
}

/// Rows as one whole read of each kind at `Now::at(100)`.
fn inputs(parts: Vec<(SourceKind, Vec<Observation>)>) -> Inputs {
    let mut inputs = Inputs::default();
    for (kind, rows) in parts {
        let key = SourceKey { scope: scope(), kind };
        let mut state = SourceState::new(key.clone(), Duration::from_secs(10));
        state.read_at = Some(Now::at(100));
        state.rows = rows.len();
        inputs.slices.insert(key, Slice::new(state, rows));
    }
    inputs
}

fn snapshot(parts: Vec<(SourceKind, Vec<Observation>)>) -> Snapshot {
    assemble(&inputs(parts), Now::at(100))
}

fn fleet(groups: Vec<Group>, instances: Vec<Instance>, pools: Vec<TargetPool>) -> Snapshot {
    snapshot(vec![
        (SourceKind::Groups, groups.into_iter().map(Observation::Group).collect()),
        (SourceKind::Instances, instances.into_iter().map(Observation::Instance).collect()),
        (SourceKind::Pools, pools.into_iter().map(Observation::Pool).collect()),
    ])
}

fn names(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.groups.iter().map(|g| &*g.item.name).collect()
}

#[test]
fn members_learn_from_the_inventory() {
    let shot = fleet(vec![group("web", &["i-1", "i-2"])], vec![instance("i-1")], vec![]);
    let members = &shot.groups[0].item.members;
    assert_eq!(members[0].name.as_deref(), Some("name of i-1"));
    assert_eq!(members[0].address.as_deref(), Some("10.0.0.3"));
    assert_eq!(members[0].state, Some(Status::good("running")));
    assert!(members[0].spot && members[0].tags.len() == 1 && members[0].launched.is_some());
    assert_eq!(&*members[0].lifecycle.word, "InService", "the group's own word stays");
    assert_eq!(members[1].name, None);
}

#[test]
fn an_instance_in_no_group_is_a_group_of_one() {
    let mut lonely = instance("i-hardware");
    lonely.name = Some(Label::new("hardware"));
    let nameless = Instance { name: None, ..instance("i-nameless") };
    let stopped = Instance { state: Status::parked("stopped"), name: Some(Label::new("old")), ..instance("i-old") };
    let shot = fleet(vec![group("web", &["i-1"])], vec![instance("i-1"), lonely, nameless, stopped], vec![]);
    assert_eq!(names(&shot), ["hardware", "i-nameless", "old", "web"], "in the order of their ids");
    let hardware = &shot.groups[0].item;
    assert_eq!((hardware.kind, hardware.desired, hardware.members.len()), (GroupKind::Instance, None, 1));
    assert_eq!(hardware.id, id(Kind::Group, "i-hardware"));
    assert_eq!(hardware.members[0].id, id(Kind::Member, "i-hardware"));
    assert!(hardware.members[0].in_service());
    assert_eq!(&*shot.groups[2].item.members[0].lifecycle.word, "stopped");
    assert!(shot.group(&id(Kind::Group, "i-hardware")).is_some(), "found by binary search");
}

#[test]
fn what_is_terminated_or_owned_does_not_stand_alone() {
    let gone = Instance { state: Status::parked("terminated"), ..instance("i-gone") };
    let going = Instance { state: Status::moving("shutting-down"), ..instance("i-going") };
    let owned = Instance { group: Some(Label::new("web")), ..instance("i-owned") };
    assert!(fleet(vec![], vec![gone, going, owned], vec![]).groups.is_empty());
}

#[test]
fn targets_and_members_find_each_other_by_id_and_by_address() {
    let by_id = target("i-1", Status::bad("unhealthy"));
    let by_address = target("10.0.0.4", Status::good("healthy"));
    let stranger = target("10.9.9.9", Status::good("healthy"));
    let mut web = group("web", &["i-1", "i-22"]);
    web.pools = vec![id(Kind::Pool, "tg/web/1")];
    let shot = fleet(vec![web], vec![instance("i-1"), instance("i-22")], vec![pool("tg/web/1", vec![by_id, by_address, stranger])]);
    let members = &shot.groups[0].item.members;
    assert_eq!(members[0].targets[0].state, Status::bad("unhealthy"));
    assert_eq!(&*members[0].targets[0].pool_name, "web");
    assert_eq!(members[0].targets[0].reason.as_deref(), Some("503"));
    assert_eq!(members[1].targets[0].state, Status::good("healthy"));
    assert_eq!(shot.pools[0].item.groups, [id(Kind::Group, "web")]);
}

#[test]
fn a_pool_knows_its_groups_from_either_side() {
    let mut declared = group("declared", &[]);
    declared.pools = vec![id(Kind::Pool, "tg/web/1")];
    let registered = group("registered", &["i-1"]);
    let pools = vec![pool("tg/web/1", vec![target("i-1", Status::good("healthy")), target("i-alone", Status::good("healthy"))])];
    let shot = fleet(vec![declared, registered], vec![instance("i-alone")], pools);
    let groups = [id(Kind::Group, "declared"), id(Kind::Group, "i-alone"), id(Kind::Group, "registered")];
    assert_eq!(shot.pools[0].item.groups, groups);
    assert!(shot.group(&groups[2]).unwrap().item.pools.is_empty(), "registered by hand: new members will not be");
    assert_eq!(shot.group(&groups[1]).unwrap().item.pools, [id(Kind::Pool, "tg/web/1")]);
}

#[test]
fn details_and_probes_reach_their_group() {
    let activity = Activity {
        id: Label::new("act-1"),
        status: Status::good("Successful"),
        description: Label::new("Launching: i-1"),
        cause: Label::new("somebody wished"),
        message: None,
        started: Some(Now::at(50).wall),
        ended: Some(Now::at(60).wall),
        progress: Some(100),
    };
    let probe = Probe { url: Label::new("http://10.0.0.3/test/"), status: Status::bad("503"), latency: None, at: Now::at(90) };
    let web = id(Kind::Group, "web");
    let shot = snapshot(vec![
        (SourceKind::Groups, vec![Observation::Group(group("web", &["i-1"]))]),
        (SourceKind::Activities, vec![Observation::Activities { group: web.clone(), activities: vec![activity.clone()] }]),
        (SourceKind::Policies, vec![Observation::Policies { group: web.clone(), policies: vec![] }]),
        (SourceKind::Probes, vec![Observation::Probe { member: id(Kind::Member, "i-1"), probe: probe.clone() }]),
    ]);
    let group = &shot.groups[0].item;
    assert_eq!(group.activities.as_deref(), Some(&[activity][..]));
    assert_eq!(group.policies.as_deref(), Some(&[][..]), "read, and there are none");
    assert_eq!(group.schedules, None, "not read");
    assert_eq!(group.members[0].probe, Some(probe));
    assert_eq!(&*shot.changes[0].title, "web: Launching: i-1");
}

#[test]
fn one_row_that_came_twice_counts_once_and_the_later_one() {
    let mut later = group("web", &["i-1"]);
    later.desired = Some(9);
    let shot = fleet(vec![group("web", &[]), later], vec![], vec![]);
    assert_eq!((shot.groups.len(), shot.groups[0].item.desired), (1, Some(9)));
}

#[test]
fn databases_take_fresh_values_only_and_a_lag_of_minus_one_is_a_broken_stream() {
    let database = |name: &str| Database::new(id(Kind::Database, name), Label::new(name), Label::new("mysql"), Status::good("available"));
    let now = Now::at(10_000);
    let rows = vec![
        series(id(Kind::Database, "db"), Metric::Cpu, Now::at(9_900), 40.0),
        series(id(Kind::Database, "db"), Metric::Connections, Now::at(1_000), 70.0),
        series(id(Kind::Database, "db"), Metric::ReplicaLag, Now::at(9_900), 2.5),
        series(id(Kind::Database, "replica"), Metric::ReplicaLag, Now::at(9_900), -1.0),
    ];
    let databases = vec![Observation::Database(database("db")), Observation::Database(database("replica"))];
    let shot = assemble(&inputs(vec![(SourceKind::Databases, databases), (SourceKind::Metrics, rows)]), now);
    let db = &shot.databases[0].item;
    assert_eq!((db.cpu, db.connections), (Some(40.0), None), "the connections are two hours old");
    assert_eq!(db.replica_lag, Some(Duration::from_millis(2_500)));
    let replica = &shot.databases[1].item;
    assert_eq!(replica.replica_lag, None);
    assert!(replica.replication.as_ref().is_some_and(Status::is_bad));
    assert_eq!(Unit::Percent.format(40.0), "40%");
}

#[test]
fn alarms_find_what_they_are_about_whatever_the_cloud_calls_its_dimensions() {
    let arn = "arn:aws:elb:eu:1:targetgroup/web-tg/0f3a";
    let mut web_pool = pool(arn, vec![target("i-1", Status::good("healthy"))]);
    web_pool.balancers = vec![Balancer {
        id: id(Kind::Balancer, "arn:aws:elb:eu:1:loadbalancer/app/web/77"),
        name: Label::new("web"),
        kind: Label::new("alb"),
        state: Status::good("active"),
        listeners: vec![],
        dns_name: None,
    }];
    let alarm = |name: &str, dimensions: &[(&str, &str)]| {
        Observation::Alarm(Alarm {
            id: id(Kind::Alarm, name),
            name: Label::new(name),
            kind: Label::new("metric"),
            state: AlarmState::Ok,
            reason: Label::default(),
            since: None,
            actions_enabled: true,
            drives_scaling: false,
            dimensions: dimensions.iter().map(|(k, v)| (Label::new(k), Label::new(v))).collect(),
            condition: None,
            muted: Vec::new(),
            about: None,
        })
    };
    let pool_id = id(Kind::Pool, arn);
    let cases = [
        ("by group", vec![("AutoScalingGroupName", "web")], Some(id(Kind::Group, "web"))),
        ("by pool", vec![("LoadBalancer", "app/web/77"), ("TargetGroup", "targetgroup/web-tg/0f3a")], Some(pool_id.clone())),
        ("by balancer", vec![("LoadBalancer", "app/web/77")], Some(pool_id)),
        ("by member", vec![("InstanceId", "i-1")], Some(id(Kind::Group, "web"))),
        ("by database", vec![("DBInstanceIdentifier", "db")], Some(id(Kind::Database, "db"))),
        ("by nothing", vec![], None),
        ("by stranger", vec![("InstanceId", "i-99")], None),
    ];
    let database = Database::new(id(Kind::Database, "db"), Label::new("db"), Label::new("mysql"), Status::good("available"));
    let shot = snapshot(vec![
        (SourceKind::Groups, vec![Observation::Group(group("web", &["i-1"]))]),
        (SourceKind::Pools, vec![Observation::Pool(web_pool)]),
        (SourceKind::Databases, vec![Observation::Database(database)]),
        (SourceKind::Alarms, cases.iter().map(|(name, dimensions, _)| alarm(name, dimensions)).collect()),
    ]);
    for (name, _, want) in cases {
        assert_eq!(shot.alarm(&id(Kind::Alarm, name)).unwrap().item.about, want, "{name}");
    }
}

#[test]
fn a_name_that_means_two_things_means_none() {
    let alarm = Alarm {
        id: id(Kind::Alarm, "x"),
        name: Label::new("x"),
        kind: Label::new("metric"),
        state: AlarmState::Firing,
        reason: Label::default(),
        since: Some(Now::at(5).wall),
        actions_enabled: true,
        drives_scaling: false,
        dimensions: vec![(Label::new("Name"), Label::new("twin"))],
        condition: None,
        muted: Vec::new(),
        about: None,
    };
    let pools = ["arn:one/twin", "arn:two/twin"].map(|arn| Observation::Pool(pool(arn, vec![])));
    let shot = snapshot(vec![(SourceKind::Pools, pools.to_vec()), (SourceKind::Alarms, vec![Observation::Alarm(alarm)])]);
    assert_eq!(shot.alarms[0].item.about, None);
    let change = &shot.changes[0];
    assert_eq!((change.kind, change.verdict, &*change.title), (ChangeKind::Alarm, Verdict::Warning, "x firing"));
}

fn change(id: &str, at: u64) -> Change {
    Change {
        id: Label::new(id),
        at: Now::at(at).wall,
        kind: ChangeKind::Scale,
        verdict: Verdict::Ok,
        about: None,
        title: Label::new(id),
        detail: None,
        who: None,
    }
}

#[test]
fn changes_are_newest_first_once_and_bounded() {
    let rows: Vec<Observation> = (0..600).map(|n| Observation::Change(change(&format!("c{n}"), n))).collect();
    let again = vec![Observation::Change(change("c599", 599))];
    let mut inputs = inputs(vec![(SourceKind::Activities, rows), (SourceKind::Events, again)]);
    inputs.flips = vec![Arc::new(change("flip", 1_000))];
    let shot = assemble(&inputs, Now::at(2_000));
    assert_eq!(shot.changes.len(), MAX_CHANGES);
    let first: Vec<&str> = shot.changes.iter().take(3).map(|c| &*c.id).collect();
    assert_eq!(first, ["flip", "c599", "c598"]);
}

#[test]
fn activities_of_one_decision_are_one_line() {
    let activity = |n: u64, cause: &str, class: Status| Activity {
        id: Label::new(format!("act-{n}")),
        status: class,
        description: Label::new(format!("Launching a new EC2 instance: i-{n}")),
        cause: Label::new(cause),
        message: None,
        started: Some(Now::at(n).wall),
        ended: None,
        progress: None,
    };
    let good = || Status::good("Successful");
    let activities = vec![
        activity(1, "6 to 8", good()),
        activity(2, "6 to 8", good()),
        activity(3, "6 to 8", Status::bad("Failed")),
        activity(4, "by hand", good()),
    ];
    let shot = snapshot(vec![
        (SourceKind::Groups, vec![Observation::Group(group("web", &[]))]),
        (SourceKind::Activities, vec![Observation::Activities { group: id(Kind::Group, "web"), activities }]),
    ]);
    let lines: Vec<(&str, Verdict)> = shot.changes.iter().map(|c| (&*c.title, c.verdict)).collect();
    assert_eq!(
        lines,
        [
            ("web: Launching a new EC2 instance: i-4", Verdict::Ok),
            ("web: Launching a new EC2 instance: i-3", Verdict::Warning),
            ("web: Launching a new EC2 instance ×2", Verdict::Ok),
        ]
    );
}

#[test]
fn a_decision_that_names_its_sizes_is_told_by_them_and_once() {
    let cause =
        "a user request explicitly set group desired capacity changing the desired capacity from 6 to 8.  At 12:00 an instance was started";
    let activity = |id: &str, status: Status| Activity {
        id: Label::new(id),
        status,
        description: Label::new("Launching a new EC2 instance: i-1"),
        cause: Label::new(cause),
        message: None,
        started: Some(Now::at(10).wall),
        ended: None,
        progress: None,
    };
    let rows = |activities| (SourceKind::Activities, vec![Observation::Activities { group: id(Kind::Group, "web"), activities }]);
    let groups = (SourceKind::Groups, vec![Observation::Group(group("web", &[]))]);
    let titles = |shot: Snapshot| shot.changes.iter().map(|c| c.title.to_string()).collect::<Vec<_>>();
    let good = || activity("a", Status::good("Successful"));
    assert_eq!(titles(snapshot(vec![groups.clone(), rows(vec![good()])])), ["web 6 → 8"]);
    let failed = activity("b", Status::bad("Failed"));
    assert_eq!(titles(snapshot(vec![groups.clone(), rows(vec![failed])])), ["web: Launching a new EC2 instance: i-1"]);
    let told = Change { about: Some(id(Kind::Group, "web")), title: Label::new("web 6 → 8"), ..change("told", 10) };
    let events = (SourceKind::Events, vec![Observation::Change(told)]);
    assert_eq!(titles(snapshot(vec![groups, rows(vec![good()]), events])).len(), 1, "the provider said so itself");
}

#[test]
fn sharing_keeps_equal_rows_and_tells_of_others() {
    let make = |desired| {
        let mut web = group("web", &["i-1"]);
        web.desired = Some(desired);
        fleet(vec![web, group("api", &["i-2"])], vec![], vec![])
    };
    let old = make(1);
    let mut same = make(1);
    assert!(!share(&mut same, &old));
    assert!(Arc::ptr_eq(&same.groups[0], &old.groups[0]) && Arc::ptr_eq(&same.groups[1], &old.groups[1]));
    let mut other = make(2);
    assert!(share(&mut other, &old));
    assert!(Arc::ptr_eq(&other.groups[0], &old.groups[0]), "api did not change");
    assert!(!Arc::ptr_eq(&other.groups[1], &old.groups[1]));
    let mut fewer = fleet(vec![group("api", &["i-2"])], vec![], vec![]);
    assert!(share(&mut fewer, &old), "one is gone");
}

/// An estate of this many members: a tenth as many groups, each behind a pool, every member known to the inventory.
fn large(members: usize) -> Inputs {
    let names: Vec<String> = (0..members).map(|n| format!("i-{n:017x}")).collect();
    let mut groups = Vec::new();
    let mut pools = Vec::new();
    for (g, chunk) in names.chunks(10).enumerate() {
        let chunk: Vec<&str> = chunk.iter().map(String::as_str).collect();
        let mut group = group(&format!("group-{g:06}"), &chunk);
        let arn = format!("arn:aws:elasticloadbalancing:eu:1:targetgroup/tg-{g}/{g:016x}");
        group.pools = vec![id(Kind::Pool, &arn)];
        group.desired = Some(chunk.len() as u32);
        groups.push(Observation::Group(group));
        pools.push(Observation::Pool(pool(&arn, chunk.iter().map(|m| target(m, Status::good("healthy"))).collect())));
    }
    let instances = names.iter().map(|n| Observation::Instance(instance(n))).collect();
    inputs(vec![(SourceKind::Groups, groups), (SourceKind::Pools, pools), (SourceKind::Instances, instances)])
}

#[test]
#[expect(clippy::disallowed_methods, reason = "measures")]
fn assembling_grows_with_the_rows_and_no_faster() {
    let time = |members| {
        let inputs = large(members);
        let best = (0..3).map(|_| {
            let start = Instant::now();
            let shot = assemble(&inputs, Now::at(100));
            assert_eq!(shot.groups.iter().map(|g| g.item.members.len()).sum::<usize>(), members);
            start.elapsed()
        });
        best.min().unwrap()
    };
    let (small, big) = (time(2_000), time(20_000));
    assert!(big < small * 60, "10 times the rows took {:.1} times as long", big.as_secs_f64() / small.as_secs_f64());
}

#[test]
#[ignore = "a measurement, not a test: run it in release with --ignored --nocapture"]
#[expect(clippy::disallowed_methods, reason = "measures")]
fn measure_a_hundred_thousand_members() {
    let inputs = large(100_000);
    let now = Now::at(100);
    let mut flips = crate::domain::Flips::default();
    let mut old = assemble(&inputs, now);
    for _ in 0..5 {
        let start = Instant::now();
        let joined = join(&inputs, now);
        let joining = start.elapsed();
        flips.observe(&joined, now);
        let flipping = start.elapsed();
        let mut new = judge(joined, &inputs, now);
        let judging = start.elapsed();
        assert!(!share(&mut new, &old));
        println!("until joined {joining:?}, flipped {flipping:?}, judged {judging:?}, shared {:?}", start.elapsed());
        old = new;
    }
}
