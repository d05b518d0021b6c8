//! The writing half of AWS. Only here and in the files under `operator/` are calls named that change something.
//!
//! Made only with a permit. Its clients never repeat a call: a lost answer is found out by reading. Every call checks first that the
//! connection is still who the permit was granted to.

mod balancing;
mod caller;
mod copying;
mod databases;
mod muting;
mod permissions;
mod refreshing;
mod scaling;
#[cfg(test)]
mod tests;
mod weights;
mod writers;

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::{Alarm, Call, Database, FailureKind, Group, Identity, Kind, ResourceId, TargetPool};
use crate::providers::{Operator, ProviderError, Signals, WritePermit};

use super::link::{Connection, Link};
use super::{activities, alarms, elasticache, groups, pools, rds, signals};

use self::caller::Caller;
use self::writers::Writers;

pub(super) struct AwsOperator {
    link: Arc<Link>,
    permit: WritePermit,
}

impl AwsOperator {
    pub fn new(link: Arc<Link>, permit: WritePermit) -> Self {
        Self { link, permit }
    }

    fn refuse(&self, kind: FailureKind, operation: &str, message: impl AsRef<str>) -> ProviderError {
        let mut error = ProviderError::new(kind, operation, &self.link.scope, message);
        error.maybe_done = false;
        error
    }

    fn group_name<'a>(&self, id: &'a ResourceId, operation: &str) -> Result<&'a str, ProviderError> {
        if id.kind == Kind::Group && id.scope == self.link.scope {
            Ok(id.native())
        } else {
            Err(self.refuse(FailureKind::Invalid, operation, format!("{id:?} is no Auto Scaling group of {}", self.link.scope)))
        }
    }

    /// That a thing is of this kind and region.
    fn expect(&self, id: &ResourceId, kind: Kind, operation: &str) -> Result<(), ProviderError> {
        if id.kind == kind && id.scope == self.link.scope {
            return Ok(());
        }
        Err(self.refuse(FailureKind::Invalid, operation, format!("{id:?} is not of {}", self.link.scope)))
    }

    /// Works on the connection, and lets it go when it was refused.
    async fn with<T, F>(&self, work: F) -> Result<T, ProviderError>
    where
        F: AsyncFnOnce(&Connection) -> Result<T, ProviderError>,
    {
        let connection = self.link.connection().await?;
        let result = work(&connection).await;
        if let Err(error) = &result {
            self.link.note(&connection, error).await;
        }
        result
    }

    async fn send(&self, connection: &Connection, call: &Call) -> Result<(), ProviderError> {
        let who = self.link.who(connection).await.map_err(|e| ProviderError { maybe_done: false, ..e })?;
        if !self.permit.covers(&who) {
            let message = format!(
                "these calls were permitted to {}, but the credentials are now those of {}",
                self.permit.principal(),
                who.principal
            );
            return Err(self.refuse(FailureKind::Auth, "sts:GetCallerIdentity", message));
        }
        let writers = Writers::new(connection, &self.link);
        let caller = Caller { reader: self.link.reader(connection), writers: &writers };
        // Boxed: the calls' futures differ much in size.
        match call {
            Call::SetDesired { .. }
            | Call::SetBounds { .. }
            | Call::TerminateMembers { .. }
            | Call::ReplaceMember { .. }
            | Call::Suspend { .. }
            | Call::ResumeProcesses { .. }
            | Call::EnterStandby { .. }
            | Call::ExitStandby { .. }
            | Call::Protect { .. }
            | Call::Reboot { .. }
            | Call::Mark { .. }
            | Call::Unmark { .. } => Box::pin(scaling::send(&caller, call)).await,
            Call::Register { pool, targets, .. } => Box::pin(balancing::register(&caller, pool, targets)).await,
            Call::Deregister { pool, targets, .. } => Box::pin(balancing::deregister(&caller, pool, targets)).await,
            Call::SetWeights { rule, weights, .. } => Box::pin(weights::set(&caller, rule, weights)).await,
            Call::StartRefresh { group, preferences } => Box::pin(refreshing::start(&caller, group, preferences)).await,
            Call::CancelRefresh { group } => Box::pin(refreshing::cancel(&caller, group)).await,
            Call::RollBackRefresh { group } => Box::pin(refreshing::roll_back(&caller, group)).await,
            Call::CloneGroup { group, name, version, pool, min, max, desired } => {
                let copy = copying::Copy { name, version: version.as_ref(), pool, min: *min, max: *max, desired: *desired };
                Box::pin(copying::copy(&caller, group, &copy)).await
            }
            Call::DeleteGroup { group } => Box::pin(copying::delete(&caller, group)).await,
            Call::RebootDatabase { database, fail_over } => Box::pin(databases::reboot(&caller, database, *fail_over)).await,
            Call::FailOverDatabase { database } => Box::pin(databases::fail_over(&caller, database)).await,
            Call::SnapshotDatabase { database, name } => Box::pin(databases::take_snapshot(&caller, database, name)).await,
            Call::MuteAlarm { alarm, rule, until } => Box::pin(muting::mute(&caller, alarm, rule, *until)).await,
            Call::UnmuteAlarm { alarm, rule } => Box::pin(muting::unmute(&caller, alarm, rule)).await,
        }
    }
}

#[async_trait]
impl Operator for AwsOperator {
    async fn identity(&self) -> Result<Identity, ProviderError> {
        self.with(async |connection| self.link.fetch_identity(connection).await).await
    }

    async fn read_group(&self, group: &ResourceId) -> Result<Group, ProviderError> {
        let name = self.group_name(group, groups::DESCRIBE)?;
        self.with(async |connection| {
            let reader = self.link.reader(connection);
            // Boxed: four calls at once make a large future.
            let (found, history) = tokio::join!(Box::pin(groups::fetch_group(&reader, name)), activities::fetch_now(&reader, name));
            let Some(mut found) = found? else {
                return Err(self.refuse(FailureKind::NotFound, groups::DESCRIBE, format!("there is no Auto Scaling group {name:?}")));
            };
            // A guard's input that cannot be read is no input: the operation stops here.
            found.activities = Some(history?);
            Ok(found)
        })
        .await
    }

    async fn read_pools(&self, pools: &[ResourceId]) -> Result<Vec<TargetPool>, ProviderError> {
        if pools.is_empty() {
            return Ok(Vec::new());
        }
        self.with(async |connection| pools::fetch_pools(&self.link.reader(connection), pools).await).await
    }

    async fn read_signals(&self, group: &Group, pools: &[TargetPool]) -> Result<Signals, ProviderError> {
        self.group_name(&group.id, alarms::ALARMS)?;
        self.with(async |connection| signals::fetch(&self.link.reader(connection), group, pools).await).await
    }

    async fn read_database(&self, database: &ResourceId) -> Result<Database, ProviderError> {
        let operation = rds::INSTANCES;
        self.expect(database, Kind::Database, operation)?;
        let found = self
            .with(async |connection| {
                let reader = self.link.reader(connection);
                match rds::Named::parse(database.native()) {
                    Some(named) => rds::fetch_one(&reader, named).await,
                    None => elasticache::fetch_one(&reader, database).await,
                }
            })
            .await?;
        found.ok_or_else(|| self.refuse(FailureKind::NotFound, operation, format!("there is no database {}", database.native())))
    }

    async fn read_alarm(&self, alarm: &ResourceId) -> Result<Alarm, ProviderError> {
        self.expect(alarm, Kind::Alarm, alarms::ALARMS)?;
        let name = alarms::name_of(alarm.native());
        let found = self.with(async |connection| alarms::fetch_alarm(&self.link.reader(connection), name).await).await?;
        found.ok_or_else(|| self.refuse(FailureKind::NotFound, alarms::ALARMS, format!("there is no alarm {name:?}")))
    }

    async fn call(&self, call: &Call) -> Result<(), ProviderError> {
        self.with(async |connection| self.send(connection, call).await).await
    }

    fn permissions(&self, call: &Call) -> &'static [&'static str] {
        permissions::of(call)
    }
}
