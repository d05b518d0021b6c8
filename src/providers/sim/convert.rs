//! The way out of the model: its fleets, machines and stores as domain values, each with just what the real API of that source would tell.

use std::time::Duration;

use crate::domain::database::DatabaseRole;
use crate::domain::group::MARK_TAG;
use crate::domain::{
    Balancer, Database, DatabaseSnapshot, Group, GroupKind, Identity, Instance, Kind, Label, Member, Now, Owner, PolicyKind, Probe,
    ResourceId, ScalingPolicy, ScheduledAction, Status, SuspendedProcess, Target, TargetPool,
};

use super::calendar::Millis;
use super::databases::{Store, StoreKind};
use super::fleet::{Fleet, Machine, Phase, Pool, Standing, Tracked, ZONES};
use super::world::{Loner, World};

/// Words that occur on every row, made once per page: a label is an allocation.
pub(super) struct Words {
    zones: [Label; ZONES],
    pending: Status,
    in_service: Status,
    terminating: Status,
    held: Status,
    parking: Status,
    parked: Status,
    healthy: Status,
    unhealthy: Status,
    running: Status,
    stopping: Status,
    booting: Status,
    checks_ok: Status,
    checks_initial: Status,
    checks_bad: Status,
    target_healthy: Status,
    target_initial: Status,
    target_unhealthy: Status,
    target_draining: Status,
    registering: Label,
    checking: Label,
    draining: Label,
    refuses: Label,
    silent: Label,
}

impl Words {
    pub fn new(world: &World) -> Self {
        Self {
            zones: std::array::from_fn(|z| world.zone_name(z as u8)),
            pending: Status::moving("Pending"),
            in_service: Status::good("InService"),
            terminating: Status::moving("Terminating"),
            held: Status::moving("Terminating:Wait"),
            parking: Status::moving("EnteringStandby"),
            parked: Status::parked("Standby"),
            healthy: Status::good("Healthy"),
            unhealthy: Status::bad("Unhealthy"),
            running: Status::good("running"),
            stopping: Status::moving("shutting-down"),
            booting: Status::moving("pending"),
            checks_ok: Status::good("ok"),
            checks_initial: Status::moving("initializing"),
            checks_bad: Status::bad("impaired"),
            target_healthy: Status::good("healthy"),
            target_initial: Status::moving("initial"),
            target_unhealthy: Status::bad("unhealthy"),
            target_draining: Status::moving("draining"),
            registering: Label::new("registration in progress"),
            checking: Label::new("first health checks in progress"),
            draining: Label::new("deregistration in progress"),
            refuses: Label::new(super::fleet::Illness::Refuses.words()),
            silent: Label::new(super::fleet::Illness::Silent.words()),
        }
    }

    fn zone(&self, zone: u8) -> Label {
        self.zones[usize::from(zone) % ZONES].clone()
    }
}

fn span(length: Millis) -> Duration {
    Duration::from_millis(length.max(0) as u64)
}

impl World {
    /// The simulated us.
    pub fn convert_identity(&self) -> Identity {
        Identity {
            scope: self.scope.clone(),
            account: Label::new("simulated"),
            principal: Label::new("you, in a simulated estate"),
            expires: None,
            skew_seconds: None,
        }
    }

    pub fn convert_group(&self, fleet: &Fleet, words: &Words) -> Group {
        let mut group = Group::new(fleet.id.clone(), fleet.name.clone(), GroupKind::AutoScalingGroup);
        group.zones = fleet.zones.iter().map(|z| words.zone(*z)).collect();
        (group.min, group.desired, group.max) = (Some(fleet.min), Some(fleet.desired), Some(fleet.max));
        group.members = fleet.machines.values().map(|m| convert_member(fleet, m, words)).collect();
        group.version_wanted = fleet.versions.get(usize::from(fleet.wanted)).map(|v| v.name.clone());
        group.suspended =
            fleet.suspended.iter().map(|(name, reason)| SuspendedProcess { name: name.clone(), reason: reason.clone() }).collect();
        group.cooldown = Some(span(fleet.cooldown));
        group.warmup = Some(span(fleet.warmup));
        group.grace = Some(span(fleet.grace));
        group.health_check = Label::new(if fleet.replaces_unhealthy { "ELB" } else { "EC2" });
        group.termination_policies = vec![Label::new(fleet.termination.word())];
        group.owner = fleet.owner.map(|tool| Owner { tool: Label::new(tool), exclusive: false });
        group.tags.clone_from(&fleet.tags);
        group.tags.extend(fleet.mark.iter().map(|mark| (Label::new(MARK_TAG), mark.clone())));
        group.protects_new = fleet.protects_new;
        group.hooks = Some(fleet.hooks.clone());
        group.status = fleet.deleting.then(|| Status::moving("Delete in progress"));
        group.rollout = fleet.refresh.as_ref().filter(|r| r.is_news(self.now)).map(|r| r.convert_rollout(fleet, &self.calendar));
        group.created = Some(self.calendar.stamp(fleet.created));
        group.pools = fleet.pool.iter().map(|p| p.id.clone()).collect();
        group
    }

    pub fn convert_instance(&self, fleet: &Fleet, machine: &Machine, words: &Words) -> Instance {
        Instance {
            id: machine.id.clone(),
            name: Some(fleet.name.clone()),
            zone: words.zone(machine.zone),
            instance_type: Some(fleet.instance_type.clone()),
            address: Some(machine.address.clone()),
            public_address: None,
            launched: Some(self.calendar.stamp(machine.launched)),
            state: match machine.phase {
                Phase::Pending => words.booting.clone(),
                Phase::InService | Phase::Draining | Phase::Parking | Phase::Parked => words.running.clone(),
                Phase::Stopping => words.stopping.clone(),
            },
            state_reason: None,
            checks: match machine.phase {
                Phase::Pending => Some(words.checks_initial.clone()),
                Phase::Stopping => None,
                _ if machine.is_unreachable() => Some(words.checks_bad.clone()),
                _ => Some(words.checks_ok.clone()),
            },
            image: None,
            spot: false,
            tags: fleet.tags.clone(),
            group: Some(fleet.name.clone()),
        }
    }

    pub fn convert_loner(&self, loner: &Loner, words: &Words) -> Instance {
        let cut_off = self.zones[usize::from(loner.zone)].out || self.now < loner.rebooting;
        Instance {
            id: loner.id.clone(),
            name: Some(loner.name.clone()),
            zone: words.zone(loner.zone),
            instance_type: Some(loner.instance_type.clone()),
            address: Some(loner.address.clone()),
            public_address: loner.public_address.clone(),
            launched: Some(self.calendar.stamp(loner.launched)),
            state: words.running.clone(),
            state_reason: None,
            checks: Some(if cut_off { words.checks_bad.clone() } else { words.checks_ok.clone() }),
            image: Some(loner.image.clone()),
            spot: false,
            tags: loner.tags.clone(),
            group: None,
        }
    }

    pub fn convert_pool(&self, pool: &Pool, words: &Words) -> TargetPool {
        let targets = self.fleets_in(&pool.id).flat_map(|f| f.machines.values()).filter_map(|m| convert_target(m, pool.port, words));
        TargetPool {
            port: Some(pool.port),
            health_check: Some(Label::new(format!("HTTP {} every 10s", pool.path))),
            health_path: Some(pool.path.clone()),
            balancers: vec![Balancer {
                id: pool.balancer.clone(),
                name: pool.balancer_name.clone(),
                kind: Label::new("alb"),
                state: Status::good("active"),
                listeners: vec![pool.listener.clone()],
                dns_name: Some(pool.dns_name.clone()),
            }],
            deregistration_delay: Some(span(pool.drain)),
            targets: Some(targets.collect()),
            routes: self.convert_routes(pool),
            ..TargetPool::new(pool.id.clone(), pool.name.clone())
        }
    }

    /// A single server as a group of one, as the join makes it.
    pub fn convert_single(&self, id: &ResourceId) -> Option<Group> {
        let loner = self.loners.iter().find(|l| id.kind == Kind::Group && l.id.native() == id.native())?;
        let instance = self.convert_loner(loner, &Words::new(self));
        let mut member = Member::new(instance.id, instance.zone.clone(), instance.state.clone());
        member.state = Some(instance.state);
        member.checks = instance.checks;
        member.address = instance.address;
        member.launched = instance.launched;
        member.instance_type = instance.instance_type;
        let mut group = Group::new(id.clone(), loner.name.clone(), GroupKind::Instance);
        group.zones = vec![instance.zone];
        group.tags = instance.tags;
        group.created = instance.launched;
        group.members = vec![member];
        Some(group)
    }

    /// Our probe of a single server: it answers as its database lets it.
    pub fn convert_probe(&self, loner: &Loner, path: &str, at: Now) -> Probe {
        let effect = self.database_effect(self.now);
        let (status, latency) = if self.zones[usize::from(loner.zone)].out || self.now < loner.rebooting {
            (Status::bad("no answer within 3s"), None)
        } else if effect.down {
            (Status::bad("500 Internal Server Error"), Some(0.9))
        } else {
            (Status::good("200 OK"), Some(0.034 * effect.slow * (1.0 + 0.3 * self.dice.wander(0x0b, self.now))))
        };
        Probe { url: Label::new(format!("http://{}{path}", loner.address)), status, latency: latency.map(Duration::from_secs_f64), at }
    }

    pub fn convert_store(&self, store: &Store) -> Database {
        let mut database = Database::new(store.id.clone(), store.name.clone(), store.engine.clone(), store.status(self.now));
        database.class = Some(store.class.clone());
        database.role = match store.kind {
            StoreKind::Primary => DatabaseRole::Primary,
            StoreKind::Replica => DatabaseRole::Replica,
            StoreKind::Cache => DatabaseRole::Cache,
        };
        database.zone = Some(self.zone_name(store.zone));
        database.multi_az = (store.kind != StoreKind::Cache).then_some(store.standby.is_some());
        database.storage = store.storage;
        database.endpoint = Some(store.endpoint.clone());
        database.port = Some(store.port);
        database.parent.clone_from(&store.parent);
        database.connections_max = store.max_connections.map(f64::from);
        database.created = Some(self.calendar.stamp(store.created));
        if store.kind == StoreKind::Replica {
            let broken = self.database_effect(self.now).down;
            database.replication = Some(if broken { Status::bad("error") } else { Status::good("replicating") });
        }
        let daily = store.latest_backup(self).map(|at| DatabaseSnapshot {
            name: Label::new(format!("rds:{}-{}", store.name, self.calendar.stamp(at).strftime("%Y-%m-%d-%H-%M"))),
            at: self.calendar.stamp(at),
            status: Status::good("available"),
        });
        let asked = store.backups.last().map(|b| DatabaseSnapshot {
            name: b.name.clone(),
            at: self.calendar.stamp(b.at),
            status: if self.now < b.done { Status::moving("creating") } else { Status::good("available") },
        });
        database.latest_snapshot = [daily, asked].into_iter().flatten().max_by_key(|s| s.at);
        database
    }
}

pub(super) fn convert_policies(fleet: &Fleet) -> Vec<ScalingPolicy> {
    let policy = |tracking: &super::fleet::Tracking| ScalingPolicy {
        name: tracking.name.clone(),
        enabled: true,
        kind: PolicyKind::TargetTracking {
            metric: Label::new(match tracking.what {
                Tracked::Requests => "ALBRequestCountPerTarget",
                Tracked::Cpu => "ASGAverageCPUUtilization",
            }),
            target: tracking.target,
            scale_in: true,
        },
        alarms: ["AlarmHigh", "AlarmLow"].iter().map(|side| Label::new(format!("TargetTracking-{}-{side}", fleet.name))).collect(),
    };
    fleet.tracking.iter().map(policy).collect()
}

pub(super) fn convert_schedules(fleet: &Fleet) -> Vec<ScheduledAction> {
    let action = |schedule: &super::fleet::Schedule| ScheduledAction {
        name: schedule.name.clone(),
        next: Some(schedule.next),
        recurrence: Some(Label::new(format!("{} {} * * *", schedule.minute, schedule.hour))),
        zone: Some(Label::new("UTC")),
        min: None,
        max: None,
        desired: Some(schedule.desired),
    };
    fleet.schedules.iter().map(action).collect()
}

fn convert_member(fleet: &Fleet, machine: &Machine, words: &Words) -> Member {
    let lifecycle = match machine.phase {
        Phase::Pending => words.pending.clone(),
        Phase::InService => words.in_service.clone(),
        Phase::Stopping if fleet.holds_leaving() => words.held.clone(),
        Phase::Draining | Phase::Stopping => words.terminating.clone(),
        Phase::Parking => words.parking.clone(),
        Phase::Parked => words.parked.clone(),
    };
    let mut member = Member::new(machine.id.clone(), words.zone(machine.zone), lifecycle);
    member.health = if machine.condemned { words.unhealthy.clone() } else { words.healthy.clone() };
    member.version = fleet.version(machine).map(|v| v.name.clone());
    member.protected = machine.protected;
    member.instance_type = Some(fleet.instance_type.clone());
    member
}

/// A machine as registered in a pool; `None` while it is not.
fn convert_target(machine: &Machine, port: u16, words: &Words) -> Option<Target> {
    use super::fleet::Illness;
    let (state, reason) = match machine.standing {
        Standing::Alone | Standing::Absent => return None,
        Standing::Registering => (&words.target_initial, Some(&words.registering)),
        Standing::Checking => (&words.target_initial, Some(&words.checking)),
        Standing::Healthy => (&words.target_healthy, None),
        Standing::Unhealthy(Illness::Refuses) => (&words.target_unhealthy, Some(&words.refuses)),
        Standing::Unhealthy(Illness::Silent) => (&words.target_unhealthy, Some(&words.silent)),
        Standing::Draining => (&words.target_draining, Some(&words.draining)),
    };
    Some(Target {
        member: machine.id.clone(),
        label: Label::new(machine.id.native()),
        port: Some(port),
        zone: Some(words.zone(machine.zone)),
        state: state.clone(),
        reason: reason.cloned(),
    })
}

/// The id of a fleet by its resource id, for reads and calls.
pub(super) fn find<'a>(world: &'a World, id: &ResourceId) -> Option<(usize, &'a Fleet)> {
    let at = *world.fleet_by_id.get(id)?;
    Some((at, &world.fleets[at]))
}
