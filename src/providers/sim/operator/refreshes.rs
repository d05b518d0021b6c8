//! Instance refreshes as they are asked for: what is refused, and what is begun, cancelled or rolled back.

use std::time::Duration;

use super::{Refused, invalid};
use crate::domain::FailureKind;
use crate::domain::plan::RefreshPreferences;
use crate::providers::sim::world::World;

const LONGEST: Duration = Duration::from_secs(172_800);
const MAX_ALARMS: usize = 10;

impl World {
    pub(super) fn start_refresh(&mut self, at: usize, preferences: &RefreshPreferences) -> Result<(), Refused> {
        check(preferences)?;
        if self.fleets[at].refresh.as_ref().is_some_and(super::super::refresh::Refresh::is_active) {
            let text =
                "InstanceRefreshInProgress: An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.";
            return Err((FailureKind::Conflict, text.to_owned()));
        }
        if let Some(unknown) = preferences.alarms.iter().find(|a| !self.bells.iter().any(|b| b.name == **a)) {
            return Err(invalid(format!("The alarm {unknown} does not exist.")));
        }
        let target = preferences.version.as_ref().map(|word| self.version_called(at, word)).transpose()?;
        self.begin_refresh(at, preferences, target);
        Ok(())
    }

    pub(super) fn cancel_refresh(&mut self, at: usize) -> Result<(), Refused> {
        self.active_refresh(at)?;
        self.cancel_refresh_of(at);
        Ok(())
    }

    pub(super) fn roll_back_refresh(&mut self, at: usize) -> Result<(), Refused> {
        if !self.active_refresh(at)? {
            let text = "IrreversibleInstanceRefresh: The instance refresh cannot be rolled back: it has no desired configuration, or it is on its way out already.";
            return Err((FailureKind::Invalid, text.to_owned()));
        }
        self.roll_refresh_back(at, "Rolled back due to user request.");
        Ok(())
    }

    /// Whether the refresh under way can be rolled back.
    fn active_refresh(&self, at: usize) -> Result<bool, Refused> {
        let fleet = &self.fleets[at];
        fleet.refresh.as_ref().filter(|r| r.is_active()).map(super::super::refresh::Refresh::is_reversible).ok_or_else(|| {
            let text = format!(
                "ActiveInstanceRefreshNotFound: No in progress or pending Instance Refresh found for Auto Scaling group {}",
                fleet.name
            );
            (FailureKind::NotFound, text)
        })
    }
}

/// What is wrong with the preferences by themselves.
fn check(p: &RefreshPreferences) -> Result<(), Refused> {
    let refuse = |text: &str| Err(invalid(text));
    let min = p.min_healthy_percent;
    if min.is_some_and(|min| min > 100) {
        return refuse("MinHealthyPercentage must be between 0 and 100.");
    }
    if let Some(max) = p.max_healthy_percent {
        if !(100..=200).contains(&max) {
            return refuse("MaxHealthyPercentage must be between 100 and 200.");
        }
        let Some(min) = min else { return refuse("MaxHealthyPercentage needs MinHealthyPercentage beside it.") };
        if max - min > 100 {
            return refuse("The difference between MaxHealthyPercentage and MinHealthyPercentage must not be greater than 100.");
        }
    }
    if p.checkpoints.iter().any(|c| !(1..=100).contains(c)) || !p.checkpoints.is_sorted_by(|a, b| a < b) {
        return refuse("CheckpointPercentages must be ascending and between 1 and 100.");
    }
    if [p.checkpoint_delay, p.bake].into_iter().flatten().any(|d| d > LONGEST) {
        return refuse("CheckpointDelay and BakeTime must be between 0 and 172800 seconds.");
    }
    if p.alarms.len() > MAX_ALARMS {
        return refuse("An instance refresh watches at most 10 alarms.");
    }
    if p.auto_rollback && p.version.is_none() {
        return refuse("AutoRollback cannot be set to true without a DesiredConfiguration.");
    }
    Ok(())
}
