//! A fleet of the model: a group, its machines, and running counts over them, so that no question costs a walk over 100,000 machines.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use crate::domain::{Activity, Hook, Label, ResourceId, StatusClass};

use super::calendar::Millis;
use super::load::Service;
use super::refresh::Refresh;

/// Zones of the region; fleets use the first two or all three.
pub(super) const ZONES: usize = 3;

/// Where a machine stands between launch and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Booting; not yet in service.
    Pending,
    InService,
    /// Taken out; the balancer lets its connections end.
    Draining,
    /// Shutting down; the balancer has forgotten it.
    Stopping,
    /// On its way to standby; the balancer lets its connections end.
    Parking,
    /// Standby: runs, unchecked and without traffic.
    Parked,
}

/// Why the balancer calls a target unhealthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Illness {
    /// The application answers the health check with 503.
    Refuses,
    /// Nobody answers in time.
    Silent,
}

/// How the balancer sees a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The fleet has no balancer: it finds its work by itself.
    Alone,
    /// Not registered with the balancer.
    Absent,
    Registering,
    Checking,
    Healthy,
    Unhealthy(Illness),
    Draining,
}

/// One instance of a fleet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Machine {
    pub id: ResourceId,
    pub address: Label,
    pub zone: u8,
    /// Index into [`Fleet::versions`].
    pub version: u16,
    pub phase: Phase,
    pub standing: Standing,
    pub launched: Millis,
    pub in_service: Millis,
    /// Caches are full and it takes its whole share.
    pub warm: bool,
    /// Its application answers 503 from now on.
    pub sick: bool,
    /// Its zone is out: it runs, but nobody reaches it.
    pub cut_off: bool,
    /// It boots again: nobody reaches it for a while.
    pub rebooting: bool,
    /// Somebody took it out of its pool by hand, or it was registered and is no more: a group that watches its balancer misses it there.
    pub deregistered: bool,
    /// When its last connections end, while it drains.
    pub drained: Millis,
    /// The group marked it unhealthy and will replace it.
    pub condemned: bool,
    pub protected: bool,
}

impl Machine {
    pub fn counts(&self) -> bool {
        matches!(self.phase, Phase::Pending | Phase::InService)
    }

    /// On its way out for good.
    pub fn leaves(&self) -> bool {
        matches!(self.phase, Phase::Draining | Phase::Stopping)
    }

    /// Nobody reaches it.
    pub fn is_unreachable(&self) -> bool {
        self.cut_off || self.rebooting
    }

    /// Takes requests.
    pub fn serves(&self) -> bool {
        self.phase == Phase::InService
            && match self.standing {
                Standing::Healthy => true,
                Standing::Alone => !self.is_unreachable() && !self.sick,
                _ => false,
            }
    }
}

/// A release of a fleet's software, with how well it behaves.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Version {
    pub name: Label,
    /// Share of its answers that are 5xx, in thousandths.
    pub errors: u64,
    /// Database connections each machine holds.
    pub connections: u64,
    /// Share of its machines that fall sick, 0–1, and how long after they became healthy.
    pub sick: f64,
    pub sick_after: Millis,
    /// Machines launched with it so far.
    pub launched: u64,
}

impl Version {
    pub fn sound(name: &str, connections: u64) -> Self {
        Self { name: Label::new(name), errors: 1, connections, sick: 0.0, sick_after: 0, launched: 0 }
    }

    /// Whether the next machine of it will fall sick: spread evenly, so that a share of ⅔ means two of three.
    pub fn next_is_sick(&mut self) -> bool {
        let before = (self.launched as f64 * self.sick + 0.5).floor();
        self.launched += 1;
        (self.launched as f64 * self.sick + 0.5).floor() > before
    }
}

/// Running counts. Integers, so that adding and taking away never drifts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Pending or in service: what counts against desired.
    pub counted: u32,
    pub in_service: u32,
    /// Take requests.
    pub serving: u32,
    pub unhealthy: u32,
    /// Serving strength in thousandths of a warm machine.
    pub strength: u64,
    /// Serving strength × error share, in millionths.
    pub faulty: u64,
    /// Database connections held.
    pub connections: u64,
    pub by_zone: [u32; ZONES],
}

impl Tally {
    fn of(machine: &Machine, versions: &[Version]) -> Self {
        let mut tally = Self::default();
        let version = versions.get(usize::from(machine.version));
        if machine.counts() {
            tally.counted = 1;
            tally.by_zone[usize::from(machine.zone) % ZONES] = 1;
        }
        if machine.phase == Phase::InService {
            tally.in_service = 1;
            tally.unhealthy = u32::from(matches!(machine.standing, Standing::Unhealthy(_)));
            tally.connections = if machine.is_unreachable() { 0 } else { version.map_or(0, |v| v.connections) };
        }
        if machine.serves() {
            tally.serving = 1;
            tally.strength = if machine.warm { 1_000 } else { 500 };
            tally.faulty = tally.strength * version.map_or(0, |v| v.errors);
        }
        tally
    }

    fn add(&mut self, other: Self) {
        self.counted += other.counted;
        self.in_service += other.in_service;
        self.serving += other.serving;
        self.unhealthy += other.unhealthy;
        self.strength += other.strength;
        self.faulty += other.faulty;
        self.connections += other.connections;
        for (mine, theirs) in self.by_zone.iter_mut().zip(other.by_zone) {
            *mine += theirs;
        }
    }

    fn take(&mut self, other: Self) {
        self.counted -= other.counted;
        self.in_service -= other.in_service;
        self.serving -= other.serving;
        self.unhealthy -= other.unhealthy;
        self.strength -= other.strength;
        self.faulty -= other.faulty;
        self.connections -= other.connections;
        for (mine, theirs) in self.by_zone.iter_mut().zip(other.by_zone) {
            *mine -= theirs;
        }
    }
}

/// What a target-tracking policy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tracked {
    /// `ALBRequestCountPerTarget`: requests per minute and target.
    Requests,
    /// `ASGAverageCPUUtilization`, percent.
    Cpu,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tracking {
    pub name: Label,
    pub what: Tracked,
    pub target: f64,
    /// Minutes in a row above the target, and below the scale-in line.
    pub above: u32,
    pub below: u32,
    /// When this policy last changed desired.
    pub acted: Option<Millis>,
}

/// Which machine goes first when the fleet shrinks (beside zone balance, which beats them all).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Termination {
    Default,
    OldestInstance,
    NewestInstance,
}

impl Termination {
    pub fn word(self) -> &'static str {
        match self {
            Self::Default => "Default",
            Self::OldestInstance => "OldestInstance",
            Self::NewestInstance => "NewestInstance",
        }
    }
}

/// A daily change of size, at a UTC time of day on the wall clock.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Schedule {
    pub name: Label,
    pub hour: i8,
    pub minute: i8,
    pub desired: u32,
    /// Next time it fires.
    pub next: Timestamp,
}

/// The target group of a fleet and the balancer it hangs from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pool {
    pub id: ResourceId,
    pub name: Label,
    pub balancer: ResourceId,
    pub balancer_name: Label,
    pub listener: Label,
    pub dns_name: Label,
    pub path: Label,
    pub port: u16,
    /// Deregistration delay.
    pub drain: Millis,
}

/// A scaling activity and the machine it is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Deed {
    pub machine: Option<u64>,
    pub activity: Activity,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fleet {
    pub id: ResourceId,
    pub name: Label,
    /// Zones it may use, as indices.
    pub zones: Vec<u8>,
    pub min: u32,
    pub max: u32,
    pub desired: u32,
    /// By number, which is launch order.
    pub machines: BTreeMap<u64, Machine>,
    pub next_machine: u64,
    pub tally: Tally,
    /// The counts over time, oldest first: what metrics are worked out from.
    pub log: VecDeque<(Millis, Tally)>,
    pub versions: Vec<Version>,
    /// Index of the version new machines get.
    pub wanted: u16,
    pub service: Service,
    pub pool: Option<Pool>,
    pub tracking: Option<Tracking>,
    pub schedules: Vec<Schedule>,
    pub cooldown: Millis,
    pub warmup: Millis,
    pub grace: Millis,
    /// Replaces members that the balancer calls unhealthy.
    pub replaces_unhealthy: bool,
    pub termination: Termination,
    /// Process and reason.
    pub suspended: Vec<(Label, Label)>,
    pub owner: Option<&'static str>,
    pub instance_type: Label,
    pub tags: Vec<(Label, Label)>,
    pub created: Millis,
    /// Oldest first.
    pub deeds: VecDeque<Deed>,
    pub next_deed: u64,
    /// When the last scaling activity ended or desired changed: the cooldown runs from here.
    pub settled: Option<Millis>,
    /// Members a deployment has yet to replace, and how many it launches beyond desired meanwhile.
    pub replacing: u32,
    pub surge: u32,
    /// Launches under way that are going to fail.
    pub hopeless: u32,
    /// Launches still to come that are going to fail, and machines to come that never turn healthy.
    pub doomed: u32,
    pub stillborn: u32,
    /// New members start protected from scale-in.
    pub protects_new: bool,
    /// Desired that could not be reached since all that is left is protected: told once.
    pub told_protected: Option<u32>,
    /// Machines beyond desired while zones are balanced.
    pub rebalance: u32,
    /// The latest instance refresh.
    pub refresh: Option<Refresh>,
    /// Pauses it makes with machines on their way; a hook on the way out is completed by the machine itself.
    pub hooks: Vec<Hook>,
    /// What a console left on the group.
    pub mark: Option<Label>,
    /// The fleet this one is a copy of: it does the same work.
    pub origin: Option<usize>,
    /// Being deleted: its machines end.
    pub deleting: bool,
    /// Deleted: kept so that numbers of fleets stay what they are.
    pub gone: bool,
}

/// Points kept per fleet; the oldest are merged away first.
const LOG_POINTS: usize = 4_096;

/// Closed activities kept per fleet.
const DEEDS: usize = 100;

impl Fleet {
    pub fn version(&self, machine: &Machine) -> Option<&Version> {
        self.versions.get(usize::from(machine.version))
    }

    pub fn is_suspended(&self, process: &str) -> bool {
        self.suspended.iter().any(|(name, _)| &**name == process)
    }

    pub fn insert(&mut self, number: u64, machine: Machine, now: Millis) {
        self.tally.add(Tally::of(&machine, &self.versions));
        self.machines.insert(number, machine);
        self.note(now);
    }

    pub fn remove(&mut self, number: u64, now: Millis) -> Option<Machine> {
        let machine = self.machines.remove(&number)?;
        self.tally.take(Tally::of(&machine, &self.versions));
        self.note(now);
        Some(machine)
    }

    /// A hook holds machines that leave until they are done.
    pub fn holds_leaving(&self) -> bool {
        self.hooks.iter().any(|h| !h.launching)
    }

    /// Machines it wants to have: desired, and what a deployment, a refresh or the balancing of zones holds beside it.
    pub fn wants(&self) -> u32 {
        let refreshing = self.refresh.as_ref().map_or(0, |r| r.extra);
        self.desired + self.surge + self.rebalance + refreshing
    }

    /// Index of the version that the next machine gets: that of a refresh under way, else of the template.
    pub fn next_version(&self) -> u16 {
        self.refresh.as_ref().and_then(Refresh::launches).unwrap_or(self.wanted)
    }

    /// Changes one machine and keeps the counts. `None` when it is gone.
    pub fn alter<T>(&mut self, number: u64, now: Millis, change: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        let machine = self.machines.get_mut(&number)?;
        let before = Tally::of(machine, &self.versions);
        let out = change(machine);
        let after = Tally::of(machine, &self.versions);
        if before != after {
            self.tally.take(before);
            self.tally.add(after);
            self.note(now);
        }
        Some(out)
    }

    /// Counts everything again after machines or versions were changed behind the tally's back.
    pub fn recount(&mut self, now: Millis) {
        self.tally = Tally::default();
        for machine in self.machines.values() {
            self.tally.add(Tally::of(machine, &self.versions));
        }
        self.note(now);
    }

    fn note(&mut self, now: Millis) {
        match self.log.back_mut() {
            Some((at, tally)) if *at == now => *tally = self.tally,
            Some((_, tally)) if *tally == self.tally => {}
            _ => self.log.push_back((now, self.tally)),
        }
        if self.log.len() > LOG_POINTS {
            self.log.pop_front();
        }
    }

    /// The counts as they were; before the first record, as the first record says.
    pub fn tally_at(&self, at: Millis) -> Tally {
        let after = self.log.partition_point(|(t, _)| *t <= at);
        self.log.get(after.saturating_sub(1)).map_or(self.tally, |(_, tally)| *tally)
    }

    pub fn record(&mut self, deed: Deed) {
        self.deeds.push_back(deed);
        while self.deeds.len() > DEEDS && self.deeds.front().is_some_and(|d| !d.activity.is_open()) {
            self.deeds.pop_front();
        }
    }

    /// The newest open activity about a machine.
    pub fn deed_of(&mut self, machine: u64) -> Option<&mut Activity> {
        self.deeds.iter_mut().rev().find(|d| d.machine == Some(machine) && d.activity.is_open()).map(|d| &mut d.activity)
    }

    /// The activity that makes the group busy: the newest open one, or within the cooldown the newest at all.
    pub fn blocking(&self, now: Millis) -> Option<&Activity> {
        let open = self.deeds.iter().rev().find(|d| d.activity.is_open());
        let cooling = self.settled.is_some_and(|t| now < t + self.cooldown);
        open.or_else(|| self.deeds.back().filter(|_| cooling)).map(|d| &d.activity)
    }

    /// Numbers of the machines that go when `count` must, in order: the unhealthy, then the zone with the most, then the policy.
    pub fn victims(&self, count: u32) -> Vec<u64> {
        let mut left: Vec<(u64, &Machine)> =
            self.machines.iter().filter(|(_, m)| m.counts() && !m.protected).map(|(n, m)| (*n, m)).collect();
        let mut zones = self.tally.by_zone;
        // Order within a zone first, so that each pick is a scan for the right zone only.
        left.sort_by_key(|(number, m)| (!m.condemned, m.phase != Phase::Pending, self.rank(*number, m)));
        let mut queues: [VecDeque<(u64, bool)>; ZONES] = Default::default();
        for (number, m) in left {
            queues[usize::from(m.zone) % ZONES].push_back((number, m.condemned));
        }
        let mut out = Vec::with_capacity(count as usize);
        while out.len() < count as usize {
            let condemned = (0..ZONES).find(|z| queues[*z].front().is_some_and(|(_, c)| *c));
            let fullest = || (0..ZONES).filter(|z| !queues[*z].is_empty()).max_by_key(|z| (zones[*z], std::cmp::Reverse(*z)));
            let Some(zone) = condemned.or_else(fullest) else { break };
            if let Some((number, _)) = queues[zone].pop_front() {
                zones[zone] = zones[zone].saturating_sub(1);
                out.push(number);
            }
        }
        out
    }

    fn rank(&self, number: u64, machine: &Machine) -> u64 {
        match self.termination {
            Termination::OldestInstance => number,
            Termination::NewestInstance => u64::MAX - number,
            // Old templates first; among equals "nearest the billing hour, then random": any stable order does.
            Termination::Default => (u64::from(machine.version == self.wanted) << 63) | (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1),
        }
    }

    /// Where the next machine goes: the open zone with the fewest, of the new version where a deployment is under way.
    pub fn next_zone(&self, closed: [bool; ZONES]) -> Option<u8> {
        let mut crowd = self.tally.by_zone;
        if let Some(refresh) = self.refresh.as_ref().filter(|r| r.is_active()) {
            // Balanced by those that stay.
            crowd = [0; ZONES];
            for (_, machine) in self.machines.iter().filter(|(n, m)| m.counts() && !refresh.todo.contains(n)) {
                crowd[usize::from(machine.zone)] += 1;
            }
        } else if self.surge > 0 {
            crowd = [0; ZONES];
            for machine in self.machines.values().filter(|m| m.counts() && m.version == self.wanted) {
                crowd[usize::from(machine.zone)] += 1;
            }
        }
        self.zones.iter().copied().filter(|z| !closed[usize::from(*z)]).min_by_key(|z| (crowd[usize::from(*z)], *z))
    }

    /// Ends an activity in success or failure.
    pub fn close(activity: &mut Activity, stamp: Timestamp, word: &str, class: StatusClass) {
        activity.status = crate::domain::Status::new(word, class);
        activity.ended = Some(stamp);
        activity.progress = Some(100);
    }
}
