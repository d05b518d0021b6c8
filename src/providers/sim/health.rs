//! The health of machines: how illness is noticed, what a group does about it, zones that go dark, and reboots.

use crate::domain::{Change, ChangeKind, Label, Verdict};

use super::calendar::{MINUTE, SECOND};
use super::fleet::{Illness, Machine, Phase, Standing};
use super::life::{CHECKS, FATE, Step};
use super::world::World;

impl World {
    /// The balancer calls it unhealthy from now on; a group that watches its balancer will judge it.
    pub fn fall_ill(&mut self, fleet: usize, number: u64, illness: Illness) {
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
        self.judge_after_grace(fleet, number);
    }

    /// A group that watches its balancer looks at a machine once its grace is over.
    pub fn judge_after_grace(&mut self, fleet: usize, number: u64) {
        let target = &self.fleets[fleet];
        if !target.replaces_unhealthy {
            return;
        }
        let graceful = target.machines.get(&number).map_or(self.now, |m| m.in_service + target.grace);
        let delay = self.dice.between(FATE ^ fleet as u64, number, 20 * SECOND, 50 * SECOND);
        self.machine_event((graceful - self.now).max(0) + delay, fleet, number, Step::Judge);
    }

    /// The group looks at all its machines again: what was held back by a suspended process is made up for at once.
    pub fn judge_all(&mut self, fleet: usize) {
        let machines: Vec<(u64, Machine)> =
            self.fleets[fleet].machines.iter().filter(|(_, m)| m.phase == Phase::InService).map(|(n, m)| (*n, m.clone())).collect();
        for (number, machine) in machines {
            let graceful = machine.in_service + self.fleets[fleet].grace;
            if machine.condemned || machine.cut_off || self.now >= graceful {
                self.judge(fleet, number, &machine);
            }
        }
    }

    /// The last connections to a machine that was deregistered ended; it runs on, out of its pool.
    pub fn deregistered(&mut self, fleet: usize, number: u64) {
        self.fleets[fleet].alter(number, self.now, |m| m.standing = Standing::Absent);
        self.judge_after_grace(fleet, number);
    }

    /// A machine boots again: nobody reaches it for a minute or so.
    pub fn reboot(&mut self, fleet: usize, number: u64) {
        self.fleets[fleet].alter(number, self.now, |m| m.rebooting = true);
        let stream = FATE ^ (fleet as u64) << 4;
        let up = self.dice.between(stream, self.now as u64, 45 * SECOND, 90 * SECOND);
        self.machine_event(up, fleet, number, Step::Rebooted);
        let noticed = self.dice.between(stream, number ^ 5, 18 * SECOND, 30 * SECOND);
        self.machine_event(noticed, fleet, number, Step::Silent);
    }

    /// It is up again, with caches to fill.
    pub fn rebooted(&mut self, fleet: usize, number: u64, machine: &Machine) {
        self.fleets[fleet].alter(number, self.now, |m| {
            m.rebooting = false;
            m.warm = false;
        });
        let warmup = self.fleets[fleet].warmup;
        self.machine_event(warmup, fleet, number, Step::Warm);
        if matches!(machine.standing, Standing::Unhealthy(_)) {
            let delay = self.dice.between(CHECKS ^ fleet as u64, number ^ 7, 15 * SECOND, 35 * SECOND);
            self.machine_event(delay, fleet, number, Step::Checked);
        }
    }

    /// The group's own health check: replaces what the balancer refuses, or what nobody reaches any more.
    pub fn judge(&mut self, fleet: usize, number: u64, machine: &Machine) {
        let target = &self.fleets[fleet];
        // Out of its pool counts like unhealthy in it: a group that watches its balancer misses it there.
        let missed = machine.deregistered && matches!(machine.standing, Standing::Absent | Standing::Draining);
        let by_balancer = target.replaces_unhealthy && (missed || matches!(machine.standing, Standing::Unhealthy(_)));
        // A mark stays, whatever the checks say later.
        if !(by_balancer || machine.cut_off || machine.condemned) || target.is_suspended("HealthCheck") {
            return;
        }
        if target.deleting {
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
