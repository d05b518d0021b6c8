//! Processes of a group's automation, and the mark that a console leaves on a group.

use super::{Refused, invalid};
use crate::domain::plan::PROCESSES;
use crate::domain::{Label, OperationId};
use crate::providers::sim::world::World;

/// Letters a tag's value may have.
const MAX_TAG: usize = 256;

impl World {
    pub(super) fn suspend_by_call(&mut self, at: usize, processes: &[Label]) -> Result<(), Refused> {
        check(processes)?;
        let reason = format!("User suspended at {}", self.calendar.words(self.now));
        self.switch_off(at, processes, &reason);
        Ok(())
    }

    pub(super) fn resume_by_call(&mut self, at: usize, processes: &[Label]) -> Result<(), Refused> {
        check(processes)?;
        self.switch_on(at, processes);
        Ok(())
    }

    /// Switches processes off. An empty list means all of them, as in the real service. One that is off already keeps its reason.
    pub fn switch_off(&mut self, at: usize, processes: &[Label], reason: &str) {
        let fleet = &mut self.fleets[at];
        for process in named(processes) {
            if !fleet.is_suspended(&process) {
                fleet.suspended.push((process, Label::new(reason)));
            }
        }
    }

    /// Switches processes on again, and lets the group make up for what they held back. An empty list means all of them.
    pub fn switch_on(&mut self, at: usize, processes: &[Label]) {
        let resumed = named(processes);
        let fleet = &mut self.fleets[at];
        let was = |name: &str| fleet.is_suspended(name) && resumed.iter().any(|p| &**p == name);
        let judges = ["HealthCheck", "ReplaceUnhealthy", "Terminate"].into_iter().any(was);
        fleet.suspended.retain(|(name, _)| !resumed.contains(name));
        if judges {
            self.judge_all(at);
        }
        self.reconcile(at, None);
    }

    pub(super) fn set_mark(&mut self, at: usize, operation: &OperationId, text: &Label) -> Result<(), Refused> {
        let value = format!("{operation} {text}");
        if value.chars().count() > MAX_TAG {
            return Err(invalid(format!(
                "1 validation error detected: Value at 'tags.1.member.value' failed to satisfy constraint: Member must have length less than or equal to {MAX_TAG}"
            )));
        }
        self.fleets[at].mark = Some(Label::new(value));
        Ok(())
    }

    /// Takes our own mark away; somebody else's stays.
    pub(super) fn take_mark(&mut self, at: usize, operation: &OperationId) {
        let mark = &mut self.fleets[at].mark;
        if mark.as_ref().is_some_and(|m| m.split_once(' ').is_some_and(|(id, _)| id == operation.0)) {
            *mark = None;
        }
    }
}

fn named(processes: &[Label]) -> Vec<Label> {
    if processes.is_empty() { PROCESSES.iter().map(Label::new).collect() } else { processes.to_vec() }
}

fn check(processes: &[Label]) -> Result<(), Refused> {
    match processes.iter().find(|p| !PROCESSES.contains(&&***p)) {
        Some(unknown) => Err(invalid(format!("1 validation error detected: Invalid scaling process: {unknown}"))),
        None => Ok(()),
    }
}
