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
    /// It is up again after a reboot.
    Rebooted,
    Gone,
}

/// Streams of the dice; each fleet adds its own.
pub(super) const BOOT: u64 = 0x1000_0000;
pub(super) const CHECKS: u64 = 0x2000_0000;
pub(super) const FATE: u64 = 0x3000_0000;
const END: u64 = 0x4000_0000;
const NAME: u64 = 0x5000_0000;

impl World {
    pub fn machine_event(&mut self, delay: Millis, fleet: usize, number: u64, step: Step) {
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
            version: self.fleets[fleet].next_version(),
            phase: Phase::Pending,
            standing: Standing::Absent,
            launched: self.now,
            in_service: self.now,
            warm: false,
            sick: false,
            cut_off: false,
            rebooting: false,
            deregistered: false,
            drained: self.now,
            condemned: false,
            protected: self.fleets[fleet].protects_new,
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
            let doomed = self.fleets[fleet].doomed > 0;
            if self.zones[usize::from(zone)].out || doomed {
                self.fleets[fleet].doomed -= u32::from(doomed);
                let deed = self.open_deed(fleet, None, "Launching a new EC2 instance.", &cause, "InProgress");
                self.fleets[fleet].hopeless += 1;
                let delay = self.dice.between(BOOT ^ fleet as u64, deed, 6 * SECOND, 15 * SECOND);
                self.schedule(self.now + delay, Event::LaunchFailed { fleet, zone, deed, doomed });
            } else {
                let number = self.fleets[fleet].next_machine;
                self.fleets[fleet].next_machine += 1;
                let mut machine = self.new_machine(fleet, number, zone);
                if self.fleets[fleet].stillborn > 0 {
                    self.fleets[fleet].stillborn -= 1;
                    machine.sick = true;
                }
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
    pub fn open_deed(&mut self, fleet: usize, machine: Option<u64>, description: &str, cause: &str, word: &str) -> u64 {
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
    pub fn launch_failed(&mut self, fleet: usize, zone: u8, deed: u64, doomed: bool) {
        let stamp = self.calendar.stamp(self.now);
        let name = self.zone_name(zone);
        let kind = &self.fleets[fleet].instance_type;
        let message = if doomed {
            format!(
                "You have requested more vCPU capacity than your current vCPU limit allows for the instance bucket that {kind} belongs to. Launching EC2 instance failed."
            )
        } else {
            format!(
                "We currently do not have sufficient {kind} capacity in the Availability Zone you requested ({name}). Launching EC2 instance failed."
            )
        };
        let target = &mut self.fleets[fleet];
        target.hopeless -= 1;
        let first = target.next_deed - target.deeds.len() as u64;
        if let Some(deed) = deed.checked_sub(first).and_then(|n| target.deeds.get_mut(n as usize)) {
            Fleet::close(&mut deed.activity, stamp, "Failed", StatusClass::Bad);
            deed.activity.message = Some(Label::new(&message));
        }
        let (id, group) = (target.id.clone(), target.name.clone());
        let news = self.zones[usize::from(zone)].avoided_until.is_none_or(|end| end <= self.now);
        if doomed {
            let change = self.change(ChangeKind::Member, Verdict::Warning, format!("{group}: launch failed"));
            self.tell_change(Change { about: Some(id), detail: Some(Label::new(&message)), ..change });
        } else if news {
            let change = self.change(ChangeKind::Member, Verdict::Warning, format!("{group}: launch failed in {name}"));
            self.tell_change(Change { about: Some(id), detail: Some(Label::new(&message)), ..change });
            self.zones[usize::from(zone)].avoided_until = Some(self.now + 10 * MINUTE);
        }
        self.reconcile(fleet, None);
    }

    /// How long a machine still drains when it leaves its balancer now; `None` where nothing ties it to one.
    pub fn drains_for(&self, fleet: usize, machine: &Machine) -> Option<Millis> {
        let delay = self.fleets[fleet].pool.as_ref()?.drain;
        match machine.standing {
            Standing::Alone | Standing::Absent => None,
            Standing::Draining => Some((machine.drained - self.now).max(0)),
            _ => Some(delay).filter(|_| matches!(machine.phase, Phase::InService | Phase::Parking) && !machine.is_unreachable()),
        }
    }

    /// Takes a machine out: drains it where a balancer knows it, then ends it.
    pub fn terminate(&mut self, fleet: usize, number: u64, cause: &str) {
        let now = self.now;
        let Some(machine) = self.fleets[fleet].machines.get(&number).filter(|m| !m.leaves()) else { return };
        let drains = self.drains_for(fleet, machine);
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
            m.drained = now + drains.unwrap_or(0);
        });
        match drains {
            Some(delay) => self.machine_event(delay, fleet, number, Step::Drained),
            None => self.finish(fleet, number),
        }
    }

    fn finish(&mut self, fleet: usize, number: u64) {
        let held = if self.fleets[fleet].holds_leaving() {
            if let Some(deed) = self.fleets[fleet].deed_of(number) {
                deed.status = Status::moving("MidLifecycleAction");
            }
            self.dice.between(END ^ fleet as u64, number, 30 * SECOND, 90 * SECOND)
        } else {
            0
        };
        let delay = held + self.dice.between(END + fleet as u64, number, 15 * SECOND, 40 * SECOND);
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
            (Step::Warm, Phase::InService | Phase::Parking | Phase::Parked) => {
                self.fleets[fleet].alter(number, self.now, |m| m.warm = true);
            }
            (Step::Sicken, Phase::InService) => {
                self.fleets[fleet].alter(number, self.now, |m| m.sick = true);
                if machine.standing == Standing::Healthy {
                    self.fall_ill(fleet, number, Illness::Refuses);
                }
            }
            (Step::Silent, Phase::InService)
                if machine.is_unreachable() && !matches!(machine.standing, Standing::Alone | Standing::Absent | Standing::Draining) =>
            {
                self.fall_ill(fleet, number, Illness::Silent);
            }
            (Step::Judge, Phase::InService) => self.judge(fleet, number, &machine),
            (Step::Rebooted, _) if machine.rebooting => self.rebooted(fleet, number, &machine),
            (Step::Drained, _) if machine.standing == Standing::Draining && self.now < machine.drained => {}
            (Step::Drained, Phase::InService) if machine.standing == Standing::Draining => self.deregistered(fleet, number),
            (Step::Drained, Phase::Parking) => {
                let (now, stamp) = (self.now, self.calendar.stamp(self.now));
                let target = &mut self.fleets[fleet];
                target.alter(number, now, |m| {
                    m.phase = Phase::Parked;
                    m.standing = if m.standing == Standing::Alone { Standing::Alone } else { Standing::Absent };
                });
                if let Some(deed) = target.deed_of(number) {
                    Fleet::close(deed, stamp, "Successful", StatusClass::Good);
                }
            }
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
                if target.deleting && target.machines.is_empty() {
                    self.bury(fleet);
                }
            }
            _ => {}
        }
    }

    fn started(&mut self, fleet: usize, number: u64, machine: &Machine) {
        let (now, stamp) = (self.now, self.calendar.stamp(self.now));
        let out = self.zones[usize::from(machine.zone)].out;
        let target = &mut self.fleets[fleet];
        let pooled = target.pool.is_some();
        let registers = pooled && !target.is_suspended("AddToLoadBalancer");
        target.alter(number, now, |m| {
            m.phase = Phase::InService;
            m.in_service = now;
            m.cut_off = out;
            m.standing = match (pooled, registers) {
                (false, _) => Standing::Alone,
                (true, true) => Standing::Registering,
                (true, false) => Standing::Absent,
            };
        });
        if let Some(deed) = target.deed_of(number) {
            Fleet::close(deed, stamp, "Successful", StatusClass::Good);
        }
        target.settled = Some(now);
        let warmup = target.warmup;
        if registers {
            self.register_soon(fleet, number);
        } else {
            self.machine_event(warmup, fleet, number, Step::Warm);
            self.swap_old_for_new(fleet, machine);
        }
    }

    /// The balancer takes note of a machine that was registered, and begins to check it.
    pub fn register_soon(&mut self, fleet: usize, number: u64) {
        let delay = self.dice.between(CHECKS ^ fleet as u64, number, 4 * SECOND, 10 * SECOND);
        self.machine_event(delay, fleet, number, Step::Checking);
    }

    fn checked(&mut self, fleet: usize, number: u64, machine: &Machine) {
        let first = machine.standing == Standing::Checking;
        if matches!(machine.standing, Standing::Alone | Standing::Absent | Standing::Draining) {
            return;
        }
        if machine.sick || machine.is_unreachable() {
            self.fall_ill(fleet, number, if machine.is_unreachable() { Illness::Silent } else { Illness::Refuses });
            return;
        }
        if !first && !matches!(machine.standing, Standing::Unhealthy(_)) {
            return;
        }
        self.fleets[fleet].alter(number, self.now, |m| m.standing = Standing::Healthy);
        if !first {
            return;
        }
        if machine.warm {
            // Registered again: it lost nothing meanwhile.
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
}
