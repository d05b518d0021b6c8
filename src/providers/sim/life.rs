//! The life of a machine: it boots, is registered, passes its checks, warms up, serves, may fall sick, drains and ends.
//! Delays are those of real instances; each transition is one event.

use crate::domain::{Activity, Change, ChangeKind, Kind, Label, ResourceId, Status, StatusClass, Verdict};

use super::calendar::{MINUTE, Millis, SECOND};
use super::fleet::{Deed, Fleet, Illness, Machine, Phase, Standing, ZONES};
use super::world::{Event, World};

/// What happens to a machine next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Boots no longer: in service, registered with its balancer.
    Started,
    /// The balancer begins to check it.
    Checking,
    /// The checks were passed (or are failed, where it is sick or unreachable).
    Checked,
    Warm,
    /// The application begins to answer 503.
    Sicken,
    /// The balancer noticed that nobody answers.
    Silent,
    /// The group looks at its health and replaces it if it must.
    Judge,
    /// The last connections ended.
    Drained,
    Gone,
}

/// Streams of the dice; each fleet adds its own.
const BOOT: u64 = 0x1000_0000;
const CHECKS: u64 = 0x2000_0000;
const FATE: u64 = 0x3000_0000;
const END: u64 = 0x4000_0000;
const NAME: u64 = 0x5000_0000;

impl World {
    fn machine_event(&mut self, delay: Millis, fleet: usize, number: u64, step: Step) {
        self.schedule(self.now + delay, Event::Machine { fleet, number, step });
    }

    /// The id of the `number`th machine of a fleet, shaped like an instance id.
    pub fn machine_id(&self, fleet: usize, number: u64) -> ResourceId {
        let bits = self.dice.bits(NAME + fleet as u64, number);
        ResourceId::new(&self.scope, Kind::Member, format!("i-0{bits:016x}"))
    }

    /// A machine that has just been asked for.
    pub fn new_machine(&self, fleet: usize, number: u64, zone: u8) -> Machine {
        Machine {
            id: self.machine_id(fleet, number),
            address: Label::new(format!("10.{}.{}.{}", fleet % 250, u64::from(zone) * 80 + number / 250 % 80, 4 + number % 250)),
            zone,
            version: self.fleets[fleet].wanted,
            phase: Phase::Pending,
            standing: Standing::Absent,
            launched: self.now,
            in_service: self.now,
            warm: false,
            sick: false,
            cut_off: false,
            condemned: false,
            protected: false,
        }
    }

    /// Asks for machines, as balanced over the zones as those are open. `why` is the sentence that changed desired, if one did.
    pub fn launch(&mut self, fleet: usize, count: u32, why: Option<&str>) {
        let (before, stamp) = (self.fleets[fleet].tally.counted, self.calendar.words(self.now));
        // One decision, one cause: all its activities tell the same.
        let cause = format!(
            "{}At {stamp} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from {before} to {}.",
            why.map_or_else(String::new, |w| format!("{w}  ")),
            before + count
        );
        for _ in 0..count {
            let closed: [bool; ZONES] = std::array::from_fn(|z| self.zones[z].avoided_until.is_some_and(|end| self.now < end));
            let Some(zone) = self.fleets[fleet].next_zone(closed) else { return };
            if self.zones[usize::from(zone)].out {
                let deed = self.open_deed(fleet, None, "Launching a new EC2 instance.", &cause, "InProgress");
                self.fleets[fleet].hopeless += 1;
                let delay = self.dice.between(BOOT ^ fleet as u64, deed, 6 * SECOND, 15 * SECOND);
                self.schedule(self.now + delay, Event::LaunchFailed { fleet, zone, deed });
            } else {
                let number = self.fleets[fleet].next_machine;
                self.fleets[fleet].next_machine += 1;
                let machine = self.new_machine(fleet, number, zone);
                let described = format!("Launching a new EC2 instance: {}", machine.id.native());
                let now = self.now;
                self.fleets[fleet].insert(number, machine, now);
                self.open_deed(fleet, Some(number), &described, &cause, "PreInService");
                let boot = self.dice.between(BOOT + fleet as u64, number, 40 * SECOND, 70 * SECOND);
                self.machine_event(boot, fleet, number, Step::Started);
            }
        }
    }

    /// Begins a scaling activity; returns its number.
    fn open_deed(&mut self, fleet: usize, machine: Option<u64>, description: &str, cause: &str, word: &str) -> u64 {
        let number = self.fleets[fleet].next_deed;
        let bits = self.dice.bits(NAME ^ (fleet as u64) << 8, number);
        let activity = Activity {
            id: Label::new(format!("{:08x}-{:04x}-{:04x}-{number:04x}", bits >> 32, bits >> 16 & 0xffff, bits & 0xffff)),
            status: Status::moving(word),
            description: Label::new(description),
            cause: Label::new(cause),
            message: None,
            started: Some(self.calendar.stamp(self.now)),
            ended: None,
            progress: Some(if machine.is_some() { 30 } else { 0 }),
        };
        let fleet = &mut self.fleets[fleet];
        fleet.next_deed += 1;
        fleet.record(Deed { machine, activity });
        number
    }

    /// A launch in a zone that is out ended in nothing; other zones are tried for a while.
    pub fn launch_failed(&mut self, fleet: usize, zone: u8, deed: u64) {
        let stamp = self.calendar.stamp(self.now);
        let name = self.zone_name(zone);
        let message = format!(
            "We currently do not have sufficient {} capacity in the Availability Zone you requested ({name}). Launching EC2 instance failed.",
            self.fleets[fleet].instance_type
        );
        let target = &mut self.fleets[fleet];
        target.hopeless -= 1;
        let first = target.next_deed - target.deeds.len() as u64;
        if let Some(deed) = deed.checked_sub(first).and_then(|n| target.deeds.get_mut(n as usize)) {
            Fleet::close(&mut deed.activity, stamp, "Failed", StatusClass::Bad);
            deed.activity.message = Some(Label::new(&message));
        }
        let (id, group) = (target.id.clone(), target.name.clone());
        let news = self.zones[usize::from(zone)].avoided_until.is_none_or(|end| end <= self.now);
        if news {
            let change = self.change(ChangeKind::Member, Verdict::Warning, format!("{group}: launch failed in {name}"));
            self.tell_change(Change { about: Some(id), detail: Some(Label::new(&message)), ..change });
            self.zones[usize::from(zone)].avoided_until = Some(self.now + 10 * MINUTE);
        }
        self.reconcile(fleet, None);
    }

    /// Takes a machine out: drains it where a balancer knows it, then ends it.
    pub fn terminate(&mut self, fleet: usize, number: u64, cause: &str) {
        let now = self.now;
        let drain = self.fleets[fleet].pool.as_ref().map(|p| p.drain);
        let Some(machine) = self.fleets[fleet].machines.get(&number).filter(|m| m.counts()) else { return };
        let drains = drain.filter(|_| machine.phase == Phase::InService && !machine.cut_off);
        let described = format!("Terminating EC2 instance: {}", machine.id.native());
        let stamp = self.calendar.stamp(now);
        if let Some(launch) = self.fleets[fleet].deed_of(number) {
            Fleet::close(launch, stamp, "Cancelled", StatusClass::Bad);
        }
        self.open_deed(
            fleet,
            Some(number),
            &described,
            cause,
            if drains.is_some() { "WaitingForELBConnectionDraining" } else { "InProgress" },
        );
        self.fleets[fleet].alter(number, now, |m| {
            m.phase = if drains.is_some() { Phase::Draining } else { Phase::Stopping };
            m.standing = if drains.is_some() { Standing::Draining } else { Standing::Absent };
        });
        match drains {
            Some(delay) => self.machine_event(delay, fleet, number, Step::Drained),
            None => self.finish(fleet, number),
        }
    }

    fn finish(&mut self, fleet: usize, number: u64) {
        let delay = self.dice.between(END + fleet as u64, number, 15 * SECOND, 40 * SECOND);
        self.machine_event(delay, fleet, number, Step::Gone);
    }

    /// One transition. A machine that has moved on meanwhile ignores steps that no longer fit.
    pub fn step(&mut self, fleet: usize, number: u64, step: Step) {
        let Some(machine) = self.fleets[fleet].machines.get(&number).cloned() else { return };
        let stream = fleet as u64;
        match (step, machine.phase) {
            (Step::Started, Phase::Pending) => self.started(fleet, number, &machine),
            (Step::Checking, Phase::InService) if machine.standing == Standing::Registering => {
                self.fleets[fleet].alter(number, self.now, |m| m.standing = Standing::Checking);
                let delay = self.dice.between(CHECKS + stream, number, 16 * SECOND, 40 * SECOND);
                self.machine_event(delay, fleet, number, Step::Checked);
            }
            (Step::Checked, Phase::InService) => self.checked(fleet, number, &machine),
            (Step::Warm, Phase::InService) => {
                self.fleets[fleet].alter(number, self.now, |m| m.warm = true);
            }
            (Step::Sicken, Phase::InService) => {
                self.fleets[fleet].alter(number, self.now, |m| m.sick = true);
                if machine.standing == Standing::Healthy {
                    self.fall_ill(fleet, number, Illness::Refuses);
                }
            }
            (Step::Silent, Phase::InService) if machine.cut_off && machine.standing != Standing::Absent => {
                self.fall_ill(fleet, number, Illness::Silent);
            }
            (Step::Judge, Phase::InService) => self.judge(fleet, number, &machine),
            (Step::Drained, Phase::Draining) => {
                self.fleets[fleet].alter(number, self.now, |m| {
                    m.phase = Phase::Stopping;
                    m.standing = Standing::Absent;
                });
                if let Some(deed) = self.fleets[fleet].deed_of(number) {
                    deed.status = Status::moving("InProgress");
                    deed.progress = Some(70);
                }
                self.finish(fleet, number);
            }
            (Step::Gone, Phase::Stopping) => {
                let (now, stamp) = (self.now, self.calendar.stamp(self.now));
                let target = &mut self.fleets[fleet];
                target.remove(number, now);
                if let Some(deed) = target.deed_of(number) {
                    Fleet::close(deed, stamp, "Successful", StatusClass::Good);
                }
                target.settled = Some(now);
            }
            _ => {}
        }
    }

    fn started(&mut self, fleet: usize, number: u64, machine: &Machine) {
        let (now, stamp) = (self.now, self.calendar.stamp(self.now));
        let out = self.zones[usize::from(machine.zone)].out;
        let target = &mut self.fleets[fleet];
        let registers = target.pool.is_some() && !target.is_suspended("AddToLoadBalancer");
        target.alter(number, now, |m| {
            m.phase = Phase::InService;
            m.in_service = now;
            m.cut_off = out;
            m.standing = if registers { Standing::Registering } else { Standing::Absent };
        });
        if let Some(deed) = target.deed_of(number) {
            Fleet::close(deed, stamp, "Successful", StatusClass::Good);
        }
        target.settled = Some(now);
        let warmup = target.warmup;
        if registers {
            let delay = self.dice.between(CHECKS ^ fleet as u64, number, 4 * SECOND, 10 * SECOND);
            self.machine_event(delay, fleet, number, Step::Checking);
        } else {
            self.machine_event(warmup, fleet, number, Step::Warm);
            self.swap_old_for_new(fleet, machine);
        }
    }

    fn checked(&mut self, fleet: usize, number: u64, machine: &Machine) {
        let first = machine.standing == Standing::Checking;
        if machine.sick || machine.cut_off {
            self.fall_ill(fleet, number, if machine.cut_off { Illness::Silent } else { Illness::Refuses });
            return;
        }
        if !first && !matches!(machine.standing, Standing::Unhealthy(_)) {
            return;
        }
        self.fleets[fleet].alter(number, self.now, |m| m.standing = Standing::Healthy);
        if !first {
            return;
        }
        let warmup = self.fleets[fleet].warmup;
        self.machine_event(warmup, fleet, number, Step::Warm);
        let version = &mut self.fleets[fleet].versions[usize::from(machine.version)];
        if version.next_is_sick() {
            let after = version.sick_after;
            let delay = self.dice.between(FATE + fleet as u64, number, after * 9 / 10, after * 11 / 10);
            self.machine_event(delay, fleet, number, Step::Sicken);
        }
        self.swap_old_for_new(fleet, machine);
    }

    /// A deployment takes one old machine out for each new one that came up, in the zone of the new one where it can.
    fn swap_old_for_new(&mut self, fleet: usize, new: &Machine) {
        let target = &self.fleets[fleet];
        if target.surge == 0 || new.version != target.wanted {
            return;
        }
        let fullness = |z: u8| target.tally.by_zone[usize::from(z)];
        let old = target.machines.iter().filter(|(_, m)| m.counts() && m.version != new.version);
        let Some(number) = old.max_by_key(|(n, m)| (m.zone == new.zone, fullness(m.zone), u64::MAX - **n)).map(|(n, _)| *n) else {
            let target = &mut self.fleets[fleet];
            (target.replacing, target.surge) = (0, 0);
            return;
        };
        let size = target.tally.counted;
        let cause = self.taken_by_request(fleet, number, size);
        let target = &mut self.fleets[fleet];
        target.replacing = target.replacing.saturating_sub(1);
        target.surge = target.surge.min(target.replacing);
        self.terminate(fleet, number, &cause);
        self.reconcile(fleet, None);
    }

    /// The cause AWS gives where somebody named the machine to go.
    pub fn taken_by_request(&self, fleet: usize, number: u64, size: u32) -> String {
        let machine = self.fleets[fleet].machines.get(&number).map_or("", |m| m.id.native());
        format!(
            "At {} instance {machine} was taken out of service in response to a user request, shrinking the capacity from {size} to {}.",
            self.calendar.words(self.now),
            size.saturating_sub(1)
        )
    }

    /// The balancer calls it unhealthy from now on; a group that watches its balancer will judge it.
    fn fall_ill(&mut self, fleet: usize, number: u64, illness: Illness) {
        let was = self.fleets[fleet].alter(number, self.now, |m| std::mem::replace(&mut m.standing, Standing::Unhealthy(illness)));
        if was == Some(Standing::Unhealthy(illness)) {
            return;
        }
        let target = &self.fleets[fleet];
        let Some(machine) = target.machines.get(&number) else { return };
        if let Some(pool) = target.pool.as_ref().filter(|_| self.now < 0) {
            // From the start on the console sees flips itself; what happened before it could look is told.
            let (bad, all) = (target.tally.unhealthy, target.tally.in_service);
            let title = format!("{}: {bad} of {all} unhealthy: {}", pool.name, illness.words());
            let (about, detail) = (pool.id.clone(), Label::new(machine.id.native()));
            let change = self.change(ChangeKind::Target, Verdict::Warning, title);
            self.tell_change(Change { about: Some(about), detail: Some(detail), ..change });
        }
        let target = &self.fleets[fleet];
        if target.replaces_unhealthy {
            let graceful = target.machines.get(&number).map_or(self.now, |m| m.in_service + target.grace);
            let delay = self.dice.between(FATE ^ fleet as u64, number, 20 * SECOND, 50 * SECOND);
            self.machine_event((graceful - self.now).max(0) + delay, fleet, number, Step::Judge);
        }
    }

    /// The group's own health check: replaces what the balancer refuses, or what nobody reaches any more.
    fn judge(&mut self, fleet: usize, number: u64, machine: &Machine) {
        let target = &self.fleets[fleet];
        let by_balancer = target.replaces_unhealthy && matches!(machine.standing, Standing::Unhealthy(_));
        if !(by_balancer || machine.cut_off) || target.is_suspended("HealthCheck") {
            return;
        }
        if target.is_suspended("ReplaceUnhealthy") || target.is_suspended("Terminate") {
            self.fleets[fleet].alter(number, self.now, |m| m.condemned = true);
            return;
        }
        let check =
            if by_balancer { "ELB system health check failure" } else { "EC2 health check indicating it has been terminated or stopped" };
        let (id, name) = (target.id.clone(), target.name.clone());
        self.fleets[fleet].alter(number, self.now, |m| m.condemned = true);
        let cause = format!("At {} an instance was taken out of service in response to an {check}.", self.calendar.words(self.now));
        let change = self.change(ChangeKind::Member, Verdict::Notice, format!("{name}: {} is replaced", machine.id.native()));
        self.tell_change(Change { about: Some(id), detail: Some(Label::new(&cause)), ..change });
        self.terminate(fleet, number, &cause);
        self.reconcile(fleet, None);
    }

    /// A zone went dark: its machines answer nobody.
    pub fn zone_out(&mut self, zone: u8) {
        self.zones[usize::from(zone)].out = true;
        for fleet in 0..self.fleets.len() {
            let struck: Vec<u64> = self.fleets[fleet]
                .machines
                .iter()
                .filter(|(_, m)| m.zone == zone && m.phase == Phase::InService)
                .map(|(n, _)| *n)
                .collect();
            for number in struck {
                self.fleets[fleet].alter(number, self.now, |m| m.cut_off = true);
                let notice = self.dice.between(FATE ^ fleet as u64, number ^ 1, 18 * SECOND, 35 * SECOND);
                self.machine_event(notice, fleet, number, Step::Silent);
                let verdict = self.dice.between(FATE ^ fleet as u64, number ^ 2, 5 * MINUTE, 8 * MINUTE);
                self.machine_event(verdict, fleet, number, Step::Judge);
            }
        }
    }

    pub fn zone_back(&mut self, zone: u8) {
        self.zones[usize::from(zone)] = super::world::Zone::default();
        let name = self.zone_name(zone);
        let change = self.change(ChangeKind::Member, Verdict::Ok, format!("zone {name} is back"));
        self.tell_change(Change { who: Some(Label::new("the cloud")), ..change });
        for fleet in 0..self.fleets.len() {
            let freed: Vec<u64> =
                self.fleets[fleet].machines.iter().filter(|(_, m)| m.zone == zone && m.cut_off).map(|(n, _)| *n).collect();
            for number in freed {
                self.fleets[fleet].alter(number, self.now, |m| m.cut_off = false);
                let delay = self.dice.between(CHECKS ^ fleet as u64, number ^ 3, 15 * SECOND, 35 * SECOND);
                self.machine_event(delay, fleet, number, Step::Checked);
            }
        }
    }
}

impl Illness {
    /// As the console words a target's reason.
    pub fn words(self) -> &'static str {
        match self {
            Self::Refuses => "health check returns 503",
            Self::Silent => "health check times out",
        }
    }
}
