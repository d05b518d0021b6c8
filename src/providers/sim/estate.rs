//! The estate of the portal app: a portal in two zones behind a balancer, its siblings, the single servers, databases and alarms.

use crate::domain::{AlarmState, Hook, Kind, Label, Metric, ResourceId};

use super::alarms::{Bell, Watch};
use super::calendar::{DAY, HOUR, MINUTE, SECOND};
use super::databases::{Store, StoreKind};
use super::fleet::{Fleet, Machine, Phase, Pool, Schedule, Standing, Termination, Tracked, Tracking, Version};
use super::load::Service;
use super::routing::Rule;
use super::scaling::LOW_LINE;
use super::world::{Loner, World};

/// What sets one fleet of the estate apart; the rest is the same for all.
struct Plan {
    name: &'static str,
    zones: &'static [u8],
    size: (u32, u32, u32),
    version: (&'static str, u64),
    service: Service,
    pool: Option<(&'static str, u16, i64)>,
    tracking: Option<(Tracked, f64)>,
    replaces_unhealthy: bool,
    termination: Termination,
    owner: Option<&'static str>,
    instance_type: &'static str,
}

/// Builds everything that stands three hours before the start.
pub(super) fn build(world: &mut World) {
    for plan in plans() {
        add_fleet(world, &plan);
    }
    add_green_pool(world);
    add_schedules(world);
    world.story_fleets = world.fleets.len();
    world.loners = loners(world);
    world.stores = stores(world);
    add_bells(world);
}

fn plans() -> Vec<Plan> {
    let work =
        |peak, per_machine, latency, busiest, night| Service { peak, per_machine, latency, busiest, night, needs_database: 0.0, stream: 0 };
    vec![
        // Its scale-in takes the newest, and only EC2 checks replace its members: what the runbook does not know.
        Plan {
            name: "portal",
            zones: &[0, 1],
            size: (2, 6, 12),
            version: ("v41", 9),
            service: Service { needs_database: 0.55, ..work(256.0, 64.0, 0.105, 14.0, 0.55) },
            pool: Some(("/test/", 8080, 60 * SECOND)),
            tracking: Some((Tracked::Requests, 2_700.0)),
            replaces_unhealthy: false,
            termination: Termination::NewestInstance,
            owner: Some("terraform"),
            instance_type: "t3.medium",
        },
        Plan {
            name: "web",
            zones: &[0, 1, 2],
            size: (6, 12, 40),
            version: ("v87", 0),
            service: work(900.0, 110.0, 0.036, 14.0, 0.5),
            pool: Some(("/healthz", 80, 120 * SECOND)),
            tracking: Some((Tracked::Requests, 4_800.0)),
            replaces_unhealthy: true,
            termination: Termination::Default,
            owner: Some("terraform"),
            instance_type: "c6g.large",
        },
        Plan {
            name: "api",
            zones: &[0, 1],
            size: (4, 8, 24),
            version: ("v31", 0),
            service: work(420.0, 85.0, 0.031, 13.5, 0.5),
            pool: Some(("/health", 8000, 90 * SECOND)),
            tracking: Some((Tracked::Cpu, 60.0)),
            replaces_unhealthy: true,
            termination: Termination::OldestInstance,
            owner: Some("terraform"),
            instance_type: "c6g.large",
        },
        Plan {
            name: "worker",
            zones: &[0, 1, 2],
            size: (2, 10, 60),
            version: ("v17", 0),
            service: work(50.0, 7.5, 1.4, 12.0, 0.35),
            pool: None,
            tracking: Some((Tracked::Cpu, 55.0)),
            replaces_unhealthy: false,
            termination: Termination::OldestInstance,
            owner: None,
            instance_type: "m6g.large",
        },
        Plan {
            name: "search",
            zones: &[0, 1],
            size: (2, 4, 8),
            version: ("4.1.7", 0),
            service: work(120.0, 55.0, 0.058, 15.0, 0.4),
            pool: Some(("/_ready", 9200, 60 * SECOND)),
            tracking: None,
            replaces_unhealthy: true,
            termination: Termination::Default,
            owner: Some("cloudformation"),
            instance_type: "r6g.large",
        },
        // Sleeps by day; a schedule wakes it for the nightly reports.
        Plan {
            name: "reports",
            zones: &[0, 1],
            size: (0, 0, 8),
            version: ("v9", 0),
            service: work(0.0, 5.0, 2.0, 2.0, 0.0),
            pool: None,
            tracking: None,
            replaces_unhealthy: false,
            termination: Termination::Default,
            owner: Some("terraform"),
            instance_type: "m6g.xlarge",
        },
    ]
}

fn add_fleet(world: &mut World, plan: &Plan) {
    let (min, desired, max) = plan.size;
    let mut fleet = blank_fleet(world, plan.name);
    fleet.zones = plan.zones.to_vec();
    (fleet.min, fleet.desired, fleet.max) = (min, desired, max);
    fleet.versions = vec![Version::sound(plan.version.0, plan.version.1)];
    fleet.service = Service { stream: world.fleets.len() as u64 + 1, ..plan.service.clone() };
    fleet.pool = plan.pool.map(|(path, port, drain)| pool(world, plan.name, &format!("{}-alb", plan.name), (path, port, drain)));
    fleet.tracking = plan.tracking.map(|(what, target)| Tracking {
        name: Label::new(format!("{}-{}", plan.name, if what == Tracked::Cpu { "cpu" } else { "requests" })),
        what,
        target,
        above: 0,
        below: 0,
        acted: None,
    });
    fleet.replaces_unhealthy = plan.replaces_unhealthy;
    fleet.termination = plan.termination;
    fleet.owner = plan.owner;
    fleet.instance_type = Label::new(plan.instance_type);
    if plan.name == "worker" {
        // Its machines finish the job they are at before they go.
        fleet.hooks.push(Hook { name: Label::new("finish-jobs"), launching: false, timeout: std::time::Duration::from_mins(15) });
    }
    if let Some(tool) = plan.owner.filter(|tool| *tool == "terraform") {
        fleet.tags.push((Label::new("ManagedBy"), Label::new(tool)));
    }
    settle(world, fleet);
}

/// A fleet with the defaults of the estate and nobody in it.
pub(super) fn blank_fleet(world: &World, name: &str) -> Fleet {
    Fleet {
        id: ResourceId::new(&world.scope, Kind::Group, name),
        name: Label::new(name),
        zones: vec![0, 1],
        min: 0,
        max: 0,
        desired: 0,
        machines: std::collections::BTreeMap::new(),
        next_machine: 0,
        tally: super::fleet::Tally::default(),
        log: std::collections::VecDeque::new(),
        versions: Vec::new(),
        wanted: 0,
        service: Service { peak: 0.0, per_machine: 1.0, latency: 0.05, busiest: 14.0, night: 0.5, needs_database: 0.0, stream: 0 },
        pool: None,
        tracking: None,
        schedules: Vec::new(),
        cooldown: 300 * SECOND,
        warmup: 90 * SECOND,
        grace: 300 * SECOND,
        replaces_unhealthy: false,
        termination: Termination::Default,
        suspended: Vec::new(),
        owner: None,
        instance_type: Label::new("t3.small"),
        tags: vec![(Label::new("Environment"), Label::new("simulated"))],
        created: world.now - 200 * DAY,
        deeds: std::collections::VecDeque::new(),
        next_deed: 0,
        settled: None,
        replacing: 0,
        surge: 0,
        hopeless: 0,
        doomed: 0,
        stillborn: 0,
        protects_new: false,
        told_protected: None,
        rebalance: 0,
        refresh: None,
        hooks: Vec::new(),
        mark: None,
        origin: None,
        deleting: false,
        gone: false,
    }
}

/// A target group with its balancer.
pub(super) fn pool(world: &World, name: &str, balancer: &str, (path, port, drain): (&str, u16, i64)) -> Pool {
    let region = world.scope.region();
    let arn = |rest: String| format!("arn:aws:elasticloadbalancing:{region}:000000000000:{rest}");
    let tail = |what: &str| world.dice.bits(what.len() as u64, what.bytes().fold(7, |h: u64, b| h.wrapping_mul(31) + u64::from(b)));
    Pool {
        id: ResourceId::new(&world.scope, Kind::Pool, arn(format!("targetgroup/{name}-tg/{:016x}", tail(name)))),
        name: Label::new(format!("{name}-tg")),
        balancer: ResourceId::new(&world.scope, Kind::Balancer, arn(format!("loadbalancer/app/{balancer}/{:016x}", tail(balancer)))),
        balancer_name: Label::new(balancer),
        listener: Label::new("HTTPS:443"),
        dns_name: Label::new(format!("{balancer}-{}.{region}.elb.amazonaws.com", tail(balancer) % 1_000_000_000)),
        path: Label::new(path),
        port,
        drain,
    }
}

/// Fills a fleet up to desired with machines that have long been there, and gives it its place.
pub(super) fn settle(world: &mut World, fleet: Fleet) -> usize {
    let at = world.fleets.len();
    let (count, zones, registered) = (u64::from(fleet.desired), fleet.zones.clone(), fleet.pool.is_some());
    world.fleet_by_id.insert(fleet.id.clone(), at);
    world.fleets.push(fleet);
    let oldest = world.dice.between(1, at as u64, 2 * DAY, 20 * DAY);
    let machines = (0..count)
        .map(|number| {
            let mut machine = world.new_machine(at, number, zones[number as usize % zones.len()]);
            machine.phase = Phase::InService;
            machine.standing = if registered { Standing::Healthy } else { Standing::Alone };
            machine.warm = true;
            machine.launched = world.now - oldest + (number as i64 * 7 * MINUTE).min(oldest - HOUR);
            machine.in_service = machine.launched + MINUTE;
            (number, machine)
        })
        .collect::<std::collections::BTreeMap<u64, Machine>>();
    let now = world.now;
    let fleet = &mut world.fleets[at];
    fleet.machines = machines;
    fleet.next_machine = count;
    fleet.recount(now);
    world.fill(at);
    at
}

/// The portal's listener has a rule with two pools: the one its group fills, and an empty one that gets nothing, for a second group of
/// another version beside the first.
fn add_green_pool(world: &mut World) {
    let Some(origin) = world.fleets.iter().position(|f| &*f.name == "portal") else { return };
    let Some(blue) = world.fleets[origin].pool.clone() else { return };
    let green = pool(world, "portal-green", &blue.balancer_name, (&blue.path, blue.port, blue.drain));
    let green = Pool { balancer: blue.balancer.clone(), dns_name: blue.dns_name.clone(), listener: blue.listener.clone(), ..green };
    let listener = blue.balancer.native().replacen("loadbalancer/", "listener-rule/", 1);
    let id = ResourceId::new(&world.scope, Kind::Rule, format!("{listener}/{:016x}", world.dice.bits(0x4e1e, 10)));
    let weights = vec![(blue.id, 100), (green.id.clone(), 0)];
    world.rules.push(Rule::new(id, Label::new("HTTPS:443 rule 10"), origin, world.now, weights));
    world.spares.push(green);
}

fn add_schedules(world: &mut World) {
    let now = world.calendar.stamp(world.now);
    let Some(fleet) = world.fleets.iter().position(|f| &*f.name == "reports") else { return };
    for (name, hour, minute, desired) in [("nightly-up", 1, 0, 4), ("nightly-down", 3, 30, 0)] {
        world.fleets[fleet].schedules.push(Schedule { name: Label::new(name), hour, minute, desired, next: now });
        let last = world.fleets[fleet].schedules.len() - 1;
        world.plan_schedule(fleet, last);
    }
}

fn loners(world: &World) -> Vec<Loner> {
    let loner = |n: u64, name: &str, instance_type: &str, address: &str, public: Option<&str>, probe| Loner {
        id: ResourceId::new(&world.scope, Kind::Member, format!("i-0{:016x}", world.dice.bits(0x10_4e, n))),
        name: Label::new(name),
        zone: 0,
        instance_type: Label::new(instance_type),
        address: Label::new(address),
        public_address: public.map(Label::new),
        image: Label::new(format!("ami-0{:016x}", world.dice.bits(0xa31, n))),
        launched: world.now - (40 + 37 * n as i64) * DAY,
        tags: vec![(Label::new("Name"), Label::new(name)), (Label::new("Environment"), Label::new("simulated"))],
        probe,
        rebooting: world.now,
    };
    vec![
        loner(1, "hardware", "m6i.large", "10.0.129.20", None, Some("/test/")),
        loner(2, "jumpbox", "t3.micro", "10.0.0.12", Some("192.0.2.17"), None),
    ]
}

fn stores(world: &World) -> Vec<Store> {
    let region = world.scope.region();
    let store = |name: &str, kind, engine: &str, class: &str, port| Store {
        id: ResourceId::new(&world.scope, Kind::Database, name),
        name: Label::new(name),
        kind,
        engine: Label::new(engine),
        class: Label::new(class),
        zone: 0,
        standby: None,
        storage: None,
        endpoint: Label::new(format!("{name}.c0ffee.{region}.rds.amazonaws.com")),
        port,
        max_connections: None,
        parent: None,
        created: world.now - 400 * DAY,
        backup_hour: None,
        outages: Vec::new(),
        backups: Vec::new(),
    };
    const GIB: u64 = 1 << 30;
    vec![
        Store {
            standby: Some(1),
            storage: Some(100 * GIB),
            max_connections: Some(150),
            backup_hour: Some(3.1),
            ..store("hardware-mysql", StoreKind::Primary, "mysql 8.0.39", "db.t4g.medium", 3306)
        },
        Store {
            zone: 1,
            storage: Some(100 * GIB),
            max_connections: Some(150),
            parent: Some(Label::new("hardware-mysql")),
            ..store("hardware-mysql-replica", StoreKind::Replica, "mysql 8.0.39", "db.t4g.medium", 3306)
        },
        Store { backup_hour: Some(4.6), ..store("portal-redis", StoreKind::Cache, "redis 7.1.0", "cache.t4g.small", 6379) },
    ]
}

fn add_bells(world: &mut World) {
    let fleet = |name: &str| world.fleets.iter().position(|f| &*f.name == name).unwrap_or_default();
    let store = |name: &str| world.stores.iter().position(|s| &*s.name == name).unwrap_or_default();
    let (portal, web, api) = (fleet("portal"), fleet("web"), fleet("api"));
    let (mysql, replica, redis) = (store("hardware-mysql"), store("hardware-mysql-replica"), store("portal-redis"));
    let mut plans = vec![
        ("portal-5xx".to_owned(), Watch::Fleet(portal, Metric::Errors5xx), 5.0, 2),
        ("portal-p95".to_owned(), Watch::Fleet(portal, Metric::Latency), 0.6, 3),
        ("portal-unhealthy-hosts".to_owned(), Watch::Unhealthy(portal), 0.0, 3),
        ("web-5xx".to_owned(), Watch::Fleet(web, Metric::Errors5xx), 10.0, 2),
        ("api-p95".to_owned(), Watch::Fleet(api, Metric::Latency), 0.4, 3),
        ("hardware-mysql-connections".to_owned(), Watch::Store(mysql, Metric::Connections), 120.0, 3),
        ("hardware-mysql-cpu".to_owned(), Watch::Store(mysql, Metric::Cpu), 80.0, 5),
        ("hardware-mysql-replica-lag".to_owned(), Watch::Store(replica, Metric::ReplicaLag), 10.0, 3),
        ("portal-redis-evictions".to_owned(), Watch::Store(redis, Metric::Evictions), 5.0, 3),
    ];
    for (n, fleet) in world.fleets.iter().enumerate() {
        let Some(tracking) = &fleet.tracking else { continue };
        for (side, high, line) in [("AlarmHigh", true, tracking.target), ("AlarmLow", false, tracking.target * LOW_LINE)] {
            plans.push((format!("TargetTracking-{}-{side}", fleet.name), Watch::Policy { fleet: n, what: tracking.what, high }, line, 1));
        }
    }
    // Last, so that it sees the states of the same minute.
    plans.push(("portal-impact".to_owned(), Watch::AnyOf(vec![0, 1]), 0.0, 1));
    world.bells = plans.into_iter().enumerate().map(|(n, plan)| bell(world, n, plan)).collect();
}

fn bell(world: &World, n: usize, (name, watch, threshold, minutes): (String, Watch, f64, u32)) -> Bell {
    let pool_of = |fleet: &usize| world.fleets[*fleet].pool.as_ref();
    let tail = |id: &ResourceId| Label::new(id.native().rsplit(':').next().unwrap_or_default());
    let (about, dimensions) = match &watch {
        Watch::Fleet(fleet, _) | Watch::Unhealthy(fleet) => pool_of(fleet).map_or((None, Vec::new()), |pool| {
            let balancer = tail(&pool.balancer).trim_start_matches("loadbalancer/").into();
            (Some(pool.id.clone()), vec![(Label::new("TargetGroup"), tail(&pool.id)), (Label::new("LoadBalancer"), balancer)])
        }),
        Watch::Store(store, _) => {
            let store = &world.stores[*store];
            let dimension = if store.kind == StoreKind::Cache { "CacheClusterId" } else { "DBInstanceIdentifier" };
            (Some(store.id.clone()), vec![(Label::new(dimension), store.name.clone())])
        }
        Watch::Policy { fleet, .. } => {
            let fleet = &world.fleets[*fleet];
            (Some(fleet.id.clone()), vec![(Label::new("AutoScalingGroupName"), fleet.name.clone())])
        }
        Watch::AnyOf(_) => (None, Vec::new()),
    };
    Bell {
        id: ResourceId::new(&world.scope, Kind::Alarm, &name),
        name: Label::new(name),
        watch,
        threshold,
        minutes,
        about,
        dimensions,
        state: AlarmState::Ok,
        since: world.now - 3 * DAY - n as i64 * 5 * HOUR,
        reason: Label::new("Threshold not crossed"),
        run: 0,
        values: Vec::new(),
        forced: None,
        mutes: Vec::new(),
    }
}
