//! A second group beside the first, and the end of a group.

use std::collections::{BTreeMap, VecDeque};

use super::capacity::check_bounds;
use super::{Refused, US, invalid, no_pool};
use crate::domain::{Change, ChangeKind, FailureKind, Kind, Label, ResourceId, Verdict};
use crate::providers::sim::fleet::{Fleet, Tally};
use crate::providers::sim::load::Service;
use crate::providers::sim::world::World;

/// What is asked of a copy.
pub(super) struct Twin<'a> {
    pub name: &'a str,
    /// `None`: the version that the first one asks for.
    pub version: Option<&'a Label>,
    pub pool: &'a ResourceId,
    pub bounds: (u32, u32),
    pub desired: u32,
}

/// Letters a group's name may have.
const MAX_NAME: usize = 255;

impl World {
    /// The copy has what the first one is made of, and none of its policies, schedules, suspensions and marks.
    pub(super) fn clone_group(&mut self, at: usize, copy: &Twin<'_>) -> Result<(), Refused> {
        let Twin { name, version, pool, bounds: (min, max), desired } = *copy;
        if name.is_empty() || name.chars().count() > MAX_NAME {
            return Err(invalid(format!("1 validation error detected: a group's name must have 1 to {MAX_NAME} letters")));
        }
        let id = ResourceId::new(&self.scope, Kind::Group, name);
        if self.fleet_by_id.contains_key(&id) {
            let text =
                format!("AlreadyExists: AutoScalingGroup by this name already exists - A group with the name {name} already exists.");
            return Err((FailureKind::Invalid, text));
        }
        let pool = self.pool(pool).cloned().ok_or_else(|| no_pool(pool))?;
        check_bounds((min, max), desired)?;
        let first = &self.fleets[at];
        let wanted = match version {
            None => first.wanted,
            Some(word) => self.version_called(at, word)?,
        };
        let first = &self.fleets[at];
        let origin = first.origin.unwrap_or(at);
        let copy = Fleet {
            id: id.clone(),
            name: Label::new(name),
            min,
            max,
            desired: 0,
            machines: BTreeMap::new(),
            next_machine: 0,
            tally: Tally::default(),
            log: VecDeque::new(),
            wanted,
            // Other machines, other nerves.
            service: Service { stream: first.service.stream ^ 0xb1_0e, ..first.service.clone() },
            pool: Some(pool),
            tracking: None,
            schedules: Vec::new(),
            suspended: Vec::new(),
            created: self.now,
            deeds: VecDeque::new(),
            next_deed: 0,
            settled: None,
            replacing: 0,
            surge: 0,
            hopeless: 0,
            told_protected: None,
            rebalance: 0,
            refresh: None,
            mark: None,
            origin: Some(origin),
            ..first.clone()
        };
        let number = self.fleets.len();
        self.fleets.push(copy);
        let now = self.now;
        self.fleets[number].recount(now);
        self.fleet_by_id.insert(id, number);
        self.fill(number);
        let why = format!(
            "At {} a user request created an AutoScalingGroup changing the desired capacity from 0 to {desired}.",
            self.calendar.words(now)
        );
        self.resize(number, desired, &why, US);
        Ok(())
    }

    /// The index of a version by its word.
    pub(super) fn version_called(&self, at: usize, word: &Label) -> Result<u16, Refused> {
        let found = self.fleets[at].versions.iter().rposition(|v| v.name == *word).and_then(|n| u16::try_from(n).ok());
        found.ok_or_else(|| {
            invalid(format!(
                "You must use a valid fully-formed launch template. Could not find launch template version {word} of {}.",
                self.fleets[at].name
            ))
        })
    }

    /// With force: its machines drain and end, then it is gone.
    pub(super) fn delete_group(&mut self, at: usize) {
        let fleet = &mut self.fleets[at];
        fleet.deleting = true;
        (fleet.surge, fleet.rebalance, fleet.tracking) = (0, 0, None);
        fleet.schedules.clear();
        if let Some(refresh) = &mut fleet.refresh {
            refresh.extra = 0;
        }
        fleet.desired = 0;
        let (id, name) = (fleet.id.clone(), fleet.name.clone());
        let numbers: Vec<u64> = fleet.machines.keys().copied().collect();
        let cause = format!(
            "At {} a user request force deleted AutoScalingGroup {name} changing the desired capacity to 0.",
            self.calendar.words(self.now)
        );
        for number in numbers {
            self.terminate(at, number, &cause);
        }
        let change = self.change(ChangeKind::Scale, Verdict::Ok, format!("{name} is deleted"));
        self.tell_change(Change { about: Some(id), detail: Some(Label::new(cause)), who: Some(Label::new(US)), ..change });
        if self.fleets[at].machines.is_empty() {
            self.bury(at);
        }
    }
}
