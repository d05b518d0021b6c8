//! An estate of any size in memory: groups of ten members over three zones, a pool for each tenth group, one member in a thousand sick.

use std::sync::Arc;
use std::time::Duration;

use pilothouse::app::state::Session;
use pilothouse::config::OperationSettings;
use pilothouse::config::keymap::Keymap;
use pilothouse::domain::assemble::{Inputs, Slice};
use pilothouse::domain::{
    Environment, Group, GroupKind, GuardRules, Instance, Kind, Label, Member, Now, Observation, ResourceId, Scope, SourceKey, SourceKind,
    SourceState, Status, Target, TargetPool,
};

/// Members of a group.
pub const GROUP: u32 = 10;
const SICK: u32 = 1_000;
const READ: Now = Now::new(jiff::Timestamp::constant(1_795_136_395, 0), Duration::from_secs(3_595));

fn scope() -> Scope {
    Scope::new("aws", "ops", "eu-central-1")
}

pub fn session() -> Session {
    Session {
        context: Label::new("bench"),
        environment: Environment::Production,
        scopes: vec![scope()],
        read_only: false,
        guard: GuardRules::default(),
        operations: OperationSettings::default(),
        keymap: Keymap::default(),
        remarks: Vec::new(),
        zone: jiff::tz::TimeZone::UTC,
    }
}

/// What the engine would hand to the join after reading everything.
pub fn inputs(members: u32, generation: u64) -> Inputs {
    let groups = (members / GROUP).max(1);
    let mut inputs = Inputs { generation, ..Inputs::default() };
    let mut put = |kind, rows: Vec<Observation>| {
        let key = SourceKey { scope: scope(), kind };
        let mut state = SourceState::new(key.clone(), Duration::from_secs(10));
        state.read_at = Some(READ);
        state.rows = rows.len();
        inputs.slices.insert(key, Slice::new(state, Arc::from(rows)));
    };
    put(SourceKind::Groups, (0..groups).map(|g| Observation::Group(group(g))).collect());
    put(SourceKind::Instances, (0..groups * GROUP).map(|m| Observation::Instance(instance(m))).collect());
    put(SourceKind::Pools, (0..groups).step_by(10).map(|g| Observation::Pool(pool(g))).collect());
    inputs
}

fn member_id(member: u32) -> ResourceId {
    ResourceId::new(&scope(), Kind::Member, format!("i-{member:017x}"))
}

fn pool_id(group: u32) -> ResourceId {
    ResourceId::new(&scope(), Kind::Pool, format!("targetgroup/fleet-{group:05}/1"))
}

fn zone(member: u32) -> Label {
    Label::new(["eu-central-1a", "eu-central-1b", "eu-central-1c"][(member % 3) as usize])
}

fn group(number: u32) -> Group {
    let name = format!("fleet-{number:05}");
    let mut group = Group::new(ResourceId::new(&scope(), Kind::Group, &name), Label::new(&name), GroupKind::AutoScalingGroup);
    group.zones = (0..3).map(zone).collect();
    (group.desired, group.min, group.max) = (Some(GROUP), Some(0), Some(GROUP * 3));
    group.version_wanted = Some(Label::new("42"));
    if number.is_multiple_of(10) {
        group.pools = vec![pool_id(number)];
    }
    group.members = (number * GROUP..(number + 1) * GROUP)
        .map(|m| {
            let mut member = Member::new(member_id(m), zone(m), Status::good("InService"));
            member.health = if m % SICK == 1 { Status::bad("Unhealthy") } else { Status::good("Healthy") };
            member.version = Some(Label::new("42"));
            member
        })
        .collect();
    group
}

fn instance(number: u32) -> Instance {
    let group = number / GROUP;
    Instance {
        id: member_id(number),
        name: Some(Label::new(format!("fleet-{group:05}"))),
        zone: zone(number),
        instance_type: Some(Label::new("c6i.large")),
        address: Some(Label::new(format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255))),
        public_address: None,
        launched: None,
        state: Status::good("running"),
        state_reason: None,
        checks: Some(Status::good("ok")),
        image: None,
        spot: false,
        tags: vec![(Label::new("Service"), Label::new(format!("service-{}", group % 25)))],
        group: Some(Label::new(format!("fleet-{group:05}"))),
    }
}

fn pool(group: u32) -> TargetPool {
    let target = |m| Target {
        member: member_id(m),
        label: Label::new(member_id(m).native()),
        port: Some(8080),
        zone: Some(zone(m)),
        state: Status::good("healthy"),
        reason: None,
    };
    TargetPool {
        port: Some(8080),
        targets: Some((group * GROUP..(group + 1) * GROUP).map(target).collect()),
        ..TargetPool::new(pool_id(group), format!("fleet-{group:05}-tg"))
    }
}
