//! An estate to look at: the portal app in two regions with one bad deploy, made by hand so that a picture changes only when drawing does.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::app::state::{Session, State};
use crate::app::{Msg, update};
use crate::config::keymap::Keymap;
use crate::domain::snapshot::Judged;
use crate::domain::{
    Activity, Alarm, AlarmState, Assessment, Balancer, Change, ChangeKind, Database, DatabaseRole, DatabaseSnapshot, Environment, Failure,
    FailureKind, Finding, Group, GroupKind, GuardRules, Identity, Kind, Label, Member, MemberTarget, Metric, Now, Operation, OperationId,
    Owner, Phase, Point, PolicyKind, ResourceId, ScalingPolicy, ScheduledAction, Scope, Series, SeriesKey, Snapshot, SourceKey, SourceKind,
    SourceState, Status, SuspendedProcess, Target, TargetPool, Verdict,
};

/// 2026-11-20 03:12:44 UTC.
pub const NOW: u64 = 3 * 3_600 + 12 * 60 + 44;

pub fn now() -> Now {
    Now::at(NOW)
}

pub fn ago(seconds: u64) -> Timestamp {
    Now::at(NOW - seconds).wall
}

pub fn ahead(seconds: u64) -> Timestamp {
    Now::at(NOW + seconds).wall
}

fn days_ago(days: i64) -> Timestamp {
    Timestamp::from_second(now().wall.as_second() - days * 86_400).unwrap()
}

pub fn scope() -> Scope {
    Scope::new("aws", "ops", "eu-central-1")
}

pub fn far_scope() -> Scope {
    Scope::new("aws", "ops", "us-east-1")
}

pub fn id(kind: Kind, name: &str) -> ResourceId {
    ResourceId::new(&scope(), kind, name)
}

fn judged<T>(item: T, findings: Vec<Finding>) -> Arc<Judged<T>> {
    Arc::new(Judged { item, assessment: Assessment::of(findings) })
}

/// A console in one region, everything live.
pub fn session(environment: Environment) -> Session {
    Session {
        context: Label::new("portal"),
        environment,
        scopes: vec![scope()],
        read_only: false,
        guard: GuardRules { environment, ..GuardRules::default() },
        operations: crate::config::OperationSettings::default(),
        keymap: Keymap::default(),
        remarks: Vec::new(),
        zone: jiff::tz::TimeZone::UTC,
    }
}

/// A state of this size that shows a snapshot.
pub fn state(width: u16, height: u16, environment: Environment, snapshot: Snapshot) -> State {
    let mut state = State::new(session(environment), now(), width, height);
    show(&mut state, snapshot);
    state
}

pub fn show(state: &mut State, snapshot: Snapshot) {
    update(state, Msg::Snapshot(Arc::new(snapshot)), now());
}

/// Presses keys, as written in the config: `j`, `enter`, `ctrl-r`.
pub fn press(state: &mut State, keys: &[&str]) {
    for key in keys {
        let key = crate::config::keymap::Key::parse(key).unwrap();
        update(state, Msg::Key(key), now());
    }
}

/// Everything was read this many seconds ago.
fn source(kind: SourceKind, scope: &Scope, age: u64, rows: usize) -> SourceState {
    let mut s = SourceState::new(SourceKey { scope: scope.clone(), kind }, Duration::from_secs(10));
    s.read_at = Some(Now::at(NOW - age));
    s.rows = rows;
    s
}

const READ: [(SourceKind, u64); 11] = [
    (SourceKind::Groups, 2),
    (SourceKind::Instances, 3),
    (SourceKind::Pools, 2),
    (SourceKind::Databases, 4),
    (SourceKind::Caches, 4),
    (SourceKind::Alarms, 3),
    (SourceKind::Activities, 2),
    (SourceKind::Policies, 9),
    (SourceKind::Metrics, 12),
    (SourceKind::Events, 6),
    (SourceKind::Probes, 3),
];

fn set_sources(snapshot: &mut Snapshot, scope: &Scope) {
    for (kind, age) in READ {
        let state = source(kind, scope, age, 10);
        snapshot.sources.insert(state.key.clone(), state);
    }
}

/// Changes one source of the first region.
pub fn change_source(snapshot: &mut Snapshot, kind: SourceKind, change: impl FnOnce(&mut SourceState)) {
    change(snapshot.sources.get_mut(&SourceKey { scope: scope(), kind }).unwrap());
}

pub fn failure(kind: FailureKind, operation: &str, message: &str) -> Failure {
    Failure {
        kind,
        operation: Label::new(operation),
        message: Label::new(message),
        since: Now::at(NOW - 48),
        attempts: 3,
        next_try: Some(Now::at(NOW + 6)),
    }
}

/// Nothing has answered yet.
pub fn loading() -> Snapshot {
    let mut snapshot = Snapshot { generation: 1, ..Snapshot::default() };
    for (kind, _) in READ {
        let mut state = SourceState::new(SourceKey { scope: scope(), kind }, Duration::from_secs(10));
        state.reading_since = Some(now());
        snapshot.sources.insert(state.key.clone(), state);
    }
    snapshot
}

/// Everything was read, and there is nothing.
pub fn empty() -> Snapshot {
    let mut snapshot = Snapshot { generation: 1, taken: Some(now()), calls_per_minute: 12, ..Snapshot::default() };
    set_sources(&mut snapshot, &scope());
    snapshot
}

/// The first pages of a first read.
pub fn partial() -> Snapshot {
    let mut snapshot = full();
    snapshot.groups.truncate(9);
    snapshot.pools.clear();
    snapshot.databases.clear();
    snapshot.alarms.clear();
    snapshot.changes.clear();
    snapshot.series.clear();
    for state in snapshot.sources.values_mut() {
        state.read_at = None;
        state.reading_since = Some(now());
        state.rows = 0;
    }
    change_source(&mut snapshot, SourceKind::Groups, |s| {
        s.rows = 9;
        s.partial = true;
    });
    snapshot
}

/// The rows of 48 seconds ago, and why there are no newer ones.
pub fn stale() -> Snapshot {
    let mut snapshot = full();
    for (kind, operation) in [
        (SourceKind::Groups, "autoscaling:DescribeAutoScalingGroups"),
        (SourceKind::Pools, "elasticloadbalancing:DescribeTargetHealth"),
        (SourceKind::Metrics, "cloudwatch:GetMetricData"),
    ] {
        change_source(&mut snapshot, kind, |s| {
            s.read_at = Some(Now::at(NOW - 48));
            s.failure = Some(failure(FailureKind::Throttled, operation, "Rate exceeded"));
        });
    }
    snapshot
}

/// Nothing could be read: wrong in four different ways.
pub fn broken() -> Snapshot {
    let mut snapshot = loading();
    for (kind, failure) in [
        (
            SourceKind::Groups,
            failure(FailureKind::Auth, "autoscaling:DescribeAutoScalingGroups", "The security token included in the request is expired"),
        ),
        (SourceKind::Instances, failure(FailureKind::Auth, "ec2:DescribeInstances", "ExpiredToken")),
        (SourceKind::Pools, failure(FailureKind::Forbidden, "elasticloadbalancing:DescribeTargetHealth", "not authorized")),
        (SourceKind::Databases, failure(FailureKind::Timeout, "rds:DescribeDBInstances", "no answer within 10 s")),
        (SourceKind::Metrics, failure(FailureKind::Decode, "cloudwatch:GetMetricData", "<html><body>502 Bad Gateway")),
        (SourceKind::Alarms, failure(FailureKind::Network, "cloudwatch:DescribeAlarms", "connection refused")),
    ] {
        change_source(&mut snapshot, kind, |s| s.failure = Some(failure));
    }
    snapshot
}

/// The whole estate on a bad night.
pub fn full() -> Snapshot {
    let scope = scope();
    let mut snapshot = Snapshot { generation: 7, taken: Some(now()), calls_per_minute: 41, cost_per_hour: 0.02, ..Snapshot::default() };
    set_sources(&mut snapshot, &scope);
    snapshot.identities.insert(
        scope.clone(),
        Identity {
            scope: scope.clone(),
            account: Label::new("471112345678"),
            principal: Label::new("arn:aws:sts::471112345678:assumed-role/ops/night-shift"),
            expires: None,
            skew_seconds: None,
        },
    );
    snapshot.groups = groups();
    snapshot.groups.sort_by(|a, b| a.item.id.cmp(&b.item.id));
    snapshot.pools = pools();
    snapshot.pools.sort_by(|a, b| a.item.id.cmp(&b.item.id));
    snapshot.databases = databases();
    snapshot.databases.sort_by(|a, b| a.item.id.cmp(&b.item.id));
    snapshot.alarms = alarms();
    snapshot.changes = changes();
    add_series(&mut snapshot);
    snapshot
}

/// The estate with two groups in a second region, one of the same name.
pub fn two_regions() -> Snapshot {
    let mut snapshot = full();
    set_sources(&mut snapshot, &far_scope());
    for name in ["web", "edge"] {
        let mut far = group(name, 3, (2, 9), "ab", "v88");
        far.id = ResourceId::new(&far_scope(), Kind::Group, name);
        far.zones = vec![Label::new("us-east-1a"), Label::new("us-east-1b")];
        snapshot.groups.push(judged(far, Vec::new()));
    }
    snapshot.groups.sort_by(|a, b| a.item.id.cmp(&b.item.id));
    snapshot
}

/// The same estate on a good night.
pub fn healthy() -> Snapshot {
    let mut snapshot = full();
    for group in &mut snapshot.groups {
        let judged = Arc::make_mut(group);
        judged.assessment = Assessment::default();
        let wanted = judged.item.version_wanted.clone();
        for member in &mut judged.item.members {
            member.version.clone_from(&wanted);
            for target in &mut member.targets {
                target.state = Status::good("healthy");
                target.reason = None;
            }
        }
    }
    for pool in &mut snapshot.pools {
        let judged = Arc::make_mut(pool);
        judged.assessment = Assessment::default();
        for target in judged.item.targets.iter_mut().flatten() {
            target.state = Status::good("healthy");
            target.reason = None;
        }
    }
    for database in &mut snapshot.databases {
        Arc::make_mut(database).assessment = Assessment::default();
    }
    snapshot.alarms.clear();
    snapshot
}

fn zones(letters: &str) -> Vec<Label> {
    letters.chars().map(|c| Label::new(format!("eu-central-1{c}"))).collect()
}

fn group(name: &str, desired: u32, bounds: (u32, u32), letters: &str, version: &str) -> Group {
    let mut group = Group::new(id(Kind::Group, name), Label::new(name), GroupKind::AutoScalingGroup);
    group.zones = zones(letters);
    (group.desired, group.min, group.max) = (Some(desired), Some(bounds.0), Some(bounds.1));
    group.version_wanted = Some(Label::new(version));
    group.cooldown = Some(Duration::from_mins(5));
    group.grace = Some(Duration::from_mins(2));
    group.health_check = Label::new("ELB");
    for n in 0..desired {
        group.members.push(member(&group, n, version));
    }
    group
}

fn member(group: &Group, n: u32, version: &str) -> Member {
    let seed: u32 = group.name.bytes().map(u32::from).sum::<u32>() * 7_919 + n * 104_729;
    let native = format!("i-0{seed:07x}{:09x}", u64::from(seed) * 48_271 % 0xf_ffff_ffff);
    let zone = group.zones[n as usize % group.zones.len()].clone();
    let mut member = Member::new(id(Kind::Member, &native), zone, Status::good("InService"));
    member.health = Status::good("Healthy");
    member.version = Some(Label::new(version));
    member.instance_type = Some(Label::new("m6i.large"));
    member.address = Some(Label::new(format!("10.0.{}.{}", 1 + n % 3, 9 + seed % 240)));
    member.launched = Some(days_ago(9));
    member
}

fn target_of(member: &mut Member, pool: &str, state: Status, reason: Option<&str>) {
    member.targets = vec![MemberTarget { pool: id(Kind::Pool, pool), pool_name: Label::new(pool), state, reason: reason.map(Label::new) }];
}

fn groups() -> Vec<Arc<Judged<Group>>> {
    let mut out = vec![judged(
        portal(),
        vec![
            Finding::new(Verdict::Critical, "2 of 6 unhealthy for 4m: health check returns 503 (both on v42)")
                .next("enter shows them; - takes one away"),
            Finding::new(Verdict::Warning, "AlarmNotification suspended 22m ago: nothing scales this group by itself"),
        ],
    )];
    let mut hardware = Group::new(id(Kind::Group, "i-0f3a77b1c2d3e4f50"), Label::new("hardware"), GroupKind::Instance);
    hardware.zones = zones("a");
    hardware.members.push(member(&hardware, 0, "–"));
    hardware.members[0].version = None;
    out.push(judged(hardware, vec![Finding::new(Verdict::Warning, "disk 91 % on i-0f3a…, full in about 6h at this rate")]));
    let mut worker = group("worker", 10, (2, 60), "abc", "v17");
    worker.members[9].lifecycle = Status::moving("Pending");
    worker.members[9].launched = Some(ago(70));
    out.push(judged(worker, vec![Finding::new(Verdict::Notice, "1 on its way in, launched 1m ago")]));
    let jumpbox = {
        let mut g = Group::new(id(Kind::Group, "i-0aa11bb22cc33dd44"), Label::new("jumpbox"), GroupKind::Instance);
        g.zones = zones("a");
        g.members.push(member(&g, 0, ""));
        g.members[0].version = None;
        g
    };
    out.push(judged(jumpbox, Vec::new()));
    for (name, desired, bounds, letters, version) in [
        ("web", 12, (6, 40), "abc", "v88"),
        ("api", 8, (4, 24), "ab", "v31"),
        ("search", 9, (3, 12), "abc", "v4"),
        ("checkout-production-blue-eu", 4, (2, 8), "ab", "lt-0f3a77b1c2:12"),
        ("größe-日本語-very-long-name-for-a-group", 2, (1, 4), "ab", "v1"),
    ] {
        out.push(judged(group(name, desired, bounds, letters, version), Vec::new()));
    }
    for n in 1..=33 {
        out.push(judged(group(&format!("batch-{n:02}"), 2 + n % 3, (1, 8), "ab", "v5"), Vec::new()));
    }
    out
}

fn portal() -> Group {
    let mut portal = group("portal", 6, (2, 12), "ab", "v42");
    portal.pools = vec![id(Kind::Pool, "portal-tg")];
    portal.owner = Some(Owner { tool: Label::new("terraform"), exclusive: false });
    portal.suspended =
        vec![SuspendedProcess { name: Label::new("AlarmNotification"), reason: Label::new("User suspended at 2026-11-20T02:50:11Z") }];
    portal.tags = vec![(Label::new("team"), Label::new("portal")), (Label::new("terraform"), Label::new("estate/portal"))];
    portal.policies = Some(vec![
        ScalingPolicy {
            name: Label::new("cpu-55"),
            enabled: true,
            kind: PolicyKind::TargetTracking { metric: Label::new("ASGAverageCPUUtilization"), target: 55.0, scale_in: true },
            alarms: vec![Label::new("TargetTracking-portal-AlarmHigh"), Label::new("TargetTracking-portal-AlarmLow")],
        },
        ScalingPolicy {
            name: Label::new("old-step"),
            enabled: false,
            kind: PolicyKind::Step { adjustment: Label::new("+2") },
            alarms: Vec::new(),
        },
    ]);
    portal.schedules = Some(vec![ScheduledAction {
        name: Label::new("office-hours"),
        next: Some(Now::at(NOW + 4 * 3_600).wall),
        recurrence: Some(Label::new("0 7 * * 1-5")),
        zone: Some(Label::new("Europe/Berlin")),
        min: Some(4),
        max: None,
        desired: Some(8),
    }]);
    portal.activities = Some(vec![
        activity(
            "a3",
            Status::moving("InProgress"),
            "Launching a new EC2 instance: i-0c0ffee",
            "a user request changed desired capacity from 6 to 7",
            40,
        ),
        activity(
            "a2",
            Status::bad("Failed"),
            "Launching a new EC2 instance",
            "an instance was started in response to a difference between desired and actual capacity",
            700,
        ),
        activity(
            "a1",
            Status::good("Successful"),
            "Terminating EC2 instance: i-0dead",
            "an instance was taken out of service in response to a user request",
            1_900,
        ),
    ]);
    for (i, member) in portal.members.iter_mut().enumerate() {
        let minutes = 4 + i as u64;
        if i < 3 {
            member.launched = Some(ago(minutes * 60));
        } else {
            member.version = Some(Label::new("v41"));
        }
        if i < 2 {
            target_of(member, "portal-tg", Status::bad("unhealthy"), Some("health check returns 503"));
        } else {
            target_of(member, "portal-tg", Status::good("healthy"), None);
        }
    }
    portal.members[4].protected = true;
    portal
}

fn activity(id: &str, status: Status, description: &str, cause: &str, started: u64) -> Activity {
    let open = status.is_moving();
    let failed = status.is_bad();
    Activity {
        id: Label::new(id),
        status,
        description: Label::new(description),
        cause: Label::new(cause),
        message: failed.then(|| Label::new("We currently do not have sufficient m6i.large capacity in eu-central-1b")),
        started: Some(ago(started)),
        ended: (!open).then(|| ago(started - 30)),
        progress: Some(if open { 50 } else { 100 }),
    }
}

fn pool(name: &str, states: &[(&str, Status, Option<&str>)]) -> TargetPool {
    TargetPool {
        id: id(Kind::Pool, name),
        name: Label::new(name),
        kind: Label::new("target group"),
        protocol: Label::new("HTTP"),
        port: Some(8_080),
        health_check: Some(Label::new("HTTP /test/ every 10s, 2 good or 3 bad in a row")),
        health_path: Some(Label::new("/test/")),
        balancers: vec![Balancer {
            id: id(Kind::Balancer, "alb"),
            name: Label::new(name.replace("-tg", "-alb")),
            kind: Label::new("alb"),
            state: Status::good("active"),
            listeners: vec![Label::new("HTTPS:443"), Label::new("HTTP:80 rule 10")],
            dns_name: Some(Label::new("portal-alb-1234567890.eu-central-1.elb.amazonaws.com")),
        }],
        deregistration_delay: Some(Duration::from_secs(30)),
        targets: Some(
            states
                .iter()
                .enumerate()
                .map(|(n, (label, state, reason))| Target {
                    member: id(Kind::Member, label),
                    label: Label::new(label),
                    port: Some(8_080),
                    zone: Some(Label::new(if n % 2 == 0 { "eu-central-1a" } else { "eu-central-1b" })),
                    state: state.clone(),
                    reason: reason.map(Label::new),
                })
                .collect(),
        ),
        groups: vec![id(Kind::Group, name.trim_end_matches("-tg"))],
        routes: Vec::new(),
    }
}

fn pools() -> Vec<Arc<Judged<TargetPool>>> {
    let good = || Status::good("healthy");
    let bad = || Status::bad("unhealthy");
    let portal = pool(
        "portal-tg",
        &[
            ("i-0aa9c1f2b3d4e5f67", bad(), Some("health check returns 503")),
            ("i-0be210f2b3d4e5f68", bad(), Some("health check returns 503")),
            ("i-01d4fef2b3d4e5f69", good(), None),
            ("i-07c3aaf2b3d4e5f70", good(), None),
            ("i-08d3aaf2b3d4e5f71", good(), None),
            ("i-09e3aaf2b3d4e5f72", good(), None),
            ("i-0123aaf2b3d4e5f73", Status::moving("draining"), Some("deregistration is in progress")),
        ],
    );
    let many: Vec<(String, Status)> = (0..12).map(|n| (format!("i-0web{n:014x}"), good())).collect();
    let many: Vec<(&str, Status, Option<&str>)> = many.iter().map(|(l, s)| (l.as_str(), s.clone(), None)).collect();
    let mut unread = pool("legacy-classic", &[]);
    unread.targets = None;
    vec![
        judged(
            portal,
            vec![Finding::new(Verdict::Critical, "2 of 6 targets unhealthy: health check returns 503").next("enter shows them")],
        ),
        judged(unread, vec![Finding::new(Verdict::Unknown, "targets could not be read")]),
        judged(pool("web-tg", &many), Vec::new()),
        judged(pool("api-tg", &many[..8]), Vec::new()),
    ]
}

fn databases() -> Vec<Arc<Judged<Database>>> {
    let database = |name: &str, engine: &str, role| {
        let mut db = Database::new(id(Kind::Database, name), Label::new(name), Label::new(engine), Status::good("available"));
        db.role = role;
        db.zone = Some(Label::new("eu-central-1a"));
        db.class = Some(Label::new("db.r6g.large"));
        db.endpoint = Some(Label::new(format!("{name}.c1x2y3.eu-central-1.rds.amazonaws.com")));
        db.port = Some(3_306);
        db.created = Some(days_ago(400));
        db.cpu = Some(34.0);
        db
    };
    let mut mysql = database("hardware-mysql", "mysql 8.0.39", DatabaseRole::Primary);
    mysql.multi_az = Some(true);
    mysql.storage = Some(200_000_000_000);
    mysql.free_storage = Some(58e9);
    (mysql.connections, mysql.connections_max) = (Some(132.0), Some(150.0));
    mysql.latest_snapshot = Some(DatabaseSnapshot { name: Label::new("rds:nightly"), at: ago(10_900), status: Status::good("available") });
    mysql.pending = vec![Label::new("engine version 8.0.40")];
    let mut replica = database("hardware-mysql-replica", "mysql 8.0.39", DatabaseRole::Replica);
    replica.storage = Some(200_000_000_000);
    replica.free_storage = Some(60e9);
    (replica.connections, replica.connections_max) = (Some(12.0), Some(150.0));
    replica.replica_lag = Some(Duration::from_millis(400));
    replica.parent = Some(Label::new("hardware-mysql"));
    replica.replication = Some(Status::good("replicating"));
    let mut redis = database("portal-redis", "redis 7.1", DatabaseRole::Cache);
    (redis.memory_used, redis.evictions, redis.connections) = (Some(40.0), Some(0.0), Some(61.0));
    vec![
        judged(mysql, vec![Finding::new(Verdict::Warning, "connections 88 % of 150").next("enter shows the curve")]),
        judged(replica, Vec::new()),
        judged(redis, Vec::new()),
    ]
}

fn alarms() -> Vec<Arc<Judged<Alarm>>> {
    vec![judged(
        Alarm {
            id: id(Kind::Alarm, "portal-5xx"),
            name: Label::new("portal-5xx"),
            kind: Label::new("metric"),
            state: AlarmState::Firing,
            reason: Label::new("Threshold Crossed: 2 datapoints were greater than the threshold (5.0)"),
            since: Some(ago(84)),
            actions_enabled: true,
            drives_scaling: false,
            dimensions: Vec::new(),
            condition: Some(Label::new("5xx > 5 for 2 of 2 minutes")),
            muted: Vec::new(),
            about: Some(id(Kind::Pool, "portal-tg")),
        },
        vec![Finding::new(Verdict::Critical, "firing: 5xx > 5 for 2 of 2 minutes")],
    )]
}

fn changes() -> Vec<Arc<Change>> {
    let portal = id(Kind::Group, "portal");
    /// Seconds ago, kind, verdict, title, detail, who, about.
    type Row = (u64, ChangeKind, Verdict, &'static str, Option<&'static str>, Option<&'static str>, ResourceId);
    let rows: [Row; 7] = [
        (
            222,
            ChangeKind::Target,
            Verdict::Warning,
            "2 of portal-tg unhealthy",
            Some("health check returns 503"),
            None,
            id(Kind::Pool, "portal-tg"),
        ),
        (244, ChangeKind::Member, Verdict::Ok, "i-0aa9c1f2b3d4e5f67 (v42) in service in zone b", None, None, portal.clone()),
        (393, ChangeKind::Deploy, Verdict::Ok, "portal v41 → v42", Some("surge and drain, 2 at a time"), Some("you"), portal.clone()),
        (837, ChangeKind::Scale, Verdict::Ok, "worker 8 → 10", Some("target tracking (cpu)"), None, id(Kind::Group, "worker")),
        (5_400, ChangeKind::Database, Verdict::Notice, "hardware-mysql backed up", None, None, id(Kind::Database, "hardware-mysql")),
        (9_000, ChangeKind::Operation, Verdict::Ok, "portal 5 → 6", Some("in service and healthy after 3m"), Some("you"), portal),
        (
            11_000,
            ChangeKind::Scale,
            Verdict::Warning,
            "batch-07: Launching a new EC2 instance",
            Some("We currently do not have sufficient m6i.large capacity in the Availability Zone you requested (eu-central-1b)"),
            None,
            id(Kind::Group, "batch-07"),
        ),
    ];
    let mut out: Vec<Arc<Change>> = rows
        .into_iter()
        .enumerate()
        .map(|(n, (seconds, kind, verdict, title, detail, who, about))| {
            Arc::new(Change {
                id: Label::new(format!("c{n}")),
                at: ago(seconds),
                kind,
                verdict,
                about: Some(about),
                title: Label::new(title),
                detail: detail.map(Label::new),
                who: who.map(Label::new),
            })
        })
        .collect();
    for n in 0..30 {
        out.push(Arc::new(Change {
            id: Label::new(format!("old{n}")),
            at: Timestamp::from_second(now().wall.as_second() - 90_000 - n * 4_000).unwrap(),
            kind: ChangeKind::Scale,
            verdict: Verdict::Ok,
            about: Some(id(Kind::Group, "web")),
            title: Label::new(format!("web {} → {}", 10 + n % 3, 11 + n % 3)),
            detail: None,
            who: None,
        }));
    }
    out
}

/// Smooth and the same every time: a curve from two waves.
fn wave(second: u64, base: f64, swing: f64) -> f64 {
    let t = second as f64;
    base + swing * ((t / 700.0).sin() * 0.6 + (t / 170.0).sin() * 0.4)
}

fn add_series(snapshot: &mut Snapshot) {
    let bad_since = NOW - 300;
    let mut add = |resource: ResourceId, metric: Metric, value: &dyn Fn(u64) -> f64| {
        let points = (0..NOW)
            .step_by(60)
            .filter(|s| !(NOW - 620..NOW - 480).contains(s) || metric != Metric::Requests)
            .map(|s| Point { at: Now::at(s).wall, value: value(s).max(0.0) })
            .collect();
        let key = SeriesKey { resource, metric };
        let series = Series { key: key.clone(), source: Label::new("CloudWatch"), period: Duration::from_mins(1), points };
        snapshot.series.insert(key, Arc::new(series));
    };
    let ramp = move |s: u64, from: f64, to: f64| from + (to - from) * (s.saturating_sub(bad_since) as f64 / 300.0).min(1.0).sqrt();
    let tg = || id(Kind::Pool, "portal-tg");
    add(tg(), Metric::Errors5xx, &|s| if s < bad_since { 0.0 } else { ramp(s, 4.0, 37.0) + wave(s, 0.0, 2.0) });
    add(tg(), Metric::Latency, &|s| if s < bad_since { wave(s, 0.052, 0.012) } else { ramp(s, 0.2, 0.91) });
    add(tg(), Metric::Requests, &|s| wave(s, 310.0, 40.0));
    add(tg(), Metric::HealthyHosts, &|s| if s < bad_since { 6.0 } else { 4.0 });
    add(id(Kind::Group, "portal"), Metric::Cpu, &|s| wave(s, 48.0, 14.0));
    for (name, p95, requests) in [("web-tg", 0.041, 1_250.0), ("api-tg", 0.038, 420.0)] {
        add(id(Kind::Pool, name), Metric::Errors5xx, &|_| 0.0);
        add(id(Kind::Pool, name), Metric::Latency, &|s| wave(s, p95, 0.004));
        add(id(Kind::Pool, name), Metric::Requests, &|s| wave(s, requests, requests / 8.0));
    }
    add(id(Kind::Group, "worker"), Metric::Cpu, &|s| wave(s, 61.0, 9.0));
    let mysql = || id(Kind::Database, "hardware-mysql");
    add(mysql(), Metric::Cpu, &|s| wave(s, 34.0, 6.0));
    add(mysql(), Metric::Connections, &|s| wave(s, 120.0, 8.0) + s as f64 / 900.0);
    add(mysql(), Metric::FreeStorage, &|s| 61e9 - s as f64 * 260_000.0);
}

/// One of ours, in a phase.
pub fn operation(phase: Phase, note: &str, progress: Option<(u32, u32)>) -> Operation {
    let over = phase.is_over();
    let name = OperationId("20261120-031100-7f3a".to_owned());
    Operation {
        phase,
        note: Label::new(note),
        ended: over.then(|| ago(12)),
        progress,
        undo_to: Some(6),
        ..Operation::new(name, 1, id(Kind::Group, "portal"), "scale", Label::new("scale portal 6 → 8"), ago(104))
    }
}
