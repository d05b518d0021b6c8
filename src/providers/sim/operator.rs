//! The writing half: calls are checked as AWS checks them, refused in its words, and otherwise accepted; the model then follows.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::{Call, FailureKind, Group, Identity, ResourceId, TargetPool};
use crate::providers::{Operator, ProviderError};

use super::Sim;
use super::convert::{Words, convert_policies, convert_pool, convert_schedules, find};
use super::fault::{Moment, Spot, message};
use super::world::World;

/// How long the service takes to accept a change.
const ACCEPTS_IN: Duration = Duration::from_millis(120);

/// Ids one termination call may name.
const MAX_VICTIMS: usize = 100;

pub(super) struct SimOperator {
    sim: Sim,
}

/// A refusal of the model: kind and message in the words of the service.
type Refused = (FailureKind, String);

impl SimOperator {
    pub fn new(sim: Sim) -> Arc<Self> {
        Arc::new(Self { sim })
    }

    fn error(&self, operation: &str, kind: FailureKind, text: impl AsRef<str>) -> ProviderError {
        ProviderError::new(kind, operation, self.sim.scope_ref(), text)
    }

    /// Lets an injected fault strike, then does the work. A fault after the fact hides a good answer.
    async fn guarded<T>(
        &self,
        spot: Spot,
        operation: &str,
        work: impl FnOnce(&mut World) -> Result<T, Refused> + Send,
    ) -> Result<T, ProviderError>
    where
        T: Send,
    {
        let strike = self.sim.strike(spot);
        let failure = |kind: FailureKind, done: bool| ProviderError { maybe_done: done, ..self.error(operation, kind, message(kind)) };
        match strike {
            Some(s) if s.moment == Moment::Never => std::future::pending().await,
            Some(s) if s.moment == Moment::Before => return Err(failure(s.kind, false)),
            _ => {}
        }
        let answer = self.sim.with(work).map_err(|(kind, text)| ProviderError { maybe_done: false, ..self.error(operation, kind, text) });
        match strike {
            Some(s) => Err(failure(s.kind, true)),
            None => answer,
        }
    }
}

#[async_trait]
impl Operator for SimOperator {
    async fn identity(&self) -> Result<Identity, ProviderError> {
        self.guarded(Spot::Identity, "sts:GetCallerIdentity", |world| Ok(world.convert_identity())).await
    }

    async fn read_group(&self, group: &ResourceId) -> Result<Group, ProviderError> {
        self.guarded(Spot::ReadGroup, "autoscaling:DescribeAutoScalingGroups", |world| {
            let (_, fleet) = find(world, group).ok_or_else(|| not_found(group))?;
            let mut read = world.convert_group(fleet, &Words::new(world));
            read.policies = Some(convert_policies(fleet));
            read.schedules = Some(convert_schedules(fleet));
            read.activities = Some(fleet.deeds.iter().rev().map(|d| d.activity.clone()).collect());
            Ok(read)
        })
        .await
    }

    async fn read_pools(&self, pools: &[ResourceId]) -> Result<Vec<TargetPool>, ProviderError> {
        self.guarded(Spot::ReadPools, "elasticloadbalancing:DescribeTargetHealth", |world| {
            let words = Words::new(world);
            pools
                .iter()
                .map(|id| {
                    let found = world.fleets.iter().find_map(|f| f.pool.as_ref().filter(|p| p.id == *id).map(|p| (f, p)));
                    let missing = || (FailureKind::NotFound, format!("TargetGroupNotFound: Target group '{}' not found", id.native()));
                    found.map(|(fleet, pool)| convert_pool(fleet, pool, &words)).ok_or_else(missing)
                })
                .collect()
        })
        .await
    }

    async fn call(&self, call: &Call) -> Result<(), ProviderError> {
        tokio::time::sleep(ACCEPTS_IN).await;
        self.guarded(Spot::Call, operation(call), |world| world.carry_out(call)).await
    }
}

fn operation(call: &Call) -> &'static str {
    match call {
        Call::SetDesired { .. } => "autoscaling:SetDesiredCapacity",
        Call::SetBounds { .. } => "autoscaling:UpdateAutoScalingGroup",
        Call::TerminateMembers { .. } => "autoscaling:TerminateInstanceInAutoScalingGroup",
        _ => "autoscaling",
    }
}

fn not_found(group: &ResourceId) -> Refused {
    (FailureKind::NotFound, format!("ValidationError: AutoScalingGroup name not found - {}", group.native()))
}

fn invalid(text: impl AsRef<str>) -> Refused {
    (FailureKind::Invalid, format!("ValidationError: {}", text.as_ref()))
}

/// Who the changes of this console are by.
const US: &str = "you";

impl World {
    fn carry_out(&mut self, call: &Call) -> Result<(), Refused> {
        let (at, _) = find(self, call.target()).ok_or_else(|| not_found(call.target()))?;
        match call {
            Call::SetDesired { desired, honor_cooldown, .. } => self.set_desired(at, *desired, *honor_cooldown),
            Call::SetBounds { min, max, desired, .. } => self.set_bounds(at, (*min, *max), *desired),
            Call::TerminateMembers { members, .. } => self.terminate_members(at, members),
            other => Err(invalid(format!("cannot {} here", other.describe()))),
        }
    }

    fn set_desired(&mut self, at: usize, desired: u32, honor_cooldown: bool) -> Result<(), Refused> {
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

    fn set_bounds(&mut self, at: usize, (min, max): (u32, u32), desired: u32) -> Result<(), Refused> {
        if min > max {
            return Err(invalid(format!("Max bound, {max}, must be greater than or equal to min bound, {min}")));
        }
        if !(min..=max).contains(&desired) {
            return Err(invalid(format!("Desired capacity:{desired} must be between the specified min size:{min} and max size:{max}")));
        }
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

    /// All or nothing, as with a list of ids: every id must be a member in service or on its way in, and none may break the minimum.
    fn terminate_members(&mut self, at: usize, members: &[ResourceId]) -> Result<(), Refused> {
        if members.is_empty() || members.len() > MAX_VICTIMS {
            return Err(invalid(format!("InstanceIds must have 1 to {MAX_VICTIMS} members, not {}", members.len())));
        }
        let wanted: HashSet<&ResourceId> = members.iter().collect();
        let fleet = &self.fleets[at];
        let found: Vec<(u64, &ResourceId)> =
            fleet.machines.iter().filter(|(_, m)| m.counts() && wanted.contains(&m.id)).map(|(n, m)| (*n, &m.id)).collect();
        if let Some(missing) = members.iter().find(|id| !found.iter().any(|(_, f)| f == id)) {
            return Err(invalid(format!("Instance Id not found - No managed instance found for instance ID: {}", missing.native())));
        }
        let (count, desired) = (found.len() as u32, fleet.desired);
        if desired < fleet.min + count {
            return Err(invalid(format!(
                "Currently, desiredSize equals {desired} and minSize {}. Terminating {count} instance(s) without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
                fleet.min
            )));
        }
        let numbers: Vec<u64> = found.into_iter().map(|(n, _)| n).collect();
        let stamp = self.calendar.words(self.now);
        for (n, number) in numbers.iter().enumerate() {
            let cause = self.taken_by_request(at, *number, desired - n as u32);
            self.terminate(at, *number, &cause);
        }
        let why = format!("At {stamp} a user request terminated {count} instance(s) by id and decremented the desired capacity.");
        self.resize(at, desired - count, &why, US);
        Ok(())
    }
}
