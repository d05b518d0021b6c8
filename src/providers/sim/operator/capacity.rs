//! Desired capacity and bounds.

use super::{Refused, US, invalid};
use crate::domain::FailureKind;
use crate::providers::sim::world::World;

impl World {
    pub(super) fn set_desired(&mut self, at: usize, desired: u32, honor_cooldown: bool) -> Result<(), Refused> {
        let fleet = &self.fleets[at];
        if desired > fleet.max {
            return Err(invalid(format!(
                "New SetDesiredCapacity value {desired} is above max value {} for the AutoScalingGroup.",
                fleet.max
            )));
        }
        if desired < fleet.min {
            return Err(invalid(format!(
                "New SetDesiredCapacity value {desired} is below min value {} for the AutoScalingGroup.",
                fleet.min
            )));
        }
        if let Some(blocking) = fleet.blocking(self.now).filter(|_| honor_cooldown) {
            let text = format!(
                "ScalingActivityInProgress: Scaling activity {} is in progress and blocks this action ({})",
                blocking.id, blocking.description
            );
            return Err((FailureKind::Conflict, text));
        }
        let why = self.user_request(at, desired);
        self.resize(at, desired, &why, US);
        Ok(())
    }

    pub(super) fn set_bounds(&mut self, at: usize, (min, max): (u32, u32), desired: u32) -> Result<(), Refused> {
        check_bounds((min, max), desired)?;
        let stamp = self.calendar.words(self.now);
        let fleet = &mut self.fleets[at];
        let why = format!(
            "At {stamp} a user request update of AutoScalingGroup constraints to min: {min}, max: {max}, desired: {desired} changing the desired capacity from {} to {desired}.",
            fleet.desired
        );
        (fleet.min, fleet.max) = (min, max);
        self.resize(at, desired, &why, US);
        Ok(())
    }
}

pub(super) fn check_bounds((min, max): (u32, u32), desired: u32) -> Result<(), Refused> {
    if min > max {
        return Err(invalid(format!("Max bound, {max}, must be greater than or equal to min bound, {min}")));
    }
    if !(min..=max).contains(&desired) {
        return Err(invalid(format!("Desired capacity:{desired} must be between the specified min size:{min} and max size:{max}")));
    }
    Ok(())
}
