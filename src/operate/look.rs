//! Fresh reads of whatever an operation is about, joined, never from a cache.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::domain::assemble::stand_in_pools;
use crate::domain::{FailureKind, Group, GroupKind, Kind, Label, Now, ResourceId, Scope, TargetPool};
use crate::providers::{Operator, ProviderError, Signals};

use super::Clock;
use super::procedure::Look;

/// How long one answer may take. Providers have limits of their own; this one holds whatever they do.
const LIMIT: Duration = Duration::from_mins(1);

/// Tries of a read that failed for a passing reason, and the first wait between them; it doubles.
const TRIES: u32 = 3;
const WAIT: Duration = Duration::from_secs(1);

/// Waits for an answer of `scope`, but not for ever.
pub(super) async fn within<T>(
    scope: &Scope,
    what: &str,
    answer: impl Future<Output = Result<T, ProviderError>>,
) -> Result<T, ProviderError> {
    timeout(LIMIT, answer).await.unwrap_or_else(|_| {
        let message = format!("no answer within {} s", LIMIT.as_secs());
        Err(ProviderError::new(FailureKind::Timeout, what, scope, message))
    })
}

/// What is to be read, and by whom.
pub(super) struct Lens<'a> {
    pub operator: &'a dyn Operator,
    pub clock: &'a Clock,
    pub target: &'a ResourceId,
    /// A second group, read along once it is there.
    pub twin: Option<ResourceId>,
    /// Alarms and errors too.
    pub signals: bool,
    /// A target that is not there is an answer, no failure.
    pub may_vanish: bool,
}

impl Lens<'_> {
    /// Reads once. A failure to read pools is told in [`Look::blind`]; the group is known all the same.
    pub async fn fetch(&self) -> Result<Look, ProviderError> {
        let at = (self.clock)();
        match self.read(at).await {
            Err(e) if e.kind == FailureKind::NotFound && self.may_vanish => {
                let mut look = Look::new(at, stand_in(self.target), Vec::new());
                look.gone = true;
                Ok(look)
            }
            read => read,
        }
    }

    async fn read(&self, at: Now) -> Result<Look, ProviderError> {
        let (operator, target, scope) = (self.operator, self.target, &self.target.scope);
        let mut look = Look::new(at, stand_in(target), Vec::new());
        match target.kind {
            Kind::Database => {
                look.database = Some(within(scope, "reading the database", operator.read_database(target)).await?);
                return Ok(look);
            }
            Kind::Alarm => {
                look.alarm = Some(within(scope, "reading the alarm", operator.read_alarm(target)).await?);
                return Ok(look);
            }
            _ => {}
        }
        (look.group, look.pools, look.blind) = self.group(target).await?;
        if let Some(twin) = &self.twin {
            match self.group(twin).await {
                Ok((group, pools, _)) => (look.twin, look.twin_pools) = (Some(group), pools),
                Err(e) if e.kind == FailureKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
        if self.signals {
            // Where traffic moves from one pool to another, errors of either count.
            let pools: Vec<TargetPool> = look.pools.iter().chain(&look.twin_pools).cloned().collect();
            let signals = within(scope, "reading its alarms", operator.read_signals(&look.group, &pools)).await;
            match signals {
                Ok(Signals { alarms, errors_percent }) => (look.alarms, look.errors_percent) = (Some(alarms), errors_percent),
                Err(e) if e.kind == FailureKind::Unsupported => {}
                Err(_) => look.alarms = None,
            }
        }
        Ok(look)
    }

    async fn group(&self, id: &ResourceId) -> Result<(Group, Vec<TargetPool>, Option<ProviderError>), ProviderError> {
        let (operator, scope) = (self.operator, &id.scope);
        let group = within(scope, "reading the group", operator.read_group(id)).await?;
        let (pools, blind) = if group.pools.is_empty() {
            (Vec::new(), None)
        } else {
            match within(scope, "reading its load balancers", operator.read_pools(&group.pools)).await {
                Ok(pools) => (pools, None),
                Err(e) => (Vec::new(), Some(e)),
            }
        };
        let (mut groups, mut pools) = ([group], pools);
        for member in &mut groups[0].members {
            member.targets.clear();
        }
        stand_in_pools(&mut groups, &mut pools);
        let [group] = groups;
        Ok((group, pools, blind))
    }

    /// Reads, trying again where the failure may pass by itself.
    pub async fn fetch_patiently(&self) -> Result<Look, ProviderError> {
        let mut wait = WAIT;
        for _ in 1..TRIES {
            match self.fetch().await {
                Err(e) | Ok(Look { blind: Some(e), .. }) if is_brief(e.kind) => sleep(e.retry_after.unwrap_or(wait).min(WAIT * 10)).await,
                read => return read,
            }
            wait *= 2;
        }
        self.fetch().await
    }
}

/// An empty group in the place of what is none, or not there.
fn stand_in(target: &ResourceId) -> Group {
    Group::new(target.clone(), Label::new(target.native()), GroupKind::AutoScalingGroup)
}

/// Whether a failure may be over in seconds.
fn is_brief(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::Throttled | FailureKind::Network | FailureKind::Timeout | FailureKind::Server)
}
