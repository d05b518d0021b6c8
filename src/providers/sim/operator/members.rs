//! Members by id: terminated, replaced, parked and taken back, protected, rebooted.

use std::collections::HashSet;

use super::{Refused, US, invalid};
use crate::domain::{FailureKind, ResourceId};
use crate::providers::sim::calendar::{MINUTE, SECOND};
use crate::providers::sim::fleet::{Machine, Phase, Standing};
use crate::providers::sim::life::{BOOT, Step};
use crate::providers::sim::world::World;

/// Ids one call may name.
const MAX_VICTIMS: usize = 100;
const MAX_STANDBY: usize = 20;
const MAX_PROTECTED: usize = 50;

impl World {
    /// The machines behind a list of ids, in order of launch. All or nothing: every id must be one that `fits`.
    fn machines_by_id(
        &self,
        at: usize,
        ids: &[ResourceId],
        most: usize,
        fits: impl Fn(&Machine) -> bool,
        refusal: impl Fn(&str) -> String,
    ) -> Result<Vec<u64>, Refused> {
        if ids.is_empty() || ids.len() > most {
            return Err(invalid(format!("InstanceIds must have 1 to {most} members, not {}", ids.len())));
        }
        let wanted: HashSet<&ResourceId> = ids.iter().collect();
        let found: Vec<(u64, &Machine)> =
            self.fleets[at].machines.iter().filter(|(_, m)| wanted.contains(&m.id)).map(|(n, m)| (*n, m)).collect();
        for id in ids {
            match found.iter().find(|(_, m)| m.id == *id) {
                None => {
                    return Err(invalid(format!("Instance Id not found - No managed instance found for instance ID: {}", id.native())));
                }
                Some((_, m)) if !fits(m) => return Err(invalid(refusal(id.native()))),
                Some(_) => {}
            }
        }
        Ok(found.into_iter().map(|(n, _)| n).collect())
    }

    pub(super) fn terminate_members(&mut self, at: usize, members: &[ResourceId]) -> Result<(), Refused> {
        let gone = |id: &str| format!("Instance Id not found - No managed instance found for instance ID: {id}");
        let numbers = self.machines_by_id(at, members, MAX_VICTIMS, |m| !m.leaves(), gone)?;
        let fleet = &self.fleets[at];
        // Parked ones are not part of desired: nothing to take away from it.
        let count = numbers.iter().filter(|n| fleet.machines[n].counts()).count() as u32;
        let desired = fleet.desired;
        if count > 0 && desired < fleet.min + count {
            return Err(invalid(format!(
                "Currently, desiredSize equals {desired} and minSize {}. Terminating {count} instance(s) without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
                fleet.min
            )));
        }
        let stamp = self.calendar.words(self.now);
        for (n, number) in numbers.iter().enumerate() {
            let cause = self.taken_by_request(at, *number, desired.saturating_sub(n as u32));
            self.terminate(at, *number, &cause);
        }
        let why = format!("At {stamp} a user request terminated {count} instance(s) by id and decremented the desired capacity.");
        self.resize(at, desired - count, &why, US);
        Ok(())
    }

    /// Terminates without shrinking desired: the group launches another.
    pub(super) fn replace_member(&mut self, at: usize, member: &ResourceId) -> Result<(), Refused> {
        let gone = |id: &str| format!("Instance Id not found - No managed instance found for instance ID: {id}");
        let numbers = self.machines_by_id(at, std::slice::from_ref(member), 1, |m| !m.leaves(), gone)?;
        let cause = format!(
            "At {} instance {} was taken out of service in response to a user request.",
            self.calendar.words(self.now),
            member.native()
        );
        for number in numbers {
            self.terminate(at, number, &cause);
        }
        self.reconcile(at, Some(&cause));
        Ok(())
    }

    pub(super) fn enter_standby(&mut self, at: usize, members: &[ResourceId], replace: bool) -> Result<(), Refused> {
        let refusal = |id: &str| format!("The instance {id} is not in InService.");
        let numbers = self.machines_by_id(at, members, MAX_STANDBY, |m| m.phase == Phase::InService, refusal)?;
        let fleet = &self.fleets[at];
        let (count, desired) = (numbers.len() as u32, fleet.desired);
        if !replace && desired < fleet.min + count {
            return Err(invalid(format!(
                "AutoScalingGroup {} has min-size={}, max-size={}, and desired-size={desired}. To place into standby {count} instance(s), please update the AutoScalingGroup sizes appropriately.",
                fleet.name, fleet.min, fleet.max
            )));
        }
        let stamp = self.calendar.words(self.now);
        for number in numbers {
            self.park(at, number);
        }
        if replace {
            self.reconcile(at, None);
        } else {
            let why = format!("At {stamp} a user request moved {count} instance(s) to standby and decremented the desired capacity.");
            self.resize(at, desired - count, &why, US);
        }
        Ok(())
    }

    /// On the way to standby: it leaves its balancer first, as long as that takes.
    fn park(&mut self, at: usize, number: u64) {
        let Some(machine) = self.fleets[at].machines.get(&number) else { return };
        let drains = self.drains_for(at, machine);
        let described = format!("Moving EC2 instance to Standby: {}", machine.id.native());
        let cause = format!(
            "At {} instance {} was moved to standby in response to a user request.",
            self.calendar.words(self.now),
            machine.id.native()
        );
        self.open_deed(
            at,
            Some(number),
            &described,
            &cause,
            if drains.is_some() { "WaitingForELBConnectionDraining" } else { "InProgress" },
        );
        let now = self.now;
        self.fleets[at].alter(number, now, |m| {
            m.phase = Phase::Parking;
            m.standing = match (drains, m.standing) {
                (Some(_), _) => Standing::Draining,
                (None, Standing::Alone) => Standing::Alone,
                (None, _) => Standing::Absent,
            };
            m.drained = now + drains.unwrap_or(0);
            m.deregistered = false;
        });
        self.machine_event(drains.unwrap_or(2 * SECOND), at, number, Step::Drained);
    }

    pub(super) fn exit_standby(&mut self, at: usize, members: &[ResourceId]) -> Result<(), Refused> {
        let refusal = |id: &str| format!("The instance {id} is not in Standby.");
        let numbers = self.machines_by_id(at, members, MAX_STANDBY, |m| m.phase == Phase::Parked, refusal)?;
        let fleet = &self.fleets[at];
        let (count, desired) = (numbers.len() as u32, fleet.desired);
        if fleet.is_suspended("Launch") {
            return Err(invalid("The Launch process is suspended; resume it before instances can exit standby."));
        }
        if desired + count > fleet.max {
            return Err(invalid(format!(
                "AutoScalingGroup {} has min-size={}, max-size={}, and desired-size={desired}. To exit standby {count} instance(s), please update the AutoScalingGroup sizes appropriately.",
                fleet.name, fleet.min, fleet.max
            )));
        }
        let stamp = self.calendar.words(self.now);
        for number in numbers {
            let Some(machine) = self.fleets[at].machines.get(&number) else { continue };
            let described = format!("Moving EC2 instance out of Standby: {}", machine.id.native());
            let cause = format!("At {stamp} instance {} was moved out of standby in response to a user request.", machine.id.native());
            self.open_deed(at, Some(number), &described, &cause, "PreInService");
            let now = self.now;
            self.fleets[at].alter(number, now, |m| m.phase = Phase::Pending);
            // It runs already: all it needs is its place.
            let delay = self.dice.between(BOOT ^ at as u64, number ^ 9, 5 * SECOND, 20 * SECOND);
            self.machine_event(delay, at, number, Step::Started);
        }
        let why = format!("At {stamp} a user request moved {count} instance(s) out of standby and incremented the desired capacity.");
        self.resize(at, desired + count, &why, US);
        Ok(())
    }

    pub(super) fn protect(&mut self, at: usize, members: &[ResourceId], on: bool) -> Result<(), Refused> {
        let fits = |m: &Machine| matches!(m.phase, Phase::InService | Phase::Parking | Phase::Parked);
        let refusal = |id: &str| format!("The instance {id} is not in InService or EnteringStandby or Standby.");
        let numbers = self.machines_by_id(at, members, MAX_PROTECTED, fits, refusal)?;
        for number in numbers {
            self.fleets[at].alter(number, self.now, |m| m.protected = on);
        }
        // What waited for somebody without protection may go now.
        self.reconcile(at, None);
        Ok(())
    }

    pub(super) fn reboot_member(&mut self, at: usize, member: &ResourceId) -> Result<(), Refused> {
        let found = self.fleets[at].machines.iter().find(|(_, m)| m.id == *member).map(|(n, m)| (*n, m.phase));
        match found {
            Some((number, Phase::InService | Phase::Parking | Phase::Parked)) => {
                self.reboot(at, number);
                Ok(())
            }
            Some(_) => Err((
                FailureKind::Invalid,
                format!("IncorrectState: The instance '{}' is not in a state from which it can be rebooted.", member.native()),
            )),
            None => {
                Err((FailureKind::NotFound, format!("InvalidInstanceID.NotFound: The instance ID '{}' does not exist", member.native())))
            }
        }
    }

    /// Reboots a server that no group owns; `false` where there is none of this id.
    pub(super) fn reboot_loner(&mut self, member: &ResourceId) -> bool {
        let until = self.now + MINUTE;
        let loner = self.loners.iter_mut().find(|l| l.id == *member);
        loner.map(|l| l.rebooting = until).is_some()
    }
}
