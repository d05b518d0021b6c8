//! Databases and alarms: reboots, failovers, snapshots; mutes with an end.

use jiff::Timestamp;

use super::{Refused, no_alarm, no_database};
use crate::domain::{FailureKind, Label, ResourceId};
use crate::providers::sim::calendar::{MINUTE, SECOND};
use crate::providers::sim::databases::{Backup, StoreKind};
use crate::providers::sim::world::World;

/// Stream of the dice.
const PACE: u64 = 0x6000_0000;

impl World {
    /// A database that takes calls now. Caches are none: their service is another.
    fn store_for(&self, database: &ResourceId, verb: &str) -> Result<usize, Refused> {
        let found = self.stores.iter().position(|s| s.id == *database && s.kind != StoreKind::Cache);
        let at = found.ok_or_else(|| no_database(database))?;
        let status = self.stores[at].status(self.now);
        if status.is_good() {
            Ok(at)
        } else {
            let text = format!(
                "InvalidDBInstanceState: Instance {} cannot be {verb} as it is not in state available but {}.",
                database.native(),
                status.word
            );
            Err((FailureKind::Invalid, text))
        }
    }

    pub(super) fn reboot_database(&mut self, database: &ResourceId, fail_over: bool) -> Result<(), Refused> {
        let at = self.store_for(database, "rebooted")?;
        if fail_over {
            if self.stores[at].standby.is_none() {
                let text = "InvalidParameterCombination: ForceFailover cannot be specified: the instance is not Multi-AZ".to_owned();
                return Err((FailureKind::Invalid, text));
            }
            let lasts = self.dice.between(PACE + at as u64, self.now as u64, 60 * SECOND, 120 * SECOND);
            self.begin_failover(at, lasts, super::US);
            return Ok(());
        }
        let lasts = self.dice.between(PACE + at as u64, self.now as u64, 25 * SECOND, 60 * SECOND);
        self.begin_reboot(at, lasts);
        Ok(())
    }

    /// There are no clusters here; an instance fails over by a reboot.
    pub(super) fn fail_over_database(&mut self, database: &ResourceId) -> Result<(), Refused> {
        self.reboot_database(database, true)
    }

    pub(super) fn snapshot_database(&mut self, database: &ResourceId, name: &str) -> Result<(), Refused> {
        let well_formed = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.len() <= 255
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !name.ends_with('-')
            && !name.contains("--");
        if !well_formed {
            let text = format!("InvalidParameterValue: The parameter DBSnapshotIdentifier is not a valid identifier: {name}");
            return Err((FailureKind::Invalid, text));
        }
        if self.stores.iter().flat_map(|s| &s.backups).any(|b| *b.name == *name) {
            let text = format!(
                "DBSnapshotAlreadyExists: Cannot create the snapshot because a snapshot with the identifier {name} already exists."
            );
            return Err((FailureKind::Invalid, text));
        }
        let at = self.store_for(database, "snapshotted")?;
        let taken = self.dice.between(PACE + 0x100 + at as u64, self.now as u64, 2 * MINUTE, 5 * MINUTE);
        let backup = Backup { name: Label::new(name), at: self.now, done: self.now + taken };
        self.stores[at].backups.push(backup);
        Ok(())
    }

    /// The same rule again takes its new end over.
    pub(super) fn mute(&mut self, alarm: &ResourceId, rule: &str, until: Timestamp) -> Result<(), Refused> {
        let (now, end) = (self.now, self.calendar.moment(until));
        let bell = self.bells.iter_mut().find(|b| b.id == *alarm).ok_or_else(|| no_alarm(alarm))?;
        if rule.is_empty() {
            return Err((FailureKind::Invalid, "ValidationError: the name of a mute rule must not be empty".to_owned()));
        }
        if end <= now {
            return Err((FailureKind::Invalid, "ValidationError: the end of a mute rule must lie in the future".to_owned()));
        }
        bell.mutes.retain(|(name, _)| **name != *rule);
        bell.mutes.push((Label::new(rule), end));
        Ok(())
    }

    pub(super) fn unmute(&mut self, alarm: &ResourceId, rule: &str) -> Result<(), Refused> {
        let now = self.now;
        let bell = self.bells.iter_mut().find(|b| b.id == *alarm).ok_or_else(|| no_alarm(alarm))?;
        let before = bell.mutes_at(now).count();
        bell.mutes.retain(|(name, end)| **name != *rule && now < *end);
        if bell.mutes.len() < before {
            Ok(())
        } else {
            Err((FailureKind::NotFound, format!("ResourceNotFound: Mute rule {rule} does not exist")))
        }
    }
}
