//! The writing half: calls are checked as AWS checks them, refused in its words, and otherwise accepted; the model then follows.

mod capacity;
mod copies;
mod members;
mod names;
mod processes;
mod refreshes;
mod stores;
mod targets;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::{Alarm, Call, Database, FailureKind, Group, Identity, Kind, ResourceId, TargetPool};
use crate::providers::{Operator, ProviderError, Signals};

use super::Sim;
use super::convert::{Words, find};
use super::fault::{Moment, Spot, message};
use super::world::World;

/// How long the service takes to accept a change.
const ACCEPTS_IN: Duration = Duration::from_millis(120);

/// Calls remembered for [`Sim::carried_out`].
const REMEMBERED: usize = 1_000;

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
        mut work: impl FnMut(&Sim) -> Result<T, Refused> + Send,
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
        let answer = work(&self.sim).map_err(|(kind, text)| ProviderError { maybe_done: false, ..self.error(operation, kind, text) });
        match strike.map(|s| (s.moment, s.kind)) {
            Some((Moment::Twice, _)) => {
                // Whatever the second one is told, nobody hears it.
                let _ = work(&self.sim);
                answer
            }
            Some((Moment::DoneAndNever, _)) => std::future::pending().await,
            Some((_, kind)) => Err(failure(kind, true)),
            None => answer,
        }
    }
}

#[async_trait]
impl Operator for SimOperator {
    async fn identity(&self) -> Result<Identity, ProviderError> {
        self.guarded(Spot::Identity, "sts:GetCallerIdentity", |sim| Ok(sim.with(|world| world.convert_identity()))).await
    }

    async fn read_group(&self, group: &ResourceId) -> Result<Group, ProviderError> {
        self.guarded(Spot::ReadGroup, "autoscaling:DescribeAutoScalingGroups", |sim| {
            sim.seen(|world| world.convert_whole_group(group)).ok_or_else(|| not_found(group))
        })
        .await
    }

    async fn read_pools(&self, pools: &[ResourceId]) -> Result<Vec<TargetPool>, ProviderError> {
        self.guarded(Spot::ReadPools, "elasticloadbalancing:DescribeTargetHealth", |sim| sim.seen(|world| world.convert_pools(pools))).await
    }

    async fn read_signals(&self, group: &Group, pools: &[TargetPool]) -> Result<Signals, ProviderError> {
        self.guarded(Spot::ReadSignals, "cloudwatch:DescribeAlarms", |sim| sim.with(|world| Ok(world.convert_signals(&group.id, pools))))
            .await
    }

    async fn read_database(&self, database: &ResourceId) -> Result<Database, ProviderError> {
        self.guarded(Spot::ReadDatabase, "rds:DescribeDBInstances", |sim| {
            sim.seen(|world| {
                let store = world.stores.iter().find(|s| s.id == *database);
                store.map(|s| world.convert_store(s)).ok_or_else(|| no_database(database))
            })
        })
        .await
    }

    async fn read_alarm(&self, alarm: &ResourceId) -> Result<Alarm, ProviderError> {
        self.guarded(Spot::ReadAlarm, "cloudwatch:DescribeAlarms", |sim| {
            sim.seen(|world| {
                let bell = world.bells.iter().find(|b| b.id == *alarm);
                bell.map(|b| b.convert_alarm(world)).ok_or_else(|| no_alarm(alarm))
            })
        })
        .await
    }

    async fn call(&self, call: &Call) -> Result<(), ProviderError> {
        tokio::time::sleep(ACCEPTS_IN).await;
        let name = names::operation(call);
        self.guarded(Spot::CallNamed(name), name, |sim| {
            sim.with(|world| {
                world.keep_for_late_readers();
                world.carry_out(call)?;
                world.done.push_back((world.now, call.clone()));
                if world.done.len() > REMEMBERED {
                    world.done.pop_front();
                }
                Ok(())
            })
        })
        .await
    }

    fn permissions(&self, call: &Call) -> &'static [&'static str] {
        names::permissions(call)
    }
}

fn not_found(group: &ResourceId) -> Refused {
    (FailureKind::NotFound, format!("ValidationError: AutoScalingGroup name not found - {}", group.native()))
}

fn no_pool(pool: &ResourceId) -> Refused {
    (FailureKind::NotFound, format!("TargetGroupNotFound: Target group '{}' not found", pool.native()))
}

fn no_database(database: &ResourceId) -> Refused {
    (FailureKind::NotFound, format!("DBInstanceNotFound: DBInstance {} not found.", database.native()))
}

fn no_alarm(alarm: &ResourceId) -> Refused {
    (FailureKind::NotFound, format!("ResourceNotFound: Alarm {} does not exist", alarm.native()))
}

fn invalid(text: impl AsRef<str>) -> Refused {
    (FailureKind::Invalid, format!("ValidationError: {}", text.as_ref()))
}

/// Who the changes of this console are by.
const US: &str = "you";

impl World {
    /// A group with all that its fresh read tells.
    pub fn convert_whole_group(&self, group: &ResourceId) -> Option<Group> {
        let Some((_, fleet)) = find(self, group) else { return self.convert_single(group) };
        let mut read = self.convert_group(fleet, &Words::new(self));
        read.policies = Some(super::convert::convert_policies(fleet));
        read.schedules = Some(super::convert::convert_schedules(fleet));
        read.activities = Some(fleet.deeds.iter().rev().map(|d| d.activity.clone()).collect());
        Some(read)
    }

    pub fn convert_pools(&self, pools: &[ResourceId]) -> Result<Vec<TargetPool>, Refused> {
        let words = Words::new(self);
        pools.iter().map(|id| self.pool(id).map(|p| self.convert_pool(p, &words)).ok_or_else(|| no_pool(id))).collect()
    }

    fn carry_out(&mut self, call: &Call) -> Result<(), Refused> {
        match call {
            Call::RebootDatabase { database, fail_over } => return self.reboot_database(database, *fail_over),
            Call::FailOverDatabase { database } => return self.fail_over_database(database),
            Call::SnapshotDatabase { database, name } => return self.snapshot_database(database, name),
            Call::MuteAlarm { alarm, rule, until } => return self.mute(alarm, rule, *until),
            Call::UnmuteAlarm { alarm, rule } => return self.unmute(alarm, rule),
            Call::Reboot { member, .. } if self.reboot_loner(member) => return Ok(()),
            _ => {}
        }
        debug_assert_eq!(call.target().kind, Kind::Group);
        let (at, fleet) = find(self, call.target()).ok_or_else(|| not_found(call.target()))?;
        if fleet.deleting {
            return Err(invalid(format!("AutoScalingGroup {} is pending delete", fleet.name)));
        }
        match call {
            Call::SetDesired { desired, honor_cooldown, .. } => self.set_desired(at, *desired, *honor_cooldown),
            Call::SetBounds { min, max, desired, .. } => self.set_bounds(at, (*min, *max), *desired),
            Call::TerminateMembers { members, .. } => self.terminate_members(at, members),
            Call::ReplaceMember { member, .. } => self.replace_member(at, member),
            Call::EnterStandby { members, replace, .. } => self.enter_standby(at, members, *replace),
            Call::ExitStandby { members, .. } => self.exit_standby(at, members),
            Call::Protect { members, on, .. } => self.protect(at, members, *on),
            Call::Reboot { member, .. } => self.reboot_member(at, member),
            Call::Suspend { processes, .. } => self.suspend_by_call(at, processes),
            Call::ResumeProcesses { processes, .. } => self.resume_by_call(at, processes),
            Call::Mark { operation, text, .. } => self.set_mark(at, operation, text),
            Call::Unmark { operation, .. } => {
                self.take_mark(at, operation);
                Ok(())
            }
            Call::Register { pool, targets, .. } => self.register(at, pool, targets),
            Call::Deregister { pool, targets, .. } => self.deregister(at, pool, targets),
            Call::SetWeights { rule, weights, .. } => self.set_weights(rule, weights),
            Call::StartRefresh { preferences, .. } => self.start_refresh(at, preferences),
            Call::CancelRefresh { .. } => self.cancel_refresh(at),
            Call::RollBackRefresh { .. } => self.roll_back_refresh(at),
            Call::CloneGroup { name, version, pool, min, max, desired, .. } => {
                self.clone_group(at, &copies::Twin { name, version: version.as_ref(), pool, bounds: (*min, *max), desired: *desired })
            }
            Call::DeleteGroup { .. } => {
                self.delete_group(at);
                Ok(())
            }
            Call::RebootDatabase { .. }
            | Call::FailOverDatabase { .. }
            | Call::SnapshotDatabase { .. }
            | Call::MuteAlarm { .. }
            | Call::UnmuteAlarm { .. } => Ok(()),
        }
    }
}
